"""How the index lies on the disk: databases, keys, values.

| database    | key                               | value                                               |
|-------------|-----------------------------------|-----------------------------------------------------|
| `meta`      | `state`                           | `State`                                             |
| `exact`     | bucket of a key's hash            | entries: fingerprint, record number, class          |
| `ids`       | bucket of a record id's hash      | entries: fingerprint, record number                 |
| `blocks`    | record number / 8                 | up to eight compact rows (`blocks`)                 |
| `records`   | record number of a row by itself  | `LoneRow`                                           |
| `templates` | template number                   | how many rows use it, canonical JSON of what they share |
| `templates` | digest of that JSON               | template number                                     |
| `classes`   | class number                      | how many records it has, `Audience`                 |
| `names`     | name number                       | `NameHead`, then the bytes of the name form         |
| `hidden_names` | name number, from `HIDDEN` on  | the same for names of restricted records            |
| `grams`     | posting key, upper half of names  | lower halves of name numbers (`postings`)           |
| `counts`    | `g` + posting key, `t` + key of rarity | in how many names it stands                         |
| `words`     | class, word of a description      | record numbers, ascending                           |

Numbers of records and names are unsigned, 32 bits, in the machine's order where they are keys of their
own, big-endian elsewhere; they are never used twice. `counts` leaves restricted records out: a
frequency must not tell that one exists (I6).
"""

import os
import struct
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import lmdb
import msgspec

from comity.index.generations import DATA_FILE
from comity.kernel.errors import ErrorCode, IntegrityError, UnavailableError
from comity.ledger.commitments import GENESIS

FORMAT: Final = 4
"""Goes up with every change of this layout or of a normal form in `matching`; the index is then rebuilt."""
MAP_LIMIT_BYTES: Final = 1 << 40
"""Readers reserve addresses for this much, not memory, so that they never notice the writer's growth."""
FIRST_MAP_BYTES: Final = 1 << 28
"""The writer's first map; doubled whenever it is full, up to the limit."""
MAX_READERS: Final = 512
"""Reader slots over all processes: search threads, the desk's and the writer's own."""
SPARE_SNAPSHOTS: Final = 64
"""Ended snapshots kept for the next questions of one process: as many as it has threads that ask."""
MAX_NUMBER: Final = (1 << 32) - 1
NOT_POSTED: Final = 0
"""Stands in a row for a listed name that cannot be found; numbers begin at 1."""

HIDDEN: Final = 1 << 31
"""First number of names of restricted records: no public list knows of them (I6)."""
ALONE: Final = 1 << 31
"""Bit of a record number whose row lies by itself in `records`, not among others in `blocks`."""

STATE_KEY: Final = b"state"
_NUMBER: Final = struct.Struct("=I")


class State(msgspec.Struct, frozen=True, kw_only=True):
    """Where the index stands. Written in the same transaction as the entries it speaks of."""

    format: int = FORMAT
    sequence: int = 0
    chain: bytes = GENESIS
    as_of: str = ""
    """Instant at which nothing newer existed than what is applied; empty before the first."""
    records: int = 0
    public_names: int = 0
    """Names of unrestricted records: the ground of rarity."""
    next_record: int = 1
    """Of those in `blocks`."""
    next_alone: int = ALONE
    next_name: int = 1
    next_hidden: int = HIDDEN
    """Name of a restricted record."""
    next_template: int = 1
    classes: int = 0
    """Goes up whenever `classes` changes: readers then look anew what each viewer may see."""


_STATE: Final = msgspec.msgpack.Decoder(State)
_ENCODER: Final = msgspec.msgpack.Encoder()


class Databases(NamedTuple):
    """Handles of one environment."""

    meta: Any
    exact: Any
    ids: Any
    blocks: Any
    records: Any
    templates: Any
    classes: Any
    names: Any
    hidden_names: Any
    """Apart, so that both grow at their end only: pages that are filled one after the other stay full."""
    grams: Any
    counts: Any
    words: Any

    def names_at(self, number: int) -> Any:
        """Return the database in which a name of this number lies."""
        return self.names if number < HIDDEN else self.hidden_names


def open_environment(
    directory: Path, *, map_bytes: int, writable: bool
) -> tuple[lmdb.Environment, Databases]:
    """Open the index in `directory`. A process may open it once.

    Raises `UnavailableError` (index.unavailable) when there is none or it cannot be read, and
    `IntegrityError` (integrity.index) when its file was cut.
    """
    try:
        environment = lmdb.open(
            str(directory),
            map_size=map_bytes,
            max_dbs=len(Databases._fields),
            max_readers=MAX_READERS,
            max_spare_txns=SPARE_SNAPSHOTS,
            readonly=not writable,
            create=writable,
            mode=0o600,
        )
        if not is_whole(environment):
            environment.close()
            raise cut_short()
        return environment, _open_databases(environment, create=writable)
    except lmdb.Error as error:
        raise UnavailableError(ErrorCode.INDEX_UNAVAILABLE, detail=type(error).__name__) from error


def is_whole(environment: lmdb.Environment) -> bool:
    """Tell whether the file holds every page that it says it has.

    The pages are mapped: whoever reads one behind the end of the file is ended by the system (SIGBUS).
    """
    return _size(environment) >= _stated_size(environment)


def cut_short() -> IntegrityError:
    """Return the error of a file that is not whole."""
    return IntegrityError(ErrorCode.INTEGRITY_INDEX, detail="the data file was cut")


def make_whole(environment: lmdb.Environment) -> None:
    """Let the file reach as far as it says; for its writer, right after a transaction.

    LMDB does not write pages that a transaction took and let go of again, even if they are the last.
    """
    if not is_whole(environment):
        os.truncate(_data_file(environment), _stated_size(environment))


def _stated_size(environment: lmdb.Environment) -> int:
    pages = int(environment.info()["last_pgno"]) + 1
    return pages * int(environment.stat()["psize"])


def _size(environment: lmdb.Environment) -> int:
    """Return the bytes of the file itself, which may be without a name by now."""
    try:
        return _data_file(environment).stat().st_size
    except FileNotFoundError:
        return _stated_size(environment)


def _data_file(environment: lmdb.Environment) -> Path:
    return Path(environment.path()) / DATA_FILE


def _open_databases(environment: lmdb.Environment, *, create: bool) -> Databases:
    numbers = {"dupsort": True, "dupfixed": True, "integerdup": True}
    options: dict[str, Any] = {
        "records": {"integerkey": True},
        "names": {"integerkey": True},
        "hidden_names": {"integerkey": True},
        "words": numbers,
    }
    return Databases(
        *(
            environment.open_db(name.encode(), create=create, **options.get(name, {}))
            for name in Databases._fields
        )
    )


def read_state(transaction: Any, databases: Databases) -> State:
    """Return where the index stands. Raises `IntegrityError` (integrity.index) for another format."""
    data = transaction.get(STATE_KEY, db=databases.meta)
    if data is None:
        return State()
    state = _STATE.decode(data)
    if state.format != FORMAT:
        raise IntegrityError(ErrorCode.INTEGRITY_INDEX, detail=f"format {state.format}")
    return state


def encode_state(state: State) -> bytes:
    """Return the bytes of `state`."""
    return _ENCODER.encode(state)


def pack(number: int) -> bytes:
    """Return a record or name number as bytes."""
    return _NUMBER.pack(number)


def unpack(data: bytes) -> int:
    """Return the number of its bytes."""
    return int(_NUMBER.unpack(data)[0])


def to_microseconds(instant: datetime) -> int:
    """Return an aware instant as whole microseconds since 1970-01-01T00:00:00Z."""
    return round(instant.timestamp() * 1_000_000)
