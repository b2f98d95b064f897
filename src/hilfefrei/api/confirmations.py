"""The paying system calls: it has these sheets. Same content and same effect as a file in the folder ``eingang``."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from django_scopes import scope

from hilfefrei import secrets
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.benefits import domain
from hilfefrei.apps.org.models import Jobcenter
from hilfefrei.callers import has_token, insecure
from hilfefrei.core import clock
from hilfefrei.core.sheets import Confirmation, SheetError, read_confirmations


@csrf_exempt
@login_not_required
@require_POST
def take(request: HttpRequest) -> JsonResponse:
    """Take confirmations (JSON, XML or CSV as the body); the answer says for each what became of it.

    403 without TLS where pages want it, 401 without the right token, 400 for what cannot be read, 409 where one of them was refused (the others are taken),
    else 200. A repeat changes nothing.
    """
    if refused := insecure(request):
        return refused
    if not has_token(request, secrets.current().confirm_token):
        return JsonResponse({"fehler": "Das Kennzeichen stimmt nicht."}, status=401)
    try:
        found = read_confirmations(request.body)
    except SheetError as error:
        return JsonResponse({"regel": error.code, "fehler": str(error)}, status=400)
    houses = list(Jobcenter.objects.order_by("pk")[:2])
    if len(houses) != 1:
        return JsonResponse({"fehler": "Diese Datenbank hat nicht genau ein Jobcenter."}, status=409)
    with scope(jobcenter=houses[0].pk):
        answers = [_take(houses[0], one) for one in found]
    one_refused = any("regel" in answer for answer in answers)
    return JsonResponse({"bestaetigungen": answers}, status=409 if one_refused else 200)


def _take(house: Jobcenter, one: Confirmation) -> dict[str, Any]:
    told: dict[str, Any] = {"schluessel": one.key}
    if one.problem:
        return told | {"regel": one.code, "grund": one.problem}
    try:
        domain.take_confirmation(actor=domain.neighbour(house.pk), at=clock.now(), confirmation=one)
    except Refused as error:
        return told | {"regel": error.code, "grund": str(error)}
    return told
