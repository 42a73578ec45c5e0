"""Files of records on the machine of whoever types the command."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from comity.collections.files import JSON_ENDINGS, BadRow, Row, read_lines
from comity.kernel.codes import CollectionName
from comity.kernel.errors import ErrorCode, LimitError

__all__ = ["JSON_ENDINGS", "MAX_FILE_BYTES", "BadRow", "Row", "read_records"]

MAX_FILE_BYTES: Final = 512 * 1024 * 1024
"""Half a million records of a kilobyte: a whole national register at once, still read in memory."""


def read_records(path: Path, name: CollectionName) -> Iterator[Row | BadRow]:
    """Yield the lines of a file in order.

    Raises what `collections.files.read_lines` raises, and `LimitError` (limit.body).
    """
    if path.stat().st_size > MAX_FILE_BYTES:
        raise LimitError(ErrorCode.LIMIT_BODY, field=path.name)
    yield from read_lines(path.read_bytes(), path.name, name)
