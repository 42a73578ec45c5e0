"""Lists of stolen vehicles: any table with commas whose first line names its columns.

Understood columns: plate, vin, plate_country, make, model, colour (color), year, type (kind), date_stolen
(theft_date), district (place, theft_place), engine_number, remarks. Others are listed as not understood.
"""

from types import MappingProxyType
from typing import Any, Final

from comity.collections.importers.country_names import code_of_country
from comity.collections.importers.results import Draft, ImportResult, table_lines
from comity.kernel.codes import CollectionName, Purpose
from comity.kernel.errors import ErrorCode, InputError

COLUMNS: Final = MappingProxyType(
    {
        "plate": "plate",
        "vin": "vin",
        "plate_country": "plate_country",
        "make": "make",
        "model": "model",
        "colour": "colour",
        "color": "colour",
        "year": "year",
        "type": "kind",
        "kind": "kind",
        "date_stolen": "theft_date",
        "theft_date": "theft_date",
        "district": "theft_place",
        "place": "theft_place",
        "theft_place": "theft_place",
        "engine_number": "engine_number",
        "remarks": "remarks",
    }
)
"""Column of the file: field of the collection `vehicles`."""
LEGAL_BASIS: Final = "National register of stolen vehicles"


def read_table(
    text: str, *, plate_country: str | None = None, legal_basis: str = LEGAL_BASIS
) -> ImportResult:
    """Return a draft per line of the file's text.

    `plate_country` (three letters) fills plates whose line names no country. The owner's reference is plate
    or identification number with the day of theft, so that importing the file again finds the same records.
    Raises `InputError` input.bad_csv, field `file`, when no column names a plate or an identification number.
    """
    result = ImportResult()
    lines = table_lines(text, "file")
    _number, header = next(lines, (0, []))
    names = [name.strip().lower() for name in header]
    if not {"plate", "vin"} & set(names):
        remedy = "The first line names the columns; one of them is plate or vin."
        raise InputError(ErrorCode.INPUT_BAD_CSV, field="file", remedy=remedy)
    for name in names:
        if name not in COLUMNS:
            result.fail(1, "", "column", "column not known", name)
    references: set[str] = set()
    for line, cells in lines:
        if len(cells) != len(names):
            result.fail(line, "", "line", "wrong number of cells", "".join(cells))
            continue
        _read_line(line, dict(zip(names, cells, strict=True)), plate_country, legal_basis, references, result)
    return result


def _read_line(  # noqa: PLR0913, PLR0917 - the state of one pass over the file
    line: int,
    cells: dict[str, str],
    plate_country: str | None,
    legal_basis: str,
    references: set[str],
    result: ImportResult,
) -> None:
    content = _content(line, cells, result)
    if "plate" in content and plate_country:
        content.setdefault("plate_country", plate_country)
    reference = f"{content.get('plate') or content.get('vin', '')}/{content.get('theft_date', '')}"
    if not (content.get("plate") or content.get("vin")):
        result.fail(line, "", "record", "neither plate nor vin")
        return
    if reference in references:
        result.fail(line, reference, "record", "same plate and day as an earlier line")
        return
    references.add(reference)
    envelope = {
        "owner_reference": reference,
        "purpose": str(Purpose.IDENTIFICATION),
        "legal_basis": legal_basis,
    }
    result.understood.update(content.keys())
    result.settle(Draft(CollectionName.VEHICLES, line, envelope, content), lambda name, _item: name)


def _content(line: int, cells: dict[str, str], result: ImportResult) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for column, cell in cells.items():
        name, text = COLUMNS.get(column), cell.strip()
        if name is None or not text:
            continue
        if name == "year":
            if text.isascii() and text.isdigit():
                content[name] = int(text[:10])
            else:
                result.fail(line, "", "year", "not a number", text)
        elif name == "plate_country":
            content[name] = code_of_country(text) or text
        else:
            content[name] = text
    return content
