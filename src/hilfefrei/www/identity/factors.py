"""Second factors as allauth asks for them: where seeds lie, what a key is called, who must have one."""

from typing import ClassVar

from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest

from hilfefrei.apps.accounts import crypt
from hilfefrei.apps.accounts.models import User
from hilfefrei.www.practice import office_name
from hilfefrei.www.requests import Request

WRONG_CODE = "Der Code stimmt nicht, ist abgelaufen oder schon einmal benutzt. Bitte nehmen Sie den nächsten, den die App zeigt."


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """Seeds encrypted, names in German."""

    error_messages: ClassVar = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": WRONG_CODE,
        "cannot_generate_recovery_codes": "Ersatzcodes gibt es erst zu einem zweiten Faktor.",
    }

    def encrypt(self, text: str) -> str:
        """For the database."""
        return crypt.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """From the database."""
        return crypt.decrypt(encrypted_text)

    def generate_authenticator_name(self, user: User, type: str) -> str:  # noqa: A002 - allauth's signature
        """What a security key is called until its holder says otherwise."""
        held = Authenticator.objects.filter(user_id=user.pk, type=type).order_by("pk")
        return f"Schlüssel {len(held) + 1}"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The house, by the name under which its pages are reached; the browser shows it."""
        return {"id": context.request.get_host().rpartition(":")[0] or context.request.get_host(), "name": office_name()}


def used(request: HttpRequest) -> bool:
    """Whether this session was opened, or confirmed, with a second factor."""
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, request.user))


def required(request: Request) -> bool:
    """Whether a role of today needs one. Never while practising, never for the emergency login; the house sees to its own."""
    user = request.user
    if settings.HILFEFREI_DEMO or user.is_emergency or user.subject:
        return False
    return any(role.value in request.jobcenter.factor_roles for role in request.actor.roles)


def lacking(request: Request) -> bool:
    """Whether one is required and this session was opened without."""
    return required(request) and not used(request)
