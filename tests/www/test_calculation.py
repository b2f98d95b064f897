"""The page of a calculation: what is typed is forgotten until it is handed in, and comes back refused where it cannot be."""

import io
import re
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import models
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from hilfefrei.apps.audit.models import AccessEvent
from hilfefrei.apps.benefits import domain as benefits
from hilfefrei.apps.benefits.models import Basis, Calculation
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people.models import Person
from hilfefrei.apps.people.workflows import MemberRole, RestrictionKind
from hilfefrei.apps.privacy import disclosure
from hilfefrei.core import claim_sheet, law
from hilfefrei.core.claim_sheet import Change
from hilfefrei.core.money import format_euro
from tests import desk
from tests.world import TODAY, World, at

Login = Callable[[str], Client]


@pytest.fixture
def person(world: World) -> Person:
    """Jana with a partner and two children."""
    found = desk.applicant(world, "Jana", "Silberdistel").person
    for name, birth, role in (("Uwe", date(1991, 1, 1), MemberRole.PARTNER), ("Mia", date(2015, 1, 1), MemberRole.CHILD), ("Jon", date(2021, 3, 12), MemberRole.CHILD)):
        people.add_member(
            actor=world.actor("entrance"), at=at(8), person_id=found.pk, role=role, valid_from=TODAY, first_name=name, last_name="Silberdistel", birth_date=birth
        )  # fmt: skip
    return found


def typed(client: Client, person: Person, **more: Any) -> dict[str, Any]:
    """The fields as the page shows them, with some changed."""
    page = client.get(reverse("calculation:sheet", args=[person.pk])).content.decode()
    fields = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page))
    fields |= {"p1-place": "partner", "p2-place": "child", "p3-place": "child", "rent": "500", "service_charges": "100", "heating": "100", "rent_level": "3", "earner": "0"}
    return {name: value for name, value in (fields | more).items() if not isinstance(value, str) or value != "drop"} | {"p0-tax_class": "3"}


def test_it_begins_with_whom_we_know(login: Login, person: Person) -> None:
    page = login("entrance").get(reverse("calculation:sheet", args=[person.pk])).content.decode()
    for name in ("Jana", "Uwe", "Mia", "Jon"):
        assert f">{name}</h2>" in page
    assert 'value="12.03.2021"' in page
    assert AccessEvent.objects.filter(page="calculation:sheet", kind="open").count() == 1


def test_a_job_is_worked_out_and_nothing_is_kept(login: Login, person: Person) -> None:
    client = login("entrance")
    data = typed(client, person, **{"p0-wage": "520", "new_wage": "2.668"})
    before = _counts()
    answer = client.post(reverse("calculation:sheet", args=[person.pk]), data)
    assert _counts() == before
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Jana verdient 2.668,00 € brutto" in page
    for words in (*_expected(), "2.459,00", "Beratung, keine Entscheidung"):
        assert words in page, words
    assert "style=" not in page
    assert "Jon wird 6, ab 01.04.2027" in page


def test_the_table_of_the_county_counts_where_nothing_is_typed(world: World, login: Login, person: Person) -> None:
    benefits.save_housing_limits(
        actor=world.actor("controller"), at=at(), valid_from=date(2026, 1, 1), cold_cents=(300_00, 350_00, 400_00, 450_00), heating_cents=(), source="Kreistag"
    )
    client = login("entrance")
    # Four people: 450.00 of 600.00; in the first year the cap of one and a half times leaves all of it, later it does not.
    data = typed(client, person, benefits_since="01.01.2024")
    page = client.post(reverse("calculation:sheet", args=[person.pk]), data).content.decode()
    assert format_euro(1_759_00 + 450_00 + 100_00) in page
    by_hand = client.post(reverse("calculation:sheet", args=[person.pk]), data | {"limit": "500"}).content.decode()
    assert format_euro(1_759_00 + 500_00 + 100_00) in by_hand


def test_where_nobody_can_claim_the_page_says_so_and_promises_nothing(login: Login, person: Person) -> None:
    client = login("entrance")
    gone = {f"p{n}-gone": "on" for n in (1, 2, 3)}
    page = client.post(reverse("calculation:sheet", args=[person.pk]), typed(client, person, **gone, **{"p0-birth": "11.06.2017", "new_wage": "2.668"})).content.decode()
    assert "kann im Haushalt niemand Grundsicherungsgeld erhalten" in page
    assert "lebt Ihr Haushalt vom eigenen Einkommen" not in page
    assert "Mit dieser Stelle: ja" not in page


def _expected() -> list[str]:
    """What the engine says of the family with 520 euros, and with 2,668: the page must say the same."""
    family = {
        "persons": [
            {"id": "a", "birth": "1992-04-12", "partner": "b", "wage": 520, "tax_class": 3}, {"id": "b", "birth": "1991-01-01", "partner": "a"},
            {"id": "c", "birth": "2015-01-01", "parents": ["a", "b"]}, {"id": "d", "birth": "2021-03-12", "parents": ["a", "b"]},
        ],
        "housing": {"rent": 500, "service_charges": 100, "heating": 100}, "rent_level": 3,
    }  # fmt: skip
    found = claim_sheet.of(law.from_json(family, day=TODAY), Change(earner="a", wage=266_800))
    assert found.after is not None
    assert found.after.with_others is not None
    assert found.reach is not None
    amounts = (found.before.claim, found.after.claim, found.after.with_claim, found.after.with_others, found.before.with_claim)
    ends = (found.reach.free, found.reach.own, found.reach.none)
    return [format_euro(one).removesuffix(" €") for one in amounts] + [f"ab {format_euro(-(-(one or 0) // 100) * 100, whole=True)}" for one in ends]


def _counts() -> dict[str, int]:
    return {
        model._meta.label: model._default_manager.count()
        for model in apps.get_models()
        if issubclass(model, models.Model) and model._meta.label not in {"audit.AccessEvent", "sessions.Session"} and hasattr(model, "jobcenter_id")
    }


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"rent": "-5"}, "Der Betrag darf nicht unter null liegen."),
        ({"p2-birth": "1.1.1970"}, "ist nicht älter als das Kind"),
        ({"p2-birth": ""}, "Bitte einen Tag eintragen"),
        ({"day": "1.12.2021"}, "kennen wir das Recht nicht"),
        ({"hours": "39"}, "Stunden und Lohn je Stunde gehören zusammen."),
        ({"p2-place": "partner"}, "Hier steht schon eine Partnerin oder ein Partner."),
        ({"p1-income1_amount": "100"}, "Bitte wählen Sie, woher dieses Geld kommt."),
        ({"p1-wage": "1,500"}, "ist nicht eindeutig"),
    ],
)
def test_what_cannot_be_comes_back_with_its_reason_and_what_was_typed(login: Login, person: Person, more: dict[str, str], words: str) -> None:
    client = login("entrance")
    answer = client.post(reverse("calculation:sheet", args=[person.pk]), typed(client, person, heating="87,65", **more))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert "87,65" in page


def test_what_if_beside_it(login: Login, person: Person) -> None:
    client, url = login("coach"), reverse("calculation:sheet", args=[person.pk])
    for more, words in (
        ({"hours": "39", "hourly": "15,80"}, "Jana verdient 2.670,20 € brutto"),
        ({"second_wage": "603"}, "Uwe verdient 603,00 € brutto"),
        ({"new_rent": "900"}, "Umzug, 900,00 € warm"),
    ):
        page = client.post(url, typed(client, person, **more)).content.decode()
        assert words in page, words
    page = client.post(url, typed(client, person, day="1.1.2026", turn="2-14")).content.decode()
    assert "Diese Auswahl gibt es nicht mehr" in page


def test_a_disclosure_says_nothing_of_others_in_the_unit(login: Login, world: World, person: Person) -> None:
    client = login("entrance")
    data = typed(client, person, valid_from="1.11.2026", source="person", **{"p0-wage": "520", "p1-wage": "777"})
    assert client.post(reverse("calculation:keep", args=[person.pk]), data).status_code == 302
    found = disclosure.of(world.actor("data_protection"), person, TODAY)
    sheets = {sheet.table: str([value.value for row in sheet.rows for value in row.values]) for sheet in found.sheets}
    told = sheets["benefits.Basis"] + sheets["benefits.Calculation"]
    uwe = str(Person.objects.get(first_name="Uwe").pk)
    assert "520" in told
    assert str(person.pk) in told
    assert "777" not in told
    assert "77700" not in told
    assert uwe not in told


def test_one_more_in_the_dwelling(login: Login, person: Person) -> None:
    client = login("entrance")
    page = client.post(reverse("calculation:sheet", args=[person.pk]), typed(client, person, do="person", rent="444")).content.decode()
    assert 'id="p5-h">Person 5' in page
    assert 'value="444"' in page
    assert "p4-birth" in page


def test_somebody_elses_key_is_a_person_without_a_file(login: Login, world: World, person: Person) -> None:
    other = desk.applicant(world, "Fremd", "Person").person
    client = login("entrance")
    data = typed(client, person, **{"p1-key": str(other.pk), "valid_from": "1.11.2026", "source": "person"})
    answer = client.post(reverse("calculation:keep", args=[person.pk]), data)
    assert answer.status_code == 302, answer.content.decode()
    assert str(other.pk) not in str(Basis.objects.get().household)


def test_the_paper_says_the_same(login: Login, person: Person) -> None:
    client = login("entrance")
    answer = client.post(reverse("calculation:paper", args=[person.pk]), typed(client, person, **{"p0-wage": "520", "new_wage": "2668"}))
    assert answer["Content-Type"] == "application/pdf"
    text = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages))
    for words in (*_expected(), "Beratung, keine Entscheidung", "Regelbedarf", "§ 20 SGB II", "Wer zahlt was"):
        assert words in text, words
    assert AccessEvent.objects.filter(page="calculation:paper", kind="export").count() == 1


def test_handing_in_keeps_facts_and_months_and_shows_what_changed(login: Login, person: Person) -> None:
    client, url = login("entrance"), reverse("calculation:keep", args=[person.pk])
    data = typed(client, person, valid_from="15.9.2026", source="person")
    assert client.post(url, data).status_code == 302
    # Twice pressed: the first result again.
    assert client.post(url, data).status_code == 302
    assert Basis.objects.count() == 1
    assert [row.month for row in Calculation.objects.order_by("month")] == [date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)]
    late = typed(client, person, valid_from="1.10.2026", source="paper", source_detail="Lohnzettel", **{"p0-wage": "1500"})
    assert late["version"] == "1"
    answer = client.post(url, late, follow=True)
    page = answer.content.decode()
    assert "Fassung 2" in page
    assert "Lohn brutto 1.500,00 €" in page
    assert page.count("−") >= 2
    assert Calculation.objects.count() == 5
    first = Basis.objects.get(number=1)
    assert "zählt nicht mehr" in client.get(reverse("calculation:kept", args=[person.pk, first.pk])).content.decode()
    page = client.get(reverse("calculation:sheet", args=[person.pk])).content.decode()
    assert 'value="1.500,00"' in page


def test_two_at_once_see_each_other(login: Login, world: World, person: Person) -> None:
    one, two, url = login("entrance"), Client(), reverse("calculation:keep", args=[person.pk])
    two.force_login(world.users["coach"])
    mine = typed(one, person, valid_from="1.11.2026", source="person")
    theirs = typed(two, person, valid_from="1.11.2026", source="person", rent="650", op=str(uuid4()))
    assert one.post(url, mine).status_code == 302
    answer = two.post(url, theirs)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Gerade hat jemand andere Angaben" in page
    assert "650" in page
    again = theirs | dict(re.findall(r'<input[^>]*name="(op|version)"[^>]*value="([^"]*)"', page))
    assert two.post(url, again).status_code == 302
    assert Basis.objects.count() == 2


def test_taken_back_the_one_before_counts_again(login: Login, person: Person) -> None:
    client, url = login("entrance"), reverse("calculation:keep", args=[person.pk])
    client.post(url, typed(client, person, valid_from="1.11.2026", source="person"))
    client.post(url, typed(client, person, valid_from="1.11.2026", source="person", **{"p0-wage": "900"}))
    wrong = Basis.objects.get(number=2)
    page = client.post(reverse("calculation:revoke", args=[person.pk, wrong.pk]), {"reason": "anderer Haushalt"}, follow=True).content.decode()
    assert "anderer Haushalt" in page
    page = client.get(reverse("calculation:sheet", args=[person.pk])).content.decode()
    assert 'value="900,00"' not in page


def test_facts_of_a_unit_with_somebody_protected_from_the_reader_are_not_shown(login: Login, world: World, person: Person) -> None:
    client = login("entrance")
    client.post(reverse("calculation:keep", args=[person.pk]), typed(client, person, valid_from="1.11.2026", source="person"))
    basis = Basis.objects.get()
    url = reverse("calculation:kept", args=[person.pk, basis.pk])
    assert client.get(url).status_code == 200
    uwe = Person.objects.get(first_name="Uwe")
    people.restrict(actor=world.actor("via_lead"), at=at(9), person_id=uwe.pk, kind=RestrictionKind.PROTECTED, ask="Schutzstelle")
    assert client.get(url).status_code == 404
    page = client.get(reverse("calculation:sheet", args=[person.pk])).content.decode()
    assert "Fassung 1" not in page
    assert "Uwe" not in page
    answer = client.post(reverse("calculation:keep", args=[person.pk]), typed(client, person, valid_from="1.11.2026", source="person", **{"p3-birth": "1.1.1991", "p3-place": "partner", "p1-place": "child"}))
    assert "geschützt" in answer.content.decode()
    assert Basis.objects.count() == 1
