"""The questions as data, what an answered group says, and the limits that follow."""

import copy
import tomllib
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hilfefrei.core import questions
from hilfefrei.core.matching.vacancy import ALL_DAYS, WEEKDAYS_MASK, Client
from hilfefrei.core.questions import Group, limits, summary

CATALOGUE = questions.load()
RAW = tomllib.loads((resources.files("hilfefrei.core.data") / f"questions-{questions.CURRENT}.toml").read_text(encoding="utf-8"))


def changed(**question: object) -> dict[str, object]:
    raw = copy.deepcopy(RAW)
    raw["group"][0]["question"][0] |= question
    return raw


def test_about_ten_questions_in_five_groups_each_with_purpose_and_source() -> None:
    assert [group.title for group in CATALOGUE.groups] == [
        "Arbeit",
        "Zeit und Familie",
        "Gesundheit und Wohnen",
        "Weg und Sprache",
        "Geld",
    ]
    assert 10 <= CATALOGUE.spoken <= 12
    assert CATALOGUE.version == questions.CURRENT
    assert "§" in CATALOGUE.source
    assert all(q.purpose and q.text for group in CATALOGUE.groups for q in group.questions)


def test_numbers_rise_without_a_gap_and_name_their_range() -> None:
    numbers = [n for group in CATALOGUE.groups for n in group.numbers]
    assert numbers == list(range(1, CATALOGUE.spoken + 1))
    assert CATALOGUE.group("health").range_text == "Fragen 7 und 8"
    assert CATALOGUE.group("work").range_text == "Fragen 1 bis 4"
    with pytest.raises(KeyError):
        CATALOGUE.group("secret")


def test_placement_answers_stay_with_placement_and_money_with_benefits() -> None:
    zones = {q.id: q.zone for group in CATALOGUE.groups for q in group.questions}
    assert {zones[name] for name in ("last", "wanted", "cannot", "capacity", "german", "care")} == {"placement"}
    assert {zones[name] for name in ("home", "rent", "income", "enough", "applied")} == {"benefits"}


def test_no_question_asks_for_a_diagnosis_or_threatens() -> None:
    words = " ".join(f"{q.text} {q.hint} {q.purpose}" for group in CATALOGUE.groups for q in group.questions)
    assert not any(
        word in words.casefold()
        for word in ("diagnose:", "krankheit", "sanktion", "minderung", "pflicht", "sie müssen "[:-1] + " antworten,")
    )


@pytest.mark.parametrize(
    "bad",
    [
        changed(kind="essay"),
        changed(zone="everybody"),
        changed(colour="red"),
        changed(kind="choice"),
        changed(options={"a": "A"}),
        changed(exclusive="none"),
        changed(id="alg"),
    ],
)
def test_a_wrong_file_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(questions.CatalogueError):
        questions.parse(bad)


def test_a_question_without_its_purpose_is_refused() -> None:
    raw = copy.deepcopy(RAW)
    del raw["group"][0]["question"][0]["purpose"]
    with pytest.raises(questions.CatalogueError):
        questions.parse(raw)


@pytest.mark.parametrize(
    ("group", "values", "line"),
    [
        (
            "health",
            {"cannot": ["heavy"], "home": "safe", "rent": 59800},
            "nicht schwer heben · Wohnung sicher · Miete warm 598,00 €",
        ),
        (
            "time",
            {
                "hours_low": 25,
                "hours_high": 30,
                "days": ["mo", "di", "mi", "do", "fr"],
                "care_from": "06:30",
                "care_until": "15:30",
            },
            "25 bis 30 Std. · Mo bis Fr · betreut 06:30 bis 15:30 Uhr",
        ),
        ("time", {"hours_high": 19.5, "days": ["fr", "mo"]}, "bis 19,5 Std. · Mo, Fr"),
        (
            "work",
            {"last": ["Verkäuferin"], "alg": "no", "wanted": ["Verkauf", "Küchenhilfe"]},
            "Verkäuferin · kein Anspruch auf Arbeitslosengeld · sucht Verkauf, Küchenhilfe",
        ),
        (
            "way",
            {"modes": ["bus"], "licence": ["none"], "german": "native"},
            "Bus und Bahn · ohne Führerschein · Deutsch sehr gut",
        ),
        (
            "money",
            {"enough": "scarce", "income": ["none"], "applied": ["housing"]},
            "Geld knapp · kein Einkommen · beantragt: Wohngeld",
        ),
        ("money", {}, "nichts gesagt, das ist in Ordnung"),
        ("health", {"cannot": ["none"], "home": "", "rent": None}, "keine Grenzen genannt"),
    ],
)
def test_an_answered_group_in_one_line(group: str, values: dict[str, object], line: str) -> None:
    assert summary(CATALOGUE.group(group), values) == line


def test_answers_are_counted_by_spoken_question() -> None:
    group = CATALOGUE.group("work")
    assert questions.answered(group, {}) == 0
    assert questions.answered(group, {"last": ["Koch"], "last_until": "Mai", "alg": "", "wanted": []}) == 1
    assert questions.answered(group, {"last": ["Koch"], "alg": "no"}) == 2


def test_typed_occupations() -> None:
    assert questions.split_names("Verkauf, Küche;Lager\nVerkauf ,, ") == ["Verkauf", "Küche", "Lager"]
    assert len(questions.split_names(",".join(str(i) for i in range(50)))) == questions.MAX_NAMES
    assert questions.split_names(" ,; ") == []


def test_limits_of_a_whole_talk() -> None:
    values = {
        "wanted": ["Verkauf"],
        "last": ["Verkäuferin"],
        "unwanted": ["Pflege"],
        "hours_low": 25,
        "hours_high": 30,
        "days": ["mo", "di", "mi", "do", "fr"],
        "care": ["child"],
        "care_from": "06:30",
        "care_until": "15:30",
        "cannot": ["heavy", "shift"],
        "modes": ["bus", "foot"],
        "max_km": 20,
        "licence": ["B"],
    }
    assert limits(values, lat=51.65, lon=10.34) == Client(
        wanted=("Verkauf",),
        last=("Verkäuferin",),
        unwanted=("Pflege",),
        lat=51.65,
        lon=10.34,
        max_km=20,
        modes=frozenset({"bus", "foot"}),
        hours_low=25,
        hours_high=30,
        days=WEEKDAYS_MASK,
        care_from=390,
        care_until=930,
        no_heavy=True,
        no_shift=True,
        licences=frozenset({"B"}),
        car=False,
    )


def test_nothing_said_is_no_limit() -> None:
    assert limits({}, lat=None, lon=None) == Client()
    assert limits({}, lat=None, lon=None, age=17) == Client(age=17)
    assert limits({"licence": ["none"]}, lat=None, lon=None).licences == frozenset()
    assert limits({"licence": []}, lat=None, lon=None).licences is None
    assert limits({"days": []}, lat=None, lon=None).days == ALL_DAYS


@st.composite
def answers(draw: st.DrawFn, group: Group) -> dict[str, object]:
    values: dict[str, object] = {}
    for q in group.questions:
        kinds = {
            "choice": st.sampled_from(sorted(q.options or {"": ""})),
            "many": st.lists(st.sampled_from(sorted(q.options or {"": ""})), unique=True),
            "text": st.text(max_size=20),
            "names": st.lists(st.sampled_from(["Koch", "Verkauf"]), unique=True),
            "euro": st.integers(0, 300000),
            "hours": st.integers(1, 80).map(lambda n: n / 2),
            "number": st.integers(q.low, max(q.low, q.high)),
            "time": st.times().map(lambda t: f"{t:%H:%M}"),
        }
        values[q.id] = draw(st.none() | kinds[q.kind])
    return values


@given(st.data())
def test_every_answer_can_be_told_and_limits_anything(data: st.DataObject) -> None:
    merged: dict[str, object] = {}
    for group in CATALOGUE.groups:
        values = data.draw(answers(group))
        line = summary(group, values)
        assert line
        assert "None" not in line
        assert questions.answered(group, values) <= len(group.numbers)
        assert " · ".join(piece.text for piece in questions.said(group, values)) == (
            line if line != questions.NOTHING_SAID else ""
        )
        merged |= values
    client = limits(merged, lat=None, lon=None)
    assert 1 <= client.days <= ALL_DAYS
    assert client.care_from is None or 0 <= client.care_from < 24 * 60
