"""For everybody: axe finds nothing, narrow screens and gloves will do, headers stand, logs name nobody."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from comity.kernel.codes import Role
from comity.office.pages.security import HEADERS
from tests.office.pages.conftest import CANARIES, NUMBER, PERSON, Desk

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True, scope="session")

SCREENS = {
    Role.OPERATOR: (
        "/inbox/",
        "/inbox/?view=alarms",
        "/threads/new/",
        "/threads/new/?form=missing_person",
        "/hits/",
        "/cases/?view=open",
        "/cases/new/",
        "/records/",
        "/directory/",
        "/search/",
    ),
    Role.DATA_OWNER: ("/records/new/persons/", "/records/upload/"),
    Role.SUPERVISOR: ("/journal/", "/inbox/"),
    Role.ADMINISTRATOR: ("/accounts/2fa/", "/accounts/sessions/", "/nowhere/"),
}


def screens(desk, role):
    yield from SCREENS[role]
    if role is Role.OPERATOR:
        for start in ("/inbox/", "/inbox/?view=alarms", "/hits/", "/cases/?view=open"):
            page = desk.open(start)
            link = page.locator("[data-list] a").first
            if link.count():
                yield link.get_attribute("href")


def check(page, where):
    found = Axe().run(
        page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    )
    assert found.violations_count == 0, f"{where}\n{found.generate_report()}"


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_are_accessible(sit_down, language, theme):
    for role in SCREENS:
        desk = sit_down(role)
        desk.choose(language=language, theme=theme)
        for path in screens(desk, role):
            check(desk.open(path), f"{path} {language} {theme}")
        if role is Role.OPERATOR:
            for asked in (NUMBER, PERSON, "ZZ0000000"):
                check(desk.search(asked), f"search {asked} {language} {theme}")


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_sign_in_page_is_accessible(story, chromium, language):
    desk = Desk(chromium, story[0], "SI")
    desk.open("/accounts/login/")
    desk.choose(language=language)
    check(desk.page, f"sign-in {language}")
    desk.page.fill("#id_login", "nobody")
    desk.page.fill("#id_password", "wrong")
    desk.page.click("main button[type=submit]")
    desk.page.wait_for_selector("#problems")
    check(desk.page, f"refused sign-in {language}")
    assert desk.complaints == []
    desk.close()


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_narrow_screens_need_no_scrolling_sideways(sit_down, language):
    """320 px: also what 400 % zoom leaves of a screen 1280 px wide."""
    for role in SCREENS:
        desk = sit_down(role, viewport={"width": 320, "height": 640})
        desk.choose(language=language)
        pages = list(screens(desk, role))
        for path in pages:
            page = desk.open(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
        if role is Role.OPERATOR:
            page = desk.search(NUMBER)
            assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_targets_of_the_officers_page_fit_a_glove(sit_down):
    page = sit_down(Role.OFFICER, viewport={"width": 360, "height": 700}).search(NUMBER)
    small = page.evaluate(
        """() => [...document.querySelectorAll('main button, main select, main input:not([type=hidden], [type=radio]), main summary, main textarea')]
            .filter(e => e.offsetParent && e.getBoundingClientRect().height < 48).map(e => e.outerHTML.slice(0, 80))"""
    )
    assert small == []


def test_every_response_carries_the_headers(story):
    world, _ = story
    client = world.browser("SI", Role.OPERATOR)
    paths = [
        "/",
        "/search/",
        "/inbox/",
        "/hits/",
        "/records/",
        "/directory/",
        "/cases/",
        "/live/",
        "/accounts/2fa/",
        "/nowhere/",
        "/journal/",
    ]
    page = client.get("/inbox/").text
    files = re.findall(r'(?:href|src)="(/static/[^"#]+)', page)
    assert len(files) > 6
    for path in [*paths, *files]:
        response = client.get(path)
        for name, value in HEADERS.items():
            assert response.headers.get(name) == value, (path, name)
        assert "max-age=" in response.headers["Strict-Transport-Security"]
        if path in paths:
            assert response.headers["Cache-Control"] == "no-store", path
    for cookie in client.http.cookies.jar:
        assert cookie.name.startswith("__Host-"), cookie.name
        assert cookie.secure


def test_logs_name_nobody(story, sit_down):
    """I11: what was searched and written through the pages stands in no log."""
    world, _ = story
    sit_down(Role.OFFICER).search(PERSON)
    for home in world.homes.values():
        for log in Path(home.log_dir).iterdir():
            text = log.read_text(encoding="utf-8", errors="replace")
            assert not [canary for canary in CANARIES if canary in text], log.name
