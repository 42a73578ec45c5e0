"""Steps about two desks: alarms, a sealed message, its receipt, and what the relay keeps."""

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

from comity.cli.demo.canary import files_with, tables_with
from comity.cli.demo.cast import FR, SI
from comity.cli.demo.doors import wait_for
from comity.cli.demo.stage import Stage, milliseconds
from comity.cli.verification import verify_message_receipt
from comity.cli.world.plans import SECRETARIAT_PLAN
from comity.cli.world.processes import ProcessKind
from comity.kernel.ids import NodeId
from comity.protocol.messages import MessageReceipt


def alarms(stage: Stage) -> None:
    """From the answer of the search to the row on both desks, seen through their machine interfaces."""
    with ThreadPoolExecutor(2) as pool:
        searcher = pool.submit(_until_on_desk, stage, SI, "searcher")
        owner = pool.submit(_until_on_desk, stage, FR, "owner")
        stage.report.alarm_searcher_ms = searcher.result()
        stage.report.alarm_owner_ms = owner.result()


def _until_on_desk(stage: Stage, node: NodeId, side: str) -> int:
    desk, record = stage.doors.office(node, "operator"), stage.contents.records["FR-P-001"]

    def on_desk() -> bool | None:
        hits = desk.get("/api/v1/hits", search_id=stage.search_id)["hits"]
        return any(hit["record_id"] == record and hit["side"] == side for hit in hits) or None

    wait_for(f"hit on the desk of {node}", on_desk)
    return milliseconds(stage.answered_at)


def message(stage: Stage) -> None:
    """SI writes to FR: from sending to reading at the other desk."""
    begun = time.perf_counter()
    body = {
        "recipient": FR,
        "subject": "Passport at our border",
        "text": f"Please confirm. {secrets.token_hex(8)}",
    }
    sent = stage.doors.office(SI, "operator").post("/api/v1/messages", {**body, "priority": "urgent"})
    stage.message_id = sent["header"]["message_id"]
    path, desk = f"/api/v1/messages/{stage.message_id}", stage.doors.office(FR, "operator")
    received = wait_for("message at FR", lambda: _or_none(desk, path))
    if received["text"] == body["text"]:
        stage.report.message_delivered_ms = milliseconds(begun)


def _or_none(desk: Any, path: str) -> dict[str, Any] | None:
    from comity.cli.world.clients import RefusedError

    try:
        found: dict[str, Any] = desk.get(path)
    except RefusedError as refused:
        if refused.told in {"message.not_found", "access.not_found"}:
            return None
        raise
    return found


def receipt(stage: Stage) -> None:
    """SI's proof that FR has it: checked with nothing but FR's public keys from the signed directory."""
    path, desk = f"/api/v1/messages/{stage.message_id}", stage.doors.office(SI, "operator")
    own = wait_for("receipt at SI", lambda: found if (found := desk.get(path))["receipts"] else None)
    told = msgspec.convert(own["receipts"][0], MessageReceipt)
    verified = verify_message_receipt(told, stage.world.homes[SI].directory.last())
    stage.report.receipt_verified = (
        verified.signed_by == FR
        and verified.message_id == stage.message_id
        and verified.envelope_digest == own["envelope_digest"]
    )


def blind_relay(stage: Stage) -> None:
    """A message waits at the relay; no file and no table of the secretariat gives its words away."""
    canary = f"Canary-{secrets.token_hex(12)}"
    recipient = stage.world.processes[FR]
    recipient.stop([ProcessKind.WORKER])
    try:
        desk = stage.doors.office(SI, "operator")
        body = {"recipient": FR, "subject": f"About {canary}", "text": f"The word is {canary}."}
        message_id = desk.post("/api/v1/messages", body)["header"]["message_id"]
        path = f"/api/v1/messages/{message_id}"
        wait_for("message at the relay", lambda: desk.get(path)["header"]["relayed_at"])
        relay, sender = stage.world.homes[SECRETARIAT_PLAN.node], stage.world.homes[SI]
        leaks = [path.name for path in files_with(canary, relay.path)] + tables_with(canary, relay)
        # The same look must find what is there: the header at the relay, the words at the sender.
        works = bool(tables_with(message_id, relay)) and bool(tables_with(canary, sender))
    finally:
        recipient.start([ProcessKind.WORKER])
    stage.report.details["relay_leaks"] = leaks
    stage.report.relay_holds_no_plaintext = works and not leaks
