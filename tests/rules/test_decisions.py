"""Every role at every kind of node times every action, own and foreign: what no table allows is denied."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pytest

from comity.kernel.codes import Action, CollectionName, HandlingLabel, NodeRole, Purpose, Role
from comity.kernel.errors import AccessError, ErrorCode
from comity.kernel.ids import BureauId, NodeId, OfficerId
from comity.protocol.records import Restrictions
from comity.rules.decisions import Actor, Context, Obligation, Subject, decide
from comity.rules.permissions import NEEDS_PURPOSE, NODE_ACTIONS, ROLE_ACTIONS, SCOPES

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)
SI, FR, SEC = BureauId("SI"), BureauId("FR"), BureauId("SEC")
COUNTRY = {SI: "SVN", FR: "FRA", SEC: "XPO"}
ANA = OfficerId("officer-1")
WITH_PURPOSE = Context(at=AT, purpose=Purpose.BORDER_CONTROL)
A = Action

SEARCHER = {A.SEARCH_RUN, A.GRANT_ISSUE, A.DIRECTORY_VIEW}
DESK = SEARCHER | {A.HIT_LIST, A.HIT_VIEW, A.HIT_DECIDE, A.HIT_OUTCOME} | {
    A.CASE_LIST, A.CASE_VIEW, A.CASE_OPEN, A.CASE_CHANGE, A.CASE_MERGE,
    A.MESSAGE_LIST, A.MESSAGE_VIEW, A.MESSAGE_SEND, A.RECORD_LIST, A.RECORD_VIEW,
    A.MESSAGE_PASS_ON, A.ALARM_SET_ASIDE, A.FORM_LIST, A.UNIT_LIST,
    A.MESSAGE_RECALL, A.MESSAGE_CORRECT, A.MESSAGE_DISCLOSE, A.THREAD_EXPORT, A.APPROVAL_LIST,
    A.ATTACHMENT_ADD, A.ATTACHMENT_VIEW, A.ATTACHMENT_OPEN,
}  # fmt: skip
EXPECTED = {
    Role.OFFICER: SEARCHER,
    Role.OPERATOR: DESK,
    Role.APPROVER: DESK | {A.FORM_MANAGE, A.APPROVAL_DECIDE},
    Role.DATA_OWNER: {A.GRANT_ISSUE, A.DIRECTORY_VIEW, A.RECORD_LIST, A.RECORD_VIEW}
    | {A.RECORD_SUBMIT, A.RECORD_CHANGE, A.RECORD_WITHDRAW},
    Role.SUPERVISOR: {A.DIRECTORY_VIEW, A.JOURNAL_VIEW, A.RECORD_LIST, A.RECORD_VIEW}
    | {A.HIT_LIST, A.HIT_VIEW, A.MESSAGE_LIST},
    Role.ADMINISTRATOR: {A.DIRECTORY_VIEW, A.ACCOUNT_MANAGE, A.MEMBER_INVITE, A.MEMBER_REMOVE}
    | {A.FORM_LIST, A.FORM_MANAGE, A.UNIT_LIST, A.UNIT_MANAGE},
}
"""Written out a second time on purpose: a change of rights must be made in two places."""
ANYWHERE = {A.SEARCH_RUN, A.DIRECTORY_VIEW, A.FEED_READ}


def person(*roles, bureau=SI, node_role=NodeRole.BUREAU, **more):
    return Actor(
        bureau=bureau,
        node_role=node_role,
        country=COUNTRY[bureau],
        roles=frozenset(roles),
        officer=ANA,
        **more,
    )


def node(bureau=SI, node_role=NodeRole.BUREAU, name=None):
    return Actor(bureau=bureau, node_role=node_role, country=COUNTRY[bureau], node=NodeId(name or bureau))


OWN = Subject(owner=SI, recipients=frozenset({FR}), officer=ANA, node=NodeId("SI"))
OTHERS = Subject(owner=FR, recipients=frozenset({SEC}), officer=OfficerId("officer-9"), node=NodeId("FR"))
FOR_US = Subject(owner=FR, recipients=frozenset({SI}))


@pytest.mark.parametrize(("role", "action"), list(product(Role, Action)))
def test_own_things_by_role(role, action):
    decision = decide(person(role), action, OWN, WITH_PURPOSE)
    expected = action in EXPECTED[role] - {A.MEMBER_INVITE, A.MEMBER_REMOVE}
    assert decision.allowed is expected
    assert decision.reasons
    assert (decision.code is None) is expected


UNIT = {A.SEARCH_RUN, A.GRANT_ISSUE, A.DIRECTORY_VIEW, A.FORM_LIST} | {
    A.MESSAGE_LIST, A.MESSAGE_VIEW, A.MESSAGE_SEND,
    A.ATTACHMENT_ADD, A.ATTACHMENT_VIEW, A.ATTACHMENT_OPEN,
}  # fmt: skip
ONLY_PASSED_ON = {A.MESSAGE_VIEW, A.ATTACHMENT_VIEW, A.ATTACHMENT_OPEN}


@pytest.mark.parametrize(("role", "action"), list(product(Role, Action)))
def test_a_unit_below_the_bureau_by_role(role, action):
    """It does at most what stands in its table, and reads only what was passed on to it."""
    customs = person(role, unit="customs")
    passed_on = replace(OWN, units=frozenset({"customs"}))
    expected = action in EXPECTED[role] & UNIT
    assert decide(customs, action, passed_on, WITH_PURPOSE).allowed is expected
    for units in ((), ("coast-guard",)):
        elsewhere = decide(customs, action, replace(OWN, units=frozenset(units)), WITH_PURPOSE)
        assert elsewhere.allowed is (expected and action not in ONLY_PASSED_ON)
        if expected and action in ONLY_PASSED_ON:
            assert elsewhere.code is ErrorCode.ACCESS_NOT_FOUND
    assert decide(customs, action, replace(OTHERS, units=frozenset({"customs"})), WITH_PURPOSE).allowed is (
        expected and action in ANYWHERE
    )


def test_the_list_of_a_unit_is_narrowed():
    decision = decide(person(Role.OPERATOR, unit="customs"), A.MESSAGE_LIST, OWN, WITH_PURPOSE)
    assert Obligation.ONLY_PASSED_ON in decision.obligations
    own = decide(person(Role.OPERATOR), A.MESSAGE_LIST, OWN, WITH_PURPOSE)
    assert Obligation.ONLY_PASSED_ON not in own.obligations


@pytest.mark.parametrize(("role", "action"), list(product(Role, Action)))
def test_things_of_another_bureau_by_role(role, action):
    expected = action in EXPECTED[role] & ANYWHERE
    assert decide(person(role), action, OTHERS, WITH_PURPOSE).allowed is expected
    nobody = decide(person(role), action, Subject(), WITH_PURPOSE)
    assert nobody.allowed is expected, "a subject without an owner is nobody's, never one's own"


@pytest.mark.parametrize(("role", "action"), list(product(Role, Action)))
def test_members_are_kept_at_the_secretariat_only(role, action):
    at_secretariat = person(role, bureau=SEC, node_role=NodeRole.SECRETARIAT)
    allowed = decide(at_secretariat, action, Subject(owner=SEC, officer=ANA), WITH_PURPOSE).allowed
    assert allowed is (action in EXPECTED[role])


@pytest.mark.parametrize(("role", "action"), list(product(Role, Action)))
def test_a_post_only_searches(role, action):
    allowed = decide(person(role, node_role=NodeRole.POST), action, OWN, WITH_PURPOSE).allowed
    assert allowed is (action in EXPECTED[role] & {A.SEARCH_RUN, A.DIRECTORY_VIEW})


@pytest.mark.parametrize("action", Action)
def test_without_a_role_or_a_name_nothing_is_allowed(action):
    assert not decide(person(), action, OWN, WITH_PURPOSE).allowed
    nobody = Actor(bureau=SI, node_role=NodeRole.BUREAU, country="SVN")
    assert not decide(nobody, action, OWN, WITH_PURPOSE).allowed


@pytest.mark.parametrize(("kind", "action"), list(product(NodeRole, Action)))
def test_nodes(kind, action):
    member = {A.DIRECTORY_VIEW, A.FEED_READ, A.RECEIPT_FILE, A.KEY_CHANGE}
    desk = member | {A.ENVELOPE_RELAY, A.RECORD_SUBMIT, A.RECORD_CHANGE, A.RECORD_WITHDRAW}
    expected = member | {A.SPOOL_FORWARD} if kind is NodeRole.POST else desk
    assert decide(node(node_role=kind), action, OWN, WITH_PURPOSE).allowed is (action in expected)
    foreign = decide(node(node_role=kind), action, OTHERS, WITH_PURPOSE).allowed
    assert foreign is (action in expected & ANYWHERE)


def test_every_action_has_a_scope_and_a_holder():
    assert set(SCOPES) == set(Action)
    held = frozenset().union(*ROLE_ACTIONS.values(), *NODE_ACTIONS.values())
    assert held == set(Action)
    assert set(ROLE_ACTIONS) == set(Role)
    assert set(NODE_ACTIONS) == set(NodeRole)


@pytest.mark.parametrize("action", [A.RECORD_CHANGE, A.RECORD_WITHDRAW])
@pytest.mark.parametrize(
    "actor",
    [
        person(Role.DATA_OWNER),
        person(*Role),
        person(*Role, bureau=SEC, node_role=NodeRole.SECRETARIAT),
        node(),
        node(SEC, NodeRole.SECRETARIAT),
    ],
)
def test_i5_only_the_owner_changes_or_withdraws(actor, action):
    decision = decide(actor, action, Subject(owner=FR), WITH_PURPOSE)
    assert not decision.allowed
    assert decision.code is ErrorCode.RECORD_OTHER_OWNER
    assert decision.reasons[0].startswith("Article 46: only the owner")
    with pytest.raises(AccessError) as refused:
        decision.require()
    assert refused.value.code is ErrorCode.RECORD_OTHER_OWNER


@pytest.mark.parametrize("action", sorted(NEEDS_PURPOSE))
def test_i12_no_purpose_no_data(action):
    actor = person(*Role, purposes=frozenset({Purpose.BORDER_CONTROL}))
    assert decide(actor, action, OWN, WITH_PURPOSE).allowed
    without = decide(actor, action, OWN, Context(at=AT))
    assert (without.allowed, without.code) == (False, ErrorCode.PURPOSE_MISSING)
    outside = decide(actor, action, OWN, Context(at=AT, purpose=Purpose.FORENSICS))
    assert (outside.allowed, outside.code) == (False, ErrorCode.PURPOSE_NOT_ALLOWED)


def test_a_hit_is_decided_by_the_owner_and_seen_by_both():
    operator = person(Role.OPERATOR)
    assert decide(operator, A.HIT_VIEW, FOR_US, WITH_PURPOSE).allowed
    assert decide(operator, A.HIT_OUTCOME, FOR_US, WITH_PURPOSE).allowed
    assert not decide(operator, A.HIT_DECIDE, FOR_US, WITH_PURPOSE).allowed
    assert decide(operator, A.HIT_DECIDE, OWN, WITH_PURPOSE).allowed


def test_i10_whoever_sees_a_hit_must_say_that_it_is_a_lead():
    operator = person(Role.OPERATOR)
    for action in (A.SEARCH_RUN, A.HIT_LIST, A.HIT_VIEW):
        assert Obligation.CONFIRM_WITH_OWNER in decide(operator, action, OWN, WITH_PURPOSE).obligations


def test_whatever_is_allowed_is_journaled():
    for role, action in product(Role, Action):
        decision = decide(person(role), action, OWN, WITH_PURPOSE)
        assert (Obligation.JOURNAL in decision.obligations) is decision.allowed


def test_messages_are_read_by_their_parties_only():
    operator = person(Role.OPERATOR)
    assert decide(operator, A.MESSAGE_VIEW, FOR_US, WITH_PURPOSE).allowed
    assert not decide(operator, A.MESSAGE_VIEW, OTHERS, WITH_PURPOSE).allowed
    assert not decide(operator, A.MESSAGE_SEND, FOR_US, WITH_PURPOSE).allowed, "nobody sends for another"


def test_a_supervisor_sees_headers_only_unless_another_role_shows_more():
    only = decide(person(Role.SUPERVISOR), A.MESSAGE_LIST, OWN, WITH_PURPOSE)
    both = decide(person(Role.SUPERVISOR, Role.OPERATOR), A.MESSAGE_LIST, OWN, WITH_PURPOSE)
    assert Obligation.HEADERS_ONLY in only.obligations
    assert Obligation.HEADERS_ONLY not in both.obligations


def test_envelopes_go_to_those_they_are_addressed_to():
    assert decide(node(), A.ENVELOPE_FETCH, FOR_US, WITH_PURPOSE).allowed
    assert not decide(node(), A.ENVELOPE_FETCH, OWN, WITH_PURPOSE).allowed
    post = node(node_role=NodeRole.POST, name="SI-post1")
    assert not decide(post, A.ENVELOPE_FETCH, FOR_US, WITH_PURPOSE).allowed


def test_i7_a_copy_confirms_only_for_itself():
    post = node(node_role=NodeRole.POST, name="SI-post1")
    mine = Subject(owner=SI, node=NodeId("SI-post1"))
    assert decide(post, A.RECEIPT_FILE, mine, WITH_PURPOSE).allowed
    assert not decide(post, A.RECEIPT_FILE, Subject(owner=SI, node=NodeId("SI")), WITH_PURPOSE).allowed
    assert not decide(post, A.RECEIPT_FILE, Subject(owner=SI), WITH_PURPOSE).allowed


def test_grants_are_for_oneself():
    other = Subject(owner=SI, officer=OfficerId("officer-2"))
    assert not decide(person(Role.OFFICER), A.GRANT_ISSUE, other, WITH_PURPOSE).allowed


def test_a_right_on_one_collection_gives_none_on_another():
    actor = person(Role.DATA_OWNER, collections=frozenset({CollectionName.VEHICLES}))
    for name in CollectionName:
        subject = Subject(owner=SI, collection=name)
        allowed = decide(actor, A.RECORD_SUBMIT, subject, WITH_PURPOSE).allowed
        assert allowed is (name is CollectionName.VEHICLES)


def test_i6_a_feed_entry_that_may_not_be_seen_is_not_there():
    closed = Subject(owner=FR, owner_country="FRA", restrictions=Restrictions(deny=["SVN"]))
    decision = decide(node(), A.FEED_READ, closed, WITH_PURPOSE)
    assert (decision.allowed, decision.code) == (False, ErrorCode.ACCESS_NOT_FOUND)
    assert decide(node(FR), A.FEED_READ, closed, WITH_PURPOSE).allowed
    assert decide(node(SEC, NodeRole.SECRETARIAT), A.FEED_READ, closed, WITH_PURPOSE).allowed
    unknown_owner = Subject(owner=FR, restrictions=Restrictions(deny=["USA"]))
    assert not decide(node(), A.FEED_READ, unknown_owner, WITH_PURPOSE).allowed


def test_labels_above_the_lowest_are_shown():
    for label in HandlingLabel:
        subject = Subject(owner=SI, label=label)
        shown = decide(person(Role.OPERATOR), A.RECORD_VIEW, subject, WITH_PURPOSE).obligations
        assert (Obligation.SHOW_LABEL in shown) is (label is not HandlingLabel.OFFICIAL)


@pytest.mark.parametrize("more", [(), (Role.ADMINISTRATOR,), tuple(Role)])
def test_i9_nobody_decides_what_they_asked_for(more):
    """Whatever other roles somebody holds, administrator and all of them included."""
    approver = person(Role.APPROVER, *more)
    own = decide(approver, A.APPROVAL_DECIDE, Subject(owner=SI, requested_by=ANA), WITH_PURPOSE)
    assert (own.allowed, own.code) == (False, ErrorCode.APPROVAL_SAME_PERSON)
    asked = Subject(owner=SI, requested_by=OfficerId("officer-9"))
    assert decide(approver, A.APPROVAL_DECIDE, asked, WITH_PURPOSE).allowed


def test_only_the_sender_recalls_and_corrects():
    operator = person(Role.OPERATOR)
    for action in (A.MESSAGE_RECALL, A.MESSAGE_CORRECT):
        assert decide(operator, action, OWN, WITH_PURPOSE).allowed
        refused = decide(operator, action, FOR_US, WITH_PURPOSE)
        assert (refused.allowed, refused.code) == (False, ErrorCode.RECALL_NOT_SENDER)
