"""Practice with invented people on this machine: SQLite, own keys, demo accounts, only reachable from here."""

import os

from django.core.exceptions import ImproperlyConfigured

from hilfefrei import secrets
from hilfefrei.settings import database, identity
from hilfefrei.settings.base import *  # noqa: F403 - settings are made to be taken over as a whole
from hilfefrei.settings.base import DATA

HILFEFREI_MODE = "demo"
HILFEFREI_DEMO = True
HILFEFREI_DEMO_PASSWORD = "uebung"

DATA.mkdir(parents=True, exist_ok=True)
try:
    _secrets = secrets.use(secrets.with_environment(secrets.load_or_create(DATA / secrets.FILE_NAME)))
except secrets.SecretsError as error:
    raise ImproperlyConfigured(str(error)) from error
SECRET_KEY, *SECRET_KEY_FALLBACKS = _secrets.secret_key
SOCIALACCOUNT_PROVIDERS = identity.oidc(_secrets)

_url = os.environ.get("HILFEFREI_DATABASE_URL") or f"sqlite:///{DATA / 'demo.sqlite3'}"
if not _url.startswith("sqlite:///"):
    _message = "Der Übungsbetrieb läuft nur auf SQLite, nie auf einer Datenbank, in der echte Personen stehen können."
    raise ImproperlyConfigured(_message)
DATABASES = {"default": database.parse(_url, for_pages="HILFEFREI_PAGES" in os.environ)}

ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
# Served as they lie in the source: nothing to collect before the first page.
WHITENOISE_USE_FINDERS = True
