"""The comparison with others from published figures: rank and distance as line and table, the own place marked."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render as page
from django.views.decorators.http import require_POST

from hilfefrei.apps.org.policy import require
from hilfefrei.apps.reporting import policy
from hilfefrei.apps.reporting.domain import comparison as verbs
from hilfefrei.apps.reporting.queries import comparison as queries
from hilfefrei.apps.reporting.queries.comparison import Comparison, Line, Offered
from hilfefrei.core import published
from hilfefrei.core.days import MONTHS
from hilfefrei.core.periods import LANDS
from hilfefrei.core.published import DIRECTION_WORDS, KIND_WORDS, PlaceKind
from hilfefrei.www import notes, sheets
from hilfefrei.www.cockpit import comparison_chart as chart
from hilfefrei.www.cockpit.comparison_forms import ChoiceForm, IndicatorForm, OwnForm
from hilfefrei.www.requests import Request

WIDE, NARROW = (640, 260), (330, 220)
SORTS = {"rang": "Rang", "name": "Ort", "wert": "Wert", "abstand": "zu uns"}


def period_words(period: str) -> str:
    """``2014`` or ``Juli 2026``."""
    return period if len(period) == 4 else f"{MONTHS[int(period[5:]) - 1]} {period[:4]}"


@dataclass(frozen=True)
class Words:
    """How the values of one figure are written: all with the same number of digits behind the comma, at most four."""

    unit: str
    digits: int

    @classmethod
    def of(cls, unit: str, values: Iterable[float]) -> "Words":
        """As many digits as the most exact of ``values`` has."""
        return cls(unit, max((len(f"{v:.4f}".rstrip("0").partition(".")[2]) for v in values), default=0))

    def number(self, value: float, *, sign: bool = False) -> str:
        """``1.234,50``, with a true minus; ``sign``: a plus before what is more."""
        text = f"{value:{'+' if sign and round(value, self.digits) else ''},.{self.digits}f}"
        return text.translate(str.maketrans("-,.", "\N{MINUS SIGN}.,"))

    def value(self, value: float) -> str:
        """The number with its unit."""
        return f"{self.number(value)} {self.unit}".rstrip()


@dataclass(frozen=True)
class Shown:
    """A line of the table as it is read."""

    line: Line
    words: Words

    @property
    def value(self) -> str:
        """The value."""
        return self.words.number(self.line.standing.value) if self.line.standing else "kein Wert"

    @property
    def to_median(self) -> str:
        """Distance to the middle of the group."""
        return self.words.number(self.line.standing.to_median, sign=True) if self.line.standing else ""

    @property
    def to_best(self) -> str:
        """Distance to rank 1."""
        return self.words.number(self.line.standing.to_best, sign=True) if self.line.standing else ""

    @property
    def to_own(self) -> str:
        """Distance to ourselves."""
        return "" if self.line.to_own is None or self.line.is_own else self.words.number(self.line.to_own, sign=True)

    @property
    def replaced(self) -> str:
        """The value before a revision, with its state."""
        value = self.line.value
        return "" if value is None or value.replaced is None else f"war {self.words.number(value.replaced)} (Stand {value.replaced_state})"


def _chosen(request: Request, offered: list[Offered]) -> Offered:
    wanted = request.GET.get("kennzahl", "")
    return next((one for one in offered if one.key == wanted), offered[0])


def _found(request: Request, offered: list[Offered]) -> Comparison:
    return queries.compare(
        actor=request.actor, jobcenter=request.jobcenter, chosen=_chosen(request, offered), period=request.GET.get("zeit", ""), group=request.GET.get("gruppe", "")
    )


def _sorted(request: Request, found: Comparison) -> tuple[list[Line], str]:
    """The lines that are asked for in their order; what has no value stands last."""
    sort, q = request.GET.get("sort", ""), request.GET.get("q", "").strip().lower()
    sort = sort if sort in SORTS else "rang"
    lines = [line for line in found.lines if q in f"{line.place.name} {line.place.key}".lower()]
    keys: dict[str, Any] = {
        "rang": lambda line: (line.standing is None, line.standing.rank if line.standing else 0, line.place.name),
        "name": lambda line: (line.place.name, line.place.key),
        "wert": lambda line: (line.standing is None, line.standing.value if line.standing else 0.0, line.place.name),
        "abstand": lambda line: (line.to_own is None, abs(line.to_own or 0.0), line.place.name),
    }
    return sorted(lines, key=keys[sort]), sort


def index(request: Request) -> HttpResponse:
    """One figure in one period: where we stand among the others, and how that went through time."""
    require(policy.may(request.actor, "comparison"))
    offered = queries.offered()
    context: dict[str, Any] = {
        "may_import": policy.may_import_comparison(request.actor),
        "land": LANDS.get(request.jobcenter.land, ""),
        # How many there are today is known without any table only for Lower Saxony (EinglMV 2026, annex 5).
        "known_number": 45 if request.jobcenter.land == "NI" else None,
    }
    if not offered:
        return page(request, "cockpit/comparison.html", context | {"found": None, "lists": queries.directory(PlaceKind.TRAEGER).lists})
    found = _found(request, offered)
    lines, sort = _sorted(request, found)
    values = [line.standing.value for line in found.lines if line.standing]
    words = Words.of(found.chosen.indicator.unit, values)
    # A median of an even number of places has a digit more than they have.
    middle = Words(words.unit, min(4, words.digits + 1)) if found.median is not None and round(found.median, words.digits) != round(found.median, 9) else words
    form = ChoiceForm(
        {"kennzahl": found.chosen.key, "zeit": found.period, "gruppe": found.group.key, "q": request.GET.get("q", "")[:80], "sort": sort},
        offered=offered, found=found, period_words=period_words,
    )  # fmt: skip
    drawings = [
        {
            "rank": chart.by_rank(found, words.value, width=width, height=height),
            "time": chart.through_time(found.history, words.value, period_words, width=width, height=height),
        }
        for width, height in (WIDE, NARROW)
    ]
    own = found.own if found.own and found.own.standing else None
    context |= {
        "found": found,
        "form": form,
        "rows": [Shown(line, words) for line in lines],
        "sort": sort,
        "heads": SORTS,
        "own": Shown(own, middle) if own else None,
        "own_value": words.value(own.standing.value) if own and own.standing else "",
        "median": middle.value(found.median) if found.median is not None else "",
        "period": period_words(found.period),
        "drawings": drawings,
        "has_charts": any(drawings[0].values()),
        "history": [
            {
                "period": period_words(p.period), "own": words.number(p.own) if p.own is not None else "–",
                "median": middle.number(p.median) if p.median is not None else "–", "rank": f"{p.rank} von {p.of}" if p.rank else "–",
                "span": f"{words.number(p.low)} bis {words.number(p.high)}" if p.low is not None and p.high is not None else "–", "current": p.period == found.period,
            }
            for p in reversed(found.history)
        ],
        "direction": DIRECTION_WORDS[found.chosen.indicator.direction],
        "kind_words": "Jobcenter" if found.chosen.kind == PlaceKind.TRAEGER else "Kreise",
        "own_form": _own_form(request, found) if context["may_import"] else None,
        "with_form": any(line.place.form or line.place.type for line in found.lines),
        "states": _span(found.states),
    }  # fmt: skip
    return page(request, "cockpit/comparison.html", context)


def _span(states: Any) -> str:
    return states[0] if len(states) == 1 else f"{states[0]} bis {states[-1]}" if states else ""


def _own_form(request: Request, found: Comparison) -> OwnForm:
    chosen = found.own_key or queries.namesake(request.jobcenter, found.places)
    places = [("", "bitte wählen"), *((place.key, f"{place.name} ({place.key})") for place in found.places)]
    return OwnForm(places=places, initial={"kind": found.chosen.kind, "place": chosen})


COLUMNS = [
    ("Kennzahl", 26), ("Zeitraum", 12), ("Gruppe", 16), ("Rang", 6), ("von", 6), ("Nummer", 9), ("Ort", 32), ("Form", 7), ("Land", 6), ("Vergleichstyp", 12), ("wir", 5),
    ("Wert", 12), ("Einheit", 9), ("zum Median", 12), ("zu Rang 1", 12), ("zu uns", 12), ("Datenstand", 14), ("vorheriger Wert", 14), ("Quelle", 32), ("Lizenz", 16),
]  # fmt: skip


def export(request: Request, form: str) -> HttpResponse:
    """The table as CSV or XLSX, with figure, time, group, state of the data and source in each line."""
    require(policy.may(request.actor, "comparison"))
    if form not in {"csv", "xlsx"}:
        raise Http404
    offered = queries.offered()
    rows: list[list[sheets.Cell]] = []
    if offered:
        found = _found(request, offered)
        sources = {table.pk: table for table in found.sources}
        rows = [_cells(found, line, sources) for line in _sorted(request, found)[0]]
    name = f"vergleich-{found.chosen.indicator.code}-{found.period}.{form}" if offered else f"vergleich.{form}"
    name = "".join(sign for sign in name if sign.isascii() and (sign.isalnum() or sign in "-_."))
    if form == "xlsx":
        return sheets.xlsx(name, "Vergleich", COLUMNS, rows)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(heading for heading, _ in COLUMNS)
    writer.writerows([_german(cell) for cell in row] for row in rows)
    answer = HttpResponse(out.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _cells(found: Comparison, line: Line, sources: dict[Any, Any]) -> list[sheets.Cell]:
    place, standing, value = line.place, line.standing, line.value
    table = sources.get(value.table_id) if value else None
    return [
        found.chosen.indicator.label, found.period, found.group.words, standing.rank if standing else None, standing.of if standing else None, place.key, place.name,
        place.form, place.land, place.type, "ja" if line.is_own else "", standing.value if standing else None, found.chosen.indicator.unit,
        standing.to_median if standing else None, standing.to_best if standing else None, line.to_own, value.state if value else "",
        value.replaced if value else None, table.source if table else "", table.licence if table else "",
    ]  # fmt: skip


def _german(cell: sheets.Cell) -> str:
    if isinstance(cell, float):
        return f"{cell:.10g}".replace(".", ",")
    return queries.plain(cell) if isinstance(cell, str) else "" if cell is None else str(cell)


@require_POST
def choose_own(request: Request) -> HttpResponse:
    """Say which place we are."""
    require(policy.may_import_comparison(request.actor))
    kind = request.POST.get("kind", "")
    key = published.place_key(PlaceKind(kind), request.POST.get("place", "")) if kind in KIND_WORDS else ""
    form = OwnForm(request.POST, places=[(key, key)])
    if form.is_valid():
        done = form.run(verbs.choose_own, request, kind=PlaceKind(kind), place=key, from_year=form.cleaned_data["from_year"] or 0)
        if done is not None:
            notes.done(request, "Gemerkt. Der eigene Ort ist ab jetzt gekennzeichnet.")
    for errors in form.errors.values():
        notes.failed(request, " ".join(str(error) for error in errors))
    return redirect("comparison:page")


def indicators(request: Request) -> HttpResponse:
    """What each figure that came in is called and which way is good."""
    require(policy.may_import_comparison(request.actor))
    offered = {one.indicator.code: one for one in queries.offered()}
    code = request.POST.get("code") or request.GET.get("code", "")
    chosen = offered.get(code)
    form = None
    if chosen is not None:
        said = chosen.indicator
        initial = {"code": said.code, "label": said.label, "unit": said.unit, "direction": said.direction, "definition": said.definition}
        form = IndicatorForm(request.POST or None, initial=initial)
        if request.method == "POST" and form.is_valid():
            given = {name: form.cleaned_data[name] for name in initial}
            if form.run(verbs.describe_indicator, request, **given) is not None:
                notes.done(request, "Gemerkt. Der Rang richtet sich ab jetzt danach.")
                return redirect("comparison:indicators")
    return page(
        request,
        "cockpit/indicators.html",
        {"rows": [(one.indicator, DIRECTION_WORDS[one.indicator.direction], one.periods, one.kind) for one in offered.values()], "form": form, "chosen": chosen},
        status=422 if form is not None and form.errors else 200,
    )
