"""A desk's people and programs: they write by the machine interface and read the list as it grows."""

import threading
from collections import Counter
from typing import Any, Final

import httpx

from comity.cli.faults.history import Shown
from comity.node.home import NodeHome
from comity.node.tls import client_context

TIMEOUT_S: Final = 8.0
"""Longer than any fault lasts: what was not answered by then was broken off."""
PAGE: Final = 200
CREATED: Final = 201
SERVER_ERROR: Final = 500
DELIVERED: Final = frozenset({"delivered", "read", "answered"})
RELAYED: Final = DELIVERED | {"relayed"}


class DeskError(Exception):
    """The desk did not answer a question; it may answer the next."""


class Desk:
    """One node's machine interface, and a program that follows its list of messages."""

    def __init__(self, node: str, url: str, home: NodeHome, grant: str) -> None:
        self.node = node
        self.followed: list[str] = []
        """Ids of received messages in the order in which the follower saw them."""
        self.refused: Counter[str] = Counter()
        """Codes of drafts that were refused: nothing was acknowledged, nothing may have been stored."""
        self._after = 0
        self._following = threading.Lock()
        self._http = httpx.Client(
            base_url=url,
            verify=client_context(home.network_ca.read_bytes(), None),
            headers={"Authorization": f"Bearer {grant}"},
            timeout=TIMEOUT_S,
            trust_env=False,
        )

    def send(self, draft: dict[str, Any]) -> tuple[str, str] | None:
        """Send a draft; message and thread id when it was acknowledged, None when it was not."""
        try:
            answer = self._http.post("/api/v1/messages", json=draft)
            if answer.status_code == CREATED:
                header = answer.json()["header"]
                return header["message_id"], header["thread_id"]
            if answer.status_code < SERVER_ERROR:
                self.refused[answer.json()["error"]["code"]] += 1
        except (httpx.HTTPError, ValueError):
            # No answer tells nothing: the message may be stored or not.
            return None
        return None

    def follow(self) -> None:
        """Read what is new since the last time. Raises `DeskError`."""
        with self._following:
            for header in self._pages(self._after):
                self._after = header["id"]
                if header["sender"] != self.node:
                    self.followed.append(header["message_id"])

    def start_over(self) -> None:
        """Forget what was followed: the desk's database is an older one now."""
        with self._following:
            self.followed, self._after = [], 0

    def headers(self, thread_id: str | None = None) -> list[dict[str, Any]]:
        """Return the whole list as it is now. Raises `DeskError`."""
        return self._pages(0, thread_id)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _pages(self, after: int, thread_id: str | None = None) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            page = self._page(after, thread_id)
            found += page
            if len(page) < PAGE:
                return found
            after = page[-1]["id"]

    def _page(self, after: int, thread_id: str | None) -> list[dict[str, Any]]:
        asked: dict[str, str | int] = {"after": after, "limit": PAGE}
        if thread_id is not None:
            asked["thread_id"] = thread_id
        try:
            answer = self._http.get("/api/v1/messages", params=asked)
            page: list[dict[str, Any]] = answer.raise_for_status().json()["messages"]
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise DeskError(self.node) from error
        return page


def shown(header: dict[str, Any]) -> Shown:
    """Return a line of a list as the checker takes it; the subject is what tells messages apart here."""
    return Shown(
        message_id=header["message_id"],
        thread_id=header["thread_id"],
        sender=header["sender"],
        priority=header["priority"],
        text=header["subject"],
    )


def states(header: dict[str, Any]) -> set[str]:
    """Return how far a message is on its way to each recipient."""
    deliveries = header.get("deliveries")
    return {each["state"] for each in deliveries} if deliveries else {header["state"]}


def threads(headers: list[dict[str, Any]], desk: str) -> dict[str, list[Shown]]:
    """Return what others wrote in each thread, each sender's in the order that the sender gave it."""
    found: dict[str, list[Shown]] = {}
    for header in sorted(headers, key=lambda one: (one["sender"], one["order"])):
        if header["sender"] != desk:
            found.setdefault(header["thread_id"], []).append(shown(header))
    return found
