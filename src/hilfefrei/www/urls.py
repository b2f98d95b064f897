"""The address table. Every row of it has a row in tests/permissions.toml."""

from allauth.account import views as account
from django.urls import include, path

from hilfefrei.www import operation
from hilfefrei.www.identity import views as identity

handler500 = "hilfefrei.www.middleware.broken"
urlpatterns = [
    path("healthz", operation.healthz, name="healthz"),
    path("readyz", operation.readyz, name="readyz"),
    path("metrics", operation.metrics, name="metrics"),
    path("", include("hilfefrei.www.shared.urls")),
    path("", include("hilfefrei.www.identity.urls")),
    path("abmelden/", account.logout, name="account_logout"),
    path("passwort/", identity.change_password, name="account_change_password"),
    path("eingang/", include("hilfefrei.www.entrance.urls")),
    path("via/", include("hilfefrei.www.via.urls")),
    path("personen/", include("hilfefrei.www.people.urls")),
    path("leistung/", include("hilfefrei.www.benefits.urls")),
    path("rechnung/", include("hilfefrei.www.calculation.urls")),
    path("stellen/", include("hilfefrei.www.jobs.urls")),
    path("vergleich/", include("hilfefrei.www.cockpit.comparison_urls")),
    path("einrichtung/", include("hilfefrei.www.operator.urls")),
    path("datenschutz/", include("hilfefrei.www.privacy.urls")),
    path("nachfragen/", include("hilfefrei.www.aftercare.urls")),
    path("monat/", include("hilfefrei.www.cockpit.urls")),
    path("api/", include("hilfefrei.api.urls")),
    path("uebergaben/", include("hilfefrei.www.desk.urls")),
]
