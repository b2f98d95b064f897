"""The field catalogue for data protection: found, narrowed, taken along; and what it says of benefits holds on the pages."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.test import Client
from django.urls import reverse

from hilfefrei.apps.audit import catalogue as tables
from hilfefrei.apps.intake.models import AnswerSet
from hilfefrei.core import catalogue
from hilfefrei.core.catalogue import NOT_FOR_BENEFITS
from tests.support.reading import whole
from tests.test_permissions import ADDRESSES, TABLE, _url, case
from tests.world import World

PATH = "/datenschutz/felder/"
SHEET = "/datenschutz/felder.xlsx"
Login = Callable[[str], Client]


def text(answer: Any) -> str:
    assert answer.status_code == 200
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def named(answer: Any) -> list[str]:
    """The fields that a page shows; where it counts them by table, those of each table, on the page of it."""
    shown = [f"{group['name']}.{row.field}" for group in answer.context["groups"] for row in group["rows"]]
    if answer.context["table"] is not None:
        return shown
    linked = [unescape(path) for path in re.findall(r'href="(\?[^"]*tabelle=[^"]*)"', answer.content.decode())]
    pages = [answer.client.get(PATH + path) for path in linked]
    assert all(len(page.context["groups"]) == 1 for page in pages)
    return shown + [field for page in pages for field in named(page)]


def test_data_protection_sees_every_field(login: Login) -> None:
    client = login("data_protection")
    assert client.get("/", follow=True).redirect_chain == [("/datenschutz/zugriffe/", 302)]
    answer = client.get(PATH)
    there = [f"{t.label}.{f.name}" for t in tables.tables() for f in t.fields]
    assert set(there) <= set(named(answer))
    words = text(answer) + text(client.get(f"{PATH}?tabelle=people.Person")) + text(client.get(f"{PATH}?q=in den Worten"))
    for part in (
        "Noch nicht fachlich geprüft",
        "Geburtsdatum",
        "§ 67a Abs. 1 Satz 1",
        "Zugriffe: zwölf Monate",
        "in den Worten der Person",
    ):
        assert part in words, part


def test_the_director_reads_it_too_and_keeps_her_own_start(login: Login) -> None:
    client = login("director")
    assert client.get(PATH).status_code == 200
    assert client.get("/", follow=True).redirect_chain != [(PATH, 302)]
    assert PATH in client.get(reverse("shared:profile")).content.decode()
    assert PATH not in login("operator").get(reverse("shared:profile")).content.decode()


def test_the_director_sees_the_house_and_no_person(login: Login, world: World) -> None:
    world.person("Jana", "Silberdistel")
    words = text(login("director").get("/ueberblick/"))
    assert "Leitungsspanne" in words
    assert "ViA-Team" in words
    assert "Silberdistel" not in words
    assert "offene Stellen" in words
    assert login("operator").get("/ueberblick/").status_code == 403


def test_it_is_narrowed_by_zone_class_and_words(login: Login) -> None:
    client = login("data_protection")
    health = client.get(f"{PATH}?zone=health")
    assert "intake.AnswerSet.values.cannot" in named(health)
    assert health.context["groups"], "the few that are found stand there"
    assert {row.zone.key for group in health.context["groups"] for row in group["rows"]} == {"health"}
    special = client.get(f"{PATH}?klasse=special&zone=contact")
    assert "people.Person.contact_hint" in named(special)
    assert {(r.pii.key, r.zone.key) for g in special.context["groups"] for r in g["rows"]} == {("special", "contact")}
    assert named(client.get(f"{PATH}?q=Kölner Phonetik")) == ["people.Person.sound"]
    assert named(client.get(f"{PATH}?q=koelner")) == ["people.Person.sound"], "as one types it"
    assert "people.Person.birth_date" in named(client.get(f"{PATH}?q=people.Person.birth_date"))
    nothing = client.get(f"{PATH}?q=Blutgruppe")
    assert named(nothing) == []
    assert "Kein Feld passt zu dieser Auswahl." in text(nothing)
    assert len(named(client.get(f"{PATH}?zone=x&klasse=y"))) == len(named(client.get(PATH))), "what is unknown narrows nothing"


def test_the_overview_counts_by_table_and_opens_one_at_a_time(login: Login) -> None:
    client = login("director")
    answer = client.get(PATH)
    assert answer.context["groups"] == []
    counted = [t for _, held in answer.context["areas"] for t in held]
    assert sum(len(t["rows"]) for t in counted) == answer.context["count"] == len(named(answer))
    one = client.get(f"{PATH}?tabelle=people.Person")
    assert {row.model for group in one.context["groups"] for row in group["rows"]} == {"Person"}
    assert "Geburtsdatum" in text(one)
    assert "Geburtsdatum" not in text(answer)
    # The neighbours lead through all of them, with the choice kept.
    path, walked = f"{PATH}?tabelle={counted[0]['name']}", 0
    while path:
        page = client.get(path)
        walked += 1
        found = re.search(r'href="([^"]*)" rel="next"', page.content.decode())
        path = PATH + unescape(found[1]) if found else ""
    assert walked == len(counted)
    assert client.get(f"{PATH}?tabelle=people.Nichts").context["groups"] == []
    many = client.get(f"{PATH}?zone=benefits")
    assert many.context["groups"] == []
    assert 'href="?zone=benefits&amp;tabelle=' in many.content.decode()
    assert PATH.replace("felder/", "felder.xlsx") in one.content.decode()


def test_the_sheet_holds_what_the_page_shows(login: Login) -> None:
    client = login("director")
    answer = client.get(f"{SHEET}?zone=health")
    assert answer["Content-Disposition"] == 'attachment; filename="feldkatalog.xlsx"'
    words = whole(answer)
    for row in (row for group in client.get(f"{PATH}?zone=health").context["groups"] for row in group["rows"]):
        assert f"{row.app}.{row.model}.{row.field}" in words
    assert "people.Person.birth_date" not in words
    assert "people.Person.birth_date" in whole(client.get(SHEET))


@pytest.mark.parametrize("who", ["operator", "entrance", "benefits", "staff_council", "controller"])
def test_nobody_else(login: Login, who: str) -> None:
    for path in (PATH, SHEET):
        assert login(who).get(path).status_code == 403, path


def _marked(model: type[models.Model], names: list[str], start: int) -> dict[str, str]:
    """Put a word of its own into every free text of the zone, in every row of the table."""
    marks: dict[str, str] = {}
    for name in names:
        field = model._meta.get_field(name)
        if isinstance(field, models.CharField | models.TextField) and not field.choices and (field.max_length or 99) >= 12:
            marks[f"{model._meta.label}.{name}"] = f"Zaunrebe{start + len(marks):03d}x"
            model._default_manager.update(**{name: marks[f"{model._meta.label}.{name}"]})
    return marks


def test_what_is_not_for_benefits_stands_on_no_page_of_benefits(world: World, client: Client) -> None:
    """The zones of the catalogue are true: marked texts of placement and health reach the entrance and never benefits."""
    given = case(world)
    marks: dict[str, str] = {}
    for label, model in catalogue.load().models.items():
        names = [entry.field for entry in model.entries if entry.zone in NOT_FOR_BENEFITS and "." not in entry.field]
        if names:
            marks |= _marked(apps.get_model(label), names, len(marks))
    assert {"intake.FirstContact.words", "intake.Entry.triage_reason", "intake.Handover.summary", "intake.Leave.words"} <= set(
        marks
    )
    assert AnswerSet.objects.exists()

    def seen_by(who: str) -> set[str]:
        client.force_login(world.users[who])
        texts = []
        for name, _ in ADDRESSES:
            row = TABLE[name]
            if "GET" in row and (row["GET"] == "all" or who in row["GET"].split()):
                for more in ("", "?verlauf=alles", "?form=xlsx&stand=alle")[
                    : 3 if name in {"people:detail", "benefits:list"} else 1
                ]:
                    answer = client.get(_url(name, given) + more)
                    assert answer.status_code in {200, 302, 404}, name
                    texts.append(whole(answer))
        return {name for name, mark in marks.items() if any(mark in text for text in texts)}

    assert seen_by("entrance") >= {
        "intake.Handover.summary",
        "intake.Entry.wish",
        "intake.Promise.text",
        "intake.ShiftNote.text",
        "intake.Fact.what",
    }, "marks can be seen"
    assert seen_by("benefits") == set()
