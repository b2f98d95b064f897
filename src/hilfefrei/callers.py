"""Other machines that call: the token in the head of their question."""

import hmac

from django.conf import settings
from django.http import HttpRequest, JsonResponse


def token_of(request: HttpRequest) -> str:
    """What stands behind ``Authorization: Bearer``; empty where nothing does."""
    return request.headers.get("Authorization", "").removeprefix("Bearer ")


def has_token(request: HttpRequest, wanted: str) -> bool:
    """Whether the caller has a token of this installation; where none is set, nobody has it."""
    return bool(wanted) and hmac.compare_digest(token_of(request).encode(), wanted.encode())


def insecure(request: HttpRequest) -> JsonResponse | None:
    """The answer to whoever sends a token without TLS where pages want it."""
    if not settings.SECURE_SSL_REDIRECT or request.is_secure():
        return None
    return JsonResponse({"fehler": "Nur über https. Bitte das Kennzeichen wechseln: Es ist offen gesendet worden."}, status=403)
