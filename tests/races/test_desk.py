"""Two people in the same second, on a server of two processes and both databases."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.audit.models import Event
from hilfefrei.apps.benefits.models import Application
from hilfefrei.apps.intake.domain import agreement, conversation
from hilfefrei.apps.intake.models import AnswerSet, Booking, Entry, FirstContact, Handover
from hilfefrei.apps.intake.workflows import HandoverState
from hilfefrei.apps.people.models import Person, Responsibility
from hilfefrei.apps.reporting.models import MonthClosing, MonthFigure
from hilfefrei.apps.vacancies import domain as vacancies
from hilfefrei.apps.vacancies.models import Delivery, Vacancy
from hilfefrei.apps.vacancies.workflows import ImportState
from tests import desk
from tests.apps.reporting.world import build
from tests.support.http import Desk, together
from tests.world import World, at

ROUNDS = 6
AtDesk = Callable[[str], Desk]


def _chain_holds(world: World) -> None:
    assert not audit.verify(world.id).problems
    connection.close()


def test_the_last_seat_is_taken_once(served: World, at_desk: AtDesk) -> None:
    jana, kira = desk.applicant(served), desk.applicant(served, "Kira", "Hainbuche")
    dates = [desk.information(served, days=desk.ahead(n + 1), seats=1) for n in range(ROUNDS)]
    mine, hers = at_desk("entrance"), at_desk("colleague")
    winners = []
    for date in dates:
        first, second = together(
            lambda d=date: mine.post(f"/eingang/gespraech/{jana.pk}/platz/", date=d.pk, op=uuid4()),
            lambda d=date: hers.post(f"/eingang/gespraech/{kira.pk}/platz/", date=d.pk, op=uuid4()),
        )
        assert (first.status, second.status) == (302, 302)
        won = Booking.objects.get(date=date, undone_at=None)
        winners.append(won.entry_id)
        loser = hers if won.entry_id == jana.pk else mine
        assert "gerade vergeben" in loser.get("/konto/").text
    assert Event.objects.filter(verb="seat.booked").count() == ROUNDS
    _chain_holds(served)


def test_a_double_click_is_one_act(served: World, at_desk: AtDesk) -> None:
    mine = at_desk("entrance")
    for n in range(ROUNDS):
        form = {
            "op": uuid4(), "channel": "in_person", "contact_day": "24.11.2026", "contact_time": "08:07", "advance": "yes",
            "wishes": ["money", "work"], "name": f"Silke Hainbuche{'n' * n}", "birth_date": f"01.04.{1940 + 11 * n}", "urgent": ["no_money"], "language": "de",
        }  # fmt: skip
        first, second = together(*[lambda f=form: mine.post("/eingang/erstkontakt/", **f)] * 2)
        assert (first.status, second.status) == (302, 302), (first.text + second.text)[:3000]
        assert first.location == second.location
    assert FirstContact.objects.count() == Application.objects.count() == Entry.objects.count() == Person.objects.count() == ROUNDS
    assert Event.objects.filter(verb="application.recorded").count() == ROUNDS
    _chain_holds(served)


def test_of_two_who_take_somebody_over_one_reads_who_was_first(served: World, at_desk: AtDesk) -> None:
    mine, hers = at_desk("entrance"), at_desk("colleague")
    names = {served.users["entrance"].pk: "Nele Eisvogel", served.users["colleague"].pk: "Mira Sperling"}
    for n in range(ROUNDS):
        entry = desk.applicant(served, "Jana", f"Silberdistel{'n' * n}")
        path = f"/eingang/weg/{entry.pk}/uebernehmen/"
        together(lambda p=path: mine.post(p, op=uuid4()), lambda p=path: hers.post(p, op=uuid4()))
        taken = Entry.objects.get(pk=entry.pk).taken_by_id
        assert taken in names
        loser = hers if taken == served.users["entrance"].pk else mine
        assert f"{names[taken]} hat diese Person gerade übernommen" in loser.get("/konto/").text
    assert Event.objects.filter(verb="entry.taken").count() == ROUNDS


def test_of_two_who_change_the_same_answers_one_sees_both_values(served: World, at_desk: AtDesk) -> None:
    mine, hers = at_desk("entrance"), at_desk("colleague")
    entry = desk.talking(served)
    desk.answer(served, entry, "work")
    path = f"/eingang/gespraech/{entry.pk}/antworten/work/"
    said = {"last": "Verkäuferin", "alg": "no", "training": "vocational"}
    for n in range(ROUNDS):
        version = AnswerSet.objects.get(entry=entry, group="work", superseded_at=None).version
        answers = together(
            lambda v=version, n=n: mine.post(path, wanted=f"Köchin {n}", op=uuid4(), version=v, **said),
            lambda v=version, n=n: hers.post(path, wanted=f"Bäckerin {n}", op=uuid4(), version=v, **said),
        )
        assert sorted(a.status for a in answers) == [302, 422]
        kept = AnswerSet.objects.get(entry=entry, group="work", superseded_at=None)
        assert kept.version == version + 1
        lost = next(a.text for a in answers if a.status == 422)
        assert f"Köchin {n}" in lost
        assert f"Bäckerin {n}" in lost
    # What was said before stays readable.
    assert AnswerSet.objects.filter(entry=entry, group="work").count() == ROUNDS + 1


def test_a_handover_is_accepted_once(served: World, at_desk: AtDesk) -> None:
    windows = at_desk("case_manager"), at_desk("case_manager")
    for n in range(ROUNDS):
        entry = desk.talking(served, desk.applicant(served, "Jana", f"Silberdistel{'n' * n}"))
        conversation.finish_talk(
            actor=served.actor(), at=at(9, 30), entry_id=entry.pk, next_step="Anruf", next_step_at=at(10, days=2),
            next_step_by_id=served.users["entrance"].pk,
        )  # fmt: skip
        sent = agreement.send_handover(
            actor=served.actor(), at=at(9, 31), entry_id=entry.pk, team_id=served.teams["placement"].pk,
            user_id=served.users["case_manager"].pk, summary="Sucht Lagerarbeit.", reason="Regel",
        )  # fmt: skip
        together(*[lambda w=w, s=sent: w.post(f"/uebergaben/{s.pk}/annehmen/", op=uuid4()) for w in windows])
        assert Handover.objects.get(pk=sent.pk).state == HandoverState.ACCEPTED
        assert Responsibility.objects.filter(person=entry.person, kind="integration", valid_to=None).count() == 1
    assert Event.objects.filter(verb="handover.accepted").count() == ROUNDS
    _chain_holds(served)


def test_a_delivery_is_applied_once(served: World, at_desk: AtDesk) -> None:
    windows = at_desk("operator"), at_desk("employer_service")
    lines = [f"Lagerhelfer {n};Osterode;37520;nr-{n}" for n in range(60)]
    for n in range(3):
        content = "\n".join(["title;place;plz;reference", *lines, f"Köchin {n};Osterode;37520;k-{n}"]).encode()
        delivery = vacancies.stage_delivery(actor=served.actor("operator"), at=at(8) + timedelta(minutes=n), file_name="stellen.csv", content=content)
        assert delivery.state == ImportState.STAGED
        path = f"/stellen/lieferungen/{delivery.pk}/uebernehmen/"
        together(*[lambda w=w, d=delivery, p=path: w.post(p, op=uuid4(), version=d.version) for w in windows])
        assert Delivery.objects.get(pk=delivery.pk).state == ImportState.APPLIED
        assert Vacancy.objects.count() == 61 + n
    assert Event.objects.filter(verb="delivery.applied").count() == 3
    _chain_holds(served)


@pytest.mark.timeout(300)
def test_a_month_is_closed_once_and_the_other_reads_by_whom(served: World, at_desk: AtDesk) -> None:
    build(served, 5)
    windows = at_desk("controller"), at_desk("controller")
    for month in ("2026-09", "2026-10"):
        answers = together(*[lambda w=w, m=month: w.post("/monat/abschliessen/", monat=m, op=uuid4()) for w in windows])
        assert sorted(a.status for a in answers) == [302, 422]
        assert "ist schon abgeschlossen: Uta Zaunkoenig" in next(a.text for a in answers if a.status == 422)
    kept = MonthFigure.objects.all()
    assert kept.count() == kept.values("closing", "code", "part").distinct().count() > 0
    assert Event.objects.filter(verb="month.closed").count() == MonthClosing.objects.count() == 2
    _chain_holds(served)
