"""Cases in a real browser: with the keyboard from the inbox to a closed case, and two people on one of them."""

import re

import pytest

from comity.kernel.codes import Role

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True, scope="session")

NUMBER = re.compile(r"SI-\d{4}-\d{6}")


def test_a_case_with_the_keyboard_alone(sit_down):
    """Opened, a note, a task done, closed with an outcome: no key but those of the desk, Tab, Space and Enter."""
    page = sit_down(Role.OPERATOR).open("/inbox/")
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**/cases/")
    page.keyboard.press("c")
    page.wait_for_url("**/cases/new/")
    page.wait_for_selector("input[name=title]:focus")
    page.keyboard.type("Two vans at the port")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Two vans at the port')")
    number = NUMBER.search(page.inner_text(".case-number"))[0]
    page.locator("summary", has_text="Write a note").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("One has left by ferry")
    page.locator("#id_finding").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_selector(".findings >> text=One has left by ferry")
    page.locator("summary", has_text="Add a task").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Ask the shipping line")
    page.keyboard.press("Enter")
    page.wait_for_selector(".task >> text=Ask the shipping line")
    page.locator(".task-box").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".task.is-done >> text=done by Operator")
    page.get_by_text("Change or close").click()
    page.select_option("#id_state", "closed")
    page.click("main form button[type=submit]")
    page.wait_for_selector("#problems")
    page.select_option("#id_outcome", "passed_on")
    page.click("main form button[type=submit]")
    page.wait_for_selector(".chip >> text=Passed on to another authority")
    page.goto("/cases/?view=closed")
    assert number in page.inner_text("#list")


def test_a_thread_gets_a_case_and_shows_its_number(sit_down):
    abroad, page = sit_down(Role.OPERATOR, "FR"), sit_down(Role.OPERATOR).open("/threads/new/")
    page.select_option("#id_recipient", "FR")
    page.fill("#id_subject", "Lost at the ferry")
    page.fill("#id_text", "A text")
    page.click("main form.form button[type=submit]")
    page.wait_for_selector(".letter")
    thread = page.url
    page.get_by_role("link", name="Open a case").click()
    assert page.input_value("#id_title") == "Lost at the ferry"
    page.click("main form button[type=submit]")
    page.wait_for_selector(".timeline >> text=Lost at the ferry")
    number = NUMBER.search(page.inner_text(".case-number"))[0]
    page.get_by_text("Mark as a finding").first.click()
    page.wait_for_selector(".findings >> text=Lost at the ferry")
    page.goto(thread)
    assert number in page.inner_text("#main")
    assert number in page.inner_text("#list")
    assert number not in abroad.open("/inbox/").inner_text("main")


def test_two_people_on_one_case_see_each_other_and_lose_no_word(sit_down):
    ana, bor = sit_down(Role.OPERATOR), sit_down(Role.APPROVER)
    page = ana.open("/cases/new/")
    page.fill("#id_title", "Whose is it")
    page.click("main form button[type=submit]")
    page.wait_for_selector(".case-number")
    address = page.url
    for desk, words in ((ana, "Written by Ana"), (bor, "Written by Bor")):
        desk.page.goto(f"{address}change/")
        desk.page.fill("#id_summary", words)
    page.click("main form button[type=submit]")
    page.wait_for_selector("text=Saved.")
    bor.page.click("main form button[type=submit]")
    bor.page.wait_for_selector("#differs >> text=Written by Ana")
    assert bor.page.input_value("#id_summary") == "Written by Bor"
    bor.page.click("main form button[type=submit]")
    bor.page.wait_for_selector("text=Saved.")
    assert "Written by Bor" in bor.page.inner_text(".case-summary")
    page.goto(address)
    page.locator("summary", has_text="reading").click()
    assert "Approver" in page.inner_text(".readings")
