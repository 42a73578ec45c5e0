"""One request and the answer to it, as the application sees them: no sockets, no parsing."""

from collections.abc import Callable
from typing import Final

JSON: Final = b"application/json"

_REASONS: Final = {
    200: b"OK",
    400: b"Bad Request",
    401: b"Unauthorized",
    403: b"Forbidden",
    404: b"Not Found",
    405: b"Method Not Allowed",
    408: b"Request Timeout",
    413: b"Content Too Large",
    415: b"Unsupported Media Type",
    422: b"Unprocessable Content",
    429: b"Too Many Requests",
    500: b"Internal Server Error",
    503: b"Service Unavailable",
}
_ALWAYS: Final = b"cache-control: no-store\r\nx-content-type-options: nosniff\r\ncontent-length: "
_OK_JSON: Final = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n" + _ALWAYS

Headers = tuple[tuple[bytes, bytes], ...]


class Exchange:
    """A whole request, and the way back to who sent it. `bureau`, `kind` are for log and metrics."""

    __slots__ = (
        "_reply",
        "authorization",
        "began",
        "body",
        "bureau",
        "certificate",
        "client",
        "content_type",
        "kind",
        "method",
        "path",
    )

    def __init__(
        self, reply: Callable[[bytes], None], client: str, certificate: str | None, began: float
    ) -> None:
        self._reply = reply
        self.client = client
        """Address of the client."""
        self.certificate = certificate
        """SHA-256 of the client's certificate, hexadecimal; None when none was shown."""
        self.began = began
        """Seconds of the monotonic clock at which the request was whole."""
        self.method = b""
        self.path = b""
        """Without the query."""
        self.authorization: bytes | None = None
        self.content_type = b""
        self.body: bytes | None = b""
        """None when it was larger than its path allows."""
        self.bureau = ""
        self.kind = ""

    def answer(self, status: int, body: bytes, content_type: bytes = JSON, headers: Headers = ()) -> None:
        """Send the answer; to be called once."""
        head = _head(status, len(body), content_type, headers)
        # An answer to HEAD has the head of one to GET (RFC 9110 section 9.3.2).
        self._reply(head if self.method == b"HEAD" else head + body)

    def found(self, body: bytes) -> None:
        """Send what was asked for by POST; to be called once."""
        self._reply(b"%b%d\r\n\r\n%b" % (_OK_JSON, len(body), body))


def _head(status: int, length: int, content_type: bytes, headers: Headers) -> bytes:
    more = b"".join(b"%b: %b\r\n" % header for header in headers)
    return b"HTTP/1.1 %d %b\r\ncontent-type: %b\r\n%b%b%d\r\n\r\n" % (
        status,
        _REASONS.get(status, b"Error"),
        content_type,
        more,
        _ALWAYS,
        length,
    )
