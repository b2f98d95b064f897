"""Who opened a file: asked with one key, agreed to with the other, then readable for two weeks. No page of it names a client."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.shortcuts import render as page
from django.views.decorators.http import require_POST

from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.audit import domain, policy, queries
from hilfefrei.apps.audit.actor import ROLE_LABELS, Role
from hilfefrei.apps.audit.models import AccessEvent, AccessInquiry
from hilfefrei.apps.audit.workflows import InquiryAbout, InquiryState
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.people import queries as people
from hilfefrei.core import clock
from hilfefrei.core.catalogue import load
from hilfefrei.papers import data, render
from hilfefrei.www import notes, papers
from hilfefrei.www.fields import GermanDateField
from hilfefrei.www.requests import Request, op_of
from hilfefrei.www.sheets import Cell, xlsx
from hilfefrei.www.verbs import VerbForm

PER_PAGE = 100
COLUMNS = (("wann", 18), ("wer", 28), ("wie", 14), ("Seite", 34), ("Personen", 12), ("Nummer", 12))
# What a page of ours is called for people; the rest is named by its place in the program.
PAGES = {
    "entrance": "Eingang",
    "via": "ViA-Woche",
    "people": "Personen",
    "benefits": "Leistungsliste",
    "desk": "Übergaben",
    "jobs": "Stellenbörse",
    "aftercare": "Nachfragen",
    "cockpit": "Zahlen und ihre Fälle",
}
# What was opened there, as it is called on the page itself; without a word here the place in the program stands.
PLACES = {
    "aftercare:questions": "fällige Nachfragen",
    "aftercare:record": "Nachfrage",
    "benefits:application": "Antrag",
    "benefits:delivery_rejects": "zurückgewiesene Zeilen einer Lieferung",
    "benefits:delivery_rows": "Zeilen einer Lieferung",
    "benefits:list": "Liste der Anträge",
    "cockpit:figure": "Fälle hinter einer Zahl",
    "desk:handovers": "Liste der Übergaben",
    "entrance:application": "Antrag",
    "entrance:board": "Wer wartet",
    "entrance:conversation": "Gespräch",
    "entrance:conversations": "Liste der Gespräche",
    "entrance:correct": "Erstkontakt berichtigen",
    "entrance:day_list": "Tagesliste",
    "entrance:delayed": "Später und nicht erreicht",
    "entrance:finished": "Ende des Gesprächs",
    "entrance:first_contact": "Erstkontakt, Suche nach Bekannten",
    "entrance:handout": "Handzettel",
    "entrance:later": "auf später legen",
    "entrance:leave": "Antrag offen oder nicht",
    "entrance:leave_copy": "Antrag offen oder nicht, Kopie",
    "entrance:leave_done": "Antrag offen oder nicht, festgehalten",
    "entrance:month_cases": "Fälle des Monats",
    "entrance:papers": "Unterlagen",
    "entrance:papers_request": "Bitte um Unterlagen",
    "entrance:receipt": "Bestätigung",
    "entrance:recorded": "Erstkontakt",
    "entrance:second_looks": "zweite Blicke",
    "entrance:shift_end": "Schichtende",
    "entrance:shift_note": "Notiz zum Schichtende",
    "entrance:take_from": "Gespräch übernehmen",
    "entrance:urgent": "dringende Meldung",
    "entrance:way_out": "Wie ging es aus?",
    "jobs:list": "Stellen zu einer Person",
    "people:address": "Anschrift",
    "people:consent": "Einwilligung",
    "people:contact": "Erreichen",
    "people:data": "alle Angaben",
    "people:data_notice": "Blatt: welche Daten",
    "people:detail": "Akte",
    "people:disclosure": "Auskunft auf Papier",
    "people:disclosure_json": "Auskunft als Datei",
    "people:duplicates": "doppelte Akten",
    "people:edit": "Angaben berichtigen",
    "people:export": "Liste als Datei",
    "people:extract": "Auszug",
    "people:household": "Haushalt",
    "people:list": "Suche und Liste",
    "people:protection": "Schutz",
    "people:report": "Fehler melden",
    "people:wish_answer": "Antwort auf den Löschwunsch",
    "privacy:wish": "Löschwunsch",
    "via:call_list": "Anrufliste",
    "via:date": "Termin",
    "via:export": "Teilnahme als Datei",
    "via:own_applications": "eigene Bewerbungen",
    "via:week": "Woche",
}
# The same for the person: what somebody does there.
PURPOSES = {
    "entrance": "Aufnahme, Gespräch, Blätter für Sie",
    "via": "Termine von ViA",
    "people": "Ihre Akte: Beratung und Auskunft",
    "benefits": "Antrag und Leistung",
    "desk": "Übergabe an ein anderes Team",
    "jobs": "Stellen für Sie suchen",
    "aftercare": "nachfragen, ob die Arbeit hält",
    "cockpit": "Zahlen prüfen",
    "cli": "Auskunft für Sie",
    "privacy": "Ihren Löschwunsch entscheiden",
}


class AskForm(VerbForm):
    """What is to be looked into, and why."""

    about = forms.ChoiceField(label="Frage", choices=InquiryAbout.choices, widget=forms.RadioSelect, initial=InquiryAbout.PERSON)
    number = forms.CharField(
        label="Nummer der Person", required=False, max_length=30, help_text="unsere Nummer oder Kundennummer, wie sie auf der Bestätigung steht"
    )
    user = forms.ChoiceField(label="Kollegin oder Kollege", required=False)
    first_day = GermanDateField(label="von", required=True, not_future=True)
    last_day = GermanDateField(label="bis", required=True)
    cause = forms.CharField(label="Anlass", max_length=300, widget=forms.Textarea({"rows": 2}), help_text="steht danach im Protokoll, bitte ohne Namen")

    def clean(self) -> dict[str, Any]:
        """Find the one who is meant; of a client only the number is known here."""
        given = super().clean() or {}
        if given.get("about") == InquiryAbout.USER:
            if not given.get("user"):
                self.add_error("user", "Bitte wählen Sie, um wen es geht.")
            else:
                given["about_id"] = UUID(given["user"])
        elif not given.get("number", "").strip():
            self.add_error("number", "Bitte die Nummer der Person eintragen.")
        else:
            found = people.ids_of_number(given["number"].strip())
            if len(found) == 1:
                given["about_id"] = found[0]
            elif found:
                self.add_error("number", "Diese Nummer gehört zu mehreren Menschen. Bitte die Kundennummer oder unsere Nummer nehmen.")
            else:
                self.add_error("number", "Diese Nummer kennen wir nicht.")
        return given


def index(request: Request) -> HttpResponse:
    """All looks so far, what waits for the own key, and the form to ask for one."""
    require(policy.may_hold_key(request.actor))
    names = _names(request)
    form = AskForm(request.POST or None)
    form.fields["user"].choices = [("", "bitte wählen"), *sorted(names.items(), key=lambda pair: pair[1])]  # type: ignore[attr-defined]  # a ChoiceField
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        asked = form.run(
            domain.ask_accesses,
            request,
            about=InquiryAbout(given["about"]),
            about_id=given["about_id"],
            cause=given["cause"],
            first_day=given["first_day"],
            last_day=given["last_day"],
        )
        if asked:
            notes.done(request, f"Gefragt. Jetzt braucht es den zweiten Schlüssel: {ROLE_LABELS[_other(request)]}.")
            return redirect("privacy:inquiry", asked.pk)
    rows = list(queries.inquiries(request.actor)[:PER_PAGE])
    waiting = set(queries.waiting_for(request.actor).values_list("pk", flat=True))
    return page(
        request,
        "privacy/accesses.html",
        {
            "form": form,
            "lines": [_line(row, names, waits=row.pk in waiting) for row in rows],
            "waiting": len(waiting),
            "other": ROLE_LABELS[_other(request)],
            "kept": load().retentions["access"].period,
        },
        status=422 if form.errors else 200,
    )


def inquiry(request: Request, inquiry_id: UUID) -> HttpResponse:
    """One look: why, who agreed, and while it is open what was opened. Reading it is itself written down."""
    found = _inquiry(request, inquiry_id)
    today = clock.today()
    names = _names(request)
    context: dict[str, Any] = {
        "inquiry": found,
        **_line(found, names, waits=queries.waiting_for(request.actor).filter(pk=found.pk).exists()),
        "other": ROLE_LABELS[_other(request)],
        "readable": queries.is_readable(found, today),
    }
    if context["readable"]:
        rows = queries.accesses(found, _records(found))
        shown = Paginator(rows, PER_PAGE).get_page(request.GET.get("seite"))
        domain.read_accesses(actor=request.actor, at=clock.now(), inquiry_id=found.pk, count=len(shown))
        context |= {"page": shown, "rows": _rows(list(shown), found, names), "count": shown.paginator.count}
    return page(request, "privacy/inquiry.html", context)


@require_POST
def answer(request: Request, inquiry_id: UUID) -> HttpResponse:
    """Turn the second key, or refuse with a reason."""
    found = _inquiry(request, inquiry_id)
    agree = request.POST.get("ja") == "1"
    domain.answer_accesses(
        actor=request.actor, at=clock.now(), inquiry_id=found.pk, agree=agree, answer=request.POST.get("answer", ""), op=op_of(request)
    )
    notes.done(request, f"Zugestimmt. Lesbar für {domain.READABLE_DAYS} Tage." if agree else "Abgelehnt. Es wird nichts gezeigt.")
    return redirect("privacy:inquiry", found.pk)


@require_POST
def close(request: Request, inquiry_id: UUID) -> HttpResponse:
    """Close a look."""
    found = _inquiry(request, inquiry_id)
    domain.close_accesses(actor=request.actor, at=clock.now(), inquiry_id=found.pk, op=op_of(request))
    notes.done(request, "Geschlossen. Wer noch einmal hineinsehen will, fragt neu.")
    return redirect("privacy:inquiry", found.pk)


def export(request: Request, inquiry_id: UUID) -> HttpResponse:
    """The accesses of an open look as XLSX, for the answer to a complaint."""
    found = _inquiry(request, inquiry_id)
    if not queries.is_readable(found, clock.today()):
        raise Http404
    rows = list(queries.accesses(found, _records(found)))
    domain.read_accesses(actor=request.actor, at=clock.now(), inquiry_id=found.pk, count=len(rows))
    names = _names(request)
    cells: list[list[Cell]] = [
        [row["at"], row["who"], row["how"], row["page"], row["count"], row["number"]] for row in _rows(rows, found, names)
    ]
    return xlsx("zugriffe.xlsx", "Zugriffe", COLUMNS, cells)


def notice(request: Request, inquiry_id: UUID) -> HttpResponse:
    """For the person who asked: when somebody looked at their file and what for, never who (Art. 15(1) DSGVO, § 83 SGB X)."""
    found = _inquiry(request, inquiry_id)
    if found.about != InquiryAbout.PERSON or not queries.is_readable(found, clock.today()):
        raise Http404
    rows = list(queries.accesses(found, _records(found)))
    domain.read_accesses(actor=request.actor, at=clock.now(), inquiry_id=found.pk, count=len(rows))
    sheet = data.AccessNotice(
        office=papers.office(request), printed_at=clock.now(), contact=papers.contact(request), number=people.number_of(found.about_id),
        first_day=found.first_day, last_day=found.last_day,
        lines=tuple(data.AccessLine(row.at, row.get_kind_display(), PURPOSES.get(row.page.split(":")[0], "Prüfung im Haus")) for row in rows),
    )  # fmt: skip
    return papers.pdf(render("access_notice", sheet), "zugriffe.pdf")


# --- helpers ----------------------------------------------------------------------------------------------------------


def _inquiry(request: Request, inquiry_id: UUID) -> AccessInquiry:
    require(policy.may_hold_key(request.actor))
    return get_object_or_404(queries.inquiries(request.actor), pk=inquiry_id)


def _other(request: Request) -> Role:
    return next(key for key in policy.KEYS if key != policy.key_of(request.actor))


def _names(request: Request) -> dict[str, str]:
    users = User.objects.filter(jobcenter_id=request.actor.jobcenter_id)
    return {str(user.pk): user.get_full_name() or user.username for user in users}


def _records(found: AccessInquiry) -> list[UUID]:
    return people.linked_ids(found.about_id) if found.about == InquiryAbout.PERSON else []


def _line(found: AccessInquiry, names: dict[str, str], *, waits: bool) -> dict[str, Any]:
    if found.about == InquiryAbout.PERSON:
        number = people.number_of(found.about_id)
        about = f"Nummer {number}" if number else "gelöschte Akte"
    else:
        about = names.get(str(found.about_id), "früherer Zugang")
    return {
        "row": found,
        "about": about,
        "asked_by": names.get(str(found.asked_by), ""),
        "asked_as": ROLE_LABELS[Role(found.asked_as)],
        "answered_by": names.get(str(found.answered_by), "") if found.answered_by else "",
        "waits": waits,
        "over": found.state == InquiryState.OPEN and not queries.is_readable(found, clock.today()),
    }


def _rows(events: list[AccessEvent], found: AccessInquiry, names: dict[str, str]) -> list[dict[str, Any]]:
    """Lines for the table: of a client the number only, and it only where one file was opened."""
    of_colleague = found.about == InquiryAbout.USER
    opened = {UUID(e.person_ids[0]) for e in events if of_colleague and len(e.person_ids) == 1}
    numbers = people.numbers_of(opened)
    return [
        {
            "at": event.at,
            "who": names.get(str(event.actor_id), "Hilfefrei"),
            "how": event.get_kind_display(),
            "page": PAGES.get(event.page.split(":")[0], event.page),
            "place": PLACES.get(event.page, event.page),
            "count": len(event.person_ids),
            "number": numbers.get(UUID(event.person_ids[0]), "") if of_colleague and len(event.person_ids) == 1 else "",
        }
        for event in events
    ]
