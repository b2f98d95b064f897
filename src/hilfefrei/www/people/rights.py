"""What a person may demand: to know what is held, to dispute it, to take a consent back (Art. 15 to 18 DSGVO, §§ 83, 84 SGB X)."""

import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render as page
from django.views.decorators.http import require_POST

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.people import policy as people_policy
from hilfefrei.apps.people import queries as people
from hilfefrei.apps.people.models import Person
from hilfefrei.apps.privacy import disclosure, holdings, policy, queries
from hilfefrei.apps.privacy.disclosure import Disclosure, Value
from hilfefrei.apps.privacy.domain import rights
from hilfefrei.apps.privacy.domain import wishes as wish_verbs
from hilfefrei.apps.privacy.workflows import Ground, Stays, WishState
from hilfefrei.core import catalogue, clock
from hilfefrei.core.catalogue import NOT_FOR_BENEFITS, Zone
from hilfefrei.papers import data, render
from hilfefrei.www import notes, papers
from hilfefrei.www.people.page import person_of
from hilfefrei.www.privacy import wishes
from hilfefrei.www.privacy.wishes import WishForm
from hilfefrei.www.requests import Request
from hilfefrei.www.verbs import VerbForm

NEVER_ON_A_PAGE = frozenset({Zone.NONE, Zone.RECORD})
# Two forms on one page: each id once.
WISH_IDS = "loeschwunsch_%s"


class DisputeForm(VerbForm):
    """Which value, and what the person says."""

    table = forms.CharField(max_length=60, widget=forms.HiddenInput)
    field = forms.CharField(max_length=60, widget=forms.HiddenInput)
    row = forms.UUIDField(widget=forms.HiddenInput)
    says = forms.CharField(label="Was sagt die Person dazu?", max_length=300, widget=forms.Textarea({"rows": 2}))


def _held(request: Request, person_id: UUID, name: str) -> tuple[Person, Disclosure]:
    """The person with everything held on them, for whoever may give it out; it is noted before the answer leaves."""
    person = person_of(request, person_id)
    require(policy.may_export(request.actor))
    audit.log_access(actor=request.actor, kind="export", page=name, person_ids=[person.pk], at=clock.now())
    return person, disclosure.of(request.actor, person, clock.today())


def export(request: Request, person_id: UUID) -> HttpResponse:
    """Everything as a file for a machine."""
    _, held = _held(request, person_id, "people:disclosure_json")
    content = json.dumps(disclosure.as_json(held, clock.now(), request.jobcenter.name), ensure_ascii=False, indent=1)
    answer = HttpResponse(content, content_type="application/json; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="auskunft.json"'
    return answer


def paper(request: Request, person_id: UUID) -> HttpResponse:
    """Everything on paper."""
    person, held = _held(request, person_id, "people:disclosure")
    sheet = paper_of(held, office=papers.office(request), contact=papers.contact(request), name=person.full_name)
    return papers.pdf(render("disclosure", sheet), "auskunft.pdf")


def paper_of(held: Disclosure, *, office: data.Office, contact: data.Contact, name: str) -> data.Disclosure:
    """The facts of the disclosure as a paper."""
    parts = []
    for sheet in held.sheets:
        rows = [
            data.ExtractRow(value.label, value.text, str(number))
            for number, row in enumerate(sheet.rows, 1)
            for value in row.values
            if value.text and not _is_key(value)
        ]
        if rows:
            parts.append(data.DisclosurePart(f"{sheet.area}: {sheet.title}" if sheet.area != sheet.title else sheet.title, tuple(rows), tuple(_purposes(held, sheet))))
    return data.Disclosure(
        office=office, printed_at=clock.now(), contact=contact, name=name, parts=tuple(parts),
        sent=_sent(held), changes=len(held.changes),
    )  # fmt: skip


def _sent(held: Disclosure) -> tuple[str, ...]:
    return tuple(f"{day:%d.%m.%Y}: {what}" for day, what in held.sent)


def _is_key(value: Value) -> bool:
    """Keys of rows say nothing on paper; they stand in the file."""
    return value.entry.field == "id" or bool(disclosure.KEY.fullmatch(value.text))


def _purposes(held: Disclosure, sheet: disclosure.Sheet) -> Iterable[data.DisclosureFields]:
    """Fields of a table that share purpose, period and source, together."""
    known = catalogue.load().retentions
    groups: dict[tuple[str, str, str], list[str]] = {}
    for value in {v.entry.field: v for row in sheet.rows for v in row.values if v.text and not _is_key(v)}.values():
        period = known[value.entry.retention]
        groups.setdefault((value.entry.purpose, _kept(period), held.owner(value.entry)), []).append(value.label)
    for (purpose, kept, source), labels in groups.items():
        yield data.DisclosureFields(", ".join(labels), purpose, kept, source)


def _kept(period: catalogue.Retention) -> str:
    return period.period if period.starts in {"", "–"} else f"{period.period} ab: {period.starts}"


def notice(request: Request, person_id: UUID) -> HttpResponse:
    """Which data are held, without the data: what for, how long, who sees them, who was given them."""
    person, held = _held(request, person_id, "people:data_notice")
    known = catalogue.load()
    lines = []
    for sheet in held.sheets:
        values = {v.entry.field: v for row in sheet.rows for v in row.values if v.text and not _is_key(v)}
        zones = {v.entry.zone for v in values.values() if v.entry.zone not in NEVER_ON_A_PAGE}
        if not values:
            continue
        main = holdings.entries(sheet.table)[0]
        lines.append(
            data.NoticeLine(
                title=sheet.title,
                what=", ".join(v.label for v in values.values()),
                why=next((e.purpose for e in holdings.entries(sheet.table) if e.field in values and e.field != "id"), main.purpose),
                kept=_kept(known.retentions[holdings.retention_of(sheet.table)]),
                who=" ".join(known.zones[zone].text for zone in Zone if zone in zones),
            )
        )
    given = queries.consents_of(person, people.sources(person))
    sheet_ = data.DataNotice(
        office=papers.office(request), printed_at=clock.now(), contact=papers.contact(request), number=str(person.callsign),
        lines=tuple(lines), sent=_sent(held), consents=tuple(f"{g.consent.label}: {g.consent.what_for}" for g in given if g.value),
    )  # fmt: skip
    return papers.pdf(render("data_notice", sheet_), "welche-daten.pdf")


@require_POST
def wish(request: Request, person_id: UUID) -> HttpResponse:
    """The person wants to be erased out of turn (Art. 17 DSGVO): noted here, decided elsewhere."""
    person = person_of(request, person_id)
    form = WishForm(request.POST, auto_id=WISH_IDS)
    if form.is_valid():
        given = form.cleaned_data
        if form.run(wish_verbs.ask, request, person_id=person.pk, ground=Ground(given["ground"]), cause=given["cause"]):
            notes.done(request, "Aufgenommen. Die Leitung entscheidet; die Person bekommt binnen eines Monats Antwort.")
            return redirect("people:data", person.pk)
    return all_data(request, person_id, wish_form=form)


def answer(request: Request, person_id: UUID) -> HttpResponse:
    """The letter: what goes, what stays and why. It carries the name, so it is printed before anything goes."""
    person = person_of(request, person_id)
    require(policy.may_note(request.actor))
    found = queries.wish_of(person)
    if found is None or found.decided_at is None or found.state == WishState.WITHDRAWN:
        raise Http404
    audit.log_access(actor=request.actor, kind="export", page="people:wish_answer", person_ids=[person.pk], at=clock.now())
    sheet = data.ErasureAnswer(
        office=papers.office(request), printed_at=clock.now(), contact=papers.contact(request), name=person.full_name, number=str(person.callsign),
        asked_at=found.asked_at, decided_at=found.decided_at, answer=found.answer, everything="identity" in found.goes,
        goes=tuple(disclosure.short_title(key) for key in found.goes if key != "identity"),
        stays=tuple((disclosure.short_title(key), Stays(why).label) for key, why in found.stays.items()),
    )  # fmt: skip
    return papers.pdf(render("erasure_answer", sheet), "loeschwunsch.pdf")


def all_data(
    request: Request, person_id: UUID, *, form: DisputeForm | None = None, wish_form: WishForm | None = None
) -> HttpResponse:
    """Every value that the reader may see, with what it is for; beside each a disputed one's note, and the way to note one."""
    person = person_of(request, person_id)
    audit.log_access(actor=request.actor, kind="open", page="people:data", person_ids=[person.pk], at=clock.now())
    noted = {(d.note.table, d.note.field, str(d.note.row_id)): d for d in queries.notes_of(request.actor, person)}
    chosen = _chosen(request, form)
    placement = people_policy.may_see_placement(request.actor)
    parts: list[dict[str, Any]] = []
    for sheet in disclosure.of(request.actor, person, clock.today(), beside=False).sheets:
        rows: list[list[dict[str, Any]]] = []
        for row in sheet.rows:
            values = [v for v in row.values if v.text and not _is_key(v) and v.entry.zone not in NEVER_ON_A_PAGE]
            shown = [v for v in values if placement or v.entry.zone not in NOT_FOR_BENEFITS]
            rows.append([{"value": v, "row": row.id, "note": noted.get((sheet.table, v.entry.field, row.id))} for v in shown])
        if rows := [row for row in rows if row]:
            parts.append({"title": sheet.title, "area": sheet.area, "table": sheet.table, "rows": rows, "is_open": chosen["table"] == sheet.table})
    form = form or DisputeForm(initial={k: chosen[k] for k in ("table", "field", "row")})
    return page(
        request,
        "people/data.html",
        {
            "person": person, "parts": parts, "form": form, "chosen": chosen["label"], "may_export": policy.may_export(request.actor),
            "wish_form": wish_form or WishForm(auto_id=WISH_IDS), **wishes.context_of(request, person),
        },
        status=422 if form.errors or (wish_form is not None and wish_form.errors) else 200,
    )


def _chosen(request: Request, form: DisputeForm | None) -> dict[str, str]:
    """The value that is to be disputed, named in the address by table, field and key; empty where there is none."""
    given = form.data if form is not None else request.GET
    found = {name: str(given.get(name, ""))[:60] for name in ("table", "field", "row")}
    known = (found["table"], found["field"]) in queries.labels()
    return found | {"label": queries.label_of(found["table"], found["field"]) if known and found["row"] else ""}


@require_POST
def dispute(request: Request, person_id: UUID) -> HttpResponse:
    """Note what the person says of a value."""
    person = person_of(request, person_id)
    form = DisputeForm(request.POST)
    if not form.is_valid():
        return all_data(request, person_id, form=form)
    given = form.cleaned_data
    if (given["table"], given["field"]) not in queries.labels() or given["table"] not in holdings.tables():
        raise Http404
    made = form.run(
        rights.dispute, request, person_id=person.pk, table=given["table"], field=given["field"], row_id=given["row"], says=given["says"]
    )
    if made is None:
        return all_data(request, person_id, form=form)
    foreign = (given["table"], given["field"]) in rights.FOREIGN and people_policy.belongs_to_benefits(person)
    notes.done(request, "Vermerkt und der Leistungsstelle gemeldet." if foreign else "Vermerkt. Der Vermerk steht neben der Angabe.")
    return redirect("people:data", person.pk)
