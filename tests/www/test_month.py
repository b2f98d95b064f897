"""The month on the page, in tables, on paper and in the terminal: the same words everywhere, nothing under ten, nobody named."""

import argparse
import csv
import io
import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from pypdf import PdfReader

from hilfefrei import reporting
from hilfefrei.apps.benefits.models import Receipt
from hilfefrei.apps.intake.domain import facts
from hilfefrei.apps.intake.models import Entry, FollowUp
from hilfefrei.apps.intake.workflows import FactKind
from hilfefrei.apps.people.models import BenefitUnit, Person
from hilfefrei.apps.reporting.models import MonthClosing
from tests import desk
from tests.apps.reporting.world import build, deliver, person
from tests.support.reading import whole
from tests.world import World, at

Login = Callable[[str], Client]
MONTH = "/monat/"


def crowd(world: World, number: int = 24) -> None:
    """So many people in receipt, one unit each; the last four left in October, one of them into work."""
    persons = Person.objects.bulk_create(person(world, n) for n in range(number))
    units = BenefitUnit.objects.bulk_create(BenefitUnit(jobcenter_id=world.id, created_at=at()) for _ in persons)
    Receipt.objects.bulk_create(
        Receipt(
            jobcenter_id=world.id, person=p, benefit_unit=u, starts=date(2025, 1, 1),
            ends=date(2026, 10, 12) if n >= number - 4 else None, end_reason="work" if n == number - 1 else "moved" if n >= number - 4 else "",
        )
        for n, (p, u) in enumerate(zip(persons, units, strict=True))
    )  # fmt: skip
    deliver(world)


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", whole(answer)))


def test_without_a_delivery_the_page_says_so_and_shows_no_zero(world: World, login: Login) -> None:
    words = text_of(login("director").get(MONTH))
    assert "Noch keine Lieferung" in words
    assert "Datenstand: noch keine Lieferung" in words
    assert "noch keine Zahl" in words


def test_director_and_controller_begin_here_and_leads_find_it(world: World, login: Login) -> None:
    for who in ("director", "controller"):
        assert login(who).get("/")["Location"] == MONTH
    for who in ("controller", "director", "via_lead", "bca", "data_protection"):
        assert f'href="{MONTH}"' in whole(login(who).get(MONTH)), who


def test_figures_small_ones_and_the_state_of_the_data(world: World, login: Login) -> None:
    crowd(world)
    words = text_of(login("controller").get(MONTH))
    assert "Oktober 2026" in words
    assert "Datenstand 20.11.2026, nicht abgeschlossen, heute berechnet" in words
    assert "Personen im Bezug 20" in words
    assert "Abgänge, Personen unter 10" in words
    assert "kein Beweis, dass ViA die Ursache ist" in words
    assert "Kiesel" not in words


@pytest.mark.parametrize("code", ["stock_persons", "own_3", "luh_year", "leaves_year", "return_12", "hours_p90"])
def test_each_figure_says_what_it_is(world: World, login: Login, code: str) -> None:
    build(world, 7)
    answer = login("bca").get(reverse("cockpit:figure", args=[code]))
    words = text_of(answer)
    assert answer.status_code == 200
    for part in ("Wie gezählt wird", "Was nicht darin ist", "Grundlage", "Datenstand 20.11.2026", "Verlauf"):
        assert part in words, part
    assert "Kiesel" not in words


def test_cases_by_name_only_for_the_team_and_never_for_steering(world: World, login: Login) -> None:
    crowd(world)
    mine = world.person("Jana", "Silberdistel")
    Receipt.objects.create(
        jobcenter_id=world.id, person=mine, benefit_unit=BenefitUnit.objects.order_by("id")[0], starts=date(2026, 10, 1)
    )
    path = reverse("cockpit:figure", args=["stock_persons"])
    assert "Silberdistel" in whole(login("entrance").get(path))
    assert "Kiesel" not in whole(login("entrance").get(path))
    words = text_of(login("controller").get(path))
    assert "Silberdistel" not in words
    assert "Für Steuerung und Aufsicht bleibt es bei der Zahl" in words


def test_a_figure_without_a_whole_lists_those_of_the_month(world: World, login: Login) -> None:
    deliver(world)
    mine = world.person("Jana", "Silberdistel")
    unit = BenefitUnit.objects.create(jobcenter_id=world.id, created_at=at())
    Receipt.objects.create(
        jobcenter_id=world.id, person=mine, benefit_unit=unit, starts=date(2026, 9, 10), ends=date(2026, 9, 30), end_reason="work"
    )
    # Somebody in receipt before, so that the month is watched.
    before = person(world, 1)
    before.save()
    other = BenefitUnit.objects.create(jobcenter_id=world.id, created_at=at())
    Receipt.objects.create(jobcenter_id=world.id, person=before, benefit_unit=other, starts=date(2026, 1, 1))
    words = text_of(login("entrance").get(reverse("cockpit:figure", args=["free_1"])))
    assert "1 Mensch, den Sie sehen dürfen" in words
    assert "Silberdistel, Jana" in words


def test_twelve_months_say_from_when_the_data_begin(world: World, login: Login, capsys: pytest.CaptureFixture[str]) -> None:
    build(world, 1)
    told = "Die Daten beginnen am 15.09.2026"
    client = login("controller")
    Entry.objects.update(since=datetime(2026, 9, 15, 8, tzinfo=UTC))
    for path in (MONTH, reverse("cockpit:figure", args=["outcomes"]), reverse("cockpit:figure", args=["leaves_year"])):
        assert told in text_of(client.get(path)), path
    assert told not in text_of(client.get(reverse("cockpit:figure", args=["stock_persons"])))
    pdf = PdfReader(io.BytesIO(client.get(reverse("cockpit:month_pdf")).content))
    assert told in re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pdf.pages))
    assert reporting.run(options()) == 0
    assert told in capsys.readouterr().out


def test_there_is_no_such_figure_or_month(world: World, login: Login) -> None:
    client = login("controller")
    for path in (reverse("cockpit:figure", args=["gibtsnicht"]), f"{MONTH}?monat=2019-01", f"{MONTH}?monat=2027-01", f"{MONTH}?monat=quatsch"):
        assert client.get(path).status_code == 404, path


def test_tables_and_paper_hide_the_same_and_carry_no_caseload(world: World, login: Login) -> None:
    crowd(world)
    client = login("director")
    sheet = load_workbook(io.BytesIO(client.get(reverse("cockpit:month_xlsx")).content)).worksheets[0]
    rows = {(r[7], r[2] or ""): r[3] for r in sheet.iter_rows(min_row=2, values_only=True)}
    assert rows["stock_persons", ""] == 20
    assert rows["exits_persons", "Arbeit"] == "unter 10 oder gesperrt"
    text = client.get(reverse("cockpit:month_csv")).content.decode("utf-8-sig")
    table = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert next(r for r in table if r["Kurzname"] == "stock_persons")["Wert"] == "20"
    assert {r["Stand"] for r in table} == {"Datenstand 20.11.2026, nicht abgeschlossen, heute berechnet"}
    pdf = PdfReader(io.BytesIO(client.get(reverse("cockpit:month_pdf")).content))
    words = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pdf.pages))
    for part in ("Monatsbericht Oktober 2026", "Personen im Bezug", "unter 10", "kein Beweis", "Datenstand 20.11.2026"):
        assert part in words, part
    for out in (text, words, str(rows)):
        assert "Stelle 1" not in out
        assert "Kiesel" not in out


def test_closing_on_the_page_and_a_late_correction(world: World, login: Login) -> None:
    crowd(world)
    assert "Monat abschließen" not in whole(login("director").get(MONTH))
    client = login("controller")
    assert "Monat abschließen" in whole(client.get(MONTH))
    client.post(reverse("cockpit:close_month"), {"monat": "2026-10"})
    closing = MonthClosing.objects.get()
    assert "abgeschlossen am 24.11.2026" in text_of(client.get(MONTH))
    again = client.post(reverse("cockpit:close_month"), {"monat": "2026-10"})
    assert again.status_code == 422
    assert "schon abgeschlossen" in whole(again)
    late = Person.objects.order_by("callsign")[0]
    world.person("Uwe", "Bachkiesel")
    Receipt.objects.filter(person=late).update(ends=date(2026, 10, 20), end_reason="death")
    world.person("Ida", "Bachkiesel")
    words = text_of(client.get(MONTH))
    assert "Seit dem Abschluss sagen die Daten etwas anderes" in words
    assert "Personen im Bezug 20 19" in words
    assert "Abgänge, Personen, verstorben unter 10 oder gesperrt unter 10 oder gesperrt" in words
    path = reverse("cockpit:correct_month", args=[closing.pk])
    assert client.post(path, {"reason": "", "version": "1"}).status_code == 422
    client.post(path, {"reason": "Sterbefall nachgemeldet", "version": "1"})
    words = text_of(client.get(MONTH))
    assert "Personen im Bezug 20 19" in words
    # Four left before and five now: neither is told beside a correction, nor the noughts of the groups beside them.
    assert "Abgänge, Personen, verstorben unter 10 oder gesperrt unter 10 oder gesperrt" in words
    assert "Uta Zaunkoenig Sterbefall nachgemeldet" in words
    assert "etwas anderes" not in words


def options(**more: Any) -> argparse.Namespace:
    return argparse.Namespace(**({"month": "2026-10", "json": False, "pdf": None, "jobcenter": None} | more))


def test_the_command_prints_writes_and_refuses(world: World, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    crowd(world)
    assert reporting.run(options()) == 0
    out = capsys.readouterr().out
    assert re.search(r"Personen im Bezug +20\b", out)
    assert re.search(r"Abgänge, Personen +unter 10", out)
    assert reporting.run(options(json=True)) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["month"], told["data_state"], told["jobcenter"]["number"]) == ("2026-10", "2026-11-20", "23102")
    figures = {f["code"]: f for f in told["figures"]}
    assert figures["stock_persons"]["values"][0]["numerator"] == 20
    exits = figures["exits_persons"]["values"][0]
    assert (exits["value"], exits["numerator"], exits["text"]) == (None, None, "unter 10 oder gesperrt")
    assert not any("post" in code or "load" in code for code in figures)
    file = tmp_path / "bericht.pdf"
    assert reporting.run(options(pdf=str(file))) == 0
    assert file.read_bytes().startswith(b"%PDF")
    assert "geschrieben" in capsys.readouterr().out
    assert reporting.run(options(month="2019-01")) == 2
    assert reporting.run(options(month="Mai")) == 2
    assert reporting.run(options(jobcenter="0")) == 2
    assert reporting.run(options(pdf=str(tmp_path / "gibtsnicht" / "x.pdf"))) == 1
    assert "Beispiel: --month 2026-10" in capsys.readouterr().err


def test_asking_how_it_goes_on_the_page(world: World, login: Login) -> None:
    way = desk.applicant(world)
    fact = facts.add_fact(
        actor=world.actor(), at=at(9, 10), person_id=way.person_id, kind=FactKind.WORK, since=date(2026, 10, 24), source="sagt sie selbst"
    )
    client, path = login("entrance"), reverse("aftercare:questions")
    words = text_of(client.get(path))
    for part in ("1 Nachfrage fällig", "Silberdistel, Jana", "§ 16g Abs. 2 SGB II", "Arbeit seit 24.10.2026", "nach 1 Monat"):
        assert part in words, part
    assert "1 Nachfrage fällig" in text_of(client.get(reverse("entrance:board")))
    assert "Nachfragen (1 fällig)" in text_of(client.get(reverse("via:week")))
    record = reverse("aftercare:record", args=[way.person_id])
    assert client.get(record).status_code == 200
    assert client.post(record, {"result": ""}).status_code == 422
    refused = client.post(record, {"result": "not_reached"})
    assert refused.status_code == 422
    assert "wann wir es wieder versuchen" in whole(refused)
    client.post(record, {"result": "ended", "ended_on": "15.11.2026", "note": "Vertrag lief aus"})
    fact.refresh_from_db()
    assert fact.until == date(2026, 11, 15)
    words = text_of(client.get(path))
    assert "Arbeit zu Ende am 15.11.2026 Vertrag lief aus" in words
    assert "Gerade ist niemand zu fragen" in words
    assert "Nachfrage" in text_of(client.get(reverse("people:detail", args=[way.person_id])))
    made = FollowUp.objects.get()
    client.post(reverse("aftercare:revoke", args=[made.pk]), {"reason": "andere Person"})
    fact.refresh_from_db()
    assert fact.until is None
    assert client.get(record).status_code == 200
