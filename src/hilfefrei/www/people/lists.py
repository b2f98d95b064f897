"""The list of persons: search, filters, sorting, pages, PDF, XLSX; and what is said about a protected record."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render as page

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.benefits import queries as benefits
from hilfefrei.apps.intake import policy as intake_policy
from hilfefrei.apps.intake import queries as intake
from hilfefrei.apps.intake.workflows import EntryState
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.people import policy, queries
from hilfefrei.apps.people.models import Person
from hilfefrei.apps.people.workflows import LANGUAGES
from hilfefrei.core import clock
from hilfefrei.core.days import berlin_day, format_day, format_moment
from hilfefrei.papers import data, render
from hilfefrei.www import papers
from hilfefrei.www.requests import Request, privacy_on, words_of
from hilfefrei.www.sheets import AT_ONCE, format_count, xlsx

PAGE = 25
# More rows on paper are no list that anybody reads; the sheet then says so. The table (XLSX) has them all.
PAPER_ROWS = 2000
OTHERS = 8
# So long a hint to a protected record can be read again.
HINT_MINUTES = 30
STATES = {"": "alle", "via": "in ViA", "wartet": "wartet am Eingang", "antrag": "Antrag offen"}
WAITING = (EntryState.WAITING, EntryState.LATER, EntryState.NOT_REACHED, EntryState.IN_TALK)
HEADS = (
    ("Person", "name", "-name"),
    ("geboren", "alter", "-alter"),
    ("Ort", "", ""),
    ("Sprache", "", ""),
    ("Team", "", ""),
    ("letzter Antrag", "", ""),
    ("aufgenommen", "neu", "-neu"),
)
COLUMNS = ("Nachname", "Vorname", "geboren", "Ort", "Sprache", "Team", "letzter Antrag")


def _given(request: Request) -> dict[str, Any]:
    """What the list is narrowed to; anything unknown means all."""
    asked = request.GET
    team: UUID | None
    try:
        team = UUID(asked.get("team", ""))
    except ValueError:
        team = None
    placement = policy.may_see_placement(request.actor)
    state = asked.get("stand", "")
    language = asked.get("sprache", "")
    sort = asked.get("sort", "name")
    return {
        "q": words_of(request),
        "team": team,
        "stand": state if state in _states(placement) else "",
        "sprache": language if language in LANGUAGES else "",
        "sort": sort if sort in queries.SORTS else "name",
    }


def _states(placement: bool) -> dict[str, str]:
    return {k: v for k, v in STATES.items() if placement or k in {"", "antrag"}}


def _rows(request: Request, given: dict[str, Any]) -> Any:
    rows = queries.people_list(
        request.actor,
        clock.today(),
        queries.ListFilters(given["q"], given["team"], given["sprache"], given["sort"]),
    )
    if given["stand"] == "via":
        rows = intake.in_state(rows, EntryState.IN_VIA)
    elif given["stand"] == "wartet":
        rows = intake.in_state(rows, *WAITING)
    elif given["stand"] == "antrag":
        rows = benefits.with_open_application(rows)
    return benefits.with_last_application(rows)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the list in words; of a protected person no way to reach it (``way``)."""

    pk: UUID
    name: str
    way: queries.Reach | None
    birth: str
    place: str
    language: str
    teams: str
    asked: str
    taken: str


def _row(person: Person, way: queries.Reach | None, *, privacy: bool) -> Row:
    homes, teams, asked = person.homes, person.teams_now, person.asked  # type: ignore[attr-defined]  # prefetched by _rows
    return Row(
        person.pk,
        person.screen_name if privacy else person.list_name,
        way,
        _date(None if privacy else person.birth_date),
        homes[0].place if homes else "",
        person.get_language_display(),
        ", ".join(r.team.name for r in teams),
        _date(berlin_day(asked[0].asked_at) if asked else None),
        _date(berlin_day(person.created_at)),
    )


def _date(day: date | None) -> str:
    return format_day(day, year=True, weekday=False) if day else ""


def person_list(request: Request) -> HttpResponse:
    """Persons of one's own teams; a search also finds others, as hit cards."""
    require(policy.may_see_people(request.actor))
    today = clock.today()
    given = _given(request)
    rows = _rows(request, given)
    shown = Paginator(rows, PAGE).get_page(request.GET.get("seite"))
    ids = [p.pk for p in shown]
    queries.with_reach(request.actor, shown, today)
    guarded, privacy = policy.guarded(ids, today), privacy_on(request)
    others: list[queries.HitCard] = []
    hint = None
    if given["q"]:
        text, birth, number = queries.split_query(given["q"], today=today)
        found = queries.search(request.actor, day=today, name=text, birth_date=birth, number=number, limit=OTHERS)
        listed = set(rows.filter(pk__in=[hit.person_id for hit in found.hits]).values_list("pk", flat=True))
        others = benefits.with_applications(request.actor, [hit for hit in found.hits if hit.person_id not in listed], today)
        hint = found.hint
        ids += [hit.person_id for hit in others] + ([hint.person_id] if hint else [])
    audit.log_access(actor=request.actor, kind="search", page="people:list", person_ids=ids, at=clock.now())
    if hint is not None:
        # Only whoever just asked with the exact name and birth date gets to the page that says what to do.
        request.session["hint"] = {"ask": hint.ask, "phone": hint.phone, "at": clock.now().isoformat()}
    return page(
        request,
        "people/list.html",
        {
            "rows": shown,
            "lines": [_row(p, None if p.pk in guarded else queries.reach(request.actor, p, today), privacy=privacy) for p in shown],
            "privacy": privacy,
            "others": others,
            "hint": hint,
            "languages": LANGUAGES,
            "states": _states(policy.may_see_placement(request.actor)),
            "teams": queries.teams_of_visible(request.actor, today),
            "heads": [(label, _head(given["sort"], up, down)) for label, up, down in HEADS],
            "narrowed": _narrowed(given),
            "errors": policy.foreign_errors_for(request.actor, today).filter(settled_at=None).select_related("person").order_by("reported_at", "id")
            if policy.may_settle_foreign(request.actor)
            else [],
            "may_record": intake_policy.may(request.actor, "first_contact"),
            **given,
        },
    )


def _narrowed(given: dict[str, Any]) -> bool:
    return bool(given["team"] or given["stand"] or given["sprache"])


def _head(sort: str, up: str, down: str) -> dict[str, str]:
    """What a column's head does: ``next`` is the order a click asks for, ``now`` what screen readers say."""
    if not up:
        return {}
    return {"next": down if sort == up else up, "now": {up: "ascending", down: "descending"}.get(sort, "")}


def protected(request: Request) -> HttpResponse:
    """What to do when somebody protected stands at the counter. There only after an exact search, otherwise 404."""
    require(policy.may_see_people(request.actor))
    hint = request.session.get("hint")
    at = datetime.fromisoformat(hint["at"]) if hint else None
    if hint is None or at is None or clock.now() - at > timedelta(minutes=HINT_MINUTES):
        raise Http404
    return page(
        request,
        "people/protected.html",
        {
            "hint": hint,
            "at": at,
            "team": request.team_name,
            "may_record": intake_policy.may(request.actor, "first_contact"),
        },
    )


def _cells(person: Person) -> tuple[str, ...]:
    homes, teams, asked = person.homes, person.teams_now, person.asked  # type: ignore[attr-defined]
    return (
        person.last_name or person.full_name,
        person.first_name,
        _date(person.birth_date),
        homes[0].place if homes else "",
        LANGUAGES.get(person.language, ""),
        ", ".join(dict.fromkeys(r.team.name for r in teams)),
        format_moment(asked[0].asked_at, year=True) if asked else "",
    )


def export(request: Request, form: str) -> HttpResponse:
    """The list as it is filtered, as XLSX or PDF; logged with every id. Protected people are printed one by one only."""
    require(policy.may_see_people(request.actor))
    if form not in {"xlsx", "pdf"}:
        raise Http404
    given = _given(request)
    rows = list(_rows(request, given).iterator(chunk_size=AT_ONCE))
    guarded = policy.guarded([p.pk for p in rows], clock.today())
    people = [p for p in rows if p.pk not in guarded]
    found = len(people)
    if form == "pdf":
        people = people[:PAPER_ROWS]
    audit.log_access(
        actor=request.actor, kind="export", page="people:export", person_ids=[p.pk for p in people], at=clock.now()
    )
    if form == "pdf":
        return _as_pdf(request, given, people, found)
    return xlsx("personen.xlsx", "Personen", [(name, 18) for name in COLUMNS], map(_cells, people))


def _as_pdf(request: Request, given: dict[str, Any], people: list[Person], found: int) -> HttpResponse:
    teams = dict(queries.teams_of_visible(request.actor, clock.today()))
    said = (given["q"], teams.get(given["team"], ""), STATES[given["stand"]] if given["stand"] else "", LANGUAGES.get(given["sprache"], ""))
    sheet = data.PersonsList(
        office=papers.office(request),
        printed_at=clock.now(),
        columns=COLUMNS,
        rows=tuple(_cells(p) for p in people),
        filters=", ".join(part for part in said if part),
        shown=format_count(len(people)) if found > len(people) else "",
        of=format_count(found) if found > len(people) else "",
    )
    return papers.pdf(render("persons_list", sheet), "personen.pdf")
