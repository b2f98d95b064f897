"""Sheets for the paying system as files, and what comes back."""

import contextlib
import csv
import io
from datetime import UTC, date, datetime
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hilfefrei.core.sheets import MAX_BYTES, Sheet, SheetError, kinds, read_confirmations, to_csv, to_xml, told

NOW = datetime(2026, 11, 27, 8, 7, tzinfo=UTC)
FIELDS = [one.name for one in kinds()["antrag"].fields]
TEXT = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"), max_size=40)


def sheet(**values: object) -> Sheet:
    return Sheet("antrag", "antrag-26-00001", {"zeichen": "26-00001", **values}, [{"rolle": "Kind", "vorname": "Finn"}])  # type: ignore[arg-type]  # tests give what they like


@given(st.dictionaries(st.sampled_from(FIELDS), TEXT | st.dates() | st.booleans() | st.integers()))
def test_both_forms_can_be_read_whatever_stands_in_them(values: dict[str, object]) -> None:
    made = Sheet("antrag", "antrag-1", values)  # type: ignore[arg-type]  # a union of all values
    root = ET.fromstring(to_xml(made))
    rows = list(csv.DictReader(io.StringIO(to_csv(made).decode(), newline=""), delimiter=";"))
    assert [row["schluessel"] for row in rows] == ["antrag-1"]
    for name, value in values.items():
        if not isinstance(value, str):
            assert (root.findtext(name) or "") == told(value)
        assert rows[0][name].removeprefix("'") == told(value).removeprefix("'")


def test_people_have_rows_of_their_own() -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(sheet()).decode(), newline=""), delimiter=";"))
    assert [(row["art"], row["vorname"]) for row in rows] == [("antrag", ""), ("person", "Finn")]
    assert [p.findtext("vorname") for p in ET.fromstring(to_xml(sheet())).iter("person")] == ["Finn"]


@pytest.mark.parametrize(("text", "shown"), [("=1+1", "'=1+1"), ("+49 171 39200 11", "+49 171 39200 11"), ("+cmd", "'+cmd"), ("Anna", "Anna")])
def test_no_name_is_a_formula(text: str, shown: str) -> None:
    assert next(csv.DictReader(io.StringIO(to_csv(sheet(nachname=text)).decode(), newline=""), delimiter=";"))["nachname"] == shown


def test_a_field_that_is_not_described_goes_nowhere() -> None:
    with pytest.raises(SheetError):
        sheet(vermittlung="Lager")


@pytest.mark.parametrize("key", ["", "antrag", "../antrag-1", "antrag-1/2", "antrag-" + "1" * 61])
def test_a_key_is_a_safe_name(key: str) -> None:
    with pytest.raises(SheetError):
        Sheet("antrag", key, {})


WAYS = (
    '{"schluessel": "antrag-26-00001", "aktenzeichen": "A1", "eingegangen": "2026-11-27T08:10:00+01:00"}',
    '[{"schluessel": "antrag-26-00001", "aktenzeichen": "A1", "eingegangen": "2026-11-27T08:10:00+01:00"}]',
    "<bestaetigung><schluessel>antrag-26-00001</schluessel><aktenzeichen>A1</aktenzeichen><eingegangen>2026-11-27T08:10:00+01:00</eingegangen></bestaetigung>",
    "Schluessel;Aktenzeichen;Eingegangen\r\nantrag-26-00001;A1;2026-11-27T08:10:00+01:00\r\n",
)


@pytest.mark.parametrize("text", WAYS)
def test_three_forms_say_the_same(text: str) -> None:
    [one] = read_confirmations(text.encode())
    assert (one.key, one.file_number, one.problem) == ("antrag-26-00001", "A1", "")
    assert one.came_at == datetime(2026, 11, 27, 7, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "unreadable"),
        (b'{"schluessel": "antr', "unreadable"),
        (b"<bestaetigung><schl", "unreadable"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><bestaetigung/>', "unreadable"),
        (b"zeichen;az\r\n1;2\r\n", "columns"),
        (b"[1, 2]", "unreadable"),
        (b"x" * (MAX_BYTES + 1), "too_big"),
    ],
)
def test_what_cannot_be_read_is_refused_as_a_whole(content: bytes, code: str) -> None:
    with pytest.raises(SheetError) as caught:
        read_confirmations(content)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ('{"aktenzeichen": "A1"}', "no_key"),
        ('{"schluessel": "../x"}', "key"),
        ('{"schluessel": "antrag-1", "eingegangen": "gestern"}', "moment"),
        ('{"schluessel": "antrag-1", "eingegangen": "2026-11-27T08:10:00"}', "moment"),
        ('{"schluessel": "antrag-1", "aktenzeichen": "A\\u00001"}', "text"),
        ('{"schluessel": "antrag-1", "ergebnis": "\\ud800"}', "text"),
        # Its day in Berlin does not exist.
        ('{"schluessel": "antrag-1", "eingegangen": "0001-01-01T00:00:00+14:00"}', "moment"),
        ('{"schluessel": "antrag-1", "eingegangen": "9999-12-31T23:59:59-12:00"}', "moment"),
    ],
)
def test_a_row_says_what_is_wrong_with_it(row: str, code: str) -> None:
    [one] = read_confirmations(row.encode())
    assert one.code == code
    assert one.problem


@given(st.binary(max_size=200) | TEXT.map(str.encode))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with contextlib.suppress(SheetError):
        assert all(one.key or one.problem for one in read_confirmations(content))


def test_words_of_values() -> None:
    assert [told(v) for v in (None, True, date(2026, 11, 1), NOW, 3)] == ["", "ja", "2026-11-01", "2026-11-27T08:07:00+00:00", "3"]
