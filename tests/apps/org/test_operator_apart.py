"""The role without personal data cannot give itself personal data, nor the keys to the accesses (ADR 018)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from hilfefrei.apps.accounts import domain as accounts
from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.audit.actor import Actor, Role
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.audit.models import AccessInquiry, Event
from hilfefrei.apps.audit.workflows import InquiryAbout
from hilfefrei.apps.org import domain
from hilfefrei.apps.org.models import Position
from hilfefrei.apps.org.queries import KEY_WAITS, actor_of
from tests.world import TODAY, World, at

WORD = "Ein-langes-Wort-7"


def colleague(world: World, username: str = "zwei") -> User:
    return accounts.create_login(
        actor=world.actor("operator"), at=at(), username=username, first_name="Zita", last_name="Zweite", password=WORD
    )


def post(world: World, holder: User, role: Role, *, who: str = "operator", actor: Actor | None = None, days: int = 0, **more: object) -> Position:
    given = {"fte": Decimal("0.1"), "team_id": world.teams["via"].pk} | more
    return domain.create_position(
        actor=actor or world.actor(who), at=at(), role=role, valid_from=TODAY + timedelta(days=days), holder_id=holder.pk, **given
    )


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.OPERATOR, Role.BUYER}))
def test_operator_and_people_are_never_in_one_hand(world: World, role: Role) -> None:
    both = colleague(world)
    post(world, both, Role.OPERATOR)
    with pytest.raises(Refused) as refusal:
        post(world, both, role)
    assert (refusal.value.code, refusal.value.field) == ("operator_apart", "holder")
    other = colleague(world, "drei")
    post(world, other, role)
    with pytest.raises(Refused, match="steht deshalb für sich"):
        post(world, other, Role.OPERATOR)


def test_a_lead_sees_people_whatever_the_post(world: World) -> None:
    both = colleague(world)
    post(world, both, Role.OPERATOR)
    for role in (Role.BUYER, Role.OPERATOR):
        with pytest.raises(Refused) as refusal:
            post(world, both, role, is_lead=True)
        assert refusal.value.code == "operator_apart"
    post(world, both, Role.BUYER)


def test_one_after_the_other_is_no_clash_and_a_change_of_holder_is_looked_at_too(world: World) -> None:
    both, other = colleague(world), colleague(world, "drei")
    post(world, both, Role.OPERATOR, valid_to=TODAY + timedelta(days=9))
    post(world, both, Role.ENTRANCE, days=10)
    held = post(world, other, Role.ENTRANCE)
    with pytest.raises(Refused) as refusal:
        domain.change_position(
            actor=world.actor("operator"), at=at(), position_id=held.pk, from_day=TODAY, fte=held.fte, holder_id=both.pk, is_lead=False
        )
    assert refusal.value.code == "operator_apart"


def test_nobody_gives_a_post_to_themselves(world: World) -> None:
    mine = world.users["operator"]
    with pytest.raises(Refused) as refusal:
        post(world, mine, Role.BUYER)
    assert refusal.value.code == "own_post"
    own = Position.objects.get(holder=mine)
    # Changing what one has (a share) is no new post.
    domain.change_position(
        actor=world.actor("operator"), at=at(), position_id=own.pk, from_day=TODAY, fte=Decimal("0.9"), holder_id=mine.pk, is_lead=False
    )


def test_a_password_somebody_else_has_set_opens_one_page_only(world: World, client: Client) -> None:
    found = colleague(world)
    post(world, found, Role.ENTRANCE)
    assert client.post("/anmelden/", {"login": "zwei", "password": WORD}).status_code == 302
    for path in ("/", "/eingang/", "/personen/"):
        answer = client.get(path)
        assert (answer.status_code, answer["Location"]) == (302, "/passwort/")
    assert "hat die Betriebsrolle gesetzt" in client.get("/passwort/").content.decode()
    same = client.post("/passwort/", {"oldpassword": WORD, "password1": WORD, "password2": WORD}, follow=True)
    assert "dieses kennt noch jemand" in same.content.decode()
    own = "Vier zufaellige Woerter hier"
    answer = client.post("/passwort/", {"oldpassword": WORD, "password1": own, "password2": own})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/eingang/").status_code == 200
    found.refresh_from_db()
    assert not found.must_change
    assert found.check_password(own)
    assert Event.objects.filter(verb="login.password_chosen", object_id=found.pk).count() == 1


def test_the_own_password_is_changed_on_the_own_page(world: World) -> None:
    with pytest.raises(Refused) as refusal:
        accounts.set_password(actor=world.actor("operator"), at=at(), user_id=world.users["operator"].pk, password=WORD)
    assert refusal.value.code == "own_password"


def test_a_key_with_a_given_password_does_not_turn_for_a_week(world: World) -> None:
    council = world.users["staff_council"]
    asked = audit.ask_accesses(
        actor=world.actor("data_protection"), at=at(8), about=InquiryAbout.PERSON, about_id=world.person().pk, cause="Beschwerde 12/26",
        first_day=TODAY, last_day=TODAY,
    )  # fmt: skip
    accounts.set_password(actor=world.actor("operator"), at=at(), user_id=council.pk, password=WORD)
    council.refresh_from_db()
    for later in (timedelta(0), KEY_WAITS - timedelta(minutes=1)):
        with pytest.raises(Refused) as refusal:
            audit.answer_accesses(actor=actor_of(council, TODAY), at=at() + later, inquiry_id=asked.pk, agree=True)
        assert refusal.value.code == "key_waits"
    audit.answer_accesses(actor=actor_of(council, TODAY), at=at() + KEY_WAITS, inquiry_id=asked.pk, agree=True)
    assert AccessInquiry.objects.get().open_until is not None
