"""What a search can answer."""

from enum import StrEnum


class AnswerState(StrEnum):
    """State of a whole answer (I2). There is no word for "clear"."""

    HIT = "HIT"
    POSSIBLE = "POSSIBLE"
    NO_RECORD = "NO_RECORD"
    INCOMPLETE = "INCOMPLETE"


class MatchStrength(StrEnum):
    """How one candidate was found: by an agreeing key, or by likeness."""

    HIT = "HIT"
    POSSIBLE = "POSSIBLE"


class NotificationPolicy(StrEnum):
    """When the owner of a record is told that it was found."""

    AT_ONCE = "at_once"
    AFTER_CONFIRMATION = "after_confirmation"
    NEVER = "never"


class SourceKind(StrEnum):
    """Where an answer comes from."""

    COPY = "copy"
    """This node's own index, built from the secretariat's feed."""
    LIVE = "live"
    """The search of another node, asked over mutual TLS."""


class FailureReason(StrEnum):
    """Why a source did not answer."""

    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    GARBLED = "garbled"
    TOO_OLD = "too_old"
    NOT_READY = "not_ready"
