from django.urls import path

from hilfefrei.www.operator import views

app_name = "operator"
urlpatterns = [
    path("", views.dates, name="dates"),
    path("termin/<uuid:date_id>/", views.date_edit, name="date"),
    path("termin/<uuid:date_id>/absagen/", views.date_cancel, name="date_cancel"),
    path("raeume/", views.rooms, name="rooms"),
    path("raeume/<uuid:room_id>/", views.rooms, name="room"),
    path("abwesenheit/", views.absences, name="absences"),
    path("abwesenheit/<uuid:absence_id>/zuruecknehmen/", views.absence_cancel, name="absence_cancel"),
    path("teams/", views.teams, name="teams"),
    path("teams/<slug:what>/<uuid:object_id>/", views.team_act, name="team_act"),
    path("haus/", views.house, name="house"),
]
