from django.urls import path

from hilfefrei.www.cockpit import month

app_name = "cockpit"
urlpatterns = [
    path("", month.month, name="month"),
    path("zahl/<slug:code>/", month.figure, name="figure"),
    path("tabelle.xlsx", month.export, name="month_xlsx"),
    path("tabelle.csv", month.export_csv, name="month_csv"),
    path("bericht.pdf", month.paper, name="month_pdf"),
    path("abschliessen/", month.close, name="close_month"),
    path("berichtigen/<uuid:closing_id>/", month.correct, name="correct_month"),
]
