"""Pages that belong to nobody in particular."""

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from hilfefrei.apps.accounts import domain as accounts
from hilfefrei.apps.audit import catalogue as tables
from hilfefrei.apps.audit.actor import Role
from hilfefrei.apps.org import policy as org_policy
from hilfefrei.apps.org import queries as org
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.privacy import queries as privacy
from hilfefrei.apps.privacy.workflows import RunState, WishState
from hilfefrei.apps.vacancies import queries as vacancies
from hilfefrei.core import catalogue, clock
from hilfefrei.www.context import navigation
from hilfefrei.www.requests import LONGEST_SEARCH, Request, keep_search
from hilfefrei.www.sheets import format_count

# Positions per lead that the model of the house allows (S7: 1 to 15).
SPAN = 15
# What the pages with a search filter by; anything else that is posted does not reach the address: it could be a name.
FILTERS = frozenset({"nur", "sort", "sprache", "stand", "team", "wer", "woche"})


def start(request: Request) -> HttpResponse:
    """Send everybody to the first page of their work."""
    if request.actor.has(Role.CONTROLLER, Role.DIRECTOR):
        return redirect("cockpit:month")
    entries = navigation(request.actor.roles, "", {})
    if entries:
        return redirect(entries[0]["url"])
    return render(request, "shared/nothing_yet.html")


def overview(request: Request) -> HttpResponse:
    """The house today: leadership spans, who is away, open vacancies, the field catalogue. Nothing of persons in benefit."""
    require(org_policy.may_oversee(request.actor))
    today = clock.today()
    spans = org.spans(today)
    known = catalogue.load()
    return render(
        request,
        "shared/overview.html",
        {
            "spans": spans,
            "heads_words": f"{sum(s.heads for s in spans)} Köpfe, dazu {sum(s.leads for s in spans)} in Leitung",
            "fte": sum(s.fte for s in spans),
            "span": SPAN,
            "wide_words": str(sum(1 for s in spans if s.per_lead is None or s.per_lead > SPAN)),
            "away": len(org.absent(today)),
            "vacancies": format_count(vacancies.exchange(vacancies.Filters(), today).count()),
            "known": known,
            "fields": len(catalogue.rows(known, tables.tables())),
            "today": today,
            # What waits for the second pair of eyes; nothing for whoever is none.
            "wishes": list(privacy.wishes(request.actor).filter(state=WishState.ASKED).order_by("asked_at", "id").values_list("pk", flat=True)),
            "run": privacy.runs(request.actor).filter(state=RunState.CHECKED).first(),
        },
    )


def profile(request: Request) -> HttpResponse:
    """What the house knows about the own login: positions, teams, substitutions of today."""
    return render(
        request,
        "shared/profile.html",
        {
            "positions": org.positions_of(request.actor.id, clock.today()),
            "covers": org.covered_by(request.actor.id, clock.today()),
            "stands_in": org.covered_for(request.actor.id, clock.today()),
            "sessions": accounts.open_sessions(request.actor.id),
            "here": request.session.session_key,
            "factors": len(accounts.factors(request.actor.id)),
        },
    )


@require_POST
def search(request: Request) -> HttpResponse:
    """Search for people: what is typed is kept in the session, the page is asked with a key and the other filters."""
    to, _, anchor = request.POST.get("to", "").partition("#")
    if not to.startswith("/") or not url_has_allowed_host_and_scheme(to, None):
        raise Http404
    words = request.POST.get("q", "").strip()[:LONGEST_SEARCH]
    asked = QueryDict(mutable=True)
    for name, values in request.POST.lists():
        if name in FILTERS:
            asked.setlist(name, [v for v in values if v])
    if words:
        asked["s"] = keep_search(request, words)
    return redirect(f"{to}{'?' if asked else ''}{asked.urlencode()}{'#' if anchor else ''}{anchor}")
