"""Names of occupations: spellings, stems, likeness."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hilfefrei.core.matching import occupations
from hilfefrei.core.matching.index import StemIndex
from hilfefrei.core.matching.occupations import likeness, normal_name, stems, words_of
from hilfefrei.core.matching.rank import LEAST_LIKENESS


@pytest.mark.parametrize(
    "text",
    [
        "Verkäufer",
        "Verkäuferin",
        "Verkäufer/in",
        "Verkäufer/-in",
        "Verkäufer*in",
        "Verkäufer:in",
        "Verkäufer_in",
        "VerkäuferIn",
        "Verkäufer(in)",
        "Verkäufer (m/w/d)",
        "Verkäufer/in (w/m/d)",
        "Verkäufer m/w/d",
        "VERKÄUFER (mwd)",
        "Verkaeufer (all genders)",
    ],
)
def test_one_name_in_many_spellings(text: str) -> None:
    assert normal_name(text) == "verkaeufer"


def test_what_a_name_rules_out_does_not_count() -> None:
    assert stems("Auslieferungsfahrer/in (nicht Verkaufsfahrer/in)") == ("auslieferungsfahr",)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Reinigungskraft", "Helfer/in - Reinigung"),
        ("Lagerhelfer", "Lagermitarbeiterin (m/w/d)"),
        ("Küchenhilfe", "Küchenhelfer/in"),
        ("Verkauf", "Verkäuferin"),
        ("Fachverkäufer", "Verkäufer/in"),
        ("Altenpflegehelferin", "Altenpfleger (m/w/d)"),
        ("Kauffrau", "Kaufmann"),
    ],
)
def test_same_stem(one: str, other: str) -> None:
    assert stems(one) == stems(other) != ()


@pytest.mark.parametrize("text", ["Helfer (m/w/d)", "Mitarbeiter gesucht", "Aushilfe / Minijob", "", "123 - 45", "(m/w/d)"])
def test_words_that_say_nothing_have_no_stem(text: str) -> None:
    assert stems(text) == ()


@pytest.mark.parametrize(
    ("asked", "occupation", "title", "low", "high"),
    [
        ("Verkäuferin", "Verkäufer/in", "Aushilfe gesucht", 1, 1),
        ("Verkauf", "Verkäufer/in", "Verkäufer", 0.9, 0.95),
        ("Verkäuferin", "", "Bäckereifachverkäufer (m/w/d)", 0.8, 0.9),
        ("Bäckereifachverkäuferin", "Verkäufer/in", "", 0.5, 0.6),
        ("Staplerfahrer", "", "Fahrer mit Hausmeistertätigkeiten", 0.3, 0.6),
        ("Kassiererin", "Verkäufer/in", "", 0.5, 0.6),
        ("Reinigungskraft", "", "Raumpflegerin", 0.5, 0.6),
        ("Verkäuferin", "", "Verkaufsleiter (m/w/d)", 0, 0.34),
        ("Lagerhelfer", "", "Teamleitung Lager", 0, 0.45),
        ("Verkäuferin", "", "Ausbildung Verkäufer (m/w/d)", 0.3, 0.5),
        ("Tischler", "Helfer/in - Reinigung", "Reinigungskraft", 0, 0),
        ("Schlosser", "", "Schloserei Helfer", 0, 0.95),
        ("Erzieherin", "Maler/in", "Maler", 0, 0),
        ("Maler", "", "Mahler", 0, 0),
    ],
)
def test_likeness(asked: str, occupation: str, title: str, low: float, high: float) -> None:
    assert low <= likeness(asked, words_of(occupation, title)) <= high


def test_one_wrong_letter_in_a_long_word_is_forgiven() -> None:
    assert occupations.stem_strength("verkeuf", "verkauf") == occupations.TYPO_MATCH
    assert likeness("Bäkereiverkäufer", words_of("", "Bäckereiverkäufer")) > 0.7


def test_levels() -> None:
    assert occupations.is_upper_level("Teamleiter Verkauf")
    assert occupations.is_upper_level("Ingenieurin")
    assert not occupations.is_upper_level("Hausmeister")
    assert not occupations.is_upper_level("Schulbegleitung")
    assert not occupations.is_upper_level("Alltagsbegleiterin")
    assert occupations.is_training("Ausbildung zur Verkäuferin")
    assert occupations.is_training("Azubi (m/w/d) Koch")
    assert not occupations.is_training("Köchin mit abgeschlossener Ausbildung")
    assert not occupations.is_training("Pflegekraft ohne Ausbildung")


@pytest.mark.parametrize(
    ("title", "licence"),
    [
        ("LKW-Fahrer C/CE (m/w/d)", "C"),
        ("Berufskraftfahrer (m/w/d)", "C"),
        ("Busfahrer", "D"),
        ("Auslieferungsfahrer/in", "B"),
        ("Fahrer (m/w/d)", "B"),
        ("Krankenwagenfahrer (m/w/d)", "B"),
        ("Sanitäter / Fahrer Krankentransport", "B"),
        ("Lagermitarbeiter mit Führerschein (m/w/d)", "B"),
        ("Lagerhelfer ohne Führerschein", None),
        ("Fahrer:in Betonfahrmischer", "C"),
        ("Kurierfahrer PKW oder Fahrrad", None),
        ("Kranfahrer", None),
        ("Mitfahrer", None),
        ("Fahrradkurier", None),
        ("Gabelstaplerfahrer/in", None),
        ("Beifahrer", None),
        ("Lokführer", None),
        ("Ausbildung Berufskraftfahrer", None),
        ("Verkäufer", None),
    ],
)
def test_driving_licence_by_the_headline(title: str, licence: str | None) -> None:
    assert occupations.licence_from("", title) == licence


def test_usual_strain() -> None:
    assert occupations.typical("heavy", "Lagerhelfer/in", "")
    assert occupations.typical("heavy", "", "Umzugshelfer (m/w/d)")
    assert occupations.typical("standing", "Verkäufer/in", "")
    assert not occupations.typical("heavy", "Bürokraft", "")
    with pytest.raises(KeyError):
        occupations.typical("loud", "", "")


NAMES = [
    "Verkäufer/in",
    "Verkauf",
    "Bäckereifachverkäuferin",
    "Verkaufsfahrer",
    "Reinigungskraft",
    "Gebäudereiniger/in",
    "Raumpflege",
    "Lagerhelfer",
    "Lagerlogistik",
    "Fachkraft - Lagerlogistik",
    "Küchenhilfe",
    "Koch",
    "Beikoch",
    "Schlosser",
    "Bauschlosser",
    "Pflegehelfer",
    "Altenpflege",
    "Fahrer",
    "Kraftfahrer",
    "Filialleitung Verkauf",
    "Azubi Verkauf",
    "Betreuungskraft",
]
WORD = st.sampled_from(NAMES) | st.text("abcdefghiklmnorstuäöü", min_size=1, max_size=12)
NAME = st.lists(WORD, max_size=3).map(" ".join)


@given(NAME, NAME, NAME)
def test_likeness_lies_between_nothing_and_the_same(asked: str, occupation: str, title: str) -> None:
    found = likeness(asked, words_of(occupation, title))
    assert 0 <= found <= 1
    if normal_name(asked):
        assert likeness(asked, words_of(asked, title)) == 1


@given(
    st.lists(st.text("abcdefghiklmnorstu", min_size=3, max_size=12), max_size=30),
    st.text("abcdefghiklmnorstu", min_size=3, max_size=12),
)
def test_the_index_finds_what_comparing_with_all_finds(stock: list[str], asked: str) -> None:
    index = StemIndex(stock)
    slow = {(stem, strength) for stem in set(stock) if (strength := occupations.stem_strength(asked, stem)) > 0}
    assert set(index.near(asked)) == slow
    assert index.near(asked) == index.near(asked)


@given(
    st.sampled_from(["verkauf", "lagerlogistik", "reinig", "backereifachverkauf"]),
    st.integers(0, 20),
    st.sampled_from("abcxyz"),
    st.sampled_from(["replace", "insert", "delete", "swap"]),
)
def test_the_index_finds_words_with_one_wrong_letter(stem: str, place: int, letter: str, how: str) -> None:
    i = place % len(stem)
    typed = {
        "replace": stem[:i] + letter + stem[i + 1 :],
        "insert": stem[:i] + letter + stem[i:],
        "delete": stem[:i] + stem[i + 1 :],
        "swap": stem[:i] + stem[i : i + 2][::-1] + stem[i + 2 :],
    }[how]
    index = StemIndex([stem, "fahr", "koch"])
    assert dict(index.near(typed)).get(stem, 0.0) == occupations.stem_strength(typed, stem)


@pytest.mark.parametrize(
    ("asked", "occupation", "title", "near"),
    [
        # Seen with real advertisements: another trade that shares a part of a word, a place or a branch.
        ("Pflegehelferin", "Helfer/in - Reinigung", "Raumpfleger (m/w/d)", False),
        ("Pflegehelferin", "Gebäudereiniger/in", "Reinigungskraft - Pflegeheim", False),
        ("Bürokauffrau", "Kaufmann/-frau - Spedition und Logistikdienstleistung", "Disponent (m/w/d)", False),
        ("Sachbearbeiterin", "Gebäudereiniger/in", "Reinigungskraft Teilzeit Büro Berlin (m/w/d)", False),
        ("Kfz", "Gabelstaplerfahrer/in", "Gabelstaplerfahrer m/w/d - Direktkunde - Kfz-Zubehör", False),
        # The same shapes where it is the work.
        ("Reinigungskraft", "Helfer/in - Reinigung", "Raumpfleger (m/w/d)", True),
        ("Pflegehelferin", "Helfer/in - Altenpflege", "Pflegehelfer im Pflegeheim", True),
        ("Bürokauffrau", "", "Mitarbeiter - Büro", True),
        ("Verkäuferin", "Verkäufer/in", "Aushilfe - Verkauf", True),
        ("Kommissionierer", "Lagerhelfer/in", "Lagerhelfer / Kommissionierer", True),
        ("Kaufmann", "Kaufmann/-frau - Einzelhandel", "Kaufmann im Einzelhandel", True),
    ],
)
def test_a_place_or_a_branch_is_not_the_work(asked: str, occupation: str, title: str, near: bool) -> None:
    assert (likeness(asked, words_of(occupation, title)) >= LEAST_LIKENESS) is near
