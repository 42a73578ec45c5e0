"""Carries sealed envelopes between offices in the test's own process: the real relay, the real intake, no HTTP."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import msgspec

from comity.kernel.clock import SystemClock
from comity.kernel.codes import HandlingLabel, Priority, Role
from comity.kernel.ids import BureauId, MessageId, OfficerId, new_id
from comity.node import envelopes
from comity.node.envelopes import Addressee
from comity.node.home import NodeHome
from comity.office.access import Caller
from comity.office.messages import intake, outbox, relay, relay_inbox, services
from comity.office.messages.models import Message, MessageReceiptRow
from comity.office.scoping import acting_for
from comity.office.supervision.models import JournalEvent
from comity.protocol.members import Member
from comity.protocol.messages import Envelope, Letter, Payload, SealedHeader, TakenEnvelope, Verdict
from comity.rules.decisions import Actor
from tests.harness.offices import Offices

SECRETARIAT = "SEC"
ALL_RANKS = (0, 1, 2)


def now() -> datetime:
    return SystemClock().now()


class Carrier:
    """The members' offices with a line between them."""

    def __init__(self, offices: Offices) -> None:
        self.offices = offices

    @contextmanager
    def at(self, node: str) -> Iterator[NodeHome]:
        """Enter an office as its worker does: within the bureau's scope."""
        with self.offices.at(node) as home, acting_for(home.bureau):
            yield home

    def caller(self, node: str, role: Role = Role.OPERATOR) -> Caller:
        home = self.offices.homes[node]
        officer = OfficerId(f"{node}-{role}")
        actor = Actor(
            bureau=home.bureau,
            node_role=home.settings.node.role,
            country=home.settings.node.country,
            roles=frozenset({role}),
            officer=officer,
            node=home.node,
        )
        return Caller(actor=actor, node=home.node, bureau=home.bureau, officer=officer)

    def send(self, sender: str, recipient: str, text: str = "text", **more) -> Message:
        values = {"subject": "subject", "priority": Priority.NORMAL, "label": HandlingLabel.OFFICIAL, **more}
        with self.at(sender):
            return services.send_message(
                self.caller(sender), BureauId(recipient), text=text, at=now(), **values
            )

    def waiting(self, node: str) -> list[Envelope]:
        """Return what stands in an outbox, in the order in which it leaves."""
        with self.at(node):
            return outbox.next_batch(ALL_RANKS, now()).envelopes()

    def push(self, node: str) -> None:
        """Bring the outbox of a node to the relay."""
        with self.at(node):
            batch = outbox.next_batch(ALL_RANKS, now())
            envelopes = batch.envelopes()
        if not envelopes:
            return
        with self.at(SECRETARIAT) as home:
            answer = relay.accept(self._member(home, node), envelopes, now(), again=batch.again)
        with self.at(node):
            outbox.settle(batch, answer.verdicts, now())

    def accept(self, node: str, envelope: Envelope, *, again: bool = False) -> Verdict:
        """Hand an envelope to the relay as the node `node` would."""
        with self.at(SECRETARIAT) as home:
            (verdict,) = relay.accept(self._member(home, node), [envelope], now(), again=again).verdicts
            return verdict

    def page(self, node: str, limit: int = 100, lane: relay_inbox.Lane = relay_inbox.Lane.ALL):
        """Return what waits for a node at the relay."""
        with self.at(SECRETARIAT) as home:
            return relay_inbox.page(self._member(home, node), lane, limit, 0).envelopes

    def pull(self, node: str) -> list[intake.Taken]:
        """Take in what waits at the relay, and acknowledge it."""
        found = self.page(node)
        with self.at(node):
            taken = intake.take_in(found, now())
        self.acknowledge(node, *found)
        return taken

    def acknowledge(self, node: str, *envelopes: Envelope) -> None:
        """Say that envelopes, as the node was given them, are durable there."""
        taken = [
            TakenEnvelope(message_id=one.header.message_id, sequence=one.stanzas[0].sequence)
            for one in envelopes
        ]
        with self.at(SECRETARIAT) as home:
            relay_inbox.acknowledge(self._member(home, node), taken, now())

    def take_in(self, node: str, *envelopes: Envelope, at: datetime | None = None) -> list[intake.Taken]:
        """Have a node take in envelopes, each by itself, in this order."""
        with self.at(node):
            return [taken for one in envelopes for taken in intake.take_in([one], at or now())]

    def _member(self, home: NodeHome, node: str) -> Member:
        return home.directory.current(now()).active(node)

    def carry(self) -> None:
        """Carry until nothing is left on its way."""
        nodes = [SECRETARIAT, "SI", "FR", "MA"]
        while any([bool(self.waiting(node)) for node in nodes] + [bool(self.page(node)) for node in nodes]):
            for node in nodes:
                self.push(node)
            for node in nodes:
                self.pull(node)

    def send_to(self, sender: str, *recipients: str, **more) -> Message:
        """Send a free text to several bureaus."""
        values = {"subject": "subject", "text": "text", **more}
        draft = services.Draft(recipients=tuple(map(BureauId, recipients)), **values)
        with self.at(sender):
            return services.send_all(self.caller(sender), [draft], now())[0]

    def messages(self, node: str) -> list[Message]:
        with self.at(node):
            return list(Message.objects.select_related("thread").order_by("id"))

    def receipts(self, node: str) -> list[MessageReceiptRow]:
        with self.at(node):
            return list(MessageReceiptRow.objects.order_by("id"))

    def refusals(self, node: str) -> list[str]:
        """Return the codes of what a node's journal says was refused."""
        with self.at(node):
            rows = JournalEvent.objects.filter(allowed=False).order_by("id")
            return [row.code for row in rows]

    def envelope(
        self,
        sender: str,
        recipient: str,
        letter: Letter | None = None,
        *,
        key: str | None = None,
        sequence: int = 1,
        **header,
    ) -> Envelope:
        """Seal something by hand, as a faulty or hostile node could; `key` seals to another member."""
        at = now()
        values = {
            "message_id": MessageId(new_id(at)),
            "sender": sender,
            "priority": Priority.NORMAL,
            "created_at": at,
            "expires_at": header.get("created_at", at) + envelopes.MAX_LIFE,
            **header,
        }
        home = self.offices.homes[sender]
        member = home.directory.current(at).by_node(key or recipient)
        fitting = msgspec.structs.replace(member, bureau=recipient)
        addressees = [Addressee(fitting, sequence)]
        return envelopes.seal(letter or text_letter(), addressees=addressees, signing=home.signing, **values)


def text_letter(*, thread_id: str | None = None, form: str = "free_text", **changes) -> Letter:
    """Return a letter; `changes` are of its header or of its payload, by name."""
    sealed = {"thread_id": thread_id or new_id(now()), "form": form}
    said = {"subject": "s", "text": "t"}
    for name, value in changes.items():
        (sealed if name in SealedHeader.__struct_fields__ else said)[name] = value
    return Letter(header=SealedHeader(**sealed), payload=Payload(**said))


def canary() -> str:
    """Return a text that cannot stand anywhere by chance."""
    return f"canary-{secrets.token_hex(12)}"


def as_json(value) -> str:
    return json.dumps(value)
