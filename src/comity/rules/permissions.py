"""Who may do what, as data. An action that stands nowhere here is denied to everybody."""

from enum import StrEnum
from types import MappingProxyType
from typing import Final

from comity.kernel.codes import Action, NodeRole, Role

A = Action


class Scope(StrEnum):
    """What the actor has to do with the thing acted on."""

    NETWORK = "network"
    """Nobody's in particular: the directory, the search, the feed."""
    OWN = "own"
    """The thing belongs to the actor's bureau."""
    PARTY = "party"
    """The actor's bureau owns the thing or is among those it is for."""
    ADDRESSED = "addressed"
    """The actor's bureau is among those the thing is for."""
    SELF = "self"
    """The thing is the actor: this officer, this node."""


_SEARCHER: Final = frozenset({A.SEARCH_RUN, A.GRANT_ISSUE, A.DIRECTORY_VIEW})
_DESK: Final = _SEARCHER | {
    A.HIT_LIST,
    A.HIT_VIEW,
    A.HIT_DECIDE,
    A.HIT_OUTCOME,
    A.CASE_LIST,
    A.CASE_VIEW,
    A.CASE_OPEN,
    A.CASE_CHANGE,
    A.CASE_MERGE,
    A.MESSAGE_LIST,
    A.MESSAGE_VIEW,
    A.MESSAGE_SEND,
    A.MESSAGE_PASS_ON,
    A.ALARM_SET_ASIDE,
    A.FORM_LIST,
    A.UNIT_LIST,
    A.MESSAGE_RECALL,
    A.MESSAGE_CORRECT,
    A.MESSAGE_DISCLOSE,
    A.THREAD_EXPORT,
    A.APPROVAL_LIST,
    A.ATTACHMENT_ADD,
    A.ATTACHMENT_VIEW,
    A.ATTACHMENT_OPEN,
    A.RECORD_LIST,
    A.RECORD_VIEW,
}

ROLE_ACTIONS: Final = MappingProxyType(
    {
        Role.OFFICER: _SEARCHER,
        Role.OPERATOR: _DESK,
        Role.APPROVER: _DESK | {A.FORM_MANAGE, A.APPROVAL_DECIDE},
        Role.DATA_OWNER: frozenset(
            {
                A.GRANT_ISSUE,
                A.DIRECTORY_VIEW,
                A.RECORD_LIST,
                A.RECORD_VIEW,
                A.RECORD_SUBMIT,
                A.RECORD_CHANGE,
                A.RECORD_WITHDRAW,
            }
        ),
        Role.SUPERVISOR: frozenset(
            {
                A.DIRECTORY_VIEW,
                A.JOURNAL_VIEW,
                A.RECORD_LIST,
                A.RECORD_VIEW,
                A.HIT_LIST,
                A.HIT_VIEW,
                A.MESSAGE_LIST,
            }
        ),
        Role.ADMINISTRATOR: frozenset(
            {
                A.DIRECTORY_VIEW,
                A.ACCOUNT_MANAGE,
                A.MEMBER_INVITE,
                A.MEMBER_REMOVE,
                A.FORM_LIST,
                A.FORM_MANAGE,
                A.UNIT_LIST,
                A.UNIT_MANAGE,
            }
        ),
    }
)
"""What each role of a person may do. An account with several roles may do what any of them may."""

UNIT_ACTIONS: Final = frozenset(
    {
        A.SEARCH_RUN,
        A.GRANT_ISSUE,
        A.DIRECTORY_VIEW,
        A.FORM_LIST,
        A.MESSAGE_LIST,
        A.MESSAGE_VIEW,
        A.MESSAGE_SEND,
        A.ATTACHMENT_ADD,
        A.ATTACHMENT_VIEW,
        A.ATTACHMENT_OPEN,
    }
)
"""What an account of a unit below a bureau may do at most, whatever its roles: it reads what the bureau
passes on to it and writes through it. Hits, records, the journal and accounts are the bureau's own."""

OF_A_UNIT: Final = frozenset({A.MESSAGE_VIEW, A.ATTACHMENT_VIEW, A.ATTACHMENT_OPEN})
"""Actions on one thing that a unit may do only to what was passed on to it or written by it, files too."""

OF_A_CASE: Final = frozenset({A.CASE_VIEW, A.CASE_CHANGE, A.CASE_MERGE})
"""Actions on one case: its handling label says who may (`rules.decisions`)."""

_MEMBER_NODE: Final = frozenset({A.DIRECTORY_VIEW, A.FEED_READ, A.RECEIPT_FILE, A.KEY_CHANGE})
_DESK_NODE: Final = _MEMBER_NODE | {
    A.ENVELOPE_RELAY,
    A.ENVELOPE_FETCH,
    A.RECORD_SUBMIT,
    A.RECORD_CHANGE,
    A.RECORD_WITHDRAW,
}

NODE_ACTIONS: Final = MappingProxyType(
    {
        NodeRole.SECRETARIAT: _DESK_NODE,
        NodeRole.BUREAU: _DESK_NODE,
        NodeRole.POST: _MEMBER_NODE | {A.SPOOL_FORWARD},
    }
)
"""What a node may do that acts for itself, known by its certificate.

A post only follows, confirms, and hands its journal to its bureau.
"""

PERSON_ACTIONS_AT_POST: Final = frozenset({A.SEARCH_RUN, A.DIRECTORY_VIEW})
"""A post searches and does nothing else (docs/architecture.md)."""

SECRETARIAT_ONLY: Final = frozenset({A.MEMBER_INVITE, A.MEMBER_REMOVE})
"""Only the secretariat keeps the member directory."""

SCOPES: Final = MappingProxyType(
    {
        A.SEARCH_RUN: Scope.NETWORK,
        A.GRANT_ISSUE: Scope.SELF,
        A.RECORD_LIST: Scope.OWN,
        A.RECORD_VIEW: Scope.OWN,
        A.RECORD_SUBMIT: Scope.OWN,
        A.RECORD_CHANGE: Scope.OWN,
        A.RECORD_WITHDRAW: Scope.OWN,
        A.MESSAGE_LIST: Scope.OWN,
        A.MESSAGE_VIEW: Scope.PARTY,
        A.MESSAGE_SEND: Scope.OWN,
        A.MESSAGE_PASS_ON: Scope.PARTY,
        A.ALARM_SET_ASIDE: Scope.OWN,
        A.FORM_LIST: Scope.OWN,
        A.FORM_MANAGE: Scope.OWN,
        A.UNIT_LIST: Scope.OWN,
        A.UNIT_MANAGE: Scope.OWN,
        A.MESSAGE_RECALL: Scope.OWN,
        A.MESSAGE_CORRECT: Scope.OWN,
        A.MESSAGE_DISCLOSE: Scope.PARTY,
        A.THREAD_EXPORT: Scope.PARTY,
        A.APPROVAL_LIST: Scope.OWN,
        A.APPROVAL_DECIDE: Scope.OWN,
        A.ATTACHMENT_ADD: Scope.OWN,
        A.ATTACHMENT_VIEW: Scope.OWN,
        A.ATTACHMENT_OPEN: Scope.OWN,
        A.HIT_LIST: Scope.OWN,
        A.HIT_VIEW: Scope.PARTY,
        A.HIT_DECIDE: Scope.OWN,
        A.HIT_OUTCOME: Scope.PARTY,
        A.CASE_LIST: Scope.OWN,
        A.CASE_VIEW: Scope.OWN,
        A.CASE_OPEN: Scope.OWN,
        A.CASE_CHANGE: Scope.OWN,
        A.CASE_MERGE: Scope.OWN,
        A.DIRECTORY_VIEW: Scope.NETWORK,
        A.MEMBER_INVITE: Scope.NETWORK,
        A.MEMBER_REMOVE: Scope.NETWORK,
        A.KEY_CHANGE: Scope.SELF,
        A.JOURNAL_VIEW: Scope.OWN,
        A.ACCOUNT_MANAGE: Scope.OWN,
        A.FEED_READ: Scope.NETWORK,
        A.ENVELOPE_RELAY: Scope.OWN,
        A.ENVELOPE_FETCH: Scope.ADDRESSED,
        A.RECEIPT_FILE: Scope.SELF,
        A.SPOOL_FORWARD: Scope.OWN,
    }
)
"""How far each action reaches. `decide` explains the words."""

NEEDS_PURPOSE: Final = frozenset({A.SEARCH_RUN, A.RECORD_SUBMIT, A.RECORD_CHANGE, A.THREAD_EXPORT})
"""Article 10: data are recorded, asked for and carried away only for a stated purpose (I12)."""
