from typing import Any

from django.db import migrations


def find_newest(_: Any, schema: Any) -> None:
    """The first page of open vacancies without sorting all of them; SQLite knows no "NULLS LAST" in an index and has few."""
    if schema.connection.vendor == "postgresql":
        schema.execute(
            "CREATE INDEX IF NOT EXISTS vacancy_newest ON vacancies_vacancy (jobcenter_id, state, published_on DESC NULLS LAST, title, id) INCLUDE (expires_on)"
        )


def forget(_: Any, schema: Any) -> None:
    """The way back."""
    schema.execute("DROP INDEX IF EXISTS vacancy_newest")


class Migration(migrations.Migration):

    dependencies = [
        ('vacancies', '0002_deliveries'),
    ]

    operations = [
        migrations.RunPython(find_newest, forget),
    ]
