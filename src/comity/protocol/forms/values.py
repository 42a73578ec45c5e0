"""What may stand in the fields of a form, and the errors that name the field when it may not.

On the wire: a text as text; a choice as its code, or a list of codes; a date as YYYY-MM-DD, YYYY-MM or
YYYY; a country as three letters of ICAO Doc 9303-3; a name as {name, script (ISO 15924)}; a number as a
whole number; yes_no as yes, no or unknown; references as ids. What is empty is left out.
"""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from comity.kernel.codes import is_country
from comity.kernel.errors import ErrorCode, InputError
from comity.kernel.ids import UUID_PATTERN
from comity.matching.documents import document_key
from comity.matching.names import normalise
from comity.matching.vehicles import plate_key, vin_key
from comity.protocol.forms.shapes import REFERENCES, Field, FieldKind, Form

MAX_NAME: Final = 200
"""The longest names on public lists stay below 150."""
_DATE: Final = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_EARLIEST, _LATEST = 1850, 2199
_MONTHS: Final = 12
_WHOLE: Final = re.compile(r"-?\d{1,13}", re.ASCII)
_ISO_15924: Final = {
    "LATIN": "Latn", "CYRILLIC": "Cyrl", "GREEK": "Grek", "ARABIC": "Arab", "HEBREW": "Hebr", "CJK": "Hani",
    "HANGUL": "Hang", "HIRAGANA": "Jpan", "KATAKANA": "Jpan", "GEORGIAN": "Geor", "ARMENIAN": "Armn",
    "DEVANAGARI": "Deva", "BENGALI": "Beng", "GURMUKHI": "Guru", "GUJARATI": "Gujr", "ORIYA": "Orya",
    "TAMIL": "Taml", "TELUGU": "Telu", "KANNADA": "Knda", "MALAYALAM": "Mlym", "SINHALA": "Sinh",
    "THAI": "Thai", "LAO": "Laoo", "KHMER": "Khmr", "MYANMAR": "Mymr", "ETHIOPIC": "Ethi", "TIBETAN": "Tibt",
}  # fmt: skip
_UNKNOWN_SCRIPT: Final = "Zyyy"


class Checked(NamedTuple):
    """Values in their wire form, and what was wrong, one error per field in the order of the form."""

    values: dict[str, Any]
    problems: list[InputError]


def check_values(form: Form, given: Mapping[str, Any]) -> Checked:
    """Check all fields at once; `given` may hold texts as people type them or values of the wire form.

    Each problem names `fields.NAME`. Codes: input.unknown_field, input.missing_field, form.one_of,
    input.wrong_type, input.too_long, input.not_a_choice, input.impossible_date, input.unknown_country,
    input.bad_number, input.bad_vin, input.bad_name.
    """
    known = {field.name: field for field in form.fields}
    problems = [
        InputError(ErrorCode.INPUT_UNKNOWN_FIELD, field=f"fields.{name[:60]}")
        for name in given
        if name not in known
    ]
    values: dict[str, Any] = {}
    for name, field in known.items():
        try:
            value = value_of(field, given.get(name))
        except InputError as error:
            problems.append(InputError(error.code, field=f"fields.{name}", remedy=error.remedy))
            continue
        if value is not None:
            values[name] = value
    return Checked(values, problems + _lacking(form, values, {error.field for error in problems}))


def require_values(form: Form, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values in their wire form; raises the first problem of `check_values`."""
    checked = check_values(form, given)
    if checked.problems:
        raise checked.problems[0]
    return checked.values


def value_of(field: Field, given: Any) -> Any:
    """Return one value in its wire form, None for an empty one; raises `InputError` of `check_values`."""
    if given is None or given in ("", []) or (isinstance(given, str) and not given.strip()):
        return None
    return _BY_KIND[field.kind](field, given)


def script_of_name(name: str) -> str:
    """Return the script of most letters of `name` as ISO 15924 writes it; Zyyy when none is known."""
    counts: dict[str, int] = {}
    for sign in name:
        if sign.isalpha():
            script = _ISO_15924.get(unicodedata.name(sign, "").partition(" ")[0], _UNKNOWN_SCRIPT)
            counts[script] = counts.get(script, 0) + 1
    return max(counts, key=lambda script: counts[script]) if counts else _UNKNOWN_SCRIPT


def _lacking(form: Form, values: dict[str, Any], wrong: set[str | None]) -> list[InputError]:
    missing = [
        InputError(ErrorCode.INPUT_MISSING_FIELD, field=f"fields.{field.name}")
        for field in form.fields
        if field.required and field.name not in values and f"fields.{field.name}" not in wrong
    ]
    return missing + [
        InputError(ErrorCode.FORM_ONE_OF, field=f"fields.{group[0]}")
        for group in form.one_of
        if not any(name in values or f"fields.{name}" in wrong for name in group)
    ]


def _line(given: Any, longest: int) -> str:
    if not isinstance(given, str):
        raise InputError(ErrorCode.INPUT_WRONG_TYPE)
    text = unicodedata.normalize("NFC", given).strip()
    if len(text) > longest:
        raise InputError(ErrorCode.INPUT_TOO_LONG)
    if any(unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} for sign in text):
        raise InputError(ErrorCode.INPUT_BAD_TEXT)
    return text


def _text(field: Field, given: Any) -> str:
    return _line(given, field.longest)


def _choice(field: Field, given: Any) -> Any:
    if not field.many:
        return _code(field, given)
    chosen = [given] if isinstance(given, str) else given
    if not isinstance(chosen, list) or len(chosen) > len(field.choices):
        raise InputError(ErrorCode.INPUT_WRONG_TYPE)
    codes = {_code(field, code) for code in chosen}
    return [choice.code for choice in field.choices if choice.code in codes]


def _code(field: Field, given: Any) -> str:
    if not isinstance(given, str):
        raise InputError(ErrorCode.INPUT_WRONG_TYPE)
    codes = [choice.code for choice in field.choices]
    if given not in codes:
        raise InputError(ErrorCode.INPUT_NOT_A_CHOICE, remedy=f"Use one of: {', '.join(codes)}.")
    return given


def _date(_field: Field, given: Any) -> str:
    text = _line(given, 10)
    found = _DATE.fullmatch(text)
    if found is None or not _EARLIEST <= int(found[1]) <= _LATEST:
        raise InputError(ErrorCode.INPUT_IMPOSSIBLE_DATE)
    year, month, day = (int(part) if part else 0 for part in found.groups())
    if found[2] and not 1 <= month <= _MONTHS:
        raise InputError(ErrorCode.INPUT_IMPOSSIBLE_DATE)
    if found[3] and not 1 <= day <= monthrange(year, month)[1]:
        raise InputError(ErrorCode.INPUT_IMPOSSIBLE_DATE)
    return text


def _country(_field: Field, given: Any) -> str:
    code = _line(given, 3).upper()
    if not is_country(code):
        raise InputError(ErrorCode.INPUT_UNKNOWN_COUNTRY)
    return code


def _keyed(key: Callable[[str], str], longest: int) -> Callable[[Field, Any], str]:
    """Return a check for numbers that must leave something to compare when separators are taken off."""

    def check(_field: Field, given: Any) -> str:
        text = _line(given, longest)
        key(text)
        return text

    return check


def _name(_field: Field, given: Any) -> dict[str, str]:
    name = given.get("name") if isinstance(given, dict) and set(given) <= {"name", "script"} else given
    text = _line(name, MAX_NAME)
    normalise(text)
    return {"name": text, "script": script_of_name(text)}


def _number(field: Field, given: Any) -> int:
    if isinstance(given, str) and _WHOLE.fullmatch(given.strip()):
        given = int(given)
    if not isinstance(given, int) or isinstance(given, bool):
        raise InputError(ErrorCode.INPUT_WRONG_TYPE, remedy="Give a whole number in digits.")
    if not field.least <= given <= field.most:
        raise InputError(ErrorCode.FORM_RANGE, remedy=f"Give a number from {field.least} to {field.most}.")
    return given


def _reference(_field: Field, given: Any) -> str:
    text = _line(given, 36).lower()
    if UUID_PATTERN.fullmatch(text) is None:
        raise InputError(ErrorCode.INPUT_WRONG_TYPE, remedy="Give the id as shown, 36 signs.")
    return text


_BY_KIND: Final[dict[FieldKind, Callable[[Field, Any], Any]]] = {
    FieldKind.TEXT: _text,
    FieldKind.CHOICE: _choice,
    FieldKind.YES_NO: _choice,
    FieldKind.DATE: _date,
    FieldKind.COUNTRY: _country,
    FieldKind.DOCUMENT_NUMBER: _keyed(document_key, 60),
    FieldKind.PLATE: _keyed(plate_key, 30),
    FieldKind.VIN: _keyed(vin_key, 40),
    FieldKind.PERSON_NAME: _name,
    FieldKind.NUMBER: _number,
    **dict.fromkeys(REFERENCES, _reference),
}
