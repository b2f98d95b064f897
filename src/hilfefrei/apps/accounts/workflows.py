"""Words of logins, as data."""

from django.db.models import TextChoices


class Closed(TextChoices):
    """Why a login is closed. What the house closed by itself opens again by itself; what the operator closed does not."""

    OPERATOR = "operator", "von der Betriebsrolle"
    GROUP = "group", "keine Gruppe mehr im Anmeldedienst"
    LIST = "list", "steht nicht mehr in der Liste der Beschäftigten"
