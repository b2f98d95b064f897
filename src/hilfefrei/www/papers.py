"""From rows to the facts of a paper, and PDF answers."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

from django.http import HttpResponse

from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.benefits.models import Application, Paper
from hilfefrei.apps.benefits.workflows import PaperState, UrgentKind
from hilfefrei.apps.intake.domain.leave import RIGHTS
from hilfefrei.apps.intake.models import FirstContact, Leave
from hilfefrei.apps.org import queries as org
from hilfefrei.apps.org.models import Jobcenter
from hilfefrei.apps.people import policy, queries
from hilfefrei.core import clock, periods
from hilfefrei.core.days import berlin_day
from hilfefrei.core.law.results import NAMES
from hilfefrei.papers import data, render

PAPER_DAYS = 14
DECISION_DAYS = 21
STATES: dict[str, str] = {
    PaperState.MISSING: "missing",
    PaperState.CAN_FOLLOW: "later",
    PaperState.SEEN: "seen",
    PaperState.HERE: "here",
}


class Printer(Protocol):
    """Who prints, for which house: a request, or the background service in somebody's name."""

    @property
    def actor(self) -> Actor: ...
    @property
    def jobcenter(self) -> Jobcenter: ...
    @property
    def user(self) -> Any: ...
    @property
    def team_name(self) -> str: ...


def pdf(content: bytes, name: str) -> HttpResponse:
    """A PDF shown in the browser; its file name carries no name of a person."""
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}"'
    return answer


def office(request: Printer) -> data.Office:
    """Who writes."""
    return org.office_of(request.jobcenter)


def contact(request: Printer, user: User | None = None) -> data.Contact:
    """Whom to call: ``user``, else the colleague who prints. Without a number of their own that of the team, then of the house."""
    who = user or request.user
    teams = [position.team for position in org.positions_of(who.pk, clock.today()).order_by("team__name", "id")]
    phone = next((p for p in (who.phone, *(team.phone for team in teams), request.jobcenter.phone) if p), "")
    return data.Contact(who.get_full_name(), phone, ", ".join(dict.fromkeys(team.name for team in teams)) if user else request.team_name)


def salutation(person_salutation: str, *, known: bool) -> str:
    """"Frau Silberdistel" where a salutation is known, else nothing: papers then begin without one."""
    return person_salutation if known else ""


WISH_WORDS = {"money": "Geld zum Leben", "housing": "Hilfe mit der Wohnung", "work": "Arbeit", "information": "Auskunft"}


# On paper a protected member of the household is one more person: not named, and not called protected either.
ANOTHER = "eine weitere Person"


def hidden_of(request: Printer, papers: Iterable[Paper]) -> set[UUID]:
    """The people of these papers whose file is shut for the reader: the page does not name them."""
    ids = {paper.person_id for paper in papers if paper.person_id}
    return policy.hidden_from(request.actor, ids, clock.today())


def _persons(request: Printer, application: Application) -> tuple[str, ...]:
    """For whom the application was made: the applicant, then the others as far as paper may name them."""
    members = queries.members(request.actor, [application.benefit_unit_id], clock.today(), on_paper=True)
    others = [m for m in members if m.membership.person_id != application.applicant_id]
    others.sort(key=lambda m: (m.membership.valid_from, str(m.membership.pk)))
    unnamed = sum(1 for m in others if not m.name)
    more = (ANOTHER if unnamed == 1 else f"{unnamed} weitere Personen",) if unnamed else ()
    return (application.applicant.full_name, *(m.name for m in others if m.name), *more)


def receipt(request: Printer, application: Application) -> bytes:
    """The receipt of an application (works from the first of the month, § 37(2) SGB II)."""
    person = application.applicant
    first = FirstContact.objects.filter(application=application).order_by("contact_at", "id").first()
    advance = application.urgent_reports.filter(kind=UrgentKind.ADVANCE).order_by("reported_at", "id").first()
    urgent = application.urgent_reports.filter(closed_at=None).exists()
    day = berlin_day(application.asked_at)
    land = request.jobcenter.land
    return render(
        "receipt",
        data.Receipt(
            office=office(request),
            printed_at=clock.now(),
            asked_at=application.asked_at,
            works_from=application.effect_from,
            number=application.file_number or application.reference,
            contact=contact(request),
            salutation=salutation(person.salutation, known=person.sex in {"w", "m"} and bool(person.last_name)),
            channel=application.get_channel_display(),
            persons=_persons(request, application),
            wishes=tuple(WISH_WORDS[w] for w in (first.wishes if first else []) if w in WISH_WORDS),
            advance_asked_at=advance.reported_at if advance else None,
            urgent=urgent,
            papers_until=periods.next_working_day(day + timedelta(days=PAPER_DAYS), land),
            decision_until=periods.next_working_day(day + timedelta(days=DECISION_DAYS), land),
        ),
    )


def leave_copy(request: Printer, made: Leave) -> bytes:
    """The person's copy of "dann lasse ich es", as the rows stand now."""
    application = made.application
    return render(
        "leave_copy",
        data.LeaveCopy(
            office=office(request),
            printed_at=clock.now(),
            name=made.entry.person.full_name,
            act=made.act,  # type: ignore[arg-type]  # the choices of the column are the words of the paper
            at=made.at,
            contact=contact(request),
            explained_by=made.explained_by.get_full_name(),
            explained_at=made.explained_at,
            words=made.words,
            rights=tuple(RIGHTS[key] for key in made.rights if key in RIGHTS),
            asked_at=application.asked_at if application else None,
            works_from=application.effect_from if application else None,
            number=application.reference if application else "",
            estimate=data.Euro(made.estimate_cents, whole=True) if made.estimate_cents is not None else None,
            estimate_high=data.Euro(made.estimate_high_cents, whole=True) if made.estimate_high_cents not in {None, made.estimate_cents} else None,
            # A version of the law that this program does not know (any more) is named as it was kept.
            estimate_law=NAMES.get(made.estimate_law.split("-", maxsplit=1)[0], made.estimate_law),
            estimate_on=made.estimate_on,
            benefits_appointment_at=made.benefits_appointment_at,
            signed_on=made.signed_on,
            representative=made.representative,
            second_look_by=made.second_due_on,
            call_at=made.call_at,
            may_call=made.may_call,
            revoked_at=made.revoked_at,
        ),
    )


def paper_lines(papers: list[Paper], applicant_id: UUID) -> tuple[data.PaperLine, ...]:
    """The papers of an application as lines; what is no longer needed is left out. The applicant reads their own name."""
    guarded = policy.guarded({p.person_id for p in papers if p.person_id} - {applicant_id}, clock.today())

    def whose(paper: Paper) -> str:
        if paper.person is None:
            return ""
        return ANOTHER if paper.person_id in guarded else paper.person.first_name

    return tuple(
        data.PaperLine(
            title=paper.title,
            why=paper.why,
            state=STATES[paper.state],  # type: ignore[arg-type]
            until=paper.due_on if paper.state in {PaperState.MISSING, PaperState.CAN_FOLLOW} else None,
            person=whose(paper),
        )
        for paper in papers
        if paper.state in STATES
    )


def papers_request(request: Printer, application: Application, papers: list[Paper]) -> bytes:
    """The request for papers. It sets no period with consequences; only benefits may (§ 66 SGB I)."""
    person = application.applicant
    open_papers = [p for p in papers if p.state in {PaperState.MISSING, PaperState.CAN_FOLLOW}]
    due = [p.due_on for p in open_papers if p.due_on and p.state == PaperState.MISSING]
    return render(
        "papers_request",
        data.PapersRequest(
            office=office(request),
            printed_at=clock.now(),
            contact=contact(request),
            asked_at=application.asked_at,
            salutation=salutation(person.salutation, known=person.sex in {"w", "m"} and bool(person.last_name)),
            until=max(due) if due else None,
            papers=paper_lines(open_papers, application.applicant_id),
        ),
    )
