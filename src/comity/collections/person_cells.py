"""How a person stands in one row of a table.

Lists stand in one cell, parted by `;`. A document is written `type:country:number`, for example
`passport:SVN:PB1234567`; type or country may be blank (`::PB1234567`). A date of birth may be `1960`,
`1960-05`, `1960-05-03`, `circa 1960` or `1955 to 1957`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from comity.collections.base import NameQuality
from comity.collections.fields import check_name
from comity.collections.tables import split_list
from comity.kernel.errors import ErrorCode, InputError
from comity.matching.dates import parse_birth

CELL_COLUMNS: Final = (
    "name",
    "birth_name",
    "aliases",
    "weak_aliases",
    "birth_dates",
    "birth_places",
    "nationalities",
    "sex",
    "documents",
    "offences",
    "cautions",
    "description",
    "remarks",
)
"""Columns of the collection `persons`."""
COLUMN_OF_FIELD: Final = MappingProxyType({"content.names": "name", "content.births": "birth_dates"})
"""Where a field's column is called otherwise."""

_NAME_COLUMNS: Final = (
    ("name", "primary", NameQuality.STRONG),
    ("birth_name", "birth", NameQuality.STRONG),
    ("aliases", "alias", NameQuality.STRONG),
    ("weak_aliases", "alias", NameQuality.WEAK),
)
_LISTS: Final = ("birth_places", "nationalities", "offences", "cautions")
_TEXTS: Final = ("sex", "description", "remarks")
_DOCUMENT_PARTS: Final = 3


def content_of_cells(row: Mapping[str, str]) -> dict[str, Any]:
    """Return the unchecked content of one row.

    Raises `InputError` naming the column for a date or a document that cannot be read, and for
    a name that nobody could find.
    """
    return {
        "names": [name for column in _NAME_COLUMNS for name in _names(row, *column)],
        "births": [_birth(text) for text in split_list(row.get("birth_dates", ""))],
        "documents": [_document(text) for text in split_list(row.get("documents", ""))],
        **{column: split_list(row.get(column, "")) for column in _LISTS},
        **{column: row.get(column, "") for column in _TEXTS},
    }


def _names(row: Mapping[str, str], column: str, kind: str, quality: NameQuality) -> list[dict[str, str]]:
    texts = [check_name(text, column) for text in split_list(row.get(column, ""))]
    return [{"text": text, "kind": kind, "quality": str(quality)} for text in texts]


def _birth(text: str) -> dict[str, str]:
    try:
        return parse_birth(text).to_wire()
    except InputError as error:
        raise InputError(error.code, field="birth_dates") from None


def _document(text: str) -> dict[str, str]:
    parts = [part.strip() for part in text.split(":")]
    if len(parts) != _DOCUMENT_PARTS:
        remedy = "Write type:country:number, for example passport:SVN:PB1234567."
        raise InputError(ErrorCode.INPUT_WRONG_TYPE, field="documents", remedy=remedy)
    kind, country, number = parts
    return {"type": kind or "passport", "country": country, "number": number}
