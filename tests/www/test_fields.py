"""What people type comes back as they meant it, and what a field shows is read as the same value again."""

from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django import forms
from hypothesis import given
from hypothesis import strategies as st

from hilfefrei.core import clock
from hilfefrei.www.fields import EuroField, GermanDateField, GermanTimeField, HoursField

ALL: list[type[forms.Field]] = [EuroField, GermanDateField, GermanTimeField, HoursField]


def again(field: forms.Field, value: Any) -> Any:
    """What is read from what the field shows."""
    return field.clean(field.prepare_value(value))


@given(st.integers(0, 10_000_000_00))
def test_money_round_trip(cents: int) -> None:
    assert again(EuroField(), cents) == cents


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)))
def test_day_round_trip(day: date) -> None:
    assert again(GermanDateField(), day) == day


@given(st.times().map(lambda t: t.replace(second=0, microsecond=0)))
def test_time_round_trip(moment: time) -> None:
    assert again(GermanTimeField(), moment) == moment


@given(st.integers(5, 600).map(lambda tenths: Decimal(tenths) / 10))
def test_hours_round_trip(hours: Decimal) -> None:
    assert again(HoursField(), hours) == hours


@given(st.sampled_from(ALL), st.text(max_size=60))
def test_no_text_breaks_a_field(kind: type[forms.Field], text: str) -> None:
    """A value or a sentence, never a crash; what is read can be shown and read again."""
    field = kind()
    try:
        value = field.clean(text)
    except forms.ValidationError:
        return
    assert value is None or again(field, value) == value


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (EuroField(), "1.500", 150_000),
        (EuroField(), "598,5", 59_850),
        (EuroField(), " 598 € ", 59_800),
        (GermanDateField(), "1.4.92", date(1992, 4, 1)),
        (GermanDateField(birth=True), "01041992", date(1992, 4, 1)),
        (GermanTimeField(), "0807", time(8, 7)),
        (GermanTimeField(), "8", time(8)),
        (HoursField(), "19,5", Decimal("19.5")),
        (HoursField(), "20 Std.", Decimal(20)),
        (HoursField(), "38.5", Decimal("38.5")),
    ],
)
def test_as_people_type(field: forms.Field, text: str, value: object) -> None:
    assert field.clean(text) == value


@pytest.mark.parametrize(
    ("field", "text"),
    [
        (EuroField(), "viel"),
        (EuroField(), "9" * 40),
        (GermanDateField(), "31.02.2026"),
        (GermanTimeField(), "25:00"),
        (HoursField(), "NaN"),
        (HoursField(), "1e1"),
        (HoursField(), "-5"),
        (HoursField(), "0"),
        (HoursField(), "61"),
        (HoursField(), "19,25"),
        (HoursField(required=True), ""),
        (EuroField(required=True), ""),
    ],
)
def test_what_cannot_be_meant_is_refused(field: forms.Field, text: str) -> None:
    with pytest.raises(forms.ValidationError):
        field.clean(text)


@pytest.mark.parametrize("kind", ALL)
def test_empty_is_nothing_where_nothing_is_asked(kind: type[forms.Field]) -> None:
    assert kind().clean("") is None


def test_no_birth_tomorrow_and_no_such_day_in_the_future() -> None:
    tomorrow = f"{clock.today() + timedelta(days=1):%d.%m.%Y}"
    assert GermanDateField().clean(tomorrow) == clock.today() + timedelta(days=1)
    for field in (GermanDateField(birth=True), GermanDateField(not_future=True)):
        with pytest.raises(forms.ValidationError):
            field.clean(tomorrow)
