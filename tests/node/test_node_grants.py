"""Grants: made by a bureau of the directory, for at most a shift, for its own nodes."""

from datetime import timedelta

import msgspec
import pytest

from comity.crypto.encoding import from_text, to_text
from comity.crypto.signing import SigningContext
from comity.kernel.canonical import canonical_bytes
from comity.kernel.codes import Purpose, Role
from comity.kernel.errors import AuthenticationError, ErrorCode, InputError
from comity.node.directory import TrustedDirectory, make_directory
from comity.node.grants import MAX_GRANT_SECONDS, issue_grant, verify_grant
from comity.protocol.grants import Grant
from comity.protocol.members import MemberStatus


@pytest.fixture
def grant(network):
    start = int(network.at.timestamp())
    return Grant(
        grant_id="g1",
        issuer="SI",
        bureau="SI",
        officer="o1",
        roles=frozenset([Role.OFFICER]),
        purposes=frozenset([Purpose.BORDER_CONTROL, Purpose.INVESTIGATION]),
        issued_at=start,
        expires_at=start + 3600,
    )


def unsafe(signing, body):
    """A token of any body, as a dishonest issuer would make it."""
    return f"{to_text(body)}.{to_text(signing.sign_ed25519(SigningContext.GRANT, body))}"


def test_grant_holds_at_its_bureau_and_for_live_questions(network, directory, grant):
    token = issue_grant(network.homes["SI"].signing, grant)
    assert verify_grant(token, directory, network.at, "SI") == grant
    assert verify_grant(token, directory, network.at, None) == grant


def bad_grants(network, grant):
    """Yield name, token, instant, code."""
    si, fr, post = (network.homes[node].signing for node in ("SI", "FR", "SI-post1"))
    at, minute = network.at, timedelta(minutes=1)
    token = issue_grant(si, grant)
    body, signature = token.split(".")
    changed = msgspec.structs.replace

    def forged(signing=si, **changes):
        return unsafe(signing, canonical_bytes(changed(grant, **changes)))

    raised = to_text(canonical_bytes(changed(grant, roles=frozenset(Role))))
    wrong_context = to_text(si.sign_ed25519(SigningContext.ENVELOPE, from_text(body)))
    dual = to_text(from_text(si.sign(SigningContext.GRANT, b"x")["ed25519"]))
    long = grant.issued_at + MAX_GRANT_SECONDS + 1
    malformed, foreign = ErrorCode.GRANT_MALFORMED, ErrorCode.GRANT_FOREIGN
    return {
        "empty": ("", at, malformed),
        "no_dot": (body, at, malformed),
        "no_signature": (body + ".", at, malformed),
        "three_parts": (token + ".AA", at, malformed),
        "padded": (token + "=", at, malformed),
        "too_long": ("A" * 5000, at, malformed),
        "not_json": (unsafe(si, b"grant"), at, malformed),
        "unknown_field": (unsafe(si, canonical_bytes({"x": 1})), at, malformed),
        "lasts_too_long": (forged(expires_at=long), at, malformed),
        "ends_before_it_begins": (forged(expires_at=grant.issued_at), at, malformed),
        "roles_raised": (f"{raised}.{signature}", at, ErrorCode.GRANT_SIGNATURE),
        "other_context": (f"{body}.{wrong_context}", at, ErrorCode.GRANT_SIGNATURE),
        "other_content": (f"{body}.{dual}", at, ErrorCode.GRANT_SIGNATURE),
        "short_signature": (f"{body}.AAAA", at, ErrorCode.GRANT_SIGNATURE),
        "signed_by_another_bureau": (forged(fr), at, ErrorCode.GRANT_SIGNATURE),
        "for_another_bureau": (forged(bureau="FR"), at, foreign),
        "of_another_bureau": (forged(fr, issuer="FR", bureau="FR"), at, foreign),
        "by_a_post": (forged(post, issuer="SI-post1"), at, foreign),
        "unknown_issuer": (forged(issuer="XX"), at, foreign),
        "expired": (token, at + 60 * minute, ErrorCode.GRANT_EXPIRED),
        "not_yet": (token, at - 2 * minute, ErrorCode.GRANT_NOT_YET),
    }


NAMES = [
    "empty", "no_dot", "no_signature", "three_parts", "padded", "too_long", "not_json", "unknown_field",
    "lasts_too_long", "ends_before_it_begins", "roles_raised", "other_context", "other_content",
    "short_signature", "signed_by_another_bureau", "for_another_bureau", "of_another_bureau", "by_a_post",
    "unknown_issuer", "expired", "not_yet",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_bad_grant_is_refused_with_its_code(network, directory, grant, name):
    cases = bad_grants(network, grant)
    assert list(cases) == NAMES
    token, at, code = cases[name]
    with pytest.raises(AuthenticationError) as caught:
        verify_grant(token, directory, at, "SI")
    assert caught.value.code is code


@pytest.mark.parametrize("status", [MemberStatus.REMOVED, MemberStatus.SUSPENDED])
def test_grant_of_a_removed_bureau_is_refused(network, grant, status):
    token = issue_grant(network.homes["SI"].signing, grant)
    members = [msgspec.structs.replace(m, status=status) if m.node == "SI" else m for m in network.members]
    trusted = TrustedDirectory(make_directory("Test", 3, members, network.at))
    with pytest.raises(AuthenticationError) as caught:
        verify_grant(token, trusted, network.at, None)
    assert caught.value.code is ErrorCode.GRANT_FOREIGN


def test_every_character_of_a_token_counts(network, directory, grant):
    token = issue_grant(network.homes["SI"].signing, grant)
    for place, letter in enumerate(token):
        other = "B" if letter != "B" else "C"
        with pytest.raises(AuthenticationError):
            verify_grant(token[:place] + other + token[place + 1 :], directory, network.at, "SI")


@pytest.mark.parametrize("seconds", [0, -1, MAX_GRANT_SECONDS + 1])
def test_grant_beyond_its_limit_is_not_made(network, grant, seconds):
    wrong = msgspec.structs.replace(grant, expires_at=grant.issued_at + seconds)
    with pytest.raises(InputError) as caught:
        issue_grant(network.homes["SI"].signing, wrong)
    assert caught.value.field == "expires_at"
