"""Figures, comparison and the cases behind them, each within the rights of the reader."""
