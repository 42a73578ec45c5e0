"""I11: personal data in no log line, URL, metric or error page. A canary goes through everything and is looked for."""

import json
import re
import secrets
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from comity.cli.demo.canary import disguises
from comity.kernel.codes import Role
from comity.kernel.ids import NodeId
from tests.harness.clients import Machine, Searcher
from tests.harness.worlds import TestWorld
from tests.world.conftest import Owner, eventually, found

ID = "01890000-0000-7000-8000-000000000000"
LINKS = re.compile(r'(?:href|action|src|hx-[a-z]+)="([^"]*)"')


class Canary:
    """A name and a number that stand nowhere else in the world."""

    def __init__(self) -> None:
        letters = "bcdfghklmnprstvz"
        self.word = "Kanar" + "".join(secrets.choice(letters) + secrets.choice("aeiou") for _ in range(5))
        self.number = f"KQ{secrets.randbelow(10**9):09d}"

    @property
    def all(self) -> list[bytes]:
        word = self.word
        return [*disguises(word), word.lower().encode(), word.upper().encode(), self.number.encode()]

    def in_(self, content: bytes) -> bool:
        return any(each in content for each in self.all)


@pytest.fixture(scope="module")
def canary() -> Canary:
    return Canary()


@pytest.fixture(scope="module")
def errors(world: TestWorld, canary: Canary) -> list[tuple[str, httpx.Response]]:
    """Send the canary through every door, and return every refusal that came back."""
    answers: list[tuple[str, httpx.Response]] = []
    record = through_the_main_story(world, canary)
    for node in ("SI", "FR"):
        for role in (Role.OPERATOR, Role.DATA_OWNER):
            answers += through_every_operation(world.machine(node, role), canary, record)
    answers += through_the_search(world.searcher("SI"), canary)
    answers += through_the_search(world.searcher("SI", at="SI-post1"), canary)
    answers += through_the_doors(world, canary)
    return [(where, answer) for where, answer in answers if answer.status_code >= 400]


def through_the_main_story(world: TestWorld, canary: Canary) -> str:
    """Record, search, hit, message, withdrawal: what happens every day."""
    owner, si = Owner(world, "FR"), world.searcher("SI")
    content = {
        "names": [{"text": f"Ana {canary.word}"}],
        "documents": [{"number": canary.number, "country": "FRA", "type": "passport"}],
        "births": [{"earliest": "1980-05-06", "latest": "1980-05-06", "precision": "exact"}],
    }
    record = owner.enter("persons", content)
    person = {"kind": "person", "name": f"{canary.word} Ana", "birth_date": "1980-05-06"}
    answer = eventually(lambda: a if found(a := si.answer(person), record) else None, "SI finds the canary")
    desk, other = world.machine("SI", Role.OPERATOR), world.machine("FR", Role.OPERATOR)
    look = {"params": {"search_id": answer["search_id"]}}
    (hit,) = eventually(lambda: desk.get("/api/v1/hits", **look).json()["hits"], "a hit")
    desk.http.post(f"/api/v1/hits/{hit['hit_id']}/tell-owner")
    eventually(lambda: other.get("/api/v1/hits", **look).json()["hits"], "the owner's hit")
    other.post(f"/api/v1/hits/{hit['hit_id']}/decide", {"state": "confirmed", "note": f"It is {canary.word}"})
    body = {"recipient": "FR", "subject": canary.word, "text": f"{canary.word} {canary.number}"}
    message = desk.post("/api/v1/messages", body).json()["header"]["message_id"]
    eventually(lambda: other.get(f"/api/v1/messages/{message}").status_code == 200, "the message")
    for query in ({"kind": "document", "number": canary.number}, {"kind": "text", "text": canary.word}):
        si.answer(query)
    owner.withdraw(record)
    eventually(lambda: not found(si.answer(person), record), "gone")
    return record


def through_every_operation(
    machine: Machine, canary: Canary, record: str
) -> Iterator[tuple[str, httpx.Response]]:
    """Call every operation of the machine API with bodies that name the canary where nothing is expected."""
    described = machine.get("/api/v1/openapi.json").json()
    for path, operations in described["paths"].items():
        real = re.sub(r"\{[^}]*\}", record if "/records/" in path else ID, path)
        for method in operations:
            if method in {"parameters", "summary", "description"}:
                continue
            for content in bad_bodies(canary):
                headers = {"Content-Type": "application/json"}
                answer = machine.http.request(method, real, content=content, headers=headers)
                yield f"{method} {path}", answer
            yield f"{method} {path}?", machine.http.request(method, real, params={"q": canary.word})


def bad_bodies(canary: Canary) -> list[bytes]:
    whole: dict[str, Any] = {
        "collection": "persons", "owner_reference": canary.word, "purpose": canary.word, "legal_basis": canary.word,
        "content": {"names": [{"text": canary.word}], "sex": canary.word},
    }  # fmt: skip
    return [
        json.dumps(whole).encode(),
        json.dumps({"recipient": canary.word, "subject": canary.word, "text": canary.word}).encode(),
        json.dumps({"shoe_size": canary.word}).encode(),
        json.dumps([canary.word]).encode(),
        f'{{"text": "{canary.word}'.encode(),
        canary.word.encode("utf-16"),
    ]


def through_the_search(searcher: Searcher, canary: Canary) -> Iterator[tuple[str, httpx.Response]]:
    """Ask right and wrong questions about the canary."""
    for query in (
        {"kind": "person", "name": canary.word, "birth_date": canary.word},
        {"kind": "person", "name": canary.word, "sex": canary.word},
        {"kind": "person", "name": canary.word, "shoe": canary.word},
        {"kind": "document", "number": canary.number, "country": canary.word},
        {"kind": "vin", "vin": canary.word},
        {"kind": "mrz", "lines": [canary.word]},
        {"kind": "text", "text": canary.word, "birth_date": "x"},
        {"kind": canary.word},
    ):
        yield f"search {query['kind'][:3]}", searcher.search(query)
        yield "search reference", searcher.search(query, reference=canary.word * 20)
        yield "search purpose", searcher.search(query, purpose=canary.word)
    for content in bad_bodies(canary):
        yield "search body", searcher.http.post("/v1/search", content=content)
    searcher.http.headers["Authorization"] = f"Bearer {canary.word}"
    yield "search grant", searcher.search({"kind": "text", "text": canary.word})


def through_the_doors(world: TestWorld, canary: Canary) -> Iterator[tuple[str, httpx.Response]]:
    """Knock as another node at every address of the node door and at joining, with bodies of nonsense."""
    home = world.homes[NodeId("SI")]
    with httpx.Client(verify=home.client_tls(), trust_env=False, timeout=30) as client:
        for door in ("relay", "relay/ack", "submissions", "copy-receipts", "spool", "nowhere"):
            for content in bad_bodies(canary):
                url = f"{world.homes[NodeId('SEC')].settings.office_url}/node/v1/{door}"
                yield door, client.post(url, content=content, headers={"Content-Type": "application/json"})
        for content in bad_bodies(canary):
            url = f"{world.homes[NodeId('SEC')].settings.office_url}/join/v1"
            yield "join", client.post(url, content=content, headers={"Content-Type": "application/json"})


def test_refusals_do_not_repeat_what_was_sent(
    errors: list[tuple[str, httpx.Response]], canary: Canary
) -> None:
    assert len(errors) > 100
    leaks = {where for where, answer in errors if canary.in_(answer.content + str(answer.headers).encode())}
    assert leaks == set()


def test_nothing_broke_on_the_way(errors: list[tuple[str, httpx.Response]]) -> None:
    assert {(where, answer.status_code) for where, answer in errors if answer.status_code == 500} == set()


def test_no_log_file_holds_the_canary(world: TestWorld, errors: list[Any], canary: Canary) -> None:
    logs = [path for home in world.homes.values() for path in home.log_dir.rglob("*") if path.is_file()]
    assert len(logs) >= 4 * len(world.bureaus)
    assert [str(path.relative_to(world.folder)) for path in logs if canary.in_(path.read_bytes())] == []


def test_no_metric_holds_the_canary(world: TestWorld, errors: list[Any], canary: Canary) -> None:
    text = world.searcher("SI").get("/metrics")
    assert text.status_code == 200
    assert b"search" in text.content
    assert not canary.in_(text.content)


def test_no_page_links_to_the_canary(world: TestWorld, errors: list[Any], canary: Canary) -> None:
    """What is found and written stands on pages, but in no address that they lead to."""
    seen = 0
    for node in ("SI", "FR"):
        browser = world.browser(node, Role.OPERATOR)
        for path in ("/inbox/", "/hits/", "/records/", "/directory/"):
            page = browser.get(path)
            assert page.status_code == 200, path
            links = LINKS.findall(page.text)
            assert not canary.in_("\n".join([*links, str(page.url)]).encode()), path
            for link in [
                link for link in links if re.search(r"/(threads|hits|records)/[0-9a-f-]{36}/$", link)
            ][:5]:
                inner = browser.get(link)
                seen += canary.word in inner.text
                assert not canary.in_("\n".join([*LINKS.findall(inner.text), str(inner.url)]).encode()), path
    assert seen, "the canary must be on some page, else this test sees nothing"


def test_an_error_page_does_not_show_the_canary(world: TestWorld, canary: Canary) -> None:
    browser = world.browser("SI", Role.OPERATOR)
    for path in (f"/{canary.word}/", f"/threads/{ID}/?q={canary.word}", f"/search/{canary.number}"):
        page = browser.get(path)
        assert page.status_code == 404
        assert not canary.in_(page.content)
    for path in (home := world.homes[NodeId("SI")]).log_dir.iterdir():
        assert not canary.in_(path.read_bytes()), (home.node, path.name)
