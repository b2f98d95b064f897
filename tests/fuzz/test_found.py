"""What generated inputs have found: each mended, each with the input that showed it."""

import io
import json
import os
import time
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from hilfefrei import cli
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.benefits import delivery_tasks, tasks
from hilfefrei.apps.benefits import domain as benefits
from hilfefrei.apps.benefits.models import Delivery
from hilfefrei.apps.reporting.domain import comparison as tables_of_others
from hilfefrei.core import comparison, days
from hilfefrei.core.deliveries import check, read, write
from hilfefrei.core.deliveries.schema import tables
from hilfefrei.core.matching import delivery, places
from tests import desk
from tests.apps.benefits.packages import person
from tests.apps.reporting.tables import july
from tests.apps.vacancies import files
from tests.fuzz.inputs import parquet
from tests.world import TODAY, World, at

Login = Callable[[str], Client]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-11-24T08:00:00", "gestern"])
def test_a_moment_whose_day_does_not_exist_is_none(moment: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - some are Python's own words
        days.parse_moment(moment)
    assert days.parse_moment("2026-11-24T08:00:00+01:00").hour == 8


def test_a_late_entry_in_the_year_one_is_no_error(world: World, login: Login) -> None:
    entry = desk.talking(world)
    answer = login("entrance").post(
        reverse("entrance:answers", args=[entry.pk, "health"]), {"capacity": "yes", "happened": "0001-01-01T00:00:00+14:00"}
    )
    assert answer.status_code == 404


def test_a_time_of_fifty_thousand_blanks_is_refused_at_once() -> None:
    started = time.process_time()
    with pytest.raises(ValueError, match="lesen wir nicht als Uhrzeit"):
        days.parse_time("8" + " " * 50_000 + "x")
    assert time.process_time() - started < 0.5


def test_a_file_number_that_no_field_holds_is_refused(world: World, login: Login) -> None:
    application = desk.applicant(world).application
    assert application is not None
    client = login("benefits")
    answer = client.post(reverse("benefits:confirm", args=[application.pk]), {"file_number": "9" * 31}, follow=True)
    assert "Ein Aktenzeichen hat höchstens 30 Zeichen" in answer.content.decode()
    application.refresh_from_db()
    assert application.confirmed_at is None


def test_a_nul_gets_a_sentence_wherever_it_stands(world: World, login: Login) -> None:
    application = desk.applicant(world).application
    assert application is not None
    client = login("benefits")
    for answer in (
        client.post(reverse("benefits:revoke", args=[application.pk]), {"reason": "war\x00falsch"}),
        client.get(reverse("benefits:list"), {"stand": "a\x00"}),
    ):
        assert answer.status_code == 400
        assert "Nullzeichen" in answer.content.decode()


@pytest.mark.parametrize("content", [b"\xef\xbb\xbf\n", b"plz;" + b"x" * 140_000 + b"\n37520;1\n"])
def test_a_list_of_places_without_a_first_line_is_refused(content: bytes) -> None:
    with pytest.raises(delivery.DeliveryError):
        places.read_places(content)


def test_a_header_as_long_as_a_book_is_refused() -> None:
    with pytest.raises(delivery.DeliveryError, match="Die erste Zeile ist nicht lesbar"):
        delivery.header_of(b"a;" + b"x" * 140_000 + b"\n1;2\n")


def test_a_day_before_time_in_parquet_is_a_remark_on_its_row() -> None:
    rows = [person("K1", "Ute", "Wermut", date(1, 1, 1)), person("K2", "Ute", "Ahorn")]
    found = read.read(write.to_parquet(tables()["personen"], rows), "personen.parquet", as_of=TODAY)
    assert [[remark.code for remark in row.remarks] for row in found.rows["personen"]] == [["unreadable_cell"], []]
    assert "liegt vor 1900" in found.rows["personen"][0].remarks[0].text


def test_a_delivery_of_the_year_one_is_refused() -> None:
    package = read.Package(date(1, 1, 1))
    with pytest.raises(read.DeliveryError, match="liegt vor 1900"):
        check.check(package, check.Stock(), today=TODAY)


def test_a_nul_in_parquet_is_a_remark_and_is_kept_as_one(world: World) -> None:
    content = parquet({"kundennummer": ["K1"], "vorname": ["U\x00te"], "nachname": ["Wermut"], "geburtsdatum": ["1.2.1980\x00"]})
    staged = benefits.stage_delivery(actor=world.actor("benefits"), at=at(9), file_name="personen.parquet", content=content, as_of=TODAY)
    row = staged.rows.get()
    assert row.state == "rejected"
    assert row.raw["vorname"] == "U\ufffdte"


@pytest.mark.parametrize("name", ["A\x00", "\ud800"])
def test_a_mapping_with_what_is_no_text_is_refused(world: World, name: str) -> None:
    with pytest.raises(Refused, match="kein Text"):
        benefits.save_mapping(actor=world.actor("benefits"), at=at(9), content=json.loads(json.dumps({"name": name})))


def test_the_end_of_all_days_in_a_sheet_is_no_period() -> None:
    assert comparison.parse_period(date(9999, 12, 31)) == ""
    assert comparison.parse_period(date(2026, 7, 1)) == "2026-07"


def _laid(folder: Path, name: bytes, content: bytes) -> None:
    folder.mkdir(parents=True)
    file = Path(os.fsdecode(os.fsencode(folder) + b"/" + name))
    file.write_bytes(content)
    os.utime(file, (0, 0))


def test_a_file_name_of_another_character_set_does_not_stop_the_folder(world: World, tmp_path: Path) -> None:
    watched = delivery_tasks.incoming(tmp_path, world.jobcenter)
    _laid(watched, b"M\xe4rz.csv", b"x")
    assert delivery_tasks.take_in(world.id, at(9), tmp_path) == 1
    assert Delivery.objects.get().file_name == "M?rz.csv"
    assert list(watched.iterdir()) == []


def test_a_confirmation_that_is_no_text_stops_neither_the_folder_nor_the_page(world: World, tmp_path: Path) -> None:
    row = {"schluessel": "x" * 200_000, "ergebnis": "\ud800"}
    _laid(tmp_path / tasks.INBOX, b"M\xe4rz.json", json.dumps(row).encode())
    assert tasks.take_confirmations(world.id, at(9), tmp_path) == 0
    (told,) = tasks.refusals(tmp_path)
    assert told.name == "M?rz.json"
    assert [code for _, code, _ in told.rows] == ["key"]
    tasks.clear_refusal(tmp_path, told.name)
    assert tasks.refusals(tmp_path) == []


@pytest.mark.parametrize("command", ["vacancies", "delivery", "comparison"])
def test_a_command_takes_a_file_name_of_another_character_set(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    _laid(tmp_path / "ein", b"M\xe4rz.csv", b"x;y\n1;2\n")
    (file,) = (tmp_path / "ein").iterdir()
    assert cli.main([command, "import", str(file), "--json"]) > 0
    assert json.loads(capsys.readouterr().out)["file"] == "M?rz.csv"


@pytest.mark.parametrize("more", [["--rejects", "/gibt/es/nicht.csv"], ["--mapping", "x" * 300]])
def test_a_path_that_cannot_be_is_said_in_words(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str]) -> None:
    file = tmp_path / "personen.csv"
    file.write_text("kundennummer;vorname;nachname;geburtsdatum\nK1;Ute;Wermut;1.1.1800\n", encoding="utf-8")
    assert cli.main(["delivery", "check", str(file), "--as-of", "2026-11-20", *more]) == 2
    assert "Bitte prüfen Sie den Pfad" in capsys.readouterr().err


@pytest.mark.parametrize("back", ["133,19", "eingang", "https://boese.example/", "//boese.example/"])
def test_a_refusal_leads_to_a_page_of_ours_wherever_it_was_asked_to(world: World, login: Login, back: str) -> None:
    entry = desk.applicant(world)
    client = login("entrance")
    refused = client.post(reverse("entrance:back", args=[entry.pk]), {"next": back})
    assert (refused.status_code, refused.headers.get("Location")) == (302, "/")
    assert client.post(reverse("entrance:back", args=[entry.pk]), {"next": "/eingang/"}).headers["Location"] == "/eingang/"


def test_an_address_that_is_none_is_no_way_back(login: Login) -> None:
    assert login("entrance").get(reverse("mfa_reauthenticate_webauthn"), {"next": "http://["}).status_code < 500


def test_a_nul_in_what_is_said_of_a_table_is_left_out(world: World) -> None:
    staged = tables_of_others.stage_table(
        actor=world.actor("controller"), at=at(9), file_name="k\x001.csv", content=july(("23102", "-8,0")), source="BA\x00", licence="CC\x00 BY", data_state="a\x00b"
    )
    assert (staged.file_name, staged.source, staged.licence) == ("k1.csv", "BA", "CC BY")


def test_a_country_that_is_a_list_is_no_country() -> None:
    content = files.answer(files.hit(1, stellenlokationen=[{"adresse": {"land": [], "ort": "Herzberg", "plz": "37412"}}]))
    assert [row.place for row in delivery.parse_v6(content).rows] == ["Herzberg"]


def test_a_row_of_a_sheet_numbered_a_billion_is_refused_at_once() -> None:
    book = openpyxl.Workbook()
    for line in (["Trägernummer", "Wert"], ["23102", 1]):
        book.active.append(line)
    made, broken = io.BytesIO(), io.BytesIO()
    book.save(made)
    with zipfile.ZipFile(made) as whole, zipfile.ZipFile(broken, "w") as other:
        for name in whole.namelist():
            other.writestr(name, whole.read(name).replace(b'<row r="2"', b'<row r="1000000000"'))
    started = time.process_time()
    with pytest.raises(comparison.ComparisonError, match=r"Nach Zeile 1 kommen mehr als 50\.000 leere Zeilen"):
        comparison.head_of(broken.getvalue())
    assert time.process_time() - started < 2
