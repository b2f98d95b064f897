"""The clocks of an application: when what is due, by which rule, and how it stands at a given moment.

Each rule names its paragraph and where it was read. The clocks run beside the talks of the entrance:
nothing that happens or fails to happen there moves one of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from hilfefrei.core.days import BERLIN, berlin_day, format_day, format_moment
from hilfefrei.core.periods import add_months, first_of_month, working_days_after


class State(StrEnum):
    """How a clock stands; the order of severity is the order here."""

    OK = "ok"
    WARN = "warn"
    RED = "red"
    ALARM = "alarm"


SEVERITY: Final = {state: number for number, state in enumerate(State)}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as data: what it is called, the law behind it, where it was read."""

    key: str
    label: str
    law: str
    source: str
    checked: bool


RULES: Final = {
    rule.key: rule
    for rule in (
        Rule(
            "effect",
            "Antrag wirkt ab",
            "§ 37 Abs. 2 SGB II; § 16 Abs. 2 SGB I",
            "Gesetzestext, Stand August 2026",
            checked=True,
        ),
        Rule(
            "confirmation",
            "Bestätigung durch die Leistungsstelle",
            "§ 16 Abs. 3, § 17 Abs. 1 SGB I",
            "Gesetzestext; die Frist von einem Arbeitstag setzt das Haus selbst",
            checked=True,
        ),
        Rule(
            "urgent",
            "Antwort auf die dringende Meldung",
            "§ 17 Abs. 1 SGB I; § 42 SGB I; § 22 Abs. 8 SGB II",
            "Gesetzestext; die Minuten setzt das Haus selbst",
            checked=True,
        ),
        Rule(
            "decision",
            "Entscheidung über den Antrag",
            "§ 17 Abs. 1 SGB I; § 88 SGG",
            "LSG Nordrhein-Westfalen 18.12.2012, L 7 AS 2012/12 (unter drei Wochen nicht zu beanstanden)",
            checked=False,
        ),
        Rule(
            "advance",
            "Beginn des Vorschusses",
            "§ 42 Abs. 1 SGB I",
            "Gesetzestext; der Kalendermonat ist ab dem Tag des Wunsches gezählt, die frühere Lesart",
            checked=False,
        ),
        Rule(
            "interest",
            "Zinsen beginnen",
            "§ 44 Abs. 1 und 2 SGB I",
            "Gesetzestext: vier vom Hundert, frühestens nach sechs Kalendermonaten ab vollständigem Antrag",
            checked=True,
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Terms a Jobcenter may set tighter; the months of the law are not among them."""

    urgent_minutes: int = 60
    confirmation_working_days: int = 1
    decision_warn_days: int = 21
    decision_red_months: int = 1
    advance_warn_days: int = 7
    interest_warn_days: int = 30


LAWFUL_DECISION_MONTHS: Final = 6
INTEREST_MONTHS: Final = 6
DEFAULT_LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock at one moment.

    Attributes:
        rule: the rule behind it.
        due: the aware moment up to which it is in time; day clocks run to the end of that Berlin day.
        state: ``ok``, ``warn``, ``red`` or ``alarm``; a stopped clock is ``ok``.
        stopped: when what was awaited happened, else None.
        text: one German sentence without names.
    """

    rule: Rule
    due: datetime
    state: State
    stopped: datetime | None
    text: str

    @property
    def due_day(self) -> date:
        """The Berlin day of ``due``."""
        return berlin_day(self.due)

    @property
    def overdue(self) -> bool:
        """Whether what it waits for should have come by now; an urgent report is red before that."""
        red = self.state == State.RED and self.rule.key != "urgent"
        return red or self.state == State.ALARM

    @property
    def running(self) -> bool:
        """Whether it still waits for something."""
        return self.stopped is None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one application. All moments are aware.

    Attributes:
        applied_at: the wish for money, whoever took it down and whenever.
        confirmed_at: benefits confirmed that they have it.
        urgent_at: an urgent need was reported to benefits.
        urgent_answered_at: benefits answered that report.
        decided_at: the closing outcome.
        advance_requested_at: the wish for an advance.
        advance_paid_at: the first payment of the advance.
        complete_on: day from which the application was complete.
    """

    applied_at: datetime
    confirmed_at: datetime | None = None
    urgent_at: datetime | None = None
    urgent_answered_at: datetime | None = None
    decided_at: datetime | None = None
    advance_requested_at: datetime | None = None
    advance_paid_at: datetime | None = None
    complete_on: date | None = None


def effect_day(applied_on: date) -> date:
    """Return the first of the month of the application (§ 37 (2) sentence 2 SGB II)."""
    return first_of_month(applied_on)


def confirmation_due(applied_at: datetime, land: str, limits: Limits = DEFAULT_LIMITS) -> datetime:
    """Return the same time of day on the next working day."""
    day = working_days_after(berlin_day(applied_at), limits.confirmation_working_days, land)
    return datetime.combine(day, applied_at.astimezone(BERLIN).time(), BERLIN)


def urgent_due(urgent_at: datetime, limits: Limits = DEFAULT_LIMITS) -> datetime:
    """Return the moment until which benefits should have answered an urgent report."""
    return (urgent_at + timedelta(minutes=limits.urgent_minutes)).astimezone(BERLIN)


def advance_due(requested_on: date) -> date:
    """Return the last day on which an advance may begin: one month after the request (§ 42 (1) SGB I)."""
    return add_months(requested_on, 1)


def interest_from(complete_on: date) -> date:
    """Return the first day that can bear interest: six calendar months have passed (§ 44 (2) SGB I)."""
    return add_months(first_of_month(complete_on), INTEREST_MONTHS + 1)


def application_clocks(
    facts: Facts, *, now: datetime, land: str, limits: Limits = DEFAULT_LIMITS
) -> tuple[Clock, ...]:
    """Return the clocks that apply to one application, the fixed effect day first.

    Args:
        facts: what is known of the application.
        now: the aware moment at which the state is asked.
        land: code of the Land, for working days.
        limits: terms set by the Jobcenter.

    Raises:
        ValueError: a moment without time zone, or an unknown Land.
    """
    clocks = [_effect(facts), _confirmation(facts, now, land, limits)]
    if facts.urgent_at:
        clocks.append(_urgent(facts.urgent_at, facts.urgent_answered_at, now, limits))
    clocks.append(_decision(facts, now, limits))
    if facts.advance_requested_at:
        clocks.append(_advance(facts.advance_requested_at, facts.advance_paid_at, now, limits))
    if facts.complete_on:
        clocks.append(_interest(facts.complete_on, facts.decided_at, now, limits))
    return tuple(clocks)


def worst(clocks: Iterable[Clock]) -> State:
    """Return the gravest state among the clocks, ``ok`` where there is none."""
    return max((clock.state for clock in clocks), key=SEVERITY.__getitem__, default=State.OK)


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), BERLIN)


def _effect(facts: Facts) -> Clock:
    start = effect_day(berlin_day(facts.applied_at))
    begin = datetime.combine(start, time(), BERLIN)
    return Clock(
        RULES["effect"], begin, State.OK, begin, f"Der Antrag wirkt ab {format_day(start, year=True)}."
    )


def _confirmation(facts: Facts, now: datetime, land: str, limits: Limits) -> Clock:
    rule, due = RULES["confirmation"], confirmation_due(facts.applied_at, land, limits)
    if facts.confirmed_at:
        text = f"Eingang bestätigt am {format_moment(facts.confirmed_at)} Uhr."
        return Clock(rule, due, State.OK, facts.confirmed_at, text)
    if facts.decided_at:
        # A decision shows better than any confirmation that the application has arrived; it knows a day and no hour.
        return Clock(rule, due, State.OK, facts.decided_at, "Bestätigung des Eingangs: durch die Entscheidung erledigt.")
    if now > due:
        return Clock(rule, due, State.RED, None, f"Bestätigung fehlt, fällig war {format_moment(due)} Uhr.")
    return Clock(rule, due, State.OK, None, f"Bestätigung erwartet bis {format_moment(due)} Uhr.")


def _urgent(reported: datetime, answered: datetime | None, now: datetime, limits: Limits) -> Clock:
    rule, due = RULES["urgent"], urgent_due(reported, limits)
    if answered:
        return Clock(rule, due, State.OK, answered, f"Antwort da am {format_moment(answered)} Uhr.")
    if now > due:
        return Clock(rule, due, State.ALARM, None, f"Antwort fehlt, fällig war {format_moment(due)} Uhr.")
    # Need is red from its first minute: it is seen until somebody has answered.
    return Clock(rule, due, State.RED, None, f"Dringend gemeldet, Antwort bis {format_moment(due)} Uhr.")


def _decision(facts: Facts, now: datetime, limits: Limits) -> Clock:
    rule, applied, today = RULES["decision"], berlin_day(facts.applied_at), berlin_day(now)
    warn = applied + timedelta(days=limits.decision_warn_days)
    red = add_months(applied, limits.decision_red_months)
    alarm = add_months(applied, LAWFUL_DECISION_MONTHS)
    if facts.decided_at:
        text = f"Entschieden am {format_day(berlin_day(facts.decided_at), year=True)}."
        return Clock(rule, _end_of(red), State.OK, facts.decided_at, text)
    days = (today - applied).days
    since = "seit einem Tag" if days == 1 else f"seit {days} Tagen"
    if today > alarm:
        text = "Seit über sechs Monaten keine Entscheidung. Eine Klage wegen Untätigkeit ist möglich."
        return Clock(rule, _end_of(red), State.ALARM, None, text)
    if today > red:
        return Clock(rule, _end_of(red), State.RED, None, f"Keine Entscheidung {since}.")
    if today > warn:
        return Clock(rule, _end_of(red), State.WARN, None, f"Keine Entscheidung {since}.")
    return Clock(
        rule, _end_of(red), State.OK, None, f"Entscheidung erwartet bis {format_day(warn, year=True)}."
    )


def _advance(requested: datetime, paid: datetime | None, now: datetime, limits: Limits) -> Clock:
    rule, day, today = RULES["advance"], advance_due(berlin_day(requested)), berlin_day(now)
    due = _end_of(day)
    if paid:
        text = f"Vorschuss begonnen am {format_day(berlin_day(paid), year=True)}."
        return Clock(rule, due, State.OK, paid, text)
    if today > day:
        return Clock(rule, due, State.RED, None, f"Vorschuss fehlt, fällig war {format_day(day, year=True)}.")
    state = State.WARN if (day - today).days < limits.advance_warn_days else State.OK
    return Clock(rule, due, state, None, f"Vorschuss beginnt spätestens {format_day(day, year=True)}.")


def _interest(complete: date, decided: datetime | None, now: datetime, limits: Limits) -> Clock:
    rule, day, today = RULES["interest"], interest_from(complete), berlin_day(now)
    due = _end_of(day - timedelta(days=1))
    if decided:
        late = berlin_day(decided) >= day
        text = f"Für die Zeit ab {format_day(day, year=True)} fallen Zinsen an." if late else "Keine Zinsen."
        return Clock(rule, due, State.OK, decided, text)
    if today >= day:
        return Clock(rule, due, State.ALARM, None, f"Zinsen laufen seit {format_day(day, year=True)}.")
    state = State.WARN if (day - today).days <= limits.interest_warn_days else State.OK
    return Clock(rule, due, state, None, f"Zinsen beginnen am {format_day(day, year=True)}.")
