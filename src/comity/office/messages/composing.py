"""Writing a message: the form, its fields, who receives; asked again where it is more than one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.datastructures import MultiValueDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from comity.kernel.codes import Action, HandlingLabel, Priority
from comity.kernel.errors import ErrorCode, InputError
from comity.kernel.ids import BureauId
from comity.office import runtime
from comity.office.access import Caller, page
from comity.office.attachments.composing import Attached, attached_by
from comity.office.forms.services import forms_here
from comity.office.messages import visibility
from comity.office.messages.coded_inputs import PREFIX, CodedForm
from comity.office.messages.drafting import draft_of
from comity.office.messages.page_forms import LetterForm
from comity.office.messages.reaching import ReachForm, mark_of, sentence_of
from comity.office.pages.problems import SHOWN_ON_THE_FORM, Problem, problem_of, problems_of, refuse
from comity.office.releases.again import AGAIN, said_in
from comity.office.releases.pages import Outcome, onward
from comity.office.releases.services import hand_in
from comity.protocol.forms import FieldKind, Form, declared, text_in
from comity.protocol.reach import Reach

FREE_TEXT = "free_text"
Said = MultiValueDict[str, Any]


@dataclass(kw_only=True)
class Letter:
    """A message that somebody is writing: the declared form, its inputs, and what was wrong with them."""

    declaration: Form
    coded: CodedForm
    words: LetterForm
    others: Sequence[Form] = ()
    refusals: list[Problem] = field(default_factory=list)
    attached: Attached = field(default_factory=Attached)
    corrects: str = ""
    """The refused submission of which this is the new text."""

    @property
    def problems(self) -> list[Problem]:
        """What was wrong, in the order of the page."""
        refused = [] if self.attached.refusal is None else [problem_of(self.attached.refusal)]
        return problems_of(self.coded) + problems_of(self.words) + refused

    def is_valid(self) -> bool:
        """Check both parts, so that all problems are told at once."""
        return all([self.coded.is_valid(), self.words.is_valid(), self.attached.refusal is None])

    def context(self) -> dict[str, Any]:
        """Return what the templates ask for."""
        language = get_language() or "en"
        options = [(form.id, text_in(form.name, language)) for form in self.others]
        return {
            "coded": self.coded,
            "form": self.words,
            "form_id": self.declaration.id,
            "form_options": options,
            "attached": self.attached.files,
            "again": self.corrects,
        }

    def send(
        self, caller: Caller, recipients: Sequence[BureauId], at: datetime, **more: Any
    ) -> Outcome | None:
        """Hand it in; None when a service refused, which then stands in the form."""
        said = self.words.cleaned_data
        try:
            draft = draft_of(
                caller,
                recipients,
                form=self.declaration.id,
                fields=self.coded.values,
                subject=said.get("subject", ""),
                text=said.get("text", ""),
                priority=Priority(said["priority"]),
                label=HandlingLabel(said["label"]),
                attachments=self.attached.ids,
                **more,
            )
            return hand_in(caller, [draft], at, corrects=self.corrects)[0]
        except SHOWN_ON_THE_FORM as error:
            refuse(self.words, error)
            return None


def letter_of(  # noqa: PLR0913 - the parts of a letter
    said: Said | None,
    chosen: str,
    others: Mapping[str, Form],
    *,
    in_thread: bool = False,
    initial: Mapping[str, Any] | None = None,
    ids: Mapping[FieldKind, Sequence[tuple[str, str]]] | None = None,
) -> Letter:
    """Return the letter in the form `chosen`, filled with what was `said`; an unknown form is free text."""
    declaration = others.get(chosen) or declared()[FREE_TEXT]
    start = {PREFIX + f.name: value for f in declaration.fields if (value := (initial or {}).get(f.kind))}
    return Letter(
        declaration=declaration,
        coded=CodedForm(declaration, said, initial=start, ids=ids),
        words=LetterForm(declaration, said, in_thread=in_thread),
        others=list(others.values()),
        corrects=str(said.get(AGAIN, "")) if said is not None else "",
    )


def unsent(letter: Letter, said: Said, *, in_thread: bool = False, **more: Any) -> Letter:
    """Return the letter with what was said as its beginning and nothing wrong yet: the form was changed."""
    kept = {name: said.getlist(name) if len(said.getlist(name)) > 1 else said.get(name) for name in said}
    if not letter.corrects:
        kept.pop("priority", None)
    fresh = letter_of(
        None, letter.declaration.id, {f.id: f for f in letter.others}, in_thread=in_thread, **more
    )
    fresh.coded.initial = {**fresh.coded.initial, **kept}
    fresh.words.initial = kept
    fresh.attached, fresh.corrects = letter.attached, letter.corrects
    return fresh


@require_http_methods(["GET", "POST"])
@page(Action.MESSAGE_SEND)
def compose(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Write a new message; the page says who receives it, and asks again where it is more than one."""
    at = runtime.clock().now()
    said = said_in(request, caller)
    chosen = str((said or request.GET).get("form", FREE_TEXT))
    letter, reach = letter_of(said, chosen, forms_here()), ReachForm(said, at=at)
    letter.attached = attached_by(request, caller, at, said)
    if said is not None and said.keys() & {"choose", "edit"}:
        reach.is_valid()
        letter, said = unsent(letter, said), None
        return render(request, "messages/compose.html", _context(letter, reach, at))
    if said is not None and all([reach.is_valid(), letter.is_valid()]):
        receive = reach.result.receive
        if len(receive) > 1 and said.get("confirmed") != mark_of(receive):
            return ask_again(request, letter, reach.result, said, at)
        sent = letter.send(caller, receive, at, show_recipients=reach.cleaned_data["show_recipients"])
        if sent is not None:
            return onward(request, sent, _("Sealed and queued. Its way is shown below."))
    context = _context(letter, reach, at)
    return render(request, "messages/compose.html", context, status=422 if context["problems"] else 200)


@require_POST
@page(Action.MESSAGE_SEND, journal=False)
def compose_fields(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Give the inputs of another form, with what was typed so far where a field is the same."""
    said = request.POST
    thread_id = said.get("thread_id", "")
    more = visibility.references(caller, _uuid(thread_id), str(said.get("form"))) if thread_id else {}
    in_thread = bool(thread_id)
    letter = unsent(letter_of(said, str(said.get("form")), forms_here()), said, in_thread=in_thread, **more)
    return render(request, "messages/letter_fields.html", letter.context())


@require_POST
@page(Action.MESSAGE_SEND, journal=False)
def compose_reach(request: HttpRequest, caller: Caller) -> HttpResponse:  # noqa: ARG001 - the page's signature
    """Say who receives and who does not, as chosen at this moment."""
    at = runtime.clock().now()
    reach = ReachForm(request.POST, at=at)
    reach.is_valid()
    return render(request, "messages/who.html", {"sentence": sentence_of(reach.result, at)})


def ask_again(request: HttpRequest, letter: Letter, reach: Reach, said: Said, at: datetime) -> HttpResponse:
    """Show who receives before anything leaves; nothing is kept on the server meanwhile."""
    hidden = [
        (name, value)
        for name in said
        for value in said.getlist(name)
        if name not in {"csrfmiddlewaretoken", "confirmed", "attachments"}
    ]
    hidden += [("attachments", each) for each in letter.attached.ids]
    context = {
        "action": request.path,
        "hidden": hidden,
        "mark": mark_of(reach.receive),
        "sentence": sentence_of(reach, at),
        "form_name": letter.coded.name,
        "subject": said.get("subject", ""),
        "shown_to_each_other": bool(said.get("show_recipients")),
    }
    return render(request, "messages/confirm.html", context)


def _context(letter: Letter, reach: ReachForm, at: datetime) -> dict[str, Any]:
    problems = (problems_of(reach) if reach.is_bound and not _unsent(letter) else []) + letter.problems
    return letter.context() | {
        "reach": reach,
        "sentence": sentence_of(reach.result, at),
        "problems": problems,
    }


def _unsent(letter: Letter) -> bool:
    return not letter.words.is_bound


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InputError(ErrorCode.INPUT_WRONG_TYPE, field="thread_id") from None
