"""Where the law leaves doubt: the reading taken, why, and what another reading would give.

A reading is a switch: the same calculation runs with the other one, and where the claim differs the sheet says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

PREFIX: Final = "reading."


@dataclass(frozen=True, slots=True)
class Reading:
    """A doubt of the law: what is asked, what we take, why, and the other answer."""

    key: str
    paragraph: str
    question: str
    taken: str
    reason: str
    other: str


@dataclass(frozen=True, slots=True)
class Otherwise:
    """What the other reading gives for the units of a household, claims in cents in their order."""

    reading: Reading
    claims: tuple[int, ...]


READINGS: Final = (
    Reading(
        "young_bands", "§ 11b Abs. 2b, 3 SGB II",
        "Von welchem Betrag an gilt bei unter 25-Jährigen in Schule oder Ausbildung die Stufe von 30 Prozent?",
        "Von 520 Euro an, wie es in Absatz 3 steht.",
        "Absatz 3 Satz 4 nimmt nur die Stufe von 20 Prozent aus; die Stufe von 520 bis 1.000 Euro bleibt nach dem Wortlaut ganz.",
        "Nur von dem Teil über der Geringfügigkeitsgrenze, weil der Teil darunter schon frei ist.",
    ),
    Reading(
        "care_discount", "§ 55 Abs. 3 Satz 4 SGB XI",
        "Wie mindert der Abschlag für Kinder den Beitrag zur Pflegeversicherung?",
        "Der Beitragssatz sinkt; aus einem Satz wird ein Betrag.",
        "Das Gesetz senkt den Beitragssatz, nicht den Beitrag.",
        "Ein eigener Betrag wird abgezogen; gerundet wird zweimal.",
    ),
    Reading(
        "insurance_of_excluded", "§ 6 Abs. 1 Nr. 1 der Verordnung zu § 13 SGB II",
        "Steht der Pauschbetrag von 30 Euro auch einem Mitglied ohne eigenen Anspruch zu, etwa einem Partner mit Altersrente?",
        "Ja.",
        "Gerechnet wird, was von seinem Einkommen für die anderen bleibt, und das nach denselben Regeln.",
        "Nein: die Verordnung spricht von Leistungsberechtigten.",
    ),
    Reading(
        "limit_of_siblings", "§ 11b Abs. 3 Satz 3 SGB II",
        "Gilt die Grenze von 1.500 Euro auch für erwachsene Geschwister eines minderjährigen Kindes?",
        "Ja.",
        "Sie leben mit einem minderjährigen Kind in Bedarfsgemeinschaft; mehr verlangt der Satz nicht.",
        "Nein: gemeint sind Eltern und ihre Partner.",
    ),
    Reading(
        "volunteer_month", "§ 11a Abs. 1 Nr. 5 SGB II",
        "Wie wird der jährliche Betrag für ehrenamtliche Tätigkeit auf Monate verteilt?",
        "Ein Zwölftel je Monat.",
        "Vorausschauend gerechnet zählt, was im Jahr darüber liegt, gleichmäßig; abgerechnet wird nach dem Kalenderjahr.",
        "Erst ab dem Monat, in dem der Jahresbetrag erreicht ist.",
    ),
)  # fmt: skip


def takes_other(law: Mapping[str, Any], key: str) -> bool:
    """Whether the calculation runs with the other reading."""
    return PREFIX + key in law


def with_other(law: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The law of the day with the other reading."""
    return {**law, PREFIX + key: 1}
