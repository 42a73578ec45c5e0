"""One TLS connection: shows the client's certificate to the application, and limits a request's head."""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from comity.crypto.certificates import fingerprint
from comity.search.app import CERTIFICATE

MAX_HEAD_BYTES: Final = 16 * 1024
"""A grant has at most 4 KiB; the rest is what clients send along."""
RECEIVE_S: Final = 10.0
"""For a few hundred bytes over the worst satellite line; who sends drop by drop holds the door open."""


class Connection(HttpToolsProtocol):
    """The HTTP protocol of one connection. TLS has verified the certificate's issuer already."""

    _certificate: str | None = None
    _head_bytes = 0
    _chunk_bytes = 0
    _clock: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Note the digest of the client's certificate, where one was shown."""
        super().connection_made(transport)
        tls = transport.get_extra_info("ssl_object")
        der = tls.getpeercert(binary_form=True) if tls is not None else None
        self._certificate = fingerprint(der) if der else None
        self._start_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Refuse a head that is too long, whatever it is made of."""
        self._chunk_bytes = len(data)
        self._head_bytes += len(data)
        super().data_received(data)
        unfinished = self.scope is not None and "method" not in self.scope
        if unfinished and self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The head of the request is too long.")

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self.scope[CERTIFICATE] = self._certificate  # type: ignore[typeddict-unknown-key]
        self._head_bytes = self._chunk_bytes
        self._start_clock()

    def on_message_complete(self) -> None:
        """Note that all of the request has come."""
        self._stop_clock()
        super().on_message_complete()

    def _start_clock(self) -> None:
        if self._clock is None:
            self._clock = self.loop.call_later(RECEIVE_S, self.transport.close)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None
