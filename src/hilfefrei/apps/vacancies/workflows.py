"""States of vacancies and of their imports."""

from django.db.models import TextChoices


class VacancyState(TextChoices):
    OPEN = "open", "offen"
    WITHDRAWN = "withdrawn", "zurückgezogen"
    FILLED = "filled", "besetzt"


class Source(TextChoices):
    BA_V6 = "ba_v6", "BA Jobsuche"
    CSV = "csv", "Datei"
    OWN = "own", "eigener Arbeitgeberservice"
    DEMO = "demo", "Übung"


class ImportState(TextChoices):
    STAGED = "staged", "geprüft, noch nicht übernommen"
    APPLIED = "applied", "übernommen"
    DISCARDED = "discarded", "verworfen"
    UNDONE = "undone", "zurückgenommen"


class RowState(TextChoices):
    NEW = "new", "neu"
    CHANGED = "changed", "geändert"
    UNCHANGED = "unchanged", "unverändert"
    REPAIRED = "repaired", "repariert"
    REJECTED = "rejected", "abgelehnt"
    DUPLICATE = "duplicate", "doppelt"


class WageUnit(TextChoices):
    HOUR = "hour", "je Stunde"
    MONTH = "month", "im Monat"
    YEAR = "year", "im Jahr"
    NONE = "none", "nicht angegeben"
