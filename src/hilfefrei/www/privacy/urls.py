from django.urls import path

from hilfefrei.www.privacy import views

app_name = "privacy"
urlpatterns = [
    path("felder/", views.fields, name="fields"),
    path("felder.xlsx", views.export, name="export"),
]
