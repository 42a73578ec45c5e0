"""Rows that only the secretariat fills: its directory versions and the invitations it issued."""

from django.db import models


class DirectoryVersion(models.Model):
    """One signed version of the member directory; the newest is in force."""

    version = models.PositiveIntegerField(primary_key=True)
    signed = models.TextField()
    """JSON of `protocol.members.SignedDirectory`."""
    issued_at = models.DateTimeField()


class IssuedInvitation(models.Model):
    """An invitation that was handed out; its secret is kept as a digest only."""

    invitation_id = models.CharField(primary_key=True, max_length=36)
    secret_sha256 = models.CharField(max_length=64)
    node = models.CharField(max_length=24)
    role = models.CharField(max_length=12)
    country = models.CharField(max_length=3)
    name = models.CharField(max_length=120)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    used_by = models.TextField(blank=True)
    """JSON of `protocol.members.PublicKeys` that used it: the same keys get the same answer again."""
    certificate = models.TextField(blank=True)
    """Certificate that was issued on it, PEM."""
