"""How Django's forms look here: KERN markup, errors linked to their field, one list of errors on top."""

from typing import Any

from django import forms
from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest

# Widgets whose markup differs from Django's, by Django's template name.
OWN_WIDGETS = {
    "django/forms/widgets/select.html": "widgets/select.html",
    "django/forms/widgets/radio.html": "widgets/seg.html",
    "django/forms/widgets/checkbox_select.html": "widgets/seg.html",
}
# Django's default height of a text area, far too high for a note.
DJANGO_ROWS = "10"
PLAIN_INPUTS = frozenset(
    f"django/forms/widgets/{name}.html"
    for name in ("text", "number", "email", "url", "password", "date", "datetime", "time", "textarea", "file",
                 "clearable_file_input", "search", "tel", "color")
)


# What Django would say in the language of forms, said as one person to another (design: "Words", errors).
PLAIN_ERRORS: dict[type[forms.Field], dict[str, str]] = {
    forms.Field: {"required": "Hier fehlt noch etwas."},
    forms.CharField: {"required": "Hier fehlt noch etwas."},
    forms.ChoiceField: {"required": "Bitte wählen Sie etwas aus.", "invalid_choice": "Diese Auswahl gibt es nicht mehr. Bitte wählen Sie neu."},
    forms.MultipleChoiceField: {"required": "Bitte wählen Sie etwas aus.", "invalid_choice": "Diese Auswahl gibt es nicht mehr. Bitte wählen Sie neu."},
    forms.ModelChoiceField: {"required": "Bitte wählen Sie etwas aus.", "invalid_choice": "Diese Auswahl gibt es nicht mehr. Bitte wählen Sie neu."},
    forms.IntegerField: {"invalid": "Bitte geben Sie eine ganze Zahl ein."},
    forms.DecimalField: {"invalid": "Bitte geben Sie eine Zahl ein, zum Beispiel 25 oder 19,5."},
    forms.DateField: {"invalid": "Diesen Tag gibt es nicht. Bitte prüfen Sie Tag und Monat."},
    forms.TimeField: {"invalid": "Bitte geben Sie eine Uhrzeit ein, zum Beispiel 8:07."},
    forms.EmailField: {"invalid": "Bitte geben Sie eine E-Mail-Adresse ein, zum Beispiel name@beispiel.de."},
    forms.FileField: {"required": "Bitte wählen Sie eine Datei aus.", "empty": "Diese Datei ist leer. Bitte prüfen Sie, ob es die richtige ist."},
}


def speak_plainly() -> None:
    """Give Django's own fields the words of :data:`PLAIN_ERRORS` (called once, when the app is ready)."""
    for field, messages in PLAIN_ERRORS.items():
        field.default_error_messages = field.__dict__.get("default_error_messages", {}) | messages


def _with_class(widget: dict[str, Any], name: str) -> None:
    own = widget["attrs"].get("class", "")
    if name not in own.split():
        widget["attrs"]["class"] = f"{name} {own}".strip()


class KernRenderer(DjangoTemplates):
    """Renders fields, widgets and whole forms in the classes of the design (``FORM_RENDERER``)."""

    form_template_name = "parts/form.html"
    field_template_name = "parts/field.html"

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        """Render a widget, a field or a form; widgets get their KERN class here, so no form repeats it."""
        widget = context.get("widget")
        if widget is not None:
            if template_name in PLAIN_INPUTS:
                _with_class(widget, "kern-form-input__input")
                # A placeholder vanishes while one types; what it would say stands in label and hint.
                widget["attrs"].pop("placeholder", None)
                if widget["attrs"].get("rows") == DJANGO_ROWS:
                    widget["attrs"]["rows"] = "3"
            elif template_name == "django/forms/widgets/select.html":
                _with_class(widget, "kern-form-input__select")
            elif template_name == "django/forms/widgets/checkbox.html":
                _with_class(widget, "hf-check")
        return super().render(OWN_WIDGETS.get(template_name, template_name), context, request)
