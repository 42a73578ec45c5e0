"""An fdatasync that the kernel does by itself and then tells of: nobody has to wait for it (io_submit(2)).

A thread that waits for the disk must queue for the interpreter before and after; each time the event loop
is interrupted, and two processors change what they work on. The kernel's own asynchronous sync
(IOCB_CMD_FDSYNC, Linux 4.18) costs two short calls. Where it is missing or not allowed a thread does it.
"""

import ctypes
import errno
import os
import platform
import struct
from contextlib import suppress
from typing import Final, NamedTuple, Self


class _Calls(NamedTuple):
    """Numbers of the system calls."""

    setup: int
    destroy: int
    events: int
    submit: int


_CALLS: Final = {"x86_64": _Calls(206, 207, 208, 209), "aarch64": _Calls(0, 1, 4, 2)}
_FDSYNC: Final = 3
_TELL_DESCRIPTOR: Final = 1
_CONTROL: Final = struct.Struct("=QIIHhIQQqQII")
"""`struct iocb` of linux/aio_abi.h, little-endian: data, key, rw_flags, opcode, priority, descriptor,
buffer, bytes, offset, reserved, flags, descriptor to tell."""
_EVENT: Final = struct.Struct("=QQqq")
"""`struct io_event`: data, control block, result, second result."""


class KernelSync:
    """One sync at a time. Owned by one thread."""

    def __init__(self, calls: _Calls) -> None:
        self._calls = calls
        self._call = ctypes.CDLL(None, use_errno=True).syscall
        self._call.restype = ctypes.c_long
        self._context = ctypes.c_ulong(0)
        self._checked(calls.setup, ctypes.c_uint(1), ctypes.byref(self._context))
        self._control = ctypes.create_string_buffer(_CONTROL.size)
        self._controls = (ctypes.c_void_p * 1)(ctypes.addressof(self._control))
        self._event = ctypes.create_string_buffer(_EVENT.size)
        self.descriptor = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        """Readable when a sync has ended."""

    @classmethod
    def tried(cls, descriptor: int) -> Self | None:
        """Return one that has just synced `descriptor`; None where the system does not offer it."""
        calls = _CALLS.get(platform.machine())
        if calls is None:
            return None
        try:
            made = cls(calls)
        except OSError:
            return None
        try:
            made.start(descriptor)
            made.end(wait=True)
        except OSError:
            made.close()
            return None
        return made

    def start(self, descriptor: int) -> None:
        """Begin to bring data and size of a file to the disk. Raises `OSError` when it cannot begin."""
        fields = (0, 0, 0, _FDSYNC, 0, descriptor, 0, 0, 0, 0, _TELL_DESCRIPTOR, self.descriptor)
        _CONTROL.pack_into(self._control, 0, *fields)
        self._checked(self._calls.submit, self._context, ctypes.c_long(1), self._controls)

    def heard(self) -> None:
        """Make the descriptor silent again. To be called first when it is readable, or it stays so."""
        with suppress(BlockingIOError):
            os.eventfd_read(self.descriptor)

    def end(self, *, wait: bool) -> bool:
        """Tell whether the sync has ended. Raises the `OSError` with which it did."""
        least = ctypes.c_long(1 if wait else 0)
        while True:
            try:
                seen = self._checked(
                    self._calls.events, self._context, least, ctypes.c_long(1), self._event, None
                )
            except InterruptedError:
                continue
            break
        if not seen:
            return False
        result = _EVENT.unpack(self._event)[2]
        if result < 0:
            raise OSError(-result, os.strerror(-result))
        return True

    def close(self) -> None:
        """Give everything back, after what is under way has ended."""
        self._call(self._calls.destroy, self._context)
        os.close(self.descriptor)

    def _checked(self, number: int, *arguments: object) -> int:
        done = int(self._call(ctypes.c_long(number), *arguments))
        if done < 0:
            code = ctypes.get_errno()
            raise OSError(code, errno.errorcode.get(code, ""))
        return done
