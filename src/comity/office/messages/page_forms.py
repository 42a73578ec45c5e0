"""What people write: a reply, a new message."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from comity.kernel.codes import HandlingLabel, Priority
from comity.office.messages.limits import MAX_SUBJECT, MAX_TEXT
from comity.office.pages.words import LABELS, PRIORITIES

_PRIORITIES: Final = [(str(p), PRIORITIES[p]) for p in (Priority.NORMAL, Priority.URGENT, Priority.FLASH)]
_TEXT: Final = {"rows": 5, "dir": "auto"}


class ReplyForm(forms.Form):
    """An answer in a thread: the recipient stands fixed."""

    text = forms.CharField(
        label=_("Text"),
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs={**_TEXT, "data-reply": ""}),
        error_messages={"required": _("Write a text.")},
    )
    priority = forms.ChoiceField(label=_("Priority"), choices=_PRIORITIES, initial=str(Priority.NORMAL))
    label = forms.ChoiceField(
        label=_("Handling label"), choices=list(LABELS.items()), initial=str(HandlingLabel.OFFICIAL)
    )


class ComposeForm(ReplyForm):
    """A new message to one bureau."""

    field_order = ("recipient", "subject", "text", "priority", "label")

    recipient = forms.ChoiceField(
        label=_("To"), error_messages={"required": _("Choose who receives this message.")}
    )
    subject = forms.CharField(
        label=_("Subject"),
        max_length=MAX_SUBJECT,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
        error_messages={"required": _("Write a subject.")},
    )

    def __init__(self, *args: Any, bureaus: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(code, f"{code} – {name}") for code, name in bureaus]
        recipient = self.fields["recipient"]
        assert isinstance(recipient, forms.ChoiceField)  # noqa: S101 - tells the type checker
        recipient.choices = [("", _("Choose a bureau")), *choices]
