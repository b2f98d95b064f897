"""Tables of published figures: read in, columns, the difference, taking over and back, what was refused and why."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render as page
from django.urls import reverse
from django.views.decorators.http import require_POST

from hilfefrei.apps.org.policy import require
from hilfefrei.apps.reporting import policy
from hilfefrei.apps.reporting.domain import comparison as verbs
from hilfefrei.apps.reporting.models import PublishedTable
from hilfefrei.apps.reporting.queries import comparison as queries
from hilfefrei.apps.reporting.workflows import Change, TableState
from hilfefrei.core import clock, comparison, published
from hilfefrei.core.comparison import ComparisonError
from hilfefrei.core.money import group_thousands
from hilfefrei.core.periods import LANDS
from hilfefrei.www import notes
from hilfefrei.www.cockpit.comparison import Words
from hilfefrei.www.cockpit.comparison_forms import TableColumnsForm, TableForm
from hilfefrei.www.requests import Request, op_of, version_of

PAGE, FEW = 25, 8
TAGS = {
    TableState.COLUMNS: "warning",
    TableState.STAGED: "warning",
    TableState.APPLIED: "success",
    TableState.REFUSED: "danger",
    TableState.DISCARDED: "plain",
    TableState.UNDONE: "plain",
}
# What a rule is called in a list of rules.
RULES = {
    "short": "Zeile zu kurz",
    "place_missing": "ohne Ort",
    "place": "unbekannter Ort",
    "period": "ohne Zeitraum",
    "code": "ohne Kürzel der Kennzahl",
    "number": "keine Zahl",
    "state": "ohne Datenstand",
    "twice": "zweimal mit verschiedenen Werten",
    "same_state": "anderer Wert mit demselben Stand",
    "spelling": "zwei Schreibweisen",
    "land": "unbekanntes Land",
}
FOLLOWS = {
    Change.NEW: "kommt dazu",
    Change.REVISED: "gilt ab jetzt; der alte Wert bleibt mit seinem Stand stehen",
    Change.CONFIRMED: "Wert gleich, Stand dazu",
    Change.OLDER: "steht daneben, der neuere Stand gilt weiter",
}


def _table(request: Request, table_id: UUID) -> PublishedTable:
    require(policy.may_import_comparison(request.actor))
    found = queries.tables().filter(pk=table_id).first()
    if found is None:
        raise Http404
    return found


@dataclass(frozen=True)
class Listed:
    """A table in a list."""

    table: PublishedTable

    @property
    def tag(self) -> str:
        """The kind of its status."""
        return TAGS[TableState(self.table.state)]

    @property
    def by(self) -> str:
        """Who handed it in."""
        user = self.table.uploaded_by
        return user.get_full_name() if user else "Kommandozeile"

    @property
    def what(self) -> str:
        """What came in."""
        table, counts = self.table, self.table.counts
        name = table.mapping or "noch nicht zugeordnet"
        if table.state in {TableState.COLUMNS, TableState.REFUSED} or not counts:
            return name
        if table.is_list:
            return f"{name}: Liste für {', '.join(counts['years'])}"
        first, last = counts["periods"]
        span = first if first == last else f"{first} bis {last}"
        return f"{name}: {group_thousands(counts['usable'])} Werte, {span}"


def index(request: Request) -> HttpResponse:
    """All tables, and a new one is handed in here."""
    require(policy.may_import_comparison(request.actor))
    known = {one.name: one for one in queries.mappings()}
    form = TableForm(request.POST or None, request.FILES or None, names=list(known))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        received = form.run(
            verbs.stage_table, request, file_name=given["file"].name, content=given["file"].read(), mapping=known.get(given["mapping"]),
            ask=given["mapping"] == "?", source=given["source"], licence=given["licence"], data_state=given["data_state"],
        )  # fmt: skip
        if received is not None:
            return redirect("comparison:table", received.pk)
    shown = Paginator(queries.tables(), PAGE).get_page(request.GET.get("seite"))
    return page(
        request,
        "cockpit/tables.html",
        {"form": form, "rows": [Listed(one) for one in shown], "page": shown},
        status=422 if form.errors else 200,
    )


def pattern(request: Request) -> HttpResponse:
    """An empty table with the columns that are recognised, and what belongs into them."""
    require(policy.may_import_comparison(request.actor))
    text = "Trägernummer;Jobcenter;Monat;Kennzahl;Wert;Datenstand\r\n"
    answer = HttpResponse(text.encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="kennzahlen-muster.csv"'
    return answer


def _headline(table: PublishedTable) -> str:
    changes = verbs.changes(table.counts)
    said = {
        TableState.APPLIED: f"Übernommen: {group_thousands(changes)} Änderung{'' if changes == 1 else 'en'}",
        TableState.UNDONE: "Zurückgenommen, alles ist wie vorher",
        TableState.DISCARDED: "Verworfen, nichts wurde geändert",
        TableState.REFUSED: "Datei abgelehnt, nichts wurde geändert",
    }
    first = "Es ändert sich nichts" if not changes else "1 Änderung" if changes == 1 else f"{group_thousands(changes)} Änderungen"
    rejected = table.counts.get("rejected", 0)
    return said.get(TableState(table.state), first + (f", {group_thousands(rejected)} Zeile{'' if rejected == 1 else 'n'} zurückgewiesen" if rejected else ""))


STEPS = {TableState.COLUMNS: 1, TableState.REFUSED: 1, TableState.STAGED: 2, TableState.DISCARDED: 2, TableState.UNDONE: 3, TableState.APPLIED: 4}


def _steps(state: str) -> list[tuple[str, bool, bool]]:
    now = STEPS[TableState(state)]
    return [(words, number < now, number == now) for number, words in enumerate(("Datei", "Spalten", "Unterschied", "Übernahme"))]


def _groups(table: PublishedTable, own: Any) -> list[dict[str, Any]]:
    counts = table.counts
    found = []
    for change in Change:
        number = counts.get(change.value, 0)
        if not number or table.is_list:
            continue
        example = counts["examples"][change.value][0]
        words = Words.of("", [example["value"], *([example["before"]] if example["before"] is not None else [])])
        name = queries.indicator(example["code"], own).label
        text = f"{example['name'] or example['place']}, {example['period']}, {name}: "
        text += f"{words.number(example['before'])} → " if example["before"] is not None else ""
        found.append({"words": change.label, "count": number, "example": text + words.number(example["value"]), "follows": FOLLOWS[change], "url": f"{reverse('comparison:rows', args=[table.pk])}?art={change.value}"})
    return found


def table(request: Request, table_id: UUID) -> HttpResponse:
    """What would change and what is refused and why; nothing counts yet."""
    found = _table(request, table_id)
    if found.state == TableState.COLUMNS:
        return redirect("comparison:columns", found.pk)
    counts = found.counts
    own = queries.own_indicators()
    groups = _groups(found, own) if counts.get("examples") else []
    rejected = list(found.rejects.order_by("line", "code", "id")[:FEW])
    changes = verbs.changes(counts)
    return page(
        request,
        "cockpit/table.html",
        {
            "table": found,
            "counts": counts,
            "headline": _headline(found),
            "changes": changes,
            "apply_words": "1 Änderung übernehmen" if changes == 1 else f"{group_thousands(changes)} Änderungen übernehmen",
            "groups": groups,
            "most": max((group["count"] for group in groups), default=1),
            "years": [(year, numbers, [(LANDS[land], n) for land, n in numbers["lands"].items()]) for year, numbers in counts.get("years", {}).items()],
            "codes": [queries.indicator(code, own) for code in counts.get("codes", [])],
            "rejected": rejected,
            "rejected_more": counts.get("rejected", 0) - len(rejected),
            "reasons": [(RULES.get(code, code), number) for code, number in counts.get("reasons", {}).items()],
            "steps": _steps(found.state),
            "tag": TAGS[TableState(found.state)],
            "can_undo": queries.is_latest(found),
        },
    )


def name_columns(request: Request, table_id: UUID) -> HttpResponse:
    """Say which column is what, beside the first lines of the file."""
    found = _table(request, table_id)
    if found.state != TableState.COLUMNS:
        return redirect("comparison:table", found.pk)
    header: list[str] = []
    lines: list[list[str]] = []
    try:
        header, lines = comparison.header_of(bytes(found.file.content))
    except ComparisonError as error:
        notes.failed(request, str(error))
    initial = {"data_state": found.data_state, "source": found.source, "licence": found.licence}
    form = TableColumnsForm(request.POST or None, header=tuple(header), guess=published.guess(header), initial=initial)
    if request.method == "POST" and form.is_valid():
        staged = form.run(verbs.name_columns, request, table_id=found.pk, mapping=form.mapping(), data_state=form.cleaned_data["data_state"])
        if staged is not None:
            notes.done(request, "Die Zuordnung ist gemerkt. Die nächste Tabelle braucht sie nicht mehr.")
            return redirect("comparison:table", staged.pk)
    return page(
        request,
        "cockpit/columns.html",
        {"table": found, "form": form, "header": header, "rows": lines, "steps": _steps(found.state)},
        status=422 if form.errors else 200,
    )


def rows(request: Request, table_id: UUID) -> HttpResponse:
    """The values or the rejected lines behind a number."""
    found = _table(request, table_id)
    kind = request.GET.get("art", "")
    rejects = kind not in Change.values
    listed: Any = found.rejects.order_by("line", "code", "id") if rejects else found.figures.filter(change=kind).order_by("line", "code", "id")
    shown = Paginator(listed, PAGE).get_page(request.GET.get("seite"))
    figures = []
    if not rejects:
        own = queries.own_indicators()
        places = queries.directory(published.PlaceKind(found.kind))
        waiting = dict(found.places.filter(is_list=False).order_by("-year", "id").values_list("place", "name"))
        for row in shown:
            words = Words.of("", [row.value, *([row.before] if row.before is not None else [])])
            name = places.at(row.place, int(row.period[:4])).name
            figures.append(
                {
                    "row": row, "name": name if name != row.place else waiting.get(row.place, row.place), "label": queries.indicator(row.code, own).label,
                    "value": words.number(row.value), "before": words.number(row.before) if row.before is not None else "",
                }
            )  # fmt: skip
    return page(
        request,
        "cockpit/table_rows.html",
        {"table": found, "page": shown, "rejects": list(shown) if rejects else [], "figures": figures, "what": "zurückgewiesen" if rejects else Change(kind).label},
    )


def rejects(request: Request, table_id: UUID) -> HttpResponse:
    """The rejected lines as a file for whoever sent the table."""
    found = _table(request, table_id)
    answer = HttpResponse(queries.rejects_csv(found.rejects.order_by("line", "code", "id")), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="zurueckgewiesen.csv"'
    return answer


ACTS = {
    "uebernehmen": (verbs.apply_table, "Die Tabelle ist übernommen. Der Vergleich zeigt sie."),
    "verwerfen": (verbs.discard_table, "Die Tabelle ist verworfen. Nichts hat sich geändert."),
    "zuruecknehmen": (verbs.undo_table, "Die Tabelle ist zurückgenommen. Alles ist wie vorher."),
}


@require_POST
def act(request: Request, table_id: UUID, act: str) -> HttpResponse:
    """Take over, discard, take back."""
    found = _table(request, table_id)
    if act not in ACTS:
        raise Http404
    verb, text = ACTS[act]
    more = {"version": version_of(request)} if act == "uebernehmen" else {}
    verb(actor=request.actor, at=clock.now(), op=op_of(request), table_id=found.pk, **more)
    undo = reverse("comparison:act", args=[found.pk, "zuruecknehmen"]) if act == "uebernehmen" else ""
    notes.done(request, text, undo=undo)
    return redirect("comparison:table", found.pk)
