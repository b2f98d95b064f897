"""What every request passes: a number and a stop watch, a limit on what comes in, and no copies of pages on the way out."""

import logging
import re
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from http import HTTPStatus

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.middleware.security import SecurityMiddleware
from django.shortcuts import redirect, render
from django.template import loader
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django_scopes import scope

from hilfefrei import logs
from hilfefrei.apps.audit import queries as audit
from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.audit.errors import Forbidden, Refused
from hilfefrei.apps.benefits import queries as benefits
from hilfefrei.apps.intake import queries as intake
from hilfefrei.apps.org import identity
from hilfefrei.apps.org import queries as org
from hilfefrei.apps.people import policy as people
from hilfefrei.core import clock
from hilfefrei.www import notes, operation
from hilfefrei.www.expired import remember
from hilfefrei.www.identity import factors, sessions
from hilfefrei.www.requests import next_of

GetResponse = Callable[[HttpRequest], HttpResponse]

# So much of a refused body is read and thrown away, so that the browser shows our answer and not a broken connection.
DRAIN_LIMIT = 512 * 1024 * 1024
CHUNK = 1024 * 1024
# Whole stocks of households come as JSON; the view has a measure of its own.
CLAIMS = "/api/v1/claims"
# What a proxy may give as the number of a request: nothing that could be a name.
REQUEST_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# All that pages and interfaces ask with. Django would give any other word to the view, which takes it for a GET.
METHODS = ["GET", "HEAD", "POST", "OPTIONS"]
# A page that takes so long is told in the log.
SLOW_SECONDS = 2.0
# These change nothing about people.
READS = frozenset({"GET", "HEAD"})
WATCHED = {"/healthz": operation.healthz, "/readyz": operation.readyz, "/metrics": operation.metrics}
log = logging.getLogger("hilfefrei.www")


def observed(get_response: GetResponse) -> GetResponse:
    """Number the request (``X-Request-ID``, also in each of its log lines), time it, count it by view.

    Whoever watches the operation is answered here, before host name, transport and login are asked, and with the same headers.
    """
    counter = operation.counter()
    secured = SecurityMiddleware(get_response)

    def middleware(request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        number = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        request.request_id = number  # type: ignore[attr-defined]  # read by hilfefrei.logs and the page of a failure
        told = logs.request_id.set(number)
        started = time.perf_counter()
        try:
            view = WATCHED.get(request.path)
            if request.method not in METHODS:
                response: HttpResponse = HttpResponseNotAllowed(METHODS)
            else:
                response = view(request) if view is not None else get_response(request)
            seconds = time.perf_counter() - started
            match = request.resolver_match
            name = request.path[1:] if view is not None else match.view_name if match is not None else ""
            counter.count(name, response.status_code, seconds)
            if seconds > SLOW_SECONDS:
                log.warning("slow: %s took %.1f s", name or "elsewhere", seconds)
        finally:
            logs.request_id.reset(told)
        response["X-Request-ID"] = number
        secured.process_response(request, response)
        return response

    return middleware


def broken(request: HttpRequest) -> HttpResponse:
    """The page of a failure: says under which number the log knows it. Stands without session and database."""
    number = getattr(request, "request_id", "")
    return HttpResponse(loader.get_template("500.html").render({"number": number}), status=500)


def upload_limit(get_response: GetResponse) -> GetResponse:
    """Answer 413 in plain words to a body above ``HILFEFREI_MAX_UPLOAD`` (a form without files: above
    ``DATA_UPLOAD_MAX_MEMORY_SIZE``), before anything of it is kept.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            length = 0
        large = request.content_type == "multipart/form-data" or request.path == CLAIMS
        limit = settings.HILFEFREI_MAX_UPLOAD if large else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if length <= limit:
            return get_response(request)
        left = min(length, DRAIN_LIMIT)
        while left > 0 and (part := request.META["wsgi.input"].read(min(CHUNK, left))):
            left -= len(part)
        return render(request, "413.html", {"limit_mb": limit // (1024 * 1024)}, status=413)

    return middleware


def no_store(get_response: GetResponse) -> GetResponse:
    """Pages with people's data are not kept by browser or proxy (counter, shared screens)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store, private"
        return response

    return middleware


def _counts(actor: Actor) -> dict[str, Callable[[], int]]:
    """What stands beside the entries of the navigation; asked only when a frame with that entry is drawn."""
    return {
        "entrance:board": lambda: intake.waiting_count(actor, clock.today()),
        "entrance:second_looks": lambda: intake.second_looks(actor, clock.today()).count(),
        "benefits:list": lambda: benefits.unconfirmed_count(actor, clock.today()),
        "privacy:accesses": lambda: audit.waiting_for(actor).count(),
    }


def _before_the_second_step() -> tuple[str, ...]:
    """Pages that are open to whoever still lacks the second factor that their role needs: those on which they get it."""
    return tuple(reverse(name) for name in ("mfa_index", "account_login", "account_logout", "account_change_password"))


def _texts(request: HttpRequest, kwargs: dict[str, object]) -> Iterator[str]:
    """Everything that an address and its fields say."""
    yield from (value for value in kwargs.values() if isinstance(value, str))
    for fields in (request.GET, request.POST):
        for name, values in fields.lists():
            yield name
            yield from (value for value in values if isinstance(value, str))


class InOffice:
    """Open the scope of the Jobcenter and set ``request.actor`` for everybody who is logged in.

    A verb that refuses outside a form (a button) comes back as a message on the page it was pressed on.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not user.is_authenticated:
            return self.get_response(request)
        with scope(jobcenter=user.jobcenter_id):
            if user.must_change and request.path not in {reverse("account_change_password"), reverse("account_logout")}:
                return redirect("account_change_password")
            if user.is_emergency and not identity.emergency_runs(user.pk, clock.now()):
                logout(request)
                notes.failed(request, "Der Notfallzugang ist beendet. Die Betriebsrolle kann ihn neu versiegeln.")
                return redirect("account_login")
            sessions.note(request, user)
            request.actor = org.actor_of(user, clock.today())  # type: ignore[attr-defined]
            request.jobcenter = org.jobcenter(request.actor)  # type: ignore[attr-defined]
            if factors.lacking(request) and not request.path.startswith(_before_the_second_step()):  # type: ignore[arg-type]  # now it has an actor
                return redirect("mfa_index")
            request.team_name = org.team_names(request.actor)  # type: ignore[attr-defined]
            request.nav_counts = _counts(request.actor)  # type: ignore[attr-defined]
            with people.unchanging() if request.method in READS else nullcontext():
                response = self.get_response(request)
            if request.method not in READS:
                intake.forget(request.actor)  # type: ignore[attr-defined]  # set by this middleware
            if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and not response.content:
                request.nav_counts = {}  # type: ignore[attr-defined]  # a page that turns away counts nothing
                plain = render(request, "405.html", status=HTTPStatus.METHOD_NOT_ALLOWED)
                plain["Allow"] = response["Allow"]
                return plain
        remember(request, response)
        return response

    def process_view(self, request: HttpRequest, _view: object, _args: object, kwargs: dict[str, object]) -> HttpResponse | None:
        """Refuse a NUL, whatever the page: nobody types one, and PostgreSQL keeps none."""
        if request.user.is_authenticated and any("\x00" in text for text in _texts(request, kwargs)):
            request.nav_counts = {}  # type: ignore[attr-defined]  # a page that turns away counts nothing
            return render(request, "400.html", {"nul": True}, status=HTTPStatus.BAD_REQUEST)
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Turn a refusal into words. A page that turns away counts nothing."""
        request.nav_counts = {}  # type: ignore[attr-defined]  # set by this middleware
        if isinstance(exception, Forbidden):
            raise PermissionDenied(str(exception)) from exception
        if not isinstance(exception, Refused) or request.method != "POST":
            return None
        messages.error(request, str(exception))
        came_from = request.headers.get("Referer", "")
        ours = url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure())
        return HttpResponseRedirect(next_of(request, came_from if ours else "/"))
