"""The dates of ViA: four kinds of offers on every working day from half a year back to five weeks ahead."""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from hilfefrei.demo.office import moment, working
from hilfefrei.demo.world import DatePlan

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = range(5)
PLANNED_AHEAD = 42
DAYS_AHEAD = 35
# kind, weekdays, begin, minutes, room, led by, seats, language
WEEKLY: tuple[tuple[str, tuple[int, ...], str, int, str, str, int | None, str], ...] = (
    ("information", (MONDAY, WEDNESDAY, FRIDAY), "09:00", 90, "Osterode 105", "eingang-sperling", 12, "de"),
    ("information", (THURSDAY,), "14:00", 90, "Herzberg 2", "eingang-zaunkoenig", 12, "de"),
    ("information", (WEDNESDAY,), "11:00", 90, "Osterode 105", "eingang-pirol", 10, "uk"),
    ("workshop", (MONDAY, TUESDAY, THURSDAY), "09:00", 180, "Osterode 104", "eingang-buchfink", 20, "de"),
    ("workshop", (MONDAY, WEDNESDAY, FRIDAY), "09:00", 180, "Herzberg 2", "eingang-zaunkoenig", 12, "de"),
    ("exchange", (TUESDAY,), "13:00", 180, "Osterode Foyer", "arbeitgeberservice", None, "de"),
    ("exchange", (THURSDAY,), "13:00", 180, "Osterode 104", "arbeitgeberservice", None, "de"),
)
# coach, weekdays, hours at which an hour of coaching begins
COACHING: tuple[tuple[str, tuple[int, ...], tuple[str, ...]], ...] = (
    ("coach", (MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY), ("08:30", "10:00", "11:30", "13:30", "14:30")),
    ("coach-specht", (MONDAY, TUESDAY, WEDNESDAY, THURSDAY), ("08:30", "10:00", "11:30", "14:00")),
    ("coach-schwalbe", (TUESDAY, WEDNESDAY, THURSDAY), ("09:00", "10:30", "12:00")),
)


def _minute(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def dates(first: date, day: date) -> Iterator[DatePlan]:
    """All dates from ``first`` to five weeks after ``day``, in the order of time within a kind."""
    current, number = first, 0
    while current <= day + timedelta(days=DAYS_AHEAD):
        for kind, begin, length, room, led_by, seats, language in _of_day(current):
            number += 1
            starts_at = moment(current, _minute(begin))
            yield DatePlan(
                key=f"d{number:05d}",
                kind=kind,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(minutes=length),
                room=room,
                led_by=led_by,
                seats=seats,
                planned_at=moment(current - timedelta(days=PLANNED_AHEAD), 9 * 60),
                language=language,
            )
        current += timedelta(days=1)


def _of_day(day: date) -> Iterator[tuple[str, str, int, str, str, int | None, str]]:
    if not working(day):
        return
    for kind, weekdays, begin, length, room, led_by, seats, language in WEEKLY:
        if day.weekday() in weekdays:
            yield kind, begin, length, room, led_by, seats, language
    for coach, weekdays, begins in COACHING:
        if day.weekday() in weekdays:
            for begin in begins:
                yield "coaching", begin, 60, "Osterode 108" if coach != "coach-schwalbe" else "Osterode 112", coach, 1, "de"


class Calendar:
    """Who sits where: finds the next free seat and keeps the count."""

    def __init__(self, plans: list[DatePlan]) -> None:
        self.by_kind: dict[str, list[DatePlan]] = {}
        for plan in plans:
            self.by_kind.setdefault(plan.kind, []).append(plan)
        for found in self.by_kind.values():
            found.sort(key=lambda plan: (plan.starts_at, plan.key))
        self.starts = {kind: [plan.starts_at for plan in found] for kind, found in self.by_kind.items()}
        self.busy: dict[str, list[DatePlan]] = {}

    def next(
        self, way: str, kind: str, after: datetime, *, language: str = "", room: str = "", within: int = 12, led_by: str = ""
    ) -> DatePlan | None:
        """The first date of a kind after a moment with a free seat at which the person has nothing else; None if full."""
        until = after + timedelta(days=within)
        plans = self.by_kind.get(kind, [])
        for plan in plans[bisect_right(self.starts.get(kind, []), after) :]:
            if plan.starts_at > until:
                return None
            if (language and plan.language != language) or (room and plan.room != room) or (led_by and plan.led_by != led_by):
                continue
            if plan.seats is not None and len(plan.taken) >= plan.seats:
                continue
            if any(plan.starts_at < held.ends_at and held.starts_at < plan.ends_at for held in self.busy.get(way, [])):
                continue
            return plan
        return None

    def take(self, way: str, plan: DatePlan) -> None:
        """Hold a seat."""
        plan.taken.add(way)
        self.busy.setdefault(way, []).append(plan)
