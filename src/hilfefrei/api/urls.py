"""Addresses for machines."""

from django.urls import path

from hilfefrei.api import confirmations

app_name = "api"
urlpatterns = [path("v1/bestaetigungen", confirmations.take, name="confirmations")]
