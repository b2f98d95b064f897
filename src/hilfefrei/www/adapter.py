"""How allauth behaves here: nobody makes an account for themselves."""

from datetime import datetime
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_scopes import scope

from hilfefrei.apps.accounts import domain as accounts
from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.org import identity
from hilfefrei.apps.org.queries import actor_of
from hilfefrei.core import clock
from hilfefrei.core.days import format_time
from hilfefrei.www.identity import lockout, sessions


def paused(until: datetime) -> str:
    """What is said to whoever has to wait."""
    return f"Zu viele Versuche. Weiter geht es ab {format_time(until)} Uhr; die Betriebsrolle kann die Pause vorher beenden."


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Accounts are made by the operator; there is no registration."""

    error_messages: ClassVar = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": "Anmeldename und Passwort passen nicht zusammen. Bitte prüfen Sie beides.",
        "too_many_login_attempts": "Zu viele Versuche. Bitte warten Sie fünf Minuten und versuchen Sie es dann noch einmal.",
        "rate_limited": "Zu viele Versuche. Bitte warten Sie fünf Minuten und versuchen Sie es dann noch einmal.",
        "incorrect_password": "Das Passwort stimmt nicht. Bitte versuchen Sie es noch einmal.",
        "enter_current_password": "Das ist nicht Ihr jetziges Passwort. Bitte tippen Sie es noch einmal.",
        "account_inactive": "Dieser Zugang ist gesperrt. Bitte fragen Sie die Betriebsrolle.",
    }

    def is_safe_url(self, url: str) -> bool:
        """Whether one may be led there; what is no address at all is none (allauth fails at "http://[")."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Say until when to wait; the same words whether or not there is such a login."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError as error:
            until = lockout.of_key(request, self._get_login_attempts_cache_key(request, **credentials))
            if until is None:
                raise
            raise ValidationError(paused(until), code=error.code) from error

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:  # noqa: ARG002 - allauth's signature
        """By login name alone: another name of the host gives no further tries, and the machine can end the pause without knowing it."""
        # As the database compares, which looks for the name in capitals: "ſ" and "ı" are S and I there, but not in small letters.
        return f"login:{str(credentials.get('username', '')).upper()}"

    def pre_login(self, request: HttpRequest, user: User, **given: Any) -> HttpResponse | None:
        """The emergency login opens only while its seal is good, and sounds the alarm."""
        if user.is_active and user.is_emergency:
            try:
                with scope(jobcenter=user.jobcenter_id):
                    identity.open_emergency(actor=Actor("user", user.pk, user.jobcenter_id), at=clock.now())
            except Refused as error:
                return render(request, "identity/no_way_in.html", {"title": "Notfallzugang", "words": [str(error)]}, status=403)
        response: HttpResponse | None = super().pre_login(request, user, **given)
        return response

    def post_login(self, request: HttpRequest, user: User, **given: Any) -> HttpResponse:
        """On to the work; from now on the session stands in the own list."""
        if not sessions.begin(request, user):
            logout(request)
            return self.respond_user_inactive(request, user)
        response: HttpResponse = super().post_login(request, user, **given)
        return response

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:  # noqa: ARG002 - allauth's signature
        """A closed login gets a page that says so."""
        words = ["Gesperrt hat ihn die Betriebsrolle oder der Anmeldedienst des Hauses. Gehört der Zugang Ihnen, fragen Sie bitte dort."]
        return render(request, "identity/no_way_in.html", {"title": "Dieser Zugang ist gesperrt", "words": words}, status=403)

    def set_password(self, user: User, password: str) -> None:
        """The own password, by the verb; the form has checked it."""
        accounts.choose_password(actor=actor_of(user, clock.today()), at=clock.now(), password=password)
        # allauth goes on with the object it holds.
        user.refresh_from_db()
        # Whoever else is in under the old one is out.
        accounts.end_sessions(user.pk, keep=self.request.session.session_key or "")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002 - allauth's signature
        """On to the work."""
        return "/"

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        return False
