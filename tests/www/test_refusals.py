"""Confirmations that did not fit are seen where benefits work, until somebody has seen to them."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.test import Client

from hilfefrei.apps.audit.models import Event
from hilfefrei.apps.benefits import tasks
from tests.world import World, at

Login = Callable[[str], Client]
URL = "/leistung/"
DONE = "/leistung/bestaetigungen/erledigt/"


def refused(world: World, data: Path, name: str, key: str) -> None:
    folder = data / "eingang"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(json.dumps({"schluessel": key}), encoding="utf-8")
    os.utime(folder / name, (0, 0))
    assert tasks.take_confirmations(world.id, at(9, int(key[-1])), data) == 0


def test_refused_confirmations_are_told_and_put_away(world: World, login: Login, settings: Any, tmp_path: Path) -> None:
    settings.DATA = tmp_path
    client = login("benefits")
    assert "nicht passten" not in client.get(URL).content.decode()
    refused(world, tmp_path, "nacht.json", "antrag-99-00001")
    refused(world, tmp_path, "nacht.json", "antrag-99-00002")
    # Read again after a crash, it is not told twice.
    refused(world, tmp_path, "nacht.json", "antrag-99-00002")
    assert tasks.refusals(tmp_path)[0].at == at(9, 2)
    assert [one.name for one in tasks.refusals(tmp_path)] == ["nacht.json-2", "nacht.json"]
    page = client.get(URL).content.decode()
    for words in ("2 Dateien warten", "antrag-99-00001", "antrag-99-00002", "Regel: unknown", "kein Blatt"):
        assert words in page
    for _ in range(2):
        assert client.post(DONE, {"op": str(uuid4()), "name": "nacht.json"}).status_code == 302
    assert Event.objects.filter(verb="confirmation.refusal_cleared").count() == 1
    page = client.get(URL).content.decode()
    assert "1 Datei wartet" in page
    assert "antrag-99-00001" not in page
    assert (tmp_path / "eingang" / "abgelehnt" / "erledigt" / "nacht.json.grund.csv").exists()


def test_no_name_leads_out_of_the_folder(world: World, login: Login, settings: Any, tmp_path: Path) -> None:
    settings.DATA = tmp_path
    refused(world, tmp_path, "a.json", "antrag-99-00001")
    (tmp_path / "fremd.grund.csv").write_text("x", encoding="utf-8")
    login("benefits").post(DONE, {"op": str(uuid4()), "name": "../../fremd"})
    assert (tmp_path / "fremd.grund.csv").exists()
    assert login("entrance").post(DONE, {"op": str(uuid4()), "name": "a.json"}).status_code in {403, 404}
    assert len(tasks.refusals(tmp_path)) == 1
