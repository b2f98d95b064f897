"""Persons: list, page, ways to reach them, duplicates, protection."""

import io
from typing import Any
from uuid import UUID

import xlsxwriter
from django import forms
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Prefetch, Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render as page
from django.views.decorators.http import require_POST

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.benefits.models import Application, ApplicationOutcome
from hilfefrei.apps.intake.models import Entry, Fact
from hilfefrei.apps.org.models import in_force
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.people import domain as verbs
from hilfefrei.apps.people import policy, queries
from hilfefrei.apps.people.models import Address, Channel, Person, PersonLink, Responsibility
from hilfefrei.apps.people.workflows import LANGUAGES, AddressKind, AttendantKind, ChannelKind, RestrictionKind
from hilfefrei.apps.vacancies.queries import locate
from hilfefrei.core import clock, names, periods
from hilfefrei.core.days import format_day, format_moment
from hilfefrei.papers import data, render
from hilfefrei.www import notes, papers
from hilfefrei.www.fields import GermanDateField
from hilfefrei.www.requests import Request, op_of
from hilfefrei.www.verbs import VerbForm

PAGE = 25
SORTS = {
    "name": ("sort_name", "callsign"),
    "-name": ("-sort_name", "callsign"),
    "neu": ("-created_at", "callsign"),
    "alter": ("birth_date", "sort_name", "callsign"),
}
STATES = {"via": "in ViA", "wartet": "wartet", "antrag": "Antrag offen", "alle": "alle"}


class PersonForm(VerbForm):
    """Name, birth date, language."""

    first_name = forms.CharField(label="Vorname", required=False, max_length=80)
    last_name = forms.CharField(label="Nachname", required=False, max_length=80)
    birth_name = forms.CharField(label="Geburtsname", required=False, max_length=80)
    birth_date = GermanDateField(label="Geburtsdatum", birth=True)
    sex = forms.ChoiceField(label="Anrede", required=False, choices=[("", "offen"), ("w", "Frau"), ("m", "Herr"), ("d", "keine")])
    language = forms.ChoiceField(label="Sprache", choices=list(LANGUAGES.items()))
    needs_interpreter = forms.BooleanField(label="Sprachmittlung nötig", required=False)


class AddressForm(VerbForm):
    """Where somebody lives."""

    street = forms.CharField(label="Straße und Hausnummer", required=False, max_length=120)
    plz = forms.RegexField(r"^\d{5}$", label="PLZ", required=False, error_messages={"invalid": "Eine PLZ hat fünf Ziffern."})
    place = forms.CharField(label="Ort", max_length=80)
    valid_from = GermanDateField(label="seit", required=True)
    no_letters = forms.BooleanField(label="keine Post an diese Anschrift", required=False)


class ContactForm(VerbForm):
    """Safe contact and consents."""

    safe_contact = forms.BooleanField(label="sicherer Kontakt, geht allem vor", required=False)
    contact_hint = forms.CharField(label="Beim Anrufen beachten", required=False, max_length=160)
    no_letters = forms.BooleanField(label="keine Post", required=False)
    may_remind = forms.NullBooleanField(label="Erinnerung per SMS erlaubt", required=False)
    may_follow_up = forms.NullBooleanField(label="Nachfragen erlaubt, wenn kein Geld mehr von uns kommt", required=False)


class ChannelForm(VerbForm):
    """A number or address."""

    kind = forms.ChoiceField(label="Art", choices=ChannelKind.choices)
    value = forms.CharField(label="Nummer oder Adresse", max_length=120)
    is_safe = forms.BooleanField(label="sicher", required=False)


class AttendantForm(VerbForm):
    """Who comes along."""

    kind = forms.ChoiceField(label="Wer", choices=AttendantKind.choices)
    name = forms.CharField(label="Name", max_length=120)
    phone = forms.CharField(label="Telefon", required=False, max_length=40)


class RestrictForm(VerbForm):
    """Protect a file."""

    kind = forms.ChoiceField(label="Warum geschützt", choices=RestrictionKind.choices)
    ask = forms.CharField(label="Wen fragen (Stelle, keine Person)", max_length=120, initial="Schutzstelle")


def _rows(request: Request) -> Any:
    today = clock.today()
    rows = policy.visible_to(request.actor, today)
    words = request.GET.get("q", "").strip()
    state = request.GET.get("stand", "alle")
    language = request.GET.get("sprache", "")
    if words:
        text, birth, number = queries.split_query(words, today=today)
        for word in names.fold(text).split():
            rows = rows.filter(Q(search_name__startswith=word) | Q(search_name__contains=f" {word}"))
        if birth:
            rows = rows.filter(birth_date=birth)
        if number:
            match = Q(numbers__value__iexact=number) | Q(memberships__benefit_unit__numbers__value__iexact=number)
            if number.isdecimal() and len(number) < 9:
                match |= Q(callsign=int(number))
            rows = rows.filter(match).distinct()
    if language in LANGUAGES:
        rows = rows.filter(language=language)
    if state == "via" and policy.may_see_placement(request.actor):
        rows = rows.filter(Exists(Entry.objects.filter(person=OuterRef("pk"), state="in_via")))
    elif state == "wartet" and policy.may_see_placement(request.actor):
        rows = rows.filter(Exists(Entry.objects.filter(person=OuterRef("pk"), state__in=["waiting", "later", "not_reached"])))
    elif state == "antrag":
        decided = ApplicationOutcome.objects.filter(revoked_at=None).values("application")
        rows = rows.filter(Exists(Application.objects.filter(applicant=OuterRef("pk")).exclude(pk__in=decided)))
    sort = request.GET.get("sort", "name")
    rows = rows.prefetch_related(
        Prefetch("addresses", Address.objects.filter(in_force(today), kind=AddressKind.HOME).order_by("-valid_from", "id"), to_attr="homes"),
        Prefetch(
            "responsibilities",
            Responsibility.objects.filter(in_force(today)).select_related("team").order_by("-valid_from", "kind", "id"),
            to_attr="teams_now",
        ),
        Prefetch("applications", Application.objects.order_by("-asked_at", "id"), to_attr="asked"),
    ).order_by(*SORTS.get(sort, SORTS["name"]))
    return rows, {"q": words, "stand": state, "sprache": language, "sort": sort}


def person_list(request: Request) -> HttpResponse:
    """Persons of one's own teams; a search also finds others as hit cards."""
    require(policy.may_see_people(request.actor))
    rows, given = _rows(request)
    shown = Paginator(rows, PAGE).get_page(request.GET.get("seite"))
    ids = [p.pk for p in shown]
    others: list[queries.HitCard] = []
    hint = None
    if given["q"] and policy.may_search(request.actor):
        text, birth, number = queries.split_query(given["q"], today=clock.today())
        found = queries.search(request.actor, day=clock.today(), name=text, birth_date=birth, number=number, limit=12)
        seen = set(ids)
        others = [hit for hit in found.hits if hit.person_id not in seen]
        hint = found.hint
        ids += [hit.person_id for hit in others]
    audit.log_access(actor=request.actor, kind="search", page="people:list", person_ids=ids, at=clock.now())
    query = request.GET.copy()
    query.pop("seite", None)
    return page(
        request,
        "people/list.html",
        {
            "rows": shown,
            "others": others,
            "hint": hint,
            "languages": LANGUAGES,
            "states": STATES,
            "query": query.urlencode(),
            "placement": policy.may_see_placement(request.actor),
            **given,
        },
    )


COLUMNS = ("Nachname", "Vorname", "geboren", "Ort", "Sprache", "Team", "letzter Antrag")


def _cells(person: Any) -> tuple[str, ...]:
    return (
        person.last_name or person.full_name,
        person.first_name,
        format_day(person.birth_date, year=True, weekday=False) if person.birth_date else "",
        person.homes[0].place if person.homes else "",
        LANGUAGES.get(person.language, ""),
        ", ".join(dict.fromkeys(r.team.name for r in person.teams_now)),
        format_moment(person.asked[0].asked_at) if person.asked else "",
    )


def export(request: Request, form: str) -> HttpResponse:
    """The list as it is filtered, as XLSX or PDF; logged with every id."""
    require(policy.may_see_people(request.actor))
    if form not in {"xlsx", "pdf"}:
        raise Http404
    rows, given = _rows(request)
    people = list(rows[:2000])
    audit.log_access(actor=request.actor, kind="export", page="people:export", person_ids=[p.pk for p in people], at=clock.now())
    if form == "pdf":
        sheet = data.PersonsList(
            office=papers.office(request),
            printed_at=clock.now(),
            columns=COLUMNS,
            rows=tuple(_cells(p) for p in people),
            filters=", ".join(part for part in (given["q"], STATES.get(given["stand"], "")) if part),
        )
        return papers.pdf(render("persons_list", sheet), "personen.pdf")
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet_ = book.add_worksheet("Personen")
    sheet_.write_row(0, 0, COLUMNS, book.add_format({"bold": True}))
    for number, person in enumerate(people, start=1):
        sheet_.write_row(number, 0, _cells(person))
    sheet_.autofilter(0, 0, max(1, len(people)), len(COLUMNS) - 1)
    sheet_.freeze_panes(1, 0)
    sheet_.set_column(0, len(COLUMNS) - 1, 18)
    book.close()
    answer = HttpResponse(out.getvalue(), content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    answer["Content-Disposition"] = 'attachment; filename="personen.xlsx"'
    return answer


def person_of(request: Request, person_id: UUID) -> Person:
    """The person, or 404."""
    require(policy.may_see_people(request.actor))
    try:
        return policy.get_person_for(request.actor, person_id, clock.today())
    except Person.DoesNotExist as error:
        raise Http404 from error


def detail(request: Request, person_id: UUID) -> HttpResponse:
    """What is urgent first; then applications, ways, facts, who is responsible."""
    person = person_of(request, person_id)
    now = clock.now()
    audit.log_access(actor=request.actor, kind="open", page="people:detail", person_ids=[person.pk], at=now)
    placement = policy.may_see_placement(request.actor)
    applications = list(
        person.applications.prefetch_related(Prefetch("outcomes", ApplicationOutcome.objects.filter(revoked_at=None).order_by("id"), to_attr="current")).order_by("-asked_at", "id")
    )
    latest = applications[0] if applications else None
    return page(
        request,
        "people/detail.html",
        {
            "person": person,
            "placement": placement,
            "age": periods.age_on(person.birth_date, clock.today()) if person.birth_date else None,
            "homes": person.addresses.order_by("-valid_from", "id"),
            "channels": person.channels.filter(valid_to=None).order_by("-is_safe", "-valid_from", "id"),
            "attendants": person.attendants.filter(valid_to=None).order_by("kind", "name", "id"),
            "numbers": person.numbers.order_by("-valid_from", "value"),
            "applications": applications,
            "latest": latest,
            "papers_missing": latest.papers.filter(state="missing").count() if latest else 0,
            "reports": person.urgent_reports.filter(closed_at=None).order_by("due_at", "id"),
            "entries": person.entries.order_by("-since", "id") if placement else [],
            "facts": Fact.objects.filter(person=person, revoked_at=None).order_by("-since", "id") if placement else [],
            "responsibilities": person.responsibilities.select_related("team", "user").order_by("-valid_from", "kind", "id"),
            "members": _household(person),
            "links": PersonLink.objects.filter(Q(keep=person) | Q(other=person), undone_at=None).select_related("keep", "other", "by").order_by("-at", "id"),
            "twins": _twins(request, person),
            "restriction": person.restrictions.filter(in_force(clock.today())).first(),
            "channel_form": ChannelForm(),
            "attendant_form": AttendantForm(),
            "restrict_form": RestrictForm(),
            "now": now,
        },
    )


def _household(person: Person) -> Any:
    own = person.memberships.filter(valid_to=None).first()
    if own is None:
        return []
    return own.benefit_unit.memberships.filter(valid_to=None).exclude(person=person).select_related("person").order_by("person__birth_date", "id")


def _twins(request: Request, person: Person) -> list[queries.HitCard]:
    """Records that may be the same person and were not checked yet."""
    if not person.last_name:
        return []
    found = queries.search(request.actor, day=clock.today(), name=f"{person.first_name} {person.last_name}", birth_date=person.birth_date, limit=6)
    known = set(
        PersonLink.objects.filter(Q(keep=person) | Q(other=person), undone_at=None).order_by("id").values_list("keep_id", "other_id")
    )
    checked = {i for pair in known for i in pair}
    return [h for h in found.hits if h.person_id != person.pk and h.person_id not in checked and h.band != "passt wenig"]


def edit(request: Request, person_id: UUID) -> HttpResponse:
    """Correct name, birth date, language."""
    person = person_of(request, person_id)
    initial = {f: getattr(person, f) for f in ("first_name", "last_name", "birth_name", "birth_date", "sex", "language", "needs_interpreter")}
    form = PersonForm(request.POST or None, initial=initial, version=person.version)
    if request.method == "POST" and form.is_valid():
        given = {k: v for k, v in form.cleaned_data.items() if k != "op"}
        if form.run(verbs.correct_person, request, person_id=person.pk, **given):
            notes.done(request, "Berichtigt.")
            return redirect("people:detail", person.pk)
    return _form_page(request, person, form, "Angaben berichtigen", "Speichern")


def address(request: Request, person_id: UUID) -> HttpResponse:
    """A new address from a day on; the old one keeps its period."""
    person = person_of(request, person_id)
    form = AddressForm(request.POST or None, initial={"valid_from": clock.today()})
    if request.method == "POST" and form.is_valid():
        given = {k: v for k, v in form.cleaned_data.items() if k not in {"op", "version"}}
        where = locate(given["plz"], given["place"])
        if form.run(verbs.set_address, request, person_id=person.pk, lat=where[0] if where else None, lon=where[1] if where else None, **given):
            notes.done(request, "Anschrift gespeichert.")
            return redirect("people:detail", person.pk)
    return _form_page(request, person, form, "Neue Anschrift", "Speichern")


def contact(request: Request, person_id: UUID) -> HttpResponse:
    """Safe contact, letters, consents."""
    person = person_of(request, person_id)
    initial = {f: getattr(person, f) for f in ("safe_contact", "contact_hint", "may_remind", "may_follow_up")}
    initial["no_letters"] = person.addresses.filter(valid_to=None, no_letters=True).exists()
    form = ContactForm(request.POST or None, initial=initial, version=person.version)
    if request.method == "POST" and form.is_valid():
        given = {k: v for k, v in form.cleaned_data.items() if k != "op"}
        if form.run(verbs.set_contact, request, person_id=person.pk, **given):
            notes.done(request, "Gespeichert. Das geht allen Briefen und Anrufen vor.")
            return redirect("people:detail", person.pk)
    return _form_page(request, person, form, "Kontakt und Einwilligung", "Speichern")


def _form_page(request: Request, person: Person, form: VerbForm, title: str, button: str) -> HttpResponse:
    audit.log_access(actor=request.actor, kind="open", page="people:edit", person_ids=[person.pk], at=clock.now())
    return page(request, "people/form.html", {"person": person, "form": form, "title": title, "button": button}, status=422 if form.errors else 200)


@require_POST
def act(request: Request, person_id: UUID, what: str) -> HttpResponse:
    """The small acts on the page: number, companion, protection, duplicates."""
    person = person_of(request, person_id)
    now, op, actor = clock.now(), op_of(request), request.actor
    if what == "kanal":
        channel_form = ChannelForm(request.POST)
        if channel_form.is_valid():
            given = channel_form.cleaned_data
            verbs.set_channel(actor=actor, at=now, op=op, person_id=person.pk, kind=ChannelKind(given["kind"]), value=given["value"], is_safe=given["is_safe"], valid_from=clock.today())
    elif what == "kanal-ende":
        channel = Channel.objects.filter(person=person, pk=_uuid(request.POST.get("kanal"))).first()
        if channel is None:
            raise Http404
        verbs.end_channel(actor=actor, at=now, op=op, channel_id=channel.pk)
    elif what == "begleitung":
        attendant_form = AttendantForm(request.POST)
        if attendant_form.is_valid():
            given = attendant_form.cleaned_data
            verbs.add_attendant(actor=actor, at=now, op=op, person_id=person.pk, kind=AttendantKind(given["kind"]), name=given["name"], phone=given["phone"])
    elif what == "schutz":
        restrict_form = RestrictForm(request.POST)
        if restrict_form.is_valid():
            given = restrict_form.cleaned_data
            verbs.restrict(actor=actor, at=now, op=op, person_id=person.pk, kind=RestrictionKind(given["kind"]), ask=given["ask"], phone=request.jobcenter.protection_phone)
    elif what == "schutz-ende":
        held = person.restrictions.filter(in_force(clock.today())).first()
        if held is None:
            raise Http404
        verbs.lift_restriction(actor=actor, at=now, op=op, restriction_id=held.pk)
    elif what in {"doppelt", "verschieden"}:
        other = Person.objects.filter(pk=_uuid(request.POST.get("andere"))).first()
        if other is None or queries.card(actor, other.pk, day=clock.today()) is None:
            raise Http404
        verbs.link_duplicates(actor=actor, at=now, op=op, keep_id=person.pk, other_id=other.pk, same=what == "doppelt", reason=request.POST.get("reason", ""))
    elif what == "trennen":
        link = PersonLink.objects.filter(Q(keep=person) | Q(other=person), pk=_uuid(request.POST.get("link"))).first()
        if link is None:
            raise Http404
        verbs.unlink(actor=actor, at=now, op=op, link_id=link.pk)
    else:
        raise Http404
    notes.done(request, "Gespeichert.")
    return redirect("people:detail", person.pk)


def _uuid(text: str | None) -> UUID:
    try:
        return UUID(text or "")
    except ValueError as error:
        raise Http404 from error
