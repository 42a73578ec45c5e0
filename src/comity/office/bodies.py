"""Reading what programs and nodes send: size, content type, JSON, schema; each refusal has its code."""

import re
from typing import Any, Final, TypeVar

import msgspec
from django.http import HttpRequest, QueryDict

from comity.kernel.errors import ErrorCode, InputError, LimitError, TrustError

T = TypeVar("T")

OCTETS: Final = "application/octet-stream"

_PLACE: Final = re.compile(r" - at `(?:key in )?\$\.?([^`]*)`$")
_NAMED: Final = (
    (re.compile(r"^Object contains unknown field `([^`]*)`"), ErrorCode.INPUT_UNKNOWN_FIELD),
    (re.compile(r"^Object missing required field `([^`]*)`"), ErrorCode.INPUT_MISSING_FIELD),
)
_PLAIN: Final = (
    ("Invalid enum value", ErrorCode.INPUT_NOT_A_CHOICE),
    ("Invalid value", ErrorCode.INPUT_NOT_A_CHOICE),
    ("of length <=", ErrorCode.INPUT_TOO_LONG),
)
MAX_DRAINED_BYTES: Final = 1024 * 1024
"""Who sends more than this in vain loses the connection."""
_DRAIN_AT_ONCE: Final = 64 * 1024
MAX_FIELD_NAME: Final = 100
"""No field of ours has a longer path; what is longer was made up by the sender and is not repeated."""


class MediaTypeError(InputError):
    """The body is of a type that this operation does not take."""

    status = 415


def read_json(request: HttpRequest, kind: type[T], max_bytes: int) -> T:
    """Return the body decoded as `kind`.

    Raises `LimitError` (limit.body), `MediaTypeError` (input.bad_content_type), `InputError`
    (input.not_json, input.unknown_field, input.missing_field, input.wrong_type, ...).
    """
    if request.content_type != "application/json":
        raise MediaTypeError(ErrorCode.INPUT_BAD_CONTENT_TYPE)
    return decode(_read(request, max_bytes), kind)


def read_octets(request: HttpRequest, max_bytes: int) -> bytes:
    """Return the body as it is; raises `LimitError` and `MediaTypeError` as `read_json`."""
    if request.content_type != OCTETS:
        raise MediaTypeError(ErrorCode.INPUT_BAD_CONTENT_TYPE, remedy=f"Send {OCTETS}.")
    return _read(request, max_bytes)


def read_body(request: HttpRequest, kind: Any, max_bytes: int) -> Any:
    """Return the body: octets where `kind` is bytes, else JSON decoded as `kind`; raises as both."""
    if kind is bytes:
        return read_octets(request, max_bytes)
    return read_json(request, kind, max_bytes)


def read_canonical(request: HttpRequest, kind: type[T], max_bytes: int) -> T:
    """Return the body as `read_json` does; it must be the one text that stands for its value.

    So a name that stands twice, a blank or another order of names is refused: `TrustError`
    (envelope.not_canonical).
    """
    if request.content_type != "application/json":
        raise MediaTypeError(ErrorCode.INPUT_BAD_CONTENT_TYPE)
    data = _read(request, max_bytes)
    value = decode(data, kind)
    if msgspec.json.encode(value, order="sorted") != data:
        raise TrustError(ErrorCode.ENVELOPE_NOT_CANONICAL)
    return value


def decode(data: bytes | str, kind: type[T]) -> T:
    """Return JSON text decoded as `kind`; raises `InputError` as `read_json`."""
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError as error:
        raise named(str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(ErrorCode.INPUT_NOT_JSON) from error


def read_query(query: QueryDict, kind: type[T]) -> T:
    """Return the query's parameters as `kind`; numbers are read from their text.

    A parameter given twice is refused: two readers could each take another one of them.
    """
    values = {}
    for name, given in query.lists():
        # The decoder reads the text null as nothing; a parameter that is left out says that already.
        if len(given) != 1 or given[0].lower() == "null":
            raise InputError(ErrorCode.INPUT_WRONG_TYPE, field=_shown(name) or None)
        values[name] = given[0]
    try:
        return msgspec.convert(values, type=kind, strict=False)
    except msgspec.ValidationError as error:
        raise named(str(error)) from error


def named(message: str) -> InputError:
    """Turn a decoder's message into an error that names the field and never repeats the value."""
    place = _PLACE.search(message)
    parent = place.group(1) if place else ""
    for pattern, code in _NAMED:
        found = pattern.match(message)
        if found:
            return InputError(code, field=_shown(".".join(p for p in (parent, found.group(1)) if p)))
    code = next((code for start, code in _PLAIN if start in message), ErrorCode.INPUT_WRONG_TYPE)
    return InputError(code, field=_shown(parent) or None)


def _shown(path: str) -> str:
    return path if len(path) <= MAX_FIELD_NAME else ""


def _read(request: HttpRequest, max_bytes: int) -> bytes:
    try:
        announced = int(request.headers.get("Content-Length") or 0)
    except ValueError as error:
        raise InputError(ErrorCode.INPUT_WRONG_TYPE, field="Content-Length") from error
    if announced > max_bytes:
        _drain(request)
        raise LimitError(ErrorCode.LIMIT_BODY)
    if "Transfer-Encoding" in request.headers:
        # Django reads as far as Content-Length says, which would be nothing.
        _drain(request)
        raise LimitError(ErrorCode.LIMIT_BODY, remedy="State the length of the body in Content-Length.")
    data: bytes = request.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise LimitError(ErrorCode.LIMIT_BODY)
    return data


def _drain(request: HttpRequest) -> None:
    """Read on a little, so that the sender hears the refusal on a line that it can go on using."""
    source = request.META["wsgi.input"]
    for _ in range(MAX_DRAINED_BYTES // _DRAIN_AT_ONCE):
        if not source.read(_DRAIN_AT_ONCE):
            return
