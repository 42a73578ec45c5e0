"""Reads the envelope vectors: bases written out, every other case as what differs from its base.

`envelopes.json` holds `bases` (whole envelopes), `good` and `bad` cases. A case names its base and lists
`edits`, each `[path, value]` or, to leave a field out, `[path]`; a path is a list of names and positions.
Two values are made on reading: `{"$repeat": [text, times]}`, and `{"$chunks": [0, 2, 1]}` for the base's
content with its chunks in that order. `text` are replacements `[old, new]` in the finished JSON; with an
empty `old`, `{}` in `new` stands for the whole of it. `directory` are edits of `world.json`'s directory. `as` is the reading bureau, null for the relay.
"""

import base64
import copy
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "vectors" / "envelopes"
CHUNK_BYTES = 64 * 1024 + 16
PREFIX_BYTES = 7


@dataclass(frozen=True)
class Case:
    """One envelope as it arrives somewhere, and what becomes of it."""

    name: str
    data: bytes
    reader: str | None
    at: str
    directory: dict[str, Any]
    code: str
    """Empty for a good one."""
    letter: dict[str, Any] | None
    digest: str


def load(name):
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def cases(kind):
    """Return the cases of one kind, `good` or `bad`, ready to be read."""
    world, file = load("world"), load("envelopes")
    return [built(case, file["bases"], world["directory"]) for case in file[kind]]


def built(case, bases, directory):
    base = bases[case["base"]]
    edited = apply(base, case.get("edits", []))
    text = canonical(edited)
    for old, new in case.get("text", []):
        assert old in text, (case["name"], old)
        text = text.replace(old, new, 1) if old else new.replace("{}", text)
    return Case(
        name=case["name"],
        data=text.encode("utf-8", "surrogatepass"),
        reader=case["as"],
        at=case["at"],
        directory=apply(directory, case.get("directory", [])),
        code=case.get("code", ""),
        letter=case.get("letter"),
        digest=case.get("digest", ""),
    )


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def apply(base, edits):
    """Return a copy of `base` with the edits applied."""
    changed = copy.deepcopy(base)
    for path, *value in edits:
        place = changed
        for step in path[:-1]:
            place = place[step]
        if value:
            put(place, path[-1], made(value[0], base))
        else:
            del place[path[-1]]
    return changed


def put(place, step, value):
    if isinstance(place, list) and step == len(place):
        place.append(value)
    else:
        place[step] = value


def made(value, base):
    if isinstance(value, dict) and "$repeat" in value:
        text, times = value["$repeat"]
        return text * times
    if isinstance(value, dict) and "$chunks" in value:
        return rechunked(base["ciphertext"], value["$chunks"])
    return value


def rechunked(text, order):
    """Return a content, in base64url, with its chunks in another order; some left out or twice."""
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    body = raw[PREFIX_BYTES:]
    chunks = [body[start : start + CHUNK_BYTES] for start in range(0, len(body), CHUNK_BYTES)]
    moved = raw[:PREFIX_BYTES] + b"".join(chunks[number] for number in order)
    return base64.urlsafe_b64encode(moved).rstrip(b"=").decode("ascii")


def difference(base, changed, path=()):
    """Return the edits that make `changed` out of `base`."""
    if isinstance(base, dict) and isinstance(changed, dict):
        found = [[[*path, name]] for name in base if name not in changed]
        for name, value in changed.items():
            if name not in base:
                found.append([[*path, name], value])
            else:
                found += difference(base[name], value, (*path, name))
        return found
    if isinstance(base, list) and isinstance(changed, list) and len(base) == len(changed):
        return [
            edit
            for n, pair in enumerate(zip(base, changed, strict=True))
            for edit in difference(*pair, (*path, n))
        ]
    # Types are compared too: true is no 1, and 1.0 no 1.
    return [] if base == changed and type(base) is type(changed) else [[list(path), changed]]
