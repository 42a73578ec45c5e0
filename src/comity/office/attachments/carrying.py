"""Steps of the worker: own files to the relay, others' files from it, in the background and resumable.

Cut off anywhere it goes on with the first part that is not durable at the other end. Each turn carries
a slice of one file, so that a small one never waits for a film.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from comity.kernel.clock import to_wire
from comity.kernel.errors import ComityError, ErrorCode, IntegrityError, UnavailableError
from comity.kernel.ids import NodeId
from comity.node.peer import PeerClient, PeerRefusedError
from comity.office.attachments import relay, sealing, storage
from comity.office.attachments.models import Attachment, AttachmentState
from comity.office.attachments.services import UNSENT
from comity.office.runtime import home
from comity.protocol.attachments import (
    PART_BYTES,
    BlobDeclaration,
    BlobState,
    part_count,
    part_size,
)
from comity.protocol.messages import Accepted

SLICE_PARTS: Final = 32
"""64 MiB: what a turn carries before it writes down how far it is and another file has its turn."""
SLICE_S: Final = 5.0
"""On a slow line a turn is over sooner."""
FIRST_RETRY_S: Final = 2.0
LONGEST_RETRY_S: Final = 600.0
"""A full quota or a relay without room is not cured in seconds."""
LONGEST_AWAY_S: Final = 15.0
"""A line that is back is used again soon."""
DIRECT_AFTER: Final = 2
"""Attempts in vain before the sender itself is asked for what the relay does not have."""
SWEEP_BATCH: Final = 100
LEFT_BEHIND_S: Final = 3600.0
"""A file without a row is being begun, or was left by a crash; after an hour it was left."""

_OUT: Final = (AttachmentState.WAITING, AttachmentState.SENDING)
_IN: Final = (AttachmentState.WAITING, AttachmentState.FETCHING)


def push(peer_client: PeerClient, at: datetime) -> bool:
    """Bring a slice of an own file to the relay; tell whether there was one."""
    own = Attachment.objects.filter(sender=home().bureau, state__in=_OUT, next_attempt_at__lte=at)
    return _turn(own.order_by("next_attempt_at", "id").first(), at, lambda one: _push(peer_client, one, at))


def fetch(peer_client: PeerClient, at: datetime) -> bool:
    """Fetch a slice of a received file, or confirm one to the relay; tell whether there was any."""
    others = Attachment.objects.exclude(sender=home().bureau).filter(next_attempt_at__lte=at)
    waiting = others.filter(state__in=_IN).order_by("next_attempt_at", "id").first()
    if waiting is not None:
        return _turn(waiting, at, lambda one: _fetch(peer_client, one, at))
    unsaid = others.filter(state=AttachmentState.READY, confirmed=False).order_by("next_attempt_at").first()
    return _turn(unsaid, at, lambda one: _confirm(peer_client, one))


def tidy(at: datetime) -> bool:
    """Remove what was never sent, and files that a crash left behind."""
    unsent = Attachment.objects.filter(message_id="", state__in=UNSENT, expires_at__lte=at)
    for row in list(unsent.order_by("expires_at")[:SWEEP_BATCH]):
        gone, _ = unsent.filter(pk=row.pk).delete()
        if gone:
            storage.remove_file(sealing.path_of(row))
    _remove_left_behind(at)
    return False


def sweep_relay(at: datetime) -> bool:
    """At the secretariat: erase sealed files that have expired."""
    return relay.sweep(at)


def _turn(found: Attachment | None, at: datetime, act: Callable[[Attachment], None]) -> bool:
    """Do one turn for a file. What does not go is put off; past its time it has failed."""
    if found is None:
        return False
    if found.expires_at <= at and found.state != AttachmentState.READY:
        _fail(found, str(ErrorCode.ATTACHMENT_GONE))
        return True
    try:
        act(found)
    except IntegrityError as error:
        _fail(found, str(error.code))
    except ComityError as error:
        _put_off(found, error, at)
        if isinstance(error, UnavailableError):
            raise
    return True


def _push(peer_client: PeerClient, own: Attachment, at: datetime) -> None:
    size = sealing.sealed_size_of(own.size)
    declared = BlobDeclaration(
        blob_id=own.blob_id,
        sealed_size=size,
        recipients=own.recipients,
        expires_at=to_wire(own.expires_at),
    )
    state = peer_client.post(_relay(), declared, BlobState)
    missing = sorted(set(range(part_count(size))) - set(state.held)) if not state.erased else []
    ends_at = time.monotonic() + SLICE_S
    done = 0
    for number in missing[:SLICE_PARTS]:
        data = storage.read_at(sealing.path_of(own), number * PART_BYTES, PART_BYTES)
        if len(data) != part_size(size, number):
            raise IntegrityError(ErrorCode.ATTACHMENT_ALTERED)
        peer_client.put_octets(f"{_relay()}/{own.blob_id}/{number}", data, BlobState)
        done += 1
        if time.monotonic() >= ends_at:
            break
    own.parts_done = part_count(size) - len(missing) + done
    own.state = AttachmentState.SENT if done == len(missing) else AttachmentState.SENDING
    _moved(own, at)


def _fetch(peer_client: PeerClient, wanted: Attachment, at: datetime) -> None:
    source, state = _source(peer_client, wanted, at)
    size = sealing.sealed_size_of(wanted.size)
    if state.sealed_size != size:
        raise IntegrityError(ErrorCode.ATTACHMENT_ALTERED)
    if wanted.parts_done == 0:
        storage.require_room(home().path, size, home().settings.attachments.keep_free_mib * relay.MIB)
        storage.ensure_folder(home().attachments_dir)
    ends_at = time.monotonic() + SLICE_S
    held, count = set(state.held), part_count(size)
    for number in range(wanted.parts_done, min(count, wanted.parts_done + SLICE_PARTS)):
        if number not in held or time.monotonic() >= ends_at:
            break
        data = peer_client.get_octets(f"{source}/{wanted.blob_id}/{number}")
        if len(data) != part_size(size, number):
            raise IntegrityError(ErrorCode.ATTACHMENT_ALTERED)
        storage.write_at(sealing.path_of(wanted), number * PART_BYTES, data)
        wanted.parts_done = number + 1
    _arrived(wanted, count, at, waits=wanted.parts_done < count and wanted.parts_done not in held)


def _arrived(wanted: Attachment, count: int, at: datetime, *, waits: bool) -> None:
    """Write down how far a file is; a whole one is read through and compared with what the message says."""
    if wanted.parts_done < count:
        wanted.state = AttachmentState.FETCHING
        _moved(wanted, at + timedelta(seconds=FIRST_RETRY_S) if waits else at)
        return
    content = sealing.examine(wanted)
    if content.sha256 != wanted.sha256:
        raise IntegrityError(ErrorCode.ATTACHMENT_ALTERED)
    wanted.state, wanted.media_type = AttachmentState.READY, content.media_type
    _moved(wanted, at)


def _source(peer_client: PeerClient, wanted: Attachment, at: datetime) -> tuple[str, BlobState]:
    """Return where to fetch from: the relay, or the sender where the relay is away or does not have it."""
    try:
        state = peer_client.get(f"{_relay()}/{wanted.blob_id}", BlobState)
        if not state.erased:
            return _relay(), state
        refusal: ComityError = PeerRefusedError(409, ErrorCode.ATTACHMENT_GONE, field=None, peer_retry=False)
    except PeerRefusedError as error:
        if error.peer_retry or wanted.attempts < DIRECT_AFTER:
            raise
        refusal = error
    except UnavailableError as error:
        refusal = error
    try:
        sender = home().directory.current(at).active(NodeId(wanted.sender))
        direct = f"{sender.office_url}/node/v1/blobs"
        return direct, peer_client.get(f"{direct}/{wanted.blob_id}", BlobState)
    except ComityError:
        raise refusal from None


def _confirm(peer_client: PeerClient, fetched: Attachment) -> None:
    try:
        peer_client.post(f"{_relay()}/{fetched.blob_id}/confirm", {}, Accepted)
    except PeerRefusedError as error:
        if error.peer_retry:
            raise  # anything else: the relay has nothing that could be erased
    fetched.confirmed = True
    fetched.save(update_fields=["confirmed"])


def _moved(one: Attachment, next_at: datetime) -> None:
    one.attempts, one.code, one.next_attempt_at = 0, "", next_at
    one.save(update_fields=["state", "media_type", "parts_done", "attempts", "code", "next_attempt_at"])


def _put_off(one: Attachment, error: ComityError, at: datetime) -> None:
    one.attempts += 1
    one.code = (error.peer_code if isinstance(error, PeerRefusedError) else "") or str(error.code)
    longest = LONGEST_AWAY_S if isinstance(error, UnavailableError) else LONGEST_RETRY_S
    pause = min(longest, FIRST_RETRY_S * 2.0 ** min(one.attempts - 1, 10))
    one.next_attempt_at = at + timedelta(seconds=pause)
    one.save(update_fields=["attempts", "code", "next_attempt_at", "parts_done"])


def _fail(one: Attachment, code: str) -> None:
    """Give up; of a received file nothing is kept, an own one stays as it is."""
    if one.sender != one.bureau:
        storage.remove_file(sealing.path_of(one))
    one.state, one.code, one.parts_done = AttachmentState.FAILED, code, 0
    one.save(update_fields=["state", "code", "parts_done"])


def _remove_left_behind(at: datetime) -> None:
    folder = home().attachments_dir
    if not folder.is_dir():
        return
    before = at.timestamp() - LEFT_BEHIND_S
    old = [path for path in folder.iterdir() if path.stat().st_mtime < before]
    names = [path.name for path in old]
    alive = set(Attachment.objects.filter(attachment_id__in=names).values_list("attachment_id", flat=True))
    for path in old:
        if path.name not in alive:
            storage.remove_file(path)


def _relay() -> str:
    return f"{home().settings.secretariat_url}/node/v1/blobs"
