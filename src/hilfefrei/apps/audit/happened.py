"""When it was, for what was written on paper and is typed later. The record keeps both: ``at`` is when it was typed."""

from datetime import datetime, timedelta
from typing import Any, Final

from hilfefrei.apps.audit.errors import Refused
from hilfefrei.core.days import berlin_day, format_day, format_moment

# So long after the day a system was down paper is still typed; later it is a slip of the pen.
LATE_DAYS: Final = 7
DAY_FIELD: Final = "happened_day"
TIME_FIELD: Final = "happened_time"


def real_moment(
    at: datetime, happened_at: datetime | None, *, since: datetime | None = None, before: str = "dem ersten Kontakt"
) -> datetime:
    """Part of a verb: the moment it happened, ``at`` where none is given.

    Refused with the field to look at: in the future, more than :data:`LATE_DAYS` days ago, before ``since``.
    """
    if happened_at is None:
        return at
    today, day = berlin_day(at), berlin_day(happened_at)
    if happened_at > at:
        field = DAY_FIELD if day > today else TIME_FIELD
        raise Refused("Dieser Zeitpunkt läge in der Zukunft. Bitte prüfen Sie Tag und Uhrzeit.", code="future", field=field)
    first = today - timedelta(days=LATE_DAYS)
    if day < first:
        raise Refused(
            f"Nachtragen geht bis zu {LATE_DAYS} Tage zurück, also ab {format_day(first, year=True)}. Bitte prüfen Sie den Tag.",
            code="too_long_ago",
            field=DAY_FIELD,
        )
    if since is not None and happened_at < since:
        raise Refused(
            f"Dieser Zeitpunkt läge vor {before} ({format_moment(since)} Uhr). Bitte prüfen Sie Tag und Uhrzeit.",
            code="before_contact",
            field=DAY_FIELD if day < berlin_day(since) else TIME_FIELD,
        )
    return happened_at


def typed_late(at: datetime, moment: datetime) -> dict[str, Any]:
    """For the event of what was typed late: its real moment beside ``at``; nothing on a normal day."""
    return {} if moment == at else {"happened_at": moment}
