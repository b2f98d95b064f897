"""Deliveries of the paying system: one package, staged, compared, applied or discarded, and undone as a whole."""

from django.db import models

from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.benefits.workflows import DeliveryKind, DeliveryState, RowState
from hilfefrei.apps.org.models import Owned


class Delivery(Owned):
    """One package of tables. ``as_of`` is the day of the data, whatever the day on which it came."""

    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    sender = models.CharField("Verfahren", max_length=80, blank=True)
    kind = models.CharField("Art", max_length=10, choices=DeliveryKind.choices)
    as_of = models.DateField("Stand der Daten", null=True)
    is_complete = models.BooleanField("vollständig", default=False, help_text="was darin fehlt, gibt es nicht mehr")
    state = models.CharField(max_length=9, choices=DeliveryState.choices, default=DeliveryState.STAGED)
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    uploaded_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict, help_text="Zahl der Zeilen je Tabelle, Zustand und Regel")
    step = models.CharField("Schritt", max_length=80, blank=True, help_text="was gerade geschieht, solange sie eingelesen wird")
    refusal = models.CharField(max_length=400, blank=True, help_text="warum das Ganze abgelehnt wurde")
    refusal_code = models.CharField(max_length=20, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-uploaded_at", "id"]


class DeliveryRow(Owned):
    """One row that changes something or was set aside, or many new ones together; what stays as it is has no row here."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="rows")
    table = models.CharField(max_length=24)
    line = models.PositiveIntegerField(help_text="Zeile der Tabelle; 0 = steht nicht in ihr")
    key = models.CharField(max_length=120)
    state = models.CharField(max_length=9, choices=RowState.choices)
    reasons = models.JSONField(default=list, help_text="[{code, text, remedy}]")
    codes = models.CharField(max_length=200, blank=True, help_text="Kurznamen der Regeln, je zwischen Leerzeichen")
    raw = models.JSONField(default=dict, help_text="die Zeile, wie sie kam, wenn sie nicht übernommen werden kann")
    data = models.JSONField(default=list, help_text="[[Art, id, Felder danach oder null]]: was übernommen wird")
    before = models.JSONField(default=list, help_text="je Eintrag von data: Felder vorher oder null, für das Zurücknehmen")
    object_id = models.UUIDField(null=True, help_text="der Datensatz, um den es geht")

    class Meta:
        ordering = ["table", "line", "id"]
        indexes = [models.Index(fields=["delivery", "state", "table", "line"], name="pay_row_by_state")]


class VendorMapping(Owned):
    """How one vendor names tables, columns and values (``docs/deliveries.md``)."""

    name = models.CharField("Name", max_length=80)
    content = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["jobcenter", "name"], name="vendor_mapping_name")]


class DeliveryTurn(Owned):
    """Locked while a delivery is taken over or back: one at a time, and what was compared still holds."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["jobcenter"], name="one_delivery_turn")]
