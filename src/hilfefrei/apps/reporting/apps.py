from django.apps import AppConfig


class Config(AppConfig):
    name = "hilfefrei.apps.reporting"
    label = "reporting"
