"""Finding people by spelling, sound and birth date; order of lists."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hilfefrei.core import names
from hilfefrei.core.names import Band, Who, score

BIRTH = date(1992, 4, 12)
JANA = Who("Silberdistel", "Jana", BIRTH, "Herzberg")


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Müller", "mueller"),
        ("MUELLER", "mueller"),
        ("Mu\u0308ller", "mueller"),
        ("Weiß", "weiss"),
        ("Éva-María  de la Cruz", "eva maria de la cruz"),
        ("O’Brien", "obrien"),
        ("O'Brien", "obrien"),
        ("İĞDIR", "igdir"),
        ("Łódź", "lodz"),
        ("𝑯µ ﬁﬀ ǅ", "hμ fiff dz"),
        ("  ", ""),
        ("Шевченко", "шевченко"),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert names.fold(text) == folded


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing(text: str) -> None:
    once = names.fold(text)
    assert names.fold(once) == once
    assert once == once.strip()
    assert "  " not in once


def test_lists_are_in_the_order_of_telephone_books() -> None:
    people = [
        ("Müller", "Anna"),
        ("Mueller", "Bert"),
        ("Muller", "Zoe"),
        ("Müller-Berg", "Ada"),
        ("Ähre", "Ina"),
        ("Zander", "Uli"),
        ("Adler", "Jo"),
    ]
    ordered = sorted(people, key=lambda p: names.sort_name(*p))
    assert [f"{f} {g}" for f, g in ordered] == [
        "Adler Jo",
        "Ähre Ina",
        "Müller Anna",
        "Mueller Bert",
        "Müller-Berg Ada",
        "Muller Zoe",
        "Zander Uli",
    ]


def test_sound_is_the_same_for_spellings_of_one_name() -> None:
    assert names.sound("Meier") == names.sound("Mayr") == names.sound("Maier") == "67"
    assert names.sound("Müller-Lüdenscheidt") == "657 52682"
    assert names.sound("123 ---") == ""
    assert names.sound("") == ""


def test_search_line_and_typed_names() -> None:
    assert names.search_name("Silberdistel", "", "Jana-Éva") == "silberdistel jana eva"
    assert names.split_name("Silberdistel, Jana") == ("Silberdistel", "Jana")
    assert names.split_name("Jana Maria Silberdistel") == ("Silberdistel", "Jana Maria")
    assert names.split_name("  ") == ("", "")


@pytest.mark.parametrize(
    ("stored", "band", "reasons"),
    [
        (JANA, Band.EXACT, ("Geburtsdatum gleich", "Nachname gleich", "Vorname gleich", "Ort gleich")),
        (
            Who("Silberdistl", "Jana", BIRTH),
            Band.GOOD,
            ("Geburtsdatum gleich", "Nachname klingt gleich, ein Buchstabe anders", "Vorname gleich"),
        ),
        (
            Who("Silberdistl", "Jana", date(1996, 9, 3), "Northeim"),
            Band.LITTLE,
            ("Geburtsdatum anders", "Nachname klingt gleich, ein Buchstabe anders", "Vorname gleich", "Ort anders"),
        ),
        (
            Who("Silberdistel", "Jana", date(1961, 11, 2)),
            Band.NAME_ONLY,
            ("Geburtsdatum anders", "Nachname gleich", "Vorname gleich"),
        ),
        (Who("Ahorn", "Jana", BIRTH), Band.GOOD, ("Geburtsdatum gleich", "Nachname anders", "Vorname gleich")),
        (
            Who("Ahorn", "Jana", BIRTH, former=("Silberdistel",)),
            Band.EXACT,
            ("Geburtsdatum gleich", "Früherer Name gleich", "Vorname gleich"),
        ),
        (
            Who("Jana", "Silberdistel", BIRTH),
            Band.EXACT,
            ("Vor- und Nachname vertauscht", "Geburtsdatum gleich", "Nachname gleich", "Vorname gleich"),
        ),
        (
            Who("Silberdistel", "Jana", date(1992, 12, 4)),
            Band.GOOD,
            ("Geburtsdatum: Tag und Monat vertauscht", "Nachname gleich", "Vorname gleich"),
        ),
        (
            Who("Silberdistel", "Jana", date(1992, 4, 13)),
            Band.GOOD,
            ("Geburtsdatum: eine Ziffer anders", "Nachname gleich", "Vorname gleich"),
        ),
        (
            Who("Silberdistel-Ahorn", "Jana", BIRTH),
            Band.GOOD,
            ("Geburtsdatum gleich", "Nachname: ein Teil gleich", "Vorname gleich"),
        ),
        (Who("Buche", "Ina", date(1950, 1, 1)), Band.LITTLE, ("Geburtsdatum anders", "Nachname anders", "Vorname anders")),
    ],
)
def test_bands_and_reasons(stored: Who, band: Band, reasons: tuple[str, ...]) -> None:
    hit = score(JANA, stored)
    assert hit.band == band
    assert hit.reasons == reasons


def test_without_a_birth_date_only_the_name_can_fit() -> None:
    assert score(Who("Müller", "Anna"), Who("Mueller", "Anna", BIRTH)).band == Band.NAME_ONLY
    assert score(Who("Müller", "Anna"), Who("Mueller", "Anna", BIRTH)).points == 85
    assert score(Who("Müller", "Anna", BIRTH), Who("Mueller", "Anna")).band == Band.NAME_ONLY


def test_the_right_person_comes_first_and_strangers_do_not_come() -> None:
    crowd = [
        Who("Buche", "Ina", date(1950, 1, 1)),
        Who("Silberdistl", "Jana", date(1996, 9, 3)),
        Who("Silberdistl", "Jana", BIRTH),
        Who("Silberdistel", "Jana", date(1961, 11, 2)),
        JANA,
    ]
    order = [number for number, _ in names.rank_hits(JANA, crowd)]
    assert order == [4, 2, 3, 1]


WORDS = st.text("abcdefghijklmnopqrstuvwxyzäöüß -", min_size=1, max_size=15).filter(lambda s: names.fold(s) != "")


@given(
    WORDS,
    WORDS,
    st.none() | st.dates(date(1930, 1, 1), date(2026, 1, 1)),
    WORDS,
    WORDS,
    st.none() | st.dates(date(1930, 1, 1), date(2026, 1, 1)),
)
def test_points_stay_within_bounds_and_the_same_person_has_most(
    f: str, g: str, b: date | None, f2: str, g2: str, b2: date | None
) -> None:
    me, other = Who(f, g, b), Who(f2, g2, b2)
    own, foreign = score(me, me), score(me, other)
    assert 0 <= foreign.points <= own.points <= 100
    assert own.points == (100 if b else 85)
    assert foreign.reasons
