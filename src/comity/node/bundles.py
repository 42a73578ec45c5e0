"""A thread as a file: put together and signed by a bureau, checked by anybody with nothing but the file.

What is inside proves itself against the secretariat's keys, which are inside too: whoever checks it
compares their fingerprint with one that he trusts, or lets a node compare them with its own.
"""

import hashlib
import io
import zipfile
from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

import msgspec

from comity.crypto.signing import SigningContext, SigningKeys, VerifyingKeys
from comity.kernel.canonical import canonical_bytes
from comity.kernel.clock import from_wire
from comity.kernel.errors import ErrorCode, InputError, LimitError, TrustError
from comity.kernel.ids import BureauId, MessageId, NodeId, bureau_of
from comity.node.directory import TrustedDirectory, open_directory
from comity.node.envelopes import verify_receipt
from comity.node.evidence import check_envelope, own_anchor
from comity.protocol.bundles import (
    BUNDLE_FORMAT,
    DIRECTORY,
    ENVELOPES,
    MANIFEST,
    MESSAGES,
    PARTS,
    RECEIPTS,
    BundledMessage,
    BundleManifest,
    BundlePart,
    SignedManifest,
)
from comity.protocol.evidence import EnvelopeProof
from comity.protocol.members import SignedDirectory
from comity.protocol.messages import MessageReceipt

MAX_BUNDLE_BYTES: Final = 64 * 1024 * 1024
"""A thread of 5,000 messages of 8 KiB packs into some 20 MiB."""
MAX_PART_BYTES: Final = 512 * 1024 * 1024
"""What a file of the bundle may unpack to: a few kilobytes cannot fill a disk."""
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip can name; the same content gives the same bytes."""
T = TypeVar("T")


class VerifiedBundle(msgspec.Struct, frozen=True, kw_only=True):
    """What a bundle says once everything in it held."""

    manifest: BundleManifest
    signed_by: NodeId
    directory_issued_at: str
    secretariat_key: str
    """Key id of the secretariat's signing keys: what all the rest hangs on."""
    pinned: bool
    """Whether it was compared with keys that the caller gave."""
    messages: list[BundledMessage]
    proven: list[MessageId]
    """Messages whose envelope is inside, its sender's signature checked."""
    receipts: list[MessageReceipt]


def pack(manifest: BundleManifest, parts: Mapping[str, Any], signing: SigningKeys) -> bytes:
    """Return the bundle of `parts` (file name: value); the manifest's own list of parts is made here."""
    files = {name: canonical_bytes(parts[name]) for name in PARTS}
    listed = [
        BundlePart(name=name, sha256=hashlib.sha256(data).hexdigest(), size=len(data))
        for name, data in files.items()
    ]
    body = canonical_bytes(msgspec.structs.replace(manifest, parts=listed))
    signature = signing.sign(SigningContext.BUNDLE, body)
    signed = SignedManifest(body=body.decode("utf-8"), signature=signature)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in {MANIFEST: canonical_bytes(signed), **files}.items():
            entry = zipfile.ZipInfo(name, date_time=_EPOCH)
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED, 6)
    return buffer.getvalue()


def verify_bundle(data: bytes, pinned: VerifyingKeys | None = None) -> VerifiedBundle:
    """Return what a bundle says, every signature and digest in it checked.

    `pinned` are the secretariat's keys if the caller has them; without, those inside vouch for
    themselves and their id is for a person to compare. Raises `LimitError` (limit.body), `InputError`
    (bundle.malformed) for what is no bundle, `TrustError`: bundle.altered when a file is not the one
    listed or contradicts another, bundle.signature, directory.…, receipt.invalid, envelope.….
    """
    files = _unpacked(data)
    signed = _decoded(files[MANIFEST], SignedManifest)
    manifest = _decoded(signed.body.encode("utf-8"), BundleManifest)
    _check_parts(manifest, files)
    listed = _decoded(files[DIRECTORY], SignedDirectory)
    keys = pinned or own_anchor(listed)
    directory = TrustedDirectory(open_directory(listed, keys))
    _check_maker(manifest, signed, directory)
    messages = _decoded(files[MESSAGES], list[BundledMessage])
    proofs = _decoded(files[ENVELOPES], list[EnvelopeProof])
    receipts = _decoded(files[RECEIPTS], list[MessageReceipt])
    _check_messages(manifest, messages, proofs)
    confirmed = {
        (proof.header.message_id, proof.stanza.recipient): check_envelope(proof, directory)[1]
        for proof in proofs
    }
    known = {message.message_id for message in messages}
    for receipt in receipts:
        _check_receipt(receipt, confirmed, known, directory)
    return VerifiedBundle(
        manifest=manifest,
        signed_by=manifest.node,
        directory_issued_at=directory.directory.issued_at,
        secretariat_key=keys.key_id,
        pinned=pinned is not None,
        messages=messages,
        proven=sorted({message_id for message_id, _ in confirmed}),
        receipts=receipts,
    )


def _unpacked(data: bytes) -> dict[str, bytes]:
    if len(data) > MAX_BUNDLE_BYTES:
        raise LimitError(ErrorCode.LIMIT_BODY)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if sorted(entry.filename for entry in entries) != sorted((MANIFEST, *PARTS)):
                raise InputError(ErrorCode.BUNDLE_MALFORMED)
            if sum(entry.file_size for entry in entries) > MAX_PART_BYTES:
                raise LimitError(ErrorCode.LIMIT_BODY)
            return {entry.filename: archive.read(entry) for entry in entries}
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise InputError(ErrorCode.BUNDLE_MALFORMED) from error


def _decoded(data: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # The decoder's message can quote content, so it is not passed on (I11).
        raise InputError(ErrorCode.BUNDLE_MALFORMED) from None


def _check_parts(manifest: BundleManifest, files: Mapping[str, bytes]) -> None:
    if manifest.format != BUNDLE_FORMAT:
        raise InputError(ErrorCode.BUNDLE_MALFORMED, field="format")
    listed = {part.name: (part.sha256, part.size) for part in manifest.parts}
    found = {name: (hashlib.sha256(files[name]).hexdigest(), len(files[name])) for name in PARTS}
    for name in PARTS:
        if listed.get(name) != found[name]:
            raise TrustError(ErrorCode.BUNDLE_ALTERED, field=name)
    if len(manifest.parts) != len(PARTS):
        raise TrustError(ErrorCode.BUNDLE_ALTERED, field=MANIFEST)


def _check_maker(manifest: BundleManifest, signed: SignedManifest, directory: TrustedDirectory) -> None:
    """The bureau that made the bundle is one of this network's, and signed it."""
    if manifest.network != directory.directory.network:
        raise TrustError(ErrorCode.BUNDLE_ALTERED, field="network")
    body, dated = signed.body.encode("utf-8"), _instant(manifest.made_at)
    for member in directory.entries(manifest.node):
        if member.bureau != manifest.bureau:
            continue
        try:
            directory.check_signed(
                member, SigningContext.BUNDLE, body, signed.signature, dated, ErrorCode.BUNDLE_SIGNATURE
            )
        except TrustError:
            continue
        return
    raise TrustError(ErrorCode.BUNDLE_SIGNATURE)


def _check_messages(
    manifest: BundleManifest, messages: Sequence[BundledMessage], proofs: Sequence[EnvelopeProof]
) -> None:
    """Every envelope belongs to a message and agrees with what the bureau says about it."""
    by_id = {message.message_id: message for message in messages}
    if len(by_id) != len(messages) or manifest.messages != len(messages):
        raise TrustError(ErrorCode.BUNDLE_ALTERED, field=MESSAGES)
    for header in (proof.header for proof in proofs):
        message = by_id.get(header.message_id)
        stated = None if message is None else (message.sender, message.priority, message.created_at)
        if stated != (bureau_of(header.sender), header.priority, header.created_at):
            raise TrustError(ErrorCode.BUNDLE_ALTERED, field=ENVELOPES)


def _check_receipt(
    receipt: MessageReceipt,
    confirmed: Mapping[tuple[MessageId, BureauId], str],
    known: Container[MessageId],
    directory: TrustedDirectory,
) -> None:
    """A receipt is its recipient's, speaks of a message in the bundle, and of that very envelope."""
    if receipt.message_id not in known:
        raise TrustError(ErrorCode.BUNDLE_ALTERED, field=RECEIPTS)
    verify_receipt(receipt, directory)
    of_envelope = confirmed.get((receipt.message_id, receipt.recipient), receipt.envelope_digest)
    if of_envelope != receipt.envelope_digest:
        raise TrustError(ErrorCode.RECEIPT_INVALID)


def _instant(text: str) -> datetime:
    try:
        return from_wire(text)
    except ValueError as error:
        raise InputError(ErrorCode.BUNDLE_MALFORMED, field="made_at") from error
