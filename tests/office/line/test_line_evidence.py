"""Receipts as papers: what a receipt confirms is kept for as long as the message is, not the envelope."""

from datetime import timedelta

import pytest

from comity.kernel.codes import ReceiptKind
from comity.kernel.errors import ComityError, ErrorCode
from comity.kernel.ids import BureauId, MessageId
from comity.node import envelopes
from comity.node.evidence import verify_bundle
from comity.office.exports import gathering
from comity.office.messages import evidence, lateness, services
from comity.office.messages.models import OutboxItem, SheetSignature
from comity.protocol.evidence import ReceiptBundle
from tests.office.line.carrier import Carrier, now


def paper(carrier: Carrier, message_id: str, at: str = "SI", **which: object) -> ReceiptBundle:
    with carrier.at(at):
        return evidence.receipt_bundle(carrier.caller(at), MessageId(message_id), now(), **which)


def test_the_paper_says_most_and_holds(carrier: Carrier) -> None:
    sent = carrier.send("SI", "FR").message_id
    carrier.carry()
    assert paper(carrier, sent).receipt.kind is ReceiptKind.DELIVERED
    with carrier.at("FR"):
        services.mark_read(carrier.caller("FR"), MessageId(sent), now())
    carrier.carry()
    assert paper(carrier, sent).receipt.kind is ReceiptKind.READ
    older = paper(carrier, sent, kind=ReceiptKind.DELIVERED, recipient=BureauId("FR"))
    found = verify_bundle(older)
    assert (found.signer.node, found.sender and found.sender.node) == ("FR", "SI")
    assert found.receipt.message_id == sent


def test_the_paper_still_proves_when_the_envelope_is_gone(carrier: Carrier) -> None:
    sent = carrier.send("SI", "FR").message_id
    carrier.carry()
    before = paper(carrier, sent)
    with carrier.at("SI"):
        lateness.expire(now() + timedelta(days=91))
        assert not OutboxItem.objects.filter(message_id=sent).exists()
    after = paper(carrier, sent)
    assert after.envelope == before.envelope
    assert verify_bundle(after).sender is not None


@pytest.mark.parametrize("which", [{"kind": ReceiptKind.ANSWERED}, {"recipient": BureauId("MA")}])
def test_a_receipt_that_is_not_in(carrier: Carrier, which: dict[str, object]) -> None:
    sent = carrier.send("SI", "FR").message_id
    carrier.carry()
    for at, chosen in (("SI", which), ("MA", {}), ("FR", {})):
        with pytest.raises(ComityError) as caught:
            paper(carrier, sent, at, **chosen)
        assert caught.value.code is ErrorCode.MESSAGE_NOT_FOUND


def test_receipts_signed_together_are_papers_each(carrier: Carrier) -> None:
    sent = [carrier.send("SI", "FR").message_id for _ in range(5)]
    carrier.carry()
    with carrier.at("SI"):
        assert SheetSignature.objects.count() == 1
    for message_id in sent:
        found = paper(carrier, message_id)
        assert found.receipt.place is not None
        verified = verify_bundle(found)
        assert (verified.receipt.message_id, verified.signer.bureau, verified.sender.node) == (
            message_id,
            "FR",
            "SI",
        )
    with carrier.at("SI"):
        thread = carrier.messages("SI")[2].thread
        (exported,) = gathering.gather(thread).receipts
        directory = carrier.offices.homes["SEC"].directory.current(now())
    assert envelopes.verify_receipt(exported, directory).bureau == "FR"
