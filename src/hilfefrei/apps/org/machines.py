"""Who else may call: a token per machine of the house, kept as its hash, given and taken by the operator."""

import hashlib
import secrets
from datetime import datetime
from typing import Final
from uuid import UUID

from django_scopes import scopes_disabled

from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.domain import Ledger, locked, verb
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.audit.rows import require_fit
from hilfefrei.apps.org import policy
from hilfefrei.apps.org.models import ApiAccess
from hilfefrei.apps.org.policy import require
from hilfefrei.core.days import berlin_day

# So that somebody who finds one in a file knows what it is.
PREFIX: Final = "hf_"
BYTES: Final = 32


def new_token() -> str:
    """A token nobody can guess; it is shown once."""
    return PREFIX + secrets.token_urlsafe(BYTES)


def digest_of(token: str) -> str:
    """What is kept of a token. It has 256 bits of chance, so a slow hash would protect nothing more."""
    return hashlib.sha256(token.encode()).hexdigest()


def access_of(token: str) -> ApiAccess | None:
    """Whose token it is, in whatever Jobcenter of this database; None where it is nobody's any more."""
    if not token.startswith(PREFIX):
        return None
    with scopes_disabled():
        return ApiAccess.objects.filter(digest=digest_of(token), revoked_at=None).first()


@verb(ApiAccess)
def open_access(ledger: Ledger, *, actor: Actor, at: datetime, name: str, token: str, op: UUID | None = None) -> ApiAccess:
    """Let a machine call with ``token`` (:func:`new_token`)."""
    require(policy.may_operate(actor))
    name = name.strip()
    if not name:
        raise Refused("Bitte schreiben Sie, welches Verfahren damit fragt.", code="name", field="name")
    if ApiAccess.objects.filter(name=name, revoked_at=None).exists():
        raise Refused("Diesen Zugang gibt es schon. Ein neues Kennzeichen bekommt er, indem Sie ihn zurückziehen und neu anlegen.", code="taken", field="name")
    made = ApiAccess(jobcenter_id=actor.jobcenter_id, name=name, digest=digest_of(token), created_at=at)
    require_fit(made)
    made.save()
    ledger.event("api_access.opened", made, name=name)
    return made


@verb(ApiAccess)
def revoke_access(ledger: Ledger, *, actor: Actor, at: datetime, access_id: UUID, op: UUID | None = None) -> ApiAccess:
    """Refuse a token from now on. Done twice it is done once."""
    require(policy.may_operate(actor))
    access = locked(ApiAccess, access_id)
    if access.revoked_at is None:
        access.revoked_at = at
        access.save(update_fields=["revoked_at"])
        ledger.event("api_access.revoked", access)
    return access


@verb(ApiAccess)
def note_use(ledger: Ledger, *, actor: Actor, at: datetime, access_id: UUID, op: UUID | None = None) -> ApiAccess:
    """Note the day on which a token was used, once a day; what was asked is noted nowhere."""
    require(actor.kind == "system")
    access = locked(ApiAccess, access_id)
    day = berlin_day(at)
    if access.last_used_on is None or access.last_used_on < day:
        access.last_used_on = day
        access.save(update_fields=["last_used_on"])
        ledger.event("api_access.used", access, day=day)
    return access
