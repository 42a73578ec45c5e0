"""The keys of a member: the present ones, and former ones with the time in which they count.

What was signed in a key's time stays checkable for as long as the directory lists the member. A key
that was revoked counts for nothing dated at or after the instant of its revocation.
"""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from comity.crypto.encoding import from_text
from comity.crypto.sealing import key_id as sealing_id_of
from comity.crypto.signing import VerifyingKeys
from comity.kernel.clock import from_wire
from comity.kernel.errors import ErrorCode, InputError, TrustError
from comity.protocol.members import FormerKeys, Member, PublicKeys

KEY_OVERLAP: Final = timedelta(hours=1)
"""A node signs with its old keys until it holds the directory that lists the new ones."""
_PARSED_KEYS: Final = 4096
"""Every member of a large network and its former keys; parsing takes as long as a third of verifying."""


@lru_cache(maxsize=_PARSED_KEYS)
def keys_of(keys: PublicKeys) -> VerifyingKeys:
    """Return the signing half of public keys; raises `InputError` (keys.…) for what is no key."""
    return VerifyingKeys(
        from_text(keys.ed25519, field="keys.ed25519"), from_text(keys.ml_dsa_65, field="keys.ml_dsa_65")
    )


def listed_keys_of(keys: PublicKeys) -> VerifyingKeys:
    """Return the signing half of listed keys; `TrustError` (directory.malformed) if unusable."""
    try:
        return keys_of(keys)
    except InputError as error:
        raise TrustError(ErrorCode.DIRECTORY_MALFORMED) from error


def signing_id(keys: PublicKeys) -> str:
    """Return the id of the signing half."""
    return listed_keys_of(keys).key_id


def sealing_id(keys: PublicKeys) -> str:
    """Return the id of the sealing half."""
    return sealing_id_of(from_text(keys.sealing, field="keys.sealing"))


def counts_at(former: FormerKeys, dated: datetime) -> bool:
    """Tell whether a signature that is dated `dated` may be made with these former keys."""
    if former.revoked_as_of and dated >= from_wire(former.revoked_as_of):
        return False
    return dated < from_wire(former.until) + KEY_OVERLAP


def signing_keys_by_id(member: Member, key: str, dated: datetime) -> VerifyingKeys:
    """Return the member's signing keys of that id, for a signature dated `dated`.

    Raises `TrustError`: envelope.signing_key when the member has none of this id, envelope.key_retired
    when they did not count at that time.
    """
    if signing_id(member.keys) == key:
        return listed_keys_of(member.keys)
    for former in member.former_keys:
        if signing_id(former.keys) == key:
            if counts_at(former, dated):
                return listed_keys_of(former.keys)
            raise TrustError(ErrorCode.ENVELOPE_KEY_RETIRED)
    raise TrustError(ErrorCode.ENVELOPE_SIGNING_KEY)


def signing_keys_at(member: Member, dated: datetime) -> list[VerifyingKeys]:
    """Return the member's signing keys that count for a signature dated `dated`, the present ones first."""
    return [
        listed_keys_of(member.keys),
        *(listed_keys_of(former.keys) for former in member.former_keys if counts_at(former, dated)),
    ]
