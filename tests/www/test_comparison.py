"""The comparison as pages: nothing loaded, a table read in with its columns, rank and distance, exports, what is refused."""

import csv
import io
import re
from collections.abc import Callable
from html import unescape
from typing import Any
from uuid import uuid4

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from hilfefrei.apps.reporting.domain import comparison as verbs
from hilfefrei.apps.reporting.models import OwnPlace, PublishedIndicator, PublishedTable
from hilfefrei.apps.reporting.workflows import TableState
from hilfefrei.core.published import PlaceKind
from tests.apps.reporting.tables import july, listed, long
from tests.world import World, at

Login = Callable[[str], Client]
PAGE, TABLES = "/vergleich/", "/vergleich/tabellen/"
FOUR = [("23102", "-8,0"), ("23106", "-6,8"), ("21124", "-5,4"), ("23406", "-6,8")]


def text(page: Any) -> str:
    """What one reads: without tags, in one line."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.content.decode()))).strip()


def take(world: World, content: bytes, *, minute: int = 0) -> PublishedTable:
    actor = world.actor("controller")
    staged = verbs.stage_table(actor=actor, at=at(minute=minute), file_name="k.csv", content=content, source="erfunden")
    return verbs.apply_table(actor=actor, at=at(minute=minute), table_id=staged.pk)


def upload(client: Client, content: bytes, name: str = "k1.csv", **more: str) -> Any:
    return client.post(TABLES, {"op": str(uuid4()), "file": SimpleUploadedFile(name, content), "mapping": "", **more})


def test_without_a_table_there_is_no_rank_and_the_page_says_so(world: World, login: Login) -> None:
    words = text(login("director").get(PAGE))
    assert "Noch keine Tabelle geladen" in words
    assert "unter den 45 Jobcentern in Niedersachsen zeigt diese Seite erst, wenn die Tabelle" in words
    assert "Das Controlling kann sie einlesen" in words
    assert "Tabelle einlesen" in text(login("controller").get(PAGE))
    take(world, listed(("23102", "Göttingen", "zkT", "")))
    assert "Die Liste der Jobcenter ist da" in text(login("director").get(PAGE))
    assert login("director").get(f"{PAGE}orte.csv").status_code == 200


def test_a_table_is_read_in_taken_over_and_taken_back(world: World, login: Login) -> None:
    client = login("controller")
    page = client.get(upload(client, july(*FOUR))["Location"])
    words = text(page)
    assert "4 neu" in words
    assert "Noch nichts übernommen" in words
    staged = PublishedTable.objects.get()
    act = f"{TABLES}{staged.pk}/"
    client.post(f"{act}uebernehmen/", {"op": str(uuid4()), "version": str(staged.version)})
    words = text(client.get(PAGE))
    assert "Rang 1 von 4" in words
    assert "−8,0 %" in words
    assert "Eine Liste der Jobcenter ist nicht geladen: Ob alle 45" in words
    again = text(client.get(upload(client, july(*FOUR))["Location"]))
    assert "Es ändert sich nichts" in again
    assert "4 Änderungen übernehmen" not in again
    client.post(f"{act}zuruecknehmen/", {"op": str(uuid4())})
    assert "Noch keine Tabelle geladen" in text(client.get(PAGE))


def test_rank_distance_ties_and_missing_values(world: World, login: Login) -> None:
    take(world, listed(*((number, name, "gE", "") for number, name in (("23102", "Göttingen"), ("23106", "Northeim"), ("21124", "Goslar"), ("23406", "Holzminden"), ("22102", "Celle")))))
    take(world, july(*FOUR), minute=1)
    take(world, july(("23102", "-6,0"), state="20.11.2026"), minute=2)
    page = login("director").get(PAGE)
    words = text(page)
    assert [(row.line.place.name, row.line.standing.rank if row.line.standing else None) for row in page.context["rows"]] == [
        ("Holzminden", 1), ("Northeim", 1), ("Göttingen", 3), ("Goslar", 4), ("Celle", None),
    ]  # fmt: skip
    assert "Rang 3 von 4" in words
    assert "Die Liste 2026 hat 5 Jobcenter in dieser Gruppe, 4 davon mit Wert. 1 Wert wurde später berichtigt" in words
    assert "war −8,0 (Stand 28.10.2026)" in words
    assert "kein Wert" in words
    assert page.content.decode().count('<svg class="hf-chart') == 2
    found = login("director").get(PAGE, {"q": "gos", "sort": "name"})
    assert [row.line.place.name for row in found.context["rows"]] == ["Goslar"]
    by_value = login("director").get(PAGE, {"sort": "abstand"})
    assert [row.line.place.name for row in by_value.context["rows"]][:3] == ["Göttingen", "Goslar", "Holzminden"]
    # What nobody offers falls back instead of failing.
    assert login("director").get(PAGE, {"kennzahl": "x", "zeit": "99", "gruppe": "form:x", "sort": "x"}).status_code == 200


def test_through_time_and_a_group_without_us(world: World, login: Login) -> None:
    take(world, listed(("23102", "Göttingen", "zkT", "IIb"), ("23106", "Northeim", "gE", "Ia")))
    take(world, long(*((place, f"2026-0{m}", "K1", f"-{m}", "T-3") for place in ("23102", "23106") for m in (5, 6, 7))), minute=1)
    page = login("via_lead").get(PAGE)
    assert page.content.decode().count('<svg class="hf-chart') == 4
    assert [point["period"] for point in page.context["history"]] == ["Juli 2026", "Juni 2026", "Mai 2026"]
    words = text(login("via_lead").get(PAGE, {"gruppe": "typ:Ia"}))
    assert "Der eigene Ort gehört nicht zu dieser Gruppe" in words
    assert "Welcher Ort sind wir?" not in words


def test_one_value_alone_is_no_rank(world: World, login: Login) -> None:
    take(world, july(("23102", "-8,0")))
    assert "Es ist nur ein Wert geladen" in text(login("director").get(PAGE))


def test_exports_carry_state_and_source_and_numbers(world: World, login: Login) -> None:
    take(world, july(*FOUR))
    client = login("director")
    answer = client.get(f"{PAGE}orte.csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    own = rows[0]
    assert (own["Ort"], own["Rang"], own["von"], own["wir"], own["Wert"], own["zum Median"], own["Datenstand"], own["Quelle"]) == (
        "Göttingen", "1", "4", "ja", "-8", "-1,2", "28.10.2026", "erfunden",
    )  # fmt: skip
    sheet = openpyxl.load_workbook(io.BytesIO(client.get(f"{PAGE}orte.xlsx").content)).active
    table = list(sheet.iter_rows(values_only=True))
    assert (table[1][3], table[1][6], table[1][11]) == (1, "Göttingen", -8.0)
    assert client.get(f"{PAGE}orte.pdf").status_code == 404


def test_an_unknown_table_is_mapped_once(world: World, login: Login) -> None:
    client = login("controller")
    content = "Schlüssel;Kreis;2021 gesamt;q\n3159;Göttingen;x;7,14\n3155;Northeim;x;8,1\n".encode("cp1252")
    columns = upload(client, content, "kreise.csv")["Location"]
    page = client.get(columns, follow=True)
    assert "Welche Spalte ist was?" in text(page)
    address = page.redirect_chain[-1][0]
    given = {"op": str(uuid4()), "name": "Kreise quer", "kind": "county", "decimal": ",", "c_place": "Schlüssel", "c_name": "Kreis", "k_period": "2021", "wide": ["q"]}
    wrong = client.post(address, given | {"k_period": ""})
    assert wrong.status_code == 422
    assert "Ohne Zeit lässt sich nichts vergleichen" in text(wrong)
    stateless = client.post(address, given)
    assert "In der Tabelle steht kein Datenstand" in text(stateless)
    done = client.post(address, given | {"op": str(uuid4()), "data_state": "2024"}, follow=True)
    assert "2 neu" in text(done)
    known = upload(client, content, "kreise.csv", data_state="2024")["Location"]
    assert "Kreise quer" in text(client.get(known))


def test_a_bad_file_and_a_bad_line_are_told_with_their_remedy(world: World, login: Login) -> None:
    client = login("controller")
    refused = text(client.get(upload(client, b"%PDF-1.7 x")["Location"]))
    assert "Abgelehnt. Das ist keine Tabelle. Erwartet wird CSV oder XLSX." in refused
    mixed = july(*FOUR, ("77777x", "1"), ("23199", "viel"))
    where = upload(client, mixed)["Location"]
    words = text(client.get(where))
    assert "„viel“ ist keine Zahl (K1)" in words
    assert "keine Trägernummer" in words
    assert "2 Zeilen zurückgewiesen" in words
    assert "fünf Ziffern" in text(client.get(f"{where}zeilen/"))
    rejects = client.get(f"{where}zurueckgewiesen.csv").content.decode("utf-8-sig")
    assert [row["Regel"] for row in csv.DictReader(io.StringIO(rejects), delimiter=";")] == ["place", "number"]
    assert "Northeim" in text(client.get(f"{where}zeilen/?art=new"))


def test_the_house_says_which_way_is_good_and_which_county_it_is(world: World, login: Login) -> None:
    client = login("controller")
    content = b"ags,name,year," + b",".join(code.encode() for code in ("q_SGBII", "a_ALGII_SGBII", "a_BG1P", "a_BG5um", "a_BGKind", "d_Unterkunft_Lstg", "d_ALGII_Lstg", "a_Unterkunft_SGBII"))
    content += "\n03159000,Göttingen,2021,7.1,,50,,,,,\n03155000,Northeim,2021,8.1,,40,,,,,\n".encode()
    staged = verbs.stage_table(actor=world.actor("controller"), at=at(), file_name="i.csv", content=content, data_state="2024")
    verbs.apply_table(actor=world.actor("controller"), at=at(), table_id=staged.pk)
    words = text(client.get(PAGE))
    assert "Es ist nicht festgelegt, welcher Ort der eigene ist" in words
    client.post("/vergleich/eigener-ort/", {"op": str(uuid4()), "kind": "county", "place": "03159", "from_year": ""})
    assert OwnPlace.objects.get().place == "03159"
    assert "Rang 1 von 2" in text(client.get(PAGE))
    bad = client.post("/vergleich/eigener-ort/", {"op": str(uuid4()), "kind": "x", "place": "", "from_year": "5"}, follow=True)
    assert bad.status_code == 200
    assert OwnPlace.objects.count() == 1
    page = {"kennzahl": f"{PlaceKind.COUNTY}.a_BG1P"}
    assert "weder hoch noch niedrig gut: Rang 1 ist der höchste Wert" in text(client.get(PAGE, page))
    client.post("/vergleich/kennzahlen/", {"op": str(uuid4()), "code": "a_BG1P", "label": "Einzelne", "unit": "%", "direction": "low", "definition": "eigene"})
    assert PublishedIndicator.objects.get().direction == "low"
    assert "Rang 2 von 2" in text(client.get(PAGE, page))


def test_a_discarded_table_is_gone(world: World, login: Login) -> None:
    client = login("controller")
    where = upload(client, july(*FOUR))["Location"]
    client.post(f"{where}verwerfen/", {"op": str(uuid4())})
    assert PublishedTable.objects.get().state == TableState.DISCARDED
    assert "Verworfen, nichts wurde geändert" in text(client.get(where))
    assert client.post(f"{where}sonstwas/").status_code == 404
