"""What somebody could be entitled to, on the pages of the entrance: from the answers of the talk, what was said only for it, the household.

What is said only for the estimate is stored nowhere: it lies encrypted in a cookie of this workplace, for one person at a time and for an
hour, and is gone with the end of the talk. Advice, no decision.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken
from django import forms
from django.conf import settings
from django.http import HttpResponse

from hilfefrei.apps.accounts import crypt
from hilfefrei.apps.audit.actor import Actor
from hilfefrei.apps.intake.models import Entry
from hilfefrei.apps.people import queries as people_reads
from hilfefrei.apps.people.models import Address
from hilfefrei.apps.people.queries import Member
from hilfefrei.apps.people.workflows import MemberRole
from hilfefrei.core import clock, periods
from hilfefrei.core.law import UnknownDayError, parameters
from hilfefrei.core.law.estimate import HIGHEST, Band, Child, Effect, Estimate, Job, Known, Wage, estimate
from hilfefrei.core.law.household import Kind
from hilfefrei.core.law.rent_levels import UnknownPlaceError, rent_level
from hilfefrei.core.money import format_euro
from hilfefrei.www.fields import EuroField
from hilfefrei.www.proposals import Offer
from hilfefrei.www.requests import Request
from hilfefrei.www.verbs import VerbForm

HOUR: Final = 3600
TEN_EUROS: Final = 1000
# What the answer about income says of kinds, where there is one alone; wages and child benefit are looked at by themselves.
KINDS: Final = {
    "self": Kind.SELF_EMPLOYED, "advance": Kind.ADVANCE_MAINTENANCE, "maintenance": Kind.MAINTENANCE, "parental": Kind.PARENTAL,
    "pension": Kind.PENSION, "alg": Kind.UNEMPLOYMENT, "bafoeg": Kind.TRAINING_GRANT,
}  # fmt: skip
# Ages behind the answers to "Für wen sorgen Sie?".
AGES: Final = {"baby": Child(0, 2), "child": Child(3, 14), "teen": Child(15, 17)}
# What would narrow the estimate, as somebody asks for it.
ASKED: Final = {
    "rent": "die Miete", "wage": "Ihr Lohn", "partner": "ob Sie mit Partnerin oder Partner leben", "partner_wage": "deren oder dessen Lohn",
    "children": "wer mit Ihnen lebt", "other": "anderes Geld",
}  # fmt: skip
FIELDS: Final = ("rent", "partner", "wage", "partner_wage", "other")


class EstimateForm(VerbForm):
    """What only the estimate needs. Every field may stay empty: "weiß nicht" is an answer."""

    rent = EuroField(label="Miete warm im Monat", help_text="leer = weiß nicht", required=False)
    partner = forms.ChoiceField(
        label="Leben Sie mit Partnerin oder Partner?", choices=[("", "weiß nicht"), ("no", "nein"), ("yes", "ja")],
        widget=forms.RadioSelect, required=False,
    )  # fmt: skip
    wage = EuroField(label="Ihr Lohn im Monat, brutto", help_text="leer = weiß nicht, 0 = keiner", required=False)
    partner_wage = EuroField(label="Lohn der Partnerin oder des Partners, brutto", help_text="leer = weiß nicht, 0 = keiner", required=False)
    other = EuroField(
        label="Anderes Geld im Monat, zusammen", help_text="Unterhalt, Rente, Arbeitslosengeld … ohne Kindergeld. leer = weiß nicht", required=False
    )

    def __init__(self, *args: Any, leave_out: Iterable[str] = (), **kwargs: Any) -> None:
        """``leave_out``: fields that the talk has answered already."""
        super().__init__(*args, **kwargs)
        for name in leave_out:
            del self.fields[name]

    def given(self) -> dict[str, Any]:
        """What was answered."""
        return {name: value for name in FIELDS if (value := self.cleaned_data.get(name)) not in {None, ""}}


# ---- what is said only for it: on this workplace, for an hour


def _box() -> Fernet:
    return crypt.box(settings.SECRET_KEY.encode(), "estimate")


def keep(response: HttpResponse, request: Request, entry_id: UUID, given: Mapping[str, Any]) -> HttpResponse:
    """Take along what was said about ``entry_id``; what was said about somebody else is gone."""
    text = json.dumps({"entry": str(entry_id), "user": str(request.actor.id), "given": dict(given)})
    response.set_cookie(
        settings.HILFEFREI_ESTIMATE_COOKIE, _box().encrypt(text.encode()).decode(), max_age=HOUR, httponly=True, samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )  # fmt: skip
    return response


def forget(response: HttpResponse) -> HttpResponse:
    """Nothing of it is left."""
    response.delete_cookie(settings.HILFEFREI_ESTIMATE_COOKIE, samesite="Lax")
    return response


def given_for(request: Request, entry_id: UUID) -> dict[str, Any]:
    """What this worker was told about ``entry_id`` within the hour."""
    try:
        text = _box().decrypt(request.COOKIES.get(settings.HILFEFREI_ESTIMATE_COOKIE, "").encode(), ttl=HOUR)
    except InvalidToken:
        return {}
    kept = json.loads(text)
    mine = kept["entry"] == str(entry_id) and kept["user"] == str(request.actor.id)
    return {name: value for name, value in kept["given"].items() if name in FIELDS} if mine else {}


# ---- from answers to what the engine asks for


def members_of(actor: Actor, entry: Entry) -> list[Member]:
    """Who else lives in the unit; somebody whose file is shut for the reader has no name here."""
    if entry.application is None:
        return []
    found = people_reads.members(actor, [entry.application.benefit_unit_id], clock.today())
    return [m for m in found if m.membership.person_id != entry.person_id]


def known_of(
    request: Request, entry: Entry, values: Mapping[str, Any], members: Iterable[Member], home: Address | None, given: Mapping[str, Any]
) -> Known:
    """What is known of the unit; the answers of the talk and the household come before what was said only for the estimate."""
    household = list(members)
    partner = next((m for m in household if m.membership.role == MemberRole.PARTNER), None)
    children = tuple(_child(m) for m in household if m.membership.role == MemberRole.CHILD)
    cares = set(values.get("care") or ())
    guessed = tuple(child for key, child in AGES.items() if key in cares)
    income = set(values.get("income") or ())
    others = income & KINDS.keys()
    no_wage = 0 if income and "wage" not in income else None
    lives_with = True if partner else False if values.get("alone") == "yes" else {"yes": True, "no": False}.get(given.get("partner", ""))
    land = request.jobcenter.land
    return Known(
        birth=entry.person.birth_date,
        partner=lives_with,
        partner_birth=partner.birth_date if partner else None,
        # Nobody else was written down: what the answer says may stand for several.
        children=children or (guessed if cares else None),
        more_children=bool(guessed) and not children,
        rent=0 if values.get("home") == "none" else values.get("rent", given.get("rent")),
        wage=given.get("wage") if no_wage is None else no_wage,
        partner_wage=given.get("partner_wage") if no_wage is None else no_wage,
        other=0 if income and not others else given.get("other"),
        other_kind=KINDS[next(iter(others))] if len(others) == 1 else Kind.OTHER,
        land=land,
        rent_level=_level(land, home),
    )


def _child(member: Member) -> Child:
    return Child(birth=member.birth_date) if member.birth_date and member.birth_date <= clock.today() else Child()


def _level(land: str, home: Address | None) -> int | None:
    """Rent level of where somebody lives, None where the list does not tell without the Kreis."""
    if home is None or not home.place:
        return None
    try:
        return rent_level(parameters.shipped().on(clock.today()), land=periods.LANDS[land], community=home.place)
    except (UnknownDayError, UnknownPlaceError):
        return None


def answered(values: Mapping[str, Any], known: Known, given: Mapping[str, Any]) -> set[str]:
    """Fields that need not be asked: answered in the talk, or nobody to ask about."""
    told = {name for name in FIELDS if getattr(known, name) is not None and name not in given}
    return told | ({"partner_wage"} if known.partner is False else set())


# ---- words


def outwards(band: Band) -> Band:
    """A band to ten euros, nothing of it cut off; an amount that is certain stays as it is."""
    if band.low == band.high:
        return band
    return Band(band.low // TEN_EUROS * TEN_EUROS, -(-band.high // TEN_EUROS) * TEN_EUROS)


def euros(band: Band) -> str:
    """"990 €", "850 bis 990 €"."""
    wide = outwards(band)
    if wide.low == wide.high:
        return format_euro(wide.low, whole=True)
    return f"{format_euro(wide.low, whole=True).removesuffix(' €')} bis {format_euro(wide.high, whole=True)}"


def _helped(housing_benefit: Band, child_supplement: Band) -> str:
    """", wenn Wohngeld und Kinderzuschlag bewilligt werden"."""
    names = [name for name, band in (("Wohngeld", housing_benefit), ("Kinderzuschlag", child_supplement)) if band.high]
    return f", wenn {' und '.join(names)} bewilligt {'wird' if len(names) == 1 else 'werden'}" if names else ""


def _from(wage: Wage) -> str:
    if wage.low is None:
        return f"auch mit {format_euro(HIGHEST, whole=True)} Lohn nicht"
    if wage.high is None:
        return f"frühestens ab {format_euro(wage.low, whole=True)} Lohn"
    if wage.high == 0:
        return "schon ohne Lohn"
    if wage.low == 0:
        return f"spätestens ab {format_euro(wage.high, whole=True)} Lohn"
    return f"ab etwa {euros(Band(wage.low, wage.high))} Lohn"


@dataclass(frozen=True)
class Told:
    """The effect of a job in words; ``mark`` is one of mit, allein, nein (how the end points look)."""

    words: str
    mark: str
    money: str = ""
    # Where there is room for a few words only.
    short: str = ""


NO_WAGE: Final = Told("Ohne Lohnangabe können wir nicht sagen, was bleibt.", "nein", short="ohne Lohnangabe")


def _effect(effect: Effect | None, before: Band | None) -> Told:
    """Words of an effect; ``before`` is what the household has today, None where too much is open to say."""
    if effect is None:
        return NO_WAGE
    helped = _helped(effect.housing_benefit, effect.child_supplement)
    had = f"Geld im Haushalt: {euros(effect.disposable)} im Monat, heute {euros(before)}." if before else ""
    if effect.own == 2:
        return Told("Mit dieser Stelle: wahrscheinlich frei von Grundsicherung, aus eigenem Einkommen", "allein", had, "frei aus eigenem Lohn")
    if effect.free == 2:
        return Told(f"Mit dieser Stelle: wahrscheinlich frei von Grundsicherung{helped}", "mit", had, "frei, wenn bewilligt" if helped else "frei")
    if effect.free == 0:
        return Told(f"Mit dieser Stelle bleibt ein Anspruch von {euros(effect.paid)}", "nein", had, f"bleibt {euros(effect.paid)}")
    rest = f"sonst bleibt ein Anspruch bis {format_euro(-(-effect.paid.high // TEN_EUROS) * TEN_EUROS, whole=True)}"
    return Told(f"Mit dieser Stelle: vielleicht frei von Grundsicherung{helped}; {rest}", "nein", had, "vielleicht frei")


@dataclass(frozen=True)
class Shown:
    """The estimate as a page shows it."""

    found: Estimate
    known: Known
    form: EstimateForm

    @property
    def headline(self) -> str:
        """The one line that matters: "etwa 1.380 bis 1.410 € im Monat"."""
        found = self.found
        if found.claim.high == 0:
            return "voraussichtlich kein Anspruch"
        if self.known.rent is None:
            if found.living.high == 0:
                return "höchstens ein Teil der Wohnung"
            return f"{self._amount(found.living)} im Monat und dazu die Wohnung, soweit angemessen"
        return f"{self._amount(found.claim)} im Monat"

    @staticmethod
    def _amount(band: Band) -> str:
        if band.low == 0 < band.high:
            return f"bis {format_euro(outwards(band).high, whole=True)}"
        return f"etwa {euros(band)}"

    @property
    def housing(self) -> str:
        """What of it is for the dwelling; empty where the rent is not known."""
        return euros(self.found.housing) if self.known.rent is not None and self.found.claim.high else ""

    @property
    def free_from(self) -> str:
        """From which wage there is no Grundsicherung any more."""
        return _from(self.found.free_from)

    @property
    def own_from(self) -> str:
        """From which wage it needs nothing else either."""
        return _from(self.found.own_from)

    @property
    def helpers(self) -> str:
        """What may help to be free of Grundsicherung."""
        return "Wohngeld und Kinderzuschlag" if self.known.children or self.known.children is None else "Wohngeld"

    @property
    def instead(self) -> str:
        """That Wohngeld and Kinderzuschlag may be enough, in words; empty where they are not."""
        if self.found.claim.high == 0 or not self.found.ends_need:
            return ""
        together = euros(self.found.instead)
        if self.found.ends_need == 2:
            return f"{self.helpers}: wahrscheinlich genug, zusammen {together} im Monat. Das geht dann vor (§ 12a SGB II). Der Antrag hier bleibt offen, bis gezahlt wird."
        return f"{self.helpers}: vielleicht schon genug, je nach Antwort. Der Antrag hier bleibt offen, bis gezahlt wird (§ 12a SGB II)."

    @property
    def keeps(self) -> str:
        """Up to which savings it holds."""
        return format_euro(self.found.keeps, whole=True) if self.found.keeps else ""

    @property
    def missing(self) -> str:
        """What would narrow it, the most helpful first."""
        names = [ASKED[name] for name in self.found.missing]
        return f"{', '.join(names[:-1])} und {names[-1]}" if len(names) > 1 else "".join(names)

    @property
    def may_add(self) -> bool:
        """Whether anything can be said in the form."""
        return bool(self.form.visible_fields())

    @property
    def law(self) -> str:
        """Name and day of the law."""
        return f"{self.found.benefit}, Recht vom {self.found.day:%d.%m.%Y}"

    @property
    def band(self) -> Band:
        """The claim as it is shown."""
        return outwards(self.found.claim)

    @property
    def sign(self) -> str:
        """What was shown, so that exactly this is kept when somebody leaves."""
        return f"{self.band.low}:{self.band.high}:{self.found.day.isoformat()}"


def _job(offer: Offer) -> Job | None:
    month = offer.proposal.vacancy.wage_month
    return Job(*month) if month else None


def shown_of(
    request: Request, entry: Entry, values: Mapping[str, Any], members: Iterable[Member], offers: list[Offer], *, home: Address | None,
    bound: Any = None,
) -> tuple[Shown | None, list[Offer]]:  # fmt: skip
    """The estimate of today and the offers with their effect, in one run of the engine; None where the law of today is not known."""
    given = given_for(request, entry.pk)
    known = known_of(request, entry, values, members, home, given)
    try:
        found = estimate(known, clock.today(), jobs=[_job(offer) for offer in offers])
    except UnknownDayError:
        return None, offers
    form = bound if isinstance(bound, EstimateForm) else EstimateForm(initial=given, leave_out=answered(values, known, given))
    # What the household has in all is said only where neither rent nor other income is open.
    said = None not in {known.rent, known.wage, known.other} and (known.partner is False or known.partner_wage is not None)
    before = found.disposable if said else None
    told = [replace(offer, effect=_effect(effect, before)) for offer, effect in zip(offers, found.effects, strict=True)]
    return Shown(found, known, form), told
