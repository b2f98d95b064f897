"""Two who get in, or set something up, in the same second: on a server of two processes and both databases."""

import re
import time
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.contrib.sessions.models import Session
from django.db import connection

from hilfefrei.apps.accounts import crypt
from hilfefrei.apps.accounts import domain as accounts
from hilfefrei.apps.accounts.models import EmergencySeal, LoginSession, User
from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.audit.models import Event, Outbox
from hilfefrei.apps.org import identity
from tests.support.http import Answer, Desk, together
from tests.world import PASSWORD, World, at

ROUNDS = 4
APP, CODES, STEP = "/konto/zweiter-faktor/app/", "/konto/zweiter-faktor/ersatzcodes/", "/anmelden/zweiter-faktor/"
AtDesk = Callable[[str], Desk]


def _chain_holds(world: World) -> None:
    assert not audit.verify(world.id).problems
    connection.close()


def ready(one: Desk) -> str:
    """On the page that sets an app up; its secret."""
    one.post(f"/anmelden/noch-einmal/?next={APP}", password=PASSWORD)
    shown = re.search(r"<code>([A-Z2-7]{32})</code>", one.get(APP).text)
    assert shown
    return shown[1]


def code(secret: str, step: int = 0) -> str:
    return str(totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30 + step)))


def before_the_second_step(url: str, who: str) -> Desk:
    one = Desk(url)
    one.get("/anmelden/")
    assert one.post("/anmelden/", login=who, password=PASSWORD).location == STEP
    return one


def with_app(at_desk: AtDesk, who: str) -> tuple[Desk, str]:
    one = at_desk(who)
    secret = ready(one)
    assert one.post(APP, code=code(secret)).status == 302
    return one, secret


def test_of_two_windows_that_set_an_app_up_one_does(served: World, at_desk: AtDesk) -> None:
    for who in ("entrance", "colleague", "coach", "buyer"):
        first, second = at_desk(who), at_desk(who)
        secrets = [ready(first), ready(second)]
        answers = together(*[lambda d=d, s=s: d.post(APP, code=code(s)) for d, s in zip((first, second), secrets, strict=True)])
        assert [a.status for a in answers] == [302, 302], (answers[0].text + answers[1].text)[:3000]
        held = Authenticator.objects.get(user=served.users[who], type="totp")
        won = secrets.index(crypt.decrypt(held.data["secret"]))
        assert (answers[won].location, answers[1 - won].location) == (CODES, "/konto/zweiter-faktor/")
        assert "schon eingerichtet" in (first, second)[1 - won].get("/konto/zweiter-faktor/").text
        assert Authenticator.objects.filter(user=served.users[who], type="recovery_codes").count() == 1
        assert Event.objects.filter(verb="factor.added", object_id=served.users[who].pk).count() == 2
    _chain_holds(served)


def test_a_code_used_by_two_at_once_opens_once(served: World, at_desk: AtDesk) -> None:
    one, secret = with_app(at_desk, "entrance")
    spare = re.findall(r"<code>(\d{8})</code>", one.get(CODES).text)
    assert len(spare) == 10
    for given in [code(secret, 1), *spare[:ROUNDS]]:
        desks = [before_the_second_step(one.url, "entrance") for _ in range(3)]
        answers: list[Answer] = together(*[lambda d=d, c=given: d.post(STEP, code=c) for d in desks])
        assert sorted(a.status for a in answers) == [200, 200, 302], "\n".join(a.text[:500] for a in answers)
        inside = [d for d, a in zip(desks, answers, strict=True) if a.status == 302]
        assert inside[0].get("/konto/").status == 200
    verbs = Event.objects.filter(object_id=served.users["entrance"].pk)
    assert verbs.filter(verb="factor.recovery_used").count() == ROUNDS
    assert verbs.filter(verb="factor.failed").count() == 2 * (ROUNDS + 1)
    _chain_holds(served)


def test_a_double_click_on_new_recovery_codes_leaves_ten_that_work(served: World, at_desk: AtDesk) -> None:
    one, _ = with_app(at_desk, "entrance")
    for _ in range(ROUNDS):
        answers = together(*[lambda: one.post(f"{CODES}neu/")] * 2)
        assert [a.status for a in answers] == [302, 302], (answers[0].text + answers[1].text)[:3000]
        shown = re.findall(r"<code>(\d{8})</code>", one.get(CODES).text)
        held = Authenticator.objects.get(user=served.users["entrance"], type="recovery_codes").wrap()
        assert shown == held.get_unused_codes()
        assert len(shown) == 10
    _chain_holds(served)


def test_two_who_open_the_emergency_login_at_once_have_the_same_hours_and_an_alarm_each(served: World, at_desk: AtDesk) -> None:
    url = at_desk("entrance").url
    for n in range(1, ROUNDS + 1):
        words = identity.new_words()
        name = identity.seal_emergency(actor=served.actor("operator"), at=at(9, n), password=words).login.username
        desks = [Desk(url) for _ in range(2)]
        for one in desks:
            one.get("/anmelden/")
        answers = together(*[lambda d=d, name=name, words=words: d.post("/anmelden/", login=name, password=words) for d in desks])
        assert [a.status for a in answers] == [302, 302]
        assert [d.get("/einrichtung/zugaenge/").status for d in desks] == [200, 200]
        seal = EmergencySeal.objects.get(ended_at=None)
        assert seal.ends_at is not None
        assert seal.used_at is not None
        assert seal.ends_at - seal.used_at == timedelta(hours=identity.EMERGENCY_HOURS)
        assert Event.objects.filter(verb="emergency.used", object_id=seal.pk).count() == 2
        assert Outbox.objects.filter(kind="emergency.alarm").count() == 2 * n
    _chain_holds(served)


def test_a_login_closed_while_somebody_logs_in_leaves_no_session(served: World, at_desk: AtDesk) -> None:
    operator, user = at_desk("operator"), served.users["buyer"]
    act = f"/einrichtung/zugaenge/{user.pk}"
    for _ in range(ROUNDS * 2):
        one = Desk(operator.url)
        one.get("/anmelden/")
        entered, _ = together(
            lambda d=one: d.post("/anmelden/", login="buyer", password=PASSWORD),
            lambda: operator.post(f"{act}/sperren/", op=uuid4()),
        )
        assert entered.status in {302, 400, 403}, entered.text[:2000]
        assert not User.objects.get(pk=user.pk).is_active
        assert one.get("/konto/").status == 302
        assert not LoginSession.objects.filter(user=user).exists()
        accounts.set_login_active(actor=served.actor("operator"), at=at(), user_id=user.pk, active=True)
        assert one.get("/konto/").status == 302, "nor does it come back with the login"
    assert Session.objects.exists(), "the operator is still in"
    _chain_holds(served)
