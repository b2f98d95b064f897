"""Who is meant, where only a number is known."""

from django import forms

from hilfefrei.apps.people import queries as people
from hilfefrei.www.verbs import VerbForm


class NumberForm(VerbForm):
    """Asks for the number of a person; ``person_id`` is then whose it is."""

    number = forms.CharField(label="Nummer der Person", max_length=30, help_text="unsere Nummer oder Kundennummer")

    def clean_number(self) -> str:
        """Find the one who is meant; only the number is known here."""
        number = str(self.cleaned_data["number"]).strip()
        found = people.ids_of_number(number)
        if len(found) != 1:
            raise forms.ValidationError(
                "Diese Nummer gehört zu mehreren Menschen. Bitte die Kundennummer oder unsere Nummer nehmen." if found else "Diese Nummer kennen wir nicht."
            )
        self.person_id = found[0]
        return number
