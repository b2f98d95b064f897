"""The page of a person: what is urgent first; then applications and ways, the course, facts with their source."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Model
from django.http import Http404, HttpResponse
from django.shortcuts import render as page

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.benefits import delivered
from hilfefrei.apps.benefits import policy as benefits_policy
from hilfefrei.apps.benefits import queries as benefits
from hilfefrei.apps.benefits.models import Application, Contradiction, UrgentReport
from hilfefrei.apps.intake import policy as intake_policy
from hilfefrei.apps.intake import queries as intake
from hilfefrei.apps.intake.models import Entry, Fact, FollowUp, Leave
from hilfefrei.apps.intake.workflows import EntryState, FactKind
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.people import policy, queries
from hilfefrei.apps.people.models import (
    Address,
    Attendant,
    ForeignError,
    Membership,
    Number,
    Person,
    PersonLink,
    Responsibility,
    Restriction,
)
from hilfefrei.apps.people.queries import Happening, Member, Source
from hilfefrei.apps.people.workflows import AddressKind, AttendantKind, MemberRole, Stay
from hilfefrei.apps.privacy import queries as privacy
from hilfefrei.apps.privacy.models import FieldNote, Hold
from hilfefrei.core import clock, clocks, periods
from hilfefrei.core.days import berlin_day, format_day, format_moment
from hilfefrei.papers import data, render
from hilfefrei.www import papers
from hilfefrei.www.requests import Request

# Without anything today, the course shows the last few things instead of nothing.
RECENT = 6
# What may hang on a person and mostly does not.
HANGING: dict[type[Model], tuple[str, ...]] = {
    Application: ("applicant",),
    PersonLink: ("keep", "other"),
    **dict.fromkeys((Attendant, Contradiction, Entry, Fact, FieldNote, FollowUp, ForeignError, Hold, UrgentReport), ("person",)),
}
OPEN_ENTRY = {EntryState.WAITING, EntryState.IN_TALK, EntryState.LATER, EntryState.NOT_REACHED, EntryState.IN_VIA}


def person_of(request: Request, person_id: UUID) -> Person:
    """The person, or 404."""
    require(policy.may_see_people(request.actor))
    try:
        return policy.get_person_for(request.actor, person_id, clock.today())
    except Person.DoesNotExist as error:
        raise Http404 from error


@dataclass(frozen=True)
class Line:
    """One line of the facts: what, its value, where it comes from."""

    name: str
    value: str
    source: str = ""
    # What the person says against it (§ 84(2) SGB X).
    disputed: str = ""


@dataclass(frozen=True)
class Zone:
    """What the reader may see and do with this person, beyond names and numbers."""

    placement: bool
    talk: bool
    urgent: bool
    papers: bool
    benefits: bool


@dataclass(frozen=True)
class File:
    """Everything that stands on the page, read once."""

    person: Person
    same: list[UUID]
    zone: Zone
    restriction: Restriction | None
    homes: list[Address]
    asked: list[benefits.Asked]
    latest: Application | None
    told: list[UrgentReport]
    entries: list[Entry]
    facts: list[Fact]
    sources: dict[str, Source]
    own: list[Membership]
    members: list[Member]
    numbers: list[Number]
    attendants: list[Attendant]
    responsibilities: list[Responsibility]
    links: list[PersonLink]
    # Whether the paying system knows the person.
    foreign: bool
    # Which tables have anything at all of the person.
    there: dict[type[Model], bool]

    @property
    def reports(self) -> list[UrgentReport]:
        """The urgent reports that are not done."""
        return [r for r in self.told if r.closed_at is None]

    @property
    def open_entry(self) -> Entry | None:
        """The way that runs now."""
        return next((e for e in self.entries if e.state in OPEN_ENTRY and e.person_id == self.person.pk), None)

    @property
    def waiting_report(self) -> UrgentReport | None:
        """The report that benefits have not confirmed."""
        return benefits.first_waiting(self.reports)


def file_of(request: Request, person: Person, *, on_paper: bool = False) -> File:
    """Read what the actor may see of a person, or may print."""
    actor, today = request.actor, clock.today()
    placement = policy.may_see_placement(actor)
    zone = Zone(
        placement=placement,
        talk=intake_policy.may(actor, "talk"),
        urgent=placement and benefits_policy.may_record(actor),
        papers=placement and benefits_policy.may_handle_papers(actor),
        benefits=benefits_policy.may_confirm(actor),
    )
    same = queries.linked_ids(person.pk)
    there = queries.filled(same, HANGING)
    lives = policy.open_memberships(person)
    own = policy.memberships_shown(actor, person, today, lives)
    numbers = list(queries.numbers(person, lives))
    sources = queries.sources(person)
    if all(m.role == MemberRole.CHILD for m in own):
        # Who noted when that the child lives in the other household tells of that household.
        hidden = len(lives) > len(own)
        sources = {key: s for key, s in sources.items() if not (hidden and key.startswith("membership."))}
    asked = benefits.asked_by(same, person.pk) if there[Application] else []
    entries = intake.entries_of(actor, same, today) if there[Entry] else []
    shown = {person.pk, *(m.benefit_unit_id for m in own)}
    return File(
        person=person,
        same=same,
        zone=zone,
        restriction=queries.restriction_of(person, today) if policy.guarded([person.pk], today) else None,
        homes=[h for h in queries.homes(person) if h.valid_to is None or h.valid_to >= today],
        asked=asked,
        latest=benefits.current(asked),
        told=list(benefits.reports_of(same)) if there[UrgentReport] else [],
        entries=entries,
        facts=intake.facts_of(actor, same, today) if there[Fact] else [],
        sources=sources,
        own=own,
        members=queries.household(actor, person, today, own, on_paper=on_paper),
        numbers=[n for n in numbers if n.person_id in shown or n.benefit_unit_id in shown],
        attendants=list(queries.attendants(person, today)) if there[Attendant] else [],
        responsibilities=list(queries.responsibilities(person)),
        links=list(queries.links(person)) if there[PersonLink] else [],
        foreign=any(n.valid_to is None for n in numbers),
        there=there | queries.filled([e.pk for e in entries], intake.ON_A_WAY),
    )


def _said(source: Source | None) -> str:
    if source is None:
        return ""
    day = format_day(berlin_day(source.at), weekday=False, year=berlin_day(source.at).year != clock.today().year)
    return ", ".join(part for part in (source.by, day) if part)


def _address(home: Address, *, shut: bool) -> str:
    if home.kind == "shelter" and shut:
        return "geschützte Unterkunft"
    where = ", ".join(part for part in (home.street, f"{home.plz} {home.place}".strip()) if part)
    return where or home.get_kind_display()


def _who(member: Member, today: date) -> str:
    """"Jonte 11, abwechselnd hier": first name, age, and whether only on some days."""
    age = f" {periods.age_on(member.birth_date, today)}" if member.birth_date else ""
    return member.name.split()[0] + age + (" (abwechselnd hier)" if member.membership.stay == Stay.PART else "")


def facts_about(request: Request, held: File) -> list[Line]:
    """Facts of the contact zone, then of the placement zone, each with its source."""
    person, sources, today = held.person, held.sources, clock.today()

    def said(*keys: str) -> str:
        known = [sources[k] for k in keys if k in sources]
        return _said(max(known, key=lambda s: s.at) if known else None)

    lines = [
        Line("Geburtstag", format_day(person.birth_date, year=True, weekday=False) if person.birth_date else "noch nicht bekannt", said("person.birth_date")),
        Line("Name", person.full_name + (f", geb. {person.birth_name}" if person.birth_name else ""), said("person.last_name", "person.first_name")),
        Line("Sprache", person.get_language_display() + (", Sprachmittlung nötig" if person.needs_interpreter else ""), said("person.language", "person.needs_interpreter", "person.callsign")),
    ]
    if person.nationality:
        lines.append(Line("Staatsangehörigkeit", person.nationality, said("person.nationality")))
    named = [_who(m, today) for m in held.members if m.name]
    unnamed = len(held.members) - len(named)
    others = named + ([f"{unnamed} weitere"] if unnamed else [])
    lines.append(Line("lebt mit", ", ".join(others) or "niemandem, soweit wir wissen", said("membership.role", "membership.valid_from")))
    first = queries.first_of(held.own)
    if first is not None and first.stay == Stay.PART:
        lines.append(Line("wohnt", "abwechselnd hier und beim anderen Elternteil", said("membership.stay")))
    for home in held.homes:
        blocked = ", keine Post" if home.no_letters else ""
        where = _address(home, shut=held.restriction is None)
        lines.append(Line(home.get_kind_display(), where + blocked, said("address.street", "address.no_letters")))
    lines += [
        Line(a.get_kind_display(), ", ".join(p for p in (a.name, a.phone, a.remarks) if p), said("attendant.name"))
        for a in held.attendants
    ]
    lines += [
        Line(
            f.get_kind_display(),
            ", ".join(p for p in (f.what, f"seit {format_day(f.since, year=True, weekday=False)}") if p),
            f"{f.source}, {format_day(berlin_day(f.recorded_at), weekday=False, today=clock.today())}",
        )
        for f in held.facts
    ]
    return lines


# Fields of the person's own row and the line in which they stand.
LINES = {
    "birth_date": "Geburtstag", "first_name": "Name", "last_name": "Name", "birth_name": "Name", "language": "Sprache",
    "needs_interpreter": "Sprache", "nationality": "Staatsangehörigkeit",
}  # fmt: skip
# Tables with a line for each row, which is called like the kind of the row.
BY_KIND = {"people.Address": AddressKind, "people.Attendant": AttendantKind, "intake.Fact": FactKind}


def _beside(lines: list[Line], disputed: list[privacy.Disputed]) -> list[Line]:
    """The facts, with what the person says against them beside each."""
    said: dict[str, str] = {}
    for one in disputed:
        names = [LINES[one.note.field]] if one.note.table == "people.Person" and one.note.field in LINES else BY_KIND[one.note.table].labels if one.note.table in BY_KIND else []
        said |= dict.fromkeys(map(str, names), one.note.says)
    return [replace(line, disputed=said.get(line.name, "")) for line in lines]


def course(held: File, now: datetime) -> list[Happening]:
    """All that happened and is planned, the latest first."""
    found = benefits.happenings(held.asked, held.told, now)
    if held.zone.placement:
        found += intake.happenings(held.entries, now, held.there) + queries.happenings(held.links, held.responsibilities)
    return sorted(found, key=lambda h: (h.at, h.title), reverse=True)


def _shown(all_: list[Happening], today: date, whole: bool) -> tuple[list[Happening], str]:
    if whole:
        return all_, "alles"
    of_today = [h for h in all_ if berlin_day(h.at) == today]
    return (of_today, "heute") if of_today else (all_[:RECENT], "zuletzt")


def detail(request: Request, person_id: UUID) -> HttpResponse:
    """What is urgent first."""
    person = person_of(request, person_id)
    now, today = clock.now(), clock.today()
    audit.log_access(actor=request.actor, kind="open", page="people:detail", person_ids=[person.pk], at=now)
    held = file_of(request, person)
    everything = course(held, now)
    notes = privacy.notes_of(request.actor, person) if held.there[FieldNote] else []
    shown, span = _shown(everything, today, request.GET.get("verlauf") == "alles")
    reach = queries.reach(request.actor, person, today)
    decision = None
    expected = None
    if held.latest is not None:
        decision = benefits.decision_clock(held.latest, now, request.jobcenter.land)
        expected = berlin_day(held.latest.asked_at) + timedelta(days=clocks.DEFAULT_LIMITS.decision_warn_days)
    return page(
        request,
        "people/detail.html",
        {
            "held": held,
            "person": person,
            "zone": held.zone,
            "latest": held.latest,
            "stands": benefits.standing(held.latest) if held.latest else None,
            "entry": held.open_entry,
            "report": held.waiting_report or (held.reports[0] if held.reports else None),
            "papers": benefits.papers_state(held.latest) if held.latest else None,
            "decision": decision,
            "expected": expected,
            "open_days": (today - berlin_day(held.latest.asked_at)).days if held.latest else 0,
            "age": periods.age_on(person.birth_date, today) if person.birth_date else None,
            "place": next((h.place for h in held.homes if h.place and h.kind != "shelter"), ""),
            "no_letters": queries.letters_blocked(person, held.homes),
            "reach": reach,
            "numbers": [n for n in held.numbers if n.valid_to is None or n.valid_to >= today],
            "facts": _beside(facts_about(request, held), notes) + [Line("nicht anrufen", c.value, "kein sicherer Kontakt") for c in reach.avoid],
            "course": shown,
            "span": span,
            "course_all": len(everything),
            "responsibilities": held.responsibilities,
            "links": held.links,
            "twins": benefits.with_applications(request.actor, queries.look_alikes(request.actor, person, today), today),
            "restriction": held.restriction,
            "errors": policy.foreign_errors_for(request.actor, today).filter(person=person, settled_at=None).select_related("reported_by").order_by("reported_at", "id")
            if held.there[ForeignError]
            else [],
            "contradictions": delivered.contradictions(person) if held.there[Contradiction] else [],
            "may_settle": policy.may_settle_foreign(request.actor),
            "may_protect": policy.may_protect(request.actor),
            "foreign": held.foreign,
            "consents": privacy.consents_of(person, held.sources, leaves=held.there[Leave if held.zone.placement else Entry]),
            "disputed": notes,
            "holds": privacy.holds_of(held.same).order_by("set_at", "id") if held.there[Hold] else [],
            "now": now,
            "today": today,
        },
    )


def extract(request: Request, person_id: UUID) -> HttpResponse:
    """What this desk sees of a person, printed for that person (Art. 15 GDPR, § 83 SGB X)."""
    person = person_of(request, person_id)
    now, today = clock.now(), clock.today()
    audit.log_access(actor=request.actor, kind="export", page="people:extract", person_ids=[person.pk], at=now)
    held = file_of(request, person, on_paper=True)
    parts = [
        ("Zur Person", [*facts_about(request, held), Line("Nummer hier", str(person.callsign))]),
        ("Erreichbar", [Line(c.get_kind_display(), c.value + (", sicher" if c.is_safe else "")) for c in queries.reach(request.actor, person, today).use]),
        ("Nummern der Leistungsstelle", [Line(n.get_kind_display(), n.value, f"seit {n.valid_from:%d.%m.%Y}") for n in held.numbers]),
        (
            "Anträge",
            [
                Line(f"Antrag {a.application.reference}", f"gestellt {format_moment(a.application.asked_at, year=True)}, {a.outcome.get_kind_display() if a.outcome else 'offen'}")
                for a in held.asked
            ],
        ),
        ("Einwilligungen", [Line("Nachfragen", _answer(person.may_follow_up)), Line("SMS-Erinnerung", _answer(person.may_remind))]),
        (
            "Zuständig",
            [
                Line(r.get_kind_display(), ", ".join(p for p in (r.user.get_full_name() if r.user else "", r.team.name) if p), f"{r.valid_from:%d.%m.%Y} bis {f'{r.valid_to:%d.%m.%Y}' if r.valid_to else 'heute'}")
                for r in held.responsibilities
            ],
        ),
        ("Verlauf", [Line(format_day(berlin_day(h.at), year=True) if h.whole_day else format_moment(h.at, year=True), ": ".join(p for p in (h.title, h.detail) if p), h.by) for h in course(held, now)]),
    ]
    sheet = data.Extract(
        office=papers.office(request),
        printed_at=now,
        contact=papers.contact(request),
        name=person.full_name,
        parts=tuple(
            data.ExtractPart(title, tuple(data.ExtractRow(line.name, line.value, line.source) for line in lines))
            for title, lines in parts
        ),
    )
    return papers.pdf(render("extract", sheet), "auszug.pdf")


def _answer(value: bool | None) -> str:
    return {True: "ja", False: "nein", None: "noch nicht gefragt"}[value]
