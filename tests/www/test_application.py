"""Urgent need, outcome, facts and papers at the entrance; the list and the page of benefits."""

from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook
from pypdf import PdfReader

from hilfefrei.apps.audit.models import AccessEvent
from hilfefrei.apps.benefits import domain as benefits
from hilfefrei.apps.benefits import tasks
from hilfefrei.apps.benefits.models import Application, ApplicationOutcome, Declaration, Paper, UrgentReport
from hilfefrei.apps.benefits.workflows import Outcome, UrgentKind
from hilfefrei.apps.intake.domain import facts, household, leave
from hilfefrei.apps.intake.models import Entry, Fact
from hilfefrei.apps.intake.workflows import EntryState, FactKind, LeaveAct
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people.models import Person, Restriction
from hilfefrei.apps.people.workflows import MemberRole, ResponsibilityKind, RestrictionKind
from tests import desk
from tests.support.reading import whole
from tests.world import TODAY, World, at
from tests.www.test_first_contact import words

Login = Callable[[str], Client]
LIST = "/leistung/"
QUERIES = 23
HINT = {"hint_on": TODAY - timedelta(days=20), "hint_until": TODAY - timedelta(days=5)}


def op() -> str:
    return str(uuid4())


def need(world: World, entry: Entry, kind: UrgentKind = UrgentKind.NO_MONEY, *, minute: int = 8, **more: Any) -> UrgentReport:
    return benefits.report_urgent(
        actor=world.actor(), at=at(8, minute), person_id=entry.person_id, kind=kind, application_id=entry.application_id, **more
    )


# ---- urgent need
def test_the_page_opens_with_what_nobody_has_confirmed(login: Login, world: World) -> None:
    entry = desk.applicant(world)
    need(world, entry, UrgentKind.ADVANCE)
    need(world, entry, detail="41 €, vier Personen")
    client = login("entrance")
    body = words(client.get(f"/eingang/not/{entry.person_id}/"))
    assert "Bestätigung seit 34 Min. überfällig" in body
    assert "kein Geld: Leistungsstelle hat nicht geantwortet" in body
    assert "Um 10:08 Uhr geht die Meldung von selbst an die Leitung." in body
    assert "0171 39200 50" in body
    assert AccessEvent.objects.filter(page="entrance:urgent", person_ids=[str(entry.person_id)]).count() == 1


def test_report_remind_and_lead(login: Login, world: World) -> None:
    entry = desk.applicant(world)
    client, url = login("entrance"), f"/eingang/not/{entry.person_id}/"
    assert "Noch nichts gemeldet" not in words(client.get(url))
    bad = client.post(url, {"op": op(), "kind": "", "money_until": "31.2.2026"})
    assert bad.status_code == 422
    for until in ("23.10.2026", "25.2.2027", "24.11.2016"):
        bad = client.post(url, {"op": op(), "kind": "no_money", "money_until": until})
        assert bad.status_code == 422
        assert "höchstens drei Monate voraus" in words(bad)
    post = {"op": op(), "kind": "no_roof", "detail": "Kündigung zum 30.11.", "money_until": ""}
    assert client.post(url, post).status_code == 302
    assert client.post(url, post).status_code == 302
    report = UrgentReport.objects.get()
    assert (report.detail, report.application_id, report.due_at) == ("Kündigung zum 30.11.", entry.application_id, at(10, 42))
    for act in ("anruf", "erneut", "leitung"):
        assert client.post(f"/eingang/meldung/{report.pk}/{act}/", {"op": op()}).status_code == 302
    assert client.post(f"/eingang/meldung/{report.pk}/irgendwas/", {"op": op()}).status_code == 404
    report.refresh_from_db()
    assert ([r["how"] for r in report.reminded], report.escalated_at) == (["anruf", "erneut"], at(9, 42))
    body = words(client.get(url))
    assert "2 Mal nachgefragt" in body
    assert "Liegt seit heute 09:42 Uhr bei der Leitung." in body


def test_no_money_or_an_advance_without_an_application_is_the_application(login: Login, world: World) -> None:
    entry = desk.applicant(world, wishes=("information",))
    client, url = login("entrance"), f"/eingang/not/{entry.person_id}/"
    assert "Damit ist der Antrag gestellt." in words(client.get(url))
    answer = client.post(url, {"op": op(), "kind": "no_money"}, follow=True)
    assert "ist der Leistungsstelle gemeldet. Damit ist der Antrag gestellt." in words(answer)
    application = Application.objects.get()
    assert application.asked_at == at()
    answer = client.post(url, {"op": op(), "kind": "advance"}, follow=True)
    assert "Vorschuss gewünscht ist der Leistungsstelle gemeldet." in words(answer)
    assert "Damit ist der Antrag gestellt" not in words(answer)
    assert {r.application for r in UrgentReport.objects.all()} == {application}
    assert "gestellt Di 24.11.2026, 09:42 Uhr" in words(client.get(f"/eingang/gespraech/{entry.pk}/"))


def test_the_lead_finds_on_her_page_what_lies_with_her(login: Login, world: World) -> None:
    entry = desk.applicant(world)
    report = need(world, entry, detail="41 €")
    assert "nicht geantwortet" not in words(login("via_lead").get("/uebergaben/"))
    assert tasks.escalate_overdue(world.id, at(10, 8)) == 1
    page = login("via_lead").get("/uebergaben/")
    assert "Liegt bei Ihnen: Leistungsstelle hat nicht geantwortet" in words(page)
    assert f"/eingang/not/{entry.person_id}/" in page.content.decode()
    assert "Jana Silberdistel" not in words(login("placement_lead").get("/uebergaben/"))
    benefits.confirm_report(actor=world.actor("benefits"), at=at(10, 20), report_id=report.pk)
    assert "nicht geantwortet" not in words(login("via_lead").get("/uebergaben/"))


# ---- how it ended
def test_the_desk_cannot_decide_but_sees_the_decision(login: Login, world: World) -> None:
    entry = desk.applicant(world)
    client, url = login("entrance"), f"/eingang/antrag/{entry.application_id}/"
    page = client.get(url)
    assert "Schweigen, Fernbleiben und fehlende Unterlagen sind kein Ausgang." in words(page)
    for kind in ("granted", "refused", "denied", "withdrawn"):
        client.post(url, {"op": op(), "form": "moved", "kind": kind, "decided_on": "24.11.2026", "source": ""})
    assert not ApplicationOutcome.objects.exists()
    benefits.record_outcome(
        actor=world.actor("benefits"), at=at(9, 30), application_id=entry.application_id, kind=Outcome.GRANTED, decided_on=TODAY, source="Bescheid",
        granted_to=date(2027, 10, 31),
    )  # fmt: skip
    body = words(client.get(url))
    assert "Bescheid vom 24.11.2026: bewilligt" in body
    assert "01.11.2026 bis 31.10.2027" in body
    assert "1 Mal „bewilligt“" in body
    assert "weggezogen festhalten" not in body


def test_moving_away_is_an_outcome_with_its_receiver(login: Login, world: World) -> None:
    entry = desk.applicant(world)
    client, url = login("entrance"), f"/eingang/antrag/{entry.application_id}/"
    refused = client.post(url, {"op": op(), "form": "moved", "decided_on": "23.11.2026", "source": "Jobcenter Nordhausen"})
    assert refused.status_code == 422
    assert "liegt vor dem Antrag" in words(refused)
    client.post(url, {"op": op(), "form": "moved", "decided_on": "24.11.2026", "source": "Jobcenter Nordhausen"})
    assert ApplicationOutcome.objects.get().kind == Outcome.MOVED


def fact(**changed: Any) -> dict[str, Any]:
    return {
        "op": op(), "form": "fact", "kind": "work", "since": "1.12.2026", "what": "Elektrohelfer", "hours": "19,5", "gross": "1.500",
        "through_us": "on", "source": "Vertrag gesehen",
    } | changed  # fmt: skip


def test_facts_stand_beside_the_application(login: Login, world: World) -> None:
    entry = desk.applicant(world)
    client, url = login("entrance"), f"/eingang/antrag/{entry.application_id}/"
    assert 'name="gross"' not in client.get(url).content.decode()
    assert 'value="training" selected' in client.get(f"{url}?neu=training").content.decode()
    post = fact()
    client.post(url, post)
    client.post(url, post)
    made = Fact.objects.get()
    assert (made.gross_cents, str(made.hours), made.since, made.through_us) == (150_000, "19.5", date(2026, 12, 1), True)
    body = words(client.get(url))
    assert "1.500 € brutto" in body
    assert "Arbeit aufgenommen aus unserem Vorschlag" in body


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"gross": "viel"}, "Betrag"),
        ({"hours": "99"}, "zwischen 0,5 und 60"),
        ({"since": "31.2.2026"}, "gibt es nicht"),
        ({"kind": "benefit_pays", "since": "25.11.2026"}, "liegt in der Zukunft"),
        ({"source": ""}, "fehlt noch etwas"),
    ],
)
def test_bad_facts_are_said_and_kept(login: Login, world: World, bad: dict[str, Any], said: str) -> None:
    entry = desk.applicant(world)
    answer = login("entrance").post(f"/eingang/antrag/{entry.application_id}/?neu=work", fact(**bad))
    assert answer.status_code == 422
    assert said in words(answer)
    assert 'value="Elektrohelfer"' in answer.content.decode()
    assert not Fact.objects.exists()


def test_applied_for_is_not_paid(login: Login, world: World) -> None:
    entry = desk.applicant(world)
    facts.add_fact(
        actor=world.actor(), at=at(9, 0), person_id=entry.person_id, entry_id=entry.pk, kind=FactKind.BENEFIT_APPLIED, since=TODAY, what="Wohngeld",
        source="Eingangsbestätigung gesehen",
    )  # fmt: skip
    client, url = login("entrance"), f"/eingang/antrag/{entry.application_id}/"
    page = client.get(url)
    assert "zahlt noch nicht" in words(page)
    assert "andere Leistung, sie zahlt noch nicht" in words(page)
    assert "?neu=benefit_pays&amp;was=Wohngeld" in page.content.decode()
    client.post(url, fact(kind="benefit_pays", since="24.11.2026", what="Wohngeld", hours="", gross="", through_us=""))
    assert "zahlt noch nicht" not in words(client.get(url))
    assert Application.objects.get().outcomes.count() == 0


def test_a_fact_is_taken_back_with_a_reason(login: Login, world: World) -> None:
    entry = desk.applicant(world)
    client, url = login("entrance"), f"/eingang/antrag/{entry.application_id}/"
    client.post(url, fact())
    made = Fact.objects.get()
    client.post(f"/eingang/tatsache/{made.pk}/zuruecknehmen/", {"op": op(), "reason": " ", "next": url})
    made.refresh_from_db()
    assert made.revoked_at is None
    answer = client.post(f"/eingang/tatsache/{made.pk}/zuruecknehmen/", {"op": op(), "reason": "beginnt doch nicht", "next": url})
    assert answer.url == url
    assert "1 zurückgenommen" in words(client.get(url))


def test_ending_via_does_not_touch_the_application(login: Login, world: World) -> None:
    entry = desk.applicant(world)
    client, url = login("entrance"), f"/eingang/antrag/{entry.application_id}/"
    post = {"op": op(), "form": "end", "version": str(entry.version + 7), "kind": "own_wish", "ended_on": "24.11.2026", "note": "sucht selbst"}
    nobody = client.post(url, post | {"version": str(entry.version)})
    assert nobody.status_code == 422
    assert "Ein Antrag vom Di 24.11.2026 ist noch offen. Deshalb bleibt jemand zuständig." in words(nobody)
    elsewhere = client.post(url, post | {"op": op(), "version": str(entry.version), "next": f"{world.teams['placement'].pk}:{world.users['case_manager'].pk}"})
    assert elsewhere.status_code == 422
    post["next"] = f"{world.teams['via'].pk}:{world.users['colleague'].pk}"
    stale = client.post(url, post)
    assert stale.status_code == 422
    assert "gerade jemand geändert" in words(stale)
    client.post(url, post | {"op": op(), "version": str(entry.version)})
    entry.refresh_from_db()
    assert entry.state == EntryState.ENDED
    assert not ApplicationOutcome.objects.exists()
    assert "Danach zuständig Mira Sperling , ViA-Team nach ViA" in words(client.get(url))
    refused = client.post(url, {"op": op(), "form": "let_go", "version": str(entry.version)})
    assert refused.status_code == 422
    assert "Deshalb bleibt jemand zuständig. Bitte übergeben Sie zuerst." in words(refused)


def test_whoever_ends_via_sees_the_page_today_and_the_next_team_tomorrow(login: Login, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = desk.in_via(world)
    desk.hand_over(world, entry)
    client, url = login("entrance"), f"/eingang/antrag/{entry.application_id}/"
    post = {"op": op(), "form": "end", "version": "", "kind": "handed_over", "ended_on": "24.11.2026", "note": "", "next": ""}
    done = client.post(url, post, follow=True)
    assert done.status_code == 200
    assert "Danach zuständig Paula Steinkauz , Vermittlungsstelle" in words(done)
    assert "Zuständigkeit von ViA beenden" not in words(done)
    person = f"/personen/{entry.person_id}/"
    assert f"seit {TODAY:%d.%m.%Y} bis {TODAY:%d.%m.%Y}" in words(client.get(person))
    monkeypatch.setenv("HILFEFREI_NOW", "2026-11-25T09:42:00")
    assert [login(who).get(person).status_code for who in ("entrance", "coach", "via_lead", "case_manager")] == [404, 404, 404, 200]
    assert f"{TODAY:%d.%m.%Y} bis {TODAY:%d.%m.%Y}" in words(login("case_manager").get(person))


def test_what_stays_after_via_is_ended_by_hand_or_the_end_taken_back(login: Login, world: World) -> None:
    entry = desk.in_via(world, desk.applicant(world, wishes=("work",)))
    client, url = login("entrance"), f"/eingang/weg/{entry.pk}/ausgang/"
    post = {"op": op(), "form": "end", "version": "", "kind": "training", "ended_on": "24.11.2026", "note": "", "next": ""}
    shown = words(client.post(url, post, follow=True))
    assert "Danach zuständig Nele Eisvogel , ViA-Team Nachbetreuung nach ViA bis 23.05.2027" in shown
    shown = words(client.post(url, {"op": op(), "form": "let_go", "version": ""}, follow=True))
    assert "Die Zuständigkeit von ViA endet heute." in shown
    assert "Niemand mehr. Nach heute sieht das ViA-Team diese Seite nicht mehr." in shown
    back = client.post(reverse("via:undo_end", args=[entry.pk]), {"op": op(), "next": url}, follow=True)
    assert "ViA geht weiter" in words(back)
    assert "ViA beenden" in words(back)


@pytest.mark.parametrize("who", ["via_lead"])
def test_who_may_not_end_via_is_offered_no_form_for_it(login: Login, world: World, who: str) -> None:
    entry = desk.in_via(world)
    assert "ViA beenden" not in words(login(who).get(f"/eingang/antrag/{entry.application_id}/"))


# ---- papers
def with_papers(world: World) -> Entry:
    entry = desk.talking(world)
    desk.answer(world, entry)
    return entry


def test_papers_say_what_is_missing_and_that_the_application_counts(login: Login, world: World) -> None:
    entry = with_papers(world)
    client, url = login("entrance"), f"/eingang/antrag/{entry.application_id}/unterlagen/"
    missing = Paper.objects.filter(state="missing").count()
    assert missing > 1
    page = words(client.get(url))
    assert f"{missing} Unterlagen fehlen, der Antrag gilt schon" in page
    assert "Keine Frist mit Folgen." in page
    assert "Danach fragen wir nicht" in page
    paper = Paper.objects.filter(state="missing").order_by("pk")[0]
    client.post(f"/eingang/unterlage/{paper.pk}/", {"op": op(), "state": "seen", "next": url})
    page = words(client.get(url))
    assert "gesehen, nicht kopiert" in page
    assert f"{missing - 1} Unterlage" in page
    letter = client.get(f"/eingang/antrag/{entry.application_id}/unterlagen.pdf")
    text = "".join(p.extract_text() for p in PdfReader(BytesIO(letter.content)).pages)
    still = Paper.objects.filter(state="missing").exclude(pk=paper.pk).order_by("pk")[0]
    assert still.title.split()[0] in text
    assert paper.title not in text


@pytest.mark.parametrize(
    ("kind", "more", "head", "said"),
    [
        (Outcome.REFUSED, {}, "Antrag abgelehnt 24.11.", "nimmt die Leistungsstelle an"),
        (Outcome.DENIED, HINT, "Antrag versagt, Mitwirkung fehlte 24.11.", "§ 67 SGB I"),
    ],
)
def test_papers_of_a_closed_application_say_how_it_ended_and_ask_for_nothing(
    login: Login, world: World, kind: Outcome, more: dict[str, date], head: str, said: str
) -> None:
    entry = with_papers(world)
    Application.objects.filter(pk=entry.application_id).update(asked_at=at(8, 0, days=-21))
    benefits.record_outcome(
        actor=world.actor("benefits"), at=at(9, 35), application_id=entry.application_id, kind=kind, decided_on=TODAY, source="Bescheid", **more
    )
    client, url = login("entrance"), f"/eingang/antrag/{entry.application_id}/unterlagen/"
    shown = words(client.get(url))
    assert head in shown
    assert said in shown
    for wrong in ("gilt schon", "nicht in Gefahr", "bitte bis", "Bitte drucken"):
        assert wrong not in shown
    assert client.get(f"/eingang/antrag/{entry.application_id}/unterlagen.pdf").status_code == 404


def test_benefits_notes_a_paper_on_its_own_page(login: Login, world: World) -> None:
    entry = with_papers(world)
    paper = Paper.objects.filter(state="missing").order_by("pk")[0]
    client, page, press = login("benefits"), f"/leistung/antrag/{entry.application_id}/", f"/eingang/unterlage/{paper.pk}/"
    assert f'action="{press}"' in client.get(page).content.decode()
    assert client.post(press, {"op": op(), "state": "here", "next": f"{page}#unterlagen"}).url == f"{page}#unterlagen"
    paper.refresh_from_db()
    assert (paper.state, paper.seen_by_id) == ("here", world.users["benefits"].pk)
    assert client.post(press, {"op": op(), "state": "lost"}).status_code == 404
    people.restrict(actor=world.actor(), at=at(9, 30), person_id=entry.person_id, kind=RestrictionKind.PROTECTED, ask="Schutzstelle")
    assert client.post(press, {"op": op(), "state": "missing"}).status_code == 404


def test_without_answers_there_is_no_list_and_no_letter(login: Login, world: World) -> None:
    entry = desk.applicant(world)
    page = login("entrance").get(f"/eingang/antrag/{entry.application_id}/unterlagen/")
    assert "Die Liste entsteht mit der ersten Antwort im Gespräch." in words(page)
    assert "Vorschau" not in words(page)


# ---- the list of benefits
def test_benefits_begins_with_what_is_urgent(login: Login, world: World) -> None:
    entry = desk.applicant(world)
    need(world, entry, UrgentKind.NO_ROOF, detail="Kündigung zum 30.11.")
    answered = need(world, entry, minute=9)
    benefits.confirm_report(actor=world.actor("benefits"), at=at(8, 30), report_id=answered.pk, result="600 € als Barcode")
    client = login("benefits")
    page = client.get(LIST)
    assert "1 dringende Meldung wartet auf Antwort" in words(page)
    assert [r.kind for r, _, _ in page.context["urgent"]] == ["no_roof", "no_money"]
    report = UrgentReport.objects.get(kind="no_roof")
    client.post(f"/leistung/meldung/{report.pk}/bestaetigen/", {"op": op(), "result": "ruft die Vermieterin an"})
    report.refresh_from_db()
    assert (report.confirmed_at, report.confirmed_by_id, report.result) == (at(9, 42), world.users["benefits"].pk, "ruft die Vermieterin an")
    assert "1 Antrag wartet auf Bestätigung" in words(client.get(LIST))
    client.post(f"/leistung/meldung/{report.pk}/erledigt/", {"op": op(), "result": ""})
    report.refresh_from_db()
    assert (report.closed_at, report.result) == (at(9, 42), "ruft die Vermieterin an")
    assert client.post(f"/leistung/meldung/{report.pk}/weg/", {"op": op()}).status_code == 404


def test_a_fresh_report_is_open_and_not_overdue(login: Login, world: World) -> None:
    entry = desk.applicant(world)
    benefits.report_urgent(
        actor=world.actor(), at=at(9, 41), person_id=entry.person_id, kind=UrgentKind.NO_MONEY, application_id=entry.application_id
    )
    for who, address in (("benefits", f"/leistung/antrag/{entry.application_id}/"), ("entrance", reverse("entrance:application", args=[entry.application_id])), ("benefits", LIST)):
        page = words(login(who).get(address))
        assert "10:41" in page
        assert "überfällig" not in page
        assert "offen" in page


def test_benefits_sees_the_appointments_that_the_entrance_agreed(login: Login, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = desk.applicant(world)
    asked = desk.applicant(world, "Kim", "Schachtelhalm", wishes=("information",))
    given: dict[str, Any] = {"actor": world.actor(), "at": at(9, 20), "words": "Meine Chefin zahlt ab Dezember.", "rights": list(leave.RIGHTS)}
    for _ in range(2):
        leave.record_leave(entry_id=entry.pk, act=LeaveAct.STAYS_OPEN, benefits_appointment_at=at(10, 30, days=3), **given)
    leave.record_leave(entry_id=asked.pk, act=LeaveAct.ONLY_ASKED, benefits_appointment_at=at(11, 0), **given)
    page = words(login("benefits").get(LIST))
    assert "heute 11:00 Uhr, Kim Schachtelhalm Beratung zum Anspruch" in page
    assert page.count("Fr 27.11., 10:30 Uhr, Jana Silberdistel Beratung vor Rücknahme oder Verzicht") == 1
    assert "Chefin" not in page
    assert str(asked.person_id) in AccessEvent.objects.filter(page="benefits:list").latest("id").person_ids
    monkeypatch.setenv("HILFEFREI_NOW", "2026-11-24T11:01:00")
    assert "Schachtelhalm" not in words(login("benefits").get(LIST))
    monkeypatch.setenv("HILFEFREI_NOW", "2026-11-27T10:31:00")
    assert "Termine bei Ihnen" not in words(login("benefits").get(LIST))


def test_an_appointment_after_a_signed_withdrawal_is_not_called_advice_before_it(login: Login, world: World) -> None:
    entry = desk.applicant(world)
    leave.record_leave(
        actor=world.actor(), at=at(9, 20), entry_id=entry.pk, act=LeaveAct.WITHDRAWN, words="Es reicht jetzt.", rights=list(leave.RIGHTS),
        signed=True, benefits_appointment_at=at(10, 30, days=3),
    )  # fmt: skip
    page = words(login("benefits").get(LIST))
    assert "Jana Silberdistel Beratung zum Anspruch, der Antrag ist zurückgenommen" in page
    assert "Beratung vor Rücknahme" not in page


def test_what_is_said_first_of_several_needs_of_one_minute(login: Login, world: World) -> None:
    """Life and limb, the roof, then money; not the order of letters."""
    entry = desk.applicant(world, urgent=(UrgentKind.ADVANCE, UrgentKind.NO_MONEY, UrgentKind.NO_ROOF, UrgentKind.VIOLENCE))
    client = login("entrance")
    page = words(client.get(f"/eingang/not/{entry.person_id}/"))
    assert "Heute noch: Gewalt oder Angst, Wohnung in Gefahr, kein Geld, Vorschuss gewünscht" in page
    assert "Gewalt oder Angst: " in page
    assert "Gewalt oder Angst unbestätigt" in words(client.get(f"/personen/{entry.person_id}/"))


def test_a_denial_asks_for_the_written_hint(login: Login, world: World) -> None:
    """§ 66 (3) SGB I, as one posts it."""
    entry = desk.applicant(world)
    Application.objects.filter(pk=entry.application_id).update(asked_at=at(8, 0, days=-21))
    client, path = login("benefits"), f"/leistung/antrag/{entry.application_id}/"
    sent = {"op": op(), "kind": "denied", "decided_on": "24.11.2026", "source": "Bescheid"}
    assert "Versagt wird erst nach einem schriftlichen Hinweis mit Frist (§ 66 Abs. 3 SGB I)." in words(client.post(path, sent))
    assert not ApplicationOutcome.objects.exists()
    client.post(path, sent | {"op": op(), "hint_on": "04.11.2026", "hint_until": "19.11.2026"})
    assert "nach Hinweis vom 04.11.2026 mit Frist bis 19.11.2026" in words(client.get(path))


def test_a_signed_declaration_is_red_on_the_list_until_benefits_confirm_it(login: Login, world: World) -> None:
    entry = desk.applicant(world)
    desk.confirm(world, entry)
    leave.record_leave(
        actor=world.actor(), at=at(9, 20), entry_id=entry.pk, act=LeaveAct.WITHDRAWN, words="Meine Chefin zahlt ab Dezember.",
        rights=list(leave.RIGHTS), signed=True,
    )  # fmt: skip
    made = Declaration.objects.get()
    client, press = login("benefits"), reverse("benefits:declaration", args=[made.pk])
    shown = client.get(LIST)
    assert "1 Erklärung wartet auf Bestätigung" in words(shown)
    assert f"noch nicht bestätigt Antrag zurückgenommen , Silberdistel, Jana {entry.application.reference} unterschrieben 24.11.2026" in words(shown)
    assert f'action="{press}"' in shown.content.decode()
    page_of_case, person = f"/leistung/antrag/{entry.application_id}/", reverse("people:detail", args=[entry.person_id])
    for path in (LIST, page_of_case, person):
        seen = words(client.get(path))
        assert "Antrag zurückgenommen" in seen
        assert "Chefin" not in seen
    assert str(entry.person_id) in AccessEvent.objects.filter(page="benefits:list").latest("id").person_ids
    done = client.post(press, {"op": op(), "next": page_of_case}, follow=True)
    assert f'action="{press}"' not in done.content.decode()
    assert "bestätigt heute 09:42" in words(done)
    assert "Erklärungen" not in words(client.get(LIST))
    assert "Bestätigt: Antrag zurückgenommen" in words(client.get(person))


def test_a_protected_declaration_is_counted_without_a_name(login: Login, world: World) -> None:
    entry = desk.applicant(world)
    leave.record_leave(
        actor=world.actor(), at=at(9, 20), entry_id=entry.pk, act=LeaveAct.WITHDRAWN, words="x", rights=list(leave.RIGHTS), signed=True
    )
    people.restrict(actor=world.actor(), at=at(9, 30), person_id=entry.person_id, kind=RestrictionKind.PROTECTED, ask="Schutzstelle")
    seen = words(login("benefits").get(LIST))
    assert "Eine Erklärung ist noch nicht bestätigt." in seen
    assert "Silberdistel" not in seen
    assert login("benefits").post(reverse("benefits:declaration", args=[Declaration.objects.get().pk])).status_code == 404


def test_one_click_confirms_and_a_taken_number_is_said(login: Login, world: World) -> None:
    first, second = desk.applicant(world), desk.applicant(world, "Piet", "Ahornblatt")
    client = login("benefits")
    client.post(f"/leistung/antrag/{first.application_id}/bestaetigen/", {"op": op(), "file_number": "4817//26", "next": "https://woanders.example/"})
    application = Application.objects.get(pk=first.application_id)
    assert (application.confirmed_at, application.file_number) == (at(9, 42), "4817//26")
    answer = client.post(
        f"/leistung/antrag/{second.application_id}/bestaetigen/", {"op": op(), "file_number": "4817//26", "next": LIST}, follow=True
    )
    assert "gehört schon zu einem anderen Haushalt" in words(answer)
    away = client.post(f"/leistung/antrag/{second.application_id}/bestaetigen/", {"op": op(), "next": "https://woanders.example/"})
    assert away.url == LIST


def test_filters_search_order_and_pages(login: Login, world: World) -> None:
    for number in range(26):
        desk.applicant(world, "Eins", f"Silberdistel {number:02d}", asked=at(8, 0, days=-number), home=False)
    client = login("benefits")
    assert len(client.get(LIST).context["lines"]) == 25
    assert "26 bis 26 von 26 Anträge" in words(client.get(f"{LIST}?seite=2"))

    def found(query: str) -> list[str]:
        return [line.application.applicant.last_name[-2:] for line in client.get(f"{LIST}?{query}").context["lines"]]

    assert found("stand=warnung") == ["25", "24", "23", "22"]
    seventh = desk.look_for(client, LIST, "silberdistel 07", sort="name").context["lines"]
    assert [line.application.applicant.last_name[-2:] for line in seventh] == ["07"]
    assert found("sort=neu")[0] == "00"
    assert found("stand=quatsch&sort=quatsch&seite=99")
    empty = desk.look_for(client, LIST, "Niemand")
    assert "Zu „Niemand“ gibt es in dieser Ansicht keinen Antrag." in words(empty)


def test_the_table_for_the_office_is_what_is_shown_and_logged(login: Login, world: World) -> None:
    entry = desk.applicant(world, "Jana", "=cmd()")
    answer = login("benefits").get(f"{LIST}?form=xlsx")
    sheet = load_workbook(BytesIO(answer.content)).active
    assert sheet is not None
    row = [cell.value for cell in sheet[2]]
    assert row[2] == "=cmd(), Jana"
    assert (row[0], row[8]) == ("26-00001", "offen")
    assert AccessEvent.objects.get(kind="export").person_ids == [str(entry.person_id)]


def test_the_table_leaves_protected_people_out(login: Login, world: World) -> None:
    desk.applicant(world)
    guarded = desk.applicant(world, "Wiebke", "Hainbuche")
    people.restrict(
        actor=world.actor(), at=at(), person_id=guarded.person_id, kind=RestrictionKind.PROTECTED, ask="Schutzstelle", user_ids=[world.users["benefits"].pk]
    )
    client = login("benefits")
    assert "Hainbuche, Wiebke" in client.get(LIST).content.decode()
    sheet = load_workbook(BytesIO(client.get(f"{LIST}?form=xlsx").content)).active
    assert sheet is not None
    assert [row[2] for row in sheet.iter_rows(min_row=2, values_only=True)] == ["Silberdistel, Jana"]


def test_the_table_has_every_application(login: Login, world: World) -> None:
    first = Application.objects.get(pk=desk.applicant(world).application_id)
    Application.objects.bulk_create(
        [
            Application(
                jobcenter_id=world.id, applicant=first.applicant, benefit_unit=first.benefit_unit, asked_at=first.asked_at, effect_from=first.effect_from,
                channel=first.channel, recorded_at=first.recorded_at, reference=f"26-1{n:05}",
            )
            for n in range(2001)
        ]
    )  # fmt: skip
    sheet = load_workbook(BytesIO(login("benefits").get(f"{LIST}?form=xlsx").content)).active
    assert sheet is not None
    assert sheet.max_row == 1 + 2002


def test_one_query_count_for_one_and_three(login: Login, world: World, django_assert_num_queries: Any) -> None:
    def one(first: str) -> None:
        entry = desk.applicant(world, first, "Silberdistel")
        need(world, entry)
        if first == "Zwei":
            desk.confirm(world, entry)

    client = login("benefits")
    one("Eins")
    client.get(LIST)
    with django_assert_num_queries(QUERIES):
        assert "Eins" in words(client.get(LIST))
    one("Zwei")
    one("Drei")
    with django_assert_num_queries(QUERIES):
        assert "Drei" in words(client.get(LIST))


def test_protected_cases_and_appointments_cost_the_same_for_one_and_three(login: Login, world: World, django_assert_num_queries: Any) -> None:
    def one(first: str) -> None:
        talks, shut = desk.applicant(world, first, "Silberdistel"), desk.applicant(world, first, "Tollkirsche")
        leave.record_leave(
            actor=world.actor(), at=at(9, 20), entry_id=talks.pk, act=LeaveAct.STAYS_OPEN, words="x", rights=[], benefits_appointment_at=at(11, 0)
        )
        need(world, shut)
        gone = desk.applicant(world, first, "Wegwarte")
        leave.record_leave(
            actor=world.actor(), at=at(9, 20), entry_id=gone.pk, act=LeaveAct.WITHDRAWN, words="x", rights=list(leave.RIGHTS), signed=True
        )
        people.restrict(actor=world.actor(), at=at(9, 30), person_id=shut.person_id, kind=RestrictionKind.PROTECTED, ask="Schutzstelle")

    client = login("benefits")
    one("Eins")
    client.get(LIST)
    with CaptureQueriesContext(connection) as first:
        assert "1 geschützter Fall" in words(client.get(LIST))
    one("Zwei")
    one("Drei")
    with django_assert_num_queries(len(first)):
        page = words(client.get(LIST))
    assert "3 geschützte Fälle" in page
    assert page.count("Antrag zurückgenommen") == 3
    assert page.count("heute 11:00 Uhr") == 3
    assert "Tollkirsche" not in page


def protected_partner(world: World) -> Entry:
    """Jana with answers and a child; her partner was protected by benefits, who named nobody."""
    entry = desk.talking(world)
    for role, first, born in ((MemberRole.PARTNER, "Partolo", date(1990, 5, 3)), (MemberRole.CHILD, "Mio", date(2019, 5, 3))):
        household.join(actor=world.actor(), at=at(9, 20), person_id=entry.person_id, role=role, first_name=first, birth_date=born)
    desk.answer(world, entry)
    partner = Person.objects.get(first_name="Partolo")
    people.assign(
        actor=world.actor("benefits"), at=at(9, 21), person_id=partner.pk, kind=ResponsibilityKind.BENEFITS,
        team_id=world.teams["benefits"].pk, valid_from=TODAY, reason="Antrag",
    )  # fmt: skip
    people.restrict(actor=world.actor("benefits"), at=at(9, 32), person_id=partner.pk, kind=RestrictionKind.PROTECTED, ask="Schutzstelle")
    assert Paper.objects.filter(person=partner).exists()
    return entry


PAPERS = (
    "/eingang/gespraech/{entry}/", "/eingang/antrag/{application}/", "/eingang/antrag/{application}/unterlagen/",
    "/eingang/antrag/{application}/unterlagen.pdf", "/eingang/antrag/{application}/bestaetigung.pdf", "/eingang/gespraech/{entry}/handzettel.pdf",
    "/personen/{person}/", "/personen/{person}/auszug.pdf", "/personen/{person}/haushalt/",
)  # fmt: skip


def test_no_page_and_no_paper_names_a_protected_member_of_the_household(login: Login, world: World) -> None:
    entry = protected_partner(world)
    client = login("entrance")
    named = {}
    for path in PAPERS:
        here = path.format(entry=entry.pk, application=entry.application_id, person=entry.person_id)
        answer = client.get(here)
        assert answer.status_code == 200, here
        named[here.rsplit("/", 1)[-1] or here.rsplit("/", 2)[-2]] = whole(answer)
    for where, words_ in named.items():
        assert "Partolo" not in words_, where
        assert "03.05.1990" not in words_, where
        assert "36 Jahre" not in words_, where
    assert "geschützte Person" in named["unterlagen"]
    for paper in ("bestaetigung.pdf", "handzettel.pdf", "unterlagen.pdf"):
        # Paper may lie about: it does not even say that somebody is protected.
        assert "eine weitere Person" in named[paper], paper
        assert "geschützt" not in named[paper].replace("geschützten", ""), paper
        assert "Mio" in named[paper], paper
    assert "Jana Silberdistel, Mio Silberdistel, eine weitere Person" in named["bestaetigung.pdf"]


def test_paper_does_not_name_them_whoever_prints_but_the_pages_do_for_who_may_see(login: Login, world: World) -> None:
    entry = protected_partner(world)
    held = Restriction.objects.get()
    people.name_user(actor=world.actor("benefits"), at=at(9, 33), restriction_id=held.pk, user_id=world.users["entrance"].pk)
    client = login("entrance")
    assert "Partolo" in words(client.get(f"/eingang/antrag/{entry.application_id}/unterlagen/"))
    for paper in (f"antrag/{entry.application_id}/bestaetigung.pdf", f"gespraech/{entry.pk}/handzettel.pdf"):
        assert "Partolo" not in whole(client.get(f"/eingang/{paper}")), paper


def test_benefits_who_are_not_named_read_of_a_protected_member_as_such(login: Login, world: World) -> None:
    entry = protected_partner(world)
    held = Restriction.objects.get()
    people.name_user(actor=world.actor("benefits"), at=at(9, 33), restriction_id=held.pk, user_id=world.users["entrance"].pk)
    sheet = f"/leistung/antrag/{entry.application_id}/"
    assert "Partolo" in words(login("benefits").get(sheet))
    people.name_user(actor=world.actor(), at=at(9, 34), restriction_id=held.pk, user_id=world.users["benefits"].pk, named=False)
    shown = words(login("benefits").get(sheet))
    assert "Partolo" not in shown
    assert "geschützte Person Partner/in" in shown


# ---- the page of benefits
def decision(**changed: Any) -> dict[str, Any]:
    return {
        "op": op(), "kind": "granted", "decided_on": "24.11.2026", "granted_from": "1.11.2026", "granted_to": "31.10.2027", "source": "Bescheid",
    } | changed  # fmt: skip


def test_benefits_decides_takes_back_and_says_complete(login: Login, world: World) -> None:
    entry = desk.applicant(world)
    client, url = login("benefits"), f"/leistung/antrag/{entry.application_id}/"
    post = decision()
    assert client.post(url, post).status_code == 302
    assert client.post(url, post).status_code == 302
    outcome = ApplicationOutcome.objects.get()
    assert (outcome.kind, outcome.granted_to) == ("granted", date(2027, 10, 31))
    client.post(f"/leistung/ausgang/{outcome.pk}/zuruecknehmen/", {"op": op(), "reason": "Zahlendreher"})
    assert "Zahlendreher" in words(client.get(url))
    client.post(f"{url}vollstaendig/", {"op": op(), "complete": "1"})
    assert Application.objects.get().complete_at == at(9, 42)
    client.post(f"{url}vollstaendig/", {"op": op(), "complete": "0", "reason": " "})
    assert Application.objects.get().complete_at == at(9, 42)
    client.post(f"{url}vollstaendig/", {"op": op(), "complete": "0", "reason": "Mietvertrag fehlt"})
    assert Application.objects.get().complete_at is None


def test_benefits_takes_confirmations_back(login: Login, world: World) -> None:
    entry = desk.applicant(world, urgent=(UrgentKind.NO_MONEY,))
    client, url = login("benefits"), f"/leistung/antrag/{entry.application_id}/"
    client.post(f"{url}bestaetigen/", {"op": op(), "file_number": "AAA"})
    report = UrgentReport.objects.get()
    client.post(f"/leistung/meldung/{report.pk}/bestaetigen/", {"op": op(), "result": "Barcode"})
    page = client.get(url).content.decode()
    assert "Aktenzeichen AAA" in words(client.get(url))
    for path in (f"{url}bestaetigung-zuruecknehmen/", f"/leistung/meldung/{report.pk}/zuruecknehmen/"):
        assert f'action="{path}"' in page
        refused = client.post(path, {"op": op(), "reason": ""}, follow=True)
        assert "Bitte schreiben Sie kurz, warum das zurückgenommen wird." in words(refused)
        client.post(path, {"op": op(), "reason": "falsche Zeile", "next": url})
    report.refresh_from_db()
    assert (report.confirmed_at, Application.objects.get().confirmed_at) == (None, None)
    assert "ohne Antwort" in words(client.get(url))
    # Without an application there is no page; what was done is found on the list.
    client.post(f"/leistung/meldung/{report.pk}/erledigt/", {"op": op(), "result": "Barcode"})
    assert f'action="/leistung/meldung/{report.pk}/zuruecknehmen/"' in client.get(LIST).content.decode()


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"decided_on": "25.11.2026"}, "Zukunft"),
        ({"decided_on": "23.11.2026"}, "liegt vor dem Antrag"),
        ({"granted_to": "1.10.2026"}, "Ende liegt vor dem Anfang"),
        ({"granted_to": "1.11.2027"}, "für höchstens ein Jahr, hier bis So 31.10.2027 (§ 41 Abs. 3 SGB II)"),
        ({"provisional": "on"}, "vorläufig für höchstens sechs Monate, hier bis Fr 30.04.2027"),
        ({"granted_to": ""}, "Bitte eintragen, bis wann bewilligt ist."),
        ({"granted_from": "1.1.2020", "granted_to": ""}, "wirkt ab So 01.11.2026, früher wird nicht bewilligt"),
        ({"kind": "withdrawn"}, "Auswahl"),
        ({"kind": "moved"}, "Auswahl"),
        ({"source": ""}, "fehlt noch etwas"),
    ],
)
def test_impossible_decisions(login: Login, world: World, bad: dict[str, Any], said: str) -> None:
    entry = desk.applicant(world)
    answer = login("benefits").post(f"/leistung/antrag/{entry.application_id}/", decision(**bad))
    assert answer.status_code == 422
    assert said in words(answer)
    assert not ApplicationOutcome.objects.exists()


def test_benefits_sees_safe_contact_but_no_word_of_the_talk(login: Login, world: World) -> None:
    entry = with_papers(world)
    facts.add_fact(
        actor=world.actor(), at=at(9, 35), person_id=entry.person_id, entry_id=entry.pk, kind=FactKind.COURSE, since=TODAY - timedelta(days=1),
        what="Staplerschein", source="sagt sie selbst",
    )  # fmt: skip
    need(world, entry, UrgentKind.VIOLENCE)
    client = login("benefits")
    seen = words(client.get(f"/leistung/antrag/{entry.application_id}/")) + words(client.get(LIST))
    assert "Jana Silberdistel" in seen
    assert "Gewalt oder Angst" in seen
    for secret in ("Staplerschein", "Küchenhilfe", "Verkäuferin", "Stellenbörse"):
        assert secret not in seen
    assert AccessEvent.objects.filter(page="benefits:application", person_ids=[str(entry.person_id)]).exists()


def test_whoever_only_asked_may_find_work_and_their_way_ends(login: Login, world: World) -> None:
    entry = desk.applicant(world, wishes=("work",))
    client, path = login("entrance"), f"/eingang/weg/{entry.pk}/ausgang/"
    assert path in client.get(f"/personen/{entry.person_id}/").content.decode()
    wrong = client.post(path, {"form": "fact", "op": str(uuid4()), "kind": "work", "since": "", "what": "Lager", "source": "sagt sie selbst"})
    assert wrong.status_code == 422
    done = client.post(
        path, {"form": "fact", "op": str(uuid4()), "kind": "work", "since": f"{TODAY:%d.%m.%Y}", "what": "Lager", "source": "sagt sie selbst"}
    )
    assert done.status_code == 302
    fact = Fact.objects.get(person=entry.person_id)
    assert (fact.kind, fact.entry_id) == ("work", entry.pk)
    version = Entry.objects.get(pk=entry.pk).version
    ended = client.post(
        path, {"form": "end", "op": str(uuid4()), "version": version, "kind": "work", "ended_on": f"{TODAY:%d.%m.%Y}", "note": ""}, follow=True
    )
    assert "ViA ist beendet. Plätze nach diesem Tag sind wieder frei." in words(ended)
    assert Entry.objects.get(pk=entry.pk).end_kind == "work"
    asked = desk.applicant(world, "Rosa", "Wegwarte")
    assert client.get(f"/eingang/weg/{asked.pk}/ausgang/")["Location"] == f"/eingang/antrag/{asked.application_id}/"
