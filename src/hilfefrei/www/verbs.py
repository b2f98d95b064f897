"""From a posted form to a verb and back: one place for repeats, refusals and stale edits."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar
from uuid import uuid4

from django import forms
from django.core.validators import MaxLengthValidator, MaxValueValidator, MinValueValidator
from django.db import models
from django.http import QueryDict

from hilfefrei.apps.audit.errors import Forbidden, Refused, Stale
from hilfefrei.apps.audit.happened import TIME_FIELD
from hilfefrei.core import clock
from hilfefrei.www.fields import GermanDateField, GermanTimeField
from hilfefrei.www.requests import Request

M = TypeVar("M", bound=models.Model)

TOO_LONG = "Höchstens %(limit_value)d Zeichen, es sind %(show_value)d. Bitte kürzen."
NOT_CHOSEN = "Diese Auswahl kam nicht richtig an. Bitte wählen Sie noch einmal."


class VerbForm(forms.Form):
    """A form that ends in one verb. Carries ``op`` (repeat) and ``version`` (edit in between)."""

    op = forms.UUIDField(widget=forms.HiddenInput, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    stale: Any = None

    def __init__(self, *args: Any, version: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            for validator in field.validators:
                if isinstance(validator, MaxLengthValidator):
                    validator.message = TOO_LONG
                elif isinstance(validator, MinValueValidator | MaxValueValidator):
                    bound = "mindestens" if isinstance(validator, MinValueValidator) else "höchstens"
                    validator.message = f"Bitte {bound} {str(validator.limit_value).replace('.', ',')} eintragen."
            if isinstance(field, forms.UUIDField):
                field.error_messages["invalid"] = NOT_CHOSEN
        self.fields["op"].initial = uuid4
        self.fields["version"].initial = version

    def run(self, verb: Callable[..., M], request: Request, **kwargs: Any) -> M | None:
        """Call ``verb`` as the logged-in person, now. None when it refused: the reason is then an error of this form.

        On a stale edit ``self.stale`` is the object as it is now; the template shows both values.
        """
        try:
            return verb(actor=request.actor, at=clock.now(), op=self.cleaned_data.get("op"), **kwargs)
        except Forbidden:
            raise
        except Stale as error:
            self.stale = error.current
            self._again(version=getattr(error.current, "version", ""))
            self.add_error(None, str(error))
        except Refused as error:
            self._again()
            self.add_error(error.field if error.field in self.fields else None, str(error))
        return None

    def in_words(self, name: str, value: Any) -> str:
        """A value of the field ``name`` as somebody reads it, "leer" for none."""
        field = self.fields[name]
        if isinstance(value, bool):
            return "ja" if value else "nein"
        shown = dict(getattr(field, "choices", [])).get(value)
        return str(shown if shown is not None else field.prepare_value(value) or "leer")

    def _again(self, **values: Any) -> None:
        """The next post is a new act: it gets a new ``op`` and knows the version that was shown."""
        data = QueryDict(mutable=True)
        data.update(self.data)
        for name, value in {"op": uuid4(), **values}.items():
            data[self.add_prefix(name)] = str(value)
        self.data = data


class HappenedForm(VerbForm):
    """A form for what may have been before it is typed (paper, the day the system was down). Both fields empty: now."""

    happened_day = GermanDateField(label="Tag", not_future=True, help_text="leer = heute")
    happened_time = GermanTimeField(label="Uhrzeit", help_text="leer = jetzt")

    def clean(self) -> dict[str, Any]:
        """A day alone is no moment."""
        cleaned = super().clean() or {}
        if cleaned.get("happened_day") and not cleaned.get(TIME_FIELD) and TIME_FIELD not in self.errors:
            self.add_error(TIME_FIELD, "Bitte auch die Uhrzeit eintragen, zum Beispiel 08:07.")
        return cleaned

    @property
    def happened_at(self) -> datetime | None:
        """The moment that was typed, None for now."""
        given = self.cleaned_data
        if not given[TIME_FIELD]:
            return None
        return datetime.combine(given["happened_day"] or clock.today(), given[TIME_FIELD], tzinfo=clock.BERLIN)

    @property
    def typed_late(self) -> bool:
        """Whether the folded fields must stand open: something stands in them, or is wrong with them."""
        return any(self[name].value() or self[name].errors for name in ("happened_day", TIME_FIELD))
