"""The table of the ASVS has the numbers and levels of the standard, and no row that contradicts itself."""

from collections import Counter
from typing import Any

import pytest

from hilfefrei.core import asvs

# OWASP ASVS 5.0.0: how many requirements of level 1 and of level 2 each chapter has.
STANDARD = {
    1: (8, 19), 2: (4, 7), 3: (8, 11), 4: (2, 8), 5: (4, 5), 6: (13, 22), 7: (6, 12), 8: (4, 3), 9: (4, 3), 10: (5, 24), 11: (3, 11), 12: (3, 6),
    13: (1, 12), 14: (2, 7), 15: (3, 10), 16: (0, 16), 17: (0, 7),
}  # fmt: skip
ROW = {"id": "1.2.3", "level": 1, "ours": "x", "is": "test", "where": ["tests/x.py::test_x"]}


def made(**changes: Any) -> asvs.Asvs:
    return asvs.parse({"version": "1", "standard": "ASVS", "row": [{**ROW, **changes}]})


def test_as_many_as_the_standard_has() -> None:
    rows = asvs.load().rows
    assert Counter(row.level for row in rows) == {1: 70, 2: 183}
    found = Counter((row.chapter, row.level) for row in rows)
    assert {chapter: (found[chapter, 1], found[chapter, 2]) for chapter in STANDARD} == STANDARD


def test_they_stand_in_order_and_say_something() -> None:
    rows = asvs.load().rows
    order = [[int(part) for part in row.id.split(".")] for row in rows]
    assert order == sorted(order)
    assert all(len(part) == 3 for part in order)
    # Short, and ours: no sentence of the standard.
    assert all(4 < len(row.ours) < 90 and "Verify" not in row.ours for row in rows)


def test_a_row_that_fits() -> None:
    assert made().rows[0].chapter == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"where": []}, "no test"),
        ({"where": ["docs/x.md"]}, "no test"),
        ({"is": "document"}, "none of them a test"),
        ({"is": "document", "where": []}, "a document is"),
        ({"is": "open", "where": []}, "says why"),
        ({"is": "open", "note": "fehlt"}, "shown nowhere"),
        ({"is": "none", "where": []}, "says why"),
        ({"is": "done"}, "not a valid"),
    ],
)
def test_a_row_that_contradicts_itself(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        made(**changes)


def test_no_row_twice() -> None:
    with pytest.raises(ValueError, match="twice"):
        asvs.parse({"version": "1", "standard": "ASVS", "row": [ROW, ROW]})
