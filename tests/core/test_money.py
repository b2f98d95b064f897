"""Reading and writing euros."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hilfefrei.core.money import DEFAULT_LIMIT, format_euro, format_input, group_thousands, parse_euro


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("1.500", 150000),
        ("1.500,00", 150000),
        ("598", 59800),
        ("598,5", 59850),
        ("598,05", 59805),
        ("1500.00", 150000),
        ("1.50", 150),
        ("12.5", 1250),
        ("1.234.567,89", 123456789),
        ("598,-", 59800),
        ("598,–", 59800),
        (" 1 500,00 € ", 150000),
        ("1\u00a0500 EUR", 150000),
        ("40 Euro", 4000),
        ("0", 0),
        ("0,00", 0),
        ("007", 700),
    ],
)
def test_what_people_type(text: str, cents: int) -> None:
    assert parse_euro(text) == cents


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "fehlt ein Betrag"),
        ("€", "fehlt ein Betrag"),
        ("-", "kein Betrag"),
        ("viel", "kein Betrag"),
        ("1,500", "Meinen Sie 1,50 € oder 1.500 €?"),
        ("1.5000", "lesen wir nicht"),
        ("12.34.567", "lesen wir nicht"),
        ("1,234.56", "lesen wir nicht"),
        ("1e5", "lesen wir nicht"),
        ("１２", "lesen wir nicht"),
        ("-5", "nicht unter null"),
        ("−5", "nicht unter null"),
        ("10.000.000,01", "höchstens 10.000.000 €"),
        ("9" * 500, "höchstens"),
        ("<script>alert(1)</script>", "lesen wir nicht"),
    ],
)
def test_what_is_refused_with_a_plain_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence.replace("?", r"\?").replace(".", r"\.")):
        parse_euro(text)


def test_below_zero_only_where_it_is_allowed() -> None:
    assert parse_euro("−12,50", negative=True) == parse_euro("-12,50", negative=True) == -1250
    assert parse_euro("-0", negative=False) == 0


@given(st.integers(-DEFAULT_LIMIT, DEFAULT_LIMIT))
def test_what_is_written_is_read_back(cents: int) -> None:
    assert parse_euro(format_euro(cents), negative=True) == cents
    assert parse_euro(format_input(cents), negative=True) == cents


@given(st.integers(0, DEFAULT_LIMIT))
def test_machine_numbers_are_read_with_their_point(cents: int) -> None:
    assert parse_euro(f"{cents // 100}.{cents % 100:02d}") == cents


@given(st.text(max_size=30))
def test_anything_else_is_a_number_or_a_plain_refusal(text: str) -> None:
    try:
        assert 0 <= parse_euro(text) <= DEFAULT_LIMIT
    except ValueError as error:
        assert str(error).endswith((".", "?"))  # noqa: PT017 - either is right


@pytest.mark.parametrize(
    ("cents", "exact", "whole"),
    [
        (123456, "1.234,56 €", "1.235 €"),
        (-80, "−0,80 €", "−1 €"),
        (-40, "−0,40 €", "0 €"),
        (0, "0,00 €", "0 €"),
        (50, "0,50 €", "1 €"),
        (100000000, "1.000.000,00 €", "1.000.000 €"),
    ],
)
def test_how_it_is_written(cents: int, exact: str, whole: str) -> None:
    assert format_euro(cents) == exact
    assert format_euro(cents, whole=True) == whole


def test_whole_numbers_with_points_and_a_true_minus() -> None:
    assert group_thousands(20134) == "20.134"
    assert group_thousands(-1234567) == "−1.234.567"
