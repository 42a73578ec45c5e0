"""Asking a node's search from the command line, over the same HTTP as everybody else."""

from pathlib import Path
from typing import Any, Final

import httpx
import msgspec

from comity.cli.accounts import grant_for
from comity.cli.office import entered
from comity.kernel.clock import SystemClock
from comity.kernel.codes import NotificationPolicy, Purpose
from comity.kernel.errors import (
    AccessError,
    AuthenticationError,
    ComityError,
    ErrorCode,
    InputError,
    UnavailableError,
)
from comity.node.home import NodeHome
from comity.protocol.search import SearchAnswer

GRANT_LIFE_S: Final = 60
"""One question."""
TIMEOUT_S: Final = 10.0
"""Over ten times the default time budget of a question."""

_KINDS: Final[dict[int, type[ComityError]]] = {
    401: AuthenticationError,
    403: AccessError,
    404: AccessError,
    422: InputError,
    503: UnavailableError,
}


def ask(  # noqa: PLR0913 - who, what, what for
    home: Path,
    username: str,
    query: dict[str, Any],
    *,
    purpose: str,
    notify: str = "at_once",
    reference: str = "",
) -> SearchAnswer:
    """Return the answer of the running search of the node in `home`, asked in the name of an account.

    Raises what the search refused with, `UnavailableError` (search.unavailable) when it is not there.
    """
    with entered(home) as node:
        token = grant_for(username, (Purpose(purpose),), SystemClock().now(), GRANT_LIFE_S)
    body = {
        "purpose": purpose,
        "query": query,
        "notify": NotificationPolicy(notify),
        "reference": reference,
    }
    answer = post_search(node, token, body)
    if answer.status_code != httpx.codes.OK:
        raise error_of(answer)
    return msgspec.json.decode(answer.content, type=SearchAnswer)


def post_search(node: NodeHome, token: str, body: dict[str, Any]) -> httpx.Response:
    """Send one question; raises `UnavailableError` (search.unavailable)."""
    import ssl

    context = ssl.create_default_context(cafile=str(node.network_ca))
    try:
        with httpx.Client(verify=context, timeout=TIMEOUT_S, trust_env=False) as client:
            return client.post(
                f"{node.settings.search_url}/v1/search",
                content=msgspec.json.encode(body),
                headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            )
    except httpx.TransportError as error:
        raise UnavailableError(ErrorCode.SEARCH_UNAVAILABLE) from error


def error_of(answer: httpx.Response) -> ComityError:
    """Return the error that an answer tells of, with its code, field and remedy."""
    kind = _KINDS.get(answer.status_code, ComityError)
    try:
        told = msgspec.json.decode(answer.content)["error"]
        return kind(ErrorCode(told["code"]), field=told["field"], remedy=told["remedy"])
    except (msgspec.DecodeError, KeyError, TypeError, ValueError):
        return kind(ErrorCode.PEER_REFUSED, detail=f"status {answer.status_code}")
