"""Changes on their way to the secretariat: signed and queued in the transaction that makes them here."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from django.db import transaction

from comity.crypto.signing import SigningContext
from comity.kernel.canonical import canonical_bytes
from comity.kernel.clock import to_wire
from comity.kernel.ids import new_id
from comity.office import runtime
from comity.office.messages import bell
from comity.office.messages.bell import Call
from comity.office.records.models import OutgoingSubmission
from comity.protocol.records import MAX_BATCH_RECORDS, RecordChange, SignedSubmission, Submission


def queue(changes: Sequence[RecordChange], at: datetime) -> list[str]:
    """Sign `changes` in batches and queue them; return the submissions' ids, in order.

    Belongs into the transaction that writes the records. The worker is woken when it commits.
    """
    home = runtime.home()
    ids = []
    for start in range(0, len(changes), MAX_BATCH_RECORDS):
        submission = Submission(
            submission_id=new_id(at),
            owner=home.bureau,
            created_at=to_wire(at),
            changes=list(changes[start : start + MAX_BATCH_RECORDS]),
        )
        OutgoingSubmission.objects.create(
            submission_id=submission.submission_id,
            bureau=home.bureau,
            signed=msgspec.json.encode(_signed(submission)).decode("utf-8"),
            created_at=at,
            next_attempt_at=at,
        )
        ids.append(submission.submission_id)
    transaction.on_commit(lambda: bell.ring(home.run_dir, [Call.RECORDS]))
    return ids


def contents(row: OutgoingSubmission) -> Submission:
    """Return what a queued submission says."""
    signed = msgspec.json.decode(row.signed, type=SignedSubmission)
    return msgspec.json.decode(signed.body, type=Submission)


def _signed(submission: Submission) -> SignedSubmission:
    body = canonical_bytes(submission)
    signature = runtime.home().signing.sign(SigningContext.SUBMISSION, body)
    return SignedSubmission(body=body.decode("utf-8"), signature=signature)
