"""The application, urgent reports, papers: what belongs to the wish for money."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.benefits.workflows import Channel, DeclarationKind, Outcome, PaperState, UrgentKind
from hilfefrei.apps.org.models import Owned
from hilfefrei.apps.people.models import BenefitUnit, Person


class Application(Owned):
    """Antrag: the legal fact that a benefit unit wished for money at a moment (§§ 37 SGB II, 16 SGB I).

    ``asked_at`` may lie before ``recorded_at`` and survives every correction of the person.
    """

    applicant = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="applications")
    benefit_unit = models.ForeignKey(BenefitUnit, on_delete=models.PROTECT, related_name="applications")
    asked_at = models.DateTimeField("gestellt")
    time_source = models.CharField("woher wir die Zeit wissen", max_length=80, blank=True)
    effect_from = models.DateField("wirkt ab", help_text="Erster des Monats, § 37 Abs. 2 SGB II")
    channel = models.CharField("Weg", max_length=12, choices=Channel.choices)
    asked_by = models.CharField("wer gefragt hat", max_length=120, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    reference = models.CharField("Zeichen", max_length=20, help_text="unser Zeichen, bis ein Aktenzeichen da ist")
    sent_at = models.DateTimeField("an Leistung gesendet", null=True)
    confirmed_at = models.DateTimeField("von Leistung bestätigt", null=True)
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    file_number = models.CharField("Aktenzeichen", max_length=30, blank=True)
    receipt_at = models.DateTimeField("Bestätigung ausgehändigt", null=True)
    complete_at = models.DateTimeField("vollständig seit", null=True, help_text="Zinsen ab Monat 7, § 44 SGB I")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-asked_at", "id"]
        constraints = [models.UniqueConstraint(fields=["jobcenter", "reference"], name="application_reference_once")]
        indexes = [
            models.Index(fields=["confirmed_at", "asked_at"], name="application_unconfirmed"),
            models.Index(Upper("reference"), name="application_in_capitals"),
        ]


class ApplicationOutcome(Owned):
    """The one outcome of an application; a revoked one stays to be seen."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="outcomes")
    kind = models.CharField(max_length=9, choices=Outcome.choices)
    decided_on = models.DateField("vom")
    granted_from = models.DateField("bewilligt von", null=True, blank=True)
    granted_to = models.DateField("bis", null=True, blank=True)
    provisional = models.BooleanField("vorläufig", default=False)
    hint_on = models.DateField("schriftlicher Hinweis vom", null=True, blank=True, help_text="vor einer Versagung, § 66 Abs. 3 SGB I")
    hint_until = models.DateField("Frist im Hinweis bis", null=True, blank=True)
    source = models.CharField("woher wir es wissen", max_length=120)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-recorded_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["application"], condition=Q(revoked_at=None), name="one_outcome_in_force")
        ]


class UrgentReport(Owned):
    """Something that cannot wait, reported to benefits. Red until benefits confirmed it."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="urgent_reports")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, null=True, related_name="urgent_reports")
    kind = models.CharField(max_length=12, choices=UrgentKind.choices)
    detail = models.CharField("dazu", max_length=300, blank=True)
    money_until = models.DateField("Geld reicht bis", null=True, blank=True)
    amount_cents = models.BigIntegerField("Betrag", null=True, blank=True)
    reported_at = models.DateTimeField("gemeldet")
    reported_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    due_at = models.DateTimeField("Antwort fällig")
    reminded = models.JSONField(default=list, help_text="[{at, how, by}]")
    escalated_at = models.DateTimeField("an die Leitung", null=True)
    confirmed_at = models.DateTimeField("bestätigt", null=True)
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    result = models.CharField("Ergebnis", max_length=300, blank=True)
    closed_at = models.DateTimeField("erledigt", null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["due_at", "id"]
        indexes = [models.Index(fields=["due_at"], name="urgent_unconfirmed", condition=Q(confirmed_at=None))]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "kind"],
                condition=Q(confirmed_at=None, closed_at=None),
                name="one_waiting_report_per_kind",
            )
        ]


class Declaration(Owned):
    """A declaration that changes what benefits pay: withdrawal, waiver, its revocation. Red until benefits confirmed it.

    The declaration itself and nothing of the talk around it: the reason in the person's words stays with the entrance.
    """

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="declarations")
    kind = models.CharField(max_length=9, choices=DeclarationKind.choices)
    signed_on = models.DateField("unterschrieben am", null=True)
    representative = models.CharField("Zustimmung der gesetzlichen Vertretung", max_length=120, blank=True)
    declared_at = models.DateTimeField("erklärt")
    declared_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField("von Leistung bestätigt", null=True)
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-declared_at", "id"]


class Paper(Owned):
    """One paper that the decision needs, computed from the situation; seeing it is enough."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="papers")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="papers", help_text="leer = Haushalt")
    rule = models.CharField(max_length=40, help_text="Regel in core/data/papers.toml")
    title = models.CharField(max_length=120)
    why = models.CharField(max_length=200)
    form_code = models.CharField(max_length=6, blank=True)
    state = models.CharField(max_length=10, choices=PaperState.choices, default=PaperState.MISSING)
    asked_on = models.DateField()
    due_on = models.DateField(null=True)
    received_on = models.DateField(null=True)
    seen_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["person__birth_date", "due_on", "title", "id"]
        constraints = [
            models.UniqueConstraint(fields=["application", "person", "rule"], name="paper_once"),
            models.UniqueConstraint(
                fields=["application", "rule"], condition=Q(person=None), name="household_paper_once"
            ),
        ]
