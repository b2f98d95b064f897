"""Reads of people: search before create, lists."""

import functools
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Any, NamedTuple, cast
from uuid import UUID

from django.db import connection
from django.db.models import BooleanField, F, Field, Func, Model, Prefetch, Q, QuerySet, Value
from rapidfuzz import fuzz, process

from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.models import Event, EventPayload
from hilfefrei.apps.audit.queries import Noted, last_noted
from hilfefrei.apps.org.models import in_force
from hilfefrei.apps.people import policy
from hilfefrei.apps.people.models import (
    Address,
    Attendant,
    Channel,
    Membership,
    Number,
    Person,
    PersonLink,
    Responsibility,
    Restriction,
)
from hilfefrei.apps.people.workflows import AddressKind, ChannelKind, MemberRole, NumberKind, ResponsibilityKind, Stay
from hilfefrei.core import days, names
from hilfefrei.core.clock import BERLIN

# So many records are weighed in full; the others were farther away by plain spelling.
WEIGHED = 100
# A word as long as this is also looked for by its halves: one wrong letter leaves one of them whole.
LEAST_FOR_HALVES = 6
LEAST = 40
LEAST_OF_FULL = 50
# What a card says of money; benefits know more (benefits.queries.with_applications).
NO_RECEIPT = "kein Bezug bekannt"
RUNNING = "Leistung läuft"


@dataclass(frozen=True)
class HitCard:
    """What anyone who searches may see of a person: no address, no phone, nothing else (rule 4)."""

    person_id: UUID
    name: str
    screen_name: str
    birth_date: date | None
    place: str
    last_receipt: str
    team: str
    band: str
    reasons: tuple[str, ...]
    points: int
    may_open: bool
    is_protected: bool = False


@dataclass(frozen=True)
class Hint:
    """Somebody exactly so named and born is restricted: whom to ask, nothing more. ``person_id`` is for the log alone."""

    ask: str
    phone: str
    person_id: UUID


@dataclass(frozen=True)
class SearchResult:
    """Hits, best first, and a hint that never says that there is a file."""

    hits: list[HitCard] = field(default_factory=list)
    hint: Hint | None = None

    @property
    def person_ids(self) -> list[UUID]:
        """For the access log."""
        return [hit.person_id for hit in self.hits] + ([self.hint.person_id] if self.hint else [])


class _Row(NamedTuple):
    """What is compared of one record; no model instance, for there are many."""

    pk: UUID
    first_name: str
    last_name: str
    birth_name: str
    birth_date: date | None
    search_name: str
    sort_name: str

    @property
    def who(self) -> names.Who:
        former = (self.birth_name,) if self.birth_name else ()
        return names.Who(self.last_name, self.first_name, self.birth_date, former=former)


_FIELDS = ("pk", "first_name", "last_name", "birth_name", "birth_date", "search_name", "sort_name")


class _HasWord(Func):
    """PostgreSQL: whether a record has one of the words of a ``tsquery``; the index of migration 0005 says the same.

    Of ">silberdistel" and "<letsidreblis" (the word from behind) beginnings are looked for, of "#8512" (its sound) the whole.
    """

    output_field = BooleanField()

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **_extra: Any) -> Any:  # noqa: ARG002 - Django calls it so
        """The condition."""
        (name, _), (sound, _), (query, params) = (compiler.compile(part) for part in self.get_source_expressions())
        return f"{WORDS.format(name=name, sound=sound)} @@ {query}::tsquery", params


# With a sign before each word there is one even in a record without a name; an empty word would be an error.
WORDS = (
    "array_to_tsvector(string_to_array('>' || replace({name}, ' ', ' >') || ' <' || replace(reverse({name}), ' ', ' <')"
    " || ' #' || replace({sound}, ' ', ' #'), ' '))"
)


def _by_name_or_birth(who: names.Who) -> Q:
    """Records that may be meant: a word begins so, sounds so, or has one letter wrong; or born that day."""
    return _named(f"{who.family} {who.given}") | _born(who.birth)


def _by_two_of_three(who: names.Who) -> Q:
    """Records that agree in family name, first name and birth date with two of them: fewer than that is nobody's twin."""
    family, given, born = _named(who.family), _named(who.given), _born(who.birth)
    pairs = [one & other for one, other in ((family, given), (family, born), (given, born)) if one and other]
    return functools.reduce(operator.or_, pairs, Q()) or family


def _named(text: str) -> Q:
    begins, ends = set[str](), set[str]()
    sounds = {code for code in names.sound(text).split() if len(code) >= 2}
    for word in names.fold(text).split():
        if len(word) >= 2:
            begins.add(word)
        if len(word) >= LEAST_FOR_HALVES:
            # The wrong letter lies in one half; a word that is meant begins or ends with the other.
            begins.add(word[: len(word) // 2])
            ends.add(word[len(word) // 2 :])
    return _with_words(begins, ends, sounds) if begins or sounds else Q()


def _born(birth: date | None) -> Q:
    if birth is None:
        return Q()
    found = Q(birth_date=birth)
    if birth.day <= 12:
        found |= Q(birth_date=birth.replace(month=birth.day, day=birth.month))
    return found


def _with_words(begins: set[str], ends: set[str], sounds: set[str]) -> Q:
    if connection.vendor == "postgresql":
        asked = [f"'>{word}':*" for word in sorted(begins)] + [f"'<{word[::-1]}':*" for word in sorted(ends)] + [f"'#{code}'" for code in sorted(sounds)]
        return Q(_HasWord(F("search_name"), F("sound"), Value(" | ".join(asked))))
    found = Q()
    for word in sorted(begins):
        found |= Q(search_name__startswith=word) | Q(search_name__contains=f" {word}")
    for word in sorted(ends):
        found |= Q(search_name__endswith=word) | Q(search_name__contains=f"{word} ")
    for code in sorted(sounds):
        found |= Q(sound=code) | Q(sound__startswith=f"{code} ") | Q(sound__endswith=f" {code}") | Q(sound__contains=f" {code} ")
    return found


# Numbers that apps above this one give (benefits.apps: the reference of an application): from a number to ids of persons.
OTHER_NUMBERS: list[Callable[[str], QuerySet[Any, UUID]]] = []


def holders_of(number: str) -> Q:
    """Persons with a customer number, a BG number or file number of their unit, the number we gave, or OTHER_NUMBERS."""
    held = Number.objects.filter(value__iexact=number)
    units = held.exclude(benefit_unit=None).values("benefit_unit")
    found = Q(pk__in=held.exclude(person=None).values("person")) | Q(
        pk__in=Membership.objects.filter(benefit_unit__in=units).values("person")
    )
    if number.isdecimal() and len(number) < 9:
        found |= Q(callsign=int(number))
    for ids in OTHER_NUMBERS:
        found |= Q(pk__in=ids(number))
    return found


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
    """Find people by spelling, sound, birth date or number, the best first; 50 ms at 6,500 persons.

    Records linked as one person give one card, that of the kept record, whichever of them was found. Restricted people
    give no card and no count. A hint comes only when name and birth date are exactly theirs, and it does not say that
    anybody exists.
    """
    if not policy.may_search(actor):
        return SearchResult()
    family, given = names.split_name(name)
    who = names.Who(family, given, birth_date)
    shut = policy.shut_ids(actor, day)
    scored: dict[UUID, tuple[names.Hit, str]] = {}
    if wanted := _by_name_or_birth(who):
        rows = _rows(wanted)
        for row, hit in _weighed(rows, who):
            scored[row.pk] = (hit, row.sort_name)
    if number.strip():
        # A number is a key: whoever has it comes first, whatever the name says.
        for row in _rows(holders_of(number.strip())):
            reasons = ("Nummer gleich", *scored[row.pk][0].reasons) if row.pk in scored else ("Nummer gleich",)
            scored[row.pk] = (names.Hit(100, names.Band.EXACT, reasons), row.sort_name)
    kept = _kept(scored, shut)
    order = sorted(kept, key=lambda pk: (-kept[pk][0].points, kept[pk][1], str(pk)))[:limit]
    cards = _cards(actor, day, order)
    hits = [_card(cards[pk], kept[pk][0]) for pk in order if pk in cards]
    return SearchResult(hits, _hint(actor, day, name, birth_date))


def _rows(wanted: Q) -> list[_Row]:
    return [
        _Row(*values)
        for values in Person.objects.filter(wanted).order_by("sort_name", "callsign").values_list(*_FIELDS)
    ]


def _weighed(rows: list[_Row], who: names.Who) -> list[tuple[_Row, names.Hit]]:
    """Rows with at least a little agreement, each with its reasons."""
    if not who.family:
        same = [row for row in rows if row.birth_date == who.birth]
        return [(row, names.Hit(60, names.Band.LITTLE, ("Geburtsdatum gleich",))) for row in same]
    if len(rows) > WEIGHED:
        near = process.extract(
            names.fold(f"{who.given} {who.family}"),
            [row.search_name for row in rows],
            scorer=fuzz.token_set_ratio,
            limit=WEIGHED,
        )
        places = {place for _, _, place in near}
        rows = [row for i, row in enumerate(rows) if i in places or (who.birth and row.birth_date == who.birth)]
    # Asked for by full name and birth date, somebody who shares the family name alone is noise.
    least = LEAST_OF_FULL if who.given and who.birth else LEAST
    best = dict(names.rank_hits(who, [row.who for row in rows], least=least))
    if not who.given:
        # One word may be a first name as well.
        for i, hit in names.rank_hits(who, [names.Who(r.first_name, r.last_name, r.birth_date) for r in rows]):
            if i not in best or hit.points > best[i].points:
                # The name that agrees is the first name here.
                best[i] = names.Hit(hit.points, hit.band, tuple(x.replace("Nachname", "Vorname") for x in hit.reasons))
    return [(rows[i], hit) for i, hit in best.items()]


def kept_records() -> dict[UUID, UUID]:
    """For each record that is linked to another: the one that is kept, at the end of the chain."""
    keeps = dict(PersonLink.objects.filter(same=True, undone_at=None).order_by("id").values_list("other", "keep"))
    found = {}
    for other in keeps:
        target = other
        for _ in range(len(keeps)):
            if target not in keeps:
                break
            target = keeps[target]
        found[other] = target
    return found


def _kept(scored: dict[UUID, tuple[names.Hit, str]], shut: set[UUID]) -> dict[UUID, tuple[names.Hit, str]]:
    """One line per human being: the best agreement of all linked records under the record that is kept."""
    records = kept_records()
    kept: dict[UUID, tuple[names.Hit, str]] = {}
    for pk, (hit, sort_name) in scored.items():
        target = records.get(pk, pk)
        if pk in shut or target in shut:
            continue
        if target not in kept or hit.points > kept[target][0].points:
            found = hit if target == pk else names.Hit(hit.points, hit.band, (*hit.reasons, "verbundener Eintrag"))
            kept[target] = (found, sort_name)
    return kept


def _cards(actor: Actor, day: date, ids: Iterable[UUID]) -> dict[UUID, Person]:
    """The persons with what a card shows: ``homes``, ``teams_now``, ``units``, ``numbers_ever``, ``sees``, ``guarded``."""
    wanted = list(ids)
    visible = policy.visible_among(actor, wanted, day)
    guarded = policy.guarded(wanted, day)
    found: dict[UUID, Person] = {}
    unit_numbers = Number.objects.filter(kind=NumberKind.UNIT).order_by("-valid_from", "id")
    for person in (
        Person.objects.filter(pk__in=wanted)
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
            Prefetch(
                "memberships",
                Membership.objects.order_by("-valid_from", "id").prefetch_related(
                    Prefetch("benefit_unit__numbers", unit_numbers, to_attr="unit_numbers")
                ),
                to_attr="units",
            ),
        )
    ):
        person.sees = person.pk in visible  # type: ignore[attr-defined]
        person.guarded = person.pk in guarded  # type: ignore[attr-defined]
        found[person.pk] = person
    hidden = _hidden_units(actor, day, found.values())
    for card in found.values():
        units = [m for m in card.units if m.benefit_unit_id not in hidden]  # type: ignore[attr-defined]  # prefetched by own_membership
        card.receipt = receipt(units, day)  # type: ignore[attr-defined]  # for the template
    return found


def _hidden_units(actor: Actor, day: date, cards: Iterable[Person]) -> set[UUID]:
    """Of children in two households those with a protected person: nobody else reads from a card that money comes there."""
    open_units = [[m.benefit_unit_id for m in person.units if m.valid_to is None] for person in cards]  # type: ignore[attr-defined]  # prefetched by own_membership
    asked = {unit for units in open_units if len(units) > 1 for unit in units}
    if not asked:
        return set()
    shut = Membership.objects.filter(benefit_unit__in=asked, valid_to=None, person__in=policy.shut_for(actor, day))
    return set(shut.order_by("benefit_unit").values_list("benefit_unit", flat=True))


def receipt(memberships: Iterable[Membership], day: date) -> str:
    """When money was last paid, in words: as long as a unit of the person had its BG number.

    ``memberships`` come with ``benefit_unit.unit_numbers``. The paying system alone gives and ends that number.
    """
    ends: list[date | None] = []
    for membership in memberships:
        for number in membership.benefit_unit.unit_numbers:  # type: ignore[attr-defined]
            limits = [d for d in (membership.valid_to, number.valid_to) if d is not None]
            end = min(limits) if limits else None
            if end is None or end >= max(membership.valid_from, number.valid_from):
                ends.append(end)
    if not ends:
        return NO_RECEIPT
    if any(end is None or end >= day for end in ends):
        return RUNNING
    return f"zuletzt Leistung bis {max(e for e in ends if e is not None):%d.%m.%Y}"


def _card(person: Person, hit: names.Hit | None) -> HitCard:
    homes, teams = person.homes, person.teams_now  # type: ignore[attr-defined]
    return HitCard(
        person_id=person.pk,
        name=person.full_name,
        screen_name=person.screen_name,
        birth_date=person.birth_date,
        place=homes[0].place if homes else "",
        last_receipt=person.receipt,  # type: ignore[attr-defined]
        team=", ".join(dict.fromkeys(r.team.name for r in teams)),
        band=hit.band.value if hit else "",
        reasons=hit.reasons if hit else (),
        points=hit.points if hit else 0,
        may_open=person.sees,  # type: ignore[attr-defined]
        is_protected=person.guarded,  # type: ignore[attr-defined]
    )


def _hint(actor: Actor, day: date, name: str, birth_date: date | None) -> Hint | None:
    row = shut_twin(actor, day, name, birth_date)
    return Hint(row.ask, row.phone, row.person_id) if row else None


def shut_twin(actor: Actor, day: date, name: str, birth_date: date | None) -> Restriction | None:
    """The protection of somebody with exactly this name and birth date in which the actor is not named."""
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
            return row
    return None


def card(actor: Actor, person_id: UUID, *, day: date) -> HitCard | None:
    """The hit card of one person that was found before; None for a restricted one."""
    if not policy.may_search(actor) or policy.shut_for(actor, day).filter(pk=person_id).exists():
        return None
    found = _cards(actor, day, [person_id]).get(person_id)
    return None if found is None else _card(found, None)


# -- the list ---------------------------------------------------------------------------------------------------------
SORTS: dict[str, tuple[str, ...]] = {
    "name": ("sort_name", "callsign"),
    "-name": ("-sort_name", "-callsign"),
    "alter": ("birth_date", "sort_name", "callsign"),
    "-alter": ("-birth_date", "sort_name", "callsign"),
    "neu": ("-created_at", "callsign"),
    "-neu": ("created_at", "callsign"),
}


@dataclass(frozen=True)
class ListFilters:
    """What a list of persons is narrowed to; empty means all."""

    words: str = ""
    team_id: UUID | None = None
    language: str = ""
    sort: str = "name"


def people_list(actor: Actor, day: date, filters: ListFilters) -> QuerySet[Person]:
    """Visible persons, with ``homes`` (home today) and ``teams_now`` (responsible today)."""
    rows = policy.listed(actor, day)
    if filters.words:
        text, birth, number = split_query(filters.words, today=day)
        for word in names.fold(text).split():
            rows = rows.filter(Q(search_name__startswith=word) | Q(search_name__contains=f" {word}"))
        if birth is not None:
            rows = rows.filter(birth_date=birth)
        if number:
            rows = rows.filter(holders_of(number))
    if filters.team_id is not None:
        held = Responsibility.objects.filter(in_force(day), team=filters.team_id)
        rows = rows.filter(pk__in=held.values("person"))
    if filters.language:
        rows = rows.filter(language=filters.language)
    return rows.prefetch_related(
        Prefetch(
            "addresses",
            Address.objects.filter(in_force(day), kind=AddressKind.HOME).order_by("-valid_from", "id").only("person", "place"),
            to_attr="homes",
        ),
        Prefetch(
            "responsibilities",
            Responsibility.objects.filter(in_force(day)).select_related("team").only("person", "team__name").order_by("-valid_from", "kind", "id"),
            to_attr="teams_now",
        ),
    ).order_by(*SORTS.get(filters.sort, SORTS["name"]))


def teams_of_visible(actor: Actor, day: date) -> list[tuple[UUID, str]]:
    """Teams responsible for somebody visible, for the filter: (id, name) by name."""
    held = Responsibility.objects.filter(in_force(day), policy.Among("person", policy.visible_ids(actor, day)))
    return list(held.order_by("team__name", "team").values_list("team", "team__name").distinct())


# -- the page of one person -------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Happening:
    """One line of the course of a file.

    ``tone``: "", plan, now, good, bad (as the timeline draws them); ``whole_day``: only the day is known.
    """

    at: datetime
    title: str
    detail: str = ""
    by: str = ""
    tone: str = ""
    whole_day: bool = False


def filled(ids: Iterable[UUID], tables: Mapping[type[Model], tuple[str, ...]]) -> dict[type[Model], bool]:
    """For each of these tables (with their keys) whether there is a row for one of ``ids``.

    Much may hang on a person, and little does: one short question about all of it is cheaper than a dozen for nothing.
    """
    wanted, found = list(ids), dict.fromkeys(tables, False)
    if not wanted:
        return found
    quote, marks = connection.ops.quote_name, ", ".join(["%s"] * len(wanted))
    keys = [(table, cast("Field[Any, Any]", table._meta.get_field(name))) for table, names in tables.items() for name in names]  # noqa: SLF001 - Django documents _meta
    asked = [
        f"SELECT {i} WHERE EXISTS (SELECT 1 FROM {quote(key.model._meta.db_table)} WHERE {quote(str(key.column))} IN ({marks}))"  # noqa: S608, SLF001 - names of our models alone
        for i, (_, key) in enumerate(keys)
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(asked), [key.get_db_prep_value(pk, connection) for _, key in keys for pk in wanted])
        return found | {keys[i][0]: True for (i,) in cursor.fetchall()}


def homes(person: Person) -> QuerySet[Address]:
    """All addresses, the newest first."""
    return person.addresses.order_by("-valid_from", "id")


# What stands in the place of a number where contact must be safe and none is.
NO_SAFE_NUMBER = "keine sichere Nummer"


@dataclass(frozen=True)
class Reach:
    """How to reach somebody. Where contact must be safe, ``use`` has the safe ways alone and ``avoid`` the others.

    ``hint``: what to mind when calling; ``linked``: only another record of the same human being asks for safe contact;
    ``same``: the other records of this human being.
    """

    use: tuple[Channel, ...]
    avoid: tuple[Channel, ...]
    must_be_safe: bool
    hint: str = ""
    linked: bool = False
    same: tuple[UUID, ...] = ()

    @property
    def phones(self) -> tuple[Channel, ...]:
        """The numbers to call, the best first."""
        return tuple(c for c in self.use if c.kind != ChannelKind.EMAIL)

    @property
    def phone(self) -> str:
        """The number to call; empty for none."""
        return self.phones[0].value if self.phones else ""

    @property
    def no_safe(self) -> bool:
        """Whether nobody may call: contact must be safe and no number is."""
        return self.must_be_safe and not self.phone

    @property
    def words(self) -> str:
        """The number to call, or that there is no safe one, as paper says it."""
        return NO_SAFE_NUMBER if self.no_safe else self.phone


def reach(actor: Actor, person: Person, day: date) -> Reach:
    """The one answer to "how do we reach this person on ``day``", for pages, lists and paper (in lists: :func:`with_reach`).

    Linked records are one human being: whichever of them asks for safe contact, it holds for all, and a number that is
    not safe on such a record is safe on none. What stands on a record that the actor may not open is not told.
    """
    known = getattr(person, "known_reach", None)
    return _reaches(actor, [person], day)[person.pk] if known is None else known


def with_reach(actor: Actor, people: Iterable[Person], day: date) -> None:
    """For lists: what :func:`reach` answers for each of them, in five queries for all."""
    rows = list(people)
    found = _reaches(actor, rows, day)
    for person in rows:
        person.known_reach = found[person.pk]  # type: ignore[attr-defined]  # read by reach


def letters_blocked(person: Person, own: Iterable[Address] | None = None) -> bool:
    """Whether no letter goes out: contact must be safe or an address is blocked, on any record of this human being."""
    if person.safe_contact or any(home.no_letters and home.valid_to is None for home in (homes(person) if own is None else own)):
        return True
    beside = policy.with_links({person.pk}) - {person.pk}
    same = Person.objects.filter(pk__in=beside)
    return bool(beside) and same.filter(Q(safe_contact=True) | Q(addresses__valid_to=None, addresses__no_letters=True)).exists()


def _reaches(actor: Actor, people: Iterable[Person], day: date) -> dict[UUID, Reach]:
    own = {person.pk: person for person in people}
    same = _same_as(own)
    linked = set().union(*same.values())
    beside = linked - set(own)
    records = own | (Person.objects.in_bulk(beside) if beside else {})
    open_ = policy.visible_among(actor, linked, day) if linked else set()
    held: dict[UUID, list[Channel]] = {pk: [] for pk in records}
    for channel in Channel.objects.filter(in_force(day), person__in=records).order_by("-is_safe", "-valid_from", "id"):
        held[channel.person_id].append(channel)
    return {
        pk: replace(
            _reach(person, held[pk], [(records[i], held[i], i in open_) for i in sorted(same[pk])]), same=tuple(sorted(same[pk]))
        )
        for pk, person in own.items()
    }


def _same_as(ids: Iterable[UUID]) -> dict[UUID, set[UUID]]:
    """For each of these records the others of the same human being."""
    wanted = set(ids)
    groups: dict[UUID, set[UUID]] = {}
    for keep, other in policy.link_pairs(wanted):
        group = groups.get(keep, {keep}) | groups.get(other, {other})
        groups |= dict.fromkeys(group, group)
    return {pk: groups.get(pk, set()) - {pk} for pk in wanted}


def _key(channel: Channel) -> str:
    """The same number however it was typed."""
    if channel.kind == ChannelKind.EMAIL:
        return channel.value.casefold()
    return re.sub(r"^(00|\+)49", "0", re.sub(r"[^\d+]", "", channel.value))


def _reach(person: Person, own: list[Channel], beside: list[tuple[Person, list[Channel], bool]]) -> Reach:
    """``beside``: the linked records, their ways, and whether the reader may open them."""
    hints = [person.contact_hint, *(record.contact_hint for record, _, seen in beside if seen)]
    hint = ", ".join(dict.fromkeys(h for h in hints if h))
    warned = [(record, rows) for record, rows in [(person, own), *((r, c) for r, c, _ in beside)] if record.safe_contact]
    once: dict[str, Channel] = {}
    for channel in own + [c for _, rows, seen in beside if seen for c in rows]:
        # Of one number on two records the row that says it is safe.
        if channel.is_safe or _key(channel) not in once:
            once[_key(channel)] = channel
    if not warned:
        return Reach(tuple(own), (), must_be_safe=False, hint=hint)
    safe = [{_key(c) for c in rows if c.is_safe} for _, rows in warned]
    unsafe = set().union(*({_key(c) for c in rows} - good for (_, rows), good in zip(warned, safe, strict=True)))
    good = set().union({_key(c) for c in own if c.is_safe}, *safe) - unsafe
    return Reach(
        tuple(c for key, c in once.items() if key in good),
        tuple(c for key, c in once.items() if key not in good),
        must_be_safe=True,
        hint=hint,
        linked=not person.safe_contact,
    )


def attendants(person: Person, day: date) -> QuerySet[Attendant]:
    """Who comes along or speaks for the person on ``day``. Somebody whose part ended today is gone today."""
    return Attendant.objects.filter(person=person, valid_from__lte=day, valid_to=None).order_by("kind", "name", "id")


def first_of(memberships: Iterable[Membership]) -> Membership | None:
    """Of open memberships, the longest first, the one that counts first: where the person lives wholly."""
    return min(memberships, key=lambda m: m.stay != Stay.WHOLE, default=None)


def own_membership(person: Person) -> Membership | None:
    """The open membership that counts first: where the person lives wholly, else the longest."""
    return first_of(person.memberships.filter(valid_to=None).select_related("benefit_unit").order_by("valid_from", "id"))


def numbers(person: Person, own: Iterable[Membership]) -> QuerySet[Number]:
    """Numbers of the person and of the units of ``own``, the newest first. Shown are those of policy.memberships_shown."""
    units = [m.benefit_unit_id for m in own]
    return Number.objects.filter(Q(person=person) | Q(benefit_unit__in=units)).order_by("-valid_from", "kind", "value")


def responsibilities(person: Person) -> QuerySet[Responsibility]:
    """All responsibilities: today's first, then the ended ones."""
    return (
        Responsibility.objects.filter(person=person)
        .select_related("team", "user")
        .only("kind", "person", "valid_from", "valid_to", "reason", "team__name", "user__first_name", "user__last_name")
        .order_by(F("valid_to").desc(nulls_first=True), "-valid_from", "kind", "id")
    )


@dataclass(frozen=True)
class Member:
    """Somebody else in the household; ``may_open`` whether the reader may open that file.

    A member whose file is shut for the reader is counted and nothing else: ``name`` is then empty.
    """

    membership: Membership
    name: str
    birth_date: date | None
    may_open: bool

    @property
    def first_name(self) -> str:
        """The first name, or the number of somebody without one; empty for a protected member."""
        return self.membership.person.first_name or self.name if self.name else ""


def household(
    actor: Actor, person: Person, day: date, own: Iterable[Membership] | None = None, *, on_paper: bool = False
) -> list[Member]:
    """The other members of the person's units today, of two those that the actor may read of; each person once.

    ``on_paper``: a protected member is not named whoever prints, for paper may lie about.
    """
    units = [m.benefit_unit_id for m in (policy.memberships_shown(actor, person, day) if own is None else own)]
    return _members(actor, Membership.objects.filter(benefit_unit__in=units).exclude(person=person), day, on_paper=on_paper) if units else []


def members(actor: Actor, unit_ids: Iterable[UUID], day: date, *, on_paper: bool = False) -> list[Member]:
    """Everybody in these units today as :func:`household` shows them, the eldest first."""
    return _members(actor, Membership.objects.filter(benefit_unit__in=list(unit_ids)), day, on_paper=on_paper)


def _members(actor: Actor, lives: QuerySet[Membership], day: date, *, on_paper: bool) -> list[Member]:
    found = (
        lives.filter(valid_to=None)
        .select_related("person")
        .only("person", "benefit_unit", "role", "stay", "valid_from", "valid_to", "person__callsign", "person__first_name", "person__last_name", "person__birth_date")
        .order_by("person__birth_date", "id")
    )
    rows = list({row.person_id: row for row in found}.values())
    ids = [row.person_id for row in rows]
    visible = policy.visible_among(actor, ids, day)
    shut = policy.guarded(ids, day) if on_paper else policy.hidden_from(actor, ids, day)
    return [
        Member(
            row,
            "" if row.person_id in shut else row.person.full_name,
            None if row.person_id in shut else row.person.birth_date,
            row.person_id in visible,
        )
        for row in rows
    ]


def stay_changes(memberships: Iterable[Membership]) -> dict[UUID, dict[str, Any]]:
    """Of memberships whose stay was changed and not changed back: ``stay, before, valid_from, reason, previous`` as noted."""
    ids = [m.pk for m in memberships]
    last: dict[UUID, Event] = {}
    for event in Event.objects.filter(object_id__in=ids, verb__in=["unit.stay_changed", "unit.stay_undone"]).order_by("seq"):
        last[event.object_id] = event
    made = {event.pk: pk for pk, event in last.items() if event.verb == "unit.stay_changed"}
    return {made[row.event_id]: row.data for row in EventPayload.objects.filter(event_id__in=made).order_by("event_id")}


def in_two_for(actor: Actor, members: Iterable[Membership], day: date) -> set[UUID]:
    """Which people of a unit live in another as well, as far as the actor may read of both."""
    own = {m.person_id: m for m in members if m.role == MemberRole.CHILD}
    seen = policy.visible_to(actor, day).filter(pk__in=own)
    beside = Membership.objects.filter(person__in=seen, valid_to=None).select_related("person").order_by("id")
    two = {m.person_id: m.person for m in beside if m.benefit_unit_id != own[m.person_id].benefit_unit_id}
    return {pk for pk, person in two.items() if len(policy.memberships_shown(actor, person, day)) > 1}


def links(person: Person) -> QuerySet[PersonLink]:
    """What was decided about records that looked alike."""
    return (
        PersonLink.objects.filter(Q(keep=person) | Q(other=person), undone_at=None)
        .select_related("keep", "other", "by")
        .order_by("-same", "-at", "id")
    )


def linked_ids(person_id: UUID) -> list[UUID]:
    """All records of one human being, this one among them."""
    return sorted(policy.with_links({person_id}))


def look_alikes(actor: Actor, person: Person, day: date) -> list[HitCard]:
    """Records that may be the same person and that nobody has checked yet; few, the nearest first.

    Who lives in the household in another role (one's own child) is another person.
    """
    if not person.last_name:
        return []
    if not policy.may_search(actor):
        return []
    who = names.Who(person.last_name, person.first_name, person.birth_date)
    wanted = _by_two_of_three(who)
    # Of a name of one letter nothing can be asked, and nothing asked would be everybody.
    rows = {row.pk: row for row in _rows(wanted & ~Q(pk=person.pk))} if wanted else {}
    same_name = {names.Band.EXACT, names.Band.GOOD} | ({names.Band.NAME_ONLY} if person.birth_date is None else set())
    scored = {row.pk: (hit, row.sort_name) for row, hit in _weighed(list(rows.values()), who) if hit.band in same_name or row.birth_date is None}
    kept = _kept(scored, policy.shut_ids(actor, day)) if scored else {}
    if not kept:
        return []
    own = person.memberships.filter(valid_to=None)
    beside = Membership.objects.filter(valid_to=None, benefit_unit__in=own.values("benefit_unit")).exclude(role__in=own.values("role"))
    pairs = PersonLink.objects.filter(Q(keep=person) | Q(other=person), undone_at=None).order_by("id")
    known = {person.pk, *beside.order_by("id").values_list("person", flat=True), *(i for pair in pairs.values_list("keep", "other") for i in pair)}
    order = sorted(kept.keys() - known, key=lambda pk: (-kept[pk][0].points, kept[pk][1], str(pk)))[:4]
    cards = _cards(actor, day, order) if order else {}
    return [_card(cards[pk], kept[pk][0]) for pk in order if pk in cards]


@dataclass(frozen=True)
class Source:
    """Where a field comes from: the colleague or delivery that noted it, and when."""

    by: str
    at: datetime


def sources(person: Person) -> dict[str, Source]:
    """For each field that the person page shows: who noted it last. Keys as "person.birth_date"."""
    noted = last_noted(person.pk)
    ids = {n.actor_id for n in noted.values() if n.actor_kind == "user"}
    called = dict(User.objects.filter(pk__in=ids).order_by().values_list("pk", "last_name")) if ids else {}
    return {f"{kind.removeprefix('people.')}.{name}": Source(_who(n, called), n.at) for (kind, name), n in noted.items()}


def _who(noted: Noted, called: dict[UUID, str]) -> str:
    if noted.actor_kind == "user":
        return called.get(noted.actor_id, "")
    return "Leistungsstelle" if noted.actor_kind == "import" else "Hilfefrei"


def restriction_of(person: Person, day: date) -> Restriction | None:
    """The restriction in force, with the people named in it."""
    return Restriction.objects.filter(in_force(day), person=person).prefetch_related("users").first()


def guards(person_ids: Iterable[UUID], day: date) -> dict[UUID, Restriction]:
    """For each protected person the restriction that says whom to ask: its own, or that of a linked record."""
    ids = set(person_ids)
    near = policy.with_links(ids)
    held = {r.person_id: r for r in Restriction.objects.filter(in_force(day), person__in=near).order_by("id")}
    pairs = list(PersonLink.objects.filter(keep__in=near, same=True, undone_at=None).order_by("id").values_list("keep", "other"))
    while spread := {b: held[a] for pair in pairs for a, b in (pair, pair[::-1]) if a in held and b not in held}:
        held |= spread
    return {pk: row for pk, row in held.items() if pk in ids}


def happenings(links: Iterable[PersonLink], responsibilities: Iterable[Responsibility]) -> list[Happening]:
    """Who became responsible, and what was decided about records that looked alike; of :func:`links`, :func:`responsibilities`."""
    found = [
        Happening(link.at, "Einträge verbunden" if link.same else "Als andere Person geprüft", link.reason, link.by.last_name)
        for link in links
    ]
    for row in responsibilities:
        start = datetime.combine(row.valid_from, time(), tzinfo=BERLIN)
        if row.kind == ResponsibilityKind.INTEGRATION:
            # Entrance and benefits begin with contact and application, which stand here anyway.
            who = row.user.last_name if row.user else ""
            found.append(Happening(start, f"Zuständig: {row.team.name}", row.reason, who, whole_day=True))
    return found


# --- ids and numbers for those who must not see a name ----------------------------------------------------------------


def ids_of_number(number: str) -> list[UUID]:
    """Who holds a number; for the control of accesses, which knows people by number only."""
    return list(Person.objects.filter(holders_of(number)).order_by("callsign").values_list("pk", flat=True))


def numbers_of(person_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Our number of each of these people."""
    return {pk: str(number) for pk, number in Person.objects.filter(pk__in=list(person_ids)).values_list("pk", "callsign")}


def number_of(person_id: UUID) -> str:
    """Our number of one person, empty where there is no file any more."""
    return numbers_of([person_id]).get(person_id, "")
