"""The own index with the rule that data which are too old answer nothing (I7)."""

import threading
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from comity.index.alarms import Alarms
from comity.index.exact import find_each, ranked
from comity.index.mapping import bring_in
from comity.index.planning import plan_query
from comity.index.questions import KeyQuestion, Plan
from comity.index.reader import CUT_WARNING, IndexReader
from comity.index.seeing import Look
from comity.kernel.codes import FailureReason
from comity.kernel.errors import ComityError, ErrorCode, IntegrityError, TrustError, UnavailableError
from comity.kernel.ids import BureauId
from comity.node.alarm_settings import overrides_of
from comity.node.home import NodeHome
from comity.protocol.search import MAX_CANDIDATES, Candidate, DocumentQuery, TextQuery
from comity.search import logs
from comity.search.sources import Question, Reply

REOPEN_AFTER_S: Final = 1.0
"""How often a missing index is looked for again."""
WARM_TEXTS: Final = (
    "Jana Izmišljena 1980",
    "яна измишлена",
    "يانا",
    "王伟",
    "김민수",
    "Γιάννα",
    "LJ AB-123",
    "1M8GDM9AXKP042788",
    "red Volvo V70",
)
"""One of each way of asking and of each script with tables of its own."""
WARM_LOOKUPS: Final = 512
"""Spread over all keys, so that the upper pages of the index are in memory before the first officer asks."""


class CopyIndex:
    """Opens the index when it is there and asks it. Thread-safe."""

    def __init__(self, home: NodeHome) -> None:
        self._home = home
        self._max_age = timedelta(seconds=home.settings.search.copy_max_age_s)
        search = home.settings.search
        self._alarms = Alarms(home.index_dir, search.alarm_rate, overrides_of(search.thresholds))
        self._reader: IndexReader | None = None
        self._tried_at = float("-inf")
        self._obstacle: ComityError = UnavailableError(ErrorCode.INDEX_UNAVAILABLE)
        self._opening = threading.Lock()

    def reader(self) -> IndexReader:
        """Return the open index. Raises `UnavailableError` and `IntegrityError` as `IndexReader`."""
        if self._reader is not None:
            return self._reader
        # A process may open an index once, so threads that find it closed wait for the first.
        with self._opening:
            if self._reader is None:
                if time.monotonic() - self._tried_at < REOPEN_AFTER_S:
                    raise self._obstacle
                self._tried_at = time.monotonic()
                try:
                    self._reader = IndexReader(self._home.index_dir, self._country_of, self._alarms)
                except (UnavailableError, IntegrityError) as error:
                    self._obstacle = error
                    raise
            return self._reader

    def look_for_keys(self, questions: Sequence[Question]) -> list[Reply | None]:
        """Answer the questions that ask for keys alone, from one snapshot; None for those that take longer.

        The questions have one instant. Nearly all find nothing, and need no more than to know that.
        """
        at = questions[0].at
        try:
            with self.reader().eyes(at) as look_of:
                state = look_of("").state
                nothing = self._standing(state.sequence, state.as_of, at)
                replies: list[Reply | None] = [nothing] * len(questions)
                viewer, look = None, look_of("")
                asked, whose = list[tuple[Look, KeyQuestion]](), list[int]()
                for place, question in enumerate(questions):
                    if question.asker.country != viewer:
                        viewer = question.asker.country
                        look = look_of(viewer)
                    plan = question.plan
                    if plan.names or plan.descriptions:
                        replies[place] = None
                        continue
                    for key in plan.keys:
                        asked.append((look, key))
                        whose.append(place)
                found = find_each(asked)
        except ComityError:
            # What is wrong is told by `look`, in its own words.
            return [
                None if is_slow(each.plan) else self.look(each.plan, each.asker.country, at)
                for each in questions
            ]
        if found and nothing.reason is None:
            for place, candidates in _by_question(found, whose).items():
                replies[place] = _reply(candidates, nothing)
        return replies

    def look(self, plan: Plan, viewer: str, at: datetime) -> Reply:
        """Answer unless the copy is missing, damaged or too old."""
        try:
            found = self.reader().find(plan, viewer, at)
        except UnavailableError:
            return Reply(reason=FailureReason.NOT_READY)
        except IntegrityError:
            return Reply(reason=FailureReason.GARBLED)
        reply = self._standing(found.status.sequence, found.status.as_of, at)
        if reply.reason is not None:
            return reply
        return Reply(found.candidates, found.warnings, None, reply.version, reply.age_s, found.alarm)

    def _standing(self, sequence: int, as_of: str, at: datetime) -> Reply:
        """Return the reply of an index at this position that finds nothing, or may not answer."""
        if not as_of:
            return Reply(reason=FailureReason.NOT_READY, version=sequence)
        age = at - datetime.fromisoformat(as_of)
        age_s = max(0, age.days * 86_400 + age.seconds)
        reason = FailureReason.TOO_OLD if age > self._max_age else None
        return Reply(reason=reason, version=sequence, age_s=age_s)

    def unfit(self, at: datetime) -> FailureReason | None:
        """Return why questions at `at` would get no answer, None when they would."""
        return self.look(Plan(), "", at).reason

    def read_ahead(self) -> None:
        """Let the thread that calls remember what all hits need, where there is an index already."""
        try:
            self.reader().warm_up()
        except ComityError as error:
            logs.note("warm_up", code=error.code)

    def warm_up(self, at: datetime, *, names: bool) -> None:
        """Bring the index in, ask every kind of question once: no officer waits for anything to load."""
        queries = [TextQuery(text=text) for text in WARM_TEXTS]
        plans = [plan_query(query, at) for query in queries]
        plans += [plan_query(DocumentQuery(number=f"{n * 7_919_993:09d}"), at) for n in range(WARM_LOOKUPS)]
        for plan in plans:
            if names or not (plan.names or plan.descriptions):
                try:
                    self.reader().find(plan, "XXX", at)
                except ComityError as error:
                    # Not ready yet is for the readiness probe to tell; the index is looked for again.
                    logs.note("warm_up", code=error.code)
                    return
        if not names:
            # The process that compares names reads a small part of it.
            bring_in(self._home.index_dir)

    def close(self) -> None:
        """Close the index; nobody may be reading it any more."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _country_of(self, bureau: BureauId) -> str:
        try:
            return self._home.directory.last().bureau_node(bureau).country
        except TrustError:
            # A bureau that has left looks at nothing any more; its records go by their lists.
            return ""


def is_slow(plan: Plan) -> bool:
    """Tell whether a plan holds more than keys: names or descriptions."""
    return bool(plan.names or plan.descriptions)


def _by_question(
    found: Mapping[int, Sequence[Candidate]], whose: Sequence[int]
) -> dict[int, list[Candidate]]:
    """Return what was found for keys by the place of the question that asks for them."""
    gathered = dict[int, list[Candidate]]()
    for number in sorted(found):
        gathered.setdefault(whose[number], []).extend(found[number])
    return gathered


def _reply(found: Sequence[Candidate], nothing: Reply) -> Reply:
    """Return the reply that tells of `found`, where `nothing` is the one that tells of nothing."""
    candidates = ranked(found)
    warnings = [CUT_WARNING] if len(candidates) > MAX_CANDIDATES else []
    return Reply(candidates[:MAX_CANDIDATES], warnings, None, nothing.version, nothing.age_s)
