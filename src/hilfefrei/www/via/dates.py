"""One date of ViA: who came, whom to call when it is called off or its coach is away."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render as page
from django.views.decorators.http import require_POST

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.intake import policy, queries
from hilfefrei.apps.intake.domain import dates as verbs
from hilfefrei.apps.intake.models import Booking, Entry, ViaDate
from hilfefrei.apps.intake.workflows import CALL_DONE, Attendance, CallState, DateKind
from hilfefrei.apps.org import policy as org_policy
from hilfefrei.apps.people import policy as people_policy
from hilfefrei.apps.people import queries as people_reads
from hilfefrei.apps.people.workflows import LANGUAGES
from hilfefrei.core import clock, days
from hilfefrei.core.days import berlin_day
from hilfefrei.papers import data, render
from hilfefrei.www import notes, papers
from hilfefrei.www.entrance.forms import moment_of
from hilfefrei.www.guards import allowed
from hilfefrei.www.requests import Request, op_of, privacy_on, words_of

OBSTACLES = ("Kinderbetreuung", "Termin bei Amt oder Ärztin", "Vorstellungsgespräch", "Bus, Weg", "nicht gewusst", "anderes")
FOUND = 8


def _date(date_id: UUID) -> ViaDate:
    now = clock.now()
    found = queries.dates_between(now - timedelta(days=400), now + timedelta(days=400)).filter(pk=date_id).first()
    if found is None:
        raise Http404
    return found


def _log(request: Request, name: str, rows: list[Booking]) -> None:
    ids = [b.entry.person_id for b in rows if not b.shut]  # type: ignore[attr-defined]
    audit.log_access(actor=request.actor, kind="search", page=name, person_ids=ids, at=clock.now())


def _marks(request: Request, found: ViaDate, rows: list[Booking]) -> list[verbs.Mark]:
    """The posted lines of one's own rows. Raises Refused for a time that is none."""
    marks = []
    for booking in rows:
        state = request.POST.get(f"a-{booking.pk}", "")
        if state == Attendance.EXPECTED and request.POST.get("rest") == Attendance.PRESENT:
            state = Attendance.PRESENT
        if state not in Attendance.values:
            continue
        arrived: datetime | None = None
        typed = request.POST.get(f"t-{booking.pk}", "").strip()
        if typed and state == Attendance.PRESENT:
            try:
                clock_time = days.parse_time(typed)
            except ValueError as error:
                raise Refused(f"{booking.entry.person.list_name}: {error}", code="time") from error
            if booking.arrived_at is None or days.format_time(booking.arrived_at) != days.format_time(clock_time):
                arrived = moment_of(berlin_day(found.starts_at), clock_time)
        version = request.POST.get(f"v-{booking.pk}", "")
        marks.append(
            verbs.Mark(
                booking_id=booking.pk,
                version=int(version) if version.isdecimal() and len(version) < 10 else 0,
                attendance=Attendance(state),
                arrived_at=arrived,
                obstacle=request.POST.get(f"o-{booking.pk}", "") if state in verbs.AWAY else "",
            )
        )
    return marks


@allowed("attendance")
def attendance(request: Request, date_id: UUID) -> HttpResponse:
    """Who came: one post for the whole date; arriving late is arriving."""
    found = _date(date_id)
    rows = queries.seats_on(request.actor, found, clock.today())
    now = clock.now()
    _log(request, "via:date", rows)
    privacy = privacy_on(request)
    lines = [_shown(booking, privacy=privacy) for booking in rows]
    status = 200
    if request.method == "POST":
        try:
            verbs.mark_list(actor=request.actor, at=now, op=op_of(request), date_id=found.pk, marks=_marks(request, found, rows))
        except Refused as error:
            messages.error(request, str(error))
            lines, status = [_shown(booking, request, privacy=privacy) for booking in rows], 422
        else:
            notes.done(request, "Anwesenheit gespeichert.")
            return redirect("via:date", found.pk)
    words = words_of(request)
    return page(
        request,
        "via/date.html",
        {
            "date": found,
            "lines": lines,
            "hidden": found.booked - len(rows),  # type: ignore[attr-defined]
            "states": Attendance.choices,
            "obstacles": OBSTACLES,
            "begun": found.starts_at - verbs.EARLY <= now,
            "q": words,
            "privacy": privacy,
            "found": _others(request, rows, words, now) if words else [],
            "plans": org_policy.may_plan(request.actor),
        },
        status=status,
    )


def _shown(booking: Booking, request: Request | None = None, *, privacy: bool) -> dict[str, Any]:
    """One line of the list: as stored, or as it was just posted."""
    arrived = days.format_time(booking.arrived_at) if booking.arrived_at else ""
    values = {"state": booking.attendance, "time": arrived, "obstacle": booking.obstacle}
    if request is not None:
        values = {
            "state": request.POST.get(f"a-{booking.pk}", booking.attendance),
            "time": request.POST.get(f"t-{booking.pk}", arrived),
            "obstacle": request.POST.get(f"o-{booking.pk}", booking.obstacle),
        }
    return values | {"booking": booking, "name": _name(booking, privacy=privacy)}


def _name(booking: Booking, *, privacy: bool) -> str:
    """The name as the screen may show it, or the number of somebody whose file is protected."""
    if booking.shut:  # type: ignore[attr-defined]  # annotated by the query
        return _number(booking)
    return booking.entry.person.screen_name if privacy else booking.entry.person.list_name


def _number(booking: Booking) -> str:
    return f"Termin {booking.entry.person.callsign}"


def _others(request: Request, rows: list[Booking], words: str, now: datetime) -> list[Entry]:
    """People in ViA who are not on the list yet."""
    there = [b.entry_id for b in rows]
    found = list(queries.participants(request.actor, now, words=words).exclude(pk__in=there)[:FOUND])
    audit.log_access(actor=request.actor, kind="search", page="via:date", person_ids=[e.person_id for e in found], at=now)
    return found


@require_POST
@allowed("attendance")
def walk_in(request: Request, date_id: UUID) -> HttpResponse:
    """Somebody came without a seat."""
    found = _date(date_id)
    try:
        entry = policy.get_entry_for(request.actor, UUID(request.POST.get("entry", "")), clock.today())
    except (Entry.DoesNotExist, ValueError) as error:
        raise Http404 from error
    verbs.walk_in(actor=request.actor, at=clock.now(), op=op_of(request), date_id=found.pk, entry_id=entry.pk)
    notes.done(request, "Als da eingetragen.")
    return redirect("via:date", found.pk)


@allowed("call_list")
def call_list(request: Request, date_id: UUID) -> HttpResponse:
    """A cancelled date, or one whose coach is away: whom to call, what to offer, what came of it."""
    found, now = _date(date_id), clock.now()
    everybody = queries.seats_on(request.actor, found, clock.today())
    # Once it has taken place, the list is of those who were missed.
    missed = found.cancelled_at is None and found.starts_at <= now
    rows = [b for b in everybody if b.attendance in verbs.AWAY] if missed else everybody
    away = not missed and found in queries.uncovered(found.starts_at, found.ends_at)
    _log(request, "via:call_list", rows)
    offered = [d for d in queries.free_dates(now, DateKind(found.kind), limit=12) if d.pk != found.pk]
    proposals = queries.proposals_for([b for b in rows if not b.shut and b.call_state not in CALL_DONE], offered)  # type: ignore[attr-defined]
    if request.GET.get("form") == "pdf":
        audit.log_access(
            actor=request.actor, kind="export", page="via:call_list", person_ids=[b.entry.person_id for b in rows if not b.shut], at=now  # type: ignore[attr-defined]
        )
        return _call_pdf(request, found, rows, proposals)
    privacy = privacy_on(request)
    return page(
        request,
        "via/call_list.html",
        {
            "date": found,
            "privacy": privacy,
            "lines": [{"booking": b, "name": _name(b, privacy=privacy), "proposal": proposals.get(b.pk)} for b in rows],
            "offered": offered,
            "open": sum(1 for b in rows if b.call_state not in CALL_DONE),
            "hidden": found.booked - len(everybody),  # type: ignore[attr-defined]
            "missed": missed,
            "away": away,
            "needed": found.cancelled_at is not None or away,
            "languages": LANGUAGES,
            "results": CallState,
            "done": CALL_DONE,
            "plans": org_policy.may_plan(request.actor),
        },
    )


def _call_pdf(request: Request, found: ViaDate, rows: list[Booking], proposals: dict[UUID, ViaDate]) -> HttpResponse:
    # The list is passed around: protected people stand on it by number, also for whoever may see their file.
    guarded = people_policy.guarded([b.entry.person_id for b in rows], clock.today())
    sheet = data.CallList(
        office=papers.office(request),
        printed_at=clock.now(),
        what=found.get_kind_display(),
        at=found.starts_at,
        where=found.room.name if found.room else "",
        lines=tuple(
            data.CallLine(
                name=_number(b),
                note="über die Schutzstelle" if b.shut else "Rufnummer nur am Bildschirm",  # type: ignore[attr-defined]  # annotated by the query
                caller=b.caller.last_name if b.caller else "",
            )
            if b.entry.person_id in guarded
            else data.CallLine(
                name=b.entry.person.full_name,
                phone=people_reads.reach(request.actor, b.entry.person, clock.today()).words,
                note=", ".join(
                    part
                    for part in (people_reads.reach(request.actor, b.entry.person, clock.today()).hint, LANGUAGES.get(b.entry.person.language, "") if b.entry.person.language != "de" else "")
                    if part
                ),
                suggestion=days.format_moment(proposals[b.pk].starts_at, today=clock.today()) if b.pk in proposals else "",
                caller=b.caller.last_name if b.caller else "",
            )
            for b in rows
            if b.call_state not in CALL_DONE
        ),
    )
    return papers.pdf(render("call_list", sheet), "anrufliste.pdf")


def _booking(request: Request, booking_id: UUID) -> Booking:
    found = Booking.objects.filter(pk=booking_id, entry__in=policy.entries_for(request.actor, clock.today())).first()
    if found is None:
        raise Http404
    return found


@require_POST
@allowed("call_list")
def take_call(request: Request, booking_id: UUID) -> HttpResponse:
    """"Ich rufe an."""
    found = _booking(request, booking_id)
    verbs.take_call(actor=request.actor, at=clock.now(), op=op_of(request), booking_id=found.pk)
    return redirect("via:call_list", found.date_id)


@require_POST
@allowed("call_list")
def called(request: Request, booking_id: UUID) -> HttpResponse:
    """Note what a call brought; "passt" books the chosen date."""
    found = _booking(request, booking_id)
    result = request.POST.get("result", "")
    if result not in CallState.values:
        raise Http404
    try:
        new = UUID(request.POST.get("date", "")) if result == CallState.AGREED else None
    except ValueError as error:
        raise Refused("Bitte wählen Sie, welcher Termin stattdessen passt.", code="date") from error
    verbs.note_call(
        actor=request.actor,
        at=clock.now(),
        op=op_of(request),
        booking_id=found.pk,
        result=CallState(result),
        note=request.POST.get("note", ""),
        new_date_id=new,
    )
    notes.done(request, "Vermerkt." if new is None else "Vermerkt, der neue Platz ist gebucht.")
    return redirect("via:call_list", found.date_id)
