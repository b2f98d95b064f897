from django.urls import path

from hilfefrei.www.people import views

app_name = "people"
urlpatterns = [
    path("", views.person_list, name="list"),
    path("liste.<slug:form>", views.export, name="export"),
    path("<uuid:person_id>/", views.detail, name="detail"),
    path("<uuid:person_id>/angaben/", views.edit, name="edit"),
    path("<uuid:person_id>/anschrift/", views.address, name="address"),
    path("<uuid:person_id>/kontakt/", views.contact, name="contact"),
    path("<uuid:person_id>/<slug:what>/", views.act, name="act"),
]
