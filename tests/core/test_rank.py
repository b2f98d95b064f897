"""The ranking equals the one written row by row; limits are never crossed; the same input gives the same answer."""

import random
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hilfefrei.core.matching import occupations
from hilfefrei.core.matching.rank import WALLS, Ranking, VacancyTable, rank, reason_fewer, way_limit
from hilfefrei.core.matching.reasons import NOTHING_AGAINST, OPENINGS, sentence
from hilfefrei.core.matching.vacancy import ALL_DAYS, WEEKDAYS_MASK, Client, Vacancy
from tests.support.naive_rank import beyond, naive_rank

TODAY = date(2026, 11, 24)
HERZBERG = (51.6553, 10.3416)
TITLES = [
    "Verkäufer/in (m/w/d)",
    "Bäckereiverkäuferin",
    "Filialleitung Verkauf",
    "Ausbildung Verkäufer",
    "Reinigungskraft",
    "Raumpflegerin",
    "Lagerhelfer (m/w/d)",
    "Fachlagerist",
    "Küchenhilfe",
    "Auslieferungsfahrer",
    "LKW-Fahrer CE",
    "Altenpflegehelferin",
    "Aushilfe gesucht",
    "",
]
OCCUPATIONS = [
    "",
    "Verkäufer/in",
    "Helfer/in - Reinigung",
    "Lager- und Transportarbeiter/in",
    "Küchenhelfer/in",
    "Berufskraftfahrer/in",
]
WISHES = ["Verkäuferin", "Verkauf", "Reinigung", "Lager", "Küchenhilfe", "Fahrer", "Altenpflege", "Kassiererin"]
TRI = st.none() | st.booleans()


def invented(number: int, chance: random.Random) -> Vacancy:
    """One vacancy with anything stated or not."""

    def maybe(*values):
        return chance.choice([None, *values])

    def tri() -> bool | None:
        return chance.choice([None, None, True, False])

    low, wage = maybe(8, 15, 20, 25, 30, 38), maybe(1300, 1390, 1650, 2200)
    return Vacancy(
        key=f"k{chance.randrange(1000):03d}-{number}",
        title=chance.choice(TITLES),
        occupation=chance.choice(OCCUPATIONS),
        employer=chance.choice(["", "Bäckerei Amsel", "Markt Specht", "Gasthof Kiebitz"]),
        lat=maybe(51.65, 51.7, 51.73, 51.9),
        lon=chance.choice([10.2, 10.34, 10.4]),
        hours_low=low,
        hours_high=maybe((low or 5), (low or 5) + 5, 40),
        full_time=tri(),
        days=maybe(ALL_DAYS, WEEKDAYS_MASK, 0b0000111, 0b1000001, chance.randrange(1, 128)),
        start=maybe(240, 360, 480, 600, 1320),
        end=maybe(0, 360, 720, 780, 900, 1020, 1320),
        shift=tri(),
        night=tri(),
        weekend=tri(),
        special=tri(),
        mini_job=tri(),
        heavy=tri(),
        standing=tri(),
        licence=maybe("", "B", "C", "D"),
        car=tri(),
        wage_hour=(wage, wage) if wage else None,
        wage_month=maybe((200000, 200000)),
        temp_agency=tri(),
        private_agency=tri(),
        fixed_term=tri(),
        lateral=tri(),
        training=chance.random() < 0.2,
        published=maybe(*(TODAY - timedelta(days=d) for d in (0, 1, 29, 31, 59, 61, 300))),
        starts=maybe(TODAY + timedelta(days=7)),
        closes=maybe(*(TODAY + timedelta(days=d) for d in (-1, 0, 1, 9))),
    )


@st.composite
def some_vacancies(draw: st.DrawFn, most: int = 60) -> list[Vacancy]:
    # A seed instead of thirty draws a row: ten times as many rows in the same time.
    chance = random.Random(draw(st.integers(0, 2**32)))
    return [invented(number, chance) for number in range(draw(st.integers(0, most)))]


@st.composite
def some_client(draw: st.DrawFn) -> Client:
    home = draw(st.booleans())
    names = st.lists(st.sampled_from(WISHES), max_size=2).map(tuple)
    times = st.none() | st.integers(5 * 60, 20 * 60)
    return Client(
        wanted=draw(names),
        last=draw(names),
        open_for=draw(names),
        unwanted=draw(st.lists(st.sampled_from(WISHES), max_size=1).map(tuple)),
        lat=HERZBERG[0] if home else None,
        lon=HERZBERG[1] if home else None,
        max_km=draw(st.none() | st.integers(1, 60)),
        max_minutes=draw(st.none() | st.integers(5, 120)),
        modes=draw(st.frozensets(st.sampled_from(["foot", "bike", "bus", "car"]))),
        hours_low=draw(st.none() | st.integers(5, 35)),
        hours_high=draw(st.none() | st.integers(10, 40)),
        days=draw(st.sampled_from([ALL_DAYS, WEEKDAYS_MASK, 0b0000111, 0b1100000])),
        earliest=draw(times),
        latest=draw(times),
        care_from=draw(times),
        care_until=draw(times),
        no_shift=draw(st.booleans()),
        no_night=draw(st.booleans()),
        no_weekend=draw(st.booleans()),
        no_heavy=draw(st.booleans()),
        no_standing=draw(st.booleans()),
        licences=draw(st.none() | st.frozensets(st.sampled_from(["B", "C", "D"]))),
        car=draw(TRI),
        age=draw(st.none() | st.integers(14, 18)),
    )


def ranked(client: Client, rows: list[Vacancy], k: int = 5) -> Ranking:
    return rank(client, VacancyTable.from_rows(rows), today=TODAY, k=k)


@settings(max_examples=400)
@given(some_client(), some_vacancies(), st.integers(1, 8))
def test_it_equals_the_ranking_written_row_by_row(client: Client, rows: list[Vacancy], k: int) -> None:
    found, slow = ranked(client, rows, k), naive_rank(client, rows, today=TODAY, k=k)
    assert [p.index for p in found.proposals] == slow.chosen
    assert [p.score for p in found.proposals] == pytest.approx([slow.scores[i] for i in slow.chosen], abs=2e-6)
    assert (found.candidates, found.fitting) == (slow.candidates, slow.fitting)
    assert dict(found.hidden) == slow.hidden
    assert dict(found.opened_by) == slow.opened_by


@given(some_client(), some_vacancies())
def test_no_proposal_crosses_a_limit(client: Client, rows: list[Vacancy]) -> None:
    found = ranked(client, rows, 30)
    limit = way_limit(client)
    for proposal in found.proposals:
        row = proposal.vacancy
        assert row is rows[proposal.index]
        assert beyond(client, row) == set()
        assert row.closes is None or row.closes >= TODAY
        if limit is not None and client.lat is not None:
            assert proposal.km is not None
            assert proposal.km <= limit + 0.05
        if client.latest is not None and row.end is not None and row.start is not None:
            assert row.start < row.end <= client.latest
        if client.hours_high is not None and row.hours_low is not None:
            assert row.hours_low <= client.hours_high
        assert not (client.no_heavy and row.heavy)


@given(some_client(), some_vacancies())
def test_loosening_a_limit_never_takes_a_vacancy_away(client: Client, rows: list[Vacancy]) -> None:
    table = VacancyTable.from_rows(rows)
    before = rank(client, table, today=TODAY, k=99)
    for looser in (
        replace(client, max_km=None),
        replace(client, max_minutes=None),
        replace(client, hours_high=None),
        replace(client, hours_low=None),
        replace(client, earliest=None),
        replace(client, latest=None),
        replace(client, care_from=None),
        replace(client, care_until=None),
        replace(client, no_heavy=False, no_standing=False),
        replace(client, unwanted=()),
        replace(client, licences=None, car=None),
        replace(client, no_shift=False),
        replace(client, age=None),
    ):
        after = rank(looser, table, today=TODAY, k=99)
        assert after.candidates == before.candidates
        assert after.fitting >= before.fitting


@given(some_client(), some_vacancies())
def test_what_one_limit_hides_is_what_dropping_it_opens(client: Client, rows: list[Vacancy]) -> None:
    table = VacancyTable.from_rows(rows)
    before = rank(client, table, today=TODAY)
    without = {
        "way": replace(client, max_km=None, max_minutes=None),
        "hours": replace(client, hours_low=None, hours_high=None),
        "heavy": replace(client, no_heavy=False, no_standing=False),
        "licence": replace(client, licences=None, car=None),
        "unwanted": replace(client, unwanted=()),
        "youth": replace(client, age=None),
    }
    for wall, looser in without.items():
        assert rank(looser, table, today=TODAY).fitting - before.fitting == before.opened_by[wall]


@given(some_client(), some_vacancies(), st.integers())
def test_the_order_of_the_table_does_not_matter(client: Client, rows: list[Vacancy], seed: int) -> None:
    shuffled = list(rows)
    random.Random(seed).shuffle(shuffled)
    a, b = ranked(client, rows), ranked(client, shuffled)
    assert [p.vacancy.key for p in a.proposals] == [p.vacancy.key for p in b.proposals]
    assert a.reason_fewer == b.reason_fewer


@given(some_client(), some_vacancies())
def test_every_proposal_has_three_reasons_and_every_short_list_its_sentence(client: Client, rows: list[Vacancy]) -> None:
    found = ranked(client, rows)
    assert (found.reason_fewer is None) == (len(found.proposals) == 5)
    assert found.reason_fewer is None or found.reason_fewer.endswith(".")
    for proposal in found.proposals:
        assert proposal.fits
        assert proposal.would_mean
        assert proposal.against
        assert all(text.endswith((".", "?")) for text in proposal.against)
        words = " ".join((*proposal.fits, *proposal.would_mean, *proposal.against))
        assert not any(word in words for word in ("muss", "müssen", "soll", "None", "nan"))
        assert sentence(OPENINGS[0], proposal.fits).startswith("Passt, weil ")


@given(some_vacancies(), st.sampled_from(WISHES))
def test_columns_give_the_likeness_of_the_plain_words(rows: list[Vacancy], asked: str) -> None:
    plain = []
    for row in rows:
        words = occupations.words_of(row.occupation, row.title)
        plain.append(occupations.likeness(asked, replace(words, training=words.training or row.training)))
    np.testing.assert_allclose(VacancyTable.from_rows(rows).likeness(asked), plain, rtol=0, atol=1e-12)


BAKERY = Vacancy(
    "a",
    "Verkäufer/in Backwaren",
    "Verkäufer/in",
    "Bäckerei Amsel",
    "37412",
    "Herzberg",
    51.65,
    10.36,
    25,
    25,
    days=WEEKDAYS_MASK,
    start=480,
    end=780,
    wage_hour=(1460, 1460),
    wage_month=(158702, 158702),
    published=date(2026, 11, 20),
)
JANA = Client(
    wanted=("Verkäuferin",),
    lat=HERZBERG[0],
    lon=HERZBERG[1],
    max_minutes=45,
    modes=frozenset({"foot", "bike", "bus"}),
    hours_low=25,
    hours_high=30,
    days=WEEKDAYS_MASK,
    latest=15 * 60,
    care_until=15 * 60 + 30,
    no_heavy=True,
)


def test_the_words_of_a_good_proposal() -> None:
    found = ranked(JANA, [BAKERY]).proposals[0]
    assert found.fits == (
        "es genau Ihr Wunsch „Verkäuferin“ ist",
        "es etwa 2 km sind, mit dem Rad etwa 8 Minuten",
        "25 Std. in Ihren Rahmen passen",
        "Sie um etwa 13:08 Uhr zurück sind",
    )
    assert found.would_mean == (
        "25 Std. in der Woche",
        "Mo bis Fr, 08:00 bis 13:00 Uhr",
        "etwa 1.590 € brutto im Monat (14,60 € in der Stunde)",
    )
    assert found.against == (NOTHING_AGAINST,)
    assert (found.minutes, found.mode) == (8, "bike")


def test_the_words_of_what_is_not_known_and_of_what_speaks_against() -> None:
    row = Vacancy(
        "b",
        "Kassierer/in",
        "",
        "Frische Personalservice",
        "",
        "Herzberg",
        51.65,
        10.36,
        temp_agency=True,
        published=date(2026, 9, 1),
        wage_hour=(1300, 1300),
    )
    found = ranked(JANA, [row]).proposals[0]
    assert found.would_mean == ("Arbeitszeit nicht angegeben, bitte fragen", "13,00 € in der Stunde brutto")
    assert found.against == (
        "Die Arbeit ist Ihrem Wunsch nur ähnlich.",
        "Die Arbeitszeiten stehen nicht dabei, bitte fragen.",
        "Der Lohn liegt unter dem Mindestlohn von 13,90 €, bitte fragen.",
        "Die Arbeitstage stehen nicht dabei, bitte fragen.",
        "Die Anzeige ist 84 Tage alt. Vielleicht ist die Stelle schon vergeben.",
        "Es ist Zeitarbeit: Die Einsatzorte können wechseln.",
    )


def test_the_way_back_to_the_child_counts_not_only_the_end_of_work() -> None:
    late = replace(BAKERY, end=15 * 60, lat=51.73, lon=10.25)  # 13.8 km of way: 41 minutes and more by bus
    client = replace(JANA, latest=None)
    assert ranked(client, [replace(late, end=14 * 60 + 30)]).fitting == 1
    found = ranked(client, [late])
    assert (found.fitting, found.hidden["time"]) == (0, 1)


def test_full_time_cannot_lie_within_a_short_day_even_if_no_times_are_stated() -> None:
    client = replace(JANA, hours_low=None, hours_high=None, care_until=None)
    short = replace(client, earliest=8 * 60, latest=14 * 60)
    full_time = replace(BAKERY, hours_low=None, hours_high=None, full_time=True, start=None, end=None)
    assert ranked(short, [full_time]).hidden["time"] == 1
    assert ranked(replace(short, latest=16 * 60 + 30), [full_time]).fitting == 1


def test_an_unknown_place_is_hidden_where_the_way_is_limited() -> None:
    nowhere = replace(BAKERY, lat=None, lon=None)
    assert ranked(JANA, [nowhere]).hidden["way"] == 1
    free = ranked(replace(JANA, max_minutes=None, care_until=None), [nowhere])
    assert free.proposals[0].against == ("Wie weit es ist, wissen wir nicht.",)


def test_licences_cover_smaller_ones() -> None:
    driver = replace(BAKERY, title="Auslieferungsfahrer", occupation="", licence="B")
    client = replace(JANA, wanted=("Auslieferungsfahrer",))
    assert ranked(replace(client, licences=frozenset({"C"})), [driver]).fitting == 1
    assert ranked(replace(client, licences=frozenset()), [driver]).hidden["licence"] == 1
    asked_later = ranked(client, [driver]).proposals[0]
    assert asked_later.against == ("Nötig ist der Führerschein B. Danach haben wir noch nicht gefragt.",)


def test_a_forklift_wants_its_own_licence() -> None:
    row = replace(BAKERY, title="Gabelstaplerfahrer/in", occupation="")
    assert ranked(replace(JANA, wanted=("Staplerfahrerin",)), [row]).proposals[0].against == (
        "Meist ist ein Staplerschein nötig, bitte fragen.",
    )


@pytest.mark.parametrize(
    "stated",
    [
        {"night": True},
        {"shift": True},
        {"weekend": True},
        {"special": True},
        {"heavy": True},
        {"car": True},
        {"licence": "B"},
        {"start": 5 * 60},
        {"start": 13 * 60, "end": 21 * 60},
        {"start": 22 * 60, "end": 6 * 60},
        {"days": 0b0100001},
        {"hours_low": 42, "hours_high": 42},
    ],
)
def test_under_18_the_law_hides_what_it_forbids(stated: dict[str, object]) -> None:
    allowed = replace(BAKERY, weekend=False, days=WEEKDAYS_MASK, start=8 * 60, end=14 * 60)
    row = replace(allowed, key="forbidden", employer="Laden", **stated)
    young = Client(wanted=JANA.wanted, age=17)
    found = ranked(young, [allowed, row], 2)
    assert [p.vacancy.key for p in found.proposals] == [allowed.key]
    assert found.hidden["youth"] == 1
    assert found.reason_fewer == (
        "Nur eine Stelle hält alle Ihre Grenzen ein. Eine weitere ist unter 18 Jahren in der Regel nicht erlaubt (Jugendarbeitsschutz)."
    )
    assert ranked(replace(young, age=18), [allowed, row], 2).hidden["youth"] == 0
    assert ranked(replace(young, age=14), [allowed], 2).hidden["youth"] == 1


def test_one_headline_of_one_employer_once_and_two_of_one_employer_while_others_are_left() -> None:
    one_firm = [
        replace(BAKERY, key=f"f{i}", title=title)
        for i, title in enumerate(["Verkäufer/in", "Verkäufer (m/w/d)", "Verkauf Backwaren", "Verkauf Kuchen", "Verkauf Brot"])
    ]
    others = [replace(BAKERY, key=f"o{i}", employer=f"Laden {i}", published=date(2026, 10, 1)) for i in range(3)]
    found = ranked(JANA, one_firm + others)
    assert [p.vacancy.employer for p in found.proposals].count("Bäckerei Amsel") == 2
    assert len({(p.vacancy.title, p.vacancy.employer) for p in found.proposals}) == 5
    alone = ranked(JANA, one_firm)
    assert len(alone.proposals) == 4
    assert alone.reason_fewer == "Nur 4 Stellen halten alle Ihre Grenzen ein. Weitere Anzeigen sind dieselben noch einmal."


def test_two_vacancies_with_one_key_are_refused() -> None:
    with pytest.raises(ValueError, match="key"):
        VacancyTable.from_rows([BAKERY, BAKERY])


def test_nothing_to_rank() -> None:
    assert ranked(JANA, []).reason_fewer == "Zu diesen Berufen gibt es gerade keine Stelle."
    assert ranked(Client(), [BAKERY]).proposals[0].fits == ("nichts von dem dagegen spricht, was Sie bisher gesagt haben",)


def test_nothing_is_said_about_wishes_that_nobody_told() -> None:
    """The group about work saved empty: no word of openness, none of "these occupations"."""
    found = ranked(replace(JANA, wanted=()), [BAKERY])
    assert not any("offen" in part for part in found.proposals[0].fits)
    assert "Welche Arbeit Sie möchten, wissen wir noch nicht." in found.proposals[0].against
    assert "Berufen" not in (found.reason_fewer or "")
    assert ranked(Client(), []).reason_fewer == "Es ist gerade keine Stelle offen."


@pytest.mark.parametrize(
    ("hours", "times", "days", "fitting"),
    [
        ((29, 34), (9 * 60, 14 * 60), None, 0),
        ((25, 30), (9 * 60, 14 * 60), None, 1),
        ((29, 34), (9 * 60, 15 * 60), None, 1),
        ((29, 34), (22 * 60, 4 * 60), None, 1),
        ((29, 34), (9 * 60, 14 * 60), WEEKDAYS_MASK, 1),
    ],
)
def test_hours_that_the_times_cannot_hold_on_the_possible_days_need_other_days(
    hours: tuple[int, int], times: tuple[int, int], days: int | None, fitting: int
) -> None:
    client = replace(JANA, hours_low=20.5, hours_high=30, latest=None, care_until=None)
    row = replace(BAKERY, hours_low=hours[0], hours_high=hours[1], start=times[0], end=times[1], days=days)
    found = ranked(client, [row])
    assert (found.fitting, found.hidden["days"]) == (fitting, 1 - fitting)
    if fitting and days:
        assert "Die Stunden passen nicht zu den Tagen und Zeiten, bitte fragen." in found.proposals[0].against
    if fitting and hours[1] > 30:
        assert "29 bis 34 Std. passen nur zum Teil in Ihren Rahmen (20,5 bis 30 Std.), bitte fragen." in found.proposals[0].against
        assert not any("Rahmen" in part for part in found.proposals[0].fits)


def test_whoever_may_work_on_all_days_is_told_that_five_are_not_enough() -> None:
    row = replace(BAKERY, hours_low=29, hours_high=29, start=9 * 60, end=14 * 60, days=None)
    found = ranked(Client(wanted=("Verkäuferin",)), [row]).proposals[0]
    assert "Zu diesen Zeiten reichen fünf Tage nicht für die Stunden, bitte fragen." in found.against


NONE = dict.fromkeys(WALLS, 0)


@pytest.mark.parametrize(
    ("found", "fitting", "hidden", "opened", "text"),
    [
        (5, 9, NONE, NONE, None),
        (
            3,
            3,
            NONE | {"way": 60},
            NONE | {"way": 48, "hours": 2},
            "Nur 3 Stellen halten alle Ihre Grenzen ein. 48 weitere liegen zu weit weg.",
        ),
        (
            1,
            1,
            NONE | {"hours": 1},
            NONE | {"hours": 1},
            "Nur eine Stelle hält alle Ihre Grenzen ein. Eine weitere hat andere Stunden.",
        ),
        (
            0,
            0,
            NONE | {"time": 1200, "way": 3},
            NONE,
            "Keine Stelle hält alle Ihre Grenzen ein. 1.200 weitere beginnen zu früh oder enden zu spät.",
        ),
        (2, 2, NONE, NONE, "Nur 2 Stellen halten alle Ihre Grenzen ein. Mehr Stellen zu diesen Berufen gibt es gerade nicht."),
    ],
)
def test_why_fewer(found: int, fitting: int, hidden: dict[str, int], opened: dict[str, int], text: str | None) -> None:
    assert reason_fewer(found, 5, 70, fitting, hidden, opened) == text
