"""Verbs on logins, their second factors and where they are logged in."""

from datetime import datetime, timedelta
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from hilfefrei.apps.accounts.models import LoginSession, User
from hilfefrei.apps.accounts.workflows import Closed
from hilfefrei.apps.audit.actor import Actor, Role
from hilfefrei.apps.audit.domain import Ledger, locked, verb
from hilfefrei.apps.audit.errors import Forbidden, Refused
from hilfefrei.apps.audit.phones import phone_of


def _require_operator(actor: Actor) -> None:
    if not actor.has(Role.OPERATOR):
        raise Forbidden


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Refused(" ".join(error.messages), code="password_weak", field="password") from error


@verb(User)
def create_login(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    username: str,
    first_name: str,
    last_name: str,
    password: str,
    phone: str = "",
    op: UUID | None = None,
) -> User:
    """Create a login of the actor's Jobcenter. Refused for a taken name or a weak password."""
    _require_operator(actor)
    username = username.strip()
    if not username:
        raise Refused("Bitte einen Anmeldenamen eintragen.", code="username_missing", field="username")
    if User.objects.filter(username__iexact=username).exists():
        raise Refused(
            f"Den Anmeldenamen „{username}“ gibt es schon. Bitte einen anderen wählen.", code="username_taken", field="username"
        )
    if not first_name.strip() or not last_name.strip():
        raise Refused("Bitte Vorname und Nachname eintragen.", code="name", field="last_name")
    _check_password(password, User(username=username, first_name=first_name, last_name=last_name, jobcenter_id=actor.jobcenter_id))
    user = User.objects.create_user(
        username,
        password,
        jobcenter_id=actor.jobcenter_id,
        first_name=first_name.strip(),
        last_name=last_name.strip(),
        phone=phone_of(phone),
        # Whoever sets up a house chooses their own.
        password_given_at=at if actor.kind == "user" else None,
        must_change=actor.kind == "user",
    )
    ledger.event("login.created", user)
    return user


def free_username(wanted: str) -> str:
    """``wanted``, or the next like it that nobody has."""
    wanted = "".join(wanted.split())[:50] or "zugang"
    name, n = wanted, 1
    while User.objects.filter(username__iexact=name).exists():
        n += 1
        name = f"{wanted}-{n}"
    return name


@verb(User)
def create_house_login(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    issuer: str,
    subject: str,
    username: str,
    first_name: str,
    last_name: str,
    op: UUID | None = None,
) -> User:
    """Create the login of somebody whom the log-in of the house has just named; it has no password here."""
    _require_operator(actor)
    user = User.objects.create_user(
        free_username(username),
        None,
        jobcenter_id=actor.jobcenter_id,
        first_name=first_name.strip()[:60],
        last_name=last_name.strip()[:60],
        issuer=issuer,
        subject=subject,
    )
    ledger.event("login.created", user, from_house=True)
    return user


@verb(User)
def link_house_login(
    ledger: Ledger, *, actor: Actor, at: datetime, user_id: UUID, issuer: str, subject: str, op: UUID | None = None
) -> User:
    """Let a login that there is already be opened by the log-in of the house from now on, and by nothing else."""
    _require_operator(actor)
    user = locked(User.objects.filter(jobcenter_id=actor.jobcenter_id, is_emergency=False), user_id)
    if user.id == actor.id:
        raise Refused("Den eigenen Zugang verbindet eine Kollegin der Betriebsrolle.", code="own_login")
    subject = subject.strip()
    if not subject:
        raise Refused("Bitte die Kennung eintragen, die der Anmeldedienst für diese Person führt (sub).", code="subject", field="subject")
    if User.objects.filter(issuer=issuer, subject=subject).exclude(pk=user.pk).exists():
        raise Refused("Diese Kennung gehört schon zu einem anderen Zugang.", code="subject_taken", field="subject")
    user.issuer, user.subject, user.must_change = issuer, subject, False
    user.set_unusable_password()
    user.save(update_fields=["issuer", "subject", "must_change", "password"])
    Authenticator.objects.filter(user=user).delete()
    end_sessions(user.id)
    ledger.event("login.linked", user)
    return user


@verb(User)
def set_login_active(
    ledger: Ledger, *, actor: Actor, at: datetime, user_id: UUID, active: bool, op: UUID | None = None
) -> User:
    """Close or reopen a login; nothing is deleted, because events point to it. Closing ends all its sessions at once."""
    _require_operator(actor)
    user = locked(User.objects.filter(jobcenter_id=actor.jobcenter_id), user_id)
    if user.id == actor.id and not active:
        raise Refused("Den eigenen Zugang kann man nicht sperren.", code="own_login")
    user.is_active, user.closed_because = active, "" if active else Closed.OPERATOR
    user.save(update_fields=["is_active", "closed_because"])
    if not active:
        end_sessions(user.id)
    ledger.event("login.opened" if active else "login.closed", user, active=active)
    return user


@verb(User)
def set_password(
    ledger: Ledger, *, actor: Actor, at: datetime, user_id: UUID, password: str, op: UUID | None = None
) -> User:
    """Set a new first password for a colleague who has forgotten theirs. All open sessions of theirs end with it.

    It opens the page on which they choose their own, and nothing else: nobody works under a password that two people know.
    """
    _require_operator(actor)
    user = locked(User.objects.filter(jobcenter_id=actor.jobcenter_id), user_id)
    _check_password(password, user)
    if user.id == actor.id:
        raise Refused("Das eigene Passwort ändern Sie über Ihr Konto.", code="own_password")
    if user.subject:
        raise Refused("Dieser Zugang meldet sich über das Haus an und hat hier kein Passwort.", code="house_login")
    if user.is_emergency:
        raise Refused("Der Notfallzugang bekommt sein Passwort nur, wenn er neu versiegelt wird.", code="emergency")
    user.set_password(password)
    user.password_given_at, user.must_change = at, True
    user.save(update_fields=["password", "password_given_at", "must_change"])
    end_sessions(user.id)
    ledger.event("login.password_set", user)
    return user


@verb(User)
def choose_password(ledger: Ledger, *, actor: Actor, at: datetime, password: str, op: UUID | None = None) -> User:
    """Choose the own password; one that the operator has given is then used up."""
    user = locked(User.objects.filter(jobcenter_id=actor.jobcenter_id), actor.id)
    _check_password(password, user)
    if user.must_change and user.check_password(password):
        raise Refused("Bitte wählen Sie ein anderes: dieses kennt noch jemand anderes.", code="password_same", field="password1")
    user.set_password(password)
    user.must_change = False
    user.save(update_fields=["password", "must_change"])
    ledger.event("login.password_chosen", user)
    return user


# --- second factors
@verb(User)
def note_factor(
    ledger: Ledger, *, actor: Actor, at: datetime, user_id: UUID, what: str, kind: str, op: UUID | None = None
) -> User:
    """Note what the log-in library did with a second factor: ``what`` is added, renewed, failed or recovery_used."""
    user = User.objects.get(pk=user_id, jobcenter_id=actor.jobcenter_id)
    ledger.event(f"factor.{what}", user, kind=kind)
    return user


def factors(user_id: UUID) -> list[Authenticator]:
    """Second factors of a login, oldest first; recovery codes alone are none."""
    rows = Authenticator.objects.filter(user_id=user_id).exclude(type=Authenticator.Type.RECOVERY_CODES)
    return list(rows.order_by("created_at", "pk"))


@verb(User)
def remove_factor(
    ledger: Ledger, *, actor: Actor, at: datetime, factor_id: int, required: bool, op: UUID | None = None
) -> User:
    """Remove one of the own second factors; with the last one go the recovery codes. Not the last where one is ``required``."""
    user = locked(User.objects.filter(jobcenter_id=actor.jobcenter_id), actor.id)
    held = factors(user.id)
    gone = next((row for row in held if row.pk == factor_id), None)
    if gone is None:
        raise Refused("Diesen zweiten Faktor gibt es nicht mehr.", code="gone")
    if required and len(held) == 1:
        raise Refused(
            "Ihre Rolle braucht einen zweiten Faktor. Bitte richten Sie zuerst einen anderen ein, dann geht dieser weg.", code="last_factor"
        )
    gone.delete()
    if len(held) == 1:
        Authenticator.objects.filter(user=user).delete()
    ledger.event("factor.removed", user, kind=gone.type)
    return user


@verb(User)
def reset_factors(ledger: Ledger, *, actor: Actor, at: datetime, user_id: UUID, op: UUID | None = None) -> User:
    """Remove all second factors of a colleague who has lost theirs. Ends all their sessions; they are told."""
    _require_operator(actor)
    user = locked(User.objects.filter(jobcenter_id=actor.jobcenter_id), user_id)
    if user.id == actor.id:
        raise Refused("Den eigenen zweiten Faktor ändern Sie über Ihr Konto; ist er verloren, hilft eine Kollegin der Betriebsrolle.", code="own_factor")
    if not Authenticator.objects.filter(user=user).exists():
        raise Refused("Dieser Zugang hat keinen zweiten Faktor.", code="no_factor")
    Authenticator.objects.filter(user=user).delete()
    user.factor_reset_at = at
    user.save(update_fields=["factor_reset_at"])
    end_sessions(user.id)
    ledger.event("factor.reset", user)
    return user


def check_resettable(user: User) -> None:
    """Refuse a login to which a new password would open nothing, with what to do instead."""
    if user.is_emergency:
        raise Refused("Der Notfallzugang bekommt sein Passwort nur, wenn er neu versiegelt wird.", code="emergency")
    if user.subject:
        raise Refused(
            "Dieser Zugang meldet sich über das Haus an und hat hier weder Passwort noch zweiten Faktor. Beides setzt der Anmeldedienst zurück.",
            code="house_login",
        )
    if not user.is_active:
        raise Refused(f"Dieser Zugang ist gesperrt. Bitte zuerst öffnen: ./hilfefrei accounts open {user.username}", code="closed")


@verb(User)
def reset_login(ledger: Ledger, *, actor: Actor, at: datetime, user_id: UUID, password: str, op: UUID | None = None) -> User:
    """Set a new first ``password`` and remove all second factors, by whoever runs the machine. Ends all sessions.

    Nobody has seen it yet (:func:`hilfefrei.apps.org.identity.reset_notices`). Refused for a closed login and for one that has no password here.
    """
    if actor.kind != "system":
        raise Forbidden
    user = locked(User.objects.filter(jobcenter_id=actor.jobcenter_id), user_id)
    check_resettable(user)
    _check_password(password, user)
    user.set_password(password)
    user.must_change = True
    user.password_given_at = user.reset_at = at
    user.reset_operator_saw_at = user.reset_privacy_saw_at = None
    if Authenticator.objects.filter(user=user).delete()[0]:
        user.factor_reset_at = at
    user.save(
        update_fields=["password", "must_change", "password_given_at", "factor_reset_at", "reset_at", "reset_operator_saw_at", "reset_privacy_saw_at"]
    )
    end_sessions(user.id)
    ledger.event("login.reset", user)
    return user


# --- where somebody is logged in. Not verbs: like the session itself, and nobody's business but the holder's.
SEEN_EVERY = timedelta(minutes=10)


def note_session(*, user_id: UUID, session_key: str, device: str, address: str, at: datetime, before: str = "") -> None:
    """Remember that this session is used; ``before`` is the key it had (a new password gives it a new one)."""
    values = {"device": device[:60], "address": address[:45], "seen_at": at}
    rows = LoginSession.objects.filter(session_key__in=[before or session_key, session_key], user_id=user_id)
    if not rows.update(**values | {"session_key": session_key}):
        LoginSession.objects.bulk_create(
            [LoginSession(user_id=user_id, session_key=session_key, since=at, **values)], ignore_conflicts=True
        )


def begin_session(*, user_id: UUID, session_key: str, device: str, address: str, at: datetime, before: str = "") -> bool:
    """Remember a session that begins; False, and nothing kept, where the login was closed since the password was looked at.

    Under the lock of the login: who closes it comes before, and is seen here, or after, and ends this session too.
    """
    with transaction.atomic():
        if not locked(User, user_id).is_active:
            return False
        note_session(user_id=user_id, session_key=session_key, device=device, address=address, at=at, before=before)
    return True


def open_sessions(user_id: UUID) -> list[LoginSession]:
    """Where somebody is logged in, the last used first. Rows whose session is over go."""
    rows = list(LoginSession.objects.filter(user_id=user_id))
    running = Session.objects.filter(session_key__in=[row.session_key for row in rows], expire_date__gt=timezone.now())
    alive = set(running.order_by("pk").values_list("session_key", flat=True))
    over = [row.pk for row in rows if row.session_key not in alive]
    if over:
        LoginSession.objects.filter(pk__in=over).delete()
    return [row for row in rows if row.session_key in alive]


def end_sessions(user_id: UUID, *, only: UUID | None = None, keep: str = "") -> int:
    """End the sessions of a login, or one of them, but never the one with the key ``keep``; give how many."""
    rows = LoginSession.objects.filter(user_id=user_id).exclude(session_key=keep)
    keys = list((rows.filter(pk=only) if only else rows).order_by("pk").values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    LoginSession.objects.filter(session_key__in=keys).delete()
    return len(keys)


@verb(User)
def end_all_sessions(ledger: Ledger, *, actor: Actor, at: datetime, user_id: UUID, op: UUID | None = None) -> User:
    """Log a colleague out everywhere (a lost device)."""
    _require_operator(actor)
    user = locked(User.objects.filter(jobcenter_id=actor.jobcenter_id), user_id)
    ledger.event("login.sessions_ended", user, count=end_sessions(user.id))
    return user


@verb(User)
def note_unlocked(ledger: Ledger, *, actor: Actor, at: datetime, user_id: UUID, op: UUID | None = None) -> User:
    """Note that the pause after wrong passwords was lifted (the counters live in the cache of the pages)."""
    _require_operator(actor)
    user = locked(User.objects.filter(jobcenter_id=actor.jobcenter_id), user_id)
    ledger.event("login.unlocked", user)
    return user
