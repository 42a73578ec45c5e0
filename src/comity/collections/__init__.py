"""The international collections: one module each, with schema, keys, validation and the reader's view.

`get(name)` gives a `Collection`. How to add one: docs/add-a-collection.md.
"""

from comity.collections.base import Collection, KeyKind, ListedName, NameQuality, SearchKey
from comity.collections.registry import ALL, get

__all__ = ["ALL", "Collection", "KeyKind", "ListedName", "NameQuality", "SearchKey", "get"]
