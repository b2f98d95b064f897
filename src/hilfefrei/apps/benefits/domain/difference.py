"""What a delivery would change: its rows beside what is here, as steps on rows of the database. Reads and writes nothing else.

People are recognised by their customer number, by the number it replaces, by the sign of our application in a decision, at
last by name and birth date where exactly one fits. Units by their BG number, by the sign, by the Aktenzeichen, or as the
household here of the one who is their applicant there. Everything comes in bulk: 200,000 rows are one comparison.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from operator import itemgetter
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet

from hilfefrei.apps.benefits.models import Application, Contradiction, Decision, Officer
from hilfefrei.apps.benefits.neutral import SPECS, Spec, rows_of
from hilfefrei.apps.benefits.workflows import Contested, RowState
from hilfefrei.apps.people.models import Membership, Number, Person
from hilfefrei.apps.people.workflows import NumberKind, ResponsibilityKind, Stay
from hilfefrei.core import names
from hilfefrei.core.days import format_day
from hilfefrei.core.deliveries.check import Stock, is_stranger
from hilfefrei.core.deliveries.read import Package, Remark, Row
from hilfefrei.core.ids import ordered
from hilfefrei.core.names import fold

OPEN: Final = date(9000, 1, 1)
DAY: Final = timedelta(days=1)
# Ids in one query.
PART: Final = 500
IDENTITY: Final = (("vorname", "first_name"), ("nachname", "last_name"), ("geburtsdatum", "birth_date"))
NUMBER_PERIOD: Final = ("valid_from", "valid_to")

Fields = dict[str, Any]
# Kind of row (tables.MODELS), its id, fields afterwards (None: gone), fields before (None: new).
Step = tuple[str, UUID, Fields | None, Fields | None]


@dataclass(slots=True)
class Line:
    """One row of a delivery that changes something, is told or refused. ``line`` 0: what is missing in the file."""

    table: str
    line: int
    key: str
    state: RowState
    steps: list[Step] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    raw: Mapping[str, str] = field(default_factory=dict)
    object_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A number as it stands here."""

    id: UUID
    value: str
    owner: UUID
    start: date
    end: date | None


@dataclass(frozen=True, slots=True)
class Asked:
    """An application as far as a delivery has to do with it."""

    id: UUID
    applicant: UUID
    unit: UUID
    file_number: str


class Here:
    """What is here of people, units and their numbers, read once."""

    def __init__(self) -> None:
        """Read it; needs the scope of a Jobcenter."""
        fields = ("id", "first_name", "last_name", "birth_date", "birth_name", "version")
        self.people: dict[UUID, tuple[str, str, date | None, str, int]] = {
            pk: rest for pk, *rest in Person.objects.order_by("pk").values_list(*fields)
        }
        self.by_value: dict[str, dict[str, list[Known]]] = {kind: defaultdict(list) for kind in NumberKind.values}
        self.by_owner: dict[str, dict[UUID, list[Known]]] = {kind: defaultdict(list) for kind in NumberKind.values}
        rows = Number.objects.order_by("valid_from", "pk").values_list("kind", "id", "value", "person_id", "benefit_unit_id", *NUMBER_PERIOD)
        for kind, pk, value, person, unit, start, end in rows:
            owner = person or unit
            if owner is not None:
                held = Known(pk, value, owner, start, end)
                self.by_value[kind][value].append(held)
                self.by_owner[kind][owner].append(held)
        officers = Officer.objects.order_by("pk").values_list("id", "benefit_unit_id", "valid_from", "valid_to", "name", "phone")
        self.officers = {(unit, start): (pk, end, name, phone) for pk, unit, start, end, name, phone in officers}
        asked = Application.objects.order_by("pk").values_list("reference", "id", "applicant_id", "benefit_unit_id", "file_number")
        self.applications = {reference: Asked(pk, applicant, unit, file) for reference, pk, applicant, unit, file in asked}

    def holder(self, kind: str, value: str) -> UUID | None:
        """Who or what bears a number; the newest where it changed hands."""
        held = self.by_value[kind].get(value)
        return max(held, key=lambda k: (k.end or OPEN, k.start)).owner if held else None

    def identity(self, person: UUID) -> tuple[str, str, date | None]:
        """First name, last name, birth date."""
        first, last, birth, *_ = self.people[person]
        return first, last, birth

    def numbered(self, kind: str, owner: UUID) -> bool:
        """Whether the paying system knows somebody or a unit."""
        return owner in self.by_owner[kind]

    def rows(self, names: Iterable[str]) -> dict[str, int]:
        """How many rows of each table are here."""
        numbers = {"personen": NumberKind.CUSTOMER, "bedarfsgemeinschaften": NumberKind.UNIT}
        return {
            name: sum(map(len, self.by_value[numbers[name]].values())) if name in numbers else rows_of(SPECS[name].kind).count() for name in names
        }

    def running(self, names: Iterable[str], day: date) -> dict[str, int]:
        """How many rows of the tables with a period run on ``day`` here: what a complete delivery could end."""
        found: dict[str, int] = {}
        for name in names:
            if name == "bedarfsgemeinschaften":
                found[name] = sum((k.end or OPEN) >= day for held in self.by_value[NumberKind.UNIT].values() for k in held)
            elif name in SPECS and (end := SPECS[name].end):
                rows = rows_of(SPECS[name].kind).filter(Q(**{f"{end}__isnull": True}) | Q(**{f"{end}__gte": day}))
                if name == "mitglieder":
                    # Of a household that only we know a delivery ends nothing.
                    for field_name, kind in (("person_id", NumberKind.CUSTOMER), ("benefit_unit_id", NumberKind.UNIT)):
                        rows = rows.filter(**{f"{field_name}__in": Number.objects.filter(kind=kind).order_by().values(field_name)})
                found[name] = rows.count()
        return found

    def stock(self, *, as_of_last: date | None, agency: str, day: date, columns: Mapping[str, frozenset[str]]) -> Stock:
        """What the rules of the tables need to know."""
        customers = self.by_value[NumberKind.CUSTOMER]
        units = self.by_value[NumberKind.UNIT]
        running = dict.fromkeys(("mitglieder", "bezug"), 0)
        people: set[UUID] = set()
        for name in running:
            spec = SPECS[name]
            ends = {f"{spec.end}__isnull": True}, {f"{spec.end}__gte": day}
            model = rows_of(spec.kind)
            held = {pk for one in ends for pk in model.filter(**one).order_by("person_id").values_list("person_id", flat=True).distinct()}
            held = {pk for pk in held if self.numbered(NumberKind.CUSTOMER, pk)}
            running[name] = len(held)
            people |= held
        return Stock(
            people={value: self.identity(owner) for value in customers if (owner := self.holder(NumberKind.CUSTOMER, value))},
            units=frozenset(units),
            running=running
            | {"personen": len(people), "bedarfsgemeinschaften": sum(any((k.end or OPEN) >= day for k in held) for held in units.values())},
            bearers={value: k.owner for value, held in customers.items() for k in held if k.owner in people},
            as_of_last=as_of_last,
            agency=agency,
            columns=columns,
        )


@dataclass
class Difference:
    """Lines in the order of tables and rows, and what was counted."""

    lines: list[Line] = field(default_factory=list)
    tables: dict[str, Counter[str]] = field(default_factory=dict)
    rules: Counter[str] = field(default_factory=Counter)
    hints: Counter[str] = field(default_factory=Counter)


def _usable(package: Package, table: str) -> list[Row]:
    return [row for row in package.rows.get(table, ()) if not row.remarks]


def _refuse(row: Row, code: str, text: str, remedy: str) -> None:
    row.remarks.append(Remark(code, text, remedy))
    if not row.raw:
        row.raw = {name: "" if value is None else str(value) for name, value in row.values.items()}


class Comparison:
    """One comparison of one package with what is here."""

    def __init__(self, package: Package, here: Here, *, newest: Mapping[str, date], delivery: UUID, team: UUID | None) -> None:
        """``newest``: day of the newest delivery per table; ``delivery``: id of this one; ``team``: who gets new people."""
        self.package, self.here, self.newest, self.delivery, self.team = package, here, newest, delivery, team
        self.as_of = package.as_of or date.min
        self.person_of: dict[str, UUID] = {}
        self.unit_of: dict[str, UUID] = {}
        self.adopted: set[UUID] = set()
        # Households of ours whose application the paying system has put into a unit of its own.
        self.yielding: set[UUID] = set()
        self.hints: dict[int, list[Remark]] = defaultdict(list)
        self.found = Difference()
        self.first_day = self._first_days()
        contested = Contradiction.objects.filter(settled_on=None).exclude(what=Contested.OUTCOME).order_by("pk")
        self.contested = {(c.person_id, c.what): c for c in contested}

    def run(self) -> Difference:
        """All tables in their order."""
        self._recognise_people()
        self._recognise_units()
        for table, rows in self.package.rows.items():
            before = len(self.found.lines)
            if table == "personen":
                self._people(rows)
            elif table == "bedarfsgemeinschaften":
                self._units(rows)
            else:
                self._table(table, SPECS[table], rows)
            self._tell(table, rows, before)
        return self.found

    def _tell(self, table: str, rows: list[Row], before: int) -> None:
        """Lines for what was refused, and the numbers of the table."""
        duplicates = 0
        for row in rows:
            if row.remarks:
                is_twin = all(remark.code == "duplicate" for remark in row.remarks)
                duplicates += is_twin
                state = RowState.DUPLICATE if is_twin else RowState.REJECTED
                self.found.lines.append(Line(table, row.line, row.key[:120], state, remarks=row.remarks, raw=row.raw))
                self.found.rules.update({remark.code for remark in row.remarks})
        lines = self.found.lines[before:]
        lines.sort(key=lambda one: one.line)
        self.found.lines[before:] = lines
        for one in lines:
            if one.state in {RowState.NEW, RowState.CHANGED}:
                self.found.hints.update({remark.code for remark in one.remarks})
        told: Counter[str] = Counter(one.state for one in lines)
        told["rows"] = len(rows)
        told["unchanged"] = len(rows) - sum(told[state] for state in (RowState.NEW, RowState.CHANGED, RowState.REJECTED, RowState.DUPLICATE))
        self.found.tables[table] = told

    def _line(self, row: Row, steps: list[Step], object_id: UUID) -> None:
        if steps:
            state = RowState.NEW if steps[0][3] is None else RowState.CHANGED
            remarks = self.hints.pop(id(row), [])
            self.found.lines.append(Line(row.table, row.line, row.key[:120], state, steps, remarks, object_id=object_id))

    def _is_stale(self, row: Row) -> bool:
        """Refuse a change that an older delivery would make to what a newer one said."""
        newest = self.newest.get(row.table)
        if newest is None or self.as_of >= newest:
            return False
        text = f"Hier steht schon der Stand vom {format_day(newest, year=True)}. Ältere Daten überschreiben neuere nicht."
        _refuse(row, "newer_known", text, "nichts zu tun, oder mit neuem Stand liefern")
        return True

    # --- who is who ---------------------------------------------------------------------------------------------------

    def _first_days(self) -> dict[str, date]:
        """The first day that the delivery tells of a customer number."""
        first: dict[str, date] = {}
        for table in ("mitglieder", "bezug"):
            for row in _usable(self.package, table):
                number, start = row.values["kundennummer"], row.values["von"]
                if start < first.get(number, OPEN):
                    first[number] = start
        return first

    def _recognise_people(self) -> None:
        here, rows = self.here, _usable(self.package, "personen")
        by_number = {row.values["kundennummer"]: row for row in rows}
        numbers = set(by_number)
        for table in SPECS:
            if any(column.name == "kundennummer" for column in SPECS[table].columns):
                numbers |= {row.values["kundennummer"] for row in _usable(self.package, table)}
        for number in numbers:
            owner = here.holder(NumberKind.CUSTOMER, number)
            if owner is not None:
                self.person_of[number] = owner
        self._claim_by_sign(by_number)
        self._claim_by_name([row for row in rows if row.values["kundennummer"] not in self.person_of and row.values["frueher"] is None])
        waiting = [row for row in rows if row.values["kundennummer"] not in self.person_of]
        while waiting:
            left = [row for row in waiting if row.values["frueher"] in by_number and row.values["frueher"] not in self.person_of]
            stuck = len(left) == len(waiting)
            for row in waiting:
                if stuck or row not in left:
                    self.person_of[row.values["kundennummer"]] = self.person_of.get(row.values["frueher"]) or ordered()
            waiting = [] if stuck else left

    def _claim_by_sign(self, by_number: Mapping[str, Row]) -> None:
        """The applicant of a unit whose decision bears the sign of our application is the one who applied here."""
        heads = {
            row.values["bg_nummer"]: row.values["kundennummer"] for row in _usable(self.package, "mitglieder") if row.values["rolle"] == "antragsteller"
        }  # fmt: skip
        for row in _usable(self.package, "entscheidungen"):
            sign = row.values["zeichen"]
            if sign is None:
                continue
            asked = self.here.applications.get(sign)
            if asked is None:
                self.hints[id(row)].append(Remark("unknown_reference", f"Das Zeichen {sign} gibt es hier nicht.", "Zeichen prüfen; die Entscheidung gilt trotzdem"))
                continue
            number = heads.get(row.values["bg_nummer"])
            head = by_number.get(number) if number else None
            if head is not None and self.person_of.get(head.values["kundennummer"]) != asked.applicant:
                if is_stranger(self.here.identity(asked.applicant), head.values):
                    text = f"Der Antrag {sign} gehört hier einem anderen Menschen als dem, der in der Bedarfsgemeinschaft den Antrag gestellt hat."
                    _refuse(row, "other_applicant", text, "Zeichen des Antrags im zahlenden Verfahren prüfen")
                    continue
                claimed = asked.applicant in self.person_of.values()
                if head.values["kundennummer"] not in self.person_of and not self.here.numbered(NumberKind.CUSTOMER, asked.applicant) and not claimed:
                    self.person_of[head.values["kundennummer"]] = asked.applicant
                    self.adopted.add(asked.applicant)

    def _claim_by_name(self, rows: list[Row]) -> None:
        """Whoever has no number here and is the only one of this name and birth date, on both sides."""
        ours: dict[tuple[str, str, date | None], list[UUID]] = defaultdict(list)
        for pk, (first, last, birth, *_) in self.here.people.items():
            if last:
                ours[fold(first), fold(last), birth].append(pk)
        theirs = Counter((fold(r.values["vorname"]), fold(r.values["nachname"]), r.values["geburtsdatum"]) for r in rows)
        for row in rows:
            who = fold(row.values["vorname"]), fold(row.values["nachname"]), row.values["geburtsdatum"]
            alike = [pk for pk in ours.get(who, ()) if pk not in self.adopted]
            free = [pk for pk in alike if not self.here.numbered(NumberKind.CUSTOMER, pk)]
            if len(free) == 1 and len(alike) == 1 and theirs[who] == 1:
                self.person_of[row.values["kundennummer"]] = free[0]
                self.adopted.add(free[0])
            elif alike or (ours.get((*who[:2], None)) and theirs[who] == 1):
                text = "Hier gibt es schon jemanden dieses Namens. Die Person kommt dazu, bis jemand beide Akten ansieht."
                self.hints[id(row)].append(Remark("possible_duplicate", text, "Akten vergleichen und verbinden, wenn es dieselbe Person ist"))

    def _recognise_units(self) -> None:
        here, rows = self.here, _usable(self.package, "bedarfsgemeinschaften")
        numbers: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            numbers[row.values["bg_nummer"]].append(row)
        known = set(numbers)
        for table, spec in SPECS.items():
            if any(column.name == "bg_nummer" for column in spec.columns):
                known |= {row.values["bg_nummer"] for row in _usable(self.package, table)}
        for number in known:
            unit = here.holder(NumberKind.UNIT, number)
            if unit is not None:
                self.unit_of[number] = unit
        signs: dict[str, Asked] = {}
        for row in _usable(self.package, "entscheidungen"):
            asked = here.applications.get(row.values["zeichen"] or "")
            if asked is not None:
                signs[row.values["bg_nummer"]] = asked
        homes = self._homes()
        taken = set(self.unit_of.values())
        for number, same in numbers.items():
            if number in self.unit_of:
                continue
            candidates = [signs[number].unit] if number in signs else []
            candidates += [held.owner for row in same for held in here.by_value[NumberKind.FILE].get(row.values["aktenzeichen"], ())]
            candidates += homes.get(number, [])
            unit = next((one for one in candidates if self._is_free(one, same, numbers, taken)), None) or ordered()
            self.unit_of[number] = unit
            taken.add(unit)
        for number, asked in signs.items():
            if self.unit_of.get(number) != asked.unit and not here.numbered(NumberKind.UNIT, asked.unit):
                self.yielding.add(asked.unit)

    def _homes(self) -> dict[str, list[UUID]]:
        """BG number to the household here of the one who is its applicant there."""
        heads = {r.values["bg_nummer"]: self.person_of.get(r.values["kundennummer"]) for r in _usable(self.package, "mitglieder") if r.values["rolle"] == "antragsteller"}
        heads = {number: head for number, head in heads.items() if head in self.here.people and number not in self.unit_of}
        wanted = set(heads.values())
        rows = Membership.objects.filter(valid_to=None, stay=Stay.WHOLE).order_by("pk").values_list("person_id", "benefit_unit_id")
        home = {person: unit for person, unit in rows if person in wanted}
        return {number: [home[head]] for number, head in heads.items() if head in home}

    def _is_free(self, unit: UUID, rows: list[Row], numbers: Mapping[str, list[Row]], taken: set[UUID]) -> bool:
        """Whether ``unit`` has no BG number in the time of ``rows``: none at all, or one that this one replaces."""
        periods = [(row.values["von"], row.values["bis"] or OPEN) for row in rows]
        held: list[tuple[date, date]] = []
        for known in self.here.by_owner[NumberKind.UNIT].get(unit, ()):
            told = numbers.get(known.value)
            held += [(r.values["von"], r.values["bis"] or OPEN) for r in told] if told else [(known.start, known.end or OPEN)]
        if not held:
            return unit not in taken
        return not any(start <= last and first <= end for first, last in held for start, end in periods)

    # --- people and units ---------------------------------------------------------------------------------------------

    def _people(self, rows: list[Row]) -> None:
        same: dict[UUID, list[Row]] = defaultdict(list)
        for row in rows:
            if row.usable:
                same[self.person_of[row.values["kundennummer"]]].append(row)
        for person, told in same.items():
            told.sort(key=lambda r: (r.values["bis"] or OPEN, r.values["von"] or date.min, r.line))
            # The newest number says who the person is; the ones before only that they were.
            for row in told:
                steps = self._person(row, person, is_owner=row is told[-1], is_first=row is told[0])
                if row.usable:
                    self._line(row, steps, person)

    def _person(self, row: Row, person: UUID, *, is_owner: bool, is_first: bool) -> list[Step]:
        steps: list[Step] = []
        known = self.here.people.get(person)
        number = row.values["kundennummer"]
        if known is None and is_first:
            # Of several numbers the first row makes the person, with the name that the newest one says.
            newest = row if is_owner else self._newest_of(person)
            to = {field: newest.values[name] for name, field in IDENTITY}
            steps.append(("person", person, to | _folded(to, ""), None))
            if self.team is not None:
                since = row.values["von"] or self.first_day.get(number, self.as_of)
                given = {"person_id": person, "kind": ResponsibilityKind.BENEFITS, "team_id": self.team, "valid_from": min(since, self.as_of), "reason": "Lieferung"}
                steps.append(("responsibility", ordered(), given, None))
        elif known is not None and is_owner:
            steps += self._identity(row, person, known)
            if not row.usable:
                return []
        held = [k for k in self.here.by_owner[NumberKind.CUSTOMER].get(person, ()) if k.value == number]
        start, end = row.values["von"], row.values["bis"]
        if not held:
            since = start or self.first_day.get(number, self.as_of)
            to = {"kind": NumberKind.CUSTOMER, "value": number, "person_id": person, "valid_from": since, "valid_to": end}
            steps.append(("number", ordered(), to, None))
        else:
            one = held[-1]
            end = one.end if "bis" in self.package.absent("personen") else end
            steps += _changed("number", one.id, {"valid_from": start or one.start, "valid_to": end}, {"valid_from": one.start, "valid_to": one.end})
            if steps and steps[-1][0] == "number" and self._is_stale(row):
                return []
        return steps

    def _newest_of(self, person: UUID) -> Row:
        rows = [r for r in _usable(self.package, "personen") if self.person_of[r.values["kundennummer"]] == person]
        return max(rows, key=lambda r: (r.values["bis"] or OPEN, r.values["von"] or date.min, r.line))

    def _identity(self, row: Row, person: UUID, known: tuple[str, str, date | None, str, int]) -> list[Step]:
        first, last, birth, birth_name, version = known
        before = {"first_name": first, "last_name": last, "birth_date": birth}
        to = {field: row.values[name] for name, field in IDENTITY}
        steps: list[Step] = []
        for what, value in to.items():
            held = self.contested.get((person, what))
            if held is not None and _text(value) == held.ours:
                steps.append(("contradiction", held.pk, {"settled_on": self.as_of}, {"settled_on": None}))
            elif held is not None and _text(value) != held.theirs:
                steps.append(("contradiction", held.pk, {"theirs": _text(value)}, {"theirs": held.theirs}))
            elif held is None and person in self.adopted and before[what] not in {"", None, value}:
                steps.append(self._contradiction(person, what, _text(before[what]), _text(value)))
        if to != before:
            if self._is_stale(row):
                return []
            old = before | _folded(before, birth_name) | {"version": version}
            new = to | _folded(to, birth_name) | {"version": version + 1}
            steps = [*_changed("person", person, new, old), *steps]
        return steps

    def _contradiction(self, person: UUID, what: str, ours: str, theirs: str, application: UUID | None = None) -> Step:
        to = {
            "person_id": person, "application_id": application, "what": what, "ours": ours[:160], "theirs": theirs[:160],
            "delivery_id": self.delivery, "since": self.as_of,
        }  # fmt: skip
        return "contradiction", ordered(), to, None

    def _units(self, rows: list[Row]) -> None:
        here = self.here
        usable = [row for row in rows if row.usable]
        delivered = {(row.values["bg_nummer"], row.values["von"]) for row in usable}
        mentioned = delivered | {(row.values["bg_nummer"], row.values["von"]) for row in rows if not row.usable}
        files: dict[UUID, set[tuple[str, date]]] = defaultdict(set)
        for row in usable:
            files[self.unit_of[row.values["bg_nummer"]]].add((row.values["aktenzeichen"], row.values["von"]))
        made: set[UUID] = set()
        used: set[UUID] = set()
        exists = set(here.by_owner[NumberKind.UNIT]) | set(here.by_owner[NumberKind.FILE]) | {a.unit for a in here.applications.values()}
        exists |= self._households()
        for row in sorted(usable, key=lambda r: (r.values["bg_nummer"], r.values["von"], r.line)):
            unit, value, start, end = self.unit_of[row.values["bg_nummer"]], row.values["bg_nummer"], row.values["von"], row.values["bis"]
            if "bis" in self.package.absent("bedarfsgemeinschaften"):
                end = next((k.end for k in here.by_owner[NumberKind.UNIT].get(unit, ()) if (k.value, k.start) == (value, start)), None)
            steps: list[Step] = []
            if unit not in exists and unit not in made:
                steps.append(("unit", unit, {}, None))
                made.add(unit)
            numbers = here.by_owner[NumberKind.UNIT].get(unit, [])
            steps += self._number(NumberKind.UNIT, unit, value, start, end, numbers, delivered, used)
            mine = here.by_owner[NumberKind.FILE].get(unit, [])
            aktenzeichen = row.values["aktenzeichen"]
            steps += self._number(NumberKind.FILE, unit, aktenzeichen, start, end, mine, files[unit], used)
            steps += self._displaced(unit, aktenzeichen, start, end, mine, files[unit], used)
            steps += self._officer(unit, row, end)
            if steps and any(step[3] is not None for step in steps) and self._is_stale(row):
                continue
            self._line(row, steps, unit)
        if self.package.complete:
            self._units_gone(mentioned)

    def _households(self) -> set[UUID]:
        return set(Membership.objects.order_by("benefit_unit_id").values_list("benefit_unit_id", flat=True).distinct())

    def _number(
        self, kind: NumberKind, unit: UUID, value: str, start: date, end: date | None, held: Iterable[Known], told: set[tuple[str, date]], used: set[UUID]
    ) -> list[Step]:
        """The number of a unit in its period: as it is, with another period, or new."""
        same = [k for k in held if k.value == value and k.id not in used]
        one = next((k for k in same if k.start == start), None)
        if one is None:
            one = next((k for k in same if (k.value, k.start) not in told and k.start <= (end or OPEN) and start <= (k.end or OPEN)), None)
        if one is None:
            return [("number", ordered(), {"kind": kind, "value": value, "benefit_unit_id": unit, "valid_from": start, "valid_to": end}, None)]
        used.add(one.id)
        return _changed("number", one.id, {"valid_from": start, "valid_to": end}, {"valid_from": one.start, "valid_to": one.end})

    def _displaced(
        self, unit: UUID, value: str, start: date, end: date | None, held: Iterable[Known], told: set[tuple[str, date]], used: set[UUID]
    ) -> list[Step]:
        """Another Aktenzeichen of ours for the same time gives way; the application keeps the one it had and both are shown."""
        steps: list[Step] = []
        for other in held:
            if other.value == value or other.id in used or (other.value, other.start) in told:
                continue
            if other.start > (end or OPEN) or (other.end or OPEN) < start:
                continue
            used.add(other.id)
            before = {"valid_from": other.start, "valid_to": other.end}
            if other.start < start:
                steps.append(("number", other.id, {"valid_to": start - DAY}, {"valid_to": other.end}))
            else:
                whole = before | {"kind": NumberKind.FILE, "value": other.value, "benefit_unit_id": unit}
                steps.append(("number", other.id, None, whole))
            steps += [
                self._contradiction(asked.applicant, Contested.FILE_NUMBER, other.value, value, asked.id)
                for asked in self.here.applications.values()
                if asked.unit == unit and asked.file_number == other.value
            ]
        return steps

    def _officer(self, unit: UUID, row: Row, end: date | None) -> list[Step]:
        start, absent = row.values["von"], self.package.absent("bedarfsgemeinschaften")
        to = {"name": row.values["zustaendig"], "phone": row.values["telefon"] or "", "valid_to": end}
        held = self.here.officers.get((unit, start))
        if held is None:
            given = {"benefit_unit_id": unit, "valid_from": start}
            return [("officer", ordered(), given | to, None)] if to["name"] else []
        pk, old_end, name, phone = held
        before = {"name": name, "phone": phone, "valid_to": old_end}
        # What the table does not tell stays as it is.
        to |= {ours: before[ours] for theirs, ours in (("zustaendig", "name"), ("telefon", "phone")) if theirs in absent}
        if not to["name"]:
            return [("officer", pk, None, before | {"benefit_unit_id": unit, "valid_from": start})]
        return _changed("officer", pk, to, before)

    def _units_gone(self, mentioned: set[tuple[str, date]]) -> None:
        """Units that a complete delivery no longer names end the day before its day."""
        last = self.as_of - DAY
        told = {value for value, _ in mentioned}
        for value, numbers in self.here.by_value[NumberKind.UNIT].items():
            for held in numbers:
                if value in told or (held.end is not None and held.end <= last):
                    continue
                end = max(held.start, last)
                steps: list[Step] = [("number", held.id, {"valid_to": end}, {"valid_to": held.end})]
                files = self.here.by_owner[NumberKind.FILE].get(held.owner, ())
                steps += [("number", f.id, {"valid_to": end}, {"valid_to": f.end}) for f in files if (f.start, f.end) == (held.start, held.end)]
                officer = self.here.officers.get((held.owner, held.start))
                if officer is not None and officer[1] == held.end:
                    steps.append(("officer", officer[0], {"valid_to": end}, {"valid_to": held.end}))
                self.found.lines.append(Line("bedarfsgemeinschaften", 0, f"{value}|{held.start}", RowState.GONE, steps, object_id=held.owner))

    # --- tables that are one row here ---------------------------------------------------------------------------------

    def _table(self, table: str, spec: Spec, rows: list[Row]) -> None:
        takers = _Takers(self, spec)
        fields = spec.fields
        delivered: list[tuple[Row, tuple[Any, ...]]] = [(row, takers.of(row)) for row in rows if row.usable]
        existing = _Existing(spec, None if self.package.complete else [values for _, values in delivered])
        keys = {existing.key(values) for _, values in delivered}
        absent = self.package.absent(table)
        untold = {column.field for column in spec.columns if column.name in absent}
        matched: dict[int, tuple[UUID, tuple[Any, ...]] | None] = {}
        used: set[UUID] = set()
        for number, (row, values) in enumerate(delivered):
            held = existing.by_key.get(existing.key(values)) or (existing.adopt(values, keys, used) if spec.group else None)
            if held is not None:
                used.add(held[0])
            matched[number] = held
            if held is not None and untold:
                kept = zip(fields, values, held[1], strict=True)
                delivered[number] = row, tuple(old if name in untold else new for name, new, old in kept)
            if held is not None and held[1] != delivered[number][1] and self._is_stale(row):
                continue
        extra: dict[int, list[Step]] = defaultdict(list)
        ended: set[UUID] = set()
        if spec.kind in {"member", "receipt"}:
            _Timeline(self, spec, existing, used, ended).check(delivered, matched, extra)
        for number, (row, values) in enumerate(delivered):
            if not row.usable:
                continue
            held = matched[number]
            to = dict(zip(fields, values, strict=True))
            if spec.kind == "decision":
                asked = self.here.applications.get(to["reference"])
                to["application_id"] = asked.id if asked else None
            if held is None:
                pk = ordered()
                steps: list[Step] = [*extra.get(number, ()), (spec.kind, pk, to, None)]
                self.found.lines.append(
                    Line(row.table, row.line, row.key[:120], RowState.NEW, steps, self.hints.pop(id(row), []), object_id=pk)
                )
                continue
            pk = held[0]
            before = dict(zip(fields, held[1], strict=True))
            if spec.kind == "decision":
                before["application_id"] = existing.applications.get(pk)
            changed = _changed(spec.kind, pk, to, before)
            if changed or extra.get(number):
                self._line(row, [*changed, *extra.get(number, ())], pk)
        if self.package.complete:
            self._gone(table, spec, existing, rows, takers, delivered, used | ended)

    def _gone(
        self,
        table: str,
        spec: Spec,
        existing: "_Existing",
        rows: list[Row],
        takers: "_Takers",
        delivered: list[tuple[Row, tuple[Any, ...]]],
        used: set[UUID],
    ) -> None:
        """What a complete table no longer has: what runs ends the day before; a fact within the time it tells of goes.

        A row that was refused keeps what we know.
        """
        kept = {takers.group(row) for row in rows if not row.usable}
        told = [values for row, values in delivered if row.usable]
        place = {name: number for number, name in enumerate(spec.fields)}
        if spec.day:
            first = min((values[place[spec.day]] for values in told), default=OPEN)
            for pk, values in existing.rows:
                day = values[place[spec.day]]
                if pk not in used and first <= day <= self.as_of and existing.owner(values) not in kept:
                    self._remove(table, spec, pk, values, existing)
            return
        last = self.as_of - DAY
        for pk, values in existing.rows:
            start, end = values[place[spec.start]], values[place[spec.end]]
            if pk in used or (end is not None and end <= last) or existing.owner(values) in kept or not self.is_theirs(spec, values):
                continue
            if start > last:
                self._remove(table, spec, pk, values, existing)
                continue
            key = existing.words(values)
            steps: list[Step] = [(spec.kind, pk, {spec.end: last}, {spec.end: end})]
            self.found.lines.append(Line(table, 0, key, RowState.GONE, steps, object_id=pk))

    def _remove(self, table: str, spec: Spec, pk: UUID, values: tuple[Any, ...], existing: "_Existing") -> None:
        before = dict(zip(spec.fields, values, strict=True))
        if spec.kind == "decision":
            before["application_id"] = existing.applications.get(pk)
        self.found.lines.append(Line(table, 0, existing.words(values), RowState.GONE, [(spec.kind, pk, None, before)], object_id=pk))

    def is_theirs(self, spec: Spec, values: tuple[Any, ...]) -> bool:
        """Whether the paying system knows of it: of a household that only we know it says nothing."""
        if spec.kind != "member":
            return True
        by_name = dict(zip(spec.fields, values, strict=True))
        return self.here.numbered(NumberKind.CUSTOMER, by_name["person_id"]) and self.here.numbered(NumberKind.UNIT, by_name["benefit_unit_id"])


class _Takers:
    """Turns a neutral row into the values of a row here."""

    def __init__(self, comparison: Comparison, spec: Spec) -> None:
        self.comparison, self.spec = comparison, spec
        people, units = comparison.person_of, comparison.unit_of
        self.columns = [
            (column.name, people.__getitem__ if column.name == "kundennummer" else units.__getitem__ if column.name == "bg_nummer" else column.ours)
            for column in spec.columns
        ]

    def of(self, row: Row) -> tuple[Any, ...]:
        values = row.values
        return tuple([convert(values[name]) for name, convert in self.columns])

    def group(self, row: Row) -> tuple[Any, ...]:
        """Person and unit of a row that was refused, as far as they are known."""
        people, units = self.comparison.person_of, self.comparison.unit_of
        return tuple(
            people.get(row.values.get(c.name) or "") if c.name == "kundennummer" else units.get(row.values.get(c.name) or "")
            for c in self.spec.columns
            if c.name in {"kundennummer", "bg_nummer"}
        )


def _near(spec: Spec, place: Mapping[str, int], named: Sequence[tuple[Any, ...]] | None) -> Iterator[QuerySet[Any]]:
    """All rows of a kind; with ``named`` those of the same days, or of the same people where a row has a period."""
    rows = rows_of(spec.kind)
    if named is None:
        yield rows.all()
    elif spec.day and named:
        days = [values[place[spec.day]] for values in named]
        yield rows.filter(**{f"{spec.day}__range": (min(days), max(days))})
    else:
        people = sorted({values[place["person_id"]] for values in named}) if named else []
        for first in range(0, len(people), PART):
            yield rows.filter(person_id__in=people[first : first + PART])


class _Existing:
    """The rows of a table as they are; with ``named`` only those that can have to do with these values."""

    def __init__(self, spec: Spec, named: Sequence[tuple[Any, ...]] | None = None) -> None:
        self.spec = spec
        place = {name: number for number, name in enumerate(spec.fields)}
        self._key = [place[name] for name in spec.key]
        # The key of a row's values; no table has one of a single column.
        self.key: Callable[[tuple[Any, ...]], tuple[Any, ...]] = itemgetter(*self._key)
        self._group = [place[name] for name in spec.group]
        self._owner = [place[name] for name in spec.fields if name in {"person_id", "benefit_unit_id"}]
        period = spec.span or ((spec.start, spec.end) if spec.start else None)
        self._period = (place[period[0]], place[period[1]]) if period else (0, 0)
        self.rows: list[tuple[UUID, tuple[Any, ...]]] = [
            (pk, tuple(rest)) for rows in _near(spec, place, named) for pk, *rest in rows.order_by("pk").values_list("id", *spec.fields)
        ]
        self.by_key = {self.key(values): (pk, values) for pk, values in self.rows}
        self.groups: dict[tuple[Any, ...], list[tuple[UUID, tuple[Any, ...]]]] = defaultdict(list)
        if spec.group:
            for pk, values in self.rows:
                self.groups[tuple(values[n] for n in self._group)].append((pk, values))
        self.applications = (
            dict(Decision.objects.exclude(application=None).order_by("pk").values_list("id", "application_id")) if spec.kind == "decision" else {}
        )

    def owner(self, values: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(values[n] for n in self._owner)

    def words(self, values: tuple[Any, ...]) -> str:
        """The key without ids: what has none in the file is told by its days."""
        return "|".join(str(values[n]) for n in self._key if not isinstance(values[n], UUID))[:120]

    def adopt(self, values: tuple[Any, ...], keys: set[tuple[Any, ...]], used: set[UUID]) -> tuple[UUID, tuple[Any, ...]] | None:
        """The row of the same group whose first day was put right: it overlaps and its own key is not delivered."""
        first, last = self._period
        start, end = values[first] or date.min, values[last] or OPEN
        for pk, held in self.groups.get(tuple(values[n] for n in self._group), ()):
            if pk not in used and self.key(held) not in keys and (held[first] or date.min) <= end and start <= (held[last] or OPEN):
                return pk, held
        return None


class _Timeline:
    """Whether what is delivered fits beside what stays: nobody is in two units, no stretch overlaps another."""

    def __init__(self, comparison: Comparison, spec: Spec, existing: _Existing, used: set[UUID], ended: set[UUID]) -> None:
        self.comparison, self.spec, self.existing, self.used, self.ended = comparison, spec, existing, used, ended
        self.place = {name: number for number, name in enumerate(spec.fields)}
        self.halves = self._halves() if spec.kind == "receipt" else set()

    def _halves(self) -> set[tuple[UUID, UUID]]:
        """Children who live part of the time in a unit: only they may have benefits in two."""
        here = Membership.objects.filter(stay=Stay.PART).order_by("pk").values_list("person_id", "benefit_unit_id")
        people, units = self.comparison.person_of, self.comparison.unit_of
        told = (row.values for row in _usable(self.comparison.package, "mitglieder") if row.values["zeitweise"])
        return {*here, *((people[values["kundennummer"]], units[values["bg_nummer"]]) for values in told)}

    def _span(self, values: tuple[Any, ...]) -> tuple[date, date]:
        return values[self.place[self.spec.start]], values[self.place[self.spec.end]] or OPEN

    def _unit(self, values: tuple[Any, ...]) -> UUID:
        return values[self.place["benefit_unit_id"]]  # type: ignore[no-any-return]

    def _meet(self, one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
        start, end = self._span(one)
        first, last = self._span(other)
        if start > last or first > end:
            return False
        if self._unit(one) == self._unit(other):
            return True
        if self.spec.kind == "receipt":
            person = self.place["person_id"]
            return not {(one[person], self._unit(one)), (other[person], self._unit(other))} & self.halves
        return self.spec.kind == "member" and {one[self.place["stay"]], other[self.place["stay"]]} == {Stay.WHOLE}

    def check(
        self,
        delivered: list[tuple[Row, tuple[Any, ...]]],
        matched: dict[int, tuple[UUID, tuple[Any, ...]] | None],
        extra: dict[int, list[Step]],
    ) -> None:
        """Refuse rows that do not fit; end what gives way (its steps go to ``extra``)."""
        person = self.place["person_id"]
        by_person: dict[UUID, list[int]] = defaultdict(list)
        for number, (_, values) in enumerate(delivered):
            by_person[values[person]].append(number)
        others: dict[UUID, list[tuple[UUID, tuple[Any, ...]]]] = defaultdict(list)
        for pk, values in self.existing.rows:
            if pk not in self.used and values[person] in by_person:
                others[values[person]].append((pk, values))
        for who, numbers in by_person.items():
            beside = others.get(who, [])
            if len(numbers) == 1 and not beside:
                continue
            numbers.sort(key=lambda n: (self._span(delivered[n][1])[0], delivered[n][0].line))
            accepted: list[tuple[Any, ...]] = []
            for number in numbers:
                row, values = delivered[number]
                if row.usable and self._fits(row, values, accepted, beside, extra[number]):
                    accepted.append(values)
                else:
                    extra.pop(number, None)
                    held = matched[number]
                    if held is not None:
                        accepted.append(held[1])

    def _fits(
        self,
        row: Row,
        values: tuple[Any, ...],
        accepted: list[tuple[Any, ...]],
        beside: list[tuple[UUID, tuple[Any, ...]]],
        steps: list[Step],
    ) -> bool:
        for other in accepted:
            if self._meet(values, other):
                self._refuse(row, values, other)
                return False
        ends: list[tuple[UUID, tuple[Any, ...]]] = []
        for pk, other in beside:
            if pk in self.ended or not self._meet(values, other):
                continue
            if not self._gives_way(other):
                self._refuse(row, values, other)
                return False
            ends.append((pk, other))
        start = self._span(values)[0]
        for pk, other in ends:
            self.ended.add(pk)
            before = dict(zip(self.spec.fields, other, strict=True))
            if before[self.spec.start] < start:
                steps.append((self.spec.kind, pk, {self.spec.end: start - DAY}, {self.spec.end: before[self.spec.end]}))
            else:
                steps.append((self.spec.kind, pk, None, before))
        return True

    def _gives_way(self, other: tuple[Any, ...]) -> bool:
        """A complete delivery ends what it no longer has; ours gives way where the paying system has the same application."""
        if self.comparison.package.complete and self.comparison.is_theirs(self.spec, other):
            return True
        return self.spec.kind == "member" and self._unit(other) in self.comparison.yielding

    def _refuse(self, row: Row, values: tuple[Any, ...], other: tuple[Any, ...]) -> None:
        start, end = self._span(other)
        since = f"{format_day(start, year=True)} bis {format_day(end, year=True)}" if end != OPEN else f"seit {format_day(start, year=True)}"
        if self._unit(values) == self._unit(other):
            _refuse(row, "overlap", f"Der Zeitraum überschneidet sich mit einem anderen ({since}).", "Beginn und Ende prüfen, beide Zeilen mitliefern")
        elif self.spec.kind == "receipt":
            text = f"Die Person hat {since} Leistungen in einer anderen Bedarfsgemeinschaft."
            _refuse(row, "two_units", text, "Ende des anderen Bezugs mitliefern; lebt ein Kind in beiden Haushalten, in „mitglieder“ „zeitweise“ liefern")
        elif self.comparison.is_theirs(self.spec, other):
            text = f"Die Person gehört {since} zu einer anderen Bedarfsgemeinschaft."
            _refuse(row, "two_units", text, "Ende der anderen mitliefern; lebt ein Kind in beiden Haushalten, „zeitweise“ liefern")
        else:
            text = f"Die Person gehört hier {since} zu einem Haushalt, den das zahlende Verfahren noch nicht genannt hat."
            _refuse(row, "held_elsewhere", text, "Zeichen des Antrags in „entscheidungen“ mitliefern oder den Haushalt hier berichtigen")


def _changed(kind: str, pk: UUID, to: Fields, before: Fields) -> list[Step]:
    """A step with the fields that differ, or none."""
    new = {name: value for name, value in to.items() if before[name] != value}
    return [(kind, pk, new, {name: before[name] for name in new})] if new else []


def _text(value: Any) -> str:
    return f"{value:%d.%m.%Y}" if isinstance(value, date) else str(value or "")


def _folded(to: Mapping[str, Any], birth_name: str) -> Fields:
    """What search and sorting use (people.domain.set_names)."""
    first, last = to["first_name"], to["last_name"]
    return {
        "search_name": names.search_name(first, last, birth_name)[:260],
        "sound": names.sound(f"{last} {birth_name} {first}")[:120],
        "sort_name": names.sort_name(last, first)[:180],
    }
