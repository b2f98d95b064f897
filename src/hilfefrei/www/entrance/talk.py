"""The conversation: one page that grows. Each group is one post; bookings and offers count at once and can be undone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render as page
from django.urls import reverse
from django.views.decorators.http import require_POST

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.benefits import domain as benefits
from hilfefrei.apps.benefits.models import Paper
from hilfefrei.apps.benefits.workflows import PaperState
from hilfefrei.apps.intake import policy, queries
from hilfefrei.apps.intake.domain import agreement, conversation, dates, facts
from hilfefrei.apps.intake.domain import entry as entry_verbs
from hilfefrei.apps.intake.models import Booking, Conversation, Entry, HandedVacancy, Handover, Promise, ViaDate
from hilfefrei.apps.intake.workflows import DateKind, EntryState, HandoverState
from hilfefrei.apps.org import queries as org
from hilfefrei.apps.org.models import Position, in_force
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.org.workflows import INTEGRATION_TEAMS, Specialisation
from hilfefrei.apps.people.models import Address, Person
from hilfefrei.apps.people.workflows import AddressKind, MemberRole
from hilfefrei.apps.vacancies import queries as vacancies
from hilfefrei.apps.vacancies.models import Vacancy
from hilfefrei.core import clock, days, names, periods, questions, triage
from hilfefrei.core.matching.rank import Proposal, Ranking, rank
from hilfefrei.core.money import format_euro
from hilfefrei.www import handout as handout_paper
from hilfefrei.www import notes, papers
from hilfefrei.www.entrance.board import privacy_on
from hilfefrei.www.entrance.forms import moment_of
from hilfefrei.www.entrance.talk_forms import (
    AgencyForm,
    FinishForm,
    GroupForm,
    HandoverForm,
    HouseholdForm,
    PromiseForm,
    TriageForm,
    WishForm,
)
from hilfefrei.www.requests import Request, op_of

TEAM_NAMES = {s.value: s.label for s in Specialisation} | {"agency": "Agentur für Arbeit"}


@dataclass
class GroupView:
    """One group as the page shows it: done (one line), open (form) or to come."""

    group: questions.Group
    number: int
    state: str
    summary: str
    version: int
    form: GroupForm | None = None
    other: str = ""


def entry_of(request: Request, entry_id: UUID) -> Entry:
    """The entry, or 404 when the actor may not know of it."""
    try:
        return policy.entries_for(request.actor, clock.today()).select_related(
            "person", "application__confirmed_by", "taken_by", "first_contact", "next_step_by"
        ).get(pk=entry_id)
    except Entry.DoesNotExist as error:
        raise Http404 from error


def all_values(answers: dict[str, queries.AnswersOf]) -> dict[str, Any]:
    """Answers of all groups in one."""
    merged: dict[str, Any] = {}
    for answer in answers.values():
        merged |= answer.values
    return merged


def home_of(person: Person) -> tuple[float | None, float | None]:
    """Coordinates of the home, from the address or from its postal code."""
    home = Address.objects.filter(in_force(clock.today()), person=person, kind=AddressKind.HOME).first()
    if home is None:
        return None, None
    if home.lat is not None:
        return home.lat, home.lon
    return vacancies.locate(home.plz, home.place) or (None, None)


@dataclass(frozen=True)
class Offer:
    """A proposal as the page shows it."""

    proposal: Proposal
    vacancy_id: UUID
    handed: HandedVacancy | None
    facts: str
    month: str

    @property
    def employer_place(self) -> str:
        """"Gasthof Kupferkessel, Herzberg"."""
        return ", ".join(part for part in (self.proposal.vacancy.employer, self.proposal.vacancy.place) if part)


def vacancy_facts(row: Any, km: float | None) -> str:
    """"3 km · 25 Std. · 14,60 € je Stunde · 08:00 bis 13:00 Uhr" from a core vacancy."""
    parts = []
    if km is not None:
        parts.append("unter 1 km" if km < 1 else f"etwa {round(km)} km")
    if row.hours_low or row.hours_high:
        low, high = row.hours_low or row.hours_high, row.hours_high or row.hours_low
        parts.append(f"{low:g} Std." if low == high else f"{low:g} bis {high:g} Std.")
    elif row.full_time:
        parts.append("Vollzeit")
    if row.wage_hour:
        parts.append(f"{format_euro(row.wage_hour[0])} je Std.")
    if row.start is not None and row.end is not None:
        parts.append(f"{row.start // 60:02d}:{row.start % 60:02d}–{row.end // 60:02d}:{row.end % 60:02d} Uhr")
    return " · ".join(p.replace(".5 ", ",5 ") for p in parts)


def month_words(month: tuple[int, int] | None) -> str:
    """Gross wage a month as a band in whole euros."""
    if month is None:
        return ""
    low, high = format_euro(month[0], whole=True), format_euro(month[1], whole=True)
    return low if low == high else f"{low.removesuffix(' €')} bis {high}"


def ranking_of(request: Request, entry: Entry, values: dict[str, Any], k: int = 5) -> tuple[Ranking, list[Offer]]:
    """Proposals within the person's limits, and whether each is handed over already."""
    lat, lon = home_of(entry.person)
    found = rank(
        questions.limits(values, lat=lat, lon=lon), vacancies.vacancy_table(request.jobcenter.pk), today=clock.today(), k=k
    )
    given = {h.vacancy_id: h for h in queries.handed(entry.pk)}
    offers = [
        Offer(p, UUID(p.vacancy.key), given.get(UUID(p.vacancy.key)), vacancy_facts(p.vacancy, p.km), month_words(p.vacancy.wage_month))
        for p in found.proposals
    ]
    return found, offers


def _groups(
    answers: dict[str, queries.AnswersOf], wanted: str, bound: GroupForm | None, *, talking: bool
) -> list[GroupView]:
    catalogue = questions.load()
    open_id = wanted or next((g.id for g in catalogue.groups if g.id not in answers), "")
    views = []
    for number, group in enumerate(catalogue.groups, start=1):
        answer = answers.get(group.id)
        version = answer.version if answer else 0
        summary = questions.summary(group, answer.values) if answer else ""
        if bound is not None and bound.group.id == group.id:
            views.append(GroupView(group, number, "open", summary, version, bound, summary if bound.stale else ""))
        elif bound is None and talking and group.id == open_id:
            initial = GroupForm.initial_of(group, answer.values if answer else {})
            views.append(GroupView(group, number, "open", summary, version, GroupForm(group, initial=initial, version=version)))
        else:
            views.append(GroupView(group, number, "done" if answer else "todo", summary, version))
    return views


def _step(answers: dict[str, queries.AnswersOf], entry: Entry, *, offered: bool) -> int:
    """Which of the four steps the talk has reached: person, situation, offer, agreement."""
    if len(answers) < len(questions.load().groups):
        return 2
    return 4 if offered or entry.wish else 3


def conversation_page(request: Request, entry_id: UUID, *, bound: Any = None, status: int = 200) -> HttpResponse:
    """Build and render the page. ``bound`` is a form with errors to be shown in its place."""
    entry = entry_of(request, entry_id)
    now = clock.now()
    audit.log_access(
        actor=request.actor, kind="open", page="entrance:conversation", person_ids=[entry.person_id], at=now
    )
    answers = queries.current_answers(entry.pk)
    values = all_values(answers)
    talk = Conversation.objects.filter(entry=entry, finished_at=None).select_related("led_by", "room").first()
    mine = talk is not None and talk.led_by_id in request.actor.user_ids and talk.paused_at is None
    talking = mine and entry.state == EntryState.IN_TALK
    catalogue = questions.load()
    ranking, offers = ranking_of(request, entry, values)
    seats = list(queries.seats_of(entry.pk))
    booked = {seat.date_id: seat for seat in seats if seat.date.cancelled_at is None}
    language = entry.person.language
    rule = triage.propose(values, age=_age(entry.person))
    handover = Handover.objects.filter(entry=entry).select_related("team", "user").order_by("-sent_at", "id").first()
    group_bound = bound if isinstance(bound, GroupForm) else None
    done = sum(questions.answered(g, answers[g.id].values) for g in catalogue.groups if g.id in answers)
    given = list(queries.handed(entry.pk))
    context = {
        "entry": entry,
        "person": entry.person,
        "application": entry.application,
        "talk": talk,
        "talking": talking,
        "led_by_other": talk is not None and not mine and talk.paused_at is None,
        "groups": _groups(answers, request.GET.get("gruppe", ""), group_bound, talking=talking),
        "answered": len(answers),
        "done": done,
        "spoken": catalogue.spoken,
        "saved_at": max((a.saved_at for a in answers.values()), default=None),
        "step": _step(answers, entry, offered=bool(given or booked)),
        "age": _age(entry.person),
        "home": Address.objects.filter(in_force(clock.today()), person=entry.person, kind=AddressKind.HOME).first(),
        "members": _members(entry),
        "ranking": ranking,
        "offers": offers,
        "others_handed": [h for h in given if h.vacancy_id not in {o.vacancy_id for o in offers}],
        "information": _with_booking(queries.free_dates(now, DateKind.INFORMATION, limit=4, language=language), booked),
        "workshops": _with_booking(queries.free_dates(now, DateKind.WORKSHOP, limit=3, language=language), booked),
        "coaching": _with_booking(queries.free_dates(now, DateKind.COACHING, limit=4, language=language), booked),
        "seats": seats,
        "papers": _papers(entry),
        "alg": values.get("alg") == "yes" and entry.state != EntryState.REFERRED,
        "need": _need(entry, values),
        "promises": list(queries.promises(entry.pk)),
        "rule": rule,
        "rule_team": TEAM_NAMES.get(rule.team, rule.team),
        "decided_team": TEAM_NAMES.get(entry.triage_team, ""),
        "handover": handover,
        "privacy": privacy_on(request),
        "wish_form": bound if isinstance(bound, WishForm) else WishForm(initial={"wish": entry.wish}),
        "promise_form": bound if isinstance(bound, PromiseForm) else PromiseForm(),
        "finish_form": bound if isinstance(bound, FinishForm) else _finish_form(request, entry, now),
        "triage_form": bound if isinstance(bound, TriageForm) else TriageForm(initial={"own_team": rule.team}),
        "handover_form": bound if isinstance(bound, HandoverForm) else _handover_form(request, entry),
        "household_form": bound if isinstance(bound, HouseholdForm) else HouseholdForm(),
        "agency_form": bound if isinstance(bound, AgencyForm) else AgencyForm(),
        "bound_kind": type(bound).__name__ if bound is not None else "",
        "later_url": reverse("entrance:later", args=[entry.pk]),
    }
    return page(request, "entrance/conversation.html", context, status=status)


def _age(person: Person) -> int | None:
    return periods.age_on(person.birth_date, clock.today()) if person.birth_date else None


def _members(entry: Entry) -> list[Any]:
    if entry.application is None:
        return []
    return list(
        entry.application.benefit_unit.memberships.filter(valid_to=None)
        .exclude(person=entry.person)
        .select_related("person")
        .order_by("person__birth_date", "id")
    )


def _papers(entry: Entry) -> list[Paper]:
    if entry.application is None:
        return []
    return list(
        entry.application.papers.exclude(state=PaperState.NOT_NEEDED).select_related("person").order_by("due_on", "title", "id")
    )


def _need(entry: Entry, values: dict[str, Any]) -> str:
    """An urgent need that was said in the talk and is not reported yet; empty otherwise."""
    open_kinds = set(entry.person.urgent_reports.filter(closed_at=None).order_by("id").values_list("kind", flat=True))
    if values.get("enough") == "no" and not open_kinds & {"no_money", "advance"}:
        return "Das Geld reicht nicht. Das ist der Leistungsstelle noch nicht gemeldet."
    if values.get("home") in {"arrears", "notice", "none"} and "no_roof" not in open_kinds:
        return "Die Wohnung ist in Gefahr. Das ist der Leistungsstelle noch nicht gemeldet."
    return ""


def _with_booking(rows: list[ViaDate], booked: dict[UUID, Booking]) -> list[tuple[ViaDate, Booking | None]]:
    return [(row, booked.get(row.pk)) for row in rows]


def _next_working_day(request: Request) -> Any:
    return periods.working_days_after(clock.today(), 2, request.jobcenter.land)


def _finish_form(request: Request, entry: Entry, now: datetime, data: Any = None) -> FinishForm:
    initial = {
        "next_step": entry.next_step or "Anruf",
        "next_day": entry.next_step_at.astimezone(clock.BERLIN).date() if entry.next_step_at and entry.next_step_at > now else _next_working_day(request),
        "next_time": days.parse_time("10:00"),
        "next_by": str(entry.next_step_by_id or request.actor.id),
        "via_to": entry.via_to or clock.today() + timedelta(days=conversation.VIA_DAYS - 1),
    }
    form = FinishForm(data, initial=initial, version=entry.version)
    people = {str(u.pk): u.get_full_name() for team in request.actor.teams for u in org.holders(clock.today(), team_id=team)}
    people.setdefault(str(request.actor.id), request.actor.name)
    form.fields["next_by"].choices = sorted(people.items(), key=lambda pair: pair[1])  # type: ignore[attr-defined]
    return form


def _handover_form(request: Request, entry: Entry, data: Any = None) -> HandoverForm:
    form = HandoverForm(data)
    team = entry.triage_team
    rows = Position.objects.filter(
        in_force(clock.today()), team__specialisation__in=list(INTEGRATION_TEAMS), holder__is_active=True
    ).select_related("team", "holder")
    rows = rows.order_by("team__name", "holder__last_name", "id")
    away = org.absent(clock.today())
    listed = sorted(rows, key=lambda p: (p.team.specialisation != team, p.team.name, p.holder.last_name if p.holder else ""))
    form.fields["to"].choices = [  # type: ignore[attr-defined]
        (f"{p.team_id}:{p.holder_id}", f"{p.team.name}: {p.holder.get_full_name() if p.holder else ''}{', abwesend' if p.holder_id in away else ''}")
        for p in listed
    ]
    return form


def show(request: Request, entry_id: UUID) -> HttpResponse:
    """The page. Coming from the board it opens; a talk begins by its own button."""
    require(policy.may(request.actor, "talk"))
    return conversation_page(request, entry_id)


@require_POST
def start(request: Request, entry_id: UUID) -> HttpResponse:
    """Begin the talk, or go on with it."""
    entry = entry_of(request, entry_id)
    conversation.start_talk(actor=request.actor, at=clock.now(), op=op_of(request), entry_id=entry.pk)
    return redirect("entrance:conversation", entry.pk)


@require_POST
def take_over(request: Request, entry_id: UUID) -> HttpResponse:
    """A colleague goes on with the talk."""
    entry = entry_of(request, entry_id)
    entry_verbs.take_from(actor=request.actor, at=clock.now(), op=op_of(request), entry_id=entry.pk)
    notes.done(request, "Sie führen das Gespräch jetzt. Alle Antworten sind da.")
    return redirect("entrance:conversation", entry.pk)


@require_POST
def answers(request: Request, entry_id: UUID, group: str) -> HttpResponse:
    """Save one group of answers."""
    entry = entry_of(request, entry_id)
    catalogue = questions.load()
    try:
        asked = catalogue.group(group)
    except KeyError as error:
        raise Http404 from error
    form = GroupForm(asked, request.POST)
    if form.is_valid():
        saved = form.run(
            conversation.save_group,
            request,
            entry_id=entry.pk,
            group=group,
            values=form.values(),
            catalogue=catalogue.version,
            version=form.cleaned_data["version"],
        )
        if saved is not None:
            return redirect(f"{reverse('entrance:conversation', args=[entry.pk])}#naechste")
    return conversation_page(request, entry.pk, bound=form, status=422)


def _back(entry: Entry, anchor: str = "") -> HttpResponse:
    return redirect(reverse("entrance:conversation", args=[entry.pk]) + (f"#{anchor}" if anchor else ""))


def _uuid(text: str | None) -> UUID:
    try:
        return UUID(text or "")
    except ValueError as error:
        raise Http404 from error


@require_POST
def hand(request: Request, entry_id: UUID) -> HttpResponse:
    """Hand a vacancy over, with the reasons as they stand on the page."""
    entry = entry_of(request, entry_id)
    vacancy_id = _uuid(request.POST.get("vacancy"))
    if not Vacancy.objects.filter(pk=vacancy_id).exists():
        raise Http404
    values = all_values(queries.current_answers(entry.pk))
    _, offers = ranking_of(request, entry, values, k=25)
    shown = next((o.proposal for o in offers if o.vacancy_id == vacancy_id), None)
    reasons = {"fits": shown.fits, "would_mean": shown.would_mean, "against": shown.against} if shown else {}
    handed = conversation.hand_vacancy(
        actor=request.actor, at=clock.now(), op=op_of(request), entry_id=entry.pk, vacancy_id=vacancy_id, reasons=reasons
    )
    notes.done(request, "Stelle mitgegeben.", undo=reverse("entrance:unhand", args=[handed.pk]))
    return redirect(request.POST.get("next") or reverse("entrance:conversation", args=[entry.pk]) + "#angebot")


@require_POST
def unhand(request: Request, handed_id: UUID) -> HttpResponse:
    """Take a handed vacancy back."""
    handed = HandedVacancy.objects.filter(pk=handed_id, entry__in=policy.entries_for(request.actor, clock.today())).first()
    if handed is None:
        raise Http404
    conversation.undo_vacancy(actor=request.actor, at=clock.now(), op=op_of(request), handed_id=handed.pk)
    notes.done(request, "Zurückgenommen.")
    return _back(handed.entry, "angebot")


@require_POST
def book(request: Request, entry_id: UUID) -> HttpResponse:
    """Take a seat."""
    entry = entry_of(request, entry_id)
    wanted = ViaDate.objects.filter(pk=_uuid(request.POST.get("date"))).first()
    if wanted is None:
        raise Http404
    booking = dates.book_seat(actor=request.actor, at=clock.now(), op=op_of(request), date_id=wanted.pk, entry_id=entry.pk)
    notes.done(
        request,
        f"{wanted.get_kind_display()}, {days.format_moment(wanted.starts_at)} Uhr, ist reserviert.",
        undo=reverse("entrance:unbook", args=[booking.pk]),
    )
    return _back(entry, "angebot")


@require_POST
def unbook(request: Request, booking_id: UUID) -> HttpResponse:
    """Give a seat back."""
    booking = Booking.objects.filter(pk=booking_id, entry__in=policy.entries_for(request.actor, clock.today())).first()
    if booking is None:
        raise Http404
    dates.undo_booking(actor=request.actor, at=clock.now(), op=op_of(request), booking_id=booking.pk)
    notes.done(request, "Der Platz ist wieder frei.")
    return _back(booking.entry, "angebot")


@require_POST
def paper(request: Request, paper_id: UUID) -> HttpResponse:
    """Note that a paper was seen, came or may follow."""
    found = Paper.objects.filter(
        pk=paper_id, application__entries__in=policy.entries_for(request.actor, clock.today())
    ).distinct().first()
    if found is None:
        raise Http404
    state = request.POST.get("state", "")
    if state not in PaperState.values:
        raise Http404
    benefits.set_paper_state(
        actor=request.actor, at=clock.now(), op=op_of(request), paper_id=found.pk, state=PaperState(state)
    )
    notes.done(request, f"{found.title}: {PaperState(state).label}.")
    target = request.POST.get("next", "")
    return redirect(target if target.startswith("/") and not target.startswith("//") else "entrance:board")


@require_POST
def wish(request: Request, entry_id: UUID) -> HttpResponse:
    """What matters to the person."""
    entry = entry_of(request, entry_id)
    form = WishForm(request.POST)
    if form.is_valid() and form.run(agreement.set_wish, request, entry_id=entry.pk, wish=form.cleaned_data["wish"]):
        notes.done(request, "Gespeichert.")
        return _back(entry, "verabredung")
    return conversation_page(request, entry.pk, bound=form, status=422)


@require_POST
def promise(request: Request, entry_id: UUID) -> HttpResponse:
    """Add a promise."""
    entry = entry_of(request, entry_id)
    form = PromiseForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        due = moment_of(given["due_day"], given["due_time"] or days.parse_time("16:00")) if given["due_day"] else None
        if form.run(agreement.add_promise, request, entry_id=entry.pk, side=given["side"], text=given["text"], due_at=due):
            return _back(entry, "verabredung")
    return conversation_page(request, entry.pk, bound=form, status=422)


@require_POST
def promise_act(request: Request, promise_id: UUID, act: str) -> HttpResponse:
    """Keep, reopen or remove a promise."""
    found = Promise.objects.filter(pk=promise_id, entry__in=policy.entries_for(request.actor, clock.today())).first()
    if found is None or act not in {"erledigt", "offen", "entfernen"}:
        raise Http404
    now, op = clock.now(), op_of(request)
    if act == "entfernen":
        agreement.remove_promise(actor=request.actor, at=now, op=op, promise_id=found.pk)
    else:
        agreement.keep_promise(actor=request.actor, at=now, op=op, promise_id=found.pk, done=act == "erledigt")
    return _back(found.entry, "verabredung")


@require_POST
def decide(request: Request, entry_id: UUID) -> HttpResponse:
    """Take the proposal of the rule, or decide otherwise with a reason."""
    entry = entry_of(request, entry_id)
    values = all_values(queries.current_answers(entry.pk))
    rule = triage.propose(values, age=_age(entry.person))
    form = TriageForm(request.POST)
    own = request.POST.get("own") == "1"
    if not own:
        agreement.decide_triage(
            actor=request.actor, at=clock.now(), op=op_of(request), entry_id=entry.pk, rule=rule.id, team=rule.team, reason=rule.reason
        )
        return _back(entry, "verabredung")
    if form.is_valid() and form.run(
        agreement.decide_triage,
        request,
        entry_id=entry.pk,
        rule=rule.id,
        team=rule.team,
        reason=rule.reason,
        own_team=form.cleaned_data["own_team"],
        own_reason=form.cleaned_data["own_reason"],
    ):
        return _back(entry, "verabredung")
    return conversation_page(request, entry.pk, bound=form, status=422)


@require_POST
def finish(request: Request, entry_id: UUID) -> HttpResponse:
    """Close the talk and print the handout."""
    entry = entry_of(request, entry_id)
    form = _finish_form(request, entry, clock.now(), request.POST)
    if form.is_valid():
        given = form.cleaned_data
        ended = form.run(
            conversation.finish_talk,
            request,
            entry_id=entry.pk,
            next_step=given["next_step"],
            next_step_at=moment_of(given["next_day"], given["next_time"]),
            next_step_by_id=UUID(given["next_by"]),
            via_to=given["via_to"],
        )
        if ended is not None:
            notes.done(request, "Gespräch abgeschlossen. Der Handzettel liegt bereit.")
            return redirect("entrance:finished", entry.pk)
    return conversation_page(request, entry.pk, bound=form, status=422)


def finished(request: Request, entry_id: UUID) -> HttpResponse:
    """After the talk: handout, hand-over, next person."""
    require(policy.may(request.actor, "talk"))
    entry = entry_of(request, entry_id)
    audit.log_access(actor=request.actor, kind="open", page="entrance:finished", person_ids=[entry.person_id], at=clock.now())
    return page(
        request,
        "entrance/finished.html",
        {
            "entry": entry,
            "person": entry.person,
            "team": TEAM_NAMES.get(entry.triage_team, ""),
            "handover": Handover.objects.filter(entry=entry, state=HandoverState.SENT).select_related("team", "user").first(),
            "handover_form": _handover_form(request, entry),
            "seats": queries.seats_of(entry.pk),
            "handed": queries.handed(entry.pk),
        },
    )


@require_POST
def handover_send(request: Request, entry_id: UUID) -> HttpResponse:
    """Send the person on to a team and a colleague."""
    entry = entry_of(request, entry_id)
    form = _handover_form(request, entry, request.POST)
    if form.is_valid():
        team_id, _, user_id = form.cleaned_data["to"].partition(":")
        sent = form.run(
            agreement.send_handover,
            request,
            entry_id=entry.pk,
            team_id=UUID(team_id),
            user_id=UUID(user_id),
            summary=form.cleaned_data["summary"],
            reason=entry.triage_own or entry.triage_reason or "nach dem Gespräch",
        )
        if sent is not None:
            notes.done(request, f"Übergabe an {sent.user.get_full_name()} gesendet. Bis zur Annahme bleibt ViA zuständig.")
            return redirect("entrance:finished", entry.pk)
    return conversation_page(request, entry.pk, bound=form, status=422)


@require_POST
def household(request: Request, entry_id: UUID) -> HttpResponse:
    """Add somebody to the household; papers follow."""
    entry = entry_of(request, entry_id)
    if entry.application_id is None:
        raise Http404
    form = HouseholdForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        added = form.run(
            benefits.add_to_household,
            request,
            application_id=entry.application_id,
            role=MemberRole(given["role"]),
            first_name=given["first_name"],
            last_name=given["last_name"],
            birth_date=given["birth_date"],
        )
        if added is not None:
            conversation.compute_papers(actor=request.actor, at=clock.now(), entry_id=entry.pk)
            return _back(entry)
    return conversation_page(request, entry.pk, bound=form, status=422)


@require_POST
def agency(request: Request, entry_id: UUID) -> HttpResponse:
    """A claim to Arbeitslosengeld: refer to the Agentur, the application stays."""
    entry = entry_of(request, entry_id)
    form = AgencyForm(request.POST)
    if form.is_valid():
        moved = form.run(
            facts.refer_to_agency,
            request,
            entry_id=entry.pk,
            claim_until=form.cleaned_data["claim_until"],
            note=form.cleaned_data["note"],
        )
        if moved is not None:
            notes.done(request, "An die Agentur verwiesen. Der Antrag hier läuft weiter.")
            return redirect("entrance:conversation", entry.pk)
    return conversation_page(request, entry.pk, bound=form, status=422)


def handout(request: Request, entry_id: UUID) -> HttpResponse:
    """The handout as PDF; the second language where somebody speaks it and we have the words."""
    require(policy.may(request.actor, "talk"))
    entry = entry_of(request, entry_id)
    audit.log_access(actor=request.actor, kind="open", page="entrance:handout", person_ids=[entry.person_id], at=clock.now())
    sheet = handout_paper.handout(request, entry)
    if Conversation.objects.filter(entry=entry).exists():
        conversation.hand_out(actor=request.actor, at=clock.now(), entry_id=entry.pk)
    return papers.pdf(sheet, "handzettel.pdf")


def conversations(request: Request) -> HttpResponse:
    """Talks that run, wait, and were done today."""
    require(policy.may(request.actor, "talk"))
    now, day = clock.now(), clock.today()
    mine = request.GET.get("wer") == "ich"
    words = request.GET.get("q", "").strip()
    running = queries.open_talks(request.actor, day)
    done = queries.talks(request.actor, day).filter(finished_at__isnull=False)
    waiting = queries.later(request.actor, now)
    if mine:
        running, done = running.filter(led_by__in=request.actor.user_ids), done.filter(led_by__in=request.actor.user_ids)
        waiting = waiting.filter(taken_by__in=request.actor.user_ids)
    if words:
        match = Q(entry__person__search_name__contains=names.fold(words))
        running, done = running.filter(match), done.filter(match)
        waiting = waiting.filter(person__search_name__contains=names.fold(words))
    talks, put_off, closed = list(running), list(waiting[:50]), list(done)
    audit.log_access(
        actor=request.actor,
        kind="search",
        page="entrance:conversations",
        person_ids=[t.entry.person_id for t in (*talks, *closed)] + [e.person_id for e in put_off],
        at=now,
    )
    return page(request, "entrance/conversations.html", {"running": talks, "later": put_off, "done": closed, "mine": mine, "q": words, "now": now, "privacy": privacy_on(request)})

