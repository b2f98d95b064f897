"""Late entry from paper: the moment that everything typed on a page now really had.

It is kept in the session for each way through ViA and goes with every post of the page (tag ``act``), so that what counts
is what the page said.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import template
from django.http import Http404, HttpRequest

from hilfefrei.core import clock, days

# In the session: {entry: moment}. So many may be typed side by side.
KEY = "nachtrag"
MOST = 10
# The hidden field of a post.
FIELD = "happened"


def moment_for(request: HttpRequest, entry_id: UUID) -> datetime | None:
    """The moment of the late entry that is under way for ``entry_id``; None on a normal day."""
    kept: dict[str, str] = request.session.get(KEY, {})
    text = kept.get(str(entry_id))
    return datetime.fromisoformat(text) if text else None


def begin(request: HttpRequest, entry_id: UUID, moment: datetime | None) -> None:
    """From now on what is typed for ``entry_id`` was at ``moment``; None ends the late entry."""
    kept: dict[str, str] = dict(request.session.get(KEY, {}))
    before = kept.pop(str(entry_id), None)
    if moment is not None:
        kept[str(entry_id)] = moment.isoformat()
    if moment is not None or before is not None:
        request.session[KEY] = dict(list(kept.items())[-MOST:])


def posted(request: HttpRequest) -> datetime | None:
    """The moment that the page carried; None where it was typed as it happened."""
    text = request.POST.get(FIELD, "")
    if not text:
        return None
    try:
        return days.parse_moment(text)
    except ValueError as error:
        raise Http404 from error


def in_words(moment: datetime | None) -> str:
    """For the message of what was done: " Nachtrag für Mo 23.11., 09:10 Uhr."; empty on a normal day."""
    return f" Nachtrag für {days.format_moment(moment, today=clock.today())} Uhr." if moment else ""


def hidden(context: template.Context) -> dict[str, Any]:
    """What a button on a page of late entry posts besides its own values."""
    moment: datetime | None = context.get("from_paper")
    return {FIELD: moment.isoformat()} if moment else {}
