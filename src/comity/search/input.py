"""From the bytes of a body to a checked request; every refusal names the field and repeats no value (I11)."""

import re
from typing import Any, Final

import msgspec

from comity.kernel.errors import ErrorCode, InputError, LimitError
from comity.protocol.search import MAX_BATCH_QUERIES, MAX_REFERENCE, BatchRequest, Query, SearchRequest
from comity.search.exchanges import JSON, Exchange

_REQUEST: Final = msgspec.json.Decoder(SearchRequest)
_BATCH: Final = msgspec.json.Decoder(BatchRequest)
_QUERY: Final = msgspec.json.Decoder[Query](Query)
_CHARSETS: Final = (b"utf-8", b'"utf-8"')
_PLACE: Final = re.compile(r" - at `(?:key in )?\$\.?([^`]*)`$")
_FIELD: Final = re.compile(r"^Object (contains unknown|missing required) field `([^`]*)`")
_FORM: Final = re.compile(r"[a-z][a-z0-9_]*")


class _LooseBatch(BatchRequest, frozen=True, kw_only=True):
    """A batch whose questions are read one by one."""

    queries: list[msgspec.Raw]  # type: ignore[assignment]  # looser than its base on purpose


_LOOSE_BATCH: Final = msgspec.json.Decoder(_LooseBatch)


class BadContentTypeError(InputError):
    """Shown with status 415."""

    status = 415


def read_request(exchange: Exchange) -> SearchRequest:
    """Return the request in the body.

    Raises `InputError`: input.bad_content_type, input.not_json, input.unknown_field,
    input.missing_field, input.wrong_type, input.not_a_choice, input.too_long, purpose.missing (I12);
    and `LimitError` (limit.body).
    """
    body = _body(exchange)
    try:
        request = _REQUEST.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        request = _decoded(_REQUEST, body)
    if len(request.reference) > MAX_REFERENCE:
        raise InputError(ErrorCode.INPUT_TOO_LONG, field="reference")
    return request


def read_batch(exchange: Exchange) -> tuple[BatchRequest, dict[int, InputError]]:
    """Return the batch in the body, and by number the error of each question that is wrong by itself.

    The batch keeps its other questions only. Raises as `read_request` for what concerns all of it, and
    `LimitError` (limit.rows) for more than `MAX_BATCH_QUERIES`.
    """
    body = _body(exchange)
    wrong: dict[int, InputError] = {}
    try:
        batch = _BATCH.decode(body)
        count = len(batch.queries)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # Something is wrong somewhere: read it again, question by question, to tell where.
        loose = _decoded(_LOOSE_BATCH, body)
        count = len(loose.queries)
        _check_count(count)
        queries: list[Query] = []
        for number, raw in enumerate(loose.queries):
            try:
                queries.append(_decoded(_QUERY, raw, "query"))
            except InputError as error:
                wrong[number] = error
        batch = BatchRequest(
            purpose=loose.purpose, queries=queries, notify=loose.notify, reference=loose.reference
        )
    _check_count(count)
    if len(batch.reference) > MAX_REFERENCE:
        raise InputError(ErrorCode.INPUT_TOO_LONG, field="reference")
    return batch, wrong


def _check_count(count: int) -> None:
    if count > MAX_BATCH_QUERIES:
        raise LimitError(ErrorCode.LIMIT_ROWS, field="queries")
    if not count:
        raise InputError(ErrorCode.INPUT_NOTHING_TO_SEARCH, field="queries")


def _body(exchange: Exchange) -> bytes:
    if exchange.content_type != JSON:
        _check_type(exchange.content_type)
    if exchange.body is None:
        raise LimitError(ErrorCode.LIMIT_BODY)
    return exchange.body


def _check_type(value: bytes) -> None:
    kind, _, parameters = value.lower().partition(b";")
    charset = parameters.strip().partition(b"charset=")[2].strip()
    if kind.strip() != JSON or (charset and charset not in _CHARSETS):
        raise BadContentTypeError(ErrorCode.INPUT_BAD_CONTENT_TYPE)


def _decoded(decoder: Any, data: bytes | msgspec.Raw, parent: str = "") -> Any:
    try:
        return decoder.decode(data)
    except msgspec.ValidationError as error:
        # The decoder's message may quote the value, so it is taken apart and not passed on.
        raise _named(str(error), parent) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InputError(ErrorCode.INPUT_NOT_JSON) from None


def _named(message: str, above: str) -> InputError:
    place = _PLACE.search(message)
    parent = ".".join(part for part in (above, place[1] if place else "") if part)
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
