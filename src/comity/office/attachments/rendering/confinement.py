"""Giving up rights for good: limits of the process, and a filter of system calls (seccomp, Linux).

After `confine` the process cannot open a file, make a socket, start or signal a process, or get more
memory than its limit: whatever is not needed to compute and to use what is open answers EPERM.
"""

import ctypes
import platform
import resource
import struct
from types import MappingProxyType
from typing import Final

MEMORY_BYTES: Final = 1024 * 1024 * 1024
"""Fifty million points in four bytes, twice, and the libraries."""
PROCESSOR_S: Final = 10

_PR_SET_NO_NEW_PRIVS: Final = 38
_PR_SET_SECCOMP: Final = 22
_SECCOMP_MODE_FILTER: Final = 2
_ALLOW: Final = 0x7FFF0000
_KILL: Final = 0x80000000
_EPERM: Final = 0x00050001
_LOAD_WORD: Final = 0x20
_JUMP_EQUAL: Final = 0x15
_RETURN: Final = 0x06
_NUMBER_AT: Final = 0
_MACHINE_AT: Final = 4
"""Offsets in struct seccomp_data (linux/seccomp.h)."""

_X86_64: Final = (0xC000003E, {
    "read": 0, "write": 1, "close": 3, "fstat": 5, "lseek": 8, "mmap": 9, "mprotect": 10, "munmap": 11,
    "brk": 12, "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15, "writev": 20,
    "sched_yield": 24, "mremap": 25, "madvise": 28, "getpid": 39, "exit": 60, "gettid": 186, "futex": 202,
    "clock_gettime": 228, "exit_group": 231, "getrandom": 318,
})  # fmt: skip
_AARCH64: Final = (0xC00000B7, {
    "lseek": 62, "read": 63, "write": 64, "writev": 66, "close": 57, "fstat": 80, "exit": 93,
    "exit_group": 94, "futex": 98, "clock_gettime": 113, "sched_yield": 124, "rt_sigaction": 134,
    "rt_sigprocmask": 135, "rt_sigreturn": 139, "getpid": 172, "gettid": 178, "brk": 214, "munmap": 215,
    "mremap": 216, "mmap": 222, "mprotect": 226, "madvise": 233, "getrandom": 278,
})  # fmt: skip
_MACHINES: Final = MappingProxyType({"x86_64": _X86_64, "aarch64": _AARCH64})
"""Machine's number for the audit (linux/audit.h) and the numbers of the calls that stay allowed."""


def confine() -> None:
    """Give up every right that is not needed; raises `OSError` where the system cannot do that."""
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, PROCESSOR_S),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(limit, (value, value))
    _filter_calls()


def _filter_calls() -> None:
    known = _MACHINES.get(platform.machine())
    if known is None:
        raise OSError("no table of system calls for this machine")
    program = _program(*known)
    buffer = ctypes.create_string_buffer(program)
    instructions = len(program) // 8
    described = struct.pack("HxxxxxxP", instructions, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "no_new_privs")
    if libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, described, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "seccomp")


def _program(machine: int, calls: dict[str, int]) -> bytes:
    """Return the filter: another machine's calls end the process, known ones pass, the rest get EPERM."""
    lines = [
        (_LOAD_WORD, 0, 0, _MACHINE_AT),
        (_JUMP_EQUAL, 1, 0, machine),
        (_RETURN, 0, 0, _KILL),
        (_LOAD_WORD, 0, 0, _NUMBER_AT),
    ]
    for number in sorted(calls.values()):
        lines += [(_JUMP_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ALLOW)]
    lines.append((_RETURN, 0, 0, _EPERM))
    return b"".join(struct.pack("HBBI", *line) for line in lines)
