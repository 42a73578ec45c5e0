"""Handling labels in their order (articles 112 to 114)."""

from collections.abc import Iterable
from typing import Final

from comity.kernel.codes import HandlingLabel

ORDER: Final = (HandlingLabel.OFFICIAL, HandlingLabel.RESTRICTED, HandlingLabel.CONFIDENTIAL)
"""Lowest first."""


def is_above(label: HandlingLabel, other: HandlingLabel) -> bool:
    """Tell whether `label` is stricter than `other`."""
    return ORDER.index(label) > ORDER.index(other)


def highest(labels: Iterable[HandlingLabel]) -> HandlingLabel:
    """Return the strictest of `labels`, which a whole of several parts must carry; the lowest for none."""
    return max(labels, key=ORDER.index, default=ORDER[0])


def may_relabel(before: HandlingLabel, after: HandlingLabel, *, by_owner: bool) -> bool:
    """Tell whether a label may change so: a recipient may raise it, only the owner lowers it (article 14)."""
    return by_owner or not is_above(before, after)
