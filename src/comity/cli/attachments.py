"""Attachments from the command line; called where the office is open and the bureau's scope is entered."""

import hashlib
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from comity.cli.callers import caller_named
from comity.kernel.errors import ConflictError, ErrorCode, InputError, IntegrityError
from comity.kernel.ids import MessageId

if TYPE_CHECKING:
    from comity.office.attachments.models import Attachment

Tell = Callable[[int, int], None]
"""Is told how many bytes are done, and of how many."""
UNFINISHED: Final = ".part"
"""Ending of a file that is not whole yet; the next try goes on behind what is in it."""


class AttachmentRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of `attachment list`."""

    attachment_id: str
    message_id: str
    name: str
    media_type: str
    size: int
    sha256: str
    state: str
    percent: int
    code: str
    misnamed: bool


class GotFile(msgspec.Struct, frozen=True, kw_only=True):
    """What `attachment get` wrote."""

    attachment_id: str
    path: str
    size: int
    sha256: str


def attach_file(username: str, path: Path, at: datetime, tell: Tell = lambda _done, _of: None) -> str:
    """Bring a file in, in the name of an account, and return its id. Goes on where an earlier try was cut.

    Raises `InputError` (attachment.name), `LimitError` (attachment.size, attachment.quota),
    `StorageFullError`, `OSError` for a file that cannot be read.
    """
    from comity.office.attachments import services
    from comity.protocol.attachments import PART_BYTES, part_count

    caller = caller_named(username)
    size = path.stat().st_size
    begun = _begun_before(username, path.name, size) or services.begin(caller, path.name, size, at)
    with path.open("rb") as file:
        for number in range(part_count(size)):
            try:
                services.put_part(caller, begun.attachment_id, number, file.read(PART_BYTES))
            except ConflictError as error:
                if error.code is not ErrorCode.ATTACHMENT_PART_CHANGED:
                    raise
                # Another file of this name and length: that one is given up.
                services.discard(caller, begun.attachment_id)
                return attach_file(username, path, at, tell)
            tell(min(size, (number + 1) * PART_BYTES), size)
    return services.complete(caller, begun.attachment_id, at).attachment_id


def list_of_message(username: str, message_id: MessageId, at: datetime) -> list[AttachmentRow]:
    """Return the files of a message of the bureau."""
    from comity.kernel.codes import Action
    from comity.office.access import require
    from comity.office.attachments import services
    from comity.office.attachments.lines import line_of
    from comity.rules.decisions import Subject

    caller = caller_named(username)
    require(caller, Action.ATTACHMENT_VIEW, Subject(owner=caller.bureau), at, about=f"message:{message_id}")
    rows = services.of_messages([message_id]).get(message_id, [])
    return [
        AttachmentRow(
            message_id=message_id,
            **{
                name: value
                for name, value in msgspec.structs.asdict(line_of(row)).items()
                if name in AttachmentRow.__struct_fields__
            },
        )
        for row in rows
    ]


def get_file(
    username: str, attachment_id: str, to: Path, at: datetime, tell: Tell = lambda _done, _of: None
) -> GotFile:
    """Write the original to `to`, a new file, or into it when it is a folder; who got it is written down.

    A try that was cut goes on behind what is there. Raises `NotFoundError` (attachment.not_found),
    `ConflictError` (attachment.state), `InputError` (--output) for a file that is there,
    `IntegrityError` (attachment.altered) when what was written is not the file.
    """
    from comity.office.attachments import services

    caller = caller_named(username)
    known = services.look(caller, attachment_id)
    target = to / known.name if to.is_dir() else to
    if target.exists():
        raise InputError(ErrorCode.CONFIG_EXISTS, field="--output", remedy="Choose another name.")
    unfinished = target.with_name(target.name + UNFINISHED)
    done = unfinished.stat().st_size if unfinished.exists() else 0
    original = services.open_original(caller, attachment_id, at, min(done, known.size))
    with unfinished.open("ab") as file:
        file.truncate(min(done, known.size))
        for chunk in original.content:
            file.write(chunk)
            tell(file.tell(), known.size)
        file.flush()
        os.fsync(file.fileno())
    if _digest(unfinished) != known.sha256:
        unfinished.unlink()
        raise IntegrityError(ErrorCode.ATTACHMENT_ALTERED)
    unfinished.rename(target)
    return GotFile(attachment_id=attachment_id, path=str(target), size=known.size, sha256=known.sha256)


def _begun_before(username: str, name: str, size: int) -> "Attachment | None":
    from comity.office.attachments import services
    from comity.office.attachments.models import AttachmentState

    found = services.unsent(caller_named(username))
    wanted = (name, size, AttachmentState.UPLOADING)
    return next((one for one in found if (one.name, one.size, one.state) == wanted), None)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
