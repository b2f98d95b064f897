from django.urls import path

from hilfefrei.www import calendar, expired
from hilfefrei.www.shared import views

app_name = "shared"
urlpatterns = [
    path("", views.start, name="start"),
    path("ueberblick/", views.overview, name="overview"),
    path("konto/", views.profile, name="profile"),
    path("konto/termine.ics", calendar.own_dates, name="calendar"),
    path("weiter/", expired.go_on, name="go_on"),
    path("suche/", views.search, name="search"),
]
