"""A program that writes many messages with files at one desk, and sees what became of them."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import httpx

from comity.cli.faults.desks import PAGE
from comity.kernel.errors import ErrorCode, UnavailableError
from comity.node.home import NodeHome
from comity.node.tls import client_context

TIMEOUT_S: Final = 120.0
"""A hundred messages of a busy machine."""
TOO_MANY: Final = 429
REST_S: Final = 0.5
"""Before a desk that is busy is asked again."""
POLL_S: Final = 0.25


class BulkDesk:
    """One node's machine interface. What it refuses ends the run: nothing here is meant to go wrong."""

    def __init__(self, url: str, home: NodeHome, grant: str) -> None:
        self._http = httpx.Client(
            base_url=f"{url}/api/v1",
            verify=client_context(home.network_ca.read_bytes(), None),
            headers={"Authorization": f"Bearer {grant}"},
            timeout=TIMEOUT_S,
            trust_env=False,
        )

    def attach(self, name: str, content: bytes) -> str:
        """Bring a small file in; return its id."""
        begun = self._ask("POST", "/attachments", json={"name": name, "size": len(content)})
        attachment_id: str = begun["attachment"]["attachment_id"]
        octets = {"Content-Type": "application/octet-stream"}
        self._ask("PUT", f"/attachments/{attachment_id}/parts/0", content=content, headers=octets)
        self._ask("POST", f"/attachments/{attachment_id}/complete")
        return attachment_id

    def send_all(self, drafts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Send drafts in one step; return their headers."""
        answer = self._ask("POST", "/messages/batch", json={"messages": list(drafts)})
        headers: list[dict[str, Any]] = answer["messages"]
        return headers

    def state_of(self, attachment_id: str) -> str:
        """Return how far a file is."""
        state: str = self._ask("GET", f"/attachments/{attachment_id}")["attachment"]["state"]
        return state

    def files_of(self, message_id: str) -> list[dict[str, Any]]:
        """Return the files of a message."""
        files: list[dict[str, Any]] = self._ask("GET", f"/messages/{message_id}")["attachments"]
        return files

    def content_of(self, attachment_id: str) -> bytes:
        """Return the original of a file."""
        return self._request("GET", f"/attachments/{attachment_id}/content").content

    def headers(self, after: int) -> Iterator[dict[str, Any]]:
        """Yield the list behind row `after`."""
        while True:
            page = self._ask("GET", "/messages", params={"after": after, "limit": PAGE})["messages"]
            yield from page
            if len(page) < PAGE:
                return
            after = page[-1]["id"]

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _ask(self, method: str, path: str, **more: Any) -> Any:
        return self._request(method, path, **more).json()

    def _request(self, method: str, path: str, **more: Any) -> httpx.Response:
        while True:
            try:
                answer = self._http.request(method, path, **more)
            except httpx.HTTPError as error:
                raise UnavailableError(ErrorCode.NOT_READY, field=path) from error
            if answer.status_code != TOO_MANY:
                break
            time.sleep(REST_S)
        if answer.is_error:
            raise UnavailableError(ErrorCode.PEER_ANSWER, field=path, detail=answer.text[:500])
        return answer


class Waiting:
    """Waits until something holds for one thing after the other; gives up when nothing moves any more."""

    def __init__(self, within_s: float) -> None:
        self._within_s = within_s

    def through(self, moves: Callable[[], int], what: str) -> None:
        """Call `moves`, which returns how many are left, until that is 0.

        Raises `UnavailableError` (node.not_ready) when it stays the same for too long.
        """
        left, since = -1, time.monotonic()
        while True:
            before, left = left, moves()
            if left == 0:
                return
            if left != before:
                since = time.monotonic()
            if time.monotonic() - since > self._within_s:
                raise UnavailableError(ErrorCode.NOT_READY, field=f"{left} {what}")
            time.sleep(POLL_S)
