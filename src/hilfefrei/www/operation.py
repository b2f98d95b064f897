"""For whoever watches the operation: does it live, may pages be sent here, what waits. No login, no session, no names.

Answered before host names, sessions and logins are looked at (``hilfefrei.www.middleware.observed``), so that a probe on the
machine needs nothing but the port, and a database that is away is told and not suffered.
"""

import ipaddress
from collections.abc import Iterable, Iterator
from functools import cache

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, URLResolver, get_resolver
from django.views.decorators.csrf import csrf_exempt

import hilfefrei
from hilfefrei import condition, meter, secrets
from hilfefrei.callers import has_token
from hilfefrei.core import clock

OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def _names(patterns: Iterable[URLPattern | URLResolver], space: str = "") -> Iterator[str]:
    for item in patterns:
        if isinstance(item, URLResolver):
            yield from _names(item.url_patterns, f"{space}{item.namespace}:" if item.namespace else space)
        elif item.name:
            yield f"{space}{item.name}"


@cache
def counter() -> meter.Meter:
    """The numbers of this server; first asked for before gunicorn forks."""
    return meter.Meter(list(_names(get_resolver().url_patterns)))


def _plain(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response


@csrf_exempt
@login_not_required
def healthz(_request: HttpRequest) -> HttpResponse:
    """200 as long as this process answers; asks nothing else."""
    return _plain(HttpResponse("ok\n", content_type="text/plain; charset=utf-8"))


@csrf_exempt
@login_not_required
def readyz(_request: HttpRequest) -> HttpResponse:
    """200, or 503 with ``reasons``: database, migrations, worker, disk. ``hints`` (chain, chain_late) turn nobody away."""
    found = condition.readiness(clock.now())
    told = {"ready": not found.reasons, "reasons": found.reasons, "hints": found.hints}
    return _plain(JsonResponse(told, status=503 if found.reasons else 200))


@csrf_exempt
@login_not_required
def metrics(request: HttpRequest) -> HttpResponse:
    """OpenMetrics for this machine, or for whoever has ``[metrics] token`` of ``secret.toml``; 401 for everybody else."""
    if not _may_read(request):
        refused = HttpResponse("Nur von diesem Rechner, oder mit dem Kennzeichen aus secret.toml, [metrics] token.\n", status=401)
        refused["Content-Type"] = "text/plain; charset=utf-8"
        refused["WWW-Authenticate"] = "Bearer"
        return _plain(refused)
    return _plain(HttpResponse("".join(f"{line}\n" for line in (*_web(), *_operation(), "# EOF")), content_type=OPENMETRICS))


def _may_read(request: HttpRequest) -> bool:
    if has_token(request, secrets.current().metrics_token):
        return True
    # Behind the proxy everybody comes from this machine; then the proxy says for whom.
    if any(request.headers.get(name) for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP")):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        # gunicorn on a socket file: only this machine can reach it, but who asks is not told.
        return False


# --- the text (OpenMetrics 1.0) ---------------------------------------------------------------------------------------


def _head(name: str, kind: str, text: str, unit: str = "") -> Iterator[str]:
    yield f"# TYPE hilfefrei_{name} {kind}"
    if unit:
        yield f"# UNIT hilfefrei_{name} {unit}"
    yield f"# HELP hilfefrei_{name} {text}"


def _line(name: str, value: float, **labels: str) -> str:
    # Names of views and kinds come from the source: nothing in them needs escaping.
    inside = ",".join(f'{key}="{text}"' for key, text in labels.items())
    return f"hilfefrei_{name}{{{inside}}} {value:.12g}" if inside else f"hilfefrei_{name} {value:.12g}"


def _web() -> Iterator[str]:
    readings = sorted(counter().read(), key=lambda reading: reading.view)
    yield from _head("http_answers", "counter", "Answers by view and class of status, all processes since the start.")
    for one in readings:
        for number, count in zip(meter.CLASSES, one.by_class, strict=True):
            if count:
                yield _line("http_answers_total", count, view=one.view, status=f"{number}xx")
    yield from _head("http_answer_seconds", "histogram", "Time to the answer by view.", "seconds")
    for one in readings:
        below = 0
        for bound, count in zip(meter.BOUNDS, one.by_time, strict=False):
            below += count
            yield _line("http_answer_seconds_bucket", below, view=one.view, le=f"{bound}")
        yield _line("http_answer_seconds_bucket", one.count, view=one.view, le="+Inf")
        yield _line("http_answer_seconds_count", one.count, view=one.view)
        yield _line("http_answer_seconds_sum", one.seconds, view=one.view)


def _gauge(name: str, text: str, value: float | None, unit: str = "") -> Iterator[str]:
    """A gauge; without a value it is left out."""
    if value is not None:
        yield from _head(name, "gauge", text, unit)
        yield _line(name, value)


def _gauges(name: str, text: str, label: str, values: dict[str, float], unit: str = "") -> Iterator[str]:
    if values:
        yield from _head(name, "gauge", text, unit)
        for key in sorted(values):
            yield _line(name, values[key], **{label: key})


def _operation() -> Iterator[str]:
    yield from _head("build", "info", "The version that runs.")
    yield _line("build_info", 1, version=hilfefrei.__version__)
    yield from _gauge("worker_age_seconds", "Since the last round of the background service.", condition.worker_age(), "seconds")
    yield from _gauge("disk_free_bytes", "Room where the data lie.", condition.free_bytes(), "bytes")
    try:
        found = condition.state(clock.now())
    except DatabaseError:
        yield from _gauge("database_up", "Whether the database answers.", 0)
        return
    kinds = found.waiting
    yield from _gauge("database_up", "Whether the database answers.", 1)
    yield from _gauge("database_size_bytes", "Size of the database.", found.database_bytes, "bytes")
    yield from _gauge("sessions", "Sessions that are open.", found.sessions)
    yield from _gauges("outbox_waiting", "Not delivered, by kind.", "kind", {k: w.count for k, w in kinds.items()})
    yield from _gauges("outbox_given_up", "Given up after all tries, by kind.", "kind", {k: w.given_up for k, w in kinds.items()})
    yield from _gauges("outbox_age_seconds", "Age of the oldest not delivered, by kind.", "kind", {k: w.oldest for k, w in kinds.items()}, "seconds")
    yield from _gauges("queue_age_seconds", "Age of the oldest that waits for the background service.", "queue", found.queues, "seconds")
    yield from _gauges("import_age_seconds", "Since data of this kind came in last.", "kind", found.imports, "seconds")
    yield from _gauge("chain_ok", "Whether the chain of the record held when last checked.", None if found.chain_ok is None else int(found.chain_ok))
    yield from _gauge("chain_check_age_seconds", "Since the chain was checked last.", found.chain_age, "seconds")
