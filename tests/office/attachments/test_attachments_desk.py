"""Bringing files in and getting them out at a desk: resumable, sealed on the disk, journaled (I3, I13)."""

import os
import resource
import secrets

import pytest

from comity.kernel.codes import Role
from comity.kernel.errors import IntegrityError, NotFoundError
from comity.node.settings import SETTINGS_FILE
from comity.office.attachments import carrying, direct, sealing, services
from comity.office.attachments.limits import MAX_UNSENT_FILES
from comity.office.attachments.models import Attachment, UploadedPart
from comity.office.supervision.models import JournalEvent
from comity.protocol.attachments import PART_BYTES
from comity.rules.attachments import MAX_FILE_BYTES
from tests.office.attachments.desks import Desk, code, digest, entered
from tests.office.core.making import now

SIZES = (0, 1, 1024 * 1024, PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES + 77)


@pytest.mark.parametrize("size", SIZES)
def test_a_file_comes_back_as_it_was(house, size):
    data = os.urandom(size)
    with entered(house):
        desk = Desk()
        attachment_id = desk.bring(data)
        said = desk.state(attachment_id)["attachment"]
        assert (said["state"], said["size"], said["sha256"]) == ("stored", size, digest(data))
        assert desk.content(attachment_id) == data
        assert desk.content(attachment_id, offset=size // 2) == data[size // 2 :]
        assert desk.content(attachment_id, offset=size) == b""


def test_parts_come_in_any_order_and_more_than_once(house):
    data = os.urandom(3 * PART_BYTES + 5)
    with entered(house):
        desk = Desk()
        attachment_id = desk.begin("film.mp4", len(data))
        for number in (3, 1, 1, 0):
            part = data[number * PART_BYTES : (number + 1) * PART_BYTES]
            assert desk.put(attachment_id, number, part).status_code == 200
        said = desk.state(attachment_id)
        assert (said["part_bytes"], said["parts"], said["held"]) == (PART_BYTES, 4, [0, 1, 3])
        early = desk.ask("POST", f"/{attachment_id}/complete")
        assert (early.status_code, code(early)) == (409, "attachment.incomplete")
        assert desk.put(attachment_id, 2, data[2 * PART_BYTES : 3 * PART_BYTES]).status_code == 200
        for _ in range(2):
            assert desk.ask("POST", f"/{attachment_id}/complete").status_code == 200
        assert desk.content(attachment_id) == data


def test_a_part_is_never_sealed_with_another_content(house):
    """A second content under the same nonce would give the key away, so the number is taken for good."""
    with entered(house):
        desk = Desk()
        attachment_id = desk.begin(size=10)
        assert desk.put(attachment_id, 0, b"0123456789").status_code == 200
        row = Attachment.objects.get(attachment_id=attachment_id)
        before = sealing.path_of(row).read_bytes()
        other = desk.put(attachment_id, 0, b"9876543210")
        assert (other.status_code, code(other)) == (409, "attachment.part_changed")
        UploadedPart.objects.filter(attachment=row).update(stored=False)  # as a crash before the last word
        assert code(desk.put(attachment_id, 0, b"9876543210")) == "attachment.part_changed"
        assert sealing.path_of(row).read_bytes() == before
        assert desk.put(attachment_id, 0, b"0123456789").status_code == 200


@pytest.mark.parametrize(
    ("number", "data"),
    [(0, b"123"), (0, b"12345678901"), (1, b"1234567890"), (10**12, b""), (0, b"")],
)
def test_parts_that_do_not_fit_are_refused(house, number, data):
    with entered(house):
        desk = Desk()
        attachment_id = desk.begin(size=10)
        answer = desk.put(attachment_id, number, data)
        assert (answer.status_code, code(answer)) == (422, "attachment.part")
        assert desk.state(attachment_id)["held"] == []


def test_what_is_too_large_or_badly_named_is_refused(house):
    with entered(house):
        desk = Desk()
        for draft, status, expected in (
            ({"name": "a", "size": MAX_FILE_BYTES + 1}, 422, "input.wrong_type"),
            ({"name": "a", "size": -1}, 422, "input.wrong_type"),
            ({"name": "../a", "size": 1}, 422, "attachment.name"),
            ({"name": "a\u202eb", "size": 1}, 422, "attachment.name"),
            ({"name": "x" * 151, "size": 1}, 422, "input.too_long"),
        ):
            answer = desk.ask("POST", body=draft)
            assert (answer.status_code, code(answer)) == (status, expected), draft
        body = desk.put(desk.begin(size=MAX_FILE_BYTES), 0, bytes(PART_BYTES + 1))
        assert (body.status_code, code(body)) == (413, "limit.body")


def test_quota_of_unsent_files(house):
    with entered(house, "MA"):
        desk = Desk()
        ids = [desk.begin(size=MAX_FILE_BYTES) for _ in range(8)]
        full = desk.ask("POST", body={"name": "one more", "size": 1})
        assert (full.status_code, code(full)) == (413, "attachment.quota")
        assert desk.ask("DELETE", f"/{ids[0]}").status_code == 200
        assert desk.ask("POST", body={"name": "one more", "size": 1}).status_code == 201


def test_number_of_unsent_files(house):
    with entered(house, "MA"):
        desk = Desk()
        row = Attachment.objects.get(attachment_id=desk.begin())
        have = Attachment.objects.filter(message_id="", state__in=services.UNSENT).count()
        ids = [secrets.token_hex(18) for _ in range(MAX_UNSENT_FILES - 1 - have)]
        Attachment.objects.bulk_create(_like(row, attachment_id) for attachment_id in ids)
        last = desk.begin()
        full = desk.ask("POST", body={"name": "one more", "size": 0})
        assert (full.status_code, code(full)) == (413, "attachment.quota")
        assert desk.ask("DELETE", f"/{last}").status_code == 200
        assert desk.ask("POST", body={"name": "one more", "size": 0}).status_code == 201
        Attachment.objects.filter(attachment_id__in=ids).delete()


def _like(row, attachment_id):
    """A copy of a row under another id."""
    values = {field.attname: getattr(row, field.attname) for field in Attachment._meta.concrete_fields}
    return Attachment(**values | {"id": None, "attachment_id": attachment_id, "blob_id": attachment_id})


def test_an_unsent_file_is_its_authors_alone(house):
    with entered(house):
        own, other = Desk(), Desk(Role.APPROVER)
        attachment_id = own.bring(b"mine")
        for method, path in (("GET", ""), ("GET", "/content"), ("GET", "/preview"), ("DELETE", "")):
            answer = other.ask(method, f"/{attachment_id}{path}")
            assert (answer.status_code, code(answer)) == (404, "attachment.not_found"), path
        assert own.content(attachment_id) == b"mine"


def test_the_sender_gives_a_file_to_its_recipients_alone(house):
    """I3: where the relay is away they ask its sender; to everybody else there is no such file."""
    with entered(house) as home:
        attachment_id = Desk().bring(b"frames")
        peers = {node: home.directory.current(now()).active(node) for node in ("FR", "MA")}
        for ask in (direct.look, lambda peer, blob_id: direct.get_part(peer, blob_id, 0)):
            for node, sent in (("FR", False), ("MA", False), ("MA", True), ("FR", True)):
                given = {"recipients": ["FR"], "state": "sent"} if sent else {"state": "stored"}
                Attachment.objects.filter(attachment_id=attachment_id).update(**given)
                if (node, sent) == ("FR", True):
                    assert ask(peers[node], attachment_id)
                    continue
                with pytest.raises(NotFoundError) as refused:
                    ask(peers[node], attachment_id)
                assert str(refused.value.code) == "attachment.not_found"


def test_nothing_is_plain_on_the_disk(house):
    """The file, its name and its key: sealed, in the row alone."""
    canary = f"canary-{secrets.token_hex(16)}".encode()
    with entered(house) as home:
        desk = Desk()
        attachment_id = desk.bring(canary * 1000, "canary.txt")
        path = home.attachments_dir / attachment_id
        assert path.stat().st_mode & 0o777 == 0o600
        assert home.attachments_dir.stat().st_mode & 0o777 == 0o700
        for file in (path for path in home.path.rglob("*") if path.is_file()):
            assert canary not in file.read_bytes(), file


def test_getting_the_original_is_written_down_first(house):
    with entered(house):
        desk = Desk()
        attachment_id = desk.bring(b"content")
        before = JournalEvent.objects.count()
        desk.content(attachment_id)
        events = JournalEvent.objects.order_by("id")[before:]
        opened = [event for event in events if event.subject == f"attachment:{attachment_id}"]
        assert [(event.action, event.officer, event.allowed) for event in opened] == [
            ("attachment:open", desk.person.officer, True)
        ]


def test_an_original_is_never_shown_by_a_browser(house):
    with entered(house):
        desk = Desk()
        attachment_id = desk.bring(b"<script>alert(1)</script>", "pagé '1'.html")
        answer = desk.ask("GET", f"/{attachment_id}/content")
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["Content-Disposition"] == (
            "attachment; filename=\"pag___1_.html\"; filename*=UTF-8''pag%C3%A9%20%271%27.html"
        )
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]
        assert answer["Cache-Control"] == "no-store"
        assert answer["Content-Length"] == "25"
        b"".join(answer.streaming_content)


@pytest.mark.parametrize("damage", ["bit", "cut", "more", "gone", "swapped"])
def test_a_damaged_file_is_noticed(house, damage):
    data = os.urandom(PART_BYTES + 10)
    with entered(house):
        desk = Desk()
        row = Attachment.objects.get(attachment_id=desk.bring(data))
        path, sealed = sealing.path_of(row), sealing.path_of(row).read_bytes()
        other = sealing.path_of(Attachment.objects.get(attachment_id=desk.bring(data)))
        if damage == "bit":
            path.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
        elif damage == "cut":
            path.write_bytes(sealed[:-1])
        elif damage == "more":
            path.write_bytes(sealed + b"\0")
        elif damage == "swapped":
            path.write_bytes(other.read_bytes())
        else:
            path.unlink()
        with pytest.raises(IntegrityError) as caught:
            sealing.examine(row)
        assert caught.value.code == "attachment.altered"


def test_a_nearly_full_disk_refuses_and_changes_nothing(offices):
    """I13: there is a code of its own, and nothing is begun."""
    offices.path("SI")
    settings = offices.homes["SI"].path / SETTINGS_FILE
    text = settings.read_text()
    settings.write_text(text.replace("keep_free_mib = 1024", "keep_free_mib = 9999999"))
    with entered(offices) as home:
        desk = Desk()
        answer = desk.ask("POST", body={"name": "a", "size": 5})
        assert (answer.status_code, code(answer)) == (507, "storage.full")
        assert answer.json()["error"]["retry"] is True
        assert not Attachment.objects.exists()
        assert not home.attachments_dir.exists()


def test_a_disk_that_fills_up_in_the_middle_changes_nothing(house):
    """The kernel refuses the write: the part is not there, and goes in once there is room."""
    with entered(house):
        desk = Desk()
        data = os.urandom(40 * 1024 * 1024)
        attachment_id = desk.begin(size=len(data))
        last = len(data) // PART_BYTES - 1
        part = data[last * PART_BYTES :]
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (39 * 1024 * 1024, limits[1]))
        try:
            answer = desk.put(attachment_id, last, part)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert (answer.status_code, code(answer)) == (507, "storage.full")
        assert desk.state(attachment_id)["held"] == []
        assert desk.put(attachment_id, last, part).status_code == 200
        assert desk.state(attachment_id)["held"] == [last]


def test_what_is_never_sent_is_removed(house):
    with entered(house) as home:
        desk = Desk()
        attachment_id = desk.bring(b"forgotten")
        left = home.attachments_dir / "left-by-a-crash"
        left.write_bytes(b"x")
        carrying.tidy(now())
        assert desk.ask("GET", f"/{attachment_id}").status_code == 200
        assert left.exists(), "it may be in the making"
        os.utime(left, (0, 0))
        later = now() + services.UNSENT_LIFE * 1.01
        carrying.tidy(later)
        assert desk.ask("GET", f"/{attachment_id}").status_code == 404
        assert not (home.attachments_dir / attachment_id).exists()
        assert not left.exists()
