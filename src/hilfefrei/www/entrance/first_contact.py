"""Pages: first contact, what follows at once, the receipt."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.shortcuts import render as page
from django.views.decorators.http import require_POST

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.benefits import domain as benefits
from hilfefrei.apps.benefits import policy as benefits_policy
from hilfefrei.apps.benefits import queries as benefits_reads
from hilfefrei.apps.benefits.models import Application
from hilfefrei.apps.benefits.workflows import Channel, UrgentKind
from hilfefrei.apps.intake import policy
from hilfefrei.apps.intake import queries as intake
from hilfefrei.apps.intake.domain import first_contact as verbs
from hilfefrei.apps.intake.domain.asking import guardian_of, stage
from hilfefrei.apps.intake.models import FirstContact
from hilfefrei.apps.org.policy import require
from hilfefrei.apps.people import policy as people_policy
from hilfefrei.apps.people import queries as people
from hilfefrei.apps.people.models import Person
from hilfefrei.apps.people.workflows import LANGUAGES
from hilfefrei.core import clock, days
from hilfefrei.core.clocks import effect_day
from hilfefrei.papers import data, render
from hilfefrei.www import notes, papers
from hilfefrei.www.entrance.forms import FirstContactForm, RightPersonForm, moment_of
from hilfefrei.www.known import meant
from hilfefrei.www.requests import Request, op_of, words_of


def _hits(request: Request, source: Any, *, only_meant: bool = False) -> people.SearchResult | None:
    """Search with what stands in the form; None when nothing was typed, or nobody of ``only_meant`` is there."""
    name = str(source.get("name", "")).strip()[:160]
    birth = None
    raw = str(source.get("birth_date", "")).strip()
    if raw:
        try:
            birth = days.parse_german_date(raw, today=clock.today(), birth=True)
        except ValueError:
            birth = None
    if len(name) < 2 and birth is None:
        return None
    text, typed_birth, number = people.split_query(name, today=clock.today())
    birth = birth or typed_birth
    found = people.search(request.actor, day=clock.today(), name=text, birth_date=birth, number=number, limit=6)
    if only_meant:
        found = replace(found, hits=[hit for hit in found.hits if meant(hit, name=text, birth_date=birth)])
    found = replace(found, hits=benefits_reads.with_applications(request.actor, found.hits, clock.today()))
    audit.log_access(
        actor=request.actor, kind="search", page="entrance:first_contact", person_ids=found.person_ids, at=clock.now()
    )
    return None if only_meant and not (found.hits or found.hint) else found


def _unasked(request: Request, form: FirstContactForm) -> people.SearchResult | None:
    """Who may be meant although nobody was chosen: searched before somebody new is made, and asked once."""
    if form.person_id is not None or form.is_somebody_new:
        return None
    found = _hits(request, request.POST, only_meant=True)
    # Asked last: the twin of a double click finds whom the first one has just made.
    return None if audit.is_repeat(request.actor, form.cleaned_data["op"]) else found


def _asks(request: Request, form: FirstContactForm, found: people.SearchResult | None) -> bool:
    """Ask what has to be asked before anything is recorded, all at once; whether there was something."""
    child = _child(request, form)
    asked = child is not None and form.ask_for_child(child)
    number = form.typed_number
    if found is not None or number:
        form.ask_who(hits=found is not None, number=number)
    return asked or found is not None or bool(number)


def _child(request: Request, form: FirstContactForm) -> date | None:
    """The birth date of a child of under 15 for whom money is wished, and nobody known to ask for it."""
    given = form.cleaned_data
    chosen = _chosen(request, form)
    birth = given["birth_date"] or (chosen.birth_date if chosen else None)
    if birth is None or stage(birth, given["contact_day"]) != "child" or audit.is_repeat(request.actor, given["op"]):
        return None
    if not verbs.asks_for_money(given["wishes"], given["urgent"], wants_advance=given["advance"] == "yes"):
        return None
    known = Person.objects.filter(pk=form.person_id).first() if form.person_id else None
    return None if known and guardian_of(known) else birth


# In the session: what became of the words typed beside a chosen person, by contact; names never go into a cookie or address.
TYPED = "erstkontakt_eingaben"
MOST_TYPED = 5


def _empty(form: FirstContactForm) -> list[str]:
    """What the typed words will fill in the record of the chosen person."""
    person = Person.objects.filter(pk=form.person_id).first() if form.person_id else None
    return [*verbs.fillable(person, form.new_person())] if person else []


def _home(form: FirstContactForm) -> str:
    """The home in the record of the chosen person before anything was written."""
    person = Person.objects.filter(pk=form.person_id).first() if form.person_id else None
    return verbs.home_of(person) if person else ""


def _keep_typed(request: Request, form: FirstContactForm, contact: FirstContact, filled: list[str], home: str) -> None:
    """For the next page: what was filled in, and where the record says otherwise (label, as it stands, as typed)."""
    if form.person_id is None or str(contact.pk) in request.session.get(TYPED, {}):
        return
    new, person = form.new_person(), contact.person
    held = {"name": person.full_name, "home": home}
    said = {"name": f"{new.first_name} {new.last_name}".strip(), "home": f"{new.plz} {new.place}".strip()}
    rows = [
        (FIELD_WORDS[key], _shown(key, held.get(key) or getattr(person, key)), _shown(key, typed))
        for key in verbs.differing(person, new)
        if (typed := said[key] if key in said else getattr(new, key))
    ]
    if form.cleaned_data["moved"] and home and home != verbs.home_of(person):
        filled = [*filled, "home"]
    if filled or rows:
        words = list(dict.fromkeys(FIELD_WORDS[key] for key in filled))
        kept = {**request.session.get(TYPED, {}), str(contact.pk): {"filled": words, "rows": rows, "home": any(label == FIELD_WORDS["home"] for label, _, _ in rows)}}
        request.session[TYPED] = dict(list(kept.items())[-MOST_TYPED:])


FIELD_WORDS = {
    "name": "Name", "first_name": "Name", "last_name": "Name", "birth_date": "Geburtsdatum", "sex": "Anrede", "language": "Sprache",
    "needs_interpreter": "Sprachmittlung nötig", "home": "Wohnort",
}  # fmt: skip


def _shown(key: str, value: Any) -> str:
    if key == "birth_date":
        return f"{value:%d.%m.%Y}" if value else "leer"
    words = {"sex": {"w": "Frau", "m": "Herr", "d": "ohne Anrede"}, "language": LANGUAGES}.get(key, {})
    return str(words.get(value, value) or "leer")


def first_contact(request: Request) -> HttpResponse:
    """Take down a first contact in under a minute. Searching and choosing a hit keep everything that was typed."""
    require(policy.may(request.actor, "first_contact"))
    now = clock.now()
    initial = {"contact_day": clock.today(), "contact_time": now.astimezone(clock.BERLIN).time()}
    step = request.POST.get("step", "save") if request.method == "POST" else ""
    found = None
    if step == "save":
        form = FirstContactForm(request.POST)
        if form.is_valid() and form.person_id is not None and _chosen(request, form) is None:
            # Not there, or protected: the same words, which tell nothing.
            form.drop_person(verbs.UNKNOWN_PERSON)
        elif form.is_valid() and _asks(request, form, found := _unasked(request, form)):
            pass
        elif form.is_valid():
            given = form.cleaned_data
            empty, home = _empty(form), _home(form)
            contact = form.run(
                verbs.record_first_contact,
                request,
                contact_at=given["contact_at"],
                channel=Channel(given["channel"]),
                wishes=given["wishes"],
                person_id=form.person_id,
                new_person=form.new_person(),
                time_source=given["time_source"],
                words=given["words"],
                no_application_reason=given["no_application_reason"],
                urgent=[UrgentKind(k) for k in given["urgent"]],
                money_until=given["money_until"],
                wants_advance=given["advance"] == "yes",
                safe_phone=given["safe_phone"],
                block_letters=given["block_letters"],
                anyway=given["anyway"],
                representative=given["representative"],
                relation=given["relation"],
                moved=given["moved"],
            )
            if contact is not None:
                if intake.contact_for(request.actor, contact.pk, clock.today()) is None:
                    notes.done(request, _closed(contact))
                    return redirect("entrance:board")
                _keep_typed(request, form, contact, empty, home)
                return redirect("entrance:recorded", contact.pk)
        if form.errors and found is None:
            found = _hits(request, request.POST)
    elif request.method == "POST":
        # Search, choose or drop a hit: nothing is saved, nothing that was typed is lost.
        typed = request.POST.copy()
        if step == "drop":
            typed["person"] = ""
        elif step.startswith("pick:"):
            typed["person"] = step.removeprefix("pick:")
        several = {"wishes", "urgent"}
        kept = {key: values if key in several else values[-1] for key, values in typed.lists()}
        form = FirstContactForm(initial=initial | kept)
        found = None if step == "panel" else _hits(request, typed)
    else:
        form = FirstContactForm(initial=initial)
    chosen = _chosen(request, form)
    moment = _moment(form)
    day = days.berlin_day(moment) if moment else clock.today()
    running, earlier = benefits_reads.running_for(chosen.person_id, day) if chosen else ("", False)
    if earlier:
        form["anyway"].label = "früheren Antrag aufnehmen"
    context = {
        "form": form,
        "found": found,
        "chosen": chosen,
        "running": running,
        "now": now,
        "earlier": earlier,
        "panel": _panel(form, running, moment, earlier=earlier),
    }
    if request.htmx and step in {"search", "panel"}:
        return page(request, f"entrance/parts/{'hits' if step == 'search' else 'wish_panel'}.html", context)
    return page(request, "entrance/first_contact.html", context, status=422 if form.errors else 200)


def _moment(form: FirstContactForm) -> datetime | None:
    """When the contact was, as it stands in the form; None where that is no moment."""
    try:
        day = form.fields["contact_day"].clean(form["contact_day"].value())
        time = form.fields["contact_time"].clean(form["contact_time"].value())
    except ValidationError:
        return None
    return moment_of(day, time)


def _closed(contact: FirstContact) -> str:
    """What the person who stands here may take along from a contact whose file is open to those named in it alone."""
    asked = contact.application
    done = f"Antrag gestellt {days.format_moment(asked.asked_at, year=True)} Uhr, Nummer {asked.reference}. " if asked else "Erfasst. "
    return done + "Die Akte öffnet nur, wer dafür genannt ist; auf dem Eingang steht sie als Nummer mit der Stelle, die Sie fragen."


def _panel(form: FirstContactForm, running: str, moment: datetime | None, *, earlier: bool) -> dict[str, Any]:
    """What the wish does: the application with its moment as it stands in the form, or that it would be one."""

    def ticked(name: str) -> list[str]:
        given = form.data.getlist(name) if isinstance(form.data, QueryDict) and form.is_bound else form[name].value()
        return list(given or [])

    named = bool(verbs.MONEY_WISHES.intersection(ticked("wishes")))
    told = form["tell_money"].value() == "yes"
    needs = told or verbs.asks_for_money([], ticked("urgent"), wants_advance=form["advance"].value() == "yes")
    implied = needs and not named
    made = named or (implied and (earlier or not running or bool(form["anyway"].value())))
    channel = dict(Channel.choices).get(str(form["channel"].value()), "")
    effect = effect_day(days.berlin_day(moment)) if moment else None
    return {"made": made, "implied": implied, "running": running, "moment": moment, "channel": channel, "effect": effect}


def _chosen(request: Request, form: FirstContactForm) -> people.HitCard | None:
    """The hit that was picked, as a card and nothing more."""
    try:
        person_id = UUID(str(form["person"].value() or ""))
    except ValueError:
        return None
    return people.card(request.actor, person_id, day=clock.today())


def in_earlier_month(contact: FirstContact) -> bool:
    """Whether an application with the moment of this contact would begin earlier than one of today."""
    return effect_day(days.berlin_day(contact.contact_at)) < effect_day(clock.today())


def recorded(request: Request, contact_id: UUID) -> HttpResponse:
    """What was done in this minute, and the next step."""
    require(policy.may(request.actor, "first_contact"))
    contact = intake.contact_for(request.actor, contact_id, clock.today())
    if contact is None:
        raise Http404
    audit.log_access(
        actor=request.actor, kind="open", page="entrance:recorded", person_ids=[contact.person_id], at=clock.now()
    )
    entry = intake.open_entry_of(contact.person_id)
    lacking = contact.application is None and entry is not None and intake.takes_application(entry)
    application = contact.application or (entry.application if entry else None)
    return page(
        request,
        "entrance/recorded.html",
        {
            "contact": contact,
            "stands": benefits_reads.standing(application) if application else None,
            "entry": entry,
            "runs": entry is not None and not intake.takes_application(entry),
            "application": application,
            "implied": contact.application is not None and not verbs.MONEY_WISHES.intersection(contact.wishes),
            "may_apply": lacking,
            "earlier_month": in_earlier_month(contact),
            "running": benefits_reads.running_for(contact.person_id, clock.today())[0] if lacking else "",
            "stage": stage(contact.person.birth_date, days.berlin_day(contact.contact_at)),
            "guardian": guardian_of(contact.person),
            "typed": request.session.get(TYPED, {}).get(str(contact.pk)),
            "foreign": people_policy.belongs_to_benefits(contact.person),
            "reports": contact.person.urgent_reports.filter(closed_at=None).order_by("due_at", "id"),
        },
    )


def receipt(request: Request, application_id: UUID) -> HttpResponse:
    """The receipt as PDF. It betrays nothing: no address, no reason. To look at it is not to hand it out."""
    require(benefits_policy.may_record(request.actor))
    application = _application(request, application_id)
    audit.log_access(
        actor=request.actor, kind="open", page="entrance:receipt", person_ids=[application.applicant_id], at=clock.now()
    )
    return papers.pdf(papers.receipt(request, application), f"bestaetigung-{application.reference}.pdf")


@require_POST
def hand_receipt(request: Request, application_id: UUID) -> HttpResponse:
    """Print the receipt for the person who stands here: noted as handed out, then shown."""
    require(benefits_policy.may_hand_receipt(request.actor))
    application = _application(request, application_id)
    benefits.hand_receipt(actor=request.actor, at=clock.now(), op=op_of(request), application_id=application.pk)
    return redirect("entrance:receipt", application.pk)


def _application(request: Request, application_id: UUID) -> Application:
    try:
        return benefits_policy.get_application_for(request.actor, application_id, clock.today())
    except Application.DoesNotExist as error:
        raise Http404 from error


def blank_form(request: Request) -> HttpResponse:
    """An empty first-contact sheet for the day the system is down."""
    require(policy.may(request.actor, "first_contact"))
    sheet = data.FirstContactForm(office=papers.office(request), printed_at=clock.now())
    return papers.pdf(render("first_contact_form", sheet), "erstkontakt-blanko.pdf")


def correct(request: Request, contact_id: UUID) -> HttpResponse:
    """The contact was taken down for the wrong person: search the right one, say why, keep the legal moment."""
    require(policy.may(request.actor, "first_contact"))
    contact = intake.contact_for(request.actor, contact_id, clock.today())
    if contact is None:
        raise Http404
    audit.log_access(actor=request.actor, kind="open", page="entrance:correct", person_ids=[contact.person_id], at=clock.now())
    words = words_of(request)
    name, birth, _ = people.split_query(words, today=clock.today())
    posted = request.method == "POST" and request.POST.get("new") == "1"
    form = RightPersonForm(request.POST if posted else None, prefix="neu", initial={"name": name, "birth_date": birth})
    if request.method == "POST" and request.POST.get("person"):
        try:
            person_id = UUID(request.POST["person"])
        except ValueError as error:
            raise Http404 from error
        if people.card(request.actor, person_id, day=clock.today()) is None:
            raise Refused(verbs.UNKNOWN_PERSON, code="unknown_person")
        verbs.correct_person(
            actor=request.actor,
            at=clock.now(),
            op=op_of(request),
            contact_id=contact.pk,
            person_id=person_id,
            reason=request.POST.get("reason", ""),
        )
        return _corrected(request, contact)
    if form.is_valid() and form.run(
        verbs.correct_person, request, contact_id=contact.pk, new_person=form.new_person(), reason=form.cleaned_data["reason"]
    ):
        return _corrected(request, contact)
    found = _hits(request, {"name": words})
    return page(
        request,
        "entrance/correct.html",
        {
            "contact": contact,
            "hits": [h for h in found.hits if h.person_id != contact.person_id] if found else [],
            "hint": found.hint if found else None,
            "searched": found is not None or form.is_bound,
            "form": form,
            "q": words,
        },
        status=422 if form.errors else 200,
    )


def _corrected(request: Request, contact: FirstContact) -> HttpResponse:
    """``contact`` as it was before: the wrong person is still in it."""
    text = "Berichtigt. Der Tag des Antrags ist derselbe geblieben."
    if contact.person.safe_contact:
        text += " Die Postsperre bleibt auch bei der zuerst gewählten Person. Bitte dort prüfen."
    notes.done(request, text)
    if intake.contact_for(request.actor, contact.pk, clock.today()) is None:
        return redirect("entrance:board")
    return redirect("entrance:recorded", contact.pk)
