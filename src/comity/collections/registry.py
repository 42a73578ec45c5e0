"""Which collections there are. A new one is one line here and one module."""

from types import MappingProxyType
from typing import Final

from comity.collections.base import Collection
from comity.collections.persons import Persons
from comity.collections.travel_documents import TravelDocuments
from comity.collections.vehicles import Vehicles
from comity.kernel.codes import CollectionName

ALL: Final = MappingProxyType(
    {collection.name: collection for collection in (Persons(), TravelDocuments(), Vehicles())}
)
"""Every collection by its name."""


def get(name: CollectionName) -> Collection:
    """Return the collection called `name`; every member of `CollectionName` has one."""
    return ALL[name]
