"""Joining: the right node, once, in time, with keys that it holds; nothing kept when refused."""

from datetime import timedelta
from types import SimpleNamespace

import msgspec
import pytest

from comity.crypto.certificates import make_authority
from comity.crypto.encoding import to_text
from comity.crypto.signing import SigningContext
from comity.kernel.canonical import canonical_bytes
from comity.kernel.clock import FixedClock
from comity.kernel.codes import NodeRole
from comity.kernel.errors import (
    ComityError,
    ConfigurationError,
    ConflictError,
    ErrorCode,
    InputError,
    TrustError,
)
from comity.node.directory import make_directory, sign_directory
from comity.node.home import NodeHome
from comity.node.invitations import (
    PREFIX,
    admit,
    complete_join,
    decode_invitation,
    encode_invitation,
    issued,
    make_invitation,
    make_join_request,
    verify_join_request,
)
from comity.protocol.members import JoinAnswer, PublicKeys


@pytest.fixture
def joining(tmp_path, make):
    """A secretariat, a node that wants to join, its invitation and request."""
    secretariat = NodeHome.create(tmp_path / "SEC", make.settings("SEC"), FixedClock(make.now))
    home = NodeHome.create(tmp_path / "SI", make.settings("SI"), FixedClock(make.now))
    invitation = make.invite(secretariat, "SI")
    request = make_join_request(home, invitation)
    return SimpleNamespace(
        secretariat=secretariat, home=home, invitation=invitation, request=request, at=make.now
    )


def resigned(joining, **changes):
    """The request with other content, signed by the node itself."""
    changed = msgspec.structs.replace(joining.request, **changes)
    fields = msgspec.to_builtins(changed)
    del fields["signature"]
    return msgspec.structs.replace(
        changed, signature=joining.home.signing.sign(SigningContext.JOIN, canonical_bytes(fields))
    )


def answer_of(joining, members=None):
    member, certificate = admit(joining.secretariat, joining.request, issued(joining.invitation), joining.at)
    own = list(joining.secretariat.directory.current(joining.at).directory.members)
    directory = make_directory("Test", 2, members or [*own, member], joining.at)
    signed = sign_directory(directory, joining.secretariat.signing)
    return JoinAnswer(certificate=certificate.decode(), directory=signed)


def test_invitation_travels_as_one_line(joining):
    line = encode_invitation(joining.invitation)
    assert line.startswith(PREFIX)
    assert "\n" not in line
    assert decode_invitation(f"  {line}\n") == joining.invitation
    assert joining.invitation.secret not in repr(issued(joining.invitation))


def test_node_joins(joining):
    verify_join_request(joining.request, issued(joining.invitation), joining.at)
    trusted = complete_join(joining.home, joining.invitation, answer_of(joining), joining.at)
    assert trusted.active("SI").keys == joining.home.public_keys
    again = NodeHome.open(joining.home.path)
    assert again.directory.current(joining.at).version == 2
    assert again.server_tls("required")
    assert again.client_tls()


def test_joining_again_with_the_same_answer_does_no_harm(joining):
    answer = answer_of(joining)
    complete_join(joining.home, joining.invitation, answer, joining.at)
    complete_join(joining.home, joining.invitation, answer, joining.at)


@pytest.mark.parametrize(
    "text",
    ["", "comity-invitation-1.", "comity-invitation-2.AAAA", PREFIX + "AAAA", PREFIX + "e30", PREFIX + "é",
     PREFIX + "A" * 40_000],
    ids=["empty", "no_body", "version", "garbage", "empty_object", "not_ascii", "huge"],
)  # fmt: skip
def test_odd_invitation_is_refused(text):
    with pytest.raises(InputError) as caught:
        decode_invitation(text)
    assert caught.value.code is ErrorCode.INVITATION_INVALID


def test_cut_invitation_is_refused(joining):
    line = encode_invitation(joining.invitation)
    for length in range(len(PREFIX), len(line), 97):
        with pytest.raises(InputError):
            decode_invitation(line[:length])


@pytest.mark.parametrize(
    ("field", "value"),
    [("network", "Other"), ("node", "FR"), ("role", NodeRole.SECRETARIAT), ("country", "FRA")],
)
def test_invitation_of_another_node_is_refused_by_the_node(joining, field, value):
    wrong = msgspec.structs.replace(joining.invitation, **{field: value})
    with pytest.raises(InputError) as caught:
        make_join_request(joining.home, wrong)
    assert (caught.value.code, caught.value.field) == (ErrorCode.INVITATION_INVALID, field)


@pytest.mark.parametrize(
    ("node", "role", "country"),
    [("SI", NodeRole.POST, "SVN"), ("SI-p1", NodeRole.BUREAU, "SVN"), ("SI", NodeRole.BUREAU, "XPO"),
     ("SEC", NodeRole.BUREAU, "XPO"), ("si", NodeRole.BUREAU, "SVN"), ("SI", NodeRole.BUREAU, "QQQ")],
)  # fmt: skip
def test_invitation_that_fits_nobody_is_not_made(joining, node, role, country):
    with pytest.raises(ConfigurationError):
        make_invitation(joining.secretariat, node=node, role=role, country=country, name="N", at=joining.at)


def bad_requests(joining):
    """Return name -> (request, kept invitation, instant, code)."""
    request, kept, at = joining.request, issued(joining.invitation), joining.at
    change = msgspec.structs.replace
    other = joining.secretariat.public_keys
    invalid, wrong_type = ErrorCode.INVITATION_INVALID, ErrorCode.INPUT_WRONG_TYPE
    used = {field: getattr(kept, field) for field in kept.__dataclass_fields__}

    def keys(**changes):
        return msgspec.structs.replace(joining.home.public_keys, **changes)

    used_by_other = type(kept)(**(used | {"used_by": other}))
    return {
        "wrong_secret": (resigned(joining, secret=to_text(bytes(32))), kept, at, invalid),
        "empty_secret": (resigned(joining, secret=""), kept, at, invalid),
        "other_node": (resigned(joining, node="FR"), kept, at, invalid),
        "other_invitation": (resigned(joining, invitation_id="x"), kept, at, invalid),
        "expired": (request, kept, at + timedelta(days=7), ErrorCode.INVITATION_EXPIRED),
        "used_by_other_keys": (request, used_by_other, at, ErrorCode.INVITATION_USED),
        "address_altered": (change(request, office_url="https://evil.example"), kept, at, invalid),
        "keys_of_another": (change(request, keys=other), kept, at, invalid),
        "keys_not_held": (resigned(joining, keys=other), kept, at, invalid),
        "no_signature": (change(request, signature={}), kept, at, invalid),
        "half_a_signature": (
            change(request, signature={"ed25519": request.signature["ed25519"]}), kept, at, invalid,
        ),
        "no_ed25519_key": (resigned(joining, keys=keys(ed25519="AA")), kept, at, wrong_type),
        "no_sealing_key": (resigned(joining, keys=keys(sealing="AA")), kept, at, wrong_type),
        "sealing_key_of_zeros": (
            resigned(joining, keys=keys(sealing=to_text(bytes(1216)))), kept, at, wrong_type,
        ),
        "plain_http": (resigned(joining, office_url="http://ncb.example"), kept, at, wrong_type),
        "no_address": (resigned(joining, office_url=""), kept, at, wrong_type),
        "odd_search_address": (resigned(joining, search_url="https://:9"), kept, at, wrong_type),
    }  # fmt: skip


NAMES = [
    "wrong_secret", "empty_secret", "other_node", "other_invitation", "expired", "used_by_other_keys",
    "address_altered", "keys_of_another", "keys_not_held", "no_signature", "half_a_signature",
    "no_ed25519_key", "no_sealing_key", "sealing_key_of_zeros", "plain_http", "no_address",
    "odd_search_address",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_bad_request_is_refused_with_its_code(joining, name):
    cases = bad_requests(joining)
    assert list(cases) == NAMES
    request, kept, at, code = cases[name]
    with pytest.raises((TrustError, ConflictError, InputError)) as caught:
        verify_join_request(request, kept, at)
    assert caught.value.code is code


def test_same_node_may_ask_again_when_the_answer_was_lost(joining):
    kept = issued(joining.invitation)
    fields = {field: getattr(kept, field) for field in kept.__dataclass_fields__}
    verify_join_request(
        joining.request, type(kept)(**(fields | {"used_by": joining.home.public_keys})), joining.at
    )


def bad_answers(joining, make):
    """Return name -> (invitation, answer, code) that the new node refuses."""
    good = answer_of(joining)
    own = list(joining.secretariat.directory.current(joining.at).directory.members)
    foreign = make_authority("Test", make.now)[0].decode()
    other_keys = msgspec.structs.replace(
        joining.invitation,
        secretariat_keys=PublicKeys(
            ed25519=joining.home.public_keys.ed25519,
            ml_dsa_65=joining.home.public_keys.ml_dsa_65,
            sealing=joining.home.public_keys.sealing,
        ),
    )
    member = joining.home.as_member(joining.at)
    change = msgspec.structs.replace
    certificate = ErrorCode.MEMBER_CERTIFICATE
    return {
        "other_authority": (change(joining.invitation, network_ca=foreign), good, certificate),
        "no_certificate": (joining.invitation, change(good, certificate="x"), certificate),
        "certificate_of_another": (
            joining.invitation,
            change(good, certificate=joining.secretariat.tls_certificate.read_text()), certificate,
        ),
        "other_secretariat": (other_keys, good, ErrorCode.DIRECTORY_SIGNATURE),
        "not_in_directory": (joining.invitation, answer_of(joining, own), ErrorCode.MEMBER_UNKNOWN),
        "other_certificate_listed": (joining.invitation, answer_of(joining, [*own, member]), certificate),
    }  # fmt: skip


@pytest.mark.parametrize(
    "name",
    ["other_authority", "no_certificate", "certificate_of_another", "other_secretariat", "not_in_directory",
     "other_certificate_listed"],
)  # fmt: skip
def test_bad_answer_is_refused_and_nothing_is_kept(joining, make, name):
    invitation, answer, code = bad_answers(joining, make)[name]
    before = {path: path.read_bytes() for path in joining.home.path.rglob("*") if path.is_file()}
    with pytest.raises(ComityError) as caught:
        complete_join(joining.home, invitation, answer, joining.at)
    assert caught.value.code is code
    assert before == {path: path.read_bytes() for path in joining.home.path.rglob("*") if path.is_file()}
