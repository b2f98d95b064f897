"""What follows from deliveries after the commit, and what time does to vacancies."""

import logging
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from hilfefrei.apps.audit.actor import system
from hilfefrei.apps.audit.tasks import Handler
from hilfefrei.apps.vacancies import domain

log = logging.getLogger("hilfefrei.vacancies")


def alarm(_jobcenter_id: UUID, payload: dict[str, Any], _now: datetime, _data: Path) -> None:
    """Say in the log of the operator that the job search answers in another shape; the pages say it too."""
    log.error("the interface of the job search has changed: delivery %s", payload["delivery"])


HANDLERS: dict[str, Handler] = {"vacancies.alarm": alarm}


def age_out(jobcenter_id: UUID, now: datetime) -> None:
    """Close what has expired, discard what nobody took over."""
    domain.age_out(actor=system(jobcenter_id), at=now)
