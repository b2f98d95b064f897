"""Runs that delete, wishes of single persons to be erased, the log of what was deleted, reasons to hold back, notes on disputed data."""

from django.db import models
from django.db.models import Q

from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.org.models import Owned
from hilfefrei.apps.people.models import Person, Restriction
from hilfefrei.apps.privacy.workflows import Ground, HoldKind, ItemState, RunState, WishState


class RetentionRun(Owned):
    """One run: asked for and looked at by data protection, released by somebody else, done by the worker."""

    state = models.CharField("Stand", max_length=9, choices=RunState.choices, default=RunState.ASKED)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="Probelauf von")
    asked_at = models.DateTimeField("Probelauf am")
    as_of = models.DateField("Stichtag", null=True)
    reached = models.CharField("gerechnet bis (Schlüssel)", max_length=36, blank=True, help_text="ein Probelauf geht in Stücken")
    checked_at = models.DateTimeField("gerechnet am", null=True)
    counts = models.JSONField("Zahlen", default=dict, help_text="{Frist: {Tabelle: Zahl}}; keine Namen")
    held = models.JSONField("zurückgehalten", default=dict, help_text="{Grund: Zahl der Personen}")
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="beantwortet von")
    answered_at = models.DateTimeField("beantwortet am", null=True)
    answer = models.CharField("Antwort", max_length=300, blank=True)
    done_at = models.DateTimeField("fertig am", null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-asked_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["jobcenter"], condition=Q(state__in=["asked", "checked", "released"]), name="one_open_retention_run"
            )
        ]


class RetentionItem(Owned):
    """What goes of one household: the unit in which a run works and after which it may be killed. Keys, never names."""

    run = models.ForeignKey(RetentionRun, on_delete=models.CASCADE, related_name="items")
    person_ids = models.JSONField("Personen (Schlüssel)", default=list)
    counts = models.JSONField("Zahlen", default=dict, help_text="{Frist: {Tabelle: Zahl}}")
    state = models.CharField("Stand", max_length=4, choices=ItemState.choices, default=ItemState.OPEN)
    why = models.CharField("behalten, weil", max_length=120, blank=True)
    done_at = models.DateTimeField("erledigt am", null=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["run", "state"], name="retention_item_open")]


class ErasureWish(Owned):
    """Somebody wants to be erased out of turn (Art. 17 DSGVO). Keeps a key and no name: it outlives the file that it is about."""

    person_id = models.UUIDField("Person (Schlüssel)")
    state = models.CharField("Stand", max_length=9, choices=WishState.choices, default=WishState.ASKED)
    ground = models.CharField("Grund", max_length=10, choices=Ground.choices)
    cause = models.CharField("Stichwort", max_length=200, blank=True)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="aufgenommen von")
    asked_at = models.DateTimeField("verlangt am")
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="entschieden von")
    decided_at = models.DateTimeField("entschieden am", null=True)
    goes = models.JSONField("wird gelöscht", default=list, help_text="[Frist]; keine Namen")
    stays = models.JSONField("bleibt", default=dict, help_text="{Frist: Grund}; keine Namen")
    counts = models.JSONField("Zahlen bei der Entscheidung", default=dict, help_text="{Frist: {Tabelle: Zahl}}; keine Namen")
    answer = models.CharField("Satz für den Brief", max_length=300, blank=True)
    told_at = models.DateTimeField("Brief am", null=True)
    told_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="Brief von")
    waits = models.CharField("wartet, weil", max_length=120, blank=True)
    done_at = models.DateTimeField("gelöscht am", null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-asked_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["jobcenter", "person_id"], condition=Q(state__in=["asked", "granted", "told"]), name="one_open_erasure_wish"
            )
        ]


class Erasure(Owned):
    """The log of what was deleted, without its content: kept beside the database too, and done again after a restore."""

    run_id = models.UUIDField("Löschlauf", null=True)
    at = models.DateTimeField("gelöscht am")
    by = models.UUIDField("freigegeben von (Schlüssel)")
    retention = models.CharField("Frist", max_length=20)
    table = models.CharField("Tabelle", max_length=60)
    row_ids = models.JSONField("Zeilen (Schlüssel)", default=list)
    fields = models.JSONField("geleerte Felder", default=list, help_text="leer = ganze Zeilen")
    number = models.BigIntegerField("laufende Nummer")

    # How many rows were there again when it was carried out once more; no column.
    rows_again = 0

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["jobcenter", "number"], name="erasure_number_once")]


class Hold(Owned):
    """Data of a person stay although their period may be over; with ``restriction`` nobody works with them meanwhile."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="holds")
    kind = models.CharField("Grund", max_length=9, choices=HoldKind.choices)
    cause = models.CharField("Zeichen oder Stichwort", max_length=200)
    restriction = models.ForeignKey(Restriction, on_delete=models.SET_NULL, null=True, related_name="holds", verbose_name="Einschränkung")
    set_at = models.DateTimeField("vorgemerkt am")
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="vorgemerkt von")
    lifted_at = models.DateTimeField("aufgehoben am", null=True)
    lifted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="aufgehoben von")

    class Meta:
        ordering = ["-set_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["person", "kind"], condition=Q(lifted_at=None), name="one_open_hold_per_kind")
        ]


class FieldNote(Owned):
    """The person says that a value is wrong (§ 84 Abs. 2 SGB X): the value stays, the note stands beside it."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="field_notes")
    table = models.CharField("Tabelle", max_length=60)
    field = models.CharField("Feld", max_length=60)
    row_id = models.UUIDField("Zeile (Schlüssel)", null=True)
    says = models.CharField("Was die Person sagt", max_length=300)
    noted_at = models.DateTimeField("vermerkt am")
    noted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="vermerkt von")
    settled_at = models.DateTimeField("geklärt am", null=True)
    settled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="geklärt von")
    result = models.CharField("wie geklärt", max_length=200, blank=True)

    class Meta:
        ordering = ["-noted_at", "id"]
