"""The commands of erasure and of the disclosure, as the command line calls them."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from hilfefrei import commands, erasing
from hilfefrei.apps.audit.models import AccessEvent
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people.models import Person
from hilfefrei.apps.people.workflows import RestrictionKind
from tests.apps.privacy.lives import LATER, everything, moment
from tests.apps.privacy.test_runs import released
from tests.world import World, at


def run(*arguments: str) -> int:
    return erasing.run(commands.parse(list(arguments))[0])


def test_check_counts_and_run_needs_a_release(
    world: World, tmp_path: Path, settings: LazySettings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DATA = tmp_path
    person = everything(world)
    monkeypatch.setattr("hilfefrei.core.clock.now", lambda: moment(LATER))
    monkeypatch.setattr("hilfefrei.core.clock.today", lambda: LATER)
    assert run("retention", "check", "--json") == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert told["over"]["identity"]["people.Person"] == 1
    assert Person.objects.filter(pk=person).exists()
    assert run("retention", "check") == 0
    assert "Antrag: zehn Jahre" in capsys.readouterr().out
    assert run("retention", "run") == 1
    assert "kein Löschlauf freigegeben" in capsys.readouterr().err
    assert run("erasure", "replay") == 1
    assert "gibt es nicht" in capsys.readouterr().err
    released(world)
    assert run("retention", "run", "--json") == 0
    assert json.loads(capsys.readouterr().out)["households"] >= 1
    assert not Person.objects.filter(pk=person).exists()
    assert run("erasure", "replay", "--json") == 0
    again = json.loads(capsys.readouterr().out)
    assert again["lines"] > 10
    assert again["applied"] == 0


def test_export_of_one_person(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    person = world.person("Jana", "Silberdistel")
    file, paper = tmp_path / "a.json", tmp_path / "a.pdf"
    number = str(person.callsign)
    assert run("person", "export", number) == 2
    assert run("person", "export", "99999999", "--file", str(file)) == 1
    assert not file.exists()
    assert run("person", "export", number, "--file", str(file), "--pdf", str(paper)) == 0
    assert json.loads(file.read_text(encoding="utf-8"))["number"] == person.callsign
    assert paper.read_bytes().startswith(b"%PDF")
    assert (file.stat().st_mode | paper.stat().st_mode) & 0o077 == 0
    assert AccessEvent.objects.filter(kind="export", person_ids=[str(person.pk)]).count() == 1
    people.restrict(actor=world.actor(), at=at(9, 30), person_id=person.pk, kind=RestrictionKind.PROTECTED, ask="Schutzstelle")
    file.unlink()
    capsys.readouterr()
    assert run("person", "export", number, "--file", str(file)) == 1
    assert "geschützt" in capsys.readouterr().err
    assert not file.exists()
