"""Machine API of forms: which there are and what stands in them."""

from datetime import datetime

import msgspec

from comity.kernel.codes import Action
from comity.office.access import Caller
from comity.office.forms.services import forms_here
from comity.office.machine import operation
from comity.protocol.forms import Form, answers_to


class ListedForm(msgspec.Struct, frozen=True, kw_only=True):
    """One form."""

    declaration: Form
    answered_by: list[str]
    """Ids of the forms that answer it, the most fitting first; empty when no answer is due."""


class FormList(msgspec.Struct, frozen=True, kw_only=True):
    """Every form in which this bureau can write."""

    forms: list[ListedForm]


@operation(
    Action.FORM_LIST,
    "GET",
    summary="List the declared forms: the network's and this bureau's own.",
    answer=FormList,
)
def list_forms(caller: Caller, at: datetime) -> FormList:  # noqa: ARG001 - the operation's signature
    """Return all declarations."""
    forms = list(forms_here().values())
    return FormList(forms=[_listed(form, forms) for form in forms])


def _listed(form: Form, others: list[Form]) -> ListedForm:
    answers = answers_to(form, others) if form.awaits_answer else []
    return ListedForm(declaration=form, answered_by=[answer.id for answer in answers])
