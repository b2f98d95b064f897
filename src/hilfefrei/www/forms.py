"""How Django's forms look here: KERN markup, errors linked to their field, one list of errors on top."""

from typing import Any

from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest

# Widgets whose markup differs from Django's, by Django's template name.
OWN_WIDGETS = {
    "django/forms/widgets/select.html": "widgets/select.html",
    "django/forms/widgets/radio.html": "widgets/seg.html",
    "django/forms/widgets/checkbox_select.html": "widgets/seg.html",
}
PLAIN_INPUTS = frozenset(
    f"django/forms/widgets/{name}.html"
    for name in ("text", "number", "email", "url", "password", "date", "datetime", "time", "textarea", "file",
                 "clearable_file_input", "search", "tel", "color")
)  # fmt: skip


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
            elif template_name == "django/forms/widgets/select.html":
                _with_class(widget, "kern-form-input__select")
            elif template_name == "django/forms/widgets/checkbox.html":
                _with_class(widget, "hf-check")
        return super().render(OWN_WIDGETS.get(template_name, template_name), context, request)
