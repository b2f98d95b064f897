"""One backup: a file with data and files of an installation, and apart from it a file with its keys.

A ZIP: ``schema.json`` and ``daten/TABELLE.copy`` (PostgreSQL) or ``daten/datenbank.sqlite3``, ``dateien/…`` as under
``HILFEFREI_DATA``, and last ``manifest.json`` with counts, heads of the chains, migrations, version and the checksum of each member,
signed with the audit key. It is written under another name and renamed when it lies whole on the disk; with a passphrase both files
are sealed (:mod:`hilfefrei.backup.sealed`).
"""

import errno
import fcntl
import hashlib
import hmac
import json
import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any, BinaryIO, Self

import psycopg

import hilfefrei
from hilfefrei import secrets
from hilfefrei.backup import BackupError, engines, noted, sealed

FORMAT = 1
DATA_SUFFIX, KEYS_SUFFIX, DRAFT_SUFFIX = ".sicherung", ".schluessel", ".neu"
MANIFEST, SCHEMA, SQLITE = "manifest.json", "schema.json", "daten/datenbank.sqlite3"
DEMO_DATABASE = "demo.sqlite3"
# Of the data folder everything is taken but this: keys go apart, the database has its own way, the rest is made anew.
NOT_FILES = frozenset({secrets.FILE_NAME, "demo.lock", "worker.alive", "static", "vor-upgrade", "upgrade.json", noted.FILE})
STAGING = ".ruecksicherung"
LEAST_FREE = 64 * 1024 * 1024
Say = Callable[[str], Any]


@dataclass(frozen=True)
class Source:
    """An installation: its data folder, its keys, its database (Django's dictionary)."""

    data: Path
    keys: secrets.Secrets
    config: dict[str, Any]

    @property
    def is_sqlite(self) -> bool:
        """Whether it is the training world."""
        return str(self.config["ENGINE"]).endswith("sqlite3")


@dataclass(frozen=True)
class Made:
    """What :func:`make` wrote."""

    file: Path
    keys: Path | None
    manifest: dict[str, Any]
    removed: int


def signature(manifest: dict[str, Any], key: bytes) -> str:
    """HMAC over everything in ``manifest`` but the signature itself."""
    body = json.dumps({k: v for k, v in manifest.items() if k != "signature"}, sort_keys=True, ensure_ascii=False)
    return hmac.digest(key, b"backup|" + body.encode(), "sha256").hex()


@contextmanager
def _in_words(what: Path) -> Iterator[None]:
    """A disk that does not play along as a sentence."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise BackupError(f"Der Datenträger von {what} ist voll. Die angefangene Datei ist wieder gelöscht.") from error
        raise BackupError(f"{what}: {error.strerror or type(error).__name__}. Bitte Ordner und Rechte prüfen.") from error


@contextmanager
def whole_or_not(target: Path) -> Iterator[BinaryIO]:
    """A file that appears under its name only when all of it lies on the disk. What a killed run left behind is removed."""
    if target.exists():
        raise BackupError(f"{target} gibt es schon. Bitte noch einmal.")
    with _in_words(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for old in target.parent.glob(f"hilfefrei-*{DRAFT_SUFFIX}"):
            _remove_dead(old)
        draft = target.with_name(f"{target.name}.{os.getpid()}{DRAFT_SUFFIX}")
        with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            # Whoever still writes holds it; a killed run holds nothing.
            fcntl.flock(out, fcntl.LOCK_EX | fcntl.LOCK_NB)
            try:
                yield out
                out.flush()
                os.fsync(out.fileno())
                draft.rename(target)
            except BaseException:
                draft.unlink(missing_ok=True)
                raise
        _sync_folder(target.parent)


def _remove_dead(draft: Path) -> None:
    with suppress(OSError), draft.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        draft.unlink()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class _Hashed:
    """Writes into a member and keeps size and checksum."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out, self._digest, self.size = out, hashlib.sha256(), 0

    def write(self, data: bytes) -> None:
        self._out.write(data)
        self._digest.update(data)
        self.size += len(data)

    @property
    def told(self) -> dict[str, Any]:
        return {"size": self.size, "sha256": self._digest.hexdigest()}


class Archive:
    """A ZIP that is being written."""

    def __init__(self, out: BinaryIO) -> None:
        self.members: dict[str, dict[str, Any]] = {}
        self.zip = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1, allowZip64=True)

    @contextmanager
    def member(self, name: str) -> Iterator[_Hashed]:
        with self.zip.open(name, "w", force_zip64=True) as out:
            hashed = _Hashed(out)
            yield hashed
        self.members[name] = hashed.told

    def put(self, name: str, file: Path) -> None:
        """A whole file. One that vanished meanwhile is left out: a delivery was taken in, a sheet collected."""
        with suppress(FileNotFoundError), file.open("rb") as source, self.member(name) as out:
            while part := source.read(engines.CHUNK):
                out.write(part)
            self.members[name] = {}
        if name in self.members:
            self.members[name]["mtime"] = int(file.stat().st_mtime) if file.exists() else 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            # Broken off: nothing more is written, the file goes away.
            self.zip.fp = None

    def close(self, manifest: dict[str, Any]) -> None:
        self.zip.writestr(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
        self.zip.close()


def files_of(data: Path, *, without: Path) -> list[str]:
    """Paths of all files under ``data`` that belong into a backup, relative, sorted. Links to folders are followed once."""
    found, seen = [], set()
    for folder, folders, names in os.walk(data, followlinks=True):
        here = Path(folder)
        if here.resolve() in seen or here.resolve() == without.resolve():
            folders.clear()
            continue
        seen.add(here.resolve())
        top = here == data
        if top:
            folders[:] = [name for name in folders if name not in NOT_FILES and name != STAGING]
        for name in names:
            if top and (name in NOT_FILES or name.startswith(DEMO_DATABASE)):
                continue
            # Never keys, never a backup inside a backup.
            if not name.endswith((DRAFT_SUFFIX, DATA_SUFFIX, KEYS_SUFFIX)) and (here / name).is_file():
                found.append(str((here / name).relative_to(data)))
    return sorted(found)


def stem_of(told: engines.Told, moment: datetime) -> str:
    """Name of a backup without its ending: whose, and when (UTC)."""
    number = re.sub(r"[^\w-]", "", told.houses[0][0]) if told.houses else "leer"
    return f"{prefix_of(told.vendor, number)}{moment:%Y%m%d-%H%M%S}"


def prefix_of(vendor: str, number: str) -> str:
    """What all backups of one installation begin with."""
    return f"hilfefrei-{'uebung-' if vendor == 'sqlite' else ''}{number}-"


def make(
    source: Source, folder: Path, *, keys_folder: Path | None, passphrase: str, keep: int, now: datetime, say: Say
) -> Made:
    """Write one backup of ``source`` into ``folder`` while people work. Raises BackupError; then nothing that looks whole lies there."""
    _require_apart(folder, keys_folder)
    try:
        with _in_words(folder):
            _require_space(source, folder)
            return _make(source, folder, keys_folder, passphrase, keep, now, say)
    except psycopg.Error as error:
        # Not the message: it may hold the password of the address.
        raise BackupError(f"Die Datenbank hat mitten in der Sicherung aufgehört zu antworten ({type(error).__name__}).") from error


def _make(source: Source, folder: Path, keys_folder: Path | None, passphrase: str, keep: int, now: datetime, say: Say) -> Made:
    with ExitStack() as stack:
        link: engines.Connection | None = None
        if source.is_sqlite:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            held = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=".", dir=folder))) / "kopie"
        # The anchors first: none of them may be younger than the chain beside it.
        anchors = {str(f.relative_to(source.data)): f.read_bytes() for f in sorted((source.data / "anchors").glob("*.jsonl"))}
        if source.is_sqlite:
            say("Datenbank kopieren")
            told = engines.copy_sqlite(Path(source.config["NAME"]), held)
        else:
            link = stack.enter_context(engines.snapshot(source.config))
            told = engines.tell(link)
        # Two in one second: the names are sorted by time, so the later one is a second later.
        while (target := folder / f"{(stem := stem_of(told, now))}{DATA_SUFFIX}").exists():
            now += timedelta(seconds=1)
        # The keys first: data without keys are worth less than keys without data.
        keys_file = _store_keys(source, keys_folder / f"{stem}{KEYS_SUFFIX}", passphrase) if keys_folder else None
        if keys_file is not None:
            # Keys of a backup that came to nothing are in the way.
            stack.push(lambda kind, *_: keys_file.unlink(missing_ok=True) if kind else None)
        with whole_or_not(target) as raw:
            out: Any = sealed.Writer(raw, passphrase) if passphrase else raw
            with Archive(out) as archive:
                say("Dateien")
                for name in files_of(source.data, without=folder):
                    if name not in anchors:
                        archive.put(f"dateien/{name}", source.data / name)
                for name, content in anchors.items():
                    with archive.member(f"dateien/{name}") as member:
                        member.write(content)
                if link is None:
                    archive.put(SQLITE, held)
                else:
                    _put_tables(archive, link, told, say)
                manifest = _manifest(archive, told, source, now)
                archive.close(manifest)
            if out is not raw:
                out.close()
    removed = rotate(folder, keys_folder, stem, keep) if keep else 0
    return Made(target, keys_file, manifest, removed)


def _put_tables(archive: Archive, link: engines.Connection, told: engines.Told, say: Say) -> None:
    made = engines.schema(link)
    with archive.member(SCHEMA) as member:
        member.write(json.dumps(made, ensure_ascii=False, indent=1).encode())
    say(f"{len(made['tables'])} Tabellen")
    for table, columns in made["columns"].items():
        if table in engines.WITHOUT_ROWS:
            continue
        with archive.member(f"daten/{table}.copy") as member:
            told.tables[table] = engines.rows(link, table, columns, member.write)


def _manifest(archive: Archive, told: engines.Told, source: Source, now: datetime) -> dict[str, Any]:
    manifest = {
        "format": FORMAT,
        "program": hilfefrei.__version__,
        "made_at": now.isoformat(),
        "vendor": told.vendor,
        "server": told.server,
        "houses": told.houses,
        "migrations": told.migrations,
        "tables": told.tables,
        "without_rows": list(engines.WITHOUT_ROWS),
        "chains": told.chains,
        "members": archive.members,
    }
    return manifest | {"signature": signature(manifest, source.keys.audit_key[0].encode())}


def _require_apart(folder: Path, keys_folder: Path | None) -> None:
    if keys_folder is None:
        return
    data, keys = folder.resolve(), keys_folder.resolve()
    if data == keys or data in keys.parents or keys in data.parents:
        raise BackupError("Daten und Schlüssel gehören in getrennte Ordner, am besten auf getrennte Datenträger.")


def _require_space(source: Source, folder: Path) -> None:
    """Refuse before an hour's work: a backup is not larger than what it holds."""
    wanted = LEAST_FREE + sum(
        (source.data / name).stat().st_size for name in files_of(source.data, without=folder) if (source.data / name).exists()
    )
    if source.is_sqlite:
        wanted += 2 * Path(source.config["NAME"]).stat().st_size if Path(source.config["NAME"]).exists() else 0
    there = folder
    while not there.exists():
        there = there.parent
    free = shutil.disk_usage(there).free
    if free < wanted:
        raise BackupError(f"In {folder} sind noch {free // 2**20} MB frei, gebraucht werden bis zu {wanted // 2**20} MB.")


def _store_keys(source: Source, target: Path, passphrase: str) -> Path:
    """``secret.toml`` as it is, or sealed."""
    content = (source.data / secrets.FILE_NAME).read_bytes()
    with whole_or_not(target) as raw:
        if not passphrase:
            raw.write(content)
        else:
            out = sealed.Writer(raw, passphrase)
            out.write(content)
            out.close()
    return target


def rotate(folder: Path, keys_folder: Path | None, stem: str, keep: int) -> int:
    """Delete all but the newest ``keep`` backups of this installation, each with its keys; give how many."""
    own = re.compile(re.escape(stem[:-15]) + r"\d{8}-\d{6}")
    stems = sorted((f.stem for f in folder.glob(f"*{DATA_SUFFIX}") if own.fullmatch(f.stem)), reverse=True)
    for old in stems[keep:]:
        (folder / f"{old}{DATA_SUFFIX}").unlink()
        if keys_folder is not None:
            (keys_folder / f"{old}{KEYS_SUFFIX}").unlink(missing_ok=True)
    return len(stems[keep:])


# --- reading ----------------------------------------------------------------------------------------------------------


class Opened:
    """A backup that is there. Every method raises BackupError where it is damaged."""

    def __init__(self, path: Path, passphrase: str = "") -> None:
        self.path = path
        try:
            seals = sealed.is_sealed(path)
        except OSError as error:
            raise BackupError(f"{path} lässt sich nicht lesen ({error.strerror}).") from error
        if seals and not passphrase:
            raise BackupError(f"{path.name} ist versiegelt. Bitte das Passwort mit --passphrase-file angeben.")
        self._raw: Any = sealed.reader(path, passphrase) if seals else path.open("rb")
        try:
            self.zip = zipfile.ZipFile(self._raw)
            self.manifest: dict[str, Any] = json.loads(self.zip.read(MANIFEST))
        except (zipfile.BadZipFile, KeyError, ValueError, EOFError, OSError):
            self._raw.close()
            raise BackupError(f"{path.name} ist keine ganze Sicherung: Die Datei ist beschädigt oder etwas anderes.") from None
        if not isinstance(self.manifest, dict) or self.manifest.get("format", 0) > FORMAT:
            self.close()
            raise BackupError(f"{path.name} ist von einer neueren Fassung des Programms. Bitte mit dieser zurücksichern.")

    def close(self) -> None:
        self.zip.close()
        self._raw.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def member(self, name: str) -> Iterator[IO[bytes]]:
        try:
            with self.zip.open(name) as opened:
                yield opened
        except (zipfile.BadZipFile, KeyError, EOFError, OSError, ValueError) as error:
            raise BackupError(f"{self.path.name} ist beschädigt bei „{name}“ ({type(error).__name__}).") from error

    def table(self, name: str) -> Any:
        """The rows of one table as COPY wrote them."""
        return self.member(f"daten/{name}.copy")

    def schema(self) -> dict[str, Any]:
        with self.member(SCHEMA) as opened:
            found: dict[str, Any] = json.loads(opened.read())
        return found

    def check(self) -> None:
        """Read everything and compare it with the checksums."""
        told = self.manifest.get("members", {})
        there = set(self.zip.namelist()) - {MANIFEST}
        if missing := sorted(set(told) - there):
            raise BackupError(f"{self.path.name} ist beschädigt: „{missing[0]}“ fehlt.")
        if extra := sorted(there - set(told)):
            raise BackupError(f"{self.path.name} ist verändert: „{extra[0]}“ gehört nicht hinein.")
        for name, said in told.items():
            digest, size = hashlib.sha256(), 0
            with self.member(name) as opened:
                while part := opened.read(engines.CHUNK):
                    digest.update(part)
                    size += len(part)
            if digest.hexdigest() != said["sha256"] or size != said["size"]:
                raise BackupError(f"{self.path.name} ist beschädigt: „{name}“ passt nicht zu seiner Prüfsumme.")

    def require_keys(self, keys: secrets.Secrets) -> None:
        """Whether it was made with one of ``keys`` and is unchanged since."""
        if not any(hmac.compare_digest(self.manifest.get("signature", ""), signature(self.manifest, key.encode())) for key in keys.audit_key):
            raise BackupError("Diese Schlüssel gehören nicht zu dieser Sicherung, oder ihr Verzeichnis wurde verändert.")

    def files(self) -> Iterator[tuple[str, str, int]]:
        """(member, path under the data folder, seconds since the epoch). Raises BackupError for a path that leads out of it."""
        for member, said in self.manifest["members"].items():
            if not member.startswith("dateien/"):
                continue
            path = Path(member.removeprefix("dateien/"))
            if path.is_absolute() or ".." in path.parts or path.parts[0] in NOT_FILES:
                raise BackupError(f"{self.path.name} ist verändert: „{member}“ führt aus dem Datenordner hinaus.")
            yield member, str(path), int(said.get("mtime", 0))


def read_keys(path: Path, passphrase: str) -> secrets.Secrets:
    """The keys of a backup. Raises BackupError, in words, for a file that is none or does not open."""
    try:
        if sealed.is_sealed(path):
            if not passphrase:
                raise BackupError(f"{path.name} ist versiegelt. Bitte das Passwort mit --passphrase-file angeben.")
            with closing(sealed.reader(path, passphrase)) as opened:
                content = opened.read()
        else:
            content = path.read_bytes()
    except OSError as error:
        raise BackupError(f"{path} lässt sich nicht lesen ({error.strerror}).") from error
    with tempfile.TemporaryDirectory(prefix="hilfefrei-") as folder:
        held = Path(folder) / secrets.FILE_NAME
        with os.fdopen(os.open(held, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(content or b"")
        try:
            return secrets.load(held)
        except secrets.SecretsError:
            raise BackupError(f"In {path.name} stehen keine Schlüssel von Hilfefrei.") from None
