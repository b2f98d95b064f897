"""The catalogue against the tables that are really there, and against one that nobody has thought about."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import models
from django.test.utils import isolate_apps

from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.audit import catalogue as tables
from hilfefrei.apps.intake.models import AnswerSet, Entry
from hilfefrei.apps.people.models import Restriction
from hilfefrei.core import catalogue

SRC = Path(catalogue.__file__).resolve().parents[2]


def test_every_field_of_every_table_has_an_entry_and_every_entry_a_field() -> None:
    there = tables.tables()
    assert {"people.Person", "intake.Entry", "people.Restriction_users", "sessions.Session"} <= {t.label for t in there}
    assert sum(len(t.fields) for t in there) > 600
    assert tables.problems() == []


def test_a_table_says_what_it_has() -> None:
    entry, restriction, answers = tables.tables([Entry, Restriction, AnswerSet])
    by_name = {found.name: found for found in entry.fields}
    assert by_name["person"].target == "people.Person"
    assert by_name["taken_by"].target == "accounts.User"
    assert by_name["wish"].label == "Was ist Ihnen wichtig?"
    assert by_name["end_note"].label == "", "Django's own name is not German"
    assert {found.name: found.target for found in restriction.fields}["users"] == "accounts.User"
    assert (entry.above_benefits, restriction.above_benefits, answers.above_benefits) == (True, False, True)


@isolate_apps("hilfefrei.apps.people")
def test_a_new_table_and_a_new_field_are_found() -> None:
    class Channel(models.Model):
        value = models.CharField("Nummer", max_length=9)
        religion = models.CharField(max_length=9)

        class Meta:
            app_label = "people"

    class Dog(models.Model):
        owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")

        class Meta:
            app_label = "people"

    words = catalogue.check(catalogue.load(), tables.tables([Channel, Dog]))
    assert "people.Channel.religion: das Feld steht nicht im Feldkatalog" in words
    assert "people.Dog: die Tabelle steht nicht im Feldkatalog" in words
    assert "people.Channel.is_safe: steht im Feldkatalog, das Feld gibt es nicht" in words
    assert not any(line.startswith("people.Channel.value:") for line in words)


def test_the_system_check_is_silent_as_long_as_all_fits() -> None:
    assert tables.check_catalogue() == []
    try:
        call_command("check")
    except SystemCheckError as error:
        pytest.fail(str(error))


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("HILFEFREI_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, "-m", "hilfefrei.cli", *arguments],
        check=False, text=True, capture_output=True, stdin=subprocess.DEVNULL, cwd=folder,
        env=clean | {"HILFEFREI_DATA": str(folder / "data"), "PYTHONPATH": str(folder / "src")},
    )  # fmt: skip


def test_a_program_with_a_forgotten_field_neither_prints_nor_passes_its_checks(tmp_path: Path) -> None:
    shutil.copytree(SRC, tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "static", "papers"))
    shutil.copytree(
        SRC / "hilfefrei" / "papers", tmp_path / "src" / "hilfefrei" / "papers", ignore=shutil.ignore_patterns("__pycache__")
    )
    (tmp_path / "src" / "hilfefrei" / "static").mkdir()
    assert _run(tmp_path, "manage", "check").returncode == 0
    file = tmp_path / "src" / "hilfefrei" / "core" / "data" / "catalogue" / "people.toml"
    text = file.read_text(encoding="utf-8")
    assert '"birth_date", ' in text
    file.write_text(text.replace('"birth_date", ', ""), encoding="utf-8")
    printed = _run(tmp_path, "catalogue")
    assert (printed.returncode, printed.stdout) == (1, "")
    assert "people.Person.birth_date: das Feld steht nicht im Feldkatalog" in printed.stderr
    checked = _run(tmp_path, "manage", "check")
    assert checked.returncode == 1
    assert "hilfefrei.E001" in checked.stderr
