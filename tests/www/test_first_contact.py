"""The first minute on the page: nothing typed is lost, one post makes everything, and a mistake is put right."""

import re
from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from pypdf import PdfReader

from hilfefrei.apps.audit.models import AccessEvent
from hilfefrei.apps.benefits.models import Application, UrgentReport
from hilfefrei.apps.intake.models import Entry, FirstContact
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people.models import Person
from hilfefrei.apps.people.workflows import NumberKind, RestrictionKind
from tests import desk
from tests.world import World, at

Login = Callable[[str], Client]
URL = "/eingang/erstkontakt/"


def words(answer: Any) -> str:
    """The text of a page as somebody reads it."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())).replace("&amp;", "&")


def given(**changed: Any) -> dict[str, Any]:
    return {
        "op": str(uuid4()), "channel": "in_person", "contact_day": "24.11.2026", "contact_time": "8:07", "time_source": "Zettel vom Empfang",
        "wishes": ["money", "work"], "words": "Mein Mann ist ausgezogen.", "urgent": [], "advance": "ask", "name": "Wiebke Hainbuche",
        "birth_date": "14.6.1989", "language": "de", "step": "save",
    } | changed  # fmt: skip


def again(answer: Any, **changed: Any) -> dict[str, Any]:
    """What the shown form posts with the next press."""
    hidden = dict(re.findall(r'name="(op|asked|asked_child|person)" value="([^"]*)"', answer.content.decode()))
    return given(**changed) | hidden


def test_the_page_opens_with_now_and_says_that_there_is_no_application_yet(login: Login, world: World) -> None:
    page = login("entrance").get(URL)
    assert 'name="contact_day" value="24.11.2026"' in page.content.decode()
    assert 'name="contact_time" value="09:42"' in page.content.decode()
    assert "Noch kein Antrag." in words(page)
    assert re.findall(r"kern-btn--primary[^>]*>.*?kern-label\">([^<]*)", page.content.decode()) == ["Erfassen"]


def test_one_post_and_the_receipt_is_one_click_away(login: Login, world: World) -> None:
    client = login("entrance")
    answer = client.post(URL, given(urgent=["no_money"], advance="yes", money_until="24.11.2026", safe_phone="0171 39200 61"))
    contact = FirstContact.objects.get()
    assert answer.url == f"{URL}{contact.pk}/"
    assert (contact.person.full_name, contact.contact_at, contact.entered_at) == ("Wiebke Hainbuche", at(8, 7), at(9, 42))
    # Who records has not taken the person over: the colleague at the next desk may speak first.
    assert Entry.objects.get().taken_by_id is None
    assert set(UrgentReport.objects.values_list("kind", flat=True)) == {"no_money", "advance"}
    page = client.get(answer.url)
    assert "Antrag gestellt: Di 24.11.2026, 08:07 Uhr" in words(page)
    assert "noch nicht bestätigt" in words(page)
    assert "Wiebke" not in page.content.decode().split("<title>")[1].split("</title>")[0]
    receipt = client.get(f"/eingang/antrag/{contact.application_id}/bestaetigung.pdf")
    text = "".join(p.extract_text() for p in PdfReader(BytesIO(receipt.content)).pages)
    assert "08:07" in text
    # It can be found at home: no number, no address, no reason.
    assert "39200 61" not in text
    assert "ausgezogen" not in text
    # To open it is not to hand it out, whoever does; the press on "drucken" is.
    login("benefits").get(f"/eingang/antrag/{contact.application_id}/bestaetigung.pdf")
    assert Application.objects.get().receipt_at is None
    press = f"/eingang/antrag/{contact.application_id}/bestaetigung/mitgeben/"
    for who in ("benefits", "via_lead"):
        assert login(who).post(press).status_code == 403
    assert f'action="{press}"' in login("entrance").get(f"{URL}{contact.pk}/").content.decode()
    assert client.post(press).url == f"/eingang/antrag/{contact.application_id}/bestaetigung.pdf"
    assert Application.objects.get().receipt_at == at(9, 42)
    assert AccessEvent.objects.filter(page="entrance:receipt", person_ids=[str(contact.person_id)]).count() == 2


def test_a_double_click_makes_one(login: Login, world: World) -> None:
    client, post = login("entrance"), given()
    assert client.post(URL, post).url == client.post(URL, post).url
    assert (Person.objects.count(), Application.objects.count()) == (1, 1)


def test_late_entry_keeps_both_times(login: Login, world: World) -> None:
    login("entrance").post(URL, given(contact_day="20.11.2026", contact_time="1105", channel="letter", time_source="Eingangsstempel"))
    application = Application.objects.get()
    assert (application.asked_at, application.recorded_at, application.channel) == (at(11, 5, days=-4), at(9, 42), "letter")
    assert Entry.objects.get().since == at(11, 5, days=-4)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"contact_day": "25.11.2026"}, "liegt in der Zukunft"),
        ({"contact_time": "9:43"}, "läge in der Zukunft"),
        ({"contact_day": "31.2.2026"}, "gibt es nicht"),
        ({"contact_time": "25:00"}, "Uhrzeit"),
        ({"birth_date": "14.6.2031"}, "Zukunft"),
        ({"birth_date": "31.2.1989"}, "gibt es nicht"),
        ({"wishes": []}, "Bitte wählen Sie, was die Person möchte."),
        ({"wishes": ["lottery"]}, "Auswahl"),
        ({"channel": ""}, "wählen Sie"),
        ({"money_until": "40.11.2026"}, "gibt es nicht"),
        ({"urgent": ["no_money"], "money_until": "24.11.2025"}, "„Geld reicht bis“ liegt höchstens einen Monat zurück"),
    ],
)
def test_bad_input_is_said_plainly_and_nothing_typed_is_lost(login: Login, world: World, bad: dict[str, Any], said: str) -> None:
    answer = login("entrance").post(URL, given(**bad))
    assert answer.status_code == 422
    assert said in words(answer)
    body = answer.content.decode()
    assert "Mein Mann ist ausgezogen." in body
    assert 'value="Wiebke Hainbuche"' in body
    assert not FirstContact.objects.exists()
    assert not Person.objects.exists()


def test_a_refused_post_can_be_sent_again(login: Login, world: World) -> None:
    client = login("entrance")
    answer = client.post(URL, given(contact_time="9:43"))
    op = re.search(r'name="op" value="([^"]+)"', answer.content.decode())
    assert op
    assert client.post(URL, given(op=op.group(1))).status_code == 302
    assert FirstContact.objects.count() == 1


def test_a_typed_reason_does_not_undo_the_wish_for_money(login: Login, world: World) -> None:
    client = login("entrance")
    refused = client.post(URL, given(no_application_reason="hat Vermögen"))
    assert refused.status_code == 422
    assert "hat damit den Antrag gestellt" in words(refused)
    assert 'value="hat Vermögen"' in refused.content.decode()
    assert not FirstContact.objects.exists()


def test_no_money_in_a_running_benefit_says_what_happens(login: Login, world: World) -> None:
    entry = desk.applicant(world)
    client = login("entrance")
    post = given(person=str(entry.person_id), wishes=["other"], urgent=["no_money"])
    panel = words(client.post(URL, post | {"step": "panel"}, headers={"HX-Request": "true"}))
    assert "Die Not geht sofort an die Leistungsstelle. Ein Antrag vom Di 24.11.2026 ist noch offen." in panel
    client.post(URL, post)
    assert Application.objects.count() == 1
    assert UrgentReport.objects.get().kind == "no_money"


def test_who_only_asked_is_told_so_and_it_may_have_been_an_application_after_all(login: Login, world: World) -> None:
    client = login("entrance")
    page = client.post(URL, given(wishes=["information"]), follow=True)
    contact, entry = FirstContact.objects.get(), Entry.objects.get()
    assert "Der Antrag läuft" not in words(page)
    assert "War doch ein Antrag?" in words(page)
    assert "schon beim ersten Kontakt (Di 24.11.2026, 08:07 Uhr)" in words(page)
    post = {"op": str(uuid4()), "when": "contact", "contact": str(contact.pk), "next": f"{URL}{contact.pk}/"}
    assert client.post(f"/eingang/gespraech/{entry.pk}/antrag/", post | {"contact": str(uuid4())}).status_code == 404
    done = client.post(f"/eingang/gespraech/{entry.pk}/antrag/", post, follow=True)
    assert Application.objects.get().asked_at == at(8, 7)
    assert "Antrag gestellt: Di 24.11.2026, 08:07 Uhr" in words(done)
    assert "Der Antrag läuft" in words(done)


def test_the_recorded_page_says_that_no_money_was_the_wish(login: Login, world: World) -> None:
    page = words(login("entrance").post(URL, given(wishes=["work"], urgent=["no_money"]), follow=True))
    assert "„Kein Geld“ oder ein gewünschter Vorschuss ist ein Wunsch nach Geld." in page
    assert "Der Antrag läuft" in page


def test_what_was_asked_now_counts_from_now(login: Login, world: World) -> None:
    client = login("entrance")
    client.post(URL, given(wishes=["information"]))
    contact, entry = FirstContact.objects.get(), Entry.objects.get()
    client.post(f"/eingang/gespraech/{entry.pk}/antrag/", {"op": str(uuid4()), "when": "now", "contact": str(contact.pk)})
    assert Application.objects.get().asked_at == at(9, 42)


# ---- searching beside
def test_searching_and_choosing_keep_what_was_typed(login: Login, world: World) -> None:
    person = world.person("Wiebke", "Hainbuche", birth_date=date(1989, 6, 14))
    client = login("entrance")
    found = client.post(URL, given(step="search", urgent=["no_roof"], name="Hainbuche, Wibke"))
    body = found.content.decode()
    assert f'value="pick:{person.pk}"' in body
    assert "Mein Mann ist ausgezogen." in body
    assert re.search(r'name="urgent" value="no_roof"[^>]* checked', body)
    chosen = client.post(URL, given(step=f"pick:{person.pk}"))
    assert "gewählt" in words(chosen)
    assert f'name="person" value="{person.pk}"' in chosen.content.decode()
    dropped = client.post(URL, given(step="drop", person=str(person.pk)))
    assert f'name="person" value="{person.pk}"' not in dropped.content.decode()
    assert not FirstContact.objects.exists()
    client.post(URL, given(person=str(person.pk)))
    assert FirstContact.objects.get().person_id == person.pk
    assert Person.objects.count() == 1


def test_the_live_parts_come_alone_and_only_searching_is_logged(login: Login, world: World) -> None:
    world.person("Wiebke", "Hainbuche")
    client = login("entrance")
    panel = client.post(URL, given(step="panel"), headers={"HX-Request": "true"})
    assert "<html" not in panel.content.decode()
    assert "Antrag gestellt: Di 24.11.2026, 08:07 Uhr, persönlich" in words(panel)
    assert "Gilt ab 01.11.2026" in words(panel)
    only_asked = client.post(URL, given(step="panel", wishes=["information"]), headers={"HX-Request": "true"})
    assert "Noch kein Antrag." in words(only_asked)
    for need in ({"no_application_reason": "hat Vermögen"}, {"wishes": ["work"], "urgent": ["no_money"]}, {"wishes": ["work"], "advance": "yes"}):
        assert "Antrag gestellt: Di 24.11.2026, 08:07 Uhr" in words(client.post(URL, given(step="panel", **need), headers={"HX-Request": "true"}))
    assert "Antrag gestellt Gilt ab dem Ersten" in words(client.post(URL, given(step="panel", contact_day="31.2."), headers={"HX-Request": "true"}))
    assert not AccessEvent.objects.filter(kind="search").exists()
    hits = client.post(URL, given(step="search"), headers={"HX-Request": "true"})
    assert "<html" not in hits.content.decode()
    assert "Wiebke Hainbuche" in words(hits)
    assert AccessEvent.objects.filter(kind="search", page="entrance:first_contact").count() == 1


def test_a_hit_shows_no_address_and_no_phone(login: Login, world: World) -> None:
    entry = desk.applicant(world, "Wiebke", "Hainbuche", birth=date(1989, 6, 14))
    people.set_channel(
        actor=world.actor(), at=at(8, 0), person_id=entry.person_id, kind="phone", value="0171 39200 22", valid_from=date(2026, 11, 1)
    )
    seen = words(login("entrance").post(URL, given(step="search"), headers={"HX-Request": "true"}))
    assert "Herzberg" in seen
    assert "Lange Straße" not in seen
    assert "39200 22" not in seen


def test_a_protected_person_gives_a_hint_on_exact_name_and_birth_only(login: Login, world: World) -> None:
    person = world.person("Vera", "Tollkirsche", birth_date=date(1990, 1, 2))
    people.restrict(
        actor=world.actor("colleague"), at=at(8, 0), person_id=person.pk, kind=RestrictionKind.PROTECTED, ask="Schutzstelle", phone="0171 39200 60",
        user_ids=[world.users["colleague"].pk],
    )  # fmt: skip
    client = login("entrance")
    vague = client.post(URL, given(step="search", name="Tollkirsche", birth_date=""), headers={"HX-Request": "true"})
    assert "Schutzstelle" not in words(vague)
    assert str(person.pk) not in vague.content.decode()
    exact = client.post(URL, given(step="search", name="Vera Tollkirsche", birth_date="2.1.1990"), headers={"HX-Request": "true"})
    assert "Schutzstelle" in words(exact)
    assert "0171 39200 60" in words(exact)
    assert str(person.pk) not in exact.content.decode()
    asked = client.post(URL, given(name="Vera Tollkirsche", birth_date="2.1.1990"))
    assert asked.status_code == 422
    assert "Schutzstelle" in words(asked)
    assert str(person.pk) not in asked.content.decode()
    # Taken down all the same, and closed like the file it may belong to, until somebody named has looked.
    taken = client.post(URL, again(asked, name="Vera Tollkirsche", birth_date="2.1.1990", safe_phone="0171 39200 61"), follow=True)
    made = Person.objects.exclude(pk=person.pk).get()
    number = Application.objects.get(applicant=made).reference
    assert f"Antrag gestellt Di 24.11.2026, 08:07 Uhr, Nummer {number}." in words(taken)
    assert f"Geschützter Fall, Nr. {made.callsign}: fragen Sie Schutzstelle" in words(taken)
    assert "Tollkirsche" not in taken.content.decode()
    assert made.safe_contact
    assert client.get(f"/personen/{made.pk}/").status_code == 404
    # Who is named sees it, and decides.
    named = login("colleague")
    assert "Tollkirsche" in words(named.get(f"/personen/{made.pk}/"))
    people.lift_restriction(actor=world.actor("colleague"), at=at(9, 43), restriction_id=made.restrictions.get().pk)
    assert login("entrance").get(f"/personen/{made.pk}/").status_code == 200


def test_somebody_in_benefit_is_said_before_and_the_wish_is_not_lost(login: Login, world: World) -> None:
    entry = desk.applicant(world)
    client = login("entrance")
    chosen = client.post(URL, given(step=f"pick:{entry.person_id}", name="Jana Silberdistel"))
    assert "Ein Antrag vom Di 24.11.2026 ist noch offen." in words(chosen)
    refused = client.post(URL, given(person=str(entry.person_id)))
    assert refused.status_code == 422
    assert "trotzdem neuer Antrag" in words(refused)
    assert Application.objects.count() == 1
    client.post(URL, given(person=str(entry.person_id), anyway="on"))
    assert Application.objects.count() == 2
    assert Entry.objects.count() == 1


def test_a_letter_that_is_older_than_the_open_application_is_offered_as_the_one_that_counts(login: Login, world: World) -> None:
    entry = desk.applicant(world)
    client = login("entrance")
    letter = given(person=str(entry.person_id), contact_day="30.10.2026", channel="letter", time_source="Eingangsstempel")
    asked = client.post(URL, letter)
    assert asked.status_code == 422
    assert "Dieser ist vom Fr 30.10.2026, also früher: Von zwei offenen Anträgen zählt der frühere Tag." in words(asked)
    assert "früheren Antrag aufnehmen" in words(asked)
    assert "trotzdem neuer Antrag" not in words(asked)
    client.post(URL, letter | {"anyway": "on"})
    assert re.search(r"wirkt ab (\w\w )?01\.10\.", words(client.get(f"/eingang/gespraech/{entry.pk}/")))
    # Somebody who said only that there is no money said it in time as well.
    panel = words(client.post(URL, letter | {"wishes": ["information"], "urgent": ["no_money"], "contact_day": "29.9.2026", "step": "panel"}))
    assert "Gilt ab" in panel


def test_an_unknown_and_a_protected_person_are_refused_in_the_same_words(login: Login, world: World) -> None:
    shut = desk.applicant(world, "Vera", "Tollkirsche").person
    people.restrict(actor=world.actor("colleague"), at=at(8, 0), person_id=shut.pk, kind=RestrictionKind.PROTECTED, ask="Schutzstelle")
    client = login("entrance")
    for person_id in (uuid4(), shut.pk):
        answer = client.post(URL, given(person=str(person_id)))
        assert answer.status_code == 422
        seen = words(answer)
        assert "Diesen Eintrag gibt es hier nicht." in seen
        assert "noch offen" not in seen
        assert "Tollkirsche" not in seen
        assert str(person_id) not in answer.content.decode()
    assert Application.objects.count() == 1
    assert client.post(URL, given()).status_code == 302
    contact = FirstContact.objects.latest("entered_at")
    url = f"{URL}{contact.pk}/berichtigen/"
    for person_id in (uuid4(), shut.pk):
        answer = client.post(
            url, {"op": str(uuid4()), "person": str(person_id), "reason": "Zwilling"}, headers={"Referer": f"http://testserver{url}"}, follow=True
        )
        assert "Diesen Eintrag gibt es hier nicht." in words(answer)
        assert FirstContact.objects.get(pk=contact.pk).person_id == contact.person_id


# ---- search before create
@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ({}, {}),
        ({"name": "hainbuche,  WIEBKE"}, {}),
        ({"birth_date": ""}, {}),
        ({}, {"birth_date": None}),
        ({"name": "Nummer 1", "birth_date": ""}, {}),
    ],
    ids=["exact", "folded", "name alone", "birth date not known", "number"],
)
def test_nobody_is_made_twice_without_a_question(login: Login, world: World, typed: dict[str, Any], known: dict[str, Any]) -> None:
    person = world.person("Wiebke", "Hainbuche", **{"birth_date": date(1989, 6, 14)} | known)
    client = login("entrance")
    if "Nummer" in typed.get("name", ""):
        typed = typed | {"name": f"Nummer {person.callsign}"}
    asked = client.post(URL, given(urgent=["no_roof"], **typed))
    assert asked.status_code == 422
    assert not FirstContact.objects.exists()
    body = asked.content.decode()
    assert "Vielleicht gibt es diese Person schon." in words(asked)
    assert f'value="pick:{person.pk}"' in body
    assert "Niemand davon, neu anlegen" in words(asked)
    # Nothing is lost, and the search is on record.
    assert "Mein Mann ist ausgezogen." in body
    assert re.search(r'name="urgent" value="no_roof"[^>]* checked', body)
    assert AccessEvent.objects.get(kind="search").person_ids == [str(person.pk)]
    assert client.post(URL, again(asked, **typed)).status_code == 302
    assert Person.objects.count() == 2
    assert Person.objects.exclude(pk=person.pk).get().last_name in {"", "Hainbuche", "hainbuche"}


def test_the_question_comes_anew_for_another_name_and_the_answer_may_be_yes(login: Login, world: World) -> None:
    person = world.person("Wiebke", "Hainbuche", birth_date=date(1989, 6, 14))
    world.person("Bert", "Ackerwinde")
    client = login("entrance")
    asked = client.post(URL, given())
    other = client.post(URL, again(asked, name="Bert Ackerwinde", birth_date=""))
    assert other.status_code == 422
    assert "Ackerwinde" in words(other)
    chosen = client.post(URL, again(asked) | {"step": f"pick:{person.pk}"})
    assert client.post(URL, again(chosen)).status_code == 302
    assert FirstContact.objects.get().person_id == person.pk
    assert Person.objects.count() == 2


@pytest.mark.parametrize("typed", [{"name": "Rosa Erle"}, {"name": "", "birth_date": ""}, {"birth_date": "3.3.1971"}, {"name": "Hainbuche", "birth_date": ""}])
def test_without_a_near_hit_one_press_is_enough(login: Login, world: World, typed: dict[str, Any]) -> None:
    world.person("Wiebke", "Hainbuche", birth_date=date(1989, 6, 14))
    assert login("entrance").post(URL, given(**typed)).status_code == 302


# ---- what is typed beside somebody known
def test_what_is_typed_beside_a_caller_without_a_name_fills_the_record(login: Login, world: World) -> None:
    caller = world.person("", "", birth_date=None, sex="")
    client = login("entrance")
    typed = given(
        person=str(caller.pk), birth_date="14.6.1989", sex="w", language="uk", needs_interpreter="on", wishes=["information"]
    )
    page = words(client.post(URL, typed, follow=True))
    caller.refresh_from_db()
    assert (caller.full_name, caller.birth_date, caller.sex, caller.language, caller.needs_interpreter) == (
        "Wiebke Hainbuche", date(1989, 6, 14), "w", "uk", True,
    )  # fmt: skip
    assert "Im Eintrag ergänzt: Name, Geburtsdatum, Anrede, Sprache, Sprachmittlung nötig." in page
    assert Person.objects.count() == 1


def test_where_the_record_says_otherwise_both_are_shown_and_nothing_is_changed(login: Login, world: World) -> None:
    person = world.person("Wiebke", "Hainbuche", birth_date=date(1989, 6, 14), sex="", language="uk")
    client = login("entrance")
    page = words(client.post(URL, given(person=str(person.pk), name="Hainbuche, Viebke", birth_date="15.6.1989", sex="w"), follow=True))
    before = (person.first_name, person.birth_date, person.language)
    person.refresh_from_db()
    assert (person.first_name, person.birth_date, person.language) == before
    assert person.sex == "w"
    assert "Im Eintrag steht es anders. Wir haben nichts geändert. Ergänzt ist: Anrede." in page
    assert "Name Wiebke Hainbuche Viebke Hainbuche Geburtsdatum 14.06.1989 15.06.1989" in page
    assert "Sprache Ukrainisch" not in page


@pytest.mark.parametrize("name", ["Hainbuche", "wiebke", "Hainbuche, Wiebke", "", "Nummer 12"])
def test_the_words_of_the_search_are_no_difference(login: Login, world: World, name: str) -> None:
    person = world.person("Wiebke", "Hainbuche", birth_date=date(1989, 6, 14), sex="w")
    page = login("entrance").post(URL, given(person=str(person.pk), name=name), follow=True)
    assert "Im Eintrag" not in words(page)
    assert Person.objects.get().full_name == "Wiebke Hainbuche"


def test_a_number_that_was_searched_for_is_no_name(login: Login, world: World) -> None:
    caller = world.person("", "", birth_date=None, sex="")
    login("entrance").post(URL, given(person=str(caller.pk), name=f"Nummer {caller.callsign}"))
    caller.refresh_from_db()
    assert (caller.full_name, caller.birth_date) == (f"Nummer {caller.callsign}", date(1989, 6, 14))


def test_the_number_on_the_receipt_finds_who_applied_and_is_nobodys_name(login: Login, world: World) -> None:
    entry = desk.applicant(world)
    number = entry.application.reference
    client = login("entrance")
    asked = client.post(URL, given(name=number, birth_date=""))
    assert asked.status_code == 422
    assert f"„{number}“ sieht nach einer Nummer aus" in words(asked)
    assert f'value="pick:{entry.person_id}"' in asked.content.decode()
    assert Person.objects.count() == 1
    nobody = client.post(URL, given(name="Nummer 26-99999", birth_date=""))
    assert "„26-99999“ sieht nach einer Nummer aus" in words(nobody)
    assert client.post(URL, given(name=f"Nummer {number}", birth_date="", person=str(entry.person_id), wishes=["information"])).status_code == 302
    assert Person.objects.count() == 1
    wrong = f"{URL}{FirstContact.objects.order_by('entered_at', 'id')[0].pk}/berichtigen/"
    form = {"op": str(uuid4()), "new": "1", "neu-name": number, "neu-reason": "Zwei gleichen Namens"}
    assert "sieht nach einer Nummer aus" in words(client.post(wrong, form))
    # The list and the search of people know it as well.
    assert str(entry.person_id) in desk.look_for(client, "/personen/", number).content.decode()


# ---- what was said is not thrown away
def test_until_when_the_money_lasts_is_asked_about_and_never_lost(login: Login, world: World) -> None:
    client = login("entrance")
    typed = given(money_until="27.11.2026", wishes=["information"])
    asked = client.post(URL, typed)
    assert asked.status_code == 422
    assert "Soll die Leistungsstelle es sofort wissen?" in words(asked)
    assert FirstContact.objects.count() == 0
    assert client.post(URL, typed | {"tell_money": "no"}).status_code == 302
    contact = FirstContact.objects.get()
    assert contact.words == "Mein Mann ist ausgezogen. Geld reicht bis Fr 27.11.2026."
    assert (contact.application, UrgentReport.objects.count()) == (None, 0)
    other = typed | {"op": str(uuid4()), "name": "Rosa Erle", "birth_date": "", "tell_money": "yes"}
    assert "Gilt ab" in words(client.post(URL, other | {"step": "panel"}))
    client.post(URL, other)
    report = UrgentReport.objects.get()
    assert (report.kind, report.money_until, report.application is not None) == ("no_money", date(2026, 11, 27), True)
    assert client.post(URL, given(name="Bert Ackerwinde", birth_date="", money_until="27.11.2026", advance="yes")).status_code == 302


def test_another_home_said_by_somebody_known_is_kept_told_and_offered(login: Login, world: World) -> None:
    known = desk.applicant(world).person
    client = login("entrance")
    typed = given(person=str(known.pk), name="", birth_date="", plz="37520", place="Osterode", wishes=["information"])
    assert "als neue Anschrift übernehmen" in words(client.post(URL, typed | {"step": "search"}))
    page = client.post(URL, typed, follow=True)
    assert "Wohnort 37412 Herzberg 37520 Osterode" in words(page)
    assert f"/personen/{known.pk}/anschrift/" in page.content.decode()
    assert known.addresses.get(valid_to=None).place == "Herzberg"
    assert "Als Wohnort genannt: 37520 Osterode." in FirstContact.objects.exclude(words="").get().words
    moved = client.post(URL, typed | {"op": str(uuid4()), "moved": "on"}, follow=True)
    assert "Im Eintrag ergänzt: Wohnort." in words(moved)
    assert known.addresses.get(valid_to=None).place == "Osterode"


def test_what_the_paying_system_owns_is_not_filled(login: Login, world: World) -> None:
    person = world.person("Wiebke", "Hainbuche", birth_date=None)
    people.set_number(
        actor=world.actor("benefits"), at=at(8), kind=NumberKind.CUSTOMER, value="237D1234567", person_id=person.pk, valid_from=date(2026, 1, 1)
    )
    page = words(login("entrance").post(URL, given(person=str(person.pk)), follow=True))
    person.refresh_from_db()
    assert person.birth_date is None
    assert "Geburtsdatum leer 14.06.1989" in page
    assert "Der Leistungsstelle melden" in page


# ---- children
CHILD = {"name": "Mika Hainbuche", "birth_date": "24.11.2020"}


def test_for_a_child_it_is_asked_once_who_applies_and_nothing_is_refused(login: Login, world: World) -> None:
    client = login("entrance")
    asked = client.post(URL, given(**CHILD))
    assert asked.status_code == 422
    assert "Das Kind ist 6 Jahre alt. Unter 15 stellt den Antrag, wer es gesetzlich vertritt (§ 36 SGB I)." in words(asked)
    assert "Mein Mann ist ausgezogen." in asked.content.decode()
    assert not FirstContact.objects.exists()
    half = client.post(URL, again(asked, representative="Wiebke Hainbuche", **CHILD))
    assert half.status_code == 422
    assert "Bitte wählen, wer das für das Kind ist." in words(half)
    page = client.post(URL, again(half, representative="Wiebke Hainbuche", relation="Mutter", **CHILD), follow=True)
    made = Application.objects.get()
    assert (made.applicant.first_name, made.asked_by) == ("Mika", "Wiebke Hainbuche (Mutter)")
    assert made.applicant.attendants.values_list("kind", "name", "remarks").get() == ("guardian", "Wiebke Hainbuche", "Mutter")
    assert "Den Antrag stellt Wiebke Hainbuche (Mutter) für das Kind" in words(page)
    office = words(login("benefits").get(f"/leistung/antrag/{made.pk}/"))
    assert "gestellt von Wiebke Hainbuche (Mutter)" in office


def test_a_child_alone_is_recorded_and_the_question_stays_on_the_page(login: Login, world: World) -> None:
    client = login("entrance")
    asked = client.post(URL, given(**CHILD))
    page = words(client.post(URL, again(asked, **CHILD), follow=True))
    assert Application.objects.get().asked_by == "Mika Hainbuche"
    assert "Wer stellt den Antrag für das Kind?" in page
    assert "Der Antrag gilt schon." in page


@pytest.mark.parametrize(
    ("birth", "status", "said"),
    [("25.11.2011", 422, ""), ("24.11.2011", 302, "Ab 15 stellt man den Antrag selbst."), ("25.11.2008", 302, "(§ 36 Abs. 2 SGB I)"), ("24.11.2008", 302, None)],
)
def test_from_fifteen_one_applies_alone_and_up_to_eighteen_it_is_said_what_needs_consent(
    login: Login, world: World, birth: str, status: int, said: str | None
) -> None:
    client = login("entrance")
    answer = client.post(URL, given(birth_date=birth))
    assert answer.status_code == status
    if status == 302:
        page = words(client.get(answer.url))
        assert said in page if said else "§ 36" not in page


def test_who_acts_for_a_known_child_is_not_asked_again_and_no_wish_for_money_asks_nothing(login: Login, world: World) -> None:
    child = world.person("Mika", "Hainbuche", birth_date=date(2020, 11, 24))
    people.add_attendant(actor=world.actor(), at=at(8), person_id=child.pk, kind="guardian", name="Rosa Amtmann", remarks="Jugendamt")
    client = login("entrance")
    assert client.post(URL, given(person=str(child.pk), **CHILD)).status_code == 302
    assert Application.objects.get().asked_by == "Rosa Amtmann (Jugendamt)"
    assert client.post(URL, given(wishes=["information"], name="Pia Erle", birth_date="1.1.2026")).status_code == 302


# ---- the wrong person
def test_correcting_the_person_keeps_the_day(login: Login, world: World) -> None:
    client = login("entrance")
    client.post(URL, given(urgent=["violence"], safe_phone="0171 39200 61"))
    contact = FirstContact.objects.get()
    right = world.person("Wiebke", "Hainbuche-Erle")
    url = f"{URL}{contact.pk}/berichtigen/"
    assert f'value="{right.pk}"' in desk.look_for(client, url, "Hainbuche-Erle").content.decode()
    assert 'method="get"' not in client.get(url).content.decode()
    client.post(url, {"op": str(uuid4()), "person": str(right.pk), "reason": ""}, headers={"Referer": f"http://testserver{url}"})
    assert FirstContact.objects.get().person_id != right.pk
    answer = client.post(url, {"op": str(uuid4()), "person": str(right.pk), "reason": "Zwei gleichen Namens"}, follow=True)
    application = Application.objects.get()
    assert (application.applicant_id, application.asked_at) == (right.pk, at(8, 7))
    assert "Der Tag des Antrags ist derselbe geblieben." in words(answer)
    assert "Hainbuche-Erle" in words(answer)


def test_the_right_person_may_be_somebody_new_and_the_day_stays(login: Login, world: World) -> None:
    client = login("entrance")
    client.post(URL, given(plz="37412", place="Herzberg"))
    contact = FirstContact.objects.get()
    url = f"{URL}{contact.pk}/berichtigen/"
    assert "neue Person" not in words(client.get(url))
    shown = desk.look_for(client, url, "Zwetschge, Rosa 3.5.1990").content.decode()
    assert "Kein Treffer." in shown
    assert 'name="neu-name" value="Zwetschge, Rosa"' in shown
    assert 'name="neu-birth_date" value="03.05.1990"' in shown
    nameless = client.post(url, {"new": "1", "neu-op": str(uuid4()), "neu-name": " ", "neu-reason": "falsch"})
    assert nameless.status_code == 422
    new = {"new": "1", "neu-op": str(uuid4()), "neu-name": "Zwetschge, Rosa", "neu-birth_date": "3.5.1990", "neu-reason": "verwechselt"}
    for _ in range(2):
        answer = client.post(url, new, follow=True)
    assert "Der Tag des Antrags ist derselbe geblieben." in words(answer)
    right = Person.objects.get(last_name="Zwetschge")
    application = Application.objects.get()
    assert (application.applicant, application.asked_at) == (right, at(8, 7))
    assert (FirstContact.objects.get().person, Entry.objects.get().person) == (right, right)
    # The home that was noted with the contact goes along.
    assert right.addresses.get().place == "Herzberg"
    assert not contact.person.addresses.exists()


def test_a_garbled_person_is_not_found(login: Login, world: World) -> None:
    client = login("entrance")
    client.post(URL, given())
    contact = FirstContact.objects.get()
    assert client.post(f"{URL}{contact.pk}/berichtigen/", {"person": "x", "reason": "y"}).status_code == 404
    assert login("other_team").get(f"{URL}{contact.pk}/").status_code == 404
    assert login("other_team").get(f"{URL}{contact.pk}/berichtigen/").status_code == 404


def test_the_blank_form_is_there_for_the_day_the_system_is_down(login: Login, world: World) -> None:
    answer = login("entrance").get(f"{URL}blanko.pdf")
    text = "".join(p.extract_text() for p in PdfReader(BytesIO(answer.content)).pages)
    assert "Erstkontakt" in text
    assert login("benefits").get(f"{URL}blanko.pdf").status_code == 403


def test_where_somebody_new_lives_is_kept_and_violence_stops_letters_there(login: Login, world: World) -> None:
    client = login("entrance")
    assert "Bitte den Ort zur PLZ eintragen." in words(client.post(URL, given(plz="37412")))
    client.post(URL, given(plz="37412", place="Herzberg", urgent=["violence"]))
    home = Person.objects.get().addresses.get()
    assert (home.kind, home.plz, home.place, home.no_letters) == ("home", "37412", "Herzberg", True)


def test_a_chosen_person_keeps_the_home_that_is_known(login: Login, world: World) -> None:
    known, new = desk.applicant(world).person, world.person("Bert", "Ackerwinde")
    client = login("entrance")
    for person in (known, new):
        client.post(URL, given(person=str(person.pk), plz="37520", place="Osterode", wishes=["information"]))
    assert known.addresses.get().place == "Herzberg"
    assert new.addresses.get().place == "Osterode"


def test_a_safe_number_has_to_be_one(login: Login, world: World) -> None:
    answer = login("entrance").post(URL, given(safe_phone="abends"))
    assert answer.status_code == 422
    assert answer.context["form"].errors == {
        "safe_phone": ["Bitte nur die Telefonnummer eintragen, zum Beispiel 05522 12345. Worte dazu gehören in den Hinweis."]
    }
    assert not FirstContact.objects.exists()
