"""Files on the desk's pages: attached with or without scripts, shown, the original behind a journaled click."""

import msgspec
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from comity.kernel.codes import Role
from comity.office.attachments.limits import MAX_FORM_BYTES
from comity.office.attachments.models import Attachment
from comity.office.messages.models import Message
from comity.office.people.models import Account
from comity.office.supervision.models import JournalEvent
from tests.office.attachments.desks import Desk, entered
from tests.office.attachments.test_attachments_previews import photo
from tests.office.core.making import caller

LETTER = {
    "form": "free_text",
    "kind": "one",
    "bureau": "FR",
    "recipient": "FR",
    "subject": "Files",
    "text": "See the files.",
    "priority": "normal",
    "label": "official",
}


@pytest.fixture
def page(house):
    """A browser without scripts at the desk of SI."""
    with entered(house):
        client = Client(headers={"host": "localhost"})
        client.force_login(
            Account.objects.get(id=caller(Role.OPERATOR).officer),
            backend="allauth.account.auth_backends.AuthenticationBackend",
        )
        yield client


def write(page, *files, **more):
    return page.post("/threads/new/", {**letter(page), "files": files, **more}, secure=True)


def letter(page):
    """Return what the form asks for, however it calls whom it is for."""
    html = page.get("/threads/new/", secure=True).content.decode()
    assert 'type="file"' in html
    assert 'enctype="multipart/form-data"' in html
    chosen = {"reach": "one", "one": "FR", "to": "FR", **LETTER}
    return {name: value for name, value in chosen.items() if f'name="{name}"' in html or name == "form"}


def uploaded(name, data):
    return SimpleUploadedFile(name, data)


def test_a_small_file_goes_with_the_form_without_a_script(page):
    answer = write(page, uploaded("note.txt", b"words"), uploaded("photo.jpg", photo()))
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    message = Message.objects.order_by("id").last()
    files = Attachment.objects.filter(message_id=message.message_id).order_by("position")
    assert [(one.name, one.media_type) for one in files] == [
        ("note.txt", "text/plain"),
        ("photo.jpg", "image/jpeg"),
    ]
    thread = page.get(answer["Location"], secure=True).content.decode()
    assert "note.txt" in thread
    assert f"/attachments/{files[1].attachment_id}/" in thread


def test_a_refused_form_keeps_its_files(page):
    answer = write(page, uploaded("note.txt", b"words"), text="")
    html = answer.content.decode()
    assert answer.status_code == 422
    row = Attachment.objects.filter(name="note.txt", message_id="").last()
    assert f'name="attachments" value="{row.attachment_id}" checked' in html
    sent = write(page, attachments=[row.attachment_id])
    assert sent.status_code == 302
    row.refresh_from_db()
    assert row.message_id


def test_an_oddly_named_file_is_told_on_the_form(page):
    answer = write(page, uploaded("con.txt", b"words"))
    assert answer.status_code == 422
    assert "attachment.name" in answer.content.decode()


def test_files_too_large_for_a_form_are_told_on_it_and_none_is_kept(page):
    before = Attachment.objects.count()
    half = bytes(MAX_FORM_BYTES // 2)
    answer = write(page, uploaded("one.bin", half), uploaded("two.bin", half + b"1"))
    assert answer.status_code == 422
    assert "limit.body" in answer.content.decode()
    assert Attachment.objects.count() == before
    assert write(page, uploaded("one.bin", half), uploaded("two.bin", half)).status_code == 302


def test_a_script_brings_a_file_by_parts(page):
    def ask(path, body):
        return page.post(path, body, content_type="application/octet-stream", secure=True)

    begun = ask("/attachments/", msgspec.json.encode({"name": "film.mp4", "size": 5}))
    assert begun.status_code == 200, begun.content
    base = f"/attachments/{begun.json()['attachment']['attachment_id']}"
    assert ask(f"{base}/parts/0", b"12345").json() == {"number": 0}
    assert ask(f"{base}/complete", b"").json()["attachment"]["state"] == "stored"
    odd = ask("/attachments/", msgspec.json.encode({"name": "../x", "size": 5}))
    assert (odd.status_code, odd.json()["error"]["code"]) == (422, "attachment.name")


def test_the_page_of_a_file_shows_a_picture_and_gives_the_original_on_a_journaled_click(page):
    data = photo()
    attachment_id = Desk().bring(data, "photo.jpg")
    html = page.get(f"/attachments/{attachment_id}/", secure=True).content.decode()
    assert f'src="/attachments/{attachment_id}/preview"' in html
    picture = page.get(f"/attachments/{attachment_id}/preview", secure=True)
    assert picture["Content-Type"] == "image/jpeg"
    assert page.get(f"/attachments/{attachment_id}/original", secure=True).status_code == 405
    before = JournalEvent.objects.count()
    original = page.post(f"/attachments/{attachment_id}/original", secure=True)
    assert original["Content-Disposition"].startswith("attachment;")
    events = JournalEvent.objects.order_by("id")[before:]
    assert ("attachment:open", f"attachment:{attachment_id}") in {(one.action, one.subject) for one in events}
    assert b"".join(original.streaming_content) == data


def test_text_is_shown_as_text_and_hidden_signs_as_numbers(page):
    attachment_id = Desk().bring("<b>bold</b> \u202eevil".encode(), "note.txt")
    html = page.get(f"/attachments/{attachment_id}/", secure=True).content.decode()
    assert "&lt;b&gt;bold&lt;/b&gt; \\u202eevil" in html


def test_a_program_is_called_one(page):
    attachment_id = Desk().bring(b"MZ\x90\0\3", "photo.jpg")
    html = page.get(f"/attachments/{attachment_id}/", secure=True).content.decode()
    assert "Do not open it on a desk computer" in html
    assert "/preview" not in html
