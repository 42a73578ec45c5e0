"""The node's journal in the database, and the searches taken over from spools."""

from django.db import models

from comity.office.scoping import BureauManager


class JournalEvent(models.Model):
    """One thing that was done or refused. Database triggers refuse UPDATE (but of body and salt) and DELETE.

    `commitment` = `ledger.commitments.commit(salt, body)` over the canonical bytes in `body`; erasing
    body and salt leaves the commitment in place (I8).
    """

    id = models.BigAutoField(primary_key=True)
    bureau = models.CharField(max_length=3)
    at = models.DateTimeField()
    node = models.CharField(max_length=24)
    officer = models.CharField(max_length=36, blank=True)
    """Opaque account id; empty when a node or a worker acted."""
    action = models.CharField(max_length=40)
    subject = models.CharField(max_length=80, blank=True)
    """`kind:id`, never personal data."""
    allowed = models.BooleanField()
    code = models.CharField(max_length=60, blank=True)
    """Stable error code of a refusal."""
    commitment = models.CharField(max_length=64)
    salt = models.CharField(max_length=64, null=True)
    body = models.TextField(null=True)

    objects = BureauManager()


class SearchLog(models.Model):
    """A search entry taken over from a spool, once (I1, article 126 of the rules)."""

    search_id = models.CharField(primary_key=True, max_length=36)
    bureau = models.CharField(max_length=3)
    node = models.CharField(max_length=24)
    at = models.DateTimeField()
    officer = models.CharField(max_length=36)
    purpose = models.CharField(max_length=30)
    state = models.CharField(max_length=12)
    finding = models.CharField(max_length=12)
    body = models.TextField(null=True)
    """JSON of `protocol.journal.SearchEntry`; erasable."""

    objects = BureauManager()


class SpoolCursor(models.Model):
    """How far the spool of one node has been taken over; moved in the transaction that takes over."""

    node = models.CharField(primary_key=True, max_length=24)
    position = models.CharField(max_length=40)
