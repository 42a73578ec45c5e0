"""Keeping what proves received envelopes, in the transaction that stores their messages."""

from collections.abc import Sequence

import msgspec

from comity.office.exports.models import KeptProof
from comity.office.runtime import home
from comity.protocol.evidence import EnvelopeProof


def keep(proofs: Sequence[EnvelopeProof]) -> None:
    """Keep proofs of envelopes whose messages were just stored.

    A message that was sealed anew after a restored backup is proved by its last envelope.
    """
    rows = [
        KeptProof(
            bureau=home().bureau,
            message_id=proof.header.message_id,
            proof=msgspec.json.encode(proof).decode("utf-8"),
        )
        for proof in proofs
    ]
    KeptProof.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["bureau", "message_id"], update_fields=["proof"]
    )
