"""The second opinion in a process of its own: households as JSON lines in, GETTSIM's results as JSON lines out.

Runs in ``.venv-oracle`` (``./hilfefrei oracle``) and knows nothing of our engine. What is known to differ from the law is put right in
GETTSIM's **inputs**, each with its §, so that all the rest is compared to the cent:

- rent by head (``housing``: shares in cents, since no law says whose the odd cents are) and additional needs other than those of single parents are handed in as needs (GETTSIM has a placeholder and none);
- the immediate supplement is taken out of the children's needs: it stands beside the claim (§ 72 SGB II);
- tax and contributions withheld may be handed in (``tax``, ``contributions`` per person in cents): yearly income tax is not what is
  withheld in a month (§ 11b (1) nos. 1, 2), and a difference there shall not show up everywhere;
- 30 euros for insurance are taken off the unearned income of grown-ups who have no wage (§ 6 (1) no. 1 of the ordinance);
- income other than wages of ten euros or less does not count (§ 1 (1) no. 1);
- a child with enough of its own leaves the unit (§ 7 (3) no. 4), only child benefit it does not need passes on (§ 11 (1) s. 5);
- each child has its own child benefit, in 2022 by its number (§ 66 (1) EStG), not a mean;
- the upper limit of 1,500 euros holds for those with a minor child only (§ 11b (3) s. 3);
- under 25 at school or in training there is the limit of a mini-job instead of 100 euros since July 2023 (§ 11b (2b));
- the child supplement of 2022 is 209, from July 229 euros, housing is parted by the twelfth report, the parents' income is not rounded and
  their other income counts beside their wages (§ 6a (2), (5), (6) BKGG).

In: one object per line, ``{"household": {…}, "tax": […], "contributions": […]}``, households of one day each after the other.
Out: one object per line with amounts in cents (floats, not rounded), per person or of the household.
"""

import json
import os
import sys
import warnings
from collections.abc import Callable, Iterable
from datetime import date
from functools import cache
from itertools import groupby
from typing import Any

# Type checks of every call cost half of the time and change no result.
os.environ.setdefault("GETTSIM_BEARTYPE_CLAW", "0")

import numpy as np

CHUNK = 5_000
INSURANCE = 30.0
SMALL = 10.0
ENOUGH = 1e-6
# § 66 (1) EStG, § 6 BKGG, by year and number of the child.
CHILD_BENEFIT = {2022: (219, 219, 225, 250), 2023: (250,) * 4, 2024: (250,) * 4, 2025: (255,) * 4, 2026: (259,) * 4}
# § 8 (1a) SGB IV: the limit of a mini-job, which § 11b (2b) SGB II takes.
MARGINAL = {2023: 520, 2024: 538, 2025: 556, 2026: 603}
YOUNG_SINCE = date(2023, 7, 1)
# § 21 (7) SGB II, stages 1 to 3, then 4 to 6, in thousandths of the need.
WARM_WATER = {1: 23, 2: 23, 3: 23, 4: 14, 5: 12, 6: 8}
PREGNANT = 0.17
UNEARNED = ("unemployment_benefit", "pension", "sickness_benefit", "parental_allowance", "other")
MAINTENANCE, ADVANCE = "maintenance", "advance_maintenance"


def euro_cents(amount: float) -> float:
    """Half a cent goes up (§ 41 (2) SGB II)."""
    return np.floor(np.round(amount * 100, 6) + 0.5) / 100


class Peer:
    """GETTSIM's function of one day, built once, called with columns."""

    def __init__(self, day: date) -> None:
        self.day = day
        self.sgb2 = "arbeitslosengeld_2" if day.year < 2023 else "bürgergeld"
        self.supplement = 0.0 if day < date(2022, 7, 1) else 25.0 if day.year > 2024 else 20.0
        self.function, self.needed = self._built()

    def targets(self) -> list[str]:
        p = self.sgb2
        return [
            f"{p}__kindersatz_m", f"{p}__erwachsenensatz_m", f"{p}__regelbedarf_m", f"{p}__anzurechnendes_einkommen_m",
            f"{p}__anrechnungsfreies_einkommen_m", f"{p}__kindergeldübertrag_m", f"{p}__anspruchshöhe_m",
            "sozialversicherung__rente__beitrag__betrag_versicherter_m", "sozialversicherung__arbeitslosen__beitrag__betrag_versicherter_m",
            "sozialversicherung__kranken__beitrag__betrag_versicherter_m", "sozialversicherung__pflege__beitrag__betrag_versicherter_m",
            "lohnsteuer__betrag_y", "lohnsteuer__betrag_soli_y", "kindergeld__betrag_m",
            "kinderzuschlag__basisbetrag_m_bg", "wohngeld__basisbetrag_m_wthh", "wohngeld__einkommen_m_wthh", "wohngeld__miete_m_wthh",
        ]  # fmt: skip

    def _built(self) -> tuple[Callable[[dict[str, Any]], dict[str, Any]], set[str]]:
        from gettsim import InputData, TTTargets, main

        warnings.simplefilter("ignore")
        sample = self.columns(_Rows([{"household": _SAMPLE | {"as_of": self.day.isoformat()}}], self.day))
        environment = policies(self.day)
        if self.day.year == 2022:
            from gettsim.tt import ScalarParam, TTSIMUnit

            most = 209.0 if self.day.month < 7 else 229.0
            environment["kinderzuschlag"]["satz_m"] = ScalarParam(value=most, unit=TTSIMUnit.EUR.PER_MONTH)
        made = main(
            main_targets=["tt_function", "labels__root_nodes"], policy_environment=environment, policy_date_str=self.day.isoformat(),
            input_data=InputData.qname(sample), tt_targets=TTTargets(qname=dict.fromkeys(self.targets())), orig_policy_objects=original(),
            include_warn_nodes=False, include_fail_nodes=False,
        )  # fmt: skip
        return made["tt_function"], set(made["labels"]["root_nodes"])

    def call(self, columns: dict[str, Any]) -> dict[str, Any]:
        missing = self.needed - columns.keys()
        if missing:
            raise SystemExit(f"GETTSIM asks for columns that are not made here: {', '.join(sorted(missing))}")
        return {name: np.asarray(value, dtype=float) for name, value in self.function({k: v for k, v in columns.items() if k in self.needed}).items()}

    def columns(self, rows: "_Rows") -> dict[str, Any]:
        """Everything that is the same in all calls."""
        p, n = self.sgb2, len(rows.person)
        whole, no, nobody, zero = np.arange(n), np.zeros(n, dtype=bool), np.full(n, -1), np.zeros(n)
        unit = rows.household
        return {
            "p_id": whole, "hh_id": unit, "fg_id": unit, "bg_id": unit, "eg_id": unit, "wthh_id": unit, "sn_id": whole, "ehe_id": whole,
            "alter": rows.age, "alter_monate": rows.age * 12 + 6, "geburtsjahr": rows.birth_year, "geburtsmonat": rows.birth_month,
            f"{p}__p_id_einstandspartner": rows.partner, "familie__p_id_ehepartner": nobody,
            "familie__p_id_elternteil_1": rows.parent_1, "familie__p_id_elternteil_2": rows.parent_2,
            "familie__alleinerziehend": rows.lone, "familie__anzahl_personen_sn": np.ones(n, dtype=int),
            "kindergeld__p_id_empfänger": np.where(rows.child, rows.parent_1, -1), "kindergeld__in_ausbildung": rows.benefit & (rows.age >= 18),
            "kindergeld__ist_leistungsbegründendes_kind": rows.benefit,
            "arbeitsstunden_w": zero, "einnahmen__bruttolohn_m": rows.wage, "lohnsteuer__steuerklasse": rows.tax_class,
            "wohnort_ost_hh": no, "behinderungsgrad": np.zeros(n, dtype=int), "schwerbehindert_grad_g": no,
            "sozialversicherung__pflege__beitrag__hat_kinder": rows.is_parent, "sozialversicherung__kranken__beitrag__privat_versichert": no,
            "sozialversicherung__pflege__beitrag__anzahl_kinder_bis_24": rows.children,
            "sozialversicherung__kranken__beitrag__beitrag_private_basiskrankenversicherung_abzüglich_arbeitgeberanteil_m": zero,
            "einkommensteuer__einkünfte__ist_hauptberuflich_selbstständig": no,
            **{f"einkommensteuer__einkünfte__{kind}": zero for kind in (
                "aus_selbstständiger_arbeit__betrag_y", "aus_vermietung_und_verpachtung__betrag_y", "sonstige__alle_weiteren_y",
                "aus_nichtselbstständiger_arbeit__tatsächliche_werbungskosten_y", "sonstige__rente__steuerpflichtige_einnahmen_m",
                "aus_nichtselbstständiger_arbeit__anspruchshöhe_steuerfreibetrag_aktivrente_y",
            )},
            # Who has a minor child does not change with a child that leaves the unit.
            "einkommensteuer__anzahl_kinderfreibeträge": rows.minors, "familie__anzahl_kinder_bis_17_bg": rows.of_household(rows.minor),
            "einnahmen__kapitalerträge_y": zero, "einnahmen__renten__betrag_gesamt_m": zero, "einnahmen__renten__gesetzliche_m": zero,
            "einnahmen__renten__aus_berufsständischen_versicherungen_m": zero, "einnahmen__renten__betriebliche_altersvorsorge_m": zero,
            "elterngeld__betrag_m": zero, "elterngeld__anrechenbarer_betrag_m": zero,
            "sozialversicherung__rente__altersrente__betrag_m": zero, "sozialversicherung__rente__erwerbsminderung__betrag_m": zero,
            "sozialversicherung__rente__altersrente__hat_regelaltersgrenze_erreicht": no, "sozialversicherung__rente__bezieht_rente": no,
            "sozialversicherung__rente__grundrente__grundsätzlich_anspruchsberechtigt": no,
            "grundsicherung__im_alter__überschusseinkommen_m_eg": zero,
            "vermögen": zero, f"{p}__vermögensfreibetrag_bg": np.full(n, 1e9), "kinderzuschlag__vermögensfreibetrag_bg": np.full(n, 1e9),
            "wohngeld__anspruchshöhe_m_wthh": zero, "wohngeld__mietstufe_hh": rows.level,
            "wohnen__bruttokaltmiete_m_hh": rows.cold, "wohnen__heizkosten_m_hh": rows.heating,
            f"{p}__kosten_der_unterkunft_m": rows.housing, f"{p}__bruttokaltmiete_m": rows.housing, f"{p}__heizkosten_m": zero,
            f"{p}__regelsatz_m": zero, f"{p}__kindergeld_zur_bedarfsdeckung_m": rows.child_benefit,
            "sozialversicherung__beiträge_versicherter_m": rows.contributions, "einkommensteuer__betrag_m_sn": rows.tax,
            "einkommensteuer__betrag_y_sn": rows.tax * 12, "solidaritätszuschlag__betrag_m_sn": zero,
            "sozialversicherung__arbeitslosen__betrag_m": rows.unearned, "unterhalt__tatsächlich_erhaltener_betrag_m": rows.maintenance,
            "unterhaltsvorschuss__betrag_m": rows.advance, "kinderzuschlag__nettoeinkommen_eltern_m": zero,
            "kinderzuschlag__wohnbedarf_anteil_eltern_bg": np.ones(n), "kinderzuschlag__anzahl_kinder_bg": rows.of_household(rows.benefit),
        }  # fmt: skip

    def results(self, lines: list[dict[str, Any]]) -> Iterable[dict[str, Any]]:
        """What GETTSIM says to the households of this day."""
        p, rows = self.sgb2, _Rows(lines, self.day)
        columns = self.columns(rows)
        facts = self.call(columns)
        # Needs: GETTSIM's own rates and its additional need of single parents; without the supplement, with the rest of § 21.
        child_rate = facts[f"{p}__kindersatz_m"] - np.where(rows.child, self.supplement, 0.0)
        adult_rate = facts[f"{p}__erwachsenensatz_m"]
        stage = np.where(rows.child, child_rate, np.where(rows.partner >= 0, adult_rate, rows.first_rate(adult_rate, facts, self)))
        warm = np.where(rows.own_water, euro_cents(stage * rows.water / 1000), 0.0)
        extra = warm + np.where(rows.pregnant, euro_cents(stage * PREGNANT), 0.0) + rows.diet
        living = np.where(rows.child, child_rate, euro_cents(adult_rate)) + extra
        columns |= {f"{p}__regelsatz_m": living}
        need = living + rows.housing
        free = facts[f"{p}__anrechnungsfreies_einkommen_m"]
        # GETTSIM counts a minor as its own minor child.
        alone = rows.minor & (rows.of_household(rows.minor) == 1)
        free = free - np.where(alone, 0.1 * np.clip(rows.wage - 1200, 0, 300), 0)
        free = np.where(rows.young & (self.day >= YOUNG_SINCE), self._free_young(rows), free)
        net = rows.wage - rows.tax - rows.contributions
        # § 11b (1), (2): what is free is never more than the wage itself.
        earned = np.maximum(net - free, 0.0)
        # GETTSIM goes on with net less its own free amount; what it has to be instead is put beside it.
        beside = rows.unearned + earned - (net - facts[f"{p}__anrechnungsfreies_einkommen_m"])
        unearned = rows.unearned + rows.maintenance + rows.advance
        # What is no more than ten euros in a month is no income (§ 1 (1) no. 1 of the ordinance).
        beside = beside - np.where(unearned <= SMALL, unearned, 0.0)
        unearned = np.where(unearned <= SMALL, 0.0, unearned)
        # A child that has enough leaves; then what it does not need passes on, and a grown-up's thirty euros come off that as well.
        lump_of_child = np.where(rows.child & rows.adult & (rows.wage == 0), np.minimum(INSURANCE, unearned + rows.child_benefit), 0.0)
        enough = rows.child & (earned + unearned + rows.child_benefit - lump_of_child >= need - ENOUGH)
        columns |= {"bg_id": np.unique(np.where(enough, len(need) + np.arange(len(need)), rows.household), return_inverse=True)[1]}
        columns |= {"eg_id": columns["bg_id"], "sozialversicherung__arbeitslosen__betrag_m": beside - lump_of_child}
        first = self.call(columns)
        passed = first[f"{p}__kindergeldübertrag_m"]
        lump = np.where(rows.child, lump_of_child, np.where(rows.wage == 0, np.minimum(INSURANCE, unearned + passed), 0.0))
        columns |= {"sozialversicherung__arbeitslosen__betrag_m": beside - lump}
        claims = self.call(columns)
        benefits = self.call(columns | self._for_supplement(rows, earned, lump, passed, extra))
        yield from self._lines(rows, facts, claims, benefits, need=need, living=living, passed=passed, enough=enough, earned=earned)

    def _free_young(self, rows: "_Rows") -> Any:
        """§ 11b (2b), (3) s. 4: a mini-job is free for the young in education, and thirty (ten) per cent from 520 (1,000) euros on."""
        top = np.where(rows.of_household(rows.minor) > rows.minor, 1500, 1200)
        bands = 0.3 * np.clip(rows.wage - 520, 0, 480) + 0.1 * np.clip(np.minimum(rows.wage, top) - 1000, 0, None)
        return MARGINAL.get(self.day.year, 0) + bands

    def _for_supplement(self, rows: "_Rows", earned: Any, lump: Any, passed: Any, extra: Any) -> dict[str, Any]:
        """Inputs of the child supplement: the whole family, parents' income not rounded, housing by the twelfth report."""
        p = self.sgb2
        share = _share_of_parents(rows)
        return {
            "bg_id": rows.household, "eg_id": rows.household,
            f"{p}__heizkosten_m": np.where(rows.child, 0.0, extra / share),
            "kinderzuschlag__wohnbedarf_anteil_eltern_bg": share,
            # Other income of the parents counts as well (§ 6a (6) BKGG: as far as it is below their need there is no difference).
            "kinderzuschlag__nettoeinkommen_eltern_m": np.where(rows.child, 0.0, earned + rows.unearned + rows.maintenance + passed - lump),
            # Of a child's income what counts, not the gross wage (§ 6a (3) s. 1).
            "einnahmen__bruttolohn_m": np.where(rows.child, 0.0, rows.wage),
            "unterhalt__tatsächlich_erhaltener_betrag_m": np.where(rows.child, np.maximum(earned + rows.unearned + rows.maintenance - lump, -rows.advance), 0.0),
            "sozialversicherung__arbeitslosen__betrag_m": rows.unearned + np.where(rows.child, 0.0, rows.maintenance),
        }  # fmt: skip

    def _lines(self, rows: "_Rows", facts: dict[str, Any], claims: dict[str, Any], benefits: dict[str, Any], **own: Any) -> Iterable[dict[str, Any]]:
        p = self.sgb2
        branches = {
            name: facts[f"sozialversicherung__{german}__beitrag__betrag_versicherter_m"]
            for name, german in (("pension", "rente"), ("unemployment", "arbeitslosen"), ("health", "kranken"), ("care", "pflege"))
        }
        per_person = branches | {
            "tax": facts["lohnsteuer__betrag_y"] / 12, "solidarity": facts["lohnsteuer__betrag_soli_y"] / 12,
            "need": own["need"], "living": own["living"], "earned": own["earned"], "passed": own["passed"], "left": own["enough"].astype(float),
            "claim": claims[f"{p}__anspruchshöhe_m"], "child_benefit": facts["kindergeld__betrag_m"],
        }  # fmt: skip
        of_unit = {
            "child_supplement": benefits["kinderzuschlag__basisbetrag_m_bg"], "housing_benefit": facts["wohngeld__basisbetrag_m_wthh"],
            "housing_benefit_income": facts["wohngeld__einkommen_m_wthh"], "housing_benefit_rent": facts["wohngeld__miete_m_wthh"],
        }  # fmt: skip
        for at, line in enumerate(rows.lines):
            here = slice(rows.start[at], rows.start[at + 1])
            yield {
                "id": line["household"]["id"],
                "persons": {name: [round(float(v) * 100, 4) for v in values[here]] for name, values in per_person.items()},
                **{name: round(float(values[rows.start[at]]) * 100, 4) for name, values in of_unit.items()},
            }


class Whole(Peer):
    """For measuring: from the gross wage to claim, child supplement, housing benefit and net in one call, nothing put right.

    Rent is handed in as need, all else GETTSIM works out itself, its yearly income tax too.
    """

    HANDED_IN = ("einkommensteuer__betrag_m_sn", "einkommensteuer__betrag_y_sn", "solidaritätszuschlag__betrag_m_sn",
                 "sozialversicherung__beiträge_versicherter_m", "kinderzuschlag__nettoeinkommen_eltern_m",
                 "kinderzuschlag__wohnbedarf_anteil_eltern_bg", "kinderzuschlag__anzahl_kinder_bg", "wohngeld__anspruchshöhe_m_wthh")  # fmt: skip

    def targets(self) -> list[str]:
        return [
            f"{self.sgb2}__anspruchshöhe_m", "kinderzuschlag__basisbetrag_m_bg", "wohngeld__basisbetrag_m_wthh",
            "einkommensteuer__betrag_m_sn", "sozialversicherung__beiträge_versicherter_m",
        ]  # fmt: skip

    def columns(self, rows: "_Rows") -> dict[str, Any]:
        made = super().columns(rows)
        for name in (*self.HANDED_IN, f"{self.sgb2}__regelsatz_m", f"{self.sgb2}__kindergeld_zur_bedarfsdeckung_m", "einkommensteuer__anzahl_kinderfreibeträge"):
            made.pop(name)
        zero, no, n = np.zeros(len(rows.person)), np.zeros(len(rows.person), dtype=bool), len(rows.person)
        return made | {
            "einkommensteuer__gemeinsam_veranlagt": no, "wohngeld__anspruchshöhe_m_wthh": zero,
            "einkommensteuer__abzüge__beitrag_private_rentenversicherung_m": zero, "einkommensteuer__abzüge__kinderbetreuungskosten_m": zero,
            "einkommensteuer__abzüge__p_id_kinderbetreuungskostenträger": np.full(n, -1),
            "einkommensteuer__einkünfte__aus_forst_und_landwirtschaft__betrag_y": zero,
            "einkommensteuer__einkünfte__aus_gewerbebetrieb__betrag_y": zero,
            "einkommensteuer__einkünfte__sonstige__rente__alter_beginn_leistungsbezug_sonstige_private_vorsorge": np.full(n, 65),
            "einnahmen__renten__basisrente_m": zero, "einnahmen__renten__geförderte_private_vorsorge_m": zero,
            "einnahmen__renten__sonstige_private_vorsorge_m": zero,
            "einkommensteuer__einkünfte__sonstige__rente__ertragsanteil": zero, "sozialversicherung__rente__jahr_renteneintritt": np.full(n, 2060),
        }  # fmt: skip

    def laid_out(self, lines: list[dict[str, Any]], wages: int) -> dict[str, Any]:
        """The columns of all households for so many wages at once."""
        one = _Rows(lines, self.day)
        columns = {name: value for name, value in self.columns(one).items() if name in self.needed}
        people, homes = len(one.person), len(lines)
        laid = {name: np.tile(value, wages) for name, value in columns.items()}
        by_person, by_home = np.repeat(np.arange(wages) * people, people), np.repeat(np.arange(wages) * homes, people)
        units = laid.keys() & {"hh_id", "fg_id", "bg_id", "eg_id", "wthh_id"}
        laid |= {name: laid[name] + by_home for name in units}
        rows = [name for name in laid if name in {"p_id", "sn_id", "ehe_id"} or "p_id_" in name]
        laid |= {name: np.where(laid[name] >= 0, laid[name] + by_person, -1) for name in rows}
        first = np.array([person["id"] == "e1" for person in one.person])
        return {"columns": laid, "first": np.flatnonzero(np.tile(first, wages)), "homes": homes, "heads": np.tile(one.start[:-1], wages) + np.repeat(np.arange(wages) * people, homes)}

    def at(self, laid: dict[str, Any], wages: Iterable[int]) -> dict[str, float]:
        """Sums over all households in euros at these wages of their first person, in cents."""
        columns = laid["columns"]
        gross = columns["einnahmen__bruttolohn_m"].copy()
        gross[laid["first"]] = np.repeat(np.array(list(wages)) / 100, laid["homes"])
        found = self.function(columns | {"einnahmen__bruttolohn_m": gross})
        heads = laid["heads"]
        return {
            "claim": float(found[f"{self.sgb2}__anspruchshöhe_m"].sum()),
            "child_supplement": float(found["kinderzuschlag__basisbetrag_m_bg"][heads].sum()),
            "housing_benefit": float(found["wohngeld__basisbetrag_m_wthh"][heads].sum()),
            "net": float((gross - found["einkommensteuer__betrag_m_sn"] - found["sozialversicherung__beiträge_versicherter_m"]).sum()),
        }


def _share_of_parents(rows: "_Rows") -> Any:
    """§ 6a (5) BKGG: the parents' part of housing by the twelfth report (single, couple, child), which GETTSIM has for 2020."""
    single, couple, child = twelfth_report()
    parents = np.where(rows.of_household(rows.partner >= 0) > 0, couple, single)
    return parents / (parents + child * rows.of_household(rows.benefit))


@cache
def original() -> Any:
    """GETTSIM's law of all days, read once: its files take longer to read than everything else."""
    from gettsim import OrigPolicyObjects, main

    names = ("column_objects_and_param_functions", "param_specs")
    return OrigPolicyObjects(**main(main_targets=[f"orig_policy_objects__{name}" for name in names])["orig_policy_objects"])


def policies(day: date) -> dict[str, Any]:
    """GETTSIM's law of a day."""
    from gettsim import main

    return main(main_target="policy_environment", policy_date_str=day.isoformat(), orig_policy_objects=original())


@cache
def twelfth_report() -> tuple[float, float, float]:
    """Rent and heating a year of a single, a couple and a child in 2020."""
    found = policies(date(2020, 6, 1))["kinderzuschlag"]["parameter_existenzminimum"].value
    rent, heat = found["kosten_der_unterkunft"], found["heizkosten"]
    return tuple(rent[who] + heat[who] for who in ("single", "paar", "kind"))


class _Rows:
    """Households as columns of persons, amounts in euros."""

    def __init__(self, lines: list[dict[str, Any]], day: date) -> None:
        self.lines = lines
        self.person: list[dict[str, Any]] = []
        self.start = [0]
        found: dict[str, list[Any]] = {name: [] for name in _COLUMNS}
        for number, line in enumerate(lines):
            self._household(line, number, day, found)
            self.start.append(len(self.person))
        for name, kind in _COLUMNS.items():
            setattr(self, name, np.array(found[name], dtype=kind))

    def _household(self, line: dict[str, Any], number: int, day: date, found: dict[str, list[Any]]) -> None:
        home = line["household"]
        first, people, dwelling = len(self.person), home["persons"], home["housing"]
        at = {person["id"]: first + place for place, person in enumerate(people)}
        ages = [_age(date.fromisoformat(person["birth"]), day) for person in people]
        parents = {parent for person in people for parent in person.get("parents", ())}
        benefit = [
            bool(person.get("parents")) and person.get("child_benefit", years < 18 or person.get("education", "none") != "none")
            for person, years in zip(people, ages, strict=True)
        ]
        numbers = {place: rank for rank, place in enumerate(sorted((i for i, has in enumerate(benefit) if has), key=lambda i: people[i]["birth"]))}
        cold = round(100 * (dwelling.get("rent", 0) + dwelling.get("service_charges", 0)))
        heat = round(100 * dwelling.get("heating", 0))
        minors = sum(years < 18 and bool(person.get("parents")) for person, years in zip(people, ages, strict=True))
        adults = sum(not person.get("parents") for person in people)
        for place, (person, years) in enumerate(zip(people, ages, strict=True)):
            child = bool(person.get("parents"))
            birth = date.fromisoformat(person["birth"])
            income = {one["kind"]: one["amount"] for one in person.get("incomes", ())}
            ids = [at[one] for one in person.get("parents", ())] + [-1, -1]
            # By head; who gets the odd cents no law says: they may be handed in.
            share = line["housing"][place] if "housing" in line else (cold + heat) // len(people) + (place < (cold + heat) % len(people))
            stage = (6 if years < 6 else 5 if years < 14 else 4 if years < 18 else 3) if child else (2 if person.get("partner") else 1)
            rows = {
                "household": number, "age": years, "birth_year": birth.year, "birth_month": birth.month, "child": child, "adult": years >= 18,
                "minor": child and years < 18, "partner": at[person["partner"]] if person.get("partner") else -1, "parent_1": ids[0],
                "parent_2": ids[1], "lone": not child and adults == 1 and minors > 0, "is_parent": person["id"] in parents,
                "children": len(people) - adults if person["id"] in parents else 0, "minors": minors if person["id"] in parents else 0,
                "wage": person.get("wage", 0), "tax_class": person.get("tax_class", 1), "benefit": benefit[place],
                "child_benefit": CHILD_BENEFIT[day.year][min(numbers[place], 3)] if place in numbers else 0,
                "housing": share / 100, "cold": cold / 100, "heating": heat / 100, "level": home["rent_level"],
                "own_water": dwelling.get("water_heating") == "own", "water": WARM_WATER[stage], "pregnant": person.get("pregnant", False),
                "diet": person.get("diet", 0), "unearned": sum(income.get(kind, 0) for kind in UNEARNED), "maintenance": income.get(MAINTENANCE, 0),
                "advance": income.get(ADVANCE, 0), "young": years < 25 and person.get("education", "none") != "none",
                "tax": line["tax"][place] / 100 if "tax" in line else 0, "contributions": line["contributions"][place] / 100 if "contributions" in line else 0,
            }  # fmt: skip
            for name, value in rows.items():
                found[name].append(value)
            self.person.append(person)

    def of_household(self, values: Any) -> Any:
        """Sums by household, given to each of its persons."""
        sums = np.bincount(self.household, weights=np.asarray(values, dtype=float))[self.household]
        return sums if np.asarray(values).dtype.kind == "f" else sums.astype(int)

    def first_rate(self, adult_rate: Any, facts: dict[str, Any], peer: Peer) -> Any:
        """The rate of stage 1 of a single: without the additional need of single parents."""
        alone = ~self.child & (self.partner < 0) & ~self.lone
        return np.where(alone, adult_rate, STAGE_1[peer.day.year])


STAGE_1 = {2022: 449, 2023: 502, 2024: 563, 2025: 563, 2026: 563}
_COLUMNS: dict[str, Any] = {
    "household": int, "age": int, "birth_year": int, "birth_month": int, "child": bool, "adult": bool, "minor": bool, "partner": int, "parent_1": int,
    "parent_2": int, "lone": bool, "is_parent": bool, "children": int, "minors": int, "wage": float, "tax_class": int, "benefit": bool,
    "child_benefit": float, "housing": float, "cold": float, "heating": float, "level": int, "own_water": bool, "water": float, "pregnant": bool,
    "diet": float, "unearned": float, "maintenance": float, "advance": float, "young": bool, "tax": float, "contributions": float,
}  # fmt: skip
# One household that has everything, from which GETTSIM learns which columns there are.
_SAMPLE: dict[str, Any] = {
    "id": "sample", "rent_level": 3, "housing": {"rent": 600, "service_charges": 100, "heating": 100},
    "persons": [
        {"id": "a", "birth": "1990-05-05", "partner": "b", "wage": 1500, "tax_class": 3},
        {"id": "b", "birth": "1991-05-05", "partner": "a", "tax_class": 5},
        {"id": "c", "birth": "2015-05-05", "parents": ["a", "b"]},
    ],
}  # fmt: skip


def _age(birth: date, day: date) -> int:
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def main_loop() -> None:
    """Answer every line of the input, in chunks of one day."""
    lines = (json.loads(line) for line in sys.stdin if line.strip())
    for day, same in groupby(lines, key=lambda line: line["household"]["as_of"]):
        peer = Peer(date.fromisoformat(day))
        here = list(same)
        for begin in range(0, len(here), CHUNK):
            for result in peer.results(here[begin : begin + CHUNK]):
                sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main_loop()
