"""Pure functions and data: no Django, no I/O but package data; the day comes in as an argument."""
