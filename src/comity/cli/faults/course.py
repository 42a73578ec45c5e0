"""The schedules of one world, one after another, and what was seen of them in the end."""

import random
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any, Final, Self

from comity.cli.faults.backups import Backups
from comity.cli.faults.checker import NO_SEED
from comity.cli.faults.desks import DELIVERED, RELAYED, Desk, shown, states, threads
from comity.cli.faults.history import History, Said, View
from comity.cli.faults.keeper import Keeper
from comity.cli.faults.replays import Carrier
from comity.cli.faults.schedules import CASES, DESKS, RELAY, Kind, Letter, Schedule, Trouble
from comity.cli.faults.troubles import Reach, perform, undo_all
from comity.cli.faults.waiting import POLL_S, until
from comity.cli.faults.world import FaultWorld
from comity.kernel.errors import ErrorCode, UnavailableError
from comity.kernel.ids import NodeId

ATTEMPTS: Final = 5
PATIENCE_S: Final = 3.0
"""How long a schedule waits for its messages; what takes longer is looked for again at the end."""
RESTORED_WITHIN_S: Final = 420.0
"""After a restore everything must be whole again before the next fault: gaps are noticed within a minute,
a refusal that was lost with its recipient after the five minutes of the first notice."""
SETTLED_WITHIN_S: Final = 420.0
"""At the end: longer than the longest wait of the product for a thing that can be cured."""


class Course:
    """Runs schedules in a world and keeps what was said. Use it as a `with` block."""

    def __init__(self, world: FaultWorld) -> None:
        self.faults: Counter[Kind] = Counter()
        self.desks = {
            node: Desk(node, world.office_url(node), world.home(node), world.grants[node]) for node in DESKS
        }
        self._world = world
        self._things = ExitStack()
        self._reach = Reach(world, self._things.enter_context(Keeper(world)), Carrier(world))
        self._pool = self._things.enter_context(ThreadPoolExecutor(16))
        self._backups = Backups(world)
        self._said: list[Said] = []
        self._saying = threading.Lock()
        self._threads: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._things.close()
        for desk in self.desks.values():
            desk.close()

    def open_threads(self) -> None:
        """Begin the standing threads, each with a message that arrives."""
        for number, (sender, *recipients) in enumerate(CASES):
            letter = Letter(0.0, tuple(recipients), "normal", None)
            self._threads.append(self._open_thread(number, sender, letter))
        if not self._settle(SETTLED_WITHIN_S):
            raise UnavailableError(ErrorCode.NOT_READY, field="threads")

    def run(self, schedule: Schedule) -> bool:
        """Write and make trouble, mend everything, and wait a while for the messages.

        False when a restore was not made good: then the world is fit for the judge only.
        """
        if schedule.backup is not None:
            self._back_up(schedule.backup)
        if schedule.restore is not None:
            self._back_up(schedule.restore.node)
        under_way = [
            self._pool.submit(self._write, schedule.seed, sender, letters)
            for sender, letters in schedule.letters.items()
        ]
        under_way += [
            self._pool.submit(self._trouble, schedule.seed, number, trouble)
            for number, trouble in enumerate(schedule.troubles)
        ]
        try:
            for each in under_way:
                each.result()
        finally:
            undo_all(self._reach)
        if schedule.restore is not None and not self._restore(schedule.restore):
            return False
        self._settle(PATIENCE_S)
        return True

    def _open_thread(self, number: int, sender: str, letter: Letter) -> str:
        """Return a new thread; a machine that is very busy takes more than one attempt."""
        for attempt in range(ATTEMPTS):
            thread_id = self._say(sender, letter, NO_SEED, f"thread {number} {attempt}", None)
            if thread_id is not None:
                return thread_id
        raise UnavailableError(ErrorCode.NOT_READY, field=f"{sender}.office")

    def history(self, within_s: float = SETTLED_WITHIN_S) -> History:
        """Wait until everything is where it belongs, or for long enough, and return what is seen."""
        self._reach.keeper.wait_up()
        deadline = time.monotonic() + within_s
        self._settle(within_s)
        history = self._look()
        while any(history.unconfirmed.values()) and time.monotonic() < deadline:
            time.sleep(POLL_S * 10)
            history = self._look()
        return history

    def _back_up(self, node: str) -> None:
        if node not in self._backups.taken:
            self._reach.keeper.wait_up()
            self._backups.take(node)

    def _write(self, seed: int, sender: str, letters: list[Letter]) -> None:
        begun, own_thread = time.monotonic(), None
        for number, letter in enumerate(letters):
            _sleep_until(begun + letter.at_s)
            thread = own_thread if letter.thread is None else self._threads[letter.thread]
            found = self._say(sender, letter, seed, f"{seed} {sender} {number}", thread)
            if letter.thread is None:
                own_thread = own_thread or found

    def _say(self, sender: str, letter: Letter, seed: int, text: str, thread: str | None) -> str | None:
        """Send one message, note what was answered, and return its thread when it was acknowledged."""
        draft = _draft(letter, text, thread)
        said = Said(seed, text, sender, letter.recipients, letter.priority, None)
        with self._saying:
            place = len(self._said)
            self._said.append(said)
        answer = self.desks[sender].send(draft)
        if answer is None:
            return None
        acknowledged = Said(seed, text, sender, letter.recipients, letter.priority, answer[0])
        with self._saying:
            self._said[place] = acknowledged
        return answer[1]

    def _trouble(self, seed: int, number: int, trouble: Trouble) -> None:
        time.sleep(trouble.at_s)
        perform(self._reach, trouble, random.Random(f"{seed} {number}"))  # noqa: S311 - the same every time
        with self._saying:
            self.faults[trouble.kind] += 1

    def _restore(self, trouble: Trouble) -> bool:
        """Put an older database in place of a node's; tell whether everything is well afterwards.

        A sender's own messages that nobody else has yet cannot come back from anywhere: so everything of
        a bureau is at the relay before, and everything of the relay's own desk at its recipients.
        """
        node, keeper = trouble.node, self._reach.keeper
        keeper.wait_up()
        if not until(lambda: self._is_elsewhere(node), RESTORED_WITHIN_S):
            return False
        keeper.hold(node)
        processes = self._world.processes[NodeId(node)]
        for kind in processes.kinds:
            if trouble.how == "kill":
                keeper.signal(node, kind, signal.SIGKILL)
        processes.stop()
        self._backups.restore(node)
        self.desks[node].start_over()
        keeper.release(node)
        self._backups.forget()
        keeper.wait_up()
        self.faults[trouble.kind] += 1
        return self._settle(RESTORED_WITHIN_S)

    def _is_elsewhere(self, node: str) -> bool:
        wanted = DELIVERED if node == RELAY else RELAYED
        headers = self.desks[node].headers()
        return all(states(header) <= wanted for header in headers if header["sender"] == node)

    def _settle(self, within_s: float) -> bool:
        """Wait until every acknowledged message was seen by who follows its recipient's list."""
        return until(self._all_seen, within_s)

    def _all_seen(self) -> bool:
        with self._saying:
            said = [one for one in self._said if one.message_id is not None]
        for node, desk in self.desks.items():
            desk.follow()
            if {one.message_id for one in said if node in one.recipients} - set(desk.followed):
                return False
        return True

    def _look(self) -> History:
        with self._saying:
            history = History(list(self._said), {})
        for node, desk in self.desks.items():
            desk.follow()
            headers = desk.headers()
            own = [header for header in headers if header["sender"] == node]
            listed = [shown(header) for header in headers if header["sender"] != node]
            history.views[node] = View(listed, threads(headers, node), list(desk.followed))
            history.kept[node] = {header["subject"] for header in own}
            history.unconfirmed[node] = {
                header["message_id"] for header in own if not states(header) <= DELIVERED
            }
        return history


def _draft(letter: Letter, text: str, thread: str | None) -> dict[str, Any]:
    draft: dict[str, Any] = {"subject": text, "text": text, "priority": letter.priority}
    if len(letter.recipients) == 1:
        draft["recipient"] = letter.recipients[0]
    else:
        draft |= {"recipients": letter.recipients, "show_recipients": True}
    if thread is not None:
        draft["thread_id"] = thread
    return draft


def _sleep_until(instant: float) -> None:
    time.sleep(max(0.0, instant - time.monotonic()))
