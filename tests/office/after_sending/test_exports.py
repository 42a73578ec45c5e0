"""A thread taken away: the bundle proves itself with nothing but what is inside; paper carries label and hashes."""

import io
import json
import re
import subprocess
import sys
import zipfile
import zlib
from contextlib import suppress

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from comity.kernel.codes import Action, HandlingLabel, Purpose, Role
from comity.kernel.errors import ComityError, ErrorCode
from comity.kernel.ids import MessageId, ThreadId
from comity.node import bundles
from comity.node.member_keys import keys_of
from comity.office.exports import printing
from comity.office.exports.gathering import gather
from comity.office.exports.page import sheet_of
from comity.office.exports.services import ExportFormat, export_thread
from comity.office.messages import services as line
from comity.office.messages.models import Thread
from comity.office.pages import words
from comity.office.supervision.models import JournalEvent
from comity.protocol.bundles import MANIFEST
from tests.office.line.carrier import Carrier, now

ARABIC = "المركبة البيضاء عند الميناء"


@pytest.fixture
def thread(carrier: Carrier) -> str:
    """SI asks FR, FR has read and answered: three receipts, two envelopes, two labels."""
    sent = carrier.send("SI", "FR", f"Please confirm. {ARABIC}", subject="A car")
    carrier.carry()
    with carrier.at("FR"):
        line.mark_read(carrier.caller("FR"), MessageId(sent.message_id), now())
    carrier.send(
        "FR", "SI", "Confirmed.", subject="", thread_id=ThreadId(sent.thread.thread_id),
        in_reply_to=MessageId(sent.message_id), label=HandlingLabel.CONFIDENTIAL,
    )  # fmt: skip
    carrier.carry()
    return sent.thread.thread_id


def exported(carrier: Carrier, thread: str, form: ExportFormat = ExportFormat.BUNDLE, language: str = "en"):
    with carrier.at("SI"):
        return export_thread(carrier.caller("SI"), thread, form, Purpose.INVESTIGATION, language, now())


def repacked(data: bytes, **changes: bytes) -> bytes:
    """Return a bundle with some files changed, as a forger would."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in {**files, **changes}.items():
            if content is not None:
                archive.writestr(name, content)
    return buffer.getvalue()


def part(data: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name)


def test_a_bundle_proves_itself(carrier: Carrier, thread: str, tmp_path) -> None:
    """By the library, and by the command in an empty folder without any node."""
    made = exported(carrier, thread)
    found = bundles.verify_bundle(made.data)
    assert (found.manifest.thread_id, found.signed_by, found.manifest.label) == (thread, "SI", "confidential")
    assert [message.text for message in found.messages] == [f"Please confirm. {ARABIC}", "Confirmed."]
    assert len(found.proven) == 2, "the received envelope's proof is kept, the own one's is in the outbox"
    assert sorted(receipt.kind for receipt in found.receipts) == ["answered", "delivered", "read"]
    with carrier.at("MA") as third:
        pinned = keys_of(third.trust().secretariat_keys)
    assert bundles.verify_bundle(made.data, pinned).pinned

    file = tmp_path / "thread.zip"
    file.write_bytes(made.data)
    command = [sys.executable, "-m", "comity", "verify", "bundle", str(file), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert (told["messages"], told["proven"], told["receipts"]) == (2, 2, 3)
    assert told["secretariat_key"] == found.secretariat_key
    file.write_bytes(repacked(made.data, **{"messages.json": b"[]"}))
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == (1, "bundle.altered")


def test_a_changed_bundle_is_refused(carrier: Carrier, thread: str) -> None:
    """Each file, each signature, and a bundle made up by another member."""
    data = exported(carrier, thread).data
    messages, envelopes = part(data, "messages.json"), part(data, "envelopes.json")
    receipts = part(data, "receipts.json")
    manifest = json.loads(part(data, MANIFEST))
    body = manifest["body"]
    forged = {
        "another text": ({"messages.json": messages.replace(b"Confirmed", b"Refuted..")}, "bundle.altered"),
        "no receipts": ({"receipts.json": b"[]"}, "bundle.altered"),
        "another purpose": (
            {
                MANIFEST: json.dumps(
                    {**manifest, "body": body.replace("investigation", "border_control")}
                ).encode()
            },
            "bundle.signature",
        ),
        "no manifest": ({MANIFEST: None}, "bundle.malformed"),
        "one more file": ({"more.json": b"{}"}, "bundle.malformed"),
        "not json": ({MANIFEST: b"{"}, "bundle.malformed"),
        "another form": (
            {MANIFEST: json.dumps({**manifest, "body": body.replace("bundle/1", "bundle/9")}).encode()},
            "bundle.malformed",
        ),
    }
    for name, (changes, code) in forged.items():
        with pytest.raises(ComityError) as refused:
            bundles.verify_bundle(repacked(data, **changes))
        assert str(refused.value.code) == code, name
    with pytest.raises(ComityError) as refused:
        bundles.verify_bundle(b"PK no zip")
    assert refused.value.code is ErrorCode.BUNDLE_MALFORMED
    assert b"Confirmed" in messages
    assert envelopes
    assert receipts


def test_a_liar_cannot_make_others_say_more(carrier: Carrier, thread: str) -> None:
    """The exporting bureau signs what it likes; receipts and envelopes of others still do not hold."""
    import msgspec

    from comity.protocol.bundles import BundleManifest

    data = exported(carrier, thread).data
    found = bundles.verify_bundle(data)
    parts = {name: json.loads(part(data, name)) for name in bundles.PARTS}
    manifest = msgspec.convert(json.loads(json.loads(part(data, MANIFEST))["body"]), BundleManifest)
    with carrier.at("SI") as home:
        later = [dict(receipt, at="2031-01-01T00:00:00.000000Z") for receipt in parts["receipts.json"]]
        dated = [
            {**proof, "header": {**proof["header"], "priority": "flash"}} for proof in parts["envelopes.json"]
        ]
        louder = [{**message, "priority": "flash"} for message in parts["messages.json"]]
        lies = {
            "later receipts": ({"receipts.json": later}, "receipt.invalid"),
            "another priority": ({"envelopes.json": dated, "messages.json": louder}, "envelope.signature"),
            "envelopes of other messages": ({"messages.json": louder}, "bundle.altered"),
        }
        for name, (changes, code) in lies.items():
            signed = bundles.pack(manifest, {**parts, **changes}, home.signing)
            with pytest.raises(ComityError) as refused:
                bundles.verify_bundle(signed)
            assert str(refused.value.code) == code, name
    assert found.manifest == manifest


def inside(pdf: bytes) -> str:
    """Return the objects of a PDF, unpacked."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    found = [pdf]
    for stream in streams:
        with suppress(zlib.error):
            found.append(zlib.decompress(stream))
    return b"\n".join(found).decode("latin-1")


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("ar", "rtl")])
def test_paper_says_what_the_desk_says(carrier: Carrier, thread: str, language: str, direction: str) -> None:
    """Label, ids, receipts and digests, in the reader's language and direction; tagged for screen readers."""
    with carrier.at("SI"), translation.override(language):
        found = gather(Thread.objects.get(thread_id=thread))
        sheet = sheet_of(found, Purpose.INVESTIGATION, language, now())
        page = render_to_string("exports/thread.html", sheet)
    assert f'dir="{direction}"' in page
    for said in (ARABIC, "Confirmed.", thread, *(m.message_id for m in found.messages)):
        assert said in page
    assert {receipt.envelope_digest for receipt in found.receipts} <= set(re.findall(r"[0-9a-f]{64}", page))
    assert str(words.LABELS["confidential"]) in page or language != "en"
    if not printing.can_print():
        pytest.skip("Pango is not on this machine")
    made = exported(carrier, thread, ExportFormat.PDF, language)
    assert made.media_type == "application/pdf"
    said = inside(made.data)
    assert re.search(rf"/Lang ?\({language}", said), "tagged with its language"
    assert "/StructTreeRoot" in said


def test_without_pango_it_says_what_to_install(carrier: Carrier, thread: str, monkeypatch) -> None:
    printing.can_print.cache_clear()
    monkeypatch.setattr(printing, "_LIBRARIES", ("libnothing-of-this-name.so.0",))
    try:
        with pytest.raises(ComityError) as refused:
            exported(carrier, thread, ExportFormat.PDF)
    finally:
        printing.can_print.cache_clear()
    assert refused.value.code is ErrorCode.PDF_NOT_INSTALLED
    assert "libpango" in refused.value.remedy


def test_an_export_stands_in_the_journal_with_its_purpose(carrier: Carrier, thread: str) -> None:
    made = exported(carrier, thread)
    with carrier.at("SI"):
        last = JournalEvent.objects.filter(action=Action.THREAD_EXPORT).order_by("-id").first()
        detail = json.loads(last.body)["detail"]
        assert detail == {"format": "bundle", "purpose": "investigation", "sha256": made.sha256}
        for role in (Role.SUPERVISOR, Role.OFFICER, Role.ADMINISTRATOR):
            with pytest.raises(ComityError) as refused:
                export_thread(
                    carrier.caller("SI", role), thread, ExportFormat.BUNDLE, Purpose.ALERT, "en", now()
                )
            assert refused.value.code is ErrorCode.ACCESS_NOT_FOUND
