"""The worker's steps: bring queued submissions to the secretariat, and ask which copies have confirmed."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import msgspec
from django.db import transaction

from comity.kernel.errors import ComityError, ErrorCode, TrustError, UnavailableError
from comity.kernel.ids import NodeId, RecordId
from comity.node.directory import TrustedDirectory, instant
from comity.node.peer import PeerClient, PeerRefusedError
from comity.office import runtime
from comity.office.feed.receipts import open_receipt
from comity.office.records import erasure, verdicts
from comity.office.records.models import (
    OutgoingSubmission,
    Record,
    RecordState,
    WithdrawalCursor,
    WithdrawalReceipt,
)
from comity.office.scoping import acting_for
from comity.protocol.feed import (
    MAX_WITHDRAWALS,
    CopyConfirmation,
    SignedCopyReceipt,
    WithdrawalList,
    WithdrawalStatus,
)
from comity.protocol.records import SignedSubmission, SubmissionVerdict

FIRST_PAUSE: Final = timedelta(seconds=1)
LONGEST_PAUSE: Final = timedelta(minutes=1)
"""A line that comes back is used within a minute; until then it costs one request a minute."""
MAX_PER_STEP: Final = 20
"""Twenty thousand records a step; the worker has other things to do in between."""
SUBMISSION_TIMEOUT_S: Final = 60.0
"""A thousand records on a slow disk; the same submission again gets the same verdict anyway."""
FRESH_FOR: Final = timedelta(minutes=2)
"""Copies with a line confirm within seconds; the owner looks on for that long."""
LATE_EVERY: Final = timedelta(seconds=5)
"""How often to ask about copies that have no line."""
_FINAL_STATUSES: Final = frozenset({400, 409, 413, 415, 422})
"""What the secretariat will say again to the same bytes; everything else is tried again."""


def deliver_submissions(peer_client: PeerClient, at: datetime) -> int:
    """Deliver what is queued, oldest first, and return how many got their verdict.

    Order matters, so the first that cannot be delivered now holds up the rest. Nothing is lost by a
    crash at any point: the same submission gets the same verdict.
    """
    delivered = 0
    with acting_for(runtime.home().bureau):
        for row in OutgoingSubmission.objects.filter(state="queued").order_by("created_at", "submission_id")[
            :MAX_PER_STEP
        ]:
            if row.next_attempt_at > at or not _deliver(peer_client, row, at):
                break
            delivered += 1
    return delivered


def refresh_withdrawals(peer_client: PeerClient, at: datetime) -> int:
    """Ask the secretariat who has confirmed own withdrawals and expiries, if any is open.

    Returns how many withdrawals were brought up to date. Cheap when nothing is open: some queries.
    When the open ones are old (a copy is away for days), it asks once in `LATE_EVERY` only.
    """
    with acting_for(runtime.home().bureau):
        after = _first_open(at)
        if after is None or not _turn(at):
            return 0
        known = 0
        while True:
            url = runtime.home().settings.secretariat_url + "/node/v1/withdrawals"
            answer = peer_client.get(url, WithdrawalList, params={"after": after})
            for status in answer.withdrawals:
                _update(status, answer.receipts, at)
            known += len(answer.withdrawals)
            if answer.withdrawals:
                after = answer.withdrawals[-1].sequence
                _move_cursor(after)
            if len(answer.withdrawals) < MAX_WITHDRAWALS:
                return known


def _deliver(peer_client: PeerClient, row: OutgoingSubmission, at: datetime) -> bool:
    signed = msgspec.json.decode(row.signed, type=SignedSubmission)
    url = runtime.home().settings.secretariat_url + "/node/v1/submissions"
    try:
        verdict = peer_client.post(url, signed, SubmissionVerdict, timeout_s=SUBMISSION_TIMEOUT_S)
    except PeerRefusedError as refusal:
        if refusal.peer_status not in _FINAL_STATUSES:
            _postpone(row, refusal.peer_code or str(refusal.code), at)
            return False
        verdict = SubmissionVerdict(
            submission_id=row.submission_id,
            accepted=False,
            code=refusal.peer_code or str(ErrorCode.PEER_REFUSED),
            field=refusal.field,
        )
    except (UnavailableError, TrustError) as error:
        _postpone(row, str(error.code), at)
        return False
    verdicts.settle(row, verdict, at)
    return True


def _postpone(row: OutgoingSubmission, code: str, at: datetime) -> None:
    row.attempts += 1
    row.last_error = code[:60]
    row.next_attempt_at = at + min(FIRST_PAUSE * 2 ** min(row.attempts - 1, 10), LONGEST_PAUSE)
    row.save(update_fields=["attempts", "last_error", "next_attempt_at"])


def _turn(at: datetime) -> bool:
    """Tell whether to ask now, and note when old withdrawals were asked about."""
    fresh = Record.objects.filter(
        state=RecordState.WITHDRAWN, copies_confirmed=False, changed_at__gte=at - FRESH_FOR
    )
    cursor, _made = WithdrawalCursor.objects.get_or_create(bureau=runtime.home().bureau)
    if not fresh.exists() and cursor.asked_at is not None and at - cursor.asked_at < LATE_EVERY:
        return False
    cursor.asked_at = at
    cursor.save()
    return True


def _first_open(at: datetime) -> int | None:
    """Return the position after which to ask, or None when no withdrawal is open."""
    oldest = (
        Record.objects.filter(
            state=RecordState.WITHDRAWN, copies_confirmed=False, withdrawn_sequence__isnull=False
        )
        .order_by("withdrawn_sequence")
        .values_list("withdrawn_sequence", flat=True)
        .first()
    )
    expired = Record.objects.filter(state=RecordState.IN_FORCE, expires_at__lte=at).exists()
    unnumbered = Record.objects.filter(
        state=RecordState.WITHDRAWN, copies_confirmed=False, withdrawn_sequence__isnull=True
    ).exists()
    cursor = (
        WithdrawalCursor.objects.filter(bureau=runtime.home().bureau)
        .values_list("sequence", flat=True)
        .first()
        or 0
    )
    if oldest is not None:
        return min(oldest - 1, cursor)
    return cursor if expired or unnumbered else None


def _move_cursor(sequence: int) -> None:
    cursor, _made = WithdrawalCursor.objects.get_or_create(bureau=runtime.home().bureau)
    if sequence > cursor.sequence:
        cursor.sequence = sequence
        cursor.save()


def _update(status: WithdrawalStatus, receipts: dict[str, SignedCopyReceipt], at: datetime) -> None:
    directory = runtime.home().directory.current(at)
    with transaction.atomic():
        record = Record.objects.select_for_update().filter(record_id=status.record_id).first()
        if record is None or (record.copies_confirmed and record.withdrawn_sequence == status.sequence):
            return
        if record.state != RecordState.WITHDRAWN or record.withdrawn_sequence is None:
            record.withdrawn_sequence = status.sequence  # its time ran out, or the verdict was lost
            record.changed_at = at
            record.save()
            erasure.erase_records([record])
        open_copies = 0
        for confirmation in status.copies:
            if not _keep(record, confirmation, receipts, directory):
                open_copies += 1
        named = [confirmation.copy for confirmation in status.copies]
        WithdrawalReceipt.objects.filter(record=record, confirmed_at__isnull=True).exclude(
            copy__in=named
        ).delete()
        record.copies_confirmed = open_copies == 0
        record.save(update_fields=["copies_confirmed"])


def _keep(
    record: Record,
    confirmation: CopyConfirmation,
    receipts: dict[str, SignedCopyReceipt],
    directory: TrustedDirectory,
) -> bool:
    """Keep what one copy says; tell whether it has confirmed with a receipt that holds."""
    row, _made = WithdrawalReceipt.objects.get_or_create(
        record=record, copy=confirmation.copy, defaults={"bureau": record.bureau}
    )
    if row.confirmed_at is not None:
        return True
    signed = receipts.get(confirmation.receipt)
    if confirmation.confirmed_at is None or signed is None:
        return False
    if not _holds(record, confirmation, signed, directory):
        return False
    row.confirmed_at = instant(confirmation.confirmed_at)
    row.receipt = msgspec.json.encode(signed).decode("utf-8")
    row.save()
    return True


def _holds(
    record: Record, confirmation: CopyConfirmation, signed: SignedCopyReceipt, directory: TrustedDirectory
) -> bool:
    """Tell whether the copy itself signed that the record is gone: the secretariat's word is not enough."""
    if sha256(signed.body.encode("utf-8")).hexdigest() != confirmation.receipt:
        return False
    for entry in directory.entries(NodeId(confirmation.copy)):
        try:
            receipt = open_receipt(signed, entry, directory)
        except ComityError:
            continue  # signed with another of the node's keys, or not at all
        reaches = record.withdrawn_sequence is not None and receipt.sequence >= record.withdrawn_sequence
        return reaches and RecordId(record.record_id) in receipt.withdrawn
    return False
