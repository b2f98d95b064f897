"""The e-file: what a talk leaves behind goes into a watched folder as PDF/A with its metadata, at each closing.

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
from hilfefrei.apps.benefits.transport import lay
from hilfefrei.apps.intake import queries
from hilfefrei.apps.intake.models import Conversation, Entry
from hilfefrei.apps.org import queries as org
from hilfefrei.apps.org.models import Jobcenter
from hilfefrei.apps.people import policy as people
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


def talk_closed(jobcenter_id: UUID, payload: dict[str, Any], now: datetime, data: Path) -> None:
    """Lay receipt, handout and note of a closed talk into the folder ``akte``. The same talk again writes the same names."""
    talk = Conversation.objects.select_related("entry__person", "entry__application__applicant", "entry__taken_by").get(pk=payload["talk"])
    entry = talk.entry
    if people.guarded([entry.person_id], berlin_day(now)):
        return
    user = User.objects.get(pk=payload["user"])
    actor = org.actor_of(user, berlin_day(now))
    hand = Hand(actor, Jobcenter.objects.get(pk=jobcenter_id), user, org.team_names(actor))
    made = [("handzettel", PLACEMENT, handout.handout(hand, entry)), ("vermerk", PLACEMENT, render("talk_note", note(hand, entry, talk, now)))]
    if entry.application is not None:
        made.append(("bestaetigung", BENEFITS, papers.receipt(hand, entry.application)))
    for kind, zone, pdf in made:
        lay(data / FOLDER, f"{kind}-{talk.pk}", {"pdf": pdf, "xml": metadata(entry, talk, kind, zone, pdf)}, PORT)


TITLES: Final = {"handzettel": "Handzettel", "vermerk": "Gesprächsvermerk", "bestaetigung": "Bestätigung des Antrags"}


def metadata(entry: Entry, talk: Conversation, kind: str, zone: str, pdf: bytes) -> bytes:
    """What the e-file files a document by. Numbers, no name."""
    application = entry.application
    root = ET.Element("dokument", {"version": "1"})
    for name, value in {
        "art": kind,
        "titel": TITLES[kind],
        "zone": zone,
        "datum": (talk.finished_at or talk.started_at).isoformat(timespec="seconds"),
        "aktenzeichen": application.file_number if application else "",
        "zeichen": application.reference if application else "",
        "nummer": str(entry.person.callsign),
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


HANDLERS: dict[str, Handler] = {"efile.talk": talk_closed}
