"""A few threads that work in the database for the many that hold a node's line.

Each thread that asks the database keeps a connection, and a relay has a thread for each of four hundred
long polls: whatever bureaus bring and fetch there is done by these, whose connections stay open. Making
one anew costs more than what most of them are asked to do.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Final, ParamSpec, TypeVar

from django.db import connection

from comity.node.home import NodeHome
from comity.office.runtime import home

P = ParamSpec("P")
T = TypeVar("T")

CLERKS: Final = 6
EXPRESS_CLERKS: Final = 4
"""For FLASH: two hundred bureaus that ask for their other mail are not before it."""


class _Clerks:
    """Those of one node."""

    def __init__(self) -> None:
        self.ordinary = ThreadPoolExecutor(CLERKS, thread_name_prefix="clerk")
        self.express = ThreadPoolExecutor(EXPRESS_CLERKS, thread_name_prefix="express")


def ask(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Have a clerk do `work`, outside of any scope; return what it returns or raise what it raises."""
    return _of(home()).ordinary.submit(lambda: _do(work, *args, **kwargs)).result()


def ask_express(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """As `ask`, for what must not wait behind anything ordinary."""
    return _of(home()).express.submit(lambda: _do(work, *args, **kwargs)).result()


@cache
def _of(node: NodeHome) -> _Clerks:  # noqa: ARG001 - a node has its own clerks, for they keep its database
    return _Clerks()


def _do(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    connection.close_if_unusable_or_obsolete()
    return work(*args, **kwargs)
