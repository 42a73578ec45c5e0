"""The relay keeps sealed files for their recipients alone, durably, within bounds (I3, I13)."""

import os
from datetime import timedelta

import pytest

from comity.kernel.clock import to_wire
from comity.kernel.errors import ComityError
from comity.kernel.ids import new_id
from comity.node.settings import SETTINGS_FILE
from comity.office.attachments import relay
from comity.office.attachments.models import Blob
from comity.protocol.attachments import MAX_SEALED_BYTES, PART_BYTES, BlobDeclaration
from tests.office.attachments.desks import entered, parts_of
from tests.office.core.making import now


class Member:
    """A member's node at the relay's door, behind its certificate."""

    def __init__(self, home, node):
        self.peer = home.directory.current(now()).active(node)

    def declare(self, size=10, to=("FR",), *, blob_id=None, at=None, **more):
        at = at or now()
        values = {"expires_at": to_wire(at + timedelta(days=1)), **more}
        declared = BlobDeclaration(
            blob_id=blob_id or new_id(at), sealed_size=size, recipients=list(to), **values
        )
        return relay.declare(self.peer, declared, at)

    def bring(self, data, to=("FR",), **more):
        blob_id = self.declare(len(data), to, **more).blob_id
        for number, part in enumerate(parts_of(data)):
            relay.put_part(self.peer, blob_id, number, part, now())
        return blob_id

    def fetch(self, blob_id):
        state = relay.look(self.peer, blob_id)
        return b"".join(relay.get_part(self.peer, blob_id, number) for number in state.held)


@pytest.fixture
def relayed(house):
    with entered(house, "SEC") as home:
        yield {node: Member(home, node) for node in ("SI", "FR", "MA", "SEC")}


def code_of(act, *args, **more):
    with pytest.raises(ComityError) as caught:
        act(*args, **more)
    return str(caught.value.code)


@pytest.mark.parametrize("size", [1, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES])
def test_recipients_get_what_the_sender_brought(relayed, size):
    data = os.urandom(size)
    blob_id = relayed["SI"].bring(data, ["FR", "MA"])
    assert relayed["FR"].fetch(blob_id) == data == relayed["MA"].fetch(blob_id)
    assert relayed["SI"].fetch(blob_id) == data


def test_to_everybody_else_there_is_nothing(relayed):
    blob_id = relayed["SI"].bring(b"sealed")
    for act, args in (
        (relay.look, ()),
        (relay.get_part, (0,)),
        (relay.put_part, (0, b"sealed", now())),
        (relay.confirm, (now(),)),
    ):
        assert code_of(act, relayed["MA"].peer, blob_id, *args) == "attachment.not_found"
        assert code_of(act, relayed["MA"].peer, new_id(now()), *args) == "attachment.not_found"
    # A recipient only reads, the sender only writes.
    assert code_of(relay.put_part, relayed["FR"].peer, blob_id, 0, b"sealed", now()) == "attachment.not_found"
    assert code_of(relay.confirm, relayed["SI"].peer, blob_id, now()) == "attachment.not_found"


def test_parts_are_brought_once_whatever_the_order(relayed):
    data = os.urandom(2 * PART_BYTES + 9)
    si, blob_id = relayed["SI"], relayed["SI"].declare(2 * PART_BYTES + 9).blob_id
    parts = parts_of(data)
    for number in (2, 0, 2):
        state = relay.put_part(si.peer, blob_id, number, parts[number], now())
    assert state.held == [0, 2]
    assert code_of(relay.get_part, relayed["FR"].peer, blob_id, 1) == "attachment.not_found"
    other = bytes(len(parts[0]))
    assert code_of(relay.put_part, si.peer, blob_id, 0, other, now()) == "attachment.part_changed"
    relay.put_part(si.peer, blob_id, 1, parts[1], now())
    assert relayed["FR"].fetch(blob_id) == data


@pytest.mark.parametrize(("number", "length"), [(0, 9), (0, 11), (1, 10), (-1, 10), (10**9, 0)])
def test_parts_that_do_not_fit(relayed, number, length):
    blob_id = relayed["SI"].declare(10).blob_id
    refused = code_of(relay.put_part, relayed["SI"].peer, blob_id, number, bytes(length), now())
    assert refused == "attachment.part"
    assert relay.look(relayed["SI"].peer, blob_id).held == []


def test_a_declaration_is_repeated_or_refused(relayed):
    si = relayed["SI"]
    blob_id = si.declare(10).blob_id
    assert si.declare(10, blob_id=blob_id).blob_id == blob_id
    for other in ({"size": 11}, {"to": ("MA",)}, {"to": ("FR", "MA")}):
        assert code_of(si.declare, blob_id=blob_id, **other) == "attachment.declared"
    assert code_of(relayed["MA"].declare, blob_id=blob_id) == "attachment.declared"
    assert Blob.objects.filter(blob_id=blob_id).count() == 1


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"to": ("XX",)}, "envelope.recipient"),
        ({"to": ("FR", "FR")}, "envelope.recipient"),
        ({"to": ("SI",)}, "envelope.recipient"),
        ({"expires_at": "tomorrow"}, "input.wrong_type"),
        ({"expires_at": "2020-01-01T00:00:00.000000Z"}, "envelope.expired"),
        ({"expires_at": "2099-01-01T00:00:00.000000Z"}, "envelope.expired"),
    ],
)
def test_declarations_that_are_refused(relayed, more, expected):
    before = Blob.objects.count()
    assert code_of(relayed["SI"].declare, **more) == expected
    assert Blob.objects.count() == before


def test_it_is_erased_once_every_recipient_has_it(relayed):
    blob_id = relayed["SI"].bring(b"sealed", ["FR", "MA"])
    folder = relay.home().blobs_dir / blob_id
    for _ in range(2):
        relay.confirm(relayed["FR"].peer, blob_id, now())
        assert relayed["MA"].fetch(blob_id) == b"sealed"
    relay.confirm(relayed["MA"].peer, blob_id, now())
    assert not folder.exists()
    state = relayed["SI"].declare(6, ["FR", "MA"], blob_id=blob_id)
    assert (state.erased, state.held) == (True, [])
    assert code_of(relay.get_part, relayed["FR"].peer, blob_id, 0) == "attachment.gone"
    assert code_of(relay.put_part, relayed["SI"].peer, blob_id, 0, b"sealed", now()) == "attachment.gone"
    relay.confirm(relayed["FR"].peer, blob_id, now())


def test_it_is_erased_when_it_expires(relayed):
    blob_id, lasting = relayed["SI"].bring(b"sealed"), relayed["MA"].bring(b"other")
    late = now() + timedelta(days=1, seconds=1)
    Blob.objects.filter(blob_id=lasting).update(expires_at=late + timedelta(days=1))
    relay.sweep(late)
    assert not (relay.home().blobs_dir / blob_id).exists()
    assert relay.look(relayed["FR"].peer, blob_id).erased
    assert relayed["FR"].fetch(lasting) == b"other"


def test_what_a_crash_left_is_swept_away(relayed):
    blob_id = relayed["SI"].bring(b"sealed")
    for name in (new_id(now()), blob_id):
        left = relay.home().blobs_dir / name
        left.mkdir(exist_ok=True)
        (left / ".0.0123456789abcdef").write_bytes(b"half a par")
    relay.sweep(now())
    assert [path.name for path in relay.home().blobs_dir.iterdir() if path.name > blob_id] == []
    assert relayed["FR"].fetch(blob_id) == b"sealed"


def test_quota_of_a_sender(relayed):
    """32 GiB are 15 of the largest files: sealed ones are a little larger. Others are not held up."""
    ids = [relayed["SEC"].declare(MAX_SEALED_BYTES).blob_id for _ in range(15)]
    assert code_of(relayed["SEC"].declare, MAX_SEALED_BYTES) == "attachment.quota"
    relayed["MA"].declare(MAX_SEALED_BYTES)
    relay.confirm(relayed["FR"].peer, ids[0], now())
    relayed["SEC"].declare(MAX_SEALED_BYTES)


def test_a_nearly_full_disk_takes_nothing(offices):
    """I13: a code of its own, and nothing is changed."""
    offices.path("SEC")
    settings = offices.homes["SEC"].path / SETTINGS_FILE
    settings.write_text(settings.read_text().replace("keep_free_mib = 1024", "keep_free_mib = 9999999"))
    with entered(offices, "SEC") as home:
        assert code_of(Member(home, "SI").declare) == "storage.full"
        assert not Blob.objects.exists()
