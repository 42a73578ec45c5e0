"""Checking the bundle of a thread with nothing but what is inside."""

from pathlib import Path

import msgspec

from comity.kernel.errors import ErrorCode, LimitError, TrustError
from comity.node.bundles import MAX_BUNDLE_BYTES, verify_bundle
from comity.node.home import NodeHome
from comity.node.member_keys import keys_of


class CheckedBundle(msgspec.Struct, frozen=True, kw_only=True):
    """What a bundle says, every signature checked."""

    thread_id: str
    bureau: str
    signed_by: str
    made_at: str
    purpose: str
    label: str
    messages: int
    proven: int
    """Messages whose envelope is inside, its sender's signature checked."""
    receipts: int
    network: str
    directory_issued_at: str
    secretariat_key: str
    secretariat_key_known: bool

    def sentence(self) -> str:
        """Return what is proven, for people."""
        return (
            f"{self.signed_by} signed this thread of {self.messages} messages on {self.made_at}; "
            f"{self.proven} carry their sender's signature, {self.receipts} receipts their recipients'."
        )


def verify_bundle_file(path: Path, home: Path | None, secretariat_key: str = "") -> CheckedBundle:
    """Return what the bundle in a file says.

    With `home` its directory must be of that node's secretariat, with `secretariat_key` (a key id) of
    that one. Raises as `node.bundles.verify_bundle`.
    """
    if path.stat().st_size > MAX_BUNDLE_BYTES:
        raise LimitError(ErrorCode.LIMIT_BODY, field=path.name)
    pinned = keys_of(NodeHome.open(home).trust().secretariat_keys) if home else None
    found = verify_bundle(path.read_bytes(), pinned)
    if secretariat_key and found.secretariat_key != secretariat_key.lower():
        raise TrustError(ErrorCode.DIRECTORY_SIGNATURE, field="--secretariat-key")
    manifest = found.manifest
    return CheckedBundle(
        thread_id=manifest.thread_id,
        bureau=manifest.bureau,
        signed_by=found.signed_by,
        made_at=manifest.made_at,
        purpose=manifest.purpose,
        label=manifest.label,
        messages=manifest.messages,
        proven=len(found.proven),
        receipts=len(found.receipts),
        network=manifest.network,
        directory_issued_at=found.directory_issued_at,
        secretariat_key=found.secretariat_key,
        secretariat_key_known=found.pinned or bool(secretariat_key),
    )
