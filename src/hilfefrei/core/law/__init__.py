"""What a household is entitled to, to the cent, and from which wage it needs no aid.

SGB II from January 2022 on with what stands around it: standard and additional needs, housing, income and its allowances, contributions
and wage tax, child benefit, Wohngeld and Kinderzuschlag. One implementation over arrays of whole cents: a household is a small array.
The law decides (``docs/law.md`` says where it leaves doubt); a result is advice, no decision.
"""

from hilfefrei.core.law.household import Household, HouseholdError, Housing, Person, Problem, from_json
from hilfefrei.core.law.parameters import UnknownDayError
from hilfefrei.core.law.results import PersonResult, Result, UnitResult, claims

__all__ = [
    "Household", "HouseholdError", "Housing", "Person", "PersonResult", "Problem", "Result", "UnitResult", "UnknownDayError", "claims",
    "from_json",
]  # fmt: skip
