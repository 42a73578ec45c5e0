"""Names, sizes and types of attachments: no name lies, no type is believed (I13)."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.kernel.errors import ErrorCode, InputError, LimitError
from comity.rules.attachments import MAX_FILE_BYTES, MAX_FILES, check_count, check_name, check_size
from comity.rules.media_types import HEAD_BYTES, is_misnamed, media_type_of

TRICKS = [
    "",
    " ",
    ".",
    "..",
    "...",
    ".bashrc",
    "a/b.pdf",
    "../../etc/passwd",
    "C:\\boot.ini",
    "a\\b",
    "a:b",
    "a\0.pdf",
    "a\n.pdf",
    "a\x1b[2J.pdf",
    "a\x7f",
    "a\x85b",
    "invoice\u202efdp.exe",
    "a\u2066b\u2069.txt",
    "a\u200eb",
    "a\u061cb",
    "a\u200bb",
    "a\ufeffb",
    "a\u2028b",
    "a\ud800b",
    "a\ue000b",
    "trailing. ",
    "trailing.",
    " leading",
    "con",
    "CON.txt",
    "nul .pdf",
    "COM1.jpg",
    'quo"te',
    "pipe|",
    "star*",
    "question?",
    "<b>",
    "x" * 151,
    "測" * 90,
]
FINE = [
    "passport.jpg",
    "Potni list – kopija (2).pdf",
    "Führerschein.PNG",
    "護照 測試.jpeg",
    "جواز سفر.pdf",
    "نامه\u200cها.pdf",
    "console.txt",
    "a",
    "x" * 150,
]


@pytest.mark.parametrize("name", TRICKS, ids=ascii)
def test_names_that_are_refused(name):
    with pytest.raises(InputError) as caught:
        check_name(name)
    assert (caught.value.code, caught.value.field) == (ErrorCode.ATTACHMENT_NAME, "name")


@pytest.mark.parametrize("name", FINE, ids=ascii)
def test_names_that_are_fine(name):
    check_name(name)


@given(st.text(max_size=200))
def test_a_name_that_passes_is_one_component_of_a_path(name):
    try:
        check_name(name)
    except InputError:
        return
    assert name.isprintable() or "\u200c" in name or "\u200d" in name
    assert not set(name) & set("/\\\0:")
    assert name == name.strip()
    assert len(name.encode()) <= 255


def test_sizes_and_counts():
    check_size(0)
    check_size(MAX_FILE_BYTES)
    check_count(MAX_FILES)
    with pytest.raises(LimitError) as caught:
        check_size(MAX_FILE_BYTES + 1)
    assert caught.value.code is ErrorCode.ATTACHMENT_SIZE
    with pytest.raises(InputError):
        check_size(-1)
    with pytest.raises(LimitError) as caught:
        check_count(MAX_FILES + 1)
    assert caught.value.code is ErrorCode.ATTACHMENT_COUNT


def zipped(*names):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(
                zipfile.ZipInfo(name), "x"
            )  # of 1980: a name of today would differ between processes
    return file.getvalue()


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n\0\0", "image/png"),
        (b"\xff\xd8\xff\xe1\0\0Exif", "image/jpeg"),
        (b"GIF89a\1\0", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
        (b"BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", "image/bmp"),
        (b"\0\0\0\x18ftypheic\0", "image/heic"),
        (b"\0\0\0\x18ftypisom\0", "video/mp4"),
        (b"MZ\x90\0\3", "application/vnd.microsoft.portable-executable"),
        (b"\x7fELF\2\1", "application/x-elf"),
        (b"#!/bin/sh\nrm -r /\n", "text/x-script"),
        ("Besedilo: čšž, 測試, عربي\n".encode(), "text/plain"),
        (("č" * HEAD_BYTES).encode()[: HEAD_BYTES - 1], "text/plain"),
        (b"\0\1\2\3", "application/octet-stream"),
        (b"\xff\xfe\xfd and more", "application/octet-stream"),
        (b"", "application/octet-stream"),
        (zipped("a.txt"), "application/zip"),
        (
            zipped("[Content_Types].xml", "word/document.xml"),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else ascii(value[:12]),
)
def test_types_by_content(head, found):
    assert media_type_of(head) == found


@given(st.binary(max_size=HEAD_BYTES))
def test_every_content_has_some_type(head):
    assert "/" in media_type_of(head)


@pytest.mark.parametrize(
    ("name", "media_type", "misnamed"),
    [
        ("a.pdf", "application/pdf", False),
        ("a.PDF", "application/pdf", False),
        ("photo.jpg", "image/jpeg", False),
        ("photo.jpg", "application/vnd.microsoft.portable-executable", True),
        ("photo.jpg.exe", "image/jpeg", True),
        ("report.pdf", "text/plain", True),
        ("notes.txt", "text/plain", False),
        ("notes", "text/plain", False),
        ("picture", "image/png", True),
        ("start.lnk", "application/octet-stream", True),
        ("run", "text/x-script", True),
        ("data.bin", "application/octet-stream", False),
    ],
)
def test_names_that_say_something_else_than_the_content(name, media_type, misnamed):
    assert is_misnamed(name, media_type) is misnamed
