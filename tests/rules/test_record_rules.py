"""Restrictions, retention, statuses, labels, notification, and the one check of a record."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.kernel.clock import to_wire
from comity.kernel.codes import (
    CollectionName,
    HandlingLabel,
    NotificationPolicy,
    PersonStatus,
    Purpose,
)
from comity.kernel.codes.states import STATES
from comity.kernel.errors import ErrorCode, InputError
from comity.kernel.ids import BureauId, RecordId
from comity.protocol.records import RecordBody, Restrictions
from comity.rules import labels, restrictions, retention, statuses
from comity.rules.notification import owner_told_now
from comity.rules.record import check_record

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)
countries = st.sampled_from(sorted(STATES))
lists = st.lists(countries, max_size=8)
_FIRST = datetime(1990, 1, 1, tzinfo=UTC)
instants = st.integers(min_value=0, max_value=200 * 365 * 86_400 * 10**6).map(
    lambda microseconds: _FIRST + timedelta(microseconds=microseconds)
)


def code_of(call, *args, **more):
    with pytest.raises(InputError) as refused:
        call(*args, **more)
    return refused.value.code, refused.value.field


@given(lists, lists, countries)
def test_i6_owner_and_secretariat_always_see(allow, deny, owner):
    closed = Restrictions(allow=allow, deny=deny)
    assert restrictions.may_see(closed, owner, owner)
    assert restrictions.may_see(closed, owner, "XPO")


@given(lists, lists, countries, countries)
def test_i6_a_denied_country_never_sees(allow, deny, owner, viewer):
    same = {"D": "DEU", "RKS": "XXK"}
    if same.get(viewer, viewer) in {same.get(owner, owner), "XPO"}:
        return
    assert not restrictions.may_see(Restrictions(allow=allow, deny=[*deny, viewer]), owner, viewer)


@given(lists, countries, countries)
def test_i6_an_allow_list_shows_to_nobody_else(allow, owner, viewer):
    seen = restrictions.may_see(Restrictions(allow=allow), owner, viewer)
    same = {"D": "DEU", "RKS": "XXK"}
    allowed = {same.get(code, code) for code in [*allow, owner, "XPO"]}
    assert seen is (not allow or same.get(viewer, viewer) in allowed)


def test_i6_two_codes_of_one_state_are_one():
    assert not restrictions.may_see(Restrictions(deny=["D"]), "SVN", "DEU")
    assert not restrictions.may_see(Restrictions(deny=["RKS"]), "SVN", "XXK")
    assert restrictions.may_see(Restrictions(allow=["D"]), "SVN", "DEU")


@pytest.mark.parametrize(
    ("lists", "code", "field"),
    [
        ({"allow": ["FRA"], "deny": ["MAR"]}, ErrorCode.RECORD_RESTRICTION_ODD, "restrictions.deny"),
        ({"deny": ["SVN"]}, ErrorCode.RECORD_RESTRICTION_ODD, "restrictions.deny"),
        ({"deny": ["XPO"]}, ErrorCode.RECORD_RESTRICTION_ODD, "restrictions.deny"),
        ({"deny": ["DEU", "D"]}, ErrorCode.RECORD_RESTRICTION_ODD, "restrictions.deny"),
        ({"allow": ["FRA", "QQQ"]}, ErrorCode.INPUT_UNKNOWN_COUNTRY, "restrictions.allow"),
        ({"allow": ["FRA"] * 301}, ErrorCode.INPUT_TOO_LONG, "restrictions.allow"),
    ],
)
def test_odd_restrictions_are_refused(lists, code, field):
    assert code_of(restrictions.check, Restrictions(**lists), "SVN") == (code, field)


def test_plain_restrictions_pass():
    for lists in ({}, {"allow": ["FRA", "MAR"]}, {"deny": ["FRA"]}, {"allow": ["SVN", "FRA"]}):
        restrictions.check(Restrictions(**lists), "SVN")


@given(st.sampled_from(CollectionName), instants, st.integers(min_value=1, max_value=10**9))
def test_expiry_lies_between_now_and_the_ceiling(collection, at, seconds):
    ceiling = retention.latest_expiry(collection, at)
    retention.check_expiry(collection, at, ceiling, at)
    beyond = ceiling + timedelta(seconds=seconds)
    past = at - timedelta(seconds=seconds - 1)
    code, field = code_of(retention.check_expiry, collection, at, beyond, at)
    assert (code, field) == (ErrorCode.RECORD_EXPIRY_BEYOND_CEILING, "expires_at")
    code, _ = code_of(retention.check_expiry, collection, at, past, at)
    assert code is ErrorCode.RECORD_EXPIRY_PAST


def test_ceilings():
    def years(name):
        return retention.latest_expiry(name, AT).year - AT.year

    assert {name: years(name) for name in CollectionName} == {
        CollectionName.PERSONS: 5,
        CollectionName.TRAVEL_DOCUMENTS: 10,
        CollectionName.VEHICLES: 10,
    }
    leap = datetime(2024, 2, 29, 12, tzinfo=UTC)
    assert retention.latest_expiry(CollectionName.PERSONS, leap) == datetime(2029, 2, 28, 12, tzinfo=UTC)
    late = datetime(9998, 1, 1, tzinfo=UTC)
    assert retention.latest_expiry(CollectionName.VEHICLES, late).year == 9999


def test_validity_is_half_open():
    assert retention.has_expired(AT, AT)
    assert not retention.has_expired(AT + timedelta(microseconds=1), AT)


@given(instants)
def test_the_wire_form_of_an_instant_is_read(at):
    assert retention.parse_expiry(to_wire(at)) == at


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2027",
        "2027-01-01",
        "2027-01-01T00:00:00Z",
        "2027-01-01T00:00:00.000000",
        "2027-13-01T00:00:00.000000Z",
        "2027-01-01T00:00:00.000000+00:00",
        "2027-01-01T00:00:00.000000+02:00",
        "ň",
        "2027-02-30T00:00:00.000000Z",
    ],
)
def test_other_forms_of_an_instant_are_refused(text):
    assert code_of(retention.parse_expiry, text) == (ErrorCode.INPUT_IMPOSSIBLE_DATE, "expires_at")


@given(st.text(max_size=40))
def test_any_text_as_expiry_is_read_or_refused(text):
    try:
        instant = retention.parse_expiry(text)
    except InputError as error:
        refused = error.code
    else:
        assert to_wire(instant) == text
        return
    assert refused is ErrorCode.INPUT_IMPOSSIBLE_DATE


@pytest.mark.parametrize(("status", "purpose"), list(product(PersonStatus, Purpose)))
def test_statuses_and_purposes(status, purpose):
    if purpose in statuses.PURPOSES_OF_STATUS[status]:
        statuses.check_status(CollectionName.PERSONS, status, purpose)
    else:
        code = code_of(statuses.check_status, CollectionName.PERSONS, status, purpose)
        assert code == (ErrorCode.RECORD_STATUS_NOT_ALLOWED, "status")


@pytest.mark.parametrize("status", [PersonStatus.WITNESS, PersonStatus.VICTIM, PersonStatus.MISSING])
@pytest.mark.parametrize("purpose", [Purpose.WANTED_PERSONS, Purpose.ALERT, Purpose.THREAT_ANALYSIS])
def test_nobody_is_wanted_for_being_a_witness_or_a_victim(status, purpose):
    assert purpose not in statuses.PURPOSES_OF_STATUS[status]


@pytest.mark.parametrize("purpose", Purpose)
def test_every_purpose_has_a_status_that_it_fits(purpose):
    assert any(purpose in allowed for allowed in statuses.PURPOSES_OF_STATUS.values())
    assert set(statuses.PURPOSES_OF_STATUS) == set(PersonStatus)


def test_a_person_needs_a_status_and_a_thing_has_none():
    missing = code_of(statuses.check_status, CollectionName.PERSONS, None, Purpose.ALERT)
    assert missing == (ErrorCode.RECORD_STATUS_MISSING, "status")
    for name in (CollectionName.VEHICLES, CollectionName.TRAVEL_DOCUMENTS):
        statuses.check_status(name, None, Purpose.ALERT)
        code, _ = code_of(statuses.check_status, name, PersonStatus.SUSPECT, Purpose.ALERT)
        assert code is ErrorCode.RECORD_STATUS_NOT_ALLOWED


def test_labels_have_an_order_and_recipients_never_lower_them():
    assert tuple(HandlingLabel) == labels.ORDER
    assert labels.highest([HandlingLabel.RESTRICTED, HandlingLabel.OFFICIAL]) is HandlingLabel.RESTRICTED
    assert labels.highest([]) is HandlingLabel.OFFICIAL
    for before, after in product(HandlingLabel, HandlingLabel):
        lowered = labels.is_above(before, after)
        assert labels.may_relabel(before, after, by_owner=False) is not lowered
        assert labels.may_relabel(before, after, by_owner=True)


@pytest.mark.parametrize(
    ("policy", "confirmed", "told"),
    [
        (NotificationPolicy.AT_ONCE, False, True),
        (NotificationPolicy.AT_ONCE, True, True),
        (NotificationPolicy.AFTER_CONFIRMATION, False, False),
        (NotificationPolicy.AFTER_CONFIRMATION, True, True),
        (NotificationPolicy.NEVER, False, False),
        (NotificationPolicy.NEVER, True, False),
    ],
)
def test_when_the_owner_is_told(policy, confirmed, told):
    assert owner_told_now(policy, own_confirmation=confirmed) is told


def body(**changes):
    fields = {
        "record_id": RecordId("x"),
        "version": 1,
        "collection": CollectionName.PERSONS,
        "owner": BureauId("SI"),
        "owner_reference": "K-1/2026",
        "purpose": Purpose.WANTED_PERSONS,
        "legal_basis": "Criminal Procedure Act, article 432",
        "status": PersonStatus.CHARGED,
        "expires_at": to_wire(AT + timedelta(days=365)),
        "content": {},
    }
    return RecordBody(**(fields | changes))


def test_i12_a_whole_record_passes():
    check_record(body(), "SVN", AT)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"version": 0}, ErrorCode.INPUT_WRONG_TYPE, "version"),
        ({"owner_reference": " "}, ErrorCode.INPUT_MISSING_FIELD, "owner_reference"),
        ({"owner_reference": "x" * 101}, ErrorCode.INPUT_TOO_LONG, "owner_reference"),
        ({"legal_basis": ""}, ErrorCode.INPUT_MISSING_FIELD, "legal_basis"),
        ({"legal_basis": "x" * 501}, ErrorCode.INPUT_TOO_LONG, "legal_basis"),
        ({"status": None}, ErrorCode.RECORD_STATUS_MISSING, "status"),
        ({"status": PersonStatus.WITNESS}, ErrorCode.RECORD_STATUS_NOT_ALLOWED, "status"),
        (
            {"restrictions": Restrictions(deny=["SVN"])},
            ErrorCode.RECORD_RESTRICTION_ODD,
            "restrictions.deny",
        ),
        ({"expires_at": to_wire(AT)}, ErrorCode.RECORD_EXPIRY_PAST, "expires_at"),
        (
            {"expires_at": to_wire(datetime(2031, 5, 4, 12, 0, 1, tzinfo=UTC))},
            ErrorCode.RECORD_EXPIRY_BEYOND_CEILING,
            "expires_at",
        ),
        ({"expires_at": "soon"}, ErrorCode.INPUT_IMPOSSIBLE_DATE, "expires_at"),
    ],
)
def test_i12_a_record_that_lacks_something_is_refused(changes, code, field):
    assert code_of(check_record, body(**changes), "SVN", AT) == (code, field)


def test_the_ceiling_runs_from_entry_unless_renewed():
    late = body(expires_at=to_wire(datetime(2030, 1, 1, tzinfo=UTC)))
    check_record(late, "SVN", AT)
    entered = datetime(2024, 1, 1, tzinfo=UTC)
    code, _ = code_of(check_record, late, "SVN", AT, created_at=entered)
    assert code is ErrorCode.RECORD_EXPIRY_BEYOND_CEILING
