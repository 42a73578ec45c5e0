"""Names of persons in any script: normal form, postings, likeness with reasons an officer understands."""

from comity.matching.names.comparing import Comparer, NameScore, compare
from comity.matching.names.forms import (
    MAX_NAME_CHARACTERS,
    MAX_NAME_TOKENS,
    NameForm,
    guessed_keys,
    normalise,
    rarity_keys,
    trigrams,
)
from comity.matching.names.rarity import TokenRarity
from comity.matching.names.reasons import REASONS, NameCode, NameReason
from comity.matching.names.scripts import Script

__all__ = [
    "MAX_NAME_CHARACTERS",
    "MAX_NAME_TOKENS",
    "REASONS",
    "Comparer",
    "NameCode",
    "NameForm",
    "NameReason",
    "NameScore",
    "Script",
    "TokenRarity",
    "compare",
    "guessed_keys",
    "normalise",
    "rarity_keys",
    "trigrams",
]
