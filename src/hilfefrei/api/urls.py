"""Addresses for machines."""

from django.urls import path

from hilfefrei.api import claims, confirmations

app_name = "api"
urlpatterns = [
    path("v1/bestaetigungen", confirmations.take, name="confirmations"),
    path("v1/claims", claims.claims, name="claims"),
]
