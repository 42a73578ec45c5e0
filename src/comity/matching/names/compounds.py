"""Arabic names written as one word or as several: Abdurrahman, Nureddin, Habibullah, and their parts.

Every joined form is taken apart into the same words, so that all ways of writing meet; `abdullah` stays.
"""

import re
from functools import lru_cache
from typing import Final

_CACHE: Final = 100_000
"""Distinct words kept."""
_SERVANT_ALONE: Final = re.compile(r"[au]bd(?:(?:[aeou]|ou)(?:[lrszntd]|sh))")
_ABDULLAH: Final = re.compile(r"abd(?:ou|[aeiou])l+a(?:h.{0,3}|y.{0,4}|i|ev.?)?")
_SERVANT: Final = re.compile(
    r"abd(?:(?:ou|[aeiou])(?:l(?=.{4})|([rsznt])(?=\1)|sh(?=sh)|dh(?=dh))?)?(?P<rest>[a-z]{4,})"
)
_FAITH: Final = re.compile(
    r"(?P<rest>[a-z]{3,}?)(?:(?:ou|[aeiou])dd?|[ue]d|dd)(?:ine?|een|yn|iin)|(?P<lone>(?:[aeu]d)?d(?:in|ine|een|ien))"
)
_GOD: Final = re.compile(r"(?P<rest>[a-z]{3,}?)(?:(?:ou|[aeiou])?llah|ulah)|(?P<lone>[aeou]llah)")
_MERCIFUL: Final = re.compile(r"(?P<rest>[a-z]{3,}?)(?:ou|[aeiou])r?(?P<god>rahm[ae]ne?)")
_PLAIN_ENDS: Final = re.compile(r"[aeo]d(?:in|ine|een)$")
"""Only a doubled d, or u before it, makes the faith: Aladin and Bernadine are names of their own."""


@lru_cache(_CACHE)
def parts(word: str) -> tuple[str, ...]:
    """Return the words that a Latin word stands for; itself in most cases."""
    if word.startswith("abd") and not _ABDULLAH.fullmatch(word):
        if _SERVANT_ALONE.fullmatch(word):
            return ("abd", "al")
        if found := _SERVANT.fullmatch(word):
            return ("abd", "al", *parts(found["rest"]))
    if word.startswith("abd"):
        return (word,)
    return _ended(word)


def _ended(word: str) -> tuple[str, ...]:
    """Take the ends -uddin, -ullah and -urrahman off."""
    if word.endswith("h") and (found := _GOD.fullmatch(word)):
        return ("ullah",) if found["lone"] else (found["rest"], "ullah")
    if "rahm" in word and (found := _MERCIFUL.fullmatch(word)):
        return (found["rest"], found["god"])
    if "d" in word[-5:] and (found := _FAITH.fullmatch(word)):
        if found["lone"]:
            return ("din",)
        if "dd" in word[-6:] or not _PLAIN_ENDS.search(word):
            return (found["rest"], "din")
    return (word,)
