"""What the paying system knows about the lines, as rows of the neutral tables, each with the day from which it is known.

A row may have several versions: without an end first, with it when it is known. Days are dates, amounts cents.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from hilfefrei.core.periods import ONE_DAY, add_months, age_on
from hilfefrei.demo.history.flows import WORK_WEIGHTS, Days, Flows, Ints
from hilfefrei.demo.history.people import TRAEGER, Grant, Human, Line, Part
from hilfefrei.demo.world import TurnedDown

Row = dict[str, Any]
ROLES: Final = {"applicant": "antragsteller", "partner": "partner", "child": "kind", "other": "weitere"}
# How long after something happened the paying system has it (assumed).
BIRTH_KNOWN, WORK_KNOWN, END_OF_WORK_KNOWN, MEASURE_KNOWN = (timedelta(days=n) for n in (10, 14, 20, 3))
# Short absences of one person, three to seven days: no movement (share of the stretches of grown-up people; assumed).
SHORT_GAPS = 0.01
# Partners and other grown-up people who cannot work three hours a day (assumed; the employable are 62 to 71 % of all persons).
NOT_ABLE = 0.05
# Integrations a month of those who stay in benefit, of the employable. With those that end benefit K2 is 24 to 25 % (2014; practice notes
# 4.4, about 44 % cover the need).
STAYING: Final = 0.0123
# Kinds of integration: insured work 86 %, training about 10, self-employed about 4 (practice notes 4.4).
KINDS: Final = (("sv", 0.86), ("ausbildung", 0.10), ("selbstaendig", 0.04))
# Beside them, no integrations: marginal and publicly funded work, a month of the employable (assumed).
MARGINAL, FUNDED = 0.006, 0.0008
WAYS: Final = (("vermittelt", 0.3), ("eigene_suche", 0.5), ("unbekannt", 0.2))
# Of those who began work 71 % still work after twelve months (practice notes 4.4).
WORK_ENDS, WORK_LASTS = 0.29, 140.0
# Kind of measure, share of the employable in it at a time, months it takes, last year: a tenth in all, half of it § 45 SGB III, one-euro jobs
# 1 to 1.5 %, subsidised work 2, training 1.5 until 2024, then at the Agentur (practice notes 4.5).
MEASURES: Final[tuple[tuple[str, float, float, int], ...]] = (
    ("Aktivierung beim Träger (§ 45 SGB III)", 0.040, 3.0, 9999),
    ("Maßnahme beim Arbeitgeber (§ 45 SGB III)", 0.011, 1.0, 9999),
    ("Arbeitsgelegenheit (§ 16d SGB II)", 0.0125, 6.0, 9999),
    ("Eingliederungszuschuss (§ 88 SGB III)", 0.008, 6.0, 9999),
    ("Teilhabe am Arbeitsmarkt (§ 16i SGB II)", 0.012, 24.0, 9999),
    ("Ganzheitliche Betreuung (§ 16k SGB II)", 0.012, 9.0, 9999),
    ("Berufliche Weiterbildung (§ 81 SGB III)", 0.015, 9.0, 2024),
)
# Not begun 15 %, left early 20 to 25 %, a third of these for work (practice notes 4.5, assumed there).
NOT_BEGUN, LEFT_EARLY, LEFT_FOR_WORK = 0.15, 0.22, 0.33
# So much more has to begin that after those who never come or leave the shares above hold.
MORE_BEGIN: Final = 1.42
# Need by age and place in the unit, in euro: alone, with a partner, 18 to 24 with parents, 14 to 17, 6 to 13, under 6 (annex to § 28 SGB XII).
STAGES: Final = {2023: (502, 451, 402, 420, 348, 318)}
STAGES_NOW: Final = (563, 506, 451, 471, 390, 357)
CHILD_BENEFIT: Final = 255
LONE_PARENT: Final = 135
# Income that counts: share of units, mean in euro; maintenance advance of lone parents (assumed; a fifth to a quarter of the employable work).
WITH_INCOME, MEAN_INCOME, ADVANCE_SHARE, ADVANCE = 0.27, 390.0, 0.55, 227
# Rent and heating recognised by size of the unit, in euro. One third is not claimed, of those who live with others or own their home; level: rent
# benefit per unit 313 to 427 euro, all benefits 941 to 1,142 (INKAR 2022, practice notes 4.1).
RENT: Final = (362, 445, 522, 600, 685)
RENT_YEARLY: Final = 0.02
NO_RENT: Final = 0.05
# A unit in benefit gets something, in cents (assumed).
MINIMUM: Final = 30_00


@dataclass(slots=True)
class Rows:
    """Versions of rows by table: ``(known from, row)``."""

    held: dict[str, list[tuple[date, Row]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, table: str, known: date, **row: Any) -> None:
        """One version of a row."""
        self.held[table].append((known, row))


def rows_of(flow: Flows, lines: Sequence[Line], seed: int, officers: Sequence[tuple[str, str]]) -> Rows:
    """Everything the paying system will ever have said about ``lines`` up to the day of the flows.

    ``officers``: name and phone of those who decide. People of our own ways (``line.way``) get neither work nor measures
    here: what happened to them stands in the ways.
    """
    rng = Random(f"{seed}/{flow.day.isoformat()}/rows")
    made = Rows()
    later = _later(lines)
    _people(made, lines)
    for line in lines:
        _unit(made, line, officers)
        _receipt(rng, made, line, flow)
        for grant in line.grants:
            _grant(made, line, grant)
        if not line.way:
            _into_work(rng, made, line, flow.day, later.get(id(line)))
    numbers = np.random.default_rng([seed, flow.day.toordinal(), 2])
    _amounts(numbers, made, lines, flow)
    _labour(numbers, made, [line for line in lines if not line.way], flow)
    return made


def known_from(line: Line, part: Part) -> date:
    """When somebody's time in a line is known: with the decision, or when they joined."""
    if part.start <= line.start:
        return line.decided
    return max(line.decided, part.start + (BIRTH_KNOWN if part.start == part.human.birth else timedelta()))


def last_day(line: Line, part: Part) -> date | None:
    """The last day of somebody in a line."""
    return part.end if part.end is not None else line.end


def _later(lines: Sequence[Line]) -> dict[int, Line]:
    """Line -> the next one of the same applicant."""
    held: dict[str, Line] = {}
    found: dict[int, Line] = {}
    for line in lines:
        number = line.parts[0].human.number
        if number in held:
            found[id(held[number])] = line
        held[number] = line
    return found


def _people(made: Rows, lines: Sequence[Line]) -> None:
    known: dict[str, tuple[date, Human]] = {}
    for line in lines:
        for part in line.parts:
            day = known_from(line, part)
            if part.human.number not in known or day < known[part.human.number][0]:
                known[part.human.number] = (day, part.human)
    for number, (day, human) in known.items():
        made.add("personen", day, kundennummer=number, vorname=human.first, nachname=human.last, geburtsdatum=human.birth)


def _unit(made: Rows, line: Line, officers: Sequence[tuple[str, str]]) -> None:
    name, phone = officers[line.place % len(officers)]
    row = {
        "bg_nummer": line.unit,
        "aktenzeichen": line.file,
        "traegernummer": TRAEGER,
        "von": line.start,
        "bis": None,
        "zustaendig": name,
        "telefon": phone,
    }
    made.add("bedarfsgemeinschaften", line.decided, **row)
    if line.end is not None:
        made.add("bedarfsgemeinschaften", max(line.end, line.decided), **row | {"bis": line.end})
    for part in line.parts:
        if line.end is not None and part.start > line.end:
            continue
        end = last_day(line, part)
        member = {
            "bg_nummer": line.unit,
            "kundennummer": part.human.number,
            "rolle": ROLES[part.role],
            "von": part.start,
            "bis": None,
            "zeitweise": True if part.in_two else None,
        }
        known = known_from(line, part)
        made.add("mitglieder", known, **member)
        if end is not None:
            made.add("mitglieder", max(end, known), **member | {"bis": end})


def _receipt(rng: Random, made: Rows, line: Line, flow: Flows) -> None:
    works = _who_works(line)
    able = [part for part in line.parts if age_on(part.human.birth, line.end or flow.day) >= 15]
    for part in line.parts:
        if line.end is not None and part.start > line.end:
            continue
        cannot = part.role in {"partner", "other"} and len(able) > 1 and rng.random() < NOT_ABLE
        for start, end, reason in _stretches(rng, line, part, works, flow.day):
            row = {
                "kundennummer": part.human.number,
                "bg_nummer": line.unit,
                "von": start,
                "bis": None,
                "endegrund": None,
                "erwerbsfaehig": False if cannot else None,
            }
            known = max(known_from(line, part), start)
            if end is None or end > known:
                made.add("bezug", known, **row)
            if end is not None:
                made.add("bezug", max(end, known), **row | {"bis": end, "endegrund": reason})


def _who_works(line: Line) -> Human:
    """Whose work ends the benefit of a unit."""
    if line.reason == "arbeit_partner":
        return next(part.human for part in line.parts if part.role == "partner")
    return line.parts[0].human


def _why(line: Line, part: Part, works: Human) -> str:
    """The reason of an end for one of the unit."""
    if part.end is not None and part.end != line.end:
        return "haushalt"
    if line.reason in {"arbeit", "arbeit_partner"}:
        if part.human is works:
            return "arbeit"
        return "arbeit_partner" if part.role in {"applicant", "partner"} else "einkommen"
    if line.reason in {"tod", "rente", "ausbildung"} and part.role != "applicant":
        return "haushalt" if line.reason == "tod" else "einkommen"
    return line.reason


def _stretches(
    rng: Random, line: Line, part: Part, works: Human, day: date
) -> Iterator[tuple[date, date | None, str | None]]:
    """The stretches of somebody in a line, cut by the months without benefit and now and then by some days."""
    start, last = part.start, last_day(line, part)
    for month in line.gaps:
        over = add_months(month, 1)
        if start < month and over <= (last or day):
            yield start, month - ONE_DAY, "kein_antrag" if month.month % 2 else "einkommen"
            start = over
    length = ((last or day) - start).days
    if part.role != "child" and length > 120 and rng.random() < SHORT_GAPS:
        away = day - timedelta(days=rng.randint(30, 900))
        if start < away - timedelta(days=30) and away + timedelta(days=40) < (last or day):
            yield start, away - ONE_DAY, "sonstiges"
            start = away + timedelta(days=rng.randint(3, 7))
    yield start, last, _why(line, part, works) if last is not None else None


def _grant(made: Rows, line: Line, grant: Grant) -> None:
    made.add(
        "entscheidungen",
        max(grant.decided, line.decided),
        bg_nummer=line.unit,
        zeichen=line.reference if grant is line.grants[0] and line.reference else None,
        art="bewilligt",
        vom=grant.decided,
        bewilligt_von=grant.start,
        bewilligt_bis=grant.end,
        vorlaeufig=grant.provisional or None,
    )


def turn_down(made: Rows, one: TurnedDown) -> None:
    """An application that was not granted, known with the decision; the unit that asked ends with it."""
    who = {"kundennummer": one.number}
    made.add("personen", one.decided, **who, vorname=one.first, nachname=one.last, geburtsdatum=one.birth)
    made.add(
        "bedarfsgemeinschaften",
        one.decided,
        bg_nummer=one.unit,
        aktenzeichen=one.file,
        traegernummer=TRAEGER,
        von=one.asked,
        bis=one.decided,
        zustaendig=None,
        telefon=None,
    )
    made.add(
        "mitglieder", one.decided, bg_nummer=one.unit, **who, rolle="antragsteller", von=one.asked, bis=one.decided, zeitweise=None
    )
    made.add(
        "entscheidungen",
        one.decided,
        bg_nummer=one.unit,
        zeichen=None,
        art=one.kind,
        vom=one.decided,
        bewilligt_von=None,
        bewilligt_bis=None,
        vorlaeufig=None,
    )


def _into_work(rng: Random, made: Rows, line: Line, day: date, later: Line | None) -> None:
    """The work or training that ended the benefit of a unit; it is over when they come back."""
    if line.end is None or line.reason not in {"arbeit", "arbeit_partner", "ausbildung"}:
        return
    began = line.end.replace(day=rng.randint(1, min(28, line.end.day)))
    known = max(began + WORK_KNOWN, line.decided)
    kind = "ausbildung" if line.reason == "ausbildung" else rng.choices(("sv", "selbstaendig"), (96, 4))[0]
    row = {
        "kundennummer": _who_works(line).number,
        "am": began,
        "art": kind,
        "weg": rng.choices([name for name, _ in WAYS], [share for _, share in WAYS])[0],
        "bis": None,
    }
    made.add("integrationen", known, **row)
    ended: date | None = None
    if later is not None:
        ended = max(began, later.start - timedelta(days=rng.randint(1, 30)))
    elif rng.random() < WORK_ENDS:
        ended = began + timedelta(days=1 + int(rng.expovariate(1 / WORK_LASTS)))
    if ended is not None and ended <= day:
        made.add("integrationen", max(ended, known) + END_OF_WORK_KNOWN, **row | {"bis": ended})


# --- amounts ---------------------------------------------------------------------------------------------------------
def _months(flow: Flows) -> tuple[list[date], Days]:
    months = np.arange(np.datetime64(flow.first, "M"), np.datetime64(flow.day, "M") + 1)
    return months.astype("M8[D]").astype("O").tolist(), months


def _place(months: Sequence[date], at: date) -> int:
    """Which of the months ``at`` lies in; may lie outside."""
    return (at.year - months[0].year) * 12 + at.month - months[0].month


def _amounts(rng: np.random.Generator, made: Rows, lines: Sequence[Line], flow: Flows) -> None:
    """LLU and LUH of each unit and month in benefit, by age and number of its people, rent and income."""
    months, _ = _months(flow)
    count = len(months)
    paid = np.zeros((len(lines), count), bool)
    need, people, children = (np.zeros((len(lines), count)) for _ in range(3))
    for n, line in enumerate(lines):
        begin, end = max(0, _place(months, line.start)), _place(months, line.end or flow.day) + 1
        paid[n, begin:end] = True
        for gap in line.gaps:
            paid[n, _place(months, gap)] = False
        alone = not any(part.role == "partner" and part.end is None for part in line.parts)
        for part in line.parts:
            low = max(0, _place(months, part.start))
            high = end if part.end is None else min(end, _place(months, part.end) + 1)
            if high <= low:
                continue
            people[n, low:high] += 1
            for stage, since, until in _stages(part, alone, months):
                a, b = max(low, since), min(high, until)
                if a < b:
                    need[n, a:b] += STAGES_NOW[stage]
                    if stage > 1:
                        children[n, a:b] += 1
        if alone and len(line.parts) > 1:
            need[n, begin:end] += LONE_PARENT * (children[n, begin:end] > 0)
    year = np.array([month.year for month in months])
    level = np.where(year <= 2023, STAGES[2023][0] / STAGES_NOW[0], 1.0)
    income = np.where(rng.random(len(lines)) < WITH_INCOME, rng.gamma(3.0, MEAN_INCOME / 3.0, len(lines)), 0.0)
    advance = np.where(rng.random(len(lines)) < ADVANCE_SHARE, ADVANCE, 0.0)
    lone = np.array([len(line.parts) > 1 and not any(part.role == "partner" for part in line.parts) for line in lines])
    counts = income[:, None] + children * (CHILD_BENEFIT + (advance * lone)[:, None])
    left = need * level - counts
    size = np.clip(people.astype("i8"), 1, len(RENT)) - 1
    growth = (1 + RENT_YEARLY) ** ((np.arange(count) - count + 1) / 12)
    rent = np.array(RENT)[size] * growth * rng.normal(1.0, 0.12, len(lines)).clip(0.6, 1.5)[:, None]
    rent = np.where((rng.random(len(lines)) < NO_RENT)[:, None], 0.0, rent)
    # Income covers the living first, then the home (§ 19 (3) SGB II).
    llu = np.round(np.maximum(left, 0.0) * 100).astype("i8")
    luh = np.round(np.maximum(rent + np.minimum(left, 0.0), 0.0) * 100).astype("i8")
    llu = np.where(llu + luh < MINIMUM, MINIMUM, llu)
    held = made.held["betraege"]
    for n, m in zip(*(axis.tolist() for axis in np.nonzero(paid)), strict=True):
        line = lines[n]
        row = {"bg_nummer": line.unit, "monat": months[m], "llu": int(llu[n, m]), "luh": int(luh[n, m])}
        held.append((max(months[m], line.decided), row))


def _stages(part: Part, alone: bool, months: Sequence[date]) -> Iterable[tuple[int, int, int]]:
    """Stage of need by the months in which it holds: ``(stage, first month, month after the last)``."""
    if part.role in {"applicant", "partner"}:
        return ((0 if alone else 1, 0, len(months)),)
    birth = part.human.birth
    turns = [_place(months, add_months(birth, 12 * years)) for years in (6, 14, 18)]
    return ((5, -(10**6), turns[0]), (4, turns[0], turns[1]), (3, turns[1], turns[2]), (2, turns[2], 10**6))


# --- work and measures of those who stay -----------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Able:
    """The employable people: one place per person and line."""

    numbers: list[str]
    known: list[date]
    start: Days
    end: Days
    turns_15: Days
    turns_67: Days
    into_work: NDArray[np.bool_]

    def there(self, day: date) -> Ints:
        """Places of those in benefit on a day and of an age to work."""
        at = np.datetime64(day)
        return np.flatnonzero((self.start <= at) & (self.end >= at) & (self.turns_15 <= at) & (self.turns_67 > at))


def _able(lines: Sequence[Line], flow: Flows) -> _Able:
    far = flow.day + timedelta(days=3650)
    parts = [(line, part) for line in lines for part in line.parts if not part.in_two]
    births = [part.human.birth for _, part in parts]
    return _Able(
        [part.human.number for _, part in parts],
        [known_from(line, part) for line, part in parts],
        np.array([part.start for _, part in parts], "M8[D]"),
        np.array([last_day(line, part) or far for line, part in parts], "M8[D]"),
        np.array([add_months(birth, 12 * 15) for birth in births], "M8[D]"),
        np.array([add_months(birth, 12 * 67) for birth in births], "M8[D]"),
        np.array([line.reason in {"arbeit", "arbeit_partner", "ausbildung"} and part.end is None for line, part in parts]),
    )


def _labour(rng: np.random.Generator, made: Rows, lines: Sequence[Line], flow: Flows) -> None:
    able = _able(lines, flow)
    months, _ = _months(flow)
    for month in months:
        there = able.there(month)
        season = WORK_WEIGHTS[month.month - 1]
        for kinds, rate in ((KINDS, STAYING * season), ((("minijob", 1.0),), MARGINAL), ((("gefoerdert", 1.0),), FUNDED)):
            _begin(rng, made, able, there[rng.random(len(there)) < rate], month, kinds, flow.day)
    for name, share, length, last in MEASURES:
        # Long measures that run on the first day began before it.
        for back in range(-round(length * 1.5), len(months)):
            month = add_months(months[0], back)
            if month.year > last:
                continue
            there = able.there(month)
            places = there[rng.random(len(there)) < share / length * MORE_BEGIN]
            drawn = zip(places.tolist(), rng.integers(0, 28, len(places)).tolist(), rng.random((len(places), 4)).tolist(), strict=True)
            for place, after, rolls in drawn:
                _take_part(made, able, place, month + timedelta(days=after), name, length, flow.day, rolls)


def _begin(
    rng: np.random.Generator,
    made: Rows,
    able: _Able,
    places: Ints,
    month: date,
    kinds: Sequence[tuple[str, float]],
    day: date,
) -> None:
    """Work of some people that begins in a month; for some it ends again."""
    count = len(places)
    drawn = zip(
        places.tolist(),
        rng.integers(0, 28, count).tolist(),
        rng.choice(len(kinds), count, p=[share for _, share in kinds]).tolist(),
        rng.choice(len(WAYS), count, p=[share for _, share in WAYS]).tolist(),
        np.where(rng.random(count) < WORK_ENDS, rng.exponential(WORK_LASTS, count), np.inf).tolist(),
        strict=True,
    )
    for place, after, kind, way, lasts in drawn:
        began = month + timedelta(days=after)
        known = max(began + WORK_KNOWN, able.known[place])
        if known > day or np.datetime64(began) > able.end[place]:
            continue
        row = {"kundennummer": able.numbers[place], "am": began, "art": kinds[kind][0], "weg": WAYS[way][0], "bis": None}
        made.add("integrationen", known, **row)
        if lasts < (day - began).days - 1:
            ended = began + timedelta(days=1 + int(lasts))
            made.add("integrationen", max(ended, known) + END_OF_WORK_KNOWN, **row | {"bis": ended})


def _take_part(
    made: Rows, able: _Able, place: int, begins: date, name: str, length: float, day: date, rolls: Sequence[float]
) -> None:
    """Somebody in a measure: whether they come, how long, how it ends."""
    roll, early, for_work, stretch = rolls
    number = able.numbers[place]
    if begins > day:
        return
    known = max(begins + MEASURE_KNOWN, able.known[place])
    planned = begins + timedelta(days=max(5, round(length * 30.4 * (0.6 + 0.8 * stretch))))
    out = able.end[place].astype("O")
    row = {"kundennummer": number, "massnahme": name, "von": begins, "bis": None, "ende": None}
    if roll < NOT_BEGUN:
        made.add("teilnahmen", known, **row | {"bis": begins, "ende": "nicht_angetreten"})
        return
    ends, how = planned, "beendet"
    if roll < NOT_BEGUN + LEFT_EARLY * (1 - NOT_BEGUN):
        ends = begins + timedelta(days=max(1, int((planned - begins).days * early)))
        how = "arbeit" if for_work < LEFT_FOR_WORK else "abgebrochen"
    if out < ends and out >= begins:
        ends, how = out, "arbeit" if able.into_work[place] else "abgebrochen"
    made.add("teilnahmen", known, **row)
    if ends <= day:
        made.add("teilnahmen", max(ends, known), **row | {"bis": ends, "ende": how})
