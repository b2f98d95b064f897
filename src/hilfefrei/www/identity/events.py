"""What the log-in library does with a second factor becomes an event, without code and name; with a log-in a session begins."""

from collections.abc import Callable
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.signals import authentication_step_completed
from allauth.mfa import signals
from allauth.mfa.models import Authenticator
from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django_scopes import scope

from hilfefrei.apps.accounts import crypt, store
from hilfefrei.apps.accounts import domain as accounts
from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.domain import locked
from hilfefrei.core import clock
from hilfefrei.www.requests import Request

RECOVERY = Authenticator.Type.RECOVERY_CODES


def note(user: User, what: str, kind: str) -> None:
    """By the verb, as the login itself: nobody is in office before the second step."""
    with scope(jobcenter=user.jobcenter_id):
        accounts.note_factor(
            actor=Actor("user", user.pk, user.jobcenter_id), at=clock.now(), user_id=user.pk, what=what, kind=kind
        )


def noting(request: Request, view: Callable[[HttpRequest], HttpResponse]) -> HttpResponse:
    """``view`` of the library with the events of what it added or renewed, in one transaction: neither is there alone.

    One at a time for a login: of two windows the second sees what the first has set up.
    """
    if request.method != "POST":
        return view(request)
    rows = Authenticator.objects.filter(user=request.user).order_by("pk")
    with transaction.atomic():
        locked(User, request.user.pk)
        before = list(rows)
        answer = view(request)
        for row in rows.exclude(pk__in=[row.pk for row in before]):
            if row.type == Authenticator.Type.TOTP:
                # What showed that the app is the right one shows nothing more.
                crypt.use_app_code(row, request.POST.get("code", ""))
            note(request.user, "renewed" if any(row.type == held.type == RECOVERY for held in before) else "added", row.type)
            if row.type != RECOVERY:
                # Whoever has just shown that it works need not show it again.
                record_authentication(request, request.user, "mfa", id=row.pk, type=row.type)
    return answer


def _failed(user: User, authenticator: Authenticator, **_: Any) -> None:
    note(user, "failed", authenticator.type)


def _used(user: User, authenticator: Authenticator, **_: Any) -> None:
    if authenticator.type == RECOVERY:
        note(user, "recovery_used", authenticator.type)


def _logged_in(request: HttpRequest, **_: Any) -> None:
    store.begin(request.session)


def _confirmed(request: HttpRequest, *, reauthenticated: bool = False, **_: Any) -> None:
    if reauthenticated:
        # What somebody may have read before opens nothing of what may be done now.
        request.session.cycle_key()


def connect() -> None:
    """Listen to the library (called once, when the app is ready)."""
    signals.authentication_failed.connect(_failed, dispatch_uid="hilfefrei-factor-failed")
    signals.authenticator_used.connect(_used, dispatch_uid="hilfefrei-factor-used")
    authentication_step_completed.connect(_confirmed, dispatch_uid="hilfefrei-confirmed")
    user_logged_in.connect(_logged_in, dispatch_uid="hilfefrei-session-began")
