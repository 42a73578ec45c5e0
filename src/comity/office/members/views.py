"""The member directory as this node trusts it."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from comity.kernel.canonical import canonical_bytes
from comity.kernel.codes import Action
from comity.office import runtime
from comity.office.access import Caller, page
from comity.protocol.members import Member


@dataclass(frozen=True, slots=True)
class Row:
    """One member; `keys` is the digest of its public keys."""

    member: Member
    since: datetime
    keys: str


@require_GET
@page(Action.DIRECTORY_VIEW)
def directory(request: HttpRequest, caller: Caller) -> HttpResponse:  # noqa: ARG001 - the page's signature
    """Show the members, their standing, and fingerprints to compare by telephone."""
    trusted = runtime.home().directory.current(runtime.clock().now()).directory
    rows = [
        Row(member, datetime.fromisoformat(member.since), sha256(canonical_bytes(member.keys)).hexdigest())
        for member in sorted(trusted.members, key=lambda member: (member.bureau != "SEC", member.node))
    ]
    context = {"directory": trusted, "rows": rows, "expires_at": datetime.fromisoformat(trusted.expires_at)}
    return render(request, "members/directory.html", context)
