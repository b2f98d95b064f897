"""Where somebody goes on: always one answer, always the same, always with its reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hilfefrei.apps.benefits.workflows import UrgentKind
from hilfefrei.core import questions, triage
from hilfefrei.core.triage import propose

OPTIONS = {q.id: q.options for g in questions.load().groups for q in g.questions if q.options}
VALUES = st.fixed_dictionaries(
    {},
    optional={
        key: st.none() | st.sampled_from(sorted(options)) | st.lists(st.sampled_from(sorted(options)), unique=True)
        for key, options in OPTIONS.items()
    }
    | {"care_until": st.sampled_from(["", "15:30"])},
)
AGES = st.none() | st.integers(15, 67)


@pytest.mark.parametrize(
    ("values", "age", "rule", "team"),
    [
        ({}, 34, "placement", "placement"),
        ({"alg": "yes", "capacity": "no"}, 34, "agency", "agency"),
        ({"alg": "unknown"}, 34, "placement", "placement"),
        ({"capacity": "unsure"}, 20, "capacity", "rehabilitation"),
        ({"cannot": ["heavy", "standing", "night"]}, 34, "health", "rehabilitation"),
        ({"cannot": ["heavy", "standing"]}, 34, "placement", "placement"),
        ({"cannot": ["none"]}, 24, "under_25", "under_25"),
        ({}, 25, "placement", "placement"),
        ({}, None, "placement", "placement"),
        ({"german": "little"}, 34, "language", "migration"),
        ({"training": "foreign", "german": "some"}, 34, "recognition", "migration"),
        ({"training": "foreign", "german": "good"}, 34, "placement", "placement"),
        ({"home": "none"}, 34, "home", "general"),
        ({"home": "arrears"}, 34, "arrears", "placement"),
        ({"enough": "no"}, 34, "money", "placement"),
        ({"urgent": ["no_money"], "home": "arrears"}, 34, "need", "placement"),
        ({"urgent": ["no_money", "violence"], "home": "arrears"}, 34, "protection", "general"),
        ({"urgent": ["violence"], "german": "little"}, 34, "language", "migration"),
        ({"urgent": []}, 34, "placement", "placement"),
        ({"care": ["baby"]}, 34, "care", "general"),
        ({"care": ["baby"], "care_until": "15:30"}, 34, "placement", "placement"),
    ],
)
def test_rules(values: dict[str, object], age: int | None, rule: str, team: str) -> None:
    found = propose(values, age=age)
    assert (found.id, found.team) == (rule, team)


@given(VALUES, AGES)
def test_there_is_always_one_answer_and_always_the_same(values: dict[str, object], age: int | None) -> None:
    found = propose(values, age=age)
    assert found == propose(dict(values), age=age)
    assert found.team in triage.TEAMS
    assert found.reason.endswith(".")
    assert triage.rules()[found.number - 1] is found


@given(VALUES, AGES)
def test_what_is_not_known_counts_against_nobody(values: dict[str, object], age: int | None) -> None:
    known = {key: value for key, value in values.items() if value not in (None, "", [])}
    assert propose(known, age=age) == propose(values, age=age)


def test_every_rule_can_be_reached_and_has_its_number() -> None:
    reached = {
        propose(values, age=age).id
        for values, age in [
            ({"alg": "yes"}, 30),
            ({"capacity": "no"}, 30),
            ({"cannot": ["heavy", "shift", "night"]}, 30),
            ({}, 20),
            ({"german": "little"}, 30),
            ({"training": "foreign", "german": "some"}, 30),
            ({"home": "notice"}, 30),
            ({"care": ["baby"]}, 30),
            ({"urgent": ["violence"]}, 30),
            ({"urgent": ["no_money"]}, 30),
            ({"home": "arrears"}, 30),
            ({"enough": "no"}, 30),
            ({}, 30),
        ]
    }
    assert reached == {rule.id for rule in triage.rules()}
    assert [rule.number for rule in triage.rules()] == list(range(1, len(reached) + 1))


def test_conditions_name_questions_and_answers_that_exist() -> None:
    fields = {q.id for g in questions.load().groups for q in g.questions}
    for rule in triage.rules():
        for key, wanted in rule.when.items():
            if key == "missing":
                assert wanted in fields
            elif key == "urgent":
                assert set(wanted) <= set(UrgentKind.values)
            elif key not in triage.SPECIAL:
                assert set(wanted) <= set(OPTIONS[key])


def test_nothing_stands_in_the_way_only_where_nothing_urgent_is_open_and_no_reason_tells_of_violence() -> None:
    for kind in UrgentKind.values:
        assert "nichts steht im Weg" not in propose({"urgent": [kind]}, age=34).reason
    assert not any("Gewalt" in rule.reason for rule in triage.rules())


def test_rules_without_an_end_or_with_a_strange_team_are_refused() -> None:
    rule = {"id": "a", "team": "placement", "reason": "Weil.", "when": {"alg": ["yes"]}}
    with pytest.raises(ValueError, match="fit everybody"):
        triage.parse({"rule": [rule]})
    with pytest.raises(ValueError, match="fit everybody"):
        triage.parse({"rule": []})
    with pytest.raises(ValueError, match="unknown teams"):
        triage.parse({"rule": [rule | {"team": "moon", "when": {}}]})
