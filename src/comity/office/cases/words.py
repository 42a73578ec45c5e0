"""Words of cases in the reader's language."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from comity.office.pages.words import Words

STATES: "Final[Words]" = {
    "open": pgettext_lazy("case", "Open"),
    "waiting": pgettext_lazy("case", "Waiting"),
    "closed": pgettext_lazy("case", "Closed"),
}
OUTCOMES: "Final[Words]" = {
    "solved": pgettext_lazy("case", "Solved"),
    "found": pgettext_lazy("case", "Found"),
    "passed_on": pgettext_lazy("case", "Passed on to another authority"),
    "unfounded": pgettext_lazy("case", "Unfounded"),
    "no_result": pgettext_lazy("case", "No result"),
}
ITEMS: "Final[Words]" = {
    "thread": pgettext_lazy("case", "Thread"),
    "message": pgettext_lazy("case", "Message"),
    "hit": pgettext_lazy("case", "Hit"),
    "note": pgettext_lazy("case", "Note"),
    "task": pgettext_lazy("case", "Task"),
    "entity": pgettext_lazy("case", "Person or thing"),
}
STEPS: "Final[Words]" = {
    "opened": pgettext_lazy("case", "Case opened"),
    "changed": pgettext_lazy("case", "Case changed"),
    "linked": pgettext_lazy("case", "Added to the case"),
    "detached": pgettext_lazy("case", "Taken out of the case"),
    "moved": pgettext_lazy("case", "Moved to another case"),
    "merged": pgettext_lazy("case", "Another case was merged into this one"),
    "undone": pgettext_lazy("case", "Undone"),
    "noted": pgettext_lazy("case", "Note written"),
    "task_added": pgettext_lazy("case", "Task added"),
    "task_changed": pgettext_lazy("case", "Task changed"),
    "marked": pgettext_lazy("case", "Marked as a finding"),
    "unmarked": pgettext_lazy("case", "No longer a finding"),
    "done": pgettext_lazy("case", "Task done"),
    "reopened": pgettext_lazy("case", "Task to be done again"),
    "entity_added": pgettext_lazy("case", "Person or thing added"),
}
ENTRIES: "Final[Words]" = {
    "message": pgettext_lazy("timeline", "Messages"),
    "hit": pgettext_lazy("timeline", "Hits"),
    "note": pgettext_lazy("timeline", "Notes"),
    "task": pgettext_lazy("timeline", "Tasks"),
    "link": pgettext_lazy("timeline", "Links"),
    "state": pgettext_lazy("timeline", "Changes"),
}
"""Kinds of entries of the timeline, by which it is filtered."""
FIELDS: "Final[Words]" = {
    "title": pgettext_lazy("case", "Title"),
    "summary": pgettext_lazy("case", "Summary"),
    "state": pgettext_lazy("case", "State"),
    "outcome": pgettext_lazy("case", "Outcome"),
    "outcome_word": pgettext_lazy("case", "What came of it"),
    "label": _("Handling label"),
    "assignee": pgettext_lazy("case", "In the hands of"),
    "due_at": pgettext_lazy("case", "Due"),
    "text": pgettext_lazy("case", "Task"),
    "done": pgettext_lazy("case", "Done"),
}
ENTITIES: "Final[Words]" = {
    "person": pgettext_lazy("case", "Person"),
    "vehicle": pgettext_lazy("case", "Vehicle"),
    "document": pgettext_lazy("case", "Document"),
}
VOCABULARIES: "Final[Mapping[str, Words]]" = {
    "state": STATES,
    "outcome": OUTCOMES,
    "item": ITEMS,
    "step": STEPS,
    "entry": ENTRIES,
    "field": FIELDS,
    "entity": ENTITIES,
}
