"""Commitments: fixed for good, so their values are pinned."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from comity.ledger.commitments import GENESIS, chain, commit, new_salt


def test_commitment_is_the_published_formula():
    salt, body = bytes(range(32)), b'{"a":1}'
    assert commit(salt, body) == hashlib.sha256(b"comity/commit/1\x00" + salt + body).digest()
    assert chain(GENESIS, commit(salt, body)) == (
        hashlib.sha256(b"comity/chain/1\x00" + bytes(32) + commit(salt, body)).digest()
    )


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_another_body_or_salt_gives_another_commitment(one, other):
    salt = new_salt()
    assert (commit(salt, one) == commit(salt, other)) == (one == other)
    assert commit(new_salt(), one) != commit(salt, one)


def test_chain_depends_on_order():
    one, two = commit(bytes(32), b"1"), commit(bytes(32), b"2")
    assert chain(chain(GENESIS, one), two) != chain(chain(GENESIS, two), one)
