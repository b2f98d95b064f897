"""The request as every view of the house gets it, and what views share."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.crypto import get_random_string
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails

from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.org.models import Jobcenter
from hilfefrei.www import notes


class Request(HttpRequest):
    """A request of somebody who is logged in (middleware ``in_office``)."""

    user: User
    actor: Actor
    jobcenter: Jobcenter
    htmx: HtmxDetails
    nav_counts: dict[str, Any]
    team_name: str


def op_of(request: HttpRequest) -> UUID | None:
    """The ``op`` of a posted form; None (not repeatable) where it is missing or no UUID."""
    try:
        return UUID(request.POST.get("op", ""))
    except ValueError:
        return None


def version_of(request: HttpRequest) -> int | None:
    """The ``version`` that the form was made from."""
    value = request.POST.get("version", "")
    return int(value) if value.isdecimal() and len(value) < 10 else None


def next_of(request: HttpRequest, fallback: str) -> str:
    """Where to go after the act: the posted ``next`` when it is a page of ours, else ``fallback``."""
    target = request.POST.get("next", "")
    return target if url_has_allowed_host_and_scheme(target, None) and target.startswith("/") else fallback


# In the session: whether names on screens are shortened.
PRIVACY = "sichtschutz"
# So many searches can be gone back to; what was typed lives in the session only and goes with it.
SEARCHES = 20
LONGEST_SEARCH = 160


def keep_search(request: HttpRequest, words: str) -> str:
    """Keep what somebody searches for; the key stands in the address in its place, for names never do (rule 7)."""
    kept: dict[str, str] = request.session.get("searches", {})
    key = next((k for k, v in kept.items() if v == words), "") or get_random_string(8)
    request.session["searches"] = dict([*((k, v) for k, v in kept.items() if k != key), (key, words)][-SEARCHES:])
    return key


def words_of(request: HttpRequest) -> str:
    """What is searched for on this page ("" for nothing); says so where a key is no longer known."""
    key = request.GET.get("s", "")
    words: str = request.session.get("searches", {}).get(key, "")
    if key and not words:
        notes.failed(request, "Diese Suche ist nicht mehr gespeichert. Bitte noch einmal suchen; hier steht jetzt alles.")
    return words


def privacy_on(request: Request) -> bool:
    """Whether names are shortened: as the house begins, then as switched for this session."""
    return bool(request.session.get(PRIVACY, request.jobcenter.privacy_first))
