"""Wishes to be erased out of turn (Art. 17 DSGVO): the list, and the decision by kind of data. Numbers and keys, never a name."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Case, When
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.shortcuts import render as page
from django.views.decorators.http import require_POST

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.people import queries as people
from hilfefrei.apps.privacy import due, policy, queries
from hilfefrei.apps.privacy.domain import wishes
from hilfefrei.apps.privacy.models import ErasureWish
from hilfefrei.apps.privacy.workflows import OPEN_WISHES, STAYS_SHORT, WISH_MOVES, Ground, Stays, WishState
from hilfefrei.core import catalogue, clock
from hilfefrei.core.days import berlin_day
from hilfefrei.core.periods import add_months
from hilfefrei.www import notes
from hilfefrei.www.privacy.numbers import NumberForm
from hilfefrei.www.requests import Request, op_of
from hilfefrei.www.verbs import VerbForm

PER_PAGE = 100
GOES = "go"


class WishForm(VerbForm):
    """Why somebody wants it."""

    ground = forms.ChoiceField(label="Warum möchte die Person das?", choices=Ground.choices, initial=Ground.NOT_NEEDED, widget=forms.RadioSelect)
    cause = forms.CharField(label="Stichwort", required=False, max_length=200, help_text="wenn es hilft, und ohne Namen")


class NumberedForm(NumberForm, WishForm):
    """The same where only the number is known: for letters that reach data protection."""

    field_order = ("op", "version", "number", "ground", "cause")


def answer_due(wish: ErasureWish) -> date:
    """The day by which the person must have an answer (Art. 12 Abs. 3 DSGVO): a month."""
    return add_months(berlin_day(wish.asked_at), 1)


def index(request: Request) -> HttpResponse:
    """All wishes, open ones first, and the form for one that came by letter."""
    require(policy.may_see_wishes(request.actor))
    may_note = policy.may_note_by_number(request.actor)
    form = NumberedForm(request.POST or None)
    if request.method == "POST":
        require(may_note)
        if form.is_valid():
            given = form.cleaned_data
            made = form.run(wishes.ask, request, person_id=form.person_id, ground=Ground(given["ground"]), cause=given["cause"])
            if made:
                notes.done(request, "Aufgenommen. Jetzt entscheidet die Leitung. Gelöscht ist noch nichts.")
                return redirect("privacy:wish", made.pk)
    closed = Case(When(state__in=OPEN_WISHES, then=0), default=1)
    # Open ones first already where the list is cut off: none of them may fall out of it.
    rows = list(queries.wishes(request.actor).select_related("asked_by", "decided_by").order_by(closed, "-asked_at", "id")[:PER_PAGE])
    numbers = people.numbers_of(row.person_id for row in rows)
    today = clock.today()
    lines = [
        {
            "wish": row,
            "number": numbers.get(row.person_id, ""),
            "due": answer_due(row),
            "open": row.state in OPEN_WISHES,
            "late": row.told_at is None and row.state in {*OPEN_WISHES, WishState.REFUSED} and answer_due(row) < today,
        }
        for row in rows
    ]
    return page(
        request,
        "privacy/wishes.html",
        {"form": form, "lines": lines, "may_note": may_note, "open": sum(bool(line["open"]) for line in lines)},
        status=422 if form.errors else 200,
    )


@dataclass(frozen=True)
class Line:
    """A kind of data to decide on: what is held, what a duty says, what was chosen."""

    key: str
    title: str
    tables: tuple[tuple[str, int], ...]
    duty: Stays | None
    chosen: str
    said: str


def wish(request: Request, wish_id: UUID, *, refused: str = "") -> HttpResponse:
    """One wish: what is held by kind, what goes and what stays; for the director the form to decide."""
    found = _wish(request, wish_id)
    asked = found.state == WishState.ASKED
    persons = people.linked_ids(found.person_id)
    if asked:
        # What is held of somebody is looked at, by kind: their sheet of accesses says so.
        audit.log_access(actor=request.actor, kind="open", page="privacy:wish", person_ids=persons, at=clock.now())
    there = due.present(persons) if asked else found.counts
    duties = wishes.duties(persons, Ground(found.ground), clock.today()) if asked else {}
    known = catalogue.load()
    lines = [
        Line(
            key,
            known.retentions[key].title,
            tuple(sorted((known.models[table].title, count) for table, count in tables.items())),
            duties.get(key),
            request.POST.get(f"w-{key}", GOES if found.ground == Ground.MISTAKE else ""),
            "wird gelöscht" if key in found.goes else Stays(found.stays[key]).label if key in found.stays else "",
        )
        for key, tables in sorted(there.items(), key=lambda pair: known.retentions[pair[0]].title)
    ]
    number = people.number_of(found.person_id)
    return page(
        request,
        "privacy/wish.html",
        {
            "wish": found,
            "number": number,
            "lines": lines,
            "due": answer_due(found),
            "waits": asked,
            "refused": refused,
            "holds": asked and queries.holds_of(persons).exists(),
            "may_decide": asked and policy.may_decide_wish(request.actor) and found.asked_by_id != request.actor.id,
            "may_withdraw": WishState.WITHDRAWN in WISH_MOVES[found.state] and policy.may_note_by_number(request.actor),
            "may_hold": policy.may_hold(request.actor),
            "choices": [(GOES, "löschen"), *STAYS_SHORT.items()],
            "sentences": [(STAYS_SHORT[one], one.label) for one in Stays],
            "answer": request.POST.get("answer", ""),
            "everything": "identity" in found.goes,
        },
        status=422 if refused else 200,
    )


def _wish(request: Request, wish_id: UUID) -> ErasureWish:
    require(policy.may_see_wishes(request.actor))
    return get_object_or_404(queries.wishes(request.actor).select_related("asked_by", "decided_by", "told_by"), pk=wish_id)


@require_POST
def decide(request: Request, wish_id: UUID) -> HttpResponse:
    """The second pair of eyes: of every kind of data whether it goes, or why not."""
    found = _wish(request, wish_id)
    chosen = {key.removeprefix("w-"): str(value) for key, value in request.POST.items() if key.startswith("w-")}
    form = VerbForm(request.POST)
    if not form.is_valid():
        return wish(request, wish_id)
    made = form.run(
        wishes.decide, request, wish_id=found.pk, day=clock.today(), version=form.cleaned_data["version"], answer=request.POST.get("answer", ""),
        goes=[key for key, value in chosen.items() if value == GOES],
        stays={key: Stays(value) for key, value in chosen.items() if value in Stays.values},
    )  # fmt: skip
    if made is None:
        return wish(request, wish_id, refused=" ".join(map(str, form.non_field_errors())))
    gone = made.state == WishState.GRANTED
    notes.done(request, "Entschieden. Jetzt bekommt die Person den Brief; danach wird gelöscht." if gone else "Abgelehnt. Die Person bekommt den Brief mit den Gründen.")
    return redirect("privacy:wish", found.pk)


@require_POST
def withdraw(request: Request, wish_id: UUID) -> HttpResponse:
    """The person thinks better of it."""
    found = _wish(request, wish_id)
    require(policy.may_note_by_number(request.actor))
    wishes.withdraw(actor=request.actor, at=clock.now(), wish_id=found.pk, op=op_of(request))
    notes.done(request, "Zurückgezogen. Es wird nichts gelöscht.")
    return redirect("privacy:wish", found.pk)


def context_of(request: Request, person: Any) -> dict[str, Any]:
    """What the page with somebody's data shows of their wish."""
    found = queries.wish_of(person)
    return {
        "wish": found,
        "wish_open": found is not None and found.state in OPEN_WISHES,
        "wish_letter": found is not None and found.state in {WishState.GRANTED, WishState.TOLD, WishState.REFUSED},
        "wish_due": answer_due(found) if found else None,
        "may_wish": policy.may_note(request.actor),
    }
