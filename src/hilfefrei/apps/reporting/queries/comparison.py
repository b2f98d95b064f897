"""Reads of the comparison: which figures there are, who is in a group, and where each place stands.

A figure of a place and time counts with its newest state of the data. What a place is called and what it is (form, Land,
type) comes from the list of its year, else from the last list before, else from the first one after.
"""

import csv
import hashlib
import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from statistics import median
from typing import Any

from django.db import models

from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.org.models import Jobcenter
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.reporting import policy
from hilfefrei.apps.reporting.models import (
    OwnPlace,
    PublishedFigure,
    PublishedIndicator,
    PublishedMapping,
    PublishedPlace,
    PublishedReject,
    PublishedTable,
)
from hilfefrei.apps.reporting.workflows import TableState
from hilfefrei.core import published
from hilfefrei.core.comparison import Columns, Standing, standings
from hilfefrei.core.periods import LANDS
from hilfefrei.core.published import Indicator, PlaceKind, TableMapping

# --- what there is ----------------------------------------------------------------------------------------------------


def tables() -> models.QuerySet[PublishedTable]:
    """All tables, newest first."""
    return PublishedTable.objects.select_related("uploaded_by").order_by("-uploaded_at", "id")


def basis(kind: str) -> str:
    """A short sum over the tables of a kind that hold now: whether a comparison with them still holds."""
    there = PublishedTable.objects.filter(kind=kind, state=TableState.APPLIED).order_by("pk").values_list("pk", flat=True)
    return hashlib.sha256("".join(pk.hex for pk in there).encode()).hexdigest()[:16]


def is_latest(table: PublishedTable) -> bool:
    """Whether no other table of its kind was taken over since: only then can it be taken back."""
    return bool(table.state == TableState.APPLIED and basis(table.kind) == table.counts.get("after"))


def mappings() -> list[TableMapping]:
    """Mappings of the house, then the built-in ones."""
    own = [
        TableMapping(row.name, PlaceKind(row.kind), Columns(**row.columns), row.source, row.licence)
        for row in PublishedMapping.objects.order_by("name", "id")
    ]
    return [*own, *published.tables()]


def indicator(code: str, own: Mapping[str, PublishedIndicator] | None = None) -> Indicator:
    """What is said about a figure: by the house, else what is known, else its code."""
    said = (own if own is not None else own_indicators()).get(code)
    if said is not None:
        return Indicator(said.code, said.label, said.unit, said.direction, said.definition)
    return published.indicators().get(code) or Indicator(code, code)


def own_indicators() -> dict[str, PublishedIndicator]:
    """What the house says about figures, by code."""
    return {row.code: row for row in PublishedIndicator.objects.order_by("code", "id")}


@dataclass(frozen=True)
class Offered:
    """A figure that can be chosen: of Jobcenters or counties, with its periods, newest first."""

    kind: PlaceKind
    indicator: Indicator
    periods: tuple[str, ...]

    @property
    def key(self) -> str:
        """How a form names it."""
        return f"{self.kind}.{self.indicator.code}"


def _applied() -> models.QuerySet[PublishedFigure]:
    return PublishedFigure.objects.filter(table__state=TableState.APPLIED)


def offered() -> list[Offered]:
    """All figures that were taken over; those of Jobcenters first, known ones before unknown ones."""
    own = own_indicators()
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for kind, code, period in _applied().order_by("kind", "code", "-period").values_list("kind", "code", "period").distinct():
        found[kind, code].append(period)
    known = list(published.indicators())
    rows = [Offered(PlaceKind(kind), indicator(code, own), tuple(periods)) for (kind, code), periods in found.items()]
    return sorted(
        rows,
        key=lambda o: (o.kind != PlaceKind.TRAEGER, known.index(o.indicator.code) if o.indicator.code in known else len(known), o.indicator.label),
    )


# --- places by year ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlaceOf:
    """A place as it was in a year."""

    key: str
    name: str
    form: str = ""
    land: str = ""
    type: str = ""


@dataclass(frozen=True)
class Directory:
    """All places of a kind by year: those of lists, and names that stood beside figures."""

    kind: PlaceKind
    lists: Mapping[int, Mapping[str, PlaceOf]]
    names: Mapping[str, Sequence[tuple[int, str]]]

    def list_year(self, year: int) -> int | None:
        """The year of the list that is valid in ``year``: the last one up to it, else the first one after; None without any."""
        return max((y for y in self.lists if y <= year), default=min(self.lists, default=None))

    def list_of(self, year: int) -> Mapping[str, PlaceOf]:
        """The list that is valid in ``year``, by key; empty without any."""
        valid = self.list_year(year)
        return {} if valid is None else self.lists[valid]

    def at(self, key: str, year: int) -> PlaceOf:
        """What is known of a place in a year; its Land follows from its number where no list says it."""
        listed = self.list_of(year).get(key)
        if listed is not None:
            return listed
        near = [name for since, name in self.names.get(key, ()) if since <= year] or [name for _, name in self.names.get(key, ())[:1]]
        other = next((places[key] for y, places in sorted(self.lists.items(), key=lambda item: abs(item[0] - year)) if key in places), None)
        name = near[-1] if near else other.name if other else key
        return PlaceOf(key, name, other.form if other else "", published.land_of(self.kind, key), other.type if other else "")


def directory(kind: PlaceKind) -> Directory:
    """The places of all tables that hold. Of two lists of one year the later one counts, as a whole."""
    lists: dict[int, tuple[Any, dict[str, PlaceOf]]] = {}
    names: dict[str, dict[int, str]] = defaultdict(dict)
    rows = PublishedPlace.objects.filter(kind=kind, table__state=TableState.APPLIED).order_by("table__applied_at", "table_id", "year", "place", "id")
    for table, is_list, year, place, name, form, land, typ in rows.values_list("table_id", "is_list", "year", "place", "name", "form", "land", "type"):
        if is_list:
            if year not in lists or lists[year][0] != table:
                lists[year] = (table, {})
            lists[year][1][place] = PlaceOf(place, name or place, form, land or published.land_of(kind, place), typ)
        else:
            names[place][year] = name
    return Directory(kind, {year: places for year, (_, places) in lists.items()}, {place: sorted(by.items()) for place, by in names.items()})


def own_key(jobcenter: Jobcenter, kind: PlaceKind, year: int, own: Iterable[OwnPlace]) -> str:
    """Our own key in a year: as chosen, else the Träger number of the Jobcenter; empty for a county nobody has chosen."""
    chosen = [row for row in own if row.kind == kind and row.from_year <= year]
    if chosen:
        return max(chosen, key=lambda row: row.from_year).place
    return published.place_key(kind, jobcenter.traeger_number) if kind == PlaceKind.TRAEGER else ""


def namesake(jobcenter: Jobcenter, places: Iterable[PlaceOf]) -> str:
    """The place that is called as our Jobcenter in the lists of Jobcenters: a proposal, nothing more. Empty when none is."""
    own = published.place_key(PlaceKind.TRAEGER, jobcenter.traeger_number)
    name = PublishedPlace.objects.filter(kind=PlaceKind.TRAEGER, place=own, table__state=TableState.APPLIED).order_by("-year", "id").values_list("name", flat=True).first()
    same = [place.key for place in places if place.name == name]
    return same[0] if len(same) == 1 else ""


# --- where each stands ------------------------------------------------------------------------------------------------

ALL = "alle"


@dataclass(frozen=True, slots=True)
class Group:
    """A choice of places: ``alle``, ``land:NI``, ``form:zkT``, ``typ:IIb``, or several of them at once: ``land:NI,form:zkT``."""

    key: str
    words: str

    def holds(self, place: PlaceOf) -> bool:
        """Whether a place belongs to it."""
        if self.key == ALL:
            return True
        known = {"land": place.land, "form": place.form, "typ": place.type}
        return all(known.get(what) == wanted for what, _, wanted in (part.partition(":") for part in self.key.split(",")))


def groups(places: Iterable[PlaceOf], home: str) -> list[Group]:
    """All groups that these places make; the forms within the Land ``home`` too."""
    listed = list(places)
    lands = sorted({p.land for p in listed if p.land}, key=lambda land: LANDS[land])
    at_home = {p.form for p in listed if p.land == home and p.form}
    return [
        Group(ALL, "alle"),
        *(Group(f"land:{land}", LANDS[land]) for land in lands),
        *(Group(f"land:{home},form:{form}", f"{LANDS[home]}, nur {form}") for form in sorted(at_home) if len(at_home) > 1),
        *(Group(f"form:{form}", f"Form {form}") for form in sorted({p.form for p in listed if p.form})),
        *(Group(f"typ:{typ}", f"Vergleichstyp {typ}") for typ in sorted({p.type for p in listed if p.type}, key=lambda typ: (len(typ), typ))),
    ]


@dataclass(frozen=True, slots=True)
class Value:
    """A value that counts: with its state, its table, and the value that it replaced, if any."""

    value: float
    state: str
    state_on: date
    table_id: Any
    replaced: float | None = None
    replaced_state: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A place in the table of the comparison; without ``standing`` it has no value."""

    place: PlaceOf
    standing: Standing | None
    is_own: bool
    to_own: float | None
    value: Value | None


@dataclass(frozen=True, slots=True)
class Point:
    """A period on the line through time: our value and rank, and the group."""

    period: str
    own: float | None
    rank: int | None
    of: int
    median: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Comparison:
    """One figure in one period for one group."""

    chosen: Offered
    period: str
    group: Group
    groups: Sequence[Group]
    lines: Sequence[Line]
    history: Sequence[Point]
    own: Line | None
    own_key: str
    # All places of that time, whatever the group: one of them is ours.
    places: Sequence[PlaceOf]
    median: float | None
    # How many places the list of this year has in the group, and which year's list that is; None without a list.
    listed: int | None
    list_year: int | None
    sources: Sequence[PublishedTable] = ()
    states: Sequence[str] = ()
    revised: int = 0
    missing: int = field(default=0)

    @property
    def ranked(self) -> list[Line]:
        """The lines with a value, in order of rank."""
        return [line for line in self.lines if line.standing]


def values_of(kind: PlaceKind, code: str) -> dict[str, dict[str, Value]]:
    """The values that count, by period and place: one read for all periods."""
    found: dict[str, dict[str, Value]] = defaultdict(dict)
    rows = _applied().filter(kind=kind, code=code).order_by("period", "place", "state_on", "id")
    for period, place, value, state, state_on, table in rows.values_list("period", "place", "value", "state", "state_on", "table_id"):
        old = found[period].get(place)
        if old is not None and old.value != value:
            found[period][place] = Value(value, state, state_on, table, old.value, old.state)
        else:
            found[period][place] = Value(value, state, state_on, table, old.replaced if old else None, old.replaced_state if old else "")
    return found


def _ranked(values: Mapping[str, Value], places: Mapping[str, PlaceOf], group: Group, *, low: bool) -> list[Standing]:
    return standings({key: (places[key].name, v.value) for key, v in values.items() if group.holds(places[key])}, low_is_good=low)


def compare(*, actor: Actor, jobcenter: Jobcenter, chosen: Offered, period: str = "", group: str = "") -> Comparison:
    """Where each place of a group stands in a figure and period; without either: the newest period, the own Land.

    Low values come first where low is good, and high ones else. Ties share the better rank; a place without a value has no
    rank and is not counted among those it would be compared with (``docs/comparison.md``).
    """
    require(policy.may(actor, "comparison"))
    kind, low = chosen.kind, chosen.indicator.direction == "low"
    by_period, places = values_of(kind, chosen.indicator.code), directory(kind)
    own_rows = list(OwnPlace.objects.order_by("kind", "from_year", "id"))
    period = period if period in by_period else chosen.periods[0]
    year, values = int(period[:4]), by_period[period]
    listed = places.list_of(year)
    here = {key: places.at(key, year) for key in {*values, *listed}}
    own = own_key(jobcenter, kind, year, own_rows)
    home = here[own].land if own in here else jobcenter.land
    offered_groups = groups(here.values(), home)
    by_key = {one.key: one for one in offered_groups}
    picked = by_key.get(group) or by_key.get(f"land:{home}") or by_key[ALL]
    ranked = _ranked(values, here, picked, low=low)
    own_value = values[own].value if own in values else None
    lines = [
        Line(here[s.place], s, s.place == own, None if own_value is None else round(s.value - own_value, 9), values[s.place]) for s in ranked
    ]
    silent = sorted((p for key, p in here.items() if key not in values and picked.holds(p)), key=lambda p: (p.name, p.key))
    lines += [Line(place, None, place.key == own, None, None) for place in silent]
    used = [values[s.place] for s in ranked]
    tables_used = Counter(v.table_id for v in used)
    return Comparison(
        chosen=chosen,
        period=period,
        group=picked,
        groups=offered_groups,
        lines=lines,
        history=_history(by_period, places, picked, jobcenter, own_rows, low=low),
        own=next((line for line in lines if line.is_own), None),
        own_key=own,
        places=sorted(here.values(), key=lambda p: (p.name, p.key)),
        median=median(s.value for s in ranked) if ranked else None,
        listed=sum(picked.holds(p) for p in listed.values()) if listed else None,
        list_year=places.list_year(year),
        sources=list(PublishedTable.objects.filter(pk__in=tables_used).order_by("-applied_at", "id")),
        states=[state for _, state in sorted({(v.state_on, v.state) for v in used})],
        revised=sum(v.replaced is not None for v in used),
        missing=len(silent),
    )


def _history(
    by_period: Mapping[str, Mapping[str, Value]], places: Directory, group: Group, jobcenter: Jobcenter, own_rows: Sequence[OwnPlace], *, low: bool
) -> list[Point]:
    """The group through time; who belongs to it is asked anew for each year."""
    points: list[Point] = []
    of_year: dict[int, dict[str, PlaceOf]] = defaultdict(dict)
    for period, values in sorted(by_period.items()):
        year = int(period[:4])
        here = of_year[year]
        here.update({key: places.at(key, year) for key in values if key not in here})
        ranked = _ranked(values, here, group, low=low)
        own = own_key(jobcenter, places.kind, year, own_rows)
        mine = next((s for s in ranked if s.place == own), None)
        numbers = [s.value for s in ranked]
        points.append(
            Point(
                period,
                mine.value if mine else None,
                mine.rank if mine else None,
                len(ranked),
                median(numbers) if numbers else None,
                min(numbers, default=None),
                max(numbers, default=None),
            )
        )
    return points


# --- rejects ----------------------------------------------------------------------------------------------------------


def rejects_csv(rows: Iterable[PublishedReject]) -> bytes:
    """Rejected lines as a file for whoever sent the table. Cells that a spreadsheet would take for a formula are disarmed."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(["Zeile", "Regel", "Grund", "Was hilft", "Zeile der Tabelle"])
    for row in rows:
        writer.writerow([row.line, row.code, plain(row.text), plain(row.remedy), plain(row.raw)])
    return out.getvalue().encode("utf-8-sig")


def plain(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
