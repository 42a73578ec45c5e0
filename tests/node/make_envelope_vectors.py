"""Writes the vectors of whole envelopes, good and bad: `python -m tests.node.make_envelope_vectors`.

Sealing and ML-DSA are random by design, so each run gives other bytes. The committed ones must be accepted,
or refused with their code, for ever and by every implementation (tests/interop has a second one).
"""

import copy
import hashlib
import json
from datetime import timedelta

import msgspec

from comity.crypto.encoding import from_text, to_text
from comity.crypto.sealing import SealingKey, key_id, wrap
from comity.crypto.signing import SigningContext, SigningKeys
from comity.crypto.streaming import seal_bytes
from comity.kernel.canonical import canonical_bytes
from comity.kernel.clock import from_wire, to_wire
from comity.kernel.codes import HandlingLabel, MessageForm, NodeRole, Priority
from comity.node import envelope_bytes, envelopes
from comity.node.directory import make_directory
from comity.protocol.members import FormerKeys, Member, MemberStatus, PublicKeys
from comity.protocol.messages import Envelope, Letter, Payload, SealedHeader, Stanza
from tests.node import bad_envelopes
from tests.node.vector_cases import FOLDER, apply, difference, rechunked

AT = "2026-03-01T12:00:00.000000Z"
NOW = from_wire(AT)
SINCE, ROTATED, STOLEN = (
    "2025-06-01T00:00:00.000000Z",
    "2026-02-01T00:00:00.000000Z",
    "2025-12-15T00:00:00.000000Z",
)
EXPIRES = "2026-03-31T12:00:00.000000Z"
THREAD = "019ca937-9600-7000-8000-0000000000aa"
NODES = ("SEC", "SI", "FR", "DE", "IT", "ES", "SI-post1")
RINGS = {"FR": ("FR", "FR.old"), "DE": ("DE",), "SEC": ("SEC",), "IT": ("IT",), "ES": ("ES",)}
COUNTRIES = {"SEC": "XPO", "SI": "SVN", "FR": "FRA", "DE": "DEU", "IT": "ITA", "ES": "ESP", "SI-post1": "SVN"}
STATUS = {"IT": MemberStatus.REMOVED, "ES": MemberStatus.SUSPENDED}


def seed(name, kind, length):
    return hashlib.shake_256(f"{name}/{kind}".encode()).digest(length)


def signing_of(name):
    return SigningKeys.from_seeds(seed(name, "ed25519", 32), seed(name, "ml_dsa_65", 32))


def sealing_of(name):
    return SealingKey.from_seed(seed(name, "sealing", 96))


def keys_of(name):
    public = signing_of(name).public
    return PublicKeys(
        ed25519=to_text(public.ed25519),
        ml_dsa_65=to_text(public.ml_dsa_65),
        sealing=to_text(sealing_of(name).public),
    )


FORMER = {
    "SI": [
        FormerKeys(keys=keys_of("SI.old"), since="2026-01-01T00:00:00.000000Z", until=ROTATED),
        FormerKeys(
            keys=keys_of("SI.stolen"), since=SINCE, until="2026-01-01T00:00:00.000000Z", revoked_as_of=STOLEN
        ),
    ],
    "FR": [FormerKeys(keys=keys_of("FR.old"), since=SINCE, until=ROTATED)],
}


def member_of(node):
    role = NodeRole.SECRETARIAT if node == "SEC" else NodeRole.POST if "-" in node else NodeRole.BUREAU
    return Member(
        node=node,
        bureau=node.split("-")[0],
        role=role,
        country=COUNTRIES[node],
        name=f"Node {node}",
        status=STATUS.get(node, MemberStatus.ACTIVE),
        office_url="" if role is NodeRole.POST else f"https://{node.lower()}.example:8443",
        certificate_sha256=hashlib.sha256(node.encode()).hexdigest(),
        keys=keys_of(node),
        since=SINCE,
        former_keys=FORMER.get(node, []),
    )


def world():
    return {
        "directory": msgspec.to_builtins(
            make_directory("Vectors", 7, [member_of(node) for node in NODES], NOW)
        ),
        "rings": {
            bureau: {sealing_of(name).key_id: seed(name, "sealing", 96).hex() for name in names}
            for bureau, names in RINGS.items()
        },
    }


def letter_of(form=MessageForm.FREE_TEXT, text="Prosim za preverbo. Merci de vérifier. 請查證。", **header):
    fields = {
        "thread_id": THREAD,
        "form": form,
        "label": HandlingLabel.RESTRICTED,
        "order": 4,
        "unit": "border",
    }
    payload = Payload(subject="Vozilo / véhicule", text=text, fields={"count": 2, "flag": True, "none": None})
    return Letter(header=SealedHeader(**(fields | header)), payload=payload)


def seal(number, letter, to=("FR",), *, sender="SI", key=None, sealed_to=None, **changes):
    """Return a good envelope, as builtins; `key` is another signing key of the sender."""
    members = [member_of(node) for node in to]
    if sealed_to:
        members = [msgspec.structs.replace(members[0], keys=keys_of(sealed_to))]
    fields = {
        "message_id": f"019ca937-9600-7000-8000-{number:012x}",
        "sender": sender,
        "priority": Priority.URGENT,
        "created_at": NOW,
        "expires_at": from_wire(EXPIRES),
        "addressees": [envelopes.Addressee(member, number) for member in members],
        "signing": signing_of(key or sender),
    }
    return msgspec.to_builtins(envelopes.seal(letter, **(fields | changes)))


def own_form():
    letter = letter_of("SI:boat")
    definition = {"title": {"en": "Boat"}, "fields": [{"name": "hull", "type": "text"}]}
    payload = msgspec.structs.replace(letter.payload, form_definition=definition, fields={"hull": "Ž-1"})
    return msgspec.structs.replace(letter, payload=payload)


FORMS = (
    "hit_alarm",
    "hit_answer",
    "receipt",
    "resend",
    "recall",
    "correction",
    "disclosure",
    "identity_check",
)
JANUARY = from_wire("2026-01-20T00:00:00.000000Z")


def make_bases():
    """Return name -> (envelope, reader or None for the relay, instant of reading)."""
    three = ("FR", "DE", "SEC")
    several = seal(2, letter_of(), three)
    shown = seal(3, letter_of(recipients=sorted(three)), three)
    made = {
        "one": (seal(1, letter_of()), "FR", AT),
        "several": (several, None, AT),
        "shown": (shown, None, AT),
        "large": (seal(4, letter_of(text="Ž" * 70_000)), "FR", AT),
        "flash": (seal(5, letter_of(text="", unit=""), priority=Priority.FLASH), "FR", AT),
        "normal-last-moment": (
            seal(6, letter_of(), priority=Priority.NORMAL),
            "FR",
            "2026-03-31T12:00:00.000000Z",
        ),
        "from-secretariat": (seal(7, letter_of(), sender="SEC"), "FR", AT),
        "to-secretariat": (seal(8, letter_of(), ("SEC",)), "SEC", AT),
        "former-signing-key": (seal(9, letter_of(), key="SI.old", created_at=JANUARY), "FR", AT),
        "former-sealing-key": (seal(10, letter_of(), sealed_to="FR.old"), "FR", AT),
        "own-form": (seal(11, own_form()), "FR", AT),
        "answer": (
            seal(12, letter_of(in_reply_to="019ca937-9600-7000-8000-000000000001", order=0)),
            "FR",
            AT,
        ),
        "ninety-days": (seal(13, letter_of(), expires_at=NOW + timedelta(days=90)), "FR", AT),
        "clock-ahead": (seal(14, letter_of(), created_at=NOW + timedelta(hours=23)), "FR", AT),
    }
    made["normal-last-moment"] = (*made["normal-last-moment"][:2], "2026-03-31T11:59:59.999999Z")
    for number, form in enumerate(FORMS, start=20):
        made[f"form-{form}"] = (seal(number, letter_of(form)), "FR", AT)
    return made


def letter_in(envelope, reader):
    copied = msgspec.convert(envelope, Envelope)
    ring = envelopes.SealingRing(*[(keys := [sealing_of(n) for n in RINGS[reader]])[0], keys[1:]])
    return msgspec.to_builtins(envelopes.open_envelope(envelopes.for_recipient(copied, reader), ring))


def good_cases(bases):
    found = []
    for name, (envelope, reader, at) in bases.items():
        readers = [reader] if reader else [None, *(stanza["recipient"] for stanza in envelope["stanzas"])]
        for who in readers:
            copied = envelope
            if who:
                copied = envelope | {"stanzas": [s for s in envelope["stanzas"] if s["recipient"] == who]}
            case = {"name": f"{name}-at-{who or 'relay'}", "base": name, "as": who, "at": at}
            if edits := difference(envelope, copied):
                case["edits"] = edits
            if who:
                whole = msgspec.convert(envelope, Envelope)
                case["digest"] = envelopes.digest(whole, who)
                case["letter"] = letter_in(envelope, who)
                if name == "large":
                    case["letter"] = None
            found.append(case)
    return found


class Forger:
    """Makes bad envelopes from good ones: what a relay, a thief or a dishonest member could do."""

    def __init__(self, bases):
        self.bases = {name: envelope for name, (envelope, _, _) in bases.items()}
        self.reading = {name: (reader, at) for name, (_, reader, at) in bases.items()}
        self.found = []

    def copy(self, base="one", reader=None):
        made = copy.deepcopy(self.bases[base])
        if reader:
            made["stanzas"] = [stanza for stanza in made["stanzas"] if stanza["recipient"] == reader]
        return made

    def add(self, name, code, changed=None, *, base="one", text=(), directory=(), **reading):
        reader, at = self.reading[base]
        case = {
            "name": name,
            "base": base,
            "code": code,
            "as": reading.get("reader", reader),
            "at": reading.get("at", at),
        }
        edits = difference(self.bases[base], changed) if isinstance(changed, dict) else list(changed or ())
        case |= {
            key: value
            for key, value in (("edits", edits), ("text", list(text)), ("directory", list(directory)))
            if value
        }
        self.found.append(case)

    def relisted(self, changed):
        """List the stanzas that are there, as the sender would have."""
        stanzas = [msgspec.convert(stanza, Stanza) for stanza in changed["stanzas"]]
        changed["stanza_digests"] = [to_text(d) for d in sorted(map(envelope_bytes.stanza_digest, stanzas))]
        return changed

    def resigned(self, changed, key="SI", context=SigningContext.ENVELOPE):
        """Sign whatever stands there with any key."""
        header = msgspec.convert(changed["header"], envelope_bytes.EnvelopeHeader)
        listed = [from_text(text) for text in changed["stanza_digests"]]
        data = envelope_bytes.signed_bytes(
            envelope_bytes.header_digest(header), listed, from_text(changed["ciphertext"])
        )
        changed["signature"] = signing_of(key).sign(context, data)
        return changed

    def rewritten(self, plaintext, *, committed=None, content_key=bytes(32), other_key=None, base="one"):
        """Return SI's envelope to FR with any content; `committed` is the sealed header it commits to."""
        changed = self.copy(base)
        sealed = committed or letter_of().header
        changed["header"]["sealed"] = envelope_bytes.commitment(other_key or content_key, sealed)
        bound = envelope_bytes.header_digest(
            msgspec.convert(changed["header"], envelope_bytes.EnvelopeHeader)
        )
        self.rewrap(changed["stanzas"][0], bound, content_key)
        changed["ciphertext"] = to_text(
            seal_bytes(content_key, plaintext, envelope_bytes.CONTENT_PREFIX + bound)
        )
        return self.resigned(self.relisted(changed))

    def rewrap(self, stanza, bound, content_key, to="FR"):
        info = envelope_bytes.wrap_info(bound, stanza["recipient"], stanza["sequence"])
        stanza["wrapped_key"] = to_text(wrap(sealing_of(to).public, content_key, info))

    rechunked = staticmethod(rechunked)
    key_id = staticmethod(lambda name: key_id(sealing_of(name).public))
    signing_id = staticmethod(lambda name: signing_of(name).public.key_id)
    seal, letter_of, canonical, now = (
        staticmethod(seal),
        staticmethod(letter_of),
        staticmethod(canonical_bytes),
        NOW,
    )
    apply, to_wire = staticmethod(apply), staticmethod(to_wire)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    bases = make_bases()
    forger = Forger(bases)
    bad_envelopes.forge(forger)
    used = {name: envelope for name, (envelope, _, _) in bases.items()}
    file = {"bases": used, "good": good_cases(bases), "bad": forger.found}
    for name, content in (("world", world()), ("envelopes", file)):
        lines = json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1)
        (FOLDER / f"{name}.json").write_text(lines + "\n", encoding="utf-8")
    print(f"{len(bases)} bases, {len(file['good'])} good, {len(file['bad'])} bad")


if __name__ == "__main__":
    main()
