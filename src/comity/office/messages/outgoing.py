"""Putting something on its way: numbered, sealed, signed and queued in the caller's transaction (I4).

A number is given by a locked row for each recipient and priority, so that a crash leaves neither a gap
nor a number used twice. These locks are taken last, behind those of hits, threads and messages.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

import msgspec
from django.db import transaction
from django.db.models import F

from comity.kernel.codes import MessageForm, Priority
from comity.kernel.errors import ErrorCode, InputError, TrustError
from comity.kernel.ids import BureauId, FormId, MessageId, ThreadId, new_id
from comity.node import envelopes
from comity.node.envelopes import Addressee
from comity.office.messages import bell
from comity.office.messages.bell import Call
from comity.office.messages.limits import ENVELOPE_LIFE, RANK
from comity.office.messages.models import Delivery, Message, OutboxItem, SendLane
from comity.office.runtime import home
from comity.protocol.members import Member
from comity.protocol.messages import Envelope, Letter, Payload, SealedHeader

CONTROL_FORMS: Final = frozenset(map(FormId, (MessageForm.RECEIPT, MessageForm.RESEND)))
"""Between nodes only: never on a desk, never receipted."""
_BATCH: Final = 200
"""Rows in one statement: SQLite takes some thousand parameters at once."""


class Parcel(NamedTuple):
    """A letter that is to be sealed, and to whom."""

    message_id: MessageId
    letter: Letter
    recipients: tuple[Member, ...]
    priority: Priority


@dataclass(frozen=True, slots=True)
class Sealed:
    """What became of a parcel: the envelope, and each recipient's number and digest."""

    parcel: Parcel
    envelope: Envelope
    sequences: Mapping[BureauId, int]
    digests: Mapping[BureauId, str]


def recipient_member(recipient: BureauId, at: datetime) -> Member:
    """Return the active node that receives for `recipient`.

    Raises `InputError` (message.recipient) for the own bureau and for who is no active bureau;
    `TrustError` (directory.…) when this node's directory is missing or too old to tell.
    """
    directory = home().directory.current(at)
    if recipient == home().bureau:
        raise InputError(ErrorCode.MESSAGE_RECIPIENT, field="recipient")
    try:
        return directory.bureau_node(recipient)
    except TrustError as error:
        raise InputError(ErrorCode.MESSAGE_RECIPIENT, field="recipient") from error


def seal_all(parcels: Sequence[Parcel], at: datetime) -> list[Sealed]:
    """Number and seal parcels in their order. Needs an open transaction, and `store_all` in it."""
    wanted = [(recipient.bureau, parcel.priority) for parcel in parcels for recipient in parcel.recipients]
    following = _take_numbers(wanted)
    return [_seal(parcel, following, at) for parcel in parcels]


def store_all(
    sealed: Sequence[Sealed], at: datetime, messages: Mapping[MessageId, Message] | None = None
) -> None:
    """Put envelopes in the outbox; they leave when the transaction commits, and never otherwise.

    `messages` are the stored messages that they carry; control forms have none.
    """
    known = messages or {}
    items = OutboxItem.objects.bulk_create([_item(one, at) for one in sealed], batch_size=_BATCH)
    rows = [
        _delivery(one, item, recipient.bureau, known.get(one.parcel.message_id), at)
        for one, item in zip(sealed, items, strict=True)
        for recipient in one.parcel.recipients
    ]
    Delivery.objects.bulk_create(rows, batch_size=_BATCH)
    calls = {call for one in sealed for call in _calls(one.parcel)}
    transaction.on_commit(lambda: bell.ring(home().run_dir, calls))


def _calls(parcel: Parcel) -> list[Call]:
    """Return whom a parcel gives something to do."""
    lane = Call.FLASH if parcel.priority is Priority.FLASH else Call.REST
    return [lane, Call.FILES] if parcel.letter.payload.attachments else [lane]


def control(
    form: MessageForm, fields: msgspec.Struct, recipient: Member, priority: Priority, at: datetime
) -> Parcel:
    """Return a parcel that only the other node reads: a receipt, or a request to send again."""
    sealed = SealedHeader(thread_id=ThreadId(new_id(at)), form=FormId(form))
    letter = Letter(header=sealed, payload=Payload(fields=msgspec.to_builtins(fields)))
    return Parcel(MessageId(new_id(at)), letter, (recipient,), priority)


def queue_control(parcels: Sequence[Parcel], at: datetime) -> None:
    """Seal control forms and put them in the outbox. Needs an open transaction."""
    if parcels:
        store_all(seal_all(parcels, at), at)


def raise_numbers(highest: Mapping[tuple[BureauId, Priority], int]) -> None:
    """Go on above the numbers that others know of this node, which was put back from a backup."""
    bureau = home().bureau
    with transaction.atomic():
        _make_lanes(highest)
        for (peer, priority), number in sorted(highest.items()):
            lanes = SendLane.objects.filter(bureau=bureau, peer=peer, priority=priority)
            lane = lanes.select_for_update().get()
            if lane.last_sent < number:
                lanes.update(last_sent=number)


def _take_numbers(wanted: Sequence[tuple[BureauId, Priority]]) -> dict[tuple[BureauId, Priority], int]:
    """Return the last number given in each lane, after taking as many as `wanted` asks for."""
    counts: dict[tuple[BureauId, Priority], int] = {}
    for lane in wanted:
        counts[lane] = counts.get(lane, 0) + 1
    last: dict[tuple[BureauId, Priority], int] = {}
    for priority in Priority:
        peers = {peer: count for (peer, of), count in counts.items() if of is priority}
        for peer, number in _take_in(priority, peers).items():
            last[peer, priority] = number
    return last


def _take_in(priority: Priority, peers: Mapping[BureauId, int]) -> dict[BureauId, int]:
    if not peers:
        return {}
    lanes = _locked(priority, peers)
    if len(lanes) < len(peers):
        _make_lanes((peer, priority) for peer in peers)
        lanes = _locked(priority, peers)
    rows: dict[int, list[int]] = {}
    for lane in lanes:
        rows.setdefault(peers[BureauId(lane.peer)], []).append(lane.pk)
    for count, keys in rows.items():
        SendLane.objects.filter(pk__in=keys).update(last_sent=F("last_sent") + count)
    return {BureauId(lane.peer): lane.last_sent for lane in lanes}


def _locked(priority: Priority, peers: Iterable[BureauId]) -> list[SendLane]:
    lanes = SendLane.objects.select_for_update().filter(
        bureau=home().bureau, priority=priority, peer__in=list(peers)
    )
    return list(lanes.order_by("peer"))


def _make_lanes(lanes: Iterable[tuple[BureauId, Priority]]) -> None:
    bureau = home().bureau
    rows = [SendLane(bureau=bureau, peer=peer, priority=priority) for peer, priority in sorted(lanes)]
    SendLane.objects.bulk_create(rows, ignore_conflicts=True)


def _seal(parcel: Parcel, following: dict[tuple[BureauId, Priority], int], at: datetime) -> Sealed:
    addressees = []
    for member in parcel.recipients:
        following[member.bureau, parcel.priority] += 1
        addressees.append(Addressee(member, following[member.bureau, parcel.priority]))
    envelope = envelopes.seal(
        parcel.letter,
        message_id=parcel.message_id,
        sender=home().node,
        priority=parcel.priority,
        created_at=at,
        expires_at=at + ENVELOPE_LIFE,
        addressees=addressees,
        signing=home().signing,
    )
    return Sealed(
        parcel,
        envelope,
        {each.member.bureau: each.sequence for each in addressees},
        envelopes.digests(envelope),
    )


def _item(sealed: Sealed, at: datetime) -> OutboxItem:
    parcel = sealed.parcel
    text = msgspec.json.encode(sealed.envelope).decode("utf-8")
    is_control = parcel.letter.header.form in CONTROL_FORMS
    return OutboxItem(
        bureau=home().bureau,
        message_id=parcel.message_id,
        priority=parcel.priority,
        envelope=text,
        size=len(text),
        letter=msgspec.json.encode(parcel.letter).decode("utf-8") if is_control else "",
        created_at=at,
        expires_at=at + ENVELOPE_LIFE,
    )


def _delivery(
    sealed: Sealed, item: OutboxItem, recipient: BureauId, message: Message | None, at: datetime
) -> Delivery:
    return Delivery(
        bureau=home().bureau,
        item=item,
        message=message,
        recipient=recipient,
        priority=sealed.parcel.priority,
        rank=RANK[sealed.parcel.priority],
        sequence=sealed.sequences[recipient],
        digest=sealed.digests[recipient],
        created_at=at,
        next_attempt_at=at,
    )
