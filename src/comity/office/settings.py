"""Django settings of the node that `runtime.home()` names."""

from typing import Any
from urllib.parse import urlsplit

from comity.office import runtime
from comity.office.database import database_of
from comity.office.settings_common import *  # noqa: F403 - Django settings are a module's names

_home = runtime.home()
_url = urlsplit(_home.settings.office_url)

SECRET_KEY = _home.secret_key()
DATABASES: dict[str, dict[str, Any]] = {"default": database_of(_home)}
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *([_url.hostname] if _url.hostname else [])]
CSRF_TRUSTED_ORIGINS = [f"{_url.scheme}://{_url.netloc}"] if _url.netloc else []
SESSION_COOKIE_NAME = f"__Host-comity-{_home.node}-session"
CSRF_COOKIE_NAME = f"__Host-comity-{_home.node}-csrf"
FILE_UPLOAD_TEMP_DIR = str(_home.run_dir)
FILE_UPLOAD_PERMISSIONS = 0o600
