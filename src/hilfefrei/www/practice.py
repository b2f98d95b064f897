"""What the login page knows before anybody has logged in: the office and, in demo mode, the training accounts."""

from dataclasses import dataclass

from django.conf import settings
from django_scopes import scope

from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.audit.actor import ROLE_LABELS, Role
from hilfefrei.apps.org.models import Jobcenter, Position, in_force
from hilfefrei.core import clock
from hilfefrei.www.context import NAVIGATION


@dataclass(frozen=True, slots=True)
class PracticeAccount:
    """An account that everybody may use to practise."""

    name: str
    username: str
    task: str
    password: str


def office_name() -> str:
    """Whose login page this is: real operation has one Jobcenter in a database; with more, none is named."""
    names = list(Jobcenter.objects.values_list("name", flat=True)[:2])
    return names[0] if len(names) == 1 else "Jobcenter"


def accounts() -> list[PracticeAccount]:
    """One account for each role that has pages, in the order of :class:`Role`; empty outside demo mode."""
    if not settings.HILFEFREI_DEMO:
        return []
    users = User.objects.filter(is_demo=True, is_active=True)
    first = users.first()
    if first is None:
        return []
    found: dict[Role, PracticeAccount] = {}
    with scope(jobcenter=first.jobcenter_id):
        positions = (
            Position.objects.filter(in_force(clock.today()), holder__in=users)
            .select_related("holder")
            .order_by("holder__username", "pk")
        )
        for position in positions:
            role = Role.TEAM_LEAD if position.is_lead else Role(position.role)
            holder = position.holder
            if holder is None or role not in NAVIGATION or role in found:
                continue
            found[role] = PracticeAccount(
                name=holder.get_full_name(),
                username=holder.username,
                task=ROLE_LABELS[role],
                password=settings.HILFEFREI_DEMO_PASSWORD,
            )
    return [found[role] for role in Role if role in found]
