"""Where one is logged in: noted once in a while, with the kind of device and a shortened address."""

import ipaddress
import re
import time

from allauth.account.adapter import get_adapter
from django.http import HttpRequest

from hilfefrei.apps.accounts import domain as accounts
from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.accounts.store import NOTED
from hilfefrei.core import clock

# Set by tables that ask anew by themselves (hx-trigger="every …").
POLLED = "X-Polled"
BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Chromium", "Chromium"), ("Safari", "Safari"))
SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Macintosh", "Mac"), ("CrOS", "Chromebook"), ("Linux", "Linux"),
)  # fmt: skip


def device_words(agent: str) -> str:
    """``Firefox unter Windows`` from what a browser says of itself; no version: it would tell devices apart that look the same."""
    browser = next((word for sign, word in BROWSERS if re.search(rf"\b{sign}\w*/", agent)), "")
    system = next((word for sign, word in SYSTEMS if sign in agent), "")
    return f"{browser} unter {system}" if browser and system else browser or system or "unbekanntes Gerät"


def short_address(address: str) -> str:
    """The network without the machine in it: ``192.0.2.x``, ``2001:db8:1::x``; empty for what is no address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if found.version == 4:
        return ".".join(str(found).split(".")[:3]) + ".x"
    return f"{ipaddress.ip_network(f'{found}/48', strict=False).network_address}x"


def _told(request: HttpRequest) -> dict[str, str]:
    return {
        "device": device_words(request.headers.get("User-Agent", "")),
        "address": short_address(get_adapter(request).get_client_ip(request)),
    }


def begin(request: HttpRequest, user: User) -> bool:
    """Somebody has just logged in; False where the login was closed in the same moment."""
    key = str(request.session.session_key)
    held = request.session.get(NOTED, ["", 0.0])
    request.session[NOTED] = [key, time.time()]
    return accounts.begin_session(user_id=user.pk, session_key=key, before=held[0], at=clock.now(), **_told(request))


def note(request: HttpRequest, user: User) -> None:
    """Note that this session is used, at most every ten minutes: a write for each page would be one too many.

    A table that asks anew by itself is no use of it.
    """
    key = request.session.session_key
    if key is None or POLLED in request.headers:
        return
    held, moment = request.session.get(NOTED, ["", 0.0]), time.time()
    if held[0] == key and 0 <= moment - held[1] < accounts.SEEN_EVERY.total_seconds():
        return
    accounts.note_session(user_id=user.pk, session_key=key, before=held[0], at=clock.now(), **_told(request))
    request.session[NOTED] = [key, moment]
