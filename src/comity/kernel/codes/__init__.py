"""Code lists: enums, never bare strings or numbers. Their wire values are stable."""

from comity.kernel.codes.access import Action, NodeRole, Role
from comity.kernel.codes.countries import country_name, is_country
from comity.kernel.codes.data import (
    CollectionName,
    DocumentKind,
    DocumentLoss,
    HandlingLabel,
    PersonStatus,
    Sex,
)
from comity.kernel.codes.search import (
    AlarmRate,
    AnswerState,
    FailureReason,
    MatchStrength,
    NotificationPolicy,
    QueryShape,
    SourceKind,
)
from comity.kernel.codes.work import HitState, MessageForm, MessageState, Priority, Purpose, ReceiptKind

__all__ = [
    "Action",
    "AlarmRate",
    "AnswerState",
    "CollectionName",
    "DocumentKind",
    "DocumentLoss",
    "FailureReason",
    "HandlingLabel",
    "HitState",
    "MatchStrength",
    "MessageForm",
    "MessageState",
    "NodeRole",
    "NotificationPolicy",
    "PersonStatus",
    "Priority",
    "Purpose",
    "QueryShape",
    "ReceiptKind",
    "Role",
    "Sex",
    "SourceKind",
    "country_name",
    "is_country",
]
