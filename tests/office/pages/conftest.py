"""A real browser before a real world: Chromium, offices and searches as processes, TLS between them."""

import os
import shutil
import time
from collections.abc import Iterator
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from comity.kernel.codes import Role
from comity.kernel.ids import NodeId
from tests.harness import inside
from tests.harness.worlds import PASSWORD, TestWorld

SOON_S = 60
"""Machines that test many things at once are slow; what is waited for takes seconds elsewhere."""


NUMBER = "KX7304512"
PERSON = "Bellerose Canaryson"
SECRET = "The white van stands behind the fish market"
CANARIES = (NUMBER, "Bellerose", "Canaryson", "fish market", "fish%20market")
RECORDS = [
    {
        "collection": "travel_documents",
        "owner_reference": "T/1",
        "purpose": "border_control",
        "legal_basis": "Passport act, article 9",
        "content": {
            "number": NUMBER,
            "country": "FRA",
            "type": "passport",
            "loss": "stolen",
            "place": "Lyon",
        },
    },
    {
        "collection": "persons",
        "owner_reference": "T/2",
        "purpose": "wanted_persons",
        "legal_basis": "Warrant 12",
        "status": "charged",
        "content": {
            "names": [{"text": "CANARYSON, Bellerose"}, {"text": "بيلروز كاناريسون", "kind": "alias"}],
            "births": [{"earliest": "1971-03-04", "latest": "1971-03-04", "precision": "exact"}],
            "nationalities": ["FRA"],
            "cautions": ["armed"],
        },
    },
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The machine's own Chromium; tests that take it skip without one.

    Closed with the module: while it is open an event loop runs, and Django refuses to work inside one.
    """
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no Chromium")
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


class Desk:
    """One person's browser at one office. Collects what the browser complains about and every address."""

    def __init__(self, browser: Browser, world: TestWorld, node: str, **options: object) -> None:
        self.url = world.homes[NodeId(node)].settings.office_url
        self.context: BrowserContext = browser.new_context(
            ignore_https_errors=True, base_url=self.url, **options
        )
        self.context.set_default_timeout(SOON_S * 1000)
        self.complaints: list[str] = []
        self.addresses: list[str] = []
        self.page: Page = self.context.new_page()
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error in script: {error}"))
        self.page.on("request", lambda request: self.addresses.append(request.url))

    def _hear(self, message) -> None:
        expected = "Failed to load resource" in message.text  # what a refused form or a missing page says
        if message.type in {"error", "warning"} and not expected:
            self.complaints.append(message.text)

    def sign_in(self, role: Role) -> "Desk":
        self.page.goto("/accounts/login/")
        self.page.fill("#id_login", role.value)
        self.page.fill("#id_password", PASSWORD)
        self.page.click("main button[type=submit]")
        self.page.wait_for_url(lambda url: "/accounts/" not in url)
        return self

    def open(self, path: str) -> Page:
        self.page.goto(path)
        return self.page

    def choose(self, **choices: str) -> None:
        """Set colours or language as the menus do."""
        names = {"language": "/language/", "theme": "/preferences/"}
        for name, choice in choices.items():
            with self.page.expect_navigation():
                self.page.evaluate(
                    """([action, name, value]) => {
                        const form = document.querySelector(`form[action="${action}"]`);
                        form.requestSubmit(form.querySelector(`[name="${name}"][value="${value}"]`));
                    }""",
                    [names[name], name, choice],
                )

    def search(self, text: str, *, purpose: str = "border_control") -> Page:
        page = self.open("/search/")
        page.fill("#id_text", text)
        page.select_option("#id_purpose", purpose)
        page.click("#box button[type=submit]")
        page.wait_for_selector("#answer[data-state]")
        return page

    def close(self) -> None:
        self.context.close()


def until(question, within_s: float = SOON_S):
    """Return the first true answer, or fail."""
    deadline = time.monotonic() + within_s
    while True:
        answer = question()
        if answer:
            return answer
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)


@pytest.fixture(scope="session")
def story(world):
    """A world in which FR has listed a passport and a person, and SI's copy knows of both."""
    owner = world.machine("FR", Role.DATA_OWNER)
    ids = []
    for record in RECORDS:
        answer = owner.post("/api/v1/records", record)
        assert answer.status_code in {200, 201}, answer.text
        ids.append(answer.json()["record_id"])
    asker = world.searcher("SI")
    until(lambda: asker.answer({"kind": "document", "number": NUMBER})["state"] == "HIT")
    until(lambda: asker.answer({"kind": "person", "name": PERSON})["candidates"])
    draft = {"recipient": "FR", "subject": "Not delivered", "text": "Words"}
    sent = world.machine("SI", Role.OPERATOR).post("/api/v1/messages", draft).json()
    world.office(NodeId("SI")).run(inside.raise_alarms, sent["header"]["message_id"])
    world.office(NodeId("SI")).run(inside.open_case, sent["header"]["thread_id"])
    return world, ids


@pytest.fixture
def sit_down(story, chromium):
    """Return a function that opens a browser at a desk, signed in."""
    made = []

    def sit(role, node="SI", **options):
        desk = Desk(chromium, story[0], node, **options).sign_in(role)
        made.append(desk)
        return desk

    yield sit
    for desk in made:
        desk.close()
        assert desk.complaints == []
        for address in desk.addresses:
            assert not [canary for canary in CANARIES if canary in unquote(address) or canary in address], (
                address
            )
