from django.urls import path

from hilfefrei.www.desk import views

app_name = "desk"
urlpatterns = [
    path("", views.handovers, name="handovers"),
    path("<uuid:handover_id>/zurueckziehen/", views.withdraw, name="withdraw"),
    path("<uuid:handover_id>/<slug:act>/", views.answer, name="answer"),
]
