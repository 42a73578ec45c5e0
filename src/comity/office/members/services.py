"""What the secretariat does with its member directory. Every other node only reads it."""

from datetime import datetime

import msgspec
from django.db import transaction

from comity.kernel.codes import NodeRole
from comity.node.directory import instant, is_due, open_directory, renew_directory, sign_directory
from comity.office import runtime
from comity.office.members.models import DirectoryVersion
from comity.protocol.members import Directory, SignedDirectory


def publish_when_due(at: datetime) -> SignedDirectory:
    """Return the directory in force; at the secretariat it is signed anew when older than an hour."""
    home = runtime.home()
    if home.settings.node.role is not NodeRole.SECRETARIAT:
        return home.directory.signed()
    with transaction.atomic():
        directory = newest_directory(at)
        if is_due(directory, at):
            directory = renew_directory(directory, at)
            store_directory(directory)
    return share_directory(at)


def newest_directory(at: datetime) -> Directory:
    """Return the newest version as the database has it, locked until the transaction ends.

    The first is taken over from the file that founding the network wrote.
    """
    row = DirectoryVersion.objects.select_for_update().order_by("-version").first()
    if row is None:
        first = runtime.home().directory.last().directory
        store_directory(first)
        return first
    signed = msgspec.json.decode(row.signed, type=SignedDirectory)
    return open_directory(signed, runtime.home().signing.public)


def store_directory(directory: Directory) -> None:
    """Sign a version and keep it, in the caller's transaction."""
    signed = sign_directory(directory, runtime.home().signing)
    DirectoryVersion.objects.update_or_create(
        version=directory.version,
        defaults={
            "signed": msgspec.json.encode(signed).decode("utf-8"),
            "issued_at": instant(directory.issued_at),
        },
    )


def share_directory(at: datetime) -> SignedDirectory:
    """Write the newest committed version into the file that this node's other processes read.

    The row is the truth: should this fail, the next call writes the file again.
    """
    row = DirectoryVersion.objects.order_by("-version").first()
    home = runtime.home()
    if row is None:
        return home.directory.signed()
    signed = msgspec.json.decode(row.signed, type=SignedDirectory)
    home.directory.accept(signed, at)
    return signed
