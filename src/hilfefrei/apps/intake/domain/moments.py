"""Moments that are agreed with somebody (soon enough to be meant, on a working day, by day) and moments that were."""

from datetime import datetime, time
from typing import Final

from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.audit.happened import real_moment
from hilfefrei.apps.intake.models import Entry
from hilfefrei.apps.org.models import Jobcenter
from hilfefrei.core.days import BERLIN, berlin_day, format_day
from hilfefrei.core.periods import add_months, is_working_day, next_working_day

EARLIEST: Final = time(6)
LATEST: Final = time(20)
IN_WORDS: Final = {3: "drei", 6: "sechs", 13: "dreizehn"}


def check_agreed(actor: Actor, at: datetime, moment: datetime, *, months: int, day_field: str, time_field: str) -> None:
    """Part of a verb: refuse a moment that is most likely a slip of the pen.

    Gone by, more than ``months`` ahead, on a day on which nobody works (today is left alone), or at night.
    """
    if moment <= at:
        raise Refused("Bitte einen Zeitpunkt wählen, der noch kommt.", code="past", field=day_field)
    today, day = berlin_day(at), berlin_day(moment)
    last = add_months(today, months)
    if day > last:
        raise Refused(
            f"Das sind mehr als {IN_WORDS[months]} Monate. Bitte einen Tag bis {format_day(last, year=True)} wählen.",
            code="too_far",
            field=day_field,
        )
    land = Jobcenter.objects.get(pk=actor.jobcenter_id).land
    if day != today and not is_working_day(day, land):
        raise Refused(
            f"Am {format_day(day, year=True)} wird nicht gearbeitet. "
            f"Der nächste Arbeitstag ist {format_day(next_working_day(day, land), year=True)}.",
            code="no_working_day",
            field=day_field,
        )
    if not EARLIEST <= moment.astimezone(BERLIN).time() <= LATEST:
        raise Refused("Bitte eine Uhrzeit von 6 bis 20 Uhr wählen.", code="at_night", field=time_field)


def check_happened(entry: Entry, at: datetime, happened_at: datetime | None) -> datetime:
    """Part of a verb: when it really was, within the bounds of late entry and not before the first contact of ``entry``."""
    return real_moment(at, happened_at, since=entry.since)
