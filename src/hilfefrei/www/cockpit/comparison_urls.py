from django.urls import path

from hilfefrei.www.cockpit import comparison, published

app_name = "comparison"
urlpatterns = [
    path("", comparison.index, name="page"),
    path("orte.<slug:form>", comparison.export, name="export"),
    path("eigener-ort/", comparison.choose_own, name="own"),
    path("kennzahlen/", comparison.indicators, name="indicators"),
    path("tabellen/", published.index, name="tables"),
    path("tabellen/muster.csv", published.pattern, name="pattern"),
    path("tabellen/<uuid:table_id>/", published.table, name="table"),
    path("tabellen/<uuid:table_id>/spalten/", published.name_columns, name="columns"),
    path("tabellen/<uuid:table_id>/zeilen/", published.rows, name="rows"),
    path("tabellen/<uuid:table_id>/zurueckgewiesen.csv", published.rejects, name="rejects"),
    path("tabellen/<uuid:table_id>/<slug:act>/", published.act, name="act"),
]
