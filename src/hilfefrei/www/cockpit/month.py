"""The month: all figures, each with its definition, its course and, within the reader's rights, the cases behind it."""

import csv
import io
from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render as page
from django.urls import reverse
from django.views.decorators.http import require_POST

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.people import policy as people_policy
from hilfefrei.apps.reporting import policy
from hilfefrei.apps.reporting.domain import month as verbs
from hilfefrei.apps.reporting.models import MonthClosing
from hilfefrei.apps.reporting.queries import month as queries
from hilfefrei.core import clock
from hilfefrei.core.indicators import definitions, words
from hilfefrei.core.periods import add_months, first_of_month
from hilfefrei.papers import render
from hilfefrei.www import charts, notes, papers
from hilfefrei.www.cockpit import paper as facts
from hilfefrei.www.requests import Request, privacy_on
from hilfefrei.www.sheets import xlsx
from hilfefrei.www.verbs import VerbForm

# What stands above everything else, in large figures.
FIRST = ("stock_units", "stock_persons", "applications", "hours_median")
# So many people a list shows at once.
SHOWN = 200

View = Callable[..., HttpResponse]


class CloseForm(VerbForm):
    """Close a month."""

    monat = forms.CharField(widget=forms.HiddenInput, max_length=7)


class CorrectForm(VerbForm):
    """Take over what the data say of a closed month by now."""

    reason = forms.CharField(
        label="Was hat sich warum geändert?", max_length=300, help_text="Ein Satz ohne Namen; er steht neben alter und neuer Zahl."
    )


def readers(view: View) -> View:
    """Only for roles that may read the month."""

    @wraps(view)
    def guarded(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        require(policy.may(request.actor, "month"))
        return view(request, *args, **kwargs)

    return guarded


def _first(request: Request) -> date:
    """The month of the address; 404 for one that there is not."""
    try:
        return queries.month_of(request.GET.get("monat", ""), clock.now())
    except ValueError:
        raise Http404 from None


def _choices(first: date) -> list[tuple[str, str, bool]]:
    this = first_of_month(clock.today())
    months = [add_months(this, -n) for n in range(queries.COURSE)]
    return [(f"{m:%Y-%m}", words.month_name(m), m == first) for m in months]


def _lasting(report: queries.Report) -> list[dict[str, Any]]:
    """The section of free and own as one table: a line per figure, a column per group."""
    figures = next((f for key, _, _, f in report.sections if key == "lasting"), ())
    order = {name: place for place, name in enumerate(("free", "own", "unknown"))}
    found = sorted(figures, key=lambda s: (int(s.figure.code.rpartition("_")[2]), order[s.figure.code.rpartition("_")[0]]))
    return [{"figure": s.figure, "cells": s.lines, "is_gap": s.figure.code.startswith("unknown")} for s in found if s.lines]


def _month_page(request: Request, first: date, *, close: CloseForm | None = None, correct: CorrectForm | None = None) -> HttpResponse:
    now = clock.now()
    report = queries.report(request.jobcenter.pk, first, now)
    shown = {s.figure.code: s for _, _, _, figures in report.sections for s in figures}
    closing, may_close = report.closing, policy.may(request.actor, "close_month")
    late = queries.late(request.jobcenter.pk, closing, now) if closing is not None and may_close else []
    status = 422 if (close and close.errors) or (correct and correct.errors) else 200
    return page(
        request,
        "cockpit/month.html",
        {
            "report": report,
            "state": facts.state_of(report),
            "key": f"{first:%Y-%m}",
            "before": f"{add_months(first, -1):%Y-%m}" if first > add_months(first_of_month(clock.today()), 1 - queries.COURSE) else "",
            "after": f"{add_months(first, 1):%Y-%m}" if first < first_of_month(clock.today()) else "",
            "year_ago": words.month_name(add_months(first, -12)),
            "choices": _choices(first),
            "top": [shown[code] for code in FIRST],
            "lasting": _lasting(report),
            # Where nothing is divided the column would be empty.
            "divided": [key for key, _, _, figures in report.sections if any(line.of for s in figures for line in s.lines)],
            "version": definitions.load().version,
            "loads": queries.caseload(request.actor, now),
            "close_form": (close or CloseForm(initial={"monat": f"{first:%Y-%m}"})) if may_close and report.can_be_closed else None,
            "may_close": may_close,
            "compares": policy.may(request.actor, "comparison"),
            "late": _changes(late),
            "correct_form": (correct or CorrectForm(version=closing.version)) if late and closing is not None else None,
            "corrections": _changes(queries.corrections(closing)) if closing is not None else [],
        },
        status=status,
    )


def _changes(rows: list[queries.Correction]) -> list[dict[str, Any]]:
    """Old and new in words, as each month may be told; what reads the same in fives did not change for a reader."""
    known = definitions.load().figures
    found = []
    for row in rows:
        figure = known[row.code]
        if row.old_text == row.new_text != definitions.HIDDEN:
            continue
        found.append({"figure": figure, "group": figure.groups.get(row.part, ""), "old": row.old_text, "new": row.new_text, "at": row.at, "who": row.who, "why": row.reason})
    return found


@readers
def month(request: Request) -> HttpResponse:
    """All figures of one month."""
    return _month_page(request, _first(request))


@readers
def figure(request: Request, code: str) -> HttpResponse:
    """One figure: what it means, how it went, who stands behind it."""
    known = definitions.load().figures.get(code)
    if known is None:
        raise Http404
    first, now = _first(request), clock.now()
    report = queries.report(request.jobcenter.pk, first, now)
    shown = next(s for _, _, _, figures in report.sections for s in figures if s.figure.code == code)
    course = queries.course(request.jobcenter.pk, code, now)
    part = request.GET.get("gruppe", "")
    # What stands beside each other has no whole: the list then begins with those of the month.
    part = part if part in known.groups else "month" if "month" in known.groups else ""
    may_list = queries.may_see_cases(request.actor, known)
    cases = queries.cases(request.actor, known, first, part, now) if may_list else []
    if cases:
        ids = [case.person.pk for case in cases[:SHOWN]]
        audit.log_access(actor=request.actor, kind="search", page="cockpit:figure", person_ids=list(dict.fromkeys(ids)), at=now)
    return page(
        request,
        "cockpit/figure.html",
        {
            "report": report,
            "state": facts.state_of(report),
            "key": f"{first:%Y-%m}",
            "choices": _choices(first),
            "figure": known,
            "shown": shown,
            "section": definitions.load().sections[known.section],
            "remark": next(remark for key, _, remark, _ in report.sections if key == known.section),
            "version": definitions.load().version,
            "course": [{"name": words.month_name(m), "key": f"{m:%Y-%m}", "shown": s, "closed": closed} for m, s, closed in reversed(course)],
            "chart": _chart(known, course, narrow=False),
            "chart_narrow": _chart(known, course, narrow=True),
            "legend": [name for name, _ in _lines(known)],
            "part": part,
            "group": known.groups.get(part, ""),
            "may_list": may_list,
            "sees_people": people_policy.may_see_people(request.actor),
            "cases": cases[:SHOWN],
            "case_count": len(cases),
            "privacy": privacy_on(request),
        },
    )


def _lines(known: definitions.Definition) -> list[tuple[str, str]]:
    """(name, part) of the lines of a chart: the whole, or what stands beside each other."""
    if known.section == "lasting":
        return [(known.groups[part], part) for part in ("with", "before", "month")]
    if known.section == "housing":
        return [("im Ganzen", ""), *((label, part) for part, label in known.groups.items())]
    if known.sums or known.section == "returns":
        return [(known.title, "")]
    return [(label, part) for part, label in list(known.groups.items())[:3]]


def _chart(known: definitions.Definition, course: list[tuple[date, queries.Shown, bool]], *, narrow: bool) -> str:
    scale = 0.01 if known.unit == "cents" else 1.0
    unit = {"count": "Anzahl", "share": "Prozent", "change": "Prozent", "hours": "Stunden", "cents": "Euro"}[known.unit]
    held = [{line.part: line.number for line in shown.lines} for _, shown, _ in course]
    series = [
        charts.Series(name, [None if (v := row.get(part)) is None else v * scale for row in held]) for name, part in _lines(known)
    ]
    return charts.lines([f"{m:%m/%y}" for m, _, _ in course], series, unit=unit, title=f"{known.title}, Verlauf", narrow=narrow)


@readers
def export(request: Request) -> HttpResponse:
    """The month as XLSX."""
    first = _first(request)
    report = queries.report(request.jobcenter.pk, first, clock.now())
    return xlsx(f"monat-{first:%Y-%m}.xlsx", f"{report.name}", facts.COLUMNS, [*facts.rows(report), (facts.state_of(report),)])


@readers
def export_csv(request: Request) -> HttpResponse:
    """The month as CSV (semicolon, UTF-8)."""
    first = _first(request)
    report = queries.report(request.jobcenter.pk, first, clock.now())
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([*(name for name, _ in facts.COLUMNS), "Monat", "Stand"])
    for row in facts.rows(report):
        cells = [str(cell).replace(".", ",") if isinstance(cell, float) else "" if cell is None else cell for cell in row]
        writer.writerow([*cells, f"{first:%Y-%m}", facts.state_of(report)])
    answer = HttpResponse(out.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="monat-{first:%Y-%m}.csv"'
    return answer


@readers
def paper(request: Request) -> HttpResponse:
    """The report for the county council."""
    first, now = _first(request), clock.now()
    report = queries.report(request.jobcenter.pk, first, now)
    return papers.pdf(render("month_report", facts.facts(report, papers.office(request), now)), f"monat-{first:%Y-%m}.pdf")


@require_POST
def close(request: Request) -> HttpResponse:
    """Keep the figures of a month."""
    require(policy.may(request.actor, "close_month"))
    form = CloseForm(request.POST)
    try:
        first = queries.month_of(form["monat"].value() or "", clock.now())
    except ValueError:
        raise Http404 from None
    if form.is_valid() and form.run(verbs.close_month, request, month=first):
        notes.done(request, f"{words.month_name(first)} ist abgeschlossen. Was die Daten später anders sagen, steht daneben.")
        return redirect(f"{reverse('cockpit:month')}?monat={first:%Y-%m}")
    notes.failed(request, " ".join(str(e) for errors in form.errors.values() for e in errors))
    return _month_page(request, first, close=form)


@require_POST
def correct(request: Request, closing_id: UUID) -> HttpResponse:
    """Take over a late correction."""
    require(policy.may(request.actor, "close_month"))
    closing = MonthClosing.objects.filter(pk=closing_id).first()
    if closing is None:
        raise Http404
    form = CorrectForm(request.POST)
    if form.is_valid() and form.run(
        verbs.correct_month, request, closing_id=closing.pk, reason=form.cleaned_data["reason"], version=form.cleaned_data["version"]
    ):
        notes.done(request, "Berichtigt. Alte und neue Zahl stehen nebeneinander.")
        return redirect(f"{reverse('cockpit:month')}?monat={closing.month:%Y-%m}#berichtigt")
    return _month_page(request, closing.month, correct=form)
