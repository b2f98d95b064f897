"""How allauth behaves here: nobody makes an account for themselves."""

from typing import ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from hilfefrei.apps.accounts import domain as accounts
from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.org.queries import actor_of
from hilfefrei.core import clock


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Accounts are made by the operator; there is no registration."""

    error_messages: ClassVar = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": "Anmeldename und Passwort passen nicht zusammen. Bitte prüfen Sie beides.",
        "too_many_login_attempts": "Zu viele Versuche. Bitte warten Sie fünf Minuten und versuchen Sie es dann noch einmal.",
        "account_inactive": "Dieser Zugang ist gesperrt. Bitte fragen Sie die Betriebsrolle.",
    }

    def set_password(self, user: User, password: str) -> None:
        """The own password, by the verb; the form has checked it."""
        accounts.choose_password(actor=actor_of(user, clock.today()), at=clock.now(), password=password)
        # allauth goes on with the object it holds.
        user.refresh_from_db()

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002 - allauth's signature
        """On to the work."""
        return "/"

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        return False
