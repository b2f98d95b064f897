from django.apps import AppConfig


class Config(AppConfig):
    name = "hilfefrei.apps.benefits"
    label = "benefits"

    def ready(self) -> None:
        from hilfefrei.apps.benefits.queries import applicants_of  # noqa: PLC0415 - models are there only now
        from hilfefrei.apps.people.queries import OTHER_NUMBERS  # noqa: PLC0415 - the same

        OTHER_NUMBERS.append(applicants_of)
