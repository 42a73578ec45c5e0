"""What is shipped to browsers: style without sides, vendored script unchanged, nothing inline, nothing foreign."""

import re
from hashlib import sha256
from pathlib import Path

import pytest

import comity.office

OFFICE = Path(comity.office.__file__).parent
STATIC, TEMPLATES = OFFICE / "static", OFFICE / "templates"
STYLES = sorted((STATIC / "css").glob("*.css"))
PAGES = sorted(TEMPLATES.rglob("*.html"))
VENDORED = {
    "vendor/htmx/htmx-4.0.1.min.js": "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130",
    "vendor/htmx/LICENSE": "d3d2456f76414f2456104660ebd65aff1c04cd7966b942bdabd63f3cdb316a38",
}
FIRST_LOAD_LIMIT = 80_000
"""Bytes of style and script before compression: a telephone at a border has the page in a second."""
PRINTED = {TEMPLATES / "exports" / "thread.html"}
"""What becomes a PDF: no browser reads it, and it must bring its own style, a file of ours."""
PRINT_STYLE = "<style>{{ style|safe }}</style>"
PHYSICAL = re.compile(
    r"(?<![\w-])(?:left|right|top|bottom|width|height|(?:margin|padding|border)-(?:left|right|top|bottom)[\w-]*"
    r"|(?:min|max)-(?:width|height)|border-(?:top|bottom)-(?:left|right)-radius)\s*:"
)
SIDE_VALUES = re.compile(r"(?:float|clear|text-align)\s*:\s*(?:left|right)")


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_styles_know_no_left_and_right(path):
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    text = re.sub(
        r"@media[^{]*", "", text
    )  # queries ask for the width of the screen, which has no logical name
    assert not PHYSICAL.findall(text)
    assert not SIDE_VALUES.findall(text)


def test_the_search_for_sides_would_find_one():
    assert PHYSICAL.findall("a { margin-left: 1px }")
    assert PHYSICAL.findall("a{left:0}")
    assert SIDE_VALUES.findall("a { text-align: right }")
    assert not PHYSICAL.findall("a { margin-inline-start: 1px; inset-block-start: 0; inline-size: 1px }")


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_every_style_stands_in_a_layer(path):
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    outside = re.sub(r"@layer[^{;]*(?:;|\{(?:[^{}]|\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\})*\})", "", text)
    assert not outside.strip()


@pytest.mark.parametrize(("name", "digest"), VENDORED.items())
def test_vendored_files_are_unchanged(name, digest):
    assert sha256((STATIC / name).read_bytes()).hexdigest() == digest


def test_nothing_is_vendored_unseen():
    found = {str(path.relative_to(STATIC)) for path in (STATIC / "vendor").rglob("*") if path.is_file()}
    assert found == set(VENDORED)


def loaded_by(path):
    """Return the styles and scripts of a page, those of what it extends and includes among them."""
    text = path.read_text(encoding="utf-8")
    found = set(re.findall(r'asset "([^"]+\.(?:css|js))"', text))
    others = re.findall(r'{% (?:extends|include) "([^"]+)"', text)
    for other in [*others, *(["attachments/field.html"] if "{% attach_field" in text else [])]:
        found |= loaded_by(TEMPLATES / other)
    return found


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_first_load_is_small(path):
    assert sum((STATIC / name).stat().st_size for name in loaded_by(path)) < FIRST_LOAD_LIMIT


def test_what_a_page_loads_is_found():
    found = loaded_by(TEMPLATES / "messages" / "compose.html")
    assert {"css/tables.css", "css/compose.css", "js/attach.js"} < found


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_templates_hold_nothing_inline(path):
    text = path.read_text(encoding="utf-8")
    if path in PRINTED:
        assert text.count(PRINT_STYLE) == 1
        text = text.replace(PRINT_STYLE, "")
    assert not re.search(r"<style|\sstyle=", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"\son\w+=", text)
    assert not re.search(r"\bhx-on|javascript:|hx-vals=.js", text)
    assert not re.search(r"https?://", text)
    assert "|safe" not in text
    assert "autoescape off" not in text


def test_scripts_fetch_nothing_foreign_and_store_nothing():
    for path in (STATIC / "js").glob("*.js"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(
            r"https?://|localStorage|sessionStorage|indexedDB|document\.cookie|innerHTML|eval\(", text
        )


def test_every_icon_that_is_used_is_drawn():
    sprite = (STATIC / "img" / "icons.svg").read_text(encoding="utf-8")
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', sprite))
    used = {
        name for path in PAGES for name in re.findall(r'{% icon "([\w-]+)"', path.read_text(encoding="utf-8"))
    }
    from comity.office.pages.answers import SHAPES
    from comity.office.pages.frame import PLACES

    used |= {place.icon for place in PLACES} | {shape for shape, _ in SHAPES.values()}
    assert used <= drawn
