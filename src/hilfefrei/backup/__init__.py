"""Backup, restore and upgrade of one installation: ``./hilfefrei backup``, ``restore``, ``upgrade``."""


class BackupError(Exception):
    """It cannot be done; ``str(error)`` says why and what to do, in plain German. Nothing was lost."""
