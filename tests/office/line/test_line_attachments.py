"""Attachments from desk to desk over real processes and real TLS: cut anywhere, whole in the end (I3, I4)."""

import hashlib
import os
import secrets
import signal
import time
from contextlib import suppress

import pytest

from comity.cli.world.processes import ProcessKind
from comity.kernel.codes import Role
from comity.protocol.attachments import PART_BYTES
from tests.office.line.worlds import LineWorld

WITHIN_S = 240.0
OCTETS = {"Content-Type": "application/octet-stream"}


@pytest.fixture
def desks(line_world: LineWorld):
    machines = {node: line_world.machine(node, Role.OPERATOR) for node in line_world.bureaus}
    yield machines
    for machine in machines.values():
        machine.close()


def attach(desk, data, name="file.bin"):
    begun = desk.post("/api/v1/attachments", {"name": name, "size": len(data)}).json()
    path = f"/api/v1/attachments/{begun['attachment']['attachment_id']}"
    for number in range(begun["parts"]):
        part = data[number * PART_BYTES : (number + 1) * PART_BYTES]
        put = desk.http.put(f"{path}/parts/{number}", content=part, headers=OCTETS)
        assert put.status_code == 200, put.text
    assert desk.http.post(f"{path}/complete").json()["attachment"]["state"] == "stored"
    return begun["attachment"]["attachment_id"]


def send(desk, *attachments, recipient="FR"):
    draft = {"recipient": recipient, "subject": "Files", "text": "See the files.", "attachments": attachments}
    answer = desk.post("/api/v1/messages", draft)
    assert answer.status_code == 201, answer.text
    return answer.json()


def until(look, within_s=WITHIN_S):
    ends_at = time.monotonic() + within_s
    while not (found := look()):
        assert time.monotonic() < ends_at, "nothing came of it"
        time.sleep(0.05)
    return found


def attachments(desk, message_id, state):
    """Return the files of a message once all are in a state."""
    with suppress(OSError):
        answer = desk.get(f"/api/v1/messages/{message_id}")
        if answer.status_code == 200:
            found = answer.json()["attachments"]
            return found if all(one["state"] == state for one in found) else None
    return None


def content(desk, attachment_id):
    answer = desk.get(f"/api/v1/attachments/{attachment_id}/content")
    assert answer.status_code == 200, answer.text
    return answer.content


def kill(world, node, *kinds):
    for kind in kinds:
        process = world.processes[node].running[kind]
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def start(world, node, *kinds):
    world.processes[node].start(kinds)
    world.processes[node].wait_ready(kinds)


def test_files_arrive_with_their_message(line_world: LineWorld, desks) -> None:
    files = {"film.mp4": os.urandom(5 * 1024 * 1024 + 3), "note.txt": b"A note, \xc4\x8d.", "empty": b""}
    ids = [attach(desks["SI"], data, name) for name, data in files.items()]
    sent = send(desks["SI"], *ids)
    message_id = sent["header"]["message_id"]
    assert [one["name"] for one in sent["attachments"]] == list(files)
    found = until(lambda: attachments(desks["FR"], message_id, "ready"))
    assert [one["name"] for one in found] == list(files)
    assert found[1]["media_type"] == "text/plain"
    for one, data in zip(found, files.values(), strict=True):
        assert (one["size"], one["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
        assert content(desks["FR"], one["attachment_id"]) == data
    until(lambda: attachments(desks["SI"], message_id, "sent"))
    assert content(desks["SI"], ids[0]) == files["film.mp4"], "the sender keeps its own"
    relay = line_world.homes["SEC"].blobs_dir
    until(lambda: not any((relay / one).exists() for one in ids))
    again = desks["SI"].post(
        "/api/v1/messages", {"recipient": "FR", "subject": "s", "text": "t", "attachments": [ids[0]]}
    )
    assert (again.status_code, again.json()["error"]["code"]) == (404, "attachment.not_found")


def test_a_file_that_is_not_whole_or_not_ones_own_is_not_sent(desks) -> None:
    begun = desks["SI"].post("/api/v1/attachments", {"name": "half", "size": 10}).json()
    half = begun["attachment"]["attachment_id"]
    foreign = attach(desks["FR"], b"of FR")
    for ids, status, code in (
        ([half], 409, "attachment.incomplete"),
        ([foreign], 404, "attachment.not_found"),
        ([half, half], 422, "input.wrong_type"),
    ):
        draft = {"recipient": "FR", "subject": "Not sent", "text": "t", "attachments": ids}
        answer = desks["SI"].post("/api/v1/messages", draft)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    subjects = [one["subject"] for one in desks["SI"].get("/api/v1/messages?limit=200").json()["messages"]]
    assert "Not sent" not in subjects


def test_killed_in_the_middle_it_goes_on(line_world: LineWorld, desks) -> None:
    """The sender's worker, the relay's office, the recipient's worker: each killed while parts are on their way."""
    data = os.urandom(40 * 1024 * 1024)
    attachment_id = attach(desks["SI"], data)
    parts = line_world.homes["SEC"].blobs_dir / attachment_id
    incoming = line_world.homes["FR"].attachments_dir
    kill(line_world, "FR", ProcessKind.WORKER)
    before = set(incoming.iterdir()) if incoming.exists() else set()
    message_id = send(desks["SI"], attachment_id)["header"]["message_id"]
    until(lambda: parts.exists() and len(list(parts.iterdir())) >= 2)
    kill(line_world, "SI", ProcessKind.WORKER)
    kill(line_world, "SEC", ProcessKind.OFFICE)
    start(line_world, "SEC", ProcessKind.OFFICE)
    start(line_world, "FR", ProcessKind.WORKER)
    start(line_world, "SI", ProcessKind.WORKER)
    (file,) = until(lambda: incoming.exists() and set(incoming.iterdir()) - before)
    until(lambda: file.stat().st_size > 3 * PART_BYTES)
    kill(line_world, "FR", ProcessKind.WORKER)
    start(line_world, "FR", ProcessKind.WORKER)
    (found,) = until(lambda: attachments(desks["FR"], message_id, "ready"))
    assert content(desks["FR"], found["attachment_id"]) == data


def test_when_the_relay_is_away_the_sender_gives_it(line_world: LineWorld, desks) -> None:
    kill(line_world, "FR", ProcessKind.WORKER)
    data = os.urandom(3 * 1024 * 1024)
    message_id = send(desks["SI"], attach(desks["SI"], data))["header"]["message_id"]
    until(lambda: desks["SI"].get(f"/api/v1/messages/{message_id}").json()["header"]["relayed_at"])
    start(line_world, "FR", ProcessKind.WORKER)
    until(lambda: desks["FR"].get(f"/api/v1/messages/{message_id}").status_code == 200)
    kill(line_world, "SEC", ProcessKind.OFFICE)
    try:
        (found,) = until(lambda: attachments(desks["FR"], message_id, "ready"))
        assert content(desks["FR"], found["attachment_id"]) == data
    finally:
        start(line_world, "SEC", ProcessKind.OFFICE)


def test_the_relay_never_sees_what_is_in_a_file_nor_its_name(line_world: LineWorld, desks) -> None:
    """I3: neither while it lies there nor in anything that is left of it."""
    canary, name = secrets.token_hex(24), f"{secrets.token_hex(12)}.txt"
    kill(line_world, "FR", ProcessKind.WORKER)
    try:
        attachment_id = attach(desks["SI"], canary.encode() * 100_000, name)
        message_id = send(desks["SI"], attachment_id)["header"]["message_id"]
        until(lambda: attachments(desks["SI"], message_id, "sent"))
        home = line_world.homes["SEC"]
        assert list((home.blobs_dir / attachment_id).iterdir())
        for path in home.path.rglob("*"):
            if path.is_file():
                found = path.read_bytes()
                assert canary.encode() not in found, path
                assert name.encode() not in found, path
    finally:
        start(line_world, "FR", ProcessKind.WORKER)
