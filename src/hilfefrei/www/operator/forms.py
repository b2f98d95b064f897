"""Forms of the operator. Choices are given by the view, because they are those of the house today."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms

from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.audit.actor import ROLE_LABELS
from hilfefrei.apps.intake.workflows import DateKind
from hilfefrei.apps.org import queries as org
from hilfefrei.apps.org.models import Room
from hilfefrei.apps.org.workflows import Specialisation
from hilfefrei.apps.people.workflows import LANGUAGES
from hilfefrei.core import clock
from hilfefrei.www.fields import GermanDateField, GermanTimeField
from hilfefrei.www.requests import Request
from hilfefrei.www.verbs import VerbForm


def id_of(text: str) -> UUID | None:
    """The chosen object; None for "nobody" and "none"."""
    return UUID(text) if text else None


def users(request: Request, first: str = "") -> list[tuple[str, str]]:
    """Colleagues with an open login, ``first`` standing for nobody."""
    rows = User.objects.filter(jobcenter_id=request.actor.jobcenter_id, is_active=True, is_emergency=False)
    return ([("", first)] if first else []) + [(str(u.pk), f"{u.last_name}, {u.first_name}") for u in rows]


def rooms(besides: Room | None = None) -> list[tuple[str, str]]:
    """Rooms in use, with their seats; ``besides`` is one that may have been given up since."""
    rows = list(org.rooms(clock.today()))
    if besides is not None and besides not in rows:
        rows.append(besides)
    return [("", "Video oder ohne Raum"), *((str(r.pk), f"{r.name} ({r.seats} Plätze)" if r.seats else r.name) for r in rows)]


class SharesForm(VerbForm):
    """Seats, room, leader, language of a date."""

    room = forms.ChoiceField(label="Raum", required=False)
    led_by = forms.ChoiceField(label="leitet", required=False)
    seats = forms.IntegerField(
        label="Plätze", required=False, min_value=1, max_value=500, help_text="leer bei Einzelcoaching und offener Stellenbörse"
    )
    language = forms.ChoiceField(label="Sprache", choices=list(LANGUAGES.items()), initial="de")
    remarks = forms.CharField(label="Hinweis", required=False, max_length=160)

    def __init__(self, request: Request, *args: Any, room: Room | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["room"].choices = rooms(room)  # type: ignore[attr-defined]
        self.fields["led_by"].choices = users(request, "noch offen")  # type: ignore[attr-defined]

    @property
    def shared(self) -> dict[str, Any]:
        """The values as the verbs take them."""
        given = self.cleaned_data
        return {
            "room_id": id_of(given["room"]),
            "led_by_id": id_of(given["led_by"]),
            "seats": given["seats"],
            "language": given["language"],
            "remarks": given["remarks"],
        }


class DateForm(SharesForm):
    """A date or a weekly series."""

    kind = forms.ChoiceField(label="Angebot", choices=DateKind.choices)
    day = GermanDateField(label="Tag", required=True)
    starts = GermanTimeField(label="Beginn", required=True)
    ends = GermanTimeField(label="Ende", required=True)
    until = GermanDateField(label="jede Woche bis", help_text="leer = nur dieser Termin; Feiertage bleiben frei")

    field_order = ["kind", "day", "starts", "ends", "until", "room", "led_by", "seats", "language", "remarks"]


class ChangeDateForm(SharesForm):
    """Change a date."""

    following = forms.BooleanField(label="auch alle folgenden dieser Reihe", required=False)


class CancelForm(VerbForm):
    """Call a date off."""

    reason = forms.CharField(label="Warum? (ohne Namen)", max_length=160)
    following = forms.BooleanField(label="auch alle folgenden dieser Reihe", required=False)


class RoomForm(VerbForm):
    """A room."""

    name = forms.CharField(label="Raum", max_length=80)
    place = forms.CharField(label="Ort", max_length=80)
    seats = forms.IntegerField(label="Plätze", required=False, min_value=1, max_value=1000, help_text="leer = unbegrenzt")
    step_free = forms.BooleanField(label="stufenlos", required=False)
    remarks = forms.CharField(label="Zugang, Ausstattung", required=False, max_length=120)
    blocked_from = GermanDateField(label="gesperrt von")
    blocked_to = GermanDateField(label="gesperrt bis", help_text="leer = bis auf Weiteres")
    closed_on = GermanDateField(label="aufgegeben ab", help_text="ab diesem Tag lässt er sich nicht mehr belegen")


class AbsenceForm(VerbForm):
    """Somebody is away; there is no reason to give."""

    user = forms.ChoiceField(label="Wer")
    valid_from = GermanDateField(label="von", required=True)
    valid_to = GermanDateField(label="bis", required=True)
    substitute = forms.ChoiceField(label="Vertretung", required=False)

    def __init__(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].choices = users(request)  # type: ignore[attr-defined]
        self.fields["substitute"].choices = users(request, "noch offen")  # type: ignore[attr-defined]


class TeamForm(VerbForm):
    """A team."""

    name = forms.CharField(label="Name", max_length=80)
    specialisation = forms.ChoiceField(label="Aufgabe", choices=Specialisation.choices)
    phone = forms.CharField(label="Telefon", required=False, max_length=40)


class PositionForm(VerbForm):
    """A post, or its change from a day on."""

    role = forms.ChoiceField(label="Rolle", choices=[(r.value, label) for r, label in ROLE_LABELS.items()])
    holder = forms.ChoiceField(label="Person", required=False)
    fte = forms.DecimalField(
        label="Stellenanteil", min_value=Decimal("0.05"), max_value=Decimal(1), decimal_places=3, initial=Decimal(1), localize=True,
        help_text="1 = volle Stelle, 0,5 = halbe",
    )  # fmt: skip
    is_lead = forms.BooleanField(label="leitet das Team", required=False)
    from_day = GermanDateField(label="ab", required=True)
    valid_to = GermanDateField(label="bis", help_text="leer = unbefristet")

    def __init__(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["holder"].choices = users(request, "unbesetzt")  # type: ignore[attr-defined]


class LastDayForm(VerbForm):
    """The last day of a post."""

    last_day = GermanDateField(label="letzter Tag", required=True)


class CloseTeamForm(VerbForm):
    """The day from which a team is gone."""

    closed_on = GermanDateField(label="aufgelöst ab", required=True)


class LoginForm(VerbForm):
    """A login, with its first post if a team is chosen."""

    first_name = forms.CharField(label="Vorname", max_length=60)
    last_name = forms.CharField(label="Nachname", max_length=60)
    username = forms.CharField(label="Anmeldename", max_length=60)
    phone = forms.CharField(label="Durchwahl", required=False, max_length=40)
    password = forms.CharField(label="Erstes Passwort", widget=forms.PasswordInput, help_text="mindestens 12 Zeichen")


class PasswordForm(VerbForm):
    """A new first password."""

    password = forms.CharField(label="Neues Passwort", widget=forms.PasswordInput, help_text="mindestens 12 Zeichen")


class HouseForm(VerbForm):
    """The Jobcenter itself."""

    name = forms.CharField(label="Name", max_length=120)
    land = forms.CharField(label="Land", max_length=2, help_text="Kürzel für die Feiertage, z. B. NI")
    street = forms.CharField(label="Straße", required=False, max_length=120)
    plz = forms.RegexField(r"^\d{5}$", label="PLZ", required=False, error_messages={"invalid": "Eine PLZ hat fünf Ziffern."})
    place = forms.CharField(label="Ort", required=False, max_length=80)
    phone = forms.CharField(label="Telefon", required=False, max_length=40)
    benefits_phone = forms.CharField(label="Telefon Leistung", required=False, max_length=40)
    urgent_phone = forms.CharField(label="Notfach Leistung", required=False, max_length=40)
    housing_phone = forms.CharField(label="Wohnungssicherung", required=False, max_length=40)
    protection_phone = forms.CharField(label="Schutzstelle", required=False, max_length=40)
    counsel_name = forms.CharField(label="Unabhängige Beratung", required=False, max_length=120)
    counsel_phone = forms.CharField(label="Telefon unabhängige Beratung", required=False, max_length=40)
    complaint_phone = forms.CharField(label="Kundenreaktion", required=False, max_length=40)
    opening_hours = forms.CharField(label="Öffnungszeiten", required=False, max_length=120)
    returning_gap_days = forms.IntegerField(label="Neu nach … Tagen ohne Leistung", min_value=0, max_value=3650)
    privacy_first = forms.BooleanField(
        label="Eingang beginnt mit Sichtschutz", required=False, help_text="für Bildschirme, die von der Theke aus zu lesen sind"
    )
    via_from = GermanDateField(
        label="ViA seit", help_text="erster Tag; der Monatsbericht vergleicht mit denen, die davor kamen. Leer = erster Erstkontakt", not_future=True
    )
    factor_roles = forms.MultipleChoiceField(
        label="Zweiter Faktor ist Pflicht für", required=False, choices=[(r.value, label) for r, label in ROLE_LABELS.items()],
        widget=forms.CheckboxSelectMultiple, help_text="wer so eine Rolle hat, richtet ihn bei der nächsten Anmeldung ein; im Übungsbetrieb nie",
    )  # fmt: skip
