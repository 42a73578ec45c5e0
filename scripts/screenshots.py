"""Take the pictures of docs/images from the demo world (`comity demo`): made-up people and papers only.

    scripts/screenshots.py
    scripts/screenshots.py --desk URL operator PASSWORD --officer URL officer PASSWORD
        --abroad URL operator PASSWORD

Without addresses a world of its own is started and taken down again. `--abroad` is a desk of another
bureau; it writes the letters that the first desk shows.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from comity.cli.demo.display import Lines
from comity.cli.demo.tour import build, close

SCREEN = {"width": 1280, "height": 800}
TELEPHONE = {"width": 390, "height": 844}
ARRIVES_MS = 30_000
"""A letter takes half a second on a quiet machine."""
ASKED_AT_MOST = 8
FOUND, LIKE = "XQ3300981", "Anselm Vrhovszky"
"""A listed identity card and the alias of a listed person in the demo world."""
LETTERS = (
    (
        "White Renault Trafic, plates XQ-471-ZZ",
        "flash",
        (
            "Good evening,\n\nthe van was seen on the motorway towards Koper at 01:50 UTC. Could your "
            "motorway police look out for it? It was stolen in Nantes on 20 January.\n\nDuty desk"
        ),
    ),
    ("Request for identification of a passenger", "urgent", "Please identify the holder of card XQ9902114."),
    ("Joint control on Friday", "normal", "We propose 06:00 UTC at the truck terminal."),
)


def signed_in(browser: Browser, who: list[str], **options: object) -> Page:
    """Return a page of `who` (address, account, password) after signing in."""
    url, account, password = who
    context = browser.new_context(ignore_https_errors=True, base_url=url, **options)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto("/accounts/login/")
    page.fill("#id_login", account)
    page.fill("#id_password", password)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda address: "/accounts/" not in address)
    return page


def search(page: Page, text: str) -> None:
    """Ask the officer's search and wait for its answer; where a source was too slow, again."""
    for _ in range(ASKED_AT_MOST):
        page.goto("/search/")
        page.fill("#id_text", text)
        page.select_option("#id_purpose", "border_control")
        page.click("#box button[type=submit]")
        page.wait_for_selector("#answer[data-state]")
        if not page.locator("#answer .sources .is-silent").count():
            break
    page.mouse.move(0, 0)


def write_letters(page: Page, bureau: str) -> None:
    """Send the letters to `bureau`."""
    for subject, priority, text in reversed(LETTERS):
        page.goto("/threads/new/")
        page.select_option("#id_recipient", bureau)
        page.fill("#id_subject", subject)
        page.fill("#id_text", text)
        page.select_option("#id_priority", priority)
        page.click("main form.form button[type=submit]")
        page.wait_for_selector(".letter")


def officer_pictures(browser: Browser, who: list[str], folder: Path) -> None:
    """Take the officer's pages: a hit, a likeness, and one in Arabic on a telephone at night."""
    page = signed_in(browser, who, viewport=SCREEN)
    search(page, FOUND)
    page.screenshot(path=folder / "officer.png", full_page=True)
    search(page, LIKE)
    page.screenshot(path=folder / "officer-possible.png", full_page=True)
    small = signed_in(browser, who, viewport=TELEPHONE, color_scheme="dark", has_touch=True)
    small.click("form[action='/language/'] >> xpath=.. >> summary")
    small.click("form[action='/language/'] button[value=ar]")
    search(small, FOUND)
    small.screenshot(path=folder / "officer-phone.png", full_page=True)


def desk_pictures(browser: Browser, who: list[str], folder: Path) -> None:
    """Take the desk with a letter open, by day and night, and the lists and one hit beside it."""
    page = signed_in(browser, who, viewport=SCREEN)
    page.goto("/inbox/")
    letter = page.locator("[data-list] a", has_text=LETTERS[0][0]).first
    letter.wait_for(timeout=ARRIVES_MS)
    address = letter.get_attribute("href") or "/inbox/"
    for name, path in (("hits", "/hits/"), ("records", "/records/"), ("directory", "/directory/")):
        page.goto(path)
        page.screenshot(path=folder / f"{name}.png")
    page.goto("/hits/")
    page.locator("[data-list] a", has_text=FOUND).first.click()
    page.wait_for_selector("#state")
    page.screenshot(path=folder / "hit.png", full_page=True)
    page.goto(address)
    page.wait_for_selector(".letter")
    page.screenshot(path=folder / "desk.png")
    dark = signed_in(browser, who, viewport=SCREEN, color_scheme="dark")
    dark.goto(address)
    dark.wait_for_selector(".letter")
    dark.screenshot(path=folder / "desk-dark.png")


@contextmanager
def demo_world() -> Iterator[dict[str, list[str]]]:
    """Start the demo world and give the three places with an account for each."""
    with tempfile.TemporaryDirectory(prefix="comity-pictures-") as made:
        stage = build(Path(made).resolve(), None, Lines())
        try:
            accounts = {(each.node, each.username): each.password for each in stage.accounts}

            def place(node: str, name: str) -> list[str]:
                return [str(stage.world.homes[node].settings.office_url), name, accounts[node, name]]

            stage.world.release_offices()
            yield {
                "desk": place("SI", "operator"),
                "officer": place("SI", "officer"),
                "abroad": place("FR", "operator"),
            }
        finally:
            close(stage)


def main() -> int:
    """Take all pictures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for place in ("desk", "officer", "abroad"):
        parser.add_argument(f"--{place}", nargs=3, metavar=("URL", "ACCOUNT", "PASSWORD"))
    parser.add_argument("--bureau", default="SI", help="code of the desk's bureau")
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    said = parser.parse_args()
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    said.out.mkdir(parents=True, exist_ok=True)
    told = {name: getattr(said, name) for name in ("desk", "officer", "abroad")}
    if any(told.values()) and not all(told.values()):
        parser.error("give all three places, or none")
    world = nullcontext(told) if all(told.values()) else demo_world()
    with world as places, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        officer_pictures(browser, places["officer"], said.out)
        write_letters(signed_in(browser, places["abroad"]), said.bureau)
        desk_pictures(browser, places["desk"], said.out)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
