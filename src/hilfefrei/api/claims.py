"""What households are entitled to, asked by another machine of the house: same document and same answer as ``./hilfefrei claim``.

Nothing of a question is stored or logged: households come without names, are worked out in memory, and are gone with the answer.
"""

from datetime import date
from typing import Any, Final

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from django_scopes import scope

from hilfefrei.apps.audit.actor import system
from hilfefrei.apps.org import machines
from hilfefrei.apps.org.models import ApiAccess
from hilfefrei.callers import insecure, token_of
from hilfefrei.core import clock
from hilfefrei.core.law import documents
from hilfefrei.core.law.household import HouseholdError

MOST_BYTES: Final = 4 * 1024 * 1024
MOST_HOUSEHOLDS: Final = 3_000
# A curve looks at ten thousand wages; an explanation works each household out by itself.
MOST_IN_DETAIL: Final = 50
PER_MINUTE: Final = 60
MINUTE: Final = 60
OPTIONS: Final = frozenset({"as_of", "steps", "end_points"})


class _AnswerError(Exception):
    """The question ends here."""

    def __init__(self, status: int, text: str, **headers: str) -> None:
        super().__init__(text)
        self.status, self.headers = status, headers


@csrf_exempt
@login_not_required
@require_POST
def claims(request: HttpRequest) -> JsonResponse:
    """Work households out; ``docs/law-api.md`` says what each status means."""
    if refused := insecure(request):
        return refused
    try:
        access = _caller(request)
        _slow_down(access)
        day, steps, end_points = _options(request)
        data = _document(request, in_detail=steps or end_points)
    except _AnswerError as error:
        return JsonResponse({"fehler": str(error)}, status=error.status, headers=error.headers)
    today = clock.today()
    if access.last_used_on != today:
        with scope(jobcenter=access.jobcenter_id):
            machines.note_use(actor=system(access.jobcenter_id), at=clock.now(), access_id=access.pk)
    entries = documents.answer(data, day=day, steps=steps, end_points=end_points)
    nothing = len(documents.problems_of(entries)) == len(entries)
    return JsonResponse({"claims": entries}, status=422 if nothing else 200, json_dumps_params={"ensure_ascii": False})


def _caller(request: HttpRequest) -> ApiAccess:
    access = machines.access_of(token_of(request))
    if access is None:
        raise _AnswerError(401, "Das Kennzeichen stimmt nicht.", **{"WWW-Authenticate": "Bearer"})
    return access


def _slow_down(access: ApiAccess) -> None:
    seconds = int(clock.now().timestamp())
    key = f"api-claims-{access.pk}-{seconds // MINUTE}"
    cache.add(key, 0, 2 * MINUTE)
    if cache.incr(key) > PER_MINUTE:
        raise _AnswerError(429, f"Mehr als {PER_MINUTE} Anfragen in der Minute. Bitte mehrere Haushalte in eine Anfrage.", **{"Retry-After": str(MINUTE - seconds % MINUTE)})


def _options(request: HttpRequest) -> tuple[date | None, bool, bool]:
    if strange := sorted(request.GET.keys() - OPTIONS):
        raise _AnswerError(400, f"Diese Angabe kennen wir nicht: {', '.join(strange)[:80]}. Möglich sind {', '.join(sorted(OPTIONS))}.")
    day = None
    if text := request.GET.get("as_of"):
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise _AnswerError(400, "as_of: Bitte geben Sie einen Tag als JJJJ-MM-TT an.") from None
    switches = {}
    for name in ("steps", "end_points"):
        value = request.GET.get(name, "0")
        if value not in {"0", "1"}:
            raise _AnswerError(400, f"{name}: Möglich sind 0 und 1.")
        switches[name] = value == "1"
    return day, switches["steps"], switches["end_points"]


def _document(request: HttpRequest, *, in_detail: bool) -> Any:
    # Read here and not by ``request.body``: our limit is another one than that of forms.
    content = request.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        # To its end, so that whoever sends sees the answer and not a broken connection (the middleware has a limit above).
        while request.read(MOST_BYTES):
            pass
        raise _AnswerError(413, f"Die Anfrage ist größer als {MOST_BYTES // 1024 // 1024} MB. Bitte teilen Sie sie.")
    try:
        data = documents.read(content)
    except HouseholdError as error:
        raise _AnswerError(400, error.problems[0].reason) from error
    if data == []:
        raise _AnswerError(400, "In der Anfrage steht kein Haushalt.")
    count, most = len(data) if isinstance(data, list) else 1, MOST_IN_DETAIL if in_detail else MOST_HOUSEHOLDS
    if count > most:
        raise _AnswerError(413, f"Das sind {count} Haushalte, möglich sind {most} in einer Anfrage. Bitte teilen Sie sie.")
    return data
