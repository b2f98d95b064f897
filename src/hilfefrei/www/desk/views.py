"""Hand-overs: what came to my teams, what we sent."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render as page
from django.views.decorators.http import require_POST

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.audit.actor import Role
from hilfefrei.apps.benefits import queries as benefits
from hilfefrei.apps.intake import policy, queries
from hilfefrei.apps.intake.domain import agreement
from hilfefrei.apps.intake.models import Handover
from hilfefrei.apps.intake.workflows import HandoverState
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.people import policy as people_policy
from hilfefrei.core import clock, names
from hilfefrei.www import notes
from hilfefrei.www.guards import allowed
from hilfefrei.www.requests import Request, op_of, privacy_on, words_of

PAGE = 25


def handovers(request: Request) -> HttpResponse:
    """Open ones first; whoever receives reads two sentences and the open promises before the file opens."""
    require(people_policy.may_see_placement(request.actor))
    actor, today = request.actor, clock.today()
    teams = actor.teams | actor.leads
    rows = queries.handovers(actor, today)
    words = words_of(request)
    if words:
        rows = rows.filter(entry__person__search_name__contains=names.fold(words))
    mine = request.GET.get("wer") == "ich"
    if mine:
        rows = rows.filter(user__in=actor.user_ids) | rows.filter(sent_by__in=actor.user_ids)
    waiting = list(rows.filter(state=HandoverState.SENT).order_by("answer_due_on", "sent_at", "id"))
    done = Paginator(rows.exclude(state=HandoverState.SENT), PAGE).get_page(request.GET.get("seite"))
    shown = [*waiting, *done]
    for handover in waiting:
        handover.goes_on = queries.goes_on(handover.entry)  # type: ignore[attr-defined]  # for the template
    # What benefits has not answered in time lies with the lead; this is the page a lead begins with.
    escalated = list(benefits.escalated(actor, today)) if actor.has(Role.TEAM_LEAD) else []
    audit.log_access(
        actor=actor,
        kind="search",
        page="desk:handovers",
        person_ids=list(dict.fromkeys([h.entry.person_id for h in shown] + [r.person_id for r in escalated])),
        at=clock.now(),
    )
    return page(
        request,
        "desk/handovers.html",
        {
            "to_us": [h for h in waiting if h.team_id in teams],
            "from_us": [h for h in waiting if h.team_id not in teams],
            "done": done,
            "escalated": escalated,
            "urgent_phone": request.jobcenter.urgent_phone,
            "may_answer": policy.may(actor, "answer_handover"),
            "privacy": privacy_on(request),
            "today": today,
            "q": words,
            "mine": mine,
        },
    )


def _handover(request: Request, handover_id: UUID) -> Handover:
    found: Handover | None = policy.handovers_for(request.actor, clock.today()).filter(pk=handover_id).first()
    if found is None:
        raise Http404
    return found


@require_POST
@allowed("answer_handover")
def answer(request: Request, handover_id: UUID, act: str) -> HttpResponse:
    """Accept, or return with a reason."""
    found = _handover(request, handover_id)
    if act == "annehmen":
        goes_on = queries.goes_on(found.entry)
        agreement.accept_handover(actor=request.actor, at=clock.now(), op=op_of(request), handover_id=found.pk)
        notes.done(request, f"Angenommen. Ihr Team ist jetzt zuständig. {goes_on}".strip())
        return redirect("people:detail", found.entry.person_id)
    if act != "zurueckgeben":
        raise Http404
    agreement.return_handover(
        actor=request.actor, at=clock.now(), op=op_of(request), handover_id=found.pk, reason=request.POST.get("reason", "")
    )
    notes.done(request, "Zurückgegeben. Der Eingang sieht den Grund.")
    return redirect("desk:handovers")


@require_POST
@allowed("talk")
def withdraw(request: Request, handover_id: UUID) -> HttpResponse:
    """The sender takes it back."""
    found = _handover(request, handover_id)
    agreement.withdraw_handover(actor=request.actor, at=clock.now(), op=op_of(request), handover_id=found.pk)
    notes.done(request, "Zurückgezogen.")
    return redirect("entrance:finished", found.entry_id)
