"""Verbs that keep figures and published tables."""
