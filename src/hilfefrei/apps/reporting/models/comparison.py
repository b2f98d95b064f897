"""Published figures of all places, without personal data, and the tables that they came in.

A figure is never overwritten: place, time, code and state of the data are its identity, and the newest state counts. So
taking a table back only removes what it brought.
"""

from django.db import models

from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.org.models import Owned
from hilfefrei.apps.reporting.workflows import DIRECTIONS, KINDS, Change, TableState


class PublishedTable(Owned):
    """One table as it was handed in: staged, compared, taken over or discarded, taken back as a whole."""

    file_name = models.CharField("Dateiname", max_length=200)
    sha256 = models.CharField("Prüfsumme der Datei", max_length=64)
    mapping = models.CharField("Zuordnung der Spalten", max_length=80, blank=True)
    kind = models.CharField("Orte sind", max_length=8, choices=KINDS, blank=True)
    is_list = models.BooleanField("Liste der Orte", default=False)
    source = models.CharField("Quelle", max_length=160, blank=True)
    licence = models.CharField("Lizenz", max_length=80, blank=True)
    data_state = models.CharField("Stand der Daten", max_length=40, blank=True, help_text="wenn er nicht in der Tabelle steht")
    state = models.CharField(max_length=9, choices=TableState.choices, default=TableState.STAGED)
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    uploaded_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict, help_text="Zahl der Zeilen und Werte je Art der Änderung und je Regel")
    refusal = models.CharField(max_length=500, blank=True, help_text="warum das Ganze abgelehnt wurde")
    refusal_code = models.CharField(max_length=20, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-uploaded_at", "id"]


class PublishedFile(Owned):
    """The file of a table whose columns nobody has named yet; gone once they are."""

    table = models.OneToOneField(PublishedTable, on_delete=models.CASCADE, related_name="file")
    content = models.BinaryField()


class PublishedReject(Owned):
    """A line that was not taken, the rule it breaks and what helps."""

    table = models.ForeignKey(PublishedTable, on_delete=models.CASCADE, related_name="rejects")
    line = models.PositiveIntegerField()
    code = models.CharField(max_length=20)
    text = models.CharField(max_length=300)
    remedy = models.CharField(max_length=200)
    raw = models.CharField(max_length=300)

    class Meta:
        ordering = ["line", "code", "id"]


class PublishedFigure(Owned):
    """One value. It counts once its table is taken over; of several states of the data the newest counts."""

    table = models.ForeignKey(PublishedTable, on_delete=models.CASCADE, related_name="figures")
    kind = models.CharField(max_length=8, choices=KINDS)
    place = models.CharField("Nummer oder Schlüssel", max_length=8)
    period = models.CharField("Jahr oder Monat", max_length=7)
    code = models.CharField("Kennzahl", max_length=60)
    value = models.FloatField("Wert")
    state = models.CharField("Datenstand, wie gedruckt", max_length=40)
    state_on = models.DateField("Datenstand als Tag")
    change = models.CharField(max_length=9, choices=Change.choices)
    before = models.FloatField("vorheriger Wert", null=True)
    line = models.PositiveIntegerField("Zeile")

    class Meta:
        ordering = ["code", "period", "place", "state_on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["table", "kind", "code", "period", "place", "state_on"], name="published_figure_once")
        ]
        indexes = [models.Index(fields=["jobcenter", "kind", "code", "period"], name="published_by_code")]


class PublishedPlace(Owned):
    """What a place is called and what it is in a year, from a list (then all places of that year) or beside figures."""

    table = models.ForeignKey(PublishedTable, on_delete=models.CASCADE, related_name="places")
    kind = models.CharField(max_length=8, choices=KINDS)
    place = models.CharField("Nummer oder Schlüssel", max_length=8)
    year = models.PositiveSmallIntegerField("Jahr")
    is_list = models.BooleanField("aus einer Liste", default=False)
    name = models.CharField("Name", max_length=120)
    form = models.CharField("Form", max_length=20, blank=True, help_text="gE oder zkT")
    land = models.CharField("Land", max_length=2, blank=True)
    type = models.CharField("Vergleichstyp", max_length=20, blank=True)

    class Meta:
        ordering = ["year", "place", "id"]
        constraints = [models.UniqueConstraint(fields=["table", "kind", "is_list", "year", "place"], name="published_place_once")]
        indexes = [models.Index(fields=["jobcenter", "kind", "year"], name="published_place_by_year")]


class PublishedIndicator(Owned):
    """What the house says about a figure: name, unit, which way is good. Known ones stand in ``core/data/published.toml``."""

    code = models.CharField("Kürzel", max_length=60)
    label = models.CharField("Name", max_length=160)
    unit = models.CharField("Einheit", max_length=20, blank=True)
    direction = models.CharField("Richtung", max_length=4, choices=DIRECTIONS, blank=True)
    definition = models.CharField("Was gezählt wird", max_length=400, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["label", "code"]
        constraints = [models.UniqueConstraint(fields=["jobcenter", "code"], name="published_indicator_once")]


class PublishedMapping(Owned):
    """Which column of a table is what, kept under a name for the next time."""

    name = models.CharField("Name", max_length=80)
    kind = models.CharField(max_length=8, choices=KINDS)
    columns = models.JSONField("Spalten", default=dict)
    source = models.CharField("Quelle", max_length=160, blank=True)
    licence = models.CharField("Lizenz", max_length=80, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["jobcenter", "name"], name="published_mapping_name")]


class OwnPlace(Owned):
    """Which place we are, from a year on: numbers change, and a county has a key of its own."""

    kind = models.CharField(max_length=8, choices=KINDS)
    place = models.CharField("Nummer oder Schlüssel", max_length=8)
    from_year = models.PositiveSmallIntegerField("ab dem Jahr", default=0, help_text="0 = immer")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["kind", "from_year", "id"]
        constraints = [models.UniqueConstraint(fields=["jobcenter", "kind", "from_year"], name="own_place_once")]
