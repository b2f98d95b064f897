"""What the engine covers, as a table for ``docs/law.md``: rule by state, from the parameters and ``coverage.toml``.

Nothing of it is claimed by hand that can be looked up: whether all values of a rule were compared with the text of a state is read from
the parameters, and a test wants every named test to be there and every parameter to belong to a rule.
"""

import tomllib
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatch
from importlib import resources
from typing import Final

from hilfefrei.core.law import parameters
from hilfefrei.core.law.parameters import FRAME, Dated, Parameters
from hilfefrei.core.law.readings import READINGS

FIRST, LAST = date(1, 1, 1), date(9999, 12, 31)
BEGIN: Final = "<!-- ab hier aus dem Programm: ./hilfefrei papers -->"
END: Final = "<!-- bis hier -->"
CHECKED, UNCHECKED, NOT_IN_FORCE, NOT_BUILT = "●", "○", "–", "fehlt"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the law and how far it is built."""

    title: str
    source: str
    parameters: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    start: date = FIRST
    end: date = LAST
    open: str = ""
    built: bool = True

    def holds(self, key: str) -> bool:
        """Whether a parameter belongs to this rule."""
        return any(fnmatch(key, pattern) for pattern in self.parameters)


def rules() -> tuple[Rule, ...]:
    """All rules, in the order of a notice."""
    raw = tomllib.loads((resources.files(__package__) / "coverage.toml").read_text(encoding="utf-8"))
    return tuple(
        Rule(
            row["title"], row["source"], tuple(row.get("parameters", ())), tuple(row.get("tests", ())),
            row.get("from", FIRST), row.get("until", LAST), row.get("open", ""), row.get("built", True),
        )
        for row in raw["rule"]
    )  # fmt: skip


def cell(rule: Rule, state: Dated, known: Parameters) -> str:
    """How far a rule is built in a state of the law."""
    if not rule.built:
        return NOT_BUILT
    if rule.end < state.start or rule.start > state.end:
        return NOT_IN_FORCE
    held = [value for key, one in known.items() if rule.holds(key) for value in one.values if value.start <= state.end and value.end >= state.start]
    return CHECKED if all(value.checked for value in held) else UNCHECKED


def text(known: Parameters | None = None) -> str:
    """The generated part of ``docs/law.md``."""
    known = known or parameters.shipped()
    states = known[FRAME].values
    lines = [
        "## Was gerechnet wird",
        "",
        f"Bekannt ist das Recht vom {known.first_day:%d.%m.%Y} bis zum {known.last_day:%d.%m.%Y}. Ein anderer Tag wird abgelehnt, mit dem letzten bekannten.",
        f"{CHECKED} gebaut, alle Werte mit dem Text der Fassung verglichen · {UNCHECKED} gebaut, ein Wert nicht am Text verglichen (unten) · {NOT_IN_FORCE} gilt dort nicht. Regeln ohne Werte sind nach dem Text gebaut.",
        "Die Spalten sind die Fassungen des SGB II, benannt nach ihrem ersten Tag.",
        "",
        f"| Regel | Recht | {' | '.join(f'{one.start:%d.%m.%y}' for one in states)} | geprüft von |",
        f"|---|---|{'---|' * len(states)}---|",
    ]
    for rule in rules():
        tests = ", ".join(f"`{name.rpartition('/')[2]}`" for name in rule.tests)
        lines.append(f"| {rule.title} | {rule.source} | {' | '.join(cell(rule, one, known) for one in states)} | {tests} |")
    lines += ["", "**Nicht oder nur teils gebaut:**", "", *(f"- {rule.title}: {rule.open}" for rule in rules() if rule.open)]
    lines += ["", "**Werte, die nicht am Gesetzestext verglichen sind** (aus Bekanntmachungen und Programmablaufplänen, die in den Texten nicht stehen):", ""]
    for one in known.values():
        days = [f"{value.start:%d.%m.%Y}" for value in one.values if not value.checked]
        if days:
            lines.append(f"- {one.about} ({one.source}): ab {', '.join(days)}")
    lines += [
        "", "## Zweifel, die sich ausrechnen lassen", "",
        "Wo es den Anspruch ändert, steht die andere Zahl auf dem Blatt und im JSON (`otherwise`).", "",
        "| Recht | Frage | so gelesen | warum | andere Lesart |", "|---|---|---|---|---|",
        *(f"| {one.paragraph} | {one.question} | {one.taken} | {one.reason} | {one.other} |" for one in READINGS),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def within(document: str) -> str:
    """The document with its generated part made anew.

    Raises:
        ValueError: the marks of the generated part are not there.
    """
    before, mark, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not mark or not end:
        message = "docs/law.md: Die Marken des erzeugten Teils fehlen."
        raise ValueError(message)
    return f"{before}{BEGIN}\n\n{text()}\n{END}{after}"
