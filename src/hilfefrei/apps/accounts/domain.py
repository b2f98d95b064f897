"""Verbs on logins."""

from datetime import datetime
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from hilfefrei.apps.accounts.models import User
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
    _check_password(password, User(username=username, first_name=first_name, last_name=last_name))
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


@verb(User)
def set_login_active(
    ledger: Ledger, *, actor: Actor, at: datetime, user_id: UUID, active: bool, op: UUID | None = None
) -> User:
    """Close or reopen a login; nothing is deleted, because events point to it."""
    _require_operator(actor)
    user = locked(User.objects.filter(jobcenter_id=actor.jobcenter_id), user_id)
    if user.id == actor.id and not active:
        raise Refused("Den eigenen Zugang kann man nicht sperren.", code="own_login")
    user.is_active = active
    user.save(update_fields=["is_active"])
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
    user.set_password(password)
    user.password_given_at, user.must_change = at, True
    user.save(update_fields=["password", "password_given_at", "must_change"])
    ledger.event("login.password_set", user)
    return user


@verb(User)
def choose_password(ledger: Ledger, *, actor: Actor, at: datetime, password: str, op: UUID | None = None) -> User:
    """Choose the own password; one that the operator has given is then used up."""
    user = locked(User.objects.filter(jobcenter_id=actor.jobcenter_id), actor.id)
    _check_password(password, user)
    if user.must_change and user.check_password(password):
        raise Refused("Bitte wählen Sie ein anderes: dieses kennt auch die Betriebsrolle.", code="password_same", field="password1")
    user.set_password(password)
    user.must_change = False
    user.save(update_fields=["password", "must_change"])
    ledger.event("login.password_chosen", user)
    return user
