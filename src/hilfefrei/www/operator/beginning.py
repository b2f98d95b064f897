"""What a new house still lacks before people can come: asked of the data each time, ticked by nobody."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.conf import settings
from django.db.models import Exists
from django.urls import reverse

from hilfefrei import secrets
from hilfefrei.apps.accounts.models import EmergencySeal
from hilfefrei.apps.audit.actor import Role
from hilfefrei.apps.benefits.models import Delivery
from hilfefrei.apps.benefits.workflows import DeliveryState
from hilfefrei.apps.intake.models import ViaDate
from hilfefrei.apps.intake.queries import day_bounds
from hilfefrei.apps.intake.workflows import DateKind
from hilfefrei.apps.org import identity
from hilfefrei.apps.org import queries as org
from hilfefrei.apps.org.models import Jobcenter
from hilfefrei.apps.org.workflows import Specialisation
from hilfefrei.apps.vacancies.models import PostalPlace
from hilfefrei.backup import noted


@dataclass(frozen=True)
class Step:
    """One thing to set up. ``url`` is where; without one it is done on the server, by ``command`` if there is one."""

    what: str
    done: bool
    how: str
    url: str = ""
    command: str = ""


# Printed on every paper that people take along.
ADDRESS = ("street", "plz", "place", "phone", "urgent_phone", "opening_hours")


def _held(day: date, role: Role) -> Exists:
    return Exists(org.holders(day, role=role).filter(is_emergency=False))


def _team(day: date, specialisation: Specialisation) -> Exists:
    return Exists(org.teams(day, specialisation))


def steps(house: Jobcenter, day: date) -> list[Step]:
    """All steps in the order in which they go, in two queries; empty where all are done, and in the training world, which is complete."""
    if house.is_demo:
        return []
    asked = {
        "sealed": Exists(EmergencySeal.objects.filter(used_at=None, ended_at=None)),
        "via": _team(day, Specialisation.VIA),
        "benefits": _team(day, Specialisation.BENEFITS),
        "privacy": _held(day, Role.DATA_PROTECTION),
        "council": _held(day, Role.STAFF_COUNCIL),
        "entrance": _held(day, Role.ENTRANCE),
        "deciding": _held(day, Role.BENEFITS),
        "rooms": Exists(org.rooms(day)),
        "dates": Exists(ViaDate.objects.filter(kind=DateKind.INFORMATION, cancelled_at=None, starts_at__gte=day_bounds(day)[0])),
        "places": Exists(PostalPlace.objects.all()),
        "delivered": Exists(Delivery.objects.filter(state=DeliveryState.APPLIED)),
    }
    there = dict(zip(asked, Jobcenter.objects.filter(pk=house.pk).values_list(*asked.values()).get(), strict=True))
    operators = len(identity.operators(house.pk, day).filter(is_active=True).order_by("pk").values_list("pk")[:2])
    held, kept = secrets.current(), noted.read(Path(settings.DATA))
    logins, teams = reverse("operator:team_logins"), reverse("operator:teams")
    found = [
        Step("Anschrift und Nummern", all(getattr(house, name) for name in ADDRESS), "Auch Notfach und Öffnungszeiten. Sie stehen auf jedem Papier.", reverse("operator:house")),
        Step("Zweiter Zugang für den Betrieb", operators > 1, "Vergessen Sie Ihr Passwort, setzt nur eine Kollegin es zurück. Zugang anlegen, dann Stelle mit Rolle „Betrieb“.", logins),
        Step("Notfallzugang versiegeln", there["sealed"], "Drucken, in den Umschlag, in den Tresor.", reverse("operator:team_emergency")),
        Step("Teams", there["via"] and there["benefits"], "Mindestens eines für ViA und eines für die Leistung.", teams),
        Step("Datenschutz und Personalrat", there["privacy"] and there["council"], "Je ein Zugang mit Stelle. Nur beide zusammen öffnen die Zugriffe.", logins),
        Step("Eingang und Leistung besetzen", there["entrance"] and there["deciding"], "Zugänge anlegen, dann Stellen in den Teams. Erst die Stelle öffnet Seiten.", logins),
        Step("Räume", there["rooms"], "Wo Gespräche und Termine sind.", reverse("operator:rooms")),
        Step("Informationstermine mit Plätzen", there["dates"], "Am besten als Reihe über einige Wochen.", f"{reverse('operator:date_new')}?angebot={DateKind.INFORMATION}"),
        Step("Liste der Postleitzahlen", there["places"], "Ohne sie kennt die Stellenbörse keine Wege.", f"{reverse('jobs:deliveries')}#o-h"),
    ]  # fmt: skip
    if held.neighbour_url or held.neighbour_folder:
        found.append(Step("Erste Lieferung des zahlenden Verfahrens", there["delivered"], "Auf dem Server: Datei nach lieferungen/eingang legen, oder", command="./hilfefrei delivery import DATEI"))
    why = "Die letzte Sicherung war ohne Schlüssel. Auf dem Server:" if kept.made_at and not kept.keys_at else "Auf dem Server, die Schlüssel in einen anderen Ordner:"
    found.append(Step("Sicherung, Schlüssel getrennt davon", bool(kept.keys_at), why, command="./hilfefrei backup ORDNER --keys ANDERER-ORDNER"))
    return [] if all(step.done for step in found) else found
