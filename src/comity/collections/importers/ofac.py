"""The list of Specially Designated Nationals of the United States Treasury (OFAC), individuals only.

Three files without a header (docs of the Treasury: "Specially Designated Nationals data formats"): sdn.csv
holds the entries, alt.csv the strong aliases, add.csv the addresses. `-0-` means empty; a last line of one
sign (0x1A) marks the end. Who imports it owns the records: `rows.build_body` makes them out of the drafts.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from comity.collections.importers.ofac_documents import IDENTITY, PASSPORT
from comity.collections.importers.ofac_remarks import EMPTY, Remarks
from comity.collections.importers.results import Draft, ImportResult, table_lines
from comity.kernel.codes import CollectionName, DocumentKind, PersonStatus, Purpose

SDN_FILE: Final = "sdn.csv"
ALIAS_FILE: Final = "alt.csv"
ADDRESS_FILE: Final = "add.csv"

_SDN_CELLS: Final = 12
_ALIAS_CELLS: Final = 5
_ADDRESS_CELLS: Final = 6
_END_MARK: Final = "\x1a"
_INDIVIDUAL: Final = "individual"
_COUNTED_AS: Final = {  # where a field of the content was counted under another word
    "births": "birth_date",
    "birth_places": "birth_place",
    "nationalities": "nationality",
}


def read_list(sdn: str, aliases: str, addresses: str) -> ImportResult:
    """Return a draft per individual of the three files' texts.

    Counted under `understood`: record, name, strong_alias, weak_alias, birth_date, birth_place, nationality,
    sex, passport, identity_document, address, text_kept. Raises `InputError` input.bad_csv naming the file.
    """
    result = ImportResult()
    alias_rows = _by_entry(aliases, ALIAS_FILE, _ALIAS_CELLS, result)
    address_rows = _by_entry(addresses, ADDRESS_FILE, _ADDRESS_CELLS, result)
    for line, cells in _lines(sdn, SDN_FILE, _SDN_CELLS, result):
        entry, kind = cells[0], cells[2]
        if kind != _INDIVIDUAL:
            result.left_out["not an individual" if kind == EMPTY else kind] += 1
            continue
        draft = _draft(line, cells, alias_rows.get(entry, ()), address_rows.get(entry, ()), result)
        result.settle(draft, _counted_as)
    return result


def _draft(
    line: int,
    cells: list[str],
    aliases: Iterable[list[str]],
    addresses: Iterable[list[str]],
    result: ImportResult,
) -> Draft:
    entry, name, programme, title, text = cells[0], cells[1], cells[3], cells[4], cells[11]
    reference = f"OFAC-{entry}"
    remarks = Remarks(line, reference, result)
    remarks.read(text)
    strong = [row[3] for row in aliases if row[3] != EMPTY]
    result.understood["name"] += 1
    result.understood["strong_alias"] += len(strong)
    content = {
        "names": list(_names(name, strong, remarks.weak_names)),
        "births": remarks.births,
        "birth_places": remarks.birth_places,
        "nationalities": remarks.nationalities,
        "sex": _one_sex(remarks),
        "documents": remarks.documents,
        "remarks": _remarks_text(programme, title, remarks.kept, _addresses(addresses, result)),
    }
    return Draft(CollectionName.PERSONS, line, _envelope(reference, programme), content)


def _counted_as(name: str, item: Any) -> str:
    if name == "names":
        return {"primary": "name", "alias": f"{item['quality']}_alias"}[item["kind"]]
    if name == "documents":
        return PASSPORT if item["type"] == DocumentKind.PASSPORT else IDENTITY
    return _COUNTED_AS.get(name, name)


def _envelope(reference: str, programme: str) -> dict[str, Any]:
    return {
        "owner_reference": reference,
        "purpose": str(Purpose.ALERT),
        "status": str(PersonStatus.SANCTIONED),
        "legal_basis": f"Sanctions list of the United States Treasury (OFAC), programme {programme}",
    }


def _names(primary: str, strong: Iterable[str], weak: Iterable[str]) -> Iterable[Mapping[str, str]]:
    yield {"text": primary, "kind": "primary", "quality": "strong"}
    for text in strong:
        yield {"text": text, "kind": "alias", "quality": "strong"}
    for text in weak:
        yield {"text": text, "kind": "alias", "quality": "weak"}


def _one_sex(remarks: Remarks) -> str | None:
    """Return the sex when all statements agree; contradictions are a problem, not a choice."""
    if len(set(remarks.sexes)) > 1:
        remarks.result.fail(remarks.line, remarks.reference, "sex", "statements contradict each other")
        return None
    return remarks.sexes[0] if remarks.sexes else None


def _addresses(rows: Iterable[list[str]], result: ImportResult) -> list[str]:
    found = []
    for row in rows:
        text = ", ".join(cell.strip() for cell in row[2:6] if cell.strip() != EMPTY)
        if text:
            found.append(text)
            result.understood["address"] += 1
    return found


def _remarks_text(programme: str, title: str, kept: list[str], addresses: list[str]) -> str:
    lines = [f"Programme: {programme}"]
    if title.strip() != EMPTY:
        lines.append(f"Title: {title.strip()}")
    lines += [f"Address: {address}" for address in addresses]
    lines += kept
    return "\n".join(lines)


def _by_entry(text: str, name: str, cells: int, result: ImportResult) -> dict[str, list[list[str]]]:
    rows: dict[str, list[list[str]]] = defaultdict(list)
    for _line, row in _lines(text, name, cells, result):
        rows[row[0]].append(row)
    return rows


def _lines(text: str, name: str, cells: int, result: ImportResult) -> Iterable[tuple[int, list[str]]]:
    """Yield lines with the right number of cells, blanks around them removed; others are problems."""
    for line, row in table_lines(text, name):
        if not row or row == [_END_MARK]:
            continue
        if len(row) != cells:
            result.fail(line, name, "line", "wrong number of cells", "".join(row))
            continue
        yield line, [cell.strip() for cell in row]
