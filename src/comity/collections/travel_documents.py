"""Stolen, lost, revoked and invalid travel documents. No bearer: a hit says that the paper is listed."""

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from comity.collections import fields
from comity.collections.base import Collection, SearchKey
from comity.collections.reading import read, write
from comity.collections.tables import cells_to_content
from comity.kernel.codes import CollectionName, DocumentKind, DocumentLoss, country_name


class TravelDocument(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """One travel document. There is no field for its bearer's name, and none may be sent."""

    number: fields.Number
    country: fields.Country
    type: DocumentKind
    loss: DocumentLoss
    event_date: fields.PartialDate | None = None
    """When it was stolen, lost or declared invalid."""
    place: fields.Place | None = None
    national_reference: fields.Word | None = None
    """The issuing country's own register or police number."""


class TravelDocuments(Collection):
    """The collection `travel_documents`."""

    name: ClassVar[CollectionName] = CollectionName.TRAVEL_DOCUMENTS
    columns: ClassVar[tuple[str, ...]] = TravelDocument.__struct_fields__

    def normalise(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Check and return the normal form; see `Collection.normalise`."""
        document = read(content, TravelDocument)
        event_date = document.event_date
        return write(
            msgspec.structs.replace(
                document,
                number=fields.check_number(document.number, "content.number"),
                country=fields.check_country(document.country, "content.country"),
                event_date=event_date and fields.check_partial_date(event_date, "content.event_date"),
            )
        )

    def keys(self, content: Mapping[str, Any]) -> list[SearchKey]:
        """Return the document number's key."""
        return [fields.document_search_key(content["number"], content["country"], content["type"])]

    def view(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return everything: number, country, type, loss, date, place and reference."""
        return dict(content)

    def title(self, content: Mapping[str, Any]) -> str:
        """Return kind, number and issuing country."""
        kind = str(content["type"]).replace("_", " ")
        return f"{kind} {content['number']} ({country_name(content['country'])})"

    def from_csv_row(self, row: Mapping[str, str]) -> dict[str, Any]:
        """Return the content of one row; columns are named as the fields."""
        return cells_to_content(self, row, dict(row))

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of `TravelDocument`."""
        return msgspec.json.schema(TravelDocument)
