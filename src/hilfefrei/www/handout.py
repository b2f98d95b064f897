"""The facts of the handout: money on sheet 1, offers on sheet 2, the second language on sheet 3."""

from datetime import timedelta

from hilfefrei.apps.benefits import queries as benefits
from hilfefrei.apps.benefits.workflows import UrgentKind
from hilfefrei.apps.intake import queries
from hilfefrei.apps.intake.models import Entry
from hilfefrei.apps.vacancies.queries import gone, to_core
from hilfefrei.core import clock, periods
from hilfefrei.core.days import berlin_day
from hilfefrei.core.matching.reasons import OPENINGS, sentence
from hilfefrei.core.matching.vacancy import Vacancy
from hilfefrei.core.money import format_euro
from hilfefrei.papers import data, languages, render
from hilfefrei.www import papers


def _facts(row: Vacancy) -> tuple[str, ...]:
    found = []
    if row.hours_low or row.hours_high:
        low, high = row.hours_low or row.hours_high or 0, row.hours_high or row.hours_low or 0
        hours = f"{low:g}" if low == high else f"{low:g} bis {high:g}"
        found.append(f"{hours.replace('.', ',')} Stunden")
    elif row.full_time:
        found.append("Vollzeit")
    if row.start is not None and row.end is not None:
        found.append(f"{row.start // 60}:{row.start % 60:02d} bis {row.end // 60}:{row.end % 60:02d} Uhr")
    if row.wage_hour:
        found.append(f"{format_euro(row.wage_hour[0])} je Stunde")
    elif row.wage_month:
        found.append(f"{format_euro(row.wage_month[0], whole=True)} brutto im Monat")
    return tuple(found)


def handout(request: papers.Printer, entry: Entry) -> bytes:
    """The PDF of what was agreed with ``entry``."""
    return render("handout", facts(request, entry))


def facts(request: papers.Printer, entry: Entry) -> data.Handout:
    """What was agreed with ``entry``: for the handout, and for the note in the file."""
    person, application = entry.person, entry.application
    colleague = entry.taken_by
    lines: tuple[data.PaperLine, ...] = ()
    advance = None
    decision = None
    if application is not None:
        rows = list(application.papers.select_related("person").order_by("due_on", "title", "id"))
        lines = papers.paper_lines(rows, application.applicant_id)
        report = application.urgent_reports.filter(kind=UrgentKind.ADVANCE).order_by("reported_at", "id").first()
        advance = report.reported_at if report else None
        target = berlin_day(application.asked_at) + timedelta(days=papers.DECISION_DAYS)
        decision = periods.next_working_day(target, request.jobcenter.land)
    outcome = benefits.outcome_of(application) if application is not None else None
    seats = queries.seats_of(entry.pk).filter(date__ends_at__gte=clock.now(), date__cancelled_at=None)
    promises = [p for p in queries.promises(entry.pk) if p.done_at is None]
    promises.sort(key=lambda p: {"benefits": 0, "office": 1, "person": 2}[p.side])
    tasks = [
        data.Task(
            who={"benefits": "Leistungsstelle", "person": "Sie, wenn Sie mögen"}.get(
                p.side, p.user.get_full_name() if p.user else "Jobcenter"
            ),
            what=p.text,
            # What we promise is read with its hour, as on the screen.
            until=p.due_at if p.due_at is None or p.side == "office" else berlin_day(p.due_at),
        )
        for p in promises
    ]
    if entry.next_step and entry.next_step_at:
        who = entry.next_step_by.get_full_name() if entry.next_step_by else "Jobcenter"
        tasks.append(data.Task(who=who, what=entry.next_step, until=entry.next_step_at))
    return data.Handout(
        office=papers.office(request),
        printed_at=clock.now(),
        contact=papers.contact(request, colleague),
        salutation=papers.salutation(person.salutation, known=person.sex in {"w", "m"} and bool(person.last_name)),
        asked_at=application.asked_at if application else None,
        channel=application.get_channel_display() if application else "",
        confirmed_at=application.confirmed_at if application else None,
        works_from=application.effect_from if application else None,
        number=(application.file_number or application.reference) if application else "",
        outcome=outcome.get_kind_display() if outcome else "",
        outcome_on=outcome.decided_on if outcome else None,
        decision_until=decision,
        advance_asked_at=advance,
        papers=lines,
        goal=entry.wish,
        bookings=tuple(
            data.Booking(
                at=s.date.starts_at,
                what=s.date.get_kind_display() + (f" mit {s.date.led_by.get_full_name()}" if s.date.led_by else ""),
                where=s.date.room.name if s.date.room else "Video",
            )
            for s in seats
        ),
        vacancies=tuple(
            data.Vacancy(
                title=h.vacancy.title,
                employer=", ".join(part for part in (h.vacancy.employer, h.vacancy.place) if part),
                facts=_facts(to_core(h.vacancy)),
                why=_why(h.reasons),
                contact=h.vacancy.contact,
            )
            for h in queries.handed(entry.pk)
            if not gone(h.vacancy, clock.today())
        ),
        tasks=tuple(tasks),
        language=person.language if person.language != "de" and person.language in languages() else "",
    )


def _why(reasons: dict[str, list[str]]) -> str:
    fits = reasons.get("fits") or []
    return sentence(OPENINGS[0], tuple(fits[:2])) if fits else ""
