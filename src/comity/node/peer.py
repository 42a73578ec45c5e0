"""How a node asks another: HTTP over mutual TLS 1.3, the server's certificate checked before a byte leaves.

Requests between nodes may be sent twice without harm (docs/protocol/node-traffic.md), so one that met
a connection just closed by the other side is sent once more.
"""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self, TypeVar

import httpx
import msgspec

from comity.kernel.clock import Clock, SystemClock
from comity.kernel.errors import ConflictError, ErrorCode, TrustError, UnavailableError
from comity.kernel.ids import SECRETARIAT, NodeId
from comity.node.directory import TrustedDirectory, origin_of
from comity.node.home import NodeHome
from comity.node.tls import client_context, pin_to_fingerprint, pin_to_node
from comity.protocol.members import Invitation, JoinAnswer, JoinRequest, Member, SignedDirectory

T = TypeVar("T")

CONNECT_TIMEOUT_S: Final = 5.0
"""A handshake over a satellite line takes two seconds."""
READ_TIMEOUT_S: Final = 20.0
"""The longest honest answer is a submission of a thousand records, a few seconds under load."""
KEEP_ALIVE_S: Final = 30.0
MAX_ANSWER_BYTES: Final = 80 * 1024 * 1024
"""The largest answer is a feed page: 1,000 records of at most 64 KiB, and what JSON puts around them."""
_JSON: Final = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
_OCTETS: Final = {"Content-Type": "application/octet-stream", "Accept-Encoding": "identity"}


class PeerRefusedError(ConflictError):
    """The other node answered with an error; `peer_code` is its stable code, empty if it gave none."""

    def __init__(self, status: int, code: str, *, field: str | None, peer_retry: bool) -> None:
        super().__init__(ErrorCode.PEER_REFUSED, field=field, detail=f"{status} {code}")
        self.peer_status = status
        self.peer_code = code
        self.peer_retry = peer_retry
        """Whether the other node says that trying again may help."""


class _ErrorContent(msgspec.Struct, frozen=True):
    code: str = ""
    field: str | None = None
    retry: bool = False


class _ErrorBody(msgspec.Struct, frozen=True):
    error: _ErrorContent


@dataclass(frozen=True)
class _Line:
    """An open client to one origin, and the certificate that it insists on."""

    client: httpx.Client
    fingerprint: str


class _Body:
    """The body of one request, let go of when it was answered.

    The client's objects hold one another in circles and stay until the collector's next round: with their
    bodies, a file of 2 GiB on its way to the relay would stand in memory by hundreds of megabytes.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        yield self._content

    def let_go(self) -> None:
        self._content = b""


class PeerClient:
    """Asks other nodes of the network. Safe for several threads; keeps connections for half a minute."""

    def __init__(self, home: NodeHome, clock: Clock | None = None) -> None:
        self._home = home
        self._clock = clock or SystemClock()
        self._lines: dict[str, _Line] = {}
        self._lock = threading.Lock()

    def get(
        self,
        url: str,
        answer_type: type[T],
        *,
        params: Mapping[str, str | int] | None = None,
        timeout_s: float = READ_TIMEOUT_S,
    ) -> T:
        """Ask GET and return the answer. No personal data may stand in `url` or `params` (I11).

        For a long poll `timeout_s` must exceed the time asked to wait. Raises `PeerRefusedError`,
        `UnavailableError` (peer.unreachable, peer.answer), `TrustError` (member.unknown when no member
        serves there, member.not_active, member.certificate, directory.…).
        """
        line = self._line(url)
        return _decode(_ask(line.client, "GET", url, None, params, timeout_s), answer_type)

    def post(
        self,
        url: str,
        body: msgspec.Struct | dict[str, Any],
        answer_type: type[T],
        *,
        timeout_s: float = READ_TIMEOUT_S,
    ) -> T:
        """Send POST with `body` as JSON, in its canonical form, and return the answer; raises as `get`."""
        line = self._line(url)
        content = msgspec.json.encode(body, order="sorted")
        return _decode(_ask(line.client, "POST", url, content, None, timeout_s), answer_type)

    def put_octets(
        self, url: str, data: bytes, answer_type: type[T], *, timeout_s: float = READ_TIMEOUT_S
    ) -> T:
        """Send PUT with `data` as it is and return the answer; raises as `get`."""
        line = self._line(url)
        return _decode(_ask(line.client, "PUT", url, data, None, timeout_s, _OCTETS), answer_type)

    def get_octets(self, url: str, *, timeout_s: float = READ_TIMEOUT_S) -> bytes:
        """Ask GET and return the answer as it is, `MAX_ANSWER_BYTES` at most; raises as `get`."""
        return _ask(self._line(url).client, "GET", url, None, None, timeout_s)

    def fetch_directory(self) -> SignedDirectory:
        """Return the directory that the secretariat gives out; the caller has it accepted.

        Works with an expired directory too: the secretariat is known by the name in its certificate,
        and the directory proves itself by signature.
        """
        url = self._home.settings.secretariat_url + "/node/v1/directory"
        context = self._home.client_tls(pin_to_node(NodeId(SECRETARIAT)))
        with httpx.Client(verify=context, timeout=_timeout(READ_TIMEOUT_S), trust_env=False) as client:
            return _decode(_ask(client, "GET", url, None, None, READ_TIMEOUT_S), SignedDirectory)

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            for line in self._lines.values():
                line.client.close()
            self._lines.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _line(self, url: str) -> _Line:
        """Return the line to `url`; made anew when the directory lists another certificate there."""
        origin = origin_of(url)
        expected = self._member_at(origin).certificate_sha256
        with self._lock:
            line = self._lines.get(origin)
            if line is not None and line.fingerprint == expected:
                return line
            if line is not None:
                line.client.close()
            context = self._home.client_tls(pin_to_fingerprint(expected))
            limits = httpx.Limits(keepalive_expiry=KEEP_ALIVE_S)
            # trust_env off: no proxy set for people's browsing may come between nodes.
            client = httpx.Client(
                verify=context, timeout=_timeout(READ_TIMEOUT_S), limits=limits, trust_env=False
            )
            self._lines[origin] = _Line(client, expected)
            return self._lines[origin]

    def _member_at(self, origin: str) -> Member:
        directory = self._home.directory.current(self._clock.now())
        member = self._configured(directory, origin) or directory.by_url(origin)
        if member is None:
            raise TrustError(ErrorCode.MEMBER_UNKNOWN)
        return directory.active(member.node)

    def _configured(self, directory: TrustedDirectory, origin: str) -> Member | None:
        """Return the secretariat or own bureau where the settings give the address by which it is reached."""
        settings = self._home.settings
        if origin == origin_of(settings.secretariat_url):
            return directory.by_node(NodeId(SECRETARIAT))
        if settings.post is not None and origin == origin_of(settings.post.bureau_url):
            return directory.by_node(NodeId(self._home.bureau))
        return None


def send_join_request(invitation: Invitation, request: JoinRequest) -> JoinAnswer:
    """Bring a request to the secretariat that made the invitation; raises as `PeerClient.get`.

    The line is pinned to the invitation's authority and to the secretariat's name in the certificate:
    another member cannot take the one-time secret.
    """
    context = client_context(invitation.network_ca.encode("ascii"), pin_to_node(NodeId(SECRETARIAT)))
    url = invitation.secretariat_url.rstrip("/") + "/join/v1"
    with httpx.Client(verify=context, timeout=_timeout(READ_TIMEOUT_S), trust_env=False) as client:
        return _decode(
            _ask(client, "POST", url, msgspec.json.encode(request), None, READ_TIMEOUT_S), JoinAnswer
        )


def _timeout(read_s: float) -> httpx.Timeout:
    return httpx.Timeout(read_s, connect=CONNECT_TIMEOUT_S)


def _ask(  # noqa: PLR0913, PLR0917 - the parts of a request
    client: httpx.Client,
    method: str,
    url: str,
    content: bytes | None,
    params: Mapping[str, str | int] | None,
    timeout_s: float,
    headers: Mapping[str, str] = _JSON,
) -> bytes:
    body = None if content is None else _Body(content)
    length = {} if content is None else {"Content-Length": str(len(content))}
    request = client.build_request(
        method, url, content=body, params=params, headers={**headers, **length}, timeout=_timeout(timeout_s)
    )
    try:
        try:
            return _send(client, request)
        except httpx.RemoteProtocolError:
            return _send(client, request)
    except httpx.HTTPError as error:
        raise UnavailableError(ErrorCode.PEER_UNREACHABLE, detail=type(error).__name__) from error
    finally:
        if body is not None:
            body.let_go()


def _send(client: httpx.Client, request: httpx.Request) -> bytes:
    response = client.send(request, stream=True)
    try:
        body = _read(response)
    finally:
        response.close()
    if not response.is_success:
        raise _refusal(response.status_code, body)
    return body


def _read(response: httpx.Response) -> bytes:
    parts: list[bytes] = []
    size = 0
    for part in response.iter_bytes():
        size += len(part)
        if size > MAX_ANSWER_BYTES:
            raise UnavailableError(ErrorCode.PEER_ANSWER, detail="too large")
        parts.append(part)
    return b"".join(parts)


def _refusal(status: int, body: bytes) -> PeerRefusedError:
    try:
        error = msgspec.json.decode(body, type=_ErrorBody).error
    except msgspec.DecodeError:
        # A proxy in between speaks HTML; its status is all there is to know.
        error = _ErrorContent(retry=status >= httpx.codes.INTERNAL_SERVER_ERROR)
    return PeerRefusedError(status, error.code, field=error.field, peer_retry=error.retry)


def _decode(body: bytes, answer_type: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=answer_type)
    except msgspec.DecodeError:
        # The decoder's message can quote content, so it is not passed on (I11).
        raise UnavailableError(ErrorCode.PEER_ANSWER, detail=answer_type.__name__) from None
