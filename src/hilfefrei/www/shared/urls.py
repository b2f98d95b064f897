from django.urls import path

from hilfefrei.www import calendar
from hilfefrei.www.shared import views

app_name = "shared"
urlpatterns = [
    path("", views.start, name="start"),
    path("ueberblick/", views.overview, name="overview"),
    path("konto/", views.profile, name="profile"),
    path("konto/termine.ics", calendar.own_dates, name="calendar"),
    path("suche/", views.search, name="search"),
]
