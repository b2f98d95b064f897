"""Hilfefrei: what a German Jobcenter works with from first contact to lasting freedom from aid."""

__version__ = "0.1.0"
