"""What the operator does about getting in: one login, groups of the log-in of the house, the emergency login."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render as page
from django.urls import reverse
from django.views.decorators.http import require_POST

from hilfefrei.apps.accounts import domain as accounts
from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.audit.actor import ROLE_LABELS, Role
from hilfefrei.apps.org import identity, policy
from hilfefrei.apps.org import queries as org
from hilfefrei.apps.org.models import GroupRole
from hilfefrei.apps.org.policy import require
from hilfefrei.core import clock
from hilfefrei.www import notes
from hilfefrei.www.identity import house, lockout
from hilfefrei.www.requests import Request, op_of
from hilfefrei.www.verbs import VerbForm

# Who has not logged in for so long may have left without anybody telling the operator.
UNUSED = timedelta(days=90)


def user_of(request: Request, user_id: UUID) -> User:
    """A login of this house, else 404."""
    found = User.objects.filter(pk=user_id, jobcenter_id=request.actor.jobcenter_id).first()
    if found is None:
        raise Http404
    return found


def unused(user: User) -> bool:
    """Whether an open login lies unused; when somebody was last here is not shown."""
    return user.is_active and not user.is_emergency and user.last_login is not None and clock.now() - user.last_login > UNUSED


# --- one login
def login(request: Request, user_id: UUID) -> HttpResponse:
    """How one login gets in, and what can be done when its holder cannot."""
    require(policy.may_operate(request.actor))
    found = user_of(request, user_id)
    context = {
        "user": found,
        "own": found.pk == request.actor.id,
        "posts": org.positions_of(found.pk, clock.today()),
        "factor_count": len(accounts.factors(found.pk)),
        "has_factor": Authenticator.objects.filter(user=found).exists(),
        "paused_until": lockout.until(request, found),
        "unused": unused(found),
        "with_house": house.provider() is not None,
    }
    return page(request, "operator/login.html", context)


def _close(request: Request, user: User) -> None:
    accounts.set_login_active(actor=request.actor, at=clock.now(), op=op_of(request), user_id=user.pk, active=False)


def _open(request: Request, user: User) -> None:
    accounts.set_login_active(actor=request.actor, at=clock.now(), op=op_of(request), user_id=user.pk, active=True)


def _log_out(request: Request, user: User) -> None:
    accounts.end_all_sessions(actor=request.actor, at=clock.now(), op=op_of(request), user_id=user.pk)


def _reset(request: Request, user: User) -> None:
    accounts.reset_factors(actor=request.actor, at=clock.now(), op=op_of(request), user_id=user.pk)


def _lift(request: Request, user: User) -> None:
    accounts.note_unlocked(actor=request.actor, at=clock.now(), op=op_of(request), user_id=user.pk)
    lockout.lift(request, user)


# What, what is said afterwards, and what takes it back.
ACTS: dict[str, tuple[Callable[[Request, User], None], str, str]] = {
    "sperren": (_close, "Gesperrt.", "oeffnen"),
    "oeffnen": (_open, "Geöffnet.", "sperren"),
    "abmelden": (_log_out, "Überall abgemeldet.", ""),
    "faktor": (_reset, "Zweiter Faktor entfernt, überall abgemeldet. Die Person richtet bei der nächsten Anmeldung einen neuen ein.", ""),
    "pause": (_lift, "Die Pause ist beendet.", ""),
}


@require_POST
def login_act(request: Request, user_id: UUID, what: str) -> HttpResponse:
    """Close or reopen a login, log it out, remove its second factor, end its pause."""
    require(policy.may_operate(request.actor))
    if what not in ACTS:
        raise Http404
    act, done, back = ACTS[what]
    found = user_of(request, user_id)
    act(request, found)
    notes.done(request, done, undo=reverse("operator:team_login_act", args=[found.pk, back]) if back else "")
    return redirect("operator:team_logins") if back else redirect("operator:team_login", found.pk)


class LinkForm(VerbForm):
    """The number of somebody in the log-in of the house."""

    subject = forms.CharField(label="Kennung im Anmeldedienst", max_length=255, help_text="das Feld „sub“; sie ändert sich nie und ist keine E-Mail-Adresse")


def login_link(request: Request, user_id: UUID) -> HttpResponse:
    """Let a login that there is be opened by the log-in of the house."""
    require(policy.may_operate(request.actor))
    found = user_of(request, user_id)
    if house.provider() is None:
        notes.failed(request, "Es ist kein Anmeldedienst eingetragen.")
        return redirect("operator:team_login", found.pk)
    form = LinkForm(request.POST or None, initial={"subject": found.subject or ""})
    back = reverse("operator:team_login", args=[found.pk])
    if request.method == "POST" and form.is_valid():
        linked = form.run(accounts.link_house_login, request, user_id=found.pk, issuer=house.issuer(), subject=form.cleaned_data["subject"])
        if linked is not None:
            notes.done(request, "Verbunden. Passwort und zweiter Faktor gelten hier nicht mehr, alle Sitzungen sind beendet.")
            return redirect(back)
    context = {
        "form": form, "title": f"{found.get_full_name()} mit dem Anmeldedienst verbinden", "button": "Verbinden", "back": back,
        "section": found.get_full_name(), "note": "Danach meldet sich die Person nur noch über das Haus an. Stellen, die Sie ihr gegeben haben, bleiben.",
    }  # fmt: skip
    return page(request, "operator/form.html", context, status=422 if form.errors else 200)


# --- groups
class GroupForm(VerbForm):
    """A group and what it is here."""

    group = forms.CharField(label="Gruppe", max_length=200, help_text="genau so, wie der Anmeldedienst sie nennt")
    team = forms.ChoiceField(label="Team")
    role = forms.ChoiceField(label="Rolle", choices=[(r.value, label) for r, label in ROLE_LABELS.items()])
    is_lead = forms.BooleanField(label="leitet das Team", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].choices = [(str(t.pk), t.name) for t in org.teams(clock.today())]  # type: ignore[attr-defined]


def groups(request: Request) -> HttpResponse:
    """Which groups of the log-in of the house get in, and as what."""
    require(policy.may_operate(request.actor))
    form = GroupForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        made = form.run(
            identity.add_group_role, request, group=given["group"], team_id=UUID(given["team"]), role=Role(given["role"]), is_lead=given["is_lead"]
        )
        if made is not None:
            notes.done(request, "Eingetragen. Es gilt ab der nächsten Anmeldung.")
            return redirect("operator:team_groups")
    context = {"form": form, "rows": GroupRole.objects.select_related("team"), "provider": house.provider()}
    return page(request, "operator/groups.html", context, status=422 if form.errors else 200)


@require_POST
def group_remove(request: Request, group_role_id: UUID) -> HttpResponse:
    """Take a group away."""
    require(policy.may_operate(request.actor))
    if not GroupRole.objects.filter(pk=group_role_id).exists():
        raise Http404
    identity.remove_group_role(actor=request.actor, at=clock.now(), op=op_of(request), group_role_id=group_role_id)
    notes.done(request, "Entfernt. Wer nur darüber hereinkam, verliert den Zugang bei der nächsten Anmeldung.")
    return redirect("operator:team_groups")


# --- the emergency login
def emergency(request: Request) -> HttpResponse:
    """State of the emergency login; a post seals it anew and shows the words, once."""
    require(policy.may_operate(request.actor))
    if request.method == "POST":
        op = op_of(request)
        if audit.is_repeat(request.actor, op):
            notes.failed(request, "Dieses Siegel wurde schon gezeigt. Ist es nicht im Umschlag, versiegeln Sie noch einmal neu.")
            return redirect("operator:team_emergency")
        words = identity.new_words()
        seal = identity.seal_emergency(actor=request.actor, at=clock.now(), op=op, password=words)
        return page(request, "operator/sealed.html", {"seal": seal, "words": words, "hours": identity.EMERGENCY_HOURS})
    held = identity.latest_seal()
    context = {"seal": held, "running": held is not None and identity.emergency_runs(held.login_id, clock.now()), "hours": identity.EMERGENCY_HOURS}
    return page(request, "operator/emergency.html", context)


@require_POST
def emergency_end(request: Request) -> HttpResponse:
    """End the use of the emergency login before its hours are over."""
    require(policy.may_operate(request.actor))
    seal = identity.latest_seal()
    if seal is not None:
        identity.end_emergency(actor=request.actor, at=clock.now(), op=op_of(request), seal_id=seal.pk)
    notes.done(request, "Der Notfallzugang ist beendet." if seal is not None else "Es gibt noch keinen.")
    return redirect("operator:team_emergency")
