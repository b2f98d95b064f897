"""Pages that belong to nobody in particular."""

from django.http import HttpResponse
from django.shortcuts import redirect, render

from hilfefrei.apps.org import queries as org
from hilfefrei.core import clock
from hilfefrei.www.context import navigation
from hilfefrei.www.requests import Request


def start(request: Request) -> HttpResponse:
    """Send everybody to the first page of their work."""
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
