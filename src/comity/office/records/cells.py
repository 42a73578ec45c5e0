"""A record's content as the cells of a form, and which of them were left as they were."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from comity.collections import Collection
from comity.collections.tables import LIST_SEPARATOR
from comity.kernel.codes import CollectionName

_NAME_COLUMNS: Final = ("name", "birth_name", "aliases", "weak_aliases")
_CONTENT_FIELD: Final = {**dict.fromkeys(_NAME_COLUMNS, "names"), "birth_dates": "births"}
"""Which field of the content a column feeds, where it is called otherwise."""


def cells_of(collection: Collection, content: Mapping[str, Any]) -> dict[str, str]:
    """Return content as the cells of a form: lists one item a line."""
    cells = {}
    for column in collection.columns:
        maker = _CELLS.get(column)
        value = maker(content) if maker and collection.name is CollectionName.PERSONS else content.get(column)
        if value not in (None, "", []):
            cells[column] = "\n".join(map(str, value)) if isinstance(value, list) else str(value)
    return cells


def _names(kind: str, quality: str | None = None) -> Callable[[Mapping[str, Any]], list[str]]:
    def pick(content: Mapping[str, Any]) -> list[str]:
        return [
            name["text"]
            for name in content.get("names", ())
            if name.get("kind", "primary") == kind and quality in (None, name.get("quality", "strong"))
        ]

    return pick


def _birth(birth: Mapping[str, str]) -> str:
    earliest, latest, precision = birth["earliest"], birth["latest"], birth["precision"]
    by_precision = {"exact": earliest, "month": earliest[:7], "year": earliest[:4]}
    if precision == "circa":
        return f"circa {(int(earliest[:4]) + int(latest[:4])) // 2}"
    return by_precision.get(precision, f"{earliest[:4]} to {latest[:4]}")


_CELLS: Final[Mapping[str, Callable[[Mapping[str, Any]], list[str]]]] = {
    "name": _names("primary"),
    "birth_name": _names("birth"),
    "aliases": _names("alias", "strong"),
    "weak_aliases": _names("alias", "weak"),
    "birth_dates": lambda content: [_birth(birth) for birth in content.get("births", ())],
    "documents": lambda content: [
        f"{d.get('type', 'passport')}:{d.get('country', '')}:{d['number']}"
        for d in content.get("documents", ())
    ],
}


def untouched_fields(row: Mapping[str, str], before: Mapping[str, str]) -> set[str]:
    """Return the content fields none of whose cells differ from before."""
    columns = {*row, *before}
    touched = {c for c in columns if _items(row.get(c, "")) != _items(before.get(c, ""))}
    return {_CONTENT_FIELD.get(c, c) for c in columns} - {_CONTENT_FIELD.get(c, c) for c in touched}


def _items(cell: str) -> list[str]:
    return [item.strip() for item in cell.replace("\n", LIST_SEPARATOR).split(LIST_SEPARATOR) if item.strip()]
