"""Machine API of recall and correction: the same use cases as the desk's pages."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from django.http.response import HttpResponseBase
from msgspec import Meta

from comity.kernel.codes import Action
from comity.kernel.ids import MessageId
from comity.office.access import Caller
from comity.office.machine import operation
from comity.office.messages.limits import MAX_NOTE, MAX_TEXT
from comity.office.messages.models import Message
from comity.office.recalls import services
from comity.office.releases.lines import WaitingLine, line_of
from comity.office.releases.services import Waiting
from comity.office.responses import json_response
from comity.protocol.messages import MAX_ENVELOPE_BYTES


class RecallRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a message is taken back; every recipient reads it."""

    reason: Annotated[str, Meta(min_length=1, max_length=MAX_NOTE)]


class CorrectionRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The new version of a message."""

    text: Annotated[str, Meta(min_length=1, max_length=MAX_TEXT)]
    fields: dict[str, Any] = {}
    """Those of the declared form `correction`; `message` is put in by itself."""


class ChangeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The message that says so to the recipients; their signed confirmations stand with the former one."""

    message_id: str
    sent_as: str
    thread_id: str


Answered = ChangeAnswer | HttpResponseBase


@operation(
    Action.MESSAGE_RECALL,
    "POST",
    summary="Take a message back: every recipient's node erases it and confirms that, signed.",
    body=RecallRequest,
    answer=ChangeAnswer,
    status=201,
    also={202: WaitingLine},
    errors=(409,),
    examples={"recall": {"reason": "Sent to the wrong bureau."}},
)
def recall(caller: Caller, at: datetime, message_id: UUID, body: RecallRequest) -> Answered:
    """Recall it."""
    return _answer(message_id, services.recall(caller, MessageId(str(message_id)), body.reason, at))


@operation(
    Action.MESSAGE_CORRECT,
    "POST",
    summary="Send a new version of a message; the former one is marked at every recipient.",
    body=CorrectionRequest,
    answer=ChangeAnswer,
    status=201,
    also={202: WaitingLine},
    max_bytes=MAX_ENVELOPE_BYTES,
    errors=(409,),
    examples={"correction": {"text": "The plate is XQ-472-ZZ.", "fields": {"what": ["number"]}}},
)
def correct(caller: Caller, at: datetime, message_id: UUID, body: CorrectionRequest) -> Answered:
    """Correct it."""
    done = services.correct(caller, MessageId(str(message_id)), body.fields, body.text, at)
    return _answer(message_id, done)


def _answer(message_id: UUID, done: Message | Waiting) -> Answered:
    if isinstance(done, Waiting):
        return json_response(line_of(done), 202)
    return ChangeAnswer(message_id=str(message_id), sent_as=done.message_id, thread_id=done.thread.thread_id)
