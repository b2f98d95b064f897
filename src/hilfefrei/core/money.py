"""Money as integer cents: reading what people type, writing it the German way."""

import re
from typing import Final

CENTS: Final = 100
MINUS: Final = "\u2212"
DEFAULT_LIMIT: Final = 10_000_000 * CENTS

_WORDS_AROUND = re.compile(r"€|\beuro\b|\beur\b", re.IGNORECASE)
_SPACES = re.compile(r"[\s\u00a0\u2009\u202f']+")
_PLAIN = re.compile(r"(\d+)(?:,(\d{1,2}|-{1,2}|\u2013|\u2014))?")
_GROUPED = re.compile(r"(\d{1,3}(?:\.\d{3})+)(?:,(\d{1,2}|-{1,2}|\u2013|\u2014))?")
_POINT = re.compile(r"(\d+)\.(\d{1,2})")
_SIGNS = ("-", MINUS, "\u2013")


def parse_euro(text: str, *, negative: bool = False, limit: int = DEFAULT_LIMIT) -> int:
    """Return the cents of a typed amount: ``"1.500"`` is 150000, ``"598,5"`` is 59850.

    Rules, in this order:
        1. ``€``, ``EUR``, ``Euro``, blanks and apostrophes do not count; ``598,-`` is 598 euros.
        2. The comma is the decimal sign, followed by one or two digits.
        3. A point followed by groups of exactly three digits separates thousands: ``1.500`` is 1,500 euros.
        4. A point followed by one or two digits at the end, without any comma, is a decimal sign, as
           machines and banks abroad write it: ``1500.00`` is 1,500 euros, ``598.5`` is 598.50 euros.
        5. All else is refused, above all ``1,500``: it may mean 1.50 or 1,500 euros.

    Args:
        text: what was typed.
        negative: whether an amount below zero is allowed.
        limit: largest amount in cents, either side of zero.

    Raises:
        ValueError: with a plain German sentence that says what to do.
    """
    raw = text.strip()
    cleaned = _SPACES.sub("", _WORDS_AROUND.sub("", raw))
    sign = 1
    if cleaned.startswith(_SIGNS) and len(cleaned) > 1:
        sign, cleaned = -1, cleaned[1:]
    cents = _cents_of(cleaned, raw)
    if sign < 0 and cents and not negative:
        message = "Der Betrag darf nicht unter null liegen."
        raise ValueError(message)
    if cents > limit:
        message = f"Der Betrag ist zu groß. Möglich sind höchstens {format_euro(limit, whole=True)}."
        raise ValueError(message)
    return sign * cents


def _cents_of(cleaned: str, raw: str) -> int:
    if not cleaned.isascii():
        # Digits of other scripts pass \d, the dash of "598,–" is the one sign wanted beside ASCII.
        cleaned = cleaned.replace("\u2013", "-").replace("\u2014", "-")
    if not cleaned:
        message = "Hier fehlt ein Betrag. Bitte geben Sie eine Zahl ein, zum Beispiel 598,00."
        raise ValueError(message)
    if cleaned.isascii():
        match = _PLAIN.fullmatch(cleaned) or _GROUPED.fullmatch(cleaned) or _POINT.fullmatch(cleaned)
        if match:
            euros, rest = match.group(1).replace(".", ""), match.group(2) or ""
            cents = 0 if rest.startswith("-") else int(rest.ljust(2, "0") or 0)
            return int(euros) * CENTS + cents
    shown = raw if len(raw) <= 20 else raw[:20] + "…"
    if re.fullmatch(r"\d{1,3},\d{3}", cleaned):
        whole, rest = cleaned.split(",")
        message = f"„{shown}“ ist nicht eindeutig. Meinen Sie {whole},{rest[:2]} € oder {whole}.{rest} €?"
    elif re.search(r"\d", cleaned):
        message = f"„{shown}“ lesen wir nicht als Betrag. Bitte schreiben Sie ihn so: 1.234,56."
    else:
        message = f"„{shown}“ ist kein Betrag. Bitte geben Sie eine Zahl ein, zum Beispiel 598,00."
    raise ValueError(message)


def group_thousands(number: int) -> str:
    """Return a whole number with points between thousands and a true minus: ``−12.345``."""
    digits = f"{abs(number):,}".replace(",", ".")
    return f"{MINUS}{digits}" if number < 0 else digits


def format_euro(cents: int, *, whole: bool = False) -> str:
    """Return ``1.234,56 €``; with ``whole`` the nearest euro, halves away from zero: ``1.235 €``."""
    sign = MINUS if cents < 0 else ""
    euros, rest = divmod(abs(cents), CENTS)
    if whole:
        euros += rest >= CENTS // 2
        sign = sign if euros else ""
        return f"{sign}{group_thousands(euros)} €"
    return f"{sign}{group_thousands(euros)},{rest:02d} €"


def format_input(cents: int) -> str:
    """Return the amount as it stands in a form field: ``1.234,56`` without the unit."""
    return format_euro(cents).removesuffix(" €")
