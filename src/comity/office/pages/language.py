"""Which language a page is written in: the reader's choice, else the account's, else the browser's."""

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

from comity.office.pages.preferences import Preferences

LANGUAGES: Final = (
    ("en", "English"),
    ("fr", "Français"),
    ("es", "Español"),
    ("ar", "العربية"),
    ("sl", "Slovenščina"),
)
"""Each by its own name, as a reader looks for it."""
_CODES: Final = frozenset(code for code, _name in LANGUAGES)


def language_of(request: HttpRequest) -> str:
    """Return the code of `LANGUAGES` in which to answer `request`."""
    chosen = Preferences.of(request).language
    if chosen:
        return chosen
    account = getattr(getattr(request, "user", None), "language", "")
    if account in _CODES:
        return str(account)
    return translation.get_language_from_request(request)


class ReaderLanguage:
    """Middleware: activates the reader's language; stands behind the one that knows the account."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in the reader's language."""
        language = language_of(request)
        with translation.override(language):
            response = self._get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response
