"""Django settings that are the same at every node. `settings` adds what the node's home decides."""

from pathlib import Path
from typing import Any, Final

from comity.office.pages.language import LANGUAGES  # noqa: F401 - Django reads it from here

_HERE: Final = Path(__file__).parent

INSTALLED_APPS = [
    "comity.office.pages",
    "comity.office.people",
    "comity.office.members",
    "comity.office.supervision",
    "comity.office.records",
    "comity.office.feed",
    "comity.office.units",
    "comity.office.forms",
    "comity.office.messages",
    "comity.office.attachments",
    "comity.office.hits",
    "comity.office.approvals",
    "comity.office.disclosures",
    "comity.office.releases",
    "comity.office.clocks",
    "comity.office.recalls",
    "comity.office.exports",
    "comity.office.cases",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "comity.office.middleware.AccessLog",
    "comity.office.pages.security.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "comity.office.middleware.Errors",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "comity.office.middleware.SessionLifetime",
    "comity.office.pages.language.ReaderLanguage",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "comity.office.middleware.Scope",
]

ROOT_URLCONF = "comity.office.urls"
WSGI_APPLICATION = "comity.office.wsgi.application"
DEBUG = False
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LOCALE_PATHS = [_HERE / "locale"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGGING_CONFIG = None
"""Django's own lines name paths; `middleware.AccessLog` writes what may be written (I11)."""

MAX_PAGE_BODY_BYTES: Final = 2 * 1024 * 1024
"""The longest form is a message of 1 MiB; doors and machine API have their own, smaller limits."""
MAX_PAGE_REQUEST_BYTES: Final = 3 * 1024 * 1024
"""A form with a file: the largest table that a page takes is 2 MiB."""
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_PAGE_BODY_BYTES
FILE_UPLOAD_MAX_MEMORY_SIZE = MAX_PAGE_REQUEST_BYTES
"""All that a page takes stays in memory: no file of anybody's lies unsealed on a disk, not for a moment."""

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_HERE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "comity.office.pages.frame.frame",
            ]
        },
    }
]

# --- people
AUTH_USER_MODEL = "people.Account"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
MIN_PASSWORD_LENGTH: Final = 15
"""NIST SP 800-63B-4, section 3.1.1: a password that can stand alone has at least 15 characters."""
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": MIN_PASSWORD_LENGTH},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "display_name")},
    },
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "comity.office.people.adapters.ClosedAccounts"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = {
    "login": "120/m/ip",  # a whole shift signs in behind one address within some minutes
    "login_failed": "60/m/ip,5/5m/key",  # five guesses at one account in five minutes
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
}
MFA_ADAPTER = "comity.office.people.adapters.SealedSecrets"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Comity"

# --- sessions and cookies
SESSION_IDLE_SECONDS: Final = 30 * 60
"""CJIS Security Policy 6.0 locks a session after 30 idle minutes; sooner, a night desk would lose drafts."""
SESSION_LONGEST_SECONDS: Final = 12 * 60 * 60
"""One long shift: nobody inherits the session of the one before."""
SESSION_COOKIE_AGE = SESSION_LONGEST_SECONDS
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "comity.office.errors.csrf_failed"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- headers
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
"""Nothing leaves for other sites; without a referrer browsers send `Origin: null` and forms are refused."""
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
X_FRAME_OPTIONS = "DENY"

# --- static files: compiled by nobody, served by the office itself
STATIC_URL = "/static/"
STATICFILES_DIRS = [_HERE / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_KEEP_ONLY_HASHED_FILES = False

SQLITE_OPTIONS: Final[dict[str, Any]] = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON;"
    ),
}
"""Durable at commit; writers queue for 20 s at most, longer means that the disk has failed. What is
deleted is overwritten in the file, not only forgotten (I8)."""
