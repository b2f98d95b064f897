"""Retention runs and what is held back from them: numbers and keys, never a name."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.shortcuts import render as page
from django.views.decorators.http import require_POST

from hilfefrei.apps.org.policy import require
from hilfefrei.apps.people import policy as people_policy
from hilfefrei.apps.people import queries as people
from hilfefrei.apps.people.models import Person
from hilfefrei.apps.privacy import policy, queries
from hilfefrei.apps.privacy.domain import rights, runs
from hilfefrei.apps.privacy.models import RetentionRun
from hilfefrei.apps.privacy.workflows import OPEN_WISHES, HoldKind, ItemState, RunState
from hilfefrei.core import catalogue, clock
from hilfefrei.www import notes
from hilfefrei.www.privacy.numbers import NumberForm
from hilfefrei.www.requests import Request, op_of, version_of

PER_PAGE = 100


class HoldForm(NumberForm):
    """Whose data stay, and why."""

    kind = forms.ChoiceField(label="Grund", choices=HoldKind.choices)
    cause = forms.CharField(label="Zeichen oder Stichwort", max_length=200, help_text="bitte ohne Namen")
    limit = forms.BooleanField(
        label="Verarbeitung einschränken: Niemand arbeitet mehr mit der Akte (Art. 18 DSGVO)", required=False,
        help_text="Listen zeigen dann nur eine Nummer und „bitte fragen: Datenschutz“.",
    )


def index(request: Request) -> HttpResponse:
    """All runs, and the button for the next one."""
    require(policy.may_see_runs(request.actor))
    if request.method == "POST":
        run = runs.ask(actor=request.actor, at=clock.now(), op=op_of(request))
        notes.done(request, "Der Probelauf rechnet im Hintergrund. Gelöscht wird dabei nichts.")
        return redirect("privacy:run", run.pk)
    rows = queries.runs(request.actor).select_related("asked_by", "answered_by")[:PER_PAGE]
    return page(
        request,
        "privacy/runs.html",
        {
            "lines": [{"run": run, "rows": _total(run)} for run in rows],
            "open": queries.open_run(request.actor),
            "wishes": queries.wishes(request.actor).filter(state__in=OPEN_WISHES).count(),
            "may_ask": policy.may_ask_run(request.actor),
            "periods": [p for p in catalogue.load().retentions.values() if p.released],
        },
    )


def _total(run: RetentionRun) -> int:
    return sum(count for tables in run.counts.values() for count in tables.values())


def run(request: Request, run_id: UUID) -> HttpResponse:
    """What goes, by period and table; the households as numbers, and by name only for whoever may open the file."""
    found = _run(request, run_id)
    known = catalogue.load()
    parts = [
        {
            "period": known.retentions[retention],
            "tables": sorted((known.models[table].title, count) for table, count in tables.items()),
            "rows": sum(tables.values()),
        }
        for retention, tables in sorted(found.counts.items())
    ]
    shown = Paginator(found.items.order_by("id"), PER_PAGE).get_page(request.GET.get("seite"))
    ids = {UUID(one) for item in shown for one in item.person_ids}
    numbers = people.numbers_of(ids)
    may_open = {p.pk: p for p in people_policy.visible_to(request.actor, clock.today(), Person.objects.filter(pk__in=ids))}
    lines = [
        {
            "item": item,
            "persons": [{"number": numbers.get(UUID(one), ""), "person": may_open.get(UUID(one))} for one in item.person_ids],
            "rows": sum(count for tables in item.counts.values() for count in tables.values()),
            "periods": ", ".join(known.retentions[key].title for key in item.counts),
        }
        for item in shown
    ]
    waits = found.state == RunState.CHECKED
    return page(
        request,
        "privacy/run.html",
        {
            "run": found,
            "parts": parts,
            "total": _total(found),
            "page": shown,
            "lines": lines,
            "held": sorted(found.held.items()),
            "kept": found.items.filter(state=ItemState.KEPT).count(),
            "left": found.items.filter(state=ItemState.OPEN).count(),
            "may_release": waits and policy.may_release_run(request.actor) and found.asked_by_id != request.actor.id,
            "may_discard": found.state in {RunState.ASKED, RunState.CHECKED},
            "waits": waits,
        },
    )


def _run(request: Request, run_id: UUID) -> RetentionRun:
    require(policy.may_see_runs(request.actor))
    return get_object_or_404(queries.runs(request.actor).select_related("asked_by", "answered_by"), pk=run_id)


@require_POST
def release(request: Request, run_id: UUID) -> HttpResponse:
    """The second pair of eyes."""
    found = _run(request, run_id)
    runs.release(actor=request.actor, at=clock.now(), run_id=found.pk, version=version_of(request), op=op_of(request))
    notes.done(request, "Freigegeben. Der Hintergrunddienst löscht jetzt Haushalt für Haushalt.")
    return redirect("privacy:run", found.pk)


@require_POST
def discard(request: Request, run_id: UUID) -> HttpResponse:
    """Do not delete."""
    found = _run(request, run_id)
    runs.discard(actor=request.actor, at=clock.now(), run_id=found.pk, answer=request.POST.get("answer", ""), op=op_of(request))
    notes.done(request, "Verworfen. Es wurde nichts gelöscht.")
    return redirect("privacy:run", found.pk)


def holds(request: Request) -> HttpResponse:
    """What is held back now, and the form for more."""
    require(policy.may_hold(request.actor))
    form = HoldForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given: dict[str, Any] = form.cleaned_data
        held = form.run(rights.hold, request, person_id=form.person_id, kind=HoldKind(given["kind"]), cause=given["cause"], limit=given["limit"])
        if held:
            notes.done(request, "Vorgemerkt. Kein Löschlauf nimmt etwas von dieser Person.")
            return redirect("privacy:holds")
    rows = list(queries.open_holds(request.actor).select_related("set_by").order_by("set_at", "id")[:PER_PAGE])
    return page(request, "privacy/holds.html", {"form": form, "rows": rows}, status=422 if form.errors else 200)


@require_POST
def lift(request: Request, hold_id: UUID) -> HttpResponse:
    """The reason is gone."""
    require(policy.may_hold(request.actor))
    found = get_object_or_404(queries.open_holds(request.actor), pk=hold_id)
    rights.lift(actor=request.actor, at=clock.now(), hold_id=found.pk, op=op_of(request))
    notes.done(request, "Aufgehoben. Der nächste Löschlauf nimmt, was seine Frist hinter sich hat.")
    return redirect("privacy:holds")
