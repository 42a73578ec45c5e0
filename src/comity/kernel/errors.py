"""The one error tree.

ComityError
├── InputError           what was given is wrong; names the field and the remedy
├── AuthenticationError  who asks is not known
├── AccessError          who asks is known and may not (shown as 404 where existence is a secret)
├── NotFoundError
├── ConflictError        the present state does not allow it
├── LimitError           too large, too many
│   └── BusyError        too fast; waiting helps
├── TrustError           a signature, certificate, envelope or directory does not hold
├── IntegrityError       stored or received data disagree with themselves
├── UnavailableError     a part that is needed is away; trying again may help
│   └── StorageFullError no room on the disk
└── ConfigurationError   this installation is set up wrongly

Codes are stable: programs decide by code, never by text. Their texts stand in `error_codes`.
"""

from typing import Any, ClassVar

from comity.kernel.error_codes import ErrorCode
from comity.kernel.error_texts import CODE_TEXTS

__all__ = [
    "AccessError",
    "AuthenticationError",
    "BusyError",
    "ComityError",
    "ConfigurationError",
    "ConflictError",
    "ErrorCode",
    "InputError",
    "IntegrityError",
    "LimitError",
    "NotFoundError",
    "StorageFullError",
    "TrustError",
    "UnavailableError",
]


class ComityError(Exception):
    """Base of all errors of the product.

    `field` names what was wrong in the input (dotted path); `remedy` says what to do about it;
    `detail` is for the log and never leaves the node. Neither holds personal data (I11).
    """

    status: ClassVar[int] = 500
    retry: ClassVar[bool] = False

    def __init__(
        self, code: ErrorCode, *, field: str | None = None, remedy: str | None = None, detail: str = ""
    ) -> None:
        message, default_remedy = CODE_TEXTS[code]
        super().__init__(f"{code}: {message}" + (f" [{field}]" if field else ""))
        self.code = code
        self.message = message
        self.field = field
        self.remedy = remedy or default_remedy
        self.detail = detail

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors travel between processes of one node; `args` holds the text only.
        return _rebuild, (type(self), self.args, self.__dict__)

    def public(self) -> dict[str, Any]:
        """Return what every interface shows: `{"error": {code, message, field, remedy, retry}}`."""
        return {
            "error": {
                "code": str(self.code),
                "message": self.message,
                "field": self.field,
                "remedy": self.remedy,
                "retry": self.retry,
            }
        }


def _rebuild(kind: type[ComityError], args: tuple[Any, ...], state: dict[str, Any]) -> ComityError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class InputError(ComityError):
    """What was given is wrong; nothing was changed."""

    status = 422


class AuthenticationError(ComityError):
    """Who asks is not known."""

    status = 401


class AccessError(ComityError):
    """Who asks is known and may not."""

    status = 403


class NotFoundError(ComityError):
    """There is no such thing, or none that the asker may know of."""

    status = 404


class ConflictError(ComityError):
    """The present state does not allow it."""

    status = 409


class LimitError(ComityError):
    """A stated limit was passed."""

    status = 413


class BusyError(LimitError):
    """Too many requests at once; waiting helps."""

    status = 429
    retry = True


class TrustError(ComityError):
    """A signature, certificate, envelope or directory does not hold."""

    status = 403


class IntegrityError(ComityError):
    """Stored or received data disagree with themselves."""

    status = 500


class UnavailableError(ComityError):
    """A part that is needed is away."""

    status = 503
    retry = True


class StorageFullError(UnavailableError):
    """No room on the disk; nothing was changed (HTTP 507, RFC 4918 section 11.5)."""

    status = 507


class ConfigurationError(ComityError):
    """This installation is set up wrongly; it refuses to start."""

    status = 500
