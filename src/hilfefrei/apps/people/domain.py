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
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.people import policy
from hilfefrei.apps.people.models import (
    Address,
    Attendant,
    BenefitUnit,
    CallsignCounter,
    Channel,
    Membership,
    Person,
    PersonLink,
    Responsibility,
    Restriction,
)
from hilfefrei.apps.people.workflows import (
    AddressKind,
    AttendantKind,
    ChannelKind,
    MemberRole,
    ResponsibilityKind,
    RestrictionKind,
)
from hilfefrei.core import names
from hilfefrei.core.days import berlin_day


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
    op: UUID | None = None,
) -> Person:
    """Take up somebody; without a name the callsign stands for the person. Search first (queries.search)."""
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
    return person


@verb(BenefitUnit)
def open_unit(
    ledger: Ledger, *, actor: Actor, at: datetime, applicant_id: UUID, valid_from: date, op: UUID | None = None
) -> BenefitUnit:
    """Open a benefit unit for an applicant who belongs to none; the open unit otherwise."""
    applicant = locked(Person, applicant_id)
    held = Membership.objects.filter(person=applicant, valid_to=None).select_related("benefit_unit").first()
    if held is not None:
        return held.benefit_unit
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
    op: UUID | None = None,
) -> Membership:
    """Add a person to a unit from a day on. Refused when the person is in another unit on that day."""
    person = locked(Person, person_id)
    unit = locked(BenefitUnit, unit_id)
    clash = (
        Membership.objects.filter(person=person)
        .filter(Q(valid_to=None) | Q(valid_to__gte=valid_from))
        .order_by("valid_from", "id")
        .first()
    )
    if clash is not None:
        if clash.benefit_unit_id == unit.pk:
            raise Refused(f"{person.full_name} gehört schon zu diesem Haushalt.", code="already_member")
        raise Refused(
            f"{person.full_name} gehört seit {clash.valid_from:%d.%m.%Y} zu einem anderen Haushalt. "
            "Niemand kann in zwei Haushalten zugleich sein. Bitte beenden Sie erst den anderen oder wählen Sie einen späteren Tag.",
            code="in_two_units",
        )
    membership = Membership.objects.create(
        jobcenter_id=actor.jobcenter_id, person=person, benefit_unit=unit, role=role, valid_from=valid_from
    )
    ledger.event("unit.joined", membership, subject=person.pk, unit=unit.pk, role=role, valid_from=valid_from)
    return membership


@verb(Membership)
def leave_unit(
    ledger: Ledger, *, actor: Actor, at: datetime, membership_id: UUID, last_day: date, op: UUID | None = None
) -> Membership:
    """End a membership with its last day."""
    membership = locked(Membership, membership_id)
    if last_day < membership.valid_from:
        raise Refused(
            f"Der letzte Tag liegt vor dem ersten ({membership.valid_from:%d.%m.%Y}). Bitte prüfen Sie das Datum.",
            code="period",
            field="last_day",
        )
    membership.valid_to = last_day
    membership.save(update_fields=["valid_to"])
    ledger.event("unit.left", membership, subject=membership.person_id, last_day=last_day)
    return membership


@verb(Membership)
def pass_on_membership(
    ledger: Ledger, *, actor: Actor, at: datetime, membership_id: UUID, person_id: UUID, op: UUID | None = None
) -> Membership:
    """The wrong person stood in a unit: the right one takes the place from its first day. The event keeps both."""
    membership = locked(Membership, membership_id)
    person = locked(Person, person_id)
    if Membership.objects.filter(person=person, valid_to=None).exists():
        raise Refused(f"{person.full_name} gehört schon zu einem Haushalt.", code="in_two_units")
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
    channel = locked(Channel, channel_id)
    before = channel.person_id
    channel.person = locked(Person, person_id)
    channel.save(update_fields=["person"])
    ledger.event("channel.moved", channel, subject=person_id, before=before)
    return channel


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
    person = locked(Person, person_id)
    value = value.strip()
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

    The same team again only changes the person, within the same day without a new period.
    """
    person = locked(Person, person_id)
    held = Responsibility.objects.filter(person=person, kind=kind, valid_to=None).first()
    if held is not None:
        if held.team_id == team_id and held.user_id == user_id:
            return held
        if held.valid_from >= valid_from:
            held.team_id, held.user_id, held.reason = team_id, user_id, reason
            held.save(update_fields=["team", "user", "reason"])
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
    if foreign and person.numbers.filter(valid_to=None).exists():
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


@verb(Person)
def set_contact(
    ledger: Ledger,
    *,
    actor: Actor,
    at: datetime,
    person_id: UUID,
    safe_contact: bool,
    contact_hint: str,
    no_letters: bool,
    may_remind: bool | None,
    may_follow_up: bool | None,
    version: int | None = None,
    op: UUID | None = None,
) -> Person:
    """Safe contact, hint for calls, letters, consents. Safe contact goes before every letter and reminder."""
    person = locked(Person, person_id, version=version)
    person.safe_contact = safe_contact
    person.contact_hint = contact_hint.strip()[:160]
    person.may_remind = may_remind
    person.may_follow_up = may_follow_up
    person.version += 1
    person.save(update_fields=["safe_contact", "contact_hint", "may_remind", "may_follow_up", "version"])
    Address.objects.filter(person=person, valid_to=None).update(no_letters=no_letters)
    ledger.event(
        "person.contact",
        person,
        subject=person.pk,
        safe_contact=safe_contact,
        contact_hint=person.contact_hint,
        no_letters=no_letters,
        may_remind=may_remind,
        may_follow_up=may_follow_up,
    )
    return person


@verb(Channel)
def end_channel(
    ledger: Ledger, *, actor: Actor, at: datetime, channel_id: UUID, op: UUID | None = None
) -> Channel:
    """A number no longer holds."""
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
    person = locked(Person, person_id)
    if not name.strip():
        raise Refused("Bitte einen Namen eintragen.", code="name", field="name")
    made = Attendant.objects.create(
        jobcenter_id=actor.jobcenter_id,
        person=person,
        kind=kind,
        name=name.strip()[:120],
        phone=phone.strip()[:40],
        remarks=remarks.strip()[:160],
        valid_from=berlin_day(at),
    )
    ledger.event("attendant.added", made, subject=person.pk, kind=kind, name=made.name)
    return made


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
    if held is None:
        held = Restriction(jobcenter_id=actor.jobcenter_id, person=person, valid_from=berlin_day(at))
    held.kind = kind
    held.ask = ask.strip() or "Schutzstelle"
    held.phone = phone.strip()
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
    if not held.users.filter(pk=actor.id).exists():
        raise Refused("Das kann nur, wer in der Sperre genannt ist.", code="not_named")
    held.valid_to = max(berlin_day(at), held.valid_from)
    # The last day of a period is still inside it; a lifted restriction ends at once.
    if held.valid_to == held.valid_from:
        held.delete()
    else:
        held.valid_to -= timedelta(days=1)
        held.save(update_fields=["valid_to"])
    ledger.event("person.restriction_lifted", locked(Person, held.person_id), subject=held.person_id)
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
    if keep_id == other_id:
        raise Refused("Das ist derselbe Eintrag.", code="same_record")
    if same and not reason.strip():
        raise Refused("Bitte schreiben Sie, woran man es sieht, zum Beispiel „Ausweis gesehen“.", code="reason", field="reason")
    keep = locked(Person, keep_id)
    other = locked(Person, other_id)
    if same and PersonLink.objects.filter(same=True, undone_at=None).filter(Q(other=other) | Q(keep=other, other=keep)).exists():
        raise Refused("Dieser Eintrag ist schon verbunden. Bitte zuerst trennen.", code="linked")
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
    link = locked(PersonLink, link_id)
    if link.undone_at is None:
        link.undone_at = at
        link.save(update_fields=["undone_at"])
        ledger.event("person.unlinked", link, subject=link.keep_id, other=link.other_id)
    return link
