"""What every office process needs and what can be imported before a node is chosen."""

import cryptography.hazmat.primitives.asymmetric.ed25519
import django.apps
import django.contrib.auth
import django.core.management
import django.db.backends.sqlite3.base
import django.db.migrations.executor
import django.db.models
import django.forms
import django.template.defaulttags
import django.urls
import django.utils.timezone
import httpx
import msgspec

__all__ = ["cryptography", "django", "httpx", "msgspec"]
