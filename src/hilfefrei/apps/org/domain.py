"""Verbs on the organisation. The operator works with them and sees no person data."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q
from django_scopes import scope, scopes_disabled

from hilfefrei.apps.accounts import domain as accounts
from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.audit.actor import Actor, Role
from hilfefrei.apps.audit.domain import Ledger, locked, verb
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.audit.phones import phone_of
from hilfefrei.apps.audit.rows import require_fit
from hilfefrei.apps.org import policy
from hilfefrei.apps.org.models import Absence, Jobcenter, Position, Room, Team
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.org.workflows import Specialisation
from hilfefrei.core.days import berlin_day, format_day
from hilfefrei.core.periods import add_months, holidays_of

SETTINGS = (
    "name",
    "land",
    "street",
    "plz",
    "place",
    "lat",
    "lon",
    "phone",
    "benefits_phone",
    "urgent_phone",
    "housing_phone",
    "protection_phone",
    "counsel_name",
    "counsel_phone",
    "complaint_phone",
    "opening_hours",
    "returning_gap_days",
    "privacy_first",
    "via_from",
    "factor_roles",
)
PHONES = frozenset(key for key in SETTINGS if key.endswith("phone"))


def found_jobcenter(
    *,
    at: datetime,
    name: str,
    traeger_number: str,
    land: str,
    username: str,
    first_name: str,
    last_name: str,
    password: str,
) -> Jobcenter:
    """Start a real installation: the Jobcenter, its first team and an operator. Only where there is none yet."""
    with transaction.atomic(), scopes_disabled():
        if Jobcenter.objects.exists():
            raise Refused("Hier gibt es schon ein Jobcenter.", code="exists")
        if not name.strip() or not traeger_number.strip():
            raise Refused("Name und Trägernummer werden gebraucht.", code="missing")
        check_land(land)
        jobcenter = Jobcenter(name=name.strip(), traeger_number=traeger_number.strip(), land=land)
        require_fit(jobcenter, User(username=username.strip(), first_name=first_name.strip(), last_name=last_name.strip()))
        jobcenter.save()
        with scope(jobcenter=jobcenter.pk):
            actor = Actor("system", jobcenter.pk, jobcenter.pk, roles=frozenset({Role.OPERATOR}))
            team = create_team(actor=actor, at=at, name="Leitung und Stab", specialisation=Specialisation.MANAGEMENT)
            user = accounts.create_login(
                actor=actor, at=at, username=username, first_name=first_name, last_name=last_name, password=password
            )
            create_position(
                actor=actor,
                at=at,
                team_id=team.pk,
                role=Role.OPERATOR,
                fte=Decimal(1),
                valid_from=berlin_day(at),
                holder_id=user.pk,
            )
    return jobcenter


def check_land(land: str) -> None:
    """Refuse a Land for which no holidays are known."""
    try:
        holidays_of(2026, land)
    except (KeyError, ValueError, NotImplementedError) as error:
        raise Refused(
            f"Das Land „{land}“ kennt Hilfefrei nicht. Gemeint ist das Kürzel, zum Beispiel NI, NW oder BY.",
            code="land",
            field="land",
        ) from error


@verb(Jobcenter)
def change_jobcenter(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    values: dict[str, Any],
    version: int | None = None,
    op: UUID | None = None,
) -> Jobcenter:
    """Change address, phones, opening hours and the settings of the house."""
    require(policy.may_operate(actor))
    jobcenter = locked(Jobcenter.objects.all(), actor.jobcenter_id, version=version)
    if "land" in values:
        check_land(values["land"])
    values = values | {key: phone_of(values[key], field=key, before=getattr(jobcenter, key)) for key in values if key in PHONES}
    changed = {key: values[key] for key in SETTINGS if key in values and values[key] != getattr(jobcenter, key)}
    if changed:
        for key, value in changed.items():
            setattr(jobcenter, key, value)
        jobcenter.version += 1
        jobcenter.save()
        ledger.event("jobcenter.changed", jobcenter, **changed)
    return jobcenter


@verb(Jobcenter)
def note_restored(ledger: Ledger, *, actor: Actor, at: datetime, made_at: str, seq: int, op: UUID | None = None) -> Jobcenter:
    """Note that the data were brought back from a backup of ``made_at`` (ISO), when the record ended with ``seq``."""
    require(actor.kind == "system")
    jobcenter = locked(Jobcenter.objects.all(), actor.jobcenter_id)
    ledger.event("jobcenter.restored", jobcenter, made_at=made_at, seq=seq)
    return jobcenter


def _team_name(name: str, besides: UUID | None = None) -> str:
    name = name.strip()
    if not name:
        raise Refused("Bitte einen Namen eintragen.", code="name", field="name")
    if Team.objects.filter(name__iexact=name).exclude(pk__in=[besides] if besides else []).exists():
        raise Refused(f"Ein Team „{name}“ gibt es schon.", code="name_taken", field="name")
    return name


@verb(Team)
def create_team(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    name: str,
    specialisation: Specialisation,
    phone: str = "",
    op: UUID | None = None,
) -> Team:
    """Create a team with what it is for."""
    require(policy.may_operate(actor))
    team = Team.objects.create(
        jobcenter_id=actor.jobcenter_id, name=_team_name(name), specialisation=specialisation, phone=phone_of(phone)
    )
    ledger.event("team.created", team, name=team.name, specialisation=specialisation)
    return team


@verb(Team)
def change_team(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    team_id: UUID,
    name: str,
    specialisation: Specialisation,
    phone: str = "",
    version: int | None = None,
    op: UUID | None = None,
) -> Team:
    """Rename a team or change what it is for."""
    require(policy.may_operate(actor))
    team = locked(Team, team_id, version=version)
    team.name = _team_name(name, team.pk)
    team.specialisation = specialisation
    team.phone = phone_of(phone, before=team.phone)
    team.version += 1
    team.save()
    ledger.event("team.changed", team, name=team.name, specialisation=specialisation)
    return team


@verb(Team)
def close_team(
    ledger: Ledger, *, actor: Actor, at: datetime, team_id: UUID, closed_on: date, op: UUID | None = None
) -> Team:
    """Close a team from a day on. Refused while positions go on: nobody's people may be left without a team."""
    require(policy.may_operate(actor))
    team = locked(Team, team_id)
    held = Position.objects.filter(team=team).filter(Q(valid_to=None) | Q(valid_to__gte=closed_on)).count()
    if held:
        raise Refused(
            f"In diesem Team laufen noch {held} Stellen. Bitte beenden oder versetzen Sie diese zuerst.", code="positions"
        )
    team.closed_on = closed_on
    team.version += 1
    team.save(update_fields=["closed_on", "version"])
    ledger.event("team.closed", team, closed_on=closed_on)
    return team


def _check_position(position: Position) -> None:
    if not Decimal(0) < position.fte <= 1:
        raise Refused("Der Stellenanteil liegt zwischen 0,05 und 1.", code="fte", field="fte")
    if position.valid_to is not None and position.valid_to < position.valid_from:
        raise Refused("Das Ende liegt vor dem Anfang. Bitte prüfen Sie den Zeitraum.", code="period", field="valid_to")
    if position.holder_id is None:
        return
    # The holder's row is locked, so that two posts given at the same time are looked at together.
    locked(User.objects.filter(jobcenter_id=position.jobcenter_id), position.holder_id)
    others = Position.objects.filter(holder_id=position.holder_id).exclude(pk=position.pk)
    others = others.filter(Q(valid_to=None) | Q(valid_to__gte=position.valid_from))
    if position.valid_to is not None:
        others = others.filter(valid_from__lte=position.valid_to)
    rows = list(others.order_by("valid_from", "id"))
    _check_apart(position, rows)
    # The sum can only rise on a day on which something begins.
    days = {position.valid_from, *(row.valid_from for row in rows if row.valid_from > position.valid_from)}
    held = max(sum((row.fte for row in rows if row.valid_from <= day and (row.valid_to is None or row.valid_to >= day)), Decimal(0)) for day in days)
    if held + position.fte > 1:
        share = f"{held + position.fte:.2f}".replace(".", ",")
        raise Refused(
            f"Diese Person hätte damit mehr als eine volle Stelle ({share}). "
            "Bitte kürzen Sie einen Anteil oder beenden Sie die andere Stelle.",
            code="over_one",
            field="fte",
        )


# Whoever opens logins and gives posts sees no person and turns no key (ADR 018).
APART: Final = frozenset(Role) - {Role.OPERATOR, Role.BUYER}


def _check_apart(position: Position, others: Iterable[Position]) -> None:
    """Refuse the post of the operator and one that sees people, or turns a key, in one hand (``others``) on one day."""
    posts = [position, *others]
    if any(p.role == Role.OPERATOR for p in posts) and any(p.is_lead or p.role in APART for p in posts):
        raise Refused(
            "Die Betriebsrolle vergibt Stellen und Zugänge und sieht keine Personen. Sie steht deshalb für sich, auch in einem "
            "kleinen Haus: Bitte wählen Sie jemand anderen.",
            code="operator_apart",
            field="holder",
        )


def _check_holder(actor: Actor, holder_id: UUID | None, before: UUID | None = None) -> None:
    if holder_id is not None and holder_id == actor.id and holder_id != before:
        raise Refused("Für sich selbst legt niemand eine Stelle an. Bitte lassen Sie es eine Kollegin der Betriebsrolle tun.", code="own_post", field="holder")
    if holder_id is not None and not User.objects.filter(pk=holder_id, jobcenter_id=actor.jobcenter_id, is_active=True).exists():
        raise Refused("Diese Person hat in diesem Haus keinen offenen Zugang.", code="holder", field="holder")


@verb(Position)
def create_position(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    team_id: UUID,
    role: Role,
    fte: Decimal,
    valid_from: date,
    valid_to: date | None = None,
    holder_id: UUID | None = None,
    is_lead: bool = False,
    from_house: bool = False,
    op: UUID | None = None,
) -> Position:
    """Create a post in a team, held by somebody for a period; ``from_house``: by a group of the log-in of the house."""
    require(policy.may_operate(actor))
    _check_holder(actor, holder_id)
    return _begin(
        ledger, Position(
            id=uuid4(), jobcenter_id=actor.jobcenter_id, team_id=team_id, role=role.value, fte=fte,
            valid_from=valid_from, valid_to=valid_to, holder_id=holder_id, is_lead=is_lead, from_house=from_house,
        ),
    )  # fmt: skip


def _begin(ledger: Ledger, position: Position) -> Position:
    """Part of a verb: save a new post, or the next stretch of one."""
    team = locked(Team, position.team_id)
    if team.closed_on is not None and (position.valid_to is None or position.valid_to >= team.closed_on):
        raise Refused(f"Das Team ist seit {format_day(team.closed_on)} aufgelöst.", code="team_closed", field="team")
    _check_position(position)
    position.save(force_insert=True)
    ledger.event(
        "position.created", position, team=team.pk, role=position.role, fte=position.fte, holder=position.holder_id, lead=position.is_lead
    )
    return position


@verb(Position)
def end_position(
    ledger: Ledger, *, actor: Actor, at: datetime, position_id: UUID, last_day: date, op: UUID | None = None
) -> Position:
    """End a post with its last day. The operator's own last post stays: somebody must be able to work here."""
    require(policy.may_operate(actor))
    position = locked(Position, position_id)
    if position.role == Role.OPERATOR and not Position.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=last_day), role=Role.OPERATOR, holder__is_active=True, holder__is_emergency=False
    ).exclude(pk=position.pk).exists():
        raise Refused("Das ist die letzte Stelle der Betriebsrolle. Bitte zuerst eine andere anlegen.", code="last_operator")
    position.valid_to = last_day
    _check_position(position)
    position.version += 1
    position.save(update_fields=["valid_to", "version"])
    ledger.event("position.ended", position, last_day=last_day)
    return position


@verb(Position)
def change_position(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    position_id: UUID,
    from_day: date,
    fte: Decimal,
    holder_id: UUID | None,
    is_lead: bool,
    version: int | None = None,
    op: UUID | None = None,
) -> Position:
    """Change share, holder or lead from a day on: the old period ends the day before, so the past stays true.

    Gives the post that holds from that day: a new row, or the same one when it had not begun yet.
    """
    require(policy.may_operate(actor))
    position = locked(Position, position_id, version=version)
    if position.valid_to is not None and from_day > position.valid_to:
        raise Refused(
            f"Diese Stelle endet am {format_day(position.valid_to)}. Bitte einen Tag davor wählen.", code="ended", field="from_day"
        )
    _check_holder(actor, holder_id, position.holder_id)
    if from_day <= position.valid_from:
        position.from_house = position.from_house and position.holder_id == holder_id
        position.fte, position.holder_id, position.is_lead = fte, holder_id, is_lead
        _check_position(position)
        position.version += 1
        position.save()
        ledger.event("position.changed", position, fte=fte, holder=holder_id, lead=is_lead)
        return position
    until = position.valid_to
    position.valid_to = from_day - timedelta(days=1)
    position.version += 1
    position.save(update_fields=["valid_to", "version"])
    return _begin(
        ledger, Position(
            id=uuid4(), jobcenter_id=actor.jobcenter_id, team_id=position.team_id, role=position.role, fte=fte,
            valid_from=from_day, valid_to=until, holder_id=holder_id, is_lead=is_lead,
            from_house=position.from_house and position.holder_id == holder_id,
        ),
    )  # fmt: skip


def _check_room(name: str, blocked_from: date | None, blocked_to: date | None, besides: UUID | None = None) -> str:
    name = name.strip()
    if not name:
        raise Refused("Bitte einen Namen eintragen.", code="name", field="name")
    if Room.objects.filter(name__iexact=name).exclude(pk__in=[besides] if besides else []).exists():
        raise Refused(f"Einen Raum „{name}“ gibt es schon.", code="name_taken", field="name")
    if blocked_from and blocked_to and blocked_to < blocked_from:
        raise Refused("Das Ende der Sperre liegt vor ihrem Anfang.", code="period", field="blocked_to")
    return name


@verb(Room)
def save_room(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    name: str,
    place: str,
    seats: int | None,
    step_free: bool,
    remarks: str = "",
    blocked_from: date | None = None,
    blocked_to: date | None = None,
    closed_on: date | None = None,
    room_id: UUID | None = None,
    version: int | None = None,
    op: UUID | None = None,
) -> Room:
    """Create a room, or change one (``room_id``)."""
    require(policy.may_operate(actor))
    name = _check_room(name, blocked_from, blocked_to, room_id)
    room = locked(Room, room_id, version=version) if room_id else Room(jobcenter_id=actor.jobcenter_id, version=0)
    room.name = name
    room.place = place.strip()
    room.seats = seats
    room.step_free = step_free
    room.remarks = remarks.strip()
    room.blocked_from = blocked_from
    room.blocked_to = blocked_to
    room.closed_on = closed_on
    room.version += 1
    room.save()
    ledger.event("room.saved", room, name=name, seats=seats, blocked_from=blocked_from, blocked_to=blocked_to)
    return room


# Nobody is planned to be away later than that; a later year is a slip of the pen.
ABSENT_AHEAD_MONTHS = 24


def _check_absence(absence: Absence, today: date) -> None:
    """Refuse a period or a substitute that cannot be. The rows of both people are locked against a twin."""
    if absence.valid_to < absence.valid_from:
        raise Refused("Das Ende liegt vor dem Anfang. Bitte prüfen Sie den Zeitraum.", code="period", field="valid_to")
    last = add_months(today, ABSENT_AHEAD_MONTHS)
    if absence.valid_to > last:
        raise Refused(
            f"Das sind mehr als zwei Jahre. Bitte einen Tag bis {format_day(last, year=True)} wählen.", code="too_far", field="valid_to"
        )
    if absence.substitute_id == absence.user_id:
        raise Refused("Niemand kann sich selbst vertreten.", code="self", field="substitute")
    wanted = [user for user in (absence.user_id, absence.substitute_id) if user is not None]
    users = User.objects.filter(jobcenter_id=absence.jobcenter_id, pk__in=wanted)
    if len(users.select_for_update().order_by("pk")) != len(wanted):
        raise Refused("Diese Person gehört nicht zu diesem Haus.", code="user", field="user")
    begun = Position.objects.filter(holder_id=absence.user_id).order_by("valid_from", "id").values_list("valid_from", flat=True).first()
    if begun is not None and absence.valid_from < begun:
        raise Refused(
            f"Die Stelle beginnt erst am {format_day(begun, year=True)}. Bitte prüfen Sie das Jahr.", code="before_post", field="valid_from"
        )
    away = Absence.objects.filter(cancelled_at=None, valid_from__lte=absence.valid_to, valid_to__gte=absence.valid_from)
    away = away.exclude(pk=absence.pk).order_by("valid_from", "id")
    clash = away.filter(user_id=absence.user_id).first()
    if clash is not None:
        raise Refused(
            f"Für diese Zeit ist schon eingetragen: {format_day(clash.valid_from)} bis {format_day(clash.valid_to)}.",
            code="overlap",
            field="valid_from",
        )
    if absence.substitute_id is None:
        return
    if away.filter(user_id=absence.substitute_id).exists():
        raise Refused(
            "Die Vertretung ist in dieser Zeit selbst abwesend. Bitte jemand anderen wählen.", code="substitute_away", field="substitute"
        )


@verb(Absence)
def enter_absence(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    user_id: UUID,
    valid_from: date,
    valid_to: date,
    substitute_id: UUID | None = None,
    op: UUID | None = None,
) -> Absence:
    """Note that somebody is away, and who stands in. There is no reason to give."""
    require(policy.may_plan(actor))
    absence = Absence(
        jobcenter_id=actor.jobcenter_id, user_id=user_id, substitute_id=substitute_id, valid_from=valid_from, valid_to=valid_to
    )
    _check_absence(absence, berlin_day(at))
    absence.save(force_insert=True)
    ledger.event("absence.entered", absence, user=user_id, substitute=substitute_id, valid_from=valid_from, valid_to=valid_to)
    return absence


@verb(Absence)
def change_absence(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    absence_id: UUID,
    valid_from: date,
    valid_to: date,
    substitute_id: UUID | None,
    version: int | None = None,
    op: UUID | None = None,
) -> Absence:
    """Another period or somebody else who stands in. Days that are over stay as they were: access hung on them."""
    require(policy.may_plan(actor))
    absence = locked(Absence, absence_id, version=version)
    if absence.cancelled_at is not None:
        raise Refused("Diese Abwesenheit wurde zurückgenommen.", code="cancelled")
    today = berlin_day(at)
    if absence.valid_from < today and (valid_from != absence.valid_from or valid_to < today - timedelta(days=1)):
        raise Refused(
            "Der Anfang liegt schon zurück und bleibt stehen. Ändern lässt sich, wie lange und wer vertritt.",
            code="past",
            field="valid_from",
        )
    absence.valid_from, absence.valid_to, absence.substitute_id = valid_from, valid_to, substitute_id
    _check_absence(absence, today)
    absence.version += 1
    absence.save(update_fields=["valid_from", "valid_to", "substitute", "version"])
    ledger.event("absence.changed", absence, substitute=substitute_id, valid_from=valid_from, valid_to=valid_to)
    return absence


@verb(Absence)
def cancel_absence(
    ledger: Ledger, *, actor: Actor, at: datetime, absence_id: UUID, op: UUID | None = None
) -> Absence:
    """Take an absence back."""
    require(policy.may_plan(actor))
    absence = locked(Absence, absence_id)
    if absence.cancelled_at is None:
        absence.cancelled_at = at
        absence.version += 1
        absence.save(update_fields=["cancelled_at", "version"])
        ledger.event("absence.cancelled", absence)
    return absence
