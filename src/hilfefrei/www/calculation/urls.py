from django.urls import path

from hilfefrei.www.calculation import views

app_name = "calculation"
urlpatterns = [
    path("<uuid:person_id>/", views.sheet, name="sheet"),
    path("<uuid:person_id>/bogen.pdf", views.paper, name="paper"),
    path("<uuid:person_id>/uebernehmen/", views.keep, name="keep"),
    path("<uuid:person_id>/angaben/<uuid:basis_id>/", views.kept, name="kept"),
    path("<uuid:person_id>/angaben/<uuid:basis_id>/zuruecknehmen/", views.revoke, name="revoke"),
]
