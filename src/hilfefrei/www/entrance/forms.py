"""Forms of the entrance."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django import forms

from hilfefrei.apps.benefits.workflows import Channel, UrgentKind
from hilfefrei.apps.intake.domain.asking import RELATIONS
from hilfefrei.apps.intake.domain.first_contact import WISHES, NewPerson
from hilfefrei.apps.people.queries import split_query
from hilfefrei.apps.people.workflows import LANGUAGES
from hilfefrei.core import clock, names
from hilfefrei.core.periods import age_on
from hilfefrei.www.fields import GermanDateField, GermanTimeField, PlzField
from hilfefrei.www.verbs import HappenedForm, VerbForm

TIME_SOURCES = ("selbst gesehen", "Zettel vom Empfang", "Eingangsstempel", "Kopf der E-Mail", "Anrufliste", "andere Stelle")
URGENT_AT_CONTACT = (UrgentKind.NO_MONEY, UrgentKind.NO_ROOF, UrgentKind.VIOLENCE, UrgentKind.NO_INSURANCE)


NO_NAME = "„{}“ sieht nach einer Nummer aus, nicht nach einem Namen."
# What people write before a number.
BEFORE_NUMBER = frozenset({"nummer", "nr", "nr.", "antrag", "zeichen", "kundennummer", "aktenzeichen", "bg"})


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
    tell_money = forms.ChoiceField(
        label="Soll die Leistungsstelle es sofort wissen?",
        choices=[("yes", "ja, als „kein Geld“ melden, das ist auch der Antrag"), ("no", "nein, nur bei den Worten der Person festhalten")],
        required=False,
        widget=forms.RadioSelect,
    )
    person = forms.UUIDField(required=False, widget=forms.HiddenInput)
    # Who was typed when the hits were shown as a question: sent again unchanged, it is the answer "somebody new".
    asked = forms.CharField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(label="Name", required=False, max_length=160, help_text="Vorname Nachname, oder Nachname, Vorname")
    birth_date = GermanDateField(label="Geburtsdatum", birth=True)
    # The birth date for which it was asked who applies for the child.
    asked_child = forms.CharField(required=False, widget=forms.HiddenInput)
    representative = forms.CharField(label="Wer stellt den Antrag für das Kind?", required=False, max_length=120, help_text="Vorname Nachname")
    relation = forms.ChoiceField(label="Wer ist das?", required=False, choices=[("", "bitte wählen"), *((r, r) for r in RELATIONS)])
    sex = forms.ChoiceField(
        label="Anrede", required=False, choices=[("", "offen"), ("w", "Frau"), ("m", "Herr"), ("d", "keine")], widget=forms.RadioSelect
    )
    language = forms.ChoiceField(label="Sprache", choices=list(LANGUAGES.items()), initial="de", required=False)
    needs_interpreter = forms.BooleanField(label="Sprachmittlung nötig", required=False)
    plz = PlzField()
    place = forms.CharField(label="Ort", required=False, max_length=80)
    moved = forms.BooleanField(label="ist umgezogen: als neue Anschrift übernehmen", required=False)
    safe_phone = forms.CharField(
        label="Sichere Telefonnummer", required=False, max_length=40, help_text="leer lassen, wenn niemand anrufen soll"
    )
    block_letters = forms.BooleanField(label="keine Post an die bisherige Anschrift", required=False)

    asks_who = False
    asks_money = False

    def clean(self) -> dict[str, Any]:
        """Join day and time; "today" words are for people, days for the form."""
        cleaned = super().clean() or {}
        if cleaned.get("contact_day") and cleaned.get("contact_time"):
            cleaned["contact_at"] = moment_of(cleaned["contact_day"], cleaned["contact_time"])
        if cleaned.get("representative") and not cleaned.get("relation") and "relation" not in self.errors:
            self.add_error("relation", "Bitte wählen, wer das für das Kind ist.")
        if cleaned.get("plz") and not cleaned.get("place"):
            self.add_error("place", "Bitte den Ort zur PLZ eintragen.")
        if cleaned.get("money_until") and not {"no_money"} & set(cleaned.get("urgent", [])) and cleaned.get("advance") != "yes":
            if cleaned.get("tell_money") == "yes":
                cleaned["urgent"] = [*cleaned.get("urgent", []), UrgentKind.NO_MONEY.value]
            elif not cleaned.get("tell_money"):
                self.asks_money = True
                self.add_error("tell_money", "„Geld reicht bis“ ist eingetragen. Bitte wählen Sie ja oder nein.")
        return cleaned

    @property
    def shows_money(self) -> bool:
        """Whether it is asked what is to become of "Geld reicht bis"."""
        return self.asks_money or bool(self["tell_money"].value())

    def new_person(self) -> NewPerson:
        """What was typed about somebody who is not there yet."""
        given = self.cleaned_data
        name, birth, number = split_query(given["name"], today=clock.today())
        if number:
            # A number was searched for; it is nobody's name.
            name = "" if self.person_id else " ".join(w for w in name.split() if w.casefold() not in BEFORE_NUMBER)
        last, first = names.split_name(name)
        return NewPerson(
            first_name=first,
            last_name=last,
            birth_date=given["birth_date"] or birth,
            sex=given["sex"],
            language=given["language"] or "de",
            needs_interpreter=given["needs_interpreter"],
            plz=given["plz"],
            place=given["place"],
        )

    @property
    def is_somebody_new(self) -> bool:
        """Whether the question "is it one of these?" was answered for what is typed."""
        return bool(self.cleaned_data["asked"]) and self.cleaned_data["asked"] == self._who()

    def ask_who(self, *, hits: bool, number: str) -> None:
        """Ask once whether one of the ``hits`` is meant, or who by a ``number``; everything stays, the next press is the answer."""
        self.asks_who = hits
        self._again(asked=self._who())
        if hits:
            self.add_error("name", "Vielleicht gibt es diese Person schon. Bitte sehen Sie die Treffer an.")
        if number:
            self.add_error(
                "name",
                f"{NO_NAME.format(number)} Wählen Sie die Person, oder schreiben Sie den Namen. Ist beides nicht möglich, drücken "
                "Sie noch einmal „Erfassen“: Dann bekommt die Person eine eigene Nummer.",
            )

    @property
    def typed_number(self) -> str:
        """The number that stands where the name of somebody new belongs, and was not asked about yet."""
        if self.person_id is not None or self.is_somebody_new:
            return ""
        return split_query(self.cleaned_data["name"], today=clock.today())[2]

    def ask_for_child(self, birth: date) -> bool:
        """Ask once who applies for a child of under 15; whether it was asked. Without an answer it is recorded all the same."""
        given = self.cleaned_data
        if given["representative"] or given["asked_child"] == birth.isoformat():
            return False
        self._again(asked_child=birth.isoformat())
        age = age_on(birth, given["contact_day"])
        self.add_error(
            "representative",
            f"Das Kind ist {age} {'Jahr' if age == 1 else 'Jahre'} alt. Unter 15 stellt den Antrag, wer es gesetzlich vertritt (§ 36 SGB I). "
            "Ist das noch offen, drücken Sie noch einmal „Erfassen“: Der Antrag gilt trotzdem.",
        )
        return True

    @property
    def shows_representative(self) -> bool:
        """Whether the fields of the representative stand on the page."""
        return bool(self["representative"].value() or self["asked_child"].value() or self["relation"].value())

    def _who(self) -> str:
        return f"{names.fold(self.cleaned_data['name'])} {self.cleaned_data['birth_date'] or ''}".strip()

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


class RightPersonForm(VerbForm):
    """The right person of a first contact, not in the register yet."""

    name = forms.CharField(label="Name", max_length=160, help_text="Vorname Nachname, oder Nachname, Vorname")
    birth_date = GermanDateField(label="Geburtsdatum", birth=True)
    reason = forms.CharField(label="Was war falsch?", max_length=200)

    def clean_name(self) -> str:
        """A number is nobody's name."""
        name = str(self.cleaned_data["name"])
        if number := split_query(name, today=clock.today())[2]:
            raise forms.ValidationError(NO_NAME.format(number))
        return name

    def new_person(self) -> NewPerson:
        """What is known of that person."""
        name, birth, _ = split_query(self.cleaned_data["name"], today=clock.today())
        last, first = names.split_name(name)
        return NewPerson(first_name=first, last_name=last, birth_date=self.cleaned_data["birth_date"] or birth)


class LaterForm(VerbForm):
    """Talk later: when and why."""

    resume_day = GermanDateField(label="wieder am", required=True)
    resume_time = GermanTimeField(label="um", required=True)
    reason = forms.CharField(label="Warum später?", max_length=200)


class ShiftNoteForm(VerbForm):
    """Hand over at the end of the shift."""

    text = forms.CharField(label="Was ist offen?", max_length=300)
    to = forms.ChoiceField(label="an", required=False)
