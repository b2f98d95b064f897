"""A column that is gone or new: said, refused, and never read as "empty". A night that changes too much waits for people."""

import io
import os
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError

from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.audit.models import Outbox
from hilfefrei.apps.benefits import delivery_tasks as tasks
from hilfefrei.apps.benefits import domain
from hilfefrei.apps.benefits.models import Delivery, MonthlyAmount, Officer, Receipt, VendorMapping
from hilfefrei.apps.people.models import Membership
from hilfefrei.core.deliveries import schema, write
from tests.apps.benefits.packages import AS_OF, Tables, base, member, packed, person, picture, receipt, take, undo, unit
from tests.world import World, at


def without(tables: Tables, table: str, *columns: str, renamed: str = "") -> bytes:
    """The package with a table that lacks columns, or has one under another name."""
    content = write.pack(tables, as_of=AS_OF, kind="naechtlich", complete=False, sender="Probe")
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.infolist():
            text = old.read(entry)
            if entry.filename == f"{table}.csv":
                lines = [line.split(";") for line in text.decode().split("\r\n") if line]
                if renamed:
                    lines[0] = [renamed if cell in columns else cell for cell in lines[0]]
                else:
                    left = [place for place, cell in enumerate(lines[0]) if cell not in columns]
                    lines = [[line[place] for place in left] for line in lines]
                text = "\r\n".join(";".join(line) for line in lines).encode()
            new.writestr(entry, text)
    return out.getvalue()


def stage(world: World, content: bytes, minute: int = 10, **more: Any) -> Delivery:
    return domain.stage_delivery(actor=world.actor("benefits"), at=at(9, minute), file_name="lieferung.zip", content=content, **more)


@pytest.mark.parametrize(("columns", "renamed", "said"), [(("endegrund",), "", "endegrund"), (("bis",), "ende_am", "ende_am")])
def test_a_column_that_was_there_last_time_is_an_alarm(world: World, columns: tuple[str, ...], renamed: str, said: str) -> None:
    take(world, base())
    before = picture()
    refused = stage(world, without(base(), "bezug", *columns, renamed=renamed))
    assert (refused.state, refused.refusal_code, said in refused.refusal) == ("refused", "interface_change", True)
    assert Outbox.objects.filter(kind="delivery.alarm", key=str(refused.pk)).exists()
    assert picture() == before


@pytest.mark.parametrize("table", list(schema.tables()))
def test_what_a_table_does_not_have_is_not_said(world: World, table: str) -> None:
    """Every optional column of every table left out, as the mapping says: nothing of what is here changes."""
    rows = base()
    rows["mitglieder"][2]["zeitweise"] = True
    rows["mitglieder"][1]["bis"] = date(2026, 12, 31)
    rows["bedarfsgemeinschaften"][0]["bis"] = date(2027, 1, 31)
    take(world, rows)
    before = picture()
    optional = [one.name for one in schema.tables()[table].fields if not one.required]
    domain.save_mapping(actor=world.actor("benefits"), at=at(), content={"name": "Probe", "ohne": {table: optional}})
    staged = stage(world, without(rows, table, *optional))
    assert (staged.state, staged.counts["unchanged"], staged.counts["rejected"]) == ("staged", 25, 0), (staged.refusal, staged.counts)
    domain.apply_delivery(actor=world.actor("benefits"), at=at(9, 10), delivery_id=staged.pk)
    assert picture() == before


def test_beside_what_is_kept_other_fields_change(world: World) -> None:
    take(world, base())
    rows = base()
    rows["bedarfsgemeinschaften"][0]["zustaendig"] = "H. Pirol"
    rows["bezug"][3]["bis"] = date(2026, 4, 30)
    mapping = {"name": "Probe", "ohne": {"bedarfsgemeinschaften": ["telefon"], "bezug": ["endegrund"]}}
    domain.save_mapping(actor=world.actor("benefits"), at=at(), content=mapping)
    for table, column in (("bedarfsgemeinschaften", "telefon"), ("bezug", "endegrund")):
        only = {name: told for name, told in rows.items() if name == table}
        staged = stage(world, without(only, table, column))
        domain.apply_delivery(actor=world.actor("benefits"), at=at(9, 10), delivery_id=staged.pk)
    officer = Officer.objects.get()
    assert (officer.name, officer.phone) == ("H. Pirol", "0171 39200 30")
    ended = Receipt.objects.get(ends__isnull=False)
    assert (ended.ends, ended.end_reason) == (date(2026, 4, 30), "work")


def test_the_first_time_it_is_told(world: World) -> None:
    staged = stage(world, without(base(), "bezug", "bis", renamed="ende_am"))
    assert staged.state == "staged"
    assert len(staged.counts["told_columns"]) == 2
    assert staged.counts["told_columns"] == tasks.implausible(staged)
    assert "ende_am" in staged.counts["told_columns"][1]
    assert Membership.objects.count() == 0
    domain.apply_delivery(actor=world.actor("benefits"), at=at(9, 10), delivery_id=staged.pk)
    again = stage(world, without(base(), "bezug", "bis", renamed="ende_am"), 20)
    assert (again.state, again.counts["told_columns"]) == ("staged", [])
    undo(world, Delivery.objects.get(state="applied"))


def test_a_night_that_changes_too_much_waits(world: World, tmp_path: Path) -> None:
    rows = base()
    starts = [date(2000 + year, month, 1) for year in range(20) for month in range(1, 13)]
    rows["bezug"] += [receipt("B2", "K2", von=day, bis=day.replace(day=20), endegrund="arbeit") for day in starts]
    take(world, rows)
    before = picture()
    changed = {**rows, "bezug": [row | {"endegrund": "einkommen" if row.get("endegrund") else None} for row in rows["bezug"]]}
    folder = tmp_path / "lieferungen" / "eingang"
    folder.mkdir(parents=True)
    (folder / "nacht.zip").write_bytes(packed(changed))
    os.utime(folder / "nacht.zip", (1, 1))
    assert tasks.take_in(world.id, at(9, 10), tmp_path) == 1
    assert picture() == before
    held = Delivery.objects.get(state="staged")
    assert held.counts["held"] == ["In „Leistungsbezug“ ändern sich 241 von 244 Zeilen."]
    assert Outbox.objects.filter(kind="delivery.alarm", key=str(held.pk)).exists()


def _units(*names: str, ended: int = 0) -> Tables:
    """A unit each with its applicant, who has benefits; ``ended``: stretches of the first that are long over."""
    starts = [date(1990 + year, month, 1) for year in range(20) for month in range(1, 13)][:ended]
    return {
        "personen": [person(f"K{name}", f"Vorname{name}", f"Name{name}") for name in names],
        "bedarfsgemeinschaften": [unit(f"B{name}", f"A{name}", zustaendig=None, telefon=None) for name in names],
        "mitglieder": [member(f"B{name}", f"K{name}") for name in names],
        "bezug": [receipt(f"B{name}", f"K{name}") for name in names]
        + [receipt(f"B{names[0]}", f"K{names[0]}", von=day, bis=day.replace(day=20), endegrund="arbeit") for day in starts],
        "teilnahmen": [{"kundennummer": f"K{name}", "massnahme": "Einzelcoaching", "von": date(2026, 2, 1), "bis": None, "ende": None} for name in names],
    }


def lay(folder: Path, content: bytes) -> None:
    incoming = folder / "lieferungen" / "eingang"
    incoming.mkdir(parents=True, exist_ok=True)
    (incoming / "nacht.zip").write_bytes(content)
    os.utime(incoming / "nacht.zip", (1, 1))


@pytest.mark.parametrize("table", ["bedarfsgemeinschaften", "mitglieder", "bezug", "teilnahmen"])
def test_a_fifth_fewer_waits_however_long_the_history_is(world: World, tmp_path: Path, table: str) -> None:
    names = [f"{n:02}" for n in range(20)]
    rows = _units(*names, ended=240)
    take(world, rows, complete=True)
    before = picture()
    column = "bg_nummer" if "bg_nummer" in rows[table][0] else "kundennummer"
    left = [row for row in rows[table] if row[column][1:] not in names[-4:]]
    lay(tmp_path, packed({table: left}, complete=True))
    assert tasks.take_in(world.id, at(9, 10), tmp_path) == 1
    assert picture() == before
    held = Delivery.objects.get(state="staged")
    assert held.counts["held"] == [f"In „{schema.tables()[table].title}“ fallen 4 Zeilen weg."]


@pytest.mark.parametrize(
    ("month", "changed", "said"),
    [
        (9, 11, "Von den Beträgen für 09.2026 ändern sich 11 von 20. Ist es der richtige Monat?"),
        (9, 10, ""),
        (11, 20, ""),
    ],
)
def test_a_night_that_overwrites_a_month_that_is_over_waits(world: World, tmp_path: Path, month: int, changed: int, said: str) -> None:
    names = [f"{n:02}" for n in range(20)]
    amounts = [{"bg_nummer": f"B{name}", "monat": date(2026, one, 1), "llu": 563_00, "luh": 400_00} for one in range(1, 12) for name in names]
    take(world, _units(*names) | {"betraege": amounts})
    before = picture()
    of_month = [row for row in amounts if row["monat"] == date(2026, month, 1)][:changed]
    lay(tmp_path, packed({"betraege": [row | {"luh": 999_00} for row in of_month]}))
    tasks.take_in(world.id, at(9, 10), tmp_path)
    if said:
        assert picture() == before
        assert Delivery.objects.get(state="staged").counts["held"] == [said]
    else:
        assert not Delivery.objects.filter(state="staged").exists()
        assert MonthlyAmount.objects.filter(luh_cents=999_00).count() == changed


def test_a_month_that_is_gone_from_a_complete_table_waits(world: World, tmp_path: Path) -> None:
    names = [f"{n:02}" for n in range(20)]
    amounts = [{"bg_nummer": f"B{name}", "monat": date(2026, one, 1), "llu": 563_00, "luh": 400_00} for one in range(1, 12) for name in names]
    take(world, _units(*names) | {"betraege": amounts})
    lay(tmp_path, packed({"betraege": [row for row in amounts if row["monat"] != date(2026, 9, 1)]}, complete=True))
    tasks.take_in(world.id, at(9, 10), tmp_path)
    assert Delivery.objects.get(state="staged").counts["held"] == ["Von den Beträgen für 09.2026 fallen 20 von 20 weg."]


def test_an_end_that_is_a_sign_is_open_and_told(world: World) -> None:
    rows = base()
    for row in rows["bezug"][:2]:
        row["bis"] = date(9999, 12, 31)
    staged = take(world, rows)
    assert Receipt.objects.filter(ends=None).count() == 3
    assert staged.counts["told_endless"] == ["In „Leistungsbezug“ ist „bis“ in 2 Zeilen ein Tag wie 31.12.9999. Das gilt als leer: läuft noch."]
    # It is no reason to wait.
    assert tasks.implausible(staged) == []


# --- nothing stops the folder or the queue -----------------------------------------------------------------------------


def test_what_nobody_foresaw_sets_one_file_aside_and_the_others_go_on(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(tmp_path, packed(base()))
    incoming = tmp_path / "lieferungen" / "eingang"
    (incoming / "abend.zip").write_bytes(packed(base(), as_of=date(2026, 1, 1)))
    os.utime(incoming / "abend.zip", (1, 1))
    compared = domain.deliveries.Comparison.run

    def run(self: domain.deliveries.Comparison) -> Any:
        if self.as_of == date(2026, 1, 1):
            raise ZeroDivisionError("Kornblume")
        return compared(self)

    monkeypatch.setattr(domain.deliveries.Comparison, "run", run)
    assert tasks.take_in(world.id, at(9, 10), tmp_path) == 2
    assert [file.name for file in (tmp_path / "lieferungen" / "abgelehnt").iterdir()] == ["20261124T081000_abend.zip"]
    assert not list(incoming.iterdir())
    refused, taken = Delivery.objects.get(state="refused"), Delivery.objects.get(state="applied")
    assert (refused.refusal_code, refused.file_name, taken.file_name) == ("unforeseen", "abend.zip", "nacht.zip")
    assert "Kornblume" not in refused.refusal
    assert Outbox.objects.filter(kind="delivery.alarm", key=str(refused.pk)).exists()


def test_a_database_that_is_busy_leaves_the_file_where_it_is(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(tmp_path, packed(base()))
    incoming = tmp_path / "lieferungen" / "eingang"
    (incoming / "abend.zip").write_bytes(packed(base()))
    os.utime(incoming / "abend.zip", (1, 1))
    staged = domain.stage_delivery

    def busy(**given: Any) -> Delivery:
        if given["file_name"] == "abend.zip":
            raise OperationalError("locked")
        return staged(**given)

    monkeypatch.setattr(domain, "stage_delivery", busy)
    with pytest.raises(OperationalError):
        tasks.take_in(world.id, at(9, 10), tmp_path)
    assert [file.name for file in incoming.iterdir()] == ["abend.zip"]
    assert Delivery.objects.get().state == "applied"


def test_a_night_that_breaks_when_it_is_taken_over_waits(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(tmp_path, packed(base()))

    def breaks(**_: Any) -> Delivery:
        raise ZeroDivisionError

    monkeypatch.setattr(domain, "apply_delivery", breaks)
    tasks.take_in(world.id, at(9, 10), tmp_path)
    assert Delivery.objects.get().counts["held"] == [tasks.NOT_TAKEN]


def test_what_waits_behind_a_large_file_that_breaks_is_read(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = []
    for minute, name in enumerate(("a.zip", "b.zip")):
        waiting.append(domain.receive_later(actor=world.actor("benefits"), at=at(9, minute), file_name=name, sha256="0" * 64, given={}))
        file = tasks.waiting_file(tmp_path, waiting[-1].pk)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(packed(base()))
    read = domain.read_file

    def reads(content: bytes, name: str, **more: Any) -> domain.Received:
        if name == "a.zip":
            raise ZeroDivisionError
        return read(content, name, **more)

    monkeypatch.setattr(domain, "read_file", reads)
    tasks.read_waiting(world.id, at(9, 10), tmp_path)
    for one in waiting:
        one.refresh_from_db()
    assert [(one.state, one.step, one.refusal_code) for one in waiting] == [("refused", "", "unforeseen"), ("staged", "", "")]
    assert not tasks.waiting_file(tmp_path, waiting[0].pk).exists()
    assert Outbox.objects.filter(kind="delivery.alarm", key=str(waiting[0].pk)).exists()


def test_a_large_one_that_breaks_when_it_is_taken_over_says_so(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    staged = stage(world, packed(base()))
    domain.apply_later(actor=world.actor("benefits"), at=at(9, 20), delivery_id=staged.pk)

    def breaks(**_: Any) -> Delivery:
        raise ZeroDivisionError

    monkeypatch.setattr(domain, "apply_delivery", breaks)
    tasks.read_waiting(world.id, at(9, 30), tmp_path)
    staged.refresh_from_db()
    assert (staged.state, staged.step) == ("staged", "")
    assert "etwas Unerwartetes" in staged.refusal
    assert tasks.read_waiting(world.id, at(9, 40), tmp_path) == 0


def test_a_mapping_that_no_longer_fits_poisons_nothing(world: World) -> None:
    for number, content in enumerate(({"dateien": []}, {"spalten": {"personen": {"vorname": 5}}}, {"ohne": {"bezug": None}})):
        VendorMapping.objects.create(jobcenter_id=world.id, name=f"X{number}", content=content)
    VendorMapping.objects.create(jobcenter_id=world.id, name="Probe", content={"uebergehen": 5})
    assert stage(world, packed(base())).state == "staged"
    with pytest.raises(Refused, match="„dateien“"):
        domain.save_mapping(actor=world.actor("benefits"), at=at(), content={"name": "X", "dateien": []})
