"""``POST /api/v1/claims``: the same document as the command; a token per machine, a limit on everything, and nothing of it stays."""

import json
import logging
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_scopes import scope, scopes_disabled

from hilfefrei.api import claims as api
from hilfefrei.apps.audit.actor import system
from hilfefrei.apps.audit.errors import Forbidden, Refused
from hilfefrei.apps.audit.models import Event, EventPayload
from hilfefrei.apps.org import machines
from hilfefrei.apps.org.models import ApiAccess
from hilfefrei.core.law import documents
from tests.world import TODAY, World, at, make

URL = "/api/v1/claims"
GOOD = {"id": "h-silberdistel", "as_of": "2026-09-01", "persons": [{"id": "p1", "birth": "1991-04-12", "wage": 450}], "housing": {"rent": 540}}
BAD = GOOD | {"id": "schief", "housing": {"rent": -1}}
Ask = Callable[..., Any]


@pytest.fixture
def token(world: World) -> str:
    cache.clear()
    made = machines.new_token()
    machines.open_access(actor=world.actor("operator"), at=at(8), name="Fachverfahren", token=made)
    return made


@pytest.fixture
def ask(client: Client, token: str) -> Ask:
    def call(content: Any, query: str = "", *, with_token: str = token) -> Any:
        body = content if isinstance(content, (str, bytes)) else json.dumps(content)
        with scope():
            return client.post(URL + query, body, content_type="application/json", headers={"Authorization": f"Bearer {with_token}"})

    return call


def test_the_answer_is_the_document_of_the_command(ask: Ask) -> None:
    answer = ask([GOOD, GOOD])
    assert (answer.status_code, answer.json()) == (200, {"claims": documents.answer([GOOD, GOOD])})
    answer = ask(GOOD, "?steps=1&end_points=1&as_of=2023-05-01")
    assert answer.json() == {"claims": documents.answer(GOOD, day=date(2023, 5, 1), steps=True, end_points=True)}


def test_problems_stand_in_their_entry_and_only_nothing_but_problems_is_422(ask: Ask) -> None:
    answer = ask([GOOD, BAD])
    assert answer.status_code == 200
    assert [entry.get("problems") for entry in answer.json()["claims"]] == [
        None, [{"field": "housing.rent", "reason": "Der Betrag darf nicht unter null liegen."}],
    ]  # fmt: skip
    answer = ask([BAD, BAD])
    assert answer.status_code == 422
    assert [entry["index"] for entry in answer.json()["claims"]] == [0, 1]


@pytest.mark.parametrize(
    ("content", "query", "status", "said"),
    [
        ("{", "", 400, "Zeile 1, Zeichen 2"),
        ("[]", "", 400, "kein Haushalt"),
        (GOOD, "?steps=ja", 400, "steps"),
        (GOOD, "?as_of=gestern", 400, "as_of"),
        (GOOD, "?stpes=1", 400, "stpes"),
        ([GOOD] * 51, "?steps=1", 413, "51 Haushalte, möglich sind 50"),
        ("[" + "1," * 3_000 + "1]", "", 413, "3001 Haushalte, möglich sind 3000"),
        (" " * (api.MOST_BYTES + 1), "", 413, "größer als 4 MB"),
    ],
    ids=lambda one: str(one)[:20],
)
def test_what_cannot_be_asked_is_said_with_what_helps(ask: Ask, content: Any, query: str, status: int, said: str) -> None:
    answer = ask(content, query)
    assert answer.status_code == status
    assert said in answer.json()["fehler"]


def test_more_than_a_form_may_be_is_read(ask: Ask) -> None:
    """Django's own limit for forms is a megabyte."""
    assert ask(json.dumps(GOOD) + " " * 1_500_000).status_code == 200


def test_without_a_token_nobody_asks(client: Client, ask: Ask, world: World) -> None:
    assert client.post(URL, "{}", content_type="application/json").status_code == 401
    for wrong in ("", "x", machines.new_token(), machines.PREFIX):
        answer = ask(GOOD, with_token=wrong)
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert client.get(URL).status_code == 405
    client.force_login(world.users["benefits"])
    assert client.post(URL, json.dumps(GOOD), content_type="application/json").status_code == 401


def test_a_token_in_the_open_is_refused(ask: Ask) -> None:
    with override_settings(SECURE_SSL_REDIRECT=True, SECURE_REDIRECT_EXEMPT=["^api/"]):
        assert ask(GOOD).status_code == 403


def test_a_revoked_token_is_refused_at_once_and_its_name_is_free_again(ask: Ask, world: World) -> None:
    assert ask(GOOD).status_code == 200
    access = ApiAccess.objects.get()
    for _ in range(2):
        machines.revoke_access(actor=world.actor("operator"), at=at(9), access_id=access.pk)
    assert ask(GOOD).status_code == 401
    assert Event.objects.filter(verb="api_access.revoked").count() == 1
    machines.open_access(actor=world.actor("operator"), at=at(9), name="Fachverfahren", token=machines.new_token())


def test_only_its_hash_is_kept(token: str) -> None:
    access = ApiAccess.objects.get()
    assert token not in str(vars(access))
    assert machines.access_of(token) == access
    assert token not in str(list(EventPayload.objects.order_by("pk").values()))


def test_the_day_of_use_is_noted_once_and_nothing_else(ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for _ in range(3):
            assert ask([GOOD, BAD]).status_code == 200
    assert ApiAccess.objects.get().last_used_on == TODAY
    assert Event.objects.filter(verb="api_access.used").count() == 1
    kept = str(list(EventPayload.objects.order_by("pk").values())) + caplog.text
    assert "silberdistel" not in kept
    assert "1991" not in kept


def test_nothing_is_written_from_the_second_question_of_a_day_on(ask: Ask) -> None:
    ask(GOOD)
    with CaptureQueriesContext(connection) as seen:
        ask([GOOD] * 3)
    assert [query["sql"].split()[0] for query in seen.captured_queries] == ["SELECT"]


def test_too_many_questions_in_a_minute_have_to_wait(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "PER_MINUTE", 2)
    assert [ask(GOOD).status_code for _ in range(3)] == [200, 200, 429]
    assert 1 <= int(ask(GOOD)["Retry-After"]) <= 60


def test_each_machine_has_a_measure_of_its_own(ask: Ask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "PER_MINUTE", 1)
    other = machines.new_token()
    machines.open_access(actor=world.actor("operator"), at=at(8), name="Anderes", token=other)
    assert [ask(GOOD).status_code, ask(GOOD).status_code, ask(GOOD, with_token=other).status_code] == [200, 429, 200]


def test_two_jobcenters_know_their_own_machines(ask: Ask, world: World) -> None:
    with scopes_disabled():
        other = make("zwei-", number="99999")
    foreign = machines.new_token()
    with scope(jobcenter=other.id):
        machines.open_access(actor=other.actor("operator"), at=at(8), name="Fachverfahren", token=foreign)
    assert ask(GOOD, with_token=foreign).status_code == 200
    assert ApiAccess.objects.get().last_used_on is None
    with scope(jobcenter=other.id):
        assert ApiAccess.objects.get().last_used_on == TODAY


# --- the verbs


def test_only_the_operator_gives_and_takes(world: World) -> None:
    for who in ("benefits", "controller", "director"):
        with pytest.raises(Forbidden):
            machines.open_access(actor=world.actor(who), at=at(), name="x", token=machines.new_token())
    made = machines.open_access(actor=world.actor("operator"), at=at(), name="x", token=machines.new_token())
    with pytest.raises(Forbidden):
        machines.revoke_access(actor=world.actor("benefits"), at=at(), access_id=made.pk)
    with pytest.raises(Forbidden):
        machines.note_use(actor=world.actor("operator"), at=at(), access_id=made.pk)
    machines.note_use(actor=system(world.id), at=at(), access_id=made.pk)


@pytest.mark.parametrize(("name", "code"), [("  ", "name"), ("x" * 81, "too_long"), ("Fachverfahren", "taken")])
@pytest.mark.usefixtures("token")
def test_a_name_that_says_which(world: World, name: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        machines.open_access(actor=world.actor("operator"), at=at(), name=name, token=machines.new_token())
    assert refused.value.code == code


# --- the page


def test_the_page_shows_the_token_once(world: World, login: Callable[[str], Client]) -> None:
    client, url = login("operator"), reverse("operator:team_api")
    assert "Noch kein Zugang" in client.get(url).content.decode()
    op = "6f3b4a86-61b6-4c7c-8a44-0f6d6b7a2f11"
    shown = client.post(url, {"name": "Fachverfahren", "op": op}).content.decode()
    [token] = [word for word in shown.replace("<", " ").replace(">", " ").split() if word.startswith(machines.PREFIX)]
    assert machines.access_of(token) is not None
    again = client.post(url, {"name": "Fachverfahren", "op": op}, follow=True).content.decode()
    assert "schon gezeigt" in again
    assert token not in again
    assert ApiAccess.objects.count() == 1
    assert client.post(url, {"name": "Fachverfahren"}).status_code == 422
    access = ApiAccess.objects.get()
    told = client.post(reverse("operator:team_api_revoke", args=[access.pk]), follow=True).content.decode()
    assert "ab jetzt abgewiesen" in told
    assert machines.access_of(token) is None
