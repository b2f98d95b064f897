"""GETTSIM's own cases from 2022 on whose expected amounts come from outside (calculators, ministries, a town's sheet), through our engine.

They are read where they lie in its wheel. Tax and contributions are given there as round figures: what our engine works out instead is
set off. The immediate supplement is part of the need there, beside it here.
"""

import json
import subprocess
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pytest

from hilfefrei.core.law import child_benefit, child_supplement, claims, from_json, housing_benefit, parameters
from tests.oracle.law.test_gettsim import HERE, PEER
from tests.support.missing import missing

TOPICS = ("bürgergeld", "arbeitslosengeld_2", "kinderzuschlag", "wohngeld", "unterhaltsvorschuss")
FROM_OUTSIDE = 52
NO_SOURCE = ("made up", "regression")
NOT_RUN = {
    "kinderzuschlag/2023-01-01/test_child_income": "its note says that the child's income and so the result have no source",
    "kinderzuschlag/2026-01-01/skip_couple_5_children_phase_out": "GETTSIM itself leaves it out: the calculator is not reproduced",
    "wohngeld/2025-01-01/grundrente_freibetrag": "§ 17a WoGG (basic pension): no case of a Jobcenter; the engine has no months of it",
    "wohngeld/2025-01-01/skip_grundrente_freibetrag_capped": "the same",
    "wohngeld/2025-01-01/mischhaushalt_mit_einer_sgb_ii_bg": "two couples in one dwelling: its expected amount is after the check of § 12a for both",
}


@cache
def cases() -> dict[str, Any]:
    """All cases of the topics with a source from outside, by file."""
    if not PEER.exists():
        missing("GETTSIM", "./hilfefrei oracle")
    done = subprocess.run([PEER, HERE / "peer_cases.py", *TOPICS], capture_output=True, text=True, check=True)
    return {
        name: case for name, case in json.loads(done.stdout).items() if case["source"] and not case["source"].lower().startswith(NO_SOURCE)
    }  # fmt: skip


def day_of(name: str) -> date:
    return date.fromisoformat(name.split("/")[1])


class Given:
    """Columns of a case; what is not there is 0."""

    def __init__(self, case: dict[str, Any]) -> None:
        self.columns = case["given"]
        self.size = len(self.columns.get("alter") or self.columns["p_id"])

    def __getitem__(self, name: str) -> list[Any]:
        if name in self.columns:
            return self.columns[name][: self.size]
        if name.endswith("_m") and f"{name[:-2]}_y" in self.columns:
            return [value / 12 for value in self.columns[f"{name[:-2]}_y"]]
        return [0] * self.size

    def cents(self, name: str) -> Any:
        return np.array([round(100 * value) for value in self[name]], dtype=np.int64)


def household(name: str, given: Given) -> Any:
    """The household of a case as our engine reads it; ages as of the day."""
    day = day_of(name)
    ids = given["p_id"] if "p_id" in given.columns else list(range(given.size))
    partners, parents = given["bürgergeld__p_id_einstandspartner"], zip(given["familie__p_id_elternteil_1"], given["familie__p_id_elternteil_2"], strict=True)
    if "familie__p_id_elternteil_1" not in given.columns:
        parents = [(-1, -1)] * given.size
    persons = []
    for number, both in enumerate(parents):
        partner = partners[number] if "bürgergeld__p_id_einstandspartner" in given.columns else -1
        profit = given["einkommensteuer__einkünfte__aus_selbstständiger_arbeit__betrag_m"][number]
        upkeep = given["unterhalt__tatsächlich_erhaltener_betrag_m"][number]
        incomes = [{"kind": "self_employed_profit", "amount": profit}] if profit else []
        incomes += [{"kind": "maintenance", "amount": upkeep}] if upkeep else []
        persons.append(
            {
                "id": f"p{ids[number]}",
                "birth": day.replace(year=day.year - int(given["alter"][number]), month=1, day=1).isoformat(),
                "partner": f"p{partner}" if partner >= 0 else "",
                "parents": sorted({f"p{one}" for one in both if one >= 0}),
                "education": "school" if given["kindergeld__in_ausbildung"][number] else "none",
                "wage": given["einnahmen__bruttolohn_m"][number],
                "assets": given["vermögen"][number],
                "incomes": incomes,
            }
        )
    home = {"rent": given["wohnen__bruttokaltmiete_m_hh"][0], "heating": given["wohnen__heizkosten_m_hh"][0]}
    level = int(given["wohngeld__mietstufe_hh"][0]) or 1
    return from_json({"as_of": day.isoformat(), "persons": persons, "housing": home, "rent_level": level})


def sgb2(name: str, case: dict[str, Any], given: Given) -> dict[str, tuple[float, float]]:
    if "alter" not in given.columns:
        return allowances(name, case, given)
    unit = claims([household(name, given)])[0].units[0]
    supplement = parameters.shipped().on(day_of(name))["needs.supplement"]
    children = sum(person.stage >= 3 for person in unit.persons)
    found: dict[str, tuple[float, float]] = {}
    expected = {one.rsplit("__", 1)[1]: values for one, values in case["expected"].items()}
    if "regelsatz_m_bg" in expected:
        living = sum(person.need - person.housing for person in unit.persons)
        found["need"] = (living + children * supplement, 100 * expected["regelsatz_m_bg"][0])
    if "kosten_der_unterkunft_m_bg" in expected:
        found["housing"] = (sum(person.housing for person in unit.persons), 100 * expected["kosten_der_unterkunft_m_bg"][0])
    by_id = {person.id: person for person in unit.persons}
    ids = given["p_id"]
    for number, amount in enumerate(expected.get("anrechnungsfreies_einkommen_m", ())):
        person = by_id[f"p{ids[number]}"]
        found[f"allowance {number}"] = (person.base + person.bands if person.gross else 0, 100 * amount)
    amounts = expected["betrag_m_bg"][:1] if "betrag_m_bg" in expected else expected["anspruchshöhe_m"]
    told = sum(given["sozialversicherung__beiträge_versicherter_m"])
    worked = sum(person.tax + person.contributions for person in unit.persons)
    wanted = 100 * sum(amounts)
    found["claim"] = (unit.claim + unit.supplement, wanted + (worked - 100 * told if wanted else 0))
    return found


def allowances(name: str, case: dict[str, Any], given: Given) -> dict[str, tuple[float, float]]:
    """Persons of whom only wage and minor children are told (the Ministry's calculator of allowances)."""
    found = {}
    for number, amount in enumerate(case["expected"]["bürgergeld__anrechnungsfreies_einkommen_m"]):
        children = [{"id": f"k{at}", "birth": "2019-05-05", "parents": ["a"]} for at in range(given["familie__anzahl_kinder_bis_17_bg"][number])]
        adult = {"id": "a", "birth": "1985-05-05", "wage": given["einnahmen__bruttolohn_m"][number]}
        unit = claims([from_json({"as_of": day_of(name).isoformat(), "persons": [adult, *children]})])[0].units[0]
        found[f"allowance {number}"] = (unit.persons[0].base + unit.persons[0].bands, 100 * amount)
    return found


def kinderzuschlag(name: str, case: dict[str, Any], given: Given) -> dict[str, tuple[float, float]]:
    law = parameters.shipped().on(day_of(name))
    unit = claims([household(name, given)])[0].units[0]
    heads = [person for person in unit.persons if person.stage <= 2]
    children = len(unit.persons) - len(heads)
    if "kinderzuschlag__nettoeinkommen_eltern_m" in given.columns:
        earned = int(given.cents("kinderzuschlag__nettoeinkommen_eltern_m").sum())
    else:
        net = given.cents("bürgergeld__nettoeinkommen_vor_abzug_freibetrag_m")[: len(heads)]
        earned = sum(max(int(one) - person.base - person.bands, 0) for one, person in zip(net, heads, strict=True))
    own = given.cents("unterhalt__tatsächlich_erhaltener_betrag_m") + given.cents("unterhaltsvorschuss__betrag_m")
    own = own[len(heads) :] + np.maximum(given.cents("einnahmen__bruttolohn_m")[len(heads) :] - 10_000, 0)
    housing = sum(person.housing for person in unit.persons)
    need = sum(person.need - person.housing for person in heads) + child_supplement.housing_share_of_parents(
        law, adults=len(heads), children=children, cost=housing
    )
    assets = child_supplement.considerable_assets(law, assets=given.cents("vermögen").sum(), persons=len(unit.persons))
    found = child_supplement.of_family(
        law, sum_of_children=child_supplement.of_child(law, own_income=own).sum(), parents_earned=earned, parents_other=0, parents_need=need, assets=assets
    )
    return {"child supplement": (int(found), 100 * case["expected"]["kinderzuschlag__anspruchshöhe_m_bg"][0])}


def wohngeld(name: str, case: dict[str, Any], given: Given) -> dict[str, tuple[float, float]]:
    law = parameters.shipped().on(day_of(name))
    after = "einkommensteuer__einkünfte__aus_nichtselbstständiger_arbeit__einnahmen_nach_abzug_werbungskosten_y"
    wages = given.cents("einnahmen__bruttolohn_m") * 12
    told = given.cents(after) if after in given.columns else 0 * wages
    income = housing_benefit.income_of_person(
        law,
        wage_year=0 if after in given.columns else wages,
        other_taxable=told,
        pays_tax=given.cents("einkommensteuer__betrag_y_sn") > 0,
        pays_health=given.cents("sozialversicherung__kranken__beitrag__betrag_versicherter_m") > 0,
        pays_pension=given.cents("sozialversicherung__rente__beitrag__betrag_versicherter_m") > 0,
    )
    child = np.array([parent >= 0 for parent in given["familie__p_id_elternteil_1"]])
    lone = np.array(given["familie__alleinerziehend"], dtype=bool)
    deducted = housing_benefit.allowances(law, lone_parent=lone, child_earnings=np.where(child, wages, 0)).sum()
    rent = housing_benefit.rent_counted(
        law, members=given.size, level=given["wohngeld__mietstufe_hh"][0], rent=given.cents("wohnen__bruttokaltmiete_m_hh")[0]
    )
    monthly = housing_benefit.monthly_income(income_year=income.sum(), deducted_year=deducted)
    found = housing_benefit.housing_benefit(law, members=given.size, income=monthly, rent=rent)
    return {"housing benefit": (int(found), 100 * case["expected"]["wohngeld__anspruchshöhe_m_wthh"][0])}


def unterhaltsvorschuss(name: str, case: dict[str, Any], given: Given) -> dict[str, tuple[float, float]]:
    law = parameters.shipped().on(day_of(name))
    gross = given.cents("unterhaltsvorschuss__einkommen_m")[0]
    entitled = (np.array(given["alter"]) < 12) | child_benefit.from_twelve(law, parent_gross=gross, receives=True)
    found = child_benefit.advance(law, age=given["alter"], entitled=entitled)
    return {f"advance {number}": (int(one), 100 * amount) for number, (one, amount) in enumerate(zip(found, case["expected"]["unterhaltsvorschuss__betrag_m"], strict=True))}


RUN = {"bürgergeld": sgb2, "kinderzuschlag": kinderzuschlag, "wohngeld": wohngeld, "unterhaltsvorschuss": unterhaltsvorschuss}


@pytest.mark.timeout(300)
def test_cases_from_outside() -> None:
    """Every case with a source from outside is run, or the reason why not stands here."""
    known = cases()
    assert len(known) == FROM_OUTSIDE
    assert not NOT_RUN.keys() - known.keys()
    wrong = []
    for name, case in known.items():
        if name in NOT_RUN:
            continue
        for what, (found, wanted) in RUN[name.split("/")[0]](name, case, Given(case)).items():
            if abs(found - wanted - BY_LAW.get((name, what), 0)) > ALLOWED.get(name, 1):
                wrong.append(f"{name}: {what}: ours {found}, theirs {wanted} ({case['source'][:60]})")
    assert not wrong, "\n".join(wrong)


# What the law says otherwise, in cents.
BY_LAW = {
    # § 6 (1) no. 1 of the ordinance: 30 euros off the child benefit of the child of 18; the calculator leaves them out.
    ("bürgergeld/2023-01-01/test_age_limits_17_18", "claim"): 3000,
}
# In cents: cases that GETTSIM itself only meets with this tolerance, because the public guide rounds its net wages.
ALLOWED = {
    "kinderzuschlag/2026-01-01/couple_2_children_3k_net_income": 300,
    "kinderzuschlag/2026-01-01/single_1_child_1_net_income": 100,
}
