"""Accounts. The id is opaque: it is what journals and grants carry instead of a name."""

from typing import ClassVar
from uuid import uuid4

from django.contrib.auth.models import AbstractUser
from django.db import models

from comity.kernel.codes import Role


def new_account_id() -> str:
    """Return a fresh opaque account id."""
    return uuid4().hex


class Account(AbstractUser):
    """A person who works at this node's bureau.

    `roles` is a JSON list of `Role` codes. Django's own groups, permissions and superuser flag are
    not asked anywhere: `rules.decide` is the only authority.
    """

    id = models.CharField(primary_key=True, max_length=32, default=new_account_id, editable=False)
    bureau = models.CharField(max_length=3)
    display_name = models.CharField(max_length=120)
    roles = models.JSONField(default=list)
    unit = models.CharField(max_length=20, blank=True, default="")
    """Code of the unit below the bureau to which the person belongs; empty for the bureau's own."""
    language = models.CharField(max_length=5, default="en")

    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def role_set(self) -> frozenset[Role]:
        """Return the account's roles as codes."""
        return frozenset(Role(role) for role in self.roles)
