"""Published figures: long and wide tables, CSV and XLSX, and the rank of one place among others."""

import csv
import io
import itertools
import math
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hilfefrei.core import comparison
from hilfefrei.core.comparison import (
    HEADER_WITHIN,
    MAX_BYTES,
    MAX_UNPACKED,
    Columns,
    ComparisonError,
    Figure,
    head_of,
    header_of,
    parse_number,
    parse_period,
    parse_state,
    read,
    standings,
)
from hilfefrei.core.published import PlaceKind, fitting, guess, indicators, land_code, land_of, place_key, tables

LONG = Columns(place="Träger", period="Monat", name="Jobcenter", code="Kennzahl", value="Wert", state="Stand", decimal=",")
INKAR = Columns(place="ags", period="year", name="name", wide={"q_SGBII": "q_SGBII"})


def test_a_long_table_with_german_numbers_and_signs_of_suppression() -> None:
    text = "Träger;Jobcenter;Monat;Kennzahl;Wert;Stand\n03159;Göttingen;2026-07;K1;-2,35;T-3\n03155;Northeim;2026-07;K1;*;T-3\n03153;Goslar;202607;K1;1.234,5;T-3\n"
    for encoding in ("cp1252", "utf-8", "utf-8-sig", "utf-16"):
        table = read(text.encode(encoding), "k.csv", LONG)
        assert table.figures == [
            Figure("03159", "Göttingen", "2026-07", "K1", -2.35, "T-3", 2),
            Figure("03153", "Goslar", "2026-07", "K1", 1234.5, "T-3", 4),
        ]
        assert table.suppressed == 1
        assert not table.unread


def test_lines_that_cannot_be_used_are_told_with_their_number() -> None:
    text = "Träger;Jobcenter;Monat;Kennzahl;Wert;Stand\n;Göttingen;2026-07;K1;1;\n03155;Northeim;Juli;K1;1;\n03153;Goslar;2026-07;K1;viel;\n03152;Göttingen;2026-07;K1;1;\n"
    table = read((text + "03151;Gif").encode(), "k.csv", LONG)
    assert len(table.figures) == 1
    assert [(u.line, u.code) for u in table.unread] == [(2, "place_missing"), (3, "period"), (4, "number"), (6, "short")]
    assert all(u.text and u.remedy and u.raw for u in table.unread)


def test_a_wide_sheet_below_a_title() -> None:
    book = openpyxl.Workbook()
    book.active.append(["SGB-II-Quote nach Kreisen"])
    book.active.append([None])
    book.active.append(["ags", "name", "year", "q_SGBII"])
    book.active.append(["03159000", "Göttingen", 2021, 7.14])
    book.active.append(["03155000", "Northeim", 2021, None])
    out = io.BytesIO()
    book.save(out)
    for columns in (INKAR, replace(INKAR, decimal=",")):
        # A cell that is a number needs no decimal sign.
        found = read(out.getvalue(), "inkar.xlsx", columns).figures
        assert found == [Figure("03159000", "Göttingen", "2021", "q_SGBII", 7.14, "", 4)]
    with pytest.raises(ComparisonError, match="beschädigt"):
        read(out.getvalue()[:-100], "inkar.xlsx", INKAR)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\x00\x01", "unreadable"),
        (b"\xd0\xcf\x11\xe0old excel", "foreign"),
        (b"%PDF-1.7", "foreign"),
        (b" <html><table>", "foreign"),
        (b'{"a": 1}', "foreign"),
        (b"PK\x03\x04 not a spreadsheet", "truncated"),
        (b'ags;name;year;q_SGBII\n03159;"G', "truncated"),
        (b" " * (MAX_BYTES + 1), "too_big"),
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
    found = read(file.read_bytes(), file.name, INKAR).figures
    by_place = {(f.place, f.period): f.value for f in found}
    assert [by_place["03159000", year] for year in ("2010", "2014", "2021")] == [10.46, 8.80, 7.14]
    # Another way to the same rank: count in the file who is lower.
    with file.open(encoding="utf-8") as opened:
        rows = [r for r in csv.DictReader(opened) if r["ags"].startswith("03") and r["year"] == "2021" and r["q_SGBII"]]
    lower = sum(float(r["q_SGBII"]) < 7.14 for r in rows)
    ranks = standings({f.place: (f.name, f.value) for f in found if f.place.startswith("03") and f.period == "2021"}, low_is_good=True)
    own = next(s for s in ranks if s.place == "03159000")
    assert (own.rank, own.of) == (lower + 1, len(rows))


def test_a_constant_stands_for_a_column_and_a_list_holds_no_figures() -> None:
    text = "Monat;ELB\n2025-01;3730,6\n2025-02;3741\n"
    one_place = Columns(place="=83904", name="=Regensburg, Stadt", period="Monat", wide={"ELB": "ELB"}, decimal=",")
    assert [(f.place, f.period, f.value) for f in read(text.encode(), "r.csv", one_place).figures] == [("83904", "2025-01", 3730.6), ("83904", "2025-02", 3741.0)]
    listed = read("nr;name;form\n23102;Göttingen;zkT\n".encode(), "l.csv", Columns(place="nr", name="name", form="form", period="=2018"))
    assert [(p.place, p.name, p.year, p.form) for p in listed.places] == [("23102", "Göttingen", 2018, "zkT")]
    assert not listed.figures


def test_a_header_may_stand_below_titles() -> None:
    above = "\n".join(["Titel;;", *(["Hinweis;steht;hier"] * 5)])
    text = f"{above}\nags;name;year;q_SGBII\n03159;Göttingen;2021;7.14\n"
    assert read(text.encode(), "x.csv", INKAR).figures[0].value == 7.14
    deep = "a;b;c\n" * (HEADER_WITHIN + 1) + text
    with pytest.raises(ComparisonError, match="fehlen Spalten"):
        read(deep.encode(), "x.csv", INKAR)


@pytest.mark.parametrize(
    ("given", "decimal", "value"),
    [
        ("7.14", ".", 7.14), ("7,14", ",", 7.14), ("-2,35 %", ",", -2.35), ("\u22122,35", ",", -2.35), ("1.234,5", ",", 1234.5), ("1,234.5", ".", 1234.5),
        ("1\u00a0234", ",", 1234), (7.14, ",", 7.14), (3, ",", 3), ("7.14", ",", None), ("7,14", ".", None), ("12.34", ",", None), ("viel", ",", None),
        ("nan", ".", None), ("inf", ".", None), ("1_000", ".", None), (math.nan, ".", None), (math.inf, ".", None), (True, ".", None), ("1e400", ".", None),
    ],
)  # fmt: skip
def test_numbers_as_tables_print_them(given: object, decimal: str, value: float | None) -> None:
    assert parse_number(given, decimal) == value


@given(st.integers(-10_000_000, 10_000_000), st.integers(0, 4), st.sampled_from(",."))
def test_a_number_comes_back_however_it_is_written(number: int, places: int, decimal: str) -> None:
    value = number / 10**places
    english = f"{value:,.{places}f}"
    text = english if decimal == "." else english.translate(str.maketrans(",.", ".,"))
    assert parse_number(text, decimal) == value


@pytest.mark.parametrize(
    ("given", "period"),
    [
        ("2014", "2014"), (2014, "2014"), (2014.0, "2014"), ("2014-08", "2014-08"), ("201408", "2014-08"), ("08/2014", "2014-08"), ("8.2014", "2014-08"),
        ("2014-08-31", "2014-08"), ("31.08.2014", "2014-08"), ("August 2014", "2014-08"), ("Aug. 14", "2014-08"), ("März 2026", "2026-03"), (datetime(2014, 8, 1, tzinfo=UTC), "2014-08"),
        (date(2014, 8, 31), "2014-08"), ("2014-13", ""), ("00/2014", ""), ("Juli", ""), ("14", ""), ("", ""), (None, ""), ("1234567", ""), ("0999", ""),
    ],
)  # fmt: skip
def test_periods_as_tables_print_them(given: object, period: str) -> None:
    assert parse_period(given) == period


def test_states_are_days_that_can_be_told_apart() -> None:
    assert parse_state("28.07.2026", "2026-04") == parse_state("2026-07-28", "2026-04") == date(2026, 7, 28)
    assert parse_state("Juli 2026", "2026-04") == date(2026, 7, 1)
    assert parse_state("2024", "2021") == date(2024, 1, 1)
    assert parse_state("T-3", "2026-10") == date(2027, 1, 1)
    assert parse_state("T-0", "2026-10") == date(2026, 10, 1)
    for text, period in (("T-3", "2026"), ("neu", "2026-10"), ("", "2026-10"), ("31.02.2026", "2026")):
        assert parse_state(text, period) is None


def test_keys_of_places_survive_a_spreadsheet() -> None:
    assert [place_key(PlaceKind.COUNTY, text) for text in ("03159", "3159", "03159000", "3159000", "03 159")] == ["03159"] * 5
    assert [place_key(PlaceKind.TRAEGER, text) for text in ("23102", "3002", "03002")] == ["23102", "03002", "03002"]
    for text in ("", "Göttingen", "99159", "031590", "03159016", "²3102"):
        assert place_key(PlaceKind.COUNTY, text) == ""
    assert land_of(PlaceKind.COUNTY, "03159") == land_of(PlaceKind.TRAEGER, "23102") == "NI"
    assert (land_of(PlaceKind.TRAEGER, "21404"), land_of(PlaceKind.TRAEGER, "21416")) == ("HB", "NI")
    assert (land_code("ni"), land_code("Niedersachsen"), land_code("Preußen")) == ("NI", "NI", "")


def test_what_ships_is_whole() -> None:
    for code, one in indicators().items():
        assert one.code == code
        assert one.label
        assert one.definition
        assert one.direction in {"", "low", "high"}
    for table in tables():
        assert set(table.columns.wide.values()) <= indicators().keys()
        assert fitting([["Titel"], sorted(table.columns.named)], tables()) == table
    assert fitting([["ags", "year"]], tables()) is None
    assert guess(["Träger-Nr", "Jobcenter", "Berichtsmonat", "Wert"]) == {"place": "Träger-Nr", "name": "Jobcenter", "period": "Berichtsmonat", "value": "Wert"}


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(-3, 3).map(float), min_size=1, max_size=12), st.booleans())
def test_distances_and_the_order_agree_with_the_ranks(values: dict[str, float], low: bool) -> None:
    """Ties share the better rank, the next rank counts all before it; the best has no distance to itself."""
    found = standings({key: (key, value) for key, value in values.items()}, low_is_good=low)
    assert [s.rank for s in found] == sorted(s.rank for s in found)
    assert found[0].rank == 1
    for before, after in itertools.pairwise(found):
        assert (before.value == after.value) == (before.rank == after.rank)
    for one in found:
        assert one.to_best == (one.value - found[0].value)
        assert (one.to_best <= 0) if not low else (one.to_best >= 0)
    # Whoever has no value changes nothing for the others.
    one = found[-1]
    fewer = standings({s.place: (s.name, s.value) for s in found if s.place != one.place}, low_is_good=low)
    assert [(s.place, s.rank) for s in fewer] == [(s.place, s.rank) for s in found[:-1]]


def test_the_lands_of_the_real_lists(shared_data: Path) -> None:
    """45 Jobcenters in Lower Saxony in every year since 2018, none of any place without a Land."""
    file = shared_data / "einglmv_jobcenter_shares.csv"
    listed = next(t for t in tables() if t.name.startswith("Jobcenter nach Jahren (Anl"))
    read_list = read(file.read_bytes(), file.name, listed.columns)
    assert not read_list.unread
    lands = {(p.year, p.place): land_of(PlaceKind.TRAEGER, p.place) for p in read_list.places}
    assert "" not in lands.values()
    for year, total in ((2018, 407), (2026, 404)):
        here = [land for (y, _), land in lands.items() if y == year]
        assert (len(here), here.count("NI"), here.count("HB"), here.count("BE")) == (total, 45, 2, 12)


def test_the_right_sheet_is_found_behind_a_cover_and_a_broken_sheet_is_told() -> None:
    book = openpyxl.Workbook()
    book.active.title = "Impressum"
    for _ in range(3):
        book.active.append(["Herausgeber", "Statistik", "Nürnberg", "Auskunft"])
    sheet = book.create_sheet("Tabelle 1")
    sheet.append(["SGB-II-Quote nach Kreisen"])
    sheet.append(["ags", "name", "year", "q_SGBII"])
    for number in range(300):
        sheet.append(["03159000", f"Ort {number}", 1960 + number % 60, number / 7])
    out = io.BytesIO()
    book.save(out)
    content = out.getvalue()
    assert len(read(content, "x.xlsx", INKAR).figures) == 300
    assert ["ags", "name", "year", "q_SGBII"] in head_of(content)
    assert header_of(content)[0] == ["ags", "name", "year", "q_SGBII"]
    with pytest.raises(ComparisonError, match="gibt es nicht"):
        read(content, "x.xlsx", replace(INKAR, sheet="Tabelle 9"))
    # The archive is whole, the sheet inside breaks off.
    cut = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(cut, "w") as new:
        for part in old.namelist():
            data = old.read(part)
            new.writestr(part, data[: len(data) // 2] if part.endswith("sheet2.xml") else data)
    with pytest.raises(ComparisonError, match="beschädigt"):
        read(cut.getvalue(), "x.xlsx", INKAR)


def test_a_spreadsheet_that_unpacks_to_too_much_is_refused() -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/worksheets/sheet1.xml", "w") as part:
        for _ in range(MAX_UNPACKED // 1_000_000 + 1):
            part.write(b" " * 1_000_000)
    with pytest.raises(ComparisonError) as caught:
        read(bomb.getvalue(), "x.xlsx", INKAR)
    assert caught.value.code == "too_big"


def _changed(content: bytes, *changes: tuple[bytes, bytes]) -> bytes:
    """A workbook whose only sheet says something else."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            data = old.read(part)
            if part.endswith("sheet1.xml"):
                for before, after in changes:
                    assert before in data
                    data = data.replace(before, after)
            new.writestr(part, data)
    return out.getvalue()


def test_a_small_spreadsheet_that_says_it_is_huge_takes_no_time_and_a_huge_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    book = openpyxl.Workbook()
    book.active.append(["ags", "name", "year", "q_SGBII"])
    for number in range(300):
        book.active.append(["03159000", f"Ort {number}", 1960 + number % 60, number / 7])
    out = io.BytesIO()
    book.save(out)
    # Filling up a thousand million cells takes minutes: here they are never made.
    claimed = _changed(out.getvalue(), (b'ref="A1:D301"', b'ref="A1:XFD60000"'))
    monkeypatch.setattr(comparison, "MAX_CELLS", 301 * 5)
    assert len(read(claimed, "x.xlsx", INKAR).figures) == 300
    far = b'<row r="999999999"><c r="A999999999"><v>1</v></c></row></sheetData>'
    with pytest.raises(ComparisonError) as caught:
        read(_changed(out.getvalue(), (b"</sheetData>", far)), "x.xlsx", INKAR)
    assert caught.value.code == "too_big"


def test_a_spreadsheet_of_thousands_of_parts_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(comparison.MAX_PARTS + 1):
            archive.writestr(f"{number}", b"")
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_: pytest.fail("its directory was read"))
    with pytest.raises(ComparisonError) as caught:
        read(out.getvalue(), "x.xlsx", INKAR)
    assert caught.value.code == "too_big"


@pytest.mark.parametrize("inside", [b"0" * 30_000_000, b"<worksheet><!--" + b"<" * 30_000_000, b"<worksheet " + b"a" * 30_000_000 + b">"], ids=["text", "comment", "tag"])
def test_a_sheet_that_is_one_long_token_is_refused_unread(inside: bytes) -> None:
    # A parser that is fed piece by piece takes minutes for it (CVE-2023-52425); the time limit of the suite would tell.
    out = io.BytesIO()
    book = openpyxl.Workbook()
    book.active.append(["Kennziffer", "Raumeinheit"])
    book.save(out)
    held = zipfile.ZipFile(io.BytesIO(out.getvalue()))
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in held.infolist():
            archive.writestr(part, inside if part.filename.startswith("xl/worksheets/") else held.read(part))
    with pytest.raises(ComparisonError, match="unvollständig oder beschädigt"):
        read(bomb.getvalue(), "x.xlsx", INKAR)
