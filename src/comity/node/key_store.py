"""A node's private keys on disk: generation after generation, one of them in force.

    keys/sealing.key, ed25519.key, ml_dsa_65.key     the first generation
    keys/0002/…                                      the second, and so on
    keys/current                                     names the one in force; absent: the first

New keys lie ready in their folder before anybody is told of them, and one file, replaced in one step, brings
them into force: a crash at any moment leaves the old ones or the new ones. Sealing keys are kept for ever,
for what was sealed to them; former signing keys are destroyed.
"""

import fcntl
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from comity.crypto.encoding import to_text
from comity.crypto.files import PRIVATE_FILE, make_private_folder, read_private, write_private
from comity.crypto.sealing import SealingKey, SealingRing
from comity.crypto.signing import KEY_FILES, SigningKeys
from comity.kernel.errors import ConfigurationError, ErrorCode
from comity.protocol.members import PublicKeys

SEALING_FILE: Final = "sealing.key"
_CURRENT: Final = "current"
_LOCK: Final = "change.lock"
_DRAFT: Final = ".draft"
_FIRST: Final = 1


@dataclass(frozen=True, slots=True)
class KeySet:
    """The private keys of one generation."""

    number: int
    signing: SigningKeys
    sealing: SealingKey

    @property
    def public(self) -> PublicKeys:
        """The public half as the directory lists it."""
        return PublicKeys(
            ed25519=to_text(self.signing.public.ed25519),
            ml_dsa_65=to_text(self.signing.public.ml_dsa_65),
            sealing=to_text(self.sealing.public),
        )


@dataclass(frozen=True, slots=True)
class _Loaded:
    seen: tuple[int, ...]
    keys: KeySet
    ring: SealingRing


class KeyStore:
    """The keys in a folder. Safe for several threads; another process's change is seen at the next look."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._loaded: _Loaded | None = None

    def create(self) -> None:
        """Write the first generation into the existing, private folder."""
        SigningKeys.generate().to_files(self._folder)
        SealingKey.generate().to_file(self._folder / SEALING_FILE)

    @property
    def current(self) -> KeySet:
        """The keys in force; raises `ConfigurationError` (config.missing, .permissions, .odd_value)."""
        return self._look().keys

    @property
    def ring(self) -> SealingRing:
        """Every sealing key that lies here: the present one, former ones, one that lies ready."""
        return self._look().ring

    def draft(self, *, keep_signing: bool = False) -> KeySet:
        """Return the keys that lie ready to follow the present ones; makes them when there are none.

        Asked again before they are in force, it gives the same. `keep_signing` takes the present
        signing keys over.
        """
        current = self.current
        ready = [number for number in self._numbers() if number > current.number]
        if ready:
            return self._read(ready[0])
        number = self._numbers()[-1] + 1
        draft = self._folder / _DRAFT
        shutil.rmtree(draft, ignore_errors=True)
        make_private_folder(draft)
        signing = current.signing if keep_signing else SigningKeys.generate()
        signing.to_files(draft)
        SealingKey.generate().to_file(draft / SEALING_FILE)
        draft.rename(self._folder_of(number))
        self._forget()
        return self._read(number)

    def waiting(self) -> KeySet | None:
        """Return the keys that lie ready, or None when there are none."""
        ready = [number for number in self._numbers() if number > self.current.number]
        return self._read(ready[0]) if ready else None

    def bring_into_force(self, keys: KeySet) -> None:
        """Make `keys` the present ones, durably, and destroy the signing keys before them."""
        write_private(self._folder / _CURRENT, f"{keys.number:04d}".encode("ascii"))
        for number in self._numbers():
            if number < keys.number:
                for name in KEY_FILES:
                    (self._folder_of(number) / name).unlink(missing_ok=True)
        self._forget()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes from changing keys meanwhile."""
        descriptor = os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _look(self) -> _Loaded:
        seen = self._seen()
        with self._lock:
            if self._loaded is None or self._loaded.seen != seen:
                self._loaded = self._load(seen)
            return self._loaded

    def _seen(self) -> tuple[int, ...]:
        """Return what changes when new keys lie ready or come into force."""
        folder = self._folder.stat().st_mtime_ns
        try:
            current = (self._folder / _CURRENT).stat()
        except FileNotFoundError:
            return (folder,)
        return folder, current.st_mtime_ns, current.st_ino

    def _load(self, seen: tuple[int, ...]) -> _Loaded:
        keys = self._read(self._current_number())
        others = [number for number in self._numbers() if number != keys.number]
        former = [SealingKey.from_file(self._folder_of(number) / SEALING_FILE) for number in others]
        return _Loaded(seen, keys, SealingRing(keys.sealing, former))

    def _forget(self) -> None:
        with self._lock:
            self._loaded = None

    def _read(self, number: int) -> KeySet:
        folder = self._folder_of(number)
        return KeySet(number, SigningKeys.from_files(folder), SealingKey.from_file(folder / SEALING_FILE))

    def _current_number(self) -> int:
        path = self._folder / _CURRENT
        if not path.exists():
            return _FIRST
        text = read_private(path).decode("ascii", "replace")
        if not text.isdecimal() or int(text) not in self._numbers():
            raise ConfigurationError(ErrorCode.CONFIG_ODD_VALUE, field=str(path))
        return int(text)

    def _numbers(self) -> list[int]:
        later = [int(path.name) for path in self._folder.iterdir() if path.is_dir() and path.name.isdecimal()]
        return [_FIRST, *sorted(later)]

    def _folder_of(self, number: int) -> Path:
        return self._folder if number == _FIRST else self._folder / f"{number:04d}"
