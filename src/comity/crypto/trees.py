"""Hash trees (RFC 9162 section 2.1): one signature over a root speaks for every leaf, each with a short path.

Leaf = SHA-256(0x00 ‖ data), node = SHA-256(0x01 ‖ left ‖ right); the left part of `n` leaves holds the
largest power of two below `n`.
"""

from collections.abc import Sequence
from hashlib import sha256

_LEAF, _NODE = b"\0", b"\1"


def leaf_of(data: bytes) -> bytes:
    """Return the leaf (32 bytes) that stands for `data`."""
    return sha256(_LEAF + data).digest()


def tree_of(leaves: Sequence[bytes]) -> tuple[bytes, list[list[bytes]]]:
    """Return the root (32 bytes) over at least one leaf, and for each the path that leads there.

    A path holds what stands beside the way, from the leaf up.
    """
    if len(leaves) == 1:
        return leaves[0], [[]]
    split = _split(len(leaves))
    left, left_paths = tree_of(leaves[:split])
    right, right_paths = tree_of(leaves[split:])
    paths = [[*path, right] for path in left_paths] + [[*path, left] for path in right_paths]
    return _node(left, right), paths


def root_by_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root to which leaf number `index` of `size` leads by `path`; None for no such path."""
    if not 0 <= index < size or (size == 1) != (not path):
        return None
    if size == 1:
        return leaf
    split = _split(size)
    beside = path[-1]
    if index < split:
        left = root_by_path(leaf, index, split, path[:-1])
        return None if left is None else _node(left, beside)
    right = root_by_path(leaf, index - split, size - split, path[:-1])
    return None if right is None else _node(beside, right)


def _split(size: int) -> int:
    return 1 << ((size - 1).bit_length() - 1)


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(_NODE + left + right).digest()
