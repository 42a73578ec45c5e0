"""Codes inside records."""

from enum import StrEnum


class CollectionName(StrEnum):
    """The international collections of this version."""

    PERSONS = "persons"
    TRAVEL_DOCUMENTS = "travel_documents"
    VEHICLES = "vehicles"


class HandlingLabel(StrEnum):
    """Confidentiality, lowest first (rules on the processing of data, articles 112 to 114)."""

    OFFICIAL = "official"
    RESTRICTED = "restricted"
    CONFIDENTIAL = "confidential"


class PersonStatus(StrEnum):
    """What a person is in the case (rules on the processing of data, article 44)."""

    CONVICTED = "convicted"
    CHARGED = "charged"
    SUSPECT = "suspect"
    WITNESS = "witness"
    VICTIM = "victim"
    MISSING = "missing"
    UNIDENTIFIED = "unidentified"
    DECEASED = "deceased"
    POSSIBLE_THREAT = "possible_threat"
    SANCTIONED = "sanctioned"


class Sex(StrEnum):
    """Sex as ICAO Doc 9303 prints it; X is unspecified."""

    FEMALE = "F"
    MALE = "M"
    UNSPECIFIED = "X"


class DocumentKind(StrEnum):
    """Kinds of travel document."""

    PASSPORT = "passport"
    IDENTITY_CARD = "identity_card"
    VISA = "visa"
    RESIDENCE_PERMIT = "residence_permit"
    REFUGEE_DOCUMENT = "refugee_document"
    OTHER = "other"


class DocumentLoss(StrEnum):
    """Why a travel document must not be accepted."""

    STOLEN = "stolen"
    LOST = "lost"
    STOLEN_BLANK = "stolen_blank"
    REVOKED = "revoked"
    INVALID = "invalid"
