"""Where postal codes lie: a list the operator brings, so that a way can be told for deliveries without coordinates."""

from datetime import datetime
from uuid import UUID

from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.domain import Ledger, verb
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.org.models import Jobcenter
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.vacancies import policy, queries
from hilfefrei.apps.vacancies.models import PostalPlace, Vacancy
from hilfefrei.core.matching.delivery import DeliveryError
from hilfefrei.core.matching.places import read_places


@verb(Jobcenter)
def import_places(ledger: Ledger, *, actor: Actor, at: datetime, content: bytes, op: UUID | None = None) -> Jobcenter:
    """Replace the list of postal codes by a file (CSV with header, or the tab-separated one of GeoNames).

    Vacancies whose place was not known get their coordinates.
    """
    require(policy.may_import(actor))
    try:
        places = read_places(content)
    except DeliveryError as error:
        raise Refused(str(error), code=error.code, field="file") from error
    PostalPlace.objects.all().delete()
    PostalPlace.objects.bulk_create(
        (PostalPlace(jobcenter_id=actor.jobcenter_id, plz=p.plz, place=p.name, lat=p.lat, lon=p.lon) for p in places), batch_size=2000
    )
    known = queries.coordinates()
    lost = [v for v in Vacancy.objects.filter(lat=None).exclude(plz="").order_by("pk") if v.plz in known]
    for vacancy in lost:
        vacancy.lat, vacancy.lon = known[vacancy.plz]
        vacancy.changed_at = at
        vacancy.version += 1
    Vacancy.objects.bulk_create(
        lost, batch_size=1000, update_conflicts=True, unique_fields=["id"], update_fields=["lat", "lon", "changed_at", "version"]
    )
    house = Jobcenter.objects.get(pk=actor.jobcenter_id)
    ledger.event("places.imported", house, places=len(places), vacancies=len(lost))
    return house
