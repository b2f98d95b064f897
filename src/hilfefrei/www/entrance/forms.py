"""Forms of the entrance."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms

from hilfefrei.apps.benefits.workflows import Channel, UrgentKind
from hilfefrei.apps.intake.domain.first_contact import WISHES, NewPerson
from hilfefrei.apps.people.workflows import LANGUAGES
from hilfefrei.core import clock, names
from hilfefrei.www.fields import GermanDateField, GermanTimeField, PlzField
from hilfefrei.www.verbs import HappenedForm, VerbForm

TIME_SOURCES = ("selbst gesehen", "Zettel vom Empfang", "Eingangsstempel", "Kopf der E-Mail", "Anrufliste", "andere Stelle")
URGENT_AT_CONTACT = (UrgentKind.NO_MONEY, UrgentKind.NO_ROOF, UrgentKind.VIOLENCE, UrgentKind.NO_INSURANCE)


def moment_of(day: Any, time: Any) -> datetime:
    """A Berlin day and time as an aware moment."""
    return datetime.combine(day, time, tzinfo=clock.BERLIN)


class FirstContactForm(VerbForm):
    """The first contact: way, time and wish are needed, everything else may follow."""

    channel = forms.ChoiceField(label="Auf welchem Weg?", choices=Channel.choices, initial=Channel.IN_PERSON, widget=forms.RadioSelect)
    contact_day = GermanDateField(label="Tag", not_future=True, required=True)
    contact_time = GermanTimeField(label="Uhrzeit", required=True)
    time_source = forms.ChoiceField(
        label="Woher wissen wir die Zeit?", choices=[(s, s) for s in TIME_SOURCES], initial=TIME_SOURCES[0], required=False
    )
    wishes = forms.MultipleChoiceField(
        label="Was möchte die Person?",
        choices=list(WISHES.items()),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Bitte wählen Sie, was die Person möchte."},
    )
    words = forms.CharField(
        label="In ihren Worten", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
    no_application_reason = forms.CharField(
        label="War kein Antrag, weil", required=False, max_length=200,
        help_text="Nur für Auskunft und anderes. Wer Geld oder Wohnung wünscht, hat den Antrag gestellt.",
    )
    anyway = forms.BooleanField(label="trotzdem neuer Antrag", required=False)
    urgent = forms.MultipleChoiceField(
        label="Ist etwas dringend?",
        choices=[(k.value, k.label) for k in URGENT_AT_CONTACT],
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "hf-seg--danger"}),
    )
    money_until = GermanDateField(label="Geld reicht bis")
    advance = forms.ChoiceField(
        label="Vorschuss gewünscht?",
        choices=[("yes", "ja"), ("no", "nein"), ("ask", "fragen")],
        initial="ask",
        required=False,
        widget=forms.RadioSelect,
    )
    person = forms.UUIDField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(label="Name", required=False, max_length=160, help_text="Vorname Nachname, oder Nachname, Vorname")
    birth_date = GermanDateField(label="Geburtsdatum", birth=True)
    sex = forms.ChoiceField(
        label="Anrede", required=False, choices=[("", "offen"), ("w", "Frau"), ("m", "Herr"), ("d", "keine")], widget=forms.RadioSelect
    )
    language = forms.ChoiceField(label="Sprache", choices=list(LANGUAGES.items()), initial="de", required=False)
    needs_interpreter = forms.BooleanField(label="Sprachmittlung nötig", required=False)
    plz = PlzField()
    place = forms.CharField(label="Ort", required=False, max_length=80)
    safe_phone = forms.CharField(
        label="Sichere Telefonnummer", required=False, max_length=40, help_text="leer lassen, wenn niemand anrufen soll"
    )
    block_letters = forms.BooleanField(label="keine Post an die bisherige Anschrift", required=False)

    def clean(self) -> dict[str, Any]:
        """Join day and time; "today" words are for people, days for the form."""
        cleaned = super().clean() or {}
        if cleaned.get("contact_day") and cleaned.get("contact_time"):
            cleaned["contact_at"] = moment_of(cleaned["contact_day"], cleaned["contact_time"])
        if cleaned.get("plz") and not cleaned.get("place"):
            self.add_error("place", "Bitte den Ort zur PLZ eintragen.")
        return cleaned

    def new_person(self) -> NewPerson:
        """What was typed about somebody who is not there yet."""
        given = self.cleaned_data
        last, first = names.split_name(given["name"])
        return NewPerson(
            first_name=first,
            last_name=last,
            birth_date=given["birth_date"],
            sex=given["sex"],
            language=given["language"] or "de",
            needs_interpreter=given["needs_interpreter"],
            plz=given["plz"],
            place=given["place"],
        )

    def drop_person(self, why: str) -> None:
        """The chosen person cannot be taken: say why, keep everything else that was typed."""
        self._again(person="")
        self.add_error(None, why)

    @property
    def person_id(self) -> UUID | None:
        """The person chosen from the hits."""
        return self.cleaned_data.get("person")


class UrgentForm(HappenedForm):
    """Report an urgent need later than at the first contact."""

    kind = forms.ChoiceField(label="Was ist dringend?", choices=UrgentKind.choices, widget=forms.RadioSelect)
    detail = forms.CharField(label="Was genau?", required=False, max_length=300)
    money_until = GermanDateField(label="Geld reicht bis")


class AttemptForm(HappenedForm):
    """Not reached, perhaps earlier than it is typed."""


class ReasonForm(VerbForm):
    """One sentence."""

    reason = forms.CharField(label="Grund", max_length=200)


class RightPersonForm(VerbForm):
    """The right person of a first contact, not in the register yet."""

    name = forms.CharField(label="Name", max_length=160, help_text="Vorname Nachname, oder Nachname, Vorname")
    birth_date = GermanDateField(label="Geburtsdatum", birth=True)
    reason = forms.CharField(label="Was war falsch?", max_length=200)

    def new_person(self) -> NewPerson:
        """What is known of that person."""
        last, first = names.split_name(self.cleaned_data["name"])
        return NewPerson(first_name=first, last_name=last, birth_date=self.cleaned_data["birth_date"])


class LaterForm(VerbForm):
    """Talk later: when and why."""

    resume_day = GermanDateField(label="wieder am", required=True)
    resume_time = GermanTimeField(label="um", required=True)
    reason = forms.CharField(label="Warum später?", max_length=200)


class ShiftNoteForm(VerbForm):
    """Hand over at the end of the shift."""

    text = forms.CharField(label="Was ist offen?", max_length=300)
    to = forms.ChoiceField(label="an", required=False)
