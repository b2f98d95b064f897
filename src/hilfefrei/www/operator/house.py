"""Rooms, absence, teams and posts, logins, the Jobcenter itself. Nobody is seen here but colleagues."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render as page
from django.urls import reverse
from django.views.decorators.http import require_POST

from hilfefrei.apps.accounts import domain as accounts
from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.audit import policy as audit_policy
from hilfefrei.apps.audit.actor import Role
from hilfefrei.apps.intake import policy as intake
from hilfefrei.apps.intake import queries
from hilfefrei.apps.intake.models import ViaDate
from hilfefrei.apps.org import domain as verbs
from hilfefrei.apps.org import policy
from hilfefrei.apps.org import queries as org
from hilfefrei.apps.org.models import Absence, Position, Room, Team, in_force
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.org.workflows import Specialisation
from hilfefrei.core import clock
from hilfefrei.core.days import berlin_day
from hilfefrei.www import notes
from hilfefrei.www.operator import access
from hilfefrei.www.operator.forms import (
    AbsenceForm,
    CloseTeamForm,
    HouseForm,
    LastDayForm,
    LoginForm,
    PasswordForm,
    PositionForm,
    RoomForm,
    TeamForm,
    id_of,
)
from hilfefrei.www.requests import Request, op_of, words_of
from hilfefrei.www.verbs import VerbForm

# How far ahead dates in a blocked room or of somebody absent are looked for.
AHEAD = timedelta(days=366)


def _form(request: Request, form: VerbForm, *, title: str, button: str, back: str, section: str, note: str = "", **more: Any) -> HttpResponse:
    """One form on a page of its own."""
    context = {"form": form, "title": title, "button": button, "back": back, "section": section, "note": note} | more
    return page(request, "operator/form.html", context, status=422 if form.errors else 200)


def _given(form: VerbForm, *without: str) -> dict[str, Any]:
    return {k: v for k, v in form.cleaned_data.items() if k not in {"op", *without}}


# --- rooms
def rooms(request: Request) -> HttpResponse:
    """Rooms with their state today, and dates that stand in a blocked one."""
    require(policy.may_operate(request.actor))
    today = clock.today()
    rows = list(org.rooms(today))
    start = clock.now()
    planned = list(queries.dates_between(start, start + AHEAD).filter(cancelled_at=None, room__in=rows))
    return page(
        request,
        "operator/rooms.html",
        {
            "rows": [(room, [d for d in planned if d.room_id == room.pk and _blocked(room, d)]) for room in rows],
            "given_up": Room.objects.filter(closed_on__lte=today),
            "today": today,
        },
    )


def _blocked(room: Room, date_: ViaDate) -> bool:
    day = berlin_day(date_.starts_at)
    if room.closed_on is not None and room.closed_on <= day:
        return True
    return room.blocked_from is not None and room.blocked_from <= day and (room.blocked_to is None or day <= room.blocked_to)


def room(request: Request, room_id: UUID | None = None) -> HttpResponse:
    """A new room, or changes to one."""
    require(policy.may_operate(request.actor))
    found = Room.objects.filter(pk=room_id).first() if room_id else None
    if room_id and found is None:
        raise Http404
    fields = ("name", "place", "seats", "step_free", "remarks", "blocked_from", "blocked_to", "closed_on")
    initial = {f: getattr(found, f) for f in fields} if found else None
    form = RoomForm(request.POST or None, initial=initial, version=found.version if found else None)
    if (
        request.method == "POST"
        and form.is_valid()
        and form.run(verbs.save_room, request, room_id=found.pk if found else None, **_given(form))
    ):
        notes.done(request, "Gespeichert.")
        return redirect("operator:rooms")
    title = f"{found.name} ändern" if found else "Raum anlegen"
    return _form(request, form, title=title, button="Raum ändern" if found else "Raum anlegen", back=reverse("operator:rooms"), section="Räume",
                 note="Termine, die in eine Sperre fallen, stehen danach in der Liste der Räume.")  # fmt: skip


# --- absence
def absences(request: Request) -> HttpResponse:
    """Who is away, who stands in, and which dates are left without a leader."""
    require(policy.may_plan(request.actor))
    today, now = clock.today(), clock.now()
    rows = list(org.absences(today, today + AHEAD))
    uncovered = queries.uncovered(now, now + AHEAD)
    return page(
        request,
        "operator/absences.html",
        {
            "rows": [
                (r, [d for d in uncovered if d.led_by_id == r.user_id and r.valid_from <= berlin_day(d.starts_at) <= r.valid_to])
                for r in rows
            ],
            "today": today,
            "sees_names": intake.may(request.actor, "call_list"),
        },
    )


def absence(request: Request, absence_id: UUID | None = None) -> HttpResponse:
    """A new absence, or another period or substitute."""
    require(policy.may_plan(request.actor))
    found = Absence.objects.select_related("user").filter(pk=absence_id, cancelled_at=None).first() if absence_id else None
    if absence_id and found is None:
        raise Http404
    initial = (
        {"user": str(found.user_id), "valid_from": found.valid_from, "valid_to": found.valid_to, "substitute": str(found.substitute_id or "")}
        if found
        else {"valid_from": clock.today(), "valid_to": clock.today()}
    )
    form = AbsenceForm(request, request.POST or None, initial=initial, version=found.version if found else None)
    if found is not None:
        del form.fields["user"]
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        shared = {"valid_from": given["valid_from"], "valid_to": given["valid_to"], "substitute_id": id_of(given["substitute"])}
        saved = (
            form.run(verbs.change_absence, request, absence_id=found.pk, version=given["version"], **shared)
            if found is not None
            else form.run(verbs.enter_absence, request, user_id=UUID(given["user"]), **shared)
        )
        if saved is not None:
            notes.done(request, "Eingetragen.", undo=reverse("operator:absence_cancel", args=[saved.pk]) if found is None else "")
            return redirect("operator:absences")
    title = f"Abwesenheit von {found.user.get_full_name()}" if found else "Abwesenheit eintragen"
    return _form(request, form, title=title, button="Abwesenheit eintragen" if found is None else "Änderung speichern",
                 back=reverse("operator:absences"), section="Abwesenheit",
                 note="Ein Grund wird nicht gefragt und nicht gespeichert. Die Vertretung sieht in dieser Zeit, was das Team sieht.")  # fmt: skip


@require_POST
def absence_cancel(request: Request, absence_id: UUID) -> HttpResponse:
    """Take an absence back."""
    require(policy.may_plan(request.actor))
    if not Absence.objects.filter(pk=absence_id).exists():
        raise Http404
    verbs.cancel_absence(actor=request.actor, at=clock.now(), op=op_of(request), absence_id=absence_id)
    notes.done(request, "Zurückgenommen.")
    return redirect("operator:absences")


# --- teams and posts
def teams(request: Request) -> HttpResponse:
    """Teams with span in heads and in posts."""
    require(policy.may_operate(request.actor))
    today = clock.today()
    spans = org.spans(today)
    return page(
        request,
        "operator/teams.html",
        {
            "spans": spans,
            "leads": sum(s.leads for s in spans),
            "heads": sum(s.heads for s in spans),
            "fte": sum(s.fte for s in spans),
            "vacant": Position.objects.filter(in_force(today), holder=None).count(),
            "closed": Team.objects.filter(closed_on__lte=today),
        },
    )


def _team(team_id: UUID) -> Team:
    found = Team.objects.filter(pk=team_id).first()
    if found is None:
        raise Http404
    return found


def team_new(request: Request) -> HttpResponse:
    """A new team."""
    require(policy.may_operate(request.actor))
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        made = form.run(
            verbs.create_team, request, name=given["name"], specialisation=Specialisation(given["specialisation"]), phone=given["phone"]
        )
        if made is not None:
            notes.done(request, "Team angelegt.")
            return redirect("operator:team", made.pk)
    return _form(request, form, title="Team anlegen", button="Team anlegen", back=reverse("operator:teams"), section="Teams")


def _team_page(request: Request, found: Team, form: TeamForm, close: CloseTeamForm) -> HttpResponse:
    today = clock.today()
    posts = Position.objects.filter(team=found).select_related("holder")
    span = next((s for s in org.spans(today) if s.team.pk == found.pk), None)
    return page(
        request,
        "operator/team.html",
        {
            "team": found,
            "form": form,
            "close": close,
            "span": span,
            "now_held": posts.filter(in_force(today)).order_by("-is_lead", "holder__last_name", "id"),
            "to_come": posts.filter(valid_from__gt=today).order_by("valid_from", "holder__last_name", "id"),
            "past": posts.filter(valid_to__lt=today).order_by("-valid_to", "holder__last_name", "id")[:20],
        },
        status=422 if form.errors or close.errors else 200,
    )


def _team_form(found: Team, post: Any = None) -> TeamForm:
    return TeamForm(
        post, initial={"name": found.name, "specialisation": found.specialisation, "phone": found.phone}, version=found.version
    )


def team(request: Request, team_id: UUID) -> HttpResponse:
    """A team: name and purpose, posts of today, to come and past."""
    require(policy.may_operate(request.actor))
    found = _team(team_id)
    form = _team_form(found, request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        changed = form.run(
            verbs.change_team, request, team_id=found.pk, name=given["name"], specialisation=Specialisation(given["specialisation"]),
            phone=given["phone"], version=given["version"],
        )  # fmt: skip
        if changed is not None:
            notes.done(request, "Gespeichert.")
            return redirect("operator:team", found.pk)
    return _team_page(request, found, form, CloseTeamForm(initial={"closed_on": clock.today()}))


@require_POST
def team_close(request: Request, team_id: UUID) -> HttpResponse:
    """Close a team."""
    require(policy.may_operate(request.actor))
    found = _team(team_id)
    close = CloseTeamForm(request.POST)
    if close.is_valid() and close.run(verbs.close_team, request, team_id=found.pk, closed_on=close.cleaned_data["closed_on"]):
        notes.done(request, "Team aufgelöst.")
        return redirect("operator:teams")
    return _team_page(request, found, _team_form(found), close)


def position_new(request: Request, team_id: UUID) -> HttpResponse:
    """A new post in a team."""
    require(policy.may_operate(request.actor))
    found = _team(team_id)
    form = PositionForm(request, request.POST or None, initial={"from_day": clock.today()})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        made = form.run(
            verbs.create_position, request, team_id=found.pk, role=Role(given["role"]), fte=given["fte"], valid_from=given["from_day"],
            valid_to=given["valid_to"], holder_id=id_of(given["holder"]), is_lead=given["is_lead"],
        )  # fmt: skip
        if made is not None:
            notes.done(request, "Stelle angelegt.")
            return redirect("operator:team", found.pk)
    return _form(request, form, title=f"Stelle anlegen: {found.name}", button="Stelle anlegen",
                 back=reverse("operator:team", args=[found.pk]), section=found.name)  # fmt: skip


def _position(position_id: UUID) -> Position:
    found = Position.objects.select_related("team", "holder").filter(pk=position_id).first()
    if found is None:
        raise Http404
    return found


def _position_page(request: Request, found: Position, form: PositionForm, end: LastDayForm) -> HttpResponse:
    context = {"position": found, "form": form, "end": end, "today": clock.today()}
    return page(request, "operator/position.html", context, status=422 if form.errors or end.errors else 200)


def _position_form(request: Request, found: Position, day: date, *, bound: bool) -> PositionForm:
    initial = {"holder": str(found.holder_id or ""), "fte": found.fte.normalize(), "is_lead": found.is_lead, "from_day": day}
    form = PositionForm(request, request.POST if bound else None, initial=initial, version=found.version)
    del form.fields["role"], form.fields["valid_to"]
    return form


def position(request: Request, position_id: UUID) -> HttpResponse:
    """Change holder, share or lead from a day on."""
    require(policy.may_operate(request.actor))
    found, today = _position(position_id), clock.today()
    form = _position_form(request, found, max(today, found.valid_from), bound=request.method == "POST")
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        changed = form.run(
            verbs.change_position, request, position_id=found.pk, from_day=given["from_day"], fte=given["fte"],
            holder_id=id_of(given["holder"]), is_lead=given["is_lead"], version=given["version"],
        )  # fmt: skip
        if changed is not None:
            notes.done(request, "Gespeichert.")
            return redirect("operator:team", found.team_id)
    return _position_page(request, found, form, LastDayForm(initial={"last_day": today}))


@require_POST
def position_end(request: Request, position_id: UUID) -> HttpResponse:
    """End a post with its last day."""
    require(policy.may_operate(request.actor))
    found = _position(position_id)
    end = LastDayForm(request.POST)
    if end.is_valid() and end.run(verbs.end_position, request, position_id=found.pk, last_day=end.cleaned_data["last_day"]):
        notes.done(request, "Stelle beendet.")
        return redirect("operator:team", found.team_id)
    return _position_page(request, found, _position_form(request, found, clock.today(), bound=False), end)


# --- logins
def logins(request: Request) -> HttpResponse:
    """Everybody who can log in, with the posts of today."""
    require(policy.may_operate(request.actor))
    words = words_of(request)
    users = User.objects.filter(jobcenter_id=request.actor.jobcenter_id)
    for word in words.split():
        users = users.filter(Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(username__icontains=word))
    posts: dict[UUID, list[Position]] = {}
    for held in Position.objects.filter(in_force(clock.today()), holder__in=users).select_related("team").order_by("team__name", "id"):
        if held.holder_id is not None:
            posts.setdefault(held.holder_id, []).append(held)
    rows = [(u, posts.get(u.pk, []), access.unused(u)) for u in users]
    return page(request, "operator/logins.html", {"rows": rows, "q": words, "me": request.actor.id, "unused": sum(1 for row in rows if row[2])})


def login_new(request: Request) -> HttpResponse:
    """A new login."""
    require(policy.may_operate(request.actor))
    form = LoginForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and form.run(accounts.create_login, request, **_given(form, "version")):
        notes.done(request, "Zugang angelegt. Er sieht erst etwas, wenn eine Stelle dazukommt.")
        return redirect("operator:team_logins")
    return _form(request, form, title="Zugang anlegen", button="Zugang anlegen", back=reverse("operator:team_logins"), section="Zugänge",
                 note="Was jemand sehen und tun darf, folgt aus der Stelle in einem Team. Beim ersten Anmelden wählt die Person ihr eigenes Passwort.")  # fmt: skip


def login_password(request: Request, user_id: UUID) -> HttpResponse:
    """A new first password for somebody who forgot theirs."""
    require(policy.may_operate(request.actor))
    found = access.user_of(request, user_id)
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and form.run(accounts.set_password, request, user_id=found.pk, password=form.cleaned_data["password"]):
        notes.done(request, "Passwort gesetzt. Alle offenen Sitzungen dieses Zugangs sind beendet.")
        return redirect("operator:team_logins")
    return _form(request, form, title=f"Neues Passwort für {found.get_full_name()}", button="Passwort setzen", back=reverse("operator:team_logins"),
                 section="Zugänge", note="Geben Sie es persönlich weiter. Beim nächsten Anmelden wählt die Person ihr eigenes, vorher sieht sie nichts.")  # fmt: skip


# --- the house
def house(request: Request) -> HttpResponse:
    """Name, phones, opening hours, settings."""
    require(policy.may_operate(request.actor))
    found = request.jobcenter
    initial = {f: getattr(found, f) for f in HouseForm.base_fields if f not in {"op", "version"}}
    form = HouseForm(request.POST or None, initial=initial, version=found.version)
    if request.method == "POST" and form.is_valid():
        given = _given(form, "version")
        if form.run(verbs.change_jobcenter, request, values=given, version=form.cleaned_data["version"]):
            notes.done(request, "Gespeichert.")
            return redirect("operator:house")
    return page(request, "operator/house.html", {"form": form, "house": found}, status=422 if form.errors else 200)


@require_POST
def deliver_again(request: Request) -> HttpResponse:
    """Let the worker try again what it has given up, all of one kind."""
    require(audit_policy.may_deliver_again(request.actor))
    audit.deliver_again(actor=request.actor, at=clock.now(), op=op_of(request), kind=request.POST.get("delivery", ""))
    notes.done(request, "Wird noch einmal zugestellt. Geht es wieder nicht, steht es nach einiger Zeit wieder hier.")
    return redirect("operator:dates")
