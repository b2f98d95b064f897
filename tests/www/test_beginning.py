"""What a new house still lacks: on the operator's first page, asked of the data, gone when all is there."""

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hilfefrei import secrets
from hilfefrei.apps.accounts import domain as accounts
from hilfefrei.apps.accounts.models import EmergencySeal, User
from hilfefrei.apps.audit.actor import Role
from hilfefrei.apps.benefits.models import Delivery
from hilfefrei.apps.benefits.workflows import DeliveryKind, DeliveryState
from hilfefrei.apps.intake.models import ViaDate
from hilfefrei.apps.org import domain as org
from hilfefrei.apps.org import identity
from hilfefrei.apps.org.models import Jobcenter, Position, Room, Team
from hilfefrei.apps.vacancies.models import PostalPlace
from hilfefrei.backup import noted
from hilfefrei.www.operator import beginning
from tests import desk
from tests.world import TODAY, World, at

PAGE = reverse("operator:dates")
LAST = "Sicherung, Schlüssel getrennt davon"


@pytest.fixture(autouse=True)
def data(tmp_path: Path) -> Path:
    with override_settings(DATA=tmp_path):
        yield tmp_path


def real(world: World) -> Jobcenter:
    """The house of the tests as one of real operation, in which nothing is lacking but what a test takes away."""
    Jobcenter.objects.filter(pk=world.id).update(is_demo=False)
    gate = identity.gatekeeper(world.id)
    second = accounts.create_login(actor=gate, at=at(8), username="zweite", first_name="Edda", last_name="Wiesenpieper", password="Rotmilan ueber Herzberg")
    org.create_position(
        actor=gate, at=at(8), team_id=world.teams["staff"].pk, role=Role.OPERATOR, fte=Decimal(1), valid_from=TODAY, holder_id=second.pk
    )
    identity.seal_emergency(actor=world.actor("operator"), at=at(8), password=identity.new_words())
    desk.information(world)
    PostalPlace.objects.create(jobcenter_id=world.id, plz="37520", place="Osterode", lat=51.7, lon=10.3)
    return Jobcenter.objects.get(pk=world.id)


def open_steps(house: Jobcenter) -> list[str]:
    return [step.what for step in beginning.steps(Jobcenter.objects.get(pk=house.pk), TODAY) if not step.done]


def shown(client: Client) -> list[tuple[str, str]]:
    """The steps of the page and their signs."""
    panel = re.search(r'aria-labelledby="e-h">(.*?)</section>', client.get(PAGE).content.decode(), re.DOTALL)
    lines = re.findall(r"<li>(.*?)</li>", panel[1], re.DOTALL) if panel else []
    return [(re.findall(r"<(?:a href[^>]*|strong)>([^<]+)<", line)[0], re.findall(r'hf-tag[^>]*">([^<]+)<', line)[0]) for line in lines]


@pytest.mark.django_db
def test_a_new_house_is_told_everything_and_each_link_opens() -> None:
    house = org.found_jobcenter(
        at=at(8), name="Jobcenter Neu", traeger_number="23199", land="NI", username="betrieb", first_name="Greta", last_name="Wendehals",
        password="Rotmilan ueber Herzberg",
    )  # fmt: skip
    client = Client()
    client.force_login(User.objects.get(username="betrieb"))
    assert client.get(reverse("shared:start"))["Location"] == PAGE, "where the operator lands"
    told = shown(client)
    assert [what for what, _ in told] == [
        "Anschrift und Nummern", "Zweiter Zugang für den Betrieb", "Notfallzugang versiegeln", "Teams", "Datenschutz und Personalrat",
        "Eingang und Leistung besetzen", "Räume", "Informationstermine mit Plätzen", "Liste der Postleitzahlen", LAST,
    ]  # fmt: skip
    assert {sign for _, sign in told} == {"offen"}
    assert "10 von 10 offen" in client.get(PAGE).content.decode()
    from django_scopes import scope

    with scope(jobcenter=house.pk):
        links = [step.url for step in beginning.steps(house, TODAY)]
    assert [bool(url) for url in links] == [True] * 9 + [False], "the backup is made on the server"
    for url in links[:-1]:
        assert client.get(url).status_code == 200, url


def test_each_step_is_asked_of_the_data(world: World, data: Path) -> None:
    house = real(world)
    assert open_steps(house) == [LAST]
    noted.write(data, at().isoformat(), with_keys=False)
    assert "ohne Schlüssel" in beginning.steps(house, TODAY)[-1].how
    noted.write(data, at().isoformat(), with_keys=True)
    assert beginning.steps(house, TODAY) == [], "all is there: nothing is said"
    noted.write(data, at(10).isoformat(), with_keys=False)
    assert beginning.steps(house, TODAY) == [], "the keys lie apart since the one before"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda w: Jobcenter.objects.filter(pk=w.id).update(urgent_phone=""), "Anschrift und Nummern"),
        (lambda _: User.objects.filter(username="zweite").update(is_active=False), "Zweiter Zugang für den Betrieb"),
        (lambda _: Position.objects.filter(holder__username="zweite").update(valid_to=TODAY.replace(day=23), valid_from=TODAY.replace(day=1)), "Zweiter Zugang für den Betrieb"),
        (lambda _: EmergencySeal.objects.update(used_at=at()), "Notfallzugang versiegeln"),
        (lambda _: EmergencySeal.objects.update(ended_at=at()), "Notfallzugang versiegeln"),
        (lambda _: Team.objects.filter(specialisation="via").update(closed_on=TODAY), "Teams"),
        (lambda _: Team.objects.filter(specialisation="benefits").update(closed_on=TODAY), "Teams"),
        (lambda _: User.objects.filter(username="data_protection").update(is_active=False), "Datenschutz und Personalrat"),
        (lambda _: Position.objects.filter(role=Role.STAFF_COUNCIL).update(holder=None), "Datenschutz und Personalrat"),
        (lambda _: Position.objects.filter(role=Role.ENTRANCE).update(holder=None), "Eingang und Leistung besetzen"),
        (lambda _: Position.objects.filter(role=Role.BENEFITS).update(holder=None), "Eingang und Leistung besetzen"),
        (lambda _: Room.objects.update(closed_on=TODAY), "Räume"),
        (lambda _: ViaDate.objects.update(cancelled_at=at()), "Informationstermine mit Plätzen"),
        (lambda _: PostalPlace.objects.all().delete(), "Liste der Postleitzahlen"),
    ],
)  # fmt: skip
def test_what_is_lacking_is_told(world: World, data: Path, change: Callable[[World], object], what: str) -> None:
    house = real(world)
    noted.write(data, at().isoformat(), with_keys=True)
    assert open_steps(house) == []
    change(world)
    assert open_steps(house) == [what]


def test_the_paying_system_counts_only_where_there_is_one(world: World, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house, what = real(world), "Erste Lieferung des zahlenden Verfahrens"
    noted.write(data, at().isoformat(), with_keys=True)
    held = replace(secrets.current(), neighbour_url="", neighbour_folder="")
    monkeypatch.setattr(secrets, "current", lambda: held)
    assert open_steps(house) == []
    held = replace(held, neighbour_url="https://zahlend.example/")
    assert open_steps(house) == [what]
    Delivery.objects.create(
        jobcenter_id=world.id, file_name="x.zip", sha256="0" * 64, kind=DeliveryKind.NIGHTLY, state=DeliveryState.APPLIED, uploaded_at=at(), applied_at=at(), as_of=TODAY
    )
    assert open_steps(house) == []


def test_it_goes_with_the_last_step_and_nobody_else_reads_it(world: World, data: Path, login: Callable[[str], Client]) -> None:
    real(world)
    assert shown(login("operator"))[-1] == (LAST, "offen")
    assert {sign for _, sign in shown(login("operator"))[:-1]} == {"erledigt"}
    for who in ("entrance", "via_lead"):
        assert shown(login(who)) == []
    Jobcenter.objects.filter(pk=world.id).update(is_demo=True)
    assert shown(login("operator")) == [], "the training world is complete"
    Jobcenter.objects.filter(pk=world.id).update(is_demo=False)
    noted.write(data, at().isoformat(), with_keys=True)
    assert shown(login("operator")) == []


def test_it_asks_twice_whatever_there_is(world: World) -> None:
    def asked() -> int:
        house = Jobcenter.objects.get(pk=world.id)
        with CaptureQueriesContext(connection) as queries:
            beginning.steps(house, TODAY)
        return len(queries)

    Jobcenter.objects.filter(pk=world.id).update(is_demo=False)
    assert asked() == 2
    real(world)
    desk.information(world, days=2)
    assert asked() == 2


def test_a_note_that_cannot_be_read_is_none(data: Path) -> None:
    assert noted.read(data) == noted.Noted()
    for content in ("", "[]", "{}", '{"made_at": "x"}', "\x00"):
        (data / noted.FILE).write_text(content, encoding="utf-8")
        assert noted.read(data) == noted.Noted()
    noted.write(data / "gibt-es-nicht", "2026-11-24", with_keys=True)
    assert not (data / "gibt-es-nicht").exists()
