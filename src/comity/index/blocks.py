"""Compact rows: eight to a block, each only with what no template holds.

| part     | bytes | what                                                                      |
|----------|-------|---------------------------------------------------------------------------|
| template | 1-5   | number, seven bits to a byte, the lowest first                            |
| flags    | 1     | which of the parts below are there                                        |
| id       | 16    | of the record, a UUID                                                     |
| version  | 1-5   | as `template`                                                             |
| expiry   | 4     | seconds since 1970, big-endian                                            |
| fraction | 3     | microseconds of it                                                        |
| day      | 2     | event date: days since 1970, big-endian                                   |
| length   | 1     | of the number, when a rest follows                                        |
| number   | 1-160 | in base 36 behind a 1 when it is short and plain, else its text           |
| rest     |       | JSON: owner's reference or null, and the fields that are in no other part |

A block begins with the lengths of its eight rows, one byte each; 0 stands for a row that is gone.
Reading a row gives its body byte for byte: what would not come back so is stored by itself.
"""

import re
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any, Final

import msgspec

from comity.index.layout import ALONE, Databases, pack
from comity.index.rows import Listed, Row, decode_lone, packed_id, unpacked_id
from comity.index.templates import Template, TemplateChanges, TemplateMemory, template_of
from comity.kernel.canonical import canonical_bytes
from comity.kernel.clock import to_wire
from comity.kernel.codes import CollectionName
from comity.kernel.errors import ErrorCode, IntegrityError
from comity.kernel.ids import UUID_PATTERN, RecordId
from comity.protocol.records import RecordBody

ROWS: Final = 8
"""Rows to a block: twenty gets of one row cost less than the bytes that keys of their own would."""
BLOCK_SHIFT: Final = 3
MAX_ROW: Final = 240
"""Bytes of a compact row; eight of them stay below half a page, which LMDB keeps in its tree."""
MAX_PLAIN: Final = 12
"""Signs of base 36 that fit 64 bits behind the 1."""
MAX_DAY: Final = (1 << 16) - 1

FRACTION, DAY, PLAIN, TEXT, REST = 1, 2, 4, 8, 16
"""Bits of the flags: which part is there, and in which form the number is."""

SHARED_CONTENT: Final[dict[CollectionName, tuple[str, ...]]] = {
    CollectionName.TRAVEL_DOCUMENTS: ("country", "type", "loss"),
    CollectionName.VEHICLES: ("plate_country", "make", "kind"),
}
"""Fields that many records of a collection have in common; one not named here keeps whole rows."""

_SIGNS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_PLAIN: Final = frozenset(_SIGNS)
_PAIRS: Final = [one + other for one in _SIGNS for other in _SIGNS]
_TWO: Final = len(_PAIRS)
_EPOCH: Final = date(1970, 1, 1).toordinal()
_START: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ISO_DAY: Final = re.compile(r"(?:19[7-9][0-9]|2[01][0-9]{2})-[0-9]{2}-[0-9]{2}")


class _Rest(msgspec.Struct, frozen=True, array_like=True):
    reference: str | None
    content: dict[str, Any]


_REST: Final = msgspec.json.Decoder(_Rest)
_SECOND: Final = 1_000_000
_MAX_EXPIRY: Final = _SECOND << 32


class CompactRow(Row):
    """A row of a block; what it shares stands in its template."""

    def __init__(self, data: bytes, template: Template) -> None:
        self.template, at = read_number(data, 0)
        self._flags = flags = data[at]
        self.packed_id = data[at + 1 : at + 17]
        """The 16 bytes of the record's id."""
        self._version, at = read_number(data, at + 17)
        expires = int.from_bytes(data[at : at + 4], "big") * _SECOND
        at += 4
        if flags & FRACTION:
            expires += int.from_bytes(data[at : at + 3], "big")
            at += 3
        self._rest = data[at:]
        self._shared = template.shared
        super().__init__(expires, template.audience, restricted=template.restricted)

    def _read_listed(self) -> Listed:
        shared = self._shared
        content, _ = self._read()
        record_id = RecordId(unpacked_id(self.packed_id))
        return Listed(record_id, shared.collection, shared.owner, self._version, shared.label, content)

    def _read_body(self) -> RecordBody:
        shared = self._shared
        content, reference = self._read()
        return msgspec.structs.replace(
            shared,
            record_id=RecordId(unpacked_id(self.packed_id)),
            version=self._version,
            expires_at=to_wire(_START + timedelta(microseconds=self.expires)),
            owner_reference=shared.owner_reference if reference is None else reference,
            content=content,
        )

    def _read(self) -> tuple[dict[str, Any], str | None]:
        """Return the content, and the owner's reference unless the template has it."""
        flags, data = self._flags, self._rest
        content = dict(self._shared.content)
        reference: str | None = None
        if flags & DAY:
            days = int.from_bytes(data[:2], "big")
            content["event_date"] = date.fromordinal(_EPOCH + days).isoformat()
            data = data[2:]
        number = data
        if flags & REST:
            if flags & (PLAIN | TEXT):
                number, data = data[1 : 1 + data[0]], data[1 + data[0] :]
            rest = _REST.decode(data)
            reference = rest.reference
            content |= rest.content
        if flags & PLAIN:
            content["number"] = _plain(int.from_bytes(number, "big"))
        elif flags & TEXT:
            content["number"] = number.decode()
        return content, reference


class BlockChanges:
    """Collects changes of rows and writes each block once, in ascending order."""

    def __init__(self, transaction: Any, databases: Databases) -> None:
        self._transaction = transaction
        self._database = databases.blocks
        self._rows: dict[int, bytes] = {}

    def set(self, number: int, row: bytes) -> None:
        """Put a compact row at its number; an empty one for what is gone."""
        self._rows[number] = row

    def finish(self) -> None:
        """Write what was collected; a block without rows is removed."""
        for block, numbers in groupby(sorted(self._rows), lambda number: number >> BLOCK_SHIFT):
            key = block_key(block)
            rows = split(self._transaction.get(key, bytes(ROWS), db=self._database))
            for number in numbers:
                rows[number % ROWS] = self._rows[number]
            if any(rows):
                self._transaction.put(key, join(rows), db=self._database)
            else:
                self._transaction.delete(key, db=self._database)


def block_key(block: int) -> bytes:
    """Return the key under which a block lies."""
    return block.to_bytes(4, "big")


def split(block: bytes) -> list[bytes]:
    """Return the rows of a block, empty ones for those that are gone."""
    rows, at = [], ROWS
    for length in block[:ROWS]:
        rows.append(block[at : at + length])
        at += length
    return rows


def join(rows: list[bytes]) -> bytes:
    """Return the block of eight rows."""
    return bytes(map(len, rows)) + b"".join(rows)


def read_row(transaction: Any, databases: Databases, number: int, templates: TemplateMemory) -> Row:
    """Return the row that `number` names. Raises `IntegrityError` (integrity.index) when it is missing."""
    data = _bytes_of(transaction, databases, number)
    if not data:
        raise IntegrityError(ErrorCode.INTEGRITY_INDEX, detail="key without record")
    if number & ALONE:
        return decode_lone(data)
    return CompactRow(data, templates.read(transaction, databases, read_number(data, 0)[0]))


def has_row(transaction: Any, databases: Databases, number: int) -> bool:
    """Tell whether anything lies at a record number."""
    return bool(_bytes_of(transaction, databases, number))


def _bytes_of(transaction: Any, databases: Databases, number: int) -> bytes:
    if number & ALONE:
        found: bytes = transaction.get(pack(number), b"", db=databases.records)
        return found
    block = transaction.get(block_key(number >> BLOCK_SHIFT), bytes(ROWS), db=databases.blocks)
    slot = number % ROWS
    at = ROWS + sum(block[:slot])
    row: bytes = block[at : at + block[slot]]
    return row


def compact(body: RecordBody, data: bytes, expires: int, templates: TemplateChanges) -> bytes | None:
    """Return the compact row of a record, None when it must lie by itself.

    `data` are the bytes that must come back; `expires` is in microseconds. The template is counted once.
    """
    fields = SHARED_CONTENT.get(body.collection)
    if fields is None or not UUID_PATTERN.fullmatch(body.record_id) or body.version < 0:
        return None
    if not 0 <= expires < _MAX_EXPIRY:
        return None
    holes = holes_of(body)
    whole = {name: value for name, value in body.content.items() if name not in holes}
    shared, rest = shared_of(body, whole, body.owner_reference), None
    number = templates.find(canonical_bytes(shared))
    if number is None:
        common = {name: whole[name] for name in fields if name in whole}
        own = {name: value for name, value in whole.items() if name not in common}
        shared, rest = shared_of(body, common, ""), _Rest(body.owner_reference, own)
        number = templates.make(canonical_bytes(shared))
    row = _encode(number, body, expires, holes, rest)
    if len(row) > MAX_ROW or CompactRow(row, template_of(shared)).data != data:
        return None
    templates.use(number)
    return row


def shared_of(body: RecordBody, content: dict[str, Any], reference: str) -> RecordBody:
    """Return the template for a record of which `content` and `reference` are shared."""
    return msgspec.structs.replace(
        body, record_id=RecordId(""), version=0, expires_at="", owner_reference=reference, content=content
    )


def holes_of(body: RecordBody) -> dict[str, str]:
    """Return the fields of a document that compact rows hold outside of template and rest."""
    if body.collection is not CollectionName.TRAVEL_DOCUMENTS:
        return {}
    number, event = body.content.get("number"), body.content.get("event_date")
    holes = {}
    if isinstance(number, str) and 0 < len(number.encode()) <= MAX_ROW:
        holes["number"] = number
    if isinstance(event, str) and _ISO_DAY.fullmatch(event) and 0 <= _days(event) <= MAX_DAY:
        holes["event_date"] = event
    return holes


def _days(text: str) -> int:
    """Return days since 1970, -1 for a day that cannot exist: then it stays the text that it is."""
    try:
        return date.fromisoformat(text).toordinal() - _EPOCH
    except ValueError:
        return -1


def _encode(
    template: int, body: RecordBody, expires: int, holes: dict[str, str], rest: _Rest | None
) -> bytes:
    seconds, fraction = divmod(expires, _SECOND)
    flags, parts = 0, [seconds.to_bytes(4, "big")]
    if fraction:
        flags |= FRACTION
        parts.append(fraction.to_bytes(3, "big"))
    if "event_date" in holes:
        flags |= DAY
        parts.append(_days(holes["event_date"]).to_bytes(2, "big"))
    number = b""
    if "number" in holes:
        form, number = _encode_number(holes["number"])
        flags |= form
        if rest is not None:
            parts.append(bytes([len(number)]))
    parts.append(number)
    if rest is not None:
        flags |= REST
        parts.append(canonical_bytes(rest))
    head = _number(template) + bytes([flags]) + packed_id(body.record_id) + _number(body.version)
    return head + b"".join(parts)


def _encode_number(text: str) -> tuple[int, bytes]:
    if len(text) <= MAX_PLAIN and _PLAIN.issuperset(text):
        value = int("1" + text, 36)
        return PLAIN, value.to_bytes(-(-value.bit_length() // 8), "big")
    return TEXT, text.encode()


def _plain(value: int) -> str:
    """Return the number behind the 1, two signs at a time."""
    signs = []
    while value >= _TWO:
        value, pair = divmod(value, _TWO)
        signs.append(_PAIRS[pair])
    text = "".join(reversed(signs))
    return text if value == 1 else _SIGNS[value - 36] + text


def _number(value: int) -> bytes:
    parts = bytearray()
    while value > 127:  # noqa: PLR2004 (seven bits)
        parts.append(value & 127 | 128)
        value >>= 7
    parts.append(value)
    return bytes(parts)


def read_number(data: bytes, at: int) -> tuple[int, int]:
    """Return a number and where it ends."""
    value = shift = 0
    while data[at] & 128:
        value |= (data[at] & 127) << shift
        shift += 7
        at += 1
    return value | data[at] << shift, at + 1
