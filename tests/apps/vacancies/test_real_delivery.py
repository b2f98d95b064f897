"""A real delivery of the BA job search, which lies beside the project: 2,134 advertisements from Berlin."""

import csv
import io
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hilfefrei.apps.audit.models import Event
from hilfefrei.apps.vacancies import domain, queries
from hilfefrei.apps.vacancies.models import Delivery, DeliveryRow, Vacancy
from hilfefrei.apps.vacancies.workflows import ImportState, RowState, VacancyState
from tests.apps.vacancies.test_deliveries import stock
from tests.world import TODAY, World, at

Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def berlin(shared_data: Path) -> bytes:
    return (shared_data / "ba_jobsuche_berlin_2134.csv").read_bytes()


@pytest.fixture
def with_places(world: World, shared_data: Path) -> World:
    domain.import_places(actor=world.actor("operator"), at=at(), content=(shared_data / "plz_koordinaten_de.csv").read_bytes())
    return world


def changed(content: bytes, change: Callable[[Rows], Rows]) -> bytes:
    """The file with other rows."""
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(change(rows))
    return out.getvalue().encode()


def stage(world: World, content: bytes, minute: int = 42, **more: Any) -> Delivery:
    return domain.stage_delivery(actor=world.actor("employer_service"), at=at(minute=minute), file_name="berlin.csv", content=content, **more)


def apply(world: World, staged: Delivery, minute: int = 43) -> Delivery:
    return domain.apply_delivery(actor=world.actor("employer_service"), at=at(minute=minute), delivery_id=staged.pk)


def test_each_row_is_accepted_repaired_or_refused_with_its_reason(with_places: World, berlin: bytes) -> None:
    staged = stage(with_places, berlin)
    counts = staged.counts
    assert (staged.state, staged.feed, counts["rows"]) == (ImportState.STAGED, "ba-jobsuche-csv", 2134)
    assert counts["usable"] + counts["rejected"] + counts["duplicate"] == 2134
    assert counts["new"] == counts["usable"]
    # Old advertisements are the only reason to refuse a row of this file; wages in the wrong unit the main repair.
    rejected = Counter(row.reasons[-1]["code"] for row in staged.rows.filter(state=RowState.REJECTED).order_by("line"))
    old = [row for row in csv.DictReader(io.StringIO(berlin.decode())) if row["veroeffentlicht_am"] < "2025-11-24"]
    assert rejected == {"stale": len(old)} == {"stale": 216}
    assert (counts["usable"], counts["duplicate"], counts["repaired"]) == (1857, 61, 143)
    assert {code for code in counts["reasons"] if code.startswith("wage")} == {"wage_unit", "wage_implausible", "wage_low_dropped"}
    for row in staged.rows.filter(state=RowState.REJECTED).order_by("line"):
        assert all(reason["text"].endswith(".") for reason in row.reasons)
        assert row.reasons[-1]["remedy"]
        assert row.raw["reference"] == row.reference
    assert not Vacancy.objects.exists()
    apply(with_places, staged)
    wages = [v.hour_low_cents for v in Vacancy.objects.exclude(hour_low_cents=None).order_by("pk")]
    assert len(wages) > 1000
    assert sum(1200 <= cents <= 6000 for cents in wages) >= 0.99 * len(wages)
    assert Vacancy.objects.filter(lat=None).count() <= 0.03 * counts["usable"]
    table = list(csv.reader(io.StringIO(queries.rejects_csv(queries.delivery_rows(staged, [RowState.REJECTED])).decode("utf-8-sig")), delimiter=";"))
    assert len(table) == 1 + counts["rejected"]


def test_the_same_file_again_changes_nothing(world: World, berlin: bytes) -> None:
    apply(world, stage(world, berlin))
    before, versions = stock(), dict(Vacancy.objects.order_by("pk").values_list("pk", "version"))
    rows, events = DeliveryRow.objects.count(), Event.objects.count()
    found = domain.read_file(berlin, None, today=TODAY)
    looked, _ = domain.compare(actor=world.actor("employer_service"), at=at(minute=44), file_name="a.csv", content=berlin, found=found, is_full=True)
    assert [looked.counts[state] for state in ("new", "changed", "gone")] == [0, 0, 0]
    # Looking writes nothing at all.
    assert (DeliveryRow.objects.count(), Event.objects.count(), Delivery.objects.count()) == (rows, events, 1)
    again = stage(world, berlin, 45, is_full=True)
    assert again.counts["same_as"]
    apply(world, again, 46)
    assert stock() == before
    assert dict(Vacancy.objects.order_by("pk").values_list("pk", "version")) == versions


def test_only_the_differences_are_taken_over_and_taken_back_as_a_whole(world: World, berlin: bytes) -> None:
    first = apply(world, stage(world, berlin))
    before = stock()
    usable = list(Vacancy.objects.order_by("reference").values_list("reference", flat=True))
    dearer, moved, gone = set(usable[:7]), set(usable[7:10]), set(usable[10:15])

    def change(rows: Rows) -> Rows:
        kept = [row for row in rows if row["referenznummer"] not in gone]
        for row in kept:
            if row["referenznummer"] in dearer:
                row["verguetungsangabe"], row["festgehalt"] = "STUNDENLOHN", "19.75"
                row["gehaltsspanne_von"] = row["gehaltsspanne_bis"] = ""
            if row["referenznummer"] in moved:
                row["strasse"] = "Eisvogelweg 3"
        fresh = kept[0] | {"referenznummer": f"neu-{len(kept)}", "titel": "Helfer im Rosengarten", "plz": "10785"}
        return [*kept, fresh]

    # Repeats of what is gone come up in its place; they are not meant here.
    titles = {v.reference: (v.title, v.plz) for v in Vacancy.objects.order_by("pk")}
    assert len({titles[reference] for reference in gone}) == len(gone)
    second = stage(world, changed(berlin, change), 44, is_full=True)
    counts = second.counts
    assert counts["changes"] == {"wage": 7, "place": 3}
    assert counts["gone"] == 5
    assert counts["unchanged"] == len(usable) - 15
    versions = dict(Vacancy.objects.order_by("pk").values_list("reference", "version"))
    apply(world, second, 45)
    assert {r for r, v in Vacancy.objects.order_by("pk").values_list("reference", "version") if versions.get(r) != v} == (
        dearer | moved | gone | set(second.rows.filter(state=RowState.NEW).order_by("line").values_list("reference", flat=True))
    )
    assert set(Vacancy.objects.filter(state=VacancyState.WITHDRAWN).order_by("pk").values_list("reference", flat=True)) == gone
    domain.undo_delivery(actor=world.actor("employer_service"), at=at(minute=46), delivery_id=second.pk)
    after = stock()
    assert {r: v for r, v in after.items() if r in before} == before
    assert {v["state"] for r, v in after.items() if r not in before} == {"withdrawn"}
    assert first.counts["new"] == len(before)


def test_a_delivery_of_half_the_size_is_not_believed(world: World, berlin: bytes) -> None:
    apply(world, stage(world, berlin, is_full=True))
    half = stage(world, changed(berlin, lambda rows: rows[: len(rows) // 2]), 44, is_full=True)
    assert (half.state, half.refusal_code) == (ImportState.REFUSED, "too_small")
    assert Vacancy.objects.filter(state=VacancyState.OPEN).count() == 1857
