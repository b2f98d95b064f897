"""Who asks for an applicant: from 15 on one does it alone (§ 36(1) SGB I), for a child somebody does."""

from datetime import date, datetime

from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people.models import Attendant, Person
from hilfefrei.apps.people.workflows import AttendantKind
from hilfefrei.core.periods import age_on

APPLIES_ALONE = 15
FULL_AGE = 18
RELATIONS = ("Mutter", "Vater", "Vormund", "Pflegeeltern", "Jugendamt", "andere")


def stage(birth: date | None, day: date) -> str:
    """"child" under 15, "minor" up to 18, else (and where no birth date is known) empty."""
    age = age_on(birth, day) if birth is not None else FULL_AGE
    return "child" if age < APPLIES_ALONE else "minor" if age < FULL_AGE else ""


def guardian_of(person: Person) -> Attendant | None:
    """The legal representative who is known."""
    return Attendant.objects.filter(person=person, kind=AttendantKind.GUARDIAN, valid_to=None).order_by("-valid_from", "id").first()


def asked_by(person: Person, day: date) -> str:
    """Who is named as asking: the representative of a child where one is known, else the person."""
    guardian = guardian_of(person) if stage(person.birth_date, day) == "child" else None
    if guardian is None:
        return person.full_name
    return f"{guardian.name} ({guardian.remarks})"[:120] if guardian.remarks in RELATIONS else guardian.name


def note_representative(actor: Actor, at: datetime, person: Person, name: str, relation: str) -> None:
    """Part of a verb: who acts for the person, kept with the file; nothing where that is known so."""
    name = name.strip()[:120]
    if not name or Attendant.objects.filter(person=person, kind=AttendantKind.GUARDIAN, name=name, valid_to=None).exists():
        return
    people.add_attendant(actor=actor, at=at, person_id=person.pk, kind=AttendantKind.GUARDIAN, name=name, remarks=relation)
