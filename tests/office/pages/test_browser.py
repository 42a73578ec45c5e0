"""The story through a real browser: a stolen passport is found, two desks exchange, nothing leaks, nothing breaks."""

import re
from urllib.parse import urlsplit

import pytest

from comity.kernel.codes import Role
from tests.office.pages.conftest import NUMBER, PERSON, SECRET, until

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True, scope="session")


def test_from_the_search_to_the_reply(sit_down):
    """I10, I11: hit shown with what it is and is not; both desks have it; a sealed reply arrives."""
    officer, operator, abroad = sit_down(Role.OFFICER), sit_down(Role.OPERATOR), sit_down(Role.OPERATOR, "FR")
    page = officer.search(NUMBER)
    answer = page.locator("#answer")
    assert answer.get_attribute("data-state") == "HIT"
    assert "A hit is a lead, not by itself a ground for arrest" in answer.inner_text()
    assert "France" in answer.inner_text()
    assert answer.locator("mark").first.inner_text().startswith(NUMBER)
    assert answer.locator(".sources tbody tr").count() >= 1

    page = operator.open("/hits/")
    page.locator("[data-list] a", has_text=NUMBER).first.click()
    page.wait_for_selector("text=What was searched")
    assert "Answer due in" in page.inner_text("#state")
    until(lambda: page.reload() and page.get_by_text("Thread with the other desk").count())
    page.get_by_text("Thread with the other desk").click()
    page.wait_for_selector("#reply")
    page.fill("#id_text", SECRET)
    page.click("#reply button[type=submit]")
    page.wait_for_selector(f"text={SECRET}")
    until(lambda: page.reload() and page.locator(".letter.is-own").last.locator("text=Delivered").count())

    page = abroad.open("/inbox/")
    assert page.locator("[data-list] a", has_text=NUMBER).count()
    page = abroad.open(urlsplit(operator.page.url).path)
    page.wait_for_selector(f"text={SECRET}")
    assert page.locator(".letter").count() >= 2

    page = operator.page
    until(lambda: page.reload() and page.locator(".letter.is-own").last.locator("text=/Read .*UTC/").count())


def test_the_owner_confirms_and_the_searcher_sees_it(sit_down):
    officer, operator, abroad = sit_down(Role.OFFICER), sit_down(Role.OPERATOR), sit_down(Role.OPERATOR, "FR")
    officer.search(NUMBER)
    reference = officer.page.locator("#answer .ref").last.inner_text()
    page = operator.open("/hits/")

    def own_hit():
        page.goto("/hits/")
        for link in page.locator("[data-list] a", has_text=NUMBER).all():
            address = link.get_attribute("href")
            page.goto(address)
            if reference in page.inner_text("main"):
                return address
            page.goto("/hits/")
        return None

    address = until(own_hit)
    assert page.locator("input[name=outcome][value=arrested]").is_disabled()
    theirs = abroad.open(address)
    until(lambda: theirs.goto(address).status == 200)
    theirs.locator("label.choice", has_text="Confirm").click()
    theirs.fill("#id_note", "It is ours.")
    theirs.click("form[action$='decide/'] button")
    theirs.wait_for_selector("text=The answer was given")
    until(lambda: page.goto(address) and "It is ours." in page.inner_text("main"))
    page.locator("label.choice", has_text="Object seized").click()
    page.click("form[action$='outcome/'] button")
    page.wait_for_selector("text=The outcome was recorded")


def test_what_arrives_appears_without_loading_the_page(sit_down):
    operator, abroad = sit_down(Role.OPERATOR), sit_down(Role.OPERATOR, "FR")
    page = operator.open("/inbox/")
    before = page.locator("#count-inbox").get_attribute("data-count")
    theirs = abroad.open("/threads/new/")
    theirs.select_option("#id_recipient", "SI")
    theirs.fill("#id_subject", "Arrives by itself")
    theirs.fill("#id_text", "A text")
    theirs.click("main form.form button[type=submit]")
    page.wait_for_selector("[data-list] >> text=Arrives by itself")
    assert page.locator("#count-inbox").get_attribute("data-count") != before
    page.locator("[data-list] a", has_text="Arrives by itself").click()
    page.wait_for_selector("#reply")
    theirs.wait_for_selector(".letter.is-own >> text=/Read .*UTC/")


def test_the_answer_leads_to_the_hit_of_the_own_desk(sit_down):
    page = sit_down(Role.OPERATOR).search(NUMBER)
    page.get_by_text("Open this hit on our desk").click()
    page.wait_for_selector("text=What was searched")
    assert NUMBER in page.inner_text("h1")


def test_a_person_is_found_by_name_with_cautions_first(sit_down):
    page = sit_down(Role.OFFICER).search(PERSON)
    card = page.locator(".card", has_text="CANARYSON").first
    text = card.inner_text()
    assert text.index("Armed") < text.index("A hit is a lead") < text.index("Date of birth")


def test_no_record_is_not_clear(sit_down):
    page = sit_down(Role.OFFICER).search("ZZ0000000")
    assert page.locator("#answer").get_attribute("data-state") == "NO_RECORD"
    assert page.locator("#answer .verdict use").get_attribute("href").endswith("#circle")
    assert not re.search(r"\b(clear|OK)\b", page.inner_text("#answer"))


def test_nothing_is_searched_without_a_purpose(sit_down):
    """I12, with the browser's own check out of the way."""
    desk = sit_down(Role.OFFICER)
    page = desk.open("/search/")
    page.evaluate("document.getElementById('box').noValidate = true")
    page.fill("#id_text", NUMBER)
    page.select_option("#id_purpose", "")
    page.click("#box button[type=submit]")
    page.wait_for_selector("text=Nothing was searched")
    assert page.locator("#answer[data-state]").count() == 0


def test_a_reader_that_types_is_understood(sit_down):
    """A burst of keys is a scan, wherever the focus is; its lines end with Enter."""
    page = sit_down(Role.OFFICER).open("/search/")
    page.select_option("#id_purpose", "border_control")
    page.locator("h1").evaluate("element => document.activeElement.blur()")
    for line in (
        "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
        "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
    ):
        page.keyboard.type(line, delay=1)
        page.keyboard.press("Enter")
    page.wait_for_selector("#answer[data-state]")
    assert page.input_value("#id_text").count("\n") == 1
    assert "L898902C3" in page.inner_text("#answer")


def test_a_wrong_check_digit_is_the_officers_choice(sit_down):
    desk = sit_down(Role.OFFICER)
    page = desk.open("/search/")
    page.fill(
        "#id_text",
        "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C30UTO7408122F1204159ZE184226B<<<<<10",
    )
    page.select_option("#id_purpose", "border_control")
    page.click("#box button[type=submit]")
    page.get_by_role("button", name="Search it as it stands").click()
    page.wait_for_selector("#answer[data-state]")
    assert "check digit" in page.inner_text("#answer")


def test_keys_lead_through_the_desk_and_can_be_switched_off(sit_down):
    desk = sit_down(Role.OPERATOR)
    page = desk.open("/hits/")
    page.wait_for_selector("[data-list] a")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.matches('[data-list] a')")
    page.keyboard.press("?")
    page.wait_for_selector("#help[open]")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.wait_for_url("**/search/")
    page.evaluate(
        "document.querySelector('button[name=keys]').form.requestSubmit(document.querySelector('button[name=keys]'))"
    )
    page.wait_for_selector("html[data-keys=off]")
    page.locator("h1").evaluate("element => document.activeElement.blur()")
    page.keyboard.press("?")
    assert page.locator("#help[open]").count() == 0


def test_everything_works_without_scripts(sit_down, story):
    desk = sit_down(Role.OPERATOR, java_script_enabled=False)
    page = desk.search(NUMBER)
    assert page.locator("#answer").get_attribute("data-state") == "HIT"
    page = desk.open("/threads/new/")
    page.select_option("#id_recipient", "MA")
    page.fill("#id_subject", "Written without scripts")
    page.fill("#id_text", "A text")
    page.press("#id_subject", "Enter")  # sends, although a button that only shows other fields stands above
    page.wait_for_selector("h1:has-text('Written without scripts')")
    page.fill("#id_text", "And a reply")
    page.click("#reply button[type=submit]")
    page.wait_for_selector(".letter >> nth=1")
    desk.page.locator("form[action='/language/'] button[value=fr]").evaluate("button => button.click()")
    page.wait_for_selector("html[lang=fr]")


def test_an_owner_enters_changes_and_withdraws(sit_down):
    """I7: the page shows which copies have confirmed."""
    page = sit_down(Role.DATA_OWNER, "FR").open("/records/new/vehicles/")
    page.click("main form.form button[type=submit]")
    page.wait_for_selector("#problems")
    page.fill("#id_plate", "GH-482-KL")
    page.fill("#id_make", "Renault")
    page.fill("#id_owner_reference", "V/9")
    page.select_option("#id_purpose", "investigation")
    page.fill("#id_legal_basis", "Code, article 56")
    page.fill("#id_expires", "2028-01-31")
    page.click("main form.form button[type=submit]")
    page.wait_for_selector("text=Saved.")
    until(lambda: page.reload() and page.locator(".chip", has_text="In force").count())
    page.get_by_text("Change", exact=True).click()
    page.fill("#id_colour", "white")
    page.click("main form.form button[type=submit]")
    page.wait_for_selector("text=Saved.")
    assert "white" in page.inner_text("main")
    until(lambda: page.reload() and page.locator(".chip", has_text="In force").count())
    page.get_by_text("Withdraw", exact=True).click()
    page.fill("#id_reason", "Found")
    page.click("main form.form button[type=submit]")
    page.wait_for_selector("text=Withdrawn.")
    until(lambda: page.reload() and page.locator("text=gone, signed receipt").count() >= 4)
    assert "GH-482-KL" not in page.inner_text("main")


def test_a_file_is_taken_in_or_refused_line_by_line(sit_down, tmp_path):
    page = sit_down(Role.DATA_OWNER, "FR").open("/records/upload/")
    head = "owner_reference,purpose,legal_basis,plate,plate_country\n"
    bad = tmp_path / "cars.csv"
    bad.write_text(head + "U/1,investigation,art. 1,AA 111,FRA\nU/2,investigation,art. 1,BB 222,QQQ\n")
    page.select_option("#id_collection", "vehicles")
    page.set_input_files("#id_file", bad)
    page.click("main form.form button[type=submit]")
    page.wait_for_selector("text=Nothing was taken in")
    assert "input.unknown_country" in page.inner_text("main")
    page.select_option("#id_collection", "vehicles")
    page.set_input_files("#id_file", bad)
    page.locator("label.choice", has_text="leave it out").click()
    page.click("main form.form button[type=submit]")
    page.wait_for_selector("text=1 record was taken in")
