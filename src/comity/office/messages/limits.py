"""How long messages may be, and the check that both the desk and the intake make before they store one."""

import re
from datetime import timedelta
from typing import Any, Final

from comity.kernel.codes import Priority
from comity.kernel.errors import ErrorCode, InputError

MAX_SUBJECT: Final = 200
"""One line on a list."""
MAX_TEXT: Final = 100_000
"""About forty printed pages; sealed, even fully escaped, it stays below `MAX_ENVELOPE_BYTES`."""
MAX_NOTE: Final = 2_000
"""An owner's word on a hit: a paragraph. What needs more is a message in the hit's thread."""
MAX_FIELDS: Final = 50
"""The longest form, the hit alarm, has 11."""
RANK: Final = {Priority.FLASH: 0, Priority.URGENT: 1, Priority.NORMAL: 2}
"""Lanes in the order in which they are served."""
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")
ENVELOPE_LIFE: Final = timedelta(days=90)
"""As long as one may live (`node.envelopes.MAX_LIFE`): a bureau away for a season still gets its mail."""


def check_line(text: str, field: str, longest: int) -> None:
    """Raise `InputError` (input.too_long, input.wrong_type) unless `text` can be stored and shown.

    NUL and lone surrogates are refused: PostgreSQL stores neither.
    """
    if len(text) > longest:
        raise InputError(ErrorCode.INPUT_TOO_LONG, field=field)
    if "\0" in text or not (text.isascii() or _LONE_SURROGATE.search(text) is None):
        raise InputError(ErrorCode.INPUT_WRONG_TYPE, field=field)


def check_fields(fields: dict[str, Any]) -> None:
    """Raise `InputError` unless coded fields are few and storable: text, whole numbers, lists of text."""
    if len(fields) > MAX_FIELDS:
        raise InputError(ErrorCode.INPUT_TOO_LONG, field="fields")
    for name, value in fields.items():
        check_line(name, "fields", MAX_SUBJECT)
        _check_value(value)


def _check_value(value: Any) -> None:
    if isinstance(value, str):
        check_line(value, "fields", MAX_TEXT)
    elif isinstance(value, dict):
        check_fields(value)
    elif isinstance(value, list):
        for item in value:
            _check_value(item)
