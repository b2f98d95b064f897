"""The loader's short cuts write what the verbs write, and the same seed and day give the same data."""

from datetime import date
from typing import Any

import pytest
from django.db import transaction
from django_scopes import scopes_disabled

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.org.models import Jobcenter
from hilfefrei.demo import load
from tests.demo.export import Export

DAY = date(2026, 11, 24)
SMALL = {"units": 8, "vacancies": 500, "months": 1, "arrivals": 12}


@pytest.fixture(autouse=True)
def _training(settings: Any) -> None:
    settings.HILFEFREI_DEMO = True


def _built(**how: Any) -> tuple[list[str], list[str]]:
    """Tables and record of a world, which is gone afterwards."""
    with transaction.atomic(), scopes_disabled():
        load.build(DAY, size=SMALL, **how)
        found = Export()
        lines = found.tables(), found.record()
        assert not audit.verify(Jobcenter.objects.get().pk).problems
        transaction.set_rollback(True)
    return lines


def test_short_cuts_write_what_the_verbs_write(database: str) -> None:
    tables, record = _built()
    replayed_tables, replayed_record = _built(replay=True)
    assert {line.split(" ")[0] for line in tables} >= {
        "intake.booking",
        "benefits.paper",
        "intake.handover",
        "people.restriction_users",
    }
    assert sorted(set(tables) ^ set(replayed_tables)) == []
    assert tables == replayed_tables
    assert sorted(set(record) ^ set(replayed_record)) == []
    assert record == replayed_record


def test_same_seed_and_day_give_the_same_data(database: str) -> None:
    first, again, other = _built(seed=7), _built(seed=7), _built(seed=8)
    assert first == again
    assert first != other
