"""Purposes, messages, hits."""

from enum import StrEnum


class Purpose(StrEnum):
    """Why data are recorded or asked for (rules on the processing of data, article 10)."""

    WANTED_PERSONS = "wanted_persons"
    IDENTIFICATION = "identification"
    INVESTIGATION = "investigation"
    ALERT = "alert"
    MISSING_OR_DEAD = "missing_or_dead"
    FORENSICS = "forensics"
    SECURITY_CHECK = "security_check"
    BORDER_CONTROL = "border_control"
    THREAT_ANALYSIS = "threat_analysis"


class Priority(StrEnum):
    """How soon a message is to be read."""

    FLASH = "flash"
    URGENT = "urgent"
    NORMAL = "normal"


class MessageForm(StrEnum):
    """Forms on which the recipient's node acts by itself; others are declared in data (`FormId`)."""

    FREE_TEXT = "free_text"
    HIT_ALARM = "hit_alarm"
    HIT_ANSWER = "hit_answer"
    RECEIPT = "receipt"
    RESEND = "resend"
    RECALL = "recall"
    CORRECTION = "correction"
    DISCLOSURE = "disclosure"


class MessageState(StrEnum):
    """Where an own message is on its way."""

    QUEUED = "queued"
    RELAYED = "relayed"
    DELIVERED = "delivered"
    READ = "read"
    ANSWERED = "answered"
    EXPIRED = "expired"
    """Its time ran out before the recipient had it."""
    RECEIVED = "received"
    """A message from another bureau, verified and stored here."""


class ReceiptKind(StrEnum):
    """What a recipient confirms."""

    DELIVERED = "delivered"
    READ = "read"
    ANSWERED = "answered"
    RECALLED = "recalled"
    CORRECTED = "corrected"


class HitState(StrEnum):
    """A hit is a lead (I10): it stays open until the owner has answered."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    OBSOLETE = "obsolete"
