"""From the bytes of a body to a checked request; every refusal names the field and repeats no value (I11)."""

import re
from typing import Final

import msgspec

from comity.kernel.errors import ErrorCode, InputError
from comity.protocol.search import MAX_REFERENCE, SearchRequest

_REQUEST: Final = msgspec.json.Decoder(SearchRequest)
_PLACE: Final = re.compile(r" - at `(?:key in )?\$\.?([^`]*)`$")
_FIELD: Final = re.compile(r"^Object (contains unknown|missing required) field `([^`]*)`")
_FORM: Final = re.compile(r"[a-z][a-z0-9_]*")


def read_request(body: bytes) -> SearchRequest:
    """Return the request in `body`.

    Raises `InputError`: input.not_json, input.unknown_field, input.missing_field, input.wrong_type,
    input.not_a_choice, input.too_long, purpose.missing (I12).
    """
    try:
        request = _REQUEST.decode(body)
    except msgspec.ValidationError as error:
        # The decoder's message may quote the value, so it is taken apart and not passed on.
        raise _named(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InputError(ErrorCode.INPUT_NOT_JSON) from None
    if len(request.reference) > MAX_REFERENCE:
        raise InputError(ErrorCode.INPUT_TOO_LONG, field="reference")
    return request


def _named(message: str) -> InputError:
    place = _PLACE.search(message)
    parent = place[1] if place else ""
    if (field := _FIELD.match(message)) is not None:
        code = (
            ErrorCode.INPUT_MISSING_FIELD if field[1] == "missing required" else ErrorCode.INPUT_UNKNOWN_FIELD
        )
        # An unknown field's name is the sender's text: it is repeated only where it looks like a name.
        own = field[2] if len(field[2]) <= MAX_REFERENCE and _FORM.fullmatch(field[2]) else ""
        path = ".".join(part for part in (parent, own) if part)
        return InputError(ErrorCode.PURPOSE_MISSING if path == "purpose" else code, field=path or None)
    if parent == "purpose" and "null" in message:
        return InputError(ErrorCode.PURPOSE_MISSING, field=parent)
    if message.startswith("Invalid"):
        return InputError(ErrorCode.INPUT_NOT_A_CHOICE, field=parent)
    return InputError(ErrorCode.INPUT_WRONG_TYPE, field=parent or None)
