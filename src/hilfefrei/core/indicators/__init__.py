"""Figures as functions from tables to tables. The day comes in, no clock and no database is asked here."""
