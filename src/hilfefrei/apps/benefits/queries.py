"""Reads of benefits: what is urgent, what is unconfirmed, how the clocks of an application stand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import cast
from uuid import UUID

from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, F, Min, OuterRef, Prefetch, Q, QuerySet

from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.audit.actor import Actor, Role
from hilfefrei.apps.audit.models import Outbox
from hilfefrei.apps.benefits import policy
from hilfefrei.apps.benefits.models import Application, ApplicationOutcome, Declaration, HousingLimits, UrgentReport
from hilfefrei.apps.benefits.workflows import DECLARATION_LAW, SHEETS, URGENT_FIRST, Outcome, PaperState, UrgentKind
from hilfefrei.apps.org import queries as org
from hilfefrei.apps.org.models import Team, in_force
from hilfefrei.apps.people import policy as people
from hilfefrei.apps.people.models import Membership, Number, Person, Responsibility, Restriction
from hilfefrei.apps.people.queries import NO_RECEIPT, RUNNING, Happening, HitCard, filled, guards, kept_records, own_membership
from hilfefrei.apps.people.workflows import NumberKind, ResponsibilityKind, Stay
from hilfefrei.core import clocks, names
from hilfefrei.core.clock import BERLIN
from hilfefrei.core.days import berlin_day, format_day, format_moment
from hilfefrei.core.periods import months_from

# A sheet is to be with benefits in the same minute.
SAME_MINUTE = timedelta(minutes=1)
# How the outbox notes that the receiver is away (:class:`hilfefrei.apps.audit.ports.Down`).
AWAY = "neighbour: "


def outcome_of(application: Application) -> ApplicationOutcome | None:
    """The outcome in force."""
    return next((o for o in application.outcomes.all() if o.revoked_at is None), None)


def _decided() -> Exists:
    """Asked of each application: a list of all decided ones would be made anew for each question, of five years."""
    return Exists(ApplicationOutcome.objects.filter(application=OuterRef("pk"), revoked_at=None))


@dataclass(frozen=True, slots=True)
class Standing:
    """How an application stands, in one word for a tag and for paper. ``tone`` is a tone of the design."""

    tone: str
    words: str
    outcome: ApplicationOutcome | None = None
    unconfirmed: bool = False


def standing(application: Application) -> Standing:
    """Decided, withdrawn, confirmed or not yet confirmed: the same words on every page and paper.

    In lists prefetch ``outcomes``.
    """
    outcome = outcome_of(application)
    if outcome is not None:
        tone = "success" if outcome.kind == Outcome.GRANTED else "plain"
        return Standing(tone, f"{outcome.get_kind_display()} {format_day(outcome.decided_on, weekday=False)}", outcome)
    if application.confirmed_at is not None:
        return Standing("success", f"bestätigt {format_moment(application.confirmed_at)}")
    return Standing("danger", "noch nicht bestätigt", unconfirmed=True)


def decision_clock(application: Application, now: datetime, land: str) -> clocks.Clock:
    """The clock of the decision, which asks for no report."""
    return next(c for c in clocks_of(application, now, land, []) if c.rule.key == "decision")


def clocks_of(application: Application, now: datetime, land: str, reports: list[UrgentReport] | None = None) -> tuple[clocks.Clock, ...]:
    """All clocks of an application (prefetch outcomes and urgent_reports for lists)."""
    reports = list(application.urgent_reports.all()) if reports is None else reports
    # Of several wishes for an advance the first that is not paid yet counts.
    wishes = [r for r in reports if r.kind == UrgentKind.ADVANCE]
    advance = min(wishes, key=lambda r: (r.closed_at is not None, r.reported_at), default=None)
    outcome = outcome_of(application)
    decided = datetime.combine(outcome.decided_on, time(12), tzinfo=BERLIN) if outcome else None
    # One unanswered report is enough to keep the clock running.
    first = min(reports, key=lambda r: ((r.confirmed_at or r.closed_at) is not None, r.reported_at), default=None)
    return clocks.application_clocks(
        clocks.Facts(
            applied_at=application.asked_at,
            confirmed_at=application.confirmed_at,
            urgent_at=first.reported_at if first else None,
            urgent_answered_at=first.confirmed_at or first.closed_at if first else None,
            decided_at=decided,
            advance_requested_at=advance.reported_at if advance else None,
            advance_paid_at=advance.closed_at if advance else None,
            complete_on=berlin_day(application.complete_at) if application.complete_at else None,
        ),
        now=now,
        land=land,
    )


def granted_until(outcome: ApplicationOutcome) -> date | None:
    """The last day of a grant; None for another outcome. One noted without an end holds a year (§ 41(3) SGB II), not for ever."""
    if outcome.kind != Outcome.GRANTED:
        return None
    return outcome.granted_to or months_from(outcome.granted_from or outcome.decided_on, 12).end


def applicants_of(reference: str) -> QuerySet[Application, UUID]:
    """Who applied under our sign: it stands on receipt and handout, "bitte bei Fragen nennen"."""
    return Application.objects.filter(reference__iexact=reference).values_list("applicant", flat=True)


def running_for(person_id: UUID, day: date) -> tuple[str, bool]:
    """:func:`running` and :func:`comes_before` by id; nothing of a person who is not there."""
    person = Person.objects.filter(pk=person_id).first()
    return (running(person, day), comes_before(person, day)) if person else ("", False)


def running(person: Person, day: date) -> str:
    """Why a further application of ``day`` is unusual: an open one or a running grant of the unit; empty otherwise.

    One that would lie before the open one is worth its day, and the words say so (:func:`comes_before`).
    A unit that came from the paying system has no application here; its BG number says that it gets benefits.
    """
    units, known = _of_unit(person)
    first = _first_open(known)
    if first is not None and berlin_day(first.asked_at) <= day:
        return f"Ein Antrag vom {format_day(berlin_day(first.asked_at), year=True)} ist noch offen."
    for application in known:
        outcome = outcome_of(application)
        if outcome is not None and (until := granted_until(outcome)) is not None and until >= day:
            return f"Der Haushalt bekommt schon Grundsicherungsgeld bis {format_day(until, year=True)}."
    if first is not None:
        return (
            f"Ein Antrag vom {format_day(berlin_day(first.asked_at), year=True)} ist noch offen. Dieser ist vom "
            f"{format_day(day, year=True)}, also früher: Von zwei offenen Anträgen zählt der frühere Tag."
        )
    if not known and Number.objects.filter(in_force(day), kind=NumberKind.UNIT, benefit_unit__in=units).exists():
        return "Der Haushalt bekommt schon Grundsicherungsgeld."
    return ""


def comes_before(person: Person, day: date) -> bool:
    """Whether an application of ``day`` would lie before everything that runs: open ones are later, no grant reaches ``day``."""
    _, known = _of_unit(person)
    first = _first_open(known)
    untils = [granted_until(outcome) for a in known if (outcome := outcome_of(a)) is not None]
    return first is not None and day < berlin_day(first.asked_at) and not any(until is not None and until >= day for until in untils)


def _of_unit(person: Person) -> tuple[list[UUID], list[Application]]:
    held = own_membership(person)
    units = [held.benefit_unit_id] if held else []
    return units, list(Application.objects.filter(benefit_unit__in=units).prefetch_related("outcomes").order_by("-asked_at", "id"))


def _first_open(known: Iterable[Application]) -> Application | None:
    """Of several open ones the earliest counts: duplicates do not cost a day."""
    return min((a for a in known if outcome_of(a) is None), key=lambda a: (a.asked_at, str(a.pk)), default=None)


def with_applications(actor: Actor, hits: Iterable[HitCard], day: date) -> list[HitCard]:
    """Hit cards with what is known here of money: an application that is open, granted or decided.

    Of the person, of records linked to it, and of the unit in which the person lives wholly. Cards of protected people and
    applications of protected people say nothing. How it ended, if not with a grant, reads whoever may open the file.
    """
    cards = list(hits)
    of = {card.person_id: card.person_id for card in cards if not card.is_protected}
    if not of:
        return cards
    of |= {other: kept for other, kept in kept_records().items() if kept in of}
    units: dict[UUID, set[UUID]] = {}
    lives = Membership.objects.filter(person__in=of, valid_to=None, stay=Stay.WHOLE).order_by("id")
    for person_id, unit_id in lives.values_list("person", "benefit_unit"):
        units.setdefault(unit_id, set()).add(of[person_id])
    rows = (
        Application.objects.filter(Q(applicant__in=of) | Q(benefit_unit__in=units))
        .exclude(applicant__in=Restriction.objects.filter(in_force(day)).values("person"))
        .exclude(applicant__in=people.shut_for(actor, day))
        .prefetch_related(Prefetch("outcomes", ApplicationOutcome.objects.order_by("-recorded_at", "id")))
        .order_by("-asked_at", "id")
    )
    known: dict[UUID, list[Application]] = {}
    for row in rows:
        for person_id in {of.get(row.applicant_id), *units.get(row.benefit_unit_id, ())} - {None}:
            known.setdefault(cast("UUID", person_id), []).append(row)
    return [_with(card, known[card.person_id], day) if card.person_id in known else card for card in cards]


def _with(card: HitCard, asked: list[Application], day: date) -> HitCard:
    """The card with the application that counts: the first open one, else a grant that runs, else the newest."""
    first = _first_open(asked)
    if first is not None:
        words = f"Antrag offen seit {berlin_day(first.asked_at):%d.%m.%Y}"
    else:
        ended = [cast("ApplicationOutcome", outcome_of(a)) for a in asked]
        words = _ended(next((o for o in ended if _runs(o, day)), ended[0]), day, may_open=card.may_open)
    if card.last_receipt == NO_RECEIPT:
        return replace(card, last_receipt=words)
    # The paying system knows best that it pays; a new application beside it is news.
    return card if card.last_receipt == RUNNING and first is None else replace(card, last_receipt=f"{card.last_receipt} · {words}")


def _runs(outcome: ApplicationOutcome, day: date) -> bool:
    until = granted_until(outcome)
    return until is not None and until >= day


def _ended(outcome: ApplicationOutcome, day: date, *, may_open: bool) -> str:
    if outcome.kind != Outcome.GRANTED:
        how = outcome.get_kind_display() if may_open else "entschieden"
        return f"Antrag {how} am {outcome.decided_on:%d.%m.%Y}"
    begins, until = outcome.granted_from or outcome.decided_on, granted_until(outcome)
    if not _runs(outcome, day):
        return f"hier bewilligt bis {until:%d.%m.%Y}"
    return f"hier bewilligt ab {begins:%d.%m.%Y} bis {until:%d.%m.%Y}"


@dataclass(frozen=True)
class Line:
    """An application with its clocks."""

    application: Application
    ticking: tuple[clocks.Clock, ...]
    state: str
    outcome: ApplicationOutcome | None

    @property
    def decision(self) -> clocks.Clock | None:
        """The clock of the decision."""
        return next((c for c in self.ticking if c.rule.key == "decision"), None)


STATE_FILTERS = {"offen": "offen", "unbestaetigt": "noch nicht bestätigt", "warnung": "Frist läuft ab", "entschieden": "entschieden"}
SORTS: dict[str, tuple[str, ...]] = {
    "liste": ("-unconfirmed", "asked_at", "id"),
    "alt": ("asked_at", "id"),
    "neu": ("-asked_at", "id"),
    "name": ("applicant__sort_name", "asked_at", "id"),
}


def applications(
    actor: Actor, day: date, *, state: str = "offen", words: str = "", sort: str = "liste"
) -> QuerySet[Application]:
    """Applications the actor may see; in the order "liste" the unconfirmed ones stand first."""
    rows = policy.applications_for(actor, day)
    if state == "entschieden":
        rows = rows.filter(_decided())
    elif state != "alle":
        rows = rows.filter(~_decided())
    if state == "unbestaetigt":
        rows = rows.filter(confirmed_at=None)
    elif state == "warnung":
        # The first moment of the day from which the clock of the decision warns.
        late = day - timedelta(days=clocks.DEFAULT_LIMITS.decision_warn_days)
        rows = rows.filter(asked_at__lt=datetime.combine(late, time(), tzinfo=BERLIN))
    if words.strip():
        folded = names.fold(words)
        rows = rows.filter(
            Q(applicant__search_name__contains=folded) | Q(reference__icontains=words.strip()) | Q(file_number__icontains=words.strip())
        )
    return (
        rows.select_related("applicant", "confirmed_by")
        .prefetch_related(
            Prefetch("outcomes", ApplicationOutcome.objects.order_by("-recorded_at", "id")),
            Prefetch("urgent_reports", UrgentReport.objects.order_by("reported_at", "id")),
        )
        .annotate(unconfirmed=ExpressionWrapper(Q(confirmed_at=None), output_field=BooleanField()))
        .order_by(*SORTS.get(sort, SORTS["liste"]))
    )


def lines(rows: "list[Application]", now: datetime, land: str) -> list[Line]:
    """Applications with their clocks."""
    found = []
    for row in rows:
        ticking = clocks_of(row, now, land)
        found.append(Line(row, ticking, clocks.worst(ticking).value, outcome_of(row)))
    return found


def escalates_at(report: UrgentReport) -> datetime:
    """When an unanswered report goes to the lead by itself: one answer time after it was due."""
    return report.due_at + (clocks.urgent_due(report.due_at) - report.due_at)


def urgent(actor: Actor, day: date) -> QuerySet[UrgentReport]:
    """Open urgent reports, unanswered first, then by when the answer is due."""
    return (
        policy.reports_for(actor, day)
        .filter(closed_at=None)
        .select_related("person", "application", "reported_by", "confirmed_by")
        .order_by(F("confirmed_at").asc(nulls_first=True), "due_at", "id")
    )


def lately_closed(actor: Actor, now: datetime, days: int = 7) -> QuerySet[UrgentReport]:
    """Reports done within the last days, the newest first: one that was done by mistake must be found again."""
    return (
        policy.reports_for(actor, berlin_day(now))
        .filter(closed_at__gte=now - timedelta(days=days), confirmed_by__isnull=False)
        .select_related("person")
        .order_by("-closed_at", "id")
    )


def declarations(actor: Actor, day: date) -> QuerySet[Declaration]:
    """Declarations that benefits has not confirmed, the oldest first."""
    return (
        policy.declarations_for(actor, day)
        .filter(confirmed_at=None)
        .select_related("application__applicant", "declared_by")
        .order_by("declared_at", "id")
    )


def escalated(actor: Actor, day: date) -> QuerySet[UrgentReport]:
    """Reports that lie with the lead because benefits has not answered."""
    return (
        policy.reports_for(actor, day)
        .filter(confirmed_at=None, closed_at=None)
        .exclude(escalated_at=None)
        .select_related("person")
        .order_by("due_at", "id")
    )


def newest(reports: Iterable[UrgentReport]) -> list[UrgentReport]:
    """Of several reports of one kind the one that counts: it waits for an answer, or came last."""
    counts = {r.kind: r for r in sorted(reports, key=lambda r: (r.confirmed_at is None and r.closed_at is None, r.reported_at))}
    return sorted(counts.values(), key=lambda r: (r.due_at, URGENT_FIRST.index(r.kind), str(r.pk)))


def first_waiting(reports: Iterable[UrgentReport]) -> UrgentReport | None:
    """The one to speak of first: of those without an answer the one that is due first, then what goes first by its kind."""
    waiting = [r for r in reports if r.confirmed_at is None and r.closed_at is None]
    return min(waiting, key=lambda r: (r.due_at, URGENT_FIRST.index(r.kind), str(r.pk)), default=None)


def reports_of(person_ids: Iterable[UUID]) -> QuerySet[UrgentReport]:
    """All reports of one human being (``linked_ids``: of whichever record), open ones first."""
    return (
        UrgentReport.objects.filter(person__in=list(person_ids))
        .select_related("person", "application", "reported_by", "confirmed_by")
        .order_by(F("closed_at").asc(nulls_first=True), F("confirmed_at").asc(nulls_first=True), "due_at", "id")
    )


def told_of(person_id: UUID, since: datetime) -> list[UrgentReport]:
    """What was reported of a person and how it stands, newest of each kind: all that is not done, and what is since ``since``."""
    rows = UrgentReport.objects.filter(Q(closed_at=None) | Q(reported_at__gte=since), person=person_id)
    return newest(rows.select_related("confirmed_by").order_by("reported_at", "id"))


def unconfirmed(actor: Actor, day: date) -> int:
    """How many open applications benefits has not confirmed. A decision shows as well that it is there."""
    return policy.applications_for(actor, day).filter(~_decided(), confirmed_at=None).count()


@dataclass(frozen=True)
class Pending:
    """What benefits has not answered about a person: reports, by when an answer is due, and an application."""

    reports: tuple[UrgentReport, ...] = ()
    application: Application | None = None


def pending(person_ids: Iterable[UUID]) -> dict[UUID, Pending]:
    """What is red of these people until benefits confirmed it; who has nothing is not in it. Two queries for any list."""
    ids = list(dict.fromkeys(person_ids))
    reports: dict[UUID, list[UrgentReport]] = {}
    for report in UrgentReport.objects.filter(person__in=ids, confirmed_at=None, closed_at=None).order_by("due_at", "id"):
        reports.setdefault(report.person_id, []).append(report)
    asked: dict[UUID, Application] = {}
    for row in _undecided().filter(applicant__in=ids, confirmed_at=None).order_by("-asked_at", "id"):
        asked[row.applicant_id] = row
    return {i: Pending(tuple(reports.get(i, ())), asked.get(i)) for i in ids if i in reports or i in asked}


def open_reports(person_ids: Iterable[UUID], *, all_unanswered: bool = False) -> dict[UUID, list[UrgentReport]]:
    """What is urgent and not done, by person, due first: of these people, or also of whomever benefits has not answered."""
    wanted = Q(person__in=list(person_ids)) | (Q(confirmed_at=None) if all_unanswered else Q())
    found: dict[UUID, list[UrgentReport]] = {}
    for report in UrgentReport.objects.filter(wanted, closed_at=None).order_by("due_at", "id"):
        found.setdefault(report.person_id, []).append(report)
    return found


@dataclass(frozen=True)
class Owed:
    """What benefits owes the people whom a reader may see, in the order in which to ask; and how many applications are not confirmed."""

    pending: dict[UUID, Pending]
    unconfirmed: int


def owed(actor: Actor, day: date, reports: Mapping[UUID, Iterable[UrgentReport]]) -> Owed:
    """Whose answer on a need is due first comes first, then whose application is the oldest; ``reports``: of :func:`open_reports`.

    What waits is little in a house that answers, so it is asked for before who may be seen.
    """
    waiting = {pk: tuple(r for r in rows if r.confirmed_at is None) for pk, rows in reports.items()}
    asked: dict[UUID, list[Application]] = {}
    for row in _undecided().filter(confirmed_at=None).order_by("asked_at", "-id").only("applicant", "asked_at"):
        asked.setdefault(row.applicant_id, []).append(row)
    ids = {pk for pk, rows in waiting.items() if rows} | set(asked)
    found = {pk: Pending(waiting.get(pk, ()), asked[pk][0] if pk in asked else None) for pk in people.visible_among(actor, ids, day)}
    first = {pk: row.reports[0].due_at if row.reports else asked[pk][0].asked_at for pk, row in found.items()}
    order = sorted(found, key=lambda pk: (not found[pk].reports, first[pk], str(pk)))
    return Owed({pk: found[pk] for pk in order}, sum(len(asked.get(pk, ())) for pk in order))


def unconfirmed_count(actor: Actor, day: date) -> int:
    """The number beside the list of benefits: unconfirmed applications and declarations, and unanswered reports."""
    return (
        unconfirmed(actor, day)
        + policy.reports_for(actor, day).filter(confirmed_at=None, closed_at=None).count()
        + policy.declarations_for(actor, day).filter(confirmed_at=None).count()
    )


# -- protected files --------------------------------------------------------------------------------------------------
def _undecided() -> QuerySet[Application]:
    return Application.objects.filter(~_decided())


def waits_for_benefits(person_ids: Iterable[UUID]) -> bool:
    """Whether one of the persons has an open application, an urgent report that is not closed or a declaration on its way."""
    ids = list(person_ids)
    return (
        _undecided().filter(applicant__in=ids).exists()
        or UrgentReport.objects.filter(person__in=ids, closed_at=None).exists()
        or Declaration.objects.filter(application__applicant__in=ids, confirmed_at=None).exists()
    )


def benefits_office(person_ids: Iterable[UUID], day: date) -> tuple[Team | None, dict[UUID, str]]:
    """The benefits team responsible on ``day`` and who works there (id, name); none where none is responsible."""
    rows = Responsibility.objects.filter(in_force(day), person__in=list(person_ids), kind=ResponsibilityKind.BENEFITS)
    held = rows.select_related("team").order_by("-valid_from", "id").first()
    if held is None:
        return None, {}
    office = org.holders(day, team_id=held.team_id, role=Role.BENEFITS)
    return held.team, {u.pk: u.get_full_name() for u in office.order_by("last_name", "id")}


@dataclass(frozen=True)
class ProtectedCase:
    """A case of one's own team whose file is shut for the reader: a number, whom to ask, what runs; no name, no need."""

    callsign: int
    ask: str
    phone: str
    running: tuple[str, ...]
    late: bool


def protected_cases(actor: Actor, now: datetime, land: str) -> list[ProtectedCase]:
    """What would be lost with a protected file: open applications, unanswered reports and declarations of the actor's own team."""
    day = berlin_day(now)
    unanswered = UrgentReport.objects.filter(confirmed_at=None, closed_at=None)
    declared = Declaration.objects.filter(confirmed_at=None, application__applicant=OuterRef("pk"))
    persons = list(
        people.callsign_only(actor, day)
        .filter(Exists(_undecided().filter(applicant=OuterRef("pk"))) | Exists(unanswered.filter(person=OuterRef("pk"))) | Exists(declared))
        .annotate(declared=Exists(declared))
        .prefetch_related(
            Prefetch(
                "applications",
                _undecided().prefetch_related("outcomes", "urgent_reports").order_by("asked_at", "id"),
                to_attr="undecided",
            ),
            Prefetch("urgent_reports", unanswered.order_by("due_at", "id"), to_attr="unanswered"),
        )
        .order_by("callsign")
    )
    if not persons:
        return []
    held = guards([p.pk for p in persons], day)
    found = []
    for person in persons:
        undecided = cast("list[Application]", person.undecided)
        waiting = cast("list[UrgentReport]", person.unanswered)
        ticking = [
            c
            for application in undecided
            for c in clocks_of(application, now, land)
            if c.running and c.rule.key in {"confirmation", "decision"}
        ]
        reports = [
            f"Antwort auf eine dringende Meldung {'war fällig' if r.due_at < now else 'bis'} {format_moment(r.due_at)} Uhr."
            for r in waiting
        ]
        if person.declared:
            reports.append("Eine Erklärung ist noch nicht bestätigt.")
        guard = held.get(person.pk)
        found.append(
            ProtectedCase(
                callsign=person.callsign,
                ask=guard.ask if guard else "Schutzstelle",
                phone=guard.phone if guard else "",
                running=(*reports, *(c.text for c in ticking)),
                late=bool(reports) or any(c.overdue for c in ticking),
            )
        )
    return found


# -- person page ------------------------------------------------------------------------------------------------------
def with_last_application(rows: QuerySet[Person]) -> QuerySet[Person]:
    """Persons with ``asked``: when they made applications, the newest first."""
    asked = Application.objects.only("applicant", "asked_at").order_by("-asked_at", "id")
    return rows.prefetch_related(Prefetch("applications", asked, to_attr="asked"))


def with_open_application(rows: QuerySet[Person]) -> QuerySet[Person]:
    """Persons of ``rows`` whose application is undecided."""
    return rows.filter(Exists(_undecided().filter(applicant=OuterRef("pk"))))


@dataclass(frozen=True)
class Asked:
    """An application on the page of a person; ``members`` on the day it was made."""

    application: Application
    outcome: ApplicationOutcome | None
    members: int
    linked: bool
    recorded_by: str = ""
    confirmed_by: str = ""


def asked_by(person_ids: Iterable[UUID], main: UUID) -> list[Asked]:
    """Applications of a person and of the records linked to it, the newest first."""
    rows = list(
        Application.objects.filter(applicant__in=person_ids)
        .prefetch_related(Prefetch("outcomes", ApplicationOutcome.objects.order_by("-recorded_at", "id")))
        .annotate(recorder=F("recorded_by__last_name"), confirmer=F("confirmed_by__last_name"))
        .order_by("-asked_at", "id")
    )
    ends: dict[UUID, list[date]] = {}
    lives = Membership.objects.filter(benefit_unit__in={row.benefit_unit_id for row in rows})
    for unit_id, end in lives.order_by().values_list("benefit_unit", "valid_to"):
        ends.setdefault(unit_id, []).append(end or date.max)
    found = []
    for row in rows:
        members = sum(end >= berlin_day(row.asked_at) for end in ends.get(row.benefit_unit_id, ()))
        found.append(Asked(row, outcome_of(row), members, row.applicant_id != main, row.recorder or "", row.confirmer or ""))
    return found


def current(asked: list[Asked]) -> Application | None:
    """The application that counts now: of several open ones the earliest (duplicates do not cost a day), else the newest."""
    return _first_open(a.application for a in asked) or (asked[0].application if asked else None)


def current_of(person: Person, since: datetime | None = None) -> Application | None:
    """:func:`current` of one person; ``since``: an ended one only where it was asked for from then on."""
    rows = person.applications.order_by("-asked_at", "id").prefetch_related("outcomes")
    asked = [Asked(row, outcome_of(row), 0, linked=False) for row in rows]
    return current([a for a in asked if since is None or a.outcome is None or a.application.asked_at >= since])


@dataclass(frozen=True, slots=True)
class PapersState:
    """How many papers of an application are missing, may follow, are asked for at all; the nearest day of a missing one."""

    missing: int
    follow: int
    all: int
    first: date | None


def papers_state(application: Application) -> PapersState:
    """How the papers of an application stand. What may follow is not missing; its day counts where nothing else is missing."""
    rows = list(application.papers.exclude(state=PaperState.NOT_NEEDED).order_by().values_list("state", "due_on"))
    missing = [due for state, due in rows if state == PaperState.MISSING]
    follow = [due for state, due in rows if state == PaperState.CAN_FOLLOW]
    return PapersState(len(missing), len(follow), len(rows), min((due for due in missing or follow if due), default=None))


def happenings(asked: Iterable[Asked], reports: Iterable[UrgentReport], now: datetime) -> list[Happening]:
    """What happened with applications (of :func:`asked_by`) and urgent reports (of :func:`reports_of`) of one human being."""
    found: list[Happening] = []
    for line in asked:
        a = line.application
        late = f"eingetragen {format_moment(a.recorded_at)}" if a.recorded_at - a.asked_at > timedelta(minutes=5) else ""
        found.append(Happening(a.asked_at, "Antrag gestellt", ", ".join(p for p in (a.get_channel_display(), late) if p), line.recorded_by, "now"))
        if a.confirmed_at:
            found.append(Happening(a.confirmed_at, "Antrag bestätigt", "Leistungsstelle", line.confirmed_by, "good"))
        if a.receipt_at:
            found.append(Happening(a.receipt_at, "Bestätigung ausgehändigt", a.reference))
        found += [
            Happening(o.recorded_at, f"Antrag {o.get_kind_display()}", o.source + (", zurückgenommen" if o.revoked_at else ""), "", "")
            for o in a.outcomes.all()
        ]
    made = [line.application.pk for line in asked]
    signed = filled(made, {Declaration: ("application",)})[Declaration]
    for d in _declared(made) if signed else ():
        found.append(Happening(d.declared_at, d.get_kind_display(), DECLARATION_LAW[d.kind], _last(d.declared_by)))
        if d.confirmed_at:
            found.append(Happening(d.confirmed_at, f"Bestätigt: {d.get_kind_display()}", "Leistungsstelle", _last(d.confirmed_by), "good"))
    for r in sorted(reports, key=lambda r: (r.reported_at, r.pk)):
        what = r.get_kind_display()
        found.append(Happening(r.reported_at, f"Gemeldet: {what}", r.detail, _last(r.reported_by)))
        if r.confirmed_at:
            found.append(Happening(r.confirmed_at, f"Bestätigt: {what}", r.result, _last(r.confirmed_by), "good"))
        elif r.closed_at is None and r.due_at < now:
            found.append(Happening(r.due_at, f"Keine Antwort: {what}", f"fällig war {format_moment(r.due_at)}", "", "bad"))
    return found


def _declared(application_ids: Iterable[UUID]) -> QuerySet[Declaration]:
    rows = Declaration.objects.filter(application__in=application_ids)
    return rows.select_related("declared_by", "confirmed_by").order_by("declared_at", "id")


def _last(user: User | None) -> str:
    return user.last_name if user else ""


@dataclass(frozen=True, slots=True)
class Undelivered:
    """Sheets that the paying system does not have: how many, since when, of how many somebody has to look at the reason."""

    count: int
    since: datetime
    refused: int


def undelivered(now: datetime) -> Undelivered | None:
    """Sheets that should have gone out a minute ago and have not; None when all are there."""
    late = Outbox.objects.filter(kind__in=SHEETS, done_at=None, created_at__lt=now - SAME_MINUTE)
    found = late.aggregate(count=Count("pk"), since=Min("created_at"), refused=Count("pk", filter=~Q(last_error__startswith=AWAY) & ~Q(last_error="")))
    return Undelivered(**found) if found["count"] else None


def limits_for(day: date) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What the county holds to be appropriate on ``day`` in cents, as :class:`~hilfefrei.core.law.household.Housing` takes it.

    ``limit`` and ``heating_limit``, for units of 1, 2, 3 … persons; both empty where no table holds yet: then all costs are recognised,
    which whoever shows the result has to say.
    """
    held = HousingLimits.objects.filter(valid_from__lte=day, replaced_at=None).order_by("-valid_from").first()
    return (tuple(held.cold_cents), tuple(held.heating_cents)) if held is not None else ((), ())


def housing_tables() -> QuerySet[HousingLimits]:
    """All tables that hold or held, the newest first; corrected ones under the one that took their place."""
    return HousingLimits.objects.select_related("recorded_by").order_by("-valid_from", F("replaced_at").desc(nulls_first=True), "id")
