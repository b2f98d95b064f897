"""The Jobcenter and its parts."""

import uuid
from datetime import date

from django.db import models
from django.db.models import F, Q

from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.audit.actor import ROLE_LABELS, Role
from hilfefrei.apps.audit.scoping import ScopedManager
from hilfefrei.apps.org.workflows import Specialisation


def factor_roles() -> list[str]:
    """Roles that need a second factor until the house says otherwise: who opens logins, turns a key, answers for the house."""
    return [Role.OPERATOR.value, Role.DATA_PROTECTION.value, Role.DIRECTOR.value]


class Jobcenter(models.Model):
    """One Jobcenter; in real operation the only one of its database.

    Not scoped: it is the scope.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField("Name", max_length=120)
    traeger_number = models.CharField("Trägernummer", max_length=10, unique=True)
    land = models.CharField("Land", max_length=2, default="NI", help_text="Kürzel für Feiertage, z. B. NI")
    street = models.CharField("Straße", max_length=120, blank=True)
    plz = models.CharField("PLZ", max_length=5, blank=True)
    place = models.CharField("Ort", max_length=80, blank=True)
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    phone = models.CharField("Telefon", max_length=40, blank=True)
    benefits_phone = models.CharField("Telefon Leistung", max_length=40, blank=True)
    urgent_phone = models.CharField("Notfach Leistung", max_length=40, blank=True)
    housing_phone = models.CharField("Wohnungssicherung", max_length=40, blank=True)
    protection_phone = models.CharField("Schutzstelle", max_length=40, blank=True)
    counsel_name = models.CharField("Unabhängige Beratung", max_length=120, blank=True)
    counsel_phone = models.CharField("Telefon unabhängige Beratung", max_length=40, blank=True)
    complaint_phone = models.CharField("Kundenreaktion", max_length=40, blank=True)
    opening_hours = models.CharField("Öffnungszeiten", max_length=120, blank=True)
    returning_gap_days = models.PositiveIntegerField(
        "Neu nach … Tagen ohne Leistung", default=92, help_text="wer länger weg war, zählt als neu (Einstellung des Hauses)"
    )
    privacy_first = models.BooleanField(
        "Eingang beginnt mit Sichtschutz", default=False, help_text="für Bildschirme, die von der Theke aus zu lesen sind"
    )
    via_from = models.DateField(
        "ViA seit", null=True, blank=True, help_text="erster Tag; der Monatsbericht vergleicht mit denen, die davor kamen"
    )
    factor_roles = models.JSONField(
        "Rollen mit zweitem Faktor", default=factor_roles, help_text="wer eine dieser Rollen hat, meldet sich mit zwei Schritten an"
    )
    is_demo = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Owned(models.Model):
    """A row of one Jobcenter."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    jobcenter = models.ForeignKey(Jobcenter, on_delete=models.PROTECT, related_name="+", editable=False)

    objects = ScopedManager()

    class Meta:
        abstract = True


def in_force(day: date, start: str = "valid_from", end: str = "valid_to") -> Q:
    """Rows whose period (both ends inclusive, open end = null) holds ``day``."""
    return Q(**{f"{start}__lte": day}) & (Q(**{f"{end}__isnull": True}) | Q(**{f"{end}__gte": day}))


class Team(Owned):
    """A team with a specialisation."""

    name = models.CharField("Name", max_length=80)
    specialisation = models.CharField("Aufgabe", max_length=20, choices=Specialisation.choices)
    phone = models.CharField("Telefon", max_length=40, blank=True)
    closed_on = models.DateField("aufgelöst am", null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["jobcenter", "name"], name="team_name_once")]

    def __str__(self) -> str:
        return self.name


class Position(Owned):
    """A post in a team, held by somebody for a period. Roles follow from it."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="positions", verbose_name="Team")
    holder = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="positions", verbose_name="Person"
    )
    role = models.CharField("Rolle", max_length=20, choices=[(r.value, label) for r, label in ROLE_LABELS.items()])
    is_lead = models.BooleanField("leitet das Team", default=False)
    fte = models.DecimalField("Stellenanteil", max_digits=4, decimal_places=3, help_text="1 = volle Stelle")
    valid_from = models.DateField("von")
    valid_to = models.DateField("bis", null=True, blank=True)
    from_house = models.BooleanField("aus einer Gruppe des Anmeldedienstes", default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["team__name", "-is_lead", "holder__last_name", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(fte__gt=0) & Q(fte__lte=1), name="position_fte"),
            models.CheckConstraint(condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="position_period"),
        ]


class GroupRole(Owned):
    """What a group of the log-in of the house is here: a role in a team."""

    group = models.CharField("Gruppe im Anmeldedienst", max_length=200)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+", verbose_name="Team")
    role = models.CharField("Rolle", max_length=20, choices=[(r.value, label) for r, label in ROLE_LABELS.items()])
    is_lead = models.BooleanField("leitet das Team", default=False)

    class Meta:
        ordering = ["group", "team__name", "role", "id"]
        constraints = [models.UniqueConstraint(fields=["jobcenter", "group", "team", "role"], name="group_role_once")]


class Absence(Owned):
    """Somebody is away. There is no field for the reason, on purpose."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="absences", verbose_name="Wer")
    substitute = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="substitutions", verbose_name="Vertretung"
    )
    valid_from = models.DateField("von")
    valid_to = models.DateField("bis")
    cancelled_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["valid_from", "user__last_name", "id"]
        constraints = [models.CheckConstraint(condition=Q(valid_to__gte=F("valid_from")), name="absence_period")]


class Room(Owned):
    """Where talks and dates take place."""

    name = models.CharField("Raum", max_length=80)
    place = models.CharField("Ort", max_length=80)
    seats = models.PositiveIntegerField("Plätze", null=True, blank=True, help_text="leer = unbegrenzt (Video)")
    step_free = models.BooleanField("stufenlos", default=False)
    remarks = models.CharField("Zugang, Ausstattung", max_length=120, blank=True)
    blocked_from = models.DateField("gesperrt von", null=True, blank=True)
    blocked_to = models.DateField("gesperrt bis", null=True, blank=True)
    closed_on = models.DateField("aufgegeben am", null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["place", "name"]
        constraints = [models.UniqueConstraint(fields=["jobcenter", "name"], name="room_name_once")]

    def __str__(self) -> str:
        return self.name


class ApiAccess(Owned):
    """What another machine of the house calls with. Only a hash of its token is here: whoever reads the database cannot call."""

    name = models.CharField("Wofür", max_length=80, help_text="welches Verfahren damit fragt")
    digest = models.CharField("Abdruck des Kennzeichens", max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField("angelegt")
    last_used_on = models.DateField("zuletzt benutzt", null=True, blank=True)
    revoked_at = models.DateTimeField("zurückgezogen", null=True, blank=True)

    class Meta:
        ordering = ["name", "created_at", "id"]
        constraints = [models.UniqueConstraint(fields=["jobcenter", "name"], condition=Q(revoked_at=None), name="api_access_name_once")]
