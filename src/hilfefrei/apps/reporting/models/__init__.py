"""Figures as they were told: with as-of and data state. The people behind them stay in the other apps."""

from hilfefrei.apps.reporting.models.comparison import (
    OwnPlace,
    PublishedFigure,
    PublishedFile,
    PublishedIndicator,
    PublishedMapping,
    PublishedPlace,
    PublishedReject,
    PublishedTable,
)
from hilfefrei.apps.reporting.models.month import MonthClosing, MonthFigure

__all__ = [
    "MonthClosing",
    "MonthFigure",
    "OwnPlace",
    "PublishedFigure",
    "PublishedFile",
    "PublishedIndicator",
    "PublishedMapping",
    "PublishedPlace",
    "PublishedReject",
    "PublishedTable",
]
