"""Giving an own sealed file to a recipient that asks for it here: the relay is away, or has lost it.

The file on the own disk is the very one that the relay holds.
"""

from comity.kernel.errors import ErrorCode, NotFoundError
from comity.office.attachments import storage
from comity.office.attachments.models import Attachment, AttachmentState
from comity.office.attachments.sealing import path_of, sealed_size_of
from comity.office.runtime import home
from comity.office.scoping import acting_for
from comity.protocol.attachments import PART_BYTES, BlobState, part_count
from comity.protocol.members import Member

_GIVEN: tuple[AttachmentState, ...] = (AttachmentState.WAITING, AttachmentState.SENDING, AttachmentState.SENT)


def look(peer: Member, blob_id: str) -> BlobState:
    """Tell a recipient that the whole file is here; `NotFoundError` (attachment.not_found) to others."""
    own = _for_recipient(peer, blob_id)
    size = sealed_size_of(own.size)
    return BlobState(blob_id=blob_id, sealed_size=size, held=list(range(part_count(size))), erased=False)


def get_part(peer: Member, blob_id: str, number: int) -> bytes:
    """Return one part to a recipient; raises as `look`."""
    own = _for_recipient(peer, blob_id)
    if not 0 <= number < part_count(sealed_size_of(own.size)):
        raise NotFoundError(ErrorCode.ATTACHMENT_NOT_FOUND)
    return storage.read_at(path_of(own), number * PART_BYTES, PART_BYTES)


def _for_recipient(peer: Member, blob_id: str) -> Attachment:
    # The door runs in the asking bureau's scope; an own file is the own bureau's.
    with acting_for(home().bureau):
        own = Attachment.objects.filter(blob_id=blob_id, sender=home().bureau, state__in=_GIVEN).first()
    if own is None or peer.bureau not in own.recipients:
        raise NotFoundError(ErrorCode.ATTACHMENT_NOT_FOUND)
    return own
