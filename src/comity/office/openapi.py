"""The OpenAPI 3.1 page of the machine API, made from the operations themselves and their msgspec types."""

import re
from functools import cache
from typing import Annotated, Any, Final

import msgspec
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from comity import __version__
from comity.collections import ALL, Collection
from comity.kernel.error_texts import CODE_TEXTS
from comity.office.bodies import OCTETS
from comity.office.errors import MethodError
from comity.office.machine import API_PREFIX, ENDPOINTS, Endpoint, NoQuery, Operation
from comity.office.refusals import ALWAYS, REFUSALS, WITH_BODY
from comity.office.responses import json_response

_ROUTE_VALUE: Final = re.compile(r"<(\w+):(\w+)>")
_REFERENCE: Final = "#/components/schemas/{name}"
CODES: Final = sorted({str(code) for _, codes in REFUSALS.values() for code in codes})
"""Every code that the machine API may answer."""


class ErrorDetail(msgspec.Struct, frozen=True, kw_only=True):
    """Why a request was refused. Decide by `code`, which never changes its meaning."""

    code: Annotated[str, msgspec.Meta(extra_json_schema={"enum": CODES})]
    message: str
    field: str | None
    remedy: str
    retry: bool


class ErrorAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The form of every refusal. Nothing was changed. A refused batch adds a list, `problems`."""

    error: ErrorDetail


@csrf_exempt
def document(request: HttpRequest) -> HttpResponse:
    """Answer GET /api/v1/openapi.json, open to everybody: it names no data."""
    if request.method != "GET":
        raise MethodError(["GET"])
    return json_response(describe())


@cache
def describe() -> dict[str, Any]:
    """Return the whole page."""
    operations = [one for endpoint in ENDPOINTS for one in endpoint.operations]
    types = {
        kind
        for one in operations
        for kind in (one.body, one.answer, *one.also.values())
        if kind not in {None, bytes}
    }
    ordered = sorted(types, key=str)
    schemas, components = msgspec.json.schema_components([*ordered, ErrorAnswer], ref_template=_REFERENCE)
    by_type = dict(zip([*ordered, ErrorAnswer], schemas, strict=True))
    return {
        "openapi": "3.1.0",
        "info": {"title": "Comity machine API", "version": __version__},
        "servers": [{"url": "/"}],
        "security": [{"grant": []}],
        "paths": {_path(endpoint): _item(endpoint, by_type) for endpoint in ENDPOINTS},
        "components": {
            "schemas": {**_told_apart(components), **_collection_schemas()},
            "securitySchemes": {
                "grant": {"type": "http", "scheme": "bearer", "bearerFormat": "comity grant"}
            },
        },
    }


def content_reference(collection: Collection) -> dict[str, str]:
    """Return the reference by which the page names the content of a collection."""
    name = collection.schema()["$ref"].rsplit("/", 1)[1]
    return {"$ref": _REFERENCE.format(name=name)}


def _told_apart(components: dict[str, Any]) -> dict[str, Any]:
    """Return the schemas with the content of a named collection held to that collection's own fields."""
    found = dict(components)
    for name, described in components.items():
        fields = described.get("properties", {})
        if "collection" in fields and "content" in fields:
            found[name] = {**described, "oneOf": [_record_of(one) for one in ALL.values()]}
        elif "collection" in fields and "records" in fields:
            found[name] = {**described, "oneOf": [_records_of(one) for one in ALL.values()]}
    return found


def _record_of(collection: Collection) -> dict[str, Any]:
    named = {"const": str(collection.name)}
    return {"properties": {"collection": named, "content": content_reference(collection)}}


def _records_of(collection: Collection) -> dict[str, Any]:
    item = {"properties": {"content": content_reference(collection)}}
    return {"properties": {"collection": {"const": str(collection.name)}, "records": {"items": item}}}


def _collection_schemas() -> dict[str, Any]:
    """Return the collections' own schemas with all that they refer to."""
    found: dict[str, Any] = {}
    for collection in ALL.values():
        text = msgspec.json.encode(collection.schema()["$defs"])
        found |= msgspec.json.decode(text.replace(b"#/$defs/", b"#/components/schemas/"))
    return {name: _with_blanks(schema) for name, schema in found.items()}


def _with_blanks(schema: Any) -> Any:
    """Return a schema that says what `normalise` does: a blank text where nothing is allowed is nothing."""
    if isinstance(schema, list):
        return [_with_blanks(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: _with_blanks(part) for name, part in schema.items()}
    if {"type": "null"} in found.get("anyOf", []):
        found["anyOf"].append({"const": ""})
    return found


def _path(endpoint: Endpoint) -> str:
    return "/" + API_PREFIX + _ROUTE_VALUE.sub(r"{\2}", endpoint.route)


def _item(endpoint: Endpoint, by_type: dict[Any, Any]) -> dict[str, Any]:
    return {one.method.lower(): _operation(endpoint, one, by_type) for one in endpoint.operations}


def _operation(endpoint: Endpoint, one: Operation, by_type: dict[Any, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": one.handler.__name__,
        "summary": one.summary,
        "description": f"Action `{one.action}`.",
        "parameters": [*_route_parameters(endpoint.route), *_query_parameters(one)],
        "responses": _responses(one, by_type),
    }
    if one.body is bytes:
        described["requestBody"] = {"required": True, "content": _octets()}
    elif one.body is not None:
        content = _json(by_type[one.body])
        if one.examples:
            content["application/json"]["examples"] = {
                name: {"value": body} for name, body in one.examples.items()
            }
        described["requestBody"] = {"required": True, "content": content}
    return described


def _route_parameters(route: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": _route_schema(kind)}
        for kind, name in _ROUTE_VALUE.findall(route)
    ]


def _route_schema(kind: str) -> dict[str, Any]:
    if kind == "int":
        return {"type": "integer", "minimum": 0}
    return {"type": "string", "format": "uuid"} if kind == "uuid" else {"type": "string"}


def _query_parameters(one: Operation) -> list[dict[str, Any]]:
    if one.query is NoQuery:
        return []
    (reference,), components = msgspec.json.schema_components([one.query], ref_template="{name}")
    schema = components.pop(reference["$ref"])
    required = set(schema.get("required", []))
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _resolved(part, components)}
        for name, part in schema["properties"].items()
    ]


def _resolved(part: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    """Return a parameter's schema with references put in place and `null` left out: text has no null."""
    if "$ref" in part:
        return dict(components[part["$ref"]])
    if "anyOf" in part:
        options = [_resolved(option, components) for option in part["anyOf"] if option != {"type": "null"}]
        return options[0] if len(options) == 1 else {"anyOf": options}
    return part


def _responses(one: Operation, by_type: dict[Any, Any]) -> dict[str, Any]:
    success: dict[str, Any] = {"description": "Done."}
    if one.answer is not None:
        success["content"] = _octets() if one.answer is bytes else _json(by_type[one.answer])
    found = {str(one.status): success}
    for status, kind in one.also.items():
        found[str(status)] = {"description": "Taken in; it waits.", "content": _json(by_type[kind])}
    statuses = {*ALWAYS, *one.errors, *(WITH_BODY if one.body is not None else ())}
    for status in sorted(statuses):
        found[str(status)] = {"description": _meaning(status), "content": _json(by_type[ErrorAnswer])}
    return found


def _meaning(status: int) -> str:
    meaning, codes = REFUSALS[status]
    return "\n".join([meaning, "", *(f"* `{code}`: {' '.join(CODE_TEXTS[code])}" for code in codes)])


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _octets() -> dict[str, Any]:
    return {OCTETS: {"schema": {"type": "string", "format": "binary"}}}
