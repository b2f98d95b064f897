"""The operator's pages over verbs: dates and seats, rooms, absence, teams and positions, logins, the house. Counts, no names of people."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render as page
from django.views.decorators.http import require_POST

from hilfefrei.apps.accounts import domain as accounts
from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.audit.actor import ROLE_LABELS, Role
from hilfefrei.apps.intake import queries
from hilfefrei.apps.intake.domain import dates as date_verbs
from hilfefrei.apps.intake.models import Booking, ViaDate
from hilfefrei.apps.intake.workflows import DateKind
from hilfefrei.apps.org import domain as verbs
from hilfefrei.apps.org import policy
from hilfefrei.apps.org import queries as org
from hilfefrei.apps.org.models import Absence, Position, Room, Team, in_force
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.org.workflows import Specialisation
from hilfefrei.apps.people.workflows import LANGUAGES
from hilfefrei.core import clock
from hilfefrei.core.days import berlin_day
from hilfefrei.www import notes
from hilfefrei.www.entrance.forms import moment_of
from hilfefrei.www.fields import GermanDateField, GermanTimeField
from hilfefrei.www.requests import Request, op_of
from hilfefrei.www.verbs import VerbForm


def _users(request: Request) -> list[tuple[str, str]]:
    rows = User.objects.filter(jobcenter_id=request.actor.jobcenter_id, is_active=True)
    return [(str(u.pk), f"{u.last_name}, {u.first_name}") for u in rows]


def _rooms() -> list[tuple[str, str]]:
    return [("", "Video oder ohne Raum"), *((str(r.pk), r.name) for r in org.rooms(clock.today()))]


class DateForm(VerbForm):
    """A date or a weekly series."""

    kind = forms.ChoiceField(label="Angebot", choices=DateKind.choices)
    day = GermanDateField(label="Tag", required=True)
    starts = GermanTimeField(label="Beginn", required=True)
    ends = GermanTimeField(label="Ende", required=True)
    until = GermanDateField(label="jede Woche bis", help_text="leer = nur dieser Termin")
    room = forms.ChoiceField(label="Raum", required=False)
    led_by = forms.ChoiceField(label="leitet", required=False)
    language = forms.ChoiceField(label="Sprache", choices=list(LANGUAGES.items()), initial="de")
    seats = forms.IntegerField(label="Plätze", required=False, min_value=1, max_value=500)

    def __init__(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["room"].choices = _rooms()  # type: ignore[attr-defined]
        self.fields["led_by"].choices = [("", "noch offen"), *_users(request)]  # type: ignore[attr-defined]


class ChangeDateForm(VerbForm):
    """Change seats, room, leader, language of a date."""

    seats = forms.IntegerField(label="Plätze", required=False, min_value=1, max_value=500)
    room = forms.ChoiceField(label="Raum", required=False)
    led_by = forms.ChoiceField(label="leitet", required=False)
    language = forms.ChoiceField(label="Sprache", choices=list(LANGUAGES.items()))
    remarks = forms.CharField(label="Hinweis", required=False, max_length=160)


class RoomForm(VerbForm):
    """A room."""

    name = forms.CharField(label="Raum", max_length=80)
    place = forms.CharField(label="Ort", max_length=80)
    seats = forms.IntegerField(label="Plätze", required=False, min_value=1, max_value=1000, help_text="leer = unbegrenzt")
    step_free = forms.BooleanField(label="stufenlos", required=False)
    remarks = forms.CharField(label="Zugang, Ausstattung", required=False, max_length=120)
    blocked_from = GermanDateField(label="gesperrt von")
    blocked_to = GermanDateField(label="gesperrt bis")


class AbsenceForm(VerbForm):
    """Somebody is away; there is no reason to give."""

    user = forms.ChoiceField(label="Wer")
    valid_from = GermanDateField(label="von", required=True)
    valid_to = GermanDateField(label="bis", required=True)
    substitute = forms.ChoiceField(label="Vertretung", required=False)


class TeamForm(VerbForm):
    """A team."""

    name = forms.CharField(label="Name", max_length=80)
    specialisation = forms.ChoiceField(label="Aufgabe", choices=Specialisation.choices)
    phone = forms.CharField(label="Telefon", required=False, max_length=40)


class PositionForm(VerbForm):
    """A post."""

    team = forms.ChoiceField(label="Team")
    role = forms.ChoiceField(label="Rolle", choices=[(r.value, label) for r, label in ROLE_LABELS.items()])
    holder = forms.ChoiceField(label="Person", required=False)
    fte = forms.DecimalField(label="Stellenanteil", min_value=Decimal("0.05"), max_value=Decimal(1), initial=Decimal(1), localize=True)
    is_lead = forms.BooleanField(label="leitet das Team", required=False)
    valid_from = GermanDateField(label="von", required=True)
    valid_to = GermanDateField(label="bis")


class LoginForm(VerbForm):
    """A login."""

    username = forms.CharField(label="Anmeldename", max_length=60)
    first_name = forms.CharField(label="Vorname", max_length=60)
    last_name = forms.CharField(label="Nachname", max_length=60)
    phone = forms.CharField(label="Durchwahl", required=False, max_length=40)
    password = forms.CharField(label="Erstes Kennwort", widget=forms.PasswordInput, help_text="mindestens 12 Zeichen")


class HouseForm(VerbForm):
    """The Jobcenter itself."""

    name = forms.CharField(label="Name", max_length=120)
    land = forms.CharField(label="Land", max_length=2, help_text="Kürzel für die Feiertage, z. B. NI")
    street = forms.CharField(label="Straße", required=False, max_length=120)
    plz = forms.RegexField(r"^\d{5}$", label="PLZ", required=False, error_messages={"invalid": "Eine PLZ hat fünf Ziffern."})
    place = forms.CharField(label="Ort", required=False, max_length=80)
    phone = forms.CharField(label="Telefon", required=False, max_length=40)
    benefits_phone = forms.CharField(label="Telefon Leistung", required=False, max_length=40)
    urgent_phone = forms.CharField(label="Notfach Leistung", required=False, max_length=40)
    housing_phone = forms.CharField(label="Wohnungssicherung", required=False, max_length=40)
    protection_phone = forms.CharField(label="Schutzstelle", required=False, max_length=40)
    counsel_name = forms.CharField(label="Unabhängige Beratung", required=False, max_length=120)
    counsel_phone = forms.CharField(label="Telefon unabhängige Beratung", required=False, max_length=40)
    complaint_phone = forms.CharField(label="Kundenreaktion", required=False, max_length=40)
    opening_hours = forms.CharField(label="Öffnungszeiten", required=False, max_length=120)
    returning_gap_days = forms.IntegerField(label="Neu nach … Tagen ohne Leistung", min_value=0, max_value=3650)


def _id(text: str) -> UUID | None:
    return UUID(text) if text else None


def dates(request: Request) -> HttpResponse:
    """Dates and seats of a week; a cancelled one says how many are still to be called."""
    require(policy.may_plan(request.actor))
    try:
        wanted = date.fromisoformat(request.GET.get("woche", ""))
    except ValueError:
        wanted = clock.today()
    monday = queries.week_of(wanted)[0]
    form = DateForm(request, request.POST or None, initial={"day": clock.today() + timedelta(days=1)})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        shared = {
            "kind": DateKind(given["kind"]),
            "starts_at": moment_of(given["day"], given["starts"]),
            "ends_at": moment_of(given["day"], given["ends"]),
            "room_id": _id(given["room"]),
            "led_by_id": _id(given["led_by"]),
            "language": given["language"],
            "seats": given["seats"],
        }
        if given["until"]:
            made = form.run(date_verbs.plan_series, request, until=given["until"], land=request.jobcenter.land, **shared)
        else:
            made = form.run(date_verbs.plan_date, request, **shared)
        if made is not None:
            notes.done(request, "Termin angelegt.")
            return redirect(f"{request.path}?woche={berlin_day(made.starts_at).isoformat()}")
    rows = list(queries.dates_between(queries.day_bounds(monday)[0], queries.day_bounds(monday + timedelta(days=6))[1]))
    cancelled = [r for r in rows if r.cancelled_at]
    to_call = {r.pk: Booking.objects.filter(date=r, undone_at=None, called_at=None).count() for r in cancelled}
    away = org.absent(clock.today())
    return page(
        request,
        "operator/dates.html",
        {
            "monday": monday,
            "before": monday - timedelta(days=7),
            "after": monday + timedelta(days=7),
            "rows": [r for r in rows if not r.cancelled_at],
            "cancelled": [(r, to_call[r.pk]) for r in cancelled],
            "uncovered": [r for r in rows if r.led_by_id in away and not r.cancelled_at and berlin_day(r.starts_at) == clock.today()],
            "form": form,
        },
        status=422 if form.errors else 200,
    )


def date_edit(request: Request, date_id: UUID) -> HttpResponse:
    """Change a date, or call it off."""
    require(policy.may_plan(request.actor))
    found = ViaDate.objects.filter(pk=date_id).first()
    if found is None:
        raise Http404
    initial = {"seats": found.seats, "room": str(found.room_id or ""), "led_by": str(found.led_by_id or ""), "language": found.language, "remarks": found.remarks}
    form = ChangeDateForm(request.POST or None, initial=initial, version=found.version)
    form.fields["room"].choices = _rooms()  # type: ignore[attr-defined]
    form.fields["led_by"].choices = [("", "noch offen"), *_users(request)]  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if form.run(
            date_verbs.change_date, request, date_id=found.pk, seats=given["seats"], room_id=_id(given["room"]), led_by_id=_id(given["led_by"]),
            language=given["language"], remarks=given["remarks"], version=given["version"],
        ):
            notes.done(request, "Geändert.")
            return redirect("operator:dates")
    return page(request, "operator/date.html", {"form": form, "date": found, "booked": found.bookings.filter(undone_at=None).count()}, status=422 if form.errors else 200)


@require_POST
def date_cancel(request: Request, date_id: UUID) -> HttpResponse:
    """Call a date off."""
    require(policy.may_plan(request.actor))
    if not ViaDate.objects.filter(pk=date_id).exists():
        raise Http404
    date_verbs.cancel_date(actor=request.actor, at=clock.now(), op=op_of(request), date_id=date_id, reason=request.POST.get("reason", ""))
    notes.done(request, "Abgesagt. Die Anrufliste liegt beim ViA-Team.")
    return redirect("operator:dates")


def rooms(request: Request, room_id: UUID | None = None) -> HttpResponse:
    """Rooms: list, new, change."""
    require(policy.may_operate(request.actor))
    found = Room.objects.filter(pk=room_id).first() if room_id else None
    if room_id and found is None:
        raise Http404
    fields = ("name", "place", "seats", "step_free", "remarks", "blocked_from", "blocked_to")
    form = RoomForm(request.POST or None, initial={f: getattr(found, f) for f in fields} if found else None, version=found.version if found else None)
    if request.method == "POST" and form.is_valid():
        given = {k: v for k, v in form.cleaned_data.items() if k != "op"}
        if form.run(verbs.save_room, request, room_id=found.pk if found else None, **given):
            notes.done(request, "Gespeichert.")
            return redirect("operator:rooms")
    return page(request, "operator/rooms.html", {"form": form, "found": found, "rows": org.rooms(clock.today()), "today": clock.today()}, status=422 if form.errors else 200)


def absences(request: Request) -> HttpResponse:
    """Who is away and who stands in."""
    require(policy.may_plan(request.actor))
    form = AbsenceForm(request.POST or None)
    users = _users(request)
    form.fields["user"].choices = users  # type: ignore[attr-defined]
    form.fields["substitute"].choices = [("", "niemand"), *users]  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if form.run(
            verbs.enter_absence, request, user_id=UUID(given["user"]), substitute_id=_id(given["substitute"]), valid_from=given["valid_from"], valid_to=given["valid_to"]
        ):
            notes.done(request, "Eingetragen.")
            return redirect("operator:absences")
    rows = list(Absence.objects.filter(cancelled_at=None, valid_to__gte=clock.today()).select_related("user", "substitute").order_by("valid_from", "id"))
    open_dates = {}
    for row in rows:
        open_dates[row.pk] = ViaDate.objects.filter(
            led_by_id=row.user_id, cancelled_at=None, starts_at__gte=queries.day_bounds(row.valid_from)[0], starts_at__lt=queries.day_bounds(row.valid_to)[1]
        ).count()
    return page(request, "operator/absences.html", {"form": form, "rows": [(r, open_dates[r.pk]) for r in rows]}, status=422 if form.errors else 200)


@require_POST
def absence_cancel(request: Request, absence_id: UUID) -> HttpResponse:
    """Take an absence back."""
    require(policy.may_plan(request.actor))
    if not Absence.objects.filter(pk=absence_id).exists():
        raise Http404
    verbs.cancel_absence(actor=request.actor, at=clock.now(), op=op_of(request), absence_id=absence_id)
    return redirect("operator:absences")


def teams(request: Request) -> HttpResponse:
    """Teams with span, positions, logins."""
    require(policy.may_operate(request.actor))
    which = request.POST.get("form", "")
    team_form = TeamForm(request.POST if which == "team" else None)
    position_form = PositionForm(request.POST if which == "position" else None, initial={"valid_from": clock.today()})
    login_form = LoginForm(request.POST if which == "login" else None)
    today = clock.today()
    position_form.fields["team"].choices = [(str(t.pk), t.name) for t in org.teams(today)]  # type: ignore[attr-defined]
    position_form.fields["holder"].choices = [("", "unbesetzt"), *_users(request)]  # type: ignore[attr-defined]
    done: Any = None
    if which == "team" and team_form.is_valid():
        given = team_form.cleaned_data
        done = team_form.run(verbs.create_team, request, name=given["name"], specialisation=Specialisation(given["specialisation"]), phone=given["phone"])
    elif which == "position" and position_form.is_valid():
        given = position_form.cleaned_data
        done = position_form.run(
            verbs.create_position, request, team_id=UUID(given["team"]), role=Role(given["role"]), fte=given["fte"], valid_from=given["valid_from"],
            valid_to=given["valid_to"], holder_id=_id(given["holder"]), is_lead=given["is_lead"],
        )
    elif which == "login" and login_form.is_valid():
        given = {k: v for k, v in login_form.cleaned_data.items() if k not in {"op", "version"}}
        done = login_form.run(accounts.create_login, request, **given)
    if done is not None:
        notes.done(request, "Angelegt.")
        return redirect("operator:teams")
    positions = Position.objects.filter(in_force(today)).select_related("team", "holder").order_by("team__name", "-is_lead", "holder__last_name", "id")
    invalid = any(f.errors for f in (team_form, position_form, login_form))
    return page(
        request,
        "operator/teams.html",
        {
            "spans": org.spans(today),
            "positions": positions,
            "team_form": team_form,
            "position_form": position_form,
            "login_form": login_form,
            "logins": User.objects.filter(jobcenter_id=request.actor.jobcenter_id),
        },
        status=422 if invalid else 200,
    )


@require_POST
def team_act(request: Request, what: str, object_id: UUID) -> HttpResponse:
    """End a post today, close a team, close or open a login."""
    require(policy.may_operate(request.actor))
    now, op, today = clock.now(), op_of(request), clock.today()
    if what == "stelle-ende" and Position.objects.filter(pk=object_id).exists():
        verbs.end_position(actor=request.actor, at=now, op=op, position_id=object_id, last_day=today)
    elif what == "team-ende" and Team.objects.filter(pk=object_id).exists():
        verbs.close_team(actor=request.actor, at=now, op=op, team_id=object_id, closed_on=today)
    elif what in {"zugang-zu", "zugang-auf"} and User.objects.filter(pk=object_id, jobcenter_id=request.actor.jobcenter_id).exists():
        accounts.set_login_active(actor=request.actor, at=now, op=op, user_id=object_id, active=what == "zugang-auf")
    else:
        raise Http404
    notes.done(request, "Gespeichert.")
    return redirect("operator:teams")


def house(request: Request) -> HttpResponse:
    """Name, phones, opening hours, settings."""
    require(policy.may_operate(request.actor))
    found = request.jobcenter
    form = HouseForm(request.POST or None, initial={f: getattr(found, f) for f in HouseForm.base_fields if f not in {"op", "version"}}, version=found.version)
    if request.method == "POST" and form.is_valid():
        given = {k: v for k, v in form.cleaned_data.items() if k not in {"op", "version"}}
        if form.run(verbs.change_jobcenter, request, values=given, version=form.cleaned_data["version"]):
            notes.done(request, "Gespeichert.")
            return redirect("operator:house")
    return page(request, "operator/house.html", {"form": form, "house": found}, status=422 if form.errors else 200)
