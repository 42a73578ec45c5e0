"""Two desks: the hit, the owner's answer, the outcome, sealed messages, receipts. Over real TLS, both engines."""

import secrets
from typing import Any

import msgspec
import pytest

from comity.cli.demo.canary import files_with, tables_with
from comity.cli.verification import verify_message_receipt
from comity.cli.world.plans import SECRETARIAT_PLAN
from comity.cli.world.processes import ProcessKind
from comity.kernel.codes import Role
from comity.kernel.errors import ErrorCode, TrustError
from comity.kernel.ids import NodeId
from comity.protocol.messages import MessageReceipt
from tests.harness.clients import Machine
from tests.harness.worlds import TestWorld
from tests.world.conftest import Owner, ask_document, eventually, found, new_number


@pytest.fixture
def si_desk(world: TestWorld) -> Machine:
    return world.machine("SI", Role.OPERATOR)


@pytest.fixture
def fr_desk(world: TestWorld) -> Machine:
    return world.machine("FR", Role.OPERATOR)


def hit_on(desk: Machine, search_id: str) -> dict[str, Any]:
    return eventually(
        lambda: desk.get("/api/v1/hits", params={"search_id": search_id}).json()["hits"], "a hit on the desk"
    )[0]


def searched(world: TestWorld, fr: Owner, **more: Any) -> tuple[str, dict[str, Any]]:
    """Let FR list a passport and SI find it; return the record and the answer."""
    number = new_number()
    record, si = fr.passport(number), world.searcher("SI")
    eventually(lambda: found(ask_document(si, number, notify="never"), record), "SI finds it")
    return record, ask_document(si, number, **more)


def test_a_hit_opens_on_both_desks_and_the_owner_answers(
    world: TestWorld, fr: Owner, si_desk: Machine, fr_desk: Machine
) -> None:
    """I10: a hit is a lead; what was done is written down, a seizure only after the owner's word."""
    record, answer = searched(world, fr)
    ours, theirs = hit_on(si_desk, answer["search_id"]), hit_on(fr_desk, answer["search_id"])
    assert (ours["side"], theirs["side"]) == ("searcher", "owner")
    assert ours["hit_id"] == theirs["hit_id"]
    assert {ours["record_id"], theirs["record_id"]} == {record}
    path = f"/api/v1/hits/{ours['hit_id']}"
    too_soon = si_desk.post(f"{path}/outcome", {"outcome": "object_seized"})
    assert (too_soon.status_code, too_soon.json()["error"]["code"][:4]) == (409, "hit.")
    stranger = si_desk.post(f"{path}/decide", {"state": "confirmed"})
    assert stranger.status_code in {404, 409}, "only the owner decides"
    assert fr_desk.post(f"{path}/decide", {"state": "confirmed", "note": "still stolen"}).status_code == 200
    eventually(lambda: si_desk.get(path).json()["state"] == "confirmed", "the owner's word at the searcher")
    done = si_desk.post(f"{path}/outcome", {"outcome": "object_seized"})
    assert (done.status_code, done.json()["outcome"]) == (200, "object_seized")
    again = fr_desk.post(f"{path}/decide", {"state": "refuted"})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "hit.decided")


@pytest.mark.parametrize("policy", ["never", "after_confirmation"])
def test_the_searcher_decides_when_the_owner_is_told(
    world: TestWorld, fr: Owner, si_desk: Machine, fr_desk: Machine, policy: str
) -> None:
    _, answer = searched(world, fr, notify=policy)
    hit = hit_on(si_desk, answer["search_id"])
    assert hit["owner_told_at"] is None
    _, marker = searched(world, fr)
    hit_on(fr_desk, marker["search_id"])  # the line works, and what was sent before would be there
    assert fr_desk.get("/api/v1/hits", params={"search_id": answer["search_id"]}).json()["hits"] == []


def test_a_stranger_learns_nothing_about_a_hit(world: TestWorld, fr: Owner, si_desk: Machine) -> None:
    _, answer = searched(world, fr)
    hit = hit_on(si_desk, answer["search_id"])
    charlie = world.machine("MA", Role.OPERATOR)
    refused = charlie.get(f"/api/v1/hits/{hit['hit_id']}")
    unknown = charlie.get("/api/v1/hits/01890000-0000-7000-8000-000000000000")
    assert (refused.status_code, refused.json()) == (unknown.status_code, unknown.json())
    assert refused.status_code == 404


def send(desk: Machine, text: str, **more: Any) -> dict[str, Any]:
    body = {"recipient": "FR", "subject": "About a passport", "text": text, **more}
    sent = desk.post("/api/v1/messages", body)
    assert sent.status_code == 201, sent.text
    return sent.json()


def received(desk: Machine, message_id: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        answer = desk.get(f"/api/v1/messages/{message_id}")
        return answer.json() if answer.status_code == 200 else None

    return eventually(look, "the message at the recipient")


def test_a_message_arrives_is_answered_and_receipted(
    world: TestWorld, si_desk: Machine, fr_desk: Machine
) -> None:
    sent = send(si_desk, "Prosim za potrditev. الرجاء التأكيد")
    header = sent["header"]
    there = received(fr_desk, header["message_id"])
    assert (there["text"], there["header"]["sender"]) == ("Prosim za potrditev. الرجاء التأكيد", "SI")
    assert there["envelope_digest"] == sent["envelope_digest"]
    reply = {"recipient": "SI", "text": "Confirmé.", "thread_id": header["thread_id"]}
    answered = fr_desk.post("/api/v1/messages", {**reply, "in_reply_to": header["message_id"]}).json()
    back = received(si_desk, answered["header"]["message_id"])
    assert (back["header"]["thread_id"], back["in_reply_to"]) == (header["thread_id"], header["message_id"])
    fr_desk.http.post(f"/api/v1/messages/{header['message_id']}/read")
    own = eventually(
        lambda: m if len((m := received(si_desk, header["message_id"]))["receipts"]) == 3 else None,
        "all receipts",
    )
    assert {receipt["kind"] for receipt in own["receipts"]} == {"delivered", "answered", "read"}
    assert own["header"]["state"] == "answered"
    directory = world.homes[NodeId("SI")].directory.last()
    for told in own["receipts"]:
        verified = verify_message_receipt(msgspec.convert(told, MessageReceipt), directory)
        assert (verified.signed_by, verified.envelope_digest) == ("FR", sent["envelope_digest"])
        told["at"] = "2020-01-01T00:00:00.000000Z"
        with pytest.raises(TrustError) as refused:
            verify_message_receipt(msgspec.convert(told, MessageReceipt), directory)
        assert refused.value.code is ErrorCode.RECEIPT_INVALID


def test_messages_keep_their_order_while_the_recipient_is_away(
    world: TestWorld, si_desk: Machine, fr_desk: Machine
) -> None:
    """I4: what was acknowledged waits, arrives once, in order."""
    processes = world.processes[NodeId("FR")]
    processes.kill(ProcessKind.WORKER)
    try:
        first = send(si_desk, "0")
        thread = first["header"]["thread_id"]
        for number in range(1, 8):
            send(si_desk, str(number), thread_id=thread)
    finally:
        processes.restart(ProcessKind.WORKER)

    def texts() -> list[str]:
        headers = fr_desk.get("/api/v1/messages", params={"thread_id": thread}).json()["messages"]
        return [received(fr_desk, header["message_id"])["text"] for header in headers]

    eventually(lambda: len(texts()) >= 8, "all eight messages")
    assert texts() == [str(number) for number in range(8)]


def test_the_relay_is_blind(world: TestWorld, si_desk: Machine, fr_desk: Machine) -> None:
    """I3: while a message waits at the relay and after it has passed, no file and no table holds its words."""
    canary, relay = f"Canary-{secrets.token_hex(12)}", world.homes[SECRETARIAT_PLAN.node]
    processes = world.processes[NodeId("FR")]
    processes.stop([ProcessKind.WORKER])
    try:
        message_id = send(si_desk, f"... {canary} ...", subject=canary)["header"]["message_id"]
        eventually(lambda: received(si_desk, message_id)["header"]["relayed_at"], "the relay has it")
        assert tables_with(message_id, relay), "the look must find what is there"
        assert tables_with(canary, world.homes[NodeId("SI")])
        assert (files_with(canary, relay.path), tables_with(canary, relay)) == ([], [])
    finally:
        processes.restart(ProcessKind.WORKER)
    assert received(fr_desk, message_id)["header"]["subject"] == canary
    assert (files_with(canary, relay.path), tables_with(canary, relay)) == ([], [])


def test_a_message_to_nobody_is_refused(si_desk: Machine) -> None:
    before = len(si_desk.get("/api/v1/messages", params={"limit": 200}).json()["messages"])
    refused = si_desk.post("/api/v1/messages", {"recipient": "XX", "subject": "s", "text": "t"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "message.recipient")
    assert len(si_desk.get("/api/v1/messages", params={"limit": 200}).json()["messages"]) == before
