"""One TLS connection: HTTP/1.1 with keep-alive, one request at a time, limits on size and time (I13).

States: READING ──request is whole──► BUSY ──answered──► READING, or closed where either side wants it.
What a client sends ahead is read and waits its turn; the socket is not read on meanwhile.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

import httptools
import msgspec

from comity.crypto.certificates import fingerprint
from comity.kernel.errors import BusyError, ComityError, ErrorCode, InputError
from comity.search.exchanges import Exchange

MAX_HEAD_BYTES: Final = 16 * 1024
"""A grant has at most 4 KiB; the rest is what clients send along."""
MAX_OTHER_BODY_BYTES: Final = 16 * 1024
"""At addresses that take none."""
MAX_DISCARDED_BYTES: Final = 4 * 1024 * 1024
"""Of a body that is too large, so that a client that does not look before it has sent all hears why."""
RECEIVE_S: Final = 10.0
"""For a few hundred bytes over the worst satellite line; who sends drop by drop holds the door open."""
KEEP_ALIVE_S: Final = 30.0
"""Border kiosks ask every few seconds; a new TLS connection costs as much as a hundred searches."""

_END_OF_HEAD: Final = b"\r\n\r\n"
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_NEVER: Final = float("inf")
_CLOSE: Final = b"\r\nconnection: close\r\n\r\n"

Door = Callable[[Exchange], None]
"""Takes a whole request and sees to it that it is answered once, now or later."""


class House(Protocol):
    """What a connection belongs to."""

    door: Door
    body_limits: Mapping[bytes, int]
    """Largest body by path."""
    closing: bool

    def entered(self, connection: "Connection") -> bool:
        """Take note of a connection; False when there are too many."""

    def left(self, connection: "Connection") -> None:
        """Take note that it is gone."""


class MalformedError(InputError):
    """Shown with status 400: what came was never a request."""

    status = 400


class Connection(asyncio.Protocol):
    """The server's side of one connection. TLS has verified the certificate's issuer already."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport
        self._client = ""
        self._certificate: str | None = None
        self._authorization: bytes | None = None
        self._in_head = True
        self._head_bytes = 0
        self._tail = b""
        self._expects = False
        self._stated_bytes = 0
        self._body: list[bytes] = []
        self._body_bytes = 0
        self._body_limit = 0
        self._exchange: Exchange | None = None
        self._busy = False
        self._last = False
        self._deaf = False
        self._ahead: deque[Exchange] = deque()
        self._unsent_bytes = 0
        self.deadline = 0.0
        """Monotonic seconds at which the house cuts the connection."""

    # What the transport calls.

    def connection_made(self, transport: Any) -> None:
        """Note the digest of the client's certificate, where one was shown."""
        self._transport = transport
        tls = transport.get_extra_info("ssl_object")
        der = tls.getpeercert(binary_form=True) if tls is not None else None
        self._certificate = fingerprint(der) if der else None
        address = transport.get_extra_info("peername")
        self._client = str(address[0]) if address else ""
        self.deadline = time.monotonic() + RECEIVE_S
        if not self._house.entered(self):
            self._refuse(BusyError(ErrorCode.LIMIT_RATE))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (nobody is left to be told)
        """Forget everything; what is under way goes on record and is answered to nobody."""
        self._deaf = True
        self._ahead.clear()
        self._exchange = None
        # Parser and connection hold each other; apart they go at once, not when the collector looks.
        del self._parser
        self._house.left(self)

    def data_received(self, data: bytes) -> None:
        """Take what has come. A head that is too long or no HTTP is refused."""
        if self._deaf:
            return
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES and not self._ends_in_time(data):
                self._refuse(MalformedError(ErrorCode.HTTP_MALFORMED))
                return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # Nothing else is spoken here; the request was answered, what follows it cannot be read.
            self._last = True
        except httptools.HttpParserError:
            self._refuse(MalformedError(ErrorCode.HTTP_MALFORMED))
        if self._in_head and self._head_bytes:
            self._tail = data[-len(_END_OF_HEAD) :]

    def _ends_in_time(self, data: bytes) -> bool:
        """Tell whether the head ends within its limit, `data` being the last that came of it."""
        room = MAX_HEAD_BYTES - (self._head_bytes - len(data))
        return room > 0 and _END_OF_HEAD in self._tail + data[:room]

    # What the parser calls.

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._exchange = Exchange(self._reply, self._client, self._certificate, 0.0)
        self._body_bytes = self._stated_bytes = 0
        self._expects = False
        if not self._busy:
            self.deadline = time.monotonic() + RECEIVE_S

    def on_url(self, url: bytes) -> None:
        """Take a piece of the address."""
        if self._exchange is not None:
            self._exchange.path += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take one header; only four matter here."""
        exchange = self._exchange
        if exchange is None:
            return
        name = name.lower()
        if name == b"authorization":
            # Mostly the one of the request before: the same object is looked up without being hashed again.
            if value != self._authorization:
                self._authorization = value
            exchange.authorization = self._authorization
        elif name == b"content-type":
            exchange.content_type = value
        elif name == b"content-length":
            self._stated_bytes = int(value)
        elif name == b"expect":
            self._expects = True

    def on_headers_complete(self) -> None:
        """Look up what this address takes; answer a client that asks whether to go on."""
        exchange = self._exchange
        if exchange is None:
            return
        self._in_head = False
        exchange.method = self._parser.get_method()
        exchange.path = exchange.path.partition(b"?")[0]
        self._body_limit = self._house.body_limits.get(exchange.path, MAX_OTHER_BODY_BYTES)
        if self._expects and not self._busy:
            if self._stated_bytes > self._body_limit:
                self._body_bytes = self._stated_bytes
                self._hear_no_more(exchange)
            else:
                self._transport.write(_CONTINUE)

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body, up to its limit."""
        self._body_bytes += len(body)
        if self._body_bytes <= self._body_limit:
            self._body.append(body)
        elif self._body_bytes > MAX_DISCARDED_BYTES and self._exchange is not None:
            self._hear_no_more(self._exchange)

    def on_message_complete(self) -> None:
        """Hand a whole request in, or let it wait until the one before is answered."""
        exchange, self._exchange = self._exchange, None
        self._in_head, self._head_bytes, self._tail = True, 0, b""
        if exchange is None:
            return
        parts, self._body = self._body, []
        if self._body_bytes > self._body_limit:
            exchange.body = None
        elif parts:
            exchange.body = parts[0] if len(parts) == 1 else b"".join(parts)
        if not self._parser.should_keep_alive():
            self._last = True
        if self._busy:
            self._ahead.append(exchange)
            self._transport.pause_reading()
        else:
            self._hand_in(exchange)

    # The way through.

    def _hand_in(self, exchange: Exchange) -> None:
        self._busy = True
        self.deadline = _NEVER
        exchange.began = time.monotonic()
        self._house.door(exchange)

    def _reply(self, data: bytes) -> None:
        """Send an answer; then go on, or close where this was the last one."""
        transport = self._transport
        if transport.is_closing():
            return
        self._busy = False
        if (self._last or self._house.closing) and not self._ahead:
            transport.write(data.replace(_END_OF_HEAD, _CLOSE, 1))
            self.close()
            return
        transport.write(data)
        if self._ahead:
            # Not from within the answer before: a client that sends far ahead must not nest the calls.
            asyncio.get_running_loop().call_soon(self._go_on)
        else:
            # Where the next request has begun it is given the time of one.
            self.deadline = time.monotonic() + (RECEIVE_S if self._exchange is not None else KEEP_ALIVE_S)

    def _go_on(self) -> None:
        if self._ahead and not self._busy and not self._transport.is_closing():
            exchange = self._ahead.popleft()
            if not self._ahead:
                self._transport.resume_reading()
            self._hand_in(exchange)

    def _hear_no_more(self, exchange: Exchange) -> None:
        """Let the rest of a body be; the answer to what has come is the last one."""
        exchange.body = None
        self._exchange = None
        self._deaf = self._last = True
        if not self._busy:
            self._hand_in(exchange)

    def _refuse(self, error: ComityError) -> None:
        """Answer what is no request, and close; after the answer to what came before, where there is one."""
        self._deaf = self._last = True
        if self._busy:
            return
        exchange = Exchange(self._reply, self._client, self._certificate, time.monotonic())
        exchange.answer(error.status, msgspec.json.encode(error.public()))

    # What the house calls.

    @property
    def idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._busy

    def close(self) -> None:
        """Send what was written, then close; cut at the deadline where the client does not read it."""
        self.deadline = time.monotonic() + RECEIVE_S
        self._transport.close()

    def expire(self) -> None:
        """Cut the connection, unless the client is still taking in what was sent."""
        unsent = self._transport.get_write_buffer_size()
        if 0 < unsent != self._unsent_bytes:
            self._unsent_bytes = unsent
            self.deadline = time.monotonic() + RECEIVE_S
        else:
            self.cut()

    def cut(self) -> None:
        """Close at once."""
        self._transport.abort()
