"""Terms of papers asked for before: one that ends on a day on which nobody works ends on the next working day (§ 26 (3) SGB X)."""

from typing import Any

from django.db import migrations

from hilfefrei.core.periods import next_working_day


def move_terms(apps: Any, schema_editor: Any) -> None:
    """Only terms of papers that are still to come. Again: changes nothing."""
    papers = apps.get_model("benefits", "Paper")._base_manager.filter(state__in=["missing", "can_follow"], due_on__isnull=False)
    for paper in papers.select_related("jobcenter").order_by("id").iterator():
        due = next_working_day(paper.due_on, paper.jobcenter.land)
        if due != paper.due_on:
            paper.due_on = due
            paper.save(update_fields=["due_on"])


class Migration(migrations.Migration):
    """Data only; backwards nothing is taken away, as a term is not made shorter."""

    dependencies = [("benefits", "0004_written_hint"), ("org", "0002_privacy_first")]

    operations = [migrations.RunPython(move_terms, migrations.RunPython.noop)]
