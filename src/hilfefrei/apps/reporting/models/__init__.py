"""Figures as they were told: with as-of and data state. The people behind them stay in the other apps."""

from hilfefrei.apps.reporting.models.month import MonthClosing, MonthFigure

__all__ = ["MonthClosing", "MonthFigure"]
