"""The words beside the coded fields, and how a message is to be handled."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from comity.kernel.codes import HandlingLabel, Priority
from comity.office.messages.limits import MAX_SUBJECT, MAX_TEXT
from comity.office.pages.words import LABELS, PRIORITIES
from comity.protocol.forms import Form, FreeText

_PRIORITIES: Final = [(str(p), PRIORITIES[p]) for p in (Priority.NORMAL, Priority.URGENT, Priority.FLASH)]


class LetterForm(forms.Form):
    """Subject, text, priority and label of a message in one declared form."""

    subject = forms.CharField(
        label=_("Subject"),
        max_length=MAX_SUBJECT,
        required=False,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
        error_messages={"required": _("Write a subject.")},
    )
    text = forms.CharField(
        label=_("Text"),
        max_length=MAX_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
        error_messages={"required": _("Write a text.")},
    )
    priority = forms.ChoiceField(label=_("Priority"), choices=_PRIORITIES)
    label = forms.ChoiceField(
        label=_("Handling label"), choices=list(LABELS.items()), initial=str(HandlingLabel.OFFICIAL)
    )

    def __init__(self, declaration: Form, *args: Any, in_thread: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["priority"].initial = str(declaration.priority)
        self.fields["subject"].required = not declaration.fields
        self.fields["text"].required = declaration.text is FreeText.REQUIRED
        if in_thread:
            del self.fields["subject"]
            self.fields["text"].widget.attrs["data-reply"] = ""
        if declaration.text is FreeText.NONE:
            del self.fields["text"]
