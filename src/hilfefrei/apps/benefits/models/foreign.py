"""What the paying system knows and owns: read here, changed only by its deliveries (rule 9).

Days are inclusive at both ends, an open end is null. The unique key of each table is the one of ``core/data/deliveries``.
"""

from django.db import models
from django.db.models import F, Q

from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.benefits.models.application import Application
from hilfefrei.apps.benefits.models.deliveries import Delivery
from hilfefrei.apps.benefits.workflows import Contested, EndReason, IntegrationKind, IntegrationWay, Outcome, ParticipationEnd
from hilfefrei.apps.org.models import Owned
from hilfefrei.apps.people.models import BenefitUnit, Person


class Receipt(Owned):
    """A stretch in which a person has benefits after SGB II (Leistungsbezug)."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="receipts")
    benefit_unit = models.ForeignKey(BenefitUnit, on_delete=models.PROTECT, related_name="receipts")
    starts = models.DateField("von")
    ends = models.DateField("bis", null=True)
    end_reason = models.CharField("Grund des Endes", max_length=13, choices=EndReason.choices, blank=True)
    employable = models.BooleanField("erwerbsfähig", null=True)

    class Meta:
        ordering = ["-starts", "id"]
        constraints = [
            # A child of parted parents may have benefits in two units from the same day.
            models.UniqueConstraint(fields=["person", "benefit_unit", "starts"], name="receipt_key"),
            models.CheckConstraint(condition=Q(ends=None) | Q(ends__gte=F("starts")), name="receipt_period"),
        ]
        indexes = [models.Index(fields=["starts", "ends"], name="receipt_by_day")]


class Decision(Owned):
    """A decision of the paying system, with the period granted (§ 41 (3) SGB II)."""

    benefit_unit = models.ForeignKey(BenefitUnit, on_delete=models.PROTECT, related_name="decisions")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, null=True, related_name="decisions")
    reference = models.CharField("Zeichen des Antrags", max_length=20, blank=True)
    kind = models.CharField(max_length=9, choices=Outcome.choices)
    decided_on = models.DateField("vom")
    granted_from = models.DateField("bewilligt von", null=True)
    granted_to = models.DateField("bis", null=True)
    provisional = models.BooleanField("vorläufig", default=False)

    class Meta:
        ordering = ["-decided_on", "id"]
        constraints = [
            # Two periods may be granted on one day: arrears and what follows.
            models.UniqueConstraint(fields=["benefit_unit", "decided_on", "kind", "granted_from"], name="decision_key"),
            # An empty day differs from every other for a database: of decisions without a period there is one a day.
            models.UniqueConstraint(fields=["benefit_unit", "decided_on", "kind"], condition=Q(granted_from=None), name="decision_key_plain"),
        ]


class MonthlyAmount(Owned):
    """What a unit could claim in a month, before reductions: LLU and LUH in cents (§§ 20-24, 22 SGB II)."""

    benefit_unit = models.ForeignKey(BenefitUnit, on_delete=models.PROTECT, related_name="amounts")
    month = models.DateField("Monat", help_text="sein Erster")
    llu_cents = models.BigIntegerField("Lebensunterhalt")
    luh_cents = models.BigIntegerField("Unterkunft und Heizung")

    class Meta:
        ordering = ["-month", "id"]
        constraints = [models.UniqueConstraint(fields=["benefit_unit", "month"], name="amount_key")]
        indexes = [models.Index(fields=["month"], name="amount_by_month")]


class Officer(Owned):
    """Who in the paying system is responsible for a unit, as its letters say."""

    benefit_unit = models.ForeignKey(BenefitUnit, on_delete=models.PROTECT, related_name="officers")
    name = models.CharField("Name oder Kürzel", max_length=80)
    phone = models.CharField("Telefon", max_length=40, blank=True)
    valid_from = models.DateField("von")
    valid_to = models.DateField("bis", null=True)

    class Meta:
        ordering = ["-valid_from", "id"]
        constraints = [models.UniqueConstraint(fields=["benefit_unit", "valid_from"], name="officer_key")]


class Integration(Owned):
    """Work or training that began (Integration), as the paying system reports it."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="integrations")
    started_on = models.DateField("am")
    kind = models.CharField(max_length=9, choices=IntegrationKind.choices)
    way = models.CharField("Weg", max_length=8, choices=IntegrationWay.choices, default=IntegrationWay.UNKNOWN)
    ended_on = models.DateField("geendet am", null=True)

    class Meta:
        ordering = ["-started_on", "id"]
        constraints = [models.UniqueConstraint(fields=["person", "started_on", "kind"], name="integration_key")]


class Participation(Owned):
    """Taking part in a measure (Teilnahme)."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="participations")
    measure = models.CharField("Maßnahmeart", max_length=60)
    starts = models.DateField("von")
    ends = models.DateField("bis", null=True)
    ended_how = models.CharField("wie sie endete", max_length=11, choices=ParticipationEnd.choices, blank=True)

    class Meta:
        ordering = ["-starts", "id"]
        constraints = [models.UniqueConstraint(fields=["person", "measure", "starts"], name="participation_key")]


class Contradiction(Owned):
    """What we took down and the paying system says otherwise: theirs holds, both are shown until it is settled."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="contradictions")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, null=True, related_name="contradictions")
    what = models.CharField("Feld", max_length=11, choices=Contested.choices)
    ours = models.CharField("bei uns", max_length=160, blank=True)
    theirs = models.CharField("im zahlenden Verfahren", max_length=160, blank=True)
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="contradictions")
    since = models.DateField("seit")
    settled_on = models.DateField("geklärt am", null=True)
    settled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-since", "what", "id"]
        indexes = [models.Index(fields=["person"], name="contradiction_open", condition=Q(settled_on=None))]
