"""Whatever is done on the way through ViA: only allowed moves, a first offer that is true, an application untouched."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db import transaction
from django_scopes import scope
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.audit.models import Event, EventPayload
from hilfefrei.apps.benefits.models import Application, ApplicationOutcome
from hilfefrei.apps.intake import queries
from hilfefrei.apps.intake.domain import agreement, conversation, dates, facts, leave, offers
from hilfefrei.apps.intake.domain import entry as entry_verbs
from hilfefrei.apps.intake.models import Booking, Conversation, Entry, HandedVacancy, Handover, Leave
from hilfefrei.apps.intake.workflows import ENTRY_TRANSITIONS, EndKind, EntryState, HandoverState, LeaveAct
from hilfefrei.apps.org.models import in_force
from hilfefrei.apps.people import policy as people_policy
from hilfefrei.apps.people.models import Responsibility
from hilfefrei.apps.people.workflows import ResponsibilityKind
from tests import desk
from tests.world import TODAY, World, at

ALLOWED = {(t.source, t.target) for t in ENTRY_TRANSITIONS}


class WayThroughVia(RuleBasedStateMachine):
    """One person, two colleagues, a coach, four dates, three vacancies; the clock goes on by a minute with each act."""

    world: World

    @initialize()
    def begin(self) -> None:
        self.scope = scope(jobcenter=self.world.id)
        self.scope.__enter__()
        self.point = transaction.savepoint()
        self.minutes = 0
        self.entry_id = desk.applicant(self.world).pk
        self.before = Application.objects.values().get()
        self.dates = [desk.information(self.world, days=d).pk for d in (1, 2)] + [desk.coaching(self.world, hour=h).pk for h in (14, 16)]
        self.jobs = [desk.vacancy(self.world, title).pk for title in ("Verkäuferin", "Küchenhilfe", "Lagerhelfer/in")]
        self.ended_with: tuple[Any, ...] | None = None
        self.moved: list[tuple[str, str]] = []

    def teardown(self) -> None:
        if hasattr(self, "scope"):
            transaction.savepoint_rollback(self.point)
            self.scope.__exit__(None, None, None)

    @property
    def now(self) -> datetime:
        self.minutes += 1
        return at(9, 10) + timedelta(minutes=self.minutes)

    @property
    def entry(self) -> Entry:
        return Entry.objects.get(pk=self.entry_id)

    def act(self, verb: Any, who: str = "entrance", **given: Any) -> None:
        """Do it, or be refused: then nothing has changed."""
        before = Entry.objects.values().get(pk=self.entry_id)
        try:
            verb(actor=self.world.actor(who), at=self.now, **given)
        except Refused:
            assert Entry.objects.values().get(pk=self.entry_id) == before
        after = self.entry.state
        if after != before["state"]:
            assert (before["state"], after) in ALLOWED
            self.moved.append((before["state"], after))

    who = st.sampled_from(["entrance", "colleague", "coach"])

    @rule(who=who)
    def start(self, who: str) -> None:
        self.act(conversation.start_talk, who, entry_id=self.entry_id)

    @rule(who=who)
    def take_over(self, who: str) -> None:
        self.act(entry_verbs.take_from, who, entry_id=self.entry_id)

    @rule(group=st.sampled_from(desk.GROUPS))
    def answer(self, group: str) -> None:
        self.act(
            conversation.save_group, entry_id=self.entry_id, group=group, values=desk.ANSWERS[group], catalogue=desk.CATALOGUE
        )

    @rule()
    def later(self) -> None:
        self.act(entry_verbs.later, entry_id=self.entry_id, resume_at=at(15, days=1), reason="Arzt")

    @rule(who=who)
    def break_off(self, who: str) -> None:
        self.act(conversation.break_off, who, entry_id=self.entry_id)

    @rule()
    def not_reached(self) -> None:
        self.act(entry_verbs.not_reached, entry_id=self.entry_id)

    @rule()
    def back(self) -> None:
        self.act(entry_verbs.back_to_list, entry_id=self.entry_id)

    @rule()
    def finish(self) -> None:
        self.act(
            conversation.finish_talk, entry_id=self.entry_id, next_step="Anruf", next_step_at=at(10, days=2),
            next_step_by_id=self.world.users["entrance"].pk,
        )  # fmt: skip

    @rule()
    def refer(self) -> None:
        self.act(facts.refer_to_agency, entry_id=self.entry_id, claim_until=TODAY + timedelta(days=60), note="Anspruch bis Januar")

    @rule(kind=st.sampled_from(list(EndKind)), stays=st.sampled_from([None, ("via", "colleague"), ("placement", "case_manager")]))
    def end(self, kind: EndKind, stays: tuple[str, str] | None) -> None:
        whom = desk.stays(self.world, stays[1], stays[0]) if stays else {}
        self.act(entry_verbs.end_via, entry_id=self.entry_id, kind=kind, ended_on=TODAY, note="so war es", **whom)

    @rule()
    def let_go(self) -> None:
        self.act(entry_verbs.let_go, entry_id=self.entry_id)

    @rule()
    def leaves_it(self) -> None:
        self.act(leave.record_leave, entry_id=self.entry_id, act=LeaveAct.STAYS_OPEN, words="Ich warte.", rights=[], call_at=at(10, days=2))

    @rule(which=st.sampled_from(["look", "call"]))
    def does_what_was_agreed(self, which: str) -> None:
        open_ = Leave.objects.filter(second_at=None) if which == "look" else Leave.objects.exclude(call_at=None)
        row = open_.order_by("at", "id").first()
        if row is not None and which == "look":
            self.act(leave.second_look, "colleague", leave_id=row.pk, ok=True)
        elif row is not None:
            self.act(leave.note_leave_call, leave_id=row.pk, note="reicht")

    @rule()
    def undo_end(self) -> None:
        self.act(entry_verbs.undo_end, entry_id=self.entry_id)

    @rule(which=st.integers(0, 3))
    def book(self, which: int) -> None:
        self.act(dates.book_seat, date_id=self.dates[which], entry_id=self.entry_id)

    @rule(which=st.integers(0, 3))
    def unbook(self, which: int) -> None:
        booking = Booking.objects.filter(date=self.dates[which], undone_at=None).first()
        if booking is not None:
            self.act(dates.undo_booking, booking_id=booking.pk)
            self.check_offer()

    @rule(which=st.integers(0, 2))
    def hand(self, which: int) -> None:
        self.act(conversation.hand_vacancy, entry_id=self.entry_id, vacancy_id=self.jobs[which])

    @rule(which=st.integers(0, 2))
    def unhand(self, which: int) -> None:
        handed = HandedVacancy.objects.filter(vacancy=self.jobs[which], undone_at=None).first()
        if handed is not None:
            self.act(conversation.undo_vacancy, handed_id=handed.pk)
            self.check_offer()

    @rule()
    def hand_over(self) -> None:
        self.act(
            agreement.send_handover, entry_id=self.entry_id, team_id=self.world.teams["placement"].pk,
            user_id=self.world.users["case_manager"].pk, summary="Zwei Sätze.", reason="Regel",
        )  # fmt: skip

    @rule(accept=st.booleans())
    def answer_hand_over(self, accept: bool) -> None:
        waiting = Handover.objects.filter(state=HandoverState.SENT).first()
        if waiting is not None and accept:
            self.act(agreement.accept_handover, "case_manager", handover_id=waiting.pk)
        elif waiting is not None:
            self.act(agreement.return_handover, "case_manager", handover_id=waiting.pk, reason="zuerst die Wohnung")

    def check_offer(self) -> None:
        """The first offer is the earliest that stands."""
        entry = self.entry
        stored = (entry.first_offer_at, entry.first_offer_kind)
        offers.refresh_first_offer(entry)
        assert (entry.first_offer_at, entry.first_offer_kind) == stored

    @precondition(lambda self: hasattr(self, "before"))
    @invariant()
    def the_application_is_untouched(self) -> None:
        assert Application.objects.values().get() == self.before
        assert not ApplicationOutcome.objects.exists()

    @precondition(lambda self: hasattr(self, "before"))
    @invariant()
    def the_first_offer_is_true(self) -> None:
        entry = self.entry
        if entry.state not in {EntryState.ENDED, EntryState.REFERRED} and not any(after in {EntryState.ENDED, EntryState.REFERRED} for _, after in self.moved):
            self.check_offer()
        if HandedVacancy.objects.filter(undone_at=None).exists():
            assert entry.first_offer_at is not None

    @precondition(lambda self: hasattr(self, "before"))
    @invariant()
    def state_and_talk_belong_together(self) -> None:
        entry = self.entry
        open_talk = Conversation.objects.filter(finished_at=None).first()
        if entry.state == EntryState.IN_TALK:
            assert open_talk is not None
            assert open_talk.paused_at is None
        elif open_talk is not None:
            assert open_talk.paused_at is not None
        if entry.state in {EntryState.ENDED, EntryState.REFERRED}:
            assert open_talk is None
        if entry.state == EntryState.LATER:
            assert entry.resume_at is not None
            assert entry.resume_reason
        if entry.state == EntryState.IN_VIA:
            assert entry.via_from is not None
            assert entry.via_to is not None
            assert entry.via_to >= entry.via_from

    @precondition(lambda self: hasattr(self, "before"))
    @invariant()
    def somebody_is_responsible_and_former_ones_are_not(self) -> None:
        entry = self.entry
        rows = Responsibility.objects.filter(person=entry.person_id)
        held = rows.filter(kind=ResponsibilityKind.ENTRANCE)
        periods = sorted((r.valid_from, r.valid_to or date.max) for r in held)
        assert all(before < begins for (_, before), (begins, _) in pairwise(periods))
        tomorrow = TODAY + timedelta(days=1)
        entrance = held.filter(in_force(tomorrow)).first()
        taken_on = rows.filter(in_force(tomorrow), kind=ResponsibilityKind.INTEGRATION).exists()
        # Whoever has just pressed the button still sees the page.
        assert held.filter(in_force(TODAY)).exists()
        if entry.state != EntryState.ENDED:
            assert entrance is not None
            assert entrance.valid_to is None
            return
        if entry.end_kind in {EndKind.OWN_WISH, EndKind.NO_CONTACT, EndKind.HANDED_OVER}:
            assert entrance or taken_on
        if queries.open_duties(entry.person_id).exists():
            assert entrance is not None
        elif entrance is not None and entrance.user_id is None:
            assert Booking.objects.filter(entry=entry, undone_at=None, date__starts_at__gte=at(0, 0, days=1)).exists()
        seen = people_policy.visible_to(self.world.actor(), tomorrow).filter(pk=entry.person_id).exists()
        assert seen is (entrance is not None)

    @precondition(lambda self: hasattr(self, "before"))
    @invariant()
    def every_move_is_in_the_record(self) -> None:
        payloads = EventPayload.objects.in_bulk()
        rows = Event.objects.filter(verb="entry.moved").order_by("seq").values_list("id", flat=True)
        assert [(payloads[row].data["before"], payloads[row].data["after"]) for row in rows] == self.moved


def test_whatever_is_done_the_way_stays_true(world: World) -> None:
    WayThroughVia.world = world
    run_state_machine_as_test(
        WayThroughVia,
        settings=settings(
            max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
        ),
        )
