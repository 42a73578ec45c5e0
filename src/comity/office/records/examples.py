"""Bodies that the OpenAPI page shows for records; a test sends every one. All persons are made up."""

from typing import Any, Final

_DOCUMENT: Final[dict[str, Any]] = {
    "owner_reference": "DOC-2026-0001",
    "purpose": "alert",
    "legal_basis": "Criminal Procedure Act, art. 220",
    "content": {
        "type": "passport",
        "number": "PX0000001",
        "country": "SVN",
        "loss": "stolen",
        "event_date": "2026-01-15",
    },
}
_PERSON: Final[dict[str, Any]] = {
    "owner_reference": "PER-2026-0001",
    "purpose": "wanted_persons",
    "legal_basis": "Criminal Procedure Act, art. 202",
    "status": "suspect",
    "deny": ["MAR"],
    "content": {
        "names": [{"text": "Izmišljena, Jana"}, {"text": "Яна Измишлена", "kind": "transliteration"}],
        "births": [{"earliest": "1980-02-03", "latest": "1980-02-03", "precision": "exact"}],
        "nationalities": ["SVN"],
    },
}
_VEHICLE: Final[dict[str, Any]] = {
    "owner_reference": "VEH-2026-0001",
    "purpose": "alert",
    "legal_basis": "Criminal Procedure Act, art. 220",
    "content": {"plate": "LJ AB-123", "plate_country": "SVN", "vin": "1M8GDM9AXKP042788", "make": "Example"},
}

NEW_RECORDS: Final[dict[str, Any]] = {
    "travel_document": {"collection": "travel_documents", **_DOCUMENT},
    "person": {"collection": "persons", **_PERSON},
    "vehicle": {"collection": "vehicles", **_VEHICLE},
}
NEW_BATCHES: Final[dict[str, Any]] = {
    "vehicles": {"collection": "vehicles", "on_error": "skip_bad", "records": [_VEHICLE]},
}
CHANGES: Final[dict[str, Any]] = {
    "label_raised": {"base_version": 1, "label": "restricted", **_DOCUMENT},
}
WITHDRAWALS: Final[dict[str, Any]] = {"found": {"reason": "The document was found."}}
