"""What all modes share. No mode runs on this file alone: keys and database come from demo, test or production."""

import os
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF

PACKAGE = Path(__file__).resolve().parent.parent
ROOT = PACKAGE.parent.parent
DATA = Path(os.environ.get("HILFEFREI_DATA") or ROOT / "var").resolve()

DEBUG = False
HILFEFREI_DEMO = False
# Password of every training account; the login page shows it in demo mode. Empty: there are no such accounts.
HILFEFREI_DEMO_PASSWORD = ""
HILFEFREI_MODE = ""

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "csp",
    "django_htmx",
    # In import order: an app only knows those above it.
    "hilfefrei.apps.audit",
    "hilfefrei.apps.accounts",
    "hilfefrei.apps.org",
    "hilfefrei.apps.people",
    "hilfefrei.apps.vacancies",
    "hilfefrei.apps.benefits",
    "hilfefrei.apps.intake",
    "hilfefrei.apps.reporting",
    "hilfefrei.apps.privacy",
    "hilfefrei.www",
]

MIDDLEWARE = [
    # Before all others: whatever answers (a refused file, a probe, a failure) has their headers.
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "hilfefrei.www.middleware.observed",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "hilfefrei.www.middleware.upload_limit",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "hilfefrei.www.expired.LoginRequired",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "hilfefrei.www.middleware.no_store",
    "hilfefrei.www.middleware.InOffice",
]

ROOT_URLCONF = "hilfefrei.www.urls"
WSGI_APPLICATION = "hilfefrei.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "www" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "hilfefrei.www.context.frame",
            ],
        },
    },
]
FORM_RENDERER = "hilfefrei.www.forms.KernRenderer"

# --- people and passwords -------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "hilfefrei.www.identity.words.HouseWords"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
# Accounts come from `setup` and from the operator, never from the login page.
ACCOUNT_ADAPTER = "hilfefrei.www.adapter.Adapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_FORMS = {"change_password": "hilfefrei.www.identity.forms.NewPasswordForm"}
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "20/m/ip,5/5m/key",
    "change_password": "5/m/user",
    "reauthenticate": "10/m/user",
}

# Tried by hand only; a good one gives the right back.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 10 * 60
MFA_ADAPTER = "hilfefrei.www.identity.factors.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "activate_totp": "hilfefrei.www.identity.forms.ActivateTotpForm",
    "authenticate": "hilfefrei.www.identity.forms.CodeForm",
    "reauthenticate": "hilfefrei.www.identity.forms.CodeAgainForm",
    "authenticate_webauthn": "hilfefrei.www.identity.forms.KeyForm",
    "reauthenticate_webauthn": "hilfefrei.www.identity.forms.KeyAgainForm",
    "add_webauthn": "hilfefrei.www.identity.forms.AddKeyForm",
}
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
# A clock that is half a minute off is no reason to be turned away.
MFA_TOTP_TOLERANCE = 1
MFA_TOTP_ISSUER = "Hilfefrei"
SOCIALACCOUNT_ADAPTER = "hilfefrei.www.identity.house.HouseAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
# A link, not a form: the way back through the provider would fall foul of form-action.
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_REQUESTS_TIMEOUT = 10

# --- sessions and headers -------------------------------------------------------------------------------------------
# An hour without use ends a session, to the ten minutes: each page renewing it would be a write per GET. Whatever was done
# meanwhile, ten hours after logging in (a working day) it is over; so it is with the browser. Nothing typed is lost by it.
SESSION_ENGINE = "hilfefrei.apps.accounts.store"
SESSION_COOKIE_AGE = 60 * 60
HILFEFREI_SESSION_MOST = 10 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "hilfefrei_session"
CSRF_COOKIE_NAME = "hilfefrei_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
# Short messages go with the answer, not into the session: two windows of one browser would lose each other's.
MESSAGE_STORAGE = "hilfefrei.www.notes.Storage"
HILFEFREI_MESSAGES_COOKIE = "hilfefrei_messages"
HILFEFREI_WHO_COOKIE = "hilfefrei_who"
# What was said only for the estimate, for an hour on this workplace (www/estimating.py).
HILFEFREI_ESTIMATE_COOKIE = "hilfefrei_estimate"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        # KERN draws its icons as data: masks.
        "img-src": [SELF, "data:"],
        "style-src": [SELF],
        "script-src": [SELF],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
        "base-uri": [SELF],
    }
}

# --- what comes in --------------------------------------------------------------------------------------------------
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
DATA_UPLOAD_MAX_NUMBER_FILES = 5
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600
# Largest body at all (a delivery of vacancies); `hilfefrei.www.middleware.upload_limit` answers above it.
HILFEFREI_MAX_UPLOAD = 20 * 1024 * 1024
# How old figures of the whole house may be that each board shows; practice and tests count anew each time.
HILFEFREI_FIGURES_SECONDS = 0

# --- time, language, files ------------------------------------------------------------------------------------------
USE_TZ = True
TIME_ZONE = "Europe/Berlin"
LANGUAGE_CODE = "de"
USE_I18N = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STATIC_URL = "/static/"
STATICFILES_DIRS = [PACKAGE / "static"]
# Served by the finders from the source; only production collects.
STATIC_ROOT: Path | None = None
MEDIA_ROOT = DATA / "files"
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

# --- what runs beside the pages -------------------------------------------------------------------------------------
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "hilfefrei.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        # Parameters of a statement are people's data.
        "django.db.backends": {"handlers": [], "level": "CRITICAL", "propagate": False},
    },
}
