"""Numbers beside the navigation, asked again by the open page, and a mark that tells of changed lists."""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Final

from django.db.models import Count, Max, Q, Sum

from comity.kernel.codes import Action, HitState
from comity.office.access import Caller, could
from comity.office.approvals.models import Approval, ApprovalState
from comity.office.clocks.showing import Escalations, escalations
from comity.office.hits.models import Hit
from comity.office.messages.models import Delivery, MessageReceiptRow, Thread
from comity.office.messages.standing import standing
from comity.office.messages.visibility import threads_for, unread_for

_MARK_LENGTH: Final = 12


@dataclass(frozen=True, slots=True)
class Counts:
    """What waits: unread messages, open hits, and those whose answer is overdue."""

    unread: int = 0
    open_hits: int = 0
    late_hits: int = 0
    approvals: int = 0
    """What waits for a second person."""
    escalations: Escalations = field(default_factory=Escalations)
    """What must be seen on every page."""
    mark: str = ""
    """Changes whenever a list on the desk does; says nothing by itself."""


def counts_for(caller: Caller, at: datetime) -> Counts:
    """Count what `caller` may list; everything else counts as nothing."""
    unread = open_hits = late_hits = 0
    seen: list[object] = []
    if could(caller, Action.MESSAGE_LIST, at):
        found = threads_for(caller, Thread.objects.all()).aggregate(unread=Sum("unread"), last=Max("last_at"))
        unread = sum(unread_for(caller).values()) if caller.actor.unit else found["unread"] or 0
        alarms = standing(caller).order_by().aggregate(last=Max("pk"), number=Count("pk"))
        seen += [unread, found["last"], *_own_letters(), alarms["last"], alarms["number"]]
    if could(caller, Action.HIT_LIST, at):
        open_rows = Hit.objects.filter(state=HitState.OPEN)
        open_hits = open_rows.count()
        late_hits = open_rows.filter(due_at__lt=at).count()
        newest = Hit.objects.aggregate(last=Max("opened_at"), decided=Max("decided_at"))
        seen += [open_hits, late_hits, newest["last"], newest["decided"]]
    approvals = 0
    if could(caller, Action.APPROVAL_LIST, at):
        asked = Approval.objects.aggregate(
            waiting=Count("pk", filter=Q(state=ApprovalState.WAITING)),
            last=Max("pk"),
            decided=Max("decided_at"),
        )
        approvals = asked["waiting"]
        seen += list(asked.values())
    shown = Escalations()
    if could(caller, Action.MESSAGE_RECALL, at):  # the desk itself: a unit below it has its own mail only
        shown = escalations(at)
        seen.append(shown.mark)
    mark = sha256(repr(seen).encode()).hexdigest()[:_MARK_LENGTH]
    return Counts(unread, open_hits, late_hits, approvals, shown, mark)


def _own_letters() -> list[object]:
    """Return what changes when an own message goes on its way: the queue, and the newest receipt."""
    newest = MessageReceiptRow.objects.order_by("-id").values_list("id", flat=True)
    return [Delivery.objects.filter(waiting=True).count(), newest.first()]
