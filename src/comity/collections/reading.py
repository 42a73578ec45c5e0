"""Strict reading of a record's content: clean the texts, hold it against its schema, name what is wrong.

One rule for blanks: a blank text or `null` is the same as leaving the field out. An item of a list is never
left out so, it is missing: positions in errors are those of what was sent.
"""

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, TypeVar

import msgspec

from comity.kernel.errors import ErrorCode, InputError
from comity.protocol.records import MAX_RECORD_BYTES

T = TypeVar("T", bound=msgspec.Struct)

MAX_CONTENT_BYTES: Final = MAX_RECORD_BYTES - 8 * 1024
"""The rest of a record (legal basis, reference, 300 countries) stays below 8 KiB in any script."""
MAX_DEPTH: Final = 4
"""No collection nests deeper than object, list, object; what does is refused before it is walked through."""
MAX_FIELD_NAME: Final = 60
"""Longer names of fields are not repeated in an error: they are somebody's data in the wrong place."""
MULTILINE: Final = frozenset({"description", "remarks"})
"""Fields that keep their line breaks."""

_INVISIBLE: Final = dict.fromkeys(
    (0x00AD, 0x061C, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF)
)
"""Marks that change the order of letters on the screen or nothing at all: left by copying, used to deceive.
The joiners U+200C and U+200D stay: Persian and Indic names need them."""
_UNKNOWN_FIELD: Final = re.compile(r"Object contains unknown field `([\w.\- ]*)`", re.DOTALL)
_MISSING_FIELD: Final = re.compile(r"Object missing required field `(\w+)`")
_CODES_BY_WORDS: Final = MappingProxyType(
    {
        "Invalid enum value": ErrorCode.INPUT_NOT_A_CHOICE,
        "of length <=": ErrorCode.INPUT_TOO_LONG,
        "of length >=": ErrorCode.INPUT_MISSING_FIELD,
        "Expected `str`, got `null`": ErrorCode.INPUT_MISSING_FIELD,
    }
)
_PATH: Final = re.compile(r" - at `\$\.?([\w.\[\]]*)`$")


def read(content: Mapping[str, Any], schema: type[T]) -> T:
    """Return `content` as `schema`, texts cleaned.

    Raises `InputError`, `field` = `content.<path>`: input.unknown_field, input.missing_field,
    input.wrong_type, input.not_a_choice, input.too_long, input.bad_text.
    """
    if not isinstance(content, Mapping):
        raise InputError(ErrorCode.INPUT_WRONG_TYPE, field="content")
    for key in content:
        if key not in schema.__struct_fields__:
            raise InputError(ErrorCode.INPUT_UNKNOWN_FIELD, field=_below("content", key))
    cleaned = _clean(content, "content", multiline=False, depth=0)
    try:
        return msgspec.convert(cleaned, schema)
    except msgspec.ValidationError as error:
        raise _explain(str(error)) from None


def write(content: msgspec.Struct) -> dict[str, Any]:
    """Return the normal form of `content`: JSON types, absent fields left out.

    Raises `InputError` input.too_long, field `content`, beyond `MAX_CONTENT_BYTES`.
    """
    plain: dict[str, Any] = msgspec.to_builtins(content)
    if len(msgspec.json.encode(plain)) > MAX_CONTENT_BYTES:
        raise InputError(ErrorCode.INPUT_TOO_LONG, field="content")
    return plain


def clean_text(text: str, field: str, *, multiline: bool = False) -> str | None:
    """Return `text` in Unicode NFC with single blanks and without invisible marks, None when nothing is left.

    Raises `InputError` input.bad_text on control characters and half characters (surrogates).
    """
    lines = text.translate(_INVISIBLE).splitlines() if multiline else [text.translate(_INVISIBLE)]
    kept = "\n".join(" ".join(unicodedata.normalize("NFC", line).split()) for line in lines).strip()
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in kept if c != "\n" or not multiline):
        raise InputError(ErrorCode.INPUT_BAD_TEXT, field=field)
    return kept or None


def _clean(value: Any, field: str, *, multiline: bool, depth: int) -> Any:
    if isinstance(value, str):
        return clean_text(value, field, multiline=multiline)
    if depth > MAX_DEPTH:
        raise InputError(ErrorCode.INPUT_WRONG_TYPE, field=field)
    if isinstance(value, Mapping):
        return {
            key: _clean(item, _below(field, key), multiline=key in MULTILINE, depth=depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [
            _clean(item, f"{field}[{position}]", multiline=False, depth=depth + 1)
            for position, item in enumerate(value)
        ]
    return value


def _below(field: str, key: Any) -> str:
    known = isinstance(key, str) and key.replace("_", "a").isalnum() and len(key) <= MAX_FIELD_NAME
    return f"{field}.{key}" if known else field


def _explain(text: str) -> InputError:
    """Translate msgspec's words. They may quote the value, so they are never passed on (I11)."""
    place = _PATH.search(text)
    field = f"content.{place[1]}" if place and place[1] else "content"
    if text.startswith("Object contains unknown field"):
        found = _UNKNOWN_FIELD.match(text)
        return InputError(
            ErrorCode.INPUT_UNKNOWN_FIELD, field=_below(field, found[1]) if found else "content"
        )
    if found := _MISSING_FIELD.match(text):
        return InputError(ErrorCode.INPUT_MISSING_FIELD, field=f"{field}.{found[1]}")
    for words, code in _CODES_BY_WORDS.items():
        if words in text:
            return InputError(code, field=field)
    return InputError(ErrorCode.INPUT_WRONG_TYPE, field=field)
