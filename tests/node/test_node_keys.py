"""Keys change: old mail stays readable, new mail is sealed to the new key, a thief gains nothing by a word."""

import stat
from datetime import timedelta

import msgspec
import pytest

from comity.crypto.encoding import from_text
from comity.crypto.sealing import SealingKey, SealingRing
from comity.kernel.clock import to_wire
from comity.kernel.codes import MessageForm, Priority, ReceiptKind
from comity.kernel.errors import ComityError, ConfigurationError, ErrorCode, TrustError, UnavailableError
from comity.kernel.ids import new_id
from comity.node import envelopes, key_changes
from comity.node.grants import issue_grant, verify_grant
from comity.node.home import NodeHome
from comity.node.member_keys import KEY_OVERLAP, sealing_id, signing_id
from comity.protocol.grants import Grant
from comity.protocol.members import KeyChangeAnswer, MemberStatus
from comity.protocol.messages import Letter, Payload, SealedHeader
from tests.node.networks import publish

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LETTER = Letter(header=SealedHeader(thread_id="t", form=MessageForm.FREE_TEXT), payload=Payload(text="x"))
replace = msgspec.structs.replace


class Secretariat:
    """What the office does with a change of keys, without a database."""

    def __init__(self, network):
        self.network, self.home, self.at = network, network.homes["SEC"], network.at
        self.lost = 0

    def send(self, change):
        directory = self.home.directory.current(self.at).directory
        member = next(m for m in directory.members if m.node == change.node)
        if not key_changes.is_done(change, member):
            key_changes.check_change(change, member, directory.network, self.at)
            members = key_changes.changed_members(directory.members, change, self.at)
            publish(self.home, members, self.at, directory.version + 1)
        if self.lost:
            self.lost -= 1
            raise UnavailableError(ErrorCode.PEER_UNREACHABLE)
        return KeyChangeAnswer(directory=self.home.directory.signed())

    def tell(self, *nodes):
        for node in nodes:
            self.network.homes[node].directory.accept(self.home.directory.signed(), self.at)


@pytest.fixture
def secretariat(own_network):
    return Secretariat(own_network)


def seal(network, at, sender="SI", to="FR"):
    directory = network.homes[sender].directory.current(at)
    return envelopes.seal(
        LETTER,
        message_id=new_id(at),
        sender=sender,
        priority=Priority.NORMAL,
        created_at=at,
        expires_at=at + 30 * DAY,
        addressees=[envelopes.Addressee(directory.bureau_node(to), 1)],
        signing=network.homes[sender].signing,
    )


def member_of(network, node, at):
    return network.homes["SEC"].directory.current(at).active(node)


def refusal(call, *arguments, **named):
    with pytest.raises(ComityError) as caught:
        call(*arguments, **named)
    return caught.value.code


def test_old_mail_stays_readable_and_new_mail_is_sealed_to_the_new_key(own_network, secretariat):
    home, at = own_network.homes["FR"], own_network.at
    before = seal(own_network, at)
    old = home.sealing.current
    key_changes.rotate(home, secretariat.send, at + HOUR)
    in_flight = seal(own_network, at + HOUR)
    assert in_flight.stanzas[0].key == old.key_id, "SI has not heard of the new key yet"
    secretariat.tell("SI")
    after = seal(own_network, at + HOUR)
    assert after.stanzas[0].key == home.sealing.current.key_id != old.key_id
    for envelope in (before, in_flight, after):
        assert envelopes.open_envelope(envelope, home.sealing) == LETTER
    assert refusal(envelopes.open_envelope, after, SealingRing(old)) is ErrorCode.ENVELOPE_SEALING_KEY
    assert envelopes.open_envelope(after, NodeHome.open(home.path).sealing) == LETTER


def test_directory_carries_the_former_keys_with_their_time(own_network, secretariat):
    home, at = own_network.homes["FR"], own_network.at
    first = home.public_keys
    secretariat.at = at + DAY
    key_changes.rotate(home, secretariat.send, at + DAY)
    second = home.public_keys
    secretariat.at = at + 2 * DAY
    key_changes.rotate(home, secretariat.send, at + 2 * DAY)
    member = member_of(own_network, "FR", at + 2 * DAY)
    assert member.keys == home.public_keys
    assert [(f.keys, f.since, f.until) for f in member.former_keys] == [
        (second, to_wire(at + DAY), to_wire(at + 2 * DAY)),
        (first, member.since, to_wire(at + DAY)),
    ]
    assert key_changes.keys_since(member) == at + 2 * DAY
    assert home.directory.current(at + 2 * DAY).active("FR") == member
    assert len({sealing_id(k) for k in (first, second, member.keys)}) == 3
    assert len({signing_id(k) for k in (first, second, member.keys)}) == 3


def test_what_old_keys_signed_in_their_time_still_verifies(own_network, secretariat):
    home, at = own_network.homes["SI"], own_network.at
    envelope = seal(own_network, at)
    digest = envelopes.digest(envelope, "FR")
    receipt = envelopes.make_receipt(ReceiptKind.READ, new_id(at), digest, "SI", at, home.signing)
    old = home.signing
    secretariat.at = at + DAY
    key_changes.rotate(home, secretariat.send, at + DAY)
    directory = home.directory.current(at + DAY)
    assert envelopes.verify(envelope, directory, at + DAY).node == "SI"
    assert envelopes.verify_receipt(receipt, directory).node == "SI"
    late = envelopes.make_receipt(ReceiptKind.READ, new_id(at), digest, "SI", at + DAY + KEY_OVERLAP, old)
    assert refusal(envelopes.verify_receipt, late, directory) is ErrorCode.RECEIPT_INVALID
    fresh = seal(own_network, at + DAY)
    assert envelopes.verify(fresh, directory, at + DAY).node == "SI"
    known_before = own_network.homes["FR"].directory.current(at + DAY)
    assert refusal(envelopes.verify, fresh, known_before, at + DAY) is ErrorCode.ENVELOPE_SIGNING_KEY


def test_grant_of_the_shift_stays_good_over_a_rotation(own_network, secretariat):
    home, at = own_network.homes["SI"], own_network.at
    issued = int(at.timestamp())
    grant = Grant(
        grant_id="g", issuer="SI", bureau="SI", officer="o", roles=frozenset(), purposes=frozenset(),
        issued_at=issued, expires_at=issued + 8 * 3600,
    )  # fmt: skip
    token = issue_grant(home.signing, grant)
    secretariat.at = at + HOUR
    key_changes.rotate(home, secretariat.send, at + HOUR)
    assert verify_grant(token, home.directory.current(at + HOUR), at + 2 * HOUR, "SI") == grant


def test_revoked_key_counts_for_nothing_from_the_instant_on(own_network, secretariat):
    home, at = own_network.homes["SI"], own_network.at
    sealed = {hours: seal(own_network, at + timedelta(hours=hours)) for hours in (1, 2, 3)}
    secretariat.at = at + 4 * HOUR
    key_changes.rotate(home, secretariat.send, at + 4 * HOUR, revoked_as_of=at + 2 * HOUR)
    directory, now = home.directory.current(at + 4 * HOUR), at + 4 * HOUR
    assert envelopes.verify(sealed[1], directory, now).node == "SI"
    for hours in (2, 3):
        assert refusal(envelopes.verify, sealed[hours], directory, now) is ErrorCode.ENVELOPE_KEY_RETIRED
    assert envelopes.verify(seal(own_network, now), directory, now).node == "SI"


def test_former_key_is_revoked_afterwards_and_never_made_good_again(own_network, secretariat):
    home, at = own_network.homes["SI"], own_network.at
    old = home.sealing.current.key_id
    secretariat.at = at + DAY
    key_changes.rotate(home, secretariat.send, at + DAY)
    future = (home, secretariat.send, at + DAY, old, at + 2 * DAY)
    assert refusal(key_changes.revoke_former, *future) is ErrorCode.INPUT_IMPOSSIBLE_DATE
    key_changes.revoke_former(home, secretariat.send, at + DAY, old, at + HOUR)
    assert member_of(own_network, "SI", at + DAY).former_keys[0].revoked_as_of == to_wire(at + HOUR)
    key_changes.revoke_former(home, secretariat.send, at + DAY, old, at + 2 * HOUR)
    assert member_of(own_network, "SI", at + DAY).former_keys[0].revoked_as_of == to_wire(at + HOUR)
    unknown = (home, secretariat.send, at + DAY, "ab" * 16, at)
    assert refusal(key_changes.revoke_former, *unknown) is ErrorCode.KEYS_UNKNOWN


@pytest.mark.parametrize("lost", [1, 2])
def test_lost_answer_is_asked_for_again_with_the_same_keys(own_network, secretariat, lost):
    home, at = own_network.homes["FR"], own_network.at
    old = home.public_keys
    secretariat.lost = lost
    for _ in range(lost):
        assert refusal(key_changes.rotate, home, secretariat.send, at) is ErrorCode.PEER_UNREACHABLE
    assert home.public_keys == old
    listed = member_of(own_network, "FR", at).keys
    assert listed != old
    secretariat.tell("SI")
    early = seal(own_network, at)
    assert envelopes.open_envelope(early, home.sealing) == LETTER, "sealed to keys that only lie ready"
    key_changes.rotate(home, secretariat.send, at)
    assert home.public_keys == listed
    assert len(member_of(own_network, "FR", at).former_keys) == 1


def test_directory_that_came_by_itself_settles_a_lost_answer(own_network, secretariat):
    home, at = own_network.homes["FR"], own_network.at
    secretariat.lost = 1
    assert refusal(key_changes.rotate, home, secretariat.send, at) is ErrorCode.PEER_UNREACHABLE
    assert not key_changes.settle(home, at)
    secretariat.tell("FR")
    assert key_changes.settle(home, at)
    assert home.public_keys == member_of(own_network, "FR", at).keys
    assert not key_changes.settle(home, at)


def test_revocation_is_not_made_milder_by_a_change_of_keys(own_network, secretariat):
    home, at = own_network.homes["SI"], own_network.at
    old = home.sealing.current.key_id
    secretariat.at = at + DAY
    key_changes.rotate(home, secretariat.send, at + DAY, revoked_as_of=at + HOUR)
    milder = key_changes.make_change(home, home.keys.draft(), at + DAY, (old, at + 2 * HOUR))
    secretariat.send(milder)
    former = member_of(own_network, "SI", at + DAY).former_keys
    assert [each.revoked_as_of for each in former if sealing_id(each.keys) == old] == [to_wire(at + HOUR)]


def test_other_processes_see_new_keys_at_their_next_use(own_network, secretariat):
    at = own_network.at
    running = NodeHome.open(own_network.homes["FR"].path)
    before = running.public_keys
    key_changes.rotate(own_network.homes["FR"], secretariat.send, at)
    assert running.public_keys == own_network.homes["FR"].public_keys != before
    assert running.signing.public.key_id == signing_id(running.public_keys)


def test_private_keys_are_private_and_old_signing_keys_destroyed(own_network, secretariat):
    home, at = own_network.homes["FR"], own_network.at
    key_changes.rotate(home, secretariat.send, at)
    keys = home.path / "keys"
    assert sorted(str(p.relative_to(keys)) for p in keys.rglob("*") if p.is_file()) == [
        "0002/ed25519.key", "0002/ml_dsa_65.key", "0002/sealing.key",
        "change.lock", "current", "sealing.key", "secret.key",
    ]  # fmt: skip
    for path in keys.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    (keys / "0002" / "sealing.key").chmod(0o644)
    with pytest.raises(ConfigurationError) as caught:
        NodeHome.open(home.path)
    assert caught.value.code is ErrorCode.CONFIG_PERMISSIONS


@pytest.mark.parametrize("text", ["", "x", "0003", "-1"])
def test_odd_pointer_to_the_present_keys_does_not_open(own_network, text):
    home = own_network.homes["FR"]
    path = home.path / "keys" / "current"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(ConfigurationError) as caught:
        NodeHome.open(home.path)
    assert caught.value.code is ErrorCode.CONFIG_ODD_VALUE


def test_secretariat_replaces_its_sealing_key_and_keeps_what_everybody_pinned(own_network, secretariat):
    home, at = own_network.homes["SEC"], own_network.at
    before = home.public_keys
    key_changes.rotate(home, secretariat.send, at)
    after = home.public_keys
    assert (after.ed25519, after.ml_dsa_65) == (before.ed25519, before.ml_dsa_65)
    assert after.sealing != before.sealing
    secretariat.tell("SI", "FR")
    assert NodeHome.open(home.path).signing.public.key_id == signing_id(before)
    change = key_changes.make_change(home, own_network.homes["FR"].keys.current, at)
    assert refusal(secretariat.send, change) is ErrorCode.KEYS_PINNED


def changes(network):
    """Return name -> (statement of FR, code) of what the secretariat refuses."""
    home, at = network.homes["FR"], network.at
    draft = home.keys.draft()
    good = key_changes.make_change(home, draft, at)
    other = key_changes.make_change(network.homes["SI"], network.homes["SI"].keys.draft(), at)

    def named(**fields):
        """Signed by both, but with other fields."""
        made = replace(good, **fields)
        data = key_changes.change_bytes(made)
        return replace(
            made,
            signature=home.signing.sign("key-change", data),
            new_signature=draft.signing.sign("key-change", data),
        )

    former = home.public_keys
    refused = ErrorCode.KEYS_CHANGE
    return {
        "unsigned": (replace(good, signature={}), refused),
        "new-keys-not-proven": (replace(good, new_signature={}), refused),
        "signed-by-the-new-keys-alone": (replace(good, signature=good.new_signature), refused),
        "signed-by-the-old-keys-alone": (replace(good, new_signature=good.signature), refused),
        "of-another-member": (replace(other, node="FR"), refused),
        "keys-of-another-member-slipped-in": (replace(good, keys=other.keys), refused),
        "of-another-network": (named(network="Elsewhere"), refused),
        "re-dated": (replace(good, at=to_wire(at + HOUR)), refused),
        "sealing-key-slipped-in": (replace(good, keys=replace(good.keys, sealing=other.keys.sealing)), refused),
        "revocation-slipped-in": (
            replace(good, revoked=sealing_id(former), revoked_as_of=to_wire(at)), refused,
        ),
        "sealing-key-as-before": (named(keys=replace(good.keys, sealing=former.sealing)), ErrorCode.KEYS_USED),
        "no-sealing-key": (named(keys=replace(good.keys, sealing="AAAA")), ErrorCode.INPUT_WRONG_TYPE),
        "revoked-without-instant": (named(revoked=sealing_id(former)), ErrorCode.INPUT_IMPOSSIBLE_DATE),
        "instant-without-revoked": (named(revoked_as_of=to_wire(at)), ErrorCode.INPUT_IMPOSSIBLE_DATE),
        "revoked-in-the-future": (
            named(revoked=sealing_id(former), revoked_as_of=to_wire(at + HOUR)),
            ErrorCode.INPUT_IMPOSSIBLE_DATE,
        ),
        "revoked-key-unknown": (named(revoked="ab" * 16, revoked_as_of=to_wire(at)), ErrorCode.KEYS_UNKNOWN),
    }  # fmt: skip


CHANGES = [
    "unsigned", "new-keys-not-proven", "signed-by-the-new-keys-alone", "signed-by-the-old-keys-alone",
    "of-another-member", "keys-of-another-member-slipped-in", "of-another-network", "re-dated",
    "sealing-key-slipped-in", "revocation-slipped-in", "sealing-key-as-before", "no-sealing-key",
    "revoked-without-instant", "instant-without-revoked", "revoked-in-the-future", "revoked-key-unknown",
]  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_bad_change_is_refused_and_changes_nothing(own_network, secretariat, name):
    cases = changes(own_network)
    assert list(cases) == CHANGES
    change, code = cases[name]
    before = secretariat.home.directory.signed()
    assert refusal(secretariat.send, change) is code
    assert secretariat.home.directory.signed() == before


def test_statement_signed_by_former_keys_is_refused(own_network, secretariat):
    """Who stole keys that were replaced since cannot replace them again."""
    home, at = own_network.homes["FR"], own_network.at
    thief = home.signing
    key_changes.rotate(home, secretariat.send, at)
    change = key_changes.make_change(home, home.keys.draft(), at)
    forged = replace(change, signature=thief.sign("key-change", key_changes.change_bytes(change)))
    assert refusal(secretariat.send, forged) is ErrorCode.KEYS_CHANGE


def test_there_is_a_limit_to_former_keys(own_network, secretariat, monkeypatch):
    home, at = own_network.homes["FR"], own_network.at
    monkeypatch.setattr(key_changes, "MAX_FORMER_KEYS", 2)
    for _ in range(2):
        key_changes.rotate(home, secretariat.send, at)
    assert refusal(key_changes.rotate, home, secretariat.send, at) is ErrorCode.LIMIT_ROWS


def test_answer_that_does_not_list_the_new_keys_leaves_the_present_ones(own_network, secretariat):
    home, at = own_network.homes["FR"], own_network.at
    before = home.public_keys

    def deaf(change):
        return KeyChangeAnswer(directory=secretariat.home.directory.signed())

    assert refusal(key_changes.rotate, home, deaf, at) is ErrorCode.KEYS_CHANGE
    assert home.public_keys == before


def test_removed_member_can_read_nothing_new(own_network, secretariat):
    at, removed = own_network.at, own_network.homes["FR"]
    before = seal(own_network, at)
    members = [replace(m, status=MemberStatus.REMOVED) if m.node == "FR" else m for m in own_network.members]
    publish(own_network.homes["SEC"], members, at, 3)
    secretariat.tell("SI")
    assert envelopes.open_envelope(before, removed.sealing) == LETTER, "what it had, it has"
    assert refusal(seal, own_network, at) is ErrorCode.MEMBER_NOT_ACTIVE
    elsewhere = seal(own_network, at, to="SEC")
    assert refusal(envelopes.open_envelope, elsewhere, removed.sealing) is ErrorCode.ENVELOPE_SEALING_KEY
    assert refusal(envelopes.for_recipient, elsewhere, "FR") is ErrorCode.ENVELOPE_RECIPIENT


def test_directory_with_an_odd_time_of_a_former_key_is_no_directory(own_network, secretariat):
    at = own_network.at
    key_changes.rotate(own_network.homes["FR"], secretariat.send, at)
    members = secretariat.home.directory.current(at).directory.members
    for field in ("since", "until", "revoked_as_of"):
        odd = [
            replace(m, former_keys=[replace(f, **{field: "yesterday"}) for f in m.former_keys])
            for m in members
        ]
        with pytest.raises(TrustError) as caught:
            publish(secretariat.home, odd, at, 9)
        assert caught.value.code is ErrorCode.DIRECTORY_MALFORMED


def test_ids_of_keys_are_as_the_protocol_says(own_network):
    keys = own_network.homes["FR"].public_keys
    assert sealing_id(keys) == own_network.homes["FR"].sealing.current.key_id
    assert len(SealingKey.generate().key_id) == 32
    assert from_text(keys.sealing) == own_network.homes["FR"].sealing.public
