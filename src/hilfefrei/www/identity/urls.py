"""Addresses of the log-in library under the names it looks for, in the words of the house."""

from allauth.account import views as account
from allauth.mfa.base import views as base
from allauth.mfa.webauthn import views as webauthn
from django.contrib.auth.decorators import login_not_required
from django.urls import path

from hilfefrei.www.identity import house, views

urlpatterns = [
    path("anmelden/", login_not_required(account.login), name="account_login"),
    path("anmelden/zweiter-faktor/", login_not_required(base.authenticate), name="mfa_authenticate"),
    path("anmelden/passkey/", login_not_required(webauthn.login_webauthn), name="mfa_login_webauthn"),
    path("anmelden/noch-einmal/", account.reauthenticate, name="account_reauthenticate"),
    path("anmelden/noch-einmal/code/", base.reauthenticate, name="mfa_reauthenticate"),
    path("anmelden/noch-einmal/schluessel/", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("anmelden/abgebrochen/", house.cancelled, name="socialaccount_login_cancelled"),
    path("anmelden/<slug:provider_id>/", house.log_in, name="openid_connect_login"),
    path("anmelden/<slug:provider_id>/zurueck/", house.come_back, name="openid_connect_callback"),
    path("konto/zweiter-faktor/", views.index, name="mfa_index"),
    path("konto/zweiter-faktor/app/", views.add_app, name="mfa_activate_totp"),
    path("konto/zweiter-faktor/schluessel/", views.add_key, name="mfa_add_webauthn"),
    path("konto/zweiter-faktor/ersatzcodes/", views.codes, name="mfa_view_recovery_codes"),
    path("konto/zweiter-faktor/ersatzcodes/neu/", views.new_codes, name="mfa_generate_recovery_codes"),
    path("konto/zweiter-faktor/<int:factor_id>/entfernen/", views.remove, name="factor_remove"),
    path("konto/sitzungen/beenden/", views.end_sessions, name="sessions_end"),
    path("notfallzugang/<uuid:seal_id>/gesehen/", views.emergency_seen, name="emergency_seen"),
    path("zugang/<uuid:user_id>/gesehen/", views.login_reset_seen, name="login_reset_seen"),
]
