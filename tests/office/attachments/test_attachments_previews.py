"""Safe pictures: made in a process that can compute and nothing else, from the points alone."""

import io
import os
import struct
import subprocess
import sys
import textwrap
import zlib

import pytest
from PIL import Image, TiffImagePlugin
from PIL.PngImagePlugin import PngInfo

from comity.office.attachments.rendering.pictures import MAX_POINTS, SIDE, NoPictureError, picture_of
from comity.office.supervision.models import JournalEvent
from tests.office.attachments.desks import Desk, code, entered

SECRET = b"SECRET-PLACE-46.05N-14.5E"


def photo(name="JPEG", size=(640, 480), **more):
    file = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(file, name, **more)
    return file.getvalue()


def with_metadata(name):
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    text = PngInfo()
    text.add_text("Comment", SECRET.decode())
    more = {
        "JPEG": {"exif": exif, "comment": SECRET},
        "PNG": {"pnginfo": text},
        "WEBP": {"exif": exif},
        "TIFF": {"tiffinfo": TiffImagePlugin.ImageFileDirectory_v2()},
        "GIF": {"comment": SECRET},
        "BMP": {},
        "PDF": {"title": SECRET.decode()},
    }[name]
    if name == "TIFF":
        more["tiffinfo"][270] = SECRET.decode()
    return photo(name, **more)


def bomb(width, height):
    """A PNG of a few kilobytes that would be gigabytes in memory."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1 << 20)))


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP", "PDF"])
def test_a_picture_keeps_what_is_seen_and_nothing_else(house, name):
    original = with_metadata(name)
    assert SECRET in original or name in {"BMP", "PDF"}
    with entered(house):
        desk = Desk()
        attachment_id = desk.bring(original, f"photo.{name.lower()}")
        said = desk.state(attachment_id)["attachment"]
        assert said["has_preview"]
        answer = desk.ask("GET", f"/{attachment_id}/preview")
        assert answer.status_code == 200, answer.content
        assert answer["Content-Type"] in {"image/png", "image/jpeg"}
        assert SECRET not in answer.content
        with Image.open(io.BytesIO(answer.content)) as made:
            assert max(made.size) <= SIDE
            assert not made.getexif()
            assert {"icc_profile", "comment", "Comment"}.isdisjoint(made.info)
        event = JournalEvent.objects.filter(subject=f"attachment:{attachment_id}").last()
        assert (event.action, event.allowed) == ("attachment:view", True)


def test_a_large_picture_is_made_small():
    with Image.open(io.BytesIO(picture_of(photo(size=(4000, 3000)), "image/jpeg"))) as made:
        assert made.size == (SIDE, SIDE * 3 // 4)


def test_a_picture_is_turned_as_the_camera_meant_it():
    exif = Image.Exif()
    exif[0x0112] = 6
    with Image.open(io.BytesIO(picture_of(photo(exif=exif), "image/jpeg"))) as made:
        assert made.size == (480, 640)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (bomb(30_000, 30_000), "bomb.png"),
        (bomb(2**31 - 1, 1), "wide.png"),
        (b"\x89PNG\r\n\x1a\n" + os.urandom(500), "noise.png"),
        (photo()[:2000], "cut.jpg"),
        (b"\xff\xd8\xff" + b"\0" * 50, "empty.jpg"),
        (b"%PDF-1.7\n" + b"1 0 obj<</Type/Catalog>>" * 50, "broken.pdf"),
        (b"II*\0" + b"\xff" * 400, "broken.tif"),
        (b"GIF89a\xff\xff\xff\xff" + b"\0" * 30, "huge.gif"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_broken_or_meant_to_harm_has_no_picture(house, data, name):
    with entered(house):
        desk = Desk()
        attachment_id = desk.bring(data, name)
        answer = desk.ask("GET", f"/{attachment_id}/preview")
        assert (answer.status_code, code(answer)) == (409, "attachment.no_preview")
        assert desk.content(attachment_id) == data, "the original can still be got"


@pytest.mark.parametrize(
    "data", [b"MZ\x90\0program", b"#!/bin/sh\n", b"plain text", b"PK\x03\x04" + bytes(40)]
)
def test_everything_else_has_no_picture(house, data):
    with entered(house):
        desk = Desk()
        attachment_id = desk.bring(data)
        assert not desk.state(attachment_id)["attachment"]["has_preview"]
        assert desk.ask("GET", f"/{attachment_id}/preview").status_code == 409


def test_a_type_is_decoded_by_its_own_decoder_alone():
    with pytest.raises(Exception, match=r"cannot identify"):
        picture_of(photo("PNG"), "image/jpeg")
    with pytest.raises(NoPictureError):
        picture_of(b"%!PS-Adobe-3.0 EPSF-3.0", "application/postscript")


def test_points_are_counted_before_they_are_decoded():
    side = int(MAX_POINTS**0.5) + 1
    with pytest.raises(NoPictureError):
        picture_of(bomb(side, side), "image/png")


ATTEMPTS = {
    "open": "open('/etc/hostname').read()",
    "write": "open('/tmp/comity-renderer-was-here', 'w')",
    "socket": "import socket; socket.socket()",
    "unix socket": "import socket; socket.socketpair()",
    "process": "import os; os.fork()",
    "program": "import os; os.execv('/bin/true', ['/bin/true'])",
    "signal": "import os; os.kill(os.getppid(), 0)",
    "folder": "import os; os.listdir('/')",
    "memory": "bytearray(4 * 1024 ** 3)",
    "limits": "import resource; resource.setrlimit(resource.RLIMIT_AS, (-1, -1))",
}


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS)
def test_the_renderer_can_do_nothing_but_compute(attempt):
    """What an attacker could do who has taken the decoder over."""
    program = textwrap.dedent(f"""
        import os, resource, socket, sys
        from comity.office.attachments.rendering.confinement import confine
        confine()
        try:
            {attempt}
        except (OSError, MemoryError, ValueError) as error:
            sys.stdout.write("refused")
            sys.stdout.flush()
        os._exit(0)
    """)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, timeout=60, check=False, text=True
    )
    assert done.stdout == "refused", done.stderr


def test_the_renderer_ends_when_it_takes_too_much_time():
    program = textwrap.dedent("""
        import comity.office.attachments.rendering.confinement as confinement
        confinement.PROCESSOR_S = 1
        confinement.confine()
        while True: pass
    """)
    assert subprocess.run([sys.executable, "-c", program], timeout=60, check=False).returncode < 0
