"""Reading a request's body within its limits of type and size. The connection limits the time."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from comity.kernel.errors import ErrorCode, InputError, LimitError

_JSON: Final = b"application/json"
_CHARSETS: Final = (b"utf-8", b'"utf-8"')

Receive = Callable[[], Awaitable[Mapping[str, Any]]]


async def read_body(headers: Mapping[bytes, bytes], receive: Receive, limit: int) -> bytes:
    """Return the body of a JSON request, at most `limit` bytes.

    Raises `InputError` (input.bad_content_type; input.not_json when the client breaks off) and
    `LimitError` (limit.body).
    """
    _check_type(headers.get(b"content-type", b""))
    stated = headers.get(b"content-length", b"0")
    if not stated.isdigit() or int(stated) > limit:
        raise LimitError(ErrorCode.LIMIT_BODY)
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise InputError(ErrorCode.INPUT_NOT_JSON)
        body += message.get("body", b"")
        if len(body) > limit:
            raise LimitError(ErrorCode.LIMIT_BODY)
        if not message.get("more_body", False):
            return bytes(body)


def _check_type(value: bytes) -> None:
    kind, _, parameters = value.lower().partition(b";")
    charset = parameters.strip().partition(b"charset=")[2].strip()
    if kind.strip() != _JSON or (charset and charset not in _CHARSETS):
        raise BadContentTypeError(ErrorCode.INPUT_BAD_CONTENT_TYPE)


class BadContentTypeError(InputError):
    """Shown with status 415."""

    status = 415
