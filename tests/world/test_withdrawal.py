"""Withdrawn means gone, everywhere, with a signed receipt of every copy (I7)."""

from contextlib import closing
from typing import Any

import msgspec

from comity.cli.verification import verify_copy_receipt
from comity.cli.world.plans import SECRETARIAT_PLAN
from comity.cli.world.processes import ProcessKind
from comity.index.reader import IndexReader
from comity.kernel.codes import Role
from comity.kernel.ids import NodeId, RecordId
from comity.protocol.feed import SignedCopyReceipt
from tests.harness.inside import erased
from tests.harness.worlds import TestWorld
from tests.world.conftest import Owner, ask_document, eventually, found, new_number


def test_a_withdrawn_record_is_gone_and_every_copy_signs(world: TestWorld, fr: Owner) -> None:
    number = new_number()
    record = fr.passport(number)
    searchers = [
        world.searcher("SI"),
        world.searcher("MA"),
        world.searcher("FR"),
        world.searcher("SI", at="SI-post1"),
    ]
    for searcher in searchers:
        eventually(lambda s=searcher: found(ask_document(s, number, notify="never"), record), "it is found")
    fr.withdraw(record)
    for searcher in searchers:
        eventually(
            lambda s=searcher: ask_document(s, number, notify="never")["state"] == "NO_RECORD", "it is gone"
        )
    receipts = eventually(
        lambda: r if len(r := fr.receipts(record)) == len(world.homes) and all(r.values()) else None,
        "all receipts",
    )
    directory = world.homes[NodeId("FR")].directory.last()
    for copy, signed in receipts.items():
        verified = verify_copy_receipt(msgspec.convert(signed, SignedCopyReceipt), directory)
        assert (verified.signed_by, record in verified.withdrawn) == (copy, True)
    for node in ("FR", SECRETARIAT_PLAN.node):
        assert world.office(NodeId(node)).run(erased, record), f"content left at {node}"
    for home in world.homes.values():
        with closing(IndexReader(home.index_dir)) as copy:
            assert copy.record(RecordId(record), "FRA", world.clock.now()) is None, home.node


def confirmed(owner: Owner, record: str) -> set[str]:
    return {copy for copy, signed in owner.receipts(record).items() if signed}


def test_the_owner_sees_who_has_not_confirmed(world: TestWorld, fr: Owner) -> None:
    record = fr.passport(number := new_number())
    ma = world.searcher("MA")
    eventually(lambda: found(ask_document(ma, number, notify="never"), record), "MA has it")
    processes = world.processes[NodeId("MA")]
    processes.kill(ProcessKind.COPIES)
    try:
        fr.withdraw(record)
        others = set(world.homes) - {"MA"}
        eventually(lambda: confirmed(fr, record) == others, "everybody but MA")
        assert fr.receipts(record)["MA"] is None
        # Its copy still has the record, but the secretariat, asked live, has not: the newer word is complete.
        assert ask_document(ma, number, notify="never")["sources"][1]["answered"]
    finally:
        processes.restart(ProcessKind.COPIES)
    eventually(lambda: fr.receipts(record)["MA"], "MA confirms in the end")
    eventually(lambda: not found(ask_document(ma, number, notify="never"), record), "gone at MA too")


def test_others_cannot_withdraw(world: TestWorld, fr: Owner) -> None:
    """I5"""
    record = fr.passport(number := new_number())
    stranger = world.machine("SI", Role.DATA_OWNER)
    refused = stranger.post(f"/api/v1/records/{record}/withdraw", {"reason": "not mine"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "record.not_found")
    eventually(lambda: found(ask_document(world.searcher("SI"), number, notify="never"), record), "it stays")


def test_a_change_reaches_every_copy(world: TestWorld, fr: Owner) -> None:
    record = fr.passport(number := new_number())
    si = world.searcher("SI")
    eventually(lambda: found(ask_document(si, number, notify="never"), record), "SI has it")
    changed = {
        "owner_reference": "T-changed",
        "purpose": "identification",
        "legal_basis": "Warrant of a test",
        "content": {"number": number, "country": "FRA", "type": "passport", "loss": "revoked"},
        "base_version": 1,
    }
    path = f"/api/v1/records/{record}"
    eventually(lambda: fr.api.get(path).json()["state"] == "in_force", "in force")
    assert fr.api.put(path, changed).status_code == 200
    seen = eventually(
        lambda: c if (c := found(ask_document(si, number, notify="never"), record))["version"] == 2 else None,
        "version 2 at SI",
    )
    assert seen["view"]["loss"] == "revoked"
    stale = fr.api.put(path, changed)
    assert (stale.status_code, stale.json()["error"]["code"]) == (409, "record.version_conflict")


def test_a_desk_forgets_what_a_hit_quoted(world: TestWorld, fr: Owner) -> None:
    """I8: the hit stays, the record's content goes."""
    record = fr.passport(number := new_number())
    searcher, desk = world.searcher("SI"), world.machine("SI", Role.OPERATOR)

    def finding() -> dict[str, Any] | None:
        answer = ask_document(searcher, number, notify="never")
        return answer if found(answer, record) else None

    answer = eventually(finding, "it is found")

    def hit() -> dict[str, Any] | None:
        hits = desk.get("/api/v1/hits", params={"search_id": answer["search_id"]}).json()["hits"]
        return hits[0] if hits else None

    quoted = eventually(hit, "the hit opens")
    assert number in str(quoted["view"])
    fr.withdraw(record)
    forgotten = eventually(lambda: now if (now := hit()) and now["view"] == {} else None, "it is forgotten")
    assert (forgotten["hit_id"], forgotten["reasons"]) == (quoted["hit_id"], [])
