"""How much a case takes."""

from datetime import timedelta
from typing import Final

MAX_TITLE: Final = 200
"""One line of a list."""
MAX_SUMMARY: Final = 10_000
"""Three pages; what is longer belongs into notes."""
MAX_NOTE: Final = 10_000
MAX_TASK: Final = 500
MAX_OUTCOME_WORD: Final = 500
MAX_ITEMS: Final = 5_000
"""In one case: a year of messages between two bureaus. A merge moves them in one transaction."""
MAX_OWN_TEMPLATES: Final = 100
SAME_READING: Final = timedelta(minutes=1)
"""Who loads a case again within a minute is still reading it."""
