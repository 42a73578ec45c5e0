"""Writes the test vectors of chunked sealing: `python -m tests.crypto.make_streaming_vectors` from the root.

Keys, prefixes and contents are fixed, so that each run writes the same file. The refused ones are made
from the accepted ones, as somebody on the way could.
"""

import hashlib
import json
from pathlib import Path

from comity.crypto.streaming import TAG_BYTES, ChunkCipher, chunk_count

FILE = Path(__file__).parent / "vectors" / "streaming.json"
KEY, PREFIX = bytes(range(32)), bytes(range(100, 107))
CHUNK = 32
SIZES = (0, 1, 31, 32, 33, 64, 100)


def plaintext(size):
    return (b"What only sender and recipient read. " * 4)[:size]


def sealed_parts(size, *, key=KEY, prefix=PREFIX, aad=b"aad", chunk_bytes=CHUNK):
    """Return prefix and sealed chunks, by the single-chunk interface and a prefix that is not random."""
    cipher, data, count = ChunkCipher(key, prefix, aad), plaintext(size), chunk_count(size, chunk_bytes)
    chunks = [data[n * chunk_bytes : (n + 1) * chunk_bytes] for n in range(count)]
    return [prefix, *(cipher.seal(n, chunk, last=n == count - 1) for n, chunk in enumerate(chunks))]


def accepted():
    cases = [case(f"{size} bytes", sealed_parts(size), plaintext(size)) for size in SIZES]
    big = sealed_parts(100, chunk_bytes=65536)
    return [*cases, case("one chunk of 64 KiB is not full", big, plaintext(100), chunk_bytes=65536)]


def case(name, parts, opened=None, **other):
    made = {"name": name, "chunk_bytes": CHUNK, "key_hex": KEY.hex(), "aad_hex": b"aad".hex()} | other
    sealed = b"".join(parts)
    made["sealed_hex"] = sealed.hex()
    if opened is not None:
        made["plaintext_hex"] = opened.hex()
        made["plaintext_sha256"] = hashlib.sha256(opened).hexdigest()
    return made


def refused():
    prefix, one, two, three, four = sealed_parts(100)
    foreign = sealed_parts(100, key=bytes(32))
    moved = sealed_parts(100, prefix=bytes(7))
    empty_last = ChunkCipher(KEY, PREFIX, b"aad")
    not_last = [ChunkCipher(KEY, PREFIX, b"aad").seal(0, plaintext(32), last=False)]
    return [
        case("nothing", []),
        case("half a prefix", [prefix[:3]]),
        case("prefix alone", [prefix]),
        case("last chunk dropped", [prefix, one, two, three]),
        case("two chunks dropped", [prefix, one, two]),
        case("first chunk dropped", [prefix, two, three, four]),
        case("chunk in the middle dropped", [prefix, one, three, four]),
        case("two chunks change places", [prefix, two, one, three, four]),
        case("chunk doubled", [prefix, one, one, two, three, four]),
        case("last chunk doubled", [prefix, one, two, three, four, four]),
        case("chunk put behind the last", [prefix, one, two, three, four, one]),
        case("byte put behind the last", [prefix, one, two, three, four, b"\0"]),
        case("last byte cut off", [prefix, one, two, three, four[:-1]]),
        case("tag of the last chunk cut off", [prefix, one, two, three, four[:-TAG_BYTES]]),
        case("last chunk shorter than a tag", [prefix, one, two, three, four[:9]]),
        case("prefix of another content", [bytes(7), one, two, three, four]),
        case("chunk under another prefix", [prefix, one, moved[2], three, four]),
        case("chunk under another key", [prefix, one, foreign[2], three, four]),
        case("bit of a chunk", [prefix, bytes([one[0] ^ 1]) + one[1:], two, three, four]),
        case("bit of a tag", [prefix, one[:-1] + bytes([one[-1] ^ 128]), two, three, four]),
        case("other associated data", [prefix, one, two, three, four], aad_hex=b"other".hex()),
        case("other key", [prefix, one, two, three, four], key_hex=bytes(32).hex()),
        case("short key", [prefix, one, two, three, four], key_hex=KEY[:16].hex()),
        case("other size of chunks", [prefix, one, two, three, four], chunk_bytes=CHUNK * 2),
        case("no chunk is the last", [prefix, *not_last]),
        case("empty last chunk", [prefix, *not_last, empty_last.seal(1, b"", last=True)]),
    ]


def vectors():
    return {"accepted": accepted(), "refused": refused()}


def main():
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(vectors(), indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
