from typing import Any

from django.db import migrations, models
from django.db.models.functions import Upper

# As hilfefrei.apps.people.queries.WORDS asks for it.
WORDS = (
    "array_to_tsvector(string_to_array('>' || replace(search_name, ' ', ' >') || ' <' || replace(reverse(search_name), ' ', ' <')"
    " || ' #' || replace(sound, ' ', ' #'), ' '))"
)


def find_by_word(_: Any, schema: Any) -> None:
    """Beginnings, ends and sound of names among 200,000 people; SQLite holds as many as a training house and reads them all."""
    if schema.connection.vendor == "postgresql":
        schema.execute(f"CREATE INDEX IF NOT EXISTS person_by_word ON people_person USING gin ({WORDS})")


def forget(_: Any, schema: Any) -> None:
    """The way back."""
    schema.execute("DROP INDEX IF EXISTS person_by_word")


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0004_limited'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='number',
            index=models.Index(Upper('value'), name='number_in_capitals'),
        ),
        migrations.AddIndex(
            model_name='responsibility',
            index=models.Index(fields=['team', 'kind', 'valid_to'], name='responsibility_of_team'),
        ),
        migrations.RunPython(find_by_word, forget),
    ]
