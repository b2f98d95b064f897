"""The clocks of an application: states move one way, stop when the thing has happened, and never before."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hilfefrei.core import clocks
from hilfefrei.core.clocks import SEVERITY, Facts, State, application_clocks
from hilfefrei.core.days import BERLIN, berlin_day
from hilfefrei.core.periods import is_working_day


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=BERLIN)


APPLIED = at(2026, 11, 17, 8, 7)  # a Tuesday


def states(facts: Facts, now: datetime) -> dict[str, State]:
    return {clock.rule.key: clock.state for clock in application_clocks(facts, now=now, land="NI")}


def text(facts: Facts, now: datetime, key: str) -> str:
    return next(c.text for c in application_clocks(facts, now=now, land="NI") if c.rule.key == key)


def test_it_works_from_the_first_of_the_month() -> None:
    assert clocks.effect_day(date(2026, 11, 17)) == date(2026, 11, 1)
    effect = application_clocks(Facts(APPLIED), now=APPLIED, land="NI")[0]
    assert (effect.rule.key, effect.due_day, effect.state, effect.running) == ("effect", date(2026, 11, 1), State.OK, False)
    assert effect.text == "Der Antrag wirkt ab So 01.11.2026."


def test_it_works_from_the_first_of_the_berlin_month() -> None:
    just_after_midnight = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)
    assert application_clocks(Facts(just_after_midnight), now=just_after_midnight, land="NI")[0].due_day == date(2026, 7, 1)


def test_confirmation_is_due_after_one_working_day_at_the_same_time() -> None:
    facts = Facts(APPLIED)
    assert states(facts, at(2026, 11, 18, 8, 7))["confirmation"] == State.OK
    assert states(facts, at(2026, 11, 18, 8, 8))["confirmation"] == State.RED
    assert text(facts, at(2026, 11, 18, 9), "confirmation") == "Bestätigung fehlt, fällig war Mi 18.11., 08:07 Uhr."
    friday = Facts(at(2026, 11, 20, 10))
    assert states(friday, at(2026, 11, 22, 12))["confirmation"] == State.OK
    assert states(friday, at(2026, 11, 23, 10, 1))["confirmation"] == State.RED
    assert states(Facts(APPLIED, confirmed_at=at(2026, 11, 25)), at(2026, 12, 1))["confirmation"] == State.OK


def test_a_decision_settles_the_confirmation_without_an_invented_hour() -> None:
    facts = Facts(APPLIED, decided_at=at(2026, 11, 20, 12))
    assert states(facts, at(2026, 11, 20, 9))["confirmation"] == State.OK
    assert text(facts, at(2026, 11, 20, 9), "confirmation") == "Bestätigung des Eingangs: durch die Entscheidung erledigt."
    both = Facts(APPLIED, confirmed_at=at(2026, 11, 17, 9, 4), decided_at=at(2026, 11, 20, 12))
    assert text(both, at(2026, 11, 20, 9), "confirmation") == "Eingang bestätigt am Di 17.11., 09:04 Uhr."


def test_red_is_not_yet_overdue_while_the_answer_to_an_urgent_need_has_time() -> None:
    facts = Facts(APPLIED, urgent_at=at(2026, 11, 17, 8, 18))

    def overdue(now: datetime) -> set[str]:
        return {c.rule.key for c in application_clocks(facts, now=now, land="NI") if c.overdue}

    assert overdue(at(2026, 11, 17, 8, 19)) == set()
    assert overdue(at(2026, 11, 17, 9, 19)) == {"urgent"}
    assert overdue(at(2026, 11, 19)) == {"urgent", "confirmation"}


def test_urgent_need_is_red_from_its_first_minute_and_an_alarm_after_the_hour() -> None:
    facts = Facts(APPLIED, urgent_at=at(2026, 11, 17, 8, 18))
    assert states(facts, at(2026, 11, 17, 8, 18))["urgent"] == State.RED
    assert states(facts, at(2026, 11, 17, 9, 18))["urgent"] == State.RED
    assert states(facts, at(2026, 11, 17, 9, 19))["urgent"] == State.ALARM
    answered = Facts(APPLIED, urgent_at=at(2026, 11, 17, 8, 18), urgent_answered_at=at(2026, 11, 17, 9, 2))
    assert states(answered, at(2026, 11, 18))["urgent"] == State.OK
    assert "urgent" not in states(Facts(APPLIED), APPLIED)


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (at(2026, 12, 8, 23, 59), State.OK),
        (at(2026, 12, 9), State.WARN),  # three weeks are over
        (at(2026, 12, 17, 23, 59), State.WARN),
        (at(2026, 12, 18), State.RED),  # one month is over
        (at(2027, 5, 17, 23, 59), State.RED),
        (at(2027, 5, 18), State.ALARM),  # § 88 SGG
    ],
)
def test_decision(now: datetime, state: State) -> None:
    assert states(Facts(APPLIED), now)["decision"] == state


def test_days_since_are_counted_in_words() -> None:
    assert text(Facts(APPLIED), at(2026, 12, 9), "decision") == "Keine Entscheidung seit 22 Tagen."
    assert "Klage wegen Untätigkeit" in text(Facts(APPLIED), at(2027, 6, 1), "decision")


def test_an_advance_begins_within_a_month_of_the_wish_not_of_the_application() -> None:
    facts = Facts(APPLIED, advance_requested_at=at(2026, 12, 31, 9))
    found = {c.rule.key: c for c in application_clocks(facts, now=at(2027, 1, 31, 12), land="NI")}["advance"]
    assert found.due_day == date(2027, 1, 31)
    assert found.state == State.WARN
    assert states(facts, at(2027, 1, 10))["advance"] == State.OK
    assert states(facts, at(2027, 2, 1))["advance"] == State.RED
    paid = Facts(APPLIED, advance_requested_at=at(2026, 12, 31), advance_paid_at=at(2027, 1, 2))
    assert states(paid, at(2027, 3, 1))["advance"] == State.OK


def test_interest_begins_after_six_whole_calendar_months() -> None:
    assert clocks.interest_from(date(2026, 11, 17)) == date(2027, 6, 1)
    assert clocks.interest_from(date(2026, 11, 30)) == date(2027, 6, 1)
    facts = Facts(APPLIED, complete_on=date(2026, 11, 17))
    assert states(facts, at(2027, 4, 1))["interest"] == State.OK
    assert states(facts, at(2027, 5, 31))["interest"] == State.WARN
    assert states(facts, at(2027, 6, 1))["interest"] == State.ALARM
    decided = Facts(APPLIED, complete_on=date(2026, 11, 17), decided_at=at(2027, 6, 5))
    assert text(decided, at(2027, 7, 1), "interest") == "Für die Zeit ab Di 01.06.2027 fallen Zinsen an."


def test_the_worst_of_all() -> None:
    facts = Facts(APPLIED, urgent_at=APPLIED)
    assert clocks.worst(application_clocks(facts, now=APPLIED, land="NI")) == State.RED
    assert clocks.worst([]) == State.OK


def test_every_rule_names_its_law_and_where_it_was_read() -> None:
    for rule in clocks.RULES.values():
        assert "§" in rule.law
        assert rule.source
    assert {key for key, rule in clocks.RULES.items() if not rule.checked} == {"decision", "advance"}


MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1)).map(lambda m: m.replace(tzinfo=UTC))  # noqa: DTZ001 - made aware on the next word


@st.composite
def some_facts(draw: st.DrawFn) -> Facts:
    applied = draw(MOMENTS)
    later = st.none() | st.timedeltas(timedelta(0), timedelta(days=400)).map(lambda d: applied + d)
    urgent, advance, complete = draw(later), draw(later), draw(later)
    return Facts(
        applied,
        confirmed_at=draw(later),
        urgent_at=urgent,
        urgent_answered_at=draw(later) if urgent else None,
        decided_at=draw(later),
        advance_requested_at=advance,
        advance_paid_at=draw(later) if advance else None,
        complete_on=berlin_day(complete) if complete else None,
    )


@given(some_facts(), MOMENTS, st.timedeltas(timedelta(0), timedelta(days=500)))
def test_a_running_clock_never_gets_better_by_waiting(facts: Facts, now: datetime, wait: timedelta) -> None:
    before = application_clocks(facts, now=now, land="NI")
    after = application_clocks(facts, now=now + wait, land="NI")
    assert [c.rule for c in before] == [c.rule for c in after]
    for one, other in zip(before, after, strict=True):
        assert one.due == other.due
        assert SEVERITY[one.state] <= SEVERITY[other.state]


@given(some_facts(), MOMENTS)
def test_a_stopped_clock_is_quiet_and_red_means_overdue_or_need(facts: Facts, now: datetime) -> None:
    for clock in application_clocks(facts, now=now, land="NI"):
        assert clock.text.endswith(".")
        if not clock.running:
            assert clock.state == State.OK
        if clock.state == State.ALARM or (clock.state == State.RED and clock.rule.key != "urgent"):
            assert now > clock.due


@given(MOMENTS, st.sampled_from(["NI", "BY", "BE"]))
def test_confirmation_falls_on_a_working_day_after_the_application(applied: datetime, land: str) -> None:
    due = clocks.confirmation_due(applied, land)
    assert is_working_day(berlin_day(due), land)
    assert berlin_day(due) > berlin_day(applied)
