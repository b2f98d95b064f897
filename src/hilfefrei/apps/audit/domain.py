"""The one write path: every verb runs in :func:`verb`, which appends its events last before commit.

Chain: ``hash = HMAC-SHA256(key, prev_hash | canonical event)``; the key lies outside the database
(``hilfefrei.secrets``), the head is anchored outside by the worker (``audit verify --anchor``).
"""

import functools
import hashlib
import hmac
import itertools
import json
import secrets as token
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Concatenate, ParamSpec, TypeVar, cast
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, models, transaction

from hilfefrei import secrets
from hilfefrei.apps.audit import policy
from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.errors import Forbidden, Refused, Stale
from hilfefrei.apps.audit.models import AccessEvent, AccessInquiry, AccessSeal, ChainHead, Event, EventPayload, Operation, Outbox
from hilfefrei.apps.audit.rows import Json, insert
from hilfefrei.apps.audit.workflows import InquiryAbout, InquiryState
from hilfefrei.core import clock
from hilfefrei.core.days import berlin_day, format_moment
from hilfefrei.core.ids import ordered

P = ParamSpec("P")
M = TypeVar("M", bound=models.Model)

LEAST_CAUSE = 10
MOST_DAYS_OF_A_COLLEAGUE = 31
# So long a look stays readable after both keys were turned.
READABLE_DAYS = 14
# Events read at once while the chain is walked.
PART = 2_000

_current: ContextVar["Ledger | None"] = ContextVar("ledger", default=None)


@dataclass
class LedgerLine:
    actor: Actor
    verb: str
    object_kind: str
    object_id: UUID
    subject_id: UUID | None
    data: dict[str, Any]
    at: datetime


@dataclass
class Ledger:
    """Collects the events and outbox rows of one verb (and of the verbs it calls)."""

    actor: Actor
    at: datetime
    events: list[LedgerLine] = field(default_factory=list)
    letters: list[Outbox] = field(default_factory=list)

    def event(self, verb: str, obj: models.Model, *, subject: UUID | None = None, **data: Any) -> None:
        """Note that ``verb`` happened to ``obj``; ``data`` goes to the deletable payload, its names to the event."""
        self.events.append(LedgerLine(self.actor, verb, obj._meta.label_lower, obj.pk, subject, data, self.at))

    def follow_up(self, kind: str, key: str, **payload: Any) -> None:
        """Ask the worker for an idempotent effect after commit. ``payload`` holds ids, never names."""
        self.letters.append(
            Outbox(jobcenter_id=self.actor.jobcenter_id, kind=kind, key=key, payload=_plain(payload), created_at=clock.now())
        )


def verb(result: type[M]) -> Callable[[Callable[Concatenate[Ledger, P], M]], Callable[P, M]]:
    """Turn ``f(ledger, *, actor, at, op=None, …) -> result`` into a verb ``f(*, actor, at, op=None, …)``.

    One transaction; a repeated ``op`` of the same actor returns the first result; events are appended as the last
    statements before commit. A verb called inside another joins its transaction and ledger.
    """

    def decorate(body: Callable[Concatenate[Ledger, P], M]) -> Callable[P, M]:
        @functools.wraps(body)
        def run(*args: P.args, **kwargs: P.kwargs) -> M:
            actor = cast("Actor", kwargs["actor"])
            at = cast("datetime", kwargs["at"])
            if at.tzinfo is None:
                message = f"{body.__qualname__}: at must be aware"
                raise TypeError(message)
            outer = _current.get()
            if outer is not None:
                if outer.actor.jobcenter_id != actor.jobcenter_id:
                    message = "a verb cannot reach into another Jobcenter"
                    raise RuntimeError(message)
                return body(Ledger(actor, at, outer.events, outer.letters), *args, **kwargs)
            op = cast("UUID | None", kwargs.get("op"))
            name = f"{body.__module__.removeprefix('hilfefrei.apps.')}.{body.__name__}"
            with transaction.atomic():
                if op is not None:
                    first = _claim(actor, op, name)
                    if first is not None:
                        return result._default_manager.get(pk=first)
                ledger = Ledger(actor, at)
                mark = _current.set(ledger)
                try:
                    value = body(ledger, *args, **kwargs)
                finally:
                    _current.reset(mark)
                if op is not None:
                    Operation.objects.filter(actor_id=actor.id, op=op).update(result_id=value.pk)
                Outbox.objects.bulk_create(ledger.letters, ignore_conflicts=True)
                _append(actor.jobcenter_id, ledger.events)
            return value

        return run

    return decorate


@contextmanager
def bulk(actor: Actor, at: datetime) -> Iterator[Ledger]:
    """One transaction and one ledger for many verbs (loaders): their events are chained once, at the end."""
    with transaction.atomic():
        ledger = Ledger(actor, at)
        mark = _current.set(ledger)
        try:
            yield ledger
        finally:
            _current.reset(mark)
        Outbox.objects.bulk_create(ledger.letters, ignore_conflicts=True)
        _append(actor.jobcenter_id, ledger.events)


def _claim(actor: Actor, op: UUID, name: str) -> UUID | None:
    """Take ``op`` for this transaction, or give the id of what the first post made."""
    first = Operation.objects.filter(actor_id=actor.id, op=op).first()
    if first is None:
        try:
            with transaction.atomic():
                Operation.objects.create(
                    jobcenter_id=actor.jobcenter_id, actor_id=actor.id, op=op, verb=name, at=clock.now()
                )
        except IntegrityError:
            # The twin committed while we waited for its unique key.
            first = Operation.objects.get(actor_id=actor.id, op=op)
        else:
            return None
    if first.verb != name or first.result_id is None:
        raise Refused(
            "Dieses Formular wurde schon für etwas anderes verwendet. Bitte laden Sie die Seite neu.", code="op_reused"
        )
    return first.result_id


def is_repeat(actor: Actor, op: UUID | None) -> bool:
    """Whether ``op`` was done before: what a page asks before it acts need not be asked again of the second press."""
    return op is not None and Operation.objects.filter(actor_id=actor.id, op=op).exclude(result_id=None).exists()


def locked(queryset: "models.QuerySet[M] | type[M]", pk: UUID, *, version: int | None = None) -> M:
    """The row ``pk`` locked to the end of the transaction.

    Raises :class:`Stale` when ``version`` is given and differs, RuntimeError outside a transaction (SQLite would
    silently not lock), the model's DoesNotExist when it is not there.
    """
    if not transaction.get_connection().in_atomic_block:
        message = "locked() outside a transaction locks nothing"
        raise RuntimeError(message)
    rows = queryset if isinstance(queryset, models.QuerySet) else queryset._default_manager.all()
    row = rows.select_for_update(of=("self",)).get(pk=pk)
    if version is not None and getattr(row, "version", version) != version:
        raise Stale(row)
    return row


def _plain(data: Any) -> Any:
    return json.loads(json.dumps(data, cls=DjangoJSONEncoder, sort_keys=True))


_encode = DjangoJSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def _canonical(data: Any) -> bytes:
    return _encode(data).encode()


def _mac(message: bytes, key: bytes | None = None) -> str:
    return hmac.digest(key or secrets.audit_key(), message, "sha256").hex()


def _payload_hash(salt: str, data: bytes) -> str:
    return hashlib.sha256(salt.encode() + data).hexdigest()


def _payload(data: dict[str, Any]) -> bytes:
    """The canonical text of ``data`` as it will be read back: keys that were numbers are text then, and sort as text."""
    text = _canonical(data)
    return _canonical(json.loads(text)) if text.count(b"{") > 1 else text


# What a link is made of, in this order, and the two columns that follow from it.
_SIGNED = (
    "prev_hash",
    "jobcenter_id",
    "seq",
    "id",
    "verb",
    "actor_kind",
    "actor_id",
    "object_kind",
    "object_id",
    "subject_id",
    "fields",
    "at",
    "recorded_at",
    "payload_hash",
)


def _microseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000)


# The same few words stand in every link.
_word = functools.lru_cache(maxsize=4096)(_encode)


def _link(values: Sequence[Any]) -> bytes:
    """The message of one link from the values of ``_SIGNED``: their canonical JSON list.

    Put together by hand, as ids, hashes and numbers need no quoting: a third of the time of a long record.
    """
    previous, jobcenter, seq, event, verb, actor_kind, actor, kind, obj, subject, names, at, recorded_at, payload = values
    return (
        f'["{previous}","{jobcenter}",{seq},"{event}",{_word(verb)},{_word(actor_kind)},"{actor}",{_word(kind)},"{obj}",'
        f'"{subject or ""}",{_word(tuple(names))},{_microseconds(at)},{_microseconds(recorded_at)},"{payload}"]'
    ).encode()


def _fits(event: Event) -> bool:
    """Whether the link was made with one of our keys (the audit key is rotated, old links keep theirs)."""
    message = _link([getattr(event, name) for name in _SIGNED])
    return any(hmac.compare_digest(event.hash, _mac(message, key)) for key in secrets.audit_keys())


def _head(jobcenter_id: UUID) -> ChainHead:
    """The last link, locked to the end of the transaction."""
    rows = ChainHead.objects.filter(jobcenter_id=jobcenter_id)
    head = rows.select_for_update().first()
    if head is None:
        ChainHead.objects.bulk_create([ChainHead(jobcenter_id=jobcenter_id)], ignore_conflicts=True)
        head = rows.select_for_update().get()
    return head


def _append(jobcenter_id: UUID, entries: Iterable[LedgerLine]) -> list[UUID]:
    """Chain ``entries`` behind the head, which is locked from here to commit. Gives the ids of the events."""
    entries = list(entries)
    if not entries:
        return []
    head = _head(jobcenter_id)
    events: list[tuple[Any, ...]] = []
    payloads: list[tuple[Any, ...]] = []
    recorded_at, key = clock.now(), secrets.audit_key()
    for entry in entries:
        data = _payload(entry.data)
        salt, event_id = token.token_hex(16), ordered()
        signed = (
            head.hash,
            jobcenter_id,
            head.seq + 1,
            event_id,
            entry.verb,
            entry.actor.kind,
            entry.actor.id,
            entry.object_kind,
            entry.object_id,
            entry.subject_id,
            sorted(entry.data),
            entry.at,
            recorded_at,
            _payload_hash(salt, data),
        )
        head.seq, head.hash = head.seq + 1, _mac(_link(signed), key)
        events.append((*signed, head.hash))
        payloads.append((event_id, jobcenter_id, salt, Json(data.decode())))
    insert(Event, (*_SIGNED, "hash"), events)
    insert(EventPayload, ("event_id", "jobcenter_id", "salt", "data"), payloads)
    head.save(update_fields=["seq", "hash"])
    return [event[3] for event in events]


def log_access(*, actor: Actor, kind: str, page: str, person_ids: Iterable[UUID], at: datetime) -> None:
    """Record that ``actor`` opened (one row per file) or found (one row per search) person files."""
    ids = [str(i) for i in person_ids]
    if kind != "open" or len(ids) == 1:
        AccessEvent.objects.create(
            jobcenter_id=actor.jobcenter_id, actor_id=actor.id, kind=kind, page=page, person_ids=ids, at=at
        )
        return
    AccessEvent.objects.bulk_create(
        AccessEvent(jobcenter_id=actor.jobcenter_id, actor_id=actor.id, kind=kind, page=page, person_ids=[i], at=at)
        for i in ids
    )


def _access_hash(rows: Iterable[AccessEvent]) -> str:
    digest = hashlib.sha256()
    for row in rows:
        digest.update(
            _canonical([row.id, str(row.actor_id), row.kind, row.page, row.person_ids, int(row.at.timestamp() * 1_000_000)])
        )
    return digest.hexdigest()


def seal_access(*, actor: Actor, at: datetime, before: datetime) -> AccessSeal | None:
    """Put the hash of the unsealed access events older than ``before`` into the chain.

    ``before`` lies some minutes back: PostgreSQL hands out ids before commit, and a late commit would otherwise
    fall into a range that is already sealed. Idempotent: nothing new, nothing sealed.
    """
    with transaction.atomic():
        # Two workers at once: the second waits here and then finds nothing new.
        _head(actor.jobcenter_id)
        last = AccessSeal.objects.order_by("-last_id").first()
        rows = AccessEvent.objects.filter(id__gt=last.last_id if last else 0).order_by("id")
        fresh = rows.filter(at__gte=before).first()
        if fresh is not None:
            rows = rows.filter(id__lt=fresh.id)
        found = list(rows)
        if not found:
            return None
        seal = AccessSeal(
            jobcenter_id=actor.jobcenter_id,
            first_id=found[0].id,
            last_id=found[-1].id,
            count=len(found),
            hash=_access_hash(found),
        )
        data = {"first_id": seal.first_id, "last_id": seal.last_id, "count": seal.count, "hash": seal.hash}
        entry = LedgerLine(actor, "access.sealed", "audit.accessseal", actor.jobcenter_id, None, data, at)
        seal.event_id = _append(actor.jobcenter_id, [entry])[0]
        seal.save()
    return seal


@dataclass(frozen=True)
class Verdict:
    """Result of :func:`verify`: ``problems`` is empty when the record holds."""

    events: int
    head_seq: int
    head_hash: str
    payloads_erased: int
    problems: tuple[str, ...]


def _with_payloads(events: "models.QuerySet[Event]") -> Iterator[tuple[Event, EventPayload | None]]:
    """Each event with what it said, a part at a time: five years of a large house do not fit into memory."""
    found = events.iterator(chunk_size=PART)
    while part := list(itertools.islice(found, PART)):
        payloads = EventPayload.objects.in_bulk([event.id for event in part])
        for event in part:
            yield event, payloads.get(event.id)


def verify(jobcenter_id: UUID, *, anchor: tuple[int, str] | None = None, seals: bool = True) -> Verdict:
    """Walk the chain of one Jobcenter, and with ``seals`` the accesses that are sealed into it (of which there are far more).

    ``anchor`` is (seq, hash) noted outside earlier: a chain cut or rewritten before that point no longer holds it.
    An erased payload is allowed and counted; a changed one is a problem. People may work meanwhile: the head is read before
    the walk, which must reach it, and again after it, as nothing may lie behind a head.
    """
    problems: list[str] = []
    heads = ChainHead.objects.filter(jobcenter_id=jobcenter_id)
    head = heads.first()
    known, reached = (head.seq, head.hash) if head is not None else (0, ""), head is None or head.seq == 0
    previous, seq, erased, anchored = "", 0, 0, anchor is None
    for event, payload in _with_payloads(Event.objects.filter(jobcenter_id=jobcenter_id).order_by("seq")):
        seq += 1
        if event.seq != seq:
            problems.append(f"Lücke vor Ereignis {event.seq}")
            seq = event.seq
        if event.prev_hash != previous or not _fits(event):
            problems.append(f"Ereignis {event.seq} passt nicht zur Kette")
        if payload is None:
            erased += 1
        elif _payload_hash(payload.salt, _canonical(payload.data)) != event.payload_hash:
            problems.append(f"Inhalt von Ereignis {event.seq} ist verändert")
        previous = event.hash
        reached = reached or known == (event.seq, event.hash)
        if anchor is not None and anchor[0] == event.seq:
            anchored = True
            if event.hash != anchor[1]:
                problems.append(f"Anker bei Ereignis {event.seq} passt nicht: Die Kette wurde neu geschrieben")
    last = heads.first()
    if not reached or (last is not None and last.seq < seq):
        problems.append("Das Ende der Kette fehlt")
    if not anchored:
        problems.append("Der Anker liegt hinter dem Ende der Kette: Ereignisse fehlen")
    for seal in AccessSeal.objects.filter(jobcenter_id=jobcenter_id) if seals else ():
        rows = list(AccessEvent.objects.filter(id__gte=seal.first_id, id__lte=seal.last_id).order_by("id"))
        # Whole seals expire after 12 months; a part of one may not be missing.
        if rows and (len(rows) != seal.count or _access_hash(rows) != seal.hash):
            problems.append(f"Zugriffe {seal.first_id} bis {seal.last_id} sind verändert")
    return Verdict(seq, seq, previous, erased, tuple(problems))


# --- looks into the accesses: two keys and a cause --------------------------------------------------------------------


def _key(actor: Actor) -> str:
    found = policy.key_of(actor)
    if actor.kind != "user" or found is None:
        raise Forbidden
    return found


def _turn(actor: Actor, at: datetime) -> str:
    """The key of ``actor``, if it may be turned: the password is theirs alone (ADR 018)."""
    found = _key(actor)
    if actor.key_from is not None and at < actor.key_from:
        text = (
            "Ihr Passwort hat die Betriebsrolle gesetzt. Einsicht fragen und zustimmen können Sie wieder ab "
            f"{format_moment(actor.key_from, year=True)} Uhr. Haben Sie darum nicht gebeten, sagen Sie es bitte der Leitung."
        )
        raise Refused(text, code="key_waits")
    return found


@verb(AccessInquiry)
def ask_accesses(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    about: InquiryAbout,
    about_id: UUID,
    cause: str,
    first_day: date,
    last_day: date,
    op: UUID | None = None,
) -> AccessInquiry:
    """Ask for a look into the accesses of a person's file, or of a colleague. Nothing can be read before the other key agrees."""
    key = _turn(actor, at)
    if len(cause.strip()) < LEAST_CAUSE:
        raise Refused("Bitte nennen Sie den Anlass, zum Beispiel die Beschwerde und ihr Zeichen.", code="cause", field="cause")
    if last_day < first_day:
        raise Refused("Der letzte Tag liegt vor dem ersten.", code="period", field="last_day")
    if first_day > berlin_day(at):
        raise Refused("Dieser Tag kommt erst noch.", code="future", field="first_day")
    if about == InquiryAbout.USER and (last_day - first_day).days >= MOST_DAYS_OF_A_COLLEAGUE:
        text = f"Über Kolleginnen und Kollegen höchstens {MOST_DAYS_OF_A_COLLEAGUE} Tage. Der Anlass sagt, welche."
        raise Refused(text, code="too_long", field="last_day")
    asked = AccessInquiry.objects.create(
        jobcenter_id=actor.jobcenter_id,
        about=about,
        about_id=about_id,
        cause=cause.strip()[:300],
        first_day=first_day,
        last_day=min(last_day, berlin_day(at)),
        asked_by=actor.id,
        asked_as=key,
        asked_at=at,
    )
    ledger.event("inquiry.asked", asked, about=about, about_id=about_id, cause=asked.cause, first_day=first_day, last_day=asked.last_day)
    return asked


@verb(AccessInquiry)
def answer_accesses(
    ledger: Ledger, *, actor: Actor, at: datetime, inquiry_id: UUID, agree: bool, answer: str = "", op: UUID | None = None
) -> AccessInquiry:
    """Turn the second key, or refuse with a reason. Never the key that asked, never the one who asked."""
    key = _turn(actor, at)
    asked = locked(AccessInquiry, inquiry_id)
    if asked.state != InquiryState.ASKED:
        raise Refused("Diese Anfrage ist schon beantwortet.", code="state")
    if key == asked.asked_as or actor.id == asked.asked_by:
        raise Refused("Den zweiten Schlüssel hat die andere Stelle: Datenschutz und Personalrat stimmen einander zu.", code="same_key")
    if not agree and not answer.strip():
        raise Refused("Bitte schreiben Sie kurz, warum nicht.", code="answer", field="answer")
    asked.state = InquiryState.OPEN if agree else InquiryState.REFUSED
    asked.answered_by, asked.answered_at, asked.answer = actor.id, at, answer.strip()[:300]
    asked.open_until = berlin_day(at) + timedelta(days=READABLE_DAYS) if agree else None
    asked.version += 1
    asked.save()
    ledger.event(f"inquiry.{asked.state}", asked, answer=asked.answer)
    return asked


@verb(AccessInquiry)
def close_accesses(ledger: Ledger, *, actor: Actor, at: datetime, inquiry_id: UUID, op: UUID | None = None) -> AccessInquiry:
    """Close a look, or take the question back. Either side may."""
    _key(actor)
    held = locked(AccessInquiry, inquiry_id)
    if held.state not in {InquiryState.ASKED, InquiryState.OPEN}:
        raise Refused("Diese Anfrage ist schon geschlossen.", code="state")
    held.state = InquiryState.CLOSED
    held.closed_at = at
    held.version += 1
    held.save()
    ledger.event("inquiry.closed", held)
    return held


@verb(AccessInquiry)
def read_accesses(ledger: Ledger, *, actor: Actor, at: datetime, inquiry_id: UUID, count: int, op: UUID | None = None) -> AccessInquiry:
    """Note that the accesses were read: the look itself stands in the chain."""
    _turn(actor, at)
    held = locked(AccessInquiry, inquiry_id)
    ledger.event("inquiry.read", held, count=count)
    return held


@verb(Outbox)
def deliver_again(ledger: Ledger, *, actor: Actor, at: datetime, kind: str, op: UUID | None = None) -> Outbox:
    """Let the worker try everything of ``kind`` that has not gone out, as if for the first time; give the oldest."""
    if not policy.may_deliver_again(actor):
        raise Forbidden
    waiting = Outbox.objects.filter(kind=kind, done_at=None).order_by("created_at", "id")
    rows = [row for row in waiting.select_for_update(of=("self",)) if row.tries]
    if not rows:
        raise Refused("Davon ist nichts mehr offen. Es ist inzwischen zugestellt.", code="delivered")
    for row in rows:
        ledger.event("outbox.again", row, tries=row.tries)
    Outbox.objects.filter(pk__in=[row.pk for row in rows]).update(tries=0, next_try_at=None)
    return rows[0]
