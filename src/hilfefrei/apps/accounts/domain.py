"""Verbs on logins."""

from datetime import datetime
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.domain import Ledger, locked, verb
from hilfefrei.apps.audit.errors import Refused


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
    username = username.strip()
    if not username:
        raise Refused("Bitte einen Anmeldenamen eintragen.", code="username_missing", field="username")
    if User.objects.filter(username__iexact=username).exists():
        raise Refused(
            f"Den Anmeldenamen „{username}“ gibt es schon. Bitte einen anderen wählen.", code="username_taken", field="username"
        )
    try:
        validate_password(password)
    except ValidationError as error:
        raise Refused(" ".join(error.messages), code="password_weak", field="password") from error
    user = User.objects.create_user(
        username,
        password,
        jobcenter_id=actor.jobcenter_id,
        first_name=first_name.strip(),
        last_name=last_name.strip(),
        phone=phone.strip(),
    )
    ledger.event("login.created", user)
    return user


@verb(User)
def set_login_active(
    ledger: Ledger, *, actor: Actor, at: datetime, user_id: UUID, active: bool, op: UUID | None = None
) -> User:
    """Close or reopen a login; nothing is deleted, because events point to it."""
    user = locked(User.objects.filter(jobcenter_id=actor.jobcenter_id), user_id)
    if user.id == actor.id and not active:
        raise Refused("Den eigenen Zugang kann man nicht sperren.", code="own_login")
    user.is_active = active
    user.save(update_fields=["is_active"])
    ledger.event("login.opened" if active else "login.closed", user, active=active)
    return user
