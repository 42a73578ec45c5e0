"""A made-up network for drills: a secretariat and two bureaus in one folder, without processes or database.

What it does are the functions that real nodes run; only their line and their database are left out.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from comity.crypto.signing import SigningKeys
from comity.kernel.clock import FixedClock
from comity.kernel.codes import MessageForm, NodeRole, Priority, ReceiptKind
from comity.kernel.ids import BureauId, FormId, MessageId, NodeId, ThreadId, new_id
from comity.node import envelopes, invitations, key_changes
from comity.node.directory import make_directory, sign_directory
from comity.node.home import NodeHome
from comity.node.settings import NodeSection, SecretariatSection, Settings
from comity.protocol.members import JoinAnswer, KeyChange, KeyChangeAnswer, Member, MemberStatus
from comity.protocol.messages import Envelope, Letter, MessageReceipt, Payload, SealedHeader

NETWORK: Final = "drill"
SECRETARIAT, SENDER, RECIPIENT = NodeId("SEC"), NodeId("SI"), NodeId("FR")
COUNTRIES: Final = {SECRETARIAT: "XPO", SENDER: "SVN", RECIPIENT: "FRA"}


class DrillWorld:
    """The nodes, and what they do to one another."""

    def __init__(self, folder: Path, at: datetime) -> None:
        self.homes = {node: _made(folder, node, at) for node in COUNTRIES}
        self._secretariat = self.homes[SECRETARIAT]
        for node in (SENDER, RECIPIENT):
            self._join(self.homes[node], at)
        self.tell(SENDER, at)

    def seal(self, at: datetime, to: NodeId = RECIPIENT, signing: SigningKeys | None = None) -> Envelope:
        """Return a message of the sender, sealed as its directory says; `signing` are other keys."""
        home = self.homes[SENDER]
        member = home.directory.current(at).bureau_node(BureauId(to))
        sealed_header = SealedHeader(thread_id=ThreadId(new_id(at)), form=FormId(MessageForm.FREE_TEXT))
        return envelopes.seal(
            Letter(header=sealed_header, payload=Payload(text="Drill")),
            message_id=MessageId(new_id(at)),
            sender=SENDER,
            priority=Priority.NORMAL,
            created_at=at,
            expires_at=at + timedelta(days=30),
            addressees=[envelopes.Addressee(member, 1)],
            signing=signing or home.signing,
        )

    def receipt(self, envelope: Envelope, at: datetime) -> MessageReceipt:
        """Return the recipient's word that it has the envelope."""
        digest = envelopes.digest(envelope, BureauId(RECIPIENT))
        signing = self.homes[RECIPIENT].signing
        message_id = envelope.header.message_id
        return envelopes.make_receipt(
            ReceiptKind.DELIVERED, message_id, digest, BureauId(RECIPIENT), at, signing
        )

    def rotate(self, node: NodeId, at: datetime, *, revoked_as_of: datetime | None = None) -> None:
        """Give a node new keys."""
        key_changes.rotate(
            self.homes[node], lambda change: self.change(change, at), at, revoked_as_of=revoked_as_of
        )

    def change(self, change: KeyChange, at: datetime) -> KeyChangeAnswer:
        """Do what the secretariat does with a change of keys."""
        directory = self._secretariat.directory.last().directory
        member = next(each for each in directory.members if each.node == change.node)
        key_changes.check_change(change, member, directory.network, at)
        self._publish(key_changes.changed_members(directory.members, change, at), at)
        return KeyChangeAnswer(directory=self._secretariat.directory.signed())

    def remove(self, node: NodeId, at: datetime) -> None:
        """Remove a member for good."""
        members = self._secretariat.directory.last().directory.members
        removed = [
            msgspec.structs.replace(each, status=MemberStatus.REMOVED) if each.node == node else each
            for each in members
        ]
        self._publish(removed, at)

    def tell(self, node: NodeId, at: datetime) -> None:
        """Hand a node the newest directory."""
        self.homes[node].directory.accept(self._secretariat.directory.signed(), at)

    def _join(self, home: NodeHome, at: datetime) -> None:
        own = home.settings.node
        invitation = invitations.make_invitation(
            self._secretariat, node=own.id, role=own.role, country=own.country, name=own.name, at=at
        )
        request = invitations.make_join_request(home, invitation)
        kept = invitations.issued(invitation)
        invitations.verify_join_request(request, kept, at)
        member, certificate = invitations.admit(self._secretariat, request, kept, at)
        self._publish([*self._secretariat.directory.last().directory.members, member], at)
        answer = JoinAnswer(
            certificate=certificate.decode("ascii"), directory=self._secretariat.directory.signed()
        )
        invitations.complete_join(home, invitation, answer, at)

    def _publish(self, members: list[Member], at: datetime) -> None:
        version = self._secretariat.directory.last().version + 1
        signed = sign_directory(make_directory(NETWORK, version, members, at), self._secretariat.signing)
        self._secretariat.directory.accept(signed, at)


def _made(folder: Path, node: NodeId, at: datetime) -> NodeHome:
    role = NodeRole.SECRETARIAT if node == SECRETARIAT else NodeRole.BUREAU
    settings = Settings(
        node=NodeSection(id=node, role=role, country=COUNTRIES[node], name=f"Drill {node}", network=NETWORK),
        secretariat=SecretariatSection(url="" if node == SECRETARIAT else "https://localhost:1"),
    )
    return NodeHome.create(folder / node, settings, FixedClock(at))
