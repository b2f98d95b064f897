"""Pages that belong to nobody in particular."""

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from hilfefrei.apps.audit.actor import Role
from hilfefrei.apps.org import queries as org
from hilfefrei.core import clock
from hilfefrei.www.context import navigation
from hilfefrei.www.requests import LONGEST_SEARCH, Request, keep_search


def start(request: Request) -> HttpResponse:
    """Send everybody to the first page of their work."""
    if request.actor.has(Role.CONTROLLER, Role.DIRECTOR):
        return redirect("cockpit:month")
    entries = navigation(request.actor.roles, "", {})
    if entries:
        return redirect(entries[0]["url"])
    return render(request, "shared/nothing_yet.html")


def profile(request: Request) -> HttpResponse:
    """What the house knows about the own login: positions, teams, substitutions of today."""
    return render(
        request,
        "shared/profile.html",
        {
            "positions": org.positions_of(request.actor.id, clock.today()),
            "covers": org.covered_by(request.actor.id, clock.today()),
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
        if name not in {"to", "q", "op", "csrfmiddlewaretoken"}:
            asked.setlist(name, [v for v in values if v])
    if words:
        asked["s"] = keep_search(request, words)
    return redirect(f"{to}{'?' if asked else ''}{asked.urlencode()}{'#' if anchor else ''}{anchor}")
