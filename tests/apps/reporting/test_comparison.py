"""Published figures: received, compared, taken over, taken back; who is in a group and where each stands."""

import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from hilfefrei.apps.audit.actor import system
from hilfefrei.apps.audit.errors import Forbidden, Refused
from hilfefrei.apps.audit.models import Event
from hilfefrei.apps.reporting.domain import comparison as verbs
from hilfefrei.apps.reporting.models import (
    PublishedFigure,
    PublishedFile,
    PublishedMapping,
    PublishedPlace,
    PublishedReject,
    PublishedTable,
)
from hilfefrei.apps.reporting.queries import comparison as queries
from hilfefrei.apps.reporting.workflows import TABLE_MOVES, Change, TableState
from hilfefrei.core.published import PlaceKind
from tests.apps.reporting.tables import HEAD, WIDE, july, listed, long
from tests.world import World, at

FOUR = [("23102", "-8,0"), ("23106", "-6,8"), ("21124", "-5,4"), ("23406", "-6,8")]


def stage(world: World, content: bytes, *, minute: int = 0, **more: Any) -> PublishedTable:
    return verbs.stage_table(actor=world.actor("controller"), at=at(minute=minute), file_name="k1.csv", content=content, **more)


def take(world: World, content: bytes, *, minute: int = 0, **more: Any) -> PublishedTable:
    staged = stage(world, content, minute=minute, **more)
    assert staged.state == TableState.STAGED, staged.refusal
    return verbs.apply_table(actor=world.actor("controller"), at=at(minute=minute), table_id=staged.pk)


def look(world: World, **more: Any) -> queries.Comparison:
    return queries.compare(actor=world.actor("director"), jobcenter=world.jobcenter, chosen=queries.offered()[0], **more)


def held() -> list[tuple[str, str, str, float, str]]:
    rows = PublishedFigure.objects.filter(table__state=TableState.APPLIED).order_by("code", "period", "place", "state_on")
    return list(rows.values_list("code", "period", "place", "value", "state"))


def test_staging_changes_nothing_and_taking_over_does(world: World) -> None:
    staged = stage(world, july(*FOUR))
    assert (staged.state, staged.counts["new"], staged.counts["usable"]) == (TableState.STAGED, 4, 4)
    assert queries.offered() == []
    verbs.apply_table(actor=world.actor("controller"), at=at(), table_id=staged.pk)
    found = look(world)
    assert [(line.place.name, line.standing and line.standing.rank) for line in found.lines] == [("Göttingen", 1), ("Holzminden", 2), ("Northeim", 2), ("Goslar", 4)]
    assert found.own
    assert found.own.place.key == "23102"
    assert found.own.standing
    assert found.own.standing.of == 4
    assert found.median == -6.8
    assert [line.to_own for line in found.lines] == [0.0, 1.2, 1.2, 2.6]
    assert (found.group.key, found.listed, found.states) == ("land:NI", None, ["28.10.2026"])
    assert [e.verb for e in Event.objects.order_by("seq")] == ["table.staged", "table.applied"]


def test_a_second_import_changes_nothing_and_says_so(world: World) -> None:
    take(world, july(*FOUR))
    before = held()
    again = stage(world, july(*FOUR), minute=5)
    assert (again.counts["unchanged"], verbs.changes(again.counts)) == (4, 0)
    with pytest.raises(Refused, match="ändert nichts"):
        verbs.apply_table(actor=world.actor("controller"), at=at(minute=6), table_id=again.pk)
    assert held() == before


@pytest.mark.parametrize(("month", "state"), [("2027-07", "28.10.2026"), ("2026-07", "2030"), ("2026-07", "25.11.2026")])
def test_what_lies_in_the_future_is_no_value(world: World, month: str, state: str) -> None:
    content = july(*FOUR) + july(("23102", "-1,0"), month=month, state=state).partition(b"\n")[2]
    staged = stage(world, content)
    assert staged.counts["usable"] == 4
    assert list(PublishedReject.objects.values_list("code", flat=True)) == ["future"]


def test_a_revision_keeps_both_values_and_says_so(world: World) -> None:
    take(world, july(*FOUR))
    second = take(world, july(("23102", "-6,0"), ("23106", "-6,8"), state="20.11.2026"), minute=5)
    assert (second.counts[Change.REVISED], second.counts[Change.CONFIRMED]) == (1, 1)
    assert second.counts["examples"]["revised"][0]["before"] == -8.0
    found = look(world)
    assert found.revised == 1
    assert found.own
    assert found.own.value
    assert (found.own.value.value, found.own.value.replaced, found.own.value.replaced_state) == (-6.0, -8.0, "28.10.2026")
    assert found.own.standing
    assert found.own.standing.rank == 3
    assert len(held()) == 6
    # An older state that comes late is kept and does not count.
    older = take(world, july(("23102", "-1,0"), state="01.08.2026"), minute=8)
    assert older.counts[Change.OLDER] == 1
    assert look(world).own == found.own


def test_another_value_with_the_same_state_is_refused_with_row_and_remedy(world: World) -> None:
    take(world, july(*FOUR))
    staged = stage(world, july(("23102", "-9,9"), ("31502", "-1,0")), minute=5)
    assert staged.counts["new"] == 1
    reject = PublishedReject.objects.get(table=staged)
    assert (reject.line, reject.code) == (2, "same_state")
    assert "-8" in reject.text
    assert "Datenstand" in reject.remedy
    assert b"same_state" in queries.rejects_csv([reject])


def test_undo_brings_the_value_before_back_and_only_of_the_latest(world: World) -> None:
    first = take(world, july(*FOUR))
    before, seen = held(), look(world)
    second = take(world, july(("23102", "-6,0"), state="20.11.2026"), minute=5)
    with pytest.raises(Refused, match="schon eine andere"):
        verbs.undo_table(actor=world.actor("controller"), at=at(minute=6), table_id=first.pk)
    undone = verbs.undo_table(actor=world.actor("controller"), at=at(minute=6), table_id=second.pk)
    assert (undone.state, held()) == (TableState.UNDONE, before)
    assert look(world).lines == seen.lines
    assert not PublishedFigure.objects.filter(table=second).exists()
    with pytest.raises(Refused):
        verbs.undo_table(actor=world.actor("controller"), at=at(minute=7), table_id=second.pk)
    # After that the first is the latest again.
    verbs.undo_table(actor=world.actor("controller"), at=at(minute=8), table_id=first.pk)
    assert held() == []


def test_a_comparison_that_no_longer_holds_is_not_taken_over(world: World) -> None:
    one, two = stage(world, july(*FOUR)), stage(world, july(*FOUR), minute=1)
    verbs.apply_table(actor=world.actor("controller"), at=at(minute=2), table_id=one.pk)
    with pytest.raises(Refused) as caught:
        verbs.apply_table(actor=world.actor("controller"), at=at(minute=3), table_id=two.pk)
    assert caught.value.code == "outdated"
    assert len(held()) == 4


def test_discarding_removes_what_was_staged(world: World) -> None:
    staged = stage(world, july(*FOUR))
    verbs.discard_table(actor=world.actor("controller"), at=at(), table_id=staged.pk)
    assert not PublishedFigure.objects.exists()
    with pytest.raises(Refused):
        verbs.apply_table(actor=world.actor("controller"), at=at(), table_id=staged.pk)


def test_what_waits_for_a_month_is_discarded(world: World) -> None:
    staged = stage(world, july(*FOUR))
    verbs.tidy_tables(actor=system(world.id), at=at(days=29))
    staged.refresh_from_db()
    assert staged.state == TableState.STAGED
    verbs.tidy_tables(actor=system(world.id), at=at(days=31))
    staged.refresh_from_db()
    assert staged.state == TableState.DISCARDED


@pytest.mark.parametrize("who", ["director", "via_lead", "entrance", "operator"])
def test_only_the_controller_imports(world: World, who: str) -> None:
    with pytest.raises(Forbidden):
        verbs.stage_table(actor=world.actor(who), at=at(), file_name="x.csv", content=july(*FOUR))


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (b"", "empty", "leer"),
        (b"%PDF-1.7 \xff", "foreign", "keine Tabelle"),
        (b"PK\x03\x04broken", "truncated", "beschädigt"),
        ((HEAD + '\n23102;"Gött').encode(), "truncated", "bricht"),
        ((HEAD + "\n23102;Göttingen;2026-07;K1;7.5;28.10.2026\n").encode(), "nothing_usable", "Dezimalzeichen|keine Zahl"),
        ((HEAD + "\nNirgendwo;x;2026-07;K1;1;28.10.2026\n").encode(), "nothing_usable", "keine Trägernummer"),
        (july(("23102", "1"), state="bald"), "nothing_usable", "kein Datenstand"),
    ],
)
def test_a_bad_file_is_refused_in_plain_words(world: World, content: bytes, code: str, says: str) -> None:
    found = stage(world, content)
    assert (found.state, found.refusal_code) == (TableState.REFUSED, code)
    assert re.search(says, found.refusal), found.refusal
    assert not PublishedFigure.objects.exists()


def test_a_file_too_big_is_refused(world: World) -> None:
    assert stage(world, b"a" * (50 * 1024 * 1024 + 1)).refusal_code == "too_big"


def test_a_changed_column_is_asked_for_and_a_mapping_is_kept(world: World) -> None:
    content = "ags;kreis;jahr;q;x\n3159;Göttingen;2021;7,14;1\n03155000;Northeim;2021;8,1;*\n".encode("cp1252")
    asked = stage(world, content)
    assert asked.state == TableState.COLUMNS
    assert PublishedFile.objects.filter(table=asked).exists()
    with pytest.raises(Refused, match="Datenstand"):
        verbs.name_columns(actor=world.actor("controller"), at=at(), table_id=asked.pk, mapping=WIDE)
    named = verbs.name_columns(actor=world.actor("controller"), at=at(), table_id=asked.pk, mapping=WIDE, data_state="2024")
    assert (named.state, named.counts["new"], named.counts["suppressed"], named.source) == (TableState.STAGED, 3, 1, "erfunden")
    assert not PublishedFile.objects.exists()
    verbs.apply_table(actor=world.actor("controller"), at=at(), table_id=named.pk)
    # The next one is recognised; a missing column is refused by name when the mapping is chosen.
    again = stage(world, content, minute=4, data_state="2024")
    assert (again.mapping, again.counts["unchanged"]) == ("Breit", 3)
    missing = stage(world, content.replace(b";q;", b";p;"), minute=5, mapping=queries.mappings()[0], data_state="2024")
    assert (missing.refusal_code, "fehlen Spalten: q" in missing.refusal) == ("columns", True)
    assert PublishedMapping.objects.count() == 1


def test_the_list_counts_for_its_year_and_the_form_changes(world: World) -> None:
    take(world, listed(("23102", "Göttingen", "zkT", "IIb"), ("23106", "Northeim", "gE", "IIb"), ("21124", "Goslar", "gE", "Ia"), year=2026))
    take(world, listed(("23102", "Göttingen (alt)", "gE", "Ia"), ("23106", "Northeim", "gE", "IIb"), ("23199", "Osterode am Harz", "zkT", "IIb"), ("21124", "Goslar", "gE", "Ia"), year=2014), minute=1)
    take(world, long(("23102", "2026-07", "K1", "-8", "T-3"), ("23106", "2026-07", "K1", "-6", "T-3"), ("23199", "2014-08", "K1", "-9", "T-3"), ("23102", "2014-08", "K1", "-7", "T-3")), minute=2)
    now = look(world)
    assert (now.period, now.listed, now.list_year, now.missing) == ("2026-07", 3, 2026, 1)
    assert [line.place.name for line in now.lines] == ["Göttingen", "Northeim", "Goslar"]
    assert now.lines[-1].standing is None
    assert [g.key for g in now.groups] == [
        "alle", "land:NI", "land:NI,form:gE", "land:NI,form:zkT", "form:gE", "form:zkT", "typ:Ia", "typ:IIb",
    ]  # fmt: skip
    assert [line.place.key for line in look(world, group="land:NI,form:zkT").lines] == ["23102"]
    then = look(world, period="2014-08")
    assert (then.listed, then.list_year) == (4, 2014)
    assert [(line.place.name, line.place.form) for line in then.ranked] == [("Osterode am Harz", "zkT"), ("Göttingen (alt)", "gE")]
    assert [p.of for p in look(world, group="form:zkT").history] == [1, 1]
    assert [(p.own, p.rank) for p in look(world, group="form:zkT").history] == [(None, None), (-8.0, 1)]


def test_our_number_may_change(world: World) -> None:
    verbs.choose_own(actor=world.actor("controller"), at=at(), kind=PlaceKind.TRAEGER, place="23199")
    verbs.choose_own(actor=world.actor("controller"), at=at(), kind=PlaceKind.TRAEGER, place="23102", from_year=2017)
    take(world, long(("23199", "2014-08", "K1", "-9", "T-3"), ("23102", "2014-08", "K1", "-7", "T-3"), ("23102", "2026-07", "K1", "-6", "T-3")))
    assert [p.own for p in look(world).history] == [-9.0, -6.0]
    with pytest.raises(Refused):
        verbs.choose_own(actor=world.actor("controller"), at=at(), kind=PlaceKind.COUNTY, place="Göttingen")


def test_a_list_much_smaller_than_the_one_of_that_year_is_refused(world: World) -> None:
    whole = [(f"231{number:02}", f"Ort {number}", "gE", "Ia") for number in range(10)]
    take(world, listed(*whole))
    small = stage(world, listed(*whole[:5]), minute=1)
    assert (small.refusal_code, "5 statt 10" in small.refusal) == ("too_small", True)
    changed = stage(world, listed(*whole[:9], ("23109", "Ort 9", "zkT", "Ia")), minute=2)
    assert {k: changed.counts[k] for k in ("new", "changed", "gone")} == {"new": 0, "changed": 1, "gone": 0}
    verbs.apply_table(actor=world.actor("controller"), at=at(minute=3), table_id=changed.pk)
    assert queries.directory(PlaceKind.TRAEGER).list_of(2026)["23109"].form == "zkT"
    assert verbs.changes(stage(world, listed(*whole[:9], ("23109", "Ort 9", "zkT", "Ia")), minute=4).counts) == 0
    verbs.undo_table(actor=world.actor("controller"), at=at(minute=5), table_id=changed.pk)
    assert queries.directory(PlaceKind.TRAEGER).list_of(2026)["23109"].form == "gE"


def test_where_high_is_good_and_where_nothing_is(world: World) -> None:
    take(world, july(("23102", "20"), ("23106", "30"), ("21124", "25"), code="K2"))
    assert [line.place.name for line in look(world).lines] == ["Northeim", "Goslar", "Göttingen"]
    verbs.describe_indicator(actor=world.actor("controller"), at=at(), code="K2", label="Andersherum", direction="low")
    found = look(world)
    assert (found.chosen.indicator.label, found.own and found.own.standing and found.own.standing.rank) == ("Andersherum", 1)
    with pytest.raises(Refused):
        verbs.describe_indicator(actor=world.actor("controller"), at=at(), code="K2", label="x", direction="sideways")


def test_names_beside_figures_are_kept_once(world: World) -> None:
    take(world, long(*(("23102", f"20{year}-01", "K1", "1", "T-3") for year in range(10, 26))))
    assert PublishedPlace.objects.count() == 1
    assert queries.directory(PlaceKind.TRAEGER).at("23102", 2020).name == "Göttingen"


def test_every_state_can_be_reached() -> None:
    reached = {TableState.COLUMNS.value, TableState.STAGED.value, TableState.REFUSED.value}
    for _ in TABLE_MOVES:
        reached |= {to for state in reached for to in TABLE_MOVES[state]}
    assert reached == set(TableState.values) == set(TABLE_MOVES)


@given(
    st.dictionaries(st.sampled_from([f"231{n:02}" for n in range(12)]), st.integers(-5, 5), min_size=1),
    st.sets(st.sampled_from([f"231{n:02}" for n in range(12)])),
    st.booleans(),
)
def test_the_rank_is_the_brute_force_one_whatever_is_missing(values: dict[str, int], in_group: set[str], low: bool) -> None:
    """Ties, places outside the group and places without a value: rank = one more than those of the group that are better."""
    state = date(2026, 10, 28)
    given = {key: queries.Value(float(v), "x", state, None) for key, v in values.items()}
    places = {key: queries.PlaceOf(key, key, "in" if key in in_group else "out") for key in values}
    ranked = queries._ranked(given, places, queries.Group("form:in", ""), low=low)
    members = {key: v for key, v in values.items() if key in in_group}
    assert {s.place for s in ranked} == members.keys()
    for one in ranked:
        assert one.rank == 1 + sum(v < one.value if low else v > one.value for v in members.values())
        assert one.of == len(members)


ROWS = st.dictionaries(st.tuples(st.sampled_from(["23102", "23106", "21124"]), st.sampled_from(["2026-06", "2026-07"])), st.integers(0, 3), max_size=4)


class Tables(RuleBasedStateMachine):
    """Tables of several states and their undoing in any order: what counts is what a plain dictionary says."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        # (place, month) -> state -> value
        self.known: dict[tuple[str, str], dict[int, int]] = {}
        self.applied: list[tuple[Any, dict[tuple[str, str], dict[int, int]]]] = []
        PublishedTable.objects.all().delete()

    @rule(rows=ROWS, state=st.integers(1, 4))
    def import_table(self, rows: dict[tuple[str, str], int], state: int) -> None:
        content = long(*((place, month, "K1", str(value), f"0{state}.11.2026") for (place, month), value in rows.items()))
        staged = stage(self.world, content)
        news = {key: value for key, value in rows.items() if state not in self.known.get(key, {})}
        wrong = [key for key, value in rows.items() if self.known.get(key, {}).get(state, value) != value]
        if not rows or len(wrong) == len(rows):
            assert staged.state == TableState.REFUSED
            return
        assert (staged.counts["rejected"], staged.counts["usable"]) == (len(wrong), len(rows) - len(wrong))
        if not news:
            assert verbs.changes(staged.counts) == 0
            return
        before = {key: dict(states) for key, states in self.known.items()}
        verbs.apply_table(actor=self.world.actor("controller"), at=at(), table_id=staged.pk)
        self.applied.append((staged.pk, before))
        for key, value in news.items():
            self.known.setdefault(key, {})[state] = value

    @precondition(lambda self: self.applied)
    @rule()
    def undo(self) -> None:
        table, self.known = self.applied.pop()
        verbs.undo_table(actor=self.world.actor("controller"), at=at(), table_id=table)

    @invariant()
    def agrees(self) -> None:
        found = {(place, period): value.value for period, values in queries.values_of(PlaceKind.TRAEGER, "K1").items() for place, value in values.items()}
        assert found == {key: float(states[max(states)]) for key, states in self.known.items()}


def test_any_order_of_tables(world: World) -> None:
    Tables.world = world
    run_state_machine_as_test(Tables, settings=settings(max_examples=15, stateful_step_count=12, deadline=None))
