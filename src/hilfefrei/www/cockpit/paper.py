"""The month on paper and as a table: the same lines as on the page, what is hidden there is hidden here."""

from collections.abc import Iterator
from datetime import date, datetime

from hilfefrei.apps.reporting.queries.month import Line, Report, Shown
from hilfefrei.core.days import berlin_day, format_day
from hilfefrei.core.indicators import definitions
from hilfefrei.core.indicators.words import NO_DELIVERY
from hilfefrei.papers import data
from hilfefrei.www.sheets import Cell

COLUMNS = (
    ("Abschnitt", 24), ("Zahl", 46), ("Gruppe", 34), ("Wert", 14), ("Einheit", 10), ("gebildet aus", 22), ("Vorjahr", 14), ("Kurzname", 18),
)  # fmt: skip
UNITS = {"count": "Anzahl", "share": "%", "change": "%", "hours": "Stunden", "cents": "Euro"}


def _day(day: date) -> str:
    return format_day(day, year=True, weekday=False)


def state_of(report: Report) -> str:
    """"Datenstand 20.11.2026, abgeschlossen am 10.11.2026": stands wherever a figure stands."""
    delivery = _day(report.data_state) if report.data_state else NO_DELIVERY
    parts = [f"Datenstand {delivery}" if report.data_state else f"Datenstand: {NO_DELIVERY}"]
    if report.closing is not None:
        parts.append(f"abgeschlossen am {_day(berlin_day(report.closing.closed_at))}")
        if report.corrected is not None:
            # Two papers of one month with different figures must tell which is the later one.
            told_at, state = report.corrected
            parts.append(f"berichtigt am {_day(berlin_day(told_at))} mit Daten vom {_day(state)}")
    elif report.is_running:
        parts.append("der Monat läuft noch, heute berechnet")
    else:
        parts.append("nicht abgeschlossen, heute berechnet")
    return ", ".join(parts)


def _cell(line: Line, unit: str) -> Cell:
    number = line.number
    if number is None:
        return line.text
    return round(number / 100) if unit == "cents" else int(number) if unit == "count" else round(number, 1)


def rows(report: Report) -> Iterator[tuple[Cell, ...]]:
    """One row per value, as for XLSX and CSV. Caseload is not among them: it is never put out."""
    for _, title, _, figures in report.sections:
        for shown in figures:
            unit = shown.figure.unit
            for line in shown.lines:
                yield (title, shown.figure.title, line.label, _cell(line, unit), UNITS[unit], line.of, line.before, shown.figure.code)


def facts(report: Report, office: data.Office, printed_at: datetime) -> data.MonthReport:
    """The report as the facts of the paper."""
    return data.MonthReport(
        office=office,
        printed_at=printed_at,
        month=report.name,
        state=state_of(report),
        as_of=report.as_of,
        version=definitions.load().version,
        sections=tuple(
            data.MonthSection(title, remark_of(report, key, remark), tuple(_figure(shown) for shown in figures if shown.lines))
            for key, title, remark, figures in report.sections
        ),
    )


def remark_of(report: Report, section: str, remark: str) -> str:
    """What stands above a section: its remark, and of the comparison who is compared."""
    return f"{remark} {report.comparison}".strip() if section == "lasting" else remark


def _figure(shown: Shown) -> data.MonthFigure:
    lines = tuple(data.MonthLine(line.label, line.text, line.of, line.before) for line in shown.lines)
    return data.MonthFigure(shown.figure.title, shown.figure.sentence, shown.figure.source, lines)
