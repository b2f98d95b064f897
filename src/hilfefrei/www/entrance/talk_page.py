"""What the page of the conversation shows: one page that grows with the answers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.benefits import queries as benefits
from hilfefrei.apps.benefits.models import Paper, UrgentReport
from hilfefrei.apps.benefits.workflows import Channel, PaperState, UrgentKind
from hilfefrei.apps.intake import policy, queries
from hilfefrei.apps.intake.domain import conversation
from hilfefrei.apps.intake.models import Booking, Conversation, Entry, Handover, Promise, ViaDate
from hilfefrei.apps.intake.workflows import DateKind, EntryState
from hilfefrei.apps.org import queries as org
from hilfefrei.apps.org.models import Position, in_force
from hilfefrei.apps.org.workflows import INTEGRATION_TEAMS, Specialisation
from hilfefrei.apps.people import queries as people_reads
from hilfefrei.apps.people.models import Address, Person
from hilfefrei.apps.people.queries import SearchResult
from hilfefrei.apps.people.workflows import LANGUAGES
from hilfefrei.apps.vacancies.queries import gone
from hilfefrei.core import clock, days, periods, questions, triage
from hilfefrei.www import estimating, from_paper
from hilfefrei.www.entrance.first_contact import in_earlier_month
from hilfefrei.www.entrance.forms import AttemptForm
from hilfefrei.www.entrance.talk_forms import (
    AgencyForm,
    FinishForm,
    FromPaperForm,
    GroupForm,
    HandoverForm,
    HouseholdForm,
    PromiseForm,
    StartForm,
    TriageForm,
    form_of,
)
from hilfefrei.www.papers import DECISION_DAYS, hidden_of
from hilfefrei.www.proposals import all_values, hidden_words, home_of, ranking_of
from hilfefrei.www.requests import Request
from hilfefrei.www.verbs import VerbForm

TEAM_NAMES = {s.value: s.label for s in Specialisation} | {"agency": "Agentur für Arbeit"}
# From here a person should know that seats are scarce.
FEW_SEATS = 3
CLOSED = (EntryState.ENDED, EntryState.REFERRED)


def entry_of(request: Request, entry_id: UUID) -> Entry:
    """The entry, or 404 when the actor may not know of it."""
    try:
        return policy.entries_for(request.actor, clock.today()).select_related(
            "person", "application__confirmed_by", "taken_by", "first_contact", "next_step_by"
        ).prefetch_related("application__outcomes").get(pk=entry_id)
    except Entry.DoesNotExist as error:
        raise Http404 from error


def age_of(person: Person) -> int | None:
    """Years of age today, None where the birth date is not known."""
    return periods.age_on(person.birth_date, clock.today()) if person.birth_date else None


# ---- the questions


@dataclass
class GroupView:
    """One group as the page shows it: done (one line), open (form) or to come."""

    group: questions.Group
    number: int
    state: str
    said: tuple[questions.Said, ...]
    form: GroupForm | None = None
    other: str = ""
    nothing: str = questions.NOTHING_SAID


def _groups(
    answers: dict[str, queries.AnswersOf], wanted: str, bound: GroupForm | None, *, talking: bool, home: Address | None
) -> list[GroupView]:
    catalogue = questions.load()
    open_id = bound.group.id if bound else wanted or next((g.id for g in catalogue.groups if g.id not in answers), "")
    views = []
    for number, group in enumerate(catalogue.groups, start=1):
        answer = answers.get(group.id)
        values = answer.values if answer else {}
        said = questions.said(group, values)
        view = GroupView(group, number, "done" if answer else "todo", said)
        if group.id == open_id and (talking or bound):
            view.state = "open"
            version = answer.version if answer else 0
            known = {"plz": home.plz, "place": home.place} if home else {}
            view.form = bound or form_of(group)(group, initial=GroupForm.initial_of(group, values) | known, version=version)
            view.other = questions.summary(group, values) if bound and bound.stale else ""
        views.append(view)
    return views


# ---- the offers that take place at a time


@dataclass(frozen=True)
class Seat:
    """A date of ViA as a button: free, or taken by this person."""

    date: ViaDate
    booking: Booking | None
    words: str

    @property
    def key(self) -> str:
        """Names its button on the page."""
        return self.date.pk.hex

    @property
    def name(self) -> str:
        """"Informationsgespräch, Mi 25.11., 09:00 Uhr, Osterode 104": for who hears the page."""
        room = f", {self.date.room.name}" if self.date.room else ""
        return f"{self.date.get_kind_display()}, {days.format_moment(self.date.starts_at, today=clock.today())} Uhr{room}"


@dataclass(frozen=True)
class SeatList:
    """The dates of one kind."""

    title: str
    note: str
    seats: tuple[Seat, ...]
    none: str


KINDS: tuple[tuple[DateKind, str, str, int], ...] = (
    (DateKind.INFORMATION, "Information", "Gruppe", 4),
    (DateKind.COACHING, "Bewerbungscoaching", "einzeln", 4),
    (DateKind.WORKSHOP, "Bewerbungswerkstatt", "Gruppe", 3),
)


def _seat(row: ViaDate, booking: Booking | None, places: set[str]) -> Seat:
    today = days.berlin_day(row.starts_at) == clock.today()
    words = f"heute {days.format_time(row.starts_at)}" if today else days.format_moment(row.starts_at, today=clock.today())
    if row.language != "de":
        words += f" · {LANGUAGES.get(row.language, row.language)}"
    if len(places) > 1 and row.room:
        words += f" · {row.room.place}"
    if row.ends_at <= clock.now():
        words += " · vorbei"
    elif booking is None and row.seats is not None and row.seats > 1 and row.free is not None and row.free <= FEW_SEATS:
        words += f" · noch {row.free}"
    return Seat(row, booking, words)


def _minutes(rows: list[ViaDate]) -> str:
    return f"{int((rows[0].ends_at - rows[0].starts_at).total_seconds() // 60)} Minuten, " if rows else ""


def seat_lists(entry: Entry, taken: list[Booking], now: datetime, *, late: bool = False) -> list[SeatList]:
    """Free dates of the three kinds with seats, those in the person's language first; own seats stay where they were.

    ``late``: ``now`` is the moment of a late entry; more are listed, as those that are over by now come first.
    """
    language = entry.person.language
    lists = []
    for kind, title, how, few in KINDS:
        limit = few * 4 if late else few
        own = {b.date_id: b for b in taken if b.date.kind == kind and b.date.cancelled_at is None and b.date.ends_at > now}
        free = [row for row in queries.free_dates(now, kind, limit=limit * 2, language=language) if row.pk not in own]
        free.sort(key=lambda row: (row.language != language, row.starts_at, str(row.pk)))
        rows = sorted([*free[: max(limit - len(own), 1)], *(b.date for b in own.values())], key=lambda row: (row.starts_at, str(row.pk)))
        rows.sort(key=lambda row: row.language != language)
        places = {row.room.place for row in rows if row.room}
        none = "Keine freie Stunde in den nächsten drei Wochen." if kind == DateKind.COACHING else "Kein freier Platz in den nächsten drei Wochen."
        lists.append(
            SeatList(title, f"{_minutes(rows)}{how}", tuple(_seat(row, own.get(row.pk), places) for row in rows), none)
        )
    return lists


# ---- household, papers, need


def _papers(entry: Entry) -> list[Paper]:
    if entry.application is None:
        return []
    return list(
        entry.application.papers.exclude(state=PaperState.NOT_NEEDED)
        .select_related("person")
        .order_by("due_on", "title", "person__birth_date", "id")
    )


def _paper_words(papers: list[Paper]) -> str:
    """"2 da oder gesehen, 4 offen"."""
    there = sum(p.state in {PaperState.SEEN, PaperState.HERE} for p in papers)
    return f"{there} da oder gesehen, {len(papers) - there} offen" if papers else ""


# What says that something cannot wait: group, question, answers, kinds of report that cover it, words.
NEEDS: tuple[tuple[str, str, frozenset[str], frozenset[str], str], ...] = (
    (*queries.MONEY_NOT_ENOUGH[:2], frozenset(queries.MONEY_NOT_ENOUGH[2:]), frozenset({UrgentKind.NO_MONEY, UrgentKind.ADVANCE}), "Das Geld reicht nicht."),
    ("health", "home", frozenset({"arrears", "notice", "none"}), frozenset({UrgentKind.NO_ROOF}), "Die Wohnung ist in Gefahr."),
)


def _needs(entry: Entry, answers: dict[str, queries.AnswersOf]) -> list[str]:
    """Each urgent need said in the talk that benefits do not know, or answered before it was said (again)."""
    said = [
        (answers[group].saved_at, kinds, words)
        for group, question, values, kinds, words in NEEDS
        if group in answers and answers[group].values.get(question) in values
    ]
    reports = list(entry.person.urgent_reports.order_by("reported_at", "id")) if said else []
    return [
        f"{words} {todo}" for at, kinds, words in said if (todo := _to_report(at, [r for r in reports if r.kind in kinds]))
    ]


def told(entry: Entry, *, with_application: bool) -> dict[str, Any]:
    """What was reported to benefits on this way and how it stands; ``with_application`` the unconfirmed one as well."""
    reports = benefits.told_of(entry.person_id, entry.since)
    pending = benefits.pending([entry.person_id]).get(entry.person_id) if with_application else None
    owed = pending.application if pending else None
    open_ = any(report.confirmed_at is None and report.closed_at is None for report in reports)
    return {"told": reports, "told_open": open_ or owed is not None, "owed": owed}


def _to_report(said_at: datetime, reports: list[UrgentReport]) -> str:
    """What is left to do about a need; empty while a report waits, or once it was made or answered after the word."""
    if not reports:
        return "Das ist der Leistungsstelle noch nicht gemeldet."
    answers = [r.confirmed_at or r.closed_at for r in reports]
    if any(answer is None or answer >= said_at for answer in answers) or reports[-1].reported_at >= said_at:
        return ""
    last = max(answer for answer in answers if answer is not None)
    return f"Die Leistungsstelle hat {days.format_moment(last)} Uhr geantwortet. Ist es neu, melden Sie es noch einmal."


# ---- the agreement


@dataclass(frozen=True)
class Agreed:
    """A line of the agreement: a promise, or what follows from a seat, a vacancy, the application."""

    who: str
    what: str
    until: str
    promise: Promise | None = None


def _agreed(entry: Entry, promises: list[Promise], taken: list[Booking], given: list[Any], land: str) -> list[Agreed]:
    """The office's promises first, then what the person may do. What is booked stands there without being typed again."""
    you = entry.person.salutation
    lines = []
    if entry.application is not None and not queries.takes_application(entry) and entry.state not in CLOSED:
        until = periods.next_working_day(days.berlin_day(entry.application.asked_at) + timedelta(days=DECISION_DAYS), land)
        lines.append(Agreed("Leistungsstelle", "prüft den Antrag", f"Ziel {days.format_day(until, today=clock.today())}"))
    names = {"benefits": "Leistungsstelle", "person": you}
    order = {"benefits": 0, "office": 1, "person": 2}
    for promise in sorted(promises, key=lambda p: (p.done_at is not None, order[p.side])):
        who = names.get(promise.side) or (promise.user.get_full_name() if promise.user else "Jobcenter")
        lines.append(Agreed(who, promise.text, _until(promise.due_at), promise))
    now = clock.now()
    lines += [
        Agreed(you, f"kommt, wenn Sie mögen: {seat.date.get_kind_display()}", _until(seat.date.starts_at))
        for seat in taken
        if seat.date.cancelled_at is None and seat.date.ends_at > now
    ]
    lines += [
        Agreed(you, f"meldet sich, wenn Sie mögen: {handed.vacancy.title}, {handed.vacancy.employer}".removesuffix(", "), "")
        for handed in given
        if not gone(handed.vacancy, clock.today())
    ]
    return lines


def _until(moment: datetime | None) -> str:
    if moment is None:
        return ""
    today = days.berlin_day(moment) == clock.today()
    return f"heute {days.format_time(moment)}" if today else days.format_moment(moment, today=clock.today())


def proposed_rule(entry: Entry, answers: dict[str, queries.AnswersOf]) -> triage.Rule | None:
    """What the rules propose. "Nothing stands in the way" can be said only when everything was asked."""
    reports = UrgentReport.objects.filter(person__in=people_reads.linked_ids(entry.person_id), closed_at=None)
    urgent = sorted(reports.values_list("kind", flat=True).order_by("kind").distinct())
    rule = triage.propose(all_values(answers) | {"urgent": urgent}, age=age_of(entry.person))
    return rule if rule.when or len(answers) == len(questions.load().groups) else None


# ---- forms that need the house


def start_form(request: Request, entry: Entry, data: Any = None) -> StartForm:
    """How and where; the room of one's last talk today is proposed."""
    rooms = list(org.rooms(clock.today()))
    last = Conversation.objects.filter(led_by=request.actor.id, room__isnull=False, started_at__gte=queries.day_bounds(clock.today())[0])
    room = last.order_by("-started_at", "id").values_list("room_id", flat=True).first()
    channel = entry.first_contact.channel
    how = channel if channel in {Channel.PHONE, Channel.ONLINE} else Channel.IN_PERSON
    form = StartForm(data, initial={"how": how, "room": str(room or "")})
    form.fields["room"].choices = [("", "ohne Raum"), *((str(r.pk), r.name) for r in rooms)]  # type: ignore[attr-defined]
    return form


def finish_form(request: Request, entry: Entry, data: Any = None) -> FinishForm:
    """The next step: proposed for the second working day, by whoever leads the talk."""
    now = clock.now()
    ahead = entry.next_step_at is not None and entry.next_step_at > now
    at = entry.next_step_at.astimezone(clock.BERLIN) if ahead and entry.next_step_at else None
    initial = {
        "next_step": entry.next_step if ahead else "Anruf",
        "next_day": at.date() if at else periods.working_days_after(clock.today(), 2, request.jobcenter.land),
        "next_time": at.time() if at else days.parse_time("10:00"),
        "next_by": str(entry.next_step_by_id if ahead and entry.next_step_by_id else request.actor.id),
        "via_to": entry.via_to or clock.today() + timedelta(days=conversation.VIA_DAYS - 1),
        "wish": entry.wish,
    }
    form = FinishForm(data, initial=initial, version=entry.version)
    people = {str(request.actor.id): request.actor.name}
    for team in sorted(request.actor.teams):
        people |= {str(u.pk): u.get_full_name() for u in org.holders(clock.today(), team_id=team).order_by("last_name", "id")}
    form.fields["next_by"].choices = sorted(people.items(), key=lambda pair: pair[1])  # type: ignore[attr-defined]
    return form


def handover_form(request: Request, entry: Entry, data: Any = None) -> HandoverForm:
    """Colleagues of the teams that take people on; those of the proposed team first, who is away says so."""
    form = HandoverForm(data)
    rows = (
        Position.objects.filter(in_force(clock.today()), team__specialisation__in=list(INTEGRATION_TEAMS), holder__is_active=True)
        .select_related("team", "holder")
        .order_by("team__name", "is_lead", "holder__last_name", "id")
    )
    away = org.absent(clock.today())
    listed = sorted(rows, key=lambda p: (p.team.specialisation != entry.triage_team, p.team.name))
    form.fields["to"].choices = [  # type: ignore[attr-defined]
        (
            f"{p.team_id}:{p.holder_id}",
            f"{p.team.name}: {p.holder.get_full_name()}{', Leitung' if p.is_lead else ''}{', abwesend' if p.holder_id in away else ''}",
        )
        for p in listed
        if p.holder is not None
    ]
    return form


# ---- what was typed and cannot be saved as it is


def _now_of(bound: Any) -> dict[str, Any]:
    """What stands in the record for the fields of a form that came too late; empty where nothing was saved in between."""
    if isinstance(bound, FinishForm) and isinstance(bound.stale, Entry):
        kept, at = bound.stale, bound.stale.next_step_at
        stands = {"wish": kept.wish, "next_step": kept.next_step, "next_by": str(kept.next_step_by_id or ""), "via_to": kept.via_to}
    elif isinstance(bound, PromiseForm) and isinstance(bound.stale, Promise):
        at, stands = bound.stale.due_at, {"side": bound.stale.side, "text": bound.stale.text}
    else:
        return {}
    local = at.astimezone(clock.BERLIN) if at else None
    day, time = ("next_day", "next_time") if isinstance(bound, FinishForm) else ("due_day", "due_time")
    return stands | {day: local.date() if local else None, time: local.time() if local else None}


def _placed(bound: Any, entry: Entry, *, acting: bool, talking: bool) -> bool:
    """Whether the form stands on the page still: a talk may have been closed, and taken over, since it was shown."""
    if isinstance(bound, FinishForm):
        return talking
    if isinstance(bound, HouseholdForm):
        return acting and entry.application is not None
    if isinstance(bound, PromiseForm | TriageForm):
        return acting
    if isinstance(bound, StartForm | AttemptForm):
        return not talking and acting and (isinstance(bound, StartForm) or entry.state != EntryState.IN_VIA)
    return True


def _versions(bound: Any, *, placed: bool) -> list[tuple[str, str, str]]:
    """(label, as it stands now, as typed): where both differ, and all that was typed where its form is not on the page (``placed``).

    Was something else saved in between, both are shown as they are: the same.
    """
    if not isinstance(bound, VerbForm) or isinstance(bound, GroupForm):
        return []
    now = _now_of(bound)
    typed = {field.name: getattr(bound, "cleaned_data", {}).get(field.name, field.value()) for field in bound.visible_fields()}
    wanted = [name for name, value in typed.items() if (name in now and now[name] != value) or (not placed and name not in now and value)]
    return [
        (str(bound.fields[name].label), bound.in_words(name, now[name]) if name in now else "", bound.in_words(name, typed[name]))
        for name in wanted or [name for name in typed if name in now]
    ]


# ---- all of it


def _step(answers: dict[str, queries.AnswersOf], entry: Entry, *, offered: bool) -> int:
    """Which of the four steps the talk has reached: person, situation, offer, agreement."""
    if len(answers) < len(questions.load().groups):
        return 2
    return 4 if offered or entry.wish or entry.via_from else 3


def _promise_form(request: Request, entry: Entry, bound: Any) -> tuple[PromiseForm, Promise | None]:
    """A new promise, or the one that is changed (``?zusage=``)."""
    if isinstance(bound, PromiseForm):
        return bound, bound.promise
    wanted = request.GET.get("zusage", "")
    found = next((p for p in queries.promises(entry.pk) if str(p.pk) == wanted), None) if wanted else None
    if found is None:
        return PromiseForm(), None
    due = found.due_at.astimezone(clock.BERLIN) if found.due_at else None
    initial = {"side": found.side, "text": found.text, "due_day": due.date() if due else None, "due_time": due.time() if due else None}
    return PromiseForm(initial=initial, version=found.version), found


def _late_form(moment: datetime | None) -> FromPaperForm:
    """The time of the late entry as it stands."""
    local = moment.astimezone(clock.BERLIN) if moment else None
    return FromPaperForm(initial={"happened_day": local.date(), "happened_time": local.time()} if local else None)


def conversation_page(
    request: Request, entry_id: UUID, *, bound: Any = None, status: int = 200, found: SearchResult | None = None
) -> HttpResponse:
    """Build and render the page. ``bound`` is a form to be shown in its place, ``found`` who may be meant in it."""
    entry = entry_of(request, entry_id)
    now = clock.now()
    audit.log_access(
        actor=request.actor, kind="open", page="entrance:conversation", person_ids=[entry.person_id], at=now
    )
    answers = queries.current_answers(entry.pk)
    values = all_values(answers)
    talk = Conversation.objects.filter(entry=entry, finished_at=None).select_related("led_by", "room").first()
    talking = talk is not None and entry.state == EntryState.IN_TALK and talk.led_by_id in request.actor.user_ids
    led_by_other = talk is not None and entry.state == EntryState.IN_TALK and not talking
    catalogue = questions.load()
    home = home_of(entry.person)
    # Before anything was said about work, every vacancy would be a guess.
    ranking, offers = ranking_of(request, entry, values, home=home, k=5 if "work" in answers else 0)
    members = estimating.members_of(request.actor, entry)
    # The last group of questions is about money: with it the estimate comes.
    shown = None
    if "money" in answers:
        shown, offers = estimating.shown_of(request, entry, values, members, offers, home=home, bound=bound)
    taken = list(queries.seats_of(entry.pk))
    given = list(queries.handed(entry.pk))
    papers = _papers(entry)
    rule = proposed_rule(entry, answers)
    paper_moment = from_paper.moment_for(request, entry.pk)
    promise_form, changed = _promise_form(request, entry, bound)
    groups = _groups(answers, request.GET.get("gruppe", ""), bound if isinstance(bound, GroupForm) else None, talking=talking, home=home)
    here = reverse("entrance:conversation", args=[entry.pk])
    acting = policy.may(request.actor, "talk") and entry.state not in CLOSED and not led_by_other
    placed = _placed(bound, entry, acting=acting, talking=talking)
    may_apply = queries.takes_application(entry)
    running = benefits.running_for(entry.person_id, clock.today())[0] if may_apply else ""
    # Somebody without an open application says that the money is not enough: first of all they may apply.
    lacks_money = queries.money_not_enough(entry) if may_apply and not running and "money" in answers else None
    context = {
        "entry": entry,
        "person": entry.person,
        "application": entry.application,
        "stands": benefits.standing(entry.application) if entry.application else None,
        "earlier_month": in_earlier_month(entry.first_contact),
        "may_apply": may_apply,
        "runs": not may_apply,
        "running": running,
        "lacks_money": lacks_money,
        "talk": talk,
        "talking": talking,
        "led_by_other": led_by_other,
        "acting": acting,
        "placed": placed,
        "unplaced": bound if not placed else None,
        "versions": _versions(bound, placed=placed),
        "groups": groups,
        "asking": any(view.state == "open" for view in groups),
        "answered": len(answers),
        "done": sum(questions.answered(g, answers[g.id].values) for g in catalogue.groups if g.id in answers),
        "spoken": catalogue.spoken,
        "saved_at": max((a.saved_at for a in answers.values()), default=None),
        "step": _step(answers, entry, offered=bool(given or taken)),
        "age": age_of(entry.person),
        "home": home,
        "members": members,
        "estimate": shown,
        "ranking": ranking,
        "hidden": hidden_words(ranking) if offers and not ranking.reason_fewer else "",
        "offers": offers,
        "asked_work": "work" in answers,
        "others_handed": [h for h in given if h.vacancy_id not in {o.vacancy_id for o in offers}],
        "seat_lists": seat_lists(entry, taken, paper_moment or now, late=paper_moment is not None),
        "exchange": queries.free_dates(now, DateKind.EXCHANGE, limit=2),
        "cancelled": [b for b in taken if b.date.cancelled_at is not None and b.date.starts_at > now],
        "papers": papers,
        "unnamed": hidden_of(request, papers),
        "paper_words": _paper_words(papers),
        "alg": values.get("alg") == "yes" and entry.state not in CLOSED,
        "needs": _needs(entry, answers),
        **told(entry, with_application=False),
        "agreed": _agreed(entry, list(queries.promises(entry.pk)), taken, given, request.jobcenter.land),
        "rule": rule,
        "rule_team": TEAM_NAMES.get(rule.team, rule.team) if rule else "",
        "decided_team": TEAM_NAMES.get(entry.triage_team, ""),
        "handover": Handover.objects.filter(entry=entry).select_related("team", "user").order_by("-sent_at", "id").first(),
        "may_leave": policy.may(request.actor, "leave"),
        "from_paper": paper_moment,
        "late_form": bound if isinstance(bound, FromPaperForm) else _late_form(paper_moment),
        "attempt_form": bound if isinstance(bound, AttemptForm) else AttemptForm(),
        "start_form": bound if isinstance(bound, StartForm) else start_form(request, entry),
        "promise_form": promise_form,
        "changed": changed,
        "finish_form": bound if isinstance(bound, FinishForm) else finish_form(request, entry),
        "triage_form": bound if isinstance(bound, TriageForm) else TriageForm(initial={"own_team": rule.team if rule else ""}),
        "household_form": bound if isinstance(bound, HouseholdForm) else HouseholdForm(),
        "found": found,
        "agency_form": bound if isinstance(bound, AgencyForm) else AgencyForm(),
        "bound_kind": type(bound).__name__ if bound is not None else "",
        "here": here,
        "here_offers": f"{here}#angebot",
        "here_papers": f"{here}#unterlagen",
    }
    return render(request, "entrance/conversation.html", context, status=status)
