"""The web side as a Django app, so that its templates and template tags are found."""

from django.apps import AppConfig

from hilfefrei.www.forms import speak_plainly


class WwwConfig(AppConfig):
    """Pages by who sits in front of them."""

    name = "hilfefrei.www"
    label = "www"
    verbose_name = "Seiten"

    def ready(self) -> None:
        """Give the form fields plain words."""
        speak_plainly()
        from hilfefrei.www.identity import events  # noqa: PLC0415 - models can only be imported when all apps are there

        events.connect()
