"""The line between real processes over real TLS: messages, receipts, hits, bad envelopes; the relay is blind."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import msgspec
import psycopg
import pytest
from psycopg import sql

from comity.kernel.codes import Priority, ReceiptKind, Role
from comity.kernel.ids import MessageId, NodeId, RecordId, new_id
from comity.ledger.spool import SpoolWriter
from comity.node import envelopes
from comity.node.envelopes import Addressee
from comity.node.home import NodeHome
from comity.node.peer import PeerClient, PeerRefusedError
from comity.node.tls import pin_to_node
from comity.protocol.journal import SpoolAck, SpoolForward
from comity.protocol.messages import (
    Accepted,
    Envelope,
    MessageReceipt,
    RelayAccepted,
    RelayAck,
    RelayInbox,
    RelaySubmission,
)
from tests.harness import inside
from tests.harness.clients import Machine, trusting
from tests.office.line.carrier import canary, now, text_letter
from tests.office.line.test_line_hits import CONTENT, entry_of
from tests.office.line.worlds import LineWorld

ARRIVES_WITHIN_S = 30.0
replace = msgspec.structs.replace


def until(holds: Callable[[], object], what: str):
    deadline = time.monotonic() + ARRIVES_WITHIN_S
    while not (found := holds()):
        assert time.monotonic() < deadline, what
        time.sleep(0.02)
    return found


def read(machine: Machine, message_id: str) -> dict:
    answer = machine.get(f"/api/v1/messages/{message_id}")
    return answer.json() if answer.status_code == 200 else {}


@pytest.fixture(scope="module")
def desks(line_world: LineWorld) -> dict[str, Machine]:
    return {node: line_world.machine(node, Role.OPERATOR) for node in ("SI", "FR")}


@pytest.fixture
def peer(line_world: LineWorld) -> Iterator[PeerClient]:
    """SI's line to other nodes."""
    with PeerClient(line_world.homes[NodeId("SI")]) as client:
        yield client


def relay_url(world: LineWorld, path: str = "") -> str:
    return f"{world.homes[NodeId('SEC')].settings.office_url}/node/v1/relay{path}"


def test_a_message_goes_round_with_receipts(line_world: LineWorld, desks: dict[str, Machine]) -> None:
    """I4."""
    draft = {"recipient": "FR", "subject": "A car", "text": "Whose is it?", "priority": "flash"}
    sent = desks["SI"].post("/api/v1/messages", draft)
    assert sent.status_code == 201, sent.text
    message_id = sent.json()["header"]["message_id"]

    received = until(lambda: read(desks["FR"], message_id), "did not arrive")
    assert (received["text"], received["header"]["priority"]) == ("Whose is it?", "flash")
    read_it = desks["FR"].http.post(f"/api/v1/messages/{message_id}/read")
    assert read_it.status_code == 200, read_it.text
    until(lambda: len(read(desks["SI"], message_id)["receipts"]) == 2, "no receipts came back")

    own = read(desks["SI"], message_id)
    assert own["header"]["state"] == "read"
    directory = line_world.homes[NodeId("SEC")].directory.current(now())
    for receipt in msgspec.convert(own["receipts"], list[MessageReceipt]):
        assert envelopes.verify_receipt(receipt, directory).bureau == "FR"
        assert receipt.envelope_digest == own["envelope_digest"]
    assert {receipt["kind"] for receipt in own["receipts"]} == {ReceiptKind.DELIVERED, ReceiptKind.READ}


def files_of(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def tables_hold(home: NodeHome, text: str) -> list[str]:
    """Return the tables of a node's database in which `text` stands anywhere."""
    url = home.settings.database.url
    if url == "sqlite":
        with sqlite3.connect(f"file:{home.database_path}?mode=ro", uri=True) as found:
            names = [row[0] for row in found.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return [
                name
                for name in names
                for row in found.execute(f'SELECT * FROM "{name}"')
                if text in repr(row)
            ]
    with psycopg.connect(url) as connection:
        query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        names = [row[0] for row in connection.execute(query)]
        holding = sql.SQL("SELECT 1 FROM {} AS t WHERE to_jsonb(t)::text LIKE {}")
        pattern = sql.Literal(f"%{text}%")
        return [
            name
            for name in names
            if connection.execute(holding.format(sql.Identifier(name), pattern)).fetchone()
        ]


def test_the_relay_holds_no_plaintext(line_world: LineWorld, desks: dict[str, Machine]) -> None:
    """I3, and I11 for every node's logs."""
    word = canary()
    draft = {"recipient": "FR", "subject": f"subject {word}", "text": f"text {word}"}
    message_id = desks["SI"].post("/api/v1/messages", draft).json()["header"]["message_id"]
    until(lambda: read(desks["FR"], message_id), "did not arrive")

    secretariat = line_world.homes[NodeId("SEC")]
    assert tables_hold(secretariat, word) == []
    assert [path for path in files_of(secretariat.path) if word.encode() in path.read_bytes()] == []
    assert tables_hold(secretariat, message_id), "the search itself finds nothing"
    assert tables_hold(line_world.homes[NodeId("FR")], word), "the search itself finds nothing"
    for home in line_world.homes.values():
        assert [path for path in files_of(home.log_dir) if word.encode() in path.read_bytes()] == []


def test_a_hit_is_on_both_desks(line_world: LineWorld, desks: dict[str, Machine]) -> None:
    """From the durable journal of a search to two desks and back (I1, I10)."""
    owner = line_world.machine("FR", Role.DATA_OWNER)
    draft = {
        "collection": "travel_documents", "owner_reference": "ref 1", "purpose": "alert",
        "legal_basis": "law", "content": CONTENT,
    }  # fmt: skip
    made = owner.post("/api/v1/records", draft)
    assert made.status_code in (200, 201, 202), made.text
    entry = entry_of(RecordId(made.json()["record_id"]), "FR")
    spool = SpoolWriter(line_world.homes[NodeId("SI")].spool_dir)
    spool.append_wait(msgspec.json.encode(entry))

    def hits(node: str) -> list[dict]:
        return desks[node].get("/api/v1/hits", params={"search_id": entry.search_id}).json()["hits"]

    (theirs,) = until(lambda: hits("FR"), "no alarm at the owner")
    (own,) = until(lambda: hits("SI"), "no hit at the searcher")
    assert (own["side"], theirs["side"], own["hit_id"]) == ("searcher", "owner", theirs["hit_id"])
    path = f"/api/v1/hits/{own['hit_id']}"
    early = desks["SI"].post(f"{path}/outcome", {"outcome": "object_seized"})
    assert (early.status_code, early.json()["error"]["code"]) == (409, "hit.not_confirmed")
    assert desks["SI"].post(f"{path}/decide", {"state": "confirmed"}).status_code == 404
    assert desks["FR"].post(f"{path}/decide", {"state": "confirmed"}).status_code == 200
    until(lambda: hits("SI")[0]["state"] == "confirmed", "the owner's word did not come back")
    assert (
        desks["SI"].post(f"{path}/outcome", {"outcome": "object_seized"}).json()["outcome"] == "object_seized"
    )
    spool.close()


def envelope_of(world: LineWorld, sender: str, sequence: int, **header) -> Envelope:
    at = now()
    home = world.homes[NodeId(sender)]
    values = {
        "message_id": MessageId(new_id(at)), "sender": sender, "priority": Priority.NORMAL,
        "created_at": at, "expires_at": at + envelopes.MAX_LIFE, **header,
    }  # fmt: skip
    member = home.directory.current(at).by_node(NodeId("SEC"))
    addressees = [Addressee(member, sequence)]
    return envelopes.seal(text_letter(), addressees=addressees, signing=home.signing, **values)


def refused(act: Callable[[], object]) -> tuple[int, str]:
    with pytest.raises(PeerRefusedError) as error:
        act()
    return error.value.peer_status, error.value.peer_code


def test_bad_envelopes_at_the_door(line_world: LineWorld, peer: PeerClient) -> None:
    url = relay_url(line_world)
    sound = envelope_of(line_world, "SI", 1)
    altered = replace(sound, header=replace(sound.header, priority=Priority.FLASH))
    foreign = envelope_of(line_world, "FR", 1)

    def post(body: RelaySubmission | dict) -> Callable[[], object]:
        return lambda: peer.post(url, body, RelayAccepted)

    def verdicts(*offered: Envelope) -> list[tuple[bool, str]]:
        said = peer.post(url, RelaySubmission(envelopes=list(offered)), RelayAccepted).verdicts
        assert [one.message_id for one in said] == [one.header.message_id for one in offered]
        return [(one.accepted, one.code) for one in said]

    assert (
        refused(post({"envelopes": [{**msgspec.to_builtins(sound), "note": 1}]}))[1] == "input.unknown_field"
    )
    assert refused(post({"envelopes": [{"header": 1}]}))[1] in ("input.wrong_type", "input.missing_field")
    assert refused(post({"ciphertext": "x" * 6_000_000})) == (413, "limit.body")
    for number in (0, 51):
        assert refused(post(RelaySubmission(envelopes=[sound] * number)))[1] == "limit.rows"
    bad = [(False, "envelope.signature"), (False, "envelope.sender")]
    assert verdicts(altered, foreign, sound) == [*bad, (True, "")]
    assert verdicts(sound, envelope_of(line_world, "SI", 1)) == [(True, ""), (False, "envelope.replay")]


def test_the_relay_takes_no_second_way_to_write_an_envelope(line_world: LineWorld, peer: PeerClient) -> None:
    """Refused and journaled: a name that stands twice, another order, a blank, JSON that is none."""
    home, sound = line_world.homes[NodeId("SI")], envelope_of(line_world, "SI", 1)
    good = msgspec.json.encode(RelaySubmission(envelopes=[sound]), order="sorted")
    bad = {
        good.replace(b'"sequence":1', b'"sequence":1,"sequence":1'): "envelope.not_canonical",
        good.replace(b'"priority"', b'"priority":"flash","priority"', 1): "envelope.not_canonical",
        good + b"\n": "envelope.not_canonical",
        msgspec.json.encode(RelaySubmission(envelopes=[sound])): "envelope.not_canonical",
        good.replace(b'"salt"', b'"bcc":"IT","salt"'): "input.unknown_field",
        good[:-1]: "input.not_json",
    }
    context = home.client_tls(pin_to_node(NodeId("SEC")))
    with httpx.Client(verify=context, headers={"Content-Type": "application/json"}) as line:
        codes = [line.post(relay_url(line_world), content=body).json()["error"]["code"] for body in bad]
    assert codes == list(bad.values())
    journaled = line_world.office(NodeId("SEC")).run(inside.refused_envelopes)
    assert journaled[-len(bad) :] == codes


def test_the_door_is_shut_to_strangers(line_world: LineWorld, peer: PeerClient) -> None:
    home = line_world.homes[NodeId("SI")]
    with httpx.Client(verify=trusting(home.network_ca)) as stranger:
        for method, path in (("POST", ""), ("GET", "/inbox"), ("POST", "/ack"), ("GET", "/numbers")):
            answer = stranger.request(
                method, relay_url(line_world, path), json=None if method == "GET" else {}
            )
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "member.certificate")


def test_a_bureau_is_no_relay_and_a_bureau_no_post(line_world: LineWorld, peer: PeerClient) -> None:
    fr = line_world.homes[NodeId("FR")].settings.office_url
    assert refused(lambda: peer.get(f"{fr}/node/v1/relay/inbox", RelayInbox)) == (404, "access.not_found")
    assert refused(lambda: peer.post(f"{fr}/node/v1/relay/ack", RelayAck(envelopes=[]), Accepted))[0] == 404
    forward = SpoolForward(node=NodeId("SI"), after="", entries=[])
    assert refused(lambda: peer.post(f"{fr}/node/v1/spool", forward, SpoolAck))[0] == 404


def test_odd_questions_to_the_inbox(line_world: LineWorld, peer: PeerClient) -> None:
    inbox = relay_url(line_world, "/inbox")
    for params in ({"lane": "slow"}, {"limit": 0}, {"limit": 1000}, {"wait_ms": 60_000}, {"other": 1}):
        status, code = refused(lambda params=params: peer.get(inbox, RelayInbox, params=params))
        assert status == 422, code
    assert peer.get(inbox, RelayInbox, params={"wait_ms": 50, "lane": "flash"}).envelopes == []
