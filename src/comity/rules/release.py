"""Which outgoing messages leave only after a second person of the bureau has released them (I9).

The bureau says what it demands; what binds a country needs two people whatever the bureau says.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from comity.kernel.codes import HandlingLabel, MessageForm, Priority
from comity.kernel.ids import FormId
from comity.rules import labels

BINDING_FORMS: Final = frozenset(map(FormId, ("diffusion", "notice_request")))
"""Asking other countries to act against a person binds the country that asks (rules on the processing of
data, articles 97 to 101): no setting lifts this, whoever declares such a form."""
NODE_FORMS: Final = frozenset(
    map(
        FormId,
        (
            MessageForm.HIT_ALARM,
            MessageForm.HIT_ANSWER,
            MessageForm.RECEIPT,
            MessageForm.RESEND,
            MessageForm.DISCLOSURE,
        ),
    )
)
"""Never held: what the node says by itself; the owner's word on a hit, which has a clock of minutes and
is decided by its own rule; a disclosure, which two people have approved already."""
PROOF_LASTS: Final = timedelta(minutes=5)
"""Who releases has shown within this time that it is them: long enough to read, too short for a desk left."""


class ReachKind(StrEnum):
    """Whom a message to several covers, however its recipients were named."""

    ALL = "all"
    """Every bureau that a broadcast to all reaches now."""
    REGION = "region"
    """Every bureau of some region."""


class Ground(StrEnum):
    """Why a message needs a second person."""

    BINDING = "binding"
    EVERYTHING = "everything"
    LABEL = "label"
    PRIORITY = "priority"
    FORM = "form"
    RECIPIENTS = "recipients"
    REACH = "reach"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What a bureau demands; nothing beyond what binds a country unless it says so."""

    everything: bool = False
    label: HandlingLabel | None = None
    """This label and every stricter one."""
    priorities: frozenset[Priority] = frozenset()
    forms: frozenset[FormId] = frozenset()
    recipients: int | None = None
    """This many recipients and more."""
    reach: frozenset[ReachKind] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """What about a message decides."""

    form: FormId
    label: HandlingLabel
    priority: Priority
    recipients: int
    reach: frozenset[ReachKind] = frozenset()


NOTHING: Final = Demand()


def grounds_for(outgoing: Outgoing, demand: Demand) -> tuple[Ground, ...]:
    """Return every reason why a message must be released by a second person; none: it leaves at once."""
    if outgoing.form in NODE_FORMS:
        return ()
    label = demand.label
    found = {
        Ground.BINDING: outgoing.form in BINDING_FORMS,
        Ground.EVERYTHING: demand.everything,
        Ground.LABEL: label is not None and not labels.is_above(label, outgoing.label),
        Ground.PRIORITY: outgoing.priority in demand.priorities,
        Ground.FORM: outgoing.form in demand.forms,
        Ground.RECIPIENTS: demand.recipients is not None and outgoing.recipients >= demand.recipients,
        Ground.REACH: bool(outgoing.reach & demand.reach),
    }
    return tuple(ground for ground, holds in found.items() if holds)


def is_proven(proved_at: datetime | None, at: datetime) -> bool:
    """Tell whether who acts has shown lately enough who they are; a proof from the future is none."""
    return proved_at is not None and timedelta(0) <= at - proved_at <= PROOF_LASTS
