"""Dates and times as they are typed and shown."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hilfefrei.core import days
from hilfefrei.core.periods import add_months, age_on

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    "text",
    [
        "1.4.92",
        "01.04.92",
        "010492",
        "01041992",
        "1.4.1992",
        "1992-04-01",
        "1. April 1992",
        "1 April 1992",
        "1.Apr.92",
        "1/4/1992",
        "1-4-1992",
        " 1.4.1992 ",
    ],
)
def test_one_birth_date_in_many_spellings(text: str) -> None:
    assert days.parse_german_date(text, today=TODAY, birth=True) == date(1992, 4, 1)


def test_two_digits_of_a_birth_year_are_never_ahead() -> None:
    assert days.parse_german_date("24.11.26", today=TODAY, birth=True) == TODAY
    assert days.parse_german_date("25.11.26", today=TODAY, birth=True) == date(1926, 11, 25)
    assert days.parse_german_date("1.1.27", today=TODAY, birth=True) == date(1927, 1, 1)


def test_two_digits_of_another_year_may_lie_a_little_ahead() -> None:
    assert days.parse_german_date("31.12.27", today=TODAY) == date(2027, 12, 31)
    assert days.parse_german_date("31.12.36", today=TODAY) == date(2036, 12, 31)
    assert days.parse_german_date("31.12.37", today=TODAY) == date(1937, 12, 31)


def test_a_day_without_its_year_is_the_nearest() -> None:
    assert days.parse_german_date("19.11.", today=TODAY) == date(2026, 11, 19)
    assert days.parse_german_date("3.1.", today=TODAY) == date(2027, 1, 3)
    assert days.parse_german_date("Do 19.11.", today=TODAY) == date(2026, 11, 19)
    assert days.parse_german_date("20.12", today=date(2027, 1, 5)) == date(2026, 12, 20)
    assert days.parse_german_date("29.2.", today=date(2027, 11, 1)) == date(2028, 2, 29)
    with pytest.raises(ValueError, match="lesen wir nicht"):
        days.parse_german_date("19.11.", today=TODAY, birth=True)


@pytest.mark.parametrize(
    ("text", "birth", "sentence"),
    [
        ("31.2.1990", False, "Den 31. Februar gibt es nicht. Bitte prüfen Sie Tag und Monat."),
        ("29.2.1991", True, "Den 29. Februar 1991 gibt es nicht. Bitte prüfen Sie Tag und Monat."),
        ("31.4.2026", False, "Den 31. April gibt es nicht. Bitte prüfen Sie Tag und Monat."),
        ("0.4.2026", False, "Den 0. April gibt es nicht. Bitte prüfen Sie Tag und Monat."),
        ("1.13.2026", False, "Den Monat 13 gibt es nicht. Bitte prüfen Sie Tag und Monat."),
        ("25.11.2026", True, "Dieser Geburtstag liegt in der Zukunft. Bitte prüfen Sie das Jahr."),
        ("1.1.1900", True, "Dieser Geburtstag liegt mehr als 115 Jahre zurück. Bitte prüfen Sie das Jahr."),
        ("1.1.0092", True, "Das Jahr 92 passt hier nicht. Bitte prüfen Sie das Jahr."),
        ("1.1.9999", False, "Das Jahr 9999 passt hier nicht. Bitte prüfen Sie das Jahr."),
        ("", True, "Hier fehlt ein Tag. Bitte schreiben Sie ihn so: 1.4.1992."),
        ("gestern", True, "„gestern“ lesen wir nicht als Tag. Bitte schreiben Sie ihn so: 1.4.1992."),
        ("1.4.199", True, "„1.4.199“ lesen wir nicht als Tag. Bitte schreiben Sie ihn so: 1.4.1992."),
        ("١.٤.١٩٩٢", True, "„١.٤.١٩٩٢“ lesen wir nicht als Tag. Bitte schreiben Sie ihn so: 1.4.1992."),
    ],
)
def test_impossible_days_get_a_plain_sentence(text: str, birth: bool, sentence: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the whole sentence is compared
        days.parse_german_date(text, today=TODAY, birth=birth)
    assert str(refused.value) == sentence


BIRTHS = st.dates(add_months(TODAY, -115 * 12), TODAY)


@given(BIRTHS, st.sampled_from(["{d}.{m}.{y}", "{d:02}{m:02}{y}", "{y}-{m:02}-{d:02}", "{d}. {name} {y}", "{d:02}.{m:02}.{y}"]))
def test_every_birth_date_is_read_back_from_every_spelling(birth: date, form: str) -> None:
    text = form.format(d=birth.day, m=birth.month, y=birth.year, name=days.MONTHS[birth.month - 1])
    assert days.parse_german_date(text, today=TODAY, birth=True) == birth


@given(st.dates(date(1900, 1, 1), date(2150, 1, 1)), st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_two_digits_give_the_latest_birth_date_that_is_not_ahead(birth: date, today: date) -> None:
    text = f"{birth.day}.{birth.month}.{birth.year % 100:02d}"
    try:
        found = days.parse_german_date(text, today=today, birth=True)
    except ValueError:
        assert (birth.day, birth.month) == (29, 2)
        return
    assert found <= today
    assert found.year % 100 == birth.year % 100
    assert age_on(found, today) <= 100
    assert (found.year + 100, found.month, found.day) > (today.year, today.month, today.day)


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_what_is_shown_with_its_year_is_read_back(day: date) -> None:
    assert days.parse_german_date(days.format_day(day, year=True), today=TODAY) == day
    assert days.parse_german_date(days.format_long_day(day), today=TODAY) == day
    assert days.parse_german_date(days.format_day(day, year=True, weekday=False), today=TODAY) == day


@given(st.dates(TODAY - timedelta(days=180), TODAY + timedelta(days=180)))
def test_what_is_shown_without_its_year_is_read_back_near_today(day: date) -> None:
    assert days.parse_german_date(days.format_day(day), today=TODAY) == day


@given(st.text(max_size=25), st.booleans())
def test_anything_typed_is_a_day_or_a_plain_refusal(text: str, birth: bool) -> None:
    try:
        found = days.parse_german_date(text, today=TODAY, birth=birth)
    except ValueError as error:
        assert str(error).endswith(".")  # noqa: PT017 - either is right
    else:
        assert isinstance(found, date)
        assert not birth or found <= TODAY


@pytest.mark.parametrize("text", ["8:07", "08:07", "0807", "807", "8.07", "8h07", "8:07 Uhr"])
def test_one_time_in_many_spellings(text: str) -> None:
    assert days.parse_time(text) == time(8, 7)


def test_hours_alone() -> None:
    assert days.parse_time("8") == days.parse_time("8 Uhr") == time(8)
    assert days.parse_time("0") == time(0)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("24:00", "24:00 Uhr gibt es nicht"),
        ("8:60", "8:60 Uhr gibt es nicht"),
        ("", "fehlt eine Uhrzeit"),
        ("früh", "lesen wir nicht als Uhrzeit"),
        ("8:7", "lesen wir nicht"),
    ],
)
def test_impossible_times_get_a_plain_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        days.parse_time(text)


@given(st.times().map(lambda t: t.replace(second=0, microsecond=0)))
def test_times_are_read_back(moment: time) -> None:
    assert days.parse_time(days.format_time(moment)) == moment
    assert days.parse_time(f"{moment:%H%M}") == moment


def test_moments_are_shown_in_berlin() -> None:
    moment = datetime(2026, 11, 19, 9, 30, tzinfo=UTC)
    assert days.format_moment(moment) == "Do 19.11., 10:30"
    assert days.format_moment(moment, year=True) == "Do 19.11.2026, 10:30"
    assert days.format_moment(moment, today=date(2026, 1, 1)) == "Do 19.11., 10:30"
    assert days.format_moment(moment, today=date(2027, 1, 1)) == "Do 19.11.2026, 10:30"
    assert days.format_day(date(2026, 11, 19), weekday=False, today=date(2025, 12, 31)) == "19.11.2026"
    assert days.berlin_day(datetime(2026, 6, 30, 22, 30, tzinfo=UTC)) == date(2026, 7, 1)
    with pytest.raises(ValueError, match="time zone"):
        days.berlin_day(datetime(2026, 6, 30, 22, 30))  # noqa: DTZ001 - that is what is refused


def test_long_days_as_letters_write_them() -> None:
    assert days.format_long_day(date(2026, 11, 17)) == "17. November 2026"
    assert days.format_long_day(date(2026, 12, 1), weekday=True) == "Dienstag, 1. Dezember 2026"


@pytest.mark.parametrize(
    ("wait", "text"),
    [
        (timedelta(hours=25, minutes=27), "25 Std. 27 Min."),
        (timedelta(minutes=12, seconds=59), "12 Min."),
        (timedelta(hours=2), "2 Std."),
        (timedelta(0), "0 Min."),
        (timedelta(seconds=-5), "0 Min."),
        (timedelta(hours=47, minutes=59), "47 Std. 59 Min."),
        (timedelta(days=3, hours=5), "3 Tage"),
    ],
)
def test_waiting(wait: timedelta, text: str) -> None:
    assert days.format_wait(wait) == text
