"""Following a spool from another process: whole, durable entries in order, each once."""

from pathlib import Path
from typing import Final

from comity.kernel.errors import ErrorCode, IntegrityError
from comity.ledger.frames import HEADER, MAX_ENTRY_BYTES, decode
from comity.ledger.positions import DurableMark, SpoolPosition
from comity.ledger.segments import segment_numbers, segment_path

_CHUNK_BYTES: Final = 1024 * 1024
"""Read at once: some hundred entries, and no reader holds more than this beside what it returns."""


class SpoolReader:
    """Reads a spool that a `SpoolWriter` fills, here or in another process. Holds no file open."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._mark = DurableMark(directory)

    def end(self) -> SpoolPosition:
        """Return the position after the newest durable entry."""
        return self._mark.get()

    def read(self, after: SpoolPosition, limit: int) -> list[tuple[SpoolPosition, bytes]]:
        """Return up to `limit` entries behind `after`, each with the position to go on from.

        Raises `IntegrityError` (integrity.spool) when a durable entry is damaged or missing, or
        `after` lies beyond the end (a spool put back from an older backup).
        """
        end = self.end()
        if after > end:
            raise IntegrityError(ErrorCode.INTEGRITY_SPOOL, detail=f"position {after.text()} is past the end")
        found: list[tuple[SpoolPosition, bytes]] = []
        for number in segment_numbers(self._directory):
            if len(found) >= limit or number > end.segment:
                break
            if number >= after.segment:
                start = after.offset if number == after.segment else 0
                found += self._read_segment(number, start, end, limit - len(found))
        return found

    def _read_segment(
        self, number: int, start: int, end: SpoolPosition, limit: int
    ) -> list[tuple[SpoolPosition, bytes]]:
        path = segment_path(self._directory, number)
        until = end.offset if number == end.segment else path.stat().st_size
        found: list[tuple[SpoolPosition, bytes]] = []
        with path.open("rb") as file:
            while start < until and len(found) < limit:
                file.seek(start)
                chunk = memoryview(file.read(min(_CHUNK_BYTES, until - start)))
                taken = self._take(chunk, number, start, limit - len(found))
                if not taken:
                    file.seek(start)
                    whole = memoryview(file.read(min(HEADER.size + MAX_ENTRY_BYTES, until - start)))
                    taken = self._take(whole, number, start, 1)
                if not taken:
                    raise IntegrityError(
                        ErrorCode.INTEGRITY_SPOOL, detail=f"no sound entry at {number}:{start}"
                    )
                found += taken
                start = taken[-1][0].offset
        return found

    @staticmethod
    def _take(data: memoryview, number: int, base: int, limit: int) -> list[tuple[SpoolPosition, bytes]]:
        found: list[tuple[SpoolPosition, bytes]] = []
        offset = 0
        while len(found) < limit and (frame := decode(data, offset)) is not None:
            offset += frame.size_bytes
            found.append((SpoolPosition(number, base + offset), frame.body))
        return found
