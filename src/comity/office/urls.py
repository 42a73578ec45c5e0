"""Every address of the office. Pages for people, the machine API, the door for nodes."""

from importlib import import_module
from importlib.util import find_spec
from typing import Final

from allauth.account import views as account_views
from django.urls import URLPattern, URLResolver, include, path

from comity.office import health, openapi
from comity.office.machine import API_PREFIX

APPS: Final = (
    "members",
    "people",
    "units",
    "forms",
    "records",
    "feed",
    "messages",
    "approvals",
    "disclosures",
    "releases",
    "attachments",
    "clocks",
    "recalls",
    "exports",
    "hits",
    "cases",
    "supervision",
    "pages",
)


def _all(part: str) -> list[URLPattern | URLResolver]:
    """Return the patterns of every app that has the module `part`."""
    found: list[URLPattern | URLResolver] = []
    for app in APPS:
        name = f"comity.office.{app}.{part}"
        if find_spec(name) is not None:
            found += import_module(name).urlpatterns
    return found


_ACCOUNTS: Final[list[URLPattern | URLResolver]] = [
    path("login/", account_views.login, name="account_login"),
    path("logout/", account_views.logout, name="account_logout"),
    path("inactive/", account_views.account_inactive, name="account_inactive"),
    path("signup/", account_views.signup, name="account_signup"),  # closed: see people.adapters
    path("reauthenticate/", account_views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account_views.password_change, name="account_change_password"),
    path("2fa/", include("allauth.mfa.urls")),
    path("sessions/", include("allauth.usersessions.urls")),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("accounts/", include(_ACCOUNTS)),
    path(f"{API_PREFIX}openapi.json", openapi.document, name="openapi"),
    path(API_PREFIX, include(_all("api_urls"))),
    path("", include(_all("door_urls"))),
    path("", include(_all("urls"))),
]

handler400 = "comity.office.errors.bad_request"
handler403 = "comity.office.errors.forbidden"
handler404 = "comity.office.errors.not_found"
handler500 = "comity.office.errors.failed"
