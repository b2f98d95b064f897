from django.urls import URLPattern

app_name = "via"
urlpatterns: list[URLPattern] = []
