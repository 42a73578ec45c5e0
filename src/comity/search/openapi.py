"""The interface described in OpenAPI 3.1, made from the types that the code itself reads and writes."""

from typing import Any, Final

import msgspec

from comity import __version__
from comity.kernel.codes import Purpose
from comity.kernel.error_codes import ErrorCode
from comity.kernel.error_texts import CODE_TEXTS
from comity.protocol.search import (
    MAX_BATCH_BODY_BYTES,
    MAX_BATCH_QUERIES,
    BatchAnswer,
    BatchRequest,
    SearchAnswer,
    SearchRequest,
)
from comity.search.copy_source import MAX_BATCH_NAMES
from comity.search.readiness import Obstacle

_REFERENCE: Final = "#/components/schemas/{name}"
_C = ErrorCode

REFUSALS: Final[dict[int, tuple[str, tuple[ErrorCode, ...]]]] = {
    401: (
        "Who asks is not known.",
        (
            _C.GRANT_MISSING,
            _C.GRANT_MALFORMED,
            _C.GRANT_EXPIRED,
            _C.GRANT_NOT_YET,
            _C.GRANT_FOREIGN,
            _C.GRANT_SIGNATURE,
        ),
    ),
    403: (
        "Who asks may not.",
        (
            _C.ACCESS_DENIED,
            _C.PURPOSE_NOT_ALLOWED,
            _C.MEMBER_CERTIFICATE,
            _C.MEMBER_NOT_ACTIVE,
            _C.MEMBER_UNKNOWN,
            _C.DIRECTORY_MISSING,
            _C.DIRECTORY_EXPIRED,
            _C.DIRECTORY_SIGNATURE,
        ),
    ),
    404: ("There is nothing at this address.", (_C.ROUTE_NOT_FOUND,)),
    405: ("Another method is needed; see Allow.", (_C.METHOD_NOT_ALLOWED,)),
    400: ("What came is no request.", (_C.HTTP_MALFORMED,)),
    413: ("The body is too large, or there are too many questions.", (_C.LIMIT_BODY, _C.LIMIT_ROWS)),
    415: ("The content type is not accepted.", (_C.INPUT_BAD_CONTENT_TYPE,)),
    422: (
        "What was given is wrong; the field is named.",
        (
            _C.INPUT_NOT_JSON,
            _C.INPUT_UNKNOWN_FIELD,
            _C.INPUT_MISSING_FIELD,
            _C.INPUT_WRONG_TYPE,
            _C.INPUT_TOO_LONG,
            _C.INPUT_NOT_A_CHOICE,
            _C.INPUT_UNKNOWN_COUNTRY,
            _C.INPUT_IMPOSSIBLE_DATE,
            _C.INPUT_WRONG_CHECK_DIGIT,
            _C.INPUT_NOT_AN_MRZ,
            _C.INPUT_NOTHING_TO_SEARCH,
            _C.INPUT_BAD_NAME,
            _C.INPUT_BAD_NUMBER,
            _C.INPUT_BAD_VIN,
            _C.PURPOSE_MISSING,
        ),
    ),
    429: ("Too many requests at once; see Retry-After.", (_C.LIMIT_RATE,)),
    500: ("Something failed inside the node.", (_C.INTERNAL,)),
    503: ("A part that is needed is away.", (_C.JOURNAL_UNAVAILABLE, _C.NOT_READY)),
}
"""Status: what it means, and every code that comes with it."""

_EXAMPLES: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "document": (
        "A travel document by number",
        {"kind": "document", "number": "PX0000001", "country": "UTO"},
    ),
    "zone": (
        "A machine-readable zone (specimen of ICAO Doc 9303)",
        {
            "kind": "mrz",
            "lines": [
                "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
                "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
            ],
        },
    ),
    "plate": ("A vehicle by plate", {"kind": "plate", "plate": "LJ AB-123", "country": "SVN"}),
    "vin": ("A vehicle by number", {"kind": "vin", "vin": "1M8GDM9AXKP042788"}),
    "engine": ("A vehicle by the number of its engine", {"kind": "engine", "engine": "4AGE 1234567"}),
    "vehicle": (
        "Vehicles by description",
        {"kind": "vehicle", "description": "white Toyota Hilux", "year": 2009, "country": "NZL"},
    ),
    "misread": (
        "A zone whose check digit fails: numbers that fit it are searched too",
        {
            "kind": "mrz",
            "lines": [
                "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
                "L898902C46UTO7408122F1204159ZE184226B<<<<<10",
            ],
            "accept_wrong_check_digits": True,
        },
    ),
    "person": (
        "A person by name and birth",
        {"kind": "person", "name": "Jana Izmišljena", "birth_date": "1980-02-03"},
    ),
    "text": ("One box: the node tells what it is", {"kind": "text", "text": "LJ AB-123"}),
}


def description() -> bytes:
    """Return the description as JSON."""
    types = (SearchRequest, SearchAnswer, BatchRequest, BatchAnswer)
    _, components = msgspec.json.schema_components(types, ref_template=_REFERENCE)
    components["Error"] = _error_schema()
    components["NotReady"] = _not_ready_schema()
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "Comity search",
            "version": __version__,
            "description": "One question over all sources. A hit is a lead: acting on it needs the word of "
            "the record's owner. INCOMPLETE names the sources that did not answer.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{"grant": []}],
        "paths": {
            "/v1/search": {"post": _search_operation()},
            "/v1/search/batch": {"post": _batch_operation()},
            "/livez": {"get": _probe("live", "The process runs.")},
            "/readyz": {
                "get": _probe(
                    "ready", "Index, names, journal and directory can be used.", not_ready="NotReady"
                )
            },
        },
        "components": {
            "schemas": components,
            "securitySchemes": {
                "grant": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A grant signed by the officer's bureau, valid for one shift at most.",
                }
            },
        },
    }
    return msgspec.json.encode(document)


def _search_operation() -> dict[str, Any]:
    examples = {
        name: {"summary": summary, "value": {"purpose": str(Purpose.BORDER_CONTROL), "query": query}}
        for name, (summary, query) in _EXAMPLES.items()
    }
    schema = {"$ref": _REFERENCE.format(name="SearchRequest")}
    return {
        "operationId": "search",
        "summary": "Search persons, travel documents and vehicles",
        "description": "The answer is sent after its journal entry is on the disk.",
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": schema, "examples": examples}},
        },
        "responses": {
            "200": _json("The answer. `state` says what it is worth.", "SearchAnswer"),
            **{str(status): _refusal(status) for status in REFUSALS if status not in {404, 405}},
        },
    }


def _batch_operation() -> dict[str, Any]:
    queries = [_EXAMPLES[name][1] for name in ("document", "plate", "person")]
    example = {"purpose": str(Purpose.BORDER_CONTROL), "queries": queries}
    schema = {"$ref": _REFERENCE.format(name="BatchRequest")}
    content = {"schema": schema, "examples": {"mixed": {"summary": "Three questions", "value": example}}}
    statuses = [status for status in REFUSALS if status not in {404, 405}]
    return {
        "operationId": "search_batch",
        "summary": f"Search up to {MAX_BATCH_QUERIES} things for one purpose",
        "description": "Each question gets the answer that it would have got alone, in the order of the "
        "questions, or its own error. All journal entries are on the disk before the answer is sent. Names "
        f"are compared as far as the time of a search allows, at most {MAX_BATCH_NAMES}; those beyond are "
        f"INCOMPLETE. The body has at most {MAX_BATCH_BODY_BYTES // 1024} KiB.",
        "requestBody": {"required": True, "content": {"application/json": content}},
        "responses": {
            "200": _json("The answers.", "BatchAnswer"),
            **{str(status): _refusal(status) for status in statuses},
        },
    }


def _probe(word: str, meaning: str, *, not_ready: str = "") -> dict[str, Any]:
    schema = {
        "type": "object",
        "properties": {word: {"const": True}},
        "required": [word],
        "additionalProperties": False,
    }
    return {
        "operationId": word,
        "summary": meaning,
        "security": [],
        "responses": {
            "200": {"description": meaning, "content": {"application/json": {"schema": schema}}},
            **({"503": _json("An obstacle keeps the node from its work.", not_ready)} if not_ready else {}),
        },
    }


def _refusal(status: int) -> dict[str, Any]:
    meaning, codes = REFUSALS[status]
    lines = [meaning, "", *(f"* `{code}`: {CODE_TEXTS[code][0]} {CODE_TEXTS[code][1]}" for code in codes)]
    return _json("\n".join(lines), "Error")


def _json(meaning: str, schema: str) -> dict[str, Any]:
    reference = {"$ref": _REFERENCE.format(name=schema)}
    return {"description": meaning, "content": {"application/json": {"schema": reference}}}


def _not_ready_schema() -> dict[str, Any]:
    schema = _error_schema()
    obstacle = {"enum": list(Obstacle), "description": "What keeps the node from its work."}
    return {
        **schema,
        "title": "NotReady",
        "properties": {**schema["properties"], "obstacle": obstacle},
        "required": ["error", "obstacle"],
    }


def _error_schema() -> dict[str, Any]:
    codes = sorted({str(code) for _, group in REFUSALS.values() for code in group})
    fields = {
        "code": {"enum": codes, "description": "Stable: decide by it, never by the text."},
        "message": {"type": "string"},
        "field": {"type": ["string", "null"], "description": "Dotted path of what is wrong."},
        "remedy": {"type": "string"},
        "retry": {"type": "boolean", "description": "Whether trying again may help."},
    }
    inner = {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}
    return {
        "title": "Error",
        "type": "object",
        "properties": {"error": inner},
        "required": ["error"],
        "additionalProperties": False,
    }
