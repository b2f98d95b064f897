"""What is typed, posted and handed in: hostile values, forms made from real ones, files that were damaged on the way."""

import io
import json
import zipfile
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from random import Random
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

from hilfefrei.core.deliveries import write
from hilfefrei.core.deliveries.schema import tables
from tests.apps.benefits.packages import base, packed
from tests.apps.reporting.tables import july, listed
from tests.apps.vacancies.files import PLACES, answer, hit, line, partner

EDGES = (
    "", " ", "\t", "\r\n", "\x00", "a\x00b", "\x0b", "\x1b[31m", "\x85", "\ufeff", "\uffff", "\ufffd", "\u202egnp", "𝔘𝔫𝔦", "👩‍👩‍👧", "é" * 3, "ß", "İ",
    "x" * 121, "x" * 256, "ä" * 2001, "x" * 50_000, "a b " * 9000, "a" + " " * 50_000 + "b", "1" + "." * 20_000 + "x", "9" * 12, "9" * 30, "9" * 5000, "-1", "0", "-0", "+5", "1e5", "1e400", "NaN", "Infinity",
    "0x10", "1_000", "²", "٣", "１２", "½", "2147483647", "2147483648", "9223372036854775808", "1.500,00", "1,5", "99999999999999,99", "-3,50", "0,001",
    "1.1.0001", "01.01.1900", "31.12.9999", "29.2.2025", "29.2.2024", "0.0.0", "99.99.9999", "9999-12-31", "0001-01-01", "2026-11-24", "24.11.2026", "24.12.2026", "2026-W48", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-11-24T08:00:00+01:00",
    "00:00", "23:59", "24:00", "2400", "8", "8:7", "-1:00", "29.03.2026", "02:30", "2026-13", "2026-00", "0000-01", "9999-12", "2026-11", "1899-12",
    "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "{12345678-1234-5678-1234-567812345678}", "urn:uuid:12345678123456781234567812345678",
    "true", "false", "on", "yes", "no", "null", "None", "[]", "{}", "[1", '{"a": 1}', "[" * 3000, '"', "'", "%", "_", "%00", "\\", "'; DROP TABLE x--", "{{ x }}", "{% x %}", "<script>",
    "../../etc/passwd", "//host.example/x", "javascript:x", "/eingang/", "http://[", "=1+1", "@SUM(1)", "a@beispiel.de", "a@", "@", "0171 39200 23", "+49", "37520", "3752", "w", "m",
    "own", "other", "*", "?", "&", "=", ";", "#", "-", "--", "…", "\n".join("z" * 400),
)  # fmt: skip
# What a form asks for, as somebody fills it in who means well.
PLAIN = ("24.11.2026", "25.11.2026", "12.04.1992", "09:00", "10:30", "Lager", "Jana Probe", "3", "37520", "19,5", "1.500", "0171 39200 23", "a@beispiel.de", "ja", "on", "2026-10")
ALPHABET = st.characters(exclude_categories=["Cs"])
VALUES = st.one_of(
    st.sampled_from(EDGES),
    st.sampled_from(PLAIN),
    st.text(ALPHABET, max_size=60),
    st.integers(-(10**12), 10**12).map(str),
    st.dates(date(1, 1, 1), date(9999, 12, 31)).map(lambda day: f"{day.day}.{day.month}.{day.year}"),
    st.times().map(lambda time: f"{time:%H:%M}"),
    st.decimals(allow_nan=False, allow_infinity=False, places=2).map(lambda number: str(number).replace(".", ",")),
    st.uuids().map(str),
)
ACTS = ("value", "value", "value", "value", "choice", "choice", "drop", "twice", "list", "other")
POOL = st.tuples(st.integers(0, 2**64), st.lists(VALUES, min_size=10, max_size=10), st.binary(max_size=40))


class Dice:
    """What one input is made of: values and bytes from Hypothesis, and where they go.

    What is tried next is learnt from the answers, and Hypothesis wants a strategy that learns nothing: so where they go comes from a number.
    """

    def __init__(self, drawn: tuple[int, list[str], bytes]) -> None:
        start, self._values, self._noise = drawn
        self._random = Random(start)

    def number(self, low: int, high: int) -> int:
        """Between both, inclusive."""
        return self._random.randint(low, high)

    def flag(self) -> bool:
        """Heads or tails."""
        return self._random.random() < 0.5

    def value(self) -> str:
        """Something that nobody would type."""
        return self._random.choice(self._values)

    def noise(self) -> bytes:
        """Bytes that mean nothing."""
        return self._noise


@dataclass
class Target:
    """An address for a login. ``bases``: what its forms hold; ``names``: what it was seen to ask for; ``choices``: what they offer.

    ``good``: what its form let pass and its page has not got yet; ``spent``: seconds of all tries.
    """

    name: str
    who: str
    method: str
    urls: list[str]
    bases: list[dict[str, list[str]]] = field(default_factory=list)
    names: dict[str, None] = field(default_factory=dict)
    files: dict[str, None] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    met: int = 0
    spent: float = 0.0
    good: list[dict[str, list[Any]]] = field(default_factory=list)


def one_of(dice: Dice, things: Any) -> Any:
    """One of them."""
    held = things if isinstance(things, list | tuple) else list(things)
    return held[dice.number(0, len(held) - 1)]


def payload(dice: Dice, target: Target, ids: list[str]) -> dict[str, list[Any]]:
    """The fields of one post: a form as it stands there, changed in up to six places."""
    data: dict[str, list[Any]] = deepcopy(one_of(dice, target.bases)) if target.bases and dice.number(0, 9) else {}
    names = list(target.names) or ["x"]
    for name in names:
        if not any(data.get(name, [])) and name not in {"op", "version"} and dice.number(0, 3) == 0:
            data[name] = [one_of(dice, target.choices.get(name) or PLAIN)]
    for _ in range(dice.number(0, 6)):
        name = one_of(dice, names)
        act = one_of(dice, ACTS)
        if act == "drop":
            data.pop(name, None)
        elif act == "twice":
            data[name] = data.get(name, []) * 2 + [dice.value()]
        elif act == "list":
            data[name] = [dice.value() for _ in range(dice.number(0, 4))]
        elif act == "choice":
            data[name] = [one_of(dice, target.choices.get(name) or ids)]
        elif act == "other":
            data[dice.value()[:200] or "y"] = [dice.value()]
        else:
            data[name] = [dice.value()]
    for name in target.files:
        kind = FILE_OF.get(target.name) or one_of(dice, list(SEEDS))
        if dice.number(0, 9):
            data[name] = [damaged(dice, kind)]
    return data


# --- files ---
def _table(rows: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def parquet(columns: dict[str, Any]) -> bytes:
    """A table with these columns."""
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def _seeds() -> dict[str, list[tuple[str, bytes]]]:
    rows = base()
    lines = july(("23102", "-8,0"), ("23106", "-6,8"), ("21124", "1,5"))
    cells = [text.split(";") for text in lines.decode().split()]
    paying = [("lieferung.zip", packed(rows)), ("lieferung.zip", packed(rows, kind="monat", complete=True))]
    for name, schema in tables().items():
        paying += [(f"{name}.csv", write.to_csv(schema, rows.get(name, []))), (f"{name}.parquet", write.to_parquet(schema, rows.get(name, [])))]
    odd = {"kundennummer": ["K1", "K2"], "vorname": ["Ute", None], "nachname": ["Wermut", "Ahorn"]}
    paying += [
        ("personen.parquet", parquet(odd | {"geburtsdatum": born}))
        for born in ([datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)], [1.5, float("nan")], [b"\xff", b""], ["1.2.1980\x00", "\x00"], [[1], [2]], [{"a": 1}, None], [True, False], [2**62, -1])
    ]
    sheet = [["Trägernummer", "Jobcenter", "Monat", "Kennzahl", "Wert", "Datenstand"], ["23102", "Göttingen", date(2026, 7, 1), "K1", -8.0, date(2026, 10, 28)], ["23106", "Northeim", "2026-07", "K1", "=1/0", None]]
    return {
        "vacancies": [("stellen.csv", partner(line("1"), line("2", "Küchenhilfe", wage="2.400,00"), line("3", day="1.1.2020"))), ("ba.json", answer(hit(1), hit(2, festgehalt=None), hit(3))),
                      ("stellen.csv", b"title;place;plz;reference;employer;wage_fixed;wage_kind;hours_low;lat;lon\nLager;Osterode;37520;1;A;14;STUNDENLOHN;30;51,7;10,2\n")],
        "places": [("plz.csv", PLACES), ("DE.txt", b"DE\t37520\tOsterode\tNiedersachsen\tNI\t\t\tX\t03159\t51.728\t10.252\t4\n")],
        "paying": paying,
        "mapping": [("probe.json", json.dumps({"name": "Probe", "dateien": {"pers.csv": "personen"}, "spalten": {"personen": {"nachname": "NAME"}}, "werte": {"bezug": {"endegrund": {"A": "arbeit"}}}, "ohne": {"bezug": ["endegrund"]}}).encode())],
        "published": [("k1.csv", lines), ("liste.csv", listed(("23102", "Göttingen", "zkT", "IIa"), ("23106", "Northeim", "gE", "IIb"))), ("k1.xlsx", _table(cells)), ("k1.xlsx", _table(sheet))],
        "confirmations": [
            ("b.json", b'[{"schluessel": "antrag-1", "aktenzeichen": "A1", "eingegangen": "2026-11-24T09:00:00+01:00"}]'),
            ("b.xml", b"<bestaetigungen><bestaetigung><schluessel>antrag-1</schluessel><aktenzeichen>A1</aktenzeichen><eingegangen>2026-11-24T09:00:00+01:00</eingegangen></bestaetigung></bestaetigungen>"),
            ("b.csv", b"schluessel;aktenzeichen;eingegangen\nantrag-1;A1;2026-11-24T09:00:00+01:00\n"),
        ],
    }  # fmt: skip


SEEDS = _seeds()
FILE_OF = {"jobs:deliveries": "vacancies", "jobs:places": "places", "benefits:deliveries": "paying", "benefits:delivery_mapping": "mapping", "comparison:tables": "published"}
NODES = (None, True, False, 0, -1, 1.5, 10**30, 1e308, "", "x" * 5000, "\x00", "½", [], {}, [[]], {"a": {"b": []}}, "2026-11-24", "9999-12-31")


@dataclass
class File:
    """A file on its way in."""

    name: str
    content: bytes


def damaged(dice: Dice, kind: str) -> File:
    """A file of ``kind``, mostly damaged in one to three ways."""
    name, content = one_of(dice, SEEDS[kind])
    for _ in range(dice.number(0, 3)):
        content = _damage(dice, name, content)
    if dice.number(0, 9) == 0:
        name = one_of(dice, [dice.value()[:120].replace("\x00", "") or "x", "x" * 300 + ".csv", "personen.zip", "ohne", "a/b.csv", "personen.CSV", "mitglieder.csv", "tabelle.xlsx"])
    return File(name, content)


def _damage(dice: Dice, name: str, content: bytes) -> bytes:
    if dice.number(0, 3) == 0:
        return _bytes(dice, content)
    if content[:2] == b"PK":
        return _packed(dice, content)
    if content[:4] == b"PAR1":
        return _bytes(dice, content)
    if name.endswith(".json"):
        return _json(dice, content)
    return _cells(dice, content)


def _bytes(dice: Dice, content: bytes) -> bytes:
    start = dice.number(0, max(len(content) - 1, 0))
    end = min(len(content), start + dice.number(0, 60))
    act = dice.number(0, 8)
    noise = dice.noise()
    if act == 0:
        return content[:start]
    if act == 1:
        return content[:start] + content[end:]
    if act == 2:
        return content[:end] + content[start:]
    if act == 3:
        return content[:start] + noise + content[start:]
    if act == 4:
        return one_of(dice, [b"", b"\xef\xbb\xbf", b"\xff\xfe", b" ", b"\n", b"\x00", b"\x1c\n", b"PK\x03\x04", b"PAR1", b"<", b"{", b"["]) + (content if dice.flag() else b"")
    if act == 5:
        return content.decode("latin-1").encode(one_of(dice, ["utf-16", "utf-8", "utf-32"]))
    if act == 6:
        return content * dice.number(0, 40)
    if act == 7:
        return noise
    return content[:start] + noise + content[start + len(noise) :]


def _cells(dice: Dice, content: bytes) -> bytes:
    text = content.decode("utf-8", "replace")
    sign = ";" if ";" in text else "\t" if "\t" in text else ","
    rows = [line.split(sign) for line in text.splitlines()] or [[""]]
    row = one_of(dice, rows)
    place = dice.number(0, max(len(row) - 1, 0))
    value = dice.value()
    act = dice.number(0, 6)
    if act <= 2 and row:
        row[place] = value
    elif act == 3:
        row[place:place] = [value]
    elif act == 4:
        del row[place:]
    elif act == 5:
        rows = [line for line in rows for _ in range(1 + (line is row))] if dice.flag() else [line for line in rows if line is not row]
    else:
        for line in rows:
            line[place : place + 1] = [] if dice.flag() else line[place : place + 1] * 2
    return "\n".join(sign.join(line) for line in rows).encode("utf-8", "replace")


def _json(dice: Dice, content: bytes) -> bytes:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return _bytes(dice, content)
    spots: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        for key, below in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
            spots.append((node, key))
            walk(below)

    walk(found)
    value = dice.value() if dice.flag() else deepcopy(one_of(dice, NODES))
    if not spots:
        return json.dumps(value).encode()
    node, key = one_of(dice, spots)
    act = dice.number(0, 5)
    if act == 0:
        del node[key]
    elif act == 1 and isinstance(node, dict):
        node[dice.value()[:100]] = node.pop(key)
    elif act == 2:
        return json.dumps(found).replace(json.dumps(node[key]), one_of(dice, ["NaN", "1e999", "[" * 5000, '"\\ud800"', "9" * 5000, '"\\u0000"']), 1).encode()
    else:
        node[key] = value
    return json.dumps(found).encode()


def _packed(dice: Dice, content: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as held:
            members = [(one.filename, held.read(one)) for one in held.infolist()]
    except Exception:  # noqa: BLE001 - it was damaged before
        return _bytes(dice, content)
    if not members:
        return _bytes(dice, content)
    at = dice.number(0, len(members) - 1)
    name, inner = members[at]
    act = dice.number(0, 7)
    if act == 0:
        del members[at]
    elif act == 1:
        members.append((name, inner))
    elif act == 2:
        members[at] = (one_of(dice, ["../x.csv", "/etc/x.csv", "personen.csv", "a/b/personen.csv", "x", "lieferung.json", "é.csv", "PERSONEN.CSV", "personen.parquet", dice.value()[:60].replace("\x00", "") or "y"]), inner)
    elif act == 3 and dice.number(0, 3) == 0:
        members[at] = (name, b"0" * 30_000_000)
    else:
        members[at] = (name, _damage(dice, name, inner))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as held:
        for inside, text in members:
            held.writestr(zipfile.ZipInfo(inside), text)
    return out.getvalue()
