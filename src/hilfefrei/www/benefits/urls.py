from django.urls import path

from hilfefrei.www.benefits import views

app_name = "benefits"
urlpatterns = [
    path("", views.benefits_list, name="list"),
    path("antrag/<uuid:application_id>/", views.application, name="application"),
    path("antrag/<uuid:application_id>/bestaetigen/", views.confirm, name="confirm"),
    path("antrag/<uuid:application_id>/bestaetigung-zuruecknehmen/", views.unconfirm, name="unconfirm"),
    path("antrag/<uuid:application_id>/vollstaendig/", views.complete, name="complete"),
    path("erklaerung/<uuid:declaration_id>/bestaetigen/", views.declaration, name="declaration"),
    path("ausgang/<uuid:outcome_id>/zuruecknehmen/", views.revoke, name="revoke"),
    path("meldung/<uuid:report_id>/<slug:act>/", views.report, name="report"),
]
