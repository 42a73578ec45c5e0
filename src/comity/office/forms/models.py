"""A bureau's own forms."""

from typing import ClassVar

from django.db import models

from comity.office.scoping import BureauManager


class OwnForm(models.Model):
    """One own form, as it travels with each of its messages."""

    bureau = models.CharField(max_length=3)
    form_id = models.CharField(max_length=50)
    declaration = models.JSONField()
    added_by = models.CharField(max_length=36, blank=True)
    added_at = models.DateTimeField()

    objects: ClassVar[models.Manager["OwnForm"]] = BureauManager()

    class Meta:
        """A bureau has one form of a name."""

        constraints = [models.UniqueConstraint(fields=["bureau", "form_id"], name="one_own_form_per_id")]
