"""Accounts and grants from the command line; called where the office is open."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from comity.cli.callers import caller_named, caller_or_machine
from comity.kernel.codes import Purpose, Role
from comity.kernel.ids import OfficerId, UnitId

PASSWORD_BYTES: Final = 15
"""120 random bits in 20 characters, which a person can still copy by hand once."""


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What `account add` is told."""

    username: str
    password: str
    display_name: str
    roles: tuple[Role, ...]
    language: str = "en"
    unit: str = ""


@dataclass(frozen=True, slots=True)
class ListedAccount:
    """One line of `account list`."""

    username: str
    display_name: str
    roles: tuple[str, ...]
    language: str
    active: bool
    unit: str = ""


def random_password() -> str:
    """Return a password that nobody can guess."""
    return secrets.token_urlsafe(PASSWORD_BYTES)


def add_account(new: NewAccount, at: datetime, by: str = "") -> OfficerId:
    """Make an account at the open office and return its opaque id.

    `by` is the username of the administrator who does it; empty for the operator of the machine,
    who makes the first ones.
    """
    from comity.office import runtime
    from comity.office.people.services import create_account

    account = create_account(
        new.username,
        new.password,
        new.display_name,
        runtime.home().bureau,
        frozenset(new.roles),
        new.language,
        at,
        caller_or_machine(by),
        UnitId(new.unit),
    )
    return OfficerId(account.id)


def list_accounts() -> list[ListedAccount]:
    """Return every account of the open office, by username."""
    from comity.office.people.models import Account

    return [
        ListedAccount(
            account.username,
            account.display_name,
            tuple(sorted(account.roles)),
            account.language,
            account.is_active,
            account.unit,
        )
        for account in Account.objects.order_by("username")
    ]


def grant_for(username: str, purposes: tuple[Purpose, ...], at: datetime, lifetime_s: int) -> str:
    """Return a grant (its text form) for an account of the open office."""
    from comity.office.people.services import issue_grant

    return issue_grant(caller_named(username), frozenset(purposes), at, lifetime_s)
