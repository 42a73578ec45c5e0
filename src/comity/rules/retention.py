"""How long a record may live (articles 49 to 51). Silence at expiry means deletion (I12)."""

from datetime import MAXYEAR, UTC, datetime
from types import MappingProxyType
from typing import Final

from comity.kernel.clock import to_wire
from comity.kernel.codes import CollectionName
from comity.kernel.errors import ErrorCode, InputError

CEILING_YEARS: Final = MappingProxyType(
    {
        CollectionName.PERSONS: 5,  # article 49
        CollectionName.TRAVEL_DOCUMENTS: 10,  # longest validity of a passport; also the usual review date
        CollectionName.VEHICLES: 10,  # as for documents: after that a stolen car is rarely found
    }
)
"""Longest time from entry or renewal to expiry, in whole calendar years."""


def latest_expiry(collection: CollectionName, created_at: datetime) -> datetime:
    """Return the last instant that a record entered or renewed at `created_at` may live to."""
    year = min(created_at.year + CEILING_YEARS[collection], MAXYEAR)
    try:
        return created_at.replace(year=year)
    except ValueError:  # the 29th of February; a ceiling is never stretched, so the day before
        return created_at.replace(year=year, day=28)


def check_expiry(
    collection: CollectionName, created_at: datetime, expires_at: datetime, at: datetime
) -> None:
    """Refuse an expiry that has passed at `at` or lies beyond the ceiling counted from `created_at`.

    Raises `InputError` record.expiry_past or record.expiry_beyond_ceiling, field `expires_at`.
    """
    if expires_at <= at:
        raise InputError(ErrorCode.RECORD_EXPIRY_PAST, field="expires_at")
    if expires_at > latest_expiry(collection, created_at):
        raise InputError(ErrorCode.RECORD_EXPIRY_BEYOND_CEILING, field="expires_at")


def has_expired(expires_at: datetime, at: datetime) -> bool:
    """Tell whether the record's time is over: validity is half open, at its expiry it is gone."""
    return at >= expires_at


def parse_expiry(text: str) -> datetime:
    """Read the one wire form of an instant (`kernel.clock.to_wire`).

    Raises `InputError` input.impossible_date, field `expires_at`: records are compared and committed to
    byte by byte, so a second way to write the same instant is refused.
    """
    error = InputError(
        ErrorCode.INPUT_IMPOSSIBLE_DATE, field="expires_at", remedy="Use YYYY-MM-DDTHH:MM:SS.ffffffZ in UTC."
    )
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as bad:
        raise error from bad
    if instant.tzinfo is not UTC or to_wire(instant) != text:
        raise error
    return instant
