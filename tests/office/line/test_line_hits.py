"""Hits on two desks: opened by the journal, told by policy, decided by the owner, closed by the searcher (I10)."""

import msgspec
import pytest

from comity.kernel.canonical import canonical_bytes
from comity.kernel.clock import to_wire
from comity.kernel.codes import (
    AnswerState,
    CollectionName,
    HandlingLabel,
    HitState,
    MatchStrength,
    MessageForm,
    NotificationPolicy,
    Purpose,
    Role,
)
from comity.kernel.errors import ComityError, ErrorCode
from comity.kernel.ids import BureauId, HitId, NodeId, OfficerId, RecordId, SearchId, new_id
from comity.office.hits import alarms, services
from comity.office.hits.models import Hit, HitOutcome, HitSide
from comity.office.messages import intake
from comity.office.messages.models import Message, OutboxItem
from comity.office.records.models import Record, RecordState
from comity.office.supervision.models import SearchLog
from comity.office.supervision.spool import take_over_spool
from comity.protocol.journal import JournalEntry, RefusalEntry, SearchEntry, SpoolItem
from comity.protocol.records import RecordBody
from comity.protocol.search import Asked, Candidate, DocumentQuery, Reason
from tests.office.line.carrier import Carrier, now, text_letter

CONTENT = {"number": "UT0001112", "country": "UTO", "type": "passport", "loss": "stolen"}
replace = msgspec.structs.replace


def record_of(carrier: Carrier, owner: str) -> RecordId:
    """Put a record in force at its owner, as its desk keeps it."""
    at = now()
    record_id = RecordId(new_id(at))
    body = RecordBody(
        record_id=record_id,
        version=1,
        collection=CollectionName.TRAVEL_DOCUMENTS,
        owner=BureauId(owner),
        owner_reference="ref",
        purpose=Purpose.ALERT,
        legal_basis="law",
        expires_at=to_wire(at.replace(year=at.year + 1, day=1)),
        content=CONTENT,
    )
    with carrier.at(owner):
        Record.objects.create(
            record_id=record_id, bureau=owner, collection=body.collection, version=1, state=RecordState.IN_FORCE,
            owner_reference="ref", body=canonical_bytes(body).decode(), expires_at=at, created_at=at, changed_at=at,
        )  # fmt: skip
    return record_id


def entry_of(record_id: RecordId, owner: str, **changes) -> SearchEntry:
    """Return the journal entry of a search at SI that found one record of `owner`."""
    at = now()
    strength = changes.pop("strength", MatchStrength.HIT)
    candidate = Candidate(
        record_id=record_id,
        collection=CollectionName.TRAVEL_DOCUMENTS,
        owner=BureauId(owner),
        version=1,
        label=HandlingLabel.OFFICIAL,
        strength=strength,
        score=1000,
        reasons=[
            Reason(
                code="number.equal", field="number", asked="x", listed="x", points=1000, message="It agrees."
            )
        ],
        view=CONTENT,
        sources=["international"],
    )
    values = {
        "search_id": SearchId(new_id(at)),
        "at": to_wire(at),
        "node": NodeId("SI"),
        "bureau": BureauId("SI"),
        "officer": OfficerId("officer1"),
        "grant_id": new_id(at),
        "purpose": Purpose.BORDER_CONTROL,
        "notify": NotificationPolicy.AT_ONCE,
        "reference": "",
        "query": DocumentQuery(number="UT0001112"),
        "asked": [Asked(kind="document", shown="UT0001112")],
        "state": AnswerState(strength),
        "finding": AnswerState(strength),
        "candidates": [candidate],
        "sources": [],
    }
    return SearchEntry(**{**values, **changes})


def journal(
    carrier: Carrier, *entries: JournalEntry, node: str = "SI", after: str = "", start: int = 1
) -> str:
    items = [
        SpoolItem(position=f"1:{start + number}", body=msgspec.json.encode(entry).decode())
        for number, entry in enumerate(entries)
    ]
    with carrier.at("SI"):
        return take_over_spool(NodeId(node), BureauId("SI"), items, now(), after=after).position


def hit_at(carrier: Carrier, node: str) -> Hit:
    with carrier.at(node):
        return Hit.objects.get()


def decide(carrier: Carrier, node: str, state: HitState, note: str = "") -> Hit:
    with carrier.at(node):
        hit_id = HitId(Hit.objects.get().hit_id)
        return services.decide_hit(carrier.caller(node), hit_id, state, note, now())


def outcome(carrier: Carrier, node: str, what: HitOutcome) -> Hit:
    with carrier.at(node):
        return services.record_outcome(carrier.caller(node), HitId(Hit.objects.get().hit_id), what, now())


def tell(carrier: Carrier, node: str = "SI") -> Hit:
    with carrier.at(node):
        return services.tell_owner(carrier.caller(node), HitId(Hit.objects.get().hit_id), now())


def code_of(refused) -> ErrorCode:
    return refused.value.code


def test_a_hit_opens_on_both_desks_and_the_owners_word_comes_back(carrier: Carrier) -> None:
    """I10."""
    record_id = record_of(carrier, "FR")
    journal(carrier, entry_of(record_id, "FR"))
    carrier.carry()

    own, theirs = hit_at(carrier, "SI"), hit_at(carrier, "FR")
    assert own.hit_id == theirs.hit_id
    assert (own.side, theirs.side) == (HitSide.SEARCHER, HitSide.OWNER)
    assert (theirs.owner, theirs.searcher, theirs.record_id) == ("FR", "SI", record_id)
    assert theirs.view["number"] == "UT0001112"
    assert theirs.asked == ["UT0001112"]
    assert theirs.officer == ""  # the officer's id stays at home
    assert (own.due_at - own.opened_at).total_seconds() == 3600
    assert own.owner_told_at is not None

    with pytest.raises(ComityError) as refused:
        outcome(carrier, "SI", HitOutcome.ARRESTED)
    assert code_of(refused) is ErrorCode.HIT_NOT_CONFIRMED

    decide(carrier, "FR", HitState.CONFIRMED, "Still stolen.")
    carrier.carry()
    own = hit_at(carrier, "SI")
    assert (own.state, own.note) == (HitState.CONFIRMED, "Still stolen.")
    assert outcome(carrier, "SI", HitOutcome.OBJECT_SEIZED).outcome == "object_seized"
    forms = [message.form for message in carrier.messages("SI")]
    assert forms == [MessageForm.HIT_ALARM, MessageForm.HIT_ANSWER]
    assert len({message.thread_id for message in carrier.messages("SI")}) == 1


@pytest.mark.parametrize("state", [HitState.REFUTED, HitState.OBSOLETE])
def test_without_confirmation_nobody_is_arrested(carrier: Carrier, state: HitState) -> None:
    """I10."""
    journal(carrier, entry_of(record_of(carrier, "FR"), "FR"))
    carrier.carry()
    decide(carrier, "FR", state)
    carrier.carry()
    for forbidden in (HitOutcome.ARRESTED, HitOutcome.OBJECT_SEIZED):
        with pytest.raises(ComityError) as refused:
            outcome(carrier, "SI", forbidden)
        assert code_of(refused) is ErrorCode.HIT_NOT_CONFIRMED
    assert outcome(carrier, "SI", HitOutcome.LET_GO).outcome == "let_go"


POLICIES = {
    "at once": (NotificationPolicy.AT_ONCE, MatchStrength.HIT, True, None),
    "after confirmation": (NotificationPolicy.AFTER_CONFIRMATION, MatchStrength.HIT, False, None),
    "never": (NotificationPolicy.NEVER, MatchStrength.HIT, False, ErrorCode.HIT_POLICY),
    "a likeness": (NotificationPolicy.AT_ONCE, MatchStrength.POSSIBLE, False, None),
    "a likeness, never": (NotificationPolicy.NEVER, MatchStrength.POSSIBLE, False, ErrorCode.HIT_POLICY),
}


@pytest.mark.parametrize("name", POLICIES)
def test_the_owner_is_told_as_the_query_says(carrier: Carrier, name: str) -> None:
    policy, strength, told_at_once, refusal = POLICIES[name]
    journal(carrier, entry_of(record_of(carrier, "FR"), "FR", notify=policy, strength=strength))
    carrier.carry()
    with carrier.at("FR"):
        assert Hit.objects.exists() == told_at_once
    if told_at_once:
        return
    if refusal is not None:
        with pytest.raises(ComityError) as refused:
            tell(carrier)
        assert code_of(refused) is refusal
    else:
        tell(carrier)
        tell(carrier)  # once is enough
    carrier.carry()
    with carrier.at("FR"):
        assert Hit.objects.count() == (0 if refusal else 1)
        assert Message.objects.count() == (0 if refusal else 1)


def test_an_own_record_is_decided_at_home(carrier: Carrier) -> None:
    journal(carrier, entry_of(record_of(carrier, "SI"), "SI"))
    assert carrier.waiting("SI") == []
    with pytest.raises(ComityError) as refused:
        tell(carrier)
    assert code_of(refused) is ErrorCode.HIT_NOT_FOUND
    assert decide(carrier, "SI", HitState.CONFIRMED).decided_by == "SI-operator"
    assert carrier.waiting("SI") == []
    assert outcome(carrier, "SI", HitOutcome.ARRESTED).outcome == "arrested"


def test_the_same_entry_again_opens_nothing(carrier: Carrier) -> None:
    entry = entry_of(record_of(carrier, "FR"), "FR")
    with carrier.at("SI"):
        assert len(services.open_hits(entry, now())) == 1
        assert services.open_hits(entry, now()) == []
        assert Hit.objects.count() == OutboxItem.objects.count() == 1


def test_the_spool_is_taken_over_once_and_in_order(carrier: Carrier) -> None:
    first, second = (entry_of(record_of(carrier, "FR"), "FR") for _ in range(2))
    end = journal(carrier, first)
    assert end == "1:1"
    assert journal(carrier, first) == end  # the answer was lost and it is sent again
    assert journal(carrier, second, after="1:9", start=2) == end  # something is missing: nothing is stored
    assert journal(carrier, second, after=end, start=2) == "1:2"
    with carrier.at("SI"):
        assert SearchLog.objects.count() == Hit.objects.count() == OutboxItem.objects.count() == 2


def test_a_post_hands_over_its_own_journal_only(carrier: Carrier) -> None:
    entry = entry_of(record_of(carrier, "FR"), "FR", node=NodeId("SI-post1"))
    for bad in (replace(entry, node=NodeId("SI")), replace(entry, bureau=BureauId("FR"))):
        with pytest.raises(ComityError) as refused:
            journal(carrier, entry, bad, node="SI-post1")
        assert code_of(refused) is ErrorCode.INPUT_WRONG_TYPE
    with carrier.at("SI"):
        assert SearchLog.objects.count() == 0
    assert journal(carrier, entry, node="SI-post1") == "1:1"
    assert hit_at(carrier, "SI").searcher == "SI"


def test_refusals_and_foreign_questions_open_no_hit(carrier: Carrier) -> None:
    at = now()
    refusal = RefusalEntry(
        search_id=SearchId(new_id(at)), at=to_wire(at), node=NodeId("SI"), bureau=BureauId("SI"),
        officer=OfficerId("o"), grant_id="g", code="purpose.missing",
    )  # fmt: skip
    asked_live = entry_of(record_of(carrier, "FR"), "FR", asked_by_node=NodeId("MA"), bureau=BureauId("MA"))
    journal(carrier, refusal, asked_live)
    with carrier.at("SI"):
        assert Hit.objects.count() == 0
    assert carrier.refusals("SI") == ["purpose.missing"]


def test_an_owner_that_cannot_be_told_is_told_later(carrier: Carrier) -> None:
    """The own desk sees the hit at once all the same."""
    journal(carrier, entry_of(record_of(carrier, "FR"), "FR"))
    with carrier.at("SI") as home:
        Hit.objects.update(owner_told_at=None)
        kept = home.directory_path.read_bytes()
        home.directory_path.unlink()
        assert alarms.tell_waiting_owners(now()) is False
        other = entry_of(RecordId(new_id(now())), "FR")
        assert [hit.owner_told_at for hit in services.open_hits(other, now())] == [None]
        before = OutboxItem.objects.count()
        home.directory_path.write_bytes(kept)
        home.directory_path.chmod(0o600)
        assert alarms.tell_waiting_owners(now()) is True
        assert OutboxItem.objects.count() == before + 2
        assert alarms.tell_waiting_owners(now()) is False


def test_only_the_owner_decides_and_only_once(carrier: Carrier) -> None:
    journal(carrier, entry_of(record_of(carrier, "FR"), "FR"))
    carrier.carry()
    with pytest.raises(ComityError) as refused:
        decide(carrier, "SI", HitState.CONFIRMED)
    assert code_of(refused) is ErrorCode.ACCESS_NOT_FOUND
    decide(carrier, "FR", HitState.REFUTED)
    with pytest.raises(ComityError) as refused:
        decide(carrier, "FR", HitState.CONFIRMED)
    assert code_of(refused) is ErrorCode.HIT_DECIDED
    with carrier.at("FR"), pytest.raises(ComityError) as refused:
        services.decide_hit(
            carrier.caller("FR", Role.OFFICER), HitId(Hit.objects.get().hit_id), HitState.REFUTED, "", now()
        )
    assert code_of(refused) is ErrorCode.ACCESS_NOT_FOUND
    with pytest.raises(ComityError) as refused:
        outcome(carrier, "FR", HitOutcome.NO_ACTION)
    assert code_of(refused) is ErrorCode.HIT_NOT_FOUND


def alarm_from(carrier: Carrier, sender: str, **changes):
    """Return a sealed alarm as a faulty or hostile bureau could send it, for FR's record that SI found."""
    record_id = record_of(carrier, "FR")
    at = now()
    fields = {
        "hit_id": new_id(at), "search_id": new_id(at), "record_id": record_id, "record_version": 1,
        "collection": "travel_documents", "searched_at": to_wire(at), "purpose": "border_control",
        "strength": "HIT", "score": 1000, "asked": ["x"], "bureau": sender, **changes,
    }  # fmt: skip
    return carrier.envelope(sender, "FR", text_letter(form=MessageForm.HIT_ALARM, fields=fields))


BAD_ALARMS = {
    "in another's name": ({"bureau": "SI"}, ErrorCode.ENVELOPE_MALFORMED),
    "no own record": ({"record_id": new_id(now())}, ErrorCode.RECORD_NOT_FOUND),
    "other collection": ({"collection": "vehicles"}, ErrorCode.RECORD_NOT_FOUND),
    "odd collection": ({"collection": "x"}, ErrorCode.ENVELOPE_MALFORMED),
    "odd strength": ({"strength": "x"}, ErrorCode.ENVELOPE_MALFORMED),
    "odd instant": ({"searched_at": "x"}, ErrorCode.ENVELOPE_MALFORMED),
    "score": ({"score": 10**30}, ErrorCode.ENVELOPE_MALFORMED),
    "odd hit": ({"hit_id": "x"}, ErrorCode.ENVELOPE_MALFORMED),
}


@pytest.mark.parametrize("name", BAD_ALARMS)
def test_a_bad_alarm_opens_nothing(one_carrier: Carrier, name: str) -> None:
    changes, code = BAD_ALARMS[name]
    alarm = alarm_from(one_carrier, "MA", **changes)
    with one_carrier.at("FR"):
        (taken,) = intake.take_in([alarm], now())
        assert taken.refused is code
        assert Hit.objects.count() == Message.objects.count() == OutboxItem.objects.count() == 0


def test_a_hit_cannot_be_taken_over_by_another_bureau(carrier: Carrier) -> None:
    journal(carrier, entry_of(record_of(carrier, "FR"), "FR"))
    carrier.carry()
    known = hit_at(carrier, "FR")
    alarm = alarm_from(carrier, "MA", hit_id=known.hit_id)
    with carrier.at("FR"):
        (taken,) = intake.take_in([alarm], now())
        assert taken.refused is ErrorCode.ENVELOPE_MALFORMED
        assert Hit.objects.get().searcher == "SI"


ANSWERS = {
    "from another bureau": ("MA", {}, ErrorCode.HIT_NOT_FOUND),
    "for no hit": ("FR", {"hit_id": new_id(now())}, ErrorCode.HIT_NOT_FOUND),
    "open": ("FR", {"state": "open"}, ErrorCode.INPUT_NOT_A_CHOICE),
    "odd state": ("FR", {"state": "x"}, ErrorCode.INPUT_NOT_A_CHOICE),
    "long note": ("FR", {"note": "x" * 2001}, ErrorCode.INPUT_TOO_LONG),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_bad_answer_decides_nothing(one_carrier: Carrier, name: str) -> None:
    """I10: only the owner's word confirms."""
    sender, changes, code = ANSWERS[name]
    with one_carrier.at("SI"):
        (hit,) = services.open_hits(entry_of(RecordId(new_id(now())), "FR"), now())
    fields = {"hit_id": hit.hit_id, "state": "confirmed", "note": "", "decided_at": to_wire(now()), **changes}
    answer = one_carrier.envelope(sender, "SI", text_letter(form=MessageForm.HIT_ANSWER, fields=fields))
    with one_carrier.at("SI"):
        (taken,) = intake.take_in([answer], now())
        assert taken.refused is code
        assert Hit.objects.get(pk=hit.pk).state == HitState.OPEN
