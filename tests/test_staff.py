"""No watching of staff (rule 8): whoever lists or counts by a worker stands in the list of the model agreement."""

from pathlib import Path

import pytest

import hilfefrei
from hilfefrei.core import works_agreement
from tests.support import staff

SOURCE = Path(hilfefrei.__file__).parent


def test_whatever_lists_or_counts_by_a_worker_stands_in_the_agreement() -> None:
    listed = [figure.where for figure in works_agreement.load().figures]
    assert staff.found_in(SOURCE, staff.staff_names()) == sorted(listed)


@pytest.mark.parametrize(
    "body",
    [
        'Entry.objects.values("taken_by").annotate(n=Count("pk"))',
        'Entry.objects.filter(state="open").values("taken_by__last_name", "state").order_by("state").annotate(n=Sum("pk"))',
        'User.objects.order_by("pk").annotate(n=Count("+"))',
        "Counter(row.led_by_id for row in rows)",
        'Counter(rows.values_list("actor_id", flat=True))',
        "sum(1 for row in rows if row.led_by_id == who)",
        "[row for row in rows if row.taken_by == who]",
        "{row.recorded_by_id: row for row in rows}",
        'Entry.objects.filter(entry__taken_by=who).exclude(state="x").count()',
        'Entry.objects.aggregate(n=Count("pk", filter=Q(taken_by=who)))',
        "groupby(rows, key=lambda row: row.handed_by)",
        "found.setdefault(row.taken_by_id, [])",
        "found[row.taken_by_id].append(row)",
    ],
)
def test_the_ways_to_count_by_a_worker_are_seen(body: str) -> None:
    names = staff.staff_names()
    assert staff.groupings(f"def report():\n    return {body}\n", names) == ["report"]
    assert staff.groupings(f"class Report:\n    def make(self):\n        return {body}\n", names) == ["Report.make"]


def test_a_sum_by_hand_is_seen() -> None:
    code = "def report():\n    for row in rows:\n        found[row.actor_id] += 1\n"
    assert staff.groupings(code, staff.staff_names()) == ["report"]


@pytest.mark.parametrize(
    "body",
    [
        'Entry.objects.values("state").annotate(n=Count("pk"))',
        "Position.objects.filter(holder=None).count()",
        "Counter(row.state for row in rows)",
        "{row.pk: row.taken_by for row in rows}",
        'Entry.objects.filter(taken_by=who).order_by("pk")',
        "next((row for row in rows if row.taken_by in mine), None)",
        "[row for row in rows if row.actor_kind == 'user']",
        "found.setdefault(row.team_id, [])",
    ],
)
def test_counting_by_something_else_is_not(body: str) -> None:
    assert staff.groupings(f"def report():\n    return {body}\n", staff.staff_names()) == []


def test_templates_too() -> None:
    names = staff.staff_names()
    assert staff.in_templates("{% regroup rows by taken_by.last_name as groups %}", names)
    assert not staff.in_templates("{% regroup rows by 0.group as groups %}", names)
