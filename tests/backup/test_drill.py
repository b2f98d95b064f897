"""The restore drill: a backup made while people work comes back whole, somewhere else, and nowhere it could do harm."""

import errno
import json
import os
import re
import sqlite3
import subprocess
import sys
import threading
import time
import zipfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django_scopes import scope

from hilfefrei import secrets
from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.audit import triggers
from hilfefrei.backup import BackupError, archive, engines, noted, restoring, sealed
from hilfefrei.settings import database as addresses
from tests.backup.conftest import ROOT, House
from tests.world import at


def rows(house: House, data: Path, name: str = "neu") -> dict[str, list[tuple[Any, ...]]]:
    """Every row of a restored installation, by table; of the house itself with its own folder."""
    if house.vendor == "sqlite":
        with closing(sqlite3.connect(data / archive.DEMO_DATABASE)) as link:
            tables = [row[0] for row in link.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
            return {table: sorted(link.execute(f'SELECT * FROM "{table}"').fetchall(), key=repr) for table in tables}
    with psycopg.connect(house.url if data == house.data else house.address(name)) as link:
        tables = [row[0] for row in link.execute(engines.TABLES).fetchall()]
        return {table: sorted(link.execute(f'SELECT * FROM "{table}"').fetchall(), key=repr) for table in tables}


def files(data: Path) -> dict[str, bytes]:
    return {str(f.relative_to(data)): f.read_bytes() for f in sorted(data.rglob("*")) if f.is_file()}


def said_by(house: House, data: Path) -> str:
    done = house.run("audit", "verify", data=data)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(240)
def test_the_drill(house: House) -> None:
    saved, keys = house.back_up()
    assert saved.stat().st_mode & 0o777 == 0o600
    assert noted.read(house.data).keys_at == noted.read(house.data).made_at > "2026", "the operator's first page knows of it"
    assert keys.read_bytes() == (house.data / secrets.FILE_NAME).read_bytes()
    with zipfile.ZipFile(saved) as opened:
        key = secrets.load(house.data / secrets.FILE_NAME)
        assert all(k.encode() not in opened.read(name) for name in opened.namelist() for k in (*key.audit_key, *key.secret_key))
    checked = house.run("backup", "verify", str(saved), "--keys", str(keys))
    assert checked.returncode == 0, checked.stderr
    assert "ganz und gehört zu diesen Schlüsseln" in checked.stdout

    # What happens after the backup is lost with it, and only that.
    before = rows(house, house.data)
    new = house.tmp / "neu"
    done = house.run("restore", str(saved), "--keys", str(keys), *house.elsewhere(), data=new)
    assert done.returncode == 0, done.stderr
    after = rows(house, new)
    added = {t: [r for r in after[t] if r not in before.get(t, [])] for t in after if after[t] != before.get(t)}
    assert set(added) <= {"audit_event", "audit_eventpayload", "audit_chainhead", "django_content_type", "cache"}, "only that it was brought back"
    assert len(added["audit_event"]) == 1
    assert "jobcenter.restored" in repr(added["audit_event"])
    mine = files(house.data)
    assert {name: content for name, content in files(new).items() if name.startswith(("files", "ausgang", "lieferungen", "anchors"))} == {
        name: content for name, content in mine.items() if name.startswith(("files", "ausgang", "lieferungen", "anchors"))
    }
    assert not (new / "static").exists(), "what is made anew is not carried"
    assert not (new / archive.STAGING).exists()
    assert noted.read(new) == noted.Noted(), "the restored house was never backed up where it lies now"
    assert (new / secrets.FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert secrets.load(new / secrets.FILE_NAME).database_url == (house.address("neu") if house.vendor == "postgres" else "")
    assert "Die Kette stimmt" in said_by(house, new)
    anchor = next((new / "anchors").glob("*.jsonl"))
    assert house.run("audit", "verify", "--anchor", str(anchor), data=new).returncode == 0
    doctor = house.run("doctor", data=new)
    assert "gut    Schutzregeln des Protokolls" in doctor.stdout, doctor.stdout

    again = house.run("restore", str(saved), "--keys", str(keys), *house.elsewhere(), data=new)
    assert again.returncode == 1
    assert "nicht leer" in again.stderr
    assert rows(house, new) == after


def plain(said: Any) -> list[str]:
    """Without the casts that PostgreSQL writes anew when it reads a condition a second time."""
    lines = said if isinstance(said, list) else [f"{key} {value}" for key, value in said.items()]
    return [re.sub(r"::(text|character varying)(\[\])?|[()]", "", line) for line in lines]


@pytest.mark.timeout(240)
def test_the_schema_comes_back_as_it_was(house: House) -> None:
    """Every column, key, index, trigger and function, compared by what the catalogue says of both."""
    saved, keys = house.back_up()
    if house.vendor == "sqlite":
        assert house.run("restore", str(saved), "--keys", str(keys), data=house.tmp / "neu").returncode == 0
        query = "SELECT type, name, sql FROM sqlite_master ORDER BY name"
        with closing(sqlite3.connect(house.data / archive.DEMO_DATABASE)) as old, closing(sqlite3.connect(house.tmp / "neu" / archive.DEMO_DATABASE)) as new:
            assert set(old.execute(query)) == set(new.execute(query))
        return
    config = addresses.parse(house.address("neu"))
    engines.create(config)
    with archive.Opened(saved) as opened, restoring.filling(config, opened, lambda _: None) as link:
        mine = engines.schema(link)
    with engines.snapshot(house.source().config) as link:
        theirs = engines.schema(link)
        for part in mine:
            assert plain(mine[part]) == plain(theirs[part])
        assert len(mine["tables"]) > 50
        assert len(mine["after"]) > 300
        assert sum("CREATE TRIGGER" in line for line in mine["after"]) == len(triggers.names())


def test_a_sealed_backup_opens_with_its_passphrase_only(house: House, passphrase_file: Path, tmp_path: Path) -> None:
    saved, keys = house.back_up("--passphrase-file", str(passphrase_file))
    raw = saved.read_bytes()
    assert b"Silberdistel" not in raw
    assert b"manifest" not in raw
    assert b"audit_key" not in keys.read_bytes()
    new = house.tmp / "neu"
    (tmp_path / "falsch").write_text("Pirol-und-Wendehals-7\n", encoding="utf-8")
    for more, words in (((), "versiegelt"), (("--passphrase-file", str(tmp_path / "falsch")), "Passwort stimmt nicht")):
        done = house.run("restore", str(saved), "--keys", str(keys), *house.elsewhere(), *more, data=new)
        assert done.returncode == 1
        assert words in done.stderr
        assert not new.exists()
    done = house.run("restore", str(saved), "--keys", str(keys), *house.elsewhere(), "--passphrase-file", str(passphrase_file), data=new)
    assert done.returncode == 0, done.stderr
    assert "Die Kette stimmt" in said_by(house, new)


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _flip(file: Path) -> None:
    """One bit inside the rows of the largest member."""
    with zipfile.ZipFile(file) as opened:
        largest = max(opened.infolist(), key=lambda i: i.compress_size)
    content = bytearray(file.read_bytes())
    content[largest.header_offset + 60 + largest.compress_size // 2] ^= 1
    file.write_bytes(bytes(content))


def _manifest(file: Path, **changed: Any) -> None:
    with zipfile.ZipFile(file) as opened:
        members = {name: opened.read(name) for name in opened.namelist()}
    told = json.loads(members["manifest.json"]) | changed
    members["manifest.json"] = json.dumps(told).encode()
    with zipfile.ZipFile(file, "w") as out:
        for name, content in members.items():
            out.writestr(name, content)


def _sign(file: Path, house: House, **changed: Any) -> None:
    """As a newer program would have made it."""
    with zipfile.ZipFile(file) as opened:
        told = json.loads(opened.read("manifest.json")) | changed
    key = secrets.load(house.data / secrets.FILE_NAME).audit_key[0].encode()
    _manifest(file, **changed, signature=archive.signature(told, key))


@pytest.mark.timeout(300)
def test_what_is_wrong_is_said_and_changes_nothing(house: House) -> None:
    saved, keys = house.back_up()
    good, new = saved.read_bytes(), house.tmp / "neu"
    foreign = house.tmp / "fremd.toml"
    secrets.store(foreign, secrets.new())
    nonsense = house.tmp / "unsinn"
    nonsense.write_bytes(b"\xff\xfe nichts")
    cases: list[tuple[Any, Path, str]] = [
        (lambda: _cut(saved), keys, "keine ganze Sicherung"),
        (lambda: _flip(saved), keys, "beschädigt"),
        (lambda: saved.write_bytes(b"PK"), keys, "keine ganze Sicherung"),
        (lambda: _manifest(saved, houses=[["1", "Jobcenter Fremd"]]), keys, "gehören nicht zu dieser Sicherung"),
        (lambda: _sign(saved, house, format=2), keys, "neueren Fassung"),
        (lambda: _sign(saved, house, migrations=[["people", "9999_later"]]), keys, "people.9999_later ist hier unbekannt"),
        (lambda: None, foreign, "gehören nicht zu dieser Sicherung"),
        (lambda: None, nonsense, "keine Schlüssel"),
        (lambda: None, house.tmp / "nix", "lässt sich nicht lesen"),
    ]
    for damage, with_keys, words in cases:
        saved.write_bytes(good)
        damage()
        done = house.run("restore", str(saved), "--keys", str(with_keys), *house.elsewhere(), data=new)
        assert done.returncode == 1, words
        assert words in done.stderr, done.stderr
        assert "Traceback" not in done.stderr
        assert not new.exists()
        if house.vendor == "postgres":
            assert not engines.exists(addresses.parse(house.address("neu"))), "nothing was made for nothing"
    saved.write_bytes(good)
    _flip(saved)
    verified = house.run("backup", "verify", str(saved))
    assert verified.returncode == 1
    assert "beschädigt" in verified.stderr


def test_a_database_with_people_is_never_filled(house: House) -> None:
    saved, keys = house.back_up()
    before = rows(house, house.data)
    if house.vendor == "sqlite":
        done = house.run("restore", str(saved), "--keys", str(keys))
        assert done.returncode == 1
        assert "ist nicht leer" in done.stderr
        assert rows(house, house.data) == before
        return
    done = house.run("restore", str(saved), "--keys", str(keys), data=house.tmp / "neu")
    assert done.returncode == 1
    assert "andere Verbindungen offen" in done.stderr or "nicht leer" in done.stderr
    assert "--database-url mit einer anderen" in done.stderr, "whoever only practises is not told to stop the operation"
    assert "Betrieb zuerst beenden" not in done.stderr
    from django.db import connection

    connection.close()
    done = house.run("restore", str(saved), "--keys", str(keys), data=house.tmp / "neu")
    assert "ist nicht leer: in „" in done.stderr
    assert rows(house, house.data) == before
    assert not (house.tmp / "neu" / secrets.FILE_NAME).exists()


@pytest.mark.timeout(240)
def test_a_chain_that_was_bent_before_the_backup_is_not_brought_back(house: House) -> None:
    """The counts and checksums fit, the record does not: what was filled is emptied again."""
    bend = "UPDATE audit_event SET verb = 'person.found' WHERE seq = 2"
    if house.vendor == "sqlite":
        with closing(sqlite3.connect(house.data / archive.DEMO_DATABASE)) as link:
            link.execute("DROP TRIGGER audit_event_no_update")
            link.execute(bend)
            link.commit()
    else:
        with psycopg.connect(house.url, autocommit=True) as link:
            link.execute("ALTER TABLE audit_event DISABLE TRIGGER ALL")
            link.execute(bend)
            link.execute("ALTER TABLE audit_event ENABLE TRIGGER ALL")
    saved, keys = house.back_up()
    done = house.run("restore", str(saved), "--keys", str(keys), *house.elsewhere(), data=house.tmp / "neu")
    assert done.returncode == 1
    assert "Ereignis 2 passt nicht zur Kette" in done.stderr
    assert list((house.tmp / "neu").iterdir()) == []
    if house.vendor == "postgres":
        with psycopg.connect(house.address("neu")) as link:
            assert link.execute(engines.TABLES).fetchall() == []


@pytest.mark.timeout(240)
def test_one_moment_of_a_house_at_work(house: House) -> None:
    """Somebody writes all the time; every backup holds whole acts only, and its head is the end of its chain."""
    from django.db import connection

    # On SQLite the copy in the folder stands still; people work in the one that the test is connected to.
    source = replace(house.source(), config=connection.settings_dict)

    stop, made = threading.Event(), 0

    def work() -> None:
        nonlocal made
        with scope(jobcenter=house.world.id):
            while not stop.is_set():
                house.world.person("Silke", f"Wacholder{chr(97 + made % 26)}{chr(97 + made // 26 % 26)}")
                made += 1
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    counted = []
    try:
        for n in range(3):
            done = archive.make(source, house.saved, keys_folder=None, passphrase="", keep=0, now=at(9, n), say=lambda _: None)
            told = done.manifest
            counted.append(told["tables"]["people_person"])
            assert told["tables"]["audit_event"] == next(iter(told["chains"].values()))["seq"]
            assert told["tables"]["audit_event"] == told["tables"]["audit_eventpayload"]
            assert told["tables"]["people_responsibility"] in {told["tables"]["people_person"], told["tables"]["people_person"] - 1}
            with archive.Opened(done.file) as opened:
                opened.check()
            time.sleep(0.3)
    finally:
        stop.set()
        thread.join()
    assert counted[0] < counted[-1], "people worked meanwhile"


# --- files that appear whole ------------------------------------------------------------------------------------------


def test_a_killed_backup_leaves_nothing_that_looks_whole(house: House) -> None:
    """Stopped in the middle of the file and killed; the next run clears what is left."""
    slow = (
        "import sys, time\n"
        "from hilfefrei import cli\n"
        "from hilfefrei.backup import archive\n"
        "held = archive.Archive.put\n"
        "def put(self, name, file):\n"
        "    held(self, name, file)\n"
        "    print('now', flush=True)\n"
        "    time.sleep(60)\n"
        "archive.Archive.put = put\n"
        "sys.exit(cli.main(sys.argv[1:]))\n"
    )
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("HILFEFREI_", "DJANGO_"))}
    running = subprocess.Popen(
        [sys.executable, "-c", slow, "backup", str(house.saved)],
        cwd=ROOT,
        env=clean | {"HILFEFREI_DATA": str(house.data), "PYTHONPATH": str(ROOT / "src")},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert running.stdout is not None
    try:
        assert any(line.strip() == "now" for line in running.stdout)
        assert [f.suffix for f in house.saved.glob("hilfefrei-*")] == [archive.DRAFT_SUFFIX]
        # One that still runs is left alone.
        house.back_up()
        assert len(list(house.saved.glob(f"*{archive.DRAFT_SUFFIX}"))) == 1
    finally:
        running.kill()
        running.wait()
        running.stdout.close()
    time.sleep(1.1)
    house.back_up()
    assert list(house.saved.glob(f"*{archive.DRAFT_SUFFIX}")) == []
    assert len(list(house.saved.glob(f"*{archive.DATA_SUFFIX}"))) == 2


@pytest.mark.one_database
def test_a_full_disk_is_a_sentence_and_leaves_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(archive.Archive, "put", full)
    with pytest.raises(BackupError, match="voll"):
        archive.make(house.source(), house.saved, keys_folder=house.kept, passphrase="", keep=1, now=at(9), say=lambda _: None)
    assert list(house.saved.iterdir()) == []
    assert list(house.kept.iterdir()) == [], "keys of a backup that came to nothing are in the way"


def test_keep_deletes_the_oldest_of_this_house_only(house: House) -> None:
    house.saved.mkdir()
    others = house.saved / "hilfefrei-55555-20200101-000000.sicherung"
    others.write_bytes(b"x")
    source = house.source()
    for minute in range(4):
        made = archive.make(source, house.saved, keys_folder=house.kept, passphrase="", keep=2, now=at(9, minute), say=lambda _: None)
    assert made.removed == 1
    assert sorted(f.name[-15 - len(f.suffix) : -len(f.suffix)] for f in house.saved.glob(f"*23102*{archive.DATA_SUFFIX}")) == [
        f"{at(9, minute):%Y%m%d-%H%M%S}" for minute in (2, 3)
    ]
    assert len(list(house.kept.iterdir())) == 2
    assert others.exists()


@pytest.mark.one_database
def test_keys_never_lie_beside_the_data(house: House) -> None:
    for keys in (house.saved, house.saved / "drin", house.folder):
        done = house.run("backup", str(house.saved), "--keys", str(keys))
        assert done.returncode == 1
        assert "getrennte Ordner" in done.stderr
    # Nor do they get into the next backup, wherever they lie.
    inside = house.data / "dort"
    assert noted.read(house.data) == noted.Noted(), "what was refused is not noted"
    assert house.run("backup", str(house.data / "hier"), "--keys", str(inside)).returncode == 0
    with_keys = noted.read(house.data)
    time.sleep(1.1)
    assert house.run("backup", str(house.saved)).returncode == 0
    assert noted.read(house.data).made_at > noted.read(house.data).keys_at == with_keys.keys_at
    with zipfile.ZipFile(next(house.saved.glob(f"*{archive.DATA_SUFFIX}"))) as opened:
        assert not [name for name in opened.namelist() if name.endswith((archive.KEYS_SUFFIX, archive.DATA_SUFFIX)) or "secret" in name]


@pytest.mark.parametrize(
    ("arguments", "words", "code"),
    [
        (["backup", "verify"], "Es fehlt die Datei", 2),
        (["backup", "a", "b"], "Gemeint ist ein Ordner", 2),
        (["backup", "verify", "/nix"], "lässt sich nicht lesen", 1),
        (["backup", "/proc/hier"], "/proc/hier", 1),
        (["restore", "/nix", "--keys", "/nix"], "lässt sich nicht lesen", 1),
        (["upgrade"], "noch keine Daten (anderer Ordner: HILFEFREI_DATA=", 1),
        (["upgrade", "--back"], "noch keine Daten", 1),
    ],
)
def test_a_wrong_call_is_a_sentence(tmp_path: Path, arguments: list[str], words: str, code: int) -> None:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("HILFEFREI_", "DJANGO_"))}
    if "/proc/hier" in arguments:
        secrets.store(tmp_path / secrets.FILE_NAME, secrets.new())
        with closing(sqlite3.connect(tmp_path / archive.DEMO_DATABASE)) as link:
            link.execute("CREATE TABLE t (a)")
    done = subprocess.run(
        [sys.executable, "-m", "hilfefrei.cli", *arguments],
        check=False, text=True, capture_output=True, cwd=ROOT,
        env=clean | {"HILFEFREI_DATA": str(tmp_path), "PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr


# --- the seal ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed, "COST", 2)
    monkeypatch.setattr(sealed, "PART", 64)


@pytest.mark.parametrize("length", [0, 1, 63, 64, 65, 128, 1000])
def test_what_is_sealed_reads_back_from_any_place(cheap: None, tmp_path: Path, length: int) -> None:
    plain, file = os.urandom(length), tmp_path / "x"
    with file.open("wb") as raw, sealed.Writer(raw, "lang genug dafür") as out:
        for start in range(0, length, 7):
            out.write(plain[start : start + 7])
    with sealed.reader(file, "lang genug dafür") as opened:
        assert opened.read() == plain
        for start in range(0, length, 13):
            opened.seek(start)
            assert opened.read(20) == plain[start : start + 20]


@pytest.mark.parametrize("how", ["cut", "swap", "append", "flip", "drop first"])
def test_a_seal_that_was_touched_does_not_open(cheap: None, tmp_path: Path, how: str) -> None:
    file = tmp_path / "x"
    with file.open("wb") as raw, sealed.Writer(raw, "lang genug dafür") as out:
        out.write(b"a" * 64 + b"b" * 64 + b"c" * 10)
    content = file.read_bytes()
    head, body = content[: -2 * 80 - 26], content[-2 * 80 - 26 :]
    changed = {
        "cut": body[:160],
        "swap": body[80:160] + body[:80] + body[160:],
        "append": body + body[160:],
        "flip": body[:100] + bytes([body[100] ^ 1]) + body[101:],
        "drop first": body[80:],
    }[how]
    file.write_bytes(head + changed)
    with pytest.raises(BackupError, match="lässt sich nicht öffnen"), sealed.reader(file, "lang genug dafür") as opened:
        opened.read()


def test_a_short_passphrase_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "x").open("wb") as raw, pytest.raises(BackupError, match="zu kurz"):
        sealed.Writer(raw, "kurz")


def test_the_record_knows_of_a_restore_only_from_the_system(house: House) -> None:
    from hilfefrei.apps.audit.errors import Forbidden
    from hilfefrei.apps.org import domain as org

    with scope(jobcenter=house.world.id), pytest.raises(Forbidden):
        org.note_restored(actor=house.world.actor("operator"), at=at(), made_at="x", seq=1)
    with scope(jobcenter=house.world.id):
        assert audit.verify(house.world.id).problems == ()
