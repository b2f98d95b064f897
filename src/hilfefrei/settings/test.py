"""The test room: fixed keys, either database (``tests/conftest.py`` hands them out), nothing forgiven."""

import os
import tempfile
from pathlib import Path
from typing import Any

from hilfefrei import secrets
from hilfefrei.settings import database, identity
from hilfefrei.settings.base import *  # noqa: F403 - settings are made to be taken over as a whole
from hilfefrei.settings.base import LOGGING, TEMPLATES

HILFEFREI_MODE = "test"
# Pages of the test room look like those of the demo (banner, accounts); tests of production set it off.
HILFEFREI_DEMO = True
HILFEFREI_DEMO_PASSWORD = "Eingang-2026!"

_secrets = secrets.use(secrets.with_environment(secrets.DEFAULTS))
SECRET_KEY = _secrets.secret_key[0]
SOCIALACCOUNT_PROVIDERS = identity.oidc(_secrets)

# Made by whoever writes to it; the test room removes it.
DATA = Path(os.environ.get("HILFEFREI_DATA") or f"{tempfile.gettempdir()}/hilfefrei-test-run-{os.getpid()}-data")
MEDIA_ROOT = DATA / "files"
# Served by the finders from the source; nothing is collected.
STATIC_ROOT = None  # type: ignore[assignment]

_url = os.environ.get("HILFEFREI_DATABASE_URL") or f"sqlite:///{DATA / 'test.sqlite3'}"
DATABASES = {"default": database.parse(_url)}

ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]
WHITENOISE_USE_FINDERS = True
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# The tests log in far more often than any office. The limit itself is tested with its own settings.
ACCOUNT_RATE_LIMITS = {"login": "10000/m/ip", "login_failed": "10000/m/ip"}


class UndefinedVariable(Exception):
    """A template used a variable that nobody gave it."""


class _Undefined(str):
    """``string_if_invalid`` that fails instead of printing nothing."""

    __slots__ = ()

    def __contains__(self, part: object) -> bool:
        return part == "%s"

    def __mod__(self, name: Any) -> str:
        message = f"undefined variable or attribute in a template: {name}"
        raise UndefinedVariable(message)


TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = _Undefined("%s")
LOGGING["root"]["level"] = "ERROR"
