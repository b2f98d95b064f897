"""Telephone numbers as people type them: read back as typed, but a number and nothing else."""

import re
from typing import Final

# The shortest number one can call is 110.
LEAST_DIGITS: Final = 3
_NUMBER: Final = re.compile(r"\+?[0-9 /()-]+")
_DASHES: Final = str.maketrans("\N{NON-BREAKING HYPHEN}\N{EN DASH}\N{EM DASH}\N{MINUS SIGN}", "----")

NO_NUMBER: Final = "Bitte nur die Telefonnummer eintragen, zum Beispiel 05522 12345. Worte dazu gehören in den Hinweis."


def parse_phone(text: str) -> str:
    """The number with single blanks and plain dashes; empty for none.

    Raises ValueError (in plain German) for anything but digits, blanks, ``/``, ``-``, ``()`` and a ``+`` in front, and for
    fewer than :data:`LEAST_DIGITS` digits.
    """
    number = " ".join(text.translate(_DASHES).split())
    if number and (not _NUMBER.fullmatch(number) or sum(c.isdigit() for c in number) < LEAST_DIGITS):
        raise ValueError(NO_NUMBER)
    return number
