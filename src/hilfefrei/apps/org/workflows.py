"""Words of the organisation, as data."""

from django.db.models import TextChoices


class Specialisation(TextChoices):
    """What a team is for (model S5)."""

    VIA = "via", "ViA"
    PLACEMENT = "placement", "Vermittlungsstelle"
    REHABILITATION = "rehabilitation", "Rehabilitation"
    MIGRATION = "migration", "Migration"
    GENERAL = "general", "Fallmanagement"
    UNDER_25 = "under_25", "Unter 25"
    BENEFITS = "benefits", "Leistung"
    EMPLOYER_SERVICE = "employer_service", "Arbeitgeberservice"
    MANAGEMENT = "management", "Leitung und Stab"
    PROTECTION = "protection", "Schutzstelle"


INTEGRATION_TEAMS = (
    Specialisation.PLACEMENT,
    Specialisation.REHABILITATION,
    Specialisation.MIGRATION,
    Specialisation.GENERAL,
    Specialisation.UNDER_25,
)
