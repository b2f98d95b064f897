"""``./hilfefrei vacancies`` as the operator calls it: in a process of its own, on a database that others see."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django_scopes import scope, scopes_disabled

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.audit.models import Event, Outbox
from hilfefrei.apps.vacancies.models import CsvMapping, Delivery, DeliveryRow, Vacancy
from hilfefrei.apps.vacancies.workflows import ImportState, VacancyState
from tests.apps.vacancies.files import answer, hit, line, many, partner
from tests.support.server import Process
from tests.world import World, make

COLUMNS = (
    "--mapping", "Kreishandwerk", "--column", "reference=Nummer", "--column", "Titel=Stelle", "--column", "employer=Betrieb", "--column", "plz=PLZ",
    "--column", "place=Ort", "--column", "hours_low=Stunden", "--column", "wage_fixed=Lohn", "--column", "published=Datum", "--value", "wage_kind=STUNDENLOHN",
)  # fmt: skip
Run = Callable[..., tuple[int, dict[str, Any], str]]


@pytest.fixture
def house(transactional_db: None) -> Any:
    with scopes_disabled():
        made = make(password_hash=make_password("Eingang-2026!"))
    with scope(jobcenter=made.id):
        yield made


@pytest.fixture
def start(task_worker: Process, tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Start the command on this test's copy of the database."""

    def begin(act: str, content: bytes, *more: str, name: str = "stellen.csv") -> subprocess.Popen[str]:
        (tmp_path / name).write_bytes(content)
        command = [sys.executable, "-m", "hilfefrei.cli", "vacancies", act, str(tmp_path / name), *more]
        return subprocess.Popen(command, env=os.environ | task_worker.environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    return begin


@pytest.fixture
def run(start: Callable[..., subprocess.Popen[str]]) -> Run:
    def finish(act: str, content: bytes, *more: str, name: str = "stellen.csv") -> tuple[int, dict[str, Any], str]:
        process = start(act, content, "--json", *more, name=name)
        out, err = process.communicate(timeout=100)
        assert "Traceback" not in err
        return process.returncode, json.loads(out), err

    return finish


def everything() -> dict[str, Any]:
    """All that a delivery may write."""
    return {
        "stock": list(Vacancy.objects.order_by("reference").values_list("reference", "state", "hour_low_cents", "version")),
        "deliveries": Delivery.objects.count(),
        "rows": DeliveryRow.objects.count(),
        "events": Event.objects.count(),
        "outbox": Outbox.objects.count(),
        "mappings": CsvMapping.objects.count(),
    }


def test_check_import_again_changed_and_undo(house: World, run: Run, tmp_path: Path) -> None:
    nothing = everything()
    content = partner(line("K-1"), line("K-2", "Küchenhilfe", wage="2.400"), line("", "Ohne Nummer"), line("K-1"), encoding="cp1252")
    code, told, err = run("check", content, *COLUMNS, "--rejects", str(tmp_path / "zurueck.csv"))
    assert (code, told["state"], told["counts"]["usable"], told["counts"]["repaired"]) == (0, "differs", 2, 1)
    assert told["rejected"] == [{"line": 4, "reference": "", "reasons": ["reference_missing"]}]
    assert (told["counts"]["duplicate"], told["counts"]["encoding"]) == (1, "cp1252")
    assert "prüfen" in err
    assert "Nummer der Stelle fehlt" in (tmp_path / "zurueck.csv").read_text(encoding="utf-8-sig")
    assert everything() == nothing
    code, told, _ = run("import", content, *COLUMNS)
    assert (code, told["state"], told["counts"]["new"]) == (0, "applied", 2)
    assert told["peak_mb"] > 10
    first = everything()
    # The mapping is kept: the same file needs no columns any more, and changes nothing, not even the record.
    code, told, _ = run("import", content)
    assert (code, told["state"]) == (0, "nothing")
    assert everything() == first
    code, told, _ = run("import", partner(line("K-1", wage="15,10"), line("K-2", "Küchenhilfe", wage="2.400")), name="neu.csv")
    assert (code, told["changes"], told["counts"]["unchanged"]) == (0, {"wage": 1}, 1)
    code, told, _ = run("undo", content)
    assert (code, told["code"]) == (1, "outdated")
    code, told, _ = run("undo", partner(line("K-1", wage="15,10"), line("K-2", "Küchenhilfe", wage="2.400")))
    assert (code, told["state"]) == (0, "undone")
    assert Vacancy.objects.get(reference="K-1").hour_low_cents == 1460
    code, told, _ = run("undo", b"x")
    assert (code, told["code"]) == (1, "state")
    assert audit.verify(house.id).problems == ()


def test_the_answer_of_the_job_search_and_its_alarm(house: World, run: Run) -> None:
    code, told, _ = run("import", answer(hit(1), hit(2), stated=9), name="antwort.json")
    assert (code, told["state"], told["counts"]["new"]) == (0, "applied", 2)
    assert "Es fehlen Seiten" in told["text"]
    before = everything()
    code, told, _ = run("check", answer(stated=286).replace(b'"ergebnisliste": [], ', b""), name="antwort.json")
    assert (code, told["state"], told["code"]) == (3, "refused", "interface_change")
    assert everything() == before
    code, _, _ = run("import", answer(stated=286).replace(b'"ergebnisliste": [], ', b""), name="antwort.json")
    assert code == 3
    assert Outbox.objects.filter(kind="vacancies.alarm").count() == 1
    assert everything()["stock"] == before["stock"]


@pytest.mark.parametrize(
    ("content", "more", "code", "words"),
    [
        (partner(line("K-1"))[:-30], COLUMNS, 1, "bricht in Zeile 2 ab"),
        (b'{"ergebnisliste": [{"referenz', (), 1, "abgeschnitten"),
        (b"PK\x03\x04 rest", (), 1, "Excel"),
        (b"\x00" * (50 * 1024 * 1024), (), 1, "größer als 30 MB"),
        (partner(line("K-1"), encoding="utf-16")[:-1], COLUMNS, 1, "mitten in einem Zeichen"),
        (partner(line("K-1")), (), 1, "--column 'title=Stelle'"),
        (partner(line("K-1")), ("--mapping", "Gibtesnicht"), 2, "gibt es nicht. Es gibt: ba-jobsuche-csv"),
        (partner(line("K-1")), ("--mapping", "X", "--column", "Unsinn=Stelle"), 2, "keine Zuordnung"),
        (partner(line("K-1")), ("--jobcenter", "00000"), 2, "--jobcenter NUMMER"),
    ],
    ids=["truncated", "truncated-json", "foreign", "50-mb", "half-character", "columns", "mapping", "field", "jobcenter"],
)
def test_what_cannot_be_taken_over_is_said_and_changes_nothing(
    house: World, run: Run, content: bytes, more: tuple[str, ...], code: int, words: str
) -> None:
    got, told, _ = run("import", content, *more)
    assert got == code
    assert words in told["text"]
    assert not Vacancy.objects.exists()
    assert not CsvMapping.objects.exists()
    # A refusal of the file itself is kept for the page; a wrong command line is not.
    assert set(Delivery.objects.order_by("pk").values_list("state", flat=True)) <= {ImportState.REFUSED}


def test_without_json_the_words_go_to_stderr(house: World, start: Callable[..., subprocess.Popen[str]]) -> None:
    process = start("check", b"", name="leer.csv")
    assert process.communicate(timeout=60)[1].startswith("Abgelehnt: Die Datei ist leer")
    assert process.returncode == 1


def test_an_implausibly_small_full_delivery_is_refused(house: World, run: Run) -> None:
    assert run("import", many(50), *COLUMNS, "--full")[0] == 0
    code, told, _ = run("import", many(20), "--full")
    assert (code, told["code"]) == (1, "too_small")
    assert Vacancy.objects.filter(state=VacancyState.OPEN).count() == 50


@pytest.mark.timeout(300)
def test_killed_while_taking_over_leaves_all_or_nothing(house: World, start: Callable[..., subprocess.Popen[str]], run: Run) -> None:
    content = many(6000)
    killed = 0
    for delay in (0.05, 0.3, 0.8):
        process = start("import", content, *COLUMNS)
        assert process.stdout is not None
        while "Übernehmen" not in process.stdout.readline():
            assert process.poll() is None
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=30)
        killed += process.returncode == -signal.SIGKILL
        found = everything()
        assert (len(found["stock"]), found["deliveries"], found["rows"], found["events"], found["mappings"]) == (0, 0, 0, 0, 0)
    assert killed == 3
    code, told, _ = run("import", content, *COLUMNS)
    assert (code, told["counts"]["new"]) == (0, 6000)
    assert len(everything()["stock"]) == 6000
    assert audit.verify(house.id).problems == ()
