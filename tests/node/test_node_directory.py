"""The member directory: only the secretariat's newest word counts, and not for longer than 76 hours."""

from datetime import timedelta

import msgspec
import pytest

from comity.crypto.signing import SigningContext, SigningKeys
from comity.kernel.canonical import canonical_bytes
from comity.kernel.errors import ErrorCode, TrustError
from comity.node.directory import (
    DirectoryCache,
    TrustedDirectory,
    is_due,
    make_directory,
    renew_directory,
    sign_directory,
)
from comity.node.home import NodeHome
from comity.node.member_keys import keys_of
from comity.protocol.members import MemberStatus

HOUR = timedelta(hours=1)


def replaced(members, node, **changes):
    return [msgspec.structs.replace(m, **changes) if m.node == node else m for m in members]


@pytest.fixture
def cache(network, tmp_path):
    """A cache that knows version 2."""
    home = network.homes["SEC"]
    cache = DirectoryCache(tmp_path / "directory.json", keys_of(home.public_keys), "Test")
    cache.accept(network.signed, network.at)
    return cache


def refusal(cache, signed, at):
    before = cache.signed()
    with pytest.raises(TrustError) as caught:
        cache.accept(signed, at)
    assert cache.signed() == before
    return caught.value.code


def test_everybody_trusts_the_same_members(network):
    for home in network.homes.values():
        trusted = NodeHome.open(home.path).directory.current(network.at)
        assert [m.node for m in trusted.active_members()] == ["FR", "SEC", "SI", "SI-post1"]
        assert trusted.version == 2


def bad_directories(network):
    """Yield name, signed directory, instant of acceptance, code."""
    home, at, members = network.homes["SEC"], network.at, network.members
    good = make_directory("Test", 3, members, at + HOUR)

    def sign(directory, keys=home.signing):
        return sign_directory(directory, keys)

    signed = sign(good)
    lone = {"ed25519": signed.signature["ed25519"]}
    wrong_context = msgspec.structs.replace(
        signed, signature=home.signing.sign(SigningContext.SUBMISSION, canonical_bytes(good))
    )
    added = msgspec.json.encode(
        msgspec.structs.replace(good, members=replaced(members, "FR", country="GBR"))
    ).decode()
    longer = msgspec.structs.replace(good, expires_at="2027-03-01T12:00:00.000000Z")
    twice = [*members, msgspec.structs.replace(members[1], certificate_sha256="00" * 32)]
    shared = replaced(members, "FR", certificate_sha256=members[1].certificate_sha256)
    body = b'{"network":"Test"}'
    short = msgspec.structs.replace(
        signed, body=body.decode(), signature=home.signing.sign(SigningContext.DIRECTORY, body)
    )
    now = at + 2 * HOUR
    signature, malformed = ErrorCode.DIRECTORY_SIGNATURE, ErrorCode.DIRECTORY_MALFORMED
    rollback = ErrorCode.DIRECTORY_ROLLBACK
    return [
        ("altered", msgspec.structs.replace(signed, body=added), now, signature),
        ("one_signature", msgspec.structs.replace(signed, signature=lone), now, signature),
        ("foreign_signature", sign(good, network.homes["FR"].signing), now, signature),
        ("unknown_signature", sign(good, SigningKeys.generate()), now, signature),
        ("other_context", wrong_context, now, signature),
        ("other_network", sign(make_directory("Other", 3, members, at + HOUR)), now, signature),
        ("expired", signed, at + 77 * HOUR, ErrorCode.DIRECTORY_EXPIRED),
        ("from_the_future", signed, at, ErrorCode.DIRECTORY_NOT_YET),
        ("valid_too_long", sign(longer), now, malformed),
        ("node_twice", sign(make_directory("Test", 3, twice, at + HOUR)), now, malformed),
        ("shared_certificate", sign(make_directory("Test", 3, shared, at + HOUR)), now, malformed),
        ("not_a_directory", short, now, malformed),
        ("older_version", sign(make_directory("Test", 1, members[:1], at + HOUR)), now, rollback),
        ("older_issue", sign(make_directory("Test", 2, members, at - HOUR)), now, rollback),
        ("newer_version_older_issue", sign(make_directory("Test", 9, members, at - HOUR)), now, rollback),
        ("fork", sign(make_directory("Test", 2, members[:2], at + HOUR)), now, rollback),
    ]


NAMES = [
    "altered",
    "one_signature",
    "foreign_signature",
    "unknown_signature",
    "other_context",
    "other_network",
    "expired",
    "from_the_future",
    "valid_too_long",
    "node_twice",
    "shared_certificate",
    "not_a_directory",
    "older_version",
    "older_issue",
    "newer_version_older_issue",
    "fork",
]


@pytest.mark.parametrize("name", NAMES)
def test_bad_directory_is_refused_and_the_known_one_stays(network, cache, name):
    cases = {case[0]: case[1:] for case in bad_directories(network)}
    assert set(cases) == set(NAMES)
    signed, at, code = cases[name]
    assert refusal(cache, signed, at) is code


def test_one_issued_by_a_clock_ahead_gives_way_to_the_next_version(network, cache):
    """Only to the next: what was issued before under its own version is still a rollback."""
    home, at, members = network.homes["SEC"], network.at, network.members

    def issued(version, then):
        return sign_directory(make_directory("Test", version, members, then), home.signing)

    cache.accept(issued(3, at + 2 * HOUR), at + 2 * HOUR)
    assert refusal(cache, issued(3, at), at) is ErrorCode.DIRECTORY_ROLLBACK
    assert refusal(cache, issued(4, at), at + 2 * HOUR) is ErrorCode.DIRECTORY_ROLLBACK
    assert cache.accept(issued(4, at), at).version == 4


def test_signing_anew_keeps_the_version_and_prolongs(network, cache):
    home, at = network.homes["SEC"], network.at
    first = cache.current(at).directory
    assert not is_due(first, at + timedelta(minutes=59))
    assert is_due(first, at + HOUR)
    renewed = renew_directory(first, at + HOUR)
    cache.accept(sign_directory(renewed, home.signing), at + HOUR)
    assert cache.current(at + 72 * HOUR).version == first.version
    assert cache.accept(sign_directory(renewed, home.signing), at + HOUR).version == first.version


def test_nobody_is_trusted_after_76_hours_but_the_way_back_stays_open(network, cache):
    assert cache.current(network.at + 76 * HOUR - timedelta(seconds=1))
    with pytest.raises(TrustError) as caught:
        cache.current(network.at + 76 * HOUR)
    assert caught.value.code is ErrorCode.DIRECTORY_EXPIRED
    assert cache.last().by_node("SEC")


def test_what_another_process_accepted_is_seen(network, cache, tmp_path):
    home = network.homes["SEC"]
    other = DirectoryCache(tmp_path / "directory.json", keys_of(home.public_keys), "Test")
    assert other.current(network.at).version == 2
    signed = sign_directory(make_directory("Test", 3, network.members[:2], network.at + HOUR), home.signing)
    cache.accept(signed, network.at + HOUR)
    assert other.current(network.at + HOUR).version == 3


def test_file_that_was_tampered_with_is_refused(network, tmp_path):
    home = network.homes["SEC"]
    path = tmp_path / "directory.json"
    DirectoryCache(path, keys_of(home.public_keys), "Test").accept(network.signed, network.at)
    path.write_bytes(path.read_bytes().replace(b"SVN", b"HRV"))
    with pytest.raises(TrustError) as caught:
        DirectoryCache(path, keys_of(home.public_keys), "Test").current(network.at)
    assert caught.value.code is ErrorCode.DIRECTORY_SIGNATURE


@pytest.mark.parametrize("status", [MemberStatus.REMOVED, MemberStatus.SUSPENDED])
def test_stolen_certificate_of_a_removed_member_opens_nothing(network, status):
    members = replaced(network.members, "FR", status=status)
    trusted = TrustedDirectory(make_directory("Test", 3, members, network.at))
    stolen = next(m.certificate_sha256 for m in members if m.node == "FR")
    for ask in (
        lambda: trusted.by_certificate(stolen),
        lambda: trusted.active("FR"),
        lambda: trusted.bureau_node("FR"),
    ):
        with pytest.raises(TrustError) as caught:
            ask()
        assert caught.value.code is ErrorCode.MEMBER_NOT_ACTIVE
    assert [m.node for m in trusted.active_members()] == ["SEC", "SI", "SI-post1"]


def test_unknown_certificate_and_node_are_refused(directory):
    with pytest.raises(TrustError) as caught:
        directory.by_certificate("ab" * 32)
    assert caught.value.code is ErrorCode.MEMBER_CERTIFICATE
    for ask in (lambda: directory.active("XX"), lambda: directory.bureau_node("XX")):
        with pytest.raises(TrustError) as unknown:
            ask()
        assert unknown.value.code is ErrorCode.MEMBER_UNKNOWN
    assert directory.by_node("XX") is None


def test_member_that_came_back_has_new_keys_and_the_old_ones_stay_known(network):
    old = next(m for m in network.members if m.node == "FR")
    removed = msgspec.structs.replace(old, status=MemberStatus.REMOVED)
    back = msgspec.structs.replace(
        old, certificate_sha256="cd" * 32, since="2026-04-01T00:00:00.000000Z", keys=network.members[1].keys
    )
    members = [m for m in network.members if m.node != "FR"] + [removed, back]
    trusted = TrustedDirectory(make_directory("Test", 3, members, network.at))
    assert trusted.active("FR") == back
    assert trusted.entries("FR") == [back, removed]
    with pytest.raises(TrustError):
        trusted.by_certificate(old.certificate_sha256)


def test_member_is_found_by_address(network, directory):
    assert directory.by_url("https://localhost:8443").node in {"SEC", "SI", "FR"}
    assert directory.by_url("https://elsewhere.example") is None
    assert directory.bureau_node("SEC").node == "SEC"
