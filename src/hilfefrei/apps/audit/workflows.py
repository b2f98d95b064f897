"""States of an inquiry into accesses, as data."""

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
