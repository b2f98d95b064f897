"""The own account: second factors, recovery codes, where one is logged in."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from allauth.account import views as account
from allauth.account.decorators import reauthentication_required
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from hilfefrei.apps.accounts import domain as accounts
from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.org import identity
from hilfefrei.core import clock
from hilfefrei.www import notes
from hilfefrei.www.identity import events, factors
from hilfefrei.www.requests import Request, op_of

View = Callable[..., HttpResponse]


def _own(view: View) -> View:
    """Password and second factor are kept here only for logins of our own: the log-in of the house has its own."""

    @wraps(view)
    def guarded(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.subject or request.user.is_emergency:
            whose = "verwaltet die Anmeldung des Hauses" if request.user.subject else "gibt es beim Notfallzugang nicht zu ändern"
            notes.failed(request, f"Passwort und zweiten Faktor {whose}.")
            return redirect("shared:profile")
        return view(request, *args, **kwargs)

    return guarded


@_own
def change_password(request: Request) -> HttpResponse:
    """The own password."""
    answer: HttpResponse = account.password_change(request)
    return answer


@_own
def index(request: Request) -> HttpResponse:
    """Which second factors there are, and what can be added."""
    held = accounts.factors(request.user.pk)
    codes = Authenticator.objects.filter(user=request.user, type=Authenticator.Type.RECOVERY_CODES).first()
    context = {
        "factors": [(row, _words(row)) for row in held],
        "has_app": any(row.type == Authenticator.Type.TOTP for row in held),
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else None,
        "codes_seen": codes.wrap().did_view if codes else False,
        "lacking": factors.lacking(request),
        "required": factors.required(request),
    }
    return render(request, "identity/factors.html", context)


def _words(row: Authenticator) -> str:
    if row.type == Authenticator.Type.TOTP:
        return "App mit Codes"
    key = row.wrap()
    return f"{key.name}, auch ohne Passwort" if key.is_passwordless else str(key.name)


@_own
def add_app(request: Request) -> HttpResponse:
    """Set up an app that shows codes; there is one at a time."""

    def set_up(asked: HttpRequest) -> HttpResponse:
        # Looked for under the lock that the caller holds: two windows may set one up at once.
        if any(row.type == Authenticator.Type.TOTP for row in accounts.factors(request.actor.id)):
            if asked.method == "POST":
                notes.failed(asked, "Die App ist schon eingerichtet, in einem anderen Fenster oder von einem anderen Gerät aus. Waren Sie das nicht, entfernen Sie sie bitte gleich.")
            return redirect("mfa_index")
        answer: HttpResponse = totp.activate_totp(asked)
        return answer

    return events.noting(request, set_up)


@_own
def add_key(request: Request) -> HttpResponse:
    """Set up a security key or passkey."""
    return events.noting(request, webauthn.add_webauthn)


@_own
def new_codes(request: Request) -> HttpResponse:
    """New recovery codes; the old ones are void."""
    return events.noting(request, recovery.generate_recovery_codes)


@_own
def codes(request: Request) -> HttpResponse:
    """The recovery codes, once."""
    if not Authenticator.objects.filter(user=request.user, type=Authenticator.Type.RECOVERY_CODES).exists():
        return redirect("mfa_index")
    answer: HttpResponse = recovery.view_recovery_codes(request)
    return answer


@require_POST
@_own
@reauthentication_required(app="allauth.mfa")  # type: ignore[untyped-decorator]  # allauth ships no types
def remove(request: Request, factor_id: int) -> HttpResponse:
    """Remove one of the own second factors."""
    if not any(row.pk == factor_id for row in accounts.factors(request.actor.id)):
        raise Http404
    accounts.remove_factor(
        actor=request.actor, at=clock.now(), op=op_of(request), factor_id=factor_id, required=factors.required(request)
    )
    notes.done(request, "Entfernt.")
    return redirect("mfa_index")


@require_POST
def end_sessions(request: Request) -> HttpResponse:
    """End one of the own sessions, or all but this one."""
    wanted = request.POST.get("session", "")
    try:
        only = UUID(wanted) if wanted else None
    except ValueError:
        raise Http404 from None
    count = accounts.end_sessions(request.user.pk, only=only, keep=request.session.session_key or "")
    if count:
        notes.done(request, "Dort ist jetzt abgemeldet." if count == 1 else f"Auf {count} Geräten ist jetzt abgemeldet.")
    else:
        notes.done(request, "Dort war schon niemand mehr angemeldet.")
    return redirect("shared:profile")


@require_POST
def emergency_seen(request: Request, seal_id: UUID) -> HttpResponse:
    """Operator and data protection say that they have seen the use of the emergency login."""
    if not identity.emergency_known(seal_id):
        raise Http404
    identity.emergency_seen(actor=request.actor, at=clock.now(), op=op_of(request), seal_id=seal_id)
    notes.done(request, "Festgehalten, dass Sie es gesehen haben.")
    return redirect("shared:start")


@require_POST
def login_reset_seen(request: Request, user_id: UUID) -> HttpResponse:
    """Operator and data protection say that they have seen that a login was reset on the machine."""
    if not User.objects.filter(pk=user_id, jobcenter_id=request.actor.jobcenter_id, reset_at__isnull=False).exists():
        raise Http404
    identity.reset_seen(actor=request.actor, at=clock.now(), op=op_of(request), user_id=user_id)
    notes.done(request, "Festgehalten, dass Sie es gesehen haben.")
    return redirect("shared:start")
