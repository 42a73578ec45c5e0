"""What was refused and never handed in again is forgotten: drafts are no archive (I12)."""

from datetime import datetime, timedelta
from typing import Final

from comity.office.approvals.models import Approval, ApprovalKind, ApprovalState
from comity.office.releases.models import Submission
from comity.office.releases.services import SUBJECT

KEPT: Final = timedelta(days=30)
"""Long enough for an author who is away; the journal keeps for ever who refused what, and when."""
_BATCH: Final = 200


def forget_refused(at: datetime) -> bool:
    """Erase the content of messages that were refused `KEPT` ago; tell whether there were any."""
    old = Submission.objects.filter(content__isnull=False, submitted_at__lte=at - KEPT)
    ids = list(old.order_by("id").values_list("submission_id", flat=True)[:_BATCH])
    if not ids:
        return False
    refused = Approval.objects.filter(
        kind=ApprovalKind.RELEASE,
        state=ApprovalState.REFUSED,
        decided_at__lte=at - KEPT,
        subject__in=[f"{SUBJECT}{one}" for one in ids],
    )
    gone = [one.removeprefix(SUBJECT) for one in refused.values_list("subject", flat=True)]
    return Submission.objects.filter(submission_id__in=gone).update(content=None) > 0
