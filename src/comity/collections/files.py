"""Records as lines of a file: tables (CSV, first line names the columns) and JSON Lines, both in UTF-8.

A line that cannot be read becomes a problem with its number; the others go on.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Final

import msgspec

from comity.collections.base import Collection
from comity.collections.registry import get
from comity.collections.rows import columns, split_object, split_row
from comity.kernel.codes import CollectionName
from comity.kernel.errors import ComityError, ErrorCode, InputError, LimitError
from comity.protocol.records import MAX_RECORD_BYTES

JSON_ENDINGS: Final = frozenset({".jsonl", ".ndjson", ".json"})


@dataclass(frozen=True, slots=True)
class Row:
    """One readable line."""

    line: int
    envelope: dict[str, Any]
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class BadRow:
    """One line that could not be read, and why."""

    line: int
    error: ComityError


def read_lines(data: bytes, file_name: str, collection: CollectionName) -> Iterator[Row | BadRow]:
    """Yield the lines of a file's content in order; the name's ending tells JSON Lines from a table.

    Raises `InputError` for the file as a whole: input.wrong_encoding, input.bad_csv (no columns, or
    one that the collection does not have).
    """
    name = PurePath(file_name).name
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(ErrorCode.INPUT_WRONG_ENCODING, field=name) from None
    lines = _json_lines if PurePath(name).suffix.lower() in JSON_ENDINGS else _table
    yield from lines(text, get(collection), name)


def _table(text: str, collection: Collection, name: str) -> Iterator[Row | BadRow]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        _check_header(list(reader.fieldnames or ()), collection, name)
        for cells in reader:
            yield _row(reader.line_num, lambda cells=cells: split_row(collection, cells))
    except csv.Error:
        raise InputError(ErrorCode.INPUT_BAD_CSV, field=f"{name}:{reader.line_num + 1}") from None


def _check_header(header: list[str], collection: Collection, name: str) -> None:
    known = columns(collection)
    unknown = [column for column in header if column not in known]
    if not header or unknown or len(set(header)) != len(header):
        place = next((column for column in unknown if column.isidentifier()), name)
        raise InputError(
            ErrorCode.INPUT_BAD_CSV,
            field=place,
            remedy=f"The first line names columns, each once, out of: {', '.join(known)}.",
        )


def _json_lines(text: str, collection: Collection, name: str) -> Iterator[Row | BadRow]:  # noqa: ARG001 - a view's form
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield _row(number, lambda line=line: split_object(collection, _decoded(line)))


def _decoded(line: str) -> Any:
    if len(line) > MAX_RECORD_BYTES:
        raise LimitError(ErrorCode.LIMIT_BODY)
    try:
        return msgspec.json.decode(line)
    except msgspec.DecodeError:
        raise InputError(ErrorCode.INPUT_NOT_JSON, remedy="Each line is one JSON object.") from None


def _row(line: int, split: Any) -> Row | BadRow:
    try:
        envelope, content = split()
    except ComityError as error:
        return BadRow(line, error)
    return Row(line, envelope, content)
