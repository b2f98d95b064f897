"""The estimate in the talk, with the proposals and in "then I leave it": a band in plain words, its inputs kept nowhere."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from hilfefrei.apps.audit.models import EventPayload
from hilfefrei.apps.intake.domain import household
from hilfefrei.apps.intake.models import AnswerSet, Entry, Leave
from hilfefrei.apps.people.workflows import MemberRole
from hilfefrei.core.law import UnknownDayError
from hilfefrei.www import estimating
from tests import desk
from tests.world import World, at
from tests.www.test_leave import given
from tests.www.test_talk import text, url

Login = Callable[[str], Client]
ALONE = {"care": ["none"], "alone": "no", "rent": 50_000, "income": ["none"]}


def told(client: Client, entry: Entry, **values: Any) -> Any:
    return client.post(url(entry, "schaetzung/"), {"op": str(uuid4()), **values})


def panel(page: str) -> str:
    """What stands in the panel of the estimate."""
    start = page.index("zustehen könnte Schätzung")
    return page[start : page.index("Grundsicherungsgeld, Recht vom", start)]


def test_the_estimate_comes_with_the_answers_about_money(login: Login, world: World) -> None:
    entry = desk.talking(world)
    desk.answer(world, entry, "work", "time", "health", "way", **ALONE)
    client = login("entrance")
    assert "zustehen könnte" not in text(client.get(url(entry)))
    desk.answer(world, entry, "money", **ALONE)
    page = panel(text(client.get(url(entry))))
    # Alone or with a partner: 506 each for two; the rent is known.
    assert "im Monat davon 500 € für die Wohnung" in page
    assert "Genauer wird es, wenn wir wissen: ob Sie mit Partnerin oder Partner leben." in page
    assert "vom eigenen Einkommen" in page
    told(client, entry, partner="no")
    page = panel(text(client.get(url(entry))))
    assert "etwa 1.060 bis 1.080 € im Monat davon 500 € für die Wohnung" in page
    assert "Genauer" not in page


def test_what_is_said_only_for_the_estimate_is_stored_nowhere(login: Login, world: World) -> None:
    entry = desk.talking(world)
    desk.answer(world, entry, **(ALONE | {"income": ["wage"]}))
    client = login("entrance")
    before = (AnswerSet.objects.count(), EventPayload.objects.count())
    answer = told(client, entry, partner="no", wage="1.234,56")
    assert (answer.status_code, answer.url) == (302, url(entry) + "#schaetzung")
    assert (AnswerSet.objects.count(), EventPayload.objects.count()) == before
    cookie = client.cookies[settings.HILFEFREI_ESTIMATE_COOKIE]
    assert "1234" not in cookie.value
    assert "123456" not in cookie.value
    assert (cookie["httponly"], cookie["max-age"]) == (True, estimating.HOUR)
    assert not any("123456" in str(value) for value in client.session.values())
    page = client.get(url(entry)).content.decode()
    assert 'value="1.234,56"' in page
    # Another person at the same desk, and another worker at the same screen: nothing of it is there.
    other = desk.talking(world, desk.applicant(world, "Emre", "Wiesenklee"))
    desk.answer(world, other, **(ALONE | {"income": ["wage"]}))
    assert 'value="1.234,56"' not in client.get(url(other)).content.decode()
    colleague = login("colleague")
    colleague.cookies[settings.HILFEFREI_ESTIMATE_COOKIE] = cookie.value
    assert 'value="1.234,56"' not in colleague.get(url(entry)).content.decode()


@pytest.mark.parametrize("bad", ["", "unsinn", "gAAAAABm", "x" * 5000])
def test_a_foreign_cookie_is_no_answer(login: Login, world: World, bad: str) -> None:
    entry = desk.talking(world)
    desk.answer(world, entry, **ALONE)
    client = login("entrance")
    client.cookies[settings.HILFEFREI_ESTIMATE_COOKIE] = bad
    assert client.get(url(entry)).status_code == 200


def test_the_inputs_end_with_the_talk_and_by_hand(login: Login, world: World) -> None:
    entry = desk.talking(world)
    desk.answer(world, entry, **ALONE)
    client = login("entrance")
    told(client, entry, partner="no")
    told(client, entry, partner="no", forget="1")
    assert client.cookies[settings.HILFEFREI_ESTIMATE_COOKIE].value == ""
    told(client, entry, partner="no")
    assert client.cookies[settings.HILFEFREI_ESTIMATE_COOKIE].value
    client.post(url(entry, "abbrechen/"), {"op": str(uuid4())})
    assert client.cookies[settings.HILFEFREI_ESTIMATE_COOKIE].value == ""


@pytest.mark.parametrize("htmx", [False, True])
def test_an_amount_that_is_none_is_said_and_what_was_typed_stays(login: Login, world: World, *, htmx: bool) -> None:
    entry = desk.talking(world)
    desk.answer(world, entry, **(ALONE | {"income": ["wage"]}))
    client = login("entrance")
    headers = {"HX-Request": "true"} if htmx else {}
    answer = client.post(url(entry, "schaetzung/"), {"op": str(uuid4()), "wage": "viel", "other": "20"}, headers=headers)
    assert answer.status_code == (200 if htmx else 422)
    assert "„viel“ ist kein Betrag." in text(answer)
    assert 'value="20"' in answer.content.decode()


def test_what_the_talk_knows_is_not_asked_again(login: Login, world: World) -> None:
    entry = desk.talking(world)
    household.join(
        actor=world.actor(), at=at(), person_id=entry.person_id, role=MemberRole.PARTNER, first_name="Piet", birth_date=date(1990, 2, 2)
    )
    desk.answer(world, entry, **(ALONE | {"income": ["wage"]}))
    form = login("entrance").get(url(entry)).context["estimate"].form
    assert set(form.fields) - {"op", "version"} == {"wage", "partner_wage"}


def test_children_of_the_household_count_with_their_age(login: Login, world: World) -> None:
    entry = desk.talking(world)
    household.join(actor=world.actor(), at=at(), person_id=entry.person_id, role=MemberRole.CHILD, first_name="Mio", birth_date=date(2021, 3, 3))
    desk.answer(world, entry, **(ALONE | {"care": ["child"], "alone": "yes", "rent": 60_000, "income": ["child_benefit"]}))
    found = login("entrance").get(url(entry)).context["estimate"].found
    # Standard need and 36 % of it, the child less its child benefit, the immediate supplement, the rent.
    assert found.claim.low == 56_300 + 20_268 + 35_700 - 25_900 + 2_500 + 60_000
    assert found.missing == ()


def test_each_proposal_says_what_it_would_change(login: Login, world: World) -> None:
    entry = desk.talking(world)
    desk.five_vacancies(world)
    desk.vacancy(world, "Verkäuferin ohne Lohn", wage_unit="", wage_low_cents=None, wage_high_cents=None, month_low_cents=None, month_high_cents=None)
    client = login("entrance")
    desk.answer(world, entry, **ALONE)
    told(client, entry, partner="no")
    answer = client.get(url(entry))
    words = [offer.effect.words for offer in answer.context["offers"]]
    assert any(word.startswith("Mit dieser Stelle") for word in words)
    assert "Was bleibt, ist geschätzt, kein Bescheid." in text(answer)
    listed = client.get(reverse("jobs:list") + f"?entry={entry.pk}")
    assert all(line.offer.effect is not None for line in listed.context["lines"])
    shown = [line.offer.effect.short for line in listed.context["lines"] if line.row.title == "Verkäuferin ohne Lohn"]
    assert shown == ["ohne Lohnangabe"]
    assert "ohne Lohnangabe" in text(listed)


def test_without_the_law_of_the_day_nothing_is_guessed(login: Login, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise UnknownDayError("2031")

    entry = desk.talking(world)
    desk.answer(world, entry, **ALONE)
    monkeypatch.setattr(estimating, "estimate", refuse)
    client = login("entrance")
    assert "zustehen könnte" not in text(client.get(url(entry)))
    page = client.get(url(entry, "ohne-antrag/"))
    assert "Schätzung fehlt" in text(page)
    client.post(url(entry, "ohne-antrag/"), given(shown=page.context["form"]["shown"].value()))
    assert Leave.objects.get().estimate_cents is None


# --- then I leave it
def test_who_leaves_sees_the_estimate_and_exactly_this_is_kept(login: Login, world: World) -> None:
    entry = desk.talking(world)
    desk.answer(world, entry, **ALONE)
    client = login("entrance")
    told(client, entry, partner="no")
    page = client.get(url(entry, "ohne-antrag/"))
    assert "etwa 1.060 bis 1.080 € im Monat davon 500 € für die Wohnung" in text(page)
    assert "Ohne Antrag bekommen Sie davon nichts." in text(page)
    done = client.post(url(entry, "ohne-antrag/"), given(shown=page.context["form"]["shown"].value()), follow=True)
    made = Leave.objects.get()
    assert (made.estimate_cents, made.estimate_high_cents) == (106_000, 108_000)
    assert (made.estimate_law, made.estimate_on) == ("grundsicherungsgeld", date(2026, 11, 24))
    assert "1.060 bis 1.080 € im Monat, Recht vom 24.11.2026" in text(done)


def test_an_estimate_that_changed_meanwhile_is_shown_before_it_is_kept(login: Login, world: World) -> None:
    entry = desk.talking(world)
    desk.answer(world, entry, **ALONE)
    client = login("entrance")
    old = client.get(url(entry, "ohne-antrag/")).context["form"]["shown"].value()
    told(client, entry, partner="no")
    answer = client.post(url(entry, "ohne-antrag/"), given(shown=old))
    assert answer.status_code == 422
    assert "Die Schätzung hat sich inzwischen geändert." in text(answer)
    assert "Ich fange am 1. Dezember an." in answer.content.decode()
    assert not Leave.objects.exists()
    new = re.search(r'name="shown" value="([^"]+)"', answer.content.decode())
    assert new
    assert new[1] != old
    assert client.post(url(entry, "ohne-antrag/"), given(shown=new[1])).status_code == 302


def test_also_without_any_answer_something_is_shown(login: Login, world: World) -> None:
    page = text(login("entrance").get(url(desk.applicant(world), "ohne-antrag/")))
    assert "und dazu die Wohnung, soweit angemessen" in page
    assert "Genauer wird es, wenn wir wissen:" in page
