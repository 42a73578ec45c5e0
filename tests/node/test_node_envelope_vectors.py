"""The committed envelopes: good ones open for ever, each bad one is refused with its code for ever."""

import msgspec
import pytest

from comity.crypto.sealing import SealingKey, SealingRing
from comity.kernel.clock import from_wire
from comity.kernel.errors import ComityError
from comity.node import envelopes
from comity.node.directory import TrustedDirectory
from comity.node.envelope_bytes import read_envelope
from comity.protocol.members import Directory
from tests.node import vector_cases

GOOD, BAD = vector_cases.cases("good"), vector_cases.cases("bad")


@pytest.fixture(scope="module")
def rings():
    held = vector_cases.load("world")["rings"]
    return {
        bureau: SealingRing(
            *[(keys := [SealingKey.from_seed(bytes.fromhex(s)) for s in seeds.values()])[0], keys[1:]]
        )
        for bureau, seeds in held.items()
    }


def read(case, rings):
    """Do what a relay or a recipient does with what arrives; return envelope and letter."""
    trusted = TrustedDirectory(msgspec.convert(case.directory, Directory))
    envelope = read_envelope(case.data)
    envelopes.verify(envelope, trusted, from_wire(case.at), recipient=case.reader)
    return envelope, envelopes.open_envelope(envelope, rings[case.reader]) if case.reader else None


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.name)
def test_good_envelope_opens(case, rings):
    envelope, letter = read(case, rings)
    if case.letter:
        assert msgspec.to_builtins(letter) == case.letter
    if case.reader:
        assert envelopes.digest(envelope, case.reader) == case.digest


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.name)
def test_bad_envelope_is_refused_with_its_code(case, rings):
    with pytest.raises(ComityError) as caught:
        read(case, rings)
    assert caught.value.code == case.code


def test_there_are_enough_and_each_has_its_name():
    assert len({case.name for case in BAD}) == len(BAD) >= 200
    assert {case.reader for case in GOOD} == {None, "FR", "DE", "SEC"}


def test_every_code_that_an_envelope_alone_can_meet_has_a_case():
    by_store = {"envelope.replay", "envelope.gap"}
    codes = {code for code in envelopes.ErrorCode if code.startswith("envelope.")} - by_store
    assert codes | {"limit.body", "member.unknown", "member.not_active"} == {case.code for case in BAD}
