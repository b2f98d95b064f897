"""Forms of the exchange: search, own vacancy, delivery, columns of a CSV."""

from typing import Any

from django import forms

from hilfefrei.apps.vacancies.workflows import Source
from hilfefrei.core.matching.delivery import FIELD_WORDS, ColumnMapping
from hilfefrei.www.fields import EuroField, GermanDateField, GermanTimeField, HoursField
from hilfefrei.www.verbs import VerbForm

TERNARY = [("", "nicht angegeben"), ("1", "ja"), ("0", "nein")]
TERNARIES = ("weekend", "night_or_shift", "heavy_lifting", "long_standing", "career_changers", "temporary_work", "fixed_term")
LEVELS = ("A1", "A2", "B1", "B2", "C1", "C2")


class FilterForm(forms.Form):
    """What the exchange is asked for; a GET form."""

    q = forms.CharField(label="Was", required=False, max_length=120)
    ort = forms.CharField(label="Wo", required=False, max_length=80)
    km = forms.TypedChoiceField(
        label="Umkreis", required=False, coerce=int, empty_value=None, choices=[("", "nur hier"), ("10", "10 km"), ("20", "20 km"), ("40", "40 km"), ("80", "80 km")]
    )
    von = HoursField(label="Std. von")
    bis = HoursField(label="bis")
    zeit = forms.ChoiceField(label="Zeit", required=False, choices=[("", "alle"), ("voll", "Vollzeit"), ("teil", "Teilzeit"), ("mini", "Minijob")])
    lohn = EuroField(label="Lohn ab")
    alter = forms.TypedChoiceField(
        label="Alter", required=False, coerce=int, empty_value=None, choices=[("", "alle"), ("7", "7 Tage"), ("30", "30 Tage"), ("90", "90 Tage")]
    )
    beginn = GermanTimeField(label="Beginn ab (Uhr)")
    ende = GermanTimeField(label="Ende bis (Uhr)")
    quelle = forms.ChoiceField(label="Herkunft", required=False, choices=[("", "alle"), *Source.choices])
    quer = forms.BooleanField(label="Quereinstieg möglich", required=False)
    ohne = forms.BooleanField(label="ohne Zeitarbeit und Vermittlung", required=False)
    ruhig = forms.BooleanField(label="ohne Schicht und Wochenende", required=False)
    zu = forms.BooleanField(label="auch geschlossene", required=False)
    sort = forms.CharField(required=False, max_length=10, widget=forms.HiddenInput)

    MORE = ("beginn", "ende", "quelle", "quer", "ohne", "ruhig", "zu")

    @property
    def more_open(self) -> bool:
        """Whether one of the rarer filters is set or wrong."""
        return any(self.data.get(name) or self.errors.get(name) for name in self.MORE) if self.is_bound else False

    @property
    def first_row(self) -> list[tuple[str, Any]]:
        """The fields of the first row with their width."""
        widths = {"q": "wide", "ort": "", "von": "narrow", "bis": "narrow", "lohn": "narrow"}
        return [(widths.get(name, "narrow"), self[name]) for name in ("q", "ort", "km", "von", "bis", "zeit", "lohn", "alter")]


def _ternary(label: str) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(label=label, choices=TERNARY, required=False, coerce=lambda v: v == "1", empty_value=None)


class VacancyForm(VerbForm):
    """An own vacancy. What the employer did not say stays open."""

    title = forms.CharField(label="Titel", max_length=200)
    occupation = forms.CharField(label="Beruf", required=False, max_length=160, help_text="wie er üblich heißt, danach wird gesucht")
    employer = forms.CharField(label="Betrieb", max_length=160)
    plz = forms.RegexField(r"^\d{5}$", label="PLZ", required=False, error_messages={"invalid": "Eine PLZ hat fünf Ziffern."})
    place = forms.CharField(label="Ort", max_length=80)
    street = forms.CharField(label="Straße", required=False, max_length=120)
    hours_min = HoursField(label="Wochenstunden von")
    hours_max = HoursField(label="Wochenstunden bis")
    working_time = forms.ChoiceField(
        label="ohne Stundenzahl", required=False, help_text="nur wenn die Stunden nicht feststehen",
        choices=[("", "nicht angegeben"), ("full", "Vollzeit"), ("part", "Teilzeit"), ("both", "beides möglich"), ("mini", "Minijob")],
    )  # fmt: skip
    starts_at = GermanTimeField(label="Arbeitsbeginn (Uhr)")
    ends_at = GermanTimeField(label="Arbeitsende (Uhr)")
    weekend = _ternary("Wochenende")
    night_or_shift = _ternary("Schicht oder Nacht")
    wage_unit = forms.ChoiceField(label="Lohn brutto", required=False, choices=[("", "nicht angegeben"), ("hour", "je Stunde"), ("month", "im Monat"), ("year", "im Jahr")])
    wage_low = EuroField(label="Lohn von")
    wage_high = EuroField(label="Lohn bis")
    heavy_lifting = _ternary("schweres Heben")
    long_standing = _ternary("langes Stehen")
    licence = forms.ChoiceField(label="Führerschein", required=False, choices=[("", "keiner oder nicht angegeben"), ("B", "B"), ("C", "C"), ("D", "D")])
    german_level = forms.ChoiceField(label="Deutsch", required=False, choices=[("", "nicht angegeben"), *((level, f"ab {level}") for level in LEVELS)])
    career_changers = _ternary("Quereinstieg möglich")
    fixed_term = _ternary("befristet")
    temporary_work = _ternary("Zeitarbeit")
    training = forms.BooleanField(label="Das ist eine Ausbildung.", required=False)
    seats = forms.IntegerField(label="freie Stellen", min_value=1, max_value=500, initial=1)
    starts_on = GermanDateField(label="Eintritt ab")
    expires_on = GermanDateField(label="läuft ab am", help_text="danach wird sie nicht mehr vorgeschlagen")
    contact = forms.CharField(label="Kontakt beim Betrieb", required=False, max_length=160)
    url = forms.URLField(label="Adresse im Netz", required=False, max_length=300, assume_scheme="https", error_messages={"invalid": "Das ist keine Adresse im Netz. Sie beginnt mit https://."})
    remarks = forms.CharField(label="Beschreibung", required=False, max_length=3000, widget=forms.Textarea(attrs={"rows": 4}))

    GROUPS = (
        ("Stelle und Betrieb", ("title", "occupation", "employer", "plz", "place", "street", "seats", "training")),
        ("Stunden und Zeiten", ("hours_min", "hours_max", "working_time", "starts_at", "ends_at", "weekend", "night_or_shift")),
        ("Lohn", ("wage_unit", "wage_low", "wage_high")),
        ("Was gebraucht wird", ("career_changers", "heavy_lifting", "long_standing", "licence", "german_level")),
        ("Vertrag und Kontakt", ("starts_on", "expires_on", "fixed_term", "temporary_work", "contact", "url", "remarks")),
    )

    @property
    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields by what they are about."""
        return [(title, [self[name] for name in names]) for title, names in self.GROUPS]

    def values(self) -> dict[str, Any]:
        """The cleaned fields as the verb takes them."""
        given = dict(self.cleaned_data)
        kind = given.pop("working_time")
        return given | {
            "full_time": {"full": True, "both": True, "part": False, "mini": False}.get(kind),
            "part_time": {"full": False, "both": True, "part": True, "mini": True}.get(kind),
            "mini_job": True if kind == "mini" else None,
        }


class UploadForm(VerbForm):
    """A delivery as a file."""

    file = forms.FileField(label="Datei", help_text="Antwort der BA-Jobsuche (JSON) oder CSV, bis 20 MB", widget=forms.FileInput(attrs={"accept": ".json,.csv,.txt"}))
    mapping = forms.ChoiceField(label="Spalten der CSV", required=False)
    is_full = forms.BooleanField(label="Vollständige Lieferung: Was darin fehlt, gilt als zurückgezogen.", required=False)

    def __init__(self, *args: Any, names: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mapping"].choices = [("", "an der Kopfzeile erkennen"), ("?", "selbst zuordnen"), *((n, n) for n in names)]  # type: ignore[attr-defined]


class PlacesForm(VerbForm):
    """A list of postal codes."""

    file = forms.FileField(label="Liste der Postleitzahlen", help_text="CSV mit PLZ, Ort, lat, lon oder die Liste von GeoNames")


FIRST_FIELDS = ("reference", "title", "occupation", "employer", "plz", "place")
WAGE_KINDS = [("", "steht in einer Spalte"), ("STUNDENLOHN", "Stundenlohn"), ("MONATSGEHALT", "Monatslohn"), ("JAHRESGEHALT", "Jahreslohn")]


class ColumnsForm(VerbForm):
    """Which column is which field, and what holds for the whole file."""

    name = forms.CharField(label="Name der Zuordnung", max_length=80, help_text="zum Beispiel der Partner, der die Datei schickt")
    kind = forms.ChoiceField(label="Einheit des Lohns in der ganzen Datei", required=False, choices=WAGE_KINDS)
    decimal = forms.ChoiceField(label="Dezimalzeichen", required=False, choices=[("", "selbst erkennen"), (",", "Komma: 14,60"), (".", "Punkt: 14.60")])

    def __init__(self, *args: Any, header: tuple[str, ...], guess: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "–"), *((column, column) for column in header if column)]
        for name, words in FIELD_WORDS.items():
            self.fields[f"f_{name}"] = forms.ChoiceField(label=words, required=False, choices=choices, initial=guess.get(name, ""))

    @property
    def first(self) -> list[forms.BoundField]:
        """What nearly every file has."""
        return [self[f"f_{name}"] for name in FIRST_FIELDS]

    @property
    def others(self) -> list[forms.BoundField]:
        """Everything else."""
        return [self[f"f_{name}"] for name in FIELD_WORDS if name not in FIRST_FIELDS]

    def clean(self) -> dict[str, Any]:
        """One column serves one field, and a number and a title are needed."""
        given = super().clean() or {}
        columns = {name: given.get(f"f_{name}") for name in FIELD_WORDS if given.get(f"f_{name}")}
        if not columns.get("reference"):
            self.add_error("f_reference", "Ohne Nummer erkennen wir die Stelle beim nächsten Mal nicht.")
        if not {"title", "occupation"} & columns.keys():
            self.add_error("f_title", "Bitte ordnen Sie eine Spalte dem Titel oder dem Beruf zu.")
        if not {"plz", "place"} & columns.keys():
            self.add_error("f_plz", "Ohne Ort oder Postleitzahl lässt sich kein Weg berechnen.")
        return given

    def mapping(self) -> ColumnMapping:
        """The mapping as chosen."""
        given = self.cleaned_data
        columns = {name: given[f"f_{name}"] for name in FIELD_WORDS if given.get(f"f_{name}")}
        constants = {"wage_kind": given["kind"]} if given["kind"] else {}
        if constants:
            columns.pop("wage_kind", None)
        return ColumnMapping(given["name"].strip(), columns, constants, given["decimal"])
