"""The request as every view of the house gets it, and what views share."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails

from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.org.models import Jobcenter


class Request(HttpRequest):
    """A request of somebody who is logged in (middleware ``in_office``)."""

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
