"""„Dann lasse ich es“ and the second pair of eyes."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render as page
from django.urls import reverse
from django.views.decorators.http import require_POST

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.benefits.models import Application
from hilfefrei.apps.benefits.queries import reports_of, running_for, standing
from hilfefrei.apps.benefits.workflows import Channel
from hilfefrei.apps.intake import policy, queries
from hilfefrei.apps.intake.domain import leave as verbs
from hilfefrei.apps.intake.models import Leave
from hilfefrei.apps.intake.workflows import BACK_BY_APPLICATION, LeaveAct
from hilfefrei.apps.people.models import Attendant
from hilfefrei.apps.people.queries import linked_ids
from hilfefrei.apps.people.workflows import AttendantKind
from hilfefrei.core import clock, days, periods
from hilfefrei.core.law.estimate import Band
from hilfefrei.www import estimating, notes, papers
from hilfefrei.www.entrance.forms import moment_of
from hilfefrei.www.entrance.talk_forms import LeaveForm
from hilfefrei.www.entrance.talk_page import entry_of
from hilfefrei.www.guards import allowed
from hilfefrei.www.proposals import all_values, home_of
from hilfefrei.www.requests import Request, op_of, privacy_on


@dataclass(frozen=True)
class Choice:
    """One of the three acts as the page explains it; ``why_not`` says why it cannot be chosen here."""

    key: str
    title: str
    what: str
    needs: str
    back: str
    why_not: str = ""


ACTS: tuple[Choice, ...] = (
    Choice(
        LeaveAct.ONLY_ASKED,
        "Nur gefragt, kein Antrag",
        "Sie wollten etwas wissen, aber kein Geld.",
        "Nichts. Es gibt keinen Antrag.",
        "Sie stellen den ersten Antrag. Er wirkt ab dem Ersten seines Monats.",
    ),
    Choice(
        LeaveAct.WITHDRAWN,
        "Antrag zurücknehmen",
        "Der Antrag gilt nicht mehr. Es gibt keinen Bescheid.",
        "Ihre Unterschrift. Ohne sie bleibt der Antrag offen. Unter 18 oder mit gesetzlicher Vertretung auch deren Zustimmung, § 36 Abs. 2 SGB I.",
        "Sie stellen einen neuen Antrag. Er wirkt in der Regel ab dem Ersten seines Monats.",
    ),
    Choice(
        LeaveAct.WAIVER,
        "Verzicht, § 46 SGB I",
        "Sie verzichten schriftlich auf Geld, das Ihnen zusteht, ganz oder zum Teil.",
        "Einen bestehenden Anspruch und Ihre Unterschrift, unter 18 oder mit gesetzlicher Vertretung auch deren Zustimmung. Unwirksam, wenn andere dadurch belastet werden, etwa ein Kind.",
        "Sie widerrufen, jederzeit für die Zukunft. Kein neuer Antrag nötig.",
    ),
)


@dataclass(frozen=True)
class Right:
    """One right to be explained."""

    key: str
    text: str


@allowed("leave")
def leave(request: Request, entry_id: UUID) -> HttpResponse:
    """Three legal acts kept apart; "the application stays open" stands first and is the only one chosen beforehand."""
    entry = entry_of(request, entry_id)
    now = clock.now()
    audit.log_access(actor=request.actor, kind="open", page="entrance:leave", person_ids=[entry.person_id], at=now)
    possible = verbs.possible_acts(entry.application)
    stays = not possible[LeaveAct.STAYS_OPEN]
    call = periods.working_days_after(clock.today(), 2, request.jobcenter.land)
    initial: dict[str, Any] = {"call_day": call, "call_time": days.parse_time("10:00")}
    if stays:
        initial["act"] = LeaveAct.STAYS_OPEN.value
    posted = None
    if request.method == "POST":
        posted = request.POST.copy()
        # The only primary button says so whatever else is ticked.
        if posted.get("stay"):
            posted["act"] = LeaveAct.STAYS_OPEN.value
    values = all_values(queries.current_answers(entry.pk))
    shown, _ = estimating.shown_of(
        request, entry, values, estimating.members_of(request.actor, entry), [], home=home_of(entry.person)
    )
    sign = shown.sign if shown else ""
    form = LeaveForm(posted, initial=initial | {"shown": sign})
    was_shown = posted.get("shown", "") if posted is not None else ""
    if posted is not None and was_shown and was_shown != sign:
        # What is kept as shown was shown: with the estimate of now the page comes once more.
        posted["shown"] = sign
        if form.is_valid():
            form.add_error(None, "Die Schätzung hat sich inzwischen geändert. Bitte zeigen Sie die neue und halten Sie es dann fest.")
    if form.is_bound and form.is_valid():
        made = form.run(verbs.record_leave, request, entry_id=entry.pk, estimate=_kept(shown) if was_shown else None, **_given(form.cleaned_data))
        if made is not None:
            notes.done(request, "Festgehalten. Bitte die Kopie mitgeben.")
            return redirect("entrance:leave_done", made.pk)
    return page(
        request,
        "entrance/leave.html",
        {
            "entry": entry,
            "person": entry.person,
            "application": entry.application,
            "stands": standing(entry.application) if entry.application else None,
            "form": form,
            "stays": stays,
            "estimate": shown,
            "acts": [replace(choice, why_not=possible[LeaveAct(choice.key)].removesuffix(".")) for choice in ACTS],
            "rights": [Right(key, text) for key, text in verbs.RIGHTS.items()],
            "explained": form["rights"].value() or [],
            "guarded": Attendant.objects.filter(person=entry.person, kind=AttendantKind.GUARDIAN, valid_to=None).order_by("id").first(),
            "consent": verbs.consent_needed(entry.person, clock.today()),
            "open_reports": reports_of(linked_ids(entry.person_id)).filter(closed_at=None),
            "earlier": entry.leaves.order_by("-at", "id"),
            "house": request.jobcenter,
            "now": now,
            "second_due": periods.working_days_after(clock.today(), verbs.SECOND_LOOK_WORKING_DAYS, request.jobcenter.land),
            "act": form["act"].value() or "",
            "bar_state": "Der Antrag ist offen." if stays else "",
        },
        status=422 if form.errors else 200,
    )


def _kept(shown: estimating.Shown | None) -> verbs.ShownEstimate | None:
    """The estimate as it was shown: the band, the law and the day."""
    return verbs.ShownEstimate(shown.band.low, shown.band.high, shown.found.state, shown.found.day) if shown else None


def _given(given: dict[str, Any]) -> dict[str, Any]:
    appointment = None
    if given["appointment_day"]:
        appointment = moment_of(given["appointment_day"], given["appointment_time"] or days.parse_time("9:00"))
    return {
        "act": LeaveAct(given["act"]),
        "words": given["words"],
        "rights": given["rights"],
        "signed": given["signed"],
        "signed_on": given["signed_on"],
        "representative": given["representative"],
        "call_at": moment_of(given["call_day"], given["call_time"]),
        "may_call": given["may_call"],
        "benefits_appointment_at": appointment,
    }


def _leave(request: Request, leave_id: UUID) -> Leave:
    found = (
        policy.leaves_for(request.actor, clock.today())
        .filter(pk=leave_id)
        .select_related("entry__person", "application", "explained_by")
        .first()
    )
    if found is None:
        raise Http404
    return found


def _estimated(made: Leave) -> str:
    """The estimate that was shown, in words; empty where none was."""
    if made.estimate_cents is None:
        return ""
    high = made.estimate_cents if made.estimate_high_cents is None else made.estimate_high_cents
    return estimating.euros(Band(made.estimate_cents, high))


def later_application(made: Leave) -> Application | None:
    """The application that followed a withdrawal or a question."""
    if made.act not in BACK_BY_APPLICATION:
        return None
    rows = made.entry.person.applications.filter(recorded_at__gte=made.at).order_by("asked_at", "id")
    return next((row for row in rows if row.pk != made.application_id), None)


@allowed("leave")
def leave_done(request: Request, leave_id: UUID) -> HttpResponse:
    """What was recorded, the copy, the way back."""
    made = _leave(request, leave_id)
    audit.log_access(
        actor=request.actor, kind="open", page="entrance:leave_done", person_ids=[made.entry.person_id], at=clock.now()
    )
    calls = [{"note": call["note"], "at": datetime.fromisoformat(call["at"])} for call in made.calls]
    undone = verbs.withdrawal_undone(made)
    by_application, later = made.act in BACK_BY_APPLICATION, later_application(made)
    looks = [
        look | {"at": datetime.fromisoformat(look["at"]), "mended_at": datetime.fromisoformat(look["mended_at"])} for look in made.looks
    ]
    return page(
        request,
        "entrance/leave_done.html",
        {"leave": made, "person": made.entry.person, "rights": verbs.RIGHTS, "calls": calls, "looks": looks, "estimate": _estimated(made)}
        | {
            "channels": Channel.choices,
            "by_application": by_application,
            "undone": undone,
            "later": later,
            "running": running_for(made.entry.person_id, clock.today())[0] if by_application and later is None and not undone else "",
        }
        | {"unexplained": [Right(key, text) for key, text in verbs.RIGHTS.items() if key not in made.rights]},
    )


@allowed("leave")
def leave_copy(request: Request, leave_id: UUID) -> HttpResponse:
    """The person's copy as PDF."""
    made = _leave(request, leave_id)
    audit.log_access(
        actor=request.actor, kind="open", page="entrance:leave_copy", person_ids=[made.entry.person_id], at=clock.now()
    )
    return papers.pdf(papers.leave_copy(request, made), "kopie.pdf")


@require_POST
@allowed("leave")
def hand_copy(request: Request, leave_id: UUID) -> HttpResponse:
    """Print the copy for the person: noted as handed out, then shown."""
    made = _leave(request, leave_id)
    verbs.hand_copy(actor=request.actor, at=clock.now(), op=op_of(request), leave_id=made.pk)
    return redirect("entrance:leave_copy", made.pk)


@require_POST
@allowed("leave")
def leave_called(request: Request, leave_id: UUID) -> HttpResponse:
    """We asked whether the money is enough."""
    made = _leave(request, leave_id)
    called = verbs.note_leave_call(
        actor=request.actor, at=clock.now(), op=op_of(request), leave_id=made.pk, note=request.POST.get("note", "")
    )
    notes.done(request, f"Festgehalten. Nächster Anruf: {days.format_moment(called.call_at, today=clock.today())}." if called.call_at else "Festgehalten.")
    return redirect("entrance:leave_done", made.pk)


@require_POST
@allowed("leave")
def leave_mend(request: Request, leave_id: UUID) -> HttpResponse:
    """What the second look found missing is added; somebody else looks again."""
    made = _leave(request, leave_id)
    mended = verbs.mend_leave(
        actor=request.actor,
        at=clock.now(),
        op=op_of(request),
        leave_id=made.pk,
        note=request.POST.get("note", ""),
        rights=request.POST.getlist("rights"),
    )
    notes.done(request, f"Nachgetragen. Eine zweite Person sieht es bis {days.format_day(mended.second_due_on)} noch einmal an.")
    return redirect("entrance:leave_done", made.pk)


@require_POST
@allowed("leave")
def leave_revoke(request: Request, leave_id: UUID) -> HttpResponse:
    """The person comes back, at any time."""
    made = _leave(request, leave_id)
    verbs.revoke_leave(
        actor=request.actor, at=clock.now(), op=op_of(request), leave_id=made.pk, note=request.POST.get("note", "")
    )
    notes.done(request, "Widerrufen. Das alte Datum bleibt sichtbar.")
    return redirect("entrance:leave_done", made.pk)


@require_POST
@allowed("leave")
def leave_apply(request: Request, leave_id: UUID) -> HttpResponse:
    """Who withdrew or only asked wants money now: one button, one application."""
    made = _leave(request, leave_id)
    channel = request.POST.get("channel", "")
    verbs.apply_again(
        actor=request.actor,
        at=clock.now(),
        op=op_of(request),
        leave_id=made.pk,
        channel=Channel(channel) if channel in Channel.values else Channel.IN_PERSON,
        note=request.POST.get("note", ""),
        anyway=request.POST.get("anyway") == "on",
    )
    notes.done(request, "Neuer Antrag aufgenommen. Er steht auf der Liste der Leistungsstelle. Das alte Datum bleibt sichtbar.")
    return redirect("entrance:leave_done", made.pk)


@allowed("second_look")
def second_looks(request: Request) -> HttpResponse:
    """Everything that waits for a second pair of eyes."""
    today = clock.today()
    rows = list(queries.second_looks(request.actor, today))
    recent = list(
        policy.leaves_for(request.actor, today)
        .filter(second_at__gte=clock.now() - timedelta(days=31))
        .select_related("entry__person", "second_by", "explained_by")
        .order_by("-second_at", "id")[:25]
    )
    returned = list(queries.returned_leaves(request.actor, today))
    may_call = policy.may(request.actor, "leave")
    _, friday = queries.week_of(today)
    calls = list(queries.leave_calls(request.actor, today, queries.day_bounds(friday)[1])) if may_call else []
    audit.log_access(
        actor=request.actor,
        kind="search",
        page="entrance:second_looks",
        person_ids=list(dict.fromkeys(r.entry.person_id for r in (*rows, *returned, *recent, *calls))),
        at=clock.now(),
    )
    return page(
        request,
        "entrance/second_looks.html",
        {
            "rows": rows,
            "returned": returned,
            "recent": recent,
            "calls": calls,
            "may_call": may_call,
            "privacy": privacy_on(request),
            "today": today,
            "now": clock.now(),
            "rights": verbs.RIGHTS,
        },
    )


@require_POST
@allowed("second_look")
def second_look(request: Request, leave_id: UUID) -> HttpResponse:
    """In order, or back with a sentence."""
    made = _leave(request, leave_id)
    verbs.second_look(
        actor=request.actor,
        at=clock.now(),
        op=op_of(request),
        leave_id=made.pk,
        ok=request.POST.get("ok") == "yes",
        note=request.POST.get("note", ""),
    )
    notes.done(request, "Angesehen.")
    return redirect(reverse("entrance:second_looks"))
