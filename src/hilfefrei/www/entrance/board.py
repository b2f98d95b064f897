"""The board: the next person first and why, and the small acts on the waiting list."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Model
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render as page
from django.urls import reverse
from django.views.decorators.http import require_POST

from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.benefits import queries as benefits
from hilfefrei.apps.benefits.workflows import Channel
from hilfefrei.apps.intake import policy, queries
from hilfefrei.apps.intake.domain import entry as verbs
from hilfefrei.apps.intake.models import Entry, ShiftNote
from hilfefrei.apps.intake.workflows import DateKind, EntryState
from hilfefrei.apps.org import queries as org
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.people import policy as people_policy
from hilfefrei.apps.people.models import Person
from hilfefrei.apps.people.workflows import LANGUAGES
from hilfefrei.core import clock, days, periods
from hilfefrei.core.month import DEFINITIONS
from hilfefrei.papers import data, render
from hilfefrei.www import from_paper, notes, papers
from hilfefrei.www.entrance.forms import AttemptForm, LaterForm, ShiftNoteForm, moment_of
from hilfefrei.www.entrance.talk_page import conversation_page
from hilfefrei.www.requests import PRIVACY, Request, next_of, op_of, privacy_on
from hilfefrei.www.verbs import VerbForm

SEEN = "eingang_gesehen"
SHOWN_LATER = 5
SHOWN_OPEN = 8
MOST_OPEN = 300
SHOWN_TODAY = 10


def _hero(request: Request, lines: list[queries.Waiting]) -> queries.Waiting | None:
    """The first of the list whom no colleague has taken: two people at two desks see two different ones."""
    mine = request.actor.user_ids
    return next((line for line in lines if line.entry.taken_by_id is None or line.entry.taken_by_id in mine), None)


def board(request: Request) -> HttpResponse:
    """Everything for the next quarter of an hour; of the table that asks anew every minute the table."""
    require(policy.may(request.actor, "board"))
    now = clock.now()
    if PRIVACY in request.GET:
        request.session[PRIVACY] = request.GET[PRIVACY] == "an"
        return redirect("entrance:board")
    day = clock.today()
    shown_all = request.GET.get("offen") == "alle"
    found = queries.of_the_board(request.actor, now, unanswered=MOST_OPEN if shown_all else SHOWN_OPEN, whole=not request.htmx)
    waiting = len(found.waiting) + sum(1 for way in found.protected if way.entry.state == EntryState.WAITING)
    request.nav_counts["entrance:board"] = waiting
    run_out = found.run_out[:SHOWN_LATER]
    # The table asks anew every minute; what one has already been shown is not shown for the first time.
    in_table = [line.entry.person_id for line in found.waiting] + [row.person.pk for row in found.unanswered]
    seen = sorted(str(person_id) for person_id in in_table)
    if not request.htmx or seen != request.session.get(SEEN):
        _log(request, "entrance:board", in_table + [entry.person_id for entry in run_out])
    if seen != request.session.get(SEEN):
        request.session[SEEN] = seen
    context = {
        "lines": found.waiting,
        "protected": found.protected,
        "waiting": waiting,
        "hero": _hero(request, found.waiting),
        "late": sum(1 for line in found.waiting if line.is_late),
        "unanswered": found.unanswered,
        "unanswered_count": found.unanswered_count,
        "shown_all": shown_all,
        "privacy": privacy_on(request),
        "now": now,
    }
    if request.htmx:
        return page(request, "entrance/parts/waiting.html", context)
    talks = list(queries.talks(request.actor, day).only(*queries.TALK_LINE))
    month = queries.month(request.actor, now)
    dates, dates_as_of = queries.house_dates(request.actor, now)
    asks_due, asks_as_of = queries.questions_due_of_late(request.actor, now)
    returned, second_looks = queries.looks(request.actor, day)
    monday, friday = queries.week_of(day)
    context |= {
        "unconfirmed": found.unconfirmed,
        "day": day,
        "week": dates.week,
        "dates_as_of": dates_as_of,
        "monday": monday,
        "friday": friday,
        "month": month,
        "speed_definition": DEFINITIONS["speed"],
        "month_name": days.MONTHS[day.month - 1],
        "before_name": days.MONTHS[day.month - 2],
        "talks": talks,
        "running": sum(1 for talk in talks if talk.finished_at is None and talk.paused_at is None),
        "appointments": found.appointments[:SHOWN_TODAY],
        "more_today": max(0, len(found.appointments) - SHOWN_TODAY),
        "today_count": len(talks) + len(found.appointments),
        "later": [entry for entry in found.later if entry.resume_at and days.berlin_day(entry.resume_at) != day][:SHOWN_LATER],
        "later_count": len(found.later),
        "not_reached": found.unreached[:SHOWN_LATER],
        "not_reached_count": len(found.unreached),
        "information": dates.information,
        "coaching": dates.coaching,
        "undelivered": dates.undelivered,
        "cancelled": dates.cancelled,
        "uncovered": dates.uncovered,
        "shift_notes": list(queries.shift_notes(request.actor, day)),
        "languages": LANGUAGES,
        "returned_leaves": returned if policy.may(request.actor, "leave") else [],
        "run_out": run_out,
        "run_out_count": len(found.run_out),
        "asks_due": asks_due,
        "asks_as_of": asks_as_of,
        "second_looks": second_looks,
    }
    return page(request, "entrance/board.html", context)


def delayed(request: Request) -> HttpResponse:
    """Everybody whose talk was put off or who was not reached."""
    require(policy.may(request.actor, "board"))
    now = clock.now()
    later = list(queries.later(request.actor, now))
    not_reached = queries.unreached(request.actor, now)
    _log(request, "entrance:delayed", [e.person_id for e in later] + [line.entry.person_id for line in not_reached])
    return page(
        request,
        "entrance/delayed.html",
        {
            "later": later, "not_reached": not_reached, "now": now, "privacy": privacy_on(request),
            "pending": benefits.pending(entry.person_id for entry in later),
        },
    )


def shift_end(request: Request) -> HttpResponse:
    """Before one goes home: everybody without a next step and a date, and what can be done about it."""
    require(policy.may(request.actor, "board"))
    now = clock.now()
    rows = list(queries.undated(request.actor, now))
    _log(request, "entrance:shift_end", [entry.person_id for entry in rows])
    protected = queries.protected_undated(request.actor, now)
    return page(
        request, "entrance/shift_end.html", {
            "rows": rows, "protected": protected, "open": len(rows) + len(protected), "now": now,
            "pending": benefits.pending(entry.person_id for entry in rows), "privacy": privacy_on(request),
        }
    )


def _from(request: Request) -> str:
    """The page on which a small form was opened, where one goes back to."""
    return reverse("entrance:shift_end" if request.GET.get("von") == "schichtende" else "entrance:board")


def _log(request: Request, name: str, person_ids: list[UUID]) -> None:
    """One access event for the list with the ids on it."""
    audit.log_access(actor=request.actor, kind="search", page=name, person_ids=person_ids, at=clock.now())


def _entry(request: Request, entry_id: UUID) -> Entry:
    try:
        return policy.get_entry_for(request.actor, entry_id, clock.today())
    except Entry.DoesNotExist as error:
        raise Http404 from error


def _act(request: Request, verb: Callable[..., Model], entry_id: UUID, done: str, **values: Any) -> HttpResponse:
    entry = _entry(request, entry_id)
    verb(actor=request.actor, at=clock.now(), op=op_of(request), entry_id=entry.pk, **values)
    notes.done(request, done)
    return redirect(next_of(request, reverse("entrance:board")))


@require_POST
def take(request: Request, entry_id: UUID) -> HttpResponse:
    """Take somebody over."""
    return _act(request, verbs.take, entry_id, "Übernommen.")


def take_from(request: Request, entry_id: UUID) -> HttpResponse:
    """Take somebody over from a colleague: a question first, for the colleague may be on the way to that person."""
    require(policy.may(request.actor, "talk"))
    entry = _entry(request, entry_id)
    colleague = entry.taken_by.get_full_name() if entry.taken_by else ""
    form = VerbForm(request.POST if request.method == "POST" else None, version=entry.version)
    if (
        request.method == "POST"
        and form.is_valid()
        and form.run(verbs.take_from, request, entry_id=entry.pk, version=form.cleaned_data["version"])
    ):
        notes.done(request, f"Von {colleague} übernommen." if colleague else "Übernommen.")
        return redirect("entrance:board")
    _log(request, "entrance:take_from", [entry.person_id])
    since = f"{colleague} hat diese Person {days.format_moment(entry.taken_at, today=clock.today())} Uhr übernommen. " if entry.taken_at else ""
    return page(request, "entrance/small_form.html", {
        "form": form, "title": f"Von {colleague} übernehmen?" if colleague else "Übernehmen?", "button": "Ja, übernehmen",
        "back": reverse("entrance:board"), "person": entry.person,
        "note": since + "Bitte sprechen Sie sich kurz ab. Ein begonnenes Gespräch geht mit allen Antworten an Sie über.",
    }, status=422 if form.errors else 200)


@require_POST
def release(request: Request, entry_id: UUID) -> HttpResponse:
    """Give somebody back to the list."""
    return _act(request, verbs.release, entry_id, "Wieder für alle auf der Liste.")


@require_POST
def not_reached(request: Request, entry_id: UUID) -> HttpResponse:
    """We tried in vain; now, or when the folded fields of the talk page say."""
    done = "Versuch vermerkt. Der Antrag läuft weiter."
    form = AttemptForm(request.POST)
    if form.is_valid() and form.happened_at is None:
        return _act(request, verbs.not_reached, entry_id, done, how=Channel.PHONE)
    require(policy.may(request.actor, "talk"))
    entry = _entry(request, entry_id)
    if form.is_valid() and form.run(
        verbs.not_reached, request, entry_id=entry.pk, how=Channel.PHONE, happened_at=form.happened_at
    ):
        notes.done(request, done + from_paper.in_words(form.happened_at))
        return redirect(next_of(request, reverse("entrance:board")))
    return conversation_page(request, entry.pk, bound=form, status=422)


@require_POST
def back(request: Request, entry_id: UUID) -> HttpResponse:
    """Put somebody back on the list."""
    return _act(request, verbs.back_to_list, entry_id, "Wieder auf der Warteliste.")


def later(request: Request, entry_id: UUID) -> HttpResponse:
    """Talk later: a moment and a reason."""
    require(policy.may(request.actor, "talk"))
    entry = _entry(request, entry_id)
    tomorrow = periods.working_days_after(clock.today(), 1, request.jobcenter.land)
    form = LaterForm(request.POST or None, initial={"resume_day": tomorrow, "resume_time": days.parse_time("9:00")})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        moved = form.run(
            verbs.later,
            request,
            entry_id=entry.pk,
            resume_at=moment_of(given["resume_day"], given["resume_time"]),
            reason=given["reason"],
        )
        if moved is not None:
            notes.done(request, f"Später: {days.format_moment(moved.resume_at, today=clock.today())} Uhr." if moved.resume_at else "Später.")
            return redirect(_from(request))
    _log(request, "entrance:later", [entry.person_id])
    return page(request, "entrance/small_form.html", {
        "form": form, "title": "Später sprechen", "button": "Später sprechen", "back": _from(request),
        "person": entry.person, "note": "Der Antrag läuft weiter. Die Person steht so lange unter „später“.",
    }, status=422 if form.errors else 200)


def shift_note(request: Request, entry_id: UUID) -> HttpResponse:
    """Hand somebody over at the end of the shift."""
    require(policy.may(request.actor, "talk"))
    entry = _entry(request, entry_id)
    form = ShiftNoteForm(request.POST or None)
    colleagues = [u for team in request.actor.teams for u in org.holders(clock.today(), team_id=team) if u.pk != request.actor.id]
    form.fields["to"].choices = [("", "alle im Team"), *((str(u.pk), u.get_full_name()) for u in _unique(colleagues))]  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        to = form.cleaned_data["to"]
        note = form.run(
            verbs.shift_note, request, entry_id=entry.pk, text=form.cleaned_data["text"], to_id=UUID(to) if to else None
        )
        if note is not None:
            notes.done(request, "Übergeben. Die Notiz steht auf dem Eingang.")
            return redirect(_from(request))
    _log(request, "entrance:shift_note", [entry.person_id])
    return page(request, "entrance/small_form.html", {
        "form": form, "title": "Zum Schichtende übergeben", "button": "Übergeben", "back": _from(request),
        "person": entry.person, "note": "",
    }, status=422 if form.errors else 200)


def _unique(users: list[User]) -> list[User]:
    return sorted({u.pk: u for u in users}.values(), key=lambda u: (u.last_name, u.first_name))


@require_POST
def shift_note_seen(request: Request, note_id: UUID) -> HttpResponse:
    """The note was read."""
    note = ShiftNote.objects.filter(pk=note_id, entry__in=policy.entries_for(request.actor, clock.today())).first()
    if note is None:
        raise Http404
    verbs.shift_note_seen(actor=request.actor, at=clock.now(), op=op_of(request), note_id=note.pk)
    messages.success(request, "Gelesen.")
    return redirect("entrance:board")


def month_cases(request: Request, key: str) -> HttpResponse:
    """The cases behind one number of the month."""
    require(policy.may(request.actor, "board"))
    label = next((label for k, label, _, _ in queries.STEP_LABELS if k == key), None)
    if label is None:
        raise Http404
    now = clock.now()
    rows = list(queries.month_entries(request.actor, now, key))
    _log(request, "entrance:month_cases", [row.person_id for row in rows])
    context = {"rows": rows, "label": label, "definition": DEFINITIONS[key], "now": now, "privacy": privacy_on(request)}
    return page(request, "entrance/month_cases.html", context)


def day_list(request: Request) -> HttpResponse:
    """The entrance on paper for the day the system is down."""
    require(policy.may(request.actor, "board"))
    now = clock.now()
    lines = queries.waiting(request.actor, now)
    talks = list(queries.talks(request.actor, clock.today()))
    free = [*queries.free_dates(now, DateKind.INFORMATION), *queries.free_dates(now, DateKind.COACHING)]
    audit.log_access(
        actor=request.actor,
        kind="export",
        page="entrance:day_list",
        person_ids=[line.entry.person_id for line in lines] + [talk.entry.person_id for talk in talks],
        at=now,
    )
    # Protected people stand on paper as a number, without place, phone and words: it may lie about.
    guarded = people_policy.guarded([*(line.entry.person_id for line in lines), *(talk.entry.person_id for talk in talks)], clock.today())
    sheet = data.DayList(
        office=papers.office(request),
        printed_at=now,
        waiting=tuple(
            data.WaitingLine(
                name=_paper_name(line.entry.person, guarded),
                since=line.entry.since,
                application=_application_words(line),
                flags=_paper_flags(line, guarded),
                place="" if line.entry.person_id in guarded else line.place,
                phone="" if line.entry.person_id in guarded else line.reach.words,
                taken_by=line.entry.taken_by.last_name if line.entry.taken_by else "",
            )
            for line in lines
        ),
        talks=tuple(
            data.TalkLine(
                at=talk.started_at,
                name=_paper_name(talk.entry.person, guarded),
                where=talk.room.name if talk.room else talk.get_how_display(),
                who=talk.led_by.last_name,
            )
            for talk in talks
        ),
        seats=tuple(
            data.SeatLine(
                at=d.starts_at,
                what=d.get_kind_display(),
                where=d.room.name if d.room else "",
                free=(d.seats or 0) - d.booked,  # type: ignore[attr-defined]
                seats=d.seats or 0,
            )
            for d in free
        ),
    )
    return papers.pdf(render("day_list", sheet), "tagesliste.pdf")


def _paper_name(person: Person, guarded: set[UUID]) -> str:
    return person.number_name if person.pk in guarded else person.full_name


def _paper_flags(line: queries.Waiting, guarded: set[UUID]) -> tuple[str, ...]:
    if line.entry.person_id in guarded:
        return ("dringend",) if line.reports else ()
    return tuple(f for f in (*(flag.words for flag in line.flags), line.interpreter) if f)


def _application_words(line: queries.Waiting) -> str:
    if line.entry.application is None or line.stands is None:
        return "nur gefragt, kein Antrag"
    return f"{days.format_moment(line.entry.application.asked_at, today=clock.today())}, {line.stands.words}"
