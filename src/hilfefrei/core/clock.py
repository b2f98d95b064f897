"""The one clock. Only the edges (views, commands, tasks) ask it; everything below gets ``at`` or ``as_of``.

``HILFEFREI_NOW`` (ISO, local time in Berlin unless it carries an offset) fixes the moment. With ``HILFEFREI_NOW_RUNS=1``
the clock starts there and runs on with real time, counted from ``HILFEFREI_NOW_SINCE`` (seconds since the epoch, so that
web server and worker share it) or from the import of this module.
"""

import os
import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")

_imported_at = time.time()


def now() -> datetime:
    """The present moment, aware, in UTC (subtracting two moments of one local zone would ignore summer time).

    Raises ValueError when ``HILFEFREI_NOW`` is no ISO moment.
    """
    fixed = os.environ.get("HILFEFREI_NOW")
    if not fixed:
        return datetime.now(UTC)
    start = datetime.fromisoformat(fixed)
    if start.tzinfo is None:
        start = start.replace(tzinfo=BERLIN)
    start = start.astimezone(UTC)
    if os.environ.get("HILFEFREI_NOW_RUNS") == "1":
        since = float(os.environ.get("HILFEFREI_NOW_SINCE") or _imported_at)
        start += timedelta(seconds=max(0.0, time.time() - since))
    return start


def today() -> date:
    """The present day in Berlin."""
    return now().astimezone(BERLIN).date()
