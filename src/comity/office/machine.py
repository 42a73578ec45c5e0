"""The machine API: each operation says what it takes, answers and refuses; the OpenAPI page is made of it.

    @operation(Action.RECORD_VIEW, "GET", summary="Read one record.", answer=RecordAnswer)
    def read_record(caller: Caller, at: datetime, record_id: UUID) -> RecordAnswer: ...

    urlpatterns = [endpoint("records/<uuid:record_id>", read_record, change_record)]

Only grants open it, never a session: a browser's cookie alone must not be able to act (CSRF).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import msgspec
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt

from comity.kernel.codes import Action
from comity.kernel.errors import AuthenticationError, ErrorCode, InputError
from comity.office import runtime
from comity.office.access import Caller, admit, caller_for_grant
from comity.office.bodies import read_body, read_query
from comity.office.errors import MethodError
from comity.office.responses import answer_response

API_PREFIX: Final = "api/v1/"
MAX_BODY_BYTES: Final = 128 * 1024
"""One record (64 KiB) with room for its envelope; operations that take batches state their own limit."""
_BEARER: Final = "Bearer "


class NoQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An operation that takes no parameters refuses any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one address."""

    action: Action
    method: str
    summary: str
    handler: Callable[..., Any]
    body: Any = None
    query: Any = NoQuery
    answer: Any = None
    status: int = 200
    also: Mapping[int, Any] = field(default_factory=dict)
    """Other answers that are none of refusal, by status; the handler returns them as responses."""
    max_bytes: int = MAX_BODY_BYTES
    journal: bool = True
    """False for the many parts of one thing, whose first and last word are written down."""
    errors: tuple[int, ...] = ()
    """Statuses of refusals beyond those of `refusals.ALWAYS` and, with a body, 413 and 415."""
    examples: Mapping[str, Any] = field(default_factory=dict)
    """Bodies by what they show; a test sends every one of them."""

    def answer_to(self, request: HttpRequest, route_values: dict[str, Any]) -> HttpResponseBase:
        """Run the operation: who asks, may they, what do they say, act."""
        at = runtime.clock().now()
        caller = grant_caller(request, at)
        admit(caller, self.action, at, journal=self.journal)
        values = dict(route_values)
        query = read_query(request.GET, self.query)
        if self.query is not NoQuery:
            values["query"] = query
        if self.body is not None:
            values["body"] = read_body(request, self.body, self.max_bytes)
        elif request.headers.get("Content-Length", "0") not in {"", "0"}:
            raise InputError(ErrorCode.INPUT_UNKNOWN_FIELD, remedy="Send no body with this method.")
        return answer_response(self.handler(caller, at, **values), self.status)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address of the machine API with its operations."""

    route: str
    operations: tuple[Operation, ...]


ENDPOINTS: Final[list[Endpoint]] = []
"""Every address that `endpoint` made, for the OpenAPI page and for the test of all routes."""


def operation(  # noqa: PLR0913 - what an operation is made of; all by name
    action: Action,
    method: str,
    *,
    summary: str,
    body: Any = None,
    query: Any = NoQuery,
    answer: Any = None,
    status: int = 200,
    also: Mapping[int, Any] | None = None,
    max_bytes: int = MAX_BODY_BYTES,
    journal: bool = True,
    errors: tuple[int, ...] = (),
    examples: Mapping[str, Any] | None = None,
) -> Callable[[Callable[..., Any]], Operation]:
    """Make an operation of a handler `(caller, at, *route values, body=..., query=...)`.

    `body`, `query` and `answer` are msgspec types, or bytes for octets, which a handler returns as a
    response of its own; a handler without `body` or `query` gets none.
    """

    def decorate(handler: Callable[..., Any]) -> Operation:
        return Operation(
            action=action,
            method=method,
            summary=summary,
            handler=handler,
            body=body,
            query=query,
            answer=answer,
            status=status,
            also=also or {},
            max_bytes=max_bytes,
            journal=journal,
            errors=errors,
            examples=examples or {},
        )

    return decorate


def endpoint(route: str, *operations: Operation) -> URLPattern:
    """Return the address `route` (below /api/v1/) and list it in the OpenAPI page."""
    ENDPOINTS.append(Endpoint(route, operations))
    by_method = {one.method: one for one in operations}

    @csrf_exempt
    def view(request: HttpRequest, **values: Any) -> HttpResponseBase:
        chosen = by_method.get(request.method or "")
        if chosen is None:
            raise MethodError(sorted(by_method))
        return chosen.answer_to(request, values)

    view.comity_operations = operations  # type: ignore[attr-defined]  # read by the test of all routes
    name = route.replace("/", "_").replace("<", "").replace(">", "").replace(":", "_")
    return path(route, view, name=f"api_{name}")


def grant_caller(request: HttpRequest, at: datetime) -> Caller:
    """Return who presents a grant; raises `AuthenticationError` (grant.…)."""
    header = request.headers.get("Authorization", "")
    if not header.startswith(_BEARER):
        raise AuthenticationError(ErrorCode.GRANT_MISSING)
    return caller_for_grant(header.removeprefix(_BEARER).strip(), at)
