"""The demo's programs: one line per bureau and account, each with a grant of its own."""

import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

from comity.cli.accounts import grant_for
from comity.cli.world.clients import Line
from comity.cli.world.world import World
from comity.kernel.codes import Purpose
from comity.kernel.ids import NodeId

T = TypeVar("T")

GRANT_LIFE_S: Final = 8 * 3600
"""One shift; the tour takes a minute, but a post that is alone cannot fetch another."""
EVERY_S: Final = 0.005
"""How often a measurement looks: five milliseconds are its grain."""
WITHIN_S: Final = 20.0
"""Ten times the longest promise; what takes longer did not happen."""


class StepFailedError(Exception):
    """A step of the tour did not come to its end; says what was missing, without personal data."""

    def __init__(self, what: str, code: str = "") -> None:
        super().__init__(what, code)
        self.what = f"{what}: {code}" if code else what


def wait_for(what: str, look: Callable[[], T | None], *, every_s: float = EVERY_S) -> T:
    """Return the first answer of `look` that is not None; raises `StepFailedError` naming `what`."""
    deadline = time.monotonic() + WITHIN_S
    while True:
        found = look()
        if found is not None:
            return found
        if time.monotonic() > deadline:
            raise StepFailedError(what)
        time.sleep(every_s)


class Doors:
    """Lines to searches and offices of a world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._grants: dict[tuple[NodeId, str], str] = {}
        self._lines: dict[tuple[str, NodeId, str], Line] = {}

    def open(self, node: NodeId, username: str) -> None:
        """Fetch the grant of an account at its bureau, for every purpose."""
        at = self._world.clock.now()
        office = self._world.office(node)
        self._grants[node, username] = office.run(grant_for, username, tuple(Purpose), at, GRANT_LIFE_S)

    def office(self, node: NodeId, username: str) -> Line:
        """Return the line of an account to its bureau's machine interface."""
        return self._line("office", node, node, username)

    def search(self, node: NodeId, bureau: NodeId | None = None) -> Line:
        """Return the officer's line to the search of `node`; `bureau` is his own, where `node` is a post."""
        return self._line("search", node, bureau or node, "officer")

    def _line(self, part: str, node: NodeId, bureau: NodeId, username: str) -> Line:
        key = (part, node, username)
        if key not in self._lines:
            settings = self._world.homes[node].settings
            url = settings.office_url if part == "office" else settings.search_url
            self._lines[key] = Line(self._world.homes[node], url, self._grants[bureau, username])
        return self._lines[key]

    def ask(
        self,
        node: NodeId,
        query: dict[str, Any],
        *,
        bureau: NodeId | None = None,
        purpose: str = "border_control",
        notify: str = "never",
    ) -> dict[str, Any]:
        """Search at `node` and return the answer. The owner is told only where the step is about that."""
        body = {"purpose": purpose, "query": query, "notify": notify, "reference": "demo"}
        answer: dict[str, Any] = self.search(node, bureau).post("/v1/search", body)
        return answer

    def close(self) -> None:
        """Close every line."""
        for line in self._lines.values():
            line.close()
        self._lines.clear()
