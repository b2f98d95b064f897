"""Forms of the comparison: what to look at, a table to read in, its columns, a figure, the own place."""

from typing import Any

from django import forms

from hilfefrei.apps.reporting.queries.comparison import Comparison, Offered
from hilfefrei.core.comparison import CONSTANT, Columns
from hilfefrei.core.published import DIRECTION_WORDS, KIND_WORDS, PlaceKind, TableMapping
from hilfefrei.www.verbs import VerbForm

KINDS = [(kind.value, words) for kind, words in KIND_WORDS.items()]


class ChoiceForm(forms.Form):
    """What is compared; a GET form. Unknown choices fall back to what is shown."""

    kennzahl = forms.ChoiceField(label="Kennzahl", required=False)
    zeit = forms.ChoiceField(label="Zeitraum", required=False)
    gruppe = forms.ChoiceField(label="Gruppe", required=False)
    q = forms.CharField(label="Ort suchen", required=False, max_length=80)
    sort = forms.CharField(required=False, max_length=10, widget=forms.HiddenInput)

    def __init__(self, *args: Any, offered: list[Offered], found: Comparison, period_words: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kennzahl"].choices = [(o.key, f"{o.indicator.label}{'' if o.kind == PlaceKind.TRAEGER else ', Kreise'}") for o in offered]  # type: ignore[attr-defined]
        self.fields["zeit"].choices = [(p, period_words(p)) for p in found.chosen.periods]  # type: ignore[attr-defined]
        self.fields["gruppe"].choices = [(g.key, g.words) for g in found.groups]  # type: ignore[attr-defined]


class TableForm(VerbForm):
    """A table of published figures as a file."""

    file = forms.FileField(label="Datei", help_text="CSV oder XLSX, bis 20 MB", widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx"}))
    mapping = forms.ChoiceField(label="Spalten", required=False)
    data_state = forms.CharField(label="Stand der Daten", required=False, max_length=40, help_text="Tag, Monat oder Jahr; nur wenn er nicht in der Tabelle steht")
    source = forms.CharField(label="Quelle", required=False, max_length=160, help_text="leer = wie in der Zuordnung")
    licence = forms.CharField(label="Lizenz", required=False, max_length=80)

    def __init__(self, *args: Any, names: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mapping"].choices = [("", "an der Kopfzeile erkennen"), ("?", "selbst zuordnen"), *((n, n) for n in names)]  # type: ignore[attr-defined]


PARTS = {
    "place": "Nummer oder Schlüssel des Orts",
    "name": "Name des Orts",
    "period": "Jahr oder Monat",
    "code": "Kürzel der Kennzahl",
    "value": "Wert",
    "state": "Datenstand",
    "form": "Form (gE, zkT)",
    "land": "Land",
    "type": "Vergleichstyp",
}
# What may hold for the whole file instead of standing in a column.
CONSTANTS = {"place": "Nummer des Orts, wenn die Tabelle nur einen hat", "name": "sein Name", "period": "Jahr oder Monat, wenn er nur im Titel steht", "code": "Kürzel der Kennzahl, wenn es nur eine ist"}


class TableColumnsForm(VerbForm):
    """Which column is what. A wide table has a figure in each of several columns."""

    name = forms.CharField(label="Name der Zuordnung", max_length=80, help_text="zum Beispiel die Quelle; die nächste Tabelle braucht das Zuordnen nicht mehr")
    kind = forms.ChoiceField(label="Orte sind", choices=KINDS)
    decimal = forms.ChoiceField(label="Dezimalzeichen", choices=[(",", "Komma: 7,14"), (".", "Punkt: 7.14")])
    data_state = forms.CharField(label="Stand der Daten", required=False, max_length=40, help_text="wenn keine Spalte ihn hat")
    source = forms.CharField(label="Quelle", required=False, max_length=160)
    licence = forms.CharField(label="Lizenz", required=False, max_length=80)
    wide = forms.MultipleChoiceField(
        label="Jede dieser Spalten ist eine Kennzahl", required=False, widget=forms.CheckboxSelectMultiple, help_text="breite Tabelle: dann bleiben Kürzel und Wert leer"
    )

    def __init__(self, *args: Any, header: tuple[str, ...], guess: dict[str, str], decimal: str = ",", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["decimal"].initial = decimal
        columns = [column for column in dict.fromkeys(header) if column]
        for part, words in PARTS.items():
            self.fields[f"c_{part}"] = forms.ChoiceField(label=words, required=False, choices=[("", "–"), *((c, c) for c in columns)], initial=guess.get(part, ""))
        for part, words in CONSTANTS.items():
            self.fields[f"k_{part}"] = forms.CharField(label=words, required=False, max_length=80)
        self.fields["wide"].choices = [(c, c) for c in columns if c not in guess.values()]  # type: ignore[attr-defined]

    @property
    def columns_fields(self) -> list[forms.BoundField]:
        """Which column is what."""
        return [self[f"c_{part}"] for part in PARTS]

    @property
    def constant_fields(self) -> list[forms.BoundField]:
        """What holds for the whole file."""
        return [self[f"k_{part}"] for part in CONSTANTS]

    def _part(self, given: dict[str, Any], part: str) -> str:
        constant = (given.get(f"k_{part}") or "").strip()
        return str(given.get(f"c_{part}") or (CONSTANT + constant if constant else ""))

    def clean(self) -> dict[str, Any]:
        """A place and a time are needed, and figures come one way or the other."""
        given = super().clean() or {}
        for part, words in (("place", "Ohne Ort lässt sich nichts vergleichen."), ("period", "Ohne Zeit lässt sich nichts vergleichen.")):
            if not self._part(given, part):
                self.add_error(f"c_{part}", words)
        wide, code, value = given.get("wide"), self._part(given, "code"), given.get("c_value")
        if wide and value:
            self.add_error("wide", "Entweder Kürzel und Wert, oder Spalten als Kennzahlen, nicht beides.")
        if bool(code) != bool(value) and not wide:
            self.add_error("c_code" if value else "c_value", "Kürzel und Wert gehören zusammen.")
        return given

    def mapping(self) -> TableMapping:
        """The mapping as chosen."""
        given = self.cleaned_data
        wide = {column: column[:60] for column in given["wide"]}
        parts = {part: self._part(given, part) for part in PARTS}
        if wide:
            parts["code"] = parts["value"] = ""
        return TableMapping(given["name"].strip(), PlaceKind(given["kind"]), Columns(**parts, wide=wide, decimal=given["decimal"]), given["source"], given["licence"])


class IndicatorForm(VerbForm):
    """What a figure is called and which way is good."""

    code = forms.CharField(widget=forms.HiddenInput, max_length=60)
    label = forms.CharField(label="Name", max_length=160)
    unit = forms.CharField(label="Einheit", required=False, max_length=20)
    direction = forms.ChoiceField(label="Richtung", required=False, choices=list(DIRECTION_WORDS.items()))
    definition = forms.CharField(label="Was gezählt wird", required=False, max_length=400)


class OwnForm(VerbForm):
    """Which place we are."""

    kind = forms.ChoiceField(choices=KINDS, widget=forms.HiddenInput)
    place = forms.ChoiceField(label="Das sind wir")
    from_year = forms.IntegerField(label="ab dem Jahr", required=False, min_value=1950, max_value=2100, help_text="leer = immer")

    def __init__(self, *args: Any, places: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].choices = places  # type: ignore[attr-defined]
