"""Steps about withdrawing: gone everywhere, and every copy's signed word for it (I7)."""

import time
from functools import partial
from typing import Any

import msgspec

from comity.cli.demo.cast import FR, SI, STOLEN_PASSPORT
from comity.cli.demo.doors import wait_for
from comity.cli.demo.filling import DATA_OWNER, wait_for_copies
from comity.cli.demo.report import DeletionReceipt
from comity.cli.demo.stage import Stage, milliseconds
from comity.cli.verification import verify_copy_receipt
from comity.cli.world.plans import POST
from comity.kernel.errors import TrustError
from comity.kernel.ids import NodeId
from comity.protocol.feed import SignedCopyReceipt


def withdrawal(stage: Stage) -> None:
    """FR withdraws the passport: from that moment until no search in the network finds it."""
    record, begun = stage.contents.records["FR-P-001"], time.perf_counter()
    body = {"reason": "Found by its holder"}
    stage.doors.office(FR, DATA_OWNER).post(f"/api/v1/records/{record}/withdraw", body)
    stage.contents.sequence += 1
    wait_for_copies(stage.world, stage.contents.sequence)
    # A bureau's answer speaks for its copy and for the secretariat, which it asks live.
    for node in stage.world.bureaus:
        wait_for(f"no record at {node}", partial(_is_gone, stage, node, node))
    wait_for(f"no record at {POST.node}", partial(_is_gone, stage, POST.node, SI))
    stage.report.withdrawn_gone_ms = milliseconds(begun)


def _is_gone(stage: Stage, node: NodeId, bureau: NodeId) -> bool | None:
    """Return True for a complete answer without the record; an incomplete one proves nothing (I2)."""
    query = {"kind": "document", "number": STOLEN_PASSPORT.number}
    answer = stage.doors.ask(node, query, bureau=bureau)
    return True if answer["state"] == "NO_RECORD" and not answer["candidates"] else None


def receipts(stage: Stage) -> None:
    """The owner collects one signed receipt per copy and checks each against the copy's public keys."""
    record = stage.contents.records["FR-P-001"]
    desk = stage.doors.office(FR, DATA_OWNER)

    def all_confirmed() -> list[dict[str, Any]] | None:
        copies: list[dict[str, Any]] = desk.get(f"/api/v1/records/{record}/receipts")["copies"]
        complete = {each["copy"] for each in copies if each["receipt"]} == set(stage.world.homes)
        return copies if complete else None

    copies = wait_for("a receipt of every copy", all_confirmed, every_s=0.1)
    stage.report.deletion_receipts = [
        DeletionReceipt(
            copy=each["copy"],
            confirmed_at=each["confirmed_at"],
            signature_verified=_holds(stage, each["copy"], each["receipt"], record),
        )
        for each in copies
    ]


def _holds(stage: Stage, copy: str, signed: dict[str, Any], record: str) -> bool:
    try:
        verified = verify_copy_receipt(
            msgspec.convert(signed, SignedCopyReceipt), stage.world.homes[SI].directory.last()
        )
    except TrustError:
        return False
    return verified.signed_by == copy and record in verified.withdrawn
