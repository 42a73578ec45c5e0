"""An owner's records: list, form, history, withdrawal with its proof, upload of files."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import msgspec
from django.contrib import messages as notes
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from comity import collections
from comity.kernel.codes import Action, CollectionName
from comity.kernel.error_texts import CODE_TEXTS
from comity.kernel.errors import ErrorCode, NotFoundError
from comity.kernel.ids import RecordId
from comity.office import runtime
from comity.office.access import Caller, could, page, require
from comity.office.pages.facts import cautions_of, facts_of
from comity.office.pages.problems import SHOWN_ON_THE_FORM, problems_of, refuse
from comity.office.pages.words import FIELDS, word
from comity.office.people.models import Account
from comity.office.records.models import Record, RecordState, RecordVersion
from comity.office.records.page_forms import COLUMN_OF, RecordForm, WithdrawForm, initial_of
from comity.office.records.services import (
    body_of,
    change_record,
    find_record,
    subject_of,
    submit_record,
    withdraw_record,
)
from comity.rules.decisions import Subject

PAGE_LENGTH: Final = 50
_LIVING: Final = frozenset({RecordState.PENDING, RecordState.IN_FORCE})


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a record's history; `changed` names the fields that differ from the version before."""

    version: RecordVersion
    by: str
    changed: list[str]


@require_GET
@page(Action.RECORD_LIST)
def records(request: HttpRequest, caller: Caller) -> HttpResponse:
    """List own records; filters hold codes only, so that no address names anybody (I11)."""
    collection = _one_of(request.GET.get("collection", ""), list(CollectionName))
    state = _one_of(request.GET.get("state", ""), RecordState.values)
    rows: QuerySet[Record] = Record.objects.filter(bureau=caller.bureau).order_by("-changed_at", "-record_id")
    rows = rows.filter(collection=collection) if collection else rows
    rows = rows.filter(state=state) if state else rows
    number = _page_number(request.GET.get("page", ""))
    shown = list(rows[number * PAGE_LENGTH : (number + 1) * PAGE_LENGTH + 1])
    query = f"?collection={collection}&state={state}&page="
    context = {
        "records": shown[:PAGE_LENGTH],
        "total": rows.count(),
        "collections": [str(name) for name in CollectionName],
        "states": RecordState.values,
        "chosen_collection": collection,
        "chosen_state": state,
        "may_submit": could(caller, Action.RECORD_SUBMIT, runtime.clock().now()),
        "newer": f"{query}{number - 1}" if number else "",
        "older": f"{query}{number + 1}" if len(shown) > PAGE_LENGTH else "",
    }
    return render(request, "records/list.html", context)


@require_GET
@page(Action.RECORD_VIEW)
def record(request: HttpRequest, caller: Caller, record_id: UUID) -> HttpResponse:
    """Show one record: what is listed, why, its history, and who has confirmed its withdrawal (I7)."""
    row = _own(caller, record_id, Action.RECORD_VIEW)
    at = runtime.clock().now()
    body = body_of(row)
    view = {} if body is None else collections.get(body.collection).view(body.content)
    remarks = {} if body is None or "remarks" not in body.content else {"remarks": body.content["remarks"]}
    copies = list(row.withdrawal_receipts.order_by("copy"))
    context = {
        "record": row,
        "body": body,
        "facts": facts_of({**view, **remarks}),
        "cautions": cautions_of(view),
        "history": _history(row),
        "copies": copies,
        "copies_done": sum(copy.confirmed_at is not None for copy in copies),
        "refusal": _refusal(row.refused_code),
        "may_change": row.state in _LIVING and could(caller, Action.RECORD_CHANGE, at),
        "may_withdraw": row.state in {*_LIVING, RecordState.REFUSED}
        and could(caller, Action.RECORD_WITHDRAW, at),
    }
    return render(request, "records/record.html", context)


@require_http_methods(["GET", "POST"])
@page(Action.RECORD_SUBMIT)
def record_new(request: HttpRequest, caller: Caller, collection: str) -> HttpResponse:
    """Enter a record."""
    if collection not in set(CollectionName):
        raise NotFoundError(ErrorCode.ROUTE_NOT_FOUND)
    name = CollectionName(collection)
    form = RecordForm(name, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            row = submit_record(caller, name, form.envelope(), form.content(), runtime.clock().now())
        except SHOWN_ON_THE_FORM as error:
            refuse(form, error, COLUMN_OF, drop=("content.",))
        else:
            notes.success(request, _("Saved. It is on its way to the secretariat."))
            return redirect("record", record_id=row.record_id)
    return _form(request, form, name, None)


@require_http_methods(["GET", "POST"])
@page(Action.RECORD_CHANGE)
def record_change(request: HttpRequest, caller: Caller, record_id: UUID) -> HttpResponse:
    """Change a record; refused when somebody else changed it since the form was opened."""
    row = _own(caller, record_id, Action.RECORD_VIEW)
    body = body_of(row)
    if body is None:
        raise NotFoundError(ErrorCode.RECORD_WITHDRAWN)
    plain = msgspec.to_builtins(body)
    initial = initial_of(collections.get(body.collection), plain)
    form = RecordForm(body.collection, request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        base = form.cleaned_data["base_version"] or 0
        try:
            content = form.content(plain["content"] if base == body.version else None)
            change_record(
                caller, RecordId(row.record_id), base, form.envelope(), content, runtime.clock().now()
            )
        except SHOWN_ON_THE_FORM as error:
            refuse(form, error, COLUMN_OF, drop=("content.",))
        else:
            notes.success(request, _("Saved. It is on its way to the secretariat."))
            return redirect("record", record_id=record_id)
    return _form(request, form, body.collection, row)


@require_http_methods(["GET", "POST"])
@page(Action.RECORD_WITHDRAW)
def record_withdraw(request: HttpRequest, caller: Caller, record_id: UUID) -> HttpResponse:
    """Withdraw a record everywhere, with a reason."""
    row = _own(caller, record_id, Action.RECORD_VIEW)
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            withdraw_record(
                caller, RecordId(row.record_id), form.cleaned_data["reason"], runtime.clock().now()
            )
        except SHOWN_ON_THE_FORM as error:
            refuse(form, error)
        else:
            notes.success(request, _("Withdrawn. Each copy's confirmation appears below."))
            return redirect("record", record_id=record_id)
    problems = problems_of(form)
    context = {"form": form, "record": row, "problems": problems}
    return render(request, "records/withdraw.html", context, status=422 if problems else 200)


def _form(
    request: HttpRequest, form: RecordForm, collection: CollectionName, row: Record | None
) -> HttpResponse:
    problems = problems_of(form)
    context = {"form": form, "collection": str(collection), "record": row, "problems": problems}
    return render(request, "records/form.html", context, status=422 if problems else 200)


def _own(caller: Caller, record_id: UUID, action: Action) -> Record:
    row = find_record(RecordId(str(record_id)))
    body = body_of(row)
    subject = Subject(owner=row.bureau) if body is None else subject_of(body)  # type: ignore[arg-type]  # a code is a BureauId
    require(caller, action, subject, runtime.clock().now(), about=f"record:{record_id}")
    return row


def _history(row: Record) -> list[Entry]:
    versions = list(row.versions.order_by("version"))
    names = dict(
        Account.objects.filter(id__in={v.officer for v in versions}).values_list("id", "display_name")
    )
    entries = []
    before: Mapping[str, Any] = {}
    for version in versions:
        after = _flat(version.body)
        differing = [key for key in {**before, **after} if before and before.get(key) != after.get(key)]
        changed = [word(FIELDS, key) for key in differing] if after else []
        entries.append(Entry(version, names.get(version.officer, version.officer), changed))
        before = after
    return entries[::-1]


def _flat(body: str | None) -> dict[str, Any]:
    if body is None:
        return {}
    plain: dict[str, Any] = msgspec.json.decode(body.encode())
    content = plain.pop("content")
    return {key: value for key, value in {**plain, **content}.items() if key != "version"}


def _refusal(code: str) -> dict[str, str]:
    if code not in set(ErrorCode):
        return {}
    message, remedy = CODE_TEXTS[ErrorCode(code)]
    return {"message": message, "remedy": remedy}


def _one_of(text: str, choices: Any) -> str:
    return text if text in {str(choice) for choice in choices} else ""


def _page_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0  # noqa: PLR2004 - no longer list is paged by hand
