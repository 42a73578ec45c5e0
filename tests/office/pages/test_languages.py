"""Five languages: complete for officer, sign-in, frame, codes and errors; catalogues compiled as written."""

import re
from pathlib import Path

import pytest

import comity.office
from comity.collections.persons import Caution, NameKind
from comity.index import describing, evidence, exact
from comity.kernel import codes
from comity.kernel.codes.regions import Region
from comity.kernel.errors import ErrorCode
from comity.matching.births import AGREEMENTS
from comity.matching.names.reasons import NameCode
from comity.office.cases import words as case_words
from comity.office.cases.models import CaseOutcome, CaseState, ItemKind, StepKind
from comity.office.cases.timeline import EntryKind
from comity.office.hits.models import HitOutcome
from comity.office.pages import error_words, words
from comity.office.pages.language import LANGUAGES
from comity.office.records.models import RecordState
from comity.office.units.models import UnitKind
from comity.protocol.members import MemberStatus
from comity.protocol.reach import Reason
from tests.office.pages.po import read_mo, read_po

OFFICE = Path(comity.office.__file__).parent
TRANSLATED = [code for code, _ in LANGUAGES if code != "en"]
COMPLETE = (
    "pages/words.py",
    "pages/approval_words.py",
    "pages/error_words.py",
    "pages/forms.py",
    "pages/frame.py",
    "pages/facts.py",
    "pages/alarm_lines.py",
    "pages/templatetags/comity.py",
    "cases/words.py",
    "messages/coded_inputs.py",
    "messages/page_forms.py",
    "messages/reaching.py",
    "templates/base.html",
    "templates/cases/beside.html",
    "templates/cases/case.html",
    "templates/cases/change.html",
    "templates/cases/differs.html",
    "templates/cases/entity.html",
    "templates/cases/list.html",
    "templates/cases/merge.html",
    "templates/cases/new.html",
    "templates/cases/task.html",
    "templates/messages/compose.html",
    "templates/messages/confirm.html",
    "templates/messages/letter_fields.html",
    "templates/messages/reach.html",
    "templates/messages/thread.html",
    "templates/messages/who.html",
    "templates/error.html",
    "templates/approvals/approval.html",
    "templates/approvals/list.html",
    "templates/releases/list.html",
    "templates/releases/matter.html",
    "releases/pages.py",
    "releases/views.py",
    "templates/search/search.html",
    "templates/search/answer.html",
    "templates/search/card.html",
    "templates/account/login.html",
    "templates/parts/help.html",
    "templates/parts/clock.html",
    "templates/parts/facts.html",
    "templates/parts/form_errors.html",
)
"""What an officer meets. English stands in the source itself."""
IN_TEMPLATES = re.compile(r'{% (?:block)?translate "([^"]+)"|_\("([^"]+)"\)')
IN_BLOCKS = re.compile(r"{% blocktranslate[^%]*%}(.*?)(?:{% plural %}.*?)?{% endblocktranslate %}", re.DOTALL)
IN_CODE = re.compile(r'(?<![\w.])_\(\s*"((?:[^"\\]|\\.)*)"|ngettext\("([^"]+)"')
IN_CONTEXT = re.compile(r'pgettext_lazy\(\s*"([a-z]+)",\s*"([^"]+)"')


PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


def catalogue(language: str) -> Path:
    return OFFICE / "locale" / language / "LC_MESSAGES" / "django.po"


def texts_of(name: str) -> set[tuple[str | None, str]]:
    text = (OFFICE / name).read_text(encoding="utf-8")
    patterns = [IN_TEMPLATES] if name.endswith(".html") else [IN_CODE]
    found = {"".join(match) for pattern in patterns for match in pattern.findall(text)}
    if name.endswith(".html"):
        found |= {re.sub(r"{{ (\w+) }}", r"%(\1)s", block) for block in IN_BLOCKS.findall(text)}
    plain: set[tuple[str | None, str]] = {(None, text) for text in found}
    return plain | set(IN_CONTEXT.findall(text))


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize("name", COMPLETE)
def test_what_an_officer_meets_is_complete(language, name):
    known = read_po(catalogue(language))
    texts = texts_of(name)
    assert texts, f"no texts found in {name}"
    missing = [text for text in texts if not all(known.get(text, [""]))]
    assert not missing


@pytest.mark.parametrize("language", TRANSLATED)
def test_nothing_is_left_in_english(language):
    assert not [msgid for (_, msgid), forms in read_po(catalogue(language)).items() if not all(forms)]


@pytest.mark.parametrize("language", TRANSLATED)
def test_placeholders_survive_translation(language):
    for (_, msgid), forms in read_po(catalogue(language)).items():
        wanted = set(PLACEHOLDER.findall(msgid))
        for form in forms:
            found = set(PLACEHOLDER.findall(form))
            assert found == wanted or (len(forms) > 1 and len(found) == 1), msgid


@pytest.mark.parametrize("language", TRANSLATED)
def test_compiled_catalogues_match_their_sources(language):
    written = {key: forms for key, forms in read_po(catalogue(language)).items() if any(forms)}
    assert read_mo(catalogue(language).with_suffix(".mo")) == written


@pytest.mark.parametrize(
    ("vocabulary", "enum"),
    [
        (words.STATES, codes.AnswerState),
        (words.PURPOSES, codes.Purpose),
        (words.NOTIFY, codes.NotificationPolicy),
        (words.COLLECTIONS, codes.CollectionName),
        (words.TO_DO, codes.CollectionName),
        (words.LABELS, codes.HandlingLabel),
        (words.PERSON_STATUSES, codes.PersonStatus),
        (words.SEXES, codes.Sex),
        (words.DOCUMENT_KINDS, codes.DocumentKind),
        (words.LOSSES, codes.DocumentLoss),
        (words.CAUTIONS, Caution),
        (words.NAME_KINDS, NameKind),
        (words.FAILURES, codes.FailureReason),
        (words.SOURCE_KINDS, codes.SourceKind),
        (words.HIT_STATES, codes.HitState),
        (words.OUTCOMES, HitOutcome),
        (case_words.STATES, CaseState),
        (case_words.OUTCOMES, CaseOutcome),
        (case_words.ITEMS, ItemKind),
        (case_words.STEPS, StepKind),
        (case_words.ENTRIES, EntryKind),
        (words.PRIORITIES, codes.Priority),
        (words.MESSAGE_STATES, codes.MessageState),
        (words.FORMS, codes.MessageForm),
        (words.RECORD_STATES, RecordState),
        (words.REGIONS, Region),
        (words.NOT_REACHED, Reason),
        (words.UNIT_KINDS, UnitKind),
        (words.ROLES, codes.Role),
        (words.NODE_ROLES, codes.NodeRole),
        (words.STANDINGS, MemberStatus),
    ],
)
def test_every_code_has_words(vocabulary, enum):
    assert {member.value for member in enum} <= set(vocabulary)


def test_every_reason_has_words():
    assert {code.value for code in NameCode} | set(AGREEMENTS) <= set(words.REASONS)
    keys = [*exact._WORDS.values(), exact._LOOK_ALIKE, exact._NEAR, exact._OTHER_COUNTRY, exact._OTHER_TYPE]
    looks = [*describing._EQUAL.values(), *describing._NEAR.values(), describing._NOT_LISTED]
    beside = [
        *evidence._SEX_WORDS.values(),
        *evidence._NATIONALITY_WORDS.values(),
        *evidence._PLACE_WORDS.values(),
    ]
    assert {code for code, *_ in [*keys, *looks, *beside]} <= set(words.REASONS)


def test_every_column_of_every_collection_has_words():
    from comity.collections import ALL

    assert {column for collection in ALL.values() for column in collection.columns} <= set(words.FIELDS)


def test_errors_with_own_words_are_codes():
    assert set(error_words._TEXTS) <= set(ErrorCode)


def test_no_screen_ever_says_clear():
    """I2: the product has no word for "clear"."""
    said = [*map(str, words.STATES.values()), *map(str, words.TO_DO.values())]
    for path in (OFFICE / "templates" / "search").glob("*.html"):
        said.append(path.read_text(encoding="utf-8"))
    assert not [text for text in said if re.search(r"\b(clear|all right|no threat)\b", text, re.IGNORECASE)]
    assert not [text for text in said if re.search(r"\bOK\b", text)]
