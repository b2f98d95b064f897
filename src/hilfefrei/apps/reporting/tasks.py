"""What time does to reporting."""

from datetime import datetime
from uuid import UUID

from hilfefrei.apps.audit.actor import system
from hilfefrei.apps.reporting.domain import comparison


def tidy_tables(jobcenter_id: UUID, now: datetime) -> None:
    """Discard tables of published figures that nobody took over."""
    comparison.tidy_tables(actor=system(jobcenter_id), at=now)
