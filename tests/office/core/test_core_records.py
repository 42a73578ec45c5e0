"""Records from the owner's desk to the secretariat and back, inside one process."""

import threading
from datetime import timedelta
from itertools import pairwise

import msgspec
import pytest

from comity.kernel.codes import CollectionName
from comity.kernel.errors import AccessError, ComityError, ConflictError, ErrorCode, InputError, TrustError
from comity.kernel.ids import RecordId, new_id
from comity.ledger.commitments import GENESIS, chain, commit
from comity.office.feed.models import FeedEntry, FeedHead
from comity.office.records import services
from comity.office.records.models import (
    OutgoingSubmission,
    ReceivedSubmission,
    Record,
    RecordState,
    RecordVersion,
)
from comity.office.records.secretariat import accept_submission, expire_records
from comity.office.records.upload import OnError
from comity.office.scoping import across_bureaus, acting_for
from comity.protocol.records import RecordOperation, Submission
from tests.office.core.making import (
    CONTENT,
    DOCUMENT,
    Line,
    caller,
    enter_document,
    in_days,
    now,
    peer_of,
    queued,
    resigned,
)


@pytest.fixture
def line(offices):
    return Line(offices)


def at_owner(offices, function, node="SI"):
    with offices.at(node) as home, acting_for(home.bureau):
        return function()


def record_at(offices, record_id, node="SI"):
    return at_owner(offices, lambda: Record.objects.get(record_id=record_id), node)


def feed_state(offices):
    with offices.at("SEC"):
        return list(FeedEntry.objects.order_by("sequence")), FeedHead.objects.get(id=1)


def at_secretariat(offices, record_id):
    with offices.at("SEC"), across_bureaus():
        return Record.objects.filter(record_id=record_id).first()


def in_force(offices, line, **envelope):
    record = at_owner(offices, lambda: enter_document(**envelope))
    (verdict,) = line.deliver("SI")
    assert verdict.accepted, verdict
    return record.record_id


def test_a_record_comes_into_force(offices, line):
    record_id = in_force(offices, line)
    assert record_at(offices, record_id).state == RecordState.IN_FORCE
    rows, head = feed_state(offices)
    assert [row.sequence for row in rows] == [1]
    assert head.chain == rows[0].chain
    assert at_secretariat(offices, record_id).bureau == "SI"


def test_feed_commits_to_the_canonical_bytes(offices, line):
    for number in ("PA1", "PA2", "PA3"):
        in_force(offices, line, number=number)
    rows, head = feed_state(offices)
    running = GENESIS
    for row in rows:
        commitment = commit(bytes.fromhex(row.salt), row.body.encode())
        running = chain(running, commitment)
        assert (row.commitment, row.chain) == (commitment.hex(), running.hex())
    assert head.chain == running.hex()


def test_change_makes_the_next_version_and_erases_the_one_before_in_the_feed(offices, line):
    record_id = in_force(offices, line)
    at_owner(
        offices,
        lambda: services.change_record(
            caller(), RecordId(record_id), 1, DOCUMENT, {**CONTENT, "number": "PA7654321"}, now()
        ),
    )
    assert record_at(offices, record_id).state == RecordState.PENDING
    line.deliver("SI")
    assert record_at(offices, record_id).accepted_version == 2
    rows, _head = feed_state(offices)
    assert [(row.version, row.body is None, row.salt is None) for row in rows] == [
        (1, True, True),
        (2, False, False),
    ]


def test_withdrawal_erases_everywhere_and_the_chain_still_holds(offices, line):
    """I8: body and salt go, commitments stay, the chain verifies."""
    record_id = in_force(offices, line)
    at_owner(offices, lambda: services.withdraw_record(caller(), RecordId(record_id), "recovered", now()))
    assert record_at(offices, record_id).state == RecordState.WITHDRAWING
    line.deliver("SI")
    record = record_at(offices, record_id)
    assert (record.state, record.body, record.title, record.owner_reference) == ("withdrawn", None, "", "")
    assert record.withdrawn_sequence == 2
    versions = at_owner(
        offices, lambda: list(RecordVersion.objects.filter(record_id=record_id).values_list("body"))
    )
    assert versions == [(None,), (None,)]
    kept = at_secretariat(offices, record_id)
    assert (kept.state, kept.body, kept.title) == ("withdrawn", None, "")
    rows, _head = feed_state(offices)
    assert rows[0].body is None
    assert rows[0].salt is None
    assert "PA1234567" not in rows[1].body
    running = GENESIS
    for row in rows:
        running = chain(running, bytes.fromhex(row.commitment))
        assert row.chain == running.hex()
    sent = at_owner(offices, lambda: list(OutgoingSubmission.objects.values_list("signed", flat=True)))
    assert sent == ["", ""]


def test_withdrawing_what_was_never_accepted_goes_through_even_when_the_change_before_is_refused(
    offices, line
):
    record_id = in_force(offices, line)

    def change_then_withdraw():
        soon = {**DOCUMENT, "expires": in_days(1)}
        services.change_record(caller(), RecordId(record_id), 1, soon, CONTENT, now())
        (row, _signed) = queued()[0]
        services.withdraw_record(caller(), RecordId(record_id), "error", now())
        return row.submission_id

    lost = at_owner(offices, change_then_withdraw)
    # The secretariat refuses the change, as it does when its time has run out on the way.
    with offices.at("SI") as home, acting_for(home.bureau):
        bad = {row.submission_id: signed for row, signed in queued()}[lost]
    late = now() + timedelta(days=2)
    assert not line.accept("SI", bad, late).accepted
    line.deliver("SI")
    line.deliver("SI")
    assert record_at(offices, record_id).state == RecordState.WITHDRAWN
    assert at_secretariat(offices, record_id).state == RecordState.WITHDRAWN


def test_same_submission_again_gets_the_same_verdict_and_changes_nothing(offices, line):
    at_owner(offices, enter_document)
    with offices.at("SI") as home, acting_for(home.bureau):
        ((_row, signed),) = queued()
    first = line.accept("SI", signed)
    assert line.accept("SI", signed) == first
    rows, head = feed_state(offices)
    assert (len(rows), head.sequence) == (1, 1)


def test_another_submission_under_a_used_id_is_refused(offices, line):
    at_owner(offices, enter_document)
    with offices.at("SI") as home, acting_for(home.bureau):
        ((_row, signed),) = queued()
        other = resigned(signed, home, created_at=in_days(1))
    line.accept("SI", signed)
    with pytest.raises(ConflictError) as refused:
        line.accept("SI", other)
    assert refused.value.code is ErrorCode.SUBMISSION_REUSED
    assert feed_state(offices)[1].sequence == 1


def test_an_altered_submission_is_refused(offices, line):
    at_owner(offices, enter_document)
    with offices.at("SI") as home, acting_for(home.bureau):
        ((_row, signed),) = queued()
    altered = msgspec.structs.replace(signed, body=signed.body.replace("PA1234567", "PA1234568"))
    assert altered.body != signed.body
    with pytest.raises(TrustError) as refused:
        line.accept("SI", altered)
    assert refused.value.code is ErrorCode.ENVELOPE_SIGNATURE
    assert feed_state(offices)[1].sequence == 0


def test_nobody_submits_in_another_bureaus_name(offices, line):
    at_owner(offices, enter_document)
    with offices.at("SI") as home, acting_for(home.bureau):
        ((_row, signed),) = queued()
        submission = msgspec.json.decode(signed.body, type=Submission)
    with offices.at("FR") as home:
        forged = resigned(signed, home, submission_id=new_id(now()))
        mine = resigned(signed, home, submission_id=new_id(now()), owner="FR")
    with pytest.raises(AccessError) as refused:
        line.accept("FR", forged)
    assert refused.value.code is ErrorCode.RECORD_OTHER_OWNER
    verdict = line.accept("FR", mine)
    assert (verdict.accepted, verdict.code) == (False, "input.wrong_type")
    assert verdict.record_id == submission.changes[0].record_id


@pytest.mark.parametrize("operation", list(RecordOperation))
def test_only_the_owner_changes_or_withdraws(offices, line, operation):
    """I5: whatever another bureau signs, a record of somebody else stays as it is."""
    record_id = in_force(offices, line)
    with offices.at("FR") as home, acting_for(home.bureau):
        enter_document()
        ((_row, signed),) = queued()
        change = msgspec.json.decode(signed.body, type=Submission).changes[0]
        body = msgspec.structs.replace(change.body, record_id=record_id, version=2)
        put = operation is RecordOperation.PUT
        stolen = msgspec.structs.replace(
            change, record_id=record_id, version=2, operation=operation, body=body if put else None
        )
        attack = resigned(signed, home, submission_id=new_id(now()), changes=[stolen])
    verdict = line.accept("FR", attack)
    assert (verdict.accepted, verdict.code, verdict.record_id) == (False, "record.other_owner", record_id)
    assert at_secretariat(offices, record_id).accepted_version == 1
    assert feed_state(offices)[1].sequence == 1


def altered_change(offices, change_body=None, **fields):
    """Return a properly signed submission of SI whose one change differs as told."""
    with offices.at("SI") as home, acting_for(home.bureau):
        enter_document()
        ((_row, signed),) = queued()
        change = msgspec.json.decode(signed.body, type=Submission).changes[0]
        if change_body is not None:
            change = msgspec.structs.replace(change, body=msgspec.structs.replace(change.body, **change_body))
        change = msgspec.structs.replace(change, **fields)
        return resigned(signed, home, changes=[change])


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"expires_at": "2001-01-01T00:00:00.000000Z"}, "record.expiry_past"),
        ({"expires_at": "2999-01-01T00:00:00.000000Z"}, "record.expiry_beyond_ceiling"),
        ({"legal_basis": ""}, "input.missing_field"),
        ({"owner": "FR"}, "input.wrong_type"),
        ({"version": 2}, "input.wrong_type"),
        ({"content": {**CONTENT, "country": "ZZZ"}}, "input.unknown_country"),
        ({"content": {**CONTENT, "shoe_size": "44"}}, "input.unknown_field"),
        ({"content": {**CONTENT, "number": " pa 1234567 "}}, "input.wrong_type"),
        ({"status": "suspect"}, "record.status_not_allowed"),
        ({"restrictions": {"allow": ["FRA"], "deny": ["MAR"]}}, "record.restriction_odd"),
    ],
)
def test_the_secretariat_asks_every_rule_again(offices, line, body, code):
    """I5, I12, I13: an owner's node that does not check is checked, and nothing is half done."""
    if "restrictions" in body:
        from comity.protocol.records import Restrictions

        body = {"restrictions": Restrictions(**body["restrictions"])}
    verdict = line.accept("SI", altered_change(offices, body))
    assert (verdict.accepted, verdict.code) == (False, code)
    assert feed_state(offices)[1].sequence == 0
    with offices.at("SEC"), across_bureaus():
        assert not Record.objects.exists()
        assert ReceivedSubmission.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"version": 2}, "record.version_conflict"),
        ({"version": 0}, "record.version_conflict"),
        ({"operation": RecordOperation.WITHDRAW, "body": None}, "record.not_found"),
        ({"body": None}, "input.missing_field"),
        ({"record_id": "../../etc/passwd"}, "input.wrong_type"),
    ],
)
def test_odd_changes_are_refused(offices, line, fields, code):
    verdict = line.accept("SI", altered_change(offices, **fields))
    assert (verdict.accepted, verdict.code) == (False, code)
    assert feed_state(offices)[1].sequence == 0


def test_a_batch_is_all_or_nothing(offices, line):
    """I13: one wrong change undoes its whole submission."""
    with offices.at("SI") as home, acting_for(home.bureau):
        enter_document("PA1")
        enter_document("PA2")
        (_first, one), (_second, two) = queued()
        changes = [msgspec.json.decode(each.body, type=Submission).changes[0] for each in (one, two)]
        wrong = msgspec.structs.replace(changes[1], version=7)
        both = resigned(one, home, changes=[changes[0], wrong])
    verdict = line.accept("SI", both)
    assert (verdict.accepted, verdict.record_id) == (False, changes[1].record_id)
    assert at_secretariat(offices, changes[0].record_id) is None
    assert feed_state(offices)[1].sequence == 0


def test_a_withdrawn_record_never_comes_back(offices, line):
    record_id = in_force(offices, line)
    at_owner(offices, lambda: services.withdraw_record(caller(), RecordId(record_id), "recovered", now()))
    line.deliver("SI")
    with pytest.raises(ConflictError) as refused:
        at_owner(
            offices,
            lambda: services.change_record(caller(), RecordId(record_id), 2, DOCUMENT, CONTENT, now()),
        )
    assert refused.value.code is ErrorCode.RECORD_WITHDRAWN
    attack = altered_change(offices, {"record_id": record_id, "version": 3}, record_id=record_id, version=3)
    assert line.accept("SI", attack).code == "record.withdrawn"


def test_silence_at_expiry_means_deletion(offices, line):
    """I12: the secretariat deletes what has expired; the owner's node learns it (see refresh)."""
    at = now()
    keep = in_force(offices, line, number="PA1", expires=in_days(30, at))
    gone = in_force(offices, line, number="PA2", expires=in_days(1, at))
    with offices.at("SEC") as home, acting_for(home.bureau):
        assert expire_records(at, 100) == 0
        assert expire_records(at + timedelta(days=2), 100) == 1
        assert expire_records(at + timedelta(days=2), 100) == 0
    assert at_secretariat(offices, gone).body is None
    assert at_secretariat(offices, keep).state == RecordState.IN_FORCE
    rows, _head = feed_state(offices)
    assert (rows[-1].operation, rows[-1].record_id) == ("withdraw", gone)
    assert msgspec.json.decode(rows[-1].body)["reason"] == "expired"


def test_positions_have_no_gap_under_concurrent_submissions(offices, line):
    per_owner = 12
    waiting = {}
    for owner in ("SI", "FR", "MA"):
        with offices.at(owner) as home, acting_for(home.bureau):
            for number in range(per_owner):
                enter_document(f"PA{number}")
            waiting[owner] = [signed for _row, signed in queued()]
    failures = []
    with offices.at("SEC"):
        peers = {owner: peer_of(owner) for owner in waiting}

        def deliver(owner):
            from django.db import connections

            try:
                with acting_for(peers[owner].bureau):
                    for signed in waiting[owner]:
                        assert accept_submission(peers[owner], signed, now()).accepted
            except BaseException as error:  # noqa: BLE001 - shown by the main thread
                failures.append(error)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=deliver, args=(owner,)) for owner in waiting]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failures == []
    rows, head = feed_state(offices)
    assert [row.sequence for row in rows] == list(range(1, 3 * per_owner + 1))
    assert head.sequence == 3 * per_owner
    for before, after in pairwise(rows):
        assert after.chain == chain(bytes.fromhex(before.chain), bytes.fromhex(after.commitment)).hex()


@pytest.mark.parametrize(
    ("envelope", "content", "code", "field"),
    [
        ({"expires": "2999-01-01"}, {}, ErrorCode.RECORD_EXPIRY_BEYOND_CEILING, "expires"),
        ({"expires": "2001-01-01"}, {}, ErrorCode.RECORD_EXPIRY_PAST, "expires"),
        ({"expires": "2026-02-31"}, {}, ErrorCode.INPUT_IMPOSSIBLE_DATE, "expires"),
        ({"purpose": ""}, {}, ErrorCode.PURPOSE_MISSING, "purpose"),
        ({"legal_basis": " "}, {}, ErrorCode.INPUT_MISSING_FIELD, "legal_basis"),
        ({}, {"country": "XQX"}, ErrorCode.INPUT_UNKNOWN_COUNTRY, "content.country"),
        ({}, {"shoe_size": "44"}, ErrorCode.INPUT_UNKNOWN_FIELD, "content.shoe_size"),
        ({"deny": ["SVN"]}, {}, ErrorCode.RECORD_RESTRICTION_ODD, "deny"),
        ({"allow": ["FRA"], "deny": ["MAR"]}, {}, ErrorCode.RECORD_RESTRICTION_ODD, "deny"),
    ],
)
def test_bad_input_is_refused_before_anything_is_stored(offices, envelope, content, code, field):
    """I13: a clear error with a stable code, and nothing changed."""
    with offices.at("SI") as home, acting_for(home.bureau):
        with pytest.raises(InputError) as refused:
            services.submit_record(
                caller(),
                CollectionName.TRAVEL_DOCUMENTS,
                {**DOCUMENT, **envelope},
                {**CONTENT, **content},
                now(),
            )
        assert (refused.value.code, refused.value.field) == (code, field)
        assert not Record.objects.exists()
        assert not OutgoingSubmission.objects.exists()


def test_a_change_on_an_old_version_is_refused(offices, line):
    record_id = in_force(offices, line)
    with offices.at("SI") as home, acting_for(home.bureau):
        services.change_record(caller(), RecordId(record_id), 1, DOCUMENT, CONTENT, now())
        with pytest.raises(ConflictError) as refused:
            services.change_record(caller(), RecordId(record_id), 1, DOCUMENT, CONTENT, now())
    assert refused.value.code is ErrorCode.RECORD_VERSION_CONFLICT


def test_another_bureaus_record_does_not_exist_here(offices, line):
    record_id = in_force(offices, line)
    with offices.at("FR") as home, acting_for(home.bureau):
        for attempt in (
            lambda: services.change_record(caller(), RecordId(record_id), 1, DOCUMENT, CONTENT, now()),
            lambda: services.withdraw_record(caller(), RecordId(record_id), "mine", now()),
        ):
            with pytest.raises(ComityError) as refused:
                attempt()
            assert refused.value.code is ErrorCode.RECORD_NOT_FOUND


class Draft:
    def __init__(self, line, **content):
        self.line = line
        self.envelope = DOCUMENT
        self.content = {**CONTENT, **content}


def test_upload_all_or_nothing_enters_nothing_when_one_line_is_wrong(offices):
    lines = [Draft(2, number="PA1"), Draft(3, country="ZZZ"), Draft(4, number="PA3")]
    with offices.at("SI") as home, acting_for(home.bureau):
        report = services.submit_many(
            caller(), CollectionName.TRAVEL_DOCUMENTS, lines, OnError.ALL_OR_NOTHING, now()
        )
        assert report.accepted == 0
        assert [(p.line, p.code, p.field) for p in report.problems] == [
            (3, "input.unknown_country", "content.country")
        ]
        assert not Record.objects.exists()


def test_upload_skip_bad_enters_the_good_lines_in_batches(offices, line):
    seen = []
    lines = [Draft(n, number=f"PA{n}") if n % 500 else Draft(n, country="ZZZ") for n in range(1, 1301)]
    with offices.at("SI") as home, acting_for(home.bureau):
        report = services.submit_many(
            caller(), CollectionName.TRAVEL_DOCUMENTS, lines, OnError.SKIP_BAD, now(), seen.append
        )
        assert (report.accepted, [p.line for p in report.problems]) == (1298, [500, 1000])
        assert len(queued()) == 2
    assert seen[-1] == 1300
    verdicts = line.deliver("SI")
    assert [v.accepted for v in verdicts] == [True, True]
    assert feed_state(offices)[1].sequence == 1298
