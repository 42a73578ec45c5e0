"""The data directory of a node: settings, keys, certificates, and where its processes keep their files.

Everything in it is private: folders 0700, files 0600, and it does not open otherwise.
"""

import secrets
import ssl
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

import msgspec

from comity.crypto.certificates import certificate_request as make_request
from comity.crypto.certificates import fingerprint, issue, make_authority, new_tls_key, self_signed
from comity.crypto.encoding import to_text
from comity.crypto.files import check_private_folder, make_private_folder, read_private, write_private
from comity.crypto.sealing import SealingRing
from comity.crypto.signing import SigningKeys
from comity.kernel.clock import Clock, to_wire
from comity.kernel.codes import NodeRole
from comity.kernel.errors import ConfigurationError, ErrorCode
from comity.kernel.ids import BureauId, NodeId, bureau_of
from comity.node.directory import DirectoryCache, make_directory, sign_directory
from comity.node.key_store import KeyStore
from comity.node.life import begin_life
from comity.node.member_keys import keys_of
from comity.node.settings import SETTINGS_FILE, Settings, check_settings, read_settings, to_toml
from comity.node.tls import ClientCertificates, Pin, client_context, server_context
from comity.protocol.members import Member, MemberStatus, PublicKeys

KEYS: Final = "keys"
TLS: Final = "tls"
AUTHORITY: Final = "authority"
FOLDERS: Final = (KEYS, TLS, "spool", "index", "receipts", "log", "run")
LIFE_FILE: Final = "life"
SECRET_FILE: Final = "secret.key"  # noqa: S105 - a file's name
_SECRET_BYTES: Final = 48


class NetworkTrust(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """File network.json: written when the node has joined; the secretariat's keys are pinned in it."""

    network: str
    secretariat_keys: PublicKeys


@dataclass(frozen=True)
class Authority:
    """The network's authority, which only the secretariat holds."""

    certificate: bytes
    """PEM."""
    key: bytes
    """PEM."""

    def issue(self, csr_pem: bytes, member_node: NodeId, urls: list[str], at: datetime) -> bytes:
        """Return the certificate (PEM) of a member that is reached at `urls`; see `certificates.issue`."""
        return issue(self.certificate, self.key, csr_pem, member_node, at, hosts=hosts_of(urls))


class NodeHome:
    """An opened data directory. Processes open it once at their start and pass it on."""

    def __init__(self, path: Path, settings: Settings) -> None:
        self.path = path
        self.settings = settings
        self.node: NodeId = settings.node.id
        self.bureau: BureauId = bureau_of(settings.node.id)
        self.spool_dir = path / "spool"
        self.index_dir = path / "index"
        self.receipts_dir = path / "receipts"
        self.log_dir = path / "log"
        self.run_dir = path / "run"
        self.attachments_dir = path / "attachments"
        self.blobs_dir = path / "blobs"
        self.database_path = path / "office.sqlite3"
        self.tls_certificate = path / TLS / "certificate.pem"
        self.tls_key = path / TLS / "key.pem"
        self.network_ca = path / TLS / "network_ca.pem"
        self.directory_path = path / "directory.json"
        self.trust_path = path / "network.json"
        self.keys = KeyStore(path / KEYS)
        self._directory: DirectoryCache | None = None
        self._life: int | None = None

    @classmethod
    def create(cls, path: Path, settings: Settings, clock: Clock) -> Self:
        """Make a node: keys, a provisional certificate; a secretariat founds its network with itself.

        Raises `ConfigurationError`: config.exists when `path` holds anything, config.odd_value or
        config.missing naming a key. The settings file is written last: a home that was left half
        made does not open.
        """
        check_settings(settings)
        if path.exists() and any(path.iterdir()):
            raise ConfigurationError(ErrorCode.CONFIG_EXISTS, field=str(path))
        now = clock.now()
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o700)
        for folder in FOLDERS:
            make_private_folder(path / folder)
        home = cls(path, settings)
        home._make_keys(now)
        if settings.node.role is NodeRole.SECRETARIAT:
            home._found_network(now)
        write_private(path / SETTINGS_FILE, to_toml(settings).encode("utf-8"))
        return home

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a node; raises `ConfigurationError`: config.missing, config.permissions, or a settings key."""
        check_private_folder(path)
        home = cls(path, read_settings(path / SETTINGS_FILE))
        for folder in FOLDERS:
            check_private_folder(path / folder)
        _ = home.keys.current, home.secret_key()
        read_private(home.tls_key)
        if home.settings.node.role is NodeRole.SECRETARIAT:
            home.authority()
        return home

    @property
    def signing(self) -> SigningKeys:
        """The node's present signing keys. Ask anew for each use: keys change while processes run."""
        return self.keys.current.signing

    @property
    def sealing(self) -> SealingRing:
        """The keys with which the node opens what was sealed to its bureau, former ones too."""
        return self.keys.ring

    @property
    def public_keys(self) -> PublicKeys:
        """The node's present public keys as the directory lists them."""
        return self.keys.current.public

    @property
    def directory(self) -> DirectoryCache:
        """The member directory; empty (directory.missing) until the node has joined."""
        if self._directory is None:
            if not self.trust_path.exists():
                return DirectoryCache(self.directory_path, None, self.settings.node.network)
            trust = self.trust()
            self._directory = DirectoryCache(
                self.directory_path, keys_of(trust.secretariat_keys), trust.network
            )
        return self._directory

    def life(self, at: datetime) -> int:
        """Return above which number this process counts what only rises; it is given once."""
        if self._life is None:
            self._life = begin_life(self.path / LIFE_FILE, at)
        return self._life

    def trust(self) -> NetworkTrust:
        """Return the network that this node joined; `ConfigurationError` (config.missing) before that."""
        try:
            return msgspec.json.decode(read_private(self.trust_path), type=NetworkTrust)
        except msgspec.DecodeError as error:
            raise ConfigurationError(ErrorCode.CONFIG_ODD_VALUE, field=str(self.trust_path)) from error

    def secret_key(self) -> str:
        """Return the random secret of the office's sessions."""
        return read_private(self.path / KEYS / SECRET_FILE).decode("ascii")

    def authority(self) -> Authority:
        """Return the network's authority; `ConfigurationError` (config.missing) at any node but its own."""
        folder = self.path / AUTHORITY
        return Authority(read_private(folder / "certificate.pem"), read_private(folder / "key.pem"))

    def request_certificate(self) -> bytes:
        """Return the request (PKCS #10, PEM) for this node's certificate."""
        return make_request(read_private(self.tls_key), self.node)

    def server_tls(self, client_certificates: ClientCertificates) -> ssl.SSLContext:
        """Return the TLS 1.3 context with which this node serves; see `tls.server_context`."""
        if client_certificates != "none":
            read_private(self.network_ca)
        return server_context(self.tls_certificate, self.tls_key, self.network_ca, client_certificates)

    def client_tls(self, pin: Pin | None = None) -> ssl.SSLContext:
        """Return the TLS 1.3 context with which this node asks others, presenting its own certificate.

        `pin` says which certificate the server must have (`tls.pin_to_fingerprint` of the member's
        entry in the directory); without it the host name is checked. Serves threads and event loops.
        """
        context = client_context(read_private(self.network_ca), pin)
        context.load_cert_chain(self.tls_certificate, self.tls_key)
        return context

    def as_member(self, since: datetime) -> Member:
        """Return this node's entry for a directory."""
        node = self.settings.node
        return Member(
            node=node.id,
            bureau=self.bureau,
            role=node.role,
            country=node.country,
            name=node.name,
            status=MemberStatus.ACTIVE,
            office_url=self.settings.office_url,
            search_url=self.settings.search_url,
            certificate_sha256=fingerprint(self.tls_certificate.read_bytes()),
            keys=self.public_keys,
            since=to_wire(since),
        )

    def _make_keys(self, now: datetime) -> None:
        self.keys.create()
        write_private(self.path / KEYS / SECRET_FILE, to_text(secrets.token_bytes(_SECRET_BYTES)).encode())
        key = new_tls_key()
        write_private(self.tls_key, key)
        hosts = hosts_of([self.settings.office_url, self.settings.search_url])
        write_private(self.tls_certificate, self_signed(key, self.node, now, hosts=hosts))

    def _found_network(self, now: datetime) -> None:
        network = self.settings.node.network
        certificate, key = make_authority(network, now)
        make_private_folder(self.path / AUTHORITY)
        write_private(self.path / AUTHORITY / "certificate.pem", certificate)
        write_private(self.path / AUTHORITY / "key.pem", key)
        write_private(self.network_ca, certificate)
        urls = [self.settings.office_url, self.settings.search_url]
        own = self.authority().issue(self.request_certificate(), self.node, urls, now)
        write_private(self.tls_certificate, own)
        trust = NetworkTrust(network=network, secretariat_keys=self.public_keys)
        write_private(self.trust_path, msgspec.json.encode(trust))
        first = make_directory(network, 1, [self.as_member(now)], now)
        self.directory.accept(sign_directory(first, self.signing), now)


def hosts_of(urls: list[str]) -> list[str]:
    """Return the host names or addresses in `urls`, empty ones left out."""
    found = [urlsplit(url).hostname for url in urls if url]
    return [host for host in found if host]
