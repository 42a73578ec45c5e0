"""From the cells of a table to content: lists inside cells, whole numbers, errors that name the column."""

from collections.abc import Mapping
from typing import Any, Final

from comity.collections.base import Collection
from comity.kernel.errors import ErrorCode, InputError

LIST_SEPARATOR: Final = ";"
"""Parts the items of a list inside one cell; it stands in no name, number or date."""
MAX_CELL: Final = 10_000
"""The longest field, a description, has 8,000 characters."""


def cells_to_content(
    collection: Collection,
    row: Mapping[str, str],
    content: Mapping[str, Any],
    column_of: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the normal form of `content`, made from `row`, with errors that name the column.

    `column_of` maps `content.<path>` prefixes to columns where they are not called alike.
    """
    check_columns(collection, row)
    try:
        return collection.normalise(content)
    except InputError as error:
        raise InputError(error.code, field=_column(error.field or "", column_of or {})) from None


def check_columns(collection: Collection, row: Mapping[str, str]) -> None:
    """Refuse a column that the collection does not have (input.unknown_field) and an overlong cell."""
    for column, cell in row.items():
        if column not in collection.columns:
            raise InputError(ErrorCode.INPUT_UNKNOWN_FIELD, field=column)
        if len(cell) > MAX_CELL:
            raise InputError(ErrorCode.INPUT_TOO_LONG, field=column)


def split_list(cell: str) -> list[str]:
    """Return the items of a cell, blanks around them removed, empty ones left out."""
    return [item for part in cell.split(LIST_SEPARATOR) if (item := part.strip())]


def whole_number(cell: str, column: str) -> int | None:
    """Return the number in a cell, None for a blank one. Raises input.wrong_type."""
    text = cell.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):  # noqa: PLR2004 - years and counts only
        raise InputError(ErrorCode.INPUT_WRONG_TYPE, field=column)
    return int(text)


def _column(path: str, column_of: Mapping[str, str]) -> str:
    for prefix in sorted(column_of, key=len, reverse=True):
        if path == prefix or path.startswith((f"{prefix}.", f"{prefix}[")):
            return column_of[prefix]
    return path.removeprefix("content.").split("[", 1)[0].split(".", 1)[0]
