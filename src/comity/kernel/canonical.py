"""One value, one byte string: what is signed, sealed and committed to.

The form is JSON in UTF-8 with sorted keys and no blanks, a subset of RFC 8785: floating-point
numbers are refused, so no two writers can disagree on how a number looks.
"""

from typing import Any

import msgspec

from comity.kernel.errors import ErrorCode, IntegrityError

_ENCODER = msgspec.json.Encoder(order="sorted")


def canonical_bytes(value: Any) -> bytes:
    """Return the canonical bytes of a msgspec struct or a value of JSON types.

    Raises `IntegrityError` (integrity.not_canonical) when a floating-point number is inside.
    """
    plain = msgspec.to_builtins(value, order="sorted")
    _refuse_floats(plain)
    return _ENCODER.encode(plain)


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise IntegrityError(ErrorCode.INTEGRITY_NOT_CANONICAL)
    if isinstance(value, dict):
        for item in value.values():
            _refuse_floats(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _refuse_floats(item)
