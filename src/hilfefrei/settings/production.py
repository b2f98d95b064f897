"""Real operation: PostgreSQL, own keys, encrypted transport. Refuses to load with anything less."""

import os

from django.core.exceptions import ImproperlyConfigured

from hilfefrei import secrets
from hilfefrei.settings import database, identity
from hilfefrei.settings.base import *  # noqa: F403 - settings are made to be taken over as a whole
from hilfefrei.settings.base import DATA, LOGGING

HILFEFREI_MODE = "production"
HILFEFREI_DEMO = False
DEBUG = False

if os.environ.get("HILFEFREI_NOW"):
    _message = "HILFEFREI_NOW stellt die Uhr. Im echten Betrieb zählt nur die wirkliche Zeit. Abhilfe: unset HILFEFREI_NOW"
    raise ImproperlyConfigured(_message)

try:
    _secrets = secrets.use(secrets.load(DATA / secrets.FILE_NAME))
except secrets.SecretsError as error:
    raise ImproperlyConfigured(str(error)) from error
if _secrets.is_default:
    _message = (
        "In secret.toml stehen die offenen Schlüssel der Tests. "
        "Löschen Sie die Zeile und erzeugen Sie neue Schlüssel mit ./hilfefrei setup."
    )
    raise ImproperlyConfigured(_message)
if not _secrets.mfa_key:
    _message = "In secret.toml fehlt mfa_key (verschlüsselt die zweiten Faktoren). ./hilfefrei setup trägt ihn ein; alles andere bleibt, wie es ist."
    raise ImproperlyConfigured(_message)
SECRET_KEY, *SECRET_KEY_FALLBACKS = _secrets.secret_key
SOCIALACCOUNT_PROVIDERS = identity.oidc(_secrets)

_url = os.environ.get("HILFEFREI_DATABASE_URL") or _secrets.database_url
if not _url:
    _message = "Es ist keine Datenbank eingetragen. Tragen Sie sie mit ./hilfefrei setup ein."
    raise ImproperlyConfigured(_message)
try:
    # Migrations and imports on the command line may take longer than a page.
    _timeout = int(os.environ.get("HILFEFREI_STATEMENT_TIMEOUT_MS") or database.STATEMENT_TIMEOUT_MS)
    DATABASES = {"default": database.parse(_url, statement_timeout_ms=_timeout, for_pages="HILFEFREI_PAGES" in os.environ)}
except ValueError as error:
    raise ImproperlyConfigured(str(error)) from error
if DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
    _message = (
        "SQLite ist nur für Übung und Tests da. Für echte Personen brauchen Sie PostgreSQL: "
        "./hilfefrei setup --database-url postgresql://nutzer:passwort@rechner/name"
    )
    raise ImproperlyConfigured(_message)

ALLOWED_HOSTS = [host for host in os.environ.get("HILFEFREI_HOSTS", "").split(",") if host] or list(_secrets.hosts)
if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
    _message = "Es fehlt der Name, unter dem die Seiten erreichbar sind: ./hilfefrei setup --host hilfefrei.example.de"
    raise ImproperlyConfigured(_message)
CSRF_TRUSTED_ORIGINS = [f"https://{host.lstrip('.')}" for host in ALLOWED_HOSTS]

# TLS ends at the proxy in front; it must set X-Forwarded-Proto itself and drop what the client sent.
ALLAUTH_TRUSTED_PROXY_COUNT = _secrets.proxies
if _secrets.proxies:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
# Whoever opens a page is sent on. A program that calls without TLS is refused (hilfefrei.api) so that somebody notices.
SECURE_REDIRECT_EXEMPT = [r"^api/"]
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
# Names below our own, which are rarely somebody else's; where they are, secret.toml says so (docs/operations.md).
SECURE_HSTS_INCLUDE_SUBDOMAINS = _secrets.hsts_subdomains
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-hilfefrei_session"
CSRF_COOKIE_NAME = "__Host-hilfefrei_csrf"
HILFEFREI_MESSAGES_COOKIE = "__Host-hilfefrei_messages"
HILFEFREI_WHO_COOKIE = "__Host-hilfefrei_who"
HILFEFREI_ESTIMATE_COOKIE = "__Host-hilfefrei_estimate"

STATIC_ROOT = DATA / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# Several processes count failed logins together.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
LOGGING["root"]["level"] = "INFO"
# As often as the board asks anew of itself.
HILFEFREI_FIGURES_SECONDS = 60
