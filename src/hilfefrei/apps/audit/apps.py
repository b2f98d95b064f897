from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import post_migrate

from hilfefrei.apps.audit import catalogue, triggers


class Config(AppConfig):
    name = "hilfefrei.apps.audit"
    label = "audit"

    def ready(self) -> None:
        post_migrate.connect(_install, sender=self)
        checks.register(catalogue.check_catalogue)


def _install(using: str, **_: object) -> None:
    triggers.install(using)
