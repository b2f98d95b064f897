"""The organisation as verbs: one post or less per person, absences without reason, logins, the first operator."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django_scopes import scope, scopes_disabled

from hilfefrei.apps.accounts import domain as accounts
from hilfefrei.apps.audit.actor import Role
from hilfefrei.apps.audit.errors import Forbidden, Refused, Stale
from hilfefrei.apps.audit.models import Event
from hilfefrei.apps.org import domain as org
from hilfefrei.apps.org import queries
from hilfefrei.apps.org.models import Absence, Jobcenter, Position
from hilfefrei.apps.org.workflows import Specialisation
from tests.world import TODAY, World, at


def refused(code: str, verb: Any, **given: Any) -> Refused:
    with pytest.raises(Refused) as refusal:
        verb(at=at(), **given)
    assert refusal.value.code == code
    return refusal.value


def login(world: World, name: str = "dohle") -> Any:
    return accounts.create_login(
        actor=world.actor("operator"), at=at(), username=name, first_name="Kim", last_name="Dohle", password="Ein-langes-Wort-7"
    )


def post(world: World, user: Any, fte: str, start: date, end: date | None = None, **more: Any) -> Position:
    given = {"team_id": world.teams["general"].pk, "role": Role.CASE_MANAGER} | more
    return org.create_position(
        actor=world.actor("operator"), at=at(), fte=Decimal(fte), valid_from=start, valid_to=end, holder_id=user.pk, **given
    )


# --- who may
@pytest.mark.parametrize("who", ["entrance", "via_lead", "director", "controller"])
def test_only_the_operator_changes_the_house(world: World, who: str) -> None:
    actor = world.actor(who)
    room, team = world.rooms["104"], world.teams["general"]
    for verb, given in (
        (org.change_jobcenter, {"values": {"name": "Anderes"}}),
        (org.create_team, {"name": "Neu", "specialisation": Specialisation.GENERAL}),
        (org.close_team, {"team_id": team.pk, "closed_on": TODAY}),
        (org.save_room, {"name": "X", "place": "Y", "seats": 1, "step_free": True, "room_id": room.pk}),
        (accounts.create_login, {"username": "x", "first_name": "A", "last_name": "B", "password": "Ein-langes-Wort-7"}),
        (accounts.set_login_active, {"user_id": world.users["buyer"].pk, "active": False}),
        (accounts.set_password, {"user_id": world.users["buyer"].pk, "password": "Ein-langes-Wort-7"}),
    ):
        with pytest.raises(Forbidden):
            verb(actor=actor, at=at(), **given)
    assert not Event.objects.exists()


@pytest.mark.parametrize(("who", "may"), [("operator", True), ("entrance", True), ("via_lead", True), ("benefits", False), ("coach", False)])
def test_who_enters_absences(world: World, who: str, may: bool) -> None:
    given = {"user_id": world.users["coach"].pk, "valid_from": TODAY, "valid_to": TODAY}
    if may:
        assert org.enter_absence(actor=world.actor(who), at=at(), **given).user_id == world.users["coach"].pk
    else:
        with pytest.raises(Forbidden):
            org.enter_absence(actor=world.actor(who), at=at(), **given)


# --- posts
def test_nobody_holds_more_than_one_post_on_any_day(world: World) -> None:
    user = login(world)
    post(world, user, "0.5", date(2026, 1, 1), date(2026, 6, 30))
    post(world, user, "0.5", date(2026, 7, 1))
    # Half beside half all year is one post, although the three rows sum up to more.
    third = post(world, user, "0.5", date(2026, 3, 1))
    refusal = refused("over_one", org.create_position, actor=world.actor("operator"), team_id=world.teams["via"].pk, role=Role.COACH,
                      fte=Decimal("0.25"), valid_from=date(2026, 12, 1), holder_id=user.pk)  # fmt: skip
    assert "1,25" in str(refusal)
    assert refusal.field == "fte"
    org.end_position(actor=world.actor("operator"), at=at(), position_id=third.pk, last_day=TODAY)
    post(world, user, "0.25", TODAY + timedelta(days=1))


def test_a_change_keeps_the_past(world: World) -> None:
    user = login(world)
    held = post(world, user, "1", date(2026, 1, 1))
    new = org.change_position(
        actor=world.actor("operator"), at=at(), position_id=held.pk, from_day=TODAY, fte=Decimal("0.75"), holder_id=user.pk, is_lead=True
    )
    assert new.pk != held.pk
    held.refresh_from_db()
    assert (held.fte, held.is_lead, held.valid_to) == (Decimal(1), False, TODAY - timedelta(days=1))
    assert (new.fte, new.is_lead, new.valid_from, new.valid_to) == (Decimal("0.75"), True, TODAY, None)
    assert queries.actor_of(user, TODAY - timedelta(days=1)).leads == frozenset()
    assert queries.actor_of(user, TODAY).leads == {world.teams["general"].pk}
    refused("ended", org.change_position, actor=world.actor("operator"), position_id=held.pk, from_day=TODAY, fte=Decimal(1), holder_id=user.pk, is_lead=False)
    with pytest.raises(Stale):
        org.change_position(
            actor=world.actor("operator"), at=at(), position_id=new.pk, from_day=TODAY, fte=Decimal(1), holder_id=user.pk, is_lead=False, version=7
        )


def test_impossible_posts(world: World) -> None:
    user, operator = login(world), world.actor("operator")
    given = {"actor": operator, "team_id": world.teams["general"].pk, "role": Role.CASE_MANAGER, "valid_from": TODAY, "holder_id": user.pk}
    for fte in ("0", "1.5", "-1"):
        refused("fte", org.create_position, fte=Decimal(fte), **given)
    refused("period", org.create_position, fte=Decimal(1), valid_to=TODAY - timedelta(days=1), **given)
    accounts.set_login_active(actor=operator, at=at(), user_id=user.pk, active=False)
    refused("holder", org.create_position, fte=Decimal(1), **given)
    assert not Position.objects.filter(holder=user).exists()


def test_a_team_with_posts_stays_and_a_closed_one_takes_none(world: World) -> None:
    operator, user = world.actor("operator"), login(world)
    held = post(world, user, "1", date(2026, 1, 1))
    team = world.teams["general"]
    assert "1 Stellen" in str(refused("positions", org.close_team, actor=operator, team_id=team.pk, closed_on=TODAY))
    org.end_position(actor=operator, at=at(), position_id=held.pk, last_day=TODAY - timedelta(days=1))
    org.close_team(actor=operator, at=at(), team_id=team.pk, closed_on=TODAY)
    refused("team_closed", org.create_position, actor=operator, team_id=team.pk, role=Role.CASE_MANAGER, fte=Decimal(1), valid_from=TODAY, holder_id=user.pk)
    assert team not in queries.teams(TODAY)
    assert team in queries.teams(TODAY - timedelta(days=1))


def test_the_last_operator_stays(world: World) -> None:
    operator = world.actor("operator")
    own = Position.objects.get(holder=world.users["operator"])
    refused("last_operator", org.end_position, actor=operator, position_id=own.pk, last_day=TODAY)
    refused("own_login", accounts.set_login_active, actor=operator, user_id=operator.id, active=False)
    post(world, login(world), "1", TODAY, role=Role.OPERATOR, team_id=world.teams["staff"].pk)
    org.end_position(actor=operator, at=at(), position_id=own.pk, last_day=TODAY)


def test_span_counts_heads_and_posts_without_the_lead(world: World) -> None:
    team = org.create_team(actor=world.actor("operator"), at=at(), name="Nordharz", specialisation=Specialisation.GENERAL)
    for name, fte, lead in (("a1", "1", True), ("a2", "0.5", False), ("a3", "0.75", False), ("a4", "1", False)):
        post(world, login(world, name), fte, TODAY, team_id=team.pk, is_lead=lead)
    span = next(s for s in queries.spans(TODAY) if s.team == team)
    assert (span.leads, span.heads, span.fte, span.per_lead) == (1, 3, Decimal("2.25"), Decimal("2.25"))
    assert next(s for s in queries.spans(TODAY) if s.team == world.teams["general"]).per_lead is None


def test_names_of_teams_and_rooms_are_there_once(world: World) -> None:
    operator = world.actor("operator")
    refused("name_taken", org.create_team, actor=operator, name=" via-team ", specialisation=Specialisation.VIA)
    refused("name", org.create_team, actor=operator, name="  ", specialisation=Specialisation.VIA)
    refused("name_taken", org.save_room, actor=operator, name="osterode 104", place="Osterode", seats=3, step_free=False)
    team = world.teams["via"]
    changed = org.change_team(actor=operator, at=at(), team_id=team.pk, name="ViA-Team", specialisation=Specialisation.VIA, phone="0171 39200 12", version=1)
    assert (changed.phone, changed.version) == ("0171 39200 12", 2)


# --- absence
def absent(world: World, who: str = "coach", start: int = 0, end: int = 2, substitute: str | None = None) -> Absence:
    return org.enter_absence(
        actor=world.actor("operator"),
        at=at(),
        user_id=world.users[who].pk,
        valid_from=TODAY + timedelta(days=start),
        valid_to=TODAY + timedelta(days=end),
        substitute_id=world.users[substitute].pk if substitute else None,
    )


def test_absence_has_no_field_for_a_reason() -> None:
    assert {f.name for f in Absence._meta.get_fields()} == {
        "id", "jobcenter", "user", "substitute", "valid_from", "valid_to", "cancelled_at", "version"
    }  # fmt: skip


def test_a_substitute_gets_the_teams_only_for_these_days_and_not_when_taken_back(world: World) -> None:
    away = absent(world, "benefits", 0, 1, "entrance")
    user = world.users["entrance"]
    assert world.teams["benefits"].pk in queries.actor_of(user, TODAY).teams
    assert Role.BENEFITS not in queries.actor_of(user, TODAY).roles
    assert world.teams["benefits"].pk not in queries.actor_of(user, TODAY + timedelta(days=2)).teams
    org.change_absence(actor=world.actor("operator"), at=at(), absence_id=away.pk, valid_from=TODAY, valid_to=TODAY, substitute_id=user.pk)
    assert world.teams["benefits"].pk not in queries.actor_of(user, TODAY + timedelta(days=1)).teams
    org.cancel_absence(actor=world.actor("operator"), at=at(), absence_id=away.pk)
    assert world.teams["benefits"].pk not in queries.actor_of(user, TODAY).teams


def test_impossible_absences(world: World) -> None:
    operator = world.actor("operator")
    away = absent(world, "coach", 0, 3)
    coach, entrance = world.users["coach"].pk, world.users["entrance"].pk
    given = {"actor": operator, "user_id": coach, "valid_from": TODAY + timedelta(days=3), "valid_to": TODAY + timedelta(days=5)}
    assert "24.11. bis" in str(refused("overlap", org.enter_absence, **given))
    refused("period", org.enter_absence, **given | {"valid_to": TODAY})
    begun = world.users["coach"].positions.get().valid_from
    early = refused("before_post", org.enter_absence, **given | {"valid_from": begun - timedelta(days=1), "valid_to": begun})
    assert early.field == "valid_from"
    assert "Die Stelle beginnt erst am" in str(early)
    refused("before_post", org.enter_absence, **given | {"valid_from": date(1990, 1, 1), "valid_to": date(1990, 1, 5)})
    far = refused("too_far", org.enter_absence, **given | {"valid_to": date(2099, 1, 1)})
    assert far.field == "valid_to"
    assert "Bitte einen Tag bis Fr 24.11.2028 wählen." in str(far)
    refused("too_far", org.change_absence, actor=operator, absence_id=away.pk, valid_from=TODAY, valid_to=date(2099, 1, 1), substitute_id=None)
    refused("self", org.enter_absence, actor=operator, user_id=entrance, substitute_id=entrance, valid_from=TODAY, valid_to=TODAY)
    refused("substitute_away", org.enter_absence, actor=operator, user_id=entrance, substitute_id=coach, valid_from=TODAY, valid_to=TODAY)
    with scopes_disabled():
        other = Jobcenter.objects.create(name="Anderswo", traeger_number="99999")
    foreign = login(world, "fremd")
    type(foreign).objects.filter(pk=foreign.pk).update(jobcenter_id=other.pk)
    refused("user", org.enter_absence, actor=operator, user_id=foreign.pk, valid_from=TODAY, valid_to=TODAY)
    assert list(Absence.objects.order_by("id")) == [away]


def test_days_of_an_absence_that_are_over_stay(world: World) -> None:
    away = absent(world, "coach", -3, 3)
    change = {"actor": world.actor("operator"), "absence_id": away.pk, "substitute_id": None}
    refused("past", org.change_absence, valid_from=TODAY, valid_to=TODAY, **change)
    refused("past", org.change_absence, valid_from=away.valid_from, valid_to=TODAY - timedelta(days=2), **change)
    changed = org.change_absence(at=at(), valid_from=away.valid_from, valid_to=TODAY, version=1, **change)
    assert changed.valid_to == TODAY
    with pytest.raises(Stale):
        org.change_absence(at=at(), valid_from=away.valid_from, valid_to=TODAY, version=1, **change)


# --- logins and the first operator
def test_logins(world: World) -> None:
    operator = world.actor("operator")
    user = login(world)
    given = {"actor": operator, "first_name": "Kim", "last_name": "Dohle"}
    refused("username_taken", accounts.create_login, username="DOHLE", password="Ein-langes-Wort-7", **given)
    refused("password_weak", accounts.create_login, username="neu", password="kurz", **given)
    refused("name", accounts.create_login, username="neu", password="Ein-langes-Wort-7", actor=operator, first_name=" ", last_name="Dohle")
    before = user.get_session_auth_hash()
    refused("password_weak", accounts.set_password, actor=operator, user_id=user.pk, password="12345678")
    changed = accounts.set_password(actor=operator, at=at(), user_id=user.pk, password="Anderes-Wort-2026")
    assert changed.check_password("Anderes-Wort-2026")
    assert changed.get_session_auth_hash() != before
    assert "Anderes" not in str(Event.objects.filter(verb="login.password_set").values())


def test_a_real_house_begins_once(database: str) -> None:
    given = {
        "at": at(), "name": "Jobcenter Anfang", "traeger_number": "12345", "land": "NI", "username": "betrieb", "first_name": "Greta",
        "last_name": "Wendehals", "password": "Rotmilan-2026-Aue",
    }  # fmt: skip
    with pytest.raises(Refused, match="NI, NW oder BY"):
        org.found_jobcenter(**given | {"land": "XX"})
    with scopes_disabled():
        assert not Jobcenter.objects.exists()
    house = org.found_jobcenter(**given)
    with scope(jobcenter=house.pk):
        position = Position.objects.get()
        assert position.holder is not None
        assert position.holder.check_password("Rotmilan-2026-Aue")
        actor = queries.actor_of(position.holder, TODAY)
        assert actor.roles == {Role.OPERATOR}
        assert org.create_team(actor=actor, at=at(), name="ViA", specialisation=Specialisation.VIA).name == "ViA"
    with pytest.raises(Refused, match="schon ein Jobcenter"):
        org.found_jobcenter(**given)


def test_a_weak_password_founds_nothing(database: str) -> None:
    with pytest.raises(Refused) as refusal:
        org.found_jobcenter(
            at=at(), name="Jobcenter Anfang", traeger_number="12345", land="NI", username="betrieb", first_name="Greta", last_name="Wendehals", password="kurz"
        )
    assert refusal.value.code == "password_weak"
    with scopes_disabled():
        assert not Jobcenter.objects.exists()


def test_the_house_changes_with_its_version(world: World) -> None:
    changed = org.change_jobcenter(actor=world.actor("operator"), at=at(), values={"privacy_first": True, "name": world.jobcenter.name}, version=1)
    assert changed.privacy_first
    assert Event.objects.get(verb="jobcenter.changed").fields == ["privacy_first"]
    with pytest.raises(Stale):
        org.change_jobcenter(actor=world.actor("operator"), at=at(), values={"name": "Neu"}, version=1)
