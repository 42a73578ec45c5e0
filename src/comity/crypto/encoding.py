"""Bytes as text: base64url without padding (RFC 4648 section 5), one text for each byte string."""

import base64
import binascii

from comity.kernel.errors import ErrorCode, InputError

_STANDARD = bytes.maketrans(b"-_+/=", b"+/***")
"""Into the alphabet that the decoder reads; what is only in that one becomes what it refuses."""


def to_text(data: bytes) -> str:
    """Return `data` in base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_text(text: str, *, field: str | None = None) -> bytes:
    """Return the bytes of `text`; `field` is named in the error.

    Raises `InputError` (input.wrong_type) for anything that `to_text` does not give: padding, other
    characters, or set bits behind the last byte. Two texts never stand for the same bytes, so a
    digest over the text cannot be varied without changing what it stands for.
    """
    try:
        standard = text.encode("ascii").translate(_STANDARD) + b"=" * (-len(text) % 4)
        data = binascii.a2b_base64(standard, strict_mode=True)
    except (UnicodeEncodeError, binascii.Error, ValueError) as error:
        raise InputError(ErrorCode.INPUT_WRONG_TYPE, field=field) from error
    rest = len(data) % 3
    if rest and to_text(data[-rest:]) != text[-rest - 1 :]:
        raise InputError(ErrorCode.INPUT_WRONG_TYPE, field=field)
    return data
