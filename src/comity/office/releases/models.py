"""What waits for release, and what a bureau demands. Triggers hold both, whoever writes (`guards`)."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from comity.office.people.models import Account
from comity.office.scoping import BureauManager


class Submission(models.Model):
    """One message as its author handed it in, with its whole content; nothing of it ever changes.

    Triggers refuse every UPDATE but that a released one is marked so, once, and that its content is
    erased; they refuse DELETE, and a mark without the approval of exactly this by another person.
    """

    submission_id = models.CharField(max_length=36, unique=True)
    bureau = models.CharField(max_length=3)
    message_id = models.CharField(max_length=36, unique=True)
    """Id that the message has once it leaves."""
    author = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    first = models.CharField(max_length=36)
    """The submission with which this text began: the own one, or the first of those that were refused."""
    act = models.CharField(max_length=10)
    """A code of `services.Act`: what else happens when it leaves."""
    content = models.JSONField(null=True)
    """JSON of `content.Content`: all that is sent, to whom. None once the message itself holds it."""
    content_hash = models.CharField(max_length=64)
    """Of the approval that was asked for."""
    submitted_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", null=True)

    objects: ClassVar[models.Manager["Submission"]] = BureauManager()

    class Meta:
        """The rule of two people, in the database too."""

        indexes = [models.Index(fields=["bureau", "first"], name="release_chain")]
        constraints = [
            models.CheckConstraint(
                condition=Q(released_by=None) | ~Q(released_by=F("author")), name="release_two_people"
            ),
            models.CheckConstraint(
                condition=Q(released_by=None, released_at=None)
                | Q(released_by__isnull=False, released_at__isnull=False),
                name="release_state_fits",
            ),
        ]


class Look(models.Model):
    """Who has had which submission before their eyes: a later text is shown to them with what changed."""

    bureau = models.CharField(max_length=3)
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="looks")
    officer = models.CharField(max_length=36)

    objects: ClassVar[models.Manager["Look"]] = BureauManager()

    class Meta:
        """Once is enough."""

        constraints = [models.UniqueConstraint(fields=["submission", "officer"], name="release_looked")]


class ReleaseDemand(models.Model):
    """What the settings demanded from some instant on; the database holds to the newest row of a bureau.

    Triggers refuse UPDATE and DELETE: that less was demanded for an hour stays to be seen.
    """

    bureau = models.CharField(max_length=3)
    since = models.DateTimeField()
    everything = models.BooleanField()
    labels = models.JSONField(default=list)
    priorities = models.JSONField(default=list)
    forms = models.JSONField(default=list)
    recipients = models.PositiveIntegerField(null=True)

    objects: ClassVar[models.Manager["ReleaseDemand"]] = BureauManager()
