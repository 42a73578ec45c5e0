"""Inbox, thread and new message. Opening changes nothing: reading is confirmed by its own request."""

from typing import Any
from uuid import UUID

from django.contrib import messages as notes
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from comity.kernel.codes import Action, HandlingLabel, MessageState, NodeRole, Priority
from comity.kernel.errors import ErrorCode, NotFoundError
from comity.kernel.ids import BureauId, MessageId, ThreadId
from comity.office import runtime
from comity.office.access import Caller, could, page, require
from comity.office.hits.models import Hit
from comity.office.messages import inbox as desk
from comity.office.messages.models import Thread
from comity.office.messages.page_forms import ComposeForm, ReplyForm
from comity.office.messages.services import Draft, mark_read, send_all, send_message
from comity.office.pages.problems import SHOWN_ON_THE_FORM, problems_of, refuse
from comity.rules.decisions import Subject


@require_GET
@page(Action.MESSAGE_LIST)
def inbox(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Show the list of threads."""
    return render(request, "messages/inbox.html", _list(request, caller))


@require_http_methods(["GET", "POST"])
@page(Action.MESSAGE_VIEW)
def thread(request: HttpRequest, caller: Caller, thread_id: UUID) -> HttpResponse:
    """Show one exchange beside the list; POST sends a reply."""
    found = _own_thread(caller, thread_id)
    form = ReplyForm(request.POST if request.method == "POST" else None, auto_id="id_%s")
    if request.method == "POST" and form.is_valid() and _reply(form, caller, found):
        _confirm_reading(caller, found)
        notes.success(request, _("Sealed and queued. Its way is shown below."))
        return redirect("thread", thread_id=thread_id)
    names = _bureaus()
    context = _list(request, caller) | {
        "thread": found,
        "letters": desk.letters(found),
        "form": form,
        "problems": problems_of(form),
        "hit": Hit.objects.filter(thread_id=found.thread_id).first(),
        "peer_name": ", ".join(names.get(party, party) for party in found.parties),
        "peer_codes": ", ".join(found.parties),
    }
    return render(request, "messages/inbox.html", context, status=422 if context["problems"] else 200)


@require_POST
@page(Action.MESSAGE_VIEW)
def thread_read(request: HttpRequest, caller: Caller, thread_id: UUID) -> HttpResponse:
    """Confirm to the sender that a thread's messages were read; the open page sends this by itself."""
    _confirm_reading(caller, _own_thread(caller, thread_id))
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204)
    return redirect("thread", thread_id=thread_id)


@require_http_methods(["GET", "POST"])
@page(Action.MESSAGE_SEND)
def compose(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Write a new message; the page says who receives it."""
    bureaus = _bureaus()
    others = sorted((code, name) for code, name in bureaus.items() if code != caller.bureau)
    form = ComposeForm(request.POST if request.method == "POST" else None, bureaus=others)
    if request.method == "POST" and form.is_valid():
        sent_to = _send(form, caller)
        if sent_to is not None:
            notes.success(request, _("Sealed and queued. Its way is shown below."))
            return redirect("thread", thread_id=sent_to)
    problems = problems_of(form)
    context = {
        "form": form,
        "problems": problems,
        "recipient_name": bureaus.get(form["recipient"].value() or ""),
    }
    return render(request, "messages/compose.html", context, status=422 if problems else 200)


def _list(request: HttpRequest, caller: Caller) -> dict[str, Any]:
    chosen = request.GET.get("view", "")
    chosen = chosen if chosen in desk.VIEWS else ""
    lines, more = desk.lines(chosen)
    at = runtime.clock().now()
    return {
        "views": desk.views(),
        "chosen_view": chosen,
        "threads": lines,
        "more": more,
        "list_url": request.get_full_path(),
        "headers_only": not could(caller, Action.MESSAGE_VIEW, at),
        "may_write": could(caller, Action.MESSAGE_SEND, at),
    }


def _own_thread(caller: Caller, thread_id: UUID) -> Thread:
    found = Thread.objects.filter(thread_id=str(thread_id)).first()
    if found is None:
        raise NotFoundError(ErrorCode.MESSAGE_NOT_FOUND)
    parties = Subject(owner=BureauId(found.bureau), recipients=frozenset(map(BureauId, found.parties)))
    require(caller, Action.MESSAGE_VIEW, parties, runtime.clock().now(), about=f"thread:{thread_id}")
    return found


def _reply(form: ReplyForm, caller: Caller, found: Thread) -> bool:
    said = form.cleaned_data
    last = found.messages.order_by("-id").first()
    draft = Draft(
        recipients=tuple(map(BureauId, found.parties)),
        text=said["text"],
        priority=Priority(said["priority"]),
        label=HandlingLabel(said["label"]),
        thread_id=ThreadId(found.thread_id),
        in_reply_to=None if last is None else MessageId(last.message_id),
        show_recipients=last is not None and last.shows_recipients,
    )
    try:
        send_all(caller, [draft], runtime.clock().now())
    except SHOWN_ON_THE_FORM as error:
        refuse(form, error)
        return False
    return True


def _send(form: ComposeForm, caller: Caller) -> str | None:
    said = form.cleaned_data
    try:
        message = send_message(
            caller,
            BureauId(said["recipient"]),
            said["subject"],
            said["text"],
            Priority(said["priority"]),
            HandlingLabel(said["label"]),
            runtime.clock().now(),
        )
    except SHOWN_ON_THE_FORM as error:
        refuse(form, error)
        return None
    return message.thread.thread_id


def _confirm_reading(caller: Caller, found: Thread) -> None:
    unread = found.messages.filter(state=MessageState.RECEIVED, read_at=None).order_by("id")
    for message_id in list(unread.values_list("message_id", flat=True)):
        mark_read(caller, MessageId(message_id), runtime.clock().now())


def _bureaus() -> dict[str, str]:
    """Return the names of the bureaus that can receive messages."""
    members = runtime.home().directory.current(runtime.clock().now()).active_members()
    return {member.bureau: member.name for member in members if member.role is not NodeRole.POST}
