"""The commands as people call them: in processes of their own, in folders of their own."""

import http.client
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import psutil
import psycopg
import pytest

from hilfefrei import cli, commands, processes, secrets
from hilfefrei.core import clock

ROOT = Path(__file__).resolve().parents[1]


def _environment(folder: Path, **more: str) -> dict[str, str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("HILFEFREI_", "DJANGO_"))}
    return clean | {"HILFEFREI_DATA": str(folder), "PYTHONPATH": str(ROOT / "src")} | more


def _run(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hilfefrei.cli", *arguments],
        check=False,
        text=True,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        cwd=ROOT,
        env=_environment(folder, **more),
    )


def _until(what: Callable[[], object], seconds: float = 60) -> object:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.1)
    raise AssertionError("it did not happen")


# --- the training world -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "day"),
    [
        (date(2026, 11, 24), date(2026, 11, 24)),  # a Tuesday
        (date(2026, 11, 22), date(2026, 11, 20)),  # a Sunday
        (date(2026, 12, 27), date(2026, 12, 24)),  # a Sunday after Christmas
        (date(2027, 1, 1), date(2026, 12, 31)),
        (date(2026, 10, 31), date(2026, 10, 30)),  # Reformation Day, a holiday in Lower Saxony
    ],
)
def test_the_training_day_is_the_latest_working_day(today: date, day: date) -> None:
    assert cli.demo_day(None, today) == day


def test_a_day_that_is_asked_for_wins() -> None:
    assert cli.demo_day("2026-02-28", date(2026, 11, 24)) == date(2026, 2, 28)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own for what runs in this process."""
    for name in ("HILFEFREI_NOW", "HILFEFREI_NOW_RUNS", "HILFEFREI_NOW_SINCE"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("HILFEFREI_DATA", str(tmp_path))
    return tmp_path


def test_the_training_clock_never_runs_back(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cli.start_clock(folder, date(2026, 11, 24))
    assert datetime(2026, 11, 24, 8, 42, tzinfo=UTC) <= clock.now() < datetime(2026, 11, 24, 8, 43, tzinfo=UTC)
    monkeypatch.setenv("HILFEFREI_NOW_SINCE", str(time.time() - 3600))
    cli.keep_clock(folder)
    later = clock.now()
    cli.start_clock(folder, date(2026, 11, 24))
    assert abs((clock.now() - later).total_seconds()) < 5, "the second start goes on where the first one stopped"


def _training_world(folder: Path, day: str = "2026-11-20") -> None:
    with closing(sqlite3.connect(folder / "demo.sqlite3")):
        pass
    (folder / "demo.sqlite3").write_bytes(b"")
    (folder / "demo.day").write_text(day, encoding="utf-8")


def test_another_day_does_not_throw_away_what_was_typed(tmp_path: Path) -> None:
    _training_world(tmp_path)
    done = _run(tmp_path, "demo", "--day", "2026-11-24", "--build-only")
    assert done.returncode == 1
    assert "20.11.2026" in done.stderr
    assert "./hilfefrei reset" in done.stderr
    assert (tmp_path / "demo.sqlite3").exists()


def test_no_day_at_all(tmp_path: Path) -> None:
    done = _run(tmp_path, "demo", "--day", "31.02.2026")
    assert done.returncode == 1
    assert "ist kein Tag" in done.stderr
    assert "Traceback" not in done.stderr


def test_reset_asks_and_deletes_only_the_training_world(tmp_path: Path) -> None:
    assert "keine Übungsdaten" in _run(tmp_path, "reset").stdout
    _training_world(tmp_path)
    (tmp_path / "demo.clock").write_text("x", encoding="utf-8")
    (tmp_path / "eigenes.txt").write_text("bleibt", encoding="utf-8")
    asked = _run(tmp_path, "reset")
    assert asked.returncode == 1
    assert "Nichts gelöscht" in asked.stdout
    assert (tmp_path / "demo.sqlite3").exists()
    assert _run(tmp_path, "reset", "--yes").returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["demo.lock", "eigenes.txt"]


@pytest.mark.parametrize("command", [["demo", "--build-only"], ["reset", "--yes"]])
def test_real_installations_are_out_of_reach(tmp_path: Path, command: list[str]) -> None:
    made = secrets.new()
    real = secrets.Secrets(made.secret_key, made.audit_key, made.mfa_key, database_url="postgresql://a@b/c", hosts=("x.example",))
    secrets.store(tmp_path / secrets.FILE_NAME, real)
    (tmp_path / "demo.sqlite3").touch()
    done = _run(tmp_path, *command)
    assert done.returncode == 1
    assert "echten Installation" in done.stderr
    assert (tmp_path / "demo.sqlite3").exists()


@pytest.mark.parametrize("command", [["demo", "--build-only"], ["reset", "--yes"]])
def test_a_database_from_the_environment_is_not_touched(tmp_path: Path, command: list[str]) -> None:
    done = _run(tmp_path, *command, HILFEFREI_DATABASE_URL="postgresql://a@b/c")
    assert done.returncode == 1
    assert "HILFEFREI_DATABASE_URL" in done.stderr


def test_a_second_start_in_the_same_folder_is_refused(folder: Path) -> None:
    with cli.demo_folder():
        for command in (["demo"], ["reset", "--yes"]):
            done = _run(folder, *command)
            assert done.returncode == 1
            assert "läuft der Übungsbetrieb schon" in done.stderr
    assert _run(folder, "reset").returncode == 0


def test_a_busy_port_gives_the_next_free_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not processes.is_free(port)
        assert processes.free_port(port) > port
        with pytest.raises(OSError, match="kein Anschluss frei"):
            processes.free_port(port, tries=1)
    assert processes.free_port(port) == port


def test_a_folder_of_another_user_is_a_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def refused() -> bool:
        raise PermissionError(13, "Permission denied", "/daten/secret.toml")

    monkeypatch.setattr(cli, "is_real", refused)
    assert cli.main(["doctor"]) == 1
    assert "Kein Zugriff auf /daten/secret.toml" in capsys.readouterr().err


def test_the_first_password_is_asked_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter(["Rotmilan ueber Herzberg", "Rotmilan ueber Herzberg", "Rotmilan ueber Herzberg", "Rotmilan ueber Herzburg"])
    monkeypatch.setattr(cli.getpass, "getpass", lambda _prompt: next(typed))
    assert cli._asked_twice("setup") == "Rotmilan ueber Herzberg"
    with pytest.raises(cli.CliError, match="nicht zweimal dasselbe"):
        cli._asked_twice("setup")


def test_a_password_is_not_asked_where_nobody_can_type(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    options, _ = commands.parse(["accounts", "reset", "betrieb"])
    monkeypatch.setattr(cli.sys.stdin, "isatty", lambda: False)
    with pytest.raises(cli.CliError, match="keine Tastatur"):
        cli._given_password(options)
    typed = iter(["Rotmilan ueber Herzberg", "etwas anderes"])
    monkeypatch.setattr(cli.sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(cli.getpass, "getpass", lambda _prompt: next(typed))
    with pytest.raises(cli.CliError, match=r"./hilfefrei accounts reset noch einmal"):
        cli._given_password(options)
    file = tmp_path / "wort"
    file.write_text("Rotmilan ueber Herzberg\nzweite Zeile\n", encoding="utf-8")
    options, _ = commands.parse(["accounts", "reset", "betrieb", "--password-file", str(file)])
    assert cli._given_password(options) == "Rotmilan ueber Herzberg"


def test_doctor_says_what_there_is_not(tmp_path: Path) -> None:
    done = _run(tmp_path, "doctor")
    assert done.returncode == 0
    assert f"noch keine Daten in {tmp_path} → anderer Ordner: HILFEFREI_DATA=" in done.stdout
    (tmp_path / "demo.sqlite3").touch()
    done = _run(tmp_path, "doctor")
    assert done.returncode == 1
    assert "FEHLT  Schutzregeln des Protokolls → ./hilfefrei demo legt sie neu an" in done.stdout
    assert "steht; er läuft mit demo und serve" in done.stdout


@pytest.mark.parametrize("command", [["serve"], ["serve", "--check"]])
def test_serve_without_setup_says_so(tmp_path: Path, command: list[str]) -> None:
    done = _run(tmp_path, *command)
    assert done.returncode == 1
    assert "./hilfefrei setup" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--database-url", "sqlite:////tmp/x"], "braucht Hilfefrei PostgreSQL"),
        (["--database-url", "quatsch"], "beginnt mit postgresql://"),
        ([], "Es fehlt --database-url"),
    ],
)
def test_setup_refuses_before_it_writes(tmp_path: Path, arguments: list[str], words: str) -> None:
    done = _run(tmp_path / "neu", "setup", *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert not (tmp_path / "neu" / secrets.FILE_NAME).exists()


@pytest.mark.parametrize("content", [None, "", "\n", b"\xff\xfe"])
def test_a_password_file_without_a_password_is_a_sentence(tmp_path: Path, content: str | bytes | None) -> None:
    if content is not None:
        (tmp_path / "wort").write_bytes(content if isinstance(content, bytes) else content.encode())
    done = _run(
        tmp_path, "setup", "--database-url", "postgresql://a@127.0.0.1:1/b", "--host", "x.example",
        "--password-file", str(tmp_path / "wort"),
    )
    assert done.returncode == 1
    assert str(tmp_path / "wort") in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / secrets.FILE_NAME).exists()


@pytest.mark.parametrize("arguments", [[], ["--demo"], ["--anchor", "/nix"]])
def test_looking_at_the_record_of_an_empty_folder_leaves_it_empty(tmp_path: Path, arguments: list[str]) -> None:
    done = _run(tmp_path, "audit", "verify", *arguments)
    assert done.returncode == 1
    assert "./hilfefrei demo" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"{}"])
def test_an_anchor_that_is_none_is_a_sentence(tmp_path: Path, content: bytes | None) -> None:
    _training_world(tmp_path)
    if content is not None:
        (tmp_path / "anker").write_bytes(content)
    done = _run(tmp_path, "audit", "verify", "--anchor", str(tmp_path / "anker"))
    assert done.returncode in {1, 2}
    assert "Anker" in done.stderr or "lässt sich nicht lesen" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["demoo"], "„demoo“ gibt es nicht. Meinten Sie demo?"),
        (["demo", "--port", "x"], "--port: „x“ ist keine ganze Zahl."),
        (["demo", "--port"], "--port: Es fehlt der Wert."),
        (["demo", "--quatsch"], "Unbekannt: --quatsch"),
        (["audit"], "Es fehlt: BEFEHL"),
        (["catalogue", "--csv", "--json"], "--json und --csv gehen nicht zusammen."),
        (["reset", "--yes=1"], "--yes hat keinen Wert"),
        (["setup", "--p", "1"], "„--p“ ist nicht eindeutig: --proxies, --password-file"),
    ],
)
def test_a_wrong_call_is_answered_in_german(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        commands.parse(arguments)
    said = capsys.readouterr().err
    assert left.value.code == 2
    assert words in said
    assert "--help" in said
    assert not re.search("usage|argument|invalid|required|error", said)


def test_the_help_is_german(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--help"], ["setup", "--help"], ["bench", "--help"], ["audit", "verify", "--help"]):
        with pytest.raises(SystemExit):
            commands.parse(arguments)
        said = capsys.readouterr().out
        assert said.startswith("Aufruf: ")
        assert not re.search("usage:|options:|arguments:", said)


def test_an_unknown_measure_names_the_known_ones(tmp_path: Path) -> None:
    done = _run(tmp_path, "bench", "quatsch")
    assert done.returncode == 2
    assert "demo" in done.stderr


def test_a_measure_gets_its_own_options(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[list[str]] = []
    monkeypatch.setattr(cli.subprocess, "run", lambda command, **_more: called.append(command[2:]) or subprocess.CompletedProcess(command, 0))
    for line in (["fuzz", "--inputs", "5", "--json"], ["--json", "demo"], ["demo"]):
        options, _ = commands.parse(["bench", *line])
        assert cli.bench(options) == 0
    assert called == [["--inputs", "5", "--json"], ["--json"], []]


# --- real operation, on a real PostgreSQL -------------------------------------------------------------------------------


def _setup(folder: Path, url: str, *more: str) -> subprocess.CompletedProcess[str]:
    (folder / "wort").write_text("Wendehals-und-Pirol-7\n", encoding="utf-8")
    return _run(
        folder,
        *("setup", "--database-url", url, "--host", "jobcenter.example", "--jobcenter", "Jobcenter Probe"),
        *("--traeger-number", "12345", "--land", "NI", "--username", "wendehals", "--first-name", "Greta"),
        *("--last-name", "Wendehals", "--password-file", str(folder / "wort"), *more),
    )


def _get(port: int, path: str, **headers: str) -> tuple[int, str, dict[str, str]]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as client:
        client.request("GET", path, headers={"Host": "jobcenter.example"} | headers)
        with client.getresponse() as answer:
            return answer.status, answer.read().decode(), dict(answer.getheaders())


@pytest.mark.timeout(300)
def test_a_real_installation_from_setup_to_stop(tmp_path: Path, empty_postgres: str) -> None:
    made = _setup(tmp_path, empty_postgres)
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "secret.toml").stat().st_mode & 0o777 == 0o600
    keys = secrets.load(tmp_path / "secret.toml")
    again = _setup(tmp_path, empty_postgres)
    assert again.returncode == 0
    assert "Das Jobcenter gibt es schon" in again.stdout
    assert secrets.load(tmp_path / "secret.toml").audit_key == keys.audit_key, "a repeat makes no new keys"
    assert _run(tmp_path, "serve", "--check").returncode == 0, "it may start"
    looked = _run(tmp_path, "doctor")
    assert looked.returncode == 0
    assert "SQLite" not in looked.stdout, "real people stand in PostgreSQL"
    verified = _run(tmp_path, "audit", "verify")
    assert verified.returncode == 0
    assert "Die Kette stimmt" in verified.stdout
    # A new key in front: what the old one made still holds.
    assert _run(tmp_path, "keys", "rotate", "audit_key").returncode == 0
    assert _run(tmp_path, "audit", "verify").returncode == 0

    port = processes.free_port(18_000)
    log = tmp_path / "serve.log"
    with log.open("wb") as out:
        serving = subprocess.Popen(
            [sys.executable, "-m", "hilfefrei.cli", "serve", "--bind", f"127.0.0.1:{port}", "--processes", "2"],
            cwd=ROOT,
            env=_environment(tmp_path),
            stdout=out,
            stderr=out,
        )
    try:
        _until(lambda: "Hilfefrei läuft" in log.read_text(encoding="utf-8") or serving.poll() is not None)
        assert serving.poll() is None, log.read_text(encoding="utf-8")
        assert '"level": "ERROR"' not in log.read_text(encoding="utf-8"), "a start that went well tells no error"
        status, _, headers = _get(port, "/anmelden/")
        assert (status, headers["Location"]) == (301, "https://jobcenter.example/anmelden/"), "nothing goes out in clear"
        status, page, headers = _get(port, "/anmelden/", **{"X-Forwarded-Proto": "https"})
        assert status == 200
        assert "uebung" not in page
        assert "max-age=31536000" in headers["Strict-Transport-Security"]
        assert "; Secure" in headers["Set-Cookie"] or "; secure" in headers["Set-Cookie"].lower()
        assert _get(port, "/anmelden/", Host="fremd.example", **{"X-Forwarded-Proto": "https"})[0] == 400
        taken = _run(tmp_path, "serve", "--bind", f"127.0.0.1:{port}")
        assert taken.returncode == 1
        assert "belegt" in taken.stderr

        # A worker that was killed comes back, whichever it was.
        for part in ("post", "deliveries"):
            worker = _until(lambda part=part: _workers(serving.pid, part))
            assert isinstance(worker, psutil.Process)
            worker.kill()
            _until(lambda part=part, pid=worker.pid: (new := _workers(serving.pid, part)) is not None and new.pid != pid)
        family = psutil.Process(serving.pid).children(recursive=True)
        assert len(family) >= 5, "web server, two processes, two workers"
        serving.send_signal(signal.SIGTERM)
        assert serving.wait(40) == 0
        assert not [process for process in family if _runs(process)]
    finally:
        if serving.poll() is None:
            serving.kill()
            serving.wait()
    anchors = list((tmp_path / "anchors").glob("*.jsonl"))
    assert len(anchors) == 1, "the worker put the head of the chain outside the database"
    assert json.loads(anchors[0].read_text(encoding="utf-8").splitlines()[-1])["seq"] >= 3
    assert _run(tmp_path, "audit", "verify", "--anchor", str(anchors[0])).returncode == 0

    # Cut the tail: the chain alone might not see it, the anchor does.
    with psycopg.connect(empty_postgres, autocommit=True) as database:
        database.execute("ALTER TABLE audit_event DISABLE TRIGGER ALL")
        database.execute("DELETE FROM audit_event WHERE seq = (SELECT max(seq) FROM audit_event)")
        database.execute("UPDATE audit_chainhead SET seq = (SELECT max(seq) FROM audit_event),"
                         " hash = (SELECT hash FROM audit_event ORDER BY seq DESC LIMIT 1)")
    assert _run(tmp_path, "audit", "verify").returncode == 0
    cut = _run(tmp_path, "audit", "verify", "--anchor", str(anchors[0]))
    assert cut.returncode == 1
    assert "Ereignisse fehlen" in cut.stdout
    refused = _run(tmp_path, "serve", "--check")
    assert refused.returncode == 1
    assert "Schutzregeln" in refused.stderr, "disabled triggers are missing triggers"


def test_nothing_goes_on_when_the_command_is_killed(tmp_path: Path, empty_postgres: str) -> None:
    assert _setup(tmp_path, empty_postgres).returncode == 0
    port = processes.free_port(18_100)
    serving = subprocess.Popen(
        [sys.executable, "-m", "hilfefrei.cli", "serve", "--bind", f"127.0.0.1:{port}", "--processes", "1"],
        cwd=ROOT,
        env=_environment(tmp_path),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _until(lambda: not processes.is_free(port))
        _until(lambda: _workers(serving.pid) and _workers(serving.pid, "deliveries"))
        family = psutil.Process(serving.pid).children(recursive=True)
        serving.kill()
        serving.wait()
        _until(lambda: not [process for process in family if _runs(process)], 30)
        assert processes.is_free(port)
    finally:
        if serving.poll() is None:
            serving.kill()
            serving.wait()


def test_serve_refuses_training_accounts(tmp_path: Path, empty_postgres: str) -> None:
    assert _setup(tmp_path, empty_postgres).returncode == 0
    with psycopg.connect(empty_postgres, autocommit=True) as database:
        database.execute("UPDATE accounts_user SET is_demo = true")
    done = _run(tmp_path, "serve", "--check")
    assert done.returncode == 1
    assert "Übungskonten" in done.stderr


def test_serve_refuses_an_old_database(tmp_path: Path, empty_postgres: str) -> None:
    assert _setup(tmp_path, empty_postgres).returncode == 0
    with psycopg.connect(empty_postgres, autocommit=True) as database:
        database.execute("DELETE FROM django_migrations WHERE app = 'intake'")
    done = _run(tmp_path, "serve", "--check")
    assert done.returncode == 1
    assert "nicht auf dem Stand" in done.stderr


def test_a_database_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    done = _setup(tmp_path, f"postgresql://nutzer:Geh31m@/name?host={tmp_path}")
    assert done.returncode == 1
    assert "\nBitte Adresse" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Geh31m" not in done.stderr
    assert not (tmp_path / secrets.FILE_NAME).exists(), "the folder is not claimed for real operation"
    assert "Es gibt keine Übungsdaten" in _run(tmp_path, "reset").stdout


@pytest.mark.parametrize("command", [["audit", "verify"], ["vacancies", "check", str(Path(__file__))], ["serve", "--check"], ["doctor"]])
def test_a_database_that_went_away_is_a_sentence(tmp_path: Path, command: list[str]) -> None:
    made = secrets.new()
    url = f"postgresql://nutzer:Geh31m@/name?host={tmp_path}"
    secrets.store(tmp_path / secrets.FILE_NAME, secrets.Secrets(made.secret_key, made.audit_key, made.mfa_key, database_url=url, hosts=("x.example",)))
    kept = (tmp_path / secrets.FILE_NAME).read_bytes()
    done = _run(tmp_path, *command)
    assert done.returncode == 1
    assert "Datenbank" in done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    assert "Geh31m" not in done.stderr + done.stdout
    assert _setup(tmp_path, f"postgresql://anders@/name?host={tmp_path}").returncode == 1
    assert (tmp_path / secrets.FILE_NAME).read_bytes() == kept, "a set-up that came to nothing changes nothing"


def test_what_is_too_long_is_a_sentence(tmp_path: Path, empty_postgres: str) -> None:
    for option, value, words in (
        ("--traeger-number", "12345678901234", "Trägernummer: höchstens 10 Zeichen."),
        ("--jobcenter", "J" * 121, "Name: höchstens 120 Zeichen."),
        ("--username", "w" * 61, "Anmeldename: höchstens 60 Zeichen."),
    ):
        done = _setup(tmp_path, empty_postgres, option, value)
        assert done.returncode == 1
        assert words in done.stderr
        assert "Traceback" not in done.stderr
    assert "Eingerichtet" in _setup(tmp_path, empty_postgres).stdout, "nothing was half made"


def _workers(parent: int, part: str = "post") -> psutil.Process | None:
    for process in psutil.Process(parent).children():
        if _runs(process) and process.cmdline()[-3:] == ["worker", "--part", part]:
            return process
    return None


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
