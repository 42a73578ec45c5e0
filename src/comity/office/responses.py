"""JSON answers of machine API and door, written by msgspec."""

from typing import Any, Final

import msgspec
from django.http import HttpResponse

_ENCODER: Final = msgspec.json.Encoder()


def json_response(value: Any, status: int = 200) -> HttpResponse:
    """Return `value` (a msgspec struct or JSON types) as JSON that nobody in between keeps."""
    return HttpResponse(
        _ENCODER.encode(value),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
