"""Urgent need, the application with outcome and facts, its papers."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render as page
from django.urls import reverse
from django.views.decorators.http import require_POST

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.benefits import domain as benefits
from hilfefrei.apps.benefits import policy as benefits_policy
from hilfefrei.apps.benefits import queries as reads
from hilfefrei.apps.benefits.models import Application, UrgentReport
from hilfefrei.apps.benefits.workflows import URGENT_LAW, Outcome, PaperState, UrgentKind
from hilfefrei.apps.intake import policy
from hilfefrei.apps.intake import queries as intake_reads
from hilfefrei.apps.intake.domain import conversation, needs
from hilfefrei.apps.intake.domain import entry as entry_verbs
from hilfefrei.apps.intake.domain import facts as fact_verbs
from hilfefrei.apps.intake.domain.asking import guardian_of, stage
from hilfefrei.apps.intake.models import Entry, Fact
from hilfefrei.apps.intake.workflows import EndKind, EntryState, FactKind
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.people import policy as people_policy
from hilfefrei.apps.people import queries as people_reads
from hilfefrei.apps.people.models import Person
from hilfefrei.apps.people.workflows import ResponsibilityKind
from hilfefrei.core import clock, clocks, days
from hilfefrei.core import papers as paper_rules
from hilfefrei.core.month import Change, so_far
from hilfefrei.www import from_paper, notes, papers
from hilfefrei.www.entrance.forms import UrgentForm
from hilfefrei.www.entrance.talk_page import entry_of
from hilfefrei.www.fields import EuroField, GermanDateField, HoursField
from hilfefrei.www.requests import Request, next_of, op_of
from hilfefrei.www.verbs import VerbForm

# What an application can end with, what it means, who says so (design "ausgang").
ENDINGS: tuple[tuple[Outcome, str, str], ...] = (
    (Outcome.GRANTED, "Geld kommt, ganz oder zum Teil, auch vorläufig.", "entscheidet Leistungsstelle"),
    (Outcome.REFUSED, "Kein Anspruch, mit Bescheid. Widerspruch ist möglich.", "entscheidet Leistungsstelle"),
    (Outcome.DENIED, "Nur mit Bescheid nach schriftlichem Hinweis. Nachholen bleibt möglich. § 66 SGB I", "entscheidet Leistungsstelle"),
    (Outcome.WITHDRAWN, "Die Person hat es selbst unterschrieben. Ein neuer Antrag zählt neu, meist ab dessen Monat.", "mit Unterschrift"),
    (Outcome.MOVED, "Anderes Jobcenter ist zuständig. Wir geben den Antrag weiter, der Tag bleibt.", "mit Empfänger"),
)
QUICK_FACTS = (FactKind.WORK, FactKind.TRAINING, FactKind.COURSE, FactKind.BENEFIT_APPLIED, FactKind.BENEFIT_PAYS)


class FactForm(VerbForm):
    """A fact with date and source."""

    kind = forms.ChoiceField(label="Was hat sich geändert?", choices=FactKind.choices)
    since = GermanDateField(label="seit", required=True)
    what = forms.CharField(label="was genau", required=False, max_length=200)
    hours = HoursField(label="Stunden je Woche")
    gross = EuroField(label="brutto im Monat")
    through_us = forms.BooleanField(label="aus unserem Vorschlag", required=False)
    source = forms.CharField(label="woher wir es wissen", max_length=120, initial="sagt die Person selbst")


class MovedForm(VerbForm):
    """Somebody moved to another Jobcenter, which goes on with the application."""

    decided_on = GermanDateField(label="weggezogen am", required=True, not_future=True)
    source = forms.CharField(label="neuer Träger, woher wir es wissen", max_length=120)


class EndForm(VerbForm):
    """End the way through ViA."""

    kind = forms.ChoiceField(label="Wie endet ViA?", choices=EndKind.choices)
    ended_on = GermanDateField(label="am", required=True)
    next = forms.ChoiceField(
        label="Wer ist danach zuständig?",
        required=False,
        help_text="Ohne Wahl: bei Arbeit und Ausbildung, wer jetzt zuständig ist, für sechs Monate (§ 16g Abs. 2 SGB II); "
        "bei „übergeben“, wer angenommen hat; sonst niemand. Läuft ein Antrag oder Geld weiter, bitte wählen.",
    )
    note = forms.CharField(label="dazu", required=False, max_length=300)


class LetGoForm(VerbForm):
    """Whoever stayed responsible after ViA no longer is."""


def person_of(request: Request, person_id: UUID) -> Person:
    """The person, or 404."""
    try:
        return people_policy.get_person_for(request.actor, person_id, clock.today())
    except Person.DoesNotExist as error:
        raise Http404 from error


def application_of(request: Request, application_id: UUID) -> Application:
    """The application, or 404."""
    try:
        return benefits_policy.get_application_for(request.actor, application_id, clock.today())
    except Application.DoesNotExist as error:
        raise Http404 from error


def urgent(request: Request, person_id: UUID) -> HttpResponse:
    """What cannot wait: report, remind, give to the lead; benefits decide."""
    require(benefits_policy.may_record(request.actor) and people_policy.may_see_placement(request.actor))
    person = person_of(request, person_id)
    now, today = clock.now(), clock.today()
    audit.log_access(actor=request.actor, kind="open", page="entrance:urgent", person_ids=[person.pk], at=now)
    application = reads.current_of(person)
    form = UrgentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        made = form.run(
            needs.report_need,
            request,
            person_id=person.pk,
            kind=UrgentKind(given["kind"]),
            detail=given["detail"],
            money_until=given["money_until"],
            happened_at=form.happened_at,
        )
        if made is not None:
            new = made.application_id is not None and made.application_id != (application.pk if application else None)
            applied = " Damit ist der Antrag gestellt." if new else ""
            notes.done(request, f"{made.get_kind_display()} ist der Leistungsstelle gemeldet.{from_paper.in_words(form.happened_at)}{applied}")
            return redirect("entrance:urgent", person.pk)
    reports = list(reads.reports_of(person.pk))
    unanswered = [r for r in reports if r.confirmed_at is None and r.closed_at is None]
    # The need itself goes before the wish for an advance that was reported in the same minute.
    waiting = min(unanswered, key=lambda r: (r.due_at, r.kind == UrgentKind.ADVANCE, r.kind), default=None)
    standing = reads.newest(r for r in reports if r.closed_at is None)
    entry = intake_reads.open_entry_of(person.pk)
    return page(
        request,
        "entrance/urgent.html",
        {
            "person": person,
            "application": application,
            "stands": reads.standing(application) if application else None,
            "applies": not reads.running(person, today),
            "form": form,
            "reports": [(r, URGENT_LAW.get(r.kind, "")) for r in reports],
            "needs": ", ".join(r.get_kind_display() for r in standing),
            "money_until": min((r.money_until for r in standing if r.money_until), default=None),
            "waiting": waiting,
            "late": waiting is not None and waiting.due_at < now,
            "escalates_at": reads.escalates_at(waiting) if waiting else None,
            "answered": waiting is None and bool(reports),
            "advance_until": clocks.advance_due(today),
            "entry": entry,
            "now": now,
            "house": request.jobcenter,
            "letters_blocked": people_reads.letters_blocked(person),
            "reach": people_reads.reach(request.actor, person, today),
        },
        status=422 if form.errors else 200,
    )


@require_POST
def urgent_act(request: Request, report_id: UUID, act: str) -> HttpResponse:
    """Note a call, report again, or give it to the lead now."""
    require(benefits_policy.may_record(request.actor))
    report = benefits_policy.reports_for(request.actor, clock.today()).filter(pk=report_id).first()
    if report is None or act not in {"anruf", "erneut", "leitung"}:
        raise Http404
    now, op = clock.now(), op_of(request)
    if act == "leitung":
        benefits.escalate_report(actor=request.actor, at=now, op=op, report_id=report.pk)
        notes.done(request, "Liegt bei der Leitung.")
    else:
        benefits.remind_report(actor=request.actor, at=now, op=op, report_id=report.pk, how=act)
        notes.done(request, "Vermerkt.")
    return redirect("entrance:urgent", report.person_id)


@require_POST
def apply(request: Request, entry_id: UUID) -> HttpResponse:
    """Somebody wishes for money after all: now, with the answer that told of it, or already at the contact posted along."""
    require(policy.may(request.actor, "talk"))
    entry = entry_of(request, entry_id)
    contact, moment = None, from_paper.posted(request)
    if request.POST.get("when") == "contact":
        moment = None
        contact = next((c for c in entry.person.first_contacts.order_by("id") if str(c.pk) == request.POST.get("contact")), None)
        if contact is None:
            raise Http404
    conversation.apply(
        actor=request.actor,
        at=clock.now(),
        op=op_of(request),
        entry_id=entry.pk,
        contact_id=contact.pk if contact else None,
        as_said=request.POST.get("when") == "answer",
        reason=request.POST.get("reason", ""),
        anyway=request.POST.get("anyway") == "on",
        happened_at=moment,
    )
    notes.done(request, f"Antrag aufgenommen.{from_paper.in_words(moment)} Er steht auf der Liste der Leistungsstelle.")
    return redirect(next_of(request, reverse("entrance:conversation", args=[entry.pk])))


def application(request: Request, application_id: UUID) -> HttpResponse:
    """How it ended: one outcome, facts beside it, the end of ViA."""
    require(benefits_policy.may_record(request.actor) and people_policy.may_see_placement(request.actor))
    found = application_of(request, application_id)
    now = clock.now()
    audit.log_access(
        actor=request.actor, kind="open", page="entrance:application", person_ids=[found.applicant_id], at=now
    )
    entry = intake_reads.way_of(found)
    moved_form = MovedForm(request.POST if request.POST.get("form") == "moved" else None)
    beside = _Beside(request, found.applicant, entry)
    if beside.done():
        return redirect("entrance:application", found.pk)
    if moved_form.is_bound and moved_form.is_valid():
        given = moved_form.cleaned_data
        if moved_form.run(
            benefits.record_outcome, request, application_id=found.pk, kind=Outcome.MOVED,
            decided_on=given["decided_on"], source=given["source"],
        ):
            notes.done(request, "Weggezogen ist festgehalten. Der Tag des Antrags bleibt.")
            return redirect("entrance:application", found.pk)
    line = reads.lines([found], now, request.jobcenter.land)[0]
    context = beside.context()
    facts = [fact for fact, _ in context["facts"]]
    return page(
        request,
        "entrance/application.html",
        {
            "stage": stage(found.applicant.birth_date, days.berlin_day(found.asked_at)),
            "guardian": guardian_of(found.applicant),
            "application": found,
            "line": line,
            "outcomes": found.outcomes.select_related("recorded_by").order_by("-recorded_at", "id"),
            "counts": _counts(line, facts, entry.since if entry else found.asked_at),
            "endings": ENDINGS,
            "moved_form": moved_form,
            "later": entry.application if entry and entry.application_id != found.pk and line.outcome else None,
            "first_offer": entry.first_offer_at - entry.since if entry and entry.first_offer_at else None,
            **context,
        },
        status=422 if moved_form.errors or beside.refused else 200,
    )


def way_out(request: Request, entry_id: UUID) -> HttpResponse:
    """The same beside no application: whoever only asked may find work too, and their way through ViA ends."""
    require(benefits_policy.may_record(request.actor) and people_policy.may_see_placement(request.actor))
    entry = entry_of(request, entry_id)
    if entry.application_id is not None:
        return redirect("entrance:application", entry.application_id)
    audit.log_access(actor=request.actor, kind="open", page="entrance:way_out", person_ids=[entry.person_id], at=clock.now())
    beside = _Beside(request, entry.person, entry)
    if beside.done():
        return redirect("entrance:way_out", entry.pk)
    return page(request, "entrance/way_out.html", beside.context(), status=422 if beside.refused else 200)


class _Beside:
    """What stands beside an application or goes without one: facts, and the end of ViA."""

    def __init__(self, request: Request, person: Person, entry: Entry | None) -> None:
        self.request, self.person, self.entry = request, person, entry
        which, self.asked = request.POST.get("form", ""), request.GET.get("neu", "")
        self.fact_form = FactForm(
            request.POST if which == "fact" else None,
            initial={
                "kind": self.asked if self.asked in FactKind.values else FactKind.WORK,
                "since": clock.today(),
                "what": request.GET.get("was", "")[:200],
            },
        )
        version = entry.version if entry else None
        self.end_form = EndForm(request.POST if which == "end" else None, version=version)
        self.let_go_form = LetGoForm(request.POST if which == "let_go" else None, version=version)
        self.ended = entry is not None and entry.state == EntryState.ENDED
        if entry is not None and not self.ended:
            choices = [("", "noch nicht gewählt"), *intake_reads.next_choices(person.pk, clock.today())]
            self.end_form.fields["next"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField

    @property
    def refused(self) -> bool:
        """Whether something that was posted was not taken."""
        return bool(self.fact_form.errors or self.end_form.errors or self.let_go_form.errors)

    def done(self) -> bool:
        """Do what was posted; False where nothing was, or it was refused."""
        if self.fact_form.is_bound and self.fact_form.is_valid() and self._add_fact():
            notes.done(self.request, "Festgehalten.")
            return True
        if self.entry is not None and self.end_form.is_bound and self.end_form.is_valid():
            given = self.end_form.cleaned_data
            team_id, _, user_id = given["next"].partition(":")
            if self.end_form.run(
                entry_verbs.end_via, self.request, entry_id=self.entry.pk, kind=EndKind(given["kind"]), ended_on=given["ended_on"],
                note=given["note"], next_team_id=UUID(team_id) if team_id else None, next_user_id=UUID(user_id) if user_id else None,
                version=given["version"],
            ):
                goes_on = "" if intake_reads.takes_application(self.entry) else " Der Antrag läuft weiter."
                notes.done(self.request, f"ViA ist beendet.{goes_on} Plätze nach diesem Tag sind wieder frei.")
                return True
        if self.entry is not None and self.let_go_form.is_bound and self.let_go_form.is_valid():
            version = self.let_go_form.cleaned_data["version"]
            if self.let_go_form.run(entry_verbs.let_go, self.request, entry_id=self.entry.pk, version=version):
                notes.done(self.request, "Die Zuständigkeit von ViA endet heute.")
                return True
        return False

    def _add_fact(self) -> Fact | None:
        given = self.fact_form.cleaned_data
        return self.fact_form.run(
            fact_verbs.add_fact,
            self.request,
            person_id=self.person.pk,
            entry_id=self.entry.pk if self.entry else None,
            kind=FactKind(given["kind"]),
            since=given["since"],
            what=given["what"],
            hours=given["hours"],
            gross_cents=given["gross"],
            through_us=given["through_us"] if given["kind"] == FactKind.WORK else None,
            source=given["source"],
        )

    def context(self) -> dict[str, Any]:
        """For ``parts/facts.html`` and ``parts/via_end.html``."""
        known = list(
            Fact.objects.filter(person=self.person).select_related("recorded_by").order_by("-since", "-recorded_at", "id")
        )
        facts = [f for f in known if f.revoked_at is None]
        pays = {f.what for f in facts if f.kind == FactKind.BENEFIT_PAYS}
        following = intake_reads.responsible_next(self.person.pk, clock.today()) if self.ended else []
        return {
            "person": self.person,
            "entry": self.entry,
            "facts": [(f, f.kind == FactKind.BENEFIT_APPLIED and f.what not in pays) for f in facts],
            "revoked_facts": [f for f in known if f.revoked_at is not None],
            "runs": self.entry is not None and not intake_reads.takes_application(self.entry),
            "quick": [(kind.value, kind.label) for kind in QUICK_FACTS],
            "adding": self.asked in FactKind.values,
            "fact_form": self.fact_form,
            "end_form": self.end_form,
            "let_go_form": self.let_go_form,
            "ended": self.ended,
            "run_out": self.entry is not None and self.entry.via_to is not None and self.entry.via_to <= clock.today(),
            "next_responsible": following,
            "stays": any(r.kind == ResponsibilityKind.ENTRANCE for r in following),
        }


def _counts(line: reads.Line, facts: list[Fact], contact: datetime) -> dict[str, list[str]]:
    """How it goes into the report: the one outcome, what stands beside it, and what does not count, as in the month's figures."""
    today, since = clock.today(), days.berlin_day(contact)
    pays = {f.what for f in facts if f.kind == FactKind.BENEFIT_PAYS}
    counted, not_yet = [], []
    for fact in facts:
        words = f"{fact.get_kind_display()}{' aus unserem Vorschlag' if fact.through_us else ''}"
        if fact.kind == FactKind.BENEFIT_APPLIED:
            if fact.what not in pays:
                not_yet.append("andere Leistung, sie zahlt noch nicht")
        elif fact.kind == FactKind.ALG_CLAIM:
            continue
        elif so_far(Change(fact.person_id, fact.kind, fact.since, fact.until), since, today):
            counted.append(words)
        elif fact.since > today:
            not_yet.append(f"{words}, beginnt erst am {days.format_day(fact.since, year=True)}")
        else:
            not_yet.append(f"{words}, {'war schon vor dem Kontakt' if fact.since < since else 'ist schon zu Ende'}")
    return {
        "Antrag": [f"1 Mal „{line.outcome.get_kind_display()}“" if line.outcome else "offen, noch kein Ausgang"],
        "daneben": counted,
        "für sich": ["an die Agentur verwiesen" for f in facts if f.kind == FactKind.ALG_CLAIM],
        "nicht": not_yet,
    }


@require_POST
def fact_revoke(request: Request, fact_id: UUID) -> HttpResponse:
    """Take a fact back with a reason."""
    fact = Fact.objects.filter(pk=fact_id, person__in=people_policy.visible_to(request.actor, clock.today())).first()
    if fact is None or not policy.may(request.actor, "facts"):
        raise Http404
    fact_verbs.revoke_fact(
        actor=request.actor, at=clock.now(), op=op_of(request), fact_id=fact.pk, reason=request.POST.get("reason", "")
    )
    notes.done(request, "Zurückgenommen.")
    return redirect(next_of(request, reverse("people:detail", args=[fact.person_id])))


def paper_list(request: Request, application_id: UUID) -> HttpResponse:
    """Papers by person: what is here, what may follow, what is missing, and what we do not ask."""
    require(benefits_policy.may_handle_papers(request.actor) and people_policy.may_see_placement(request.actor))
    found = application_of(request, application_id)
    audit.log_access(
        actor=request.actor, kind="open", page="entrance:papers", person_ids=[found.applicant_id], at=clock.now()
    )
    rows = list(
        found.papers.exclude(state=PaperState.NOT_NEEDED).select_related("person", "seen_by").order_by("due_on", "title", "id")
    )
    rows.sort(key=lambda r: (r.person is not None and r.person_id != found.applicant_id, r.person.birth_date or date.max if r.person else date.min))
    hidden = papers.hidden_of(request, rows)
    groups: dict[str, list[Any]] = {"Haushalt": [r for r in rows if r.person is None]}
    for row in rows:
        if row.person is not None:
            groups.setdefault("geschützte Person" if row.person_id in hidden else row.person.full_name, []).append(row)
    catalogue = paper_rules.load()
    missing = [r for r in rows if r.state == PaperState.MISSING]
    applicant = found.applicant
    entry = intake_reads.way_of(found)
    return page(
        request,
        "entrance/papers.html",
        {
            "application": found,
            "person": found.applicant,
            "guarded": people_policy.guarded({r.person_id for r in rows if r.person_id}, clock.today()),
            "groups": {name: listed for name, listed in groups.items() if listed},
            "stands": reads.standing(found),
            "missing": missing,
            "following": sum(1 for r in rows if r.state == PaperState.CAN_FOLLOW),
            "done": sum(1 for r in rows if r.state in {PaperState.SEEN, PaperState.HERE}),
            "entry": entry,
            "not_asked": catalogue.not_asked,
            "rules": len(catalogue.rules),
            "checked": catalogue.checked,
            "members": found.benefit_unit.memberships.filter(valid_to=None).count(),
            "asked": [r for r in rows if r.state in {PaperState.MISSING, PaperState.CAN_FOLLOW}],
            "letters_blocked": people_reads.letters_blocked(applicant),
            "today": clock.today(),
            "house": request.jobcenter,
            "phone": request.user.phone,  # type: ignore[union-attr]
            "until": max((r.due_on for r in missing if r.due_on), default=clock.today() + timedelta(days=14)),
        },
    )


def papers_request(request: Request, application_id: UUID) -> HttpResponse:
    """The request for papers as PDF."""
    require(benefits_policy.may_handle_papers(request.actor) and people_policy.may_see_placement(request.actor))
    found = application_of(request, application_id)
    audit.log_access(
        actor=request.actor, kind="open", page="entrance:papers_request", person_ids=[found.applicant_id], at=clock.now()
    )
    if reads.outcome_of(found) is not None:
        # "Your application counts" would be wrong on paper as well.
        raise Http404
    rows = list(found.papers.select_related("person").order_by("due_on", "title", "id"))
    return papers.pdf(papers.papers_request(request, found, rows), f"unterlagen-{found.reference}.pdf")


def report_visible(request: Request, report_id: UUID) -> UrgentReport:
    """An urgent report, or 404."""
    report = benefits_policy.reports_for(request.actor, clock.today()).filter(pk=report_id).first()
    if report is None:
        raise Http404
    return report
