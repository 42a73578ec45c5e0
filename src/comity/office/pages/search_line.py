"""The office's line to the search of its own node: a grant for the officer, one question, one answer."""

from functools import cache
from typing import Final

import httpx
import msgspec

from comity.kernel.errors import ComityError, ErrorCode, InputError, UnavailableError
from comity.office import runtime
from comity.protocol.search import SearchAnswer, SearchRequest

TIMEOUT_S: Final = 5.0
"""The search keeps its own budget (under a second); after five it has failed."""
_UNAVAILABLE: Final = 500


class _Error(msgspec.Struct):
    code: str = ""
    field: str | None = None
    remedy: str | None = None


class _ErrorBody(msgspec.Struct):
    error: _Error


def ask(request: SearchRequest, grant: str) -> SearchAnswer:
    """Ask the node's own search.

    Raises `InputError` with the search's own code when it refuses the question, `UnavailableError`
    (search.unavailable, journal.unavailable, …) when it cannot answer. Nothing asked is repeated in an error.
    """
    try:
        response = _client().post(
            "/v1/search",
            content=msgspec.json.encode(request),
            headers={"Authorization": f"Bearer {grant}", "Content-Type": "application/json"},
        )
    except httpx.HTTPError as error:
        raise UnavailableError(ErrorCode.SEARCH_UNAVAILABLE, detail=type(error).__name__) from None
    if response.status_code != httpx.codes.OK:
        raise _refusal(response)
    try:
        return msgspec.json.decode(response.content, type=SearchAnswer)
    except msgspec.DecodeError:
        raise UnavailableError(ErrorCode.SEARCH_UNAVAILABLE, detail="unreadable answer") from None


@cache
def _client() -> httpx.Client:
    home = runtime.home()
    return httpx.Client(base_url=home.settings.search_url, verify=home.client_tls(), timeout=TIMEOUT_S)


def _refusal(response: httpx.Response) -> ComityError:
    try:
        said = msgspec.json.decode(response.content, type=_ErrorBody).error
        code = ErrorCode(said.code)
    except (msgspec.DecodeError, ValueError):
        return UnavailableError(ErrorCode.SEARCH_UNAVAILABLE, detail=f"status {response.status_code}")
    kind = UnavailableError if response.status_code >= _UNAVAILABLE else InputError
    return kind(code, field=said.field, remedy=said.remedy)
