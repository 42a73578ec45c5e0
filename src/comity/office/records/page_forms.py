"""Forms of records, made from each collection's columns and schema, and their way back into content."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from comity import collections
from comity.collections.tables import LIST_SEPARATOR
from comity.kernel.codes import CollectionName, HandlingLabel
from comity.kernel.codes.states import STATES as COUNTRIES
from comity.kernel.error_texts import CODE_TEXTS
from comity.kernel.errors import ErrorCode
from comity.office.pages.words import (
    COLLECTIONS,
    DOCUMENT_KINDS,
    FIELDS,
    LABELS,
    LOSSES,
    PERSON_STATUSES,
    PURPOSES,
    SEXES,
)
from comity.office.records.cells import cells_of, untouched_fields

MAX_CELL: Final = 10_000
MAX_UPLOAD_BYTES: Final = 2 * 1024 * 1024
"""A few thousand records: seconds in one request; a whole register goes in by the command line."""
_CHOICES: Final[Mapping[str, Mapping[str, Any]]] = {
    "sex": SEXES,
    "type": DOCUMENT_KINDS,
    "loss": LOSSES,
    "country": COUNTRIES,
    "plate_country": COUNTRIES,
}
_LISTS: Final = frozenset(
    {
        "birth_name",
        "aliases",
        "weak_aliases",
        "birth_dates",
        "birth_places",
        "nationalities",
        "documents",
        "offences",
        "cautions",
    }
)
"""Columns that hold several items: one a line on the screen, parted by semicolons in a table."""
_TEXTS: Final = frozenset({"description", "remarks"})
_HELP: Final[Mapping[str, Any]] = {
    "aliases": _("One a line"),
    "birth_dates": _("One a line: 1960, 1960-05, 1960-05-03, circa 1960, or 1955 to 1957"),
    "documents": _("One a line: passport:SVN:PB1234567"),
    "nationalities": _("One a line, three letters: SVN"),
    "cautions": _("One a line: armed, violent, suicidal, contagious, escape_risk"),
    "event_date": _("YYYY-MM-DD, YYYY-MM or YYYY"),
    "theft_date": _("YYYY-MM-DD, YYYY-MM or YYYY"),
    "name": _("As in the owner's files, in its own script"),
}
COLUMN_OF: Final = {"names": "name", "births": "birth_dates"}
"""Columns of fields that a service calls otherwise."""


def _not_too_large(file: "UploadedFile[bytes]") -> None:
    if (file.size or 0) > MAX_UPLOAD_BYTES:
        raise forms.ValidationError(
            " ".join(CODE_TEXTS[ErrorCode.LIMIT_BODY]), code=str(ErrorCode.LIMIT_BODY)
        )


class RecordForm(forms.Form):
    """One record: its content, and the envelope that says why it is held."""

    ENVELOPE = ("owner_reference", "purpose", "legal_basis", "status", "label", "expires", "allow", "deny")

    base_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, collection: CollectionName, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.collection = collections.get(collection)
        required = _required_columns(self.collection)
        for column in self.collection.columns:
            self.fields[column] = _content_field(column, required=column in required)
        self.fields.update(_envelope_fields(persons=collection is CollectionName.PERSONS))

    @property
    def content_fields(self) -> list[forms.BoundField]:
        """The fields of the content, in the collection's order."""
        return [self[column] for column in self.collection.columns]

    @property
    def envelope_fields(self) -> list[forms.BoundField]:
        """The fields of the envelope."""
        return [self[name] for name in self.ENVELOPE if name in self.fields]

    def content(self, before: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the content of a valid form.

        What a cell cannot say (an alias's script, a document's note) stays as it was `before` when its
        cells were not touched. Raises `InputError` naming the column.
        """
        row = self._row()
        made = self.collection.from_csv_row(row)
        if before is None:
            return made
        untouched = untouched_fields(row, cells_of(self.collection, before))
        return {key: before[key] if key in untouched and key in before else made[key] for key in made}

    def envelope(self) -> dict[str, Any]:
        """Return the envelope of a valid form as `collections.rows` names its fields."""
        said = self.cleaned_data
        lists = {name: _codes(said[name]) for name in ("allow", "deny")}
        texts = {name: said[name] for name in self.ENVELOPE if name in said and name not in lists}
        return texts | {"expires": said["expires"].isoformat()} | lists

    def _row(self) -> dict[str, str]:
        row = {}
        for column in self.collection.columns:
            text = str(self.cleaned_data.get(column) or "").strip()
            if text:
                row[column] = f"{LIST_SEPARATOR} ".join(text.splitlines()) if column in _LISTS else text
        return row


class WithdrawForm(forms.Form):
    """Why a record is withdrawn."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=_("For the own history only; no names."),
        error_messages={"required": _("Say why.")},
    )


class UploadForm(forms.Form):
    """A file of records."""

    collection = forms.ChoiceField(label=_("Collection"), choices=list(COLLECTIONS.items()))
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV or JSON Lines, UTF-8, at most 2 MiB"),
        validators=[_not_too_large],
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty.")},
        widget=forms.FileInput(attrs={"accept": ".csv,.jsonl,text/csv,application/jsonl"}),
    )
    on_error = forms.ChoiceField(
        label=_("When a line is wrong"),
        choices=[
            ("all_or_nothing", _("take in nothing")),
            ("skip_bad", _("leave it out, take in the others")),
        ],
        initial="all_or_nothing",
        widget=forms.RadioSelect,
    )


def initial_of(collection: collections.Collection, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form shows of a record's body at first."""
    restrictions = body.get("restrictions", {})
    return {
        **cells_of(collection, body["content"]),
        "owner_reference": body["owner_reference"],
        "purpose": body["purpose"],
        "legal_basis": body["legal_basis"],
        "status": body.get("status") or "",
        "label": body.get("label", ""),
        "expires": datetime.fromisoformat(body["expires_at"]).date(),
        "allow": " ".join(restrictions.get("allow", ())),
        "deny": " ".join(restrictions.get("deny", ())),
        "base_version": body["version"],
    }


def _required_columns(collection: collections.Collection) -> Iterable[str]:
    schema = collection.schema()
    main = schema["$defs"][schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema
    return {"name" if name == "names" else name for name in main.get("required", ())}


def _content_field(column: str, *, required: bool) -> forms.Field:
    common: dict[str, Any] = {
        "label": FIELDS.get(column, column),
        "required": required,
        "help_text": _HELP.get(column, _("One a line") if column in _LISTS else ""),
    }
    if column in _CHOICES:
        choices = sorted(((code, str(words)) for code, words in _CHOICES[column].items()), key=lambda c: c[1])
        return forms.ChoiceField(choices=[("", _("Choose")), *choices], **common)
    attributes = {"dir": "auto", "autocomplete": "off"}
    widget: forms.Widget = forms.TextInput(attrs=attributes)
    if column in _LISTS or column in _TEXTS:
        widget = forms.Textarea(attrs={**attributes, "rows": 4 if column in _TEXTS else 2})
    return forms.CharField(max_length=MAX_CELL, widget=widget, **common)


def _envelope_fields(*, persons: bool) -> dict[str, forms.Field]:
    fields: dict[str, forms.Field] = {
        "owner_reference": forms.CharField(label=FIELDS["owner_reference"], max_length=100),
        "purpose": forms.ChoiceField(
            label=FIELDS["purpose"], choices=[("", _("Choose the purpose")), *PURPOSES.items()]
        ),
        "legal_basis": forms.CharField(
            label=FIELDS["legal_basis"],
            max_length=500,
            help_text=_("The provision, order or judgment that allows it"),
            widget=forms.TextInput(attrs={"dir": "auto"}),
        ),
        "label": forms.ChoiceField(
            label=FIELDS["label"], choices=list(LABELS.items()), initial=str(HandlingLabel.OFFICIAL)
        ),
        "expires": forms.DateField(
            label=FIELDS["expires_at"],
            help_text=_("Persons live 5 years at most, things 10. Silence means deletion."),
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            input_formats=["%Y-%m-%d"],
        ),
        "allow": _countries("restrictions.allow"),
        "deny": _countries("restrictions.deny"),
    }
    if persons:
        fields["status"] = forms.ChoiceField(
            label=FIELDS["status"], choices=[("", _("Choose")), *PERSON_STATUSES.items()]
        )
    return fields


def _countries(name: str) -> forms.CharField:
    return forms.CharField(
        label=FIELDS[name],
        required=False,
        max_length=1200,
        help_text=_("Three-letter codes with blanks between; empty for no restriction"),
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "autocomplete": "off"}),
    )


def _codes(text: str) -> list[str]:
    return text.upper().replace(",", " ").replace(";", " ").split()
