"""Forms of the file of a person."""

from typing import Any

from django import forms

from hilfefrei.apps.people.workflows import (
    LANGUAGES,
    AddressKind,
    AttendantKind,
    ChannelKind,
    ForeignField,
    MemberRole,
    RestrictionKind,
    Stay,
)
from hilfefrei.www.fields import GermanDateField, PlzField, StayField
from hilfefrei.www.verbs import VerbForm

ANSWERS = [("unknown", "noch nicht gefragt"), ("true", "ja"), ("false", "nein")]


class PersonForm(VerbForm):
    """Name, birth date, language. ``foreign``: name and birth date belong to the paying system and only stand there."""

    first_name = forms.CharField(label="Vorname", required=False, max_length=80)
    last_name = forms.CharField(label="Nachname", required=False, max_length=80)
    birth_name = forms.CharField(label="Geburtsname", required=False, max_length=80)
    birth_date = GermanDateField(label="Geburtsdatum", birth=True)
    sex = forms.ChoiceField(label="Anrede", required=False, choices=[("", "offen"), ("w", "Frau"), ("m", "Herr"), ("d", "keine")])
    language = forms.ChoiceField(label="Sprache", choices=list(LANGUAGES.items()))
    needs_interpreter = forms.BooleanField(label="Sprachmittlung nötig", required=False)

    def __init__(self, *args: Any, foreign: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if foreign:
            for name in ("first_name", "last_name", "birth_date"):
                self.fields[name].disabled = True
                self.fields[name].help_text = "gehört der Leistungsstelle"


class AddressForm(VerbForm):
    """Where somebody lives."""

    kind = forms.ChoiceField(label="Art", choices=AddressKind.choices)
    street = forms.CharField(label="Straße und Hausnummer", required=False, max_length=120)
    plz = PlzField()
    place = forms.CharField(label="Ort", required=False, max_length=80)
    valid_from = GermanDateField(label="seit", required=True)
    no_letters = forms.BooleanField(label="keine Post an diese Anschrift", required=False)

    def clean(self) -> dict[str, Any]:
        """A place, unless there is none."""
        given = super().clean() or {}
        if given.get("kind") != AddressKind.NO_ABODE and not given.get("place"):
            self.add_error("place", "Bitte den Ort eintragen, oder „ohne festen Wohnsitz“ wählen.")
        return given


class ContactForm(VerbForm):
    """Safe contact."""

    safe_contact = forms.BooleanField(
        label="sicherer Kontakt", required=False, help_text="geht allen Briefen, Anrufen und Erinnerungen vor, aus allen Teams"
    )
    contact_hint = forms.CharField(
        label="Beim Anrufen beachten", required=False, max_length=160, help_text="zum Beispiel: 9 bis 14 Uhr, keine Mailbox"
    )


class ConsentForm(VerbForm):
    """What the person allows."""

    may_remind = forms.TypedChoiceField(
        label="Dürfen wir per SMS an Termine erinnern?", choices=ANSWERS, coerce={"true": True, "false": False}.get,
        widget=forms.RadioSelect,
    )
    may_follow_up = forms.TypedChoiceField(
        label="Dürfen wir später nachfragen, auch wenn kein Geld mehr von uns kommt?", choices=ANSWERS,
        coerce={"true": True, "false": False}.get, widget=forms.RadioSelect,
    )


class ChannelForm(VerbForm):
    """A number or address."""

    kind = forms.ChoiceField(label="Art", choices=ChannelKind.choices)
    value = forms.CharField(label="Nummer oder Adresse", max_length=120)
    is_safe = forms.BooleanField(label="sicher: nur die Person selbst nimmt ab", required=False)


class AttendantForm(VerbForm):
    """Who comes along or speaks for the person."""

    kind = forms.ChoiceField(label="Wer", choices=AttendantKind.choices)
    name = forms.CharField(label="Name", max_length=120)
    phone = forms.CharField(label="Telefon", required=False, max_length=40)
    remarks = forms.CharField(label="Hinweis", required=False, max_length=160)


class MemberForm(VerbForm):
    """Somebody who lives in the household: new, or a record that was found before (``member``)."""

    role = forms.ChoiceField(label="Wer", choices=[c for c in MemberRole.choices if c[0] != MemberRole.APPLICANT])
    first_name = forms.CharField(label="Vorname", required=False, max_length=80)
    last_name = forms.CharField(label="Nachname", required=False, max_length=80, help_text="leer: wie die Person")
    birth_date = GermanDateField(label="Geburtsdatum", birth=True)
    valid_from = GermanDateField(label="seit", required=True, not_future=True)
    stay = StayField()
    member = forms.UUIDField(widget=forms.HiddenInput, required=False)


class LeaveUnitForm(VerbForm):
    """Somebody moved out of the household."""

    member = forms.UUIDField(widget=forms.HiddenInput)
    last_day = GermanDateField(label="letzter Tag", required=True)


class StayForm(VerbForm):
    """From a day on a child lives here always, or on some days only."""

    member = forms.UUIDField(widget=forms.HiddenInput)
    stay = forms.ChoiceField(choices=Stay.choices, widget=forms.HiddenInput)
    valid_from = GermanDateField(label="ab wann", required=True, not_future=True)
    reason = forms.CharField(label="Woher wissen wir es?", max_length=200)


class RestrictForm(VerbForm):
    """Protect a file."""

    kind = forms.ChoiceField(
        label="Warum geschützt", choices=[(k.value, k.label) for k in (RestrictionKind.PROTECTED, RestrictionKind.STAFF)]
    )
    ask = forms.CharField(label="Wen sollen andere fragen?", max_length=120, initial="Schutzstelle", help_text="eine Stelle, keine Person")
    phone = forms.CharField(label="Telefon dieser Stelle", required=False, max_length=40)
    users = forms.MultipleChoiceField(
        label="Wer sieht die Akte außer Ihnen?", required=False, widget=forms.CheckboxSelectMultiple
    )


class ForeignErrorForm(VerbForm):
    """Something the paying system has wrong."""

    what = forms.ChoiceField(label="Was stimmt nicht?", choices=ForeignField.choices)
    text = forms.CharField(label="Wie ist es richtig, und woher wissen Sie es?", max_length=200)


class LinkForm(VerbForm):
    """Two records are one person, or two."""

    other = forms.UUIDField(widget=forms.HiddenInput)
    reason = forms.CharField(label="Woran sieht man es?", required=False, max_length=200)
