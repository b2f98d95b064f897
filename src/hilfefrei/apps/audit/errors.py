"""What a verb says when it cannot do what was asked. Texts are shown to people as they are."""

from typing import Any


class Refused(Exception):
    """The verb changed nothing; ``str(error)`` says in plain German what to do.

    ``code`` is stable for tests and interfaces, ``field`` names the form field it belongs to.
    """

    def __init__(self, message: str, *, code: str, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.field = field


class Forbidden(Refused):
    """The actor may not do this; views answer 403, or 404 where existence itself is protected."""

    def __init__(self, message: str = "Dafür ist eine andere Stelle zuständig.") -> None:
        super().__init__(message, code="forbidden")


class Stale(Refused):
    """Somebody else saved in between. ``current`` is the object as it is now."""

    def __init__(self, current: Any, message: str = "") -> None:
        super().__init__(
            message
            or "Diese Angaben hat gerade jemand geändert. Beide Fassungen stehen unten. Ihre Eingaben sind noch da.",
            code="stale",
        )
        self.current = current
