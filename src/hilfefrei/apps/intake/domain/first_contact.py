"""First contact: the wish for money sets the application at once; what is urgent goes to benefits in the same moment."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.domain import Ledger, locked, verb
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.audit.happened import LATE_DAYS
from hilfefrei.apps.audit.models import Event
from hilfefrei.apps.audit.phones import phone_of
from hilfefrei.apps.benefits import domain as benefits
from hilfefrei.apps.benefits.models import Application, ApplicationOutcome, Receipt, UrgentReport
from hilfefrei.apps.benefits.queries import comes_before, current_of, running
from hilfefrei.apps.benefits.workflows import Channel, Outcome, UrgentKind
from hilfefrei.apps.intake import policy
from hilfefrei.apps.intake.domain.asking import asked_by, note_representative
from hilfefrei.apps.intake.domain.conversation import file_leave_again, join_application
from hilfefrei.apps.intake.domain.entry import move
from hilfefrei.apps.intake.domain.home import note_home
from hilfefrei.apps.intake.models import Entry, Fact, FirstContact
from hilfefrei.apps.intake.workflows import EndKind, EntryState
from hilfefrei.apps.org.models import Jobcenter
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.org.queries import teams
from hilfefrei.apps.org.workflows import Specialisation
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people import policy as people_policy
from hilfefrei.apps.people.models import Address, Person
from hilfefrei.apps.people.workflows import AddressKind, ChannelKind, ResponsibilityKind
from hilfefrei.core.days import berlin_day, format_day
from hilfefrei.core.names import fold

MONEY_WISHES = frozenset({"money", "housing"})
# Who has no money or wishes for an advance wishes for money, whatever box was ticked.
MONEY_NEEDS = frozenset({UrgentKind.NO_MONEY, UrgentKind.ADVANCE})
WISHES = {
    "money": "Geld zum Leben",
    "housing": "Wohnung",
    "work": "Arbeit finden",
    "information": "Auskunft",
    "other": "anderes",
}
OLDEST_CONTACT = timedelta(days=366)
# With these one of us hears of a need at the moment of the contact, whenever it is typed.
HEARD = frozenset({Channel.IN_PERSON, Channel.PHONE})
UNKNOWN_PERSON = (
    "Diesen Eintrag gibt es hier nicht. Bitte suchen Sie die Person noch einmal oder nehmen Sie sie mit ihrem Namen neu auf."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPerson:
    """What is known of somebody who is not there yet; all of it may be empty. The place helps where none is known as well."""

    first_name: str = ""
    last_name: str = ""
    birth_date: date | None = None
    sex: str = ""
    language: str = "de"
    needs_interpreter: bool = False
    plz: str = ""
    place: str = ""


def fillable(person: Person, new: NewPerson) -> dict[str, Any]:
    """What was said about somebody known that stands empty in the record and is ours to fill (rule 9).

    A language is German until one hears otherwise; with a name taken down before it was heard.
    """
    found: dict[str, Any] = {}
    nameless = not person.first_name and not person.last_name
    if not people_policy.belongs_to_benefits(person):
        if nameless or fold(person.first_name) == fold(new.first_name) or fold(person.last_name) == fold(new.last_name):
            found |= {key: getattr(new, key) for key in ("first_name", "last_name") if not getattr(person, key)}
        if person.birth_date is None:
            found["birth_date"] = new.birth_date
    if not person.sex:
        found["sex"] = new.sex
    if nameless and person.language == "de" and new.language != "de":
        found["language"] = new.language
    if not person.needs_interpreter:
        found["needs_interpreter"] = new.needs_interpreter
    return {key: value for key, value in found.items() if value}


def differing(person: Person, new: NewPerson) -> list[str]:
    """Which fields stand otherwise in the record than they were said; nothing of it is changed here."""
    said = {*fold(f"{new.first_name} {new.last_name}").split()}
    found = [] if said <= {*fold(f"{person.full_name} {person.birth_name}").split()} else ["name"]
    found += [key for key in ("birth_date", "sex") if getattr(new, key) and getattr(new, key) != getattr(person, key)]
    if new.language not in {"de", person.language}:
        found.append("language")
    return [*found, "home"] if other_home(person, new) else found


def home_of(person: Person) -> str:
    """Postal code and place of the home in force, as they are said; empty where none is known."""
    held = person.addresses.filter(kind=AddressKind.HOME, valid_to=None).order_by("-valid_from", "id").first()
    return f"{held.plz} {held.place}".strip() if held else ""


def other_home(person: Person, new: NewPerson) -> str:
    """The home that was said, where another one stands in the record."""
    held, said = home_of(person), f"{new.plz} {new.place}".strip()
    same = not new.place.strip() or (fold(new.place) in fold(held) and new.plz.strip() in held)
    return "" if not held or same else said


def _fill(actor: Actor, at: datetime, person: Person, new: NewPerson) -> Person:
    missing = fillable(person, new)
    if not missing:
        return person
    held = ("first_name", "last_name", "birth_name", "birth_date", "sex", "language", "needs_interpreter")
    return people.correct_person(
        actor=actor, at=at, person_id=person.pk, **({key: getattr(person, key) for key in held} | missing)
    )


def asks_for_money(wishes: Collection[str], urgent: Collection[str], *, wants_advance: bool) -> bool:
    """Whether what was said is a wish for money, and with that an application (§ 37 SGB II)."""
    return bool(MONEY_WISHES.intersection(wishes)) or wants_advance or bool(MONEY_NEEDS.intersection(urgent))


def _entrance_team(actor: Actor, day: date) -> UUID:
    """The actor's own ViA team, else the first one of the house."""
    rows = teams(day, Specialisation.VIA)
    team = rows.filter(pk__in=actor.teams).first() or rows.first()
    if team is None:
        raise Refused("Es gibt noch kein ViA-Team. Bitte die Betriebsrolle, eines anzulegen.", code="no_via_team")
    return team.pk


def _to_entrance(actor: Actor, at: datetime, person: Person, reason: str, *, closed: bool) -> None:
    """Make the actor's entrance responsible; of somebody new who is ``closed`` the entrance of the protected file stays."""
    if closed and person.responsibilities.filter(kind=ResponsibilityKind.ENTRANCE, valid_to=None).exists():
        return
    day = berlin_day(at)
    people.assign(
        actor=actor,
        at=at,
        person_id=person.pk,
        kind=ResponsibilityKind.ENTRANCE,
        team_id=_entrance_team(actor, day),
        valid_from=day,
        reason=reason,
    )


def _known(person_id: UUID) -> Person:
    """The person, locked; a plain refusal where there is none."""
    try:
        return locked(Person, person_id)
    except Person.DoesNotExist as error:
        raise Refused(UNKNOWN_PERSON, code="unknown_person") from error


def _create(actor: Actor, at: datetime, new: NewPerson) -> Person:
    return people.create_person(
        actor=actor,
        at=at,
        first_name=new.first_name,
        last_name=new.last_name,
        birth_date=new.birth_date,
        sex=new.sex,
        language=new.language,
        needs_interpreter=new.needs_interpreter,
    )


def _comes_back(person: Person, at: datetime) -> bool:
    """Whether somebody was here or had benefits, and not longer ago than what the house calls new."""
    gap = timedelta(days=Jobcenter.objects.get(pk=person.jobcenter_id).returning_gap_days)
    earliest, today = berlin_day(at) - gap, berlin_day(at)
    granted = ApplicationOutcome.objects.filter(
        application__applicant=person, revoked_at=None, kind=Outcome.GRANTED, granted_from__lte=today
    )
    if granted.filter(Q(granted_to=None) | Q(granted_to__gte=earliest)).exists():
        return True
    had = Receipt.objects.filter(person=person, starts__lte=today)
    if had.filter(Q(ends=None) | Q(ends__gte=earliest)).exists():
        return True
    gone = Entry.objects.filter(person=person, state=EntryState.ENDED, ended_on__gte=earliest)
    return gone.exclude(end_kind=EndKind.MISTAKE).exists()


def _shield(ledger: Ledger, person: Person) -> None:
    """No letter to the address so far; reminders and series stop for all teams."""
    Address.objects.filter(person=person, valid_to=None).update(no_letters=True)
    if person.safe_contact:
        return
    person.safe_contact = True
    person.version += 1
    person.save(update_fields=["safe_contact", "version"])
    ledger.event("person.safe_contact", person, subject=person.pk, safe_contact=True)


def heard_at(at: datetime, contact_at: datetime, channel: str) -> datetime | None:
    """When one of us heard of the need: at the contact, where somebody stood here or called; None for now.

    A letter or an e-mail is known only once it is read, and what is older than late entry goes is reported as of now.
    """
    if channel not in HEARD or berlin_day(contact_at) < berlin_day(at) - timedelta(days=LATE_DAYS):
        return None
    return contact_at


@verb(FirstContact)
def record_first_contact(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    contact_at: datetime,
    channel: Channel,
    wishes: Sequence[str],
    person_id: UUID | None = None,
    new_person: NewPerson | None = None,
    time_source: str = "",
    words: str = "",
    no_application_reason: str = "",
    urgent: Sequence[UrgentKind] = (),
    money_until: date | None = None,
    wants_advance: bool = False,
    safe_phone: str = "",
    phone: str = "",
    block_letters: bool = False,
    anyway: bool = False,
    representative: str = "",
    relation: str = "",
    moved: bool = False,
    op: UUID | None = None,
) -> FirstContact:
    """Take down that somebody came, called or wrote; all of it in one transaction.

    A wish for money (:func:`asks_for_money`) makes an application with the moment of the contact; nobody but the person
    can make "no application" of it (§ 20(3) SGB X), so ``no_application_reason`` is for contacts without one. Who says only
    that the money is gone while benefits or an application run needs an answer, not a second application, unless it was said
    before that one was asked for: the earliest open one counts. Without a name the person gets a number, which keeps the date.
    ``representative`` asks for a child (§ 36 SGB I); without one the application is taken all the same (§ 20(3) SGB X).
    What is said about somebody known (``new_person`` beside ``person_id``) fills what stands empty and changes nothing else;
    another home becomes the home where they ``moved``. What is said and goes nowhere else stays with their words.
    Somebody new with the name and birth date of a protected person is closed like them (people.create_person).
    An open way through ViA of the same person is carried on, not doubled. Who takes it down has not taken the person over:
    one records at the counter, all speak.
    """
    require(policy.may(actor, "first_contact"))
    if contact_at > at:
        raise Refused(
            "Dieser Kontakt läge in der Zukunft. Bitte prüfen Sie Tag und Uhrzeit.", code="future", field="contact_day"
        )
    if contact_at < at - OLDEST_CONTACT:
        raise Refused(
            "Dieser Kontakt liegt mehr als ein Jahr zurück. Bitte prüfen Sie das Jahr.", code="too_old", field="contact_day"
        )
    unknown = [wish for wish in wishes if wish not in WISHES]
    if not wishes or unknown:
        raise Refused("Bitte wählen Sie, was die Person möchte.", code="wish", field="wishes")
    day = berlin_day(at)
    if person_id is not None:
        person = _known(person_id)
        # To ask back would tell that something runs; who may not open the file takes the application down without.
        shut = people_policy.shut_for(actor, day).filter(pk=person_id).exists()
        anyway, moved = anyway or shut, moved and not shut
        if new_person is not None and not shut:
            person = _fill(actor, at, person, new_person)
    else:
        person = _create(actor, at, new_person or NewPerson())
        shut = people_policy.shut_for(actor, day).filter(pk=person.pk).exists()
    _to_entrance(actor, at, person, "Erstkontakt", closed=shut and person_id is None)
    for name, number, safe in (("safe_phone", safe_phone, True), ("phone", phone, False)):
        if number.strip():
            people.set_channel(
                actor=actor,
                at=at,
                person_id=person.pk,
                kind=ChannelKind.PHONE,
                value=phone_of(number, field=name),
                is_safe=safe,
                valid_from=day,
            )
    beside = ""
    if new_person is not None and person_id is not None and not moved and not shut:
        beside = other_home(person, new_person)
    if new_person is not None and (person_id is None or moved or not home_of(person)):
        # Before the shield, which stops letters to this address too.
        note_home(actor, at, person.pk, plz=new_person.plz, place=new_person.place)
    if block_letters or UrgentKind.VIOLENCE in urgent or (shut and person_id is None):
        _shield(ledger, person)

    note_representative(actor, at, person, representative, relation)
    application: Application | None = None
    named = bool(MONEY_WISHES.intersection(wishes))
    implied = not named and asks_for_money(wishes, urgent, wants_advance=wants_advance)
    # Who said so before the open application was asked for said it in time for that day.
    anyway = anyway or (implied and comes_before(person, berlin_day(contact_at)))
    if named or (implied and (anyway or not running(person, berlin_day(contact_at)))):
        if no_application_reason.strip():
            raise Refused(
                "Wer Geld oder Wohnung wünscht, hat damit den Antrag gestellt. Bitte leeren Sie dieses Feld und erfassen Sie den "
                "Antrag. Möchte die Person ihn nicht, erklären Sie ihr danach ihre Rechte: im Gespräch, „Dann lasse ich es“ "
                "(§ 20 Abs. 3 SGB X).",
                code="wish_is_application",
                field="no_application_reason",
            )
        application = benefits.record_application(
            actor=actor,
            at=at,
            person_id=person.pk,
            asked_at=contact_at,
            channel=channel,
            time_source=time_source,
            asked_by=asked_by(person, berlin_day(contact_at)),
            anyway=anyway,
        )
    kinds = list(dict.fromkeys([*urgent, *([UrgentKind.ADVANCE] if wants_advance else [])]))
    for kind in kinds:
        benefits.report_urgent(
            actor=actor,
            at=at,
            person_id=person.pk,
            kind=kind,
            application_id=application.pk if application else None,
            money_until=money_until if kind in {UrgentKind.NO_MONEY, UrgentKind.ADVANCE} else None,
            happened_at=heard_at(at, contact_at, channel),
        )
    # What was said and has no place of its own is not thrown away.
    said = [words.strip()]
    if money_until and not MONEY_NEEDS.intersection(kinds):
        said.append(f"Geld reicht bis {format_day(money_until, year=True)}.")
    if beside:
        said.append(f"Als Wohnort genannt: {beside}.")
    contact = FirstContact.objects.create(
        jobcenter_id=actor.jobcenter_id,
        person=person,
        application=application,
        contact_at=contact_at,
        entered_at=at,
        channel=channel,
        time_source=time_source.strip()[:80],
        wishes=list(wishes),
        words=" ".join(part for part in said if part),
        no_application_reason=no_application_reason.strip()[:200] if application is None else "",
        taken_by_id=actor.id,
    )
    _open_entry(ledger, actor, person, contact)
    ledger.event(
        "first_contact.recorded",
        contact,
        subject=person.pk,
        contact_at=contact_at,
        channel=channel,
        wishes=list(wishes),
        words=contact.words,
        no_application_reason=contact.no_application_reason,
    )
    return contact


def _open_entry(ledger: Ledger, actor: Actor, person: Person, contact: FirstContact) -> Entry:
    entry = (
        Entry.objects.select_for_update(of=("self",))
        .filter(person=person)
        .exclude(state__in=[EntryState.ENDED, EntryState.REFERRED])
        .first()
    )
    if entry is not None:
        if contact.application is not None:
            # What the person has open beside it may be earlier still.
            counts = current_of(person) or contact.application
            join_application(ledger, actor, ledger.at, entry, counts, note=contact.words)
        return entry
    entry = Entry.objects.create(
        jobcenter_id=actor.jobcenter_id,
        person=person,
        application=current_of(person, since=contact.contact_at) if contact.application_id else None,
        first_contact=contact,
        since=contact.contact_at,
        state_since=ledger.at,
        is_return=_comes_back(person, ledger.at),
    )
    ledger.event("entry.opened", entry, subject=person.pk, is_return=entry.is_return)
    return entry


@verb(FirstContact)
def correct_person(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    contact_id: UUID,
    reason: str,
    person_id: UUID | None = None,
    new_person: NewPerson | None = None,
    op: UUID | None = None,
) -> FirstContact:
    """The contact was taken down for the wrong person: it, its way through ViA and its application move.

    The right one is somebody found before (``person_id``) or somebody who is not there yet (``new_person``, with a name).
    The legal moment of the application stays as it was. What was noted in the same minute goes along: urgent reports, a
    number, safe contact (which stays set at the wrong person too until somebody lifts it: better one letter too few). Does
    a way of the right person run already, it is carried on and the mistaken one ends, as long as nobody has talked.
    """
    require(policy.may(actor, "first_contact"))
    if not reason.strip():
        raise Refused("Bitte schreiben Sie kurz, was falsch war.", code="reason", field="reason")
    contact = locked(FirstContact, contact_id)
    new = person_id is None
    if person_id is None:
        person_id = _somebody_new(actor, at, new_person or NewPerson()).pk
    right = _known(person_id)
    wrong = locked(Person, contact.person_id)
    if right.pk == wrong.pk:
        raise Refused("Das ist schon diese Person.", code="same_person", field="person")
    closed = new and people_policy.shut_for(actor, berlin_day(at)).filter(pk=right.pk).exists()
    _to_entrance(actor, at, right, "Erstkontakt, berichtigt", closed=closed)
    contact.person = right
    contact.save(update_fields=["person"])
    if contact.application_id is not None:
        contact.application = benefits.correct_applicant(
            actor=actor, at=at, application_id=contact.application_id, person_id=right.pk, reason=reason
        )
    _move_entries(ledger, actor, contact, right, reason.strip())
    benefits.move_reports(
        ledger,
        UrgentReport.objects.filter(
            person=wrong,
            application=None,
            pk__in=Event.objects.filter(subject_id=wrong.pk, at=contact.entered_at, verb="urgent.reported").values("object_id"),
        ),
        right,
    )
    _move_contact(actor, at, ledger, contact, wrong, right)
    _leave_entrance(actor, at, wrong)
    ledger.event("first_contact.corrected", contact, subject=right.pk, before=wrong.pk, reason=reason.strip())
    return contact


def _somebody_new(actor: Actor, at: datetime, new: NewPerson) -> Person:
    if not new.first_name.strip() and not new.last_name.strip():
        raise Refused("Bitte den Namen der richtigen Person eintragen.", code="name", field="name")
    return _create(actor, at, new)


def _move_entries(ledger: Ledger, actor: Actor, contact: FirstContact, right: Person, reason: str) -> None:
    """Take the way through ViA along, or end it where the right person has one already."""
    closed = [EntryState.ENDED, EntryState.REFERRED]
    running = Entry.objects.select_for_update(of=("self",)).filter(person=right).exclude(state__in=closed).first()
    for entry in Entry.objects.select_for_update(of=("self",)).filter(first_contact=contact).order_by("since", "id"):
        if running is None or entry.state in closed:
            entry.person = right
            entry.version += 1
            entry.save(update_fields=["person", "version"])
            Fact.objects.filter(entry=entry).update(person=right)
            _file_again(ledger, actor, entry)
            if entry.state not in closed:
                running = entry
            continue
        if entry.conversations.exists():
            raise Refused(
                "Für beide wurde schon gesprochen: Für die richtige Person läuft ein Weg durch ViA und hier ein anderes "
                "Gespräch. Bitte zuerst eines der beiden in ViA beenden.",
                code="entry_open",
            )
        move(ledger, entry, EntryState.ENDED, kind=EndKind.MISTAKE)
        entry.ended_on = berlin_day(ledger.at)
        entry.end_kind = EndKind.MISTAKE
        entry.end_note = reason[:300]
        entry.application = None
        entry.save(
            update_fields=["state", "state_since", "version", "ended_on", "end_kind", "end_note", "application"]
        )
    # A way of the wrong person that was carried on keeps going beside what they applied for themselves, if anything.
    if contact.application_id is not None:
        for entry in Entry.objects.filter(application=contact.application_id).exclude(person=right).order_by("since", "id"):
            entry.application = current_of(entry.person, since=entry.since)
            entry.version += 1
            entry.save(update_fields=["application", "version"])
            ledger.event("entry.application", entry, subject=entry.person_id, application=entry.application_id)
    _open_entry(ledger, actor, right, contact)


def _file_again(ledger: Ledger, actor: Actor, entry: Entry) -> None:
    """What went to the e-file under the number of the wrong person goes there once more."""
    for talk in entry.conversations.exclude(finished_at=None).order_by("started_at", "id"):
        talk.version += 1
        talk.save(update_fields=["version"])
        ledger.follow_up("efile.talk", f"{talk.pk}-b{talk.version}", talk=talk.pk, user=actor.id, correction=talk.version)
    for leave in entry.leaves.order_by("at", "id"):
        leave.version += 1
        leave.save(update_fields=["version"])
        file_leave_again(ledger, leave)


def _move_contact(
    actor: Actor, at: datetime, ledger: Ledger, contact: FirstContact, wrong: Person, right: Person
) -> None:
    """Numbers, a home and safe contact that were noted with this contact; the record knows which those are."""
    noted = Event.objects.filter(subject_id=wrong.pk, at=contact.entered_at)
    for channel in wrong.channels.filter(
        pk__in=noted.filter(verb="channel.set").values("object_id")
    ).order_by("valid_from", "id"):
        people.pass_on_channel(actor=actor, at=at, channel_id=channel.pk, person_id=right.pk)
    for address in wrong.addresses.filter(
        pk__in=noted.filter(verb="address.set").values("object_id")
    ).order_by("valid_from", "id"):
        people.pass_on_address(actor=actor, at=at, address_id=address.pk, person_id=right.pk)
    if noted.filter(verb="person.safe_contact").exists():
        _shield(ledger, right)


def _leave_entrance(actor: Actor, at: datetime, wrong: Person) -> None:
    """Nothing leads to the wrong person any more: the entrance lets go of the file."""
    if wrong.first_contacts.exists() or wrong.entries.exclude(end_kind=EndKind.MISTAKE).exists():
        return
    held = wrong.responsibilities.filter(kind=ResponsibilityKind.ENTRANCE, valid_to=None).first()
    if held is not None:
        people.release(actor=actor, at=at, responsibility_id=held.pk, last_day=berlin_day(at) - timedelta(days=1))
