from django.urls import path

from hilfefrei.www.benefits import deliveries, housing, views

app_name = "benefits"
urlpatterns = [
    path("", views.benefits_list, name="list"),
    path("bestaetigungen/erledigt/", views.refusal_done, name="refusal_done"),
    path("lieferungen/", deliveries.index, name="deliveries"),
    path("lieferungen/zuordnung/", deliveries.mapping, name="delivery_mapping"),
    path("lieferungen/zuordnung/<uuid:mapping_id>/loeschen/", deliveries.forget_mapping, name="delivery_mapping_delete"),
    path("lieferungen/<uuid:pay_id>/", deliveries.delivery, name="delivery"),
    path("lieferungen/<uuid:pay_id>/schritt/", deliveries.step, name="delivery_step"),
    path("lieferungen/<uuid:pay_id>/zeilen/", deliveries.rows, name="delivery_rows"),
    path("lieferungen/<uuid:pay_id>/zurueckgewiesen.csv", deliveries.rejects, name="delivery_rejects"),
    path("lieferungen/<uuid:pay_id>/<slug:act>/", deliveries.act, name="delivery_act"),
    path("mietgrenzen/", housing.limits, name="housing"),
    path("mietgrenzen/datei/", housing.limits_file, name="housing_file"),
    path("mietgrenzen/mietgrenzen.csv", housing.limits_csv, name="housing_csv"),
    path("mietgrenzen/<uuid:housing_id>/", housing.limits_edit, name="housing_edit"),
    path("widerspruch/<uuid:contradiction_id>/geklaert/", views.settle, name="settle"),
    path("antrag/<uuid:application_id>/", views.application, name="application"),
    path("antrag/<uuid:application_id>/bestaetigen/", views.confirm, name="confirm"),
    path("antrag/<uuid:application_id>/bestaetigung-zuruecknehmen/", views.unconfirm, name="unconfirm"),
    path("antrag/<uuid:application_id>/vollstaendig/", views.complete, name="complete"),
    path("erklaerung/<uuid:declaration_id>/bestaetigen/", views.declaration, name="declaration"),
    path("ausgang/<uuid:outcome_id>/zuruecknehmen/", views.revoke, name="revoke"),
    path("meldung/<uuid:report_id>/<slug:act>/", views.report, name="report"),
]
