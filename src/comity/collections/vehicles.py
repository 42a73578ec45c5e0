"""Stolen vehicles, found by identification number or its last eight signs, plate, engine or description.

There are no persons in it.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final

import msgspec

from comity.collections import fields
from comity.collections.base import Collection, KeyKind, SearchKey
from comity.collections.reading import read, write
from comity.collections.tables import cells_to_content, whole_number
from comity.kernel.codes import CollectionName
from comity.kernel.errors import ErrorCode, InputError
from comity.matching.descriptions import listed_words
from comity.matching.vehicles import (
    MAX_PLATE_CHARACTERS,
    MAX_VIN_CHARACTERS,
    engine_key_or_none,
    plate_behind_sign,
    plate_key,
    vin_key,
    vin_tail,
)

FIRST_CAR_YEAR: Final = 1885
LAST_YEAR: Final = 2199
"""As for dates in `matching.dates`."""
DESCRIBING: Final = ("make", "model", "colour", "kind")
"""Fields whose words a description is compared with."""

Year = Annotated[int, msgspec.Meta(ge=FIRST_CAR_YEAR, le=LAST_YEAR)]
Vin = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_VIN_CHARACTERS)]
Plate = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_PLATE_CHARACTERS)]


class Vehicle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One vehicle, trailer or machine. At least one of `vin` and `plate` is filled."""

    vin: Vin | None = None
    plate: Plate | None = None
    plate_country: fields.Country | None = None
    make: fields.Word | None = None
    model: fields.Word | None = None
    kind: fields.Word | None = None
    colour: fields.Word | None = None
    year: Year | None = None
    engine_number: fields.Number | None = None
    theft_date: fields.PartialDate | None = None
    theft_place: fields.Place | None = None
    remarks: fields.Text | None = None


class Vehicles(Collection):
    """The collection `vehicles`."""

    name: ClassVar[CollectionName] = CollectionName.VEHICLES
    columns: ClassVar[tuple[str, ...]] = Vehicle.__struct_fields__

    def normalise(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Check and return the normal form; see `Collection.normalise`."""
        vehicle = read(content, Vehicle)
        if vehicle.vin is None and vehicle.plate is None:
            remedy = "Give a vehicle identification number or a plate."
            raise InputError(ErrorCode.INPUT_MISSING_FIELD, field="content.vin", remedy=remedy)
        country, theft_date = vehicle.plate_country, vehicle.theft_date
        return write(
            msgspec.structs.replace(
                vehicle,
                vin=vehicle.vin and fields.check_key(fields.capitals(vehicle.vin), vin_key, "content.vin"),
                plate=vehicle.plate
                and fields.check_key(fields.capitals(vehicle.plate), plate_key, "content.plate"),
                plate_country=country and fields.check_country(country, "content.plate_country"),
                theft_date=theft_date and fields.check_partial_date(theft_date, "content.theft_date"),
            )
        )

    def keys(self, content: Mapping[str, Any]) -> list[SearchKey]:
        """Return the keys of plate, identification number and engine, and the tail of the second.

        A plate entered behind the sign of its country is found without that too. An engine number too
        short to tell engines apart gives no key.
        """
        found = []
        if plate := content.get("plate"):
            country = content.get("plate_country")
            found.append(SearchKey(KeyKind.PLATE, plate_key(plate), country))
            behind = plate_behind_sign(plate)
            if behind is not None and behind[0] == country:
                found.append(SearchKey(KeyKind.PLATE, behind[1], country))
        if vin := content.get("vin"):
            found.append(SearchKey(KeyKind.VIN, vin_key(vin)))
            if tail := vin_tail(vin):
                found.append(SearchKey(KeyKind.VIN_TAIL, tail))
        if (engine := content.get("engine_number")) and (key := engine_key_or_none(engine)):
            found.append(SearchKey(KeyKind.ENGINE, key))
        return found

    def described(self, content: Mapping[str, Any]) -> frozenset[str]:
        """Return the words of make, model, colour and kind; `#` and the year, `@` and the country."""
        words = [listed_words(content[field]) for field in DESCRIBING if field in content]
        marked = [
            f"{mark}{content[field]}"
            for mark, field in (("#", "year"), ("@", "plate_country"))
            if field in content
        ]
        return frozenset(marked).union(*words)

    def view(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return everything: there are no personal data in it."""
        return dict(content)

    def title(self, content: Mapping[str, Any]) -> str:
        """Return plate or identification number, colour, make and model."""
        parts = [content.get("plate") or content["vin"]]
        parts += [str(content[part]) for part in ("colour", "make", "model") if part in content]
        return " ".join(parts)

    def from_csv_row(self, row: Mapping[str, str]) -> dict[str, Any]:
        """Return the content of one row; columns are named as the fields."""
        content: dict[str, Any] = dict(row)
        if "year" in row:
            content["year"] = whole_number(row["year"], "year")
        return cells_to_content(self, row, content)

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of `Vehicle`."""
        return msgspec.json.schema(Vehicle)
