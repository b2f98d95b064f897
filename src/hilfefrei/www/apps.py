"""The web side as a Django app, so that its templates and template tags are found."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created

from hilfefrei.settings import database
from hilfefrei.www.forms import speak_plainly


class WwwConfig(AppConfig):
    """Pages by who sits in front of them."""

    name = "hilfefrei.www"
    label = "www"
    verbose_name = "Seiten"

    def ready(self) -> None:
        """Give the form fields plain words, and connections room for their plans."""
        speak_plainly()
        connection_created.connect(database.keep_plans, dispatch_uid="keep_plans")
        from hilfefrei.www.identity import events  # noqa: PLC0415 - models can only be imported when all apps are there

        events.connect()
