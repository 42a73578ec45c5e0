"""What is kept of envelopes so that a thread can be proven later."""

from typing import ClassVar

from django.db import models

from comity.office.scoping import BureauManager


class KeptProof(models.Model):
    """Header, digests and signature of a received envelope: its ciphertext is not kept, its proof is."""

    bureau = models.CharField(max_length=3)
    message_id = models.CharField(max_length=36)
    proof = models.TextField()
    """JSON of `protocol.evidence.EnvelopeProof`: nothing that the relay could not see."""

    objects: ClassVar[models.Manager["KeptProof"]] = BureauManager()

    class Meta:
        """One per message."""

        constraints = [models.UniqueConstraint(fields=["bureau", "message_id"], name="one_proof")]
