"""States of vacancies and of their imports."""

from django.db.models import TextChoices


class VacancyState(TextChoices):
    OPEN = "open", "offen"
    WITHDRAWN = "withdrawn", "zurückgezogen"
    FILLED = "filled", "besetzt"
    EXPIRED = "expired", "abgelaufen"


class Source(TextChoices):
    BA_V6 = "ba_v6", "BA Jobsuche"
    CSV = "csv", "Datei"
    OWN = "own", "eigener Arbeitgeberservice"
    DEMO = "demo", "Übung"


class ImportState(TextChoices):
    COLUMNS = "columns", "Spalten noch nicht zugeordnet"
    REFUSED = "refused", "abgelehnt"
    STAGED = "staged", "wartet auf Übernahme"
    APPLIED = "applied", "übernommen"
    DISCARDED = "discarded", "verworfen"
    UNDONE = "undone", "zurückgenommen"


class RowState(TextChoices):
    NEW = "new", "neu"
    CHANGED = "changed", "geändert"
    UNCHANGED = "unchanged", "unverändert"
    GONE = "gone", "fehlt in der Lieferung"
    REJECTED = "rejected", "zurückgewiesen"
    DUPLICATE = "duplicate", "doppelt"


class WageUnit(TextChoices):
    HOUR = "hour", "je Stunde"
    MONTH = "month", "im Monat"
    YEAR = "year", "im Jahr"
    NONE = "none", "nicht angegeben"
