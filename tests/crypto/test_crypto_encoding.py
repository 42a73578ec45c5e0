"""Base64url: one text for each byte string, anything else refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.crypto.encoding import from_text, to_text
from comity.kernel.errors import ErrorCode, InputError


@given(st.binary(max_size=300))
def test_bytes_come_back(data):
    assert from_text(to_text(data)) == data


@given(st.text(max_size=40))
def test_any_text_is_refused_or_is_the_only_text_of_its_bytes(text):
    try:
        data = from_text(text)
    except InputError:
        return
    assert to_text(data) == text


@pytest.mark.parametrize("text", ["AA==", "AB", "A", "AA\n", "A A", "++++", "////", "äöü", "AAA=", "\u0660"])
def test_other_spellings_are_refused(text):
    with pytest.raises(InputError) as caught:
        from_text(text, field="keys.ed25519")
    assert (caught.value.code, caught.value.field) == (ErrorCode.INPUT_WRONG_TYPE, "keys.ed25519")
