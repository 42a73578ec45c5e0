"""When the person behind a session last showed who they are: grave acts ask for it anew (ASVS 5.0, 7.5.3)."""

from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest
from django.urls import reverse

_SECOND: Final = [Authenticator.Type.WEBAUTHN, Authenticator.Type.TOTP]
"""A recovery code gets somebody in again; it is not what a grave act asks for."""


def proof_of(request: HttpRequest) -> datetime | None:
    """Return when the session's person last gave the second factor; the password where there is no second.

    None when neither is known of this session.
    """
    wanted = "mfa" if _has_second(request) else "password"
    given = [
        one["at"]
        for one in get_authentication_records(request, request.user)
        if one.get("method") == wanted and one.get("type") != Authenticator.Type.RECOVERY_CODES
    ]
    return datetime.fromtimestamp(max(given), UTC) if given else None


def prove_at(request: HttpRequest, then: str) -> str:
    """Return the address at which the person shows who they are and is led on to `then`."""
    name = "mfa_reauthenticate" if _has_second(request) else "account_reauthenticate"
    return f"{reverse(name)}?{urlencode({'next': then})}"


def _has_second(request: HttpRequest) -> bool:
    return bool(is_mfa_enabled(request.user, _SECOND))
