from django.urls import path

from hilfefrei.www.via import views

app_name = "via"
urlpatterns = [
    path("", views.week, name="week"),
    path("wochenplan.pdf", views.week_plan, name="week_plan"),
    path("termin/<uuid:date_id>/", views.attendance, name="date"),
    path("termin/<uuid:date_id>/anrufen/", views.call_list, name="call_list"),
    path("platz/<uuid:booking_id>/angerufen/", views.called, name="called"),
    path("weg/<uuid:entry_id>/bewerbungen/", views.own_applications, name="own_applications"),
    path("bewerbung/<uuid:own_id>/antwort/", views.reply, name="reply"),
]
