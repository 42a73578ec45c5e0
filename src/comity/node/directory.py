"""The member directory: who belongs to the network, with which keys, as the secretariat signed it.

Whoever stands in it as active is trusted, nobody else. It is valid for 76 hours from its signing
(72 from when the secretariat was last seen, and its age by then), so that a removed member is forgotten
even where the line to the secretariat is cut.
"""

import fcntl
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

from comity.crypto.files import PRIVATE_FILE, read_private, write_private
from comity.crypto.signing import SigningContext, SigningKeys, VerifyingKeys
from comity.kernel.canonical import canonical_bytes
from comity.kernel.clock import from_wire, to_wire
from comity.kernel.codes import NodeRole
from comity.kernel.errors import ConfigurationError, ErrorCode, TrustError
from comity.kernel.ids import BureauId, NodeId
from comity.node.member_keys import signing_keys_at
from comity.protocol.members import (
    DIRECTORY_VALID_HOURS,
    Directory,
    Member,
    MemberStatus,
    SignedDirectory,
)

DIRECTORY_LIFE: Final = timedelta(hours=DIRECTORY_VALID_HOURS)
RESIGN_AFTER: Final = timedelta(hours=1)
"""The secretariat signs anew at least this often, so that a member has three days of reserve."""
CLOCK_ALLOWANCE: Final = timedelta(minutes=5)
"""Machines with network time differ by milliseconds; more than this is a wrong clock."""
HTTPS_PORT: Final = 443
MAX_DIRECTORY_BYTES: Final = 8 * 1024 * 1024
"""200 countries with 10 posts each are 2,000 members of 4 KiB (the keys are most of it)."""


def make_directory(network: str, version: int, members: list[Member], at: datetime) -> Directory:
    """Return the directory that is issued at `at`, valid for `DIRECTORY_LIFE`.

    `version` goes up by one with every change of `members`; signing anew keeps it.
    """
    return Directory(
        network=network,
        version=version,
        issued_at=to_wire(at),
        expires_at=to_wire(at + DIRECTORY_LIFE),
        members=sorted(members, key=lambda member: (member.node, member.since)),
    )


def renew_directory(directory: Directory, at: datetime) -> Directory:
    """Return the same members issued anew at `at`; the version stays."""
    return make_directory(directory.network, directory.version, directory.members, at)


def is_due(directory: Directory, at: datetime) -> bool:
    """Tell whether the secretariat should sign `directory` anew."""
    return at - instant(directory.issued_at) >= RESIGN_AFTER


def is_ahead(directory: Directory, at: datetime) -> bool:
    """Tell whether it was issued by a clock that was wrong: nobody whose clock is right takes it yet."""
    return instant(directory.issued_at) > at + CLOCK_ALLOWANCE


def sign_directory(directory: Directory, keys: SigningKeys) -> SignedDirectory:
    """Return the directory as it travels, with the secretariat's dual signature."""
    body = canonical_bytes(directory)
    return SignedDirectory(body=body.decode("utf-8"), signature=keys.sign(SigningContext.DIRECTORY, body))


def open_directory(signed: SignedDirectory, secretariat: VerifyingKeys) -> Directory:
    """Return what the secretariat signed, without regard to time.

    Raises `TrustError`: directory.signature, or directory.malformed when signed content contradicts itself.
    """
    body = signed.body.encode("utf-8")
    if len(body) > MAX_DIRECTORY_BYTES:
        raise TrustError(ErrorCode.DIRECTORY_MALFORMED)
    secretariat.verify(SigningContext.DIRECTORY, body, signed.signature, code=ErrorCode.DIRECTORY_SIGNATURE)
    try:
        directory = msgspec.json.decode(body, type=Directory)
        check_members(directory)
        check_former_keys(directory)
        instant(directory.issued_at), instant(directory.expires_at)
    except (msgspec.DecodeError, ValueError) as error:
        raise TrustError(ErrorCode.DIRECTORY_MALFORMED) from error
    return directory


def check_members(directory: Directory) -> None:
    """Raise `TrustError` (directory.malformed) when two entries claim the same standing.

    A node may stand several times, with old keys as removed; only once otherwise. No two entries
    share a certificate.
    """
    present = [member.node for member in directory.members if member.status is not MemberStatus.REMOVED]
    certificates = [member.certificate_sha256 for member in directory.members]
    if len(set(present)) != len(present) or len(set(certificates)) != len(certificates):
        raise TrustError(ErrorCode.DIRECTORY_MALFORMED)


def check_former_keys(directory: Directory) -> None:
    """Raise `ValueError` unless the times of former keys are instants."""
    for member in directory.members:
        for former in member.former_keys:
            for text in (former.since, former.until, former.revoked_as_of or former.until):
                from_wire(text)


def origin_of(url: str) -> str:
    """Return `https://host:port` of an address, the port always given; empty for an empty address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}:{parts.port or HTTPS_PORT}" if url else ""


def instant(text: str) -> datetime:
    """Return the instant of its wire form (`kernel.clock.to_wire`); `ValueError` for any other text."""
    return from_wire(text)


class TrustedDirectory:
    """A verified directory, for looking up. Holds no time: `DirectoryCache.current` has checked it."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self.version = directory.version
        self._by_certificate = {member.certificate_sha256: member for member in directory.members}
        self._by_node: dict[NodeId, list[Member]] = {}
        for member in directory.members:
            self._by_node.setdefault(member.node, []).append(member)
        for entries in self._by_node.values():
            entries.sort(key=lambda member: (member.status is MemberStatus.REMOVED, member.since))

    def by_node(self, node: NodeId) -> Member | None:
        """Return the node's entry (the present one before removed ones), or None."""
        entries = self._by_node.get(node)
        return entries[0] if entries else None

    def entries(self, node: NodeId) -> list[Member]:
        """Return every entry of a node, the present one first: old signatures stay checkable."""
        return list(self._by_node.get(node, ()))

    def active(self, node: NodeId) -> Member:
        """Return the active member; raises `TrustError` (member.unknown, member.not_active)."""
        member = self.by_node(node)
        if member is None:
            raise TrustError(ErrorCode.MEMBER_UNKNOWN)
        return _active(member)

    def by_certificate(self, sha256_hex: str) -> Member:
        """Return the active member whose certificate this is.

        Raises `TrustError`: member.certificate when nobody's, member.not_active when its member is
        suspended or removed, so that a removed member's certificate opens nothing.
        """
        member = self._by_certificate.get(sha256_hex)
        if member is None:
            raise TrustError(ErrorCode.MEMBER_CERTIFICATE)
        return _active(member)

    def bureau_node(self, bureau: BureauId) -> Member:
        """Return the active node that receives for `bureau` (a bureau or the secretariat, never a post)."""
        member = self.active(NodeId(bureau))
        if member.role is NodeRole.POST:
            raise TrustError(ErrorCode.MEMBER_UNKNOWN)
        return member

    def active_members(self) -> list[Member]:
        """Return the active members in order of node."""
        return [member for member in self.directory.members if member.status is MemberStatus.ACTIVE]

    def by_url(self, url: str) -> Member | None:
        """Return the member, whatever its status, that serves its office or search at `url`."""
        for member in sorted(
            self.directory.members, key=lambda member: member.status is MemberStatus.REMOVED
        ):
            if origin_of(url) in (origin_of(member.office_url), origin_of(member.search_url)):
                return member
        return None

    def check_signed(  # noqa: PLR0913, PLR0917 - whose, what kind, what, when, what to say if not
        self,
        member: Member,
        context: SigningContext,
        data: bytes,
        signature: Mapping[str, str],
        dated: datetime,
        code: ErrorCode,
    ) -> None:
        """Return when present keys of the member, or former ones that counted at `dated`, signed `data`.

        Raises `TrustError` with `code` otherwise.
        """
        for keys in signing_keys_at(member, dated):
            try:
                keys.verify(context, data, signature, code=code)
            except TrustError:
                continue
            return
        raise TrustError(code)


class DirectoryCache:
    """The directory as this node last accepted it, kept in one file that its processes share.

    Safe for use by several threads; another process's `accept` is seen at the next `current`.
    """

    def __init__(self, path: Path, pinned: VerifyingKeys | None, network: str) -> None:
        self._path = path
        self._pinned = pinned
        self._network = network
        self._lock = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._trusted: TrustedDirectory | None = None
        self._signed: SignedDirectory | None = None
        self._valid: tuple[datetime, datetime] | None = None

    def current(self, at: datetime) -> TrustedDirectory:
        """Return the directory in force at `at`.

        Raises `TrustError`: directory.missing before the node has joined, directory.expired when
        `DIRECTORY_LIFE` passed without a new one, directory.signature when the file was tampered with.
        """
        with self._lock:
            trusted = self._read()
            if self._valid is None or at >= self._valid[1]:
                raise TrustError(ErrorCode.DIRECTORY_EXPIRED)
            return trusted

    def last(self) -> TrustedDirectory:
        """Return the directory last accepted, expired or not: only for finding the secretariat again."""
        with self._lock:
            return self._read()

    def signed(self) -> SignedDirectory:
        """Return the directory last accepted, as it travels; raises as `current`, time apart."""
        with self._lock:
            self._read()
            if self._signed is None:
                raise TrustError(ErrorCode.DIRECTORY_MISSING)
            return self._signed

    def accept(self, signed: SignedDirectory, at: datetime) -> TrustedDirectory:
        """Verify a directory and keep it in place of the present one, durably.

        The same version may be issued anew, with the same members. Raises `TrustError`:
        directory.signature (also for another network), directory.malformed, directory.expired,
        directory.not_yet, directory.rollback (an older version, an older issue, or other members under
        the same version). The present directory then stays.
        """
        directory = self.verified(signed, at).directory
        with self._lock, _alone(self._path):
            self._check_rollback(directory, at)
            if signed != self._signed:
                write_private(self._path, msgspec.json.encode(signed))
            return self._read()

    def verified(self, signed: SignedDirectory, at: datetime) -> TrustedDirectory:
        """Return a directory that holds at `at`, not kept and not compared with the present one."""
        if self._pinned is None:
            raise TrustError(ErrorCode.DIRECTORY_MISSING)
        directory = open_directory(signed, self._pinned)
        self._check_time(directory, at)
        return TrustedDirectory(directory)

    def _check_time(self, directory: Directory, at: datetime) -> None:
        issued, expires = instant(directory.issued_at), instant(directory.expires_at)
        if directory.network != self._network:
            raise TrustError(ErrorCode.DIRECTORY_SIGNATURE)
        if expires - issued > DIRECTORY_LIFE or expires <= issued:
            raise TrustError(ErrorCode.DIRECTORY_MALFORMED)
        if at >= expires:
            raise TrustError(ErrorCode.DIRECTORY_EXPIRED)
        if is_ahead(directory, at):
            raise TrustError(ErrorCode.DIRECTORY_NOT_YET)

    def _check_rollback(self, directory: Directory, at: datetime) -> None:
        if not self._path.exists():
            self._signed = None
            return
        known = self._read().directory
        forked = directory.version == known.version and not _same(directory.members, known.members)
        # The secretariat's time only grows: a newer version with an older issue is no way forward either,
        # unless the known one was issued by a clock that was ahead and has been put right.
        earlier = instant(directory.issued_at) < instant(known.issued_at)
        if directory.version > known.version and is_ahead(known, at):
            earlier = False
        if directory.version < known.version or earlier or forked:
            raise TrustError(ErrorCode.DIRECTORY_ROLLBACK)

    def _read(self) -> TrustedDirectory:
        try:
            found = self._path.stat()
        except FileNotFoundError as error:
            raise TrustError(ErrorCode.DIRECTORY_MISSING) from error
        seen = (found.st_mtime_ns, found.st_ino, found.st_size)
        if self._trusted is None or seen != self._seen:
            self._load()
            self._seen = seen
        if self._trusted is None:
            raise TrustError(ErrorCode.DIRECTORY_MISSING)
        return self._trusted

    def _load(self) -> None:
        if self._pinned is None:
            raise TrustError(ErrorCode.DIRECTORY_MISSING)
        try:
            signed = msgspec.json.decode(read_private(self._path), type=SignedDirectory)
        except (ConfigurationError, msgspec.DecodeError) as error:
            raise TrustError(ErrorCode.DIRECTORY_SIGNATURE) from error
        directory = open_directory(signed, self._pinned)
        self._valid = (instant(directory.issued_at), instant(directory.expires_at))
        self._trusted, self._signed = TrustedDirectory(directory), signed


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep other processes out while the file is compared and replaced: none puts an older one back."""
    with path.with_suffix(".lock").open("w") as lock:
        os.fchmod(lock.fileno(), PRIVATE_FILE)
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _same(members: Iterable[Member], others: Iterable[Member]) -> bool:
    return {canonical_bytes(member) for member in members} == {canonical_bytes(other) for other in others}


def _active(member: Member) -> Member:
    if member.status is not MemberStatus.ACTIVE:
        raise TrustError(ErrorCode.MEMBER_NOT_ACTIVE)
    return member
