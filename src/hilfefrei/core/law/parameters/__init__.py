"""Dated parameters of the law: amounts, rates and tables with the days on which they hold and the place they stand in.

Every file ``*.toml`` beside this one holds some of them; a parameter is called ``file.name``. A table says what it is::

    [standard]
    about = "Regelbedarf je Stufe 1 bis 6"
    unit = "EUR"                          # EUR: cents; percent: a fraction of one; number: as it stands
    source = "§ 20 SGB II, Anlage zu § 28 SGB XII"
    values = [
        { from = 2023-01-01, until = 2023-12-31, value = [502, 451], source = "BGBl. 2022 I S. 2328", checked = true },
        { from = 2024-01-01, confirmed = 2026-12-31, value = [563, 506], source = "RBSFV 2024 bis 2026", checked = true },
    ]

``until`` is the last day on which the law itself lets the value end. ``confirmed`` is the last day for which we know it: nobody
has said what comes after, so a later day is refused. ``checked`` says whether somebody compared it with the text. A new rate is one
line more and no code. Gaps, overlaps, values of another shape and unknown words are refused when the files are read.
"""

import tomllib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib import resources
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from hilfefrei.core.money import CENTS
from hilfefrei.core.periods import ONE_DAY

UNITS: Final = {"EUR", "percent", "number"}
_WORDS: Final = {"about", "unit", "source", "values"}
_WORDS_OF_A_VALUE: Final = {"from", "until", "confirmed", "value", "source", "checked", "remark"}

# int | Fraction | str, or tuples and mappings of them.
Amount: TypeAlias = Any
# Later stages of the Thirteenth act (BGBl. 2026 I Nr. 107), enacted but not in a text of ours: announced, never guessed.
ANNOUNCED: Final = (date(2027, 8, 1), date(2029, 1, 1))
# The states of the SGB II frame all else: what they do not cover is not known.
FRAME: Final = "states.sgb2"


class ParameterError(ValueError):
    """A parameter file is not what it should be; the message names file, parameter and day."""


class UnknownDayError(ValueError):
    """The law of this day is not known; the message names the days that are."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A value and the days on which it holds, both included."""

    start: date
    end: date
    value: Amount
    source: str
    checked: bool
    open: bool
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of the law over time, in order of its days."""

    key: str
    about: str
    unit: str
    source: str
    values: tuple[Dated, ...]

    def on(self, day: date) -> Dated:
        """The value of a day.

        Raises:
            UnknownDayError: it is not known.
        """
        at = bisect_right(self.values, day, key=lambda value: value.start) - 1
        if at < 0 or day > self.values[at].end:
            first, last = self.values[0].start, self.values[-1].end
            message = f"{self.about}: für den {day:%d.%m.%Y} ist kein Wert hinterlegt. Bekannt sind {first:%d.%m.%Y} bis {last:%d.%m.%Y}."
            raise UnknownDayError(message)
        return self.values[at]


class Parameters(Mapping[str, Parameter]):
    """All parameters by key, as read from the files; :meth:`on` gives those of a day.

    ``first_day`` is the first day of the first state of the law, ``last_day`` the last one for which every open value is confirmed.
    """

    def __init__(self, parameters: Iterable[Parameter]) -> None:
        """Keep them; nothing is read later."""
        self._parameters = {parameter.key: parameter for parameter in parameters}
        # Between two changes every day has the same values: one state for all of them.
        starts = {value.start for p in self._parameters.values() for value in p.values}
        ends = {value.end + ONE_DAY for p in self._parameters.values() for value in p.values}
        self._turns = sorted(starts | ends)
        self._states: dict[int, Mapping[str, Any]] = {}
        frame = self._parameters.get(FRAME)
        self.first_day = frame.values[0].start if frame else min(starts)
        self.last_day = min((p.values[-1].end for p in self._parameters.values() if p.values[-1].open), default=max(ends) - ONE_DAY)

    def __getitem__(self, key: str) -> Parameter:
        """The parameter of this key."""
        return self._parameters[key]

    def __iter__(self) -> Iterator[str]:
        """The keys, in the order of the files."""
        return iter(self._parameters)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._parameters)

    def on(self, day: date) -> Mapping[str, Any]:
        """The values of a day by key; a parameter that does not hold then is not in it.

        Raises:
            UnknownDayError: before the first or after the last known day.
        """
        first, last = self.first_day, self.last_day
        if not first <= day <= last:
            message = f"Für den {day:%d.%m.%Y} kennen wir das Recht nicht. Bekannt ist es vom {first:%d.%m.%Y} bis zum {last:%d.%m.%Y}."
            coming = [announced for announced in ANNOUNCED if last < announced <= day]
            if coming:
                message += f" Beschlossen sind weitere Änderungen zum {' und zum '.join(f'{one:%d.%m.%Y}' for one in coming)}; ihr Wortlaut liegt nicht vor."
            raise UnknownDayError(message)
        turn = bisect_right(self._turns, day)
        state = self._states.get(turn)
        if state is None:
            held = {}
            for key, parameter in self._parameters.items():
                for value in parameter.values:
                    if value.start <= day <= value.end:
                        held[key] = value.value
            state = self._states[turn] = MappingProxyType(held)
        return state


@cache
def shipped() -> Parameters:
    """The parameters that come with the program.

    Raises:
        ParameterError: a file is broken.
    """
    folder = resources.files(__package__)
    return read({item.name: item.read_text(encoding="utf-8") for item in folder.iterdir() if item.name.endswith(".toml")})


def read_folder(folder: Path) -> Parameters:
    """The parameters of another folder, as of a rehearsal.

    Raises:
        ParameterError: a file is broken.
    """
    return read({path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.toml")})


def read(texts: Mapping[str, str]) -> Parameters:
    """Read the texts of parameter files by file name.

    Raises:
        ParameterError: a file is broken; the message names file, parameter and day.
    """
    parameters = []
    for name in sorted(texts):
        stem = name.removesuffix(".toml")
        try:
            tables = tomllib.loads(texts[name], parse_float=Decimal)
        except tomllib.TOMLDecodeError as error:
            message = f"{name}: {error}"
            raise ParameterError(message) from error
        parameters += [_parameter(f"{stem}.{key}", table) for key, table in tables.items()]
    return Parameters(parameters)


def _parameter(key: str, table: Any) -> Parameter:
    if not isinstance(table, dict) or set(table) != _WORDS:
        message = f"{key}: verlangt sind genau die Angaben {', '.join(sorted(_WORDS))}."
        raise ParameterError(message)
    if table["unit"] not in UNITS:
        message = f"{key}: die Einheit {table['unit']} gibt es nicht."
        raise ParameterError(message)
    values = tuple(_dated(key, table["unit"], row) for row in table["values"])
    if not values:
        message = f"{key}: kein Wert."
        raise ParameterError(message)
    for earlier, later in pairwise(values):
        if later.start != earlier.end + ONE_DAY:
            what = "Lücke" if later.start > earlier.end else "Überschneidung"
            message = f"{key}: {what} zwischen dem {earlier.end:%d.%m.%Y} und dem {later.start:%d.%m.%Y}."
            raise ParameterError(message)
        if earlier.open:
            message = f"{key}: nur der letzte Wert darf „confirmed“ sein, nicht der vom {earlier.start:%d.%m.%Y}."
            raise ParameterError(message)
    return Parameter(key, table["about"], table["unit"], table["source"], values)


def _dated(key: str, unit: str, row: Any) -> Dated:
    strange = set(row) - _WORDS_OF_A_VALUE
    if strange or not {"from", "value", "source", "checked"} <= set(row) or ("until" in row) == ("confirmed" in row):
        message = f"{key}: ein Wert braucht from, value, source, checked und entweder until oder confirmed. {', '.join(sorted(strange))}".strip()
        raise ParameterError(message)
    start, end = row["from"], row.get("until", row.get("confirmed"))
    if type(start) is not date or type(end) is not date or end < start:
        message = f"{key}: {start} bis {end} ist kein Zeitraum."
        raise ParameterError(message)
    return Dated(start, end, _amount(key, unit, row["value"]), row["source"], row["checked"], "confirmed" in row, row.get("remark", ""))


def _amount(key: str, unit: str, value: Any) -> Amount:
    if isinstance(value, list):
        return tuple(_amount(key, unit, one) for one in value)
    if isinstance(value, dict):
        return MappingProxyType({name: _amount(key, unit, one) for name, one in value.items()})
    if isinstance(value, str) and unit == "number":
        return value
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        message = f"{key}: {value!r} ist keine Zahl."
        raise ParameterError(message)
    if unit == "EUR":
        cents = Fraction(value) * CENTS
        if cents.denominator != 1:
            message = f"{key}: {value} Euro sind keine ganzen Cent."
            raise ParameterError(message)
        return int(cents)
    exact = Fraction(value) / (CENTS if unit == "percent" else 1)
    return int(exact) if unit == "number" and exact.denominator == 1 else exact
