"""The job exchange: list, one vacancy with reasons for a person, own vacancies."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render as page
from django.views.decorators.http import require_POST

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.intake import policy as intake_policy
from hilfefrei.apps.intake import queries as intake
from hilfefrei.apps.intake.models import Entry
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.vacancies import domain as verbs
from hilfefrei.apps.vacancies import policy, queries
from hilfefrei.apps.vacancies.models import Vacancy
from hilfefrei.apps.vacancies.workflows import Source, VacancyState, WageUnit
from hilfefrei.core import clock
from hilfefrei.www import notes
from hilfefrei.www.fields import EuroField, GermanDateField, GermanTimeField, HoursField
from hilfefrei.www.proposals import all_values, month_words, ranking_of, vacancy_facts
from hilfefrei.www.requests import Request, op_of
from hilfefrei.www.verbs import VerbForm

PAGE = 25
TERNARY = [("", "nicht angegeben"), ("1", "ja"), ("0", "nein")]


class FilterForm(forms.Form):
    """What the exchange is asked for; a GET form."""

    q = forms.CharField(label="Beruf, Titel, Betrieb", required=False, max_length=120)
    ort = forms.CharField(label="Ort oder PLZ", required=False, max_length=80)
    km = forms.TypedChoiceField(label="Umkreis", required=False, coerce=int, empty_value=None, choices=[("", "nur hier"), ("10", "10 km"), ("20", "20 km"), ("40", "40 km")])
    von = HoursField(label="Stunden von")
    bis = HoursField(label="bis")
    voll = forms.ChoiceField(label="Zeit", required=False, choices=[("", "alle"), ("voll", "Vollzeit"), ("teil", "Teilzeit")])
    lohn = EuroField(label="brutto ab, im Monat")
    ende = GermanTimeField(label="Feierabend bis")
    quer = forms.BooleanField(label="Quereinstieg", required=False)
    ohne = forms.BooleanField(label="ohne Zeitarbeit und Vermittlung", required=False)
    sort = forms.ChoiceField(label="Reihenfolge", required=False, choices=[("neu", "neueste"), ("titel", "Titel"), ("ort", "Ort"), ("lohn", "Lohn"), ("stunden", "Stunden")])


class VacancyForm(VerbForm):
    """An own vacancy. What the employer did not say stays open."""

    title = forms.CharField(label="Titel", max_length=200)
    occupation = forms.CharField(label="Beruf", required=False, max_length=160)
    employer = forms.CharField(label="Betrieb", max_length=160)
    plz = forms.RegexField(r"^\d{5}$", label="PLZ", required=False, error_messages={"invalid": "Eine PLZ hat fünf Ziffern."})
    place = forms.CharField(label="Ort", max_length=80)
    hours_min = HoursField(label="Wochenstunden von")
    hours_max = HoursField(label="bis")
    starts_at = GermanTimeField(label="Arbeitsbeginn")
    ends_at = GermanTimeField(label="Arbeitsende")
    weekend = forms.TypedChoiceField(label="Wochenende", choices=TERNARY, required=False, coerce=lambda v: v == "1", empty_value=None)
    night_or_shift = forms.TypedChoiceField(label="Schicht oder Nacht", choices=TERNARY, required=False, coerce=lambda v: v == "1", empty_value=None)
    heavy_lifting = forms.TypedChoiceField(label="schweres Heben", choices=TERNARY, required=False, coerce=lambda v: v == "1", empty_value=None)
    career_changers = forms.TypedChoiceField(label="Quereinstieg möglich", choices=TERNARY, required=False, coerce=lambda v: v == "1", empty_value=None)
    fixed_term = forms.TypedChoiceField(label="befristet", choices=TERNARY, required=False, coerce=lambda v: v == "1", empty_value=None)
    licence = forms.ChoiceField(label="Führerschein", required=False, choices=[("", "keiner oder nicht angegeben"), ("B", "B"), ("C", "C"), ("D", "D")])
    wage_unit = forms.ChoiceField(label="Lohn", required=False, choices=[("", "nicht angegeben"), ("hour", "je Stunde"), ("month", "im Monat"), ("year", "im Jahr")])
    wage_low = EuroField(label="von")
    wage_high = EuroField(label="bis")
    seats = forms.IntegerField(label="freie Stellen", min_value=1, max_value=500, initial=1)
    starts_on = GermanDateField(label="Eintritt ab")
    expires_on = GermanDateField(label="läuft ab am")
    contact = forms.CharField(label="Kontakt beim Betrieb", required=False, max_length=160)
    remarks = forms.CharField(label="Beschreibung", required=False, max_length=3000, widget=forms.Textarea(attrs={"rows": 4}))


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


def exchange(request: Request) -> HttpResponse:
    """Open vacancies; for a person the ranking with its reasons."""
    require(policy.may_read(request.actor))
    entry = _entry(request)
    if entry is not None:
        ranking, offers = ranking_of(request, entry, all_values(intake.current_answers(entry.pk)), k=PAGE)
        return page(request, "jobs/for_person.html", {"entry": entry, "person": entry.person, "ranking": ranking, "offers": offers, "talking": True})
    form = FilterForm(request.GET or None)
    given: dict[str, Any] = form.cleaned_data if form.is_valid() else {}
    filters = queries.Filters(
        words=given.get("q", ""),
        place=given.get("ort", ""),
        km=given.get("km") or None,
        hours_from=given.get("von"),
        hours_to=given.get("bis"),
        working_time=given.get("voll", ""),
        wage_from_cents=given.get("lohn"),
        latest_end=given.get("ende"),
        career_changers=given.get("quer", False),
        no_agency=given.get("ohne", False),
    )
    rows = queries.exchange(filters, clock.today(), given.get("sort") or "neu")
    shown = Paginator(rows, PAGE).get_page(request.GET.get("seite"))
    query = request.GET.copy()
    query.pop("seite", None)
    return page(
        request,
        "jobs/list.html",
        {
            "form": form,
            "rows": [(row, vacancy_facts(queries.to_core(row), None), month_words(queries.to_core(row).wage_month)) for row in shown],
            "shown": shown,
            "query": query.urlencode(),
            "may_edit": policy.may_edit(request.actor),
        },
    )


def detail(request: Request, vacancy_id: UUID) -> HttpResponse:
    """One vacancy; beside it, for a person, why it fits and what speaks against it."""
    require(policy.may_read(request.actor))
    found = Vacancy.objects.filter(pk=vacancy_id).first()
    if found is None:
        raise Http404
    entry = _entry(request)
    offer = None
    handed = None
    if entry is not None:
        _, offers = ranking_of(request, entry, all_values(intake.current_answers(entry.pk)), k=50)
        offer = next((o for o in offers if o.vacancy_id == found.pk), None)
        handed = intake.handed(entry.pk).filter(vacancy=found).first()
    core = queries.to_core(found)
    return page(
        request,
        "jobs/detail.html",
        {
            "vacancy": found,
            "facts": vacancy_facts(core, offer.proposal.km if offer else None),
            "month": month_words(core.wage_month),
            "entry": entry,
            "offer": offer,
            "handed": handed,
            "own": found.source == Source.OWN and policy.may_edit(request.actor),
        },
    )


def edit(request: Request, vacancy_id: UUID | None = None) -> HttpResponse:
    """An own vacancy, new or changed."""
    require(policy.may_edit(request.actor))
    found = Vacancy.objects.filter(pk=vacancy_id, source=Source.OWN).first() if vacancy_id else None
    if vacancy_id and found is None:
        raise Http404
    initial = {f: getattr(found, f) for f in verbs.OWN_FIELDS} if found else {}
    if found:
        initial |= {"wage_unit": "" if found.wage_unit == WageUnit.NONE else found.wage_unit, "wage_low": found.wage_low_cents, "wage_high": found.wage_high_cents}
        initial |= {f: {True: "1", False: "0"}.get(initial[f], "") for f in ("weekend", "night_or_shift", "heavy_lifting", "career_changers", "fixed_term")}
    form = VacancyForm(request.POST or None, initial=initial, version=found.version if found else None)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        saved = form.run(
            verbs.save_own, request, vacancy_id=found.pk if found else None, version=given["version"], wage_unit=given["wage_unit"],
            wage_low=given["wage_low"], wage_high=given["wage_high"], values={k: given[k] for k in verbs.OWN_FIELDS if k in given},
        )
        if saved is not None:
            notes.done(request, f"Gespeichert. {saved.wage_note}".strip())
            return redirect("jobs:detail", saved.pk)
    return page(request, "jobs/edit.html", {"form": form, "vacancy": found}, status=422 if form.errors else 200)


@require_POST
def state(request: Request, vacancy_id: UUID, to: str) -> HttpResponse:
    """Filled, withdrawn or open again."""
    found = Vacancy.objects.filter(pk=vacancy_id).first()
    states = {"besetzt": VacancyState.FILLED, "zurueckziehen": VacancyState.WITHDRAWN, "offen": VacancyState.OPEN}
    if found is None or to not in states:
        raise Http404
    verbs.set_state(actor=request.actor, at=clock.now(), op=op_of(request), vacancy_id=found.pk, state=states[to])
    notes.done(request, "Gespeichert.")
    return redirect("jobs:detail", found.pk)
