"""Short messages after an action. The text says what happened; it carries no more of a person than the page does."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage
from django.http import HttpRequest

UNDO = "undo="


def done(request: HttpRequest, text: str, *, undo: str = "") -> None:
    """Say quietly that something is done; ``undo`` is the address that takes it back (by POST with a fresh ``op``)."""
    messages.success(request, text, extra_tags=UNDO + undo if undo else "")


def failed(request: HttpRequest, text: str) -> None:
    """Say on top of the next page what went wrong, what is kept and what to do."""
    messages.error(request, text)


class _Cookie(CookieStorage):
    """Under the name that the settings give it (in production ``__Host-``)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cookie_name = settings.HILFEFREI_MESSAGES_COOKIE


class Storage(FallbackStorage):
    """In a signed cookie; what does not fit there, in the session."""

    storage_classes = (_Cookie, SessionStorage)
