"""OWASP ASVS 5.0, levels 1 and 2: what is asked, in our words, and where it is shown (``core/data/asvs.toml``)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any


class Is(StrEnum):
    """How far a requirement is met, the best first."""

    TEST = "test"
    DOCUMENT = "document"
    OPEN = "open"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One row. ``where`` names what shows it; ``note`` says what is missing, why it does not apply, or what limits it."""

    id: str
    level: int
    ours: str
    state: Is
    where: tuple[str, ...] = ()
    note: str = ""

    @property
    def chapter(self) -> int:
        """The chapter of the standard."""
        return int(self.id.partition(".")[0])


@dataclass(frozen=True, slots=True)
class Asvs:
    """The table with its version and the name of the standard."""

    version: str
    standard: str
    rows: tuple[Requirement, ...]


@cache
def load() -> Asvs:
    """Read ``asvs.toml``. Raises ValueError where a row contradicts itself."""
    return parse(tomllib.loads((resources.files("hilfefrei.core.data") / "asvs.toml").read_text(encoding="utf-8")))


def parse(raw: Mapping[str, Any]) -> Asvs:
    """Check and type the rows. Raises ValueError, naming the row."""
    rows = tuple(
        Requirement(row["id"], row["level"], row["ours"], Is(row["is"]), tuple(row.get("where", ())), row.get("note", ""))
        for row in raw["row"]
    )
    for row in rows:
        tests = [where for where in row.where if where.startswith("tests/")]
        if row.state == Is.TEST and not tests:
            raise ValueError(f"{row.id}: no test is named")
        if row.state == Is.DOCUMENT and (tests or not row.where):
            raise ValueError(f"{row.id}: a document is one or more places, none of them a test")
        if row.state in {Is.OPEN, Is.NONE} and (row.where or not row.note):
            raise ValueError(f"{row.id}: what is open or does not apply says why, and is shown nowhere")
    if len({row.id for row in rows}) != len(rows):
        raise ValueError("a row stands there twice")
    return Asvs(raw["version"], raw["standard"], rows)
