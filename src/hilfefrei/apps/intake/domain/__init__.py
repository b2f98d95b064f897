"""Verbs of the entrance, one module per step of the way."""
