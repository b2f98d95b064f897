"""„Dann lasse ich es“ on the page: "stays open" first and alone chosen, the rest only as the law allows."""

import re
from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from hilfefrei.apps.benefits.models import Application, ApplicationOutcome
from hilfefrei.apps.benefits.workflows import UrgentKind
from hilfefrei.apps.intake.domain import leave as verbs
from hilfefrei.apps.intake.models import Entry, Leave
from hilfefrei.apps.intake.workflows import LeaveAct
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people.workflows import AttendantKind
from tests import desk
from tests.world import World, at
from tests.www.test_talk import text

Login = Callable[[str], Client]


def url(entry: Entry) -> str:
    return f"/eingang/gespraech/{entry.pk}/ohne-antrag/"


def given(**changed: Any) -> dict[str, Any]:
    return {
        "op": str(uuid4()), "act": "stays_open", "words": "Ich fange am 1. Dezember an.", "rights": list(verbs.RIGHTS),
        "call_day": "26.11.2026", "call_time": "10",
    } | changed  # fmt: skip


def test_only_staying_open_is_chosen_and_primary(login: Login, world: World) -> None:
    body = login("entrance").get(url(desk.applicant(world))).content.decode()
    checked = re.findall(r'<input type="radio" name="act"[^>]*value="(\w+)"[^>]* checked', body)
    assert checked == ["stays_open"]
    assert re.findall(r'kern-btn--primary[^>]*>.*?<span class="kern-label">([^<]*)', body) == ["Antrag offen lassen"]
    assert 'name="rights" id="right-counsel" value="counsel" checked' not in body
    disabled = re.findall(r'value="(\w+)"[^>]* disabled', body)
    assert disabled == ["only_asked", "waiver"]


def test_staying_open_stays_open_whatever_else_was_ticked(login: Login, world: World) -> None:
    entry = desk.applicant(world)
    answer = login("entrance").post(url(entry), given(act="withdrawn", stay="1", rights=[]))
    made = Leave.objects.get()
    assert answer.url == f"/eingang/erklaerung/{made.pk}/"
    assert made.act == LeaveAct.STAYS_OPEN
    assert not ApplicationOutcome.objects.exists()
    page = text(login("entrance").get(answer.url))
    assert "fehlte, das ist so vermerkt" in page
    assert "keine, das ist so vermerkt" in page


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"act": "withdrawn"}, "Ohne Unterschrift bleibt der Antrag offen."),
        ({"act": "withdrawn", "signed": "on", "rights": ["counsel"]}, "Bitte erklären Sie zuerst alle Rechte."),
        ({"act": "only_asked"}, "Sie haben einen Antrag gestellt."),
        ({"act": "waiver", "signed": "on"}, "Der Anspruch ist noch nicht entschieden."),
        ({"words": ""}, "Hier fehlt noch etwas."),
        ({"call_day": "31.2.2027"}, ""),
    ],
)
def test_what_the_law_asks_for_is_asked_and_nothing_typed_is_lost(
    login: Login, world: World, bad: dict[str, Any], said: str
) -> None:
    entry = desk.applicant(world)
    answer = login("entrance").post(url(entry), given(representative="Hanna Weide") | bad)
    assert answer.status_code == 422
    assert said in text(answer)
    if "words" not in bad:
        assert "Ich fange am 1. Dezember an." in answer.content.decode()
    assert not Leave.objects.exists()
    assert not ApplicationOutcome.objects.exists()


def test_a_signed_withdrawal_closes_the_application_and_keeps_its_moment(login: Login, world: World) -> None:
    entry = desk.applicant(world)
    page = login("entrance").post(url(entry), given(act="withdrawn", signed="on"), follow=True)
    assert "Antrag zurückgenommen" in text(page)
    assert "vom Di 24.11.2026, 08:52 Uhr" in text(page)
    assert [o.kind for o in ApplicationOutcome.objects.all()] == ["withdrawn"]
    assert Application.objects.get().asked_at == at(8, 52)


def test_a_guardian_is_named_and_asked_for(login: Login, world: World) -> None:
    entry = desk.applicant(world)
    assert "gesetzlichen Vertretung, Name" not in text(login("entrance").get(url(entry)))
    people.add_attendant(
        actor=world.actor(), at=at(), person_id=entry.person_id, kind=AttendantKind.GUARDIAN, name="Hanna Weide", phone="0171 39200 71"
    )
    page = text(login("entrance").get(url(entry)))
    assert "Gesetzliche Vertretung: Hanna Weide , 0171 39200 71" in page
    answer = login("entrance").post(url(entry), given(act="withdrawn", signed="on"))
    assert answer.status_code == 422
    assert not ApplicationOutcome.objects.exists()


def test_under_18_the_dialogue_asks_for_the_representative_and_says_what_is_still_open(login: Login, world: World) -> None:
    entry = desk.applicant(world, birth=date(2010, 5, 4), urgent=(UrgentKind.NO_ROOF,))
    page = text(login("entrance").get(url(entry)))
    assert "Wohnung in Gefahr ist noch offen." in page
    assert page.index("Wohnung in Gefahr ist noch offen.") < page.index("Der Antrag bleibt offen")
    assert "Zustimmung der gesetzlichen Vertretung, Name" in page
    answer = login("entrance").post(url(entry), given(act="withdrawn", signed="on"))
    assert answer.status_code == 422
    assert "Diese Person ist noch nicht 18." in text(answer)
    login("entrance").post(url(entry), given(act="withdrawn", signed="on", representative="Hanna Weide"))
    assert [o.kind for o in ApplicationOutcome.objects.all()] == ["withdrawn"]
    assert entry.person.urgent_reports.get().closed_at is None


@pytest.mark.parametrize(
    "bad",
    [
        {"call_day": "23.11.2026"},
        {"call_day": "26.11.2036"},
        {"appointment_day": "20.11.2026"},
        {"appointment_day": "24.11.2028"},
        {"act": "withdrawn", "signed": "on", "signed_on": "23.11.2026"},
    ],
)
def test_a_date_that_cannot_be_is_said_at_its_field(login: Login, world: World, bad: dict[str, Any]) -> None:
    answer = login("entrance").post(url(desk.applicant(world)), given(**bad))
    assert answer.status_code == 422
    name = list(bad)[-1]
    assert f'id="id_{name}_error"' in answer.content.decode()
    assert not Leave.objects.exists()


def test_after_a_withdrawal_one_button_takes_the_new_application(login: Login, world: World) -> None:
    made = verbs.record_leave(
        actor=world.actor(), at=at(9, 20), entry_id=desk.applicant(world).pk, act=LeaveAct.WITHDRAWN, words="Ich fange an.",
        rights=list(verbs.RIGHTS), signed=True, call_at=at(10, days=2),
    )  # fmt: skip
    client = login("entrance")
    page = text(client.get(f"/eingang/erklaerung/{made.pk}/"))
    assert "Neuen Antrag aufnehmen" in page
    assert "Widerruf festhalten" not in page
    done = text(client.post(f"/eingang/erklaerung/{made.pk}/antrag/", {"op": str(uuid4()), "channel": "phone", "note": "Doch nicht."}, follow=True))
    assert [(a.asked_at, a.channel) for a in Application.objects.order_by("asked_at")] == [(at(8, 52), "in_person"), (at(), "phone")]
    assert "vom Di 24.11.2026, 08:52 Uhr" in done
    assert "Neuer Antrag Di 24.11.2026, 09:42 Uhr" in done
    assert "Anruf festhalten" in done
    assert "Neuen Antrag aufnehmen" not in done


def test_a_coach_who_leads_the_talk_records_it(login: Login, world: World) -> None:
    entry = desk.applicant(world)
    assert login("coach").post(url(entry), given(), follow=True).status_code == 200
    assert Leave.objects.get().explained_by_id == world.users["coach"].pk


def test_the_copy_is_a_pdf_and_to_print_it_for_the_person_is_noted_once(login: Login, world: World) -> None:
    pypdf = pytest.importorskip("pypdf")
    made = verbs.record_leave(
        actor=world.actor(), at=at(10, 2), entry_id=desk.applicant(world).pk, act=LeaveAct.WITHDRAWN, words="Ich fange an.",
        rights=list(verbs.RIGHTS), signed=True, call_at=at(10, 0, days=2),
    )  # fmt: skip
    answer = login("entrance").get(f"/eingang/erklaerung/{made.pk}/kopie.pdf")
    words = " ".join(p.extract_text() for p in pypdf.PdfReader(BytesIO(answer.content)).pages)
    assert "Ich fange an." in words
    assert "08:52" in words
    made.refresh_from_db()
    assert made.copy_at is None
    assert login("entrance").post(f"/eingang/erklaerung/{made.pk}/kopie/mitgeben/").url == f"/eingang/erklaerung/{made.pk}/kopie.pdf"
    made.refresh_from_db()
    assert made.copy_at == at()


def test_calls_second_looks_and_coming_back(login: Login, world: World) -> None:
    made = verbs.record_leave(
        actor=world.actor("colleague"), at=at(9, 20), entry_id=desk.applicant(world).pk, act=LeaveAct.STAYS_OPEN, words="Ich fange an.",
        rights=[], call_at=at(9, 30), may_call=True,
    )  # fmt: skip
    client = login("entrance")
    page = text(client.get("/eingang/zweite-blicke/"))
    assert "1 wartet." in page
    assert "0 von 5 Rechten erklärt" in page
    assert "Anrufe: „Reicht das Geld?“" in page
    client.post(f"/eingang/zweite-blicke/{made.pk}/", {"op": str(uuid4()), "ok": "no", "note": "Rechte fehlen"})
    client.post(f"/eingang/erklaerung/{made.pk}/anruf/", {"op": str(uuid4()), "note": "Es reicht bis zum Lohn."})
    made.refresh_from_db()
    assert (made.second_ok, made.second_note) == (False, "Rechte fehlen")
    done = text(client.get(f"/eingang/erklaerung/{made.pk}/"))
    assert "Angerufen: Es reicht bis zum Lohn." in done
    assert "Nächster Anruf Do 24.12., 10:00" in done
    client.post(f"/eingang/erklaerung/{made.pk}/widerruf/", {"op": str(uuid4()), "note": "Doch nicht."})
    assert "widerrufen" in text(client.get(f"/eingang/erklaerung/{made.pk}/"))


def test_what_the_second_look_sent_back_stands_on_the_board_until_it_is_mended(login: Login, world: World) -> None:
    made = verbs.record_leave(
        actor=world.actor(), at=at(9, 20), entry_id=desk.applicant(world).pk, act=LeaveAct.STAYS_OPEN, words="x", rights=["counsel"],
        call_at=at(10, days=2),
    )  # fmt: skip
    assert "Zurück vom zweiten Blick" not in text(login("entrance").get("/eingang/"))
    login("via_lead").post(f"/eingang/zweite-blicke/{made.pk}/", {"op": str(uuid4()), "ok": "no", "note": "Rechte fehlen"})
    client = login("entrance")
    board = text(client.get("/eingang/"))
    assert "Zurück vom zweiten Blick" in board
    assert "Rechte fehlen · erklärt von Eisvogel" in board
    assert f"/eingang/erklaerung/{made.pk}/" in client.get("/eingang/").content.decode()
    assert "Rechte fehlen" not in text(client.get("/eingang/?sichtschutz=an", follow=True))
    assert "bis es nachgetragen ist" in text(client.get("/eingang/zweite-blicke/"))
    page = client.get(f"/eingang/erklaerung/{made.pk}/").content.decode()
    assert 'id="mr-bridge"' in page
    assert 'id="mr-counsel"' not in page
    done = client.post(
        f"/eingang/erklaerung/{made.pk}/nachtrag/", {"op": str(uuid4()), "note": "heute erklärt", "rights": list(verbs.RIGHTS)}, follow=True
    )
    assert "5 von 5" in text(done)
    assert ": Rechte fehlen Nachgetragen: heute erklärt" in text(done)
    assert "bitte nachtragen" not in text(client.get("/eingang/"))
    assert "Zurück: Rechte fehlen Nachgetragen: heute erklärt" in text(login("via_lead").get("/eingang/zweite-blicke/"))


def test_the_one_who_explained_cannot_look_a_second_time(login: Login, world: World) -> None:
    made = verbs.record_leave(
        actor=world.actor(), at=at(9, 20), entry_id=desk.applicant(world).pk, act=LeaveAct.STAYS_OPEN, words="x", rights=[]
    )
    client = login("entrance")
    assert "Nichts wartet auf Sie." in text(client.get("/eingang/zweite-blicke/"))
    client.post(f"/eingang/zweite-blicke/{made.pk}/", {"op": str(uuid4()), "ok": "yes"})
    made.refresh_from_db()
    assert made.second_at is None
    lead = login("via_lead")
    lead.post(f"/eingang/zweite-blicke/{made.pk}/", {"op": str(uuid4()), "ok": "yes"})
    made.refresh_from_db()
    assert (made.second_ok, made.second_by_id) == (True, world.users["via_lead"].pk)
    assert login("via_lead").get(f"/eingang/erklaerung/{made.pk}/").status_code == 403
