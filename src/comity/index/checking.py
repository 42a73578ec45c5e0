"""What a copy demands of feed entries before it applies any: no gap, right commitments, right chain (I7)."""

from typing import Final

import msgspec

from comity.kernel.errors import ErrorCode, IntegrityError
from comity.kernel.ids import RecordId
from comity.ledger.commitments import SALT_BYTES, chain, commit
from comity.protocol.feed import FeedEntry, FeedOperation, Withdrawal
from comity.protocol.records import RecordBody

_BODY: Final = msgspec.json.Decoder(RecordBody)
_WITHDRAWAL: Final = msgspec.json.Decoder(Withdrawal)


class Fold(msgspec.Struct):
    """What a run of entries comes to: the last word on each record, and where the feed then stands."""

    sequence: int
    chain: bytes
    final: dict[RecordId, tuple[RecordBody, bytes] | None]
    """Body and its bytes to be kept, or None for a record to be removed."""
    removed: list[RecordId]
    """Records that were withdrawn or retracted on the way, in order."""


def fold(entries: list[FeedEntry], sequence: int, chain_value: bytes) -> Fold:
    """Check `entries`, which must follow `sequence` and `chain_value`, and return what they come to.

    Raises `IntegrityError`: feed.gap, feed.commitment, feed.chain. Nothing was changed then.
    """
    result = Fold(sequence, chain_value, {}, [])
    for entry in entries:
        _check_place(entry, result)
        record_id = _record_of(entry)
        if entry.operation is FeedOperation.PUT:
            result.final[record_id] = _put(entry)
        elif entry.operation is not FeedOperation.HIDDEN:
            if entry.operation is FeedOperation.WITHDRAW:
                _check_withdrawal(entry)
            result.final[record_id] = None
            result.removed.append(record_id)
    return result


def _check_place(entry: FeedEntry, before: Fold) -> None:
    if entry.sequence != before.sequence + 1:
        raise IntegrityError(ErrorCode.FEED_GAP, detail=f"{entry.sequence} after {before.sequence}")
    before.chain = chain(before.chain, _digest(entry.commitment, entry.sequence))
    before.sequence = entry.sequence
    if before.chain.hex() != entry.chain:
        raise IntegrityError(ErrorCode.FEED_CHAIN, detail=f"entry {entry.sequence}")


def _record_of(entry: FeedEntry) -> RecordId:
    if entry.operation is FeedOperation.HIDDEN:
        return RecordId("")
    if not entry.record_id:
        raise _mismatch(entry)
    return entry.record_id


def _put(entry: FeedEntry) -> tuple[RecordBody, bytes]:
    data = _clear_body(entry)
    try:
        body = _BODY.decode(data)
    except msgspec.DecodeError as error:
        raise _mismatch(entry) from error
    if (body.record_id, body.version) != (entry.record_id, entry.version):
        raise _mismatch(entry)
    return body, data


def _check_withdrawal(entry: FeedEntry) -> None:
    try:
        withdrawal = _WITHDRAWAL.decode(_clear_body(entry))
    except msgspec.DecodeError as error:
        raise _mismatch(entry) from error
    if withdrawal.record_id != entry.record_id:
        raise _mismatch(entry)


def _clear_body(entry: FeedEntry) -> bytes:
    """Return the body's bytes after comparing them with the commitment."""
    if entry.body is None or entry.salt is None:
        raise _mismatch(entry)
    data = entry.body.encode()
    salt = _digest(entry.salt, entry.sequence)
    if commit(salt, data).hex() != entry.commitment:
        raise _mismatch(entry)
    return data


def _digest(text: str, sequence: int) -> bytes:
    try:
        value = bytes.fromhex(text)
    except ValueError as error:
        raise IntegrityError(ErrorCode.FEED_COMMITMENT, detail=f"entry {sequence}") from error
    if len(value) != SALT_BYTES:
        raise IntegrityError(ErrorCode.FEED_COMMITMENT, detail=f"entry {sequence}")
    return value


def _mismatch(entry: FeedEntry) -> IntegrityError:
    return IntegrityError(ErrorCode.FEED_COMMITMENT, detail=f"entry {entry.sequence}")
