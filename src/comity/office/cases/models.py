"""A case, what is in it, and every step by which it came to be so."""

from enum import StrEnum
from typing import ClassVar

from django.db import models
from django.db.models import Q

from comity.office.following import Followed, FollowedManager
from comity.office.scoping import BureauManager


class CaseState(StrEnum):
    """Whether somebody works on it."""

    OPEN = "open"
    WAITING = "waiting"
    """On others: nothing can be done before they answer."""
    CLOSED = "closed"


class CaseOutcome(StrEnum):
    """What a case ended with."""

    SOLVED = "solved"
    FOUND = "found"
    """A person or an object was found."""
    PASSED_ON = "passed_on"
    """Another authority goes on with it."""
    UNFOUNDED = "unfounded"
    """It was nothing: a false hit, a mistake."""
    NO_RESULT = "no_result"


class ItemKind(StrEnum):
    """What can be in a case."""

    THREAD = "thread"
    MESSAGE = "message"
    HIT = "hit"
    NOTE = "note"
    TASK = "task"
    ENTITY = "entity"


class StepKind(StrEnum):
    """What can be done to a case."""

    OPENED = "opened"
    CHANGED = "changed"
    LINKED = "linked"
    DETACHED = "detached"
    MOVED = "moved"
    MERGED = "merged"
    UNDONE = "undone"
    NOTED = "noted"
    TASK_ADDED = "task_added"
    TASK_CHANGED = "task_changed"
    MARKED = "marked"
    """As a finding, or no longer."""
    ENTITY_ADDED = "entity_added"


LINKED_KINDS = (ItemKind.THREAD, ItemKind.MESSAGE, ItemKind.HIT)
"""What is linked: it stands elsewhere too."""


class Case(Followed):
    """One case. Its row is never deleted; one that was merged keeps all its fields."""

    LOCK = 4

    case_id = models.CharField(max_length=36, unique=True)
    bureau = models.CharField(max_length=3)
    number = models.CharField(max_length=20)
    """What people say on the telephone: bureau, year, count (`SI-2026-000123`)."""
    title = models.CharField(max_length=200)
    summary = models.TextField(blank=True)
    state = models.CharField(max_length=8, default=CaseState.OPEN.value)
    outcome = models.CharField(max_length=10, blank=True)
    outcome_word = models.CharField(max_length=500, blank=True)
    label = models.CharField(max_length=14)
    assignee = models.CharField(max_length=36, blank=True)
    """Opaque account id; empty while nobody has it."""
    due_at = models.DateTimeField(null=True)
    template = models.CharField(max_length=50, blank=True)
    version = models.PositiveIntegerField(default=1)
    """Rises with each change of the fields above."""
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=36)
    changed_at = models.DateTimeField()
    """When anything in the case changed last."""
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="merged")

    objects: ClassVar[models.Manager["Case"]] = FollowedManager()

    class Meta:
        """A number is given once; the desk lists what changed last."""

        constraints = [models.UniqueConstraint(fields=["bureau", "number"], name="one_case_per_number")]
        indexes = [
            models.Index(fields=["bureau", "state", "-changed_at"], name="case_by_state"),
            models.Index(fields=["bureau", "assignee", "state"], name="case_by_assignee"),
        ]


class CaseNumber(models.Model):
    """The last number given in a year; locked while the next one is given."""

    bureau = models.CharField(max_length=3)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    objects: ClassVar[models.Manager["CaseNumber"]] = BureauManager()

    class Meta:
        """One row per year."""

        constraints = [models.UniqueConstraint(fields=["bureau", "year"], name="one_case_count")]


class CaseStep(models.Model):
    """One thing that was done to a case. Triggers refuse UPDATE (but of `detail`, to nothing) and DELETE."""

    step_id = models.CharField(max_length=36, unique=True)
    bureau = models.CharField(max_length=3)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="steps")
    other = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="other_steps")
    """Where something was moved to; what was merged into `case`."""
    kind = models.CharField(max_length=12)
    at = models.DateTimeField()
    by = models.CharField(max_length=36)
    version = models.PositiveIntegerField()
    """Of the case after the step."""
    item = models.CharField(max_length=36, blank=True)
    undoes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="undone")
    detail = models.JSONField(null=True)
    """What changed, from what to what; may be erased."""

    objects: ClassVar[models.Manager["CaseStep"]] = BureauManager()

    class Meta:
        """Read with its case, the newest first."""

        indexes = [models.Index(fields=["case", "-at"], name="steps_of_case")]


class CaseItem(models.Model):
    """One thing in a case. It stands in one case at a time and is never deleted, only put aside."""

    item_id = models.CharField(max_length=36, unique=True)
    bureau = models.CharField(max_length=3)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="items")
    arrived = models.CharField(max_length=36, blank=True)
    """The step that brought it into this case; empty when it began here."""
    kind = models.CharField(max_length=8)
    target = models.CharField(max_length=36, blank=True)
    """Thread, message or hit."""
    text = models.TextField(blank=True)
    """Of a note or a task; of an entity what names it."""
    fields = models.JSONField(default=dict)
    """Of an entity: content in the words of the collections."""
    happened_at = models.DateTimeField()
    learnt_at = models.DateTimeField()
    by = models.CharField(max_length=36)
    finding = models.BooleanField(default=False)
    due_at = models.DateTimeField(null=True)
    assignee = models.CharField(max_length=36, blank=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.CharField(max_length=36, blank=True)
    version = models.PositiveIntegerField(default=1)
    removed_at = models.DateTimeField(null=True)
    removed_by = models.CharField(max_length=36, blank=True)

    objects: ClassVar[models.Manager["CaseItem"]] = BureauManager()

    class Meta:
        """A thread, message or hit stands in one case; tasks that are due are found at once."""

        constraints = [
            models.UniqueConstraint(
                fields=["bureau", "kind", "target"],
                condition=Q(removed_at=None) & ~Q(target=""),
                name="in_one_case",
            )
        ]
        indexes = [
            models.Index(fields=["case", "kind"], name="items_of_case"),
            models.Index(
                fields=["bureau", "due_at"],
                condition=Q(kind="task", done_at=None, removed_at=None),
                name="case_tasks_open",
            ),
        ]


class CasePerson(models.Model):
    """Somebody who has to do with a case and may read it when it is confidential."""

    bureau = models.CharField(max_length=3)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="people")
    officer = models.CharField(max_length=36)
    since = models.DateTimeField()
    merged_by = models.CharField(max_length=36, blank=True)
    """The merge that brought the person along; undoing that takes it away again."""

    objects: ClassVar[models.Manager["CasePerson"]] = BureauManager()

    class Meta:
        """Once per case."""

        constraints = [models.UniqueConstraint(fields=["case", "officer"], name="case_person_once")]


class CaseReading(models.Model):
    """Who has seen a case, and when. Triggers refuse UPDATE and DELETE."""

    bureau = models.CharField(max_length=3)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="readings")
    officer = models.CharField(max_length=36)
    at = models.DateTimeField()

    objects: ClassVar[models.Manager["CaseReading"]] = BureauManager()

    class Meta:
        """Read with its case, the newest first."""

        indexes = [models.Index(fields=["case", "-at"], name="readings_of_case")]


class SeenKey(models.Model):
    """One key of a person, vehicle or document, and where it was read; erased with what it was read from."""

    bureau = models.CharField(max_length=3)
    kind = models.CharField(max_length=16)
    value = models.CharField(max_length=200)
    birth = models.CharField(max_length=10, blank=True)
    """Beside a name: date of birth, as far as it is known."""
    source = models.CharField(max_length=8)
    """Entity of a case, message or hit."""
    target = models.CharField(max_length=36)

    objects: ClassVar[models.Manager["SeenKey"]] = BureauManager()

    class Meta:
        """Found by value, erased by where it was read."""

        constraints = [
            models.UniqueConstraint(fields=["bureau", "source", "target", "kind", "value"], name="seen_once")
        ]
        indexes = [models.Index(fields=["bureau", "value"], name="seen_by_value")]


class OwnTemplate(models.Model):
    """A bureau's own template of cases."""

    bureau = models.CharField(max_length=3)
    template_id = models.CharField(max_length=50)
    declaration = models.JSONField()
    added_by = models.CharField(max_length=36, blank=True)
    added_at = models.DateTimeField()

    objects: ClassVar[models.Manager["OwnTemplate"]] = BureauManager()

    class Meta:
        """A bureau has one template of a name."""

        constraints = [models.UniqueConstraint(fields=["bureau", "template_id"], name="one_own_template")]
