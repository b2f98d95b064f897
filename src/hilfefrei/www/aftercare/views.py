"""Asking how it goes, 1, 3, 6 and 12 months after work began or ViA ended: whom, on what basis, and what came of it."""

from uuid import UUID

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render as page
from django.views.decorators.http import require_POST

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.intake import queries
from hilfefrei.apps.intake.domain import follow_up as verbs
from hilfefrei.apps.intake.models import FollowUp
from hilfefrei.apps.intake.workflows import FollowUpResult
from hilfefrei.apps.people import policy as people_policy
from hilfefrei.apps.people import queries as people
from hilfefrei.core import clock
from hilfefrei.www import notes
from hilfefrei.www.fields import GermanDateField
from hilfefrei.www.guards import allowed
from hilfefrei.www.requests import Request, op_of, privacy_on
from hilfefrei.www.verbs import VerbForm

# So many lines at once; what is due longest stands first.
PAGE = 25
RECENT = 50


class FollowUpForm(VerbForm):
    """What came of one call."""

    result = forms.ChoiceField(label="Was kam heraus?", choices=[("", "bitte wählen"), *FollowUpResult.choices])
    ended_on = GermanDateField(label="Arbeit zu Ende am", not_future=True, help_text="nur bei „Arbeit zu Ende“")
    next_on = GermanDateField(label="wieder am", help_text="nur bei „nicht erreicht“")
    note = forms.CharField(label="in einem Satz", required=False, max_length=200)


def _question(request: Request, person_id: UUID) -> queries.Question | None:
    return next((q for q in queries.questions(request.actor, clock.today()) if q.person.pk == person_id), None)


@allowed("follow_up")
def questions(request: Request) -> HttpResponse:
    """Whom to ask, due first."""
    today, actor = clock.today(), request.actor
    rows = queries.questions(actor, today)
    recent = list(queries.follow_ups_of(actor, today)[:RECENT])
    shown = Paginator(rows, PAGE).get_page(request.GET.get("seite"))
    people.with_reach(actor, [q.person for q in shown], today)
    ids = [q.person.pk for q in shown] + [f.person_id for f in recent]
    audit.log_access(actor=actor, kind="search", page="aftercare:questions", person_ids=list(dict.fromkeys(ids)), at=clock.now())
    return page(
        request,
        "aftercare/questions.html",
        {
            "rows": shown,
            "due": sum(1 for q in rows if q.due.due_on <= today),
            "protected": queries.protected_questions(actor, today),
            "recent": recent,
            "today": today,
            "privacy": privacy_on(request),
        },
    )


@allowed("follow_up")
def record(request: Request, person_id: UUID) -> HttpResponse:
    """Note what came of the call."""
    if not people_policy.visible_to(request.actor, clock.today()).filter(pk=person_id).exists():
        raise Http404
    found = _question(request, person_id)
    if found is None:
        notes.failed(request, "Für diese Person ist gerade keine Nachfrage fällig.")
        return redirect("aftercare:questions")
    form = FollowUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        made = form.run(
            verbs.record_follow_up, request, person_id=person_id, result=FollowUpResult(given["result"]),
            fact_id=found.anchor.fact_id, entry_id=found.anchor.entry_id,
            ended_on=given["ended_on"], next_on=given["next_on"], note=given["note"],
        )  # fmt: skip
        if made is not None:
            notes.done(request, "Vermerkt.")
            return redirect("aftercare:questions")
    audit.log_access(actor=request.actor, kind="open", page="aftercare:record", person_ids=[person_id], at=clock.now())
    context = {"question": found, "form": form, "privacy": privacy_on(request), "today": clock.today()}
    return page(request, "aftercare/record.html", context, status=422 if form.errors else 200)


@require_POST
@allowed("follow_up")
def revoke(request: Request, follow_up_id: UUID) -> HttpResponse:
    """Take a wrong note back."""
    visible = people_policy.visible_to(request.actor, clock.today())
    found = FollowUp.objects.filter(pk=follow_up_id, person__in=visible).first()
    if found is None:
        raise Http404
    verbs.revoke_follow_up(
        actor=request.actor, at=clock.now(), op=op_of(request), follow_up_id=found.pk, reason=request.POST.get("reason", "")
    )
    notes.done(request, "Zurückgenommen. Die Nachfrage ist wieder fällig.")
    return redirect("aftercare:questions")
