"""Deliveries of vacancies: upload, columns, the difference, taking over and back, what was refused and why."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render as page
from django.urls import reverse
from django.views.decorators.http import require_POST

from hilfefrei.apps.org.policy import require
from hilfefrei.apps.vacancies import domain as verbs
from hilfefrei.apps.vacancies import policy, queries
from hilfefrei.apps.vacancies.models import Delivery, DeliveryRow, PostalPlace, Vacancy
from hilfefrei.apps.vacancies.workflows import ImportState, RowState, WageUnit
from hilfefrei.core import clock
from hilfefrei.core.matching import columns
from hilfefrei.core.matching.delivery import BUILT_IN, DeliveryError
from hilfefrei.core.money import format_euro, group_thousands
from hilfefrei.www import notes
from hilfefrei.www.jobs.forms import ColumnsForm, PlacesForm, UploadForm
from hilfefrei.www.requests import Request, op_of, version_of

PAGE = 25
FEW = 8
# Shares from which a delivery is pointed out before it is taken over.
MANY_GONE = 0.2
MANY_REJECTED = 0.1
STATE_TAGS = {
    ImportState.COLUMNS: "warning",
    ImportState.STAGED: "warning",
    ImportState.APPLIED: "success",
    ImportState.REFUSED: "danger",
    ImportState.DISCARDED: "plain",
    ImportState.UNDONE: "plain",
}
# What a reason of a row is called in a list of reasons, and what follows from it here.
REASON_WORDS: dict[str, tuple[str, str]] = {
    "broken": ("Zeile nicht lesbar", "bleibt weg"),
    "reference_missing": ("Nummer fehlt", "bleibt weg"),
    "reference_long": ("Nummer zu lang", "bleibt weg"),
    "title_missing": ("Titel und Beruf fehlen", "bleibt weg"),
    "place_missing": ("Ort und Postleitzahl fehlen", "bleibt weg"),
    "abroad": ("im Ausland", "bleibt weg"),
    "stale": ("Anzeige älter als ein Jahr", "bleibt weg"),
    "closed": ("schon abgelaufen", "bleibt weg"),
    "duplicate": ("doppelt in der Datei", "einmal übernommen"),
    "title_from_occupation": ("Titel fehlte", "es gilt der Beruf"),
    "plz_zero": ("Null vor der Postleitzahl fehlte", "ergänzt"),
    "plz_wrong": ("Postleitzahl unbrauchbar", "ohne sie übernommen"),
    "coordinates_wrong": ("Lage nicht in Deutschland", "nach Postleitzahl gesetzt"),
    "published_wrong": ("Tag der Anzeige unlesbar", "ohne ihn übernommen"),
    "published_future": ("Anzeige aus der Zukunft", "ohne Tag übernommen"),
    "starts_wrong": ("Eintrittstag unlesbar", "ohne ihn übernommen"),
    "closes_wrong": ("Ablauftag unlesbar", "ohne ihn übernommen"),
    "flag_wrong": ("weder ja noch nein", "gilt als nicht angegeben"),
    "wage_unit": ("Lohn in falscher Einheit", "Einheit richtiggestellt"),
    "wage_low_dropped": ("unterer Lohn zu niedrig", "nur der obere zählt"),
    "wage_high_dropped": ("oberer Lohn passt nicht", "nur der untere zählt"),
    "wage_swapped": ("Lohn von und bis vertauscht", "getauscht"),
    "wage_implausible": ("Lohn kann nicht stimmen", "ohne Lohn übernommen"),
    "wage_zero": ("Lohn ist null", "ohne Lohn übernommen"),
    "wage_unreadable": ("Lohn unlesbar", "ohne Lohn übernommen"),
    "hours_wrong": ("Stunden unlesbar", "ohne Stunden übernommen"),
    "hours_swapped": ("Stunden von und bis vertauscht", "getauscht"),
    "time_wrong": ("Uhrzeit unlesbar", "ohne sie übernommen"),
    "licence_wrong": ("Führerschein unlesbar", "nach dem Beruf gesetzt"),
    "url_wrong": ("Adresse im Netz unbrauchbar", "ohne sie übernommen"),
}
LONG = ("Text zu lang", "gekürzt")
CONSEQUENCES = {
    RowState.NEW: "kommt in die Stellenbörse",
    RowState.GONE: "wird nicht mehr vorgeschlagen",
    "again": "wird wieder vorgeschlagen",
    "wage": "neuer Lohn gilt",
    "hours": "neue Zeiten gelten",
    "text": "neuer Text gilt",
    "place": "neuer Ort gilt",
    "dates": "neue Tage gelten",
    "other": "neue Angaben gelten",
}
REFUSING = ("broken", "reference_missing", "reference_long", "title_missing", "place_missing", "abroad", "stale", "closed")


def reason_words(code: str) -> tuple[str, str]:
    """What a reason is called and what follows."""
    return REASON_WORDS.get(code, LONG if code.endswith("_long") else (code, ""))


def _delivery(request: Request, delivery_id: UUID) -> Delivery:
    require(policy.may_import(request.actor))
    found = Delivery.objects.select_related("uploaded_by").filter(pk=delivery_id).first()
    if found is None:
        raise Http404
    return found


@dataclass(frozen=True)
class Listed:
    """A delivery in a list."""

    delivery: Delivery

    @property
    def tag(self) -> str:
        """The kind of its status."""
        return STATE_TAGS[ImportState(self.delivery.state)]

    @property
    def by(self) -> str:
        """Who handed it in."""
        user = self.delivery.uploaded_by
        return user.get_full_name() if user else "Kommandozeile"

    @property
    def what(self) -> str:
        """What came in."""
        counts, source = self.delivery.counts, self.delivery.feed or self.delivery.get_source_display()
        if not counts:
            return source
        numbers = {name: group_thousands(counts[name]) for name in ("rows", "new", "changed", "gone", "rejected")}
        parts = [f"{numbers['rows']} Zeile{'' if counts['rows'] == 1 else 'n'}"]
        if self.delivery.state in {ImportState.STAGED, ImportState.APPLIED, ImportState.UNDONE}:
            parts += [f"{numbers['new']} neu", f"{numbers['changed']} geändert"]
            parts += [f"{numbers['gone']} beendet"] if counts["gone"] else []
            parts += [f"{numbers['rejected']} zurück"] if counts["rejected"] else []
        return f"{source}: {', '.join(parts)}"


def index(request: Request) -> HttpResponse:
    """All deliveries, what waits first to be seen; a file is handed in here."""
    require(policy.may_import(request.actor))
    names = [*BUILT_IN, *(mapping.name for mapping in queries.mappings())]
    form = UploadForm(request.POST or None, request.FILES or None, names=names)
    if request.method == "POST" and form.is_valid():
        content = form.cleaned_data["file"].read()
        name = form.cleaned_data["mapping"]
        chosen = BUILT_IN.get(name) or next((m for m in queries.mappings() if m.name == name), None)
        received = form.run(
            verbs.stage_delivery, request, file_name=form.cleaned_data["file"].name, content=content, mapping=chosen,
            ask=name == "?", is_full=form.cleaned_data["is_full"],
        )  # fmt: skip
        if received is not None:
            return redirect("jobs:delivery", received.pk)
    shown = Paginator(queries.deliveries(), PAGE).get_page(request.GET.get("seite"))
    return page(
        request,
        "jobs/deliveries.html",
        {
            "form": form,
            "places": PlacesForm(),
            "place_count": PostalPlace.objects.count(),
            "lost": Vacancy.objects.filter(state="open", lat=None).count(),
            "rows": [Listed(delivery) for delivery in shown],
            "page": shown,
            "alarms": queries.alarms(),
            "waiting": queries.waiting(),
            "may_read": policy.may_read(request.actor),
        },
        status=422 if form.errors else 200,
    )


@require_POST
def places(request: Request) -> HttpResponse:
    """A new list of postal codes."""
    require(policy.may_import(request.actor))
    form = PlacesForm(request.POST, request.FILES)
    if not form.is_valid():
        notes.failed(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect("jobs:deliveries")
    verbs.import_places(actor=request.actor, at=clock.now(), op=op_of(request), content=form.cleaned_data["file"].read())
    notes.done(request, "Die Liste der Postleitzahlen ist neu.")
    return redirect("jobs:deliveries")


@dataclass(frozen=True)
class Change:
    """A line of what changes: how many, an example, what follows, and where its rows are."""

    words: str
    count: int
    example: str
    follows: str
    url: str
    kind: str = ""


def _rows_url(delivery: Delivery, **query: str) -> str:
    return f"{reverse('jobs:delivery_rows', args=[delivery.pk])}?{urlencode(query)}"


def _changes(delivery: Delivery) -> list[tuple[str, int, list[Change]]]:
    counts, examples = delivery.counts, delivery.counts["examples"]

    def line(words: str, count: int, code: str, follows: str, **query: str) -> Change:
        example = examples.get(code, {})
        text = example.get("text") or example.get("title", "")
        return Change(words, count, text, follows, _rows_url(delivery, **query), "over" if code == RowState.GONE else "")

    groups: list[tuple[str, int, list[Change]]] = []
    if counts["new"]:
        groups.append(("Neu", counts["new"], [line("neue Stelle", counts["new"], RowState.NEW, CONSEQUENCES[RowState.NEW], stand="new")]))
    if counts["changed"]:
        lines = [
            line(words, counts["changes"][code], f"{verbs.CHANGE_MARK}{code}", CONSEQUENCES[code], grund=f"{verbs.CHANGE_MARK}{code}")
            for code, words in verbs.CHANGE_WORDS.items()
            if counts["changes"].get(code)
        ]
        groups.append(("Geändert", counts["changed"], lines))
    if counts["gone"]:
        groups.append(("Beendet", counts["gone"], [line("fehlt in der Lieferung", counts["gone"], RowState.GONE, CONSEQUENCES[RowState.GONE], stand="gone")]))
    if counts["repaired"]:
        lines = [
            line(reason_words(code)[0], count, code, reason_words(code)[1], grund=code)
            for code, count in counts["reasons"].items()
            if code not in REFUSING
        ]
        groups.append(("Repariert, steckt in den Zahlen darüber", counts["repaired"], lines))
    return groups


def _told(delivery: Delivery) -> list[tuple[str, str, str]]:
    """What to look at before taking over: kind of tag, its word, the sentence."""
    counts = delivery.counts
    found: list[tuple[str, str, str]] = []
    if counts["same_as"]:
        found.append(("info", "dieselbe Datei", "Diese Datei wurde schon einmal übernommen. Zweimal einlesen ändert nichts."))
    if counts["stated"] and counts["stated"] > counts["rows"]:
        text = f"Die Jobsuche kündigt {group_thousands(counts['stated'])} Stellen an, in der Datei stehen {group_thousands(counts['rows'])}. Es fehlen Seiten."
        found.append(("warning", "unvollständig", text))
    if counts["gone"] > MANY_GONE * max(1, counts["stock"]):
        text = f"{group_thousands(counts['gone'])} von {group_thousands(counts['stock'])} offenen Stellen enden mit dieser Lieferung."
        found.append(("warning", "bitte ansehen", text))
    if counts["rejected"] > MANY_REJECTED * max(1, counts["rows"]):
        share = round(100 * counts["rejected"] / counts["rows"])
        found.append(("warning", "bitte ansehen", f"{share} % der Zeilen sind zurückgewiesen. Die Gründe stehen darunter."))
    lost = counts["hints"].get("place_unknown", 0)
    if lost:
        whose = "1 Stelle" if lost == 1 else f"{group_thousands(lost)} Stellen"
        text = f"Bei {whose} wissen wir nicht, wo der Ort liegt. Wer seinen Weg begrenzt hat, sieht sie nicht. Eine Liste der Postleitzahlen hilft."
        found.append(("warning", "ohne Lage", text))
    named = counts["hints"].get("agency_by_name", 0) + counts["hints"].get("temp_by_name", 0)
    if named:
        found.append(("info", "Vermittlung", f"{group_thousands(named)} {'Stelle kommt' if named == 1 else 'Stellen kommen'} dem Namen nach von Zeitarbeit oder privater Vermittlung. Das steht beim Vorschlag."))
    return found


STEPS = {
    ImportState.COLUMNS: 1,
    ImportState.STAGED: 2,
    ImportState.APPLIED: 4,
    ImportState.UNDONE: 3,
    ImportState.DISCARDED: 2,
    ImportState.REFUSED: 1,
}
def _nothing(counts: dict[str, Any]) -> str:
    """Why a delivery changes nothing."""
    if not counts["rows"]:
        return "In dieser Datei steht keine Stelle."
    if not counts["usable"]:
        return "Keine Zeile dieser Datei ist brauchbar. Die Gründe stehen darunter."
    return "Alle brauchbaren Stellen dieser Datei sind schon so in der Stellenbörse."


def _sum(counts: dict[str, Any]) -> int:
    return int(counts["new"] + counts["changed"] + counts["gone"])


def _headline(counts: dict[str, Any]) -> str:
    changes = _sum(counts)
    first = "Es ändert sich nichts" if not changes else "1 Änderung" if changes == 1 else f"{group_thousands(changes)} Änderungen"
    rejected = counts["rejected"]
    second = "" if not rejected else f", {group_thousands(rejected)} Zeile{'' if rejected == 1 else 'n'} zurückgewiesen"
    return f"{first}{second}"


HEADLINES: dict[str, Callable[[dict[str, Any]], str]] = {
    ImportState.STAGED: _headline,
    ImportState.APPLIED: lambda c: f"Übernommen: {group_thousands(_sum(c))} Änderungen",
    ImportState.UNDONE: lambda _: "Zurückgenommen, alles ist wie vorher",
    ImportState.DISCARDED: lambda _: "Verworfen, nichts wurde geändert",
    ImportState.REFUSED: lambda _: "Datei abgelehnt, nichts wurde geändert",
}


def delivery(request: Request, delivery_id: UUID) -> HttpResponse:
    """What would change, what is refused and why; nothing is taken over yet."""
    found = _delivery(request, delivery_id)
    if found.state == ImportState.COLUMNS:
        return redirect("jobs:delivery_columns", found.pk)
    counts = found.counts
    groups = _changes(found) if counts else []
    rejected = list(queries.delivery_rows(found, [RowState.REJECTED])[:FEW]) if counts.get("rejected") else []
    return page(
        request,
        "jobs/delivery.html",
        {
            "delivery": found,
            "counts": counts,
            "changes": _sum(counts) if counts else 0,
            "apply_words": "1 Änderung übernehmen" if counts and _sum(counts) == 1 else f"{group_thousands(_sum(counts)) if counts else 0} Änderungen übernehmen",
            "headline": HEADLINES[found.state](counts),
            "groups": groups,
            "nothing": _nothing(counts) if counts else "",
            "most": max((line.count for _, _, lines in groups for line in lines), default=1),
            "rejected": rejected,
            "rejected_more": counts.get("rejected", 0) - len(rejected),
            "rejected_url": _rows_url(found, stand="rejected"),
            "told": _told(found) if counts and found.state == ImportState.STAGED else [],
            "steps": [(words, number < STEPS[ImportState(found.state)], number == STEPS[ImportState(found.state)]) for number, words in enumerate(("Datei", "Prüfung", "Unterschied", "Übernahme"))],
            "tag": STATE_TAGS[ImportState(found.state)],
            "can_undo": queries.is_latest(found),
            "latest": [Listed(one) for one in queries.deliveries()[:5]],
        },
    )


ACTS = {
    "uebernehmen": (verbs.apply_delivery, "Die Lieferung ist übernommen."),
    "verwerfen": (verbs.discard_delivery, "Die Lieferung ist verworfen. Die Stellen sind unverändert."),
    "zuruecknehmen": (verbs.undo_delivery, "Die Lieferung ist zurückgenommen. Alles ist wie vorher."),
}


@require_POST
def act(request: Request, delivery_id: UUID, act: str) -> HttpResponse:
    """Take over, discard, take back."""
    found = _delivery(request, delivery_id)
    if act not in ACTS:
        raise Http404
    verb, text = ACTS[act]
    more = {"version": version_of(request)} if act == "uebernehmen" else {}
    verb(actor=request.actor, at=clock.now(), op=op_of(request), delivery_id=found.pk, **more)
    undo = reverse("jobs:delivery_act", args=[found.pk, "zuruecknehmen"]) if act == "uebernehmen" else ""
    notes.done(request, text, undo=undo)
    return redirect("jobs:delivery", found.pk)


def name_columns(request: Request, delivery_id: UUID) -> HttpResponse:
    """Say which column is which field, beside the first rows of the file."""
    found = _delivery(request, delivery_id)
    if found.state != ImportState.COLUMNS:
        return redirect("jobs:delivery", found.pk)
    try:
        header, rows = columns.preview(bytes(found.file.content))
    except DeliveryError as error:
        header, rows = (), []
        notes.failed(request, str(error))
    form = ColumnsForm(request.POST or None, header=header, guess=columns.guess_columns(header))
    if request.method == "POST" and form.is_valid():
        staged = form.run(verbs.name_columns, request, delivery_id=found.pk, mapping=form.mapping())
        if staged is not None:
            notes.done(request, "Die Zuordnung ist gemerkt. Die nächste Datei braucht sie nicht mehr.")
            return redirect("jobs:delivery", staged.pk)
    return page(
        request,
        "jobs/columns.html",
        {"delivery": found, "form": form, "header": header, "rows": rows, "steps": [("Datei", True, False), ("Spalten", False, True), ("Unterschied", False, False), ("Übernahme", False, False)]},
        status=422 if form.errors else 200,
    )


@dataclass(frozen=True)
class RowShown:
    """A row of a delivery as it is read."""

    row: DeliveryRow

    @property
    def title(self) -> str:
        """What it is about."""
        data = self.row.data or self.row.raw
        known = self.row.vacancy
        return str(data.get("title") or data.get("occupation") or (known.title if known else "") or "ohne Titel")

    @property
    def place(self) -> str:
        """Where it is."""
        data = self.row.data or self.row.raw
        return str(data.get("place") or (self.row.vacancy.place if self.row.vacancy else ""))

    @property
    def differences(self) -> list[tuple[str, str, str]]:
        """Field, before and after of a changed row."""
        found = []
        for name, old in self.row.before.items():
            if name in {"wage_note", "wage_repaired", "lat", "lon"} or self.row.state != RowState.CHANGED:
                continue
            found.append((FIELD_TITLES.get(name, name), value_words(name, old), value_words(name, "open" if name == "state" else self.row.data.get(name))))
        return found


FIELD_TITLES = {f.name: str(f.verbose_name) for f in Vacancy._meta.get_fields() if hasattr(f, "verbose_name")} | {  # noqa: SLF001 - Django documents _meta
    "state": "Stand", "wage_unit": "Lohn", "wage_low_cents": "Lohn von", "wage_high_cents": "Lohn bis", "hour_low_cents": "je Stunde von",
    "hour_high_cents": "je Stunde bis", "month_low_cents": "im Monat von", "month_high_cents": "im Monat bis", "hours_max": "Wochenstunden bis",
}  # fmt: skip


def value_words(name: str, value: Any) -> str:
    """A kept value in words."""
    if value is None or value == "":
        return "nicht angegeben"
    if name == "state":
        return {"withdrawn": "zurückgezogen", "expired": "abgelaufen", "open": "offen", "filled": "besetzt"}.get(value, value)
    if name == "wage_unit":
        return str(WageUnit(value).label)
    if name.endswith("_cents"):
        return format_euro(int(value))
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if name.endswith("_on"):
        year, month, day = str(value).split("-")
        return f"{day}.{month}.{year}"
    if name.endswith("_at"):
        return str(value)[:5]
    if name.startswith("hours_"):
        return f"{Decimal(value).normalize():f}".replace(".", ",")
    return str(value)


def rows(request: Request, delivery_id: UUID) -> HttpResponse:
    """The rows behind a number."""
    found = _delivery(request, delivery_id)
    wanted, code = request.GET.get("stand", ""), request.GET.get("grund", "")
    states = [wanted] if wanted in RowState.values else [s for s in RowState.values if s != RowState.UNCHANGED or not code]
    listed = queries.delivery_rows(found, states, code=code if code.lstrip(verbs.CHANGE_MARK).replace("_", "").isalnum() else "")
    shown = Paginator(listed.select_related("vacancy"), PAGE).get_page(request.GET.get("seite"))
    what = RowState(wanted).label if wanted in RowState.values else ""
    if code:
        what = verbs.CHANGE_WORDS.get(code.lstrip(verbs.CHANGE_MARK)) or reason_words(code)[0]
    return page(
        request,
        "jobs/delivery_rows.html",
        {"delivery": found, "rows": [RowShown(row) for row in shown], "page": shown, "what": what, "may_read": policy.may_read(request.actor)},
    )


def rejects(request: Request, delivery_id: UUID) -> HttpResponse:
    """The rejected rows as a file for whoever delivered them."""
    found = _delivery(request, delivery_id)
    content = queries.rejects_csv(queries.delivery_rows(found, [RowState.REJECTED]))
    answer = HttpResponse(content, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="zurueckgewiesen.csv"'
    return answer
