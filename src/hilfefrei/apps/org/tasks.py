"""What the worker does with the emergency login: sound the alarm, end it when its hours are over."""

import logging
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from hilfefrei.apps.audit.tasks import Handler
from hilfefrei.apps.org import identity

log = logging.getLogger("hilfefrei.emergency")


def alarm(_jobcenter_id: UUID, payload: dict[str, Any], _now: datetime, _data: Path) -> None:
    """Say in the log that the emergency login is in use; the pages of operator and data protection say it too."""
    log.error("emergency login in use: seal %s until %s", payload["seal"], payload["until"])


def reset_alarm(_jobcenter_id: UUID, payload: dict[str, Any], _now: datetime, _data: Path) -> None:
    """Say in the log that somebody at the machine opened the login of an operator; the pages say it too."""
    log.error("login of an operator reset on this machine: login %s", payload["login"])


HANDLERS: dict[str, Handler] = {"emergency.alarm": alarm, "login.alarm": reset_alarm}


def end_emergencies(jobcenter_id: UUID, now: datetime) -> None:
    """End the emergency login when its hours are over."""
    for seal in identity.over_emergencies(now):
        identity.end_emergency(actor=identity.gatekeeper(jobcenter_id), at=now, seal_id=seal)
