"""What follows from the way through ViA after the commit."""

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from hilfefrei.apps.audit.tasks import Handler
from hilfefrei.apps.benefits import tasks as benefits
from hilfefrei.apps.intake.models import FirstContact


def application_sheet(jobcenter_id: UUID, payload: dict[str, Any], now: datetime, data: Path) -> None:
    """Send the sheet of an application with what was wished for at the first contact, as far as benefits answer it."""
    first = FirstContact.objects.filter(application=payload["application"]).order_by("contact_at", "id").first()
    benefits.application_sheet(jobcenter_id, payload | {"wishes": first.wishes if first else []}, now, data)


HANDLERS: dict[str, Handler] = {"application.sheet": application_sheet}
