"""How an original leaves the node: as a file to keep, never as something that a browser shows or runs."""

from typing import Final
from urllib.parse import quote

from django.http import StreamingHttpResponse

from comity.office.attachments.services import Original

_PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")


def download(original: Original, offset: int = 0) -> StreamingHttpResponse:
    """Return the content from `offset` on as a download, whatever it is.

    A damaged file breaks the line off in the middle, so that the length tells that it is not whole.
    """
    attachment = original.attachment
    return StreamingHttpResponse(
        original.content,
        content_type="application/octet-stream",
        headers={
            "Content-Disposition": _disposition(attachment.name),
            "Content-Length": str(attachment.size - offset),
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )


def _disposition(name: str) -> str:
    """Return the header of RFC 6266, with the name in UTF-8 for who reads that."""
    plain = "".join(letter if letter in _PLAIN else "_" for letter in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
