"""Rows: what the index keeps of one record, whichever way it lies on the disk."""

from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec

from comity import collections
from comity.collections import SearchKey
from comity.kernel.canonical import canonical_bytes
from comity.kernel.codes import CollectionName, HandlingLabel
from comity.kernel.ids import UUID_PATTERN, BureauId, RecordId
from comity.protocol.records import RecordBody, Restrictions

_BODY: Final = msgspec.json.Decoder(RecordBody)
_ENCODER: Final = msgspec.msgpack.Encoder()


class Audience(NamedTuple):
    """Who may see a record: all that the rules ask about it."""

    owner: str
    allow: tuple[str, ...]
    deny: tuple[str, ...]

    @property
    def restricted(self) -> bool:
        """Whether some members may not see it."""
        return bool(self.allow or self.deny)

    @property
    def restrictions(self) -> Restrictions:
        """As the rules ask for it."""
        return Restrictions(allow=list(self.allow), deny=list(self.deny))


class LoneRow(msgspec.Struct, frozen=True, array_like=True):
    """One record that lies by itself: what is needed to filter and to take out, then the body."""

    expires: int
    """Microseconds since 1970-01-01T00:00:00Z."""
    audience: Audience
    names: tuple[int, ...]
    """Name numbers in the order of `Collection.names`."""
    data: bytes
    """The bytes of the `RecordBody` as the feed gave them."""


class Listed(NamedTuple):
    """What an answer says of a record; a `RecordBody` has the same names."""

    record_id: RecordId
    collection: CollectionName
    owner: BureauId
    version: int
    label: HandlingLabel
    content: dict[str, Any]


class Row:
    """One record. What it holds is read when it is asked for."""

    template = 0
    """Number of the template that it shares; 0 when it lies by itself."""

    def __init__(
        self, expires: int, audience: Audience, names: tuple[int, ...] = (), *, restricted: bool
    ) -> None:
        self.expires = expires
        """Microseconds since 1970."""
        self.audience = audience
        self.names = names
        self.restricted = restricted
        """Whether some members may not see it."""
        self._listed: Listed | None = None
        self._body: RecordBody | None = None

    @property
    def listed(self) -> Listed:
        """What an answer says of it."""
        if self._listed is None:
            self._listed = self._read_listed()
        return self._listed

    @property
    def body(self) -> RecordBody:
        """The record itself."""
        if self._body is None:
            self._body = self._read_body()
        return self._body

    @property
    def data(self) -> bytes:
        """The bytes of the body as the feed gave them."""
        return canonical_bytes(self.body)

    @property
    def keys(self) -> list[SearchKey]:
        """The exact keys by which it is found."""
        return collections.get(self.listed.collection).keys(self.listed.content)

    def _read_listed(self) -> Listed:
        raise NotImplementedError

    def _read_body(self) -> RecordBody:
        raise NotImplementedError


class StoredRow(Row):
    """A row whose body is stored as it came."""

    def __init__(self, row: LoneRow) -> None:
        super().__init__(row.expires, row.audience, row.names, restricted=row.audience.restricted)
        self._data = row.data

    @property
    def data(self) -> bytes:
        """The bytes of the body as the feed gave them."""
        return self._data

    def _read_listed(self) -> Listed:
        body = self.body
        return Listed(body.record_id, body.collection, body.owner, body.version, body.label, body.content)

    def _read_body(self) -> RecordBody:
        return _BODY.decode(self._data)


_LONE: Final = msgspec.msgpack.Decoder(LoneRow)


def audience_of(body: RecordBody) -> Audience:
    """Return who may see a record."""
    return Audience(body.owner, tuple(body.restrictions.allow), tuple(body.restrictions.deny))


def encode_lone(row: LoneRow) -> bytes:
    """Return the value of `records`."""
    return _ENCODER.encode(row)


def decode_lone(data: bytes) -> Row:
    """Return the row of a value of `records`."""
    return StoredRow(_LONE.decode(data))


def packed_id(record_id: str) -> bytes:
    """Return the 16 bytes of a UUID, or the text's own bytes when it is none."""
    if UUID_PATTERN.fullmatch(record_id):
        return bytes.fromhex(record_id.replace("-", ""))
    return record_id.encode()


def unpacked_id(data: bytes) -> str:
    """Return the UUID of 16 bytes."""
    text = data.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def expiry_of(body: RecordBody) -> datetime:
    """Return the instant at which a record expires."""
    return datetime.fromisoformat(body.expires_at)


def encode_value(value: Any) -> bytes:
    """Return msgpack of a small value of this format."""
    return _ENCODER.encode(value)
