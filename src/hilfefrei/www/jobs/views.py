"""The job exchange: list beside one vacancy, for a person with reasons; own vacancies; the list as a sheet."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render as page
from django.urls import reverse
from django.views.decorators.http import require_POST

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.intake import policy as intake_policy
from hilfefrei.apps.intake import queries as intake
from hilfefrei.apps.intake.models import Entry, HandedVacancy
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.vacancies import domain as verbs
from hilfefrei.apps.vacancies import policy, queries
from hilfefrei.apps.vacancies.models import Vacancy
from hilfefrei.apps.vacancies.workflows import Source, VacancyState, WageUnit
from hilfefrei.core import clock, questions
from hilfefrei.core.days import format_day
from hilfefrei.core.matching.reasons import sentence
from hilfefrei.www import estimating, from_paper, notes
from hilfefrei.www.jobs.forms import TERNARIES, FilterForm, VacancyForm
from hilfefrei.www.jobs.lines import SHEET, Line, line_of
from hilfefrei.www.proposals import Offer, all_values, hidden_words, home_of, ranking_of
from hilfefrei.www.requests import Request, op_of
from hilfefrei.www.sheets import AT_ONCE, xlsx

PAGE = 25
OLD = timedelta(days=30)
SORT_HEADS = {"titel": "Stelle und Betrieb", "ort": "Ort", "km": "km", "stunden": "Std.", "lohn": "€/Std.", "neu": "seit"}


@dataclass(frozen=True)
class Shown:
    """One vacancy in its panel; for a person with reasons and whether it is handed over."""

    line: Line
    handed_count: int
    old_days: int | None

    @property
    def vacancy(self) -> Vacancy:
        """The row."""
        return self.line.row

    @property
    def starts(self) -> str:
        """When work may begin."""
        day = self.vacancy.starts_on
        return f"ab {format_day(day, year=True, weekday=False)}" if day and day > clock.today() else "sofort"

    @property
    def means(self) -> str:
        """Everything the vacancy would mean, in one sentence."""
        offer = self.line.offer
        return sentence("", offer.proposal.would_mean).strip(" .") if offer else ""


def _entry(request: Request) -> Entry | None:
    raw = request.GET.get("entry", "")
    if not raw:
        return None
    try:
        entry = intake_policy.get_entry_for(request.actor, UUID(raw), clock.today())
    except (ValueError, Entry.DoesNotExist) as error:
        raise Http404 from error
    audit.log_access(actor=request.actor, kind="open", page="jobs:list", person_ids=[entry.person_id], at=clock.now())
    return entry


def _asked(request: Request) -> tuple[FilterForm, QuerySet[Vacancy], str]:
    """The search form and the vacancies it asks for, in order; a field that cannot be read asks for nothing."""
    form = FilterForm(request.GET or None)
    form.is_valid()
    given: dict[str, Any] = form.cleaned_data if form.is_bound else {}
    filters = queries.Filters(
        words=given.get("q", ""),
        place=given.get("ort", ""),
        km=given.get("km"),
        hours_from=given.get("von"),
        hours_to=given.get("bis"),
        working_time=given.get("zeit", ""),
        wage_from_cents=given.get("lohn"),
        earliest_start=given.get("beginn"),
        latest_end=given.get("ende"),
        career_changers=given.get("quer", False),
        no_agency=given.get("ohne", False),
        no_special=given.get("ruhig", False),
        new_days=given.get("alter"),
        source=given.get("quelle", ""),
        with_closed=given.get("zu", False),
    )
    sort = given.get("sort") or "neu"
    return form, queries.exchange(filters, clock.today(), sort), sort if sort in SORT_HEADS else "neu"


def _shown(line: Line) -> Shown:
    published = line.row.published_on
    age = (clock.today() - published).days if published else None
    handed = HandedVacancy.objects.filter(vacancy=line.row, undone_at=None).values("entry__person").distinct().count()
    return Shown(line, handed, age if age is not None and age > OLD.days else None)


def _chosen(request: Request, lines: list[Line]) -> Line | None:
    """The line whose panel is open: the one asked for, else the first."""
    asked = request.GET.get("stelle", "")
    return next((line for line in lines if str(line.id) == asked), lines[0] if lines else None)


def exchange(request: Request) -> HttpResponse:
    """Open vacancies and one of them beside; for a person those within the limits, with the reasons."""
    require(policy.may_read(request.actor))
    entry = _entry(request)
    if entry is not None:
        return _for_person(request, entry)
    form, rows, sort = _asked(request)
    shown = Paginator(rows, PAGE).get_page(request.GET.get("seite"))
    lines = [line_of(row) for row in shown]
    chosen = _chosen(request, lines)
    query = request.GET.copy()
    for name in ("seite", "stelle"):
        query.pop(name, None)
    place = form.cleaned_data.get("ort", "") if form.is_bound else ""
    return page(
        request,
        "jobs/list.html",
        {
            "form": form,
            "lines": lines,
            "page": shown,
            "heads": SORT_HEADS.items(),
            "sort": sort,
            "with_km": any(line.km for line in lines),
            "chosen": _shown(chosen) if chosen else None,
            "chosen_id": chosen.id if chosen else None,
            "query": query.urlencode(),
            "unknown_place": place if place and not queries.is_known_place(place) else "",
            "may_edit": policy.may_edit(request.actor),
            "may_import": policy.may_import(request.actor),
            "alarms": queries.alarms() if policy.may_import(request.actor) else [],
            "entry": None,
        },
    )


def _for_person(request: Request, entry: Entry) -> HttpResponse:
    answers = intake.current_answers(entry.pk)
    values = all_values(answers)
    home = home_of(entry.person)
    ranking, offers = ranking_of(request, entry, values, k=PAGE, home=home)
    estimated = None
    if "money" in answers:
        estimated, offers = estimating.shown_of(request, entry, values, estimating.members_of(request.actor, entry), offers, home=home)
    rows = Vacancy.objects.in_bulk([offer.vacancy_id for offer in offers])
    lines = [line_of(rows[offer.vacancy_id], offer) for offer in offers]
    chosen = _chosen(request, lines)
    catalogue = questions.load()
    limits = [questions.summary(group, values) for group in catalogue.groups if group.id in {"time", "way"}]
    return page(
        request,
        "jobs/list.html",
        {
            "entry": entry,
            "person": entry.person,
            "ranking": ranking,
            "estimated": estimated,
            "hidden": hidden_words(ranking),
            "limits": [words for words in limits if words],
            "lines": lines,
            "with_km": any(line.km for line in lines),
            "chosen": _shown(chosen) if chosen else None,
            "chosen_id": chosen.id if chosen else None,
            "query": urlencode({"entry": entry.pk}),
            "here": request.get_full_path(),
            "acting": intake_policy.may(request.actor, "book"),
            "from_paper": from_paper.moment_for(request, entry.pk),
        },
    )


def detail(request: Request, vacancy_id: UUID) -> HttpResponse:
    """One vacancy on its own page; for a person why it fits and what speaks against it."""
    require(policy.may_read(request.actor))
    found = Vacancy.objects.filter(pk=vacancy_id).first()
    if found is None:
        raise Http404
    entry = _entry(request)
    offer: Offer | None = None
    handed = None
    if entry is not None:
        answers = intake.current_answers(entry.pk)
        values, home = all_values(answers), home_of(entry.person)
        _, offers = ranking_of(request, entry, values, k=50, home=home)
        mine = [o for o in offers if o.vacancy_id == found.pk]
        if mine and "money" in answers:
            _, mine = estimating.shown_of(request, entry, values, estimating.members_of(request.actor, entry), mine, home=home)
        offer = next(iter(mine), None)
        handed = intake.handed(entry.pk).filter(vacancy=found).first()
    return page(
        request,
        "jobs/detail.html",
        {
            "chosen": _shown(line_of(found, offer)),
            "vacancy": found,
            "entry": entry,
            "person": entry.person if entry else None,
            "handed": handed,
            "here": request.get_full_path(),
            "acting": entry is not None and intake_policy.may(request.actor, "book"),
            "from_paper": from_paper.moment_for(request, entry.pk) if entry else None,
            "may_edit": policy.may_edit(request.actor),
            "own": found.source == Source.OWN and policy.may_edit(request.actor),
        },
    )


def edit(request: Request, vacancy_id: UUID | None = None) -> HttpResponse:
    """An own vacancy, new or changed."""
    require(policy.may_edit(request.actor))
    found = Vacancy.objects.filter(pk=vacancy_id, source=Source.OWN).first() if vacancy_id else None
    if vacancy_id and found is None:
        raise Http404
    form = VacancyForm(request.POST or None, initial=_initial(found) if found else {}, version=found.version if found else None)
    if request.method == "POST" and form.is_valid():
        given = form.values()
        saved = form.run(
            verbs.save_own, request, vacancy_id=found.pk if found else None, version=given["version"], wage_unit=given["wage_unit"],
            wage_low=given["wage_low"], wage_high=given["wage_high"], values={k: given[k] for k in verbs.OWN_FIELDS if k in given},
        )  # fmt: skip
        if saved is not None:
            lost = "" if saved.lat is not None else " Wo dieser Ort liegt, wissen wir nicht. Wer seinen Weg begrenzt hat, sieht sie nicht."
            notes.done(request, f"Gespeichert. {saved.wage_note}{lost}".strip())
            return redirect("jobs:detail", saved.pk)
    return page(request, "jobs/edit.html", {"form": form, "vacancy": found}, status=422 if form.errors else 200)


def _initial(found: Vacancy) -> dict[str, Any]:
    initial = {f: getattr(found, f) for f in verbs.OWN_FIELDS}
    initial |= {name: {True: "1", False: "0"}.get(initial[name], "") for name in TERNARIES}
    initial |= {
        "wage_unit": "" if found.wage_unit == WageUnit.NONE else found.wage_unit,
        "wage_low": found.wage_low_cents,
        "wage_high": found.wage_high_cents,
        "working_time": "",
    }
    if found.hours_min is None and found.hours_max is None:
        full, part = bool(found.full_time), bool(found.part_time)
        initial["working_time"] = "mini" if found.mini_job else "both" if full and part else "full" if full else "part" if part else ""
    return initial


STATES = {
    "besetzt": (VacancyState.FILLED, "Die Stelle ist besetzt und wird nicht mehr vorgeschlagen."),
    "zurueckziehen": (VacancyState.WITHDRAWN, "Die Stelle ist zurückgezogen und wird nicht mehr vorgeschlagen."),
    "offen": (VacancyState.OPEN, "Die Stelle ist wieder offen."),
}


@require_POST
def state(request: Request, vacancy_id: UUID, to: str) -> HttpResponse:
    """Filled, withdrawn or open again."""
    found = Vacancy.objects.filter(pk=vacancy_id).first()
    if found is None or to not in STATES:
        raise Http404
    wanted, text = STATES[to]
    before = next((slug for slug, (s, _) in STATES.items() if s == found.state), "")
    verbs.set_state(actor=request.actor, at=clock.now(), op=op_of(request), vacancy_id=found.pk, state=wanted)
    notes.done(request, text, undo=reverse("jobs:state", args=[found.pk, before]) if before and before != to else "")
    return redirect("jobs:detail", found.pk)


def export(request: Request) -> HttpResponse:
    """The vacancies of the search as a sheet; they hold no data of persons."""
    require(policy.may_read(request.actor))
    _, rows, _ = _asked(request)
    columns = [(head, width) for head, width, _ in SHEET]
    return xlsx("stellen.xlsx", "Stellen", columns, ([value(row) for _, _, value in SHEET] for row in rows.iterator(chunk_size=AT_ONCE)))
