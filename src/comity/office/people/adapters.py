"""How django-allauth behaves here: nobody signs up, and second factors are stored encrypted."""

from hashlib import sha256
from typing import Any, Final

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest

from comity.crypto.encoding import from_text, to_text
from comity.crypto.sealing import decrypt, encrypt
from comity.office import runtime

_MFA_PURPOSE: Final = b"comity/office/second-factor/1"


class ClosedAccounts(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Accounts are made by an administrator, never by their holder."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        """Tell that nobody signs up."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send none: a bureau's accounts have no addresses outside of it."""


class SealedSecrets(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """A copy of the database alone gives no second factor away."""

    def encrypt(self, text: str) -> str:
        """Return `text` under a key derived from the node's own secret."""
        return to_text(encrypt(_mfa_key(), text.encode("utf-8"), _MFA_PURPOSE))

    def decrypt(self, encrypted_text: str) -> str:
        """Return what `encrypt` was given."""
        return decrypt(_mfa_key(), from_text(encrypted_text), _MFA_PURPOSE).decode("utf-8")


def _mfa_key() -> bytes:
    return sha256(_MFA_PURPOSE + runtime.home().secret_key().encode("ascii")).digest()
