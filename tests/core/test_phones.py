"""Telephone numbers: what people type is kept, what is none is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hilfefrei.core.phones import LEAST_DIGITS, parse_phone


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("05522 12345", "05522 12345"),
        ("  05522   12345 ", "05522 12345"),
        ("05522/12345-0", "05522/12345-0"),
        ("+49 (0)5522 12345", "+49 (0)5522 12345"),
        ("0171\u00a039200\u201361", "0171 39200-61"),
        ("110", "110"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_a_number_is_kept_as_typed(typed: str, kept: str) -> None:
    assert parse_phone(typed) == kept


@pytest.mark.parametrize(
    "typed", ["abc", "12", "()", "+", "05522 99999 (Festnetz mit Mann)", "0171 39200 61 abends", "05522+12345", "jana@beispiel.de", "٠١٢٣٤", "1²3³4"]
)
def test_anything_else_is_refused_in_plain_words(typed: str) -> None:
    with pytest.raises(ValueError, match="Bitte nur die Telefonnummer eintragen"):
        parse_phone(typed)


@given(st.text(max_size=30))
def test_what_is_taken_is_a_number_and_stays_the_same(text: str) -> None:
    try:
        kept = parse_phone(text)
    except ValueError:
        return
    assert parse_phone(kept) == kept
    assert not kept or sum(c in "0123456789" for c in kept) >= LEAST_DIGITS
    assert set(kept) <= set("0123456789 +/-()")


@given(st.lists(st.text("0123456789", min_size=1, max_size=5), min_size=1, max_size=5), st.sampled_from([" ", "/", "-"]), st.booleans())
def test_every_number_of_digits_is_taken(parts: list[str], between: str, abroad: bool) -> None:
    typed = "+" * abroad + between.join(parts)
    if sum(map(len, parts)) >= LEAST_DIGITS:
        assert parse_phone(typed) == typed
