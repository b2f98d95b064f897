"""A closed month: what was told, of which data, and what was corrected later. No person stands in it."""

from django.db import models
from django.db.models import Q

from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.org.models import Owned


class MonthClosing(Owned):
    """One month that was closed: from then on its figures are the kept ones."""

    month = models.DateField("Monat", help_text="sein Erster")
    data_state = models.DateField("Datenstand", help_text="Stand der neuesten Lieferung bei Abschluss")
    definition = models.CharField("Fassung der Definitionen", max_length=20)
    closed_at = models.DateTimeField("abgeschlossen")
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-month"]
        constraints = [models.UniqueConstraint(fields=["jobcenter", "month"], name="month_closed_once")]


class MonthFigure(Owned):
    """One value of a closed month. A correction writes a new row; the old one stays with the moment it was replaced."""

    closing = models.ForeignKey(MonthClosing, on_delete=models.PROTECT, related_name="figures")
    code = models.CharField(max_length=30)
    part = models.CharField("Gruppe", max_length=30, blank=True)
    value = models.FloatField("Wert", null=True)
    numerator = models.BigIntegerField("Zähler", null=True)
    denominator = models.BigIntegerField("Nenner", null=True)
    as_of = models.DateField("Stand", help_text="letzter betrachteter Tag")
    data_state = models.DateField("Datenstand")
    definition = models.CharField("Fassung der Definition", max_length=20)
    told_at = models.DateTimeField("festgehalten")
    told_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField("warum berichtigt", max_length=300, blank=True)
    replaced_at = models.DateTimeField("ersetzt", null=True)

    class Meta:
        ordering = ["code", "part", "told_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["closing", "code", "part"], condition=Q(replaced_at=None), name="figure_in_force_once")
        ]
