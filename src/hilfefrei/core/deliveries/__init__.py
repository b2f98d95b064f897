"""Deliveries of the paying system: neutral tables, read and judged row by row. Nothing is written here."""
