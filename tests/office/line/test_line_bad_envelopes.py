"""Bad envelopes, one by one: refused with a stable code, journaled, and nothing changed (I4, I13)."""

from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest

from comity.crypto.encoding import from_text, to_text
from comity.kernel.clock import to_wire
from comity.kernel.codes import MessageForm, MessageState
from comity.kernel.errors import ComityError, ErrorCode
from comity.kernel.ids import MessageId, ThreadId, new_id
from comity.node import envelopes
from comity.node.directory import make_directory, sign_directory
from comity.office.messages import intake
from comity.office.messages.limits import MAX_SUBJECT
from comity.office.messages.models import (
    InboxEnvelope,
    Message,
    OutboxItem,
    PeerCounter,
    RelayCursor,
    RelayEnvelope,
)
from comity.office.supervision.models import JournalEvent
from comity.protocol.members import MemberStatus
from comity.protocol.messages import Envelope
from tests.office.line.carrier import Carrier, now, text_payload

replace = msgspec.structs.replace


def flipped(text: str) -> str:
    """Return base64url text of the same bytes but for one bit."""
    data = bytearray(from_text(text))
    data[len(data) // 2] ^= 1
    return to_text(bytes(data))


def header(envelope: Envelope, **changes) -> Envelope:
    return replace(envelope, header=replace(envelope.header, **changes))


def signed(envelope: Envelope, part: str) -> Envelope:
    return replace(envelope, signature={**envelope.signature, part: flipped(envelope.signature[part])})


def set_standing(carrier: Carrier, node: str, status: MemberStatus) -> None:
    """Have the secretariat issue a directory in which `node` has another standing; everybody takes it."""
    with carrier.at("SEC") as home:
        known = home.directory.current(now()).directory
        members = [replace(m, status=status) if m.node == node else m for m in known.members]
        issued = sign_directory(
            make_directory(known.network, known.version + 1, members, now()), home.signing
        )
    for each in carrier.offices.homes.values():
        each.directory.accept(issued, now())
    for each in ("SEC", "SI", "FR"):
        with carrier.at(each) as home:
            home.directory.accept(issued, now())


def sound(carrier: Carrier) -> Envelope:
    return carrier.envelope("SI", "FR")


def expired(carrier: Carrier) -> Envelope:
    at = now() - timedelta(days=3)
    return carrier.envelope("SI", "FR", created_at=to_wire(at), expires_at=to_wire(at + timedelta(days=1)))


ON_THE_WAY: dict[str, tuple[Callable[[Carrier], Envelope], ErrorCode]] = {
    "altered content": (
        lambda c: replace(e := sound(c), ciphertext=flipped(e.ciphertext)),
        ErrorCode.ENVELOPE_SIGNATURE,
    ),
    "altered key": (
        lambda c: replace(e := sound(c), wrapped_key=flipped(e.wrapped_key)),
        ErrorCode.ENVELOPE_SIGNATURE,
    ),
    "altered ed25519": (lambda c: signed(sound(c), "ed25519"), ErrorCode.ENVELOPE_SIGNATURE),
    "altered ml_dsa_65": (lambda c: signed(sound(c), "ml_dsa_65"), ErrorCode.ENVELOPE_SIGNATURE),
    "half a signature": (
        lambda c: replace(e := sound(c), signature={"ed25519": e.signature["ed25519"]}),
        ErrorCode.ENVELOPE_SIGNATURE,
    ),
    "altered priority": (lambda c: header(sound(c), priority="flash"), ErrorCode.ENVELOPE_SIGNATURE),
    "altered number": (lambda c: header(sound(c), sequence=2), ErrorCode.ENVELOPE_SIGNATURE),
    "other suite": (lambda c: header(sound(c), suite="none"), ErrorCode.ENVELOPE_SUITE),
    "odd id": (lambda c: header(sound(c), message_id="1"), ErrorCode.ENVELOPE_MALFORMED),
    "odd instant": (lambda c: header(sound(c), created_at="yesterday"), ErrorCode.ENVELOPE_MALFORMED),
    "short key": (lambda c: replace(sound(c), wrapped_key="AAAA"), ErrorCode.ENVELOPE_MALFORMED),
    "expired": (expired, ErrorCode.ENVELOPE_EXPIRED),
}
"""What the relay and the recipient both refuse."""

AT_THE_RELAY: dict[str, tuple[Callable[[Carrier], Envelope], ErrorCode]] = {
    **ON_THE_WAY,
    "another's envelope": (lambda c: c.envelope("MA", "FR"), ErrorCode.ENVELOPE_SENDER),
    "unknown recipient": (lambda c: c.envelope("SI", "XX", key="FR"), ErrorCode.ENVELOPE_RECIPIENT),
    "gap": (lambda c: c.envelope("SI", "FR", sequence=2), ErrorCode.ENVELOPE_GAP),
}


@pytest.mark.parametrize("name", AT_THE_RELAY)
def test_the_relay_refuses(one_carrier: Carrier, name: str) -> None:
    make, code = AT_THE_RELAY[name]
    with one_carrier.offices.at("SEC"):
        before = refusals_of("SI")
    with pytest.raises(ComityError) as refused:
        one_carrier.accept("SI", make(one_carrier))
    assert refused.value.code is code
    with one_carrier.at("SEC"):
        assert RelayEnvelope.objects.count() == 0
    with one_carrier.offices.at("SEC"):
        assert refusals_of("SI") == [*before, code]


def refusals_of(bureau: str) -> list[str]:
    from comity.office.scoping import acting_for

    with acting_for(bureau):
        return [row.code for row in JournalEvent.objects.filter(allowed=False).order_by("id")]


def test_the_relay_refuses_what_it_knows_with_other_content(carrier: Carrier) -> None:
    first = sound(carrier)
    carrier.accept("SI", first)
    same_id = carrier.envelope("SI", "FR", message_id=first.header.message_id)
    same_number = sound(carrier)
    for other in (same_id, same_number):
        with pytest.raises(ComityError) as refused:
            carrier.accept("SI", other)
        assert refused.value.code is ErrorCode.ENVELOPE_REPLAY
    assert [item.envelope for item in carrier.page("FR")] == [first]


IN_THE_PAYLOAD = {
    "odd thread": ({"thread_id": "1"}, ErrorCode.ENVELOPE_MALFORMED),
    "odd reference": ({"in_reply_to": MessageId("1")}, ErrorCode.ENVELOPE_MALFORMED),
    "long subject": ({"subject": "x" * (MAX_SUBJECT + 1)}, ErrorCode.INPUT_TOO_LONG),
    "nul in the text": ({"text": "\0"}, ErrorCode.INPUT_WRONG_TYPE),
    "fields in a free text": ({"fields": {"a": "b"}}, ErrorCode.ENVELOPE_MALFORMED),
    "alarm without fields": ({"form": MessageForm.HIT_ALARM}, ErrorCode.ENVELOPE_MALFORMED),
    "answer without fields": ({"form": MessageForm.HIT_ANSWER}, ErrorCode.ENVELOPE_MALFORMED),
    "receipt without fields": ({"form": MessageForm.RECEIPT}, ErrorCode.RECEIPT_INVALID),
}


def at_the_recipient() -> dict[str, tuple[Callable[[Carrier], Envelope], ErrorCode]]:
    cases = dict(ON_THE_WAY)
    cases["sealed to another"] = (lambda c: c.envelope("SI", "FR", key="MA"), ErrorCode.ENVELOPE_ALTERED)
    cases["for another"] = (lambda c: c.envelope("SI", "MA"), ErrorCode.ENVELOPE_RECIPIENT)
    for name, (changes, code) in IN_THE_PAYLOAD.items():
        cases[name] = (lambda c, changes=changes: c.envelope("SI", "FR", text_payload(**changes)), code)
    return cases


AT_THE_RECIPIENT = at_the_recipient()


@pytest.mark.parametrize("name", AT_THE_RECIPIENT)
def test_the_recipient_refuses_and_goes_on(one_carrier: Carrier, name: str) -> None:
    make, code = AT_THE_RECIPIENT[name]
    bad, before = make(one_carrier), one_carrier.refusals("FR")
    position = len(before) + 1
    with one_carrier.at("FR"):
        taken = intake.take_in(position, bad, now())
        assert (taken.stored, taken.refused) == (False, code)
        assert Message.objects.count() == 0
        assert OutboxItem.objects.count() == 0
        assert RelayCursor.objects.get().position == position
        assert InboxEnvelope.objects.get(digest=envelopes.digest(bad)).refused_code == code
    assert one_carrier.refusals("FR") == [*before, code]


def test_a_suspended_sender_is_refused_and_blocks_nobody(carrier: Carrier) -> None:
    bad, behind = sound(carrier), carrier.envelope("MA", "FR")
    set_standing(carrier, "SI", MemberStatus.SUSPENDED)
    with carrier.at("FR"):
        assert intake.take_in(1, bad, now()).refused is ErrorCode.MEMBER_NOT_ACTIVE
        assert intake.take_in(2, behind, now()).stored


def test_a_refused_number_is_passed_by(carrier: Carrier) -> None:
    bad = carrier.envelope("SI", "FR", key="MA")
    good = carrier.envelope("SI", "FR", sequence=2)
    with carrier.at("FR"):
        assert intake.take_in(1, bad, now()).refused is ErrorCode.ENVELOPE_ALTERED
        assert intake.take_in(2, good, now()).stored


def test_a_forged_envelope_does_not_keep_the_true_one_out(carrier: Carrier) -> None:
    true = sound(carrier)
    forged = signed(sound(carrier), "ed25519")
    with carrier.at("FR"):
        assert intake.take_in(1, forged, now()).refused is ErrorCode.ENVELOPE_SIGNATURE
        assert intake.take_in(2, true, now()).stored


def test_a_replay_is_refused_whatever_the_position(carrier: Carrier) -> None:
    """I4: never shown twice."""
    envelope = sound(carrier)
    again = carrier.envelope("SI", "FR", sequence=1)
    with carrier.at("FR"):
        assert intake.take_in(1, envelope, now()).stored
        assert intake.take_in(1, envelope, now()) == intake.Taken(stored=False)
        assert intake.take_in(2, envelope, now()).refused is ErrorCode.ENVELOPE_REPLAY
        assert intake.take_in(3, again, now()).refused is ErrorCode.ENVELOPE_REPLAY
        assert Message.objects.count() == 1
        assert OutboxItem.objects.count() == 1


def test_an_id_of_an_own_message_cannot_come_from_outside(carrier: Carrier) -> None:
    own = carrier.send("FR", "SI")
    bad = carrier.envelope("SI", "FR", message_id=own.message_id)
    with carrier.at("FR"):
        assert intake.take_in(1, bad, now()).refused is ErrorCode.ENVELOPE_REPLAY
        assert Message.objects.get().text == "text"


def test_a_gap_stops_the_intake_and_changes_nothing(carrier: Carrier) -> None:
    """I4."""
    first, second = sound(carrier), carrier.envelope("SI", "FR", sequence=2)
    with carrier.at("FR"):
        with pytest.raises(ComityError) as refused:
            intake.take_in(2, second, now())
        assert refused.value.code is ErrorCode.ENVELOPE_GAP
        assert (
            InboxEnvelope.objects.count() == PeerCounter.objects.count() == RelayCursor.objects.count() == 0
        )
        assert intake.take_in(1, first, now()).stored
        assert intake.take_in(2, second, now()).stored


def test_nobody_writes_into_a_thread_of_two_others(carrier: Carrier) -> None:
    thread = ThreadId(carrier.send("SI", "FR").thread.thread_id)
    carrier.carry()
    intruder = carrier.envelope("MA", "FR", text_payload(thread_id=thread))
    with carrier.at("FR"):
        assert intake.take_in(99, intruder, now()).refused is ErrorCode.MESSAGE_THREAD
        assert Message.objects.count() == 1


def _receipt(carrier: Carrier) -> Envelope:
    """Return FR's envelope with the true receipt for a message of SI."""
    carrier.send("SI", "FR")
    carrier.push("SI")
    carrier.pull("FR")
    (envelope,) = carrier.waiting("FR")
    return envelope


FALSE_RECEIPTS = {
    "other digest": {"envelope_digest": "0" * 64},
    "other message": {"message_id": new_id(now())},
    "other recipient": {"recipient": "MA"},
    "other kind": {"kind": "read"},
    "later": {"at": to_wire(now())},
    "no signature": {"signature": {}},
}


@pytest.mark.parametrize("name", FALSE_RECEIPTS)
def test_a_false_receipt_changes_no_state(carrier: Carrier, name: str) -> None:
    envelope = _receipt(carrier)
    with carrier.at("SI") as home:
        payload = envelopes.open_envelope(envelope, home.sealing)
    false = carrier.envelope("FR", "SI", replace(payload, fields={**payload.fields, **FALSE_RECEIPTS[name]}))
    with carrier.at("SI"):
        assert intake.take_in(5, false, now()).refused is ErrorCode.RECEIPT_INVALID
        assert Message.objects.get().state == MessageState.QUEUED
        assert intake.take_in(6, envelope, now()).stored
        assert Message.objects.get().state == MessageState.DELIVERED


def test_another_bureau_cannot_give_a_receipt(carrier: Carrier) -> None:
    envelope = _receipt(carrier)
    with carrier.at("SI") as home:
        payload = envelopes.open_envelope(envelope, home.sealing)
    stolen = carrier.envelope("MA", "SI", payload)
    with carrier.at("SI"):
        assert intake.take_in(5, stolen, now()).refused is ErrorCode.RECEIPT_INVALID
        assert Message.objects.get().state == MessageState.QUEUED
