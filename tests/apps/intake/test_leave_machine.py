"""Whatever is said, signed, decided, looked at and revoked: an application closes only by a decision or a signature."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django_scopes import scope
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from hilfefrei.apps.audit.errors import Forbidden, Refused
from hilfefrei.apps.benefits import domain as benefits
from hilfefrei.apps.benefits.models import Application, ApplicationOutcome
from hilfefrei.apps.benefits.workflows import DECIDED_BY_BENEFITS, Outcome
from hilfefrei.apps.intake.domain import leave
from hilfefrei.apps.intake.models import Entry, Leave
from hilfefrei.apps.intake.workflows import LeaveAct
from tests import desk
from tests.world import TODAY, World, at

WHO = st.sampled_from(["entrance", "colleague", "coach", "benefits", "via_lead"])
SIGNED_ACTS = {LeaveAct.WITHDRAWN, LeaveAct.WAIVER}


class Leaving(RuleBasedStateMachine):
    """One person who may have applied; everybody tries everything."""

    world: World

    @initialize(wishes=st.sampled_from([("money", "work"), ("work",)]))
    def begin(self, wishes: tuple[str, ...]) -> None:
        self.scope = scope(jobcenter=self.world.id)
        self.scope.__enter__()
        self.point = transaction.savepoint()
        self.now = at(9, 10)
        self.entry = desk.applicant(self.world, wishes=wishes)
        self.applications = self.facts()
        self.way = Entry.objects.values().get(pk=self.entry.pk)
        self.withdrawn: set[Any] = set()

    def teardown(self) -> None:
        if hasattr(self, "scope"):
            transaction.savepoint_rollback(self.point)
            self.scope.__exit__(None, None, None)

    def facts(self) -> list[Any]:
        """What an application is: when, how and by whom it was asked for."""
        return list(Application.objects.order_by("pk").values("pk", "asked_at", "effect_from", "channel", "applicant_id"))

    def everything(self) -> list[Any]:
        return [list(model.objects.order_by("pk").values()) for model in (Application, ApplicationOutcome, Leave)]

    def act(self, verb: Any, who: str, **given: Any) -> Any:
        """Do it, or be refused: then nothing has changed."""
        self.now += timedelta(minutes=1)
        before = self.everything()
        try:
            return verb(actor=self.world.actor(who), at=self.now, **given)
        except (Refused, Forbidden):
            assert self.everything() == before
            return None

    @rule(who=WHO, act=st.sampled_from(LeaveAct), rights=st.sets(st.sampled_from(sorted(leave.RIGHTS))) | st.just(set(leave.RIGHTS)), signed=st.booleans(), words=st.sampled_from(["", "überlegt noch"]))
    def says(self, who: str, act: LeaveAct, rights: set[str], signed: bool, words: str) -> None:
        standing = self.outcome()
        made = self.act(
            leave.record_leave, who, entry_id=self.entry.pk, act=act, words=words, rights=sorted(rights), signed=signed,
            call_at=at(10, days=2), may_call=True,
        )  # fmt: skip
        if made is None:
            return
        assert who in {"entrance", "colleague", "coach"}
        assert words
        assert made.estimate_cents is None
        assert act == LeaveAct.STAYS_OPEN or rights == set(leave.RIGHTS)
        assert signed or act not in SIGNED_ACTS
        assert (act == LeaveAct.ONLY_ASKED) <= (not self.applications)
        if act == LeaveAct.WAIVER:
            assert standing is not None
            assert standing.kind == Outcome.GRANTED
        if act == LeaveAct.WITHDRAWN:
            assert standing is None
            self.withdrawn.add(self.outcome().pk)

    @rule(who=WHO, kind=st.sampled_from(Outcome))
    def decides(self, who: str, kind: Outcome) -> None:
        if self.applications:
            self.act(
                benefits.record_outcome, who, application_id=self.applications[0]["pk"], kind=kind, decided_on=TODAY, source="Bescheid"
            )

    @rule(who=WHO, reason=st.sampled_from(["", "falsche Person"]))
    def takes_back(self, who: str, reason: str) -> None:
        if (standing := self.outcome()) is not None:
            self.act(benefits.revoke_outcome, who, outcome_id=standing.pk, reason=reason)

    @precondition(lambda self: hasattr(self, "entry") and Leave.objects.exists())
    @rule(who=WHO, ok=st.booleans(), note=st.sampled_from(["", "Grund fehlt"]), data=st.data())
    def looks(self, who: str, ok: bool, note: str, data: st.DataObject) -> None:
        self.act(leave.second_look, who, leave_id=self.any_leave(data), ok=ok, note=note)

    @precondition(lambda self: hasattr(self, "entry") and Leave.objects.exists())
    @rule(who=WHO, note=st.sampled_from(["", "heute erklärt"]), rights=st.sets(st.sampled_from(sorted(leave.RIGHTS))), data=st.data())
    def mends(self, who: str, note: str, rights: set[str], data: st.DataObject) -> None:
        chosen = self.any_leave(data)
        before = Leave.objects.get(pk=chosen)
        made = self.act(leave.mend_leave, who, leave_id=chosen, note=note, rights=sorted(rights))
        assert made is None or (before.second_ok is False and note and len(made.looks) == len(before.looks) + 1)

    @precondition(lambda self: hasattr(self, "entry") and Leave.objects.exists())
    @rule(who=WHO, data=st.data())
    def comes_back(self, who: str, data: st.DataObject) -> None:
        self.act(leave.revoke_leave, who, leave_id=self.any_leave(data))

    @precondition(lambda self: hasattr(self, "entry") and Leave.objects.exists())
    @rule(who=WHO, days=st.integers(0, 250), data=st.data())
    def is_called(self, who: str, days: int, data: st.DataObject) -> None:
        self.now += timedelta(days=days)
        made = self.act(leave.note_leave_call, who, leave_id=self.any_leave(data), note="Geld reicht")
        assert made is None or made.call_at is None or made.call_at > self.now

    def any_leave(self, data: st.DataObject) -> Any:
        return data.draw(st.sampled_from(list(Leave.objects.order_by("at", "pk").values_list("pk", flat=True))))

    def outcome(self) -> Any:
        return ApplicationOutcome.objects.filter(revoked_at=None).order_by("pk").first()

    @precondition(lambda self: hasattr(self, "entry"))
    @invariant()
    def what_was_asked_for_stands(self) -> None:
        assert self.facts() == self.applications
        assert Entry.objects.values().get(pk=self.entry.pk) == self.way

    @precondition(lambda self: hasattr(self, "entry"))
    @invariant()
    def an_application_has_one_outcome_and_it_has_a_ground(self) -> None:
        assert ApplicationOutcome.objects.filter(revoked_at=None).count() <= 1
        for outcome in ApplicationOutcome.objects.order_by("pk"):
            if outcome.kind == Outcome.WITHDRAWN:
                assert outcome.pk in self.withdrawn
                assert Leave.objects.filter(act=LeaveAct.WITHDRAWN, signed=True, application=outcome.application_id).exists()
            elif outcome.kind in DECIDED_BY_BENEFITS:
                assert outcome.recorded_by_id == self.world.users["benefits"].pk

    @precondition(lambda self: hasattr(self, "entry"))
    @invariant()
    def a_second_person_looks(self) -> None:
        for made in Leave.objects.order_by("pk"):
            assert made.second_by_id is None or made.second_by_id not in {made.explained_by_id, made.mended_by_id}
            assert made.second_ok is not False or made.second_note
            assert made.second_due_on > TODAY


def test_whatever_is_said_an_application_closes_only_by_decision_or_signature(world: World) -> None:
    Leaving.world = world
    run_state_machine_as_test(
        Leaving,
        settings=settings(
            max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
        ),
    )
