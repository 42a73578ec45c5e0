"""The settings file `comity.toml`: read once at the start, frozen, refused when anything in it is odd.

No key switches a check off: limits have a floor and a ceiling, and an absent key means its stated default.
"""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from comity.crypto.files import read_private
from comity.kernel.codes import AlarmRate, NodeRole, SourceKind, is_country
from comity.kernel.errors import ConfigurationError, ErrorCode
from comity.kernel.ids import SECRETARIAT, NodeId, is_node_id
from comity.node.alarm_settings import Thresholds, overrides_of
from comity.node.release_settings import ReleaseSection, demand_of

SETTINGS_FILE: Final = "comity.toml"
SECRETARIAT_COUNTRY: Final = "XPO"
"""ICAO's code of an organisation: the secretariat belongs to no country."""
SQLITE: Final = "sqlite"

_Port = Annotated[int, Meta(ge=1, le=65_535)]
_Milliseconds = Annotated[int, Meta(ge=10, le=60_000)]
"""A budget of under 10 ms answers nothing; nobody waits longer than a minute at a border."""
_Name = Annotated[str, Meta(min_length=1, max_length=100)]


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A section of the file."""


class NodeSection(_Section, frozen=True, kw_only=True):
    """[node]: who this is."""

    id: NodeId
    role: NodeRole
    country: str
    """Three letters; `XPO` at the secretariat."""
    name: _Name
    network: _Name


class OfficeSection(_Section, frozen=True, kw_only=True):
    """[office]: the desk, the machine interface and the node-to-node door. Not run at a post."""

    host: str = "127.0.0.1"
    port: _Port = 8443
    public_url: str = ""
    """Where others reach it; empty: `https://localhost:<port>`."""
    threads: Annotated[int, Meta(ge=1, le=64)] = 8


class SearchSection(_Section, frozen=True, kw_only=True):
    """[search]: the officers' search."""

    host: str = "127.0.0.1"
    port: _Port = 8444
    public_url: str = ""
    """Where others reach it; empty: `https://localhost:<port>`."""
    workers: Annotated[int, Meta(ge=1, le=64)] = 1
    total_budget_ms: _Milliseconds = 700
    copy_max_age_s: Annotated[int, Meta(ge=60, le=604_800)] = 172_800
    """Two days unless told; never more than a week: a copy without a line may not answer forever (I7)."""
    max_body_bytes: Annotated[int, Meta(ge=1_024, le=16_384)] = 16_384
    alarm_rate: AlarmRate = AlarmRate.ONE_IN_1000
    """Share of people on no list who may raise an alarm by their name."""
    thresholds: Thresholds = {}
    """Scores that the bureau sets itself (`alarm_settings`), within `rules.alarms`."""


class DatabaseSection(_Section, frozen=True, kw_only=True):
    """[database]: of the office."""

    url: str = SQLITE
    """`sqlite` (office.sqlite3 in the data directory) or `postgresql://user:password@host:port/name`."""


class SecretariatSection(_Section, frozen=True, kw_only=True):
    """[secretariat]: where this network's secretariat is."""

    url: str = ""
    """Its office; at the secretariat itself empty means its own office."""


class WorkerSection(_Section, frozen=True, kw_only=True):
    """[worker]: processes that follow and send."""

    poll_ms: Annotated[int, Meta(ge=20, le=10_000)] = 200
    directory_refresh_s: Annotated[int, Meta(ge=1, le=3_600)] = 30
    """A removed member is cut off everywhere within this time."""


class AttachmentsSection(_Section, frozen=True, kw_only=True):
    """[attachments]: room on the disk for sealed files."""

    quota_gib: Annotated[int, Meta(ge=1, le=100_000)] = 32
    """At the secretariat: what one bureau may have waiting for its recipients; 16 of the largest files."""
    keep_free_mib: Annotated[int, Meta(ge=0, le=10_000_000)] = 1024
    """Refused before less than this is left: database and journal must be able to go on."""


class KeysSection(_Section, frozen=True, kw_only=True):
    """[keys]: the node's own."""

    rotate_after_days: Annotated[int, Meta(ge=30, le=1_825)] = 365
    """Each change adds 4.4 KB to everybody's directory for ever; keys older than five years are careless."""


class SourceSection(_Section, frozen=True, kw_only=True):
    """[[sources]]: one source that each search asks."""

    name: Annotated[str, Meta(pattern=r"^[a-z0-9_-]{1,40}$")]
    kind: SourceKind
    url: str = ""
    """Search address of another node, for live questions; empty for the own copy."""
    budget_ms: _Milliseconds = 500


class PostSection(_Section, frozen=True, kw_only=True):
    """[post]: only where the role is post."""

    bureau_url: str
    """Office of the bureau that this post hands its journal to."""


class Settings(_Section, frozen=True, kw_only=True):
    """The whole file."""

    node: NodeSection
    office: OfficeSection = OfficeSection()
    search: SearchSection = SearchSection()
    database: DatabaseSection = DatabaseSection()
    secretariat: SecretariatSection = SecretariatSection()
    worker: WorkerSection = WorkerSection()
    attachments: AttachmentsSection = AttachmentsSection()
    keys: KeysSection = KeysSection()
    release: ReleaseSection = ReleaseSection()
    sources: Annotated[list[SourceSection], Meta(min_length=1, max_length=16)] = msgspec.field(
        default_factory=lambda: [SourceSection(name="international", kind=SourceKind.COPY)]
    )
    post: PostSection | None = None

    @property
    def office_url(self) -> str:
        """Where other nodes reach the office; empty at a post, which has none."""
        if self.node.role is NodeRole.POST:
            return ""
        return self.office.public_url or f"https://localhost:{self.office.port}"

    @property
    def search_url(self) -> str:
        """Where officers and other nodes reach the search."""
        return self.search.public_url or f"https://localhost:{self.search.port}"

    @property
    def secretariat_url(self) -> str:
        """The office of the network's secretariat."""
        return self.secretariat.url or self.office_url


def read_settings(path: Path) -> Settings:
    """Read and check a settings file (private: it may hold the database's password).

    Raises `ConfigurationError` naming the key: config.missing, config.unknown_key, config.odd_value,
    config.permissions.
    """
    try:
        values = tomllib.loads(read_private(path).decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(ErrorCode.CONFIG_ODD_VALUE, field=path.name) from error
    return parse_settings(values)


def parse_settings(values: dict[str, Any]) -> Settings:
    """Return the checked settings of parsed TOML; raises `ConfigurationError` naming the key."""
    try:
        settings = msgspec.convert(values, Settings)
    except msgspec.ValidationError as error:
        raise _named(str(error)) from error
    check_settings(settings)
    return settings


def check_settings(settings: Settings) -> None:
    """Raise `ConfigurationError` naming the first key that does not fit the others."""
    check_node(settings.node)
    _check_urls(settings)
    overrides_of(settings.search.thresholds)
    demand_of(settings.release)
    _check_sources(settings.sources)
    if not (settings.database.url == SQLITE or _is_url(settings.database.url, "postgresql")):
        raise _odd("database.url")
    if settings.node.role is not NodeRole.SECRETARIAT and not settings.secretariat.url:
        raise ConfigurationError(ErrorCode.CONFIG_MISSING, field="secretariat.url")
    if settings.node.role is NodeRole.POST and settings.post is None:
        raise ConfigurationError(ErrorCode.CONFIG_MISSING, field="post.bureau_url")
    if settings.node.role is not NodeRole.POST and settings.post is not None:
        raise _odd("post")


def to_toml(settings: Settings) -> str:
    """Return the text of a settings file that reads back as `settings`."""
    values = msgspec.to_builtins(settings)
    lines: list[str] = []
    for section, content in values.items():
        for table in content if isinstance(content, list) else [content]:
            if table is None:
                continue
            lines.append(f"[[{section}]]" if isinstance(content, list) else f"[{section}]")
            lines += [f"{key} = {_toml_value(value)}" for key, value in table.items()]
            lines.append("")
    return "\n".join(lines)


def _toml_value(value: str | int | list[str] | dict[str, Any]) -> str:
    if isinstance(value, int):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml_value, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml_value(each)}" for key, each in value.items()) + "}"
    # A TOML basic string escapes as JSON does; msgspec leaves letters as they are. DEL needs help.
    return msgspec.json.encode(value).decode("utf-8").replace("\x7f", "\\u007F")


def check_node(node: NodeSection) -> None:
    """Raise `ConfigurationError` (config.odd_value, node.…) unless id, role and country fit each other."""
    suffixed = "-" in node.id
    at_secretariat = node.id.split("-", 1)[0] == SECRETARIAT
    if not is_node_id(node.id) or suffixed != (node.role is NodeRole.POST):
        raise _odd("node.id")
    if not suffixed and at_secretariat != (node.role is NodeRole.SECRETARIAT):
        raise _odd("node.role")
    if not is_country(node.country) or len(node.country) != len(SECRETARIAT_COUNTRY):
        raise _odd("node.country")
    if at_secretariat != (node.country == SECRETARIAT_COUNTRY):
        raise _odd("node.country")


def _check_urls(settings: Settings) -> None:
    optional = {
        "office.public_url": settings.office.public_url,
        "search.public_url": settings.search.public_url,
        "secretariat.url": settings.secretariat.url,
    }
    for key, url in optional.items():
        if url and not _is_url(url, "https"):
            raise _odd(key)
    if settings.post is not None and not _is_url(settings.post.bureau_url, "https"):
        raise _odd("post.bureau_url")


def _check_sources(sources: list[SourceSection]) -> None:
    for number, source in enumerate(sources):
        fits = _is_url(source.url, "https") if source.kind is SourceKind.LIVE else not source.url
        if not fits:
            key = f"sources[{number}].url"
            raise _odd(key)
    if len({source.name for source in sources}) != len(sources):
        raise _odd("sources.name")


def _is_url(url: str, scheme: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    if scheme == "https" and (parts.username or parts.path.strip("/")):
        return False
    return (
        parts.scheme == scheme and bool(parts.hostname) and port != 0 and not (parts.query or parts.fragment)
    )


def _odd(key: str) -> ConfigurationError:
    return ConfigurationError(ErrorCode.CONFIG_ODD_VALUE, field=key)


_PLACE: Final = re.compile(r" - at `\$\.?([^`]*)`$")
_UNKNOWN: Final = re.compile(r"^Object contains unknown field `([^`]*)`")
_MISSING: Final = re.compile(r"^Object missing required field `([^`]*)`")


def _named(message: str) -> ConfigurationError:
    """Turn a decoder's message into an error that names the key and does not repeat the value."""
    place = _PLACE.search(message)
    parent = place.group(1).replace("[...]", "") if place else ""
    for pattern, code in ((_UNKNOWN, ErrorCode.CONFIG_UNKNOWN_KEY), (_MISSING, ErrorCode.CONFIG_MISSING)):
        found = pattern.match(message)
        if found:
            return ConfigurationError(code, field=".".join(part for part in (parent, found.group(1)) if part))
    return _odd(parent)
