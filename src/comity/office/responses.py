"""Answers of machine API and door: JSON written by msgspec, or octets as they are."""

from typing import Any, Final

import msgspec
from django.http import HttpResponse
from django.http.response import HttpResponseBase

_ENCODER: Final = msgspec.json.Encoder()


def json_response(value: Any, status: int = 200) -> HttpResponse:
    """Return `value` (a msgspec struct or JSON types) as JSON that nobody in between keeps."""
    return HttpResponse(
        _ENCODER.encode(value),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def octets_response(data: bytes) -> HttpResponse:
    """Return bytes that nobody shows, guesses the type of, or keeps."""
    return HttpResponse(data, content_type="application/octet-stream", headers={"Cache-Control": "no-store"})


def answer_response(value: Any, status: int = 200) -> HttpResponseBase:
    """Return what a handler gave: a response of its own as it is, anything else as JSON."""
    return value if isinstance(value, HttpResponseBase) else json_response(value, status)
