"""What a calculation rests on and what it gave: facts with their period and source, claims with facts, law and lines."""

from django.db import models
from django.db.models import F, Q

from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.benefits.models.application import Application
from hilfefrei.apps.benefits.workflows import FactSource
from hilfefrei.apps.org.models import Owned
from hilfefrei.apps.people.models import BenefitUnit


class Basis(Owned):
    """Facts of a unit for a period, as somebody handed them in. Never overwritten: what is known later is a further row.

    For a month counts the one that begins last, of several beginning together the latest (``number``). ``household`` is what
    :func:`hilfefrei.core.law.from_json` reads; known people stand in it by their key, others as p1, p2, …
    """

    benefit_unit = models.ForeignKey(BenefitUnit, on_delete=models.PROTECT, related_name="bases")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, null=True, related_name="bases")
    number = models.PositiveIntegerField("Fassung")
    household = models.JSONField(default=dict)
    valid_from = models.DateField("gilt ab", help_text="Erster eines Monats")
    valid_to = models.DateField("gilt bis", null=True, blank=True)
    source = models.CharField("wer es sagt", max_length=6, choices=FactSource.choices)
    source_detail = models.CharField("genauer", max_length=120, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField("zurückgenommen", null=True)
    revoked_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-number", "id"]
        constraints = [
            models.UniqueConstraint(fields=["benefit_unit", "number"], name="basis_number_once"),
            models.CheckConstraint(condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="basis_period"),
        ]

    @property
    def version(self) -> int:
        """The version of the facts of the unit, for whoever saves next."""
        return self.number


class Calculation(Owned):
    """The claim of a month, worked out from one basis by the law of one state; kept as it was.

    ``number`` counts up within the unit: of a month the highest counts. ``result`` and ``steps`` are the unit's figures and lines.
    """

    basis = models.ForeignKey(Basis, on_delete=models.PROTECT, related_name="calculations")
    number = models.PositiveIntegerField()
    month = models.DateField("Monat")
    law_state = models.CharField("Rechtsstand", max_length=40)
    law_sum = models.CharField("Prüfsumme des Rechts", max_length=64)
    benefit = models.CharField("Name der Leistung", max_length=40)
    claim_cents = models.BigIntegerField("Anspruch", null=True)
    supplement_cents = models.BigIntegerField("Sofortzuschlag", null=True)
    result = models.JSONField(default=dict)
    steps = models.JSONField(default=list)
    calculated_at = models.DateTimeField()

    class Meta:
        ordering = ["month", "-number", "id"]
        constraints = [models.UniqueConstraint(fields=["basis", "month", "law_sum"], name="calculation_once_per_month")]
