from django.urls import path

from hilfefrei.www.via import dates, views

app_name = "via"
urlpatterns = [
    path("", views.week, name="week"),
    path("wochenplan.pdf", views.week_plan, name="week_plan"),
    path("teilnahme.xlsx", views.export, name="export"),
    path("termin/<uuid:date_id>/", dates.attendance, name="date"),
    path("termin/<uuid:date_id>/dazu/", dates.walk_in, name="walk_in"),
    path("termin/<uuid:date_id>/anrufen/", dates.call_list, name="call_list"),
    path("platz/<uuid:booking_id>/anruf-uebernehmen/", dates.take_call, name="take_call"),
    path("platz/<uuid:booking_id>/angerufen/", dates.called, name="called"),
    path("weg/<uuid:entry_id>/ende-zuruecknehmen/", views.undo_end, name="undo_end"),
    path("weg/<uuid:entry_id>/bewerbungen/", views.own_applications, name="own_applications"),
    path("mitgegeben/<uuid:handed_id>/antwort/", views.reaction, name="reaction"),
    path("bewerbung/<uuid:own_id>/antwort/", views.reply, name="reply"),
]
