"""PDF through WeasyPrint, which needs Debian's Pango; without it the desk works and the link says so."""

import ctypes
import subprocess
import sys
from functools import cache
from typing import Final

from comity.kernel.errors import ErrorCode, UnavailableError

_LIBRARIES: Final = ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz.so.0", "libfontconfig.so.1")
MISSING_LIBRARY: Final = 3
"""How `press` ends without Pango."""
LONGEST_S: Final = 60
"""A hundred pages take ten seconds on a slow machine; what takes longer has gone wrong."""


class PdfMissingError(UnavailableError):
    """This machine lacks what makes PDF files; asking again does not help."""

    status = 501
    retry = False


@cache
def can_print() -> bool:
    """Tell whether the libraries that WeasyPrint needs are on this machine; looked for once."""
    try:
        for name in _LIBRARIES:
            ctypes.CDLL(name)
    except OSError:
        return False
    return True


def to_pdf(page: str) -> bytes:
    """Return the HTML `page`, which must hold all that it needs, as a tagged PDF (PDF/UA-1).

    Raises `UnavailableError` (pdf.not_installed) where Pango is missing, (pdf.failed) when the page
    could not be set in time.
    """
    if not can_print():
        raise PdfMissingError(ErrorCode.PDF_NOT_INSTALLED)
    command = [sys.executable, "-m", "comity.office.exports.press"]
    try:
        done = subprocess.run(  # noqa: S603 - our own module, nothing of the page in the command
            command, input=page.encode("utf-8"), capture_output=True, timeout=LONGEST_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise UnavailableError(ErrorCode.PDF_FAILED) from error
    if done.returncode == MISSING_LIBRARY:
        raise PdfMissingError(ErrorCode.PDF_NOT_INSTALLED)
    if done.returncode != 0 or not done.stdout.startswith(b"%PDF-"):
        raise UnavailableError(ErrorCode.PDF_FAILED)
    return done.stdout
