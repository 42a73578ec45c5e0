"""What a declared form is made of. The same JSON stands in a file, in the database and in a message."""

import re
from enum import StrEnum
from typing import Final

import msgspec

from comity.kernel.codes import Priority

Texts = dict[str, str]
"""One text in several languages, by the language's code; English is always there."""

LANGUAGES: Final = ("en", "fr", "es", "ar", "sl")
"""The languages of the desk; a declaration may hold more."""
MAX_LANGUAGES: Final = 12
"""The five of the desk and those of the neighbours."""
MAX_LABEL: Final = 80
"""A label stands on one line of a form."""
MAX_HELP: Final = 200
"""One sentence below a field."""
MAX_FIELDS: Final = 40
"""Two screens; a message holds at most 50 coded values."""
MAX_CHOICES: Final = 60
"""A longer list is not looked through any more, it is searched."""
MAX_DEFINITION_BYTES: Final = 48 * 1024
"""A form of 20 fields in five languages takes 15 KiB; it travels with each of its messages."""
FORM_ID: Final = re.compile(r"(?:(SEC|[A-Z]{2}):)?[a-z][a-z0-9_]{1,39}")
"""`vehicle_check` for what the product declares, `SI:fishing_boat` for a bureau's own."""
FIELD_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
CHOICE_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
LANGUAGE_CODE: Final = re.compile(r"[a-z]{2,3}")
ANY_FORM: Final = "*"
"""In `answers`: the form answers whatever awaits an answer."""


class FieldKind(StrEnum):
    """What a field holds; `values` says what each looks like on the wire."""

    TEXT = "text"
    CHOICE = "choice"
    DATE = "date"
    COUNTRY = "country"
    DOCUMENT_NUMBER = "document_number"
    PLATE = "plate"
    VIN = "vin"
    PERSON_NAME = "person_name"
    NUMBER = "number"
    YES_NO = "yes_no"
    THREAD = "thread"
    MESSAGE = "message"
    RECORD = "record"
    HIT = "hit"


REFERENCES: Final = frozenset({FieldKind.THREAD, FieldKind.MESSAGE, FieldKind.RECORD, FieldKind.HIT})
"""Kinds that hold the id of something."""


class Clock(StrEnum):
    """How soon an answer is due; empty: none is awaited."""

    NONE = ""
    HOURS_8 = "8h"
    DAYS_3 = "3d"
    DAYS_7 = "7d"


class FreeText(StrEnum):
    """Whether words stand beside the coded fields."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


class Choice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One code of a list and its words."""

    code: str
    label: Texts


class Field(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One coded field. `least` and `most` bound a number, `longest` a text (in characters)."""

    name: str
    kind: FieldKind
    label: Texts
    help: Texts = {}
    required: bool = False
    many: bool = False
    """Several codes of the list may be chosen."""
    choices: list[Choice] = []
    longest: int = 200
    least: int = 0
    most: int = 1_000_000_000


class Form(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One declared form."""

    id: str
    name: Texts
    help: Texts = {}
    priority: Priority = Priority.NORMAL
    """What the composer proposes."""
    clock: Clock = Clock.NONE
    """How soon its answer is due when the sender says nothing else."""
    text: FreeText = FreeText.OPTIONAL
    fields: list[Field] = []
    one_of: list[list[str]] = []
    """Of each of these groups at least one field must be given."""
    answers: list[str] = []
    """Which forms this one answers; `*` for all that await an answer."""

    @property
    def awaits_answer(self) -> bool:
        """Whether an answer is due."""
        return self.clock is not Clock.NONE


def text_in(texts: Texts, language: str) -> str:
    """Return the text in `language`, else in English, else in any language that is there."""
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")
