"""Somebody of whom everything is held, with a mark in every text, and the years after which it may go."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, models

from hilfefrei.apps.benefits import domain as benefits
from hilfefrei.apps.benefits.models import Decision, DeliveryRow, Integration, MonthlyAmount, Officer, Participation, Receipt
from hilfefrei.apps.benefits.workflows import Outcome
from hilfefrei.apps.intake.models import Entry
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people.models import Membership, Number, Person, Responsibility
from hilfefrei.apps.people.workflows import AttendantKind
from hilfefrei.apps.privacy import holdings
from hilfefrei.apps.privacy.models import ErasureWish, Hold, RetentionRun
from tests.test_permissions import case
from tests.world import TODAY, World, at

LATER = date(2041, 3, 1)


def everything(world: World) -> UUID:
    """A person with at least one row in (nearly) every table about people, over and done with; gives the person's id."""
    given = case(world)
    person = Person.objects.get(pk=given.person)
    unit = Membership.objects.get(person=person, valid_to=None).benefit_unit
    people.add_attendant(actor=world.actor(), at=at(9, 50), person_id=person.pk, kind=AttendantKind.GUARDIAN, name="Vera Begleitung")
    own = {"jobcenter_id": world.id}
    Receipt.objects.create(person=person, benefit_unit=unit, starts=date(2026, 1, 1), ends=TODAY, **own)
    Decision.objects.create(benefit_unit=unit, kind="granted", decided_on=date(2026, 1, 5), granted_to=TODAY, **own)
    MonthlyAmount.objects.create(benefit_unit=unit, month=date(2026, 1, 1), llu_cents=1, luh_cents=1, **own)
    Officer.objects.create(benefit_unit=unit, name="Frau Kleiber", valid_from=date(2026, 1, 1), **own)
    Integration.objects.create(person=person, started_on=date(2026, 5, 1), kind="work", way="self", **own)
    Participation.objects.create(person=person, measure="AVGS", starts=date(2026, 2, 1), ends=date(2026, 3, 1), **own)
    Number.objects.create(person=person, kind="customer", value="K4711", valid_from=date(2026, 1, 1), **own)
    Number.objects.create(benefit_unit=unit, kind="unit", value="BG4711", valid_from=date(2026, 1, 1), **own)
    benefits.record_outcome(
        actor=world.actor("benefits"), at=at(9, 50), application_id=given.ids["application_id"], kind=Outcome.REFUSED, decided_on=TODAY,
        source="Bescheid",
    )  # fmt: skip
    # Those of the case are for who may open the pages.
    Hold.objects.all().delete()
    RetentionRun.objects.all().delete()
    ErasureWish.objects.all().delete()
    over(person.pk)
    return person.pk


def over(person_id: UUID) -> None:
    """The way has ended and nobody is responsible any more."""
    Entry.objects.filter(person=person_id).update(state="ended", ended_on=TODAY, end_kind="work")
    Responsibility.objects.filter(person=person_id, valid_to=None).update(valid_to=TODAY)
    DeliveryRow.objects.all().delete()


def moment(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


def free(model: type[models.Model], field: Any) -> bool:
    """Whether anything may be written into a field."""
    bound = {name for one in model._meta.constraints for name in getattr(one, "fields", ())}
    return not field.primary_key and not field.choices and field.name not in bound and isinstance(field, models.CharField | models.TextField | models.JSONField)


def mark(person_id: UUID, word: str) -> int:
    """Write ``word`` into every free text that is held on a person; give how many."""
    count = 0
    for label, model in holdings.tables().items():
        for pk in holdings.owners(label, person_ids=[person_id]):
            row = model._default_manager.get(pk=pk)
            for field in model._meta.concrete_fields:
                if not free(model, field):
                    continue
                if isinstance(field, models.JSONField):
                    held: Any = getattr(row, field.attname)
                    value = {**held, "wanted": [word]} if isinstance(held, dict) else [*held, word]
                elif (field.max_length or 99) < len(word):
                    continue
                else:
                    value = word
                setattr(row, field.attname, value)
                count += 1
            row.save()
    return count


def found(word: str) -> list[str]:
    """Every column of every table of the database in which ``word`` stands."""
    places = []
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            columns = [quote(column.name) for column in connection.introspection.get_table_description(cursor, table)]
            # Names come from the database itself, the word is a parameter.
            counts = ", ".join(f"count(CASE WHEN CAST({name} AS text) LIKE %s THEN 1 END)" for name in columns)
            cursor.execute(f"SELECT {counts} FROM {quote(table)}", [f"%{word}%"] * len(columns))
            places += [f"{table}.{name}" for name, count in zip(columns, cursor.fetchone(), strict=True) if count]
    return sorted(places)


def rows_of(person_id: UUID) -> set[str]:
    """Tables in which something is held on a person."""
    return {label for label in holdings.tables() if holdings.owners(label, person_ids=[person_id])}

