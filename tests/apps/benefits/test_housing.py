"""The county's limits for housing: dated, corrected with a reason and never overwritten, the same by page and by file."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django_scopes import scope, scopes_disabled

from hilfefrei.apps.audit.errors import Forbidden, Refused
from hilfefrei.apps.audit.models import Event, EventPayload
from hilfefrei.apps.benefits import domain, queries
from hilfefrei.apps.benefits.housing import COLUMNS, Limits, TableError, as_csv, read_csv
from hilfefrei.apps.benefits.models import HousingLimits
from hilfefrei.core import law
from tests.world import TODAY, World, at, make

Login = Callable[[str], Client]
NEW_YEAR = date(2026, 1, 1)
HEAD = ";".join(COLUMNS)


def save(world: World, day: date = NEW_YEAR, cold: tuple[int, ...] = (48_000, 58_000), *, who: str = "controller", **more: Any) -> HousingLimits:
    given = {"source": "Kreistag, 12.11.2025", "heating_cents": (9_500, 11_000)} | more
    return domain.save_housing_limits(actor=world.actor(who), at=at(), valid_from=day, cold_cents=cold, **given)


def test_a_day_has_the_table_of_the_latest_day_before_it(world: World) -> None:
    assert queries.limits_for(TODAY) == ((), ())
    save(world)
    save(world, date(2026, 7, 1), (50_000,), heating_cents=())
    assert queries.limits_for(date(2025, 12, 31)) == ((), ())
    assert queries.limits_for(NEW_YEAR) == ((48_000, 58_000), (9_500, 11_000))
    assert queries.limits_for(date(2026, 6, 30)) == ((48_000, 58_000), (9_500, 11_000))
    assert queries.limits_for(date(2026, 7, 1)) == ((50_000,), ())


def test_the_law_takes_them_as_they_are(world: World) -> None:
    save(world)
    limit, heating = queries.limits_for(TODAY)
    person = law.Person("a", date(1990, 1, 1))
    housing = law.Housing(rent=90_000, heating=20_000, benefits_since=date(2024, 1, 1), limit=limit, heating_limit=heating)
    [result] = law.claims([law.Household("h", date(2026, 9, 1), (person,), housing)])
    assert result.units[0].persons[0].housing == 48_000 + 9_500


def test_a_correction_needs_a_reason_and_keeps_what_was(world: World) -> None:
    first = save(world)
    with pytest.raises(Refused) as refused:
        save(world, cold=(49_000, 58_000))
    assert (refused.value.code, refused.value.field) == ("reason", "reason")
    second = save(world, cold=(49_000, 58_000), reason="Zahlendreher", who="benefits")
    first.refresh_from_db()
    assert first.replaced_at == at()
    assert queries.limits_for(TODAY)[0] == (49_000, 58_000)
    assert [table.pk for table in queries.housing_tables()] == [second.pk, first.pk]
    event = Event.objects.get(verb="housing_limits.corrected")
    payload = EventPayload.objects.get(event_id=event.pk).data
    assert (payload["before"], payload["reason"]) == (str(first.pk), "Zahlendreher")


def test_the_same_again_changes_nothing(world: World) -> None:
    assert save(world).pk == save(world).pk
    assert Event.objects.filter(verb__startswith="housing_limits").count() == 1


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"cold": ()}, "cold"),
        ({"cold": (48_000, 47_999)}, "order"),
        ({"cold": (0, 1)}, "amount"),
        ({"heating_cents": (9_500,)}, "heating"),
        ({"heating_cents": (9_500, 9_000)}, "order"),
        ({"source": "  "}, "source"),
        ({"source": "=1+1"}, "formula"),
        ({"source": "x" * 201}, "too_long"),
    ],
)
def test_what_cannot_be_a_table_is_refused(world: World, more: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refused:
        save(world, **more)
    assert refused.value.code == code
    assert not HousingLimits.objects.exists()


def test_only_who_knows_them_keeps_them(world: World) -> None:
    for who in ("entrance", "operator", "director", "case_manager"):
        with pytest.raises(Forbidden):
            save(world, who=who)
        with pytest.raises(Forbidden):
            domain.import_housing_limits(actor=world.actor(who), at=at(), content=b"")


def test_another_jobcenter_has_its_own(world: World) -> None:
    save(world)
    with scopes_disabled():
        other = make("zwei-", number="99999")
    with scope(jobcenter=other.id):
        assert queries.limits_for(TODAY) == ((), ())
        assert not queries.housing_tables().exists()


# --- as a file


def test_what_is_written_can_be_read() -> None:
    tables = [Limits(NEW_YEAR, (48_000, 123_456), (9_500, 11_000), "Kreistag; 12.11."), Limits(date(2026, 7, 1), (50_000,), (), "„neu“")]
    assert read_csv(as_csv(tables).encode()) == tables


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("personen;gilt_ab",), "Die erste Zeile muss heißen: gilt_ab;personen"),
        ((HEAD,), "keine Zeile mit Beträgen"),
        ((HEAD, "01.01.2026;1;480;;x", "01.01.2026;3;580;;x"), "lückenlos von 1 an"),
        ((HEAD, "01.01.2026;1;480;;x", "01.01.2026;1;580;;x"), "Zeile 3: 1 Personen stehen"),
        ((HEAD, "30.02.2026;1;480;;x"), "Zeile 2: „30.02.2026“ ist kein Tag"),
        ((HEAD, "01.01.26;1;480;;x"), "ist kein Tag"),
        ((HEAD, "01.01.2026;eine;480;;x"), "nicht „eine“"),
        ((HEAD, "01.01.2026;1;1,500;;x"), "Zeile 2: „1,500“ ist nicht eindeutig"),
        ((HEAD, "01.01.2026;1;480;90;x", "01.01.2026;2;580;;x"), "Heizung steht entweder"),
        ((HEAD, "01.01.2026;1;480;;x", "01.01.2026;2;580;;y"), "eine Quelle, hier stehen 2"),
        ((HEAD, "01.01.2026;1;480;;"), "Es fehlt die Quelle"),
        ((HEAD, "01.01.2026;1;480"), "3 Spalten statt 5"),
    ],
)
def test_a_file_that_cannot_be_right_says_the_line(lines: tuple[str, ...], said: str) -> None:
    with pytest.raises(TableError) as refused:
        read_csv("\n".join(lines).encode())
    assert any(said in reason for reason in refused.value.reasons), refused.value.reasons


def test_a_file_of_a_spreadsheet_of_windows_is_read() -> None:
    [table] = read_csv(f"{HEAD}\r\n2026-01-01;1;1.480,50;;Gutachten für Osterode\r\n;;;;\r\n".encode("cp1252"))
    assert table == Limits(NEW_YEAR, (148_050,), (), "Gutachten für Osterode")


def test_a_file_is_taken_whole_or_not_at_all(world: World) -> None:
    save(world)
    content = f"{HEAD}\n01.07.2026;1;500;;neu\n01.01.2026;1;490;;anders\n".encode()
    with pytest.raises(Refused):
        domain.import_housing_limits(actor=world.actor("benefits"), at=at(), content=content)
    assert HousingLimits.objects.count() == 1
    domain.import_housing_limits(actor=world.actor("benefits"), at=at(), content=content, reason="Beschluss geändert")
    assert [table.valid_from for table in queries.housing_tables().filter(replaced_at=None)] == [date(2026, 7, 1), NEW_YEAR]


# --- the page


def test_the_empty_page_says_what_to_do(world: World, login: Login) -> None:
    shown = login("controller").get(reverse("benefits:housing")).content.decode()
    assert "Für heute gibt es keine Tabelle" in shown
    assert "Noch keine Tabelle." in shown


def test_entered_corrected_downloaded_and_loaded_again(world: World, login: Login) -> None:
    client, url = login("benefits"), reverse("benefits:housing")
    given = {"valid_from": "1.1.2026", "source": "Kreistag", "cold_1": "480", "cold_2": "580,50", "heating_1": "95", "heating_2": "110"}
    assert client.post(url, given).status_code == 302
    shown = client.get(url).content.decode()
    assert "gilt heute" in shown
    assert "580,50\xa0€" in shown or "580,50 €" in shown
    refused = client.post(url, given | {"cold_1": "490"})
    assert (refused.status_code, "warum sie berichtigt wird" in refused.content.decode()) == (422, True)
    assert client.post(url, given | {"cold_1": "490", "reason": "vertippt"}).status_code == 302
    assert "Grund: vertippt" in client.get(url).content.decode()
    current = HousingLimits.objects.get(replaced_at=None)
    assert 'value="580,50"' in client.get(reverse("benefits:housing_edit", args=[current.pk])).content.decode()
    old = HousingLimits.objects.exclude(replaced_at=None).get()
    assert client.get(reverse("benefits:housing_edit", args=[old.pk])).status_code == 404
    file = client.get(reverse("benefits:housing_csv")).content
    assert [table.cold for table in read_csv(file)] == [(49_000, 58_050)]
    changed = file.replace(b"490,00", b"495,00")
    upload = {"file": SimpleUploadedFile("grenzen.csv", changed), "reason": ""}
    answer = client.post(reverse("benefits:housing_file"), upload)
    assert (answer.status_code, "warum sie berichtigt wird" in answer.content.decode()) == (422, True)
    assert client.post(reverse("benefits:housing_file"), upload | {"file": SimpleUploadedFile("g.csv", changed), "reason": "neu"}).status_code == 302
    assert queries.limits_for(TODAY)[0] == (49_500, 58_050)


@pytest.mark.parametrize(
    ("change", "said"),
    [({"cold_1": ""}, "Bitte einen Betrag eintragen"), ({"cold_3": "700"}, "Hier fehlt ein Betrag"), ({"heating_2": "9"}, "Hier fehlt ein Betrag"), ({"cold_1": "1,500"}, "nicht eindeutig")],
)
def test_a_gap_is_shown_where_it_is(world: World, login: Login, change: dict[str, str], said: str) -> None:
    answer = login("benefits").post(reverse("benefits:housing"), {"valid_from": "1.1.2026", "source": "x", "cold_1": "480"} | change)
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_one_that_begins_later_is_said_so(world: World, login: Login) -> None:
    save(world, TODAY + timedelta(30))
    shown = login("controller").get(reverse("benefits:housing")).content.decode()
    assert "gilt später" in shown
    assert "Für heute gibt es keine Tabelle" in shown
