"""What the house keeps about its own work and deletes by itself when its time is over: nothing of it is about a client.

Repeats, alarms that are out, absences, vacancies that are gone, logins of colleagues who have left. The periods are those of the
field catalogue (``rules.toml``); everything here is done by the background service and may be killed and repeated.
"""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialToken
from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q

from hilfefrei.apps.accounts.models import LoginSession, User
from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.domain import Ledger, verb
from hilfefrei.apps.audit.errors import Forbidden
from hilfefrei.apps.audit.models import Event, EventPayload, Operation, Outbox
from hilfefrei.apps.audit.rows import remove
from hilfefrei.apps.org.models import Absence, Jobcenter, Position
from hilfefrei.apps.privacy import holdings
from hilfefrei.apps.vacancies.models import Vacancy
from hilfefrei.apps.vacancies.workflows import VacancyState
from hilfefrei.core.days import berlin_day
from hilfefrei.core.periods import add_months

TECHNICAL: Final = timedelta(days=30)
ABSENCE_MONTHS: Final = 6
VACANCY_MONTHS: Final = 12
STAFF_MONTHS: Final = 12
# So many rows at once: on SQLite everybody else waits meanwhile.
AT_ONCE: Final = 2_000
# Tells no one where data went, so nobody's disclosure needs it.
ALARMS: Final = ("vacancies.alarm", "delivery.alarm", "emergency.alarm", "login.alarm")
# Goes with a login whatever it says.
OF_A_LOGIN: Final = (LoginSession, Authenticator, EmailAddress)


@verb(Jobcenter)
def tidy(ledger: Ledger, *, actor: Actor, at: datetime, op: UUID | None = None) -> Jobcenter:
    """Delete what is over, at most :data:`AT_ONCE` rows of each kind; what is left goes with the next round. Idempotent."""
    if actor.kind != "system":
        raise Forbidden
    house = Jobcenter.objects.get(pk=actor.jobcenter_id)
    _first(Operation.objects.filter(at__lt=at - TECHNICAL))
    _first(Outbox.objects.filter(kind__in=ALARMS, done_at__lt=at - TECHNICAL))
    EmailConfirmation.objects.filter(created__lt=at - TECHNICAL).delete()
    SocialToken.objects.filter(expires_at__lt=at - TECHNICAL).delete()
    day = berlin_day(at)
    away = _first(Absence.objects.filter(valid_to__lt=add_months(day, -ABSENCE_MONTHS)))
    gone = _first(_vacancies(at))
    left = [_leave(user) for user in _left(actor.jobcenter_id, at)]
    if away or gone or left:
        ledger.event("house.tidied", house, absences=away, vacancies=gone, logins=len(left))
    return house


def _first(rows: "models.QuerySet[Any]") -> int:
    """Delete the first of ``rows`` and what events said of them; give how many."""
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    _go(rows.model, ids)
    return len(ids)


def _go(model: type[models.Model], ids: list[Any]) -> None:
    if ids:
        told = Event.objects.filter(object_kind=model._meta.label_lower, object_id__in=[pk for pk in ids if isinstance(pk, UUID)])
        EventPayload.objects.filter(event_id__in=told.values("id")).delete()
        remove(model, ids)


def _vacancies(at: datetime) -> "models.QuerySet[Vacancy]":
    """Gone for a year, and in nobody's file: what was handed to somebody goes after their file has let it go."""
    limit = add_months(berlin_day(at), -VACANCY_MONTHS)
    found = Vacancy.objects.exclude(state=VacancyState.OPEN).filter(changed_at__date__lt=limit)
    for other in _pointing(Vacancy):
        found = found.exclude(Exists(other[0]._default_manager.filter(**{other[1]: OuterRef("pk")})))
    return found


def _pointing(model: type[models.Model]) -> list[tuple[type[models.Model], str]]:
    """Tables and their keys that point to ``model``."""
    return [
        (other, key.attname)
        for other in apps.get_models(include_auto_created=True)
        for key in holdings.keys(other)
        if key.related_model is model
    ]


def _left(jobcenter_id: UUID, at: datetime) -> list[User]:
    """Colleagues whose last post ended more than a year ago and who still have something to log in with or to be called at, or whom no row names."""
    limit = add_months(berlin_day(at), -STAFF_MONTHS)
    held = Position.objects.filter(holder=OuterRef("pk"))
    over = User.objects.filter(Exists(held), jobcenter_id=jobcenter_id, is_emergency=False, is_demo=False).exclude(
        Exists(held.filter(Q(valid_to=None) | Q(valid_to__gte=limit)))
    )
    found = []
    for user in over.order_by("pk")[:AT_ONCE]:
        stripped = not (user.phone or user.email or user.subject or user.is_active) and user.password.startswith("!")
        if not stripped or not _named(user):
            found.append(user)
    return found


def _named(user: User) -> bool:
    """Whether a row that is not their own login or post names them."""
    for other, name in _pointing(User):
        rows = other._default_manager.filter(**{name: user.pk})
        if other is Position:
            # A post in somebody's file keeps its holder.
            if any(far._default_manager.filter(**{key: pk}).exists() for pk in rows.order_by("pk").values_list("pk", flat=True) for far, key in _pointing(Position)):
                return True
        elif other not in OF_A_LOGIN and rows.exists():
            return True
    return False


def _leave(user: User) -> UUID:
    """Nothing to log in with, no number to be called at; where nobody's file names them, not even a name."""
    for model in OF_A_LOGIN:
        model._default_manager.filter(user=user).delete()
    if _named(user):
        user.is_active, user.phone, user.email, user.issuer, user.subject = False, "", "", "", ""
        user.set_unusable_password()
        user.save()
        return user.pk
    pk = user.pk
    _go(Position, list(Position.objects.filter(holder=user).order_by("pk").values_list("pk", flat=True)))
    _go(User, [pk])
    return pk
