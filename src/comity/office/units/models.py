"""Units of a bureau, and the messages that it passed on to each."""

from enum import StrEnum
from typing import ClassVar

from django.db import models

from comity.kernel.ids import BureauId, UnitId
from comity.office.scoping import BureauManager, acting_for


class UnitKind(StrEnum):
    """What stands below a bureau."""

    SUB_BUREAU = "sub_bureau"
    """A part of the bureau elsewhere, as in an overseas territory."""
    AUTHORITY = "authority"
    """A national authority with its own task: customs, border guard, a prosecutor's office."""


class Unit(models.Model):
    """One unit. Its accounts see what was passed on to it and nothing else."""

    bureau = models.CharField(max_length=3)
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in UnitKind])
    active = models.BooleanField(default=True)
    """A closed unit receives nothing more and its accounts see nothing more."""
    created_at = models.DateTimeField()

    objects: ClassVar[models.Manager["Unit"]] = BureauManager()

    class Meta:
        """A code is used once in a bureau."""

        constraints = [models.UniqueConstraint(fields=["bureau", "code"], name="one_unit_per_code")]


def is_open(bureau: BureauId, code: UnitId) -> bool:
    """Tell whether there is such a unit and its people may work; needs no scope."""
    with acting_for(bureau):
        return Unit.objects.filter(code=code, active=True).exists()


class PassedOn(models.Model):
    """One message that a person of the bureau gave to a unit."""

    bureau = models.CharField(max_length=3)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="passed_on")
    message_id = models.CharField(max_length=36)
    thread_id = models.CharField(max_length=36)
    by = models.CharField(max_length=36)
    """Opaque account id of who did it."""
    note = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    """When somebody of the unit first read it; the sender is not told, the bureau is."""

    objects: ClassVar[models.Manager["PassedOn"]] = BureauManager()

    class Meta:
        """A message is passed on to a unit once."""

        constraints = [models.UniqueConstraint(fields=["unit", "message_id"], name="passed_on_once")]
        indexes = [
            models.Index(fields=["bureau", "message_id"], name="passed_on_message"),
            models.Index(fields=["bureau", "thread_id"], name="passed_on_thread"),
        ]
