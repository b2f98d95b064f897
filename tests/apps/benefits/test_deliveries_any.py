"""Any delivery: what is taken over is what was delivered, comes out as it came in, and goes back to what was."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hilfefrei.apps.benefits import delivered, domain
from tests.apps.benefits import many
from tests.apps.benefits.packages import AS_OF, Tables, packed, person, picture, stage, tables, take, undo, unit
from tests.world import World, at

DAY = timedelta(days=1)
UNITS, PEOPLE = ("B1", "B2", "B3"), ("K1", "K2", "K3", "K4", "K5")
days = st.dates(date(2024, 1, 1), AS_OF - DAY)


@contextmanager
def _forgotten() -> Iterator[None]:
    """Nothing of one example is left for the next."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@st.composite
def deliveries(draw: st.DrawFn) -> Tables:
    """Three units, five people, each in a sequence of units without overlap; facts about them."""
    rows: Tables = {name: [] for name in ("personen", "bedarfsgemeinschaften", "mitglieder", "entscheidungen", "bezug", "betraege", "integrationen", "teilnahmen")}
    for number in PEOPLE:
        first = draw(st.sampled_from(("Amsel", "Distel", "Erle")))
        rows["personen"].append(person(number, first, f"Wermut {number}", draw(st.dates(date(1960, 1, 1), date(2005, 1, 1))), von=date(2024, 1, 1), bis=None, frueher=None))
        edges = sorted(draw(st.sets(days, min_size=1, max_size=4)))
        for place, start in enumerate(edges):
            end = edges[place + 1] - DAY if place + 1 < len(edges) else draw(st.none() | st.just(AS_OF))
            of = draw(st.sampled_from(UNITS))
            rows["mitglieder"].append({"bg_nummer": of, "kundennummer": number, "rolle": draw(st.sampled_from(("antragsteller", "partner", "weitere"))), "von": start, "bis": end, "zeitweise": None})
            reason = draw(st.none() | st.sampled_from(("arbeit", "rente"))) if end else None
            rows["bezug"].append({"kundennummer": number, "bg_nummer": of, "von": start, "bis": end, "endegrund": reason, "erwerbsfaehig": draw(st.none() | st.booleans())})
        if draw(st.booleans()):
            rows["integrationen"].append({"kundennummer": number, "am": edges[0], "art": "sv", "weg": draw(st.sampled_from(("vermittelt", "unbekannt"))), "bis": None})
            rows["teilnahmen"].append({"kundennummer": number, "massnahme": "Coaching", "von": edges[0], "bis": draw(st.none() | st.just(AS_OF)), "ende": None})
    for number in UNITS:
        rows["bedarfsgemeinschaften"].append(unit(number, von=date(2024, 1, 1), bis=None, traegernummer="23102") | draw(st.sampled_from(({}, {"zustaendig": None, "telefon": None}))))
        for month in draw(st.sets(st.integers(1, 10))):
            rows["betraege"].append({"bg_nummer": number, "monat": date(2026, month, 1), "llu": draw(st.integers(0, 200_000)), "luh": 0})
        if draw(st.booleans()):
            rows["entscheidungen"].append({"bg_nummer": number, "zeichen": None, "art": "abgelehnt", "vom": draw(days), "bewilligt_von": None, "bewilligt_bis": None, "vorlaeufig": None})
    return rows


def _sorted(rows: Tables) -> dict[str, list[dict[str, Any]]]:
    return {name: sorted(held, key=repr) for name, held in rows.items()}


slow = settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@slow
@given(rows=deliveries())
def test_what_is_delivered_is_what_is_here(world: World, rows: Tables) -> None:
    with _forgotten():
        taken = take(world, rows)
        assert not taken.counts["rejected"], taken.counts["rules"]
        assert _sorted(tables()) == _sorted(rows)
        content = delivered.export(as_of=AS_OF)
        again = domain.stage_delivery(actor=world.actor("benefits"), at=at(), file_name="x.zip", content=content)
        assert again.counts["unchanged"] == sum(map(len, rows.values()))
        undo(world, taken)
        fresh = domain.stage_delivery(actor=world.actor("benefits"), at=at(), file_name="x.zip", content=content)
        domain.apply_delivery(actor=world.actor("benefits"), at=at(), delivery_id=fresh.pk)
        assert delivered.export(as_of=AS_OF) == content


@slow
@given(first=deliveries(), second=deliveries(), complete=st.booleans())
def test_any_second_delivery_goes_back_to_the_first(world: World, first: Tables, second: Tables, complete: bool) -> None:
    """Rows that do not fit beside what is here are set aside; nothing breaks, and all of it can be taken back."""
    with _forgotten():
        take(world, first)
        before = picture()
        staged = stage(world, second, minute=10, complete=complete)
        if staged.state == "refused":
            assert staged.refusal_code == "too_small"
            return
        taken = domain.apply_delivery(actor=world.actor("benefits"), at=at(9, 11), delivery_id=staged.pk)
        if not taken.counts["rejected"]:
            # The same again finds nothing to do.
            assert not stage(world, second, minute=20, complete=complete).rows.exists()
        undo(world, taken)
        assert picture() == before


def test_many_new_rows_are_kept_together(world: World) -> None:
    rows = many.package(stock=200, entering=6, months=12)
    taken = take(world, rows, complete=True)
    assert taken.counts["new"] == sum(map(len, rows.values()))
    assert taken.rows.count() < 1_000
    assert {name: len(held) for name, held in tables().items()} == {name: len(held) for name, held in rows.items()}
    again = domain.stage_delivery(actor=world.actor("benefits"), at=at(9, 30), file_name="x.zip", content=packed(rows, complete=True))
    assert again.counts["unchanged"] == taken.counts["rows"]
    undo(world, taken)
    assert not any(picture().values())
