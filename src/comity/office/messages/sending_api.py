"""Machine API of the line: sending. What a second person must release first is answered with 202 (I9)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final

import msgspec
from django.http.response import HttpResponseBase
from msgspec import Meta

from comity.kernel.codes import Action
from comity.kernel.ids import MessageId, ThreadId
from comity.office.access import Caller
from comity.office.machine import operation
from comity.office.messages.api import MessageAnswer, MessageDraft, MessageHeader, answer_of, header_of
from comity.office.messages.drafting import draft_of, recipients_of
from comity.office.messages.models import Message
from comity.office.messages.services import Draft
from comity.office.releases.lines import WaitingLine, line_of
from comity.office.releases.services import Waiting, hand_in
from comity.office.responses import json_response
from comity.office.turns import turn_for
from comity.protocol.messages import MAX_ENVELOPE_BYTES

MAX_BATCH: Final = 100
"""Messages in one step: a few tenths of a second of sealing."""
MAX_BATCH_BYTES: Final = 4 * 1024 * 1024
"""A hundred messages of ten pages each."""


class MessageBatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Messages that are sent in one step, all or none."""

    messages: Annotated[list[MessageDraft], Meta(min_length=1, max_length=MAX_BATCH)]


class MessageAnswers(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a batch, in its order."""

    messages: list[MessageHeader]


class PartlyWaiting(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a batch of which something waits for release: `sent` is on its way, `waiting` is not.

    Each in the order of the batch; `places` are the places in it of those that wait, from 0.
    """

    sent: list[MessageHeader]
    waiting: list[WaitingLine]
    places: list[int]


@operation(
    Action.MESSAGE_SEND,
    "POST",
    summary="Send a message to another bureau, sealed to it; 202 when a second person must release it first.",
    body=MessageDraft,
    answer=MessageAnswer,
    status=201,
    also={202: WaitingLine},
    max_bytes=MAX_ENVELOPE_BYTES,
    errors=(409, 429, 503),
    examples={
        "message": {
            "recipient": "SEC",
            "subject": "Question on a document",
            "text": "Please confirm the type of document PX0000001.",
            "priority": "urgent",
        },
        "declared form": {
            "recipient": "SEC",
            "form": "document_check",
            "fields": {
                "document_kind": "passport",
                "document_number": "PX0000001",
                "document_country": "SVN",
                "purpose": "border_control",
            },
        },
    },
)
def send(caller: Caller, at: datetime, body: MessageDraft) -> MessageAnswer | HttpResponseBase:
    """Send it; it is durable when the answer leaves."""
    (done,) = _handed_in(caller, [_draft(caller, body, at)], at)
    if isinstance(done, Waiting):
        return json_response(line_of(done), 202)
    return answer_of(done)


@operation(
    Action.MESSAGE_SEND,
    "POST",
    summary="Send up to 100 messages in one step, all or none; 202 when some must be released first.",
    body=MessageBatch,
    answer=MessageAnswers,
    status=201,
    also={202: PartlyWaiting},
    max_bytes=MAX_BATCH_BYTES,
    errors=(409, 429, 503),
    examples={
        "two messages": {
            "messages": [
                {"recipient": "SEC", "subject": "Document PX0000001", "text": "Please confirm its type."},
                {"recipients": ["SEC"], "subject": "Document PX0000002", "text": "Please confirm its type."},
            ]
        }
    },
)
def send_batch(caller: Caller, at: datetime, body: MessageBatch) -> MessageAnswers | HttpResponseBase:
    """Send them; all are durable when the answer leaves."""
    done = _handed_in(caller, [_draft(caller, one, at) for one in body.messages], at)
    sent = [header_of(one, bare=False) for one in done if isinstance(one, Message)]
    if len(sent) == len(done):
        return MessageAnswers(messages=sent)
    held = [(place, one) for place, one in enumerate(done) if isinstance(one, Waiting)]
    partly = PartlyWaiting(
        sent=sent, waiting=[line_of(one) for _, one in held], places=[place for place, _ in held]
    )
    return json_response(partly, 202)


def _handed_in(caller: Caller, drafts: Sequence[Draft], at: datetime) -> list[Message | Waiting]:
    with turn_for(draft.priority for draft in drafts):
        return hand_in(caller, drafts, at)


def _draft(caller: Caller, body: MessageDraft, at: datetime) -> Draft:
    return draft_of(
        caller,
        recipients_of(body.recipient, body.recipients, body.reach or "", at),
        form=body.form,
        fields=body.fields,
        subject=body.subject,
        text=body.text,
        priority=body.priority,
        label=body.label,
        thread_id=None if body.thread_id is None else ThreadId(str(body.thread_id)),
        in_reply_to=None if body.in_reply_to is None else MessageId(str(body.in_reply_to)),
        show_recipients=body.show_recipients,
        attachments=tuple(map(str, body.attachments)),
    )
