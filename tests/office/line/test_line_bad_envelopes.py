"""Bad envelopes, one by one: refused with a stable code, journaled, and nothing changed (I4, I13)."""

from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest

from comity.crypto.encoding import from_text, to_text
from comity.kernel.clock import to_wire
from comity.kernel.codes import MessageForm, MessageState
from comity.kernel.errors import ErrorCode
from comity.kernel.ids import MessageId, ThreadId, new_id
from comity.node import envelopes
from comity.node.directory import make_directory, sign_directory
from comity.office.messages import intake
from comity.office.messages.limits import MAX_SUBJECT
from comity.office.messages.models import (
    InboxEnvelope,
    Message,
    OutboxItem,
    RelayLane,
    RelayMessage,
    RelayStanza,
)
from comity.office.supervision.models import JournalEvent
from comity.protocol.members import MemberStatus
from comity.protocol.messages import AttachmentRef, Envelope
from comity.rules.attachments import MAX_FILE_BYTES, MAX_FILES
from tests.office.line.carrier import Carrier, now, text_letter

replace = msgspec.structs.replace


def flipped(text: str) -> str:
    """Return base64url text of the same bytes but for one bit."""
    data = bytearray(from_text(text))
    data[len(data) // 2] ^= 1
    return to_text(bytes(data))


def header(envelope: Envelope, **changes) -> Envelope:
    return replace(envelope, header=replace(envelope.header, **changes))


def stanza(envelope: Envelope, **changes) -> Envelope:
    return replace(envelope, stanzas=[replace(envelope.stanzas[0], **changes)])


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
    return carrier.envelope("SI", "FR", created_at=at, expires_at=at + timedelta(days=1))


ON_THE_WAY: dict[str, tuple[Callable[[Carrier], Envelope], ErrorCode]] = {
    "altered content": (
        lambda c: replace(e := sound(c), ciphertext=flipped(e.ciphertext)),
        ErrorCode.ENVELOPE_SIGNATURE,
    ),
    "altered key": (
        lambda c: stanza(e := sound(c), wrapped_key=flipped(e.stanzas[0].wrapped_key)),
        ErrorCode.ENVELOPE_STANZAS,
    ),
    "altered ed25519": (lambda c: signed(sound(c), "ed25519"), ErrorCode.ENVELOPE_SIGNATURE),
    "altered ml_dsa_65": (lambda c: signed(sound(c), "ml_dsa_65"), ErrorCode.ENVELOPE_SIGNATURE),
    "half a signature": (
        lambda c: replace(e := sound(c), signature={"ed25519": e.signature["ed25519"]}),
        ErrorCode.ENVELOPE_SIGNATURE,
    ),
    "altered priority": (lambda c: header(sound(c), priority="flash"), ErrorCode.ENVELOPE_SIGNATURE),
    "altered number": (lambda c: stanza(sound(c), sequence=2), ErrorCode.ENVELOPE_STANZAS),
    "added recipient": (
        lambda c: replace(e := sound(c), stanzas=[*e.stanzas, replace(e.stanzas[0], recipient="MA")]),
        ErrorCode.ENVELOPE_STANZAS,
    ),
    "other suite": (lambda c: header(sound(c), suite="none"), ErrorCode.ENVELOPE_SUITE),
    "odd id": (lambda c: header(sound(c), message_id="1"), ErrorCode.ENVELOPE_MALFORMED),
    "odd instant": (lambda c: header(sound(c), created_at="yesterday"), ErrorCode.ENVELOPE_INSTANT),
    "short key": (lambda c: stanza(sound(c), wrapped_key="AAAA"), ErrorCode.ENVELOPE_MALFORMED),
    "expired": (expired, ErrorCode.ENVELOPE_EXPIRED),
}
"""What the relay and the recipient both refuse."""

AT_THE_RELAY: dict[str, tuple[Callable[[Carrier], Envelope], ErrorCode]] = {
    **ON_THE_WAY,
    "another's envelope": (lambda c: c.envelope("MA", "FR"), ErrorCode.ENVELOPE_SENDER),
    "unknown recipient": (lambda c: c.envelope("SI", "XX", key="FR"), ErrorCode.ENVELOPE_RECIPIENT),
}


@pytest.mark.parametrize("name", AT_THE_RELAY)
def test_the_relay_refuses(one_carrier: Carrier, name: str) -> None:
    make, code = AT_THE_RELAY[name]
    with one_carrier.offices.at("SEC"):
        before = refusals_of("SI")
    verdict = one_carrier.accept("SI", make(one_carrier))
    assert (verdict.accepted, verdict.code) == (False, code)
    with one_carrier.at("SEC"):
        assert RelayMessage.objects.count() == RelayStanza.objects.count() == RelayLane.objects.count() == 0
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
        verdict = carrier.accept("SI", other)
        assert (verdict.accepted, verdict.code) == (False, ErrorCode.ENVELOPE_REPLAY)
    assert carrier.page("FR") == [first]


def file(**changes) -> AttachmentRef:
    """What a message says of a file, as it should be but for `changes`."""
    as_it_should_be = {
        "blob_id": new_id(now()),
        "name": "film.mp4",
        "media_type": "video/mp4",
        "size": 1,
        "sha256": "0" * 64,
        "key": to_text(bytes(32)),
    }
    return AttachmentRef(**as_it_should_be | changes)


IN_THE_PAYLOAD = {
    "too many files": (
        {"attachments": [file() for _ in range(MAX_FILES + 1)]},
        ErrorCode.ATTACHMENT_COUNT,
    ),
    "too large a file": ({"attachments": [file(size=MAX_FILE_BYTES + 1)]}, ErrorCode.ATTACHMENT_SIZE),
    "file of less than nothing": ({"attachments": [file(size=-1)]}, ErrorCode.INPUT_WRONG_TYPE),
    "file named as a path": ({"attachments": [file(name="../film.mp4")]}, ErrorCode.ATTACHMENT_NAME),
    "file with an odd id": ({"attachments": [file(blob_id="../1")]}, ErrorCode.INPUT_WRONG_TYPE),
    "file with an odd digest": ({"attachments": [file(sha256="0")]}, ErrorCode.INPUT_WRONG_TYPE),
    "file with a short key": ({"attachments": [file(key="AAAA")]}, ErrorCode.INPUT_WRONG_TYPE),
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
    cases["sealed to another"] = (lambda c: c.envelope("SI", "FR", key="MA"), ErrorCode.ENVELOPE_SEALING_KEY)
    cases["for another"] = (lambda c: c.envelope("SI", "MA"), ErrorCode.ENVELOPE_RECIPIENT)
    for name, (changes, code) in IN_THE_PAYLOAD.items():
        cases[name] = (lambda c, changes=changes: c.envelope("SI", "FR", text_letter(**changes)), code)
    return cases


AT_THE_RECIPIENT = at_the_recipient()


@pytest.mark.parametrize("name", AT_THE_RECIPIENT)
def test_the_recipient_refuses_and_goes_on(one_carrier: Carrier, name: str) -> None:
    make, code = AT_THE_RECIPIENT[name]
    bad, before = make(one_carrier), one_carrier.refusals("FR")
    with one_carrier.at("FR"):
        (taken,) = intake.take_in([bad], now())
        assert (taken.stored, taken.refused) == (False, code)
        assert Message.objects.count() == 0
        assert OutboxItem.objects.count() == 0
        assert InboxEnvelope.objects.filter(refused_code="").count() == 0
        assert InboxEnvelope.objects.order_by("id").last().refused_code == code
    assert one_carrier.refusals("FR") == [*before, code]


def taken(carrier: Carrier, *page: Envelope) -> list[ErrorCode | str]:
    """Have FR take in envelopes one after the other; return what became of each."""
    said = carrier.take_in("FR", *page)
    return [one.refused or ("held" if one.held else "stored" if one.stored else "") for one in said]


def test_a_suspended_sender_is_refused_and_blocks_nobody(carrier: Carrier) -> None:
    bad, behind = sound(carrier), carrier.envelope("MA", "FR")
    set_standing(carrier, "SI", MemberStatus.SUSPENDED)
    assert taken(carrier, bad, behind) == [ErrorCode.MEMBER_NOT_ACTIVE, "stored"]


def test_a_refused_number_is_passed_by(carrier: Carrier) -> None:
    bad = carrier.envelope("SI", "FR", key="MA")
    good = carrier.envelope("SI", "FR", sequence=2)
    assert taken(carrier, bad, good) == [ErrorCode.ENVELOPE_SEALING_KEY, "stored"]


def test_a_refused_number_behind_a_gap_is_passed_by_too(carrier: Carrier) -> None:
    bad = carrier.envelope("SI", "FR", key="MA", sequence=2)
    third, first = carrier.envelope("SI", "FR", sequence=3), sound(carrier)
    assert taken(carrier, bad, third, first) == [ErrorCode.ENVELOPE_SEALING_KEY, "held", "stored"]
    assert [message.sequence for message in carrier.messages("FR")] == [1, 3]


def test_a_forged_envelope_does_not_keep_the_true_one_out(carrier: Carrier) -> None:
    true = sound(carrier)
    forged = signed(sound(carrier), "ed25519")
    assert taken(carrier, forged, true) == [ErrorCode.ENVELOPE_SIGNATURE, "stored"]
    behind = carrier.envelope("SI", "FR", sequence=2)
    assert taken(carrier, signed(behind, "ed25519"), behind) == [ErrorCode.ENVELOPE_SIGNATURE, "stored"]


def test_a_replay_is_refused_however_often_it_comes(carrier: Carrier) -> None:
    """I4: never shown twice."""
    envelope = sound(carrier)
    again = carrier.envelope("SI", "FR", sequence=1)
    replay = ErrorCode.ENVELOPE_REPLAY
    assert taken(carrier, envelope, envelope, envelope, again) == ["stored", replay, replay, replay]
    with carrier.at("FR"):
        assert [one.refused for one in intake.take_in([envelope, again, envelope], now())] == [replay] * 3
        assert Message.objects.count() == 1
        assert OutboxItem.objects.filter(letter__contains='"form":"receipt"').count() == 1


def test_an_id_of_an_own_message_cannot_come_from_outside(carrier: Carrier) -> None:
    own = carrier.send("FR", "SI")
    bad = carrier.envelope("SI", "FR", message_id=own.message_id)
    assert taken(carrier, bad) == [ErrorCode.ENVELOPE_REPLAY]
    assert carrier.messages("FR")[0].text == "text"


def test_what_comes_behind_a_gap_is_held_and_not_acted_on(carrier: Carrier) -> None:
    """I4."""
    first, second = sound(carrier), carrier.envelope("SI", "FR", sequence=2)
    assert taken(carrier, second) == ["held"]
    assert carrier.messages("FR") == []
    assert carrier.waiting("FR") == []
    assert taken(carrier, first) == ["stored"]
    assert [message.sequence for message in carrier.messages("FR")] == [1, 2]
    assert taken(carrier, second) == [ErrorCode.ENVELOPE_REPLAY]


def test_nobody_writes_into_a_thread_of_two_others(carrier: Carrier) -> None:
    thread = ThreadId(carrier.send("SI", "FR").thread.thread_id)
    carrier.carry()
    intruder = carrier.envelope("MA", "FR", text_letter(thread_id=thread))
    assert taken(carrier, intruder) == [ErrorCode.MESSAGE_THREAD]
    assert len(carrier.messages("FR")) == 1


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
        letter = envelopes.open_envelope(envelope, home.sealing)
    (receipt,) = letter.payload.fields["receipts"]
    fields = {"receipts": [{**receipt, **FALSE_RECEIPTS[name]}]}
    false = carrier.envelope("FR", "SI", replace(letter, payload=replace(letter.payload, fields=fields)))
    (refused,) = carrier.take_in("SI", false)
    assert refused.refused is ErrorCode.RECEIPT_INVALID
    assert carrier.messages("SI")[0].state == MessageState.RELAYED
    true = carrier.envelope("FR", "SI", letter, sequence=2)
    (stored,) = carrier.take_in("SI", true)
    assert stored.stored
    assert carrier.messages("SI")[0].state == MessageState.DELIVERED


def test_one_false_receipt_spoils_its_sheet(carrier: Carrier) -> None:
    envelope = _receipt(carrier)
    with carrier.at("SI") as home:
        letter = envelopes.open_envelope(envelope, home.sealing)
    (receipt,) = letter.payload.fields["receipts"]
    fields = {"receipts": [receipt, {**receipt, "kind": "read"}]}
    mixed = carrier.envelope("FR", "SI", replace(letter, payload=replace(letter.payload, fields=fields)))
    (refused,) = carrier.take_in("SI", mixed)
    assert refused.refused is ErrorCode.RECEIPT_INVALID
    assert carrier.receipts("SI") == []


def test_another_bureau_cannot_give_a_receipt(carrier: Carrier) -> None:
    envelope = _receipt(carrier)
    with carrier.at("SI") as home:
        letter = envelopes.open_envelope(envelope, home.sealing)
    stolen = carrier.envelope("MA", "SI", letter)
    (refused,) = carrier.take_in("SI", stolen)
    assert refused.refused is ErrorCode.RECEIPT_INVALID
    assert carrier.messages("SI")[0].state == MessageState.RELAYED
