"""Lines whose packets the kernel drops, where the caller is root: in a network of the command's own.

A network namespace has a loopback device to itself; nobody outside sees it, and it is gone with its last
process. Who connects over a line that is cut gets no answer, not even a refusal, and both ends of a
connection send again what was not confirmed, as over a real line.
"""

import fcntl
import socket
import struct
from typing import Final, Self

from comity.cli.faults.namespaces import carried_out, entered

_NEW_NETWORK: Final = 0x40000000
"""CLONE_NEWNET of unshare(2)."""
_SET_FLAGS: Final = 0x8914
"""SIOCSIFFLAGS of netdevice(7)."""
_UP: Final = 0x1
_REQUEST: Final = struct.Struct("16sh22x")
"""`struct ifreq` with flags."""
_SETS: Final = ("there", "back")
_RULES: Final = """
table ip faults {
    set there { type inet_service; }
    set back { type inet_service; }
    chain out {
        type filter hook output priority 0;
        tcp dport @there drop
        tcp sport @back drop
    }
}
"""


class Packets:
    """Drops what goes to or comes from ports of this network. Safe for use by several threads."""

    @classmethod
    def of_own_network(cls) -> Self | None:
        """Give this program a network of its own, before any thread starts; None where that cannot be had."""
        if not entered(_NEW_NETWORK, "nft"):
            return None
        _bring_up_loopback()
        return cls() if _nft(_RULES) else None

    def drop(self, port: int, *, there: bool, back: bool) -> None:
        """Drop what goes to `port`, what comes from it, or both."""
        sets = [name for name, wanted in zip(_SETS, (there, back), strict=True) if wanted]
        _change([f"add element ip faults {name} {{ {port} }}" for name in sets])

    def let_through(self, port: int) -> None:
        """Drop nothing more; what is sent again arrives."""
        # Taking out what is not in a set is an error, so it is put in first, in the same step.
        both = [
            f"{what} element ip faults {name} {{ {port} }}" for name in _SETS for what in ("add", "delete")
        ]
        _change(both)


def _bring_up_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, _REQUEST.pack(b"lo", _UP))


def _change(commands: list[str]) -> None:
    if commands and not _nft("\n".join(commands)):
        raise OSError(commands[0])


def _nft(rules: str) -> bool:
    """Carry out `rules`, all or none of them."""
    return carried_out("nft", "-f", "-", words=rules)
