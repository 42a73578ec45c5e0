"""One question for the whole product: may this actor do this to that, and what follows from it?

    decide(actor, action, subject, context) -> Decision

A person acts at a bureau with roles; a node acts for itself, known by its certificate, and has no roles.
Everything is denied that no table of `rules.permissions` allows.

How `Subject` is filled:

* record: `owner`, `label`, `collection`; a list: `owner` = the bureau whose records are listed
* hit: `owner` = owner of the record found, `recipients` = the bureau that searched. The owner decides it;
  both may write down the outcome. A list of hits: `owner` = the bureau whose desk it is
* message, envelope: `owner` = sender's bureau, `recipients` = the bureaus it is addressed to.
  A list of messages: `owner` = the bureau whose inbox it is
* what is asked by an account of a unit: `units` too, those to which the message was passed on and the
  one that wrote it. Units and forms: `owner` = the bureau whose they are
* case: `owner` = the bureau whose it is, `label`, `people` = who has to do with it: whoever opened it, those
  to whom it or one of its tasks is given. A list of cases: `owner` = the bureau
* thread to export: `owner` = the bureau whose desk it is on, `recipients` = the other parties
* approval: `owner` = the bureau in which it was asked for, `requested_by` = who asked for it (I9)
* grant: `owner`, `officer` = for whom; copy receipt: `owner`, `node` = which copy it speaks for
* journal, accounts: `owner` = the bureau whose they are
* search, directory, members, feed: nothing; for one feed entry `owner_country` and `restrictions`
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from comity.kernel.codes import Action, CollectionName, HandlingLabel, NodeRole, Purpose, Role
from comity.kernel.errors import AccessError, ErrorCode
from comity.kernel.ids import NO_UNIT, BureauId, NodeId, OfficerId, UnitId
from comity.rules import labels, restrictions
from comity.rules.permissions import (
    NEEDS_PURPOSE,
    NODE_ACTIONS,
    OF_A_CASE,
    OF_A_UNIT,
    PERSON_ACTIONS_AT_POST,
    ROLE_ACTIONS,
    SCOPES,
    SECRETARIAT_ONLY,
    UNIT_ACTIONS,
    Scope,
)
from comity.rules.restrictions import Restricted


class Obligation(StrEnum):
    """What whoever is allowed must also do."""

    JOURNAL = "journal"
    """Write down who did what, before the result leaves (article 126)."""
    CONFIRM_WITH_OWNER = "confirm_with_owner"
    """Say that a hit is a lead and that acting needs the owner's confirmation (article 63, I10)."""
    HEADERS_ONLY = "headers_only"
    """Show who wrote to whom and when, never subject or text."""
    ONLY_PASSED_ON = "only_passed_on"
    """List nothing but what was passed on to the actor's unit, and what it wrote."""
    SHOW_LABEL = "show_label"
    """Show the handling label with the content (articles 112 to 114)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts. `officer` None means a node acting for itself; then `roles` is empty and `node` is set.

    `node_role` is the role of the node at which the person works, or of the acting node. `collections`
    None means all; a set narrows the actor to these. `purposes` None means that no grant narrows them.
    `unit` names the sub-bureau or national authority below the bureau to which the person belongs; empty
    for the bureau's own people.
    """

    bureau: BureauId
    node_role: NodeRole
    country: str
    roles: frozenset[Role] = frozenset()
    officer: OfficerId | None = None
    node: NodeId | None = None
    unit: UnitId = NO_UNIT
    collections: frozenset[CollectionName] | None = None
    purposes: frozenset[Purpose] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is acted on; see the module's text. What is not known stays None, and None is never "mine"."""

    owner: BureauId | None = None
    recipients: frozenset[BureauId] = frozenset()
    units: frozenset[UnitId] = frozenset()
    label: HandlingLabel | None = None
    collection: CollectionName | None = None
    officer: OfficerId | None = None
    requested_by: OfficerId | None = None
    people: frozenset[OfficerId] = frozenset()
    node: NodeId | None = None
    owner_country: str | None = None
    restrictions: Restricted | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Circumstances: the instant of the operation (aware, UTC) and the stated purpose."""

    at: datetime
    purpose: Purpose | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer. `reasons` says why in the reader's words, for a refusal and for a permission alike."""

    allowed: bool
    reasons: tuple[str, ...]
    obligations: tuple[Obligation, ...] = ()
    code: ErrorCode | None = None
    """Stable code of a refusal, None when allowed."""

    def require(self) -> None:
        """Raise `AccessError` with the refusal's code unless allowed. The first reason goes into `remedy`."""
        if not self.allowed:
            raise AccessError(self.code or ErrorCode.ACCESS_DENIED, remedy=self.reasons[0])


@dataclass(frozen=True, slots=True)
class _Refusal:
    reason: str
    code: ErrorCode = ErrorCode.ACCESS_DENIED


NO_SUBJECT: Final = Subject()


def decide(actor: Actor, action: Action, subject: Subject, context: Context) -> Decision:
    """Tell whether `actor` may do `action` to `subject` now, why, and what must be done along with it.

    Never raises for a refusal: read `allowed`, or call `require()`.
    """
    for check in _CHECKS:
        refusal = check(actor, action, subject, context)
        if refusal is not None:
            return Decision(allowed=False, reasons=(refusal.reason,), code=refusal.code)
    return Decision(
        allowed=True, reasons=(_why(actor, action),), obligations=_obligations(actor, action, subject)
    )


def _check_table(actor: Actor, action: Action, _subject: Subject, _context: Context) -> _Refusal | None:
    if actor.officer is None:
        if actor.node is None:
            return _Refusal("Articles 107 to 111: it is not known who acts.")
        if actor.roles or action not in NODE_ACTIONS[actor.node_role]:
            return _Refusal("Articles 107 to 111: a node does not do this for itself; a person must.")
        return None
    if not _granting_roles(actor, action):
        return _Refusal("Articles 107 to 111: none of your roles allows this.")
    return None


def _check_place(actor: Actor, action: Action, _subject: Subject, _context: Context) -> _Refusal | None:
    if action in SECRETARIAT_ONLY and actor.node_role is not NodeRole.SECRETARIAT:
        return _Refusal("Article 22: only the secretariat keeps the member directory.")
    if (
        actor.officer is not None
        and actor.node_role is NodeRole.POST
        and action not in PERSON_ACTIONS_AT_POST
    ):
        return _Refusal("Articles 19 to 21: a post searches and does nothing else.")
    return None


def _check_unit(actor: Actor, action: Action, subject: Subject, _context: Context) -> _Refusal | None:
    if not actor.unit:
        return None
    if action not in UNIT_ACTIONS:
        return _Refusal("Articles 5 to 9: its bureau does this, not a unit below it.")
    if action in OF_A_UNIT and actor.unit not in subject.units:
        return _Refusal("Articles 5 to 9: there is nothing here.", _C.ACCESS_NOT_FOUND)
    return None


def _check_scope(actor: Actor, action: Action, subject: Subject, _context: Context) -> _Refusal | None:
    scope = SCOPES[action]
    if _in_scope(actor, subject, scope):
        return None
    return _SCOPE_REFUSALS.get(action) or _Refusal(_SCOPE_REASONS[scope])


def _in_scope(actor: Actor, subject: Subject, scope: Scope) -> bool:
    owned = subject.owner is not None and subject.owner == actor.bureau
    addressed = actor.bureau in subject.recipients
    if scope is Scope.SELF:
        same_officer = actor.officer is not None and subject.officer == actor.officer
        same_node = actor.officer is None and actor.node is not None and subject.node == actor.node
        return owned and (same_officer or same_node)
    return {
        Scope.NETWORK: True,
        Scope.OWN: owned,
        Scope.PARTY: owned or addressed,
        Scope.ADDRESSED: addressed,
    }[scope]


def _check_collection(actor: Actor, _action: Action, subject: Subject, _context: Context) -> _Refusal | None:
    if actor.collections is None or subject.collection is None or subject.collection in actor.collections:
        return None
    return _Refusal("Articles 107 to 111: a right on one collection gives none on another.")


def _check_purpose(actor: Actor, action: Action, _subject: Subject, context: Context) -> _Refusal | None:
    if action not in NEEDS_PURPOSE:
        return None
    if context.purpose is None:
        return _Refusal(
            "Article 10: state the purpose; without one nothing is recorded or asked.", _C.PURPOSE_MISSING
        )
    if actor.purposes is not None and context.purpose not in actor.purposes:
        return _Refusal("Article 10: your grant does not cover this purpose.", _C.PURPOSE_NOT_ALLOWED)
    return None


def _check_second_person(
    actor: Actor, action: Action, subject: Subject, _context: Context
) -> _Refusal | None:
    """I9: what binds a country takes two people, whatever roles the one who asked for it has."""
    if (
        action is Action.APPROVAL_DECIDE
        and actor.officer is not None
        and subject.requested_by == actor.officer
    ):
        return _Refusal("Nobody approves what they asked for themselves.", _C.APPROVAL_SAME_PERSON)
    return None


def _check_label(actor: Actor, action: Action, subject: Subject, _context: Context) -> _Refusal | None:
    """What is confidential is for those who have to do with it, and for approvers (articles 112 to 114)."""
    if action not in OF_A_CASE or subject.label is not HandlingLabel.CONFIDENTIAL:
        return None
    if actor.officer in subject.people or Role.APPROVER in actor.roles:
        return None
    return _Refusal("Articles 112 to 114: there is nothing here.", _C.ACCESS_NOT_FOUND)


def _check_restrictions(
    actor: Actor, _action: Action, subject: Subject, _context: Context
) -> _Refusal | None:
    if subject.restrictions is None or subject.owner == actor.bureau:
        return None
    if subject.owner_country is not None and restrictions.may_see(
        subject.restrictions, subject.owner_country, actor.country
    ):
        return None
    return _Refusal("Articles 57 to 60: there is nothing here.", _C.ACCESS_NOT_FOUND)


_C = ErrorCode
_Check = Callable[[Actor, Action, Subject, Context], _Refusal | None]
_CHECKS: Final[tuple[_Check, ...]] = (
    _check_table,
    _check_place,
    _check_unit,
    _check_scope,
    _check_collection,
    _check_purpose,
    _check_second_person,
    _check_label,
    _check_restrictions,
)

_SCOPE_REASONS: Final = MappingProxyType(
    {
        Scope.OWN: "Articles 5 to 9: this belongs to another bureau.",
        Scope.PARTY: "Articles 5 to 9: your bureau has no part in this.",
        Scope.ADDRESSED: "Articles 5 to 9: this is not addressed to your bureau.",
        Scope.SELF: "Articles 107 to 111: nobody does this for somebody else.",
    }
)
_OWNER_ONLY: Final = _Refusal(
    "Article 46: only the owner changes or withdraws a record; report the error to the owner.",
    _C.RECORD_OTHER_OWNER,
)
_SENDER_ONLY: Final = _Refusal(
    "Articles 5 to 9: only the sender of a message recalls or corrects it.", _C.RECALL_NOT_SENDER
)
_SCOPE_REFUSALS: Final = MappingProxyType(
    {
        Action.RECORD_SUBMIT: _Refusal(
            "Articles 5 to 9: a bureau enters records in its own name only.", _C.RECORD_OTHER_OWNER
        ),
        Action.RECORD_CHANGE: _OWNER_ONLY,
        Action.RECORD_WITHDRAW: _OWNER_ONLY,
        Action.MESSAGE_RECALL: _SENDER_ONLY,
        Action.MESSAGE_CORRECT: _SENDER_ONLY,
        Action.HIT_DECIDE: _Refusal("Article 63: only the owner of the record confirms or refutes a hit."),
    }
)


def _granting_roles(actor: Actor, action: Action) -> frozenset[Role]:
    return frozenset(role for role in actor.roles if action in ROLE_ACTIONS[role])


def _why(actor: Actor, action: Action) -> str:
    if actor.officer is None:
        return f"A {actor.node_role} node may do this."
    roles = sorted(role.replace("_", " ") for role in _granting_roles(actor, action))
    return f"Allowed to the role: {', '.join(roles)}."


_CONFIRM: Final = frozenset({Action.SEARCH_RUN, Action.HIT_VIEW, Action.HIT_LIST})


def _obligations(actor: Actor, action: Action, subject: Subject) -> tuple[Obligation, ...]:
    found = [Obligation.JOURNAL]
    if action in _CONFIRM:
        found.append(Obligation.CONFIRM_WITH_OWNER)
    if action is Action.MESSAGE_LIST and _granting_roles(actor, action) == {Role.SUPERVISOR}:
        found.append(Obligation.HEADERS_ONLY)
    if action is Action.MESSAGE_LIST and actor.unit:
        found.append(Obligation.ONLY_PASSED_ON)
    if subject.label is not None and labels.is_above(subject.label, HandlingLabel.OFFICIAL):
        found.append(Obligation.SHOW_LABEL)
    return tuple(found)
