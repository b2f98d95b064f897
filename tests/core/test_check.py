"""Judging delivered rows: accepted, repaired, rejected, double; each with a reason somebody understands."""

import csv
import io
import random
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hilfefrei.core.matching.check import Checked, Outcome, Weight, amount, check_all, validate
from hilfefrei.core.matching.delivery import BA_JOBSUCHE_CSV, FIELDS, RawVacancy, parse_csv
from hilfefrei.core.matching.rank import VacancyTable, rank
from hilfefrei.core.matching.vacancy import Client
from hilfefrei.core.matching.wages import LEAST_HOURLY, MOST_HOURLY

TODAY = date(2026, 11, 24)
GOOD = RawVacancy(
    2,
    reference="1-S",
    title="Verkäufer/in (m/w/d)",
    occupation="Verkäufer/in",
    employer="Großbäckerei Sösefrisch",
    plz="37412",
    place="Herzberg",
    lat="51.65",
    lon="10.34",
    full_time="False",
    hours_low="25",
    hours_high="30",
    starts_at="08:00",
    ends_at="13:00:00",
    wage_kind="STUNDENLOHN",
    wage_fixed="14.6",
    published="2026-11-20",
    starts="01.12.2026",
    url="https://stellen.example/1?a=b",
)


def judge(**changes: str) -> Checked:
    return validate(replace(GOOD, **changes), today=TODAY)


def codes(checked: Checked, weight: Weight | None = None) -> list[str]:
    return [r.code for r in checked.remarks if weight in {None, r.weight}]


def test_a_good_row_is_accepted_without_a_remark() -> None:
    checked = judge()
    row = checked.vacancy
    assert (checked.outcome, checked.remarks, checked.full_time, checked.part_time) == (Outcome.ACCEPTED, (), False, True)
    assert row
    assert (row.hours_low, row.hours_high, row.full_time, row.start, row.end) == (25, 30, False, 480, 780)
    assert (row.wage_hour, row.wage_month) == ((1460, 1460), (158702, 190442))
    assert (row.published, row.starts, row.lat, row.licence) == (date(2026, 11, 20), date(2026, 12, 1), 51.65, None)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"reference": ""}, "reference_missing"),
        ({"reference": "x" * 81}, "reference_long"),
        ({"title": "", "occupation": ""}, "title_missing"),
        ({"plz": "", "place": ""}, "place_missing"),
        ({"plz": "9999", "place": "", "country": "OESTERREICH"}, "abroad"),
        ({"published": "2025-11-01"}, "stale"),
        ({"closes": "2026-11-23"}, "closed"),
        ({"broken": "Die Zeile hat 3 statt 16 Spalten."}, "broken"),
    ],
)
def test_what_is_rejected_and_what_helps(changes: dict[str, str], code: str) -> None:
    checked = judge(**changes)
    assert (checked.outcome, checked.vacancy, codes(checked, Weight.REFUSAL)) == (Outcome.REJECTED, None, [code])
    assert checked.remarks[-1].text.endswith(".")
    assert checked.remarks[-1].remedy


@pytest.mark.parametrize(
    ("changes", "code", "field", "value"),
    [
        ({"title": ""}, "title_from_occupation", "title", "Verkäufer/in"),
        ({"title": "x" * 300}, "title_long", "title", "x" * 199 + "…"),
        ({"plz": "1067"}, "plz_zero", "plz", "01067"),
        ({"plz": "ABCDE"}, "plz_wrong", "plz", ""),
        ({"plz": "00000"}, "plz_wrong", "plz", ""),
        ({"plz": "٣٧٤١٢"}, "plz_wrong", "plz", ""),
        ({"lat": "99"}, "coordinates_wrong", "lat", None),
        ({"lat": "nan"}, "coordinates_wrong", "lat", None),
        ({"lat": "10.34", "lon": "51.65"}, "coordinates_wrong", "lon", None),
        ({"wage_kind": "JAHRESGEHALT"}, "wage_unit", "wage_hour", (1460, 1460)),
        ({"wage_fixed": "viel"}, "wage_unreadable", "wage_hour", None),
        ({"wage_fixed": "9,27", "decimal": ","}, "wage_implausible", "wage_hour", None),
        ({"hours_low": "30", "hours_high": "25"}, "hours_swapped", "hours_low", 25),
        ({"hours_low": "100"}, "hours_wrong", "hours_low", None),
        ({"published": "2026-11-26"}, "published_future", "published", None),
        ({"published": "31.02.2026"}, "published_wrong", "published", None),
        ({"starts": "bald"}, "starts_wrong", "starts", None),
        ({"starts_at": "25:00"}, "time_wrong", "start", None),
        ({"lateral": "vielleicht"}, "flag_wrong", "lateral", None),
        ({"licence": "Pilot"}, "licence_wrong", "licence", None),
        ({"url": "javascript:alert(1)"}, "url_wrong", "url", ""),
    ],
)
def test_what_is_repaired(changes: dict[str, str], code: str, field: str, value: object) -> None:
    checked = judge(**changes)
    assert checked.outcome == Outcome.REPAIRED
    assert code in codes(checked, Weight.REPAIR)
    assert getattr(checked.vacancy, field) == value


def test_hints_change_no_outcome() -> None:
    checked = judge(employer="Elster Arbeitsvermittlung", title="Auslieferungsfahrer", occupation="", lat="", lon="")
    assert checked.outcome == Outcome.ACCEPTED
    assert codes(checked) == ["occupation_missing", "place_unknown", "agency_by_name", "licence_by_title"]
    assert checked.vacancy
    assert (checked.vacancy.private_agency, checked.vacancy.licence) == (True, "B")


def test_what_the_source_says_of_agencies_holds_against_the_name() -> None:
    assert judge(employer="Elster Arbeitsvermittlung", private_agency="false").vacancy.private_agency is False
    assert judge(employer="Elster Zeitarbeit").vacancy.temp_agency is True


def test_places_bring_coordinates_where_the_row_has_none() -> None:
    row = replace(GOOD, lat="", lon="")
    checked = validate(row, today=TODAY, places={"37412": (51.6, 10.3)})
    assert (checked.vacancy.lat, checked.vacancy.lon, checked.remarks) == (51.6, 10.3, ())


def test_full_and_part_time() -> None:
    both = judge(full_time="ja", part_time="ja")
    assert (both.full_time, both.part_time, both.vacancy.full_time) == (True, True, None)
    assert judge(full_time="x").vacancy.full_time is True
    assert judge(full_time="").vacancy.full_time is None
    assert judge(title="Reinigungskraft Minijob").vacancy.mini_job is True
    assert judge(licence="B/BE").vacancy.licence == "B"
    assert judge(licence="nein", title="Fahrer").vacancy.licence == ""


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("13.9", ".", "13.9"),
        ("1900.0", ".", "1900.0"),
        ("1,900.50", ".", "1900.50"),
        ("14,60", ",", "14.60"),
        ("1.500", ",", "1500"),
        ("1.500,00 €", ",", "1500.00"),
        ("2 600 EUR", ",", "2600"),
        ("13.9", ",", None),
        ("1.50.00", ",", None),
        ("-5", ",", None),
        ("1e5", ".", None),
        ("", ".", None),
        ("١٢", ".", None),
    ],
)
def test_amounts_by_the_sign_of_the_file(text: str, decimal: str, value: str | None) -> None:
    assert amount(text, decimal) == (None if value is None else Decimal(value))


def test_hours_with_a_point_in_a_file_with_commas() -> None:
    assert judge(hours_low="19.25", hours_high="19.25", decimal=",", wage_fixed="").vacancy.hours_low == 19.25


def test_doubles_are_found_by_number_and_by_content() -> None:
    rows = [
        GOOD,
        replace(GOOD, line=3),
        replace(GOOD, line=4, reference="2", title="Verkäufer (w/m/d)", employer="Grossbäckerei Sösefrisch"),
        replace(GOOD, line=5, reference="3", plz="37431"),
        replace(GOOD, line=6, reference=""),
    ]
    checked = check_all(rows, today=TODAY)
    assert [c.outcome for c in checked] == [
        Outcome.ACCEPTED,
        Outcome.DUPLICATE,
        Outcome.DUPLICATE,
        Outcome.ACCEPTED,
        Outcome.REJECTED,
    ]
    assert [c.double_of for c in checked] == [None, 2, 2, None, None]
    assert checked[1].remarks[-1].text == "Dieselbe Stelle steht schon in Zeile 2."


ANY = st.text(max_size=12) | st.sampled_from(
    ["true", "nein", "1", "13.9", "1900", "2026-11-20", "37412", "8:00", "B", "STUNDENLOHN"]
)


@given(st.dictionaries(st.sampled_from(FIELDS), ANY), st.sampled_from([".", ","]))
def test_no_row_is_too_odd_to_be_judged(values: dict[str, str], decimal: str) -> None:
    checked = validate(replace(GOOD, **values, decimal=decimal), today=TODAY)
    assert (checked.vacancy is None) == (checked.outcome == Outcome.REJECTED)
    assert all(r.text and r.code for r in checked.remarks)
    if checked.vacancy:
        again = VacancyTable.from_rows([checked.vacancy])
        rank(Client(wanted=("Verkäuferin",)), again, today=TODAY)
        wage = checked.vacancy.wage_hour
        assert wage is None or wage[0] > 0


BERLIN_CENTRE = (52.52, 13.405)


def test_two_thousand_real_advertisements(shared_data: Path, record_property, capsys) -> None:
    content = (shared_data / "ba_jobsuche_berlin_2134.csv").read_bytes()
    with (shared_data / "plz_koordinaten_de.csv").open(encoding="utf-8") as file:
        places = {r["plz"]: (float(r["lat"]), float(r["lon"])) for r in csv.DictReader(file)}
    read = parse_csv(content, BA_JOBSUCHE_CSV)
    assert len(read.rows) == 2134
    checked = check_all(read.rows, today=date(2026, 7, 24), places=places)
    count = Counter(c.outcome for c in checked)
    reasons = Counter(code for c in checked for code in codes(c))
    record_property("outcomes", {str(outcome): n for outcome, n in count.items()})
    with capsys.disabled():
        print(f"\n  Berlin, 2134 Anzeigen: {dict(count)}; Gründe: {dict(reasons)}")
    assert sum(count.values()) == 2134
    assert 1780 <= count[Outcome.ACCEPTED] <= 1850
    assert 120 <= count[Outcome.REPAIRED] <= 170
    assert 80 <= count[Outcome.REJECTED] <= 100
    assert 75 <= count[Outcome.DUPLICATE] <= 95
    assert 65 <= reasons["wage_unit"] <= 80
    assert 40 <= reasons["wage_implausible"] <= 55
    stated = [r for r in read.rows if r.wage_kind in {"STUNDENLOHN", "JAHRESGEHALT"} and (r.wage_fixed or r.wage_low)]
    hours = [c.vacancy.wage_hour[0] for c in checked if c.vacancy and c.vacancy.wage_hour]
    assert len(stated) > 1300
    # Fulfils the goal: at least 99 % of the wages told lie in the bounds.
    assert sum(LEAST_HOURLY <= h <= MOST_HOURLY for h in hours) == len(hours) > 1200
    kept = [c.vacancy for c in checked if c.vacancy and c.outcome != Outcome.DUPLICATE]
    found = rank(
        Client(wanted=("Reinigungskraft",), lat=BERLIN_CENTRE[0], lon=BERLIN_CENTRE[1], max_km=15, hours_high=25),
        VacancyTable.from_rows(kept),
        today=date(2026, 7, 24),
    )
    assert len(found.proposals) == 5
    assert all("einig" in p.vacancy.title + p.vacancy.occupation for p in found.proposals)
    assert {p.vacancy.full_time for p in found.proposals} <= {False, None}


def test_the_same_file_gives_the_same_answer(shared_data: Path) -> None:
    content = (shared_data / "ba_jobsuche_berlin_2134.csv").read_bytes()
    first = check_all(parse_csv(content, BA_JOBSUCHE_CSV).rows, today=date(2026, 7, 24))
    assert first == check_all(parse_csv(content, BA_JOBSUCHE_CSV).rows, today=date(2026, 7, 24))


def test_rows_cut_anywhere_are_refused_not_half_read(shared_data: Path) -> None:
    content = (shared_data / "ba_jobsuche_berlin_2134.csv").read_bytes()
    whole = {row.reference for row in parse_csv(content, BA_JOBSUCHE_CSV).rows}
    chance = random.Random(7)
    for _ in range(20):
        part = content[: chance.randrange(600, len(content))]
        try:
            rows = parse_csv(part, BA_JOBSUCHE_CSV).rows
        except ValueError as error:
            assert "bricht" in str(error) or "Zeile" in str(error)  # noqa: PT017 - either is right
            continue
        assert {row.reference for row in rows} <= whole
    assert io.BytesIO(content).readline().startswith(b"referenznummer")
