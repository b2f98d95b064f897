"""What a household would be entitled to. What is typed here is worked out and forgotten, until somebody hands it in."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render as render_page
from django.urls import reverse
from django.views.decorators.http import require_POST

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.benefits import calculated, policy
from hilfefrei.apps.benefits import domain as verbs
from hilfefrei.apps.benefits.models import Basis
from hilfefrei.apps.benefits.workflows import FactSource
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.people import policy as people_policy
from hilfefrei.apps.people import queries as people
from hilfefrei.apps.people.models import Person
from hilfefrei.apps.people.workflows import MemberRole
from hilfefrei.core import claim_sheet, clock
from hilfefrei.core.claim_sheet import Change, Sheet
from hilfefrei.core.law import UnknownDayError, documents
from hilfefrei.papers import data, render
from hilfefrei.www import notes, papers
from hilfefrei.www.calculation import forms, page
from hilfefrei.www.calculation.forms import Known, Typed
from hilfefrei.www.people.page import person_of
from hilfefrei.www.requests import Request, op_of

ORDER = {MemberRole.APPLICANT: 0, MemberRole.PARTNER: 1, MemberRole.CHILD: 2, MemberRole.OTHER: 3}
PLACE = {MemberRole.APPLICANT: forms.SELF, MemberRole.PARTNER: forms.PARTNER, MemberRole.CHILD: forms.CHILD}
PROTECTED = "geschützter Eintrag"
NOT_SEEN = "weitere Person"


def _person(request: Request, person_id: UUID, name: str, kind: str = "open") -> Person:
    person = person_of(request, person_id)
    require(policy.may_calculate(request.actor))
    audit.log_access(actor=request.actor, kind=kind, page=name, person_ids=[person.pk], at=clock.now())
    return person


def _known(request: Request, person: Person) -> list[Known]:
    """Who lives in the unit as the reader may know it, the applicant first; else the person asked about."""
    today = clock.today()
    own = people.first_of(people_policy.memberships_shown(request.actor, person, today))
    everyone = [(own.role if own else "", Known(str(person.pk), person.first_name or person.full_name, person.birth_date, forms.SELF))]
    if own is not None:
        for member in people.household(request.actor, person, today, [own]):
            role = member.membership.role
            key = str(member.membership.person_id) if member.name else ""
            everyone.append((role, Known(key, member.name.split()[0] if member.name else PROTECTED, member.birth_date, PLACE.get(MemberRole(role), forms.OTHER))))
    everyone.sort(key=lambda one: ORDER.get(one[0], 4))  # type: ignore[call-overload]  # a role is its word
    if everyone[0][0] != MemberRole.APPLICANT or not everyone[0][1].key:
        # Nobody to work it out around but the person: how the others belong to them has to be said.
        me = str(person.pk)
        others = [Known(one.key, one.name, one.birth, forms.OTHER) for _, one in everyone if one.key != me]
        return [next(one for _, one in everyone if one.key == me), *others][: forms.MOST_PERSONS]
    return [one for _, one in everyone][: forms.MOST_PERSONS]


def _bases(request: Request, person: Person) -> list[Basis]:
    return list(policy.bases_for(request.actor, person, clock.today()).select_related("recorded_by"))


def _names(typed: Typed) -> dict[str, str]:
    """What each person is called, by key."""
    found = {f"p{n}": forms.label(one, n) for n, one in enumerate(typed.persons)}
    for n, one in enumerate(typed.persons):
        key = one.cleaned_data.get("key") if one.is_bound and hasattr(one, "cleaned_data") else ""
        if key:
            found[key] = forms.label(one, n)
    return found


def _read(request: Request, person: Person) -> Typed:
    return forms.read(request.POST, _known(request, person), request.jobcenter.land, more=request.POST.get("do") == "person")


def _work_out(typed: Typed) -> Sheet | None:
    """The sheet of what was typed; what the law does not know becomes an error of the day."""
    if typed.household is None or typed.is_wrong:
        return None
    try:
        return claim_sheet.of(typed.household, typed.change)
    except UnknownDayError as error:
        typed.form.add_error("turn" if typed.change is not None and typed.change.day else "day", str(error))
        return None


def _salutation(person: Person) -> str:
    return papers.salutation(person.salutation, known=person.sex in {"w", "m"} and bool(person.last_name))


def _show(request: Request, person: Person, typed: Typed, found: Sheet | None, bases: list[Basis], *, status: int = 200) -> HttpResponse:
    context: dict[str, object] = {
        "person": person,
        "typed": typed,
        "form": typed.form,
        "bases": bases,
        "may_keep": policy.may_keep_basis(request.actor),
        "crowded": len(typed.persons) >= forms.MOST_PERSONS,
        "stale": typed.form.stale,
    }
    if found is not None and typed.change is not None:
        names = _names(typed)
        context |= {
            "shown": page.shown(found, typed.change, names, _salutation(person)),
            "chart": page.drawings(found, names.get(found.reach.earner, "dieser Person")) if found.reach else {},
            "reach": found.reach,
            "names": names,
        }
    return render_page(request, "calculation/sheet.html", context, status=status)


def sheet(request: Request, person_id: UUID) -> HttpResponse:
    """The form, and below what follows from it. Nothing of it is kept."""
    person = _person(request, person_id, "calculation:sheet")
    bases = _bases(request, person)
    if request.method == "POST":
        typed = _read(request, person)
        found = _work_out(typed)
        return _show(request, person, typed, found, bases, status=422 if typed.is_wrong else 200)
    held = calculated.in_force(bases, clock.today())
    latest = max((one.number for one in bases), default=0)
    typed = forms.blank(_known(request, person), held.household if held else None, version=latest)
    return _show(request, person, typed, None, bases)


@require_POST
def paper(request: Request, person_id: UUID) -> HttpResponse:
    """The same on paper."""
    person = _person(request, person_id, "calculation:paper", "export")
    typed = _read(request, person)
    found = _work_out(typed)
    if found is None or typed.change is None:
        return _show(request, person, typed, None, _bases(request, person), status=422)
    return papers.pdf(render("claim_sheet", facts(request, found, typed.change, typed, person)), "rechenbogen.pdf")


def facts(request: Request, found: Sheet, change: Change, typed: Typed, person: Person) -> data.ClaimSheet:
    """The sheet as the facts of the paper. Protected people are not named, whoever prints."""
    names = _names(typed)
    keys = {UUID(key) for key in names if "-" in key}
    names |= {str(key): NOT_SEEN for key in people_policy.guarded(keys, clock.today()) - {person.pk}}
    shown = page.shown(found, change, names, _salutation(person))
    reach = found.reach
    return data.ClaimSheet(
        office=papers.office(request),
        printed_at=clock.now(),
        contact=papers.contact(request),
        title=shown.title,
        meta=shown.meta,
        results=tuple(data.ClaimResult(one.label, f"{one.value} {one.unit}".strip(), " ".join(part for part in (one.note, one.strong) if part)) for one in shown.cells),
        words_head=shown.note,
        words=shown.words,
        columns=shown.columns,
        lines=tuple(data.ClaimLine(one.label, one.cells, one.total, one.head) for one in shown.lines),
        payers=tuple(
            data.ClaimLine(one.name, (page.plain(one.before), *((page.plain(one.after), page.more(one.difference).removesuffix(" €")) if found.after else ())), one is shown.balance)
            for one in (*shown.payers, shown.balance)
        ),
        wages=tuple(
            data.ClaimLine(page.plain(row.wage), (page.plain(row.claim), page.plain(row.housing_benefit), page.plain(row.child_supplement), page.plain(row.disposable)), bool(row.mark))
            for row in reach.rows
        )
        if reach
        else (),
        earner=names.get(reach.earner, NOT_SEEN) if reach else "",
        groups=tuple(
            data.ClaimGroup(one.title, tuple(data.ClaimStep(step.label, step.paragraph, step.formula, page.plain(step.amount), step.result) for step in one.steps))
            for one in shown.groups
        ),
    )


@require_POST
def keep(request: Request, person_id: UUID) -> HttpResponse:
    """The person hands it in: the facts are kept, and the months that follow from them."""
    person = _person(request, person_id, "calculation:keep")
    require(policy.may_keep_basis(request.actor))
    typed = _read(request, person)
    if typed.household is not None and not typed.is_wrong:
        given = typed.form.cleaned_data
        if not given.get("source"):
            typed.form.add_error("source", "Bitte wählen Sie, woher wir es wissen.")
        elif not given.get("valid_from"):
            typed.form.add_error("valid_from", "Bitte einen Tag eintragen, zum Beispiel 01.11.2026.")
        else:
            made = typed.form.run(
                verbs.keep_basis, request, person_id=person.pk, household=documents.household_json(typed.household), valid_from=given["valid_from"],
                valid_to=given["valid_to"], source=FactSource(given["source"]), source_detail=given["source_detail"], version=given["version"],
            )  # fmt: skip
            if made is not None:
                notes.done(request, f"Angaben übernommen, Fassung {made.number}.")
                return redirect("calculation:kept", person.pk, made.pk)
    return _show(request, person, typed, None, _bases(request, person), status=422)


def _basis(request: Request, person: Person, basis_id: UUID) -> Basis:
    found = policy.bases_for(request.actor, person, clock.today()).select_related("recorded_by", "application").filter(pk=basis_id).first()
    if found is None:
        raise Http404
    return found


def kept(request: Request, person_id: UUID, basis_id: UUID) -> HttpResponse:
    """Facts as they were handed in, and month by month what they changed."""
    person = _person(request, person_id, "calculation:kept")
    basis = _basis(request, person, basis_id)
    known = {one.key: one.name for one in _known(request, person) if one.key}
    names = {row["id"]: known.get(row["id"], NOT_SEEN) for row in basis.household.get("persons", ())}
    months = calculated.months_of(basis)
    return render_page(
        request,
        "calculation/kept.html",
        {
            "person": person,
            "basis": basis,
            "bases": _bases(request, person),
            "months": months,
            "changed": any(month.difference for month in months),
            "persons": [(names[row["id"]], page.facts_of(row)) for row in basis.household.get("persons", ())],
            "housing": page.housing_of(basis.household.get("housing", {})),
            "groups": page.groups(calculated.steps_of(months[-1].new), names) if months else (),
            "may_keep": policy.may_keep_basis(request.actor),
            "here": reverse("calculation:sheet", args=[person.pk]),
        },
    )


@require_POST
def revoke(request: Request, person_id: UUID, basis_id: UUID) -> HttpResponse:
    """Taken over by mistake."""
    person = _person(request, person_id, "calculation:revoke")
    basis = _basis(request, person, basis_id)
    verbs.revoke_basis(actor=request.actor, at=clock.now(), op=op_of(request), basis_id=basis.pk, reason=request.POST.get("reason", ""))
    notes.done(request, f"Fassung {basis.number} zählt nicht mehr. Sie bleibt hier zu sehen.")
    return redirect("calculation:kept", person.pk, basis.pk)
