"""Reads of people: search before create, lists."""

import re
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.org.models import in_force
from hilfefrei.apps.people import policy
from hilfefrei.apps.people.models import (
    Address,
    Membership,
    Number,
    Person,
    PersonLink,
    Responsibility,
    Restriction,
)
from hilfefrei.apps.people.workflows import AddressKind
from hilfefrei.core import days, names

# So many rows are scored at most; a name that is more common than that needs a birth date anyway.
CANDIDATES = 400


@dataclass(frozen=True)
class HitCard:
    """What anyone who searches may see of a person: no address, no phone, nothing else (rule 4)."""

    person_id: UUID
    name: str
    birth_date: date | None
    place: str
    team: str
    band: str
    reasons: tuple[str, ...]
    points: int
    may_open: bool


@dataclass(frozen=True)
class Hint:
    """Somebody exactly so named and born is restricted: whom to ask, nothing more."""

    ask: str
    phone: str


@dataclass(frozen=True)
class SearchResult:
    """Hits, best first, and a hint that never says that there is a file."""

    hits: list[HitCard] = field(default_factory=list)
    hint: Hint | None = None

    @property
    def person_ids(self) -> list[UUID]:
        """For the access log."""
        return [hit.person_id for hit in self.hits]


def _candidates(day: date, who: names.Who, number: str) -> QuerySet[Person]:
    found = Q()
    for word in names.fold(f"{who.family} {who.given}").split():
        if len(word) >= 2:
            found |= Q(search_name__startswith=word) | Q(search_name__contains=f" {word}")
    for code in names.sound(f"{who.family} {who.given}").split():
        if len(code) >= 2:
            found |= Q(sound__startswith=code) | Q(sound__contains=f" {code}")
    if who.birth is not None:
        found |= Q(birth_date=who.birth)
    if number:
        holders = Number.objects.filter(value__iexact=number)
        members = Membership.objects.filter(benefit_unit__in=holders.values("benefit_unit"))
        found |= Q(pk__in=holders.values("person")) | Q(pk__in=members.values("person"))
        if number.isdecimal() and len(number) < 9:
            found |= Q(callsign=int(number))
    if not found:
        return Person.objects.none()
    return Person.objects.filter(found)


def split_query(text: str, *, today: date) -> tuple[str, date | None, str]:
    """Part one search line into name, birth date and number ("Silberdistel 12.4.1992", "23102-4817")."""
    from_text, birth, number = [], None, ""
    for word in text.split():
        if birth is None and re.fullmatch(r"\d{1,2}\.\d{1,2}\.(\d{2}|\d{4})|\d{8}|\d{4}-\d{2}-\d{2}", word):
            try:
                birth = names_birth(word, today)
                continue
            except ValueError:
                pass
        if not number and any(c.isdigit() for c in word):
            number = word
        else:
            from_text.append(word)
    return " ".join(from_text), birth, number


def names_birth(word: str, today: date) -> date:
    """A birth date inside a search line."""
    return days.parse_german_date(word, today=today, birth=True)


def search(
    actor: Actor, *, day: date, name: str = "", birth_date: date | None = None, number: str = "", limit: int = 20
) -> SearchResult:
    """Find people by spelling, sound, birth date or number, the best first.

    Restricted people give no card and no count. A hint comes only when name and birth date are exactly theirs, and it
    does not say that anybody exists.
    """
    if not policy.may_search(actor):
        return SearchResult()
    family, given = names.split_name(name)
    who = names.Who(family, given, birth_date)
    number = number.strip()
    rows = _candidates(day, who, number)
    shut = Restriction.objects.filter(in_force(day)).exclude(users=actor.id).values("person")
    open_rows = (
        rows.exclude(pk__in=shut)
        .exclude(pk__in=PersonLink.objects.filter(same=True, undone_at=None).values("other"))
        .order_by("sort_name", "callsign")
        .prefetch_related(
            Prefetch(
                "addresses",
                Address.objects.filter(in_force(day), kind=AddressKind.HOME).order_by("-valid_from", "id"),
                to_attr="homes",
            ),
            Prefetch(
                "responsibilities",
                Responsibility.objects.filter(in_force(day)).select_related("team").order_by("-valid_from", "kind", "id"),
                to_attr="teams_now",
            ),
        )
    )
    found = _ranked(list(open_rows[:CANDIDATES]), who, bool(number))[:limit]
    visible = set(
        policy.visible_to(actor, day, Person.objects.filter(pk__in=[person.pk for person, _ in found])).values_list(
            "pk", flat=True
        )
    )
    hits = [
        HitCard(
            person_id=person.pk,
            name=person.full_name,
            birth_date=person.birth_date,
            place=person.homes[0].place if person.homes else "",  # type: ignore[attr-defined]
            team=", ".join(dict.fromkeys(r.team.name for r in person.teams_now)),  # type: ignore[attr-defined]
            band=hit.band.value,
            reasons=hit.reasons,
            points=hit.points,
            may_open=person.pk in visible,
        )
        for person, hit in found
    ]
    return SearchResult(hits, _hint(actor, day, name, birth_date))


def _ranked(rows: list[Person], who: names.Who, by_number: bool) -> list[tuple[Person, names.Hit]]:
    if by_number and not who.family and who.birth is None:
        return [(row, names.Hit(100, names.Band.EXACT, ("Nummer gleich",))) for row in rows]
    if not who.family and who.birth is not None:
        return [
            (row, names.Hit(60, names.Band.LITTLE, ("Geburtsdatum gleich",))) for row in rows if row.birth_date == who.birth
        ]
    stored = [
        names.Who(row.last_name, row.first_name, row.birth_date, former=(row.birth_name,) if row.birth_name else ())
        for row in rows
    ]
    ranked = names.rank_hits(who, stored)
    if not who.given:
        # One word may be a first name as well.
        swapped = dict(names.rank_hits(who, [names.Who(s.given, s.family, s.birth) for s in stored]))
        best = dict(ranked)
        for index, hit in swapped.items():
            if index not in best or hit.points > best[index].points:
                best[index] = hit
        ranked = sorted(best.items(), key=lambda pair: (-pair[1].points, pair[0]))
    return [(rows[index], hit) for index, hit in ranked]


def _hint(actor: Actor, day: date, name: str, birth_date: date | None) -> Hint | None:
    folded = names.fold(name)
    if not folded or birth_date is None:
        return None
    rows = (
        Restriction.objects.filter(in_force(day), person__birth_date=birth_date)
        .exclude(users=actor.id)
        .select_related("person")
        .order_by("valid_from", "id")
    )
    for row in rows:
        if sorted(folded.split()) == sorted(names.fold(row.person.full_name).split()):
            return Hint(row.ask, row.phone)
    return None


def card(actor: Actor, person_id: UUID, *, day: date) -> HitCard | None:
    """The hit card of one person that was found before; None for a restricted one."""
    if not policy.may_search(actor):
        return None
    shut = Restriction.objects.filter(in_force(day)).exclude(users=actor.id).values("person")
    person = Person.objects.filter(pk=person_id).exclude(pk__in=shut).first()
    if person is None:
        return None
    home = Address.objects.filter(in_force(day), person=person, kind=AddressKind.HOME).first()
    return HitCard(
        person_id=person.pk,
        name=person.full_name,
        birth_date=person.birth_date,
        place=home.place if home else "",
        team="",
        band="",
        reasons=(),
        points=0,
        may_open=policy.visible_to(actor, day).filter(pk=person.pk).exists(),
    )
