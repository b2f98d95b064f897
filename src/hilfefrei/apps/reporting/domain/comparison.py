"""Tables of published figures: received and compared, taken over or discarded, taken back as a whole.

A file is read and compared before the transaction; what is written stands in one. Values are only ever added: a revision
(same place, time and figure, newer state, other value) stands beside the old value and counts.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.domain import Ledger, locked, verb
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.audit.rows import columns_of, insert
from hilfefrei.apps.org.models import Jobcenter
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.reporting import policy
from hilfefrei.apps.reporting.models import (
    OwnPlace,
    PublishedFigure,
    PublishedFile,
    PublishedIndicator,
    PublishedMapping,
    PublishedPlace,
    PublishedReject,
    PublishedTable,
)
from hilfefrei.apps.reporting.queries import comparison as queries
from hilfefrei.apps.reporting.workflows import DIRECTIONS, Change, TableState
from hilfefrei.core import comparison, published
from hilfefrei.core.comparison import ComparisonError, Figure, Table, Unread
from hilfefrei.core.days import berlin_day
from hilfefrei.core.published import PlaceKind, TableMapping

# Below this share of the list of the same year a new one is not believed.
LEAST_SHARE = 0.6
WAITS = timedelta(days=30)
EXAMPLES = 8
# So many codes are named to the database; with more all of them are read.
MOST_CODES = 500
_PLACE, _REJECT = columns_of(PublishedPlace), columns_of(PublishedReject)
# In the order in which :func:`_figures` makes them.
_FIGURE = ("id", "jobcenter_id", "table_id", "kind", "place", "period", "code", "value", "state", "state_on", "change", "before", "line")
BATCH = 20_000
_CODES = [key for key, _ in DIRECTIONS]


@dataclass(frozen=True)
class Received:
    """What a file turned out to be: read with a mapping, not usable, or a table whose columns nobody has named."""

    mapping: TableMapping | None = None
    table: Table | None = None
    refusal: ComparisonError | None = None
    header: Sequence[str] = ()


@dataclass
class Difference:
    """What taking a table over would add; nothing of it is saved. Figures are plain rows: hundreds of thousands may come."""

    figures: list[tuple[Any, ...]] = field(default_factory=list)
    places: list[PublishedPlace] = field(default_factory=list)
    rejects: list[PublishedReject] = field(default_factory=list)


def read_file(content: bytes, file_name: str, mapping: TableMapping | None = None, *, ask: bool = False) -> Received:
    """Read a file; never raises for what it may hold. ``mapping`` None: found out from its columns, unless ``ask``."""
    try:
        if mapping is None:
            mapping = None if ask else published.fitting(comparison.head_of(content), queries.mappings())
            if mapping is None:
                return Received(header=comparison.header_of(content)[0])
        return Received(mapping, comparison.read(content, file_name, mapping.columns))
    except ComparisonError as error:
        return Received(mapping, refusal=error)


# --- the difference ---------------------------------------------------------------------------------------------------


def compare(
    *,
    actor: Actor,
    at: datetime,
    file_name: str,
    content: bytes,
    found: Received,
    source: str = "",
    licence: str = "",
    data_state: str = "",
) -> tuple[PublishedTable, Difference]:
    """What :func:`stage_table` would find, without writing anything: the table and what it would add, nothing of it saved."""
    require(policy.may_import_comparison(actor))
    table = PublishedTable(
        id=uuid4(),
        jobcenter_id=actor.jobcenter_id,
        file_name=file_name[-200:],
        sha256=hashlib.sha256(content).hexdigest(),
        source=source.strip()[:160],
        licence=licence.strip()[:80],
        data_state=data_state.strip()[:40],
        uploaded_by_id=actor.id if actor.kind == "user" else None,
        uploaded_at=at,
        version=0,
    )
    return table, _judge(table, found)


def _judge(table: PublishedTable, found: Received) -> Difference:
    if found.mapping is not None:
        table.mapping, table.kind = found.mapping.name[:80], found.mapping.kind
        table.source = table.source or found.mapping.source
        table.licence = table.licence or found.mapping.licence
        table.is_list = found.mapping.columns.is_list
    if found.refusal is not None:
        return _refuse(table, found.refusal)
    if found.mapping is None or found.table is None:
        table.state = TableState.COLUMNS
        return Difference()
    kind = found.mapping.kind
    table.counts = {"rows": found.table.rows, "suppressed": found.table.suppressed, "encoding": found.table.encoding, "basis": queries.basis(kind)}
    if table.data_state and comparison.parse_state(table.data_state, "2000-01") is None:
        text = f"Der Stand „{table.data_state}“ ist kein Tag, kein Monat und kein Jahr. Zum Beispiel: 28.07.2026 oder 2026-07."
        return _refuse(table, ComparisonError("state", text))
    if not table.is_list and not found.mapping.columns.state and not table.data_state:
        text = "In der Tabelle steht kein Datenstand. Bitte geben Sie ihn an: Ohne ihn ist eine spätere Änderung nicht von einem Fehler zu unterscheiden."
        return _refuse(table, ComparisonError("state_missing", text))
    difference = Difference()
    unread = list(found.table.unread)
    if table.is_list:
        refusal = _lists(table, kind, found.table, difference, unread)
        if refusal is not None:
            return _refuse(table, refusal)
    else:
        _figures(table, kind, found.table, difference, unread)
        _names(table, kind, found.table.figures, difference)
    unread.sort(key=lambda one: (one.line, one.code))
    difference.rejects = [
        PublishedReject(
            id=uuid4(), jobcenter_id=table.jobcenter_id, table=table, line=one.line, code=one.code[:20], text=one.text[:300], remedy=one.remedy[:200], raw=one.raw[:300]
        )
        for one in unread
    ]
    table.counts |= {"rejected": len(unread), "reasons": dict(Counter(one.code for one in unread))}
    if unread and not table.counts["places" if table.is_list else "usable"]:
        text = f"Keine Zeile lässt sich verwenden. Zuerst: Zeile {unread[0].line}, {unread[0].text}. Passen Zuordnung und Art der Orte?"
        return _refuse(table, ComparisonError("nothing_usable", text))
    table.state = TableState.STAGED
    return difference


def _refuse(table: PublishedTable, error: ComparisonError) -> Difference:
    table.state, table.refusal, table.refusal_code = TableState.REFUSED, str(error)[:500], error.code[:20]
    return Difference()


def _figures(table: PublishedTable, kind: PlaceKind, read: Table, difference: Difference, unread: list[Unread]) -> None:
    """Each value beside what is known of the same place, time and figure."""
    today = berlin_day(table.uploaded_at)
    known = _known(kind, read.figures)
    seen: dict[tuple[str, str, str, Any], float] = {}
    counts: Counter[str] = Counter()
    examples: dict[str, list[dict[str, Any]]] = defaultdict(list)
    keys: dict[str, str] = {}
    states: dict[tuple[str, str], Any] = {}
    for one in read.figures:
        key = keys[one.place] if one.place in keys else keys.setdefault(one.place, published.place_key(kind, one.place))
        if not key:
            _no_place(kind, one.place, one.line, unread)
            continue
        state = one.state or table.data_state
        if (state, one.period) not in states:
            states[state, one.period] = comparison.parse_state(state, one.period)
        state_on = states[state, one.period]
        if state_on is None:
            text = f"„{state}“ ist kein Datenstand" if state else "ohne Datenstand"
            unread.append(Unread(one.line, "state", text, "Tag, Monat, Jahr oder T-3 eintragen", _raw(one)))
            continue
        if state_on > today or one.period > today.isoformat()[: len(one.period)]:
            text = f"{one.period}, Stand {state}: liegt in der Zukunft"
            unread.append(Unread(one.line, "future", text, "Monat und Stand in der Datei prüfen", _raw(one)))
            continue
        identity = (one.code, one.period, key, state_on)
        if identity in seen:
            if seen[identity] == one.value:
                counts["duplicate"] += 1
            else:
                text = f"{one.code} {one.period} für {key} steht zweimal in der Datei, mit verschiedenen Werten"
                unread.append(Unread(one.line, "twice", text, "eine der beiden Zeilen entfernen oder ihren Datenstand angeben", _raw(one)))
            continue
        before = known.get(identity[:3], {})
        if state_on in before and before[state_on] != one.value:
            text = f"{one.code} {one.period} für {key} ist mit demselben Stand schon als {_words(before[state_on])} bekannt, hier {_words(one.value)}"
            unread.append(Unread(one.line, "same_state", text, "ist es eine Revision, den neuen Datenstand angeben; sonst die erste Tabelle zurücknehmen", _raw(one)))
            continue
        seen[identity] = one.value
        counts["usable"] += 1
        if state_on in before:
            counts["unchanged"] += 1
            continue
        newest = max(before, default=None)
        change = Change.NEW
        if newest is not None:
            change = Change.CONFIRMED if before[newest] == one.value else Change.REVISED if state_on > newest else Change.OLDER
        old = before[newest] if newest is not None else None
        difference.figures.append(
            (uuid4(), table.jobcenter_id, table.pk, kind, key, one.period, one.code, one.value, state[:40], state_on, change.value, old, one.line)
        )
        counts[change] += 1
        if len(examples[change]) < EXAMPLES:
            examples[change].append({"line": one.line, "place": key, "name": one.name, "code": one.code, "period": one.period, "before": old, "value": one.value, "state": state})
    periods = sorted({row.period for row in read.figures})
    table.counts |= {
        **{name: counts[name] for name in ("usable", "unchanged", "duplicate", *Change.values)},
        "places": len({key for key in keys.values() if key}),
        "codes": sorted({one.code for one in read.figures})[:60],
        "periods": [periods[0], periods[-1]],
        "examples": dict(examples),
    }


def _raw(one: Figure) -> str:
    return f"{one.place};{one.name};{one.period};{one.code};{one.value};{one.state}"


def _words(value: float) -> str:
    return f"{value:g}".replace(".", ",")


def _no_place(kind: PlaceKind, place: str, line: int, unread: list[Unread]) -> None:
    what = "keine Trägernummer" if kind == PlaceKind.TRAEGER else "kein Kreisschlüssel"
    if unread and unread[-1].line == line and unread[-1].code == "place":
        # One rejection for a wide line, however many figures it has.
        return
    unread.append(Unread(line, "place", f"„{place[:20]}“ ist {what}", "fünf Ziffern, wie in der Quelle", place[:60]))


def _known(kind: PlaceKind, figures: Iterable[Figure]) -> dict[tuple[str, str, str], dict[Any, float]]:
    """The values that hold for the figures and times of the file, by figure, time and place: one read."""
    codes, periods = {one.code for one in figures}, {one.period for one in figures}
    found: dict[tuple[str, str, str], dict[Any, float]] = defaultdict(dict)
    rows = PublishedFigure.objects.filter(kind=kind, table__state=TableState.APPLIED, period__gte=min(periods), period__lte=max(periods))
    if len(codes) <= MOST_CODES:
        rows = rows.filter(code__in=sorted(codes))
    for code, period, place, state_on, value in rows.order_by("pk").values_list("code", "period", "place", "state_on", "value").iterator(5000):
        found[code, period, place][state_on] = value
    return found


def _names(table: PublishedTable, kind: PlaceKind, figures: Sequence[Figure], difference: Difference) -> None:
    """Names that stand beside the figures, once per place and change of name."""
    places = queries.directory(kind)
    given: dict[str, dict[int, str]] = defaultdict(dict)
    for one in figures:
        if one.name and (key := published.place_key(kind, one.place)):
            given[key].setdefault(int(one.period[:4]), one.name)
    for key, by_year in sorted(given.items()):
        known = dict(places.names.get(key, ()))
        last = ""
        for year, name in sorted(by_year.items()):
            before = [n for y, n in sorted(known.items()) if y <= year]
            last = before[-1] if before else last
            if name != last:
                difference.places.append(_place(table, kind, key, year, name))
                known[year] = last = name
    table.counts["names"] = len(difference.places)


def _place(table: PublishedTable, kind: PlaceKind, key: str, year: int, name: str, **more: Any) -> PublishedPlace:
    return PublishedPlace(id=uuid4(), jobcenter_id=table.jobcenter_id, table=table, kind=kind, place=key, year=year, name=name[:120] or key, **more)


def _lists(table: PublishedTable, kind: PlaceKind, read: Table, difference: Difference, unread: list[Unread]) -> ComparisonError | None:
    """A list counts for its year as a whole: what differs from the one known, and whether it can be believed."""
    known = queries.directory(kind).lists
    years: dict[int, dict[str, queries.PlaceOf]] = defaultdict(dict)
    counts: Counter[str] = Counter()
    for one in read.places:
        key = published.place_key(kind, one.place)
        if not key:
            _no_place(kind, one.place, one.line, unread)
            continue
        land = published.land_code(one.land) if one.land else published.land_of(kind, key)
        if not land:
            unread.append(Unread(one.line, "land", f"„{one.land}“ ist kein Land", "Kürzel wie NI oder den Namen eintragen", f"{one.place};{one.name}"))
            continue
        place = queries.PlaceOf(key, one.name or key, one.form, land, one.type)
        twin = years[one.year].get(key)
        if twin is None:
            years[one.year][key] = place
        elif twin == place:
            counts["duplicate"] += 1
        elif replace(twin, name="") == replace(place, name=""):
            text = f"{key} heißt {one.year} auch „{place.name}“, davor „{twin.name}“"
            unread.append(Unread(one.line, "spelling", text, "nichts zu tun: die erste Schreibweise gilt", f"{one.place};{one.name}"))
        else:
            text = f"{key} steht {one.year} zweimal in der Liste: „{twin.name}“ {twin.form} und „{place.name}“ {place.form}"
            unread.append(Unread(one.line, "twice", text, "eine der beiden Zeilen entfernen", f"{one.place};{one.name}"))
    per_year = {}
    for year, places in sorted(years.items()):
        before = known.get(year, {})
        if len(places) < LEAST_SHARE * len(before):
            text = f"Die Liste für {year} hätte nur noch {len(places)} statt {len(before)} Orte. Es wurde nichts übernommen. Bitte prüfen Sie, ob die Datei vollständig ist."
            return ComparisonError("too_small", text)
        numbers = {
            "new": sum(key not in before for key in places),
            "changed": sum(key in before and before[key] != place for key, place in places.items()),
            "gone": sum(key not in places for key in before),
        }
        per_year[str(year)] = numbers | {"all": len(places), "lands": dict(sorted(Counter(p.land for p in places.values()).items()))}
        counts.update(numbers)
        if any(numbers.values()):
            difference.places += [
                _place(table, kind, p.key, year, p.name, is_list=True, form=p.form[:20], land=p.land, type=p.type[:20]) for p in places.values()
            ]
    table.counts |= {"places": sum(map(len, years.values())), "years": per_year} | {name: counts[name] for name in ("duplicate", "new", "changed", "gone")}
    return None


def changes(counts: Mapping[str, Any]) -> int:
    """How many values, names and places a table adds or changes."""
    return int(sum(counts.get(name, 0) for name in (*Change.values, "names", "changed", "gone")))


# --- receive, take over, take back ------------------------------------------------------------------------------------


def stage_table(
    *,
    actor: Actor,
    at: datetime,
    file_name: str,
    content: bytes,
    mapping: TableMapping | None = None,
    ask: bool = False,
    source: str = "",
    licence: str = "",
    data_state: str = "",
    found: Received | None = None,
    op: UUID | None = None,
) -> PublishedTable:
    """Receive a table: compared and waiting, refused with its reason, or kept until its columns are named. Nothing counts yet.

    ``data_state`` is the state of the data where no column has it; ``found`` the file as :func:`read_file` read it.
    """
    require(policy.may_import_comparison(actor))
    found = found or read_file(content, file_name, mapping, ask=ask)
    return _receive(
        actor=actor, at=at, file_name=file_name, content=content, found=found, source=source, licence=licence, data_state=data_state, op=op
    )


@verb(PublishedTable)
def _receive(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    file_name: str,
    content: bytes,
    found: Received,
    source: str,
    licence: str,
    data_state: str,
    op: UUID | None = None,
) -> PublishedTable:
    # PostgreSQL keeps no NUL, and nobody types one.
    file_name, source, licence, data_state = (text.replace("\x00", "") for text in (file_name, source, licence, data_state))
    table, difference = compare(
        actor=actor, at=at, file_name=file_name, content=content, found=found, source=source, licence=licence, data_state=data_state
    )
    _save(ledger, table, difference)
    if table.state == TableState.COLUMNS:
        PublishedFile.objects.create(jobcenter_id=actor.jobcenter_id, table=table, content=content)
    return table


def _save(ledger: Ledger, table: PublishedTable, difference: Difference) -> None:
    table.version += 1
    table.save()
    for start in range(0, len(difference.figures), BATCH):
        insert(PublishedFigure, _FIGURE, difference.figures[start : start + BATCH])
    insert(PublishedPlace, _PLACE, ([getattr(row, name) for name in _PLACE] for row in difference.places))
    insert(PublishedReject, _REJECT, ([getattr(row, name) for name in _REJECT] for row in difference.rejects))
    ledger.event(f"table.{table.state}", table, counts={k: v for k, v in table.counts.items() if isinstance(v, int)}, code=table.refusal_code)


def name_columns(
    *, actor: Actor, at: datetime, table_id: UUID, mapping: TableMapping, data_state: str = "", op: UUID | None = None
) -> PublishedTable:
    """Keep a mapping under its name and compare the file that waited for it."""
    require(policy.may_import_comparison(actor))
    waiting = PublishedTable.objects.filter(pk=table_id, state=TableState.COLUMNS).select_related("file").first()
    content = bytes(waiting.file.content) if waiting else b""
    found = read_file(content, waiting.file_name if waiting else "", mapping)
    if waiting and found.refusal is not None:
        # The file stays: another choice of columns may fit.
        raise Refused(str(found.refusal), code=found.refusal.code)
    return _name_columns(actor=actor, at=at, table_id=table_id, mapping=mapping, found=found, data_state=data_state, op=op)


@verb(PublishedTable)
def _name_columns(
    ledger: Ledger, *, actor: Actor, at: datetime, table_id: UUID, mapping: TableMapping, found: Received, data_state: str, op: UUID | None = None
) -> PublishedTable:
    held = locked(PublishedTable, table_id)
    if held.state != TableState.COLUMNS:
        raise Refused("Die Spalten dieser Tabelle sind schon zugeordnet.", code="state")
    held.data_state = data_state.strip()[:40] or held.data_state
    difference = _judge(held, found)
    if held.state == TableState.REFUSED:
        raise Refused(held.refusal, code=held.refusal_code, field="data_state" if held.refusal_code.startswith("state") else None)
    save_mapping(actor=actor, at=at, mapping=mapping)
    PublishedFile.objects.filter(table=held).delete()
    _save(ledger, held, difference)
    return held


@verb(PublishedMapping)
def save_mapping(ledger: Ledger, *, actor: Actor, at: datetime, mapping: TableMapping, op: UUID | None = None) -> PublishedMapping:
    """Keep which column is what under a name; the same name again replaces it."""
    require(policy.may_import_comparison(actor))
    name = mapping.name.strip()[:80]
    if not name or any(name == one.name for one in published.tables()):
        raise Refused("Bitte geben Sie der Zuordnung einen eigenen Namen, zum Beispiel den der Quelle.", code="name", field="name")
    saved = PublishedMapping.objects.filter(name=name).select_for_update().first() or PublishedMapping(jobcenter_id=actor.jobcenter_id, name=name, version=0)
    saved.kind, saved.source, saved.licence = mapping.kind, mapping.source.strip()[:160], mapping.licence.strip()[:80]
    saved.columns = asdict(replace(mapping.columns, wide=dict(mapping.columns.wide)))
    saved.version += 1
    saved.save()
    ledger.event("mapping.saved", saved)
    return saved


def _locked_kind(table_id: UUID, *, version: int | None = None) -> PublishedTable:
    """The table, with all of its kind that could be taken over or back locked: two at once would mix."""
    kind = PublishedTable.objects.get(pk=table_id).kind
    rows = PublishedTable.objects.filter(kind=kind, state__in=(TableState.STAGED, TableState.APPLIED))
    list(rows.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    return locked(PublishedTable, table_id, version=version)


@verb(PublishedTable)
def apply_table(
    ledger: Ledger, *, actor: Actor, at: datetime, table_id: UUID, version: int | None = None, op: UUID | None = None
) -> PublishedTable:
    """Take a staged table over as a whole: from now on its values count."""
    require(policy.may_import_comparison(actor))
    staged = _locked_kind(table_id, version=version)
    if staged.state != TableState.STAGED:
        raise Refused(f"Diese Tabelle ist schon {staged.get_state_display()}.", code="state")
    if queries.basis(staged.kind) != staged.counts["basis"]:
        raise Refused(
            "Inzwischen wurde eine andere Tabelle übernommen oder zurückgenommen. Bitte laden Sie die Datei noch einmal hoch.", code="outdated"
        )
    if not changes(staged.counts):
        raise Refused("Diese Tabelle ändert nichts. Es gibt nichts zu übernehmen.", code="nothing")
    staged.state, staged.applied_at = TableState.APPLIED, at
    staged.version += 1
    staged.save(update_fields=["state", "applied_at", "version"])
    staged.counts["after"] = queries.basis(staged.kind)
    staged.save(update_fields=["counts"])
    ledger.event("table.applied", staged, changes=changes(staged.counts))
    return staged


@verb(PublishedTable)
def discard_table(ledger: Ledger, *, actor: Actor, at: datetime, table_id: UUID, op: UUID | None = None) -> PublishedTable:
    """Throw away a table that waits; what was known stays as it is."""
    require(policy.may_import_comparison(actor))
    held = locked(PublishedTable, table_id)
    if held.state not in {TableState.STAGED, TableState.COLUMNS}:
        raise Refused(f"Diese Tabelle ist schon {held.get_state_display()}.", code="state")
    _empty(held)
    held.state = TableState.DISCARDED
    held.version += 1
    held.save(update_fields=["state", "version"])
    ledger.event("table.discarded", held)
    return held


@verb(PublishedTable)
def undo_table(ledger: Ledger, *, actor: Actor, at: datetime, table_id: UUID, op: UUID | None = None) -> PublishedTable:
    """Take a table back as a whole, until the next of its kind: what it replaced counts again."""
    require(policy.may_import_comparison(actor))
    applied = _locked_kind(table_id)
    if applied.state != TableState.APPLIED:
        raise Refused("Zurücknehmen lässt sich nur, was übernommen ist.", code="state")
    if not queries.is_latest(applied):
        raise Refused("Danach wurde schon eine andere Tabelle übernommen oder zurückgenommen. Diese lässt sich nicht mehr zurücknehmen.", code="outdated")
    _empty(applied)
    applied.state, applied.undone_at = TableState.UNDONE, at
    applied.version += 1
    applied.save(update_fields=["state", "undone_at", "version"])
    ledger.event("table.undone", applied)
    return applied


def _empty(table: PublishedTable) -> None:
    for model in (PublishedFigure, PublishedPlace, PublishedFile):
        model.objects.filter(table=table).delete()


# --- what the house says ----------------------------------------------------------------------------------------------


@verb(PublishedIndicator)
def describe_indicator(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    code: str,
    label: str,
    unit: str = "",
    direction: str = "",
    definition: str = "",
    op: UUID | None = None,
) -> PublishedIndicator:
    """Say what a figure is called and which way is good; a rank follows from it."""
    require(policy.may_import_comparison(actor))
    if direction not in _CODES:
        raise Refused("Diese Richtung gibt es nicht.", code="direction", field="direction")
    if not label.strip() or not code.strip():
        raise Refused("Bitte geben Sie der Kennzahl einen Namen.", code="label", field="label")
    said = PublishedIndicator.objects.filter(code=code).select_for_update().first() or PublishedIndicator(jobcenter_id=actor.jobcenter_id, code=code[:60], version=0)
    said.label, said.unit, said.direction, said.definition = label.strip()[:160], unit.strip()[:20], direction, definition.strip()[:400]
    said.version += 1
    said.save()
    ledger.event("indicator.described", said, direction=direction)
    return said


@verb(OwnPlace)
def choose_own(
    ledger: Ledger, *, actor: Actor, at: datetime, kind: PlaceKind, place: str, from_year: int = 0, op: UUID | None = None
) -> OwnPlace:
    """Say which place we are, from a year on (0 = always): it is marked in every comparison."""
    require(policy.may_import_comparison(actor))
    key = published.place_key(kind, place)
    if not key:
        raise Refused("Diese Nummer gibt es nicht. Sie hat fünf Ziffern.", code="place", field="place")
    if from_year and not 1950 <= from_year <= 2100:
        raise Refused("Bitte geben Sie ein Jahr an, zum Beispiel 2016.", code="year", field="from_year")
    own = OwnPlace.objects.filter(kind=kind, from_year=from_year).select_for_update().first() or OwnPlace(
        jobcenter_id=actor.jobcenter_id, kind=kind, from_year=from_year, version=0
    )
    own.place = key
    own.version += 1
    own.save()
    ledger.event("own_place.chosen", own, kind=kind, place=key, from_year=from_year)
    return own


@verb(Jobcenter)
def tidy_tables(ledger: Ledger, *, actor: Actor, at: datetime, op: UUID | None = None) -> Jobcenter:
    """Discard what nobody took over or mapped within a month. Idempotent."""
    require(policy.may_import_comparison(actor))
    # Two workers at once: the second waits here and then finds nothing to do.
    house = locked(Jobcenter, actor.jobcenter_id)
    waiting = PublishedTable.objects.filter(state__in=(TableState.STAGED, TableState.COLUMNS), uploaded_at__lt=at - WAITS)
    for one in waiting.order_by("uploaded_at", "id"):
        discard_table(actor=actor, at=at, table_id=one.pk)
    return house
