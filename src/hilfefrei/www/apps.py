"""The web side as a Django app, so that its templates and template tags are found."""

from django.apps import AppConfig


class WwwConfig(AppConfig):
    """Pages by who sits in front of them."""

    name = "hilfefrei.www"
    label = "www"
    verbose_name = "Seiten"
