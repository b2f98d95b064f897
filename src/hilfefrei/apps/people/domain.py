"""Verbs on persons, households, ways to reach somebody, responsibility."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.domain import Ledger, locked, verb
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.audit.phones import phone_of
from hilfefrei.apps.org.models import in_force
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.people import policy, queries
from hilfefrei.apps.people.models import (
    Address,
    Attendant,
    BenefitUnit,
    CallsignCounter,
    Channel,
    ForeignError,
    Membership,
    Number,
    Person,
    PersonLink,
    Responsibility,
    Restriction,
)
from hilfefrei.apps.people.workflows import (
    AddressKind,
    AttendantKind,
    ChannelKind,
    ForeignField,
    MemberRole,
    NumberKind,
    ResponsibilityKind,
    RestrictionKind,
    Stay,
)
from hilfefrei.core import names
from hilfefrei.core.days import berlin_day
from hilfefrei.core.periods import age_on

# § 7(3) no. 4 SGB II: below this age a child belongs to the unit of its parents.
CHILD_UNTIL = 25
# A guard against slips of the pen, no rule of law.
PARTNER_FROM = 16
# A child of parted parents lives on some days here and on some days there (BSG 2.7.2009, B 14 AS 75/08 R).
ALTERNATES_UNTIL = 18
UNITS_AT_ONCE = 2
NOT_NAMED = "Das kann nur, wer in der Sperre genannt ist."


def set_names(person: Person) -> None:
    """Fill the folded columns that search and sorting use."""
    person.search_name = names.search_name(person.first_name, person.last_name, person.birth_name)[:260]
    person.sound = names.sound(f"{person.last_name} {person.birth_name} {person.first_name}")[:120]
    person.sort_name = names.sort_name(person.last_name, person.first_name)[:180]


def check_birth_date(birth_date: date | None, day: date) -> None:
    """Refuse a birth date in the future or more than 115 years back."""
    if birth_date is None:
        return
    if birth_date > day:
        raise Refused(
            "Dieses Geburtsdatum liegt in der Zukunft. Bitte prüfen Sie das Jahr.", code="birth_future", field="birth_date"
        )
    if day.year - birth_date.year > 115:
        raise Refused(
            "Dieses Geburtsdatum liegt mehr als 115 Jahre zurück. Bitte prüfen Sie das Jahr.",
            code="birth_too_old",
            field="birth_date",
        )


def _next_callsign(jobcenter_id: UUID) -> int:
    CallsignCounter.objects.bulk_create([CallsignCounter(jobcenter_id=jobcenter_id, last=4700)], ignore_conflicts=True)
    counter = CallsignCounter.objects.select_for_update().get(jobcenter_id=jobcenter_id)
    counter.last += 1
    counter.save(update_fields=["last"])
    return counter.last


@verb(Person)
def create_person(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    first_name: str = "",
    last_name: str = "",
    birth_name: str = "",
    birth_date: date | None = None,
    sex: str = "",
    language: str = "de",
    needs_interpreter: bool = False,
    nationality: str = "",
    op: UUID | None = None,
) -> Person:
    """Take up somebody; without a name the callsign stands for the person. Search first (queries.search).

    Who has exactly the name and birth date of somebody protected is perhaps the same human being: the record is closed in the
    same way, and under safe contact, until whoever is named there has looked at it. Nobody else learns which of both it is.
    """
    require(policy.may_change(actor))
    check_birth_date(birth_date, berlin_day(at))
    person = Person(
        jobcenter_id=actor.jobcenter_id,
        callsign=_next_callsign(actor.jobcenter_id),
        first_name=first_name.strip(),
        last_name=last_name.strip(),
        birth_name=birth_name.strip(),
        birth_date=birth_date,
        sex=sex,
        language=language or "de",
        needs_interpreter=needs_interpreter,
        nationality=nationality.strip()[:60],
        created_at=at,
    )
    set_names(person)
    person.save(force_insert=True)
    ledger.event(
        "person.created",
        person,
        subject=person.pk,
        first_name=person.first_name,
        last_name=person.last_name,
        birth_date=person.birth_date,
        callsign=person.callsign,
    )
    twin = queries.shut_twin(actor, berlin_day(at), person.full_name, birth_date)
    if twin is not None:
        _close_like(ledger, actor, at, person, twin)
    return person


def _close_like(ledger: Ledger, actor: Actor, at: datetime, person: Person, twin: Restriction) -> None:
    """Part of a verb: ``person`` is seen by those named in ``twin`` alone, in the teams that look after that file."""
    person.safe_contact = True
    person.save(update_fields=["safe_contact"])
    held = Restriction.objects.create(
        jobcenter_id=actor.jobcenter_id, person=person, kind=twin.kind, ask=twin.ask, phone=twin.phone, valid_from=berlin_day(at)
    )
    named = list(twin.users.order_by("pk"))
    held.users.set(named)
    ledger.event("person.safe_contact", person, subject=person.pk, safe_contact=True)
    ledger.event("person.restricted", held, subject=person.pk, kind=held.kind, users=[str(u.pk) for u in named])
    for row in Responsibility.objects.filter(in_force(berlin_day(at)), person=twin.person_id).order_by("valid_from", "id"):
        assign(
            actor=actor, at=at, person_id=person.pk, kind=ResponsibilityKind(row.kind), team_id=row.team_id, user_id=row.user_id,
            valid_from=berlin_day(at), reason="wie ein geschützter Eintrag gleichen Namens",
        )  # fmt: skip


@verb(BenefitUnit)
def open_unit(
    ledger: Ledger, *, actor: Actor, at: datetime, applicant_id: UUID, valid_from: date, op: UUID | None = None
) -> BenefitUnit:
    """Open a benefit unit for an applicant who belongs to none; the open unit otherwise.

    Who still belongs to another for some days belongs to the new one from the day after.
    """
    require(policy.may_change(actor))
    applicant = locked(Person, applicant_id)
    held = queries.own_membership(applicant)
    if held is not None:
        return held.benefit_unit
    ends = Membership.objects.filter(person=applicant, valid_to__gte=valid_from).order_by("id").values_list("valid_to", flat=True)
    valid_from = max([valid_from, *(end + timedelta(days=1) for end in ends if end)])
    unit = BenefitUnit.objects.create(jobcenter_id=actor.jobcenter_id, created_at=at)
    Membership.objects.create(
        jobcenter_id=actor.jobcenter_id,
        person=applicant,
        benefit_unit=unit,
        role=MemberRole.APPLICANT,
        valid_from=valid_from,
    )
    ledger.event("unit.opened", unit, subject=applicant.pk, valid_from=valid_from)
    return unit


def _fits_place(person: Person, unit: BenefitUnit, role: MemberRole, day: date) -> None:
    """Refuse a child of 25 or more (§ 7(3) no. 4 SGB II), a partner under 16 and a second partner."""
    years = age_on(person.birth_date, day) if person.birth_date else None
    if role == MemberRole.CHILD and years is not None and years >= CHILD_UNTIL:
        raise Refused(
            f"{person.full_name} ist {years} Jahre alt. Als Kind gehört man nur bis zum 25. Geburtstag dazu "
            "(§ 7 Abs. 3 Nr. 4 SGB II). Bitte prüfen Sie Geburtsdatum und Rolle.",
            code="child_age",
            field="birth_date",
        )
    if role == MemberRole.PARTNER and years is not None and years < PARTNER_FROM:
        raise Refused(
            f"{person.full_name} ist {years} {'Jahr' if years == 1 else 'Jahre'} alt, zu jung als Partnerin oder Partner. "
            "Bitte prüfen Sie Geburtsdatum und Rolle.",
            code="partner_age",
            field="birth_date",
        )
    if role == MemberRole.PARTNER and Membership.objects.filter(benefit_unit=unit, role=role).filter(_open_on(day)).exists():
        raise Refused(
            "Hier steht schon eine Partnerin oder ein Partner. Bitte tragen Sie dort zuerst den letzten Tag ein.",
            code="second_partner",
            field="role",
        )


def _open_on(day: date) -> Q:
    return Q(valid_to=None) | Q(valid_to__gte=day)


def _held(person: Person, first: date, last: date | None) -> list[Membership]:
    """Memberships of ``person`` on any day of a period, the earliest first."""
    rows = Membership.objects.filter(_open_on(first), person=person).order_by("valid_from", "id")
    return list(rows if last is None else rows.filter(valid_from__lte=last))


def _too_many(others: Sequence[Membership], stay: str, first: date) -> bool:
    """Whether one more membership from ``first`` on would be a second whole one, or the third on some day."""
    if stay == Stay.WHOLE and any(m.stay == Stay.WHOLE for m in others):
        return True
    starts = [first, *(m.valid_from for m in others if m.valid_from > first)]
    held = [sum(m.valid_from <= day and (m.valid_to is None or m.valid_to >= day) for m in others) for day in starts]
    return max(held) >= UNITS_AT_ONCE


def _check_stay(person: Person, role: str, stay: str, day: date) -> None:
    """Living here on some days is for children under 18 alone."""
    if stay == Stay.WHOLE:
        return
    years = age_on(person.birth_date, day) if person.birth_date else None
    if role == MemberRole.CHILD and years is None:
        raise Refused(
            f"Für ein Kind, das abwechselnd hier wohnt, brauchen wir das Geburtsdatum. Bei {person.full_name} fehlt es noch.",
            code="stay_birth",
            field="birth_date",
        )
    if role != MemberRole.CHILD or years is None or years >= ALTERNATES_UNTIL:
        raise Refused(
            "„Wohnt abwechselnd hier“ gibt es nur für ein Kind unter 18 Jahren. Bitte nehmen Sie das Häkchen heraus.",
            code="stay_age",
            field="stay",
        )


def _in_two(actor: Actor, person: Person, others: Sequence[Membership], role: str, stay: str, day: date) -> Refused:
    """Why ``person`` cannot join beside ``others``. Of a household with a protected person it says only whom to ask."""
    ask = policy.ask_about_units(actor, {m.benefit_unit_id for m in others}, day)
    if ask:
        return Refused(f"{person.full_name} lässt sich hier nicht eintragen. Bitte fragen Sie: {ask}.", code="ask")
    years = age_on(person.birth_date, day) if person.birth_date else 0
    child = role == MemberRole.CHILD and years < ALTERNATES_UNTIL and all(m.role == MemberRole.CHILD for m in others)
    if child and stay == Stay.PART:
        return Refused(
            f"{person.full_name} gehört schon zu zwei Haushalten. Bitte beenden Sie erst einen davon.", code="in_three_units"
        )
    belongs = f"{person.full_name} gehört seit {others[0].valid_from:%d.%m.%Y} zu einem anderen Haushalt. "
    if child:
        return Refused(
            f"{belongs}Lebt das Kind in beiden Haushalten? Dann „wohnt abwechselnd hier“ wählen. "
            "Sonst bitte erst den anderen beenden oder einen späteren Tag wählen.",
            code="in_two_units",
            field="stay",
        )
    return Refused(
        f"{belongs}Niemand kann in zwei Haushalten zugleich sein. "
        "Bitte beenden Sie erst den anderen oder wählen Sie einen späteren Tag.",
        code="in_two_units",
    )


def _ours(person_id: UUID, unit_id: UUID) -> None:
    """Refuse to say who belongs to a unit where the paying system does (rule 9)."""
    if policy.unit_belongs_to_benefits(person_id, unit_id):
        raise Refused(
            "Wer zu dieser Bedarfsgemeinschaft gehört, führt die Leistungsstelle. Bitte dort melden („Fehler melden“); "
            "mit der nächsten Lieferung steht es auch hier.",
            code="foreign_field",
        )


@verb(Membership)
def join_unit(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    person_id: UUID,
    unit_id: UUID,
    role: MemberRole,
    valid_from: date,
    stay: Stay = Stay.WHOLE,
    op: UUID | None = None,
) -> Membership:
    """Add a person to a unit from a day on. Refused when the person is in another unit on that day.

    A child under 18 may live in two on some days each: wholly in one at most, ``stay`` PART in the other.
    """
    require(policy.may_change(actor))
    person = locked(Person, person_id)
    unit = locked(BenefitUnit, unit_id)
    _ours(person.pk, unit.pk)
    day = max(valid_from, berlin_day(at))
    others = _held(person, valid_from, None)
    if any(m.benefit_unit_id == unit.pk for m in others):
        raise Refused(f"{person.full_name} gehört schon zu diesem Haushalt.", code="already_member")
    alternates = role == MemberRole.CHILD and all(m.role == MemberRole.CHILD for m in others)
    if others and (not alternates or _too_many(others, stay, valid_from)):
        raise _in_two(actor, person, others, role, stay, day)
    _fits_place(person, unit, role, day)
    _check_stay(person, role, stay, day)
    if others:
        # Two households at once are for a child whose age is known.
        _check_stay(person, role, Stay.PART, day)
    membership = Membership.objects.create(
        jobcenter_id=actor.jobcenter_id, person=person, benefit_unit=unit, role=role, stay=stay, valid_from=valid_from
    )
    said: dict[str, Any] = {"stay": stay} if stay != Stay.WHOLE else {}
    ledger.event("unit.joined", membership, subject=person.pk, unit=unit.pk, role=role, valid_from=valid_from, **said)
    return membership


@verb(Membership)
def leave_unit(
    ledger: Ledger, *, actor: Actor, at: datetime, membership_id: UUID, last_day: date, op: UUID | None = None
) -> Membership:
    """End a membership with its last day."""
    require(policy.may_change(actor))
    membership = locked(Membership, membership_id)
    _ours(membership.person_id, membership.benefit_unit_id)
    if last_day < membership.valid_from:
        raise Refused(
            f"Der letzte Tag liegt vor dem ersten ({membership.valid_from:%d.%m.%Y}). Bitte prüfen Sie das Datum.",
            code="period",
            field="last_day",
        )
    if membership.valid_to is not None and last_day > membership.valid_to:
        first = membership.valid_to + timedelta(days=1)
        others = _held(locked(Person, membership.person_id), first, last_day)
        same = any(m.benefit_unit_id == membership.benefit_unit_id for m in others)
        if same or (others and _too_many(others, membership.stay, first)):
            raise Refused(
                "Dieser letzte Tag passt nicht zu den anderen Zeiträumen. Bitte prüfen Sie das Datum.",
                code="in_two_units",
                field="last_day",
            )
    membership.valid_to = last_day
    membership.save(update_fields=["valid_to"])
    ledger.event("unit.left", membership, subject=membership.person_id, last_day=last_day)
    return membership


@verb(Membership)
def change_stay(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    membership_id: UUID,
    stay: Stay,
    valid_from: date,
    reason: str,
    op: UUID | None = None,
) -> Membership:
    """From a day on somebody lives here wholly, or on some days only. The time before keeps what held in it.

    A day in the future is refused: the open membership is what counts today. From its first day on it was never otherwise,
    so it is put right in its place. Gives the membership that holds from ``valid_from`` on.
    """
    require(policy.may_change(actor))
    held = locked(Membership, membership_id)
    person = locked(Person, held.person_id)
    if held.valid_to is not None:
        raise Refused(f"{person.full_name} wohnt hier nicht mehr.", code="ended")
    if stay == held.stay:
        raise Refused("So steht es schon da.", code="same_stay")
    if not reason.strip():
        raise Refused("Bitte schreiben Sie, woher wir das wissen.", code="reason", field="reason")
    today = berlin_day(at)
    if valid_from > today:
        raise Refused("Dieser Tag liegt in der Zukunft. Bitte eintragen, wenn es so weit ist.", code="future", field="valid_from")
    if valid_from < held.valid_from:
        raise Refused(
            f"{person.full_name} wohnt erst seit {held.valid_from:%d.%m.%Y} hier. Bitte prüfen Sie das Datum.",
            code="period",
            field="valid_from",
        )
    _stay_fits(actor, person, held, stay, valid_from, today)
    before, previous = held.stay, None
    if valid_from > held.valid_from:
        previous = held.pk
        held.valid_to = valid_from - timedelta(days=1)
        held.save(update_fields=["valid_to"])
        held = Membership(
            jobcenter_id=actor.jobcenter_id, person=person, benefit_unit_id=held.benefit_unit_id, role=held.role, valid_from=valid_from
        )
    held.stay = stay
    held.save()
    ledger.event(
        "unit.stay_changed", held, subject=person.pk, stay=stay, before=before, valid_from=valid_from, reason=reason.strip()[:200],
        previous=previous,
    )
    return held


def _stay_fits(actor: Actor, person: Person, held: Membership, stay: str, first: date, day: date) -> None:
    _check_stay(person, held.role, stay, day)
    others = [m for m in _held(person, first, None) if m.pk != held.pk and m.benefit_unit_id != held.benefit_unit_id]
    if others and _too_many(others, stay, first):
        raise _in_two(actor, person, others, held.role, stay, day)


@verb(Membership)
def undo_stay(
    ledger: Ledger, *, actor: Actor, at: datetime, membership_id: UUID, op: UUID | None = None
) -> Membership:
    """Take the last change of the stay back: the membership is again what it was before. The events keep both."""
    require(policy.may_change(actor))
    held = locked(Membership, membership_id)
    said = queries.stay_changes([held]).get(held.pk)
    if said is None or held.valid_to is not None:
        raise Refused("Hier ist nichts zurückzunehmen.", code="nothing_to_undo")
    person = locked(Person, held.person_id)
    whole = held
    if said["previous"]:
        whole = locked(Membership, UUID(said["previous"]))
        if whole.valid_to != held.valid_from - timedelta(days=1) or whole.person_id != held.person_id:
            raise Refused("Der Zeitraum davor wurde inzwischen geändert. Bitte tragen Sie den Wechsel neu ein.", code="changed_since")
    _stay_fits(actor, person, held, said["before"], held.valid_from, berlin_day(at))
    ledger.event("unit.stay_undone", held, subject=person.pk, stay=said["before"], before=held.stay)
    if whole is not held:
        # Two open memberships in one unit cannot be; the events still say that this one was there.
        Membership.objects.filter(pk=held.pk).delete()
        whole.valid_to = None
    whole.stay = said["before"]
    whole.save(update_fields=["stay", "valid_to"])
    return whole


def free_for(membership: Membership, person: Person) -> bool:
    """Whether ``person`` belonged to no unit at all in the time of ``membership``."""
    return not _held(person, membership.valid_from, membership.valid_to)


@verb(Membership)
def pass_on_membership(
    ledger: Ledger, *, actor: Actor, at: datetime, membership_id: UUID, person_id: UUID, op: UUID | None = None
) -> Membership:
    """The wrong person stood in a unit: the right one takes the place from its first day. The event keeps both."""
    require(policy.may_change(actor))
    membership = locked(Membership, membership_id)
    person = locked(Person, person_id)
    _ours(membership.person_id, membership.benefit_unit_id)
    if not free_for(membership, person):
        raise Refused(f"{person.full_name} gehört schon zu einem Haushalt.", code="in_two_units")
    _check_stay(person, membership.role, membership.stay, berlin_day(at))
    before = membership.person_id
    membership.person = person
    membership.save(update_fields=["person"])
    ledger.event(
        "unit.place_corrected", membership, subject=person.pk, unit=membership.benefit_unit_id, before=before
    )
    return membership


@verb(Channel)
def pass_on_channel(
    ledger: Ledger, *, actor: Actor, at: datetime, channel_id: UUID, person_id: UUID, op: UUID | None = None
) -> Channel:
    """A number was noted for the wrong person: it leaves that file, a safe number above all."""
    require(policy.may_change(actor))
    channel = locked(Channel, channel_id)
    before = channel.person_id
    channel.person = locked(Person, person_id)
    channel.save(update_fields=["person"])
    ledger.event("channel.moved", channel, subject=person_id, before=before)
    return channel


@verb(Address)
def pass_on_address(
    ledger: Ledger, *, actor: Actor, at: datetime, address_id: UUID, person_id: UUID, op: UUID | None = None
) -> Address:
    """A home was noted for the wrong person: it leaves that file.

    Does the right person have one of that kind, theirs stays as it is and this one ends on its first day, there.
    """
    require(policy.may_change(actor))
    address = locked(Address, address_id)
    before = address.person_id
    right = locked(Person, person_id)
    if Address.objects.filter(person=right, kind=address.kind, valid_to=None).exists():
        address.valid_to = address.valid_from
    address.person = right
    address.save(update_fields=["person", "valid_to"])
    ledger.event("address.moved", address, subject=right.pk, before=before)
    return address


@verb(Number)
def set_number(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    kind: NumberKind,
    value: str,
    valid_from: date,
    person_id: UUID | None = None,
    unit_id: UUID | None = None,
    op: UUID | None = None,
) -> Number:
    """Note a number of the paying system, of a person or of a unit. Refused for none or both, and for an empty one.

    The same number again changes nothing. A new one of the same kind ends the one before (§ 51a SGB II: numbers change).
    """
    require(policy.may_set_numbers(actor))
    if (person_id is None) == (unit_id is None):
        raise Refused("Eine Nummer gehört zu einer Person oder zu einem Haushalt.", code="owner")
    if not value.strip():
        raise Refused("Bitte die Nummer eintragen.", code="value_missing", field="value")
    subject = locked(Person, person_id).pk if person_id else None
    owned = Number.objects.filter(person=person_id) if person_id else Number.objects.filter(benefit_unit=unit_id)
    held = owned.filter(kind=kind, valid_to=None).first()
    if held is not None and held.value == value.strip():
        return held
    if held is not None:
        held.valid_to = max(held.valid_from, valid_from - timedelta(days=1))
        held.save(update_fields=["valid_to"])
    made = Number.objects.create(
        jobcenter_id=actor.jobcenter_id,
        kind=kind,
        value=value.strip(),
        person_id=person_id,
        benefit_unit_id=unit_id,
        valid_from=valid_from,
    )
    ledger.event("number.set", made, subject=subject, kind=kind, value=made.value)
    return made


@verb(Channel)
def set_channel(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    person_id: UUID,
    kind: ChannelKind,
    value: str,
    is_safe: bool = False,
    valid_from: date,
    op: UUID | None = None,
) -> Channel:
    """Note a number or address to reach somebody; the same value again only updates whether it is safe."""
    require(policy.may_change(actor))
    person = locked(Person, person_id)
    value = value.strip() if kind == ChannelKind.EMAIL else phone_of(value, field="value")
    if not value:
        raise Refused("Bitte eine Nummer oder Adresse eintragen.", code="value_missing", field="value")
    channel = Channel.objects.filter(person=person, value=value, valid_to=None).first()
    if channel is None:
        channel = Channel(jobcenter_id=actor.jobcenter_id, person=person, value=value, valid_from=valid_from)
    channel.kind = kind
    channel.is_safe = is_safe
    channel.save()
    ledger.event("channel.set", channel, subject=person.pk, kind=kind, value=value, is_safe=is_safe)
    return channel


@verb(Address)
def set_address(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    person_id: UUID,
    kind: AddressKind = AddressKind.HOME,
    street: str = "",
    plz: str = "",
    place: str = "",
    lat: float | None = None,
    lon: float | None = None,
    no_letters: bool = False,
    valid_from: date,
    op: UUID | None = None,
) -> Address:
    """Note where somebody lives from a day on; an open address of the same kind ends the day before."""
    require(policy.may_change(actor))
    person = locked(Person, person_id)
    for old in Address.objects.filter(person=person, kind=kind, valid_to=None):
        if old.valid_from >= valid_from:
            # Typed twice on one day: the later word replaces the earlier, and the event keeps both.
            old.delete()
        else:
            old.valid_to = date.fromordinal(valid_from.toordinal() - 1)
            old.save(update_fields=["valid_to"])
    address = Address.objects.create(
        jobcenter_id=actor.jobcenter_id,
        person=person,
        kind=kind,
        street=street.strip(),
        plz=plz.strip(),
        place=place.strip(),
        lat=lat,
        lon=lon,
        no_letters=no_letters,
        valid_from=valid_from,
    )
    data: dict[str, Any] = {"kind": kind, "street": street, "plz": plz, "place": place, "no_letters": no_letters}
    ledger.event("address.set", address, subject=person.pk, **data)
    return address


@verb(Responsibility)
def assign(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    person_id: UUID,
    kind: ResponsibilityKind,
    team_id: UUID,
    user_id: UUID | None = None,
    valid_from: date,
    reason: str,
    op: UUID | None = None,
) -> Responsibility:
    """Make a team (and somebody in it) responsible from a day on; the one before ends the day before.

    The same team again only changes the person, within the same day without a new period. One whose last day is set but
    not past goes on without an end: who lets go and takes on again on one day leaves no gap and no second period.
    """
    require(policy.may_change(actor))
    person = locked(Person, person_id)
    running = Responsibility.objects.filter(Q(valid_to=None) | Q(valid_to__gte=valid_from), person=person, kind=kind).order_by("id")
    held = max(running, key=lambda row: (row.valid_from, row.valid_to is None), default=None)
    if held is not None:
        same = held.team_id == team_id and held.user_id == user_id
        if same and held.valid_to is None:
            return held
        if same or held.valid_from >= valid_from:
            if not same:
                held.team_id, held.user_id, held.reason = team_id, user_id, reason
            held.valid_to = None
            held.save(update_fields=["team", "user", "reason", "valid_to"])
            ledger.event("responsibility.changed", held, subject=person.pk, team=team_id, user=user_id, reason=reason)
            return held
        held.valid_to = date.fromordinal(valid_from.toordinal() - 1)
        held.save(update_fields=["valid_to"])
    made = Responsibility.objects.create(
        jobcenter_id=actor.jobcenter_id,
        person=person,
        kind=kind,
        team_id=team_id,
        user_id=user_id,
        valid_from=valid_from,
        reason=reason,
    )
    ledger.event("responsibility.set", made, subject=person.pk, kind=kind, team=team_id, user=user_id, reason=reason)
    return made


@verb(Responsibility)
def release(
    ledger: Ledger, *, actor: Actor, at: datetime, responsibility_id: UUID, last_day: date, op: UUID | None = None
) -> Responsibility:
    """End a responsibility with its last day."""
    require(policy.may_change(actor))
    held = locked(Responsibility, responsibility_id)
    held.valid_to = max(last_day, held.valid_from)
    held.save(update_fields=["valid_to"])
    ledger.event("responsibility.ended", held, subject=held.person_id, last_day=last_day)
    return held


@verb(Person)
def correct_person(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    person_id: UUID,
    first_name: str,
    last_name: str,
    birth_name: str,
    birth_date: date | None,
    sex: str,
    language: str,
    needs_interpreter: bool,
    version: int | None = None,
    op: UUID | None = None,
) -> Person:
    """Correct name, birth date, language. Once the paying system knows the person, name and birth date are its own."""
    require(policy.may_change(actor))
    person = locked(Person, person_id, version=version)
    check_birth_date(birth_date, berlin_day(at))
    new: dict[str, Any] = {
        "first_name": first_name.strip(),
        "last_name": last_name.strip(),
        "birth_name": birth_name.strip(),
        "birth_date": birth_date,
        "sex": sex,
        "language": language or "de",
        "needs_interpreter": needs_interpreter,
    }
    changed = {key: value for key, value in new.items() if getattr(person, key) != value}
    foreign = {"first_name", "last_name", "birth_date"} & changed.keys()
    if foreign and policy.belongs_to_benefits(person):
        raise Refused(
            "Name und Geburtsdatum gehören der Leistungsstelle, sobald sie die Person kennt. Bitte dort melden; "
            "mit der nächsten Lieferung stehen sie auch hier.",
            code="foreign_field",
            field=min(foreign),
        )
    if changed:
        for key, value in changed.items():
            setattr(person, key, value)
        set_names(person)
        person.version += 1
        person.save()
        ledger.event("person.corrected", person, subject=person.pk, **changed)
    return person


def _set(ledger: Ledger, person: Person, event: str, new: dict[str, Any]) -> Person:
    """Write what is new to a locked person and note it; what is as it was leaves no trace."""
    changed = {key: value for key, value in new.items() if getattr(person, key) != value}
    if changed:
        for key, value in changed.items():
            setattr(person, key, value)
        person.version += 1
        person.save(update_fields=[*changed, "version"])
        ledger.event(event, person, subject=person.pk, **changed)
    return person


@verb(Person)
def set_contact(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    person_id: UUID,
    safe_contact: bool,
    contact_hint: str,
    version: int | None = None,
    op: UUID | None = None,
) -> Person:
    """Safe contact and what to mind when calling. Safe contact goes before every letter, reminder and series."""
    require(policy.may_change(actor))
    person = locked(Person, person_id, version=version)
    new: dict[str, Any] = {"safe_contact": safe_contact, "contact_hint": contact_hint.strip()[:160]}
    return _set(ledger, person, "person.contact", new)


@verb(Person)
def set_consent(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    person_id: UUID,
    may_remind: bool | None,
    may_follow_up: bool | None,
    version: int | None = None,
    op: UUID | None = None,
) -> Person:
    """What the person allows: reminders by SMS, a call later on. None = not asked; a consent is taken back at any time."""
    require(policy.may_change(actor))
    person = locked(Person, person_id, version=version)
    new = {"may_remind": may_remind, "may_follow_up": may_follow_up}
    return _set(ledger, person, "person.consent", new)


@verb(Address)
def block_letters(
    ledger: Ledger, *, actor: Actor, at: datetime, address_id: UUID, blocked: bool, op: UUID | None = None
) -> Address:
    """No letter to this address, or letters again."""
    require(policy.may_change(actor))
    address = locked(Address, address_id)
    if address.no_letters != blocked:
        address.no_letters = blocked
        address.save(update_fields=["no_letters"])
        ledger.event("address.letters", address, subject=address.person_id, no_letters=blocked)
    return address


@verb(Channel)
def end_channel(
    ledger: Ledger, *, actor: Actor, at: datetime, channel_id: UUID, op: UUID | None = None
) -> Channel:
    """A number no longer holds."""
    require(policy.may_change(actor))
    channel = locked(Channel, channel_id)
    channel.valid_to = max(berlin_day(at), channel.valid_from)
    channel.save(update_fields=["valid_to"])
    ledger.event("channel.ended", channel, subject=channel.person_id)
    return channel


@verb(Attendant)
def add_attendant(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    person_id: UUID,
    kind: AttendantKind,
    name: str,
    phone: str = "",
    remarks: str = "",
    op: UUID | None = None,
) -> Attendant:
    """Somebody who comes along or speaks for the person: companion, guardian, interpreter."""
    require(policy.may_change(actor))
    person = locked(Person, person_id)
    if not name.strip():
        raise Refused("Bitte einen Namen eintragen.", code="name", field="name")
    made = Attendant.objects.create(
        jobcenter_id=actor.jobcenter_id,
        person=person,
        kind=kind,
        name=name.strip()[:120],
        phone=phone_of(phone)[:40],
        remarks=remarks.strip()[:160],
        valid_from=berlin_day(at),
    )
    ledger.event("attendant.added", made, subject=person.pk, kind=kind, name=made.name)
    return made


@verb(Attendant)
def end_attendant(
    ledger: Ledger, *, actor: Actor, at: datetime, attendant_id: UUID, op: UUID | None = None
) -> Attendant:
    """Somebody no longer comes along or speaks for the person."""
    require(policy.may_change(actor))
    attendant = locked(Attendant, attendant_id)
    if attendant.valid_to is None:
        attendant.valid_to = max(berlin_day(at), attendant.valid_from)
        attendant.save(update_fields=["valid_to"])
        ledger.event("attendant.ended", attendant, subject=attendant.person_id)
    return attendant


@verb(Membership)
def add_member(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    person_id: UUID,
    role: MemberRole,
    valid_from: date,
    member_id: UUID | None = None,
    first_name: str = "",
    last_name: str = "",
    birth_date: date | None = None,
    stay: Stay = Stay.WHOLE,
    op: UUID | None = None,
) -> Membership:
    """Add somebody to the unit of ``person_id``: a record that was found (``member_id``) or a new one.

    Opens the unit where there is none. The teams responsible for the person become responsible for the new member as
    well, where nobody is yet; otherwise nobody could see the child.
    """
    require(policy.may_change(actor))
    person = locked(Person, person_id)
    if member_id is None:
        if not first_name.strip():
            raise Refused("Bitte einen Vornamen eintragen.", code="first_name", field="first_name")
        member_id = create_person(
            actor=actor, at=at, first_name=first_name, last_name=last_name or person.last_name, birth_date=birth_date
        ).pk
    unit = open_unit(actor=actor, at=at, applicant_id=person.pk, valid_from=valid_from)
    made = join_unit(
        actor=actor, at=at, person_id=member_id, unit_id=unit.pk, role=role, valid_from=valid_from, stay=stay
    )
    today = berlin_day(at)
    taken = set(Responsibility.objects.filter(person=member_id, valid_to=None).order_by("id").values_list("kind", flat=True))
    for held in Responsibility.objects.filter(person=person, valid_to=None).order_by("kind", "id"):
        if held.kind not in taken:
            assign(
                actor=actor,
                at=at,
                person_id=member_id,
                kind=ResponsibilityKind(held.kind),
                team_id=held.team_id,
                valid_from=today,
                reason="gehört zum Haushalt",
            )
    return made


@verb(ForeignError)
def report_foreign_error(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    person_id: UUID,
    what: ForeignField,
    text: str,
    op: UUID | None = None,
) -> ForeignError:
    """Tell benefits what the paying system has wrong. A second report about the same field renews the first."""
    require(policy.may_change(actor))
    person = locked(Person, person_id)
    if not text.strip():
        raise Refused("Bitte schreiben Sie, wie es richtig ist.", code="text", field="text")
    made = ForeignError.objects.filter(person=person, what=what, settled_at=None).first()
    if made is None:
        made = ForeignError(jobcenter_id=actor.jobcenter_id, person=person, what=what)
    made.text = text.strip()[:200]
    made.reported_at = at
    made.reported_by_id = actor.id if actor.kind == "user" else None
    made.save()
    ledger.event("foreign_error.reported", made, subject=person.pk, what=what, text=made.text)
    return made


@verb(ForeignError)
def settle_foreign_error(
    ledger: Ledger, *, actor: Actor, at: datetime, error_id: UUID, op: UUID | None = None
) -> ForeignError:
    """The paying system has been put right."""
    require(policy.may_settle_foreign(actor))
    error = locked(ForeignError, error_id)
    if error.settled_at is None:
        error.settled_at = at
        error.settled_by_id = actor.id
        error.save(update_fields=["settled_at", "settled_by"])
        ledger.event("foreign_error.settled", error, subject=error.person_id, what=error.what)
    return error


@verb(Restriction)
def restrict(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    person_id: UUID,
    kind: RestrictionKind,
    ask: str,
    phone: str = "",
    user_ids: Sequence[UUID] = (),
    op: UUID | None = None,
) -> Restriction:
    """From now only the named people see this file; whoever sets it is one of them."""
    require(policy.may_protect(actor))
    person = locked(Person, person_id)
    held = Restriction.objects.filter(person=person, valid_to=None).first()
    if held is not None and not policy.is_named(actor, held):
        raise Refused(NOT_NAMED, code="not_named")
    if held is None:
        held = Restriction(jobcenter_id=actor.jobcenter_id, person=person, valid_from=berlin_day(at))
    held.kind = kind
    held.ask = ask.strip() or "Schutzstelle"
    held.phone = phone_of(phone, before=held.phone)
    held.save()
    held.users.set(User.objects.filter(pk__in={actor.id, *user_ids}))
    ledger.event("person.restricted", held, subject=person.pk, kind=kind, users=sorted(str(u) for u in {actor.id, *user_ids}))
    return held


@verb(Restriction)
def lift_restriction(
    ledger: Ledger, *, actor: Actor, at: datetime, restriction_id: UUID, op: UUID | None = None
) -> Restriction:
    """Lift a restriction; only somebody named in it can."""
    require(policy.may_protect(actor))
    held = locked(Restriction, restriction_id)
    if not policy.is_named(actor, held):
        raise Refused(NOT_NAMED, code="not_named")
    _end(held, berlin_day(at))
    ledger.event("person.restriction_lifted", locked(Person, held.person_id), subject=held.person_id)
    return held


@verb(Restriction)
def limit(ledger: Ledger, *, actor: Actor, at: datetime, person_id: UUID, op: UUID | None = None) -> Restriction:
    """Nobody works with this file any more until it is let go (Art. 18 GDPR): a restriction in which nobody is named.

    A file that is protected already stays as it is. Part of a verb of data protection, which says whether it may.
    """
    person = locked(Person, person_id)
    held = Restriction.objects.filter(person=person, valid_to=None).first()
    if held is None:
        held = Restriction.objects.create(
            jobcenter_id=actor.jobcenter_id, person=person, kind=RestrictionKind.LIMITED, ask="Datenschutz", valid_from=berlin_day(at)
        )
        ledger.event("person.restricted", held, subject=person.pk, kind=held.kind, users=[])
    return held


@verb(Person)
def end_limit(ledger: Ledger, *, actor: Actor, at: datetime, restriction_id: UUID, op: UUID | None = None) -> Person:
    """The file may be worked with again; a protection of another kind is left alone."""
    held = locked(Restriction, restriction_id)
    person = locked(Person, held.person_id)
    if held.kind == RestrictionKind.LIMITED and held.valid_to is None:
        _end(held, berlin_day(at))
        ledger.event("person.restriction_lifted", person, subject=person.pk)
    return person


def _end(held: Restriction, day: date) -> None:
    """The last day of a period is still inside it; a lifted restriction ends at once."""
    if day <= held.valid_from:
        held.delete()
    else:
        held.valid_to = day - timedelta(days=1)
        held.save(update_fields=["valid_to"])


@verb(Restriction)
def name_user(
    ledger: Ledger, *, actor: Actor, at: datetime, restriction_id: UUID, user_id: UUID, named: bool = True, op: UUID | None = None
) -> Restriction:
    """Let one more colleague see a protected file, or one fewer. Somebody always stays named."""
    require(policy.may_protect(actor))
    held = locked(Restriction, restriction_id)
    if not policy.is_named(actor, held):
        raise Refused(NOT_NAMED, code="not_named")
    if named:
        held.users.add(User.objects.get(pk=user_id, jobcenter_id=actor.jobcenter_id))
    elif held.users.exclude(pk=user_id).exists():
        held.users.remove(User.objects.get(pk=user_id))
    else:
        raise Refused("Eine geschützte Akte braucht mindestens einen Menschen, der sie sieht.", code="last_named")
    ledger.event("person.restriction_named", held, subject=held.person_id, user=user_id, named=named)
    return held


@verb(PersonLink)
def link_duplicates(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    keep_id: UUID,
    other_id: UUID,
    same: bool,
    reason: str,
    op: UUID | None = None,
) -> PersonLink:
    """Say that two records are one person (``same``), or have been checked and are two. Nothing is merged or deleted."""
    require(policy.may_change(actor))
    if keep_id == other_id:
        raise Refused("Das ist derselbe Eintrag.", code="same_record")
    if same and not reason.strip():
        raise Refused("Bitte schreiben Sie, woran man es sieht, zum Beispiel „Ausweis gesehen“.", code="reason", field="reason")
    keep = locked(Person, keep_id)
    other = locked(Person, other_id)
    links = PersonLink.objects.filter(undone_at=None)
    if same and (links.filter(same=True, other=other).exists() or queries.kept_records().get(keep.pk, keep.pk) == other.pk):
        raise Refused("Dieser Eintrag ist schon verbunden. Bitte zuerst trennen.", code="linked")
    # The newer word about two records replaces the older one; both stay to be seen.
    between = Q(keep=keep, other=other) | Q(keep=other, other=keep)
    if not same and links.filter(between, same=True).exists():
        raise Refused("Die beiden Einträge sind verbunden. Bitte zuerst trennen.", code="linked")
    links.filter(between, same=False).update(undone_at=at)
    made = PersonLink.objects.create(
        jobcenter_id=actor.jobcenter_id,
        keep=keep,
        other=other,
        same=same,
        reason=reason.strip()[:200],
        by_id=actor.id,
        at=at,
    )
    ledger.event("person.linked" if same else "person.told_apart", made, subject=keep.pk, other=other.pk, reason=made.reason)
    return made


@verb(PersonLink)
def unlink(ledger: Ledger, *, actor: Actor, at: datetime, link_id: UUID, op: UUID | None = None) -> PersonLink:
    """Part two records again; each has kept its own data."""
    require(policy.may_change(actor))
    link = locked(PersonLink, link_id)
    if link.undone_at is None:
        link.undone_at = at
        link.save(update_fields=["undone_at"])
        ledger.event("person.unlinked", link, subject=link.keep_id, other=link.other_id)
    return link
