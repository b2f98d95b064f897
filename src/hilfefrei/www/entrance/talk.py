"""Acts of the conversation. Each group is one post; bookings and offers count at once and can be undone."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render as page
from django.urls import reverse
from django.views.decorators.http import require_POST

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.benefits import domain as benefits
from hilfefrei.apps.benefits import policy as benefits_policy
from hilfefrei.apps.benefits import queries as benefits_reads
from hilfefrei.apps.benefits.models import Paper
from hilfefrei.apps.benefits.workflows import Channel, PaperState
from hilfefrei.apps.intake import policy, queries
from hilfefrei.apps.intake.domain import agreement, conversation, dates, facts
from hilfefrei.apps.intake.domain import entry as entry_verbs
from hilfefrei.apps.intake.domain import household as household_verbs
from hilfefrei.apps.intake.domain.moments import check_happened
from hilfefrei.apps.intake.models import Booking, Conversation, Entry, HandedVacancy, Handover, Promise, ViaDate
from hilfefrei.apps.intake.workflows import EntryState, HandoverState
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.people import queries as people
from hilfefrei.apps.people.workflows import MemberRole
from hilfefrei.apps.vacancies.models import Vacancy
from hilfefrei.core import clock, days, names, questions
from hilfefrei.www import estimating, from_paper, notes, papers
from hilfefrei.www import handout as handout_paper
from hilfefrei.www.entrance.forms import moment_of
from hilfefrei.www.entrance.talk_forms import (
    AgencyForm,
    FromPaperForm,
    HouseholdForm,
    PromiseForm,
    TriageForm,
    WayForm,
    WishForm,
    form_of,
)
from hilfefrei.www.entrance.talk_page import (
    TEAM_NAMES,
    conversation_page,
    entry_of,
    finish_form,
    handover_form,
    proposed_rule,
    start_form,
    told,
)
from hilfefrei.www.guards import allowed
from hilfefrei.www.known import known, picked
from hilfefrei.www.proposals import all_values, ranking_of
from hilfefrei.www.requests import Request, next_of, op_of, privacy_on, words_of

PROMISE_TIME = days.parse_time("16:00")


@allowed("read_talk")
def show(request: Request, entry_id: UUID) -> HttpResponse:
    """The page. Coming from the board it opens; a talk begins by its own button."""
    return conversation_page(request, entry_id)


@require_POST
@allowed("talk")
def start(request: Request, entry_id: UUID) -> HttpResponse:
    """Begin the talk, or go on with it. The button on the board posts nothing but itself."""
    entry = entry_of(request, entry_id)
    form = start_form(request, entry, request.POST if "how" in request.POST else None)
    if not form.is_bound:
        conversation.start_talk(actor=request.actor, at=clock.now(), op=op_of(request), entry_id=entry.pk)
        from_paper.begin(request, entry.pk, None)
        return redirect("entrance:conversation", entry.pk)
    if form.is_valid():
        given = form.cleaned_data
        begun = form.run(
            conversation.start_talk,
            request,
            entry_id=entry.pk,
            how=Channel(given["how"]),
            room_id=UUID(given["room"]) if given["room"] else None,
            happened_at=form.happened_at,
        )
        if begun is not None:
            from_paper.begin(request, entry.pk, form.happened_at)
            return _back(entry, "naechste")
    return conversation_page(request, entry.pk, bound=form, status=422)


@require_POST
@allowed("book")
def late(request: Request, entry_id: UUID) -> HttpResponse:
    """What is typed from here on was at another time: begin that, change the time, end it."""
    entry = entry_of(request, entry_id)
    if request.POST.get("end"):
        from_paper.begin(request, entry.pk, None)
        notes.done(request, "Nachtrag beendet. Was Sie jetzt eintragen, gilt ab jetzt.")
        return _back(entry)
    form = FromPaperForm(request.POST)
    if form.is_valid():
        try:
            moment = check_happened(entry, clock.now(), form.happened_at)
        except Refused as error:
            form.add_error(error.field, str(error))
        else:
            from_paper.begin(request, entry.pk, moment)
            return _back(entry)
    return conversation_page(request, entry.pk, bound=form, status=422)


@require_POST
@allowed("talk")
def take_over(request: Request, entry_id: UUID) -> HttpResponse:
    """A colleague goes on with the talk."""
    entry = entry_of(request, entry_id)
    entry_verbs.take_from(actor=request.actor, at=clock.now(), op=op_of(request), entry_id=entry.pk)
    notes.done(request, "Sie führen das Gespräch jetzt. Alle Antworten sind da.")
    return redirect("entrance:conversation", entry.pk)


@require_POST
@allowed("talk")
def break_off(request: Request, entry_id: UUID) -> HttpResponse:
    """End a talk that cannot go on, or that began by a wrong click."""
    entry = entry_of(request, entry_id)
    moved = conversation.break_off(actor=request.actor, at=clock.now(), op=op_of(request), entry_id=entry.pk)
    from_paper.begin(request, entry.pk, None)
    kept = Conversation.objects.filter(entry=entry, finished_at=None).exists()
    notes.done(
        request,
        f"Gespräch abgebrochen. Stand jetzt: {moved.get_state_display()}."
        + (" Was gesagt wurde, ist da, wenn Sie weitersprechen." if kept else " Es war noch nichts eingetragen."),
    )
    return estimating.forget(
        redirect("entrance:board" if moved.state == EntryState.WAITING else reverse("entrance:conversation", args=[entry.pk]))
    )


@require_POST
@allowed("talk")
def answers(request: Request, entry_id: UUID, group: str) -> HttpResponse:
    """Save one group of answers."""
    entry = entry_of(request, entry_id)
    catalogue = questions.load()
    try:
        asked = catalogue.group(group)
    except KeyError as error:
        raise Http404 from error
    form = form_of(asked)(asked, request.POST)
    if form.is_valid():
        catalogue_ids = [g.id for g in catalogue.groups]
        saved = form.run(
            conversation.save_group,
            request,
            entry_id=entry.pk,
            group=group,
            values=form.values(),
            catalogue=catalogue.version,
            home=form.home if isinstance(form, WayForm) else None,
            version=form.cleaned_data["version"],
            happened_at=from_paper.posted(request),
        )
        if saved is not None:
            missing = set(catalogue_ids) - set(queries.current_answers(entry.pk))
            return _back(entry, "naechste" if missing else "verabredung")
    return conversation_page(request, entry.pk, bound=form, status=422)


@require_POST
@allowed("read_talk")
def estimate(request: Request, entry_id: UUID) -> HttpResponse:
    """What only the estimate needs: taken along on this workplace, stored nowhere; the page shows the estimate with it."""
    entry = entry_of(request, entry_id)
    form = estimating.EstimateForm(request.POST)
    if form.is_valid():
        given = {} if request.POST.get("forget") else form.given()
        back = _back(entry, "schaetzung")
        return estimating.keep(back, request, entry.pk, given) if given else estimating.forget(back)
    # htmx shows what comes back with 200 only.
    return conversation_page(request, entry.pk, bound=form, status=200 if request.htmx else 422)


def _back(entry: Entry, anchor: str = "") -> HttpResponse:
    return redirect(reverse("entrance:conversation", args=[entry.pk]) + (f"#{anchor}" if anchor else ""))


def _uuid(text: str | None) -> UUID:
    try:
        return UUID(text or "")
    except ValueError as error:
        raise Http404 from error


@require_POST
@allowed("book")
def hand(request: Request, entry_id: UUID) -> HttpResponse:
    """Hand a vacancy over, with the reasons as they stand on the page."""
    entry = entry_of(request, entry_id)
    vacancy_id = _uuid(request.POST.get("vacancy"))
    if not Vacancy.objects.filter(pk=vacancy_id).exists():
        raise Http404
    values = all_values(queries.current_answers(entry.pk))
    _, offers = ranking_of(request, entry, values, k=25)
    shown = next((o.proposal for o in offers if o.vacancy_id == vacancy_id), None)
    reasons = {"fits": list(shown.fits), "would_mean": list(shown.would_mean), "against": list(shown.against)} if shown else {}
    moment = from_paper.posted(request)
    handed = conversation.hand_vacancy(
        actor=request.actor,
        at=clock.now(),
        op=op_of(request),
        entry_id=entry.pk,
        vacancy_id=vacancy_id,
        reasons=reasons,
        happened_at=moment,
    )
    notes.done(request, f"Stelle mitgegeben.{from_paper.in_words(moment)}", undo=reverse("entrance:unhand", args=[handed.pk]))
    return redirect(next_of(request, reverse("entrance:conversation", args=[entry.pk]) + "#angebot"))


@require_POST
@allowed("book")
def unhand(request: Request, handed_id: UUID) -> HttpResponse:
    """Take a handed vacancy back."""
    handed = HandedVacancy.objects.filter(pk=handed_id, entry__in=policy.entries_for(request.actor, clock.today())).first()
    if handed is None:
        raise Http404
    conversation.undo_vacancy(actor=request.actor, at=clock.now(), op=op_of(request), handed_id=handed.pk)
    notes.done(request, "Zurückgenommen.")
    return redirect(next_of(request, reverse("entrance:conversation", args=[handed.entry_id]) + "#angebot"))


@require_POST
@allowed("book")
def book(request: Request, entry_id: UUID) -> HttpResponse:
    """Take a seat."""
    entry = entry_of(request, entry_id)
    wanted = ViaDate.objects.filter(pk=_uuid(request.POST.get("date"))).first()
    if wanted is None:
        raise Http404
    moment = from_paper.posted(request)
    booking = dates.book_seat(
        actor=request.actor, at=clock.now(), op=op_of(request), date_id=wanted.pk, entry_id=entry.pk, happened_at=moment
    )
    notes.done(
        request,
        f"{wanted.get_kind_display()}, {days.format_moment(wanted.starts_at, today=clock.today())} Uhr, ist reserviert.{from_paper.in_words(moment)}",
        undo=reverse("entrance:unbook", args=[booking.pk]),
    )
    return _back(entry, "angebot")


@require_POST
@allowed("book")
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
    """Note that a paper was seen, came or may follow: at the entrance, in the talk of a case manager, at benefits."""
    require(benefits_policy.may_handle_papers(request.actor))
    found = (
        Paper.objects.filter(pk=paper_id, application__in=benefits_policy.applications_for(request.actor, clock.today()))
        .select_related("application")
        .first()
    )
    if found is None:
        raise Http404
    state = request.POST.get("state", "")
    if state not in PaperState.values:
        raise Http404
    benefits.set_paper_state(
        actor=request.actor, at=clock.now(), op=op_of(request), paper_id=found.pk, state=PaperState(state)
    )
    notes.done(request, f"{found.title}: {PaperState(state).label}.")
    return redirect(next_of(request, reverse("people:detail", args=[found.application.applicant_id])))


@require_POST
@allowed("talk")
def wish(request: Request, entry_id: UUID) -> HttpResponse:
    """What matters to the person; a button inside the form that closes the talk."""
    entry = entry_of(request, entry_id)
    form = WishForm(request.POST)
    if form.is_valid() and form.run(agreement.set_wish, request, entry_id=entry.pk, wish=form.cleaned_data["wish"]):
        notes.done(request, "Gespeichert.")
        return _back(entry, "verabredung")
    closing = finish_form(request, entry, request.POST)
    return conversation_page(request, entry.pk, bound=closing, status=422)


@require_POST
@allowed("talk")
def promise(request: Request, entry_id: UUID) -> HttpResponse:
    """Add a promise, or say one anew (``promise``)."""
    entry = entry_of(request, entry_id)
    form = PromiseForm(request.POST)
    if request.POST.get("promise"):
        form.promise = Promise.objects.filter(entry=entry, pk=_uuid(request.POST["promise"])).first()
        if form.promise is None:
            raise Http404
    if form.is_valid():
        given = form.cleaned_data
        values: dict[str, Any] = {"side": given["side"], "text": given["text"], "due_at": _due(given)}
        if form.promise is None:
            made = form.run(agreement.add_promise, request, entry_id=entry.pk, happened_at=from_paper.posted(request), **values)
        else:
            made = form.run(agreement.change_promise, request, promise_id=form.promise.pk, version=given["version"], **values)
        if made is not None:
            return _back(entry, "verabredung")
    return conversation_page(request, entry.pk, bound=form, status=422)


def _due(given: dict[str, Any]) -> datetime | None:
    return moment_of(given["due_day"], given["due_time"] or PROMISE_TIME) if given["due_day"] else None


@require_POST
@allowed("facts")
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
@allowed("talk")
def decide(request: Request, entry_id: UUID) -> HttpResponse:
    """Take the proposal of the rule, or decide otherwise with a reason."""
    entry = entry_of(request, entry_id)
    rule = proposed_rule(entry, queries.current_answers(entry.pk))
    proposed = {"rule": rule.id, "team": rule.team, "reason": rule.reason} if rule else {"rule": "", "team": "", "reason": ""}
    if request.POST.get("own") != "1":
        if rule is None:
            notes.failed(request, "Es gibt noch keinen Vorschlag. Er kommt mit den Antworten.")
        else:
            agreement.decide_triage(actor=request.actor, at=clock.now(), op=op_of(request), entry_id=entry.pk, **proposed)
        return _back(entry, "verabredung")
    form = TriageForm(request.POST)
    if form.is_valid() and form.run(
        agreement.decide_triage,
        request,
        entry_id=entry.pk,
        own_team=form.cleaned_data["own_team"],
        own_reason=form.cleaned_data["own_reason"],
        **proposed,
    ):
        return _back(entry, "verabredung")
    return conversation_page(request, entry.pk, bound=form, status=422)


@require_POST
@allowed("talk")
def finish(request: Request, entry_id: UUID) -> HttpResponse:
    """Close the talk and print the handout."""
    entry = entry_of(request, entry_id)
    form = finish_form(request, entry, request.POST)
    if form.is_valid():
        given = form.cleaned_data
        rule = proposed_rule(entry, queries.current_answers(entry.pk))
        ended = form.run(
            conversation.finish_talk,
            request,
            entry_id=entry.pk,
            next_step=given["next_step"],
            next_step_at=moment_of(given["next_day"], given["next_time"]),
            next_step_by_id=UUID(given["next_by"]),
            via_to=given["via_to"],
            wish=given["wish"],
            proposed=(rule.id, rule.team, rule.reason) if rule else None,
            happened_at=from_paper.posted(request),
            version=given["version"],
        )
        if ended is not None:
            from_paper.begin(request, entry.pk, None)
            notes.done(request, "Gespräch abgeschlossen. Der Handzettel liegt bereit.")
            return estimating.forget(redirect("entrance:finished", entry.pk))
    return conversation_page(request, entry.pk, bound=form, status=422)


@allowed("talk")
def finished(request: Request, entry_id: UUID) -> HttpResponse:
    """After the talk: handout, hand-over, next person."""
    entry = entry_of(request, entry_id)
    return _finished(request, entry, handover_form(request, entry))


def _finished(request: Request, entry: Entry, form: Any, status: int = 200) -> HttpResponse:
    audit.log_access(actor=request.actor, kind="open", page="entrance:finished", person_ids=[entry.person_id], at=clock.now())
    sent = Handover.objects.filter(entry=entry).select_related("team", "user").order_by("-sent_at", "id").first()
    return page(
        request,
        "entrance/finished.html",
        {
            "entry": entry,
            "person": entry.person,
            "team": TEAM_NAMES.get(entry.triage_team, ""),
            "reason": entry.triage_own or entry.triage_reason,
            "handover": sent,
            "handover_form": form,
            "seats": [s for s in queries.seats_of(entry.pk) if s.date.cancelled_at is None and s.date.ends_at > clock.now()],
            "handed": queries.handed(entry.pk),
            "promises": [p for p in queries.promises(entry.pk) if p.done_at is None],
            "waiting": queries.waiting(request.actor, clock.now())[:1],
            "sent_state": HandoverState.SENT.value,
            **told(entry, with_application=True),
        },
        status=status,
    )


@require_POST
@allowed("talk")
def handover_send(request: Request, entry_id: UUID) -> HttpResponse:
    """Send the person on to a team and a colleague."""
    entry = entry_of(request, entry_id)
    form = handover_form(request, entry, request.POST)
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
    return _finished(request, entry, form, status=422)


@require_POST
@allowed("talk")
def household(request: Request, entry_id: UUID) -> HttpResponse:
    """Add somebody to the household; papers follow. A known record is searched first, so that nobody is made twice."""
    entry = entry_of(request, entry_id)
    form = HouseholdForm(request.POST)
    found: people.SearchResult | None = None
    if form.is_valid():
        given = form.cleaned_data
        new = bool(request.POST.get("new"))
        member = None if new else given["member"]
        if member is not None:
            found = picked(request, member)
        elif not new:
            found = known(
                request, "entrance:household", first_name=given["first_name"], last_name=given["last_name"],
                or_last_name=entry.person.last_name, birth_date=given["birth_date"], without=entry.person_id,
            )
        if member is None and found is not None and (found.hits or found.hint):
            return conversation_page(request, entry.pk, bound=form, found=found)
        added = form.run(
            household_verbs.join,
            request,
            person_id=entry.person_id,
            role=MemberRole(given["role"]),
            first_name=given["first_name"],
            last_name=given["last_name"],
            birth_date=given["birth_date"],
            member_id=member,
            stay=given["stay"],
        )
        if added is not None:
            listed = entry.application is not None and entry.application.papers.exists()
            notes.done(request, "Hinzugefügt." + (" Die Liste der Unterlagen ist neu berechnet." if listed else ""))
            return _back(entry, "person")
    return conversation_page(request, entry.pk, bound=form, status=422, found=found)


@require_POST
@allowed("talk")
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
            goes_on = "" if queries.takes_application(entry) else " Der Antrag hier läuft weiter."
            notes.done(request, f"An die Agentur verwiesen.{goes_on}")
            return redirect("entrance:conversation", entry.pk)
    return conversation_page(request, entry.pk, bound=form, status=422)


@allowed("talk")
def handout(request: Request, entry_id: UUID) -> HttpResponse:
    """The handout as PDF; the second language where somebody speaks it and we have the words."""
    entry = entry_of(request, entry_id)
    audit.log_access(actor=request.actor, kind="open", page="entrance:handout", person_ids=[entry.person_id], at=clock.now())
    return papers.pdf(handout_paper.handout(request, entry), "handzettel.pdf")


@require_POST
@allowed("talk")
def hand_out(request: Request, entry_id: UUID) -> HttpResponse:
    """Print the handout for the person: noted as handed out where there was a talk, then shown."""
    entry = entry_of(request, entry_id)
    if Conversation.objects.filter(entry=entry).exists():
        conversation.hand_out(actor=request.actor, at=clock.now(), op=op_of(request), entry_id=entry.pk)
    return redirect("entrance:handout", entry.pk)


@allowed("talk")
def conversations(request: Request) -> HttpResponse:
    """Talks that run, wait, came back from a hand-over, and were done today."""
    now, day = clock.now(), clock.today()
    mine = request.GET.get("wer") == "ich"
    words = words_of(request)
    running = queries.open_talks(request.actor, day)
    done = queries.talks(request.actor, day).filter(finished_at__isnull=False)
    waiting = queries.later(request.actor, now)
    back = queries.returned(request.actor, day)
    if mine:
        ours = request.actor.user_ids
        running, done = running.filter(led_by__in=ours), done.filter(led_by__in=ours)
        waiting, back = waiting.filter(taken_by__in=ours), back.filter(sent_by__in=ours)
    if words:
        match = Q(entry__person__search_name__contains=names.fold(words))
        running, done, back = running.filter(match), done.filter(match), back.filter(match)
        waiting = waiting.filter(person__search_name__contains=names.fold(words))
    talks, put_off, returned, closed = list(running), list(waiting[:50]), list(back[:50]), list(done)
    shown = [t.entry.person_id for t in (*talks, *closed)] + [h.entry.person_id for h in returned]
    shown += [e.person_id for e in put_off]
    audit.log_access(
        actor=request.actor, kind="search", page="entrance:conversations", person_ids=list(dict.fromkeys(shown)), at=now
    )
    return page(
        request,
        "entrance/conversations.html",
        {
            "running": [talk for talk in talks if talk.entry.state == EntryState.IN_TALK],
            "later": put_off,
            "returned": returned,
            "done": closed,
            "mine": mine,
            "q": words,
            "now": now,
            "me": request.actor.user_ids,
            "pending": benefits_reads.pending(shown),
            "privacy": privacy_on(request),
        },
    )
