"""Which machines of the house may ask for claims: a token each, shown once, taken back at any time."""

from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render as page
from django.views.decorators.http import require_POST

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.org import machines, policy
from hilfefrei.apps.org.models import ApiAccess
from hilfefrei.apps.org.policy import require
from hilfefrei.core import clock
from hilfefrei.www import notes
from hilfefrei.www.requests import Request, op_of
from hilfefrei.www.verbs import VerbForm


class AccessForm(VerbForm):
    """A machine that may ask."""

    name = forms.CharField(label="Wofür", max_length=80, help_text="welches Verfahren damit fragt, zum Beispiel „Fachverfahren Leistung“")


def accesses(request: Request) -> HttpResponse:
    """All of them; a post makes one and shows its token, once."""
    require(policy.may_operate(request.actor))
    form = AccessForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if audit.is_repeat(request.actor, op_of(request)):
            notes.failed(request, "Dieses Kennzeichen wurde schon gezeigt. Ist es nicht notiert, ziehen Sie den Zugang zurück und legen ihn neu an.")
            return redirect("operator:team_api")
        token = machines.new_token()
        made = form.run(machines.open_access, request, name=form.cleaned_data["name"], token=token)
        if made is not None:
            return page(request, "operator/token.html", {"access": made, "token": token})
    rows = ApiAccess.objects.order_by("revoked_at", "name", "id")
    context = {"form": form, "open": rows.filter(revoked_at=None), "revoked": rows.exclude(revoked_at=None).order_by("-revoked_at", "id")}
    return page(request, "operator/machines.html", context, status=422 if form.errors else 200)


@require_POST
def revoke(request: Request, api_access_id: UUID) -> HttpResponse:
    """Take a token back; it is refused from now on."""
    require(policy.may_operate(request.actor))
    if not ApiAccess.objects.filter(pk=api_access_id).exists():
        raise Http404
    machines.revoke_access(actor=request.actor, at=clock.now(), op=op_of(request), access_id=api_access_id)
    notes.done(request, "Zurückgezogen. Wer damit fragt, wird ab jetzt abgewiesen.")
    return redirect("operator:team_api")
