"""Temporary first state of the test room."""
