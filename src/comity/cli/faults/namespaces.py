"""Namespaces of the command's own, and the system's programs that work in them, where the caller is root.

Nobody else sees what is changed there, and it is gone with the last process of the command, however it ends.
"""

import ctypes
import os
import shutil
import subprocess


def entered(kind: int, program: str) -> bool:
    """Give this program a namespace of its own, before any thread starts; False where that is not allowed.

    `kind` is a flag of unshare(2); `program` is what the namespace is of no use without.
    """
    if os.geteuid() != 0 or shutil.which(program) is None:
        return False
    return int(ctypes.CDLL(None, use_errno=True).unshare(kind)) == 0


def carried_out(*command: str, words: str = "") -> bool:
    """Run a program of the system, give it `words` to read, and tell whether it succeeded."""
    done = subprocess.run(  # noqa: S603 - programs of the system, named in this package
        command,
        input=words.encode(),
        check=False,
        capture_output=True,
        start_new_session=True,  # Ctrl-C is for the program that makes trouble
    )
    return done.returncode == 0
