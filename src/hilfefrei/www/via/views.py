"""ViA goes on after the talk: the week, who is in it, attendance, job applications, cancelled dates."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render as page
from django.views.decorators.http import require_POST

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.intake import policy, queries
from hilfefrei.apps.intake.domain import dates as verbs
from hilfefrei.apps.intake.models import Booking, Entry, OwnApplication, ViaDate
from hilfefrei.apps.intake.workflows import Attendance, CallState, DateKind, FactKind, ReplyKind
from hilfefrei.apps.org.models import in_force
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.people.models import Restriction
from hilfefrei.apps.people.workflows import LANGUAGES
from hilfefrei.core import clock, days
from hilfefrei.core.days import berlin_day
from hilfefrei.papers import data, render
from hilfefrei.www import notes, papers
from hilfefrei.www.fields import GermanDateField
from hilfefrei.www.requests import Request, op_of
from hilfefrei.www.verbs import VerbForm

OBSTACLES = ("Kinderbetreuung", "Termin bei Amt oder Ärztin", "Vorstellungsgespräch", "Bus, Weg", "nicht gewusst", "anderes")


class OwnApplicationForm(VerbForm):
    """A job application the person wrote."""

    employer = forms.CharField(label="Betrieb", max_length=160)
    title = forms.CharField(label="als", required=False, max_length=160)
    sent_on = GermanDateField(label="am", required=True, not_future=True)


@dataclass(frozen=True)
class Participant:
    """Somebody in ViA, as one line."""

    entry: Entry
    marks: tuple[tuple[str, str], ...]
    present: int
    expected: int
    written: int
    replies: int
    success: str


def _participant(entry: Any, now: Any) -> Participant:
    seats = entry.seats
    past = [s for s in seats if s.date.starts_at < now]
    success = next((f.get_kind_display() for f in entry.known_facts if f.kind in {FactKind.WORK, FactKind.TRAINING}), "")
    return Participant(
        entry=entry,
        marks=tuple((s.attendance if s.date.starts_at < now else "future", s.get_attendance_display()) for s in seats[-12:]),
        present=sum(1 for s in past if s.attendance == Attendance.PRESENT),
        expected=len(past),
        written=len(entry.written),
        replies=sum(1 for w in entry.written if w.reply != ReplyKind.NONE),
        success=success,
    )


def _monday(request: Request) -> date:
    try:
        wanted = date.fromisoformat(request.GET.get("woche", ""))
    except ValueError:
        wanted = clock.today()
    return queries.week_of(wanted)[0]


def _grid(monday: date) -> list[tuple[Any, list[list[ViaDate]]]]:
    rows = list(queries.dates_between(queries.day_bounds(monday)[0], queries.day_bounds(monday + timedelta(days=4))[1]))
    columns = [monday + timedelta(days=n) for n in range(5)]
    return [
        (kind, [[r for r in rows if r.kind == kind and berlin_day(r.starts_at) == day] for day in columns]) for kind in DateKind
    ]


def week(request: Request) -> HttpResponse:
    """The week of ViA: dates and seats, who takes part, what they wrote."""
    require(policy.may(request.actor, "week"))
    now, today = clock.now(), clock.today()
    monday = _monday(request)
    people = [_participant(e, now) for e in queries.in_via(request.actor, today)]
    audit.log_access(
        actor=request.actor, kind="search", page="via:week", person_ids=[p.entry.person_id for p in people], at=now
    )
    lines = queries.via_week(now, monday)
    coaching = next(line for line in lines if line.kind == DateKind.COACHING)
    written = queries.own_applications_by_week(request.actor, today)
    start, end = queries.day_bounds(monday)[0], queries.day_bounds(monday + timedelta(days=4))[1]
    today_rows = list(queries.dates_between(*queries.day_bounds(today)).filter(cancelled_at=None))
    return page(
        request,
        "via/week.html",
        {
            "monday": monday,
            "columns": [monday + timedelta(days=n) for n in range(5)],
            "today": today,
            "before": monday - timedelta(days=7),
            "after": monday + timedelta(days=7),
            "grid": _grid(monday),
            "people": people,
            "present_today": sum(r.present for r in today_rows),  # type: ignore[attr-defined]
            "expected_today": sum(r.booked for r in today_rows),  # type: ignore[attr-defined]
            "written": written,
            "most_written": max((w for _, w, _ in written), default=0),
            "total_written": sum(p.written for p in people),
            "total_replies": sum(p.replies for p in people),
            "into_work": sum(1 for p in people if p.success),
            "coaching": coaching,
            "coach_share": float(coaching.hours_booked / coaching.hours) if coaching.hours else 0.0,
            "warn": queries.COACH_HOURS_WARN,
            "free": queries.free_dates(now, DateKind.COACHING, limit=4),
            "obstacles": queries.obstacles(request.actor, start - timedelta(weeks=3), end),
        },
    )


def week_plan(request: Request) -> HttpResponse:
    """The week for the wall, no names of people."""
    require(policy.may(request.actor, "week"))
    monday = _monday(request)
    sheet = data.WeekPlan(
        office=papers.office(request),
        printed_at=clock.now(),
        days=tuple(monday + timedelta(days=n) for n in range(5)),
        rows=tuple(
            data.WeekRow(
                offer=kind.label,
                cells=tuple(
                    tuple(f"{days.format_time(d.starts_at)} {d.room.name if d.room else 'Video'}" for d in cell if d.cancelled_at is None)
                    for cell in cells
                ),
            )
            for kind, cells in _grid(monday)
        ),
    )
    return papers.pdf(render("week_plan", sheet), "wochenplan.pdf")


def _date(date_id: UUID) -> ViaDate:
    found = queries.dates_between(clock.now() - timedelta(days=400), clock.now() + timedelta(days=400)).filter(pk=date_id).first()
    if found is None:
        raise Http404
    return found


def attendance(request: Request, date_id: UUID) -> HttpResponse:
    """Who came: one post for the whole date; arriving late is arriving."""
    require(policy.may(request.actor, "attendance"))
    found = _date(date_id)
    rows = list(queries.call_list(request.actor, found, clock.today()))
    now = clock.now()
    audit.log_access(actor=request.actor, kind="search", page="via:date", person_ids=[b.entry.person_id for b in rows], at=now)
    if request.method == "POST":
        for booking in rows:
            state = request.POST.get(f"a-{booking.pk}", "")
            obstacle = request.POST.get(f"o-{booking.pk}", "")
            if state in Attendance.values and (state != booking.attendance or obstacle != booking.obstacle):
                verbs.mark_attendance(
                    actor=request.actor, at=now, booking_id=booking.pk, attendance=Attendance(state), obstacle=obstacle
                )
        notes.done(request, "Anwesenheit gespeichert.")
        return redirect("via:date", found.pk)
    return page(
        request,
        "via/date.html",
        {"date": found, "rows": rows, "states": Attendance.choices, "obstacles": OBSTACLES, "over": found.starts_at < now},
    )


def call_list(request: Request, date_id: UUID) -> HttpResponse:
    """A cancelled date: whom to call, what came of it."""
    require(policy.may(request.actor, "call_list"))
    found = _date(date_id)
    rows = list(queries.call_list(request.actor, found, clock.today()))
    audit.log_access(
        actor=request.actor, kind="search", page="via:call_list", person_ids=[b.entry.person_id for b in rows], at=clock.now()
    )
    others = [d for d in queries.free_dates(clock.now(), DateKind(found.kind), limit=3) if d.pk != found.pk]
    if request.GET.get("form") == "pdf":
        return _call_pdf(request, found, rows, others)
    hidden = found.bookings.filter(undone_at=None).count() - len(rows)
    return page(
        request,
        "via/call_list.html",
        {
            "date": found,
            "rows": rows,
            "others": others,
            "open": sum(1 for b in rows if b.called_at is None),
            "hidden": hidden,
            "languages": LANGUAGES,
        },
    )


def _call_pdf(request: Request, found: ViaDate, rows: list[Booking], others: list[ViaDate]) -> HttpResponse:
    shut = set(
        Restriction.objects.filter(in_force(clock.today()), person__in=[b.entry.person_id for b in rows])
        .order_by("id")
        .values_list("person_id", flat=True)
    )
    proposal = days.format_moment(others[0].starts_at) if others else ""
    sheet = data.CallList(
        office=papers.office(request),
        printed_at=clock.now(),
        what=found.get_kind_display(),
        at=found.starts_at,
        where=found.room.name if found.room else "",
        lines=tuple(
            data.CallLine(name=f"Termin {b.entry.person.callsign}", note="über die Schutzstelle")
            if b.entry.person_id in shut
            else data.CallLine(
                name=b.entry.person.full_name,
                phone=next((c.value for c in b.entry.person.phones), ""),  # type: ignore[attr-defined]
                note=b.entry.person.contact_hint,
                suggestion=proposal,
            )
            for b in rows
        ),
    )
    return papers.pdf(render("call_list", sheet), "anrufliste.pdf")


@require_POST
def called(request: Request, booking_id: UUID) -> HttpResponse:
    """Note what a call brought."""
    require(policy.may(request.actor, "call_list"))
    found = Booking.objects.filter(pk=booking_id, entry__in=policy.entries_for(request.actor, clock.today())).first()
    if found is None:
        raise Http404
    result = request.POST.get("result", "")
    if result not in CallState.values:
        raise Http404
    verbs.note_call(
        actor=request.actor, at=clock.now(), op=op_of(request), booking_id=found.pk, result=CallState(result), note=request.POST.get("note", "")
    )
    notes.done(request, "Vermerkt.")
    return redirect("via:call_list", found.date_id)


def own_applications(request: Request, entry_id: UUID) -> HttpResponse:
    """What the person wrote, and the replies."""
    require(policy.may(request.actor, "attendance"))
    try:
        entry = policy.get_entry_for(request.actor, entry_id, clock.today())
    except Entry.DoesNotExist as error:
        raise Http404 from error
    audit.log_access(
        actor=request.actor, kind="open", page="via:own_applications", person_ids=[entry.person_id], at=clock.now()
    )
    form = OwnApplicationForm(request.POST or None, initial={"sent_on": clock.today()})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if form.run(
            verbs.add_own_application, request, entry_id=entry.pk, employer=given["employer"], title=given["title"], sent_on=given["sent_on"]
        ):
            return redirect("via:own_applications", entry.pk)
    rows = entry.own_applications.filter(removed_at=None).order_by("-sent_on", "id")
    return page(
        request,
        "via/own_applications.html",
        {"entry": entry, "person": entry.person, "rows": rows, "form": form, "replies": ReplyKind.choices},
        status=422 if form.errors else 200,
    )


@require_POST
def reply(request: Request, own_id: UUID) -> HttpResponse:
    """What an employer answered, or: typed by mistake."""
    require(policy.may(request.actor, "attendance"))
    found = OwnApplication.objects.filter(pk=own_id, entry__in=policy.entries_for(request.actor, clock.today())).first()
    if found is None:
        raise Http404
    answer = request.POST.get("reply", "")
    if answer == "remove":
        verbs.remove_own_application(actor=request.actor, at=clock.now(), op=op_of(request), own_application_id=found.pk)
    elif answer in ReplyKind.values:
        verbs.set_reply(actor=request.actor, at=clock.now(), op=op_of(request), own_application_id=found.pk, reply=ReplyKind(answer))
    return redirect("via:own_applications", found.entry_id)
