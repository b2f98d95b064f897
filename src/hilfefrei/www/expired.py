"""A session that ended while somebody typed, in a browser without scripts: what was typed waits until they are back.

With scripts the page asks for the password itself (``static/app.js``) and nothing comes this way.
"""

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from hilfefrei.core import clock
from hilfefrei.www import notes
from hilfefrei.www.requests import Request

HELD = "unsent"
# So long, and so much, is kept.
KEPT = timedelta(minutes=30)
MOST_CHARS = 200_000


class LoginRequired(LoginRequiredMiddleware):
    """Sends to the login page; a form that came too late is kept for whoever worked here last."""

    def handle_no_permission(self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]) -> HttpResponseRedirect:
        """Keep the form, or do what Django does."""
        who = _who(request)
        if request.method != "POST" or request.headers.get("HX-Request"):
            return super().handle_no_permission(request, view_func)
        fields = [(name, value) for name, values in request.POST.lists() for value in values if name != "csrfmiddlewaretoken"]
        if who and not request.FILES and sum(len(name) + len(value) for name, value in fields) <= MOST_CHARS:
            request.session[HELD] = {"path": request.get_full_path(), "fields": fields, "who": who, "at": clock.now().timestamp()}
        return redirect_to_login(reverse("shared:go_on"))


def _who(request: HttpRequest) -> str:
    try:
        return request.get_signed_cookie(settings.HILFEFREI_WHO_COOKIE) or ""
    except (KeyError, signing.BadSignature):
        return ""


def remember(request: HttpRequest, response: HttpResponse) -> None:
    """Note in the browser, signed, who works here: only they get back what they typed."""
    mine = str(request.user.pk)
    if _who(request) != mine:
        response.set_signed_cookie(settings.HILFEFREI_WHO_COOKIE, mine, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)


def go_on(request: Request) -> HttpResponse:
    """After logging in again: send what was typed, or throw it away."""
    held = request.session.get(HELD)
    if request.method == "POST":
        request.session.pop(HELD, None)
        notes.done(request, "Die Eingaben sind verworfen.")
        return redirect("shared:start")
    if held is None or held["who"] != str(request.user.pk) or clock.now().timestamp() - held["at"] > KEPT.total_seconds():
        request.session.pop(HELD, None)
        notes.failed(request, "Ihre Sitzung war abgelaufen. Was zuletzt abgesendet wurde, ist nicht gespeichert; bitte noch einmal eingeben.")
        return redirect("shared:start")
    return render(request, "shared/go_on.html", {"held": held})
