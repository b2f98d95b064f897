"""Sessions that end: an hour after they were used last, and at the latest a working day after logging in.

Both ends stand in ``expire_date``: what looks for open sessions, or clears them away, needs to know nothing of this. Real time,
as everything that Django does with sessions: no training day prolongs one.
"""

import time
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

BEGAN, NOTED = "hf_began", "hf_noted"


def begin(session: SessionBase) -> None:
    """Somebody has logged in just now, again or for the first time: the longest time runs from here."""
    session[BEGAN] = time.time()


class SessionStore(DatabaseStore):
    """Rows of ``django_session``; a change alone (a search, a table that asks anew every minute) prolongs nothing."""

    def get_expiry_date(self, **kwargs: Any) -> datetime:
        """When it ends, aware: after ``SESSION_COOKIE_AGE`` without use, and ``HILFEFREI_SESSION_MOST`` after logging in."""
        ends = [super().get_expiry_date(**kwargs)]
        if BEGAN in self:
            ends.append(datetime.fromtimestamp(self[BEGAN] + settings.HILFEFREI_SESSION_MOST, UTC))
        if NOTED in self:
            ends.append(datetime.fromtimestamp(self[NOTED][1] + settings.SESSION_COOKIE_AGE, UTC))
        return min(ends)
