"""The clocks of hits."""

from datetime import timedelta
from typing import Final

from comity.kernel.codes import MatchStrength

ANSWER_WITHIN: Final = {
    MatchStrength.HIT: timedelta(hours=1),
    MatchStrength.POSSIBLE: timedelta(hours=8),
}
"""Nobody is held at a border for more than an hour on a lead; a likeness is looked at within the shift."""
