"""How allauth behaves here: nobody makes an account for themselves."""

from typing import ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Accounts are made by the operator; there is no registration."""

    error_messages: ClassVar = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": "Anmeldename und Passwort passen nicht zusammen. Bitte prüfen Sie beides.",
        "too_many_login_attempts": "Zu viele Versuche. Bitte warten Sie fünf Minuten und versuchen Sie es dann noch einmal.",
        "account_inactive": "Dieser Zugang ist gesperrt. Bitte fragen Sie die Betriebsrolle.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        return False
