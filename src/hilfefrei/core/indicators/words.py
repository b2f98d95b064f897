"""How figures read in German: the same on the page, on paper and in the terminal."""

from datetime import date

from hilfefrei.core.days import MONTHS
from hilfefrei.core.indicators.definitions import Definition, Value
from hilfefrei.core.money import format_euro, group_thousands

NOTHING = "–"
NO_DELIVERY = "noch keine Lieferung"


def month_name(month: date) -> str:
    """"Oktober 2026"."""
    return f"{MONTHS[month.month - 1]} {month.year}"


def decimal(number: float, places: int = 1) -> str:
    """"1.234,5"."""
    text = f"{abs(number):.{places}f}"
    whole, _, rest = text.partition(".")
    sign = "−" if number < 0 and float(text) else ""
    return f"{sign}{group_thousands(int(whole))}{',' + rest if rest else ''}"


def say(unit: str, value: float | None) -> str:
    """A value with its unit; a dash where nothing can be said."""
    if value is None:
        return NOTHING
    if unit == "cents":
        return format_euro(round(value), whole=True)
    if unit == "hours":
        return f"{decimal(value)} Std."
    if unit == "share":
        return f"{decimal(value)} %"
    if unit == "change":
        return f"{'+' if value > 0 else ''}{decimal(value)} %"
    return group_thousands(int(value))


def say_of(figure: Definition, value: Value) -> str:
    """What a value was made of: "41 von 94"; empty where it says nothing more than the value."""
    if value.numerator is None or value.denominator is None:
        return ""
    if figure.unit == "share":
        return f"{group_thousands(value.numerator)} von {group_thousands(value.denominator)}"
    if figure.unit == "change":
        return f"{group_thousands(value.numerator)} nach {group_thousands(value.denominator)}"
    if figure.unit == "hours":
        return f"{group_thousands(value.denominator - value.numerator)} noch offen, {group_thousands(value.denominator)} im Ganzen"
    return ""
