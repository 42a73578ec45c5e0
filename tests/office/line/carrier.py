"""Carries sealed envelopes between offices in the test's own process: the real relay, the real intake, no HTTP."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import msgspec

from comity.kernel.clock import SystemClock, to_wire
from comity.kernel.codes import HandlingLabel, MessageForm, Priority, Role
from comity.kernel.ids import BureauId, MessageId, OfficerId, ThreadId, new_id
from comity.node import envelopes
from comity.node.home import NodeHome
from comity.office.access import Caller
from comity.office.messages import intake, relay, services
from comity.office.messages.models import Message, MessageReceiptRow, OutboxItem, RelayCursor
from comity.office.scoping import acting_for
from comity.office.supervision.models import JournalEvent
from comity.protocol.messages import SUITE, Envelope, EnvelopeHeader, Payload
from comity.rules.decisions import Actor
from tests.harness.offices import Offices

SECRETARIAT = "SEC"


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
            rows = OutboxItem.objects.order_by("recipient", "sequence")
            return [msgspec.json.decode(row.envelope, type=Envelope) for row in rows]

    def push(self, node: str) -> None:
        """Bring the outbox of a node to the relay."""
        for envelope in self.waiting(node):
            self.accept(node, envelope)
            with self.at(node):
                OutboxItem.objects.filter(message_id=envelope.header.message_id).delete()

    def accept(self, node: str, envelope: Envelope):
        """Hand an envelope to the relay as the node `node` would."""
        with self.at(SECRETARIAT) as home:
            return relay.accept(home.directory.current(now()).active(node), envelope, now())

    def page(self, node: str, after: int = 0, limit: int = 100):
        with self.at(SECRETARIAT) as home:
            return relay.page(home.directory.current(now()).active(node), after, limit, 0, now()).envelopes

    def pull(self, node: str) -> list[intake.Taken]:
        """Take in what waits at the relay, and acknowledge it."""
        with self.at(node):
            cursor = RelayCursor.objects.first()
        found = self.page(node, cursor.position if cursor else 0)
        taken = []
        for item in found:
            with self.at(node):
                taken.append(intake.take_in(item.position, item.envelope, now()))
        if found:
            with self.at(SECRETARIAT) as home:
                relay.acknowledge(home.directory.current(now()).active(node), found[-1].position, now())
        return taken

    def carry(self) -> None:
        """Carry until nothing is left on its way."""
        nodes = [SECRETARIAT, "SI", "FR", "MA"]
        while any([bool(self.waiting(node)) for node in nodes] + [bool(self.page(node)) for node in nodes]):
            for node in nodes:
                self.push(node)
            for node in nodes:
                self.pull(node)

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
        self, sender: str, recipient: str, payload: Payload | None = None, *, key: str | None = None, **header
    ) -> Envelope:
        """Seal something by hand, as a faulty or hostile node could; `key` seals to another member."""
        at = now()
        values = {
            "suite": SUITE,
            "message_id": MessageId(new_id(at)),
            "sender": sender,
            "recipient": recipient,
            "sequence": 1,
            "priority": Priority.NORMAL,
            "created_at": to_wire(at),
            "expires_at": to_wire(at + envelopes.MAX_LIFE),
            **header,
        }
        home = self.offices.homes[sender]
        member = home.directory.current(at).by_node(key or recipient)
        fitting = msgspec.structs.replace(member, bureau=recipient)
        return envelopes.seal(payload or text_payload(), EnvelopeHeader(**values), fitting, home.signing)


def text_payload(**changes) -> Payload:
    values = {
        "form": MessageForm.FREE_TEXT,
        "thread_id": ThreadId(new_id(now())),
        "subject": "s",
        "text": "t",
    }
    return Payload(**{**values, **changes})


def canary() -> str:
    """Return a text that cannot stand anywhere by chance."""
    return f"canary-{secrets.token_hex(12)}"


def as_json(value) -> str:
    return json.dumps(value)
