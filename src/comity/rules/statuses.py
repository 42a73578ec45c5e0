"""What a person is in the case, and what that allows (articles 10, 38 to 41 and 44)."""

from types import MappingProxyType
from typing import Final

from comity.kernel.codes import CollectionName, PersonStatus, Purpose
from comity.kernel.errors import ErrorCode, InputError

P = Purpose
_OFFENDER: Final = frozenset(
    {
        P.WANTED_PERSONS,
        P.IDENTIFICATION,
        P.INVESTIGATION,
        P.ALERT,
        P.FORENSICS,
        P.SECURITY_CHECK,
        P.BORDER_CONTROL,
        P.THREAT_ANALYSIS,
    }
)
_NO_COERCION: Final = frozenset({P.IDENTIFICATION, P.INVESTIGATION, P.FORENSICS})
_DEAD: Final = _NO_COERCION | {P.MISSING_OR_DEAD}

PURPOSES_OF_STATUS: Final = MappingProxyType(
    {
        PersonStatus.CONVICTED: _OFFENDER,
        PersonStatus.CHARGED: _OFFENDER,
        PersonStatus.SUSPECT: _OFFENDER,
        PersonStatus.WITNESS: _NO_COERCION,
        PersonStatus.VICTIM: _NO_COERCION,
        PersonStatus.MISSING: frozenset(
            {P.MISSING_OR_DEAD, P.IDENTIFICATION, P.INVESTIGATION, P.FORENSICS, P.BORDER_CONTROL}
        ),
        PersonStatus.UNIDENTIFIED: frozenset({P.MISSING_OR_DEAD, P.IDENTIFICATION, P.FORENSICS}),
        PersonStatus.DECEASED: _DEAD,
        PersonStatus.POSSIBLE_THREAT: frozenset(
            {
                P.IDENTIFICATION,
                P.INVESTIGATION,
                P.ALERT,
                P.SECURITY_CHECK,
                P.BORDER_CONTROL,
                P.THREAT_ANALYSIS,
            }
        ),
        PersonStatus.SANCTIONED: frozenset(
            {P.WANTED_PERSONS, P.IDENTIFICATION, P.INVESTIGATION, P.ALERT, P.SECURITY_CHECK, P.BORDER_CONTROL}
        ),
    }
)
"""For which purposes a person of each status may be recorded. Witnesses and victims are never sought
to be acted against (articles 38 to 41); what is not listed is refused."""


def check_status(collection: CollectionName, status: PersonStatus | None, purpose: Purpose) -> None:
    """Refuse a person without a status, a thing with one, and a status that the purpose does not allow.

    Raises `InputError` record.status_missing or record.status_not_allowed, field `status`.
    """
    if collection is not CollectionName.PERSONS:
        if status is not None:
            raise InputError(
                ErrorCode.RECORD_STATUS_NOT_ALLOWED,
                field="status",
                remedy="Leave it empty: things have no status.",
            )
        return
    if status is None:
        raise InputError(ErrorCode.RECORD_STATUS_MISSING, field="status")
    if purpose not in PURPOSES_OF_STATUS[status]:
        raise InputError(ErrorCode.RECORD_STATUS_NOT_ALLOWED, field="status")
