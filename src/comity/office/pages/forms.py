"""The officer's one box: from what was typed to the question that is asked."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from comity.kernel.codes import NotificationPolicy, Purpose
from comity.matching.mrz import looks_like_mrz
from comity.office.pages.words import KINDS, NOTIFY, PURPOSES
from comity.protocol.search import (
    DocumentQuery,
    EngineQuery,
    MrzQuery,
    PersonQuery,
    PlateQuery,
    Query,
    SearchRequest,
    TextQuery,
    VehicleQuery,
    VinQuery,
)

MAX_TEXT: Final = 400
"""Three lines of a machine-readable zone are 92 characters; the longest names stay below 300."""
MAX_REFERENCE: Final = 100
ASKED_KINDS: Final = ("auto", "mrz", "document", "plate", "vin", "engine", "vehicle", "person")

_QUERIES: Final[Mapping[str, Callable[[str, str | None, bool], Query]]] = {
    "auto": lambda text, birth, _accept: TextQuery(text, birth),
    "mrz": lambda text, _birth, accept: MrzQuery(looks_like_mrz(text) or text.split(), accept),
    "document": lambda text, _birth, _accept: DocumentQuery(text),
    "plate": lambda text, _birth, _accept: PlateQuery(text),
    "vin": lambda text, _birth, _accept: VinQuery(text),
    "engine": lambda text, _birth, _accept: EngineQuery(text),
    "vehicle": lambda text, _birth, _accept: VehicleQuery(text),
    "person": lambda text, birth, _accept: PersonQuery(text, birth),
}


class SearchForm(forms.Form):
    """What an officer gives; the search itself checks what it means."""

    text = forms.CharField(
        label=_("Scan or type"),
        help_text=_(
            "Machine-readable zone, any number, plate, description of a vehicle, or name in any script."
        ),
        max_length=MAX_TEXT,
        widget=forms.Textarea(
            attrs={
                "rows": 2,
                "autofocus": True,
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "dir": "auto",
                "enterkeyhint": "search",
            }
        ),
        error_messages={"required": _("Scan or type what to search for.")},
    )
    birth_date = forms.CharField(
        label=_("Date of birth"),
        help_text=_("With a name, if known: 1960, 1960-05 or 1960-05-03"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )
    purpose = forms.ChoiceField(
        label=_("Purpose"),
        choices=[("", _("Choose the purpose")), *PURPOSES.items()],
        error_messages={"required": _("Choose the purpose. Without one nothing is searched.")},
    )
    kind = forms.ChoiceField(
        label=_("Read it as"),
        choices=[(kind, KINDS[kind]) for kind in ASKED_KINDS],
        initial="auto",
        required=False,
        widget=forms.RadioSelect,
    )
    notify = forms.ChoiceField(
        label=_("Tell the owner of a record that is found"),
        choices=list(NOTIFY.items()),
        initial=str(NotificationPolicy.AT_ONCE),
        required=False,
    )
    reference = forms.CharField(
        label=_("Your reference"),
        required=False,
        max_length=MAX_REFERENCE,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    accept = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def request(self) -> SearchRequest:
        """Return the question of a valid form."""
        said: dict[str, Any] = self.cleaned_data
        query = _QUERIES[said["kind"] or "auto"](
            said["text"].strip(), said["birth_date"].strip() or None, bool(said["accept"])
        )
        return SearchRequest(
            purpose=Purpose(said["purpose"]),
            query=query,
            notify=NotificationPolicy(said["notify"] or NotificationPolicy.AT_ONCE),
            reference=said["reference"].strip(),
        )
