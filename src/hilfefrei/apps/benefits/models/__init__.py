"""What benefits sees: the application, urgent reports, papers, and what the paying system delivers. Never placement notes."""

from hilfefrei.apps.benefits.models.application import Application, ApplicationOutcome, Declaration, Paper, UrgentReport
from hilfefrei.apps.benefits.models.deliveries import Delivery, DeliveryRow, DeliveryTurn, VendorMapping
from hilfefrei.apps.benefits.models.foreign import (
    Contradiction,
    Decision,
    Integration,
    MonthlyAmount,
    Officer,
    Participation,
    Receipt,
)
from hilfefrei.apps.benefits.models.housing import HousingLimits

__all__ = [
    "Application",
    "ApplicationOutcome",
    "Contradiction",
    "Decision",
    "Declaration",
    "Delivery",
    "DeliveryRow",
    "DeliveryTurn",
    "HousingLimits",
    "Integration",
    "MonthlyAmount",
    "Officer",
    "Paper",
    "Participation",
    "Receipt",
    "UrgentReport",
    "VendorMapping",
]
