"""A program's line to one door of a node: TLS that trusts the network's authority, a grant, JSON."""

from typing import Any, Final

import httpx
import msgspec

from comity.kernel.errors import ComityError, ErrorCode, UnavailableError
from comity.node.home import NodeHome
from comity.node.tls import client_context

TIMEOUT_S: Final = 10.0
"""Doors on loopback answer in milliseconds; a search has its own, shorter budget."""


class RefusedError(ComityError):
    """A door refused; `told` is its stable code, `http_status` what came with it."""

    def __init__(self, http_status: int, told: str) -> None:
        super().__init__(ErrorCode.PEER_REFUSED, detail=f"{http_status} {told}")
        self.http_status = http_status
        self.told = told


class Line:
    """Keeps its connection; one per program and door."""

    def __init__(self, home: NodeHome, url: str, grant: str) -> None:
        self._http = httpx.Client(
            base_url=url,
            verify=client_context(home.network_ca.read_bytes(), None),
            headers={"Authorization": f"Bearer {grant}"},
            timeout=TIMEOUT_S,
            trust_env=False,
        )

    def get(self, path: str, **parameters: str | int) -> Any:
        """Ask and return the answer's JSON; raises `RefusedError`, `UnavailableError`."""
        return self._ask("GET", path, None, parameters)

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Send and return the answer's JSON; raises as `get`."""
        return self._ask("POST", path, body, {})

    def _ask(
        self, method: str, path: str, body: dict[str, Any] | None, parameters: dict[str, str | int]
    ) -> Any:
        content = None if body is None else msgspec.json.encode(body)
        headers = {} if body is None else {"Content-Type": "application/json"}
        try:
            answer = self._http.request(method, path, content=content, params=parameters, headers=headers)
        except httpx.TransportError as error:
            raise UnavailableError(ErrorCode.PEER_UNREACHABLE, detail=type(error).__name__) from error
        if not answer.is_success:
            raise RefusedError(answer.status_code, _code(answer.content))
        return msgspec.json.decode(answer.content)

    def close(self) -> None:
        """Close the connection."""
        self._http.close()


def _code(body: bytes) -> str:
    try:
        return str(msgspec.json.decode(body)["error"]["code"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return ""
