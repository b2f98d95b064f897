"""Published figures: long and wide tables, CSV and XLSX, and the rank of one place among others."""

import csv
import io
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hilfefrei.core.comparison import Columns, ComparisonError, Figure, read, standings

LONG = Columns(place="Träger", period="Monat", name="Jobcenter", code="Kennzahl", value="Wert", state="Stand", decimal=",")
INKAR = Columns(place="ags", period="year", name="name", wide={"q_SGBII": "q_SGBII"})


def test_a_long_table_with_german_numbers_and_signs_of_suppression() -> None:
    text = "Träger;Jobcenter;Monat;Kennzahl;Wert;Stand\n03159;Göttingen;2026-07;K1;-2,35;T-3\n03155;Northeim;2026-07;K1;*;T-3\n03153;Goslar;202607;K1;1.234,5;T-3\n"
    found, unread = read(text.encode("cp1252"), "k.csv", LONG)
    assert found == [
        Figure("03159", "Göttingen", "2026-07", "K1", -2.35, "T-3"),
        Figure("03153", "Goslar", "2026-07", "K1", 1234.5, "T-3"),
    ]
    assert not unread


def test_lines_that_cannot_be_used_are_told_with_their_number() -> None:
    text = "Träger;Jobcenter;Monat;Kennzahl;Wert;Stand\n;Göttingen;2026-07;K1;1;\n03155;Northeim;Juli;K1;1;\n03153;Goslar;2026-07;K1;viel;\n03152;Göttingen;2026-07;K1;1;\n"
    found, unread = read(text.encode(), "k.csv", LONG)
    assert len(found) == 1
    assert [u.line for u in unread] == [2, 3, 4]
    assert "keine Zahl" in unread[2].text


def test_a_wide_sheet_below_a_title() -> None:
    book = openpyxl.Workbook()
    book.active.append(["SGB-II-Quote nach Kreisen"])
    book.active.append([None])
    book.active.append(["ags", "name", "year", "q_SGBII"])
    book.active.append(["03159000", "Göttingen", 2021, 7.14])
    book.active.append(["03155000", "Northeim", 2021, None])
    out = io.BytesIO()
    book.save(out)
    found, _ = read(out.getvalue(), "inkar.xlsx", INKAR)
    assert found == [Figure("03159000", "Göttingen", "2021", "q_SGBII", 7.14)]
    with pytest.raises(ComparisonError, match="beschädigt"):
        read(out.getvalue()[:-100], "inkar.xlsx", INKAR)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\x00\x01", "unreadable"),
        (b"ags;name;year\n1;a;2021\n", "columns"),
        (b"ags;name;year;q_SGBII\n1;a;2021;\n", "nothing_usable"),
    ],
)
def test_tables_that_cannot_be_used(content: bytes, code: str) -> None:
    with pytest.raises(ComparisonError) as caught:
        read(content, "x.csv", INKAR)
    assert caught.value.code == code


@given(st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(-50, 50).map(float), min_size=1, max_size=20), st.booleans())
def test_a_rank_is_one_more_than_those_that_are_better(values: dict[str, float], low: bool) -> None:
    found = standings({key: (key, value) for key, value in values.items()}, low_is_good=low)
    assert {s.place for s in found} == set(values)
    for one in found:
        better = [v for v in values.values() if (v < one.value if low else v > one.value)]
        assert one.rank == 1 + len(better)
        assert one.of == len(values)


def test_inkar_as_published(shared_data: Path) -> None:
    file = shared_data / "inkar_sozialleistungen_kreise.csv"
    found, _ = read(file.read_bytes(), file.name, INKAR)
    by_place = {(f.place, f.period): f.value for f in found}
    assert [by_place["03159000", year] for year in ("2010", "2014", "2021")] == [10.46, 8.80, 7.14]
    # Another way to the same rank: count in the file who is lower.
    with file.open(encoding="utf-8") as opened:
        rows = [r for r in csv.DictReader(opened) if r["ags"].startswith("03") and r["year"] == "2021" and r["q_SGBII"]]
    lower = sum(float(r["q_SGBII"]) < 7.14 for r in rows)
    ranks = standings({f.place: (f.name, f.value) for f in found if f.place.startswith("03") and f.period == "2021"}, low_is_good=True)
    own = next(s for s in ranks if s.place == "03159000")
    assert (own.rank, own.of) == (lower + 1, len(rows))
