"""Dates and seats: the operator, the entrance and leads plan them. Counts, no names of people."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render as page
from django.urls import reverse
from django.views.decorators.http import require_POST

from hilfefrei import condition
from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.audit import policy as audit_policy
from hilfefrei.apps.audit import tasks
from hilfefrei.apps.intake import policy as intake
from hilfefrei.apps.intake import queries
from hilfefrei.apps.intake.domain import dates as verbs
from hilfefrei.apps.intake.models import ViaDate
from hilfefrei.apps.intake.workflows import DateKind
from hilfefrei.apps.org import policy
from hilfefrei.apps.org import queries as org
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.people.workflows import LANGUAGES
from hilfefrei.core import clock
from hilfefrei.core.days import berlin_day
from hilfefrei.core.periods import next_working_day
from hilfefrei.www import notes
from hilfefrei.www.entrance.forms import moment_of
from hilfefrei.www.operator import beginning
from hilfefrei.www.operator.forms import CancelForm, ChangeDateForm, DateForm
from hilfefrei.www.requests import Request, op_of


@dataclass(frozen=True)
class CoachWeek:
    """One coach's slots of a week, by day; ``away`` are the days of absence."""

    coach: User
    days: tuple[tuple[date, tuple[ViaDate, ...], bool], ...]


def _coach_weeks(rows: list[ViaDate], monday: date, away: dict[UUID, set[date]]) -> list[CoachWeek]:
    coaches = {r.led_by_id: r.led_by for r in rows if r.led_by is not None}
    days = [monday + timedelta(days=n) for n in range(5)]
    return [
        CoachWeek(
            coach,
            tuple(
                (day, tuple(r for r in rows if r.led_by_id == coach.pk and berlin_day(r.starts_at) == day), day in away.get(coach.pk, set()))
                for day in days
            ),
        )
        for coach in sorted(coaches.values(), key=lambda u: (u.last_name, u.first_name))
    ]


def dates(request: Request) -> HttpResponse:
    """Dates and seats of a week; a cancelled one says how many are still to be called."""
    require(policy.may_plan(request.actor))
    today, now = clock.today(), clock.now()
    monday = queries.monday_of(request.GET.get("woche", ""), today)
    sunday = monday + timedelta(days=6)
    start, end = queries.day_bounds(monday)[0], queries.day_bounds(sunday)[1]
    rows = list(queries.dates_between(start, end))
    standing = [r for r in rows if r.cancelled_at is None]
    groups = [r for r in rows if r.kind != DateKind.COACHING]
    information = [r for r in standing if r.kind == DateKind.INFORMATION]
    absences = org.absences(monday, sunday)
    away: dict[UUID, set[date]] = {}
    for absence in absences:
        for n in range(7):
            if absence.valid_from <= monday + timedelta(days=n) <= absence.valid_to:
                away.setdefault(absence.user_id, set()).add(monday + timedelta(days=n))
    uncovered = queries.uncovered(max(start, now), end)
    begun = beginning.steps(request.jobcenter, today) if policy.may_operate(request.actor) else []
    free_rooms = {r.room_id: r for r in reversed(standing) if r.room_id and r.starts_at <= now < r.ends_at}
    return page(
        request,
        "operator/dates.html",
        {
            "monday": monday,
            "friday": monday + timedelta(days=4),
            "week_number": monday.isocalendar().week,
            "this_week": queries.week_of(today)[0],
            "before": monday - timedelta(days=7),
            "after": monday + timedelta(days=7),
            "today": today,
            "now": now,
            "kinds": [(kind, [r for r in groups if r.kind == kind]) for kind in DateKind if kind != DateKind.COACHING],
            "coaches": _coach_weeks([r for r in standing if r.kind == DateKind.COACHING], monday, away),
            "columns": [monday + timedelta(days=n) for n in range(5)],
            "information": len(information),
            "information_seats": sum(r.seats or 0 for r in information),
            "information_booked": sum(r.booked for r in information),  # type: ignore[attr-defined]
            "cancelled": queries.cancelled(max(start, queries.day_bounds(today)[0]), end + timedelta(days=21)),
            "absences": [(a, [d for d in uncovered if d.led_by_id == a.user_id]) for a in absences],
            "rooms": [(room, free_rooms.get(room.pk)) for room in org.rooms(today)],
            "languages": LANGUAGES,
            "sees_names": intake.may(request.actor, "call_list"),
            "operates": policy.may_operate(request.actor),
            "beginning": begun,
            "to_set_up": sum(1 for step in begun if not step.done),
            "alarms": condition.alarms(request.jobcenter, now) if policy.may_operate(request.actor) else [],
            "stuck": tasks.stuck() if audit_policy.may_deliver_again(request.actor) else [],
        },
    )


def date_new(request: Request) -> HttpResponse:
    """Plan a date or a series."""
    require(policy.may_plan(request.actor))
    kind = request.GET.get("angebot", "")
    initial: dict[str, Any] = {"day": next_working_day(clock.today() + timedelta(days=1), request.jobcenter.land)}
    if kind in DateKind.values:
        initial["kind"] = kind
    form = DateForm(request, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        shared = form.shared | {
            "kind": DateKind(given["kind"]),
            "starts_at": moment_of(given["day"], given["starts"]),
            "ends_at": moment_of(given["day"], given["ends"]),
        }
        if given["until"]:
            made = form.run(verbs.plan_series, request, until=given["until"], land=request.jobcenter.land, **shared)
        else:
            made = form.run(verbs.plan_date, request, **shared)
        if made is not None:
            notes.done(request, "Reihe angelegt." if given["until"] else "Termin angelegt.")
            return redirect(f"{reverse('operator:dates')}?woche={berlin_day(made.starts_at).isoformat()}")
    return page(
        request,
        "operator/form.html",
        {"form": form, "title": "Termin anlegen", "button": "Termin anlegen", "back": reverse("operator:dates"), "section": "Termine und Plätze",
         "note": "Plätze gibt es bei Informationsgespräch und Werkstatt. Ein Coachingtermin hat einen Platz, die offene Stellenbörse keinen."},
        status=422 if form.errors else 200,
    )  # fmt: skip


def _date(date_id: UUID) -> ViaDate:
    found = ViaDate.objects.select_related("room", "led_by").filter(pk=date_id).first()
    if found is None:
        raise Http404
    return found


def _edit(request: Request, found: ViaDate, form: ChangeDateForm, cancel: CancelForm) -> HttpResponse:
    booked = found.bookings.filter(undone_at=None)
    series = ViaDate.objects.filter(series=found.series, starts_at__gt=found.starts_at, cancelled_at=None) if found.series else None
    return page(
        request,
        "operator/date.html",
        {
            "form": form,
            "cancel": cancel,
            "date": found,
            "booked": booked.count(),
            "following": series.count() if series is not None else 0,
            "told": booked.filter(called_at__isnull=False).exists(),
            "over": found.ends_at <= clock.now(),
            "sees_names": intake.may(request.actor, "call_list"),
            "week": berlin_day(found.starts_at).isoformat(),
        },
        status=422 if form.errors or cancel.errors else 200,
    )


def _back(found: ViaDate) -> HttpResponse:
    return redirect(f"{reverse('operator:dates')}?woche={berlin_day(found.starts_at).isoformat()}")


def _form(request: Request, found: ViaDate, *, bound: bool) -> ChangeDateForm:
    initial = {
        "seats": found.seats,
        "room": str(found.room_id or ""),
        "led_by": str(found.led_by_id or ""),
        "language": found.language,
        "remarks": found.remarks,
    }
    form = ChangeDateForm(request, request.POST if bound else None, initial=initial, version=found.version, room=found.room)
    if found.series is None:
        del form.fields["following"]
    if found.kind in {DateKind.COACHING, DateKind.EXCHANGE}:
        del form.fields["seats"]
    return form


def date_edit(request: Request, date_id: UUID) -> HttpResponse:
    """Change a date, or it and the rest of its series."""
    require(policy.may_plan(request.actor))
    found = _date(date_id)
    form = _form(request, found, bound=request.method == "POST")
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        given.setdefault("seats", found.seats)
        changed = form.run(
            verbs.change_date, request, date_id=found.pk, following=given.get("following", False), version=given["version"], **form.shared
        )
        if changed is not None:
            notes.done(request, "Geändert.")
            return _back(found)
    return _edit(request, found, form, CancelForm())


@require_POST
def date_cancel(request: Request, date_id: UUID) -> HttpResponse:
    """Call a date off, or it and the rest of its series."""
    require(policy.may_plan(request.actor))
    found = _date(date_id)
    cancel = CancelForm(request.POST)
    if cancel.is_valid():
        given = cancel.cleaned_data
        gone = cancel.run(verbs.cancel_date, request, date_id=found.pk, reason=given["reason"], following=given["following"])
        if gone is not None:
            booked = found.bookings.filter(undone_at=None).count()
            text = f"Abgesagt. {booked} Menschen stehen auf der Anrufliste des ViA-Teams." if booked else "Abgesagt. Niemand war gebucht."
            notes.done(request, text, undo=reverse("operator:date_reinstate", args=[found.pk]))
            return _back(found)
    return _edit(request, found, _form(request, found, bound=False), cancel)


@require_POST
def date_reinstate(request: Request, date_id: UUID) -> HttpResponse:
    """The date takes place after all."""
    require(policy.may_plan(request.actor))
    found = _date(date_id)
    verbs.undo_cancel(actor=request.actor, at=clock.now(), op=op_of(request), date_id=found.pk)
    notes.done(request, "Der Termin findet statt.")
    return _back(found)
