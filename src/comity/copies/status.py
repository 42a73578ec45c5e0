"""The file run/copies.json: how the copy stands, for the desk and `comity status`."""

import threading
from pathlib import Path
from typing import Final

import msgspec

from comity.crypto.files import read_private, write_private
from comity.kernel.clock import Clock, to_wire
from comity.kernel.errors import ErrorCode, UnavailableError

STATUS_FILE: Final = "copies.json"
WRITE_EVERY_S: Final = 1.0
"""Often enough for a person who looks; a changed error is written at once."""


class CopiesStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What the file says."""

    sequence: int = 0
    """Feed position that is applied."""
    as_of: str = ""
    """Instant at which the copy was last known to be up to date; empty: never."""
    last_error: str | None = None
    """Code of the errand that fails now, None when all go well."""
    errors: dict[str, str] = {}
    """Code of each errand that fails now."""
    unsent_receipts: int = 0
    written_at: str = ""


def read_status(run_dir: Path) -> CopiesStatus:
    """Return what the process last wrote; raises `ConfigurationError` (config.missing) if it never ran."""
    try:
        return msgspec.json.decode(read_private(run_dir / STATUS_FILE), type=CopiesStatus)
    except msgspec.DecodeError as error:
        raise UnavailableError(ErrorCode.NOT_READY) from error


class StatusFile:
    """Gathers what the errands tell and writes it; called from their threads."""

    def __init__(self, run_dir: Path, clock: Clock) -> None:
        self._path = run_dir / STATUS_FILE
        self._clock = clock
        self._lock = threading.Lock()
        self._status = CopiesStatus()
        self._written: CopiesStatus | None = None
        self._written_at = clock.now()

    def copy_stands_at(self, sequence: int, as_of: str) -> None:
        """Note where the copy stands."""
        with self._lock:
            self._status = msgspec.structs.replace(self._status, sequence=sequence, as_of=as_of)
            self._write()

    def receipts_wait(self, unsent: int) -> None:
        """Note how many receipts the secretariat has not acknowledged."""
        with self._lock:
            self._status = msgspec.structs.replace(self._status, unsent_receipts=unsent)
            self._write()

    def errand_ended(self, name: str, code: str | None) -> None:
        """Note whether an errand's last step failed."""
        with self._lock:
            errors = {known: text for known, text in self._status.errors.items() if known != name}
            if code is not None:
                errors[name] = code
            last = code or next(iter(errors.values()), None)
            self._status = msgspec.structs.replace(self._status, errors=errors, last_error=last)
            self._write()

    def close(self) -> None:
        """Write what is left."""
        with self._lock:
            self._write(at_once=True)

    def _write(self, *, at_once: bool = False) -> None:
        now = self._clock.now()
        fresh = (now - self._written_at).total_seconds() < WRITE_EVERY_S
        same_errors = self._written is not None and self._written.errors == self._status.errors
        if self._status == self._written or (fresh and same_errors and not at_once):
            return
        text = msgspec.structs.replace(self._status, written_at=to_wire(now))
        write_private(self._path, msgspec.json.encode(text), durable=False)
        self._written, self._written_at = self._status, now
