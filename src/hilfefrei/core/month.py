"""What became of one way through ViA, as of a day: exactly one class for the figures of the month.

A figure counts only what is so. Work that is planned is not taken up; work from before the contact came not of it; a
withdrawal that benefits took back is none; a talk that was begun and broken off was not held.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from hilfefrei.core.periods import first_of_month

WORK, TRAINING, PAYS, APPLIED = "work", "training", "benefit_pays", "benefit_applied"
# Other benefits begin with the month in which they were asked for (§ 25 WoGG), so before the contact may still be of it.
BY_MONTH = frozenset({PAYS, APPLIED})
# What begins is so from then on, also after it ended; what pays or is asked for is so only while it lasts.
LASTING = frozenset({PAYS, APPLIED})

# Fewer people than this are told to nobody who may not see each of them (rule 10).
LEAST_TOLD = 10


@dataclass(frozen=True)
class Definition:
    """What a figure says and where that comes from, in words for whoever reads it."""

    sentence: str
    source: str


_OWN = "Festlegung des Hauses"
DEFINITIONS: Mapping[str, Definition] = {
    "contact": Definition(
        "Menschen, deren erster Kontakt in diesem Monat liegt; irrtümlich Erfasste zählen nicht. Grundlage aller Anteile.",
        f"Zeitpunkt des Erstkontakts; {_OWN}",
    ),
    "talk": Definition(
        "Ein Gespräch wurde begonnen, und es steht eine Antwort darin oder es wurde mit einem nächsten Schritt oder einer Verweisung beendet.",
        "Gespräche und Antworten; § 15 Abs. 1 SGB II",
    ),
    "same_day": Definition(
        "Platz oder Coaching gebucht oder Stelle mitgegeben am Tag des Erstkontakts. Eine Liste am Bildschirm ist kein Angebot.",
        f"Zeitpunkt des ersten Angebots; § 3 Abs. 2 SGB II, {_OWN}",
    ),
    "work": Definition(
        "Arbeit, die seit diesem Kontakt begonnen hat, ab ihrem ersten Tag; Geplantes zählt nicht. Auch wer daneben Leistung bezieht.",
        "Eintrag, gestützt auf Vertrag oder Angabe",
    ),
    "training": Definition("Ausbildung, die seit diesem Kontakt begonnen hat, ab ihrem ersten Tag.", "Eintrag, gestützt auf Vertrag oder Angabe"),
    "pays": Definition("Wohngeld, Kinderzuschlag oder eine andere vorrangige Leistung wird heute gezahlt.", "Eintrag; §§ 5, 12a SGB II, § 25 WoGG"),
    "applied": Definition("Eine andere Leistung ist beantragt, gezahlt wird noch nicht. Der Antrag hier bleibt offen.", "Eintrag; § 12a SGB II"),
    "granted": Definition("Der Antrag ist bewilligt, auch vorläufig, und nichts von dem darüber trifft zu.", "Bescheid; §§ 41, 41a SGB II"),
    "closed": Definition("Der Antrag ist abgelehnt, versagt oder wegen Umzugs erledigt.", "Bescheid; §§ 7, 9 SGB II, § 66 SGB I"),
    "agency": Definition("Verwiesen, weil Anspruch auf Arbeitslosengeld besteht oder zu klären ist.", "Stand des Wegs; § 5 Abs. 4 SGB II"),
    "open": Definition("Nichts von allem trifft zu: Es ist noch nichts entschieden.", "was übrig bleibt"),
    "only_asked": Definition("Wollte nur etwas wissen und hat keinen Antrag gestellt. Nie ein Erfolg.", "Eintrag „Dann lasse ich es“; § 14 SGB I"),
    "withdrawn": Definition("Der Antrag ist zurückgenommen; eine widerrufene Rücknahme zählt nicht. Nie ein Erfolg.", "Erklärung und Ausgang; § 37 SGB II"),
    "waiver": Definition("Auf bewilligte Leistung schriftlich verzichtet. Nie ein Erfolg.", "Erklärung; § 46 SGB I"),
    "speed": Definition(
        "Stunden vom Erstkontakt bis zum ersten Angebot: die Hälfte war schneller. Wer noch keines hat, zählt mit der Zeit bis jetzt.",
        f"Zeitpunkte von Erstkontakt und erstem Angebot; {_OWN}",
    ),
}
# Each way is in exactly one of these; "contact" is their sum.
CLASSES = frozenset(DEFINITIONS) - {"contact", "talk", "same_day", "speed"}


def told(counts: Mapping[str, int], seen: Mapping[str, int]) -> frozenset[str]:
    """Keys whose count may be told to somebody who may see ``seen`` of ``counts`` people (same keys).

    A count under ten of which they may not see everybody is not. If that leaves one class alone untold, it could be
    reckoned from the sum; then the smallest class beside it is not told either.
    """
    hidden = {key for key, n in counts.items() if 0 < n < LEAST_TOLD and seen[key] < n}
    alone = hidden & CLASSES
    if len(alone) == 1 and "contact" not in hidden:
        others = sorted((n, key) for key, n in counts.items() if key in CLASSES - alone and n)
        hidden |= {key for _, key in others[:1]}
    return frozenset(counts) - hidden


@dataclass(frozen=True)
class Change:
    """A fact beside the application: work, training, another benefit. ``way``: the one it was noted at, if any."""

    person: UUID
    kind: str
    since: date
    until: date | None = None
    way: UUID | None = None


@dataclass(frozen=True)
class Way:
    """One way through ViA with what is in force now.

    ``outcome``: of its application, ``leave``: the newest declaration that stands; empty where there is none.
    """

    key: UUID
    person: UUID
    contact: date
    referred: bool = False
    has_application: bool = False
    outcome: str = ""
    leave: str = ""


def so_far(change: Change, contact: date, today: date) -> bool:
    """Whether ``change`` is of a way that began with ``contact`` and holds ``today``."""
    begins = first_of_month(contact) if change.kind in BY_MONTH else contact
    if not begins <= change.since <= today:
        return False
    return change.kind not in LASTING or change.until is None or change.until >= today


def own(way: Way, begun: Sequence[tuple[date, UUID]], changes: Iterable[Change]) -> list[Change]:
    """The changes that belong to ``way``: noted at it, or at none and in its time.

    ``begun``: (contact, key) of all ways of the person. What was noted at no way belongs to the newest one begun by then.
    """
    found = []
    for change in changes:
        key = change.way
        if key is None:
            starts = [(first_of_month(day) if change.kind in BY_MONTH else day, day, str(k), k) for day, k in begun]
            key = max((s for s in starts if s[0] <= change.since), default=(None, None, "", None))[3]
        if key == way.key:
            found.append(change)
    return found


def class_of(way: Way, changes: Iterable[Change], today: date) -> str:
    """The one class of ``way`` on ``today``: the first that holds. ``changes`` are its :func:`own`."""
    holds = {change.kind for change in changes if so_far(change, way.contact, today)}
    rules = (
        ("withdrawn", way.outcome == "withdrawn"),
        # Waived is what was granted; only asked has who has no application.
        ("waiver", way.leave == "waiver" and way.outcome == "granted"),
        ("only_asked", way.leave == "only_asked" and not way.has_application),
        ("work", WORK in holds),
        ("training", TRAINING in holds),
        ("pays", PAYS in holds),
        ("granted", way.outcome == "granted"),
        ("closed", bool(way.outcome)),
        ("agency", way.referred),
        ("applied", APPLIED in holds),
    )
    return next((key for key, is_so in rules if is_so), "open")


def talk_held(*, begun: bool, answers: bool, finished: bool, broken_off: bool) -> bool:
    """Whether a talk counts as held: it was begun, and something was said in it or it was brought to its end.

    ``broken_off``: it was only shut together with the way, without a next step or a referral.
    """
    return begun and (answers or (finished and not broken_off))
