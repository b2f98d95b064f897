"""Vacancies and how they come in."""
