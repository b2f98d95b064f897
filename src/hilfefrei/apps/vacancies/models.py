"""Vacancies and the deliveries they came with."""


from django.db import models

from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.org.models import Owned
from hilfefrei.apps.vacancies.workflows import ImportState, RowState, Source, VacancyState, WageUnit


class Delivery(Owned):
    """One file of vacancies: staged, compared, applied or discarded, and undone as a whole."""

    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    source = models.CharField(max_length=6, choices=Source.choices)
    feed = models.CharField(
        "Lieferweg", max_length=80, blank=True, help_text="Zuordnung einer CSV; Nummern gelten nur innerhalb eines Lieferwegs"
    )
    is_full = models.BooleanField(
        "vollständige Lieferung", default=False, help_text="was darin fehlt, gilt als zurückgezogen"
    )
    state = models.CharField(max_length=9, choices=ImportState.choices, default=ImportState.STAGED)
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    uploaded_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict, help_text="Zahl der Zeilen je Zustand und Grund")
    refusal = models.CharField(max_length=400, blank=True, help_text="warum die Datei als Ganzes abgelehnt wurde")
    refusal_code = models.CharField(max_length=20, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-uploaded_at", "id"]


class DeliveryFile(Owned):
    """A CSV whose columns nobody has named yet; deleted as soon as it is staged or discarded."""

    delivery = models.OneToOneField(Delivery, on_delete=models.CASCADE, related_name="file")
    content = models.BinaryField()


class DeliveryRow(Owned):
    """One line of a delivery with what was found in it and why."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField(help_text="Zeile der Datei; 0 = steht nicht in ihr")
    reference = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=9, choices=RowState.choices)
    repaired = models.BooleanField(default=False)
    reasons = models.JSONField(default=list, help_text="[{code, text, remedy}]")
    codes = models.CharField(max_length=300, blank=True, help_text="Kurznamen der Gründe, je zwischen Leerzeichen")
    raw = models.JSONField(default=dict, help_text="die Zeile, wie sie kam")
    data = models.JSONField(default=dict, help_text="die Felder, die übernommen werden")
    before = models.JSONField(default=dict, help_text="Felder der Stelle vor der Übernahme, für das Zurücknehmen")
    vacancy = models.ForeignKey("Vacancy", on_delete=models.SET_NULL, null=True, related_name="delivery_rows")

    class Meta:
        ordering = ["line", "id"]
        indexes = [models.Index(fields=["delivery", "state", "line"], name="row_by_state_and_line")]


class Vacancy(Owned):
    """A job somebody could take. None = not stated; what is not stated is asked, not guessed."""

    source = models.CharField("Herkunft", max_length=6, choices=Source.choices)
    feed = models.CharField("Lieferweg", max_length=80, blank=True)
    reference = models.CharField("Nummer", max_length=80)
    state = models.CharField(max_length=9, choices=VacancyState.choices, default=VacancyState.OPEN)
    title = models.CharField("Titel", max_length=200)
    occupation = models.CharField("Beruf", max_length=160, blank=True)
    employer = models.CharField("Betrieb", max_length=160, blank=True)
    plz = models.CharField("PLZ", max_length=5, blank=True)
    place = models.CharField("Ort", max_length=80, blank=True)
    street = models.CharField("Straße", max_length=120, blank=True)
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    full_time = models.BooleanField("Vollzeit", null=True)
    part_time = models.BooleanField("Teilzeit", null=True)
    hours_min = models.DecimalField("Wochenstunden von", max_digits=4, decimal_places=1, null=True, blank=True)
    hours_max = models.DecimalField("bis", max_digits=4, decimal_places=1, null=True, blank=True)
    starts_at = models.TimeField("Arbeitsbeginn", null=True, blank=True)
    ends_at = models.TimeField("Arbeitsende", null=True, blank=True)
    weekend = models.BooleanField("Wochenende", null=True)
    night_or_shift = models.BooleanField("Schicht oder Nacht", null=True)
    mini_job = models.BooleanField("Minijob", null=True)
    heavy_lifting = models.BooleanField("schweres Heben", null=True)
    long_standing = models.BooleanField("langes Stehen", null=True)
    licence = models.CharField("Führerschein", max_length=10, blank=True)
    german_level = models.CharField("Deutsch", max_length=2, blank=True, help_text="A1 bis C2")
    career_changers = models.BooleanField("Quereinstieg möglich", null=True)
    temporary_work = models.BooleanField("Zeitarbeit", null=True)
    private_agency = models.BooleanField("private Vermittlung", null=True)
    fixed_term = models.BooleanField("befristet", null=True)
    training = models.BooleanField("Ausbildung", default=False)
    seats = models.PositiveIntegerField("freie Stellen", default=1)
    wage_unit = models.CharField("Lohn", max_length=5, choices=WageUnit.choices, default=WageUnit.NONE)
    wage_low_cents = models.BigIntegerField(null=True, help_text="wie angegeben, nach Reparatur der Einheit")
    wage_high_cents = models.BigIntegerField(null=True)
    hour_low_cents = models.BigIntegerField("brutto je Stunde von", null=True)
    hour_high_cents = models.BigIntegerField("brutto je Stunde bis", null=True)
    month_low_cents = models.BigIntegerField("brutto im Monat von", null=True)
    month_high_cents = models.BigIntegerField("brutto im Monat bis", null=True)
    wage_repaired = models.BooleanField(default=False)
    wage_note = models.CharField(max_length=200, blank=True, help_text="was an der Lohnangabe repariert wurde")
    published_on = models.DateField("veröffentlicht am", null=True, blank=True)
    starts_on = models.DateField("Eintritt ab", null=True, blank=True)
    expires_on = models.DateField("läuft ab am", null=True, blank=True)
    contact = models.CharField("Kontakt beim Betrieb", max_length=160, blank=True)
    url = models.URLField("Adresse im Netz", max_length=300, blank=True)
    remarks = models.TextField("Beschreibung", blank=True)
    search_text = models.CharField(max_length=600, blank=True, editable=False, db_index=False)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-published_on", "title", "id"]
        constraints = [models.UniqueConstraint(fields=["jobcenter", "source", "feed", "reference"], name="vacancy_once")]
        indexes = [models.Index(fields=["state", "-published_on"], name="vacancy_open")]

    def __str__(self) -> str:
        return self.title


class CsvMapping(Owned):
    """Which column of a partner's CSV is which of our fields; kept so that the next file needs no typing."""

    name = models.CharField("Name", max_length=80)
    columns = models.JSONField(default=dict, help_text="Feld: Spalte")
    constants = models.JSONField(default=dict, help_text="Feld: Wert, der in der ganzen Datei gilt")
    decimal = models.CharField("Dezimalzeichen", max_length=1, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["jobcenter", "name"], name="mapping_name_once")]


class PostalPlace(Owned):
    """Where a postal code lies. Brought by the operator; without it no way can be told for a delivery without coordinates."""

    plz = models.CharField("PLZ", max_length=5)
    place = models.CharField("Ort", max_length=80)
    lat = models.FloatField()
    lon = models.FloatField()

    class Meta:
        ordering = ["plz", "place"]
        constraints = [models.UniqueConstraint(fields=["jobcenter", "plz", "place"], name="postal_place_once")]
