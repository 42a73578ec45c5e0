"""Inbox and thread. Opening changes nothing: reading is confirmed by its own request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from comity.kernel.codes import Action, MessageForm, MessageState, NodeRole
from comity.kernel.ids import BureauId, MessageId, ThreadId
from comity.office import runtime
from comity.office.access import Caller, could, page
from comity.office.attachments.composing import attached_by
from comity.office.forms.services import form_to_show, forms_here
from comity.office.hits.models import Hit
from comity.office.messages import composing, visibility
from comity.office.messages import inbox as desk
from comity.office.messages.coded_inputs import PREFIX
from comity.office.messages.composing import Letter, Said
from comity.office.messages.drafting import reach_now
from comity.office.messages.letters import letters
from comity.office.messages.models import Message, Thread
from comity.office.messages.reaching import mark_of
from comity.office.messages.services import mark_read
from comity.office.messages.threads import in_order
from comity.office.releases.again import said_in
from comity.office.releases.pages import Outcome, onward
from comity.office.units.services import active_units
from comity.protocol.forms import Form, answers_to

TO_ALL = "all"
"""In a thread of several: the reply goes to every party, not only to whom it answers."""


@require_GET
@page(Action.MESSAGE_LIST)
def inbox(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Show the list of threads."""
    return render(request, "messages/inbox.html", _list(request, caller))


@require_http_methods(["GET", "POST"])
@page(Action.MESSAGE_VIEW)
def thread(request: HttpRequest, caller: Caller, thread_id: UUID) -> HttpResponse:
    """Show one exchange beside the list; POST sends a reply."""
    found, at = visibility.own_thread(caller, thread_id), runtime.clock().now()
    said = said_in(request, caller)
    reply = _reply_in(caller, found, said, str((said or request.GET).get("form", "")))
    reply.letter.attached = attached_by(request, caller, at, said)
    if said is not None and said.keys() & {"choose", "edit"}:
        reply.letter, said = composing.unsent(reply.letter, said, in_thread=True, **reply.references), None
    if said is not None and reply.letter.is_valid():
        if len(reply.recipients) > 1 and said.get("confirmed") != mark_of(reply.recipients):
            return composing.ask_again(request, reply.letter, reach_now(reply.recipients, at), said, at)
        sent = _send(caller, reply, at)
        if sent is not None:
            _confirm_reading(caller, found)
            return onward(request, sent, _("Sealed and queued. Its way is shown below."))
    context = _list(request, caller) | _thread_context(caller, found, reply)
    return render(request, "messages/inbox.html", context, status=422 if context["problems"] else 200)


@require_POST
@page(Action.MESSAGE_VIEW)
def thread_read(request: HttpRequest, caller: Caller, thread_id: UUID) -> HttpResponse:
    """Confirm to the sender that a thread's messages were read; the open page sends this by itself."""
    _confirm_reading(caller, visibility.own_thread(caller, thread_id))
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204)
    return redirect("thread", thread_id=thread_id)


@dataclass(slots=True)
class Reply:
    """A reply that somebody is writing, to whom, and to what."""

    thread: Thread
    letter: Letter
    recipients: tuple[BureauId, ...]
    last: Message | None
    references: dict[str, Any] = field(default_factory=dict)


def _reply_in(caller: Caller, found: Thread, said: Said | None, chosen: str) -> Reply:
    """Return the reply to the newest message of others; with no form chosen, in the form that answers it."""
    last = _newest(caller, found)
    forms = forms_here()
    fitting = _answers(last, forms)
    options = {form.id: form for form in [*fitting, *forms.values()]}
    form_id = chosen or (fitting[0].id if fitting else composing.FREE_TEXT)
    references = visibility.references(caller, UUID(found.thread_id), form_id)
    letter = composing.letter_of(
        said,
        form_id,
        options,
        in_thread=True,
        initial=references["initial"],
        ids=references["ids"],
    )
    return Reply(found, letter, _receivers(found, letter, said, last), last, references)


def _receivers(
    found: Thread, letter: Letter, said: Said | None, last: Message | None
) -> tuple[BureauId, ...]:
    """Return who receives a reply: whom it answers, or all; a correction goes where the former went."""
    if (former := _former(found, letter, said)) is not None:
        return tuple(map(BureauId, former.recipients))
    everybody = tuple(map(BureauId, found.parties))
    to_all = said is not None and said.get("to") == TO_ALL
    return (
        (BureauId(last.sender),)
        if last is not None and last.sender in everybody and not to_all
        else everybody
    )


def _former(found: Thread, letter: Letter, said: Said | None) -> Message | None:
    """Return the own message of the thread that a correction names."""
    if said is None or letter.declaration.id != MessageForm.CORRECTION:
        return None
    named = str(said.get(f"{PREFIX}message", ""))
    return found.messages.exclude(state=MessageState.RECEIVED).filter(message_id=named).first()


def _newest(caller: Caller, found: Thread) -> Message | None:
    """Return the newest message of others that the caller sees, else the newest of all."""
    seen = in_order(list(visibility.messages_for(caller, found.messages.order_by("id"))))
    received = [message for message in seen if message.state == MessageState.RECEIVED]
    return next(reversed(received or seen), None)


def _answers(last: Message | None, forms: Mapping[str, Form]) -> list[Form]:
    """Return the forms that answer a message, the most fitting first; none where words alone will do."""
    if last is None or last.state != MessageState.RECEIVED:
        return []
    asked = form_to_show(last.form, last.form_definition)
    if asked is None or not asked.awaits_answer:
        return []
    return answers_to(asked, list(forms.values()))


def _send(caller: Caller, reply: Reply, at: datetime) -> Outcome | None:
    last = reply.last
    return reply.letter.send(
        caller,
        reply.recipients,
        at,
        thread_id=ThreadId(reply.thread.thread_id),
        in_reply_to=None if last is None else MessageId(last.message_id),
        show_recipients=last is not None and last.shows_recipients,
    )


def _thread_context(caller: Caller, found: Thread, reply: Reply) -> dict[str, Any]:
    names = _bureaus()
    may_pass_on = could(caller, Action.MESSAGE_PASS_ON, runtime.clock().now())
    return reply.letter.context() | {
        "thread": found,
        "unread_here": _unread(caller, found),
        "letters": letters(caller, found),
        "problems": reply.letter.problems,
        "hit": None if caller.actor.unit else Hit.objects.filter(thread_id=found.thread_id).first(),
        "units": active_units() if may_pass_on else [],
        "reply_name": ", ".join(names.get(party, party) for party in reply.recipients),
        "reply_codes": ", ".join(reply.recipients),
        "parties": len(found.parties),
        "to_all": len(reply.recipients) > 1,
    }


def _list(request: HttpRequest, caller: Caller) -> dict[str, Any]:
    chosen = request.GET.get("view", "")
    chosen = chosen if chosen in desk.VIEWS else ""
    lines, more = desk.lines(caller, chosen)
    at = runtime.clock().now()
    return {
        "views": desk.views(caller),
        "chosen_view": chosen,
        "threads": lines,
        "more": more,
        "list_url": request.get_full_path(),
        "headers_only": not could(caller, Action.MESSAGE_VIEW, at),
        "may_write": could(caller, Action.MESSAGE_SEND, at),
        "may_set_aside": could(caller, Action.ALARM_SET_ASIDE, at),
        "gaps": desk.gaps(caller) if chosen == desk.ALARMS else [],
    }


def _unread(caller: Caller, found: Thread) -> int:
    return visibility.unread_for(caller).get(found.thread_id, 0) if caller.actor.unit else found.unread


def _confirm_reading(caller: Caller, found: Thread) -> None:
    unread = found.messages.filter(state=MessageState.RECEIVED)
    if not caller.actor.unit:
        unread = unread.filter(read_at=None)
    for message_id in list(
        visibility.messages_for(caller, unread).order_by("id").values_list("message_id", flat=True)
    ):
        mark_read(caller, MessageId(message_id), runtime.clock().now())


def _bureaus() -> dict[str, str]:
    """Return the names of the bureaus that can receive messages."""
    members = runtime.home().directory.current(runtime.clock().now()).active_members()
    return {member.bureau: member.name for member in members if member.role is not NodeRole.POST}
