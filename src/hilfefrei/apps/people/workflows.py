"""Words of people and households, as data."""

from django.db.models import TextChoices


class MemberRole(TextChoices):
    """Place of a person in a benefit unit (§ 7(3) SGB II)."""

    APPLICANT = "applicant", "Antragsteller/in"
    PARTNER = "partner", "Partner/in"
    CHILD = "child", "Kind"
    OTHER = "other", "weitere Person"


class Stay(TextChoices):
    """Whether a person lives in a unit always or, as a child of parted parents, on some days (BSG 2.7.2009, B 14 AS 75/08 R)."""

    WHOLE = "whole", "ganz"
    PART = "part", "zeitweise"


class ChannelKind(TextChoices):
    PHONE = "phone", "Telefon"
    MOBILE = "mobile", "Mobil"
    EMAIL = "email", "E-Mail"


class AddressKind(TextChoices):
    HOME = "home", "Wohnung"
    SHELTER = "shelter", "geschützte Unterkunft"
    POSTAL = "postal", "Postanschrift"
    NO_ABODE = "no_abode", "ohne festen Wohnsitz"


class AttendantKind(TextChoices):
    COMPANION = "companion", "Begleitung"
    GUARDIAN = "guardian", "gesetzliche Vertretung"
    INTERPRETER = "interpreter", "Sprachmittlung"


class NumberKind(TextChoices):
    """Foreign keys of the paying system; they change by law (§ 51a SGB II), so each has a period."""

    CUSTOMER = "customer", "Kundennummer"
    UNIT = "unit", "BG-Nummer"
    FILE = "file", "Aktenzeichen"


class ResponsibilityKind(TextChoices):
    ENTRANCE = "entrance", "Eingang"
    INTEGRATION = "integration", "Vermittlung"
    BENEFITS = "benefits", "Leistung"


class RestrictionKind(TextChoices):
    PROTECTED = "protected", "geschützt"
    STAFF = "staff", "Beschäftigte oder Angehörige"
    # Set and lifted by data protection alone, with nobody named (Art. 18 GDPR, § 84(3) SGB X).
    LIMITED = "limited", "Verarbeitung eingeschränkt"


class ForeignField(TextChoices):
    """What the paying system owns and may have wrong."""

    NAME = "name", "Name"
    BIRTH_DATE = "birth_date", "Geburtsdatum"
    NUMBER = "number", "Nummer"
    UNIT = "unit", "Bedarfsgemeinschaft"


LANGUAGES: dict[str, str] = {
    "de": "Deutsch",
    "uk": "Ukrainisch",
    "ar": "Arabisch",
    "tr": "Türkisch",
    "ru": "Russisch",
    "fa": "Farsi",
    "pl": "Polnisch",
    "ro": "Rumänisch",
    "en": "Englisch",
    "ku": "Kurdisch",
    "ti": "Tigrinya",
    "dgs": "Gebärdensprache",
}
