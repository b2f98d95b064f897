"""Hand-overs: what came to my teams, what we sent."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render as page
from django.views.decorators.http import require_POST

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.intake import policy
from hilfefrei.apps.intake.domain import agreement
from hilfefrei.apps.intake.models import Handover
from hilfefrei.apps.intake.workflows import HandoverState
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.people import policy as people_policy
from hilfefrei.core import clock
from hilfefrei.www import notes
from hilfefrei.www.requests import Request, op_of


def handovers(request: Request) -> HttpResponse:
    """Open ones first; whoever receives reads two sentences and the open promises before the file opens."""
    require(people_policy.may_see_placement(request.actor))
    rows = (
        policy.handovers_for(request.actor, clock.today())
        .select_related("entry__person", "team", "user", "sent_by", "answered_by")
        .prefetch_related("entry__promises")
        .order_by("-sent_at", "id")
    )
    listed = list(rows[:200])
    teams = request.actor.teams | request.actor.leads
    audit.log_access(
        actor=request.actor, kind="search", page="desk:handovers", person_ids=[h.entry.person_id for h in listed], at=clock.now()
    )
    waiting = [h for h in listed if h.state == HandoverState.SENT]
    return page(
        request,
        "desk/handovers.html",
        {
            "to_us": [h for h in waiting if h.team_id in teams],
            "from_us": [h for h in waiting if h.team_id not in teams],
            "done": [h for h in listed if h.state != HandoverState.SENT][:50],
            "may_answer": policy.may(request.actor, "answer_handover"),
            "today": clock.today(),
        },
    )


@require_POST
def answer(request: Request, handover_id: UUID, act: str) -> HttpResponse:
    """Accept, or return with a reason."""
    found = policy.handovers_for(request.actor, clock.today()).filter(pk=handover_id).first()
    if found is None or act not in {"annehmen", "zurueckgeben"}:
        raise Http404
    if act == "annehmen":
        agreement.accept_handover(actor=request.actor, at=clock.now(), op=op_of(request), handover_id=found.pk)
        notes.done(request, "Angenommen. Ihr Team ist jetzt zuständig.")
    else:
        agreement.return_handover(
            actor=request.actor, at=clock.now(), op=op_of(request), handover_id=found.pk, reason=request.POST.get("reason", "")
        )
        notes.done(request, "Zurückgegeben. Der Eingang sieht den Grund.")
    return redirect("desk:handovers")


@require_POST
def withdraw(request: Request, handover_id: UUID) -> HttpResponse:
    """The sender takes it back."""
    found: Handover | None = policy.handovers_for(request.actor, clock.today()).filter(pk=handover_id).first()
    if found is None:
        raise Http404
    agreement.withdraw_handover(actor=request.actor, at=clock.now(), op=op_of(request), handover_id=found.pk)
    notes.done(request, "Zurückgezogen.")
    return redirect("entrance:finished", found.entry_id)
