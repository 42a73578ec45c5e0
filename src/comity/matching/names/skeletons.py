"""The consonant skeleton of a Latin token: what survives when a name crosses scripts and ears."""

import re
from functools import lru_cache
from typing import Final

_CACHE: Final = 200_000
"""Distinct tokens kept; names of a million people hold about as many."""
_VOWELS: Final = re.compile(r"[aeiouyw]")
_DOUBLED: Final = re.compile(r"(.)\1+")
_CLASSES: Final = str.maketrans("cqxvjz", "kkkbgs")


@lru_cache(_CACHE)
def skeleton(token: str) -> str:
    """Return the consonant classes of `token`; empty when it has vowels only."""
    return _DOUBLED.sub(r"\1", _VOWELS.sub("", token.translate(_CLASSES)))
