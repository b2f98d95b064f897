"""From rows to the sheets of the paying system: what it needs, no word of placement, no name of protected people."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from hilfefrei.apps.audit.actor import system
from hilfefrei.apps.benefits.models import Application, Declaration, UrgentReport
from hilfefrei.apps.benefits.workflows import DECLARATION_LAW, URGENT_LAW
from hilfefrei.apps.people import queries as people
from hilfefrei.apps.people.models import Membership, Number, Person
from hilfefrei.apps.people.workflows import LANGUAGES, AddressKind, NumberKind, Stay
from hilfefrei.core.days import berlin_day
from hilfefrei.core.money import format_euro
from hilfefrei.core.sheets import Sheet, Value


def key_of(application: Application, correction: int = 0) -> str:
    """The key under which the sheet of ``application`` goes out; each correction has its own."""
    return f"antrag-{application.reference}" + (f"-b{correction}" if correction else "")


def application_sheet(application: Application, now: datetime, *, wishes: Iterable[str] = (), correction: int = 0) -> Sheet:
    """The sheet of an application. ``wishes`` are those that benefits answer; ``correction``: which correction this is."""
    day = berlin_day(now)
    person = application.applicant
    waiting = list(application.urgent_reports.filter(closed_at=None).order_by("reported_at", "id"))
    memberships = list(
        Membership.objects.filter(benefit_unit=application.benefit_unit_id, valid_to=None)
        .select_related("person")
        .order_by("person__birth_date", "id")
    )
    ids = {person.pk, *(m.person_id for m in memberships)}
    guards = people.guards(ids, day)
    customer = dict(
        Number.objects.filter(kind=NumberKind.CUSTOMER, person__in=ids, valid_to=None).order_by("valid_from", "id").values_list("person", "value")
    )
    unit_number = (
        Number.objects.filter(kind=NumberKind.UNIT, benefit_unit=application.benefit_unit_id, valid_to=None)
        .order_by("-valid_from", "id").values_list("value", flat=True).first()
    )  # fmt: skip
    values: dict[str, Value] = {
        "zeichen": application.reference,
        "berichtigt": True if correction else None,
        "gestellt": application.asked_at,
        "zeit_aus": application.time_source,
        "erfasst": application.recorded_at,
        "wirkt_ab": application.effect_from,
        "weg": application.get_channel_display(),
        "dringend": ", ".join(r.get_kind_display() for r in waiting),
        "geld_bis": min((r.money_until for r in waiting if r.money_until), default=None),
        "wunsch": ", ".join(wishes),
        "nummer": person.callsign,
        "bg_nummer": unit_number,
    }
    guard = guards.get(person.pk)
    if guard is not None:
        values["geschuetzt"] = ", ".join(part for part in (guard.ask, guard.phone) if part)
    else:
        values |= {"gefragt_hat": application.asked_by, "kundennummer": customer.get(person.pk)} | _who(person, day)
    others = [m for m in memberships if m.person_id != person.pk]
    return Sheet("antrag", key_of(application, correction), values, [_member(m, guarded=m.person_id in guards, customer=customer) for m in others])


def _who(person: Person, day: date) -> dict[str, Value]:
    reach = people.reach(system(person.jobcenter_id), person, day)
    # A shelter is in no file that leaves the house.
    home = person.addresses.filter(valid_to=None).exclude(kind=AddressKind.SHELTER).order_by("-valid_from", "id").first()
    found: dict[str, Value] = {
        "nachname": person.last_name,
        "vorname": person.first_name,
        "geburtsname": person.birth_name,
        "geburtsdatum": person.birth_date,
        "sprache": LANGUAGES.get(person.language, person.language),
        "sprachmittlung": person.needs_interpreter,
        "telefon": reach.phone,
        "beim_anrufen": reach.hint,
    }
    if home is not None:
        found |= {"strasse": home.street, "plz": home.plz, "ort": home.place, "keine_post": people.letters_blocked(person)}
    return found


def _member(member: Membership, *, guarded: bool, customer: dict[UUID, str]) -> dict[str, Value]:
    held: dict[str, Value] = {"rolle": member.get_role_display(), "zeitweise": member.stay == Stay.PART}
    if guarded:
        return held | {"geschuetzt": True}
    person = member.person
    return held | {
        "nachname": person.last_name,
        "vorname": person.first_name,
        "geburtsdatum": person.birth_date,
        "kundennummer": customer.get(person.pk),
    }


def urgent_sheet(report: UrgentReport) -> Sheet:
    """The sheet of an urgent report, with the minutes there are to answer."""
    application = report.application
    return Sheet(
        "dringend",
        f"dringend-{report.pk}",
        {
            "was": report.get_kind_display(),
            "recht": URGENT_LAW.get(report.kind, ""),
            "dazu": report.detail,
            "geld_bis": report.money_until,
            "betrag": format_euro(report.amount_cents) if report.amount_cents is not None else None,
            "gemeldet": report.reported_at,
            "antwort_bis": report.due_at,
            "minuten": round((report.due_at - report.reported_at).total_seconds() / 60),
            "zeichen": application.reference if application else None,
            "aktenzeichen": application.file_number if application else None,
            "nummer": report.person.callsign,
        },
    )


def declaration_sheet(made: Declaration) -> Sheet:
    """The sheet of a signed declaration, or that one is revoked: never why."""
    return Sheet(
        "erklaerung",
        f"erklaerung-{made.pk}",
        {
            "was": made.get_kind_display(),
            "recht": DECLARATION_LAW[made.kind],
            "erklaert": made.declared_at,
            "unterschrieben_am": made.signed_on,
            "zugestimmt": made.representative,
            "zeichen": made.application.reference,
            "aktenzeichen": made.application.file_number,
            "nummer": made.application.applicant.callsign,
        },
    )
