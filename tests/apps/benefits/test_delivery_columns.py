"""A column that is gone or new: said, refused, and never read as "empty". A night that changes too much waits for people."""

import io
import os
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hilfefrei.apps.audit.models import Outbox
from hilfefrei.apps.benefits import delivery_tasks as tasks
from hilfefrei.apps.benefits import domain
from hilfefrei.apps.benefits.models import Delivery, Officer, Receipt
from hilfefrei.apps.people.models import Membership
from hilfefrei.core.deliveries import schema, write
from tests.apps.benefits.packages import AS_OF, Tables, base, packed, picture, receipt, take, undo
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
