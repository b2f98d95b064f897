"""A denial names its written hint and the term in it (§ 66 (3) SGB I); terms of papers asked for before end on working days."""

from typing import Any

from django.db import migrations, models

from hilfefrei.core.periods import next_working_day


def move_terms(apps: Any, schema_editor: Any) -> None:
    """Terms of papers still to come that end on a day on which nobody works (§ 26 (3) SGB X). Again: changes nothing."""
    papers = apps.get_model("benefits", "Paper")._base_manager.filter(state__in=["missing", "can_follow"], due_on__isnull=False)
    for paper in papers.select_related("jobcenter").order_by("id").iterator():
        due = next_working_day(paper.due_on, paper.jobcenter.land)
        if due != paper.due_on:
            paper.due_on = due
            paper.save(update_fields=["due_on"])


class Migration(migrations.Migration):
    """Backwards no term is made shorter."""

    dependencies = [("benefits", "0003_declarations"), ("org", "0002_privacy_first")]

    operations = [
        migrations.AddField(
            model_name="applicationoutcome",
            name="hint_on",
            field=models.DateField(
                blank=True, help_text="vor einer Versagung, § 66 Abs. 3 SGB I", null=True, verbose_name="schriftlicher Hinweis vom"
            ),
        ),
        migrations.AddField(
            model_name="applicationoutcome",
            name="hint_until",
            field=models.DateField(blank=True, null=True, verbose_name="Frist im Hinweis bis"),
        ),
        migrations.RunPython(move_terms, migrations.RunPython.noop),
    ]
