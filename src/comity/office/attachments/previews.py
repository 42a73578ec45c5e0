"""Safe pictures of files: made in a process of its own that can compute and nothing else.

The office never decodes a picture or a document itself. Text is not made into a picture: as escaped
text it does no harm, every script shows, and it can be read aloud (WCAG 2.2, 1.4.5).
"""

import os
import selectors
import subprocess
import sys
import threading
import time
import unicodedata
from datetime import datetime
from typing import Final, NamedTuple

from comity.kernel.codes import Action
from comity.kernel.errors import ConflictError, ErrorCode, UnavailableError
from comity.office import access
from comity.office.access import Caller
from comity.office.attachments import sealing, services
from comity.office.attachments.limits import MAX_PREVIEW_SOURCE_BYTES
from comity.office.attachments.models import Attachment
from comity.rules.media_types import PDF, TEXT

PICTURES: Final = frozenset(
    {"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/tiff", PDF}
)
"""What the renderer takes."""
MAX_PICTURE_BYTES: Final = 8 * 1024 * 1024
"""A noisy page of 1,600 by 1,600 points in PNG is the largest honest one."""
RENDER_S: Final = 15.0
"""By the clock; the renderer's own limit of processor time is lower."""
MAX_RENDERERS: Final = 2
WAIT_FOR_TURN_S: Final = 10.0
MAX_TEXT_BYTES: Final = 64 * 1024
"""Shown of a text: some twenty pages."""
_TURNS: Final = threading.BoundedSemaphore(MAX_RENDERERS)


class Picture(NamedTuple):
    """A picture made here, without anything of the original but what it looks like."""

    data: bytes
    media_type: str


def has_preview(attachment: Attachment) -> bool:
    """Tell whether a picture of the file can be asked for."""
    return (
        services.is_here(attachment)
        and attachment.media_type in PICTURES
        and attachment.size <= MAX_PREVIEW_SOURCE_BYTES
    )


def has_text(attachment: Attachment) -> bool:
    """Tell whether the beginning of the file can be shown as text."""
    return services.is_here(attachment) and attachment.media_type == TEXT


def picture_of(caller: Caller, attachment_id: str, at: datetime) -> Picture:
    """Return a safe picture of a file; that it was looked at is in the journal.

    Raises `NotFoundError` (attachment.not_found), `ConflictError` (attachment.state,
    attachment.no_preview), `UnavailableError` when too many are being made.
    """
    attachment = _allowed(caller, attachment_id, at)
    if not has_preview(attachment):
        raise ConflictError(ErrorCode.ATTACHMENT_NO_PREVIEW)
    return render(attachment)


def text_of(caller: Caller, attachment_id: str, at: datetime) -> str:
    """Return the beginning of a text file, hidden signs made visible; raises as `picture_of`."""
    attachment = _allowed(caller, attachment_id, at)
    if not has_text(attachment):
        raise ConflictError(ErrorCode.ATTACHMENT_NO_PREVIEW)
    beginning = next(sealing.read(attachment), b"")[:MAX_TEXT_BYTES]
    return "".join(map(_visible, beginning.decode("utf-8", "replace")))


def render(attachment: Attachment) -> Picture:
    """Have the renderer make the picture; raises `ConflictError` (attachment.no_preview)."""
    if not _TURNS.acquire(timeout=WAIT_FOR_TURN_S):
        raise UnavailableError(ErrorCode.ATTACHMENT_NO_PREVIEW)
    try:
        made = _run(attachment)
    finally:
        _TURNS.release()
    kind = "image/png" if made.startswith(b"\x89PNG") else "image/jpeg"
    if not made.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
        raise ConflictError(ErrorCode.ATTACHMENT_NO_PREVIEW)
    return Picture(made, kind)


def _run(attachment: Attachment) -> bytes:
    command = [sys.executable, "-I", "-m", "comity.office.attachments.rendering", attachment.media_type]
    child = subprocess.Popen(  # noqa: S603 - fixed but for a type that stands in `PICTURES`
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd="/", env={}
    )
    with child:
        try:
            return _talk(child, attachment)
        finally:
            child.kill()


def _talk(child: "subprocess.Popen[bytes]", attachment: Attachment) -> bytes:
    """Give the content to the renderer, which reads all before it answers; return what it made."""
    ends_at = time.monotonic() + RENDER_S
    if child.stdin is None or child.stdout is None:
        raise ConflictError(ErrorCode.ATTACHMENT_NO_PREVIEW)
    try:
        with child.stdin as pipe:
            for chunk in sealing.read(attachment):
                pipe.write(chunk)
    except BrokenPipeError as error:
        raise ConflictError(ErrorCode.ATTACHMENT_NO_PREVIEW) from error
    made = bytearray()
    with selectors.DefaultSelector() as ready:
        ready.register(child.stdout, selectors.EVENT_READ)
        while ready.select(max(0.0, ends_at - time.monotonic())):
            piece = os.read(child.stdout.fileno(), 64 * 1024)
            made += piece
            if not piece:
                return bytes(made)
            if len(made) > MAX_PICTURE_BYTES:
                break
    raise ConflictError(ErrorCode.ATTACHMENT_NO_PREVIEW)


def _allowed(caller: Caller, attachment_id: str, at: datetime) -> Attachment:
    attachment = services.look(caller, attachment_id)
    about = f"attachment:{attachment_id}"
    access.require(caller, Action.ATTACHMENT_VIEW, services.subject_of(caller, attachment), at, about=about)
    if not services.is_here(attachment):
        raise ConflictError(ErrorCode.ATTACHMENT_STATE)
    return attachment


def _visible(letter: str) -> str:
    """Return a letter as it is, and a sign that shows nothing or turns the writing as its number."""
    if letter in "\t\n\r\f\u200c\u200d" or unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Co", "Cn"}:
        return letter
    return f"\\u{ord(letter):04x}"
