from django.urls import path

from hilfefrei.www.operator import access, dates, house

app_name = "operator"
urlpatterns = [
    path("", dates.dates, name="dates"),
    path("termin/neu/", dates.date_new, name="date_new"),
    path("termin/<uuid:date_id>/", dates.date_edit, name="date"),
    path("termin/<uuid:date_id>/absagen/", dates.date_cancel, name="date_cancel"),
    path("termin/<uuid:date_id>/doch/", dates.date_reinstate, name="date_reinstate"),
    path("raeume/", house.rooms, name="rooms"),
    path("raeume/neu/", house.room, name="room_new"),
    path("raeume/<uuid:room_id>/", house.room, name="room"),
    path("abwesenheit/", house.absences, name="absences"),
    path("abwesenheit/neu/", house.absence, name="absence_new"),
    path("abwesenheit/<uuid:absence_id>/", house.absence, name="absence"),
    path("abwesenheit/<uuid:absence_id>/zuruecknehmen/", house.absence_cancel, name="absence_cancel"),
    path("teams/", house.teams, name="teams"),
    path("teams/neu/", house.team_new, name="team_new"),
    path("teams/<uuid:team_id>/", house.team, name="team"),
    path("teams/<uuid:team_id>/aufloesen/", house.team_close, name="team_close"),
    path("teams/<uuid:team_id>/stelle/", house.position_new, name="position_new"),
    path("stelle/<uuid:position_id>/", house.position, name="position"),
    path("stelle/<uuid:position_id>/beenden/", house.position_end, name="position_end"),
    path("zugaenge/", house.logins, name="team_logins"),
    path("zugaenge/neu/", house.login_new, name="team_login_new"),
    path("zugaenge/gruppen/", access.groups, name="team_groups"),
    path("zugaenge/gruppen/<uuid:group_role_id>/entfernen/", access.group_remove, name="team_group_remove"),
    path("zugaenge/notfall/", access.emergency, name="team_emergency"),
    path("zugaenge/notfall/beenden/", access.emergency_end, name="team_emergency_end"),
    path("zugaenge/<uuid:user_id>/", access.login, name="team_login"),
    path("zugaenge/<uuid:user_id>/verbinden/", access.login_link, name="team_login_link"),
    path("zugaenge/<uuid:user_id>/passwort/", house.login_password, name="team_login_password"),
    path("zugaenge/<uuid:user_id>/<slug:what>/", access.login_act, name="team_login_act"),
    path("haus/", house.house, name="house"),
    path("haus/zustellen/", house.deliver_again, name="deliver_again"),
]
