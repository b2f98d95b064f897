"""Deliveries of the paying system: received and staged, compared, taken over or discarded, taken back as a whole.

Reading, judging and comparing a file happens before the transaction, so that nobody waits for it; what is written stands in
one transaction: a killed process leaves a delivery that was never received, never half of one. Rows are written in bulk and
without events of their own: the delivery is the event, and its rows keep what was before.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Count, F

from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.domain import Ledger, locked, verb
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.audit.rows import Json, columns_of, defaults_of, insert, remove, update
from hilfefrei.apps.benefits import delivered, policy
from hilfefrei.apps.benefits.domain.application import record_outcome, revoke_outcome
from hilfefrei.apps.benefits.domain.difference import Comparison, Here, Line, Step
from hilfefrei.apps.benefits.models import (
    Application,
    ApplicationOutcome,
    Contradiction,
    Decision,
    Declaration,
    Delivery,
    DeliveryRow,
    DeliveryTurn,
    MonthlyAmount,
    VendorMapping,
)
from hilfefrei.apps.benefits.neutral import MODELS, parsers, rows_of
from hilfefrei.apps.benefits.workflows import Contested, DeclarationKind, DeliveryKind, DeliveryState, Outcome, RowState
from hilfefrei.apps.org.models import Jobcenter
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.org.queries import teams
from hilfefrei.apps.org.workflows import Specialisation
from hilfefrei.apps.people.models import CallsignCounter, Person
from hilfefrei.core.days import berlin_day
from hilfefrei.core.deliveries import check as rules
from hilfefrei.core.deliveries import read as reading
from hilfefrei.core.deliveries.read import DeliveryError, Package
from hilfefrei.core.deliveries.schema import tables
from hilfefrei.core.ids import ordered

# What nobody took over within a month is discarded; rows are kept a quarter, for questions and for taking back.
WAITS: Final = timedelta(days=30)
ROWS_KEPT: Final = timedelta(days=90)
BATCH: Final = 1000
# More new rows of a table than these are kept together, so many in one.
TOGETHER: Final = 500
FIRST_CALLSIGN: Final = 4700
KINDS: Final = {"naechtlich": DeliveryKind.NIGHTLY, "monat": DeliveryKind.MONTHLY, "grundbestand": DeliveryKind.BASELINE}
# Where rows were judged to differ, what changed since makes the comparison void.
OUTDATED: Final = "Inzwischen hat sich hier etwas geändert, das diese Lieferung auch ändert. Bitte lesen Sie die Datei noch einmal ein."
ROW_COLUMNS: Final = columns_of(DeliveryRow)
TAKEN: Final = (RowState.NEW, RowState.CHANGED, RowState.GONE)

Fields = dict[str, Any]


@dataclass(frozen=True)
class Received:
    """What a file turned out to be: a package of rows, or why it cannot be one."""

    package: Package | None = None
    refusal: DeliveryError | None = None
    mapping: str = ""


# --- from a file to rows ----------------------------------------------------------------------------------------------


def mapping_of(content: Any) -> reading.VendorMapping:
    """A mapping as a vendor's file says it.

    Raises:
        Refused: a part is not of the kind it must be, or names a table or a field that does not exist.
    """
    try:
        return reading.mapping_of(content)
    except DeliveryError as error:
        raise Refused(str(error), code=error.code) from None


def read_file(content: bytes, file_name: str, *, as_of: date | None = None, mapping: reading.VendorMapping | None = None) -> Received:
    """Read a file; never raises for what it may contain. Without ``mapping``: our own names, else a stored mapping that fits.

    A mapping that bears the name of the paying system in ``lieferung.json`` comes first.
    """
    tried = [mapping] if mapping is not None else _candidates(content)
    refusal: DeliveryError | None = None
    for one in tried:
        try:
            package = reading.read(content, file_name, as_of=as_of, mapping=one)
        except DeliveryError as error:
            refusal = refusal or error
            continue
        return Received(package, mapping=one.name if one else "")
    return Received(refusal=refusal)


def _candidates(content: bytes) -> list[reading.VendorMapping | None]:
    stored = []
    for one in VendorMapping.objects.order_by("name", "id"):
        try:
            stored.append(reading.mapping_of(one.content | {"name": one.name}))
        except DeliveryError:
            # Kept before all its parts were checked: it fits nothing, and must not hold up what others deliver.
            continue
    sender = reading.sender_of(content)
    named: list[reading.VendorMapping | None] = [one for one in stored if sender and one.name == sender]
    return named or [None, *stored]


def stage_delivery(
    *,
    actor: Actor,
    at: datetime,
    file_name: str,
    content: bytes,
    as_of: date | None = None,
    kind: DeliveryKind | None = None,
    is_complete: bool | None = None,
    mapping: reading.VendorMapping | None = None,
    found: Received | None = None,
    op: UUID | None = None,
) -> Delivery:
    """Receive a file: staged and compared with what is here, or refused with its reason. Nothing of ours is changed.

    ``as_of``, ``kind`` and ``is_complete`` are for files that do not say it themselves; ``found``: the file as
    :func:`read_file` read it before. A complete delivery ends what it lacks.
    """
    require(policy.may_deliver(actor))
    found = found or read_file(content, file_name, as_of=as_of, mapping=mapping)
    received = _received(actor, at, file_name, content, found, kind, is_complete)
    lines = _judge(received, found, at)
    return _receive(actor=actor, at=at, received=received, rows=list(_stored(received, lines)), op=op)


def compare(
    *,
    actor: Actor,
    at: datetime,
    file_name: str,
    content: bytes,
    found: Received,
    kind: DeliveryKind | None = None,
    is_complete: bool | None = None,
) -> tuple[Delivery, list[Line]]:
    """What :func:`stage_delivery` would find, without writing anything."""
    require(policy.may_deliver(actor))
    looked = _received(actor, at, file_name, content, found, kind, is_complete)
    return looked, _judge(looked, found, at)


def _received(
    actor: Actor, at: datetime, file_name: str, content: bytes, found: Received, kind: DeliveryKind | None, is_complete: bool | None
) -> Delivery:
    package = found.package
    if package is not None and is_complete is not None:
        package.complete = is_complete
    if package is not None and kind is not None and not package.kind:
        package.kind = next(name for name, value in KINDS.items() if value == kind)
    return Delivery(
        id=ordered(),
        jobcenter_id=actor.jobcenter_id,
        file_name=file_name[-200:],
        sha256=hashlib.sha256(content).hexdigest(),
        sender=package.sender if package else "",
        kind=KINDS.get(package.kind, kind or DeliveryKind.NIGHTLY) if package else kind or DeliveryKind.NIGHTLY,
        as_of=package.as_of if package else None,
        is_complete=package.complete if package else bool(is_complete),
        uploaded_by_id=actor.id if actor.kind == "user" else None,
        uploaded_at=at,
        version=0,
    )


@verb(Delivery)
def _receive(ledger: Ledger, *, actor: Actor, at: datetime, received: Delivery, rows: Sequence[list[Any]], op: UUID | None = None) -> Delivery:
    return _keep(ledger, received, rows)


def _keep(ledger: Ledger, received: Delivery, rows: Sequence[list[Any]]) -> Delivery:
    """Part of a verb: write what the comparison found."""
    if received.refusal_code == "interface_change":
        ledger.follow_up("delivery.alarm", str(received.pk), delivery=received.pk)
    received.version += 1
    received.save()
    insert(DeliveryRow, ROW_COLUMNS, rows)
    ledger.event(f"delivery.{received.state}", received, counts=_told(received.counts), code=received.refusal_code)
    return received


def _told(counts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: counts[name] for name in ("new", "changed", "gone", "rejected") if name in counts}


_dump = json.JSONEncoder(ensure_ascii=False, default=str, separators=(",", ":")).encode


def _stored(received: Delivery, lines: Iterable[Line]) -> Iterator[list[Any]]:
    """Rows of :class:`DeliveryRow` as the table takes them. New rows in great numbers share one: nobody reads each of them."""
    for _, table in groupby(lines, key=lambda one: one.table):
        same = list(table)
        plain = [one for one in same if one.state == RowState.NEW and not one.remarks]
        if len(plain) > TOGETHER:
            same = [one for one in same if one.state != RowState.NEW or one.remarks]
            for start in range(0, len(plain), TOGETHER):
                part = plain[start : start + TOGETHER]
                yield _row(received, part[0], [step for one in part for step in one.steps], f"Zeile {part[0].line} bis {part[-1].line}")
        for one in same:
            yield _row(received, one, one.steps, one.key)


def _row(received: Delivery, one: Line, steps: Sequence[Step], key: str) -> list[Any]:
    codes = sorted({remark.code for remark in one.remarks})
    given = {
        "id": ordered(),
        "jobcenter_id": received.jobcenter_id,
        "delivery_id": received.pk,
        "table": one.table,
        "line": one.line,
        "key": key,
        "state": one.state,
        "reasons": Json(_dump([{"code": r.code, "text": r.text, "remedy": r.remedy} for r in one.remarks])) if one.remarks else Json("[]"),
        "codes": f" {' '.join(codes)} "[:200] if codes else "",
        "raw": Json(_dump(dict(one.raw))) if one.raw else Json("{}"),
        "data": Json(_dump([(kind, pk, to) for kind, pk, to, _ in steps])) if steps else Json("[]"),
        "before": Json(_dump([before for *_, before in steps])) if steps else Json("[]"),
        "object_id": one.object_id,
    }
    return [given[name] for name in ROW_COLUMNS]


def _judge(received: Delivery, found: Received, at: datetime) -> list[Line]:
    """Put on the delivery what the comparison finds, or why it is refused; give its lines. Writes nothing, locks nothing.

    What changes meanwhile is noticed when the delivery is taken over: ``basis``, and :func:`_still_so`.
    """
    refusal, package = found.refusal, found.package
    if package is not None:
        try:
            return _compare(received, package, at)
        except DeliveryError as error:
            refusal = error
    received.state = DeliveryState.REFUSED
    if refusal is not None:
        # A column that is gone is a change of the interface, however it is noticed.
        code = "interface_change" if refusal.code == "columns" else refusal.code
        received.refusal, received.refusal_code = str(refusal)[:400], code[:20]
    return []


def _compare(received: Delivery, package: Package, at: datetime) -> list[Line]:
    # First: what is taken over while this compares makes the comparison void.
    basis = delivered.basis()
    here = Here()
    as_of = package.as_of or berlin_day(at)
    house = Jobcenter.objects.get(pk=received.jobcenter_id)
    last = delivered.last_day(received.kind, is_complete=received.is_complete)
    columns = delivered.last_columns(package.sender)
    stock = here.stock(as_of_last=last, agency=house.traeger_number, day=as_of, columns=columns)
    rules.check(package, stock, today=berlin_day(at))
    team = teams(berlin_day(at), Specialisation.BENEFITS).order_by("name", "id").first()
    comparison = Comparison(package, here, newest=delivered.newest_tables(), delivery=received.pk, team=team.pk if team else None)
    found = comparison.run()
    states: Counter[str] = Counter()
    for told in found.tables.values():
        states.update(told)
    twin = Delivery.objects.filter(sha256=received.sha256, state=DeliveryState.APPLIED).order_by("-applied_at", "id").first()
    received.state = DeliveryState.STAGED
    received.counts = {
        "rows": package.count,
        **{str(state): states[str(state)] for state in RowState},
        "unchanged": states["unchanged"],
        "tables": {name: {"rows": told["rows"], "unchanged": told["unchanged"]} | {str(state): told[str(state)] for state in RowState} for name, told in found.tables.items()},
        "rules": dict(found.rules.most_common()),
        "hints": dict(found.hints.most_common()),
        "linked": len(comparison.adopted),
        "same_as": str(twin.pk) if twin else "",
        "basis": basis,
        "notes": package.notes,
        "columns": {name: [*package.columns.get(name, ()), *package.unheeded.get(name, ())] for name in package.rows},
        "here": here.rows(package.rows),
        "running": here.running(package.rows, as_of) | {"personen": stock.running["personen"]},
        "months": _months(found.lines),
        "told_endless": _endless_words(package),
        "told_columns": _column_words(package, columns),
    }
    return found.lines


def _months(lines: Iterable[Line]) -> dict[str, dict[str, int]]:
    """Of the amounts, per month: how many change or go, and how many are here."""
    told: dict[str, Counter[str]] = defaultdict(Counter)
    for one in lines:
        if one.table == "betraege" and one.state in {RowState.CHANGED, RowState.GONE}:
            told[one.key.rpartition("|")[2]][str(one.state)] += 1
    here = MonthlyAmount.objects.filter(month__in=[date.fromisoformat(month) for month in told]).values("month").annotate(n=Count("pk")).order_by("month")
    rows = {month.isoformat(): n for month, n in here.values_list("month", "n")} if told else {}
    return {month: {"here": rows.get(month, 0), "changed": held["changed"], "gone": held["gone"]} for month, held in sorted(told.items())}


def _endless_words(package: Package) -> list[str]:
    return [
        f"In „{tables()[name].title}“ ist „bis“ in {number} {'Zeile' if number == 1 else 'Zeilen'} ein Tag wie 31.12.9999. Das gilt als leer: läuft noch."
        for name, number in package.endless.items()
    ]


def _column_words(package: Package, last: Mapping[str, frozenset[str]]) -> list[str]:
    """Which columns a table that comes for the first time lacks or has beside ours; what the mapping leaves out needs no word."""
    found = []
    for name in package.rows:
        if name in last:
            continue
        title, left_out = tables()[name].title, package.without.get(name, frozenset())
        absent = [one for one in tables()[name].columns if one in package.absent(name) - left_out]
        extra = [one for one in package.unheeded.get(name, ()) if one not in left_out]
        if absent:
            found.append(f"„{title}“ kommt ohne {', '.join(absent)}. Was hier dazu steht, bleibt.")
        if extra:
            found.append(f"„{title}“ hat Spalten, die wir nicht kennen und nicht lesen: {', '.join(extra)[:200]}.")
    return found


@verb(VendorMapping)
def save_mapping(ledger: Ledger, *, actor: Actor, at: datetime, content: Mapping[str, Any], op: UUID | None = None) -> VendorMapping:
    """Keep how a vendor names tables, columns and values; the same name again replaces it."""
    require(policy.may_deliver(actor))
    name = mapping_of(content).name.strip()
    if not name:
        raise Refused("Bitte geben Sie der Zuordnung einen Namen, am besten den des Verfahrens.", code="name", field="name")
    saved = VendorMapping.objects.filter(name=name).select_for_update().first() or VendorMapping(jobcenter_id=actor.jobcenter_id, name=name, version=0)
    saved.content = dict(content)
    saved.version += 1
    saved.save()
    ledger.event("mapping.saved", saved, name=name)
    return saved


@verb(Jobcenter)
def delete_mapping(ledger: Ledger, *, actor: Actor, at: datetime, mapping_id: UUID, op: UUID | None = None) -> Jobcenter:
    """Forget how a vendor names things; what was taken over with it stays. One that is gone already changes nothing."""
    require(policy.may_deliver(actor))
    gone = VendorMapping.objects.filter(pk=mapping_id).select_for_update(of=("self",)).first()
    if gone is not None:
        ledger.event("mapping.deleted", gone, name=gone.name, content=gone.content)
        VendorMapping.objects.filter(pk=gone.pk).delete()
    return Jobcenter.objects.get(pk=actor.jobcenter_id)


# --- large files: received now, read by the background service ------------------------------------------------------------


@verb(Delivery)
def receive_later(
    ledger: Ledger, *, actor: Actor, at: datetime, file_name: str, sha256: str, given: Mapping[str, Any], op: UUID | None = None
) -> Delivery:
    """Note that a large file came; the background service reads it. ``given``: what the form said, as JSON."""
    require(policy.may_deliver(actor))
    waiting = Delivery.objects.create(
        jobcenter_id=actor.jobcenter_id,
        file_name=file_name[-200:],
        sha256=sha256,
        kind=given.get("kind") or DeliveryKind.NIGHTLY,
        state=DeliveryState.WAITING,
        step="wartet auf den Hintergrunddienst",
        uploaded_by_id=actor.id if actor.kind == "user" else None,
        uploaded_at=at,
        counts={"given": dict(given)},
    )
    ledger.event("delivery.received", waiting)
    return waiting


def stage_waiting(*, actor: Actor, at: datetime, delivery_id: UUID, content: bytes, found: Received, op: UUID | None = None) -> Delivery:
    """Stage a file that waited; a second time changes nothing."""
    require(policy.may_deliver(actor))
    waiting = Delivery.objects.get(pk=delivery_id)
    if waiting.state != DeliveryState.WAITING:
        return waiting
    read = _received(actor, at, waiting.file_name, content, found, DeliveryKind(waiting.kind), None)
    for name in ("sender", "kind", "as_of", "is_complete"):
        setattr(waiting, name, getattr(read, name))
    waiting.step = ""
    lines = _judge(waiting, found, at)
    return _receive_waiting(actor=actor, at=at, waiting=waiting, rows=list(_stored(waiting, lines)), op=op)


@verb(Delivery)
def _receive_waiting(ledger: Ledger, *, actor: Actor, at: datetime, waiting: Delivery, rows: Sequence[list[Any]], op: UUID | None = None) -> Delivery:
    held = locked(Delivery, waiting.pk)
    return _keep(ledger, waiting, rows) if held.state == DeliveryState.WAITING else held


def tell_step(delivery_id: UUID, step: str) -> None:
    """Say on the page what happens just now; no event, nothing depends on it."""
    Delivery.objects.filter(pk=delivery_id).update(step=step[:80])


@verb(Delivery)
def apply_later(ledger: Ledger, *, actor: Actor, at: datetime, delivery_id: UUID, version: int | None = None, op: UUID | None = None) -> Delivery:
    """Let the background service take a large delivery over, in the name of the actor."""
    require(policy.may_deliver(actor))
    staged = locked(Delivery, delivery_id, version=version)
    if staged.state != DeliveryState.STAGED:
        raise Refused(f"Diese Lieferung ist schon {staged.get_state_display()}.", code="state")
    if not staged.step:
        staged.step, staged.refusal = "wartet auf den Hintergrunddienst", ""
        staged.counts["said_by"] = str(actor.id) if actor.kind == "user" else ""
        staged.version += 1
        staged.save(update_fields=["step", "refusal", "counts", "version"])
        ledger.event("delivery.accepted", staged)
    return staged


@verb(Delivery)
def hold_delivery(ledger: Ledger, *, actor: Actor, at: datetime, delivery_id: UUID, reasons: Sequence[str], op: UUID | None = None) -> Delivery:
    """Leave a delivery of the watched folder for people to look at, with what was implausible, and raise the alarm."""
    require(policy.may_deliver(actor))
    held = locked(Delivery, delivery_id)
    held.counts["held"] = list(reasons)
    held.version += 1
    held.save(update_fields=["counts", "version"])
    ledger.follow_up("delivery.alarm", str(held.pk), delivery=held.pk)
    ledger.event("delivery.held", held, reasons=list(reasons))
    return held


# --- taking over and back ---------------------------------------------------------------------------------------------


@dataclass
class _Work:
    """The steps of a delivery, by kind of row: what is new (its ids and days as text, as JSON keeps them), what changes, what goes."""

    new: dict[str, list[tuple[str, Fields]]]
    changed: dict[str, list[tuple[UUID, Fields, Fields]]]
    gone: dict[str, list[tuple[UUID, Fields]]]


def _steps(delivery: Delivery) -> _Work:
    work = _Work(defaultdict(list), defaultdict(list), defaultdict(list))
    parse = {kind: parsers(model) for kind, model in MODELS.items()}

    def typed(kind: str, fields: Mapping[str, Any]) -> Fields:
        known = parse[kind]
        return {name: known[name](value) if value is not None and name in known else value for name, value in fields.items()}

    rows = delivery.rows.filter(state__in=TAKEN).order_by("table", "line", "id").values_list("data", "before")
    for data, before in rows.iterator(BATCH):
        for (kind, pk, to), old in zip(data, before, strict=True):
            if old is None:
                work.new[kind].append((pk, to))
            elif to is None:
                work.gone[kind].append((UUID(pk), typed(kind, old)))
            else:
                work.changed[kind].append((UUID(pk), typed(kind, to), typed(kind, old)))
    return work


def _parts(ids: Sequence[UUID], size: int = 500) -> Iterator[Sequence[UUID]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))


def _in_turn(actor: Actor, delivery_id: UUID, *, version: int | None = None) -> Delivery:
    """The delivery, locked, when no other is just taken over or back: two at once would mix."""
    DeliveryTurn.objects.bulk_create([DeliveryTurn(jobcenter_id=actor.jobcenter_id)], ignore_conflicts=True)
    try:
        DeliveryTurn.objects.select_for_update(nowait=True).get(jobcenter_id=actor.jobcenter_id)
    except OperationalError:
        raise Refused(
            "Gerade wird eine andere Lieferung übernommen oder zurückgenommen. Bitte versuchen Sie es gleich noch einmal.", code="busy"
        ) from None
    return locked(Delivery, delivery_id, version=version)


def apply_delivery(*, actor: Actor, at: datetime, delivery_id: UUID, version: int | None = None, op: UUID | None = None) -> Delivery:
    """Take a staged delivery over as a whole, in one transaction: people, units, numbers, and what they got.

    A decision that bears the sign of one of our applications closes it, by the rules that hold for everybody; where ours
    says otherwise both stay to be seen.
    """
    require(policy.may_deliver(actor))
    # Its rows do not change as long as it is staged; reading them inside would keep everybody else from writing.
    staged = Delivery.objects.filter(pk=delivery_id, state=DeliveryState.STAGED).first()
    work = _steps(staged) if staged is not None else None
    return _apply(actor=actor, at=at, delivery_id=delivery_id, work=work, version=version, op=op)


@verb(Delivery)
def _apply(
    ledger: Ledger, *, actor: Actor, at: datetime, delivery_id: UUID, work: _Work | None, version: int | None = None, op: UUID | None = None
) -> Delivery:
    staged = _in_turn(actor, delivery_id, version=version)
    if staged.state != DeliveryState.STAGED:
        raise Refused(f"Diese Lieferung ist schon {staged.get_state_display()}.", code="state")
    if delivered.basis() != staged.counts["basis"]:
        raise Refused("Inzwischen wurde eine andere Lieferung übernommen oder zurückgenommen. Bitte lesen Sie die Datei noch einmal ein.", code="outdated")
    work = work or _steps(staged)
    _still_so(work)
    made = work.new.pop("person", [])
    for _, fields in work.new.get("unit", ()):
        fields["created_at"] = at
    try:
        with transaction.atomic():
            _write(actor.jobcenter_id, work)
    except IntegrityError:
        raise Refused(OUTDATED, code="outdated") from None
    told = _decide(ledger, actor, at, staged, work)
    # Last: whoever takes somebody up at the counter waits for the next number.
    _take_up(actor.jobcenter_id, made, at)
    work.new["person"] = made
    staged.state, staged.applied_at, staged.step, staged.refusal = DeliveryState.APPLIED, at, "", ""
    staged.version += 1
    # Deliveries follow each other in turns; two may bear the same moment.
    turn = delivered.basis() + staged.version
    staged.counts |= told | {"turn": turn} | {"contradictions": Contradiction.objects.filter(delivery=staged).count()}
    staged.save(update_fields=["state", "applied_at", "step", "refusal", "version", "counts"])
    _tell_people(ledger, staged, work)
    ledger.event("delivery.applied", staged, **_told(staged.counts))
    return staged


def _still_so(work: _Work) -> None:
    """Lock what changes and refuse if it is no longer what it was when the delivery was compared."""
    for kind in MODELS:
        to_be = {pk: to for pk, to, _ in work.changed.get(kind, ())}
        was = {pk: old for pk, _, old in work.changed.get(kind, ())} | dict(work.gone.get(kind, ()))
        seen = 0
        for pk, now in _current(kind, was):
            seen += 1
            if any(now[name] != value for name, value in was[pk].items() if name != "version"):
                raise Refused(OUTDATED, code="outdated")
            if "version" in was[pk]:
                # Somebody noted something else about the person meanwhile.
                to_be[pk]["version"] = now["version"] + 1
        if seen != len(was):
            raise Refused(OUTDATED, code="outdated")


def _current(kind: str, wanted: Mapping[UUID, Fields]) -> Iterator[tuple[UUID, Fields]]:
    """What stands in the rows of ``wanted`` now, locked in the order of their ids."""
    names = sorted({name for fields in wanted.values() for name in fields})
    for ids in _parts(sorted(wanted)):
        rows = rows_of(kind).filter(pk__in=ids).select_for_update(of=("self",)).order_by("pk")
        for pk, *values in list(rows.values_list("pk", *names)):
            yield pk, dict(zip(names, values, strict=True))


def _take_up(jobcenter_id: UUID, made: list[tuple[str, Fields]], at: datetime) -> None:
    """Give new people their number in the house and write them."""
    if not made:
        return
    CallsignCounter.objects.bulk_create([CallsignCounter(jobcenter_id=jobcenter_id, last=FIRST_CALLSIGN)], ignore_conflicts=True)
    counter = CallsignCounter.objects.select_for_update().get(jobcenter_id=jobcenter_id)
    for number, (_, fields) in enumerate(made, start=counter.last + 1):
        fields |= {"callsign": number, "created_at": at}
    CallsignCounter.objects.filter(pk=counter.pk).update(last=F("last") + len(made))
    _add(jobcenter_id, "person", made)


def _write(jobcenter_id: UUID, work: _Work) -> None:
    """What goes, then what ends, then what changes otherwise, then what is new: no two are open at the same time."""
    for kind in reversed(list(MODELS)):
        remove(MODELS[kind], [pk for pk, _ in work.gone.get(kind, ())])
    for kind in MODELS:
        _set(kind, [(pk, to) for pk, to, _ in work.changed.get(kind, ())])
    for kind in MODELS:
        _add(jobcenter_id, kind, work.new.get(kind, ()))


def _set(kind: str, rows: Iterable[tuple[UUID, Fields]]) -> None:
    by_fields: dict[tuple[str, ...], list[tuple[UUID, Fields]]] = defaultdict(list)
    for pk, to in rows:
        by_fields[tuple(sorted(to))].append((pk, to))

    def opens(same: tuple[tuple[str, ...], list[tuple[UUID, Fields]]]) -> bool:
        return not {"valid_to", "ends"} & set(same[0])

    for names, same in sorted(by_fields.items(), key=opens):
        ending = sorted(same, key=lambda one: one[1].get("valid_to", one[1].get("ends")) is None)
        update(MODELS[kind], names, ([*(to[name] for name in names), pk] for pk, to in ending))


def _add(jobcenter_id: UUID, kind: str, rows: Iterable[tuple[str, Fields]]) -> None:
    model = MODELS[kind]
    columns = columns_of(model)
    defaults = {name: give() for name, give in defaults_of(model).items()} | {"jobcenter_id": jobcenter_id}
    in_order = itemgetter(*columns)
    insert(model, columns, (in_order({**defaults, **fields, "id": pk}) for pk, fields in rows))


def _tell_people(ledger: Ledger, staged: Delivery, work: _Work) -> None:
    """One event for each person who was here before and whose name, birth date or number came from the delivery."""
    new = {pk for pk, _ in work.new.get("person", ())}
    fields: dict[UUID, set[str]] = defaultdict(set)
    for pk, to, _ in work.changed.get("person", ()):
        fields[pk] |= {name for name in ("first_name", "last_name", "birth_date") if name in to}
    for _, to in work.new.get("number", ()):
        owner = to.get("person_id")
        if owner is not None and owner not in new:
            fields[UUID(owner)].add("number")
    for part in _parts(sorted(fields)):
        for person in Person.objects.filter(pk__in=part).order_by("pk"):
            ledger.event("person.delivered", person, subject=person.pk, fields=sorted(fields[person.pk]), delivery=staged.pk)


# --- decisions about our applications ---------------------------------------------------------------------------------


def _decide(ledger: Ledger, actor: Actor, at: datetime, staged: Delivery, work: _Work) -> dict[str, Any]:
    """Close the applications about which something new was decided; the newest decision counts."""
    touched = {pk for pk, to in work.new.get("decision", ()) if to["application_id"]} | {str(pk) for pk, *_ in work.changed.get("decision", ())}
    # Few decisions bear our sign; ids of a whole baseline would be too many for one query.
    linked = Decision.objects.exclude(application=None).order_by("application_id", "decided_on", "granted_from", "id")
    newest: dict[UUID, Decision] = {}
    same_day: dict[UUID, list[Decision]] = defaultdict(list)
    fresh: set[UUID] = set()
    for decision in linked:
        if decision.application_id is not None:
            before = newest.get(decision.application_id)
            if before is not None and before.decided_on != decision.decided_on:
                same_day[decision.application_id].clear()
            newest[decision.application_id] = decision
            same_day[decision.application_id].append(decision)
            if str(decision.pk) in touched:
                fresh.add(decision.application_id)
    made: list[str] = []
    revoked: list[str] = []
    settled: list[str] = []
    held = {o.application_id: o for part in _parts(sorted(fresh)) for o in ApplicationOutcome.objects.filter(application__in=part, revoked_at=None).order_by("id")}
    for application_id in sorted(fresh):
        decision, outcome = newest[application_id], held.get(application_id)
        # Of two periods granted on one day somebody here may have noted the first.
        told = [decision] if outcome is None or outcome.source.startswith("Lieferung") else same_day[application_id]
        if outcome is not None and any(_agrees(outcome, one) for one in told):
            for one in Contradiction.objects.filter(application=application_id, what=Contested.OUTCOME, settled_on=None).order_by("id"):
                one.settled_on = staged.as_of
                one.save(update_fields=["settled_on"])
                settled.append(str(one.pk))
            continue
        if outcome is not None and outcome.recorded_by_id is None and outcome.source.startswith("Lieferung"):
            revoke_outcome(actor=actor, at=at, outcome_id=outcome.pk, reason=f"{_source(staged)}: {decision.get_kind_display()}")
            revoked.append(str(outcome.pk))
            outcome = None
        if outcome is not None:
            _contradict(staged, decision, _words(outcome.kind, outcome.decided_on, outcome.granted_from, outcome.granted_to))
            continue
        try:
            signed = Declaration.objects.filter(application=application_id, kind=DeclarationKind.WITHDRAWN).exclude(signed_on=None).exists()
            closed = record_outcome(
                actor=actor, at=at, application_id=application_id, kind=Outcome(decision.kind), decided_on=decision.decided_on,
                source=_source(staged), granted_from=decision.granted_from, granted_to=decision.granted_to,
                provisional=decision.provisional, signed_withdrawal=signed,
            )  # fmt: skip
        except Refused as error:
            _contradict(staged, decision, f"offen. {error}")
        else:
            made.append(str(closed.pk))
    return {"outcomes": made, "revoked": revoked, "settled": settled}


def _source(staged: Delivery) -> str:
    return f"Lieferung vom {staged.as_of:%d.%m.%Y}" if staged.as_of else "Lieferung"


def _agrees(outcome: ApplicationOutcome, decision: Decision) -> bool:
    period = outcome.kind != Outcome.GRANTED or (outcome.granted_from, outcome.granted_to) == (decision.granted_from, decision.granted_to)
    return outcome.kind == decision.kind and outcome.decided_on == decision.decided_on and period


def _words(kind: str, decided_on: date, first: date | None, last: date | None) -> str:
    period = f", {first:%d.%m.%Y} bis {last:%d.%m.%Y}" if first and last and kind == Outcome.GRANTED else ""
    return f"{Outcome(kind).label} am {decided_on:%d.%m.%Y}{period}"


def _contradict(staged: Delivery, decision: Decision, ours: str) -> None:
    theirs = _words(decision.kind, decision.decided_on, decision.granted_from, decision.granted_to)
    open_ones = Contradiction.objects.filter(application=decision.application_id, what=Contested.OUTCOME, settled_on=None)
    if open_ones.filter(theirs=theirs[:160]).exists():
        return
    applicant = Application.objects.filter(decisions=decision).values_list("applicant_id", flat=True).get()
    Contradiction.objects.create(
        jobcenter_id=staged.jobcenter_id, person_id=applicant, application_id=decision.application_id, what=Contested.OUTCOME,
        ours=ours[:160], theirs=theirs[:160], delivery=staged, since=staged.as_of or berlin_day(staged.uploaded_at),
    )  # fmt: skip


@verb(Contradiction)
def settle_contradiction(ledger: Ledger, *, actor: Actor, at: datetime, contradiction_id: UUID, op: UUID | None = None) -> Contradiction:
    """Benefits has looked into it: what the paying system says is right, or was put right there."""
    require(policy.may_confirm(actor))
    held = locked(Contradiction, contradiction_id)
    if held.settled_on is None:
        held.settled_on, held.settled_by_id = berlin_day(at), actor.id
        held.save(update_fields=["settled_on", "settled_by"])
        ledger.event("contradiction.settled", held, subject=held.person_id, what=held.what)
    return held


# --- back -------------------------------------------------------------------------------------------------------------


@verb(Delivery)
def discard_delivery(ledger: Ledger, *, actor: Actor, at: datetime, delivery_id: UUID, op: UUID | None = None) -> Delivery:
    """Throw a delivery away that nobody took over; everything stays as it is."""
    require(policy.may_deliver(actor))
    staged = locked(Delivery, delivery_id)
    if staged.state != DeliveryState.STAGED:
        raise Refused(f"Diese Lieferung ist schon {staged.get_state_display()}.", code="state")
    staged.state = DeliveryState.DISCARDED
    staged.version += 1
    staged.save(update_fields=["state", "version"])
    ledger.event("delivery.discarded", staged)
    return staged


@verb(Delivery)
def undo_delivery(ledger: Ledger, *, actor: Actor, at: datetime, delivery_id: UUID, op: UUID | None = None) -> Delivery:
    """Take a delivery back as a whole: what it brought goes, what it changed or ended is as before.

    Refused where a later delivery has changed the same rows, or somebody here works with people it brought. An outcome it
    recorded is revoked and stays to be seen, as any other.
    """
    require(policy.may_deliver(actor))
    applied = _in_turn(actor, delivery_id)
    if applied.state != DeliveryState.APPLIED:
        raise Refused("Zurücknehmen lässt sich nur, was übernommen ist.", code="state")
    if _sum(applied.counts) and not applied.rows.filter(state__in=TAKEN).exists():
        raise Refused("Die Zeilen dieser Lieferung sind nach 90 Tagen gelöscht. Sie lässt sich nicht mehr zurücknehmen.", code="expired")
    work = _steps(applied)
    _not_built_upon(applied, work)
    back = _back(work)
    for text, ids in (("revoke", "outcomes"), ("restore", "revoked")):
        for pk in applied.counts.get(ids, ()):
            _outcome_back(actor, at, applied, UUID(pk), revoke=text == "revoke")
    Contradiction.objects.filter(pk__in=applied.counts.get("settled", ())).update(settled_on=None)
    Contradiction.objects.filter(delivery=applied).delete()
    try:
        with transaction.atomic():
            _write(applied.jobcenter_id, back)
            connection.check_constraints()
    except IntegrityError:
        raise Refused(
            "Mit Personen oder Haushalten dieser Lieferung wurde hier schon gearbeitet. Sie lässt sich nicht mehr als Ganzes zurücknehmen. "
            "Bitte lassen Sie berichtigte Daten neu liefern.",
            code="in_use",
        ) from None
    applied.state, applied.undone_at = DeliveryState.UNDONE, at
    applied.version += 1
    applied.save(update_fields=["state", "undone_at", "version"])
    ledger.event("delivery.undone", applied)
    return applied


def _sum(counts: Mapping[str, Any]) -> int:
    return sum(int(counts.get(state, 0)) for state in TAKEN)


def _not_built_upon(applied: Delivery, work: _Work) -> None:
    """Refuse when a later delivery changed one of the same rows."""
    known = (rows for steps in (work.new, work.changed, work.gone) for rows in steps.values())
    ours = {str(row[0]) for rows in known for row in rows}
    turns = Delivery.objects.filter(state=DeliveryState.APPLIED).order_by("pk").values_list("pk", "counts__turn")
    later = [pk for pk, turn in turns if turn > applied.counts["turn"]]
    rows = DeliveryRow.objects.filter(delivery__in=later, state__in=TAKEN).order_by("delivery__applied_at", "table", "line", "id")
    for data, as_of in rows.values_list("data", "delivery__as_of").iterator(BATCH):
        if any(pk in ours for _, pk, _ in data):
            text = f"Die Lieferung vom {as_of:%d.%m.%Y} hat danach dieselben Zeilen geändert. Nehmen Sie bitte zuerst diese zurück."
            raise Refused(text, code="outdated")


def _back(work: _Work) -> _Work:
    """The steps the other way round; refused where somebody changed in between what the delivery owns."""
    back = _Work(defaultdict(list), defaultdict(list), defaultdict(list))
    for kind in MODELS:
        if kind == "contradiction":
            # Those it brought go by their delivery; those it settled or changed are open as before.
            back.changed[kind] = [(pk, old, to) for pk, to, old in work.changed.get(kind, ())]
            continue
        to_be = {pk: to for pk, to, _ in work.changed.get(kind, ())}
        was = {pk: old for pk, _, old in work.changed.get(kind, ())}
        made: dict[UUID, Fields] = {UUID(pk): {"version": 1} for pk, _ in work.new.get(kind, ())} if kind == "person" else {}
        for pk, now in _current(kind, to_be | made):
            expected = (to_be | made)[pk]
            told = {name: now[name] for name in expected}
            if pk in made and told != expected:
                raise Refused(
                    "Angaben zu Personen dieser Lieferung wurden hier schon ergänzt. Sie lässt sich nicht mehr als Ganzes zurücknehmen.", code="in_use"
                )
            if any(value != expected[name] for name, value in told.items() if name != "version"):
                raise Refused("Inzwischen steht dort etwas anderes als die Lieferung brachte. Sie lässt sich nicht mehr zurücknehmen.", code="outdated")
            if pk in was and "version" in was[pk] and told["version"] != expected["version"]:
                was[pk]["version"] = told["version"] + 1
        back.changed[kind] = [(pk, was[pk], to) for pk, to in to_be.items()]
        back.new[kind] = [(str(pk), fields) for pk, fields in work.gone.get(kind, ())]
        back.gone[kind] = [(UUID(pk), fields) for pk, fields in work.new.get(kind, ())]
    return back


def _outcome_back(actor: Actor, at: datetime, applied: Delivery, pk: UUID, *, revoke: bool) -> None:
    held = locked(ApplicationOutcome, pk)
    if revoke and held.revoked_at is None:
        revoke_outcome(actor=actor, at=at, outcome_id=pk, reason=f"{_source(applied)} zurückgenommen")
    if not revoke and not ApplicationOutcome.objects.filter(application=held.application_id, revoked_at=None).exists():
        held.revoked_at, held.revoked_reason = None, ""
        held.save(update_fields=["revoked_at", "revoked_reason"])


# --- what time does ---------------------------------------------------------------------------------------------------


@verb(Jobcenter)
def age_out_deliveries(ledger: Ledger, *, actor: Actor, at: datetime, op: UUID | None = None) -> Jobcenter:
    """Discard deliveries nobody took over, drop old rows. Idempotent."""
    require(policy.may_deliver(actor))
    for one in Delivery.objects.filter(state=DeliveryState.STAGED, uploaded_at__lt=at - WAITS).order_by("uploaded_at", "id"):
        discard_delivery(actor=actor, at=at, delivery_id=one.pk)
    done = Delivery.objects.filter(uploaded_at__lt=at - ROWS_KEPT).exclude(state=DeliveryState.STAGED)
    DeliveryRow.objects.filter(delivery__in=done.order_by("pk").values("pk")).delete()
    return Jobcenter.objects.get(pk=actor.jobcenter_id)
