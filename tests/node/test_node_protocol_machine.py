"""The protocol as a whole, in any order of events: what is sealed arrives once, whole, at its recipients only.

Nodes seal, the relay checks and hands on, somebody on the way tampers, repeats and mixes; meanwhile keys
change, are lost, members leave, and each node knows only the directory that it last saw.
"""

import random
from datetime import timedelta

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from comity.crypto.encoding import from_text, to_text
from comity.crypto.sealing import SealingKey, SealingRing
from comity.crypto.signing import SigningContext, SigningKeys
from comity.kernel.clock import from_wire, to_wire
from comity.kernel.codes import MessageForm, NodeRole, Priority
from comity.kernel.errors import ComityError, ErrorCode, TrustError
from comity.kernel.ids import new_id
from comity.node import envelopes, key_changes
from comity.node.directory import TrustedDirectory, make_directory
from comity.node.key_store import KeySet
from comity.node.member_keys import sealing_id, signing_id
from comity.protocol.members import KeyChange, Member, MemberStatus
from comity.protocol.messages import Letter, Payload, SealedHeader

replace = msgspec.structs.replace
NODES = ("SEC", "SI", "FR", "DE")
START = from_wire("2026-03-01T12:00:00.000000Z")
POOL = [
    KeySet(number, SigningKeys.from_seeds(bytes([number]) * 32, bytes([number + 100]) * 32),
           SealingKey.from_seed(bytes([number]) * 96))
    for number in range(1, 60)
]  # fmt: skip
nodes = st.sampled_from(NODES)


class Node:
    """One member: its keys, the directory it knows, and what it took in (the store of the protocol)."""

    def __init__(self, name, keys):
        self.name, self.keys, self.ring = name, keys, SealingRing(keys.sealing)
        self.held = [keys.sealing]
        self.directory = None
        self.sent, self.ids, self.numbers, self.letters = {}, set(), set(), []

    def take_in(self, envelope, at):
        """Return the letter of a copy that is new; the order of the checks is the protocol's."""
        header, stanza = envelope.header, envelope.stanzas[0]
        envelopes.verify(envelope, self.directory, at, recipient=self.name)
        number = (header.sender, header.priority, stanza.sequence)
        if header.message_id in self.ids or number in self.numbers:
            raise TrustError(ErrorCode.ENVELOPE_REPLAY)
        letter = envelopes.open_envelope(envelope, self.ring)
        self.ids.add(header.message_id)
        self.numbers.add(number)
        self.letters.append((envelope, letter))
        return letter


def member_of(name, keys):
    return Member(
        node=name, bureau=name, role=NodeRole.SECRETARIAT if name == "SEC" else NodeRole.BUREAU,
        country="XXX", name=name, status=MemberStatus.ACTIVE, certificate_sha256=name, keys=keys.public,
        since=to_wire(START - timedelta(days=1)),
    )  # fmt: skip


def tampered(envelope, other, how, place):
    """Return what somebody without the sender's keys can make of an envelope."""
    stanza, header = envelope.stanzas[0], envelope.header
    flip = bytearray(from_text(envelope.ciphertext))
    flip[place % len(flip)] ^= 1 << place % 8
    made = {
        "bit": replace(envelope, ciphertext=to_text(bytes(flip))),
        "cut": replace(envelope, ciphertext=to_text(bytes(flip)[: place % len(flip)])),
        "date": replace(envelope, header=replace(header, expires_at=to_wire(START + timedelta(days=80)))),
        "priority": replace(envelope, header=replace(header, priority=Priority.FLASH)),
        "sender": replace(envelope, header=replace(header, sender="DE" if header.sender != "DE" else "SI")),
        "number": replace(envelope, stanzas=[replace(stanza, sequence=stanza.sequence + 1)]),
        "key": replace(envelope, stanzas=[replace(stanza, key="ab" * 16)]),
        "signing_key": replace(envelope, header=replace(header, signing_key="ab" * 16)),
        "digests": replace(envelope, stanza_digests=envelope.stanza_digests[::-1][:1] * 2),
        "half": replace(envelope, signature={"ed25519": envelope.signature["ed25519"]}),
        "content": replace(envelope, ciphertext=other.ciphertext),
        "stanza": replace(envelope, stanzas=[other.stanzas[0]]),
        "header": replace(envelope, header=other.header),
        "signature": replace(envelope, signature=other.signature),
        "commitment": replace(envelope, header=replace(header, sealed="00" * 32)),
    }
    return made[how]


HOWS = (
    "bit", "cut", "date", "priority", "sender", "number", "key", "signing_key", "digests", "half",
    "content", "stanza", "header", "signature", "commitment",
)  # fmt: skip


def refused(act, *arguments):
    try:
        act(*arguments)
    except ComityError:
        return True
    return False


class Protocol(RuleBasedStateMachine):
    """Every event in any order."""

    submitted = Bundle("submitted")
    waiting = Bundle("waiting")
    delivered = Bundle("delivered")

    @initialize()
    def found(self):
        self.pool = iter(POOL)
        self.nodes = {name: Node(name, next(self.pool)) for name in NODES}
        self.at, self.version = START, 1
        self.members = [member_of(name, node.keys) for name, node in self.nodes.items()]
        self.written, self.gone = {}, set()
        for name in NODES:
            self.learn(name)

    def newest(self):
        return TrustedDirectory(make_directory("Test", self.version, self.members, self.at))

    def later(self):
        self.at += timedelta(minutes=1)

    @rule(name=nodes)
    def learn(self, name):
        self.nodes[name].directory = self.newest()

    @rule(target=submitted, name=nodes, to=st.sets(nodes, min_size=1), priority=st.sampled_from(Priority),
          shown=st.booleans())  # fmt: skip
    def seal(self, name, to, priority, shown):
        self.later()
        sender, bureaus = self.nodes[name], sorted(to - {name})
        known = [
            bureau for bureau in bureaus if sender.directory.by_node(bureau).status is MemberStatus.ACTIVE
        ]
        if not known:
            return multiple()
        numbers = {bureau: sender.sent.get((bureau, priority), 0) + 1 for bureau in known}
        header = SealedHeader(thread_id="t", form=MessageForm.FREE_TEXT, recipients=known if shown else None)
        letter = Letter(header=header, payload=Payload(text=f"{name} {self.at}"))
        envelope = envelopes.seal(
            letter,
            message_id=new_id(self.at),
            sender=name,
            priority=priority,
            created_at=self.at,
            expires_at=self.at + timedelta(days=30),
            addressees=[envelopes.Addressee(sender.directory.active(b), numbers[b]) for b in known],
            signing=sender.keys.signing,
        )
        sender.sent.update({(bureau, priority): number for bureau, number in numbers.items()})
        self.written[envelope.header.message_id] = (letter, set(known))
        return envelope

    @rule(target=waiting, envelope=consumes(submitted))
    def relay(self, envelope):
        """The relay knows the newest directory, hands on copies, and sees nothing else."""
        try:
            envelopes.verify(envelope, self.newest(), self.at)
        except TrustError as error:
            assert error.code in self.excuses(envelope)
            return multiple()
        assert self.may_send(envelope)
        return [envelopes.for_recipient(envelope, stanza.recipient) for stanza in envelope.stanzas]

    def may_send(self, envelope):
        """Whether the sender is a member, and its key was its own and not lost when it signed."""
        sender = next(member for member in self.members if member.node == envelope.header.sender)
        lost = {signing_id(f.keys): f.revoked_as_of for f in sender.former_keys if f.revoked_as_of}
        end = lost.get(envelope.header.signing_key)
        return sender.status is MemberStatus.ACTIVE and (end is None or envelope.header.created_at < end)

    def excuses(self, envelope):
        """Why a good envelope may be refused: its sender left, or its key's time is over."""
        sender = next(member for member in self.members if member.node == envelope.header.sender)
        codes = set() if sender.status is MemberStatus.ACTIVE else {ErrorCode.MEMBER_NOT_ACTIVE}
        return codes | ({ErrorCode.ENVELOPE_KEY_RETIRED} if sender.former_keys else set())

    @rule(target=delivered, copies=waiting)
    def deliver(self, copies):
        """Every copy to its recipient, again and again: the first one counts."""
        for copy in copies:
            name = copy.stanzas[0].recipient
            node, header = self.nodes[name], copy.header
            seen = header.message_id in node.ids
            try:
                letter = self.taken(node, copy)
            except TrustError as error:
                assert error.code is ErrorCode.ENVELOPE_REPLAY or error.code in self.excuses(copy)
                assert seen or error.code is not ErrorCode.ENVELOPE_REPLAY
            else:
                assert not seen
                assert letter == self.written[header.message_id][0]
        return copies

    def taken(self, node, copy):
        try:
            return node.take_in(copy, self.at)
        except TrustError as error:
            if error.code is not ErrorCode.ENVELOPE_SIGNING_KEY:
                raise
            self.learn(node.name)
            return node.take_in(copy, self.at)

    @rule(copies=waiting, others=waiting, how=st.sampled_from(HOWS), place=st.integers(0, 10**6))
    def tamper(self, copies, others, how, place):
        copy, other = copies[place % len(copies)], others[place % len(others)]
        bad = tampered(copy, other, how, place)
        if bad in (copy, other):
            return
        self.attack(self.nodes[copy.stanzas[0].recipient], bad, how)

    def attack(self, node, bad, how):
        """Neither a node that has the good one nor one that has nothing takes the bad one."""
        fresh = Node(node.name, node.keys)
        fresh.ring, fresh.directory = node.ring, self.newest()
        for reader in (node, fresh):
            before = list(reader.letters)
            assert refused(reader.take_in, bad, self.at), how
            assert reader.letters == before

    @rule(copies=waiting, place=st.integers(0, 10**6))
    def misdeliver(self, copies, place):
        for copy in copies:
            others = [name for name in NODES if name != copy.stanzas[0].recipient]
            node = self.nodes[random.Random(place).choice(others)]
            assert refused(node.take_in, copy, self.at)
            assert refused(envelopes.open_envelope, copy, node.ring)

    @rule(name=nodes.filter(lambda name: name != "SEC"), lost=st.booleans())
    def change_keys(self, name, lost):
        node, keys = self.nodes[name], next(self.pool, None)
        member = next(member for member in self.members if member.node == name)
        if keys is None or member.status is not MemberStatus.ACTIVE:
            return
        self.later()
        named = {"revoked": sealing_id(member.keys), "revoked_as_of": to_wire(self.at)} if lost else {}
        change = KeyChange(network="Test", node=name, at=to_wire(self.at), keys=keys.public, **named)
        data = key_changes.change_bytes(change)
        change = replace(
            change,
            signature=node.keys.signing.sign(SigningContext.KEY_CHANGE, data),
            new_signature=keys.signing.sign(SigningContext.KEY_CHANGE, data),
        )
        key_changes.check_change(change, member, "Test", self.at)
        self.members = key_changes.changed_members(self.members, change, self.at)
        self.version += 1
        node.held.append(keys.sealing)
        node.ring = SealingRing(keys.sealing, node.held)
        node.keys = keys
        self.learn(name)

    @rule(name=nodes.filter(lambda name: name != "SEC"), status=st.sampled_from(MemberStatus))
    def change_standing(self, name, status):
        member = next(member for member in self.members if member.node == name)
        if member.status is MemberStatus.REMOVED:
            return
        self.members = [replace(m, status=status) if m is member else m for m in self.members]
        self.version += 1

    @rule()
    def hours_pass(self):
        self.at += timedelta(hours=2)

    @invariant()
    def everybody_reads_what_it_took_in_and_only_what_was_written_to_it(self):
        for name, node in getattr(self, "nodes", {}).items():
            for envelope, letter in node.letters[-3:]:
                assert envelopes.open_envelope(envelope, node.ring) == letter
                assert name in self.written[envelope.header.message_id][1]

    @invariant()
    def nothing_was_taken_in_twice(self):
        for node in getattr(self, "nodes", {}).values():
            taken = [envelope.header.message_id for envelope, _ in node.letters]
            assert len(taken) == len(set(taken))


TestProtocol = Protocol.TestCase
TestProtocol.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
