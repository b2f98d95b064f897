from django.urls import path

from hilfefrei.www.jobs import views

app_name = "jobs"
urlpatterns = [
    path("", views.exchange, name="list"),
    path("neu/", views.edit, name="new"),
    path("<uuid:vacancy_id>/", views.detail, name="detail"),
    path("<uuid:vacancy_id>/aendern/", views.edit, name="edit"),
    path("<uuid:vacancy_id>/<slug:to>/", views.state, name="state"),
]
