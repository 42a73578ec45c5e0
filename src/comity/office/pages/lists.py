"""What every list of the desk has: views to choose from, and pages that are asked for by number."""

from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest
from django.utils.functional import Promise

LAST_PAGE: Final = 10_000
_LONGEST: Final = 5
"""Digits of a page's number: no longer list is paged by hand."""


@dataclass(frozen=True, slots=True)
class View:
    """One way to look at a list."""

    code: str
    words: str | Promise
    number: int | None = None
    is_alarm: bool = False
    """Whether anything in it is amiss."""


def page_asked(request: HttpRequest) -> int:
    """Return which page of a list is asked for, from 0."""
    text = request.GET.get("page", "0")
    return min(whole(text), LAST_PAGE) if len(text) <= _LONGEST else 0


def whole(text: str) -> int:
    """Return the whole number that a field holds, 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() else 0
