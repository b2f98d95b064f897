"""The tables as they are, for the field catalogue in :mod:`hilfefrei.core.catalogue`, and the check that both agree."""

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.core import checks
from django.db import models

from hilfefrei.core import catalogue
from hilfefrei.core.catalogue import Found, Table

# Apps above benefits in the order of imports: the benefits office's own code cannot reach their tables.
ABOVE_BENEFITS = frozenset({"intake", "privacy"})


def tables(given: Iterable[type[models.Model]] | None = None) -> list[Table]:
    """Every table of every installed app, those between two tables and those of Django too."""
    found = apps.get_models(include_auto_created=True) if given is None else given
    return [
        Table(
            label=model._meta.label,
            fields=tuple(_found(field) for field in [*model._meta.concrete_fields, *model._meta.local_many_to_many]),
            above_benefits=model._meta.app_label in ABOVE_BENEFITS,
        )
        for model in found
    ]


def _found(field: "models.Field[Any, Any]") -> Found:
    """A name that Django made from the name in the code is no German label."""
    label = str(field.verbose_name)
    target = field.related_model._meta.label if isinstance(field, models.ForeignKey | models.ManyToManyField) else ""
    return Found(field.name, "" if label == field.name.replace("_", " ") else label, target)


def problems() -> list[str]:
    """Fields without an entry, entries without a field, and entries that contradict themselves."""
    return catalogue.check(catalogue.load(), tables())


def check_catalogue(**_: object) -> list[checks.CheckMessage]:
    """System check: with a field nobody has thought about no command of Django runs, and ``lint`` fails."""
    return [checks.Error(words, hint="core/data/catalogue/<app>.toml", id="hilfefrei.E001") for words in problems()]
