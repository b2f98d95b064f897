"""States of an inquiry into accesses, and the words for what is delivered, as data."""

from django.db.models import TextChoices


class InquiryState(TextChoices):
    """Two keys: one asks with a cause, the other agrees; only then, and for two weeks, the accesses can be read."""

    ASKED = "asked", "wartet auf den zweiten Schlüssel"
    OPEN = "open", "offen"
    REFUSED = "refused", "abgelehnt"
    CLOSED = "closed", "geschlossen"


class InquiryAbout(TextChoices):
    PERSON = "person", "Wer hat diese Akte geöffnet?"
    USER = "user", "Was hat diese Kollegin, dieser Kollege geöffnet?"


# What the worker delivers, in words: kind of the outbox row to what a reader calls it.
DELIVERIES: dict[str, str] = {
    "application.sheet": "Antragsblatt für die Leistung",
    "urgent.sheet": "dringende Meldung auf Papier",
    "declaration.sheet": "Erklärung für die Leistung",
    "vacancies.alarm": "Alarm einer Lieferung von Stellen",
    "delivery.alarm": "Alarm einer Lieferung des zahlenden Verfahrens",
    "emergency.alarm": "Alarm des Notfallzugangs",
    "login.alarm": "Alarm eines zurückgesetzten Zugangs",
    "efile.talk": "Gesprächsblatt für die E-Akte",
    "efile.leave": "Kopie einer Erklärung für die E-Akte",
    "efile.receipt": "Bestätigung eines Antrags für die E-Akte",
}
