"""The relay's side, at the secretariat: sealed files wait on its disk for their recipients.

A part is a file of its own: written whole, durable before the answer leaves. What is on the disk is the
truth about parts; rows say whose they are. Nobody but sender and recipients learns that a file exists.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Sum

from comity.kernel.errors import ConflictError, ErrorCode, InputError, LimitError, NotFoundError, TrustError
from comity.kernel.ids import BureauId, NodeId
from comity.node.directory import instant
from comity.office.attachments import storage
from comity.office.attachments.models import Blob, BlobAccount, BlobRecipient
from comity.office.runtime import home
from comity.protocol.attachments import BlobDeclaration, BlobState, part_count, part_size
from comity.protocol.members import Member

MAX_LIFE: Final = timedelta(days=90)
"""As long as an envelope may live: a file does not outlast its message's way."""
CLOCK_ALLOWANCE: Final = timedelta(minutes=10)
SWEEP_BATCH: Final = 50
GIB: Final = 1024**3
MIB: Final = 1024**2


def declare(peer: Member, declared: BlobDeclaration, at: datetime) -> BlobState:
    """Take note of a file that `peer` is going to bring; the same declaration again gets the same answer.

    Raises `InputError` (envelope.recipient, envelope.expired), `ConflictError` (attachment.declared),
    `LimitError` (attachment.quota), `StorageFullError`; nothing is changed then.
    """
    recipients, expires_at = _checked(peer, declared, at)
    known = Blob.objects.filter(blob_id=declared.blob_id).first()
    if known is not None:
        return _same(known, peer, declared, recipients)
    settings = home().settings.attachments
    storage.require_room(home().path, declared.sealed_size, settings.keep_free_mib * MIB)
    try:
        with transaction.atomic():
            BlobAccount.objects.get_or_create(bureau=peer.bureau)
            BlobAccount.objects.select_for_update().get(bureau=peer.bureau)
            if _waiting_bytes(peer.bureau) + declared.sealed_size > settings.quota_gib * GIB:
                raise LimitError(ErrorCode.ATTACHMENT_QUOTA)
            made = Blob.objects.create(
                blob_id=declared.blob_id,
                sender=peer.bureau,
                sealed_size=declared.sealed_size,
                declared_at=at,
                expires_at=expires_at,
            )
            BlobRecipient.objects.bulk_create(BlobRecipient(blob=made, recipient=one) for one in recipients)
    except IntegrityError:  # the same declaration came on two lines at once
        return _same(Blob.objects.get(blob_id=declared.blob_id), peer, declared, recipients)
    return state_of(made)


def put_part(peer: Member, blob_id: str, number: int, data: bytes, at: datetime) -> BlobState:
    """Keep one part of the sender's file; the same part again is fine. Durable when this returns.

    Raises `NotFoundError` (attachment.not_found) for who is not the sender, `InputError`
    (attachment.part) for a part of another length or number, `ConflictError`
    (attachment.part_changed, attachment.gone), `StorageFullError`.
    """
    blob = _found(blob_id)
    if blob.sender != peer.bureau:
        raise NotFoundError(ErrorCode.ATTACHMENT_NOT_FOUND)
    if blob.erased_at is not None or blob.expires_at <= at:
        raise ConflictError(ErrorCode.ATTACHMENT_GONE)
    check_part(blob.sealed_size, number, len(data))
    path = _part_path(blob_id, number)
    if path.exists():
        _require_same(path, data)
    else:
        storage.require_room(home().path, len(data), home().settings.attachments.keep_free_mib * MIB // 2)
        storage.ensure_folder(home().blobs_dir)
        storage.ensure_folder(path.parent)
        storage.write_whole(path, data)
    return state_of(blob)


def knows(blob_id: str) -> bool:
    """Tell whether this relay was told of a file."""
    return Blob.objects.filter(blob_id=blob_id).exists()


def look(peer: Member, blob_id: str) -> BlobState:
    """Tell sender and recipients how far a file is; `NotFoundError` (attachment.not_found) to others."""
    return state_of(_for_party(peer, blob_id))


def get_part(peer: Member, blob_id: str, number: int) -> bytes:
    """Return one part, if it is here already.

    Raises `NotFoundError` (attachment.not_found) for strangers and for a part that is not here yet,
    `ConflictError` (attachment.gone) for a file that was erased.
    """
    blob = _for_party(peer, blob_id)
    if blob.erased_at is not None:
        raise ConflictError(ErrorCode.ATTACHMENT_GONE)
    if not 0 <= number < part_count(blob.sealed_size):
        raise NotFoundError(ErrorCode.ATTACHMENT_NOT_FOUND)
    try:
        return _part_path(blob_id, number).read_bytes()
    except FileNotFoundError:
        raise NotFoundError(ErrorCode.ATTACHMENT_NOT_FOUND) from None


def confirm(peer: Member, blob_id: str, at: datetime) -> None:
    """Hear from a recipient that the file is whole and durable there; erase it when all have said so."""
    blob = _found(blob_id)
    with transaction.atomic():
        blob = Blob.objects.select_for_update().get(pk=blob.pk)
        rows = BlobRecipient.objects.filter(blob=blob)
        if not rows.filter(recipient=peer.bureau).exists():
            raise NotFoundError(ErrorCode.ATTACHMENT_NOT_FOUND)
        rows.filter(recipient=peer.bureau, confirmed_at=None).update(confirmed_at=at)
        done = not rows.filter(confirmed_at=None).exists()
        if done and blob.erased_at is None:
            blob.erased_at = at
            blob.save(update_fields=["erased_at"])
    if done:
        storage.remove_folder(_folder(blob_id))


def sweep(at: datetime) -> bool:
    """Erase what has expired, and folders that a crash left behind; tell whether there may be more."""
    due = list(Blob.objects.filter(erased_at=None, expires_at__lte=at).order_by("expires_at")[:SWEEP_BATCH])
    Blob.objects.filter(pk__in=[blob.pk for blob in due]).update(erased_at=at)
    for blob in due:
        storage.remove_folder(_folder(blob.blob_id))
    _remove_left_behind()
    return len(due) == SWEEP_BATCH


def state_of(blob: Blob) -> BlobState:
    """Return how far a file is."""
    held = [] if blob.erased_at is not None else storage.numbers_in(_folder(blob.blob_id))
    return BlobState(
        blob_id=blob.blob_id,
        sealed_size=blob.sealed_size,
        held=held,
        erased=blob.erased_at is not None,
    )


def check_part(size: int, number: int, length: int) -> None:
    """Raise `InputError` (attachment.part) unless part `number` of `size` bytes is `length` long."""
    if not 0 <= number < part_count(size) or length != part_size(size, number):
        raise InputError(ErrorCode.ATTACHMENT_PART, field="part")


def _remove_left_behind() -> None:
    """Remove folders of files that were erased: a part that came in meanwhile makes one anew."""
    root = home().blobs_dir
    names = sorted(path.name for path in root.iterdir()) if root.is_dir() else []
    alive = set(Blob.objects.filter(erased_at=None).values_list("blob_id", flat=True)) if names else set()
    for name in names:
        if name not in alive:
            storage.remove_folder(root / name)


def _checked(peer: Member, declared: BlobDeclaration, at: datetime) -> tuple[set[BureauId], datetime]:
    recipients = set(declared.recipients)
    if len(recipients) != len(declared.recipients) or peer.bureau in recipients:
        raise InputError(ErrorCode.ENVELOPE_RECIPIENT, field="recipients")
    _check_active(recipients, at)
    try:
        expires_at = instant(declared.expires_at)
    except ValueError as error:
        raise InputError(ErrorCode.INPUT_WRONG_TYPE, field="expires_at") from error
    if not at < expires_at <= at + MAX_LIFE + CLOCK_ALLOWANCE:
        raise InputError(ErrorCode.ENVELOPE_EXPIRED, field="expires_at")
    return recipients, expires_at


def _check_active(recipients: Iterable[BureauId], at: datetime) -> None:
    directory = home().directory.current(at)
    for recipient in recipients:
        try:
            directory.active(NodeId(recipient))
        except TrustError as error:
            raise InputError(ErrorCode.ENVELOPE_RECIPIENT, field="recipients") from error


def _same(known: Blob, peer: Member, declared: BlobDeclaration, recipients: set[BureauId]) -> BlobState:
    stated = set(known.recipients.values_list("recipient", flat=True))
    if (known.sender, known.sealed_size, stated) != (peer.bureau, declared.sealed_size, recipients):
        raise ConflictError(ErrorCode.ATTACHMENT_DECLARED)
    return state_of(known)


def _waiting_bytes(bureau: BureauId) -> int:
    waiting = Blob.objects.filter(sender=bureau, erased_at=None)
    return waiting.aggregate(total=Sum("sealed_size"))["total"] or 0


def _require_same(path: Path, data: bytes) -> None:
    if path.read_bytes() != data:
        raise ConflictError(ErrorCode.ATTACHMENT_PART_CHANGED)


def _for_party(peer: Member, blob_id: str) -> Blob:
    blob = _found(blob_id)
    is_recipient = BlobRecipient.objects.filter(blob=blob, recipient=peer.bureau).exists()
    if blob.sender != peer.bureau and not is_recipient:
        raise NotFoundError(ErrorCode.ATTACHMENT_NOT_FOUND)
    return blob


def _found(blob_id: str) -> Blob:
    found = Blob.objects.filter(blob_id=blob_id).first()
    if found is None:
        raise NotFoundError(ErrorCode.ATTACHMENT_NOT_FOUND)
    return found


def _folder(blob_id: str) -> Path:
    return home().blobs_dir / blob_id


def _part_path(blob_id: str, number: int) -> Path:
    return _folder(blob_id) / str(number)
