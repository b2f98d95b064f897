"""What cannot wait, said after the first contact. Whoever has no money, or wishes for an advance, wishes for money."""

from datetime import date, datetime
from uuid import UUID

from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.domain import Ledger, locked, verb
from hilfefrei.apps.audit.happened import real_moment
from hilfefrei.apps.benefits import domain as benefits
from hilfefrei.apps.benefits.models import Application, UrgentReport
from hilfefrei.apps.benefits.queries import current_of, running
from hilfefrei.apps.benefits.workflows import Channel, UrgentKind
from hilfefrei.apps.intake.domain.asking import asked_by
from hilfefrei.apps.intake.domain.conversation import join_application
from hilfefrei.apps.intake.domain.first_contact import asks_for_money
from hilfefrei.apps.intake.domain.moments import check_happened
from hilfefrei.apps.intake.models import Conversation, Entry
from hilfefrei.apps.intake.workflows import EntryState
from hilfefrei.apps.people.models import Person
from hilfefrei.core.days import berlin_day


@verb(UrgentReport)
def report_need(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    person_id: UUID,
    kind: UrgentKind,
    detail: str = "",
    money_until: date | None = None,
    happened_at: datetime | None = None,
    op: UUID | None = None,
) -> UrgentReport:
    """The entrance reports a need beside the application that counts; never before the contact that the way began with.

    A wish for money is the application here as at the first contact (:func:`asks_for_money`, § 37 SGB II), with the time of
    the need; while benefits or an application run it needs an answer, not a second application.
    """
    person = locked(Person, person_id)
    ways = Entry.objects.select_for_update(of=("self",)).filter(person=person)
    entry = ways.exclude(state__in=[EntryState.ENDED, EntryState.REFERRED]).first()
    moment = real_moment(at, happened_at) if entry is None else check_happened(entry, at, happened_at)
    if asks_for_money((), {kind}, wants_advance=False) and not running(person, berlin_day(moment)):
        application: Application | None = _apply(ledger, actor, at, person, entry, moment, kind)
    else:
        application = current_of(person)
    return benefits.report_urgent(
        actor=actor,
        at=at,
        person_id=person.pk,
        kind=kind,
        application_id=application.pk if application else None,
        detail=detail,
        money_until=money_until,
        happened_at=happened_at,
    )


def _apply(
    ledger: Ledger, actor: Actor, at: datetime, person: Person, entry: Entry | None, moment: datetime, kind: UrgentKind
) -> Application:
    talk = Conversation.objects.filter(entry=entry, finished_at=None).first() if entry is not None else None
    application = benefits.record_application(
        actor=actor,
        at=at,
        person_id=person.pk,
        asked_at=moment,
        channel=Channel(talk.how) if talk else Channel.IN_PERSON,
        time_source=f"{'' if moment == at else 'Nachtrag vom Papier, '}dringend gemeldet: {kind.label}"[:80],
        asked_by=asked_by(person, berlin_day(moment)),
    )
    if entry is not None:
        join_application(ledger, actor, at, entry, application)
    return application
