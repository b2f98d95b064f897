"""Papers computed from the situation: what is needed, for whom, until when, and what is not asked."""

import copy
import tomllib
from datetime import date, timedelta
from importlib import resources
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hilfefrei.core import papers, questions
from hilfefrei.core.papers import Member, wanted
from hilfefrei.core.periods import age_on, is_working_day, next_working_day

DAY = date(2026, 11, 17)
WIEBKE = Member(UUID(int=1), is_applicant=True, birth=date(1989, 6, 14))
JONTE = Member(UUID(int=2), is_applicant=False, birth=date(2015, 3, 1))
FINN = Member(UUID(int=3), is_applicant=False, birth=date(2023, 5, 1))
TEEN = Member(UUID(int=4), is_applicant=False, birth=date(2010, 5, 1))
PARTNER = Member(UUID(int=5), is_applicant=False, birth=None)
RAW = tomllib.loads((resources.files("hilfefrei.core.data") / "papers.toml").read_text(encoding="utf-8"))


def ids(values: dict[str, object], *members: Member) -> set[tuple[str, int | None]]:
    return {(w.rule.id, w.member.int if w.member else None) for w in wanted(values, members, DAY, land="NI")}


def test_a_child_whose_birth_date_is_not_known_brings_no_papers_of_a_grown_up() -> None:
    child = Member(UUID(int=6), is_applicant=False, birth=None, is_child=True)
    grown = {rule for rule, who in ids({"income": ["wage"]}, WIEBKE, PARTNER) if who == PARTNER.id.int}
    asked = {rule for rule, who in ids({"income": ["wage"]}, WIEBKE, child) if who == child.id.int}
    known = {rule for rule, who in ids({"income": ["wage"]}, WIEBKE, FINN) if who == FINN.id.int}
    assert asked == known
    assert asked != grown


def test_a_mother_with_two_children_who_left_a_flat_in_arrears() -> None:
    found = ids({"home": "arrears", "income": ["wage", "child_benefit"], "alone": "yes", "alg": "no"}, WIEBKE, JONTE, FINN)
    assert {
        ("main_form", None),
        ("identity", 1),
        ("health_card", 1),
        ("statements", 1),
        ("rent", None),
        ("rent_letter", None),
        ("wage", 1),
        ("maintenance", None),
    } <= found
    assert {(i, n) for i, n in found if i in {"child_form", "birth"}} == {
        ("child_form", 2),
        ("child_form", 3),
        ("birth", 2),
        ("birth", 3),
    }
    assert not {i for i, _ in found} & {"alg", "self_employed", "title", "partner_form", "school", "parent_outside"}


def test_further_people_from_15_have_their_own_annex_and_school_only_until_18() -> None:
    found = ids({}, WIEBKE, TEEN, PARTNER)
    assert {n for i, n in found if i == "partner_form"} == {4, 5}
    assert {n for i, n in found if i == "school"} == {4}
    assert {n for i, n in found if i == "child_form"} == set()


def test_only_of_a_child_that_is_here_on_some_days_the_days_are_asked() -> None:
    some_days = Member(JONTE.id, is_applicant=False, birth=JONTE.birth, alternates=True)
    assert {n for i, n in ids({}, WIEBKE, some_days, FINN) if i == "days_here"} == {2}
    assert "days_here" not in {i for i, _ in ids({}, WIEBKE, JONTE, FINN)}
    assert "B 14 AS 75/08 R" in papers.load().source


def test_answers_decide() -> None:
    assert ("rent", None) not in ids({"home": "none"}, WIEBKE)
    assert ("title", 1) in ids({"title": "bis Mai"}, WIEBKE)
    assert ("alg", 1) in ids({"alg": "unknown"}, WIEBKE)
    assert ("applied", None) in ids({"applied": ["housing"]}, WIEBKE)
    assert ("applied", None) not in ids({"applied": ["none"]}, WIEBKE)
    young = Member(UUID(int=9), is_applicant=True, birth=date(2003, 1, 1))
    assert ("parent_outside", 9) in ids({}, young)
    assert ("parent_outside", 1) not in ids({}, WIEBKE)


def test_a_term_is_a_date_and_all_but_a_few_may_follow_or_have_two_weeks() -> None:
    for paper in wanted({"home": "notice", "income": ["wage", "self"]}, [WIEBKE], DAY, land="NI"):
        assert paper.due == next_working_day(DAY + timedelta(days=paper.rule.days), "NI")
        assert paper.rule.follow == (paper.rule.days == 30)
        assert paper.rule.days in {3, 14, 30}


def test_a_term_ends_on_a_working_day() -> None:
    """§ 26 (3) SGB X: not on a Sunday, nor on Christmas."""
    for day in (date(2026, 12, 24), date(2026, 11, 27), date(2026, 12, 11)):
        for paper in wanted({"home": "notice", "income": ["wage", "self"]}, [WIEBKE], day, land="NI"):
            assert is_working_day(paper.due, "NI")
            assert paper.due >= day + timedelta(days=paper.rule.days)


def test_every_rule_says_why_in_a_sentence_and_what_is_not_asked_has_reasons() -> None:
    catalogue = papers.load()
    assert len(catalogue.rules) >= 18
    assert all(rule.why.endswith(".") for rule in catalogue.rules)
    assert all(title and why.endswith(".") for title, why in catalogue.not_asked)
    assert "§" in catalogue.source
    codes = {rule.form for rule in catalogue.rules}
    assert {"HA", "WEP", "KI", "KDU", "EK", "EKS", "VM", "UH1", "UH3", "SV"} <= codes


def test_conditions_name_questions_and_answers_that_exist() -> None:
    by_id = {q.id: q for group in questions.load().groups for q in group.questions}
    for rule in papers.load().rules:
        for key, expected in (rule.when or {}).items():
            if key in papers.SPECIAL:
                continue
            assert set(expected) <= set(by_id[key].options or {})


@pytest.mark.parametrize("bad", [{"who": "everybody"}, {"days": 0}, {"id": "identity"}])
def test_a_wrong_file_is_refused(bad: dict[str, object]) -> None:
    raw = copy.deepcopy(RAW)
    raw["paper"][0] |= bad
    with pytest.raises(ValueError, match="papers"):
        papers.parse(raw)


OPTIONS = {q.id: sorted(q.options) for g in questions.load().groups for q in g.questions if q.options}
VALUES = st.fixed_dictionaries(
    {},
    optional={key: st.sampled_from(options) | st.lists(st.sampled_from(options), unique=True) for key, options in OPTIONS.items()}
    | {"title": st.sampled_from(["", "bis Mai"])},
)
BIRTHS = st.none() | st.dates(date(1950, 1, 1), DAY)
HOUSEHOLDS = st.lists(BIRTHS, max_size=6).map(
    lambda births: [Member(UUID(int=n), is_applicant=n == 0, birth=b) for n, b in enumerate(births)]
)


@given(VALUES, HOUSEHOLDS)
def test_each_paper_once_for_each_person_and_never_the_wrong_age(values: dict[str, object], members: list[Member]) -> None:
    found = wanted(values, members, DAY, land="NI")
    keys = [(w.rule.id, w.member) for w in found]
    assert len(keys) == len(set(keys))
    assert [w.rule.id for w in found if w.member is None] == [w.rule.id for w in found if w.rule.who == "household"]
    by_id = {m.id: m for m in members}
    for paper in found:
        if paper.member is None:
            continue
        member = by_id[paper.member]
        grown = member.birth is None or age_on(member.birth, DAY) >= 15
        assert paper.rule.who != "applicant" or member.is_applicant
        assert paper.rule.who not in {"adult", "adult_other"} or grown
        assert paper.rule.who != "child" or not grown
    assert wanted(values, members, DAY, land="NI") == found


@given(VALUES, HOUSEHOLDS, BIRTHS)
def test_one_more_in_the_household_takes_no_paper_from_anybody(
    values: dict[str, object], members: list[Member], birth: date | None
) -> None:
    more = [*members, Member(UUID(int=99), is_applicant=not members, birth=birth)]
    before = {(w.rule.id, w.member) for w in wanted(values, members, DAY, land="NI")}
    assert before <= {(w.rule.id, w.member) for w in wanted(values, more, DAY, land="NI")}
