"""The list of benefits: urgent first, then unconfirmed, then the clocks. No word of placement."""

from pathlib import Path
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render as page
from django.urls import reverse
from django.views.decorators.http import require_POST

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.audit.actor import Role
from hilfefrei.apps.benefits import domain as verbs
from hilfefrei.apps.benefits import policy, queries, tasks
from hilfefrei.apps.benefits.models import Application, ApplicationOutcome, UrgentReport
from hilfefrei.apps.benefits.workflows import DECIDED_BY_BENEFITS, DECLARATION_LAW, URGENT_LAW, Outcome, PaperState
from hilfefrei.apps.intake import queries as intake
from hilfefrei.apps.intake.domain.asking import guardian_of, stage
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.people import policy as people_policy
from hilfefrei.apps.people import queries as people
from hilfefrei.core import clock
from hilfefrei.core.days import berlin_day, format_moment
from hilfefrei.www import notes
from hilfefrei.www.fields import GermanDateField
from hilfefrei.www.papers import hidden_of
from hilfefrei.www.requests import Request, next_of, op_of, words_of
from hilfefrei.www.sheets import AT_ONCE, Cell, xlsx
from hilfefrei.www.verbs import VerbForm

PAGE = 25
SHOWN_CLOSED = 25
SHOWN_REFUSALS = 5
# Headings of the table, and how wide.
COLUMNS = (
    ("Zeichen", 12), ("Aktenzeichen", 18), ("Name", 28), ("geboren", 12), ("gestellt", 17), ("Weg", 14), ("wirkt ab", 12),
    ("bestätigt", 17), ("Ausgang", 24),
)


class OutcomeForm(VerbForm):
    """The decision."""

    kind = forms.ChoiceField(label="Entscheidung", choices=[(o.value, o.label) for o in DECIDED_BY_BENEFITS])
    decided_on = GermanDateField(label="vom", required=True, not_future=True)
    granted_from = GermanDateField(label="bewilligt von")
    granted_to = GermanDateField(label="bis")
    provisional = forms.BooleanField(label="vorläufig, § 41a SGB II", required=False)
    hint_on = GermanDateField(label="schriftlicher Hinweis vom", not_future=True, help_text="nur bei „versagt“, § 66 Abs. 3 SGB I")
    hint_until = GermanDateField(label="Frist im Hinweis bis", help_text="nur bei „versagt“, die Frist ist vorbei")
    source = forms.CharField(label="Quelle", max_length=120, initial="Bescheid")


def benefits_list(request: Request) -> HttpResponse:
    """Everything that waits for an answer."""
    require(request.actor.has(Role.BENEFITS))
    now, today = clock.now(), clock.today()
    state = request.GET.get("stand", "offen")
    sort = request.GET.get("sort", "liste")
    words = words_of(request)
    rows = queries.applications(request.actor, today, state=state, words=words, sort=sort)
    if request.GET.get("form") == "xlsx":
        return _xlsx(request, list(rows.iterator(chunk_size=AT_ONCE)))
    shown = Paginator(rows, PAGE).get_page(request.GET.get("seite"))
    lines = queries.lines(list(shown), now, request.jobcenter.land)
    urgent = list(queries.urgent(request.actor, today)[:50])
    people.with_reach(request.actor, [report.person for report in urgent], today)
    talks = intake.benefits_talks(request.actor, now)
    closed = list(queries.lately_closed(request.actor, now)[:SHOWN_CLOSED])
    declared = list(queries.declarations(request.actor, today)[:50])
    audit.log_access(
        actor=request.actor,
        kind="search",
        page="benefits:list",
        person_ids=[r.person_id for r in (*urgent, *closed)] + [t.person.pk for t in talks]
        + [d.application.applicant_id for d in declared] + [line.application.applicant_id for line in lines],
        at=now,
    )
    query = request.GET.copy()
    query.pop("seite", None)
    refusals = tasks.refusals(Path(settings.DATA))
    return page(
        request,
        "benefits/list.html",
        {
            "undelivered": queries.undelivered(now),
            "refusals": refusals[:SHOWN_REFUSALS],
            "refused_files": len(refusals),
            "urgent": [(r, r.confirmed_at is None and r.due_at < now, URGENT_LAW.get(r.kind, "")) for r in urgent],
            "unanswered": sum(1 for r in urgent if r.confirmed_at is None),
            "talks": talks,
            "closed": closed,
            "declared": [(d, DECLARATION_LAW[d.kind]) for d in declared],
            "protected": queries.protected_cases(request.actor, now, request.jobcenter.land),
            "unconfirmed": queries.unconfirmed(request.actor, today),
            "sorts": {"liste": "unbestätigte zuerst", "alt": "älteste zuerst", "neu": "neueste zuerst", "name": "Name"},
            "lines": lines,
            "shown": shown,
            "state": state,
            "states": {**queries.STATE_FILTERS, "alle": "alle"},
            "sort": sort,
            "q": words,
            "query": query.urlencode(),
            "now": now,
        },
    )


def _xlsx(request: Request, found: list[Application]) -> HttpResponse:
    # Protected people are in no table that leaves the house.
    guarded = people_policy.guarded([r.applicant_id for r in found], clock.today())
    rows = [r for r in found if r.applicant_id not in guarded]
    audit.log_access(
        actor=request.actor, kind="export", page="benefits:list", person_ids=[r.applicant_id for r in rows], at=clock.now()
    )
    return xlsx("antraege.xlsx", "Anträge", COLUMNS, map(_cells, rows))


def _cells(row: Application) -> tuple[Cell, ...]:
    outcome = queries.outcome_of(row)
    return (
        row.reference,
        row.file_number,
        row.applicant.list_name,
        row.applicant.birth_date,
        row.asked_at,
        row.get_channel_display(),
        row.effect_from,
        row.confirmed_at,
        outcome.get_kind_display() if outcome else "offen",
    )


def _application(request: Request, application_id: UUID) -> Application:
    require(request.actor.has(Role.BENEFITS))
    try:
        return policy.get_application_for(request.actor, application_id, clock.today())
    except Application.DoesNotExist as error:
        raise Http404 from error


def application(request: Request, application_id: UUID) -> HttpResponse:
    """One application in the zone of benefits."""
    found = _application(request, application_id)
    now = clock.now()
    audit.log_access(actor=request.actor, kind="open", page="benefits:application", person_ids=[found.applicant_id], at=now)
    form = OutcomeForm(request.POST or None, initial={"decided_on": clock.today(), "granted_from": found.effect_from})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if form.run(
            verbs.record_outcome, request, application_id=found.pk, kind=Outcome(given["kind"]), decided_on=given["decided_on"],
            source=given["source"], granted_from=given["granted_from"], granted_to=given["granted_to"], provisional=given["provisional"],
            hint_on=given["hint_on"], hint_until=given["hint_until"],
        ):
            notes.done(request, "Entscheidung festgehalten. Der Eingang sieht sie.")
            return redirect("benefits:application", found.pk)
    same = people.linked_ids(found.applicant_id)
    declared = list(found.declarations.select_related("declared_by", "confirmed_by").order_by("declared_at", "id"))
    members = people.members(request.actor, [found.benefit_unit_id], clock.today())
    listed = list(found.papers.exclude(state=PaperState.NOT_NEEDED).select_related("person").order_by("due_on", "title", "id"))
    return page(
        request,
        "benefits/application.html",
        {
            "application": found,
            "person": found.applicant,
            "line": queries.lines([found], now, request.jobcenter.land)[0],
            "outcomes": found.outcomes.select_related("recorded_by").order_by("-recorded_at", "id"),
            "papers": listed,
            "unnamed": hidden_of(request, listed),
            "reports": queries.reports_of(same),
            # A report on a linked record of another team is read here and answered there.
            "answerable": set(policy.reports_for(request.actor, clock.today()).filter(person__in=same, closed_at=None).values_list("pk", flat=True)),
            "declared": [(d, DECLARATION_LAW[d.kind]) for d in declared],
            "stage": stage(found.applicant.birth_date, berlin_day(found.asked_at)),
            "guardian": guardian_of(found.applicant),
            "contact_url": "",
            "unread": any(d.confirmed_at is None for d in declared),
            "members": sorted(members, key=lambda m: m.membership.person_id != found.applicant_id),
            "in_two": people.in_two_for(request.actor, [m.membership for m in members], clock.today()),
            "letters_blocked": people.letters_blocked(found.applicant),
            "here": reverse("benefits:application", args=[found.pk]),
            "here_papers": reverse("benefits:application", args=[found.pk]) + "#unterlagen",
            "now": now,
            "reach": people.reach(request.actor, found.applicant, clock.today()),
            "form": form,
        },
        status=422 if form.errors else 200,
    )


@require_POST
def confirm(request: Request, application_id: UUID) -> HttpResponse:
    """We have it."""
    found = _application(request, application_id)
    verbs.confirm_application(
        actor=request.actor, at=clock.now(), op=op_of(request), application_id=found.pk, file_number=request.POST.get("file_number", "")
    )
    notes.done(request, f"Antrag {found.reference} bestätigt.")
    return redirect(next_of(request, reverse("benefits:list")))


@require_POST
def refusal_done(request: Request) -> HttpResponse:
    """Somebody has seen to the refused confirmations of a file."""
    require(request.actor.has(Role.BENEFITS))
    name, data = request.POST.get("name", ""), Path(settings.DATA)
    if any(one.name == name for one in tasks.refusals(data)):
        verbs.clear_refusal(actor=request.actor, at=clock.now(), op=op_of(request), name=name)
        tasks.clear_refusal(data, name)
        notes.done(request, f"Zurückgewiesene Bestätigungen aus „{name}“ sind erledigt.")
    else:
        notes.done(request, "Diese Datei ist schon erledigt.")
    return redirect("benefits:list")


@require_POST
def declaration(request: Request, declaration_id: UUID) -> HttpResponse:
    """We have the withdrawal, the waiver or its revocation."""
    require(request.actor.has(Role.BENEFITS))
    found = policy.declarations_for(request.actor, clock.today()).filter(pk=declaration_id).first()
    if found is None:
        raise Http404
    verbs.confirm_declaration(actor=request.actor, at=clock.now(), op=op_of(request), declaration_id=found.pk)
    notes.done(request, f"{found.get_kind_display()}: bestätigt.")
    return redirect(next_of(request, reverse("benefits:list")))


@require_POST
def complete(request: Request, application_id: UUID) -> HttpResponse:
    """Nothing is missing any more, or something is after all."""
    found = _application(request, application_id)
    complete = request.POST.get("complete") == "1"
    made = verbs.mark_complete(
        actor=request.actor, at=clock.now(), op=op_of(request), application_id=found.pk, complete=complete, reason=request.POST.get("reason", "")
    )
    since = f"Vollständig seit {format_moment(made.complete_at)} Uhr." if made.complete_at else "Nicht mehr vollständig."
    notes.done(request, since)
    return redirect("benefits:application", found.pk)


@require_POST
def unconfirm(request: Request, application_id: UUID) -> HttpResponse:
    """It was the wrong line."""
    found = _application(request, application_id)
    verbs.unconfirm_application(
        actor=request.actor, at=clock.now(), op=op_of(request), application_id=found.pk, reason=request.POST.get("reason", "")
    )
    notes.done(request, f"Bestätigung von {found.reference} zurückgenommen. Der Antrag wartet wieder.")
    return redirect("benefits:application", found.pk)


@require_POST
def revoke(request: Request, outcome_id: UUID) -> HttpResponse:
    """An outcome was wrong."""
    require(request.actor.has(Role.BENEFITS))
    outcome = ApplicationOutcome.objects.filter(
        pk=outcome_id, application__in=policy.applications_for(request.actor, clock.today())
    ).first()
    if outcome is None:
        raise Http404
    verbs.revoke_outcome(
        actor=request.actor, at=clock.now(), op=op_of(request), outcome_id=outcome.pk, reason=request.POST.get("reason", "")
    )
    notes.done(request, "Zurückgenommen. Der Antrag ist wieder offen, sein Tag ist derselbe.")
    return redirect("benefits:application", outcome.application_id)


@require_POST
def report(request: Request, report_id: UUID, act: str) -> HttpResponse:
    """Confirm an urgent report, close it with its result, or take the answer back."""
    require(request.actor.has(Role.BENEFITS))
    found = policy.reports_for(request.actor, clock.today()).filter(pk=report_id).first()
    if found is None or act not in {"bestaetigen", "erledigt", "zuruecknehmen"}:
        raise Http404
    now, op, result = clock.now(), op_of(request), request.POST.get("result", "")
    made: UrgentReport
    if act == "bestaetigen":
        made = verbs.confirm_report(actor=request.actor, at=now, op=op, report_id=found.pk, result=result)
    elif act == "erledigt":
        made = verbs.close_report(actor=request.actor, at=now, op=op, report_id=found.pk, result=result)
    else:
        made = verbs.reopen_report(actor=request.actor, at=now, op=op, report_id=found.pk, reason=request.POST.get("reason", ""))
    words = {"bestaetigen": "bestätigt", "erledigt": "erledigt"}.get(act, "wieder bestätigt" if made.confirmed_at else "wieder ohne Antwort")
    notes.done(request, f"{made.get_kind_display()}: {words}.")
    return redirect(next_of(request, reverse("benefits:list")))


@require_POST
def settle(request: Request, contradiction_id: UUID) -> HttpResponse:
    """What read differently here and in the paying system has been looked into."""
    found = policy.contradictions_for(request.actor, clock.today()).filter(pk=contradiction_id).first()
    if found is None:
        raise Http404
    verbs.settle_contradiction(actor=request.actor, at=clock.now(), op=op_of(request), contradiction_id=found.pk)
    notes.done(request, "Als geklärt vermerkt. Es gilt, was das zahlende Verfahren führt.")
    return redirect(next_of(request, reverse("people:detail", args=[found.person_id])))
