"""Own dates for the calendar program: when and where, never who (rule 7). The page behind each date says the rest."""

from datetime import datetime, timedelta
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from icalendar import Calendar, Event

from hilfefrei.apps.intake import queries
from hilfefrei.core import clock
from hilfefrei.www.requests import Request

SUBJECT = "Termin Jobcenter"
# What was agreed has no length; a quarter of an hour is kept free.
SHORT = timedelta(minutes=15)
AHEAD = timedelta(days=60)


def _event(uid: UUID, starts: datetime, ends: datetime, place: str, url: str, stamp: datetime) -> Event:
    event = Event()
    event.add("uid", f"{uid}@hilfefrei")
    event.add("dtstamp", stamp)
    event.add("dtstart", starts.astimezone(clock.BERLIN))
    event.add("dtend", ends.astimezone(clock.BERLIN))
    event.add("summary", SUBJECT)
    event.add("class", "PRIVATE")
    if place:
        event.add("location", place)
    event.add("url", url)
    return event


def own_dates(request: Request) -> HttpResponse:
    """What lies ahead for whoever asks: talks, calls and promises of theirs, dates they lead."""
    now = clock.now()
    calendar = Calendar()
    calendar.add("prodid", "-//Hilfefrei//Termine//DE")
    calendar.add("version", "2.0")
    for row in queries.own_agreed(request.actor, now, now + AHEAD):
        page = request.build_absolute_uri(reverse("entrance:conversation", args=[row.entry_id]))
        calendar.add_component(_event(row.key, row.at, row.at + SHORT, "", page, now))
    for date in queries.led_by(request.actor, now, now + AHEAD):
        page = request.build_absolute_uri(reverse("via:date", args=[date.pk]))
        calendar.add_component(_event(date.pk, date.starts_at, date.ends_at, date.room.name if date.room else "Video", page, now))
    answer = HttpResponse(calendar.to_ical(), content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="termine.ics"'
    return answer
