"""Form fields that read what Germans type: money, days, times, hours. Django reads "1.500" as 1.50; these do not."""

import re
from datetime import date, time
from decimal import Decimal
from typing import Any

from django import forms

from hilfefrei.apps.people.workflows import Stay
from hilfefrei.core import clock, days, money


def _short(text: str | None, most: int) -> str:
    """``text``, unless somebody posted more than the field takes."""
    text = text or ""
    if len(text) > most:
        raise forms.ValidationError("Das ist zu lang. Bitte prüfen Sie die Eingabe.")
    return text


class EuroField(forms.CharField):
    """Money as typed ("1.500", "598,5"), cleaned to integer cents; empty is None."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("max_length", 20)
        super().__init__(**kwargs)
        self.widget.attrs.update({"inputmode": "decimal", "autocomplete": "off"})

    def prepare_value(self, value: Any) -> Any:
        """Show stored cents as they would be typed."""
        return money.format_input(value) if isinstance(value, int) else value

    def to_python(self, value: Any) -> Any:
        """Cents or None."""
        text = _short(super().to_python(value), self.max_length or 0)
        if not text:
            return None
        try:
            return money.parse_euro(text)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def run_validators(self, value: Any) -> None:
        """Cents are no text."""

    def validate(self, value: Any) -> None:
        """Only whether something must be there."""
        if self.required and value is None:
            raise forms.ValidationError("Bitte einen Betrag eintragen.")


class GermanDateField(forms.CharField):
    """A day as typed ("1.4.92", "01041992", ISO). ``birth``: never in the future; ``not_future``: today at the latest."""

    def __init__(self, *, birth: bool = False, not_future: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("max_length", 30)
        super().__init__(**kwargs)
        self.birth = birth
        self.not_future = not_future or birth
        self.widget.attrs.update({"inputmode": "text", "autocomplete": "off"})

    def prepare_value(self, value: Any) -> Any:
        """Show a stored day as 17.11.2026."""
        return f"{value:%d.%m.%Y}" if isinstance(value, date) else value

    def to_python(self, value: Any) -> Any:
        """A date or None."""
        text = _short(super().to_python(value), self.max_length or 0)
        if not text:
            return None
        today = clock.today()
        try:
            day = days.parse_german_date(text, today=today, birth=self.birth)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error
        if self.not_future and day > today:
            raise forms.ValidationError("Dieser Tag liegt in der Zukunft. Bitte prüfen Sie das Datum.")
        return day

    def run_validators(self, value: Any) -> None:
        """A date is no text."""

    def validate(self, value: Any) -> None:
        """Only whether something must be there."""
        if self.required and value is None:
            raise forms.ValidationError("Bitte einen Tag eintragen, zum Beispiel 17.11.2026.")


class GermanTimeField(forms.CharField):
    """A time of day as typed ("8:07", "0807", "8")."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("max_length", 10)
        super().__init__(**kwargs)
        self.widget.attrs.update({"autocomplete": "off"})

    def prepare_value(self, value: Any) -> Any:
        """Show a stored time as 08:07."""
        return f"{value:%H:%M}" if isinstance(value, time) else value

    def to_python(self, value: Any) -> Any:
        """A time or None."""
        text = _short(super().to_python(value), self.max_length or 0)
        if not text:
            return None
        try:
            return days.parse_time(text)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def run_validators(self, value: Any) -> None:
        """A time is no text."""

    def validate(self, value: Any) -> None:
        """Only whether something must be there."""
        if self.required and value is None:
            raise forms.ValidationError("Bitte eine Uhrzeit eintragen, zum Beispiel 08:07.")


class HoursField(forms.CharField):
    """Weekly hours with comma or point, 0.5 to 60."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("max_length", 10)
        super().__init__(**kwargs)
        self.widget.attrs.update({"inputmode": "decimal", "autocomplete": "off"})

    def prepare_value(self, value: Any) -> Any:
        """Show stored hours with a comma."""
        return f"{value.normalize():f}".replace(".", ",") if isinstance(value, Decimal) else value

    def to_python(self, value: Any) -> Any:
        """Decimal hours or None."""
        text = _short(super().to_python(value), self.max_length or 0)
        if not text:
            return None
        number = re.fullmatch(r"(\d{1,2})(?:[.,](\d{1,2}))?\s*(?:Std\.?|h)?", text, re.ASCII)
        if number is None:
            raise forms.ValidationError("Bitte Stunden je Woche als Zahl eintragen, zum Beispiel 19,5.")
        hours = Decimal(f"{number[1]}.{number[2] or 0}")
        if not Decimal("0.5") <= hours <= 60 or hours != round(hours, 1):
            raise forms.ValidationError("Bitte Stunden je Woche zwischen 0,5 und 60 eintragen, zum Beispiel 19,5.")
        return hours

    def run_validators(self, value: Any) -> None:
        """Hours are no text."""

    def validate(self, value: Any) -> None:
        """Only whether something must be there."""
        if self.required and value is None:
            raise forms.ValidationError("Bitte Stunden je Woche eintragen.")


class PlzField(forms.RegexField):
    """A German postal code: five digits."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", "PLZ")
        kwargs.setdefault("required", False)
        kwargs.setdefault("error_messages", {"invalid": "Eine PLZ hat fünf Ziffern."})
        super().__init__(r"^\d{5}\Z", **kwargs)
        self.widget.attrs.update({"inputmode": "numeric", "autocomplete": "off"})


class StayField(forms.BooleanField):
    """Whether a child lives here on some days only, as a :class:`Stay`."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", "wohnt abwechselnd hier und beim anderen Elternteil")
        kwargs.setdefault("help_text", "nur bei einem Kind unter 18")
        super().__init__(required=False, **kwargs)

    def clean(self, value: Any) -> Any:
        """PART where ticked, else WHOLE."""
        return Stay.PART if super().clean(value) else Stay.WHOLE
