"""Copy receipts: signed words that withdrawn records are gone, kept until the secretariat has them (I7).

Before a page is applied, a note says what it withdraws. After it is applied, the note becomes a signed
receipt. A process that is killed in between finds the note again and knows from the index whether
the page was applied; so no withdrawal goes unconfirmed and none is confirmed that did not happen.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
import structlog

from comity.crypto.files import read_private, sync_folder, write_private
from comity.crypto.signing import SigningContext, SigningKeys
from comity.kernel.canonical import canonical_bytes
from comity.kernel.clock import to_wire
from comity.kernel.errors import ComityError, ErrorCode, TrustError
from comity.kernel.ids import NodeId, RecordId, new_id
from comity.protocol.feed import CopyReceipt, FeedEntry, FeedOperation, SignedCopyReceipt

NOTE_FILE: Final = "applying.json"
_REMOVING: Final = (FeedOperation.WITHDRAW, FeedOperation.RETRACT)

IsGone = Callable[[RecordId], bool]
"""Looks a record up in the index and tells that it is not there."""
Send = Callable[[SignedCopyReceipt], None]

_LOG = structlog.get_logger("comity.copies")


class ApplyingNote(msgspec.Struct, frozen=True, kw_only=True):
    """File applying.json: the page that is being applied."""

    sequence: int
    """Of its last entry."""
    chain: str
    withdrawn: list[RecordId]


class ReceiptBox:
    """The folder of notes and unsent receipts. One thread makes receipts, another sends them."""

    def __init__(self, folder: Path, node: NodeId, signing: SigningKeys) -> None:
        self._folder = folder
        self._node = node
        self._signing = signing

    def note(self, entries: list[FeedEntry]) -> None:
        """Write down, before `entries` are applied, what they withdraw; nothing when that is nothing."""
        withdrawn = [
            entry.record_id
            for entry in entries
            if entry.operation in _REMOVING and entry.record_id is not None
        ]
        if withdrawn:
            note = ApplyingNote(
                sequence=entries[-1].sequence,
                chain=entries[-1].chain,
                withdrawn=list(dict.fromkeys(withdrawn)),
            )
            write_private(self._folder / NOTE_FILE, msgspec.json.encode(note))

    def confirm(self, sequence: int, chain: str, withdrawn: list[RecordId], at: datetime) -> None:
        """Sign and keep a receipt for what is applied, and drop the note that it answers."""
        receipt = CopyReceipt(
            copy=self._node, sequence=sequence, chain=chain, applied_at=to_wire(at), withdrawn=withdrawn
        )
        body = canonical_bytes(receipt)
        signed = SignedCopyReceipt(
            body=body.decode("utf-8"), signature=self._signing.sign(SigningContext.COPY_RECEIPT, body)
        )
        # Sorted by name they are in order of making: the sequence first, then the id's instant.
        name = f"{sequence:016d}-{new_id(at)}.receipt"
        write_private(self._folder / name, msgspec.json.encode(signed))
        self.forget_note()

    def recover(self, sequence: int, is_gone: IsGone, at: datetime) -> None:
        """After a start: make good the receipt of a page that was applied and not confirmed.

        `sequence` is where the index stands. A page is applied as a whole or not at all, so a note
        beyond it tells of a page that will come again.
        """
        note = self._read_note()
        if note is None:
            return
        if note.sequence <= sequence:
            gone = [record_id for record_id in note.withdrawn if is_gone(record_id)]
            self.confirm(note.sequence, note.chain, gone, at)
            _LOG.info("copy:receipt:recovered", sequence=note.sequence, withdrawn=len(gone))
        else:
            self.forget_note()

    def forget_note(self) -> None:
        """Drop the note, durably."""
        path = self._folder / NOTE_FILE
        if path.exists():
            path.unlink()
            sync_folder(self._folder)

    def unsent(self) -> list[Path]:
        """Return the receipts that the secretariat has not acknowledged, oldest first."""
        return sorted(self._folder.glob("*.receipt"))

    def send(self, send: Send) -> int:
        """Send every unsent receipt and drop those acknowledged; return how many are left.

        One that is refused does not hold up the others; the first error is raised at the end.
        """
        first: ComityError | None = None
        for path in self.unsent():
            try:
                send(_read_receipt(path))
            except ComityError as error:
                first = first or error
                continue
            path.unlink()
        if first is not None:
            raise first
        return len(self.unsent())

    def _read_note(self) -> ApplyingNote | None:
        path = self._folder / NOTE_FILE
        if not path.exists():
            return None
        try:
            return msgspec.json.decode(read_private(path), type=ApplyingNote)
        except msgspec.DecodeError as error:
            raise TrustError(ErrorCode.RECEIPT_INVALID, field=NOTE_FILE) from error


def _read_receipt(path: Path) -> SignedCopyReceipt:
    try:
        return msgspec.json.decode(read_private(path), type=SignedCopyReceipt)
    except msgspec.DecodeError as error:
        raise TrustError(ErrorCode.RECEIPT_INVALID, field=path.name) from error
