from django.urls import path

from hilfefrei.www.privacy import accesses, views

app_name = "privacy"
urlpatterns = [
    path("felder/", views.fields, name="fields"),
    path("felder.xlsx", views.export, name="export"),
    path("zugriffe/", accesses.index, name="accesses"),
    path("zugriffe/<uuid:inquiry_id>/", accesses.inquiry, name="inquiry"),
    path("zugriffe/<uuid:inquiry_id>/antwort/", accesses.answer, name="inquiry_answer"),
    path("zugriffe/<uuid:inquiry_id>/schliessen/", accesses.close, name="inquiry_close"),
    path("zugriffe/<uuid:inquiry_id>/zugriffe.xlsx", accesses.export, name="inquiry_export"),
]
