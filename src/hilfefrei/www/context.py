"""What every page's frame needs: who works here, where they are and where they can go."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch

from hilfefrei.apps.audit.actor import ROLE_LABELS, Actor, Role
from hilfefrei.apps.benefits import policy as benefits_policy
from hilfefrei.apps.intake import policy
from hilfefrei.www.addresses import address


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the main navigation.

    ``section`` are the prefixes of view names that belong to it beside its own page; the longest match wins.
    """

    label: str
    url_name: str
    section: tuple[str, ...] = ()


BOARD = Entry("Eingang", "entrance:board", ("entrance:",))
TALKS = Entry("Gespräche", "entrance:conversations", ("entrance:conversation", "entrance:talk"))
JOBS = Entry("Stellenbörse", "jobs:list", ("jobs:",))
DELIVERIES = Entry("Lieferungen", "jobs:deliveries", ("jobs:deliver",))
WEEK = Entry("ViA-Woche", "via:week", ("via:", "aftercare:"))
PEOPLE = Entry("Personen", "people:list", ("people:",))
BENEFITS = Entry("Leistungsliste", "benefits:list", ("benefits:",))
SECOND_LOOKS = Entry("Zweite Blicke", "entrance:second_looks", ("entrance:second_look", "entrance:leave"))
PAYING = Entry("Lieferungen", "benefits:deliveries", ("benefits:deliver",))
HOUSING = Entry("Mietgrenzen", "benefits:housing", ("benefits:housing",))
HANDOVERS = Entry("Übergaben", "desk:handovers", ("desk:",))
DATES = Entry("Termine und Plätze", "operator:dates", ("operator:",))
ROOMS = Entry("Räume", "operator:rooms", ("operator:room",))
ABSENCES = Entry("Abwesenheit", "operator:absences", ("operator:absence",))
TEAMS = Entry("Teams", "operator:teams", ("operator:team", "operator:position", "operator:house"))
ACCESSES = Entry("Zugriffe", "privacy:accesses", ("privacy:access", "privacy:inquiry"))
RUNS = Entry("Löschen", "privacy:runs", ("privacy:run", "privacy:wish", "privacy:hold"))
MONTH = Entry("Monat", "cockpit:month", ("cockpit:",))
OVERVIEW = Entry("Überblick", "shared:overview")
FIELDS = Entry("Feldkatalog", "privacy:fields", ("privacy:",))
COMPARISON = Entry("Vergleich", "comparison:page", ("comparison:",))

# At most five entries each (design: "Navigation map"). A role without a list has no pages yet.
NAVIGATION: Mapping[Role, tuple[Entry, ...]] = {
    Role.ENTRANCE: (BOARD, TALKS, JOBS, WEEK, PEOPLE),
    Role.COACH: (BOARD, TALKS, JOBS, WEEK, PEOPLE),
    Role.BENEFITS: (BENEFITS, PAYING, HOUSING, PEOPLE),
    # A lead comes to the comparison from the month, to vacancies from the week.
    Role.TEAM_LEAD: (HANDOVERS, SECOND_LOOKS, WEEK, PEOPLE, MONTH),
    Role.CASE_MANAGER: (HANDOVERS, WEEK, JOBS, PEOPLE),
    Role.EMPLOYER_SERVICE: (JOBS, DELIVERIES),
    Role.OPERATOR: (DATES, ROOMS, ABSENCES, TEAMS, DELIVERIES),
    Role.CONTROLLER: (MONTH, COMPARISON, PAYING, HOUSING),
    Role.DIRECTOR: (MONTH, OVERVIEW, COMPARISON, JOBS, FIELDS),
    Role.DATA_PROTECTION: (ACCESSES, RUNS, FIELDS, MONTH),
    Role.STAFF_COUNCIL: (ACCESSES,),
    Role.EQUAL_OPPORTUNITY: (MONTH,),
}

MENU: tuple[tuple[str, str], ...] = (
    ("Mein Konto", "shared:profile"),
    ("Passwort ändern", "account_change_password"),
)


def _url(name: str) -> str:
    """The address of ``name``, empty where the running address table does not know it."""
    try:
        return address(name)
    except NoReverseMatch:
        return ""


def _entries(roles: Iterable[Role]) -> list[Entry]:
    """The entries of all ``roles`` in the fixed order of :class:`Role`, each once."""
    held = set(roles)
    return list(dict.fromkeys(entry for role in Role if role in held for entry in NAVIGATION.get(role, ())))


def _current(entries: Iterable[Entry], view_name: str) -> Entry | None:
    """The entry to which the shown page belongs: its own page, else the longest prefix."""
    best: Entry | None = None
    length = 0
    for entry in entries:
        if entry.url_name == view_name:
            return entry
        fit = max((len(prefix) for prefix in entry.section if view_name.startswith(prefix)), default=0)
        if fit > length:
            best, length = entry, fit
    return best


def navigation(
    roles: Iterable[Role], view_name: str, counts: Mapping[str, int | Callable[[], int]]
) -> list[dict[str, Any]]:
    """The main navigation as dicts ``label, url, count, current``.

    ``current`` is the value for ``aria-current``: ``"page"`` for the page itself, ``"true"`` for a page of
    that section, else empty. ``count`` is ``None`` where no work is counted; it is shown only above zero.
    """
    entries = _entries(roles)
    here = _current(entries, view_name)
    result: list[dict[str, Any]] = []
    for entry in entries:
        url = _url(entry.url_name)
        if not url:
            continue
        count = counts.get(entry.url_name)
        result.append(
            {
                "label": entry.label,
                "url": url,
                "count": count() if callable(count) else count,
                "current": "" if entry is not here else "page" if entry.url_name == view_name else "true",
            }
        )
    return result


def initials(name: str) -> str:
    """First letters of the first and the last word, for the round mark beside the name."""
    words = [word for word in name.split() if word[:1].isalpha()]
    return "".join(word[0] for word in ([words[0], words[-1]] if len(words) > 1 else words)).upper()


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor for ``base.html``.

    Reads ``request.actor`` and, where a middleware or view has set them, ``request.jobcenter`` (anything with a
    ``name``), ``request.team_name`` and ``request.nav_counts`` (URL name -> number or a function giving it, asked
    only when a frame is drawn). A page without actor (login, errors) gets the frame without navigation.
    """
    actor: Actor | None = getattr(request, "actor", None)
    jobcenter = getattr(request, "jobcenter", None)
    roles = actor.roles if actor else frozenset()
    match = request.resolver_match
    name = actor.name if actor else ""
    return {
        "nav": navigation(roles, match.view_name if match else "", getattr(request, "nav_counts", {})),
        "search_url": _url(PEOPLE.url_name) if PEOPLE in _entries(roles) else "",
        "menu": [(label, url) for label, url_name in MENU if (url := _url(url_name))] if actor else [],
        "logout_url": _url("account_logout") if actor else "",
        "login_url": _url("account_login"),
        "jobcenter_name": getattr(jobcenter, "name", "") or "Jobcenter",
        "demo_mode": bool(getattr(settings, "HILFEFREI_DEMO", False)),
        # What pages may link to: nobody is led to a page that would turn them away.
        "may": {code: actor is not None and policy.may(actor, code) for code in policy.PERMISSIONS}
        | {"papers": actor is not None and benefits_policy.may_handle_papers(actor)},
        "user_key": str(actor.id) if actor else "",
        "user_name": name,
        "user_initials": initials(name),
        "user_team": getattr(request, "team_name", "")
        or ", ".join(ROLE_LABELS[role] for role in Role if role in roles),
    }
