"""From an untrusted picture or page to a plain one: its points alone, none of what else was in the file."""

import io
from typing import Final

import pypdfium2
from PIL import Image, ImageOps

SIDE: Final = 1600
"""Longest side of what is shown, in points."""
MAX_POINTS: Final = 50_000_000
"""Of the original; a full page at 600 dpi has 35 million. More is refused before it is decoded."""
QUALITY: Final = 85
PDF_TYPE: Final = "application/pdf"
FORMATS: Final = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/bmp": "BMP",
    "image/tiff": "TIFF",
}
"""What is decoded, each by its own decoder alone."""
_WHITE: Final = (255, 255, 255)


class NoPictureError(Exception):
    """Nothing is shown of this file."""


def load_decoders() -> None:
    """Load what is loaded late otherwise: once rights are given up nothing can be opened."""
    Image.init()
    blank = Image.new("RGB", (8, 8))
    for name in FORMATS.values():
        file = io.BytesIO()
        blank.save(file, name)
        _decoded(file.getvalue(), name)
    _encoded(blank, "PNG")
    document = pypdfium2.PdfDocument.new()
    document.new_page(72, 72)
    file = io.BytesIO()
    document.save(file)
    picture_of(file.getvalue(), PDF_TYPE)


def picture_of(data: bytes, media_type: str) -> bytes:
    """Return a PNG of a page, a JPEG of a picture, `SIDE` points at most; raises `NoPictureError`."""
    if media_type == PDF_TYPE:
        return _encoded(_first_page(data), "PNG")
    if media_type not in FORMATS:
        raise NoPictureError
    return _encoded(_decoded(data, FORMATS[media_type]), "JPEG")


def _decoded(data: bytes, name: str) -> Image.Image:
    """Return the first picture in `data`, turned as the camera meant it, on white."""
    with Image.open(io.BytesIO(data), formats=[name]) as opened:
        if opened.width * opened.height > MAX_POINTS:
            raise NoPictureError
        opened.draft("RGB", (SIDE, SIDE))
        opened.thumbnail((SIDE, SIDE))
        turned = ImageOps.exif_transpose(opened).convert("RGBA")
    # A new picture, so that nothing but points is taken over: no place, no camera, no remarks.
    clean = Image.new("RGB", turned.size, _WHITE)
    clean.paste(turned, mask=turned.getchannel("A"))
    return clean


def _first_page(data: bytes) -> Image.Image:
    document = pypdfium2.PdfDocument(data)
    page = document[0]
    width, height = page.get_size()
    if not (width > 0 and height > 0):
        raise NoPictureError
    scale = min(2.0, SIDE / max(width, height))
    drawn = page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
    clean = Image.new("RGB", drawn.size, _WHITE)
    clean.paste(drawn)
    return clean


def _encoded(picture: Image.Image, name: str) -> bytes:
    file = io.BytesIO()
    picture.save(file, name, quality=QUALITY)
    return file.getvalue()
