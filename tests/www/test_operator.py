"""The operator's pages: dates and seats, rooms, absence, teams, logins, the house. Counts, and never a name of anybody served."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.audit.actor import Role
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.intake.domain import dates
from hilfefrei.apps.intake.models import ViaDate
from hilfefrei.apps.intake.workflows import DateKind
from hilfefrei.apps.org import domain as org
from hilfefrei.apps.org.models import Absence, Jobcenter, Position, Room, Team
from hilfefrei.apps.org.queries import actor_of
from hilfefrei.apps.org.workflows import Specialisation
from tests import desk
from tests.world import TODAY, World, at

Login = Callable[[str], Client]
DATES = reverse("operator:dates")


def text(client: Client, path: str = DATES, **given: str) -> str:
    answer = client.get(path, given)
    assert answer.status_code == 200
    return answer.content.decode()


def wrong(client: Client, path: str, data: dict[str, str]) -> str:
    answer = client.post(path, data)
    assert answer.status_code == 422
    return answer.content.decode()


# --- dates and seats
def new_date(world: World, **more: str) -> dict[str, str]:
    return {
        "kind": "information", "day": "25.11.2026", "starts": "9", "ends": "10:30", "room": str(world.rooms["104"].pk), "seats": "12", "language": "de",
    } | more  # fmt: skip


def test_a_date_is_planned_and_stands_in_its_week(world: World, login: Login) -> None:
    client, path = login("operator"), reverse("operator:date_new")
    answer = client.post(path, new_date(world), follow=True)
    assert answer.request["PATH_INFO"] == DATES
    shown = answer.content.decode()
    assert "Mi 25.11., 09:00–10:30" in shown
    assert "0 von 12" in shown
    assert ViaDate.objects.get().starts_at == at(9, 0, days=1)
    assert "Mi 25.11., 09:00" not in text(client, woche="2026-12-01")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"ends": "8"}, "Das Ende liegt vor dem Beginn"),
        ({"seats": "15"}, "hat nur 14 Plätze"),
        ({"seats": ""}, "wie viele Plätze es gibt"),
        ({"day": "31.02.2026"}, "Den 31. Februar"),
        ({"day": "1.1.2020"}, "in der Vergangenheit"),
        ({"kind": "coaching"}, "wer das Coaching macht"),
        ({"starts": "9 Uhr früh"}, "starts"),
        ({"until": "24.11.2026"}, "Das Ende der Reihe liegt vor dem ersten Termin"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(world: World, login: Login, more: dict[str, str], words: str) -> None:
    shown = wrong(login("operator"), reverse("operator:date_new"), new_date(world, remarks="mit Kinderecke", **more))
    assert words in shown
    assert "mit Kinderecke" in shown
    assert not ViaDate.objects.exists()


def test_a_new_date_is_proposed_for_a_working_day(world: World, login: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a Friday not the Saturday that is refused afterwards."""
    monkeypatch.setenv("HILFEFREI_NOW", "2026-11-27T10:00:00")
    assert 'value="30.11.2026"' in login("operator").get(reverse("operator:date_new")).content.decode()


def test_the_share_of_a_post_is_refused_with_a_comma(world: World, login: Login) -> None:
    url = reverse("operator:position_new", args=[world.teams["via"].pk])
    answer = login("operator").post(url, {"op": str(uuid4()), "fte": "0,01"})
    shown = answer.content.decode()
    assert "Bitte mindestens 0,05 eintragen." in shown
    assert "0.05" not in shown.split("Bitte mindestens")[1].split("</p>")[0]


def test_a_new_room_is_called_so_in_title_and_button(world: World, login: Login) -> None:
    shown = login("operator").get(reverse("operator:room_new")).content.decode()
    assert "<title>Raum anlegen" in shown
    assert "Raum speichern" not in shown


def test_the_same_post_twice_plans_once(world: World, login: Login) -> None:
    data = new_date(world, op="0b0d6c5c-6f0e-4a43-8f2f-0b2f6a3c1d11")
    for _ in range(2):
        login("operator").post(reverse("operator:date_new"), data)
    assert ViaDate.objects.count() == 1


def test_a_series_and_its_change_as_a_whole(world: World, login: Login) -> None:
    client = login("operator")
    client.post(reverse("operator:date_new"), new_date(world, until="16.12.2026"))
    first, *others = ViaDate.objects.order_by("starts_at")
    assert len(others) == 3
    path = reverse("operator:date", args=[first.pk])
    assert "3 folgen" in text(client, path)
    change = {"seats": "8", "room": str(world.rooms["104"].pk), "led_by": str(world.users["entrance"].pk), "language": "uk", "version": "1"}
    client.post(path, change | {"following": "on"})
    assert set(ViaDate.objects.values_list("seats", "language")) == {(8, "uk")}
    stale = wrong(client, path, change | {"seats": "9"})
    assert "Jetzt gespeichert:" in stale
    assert "8 Plätze" in stale
    assert 'value="9"' in stale


def test_calling_off_counts_people_and_can_be_taken_back(world: World, login: Login) -> None:
    date_, entry = desk.information(world), desk.applicant(world)
    dates.book_seat(actor=world.actor(), at=at(9, 10), date_id=date_.pk, entry_id=entry.pk)
    client, path = login("operator"), reverse("operator:date_cancel", args=[date_.pk])
    assert "Hier fehlt noch etwas" in wrong(client, path, {"reason": " "})
    shown = client.post(path, {"reason": "Heizung"}, follow=True).content.decode()
    assert "fällt aus: 1 Mensch, 1 noch anzurufen" in shown
    assert "Rückgängig" in shown
    for secret in ("Silberdistel", "Anrufliste</span>", reverse("via:call_list", args=[date_.pk])):
        assert secret not in shown
    assert reverse("via:call_list", args=[date_.pk]) in text(login("entrance"))
    client = login("operator")
    back = client.post(reverse("operator:date_reinstate", args=[date_.pk]), follow=True).content.decode()
    assert "Der Termin findet statt." in back
    assert ViaDate.objects.get().cancelled_at is None


def test_no_page_of_the_operator_names_anybody_who_is_served(world: World, login: Login) -> None:
    entry = desk.applicant(world)
    slot, date_ = desk.coaching(world, days=1), desk.information(world)
    for d in (slot, date_):
        dates.book_seat(actor=world.actor(), at=at(9, 10), date_id=d.pk, entry_id=entry.pk) if d is date_ else None
    other = desk.applicant(world, "Rosa", "Wegwarte")
    dates.book_seat(actor=world.actor(), at=at(9, 10), date_id=slot.pk, entry_id=other.pk)
    client = login("operator")
    for path in (
        DATES, reverse("operator:date", args=[date_.pk]), reverse("operator:date", args=[slot.pk]), reverse("operator:absences"),
        reverse("operator:rooms"), reverse("operator:teams"), reverse("operator:team_logins"), reverse("operator:house"),
    ):  # fmt: skip
        shown = text(client, path)
        assert "Silberdistel" not in shown
        assert "Wegwarte" not in shown
    assert "1 von 12" in text(client)


def test_coaching_stands_by_coach_and_day(world: World, login: Login) -> None:
    free, taken = desk.coaching(world, days=1, hour=9), desk.coaching(world, days=1, hour=11)
    dates.book_seat(actor=world.actor(), at=at(9, 10), date_id=taken.pk, entry_id=desk.applicant(world).pk)
    row = text(login("operator")).split("Zeiten für Einzelcoaching")[1].split("</table>")[0]
    assert "Goldammer" in row
    assert "09:00 frei" in row
    assert "11:00 frei" not in row
    assert "11:00" in row
    form = text(login("operator"), reverse("operator:date", args=[free.pk]))
    assert 'name="seats"' not in form


# --- absence
def test_an_absence_shows_what_is_left_without_a_leader(world: World, login: Login) -> None:
    slot = desk.coaching(world, days=1)
    dates.book_seat(actor=world.actor(), at=at(9, 10), date_id=slot.pk, entry_id=desk.applicant(world).pk)
    client = login("operator")
    data = {"user": str(world.users["coach"].pk), "valid_from": "24.11.2026", "valid_to": "26.11.2026", "substitute": ""}
    shown = client.post(reverse("operator:absence_new"), data, follow=True).content.decode()
    assert "Mi 25.11., 14:00, 1 gebucht" in shown
    assert "Rückgängig" in shown
    assert "1 Termin offen" in text(client)
    assert "schon eingetragen: Di 24.11. bis Do 26.11." in wrong(client, reverse("operator:absence_new"), data)
    found = Absence.objects.get()
    path = reverse("operator:absence", args=[found.pk])
    assert 'name="user"' not in text(client, path)
    client.post(path, {"valid_from": "24.11.2026", "valid_to": "24.11.2026", "substitute": str(world.users["colleague"].pk), "version": "1"})
    found.refresh_from_db()
    assert (found.valid_to, found.substitute_id) == (TODAY, world.users["colleague"].pk)
    assert "geregelt" in text(client)
    client.post(reverse("operator:absence_cancel", args=[found.pk]))
    assert client.get(path).status_code == 404
    assert "Alle sind da." in text(client, reverse("operator:absences"))


# --- rooms
def test_rooms_and_dates_in_a_block(world: World, login: Login) -> None:
    desk.information(world)
    client, room = login("operator"), world.rooms["104"]
    client.post(reverse("operator:room_new"), {"name": "Herzberg 2", "place": "Herzberg", "seats": "12", "step_free": "on"})
    assert Room.objects.filter(name="Herzberg 2", seats=12, step_free=True).exists()
    path = reverse("operator:room", args=[room.pk])
    data = {"name": room.name, "place": "Osterode", "seats": "14", "version": "1"}
    client.post(path, data | {"blocked_from": "25.11.2026", "blocked_to": "26.11.2026"})
    shown = text(client, reverse("operator:rooms"))
    assert "umplanen" in shown
    assert "Mi 25.11., 09:00" in shown
    assert "vor ihrem Anfang" in wrong(client, path, data | {"version": "2", "blocked_from": "26.11.2026", "blocked_to": "25.11.2026"})
    assert "gerade jemand geändert" in wrong(client, path, data)
    client.post(path, data | {"version": "2", "closed_on": "24.11.2026"})
    assert "1 aufgegeben" in text(client, reverse("operator:rooms"))


# --- teams, posts, logins
def test_a_team_with_a_post_and_a_lead(world: World, login: Login) -> None:
    client = login("operator")
    client.post(reverse("operator:team_new"), {"name": "Nordharz", "specialisation": "general", "phone": "0171 39200 14"})
    team = Team.objects.get(name="Nordharz")
    assert "ohne Leitung" in text(client, reverse("operator:teams"))
    client.post(
        reverse("operator:team_login_new"),
        {"first_name": "Kim", "last_name": "Dohle", "username": "dohle", "phone": "", "password": "Ein-langes-Wort-7"},
    )
    user = User.objects.get(username="dohle")
    assert "keine, sieht nichts" in desk.look_for(client, reverse("operator:team_logins"), "dohle").content.decode()
    path = reverse("operator:position_new", args=[team.pk])
    post = {"role": "case_manager", "holder": str(user.pk), "fte": "0,5", "is_lead": "on", "from_day": "24.11.2026"}
    assert "Stellenanteil" in wrong(client, path, post | {"fte": "1,5"})
    client.post(path, post)
    held = Position.objects.get(holder=user)
    assert (str(held.fte), held.is_lead) == ("0.500", True)
    assert actor_of(user, TODAY).roles == {Role.CASE_MANAGER, Role.TEAM_LEAD}
    assert "Spanne 1:0" in text(client, reverse("operator:team", args=[team.pk]))
    change = reverse("operator:position", args=[held.pk])
    client.post(change, {"holder": str(user.pk), "fte": "0,75", "from_day": "1.12.2026", "version": "1"})
    assert list(Position.objects.filter(holder=user).order_by("valid_from").values_list("is_lead", flat=True)) == [True, False]
    assert "ab 01.12.2026" in text(client, reverse("operator:team", args=[team.pk]))
    assert "laufen noch" in wrong(client, reverse("operator:team_close", args=[team.pk]), {"closed_on": "24.11.2026"})
    for row in Position.objects.filter(holder=user):
        client.post(reverse("operator:position_end", args=[row.pk]), {"last_day": f"{max(row.valid_from, TODAY):%d.%m.%Y}"})
    client.post(reverse("operator:team_close", args=[team.pk]), {"closed_on": "2.12.2026"})
    team.refresh_from_db()
    assert team.closed_on is not None


def test_a_team_is_renamed_and_a_twin_sees_both_values(world: World, login: Login) -> None:
    client, team = login("operator"), world.teams["general"]
    path = reverse("operator:team", args=[team.pk])
    client.post(path, {"name": "Fallmanagement Süd", "specialisation": "general", "phone": "", "version": "1"})
    shown = wrong(client, path, {"name": "Fallmanagement Nord", "specialisation": "general", "phone": "", "version": "1"})
    assert "Fallmanagement Süd" in shown
    assert 'value="Fallmanagement Nord"' in shown


def test_logins_are_closed_opened_and_get_a_new_password(world: World, login: Login) -> None:
    client, user = login("operator"), world.users["buyer"]
    one = reverse("operator:team_login", args=[user.pk])
    assert "Zugang sperren" in client.get(one).content.decode()
    assert "Zugang sperren" not in client.get(reverse("operator:team_login", args=[world.users["operator"].pk])).content.decode(), "not one's own"
    shown = client.post(reverse("operator:team_login_act", args=[user.pk, "sperren"]), follow=True).content.decode()
    assert "Rückgängig" in shown
    assert not User.objects.get(pk=user.pk).is_active
    assert "Zugang öffnen" in client.get(one).content.decode()
    client.post(reverse("operator:team_login_act", args=[user.pk, "oeffnen"]))
    assert User.objects.get(pk=user.pk).is_active
    path = reverse("operator:team_login_password", args=[user.pk])
    wrong(client, path, {"password": "kurz"})
    client.post(path, {"password": "Anderes-Wort-2026"})
    assert User.objects.get(pk=user.pk).check_password("Anderes-Wort-2026")
    own = reverse("operator:team_login_act", args=[world.users["operator"].pk, "sperren"])
    assert "Den eigenen Zugang" in client.post(own, follow=True).content.decode()
    assert client.post(reverse("operator:team_login_act", args=[user.pk, "x"])).status_code == 404


def test_the_house(world: World, login: Login) -> None:
    client, path = login("operator"), reverse("operator:house")
    form = client.get(path).context["form"]
    given = {name: value for name, value in form.initial.items() if value is not None and value is not False}
    data = {name: "on" if value is True else value if isinstance(value, list) else str(value) for name, value in given.items()}
    assert data["factor_roles"] == ["operator", "data_protection", "director"]
    data["factor_roles"] = ["operator", "benefits"]
    assert "kennt Hilfefrei nicht" in wrong(client, path, data | {"land": "XX", "version": "1"})
    client.post(path, data | {"privacy_first": "on", "opening_hours": "Mo bis Do 8 bis 15 Uhr", "version": "1"})
    house = Jobcenter.objects.get(pk=world.id)
    assert (house.privacy_first, house.opening_hours) == (True, "Mo bis Do 8 bis 15 Uhr")
    assert house.factor_roles == ["operator", "benefits"]


def test_things_that_are_not_there(world: World, login: Login) -> None:
    client = login("operator")
    for name in ("date", "room", "absence", "team", "position", "position_new", "team_login_password"):
        assert client.get(reverse(f"operator:{name}", args=[world.id])).status_code == 404, name


@pytest.mark.parametrize("count", [1, 3])
def test_one_query_count_for_one_and_three_of_everything(world: World, login: Login, count: int, django_assert_num_queries: Any) -> None:
    operator = world.actor("operator")
    for n in range(count):
        desk.information(world, hour=9 + 2 * n)
        gone = desk.information(world, days=2, hour=9 + 2 * n)
        dates.cancel_date(actor=operator, at=at(), date_id=gone.pk, reason="Heizung")
        desk.coaching(world, days=1, hour=9 + n)
        org.save_room(actor=operator, at=at(), name=f"Raum {n}", place="Osterode", seats=3, step_free=True)
        org.create_team(actor=operator, at=at(), name=f"Team {n}", specialisation=Specialisation.GENERAL)
    for who in ("coach", "colleague", "via_lead")[:count]:
        org.enter_absence(actor=operator, at=at(), user_id=world.users[who].pk, valid_from=TODAY, valid_to=TODAY + timedelta(days=3))
    assert ViaDate.objects.filter(kind=DateKind.INFORMATION).count() == 2 * count
    client = login("operator")
    text(client)
    for name, number in (("dates", 18), ("rooms", 11), ("absences", 10), ("teams", 12), ("team_logins", 10)):
        with django_assert_num_queries(number):
            text(client, reverse(f"operator:{name}"))


def test_numbers_of_the_house_are_numbers_and_old_ones_hinder_nothing(world: World) -> None:
    house = world.jobcenter
    type(house).objects.filter(pk=house.pk).update(counsel_phone="siehe Aushang")
    org.change_jobcenter(actor=world.actor("operator"), at=at(), values={"counsel_phone": "siehe Aushang", "urgent_phone": "05522 12345"})
    house.refresh_from_db()
    assert (house.counsel_phone, house.urgent_phone) == ("siehe Aushang", "05522 12345")
    with pytest.raises(Refused) as refused:
        org.change_jobcenter(actor=world.actor("operator"), at=at(), values={"urgent_phone": "Notfach"})
    assert (refused.value.code, refused.value.field) == ("phone", "urgent_phone")
