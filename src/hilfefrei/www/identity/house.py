"""The log-in of the house (OpenID Connect): who somebody is comes from there, what they may do from the table of groups here."""

import logging
from collections.abc import Mapping
from functools import partial
from typing import Any, NoReturn
from uuid import UUID

import jwt
import requests
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base.constants import AuthError
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView, OAuth2View
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django_scopes import scope

from hilfefrei.apps.accounts.workflows import Closed
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.org import identity
from hilfefrei.apps.org.models import Jobcenter
from hilfefrei.core import clock
from hilfefrei.www import notes

log = logging.getLogger("hilfefrei.house")

FORBIDDEN, BAD_GATEWAY = 403, 502
ASK = "Bitte wenden Sie sich an die Betriebsrolle."
# With a key of which only the provider has the other half; which of them a token uses, it says itself.
METHODS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
WELL_KNOWN = "/.well-known/"


def provider() -> dict[str, Any] | None:
    """The one provider of the installation, None where there is none."""
    apps = settings.SOCIALACCOUNT_PROVIDERS.get("openid_connect", {}).get("APPS", [])
    return apps[0] if apps else None


def issuer() -> str:
    """Whose numbers the subjects are."""
    found = provider()
    return str(found["settings"]["server_url"])[:200] if found else ""


def claimed(data: Mapping[str, Any], path: str) -> list[str] | None:
    """The groups that ``path`` (``groups``, ``realm_access.roles``) names in a claim; None where it says nothing of groups."""
    value: Any = data
    for part in path.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return None
        value = value[part]
    if isinstance(value, str):
        return value.split()
    return [str(group) for group in value] if isinstance(value, list) else None


def _page(request: HttpRequest, title: str, *words: str, status: int = FORBIDDEN) -> HttpResponse:
    return render(request, "identity/no_way_in.html", {"title": title, "words": words}, status=status)


def _stop(request: HttpRequest, title: str, *words: str, status: int = FORBIDDEN) -> NoReturn:
    raise ImmediateHttpResponse(_page(request, title, *words, status=status))


class OpenID(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # allauth ships no types
    """Takes a provider at its word only where it is the one entered, and a token only with its signature."""

    @property
    def openid_config(self) -> dict[str, Any]:
        """What the provider says of itself. Nobody is let in where it calls itself otherwise than we do (OpenID Connect Discovery 1.0 § 4.3)."""
        found: dict[str, Any] = super().openid_config
        entered = str(self.get_provider().app.settings["server_url"]).partition(WELL_KNOWN)[0]
        if str(found.get("issuer", "")).rstrip("/") != entered.rstrip("/"):
            log.error("the provider names another issuer than the address entered; nobody is let in")
            _stop(
                self.request,
                "Der Anmeldedienst gibt sich für einen anderen aus",
                "Er nennt eine andere Adresse als die, die hier für ihn eingetragen ist. Zur Sicherheit kommt so niemand herein.",
                ASK,
                status=BAD_GATEWAY,
            )
        return found

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        """The token with its signature checked, wherever it came from (OpenID Connect Core 1.0 § 3.1.3.7)."""
        with get_adapter().get_requests_session() as line:
            answer = line.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
        try:
            head = jwt.get_unverified_header(id_token)
            keys = [key for key in jwt.PyJWKSet.from_dict(answer.json()).keys if key.public_key_use != "enc"]
            # Of a single key nobody has to say which it is (§ 10.1).
            fitting = [key for key in keys if key.key_id == head["kid"]] if "kid" in head else keys
            if len(fitting) != 1:
                message = "no key of the provider fits"
                raise OAuth2Error(message)
            told: dict[str, Any] = jwt.decode(
                id_token, key=fitting[0].key, algorithms=METHODS, issuer=self.openid_config["issuer"], audience=app.client_id,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )  # fmt: skip
        except jwt.PyJWTError as error:
            message = "the token of the provider does not hold"
            raise OAuth2Error(message) from error
        jwtkit.verify_jti(told)
        return told


class HouseAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Lets in whose groups are mapped, closes whose are no longer, keeps of what the provider says number and name only."""

    def get_requests_session(self) -> requests.Session:
        """The line to the provider. It follows no redirect: secret and code go to the address entered and nowhere else."""
        line: requests.Session = super().get_requests_session()
        line.max_redirects = 0
        return line

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Any:
        """The provider, asked by :class:`OpenID`."""
        found = super().get_provider(request, provider, client_id)
        found.oauth2_adapter_class = OpenID
        return found

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find or make the login and give it the posts of its groups; else show why not."""
        if sociallogin.state.get("process") != "login" or request.user.is_authenticated:
            raise ImmediateHttpResponse(redirect("/"))
        held = sociallogin.account.extra_data
        told: dict[str, Any] = {**held.get("id_token", {}), **held.get("userinfo", {})}
        subject = str(told.get("sub", ""))
        if not subject or str(held.get("id_token", {}).get("sub", subject)) != subject:
            log.error("the provider names two different subjects, or none")
            _stop(request, "Der Anmeldedienst hat nicht eindeutig gesagt, wer Sie sind", ASK, status=BAD_GATEWAY)
        app = provider() or {}
        path = app["settings"]["groups_claim"]
        # Some put the groups into the one answer only, some into the other.
        groups = next((found for part in ("userinfo", "id_token") if (found := claimed(held.get(part, {}), path)) is not None), None)
        houses = list(Jobcenter.objects.order_by("pk").values_list("pk", flat=True)[:2])
        if len(houses) != 1:
            _stop(request, "Hier ist noch kein Jobcenter eingerichtet", ASK)
        with scope(jobcenter=houses[0]):
            self._enter(request, sociallogin, houses[0], subject=subject, groups=groups, told=told)

    def _enter(
        self, request: HttpRequest, sociallogin: SocialLogin, house: UUID, *, subject: str, groups: list[str] | None, told: Mapping[str, Any]
    ) -> None:
        if groups is None:
            # An interface that changed is no reason to send everybody home (rule 11).
            log.error("the provider says nothing of groups; nobody is let in and nobody is closed")
            _stop(request, "Der Anmeldedienst hat keine Gruppen mitgeteilt", "Daran, was Sie hier dürfen, ist nichts geändert.", ASK, status=BAD_GATEWAY)
        actor, at = identity.gatekeeper(house), clock.now()
        known = identity.house_login(house, issuer(), subject)
        if not identity.wanted_posts(groups):
            if known is not None and known.is_active:
                identity.close_leaver(actor=actor, at=at, user_id=known.pk, because=Closed.GROUP)
            _stop(
                request,
                "Für Sie gibt es hier keinen Zugang",
                "Der Anmeldedienst kennt Sie, aber keine Ihrer Gruppen hat in Hilfefrei eine Stelle.",
                "Gehören Sie zum Haus, nennt die Betriebsrolle Ihnen die richtige Gruppe.",
            )
        first, last = _names(told)
        enter = partial(
            identity.let_in, actor=actor, at=at, issuer=issuer(), subject=subject, groups=groups, first_name=first, last_name=last,
            username=str(told.get("preferred_username") or f"{first}.{last}".lower()),
        )  # fmt: skip
        try:
            try:
                user = enter()
            except IntegrityError:
                # The same person came in by a second window a moment before: their login is there now.
                user = enter()
        except Refused as error:
            _stop(request, "Ihr Zugang lässt sich gerade nicht öffnen", str(error), ASK)
        sociallogin.user = user

    def on_authentication_error(self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None) -> None:  # noqa: ARG002 - allauth's signature
        """A page in plain words; the log gets the kind of the error only. Who turned back is led to our page by the library."""
        if error == AuthError.CANCELLED:
            return
        log.warning("log-in of the house failed: %s", type(exception).__name__ if exception else error)
        _stop(request, "Die Anmeldung über das Haus hat nicht geklappt", "Meist war die Seite nur zu lange offen. Bitte versuchen Sie es noch einmal.", "Klappt es wieder nicht: " + ASK, status=BAD_GATEWAY)


def _names(told: Mapping[str, Any]) -> tuple[str, str]:
    """First and last name as the provider says them; never an e-mail address."""
    whole = str(told.get("name") or "").split()
    first = str(told.get("given_name") or " ".join(whole[:-1]))
    last = str(told.get("family_name") or (whole[-1] if whole else ""))
    return first or "ohne", last or "Namen"


def _asking(view: type[OAuth2View], request: HttpRequest, provider_id: str) -> HttpResponse:
    """``view`` of the library, and a page where the provider does not answer, or not as one."""
    try:
        answer: HttpResponse = view.adapter_view(OpenID(request, provider_id))(request)
    except SocialApp.DoesNotExist:
        raise Http404 from None
    except (requests.RequestException, ValueError, KeyError) as error:
        log.warning("log-in of the house does not answer: %s", type(error).__name__)
        return _page(request, "Der Anmeldedienst antwortet nicht", "Bitte versuchen Sie es in ein paar Minuten noch einmal.", ASK, status=BAD_GATEWAY)
    return answer


@login_not_required
def log_in(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Off to the log-in of the house."""
    return _asking(OAuth2LoginView, request, provider_id)


@login_not_required
def come_back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Back from the log-in of the house."""
    return _asking(OAuth2CallbackView, request, provider_id)


@login_not_required
def cancelled(request: HttpRequest) -> HttpResponse:
    """Somebody has turned back at the log-in of the house."""
    notes.failed(request, "Die Anmeldung über das Haus ist abgebrochen.")
    return redirect("account_login")
