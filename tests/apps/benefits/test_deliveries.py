"""Deliveries of the paying system: received, compared, taken over, taken back. Bad ones change nothing and say why."""

import gc
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from hilfefrei.apps.audit.errors import Forbidden, Refused
from hilfefrei.apps.audit.models import Event, Outbox
from hilfefrei.apps.benefits import delivered, domain
from hilfefrei.apps.benefits.domain import deliveries
from hilfefrei.apps.benefits.models import (
    Application,
    ApplicationOutcome,
    Contradiction,
    Decision,
    Delivery,
    DeliveryRow,
    MonthlyAmount,
    Officer,
    Receipt,
)
from hilfefrei.apps.benefits.workflows import Channel, Outcome
from hilfefrei.apps.people import domain as people
from hilfefrei.apps.people import policy as people_policy
from hilfefrei.apps.people.models import BenefitUnit, Membership, Number, Person
from hilfefrei.apps.people.workflows import ChannelKind, ForeignField, MemberRole, NumberKind
from hilfefrei.core.deliveries.read import Row
from tests import desk
from tests.apps.benefits.packages import (
    AS_OF,
    SINCE,
    base,
    codes,
    decision,
    member,
    packed,
    person,
    picture,
    receipt,
    stage,
    tables,
    take,
    undo,
    unit,
)
from tests.world import TODAY, World, at


def test_staging_changes_nothing_and_taking_over_does(world: World) -> None:
    before = picture()
    staged = stage(world, base())
    assert staged.state == "staged", staged.refusal
    assert (staged.counts["rows"], staged.counts["new"], staged.counts["rejected"]) == (25, 25, 0)
    assert picture() == before
    domain.apply_delivery(actor=world.actor("benefits"), at=at(), delivery_id=staged.pk)
    sabine = Person.objects.get(last_name="Kornblume", first_name="Sabine")
    assert (sabine.birth_date, sabine.search_name) == (date(1988, 4, 3), "sabine kornblume")
    assert sabine.numbers.get().valid_from == SINCE
    home = sabine.memberships.get().benefit_unit
    assert set(home.numbers.order_by("kind").values_list("kind", "value")) == {("unit", "B1"), ("file", "A1")}
    assert Officer.objects.get().name == "R. Kleiber"
    assert Receipt.objects.filter(benefit_unit=home, ends=None).count() == 3
    assert Decision.objects.filter(benefit_unit=home).count() == 2
    assert MonthlyAmount.objects.get(benefit_unit=home, month=date(2026, 3, 1)).llu_cents == 563_03
    assert people_policy.visible_to(world.actor("benefits"), TODAY).filter(pk=sabine.pk).exists()
    assert [e.verb for e in Event.objects.order_by("seq")] == ["delivery.staged", "delivery.applied"]


def test_what_was_compared_is_let_go_at_once(world: World) -> None:
    """Two hundred thousand rows in a circle would stay until the collector looks at what is old."""

    def rows() -> int:
        return sum(type(one) is Row for one in gc.get_objects())

    gc.collect()
    gc.disable()
    try:
        before = rows()
        staged = stage(world, base())
        after = rows()
    finally:
        gc.enable()
    assert (staged.state, after) == ("staged", before)


def test_the_same_again_changes_nothing_and_says_so(world: World) -> None:
    first = take(world, base())
    before = picture()
    again = stage(world, base(), minute=10)
    assert (again.counts["unchanged"], again.counts["same_as"]) == (25, str(first.pk))
    assert not again.rows.exists()
    domain.apply_delivery(actor=world.actor("benefits"), at=at(), delivery_id=again.pk)
    assert picture() == before


def test_what_is_here_is_the_delivery_that_brought_it(world: World) -> None:
    take(world, base(), complete=True)
    content = delivered.export(as_of=AS_OF)
    staged = domain.stage_delivery(actor=world.actor("benefits"), at=at(), file_name="export.zip", content=content)
    assert (staged.state, staged.counts["unchanged"]) == ("staged", 25)
    assert delivered.export(as_of=AS_OF) == content


def test_taking_back_restores_every_row(world: World) -> None:
    empty = picture()
    first = take(world, base())
    full = picture()
    changed = base()
    changed["personen"][0]["nachname"] = "Distelfink"
    changed["mitglieder"][1]["bis"] = date(2026, 10, 31)
    changed["bezug"][0] |= {"von": date(2025, 2, 1), "endegrund": None}
    changed["betraege"][0]["luh"] = 410_00
    changed["bedarfsgemeinschaften"][0]["zustaendig"] = None
    changed["teilnahmen"] = []
    second = take(world, changed, minute=10, complete=True)
    assert (second.counts["changed"], second.counts["new"]) == (5, 0)
    assert Person.objects.get(first_name="Sabine").sort_name.startswith("distelfink")
    assert Receipt.objects.filter(starts=date(2025, 2, 1)).count() == 1
    with pytest.raises(Refused, match="zuerst diese"):
        undo(world, first)
    undo(world, second, minute=20)
    assert picture() == full
    undo(world, first, minute=30)
    assert picture() == empty
    assert {d.state for d in Delivery.objects.order_by("pk")} == {"undone"}


def test_two_in_the_same_minute_go_back_in_their_order(world: World) -> None:
    first = take(world, base())
    full = picture()
    second = take(world, {"personen": [person("K1", "Sabine", "Distelfink")]})
    with pytest.raises(Refused, match="zuerst diese"):
        undo(world, first)
    undo(world, second)
    assert picture() == full


def test_what_only_we_numbered_points_to_nothing_in_the_export(world: World) -> None:
    take(world, base())
    application, _ = _here(world)
    people.set_number(actor=world.actor("benefits"), at=at(), kind=NumberKind.UNIT, value="B77", unit_id=application.benefit_unit_id, valid_from=TODAY)
    people.set_number(actor=world.actor("benefits"), at=at(), kind=NumberKind.CUSTOMER, value="K77", person_id=application.applicant_id, valid_from=TODAY)
    staged = domain.stage_delivery(actor=world.actor("benefits"), at=at(), file_name="x.zip", content=delivered.export(as_of=TODAY))
    assert (staged.counts["rejected"], staged.counts["rows"]) == (0, staged.counts["unchanged"])
    assert "K77" in {row["kundennummer"] for row in tables()["personen"]}


def test_a_complete_delivery_ends_what_it_lacks(world: World) -> None:
    take(world, base())
    before = picture()
    left = base()
    left["bedarfsgemeinschaften"].pop()
    for table in ("personen", "mitglieder", "bezug", "entscheidungen"):
        left[table] = [row for row in left[table] if row.get("kundennummer") != "K4"]
    left["betraege"] = [row for row in left["betraege"] if row["bg_nummer"] == "B1"]
    full = take(world, left, minute=10, complete=True)
    falk = Person.objects.get(first_name="Falk")
    last = AS_OF - timedelta(days=1)
    assert falk.memberships.get().valid_to == last
    assert falk.receipts.get().ends == last
    bernd = Person.objects.get(first_name="Bernd")
    # What had ended before stays as it was; the unit ends with its numbers.
    assert bernd.receipts.get().ends == date(2026, 3, 31)
    assert Number.objects.get(value="B2").valid_to == Number.objects.get(value="A2").valid_to == last
    # Facts within the time that the table tells of are taken at its word.
    assert MonthlyAmount.objects.filter(benefit_unit=bernd.memberships.get().benefit_unit).count() == 0
    undo(world, full)
    assert picture() == before


def test_a_part_ends_nothing(world: World) -> None:
    take(world, base())
    before = picture()
    part = take(world, {"personen": [base()["personen"][0]]}, minute=10)
    assert (part.counts["gone"], part.counts["unchanged"]) == (0, 1)
    assert picture() == before


# --- recognising people and units ---------------------------------------------------------------------------------------


def _here(world: World, first: str = "Jana", last: str = "Silberdistel") -> tuple[Application, str]:
    application = desk.applicant(world, first, last).application
    assert application is not None
    return application, application.reference


def test_the_sign_of_our_application_finds_person_and_household(world: World) -> None:
    application, sign = _here(world, first="Jana", last="Silberdistl")
    home, jana = application.benefit_unit, application.applicant
    brought = {
        "personen": [person("K9", "Jana", "Silberdistel", date(1992, 4, 12))],
        "bedarfsgemeinschaften": [unit("B9", von=date(2026, 11, 1))],
        "mitglieder": [member("B9", "K9", von=date(2026, 11, 1))],
        "entscheidungen": [decision("B9", zeichen=sign, vom=TODAY, bewilligt_von=date(2026, 11, 1), bewilligt_bis=date(2027, 10, 31))],
    }
    before = picture()
    taken = take(world, brought, as_of=TODAY, minute=10)
    assert taken.counts["linked"] == 1
    jana.refresh_from_db()
    assert jana.last_name == "Silberdistel"
    assert jana.numbers.get().value == "K9"
    assert jana.memberships.get().benefit_unit == home
    assert jana.memberships.get().valid_from == date(2026, 11, 1)
    told = Contradiction.objects.get()
    assert (told.what, told.ours, told.theirs) == ("last_name", "Silberdistl", "Silberdistel")
    outcome = ApplicationOutcome.objects.get(revoked_at=None)
    assert (outcome.kind, outcome.source, outcome.recorded_by) == ("granted", "Lieferung vom 24.11.2026", world.users["benefits"])
    assert Event.objects.filter(verb="person.delivered", subject_id=jana.pk).exists()
    # Theirs holds from now on.
    with pytest.raises(Refused, match="gehören der Leistungsstelle"):
        people.correct_person(
            actor=world.actor(), at=at(), person_id=jana.pk, first_name="Jana", last_name="Silberdistl", birth_name="", birth_date=jana.birth_date, sex="w", language="de", needs_interpreter=False
        )
    # When they put it as we had it, it is settled.
    again = {"personen": [person("K9", "Jana", "Silberdistl", date(1992, 4, 12))]}
    second = take(world, again, as_of=TODAY, minute=20)
    assert Contradiction.objects.get().settled_on == TODAY
    undo(world, second, minute=30)
    undo(world, taken, minute=40)
    assert picture() == before
    assert not ApplicationOutcome.objects.filter(revoked_at=None).exists()


def test_the_only_one_of_name_and_birth_date_is_found_and_two_are_not(world: World) -> None:
    one = world.person("Jana", "Silberdistel")
    twins = [world.person("Ute", "Wermut", birth_date=date(1970, 1, 1)) for _ in range(2)]
    nobody = world.person("Ina", "Salbei", birth_date=None)
    brought = {
        "personen": [person("K1", "JANA", "Silberdistel", date(1992, 4, 12)), person("K2", "Ute", "Wermut", date(1970, 1, 1)), person("K3", "Ina", "Salbei")]
    }
    taken = take(world, brought)
    assert one.numbers.get().value == "K1"
    assert not Number.objects.filter(person__in=[*twins, nobody]).exists()
    assert Person.objects.count() == 6
    assert taken.counts["hints"] == {"possible_duplicate": 2}
    assert Contradiction.objects.get().ours == "Jana"


def test_a_sign_of_somebody_else_is_set_aside(world: World) -> None:
    _, sign = _here(world)
    brought = base()
    brought["entscheidungen"] = [decision("B1", zeichen=sign), decision("B2", zeichen="26-99999")]
    staged = stage(world, brought)
    assert codes(staged) == [("entscheidungen", 2, "other_applicant")]
    assert staged.counts["hints"] == {"unknown_reference": 1}


def test_an_outcome_of_ours_that_differs_is_shown_beside_theirs(world: World) -> None:
    application, sign = _here(world)
    domain.record_outcome(actor=world.actor("benefits"), at=at(), application_id=application.pk, kind=Outcome.REFUSED, decided_on=TODAY, source="Bescheid")
    brought = {
        "personen": [person("K9", "Jana", "Silberdistel", date(1992, 4, 12))],
        "bedarfsgemeinschaften": [unit("B9", von=date(2026, 11, 1))],
        "mitglieder": [member("B9", "K9", von=date(2026, 11, 1))],
        "entscheidungen": [decision("B9", zeichen=sign, vom=TODAY, bewilligt_von=date(2026, 11, 1), bewilligt_bis=date(2027, 10, 31))],
    }
    take(world, brought, as_of=TODAY, minute=10)
    told = Contradiction.objects.get()
    assert (told.what, told.ours) == ("outcome", "abgelehnt am 24.11.2026")
    assert told.theirs == "bewilligt am 24.11.2026, 01.11.2026 bis 31.10.2027"
    assert ApplicationOutcome.objects.get(revoked_at=None).kind == "refused"


def test_a_withdrawal_without_a_signature_is_no_outcome(world: World) -> None:
    application, sign = _here(world)
    brought = {
        "personen": [person("K9", "Jana", "Silberdistel", date(1992, 4, 12))],
        "bedarfsgemeinschaften": [unit("B9", von=date(2026, 11, 1))],
        "mitglieder": [member("B9", "K9", von=date(2026, 11, 1))],
        "entscheidungen": [decision("B9", zeichen=sign, art="zurueckgenommen", vom=TODAY, bewilligt_von=None, bewilligt_bis=None)],
    }
    take(world, brought, as_of=TODAY, minute=10)
    assert not ApplicationOutcome.objects.exists()
    told = Contradiction.objects.get()
    assert told.ours.startswith("offen. Zurückgenommen ist ein Antrag nur mit Unterschrift")
    assert told.application_id == application.pk


def test_a_household_of_ours_becomes_the_unit_of_its_applicant(world: World) -> None:
    application, _ = _here(world)
    jana = application.applicant
    home = jana.memberships.get().benefit_unit
    people.add_member(actor=world.actor(), at=at(), person_id=jana.pk, role=MemberRole.CHILD, valid_from=TODAY, first_name="Mio", birth_date=date(2020, 1, 1))
    brought = {
        "personen": [person("K9", "Jana", "Silberdistel", date(1992, 4, 12))],
        "bedarfsgemeinschaften": [unit("B9")],
        "mitglieder": [member("B9", "K9")],
    }
    take(world, brought, complete=True)
    assert BenefitUnit.objects.get() == home
    # The child that they do not know stays ours; of a household they know nothing of, a complete delivery says nothing.
    assert Membership.objects.get(person__first_name="Mio").valid_to is None


def test_a_new_customer_number_is_the_same_person(world: World) -> None:
    take(world, base())
    changed = {
        "personen": [person("K1", "Sabine", "Kornblume", bis=date(2026, 9, 30), von=SINCE), person("K1b", "Sabine", "Distelfink", von=date(2026, 10, 1), frueher="K1")],
        "bezug": [receipt("B1", "K1b", bis=date(2026, 10, 31), endegrund="arbeit")],
    }  # fmt: skip
    taken = take(world, changed, minute=10)
    sabine = Person.objects.get(first_name="Sabine")
    assert sabine.last_name == "Distelfink"
    assert list(sabine.numbers.order_by("value").values_list("value", "valid_to")) == [("K1", date(2026, 9, 30)), ("K1b", None)]
    assert sabine.receipts.get().ends == date(2026, 10, 31)
    assert codes(stage(world, {"personen": [person("K7", "Sabine", "Kornblume", frueher="K99")]}, minute=20)) == [("personen", 2, "unknown_former")]
    undo(world, taken)


def test_our_aktenzeichen_gives_way_and_is_shown(world: World) -> None:
    application, sign = _here(world)
    domain.confirm_application(actor=world.actor("benefits"), at=at(), application_id=application.pk, file_number="AZ-FALSCH")
    before = picture()
    brought = {
        "personen": [person("K9", "Jana", "Silberdistel", date(1992, 4, 12))],
        "bedarfsgemeinschaften": [unit("B9", "AZ-9", von=date(2026, 11, 1))],
        "mitglieder": [member("B9", "K9", von=date(2026, 11, 1))],
        "entscheidungen": [decision("B9", zeichen=sign, art="abgelehnt", vom=TODAY, bewilligt_von=None, bewilligt_bis=None)],
    }
    taken = take(world, brought, as_of=TODAY, minute=10)
    assert list(application.benefit_unit.numbers.filter(kind=NumberKind.FILE).values_list("value", flat=True)) == ["AZ-9"]
    told = Contradiction.objects.get()
    assert (told.what, told.ours, told.theirs) == ("file_number", "AZ-FALSCH", "AZ-9")
    undo(world, taken)
    assert picture() == before


def test_the_aktenzeichen_finds_the_household(world: World) -> None:
    application, _ = _here(world)
    domain.confirm_application(actor=world.actor("benefits"), at=at(), application_id=application.pk, file_number="AZ-9")
    take(world, {"bedarfsgemeinschaften": [unit("B9", "AZ-9", von=date(2026, 11, 1))]})
    assert set(application.benefit_unit.numbers.order_by("value").values_list("value", flat=True)) == {"AZ-9", "B9"}


def test_who_belongs_to_a_unit_of_theirs_is_not_changed_here(world: World) -> None:
    take(world, base())
    sabine, home = Person.objects.get(first_name="Sabine"), Membership.objects.get(person__first_name="Sabine")
    known = {"actor": world.actor(), "at": at()}
    with pytest.raises(Refused) as caught:
        people.leave_unit(**known, membership_id=home.pk, last_day=TODAY)
    assert caught.value.code == "foreign_field"
    bernd = Person.objects.get(first_name="Bernd")
    with pytest.raises(Refused, match="führt die Leistungsstelle"):
        people.join_unit(**known, person_id=bernd.pk, unit_id=home.benefit_unit_id, role=MemberRole.PARTNER, valid_from=TODAY)
    # A child they do not know yet is taken down here.
    people.add_member(**known, person_id=sabine.pk, role=MemberRole.CHILD, valid_from=TODAY, first_name="Mio", birth_date=date(2026, 11, 2))
    # The error is reported, and comes back with the next delivery.
    people.report_foreign_error(**known, person_id=sabine.pk, what=ForeignField.UNIT, text="Falk ist ausgezogen")


# --- refused and set aside ----------------------------------------------------------------------------------------------


def test_nobody_is_in_two_units(world: World) -> None:
    take(world, base())
    moved = {"mitglieder": [member("B2", "K1", "weitere", von=date(2026, 10, 15))]}
    assert codes(stage(world, moved, minute=5)) == [("mitglieder", 2, "two_units")]
    moved["mitglieder"].append(member("B1", "K1", bis=date(2026, 10, 14)))
    taken = take(world, moved, minute=10)
    assert (taken.counts["new"], taken.counts["changed"], taken.counts["rejected"]) == (1, 1, 0)


def test_nobody_has_benefits_in_two_units_but_a_child_of_two_homes(world: World) -> None:
    take(world, base())
    both = {"bezug": [receipt("B2", "K1", von=date(2026, 10, 15)), receipt("B2", "K3", von=date(2026, 10, 15))]}
    assert codes(stage(world, both, minute=5)) == [("bezug", 2, "two_units"), ("bezug", 3, "two_units")]
    # In one package as well, whatever is here.
    twice = {"personen": [person("K8", "Karin", "Distel")], "bezug": [receipt("B1", "K8"), receipt("B2", "K8", von=date(2026, 2, 1))]}
    assert codes(stage(world, twice, minute=6)) == [("bezug", 3, "two_units")]
    homes = {"mitglieder": [member(of, "K3", "kind", zeitweise=True, von=von) for of, von in (("B1", SINCE), ("B2", date(2026, 10, 15)))]}
    both["bezug"].append(receipt("B1", "K1", bis=date(2026, 10, 14)))
    taken = take(world, homes | both, minute=10)
    assert (taken.counts["new"], taken.counts["rejected"]) == (3, 0)


def test_a_complete_delivery_moves_somebody_who_is_only_in_the_new_unit(world: World) -> None:
    take(world, base())
    before = picture()
    moved = base()
    moved["mitglieder"][0] = member("B2", "K1", "weitere", von=date(2026, 10, 15))
    taken = take(world, moved, minute=10, complete=True)
    sabine = Person.objects.get(first_name="Sabine")
    assert list(sabine.memberships.order_by("valid_from").values_list("valid_to", flat=True)) == [date(2026, 10, 14), None]
    undo(world, taken)
    assert picture() == before


def test_a_household_that_only_we_know_is_not_overwritten(world: World) -> None:
    application, _ = _here(world)
    jana = application.applicant
    world_rows = {
        "personen": [*base()["personen"], person("K9", "Jana", "Silberdistel", date(1992, 4, 12))],
        "bedarfsgemeinschaften": [unit("B1")],
        "mitglieder": [member("B1", "K1"), member("B1", "K9", "weitere", von=date(2026, 6, 1))],
    }
    staged = stage(world, world_rows)
    assert codes(staged) == [("mitglieder", 3, "held_elsewhere")]
    domain.apply_delivery(actor=world.actor("benefits"), at=at(), delivery_id=staged.pk)
    assert jana.memberships.count() == 1


def test_the_sign_of_the_application_lets_our_household_give_way(world: World) -> None:
    """Somebody who comes back under the old BG number: we opened a household, the paying system goes on with the old one."""
    take(world, base())
    bernd = Person.objects.get(first_name="Bernd")
    take(world, {"mitglieder": [member("B2", "K2", bis=date(2026, 3, 31))]}, minute=5)
    application = domain.record_application(
        actor=world.actor(), at=at(9, 10), person_id=bernd.pk, asked_at=at(9, 10), channel=Channel.IN_PERSON, anyway=True
    )
    before = picture()
    brought = {
        "mitglieder": [member("B2", "K2", bis=date(2026, 3, 31)), member("B2", "K2", von=date(2026, 11, 1))],
        "entscheidungen": [decision("B2", zeichen=application.reference, vom=TODAY, bewilligt_von=date(2026, 11, 1), bewilligt_bis=date(2027, 10, 31))],
    }
    taken = take(world, brought, as_of=TODAY, minute=15)
    assert not taken.counts["rejected"], codes(taken)
    assert bernd.memberships.get(valid_to=None).benefit_unit.numbers.filter(value="B2").exists()
    undo(world, taken)
    assert picture() == before


def test_an_older_part_does_not_overwrite_a_newer_state(world: World) -> None:
    take(world, base())
    old = {"personen": [person("K1", "Sabine", "Altmann")], "bezug": [receipt("B1", "K4", bis=date(2026, 9, 30))]}
    staged = stage(world, old, minute=10, as_of=AS_OF - timedelta(days=20), kind="monat")
    assert codes(staged) == [("bezug", 2, "newer_known"), ("personen", 2, "newer_known")]
    assert stage(world, old, minute=11, as_of=AS_OF - timedelta(days=20)).refusal_code == "older"


def test_another_jobcenter_is_not_taken_over(world: World) -> None:
    assert codes(stage(world, {"bedarfsgemeinschaften": [unit("B1", traegernummer="99999"), unit("B2", traegernummer="23102")]})) == [
        ("bedarfsgemeinschaften", 2, "other_agency")
    ]


def test_the_wrong_month_is_refused(world: World) -> None:
    rows = {"bedarfsgemeinschaften": [unit("B1")], "betraege": [{"bg_nummer": "B1", "monat": date(2026, 9, 1), "llu": 1, "luh": 1}]}
    wrong = stage(world, rows, kind="monat", as_of=AS_OF)
    assert (wrong.state, wrong.refusal_code) == ("refused", "wrong_month")
    assert not wrong.rows.exists()


def test_a_missing_column_is_an_alarm(world: World) -> None:
    content = b"kundennummer;vorname\nK1;A\n"
    refused = domain.stage_delivery(actor=world.actor("benefits"), at=at(), file_name="personen.csv", content=content, as_of=AS_OF)
    assert (refused.state, refused.refusal_code) == ("refused", "interface_change")
    assert Outbox.objects.filter(kind="delivery.alarm", key=str(refused.pk)).exists()


def test_a_mapping_with_the_name_of_the_sender_is_used(world: World) -> None:
    content = {"name": "Probe", "spalten": {"personen": {"kundennummer": "KDNR"}}}
    domain.save_mapping(actor=world.actor("benefits"), at=at(), content=content)
    csv = b"KDNR;vorname;nachname;geburtsdatum\nK1;Sabine;Kornblume;3.4.1988\n"
    staged = domain.stage_delivery(actor=world.actor("benefits"), at=at(), file_name="personen.csv", content=csv, as_of=AS_OF)
    assert staged.counts["new"] == 1
    with pytest.raises(Refused, match="Namen"):
        domain.save_mapping(actor=world.actor("benefits"), at=at(), content={"spalten": {}})
    with pytest.raises(Refused, match="unbekannte Felder"):
        domain.save_mapping(actor=world.actor("benefits"), at=at(), content={"name": "X", "spalten": {"personen": {"nr": "KDNR"}}})


@pytest.mark.parametrize("who", ["entrance", "case_manager", "controller", "operator", "benefits_lead"])
def test_only_benefits_work_with_deliveries(world: World, who: str) -> None:
    actor = world.actor("placement_lead" if who == "benefits_lead" else who)
    staged = stage(world, base())
    with pytest.raises(Forbidden):
        domain.stage_delivery(actor=actor, at=at(), file_name="x.zip", content=packed(base()))
    for verb in (domain.apply_delivery, domain.discard_delivery, domain.undo_delivery):
        with pytest.raises(Forbidden):
            verb(actor=actor, at=at(), delivery_id=staged.pk)


# --- between looking and taking over -----------------------------------------------------------------------------------------


def test_two_that_were_compared_with_the_same_are_not_both_taken_over(world: World) -> None:
    one, other = stage(world, base()), stage(world, base(), minute=5)
    domain.apply_delivery(actor=world.actor("benefits"), at=at(), delivery_id=one.pk)
    with pytest.raises(Refused) as caught:
        domain.apply_delivery(actor=world.actor("benefits"), at=at(), delivery_id=other.pk)
    assert caught.value.code == "outdated"
    assert domain.discard_delivery(actor=world.actor("benefits"), at=at(), delivery_id=other.pk).state == "discarded"


def test_what_is_taken_over_while_another_is_compared_makes_that_void(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first, compare = stage(world, base()), deliveries.Comparison.run

    def run(comparison: deliveries.Comparison) -> object:
        found = compare(comparison)
        monkeypatch.undo()
        domain.apply_delivery(actor=world.actor("benefits"), at=at(), delivery_id=first.pk)
        return found

    monkeypatch.setattr(deliveries.Comparison, "run", run)
    other = stage(world, base(), minute=5)
    first.refresh_from_db()
    assert (first.state, other.state) == ("applied", "staged")
    with pytest.raises(Refused, match="Inzwischen wurde eine andere Lieferung übernommen"):
        domain.apply_delivery(actor=world.actor("benefits"), at=at(), delivery_id=other.pk)


def test_nobody_waits_while_a_delivery_is_compared_or_read_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """On SQLite a transaction keeps everybody else from writing: the long work is none."""
    outside, inside = len(connection.savepoint_ids), []
    for name in ("_judge", "_steps"):
        body = getattr(deliveries, name)

        def noted(*given: object, _body: Callable[..., object] = body, _name: str = name) -> object:
            inside.append((_name, len(connection.savepoint_ids) - outside))
            return _body(*given)

        monkeypatch.setattr(deliveries, name, noted)
    take(world, base())
    waiting = domain.receive_later(actor=world.actor("benefits"), at=at(), file_name="gross.zip", sha256="0" * 64, given={})
    content = packed(base())
    staged = domain.stage_waiting(actor=world.actor("benefits"), at=at(), delivery_id=waiting.pk, content=content, found=domain.read_file(content, "gross.zip"))
    assert staged.state == "staged"
    again = domain.stage_waiting(actor=world.actor("benefits"), at=at(), delivery_id=waiting.pk, content=content, found=domain.read_file(content, "gross.zip"))
    assert again.version == staged.version, "staged once"
    assert inside == [("_judge", 0), ("_steps", 0), ("_judge", 0)]


def test_what_changed_meanwhile_is_compared_anew(world: World) -> None:
    jana = world.person("Jana", "Silberdistel")
    staged = stage(world, {"personen": [person("K1", "Jana", "Silberdistl", date(1992, 4, 12)), person("K2", "Jana", "Silberdistel", date(1992, 4, 12))]})
    people.correct_person(actor=world.actor(), at=at(), person_id=jana.pk, first_name="Janina", last_name="Silberdistel", birth_name="", birth_date=jana.birth_date, sex="w", language="de", needs_interpreter=False)
    domain.apply_delivery(actor=world.actor("benefits"), at=at(), delivery_id=staged.pk)
    other = stage(world, {"personen": [person("K2", "Jana", "Silberdistel", date(1992, 4, 12))]}, minute=10)
    Person.objects.filter(pk=jana.pk).update(first_name="Jane")
    with pytest.raises(Refused) as caught:
        domain.apply_delivery(actor=world.actor("benefits"), at=at(), delivery_id=other.pk)
    assert caught.value.code == "outdated"


def test_who_was_worked_with_keeps_the_delivery(world: World) -> None:
    taken = take(world, base())
    sabine = Person.objects.get(first_name="Sabine")
    people.set_channel(actor=world.actor("benefits"), at=at(), person_id=sabine.pk, kind=ChannelKind.MOBILE, value="0171 39200 77", valid_from=TODAY)
    before = picture()
    with pytest.raises(Refused) as caught:
        undo(world, taken)
    assert caught.value.code == "in_use"
    assert picture() == before
    assert Delivery.objects.get().state == "applied"


def test_time_discards_what_nobody_took_over_and_drops_old_rows(world: World) -> None:
    taken, staged = take(world, base()), stage(world, base(), minute=10)
    Delivery.objects.filter(pk=staged.pk).update(uploaded_at=at(days=-31))
    domain.age_out_deliveries(actor=world.actor("benefits"), at=at())
    assert Delivery.objects.get(pk=staged.pk).state == "discarded"
    Delivery.objects.filter(pk=taken.pk).update(uploaded_at=at(days=-91))
    domain.age_out_deliveries(actor=world.actor("benefits"), at=at())
    assert not DeliveryRow.objects.exists()
    with pytest.raises(Refused, match="90 Tagen"):
        undo(world, taken)


def test_looking_writes_nothing(world: World) -> None:
    content = packed(base())
    looked, lines = domain.compare(actor=world.actor("benefits"), at=at(), file_name="x.zip", content=content, found=domain.read_file(content, "x.zip"))
    assert (looked.counts["new"], len(lines)) == (25, 25)
    assert not Delivery.objects.exists()
    assert tables()["personen"] == []


MAY = {"vom": date(2026, 11, 20), "bewilligt_von": date(2026, 5, 1), "bewilligt_bis": date(2026, 10, 31)}
NOVEMBER = MAY | {"bewilligt_von": date(2026, 11, 1), "bewilligt_bis": date(2027, 4, 30)}


def test_two_periods_granted_on_one_day_are_two_decisions(world: World) -> None:
    take(world, base() | {"entscheidungen": [decision("B1", **MAY), decision("B1", **NOVEMBER)]})
    assert Decision.objects.count() == 2
    # Again, alone, is the same decision; nothing of the other is said.
    assert stage(world, {"entscheidungen": [decision("B1", **NOVEMBER)]}, minute=5).counts["unchanged"] == 1
    take(world, {"entscheidungen": [decision("B2", **MAY)]}, minute=6)
    take(world, {"entscheidungen": [decision("B2", **NOVEMBER)]}, minute=7)
    assert Decision.objects.count() == 4


@pytest.mark.parametrize("change", [{"bewilligt_bis": date(2026, 9, 30)}, {"bewilligt_von": date(2026, 6, 1)}, {"bewilligt_von": date(2026, 4, 1), "vorlaeufig": True}])
def test_a_period_put_right_is_the_same_decision(world: World, change: dict[str, Any]) -> None:
    take(world, base() | {"entscheidungen": [decision("B1", **MAY), decision("B1", **NOVEMBER)]})
    before = picture()
    held = Decision.objects.get(granted_from=date(2026, 5, 1))
    later = take(world, {"entscheidungen": [decision("B1", **MAY | change), decision("B1", **NOVEMBER)]}, minute=5)
    assert (later.counts["changed"], later.counts["new"], later.counts["rejected"]) == (1, 0, 0)
    now = Decision.objects.get(pk=held.pk)
    assert (now.granted_from, now.granted_to) == ((MAY | change)["bewilligt_von"], (MAY | change)["bewilligt_bis"])
    undo(world, later)
    assert picture() == before


def test_a_refusal_of_one_day_is_one(world: World) -> None:
    refused = decision("B1", art="abgelehnt", bewilligt_von=None, bewilligt_bis=None)
    taken = take(world, base() | {"entscheidungen": [refused, refused | {"vorlaeufig": True}]})
    assert codes(taken) == [("entscheidungen", 3, "contradiction")]
    unit_id = Decision.objects.get().benefit_unit_id
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.create(jobcenter_id=world.id, benefit_unit_id=unit_id, kind="refused", decided_on=refused["vom"])


def test_the_export_bears_the_day_of_its_data(world: World) -> None:
    take(world, base(), as_of=AS_OF - timedelta(days=20))

    def day(**more: Any) -> date:
        package = domain.read_file(delivered.export(as_of=TODAY, **more), "x.zip").package
        assert package is not None
        assert package.as_of is not None
        return package.as_of

    assert day(exact=False) == AS_OF - timedelta(days=20)
    assert day() == TODAY
    # What was noted here since is data as well.
    Number.objects.filter(value="K4").update(valid_from=AS_OF - timedelta(days=3))
    assert day(exact=False) == AS_OF - timedelta(days=3)
    assert domain.read_file(delivered.export(as_of=AS_OF - timedelta(days=30), exact=False), "x.zip").package.as_of == AS_OF - timedelta(days=30)  # type: ignore[union-attr]  # its own export is read


def test_the_first_of_two_periods_noted_here_contradicts_nothing(world: World) -> None:
    application, sign = _here(world)
    first = {"vom": TODAY, "bewilligt_von": date(2026, 11, 1), "bewilligt_bis": date(2027, 4, 30)}
    domain.record_outcome(
        actor=world.actor("benefits"), at=at(), application_id=application.pk, kind=Outcome.GRANTED, decided_on=TODAY, source="Bescheid",
        granted_from=first["bewilligt_von"], granted_to=first["bewilligt_bis"],
    )  # fmt: skip
    brought = {
        "personen": [person("K9", "Jana", "Silberdistel", date(1992, 4, 12))],
        "bedarfsgemeinschaften": [unit("B9", von=date(2026, 11, 1))],
        "mitglieder": [member("B9", "K9", von=date(2026, 11, 1))],
        "entscheidungen": [
            decision("B9", zeichen=sign, **first),
            decision("B9", zeichen=sign, **first | {"bewilligt_von": date(2027, 5, 1), "bewilligt_bis": date(2027, 10, 31)}),
        ],
    }
    take(world, brought, as_of=TODAY, minute=10)
    assert not Contradiction.objects.exists()
    assert ApplicationOutcome.objects.get(revoked_at=None).granted_to == date(2027, 4, 30)
