"""Keys and passwords of one installation: ``secret.toml`` (mode 0600) in the data folder, outside the database.

Each key is a list, newest first: new things are signed with the first, old ones still verify with the others, so a key is
rotated by putting a new one in front. The test room uses fixed keys, which production refuses.
"""

import os
import secrets as token
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

FILE_NAME = "secret.toml"
KEY_NAMES = ("secret_key", "audit_key", "mfa_key")
# Came later: an installation set up before gets one with the next `setup`; until then nobody can have a second factor.
LATER_KEYS = frozenset({"mfa_key"})
MIN_KEY_CHARS = 40
BEGIN = "anderer Ordner: HILFEFREI_DATA=/pfad/zum/ordner davor; neu: ./hilfefrei demo oder ./hilfefrei setup"


def nothing_in(data: Path) -> str:
    """What a command says that finds no installation in ``data``: mostly the folder was not named, and a second ``setup`` is no way out."""
    return f"In {data} liegen noch keine Daten ({BEGIN})."


class SecretsError(Exception):
    """The secrets are missing, unsafe or damaged; ``str(error)`` says what to do, in plain German."""


@dataclass(frozen=True)
class Secrets:
    """What ``secret.toml`` holds. Keys are texts, newest first."""

    secret_key: tuple[str, ...]
    audit_key: tuple[str, ...]
    # Encrypts the seeds of second factors.
    mfa_key: tuple[str, ...] = ()
    database_url: str = ""
    hosts: tuple[str, ...] = ()
    proxies: int = 0
    # Whether browsers insist on TLS for names below ours too.
    hsts_subdomains: bool = True
    # The paying system: where sheets go (address or folder, empty: ``ausgang``), with which token, and the token it calls us with.
    neighbour_url: str = ""
    neighbour_folder: str = ""
    neighbour_token: str = ""
    confirm_token: str = ""
    # Whoever collects the figures of the operation from another machine.
    metrics_token: str = ""
    # The log-in of the house (OpenID Connect): address, our name and password there, and the claim that carries the groups.
    oidc_url: str = ""
    oidc_client: str = ""
    oidc_secret: str = ""
    oidc_groups: str = "groups"
    oidc_name: str = ""
    is_default: bool = field(default=False)


# Fixed keys of the test room. They stand in the source for everyone to read, so they protect nothing.
DEFAULTS = Secrets(
    secret_key=("offen-und-nur-fuer-tests-secret-key-0000000000000000",),
    audit_key=("offen-und-nur-fuer-tests-audit-key-00000000000000000",),
    mfa_key=("offen-und-nur-fuer-tests-mfa-key-0000000000000000000",),
    is_default=True,
)

_current: Secrets | None = None


def with_environment(value: Secrets) -> Secrets:
    """``value`` with what a starter opened itself and names in the environment (demo, tests): paying system, log-in of the house."""
    return replace(
        value,
        neighbour_url=os.environ.get("HILFEFREI_NEIGHBOUR_URL", value.neighbour_url),
        neighbour_token=os.environ.get("HILFEFREI_NEIGHBOUR_TOKEN", value.neighbour_token),
        confirm_token=os.environ.get("HILFEFREI_CONFIRM_TOKEN", value.confirm_token),
        oidc_url=os.environ.get("HILFEFREI_OIDC_URL", value.oidc_url),
        oidc_client=os.environ.get("HILFEFREI_OIDC_CLIENT", value.oidc_client),
        oidc_secret=os.environ.get("HILFEFREI_OIDC_SECRET", value.oidc_secret),
    )


def new() -> Secrets:
    """Fresh random keys."""
    return complete(Secrets(secret_key=(), audit_key=()))


def complete(value: Secrets) -> Secrets:
    """``value`` with a fresh key for each name that came after it was written."""
    for name in KEY_NAMES:
        if not getattr(value, name):
            value = _with_key(value, name)
    return value


def _with_key(value: Secrets, name: str) -> Secrets:
    """``value`` with a fresh key in front of the list ``name``."""
    changed: dict[str, Any] = {name: (token.token_urlsafe(48), *getattr(value, name))}
    return replace(value, **changed)


def load(path: Path) -> Secrets:
    """Read and check ``path``.

    Raises SecretsError when the file is missing, can be read by others, is no TOML or lacks a key.
    """
    try:
        mode = path.stat().st_mode
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        message = f"{path.name} fehlt. Legen Sie die Installation mit ./hilfefrei setup an."
        raise SecretsError(message) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        message = f"{path.name} ist beschädigt. Spielen Sie die Datei aus der Sicherung zurück."
        raise SecretsError(message) from error
    if mode & 0o077:
        message = f"{path.name} ist für andere lesbar. Abhilfe: chmod 600 {path}"
        raise SecretsError(message)
    keys = {name: () if name in LATER_KEYS and name not in raw else _keys(raw, name, path) for name in KEY_NAMES}
    web, neighbour, oidc = raw.get("web", {}), raw.get("neighbour", {}), raw.get("oidc", {})
    return Secrets(
        **keys,
        database_url=str(raw.get("database", {}).get("url", "")),
        hosts=tuple(str(host) for host in web.get("hosts", ())),
        proxies=int(web.get("proxies", 0)),
        hsts_subdomains=bool(web.get("hsts_subdomains", True)),
        neighbour_url=str(neighbour.get("url", "")),
        neighbour_folder=str(neighbour.get("folder", "")),
        neighbour_token=str(neighbour.get("token", "")),
        confirm_token=str(neighbour.get("confirm_token", "")),
        metrics_token=str(raw.get("metrics", {}).get("token", "")),
        oidc_url=_https(str(oidc.get("server_url", "")), path),
        oidc_client=str(oidc.get("client_id", "")),
        oidc_secret=str(oidc.get("client_secret", "")),
        oidc_groups=str(oidc.get("groups_claim", "groups")),
        oidc_name=str(oidc.get("name", "")),
        is_default=any(set(keys[name]) & set(getattr(DEFAULTS, name)) for name in KEY_NAMES),
    )


def _https(url: str, path: Path) -> str:
    """The address of the log-in of the house. Who reads along on the way there reads passwords, so it is encrypted."""
    if url and not url.startswith("https://"):
        message = f"In {path.name} beginnt server_url unter [oidc] nicht mit https://. Bitte die verschlüsselte Adresse eintragen."
        raise SecretsError(message)
    return url


def _keys(raw: dict[str, object], name: str, path: Path) -> tuple[str, ...]:
    values = raw.get(name)
    if not isinstance(values, list) or not values or not all(isinstance(v, str) for v in values):
        message = f"In {path.name} fehlt {name} (eine Liste, der neueste Schlüssel zuerst)."
        raise SecretsError(message)
    if len(values[0]) < MIN_KEY_CHARS:
        message = f"In {path.name} ist {name} zu kurz (mindestens {MIN_KEY_CHARS} Zeichen)."
        raise SecretsError(message)
    return tuple(values)


def store(path: Path, value: Secrets) -> None:
    """Write ``value`` to ``path`` in one step: a reader sees the old or the new file, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "# Nur für diese Installation. Sichern Sie diese Datei getrennt von der Datenbank. Neuester Schlüssel zuerst.\n"
    for name in KEY_NAMES:
        if getattr(value, name) or name not in LATER_KEYS:
            text += f"{name} = [{', '.join(_quoted(key) for key in getattr(value, name))}]\n"
    text += f"\n[database]\nurl = {_quoted(value.database_url)}\n"
    hosts = ", ".join(_quoted(host) for host in value.hosts)
    text += f"\n[web]\nhosts = [{hosts}]\nproxies = {value.proxies}\nhsts_subdomains = {str(value.hsts_subdomains).lower()}\n"
    names = {"url": value.neighbour_url, "folder": value.neighbour_folder, "token": value.neighbour_token, "confirm_token": value.confirm_token}
    text += "\n[neighbour]\n" + "".join(f"{name} = {_quoted(held)}\n" for name, held in names.items())
    text += f"\n[metrics]\ntoken = {_quoted(value.metrics_token)}\n"
    names = {"server_url": value.oidc_url, "client_id": value.oidc_client, "client_secret": value.oidc_secret,
             "groups_claim": value.oidc_groups, "name": value.oidc_name}  # fmt: skip
    text += "\n[oidc]\n" + "".join(f"{name} = {_quoted(held)}\n" for name, held in names.items())
    draft = path.with_name(f"{path.name}.{os.getpid()}.neu")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(path)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def load_or_create(path: Path) -> Secrets:
    """Read ``path``; when it is not there, create it with new keys, and add a key that came later (demo mode)."""
    held = load(path) if path.exists() else new()
    if not path.exists() or complete(held) != held:
        store(path, complete(held))
    return load(path)


def rotate(path: Path, name: str) -> Secrets:
    """Put a new key in front of the list ``name``; the old ones go on verifying."""
    if name not in KEY_NAMES:
        message = f"Unbekannter Schlüssel: {name}. Es gibt: {', '.join(KEY_NAMES)}."
        raise SecretsError(message)
    rotated = _with_key(load(path), name)
    store(path, rotated)
    return rotated


def use(value: Secrets) -> Secrets:
    """Make ``value`` the keys of this process (the settings do it)."""
    global _current  # noqa: PLW0603 - one process, one key set
    _current = value
    return value


def current() -> Secrets:
    """The keys of this process. Raises SecretsError before the settings were loaded."""
    if _current is None:
        message = "Die Schlüssel sind noch nicht geladen."
        raise SecretsError(message)
    return _current


def audit_key() -> bytes:
    """The key that new events are chained with."""
    return current().audit_key[0].encode()


def audit_keys() -> tuple[bytes, ...]:
    """All keys a link of the chain may have been made with, newest first."""
    return tuple(key.encode() for key in current().audit_key)


def mfa_keys() -> tuple[bytes, ...]:
    """All keys that seeds of second factors may be encrypted with, newest first."""
    return tuple(key.encode() for key in current().mfa_key)
