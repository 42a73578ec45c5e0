"""Field types that several collections share, with their limits, and the checks behind them."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from typing import Annotated, Final

import msgspec

from comity.collections.base import KeyKind, SearchKey
from comity.kernel.codes import DocumentKind, is_country
from comity.kernel.errors import ErrorCode, InputError
from comity.matching import names
from comity.matching.dates import EARLIEST_YEAR, LATEST_YEAR
from comity.matching.documents import document_key, issuer_key

MAX_WORD: Final = 100
"""Makes, models, colours, references: what fits one cell of a form."""
MAX_NAME: Final = 300
"""The longest full names on public lists stay below 200 characters."""
MAX_NUMBER: Final = 40
"""Document numbers have at most 22 places (Doc 9303-4); blanks and dashes come on top."""
MAX_PLACE: Final = 200
"""Street, town, province, country."""
MAX_LINE: Final = 500
"""One sentence: an offence, a note."""
MAX_TEXT: Final = 8_000
"""Two printed pages; more belongs into a message's attachment."""
MAX_COUNTRIES: Final = 10
"""Nobody is known with more nationalities; a longer list is a mistake."""

Word = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_WORD)]
Number = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NUMBER)]
Place = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_PLACE)]
Line = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_LINE)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_TEXT)]
Country = Annotated[
    str, msgspec.Meta(min_length=1, max_length=3, description="Three letters, ICAO Doc 9303-3, e.g. SVN")
]
PartialDate = Annotated[
    str, msgspec.Meta(min_length=4, max_length=10, description="YYYY-MM-DD, YYYY-MM or YYYY")
]

_PARTIAL_DATE: Final = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


def check_country(code: str, field: str) -> str:
    """Return the one code of a state of Doc 9303-3 (`d` gives DEU). Raises input.unknown_country."""
    key = issuer_key(code)
    if not is_country(key):
        raise InputError(ErrorCode.INPUT_UNKNOWN_COUNTRY, field=field)
    return key


def check_partial_date(text: str, field: str) -> str:
    """Return `text` when such a day, month or year can exist. Raises input.impossible_date."""
    parts = _PARTIAL_DATE.fullmatch(text)
    if parts is None or not EARLIEST_YEAR <= int(parts[1]) <= LATEST_YEAR:
        raise InputError(ErrorCode.INPUT_IMPOSSIBLE_DATE, field=field)
    try:
        date(int(parts[1]), int(parts[2] or 1), int(parts[3] or 1))
    except ValueError:
        raise InputError(ErrorCode.INPUT_IMPOSSIBLE_DATE, field=field) from None
    return text


def check_number(number: str, field: str) -> str:
    """Return the number of a document in capitals. Raises input.bad_number without letter or digit."""
    return check_key(capitals(number), document_key, field)


def check_name(name: str, field: str) -> str:
    """Return `name` when it has letters and can be searched for; a number alone is no name.

    Raises input.bad_name, or input.too_long for more words than are compared.
    """
    if not any(character.isalpha() for character in name):
        raise InputError(ErrorCode.INPUT_BAD_NAME, field=field)
    return check_key(name, names.normalise, field)


def check_key(text: str, key: Callable[[str], object], field: str) -> str:
    """Return `text` when `key` can make of it what it is found by; what `key` raises names `field` then."""
    try:
        key(text)
    except InputError as error:
        raise InputError(error.code, field=field) from None
    return text


def capitals(text: str) -> str:
    """Return `text` in capitals, sign by sign: one without a capital of one sign stays as it is."""
    raised = "".join(c.upper() if len(c.upper()) == 1 else c for c in text)
    return unicodedata.normalize("NFC", raised)


def document_search_key(number: str, country: str | None, kind: DocumentKind | str | None) -> SearchKey:
    """Return the key of a checked document."""
    return SearchKey(
        KeyKind.DOCUMENT_NUMBER, document_key(number), country, None if kind is None else str(kind)
    )
