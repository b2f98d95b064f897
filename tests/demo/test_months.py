"""Months that are over are closed in the training world, one of them corrected, and who was turned down before ViA is counted."""

from datetime import date
from typing import Any

import pytest
from django.db import transaction
from django_scopes import scopes_disabled

from hilfefrei.apps.benefits.models import Decision
from hilfefrei.apps.benefits.workflows import Outcome
from hilfefrei.apps.intake.models import FollowUp
from hilfefrei.apps.org.models import Jobcenter
from hilfefrei.apps.reporting.models import MonthClosing, MonthFigure
from hilfefrei.demo import load

DAY = date(2026, 11, 24)
SIZE = {"units": 150, "vacancies": 300, "months": 4, "arrivals": 200}


@pytest.mark.timeout(300)
def test_months_are_closed_where_a_house_would_have(database: str, settings: Any) -> None:
    settings.HILFEFREI_DEMO = True
    with transaction.atomic(), scopes_disabled():
        load.build(DAY, size=SIZE)
        # October becomes certain with last night's delivery only.
        closed = list(MonthClosing.objects.order_by("month").values_list("month", "closed_by__username"))
        assert closed == [(date(2026, 8, 1), "controlling"), (date(2026, 9, 1), "controlling")]
        late = MonthFigure.objects.exclude(reason="")
        assert set(late.values_list("closing__month", flat=True)) == {date(2026, 8, 1)}
        via = Jobcenter.objects.get().via_from
        assert via == date(2025, 9, 24)
        before = Decision.objects.filter(application=None, decided_on__lt=via).exclude(kind=Outcome.GRANTED)
        assert before.count() > 10
        assert FollowUp.objects.exists()
        transaction.set_rollback(True)
