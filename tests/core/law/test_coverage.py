"""The table of what is covered says what is so, and the document has it."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from hilfefrei.core.law import coverage, parameters
from hilfefrei.core.law.coverage import Rule

ROOT = Path(__file__).resolve().parents[3]
KNOWN = parameters.shipped()


def test_the_document_has_the_table_as_it_is_made_now() -> None:
    """Anew: ./hilfefrei papers."""
    written = (ROOT / "docs" / "law.md").read_text(encoding="utf-8")
    assert coverage.within(written) == written
    assert coverage.text() in written


def test_a_document_without_the_marks_is_no_place_for_it() -> None:
    with pytest.raises(ValueError, match="Marken"):
        coverage.within("# Recht")


@pytest.mark.parametrize("rule", coverage.rules(), ids=lambda one: one.title[:30])
def test_a_rule_names_tests_and_parameters_that_are_there(rule: Rule) -> None:
    assert bool(rule.tests) is rule.built
    assert all((ROOT / name).is_file() for name in rule.tests)
    for pattern in rule.parameters:
        assert any(replace(rule, parameters=(pattern,)).holds(key) for key in KNOWN), pattern
    assert rule.built or rule.open


def test_every_parameter_belongs_to_a_rule() -> None:
    beside = {parameters.FRAME, "work.minimum_wage"}
    assert [key for key in KNOWN if not any(rule.holds(key) for rule in coverage.rules()) and key not in beside] == []


def test_a_cell_says_how_far() -> None:
    first, *_, last = KNOWN[parameters.FRAME].values
    rule = Rule("x", "y", ("needs.standard",), ("z",))
    assert coverage.cell(rule, last, KNOWN) == coverage.CHECKED
    assert coverage.cell(replace(rule, parameters=("social_insurance.*",)), last, KNOWN) == coverage.UNCHECKED
    assert coverage.cell(replace(rule, start=date(2022, 7, 1)), first, KNOWN) == coverage.NOT_IN_FORCE
    assert coverage.cell(replace(rule, end=date(2022, 7, 1)), last, KNOWN) == coverage.NOT_IN_FORCE
    assert coverage.cell(replace(rule, built=False), last, KNOWN) == coverage.NOT_BUILT
