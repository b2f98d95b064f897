"""ViA goes on after the talk: the week, who takes part, what they wrote, how it ends."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render as page
from django.urls import reverse
from django.views.decorators.http import require_POST

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.intake import policy, queries
from hilfefrei.apps.intake.domain import conversation
from hilfefrei.apps.intake.domain import dates as verbs
from hilfefrei.apps.intake.domain import entry as entry_verbs
from hilfefrei.apps.intake.models import Entry, Fact, HandedVacancy, OwnApplication, ViaDate
from hilfefrei.apps.intake.workflows import Attendance, DateKind, EndKind, EntryState, FactKind, ReplyKind, VacancyReaction
from hilfefrei.apps.org import policy as org_policy
from hilfefrei.apps.org import queries as org
from hilfefrei.apps.people import policy as people_policy
from hilfefrei.core import clock, days
from hilfefrei.core.days import berlin_day
from hilfefrei.papers import data, render
from hilfefrei.www import notes, papers
from hilfefrei.www.fields import GermanDateField
from hilfefrei.www.guards import allowed
from hilfefrei.www.requests import Request, next_of, op_of, privacy_on, words_of
from hilfefrei.www.sheets import xlsx
from hilfefrei.www.verbs import VerbForm

PAGE = 25
# Seats that fit into the picture of somebody's attendance.
MARKS = 8
# Ends that one may still want to take back.
ENDED = 12


class OwnApplicationForm(VerbForm):
    """A job application the person wrote."""

    employer = forms.CharField(label="Betrieb", max_length=160)
    title = forms.CharField(label="als", required=False, max_length=160)
    sent_on = GermanDateField(label="am", required=True, not_future=True)


@dataclass(frozen=True)
class Participant:
    """Somebody in ViA, as one line."""

    entry: Entry
    marks: tuple[tuple[str, int], ...]
    present: int
    expected: int
    written: int
    replies: int
    success: str
    overdue: bool


# How a fact reads in a narrow column; the others by their own label.
STANDING = {FactKind.WORK: "in Arbeit", FactKind.TRAINING: "in Ausbildung", FactKind.COURSE: "im Kurs"}


def _standing(known: Fact, now: datetime) -> str:
    """What somebody does, and since or from when."""
    word = STANDING.get(FactKind(known.kind), known.get_kind_display())
    return f"{word} {'ab' if known.since > berlin_day(now) else 'seit'} {days.format_day(known.since, weekday=False, today=clock.today())}"


def _participant(entry: Any, now: datetime) -> Participant:
    seats = entry.seats
    past = [s for s in seats if s.date.starts_at < now and s.attendance != Attendance.EXPECTED]
    known = entry.known_facts[0] if entry.known_facts else None
    marks = tuple(
        (s.attendance if s.date.starts_at < now else "future", berlin_day(s.date.starts_at).isocalendar().week) for s in seats[-MARKS:]
    )
    return Participant(
        entry=entry,
        marks=marks,
        present=sum(1 for s in past if s.attendance == Attendance.PRESENT),
        expected=len(past),
        written=len(entry.written),
        replies=sum(1 for w in entry.written if w.reply != ReplyKind.NONE),
        success=_standing(known, now) if known else "",
        overdue=bool(entry.next_step_at and entry.next_step_at < now),
    )


def _monday(request: Request) -> date:
    return queries.monday_of(request.GET.get("woche", ""), clock.today())


@dataclass(frozen=True)
class Cell:
    """One day of one offer: the dates of a group, or the coaching hours of the day as one span."""

    dates: tuple[ViaDate, ...]

    @property
    def span(self) -> str:
        """"08:30–15:30" over all hours of coaching."""
        return f"{days.format_time(self.dates[0].starts_at)}–{days.format_time(max(d.ends_at for d in self.dates))}"

    @property
    def booked(self) -> int:
        """Hours taken."""
        return len(self.dates) - len(self.free)

    @property
    def free(self) -> list[ViaDate]:
        """Hours nobody has taken."""
        return [d for d in self.dates if not d.booked]  # type: ignore[attr-defined]


def _grid(monday: date) -> list[tuple[Any, list[tuple[date, Cell]]]]:
    rows = list(queries.dates_between(queries.day_bounds(monday)[0], queries.day_bounds(monday + timedelta(days=4))[1]))
    columns = [monday + timedelta(days=n) for n in range(5)]
    return [
        (
            kind,
            [
                (
                    day,
                    Cell(
                        tuple(
                            r
                            for r in rows
                            if r.kind == kind and berlin_day(r.starts_at) == day and (kind != DateKind.COACHING or r.cancelled_at is None)
                        )
                    ),
                )
                for day in columns
            ],
        )
        for kind in DateKind
    ]


def _chosen(request: Request) -> dict[str, Any]:
    """Search, filters and order of the list from the address; what is unknown is left out."""
    only, order = request.GET.get("nur", "alle"), request.GET.get("sort", "name")
    teams = {str(t.pk): t for t in org.teams(clock.today()).filter(pk__in=request.actor.teams | request.actor.leads)}
    team = teams.get(request.GET.get("team", ""))
    return {
        "q": words_of(request),
        "nur": only if only in queries.PARTICIPANTS else "alle",
        "sort": order if order in queries.ORDERS else "name",
        "team": team,
        "teams": list(teams.values()),
    }


def _participants(request: Request, chosen: dict[str, Any], now: datetime) -> Any:
    return queries.participants(
        request.actor,
        now,
        words=chosen["q"],
        team_id=chosen["team"].pk if chosen["team"] else None,
        only=chosen["nur"],
        order=chosen["sort"],
    )


def _ends(counts: Counter[str]) -> tuple[int, str]:
    """(into work, the rest in words) of the ways that ended."""
    rest = [
        f"{count} {EndKind(kind).label}" for kind, count in sorted(counts.items(), key=lambda p: (-p[1], p[0])) if kind and kind != EndKind.WORK
    ]
    return counts[EndKind.WORK], ", ".join(rest)


@allowed("week")
def week(request: Request) -> HttpResponse:
    """The week of ViA: dates and seats, who takes part, what they wrote."""
    now, today = clock.now(), clock.today()
    monday = _monday(request)
    chosen = _chosen(request)
    shown = Paginator(_participants(request, chosen, now), PAGE).get_page(request.GET.get("seite"))
    people = [_participant(e, now) for e in shown]
    ended = queries.ended(request.actor, now)
    kinds = queries.ended_kinds(request.actor, now)
    into_work, other_ends = _ends(kinds)
    after_via = Paginator(queries.after_via(request.actor, today), ENDED).get_page(request.GET.get("danach"))
    ids = [p.entry.person_id for p in people] + [e.person_id for e in ended[:ENDED]] + [e.person_id for e in after_via]
    audit.log_access(actor=request.actor, kind="search", page="via:week", person_ids=list(dict.fromkeys(ids)), at=now)
    coaching = queries.via_week(now, monday).coaching
    by_week = queries.own_applications_by_week(request.actor, today)
    start, end = queries.day_bounds(monday)[0], queries.day_bounds(monday + timedelta(days=4))[1]
    works = policy.may(request.actor, "attendance")
    coaches = list(queries.coaches(today))
    unmarked = queries.unmarked(now) if works else []
    return page(
        request,
        "via/week.html",
        chosen
        | {
            "asks": policy.may(request.actor, "follow_up"),
            "asks_due": queries.questions_due(request.actor, today),
            "privacy": privacy_on(request),
            "monday": monday,
            "friday": monday + timedelta(days=4),
            "today": today,
            "now": now,
            "before": monday - timedelta(days=7),
            "after": monday + timedelta(days=7),
            "this_week": queries.week_of(today)[0],
            "grid": _grid(monday),
            "people": people,
            "rows": shown,
            "all": queries.in_via(request.actor, today).count(),
            "here": queries.attendance_of(*queries.day_bounds(today)),
            "by_week": by_week,
            "most_written": max((sent for _, sent, _ in by_week), default=0),
            "written": queries.written(request.actor, today),
            "into_work": into_work,
            "other_ends": other_ends,
            "after_via": after_via,
            "run_out": queries.run_out(request.actor, today).count(),
            "ended": ended[:ENDED],
            "ended_count": len(ended),
            "ended_all": sum(kinds.values()),
            "coaching": coaching,
            "coach_share": float(coaching.hours_booked / coaching.hours) if coaching.hours else 0.0,
            "coaches": len({p.holder_id for p in coaches if p.holder_id}),
            "coach_posts": sum(p.fte for p in coaches if p.holder_id),
            "warn": queries.COACH_HOURS_WARN,
            "free": queries.free_dates(now, DateKind.COACHING, limit=6),
            "obstacles": queries.obstacles(request.actor, start - timedelta(weeks=3), end),
            "unmarked": unmarked,
            "mark_next": unmarked[-1] if unmarked else None,
            "cancelled": [d for d in queries.cancelled(now - timedelta(days=1), now + timedelta(days=21)) if d.to_call] if works else [],  # type: ignore[attr-defined]
            "uncovered": queries.uncovered(max(now, start), end),
            "works": works,
            "plans": org_policy.may_plan(request.actor),
            "only": queries.PARTICIPANTS,
            "orders": queries.ORDERS,
        },
    )


@allowed("week")
def export(request: Request) -> HttpResponse:
    """The list of the week as it is chosen, as XLSX."""
    now = clock.now()
    found = list(_participants(request, _chosen(request), now))
    # Protected people are in no table that leaves the house.
    guarded = people_policy.guarded([e.person_id for e in found], clock.today())
    people = [_participant(e, now) for e in found if e.person_id not in guarded]
    audit.log_access(
        actor=request.actor, kind="export", page="via:export", person_ids=[p.entry.person_id for p in people], at=now
    )
    return xlsx(
        "teilnahme.xlsx",
        "ViA",
        [("Person", 30), ("dabei seit", 12), ("bis", 12), ("da", 6), ("von", 6), ("beworben", 10), ("Antworten", 10), ("Nächster Schritt", 40),
         ("am", 16), ("wer", 18), ("Arbeit, Ausbildung", 34)],
        (
            (
                p.entry.person.list_name, p.entry.via_from, p.entry.via_to, p.present, p.expected, p.written, p.replies, p.entry.next_step,
                p.entry.next_step_at, p.entry.next_step_by.get_full_name() if p.entry.next_step_by else "", p.success,
            )
            for p in people
        ),
    )  # fmt: skip


@allowed("week")
def week_plan(request: Request) -> HttpResponse:
    """The week for the wall, no names of people."""
    monday = _monday(request)
    sheet = data.WeekPlan(
        office=papers.office(request),
        printed_at=clock.now(),
        days=tuple(monday + timedelta(days=n) for n in range(5)),
        rows=tuple(
            data.WeekRow(
                offer=kind.label,
                cells=tuple(
                    tuple(
                        f"{days.format_time(d.starts_at)} {d.room.name if d.room else 'Video'}" for d in cell.dates if d.cancelled_at is None
                    )
                    for _, cell in cells
                ),
            )
            for kind, cells in _grid(monday)
        ),
    )
    return papers.pdf(render("week_plan", sheet), "wochenplan.pdf")


def _entry(request: Request, entry_id: UUID) -> Entry:
    try:
        return policy.get_entry_for(request.actor, entry_id, clock.today())
    except Entry.DoesNotExist as error:
        raise Http404 from error


@require_POST
@allowed("end")
def undo_end(request: Request, entry_id: UUID) -> HttpResponse:
    """The way goes on where it stood."""
    entry = _entry(request, entry_id)
    back = entry_verbs.undo_end(actor=request.actor, at=clock.now(), op=op_of(request), entry_id=entry.pk)
    stands = f"ViA geht weiter bis {back.via_to:%d.%m.%Y}" if back.state == EntryState.IN_VIA else f"Stand wie vorher: {back.get_state_display()}"
    notes.done(request, f"Ende zurückgenommen. {stands}. Plätze bitte neu buchen.")
    return redirect(next_of(request, reverse("via:week")))


@allowed("attendance")
def own_applications(request: Request, entry_id: UUID) -> HttpResponse:
    """What the person wrote, and the replies."""
    entry = _entry(request, entry_id)
    audit.log_access(
        actor=request.actor, kind="open", page="via:own_applications", person_ids=[entry.person_id], at=clock.now()
    )
    form = OwnApplicationForm(request.POST or None, initial={"sent_on": clock.today()})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if form.run(
            verbs.add_own_application, request, entry_id=entry.pk, employer=given["employer"], title=given["title"], sent_on=given["sent_on"]
        ):
            notes.done(request, "Eingetragen.")
            return redirect("via:own_applications", entry.pk)
    rows = entry.own_applications.filter(removed_at=None).order_by("-sent_on", "id")
    return page(
        request,
        "via/own_applications.html",
        {
            "entry": entry,
            "person": entry.person,
            "rows": rows,
            "form": form,
            "replies": ReplyKind.choices,
            "handed": queries.handed(entry.pk),
            "reactions": VacancyReaction.choices,
        },
        status=422 if form.errors else 200,
    )


@require_POST
@allowed("book")
def reaction(request: Request, handed_id: UUID) -> HttpResponse:
    """What the person thinks of a vacancy that was handed over; every answer is fine."""
    found = HandedVacancy.objects.filter(
        pk=handed_id, undone_at=None, entry__in=policy.entries_for(request.actor, clock.today())
    ).first()
    answer = request.POST.get("reaction", "")
    if found is None or answer not in VacancyReaction.values:
        raise Http404
    conversation.note_reaction(
        actor=request.actor, at=clock.now(), op=op_of(request), handed_id=found.pk, reaction=VacancyReaction(answer)
    )
    notes.done(request, "Gespeichert. Jede Antwort ist recht.")
    return redirect("via:own_applications", found.entry_id)


@require_POST
@allowed("attendance")
def reply(request: Request, own_id: UUID) -> HttpResponse:
    """What an employer answered, or: typed by mistake."""
    found = OwnApplication.objects.filter(pk=own_id, entry__in=policy.entries_for(request.actor, clock.today())).first()
    if found is None:
        raise Http404
    answer = request.POST.get("reply", "")
    if answer == "remove":
        verbs.remove_own_application(actor=request.actor, at=clock.now(), op=op_of(request), own_application_id=found.pk)
        notes.done(request, "Entfernt.")
    elif answer in ReplyKind.values:
        verbs.set_reply(actor=request.actor, at=clock.now(), op=op_of(request), own_application_id=found.pk, reply=ReplyKind(answer))
        notes.done(request, "Antwort gespeichert.")
    return redirect("via:own_applications", found.entry_id)
