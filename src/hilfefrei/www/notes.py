"""Short messages after an action. The text says what happened; it carries no more of a person than the page does."""

from django.contrib import messages
from django.http import HttpRequest

UNDO = "undo="


def done(request: HttpRequest, text: str, *, undo: str = "") -> None:
    """Say quietly that something is done; ``undo`` is the address that takes it back (by POST with a fresh ``op``)."""
    messages.success(request, text, extra_tags=UNDO + undo if undo else "")


def failed(request: HttpRequest, text: str) -> None:
    """Say on top of the next page what went wrong, what is kept and what to do."""
    messages.error(request, text)
