"""What the county holds to be appropriate for housing: its own table, dated, kept by whoever knows it."""

from django.db import models
from django.db.models import Q

from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.org.models import Owned


class HousingLimits(Owned):
    """The limits from a day on, until the day of the next table (§ 22 (1), §§ 22a to 22c SGB II).

    A corrected table stays, with the moment from which it no longer counts: claims were worked out with it.
    """

    valid_from = models.DateField("gilt ab")
    cold_cents = models.JSONField("Bruttokaltmiete", help_text="Miete und Betriebskosten in Cent für 1, 2, 3 … Personen, der letzte Wert für alle größeren")
    heating_cents = models.JSONField("Heizung", default=list, blank=True, help_text="ebenso; leer: tatsächliche Heizkosten")
    source = models.CharField("Quelle", max_length=200, help_text="Beschluss, Satzung oder Gutachten mit Datum")
    reason = models.CharField("Grund", max_length=300, blank=True, help_text="warum eine frühere Tabelle berichtigt wurde")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    replaced_at = models.DateTimeField("berichtigt", null=True, blank=True)

    class Meta:
        ordering = ["-valid_from", "-recorded_at", "id"]
        constraints = [models.UniqueConstraint(fields=["jobcenter", "valid_from"], condition=Q(replaced_at=None), name="housing_limits_once")]
