"""Deliveries of the paying system: upload, the difference, taking over and back, what was refused and why."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render as page
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.benefits import delivered, policy
from hilfefrei.apps.benefits import delivery_tasks as tasks
from hilfefrei.apps.benefits import domain as verbs
from hilfefrei.apps.benefits.models import Delivery, DeliveryRow, VendorMapping
from hilfefrei.apps.benefits.neutral import choices_of
from hilfefrei.apps.benefits.workflows import DeliveryKind, DeliveryState, RowState
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.people import policy as people_policy
from hilfefrei.apps.people.models import Number
from hilfefrei.apps.people.workflows import NumberKind
from hilfefrei.core import clock
from hilfefrei.core.days import berlin_day
from hilfefrei.core.deliveries.check import HINTS, RULES
from hilfefrei.core.deliveries.read import MAX_BYTES
from hilfefrei.core.deliveries.schema import tables
from hilfefrei.core.money import format_euro, group_thousands
from hilfefrei.www import notes
from hilfefrei.www.fields import GermanDateField
from hilfefrei.www.requests import Request, op_of, version_of
from hilfefrei.www.sheets import AT_ONCE, xlsx
from hilfefrei.www.sheets import Cell as SheetCell
from hilfefrei.www.verbs import VerbForm

PAGE = 25
# Larger files and deliveries are read and taken over by the background service; the page says how far it is.
LARGE_BYTES = 300_000
LARGE_CHANGES = 3_000
STATE_TAGS = {
    DeliveryState.WAITING: "info",
    DeliveryState.STAGED: "warning",
    DeliveryState.APPLIED: "success",
    DeliveryState.REFUSED: "danger",
    DeliveryState.DISCARDED: "plain",
    DeliveryState.UNDONE: "plain",
}
STEPS = ("Datei", "Prüfung", "Unterschied", "Übernahme")
STEP_OF = {
    DeliveryState.WAITING: 1,
    DeliveryState.REFUSED: 1,
    DeliveryState.STAGED: 2,
    DeliveryState.DISCARDED: 2,
    DeliveryState.UNDONE: 3,
    DeliveryState.APPLIED: 4,
}
CHANGES = (RowState.NEW, RowState.CHANGED, RowState.GONE)
# Headings of the rows as a table, and how wide.
COLUMNS = (
    ("Tabelle", 20), ("Zeile", 8), ("Schlüssel", 28), ("Stand", 15), ("Was sich ändert", 50), ("Was auffiel", 50), ("Abhilfe", 40), ("Regel", 20),
)


class UploadForm(VerbForm):
    """A delivery as a file; what it says itself need not be said here."""

    file = forms.FileField(
        label="Datei", help_text="ZIP mit Tabellen, oder eine Tabelle als CSV oder Parquet", widget=forms.FileInput(attrs={"accept": ".zip,.csv,.txt,.parquet"})
    )
    as_of = GermanDateField(label="Stand der Daten", not_future=True, help_text="nur wenn die Datei ihn nicht sagt")
    kind = forms.ChoiceField(label="Art", choices=[("", "wie in der Datei"), *DeliveryKind.choices], required=False)
    is_complete = forms.BooleanField(label="Vollständig: Was darin fehlt, läuft nicht mehr.", required=False)

    def clean_file(self) -> Any:
        """Refuse what is too large before it is read."""
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            message = f"Die Datei ist größer als {MAX_BYTES // 1024 // 1024} MB. Bitte teilen Sie die Lieferung."
            raise forms.ValidationError(message)
        return file


class MappingForm(VerbForm):
    """How a vendor names things, as a file."""

    file = forms.FileField(label="Zuordnung (JSON)", help_text="Aufbau: docs/deliveries.md", widget=forms.FileInput(attrs={"accept": ".json"}))


def _delivery(request: Request, delivery_id: UUID) -> Delivery:
    require(policy.may_see_deliveries(request.actor))
    found = Delivery.objects.select_related("uploaded_by").filter(pk=delivery_id).first()
    if found is None:
        raise Http404
    return found


def _sum(counts: dict[str, Any]) -> int:
    return sum(int(counts.get(state, 0)) for state in CHANGES)


@dataclass(frozen=True)
class Listed:
    """A delivery in a list."""

    delivery: Delivery

    @property
    def tag(self) -> str:
        """The kind of its status."""
        return STATE_TAGS[DeliveryState(self.delivery.state)]

    @property
    def by(self) -> str:
        """Who handed it in."""
        user = self.delivery.uploaded_by
        return user.get_full_name() if user else "Ordner oder Kommandozeile"

    @property
    def what(self) -> str:
        """What came in."""
        counts, kind = self.delivery.counts, self.delivery.get_kind_display()
        if "rows" not in counts:
            return kind
        parts = [f"{group_thousands(counts['rows'])} Zeilen"]
        parts += [f"{group_thousands(counts[state])} {RowState(state).label}" for state in (*CHANGES, RowState.REJECTED) if counts[state]]
        return f"{kind}: {', '.join(parts)}"


def index(request: Request) -> HttpResponse:
    """All deliveries, what waits first to be seen; a file is handed in here."""
    require(policy.may_see_deliveries(request.actor))
    works = policy.may_deliver(request.actor)
    form = UploadForm(request.POST or None, request.FILES or None) if works else None
    if request.method == "POST":
        require(works)
        if form is not None and form.is_valid():
            received = _upload(request, form)
            if received is not None:
                return redirect("benefits:delivery", received.pk)
    shown = Paginator(delivered.deliveries(), PAGE).get_page(request.GET.get("seite"))
    return page(
        request,
        "benefits/deliveries.html",
        {
            "form": form,
            "mapping_form": MappingForm() if works else None,
            "mappings": list(VendorMapping.objects.order_by("name", "id")),
            "rows": [Listed(one) for one in shown],
            "page": shown,
            "alarms": delivered.alarms(),
            "waiting": delivered.waiting(),
            "works": works,
        },
        status=422 if form is not None and form.errors else 200,
    )


def _upload(request: Request, form: UploadForm) -> Delivery | None:
    data = form.cleaned_data
    file, kind = data["file"], data["kind"] or None
    if file.size <= LARGE_BYTES:
        return form.run(
            verbs.stage_delivery, request, file_name=file.name, content=file.read(), as_of=data["as_of"],
            kind=DeliveryKind(kind) if kind else None, is_complete=True if data["is_complete"] else None,
        )  # fmt: skip
    digest = hashlib.sha256()
    draft = tasks.waiting_file(Path(settings.DATA), f"draft-{data['op']}")
    draft.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with draft.open("wb") as opened:
        for chunk in file.chunks():
            digest.update(chunk)
            opened.write(chunk)
    draft.chmod(0o600)
    given = {"as_of": data["as_of"].isoformat() if data["as_of"] else "", "kind": kind or "", "is_complete": data["is_complete"]}
    received = form.run(verbs.receive_later, request, file_name=file.name, sha256=digest.hexdigest(), given=given)
    if received is None or received.state != DeliveryState.WAITING:
        draft.unlink(missing_ok=True)
        return received
    draft.replace(tasks.waiting_file(Path(settings.DATA), received.pk))
    return received


@require_POST
def mapping(request: Request) -> HttpResponse:
    """Keep how a vendor names tables, columns and values."""
    require(policy.may_deliver(request.actor))
    form = MappingForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            content = json.loads(form.cleaned_data["file"].read(1_000_000).decode("utf-8-sig"))
            saved = verbs.save_mapping(actor=request.actor, at=clock.now(), op=op_of(request), content=content)
        except (ValueError, RecursionError):
            notes.failed(request, "Das ist keine Zuordnung. Erwartet wird eine JSON-Datei, Aufbau in docs/deliveries.md.")
        except Refused as error:
            notes.failed(request, str(error))
        else:
            notes.done(request, f"Die Zuordnung „{saved.name}“ ist gespeichert. Lieferungen, die so heißen oder passen, nutzen sie.")
    else:
        notes.failed(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return redirect("benefits:deliveries")


@require_POST
def forget_mapping(request: Request, mapping_id: UUID) -> HttpResponse:
    """Delete how a vendor names things."""
    require(policy.may_deliver(request.actor))
    held, op = VendorMapping.objects.filter(pk=mapping_id).first(), op_of(request)
    if held is None and not audit.is_repeat(request.actor, op):
        raise Http404
    verbs.delete_mapping(actor=request.actor, at=clock.now(), op=op, mapping_id=mapping_id)
    notes.done(request, f"Die Zuordnung {f'„{held.name}“ ' if held else ''}ist gelöscht. Was mit ihr übernommen wurde, bleibt.")
    return redirect("benefits:deliveries")


def _rows_url(delivery: Delivery, **query: str) -> str:
    return f"{reverse('benefits:delivery_rows', args=[delivery.pk])}?{urlencode(query)}"


@dataclass(frozen=True)
class Cell:
    """A number of the difference and where its rows are; empty where there is none."""

    label: str
    count: int
    url: str
    words: str


@dataclass(frozen=True)
class TableLine:
    """One table: its numbers, and how many rows it had last time."""

    title: str
    rows: int
    last: int | None
    cells: tuple[Cell, ...]

    @property
    def change(self) -> str:
        """Rows more or fewer than last time."""
        if self.last is None:
            return ""
        more = self.rows - self.last
        return "gleich viele" if not more else f"{'+' if more > 0 else '−'}{group_thousands(abs(more))}"


def _lines(delivery: Delivery, before: Delivery | None) -> list[TableLine]:
    last = before.counts.get("tables", {}) if before else {}
    found = []
    for name, told in delivery.counts.get("tables", {}).items():
        title = tables()[name].title
        cells = tuple(
            Cell(str(state.label), told[state], _rows_url(delivery, tabelle=name, stand=state) if told[state] else "", f"{title}: {state.label}")
            for state in (RowState.NEW, RowState.CHANGED, RowState.GONE, RowState.REJECTED)
        )
        found.append(TableLine(title, told["rows"], last.get(name, {}).get("rows"), cells))
    return found


def _told(delivery: Delivery) -> list[tuple[str, str, str]]:
    """What to look at before taking over: kind of tag, its word, the sentence."""
    counts = delivery.counts
    found = [("warning", "bitte ansehen", text) for text in counts.get("held") or tasks.implausible(delivery) if not text.startswith(delivery.get_kind_display())]
    if counts["same_as"]:
        found.insert(0, ("info", "dieselbe Datei", "Diese Datei wurde schon einmal übernommen. Zweimal einlesen ändert nichts."))
    found += [("info", "läuft noch", text) for text in counts.get("told_endless", ())]
    if counts["linked"]:
        text = f"{counts['linked']} Personen, die hier ohne Nummer geführt werden, bekommen ihre Kundennummer. Name und Geburtsdatum gehören dann dem zahlenden Verfahren."
        found.append(("info", "verbunden", text))
    return found


HEADLINES: dict[str, Callable[[dict[str, Any]], str]] = {
    DeliveryState.WAITING: lambda _: "Die Datei wird eingelesen",
    DeliveryState.STAGED: lambda c: f"{group_thousands(_sum(c))} {'Änderung' if _sum(c) == 1 else 'Änderungen'}" if _sum(c) else "Es ändert sich nichts",
    DeliveryState.APPLIED: lambda c: f"Übernommen: {group_thousands(_sum(c))} {'Änderung' if _sum(c) == 1 else 'Änderungen'}",
    DeliveryState.UNDONE: lambda _: "Zurückgenommen, alles ist wie vorher",
    DeliveryState.DISCARDED: lambda _: "Verworfen, nichts wurde geändert",
    DeliveryState.REFUSED: lambda _: "Datei abgelehnt, nichts wurde geändert",
}


def delivery(request: Request, pay_id: UUID) -> HttpResponse:
    """What would change, what is refused and why; counts only, no names."""
    found = _delivery(request, pay_id)
    works, counts = policy.may_deliver(request.actor), found.counts
    ready = "tables" in counts
    changes = _sum(counts)
    rules = [(code, RULES.get(code, code), number, _rows_url(found, regel=code)) for code, number in counts.get("rules", {}).items()]
    hints = [(code, HINTS.get(code, code), number, _rows_url(found, regel=code)) for code, number in counts.get("hints", {}).items()]
    step = STEP_OF[DeliveryState(found.state)]
    before = delivered.before(found) if ready else None
    return page(
        request,
        "benefits/delivery.html",
        {
            "delivery": found,
            "counts": counts if ready else None,
            "changes": changes,
            "apply_words": f"{group_thousands(changes)} {'Änderung' if changes == 1 else 'Änderungen'} übernehmen",
            "headline": HEADLINES[found.state](counts),
            "lines": _lines(found, before) if ready else [],
            "before": before,
            "rules": rules,
            "hints": hints,
            "told": _told(found) if ready and found.state == DeliveryState.STAGED else [],
            "steps": [(words, number < step, number == step) for number, words in enumerate(STEPS)],
            "tag": STATE_TAGS[DeliveryState(found.state)],
            "by": Listed(found).by,
            "works": works,
            "busy": bool(found.step),
        },
    )


@require_GET
def step(request: Request, pay_id: UUID) -> HttpResponse:
    """How far the background service is; when it is done the page loads anew."""
    found = _delivery(request, pay_id)
    if not request.htmx:
        return redirect("benefits:delivery", found.pk)
    answer = page(request, "benefits/parts/delivery_step.html", {"delivery": found})
    if not found.step:
        answer["HX-Refresh"] = "true"
    return answer


ACTS = {
    "uebernehmen": (verbs.apply_delivery, "Die Lieferung ist übernommen."),
    "verwerfen": (verbs.discard_delivery, "Die Lieferung ist verworfen. Es wurde nichts geändert."),
    "zuruecknehmen": (verbs.undo_delivery, "Die Lieferung ist zurückgenommen. Alles ist wie vorher."),
}


@require_POST
def act(request: Request, pay_id: UUID, act: str) -> HttpResponse:
    """Take over, discard, take back."""
    found = _delivery(request, pay_id)
    require(policy.may_deliver(request.actor))
    if act not in ACTS:
        raise Http404
    verb, text = ACTS[act]
    more: dict[str, Any] = {}
    if act == "uebernehmen":
        more["version"] = version_of(request)
        if _sum(found.counts) > LARGE_CHANGES:
            verb, text = verbs.apply_later, "Die Übernahme läuft im Hintergrund. Sie können weiterarbeiten."
    verb(actor=request.actor, at=clock.now(), op=op_of(request), delivery_id=found.pk, **more)
    undo = reverse("benefits:delivery_act", args=[found.pk, "zuruecknehmen"]) if verb is verbs.apply_delivery else ""
    notes.done(request, text, undo=undo)
    return redirect("benefits:delivery", found.pk)


FIELD_WORDS = {
    "first_name": "Vorname", "last_name": "Nachname", "birth_date": "Geburtsdatum", "valid_from": "von", "valid_to": "bis", "starts": "von", "ends": "bis",
    "value": "Nummer", "role": "Rolle", "stay": "wohnt", "kind": "Art", "decided_on": "vom", "granted_from": "bewilligt von", "granted_to": "bewilligt bis",
    "provisional": "vorläufig", "end_reason": "Grund des Endes", "employable": "erwerbsfähig", "month": "Monat", "llu_cents": "Lebensunterhalt",
    "luh_cents": "Unterkunft und Heizung", "started_on": "am", "ended_on": "geendet am", "way": "Weg", "measure": "Maßnahme", "ended_how": "Ende",
    "name": "zuständig", "phone": "Telefon", "reference": "Zeichen", "theirs": "im zahlenden Verfahren", "settled_on": "geklärt am",
}  # fmt: skip


def _words(kind: str, name: str, value: Any) -> str:
    if value is None or value == "":
        return "leer"
    if name.endswith("_cents"):
        return format_euro(int(value))
    if isinstance(value, bool):
        return "ja" if value else "nein"
    choices = choices_of(kind, name)
    if value in choices:
        return choices[value]
    text = str(value)
    return f"{text[8:10]}.{text[5:7]}.{text[:4]}" if len(text) == 10 and text[4] == text[7] == "-" else text


@dataclass(frozen=True)
class RowShown:
    """A row of a delivery as it is read. ``hidden``: about a protected person who is not the reader's to see."""

    row: DeliveryRow
    hidden: bool

    @property
    def table(self) -> str:
        """Its table in words."""
        return tables()[self.row.table].title

    @property
    def count(self) -> int:
        """How many new rows it holds together; 0 for one of its own."""
        return len(self.row.data) if self.row.state == RowState.NEW and self.row.key.startswith("Zeile ") else 0

    @property
    def differences(self) -> list[tuple[str, str, str]]:
        """Field, before and after of what was here before."""
        steps = zip(self.row.data, self.row.before, strict=True)
        return [
            (FIELD_WORDS[name], _words(kind, name, old.get(name)), _words(kind, name, to[name]) if to is not None else "entfällt")
            for (kind, _, to), old in steps
            if old is not None
            for name in (to if to is not None else old)
            if name in FIELD_WORDS
        ]

    @property
    def brought(self) -> str:
        """What is new, in one line; what is empty is left out."""
        steps = zip(self.row.data, self.row.before, strict=True)
        parts = [part for (kind, _, to), old in steps if old is None and kind not in {"responsibility", "contradiction"} for part in _brought(kind, to)]
        return " · ".join(dict.fromkeys(parts))


def _brought(kind: str, to: dict[str, Any]) -> list[str]:
    told = {name: _words(kind, name, value) for name, value in to.items() if name in FIELD_WORDS and value not in {None, ""}}
    if kind == "number":
        told = {"value": f"{told.pop('kind')} {told.pop('value')}"} | told
        return [told.pop("value"), *(f"{FIELD_WORDS[name]} {words}" for name, words in told.items())]
    return [f"{FIELD_WORDS[name]} {words}" for name, words in told.items()]


def _people(row: DeliveryRow) -> set[UUID]:
    """Whom a row is about, as far as it has changed something here."""
    ids = {UUID(pk) for kind, pk, _ in row.data if kind == "person"}
    for (_, _, to), old in zip(row.data, row.before, strict=True):
        ids |= {UUID(fields["person_id"]) for fields in (to, old) if fields and fields.get("person_id")}
    if row.table == "personen" and row.object_id is not None:
        ids.add(row.object_id)
    return ids


def _about(rows: list[DeliveryRow]) -> list[set[UUID]]:
    """Whom each row is about; of a refused one by its customer number."""
    raw = {row.raw.get("kundennummer", "") for row in rows} - {""}
    held = Number.objects.filter(kind=NumberKind.CUSTOMER, value__in=raw).exclude(person=None).order_by("id").values_list("value", "person_id")
    by_number = {value: person for value, person in held if person is not None}
    # The rows of the tables below a person's name only the steps know; those kept together are not read one by one.
    found = []
    for row in rows:
        ids = _people(row) if len(row.data) < 10 else set()
        number = row.raw.get("kundennummer", "")
        found.append(ids | ({by_number[number]} if number in by_number else set()))
    return found


def rows(request: Request, pay_id: UUID) -> HttpResponse:
    """The rows behind a number. They hold names, so benefits only, and the look is recorded."""
    found = _delivery(request, pay_id)
    require(policy.may_deliver(request.actor))
    table, state, code = (request.GET.get(name, "") for name in ("tabelle", "stand", "regel"))
    table, state = table if table in tables() else "", state if state in RowState.values else ""
    code = code if code in RULES or code in HINTS else ""
    asked = delivered.rows_of_delivery(found, table=table, state=state, code=code)
    if request.GET.get("form") == "xlsx":
        return _xlsx(request, asked)
    shown = Paginator(asked, PAGE).get_page(request.GET.get("seite"))
    listed = list(shown)
    about = _about(listed)
    hidden = people_policy.hidden_from(request.actor, set().union(*about), clock.today())
    seen = set().union(*about) - hidden
    audit.log_access(actor=request.actor, kind="search", page="benefits:delivery_rows", person_ids=sorted(seen), at=clock.now())
    what = [tables()[table].title] if table else []
    what += [RowState(state).label] if state else []
    what += [RULES.get(code) or HINTS.get(code, code)] if code else []
    query = request.GET.copy()
    query.pop("seite", None)
    return page(
        request,
        "benefits/delivery_rows.html",
        {
            "delivery": found,
            "rows": [RowShown(row, bool(ids & hidden)) for row, ids in zip(listed, about, strict=True)],
            "page": shown,
            "what": ", ".join(what),
            "query": query.urlencode(),
        },
    )


def _xlsx(request: Request, asked: QuerySet[DeliveryRow]) -> HttpResponse:
    """The same rows as a table, all of them. Protected people are in no table that leaves the house."""
    today = clock.today()
    seen: set[UUID] = set()

    def cells() -> Iterator[tuple[SheetCell, ...]]:
        for listed in _parts(asked.iterator(chunk_size=AT_ONCE)):
            about = _about(listed)
            people = set().union(*about)
            left_out = people_policy.guarded(people, today) | people_policy.hidden_from(request.actor, people, today)
            seen.update(people - left_out)
            yield from (_cells(RowShown(row, hidden=False)) for row, ids in zip(listed, about, strict=True) if not ids & left_out)

    answer = xlsx("zeilen.xlsx", "Zeilen", COLUMNS, cells())
    audit.log_access(actor=request.actor, kind="export", page="benefits:delivery_rows", person_ids=sorted(seen), at=clock.now())
    return answer


def _parts(rows: Iterable[DeliveryRow]) -> Iterator[list[DeliveryRow]]:
    """Rows by as many as are looked up at once."""
    left = iter(rows)
    while part := list(islice(left, AT_ONCE)):
        yield part


def _cells(shown: RowShown) -> tuple[SheetCell, ...]:
    row = shown.row
    changes = [shown.brought] if shown.brought and not shown.count else []
    changes += [f"{field}: {old} → {new}" for field, old, new in (() if shown.count else shown.differences)]
    return (
        shown.table,
        row.line,
        row.key,
        row.get_state_display(),
        f"{group_thousands(shown.count)} neue Zeilen, zusammengefasst" if shown.count else "; ".join(changes),
        " ".join(reason["text"] for reason in row.reasons),
        " ".join(reason["remedy"] for reason in row.reasons if reason["remedy"]),
        row.codes.strip(),
    )


def rejects(request: Request, pay_id: UUID) -> HttpResponse:
    """The refused rows as a file for whoever delivers. Protected people whom the reader may not see are left out."""
    found = _delivery(request, pay_id)
    require(policy.may_deliver(request.actor))
    listed = list(delivered.rejected(found))
    about = _about(listed)
    hidden = people_policy.hidden_from(request.actor, set().union(*about), berlin_day(clock.now()))
    told = [row for row, ids in zip(listed, about, strict=True) if not ids & hidden]
    audit.log_access(
        actor=request.actor, kind="export", page="benefits:delivery_rejects", person_ids=sorted(set().union(*about) - hidden), at=clock.now()
    )
    answer = HttpResponse(delivered.rejects_csv(told), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="zurueckgewiesen.csv"'
    return answer
