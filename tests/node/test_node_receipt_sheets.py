"""Receipts that were signed together: each proves by itself, none says anything else."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.crypto.signing import SigningContext
from comity.kernel.clock import to_wire
from comity.kernel.codes import ReceiptKind
from comity.kernel.errors import ErrorCode, TrustError
from comity.node import envelopes
from comity.node.directory import TrustedDirectory, instant, make_directory
from comity.node.receipt_sheets import MAX_SHEET, receipts_in, sign_sheet, verify_sheet
from comity.protocol.members import FormerKeys
from tests.node import make_vectors as made

AT = instant(made.AT)
DIRECTORY = TrustedDirectory(
    make_directory("Test", 1, [made.member_of(node) for node in ("FR", "SEC", "SI")], AT)
)
replace = msgspec.structs.replace


def unsigned(number, recipient="FR", at=AT):
    return envelopes.unsigned_receipt(
        ReceiptKind.DELIVERED, f"message-{number}", f"{number:064x}", recipient, at
    )


def sheet_of(count):
    return sign_sheet([unsigned(number) for number in range(count)], made.signing_of("FR"))


def refused(receipt):
    with pytest.raises(TrustError) as caught:
        envelopes.verify_receipt(receipt, DIRECTORY)
    return caught.value.code is ErrorCode.RECEIPT_INVALID


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, MAX_SHEET])
def test_each_receipt_of_a_sheet_proves_by_itself(count):
    sheet = sheet_of(count)
    verify_sheet(sheet, "FR", DIRECTORY)
    assert bool(sheet.signature) == (count > 1)
    for receipt in receipts_in(sheet):
        travelled = msgspec.json.decode(msgspec.json.encode(receipt), type=type(receipt))
        assert envelopes.verify_receipt(travelled, DIRECTORY).bureau == "FR"


SHEET = sheet_of(6)
OTHER = receipts_in(sheet_of(5))[0]
CHANGES = {
    "kind": {"kind": ReceiptKind.READ},
    "message": {"message_id": "message-9"},
    "digest": {"envelope_digest": "9" * 64},
    "recipient": {"recipient": "SI"},
    "instant": {"at": to_wire(AT + timedelta(seconds=1))},
    "note": {"note": "read"},
    "no place": {"place": None},
    "another's place": {"place": OTHER.place},
    "another's signature": {"signature": OTHER.signature},
    "no signature": {"signature": {}},
}


@given(st.integers(0, 5), st.sampled_from(sorted(CHANGES)))
@settings(max_examples=80, deadline=None)
def test_a_changed_receipt_is_refused(index, change):
    assert refused(replace(receipts_in(SHEET)[index], **CHANGES[change]))


@given(st.integers(0, 5), st.integers(-(2**40), 2**63), st.integers(-(2**40), 2**63))
@settings(max_examples=80, deadline=None)
def test_another_place_is_refused(index, size, at_index):
    receipt = receipts_in(SHEET)[index]
    place = replace(receipt.place, size=size, index=at_index)
    if place != receipt.place:
        assert refused(replace(receipt, place=place))


@pytest.mark.parametrize("path", [["="], ["AA"], [], ["A" * 43] * 3])
def test_an_odd_path_is_refused(path):
    receipt = receipts_in(SHEET)[0]
    assert refused(replace(receipt, place=replace(receipt.place, path=path)))


def test_a_signature_over_one_receipt_does_not_pass_for_one_over_many():
    receipts = [unsigned(number) for number in range(2)]
    signing = made.signing_of("FR")
    single = envelopes.receipt_bytes(receipts[0])
    common = replace(SHEET, receipts=receipts, signature=signing.sign(SigningContext.RECEIPT, single))
    with pytest.raises(TrustError):
        verify_sheet(common, "FR", DIRECTORY)


def bad_sheets():
    first, *rest = SHEET.receipts
    signed = envelopes.make_receipt(
        ReceiptKind.READ, "message-0", f"{0:064x}", "FR", AT, made.signing_of("FR")
    )
    return {
        "empty": replace(SHEET, receipts=[]),
        "too many": sign_sheet([unsigned(number) for number in range(MAX_SHEET + 1)], made.signing_of("FR")),
        "one taken out": replace(SHEET, receipts=rest),
        "one put in": replace(SHEET, receipts=[*SHEET.receipts, unsigned(9)]),
        "another order": replace(SHEET, receipts=[*rest, first]),
        "one changed": replace(SHEET, receipts=[replace(first, kind=ReceiptKind.READ), *rest]),
        "one of another instant": replace(
            SHEET, receipts=[*rest, replace(first, at=to_wire(AT + timedelta(days=1)))]
        ),
        "one of another bureau": replace(SHEET, receipts=[replace(first, recipient="SI"), *rest]),
        "all of another bureau": sign_sheet(
            [unsigned(number, recipient="SI") for number in range(3)], made.signing_of("SI")
        ),
        "the only one of another bureau": sign_sheet([unsigned(0, recipient="SI")], made.signing_of("SI")),
        "one signed by itself": replace(SHEET, receipts=[*SHEET.receipts, signed]),
        "one with its place": replace(SHEET, receipts=[replace(first, place=OTHER.place), *rest]),
        "signed by another": sign_sheet([unsigned(number) for number in range(3)], made.signing_of("SI")),
        "no signature": replace(SHEET, signature={}),
        "half a signature": replace(SHEET, signature={"ed25519": SHEET.signature["ed25519"]}),
    }


@pytest.mark.parametrize("name", bad_sheets())
def test_a_sheet_that_does_not_hold_is_refused(name):
    with pytest.raises(TrustError) as caught:
        verify_sheet(bad_sheets()[name], "FR", DIRECTORY)
    assert caught.value.code is ErrorCode.RECEIPT_INVALID


def test_keys_count_for_each_instant():
    """A sheet's receipts may bear several instants; each is asked about by itself."""
    later = unsigned(1, at=AT + timedelta(hours=1))
    sheet = sign_sheet([unsigned(0), later], made.signing_of("FR"))
    verify_sheet(sheet, "FR", DIRECTORY)
    stolen = FormerKeys(
        keys=made.member_of("FR").keys,
        since=to_wire(AT - timedelta(days=9)),
        until=to_wire(AT + timedelta(minutes=30)),
        revoked_as_of=to_wire(AT + timedelta(minutes=30)),
    )
    renewed = replace(made.member_of("FR"), keys=made.member_of("SI").keys, former_keys=[stolen])
    directory = TrustedDirectory(make_directory("Test", 2, [renewed, made.member_of("SEC")], AT))
    verify_sheet(sign_sheet([unsigned(0), unsigned(1)], made.signing_of("FR")), "FR", directory)
    for order in ([unsigned(0), later], [later, unsigned(0)]):
        with pytest.raises(TrustError) as caught:
            verify_sheet(sign_sheet(order, made.signing_of("FR")), "FR", directory)
        assert caught.value.code is ErrorCode.RECEIPT_INVALID
