"""The judge: finds messages that were lost, doubled, out of order, changed or never confirmed.

Independent on purpose: it imports nothing of the product and takes nobody's word but that of the
machine interface, as it was given to senders and recipients.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from comity.cli.faults.history import History, Said, Shown, View


class Fault(StrEnum):
    """What can become of a message that must not."""

    LOST = "lost"
    """Acknowledged to its sender, and not at its recipient."""
    DOUBLED = "doubled"
    OUT_OF_ORDER = "out_of_order"
    """Read in a thread in another order than its sender wrote it."""
    ALTERED = "altered"
    """Shown with a text, sender or priority that nobody sent so, or to a desk it was not meant for."""
    UNCONFIRMED = "unconfirmed"
    """At its recipient, but its sender's desk still does not say so."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of one message at one desk."""

    fault: Fault
    seed: int
    sender: str
    desk: str
    text: str
    detail: str = ""


NO_SEED: Final = -1
"""Of a message that nobody sent."""


def check(history: History) -> list[Finding]:
    """Return everything that is wrong; an empty list when all promises were kept."""
    judge = _Judge(history)
    found = [*judge.lost(), *judge.unconfirmed()]
    for desk, view in history.views.items():
        found += [*judge.doubled(desk, view), *judge.altered(desk, view), *judge.out_of_order(desk, view)]
    return sorted(set(found), key=lambda one: (one.seed, one.fault, one.desk, one.text))


class _Judge:
    def __init__(self, history: History) -> None:
        self._history = history
        self._by_text = {said.text: said for said in history.said}
        self._by_id = {said.message_id: said for said in history.said if said.message_id}
        self._rank = {said.text: number for number, said in enumerate(history.said)}

    def lost(self) -> Iterator[Finding]:
        for said in self._history.said:
            for desk in said.recipients:
                yield from self._lost_at(desk, said)

    def _lost_at(self, desk: str, said: Said) -> Iterator[Finding]:
        view = self._history.views[desk]
        listed = {shown.message_id for shown in view.listed}
        shown_here = {shown.text for shown in view.listed}
        if said.message_id is None:
            kept = self._history.kept.get(said.sender, set())
            if said.text in kept and said.text not in shown_here:
                yield _finding(Fault.LOST, said, desk, "its sender's desk shows it as sent")
        elif said.message_id not in listed:
            yield _finding(Fault.LOST, said, desk)
        elif view.followed is not None and said.message_id not in view.followed:
            yield _finding(Fault.LOST, said, desk, "a program that follows the list never saw it")

    def unconfirmed(self) -> Iterator[Finding]:
        for desk, ids in self._history.unconfirmed.items():
            for message_id in ids:
                said = self._by_id.get(message_id)
                if said is not None and said.sender == desk:
                    yield _finding(Fault.UNCONFIRMED, said, desk)

    def doubled(self, desk: str, view: View) -> Iterator[Finding]:
        for what in _twice(view.listed, lambda shown: shown.text):
            yield self._of(Fault.DOUBLED, what, desk)
        for what in _twice(view.listed, lambda shown: shown.message_id):
            yield self._of(Fault.DOUBLED, what, desk)
        for followed, count in Counter(view.followed or ()).items():
            if count > 1 and followed in self._by_id:
                yield _finding(Fault.DOUBLED, self._by_id[followed], desk, "given out twice as new")

    def altered(self, desk: str, view: View) -> Iterator[Finding]:
        for shown in view.listed:
            said = self._by_text.get(shown.text)
            if said is None:
                yield Finding(Fault.ALTERED, NO_SEED, shown.sender, desk, shown.text, "nobody wrote this")
            elif desk not in said.recipients:
                yield _finding(Fault.ALTERED, said, desk, "not meant for this desk")
            elif (said.sender, said.priority) != (shown.sender, shown.priority):
                yield _finding(Fault.ALTERED, said, desk, "another sender or priority")
            elif said.message_id not in {None, shown.message_id}:
                yield _finding(Fault.ALTERED, said, desk, "another id than its sender was told")

    def out_of_order(self, desk: str, view: View) -> Iterator[Finding]:
        """Compare with the order of writing: in the list per priority, in a thread over all of them.

        What was never answered may have been stored late, behind what was sent after it.
        """
        lanes: dict[tuple[str, str, str], list[Shown]] = defaultdict(list)
        for shown in view.listed:
            lanes[shown.sender, shown.thread_id, shown.priority].append(shown)
        for thread in view.threads.values():
            for shown in thread:
                lanes[shown.sender, shown.thread_id, ""].append(shown)
        for (_, thread_id, priority), lane in lanes.items():
            where = f"among {priority} in the list" if priority else f"in thread {thread_id}"
            yield from self._disorder(desk, lane, where)

    def _disorder(self, desk: str, lane: list[Shown], where: str) -> Iterator[Finding]:
        latest, before = -1, ""
        for shown in lane:
            said = self._by_text.get(shown.text)
            if said is None or said.message_id is None:
                continue
            rank = self._rank[shown.text]
            if rank < latest:
                yield _finding(Fault.OUT_OF_ORDER, said, desk, f"behind {before!r} {where}")
            else:
                latest, before = rank, shown.text

    def _of(self, fault: Fault, shown: Shown, desk: str) -> Finding:
        said = self._by_text.get(shown.text)
        return Finding(fault, said.seed if said else NO_SEED, shown.sender, desk, shown.text)


def _twice(listed: list[Shown], key: Callable[[Shown], str]) -> list[Shown]:
    """Return what comes a second time."""
    seen: set[str] = set()
    again: list[Shown] = []
    for shown in listed:
        if key(shown) in seen:
            again.append(shown)
        seen.add(key(shown))
    return again


def _finding(fault: Fault, said: Said, desk: str, detail: str = "") -> Finding:
    return Finding(fault, said.seed, said.sender, desk, said.text, detail)
