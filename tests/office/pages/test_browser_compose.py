"""Writing through a real browser: a form in codes, to whom it goes, a file on its way, and its reader abroad."""

import secrets

import pytest

from comity.kernel.codes import Role
from comity.office.pages.language import LANGUAGES
from tests.office.pages.conftest import until

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True, scope="session")

FILM = secrets.token_bytes(5 * 1024 * 1024 + 1)
"""Three parts."""


def choose(page, text):
    page.locator(".reach label.choice", has_text=text).click()


def receivers(page, begins):
    page.wait_for_function("text => document.getElementById('who').innerText.includes(text)", arg=begins)
    return page.inner_text("#who")


def test_the_sentence_says_who_receives_as_one_chooses(sit_down):
    page = sit_down(Role.OPERATOR).open("/threads/new/")
    assert "Nobody receives this yet." in page.inner_text("#who")
    page.select_option("#id_recipient", "FR")
    assert "(FR)" in receivers(page, "1 bureau receives this:")
    choose(page, "Several bureaus")
    for code in ("FR", "MA"):
        page.locator(".bureaus label", has_text=f"{code} –").click()
    said = receivers(page, "2 bureaus receive this:")
    assert "(FR)" in said
    assert "(MA)" in said
    choose(page, "A region")
    page.select_option("#id_region", "middle_east_north_africa")
    assert "(FR)" not in receivers(page, "1 bureau receives this:")
    choose(page, "All bureaus")
    assert "only when chosen by itself" in receivers(page, "2 bureaus receive this:"), (
        "the secretariat does not"
    )
    page.fill("#id_subject", "To everybody")
    page.fill("#id_text", "Words")
    page.click("main form.form button[type=submit]")
    page.wait_for_selector("h1:has-text('Send to several?')")
    page.get_by_role("button", name="Back to the message").click()
    assert page.input_value("#id_subject") == "To everybody"
    assert "2 bureaus receive this:" in page.inner_text("#who")


def test_a_coded_form_with_a_file_is_read_in_french(sit_down):
    """The desk of FR reads labels and codes in its own language, without a translator; the file is whole."""
    page = sit_down(Role.OPERATOR).open("/threads/new/")
    page.select_option("#id_recipient", "FR")
    page.select_option("#id_form", "vehicle_check")
    page.wait_for_selector("#id_c_plate")
    page.fill("#id_c_plate", "KR XQ-1")
    page.fill("#id_c_plate_country", "Slovenia")
    page.locator("[name=c_colour]").first.wait_for()
    page.select_option("#id_c_colour", "red")
    page.select_option("#id_c_purpose", "border_control")
    page.fill("#id_subject", "Red car with a film")
    page.evaluate(
        """() => {
            window.seen = [];
            new MutationObserver(() => {
                const bar = document.querySelector('[data-files] progress');
                const send = document.querySelector('main form.form .actions button');
                if (bar) window.seen.push([bar.value, send.disabled]);
            }).observe(document.querySelector('[data-files]'), { subtree: true, childList: true, attributes: true });
        }"""
    )
    page.set_input_files("#id_files", {"name": "film.bin", "mimeType": "video/mp4", "buffer": FILM})
    page.wait_for_selector("[data-files] input[name=attachments]:checked")
    assert "film.bin: attached" in page.inner_text("[data-said]")
    steps = page.evaluate("window.seen")
    assert len({value for value, _ in steps}) >= 3, "it went by parts, each shown"
    assert all(disabled for _, disabled in steps), "nothing is sent before the file is there"
    page.click("main form.form .actions button[type=submit]")
    page.wait_for_selector(".letter >> text=film.bin")

    abroad = sit_down(Role.OPERATOR, "FR")
    abroad.choose(language="fr")
    theirs = abroad.open("/inbox/")
    link = theirs.locator("[data-list] a", has_text="Red car with a film")
    until(lambda: theirs.reload() and link.count())
    link.first.click()
    letter = theirs.locator(".letter").first
    letter.wait_for()
    until(lambda: theirs.reload() and letter.locator("text=ici, comparé").count())
    text = letter.inner_text()
    for words in ("Vérification d’un véhicule", "Rouge", "Slovénie", "Contrôle aux frontières", "KR XQ-1"):
        assert words in text


def test_the_band_is_one_line_at_the_desk(sit_down):
    desk = sit_down(Role.OPERATOR, viewport={"width": 1280, "height": 800})
    high = {}
    for language, _ in LANGUAGES:
        desk.choose(language=language)
        high[language] = desk.page.evaluate("document.querySelector('.band-row').offsetHeight")
    assert max(high.values()) < 60, high
