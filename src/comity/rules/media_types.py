"""Which type a file is, from its content. For people to see; nothing is opened or run because of it.

A table of our own, for what desks exchange: the packages that do this bring hundreds of formats, whose
weaker patterns name a type that is not there. Signatures are those of the formats' own specifications.
"""

import re
from typing import Final

HEAD_BYTES: Final = 4096
"""How much of the beginning is looked at."""
UNKNOWN: Final = "application/octet-stream"
TEXT: Final = "text/plain"
ZIP: Final = "application/zip"
PDF: Final = "application/pdf"

_AT_START: Final = (
    (b"%PDF-", PDF),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"{\\rtf", "application/rtf"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"\x1f\x8b", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\0", "application/x-xz"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"MZ", "application/vnd.microsoft.portable-executable"),
    (b"\x7fELF", "application/x-elf"),
    (b"\xcf\xfa\xed\xfe", "application/x-mach-binary"),
    (b"\xca\xfe\xba\xbe", "application/java-vm"),
    (b"#!", "text/x-script"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
    (b"\x1aE\xdf\xa3", "video/x-matroska"),
    (b"SQLite format 3\0", "application/vnd.sqlite3"),
)
_RIFF: Final = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_OFFICE: Final = (
    (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
)
_BRANDS: Final = {
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heif",
    b"avif": "image/avif",
    b"qt  ": "video/quicktime",
    b"M4A ": "audio/mp4",
}
_ENDINGS: Final = {
    PDF: {"pdf"},
    "image/png": {"png"},
    "image/jpeg": {"jpg", "jpeg", "jpe", "jfif"},
    "image/gif": {"gif"},
    "image/tiff": {"tif", "tiff"},
    "image/webp": {"webp"},
    "image/bmp": {"bmp", "dib"},
    "application/vnd.microsoft.portable-executable": {"exe", "dll", "sys", "scr"},
}
_PROGRAMS: Final = frozenset(
    {
        "application/vnd.microsoft.portable-executable",
        "application/x-elf",
        "application/x-mach-binary",
        "application/java-vm",
        "text/x-script",
    }
)
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f]")
_RUN_BY_NAME: Final = frozenset(
    {
        "exe",
        "scr",
        "com",
        "bat",
        "cmd",
        "ps1",
        "vbs",
        "vbe",
        "js",
        "jse",
        "wsf",
        "hta",
        "lnk",
        "msi",
        "reg",
        "jar",
        "sh",
        "url",
        "pif",
        "cpl",
        "dll",
    }
)
"""Endings that make a system run what is behind them."""


def media_type_of(head: bytes) -> str:
    """Return the media type of a file that begins with `head` (its first `HEAD_BYTES`, or all of it)."""
    for signature, found in _AT_START:
        if head.startswith(signature):
            return found
    if head.startswith(b"PK\x03\x04"):
        return _in_zip(head)
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12], UNKNOWN)
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    if _is_bitmap(head):
        return "image/bmp"
    return TEXT if _is_text(head) else UNKNOWN


def is_misnamed(name: str, media_type: str) -> bool:
    """Tell whether the end of `name` says something else than the content: a reader should be warned.

    True for what a system would run by its name, for a program under any other ending, and for a
    document or picture whose content is not one.
    """
    ending = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    if ending in _RUN_BY_NAME or media_type in _PROGRAMS:
        return True
    if media_type in _ENDINGS:
        return ending not in _ENDINGS[media_type]
    return any(ending in endings for endings in _ENDINGS.values())


def _in_zip(head: bytes) -> str:
    if head[30:38] == b"mimetype" and b"application/vnd.oasis.opendocument." in head[38:120]:
        return "application/vnd.oasis.opendocument"
    if b"[Content_Types].xml" in head or b"_rels/" in head:
        return next((found for folder, found in _OFFICE if folder in head), ZIP)
    return ZIP


def _is_bitmap(head: bytes) -> bool:
    return head[:2] == b"BM" and head[6:10] == bytes(4) and head[14:18] == b"\x28\0\0\0"


def _is_text(head: bytes) -> bool:
    if not head or _CONTROL.search(head):
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return len(head) >= HEAD_BYTES - 4 and error.start >= len(head) - 3  # cut within a sign
    return True
