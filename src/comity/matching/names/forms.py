"""The normal form of a name, and the keys under which an index finds it."""

import re
import unicodedata
from typing import Final, Self

import msgspec
from anyascii import anyascii

from comity.kernel.errors import ErrorCode, InputError
from comity.matching.names.scripts import Script, script_of
from comity.matching.names.skeletons import skeleton

MAX_NAME_CHARACTERS: Final = 400
"""The longest names on public lists stay below 150; more is text, not a name."""
MAX_NAME_TOKENS: Final = 30
"""Comparing takes time by the product of both counts."""


class NameForm(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A name in lower-case Latin letters and digits, as words in the order in which they were given."""

    tokens: tuple[str, ...]
    skeletons: tuple[str, ...]
    """The consonants of each token, in classes that survive transliteration."""
    script: Script = Script.LATIN
    """In which it was written."""

    def to_bytes(self) -> bytes:
        """Return the form as a few ASCII bytes, for an index."""
        return f"{self.script}{' '.join(self.tokens)}|{' '.join(self.skeletons)}".encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Return the form that `to_bytes` wrote."""
        tokens, _, skeletons = data.decode()[1:].partition("|")
        return cls(tuple(tokens.split(" ")), tuple(skeletons.split(" ")), Script(chr(data[0])))


_NOT_WORD: Final = re.compile(r"[^0-9a-z ]+")
_JOINING: Final = str.maketrans("", "", "'`’‘ʼʻ´")


def normalise(name: str) -> NameForm:
    """Return the normal form of `name`, any script, in any order (`LAST, First` too).

    Raises `InputError` input.bad_name without a letter or digit, input.too_long beyond
    `MAX_NAME_CHARACTERS` or `MAX_NAME_TOKENS`.
    """
    if len(name) > MAX_NAME_CHARACTERS:
        raise InputError(ErrorCode.INPUT_TOO_LONG)
    script = script_of(name)
    latin = anyascii(unicodedata.normalize("NFKC", name).translate(_JOINING)).lower()
    tokens = tuple(_NOT_WORD.sub(" ", latin).split())
    if not tokens:
        raise InputError(ErrorCode.INPUT_BAD_NAME)
    if len(tokens) > MAX_NAME_TOKENS:
        raise InputError(ErrorCode.INPUT_TOO_LONG)
    return NameForm(tokens, tuple(map(skeleton, tokens)), script)


def trigrams(form: NameForm) -> set[str]:
    """Return the keys to post a form under: letter trigrams of each token, and its skeletons after `~`."""
    grams = {
        padded[start : start + 3]
        for padded in (f"  {token} " for token in form.tokens)
        for start in range(len(padded) - 2)
    }
    grams.update("~" + bones for bones in form.skeletons if len(bones) > 1)
    return grams
