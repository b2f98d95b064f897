"""Part of a verb: a telephone number as it was typed, or a refusal at its field."""

from hilfefrei.apps.audit.errors import Refused
from hilfefrei.core.phones import parse_phone


def phone_of(text: str, *, field: str = "phone", before: str = "") -> str:
    """The number; what stood there ``before`` the rule stays as it is, so that the rest of its form can be changed."""
    if before and text.strip() == before:
        return before
    try:
        return parse_phone(text)
    except ValueError as error:
        raise Refused(str(error), code="phone", field=field) from error
