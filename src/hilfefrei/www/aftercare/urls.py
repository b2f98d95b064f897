from django.urls import path

from hilfefrei.www.aftercare import views

app_name = "aftercare"
urlpatterns = [
    path("", views.questions, name="questions"),
    path("<uuid:person_id>/", views.record, name="record"),
    path("zuruecknehmen/<uuid:follow_up_id>/", views.revoke, name="revoke"),
]
