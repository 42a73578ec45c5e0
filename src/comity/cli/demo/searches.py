"""Steps about searching: what is found, what must not be, and what is said when a source is away."""

from typing import Any

from comity.cli.demo.cast import (
    CLEAN_PASSPORT,
    IN_ARABIC,
    LOST_CARD,
    MA,
    RESTRICTED,
    SI,
    STOLEN_PASSPORT,
)
from comity.cli.demo.doors import StepFailedError, wait_for
from comity.cli.demo.filling import wait_for_lines
from comity.cli.demo.stage import Stage
from comity.cli.world.clients import RefusedError
from comity.cli.world.plans import POST, SECRETARIAT_PLAN
from comity.cli.world.processes import ProcessKind
from comity.cli.world.world import CLOSE_WITHIN_S
from comity.kernel.ids import NodeId

LIVE = "secretariat"
"""Name of the live source in a bureau's settings."""

MOST_REPEATS = 3
"""A search that has just read a whole list for the first time may pass its time budget once or twice."""


def _finds(answer: dict[str, Any], record_id: str, *, strength: str | None = None) -> bool:
    found = [each for each in answer["candidates"] if each["record_id"] == record_id]
    return bool(found) and (strength is None or found[0]["strength"] == strength)


def _complete(answer: dict[str, Any]) -> bool:
    return answer["state"] != "INCOMPLETE" and all(source["answered"] for source in answer["sources"])


def document_hit(stage: Stage) -> None:
    """SI reads the passport that FR has listed as stolen."""
    query = {"kind": "mrz", "lines": STOLEN_PASSPORT.mrz}
    answer = _answers(stage, SI, query, notify="at_once")[-1]
    stage.answered()
    stage.search_id = answer["search_id"]
    record = stage.contents.records["FR-P-001"]
    stage.report.document_hit = (
        answer["state"] == "HIT" and _finds(answer, record, strength="HIT") and _complete(answer)
    )


def _answers(
    stage: Stage, node: NodeId, query: dict[str, Any], *, notify: str = "never"
) -> list[dict[str, Any]]:
    """Ask, and ask again as an officer would while a source is too slow; the report says how often."""
    answers = [stage.doors.ask(node, query, notify=notify)]
    while not _complete(answers[-1]) and len(answers) <= MOST_REPEATS:
        answers.append(stage.doors.ask(node, query, notify=notify))
    details = stage.report.details
    details["asked_again"] = details.get("asked_again", 0) + len(answers) - 1
    return answers


def by_alias(stage: Stage) -> None:
    """A listed person is asked for by a name that is not the main one."""
    primary, alias, birth = stage.contents.alias
    answer = stage.doors.ask(SI, {"kind": "person", "name": alias, "birth_date": birth})
    stage.report.listed_person_found_by_alias = any(
        primary in {name["text"] for name in found["view"].get("names", [])} for found in answer["candidates"]
    )


def in_arabic(stage: Stage) -> None:
    """A person listed in Latin letters is asked for in Arabic ones."""
    _, spelling, birth = IN_ARABIC
    answer = stage.doors.ask(SI, {"kind": "person", "name": spelling, "birth_date": birth})
    stage.report.arabic_spelling_found = _finds(answer, stage.contents.records["MA-D-001"])


def restricted(stage: Stage) -> None:
    """SI sees a record that does not exist for MA, not even as a gap: MA's answer is complete."""
    name, birth, _ = RESTRICTED
    record, query = stage.contents.records["FR-D-002"], {"kind": "person", "name": name, "birth_date": birth}
    seen, unseen = _answers(stage, SI, query), _answers(stage, MA, query)
    stage.report.restricted_record_invisible_to_denied_country = (
        _finds(seen[-1], record)
        and not any(_finds(answer, record) for answer in unseen)
        and _complete(unseen[-1])
    )


def no_record(stage: Stage) -> None:
    """Nobody has listed this document, and every source has said so."""
    query = {"kind": "document", "number": CLEAN_PASSPORT.number, "country": CLEAN_PASSPORT.country}
    answer = _answers(stage, SI, query)[-1]
    stage.report.no_record_complete = (
        answer["state"] == "NO_RECORD" and not answer["candidates"] and _complete(answer)
    )


def dead_source(stage: Stage) -> None:
    """The secretariat's search is stopped: answers are INCOMPLETE and name it; the copy still finds."""
    processes = stage.world.processes[SECRETARIAT_PLAN.node]
    processes.stop([ProcessKind.SEARCH])
    try:
        unknown = {"kind": "document", "number": CLEAN_PASSPORT.number}
        listed = {"kind": "document", "number": STOLEN_PASSPORT.number}
        nothing, something = stage.doors.ask(SI, unknown), stage.doors.ask(SI, listed)
    finally:
        processes.restart(ProcessKind.SEARCH)
    stage.report.dead_source_marked_incomplete = (
        nothing["state"] == something["state"] == "INCOMPLETE"
        and something["finding"] == "HIT"
        and _missing(nothing) == _missing(something) == [LIVE]
    )


def _missing(answer: dict[str, Any]) -> list[str]:
    return [source["name"] for source in answer["sources"] if not source["answered"]]


def no_purpose(stage: Stage) -> None:
    """A question without a purpose is refused with its stable code."""
    body = {"query": {"kind": "document", "number": STOLEN_PASSPORT.number}}
    try:
        stage.doors.search(SI).post("/v1/search", body)
    except RefusedError as refused:
        stage.report.search_without_purpose_refused = refused.told == "purpose.missing"
    else:
        stage.report.search_without_purpose_refused = False


def post_alone(stage: Stage) -> None:
    """Secretariat and bureau are down: the post still finds, and says how old its copy is."""
    away = [stage.world.processes[SECRETARIAT_PLAN.node], stage.world.processes[SI]]
    for processes in away:
        processes.stop(within_s=CLOSE_WITHIN_S)
    try:
        query = {"kind": "mrz", "lines": LOST_CARD.mrz}
        answer = stage.doors.ask(POST.node, query, bureau=SI, notify="at_once")
    finally:
        for processes in away:
            processes.start()
        for processes in away:
            processes.wait_ready()
    ages = [source["age_s"] for source in answer["sources"] if source["answered"]]
    stage.report.details["post_copy_age_s"] = ages[0] if ages else None
    stage.report.post_answers_offline = (
        answer["state"] == "HIT"
        and _finds(answer, stage.contents.records["SI-P-001"], strength="HIT")
        and bool(ages)
        and all(age is not None for age in ages)
    )
    # Copies pause longer and longer while nobody answers; what follows is not about that.
    wait_for_lines(stage.world)
    stage.report.details["post_hit_reached_desk"] = _reaches_desk(stage, answer["search_id"])


def _reaches_desk(stage: Stage, search_id: str) -> bool:
    """Tell whether the post's hit arrives on its bureau's desk once the lines are back."""
    desk = stage.doors.office(SI, "operator")
    try:
        wait_for(
            "the post's hit on the desk",
            lambda: desk.get("/api/v1/hits", search_id=search_id)["hits"] or None,
        )
    except StepFailedError:
        return False
    return True
