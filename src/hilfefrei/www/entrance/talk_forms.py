"""Forms of the conversation, made from the data of the questions."""

import re
from decimal import Decimal
from typing import Any

from django import forms

from hilfefrei.apps.benefits.workflows import Channel
from hilfefrei.apps.intake.domain.leave import RIGHTS
from hilfefrei.apps.intake.workflows import LeaveAct
from hilfefrei.apps.org.workflows import INTEGRATION_TEAMS
from hilfefrei.apps.people.workflows import MemberRole
from hilfefrei.core import clock
from hilfefrei.core.days import parse_german_date
from hilfefrei.core.questions import Group, Question, split_names
from hilfefrei.www.fields import EuroField, GermanDateField, GermanTimeField, HoursField, PlzField, StayField
from hilfefrei.www.verbs import HappenedForm, VerbForm

NUMBER_KINDS = frozenset({"hours", "time", "number", "euro"})
SHORT_KINDS = NUMBER_KINDS | {"text", "names"}
# A free answer may be a season or a year; one that is written as a day has to be a day.
A_DAY = re.compile(r"\d{1,2}\.\s*\d{1,2}\.(\s*\d{2}|\s*\d{4})?")


def _field(question: Question) -> forms.Field:
    shared: dict[str, Any] = {"label": question.text, "help_text": question.hint, "required": False}
    choices = list((question.options or {}).items())
    if question.kind == "choice":
        return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **shared)
    if question.kind == "many":
        return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **shared)
    if question.kind == "euro":
        return EuroField(**shared)
    if question.kind == "hours":
        return HoursField(**shared)
    if question.kind == "time":
        return GermanTimeField(**shared)
    if question.kind == "number":
        low, high = question.low, question.high
        return forms.IntegerField(
            min_value=low,
            max_value=high,
            error_messages={
                "invalid": "Bitte eine ganze Zahl eintragen.",
                "min_value": f"Bitte eine Zahl von {low} bis {high} eintragen.",
                "max_value": f"Bitte eine Zahl von {low} bis {high} eintragen.",
            },
            widget=forms.TextInput(attrs={"inputmode": "numeric"}),
            **shared,
        )
    return forms.CharField(max_length=300, **shared)


class GroupForm(VerbForm):
    """One group of questions. Values come out as plain data that JSON can hold."""

    def __init__(self, group: Group, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.group = group
        for question in group.questions:
            self.fields[question.id] = _field(question)

    @property
    def asked(self) -> list[list[tuple[forms.BoundField, bool]]]:
        """The fields by spoken question; True where two short ones stand side by side."""
        numbers: dict[int, list[Question]] = {}
        for question in self.group.questions:
            numbers.setdefault(question.number, []).append(question)
        rows = []
        for belonging in numbers.values():
            short = [q.kind in SHORT_KINDS for q in belonging]
            rows.append([(self[q.id], is_short and (sum(short) > 1 or q.kind in NUMBER_KINDS)) for q, is_short in zip(belonging, short, strict=True)])
        return rows

    @staticmethod
    def initial_of(group: Group, values: dict[str, Any]) -> dict[str, Any]:
        """Stored values as the fields show them."""
        shown: dict[str, Any] = {}
        for question in group.questions:
            value = values.get(question.id)
            if value is None:
                continue
            if question.kind == "names":
                shown[question.id] = ", ".join(value)
            elif question.kind == "hours":
                shown[question.id] = Decimal(str(value))
            else:
                shown[question.id] = value
        return shown

    def clean(self) -> dict[str, Any]:
        """Where "nothing" stands beside something else, the something is kept."""
        cleaned = super().clean() or {}
        for question in self.group.questions:
            value = cleaned.get(question.id)
            if question.kind == "text" and value and A_DAY.fullmatch(value.strip()):
                try:
                    parse_german_date(value, today=clock.today())
                except ValueError as error:
                    self.add_error(question.id, str(error))
            if question.kind == "many" and question.exclusive and value and question.exclusive in value and len(value) > 1:
                cleaned[question.id] = [v for v in value if v != question.exclusive]
        low, high = cleaned.get("hours_low"), cleaned.get("hours_high")
        if low is not None and high is not None and low > high:
            self.add_error("hours_high", "Höchstens ist weniger als mindestens. Bitte prüfen Sie die Stunden.")
        begins, ends = cleaned.get("care_from"), cleaned.get("care_until")
        if begins is not None and ends is not None and begins >= ends:
            self.add_error("care_until", "Die Betreuung endet nicht nach ihrem Anfang. Bitte prüfen Sie die Uhrzeiten.")
        return cleaned

    def values(self) -> dict[str, Any]:
        """What was answered, as plain data; unanswered questions are left out."""
        found: dict[str, Any] = {}
        for question in self.group.questions:
            value = self.cleaned_data.get(question.id)
            if value in (None, "", []):
                continue
            if question.kind == "names":
                found[question.id] = split_names(value)
            elif question.kind == "hours":
                found[question.id] = float(value)
            elif question.kind == "time":
                found[question.id] = f"{value:%H:%M}"
            else:
                found[question.id] = value
        return found


class WayForm(GroupForm):
    """The way to work begins at home: postal code and place belong to the person, not to the answers."""

    plz = PlzField(label="Wo wohnen Sie? PLZ")
    place = forms.CharField(label="Ort", required=False, max_length=80)

    @property
    def asked(self) -> list[list[tuple[forms.BoundField, bool]]]:
        """Where from, then how."""
        return [[(self["plz"], True), (self["place"], True)], *super().asked]

    def clean(self) -> dict[str, Any]:
        """A postal code alone is not a place."""
        cleaned = super().clean()
        if cleaned.get("plz") and not cleaned.get("place"):
            self.add_error("place", "Bitte den Ort zur PLZ eintragen.")
        return cleaned

    @property
    def home(self) -> tuple[str, str]:
        """Postal code and place as typed."""
        return self.cleaned_data["plz"], self.cleaned_data["place"]


def form_of(group: Group) -> type[GroupForm]:
    """The form that asks a group."""
    return WayForm if group.id == "way" else GroupForm


class StartForm(HappenedForm):
    """How and where a talk is held; day and time only where it was held on paper before."""

    how = forms.ChoiceField(label="Wie", choices=[(c.value, c.label) for c in (Channel.IN_PERSON, Channel.PHONE, Channel.ONLINE)])
    room = forms.ChoiceField(label="Raum", required=False)
    happened_time = GermanTimeField(label="begonnen um", help_text="leer = jetzt")


class FromPaperForm(HappenedForm):
    """What is typed from here on was at this moment."""

    happened_day = GermanDateField(label="Tag", not_future=True)
    happened_time = GermanTimeField(label="Uhrzeit", required=True)


class WishForm(VerbForm):
    """What matters to the person."""

    wish = forms.CharField(label="Was ist Ihnen wichtig?", required=False, max_length=1000)


class PromiseForm(VerbForm):
    """Who does what until when."""

    side = forms.ChoiceField(
        label="Wer",
        choices=[("office", "wir"), ("benefits", "Leistungsstelle"), ("person", "die Person, wenn sie mag")],
        initial="office",
    )
    text = forms.CharField(label="macht was", max_length=200, widget=forms.TextInput(attrs={"list": "zusagen-worte", "autocomplete": "off"}))
    due_day = GermanDateField(label="bis wann")
    due_time = GermanTimeField(label="Uhrzeit", help_text="leer = 16:00")

    promise: Any = None
    """The promise that is changed, None for a new one."""


class FinishForm(VerbForm):
    """The next step: nobody leaves without it. The fields stand in the agreement, the form at the end of the page."""

    wish = forms.CharField(
        label="Was ist Ihnen wichtig? In Ihren Worten", required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )
    next_step = forms.CharField(
        label="Nächster Schritt", max_length=200, widget=forms.TextInput(attrs={"list": "schritt-worte", "autocomplete": "off"})
    )
    next_day = GermanDateField(label="am", required=True)
    next_time = GermanTimeField(label="um", required=True)
    next_by = forms.ChoiceField(label="wer")
    via_to = GermanDateField(label="ViA bis")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["form"] = "abschluss"


class TriageForm(VerbForm):
    """Decide otherwise than the rule, with a reason."""

    own_team = forms.ChoiceField(label="Wohin?", choices=[(s.value, s.label) for s in INTEGRATION_TEAMS])
    own_reason = forms.CharField(label="Warum anders?", max_length=300)


class HandoverForm(VerbForm):
    """Send somebody on to a named colleague."""

    to = forms.ChoiceField(label="An wen?")
    summary = forms.CharField(label="Das Wichtigste in zwei Sätzen", widget=forms.Textarea(attrs={"rows": 2}), max_length=1000)


class HouseholdForm(VerbForm):
    """Somebody who lives in the same unit."""

    role = forms.ChoiceField(
        label="Wer", choices=[(r.value, r.label) for r in MemberRole if r != MemberRole.APPLICANT], initial="child"
    )
    first_name = forms.CharField(label="Vorname", max_length=80)
    last_name = forms.CharField(label="Nachname", max_length=80, required=False, help_text="leer = wie die Person")
    birth_date = GermanDateField(label="Geburtsdatum", birth=True)
    stay = StayField()
    member = forms.UUIDField(widget=forms.HiddenInput, required=False)


class AgencyForm(VerbForm):
    """Refer to the Agentur with a note."""

    claim_until = GermanDateField(label="Anspruch bis", help_text="wenn bekannt")
    note = forms.CharField(label="Was soll die Agentur wissen?", max_length=200)


class LeaveForm(VerbForm):
    """„Dann lasse ich es“: nothing is chosen but that the application stays open."""

    act = forms.ChoiceField(label="Was möchten Sie?", choices=LeaveAct.choices, widget=forms.RadioSelect)
    words = forms.CharField(label="Warum? In Ihren Worten", widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)
    rights = forms.MultipleChoiceField(
        label="Rechte erklärt", choices=list(RIGHTS.items()), widget=forms.CheckboxSelectMultiple, required=False
    )
    signed = forms.BooleanField(label="Erklärung liegt unterschrieben vor", required=False)
    signed_on = GermanDateField(label="unterschrieben am", not_future=True)
    representative = forms.CharField(label="Zustimmung der gesetzlichen Vertretung, Name", required=False, max_length=120)
    appointment_day = GermanDateField(label="Termin bei der Leistungsstelle am")
    appointment_time = GermanTimeField(label="um")
    call_day = GermanDateField(label="Wir rufen an am", required=True)
    call_time = GermanTimeField(label="um", required=True)
    may_call = forms.BooleanField(label="Nachfragen nach 1, 3 und 6 Monaten erlaubt", required=False)
    shown = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60)

