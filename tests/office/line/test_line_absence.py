"""A bureau that was off for a month, by its clock and its papers: it finds back by itself, FLASH first."""

from datetime import timedelta

import msgspec

from comity.crypto.files import write_private
from comity.kernel.codes import Role
from comity.kernel.ids import NodeId
from comity.node.directory import make_directory, sign_directory
from comity.node.home import NodeHome
from tests.harness.clients import Machine
from tests.office.line.carrier import now
from tests.office.line.test_line_front_door import until
from tests.office.line.worlds import LineWorld

MONTH = timedelta(days=30)
PAGE, PAGES = 100, 3
"""What a recipient takes in at once; lanes are fetched side by side, so a page may be under way before."""


def age_directory(world: LineWorld, node: str) -> None:
    """Leave a node with the directory of a month ago, expired since."""
    home = world.homes[NodeId(node)]
    known = home.directory.last().directory
    old = make_directory(known.network, known.version, known.members, now() - MONTH)
    signed = sign_directory(old, world.homes[NodeId("SEC")].signing)
    write_private(home.directory_path, msgspec.json.encode(signed))


def send(desk: Machine, texts: list[str], priority: str) -> list[str]:
    drafts = [
        {"recipient": "FR", "subject": "while you were away", "text": text, "priority": priority}
        for text in texts
    ]
    answer = desk.post("/api/v1/messages/batch", {"messages": drafts})
    assert answer.status_code == 201, answer.text
    return [each["message_id"] for each in answer.json()["messages"]]


def test_after_a_month_everything_comes_flash_first(line_world: LineWorld) -> None:
    """Nobody touches it: an expired directory leads back to the secretariat, and to nobody else (I5)."""
    si, processes = line_world.machine("SI", Role.OPERATOR), line_world.processes[NodeId("FR")]
    processes.stop()
    age_directory(line_world, "FR")
    sent = [each for _ in range(PAGES) for each in send(si, list(map(str, range(PAGE))), "normal")]
    (flash,) = send(si, ["last written, first to be read"], "flash")

    def relayed() -> bool:
        states = [si.get(f"/api/v1/messages/{each}").json()["header"]["state"] for each in (sent[-1], flash)]
        return set(states) == {"relayed"}

    until(relayed, "not at the relay")
    processes.start()
    processes.wait_ready()
    fr = line_world.machine("FR", Role.OPERATOR)

    def arrived() -> list[str]:
        listed, after = [], 0
        while page := fr.get("/api/v1/messages", params={"limit": 200, "after": after}).json()["messages"]:
            listed += [each["message_id"] for each in page]
            after = page[-1]["id"]
        found = [each for each in listed if each in {*sent, flash}]
        return found if len(found) == len(sent) + 1 else []

    found = until(arrived, "did not all arrive")
    assert found.index(flash) <= PAGE, "it waited for more than the page that was being taken in"
    assert [each for each in found if each != flash] == sent
    assert NodeHome.open(processes.home.path).directory.current(now()).by_node(NodeId("SI")) is not None
