"""The exchange and its deliveries as pages: who looks for what, and what a file would change."""

import io
import re
from collections.abc import Callable
from copy import copy
from datetime import time, timedelta
from decimal import Decimal
from html import unescape
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from hilfefrei.apps.audit.models import AccessEvent
from hilfefrei.apps.intake.models import Entry, HandedVacancy
from hilfefrei.apps.vacancies import domain, queries
from hilfefrei.apps.vacancies.models import CsvMapping, Delivery, Vacancy
from hilfefrei.apps.vacancies.workflows import ImportState, Source, VacancyState
from hilfefrei.www.jobs import deliveries
from tests import desk
from tests.apps.vacancies.files import PARTNER, PLACES, answer, hit, line, many, partner
from tests.world import TODAY, World, at

Login = Callable[[str], Client]
LIST = "/stellen/"
DELIVERIES = "/stellen/lieferungen/"


def text(page: Any) -> str:
    """What one reads: without tags, in one line."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.content.decode()))).strip()


def job(world: World, *named: str, **given: Any) -> Vacancy:
    """A vacancy that the search finds by its words."""
    made = desk.vacancy(world, *named, **given)
    made.search_text = queries.search_text(made)
    made.save(update_fields=["search_text"])
    return made


def titles(client: Client, **query: object) -> list[str]:
    """Titles of the list in order."""
    page = client.get(f"{LIST}?{urlencode(query)}")
    assert page.status_code == 200
    return [shown.row.title for shown in page.context["lines"]]


def upload(client: Client, content: bytes, name: str = "stellen.csv", **more: str) -> Any:
    """Hand a file in."""
    return client.post(DELIVERIES, {"op": str(uuid4()), "file": SimpleUploadedFile(name, content), "mapping": "", **more})


# --- the list -------------------------------------------------------------------------------------------------------


def test_the_list_stands_beside_the_first_vacancy_and_beside_the_one_chosen(login: Login, world: World) -> None:
    jobs = desk.five_vacancies(world)
    client = login("entrance")
    page = client.get(LIST)
    assert "6 Stellen in dieser Ansicht" in text(page)
    assert page.context["chosen"].vacancy == page.context["lines"][0].row
    chosen = client.get(f"{LIST}?stelle={jobs[1].pk}")
    assert chosen.context["chosen"].vacancy == jobs[1]
    assert "Gasthof Kupferkessel, Herzberg" in text(chosen)
    assert client.get(f"{LIST}?stelle=unsinn").status_code == 200


def test_filters(login: Login, world: World) -> None:
    near = job(world, "Küchenhilfe", "Küchenhilfe", employer="Gasthof Kupferkessel", hour_low_cents=1510, hour_high_cents=1510, career_changers=True)
    job(world, "Lagerhelfer", "Lagerhelfer", place="Osterode", plz="37520", lat=51.728, lon=10.252, temporary_work=True, full_time=True, part_time=False, hours_min=Decimal(39), hours_max=Decimal(39))
    job(world, "Nachtwache", "Nachtwache", place="Göttingen", plz="37073", lat=51.533, lon=9.935, starts_at=time(21), ends_at=time(6), night_or_shift=True, published_on=TODAY - timedelta(days=60))
    client = login("entrance")
    assert titles(client, q="kuche") == []
    assert titles(client, q="KÜCHEN kupfer") == ["Küchenhilfe"]
    assert titles(client, ort="Herzberg") == ["Küchenhilfe"]
    assert set(titles(client, ort="Herzberg", km=20)) == {"Küchenhilfe", "Lagerhelfer"}
    assert titles(client, ort="37412", km=10) == ["Küchenhilfe"]
    assert set(titles(client, ort="37", km=10)) == {"Küchenhilfe", "Lagerhelfer", "Nachtwache"}
    assert titles(client, zeit="voll") == ["Lagerhelfer"]
    assert titles(client, von="35") == ["Lagerhelfer"]
    assert "Lagerhelfer" not in titles(client, bis="30")
    assert titles(client, lohn="15") == ["Küchenhilfe"]
    assert "Nachtwache" not in titles(client, ende="15")
    assert "Nachtwache" not in titles(client, ruhig="on")
    assert "Nachtwache" not in titles(client, alter="30")
    assert titles(client, beginn="20") == ["Nachtwache"]
    assert titles(client, quer="on") == ["Küchenhilfe"]
    assert "Lagerhelfer" not in titles(client, ohne="on")
    assert titles(client, quelle="own") == []
    domain.set_state(actor=world.actor(), at=at(), vacancy_id=near.pk, state=VacancyState.FILLED)
    assert titles(client, q="küche") == []
    assert titles(client, q="küche", zu="on") == ["Küchenhilfe"]


def test_a_filter_that_cannot_be_read_is_said_and_asks_for_nothing(login: Login, world: World) -> None:
    desk.vacancy(world)
    page = login("entrance").get(f"{LIST}?lohn=viel&von=NaN&km=7")
    assert page.status_code == 200
    assert "Lohn ab" in text(page)
    assert len(page.context["lines"]) == 1


def test_an_unknown_place_is_said(login: Login, world: World) -> None:
    desk.vacancy(world)
    assert "Wo „Nirgendheim“ liegt, wissen wir nicht" in text(login("entrance").get(f"{LIST}?ort=Nirgendheim&km=20"))


@pytest.mark.parametrize("sort", ["titel", "ort", "km", "stunden", "lohn", "neu", "unsinn"])
def test_sorting_and_paging_lose_nothing(login: Login, world: World, sort: str) -> None:
    for n in range(27):
        desk.vacancy(world, f"Stelle {n:02d}", hour_low_cents=None if n % 3 else 1300 + n, wage_unit="none", wage_low_cents=None, wage_high_cents=None)
    client = login("entrance")
    first, second = (titles(client, sort=sort, ort="Herzberg", km=20, seite=n) for n in (1, 2))
    assert len(first) == 25
    assert len(set(first + second)) == 27
    if sort == "lohn":
        assert first[:2] == ["Stelle 24", "Stelle 21"]


def test_distance_is_the_way_and_only_where_a_place_is_asked(login: Login, world: World) -> None:
    desk.vacancy(world, place="Osterode", plz="37520", lat=51.728, lon=10.252)
    desk.vacancy(world, "In Herzberg")
    client = login("entrance")
    assert client.get(LIST).context["with_km"] is False
    page = client.get(f"{LIST}?ort=Herzberg&km=20&sort=km")
    assert [shown.km for shown in page.context["lines"]] == ["unter 1", "13"]


def test_one_query_count_for_one_and_three(login: Login, world: World, django_assert_num_queries: Any) -> None:
    client = login("entrance")
    # The first page of a session notes its device.
    client.get(LIST)
    queries.vacancy_table(world.id)
    for count in (1, 3):
        while Vacancy.objects.count() < count:
            desk.vacancy(world, f"Stelle {Vacancy.objects.count()}")
        with django_assert_num_queries(10):
            assert client.get(LIST).status_code == 200
        with django_assert_num_queries(14):
            assert client.get(f"{LIST}?ort=Herzberg&km=20").status_code == 200


def test_the_list_as_a_sheet_keeps_the_filters_and_is_no_formula(login: Login, world: World) -> None:
    job(world, "=2+2", employer="Gasthof Kupferkessel")
    job(world, "Lagerhelfer", employer="Rotmilan Logistik")
    page = login("entrance").get(f"{LIST}liste.xlsx?q=kupferkessel")
    rows = list(openpyxl.load_workbook(io.BytesIO(page.content)).active.iter_rows(values_only=True))
    assert rows[0][0] == "Titel"
    assert [row[0] for row in rows[1:]] == ["=2+2"]
    assert openpyxl.load_workbook(io.BytesIO(page.content)).active["A2"].data_type == "s"


# --- for a person ---------------------------------------------------------------------------------------------------


def test_for_a_person_only_what_keeps_the_limits_with_three_reasons(login: Login, world: World) -> None:
    entry = desk.talking(world)
    desk.answer(world, entry, *desk.ANSWERS)
    desk.five_vacancies(world)
    client = login("entrance")
    page = client.get(f"{LIST}?entry={entry.pk}")
    told = text(page)
    assert "5 Stellen passen" in told
    assert "20 bis 30 Std." in told
    assert "Verkäuferin Spätdienst" not in told
    assert "Angebot. Keine Folgen für Ihr Geld." in told
    for opening in ("Passt, weil", "Würde bedeuten", "Spricht dagegen"):
        assert opening in told
    assert "für Jana Silberdistel" in told
    assert "Silberdistel" not in page.content.decode().split("</title>")[0]
    assert AccessEvent.objects.filter(page="jobs:list", person_ids=[str(entry.person_id)]).count() == 1


def test_handed_over_from_the_list_and_taken_back(login: Login, world: World) -> None:
    entry = desk.talking(world)
    desk.answer(world, entry, *desk.ANSWERS)
    job = desk.vacancy(world)
    client = login("entrance")
    here = f"{LIST}?entry={entry.pk}&stelle={job.pk}"
    page = client.post(f"/eingang/gespraech/{entry.pk}/stelle/", {"op": str(uuid4()), "vacancy": str(job.pk), "next": here}, follow=True)
    assert page.redirect_chain[-1][0] == here
    assert "1 Person" in text(page)
    handed = HandedVacancy.objects.get()
    assert page.context["chosen"].line.offer.handed == handed
    assert Entry.objects.get(pk=entry.pk).first_offer_at is not None
    client.post(f"/eingang/mitgegeben/{handed.pk}/zurueck/", {"op": str(uuid4()), "next": here})
    assert "noch niemandem" in text(client.get(here))


def test_a_vacancy_beyond_the_limits_is_not_offered(login: Login, world: World) -> None:
    entry = desk.talking(world)
    desk.answer(world, entry, *desk.ANSWERS)
    late = desk.five_vacancies(world)[-1]
    page = login("entrance").get(f"{LIST}{late.pk}/?entry={entry.pk}")
    assert "außerhalb der Grenzen" in text(page)
    assert "mitgeben" not in page.content.decode().split("<main")[1].replace("mitgegeben", "")


@pytest.mark.parametrize("who", ["other_team", "employer_service", "director"])
def test_another_team_does_not_see_the_person_here(login: Login, world: World, who: str) -> None:
    entry = desk.talking(world)
    assert login("entrance").get(f"{LIST}?entry={entry.pk}").status_code == 200
    assert login(who).get(f"{LIST}?entry={entry.pk}").status_code == 404
    assert login(who).get(f"{LIST}?entry=unsinn").status_code == 404


# --- own vacancies --------------------------------------------------------------------------------------------------

OWN = {
    "title": "Aushilfe Textil", "employer": "Harzfaden", "place": "Herzberg", "hours_min": "19,5", "hours_max": "25", "starts_at": "8", "ends_at": "1300",
    "wage_unit": "hour", "wage_low": "14,60", "seats": "2", "weekend": "0", "expires_on": "31.12.2026",
}  # fmt: skip


def test_an_own_vacancy_is_taken_up_changed_and_closed(login: Login, world: World) -> None:
    desk.vacancy(world)
    client = login("employer_service")
    page = client.post(f"{LIST}neu/", {"op": str(uuid4()), **OWN}, follow=True)
    job = Vacancy.objects.get(source=Source.OWN)
    assert (job.hours_min, job.starts_at, job.ends_at, job.wage_low_cents, job.weekend) == (Decimal("19.5"), time(8), time(13), 1460, False)
    assert (job.part_time, job.full_time, job.month_low_cents) == (True, False, round(1460 * 19.5 * 4.348))
    assert job.lat is not None
    assert "Aushilfe Textil" in text(page)
    form = client.get(f"{LIST}{job.pk}/aendern/").context["form"]
    assert form["hours_min"].value() == "19,5"
    client.post(f"{LIST}{job.pk}/aendern/", {"op": str(uuid4()), "version": job.version, **OWN, "title": "Hilfe Textil"})
    job.refresh_from_db()
    assert job.title == "Hilfe Textil"
    closed = client.post(f"{LIST}{job.pk}/besetzt/", {"op": str(uuid4())}, follow=True)
    assert "besetzt" in text(closed)
    assert f"{LIST}{job.pk}/offen/" in closed.content.decode()
    assert titles(client, q="hilfe textil") == []


def test_a_stale_edit_shows_both_and_loses_nothing(login: Login, world: World) -> None:
    client = login("employer_service")
    client.post(f"{LIST}neu/", {"op": str(uuid4()), **OWN})
    job = Vacancy.objects.get()
    domain.save_own(actor=world.actor(), at=at(), values={"title": "Von der Kollegin"}, vacancy_id=job.pk, version=job.version)
    page = client.post(f"{LIST}{job.pk}/aendern/", {"op": str(uuid4()), "version": job.version, **OWN, "title": "Von mir"})
    assert page.status_code == 422
    assert "Von der Kollegin" in text(page)
    assert 'value="Von mir"' in page.content.decode()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"title": ""}, "Hier fehlt noch etwas."),
        ({"hours_min": "40", "hours_max": "20"}, "Höchstens ist weniger als mindestens."),
        ({"hours_min": "NaN"}, "Bitte Stunden je Woche als Zahl eintragen"),
        ({"expires_on": "01.01.2026"}, "schon abgelaufen"),
        ({"expires_on": "31.02.2026"}, "31. Februar"),
        ({"wage_unit": ""}, "Gilt der Lohn je Stunde"),
        ({"plz": "123"}, "Eine PLZ hat fünf Ziffern."),
        ({"ends_at": "25"}, "ends_at"),
    ],
)
def test_bad_input_is_said_in_plain_words(login: Login, world: World, change: dict[str, str], words: str) -> None:
    page = login("employer_service").post(f"{LIST}neu/", {"op": str(uuid4()), **OWN, **change})
    assert page.status_code == 422
    assert words in page.content.decode() or words in text(page)
    assert not Vacancy.objects.exists()


def test_a_place_nobody_knows_is_said(login: Login, world: World) -> None:
    page = login("employer_service").post(f"{LIST}neu/", {"op": str(uuid4()), **OWN, "place": "Nirgendheim"}, follow=True)
    assert "Wo dieser Ort liegt, wissen wir nicht" in text(page)


def test_a_wage_in_the_wrong_unit_is_put_right_and_said(login: Login, world: World) -> None:
    page = login("employer_service").post(f"{LIST}neu/", {"op": str(uuid4()), **OWN, "wage_unit": "year", "wage_low": "14,60"}, follow=True)
    assert "gemeint ist in der Stunde" in text(page)


def test_a_delivered_vacancy_is_not_changed_here_but_can_be_filled(login: Login, world: World) -> None:
    job = desk.vacancy(world, source=Source.CSV)
    client = login("entrance")
    assert client.get(f"{LIST}{job.pk}/aendern/").status_code == 404
    client.post(f"{LIST}{job.pk}/besetzt/", {"op": str(uuid4())})
    job.refresh_from_db()
    assert job.state == VacancyState.FILLED
    refused = client.post(f"{LIST}{job.pk}/zurueckziehen/", {"op": str(uuid4())}, follow=True)
    assert "wird dort zurückgezogen" in text(refused)
    assert client.post(f"{LIST}{job.pk}/unsinn/", {"op": str(uuid4())}).status_code == 404


# --- deliveries -----------------------------------------------------------------------------------------------------


def test_from_the_file_to_the_exchange_and_back(login: Login, world: World) -> None:
    domain.save_mapping(actor=world.actor("employer_service"), at=at(), mapping=PARTNER)
    client = login("employer_service")
    page = client.get(upload(client, partner(line("K-1"), line("K-2", plz="9999", wage="2.400"), line("", "Ohne Nummer"))).url)
    told = text(page)
    assert "2 Änderungen, 1 Zeile zurückgewiesen" in told
    assert "wartet auf Übernahme" in told
    assert "Lohn in falscher Einheit" in told
    assert "Die Nummer der Stelle fehlt." in told
    assert not Vacancy.objects.exists()
    delivery = Delivery.objects.get()
    act = f"{DELIVERIES}{delivery.pk}/"
    done = client.post(f"{act}uebernehmen/", {"op": str(uuid4()), "version": delivery.version}, follow=True)
    assert "Die Lieferung ist übernommen." in text(done)
    assert Vacancy.objects.count() == 2
    again = client.get(upload(client, partner(line("K-1"), line("K-2", plz="9999", wage="2.400"), line("", "Ohne Nummer"))).url)
    assert "Es ändert sich nichts" in text(again)
    assert "Diese Datei wurde schon einmal übernommen." in text(again)
    assert "uebernehmen" not in again.content.decode()
    back = client.post(f"{act}zuruecknehmen/", {"op": str(uuid4())}, follow=True)
    assert "Zurückgenommen, alles ist wie vorher" in text(back)
    assert not Vacancy.objects.filter(state=VacancyState.OPEN).exists()


def test_an_unknown_csv_leads_to_its_columns_and_is_remembered(login: Login, world: World) -> None:
    client = login("employer_service")
    first = upload(client, partner(line("K-1")))
    page = client.get(client.get(first.url).url)
    told = text(page)
    assert "Rotmilan Logistik" in told
    form = page.context["form"]
    assert form["f_title"].value() == "Stelle"
    assert form["f_reference"].value() == "Nummer"
    assert form["f_hours_low"].value() == "Stunden"
    given = {field.name: field.value() or "" for field in form if field.name.startswith("f_")} | {"name": "Kreishandwerk", "kind": "STUNDENLOHN", "op": str(uuid4())}
    wrong = client.post(page.request["PATH_INFO"], given | {"f_reference": ""})
    assert wrong.status_code == 422
    assert "Ohne Nummer erkennen wir die Stelle" in text(wrong)
    staged = client.post(page.request["PATH_INFO"], given, follow=True)
    assert "1 Änderung" in text(staged)
    assert CsvMapping.objects.get().name == "Kreishandwerk"
    assert "1 Änderung" in text(client.get(upload(client, partner(line("K-2"))).url))


def test_choosing_to_map_by_hand_asks_even_where_a_mapping_fits(login: Login, world: World) -> None:
    domain.save_mapping(actor=world.actor("employer_service"), at=at(), mapping=PARTNER)
    upload(login("employer_service"), partner(line("K-1")), mapping="?")
    assert Delivery.objects.get().state == ImportState.COLUMNS


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.7 x", "Das ist eine PDF-Datei"),
        (b'{"ergebnisliste": [{"a', "abgeschnitten"),
        (answer(stated=286).replace(b'"ergebnisliste": [], ', b""), "antwortet anders als bisher"),
        (b"PK\x03\x04xxx", "Excel"),
    ],
)
def test_a_bad_file_is_refused_in_plain_words_and_listed(login: Login, world: World, content: bytes, words: str) -> None:
    client = login("operator")
    page = client.get(upload(client, content).url)
    assert "Datei abgelehnt, nichts wurde geändert" in text(page)
    assert words in text(page)
    assert words in text(client.get(DELIVERIES))


def test_no_file_and_an_empty_one_are_said(login: Login, world: World) -> None:
    client = login("operator")
    missing = client.post(DELIVERIES, {"op": str(uuid4())})
    assert missing.status_code == 422
    assert "Bitte wählen Sie eine Datei aus." in text(missing)
    assert upload(client, b"").status_code == 422
    assert not Delivery.objects.exists()


def test_fifty_megabytes_are_answered_and_nothing_is_kept(login: Login, world: World) -> None:
    page = upload(login("operator"), b"x" * (50 * 1024 * 1024))
    assert page.status_code == 413
    assert "20 MB" in text(page)
    assert not Delivery.objects.exists()


def test_the_alarm_stands_on_every_page_of_the_exchange_for_those_who_can_act(login: Login, world: World) -> None:
    client = login("employer_service")
    upload(client, answer(stated=5), "v6.json")
    assert "antwortet anders als bisher" in text(client.get(LIST))
    assert "antwortet anders als bisher" not in text(login("entrance").get(LIST))
    client = login("employer_service")
    upload(client, answer(hit(1)), "v6.json")
    assert "antwortet anders als bisher" not in text(client.get(LIST))


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({"rows": 0, "usable": 0}, "In dieser Datei steht keine Stelle."),
        ({"rows": 3, "usable": 0}, "Keine Zeile dieser Datei ist brauchbar. Die Gründe stehen darunter."),
        ({"rows": 3, "usable": 2}, "Alle brauchbaren Stellen dieser Datei sind schon so in der Stellenbörse."),
    ],
)
def test_why_nothing_changes(counts: dict[str, int], words: str) -> None:
    assert deliveries._nothing(counts) == words


def test_each_number_opens_its_rows(login: Login, world: World) -> None:
    client = login("employer_service")
    actor = world.actor("employer_service")
    first = domain.stage_delivery(actor=actor, at=at(), file_name="a.csv", content=partner(line("K-1"), line("K-2")[:-1].replace("K-2", "K-2")), mapping=PARTNER)
    domain.apply_delivery(actor=actor, at=at(), delivery_id=first.pk)
    second = domain.stage_delivery(actor=actor, at=at(), file_name="b.csv", content=partner(line("K-1", wage="15,10")), mapping=PARTNER)
    page = client.get(f"{DELIVERIES}{second.pk}/")
    [(_, _, [change])] = page.context["groups"]
    rows = client.get(change.url)
    assert "1 Zeile: Lohn" in text(rows)
    assert "14,60 € → 15,10 €" in text(rows)
    assert "1 Zeile: neu" in text(client.get(f"{DELIVERIES}{first.pk}/zeilen/?stand=new"))
    assert client.get(f"{DELIVERIES}{first.pk}/zeilen/?stand=unsinn&grund=%27;drop").status_code == 200


def test_the_list_for_the_sender_is_no_formula(login: Login, world: World) -> None:
    staged = domain.stage_delivery(
        actor=world.actor("operator"), at=at(), file_name="a.csv", content=partner(line("K-1"), line("", "=HYPERLINK(1)")), mapping=PARTNER
    )
    page = login("operator").get(f"{DELIVERIES}{staged.pk}/zurueckgewiesen.csv")
    told = page.content.decode("utf-8-sig").splitlines()
    assert told[0].startswith("Zeile;Grund;Was hilft;")
    assert told[1].startswith("3;Die Nummer der Stelle fehlt.;")
    assert "'=HYPERLINK(1)" in told[1]


def test_a_list_of_postal_codes_is_read_and_a_wrong_one_is_said(login: Login, world: World) -> None:
    client = login("operator")
    bad = client.post(f"{DELIVERIES}orte/", {"op": str(uuid4()), "file": SimpleUploadedFile("o.csv", b"a;b\n1;2\n")}, follow=True)
    assert "Gebraucht werden die Spalten" in text(bad)
    good = client.post(f"{DELIVERIES}orte/", {"op": str(uuid4()), "file": SimpleUploadedFile("o.csv", PLACES)}, follow=True)
    assert "2 bekannt" in text(good)
    assert "Bitte wählen Sie eine Datei aus." in text(client.post(f"{DELIVERIES}orte/", {"op": str(uuid4())}, follow=True))


def test_one_query_count_for_deliveries(login: Login, world: World, django_assert_num_queries: Any) -> None:
    client = login("operator")
    client.get(DELIVERIES)
    actor = world.actor("operator")
    for count in (1, 3):
        while Delivery.objects.count() < count:
            number = Delivery.objects.count()
            last = domain.stage_delivery(
                actor=actor, at=at(minute=number), file_name="a.csv", content=partner(*(line(f"K-{n}", f"Helfer/in {n}") for n in range(count)), line("", "x")), mapping=PARTNER
            )
        with django_assert_num_queries(15):
            client.get(DELIVERIES)
        with django_assert_num_queries(11):
            client.get(f"{DELIVERIES}{last.pk}/")
        with django_assert_num_queries(11):
            client.get(f"{DELIVERIES}{last.pk}/zeilen/")


def test_a_full_delivery_that_ends_much_is_pointed_out(login: Login, world: World) -> None:
    actor = world.actor("operator")
    first = domain.stage_delivery(actor=actor, at=at(), file_name="a.csv", content=many(10), mapping=PARTNER, is_full=True)
    domain.apply_delivery(actor=actor, at=at(), delivery_id=first.pk)
    staged = domain.stage_delivery(actor=actor, at=at(), file_name="b.csv", content=many(7), mapping=PARTNER, is_full=True)
    assert "3 von 10 offenen Stellen enden mit dieser Lieferung." in text(login("operator").get(f"{DELIVERIES}{staged.pk}/"))


def test_the_table_has_every_vacancy(login: Login, world: World) -> None:
    desk.vacancy(world)
    row = Vacancy.objects.get()
    made = []
    for n in range(5001):
        row.pk, row.reference = uuid4(), f"probe-{n}"
        made.append(copy(row))
    Vacancy.objects.bulk_create(made)
    sheet = openpyxl.load_workbook(io.BytesIO(login("entrance").get(f"{LIST}liste.xlsx").content)).active
    assert sheet is not None
    assert sheet.max_row == 1 + 5002
