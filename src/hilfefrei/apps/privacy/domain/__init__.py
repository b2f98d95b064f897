"""Verbs of erasure and of the rights of a person."""
