"""``./hilfefrei report``: the figures of a month without a browser, for the county council and for timers.

Exit codes: 0 done, 1 it cannot be answered, 2 wrong command line. What fewer than ten stand behind is not put out here either,
and caseload, the one figure per post, is not put out at all.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from django.db.models import Q
from django_scopes import scope, scopes_disabled

from hilfefrei.apps.org.models import Jobcenter
from hilfefrei.apps.org.queries import office_of
from hilfefrei.apps.reporting.queries import month as queries
from hilfefrei.apps.reporting.queries.month import Report, Shown
from hilfefrei.core import clock
from hilfefrei.core.days import format_day
from hilfefrei.core.indicators import definitions
from hilfefrei.papers import render
from hilfefrei.www.cockpit import paper

DONE, FAILED, USAGE = 0, 1, 2


def run(options: argparse.Namespace) -> int:
    """Print or write the report of one month."""
    try:
        first = queries.month_of(options.month, clock.now())
    except ValueError as error:
        text = str(error) if "Diesen Monat" in str(error) else f"„{options.month}“ ist kein Monat. Beispiel: --month 2026-10"
        sys.stderr.write(f"{text}\n")
        return USAGE
    with scopes_disabled():
        wanted = options.jobcenter
        houses = list(Jobcenter.objects.filter(Q(traeger_number=wanted) | Q(name=wanted)) if wanted else Jobcenter.objects.all())
    if len(houses) != 1:
        there = "keines gefunden" if not houses else ", ".join(f"{h.traeger_number} {h.name}" for h in houses)
        sys.stderr.write(f"Welches Jobcenter? Bitte --jobcenter NUMMER angeben ({there}).\n")
        return USAGE
    house, now = houses[0], clock.now()
    with scope(jobcenter=house.pk):
        report = queries.report(house.pk, first, now)
    if options.pdf:
        try:
            Path(options.pdf).write_bytes(render("month_report", paper.facts(report, office_of(house), now)))
        except OSError as error:
            sys.stderr.write(f"{options.pdf} lässt sich nicht schreiben ({error.strerror}).\n")
            return FAILED
    if options.json:
        sys.stdout.write(json.dumps(as_json(house, report), ensure_ascii=False, indent=1) + "\n")
    elif options.pdf:
        sys.stdout.write(f"{report.name}: {options.pdf} geschrieben. {paper.state_of(report)}.\n")
    else:
        sys.stdout.write("\n".join(as_text(house, report)) + "\n")
    return DONE


def as_json(house: Jobcenter, report: Report) -> dict[str, Any]:
    """The report for another program. A hidden value is null and its ``text`` says why."""
    return {
        "jobcenter": {"number": house.traeger_number, "name": house.name},
        "month": f"{report.month:%Y-%m}",
        "as_of": report.as_of.isoformat(),
        "data_state": report.data_state.isoformat() if report.data_state else None,
        "state": paper.state_of(report),
        "closed_at": report.closing.closed_at.isoformat() if report.closing else None,
        "comparison": report.comparison,
        "definitions": definitions.load().version,
        "figures": [_figure(shown) for _, _, _, figures in report.sections for shown in figures],
    }


def _figure(shown: Shown) -> dict[str, Any]:
    figure = shown.figure
    return {
        "code": figure.code,
        "section": figure.section,
        "title": figure.title,
        "unit": figure.unit,
        "definition": figure.sentence,
        "source": figure.source,
        "good": figure.good,
        "values": [
            {
                "group": line.part,
                "label": line.label,
                "text": line.text,
                "value": line.number,
                "numerator": line.value.numerator if line.value else None,
                "denominator": line.value.denominator if line.value else None,
                "hidden": line.hidden,
                "year_before": line.before or None,
            }
            for line in shown.lines
        ],
    }


def as_text(house: Jobcenter, report: Report) -> list[str]:
    """The report as lines for a terminal."""
    out = [
        f"{house.name}, {report.name}",
        f"{paper.state_of(report)}. Stand {format_day(report.as_of, year=True, weekday=False)}. Definitionen {definitions.load().version}.",
    ]
    for key, title, remark, figures in report.sections:
        above = paper.remark_of(report, key, remark)
        out += ["", title.upper(), *([above] if above else [])]
        for shown in figures:
            if not shown.lines:
                out.append(f"  {shown.figure.title:<62}{'–':>14}")
            for line in shown.lines:
                name = f"  {shown.figure.title}" if not line.part else f"    {line.label}"
                if line.part and line is shown.lines[0]:
                    out.append(f"  {shown.figure.title}")
                made = f"  {line.of}" if line.of else ""
                before = f"  (vor einem Jahr {line.before})" if line.before and line.before != "–" else ""
                out.append(f"{name:<64}{line.text:>12}{made}{before}")
    return out
