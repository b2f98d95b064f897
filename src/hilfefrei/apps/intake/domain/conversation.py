"""The talk: start, answers, pause, offers handed over, close."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.domain import Ledger, locked, verb
from hilfefrei.apps.audit.errors import Refused, Stale
from hilfefrei.apps.audit.happened import TIME_FIELD, typed_late
from hilfefrei.apps.audit.models import Event, Operation
from hilfefrei.apps.audit.queries import last_said
from hilfefrei.apps.benefits import domain as benefits
from hilfefrei.apps.benefits.models import Application
from hilfefrei.apps.benefits.workflows import Channel
from hilfefrei.apps.intake import policy
from hilfefrei.apps.intake.domain.asking import asked_by
from hilfefrei.apps.intake.domain.entry import move
from hilfefrei.apps.intake.domain.home import note_home
from hilfefrei.apps.intake.domain.moments import check_agreed, check_ahead, check_happened
from hilfefrei.apps.intake.domain.offers import refresh_first_offer
from hilfefrei.apps.intake.models import AnswerSet, ContactAttempt, Conversation, Entry, FirstContact, HandedVacancy, Leave
from hilfefrei.apps.intake.queries import counts_for, money_not_enough, takes_application
from hilfefrei.apps.intake.workflows import BACK_BY_APPLICATION, EntryState, VacancyReaction
from hilfefrei.apps.org.models import Jobcenter
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.people.models import Membership
from hilfefrei.apps.people.workflows import MemberRole, Stay
from hilfefrei.apps.vacancies.models import Vacancy
from hilfefrei.apps.vacancies.workflows import VacancyState
from hilfefrei.core import papers
from hilfefrei.core.days import berlin_day, format_moment
from hilfefrei.core.periods import first_of_month

# ViA takes four weeks unless the week plan says otherwise.
VIA_DAYS = 28


@verb(Conversation)
def start_talk(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    entry_id: UUID,
    how: Channel = Channel.IN_PERSON,
    room_id: UUID | None = None,
    happened_at: datetime | None = None,
    op: UUID | None = None,
) -> Conversation:
    """Begin or go on with a talk. Whoever comes second reads who leads it and may take over by name.

    ``happened_at`` lies before ``at`` where a talk held on paper is entered later, with its real time.
    """
    require(policy.may(actor, "talk"))
    entry = locked(Entry, entry_id)
    begun = check_happened(entry, at, happened_at)
    held = Conversation.objects.filter(entry=entry, finished_at=None).select_related("led_by").first()
    if held is not None:
        if entry.state != EntryState.IN_TALK:
            move(ledger, entry, EntryState.IN_TALK, **typed_late(at, begun))
            held.paused_at = None
            held.led_by_id = actor.id
            held.save(update_fields=["paused_at", "led_by"])
        elif held.led_by_id != actor.id:
            raise Refused(
                f"{held.led_by.get_full_name()} spricht gerade mit dieser Person. Sie können das Gespräch übernehmen.",
                code="led_by_other",
            )
    else:
        move(ledger, entry, EntryState.IN_TALK)
        held = Conversation.objects.create(
            jobcenter_id=actor.jobcenter_id,
            entry=entry,
            how=how,
            room_id=room_id,
            started_at=begun,
            started_by_id=actor.id,
            led_by_id=actor.id,
        )
        ContactAttempt.objects.create(
            jobcenter_id=actor.jobcenter_id, entry=entry, at=begun, how=how, reached=True, by_id=actor.id
        )
        ledger.event("talk.started", held, subject=entry.person_id, how=how, started_at=begun, **typed_late(at, begun))
    entry.taken_by_id = actor.id
    entry.taken_at = entry.taken_at or at
    entry.resume_at = None
    entry.resume_reason = ""
    entry.save(
        update_fields=["state", "state_since", "version", "taken_by", "taken_at", "resume_at", "resume_reason"]
    )
    return held


# What makes a talk of a click: something was said, offered, promised or decided in it.
SAID = (
    "answers.saved",
    "application.recorded",
    "entry.triage",
    "entry.wish",
    "fact.added",
    "handover.sent",
    "leave.recorded",
    "paper.state",
    "promise.made",
    "seat.booked",
    "seat.walked_in",
    "unit.joined",
    "urgent.reported",
    "vacancy.handed",
)


@verb(Entry)
def break_off(
    ledger: Ledger, *, actor: Actor, at: datetime, entry_id: UUID, op: UUID | None = None
) -> Entry:
    """End a talk that cannot go on, or that began by a wrong click.

    A talk in which nothing was said is as if it had never begun: it is removed, and the way stands where it stood. One
    with content is kept unfinished and goes on another time; meanwhile the person waits, or stays in ViA.
    """
    require(policy.may(actor, "talk"))
    entry = locked(Entry, entry_id)
    talk = Conversation.objects.select_for_update(of=("self",)).filter(entry=entry, finished_at=None).select_related("led_by").first()
    if entry.state != EntryState.IN_TALK or talk is None:
        raise Refused("Es läuft gerade kein Gespräch.", code="no_talk")
    if talk.led_by_id not in actor.user_ids:
        raise Refused(
            f"{talk.led_by.get_full_name()} spricht gerade mit dieser Person. Sie können das Gespräch übernehmen.", code="led_by_other"
        )
    begun = entry.state_since
    said = Event.objects.filter(subject_id=entry.person_id, verb__in=SAID, at__gte=begun).exists()
    # A talk from before that was only opened again keeps its content.
    removed = not said and Event.objects.filter(object_id=talk.pk, verb="talk.started", at=begun).exists()
    stood = "" if said else last_said(entry.pk, ("entry.moved",), field="before").get("before")
    put_off = last_said(entry.pk, ("entry.moved", "entry.later_again"), field="resume_at")
    if stood == EntryState.LATER and put_off:
        move(ledger, entry, EntryState.LATER, resume_at=put_off["resume_at"], reason=put_off["reason"])
        entry.resume_at = datetime.fromisoformat(put_off["resume_at"])
        entry.resume_reason = put_off["reason"][:200]
    elif entry.via_from is not None and stood != EntryState.WAITING:
        move(ledger, entry, EntryState.IN_VIA)
    else:
        move(ledger, entry, EntryState.WAITING)
    if removed and entry.taken_at == begun:
        # Taken by the same click.
        entry.taken_by = None
        entry.taken_at = None
    entry.save(update_fields=["state", "state_since", "version", "resume_at", "resume_reason", "taken_by", "taken_at"])
    if removed:
        ContactAttempt.objects.filter(entry=entry, reached=True, at=talk.started_at, by=talk.started_by_id).delete()
        Conversation.objects.filter(pk=talk.pk).delete()
        # The click that began it is not repeated into nothing: a second post is refused in words.
        Operation.objects.filter(result_id=talk.pk).update(result_id=None)
    else:
        talk.paused_at = at
        talk.version += 1
        talk.save(update_fields=["paused_at", "version"])
    ledger.event("talk.broken_off", talk, subject=entry.person_id, removed=removed)
    return entry


@verb(Entry)
def apply(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    entry_id: UUID,
    contact_id: UUID | None = None,
    as_said: bool = False,
    reason: str = "",
    anyway: bool = False,
    happened_at: datetime | None = None,
    op: UUID | None = None,
) -> Entry:
    """Somebody without an open application wishes for money after all: that is the application (§ 37 SGB II).

    After a refusal or a withdrawal it is a new one.

    From this minute on when the wish is new; with the moment of the contact ``contact_id`` when it was voiced there and
    not taken down; or from ``happened_at``, where it was taken down on paper. Where that was in an earlier month ``reason``
    says how we know, as benefits then begin earlier.

    ``as_said``: with the moment of the answer "the money is not enough", which is the proof as well. The answer alone makes
    no application: to live on too little is not yet to ask us for money, that is for the person to say.
    """
    entry = locked(Entry, entry_id)
    if not takes_application(entry):
        return entry
    if contact_id is not None:
        return _applied_at_contact(ledger, actor, at, entry, contact_id, reason=reason.strip(), anyway=anyway)
    moment = check_happened(entry, at, happened_at)
    source = "selbst gesehen" if moment == at else f"Nachtrag vom Papier: {reason.strip()}".removesuffix(": ")[:80]
    talk = Conversation.objects.filter(entry=entry, finished_at=None).first()
    if as_said:
        said = money_not_enough(entry)
        if said is None:
            raise Refused("Diese Antwort gibt es nicht mehr. Bitte laden Sie die Seite neu.", code="not_said")
        moment, source = min(moment, said.saved_at), "im Gespräch gesagt: Das Geld reicht nicht"
        talk = Conversation.objects.filter(entry=entry, started_at__lte=said.saved_at).order_by("-started_at", "id").first()
    else:
        _earlier_month(at, moment, reason.strip())
    application = benefits.record_application(
        actor=actor,
        at=at,
        person_id=entry.person_id,
        asked_at=moment,
        channel=Channel(talk.how) if talk else Channel.IN_PERSON,
        time_source=source,
        asked_by=asked_by(entry.person, berlin_day(moment)),
        anyway=anyway,
    )
    join_application(ledger, actor, at, entry, application)
    return entry


def _earlier_month(at: datetime, moment: datetime, reason: str) -> None:
    if first_of_month(berlin_day(moment)) < first_of_month(berlin_day(at)) and not reason:
        raise Refused(
            "Der Kontakt war in einem früheren Monat. Bitte schreiben Sie kurz, woher wir wissen, dass die Person damals schon "
            "Geld wollte.",
            code="reason",
            field="reason",
        )


def _applied_at_contact(
    ledger: Ledger, actor: Actor, at: datetime, entry: Entry, contact_id: UUID, *, reason: str, anyway: bool
) -> Entry:
    contact = locked(FirstContact.objects.filter(person=entry.person_id), contact_id)
    if contact.application_id is not None:
        return entry
    _earlier_month(at, contact.contact_at, reason)
    application = benefits.record_application(
        actor=actor,
        at=at,
        person_id=entry.person_id,
        asked_at=contact.contact_at,
        channel=Channel(contact.channel),
        time_source=contact.time_source,
        asked_by=asked_by(entry.person, berlin_day(contact.contact_at)),
        anyway=anyway,
    )
    contact.application = application
    contact.save(update_fields=["application"])
    ledger.event("first_contact.application", contact, subject=entry.person_id, application=application.pk, reason=reason)
    join_application(ledger, actor, at, entry, application)
    return entry


def returned(ledger: Ledger, leave: Leave, *, note: str = "") -> None:
    """Part of a verb: whoever left (``leave``, locked) comes back; the words stay to be seen, with the moment since when."""
    leave.revoked_at = ledger.at
    leave.revoked_note = note.strip()[:200]
    leave.version += 1
    leave.save(update_fields=["revoked_at", "revoked_note", "version"])
    ledger.event("leave.revoked", leave, subject=leave.entry.person_id, note=leave.revoked_note)
    file_leave_again(ledger, leave)


def file_leave_again(ledger: Ledger, leave: Leave) -> None:
    """Part of a verb: the copy of ``leave`` (changed and saved) goes to the e-file once more, beside what lies there."""
    ledger.follow_up("efile.leave", f"{leave.pk}-b{leave.version}", leave=leave.pk, user=ledger.actor.id, correction=leave.version)


def join_application(ledger: Ledger, actor: Actor, at: datetime, entry: Entry, application: Application, *, note: str = "") -> None:
    """Part of a verb: ``application`` counts for the way (``entry``, locked) from now on, unless an earlier open one does already.

    Who had only asked, or had withdrawn, comes back with it (``note``: what they said). Papers are asked for the new one;
    what was shown for an open one that it comes before is not asked for again.
    """
    if not counts_for(entry, application):
        return
    before = entry.application if not takes_application(entry) else None
    entry.application = application
    entry.version += 1
    entry.save(update_fields=["application", "version"])
    ledger.event("entry.application", entry, subject=entry.person_id, application=application.pk)
    if before is not None:
        if AnswerSet.objects.filter(entry=entry).exists():
            compute_papers(actor=actor, at=at, entry_id=entry.pk)
            benefits.carry_papers(ledger, before, application)
        return
    gone = Leave.objects.select_for_update().filter(entry=entry, act__in=BACK_BY_APPLICATION, revoked_at=None)
    for asked in gone.order_by("id"):
        returned(ledger, asked, note=note)
    if AnswerSet.objects.filter(entry=entry).exists():
        compute_papers(actor=actor, at=at, entry_id=entry.pk)


@verb(AnswerSet)
def save_answers(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    entry_id: UUID,
    group: str,
    values: Mapping[str, Any],
    catalogue: str,
    version: int | None = None,
    happened_at: datetime | None = None,
    op: UUID | None = None,
) -> AnswerSet:
    """Save one group of answers: one post, one transaction. What was said before stays, superseded.

    ``version`` is that of the answers the form was made from (0: none yet); Stale carries the ones in between.
    ``happened_at``: when it was said, where it is typed later. What is typed last counts, whatever its moment.
    """
    require(policy.may(actor, "talk"))
    entry = locked(Entry, entry_id)
    if entry.state in {EntryState.ENDED, EntryState.REFERRED}:
        raise Refused(
            f"Der Weg durch ViA steht auf „{entry.get_state_display()}“. Nehmen Sie die Person zuerst wieder auf die Liste.", code="ended"
        )
    moment = check_happened(entry, at, happened_at)
    held = AnswerSet.objects.filter(entry=entry, group=group, superseded_at=None).first()
    current = held.version if held is not None else 0
    if version is not None and version != current:
        raise Stale(held)
    if held is not None:
        if held.values == dict(values):
            return held
        held.superseded_at = max(moment, held.saved_at)
        held.save(update_fields=["superseded_at"])
    made = AnswerSet.objects.create(
        jobcenter_id=actor.jobcenter_id,
        entry=entry,
        group=group,
        catalogue=catalogue,
        values=dict(values),
        saved_at=moment,
        saved_by_id=actor.id,
        version=current + 1,
    )
    ledger.event("answers.saved", made, subject=entry.person_id, group=group, values=dict(values), **typed_late(at, moment))
    return made


@verb(HandedVacancy)
def hand_vacancy(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    entry_id: UUID,
    vacancy_id: UUID,
    reasons: Mapping[str, Any] | None = None,
    happened_at: datetime | None = None,
    op: UUID | None = None,
) -> HandedVacancy:
    """Hand a vacancy over as an offer, with the reasons as shown. No consequence follows from it.

    ``happened_at``: when it was handed over, where it is typed later.
    """
    require(policy.may(actor, "book"))
    entry = locked(Entry, entry_id)
    vacancy = locked(Vacancy, vacancy_id)
    held = HandedVacancy.objects.filter(entry=entry, vacancy=vacancy, undone_at=None).first()
    if held is not None:
        return held
    if vacancy.state != VacancyState.OPEN:
        raise Refused("Diese Stelle ist nicht mehr offen. Bitte wählen Sie eine andere.", code="vacancy_closed")
    if entry.state in {EntryState.ENDED, EntryState.REFERRED}:
        raise Refused("Der Weg durch ViA ist beendet. Nehmen Sie zuerst das Ende zurück.", code="ended")
    moment = check_happened(entry, at, happened_at)
    handed = HandedVacancy.objects.create(
        jobcenter_id=actor.jobcenter_id,
        entry=entry,
        vacancy=vacancy,
        handed_at=moment,
        handed_by_id=actor.id,
        reasons=dict(reasons or {}),
    )
    refresh_first_offer(entry)
    ledger.event("vacancy.handed", handed, subject=entry.person_id, vacancy=vacancy.pk, **typed_late(at, moment))
    return handed


@verb(HandedVacancy)
def undo_vacancy(
    ledger: Ledger, *, actor: Actor, at: datetime, handed_id: UUID, op: UUID | None = None
) -> HandedVacancy:
    """Take a handed vacancy back; the first offer is found anew."""
    require(policy.may(actor, "book"))
    handed = locked(HandedVacancy, handed_id)
    if handed.undone_at is None:
        handed.undone_at = at
        handed.version += 1
        handed.save(update_fields=["undone_at", "version"])
        refresh_first_offer(locked(Entry, handed.entry_id))
        ledger.event("vacancy.taken_back", handed, subject=handed.entry.person_id)
    return handed


@verb(HandedVacancy)
def note_reaction(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    handed_id: UUID,
    reaction: VacancyReaction,
    op: UUID | None = None,
) -> HandedVacancy:
    """What the person thinks of it; every answer is fine."""
    require(policy.may(actor, "book"))
    handed = locked(HandedVacancy, handed_id)
    handed.reaction = reaction
    handed.version += 1
    handed.save(update_fields=["reaction", "version"])
    ledger.event("vacancy.reaction", handed, subject=handed.entry.person_id, reaction=reaction)
    return handed


@verb(Entry)
def finish_talk(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    entry_id: UUID,
    next_step: str,
    next_step_at: datetime,
    next_step_by_id: UUID,
    via_to: date | None = None,
    wish: str | None = None,
    proposed: tuple[str, str, str] | None = None,
    happened_at: datetime | None = None,
    version: int | None = None,
    op: UUID | None = None,
) -> Entry:
    """Close the talk. Nobody leaves without a next step, a date and a name; ViA goes on.

    ``happened_at``: when a talk on paper ended; ViA runs from that day. The next step lies ahead of the typing all the same.

    ``wish`` is what stood on the page when it was closed (None: leave as it is). ``proposed`` is (rule, team, reason) of
    the triage as shown; it is kept unless somebody has decided already.
    """
    entry = locked(Entry, entry_id, version=version)
    if not next_step.strip():
        raise Refused("Bitte eintragen, was als Nächstes geschieht.", code="next_step", field="next_step")
    check_agreed(actor, at, next_step_at, months=6, day_field="next_day", time_field="next_time")
    talk = Conversation.objects.filter(entry=entry, finished_at=None).first()
    if talk is None:
        raise Refused("Es läuft gerade kein Gespräch. Bitte beginnen Sie eines.", code="no_talk")
    ended = check_happened(entry, at, happened_at)
    if ended < talk.started_at:
        raise Refused(
            f"Das Gespräch hätte dann vor seinem Beginn geendet ({format_moment(talk.started_at)} Uhr). Bitte prüfen Sie die Uhrzeit.",
            code="before_start",
            field=TIME_FIELD,
        )
    move(ledger, entry, EntryState.IN_VIA, next_step=next_step.strip(), next_step_at=next_step_at)
    entry.next_step = next_step.strip()[:200]
    entry.next_step_at = next_step_at
    entry.next_step_by_id = next_step_by_id
    entry.via_from = entry.via_from or berlin_day(ended)
    ended_before = entry.via_to
    entry.via_to = via_to or entry.via_to or entry.via_from + timedelta(days=VIA_DAYS - 1)
    if entry.via_to < entry.via_from:
        raise Refused("Das Ende von ViA liegt vor dem Anfang.", code="via_to", field="via_to")
    if via_to is not None and via_to != ended_before:
        check_ahead(at, via_to, months=6, day_field="via_to")
    if wish is not None:
        entry.wish = wish.strip()
    if proposed is not None and not entry.triage_team:
        entry.triage_rule, entry.triage_team, reason = proposed
        entry.triage_reason = reason[:300]
    entry.save()
    talk.finished_at = ended
    talk.paused_at = None
    talk.version += 1
    talk.save(update_fields=["finished_at", "paused_at", "version"])
    ledger.event(
        "talk.finished",
        talk,
        subject=entry.person_id,
        wish=entry.wish,
        rule=entry.triage_rule,
        team=entry.triage_team,
        **typed_late(at, ended),
    )
    ledger.follow_up("efile.talk", str(talk.pk), talk=talk.pk, user=actor.id)
    return entry


@verb(Conversation)
def hand_out(
    ledger: Ledger, *, actor: Actor, at: datetime, entry_id: UUID, op: UUID | None = None
) -> Conversation:
    """The handout of the last talk was printed; the first time counts."""
    require(policy.may(actor, "talk"))
    talk = Conversation.objects.filter(entry_id=entry_id).order_by("-started_at", "id").first()
    if talk is None:
        raise Refused("Es gab noch kein Gespräch.", code="no_talk")
    talk = locked(Conversation, talk.pk)
    if talk.handout_at is None:
        talk.handout_at = at
        talk.save(update_fields=["handout_at"])
        ledger.event("talk.handout", talk, subject=talk.entry.person_id)
    return talk


@verb(AnswerSet)
def save_group(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    entry_id: UUID,
    group: str,
    values: Mapping[str, Any],
    catalogue: str,
    home: tuple[str, str] | None = None,
    version: int | None = None,
    happened_at: datetime | None = None,
    op: UUID | None = None,
) -> AnswerSet:
    """Save one group and bring the list of papers in line with all answers, in one transaction.

    ``home`` (postal code, place) is where the person lives: it goes to the person, not into the answers.
    """
    made = save_answers(
        actor=actor, at=at, entry_id=entry_id, group=group, values=values, catalogue=catalogue, version=version,
        happened_at=happened_at,
    )
    if home is not None:
        note_home(actor, at, made.entry.person_id, plz=home[0], place=home[1])
    compute_papers(actor=actor, at=at, entry_id=entry_id)
    return made


@verb(Entry)
def compute_papers(
    ledger: Ledger, *, actor: Actor, at: datetime, entry_id: UUID, op: UUID | None = None
) -> Entry:
    """Compute the papers of the application from the answers and the household; nothing without an application."""
    entry = Entry.objects.select_related("application").get(pk=entry_id)
    if entry.application is None:
        return entry
    values: dict[str, Any] = {}
    for row in AnswerSet.objects.filter(entry=entry, superseded_at=None).order_by("group", "id"):
        values |= row.values
    day, land = berlin_day(at), Jobcenter.objects.get(pk=actor.jobcenter_id).land
    members = [
        papers.Member(
            m.person_id, m.person_id == entry.application.applicant_id, m.person.birth_date, alternates=m.stay == Stay.PART,
            is_child=m.role == MemberRole.CHILD,
        )
        for m in Membership.objects.filter(benefit_unit=entry.application.benefit_unit_id, valid_to=None)
        .select_related("person")
        .order_by("valid_from", "id")
    ]
    wishes = [
        benefits.PaperWish(
            rule=wanted.rule.id,
            title=wanted.rule.title,
            why=wanted.rule.why,
            person_id=wanted.member,
            form_code=wanted.rule.form,
            can_follow=wanted.rule.follow,
            due_on=wanted.due,
        )
        for wanted in papers.wanted(values, members, day, land=land)
    ]
    benefits.set_papers(actor=actor, at=at, application_id=entry.application.pk, wanted=wishes)
    return entry
