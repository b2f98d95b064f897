"""Packages of the paying system for tests: two units, four people, everything about them."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from hilfefrei.apps.benefits import delivered, domain
from hilfefrei.apps.benefits.models import Delivery
from hilfefrei.apps.benefits.neutral import MODELS
from hilfefrei.core.deliveries import write
from tests.world import TODAY, World, at

AS_OF = TODAY - timedelta(days=1)
Rows = list[dict[str, Any]]
Tables = dict[str, Rows]

SINCE = date(2025, 1, 1)


def person(number: str, first: str, last: str, born: date = date(1988, 4, 3), **more: Any) -> dict[str, Any]:
    """A row of ``personen``."""
    return {"kundennummer": number, "vorname": first, "nachname": last, "geburtsdatum": born} | more


def unit(number: str, file: str = "", **more: Any) -> dict[str, Any]:
    """A row of ``bedarfsgemeinschaften``."""
    return {"bg_nummer": number, "aktenzeichen": file or f"A{number[1:]}", "von": SINCE, "zustaendig": "R. Kleiber", "telefon": "0171 39200 30"} | more


def member(of: str, number: str, role: str = "antragsteller", **more: Any) -> dict[str, Any]:
    """A row of ``mitglieder``."""
    return {"bg_nummer": of, "kundennummer": number, "rolle": role, "von": SINCE} | more


def receipt(of: str, number: str, **more: Any) -> dict[str, Any]:
    """A row of ``bezug``."""
    return {"bg_nummer": of, "kundennummer": number, "von": SINCE, "erwerbsfaehig": True} | more


def decision(of: str, **more: Any) -> dict[str, Any]:
    """A row of ``entscheidungen``."""
    return {"bg_nummer": of, "art": "bewilligt", "vom": SINCE, "bewilligt_von": SINCE, "bewilligt_bis": date(2025, 12, 31)} | more


def base() -> Tables:
    """Sabine with her child and partner in B1, Bernd in B2."""
    return {
        "personen": [
            person("K1", "Sabine", "Kornblume"),
            person("K2", "Bernd", "Ahorn", date(1980, 1, 2)),
            person("K3", "Lotte", "Kornblume", date(2018, 6, 1)),
            person("K4", "Falk", "Wegerich", date(1985, 9, 30)),
        ],
        "bedarfsgemeinschaften": [unit("B1"), unit("B2", zustaendig=None, telefon=None)],
        "mitglieder": [member("B1", "K1"), member("B1", "K4", "partner"), member("B1", "K3", "kind"), member("B2", "K2")],
        "entscheidungen": [decision("B1"), decision("B1", vom=date(2025, 12, 10), bewilligt_von=date(2026, 1, 1), bewilligt_bis=date(2026, 12, 31)), decision("B2")],
        "bezug": [receipt("B1", "K1"), receipt("B1", "K4"), receipt("B1", "K3", erwerbsfaehig=None), receipt("B2", "K2", bis=date(2026, 3, 31), endegrund="arbeit")],
        "betraege": [
            {"bg_nummer": of, "monat": date(2026, month, 1), "llu": 563_00 + month, "luh": 406_50} for of in ("B1", "B2") for month in (1, 2, 3)
        ],
        "integrationen": [{"kundennummer": "K2", "am": date(2026, 4, 1), "art": "sv", "weg": "vermittelt"}],
        "teilnahmen": [{"kundennummer": "K4", "massnahme": "Einzelcoaching", "von": date(2026, 2, 1), "bis": date(2026, 4, 30), "ende": "beendet"}],
    }  # fmt: skip


def packed(tables: Mapping[str, Sequence[Mapping[str, Any]]], *, as_of: date = AS_OF, kind: str = "naechtlich", complete: bool = False) -> bytes:
    """The ZIP."""
    return write.pack(tables, as_of=as_of, kind=kind, complete=complete, sender="Probe")


def stage(world: World, tables: Mapping[str, Sequence[Mapping[str, Any]]], *, minute: int = 0, who: str = "benefits", **more: Any) -> Delivery:
    """Staged, or refused."""
    return domain.stage_delivery(actor=world.actor(who), at=at(9, minute), file_name="lieferung.zip", content=packed(tables, **more))


def take(world: World, tables: Mapping[str, Sequence[Mapping[str, Any]]], *, minute: int = 0, **more: Any) -> Delivery:
    """Staged and taken over."""
    staged = stage(world, tables, minute=minute, **more)
    assert staged.state == "staged", staged.refusal
    return domain.apply_delivery(actor=world.actor("benefits"), at=at(9, minute), delivery_id=staged.pk)


def undo(world: World, delivery: Delivery, *, minute: int = 50) -> Delivery:
    """Taken back."""
    return domain.undo_delivery(actor=world.actor("benefits"), at=at(9, minute), delivery_id=delivery.pk)


def picture() -> dict[str, list[dict[str, Any]]]:
    """Every row that deliveries write, exactly as it is."""
    return {kind: list(model._default_manager.order_by("pk").values()) for kind, model in MODELS.items()}


def codes(delivery: Delivery) -> list[tuple[str, int, str]]:
    """Table, line and rules of what was refused."""
    rows = delivery.rows.filter(state="rejected").order_by("table", "line")
    return [(row.table, row.line, row.codes.strip()) for row in rows]


def tables() -> dict[str, Rows]:
    """What is here, as neutral tables."""
    return delivered.neutral_tables()
