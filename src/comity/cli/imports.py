"""Bringing in published lists: read, report what was understood, enter as records of the own bureau."""

from pathlib import Path
from typing import Final

import msgspec

from comity.collections.importers.ofac import ADDRESS_FILE, ALIAS_FILE, SDN_FILE
from comity.collections.importers.ofac import read_list as read_ofac
from comity.collections.importers.results import ImportResult, decode
from comity.collections.importers.vehicles import read_table
from comity.kernel.errors import ErrorCode, InputError, LimitError

MAX_FILE_BYTES: Final = 256 * 1024 * 1024
"""The largest published list, with every alias and address, is under 100 MiB."""
OFAC: Final = "ofac"


class NotUnderstood(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that an import could not read; where and why, never what it says."""

    line: int
    reference: str
    field: str
    why: str


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What `comity import` found and did."""

    list: str
    of: str
    """What its records are about: `individuals` or `vehicles`."""
    records: int
    understood: dict[str, int]
    not_understood: dict[str, int]
    share_understood: dict[str, float]
    left_out: dict[str, int]
    """Entries that the import is not for."""
    dry_run: bool
    entered: int = 0
    already_there: int = 0
    """Records whose reference the bureau has in force already; they are left as they are."""
    refused: int = 0
    details: tuple[NotUnderstood, ...] = ()


def read_ofac_folder(folder: Path) -> ImportResult:
    """Read the three files of the list; raises `InputError` naming the file that is missing or odd."""
    texts = [_text(folder / name) for name in (SDN_FILE, ALIAS_FILE, ADDRESS_FILE)]
    return read_ofac(*texts)


def read_vehicles_file(path: Path, plate_country: str | None) -> ImportResult:
    """Read a table of stolen vehicles; raises `InputError` naming the file."""
    return read_table(_text(path), plate_country=plate_country)


def _text(path: Path) -> str:
    if not path.is_file():
        raise InputError(
            ErrorCode.INPUT_MISSING_FIELD, field=path.name, remedy="Give the folder of the list."
        )
    if path.stat().st_size > MAX_FILE_BYTES:
        raise LimitError(ErrorCode.LIMIT_BODY, field=path.name)
    return decode(path.read_bytes(), path.name)


def report_of(name: str, result: ImportResult, *, dry_run: bool, **entered: int) -> ImportReport:
    """Return the report of an import; `entered` gives the numbers of what was done with the records."""
    problems = result.problems()
    return ImportReport(
        list=name,
        of="individuals" if name == OFAC else name,
        records=len(result.drafts),
        understood=dict(sorted(result.understood.items())),
        not_understood=dict(sorted(problems.items())),
        share_understood={
            field: round(result.share_understood(field), 4)
            for field in sorted({*result.understood, *problems})
        },
        left_out=dict(sorted(result.left_out.items())),
        dry_run=dry_run,
        details=tuple(NotUnderstood(line=p.line, reference=p.reference, field=p.field, why=p.why)
                      for p in result.not_understood),
        **entered,
    )  # fmt: skip
