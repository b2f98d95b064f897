"""Changing the file of a person: corrections, ways to reach, household, protection, duplicates. Every act can be read back."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render as page
from django.views.decorators.http import require_POST

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.benefits import domain as benefits
from hilfefrei.apps.benefits import queries as benefits_reads
from hilfefrei.apps.intake import queries as intake_reads
from hilfefrei.apps.intake.domain import household as household_verbs
from hilfefrei.apps.org import queries as org
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.people import domain as verbs
from hilfefrei.apps.people import policy, queries
from hilfefrei.apps.people.models import Membership, Person
from hilfefrei.apps.people.workflows import (
    AddressKind,
    AttendantKind,
    ChannelKind,
    ForeignField,
    MemberRole,
    RestrictionKind,
    Stay,
)
from hilfefrei.apps.privacy import queries as privacy
from hilfefrei.apps.privacy.domain import rights, wishes
from hilfefrei.apps.vacancies.queries import locate
from hilfefrei.core import clock
from hilfefrei.core.periods import age_on
from hilfefrei.www import notes
from hilfefrei.www.known import known, picked
from hilfefrei.www.people import forms
from hilfefrei.www.people.page import person_of
from hilfefrei.www.requests import Request, op_of, words_of
from hilfefrei.www.verbs import VerbForm


def _open(request: Request, person: Person, name: str) -> None:
    audit.log_access(actor=request.actor, kind="open", page=name, person_ids=[person.pk], at=clock.now())


def _form_page(request: Request, person: Person, form: VerbForm, title: str, button: str, **more: Any) -> HttpResponse:
    return page(
        request,
        "people/form.html",
        {"person": person, "form": form, "title": title, "button": button, **more},
        status=422 if form.errors else 200,
    )


def edit(request: Request, person_id: UUID) -> HttpResponse:
    """Correct name, birth date, language. What the paying system owns only stands there, with the way to report it."""
    person = person_of(request, person_id)
    _open(request, person, "people:edit")
    foreign = policy.belongs_to_benefits(person)
    fields = ("first_name", "last_name", "birth_name", "birth_date", "sex", "language", "needs_interpreter")
    form = forms.PersonForm(
        request.POST or None, initial={f: getattr(person, f) for f in fields}, version=person.version, foreign=foreign
    )
    if request.method == "POST" and form.is_valid():
        given = {k: v for k, v in form.cleaned_data.items() if k != "op"}
        if form.run(household_verbs.correct, request, person_id=person.pk, **given):
            notes.done(request, "Berichtigt.")
            return redirect("people:detail", person.pk)
    return _form_page(request, person, form, "Angaben berichtigen", "Speichern", foreign=foreign, stale_rows=_stale(form, fields))


def _stale(form: VerbForm, fields: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """Where both versions differ: (label, as it stands now, as typed)."""
    if form.stale is None:
        return []
    rows = []
    for name in fields:
        now, typed = getattr(form.stale, name), form.cleaned_data.get(name)
        if now != typed:
            rows.append((str(form.fields[name].label), form.in_words(name, now), form.in_words(name, typed)))
    return rows


def report(request: Request, person_id: UUID) -> HttpResponse:
    """Tell benefits what the paying system has wrong."""
    person = person_of(request, person_id)
    _open(request, person, "people:report")
    form = forms.ForeignErrorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if form.run(
            verbs.report_foreign_error, request, person_id=person.pk, what=ForeignField(given["what"]), text=given["text"]
        ):
            notes.done(request, "Gemeldet. Die Leistungsstelle berichtigt es dort.")
            return redirect("people:detail", person.pk)
    return _form_page(request, person, form, "Der Leistungsstelle melden", "Melden")


def contact(request: Request, person_id: UUID) -> HttpResponse:
    """How to reach somebody: safe contact first, numbers, addresses, who comes along."""
    person = person_of(request, person_id)
    _open(request, person, "people:contact")
    today = clock.today()
    which = request.POST.get("form", "")
    contact_form = forms.ContactForm(
        request.POST if which == "contact" else None,
        initial={"safe_contact": person.safe_contact, "contact_hint": person.contact_hint},
        version=person.version,
    )
    channel_form = forms.ChannelForm(request.POST if which == "channel" else None, prefix="kanal")
    attendant_form = forms.AttendantForm(request.POST if which == "attendant" else None, prefix="wer")
    done = ""
    if which == "contact" and contact_form.is_valid():
        given = contact_form.cleaned_data
        if contact_form.run(
            verbs.set_contact, request, person_id=person.pk, safe_contact=given["safe_contact"],
            contact_hint=given["contact_hint"], version=given["version"],
        ):
            done = "Gespeichert. Das geht allen Briefen und Anrufen vor."
    elif which == "channel" and channel_form.is_valid():
        given = channel_form.cleaned_data
        if channel_form.run(
            verbs.set_channel, request, person_id=person.pk, kind=ChannelKind(given["kind"]), value=given["value"],
            is_safe=given["is_safe"], valid_from=today,
        ):
            done = "Nummer gespeichert."
    elif which == "attendant" and attendant_form.is_valid():
        given = attendant_form.cleaned_data
        if attendant_form.run(
            verbs.add_attendant, request, person_id=person.pk, kind=AttendantKind(given["kind"]), name=given["name"],
            phone=given["phone"], remarks=given["remarks"],
        ):
            done = "Gespeichert."
    if done:
        notes.done(request, done)
        return redirect("people:contact", person.pk)
    restriction = queries.restriction_of(person, today)
    reach = queries.reach(request.actor, person, today)
    return page(
        request,
        "people/contact.html",
        {
            "person": person,
            "reach": reach,
            "beside": [c for c in (*reach.use, *reach.avoid) if c.person_id != person.pk],
            "contact_form": contact_form,
            "stale_rows": _stale(contact_form, ("safe_contact", "contact_hint")),
            "channel_form": channel_form,
            "attendant_form": attendant_form,
            "which": which,
            # Here all numbers stand, so that one that is not safe can be ended.
            "channels": [c for c in person.channels.order_by("-is_safe", "-valid_from", "id") if c.valid_to is None],
            "attendants": queries.attendants(person, today),
            "homes": queries.homes(person),
            "restriction": restriction,
            "today": today,
        },
        status=422 if any(f.errors for f in (contact_form, channel_form, attendant_form)) else 200,
    )


def address(request: Request, person_id: UUID) -> HttpResponse:
    """A new address from a day on; the old one keeps its period."""
    person = person_of(request, person_id)
    _open(request, person, "people:address")
    form = forms.AddressForm(request.POST or None, initial={"valid_from": clock.today(), "kind": AddressKind.HOME})
    if request.method == "POST" and form.is_valid():
        given = {k: v for k, v in form.cleaned_data.items() if k not in {"op", "version"}}
        given["kind"] = AddressKind(given["kind"])
        where = locate(given["plz"], given["place"])
        if form.run(
            verbs.set_address, request, person_id=person.pk, lat=where[0] if where else None, lon=where[1] if where else None, **given
        ):
            notes.done(request, "Anschrift gespeichert.")
            return redirect("people:contact", person.pk)
    return _form_page(request, person, form, "Neue Anschrift", "Speichern")


def consent(request: Request, person_id: UUID) -> HttpResponse:
    """What the person allows; taken back as easily as given."""
    person = person_of(request, person_id)
    _open(request, person, "people:consent")
    words = {True: "true", False: "false", None: "unknown"}
    form = forms.ConsentForm(
        request.POST or None,
        initial={f: words[getattr(person, f)] for f in ("may_remind", "may_follow_up")},
        version=person.version,
    )
    if request.method == "POST" and form.is_valid():
        given = {k: v for k, v in form.cleaned_data.items() if k != "op"}
        if form.run(verbs.set_consent, request, person_id=person.pk, **given):
            notes.done(request, "Gespeichert. Die Person kann es jederzeit ändern.")
            return redirect("people:detail", person.pk)
    return _form_page(request, person, form, "Einwilligungen", "Speichern")


def household(request: Request, person_id: UUID) -> HttpResponse:
    """Who lives here: join, move out, add a child. A known record is searched first, so that nobody is made twice."""
    person = person_of(request, person_id)
    _open(request, person, "people:household")
    today = clock.today()
    which = request.POST.get("form", "")
    form = forms.MemberForm(
        request.POST if which in {"join", "search"} else None, initial={"valid_from": today, "role": MemberRole.CHILD}
    )
    leave_form = forms.LeaveUnitForm(request.POST if which == "leave" else None)
    stay_form = forms.StayForm(request.POST if which == "stay" else None)
    found: queries.SearchResult | None = None
    if which == "join" and form.is_valid():
        given = form.cleaned_data
        new = bool(request.POST.get("new"))
        member = None if new else given["member"]
        if member is not None:
            found = picked(request, member)
        elif not new:
            found = known(
                request, "people:household", first_name=given["first_name"], last_name=given["last_name"],
                or_last_name=person.last_name, birth_date=given["birth_date"], without=person.pk,
            )
        if member is not None or found is None or not (found.hits or found.hint):
            values = {k: v for k, v in given.items() if k not in {"op", "version", "member"}}
            values["role"] = MemberRole(values["role"])
            if form.run(household_verbs.join, request, person_id=person.pk, member_id=member, **values):
                notes.done(request, "Gehört jetzt zum Haushalt.")
                return redirect("people:household", person.pk)
    elif which == "leave" and leave_form.is_valid():
        given = leave_form.cleaned_data
        ids = {m.membership.person_id: m.membership.pk for m in queries.household(request.actor, person, today)}
        if given["member"] not in ids:
            raise Http404
        if leave_form.run(household_verbs.leave, request, membership_id=ids[given["member"]], last_day=given["last_day"]):
            notes.done(request, "Wohnt nicht mehr hier. Der Zeitraum bleibt gespeichert.")
            return redirect("people:household", person.pk)
    elif which == "stay" and stay_form.is_valid():
        given = stay_form.cleaned_data
        held = _children(request, person).get(given["member"])
        if held is None:
            raise Http404
        if stay_form.run(
            household_verbs.change_stay, request, membership_id=held.pk, stay=Stay(given["stay"]), valid_from=given["valid_from"],
            reason=given["reason"],
        ):
            notes.done(request, "Gespeichert. Wie es davor war, bleibt stehen.")
            return redirect("people:household", person.pk)
    own = policy.memberships_shown(request.actor, person, today)
    children = _children(request, person)
    return page(
        request,
        "people/household.html",
        {
            "person": person,
            "members": queries.household(request.actor, person, today, own),
            "own": queries.first_of(own),
            "form": form,
            "leave_form": leave_form,
            "stay_form": stay_form,
            # What was typed where it was refused; each child has its own fields.
            "typed": {name: request.POST.get(name, "") if stay_form.errors else "" for name in ("member", "valid_from", "reason")},
            "children": children,
            "changed": queries.stay_changes(children.values()),
            "found": found,
            "today": today,
        },
        status=422 if form.errors or leave_form.errors or stay_form.errors else 200,
    )


def _children(request: Request, person: Person) -> dict[UUID, Membership]:
    """Whose stay may be changed here, by person: the children of the household, the person of the page among them."""
    today = clock.today()
    own = policy.memberships_shown(request.actor, person, today)
    shown = [m.membership for m in queries.household(request.actor, person, today, own) if m.name]
    first = queries.first_of(own)
    mine = [first] if first is not None else []
    children = [m for m in (*shown, *mine) if m.role == MemberRole.CHILD]
    return {m.person_id: m for m in children if m.stay == Stay.PART or not _grown(m.person, today)}


def _grown(person: Person, day: date) -> bool:
    return person.birth_date is not None and age_on(person.birth_date, day) >= verbs.ALTERNATES_UNTIL


def protection(request: Request, person_id: UUID) -> HttpResponse:
    """Protect a file, name colleagues, lift the protection."""
    require(policy.may_protect(request.actor))
    person = person_of(request, person_id)
    _open(request, person, "people:protection")
    today = clock.today()
    held = queries.restriction_of(person, today)
    colleagues = _colleagues(request, person)
    form = forms.RestrictForm(request.POST or None, initial={"phone": request.jobcenter.protection_phone})
    form.fields["users"].choices = list(colleagues.items())  # type: ignore[attr-defined]  # a ChoiceField
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if form.run(
            benefits.protect, request, person_id=person.pk, kind=RestrictionKind(given["kind"]), ask=given["ask"],
            phone=given["phone"], user_ids=[UUID(u) for u in given["users"]],
        ):
            notes.done(request, "Geschützt. Nur die Genannten sehen die Akte.")
            return redirect("people:protection", person.pk)
    named = list(held.users.all()) if held else []
    ids = queries.linked_ids(person.pk)
    team, office = benefits_reads.benefits_office(ids, today)
    waits = benefits_reads.waits_for_benefits(ids) and bool(office)
    entrance, talkers = intake_reads.entrance_office(ids, today)
    return page(
        request,
        "people/protection.html",
        {
            "person": person,
            "held": held,
            "named": sorted(named, key=lambda u: u.get_full_name()),
            "others": [(pk, name) for pk, name in colleagues.items() if pk not in {str(u.pk) for u in named}],
            "form": form,
            "team": team if waits else None,
            "unseen": waits and held is not None and not any(u.pk in office for u in named),
            "entrance": entrance,
            "unmet": bool(entrance) and held is not None and not any(u.pk in talkers for u in named),
            "linked": [link for link in queries.links(person) if link.same],
        },
        status=422 if form.errors else 200,
    )


def _colleagues(request: Request, person: Person) -> dict[str, str]:
    """Who may be named: people of the teams that are responsible today; anyone else would not see the file anyway."""
    today = clock.today()
    teams = {r.team_id: r.team.name for r in queries.responsibilities(person) if r.valid_to is None or r.valid_to >= today}
    return {
        str(u.pk): f"{u.get_full_name()}, {name}"
        for team, name in sorted(teams.items(), key=lambda pair: pair[1])
        for u in org.holders(today, team_id=team)
        if u.pk != request.actor.id
    }


def duplicates(request: Request, person_id: UUID) -> HttpResponse:
    """Look for other records of the same person, link them or say that they are two."""
    person = person_of(request, person_id)
    today = clock.today()
    form = forms.LinkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if queries.card(request.actor, given["other"], day=today) is None:
            raise Http404
        same = request.POST.get("urteil") != "verschieden"
        if form.run(
            verbs.link_duplicates, request, keep_id=person.pk, other_id=given["other"], same=same, reason=given["reason"]
        ):
            notes.done(request, "Verbunden. Beide Einträge behalten ihre Daten." if same else "Vermerkt: zwei Menschen.")
            return redirect("people:detail", person.pk)
    words = words_of(request)
    decided = {i for link in queries.links(person) for i in (link.keep_id, link.other_id)} | {person.pk}
    hits: list[queries.HitCard] = []
    if words:
        text, birth, number = queries.split_query(words, today=today)
        found = queries.search(request.actor, day=today, name=text, birth_date=birth, number=number, limit=8)
        hits = [h for h in found.hits if h.person_id not in decided]
    else:
        hits = queries.look_alikes(request.actor, person, today)
    hits = benefits_reads.with_applications(request.actor, hits, today)
    audit.log_access(
        actor=request.actor, kind="search", page="people:duplicates", person_ids=[person.pk, *(h.person_id for h in hits)], at=clock.now()
    )
    return page(
        request,
        "people/duplicates.html",
        {"person": person, "hits": hits, "links": queries.links(person), "q": words, "form": form},
        status=422 if form.errors else 200,
    )


@require_POST
def act(request: Request, person_id: UUID, what: str) -> HttpResponse:
    """The acts of one button each."""
    person = person_of(request, person_id)
    if what not in ACTS:
        raise Http404
    back, words = ACTS[what](request, person, {"actor": request.actor, "at": clock.now(), "op": op_of(request)})
    notes.done(request, words)
    if what in {"schutz-ende", "namen-streichen"} and not policy.visible_to(request.actor, clock.today()).filter(pk=person.pk).exists():
        return redirect("people:list")
    return redirect(back, person.pk)


def _uuid(text: str | None) -> UUID:
    try:
        return UUID(text or "")
    except ValueError as error:
        raise Http404 from error


def _one(rows: Any, request: Request, name: str) -> Any:
    found = rows.filter(pk=_uuid(request.POST.get(name))).first()
    if found is None:
        raise Http404
    return found


Act = Callable[[Request, Person, dict[str, Any]], tuple[str, str]]


def _end_channel(request: Request, person: Person, given: dict[str, Any]) -> tuple[str, str]:
    verbs.end_channel(channel_id=_one(person.channels, request, "kanal").pk, **given)
    return "people:contact", "Diese Nummer gilt nicht mehr."


def _end_attendant(request: Request, person: Person, given: dict[str, Any]) -> tuple[str, str]:
    verbs.end_attendant(attendant_id=_one(person.attendants, request, "wer").pk, **given)
    return "people:contact", "Gespeichert."


def _letters(request: Request, person: Person, given: dict[str, Any]) -> tuple[str, str]:
    blocked = request.POST.get("post") == "nein"
    verbs.block_letters(address_id=_one(person.addresses, request, "anschrift").pk, blocked=blocked, **given)
    return "people:contact", "Keine Post an diese Anschrift." if blocked else "Post an diese Anschrift ist wieder möglich."


def _held(person: Person) -> Any:
    held = queries.restriction_of(person, clock.today())
    if held is None:
        raise Http404
    return held


def _colleague(request: Request, person: Person) -> UUID:
    wanted = request.POST.get("wer", "")
    if wanted not in _colleagues(request, person):
        raise Http404
    return UUID(wanted)


def _lift(request: Request, person: Person, given: dict[str, Any]) -> tuple[str, str]:
    verbs.lift_restriction(restriction_id=_held(person).pk, **given)
    return "people:detail", "Der Schutz ist aufgehoben."


def _name(request: Request, person: Person, given: dict[str, Any]) -> tuple[str, str]:
    verbs.name_user(restriction_id=_held(person).pk, user_id=_colleague(request, person), **given)
    return "people:protection", "Sieht die Akte jetzt auch."


def _unname(request: Request, person: Person, given: dict[str, Any]) -> tuple[str, str]:
    held = _held(person)
    benefits.stop_naming(restriction_id=held.pk, user_id=_one(held.users, request, "wer").pk, **given)
    return "people:protection", "Sieht die Akte nicht mehr."


def _part(request: Request, person: Person, given: dict[str, Any]) -> tuple[str, str]:
    verbs.unlink(link_id=_one(queries.links(person), request, "link").pk, **given)
    return "people:detail", "Getrennt. Jeder Eintrag hat seine Daten behalten."


def _settle(request: Request, person: Person, given: dict[str, Any]) -> tuple[str, str]:
    verbs.settle_foreign_error(error_id=_one(person.foreign_errors, request, "meldung").pk, **given)
    return "people:detail", "Erledigt."


def _stay_back(request: Request, person: Person, given: dict[str, Any]) -> tuple[str, str]:
    held = next((m for m in _children(request, person).values() if m.pk == _uuid(request.POST.get("wohnen"))), None)
    if held is None:
        raise Http404
    household_verbs.undo_stay(membership_id=held.pk, **given)
    return "people:household", "Zurückgenommen. Es ist wieder wie zuvor."


def _withdraw(request: Request, person: Person, given: dict[str, Any]) -> tuple[str, str]:
    now = {(g.consent.key, str(g.row_id)): g for g in privacy.consents_of(person, {}) if g.value}
    held = now.get((request.POST.get("was", ""), request.POST.get("zeile", "")))
    if held is None:
        raise Http404
    rights.withdraw(person=person, key=held.consent.key, row_id=held.row_id, **given)
    return "people:detail", f"Zurückgenommen, gilt ab sofort: {held.consent.ends}."


def _settle_note(request: Request, person: Person, given: dict[str, Any]) -> tuple[str, str]:
    shown = {str(d.note.pk): d.note for d in privacy.notes_of(request.actor, person)}
    if (note := shown.get(request.POST.get("vermerk", ""))) is None:
        raise Http404
    rights.settle(note_id=note.pk, **given)
    return "people:detail", "Geklärt. Der Vermerk steht nicht mehr neben der Angabe."


def _wish(person: Person) -> UUID:
    if (found := privacy.wish_of(person)) is None:
        raise Http404
    return found.pk


def _wish_back(request: Request, person: Person, given: dict[str, Any]) -> tuple[str, str]:
    wishes.withdraw(wish_id=_wish(person), **given)
    return "people:data", "Zurückgezogen. Es wird nichts gelöscht."


def _wish_told(request: Request, person: Person, given: dict[str, Any]) -> tuple[str, str]:
    wishes.told(wish_id=_wish(person), **given)
    return "people:data", "Vermerkt. Was bewilligt ist, löscht der Hintergrunddienst in der nächsten Minute."


ACTS: dict[str, Act] = {
    "loeschwunsch-zurueck": _wish_back,
    "loeschbrief-raus": _wish_told,
    "einwilligung-zurueck": _withdraw,
    "vermerk-geklaert": _settle_note,
    "kanal-ende": _end_channel,
    "begleitung-ende": _end_attendant,
    "post": _letters,
    "schutz-ende": _lift,
    "namen-nennen": _name,
    "namen-streichen": _unname,
    "trennen": _part,
    "meldung-erledigt": _settle,
    "wohnen-zurueck": _stay_back,
}
