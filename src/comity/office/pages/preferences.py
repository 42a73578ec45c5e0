"""How a reader likes the pages: colours, sound, keys, language. Kept in one cookie without personal data."""

from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Final, Self

from django.http import HttpRequest, HttpResponse

COOKIE: Final = "__Host-comity-look"
KEPT_FOR: Final = timedelta(days=365)
"""A desk's screen stays as it was set; a year is what browsers keep at most."""
CHOICES: Final = {
    "theme": ("auto", "light", "dark"),
    "sound": ("off", "on"),
    "keys": ("on", "off"),
    "language": ("", "en", "fr", "es", "ar", "sl"),
}
"""The first of each is the default; an empty language means: as the account or the browser says."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """One choice for each entry of `CHOICES`."""

    theme: str = "auto"
    sound: str = "off"
    keys: str = "on"
    language: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        """Read the cookie; what is not one of the choices counts as not said."""
        said = dict(part.partition(":")[::2] for part in request.COOKIES.get(COOKIE, "").split("."))
        return cls(**{name: said[name] for name in CHOICES if said.get(name) in CHOICES[name]})

    def with_choice(self, name: str, choice: str) -> Self:
        """Return these preferences with one choice changed; an unknown one changes nothing."""
        return replace(self, **{name: choice}) if choice in CHOICES.get(name, ()) else self

    def write(self, response: HttpResponse) -> None:
        """Put the preferences into the response's cookie."""
        text = ".".join(f"{f.name}:{getattr(self, f.name)}" for f in fields(self))
        response.set_cookie(
            COOKIE, text, max_age=KEPT_FOR, path="/", secure=True, httponly=True, samesite="Lax"
        )
