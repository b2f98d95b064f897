"""Deliveries: received, compared, taken over, taken back. Bad files change nothing and say why."""

import gzip
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from hilfefrei.apps.audit.actor import system
from hilfefrei.apps.audit.errors import Forbidden, Refused
from hilfefrei.apps.audit.models import Event, Outbox
from hilfefrei.apps.vacancies import domain, queries
from hilfefrei.apps.vacancies.domain.deliveries import DELIVERED, plain
from hilfefrei.apps.vacancies.models import CsvMapping, Delivery, DeliveryFile, DeliveryRow, Vacancy
from hilfefrei.apps.vacancies.workflows import ImportState, Source, VacancyState
from hilfefrei.core.matching.delivery import MAX_BYTES, ColumnMapping
from tests.apps.vacancies.files import HEAD, PARTNER, PLACES, answer, hit, line, many, partner
from tests.world import TODAY, World, at


def stage(world: World, content: bytes, *, minute: int = 42, **more: Any) -> Delivery:
    given = {"mapping": PARTNER} | more
    return domain.stage_delivery(
        actor=world.actor("employer_service"), at=at(minute=minute), file_name="stellen.csv", content=content, **given
    )


def take(world: World, content: bytes, *, minute: int = 42, **more: Any) -> Delivery:
    staged = stage(world, content, minute=minute, **more)
    return domain.apply_delivery(actor=world.actor("employer_service"), at=at(minute=minute), delivery_id=staged.pk)


def stock() -> dict[str, dict[str, Any]]:
    """What the exchange holds: delivered columns and state by number."""
    return {v.reference: plain({n: getattr(v, n) for n in DELIVERED}) | {"state": v.state} for v in Vacancy.objects.order_by("reference")}


def test_staging_changes_nothing_and_taking_over_does(world: World) -> None:
    staged = stage(world, partner(line("K-1"), line("K-2", "Küchenhilfe")))
    assert staged.state == ImportState.STAGED
    assert (staged.counts["rows"], staged.counts["new"], staged.counts["stock"]) == (2, 2, 0)
    assert not Vacancy.objects.exists()
    domain.apply_delivery(actor=world.actor("employer_service"), at=at(), delivery_id=staged.pk)
    kitchen = Vacancy.objects.get(reference="K-2")
    assert (kitchen.title, kitchen.source, kitchen.feed, kitchen.state) == ("Küchenhilfe", Source.CSV, "Kreishandwerk", VacancyState.OPEN)
    assert (kitchen.wage_unit, kitchen.hour_low_cents, kitchen.month_low_cents) == ("hour", 1460, round(1460 * 30 * 4.348))
    assert DeliveryRow.objects.get(reference="K-2").vacancy == kitchen
    assert [e.verb for e in Event.objects.order_by("seq")] == ["delivery.staged", "delivery.applied"]


def test_the_same_file_again_changes_nothing_and_says_so(world: World) -> None:
    content = many(20)
    first = take(world, content)
    before = stock()
    again = stage(world, content, minute=50)
    assert (again.counts["unchanged"], again.counts["new"], again.counts["changed"]) == (20, 0, 0)
    assert again.counts["same_as"] == str(first.pk)
    domain.apply_delivery(actor=world.actor("employer_service"), at=at(minute=51), delivery_id=again.pk)
    assert stock() == before
    assert set(Vacancy.objects.order_by("pk").values_list("version", flat=True)) == {1}


def test_what_changes_is_told_by_kind_and_kept_for_taking_back(world: World) -> None:
    take(world, partner(line("K-1"), line("K-2", "Küchenhilfe"), line("K-3", "Fahrer/in")))
    before = stock()
    second = take(world, partner(line("K-1", wage="15,10"), line("K-2", "Küchenhilfe", hours="20"), line("K-3", "Fahrer/in")), minute=50)
    assert second.counts["changes"] == {"wage": 1, "hours": 1}
    assert Vacancy.objects.get(reference="K-1").hour_low_cents == 1510
    row = DeliveryRow.objects.get(delivery=second, reference="K-1")
    assert row.before["hour_low_cents"] == 1460
    domain.undo_delivery(actor=world.actor("employer_service"), at=at(minute=55), delivery_id=second.pk)
    assert stock() == before


def test_a_full_delivery_ends_what_it_lacks_and_gives_it_back(world: World) -> None:
    take(world, many(10))
    before = stock()
    full = take(world, many(8), minute=50, is_full=True)
    assert full.counts["gone"] == 2
    assert sorted(Vacancy.objects.filter(state=VacancyState.WITHDRAWN).values_list("reference", flat=True)) == ["K-10", "K-9"]
    domain.undo_delivery(actor=world.actor("employer_service"), at=at(minute=51), delivery_id=full.pk)
    assert stock() == before


def test_a_row_that_is_refused_keeps_what_we_know(world: World) -> None:
    take(world, many(10))
    bad = many(9).decode() + line("K-10", "", day="20.11.2026").replace(";Rotmilan", ";Rotmilan") + "\n"
    full = take(world, bad.encode(), minute=50, is_full=True)
    assert (full.counts["rejected"], full.counts["gone"]) == (1, 0)
    assert Vacancy.objects.get(reference="K-10").state == VacancyState.OPEN


def test_a_part_delivery_ends_nothing(world: World) -> None:
    take(world, many(10))
    assert take(world, many(1), minute=50).counts["gone"] == 0
    assert Vacancy.objects.filter(state=VacancyState.OPEN).count() == 10


def test_an_implausibly_small_full_delivery_is_refused(world: World) -> None:
    take(world, many(100), is_full=True)
    small = stage(world, many(59), minute=50, is_full=True)
    assert (small.state, small.refusal_code) == (ImportState.REFUSED, "too_small")
    assert "59" in small.refusal
    assert "100" in small.refusal
    assert not small.rows.exists()
    with pytest.raises(Refused, match="abgelehnt"):
        domain.apply_delivery(actor=world.actor("employer_service"), at=at(minute=51), delivery_id=small.pk)
    assert Vacancy.objects.filter(state=VacancyState.OPEN).count() == 100
    assert stage(world, many(60), minute=52, is_full=True).state == ImportState.STAGED


def test_a_full_delivery_may_not_end_a_stock_that_came_in_parts(world: World) -> None:
    take(world, many(100))
    assert stage(world, many(10), minute=50, is_full=True).refusal_code == "too_small"


def test_numbers_of_two_partners_do_not_meet(world: World) -> None:
    other = ColumnMapping("Nachbarkreis", PARTNER.columns, PARTNER.constants)
    take(world, many(3))
    full = take(world, many(2), mapping=other, is_full=True)
    assert (full.counts["new"], full.counts["gone"]) == (2, 0)
    assert Vacancy.objects.filter(reference="K-1").count() == 2


def test_reasons_are_kept_per_row(world: World) -> None:
    staged = stage(world, partner(line("K-1"), line("", "Ohne Nummer"), line("K-2", "Alt", day="20.11.2024"), line("K-3", plz="9999", wage="2.400"), line("K-1")))
    assert (staged.counts["new"], staged.counts["rejected"], staged.counts["duplicate"], staged.counts["repaired"]) == (2, 2, 1, 1)
    rows = {row.line: row for row in staged.rows.order_by("line")}
    assert [r["code"] for r in rows[3].reasons] == ["reference_missing"]
    assert rows[4].reasons[0]["remedy"]
    assert rows[4].raw["title"] == "Alt"
    assert rows[5].repaired
    assert {r["code"] for r in rows[5].reasons} == {"plz_zero", "wage_unit"}
    assert rows[6].state == "duplicate"
    assert list(queries.delivery_rows(staged, ["rejected"], code="stale")) == [rows[4]]


def test_a_place_that_is_not_known_is_counted_only_where_the_row_is_taken_over(world: World) -> None:
    staged = stage(world, partner(line("K-1", plz="99999"), line("K-2", "Alt", plz="99999", day="20.11.2024")))
    assert (staged.counts["usable"], staged.counts["rejected"], staged.counts["hints"]["place_unknown"]) == (1, 1, 1)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"   \n", "empty"),
        (HEAD.encode() + b"\n", "empty"),
        (b"PK\x03\x04 rest", "foreign"),
        (b"%PDF-1.7", "foreign"),
        (gzip.compress(b"Nummer;Stelle", mtime=0), "foreign"),
        (b"Nummer;Stelle\x00;Betrieb\n1;2;3\n", "foreign"),
        (b"<html><body>Anmelden</body></html>", "foreign"),
        (b'{"ergebnisliste": [{"referenz', "truncated"),
        (b'{"hallo": 1}', "foreign"),
        (partner(line("K-1"))[:-30], "truncated"),
        (b"Eins;Zwei\n1;2\n", "columns"),
        (b"x" * (MAX_BYTES + 1), "too_big"),
        (partner(";;;;;;;x", ";;;;;;;y"), "nothing_usable"),
    ],
)  # fmt: skip
def test_bad_files_are_refused_in_plain_words(world: World, content: bytes, code: str) -> None:
    received = stage(world, content)
    assert (received.state, received.refusal_code) == (ImportState.REFUSED, code)
    assert received.refusal.endswith(".")
    assert not DeliveryRow.objects.exists()
    assert not DeliveryFile.objects.exists()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_any_usual_encoding_is_read(world: World, encoding: str) -> None:
    staged = stage(world, partner(line("K-1", "Küchenhilfe für Gemüse"), encoding=encoding))
    assert DeliveryRow.objects.get(delivery=staged).data["title"] == "Küchenhilfe für Gemüse"


def test_the_answer_of_the_job_search_is_taken_over(world: World) -> None:
    take(world, answer(hit(1), hit(2, verguetungsangabe="JAHRESGEHALT", festgehalt=2600)), mapping=None)
    assert Vacancy.objects.get(reference="10000-1-S").lat == 51.655
    second = Vacancy.objects.get(reference="10000-2-S")
    assert (second.wage_unit, second.wage_repaired, second.month_low_cents) == ("month", True, 260_000)
    assert second.source == Source.BA_V6


@pytest.mark.parametrize(
    "content",
    [
        answer(stated=286).replace(b'"ergebnisliste": [], ', b""),
        answer(stated=5),
        b'{"stellenangebote": [], "maxErgebnisse": 3}',
        answer(*({"refnr": f"{n}", "titel": "x", "beruf": "y"} for n in range(5))),
    ],
)
def test_a_changed_interface_is_an_alarm_and_never_nothing_new(world: World, content: bytes) -> None:
    take(world, answer(hit(1)), mapping=None)
    received = stage(world, content, minute=50, mapping=None)
    assert (received.state, received.refusal_code) == (ImportState.REFUSED, "interface_change")
    assert Outbox.objects.filter(kind="vacancies.alarm", key=str(received.pk)).exists()
    assert queries.alarms() == [received]
    stage(world, answer(hit(1)), minute=55, mapping=None)
    assert queries.alarms() == []


def test_no_hit_is_not_an_alarm(world: World) -> None:
    received = stage(world, b'{"maxErgebnisse": 0, "page": 1, "size": 2}', mapping=None)
    assert received.state == ImportState.STAGED
    assert received.counts["rows"] == 0
    assert not Outbox.objects.exists()


def test_an_unknown_csv_waits_for_its_columns_and_the_next_does_not(world: World) -> None:
    actor = world.actor("employer_service")
    held = stage(world, partner(line("K-1")), mapping=None)
    assert held.state == ImportState.COLUMNS
    assert bytes(held.file.content) == partner(line("K-1"))
    staged = domain.name_columns(actor=actor, at=at(), delivery_id=held.pk, mapping=PARTNER)
    assert (staged.pk, staged.state, staged.feed, staged.counts["new"]) == (held.pk, ImportState.STAGED, "Kreishandwerk", 1)
    assert not DeliveryFile.objects.exists()
    assert stage(world, partner(line("K-2")), minute=50, mapping=None).feed == "Kreishandwerk"


def test_a_choice_of_columns_that_does_not_fit_keeps_the_file(world: World) -> None:
    held = stage(world, partner(line("K-1")), mapping=None)
    wrong = ColumnMapping("Irrtum", {"title": "Stelle", "reference": "PLZ", "place": "Gibtesnicht"})
    with pytest.raises(Refused, match="fehlen Spalten"):
        domain.name_columns(actor=world.actor("employer_service"), at=at(), delivery_id=held.pk, mapping=wrong)
    assert DeliveryFile.objects.filter(delivery=held).exists()
    assert not CsvMapping.objects.exists()


def test_a_mapping_needs_a_name_of_its_own(world: World) -> None:
    for name in ("  ", "ba-jobsuche-csv"):
        with pytest.raises(Refused) as refusal:
            domain.save_mapping(actor=world.actor("employer_service"), at=at(), mapping=ColumnMapping(name, PARTNER.columns))
        assert refusal.value.field == "name"


def test_double_click_stages_and_applies_once(world: World) -> None:
    actor, op, op2 = world.actor("employer_service"), uuid4(), uuid4()
    one, two = (domain.stage_delivery(actor=actor, at=at(), file_name="a.csv", content=many(2), mapping=PARTNER, op=op) for _ in range(2))
    assert one.pk == two.pk
    assert Delivery.objects.count() == 1
    for _ in range(2):
        domain.apply_delivery(actor=actor, at=at(), delivery_id=one.pk, op=op2)
    assert Vacancy.objects.count() == 2
    with pytest.raises(Refused, match="übernommen"):
        domain.apply_delivery(actor=actor, at=at(), delivery_id=one.pk)


def test_a_comparison_that_no_longer_holds_is_not_taken_over(world: World) -> None:
    actor = world.actor("employer_service")
    first, second = stage(world, many(3)), stage(world, many(4))
    domain.apply_delivery(actor=actor, at=at(), delivery_id=second.pk)
    with pytest.raises(Refused, match="andere Lieferung"):
        domain.apply_delivery(actor=actor, at=at(), delivery_id=first.pk)
    third = stage(world, many(5))
    domain.undo_delivery(actor=actor, at=at(), delivery_id=second.pk)
    with pytest.raises(Refused, match="andere Lieferung"):
        domain.apply_delivery(actor=actor, at=at(), delivery_id=third.pk)


def test_only_the_last_of_its_kind_is_taken_back(world: World) -> None:
    actor = world.actor("employer_service")
    first, second = take(world, many(3)), take(world, many(4))
    with pytest.raises(Refused, match="Danach"):
        domain.undo_delivery(actor=actor, at=at(), delivery_id=first.pk)
    take(world, answer(hit(1)), mapping=None)
    domain.undo_delivery(actor=actor, at=at(), delivery_id=second.pk)
    with pytest.raises(Refused, match="nur, was übernommen"):
        domain.undo_delivery(actor=actor, at=at(), delivery_id=second.pk)


def test_filled_stays_filled_whatever_is_delivered_or_taken_back(world: World) -> None:
    take(world, many(2))
    known = Vacancy.objects.get(reference="K-1")
    domain.set_state(actor=world.actor(), at=at(), vacancy_id=known.pk, state=VacancyState.FILLED)
    second = take(world, partner(line("K-1", "Helfer/in 1", wage="16,00"), line("K-2", "Helfer/in 2")), minute=50)
    assert Vacancy.objects.get(reference="K-1").state == VacancyState.FILLED
    third = take(world, many(3), minute=51)
    fresh = Vacancy.objects.get(reference="K-3")
    domain.set_state(actor=world.actor(), at=at(), vacancy_id=fresh.pk, state=VacancyState.FILLED)
    domain.undo_delivery(actor=world.actor("employer_service"), at=at(minute=52), delivery_id=third.pk)
    assert {v.reference: v.state for v in Vacancy.objects.order_by("pk")} == {"K-1": "filled", "K-2": "open", "K-3": "filled"}
    assert second.counts["changed"] == 1


def test_withdrawn_and_delivered_again_is_open_again(world: World) -> None:
    first = take(world, many(2))
    domain.undo_delivery(actor=world.actor("employer_service"), at=at(), delivery_id=first.pk)
    again = take(world, many(2))
    assert again.counts["changes"] == {"again": 2}
    assert Vacancy.objects.filter(state=VacancyState.OPEN).count() == 2
    domain.undo_delivery(actor=world.actor("employer_service"), at=at(), delivery_id=again.pk)
    assert Vacancy.objects.filter(state=VacancyState.WITHDRAWN).count() == 2


def test_discarded_is_gone_for_good(world: World) -> None:
    staged = stage(world, many(2))
    domain.discard_delivery(actor=world.actor("employer_service"), at=at(), delivery_id=staged.pk)
    with pytest.raises(Refused, match="verworfen"):
        domain.apply_delivery(actor=world.actor("employer_service"), at=at(), delivery_id=staged.pk)
    assert not Vacancy.objects.exists()


@pytest.mark.parametrize("who", ["entrance", "coach", "benefits", "case_manager", "via_lead", "controller"])
def test_who_may_not_import(world: World, who: str) -> None:
    staged = stage(world, many(1))
    actor = world.actor(who)
    acts = [
        lambda: domain.stage_delivery(actor=actor, at=at(), file_name="a", content=many(1)),
        lambda: domain.apply_delivery(actor=actor, at=at(), delivery_id=staged.pk),
        lambda: domain.discard_delivery(actor=actor, at=at(), delivery_id=staged.pk),
        lambda: domain.undo_delivery(actor=actor, at=at(), delivery_id=staged.pk),
        lambda: domain.name_columns(actor=actor, at=at(), delivery_id=staged.pk, mapping=PARTNER),
        lambda: domain.save_mapping(actor=actor, at=at(), mapping=PARTNER),
        lambda: domain.import_places(actor=actor, at=at(), content=PLACES),
    ]
    for act in acts:
        with pytest.raises(Forbidden):
            act()


def test_places_give_coordinates_to_what_had_none(world: World) -> None:
    actor = world.actor("operator")
    take(world, many(2))
    assert Vacancy.objects.filter(lat=None).count() == 2
    domain.import_places(actor=actor, at=at(), content=PLACES)
    assert Vacancy.objects.get(reference="K-1").lat == 51.655
    assert queries.locate("37520") == (51.728, 10.252)
    assert stage(world, many(2), minute=50).counts["unchanged"] == 2
    domain.import_places(actor=actor, at=at(), content=PLACES)
    assert len(queries.coordinates()) == 2


@pytest.mark.parametrize("content", [b"", b"a;b\n1;2\n", b"plz;ort;lat;lon\n37412;Herzberg;91;10\n"])
def test_a_list_of_places_that_is_none_leaves_the_old_one(world: World, content: bytes) -> None:
    domain.import_places(actor=world.actor("operator"), at=at(), content=PLACES)
    with pytest.raises(Refused):
        domain.import_places(actor=world.actor("operator"), at=at(), content=content)
    assert len(queries.coordinates()) == 2


def test_geonames_as_it_comes_is_read(world: World) -> None:
    content = "DE\t37412\tHerzberg am Harz\tNiedersachsen\tNI\t\t00\tGöttingen\t03159\t51.655\t10.341\t4\n".encode()
    domain.import_places(actor=world.actor("operator"), at=at(), content=content)
    assert queries.locate("", "Herzberg am Harz") == (51.655, 10.341)


def test_time_closes_what_expired_or_is_a_year_old(world: World) -> None:
    staff = system(world.id)
    take(world, many(1))
    own = domain.save_own(
        actor=world.actor(), at=at(), values={"title": "Aushilfe", "employer": "Harzfaden", "place": "Herzberg", "expires_on": TODAY + timedelta(days=1)}
    )
    domain.age_out(actor=staff, at=at(days=1))
    assert set(Vacancy.objects.order_by("pk").values_list("state", flat=True)) == {"open"}
    domain.age_out(actor=staff, at=at(days=2))
    assert Vacancy.objects.get(pk=own.pk).state == VacancyState.EXPIRED
    assert Event.objects.filter(verb="vacancies.expired").count() == 1
    domain.age_out(actor=staff, at=at(days=3))
    assert Event.objects.filter(verb="vacancies.expired").count() == 1
    domain.age_out(actor=staff, at=at(days=400))
    assert set(Vacancy.objects.order_by("pk").values_list("state", flat=True)) == {"expired"}


def test_time_discards_what_nobody_took_over_and_drops_old_rows(world: World) -> None:
    held, staged, applied = stage(world, partner(line("K-1")), mapping=None), stage(world, many(2)), take(world, many(3))
    domain.age_out(actor=system(world.id), at=at(days=29))
    assert Delivery.objects.filter(state=ImportState.DISCARDED).count() == 0
    domain.age_out(actor=system(world.id), at=at(days=31))
    assert set(Delivery.objects.filter(state=ImportState.DISCARDED).order_by("pk")) == {held, staged}
    assert not DeliveryFile.objects.exists()
    assert applied.rows.count() == 3
    domain.age_out(actor=system(world.id), at=at(days=91))
    assert not DeliveryRow.objects.exists()
    with pytest.raises(Refused, match="90 Tagen"):
        domain.undo_delivery(actor=world.actor("employer_service"), at=at(days=92), delivery_id=applied.pk)


def test_the_table_of_matching_follows_each_delivery(world: World) -> None:
    assert len(queries.vacancy_table(world.id)) == 0
    first = take(world, many(3))
    assert len(queries.vacancy_table(world.id)) == 3
    table = queries.vacancy_table(world.id)
    assert queries.vacancy_table(world.id) is table
    second = take(world, partner(line("K-1", "Helfer/in 1", wage="17,00")))
    assert max(row.wage_hour[0] for row in queries.vacancy_table(world.id).rows if row.wage_hour) == 1700
    domain.undo_delivery(actor=world.actor("employer_service"), at=at(), delivery_id=second.pk)
    assert max(row.wage_hour[0] for row in queries.vacancy_table(world.id).rows if row.wage_hour) == 1460
    assert first.state == ImportState.APPLIED


NUMBERS = st.lists(st.integers(1, 8), unique=True, max_size=8)


class Exchange(RuleBasedStateMachine):
    """Deliveries and their undoing in any order: the stock is what a plain dictionary says."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.stock: dict[str, tuple[str, str]] = {}
        self.applied: list[tuple[UUID, dict[str, tuple[str, str]]]] = []
        self.actor = self.world.actor("employer_service")
        Vacancy.objects.all().delete()
        Delivery.objects.all().delete()

    @rule(numbers=NUMBERS, wage=st.sampled_from(["14,00", "15,00", "16,00"]), is_full=st.booleans())
    def deliver(self, numbers: list[int], wage: str, is_full: bool) -> None:
        lines = [line(f"K-{n}", f"Helfer/in {n}", wage=wage) for n in numbers]
        if not lines:
            return
        staged = domain.stage_delivery(actor=self.actor, at=at(), file_name="a.csv", content=partner(*lines), mapping=PARTNER, is_full=is_full)
        if staged.state == ImportState.REFUSED:
            assert is_full
            return
        domain.apply_delivery(actor=self.actor, at=at(), delivery_id=staged.pk)
        self.applied = [(staged.pk, dict(self.stock))]
        for number in numbers:
            held = self.stock.get(f"K-{number}", ("", "open"))[1]
            self.stock[f"K-{number}"] = (wage, "filled" if held == "filled" else "open")
        if is_full:
            gone = {r: (w, "withdrawn") for r, (w, s) in self.stock.items() if s == "open" and r not in {f"K-{n}" for n in numbers}}
            self.stock |= gone

    @precondition(lambda self: self.stock)
    @rule(data=st.data())
    def fill(self, data: st.DataObject) -> None:
        reference = data.draw(st.sampled_from(sorted(self.stock)))
        domain.set_state(actor=self.actor, at=at(), vacancy_id=Vacancy.objects.get(reference=reference).pk, state=VacancyState.FILLED)
        self.stock[reference] = (self.stock[reference][0], "filled")

    @precondition(lambda self: self.applied)
    @rule()
    def undo(self) -> None:
        delivery_id, before = self.applied.pop()
        domain.undo_delivery(actor=self.actor, at=at(), delivery_id=delivery_id)
        for reference, (wage, state) in list(self.stock.items()):
            old_wage, old_state = before.get(reference, (wage, "withdrawn"))
            self.stock[reference] = (old_wage, state if state == "filled" else old_state)

    @invariant()
    def agrees(self) -> None:
        found = {v.reference: (f"{v.hour_low_cents / 100:.2f}".replace(".", ","), v.state) for v in Vacancy.objects.order_by("pk") if v.hour_low_cents}
        assert found == self.stock
        # Made anew from the rows that changed, the table is the one that is made of all.
        open_ones = Vacancy.objects.filter(state=VacancyState.OPEN).order_by("pk")
        assert queries.vacancy_table(self.world.id).rows == tuple(queries.to_core(row) for row in open_ones)


def test_any_order_of_deliveries(world: World) -> None:
    Exchange.world = world
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(Exchange, settings=settings(max_examples=15, stateful_step_count=12, deadline=None))
