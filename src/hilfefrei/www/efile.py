"""The e-file: what closes leaves a paper, and that goes into a watched folder as PDF/A with its metadata, by itself.

An application leaves its receipt, a talk its handout and note (and the receipt as it then stands), "dann lasse ich es" its copy.
What is corrected later goes there once more, under a name of its own: nothing that lies there is replaced by something else.
Documents of protected people do not leave by themselves: who is named in the protection prints them (``docs/neighbour.md``).
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID
from xml.etree import ElementTree as ET

from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.tasks import Handler
from hilfefrei.apps.benefits.models import Application
from hilfefrei.apps.benefits.transport import lay
from hilfefrei.apps.intake import queries
from hilfefrei.apps.intake.models import Conversation, Entry, Leave
from hilfefrei.apps.org import queries as org
from hilfefrei.apps.org.models import Jobcenter
from hilfefrei.apps.people import policy as people
from hilfefrei.apps.people.models import Person
from hilfefrei.core import questions
from hilfefrei.core.days import berlin_day, format_day, format_moment
from hilfefrei.papers import data as facts
from hilfefrei.papers import render
from hilfefrei.www import handout, papers

FOLDER: Final = "akte"
PORT: Final = "efile"
# Whose documents these are: benefits read none of placement (rule 7).
BENEFITS, PLACEMENT = "leistung", "vermittlung"


@dataclass(frozen=True, slots=True)
class Hand:
    """In whose name the background service prints."""

    actor: Actor
    jobcenter: Jobcenter
    user: User
    team_name: str


TITLES: Final = {"handzettel": "Handzettel", "vermerk": "Gesprächsvermerk", "bestaetigung": "Bestätigung des Antrags", "erklaerung": "Kopie der Erklärung"}


@dataclass(frozen=True, slots=True)
class Filed:
    """What a document is filed by: ``key`` (of the talk, the application, …), whose it is, and when it came to be.

    ``correction``: 0, or the version of what was corrected; it is no count, only unlike those before.
    """

    key: UUID
    person: Person
    application: Application | None
    at: datetime
    correction: int = 0
    signed_on: date | None = None

    def name(self, kind: str) -> str:
        """The file name without its ending; the same document again has the same."""
        return f"{kind}-{self.key}" + (f"-b{self.correction}" if self.correction else "")


def talk_closed(jobcenter_id: UUID, payload: dict[str, Any], now: datetime, data: Path) -> None:
    """Lay receipt, handout and note of a closed talk into the folder ``akte``. The same talk again writes the same names."""
    talk = Conversation.objects.select_related("entry__person", "entry__application__applicant", "entry__taken_by").get(pk=payload["talk"])
    entry = talk.entry
    if people.guarded([entry.person_id], berlin_day(now)):
        return
    hand = _hand(jobcenter_id, payload, now)
    filed = Filed(talk.pk, entry.person, entry.application, talk.finished_at or talk.started_at, payload.get("correction", 0))
    made = [("handzettel", PLACEMENT, handout.handout(hand, entry)), ("vermerk", PLACEMENT, render("talk_note", note(hand, entry, talk, now)))]
    if entry.application is not None:
        made.append(("bestaetigung", BENEFITS, papers.receipt(hand, entry.application)))
    for kind, zone, pdf in made:
        _lay(data, filed, kind, zone, pdf)


def receipt_made(jobcenter_id: UUID, payload: dict[str, Any], now: datetime, data: Path) -> None:
    """Lay the receipt of an application down, whether or not a talk follows."""
    application = Application.objects.select_related("applicant").get(pk=payload["application"])
    if people.guarded([application.applicant_id], berlin_day(now)):
        return
    filed = Filed(application.pk, application.applicant, application, application.asked_at, payload.get("correction", 0))
    _lay(data, filed, "bestaetigung", BENEFITS, papers.receipt(_hand(jobcenter_id, payload, now), application))


def leave_recorded(jobcenter_id: UUID, payload: dict[str, Any], now: datetime, data: Path) -> None:
    """Lay the copy of "dann lasse ich es" down. It tells the reason in the person's words, so it is none of benefits'."""
    made = Leave.objects.select_related("entry__person", "application", "explained_by").get(pk=payload["leave"])
    person = made.entry.person
    if people.guarded([person.pk], berlin_day(now)):
        return
    filed = Filed(made.pk, person, made.application, made.at, payload.get("correction", 0), made.signed_on)
    _lay(data, filed, "erklaerung", PLACEMENT, papers.leave_copy(_hand(jobcenter_id, payload, now), made))


def _hand(jobcenter_id: UUID, payload: dict[str, Any], now: datetime) -> Hand:
    user = User.objects.get(pk=payload["user"])
    actor = org.actor_of(user, berlin_day(now))
    return Hand(actor, Jobcenter.objects.get(pk=jobcenter_id), user, org.team_names(actor))


def _lay(data: Path, filed: Filed, kind: str, zone: str, pdf: bytes) -> None:
    lay(data / FOLDER, filed.name(kind), {"pdf": pdf, "xml": metadata(filed, kind, zone, pdf)}, PORT)


def metadata(filed: Filed, kind: str, zone: str, pdf: bytes) -> bytes:
    """What the e-file files a document by. Numbers, no name."""
    application = filed.application
    root = ET.Element("dokument", {"version": "1"})
    for name, value in {
        "art": kind,
        "titel": TITLES[kind],
        "zone": zone,
        "datum": filed.at.isoformat(timespec="seconds"),
        "berichtigung": str(filed.correction or ""),
        "unterschrieben": filed.signed_on.isoformat() if filed.signed_on else "",
        "aktenzeichen": application.file_number if application else "",
        "zeichen": application.reference if application else "",
        "nummer": str(filed.person.callsign),
        "format": "PDF/A-2a",
        "sha256": hashlib.sha256(pdf).hexdigest(),
    }.items():
        if value:
            ET.SubElement(root, name).text = value
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def note(hand: Hand, entry: Entry, talk: Conversation, now: datetime) -> facts.TalkNote:
    """What was said and agreed, as the page shows it."""
    answers = queries.current_answers(entry.pk)
    said = tuple(
        facts.ExtractRow(group.title, questions.summary(group, answers[group.id].values)) for group in questions.load().groups if group.id in answers
    )
    agreed = handout.facts(hand, entry)
    application = entry.application
    where = entry.triage_own or entry.triage_reason
    return facts.TalkNote(
        office=agreed.office,
        printed_at=now,
        contact=papers.contact(hand),
        name=entry.person.full_name,
        number=(application.file_number or application.reference) if application else str(entry.person.callsign),
        held_at=talk.started_at,
        parts=(
            facts.ExtractPart("Angaben", said),
            facts.ExtractPart("Was wichtig ist", (facts.ExtractRow("Wunsch", entry.wish),) if entry.wish else ()),
            facts.ExtractPart(
                "Vereinbart",
                tuple(facts.ExtractRow(t.who, t.what, _until(t.until)) for t in agreed.tasks),
            ),
            facts.ExtractPart("Gebucht", tuple(facts.ExtractRow(format_moment(b.at), b.what, b.where) for b in agreed.bookings)),
            facts.ExtractPart("Stellen mitgegeben", tuple(facts.ExtractRow(v.title, v.employer) for v in agreed.vacancies)),
            facts.ExtractPart("Wohin", (facts.ExtractRow("Vorschlag", where),) if where else ()),
        ),
    )


def _until(until: date | None) -> str:
    if until is None:
        return ""
    return format_moment(until) if isinstance(until, datetime) else format_day(until)


HANDLERS: dict[str, Handler] = {"efile.talk": talk_closed, "efile.receipt": receipt_made, "efile.leave": leave_recorded}
