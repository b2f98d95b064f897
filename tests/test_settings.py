"""What each mode refuses, and what goes out with every page."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db.backends.signals import connection_created
from django.test import Client

from hilfefrei import secrets
from hilfefrei.settings import database

ROOT = Path(__file__).resolve().parents[1]
POSTGRES = "postgresql://nutzer:Geh31m@rechner/name"


def _load(folder: Path, mode: str = "production", *, show: str = "{}", **environment: str) -> subprocess.CompletedProcess[str]:
    """Load settings in a process of its own (they read the environment once); print ``show`` as JSON."""
    code = f"import json\nfrom hilfefrei.settings import {mode} as s\nprint(json.dumps({show}))"
    return _python(folder, "-c", code, **environment)


def _python(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("HILFEFREI_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, *arguments],
        check=False,
        text=True,
        capture_output=True,
        env=clean | {"HILFEFREI_DATA": str(folder), "PYTHONPATH": str(ROOT / "src")} | environment,
    )


def _installation(folder: Path, **changes: object) -> Path:
    values: dict[str, object] = {"database_url": POSTGRES, "hosts": ("jobcenter.example",), "proxies": 1} | changes
    fresh = secrets.new()
    made = {"secret_key": fresh.secret_key, "audit_key": fresh.audit_key, "mfa_key": fresh.mfa_key} | values
    secrets.store(folder / secrets.FILE_NAME, secrets.Secrets(**made))
    return folder / secrets.FILE_NAME


def test_production_loads_with_everything_there(tmp_path: Path) -> None:
    file = _installation(tmp_path)
    show = (
        "[s.DEBUG, s.SECRET_KEY, s.SECRET_KEY_FALLBACKS, s.DATABASES['default']['ENGINE'], s.SESSION_COOKIE_SECURE, "
        "s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS > 0, s.SECURE_SSL_REDIRECT, s.ALLOWED_HOSTS, s.HILFEFREI_DEMO]"
    )
    done = _load(tmp_path, show=show)
    assert done.returncode == 0, done.stderr
    key = secrets.load(file).secret_key[0]
    expected = [False, key, [], "django.db.backends.postgresql", True, True, True, True, ["jobcenter.example"], False]
    assert json.loads(done.stdout) == expected


def test_every_cookie_is_for_this_host_and_encrypted_lines_only(tmp_path: Path) -> None:
    _installation(tmp_path)
    names = "[s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.HILFEFREI_MESSAGES_COOKIE, s.HILFEFREI_WHO_COOKIE]"
    done = _load(tmp_path, show=names)
    assert {name.partition("hilfefrei_")[0] for name in json.loads(done.stdout)} == {"__Host-"}


@pytest.mark.parametrize(("chosen", "expected"), [({}, True), ({"hsts_subdomains": False}, False)])
def test_names_below_ours_need_encryption_too_unless_the_house_says_otherwise(tmp_path: Path, chosen: dict[str, object], expected: bool) -> None:
    _installation(tmp_path, **chosen)
    done = _load(tmp_path, show="[s.SECURE_HSTS_INCLUDE_SUBDOMAINS, s.SECURE_HSTS_SECONDS]")
    assert json.loads(done.stdout) == [expected, 365 * 24 * 60 * 60]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"database_url": "sqlite:////tmp/echt.sqlite3"}, "SQLite ist nur für Übung und Tests"),
        ({"database_url": ""}, "keine Datenbank eingetragen"),
        ({"database_url": "mysql://a/b"}, "beginnt mit postgresql://"),
        ({"secret_key": secrets.DEFAULTS.secret_key}, "offenen Schlüssel der Tests"),
        ({"audit_key": ("x" * 40, *secrets.DEFAULTS.audit_key)}, "offenen Schlüssel der Tests"),
        ({"secret_key": ("kurz",)}, "zu kurz"),
        ({"mfa_key": ()}, "fehlt mfa_key"),
        ({"mfa_key": secrets.DEFAULTS.mfa_key}, "offenen Schlüssel der Tests"),
        ({"mfa_key": ("kurz",)}, "zu kurz"),
        ({"oidc_url": "http://anmelden.example"}, "nicht mit https://"),
        ({"hosts": ()}, "fehlt der Name"),
        ({"hosts": ("*",)}, "fehlt der Name"),
    ],
)
def test_production_refuses(tmp_path: Path, changes: dict[str, object], words: str) -> None:
    _installation(tmp_path, **changes)
    done = _load(tmp_path)
    assert done.returncode != 0
    assert words in done.stderr
    assert "Geh31m" not in done.stderr, "a password in a message ends up in a log"


def test_production_refuses_without_secrets_or_with_open_ones(tmp_path: Path) -> None:
    assert "./hilfefrei setup" in _load(tmp_path).stderr
    file = _installation(tmp_path)
    file.chmod(0o644)
    assert "chmod 600" in _load(tmp_path).stderr
    file.chmod(0o600)
    file.write_text("secret_key = [", encoding="utf-8")
    assert "beschädigt" in _load(tmp_path).stderr


def test_production_refuses_a_clock_that_was_set(tmp_path: Path) -> None:
    _installation(tmp_path)
    assert "HILFEFREI_NOW stellt die Uhr" in _load(tmp_path, HILFEFREI_NOW="2026-11-24T09:42").stderr


def test_the_environment_cannot_bring_sqlite_back(tmp_path: Path) -> None:
    _installation(tmp_path)
    assert "SQLite ist nur" in _load(tmp_path, HILFEFREI_DATABASE_URL="sqlite:////tmp/echt.sqlite3").stderr


def test_django_finds_nothing_to_say_about_production(tmp_path: Path) -> None:
    _installation(tmp_path)
    check = ("-m", "django", "check", "--deploy", "--fail-level", "WARNING")
    done = _python(tmp_path, *check, DJANGO_SETTINGS_MODULE="hilfefrei.settings.production")
    # W021: the preload list of the browsers is not ours to fill.
    left = [line for line in done.stderr.splitlines() if line.startswith("?:") and "W021" not in line]
    assert not left, done.stderr


def test_practice_never_runs_where_real_people_may_be(tmp_path: Path) -> None:
    done = _load(tmp_path, "demo", HILFEFREI_DATABASE_URL=POSTGRES)
    assert "nur auf SQLite" in done.stderr
    good = _load(tmp_path, "demo", show="[s.ALLOWED_HOSTS, s.DATABASES['default']['NAME']]")
    assert json.loads(good.stdout) == [["localhost", "127.0.0.1", "[::1]"], str(tmp_path / "demo.sqlite3")]
    assert (tmp_path / "secret.toml").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (POSTGRES, ("nutzer", "Geh31m", "rechner", "", "name")),
        ("postgres://n%40:p%2Fw%3A@[::1]:5433/d%20b", ("n@", "p/w:", "::1", "5433", "d b")),
        ("postgresql://postgres@/name?host=/run/pg", ("postgres", "", "/run/pg", "", "name")),
    ],
)
def test_database_addresses(url: str, expected: tuple[str, ...]) -> None:
    parsed = database.parse(url)
    assert tuple(parsed[part] for part in ("USER", "PASSWORD", "HOST", "PORT", "NAME")) == expected


def test_what_else_is_in_a_database_address_reaches_postgres() -> None:
    options = database.parse(POSTGRES + "?sslmode=verify-full", statement_timeout_ms=7)["OPTIONS"]
    assert options["sslmode"] == "verify-full"
    assert "statement_timeout=7 " in options["options"]
    assert "lock_timeout=" in options["options"]
    assert not options.keys() & database.PREPARED.keys()
    assert database.parse(POSTGRES, for_pages=True)["OPTIONS"].items() >= database.PREPARED.items()


@pytest.mark.parametrize("url", ["", "name", "sqlite:/x", "postgresql://rechner", "http://rechner/name"])
def test_no_database_address(url: str) -> None:
    with pytest.raises(ValueError, match="Datenbank"):
        database.parse(url)


@pytest.mark.django_db
def test_what_goes_out_with_every_page(client: Client) -> None:
    answer = client.get("/anmelden/")
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    for rule in ("default-src 'self'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "frame-ancestors 'none'"):
        assert rule in policy
    assert "form-action 'self'" in policy
    assert "base-uri 'self'" in policy
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "given", "status"),
    [
        ("/healthz", {}, 200),
        ("/readyz", {}, 503),
        ("/metrics", {}, 200),
        ("/metrics", {"REMOTE_ADDR": "192.0.2.7"}, 401),
        ("/static/hilfefrei.css", {}, 200),
        ("/gibt/es/nicht/", {}, 404),
        ("/anmelden/", {"HTTP_HOST": "fremd.example"}, 400),
        ("/anmelden/", {"CONTENT_LENGTH": str(50 * 1024 * 1024), "wsgi.input": io.BytesIO()}, 413),
        ("/anmelden/haus/", {}, 404),
    ],
)
def test_every_answer_has_the_headers(settings: Any, tmp_path: Path, path: str, given: dict[str, Any], status: int) -> None:
    settings.DATA, settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = tmp_path, 3600, True
    answer = Client(raise_request_exception=False).get(path, secure=True, **given)
    assert answer.status_code == status
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Strict-Transport-Security"] == "max-age=3600; includeSubDomains"
    answer.close()


@pytest.mark.django_db
def test_a_probe_is_not_sent_to_another_address(client: Client, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/healthz").status_code == 200
    answer = client.get("/anmelden/")
    assert answer.status_code == 301
    assert "Content-Security-Policy" in answer


@pytest.mark.django_db
def test_without_tls_a_page_leads_on_and_an_interface_refuses(client: Client, settings: Any, tmp_path: Path) -> None:
    _installation(tmp_path)
    settings.SECURE_SSL_REDIRECT, settings.SECURE_REDIRECT_EXEMPT = json.loads(_load(tmp_path, show="[s.SECURE_SSL_REDIRECT, s.SECURE_REDIRECT_EXEMPT]").stdout)
    assert client.get("/personen/").status_code == 301
    answer = client.post("/api/v1/bestaetigungen", "{}", content_type="application/json")
    assert (answer.status_code, answer.json()["fehler"].startswith("Nur über https")) == (403, True)
    assert client.post("/api/v1/bestaetigungen", "{}", content_type="application/json", secure=True).status_code == 401


@pytest.mark.django_db
def test_nobody_gets_further_than_the_login(client: Client) -> None:
    answer = client.get("/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/anmelden/")


@pytest.mark.django_db
def test_a_form_from_elsewhere_gets_words(world: object) -> None:
    answer = Client(enforce_csrf_checks=True).post("/anmelden/", {"login": "x", "password": "y"})
    assert answer.status_code == 403
    assert "Traceback" not in answer.content.decode()
    assert "<h1" in answer.content.decode()


def test_connections_keep_the_plans_of_a_morning() -> None:
    made = SimpleNamespace(vendor="postgresql", connection=SimpleNamespace(prepared_max=100))
    connection_created.send(sender=SimpleNamespace, connection=made)
    assert made.connection.prepared_max == database.PLANS_KEPT
