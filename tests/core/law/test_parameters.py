"""Files of parameters are refused where they cannot be right; new rates are one line more, and a claim has them."""

import json
import re
import tomllib
from datetime import date
from decimal import Decimal
from fractions import Fraction
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from hilfefrei.core import law
from hilfefrei.core.law import documents, parameters
from hilfefrei.core.law.parameters import ParameterError, Parameters, UnknownDayError
from hilfefrei.core.periods import ONE_DAY

FRAME = """
[sgb2]
about = "Stand"
unit = "number"
source = "§ 1"
values = [{ from = 2022-01-01, confirmed = 2026-12-31, value = "grundsicherungsgeld", source = "§ 1", checked = true }]
"""


def table(values: str, unit: str = "EUR", more: str = "") -> dict[str, str]:
    return {"states.toml": FRAME, "x.toml": f'[rate]\nabout = "Satz"\nunit = "{unit}"\nsource = "§ 2"\nvalues = [{values}]\n{more}'}


def value(start: str, end: str, amount: str = "1", *, word: str = "until", more: str = "") -> str:
    return f'{{ from = {start}, {word} = {end}, value = {amount}, source = "§ 2", checked = true{more} }}'


FIRST, LAST = value("2022-01-01", "2023-12-31"), value("2024-01-01", "2026-12-31", "2.50", word="confirmed")


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (table(f"{value('2022-01-01', '2023-12-30')}, {LAST}"), "Lücke zwischen dem 30.12.2023 und dem 01.01.2024"),
        (table(f"{value('2022-01-01', '2024-01-01')}, {LAST}"), "Überschneidung zwischen dem 01.01.2024 und dem 01.01.2024"),
        (table(f"{LAST}, {FIRST}"), "x.rate: "),
        (table(f"{value('2022-01-01', '2023-12-31', word='confirmed')}, {LAST}"), "nur der letzte Wert darf „confirmed“ sein, nicht der vom 01.01.2022"),
        (table(value("2023-01-01", "2022-12-31")), "ist kein Zeitraum"),
        (table(value('"2022-01-01"', "2022-12-31")), "ist kein Zeitraum"),
        (table(value("2022-01-01T00:00:00", "2022-12-31")), "ist kein Zeitraum"),
        (table(""), "kein Wert"),
        (table(FIRST, unit="Euro"), "die Einheit Euro gibt es nicht"),
        (table(FIRST, more='remark = "x"'), "verlangt sind genau die Angaben"),
        (table('{ from = 2022-01-01, value = 1, source = "x", checked = true }'), "entweder until oder confirmed"),
        (table(value("2022-01-01", "2022-12-31", more=", confirmed = 2022-12-31")), "entweder until oder confirmed"),
        (table(value("2022-01-01", "2022-12-31", more=", since = 2022-12-31")), "since"),
        (table('{ from = 2022-01-01, until = 2022-12-31, value = 1, source = "x" }'), "checked"),
        (table(value("2022-01-01", "2022-12-31", "1.005")), "keine ganzen Cent"),
        (table(value("2022-01-01", "2022-12-31", '"viel"')), "ist keine Zahl"),
        (table(value("2022-01-01", "2022-12-31", "true")), "ist keine Zahl"),
        (table(value("2022-01-01", "2022-12-31", "[1, [2, true]]")), "ist keine Zahl"),
        ({"states.toml": FRAME, "x.toml": "[rate"}, "x.toml: "),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_broken_file_is_refused_with_its_place(texts: dict[str, str], said: str) -> None:
    with pytest.raises(ParameterError, match=re.escape(said)):
        parameters.read(texts)


def test_values_come_in_exact_units() -> None:
    def held(unit: str, amount: str) -> Any:
        return parameters.read(table(value("2022-01-01", "2026-12-31", amount, word="confirmed"), unit=unit)).on(date(2022, 5, 5))["x.rate"]

    assert held("EUR", "563.10") == 56_310
    assert held("percent", "3.6") == Fraction(36, 1000)
    assert held("number", "0.7217") == Fraction(7217, 10_000)
    assert (held("number", "7"), type(held("number", "7"))) == (7, int)
    assert held("EUR", "[1, 2.5]") == (100, 250)
    assert dict(held("percent", "{ a = 50 }")) == {"a": Fraction(1, 2)}
    with pytest.raises(TypeError):
        held("percent", "{ a = 50 }")["a"] = 1


def test_a_parameter_holds_from_its_first_to_its_last_day() -> None:
    known = parameters.read(table(f"{FIRST}, {LAST}"))
    assert [known.on(day)["x.rate"] for day in (date(2022, 1, 1), date(2023, 12, 31), date(2024, 1, 1), date(2026, 12, 31))] == [100, 100, 250, 250]
    assert (known.first_day, known.last_day) == (date(2022, 1, 1), date(2026, 12, 31))
    assert known["x.rate"].on(date(2024, 1, 1)).value == 250
    for day in (date(2021, 12, 31), date(2027, 1, 1)):
        with pytest.raises(UnknownDayError, match=re.escape("01.01.2022 bis zum 31.12.2026")):
            known.on(day)
        with pytest.raises(UnknownDayError, match=re.escape("Satz: für den")):
            known["x.rate"].on(day)


def test_a_value_that_ended_by_law_is_not_there_afterwards() -> None:
    known = parameters.read(table(FIRST))
    assert "x.rate" in known.on(date(2023, 12, 31))
    assert "x.rate" not in known.on(date(2024, 1, 1))
    assert known.last_day == date(2026, 12, 31)


def test_the_last_known_day_is_that_of_the_open_value_confirmed_shortest() -> None:
    assert parameters.read(table(value("2022-01-01", "2025-06-30", word="confirmed"))).last_day == date(2025, 6, 30)


def test_what_is_shipped_has_a_source_everywhere_and_covers_the_span() -> None:
    known = parameters.shipped()
    assert (known.first_day, known.last_day) == (date(2022, 1, 1), date(2026, 12, 31))
    assert all(one.source.strip() and all(dated.source.strip() for dated in one.values) for one in known.values())


# --- a rehearsal: the first of January 2027

START, OLD_END = date(2027, 1, 1), date(2026, 12, 31)
FAMILY = {
    "id": "f",
    "persons": [
        {"id": "a", "birth": "1991-03-15", "partner": "b", "wage": 1500, "tax_class": 3},
        {"id": "b", "birth": "1993-07-02", "partner": "a"},
        {"id": "k1", "birth": "2016-06-30", "parents": ["a", "b"]},
    ],
    "housing": {"rent": 600, "heating": 100},
}


def _toml(held: Any) -> str:
    """A value as TOML, with every digit it had."""
    if isinstance(held, bool):
        return str(held).lower()
    if isinstance(held, str):
        return json.dumps(held, ensure_ascii=False)
    if isinstance(held, list):
        return f"[{', '.join(map(_toml, held))}]"
    if isinstance(held, dict):
        return f"{{ {', '.join(f'{json.dumps(name)} = {_toml(one)}' for name, one in held.items())} }}"
    return str(held)


@pytest.fixture
def rehearsal(tmp_path: Path) -> Any:
    """A copy of the folder in which every open value ends with the year and has one line more: the same again, or a changed one."""

    def make(changed: dict[str, Any], forgotten: str = "") -> Parameters:
        for item in resources.files(parameters).iterdir():
            if not item.name.endswith(".toml"):
                continue
            stem, lines = item.name.removesuffix(".toml"), []
            for name, given in tomllib.loads(item.read_text(encoding="utf-8"), parse_float=Decimal).items():
                values, key = given["values"], f"{stem}.{name}"
                if values[-1].get("confirmed") == OLD_END and key != forgotten:
                    last = values[-1]
                    last["until"] = last.pop("confirmed")
                    values.append(last | {"from": START, "value": changed.get(key, last["value"]), "source": "erfunden", "checked": False})
                    values[-1]["confirmed"] = values[-1].pop("until").replace(year=2027)
                lines.append(f"[{name}]\n" + "\n".join(f"{word} = {_toml(one)}" for word, one in given.items()))
            (tmp_path / item.name).write_text("\n".join(lines), encoding="utf-8")
        return parameters.read_folder(tmp_path)

    return make


def test_new_rates_are_a_line_more_and_no_code(rehearsal: Any) -> None:
    known = rehearsal({"needs.standard": [600, 540, 480, 500, 410, 370]})
    assert known.last_day == date(2027, 12, 31)
    [now] = documents.answer(FAMILY, day=START, known=known, steps=True, end_points=True)
    [before] = documents.answer(FAMILY, day=OLD_END, known=known, steps=True, end_points=True)
    assert before == documents.answer(FAMILY, day=OLD_END, steps=True, end_points=True)[0]
    assert [person["standard"] for person in now["units"][0]["persons"]] == [540, 540, 410]
    assert [person["standard"] for person in before["units"][0]["persons"]] == [506, 506, 390]
    assert now["units"][0]["need"] - before["units"][0]["need"] == 34 + 34 + 20
    assert now["units"][0]["claim"] - before["units"][0]["claim"] == pytest.approx(88, abs=0.001)
    assert now["end_points"][0]["lives_from_own_income_from"] > before["end_points"][0]["lives_from_own_income_from"]
    assert any("540" in str(step["amount"]) for step in now["units"][0]["steps"])


def test_the_day_after_the_rehearsal_is_refused_with_the_last_known_day(rehearsal: Any) -> None:
    known = rehearsal({})
    [entry] = documents.answer(FAMILY, day=date(2028, 1, 1), known=known)
    assert [problem["field"] for problem in entry["problems"]] == ["as_of"]
    assert "31.12.2027" in entry["problems"][0]["reason"]
    household = law.from_json(FAMILY, day=START)
    with pytest.raises(UnknownDayError, match=re.escape("31.12.2026")):
        law.claims([household])


def test_a_parameter_that_was_forgotten_ends_the_law_for_all(rehearsal: Any) -> None:
    """Nothing of the old year is carried on in silence."""
    known = rehearsal({}, forgotten="needs.standard")
    assert known.last_day == OLD_END
    with pytest.raises(UnknownDayError):
        known.on(START)
    assert known.last_day + ONE_DAY == START
