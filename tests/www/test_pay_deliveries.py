"""The pages for deliveries of the paying system, and the watched folder behind them."""

import io
import os
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from hilfefrei.apps.audit.models import AccessEvent, Event, Outbox
from hilfefrei.apps.benefits import delivery_tasks as tasks
from hilfefrei.apps.benefits import domain as verbs
from hilfefrei.apps.benefits.models import Contradiction, Delivery, VendorMapping
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people.models import Person
from hilfefrei.apps.people.workflows import RestrictionKind
from tests.apps.benefits import many
from tests.apps.benefits.packages import AS_OF, base, packed, person, receipt, stage, take
from tests.support.reading import whole
from tests.world import World, at

Login = Callable[[str], Client]


def upload(client: Client, content: bytes, name: str = "lieferung.zip", **more: str) -> str:
    """The address of the page that the upload leads to."""
    file = SimpleUploadedFile(name, content)
    answer = client.post(reverse("benefits:deliveries"), {"file": file, "op": "", **more})
    assert answer.status_code == 302, whole(answer)
    return str(answer["Location"])


def test_from_the_file_to_the_difference_and_back(login: Login, world: World) -> None:
    client = login("benefits")
    assert "Noch keine Lieferung." in whole(client.get(reverse("benefits:deliveries")))
    page = upload(client, packed(base()))
    text = whole(client.get(page))
    assert "25 Änderungen" in text
    assert "Alle Zeilen sind brauchbar." in text
    delivery = Delivery.objects.get()
    act = reverse("benefits:delivery_act", args=[delivery.pk, "uebernehmen"])
    client.post(act, {"version": delivery.version})
    assert "Übernommen: 25 Änderungen" in whole(client.get(page))
    assert "Es ändert sich nichts" in whole(client.get(upload(client, packed(base()))))
    client.post(reverse("benefits:delivery_act", args=[delivery.pk, "zuruecknehmen"]))
    assert "Zurückgenommen, alles ist wie vorher" in whole(client.get(page))
    assert not Person.objects.exists()


def test_rules_open_their_rows_and_the_sender_gets_a_list(login: Login, world: World) -> None:
    rows = base()
    rows["bezug"].append(receipt("B1", "K1", von=date(2024, 6, 1), bis=date(2024, 5, 1)))
    rows["personen"].append(person("K9", "Ute", "=Formel"))
    staged = stage(world, rows)
    client = login("benefits")
    page = whole(client.get(reverse("benefits:delivery", args=[staged.pk])))
    assert "Ende vor Beginn" in page
    listed = whole(client.get(reverse("benefits:delivery_rows", args=[staged.pk]), {"regel": "end_before_start"}))
    assert "liegt vor dem Beginn" in listed
    assert "Abhilfe:" in listed
    csv = client.get(reverse("benefits:delivery_rejects", args=[staged.pk]))
    assert csv.content.decode("utf-8-sig").startswith("tabelle;zeile;regel;grund;abhilfe;felder\r\nbezug;6;end_before_start;")
    new = whole(client.get(reverse("benefits:delivery_rows", args=[staged.pk]), {"tabelle": "personen", "stand": "new"}))
    assert "Wegerich" in new


def sheet(client: Client, delivery: Delivery, **query: str) -> list[tuple[object, ...]]:
    """The rows of a delivery as the table that is downloaded; its heading first."""
    answer = client.get(reverse("benefits:delivery_rows", args=[delivery.pk]), {"form": "xlsx", **query})
    assert answer["Content-Disposition"] == 'attachment; filename="zeilen.xlsx"'
    return list(load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))


def test_rows_go_out_as_a_table_with_what_was_typed_as_text(login: Login, world: World) -> None:
    rows = base()
    rows["bezug"].append(receipt("B1", "K1", von=date(2024, 6, 1), bis=date(2024, 5, 1)))
    rows["personen"].append(person("=K9", "Ute", "=2+5"))
    staged = stage(world, rows)
    client = login("benefits")
    shown = client.get(reverse("benefits:delivery_rows", args=[staged.pk]), {"regel": "end_before_start", "seite": "1"})
    assert "?regel=end_before_start&amp;form=xlsx" in shown.content.decode()
    everything = sheet(client, staged)
    assert everything[0] == ("Tabelle", "Zeile", "Schlüssel", "Stand", "Was sich ändert", "Was auffiel", "Abhilfe", "Regel")
    assert len(everything) == 1 + staged.rows.count()
    [refused] = sheet(client, staged, regel="end_before_start")[1:]
    assert (refused[0], refused[1], refused[3], refused[7]) == ("Leistungsbezug", 6, "zurückgewiesen", "end_before_start")
    assert "liegt vor dem Beginn" in str(refused[5])
    assert refused[6]
    answer = client.get(reverse("benefits:delivery_rows", args=[staged.pk]), {"form": "xlsx", "tabelle": "personen"})
    cells = [cell for line in load_workbook(io.BytesIO(answer.content)).active.iter_rows() for cell in line]
    assert any("=2+5" in str(cell.value) for cell in cells), "the dangerous row is in the table"
    assert {cell.data_type for cell in cells} <= {"s", "n"}, "no formula"
    exported = AccessEvent.objects.filter(kind="export", page="benefits:delivery_rows")
    assert exported.count() == 3


def test_the_table_holds_all_rows_where_the_page_shows_a_part(login: Login, world: World) -> None:
    staged = stage(world, {"personen": [person(f"K{n}", "Ute", f"Wegerich {n}") for n in range(1, 41)]})
    client = login("benefits")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hilfefrei.www.benefits.deliveries.AT_ONCE", 7)
        listed = sheet(client, staged)
    assert len(listed) == 1 + 40
    assert listed[1:] == sheet(client, staged)[1:]


def test_the_controller_sees_numbers_and_no_names(login: Login, world: World) -> None:
    staged = take(world, base())
    client = login("controller")
    for name in ("benefits:deliveries", "benefits:delivery"):
        text = whole(client.get(reverse(name, args=[] if name == "benefits:deliveries" else [staged.pk])))
        for words in ("Kornblume", ">K1<", "Wegerich", "Lieferung zurücknehmen"):
            assert words not in text
    assert "Personen" in text
    assert client.get(reverse("benefits:delivery_rows", args=[staged.pk])).status_code == 403
    assert client.post(reverse("benefits:deliveries"), {"file": SimpleUploadedFile("x.zip", packed(base()))}).status_code == 403


def test_rows_of_a_protected_person_are_told_without_a_name(login: Login, world: World) -> None:
    take(world, base())
    lotte = Person.objects.get(first_name="Lotte")
    people.restrict(
        actor=world.actor("entrance"), at=at(), person_id=lotte.pk, kind=RestrictionKind.PROTECTED, ask="Schutzstelle", user_ids=[world.users["entrance"].pk]
    )
    changed = base()
    changed["personen"][2]["nachname"] = "Wiesenknopf"
    changed["bezug"].append(receipt("B2", "K3", bis=AS_OF - timedelta(days=900)))
    staged = stage(world, changed, minute=30)
    client = login("benefits")
    text = whole(client.get(reverse("benefits:delivery_rows", args=[staged.pk])))
    assert "betrifft eine geschützte Akte" in text
    assert "Wiesenknopf" not in text
    # Two letters alone may stand in a token of a form.
    assert not [words for words in (">K3<", "K3|", "|K3") if words in text]
    assert "K3" not in client.get(reverse("benefits:delivery_rejects", args=[staged.pk])).content.decode()
    table = str(sheet(client, staged))
    assert "Stand" in table
    assert not [words for words in ("Wiesenknopf", "K3", "Lotte") if words in table]
    assert str(lotte.pk) not in str(list(AccessEvent.objects.order_by("id").values_list("person_ids", flat=True)))


def test_a_large_file_is_read_in_the_background_and_says_how_far_it_is(login: Login, world: World, tmp_path: Path, settings: object) -> None:
    settings.DATA = str(tmp_path)  # type: ignore[attr-defined]
    content = packed(many.package(stock=900, entering=12, months=12), complete=True)
    assert len(content) > 60_000
    client = login("benefits")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hilfefrei.www.benefits.deliveries.LARGE_BYTES", 50_000)
        page = upload(client, content)
    delivery = Delivery.objects.get()
    assert delivery.state == "waiting"
    text = whole(client.get(page))
    assert "wartet auf den Hintergrunddienst" in text
    assert "every 2s" in client.get(page).content.decode()
    assert tasks.waiting_file(tmp_path, delivery.pk).exists()
    tasks.read_waiting(world.id, at(), tmp_path)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.step) == ("staged", "")
    assert not tasks.waiting_file(tmp_path, delivery.pk).exists()
    step = reverse("benefits:delivery_step", args=[delivery.pk])
    assert client.get(step).status_code == 302
    assert client.get(step, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    client.post(reverse("benefits:delivery_act", args=[delivery.pk, "uebernehmen"]), {"version": delivery.version})
    assert "HX-Refresh" not in client.get(step, headers={"HX-Request": "true"})
    assert not Person.objects.exists()
    tasks.read_waiting(world.id, at(), tmp_path)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.step) == ("applied", "")
    assert Person.objects.count() == delivery.counts["tables"]["personen"]["new"]


def test_a_mapping_is_kept(login: Login, world: World) -> None:
    client = login("benefits")
    broken = (b"[]", b"{", b'{"name": "X", "spalten": {"nichts": {}}}', b'{"name": "X", "dateien": []}', b'{"name": "X", "ohne": {"bezug": null}}')
    for content in broken:
        client.post(reverse("benefits:delivery_mapping"), {"file": SimpleUploadedFile("z.json", content)})
    assert not VendorMapping.objects.exists()
    client.post(reverse("benefits:delivery_mapping"), {"file": SimpleUploadedFile("z.json", b'{"name": "Verfahren X", "spalten": {}}')})
    assert "Verfahren X" in whole(client.get(reverse("benefits:deliveries")))


def test_a_mapping_is_deleted(login: Login, world: World) -> None:
    kept = verbs.save_mapping(actor=world.actor("benefits"), at=at(), content={"name": "Verfahren X"})
    address = reverse("benefits:delivery_mapping_delete", args=[kept.pk])
    client = login("benefits")
    assert address in client.get(reverse("benefits:deliveries")).content.decode()
    op = str(uuid4())
    for _ in range(2):
        assert client.post(address, {"op": op}).status_code == 302
        assert not VendorMapping.objects.exists()
    assert "ist gelöscht" in whole(client.get(reverse("benefits:deliveries")))
    assert client.post(address, {"op": str(uuid4())}).status_code == 404
    assert Event.objects.filter(verb="mapping.deleted").count() == 1


@pytest.mark.parametrize(("name", "content"), [("x.zip", b"PK\x03\x04halb"), ("personen.csv", b'"kundennummer;vorname\n' + b"x;y\n" * 40_000), ("betraege.parquet", b"PAR1halb")])
def test_a_broken_file_is_a_page_and_no_error(login: Login, name: str, content: bytes) -> None:
    client = login("benefits")
    assert "Datei abgelehnt, nichts wurde geändert" in whole(client.get(upload(client, content, name, as_of="20.11.2026")))


def test_two_values_stand_side_by_side_until_benefits_have_settled_it(login: Login, world: World) -> None:
    jana = world.person("Jana", "Silberdistel", team="benefits")
    take(world, {"personen": [person("K1", "JANA", "Silberdistel", jana.birth_date)]})
    page = reverse("people:detail", args=[jana.pk])
    client = login("benefits")
    text = whole(client.get(page))
    assert "Zwei Angaben" in text
    assert "JANA" in text
    two = Contradiction.objects.get()
    client.post(reverse("benefits:settle", args=[two.pk]))
    assert "Zwei Angaben" not in whole(client.get(page))
    two.refresh_from_db()
    assert two.settled_by == world.users["benefits"]


# --- the watched folder ---------------------------------------------------------------------------------------------------


def _lay(folder: Path, content: bytes, name: str = "nacht.zip", *, age: float = 60) -> Path:
    incoming = folder / "lieferungen" / "eingang"
    incoming.mkdir(parents=True, exist_ok=True)
    file = incoming / name
    file.write_bytes(content)
    os.utime(file, (time.time() - age, time.time() - age))
    return file


def test_a_plausible_night_is_taken_over_by_itself(world: World, tmp_path: Path) -> None:
    _lay(tmp_path, packed(base()))
    _lay(tmp_path, b"halb", "morgen.zip.part")
    _lay(tmp_path, b"halb", "gerade.zip", age=0)
    assert tasks.take_in(world.id, at(), tmp_path) == 1
    assert Delivery.objects.get().state == "applied"
    assert [f.name for f in (tmp_path / "lieferungen" / "erledigt").iterdir()] == ["20261124T084200_nacht.zip"]
    # Killed before the file was moved, it lies there again: it changes nothing.
    _lay(tmp_path, packed(base()))
    assert tasks.take_in(world.id, at(10), tmp_path) == 1
    assert Delivery.objects.filter(state="applied").count() == 1


def test_an_implausible_night_waits_for_people(login: Login, world: World, tmp_path: Path) -> None:
    take(world, base())
    left = base()
    for table in ("personen", "mitglieder", "bezug"):
        left[table] = [row for row in left[table] if row.get("kundennummer") != "K4"]
    _lay(tmp_path, packed(left, complete=True))
    tasks.take_in(world.id, at(10), tmp_path)
    held = Delivery.objects.get(state="staged")
    assert held.counts["held"] == ["In „Mitglieder“ fällt 1 Zeile weg.", "In „Leistungsbezug“ fällt 1 Zeile weg."]
    assert Outbox.objects.filter(kind="delivery.alarm", key=str(held.pk)).exists()
    assert "nicht von selbst übernommen" in whole(login("benefits").get(reverse("benefits:deliveries")))


def test_an_unreadable_night_is_refused_and_lies_apart(login: Login, world: World, tmp_path: Path) -> None:
    _lay(tmp_path, packed(base())[:-50])
    _lay(tmp_path, b"kundennummer;vorname\nK1;A\n", "personen.csv")
    assert tasks.take_in(world.id, at(10), tmp_path) == 2
    assert len(list((tmp_path / "lieferungen" / "abgelehnt").iterdir())) == 2
    text = whole(login("benefits").get(reverse("benefits:deliveries")))
    assert "liefert anders als bisher" in text
    assert "unvollständig oder beschädigt" in text
