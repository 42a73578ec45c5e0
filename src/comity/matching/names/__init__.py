"""Names of persons in any script: normal form, postings, likeness with reasons an officer understands."""

from comity.matching.names.comparing import NameReason, NameScore, compare
from comity.matching.names.forms import MAX_NAME_CHARACTERS, MAX_NAME_TOKENS, NameForm, normalise, trigrams
from comity.matching.names.rarity import TokenRarity
from comity.matching.names.scripts import Script

__all__ = [
    "MAX_NAME_CHARACTERS",
    "MAX_NAME_TOKENS",
    "NameForm",
    "NameReason",
    "NameScore",
    "Script",
    "TokenRarity",
    "compare",
    "normalise",
    "trigrams",
]
