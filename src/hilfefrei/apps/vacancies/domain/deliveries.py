"""Deliveries of vacancies: received and staged, compared, applied or discarded, taken back as a whole.

Reading and judging a file happens before the transaction; what is written stands in one transaction: a killed process
leaves a delivery that was never received, never half of one. Numbers hold within one kind of delivery (``source`` and
``feed``): two partners may use the same ones.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.db import models

from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.domain import Ledger, locked, verb
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.audit.rows import columns_of, insert
from hilfefrei.apps.org.models import Jobcenter
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.vacancies import policy, queries
from hilfefrei.apps.vacancies.domain.own import wage_values
from hilfefrei.apps.vacancies.models import CsvMapping, Delivery, DeliveryFile, DeliveryRow, Vacancy
from hilfefrei.apps.vacancies.workflows import ImportState, RowState, Source, VacancyState
from hilfefrei.core.days import berlin_day
from hilfefrei.core.matching import columns, delivery
from hilfefrei.core.matching.check import MAX_AGE_DAYS, Checked, Outcome, Weight, check_all
from hilfefrei.core.matching.delivery import ColumnMapping, DeliveryError

# Below this share of the last one a full delivery is not believed.
LEAST_SHARE = 0.6
# What nobody took over or mapped within a month is discarded; rows are kept a quarter for questions.
WAITS = timedelta(days=30)
ROWS_KEPT = timedelta(days=90)
BATCH = 1000

# Columns of a vacancy that a delivery owns. Everything else (state, what staff learnt) is ours.
DELIVERED = (
    "title", "occupation", "employer", "plz", "place", "street", "lat", "lon", "full_time", "part_time", "hours_min", "hours_max",
    "starts_at", "ends_at", "weekend", "night_or_shift", "mini_job", "heavy_lifting", "long_standing", "licence", "career_changers",
    "temporary_work", "private_agency", "fixed_term", "training", "wage_unit", "wage_low_cents", "wage_high_cents", "hour_low_cents",
    "hour_high_cents", "month_low_cents", "month_high_cents", "wage_repaired", "wage_note", "published_on", "starts_on", "expires_on", "url",
)  # fmt: skip
# How a change is told, by the columns that changed; the first that fits.
CHANGES: tuple[tuple[str, str, frozenset[str]], ...] = (
    ("again", "wieder offen", frozenset({"state"})),
    ("wage", "Lohn", frozenset({"wage_unit", "wage_low_cents", "wage_high_cents"})),
    ("hours", "Stunden und Zeiten", frozenset({"hours_min", "hours_max", "starts_at", "ends_at", "full_time", "part_time", "mini_job", "weekend", "night_or_shift"})),
    ("text", "Titel, Beruf oder Betrieb", frozenset({"title", "occupation", "employer"})),
    ("place", "Ort", frozenset({"plz", "place", "street", "lat", "lon"})),
    ("dates", "Tage", frozenset({"published_on", "starts_on", "expires_on"})),
    ("other", "Sonstiges", frozenset()),
)  # fmt: skip
ROW_COLUMNS, VACANCY_COLUMNS = columns_of(DeliveryRow), columns_of(Vacancy)
# Before the kind of change among the codes of a row.
CHANGE_MARK = "~"
CHANGE_WORDS = {code: words for code, words, _ in CHANGES}
_TYPES: dict[str, Any] = {
    "hours_min": Decimal, "hours_max": Decimal, "starts_at": time.fromisoformat, "ends_at": time.fromisoformat,
    "published_on": date.fromisoformat, "starts_on": date.fromisoformat, "expires_on": date.fromisoformat,
}  # fmt: skip


@dataclass(frozen=True)
class Received:
    """What a file turned out to be: staged rows, a refusal, or a CSV whose columns nobody has named."""

    source: Source
    feed: str
    checked: tuple[Checked, ...] = ()
    refusal: DeliveryError | None = None
    keep: bytes | None = None
    stated: int | None = None
    notes: Mapping[str, str] = field(default_factory=dict)


# --- from a file to rows --------------------------------------------------------------------------------------------


def is_answer(content: bytes) -> bool:
    """Whether a file looks like an answer of the BA job search rather than a table."""
    return content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["}


def read_file(content: bytes, mapping: ColumnMapping | None, *, today: date, guess: bool = True) -> Received:
    """Read and judge a file; never raises for what it may contain. ``mapping`` None: found out from the header."""
    if is_answer(content):
        source, feed = Source.BA_V6, "BA Jobsuche"
    else:
        source, feed = Source.CSV, mapping.name if mapping else ""
    try:
        if source == Source.BA_V6:
            read = delivery.parse_v6(content)
        else:
            header, _, _ = delivery.header_of(content)
            if mapping is None and guess:
                mapping = columns.fitting(header, queries.mappings())
            if mapping is None:
                return Received(source, feed, keep=content)
            feed = mapping.name
            read = delivery.parse_csv(content, mapping)
    except DeliveryError as error:
        return Received(source, feed, refusal=error)
    checked = check_all(read.rows, today=today, places=queries.coordinates())
    if read.rows and not any(row.vacancy for row in checked):
        text = f"Keine der {len(checked)} Zeilen lässt sich lesen. Vielleicht passt die Zuordnung der Spalten nicht zu dieser Datei."
        return Received(source, feed, refusal=DeliveryError("nothing_usable", text))
    notes = {"encoding": read.encoding, "delimiter": read.delimiter}
    return Received(source, feed, tuple(checked), stated=read.stated, notes=notes)


def stage_delivery(
    *,
    actor: Actor,
    at: datetime,
    file_name: str,
    content: bytes,
    mapping: ColumnMapping | None = None,
    ask: bool = False,
    is_full: bool = False,
    found: Received | None = None,
    op: UUID | None = None,
) -> Delivery:
    """Receive a file: staged and compared with the stock, refused with its reason, or kept until its columns are named.

    Nothing of the stock is changed. ``is_full``: what is not in the file will count as withdrawn;
    ``ask``: do not guess which mapping a CSV belongs to; ``found``: the file as :func:`read_file` read it before.
    """
    require(policy.may_import(actor))
    found = found or read_file(content, mapping, today=berlin_day(at), guess=not ask)
    sha = hashlib.sha256(content).hexdigest()
    return _receive(actor=actor, at=at, file_name=file_name, sha=sha, found=found, is_full=is_full, op=op)


def name_columns(
    *, actor: Actor, at: datetime, delivery_id: UUID, mapping: ColumnMapping, op: UUID | None = None
) -> Delivery:
    """Keep a mapping under its name and stage the file that waited for it."""
    require(policy.may_import(actor))
    waiting = Delivery.objects.filter(pk=delivery_id, state=ImportState.COLUMNS).select_related("file").first()
    content = bytes(waiting.file.content) if waiting else b""
    found = read_file(content, mapping, today=berlin_day(at))
    if waiting and found.refusal is not None:
        # The file stays: another choice of columns may fit.
        raise Refused(str(found.refusal), code=found.refusal.code)
    return _name_columns(actor=actor, at=at, delivery_id=delivery_id, mapping=mapping, found=found, op=op)


@verb(Delivery)
def _name_columns(
    ledger: Ledger, *, actor: Actor, at: datetime, delivery_id: UUID, mapping: ColumnMapping, found: Received, op: UUID | None = None
) -> Delivery:
    held = locked(Delivery, delivery_id)
    if held.state != ImportState.COLUMNS:
        raise Refused("Die Spalten dieser Datei sind schon zugeordnet.", code="state")
    save_mapping(actor=actor, at=at, mapping=mapping)
    DeliveryFile.objects.filter(delivery=held).delete()
    return _stage(ledger, held, at, found)


@verb(CsvMapping)
def save_mapping(ledger: Ledger, *, actor: Actor, at: datetime, mapping: ColumnMapping, op: UUID | None = None) -> CsvMapping:
    """Keep which column is which field under a name; the same name again replaces it."""
    require(policy.may_import(actor))
    name = mapping.name.strip()[:80]
    if not name:
        raise Refused("Bitte geben Sie der Zuordnung einen Namen, zum Beispiel den des Partners.", code="name", field="name")
    if name in delivery.BUILT_IN:
        raise Refused("Dieser Name gehört einer eingebauten Zuordnung. Bitte wählen Sie einen anderen.", code="name", field="name")
    saved = CsvMapping.objects.filter(name=name).select_for_update().first() or CsvMapping(jobcenter_id=actor.jobcenter_id, name=name, version=0)
    saved.columns, saved.constants, saved.decimal = dict(mapping.columns), dict(mapping.constants), mapping.decimal
    saved.version += 1
    saved.save()
    ledger.event("mapping.saved", saved, columns=saved.columns)
    return saved


@verb(Delivery)
def _receive(
    ledger: Ledger, *, actor: Actor, at: datetime, file_name: str, sha: str, found: Received, is_full: bool, op: UUID | None = None
) -> Delivery:
    received = Delivery(
        id=uuid4(),
        jobcenter_id=actor.jobcenter_id,
        file_name=file_name[-200:],
        sha256=sha,
        source=found.source,
        feed=found.feed,
        is_full=is_full,
        uploaded_by_id=actor.id if actor.kind == "user" else None,
        uploaded_at=at,
        version=0,
    )
    if found.keep is not None:
        received.state = ImportState.COLUMNS
        received.version += 1
        received.save()
        DeliveryFile.objects.create(jobcenter_id=actor.jobcenter_id, delivery=received, content=found.keep)
        ledger.event("delivery.received", received)
        return received
    return _stage(ledger, received, at, found)


# --- the difference -------------------------------------------------------------------------------------------------


def _stage(ledger: Ledger, staged: Delivery, at: datetime, found: Received) -> Delivery:
    """Compare with the stock and write the rows, or write down why the file is refused."""
    rows = _judge(staged, found)
    if staged.refusal_code == "interface_change":
        ledger.follow_up("vacancies.alarm", str(staged.pk), delivery=staged.pk)
    staged.version += 1
    staged.save()
    insert(DeliveryRow, ROW_COLUMNS, ([getattr(row, name) for name in ROW_COLUMNS] for row in rows))
    ledger.event(f"delivery.{staged.state}", staged, counts=staged.counts, code=staged.refusal_code)
    return staged


def _judge(staged: Delivery, found: Received) -> list[DeliveryRow]:
    """Put on the delivery what the comparison with the stock finds, or why it is refused; give its rows. Writes nothing."""
    staged.source, staged.feed = found.source, found.feed
    refusal = found.refusal
    rows: list[DeliveryRow] = []
    if refusal is None:
        rows, staged.counts = _difference(staged, found)
        refusal = _too_small(staged)
        twin = Delivery.objects.filter(
            source=staged.source, feed=staged.feed, sha256=staged.sha256, state=ImportState.APPLIED
        ).order_by("-applied_at", "id").first()  # fmt: skip
        staged.counts["same_as"] = str(twin.pk) if twin else ""
    if refusal is None:
        staged.state = ImportState.STAGED
        return rows
    staged.state, staged.refusal, staged.refusal_code = ImportState.REFUSED, str(refusal)[:400], refusal.code[:20]
    return []


def compare(
    *, actor: Actor, at: datetime, file_name: str, content: bytes, found: Received, is_full: bool = False
) -> tuple[Delivery, list[DeliveryRow]]:
    """What :func:`stage_delivery` would find, without writing anything: the delivery and its rows, neither of them saved."""
    require(policy.may_import(actor))
    looked = Delivery(
        id=uuid4(),
        jobcenter_id=actor.jobcenter_id,
        file_name=file_name[-200:],
        sha256=hashlib.sha256(content).hexdigest(),
        is_full=is_full,
        uploaded_at=at,
        version=0,
    )
    if found.keep is not None:
        looked.source, looked.feed, looked.state = found.source, found.feed, ImportState.COLUMNS
        return looked, []
    return looked, _judge(looked, found)


def _too_small(staged: Delivery) -> DeliveryError | None:
    """The reason not to believe a full delivery that is much smaller than the last one, or than the stock it would end."""
    if not staged.is_full:
        return None
    last = Delivery.objects.filter(
        source=staged.source, feed=staged.feed, is_full=True, state=ImportState.APPLIED
    ).order_by("-applied_at", "id").first()  # fmt: skip
    stock = staged.counts["stock"]
    before = max(last.counts.get("usable", 0) if last else 0, stock)
    usable = staged.counts["usable"]
    if usable >= LEAST_SHARE * before:
        return None
    text = (
        f"Die vollständige Lieferung hat nur {usable} brauchbare Stellen, bisher waren es {before}. "
        "Es wurde nichts übernommen. Bitte prüfen Sie, ob die Datei vollständig ist. Stimmt sie, laden Sie sie als Teillieferung hoch."
    )
    return DeliveryError("too_small", text)


def _difference(staged: Delivery, found: Received) -> tuple[list[DeliveryRow], dict[str, Any]]:
    stock = {v.reference: v for v in Vacancy.objects.filter(source=staged.source, feed=staged.feed).order_by("reference", "id")}
    rows: list[DeliveryRow] = []
    changes: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    hints: Counter[str] = Counter()
    examples: dict[str, dict[str, Any]] = {}
    seen: set[str] = set()
    for checked in found.checked:
        row = DeliveryRow(
            jobcenter_id=staged.jobcenter_id,
            delivery=staged,
            line=checked.row.line,
            reference=checked.row.reference[:80],
            state=RowState.REJECTED if checked.vacancy is None else RowState.DUPLICATE,
            repaired=any(remark.weight == Weight.REPAIR for remark in checked.remarks),
        )
        seen.add(checked.row.reference)
        told = [r for r in checked.remarks if r.weight != Weight.HINT or r.code == "duplicate"]
        if checked.vacancy is not None:
            # What stays away anyway needs no hint.
            hints.update(r.code for r in checked.remarks if r.weight == Weight.HINT)
        row.reasons = [{"code": r.code, "text": r.text, "remedy": r.remedy} for r in told]
        codes = {r.code: r.text for r in told}
        if checked.outcome in {Outcome.ACCEPTED, Outcome.REPAIRED}:
            change = _compare(row, checked, stock.get(checked.row.reference))
            if change:
                changes[change] += 1
                codes[f"{CHANGE_MARK}{change}"] = ""
        for code in (row.state, *codes):
            if code not in examples:
                examples[code] = {"line": row.line, "title": _title(checked), "text": codes.get(code, "")}
        row.codes = f" {' '.join(codes)} "[:300] if codes else ""
        if told:
            row.raw = checked.row.as_dict()
            # A row may be told for several reasons; each number opens its rows.
            reasons.update(r.code for r in told if r.code != "duplicate")
        rows.append(row)
    open_stock = [v for v in stock.values() if v.state == VacancyState.OPEN]
    if staged.is_full:
        rows += [
            DeliveryRow(
                jobcenter_id=staged.jobcenter_id,
                delivery=staged,
                line=0,
                reference=known.reference,
                state=RowState.GONE,
                data={"title": known.title, "place": known.place},
                before={"state": known.state},
                vacancy=known,
            )
            for known in open_stock
            if known.reference not in seen
        ]
    gone = next((row for row in rows if row.state == RowState.GONE), None)
    if gone is not None:
        examples[RowState.GONE] = {"line": 0, "title": f"{gone.data['title']}, {gone.data['place']}", "text": ""}
    states = Counter(row.state for row in rows)
    return rows, {
        "rows": len(found.checked),
        "usable": sum(1 for c in found.checked if c.outcome in {Outcome.ACCEPTED, Outcome.REPAIRED}),
        "stock": len(open_stock),
        "stated": found.stated,
        "basis": queries.basis(found.source, found.feed),
        "repaired": sum(1 for row in rows if row.repaired and row.state not in {RowState.REJECTED, RowState.DUPLICATE}),
        "changes": dict(changes),
        "reasons": dict(reasons.most_common()),
        "hints": dict(hints.most_common()),
        "examples": examples,
        **{state: states.get(state, 0) for state in RowState.values},
        **found.notes,
    }


def _title(checked: Checked) -> str:
    found = checked.vacancy
    parts = (found.title, found.place) if found else (checked.row.title or checked.row.occupation, checked.row.place)
    return ", ".join(part for part in parts if part)[:120]


def _compare(row: DeliveryRow, checked: Checked, known: Vacancy | None) -> str:
    """Set state, data and before of a row that can be taken over; give the kind of change, empty where there is none."""
    delivered = values_of(checked)
    if known is None:
        row.state, row.data = RowState.NEW, plain(delivered)
        return ""
    row.vacancy = known
    old = plain({name: getattr(known, name) for name in DELIVERED})
    new = plain(delivered)
    before = {name: old[name] for name in DELIVERED if old[name] != new[name]}
    # Filled is what our staff learnt; the deliverer may not know it yet.
    if known.state in {VacancyState.WITHDRAWN, VacancyState.EXPIRED}:
        before["state"] = known.state
    if not before:
        row.state = RowState.UNCHANGED
        return ""
    row.state, row.data, row.before = RowState.CHANGED, new, before
    return next(code for code, _, names in CHANGES if not names or names & before.keys())


def values_of(checked: Checked) -> dict[str, Any]:
    """The columns of :data:`DELIVERED` from a judged row (``checked.vacancy`` must be there)."""
    found = checked.vacancy
    if found is None:
        message = "a rejected row has no values"
        raise ValueError(message)
    return {
        "title": found.title,
        "occupation": found.occupation,
        "employer": found.employer,
        "plz": found.plz,
        "place": found.place,
        "street": checked.street,
        "lat": found.lat,
        "lon": found.lon,
        "full_time": checked.full_time,
        "part_time": checked.part_time,
        "hours_min": _tenths(found.hours_low),
        "hours_max": _tenths(found.hours_high if found.hours_high is not None else found.hours_low),
        "starts_at": _time(found.start),
        "ends_at": _time(found.end),
        "weekend": found.weekend,
        "night_or_shift": found.special,
        "mini_job": found.mini_job,
        "heavy_lifting": found.heavy,
        "long_standing": found.standing,
        "licence": found.licence or "",
        "career_changers": found.lateral,
        "temporary_work": found.temp_agency,
        "private_agency": found.private_agency,
        "fixed_term": found.fixed_term,
        "training": found.training,
        "published_on": found.published,
        "starts_on": found.starts,
        "expires_on": found.closes,
        "url": found.url,
        **wage_values(checked.wage),
    }


def _tenths(hours: float | None) -> Decimal | None:
    return None if hours is None else Decimal(str(hours)).quantize(Decimal("0.1"))


def _time(minutes: int | None) -> time | None:
    return None if minutes is None else time(minutes // 60, minutes % 60)


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as JSON keeps them, so that what was stored and what comes compare equal."""
    return {name: str(value) if isinstance(value, Decimal | date | time) else value for name, value in values.items()}


def _typed(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _TYPES[name](value) if name in _TYPES and value is not None else value for name, value in values.items()}


# --- taking over and back -------------------------------------------------------------------------------------------


@verb(Delivery)
def apply_delivery(
    ledger: Ledger, *, actor: Actor, at: datetime, delivery_id: UUID, version: int | None = None, op: UUID | None = None
) -> Delivery:
    """Take a staged delivery over as a whole: new, changed and missing vacancies in one transaction."""
    require(policy.may_import(actor))
    staged = _locked_kind(delivery_id, version=version)
    if staged.state != ImportState.STAGED:
        raise Refused(f"Diese Lieferung ist schon {staged.get_state_display()}.", code="state")
    if queries.basis(staged.source, staged.feed) != staged.counts["basis"]:
        raise Refused(
            "Inzwischen wurde eine andere Lieferung derselben Art übernommen oder zurückgenommen. Bitte laden Sie die Datei noch einmal hoch.", code="outdated"
        )
    new = [_new(staged, row, at) for row in staged.rows.filter(state=RowState.NEW).order_by("line", "id").iterator(BATCH)]
    insert(Vacancy, VACANCY_COLUMNS, ([getattr(vacancy, name) for name in VACANCY_COLUMNS] for vacancy in new))
    changed, touched = _changed(staged), []
    for row, vacancy in changed:
        # What staff learnt since the comparison stays and comes back when the delivery is taken back.
        if row.before.get("state", vacancy.state) != vacancy.state or (vacancy.state == VacancyState.EXPIRED and "state" not in row.before):
            row.before["state"] = vacancy.state
            touched.append(row)
        if vacancy.state in {VacancyState.WITHDRAWN, VacancyState.EXPIRED}:
            vacancy.state = VacancyState.OPEN
        _put(vacancy, row.data, at)
    _write(vacancy for _, vacancy in changed)
    _turn(_vacancies(staged, RowState.GONE), VacancyState.OPEN, VacancyState.WITHDRAWN, at)
    # Only now is there something the new rows can point to.
    there = Vacancy.objects.filter(source=staged.source, feed=staged.feed, reference=models.OuterRef("reference")).order_by("id")
    staged.rows.filter(state=RowState.NEW).update(vacancy=models.Subquery(there.values("pk")[:1]))
    DeliveryRow.objects.bulk_update(touched, ["before"], batch_size=BATCH)
    staged.state, staged.applied_at = ImportState.APPLIED, at
    staged.version += 1
    staged.counts["after"] = staged.counts["basis"] + staged.version
    staged.save(update_fields=["state", "applied_at", "version", "counts"])
    ledger.event("delivery.applied", staged, new=len(new), changed=len(changed), gone=staged.counts[RowState.GONE])
    return staged


@verb(Delivery)
def discard_delivery(ledger: Ledger, *, actor: Actor, at: datetime, delivery_id: UUID, op: UUID | None = None) -> Delivery:
    """Throw a delivery away that nobody took over; the stock stays as it is."""
    require(policy.may_import(actor))
    staged = locked(Delivery, delivery_id)
    if staged.state not in {ImportState.STAGED, ImportState.COLUMNS}:
        raise Refused(f"Diese Lieferung ist schon {staged.get_state_display()}.", code="state")
    DeliveryFile.objects.filter(delivery=staged).delete()
    staged.state = ImportState.DISCARDED
    staged.version += 1
    staged.save(update_fields=["state", "version"])
    ledger.event("delivery.discarded", staged)
    return staged


@verb(Delivery)
def undo_delivery(ledger: Ledger, *, actor: Actor, at: datetime, delivery_id: UUID, op: UUID | None = None) -> Delivery:
    """Take a delivery back as a whole, until the next of its kind: new vacancies go, changed and missing ones are as before.

    A vacancy that staff found filled in between stays filled.
    """
    require(policy.may_import(actor))
    applied = _locked_kind(delivery_id)
    if applied.state != ImportState.APPLIED:
        raise Refused("Zurücknehmen lässt sich nur, was übernommen ist.", code="state")
    if not queries.is_latest(applied):
        raise Refused("Danach wurde schon eine andere Lieferung übernommen. Diese lässt sich nicht mehr zurücknehmen.", code="outdated")
    if applied.counts["rows"] and not applied.rows.exists():
        raise Refused("Die Zeilen dieser Lieferung sind nach 90 Tagen gelöscht. Sie lässt sich nicht mehr zurücknehmen.", code="expired")
    _turn(_vacancies(applied, RowState.NEW), VacancyState.OPEN, VacancyState.WITHDRAWN, at)
    changed = _changed(applied)
    for row, vacancy in changed:
        before = dict(row.before)
        old = before.pop("state", None)
        if old is not None and vacancy.state == VacancyState.OPEN:
            vacancy.state = VacancyState(old)
        _put(vacancy, before, at)
    _write(vacancy for _, vacancy in changed)
    _turn(_vacancies(applied, RowState.GONE), VacancyState.WITHDRAWN, VacancyState.OPEN, at)
    applied.state, applied.undone_at = ImportState.UNDONE, at
    applied.version += 1
    applied.save(update_fields=["state", "undone_at", "version"])
    ledger.event("delivery.undone", applied)
    return applied


def _new(staged: Delivery, row: DeliveryRow, at: datetime) -> Vacancy:
    vacancy = Vacancy(
        id=uuid4(),
        jobcenter_id=staged.jobcenter_id,
        source=staged.source,
        feed=staged.feed,
        reference=row.reference,
        created_at=at,
        version=0,
    )
    _put(vacancy, row.data, at)
    return vacancy


def _put(vacancy: Vacancy, data: Mapping[str, Any], at: datetime) -> None:
    for name, value in _typed(data).items():
        setattr(vacancy, name, value)
    vacancy.search_text = queries.search_text(vacancy)
    vacancy.changed_at = at
    vacancy.version += 1


def _locked_kind(delivery_id: UUID, *, version: int | None = None) -> Delivery:
    """The delivery, with all of its kind that could be taken over or back locked: two at once would mix."""
    kind = Delivery.objects.get(pk=delivery_id)
    rows = Delivery.objects.filter(source=kind.source, feed=kind.feed, state__in=(ImportState.STAGED, ImportState.APPLIED))
    list(rows.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    return locked(Delivery, delivery_id, version=version)


def _changed(delivered: Delivery) -> list[tuple[DeliveryRow, Vacancy]]:
    """The changed rows of a delivery, each with its vacancy as it is now, locked."""
    now: dict[UUID, Vacancy] = {}
    for ids in _parts(_vacancies(delivered, RowState.CHANGED), BATCH):
        now |= {v.pk: v for v in Vacancy.objects.filter(pk__in=ids).select_for_update(of=("self",)).order_by("pk")}
    rows = delivered.rows.filter(state=RowState.CHANGED).order_by("line", "id")
    return [(row, now[row.vacancy_id]) for row in rows if row.vacancy_id is not None]


def _write(vacancies: Iterable[Vacancy]) -> None:
    """Save many changed vacancies: one upsert per thousand instead of one statement each."""
    Vacancy.objects.bulk_create(
        list(vacancies),
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=[*DELIVERED, "state", "search_text", "changed_at", "version"],
    )


def _vacancies(delivered: Delivery, state: RowState) -> list[UUID]:
    """Ids of the vacancies behind the rows of one state, in one order for all who lock them."""
    rows = delivered.rows.filter(state=state, vacancy__isnull=False).order_by("vacancy_id")
    return [pk for pk in rows.values_list("vacancy_id", flat=True) if pk is not None]


def _turn(ids: Sequence[UUID], old: VacancyState, new: VacancyState, at: datetime) -> None:
    """Give those of ``ids`` that are in the ``old`` state the ``new`` one.

    By id and in parts: right after a large delivery PostgreSQL has no statistics of the new rows, and the same as one
    statement over a join ran into its time limit at 20,000 rows.
    """
    for part in _parts(ids, BATCH):
        Vacancy.objects.filter(pk__in=part, state=old).update(state=new, changed_at=at, version=models.F("version") + 1)


def _parts(ids: Sequence[UUID], size: int) -> Iterator[Sequence[UUID]]:
    """Parts of at most ``size``."""
    return (ids[start : start + size] for start in range(0, len(ids), size))


# --- what time does -------------------------------------------------------------------------------------------------


@verb(Jobcenter)
def age_out(ledger: Ledger, *, actor: Actor, at: datetime, op: UUID | None = None) -> Jobcenter:
    """Close what has expired or is older than a year, discard deliveries nobody took over, drop old rows. Idempotent."""
    today = berlin_day(at)
    require(policy.may_import(actor))
    # Two workers at once: the second waits here and then finds nothing to do.
    house = locked(Jobcenter, actor.jobcenter_id)
    delivered = models.Q(source__in=(Source.BA_V6, Source.CSV), published_on__lt=today - timedelta(days=MAX_AGE_DAYS))
    old = Vacancy.objects.filter(models.Q(expires_on__lt=today) | delivered, state=VacancyState.OPEN)
    ids = list(old.order_by("pk").values_list("pk", flat=True))
    if ids:
        _turn(ids, VacancyState.OPEN, VacancyState.EXPIRED, at)
        ledger.event("vacancies.expired", house, count=len(ids), vacancies=[str(pk) for pk in ids])
    waiting = Delivery.objects.filter(state__in=(ImportState.STAGED, ImportState.COLUMNS), uploaded_at__lt=at - WAITS)
    for one in waiting.order_by("uploaded_at", "id"):
        discard_delivery(actor=actor, at=at, delivery_id=one.pk)
    done = Delivery.objects.filter(uploaded_at__lt=at - ROWS_KEPT).exclude(state__in=(ImportState.STAGED, ImportState.COLUMNS))
    DeliveryRow.objects.filter(delivery__in=done.order_by("pk").values("pk")).delete()
    return house
