"""What is done with accounts. Their holders sign in through django-allauth."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from comity.kernel.codes import Action, Purpose, Role
from comity.kernel.errors import AccessError, ConflictError, ErrorCode, InputError, NotFoundError
from comity.kernel.ids import NO_UNIT, BureauId, OfficerId, UnitId, new_id
from comity.node.grants import issue_grant as sign_grant
from comity.office import runtime
from comity.office.access import Caller, require
from comity.office.people.models import Account
from comity.office.supervision.journal import record_own
from comity.office.units.models import is_open
from comity.protocol.grants import Grant
from comity.rules.decisions import Subject

MAX_USERNAME: Final = 60
MAX_DISPLAY_NAME: Final = 120
GRANT_SECONDS: Final = 600
"""A page search takes seconds; ten minutes let a phone keep one grant for a queue of travellers."""


def create_account(  # noqa: PLR0913, PLR0917 - the particulars of an account
    username: str,
    password: str | None,
    display_name: str,
    bureau: BureauId,
    roles: Collection[Role],
    language: str,
    at: datetime,
    by: Caller | None,
    unit: UnitId = NO_UNIT,
) -> Account:
    """Open an account; without a password nobody can sign in to it (a machine that only uses grants).

    `by` None is the operator of the node's machine; `unit` the unit below the bureau to which the
    person belongs. Raises `InputError` (username, display_name, roles, account.password_weak),
    `ConflictError` (account.exists), `NotFoundError` (access.not_found, unit.not_found).
    """
    if by is not None:
        require(by, Action.ACCOUNT_MANAGE, Subject(owner=bureau), at)
    _check_name(username, "username", MAX_USERNAME)
    _check_name(display_name, "display_name", MAX_DISPLAY_NAME)
    account = Account(
        username=username,
        display_name=display_name,
        bureau=bureau,
        roles=sorted(role.value for role in roles),
        unit=unit,
        language=language,
        date_joined=at,
    )
    _set_password(account, password)
    if unit and not is_open(bureau, unit):
        raise NotFoundError(ErrorCode.UNIT_NOT_FOUND, field="unit")
    with transaction.atomic():
        if Account.objects.filter(username__iexact=username).exists():
            raise ConflictError(ErrorCode.ACCOUNT_EXISTS, field="username")
        account.save(force_insert=True)
        _journal(by, account, at, {"roles": account.roles, "unit": unit})
    return account


def set_roles(account_id: OfficerId, roles: Collection[Role], at: datetime, by: Caller) -> None:
    """Change what an account may do; it holds from the next request on.

    Raises `NotFoundError` (account.not_found, access.not_found).
    """
    require(by, Action.ACCOUNT_MANAGE, Subject(owner=by.bureau), at, about=f"account:{account_id}")
    with transaction.atomic():
        account = _account(account_id)
        account.roles = sorted(role.value for role in roles)
        account.save(update_fields=["roles"])
        _journal(by, account, at, {"roles": account.roles})


def set_active(account_id: OfficerId, at: datetime, by: Caller | None, *, active: bool) -> None:
    """Close an account or open it again: its sessions and grants end with the next request.

    Raises `NotFoundError` (account.not_found, access.not_found).
    """
    if by is not None:
        require(by, Action.ACCOUNT_MANAGE, Subject(owner=by.bureau), at, about=f"account:{account_id}")
    with transaction.atomic():
        account = _account(account_id)
        account.is_active = active
        account.save(update_fields=["is_active"])
        _journal(by, account, at, {"active": active})


def issue_grant(
    caller: Caller, purposes: Collection[Purpose], at: datetime, lifetime_s: int = GRANT_SECONDS
) -> str:
    """Return a signed grant for `caller` himself, with his roles, for `purposes`.

    Raises `InputError` (expires_at) beyond 12 h, `AccessError` (purpose.missing) for no purpose,
    `NotFoundError` (access.not_found) when the roles do not allow a grant.
    """
    subject = Subject(owner=caller.bureau, officer=caller.officer)
    require(caller, Action.GRANT_ISSUE, subject, at)
    if not purposes:
        raise AccessError(ErrorCode.PURPOSE_MISSING, field="purposes")
    issued_at = int(at.timestamp())
    grant = Grant(
        grant_id=new_id(at),
        issuer=runtime.home().node,
        bureau=caller.bureau,
        officer=caller.officer,
        roles=caller.actor.roles,
        purposes=frozenset(purposes),
        issued_at=issued_at,
        expires_at=issued_at + lifetime_s,
    )
    return sign_grant(runtime.home().signing, grant)


def _account(account_id: OfficerId) -> Account:
    account = Account.objects.select_for_update().filter(id=account_id).first()
    if account is None:
        raise NotFoundError(ErrorCode.ACCOUNT_NOT_FOUND)
    return account


def _set_password(account: Account, password: str | None) -> None:
    if password is None:
        account.set_unusable_password()
        return
    try:
        validate_password(password, account)
    except ValidationError as error:
        raise InputError(ErrorCode.ACCOUNT_PASSWORD_WEAK, field="password") from error
    account.set_password(password)


def _check_name(text: str, field: str, limit: int) -> None:
    if not text.strip():
        raise InputError(ErrorCode.INPUT_MISSING_FIELD, field=field)
    if len(text) > limit:
        raise InputError(ErrorCode.INPUT_TOO_LONG, field=field)


def _journal(by: Caller | None, account: Account, at: datetime, detail: dict[str, object]) -> None:
    record_own(Action.ACCOUNT_MANAGE, f"account:{account.id}", at, detail, officer=by.officer if by else None)
