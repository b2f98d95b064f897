from typing import Any

from django.db import migrations, models


def find_by_person(_: Any, schema: Any) -> None:
    """Who opened a file, among 90 million accesses; SQLite holds as many as a training house and reads them all."""
    if schema.connection.vendor == "postgresql":
        schema.execute("CREATE INDEX IF NOT EXISTS access_by_person ON audit_accessevent USING gin (person_ids jsonb_path_ops)")


def forget(_: Any, schema: Any) -> None:
    """The way back."""
    schema.execute("DROP INDEX IF EXISTS access_by_person")


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0002_inquiries'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='accessseal',
            index=models.Index(fields=['last_id'], name='seal_by_end'),
        ),
        migrations.RunPython(find_by_person, forget),
    ]
