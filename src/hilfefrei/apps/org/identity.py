"""Verbs on who gets in: groups of the log-in of the house, leavers, the emergency login."""

import secrets as token
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from hilfefrei.apps.accounts import domain as accounts
from hilfefrei.apps.accounts.models import EmergencySeal, User
from hilfefrei.apps.accounts.workflows import Closed
from hilfefrei.apps.audit import queries as record
from hilfefrei.apps.audit.actor import Actor, Role
from hilfefrei.apps.audit.domain import Ledger, locked, verb
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.org import domain as org
from hilfefrei.apps.org import policy
from hilfefrei.apps.org.models import GroupRole, Position, Team, in_force
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.org.workflows import Specialisation
from hilfefrei.core.days import berlin_day


def gatekeeper(jobcenter_id: UUID) -> Actor:
    """The program at the door: it may do with logins and posts what the operator may, and does what their table says."""
    return Actor("system", jobcenter_id, jobcenter_id, roles=frozenset({Role.OPERATOR}))


# --- groups
@verb(GroupRole)
def add_group_role(
    ledger: Ledger, *, actor: Actor, at: datetime, group: str, team_id: UUID, role: Role, is_lead: bool = False, op: UUID | None = None
) -> GroupRole:
    """Say what a group of the log-in of the house is here."""
    require(policy.may_operate(actor))
    group = group.strip()
    if not group:
        raise Refused("Bitte die Gruppe so eintragen, wie der Anmeldedienst sie nennt.", code="group", field="group")
    team = Team.objects.get(pk=team_id)
    if GroupRole.objects.filter(group=group, team=team, role=role.value).exists():
        raise Refused("Diese Zeile gibt es schon.", code="taken", field="group")
    made = GroupRole.objects.create(jobcenter_id=actor.jobcenter_id, group=group, team=team, role=role.value, is_lead=is_lead)
    ledger.event("group.added", made, team=team.pk, role=role.value, lead=is_lead)
    return made


@verb(GroupRole)
def remove_group_role(ledger: Ledger, *, actor: Actor, at: datetime, group_role_id: UUID, op: UUID | None = None) -> GroupRole:
    """Take a line away. It counts at the next log-in of whoever got in by it."""
    require(policy.may_operate(actor))
    row = locked(GroupRole, group_role_id)
    ledger.event("group.removed", row, team=row.team_id, role=row.role)
    GroupRole.objects.filter(pk=row.pk).delete()
    return row


Wanted = tuple[UUID, str, bool]


def wanted_posts(groups: Iterable[str]) -> set[Wanted]:
    """Team, role and lead that belong to ``groups``; empty: nobody with these groups gets in."""
    rows = GroupRole.objects.filter(group__in=list(groups)).order_by("pk")
    return set(rows.values_list("team_id", "role", "is_lead"))


def house_login(jobcenter_id: UUID, issuer: str, subject: str) -> User | None:
    """The login of whom the log-in of the house has named, by number and never by name or e-mail."""
    return User.objects.filter(jobcenter_id=jobcenter_id, issuer=issuer, subject=subject).first() if subject else None


@verb(User)
def let_in(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    issuer: str,
    subject: str,
    groups: Collection[str],
    username: str,
    first_name: str,
    last_name: str,
    op: UUID | None = None,
) -> User:
    """Somebody comes in by the log-in of the house: make their login if it is their first time, give the posts of their groups.

    Refused without a mapped group, for a login that the operator has closed, and where the posts do not fit together.
    """
    require(policy.may_operate(actor))
    wanted = wanted_posts(groups)
    if not wanted:
        raise Refused("Zu Ihren Gruppen gehört hier keine Stelle.", code="no_group")
    user = house_login(actor.jobcenter_id, issuer, subject) or accounts.create_house_login(
        actor=actor, at=at, issuer=issuer, subject=subject, username=username, first_name=first_name, last_name=last_name
    )
    user = locked(User.objects.filter(jobcenter_id=actor.jobcenter_id), user.pk)
    if not user.is_active:
        if user.closed_because not in {Closed.GROUP, Closed.LIST}:
            raise Refused("Diesen Zugang hat die Betriebsrolle gesperrt.", code="closed")
        user.is_active, user.closed_because = True, ""
        user.save(update_fields=["is_active", "closed_because"])
        ledger.event("login.opened", user, active=True, from_house=True)
    names = {"first_name": first_name.strip()[:60] or user.first_name, "last_name": last_name.strip()[:60] or user.last_name}
    if any(getattr(user, key) != value for key, value in names.items()):
        for key, value in names.items():
            setattr(user, key, value)
        user.save(update_fields=list(names))
        ledger.event("login.renamed", user, first_name=user.first_name, last_name=user.last_name)
    _give_posts(actor, at, user, wanted)
    return user


def _give_posts(actor: Actor, at: datetime, user: User, wanted: set[Wanted]) -> None:
    """Part of a verb: posts from the house as ``wanted``, from today; what the operator gave stays and counts."""
    today = berlin_day(at)
    held = list(Position.objects.filter(in_force(today), holder=user, from_house=True))
    if {_key(post) for post in held} == wanted and len(held) == len(wanted):
        return
    given = Position.objects.filter(in_force(today), holder=user, from_house=False)
    free = Decimal(1) - sum((post.fte for post in given), Decimal(0))
    share = (free / len(wanted)).quantize(Decimal("0.001"), ROUND_DOWN)
    if share <= 0:
        raise Refused("Ihre Stellen sind schon vergeben: zusammen wären es mehr als eine volle. Bitte die Betriebsrolle fragen.", code="over_one")
    # What ends makes room for what begins.
    kept: set[Wanted] = set()
    for post in held:
        if _key(post) in wanted - kept:
            kept.add(_key(post))
        else:
            _end_post(actor, at, post, today)
    shrinking = sorted((post for post in held if _key(post) in kept), key=lambda post: share - post.fte)
    for post in shrinking:
        if post.holder_id == user.pk and post.fte != share:
            org.change_position(
                actor=actor, at=at, position_id=post.pk, from_day=today, fte=share, holder_id=user.pk, is_lead=post.is_lead
            )
    for team_id, role, lead in sorted(wanted - kept, key=str):
        org.create_position(
            actor=actor, at=at, team_id=team_id, role=Role(role), fte=share, valid_from=today, holder_id=user.pk, is_lead=lead, from_house=True
        )


def _key(post: Position) -> Wanted:
    return (post.team_id, post.role, post.is_lead)


def _end_post(actor: Actor, at: datetime, post: Position, today: date) -> None:
    """End a post so that today is no day of it any more; one that began today is left without holder."""
    if post.valid_from < today:
        org.end_position(actor=actor, at=at, position_id=post.pk, last_day=today - timedelta(days=1))
    else:
        org.change_position(actor=actor, at=at, position_id=post.pk, from_day=today, fte=post.fte, holder_id=None, is_lead=post.is_lead)


@verb(User)
def close_leaver(ledger: Ledger, *, actor: Actor, at: datetime, user_id: UUID, because: Closed, op: UUID | None = None) -> User:
    """Somebody has left the house: posts end, the login is closed, all sessions end. The last operator keeps the post, not the login."""
    require(policy.may_operate(actor))
    user = locked(User.objects.filter(jobcenter_id=actor.jobcenter_id, is_emergency=False), user_id)
    today = berlin_day(at)
    for post in Position.objects.filter(Q(valid_to=None) | Q(valid_to__gte=today), holder=user):
        try:
            _end_post(actor, at, post, today)
        except Refused as error:
            if error.code != "last_operator":
                raise
    user.is_active, user.closed_because = False, because
    user.save(update_fields=["is_active", "closed_because"])
    accounts.end_sessions(user.pk)
    ledger.event("login.left", user, because=because)
    return user


# --- leavers by a list of current staff
@dataclass(frozen=True)
class Comparison:
    """A list of current staff beside the open logins: who is on both, whose login would be closed, what nobody here is called."""

    stay: list[User]
    leave: list[User]
    unknown: int
    problem: str = ""
    # Not even if somebody insists.
    never: bool = False


MOST_LEAVERS: Final = Decimal("0.2")


def compare_staff(jobcenter_id: UUID, names: Collection[str], subjects: Collection[str], today: date) -> Comparison:
    """Compare the open logins of the house with ``names`` (login names) and ``subjects`` (numbers in the log-in of the house).

    ``problem`` says why nothing should be closed by this list: it is empty, it would close a fifth or more, or the last operator.
    """
    known = {name.strip().lower() for name in names if name.strip()}
    numbers = {number.strip() for number in subjects if number.strip()}
    users = list(User.objects.filter(jobcenter_id=jobcenter_id, is_active=True, is_emergency=False))
    stay = [user for user in users if user.username.lower() in known or (user.subject and user.subject in numbers)]
    leave = [user for user in users if user not in stay]
    unknown = len(known - {u.username.lower() for u in users}) + len(numbers - {u.subject for u in users})
    problem = ""
    operators = Position.objects.filter(in_force(today), role=Role.OPERATOR, holder__in=stay)
    if not known and not numbers:
        problem = "Die Liste ist leer."
    elif leave and not operators.exists():
        problem = "Danach hätte niemand mehr die Betriebsrolle."
    if problem:
        return Comparison(stay, leave, unknown, problem, never=True)
    if len(leave) > 2 and len(leave) > MOST_LEAVERS * len(users):
        problem = f"Damit würden {len(leave)} von {len(users)} Zugängen geschlossen. Das ist unglaubhaft viel."
    return Comparison(stay, leave, unknown, problem)


# --- the emergency login
EMERGENCY_HOURS: Final = 4
# No letters that are read as another one.
_LETTERS: Final = "abcdefghkmnpqrstuvwxyz23456789"


def emergency_login(jobcenter_id: UUID) -> User | None:
    """The emergency login of the house, if it was ever sealed."""
    return User.objects.filter(jobcenter_id=jobcenter_id, is_emergency=True).first()


def latest_seal() -> EmergencySeal | None:
    """The last seal of the house, whatever became of it."""
    return EmergencySeal.objects.select_related("login", "sealed_by").order_by("-sealed_at", "id").first()


@verb(EmergencySeal)
def seal_emergency(ledger: Ledger, *, actor: Actor, at: datetime, password: str, op: UUID | None = None) -> EmergencySeal:
    """Seal a new ``password`` for the emergency login (:func:`new_words`); the one before is void, and so is who came in by it."""
    require(policy.may_operate(actor))
    login = emergency_login(actor.jobcenter_id)
    if login is not None and login.id == actor.id:
        raise Refused("Aus dem Notfallzugang heraus wird nicht neu versiegelt. Das tut die Betriebsrolle mit ihrem eigenen Zugang.", code="own_emergency")
    if login is None:
        login = User.objects.create_user(
            accounts.free_username("notfall"), password, jobcenter_id=actor.jobcenter_id, first_name="Notfall", last_name="Zugang", is_emergency=True
        )
        ledger.event("login.created", login, emergency=True)
        team = Team.objects.filter(specialisation=Specialisation.MANAGEMENT, closed_on=None).first() or Team.objects.filter(closed_on=None).first()
        if team is None:
            raise Refused("Bitte zuerst ein Team anlegen.", code="no_team")
        org.create_position(
            actor=actor, at=at, team_id=team.pk, role=Role.OPERATOR, fte=Decimal(1), valid_from=berlin_day(at), holder_id=login.pk
        )
    login = locked(User.objects.filter(jobcenter_id=actor.jobcenter_id), login.pk)
    login.set_password(password)
    login.is_active, login.closed_because, login.must_change = True, "", False
    login.save(update_fields=["password", "is_active", "closed_because", "must_change"])
    accounts.end_sessions(login.pk)
    for before in EmergencySeal.objects.filter(ended_at=None).select_for_update(of=("self",)).order_by("pk"):
        before.ended_at = at
        before.save(update_fields=["ended_at"])
        if before.used_at is not None:
            ledger.event("emergency.ended", before)
    seal = EmergencySeal.objects.create(jobcenter_id=actor.jobcenter_id, login=login, sealed_at=at, sealed_by_id=actor.id)
    ledger.event("emergency.sealed", seal)
    return seal


def new_words() -> str:
    """A password to be read from paper: six groups of five, about 147 bits."""
    return "-".join("".join(token.choice(_LETTERS) for _ in range(5)) for _ in range(6))


@verb(EmergencySeal)
def open_emergency(ledger: Ledger, *, actor: Actor, at: datetime, op: UUID | None = None) -> EmergencySeal:
    """Somebody has come in by the emergency login: an alarm each time. The first time starts its few hours; refused when they are over."""
    found = latest_seal()
    seal = locked(EmergencySeal, found.pk) if found is not None and found.login_id == actor.id else None
    if seal is None or seal.ended_at is not None or (seal.ends_at is not None and seal.ends_at <= at):
        raise Refused("Dieser Notfallzugang ist verbraucht. Die Betriebsrolle muss ihn neu versiegeln.", code="used_up")
    if seal.used_at is None:
        seal.used_at, seal.ends_at = at, at + timedelta(hours=EMERGENCY_HOURS)
    # Who has seen the use before has not seen this one.
    seal.operator_saw_at = seal.privacy_saw_at = None
    seal.save(update_fields=["used_at", "ends_at", "operator_saw_at", "privacy_saw_at"])
    use = len(record.moments(seal.pk, "emergency.used")) + 1
    ledger.event("emergency.used", seal)
    ledger.follow_up("emergency.alarm", f"{seal.pk}:{use}", seal=seal.pk, until=seal.ends_at)
    return seal


def emergency_runs(login_id: UUID, at: datetime) -> bool:
    """Whether who is in by the emergency login may still be."""
    return EmergencySeal.objects.filter(login_id=login_id, used_at__lte=at, ends_at__gt=at, ended_at=None).exists()


@verb(EmergencySeal)
def end_emergency(ledger: Ledger, *, actor: Actor, at: datetime, seal_id: UUID, op: UUID | None = None) -> EmergencySeal:
    """End the use of the emergency login: its hours are over, or the operator ends it. Only a new seal opens it again."""
    require(policy.may_operate(actor))
    seal = locked(EmergencySeal, seal_id)
    if seal.ended_at is not None:
        return seal
    seal.ended_at = at
    seal.save(update_fields=["ended_at"])
    login = locked(User, seal.login_id)
    login.set_unusable_password()
    login.save(update_fields=["password"])
    accounts.end_sessions(login.pk)
    ledger.event("emergency.ended", seal)
    return seal


def over_emergencies(at: datetime) -> list[UUID]:
    """Seals whose hours are over and that nobody has ended."""
    return list(EmergencySeal.objects.filter(ends_at__lte=at, ended_at=None).order_by("pk").values_list("pk", flat=True))


def _check_older(actor: Actor, since: datetime, roles: Iterable[Role], *, but: UUID, at: datetime) -> None:
    """Refuse who came into the house only after an alarm (a login made to put it out), as long as somebody older has the same role."""
    made = record.moments(actor.id, "login.created")
    if not made or made[0] < since:
        return
    held = Position.objects.filter(in_force(berlin_day(at)), role__in=list(roles), holder__is_active=True, holder__is_emergency=False)
    for other in held.exclude(holder__in=[actor.id, but]).order_by("pk").values_list("holder", flat=True):
        known = record.moments(other, "login.created")
        if not known or known[0] < since:
            raise Refused("Ihr Zugang ist neuer als dieser Hinweis. Bestätigen kann ihn nur, wer vorher schon hier war.", code="newer_login")


# Who is told of a use, and where it is noted that they have seen it.
SEEN_AS: Final = {Role.OPERATOR: "operator_saw_at", Role.DATA_PROTECTION: "privacy_saw_at"}


@dataclass(frozen=True)
class EmergencyNotice:
    """A sealed emergency login in use: each time somebody came in, and whether the reader still has to say that they have seen it."""

    seal: EmergencySeal
    uses: tuple[datetime, ...]
    to_confirm: bool


def emergency_notice(actor: Actor, at: datetime) -> EmergencyNotice | None:
    """The use of the emergency login of which ``actor`` has to know: it runs, or they have not yet said that they have seen it."""
    fields = [name for role, name in SEEN_AS.items() if actor.has(role)]
    if not fields:
        return None
    unseen = Q()
    for name in fields:
        unseen |= Q(**{f"{name}__isnull": True})
    running = Q(ended_at=None, ends_at__gt=at)
    seal = EmergencySeal.objects.filter(running | unseen, used_at__isnull=False).order_by("-used_at", "id").first()
    if seal is None:
        return None
    uses = record.moments(seal.pk, "emergency.used")
    return EmergencyNotice(seal, uses, seal.login_id != actor.id and any(getattr(seal, name) is None for name in fields))


def emergency_known(seal_id: UUID) -> bool:
    """Whether there is such a seal in this house."""
    return EmergencySeal.objects.filter(pk=seal_id).exists()


@verb(EmergencySeal)
def emergency_seen(ledger: Ledger, *, actor: Actor, at: datetime, seal_id: UUID, op: UUID | None = None) -> EmergencySeal:
    """Say that one has seen the use of the emergency login. Who uses it cannot."""
    fields = [name for role, name in SEEN_AS.items() if actor.has(role)]
    require(bool(fields))
    seal = locked(EmergencySeal, seal_id)
    if seal.login_id == actor.id:
        raise Refused("Das bestätigt, wer den Notfallzugang nicht selbst benutzt.", code="own_emergency")
    if seal.used_at is None:
        raise Refused("Dieser Notfallzugang ist noch nicht benutzt.", code="unused")
    _check_older(actor, seal.used_at, [role for role in SEEN_AS if actor.has(role)], but=seal.login_id, at=at)
    _note_seen(ledger, seal, "emergency.seen", fields, at)
    return seal


def _note_seen(ledger: Ledger, row: EmergencySeal | User, what: str, fields: Iterable[str], at: datetime) -> None:
    """Each side says it once; again changes nothing."""
    fresh = [name for name in fields if getattr(row, name) is None]
    if fresh:
        for name in fresh:
            setattr(row, name, at)
        row.save(update_fields=fresh)
        ledger.event(what, row, seen_as=fresh)


# --- the login of an operator, opened again by whoever runs the machine
RESET_SEEN_AS: Final = {Role.OPERATOR: "reset_operator_saw_at", Role.DATA_PROTECTION: "reset_privacy_saw_at"}


def operators(jobcenter_id: UUID, day: date) -> QuerySet[User]:
    """Logins that hold the post of the operator on ``day``, open or closed, without the emergency login."""
    held = Position.objects.filter(in_force(day), role=Role.OPERATOR, holder=OuterRef("pk"))
    return User.objects.filter(Exists(held), jobcenter_id=jobcenter_id, is_emergency=False)


def check_resettable(user: User, day: date) -> None:
    """Refuse a login that the command on the machine does not reset."""
    accounts.check_resettable(user)
    if not operators(user.jobcenter_id, day).filter(pk=user.pk).exists():
        raise Refused(
            "Dieser Zugang hat heute keine Betriebsrolle. Sein Passwort und seinen zweiten Faktor setzt der Betrieb in der Anwendung zurück: "
            "„Teams“, „Zugänge“.",
            code="no_operator",
        )


@verb(User)
def reset_operator(ledger: Ledger, *, actor: Actor, at: datetime, user_id: UUID, password: str, op: UUID | None = None) -> User:
    """Give an operator a new first ``password`` and take the second factors away: an alarm, as when the emergency login is used.

    For whoever runs the machine, and for operators only: they help everybody else, and see no person themselves.
    """
    require(actor.kind == "system")
    check_resettable(locked(User.objects.filter(jobcenter_id=actor.jobcenter_id), user_id), berlin_day(at))
    user = accounts.reset_login(actor=actor, at=at, user_id=user_id, password=password)
    use = len(record.moments(user.pk, "login.reset")) + 1
    ledger.follow_up("login.alarm", f"{user.pk}:{use}", login=user.pk)
    return user


@dataclass(frozen=True)
class ResetNotice:
    """A login that was reset on the machine, and whether the reader has to say that they have seen it."""

    login: User
    to_confirm: bool


def reset_notices(actor: Actor) -> list[ResetNotice]:
    """Logins reset on the machine of which ``actor`` has to know.

    Operators and data protection each say for their side that they have seen it. Whose login it is cannot, and reads it until one side
    has: where there is no other operator, data protection.
    """
    fields = [name for role, name in RESET_SEEN_AS.items() if actor.has(role)]
    if not fields:
        return []
    unseen = Q()
    for name in fields:
        unseen |= Q(**{f"{name}__isnull": True})
    rows = User.objects.filter(unseen, jobcenter_id=actor.jobcenter_id, reset_at__isnull=False)
    rows = rows.exclude(pk=actor.id, reset_privacy_saw_at__isnull=False).order_by("reset_at", "id")
    return [ResetNotice(login, login.pk != actor.id) for login in rows]


@verb(User)
def reset_seen(ledger: Ledger, *, actor: Actor, at: datetime, user_id: UUID, op: UUID | None = None) -> User:
    """Say that one has seen that a login was reset on the machine. Whose login it is cannot."""
    fields = [name for role, name in RESET_SEEN_AS.items() if actor.has(role)]
    require(bool(fields))
    user = locked(User.objects.filter(jobcenter_id=actor.jobcenter_id, reset_at__isnull=False), user_id)
    if user.pk == actor.id:
        raise Refused("Das bestätigt, wer nicht selbst zurückgesetzt wurde: Datenschutz, oder eine Kollegin der Betriebsrolle.", code="own_reset")
    _check_older(actor, user.reset_at or at, [role for role in RESET_SEEN_AS if actor.has(role)], but=user.pk, at=at)
    _note_seen(ledger, user, "login.reset_seen", fields, at)
    return user
