"""Lines as SVG: what a strict CSP allows, gaps where nothing is shown, round marks."""

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hilfefrei.www.charts import Series, lines

LABELS = [f"{n:02d}/26" for n in range(1, 13)]


@given(st.lists(st.none() | st.floats(-1e6, 1e9, allow_nan=False, allow_infinity=False), min_size=12, max_size=12))
def test_any_values_give_a_picture_inside_its_frame(values: list[float | None]) -> None:
    drawn = lines(LABELS, [Series("a", values)], unit="Anzahl", title="Bestand, Verlauf")
    if sum(v is not None for v in values) < 2:
        assert drawn == ""
        return
    root = ET.fromstring(drawn)
    assert "style" not in drawn
    assert root.attrib["aria-label"] == "Bestand, Verlauf"
    points = [tuple(map(float, p.split(","))) for e in root.iter("polyline") for p in e.attrib["points"].split()]
    points += [(float(e.attrib["cx"]), float(e.attrib["cy"])) for e in root.iter("circle")]
    assert len(points) == sum(v is not None for v in values)
    assert all(0 <= x <= 760 and 0 <= y <= 220 for x, y in points)


def test_a_gap_is_a_gap() -> None:
    drawn = lines(LABELS[:5], [Series("a", [1.0, 2.0, None, 3.0, 4.0])], unit="Anzahl", title="x")
    assert drawn.count("<polyline") == 2


@pytest.mark.parametrize(
    ("values", "marks"),
    [
        ([3100.0, 3400.0], ["3.100", "3.200", "3.300", "3.400"]),
        ([0.0, 100.0], ["0", "50", "100"]),
        ([5.0, 5.0], ["4", "6"]),
        ([-2.5, 7.5], ["−5", "0", "5", "10"]),
        ([0.1, 0.4], ["0,0", "0,1", "0,2", "0,3", "0,4"]),
    ],
)
def test_marks_are_round_and_hold_both_ends(values: list[float], marks: list[str]) -> None:
    drawn = lines(["01/26", "02/26"], [Series("a", values)], unit="Prozent", title="x")
    assert re.findall(r'text-anchor="end"[^>]*>([^<]+)<', drawn) == marks


def test_words_are_escaped() -> None:
    assert "&lt;b&gt;" in lines(["<b>", "x"], [Series("a", [1.0, 2.0])], unit="Anzahl", title="x")
