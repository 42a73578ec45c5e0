"""Words about what a second person approves: what it is, why it is asked for, what of it was changed."""

from typing import Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

APPROVAL_KINDS: Final = {
    "disclosure": _("Disclosure to the secretariat"),
    "release": _("Release of a message"),
}
APPROVAL_STATES: Final = {
    "waiting": _("Waiting for a second person"),
    "approved": _("Approved"),
    "refused": pgettext_lazy("approval", "Refused"),
}
GROUNDS: Final = {
    "binding": _("a message of this kind binds the country"),
    "everything": _("every message of this bureau"),
    "label": _("its handling label"),
    "priority": _("its priority"),
    "form": _("its form"),
    "recipients": _("the number of its recipients"),
    "reach": _("it goes to all bureaus, or to a whole region"),
}
PARTS: Final = {
    "recipients": _("Who receives it"),
    "show_recipients": _("Show the recipients to one another"),
    "form": _("Kind of message"),
    "priority": _("Priority"),
    "label": _("Handling label"),
    "subject": _("Subject"),
    "text": _("Text"),
    "attachments": _("Files"),
}
