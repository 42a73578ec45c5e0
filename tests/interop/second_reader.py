"""A second implementation of reading envelopes, written from docs/protocol/envelope.md alone.

It imports nothing of Comity: the standard library for JSON, hashes and time, `cryptography` for the bare
primitives. HPKE (RFC 9180) and its hybrid KEM (draft-ietf-hpke-pq: MLKEM768-X25519) are built here from their
parts. Whoever writes Comity's protocol in another language can follow this file from top to bottom.
"""

import base64
import hashlib
import hmac
import json
import re
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SUITE = "comity-1:hpke-mlkem768-x25519:aes-256-gcm-stream:ed25519+ml-dsa-65"
MAX_TEXT, MAX_CIPHERTEXT, MAX_RECIPIENTS, MAX_DIGESTS = 2 * 2**20, 2**20, 250, 256
CHUNK, TAG, PREFIX, PADDING = 64 * 1024, 16, 7, 1024
LIFE, AHEAD, OVERLAP = timedelta(days=90), timedelta(days=1), timedelta(hours=1)
BUREAU = re.compile(r"SEC|[A-Z]{2}")
NODE = re.compile(r"(SEC|[A-Z]{2})(-[a-z0-9]{1,20})?")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
FORM = re.compile(r"((SEC|[A-Z]{2}):)?[a-z][a-z0-9_]{1,39}")
INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
KEY_ID, SHA256 = re.compile(r"[0-9a-f]{32}"), re.compile(r"[0-9a-f]{64}")


class RefusedError(Exception):
    """The envelope is refused; the one argument is the code."""


def read(data, directory, at, recipient, private_keys):
    """Return (digest, letter) of a recipient's copy, (None, None) of what a relay is handed.

    `data`: the bytes that came; `directory`: the member directory's JSON; `at`: instant of reading;
    `recipient`: the reading bureau, None for the relay; `private_keys`: key id -> 96 bytes.
    """
    envelope = parse(data)
    listed, ciphertext, present = check_form(envelope)
    if recipient is not None and list(present) != [recipient]:
        raise RefusedError("envelope.recipient")
    bound = digest("envelope", canonical(envelope["header"]))
    signed = bound + sha256(b"".join(listed)) + sha256(ciphertext)
    check_sender(envelope, signed, directory, instant(at))
    if recipient is None:
        return None, None
    letter = open_content(envelope, ciphertext, bound, private_keys)
    return digest("envelope-digest", signed + present[recipient]).hex(), letter


def parse(data):
    if len(data) > MAX_TEXT:
        raise RefusedError("limit.body")
    try:
        envelope = json.loads(data.decode("utf-8"))
        check_shape(envelope)
        rewritten = canonical(envelope)
    except (ValueError, RecursionError):
        raise RefusedError("envelope.malformed") from None
    if rewritten != data:  # also where a name stands twice
        raise RefusedError("envelope.not_canonical")
    return envelope


def check_shape(value):
    """Exactly the fields of the protocol, each of its type."""
    text = {"suite", "message_id", "sender", "signing_key", "priority", "created_at", "expires_at", "sealed"}
    fields(
        value, {"header": dict, "stanzas": list, "stanza_digests": list, "ciphertext": str, "signature": dict}
    )
    fields(value["header"], dict.fromkeys(text, str))
    if value["header"]["priority"] not in {"flash", "urgent", "normal"}:
        raise ValueError
    for stanza in value["stanzas"]:
        fields(stanza, {"recipient": str, "sequence": int, "key": str, "salt": str, "wrapped_key": str})
        if not -(2**63) <= stanza["sequence"] < 2**64:
            raise ValueError
    if not all(type(item) is str for item in (*value["stanza_digests"], *value["signature"].values())):
        raise ValueError


def fields(value, types):
    if type(value) is not dict or value.keys() != types.keys():
        raise ValueError
    if any(type(value[name]) is not kind for name, kind in types.items()):
        raise ValueError


def canonical(value):
    """Sorted names, no blanks, UTF-8, no fractions."""

    def no_fraction(item):
        if type(item) is float:
            raise ValueError
        for inner in item.values() if isinstance(item, dict) else item if isinstance(item, list) else ():
            no_fraction(inner)

    no_fraction(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def raw(text, length=None, code="envelope.malformed"):
    """base64url without padding: exactly one text for given bytes."""
    try:
        data = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except ValueError:
        raise RefusedError(code) from None
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != text or length not in (None, len(data)):
        raise RefusedError(code)
    return data


def instant(text):
    if not INSTANT.fullmatch(text):
        raise ValueError
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")


def sha256(data):
    return hashlib.sha256(data).digest()


def digest(name, data):
    return sha256(b"comity/" + name.encode() + b"/1\0" + data)


def check_form(envelope):
    """Return the listed digests, the ciphertext, and the digest of each stanza that is there."""
    header, stanzas = envelope["header"], envelope["stanzas"]
    if len(envelope["ciphertext"]) > -(-MAX_CIPHERTEXT * 4 // 3) or len(stanzas) > MAX_RECIPIENTS:
        raise RefusedError("limit.body")
    if header["suite"] != SUITE:
        raise RefusedError("envelope.suite")
    forms = {"message_id": UUID, "sender": NODE, "signing_key": KEY_ID, "sealed": SHA256}
    if not all(form.fullmatch(header[name]) for name, form in forms.items()):
        raise RefusedError("envelope.malformed")
    try:
        life = instant(header["expires_at"]) - instant(header["created_at"])
    except ValueError:
        raise RefusedError("envelope.instant") from None
    if not timedelta(0) < life <= LIFE:
        raise RefusedError("envelope.instant")
    for stanza in stanzas:
        named = BUREAU.fullmatch(stanza["recipient"]) and KEY_ID.fullmatch(stanza["key"])
        if not named or not 1 <= stanza["sequence"] < 2**53:
            raise RefusedError("envelope.malformed")
        raw(stanza["salt"], 16), raw(stanza["wrapped_key"], 1168)
    listed = [raw(text, 32) for text in envelope["stanza_digests"]]
    ciphertext = raw(envelope["ciphertext"])
    present = {stanza["recipient"]: digest("stanza", canonical(stanza)) for stanza in stanzas}
    counted = 0 < len(present) == len(stanzas) <= len(listed) <= MAX_DIGESTS
    if not counted or listed != sorted(set(listed)) or not set(present.values()) <= set(listed):
        raise RefusedError("envelope.stanzas")
    return listed, ciphertext, present


def check_sender(envelope, signed, directory, at):
    header = envelope["header"]
    created = instant(header["created_at"])
    entries = [member for member in directory["members"] if member["node"] == header["sender"]]
    active = [member for member in entries if member["status"] == "active"]
    if not active:
        raise RefusedError("member.not_active" if entries else "member.unknown")
    member = active[0]
    if member["role"] == "post":
        raise RefusedError("envelope.sender")
    check_signature(find_keys(member, header["signing_key"], created), signed, envelope["signature"])
    if created > at + AHEAD:
        raise RefusedError("envelope.instant")
    if at >= instant(header["expires_at"]):
        raise RefusedError("envelope.expired")


def find_keys(member, key, dated):
    if signing_id(member["keys"]) == key:
        return member["keys"]
    for former in member["former_keys"]:
        if signing_id(former["keys"]) == key:
            revoked = former["revoked_as_of"]
            if dated >= instant(former["until"]) + OVERLAP or (revoked and dated >= instant(revoked)):
                raise RefusedError("envelope.key_retired")
            return former["keys"]
    raise RefusedError("envelope.signing_key")


def signing_id(keys):
    return sha256(raw(keys["ed25519"]) + raw(keys["ml_dsa_65"])).hex()[:32]


def check_signature(keys, data, signature):
    if signature.keys() != {"ed25519", "ml_dsa_65"}:
        raise RefusedError("envelope.signature")
    message = b"comity/sign/1\0envelope\0" + data
    halves = {name: raw(text, code="envelope.signature") for name, text in signature.items()}
    try:
        Ed25519PublicKey.from_public_bytes(raw(keys["ed25519"])).verify(halves["ed25519"], message)
        MLDSA65PublicKey.from_public_bytes(raw(keys["ml_dsa_65"])).verify(halves["ml_dsa_65"], message)
    except InvalidSignature:
        raise RefusedError("envelope.signature") from None


def open_content(envelope, ciphertext, bound, private_keys):
    stanza = envelope["stanzas"][0]
    if stanza["key"] not in private_keys:
        raise RefusedError("envelope.sealing_key")
    own = canonical({"recipient": stanza["recipient"], "sequence": stanza["sequence"]})
    try:
        key = hpke_open(
            private_keys[stanza["key"]], raw(stanza["wrapped_key"]), b"comity/wrap/1\0" + bound + own
        )
        plaintext = open_chunks(key, ciphertext, b"comity/content/1\0" + bound)
    except (InvalidTag, ValueError):
        raise RefusedError("envelope.altered") from None
    try:
        letter = json.loads(plaintext)
        written = canonical(letter)
        check_letter(letter)
    except (ValueError, TypeError, LookupError, RecursionError):
        raise RefusedError("envelope.content") from None
    if written + b" " * (-len(written) % PADDING) != plaintext:
        raise RefusedError("envelope.content")
    if sha256(b"comity/sealed/1\0" + key + canonical(letter["header"])).hex() != envelope["header"]["sealed"]:
        raise RefusedError("envelope.commitment")
    named, listed = letter["header"]["recipients"], len(envelope["stanza_digests"])
    if named is not None and (
        named != sorted(set(named)) or stanza["recipient"] not in named or len(named) != listed
    ):
        raise RefusedError("envelope.stanzas")
    return letter


def check_letter(letter):
    header, payload = letter["header"], letter["payload"]
    header_types = {"thread_id": str, "form": str, "label": str, "order": int, "unit": str}
    payload_types = {"subject": str, "text": str, "fields": dict, "attachments": list}
    fields(letter, {"header": dict, "payload": dict})
    fields(
        {**header, "in_reply_to": 0, "recipients": 0}, header_types | {"in_reply_to": int, "recipients": int}
    )
    fields({**payload, "form_definition": 0}, payload_types | {"form_definition": int})
    labels = {"official", "restricted", "confidential"}
    sound = header["label"] in labels and FORM.fullmatch(header["form"])
    if not sound or not 0 <= header["order"] < 2**53:
        raise ValueError


def open_chunks(key, sealed, aad):
    """AES-256-GCM in the STREAM construction: a chunk's nonce tells its number and whether it is the last."""
    prefix, body, cipher = sealed[:PREFIX], sealed[PREFIX:], AESGCM(key)
    count = max(1, -(-len(body) // (CHUNK + TAG)))
    opened = []
    for number in range(count):
        chunk = body[number * (CHUNK + TAG) : (number + 1) * (CHUNK + TAG)]
        nonce = prefix + number.to_bytes(4, "big") + bytes([number == count - 1])
        opened.append(cipher.decrypt(nonce, chunk, aad))
        if number and not opened[-1]:
            raise ValueError
    return b"".join(opened)


def hpke_open(private, sealed, info):
    """RFC 9180, base mode: KEM MLKEM768-X25519 (0x647a), KDF HKDF-SHA256 (1), AEAD AES-256-GCM (2)."""
    encapsulated, ciphertext = sealed[:1120], sealed[1120:]
    shared = decapsulate(private, encapsulated)
    suite = b"HPKE" + (0x647A).to_bytes(2, "big") + b"\0\1\0\2"
    context = b"\0" + extract(b"", suite + b"psk_id_hash") + extract(b"", suite + b"info_hash" + info)
    secret = extract(shared, suite + b"secret")
    key, nonce = (
        expand(secret, suite + b"key" + context, 32),
        expand(secret, suite + b"base_nonce" + context, 12),
    )
    return AESGCM(key).decrypt(nonce, ciphertext, b"")


def decapsulate(private, encapsulated):
    lattice, curve = (
        MLKEM768PrivateKey.from_seed_bytes(private[:64]),
        X25519PrivateKey.from_private_bytes(private[64:]),
    )
    share = encapsulated[1088:]
    first = lattice.decapsulate(encapsulated[:1088])
    second = curve.exchange(X25519PublicKey.from_public_bytes(share))
    own = curve.public_key().public_bytes_raw()
    return hashlib.sha3_256(first + second + share + own + b"\\.//^\\").digest()


def extract(salt, labelled):
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + labelled, "sha256")


def expand(secret, labelled, length):
    block = hmac.digest(secret, length.to_bytes(2, "big") + b"HPKE-v1" + labelled + b"\1", "sha256")
    return block[:length]
