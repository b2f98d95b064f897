from django.urls import path

from hilfefrei.www.jobs import deliveries, views

app_name = "jobs"
urlpatterns = [
    path("", views.exchange, name="list"),
    path("liste.xlsx", views.export, name="export"),
    path("neu/", views.edit, name="new"),
    path("lieferungen/", deliveries.index, name="deliveries"),
    path("lieferungen/orte/", deliveries.places, name="delivery_places"),
    path("lieferungen/<uuid:delivery_id>/", deliveries.delivery, name="delivery"),
    path("lieferungen/<uuid:delivery_id>/spalten/", deliveries.name_columns, name="delivery_columns"),
    path("lieferungen/<uuid:delivery_id>/zeilen/", deliveries.rows, name="delivery_rows"),
    path("lieferungen/<uuid:delivery_id>/zurueckgewiesen.csv", deliveries.rejects, name="delivery_rejects"),
    path("lieferungen/<uuid:delivery_id>/<slug:act>/", deliveries.act, name="delivery_act"),
    path("<uuid:vacancy_id>/", views.detail, name="detail"),
    path("<uuid:vacancy_id>/aendern/", views.edit, name="edit"),
    path("<uuid:vacancy_id>/<slug:to>/", views.state, name="state"),
]
