"""Versions of the member directory at the secretariat: rows are the truth, the shared file follows."""

from collections.abc import Callable
from datetime import datetime

import msgspec
from django.db import transaction

from comity.kernel.codes import NodeRole
from comity.kernel.errors import ErrorCode, TrustError
from comity.node.directory import (
    instant,
    is_ahead,
    is_due,
    make_directory,
    open_directory,
    renew_directory,
    sign_directory,
)
from comity.office import runtime
from comity.office.members.models import DirectoryVersion
from comity.protocol.members import Directory, Member, SignedDirectory

_TRIES = 3
"""A file that another process has just replaced by a newer version needs one more look, not many."""


def publish_when_due(at: datetime) -> SignedDirectory:
    """Return the directory in force; at the secretariat it is signed anew when older than an hour.

    One that a clock ahead of time has issued would be refused by everybody until that time: the next
    version takes its place.
    """
    home = runtime.home()
    if home.settings.node.role is not NodeRole.SECRETARIAT:
        return home.directory.signed()
    with transaction.atomic():
        directory = newest()
        if is_ahead(directory, at):
            publish(list, at)
        elif is_due(directory, at):
            _store(renew_directory(directory, at))
    return share(at)


def newest() -> Directory:
    """Return the newest version; nobody else can publish until the transaction ends.

    Where the shared file is ahead of the rows it is taken over: the first was written by founding the
    network, and after a backup was restored the file alone knows what was published since. Without it
    the next version would be one that others know already, with other members.
    """
    # The oldest row stands for the whole table: it is always there and never another one.
    first = DirectoryVersion.objects.select_for_update().order_by("version").first()
    shared = runtime.home().directory.last().directory
    if first is not None:
        row = DirectoryVersion.objects.latest("version")
        held = open_directory(_signed(row), runtime.home().signing.public)
        if _order(held) >= _order(shared):
            return held
    _store(shared)
    return shared


def _order(directory: Directory) -> tuple[int, datetime]:
    return directory.version, instant(directory.issued_at)


def publish(change: Callable[[list[Member]], list[Member]], at: datetime) -> Directory:
    """Make the next version of the changed members, in the caller's transaction; `share` it afterwards.

    Who waited for another's version may have read the clock before it did: issues only grow all the same,
    or every node would refuse the newest one as a rollback.
    """
    before = newest()
    issued = at if is_ahead(before, at) else max(at, instant(before.issued_at))
    directory = make_directory(before.network, before.version + 1, change(list(before.members)), issued)
    _store(directory)
    return directory


def share(at: datetime) -> SignedDirectory:
    """Write the newest committed version into the file that this node's other processes read.

    Should this fail, the rows still hold, and the next call writes the file.
    """
    for attempt in range(_TRIES):
        signed = _signed(DirectoryVersion.objects.latest("version"))
        try:
            runtime.home().directory.accept(signed, at)
        except TrustError as error:
            if error.code is not ErrorCode.DIRECTORY_ROLLBACK or attempt == _TRIES - 1:
                raise
        else:
            return signed
    raise TrustError(ErrorCode.DIRECTORY_ROLLBACK)


def _store(directory: Directory) -> None:
    signed = sign_directory(directory, runtime.home().signing)
    DirectoryVersion.objects.update_or_create(
        version=directory.version,
        defaults={
            "signed": msgspec.json.encode(signed).decode("utf-8"),
            "issued_at": instant(directory.issued_at),
        },
    )


def _signed(row: DirectoryVersion) -> SignedDirectory:
    return msgspec.json.decode(row.signed, type=SignedDirectory)
