"""Where somebody lives, as it is said at the entrance: postal code and place are enough to reckon the way to work."""

from datetime import datetime
from uuid import UUID

from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people.models import Address
from hilfefrei.apps.people.workflows import AddressKind
from hilfefrei.apps.vacancies.queries import locate
from hilfefrei.core.days import berlin_day


def note_home(actor: Actor, at: datetime, person_id: UUID, *, plz: str, place: str) -> None:
    """Part of a verb: the home from today on, through the verb of ``people``; nothing where it is known so or empty.

    A street stays while the place does, and "no letters" stays in any case: better one letter too few.
    """
    plz, place = plz.strip(), place.strip()
    held = Address.objects.filter(person=person_id, kind=AddressKind.HOME, valid_to=None).order_by("-valid_from", "id").first()
    if not place or (held is not None and (held.plz, held.place) == (plz, place)):
        return
    same = held is not None and held.place.casefold() == place.casefold()
    where = locate(plz, place)
    people.set_address(
        actor=actor,
        at=at,
        person_id=person_id,
        kind=AddressKind.HOME,
        street=held.street if held is not None and same else "",
        plz=plz,
        place=place,
        lat=where[0] if where else None,
        lon=where[1] if where else None,
        no_letters=held is not None and held.no_letters,
        valid_from=berlin_day(at),
    )
