from django.apps import AppConfig


class Config(AppConfig):
    name = "hilfefrei.apps.privacy"
    label = "privacy"
