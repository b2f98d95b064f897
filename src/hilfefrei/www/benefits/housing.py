"""The county's limits for housing: what holds, what held, a new table, a correction, the same as a file."""

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render as page
from django.views.decorators.http import require_GET, require_POST

from hilfefrei.apps.benefits import domain as verbs
from hilfefrei.apps.benefits import policy, queries
from hilfefrei.apps.benefits.housing import MOST_BYTES, Limits, as_csv
from hilfefrei.apps.benefits.models import HousingLimits
from hilfefrei.apps.org.policy import require
from hilfefrei.core import clock
from hilfefrei.core.days import format_day
from hilfefrei.www import notes
from hilfefrei.www.fields import EuroField, GermanDateField
from hilfefrei.www.requests import Request
from hilfefrei.www.verbs import VerbForm

# Larger units take the last amount; a file may hold more sizes.
SIZES: Final = 8


class LimitsForm(VerbForm):
    """A table from a day on."""

    valid_from = GermanDateField(label="gilt ab", required=True)
    source = forms.CharField(label="Quelle", max_length=200, help_text="Beschluss, Satzung oder Gutachten mit Datum")
    reason = forms.CharField(label="Grund der Berichtigung", max_length=300, required=False, help_text="nur, wenn es für diesen Tag schon eine Tabelle gibt")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for size in range(1, SIZES + 1):
            people = "1 Person" if size == 1 else f"{size} Personen"
            self.fields[f"cold_{size}"] = EuroField(label=f"Bruttokaltmiete für {people}", required=size == 1)
            self.fields[f"heating_{size}"] = EuroField(label=f"Heizung für {people}")

    def lines(self) -> Iterator[tuple[int, forms.BoundField, forms.BoundField]]:
        """Size, rent and heating, as the table of the form shows them."""
        for size in range(1, SIZES + 1):
            yield size, self[f"cold_{size}"], self[f"heating_{size}"]

    def plain(self) -> list[forms.BoundField]:
        """The fields above the table."""
        return [self["valid_from"], self["source"], self["reason"]]

    def clean(self) -> dict[str, Any]:
        """No gap between the sizes; heating for all of them or for none."""
        cleaned = super().clean() or {}
        for name in ("cold", "heating"):
            amounts = [cleaned.get(f"{name}_{size}") for size in range(1, SIZES + 1)]
            while amounts and amounts[-1] is None:
                amounts.pop()
            for size, amount in enumerate(amounts, start=1):
                if amount is None and f"{name}_{size}" not in self.errors:
                    self.add_error(f"{name}_{size}", "Hier fehlt ein Betrag: Für mehr Personen steht einer da.")
            cleaned[name] = [amount for amount in amounts if amount is not None]
        return cleaned


class FileForm(VerbForm):
    """Tables as a file."""

    file = forms.FileField(label="Datei", help_text="CSV wie beim Herunterladen", widget=forms.FileInput(attrs={"accept": ".csv,.txt"}))
    reason = forms.CharField(label="Grund der Berichtigung", max_length=300, required=False, help_text="nur, wenn sich eine Tabelle ändert, die es schon gibt")


def _first(table: HousingLimits) -> dict[str, Any]:
    """A table as the form shows it."""
    shown: dict[str, Any] = {"valid_from": table.valid_from, "source": table.source}
    for size in range(1, SIZES + 1):
        shown[f"cold_{size}"] = table.cold_cents[size - 1] if size <= len(table.cold_cents) else None
        shown[f"heating_{size}"] = table.heating_cents[size - 1] if size <= len(table.heating_cents) else None
    return shown


def _shown(request: Request, form: LimitsForm, file_form: FileForm) -> HttpResponse:
    today = clock.today()
    tables = list(queries.housing_tables())
    standing = [table for table in tables if table.replaced_at is None]
    current = next((table for table in standing if table.valid_from <= today), None)
    rows = []
    for table in tables:
        heating = table.heating_cents or [None] * len(table.cold_cents)
        rows.append((table, list(enumerate(zip(table.cold_cents, heating, strict=True), start=1))))
    context = {
        "form": form, "file_form": file_form, "rows": rows, "current": current, "standing": standing,
        "ahead": [table for table in standing if table.valid_from > today],
    }  # fmt: skip
    return page(request, "benefits/housing.html", context, status=422 if form.errors or file_form.errors else 200)


def limits(request: Request) -> HttpResponse:
    """What holds and what held; a post records a table or corrects one."""
    require(policy.may_keep_housing_limits(request.actor))
    form = LimitsForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        made = form.run(
            verbs.save_housing_limits, request, valid_from=given["valid_from"], cold_cents=given["cold"], heating_cents=given["heating"],
            source=given["source"], reason=given["reason"],
        )  # fmt: skip
        if made is not None:
            notes.done(request, f"Die Mietgrenzen ab {format_day(made.valid_from, year=True)} sind eingetragen.")
            return redirect("benefits:housing")
    return _shown(request, form, FileForm())


@require_GET
def limits_edit(request: Request, housing_id: UUID) -> HttpResponse:
    """The page with a table in the form: to correct it, or as the start of the next one."""
    require(policy.may_keep_housing_limits(request.actor))
    table = HousingLimits.objects.filter(pk=housing_id, replaced_at=None).first()
    if table is None:
        raise Http404
    return _shown(request, LimitsForm(initial=_first(table)), FileForm())


@require_POST
def limits_file(request: Request) -> HttpResponse:
    """Tables of a file, all or none."""
    require(policy.may_keep_housing_limits(request.actor))
    form = FileForm(request.POST, request.FILES)
    if form.is_valid():
        content = form.cleaned_data["file"].read(MOST_BYTES + 1)
        if form.run(verbs.import_housing_limits, request, content=content, reason=form.cleaned_data["reason"]) is not None:
            notes.done(request, "Die Tabellen der Datei sind eingetragen.")
            return redirect("benefits:housing")
    return _shown(request, LimitsForm(), form)


@require_GET
def limits_csv(request: Request) -> HttpResponse:
    """The tables that count, as a file that can be read back."""
    require(policy.may_keep_housing_limits(request.actor))
    standing = queries.housing_tables().filter(replaced_at=None).order_by("valid_from")
    content = as_csv([Limits(one.valid_from, tuple(one.cold_cents), tuple(one.heating_cents), one.source) for one in standing])
    answer = HttpResponse(content, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="mietgrenzen.csv"'
    return answer
