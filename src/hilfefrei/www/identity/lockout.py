"""The pause after wrong passwords and codes: until when, and how the operator lifts it. The counters are allauth's."""

import time
from datetime import UTC, datetime

from allauth.account.adapter import get_adapter
from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.http import HttpRequest

from hilfefrei.apps.accounts.models import User

APP, ACTION = "allauth.account", "login_failed"


def _keys(request: HttpRequest, user: User) -> list[str]:
    """What allauth counts by: the login name, and for the second step the login itself."""
    return [get_adapter(request)._get_login_attempts_cache_key(request, username=user.username), f"mfa-auth-user-{user.pk}"]  # noqa: SLF001 - allauth says this key nowhere else


def _until(request: HttpRequest, key: str) -> float:
    end = 0.0
    for rate in ratelimit.get_rates(app=APP, action=ACTION):
        if rate.per != "key":
            continue
        history = cache.get(ratelimit.get_cache_key(request, app=APP, action=ACTION, rate=rate, key=key), [])
        # Newest first: the last of the counted ones must grow old.
        if len(history) >= rate.amount:
            end = max(end, history[rate.amount - 1] + rate.duration)
    return end


def of_key(request: HttpRequest, key: str) -> datetime | None:
    """Until when ``key`` has to wait; None when it need not."""
    end = _until(request, key)
    return datetime.fromtimestamp(end, UTC) if end > time.time() else None


def until(request: HttpRequest, user: User) -> datetime | None:
    """Until when ``user`` has to wait; None when they need not."""
    return max((moment for key in _keys(request, user) if (moment := of_key(request, key))), default=None)


def lift(request: HttpRequest, user: User) -> None:
    """End the pause. What is counted per address stays: it protects everybody else."""
    for key in _keys(request, user):
        for rate in ratelimit.get_rates(app=APP, action=ACTION):
            if rate.per == "key":
                cache.delete(ratelimit.get_cache_key(request, app=APP, action=ACTION, rate=rate, key=key))
