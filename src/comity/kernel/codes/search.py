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


class QueryShape(StrEnum):
    """What was asked beside a name; false alarms are counted apart for each."""

    NAME = "name"
    NAME_YEAR = "name_year"
    """With a date of birth that is not known to the day."""
    NAME_DATE = "name_date"
    """With a whole date of birth."""


class AlarmRate(StrEnum):
    """Share of people on no list who may raise an alarm; a bureau chooses one."""

    ONE_IN_100 = "1%"
    ONE_IN_1000 = "0.1%"
    ONE_IN_10000 = "0.01%"

    @property
    def share(self) -> float:
        """As a share of all people."""
        return float(self.removesuffix("%")) / 100
