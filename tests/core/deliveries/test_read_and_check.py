"""Deliveries of the paying system: what is read, what is refused as a whole, what is set aside row by row."""

import io
import json
import re
import zipfile
from collections.abc import Mapping
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hilfefrei.core.deliveries import check, read, schema, write
from hilfefrei.core.deliveries.read import DeliveryError, Package, Row

AS_OF = date(2026, 10, 31)
TODAY = date(2026, 11, 2)
LONE = {"von": None, "bis": None, "frueher": None}
PERSON = {"kundennummer": "K1", "vorname": "Sabine", "nachname": "Kornblume", "geburtsdatum": date(1988, 4, 3)} | LONE
OTHER = {"kundennummer": "K2", "vorname": "Bernd", "nachname": "Ahorn", "geburtsdatum": date(1980, 1, 2)} | LONE
UNIT = {"bg_nummer": "B1", "aktenzeichen": "A1", "von": date(2025, 1, 1)}
SECOND = {"bg_nummer": "B2", "aktenzeichen": "A2", "von": date(2025, 1, 1)}
MEMBER = {"bg_nummer": "B1", "kundennummer": "K1", "rolle": "antragsteller", "von": date(2025, 1, 1)}
RECEIPT = {"kundennummer": "K1", "bg_nummer": "B1", "von": date(2025, 1, 1), "bis": date(2026, 3, 31), "endegrund": "arbeit"}
GRANT = {"bg_nummer": "B1", "art": "bewilligt", "vom": date(2026, 10, 20), "bewilligt_von": date(2026, 5, 1), "bewilligt_bis": date(2026, 10, 31)}

Tables = Mapping[str, list[dict[str, Any]]]


def zipped(tables: Tables, *, complete: bool = True, as_of: date = AS_OF, parquet: bool = False) -> bytes:
    return write.pack(tables, as_of=as_of, kind="naechtlich", complete=complete, sender="Probe", parquet=parquet)


def read_and_check(tables: Tables, stock: check.Stock | None = None, **options: Any) -> Package:
    package = read.read(zipped(tables, **options), "lieferung.zip")
    check.check(package, stock or check.Stock(), today=TODAY)
    return package


def remarks(package: Package) -> list[tuple[str, int, str]]:
    return [(name, row.line, remark.code) for name, rows in package.rows.items() for row in rows for remark in row.remarks]


def test_every_table_says_what_it_is() -> None:
    found = schema.tables()
    assert list(found) == ["personen", "bedarfsgemeinschaften", "mitglieder", "entscheidungen", "bezug", "betraege", "integrationen", "teilnahmen"]
    for table in found.values():
        assert table.title
        assert table.xsozial
        assert table.description.endswith(".")


# --- there and back ---------------------------------------------------------------------------------------------------

words = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=20).filter(lambda text: not read.is_garbled(text))
days = st.dates(date(1930, 1, 1), AS_OF)


def of_field(one: schema.Field) -> st.SearchStrategy[Any]:
    found: st.SearchStrategy[Any]
    if one.choices:
        found = st.sampled_from(sorted(one.choices))
    elif one.pattern:
        found = st.from_regex(one.pattern, fullmatch=True).filter(str.isascii)
    else:
        found = {
            "date": days,
            "yearmonth": days.map(lambda d: d.replace(day=1)),
            "number": st.integers(-200_000_00, 200_000_00),
            "boolean": st.booleans(),
            "string": words.map(lambda text: text[: one.max_length]),
        }[one.type]
    return found if one.required else st.none() | found


@settings(max_examples=25)
@given(st.data(), st.sampled_from(sorted(schema.tables())), st.booleans())
def test_what_is_written_is_read_again(data: st.DataObject, name: str, parquet: bool) -> None:
    table = schema.tables()[name]
    rows = data.draw(st.lists(st.fixed_dictionaries({one.name: of_field(one) for one in table.fields}), max_size=6))
    package = read.read(zipped({name: rows}, parquet=parquet), "x.zip")
    assert (package.as_of, package.kind, package.complete, package.sender) == (AS_OF, "naechtlich", True, "Probe")
    assert [row.values for row in package.rows[name]] == rows
    assert not remarks(package)


def test_the_same_rows_are_the_same_file() -> None:
    assert zipped({"personen": [PERSON]}) == zipped({"personen": [PERSON]})


def test_a_single_table_by_its_name_or_its_columns() -> None:
    content = write.to_csv(schema.tables()["personen"], [PERSON])
    for name in ("personen.csv", "2026-10_personen.csv", "export.csv"):
        package = read.read(content, name, as_of=AS_OF)
        assert [row.values for row in package.rows["personen"]] == [PERSON]


def test_other_encodings_signs_and_ways_to_write_a_day() -> None:
    text = "Monat;BG_Nummer;LLU;LUH\n10.2026;B1;1.234,56;0\n2026-09;B1;563;406.5\n202608;B1;563,-;€ 406,50\n"
    package = read.read(text.replace("€", "EUR").encode("cp1252"), "betraege.csv", as_of=AS_OF)
    assert [(r.values["monat"], r.values["llu"], r.values["luh"]) for r in package.rows["betraege"]] == [
        (date(2026, 10, 1), 1234_56, 0),
        (date(2026, 9, 1), 563_00, 406_50),
        (date(2026, 8, 1), 563_00, 406_50),
    ]
    umlaut = "kundennummer,vorname,nachname,geburtsdatum\nK1,Jürgen,Größe,3.4.1988\n".encode("cp1252")
    found = read.read(umlaut, "personen.csv", as_of=AS_OF)
    assert found.rows["personen"][0].values["nachname"] == "Größe"
    assert found.notes["zeichensatz"] == "Windows-1252"


def test_a_vendor_names_things_in_his_own_way() -> None:
    mapping = read.mapping_of(
        {
            "name": "Verfahren X",
            "dateien": {"bezug": "LEIST*.TXT"},
            "spalten": {"bezug": {"kundennummer": "KDNR", "bg_nummer": "BGNR", "von": "AB", "endegrund": "GRUND"}},
            "werte": {"bezug": {"endegrund": {"07": "arbeit"}}},
        }
    )
    package = read.read(b"KDNR;BGNR;AB;BIS;GRUND;REST\nK1;B1;1.1.2025;31.3.2026;07;?\n", "LEIST_2026.TXT", as_of=AS_OF, mapping=mapping)
    assert package.rows["bezug"][0].values == RECEIPT | {"erwerbsfaehig": None}
    assert package.unheeded["bezug"] == ["rest"]
    with pytest.raises(DeliveryError, match="unbekannte Felder: kdnr"):
        read.mapping_of({"spalten": {"bezug": {"kdnr": "KDNR"}}})
    with pytest.raises(DeliveryError, match="„leistung“, die es nicht gibt"):
        read.mapping_of({"dateien": {"leistung": "*"}})


# --- refused as a whole -------------------------------------------------------------------------------------------------

HEAD = "kundennummer;vorname;nachname;geburtsdatum\n"
MANY = "".join(f"K{n};Jörg;Müller;1980-01-01\n" for n in range(30))


def parquet(**columns: list[Any]) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def flags(content: bytes, local: int, central: int, value: int) -> bytes:
    """A ZIP whose entries say another method (8, 10) or flag (6, 8) in their heads."""
    changed = bytearray(content)
    for mark, place in ((b"PK\x03\x04", local), (b"PK\x01\x02", central)):
        for found in re.finditer(mark, content):
            changed[found.start() + place] |= value
    return bytes(changed)


def damaged(content: bytes) -> bytes:
    """A ZIP with a stretch of the table turned over."""
    changed = bytearray(content)
    start = content.index(b"personen.csv") + len(b"personen.csv") + 4
    for place in range(start, start + 20):
        changed[place] ^= 0xFF
    return bytes(changed)


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "x.csv", "empty"),
        (b"\n\n", "personen.csv", "empty"),
        (zipped({"personen": [PERSON]})[:-40], "x.zip", "truncated"),
        (write.to_parquet(schema.tables()["personen"], [PERSON])[:-9], "personen.parquet", "truncated"),
        (b"\x00\x01\x02\x80", "personen.csv", "unreadable"),
        (b"kundennummer;vorname\nK1;A\n", "personen.csv", "columns"),
        (HEAD.replace("vorname", "kundennummer").encode(), "personen.csv", "columns"),
        (parquet(bg_nummer=["B1"], BG_NUMMER=["B2"], monat=["2026-10"], llu=[1.0], luh=[1.0]), "betraege.parquet", "columns"),
        (flags(zipped({"personen": [PERSON]}), 6, 8, 1), "x.zip", "encrypted"),
        (flags(zipped({"personen": [PERSON]}), 8, 10, 1), "x.zip", "packing"),
        (damaged(zipped({"personen": [PERSON]})), "x.zip", "truncated"),
        (f'"{HEAD}{"K1;A;B;1988-04-03" * 9000}'.encode(), "personen.csv", "quotes"),
        (f'{HEAD}K1;"A;B;1988-04-03\nK2;C;D;1988-04-03\n'.encode(), "personen.csv", "quotes"),
        # The second stray quote closes what the first opened: two rows would be one.
        (f'{HEAD}K1;A;"B;1988-04-03\nK2;C;";1988-04-03\n'.encode(), "personen.csv", "quotes"),
        (f'{HEAD}K1;A;"B"D;1988-04-03\n'.encode(), "personen.csv", "quotes"),
        ("kundennummer;vorname;nachname;geburtsdatum\n".encode("utf-16"), "personen.csv", "unreadable"),
        # One wrong byte among names in UTF-8; DOS; UTF-8 taken for Windows-1252 and written as UTF-8 again.
        (f"{HEAD}{MANY}K9;X;Y".encode() + b"\xff;1980-01-01\n", "personen.csv", "encoding"),
        (f"{HEAD}K1;Jörg;Weiß;1980-01-01\nK2;Änne;Groß;1980-01-01\n".encode("cp850"), "personen.csv", "encoding"),
        (f"{HEAD}K1;Jürgen;Weiß;1980-01-01\n".encode("cp850"), "personen.csv", "encoding"),
        (f"{HEAD}{MANY}".encode().decode("cp1252").encode(), "personen.csv", "encoding"),
        (f"{HEAD}{MANY}".encode().decode("latin-1").encode(), "personen.csv", "encoding"),
        (b"a;b\n1;2\n", "irgendwas.csv", "no_table"),
    ],
)
def test_files_that_are_not_what_they_say(content: bytes, name: str, code: str) -> None:
    with pytest.raises(DeliveryError) as caught:
        read.read(content, name, as_of=AS_OF)
    assert caught.value.code == code
    assert str(caught.value).endswith((".", "?", "zu."))
    assert "lässt sich nicht lesen" not in str(caught.value)


def test_a_file_that_breaks_a_library_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(_cell: object) -> object:
        raise OverflowError

    monkeypatch.setattr(read, "_day", breaks)
    with pytest.raises(DeliveryError, match=r"lässt sich nicht lesen \(OverflowError\)") as caught:
        read.read(f"{HEAD}K1;A;B;3.4.1988\n".encode(), "personen.csv", as_of=AS_OF)
    assert caught.value.code == "unreadable"


def test_the_lines_in_another_encoding_are_named() -> None:
    content = f"{HEAD}{MANY}".encode().splitlines(keepends=True)
    content[4] = "K3;Jörg;Müller;1980-01-01\n".encode("cp1252")
    with pytest.raises(DeliveryError, match="aber Zeile 5 nicht"):
        read.read(b"".join(content), "personen.csv", as_of=AS_OF)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("name", ["Jürgen", "Änne", "Øyvind", "Kovács", "Šarić", "D’Angelo", "Weiß–Öz", "Großmann „Max“", "ÂNGELO", "Ärzte"])
def test_names_that_are_as_they_should_be(name: str, encoding: str) -> None:
    try:
        content = f"{HEAD}K1;{name};Ahorn;1980-01-01\n".encode(encoding)
    except UnicodeEncodeError:
        return
    package = read.read(content, "personen.csv", as_of=AS_OF)
    assert package.rows["personen"][0].values["vorname"] == name
    assert not remarks(package)


@pytest.mark.parametrize("name", ["MÃ¼ller", "WeiÃŸ", "Ã–z", "J”rg", "Y\u0131ld\ufffdz", "ÅŸahin"])
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_one_garbled_name_is_set_aside_with_its_row(name: str, encoding: str) -> None:
    package = read.read(f"{HEAD}{MANY}K99;{name};Ahorn;1980-01-01\n".encode(encoding, "replace"), "personen.csv", as_of=AS_OF)
    if "?" not in name.encode(encoding, "replace").decode(encoding):
        assert remarks(package) == [("personen", 32, "unreadable_cell")]
        assert "entstellt" in package.rows["personen"][-1].remarks[0].text


@pytest.mark.parametrize("said", ["Voll", "vollständig", "komplett", 1, ["voll"]])
def test_an_extent_that_is_misspelt_is_not_taken_for_a_part(said: Any) -> None:
    manifest = json.dumps({"stand": "2026-10-31", "umfang": said}).encode()
    with pytest.raises(DeliveryError, match="Möglich: voll, teil") as caught:
        read.read(_with_manifest(manifest), "x.zip")
    assert caught.value.code == "manifest"


@pytest.mark.parametrize("end", ["31.12.9999", "9999-12-31", "31.12.2999"])
def test_a_sign_for_still_runs_is_no_end(end: str) -> None:
    content = f"kundennummer;bg_nummer;von;bis\nK1;B1;2026-01-01;{end}\nK2;B1;2026-01-01;2026-03-31\nK3;B1;2026-01-01;{end}\n"
    package = read.read(content.encode(), "bezug.csv", as_of=AS_OF)
    assert [row.values["bis"] for row in package.rows["bezug"]] == [None, date(2026, 3, 31), None]
    assert package.endless == {"bezug": 2}


@pytest.mark.parametrize("amount", [float("inf"), float("nan")])
def test_an_amount_that_is_no_number_is_set_aside(amount: float) -> None:
    package = read.read(parquet(bg_nummer=["B1"], monat=["2026-10"], llu=[amount], luh=[1.0]), "betraege.parquet", as_of=AS_OF)
    assert remarks(package) == [("betraege", 2, "unreadable_cell")]
    assert package.rows["betraege"][0].remarks[0].text.endswith("kein Betrag")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ([], "die ganze Datei"),
        ({"name": 5}, "„name“"),
        ({"spalte": {}}, "nicht kennen: spalte"),
        ({"dateien": []}, "„dateien“: Erwartet wird ein Objekt"),
        ({"dateien": {"bezug": 5}}, "„dateien“, Tabelle „bezug“: Erwartet wird ein Text"),
        ({"dateien": {"bezug": ""}}, "nicht leer"),
        ({"spalten": {"personen": ["a"]}}, "„spalten“, Tabelle „personen“"),
        ({"spalten": {"personen": {"vorname": 5}}}, "personen.vorname: Erwartet wird ein Text"),
        ({"werte": {"bezug": ["x"]}}, "„werte“, Tabelle „bezug“"),
        ({"werte": {"bezug": {"grund": {}}}}, "unbekannte Felder: grund"),
        ({"werte": {"bezug": {"endegrund": {"07": 7}}}}, "bezug.endegrund, Wert „07“"),
        ({"ohne": {"bezug": None}}, "„ohne“, Tabelle „bezug“: Erwartet wird eine Liste"),
        ({"ohne": {"bezug": [1]}}, "„ohne“, Tabelle „bezug“: Erwartet wird ein Text"),
        ({"uebergehen": "PROTOKOLL.TXT"}, "„uebergehen“: Erwartet wird eine Liste"),
    ],
)
def test_a_mapping_of_another_kind_is_refused(raw: Any, said: str) -> None:
    with pytest.raises(DeliveryError) as caught:
        read.mapping_of(raw)
    assert caught.value.code == "mapping"
    assert said in str(caught.value)


def _with_manifest(manifest: bytes, *, twice: bool = False) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("lieferung.json", manifest)
        archive.writestr("personen.csv", HEAD)
        if twice:
            archive.writestr("alt/personen_alt.csv", HEAD)
    return out.getvalue()


@pytest.mark.parametrize(
    ("manifest", "code"),
    [(b"{", "manifest"), (b"{}", "manifest"), (b'{"stand": "gestern"}', "manifest"), (b'{"stand": "2026-09-30"}', "wrong_day"), (b'{"stand": "2026-10-31", "art": "woche"}', "manifest")],
)
def test_a_manifest_that_says_something_else(manifest: bytes, code: str) -> None:
    with pytest.raises(DeliveryError) as caught:
        read.read(_with_manifest(manifest), "x.zip", as_of=AS_OF)
    assert caught.value.code == code


def test_a_table_twice_in_one_delivery() -> None:
    manifest = json.dumps({"stand": "2026-10-31"}).encode()
    with pytest.raises(DeliveryError, match="zweimal"):
        read.read(_with_manifest(manifest, twice=True), "x.zip")


@pytest.mark.parametrize(
    ("stock", "as_of", "code"),
    [
        (check.Stock(), date(2026, 11, 3), "future"),
        (check.Stock(as_of_last=date(2026, 11, 1)), AS_OF, "older"),
        (check.Stock(running={"personen": 4}), AS_OF, "too_small"),
    ],
)
def test_a_delivery_that_is_not_believed(stock: check.Stock, as_of: date, code: str) -> None:
    with pytest.raises(DeliveryError) as caught:
        read_and_check({"personen": [PERSON, OTHER]}, stock, as_of=as_of)
    assert caught.value.code == code


def test_forty_percent_fewer_are_too_few_in_every_table_that_ends_something() -> None:
    people = [PERSON | {"kundennummer": f"K{n}"} for n in range(6)]
    units = [UNIT | {"bg_nummer": f"B{n}", "aktenzeichen": f"A{n}"} for n in range(6)]
    both: Tables = {"personen": people, "bedarfsgemeinschaften": units}
    assert not remarks(read_and_check(both, check.Stock(running={"personen": 9, "bedarfsgemeinschaften": 9})))
    for running, what in (({"personen": 10}, "Personen"), ({"bedarfsgemeinschaften": 10}, "Bedarfsgemeinschaften")):
        with pytest.raises(DeliveryError, match=f"6 {what}, hier sind es 10"):
            read_and_check(both, check.Stock(running=running))


def test_a_file_of_people_alone_is_measured_by_those_who_run() -> None:
    """Whoever had a number years ago is in it too: a hundred of them do not make up for five of ten who are missing."""
    ever = [PERSON | {"kundennummer": f"E{n}"} for n in range(100)]
    # The first of those who run has a new number, which names the former one.
    left = [PERSON | {"kundennummer": "N0", "frueher": "K0"}, *(PERSON | {"kundennummer": f"K{n}"} for n in range(1, 6))]
    for running, believed in ((9, True), (10, False)):
        stock = check.Stock(people={"K0": ("Sabine", "Kornblume", None)}, running={"personen": running}, bearers={f"K{n}": n for n in range(running)})
        if believed:
            read_and_check({"personen": ever + left}, stock)
        else:
            with pytest.raises(DeliveryError, match="6 Personen, hier sind es 10") as caught:
                read_and_check({"personen": ever + left}, stock)
            assert caught.value.code == "too_small"


def amounts(**months: int) -> Tables:
    """So many amounts per month (``m09=3``), all of 2026."""
    told = ((int(name[1:]), number) for name, count in months.items() for number in range(count))
    return {"betraege": [{"bg_nummer": f"B{number}", "monat": date(2026, month, 1), "llu": 1, "luh": 1} for month, number in told]}


@pytest.mark.parametrize(
    ("months", "as_of", "kind", "refused"),
    [
        ({"m10": 40}, AS_OF, "monat", False),
        ({"m10": 40, "m08": 6, "m05": 5}, AS_OF, "monat", False),
        ({"m10": 38, "m09": 40, "m08": 41}, AS_OF, "monat", False),
        ({"m09": 40}, AS_OF, "monat", True),
        ({"m09": 40, "m10": 1}, AS_OF, "monat", True),
        ({"m08": 7, "m10": 3}, AS_OF, "monat", True),
        # What closes is delivered in the first half of the next month.
        ({"m09": 40}, date(2026, 10, 15), "monat", False),
        ({"m09": 40}, date(2026, 10, 16), "monat", True),
        ({"m09": 40, "m10": 1}, AS_OF, "naechtlich", False),
        ({"m09": 40}, AS_OF, "grundbestand", False),
    ],
)
def test_a_monthly_delivery_is_about_its_month(months: dict[str, int], as_of: date, kind: str, refused: bool) -> None:
    content = write.pack(amounts(**months), as_of=as_of, kind=kind, complete=False, sender="Probe")
    package = read.read(content, "monat.zip")
    stock = check.Stock(units=frozenset(f"B{n}" for n in range(50)))
    if refused:
        with pytest.raises(DeliveryError, match="richtigen Monats") as caught:
            check.check(package, stock, today=TODAY)
        assert caught.value.code == "wrong_month"
    else:
        check.check(package, stock, today=TODAY)


def test_a_part_is_never_too_small() -> None:
    assert not remarks(read_and_check({"personen": [PERSON]}, check.Stock(running={"personen": 300}), complete=False))


def test_without_a_day_nothing_is_taken() -> None:
    package = read.read(write.to_csv(schema.tables()["personen"], [PERSON]), "personen.csv")
    with pytest.raises(DeliveryError, match="Zu welchem Tag"):
        check.check(package, check.Stock(), today=TODAY)


def test_a_table_most_of_whose_rows_are_unreadable_is_an_alarm() -> None:
    content = HEAD + "".join(f"K{n};A;B;{'1988-04-03' if n % 4 else '03/Apr/88'}\n" for n in range(40))
    package = read.read(content.encode(), "personen.csv", as_of=AS_OF)
    with pytest.raises(DeliveryError) as caught:
        check.check(package, check.Stock(), today=TODAY)
    assert caught.value.code == "interface_change"
    assert "10 von 40" in str(caught.value)


# --- set aside row by row ---------------------------------------------------------------------------------------------

BASE: Tables = {"personen": [PERSON, OTHER], "bedarfsgemeinschaften": [UNIT, SECOND]}
KNOWN = check.Stock(people={"K1": ("Sabine", "Kornblume", date(1988, 4, 3)), "K2": ("Bernd", "Ahorn", date(1980, 1, 2))}, units=frozenset({"B1", "B2"}))


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        ({"bezug": [RECEIPT | {"bis": date(2024, 12, 31)}]}, [("bezug", 2, "end_before_start")]),
        ({"bezug": [RECEIPT | {"von": date(2026, 11, 1), "bis": None}]}, [("bezug", 2, "future")]),
        ({"bezug": [RECEIPT | {"bis": date(2028, 2, 1)}]}, [("bezug", 2, "too_far_ahead")]),
        ({"bezug": [RECEIPT | {"bis": date(2027, 12, 31)}]}, []),
        ({"bezug": [RECEIPT | {"kundennummer": "K9"}]}, [("bezug", 2, "unknown_person")]),
        ({"bezug": [RECEIPT | {"bg_nummer": "B9"}]}, [("bezug", 2, "unknown_unit")]),
        ({"bezug": [RECEIPT, RECEIPT]}, [("bezug", 3, "duplicate")]),
        ({"bezug": [RECEIPT, RECEIPT | {"bis": None}]}, [("bezug", 3, "contradiction")]),
        ({"bezug": [RECEIPT, RECEIPT | {"von": date(2026, 3, 31), "bis": None}]}, [("bezug", 3, "overlap")]),
        ({"bezug": [RECEIPT, RECEIPT | {"von": date(2026, 4, 1), "bis": None}]}, []),
        ({"personen": [PERSON, PERSON | {"vorname": "Karin"}]}, [("personen", 2, "two_people"), ("personen", 3, "two_people")]),
        ({"personen": [PERSON | {"geburtsdatum": date(2026, 11, 1)}]}, [("personen", 2, "birth_after")]),
        ({"mitglieder": [MEMBER, MEMBER | {"bg_nummer": "B2", "von": date(2026, 1, 1)}]}, [("mitglieder", 3, "two_units")]),
        ({"mitglieder": [MEMBER | {"bis": date(2025, 12, 31)}, MEMBER | {"bg_nummer": "B2", "von": date(2026, 1, 1)}]}, []),
        ({"mitglieder": [MEMBER | {"rolle": "kind"}, MEMBER | {"rolle": "kind", "bg_nummer": "B2", "zeitweise": True}]}, []),
        ({"betraege": [{"bg_nummer": "B1", "monat": date(2026, 10, 1), "llu": 2_000_001, "luh": 0}]}, [("betraege", 2, "amount")]),
        ({"betraege": [{"bg_nummer": "B1", "monat": date(2026, 11, 1), "llu": 56300, "luh": 0}]}, [("betraege", 2, "future")]),
        ({"entscheidungen": [{"bg_nummer": "B1", "art": "bewilligt", "vom": AS_OF}]}, [("entscheidungen", 2, "not_granted")]),
        ({"entscheidungen": [{"bg_nummer": "B1", "art": "abgelehnt", "vom": AS_OF}]}, []),
        ({"entscheidungen": [GRANT, GRANT | {"bewilligt_von": date(2026, 11, 1), "bewilligt_bis": date(2027, 4, 30)}]}, []),
        ({"entscheidungen": [GRANT, GRANT | {"bewilligt_bis": date(2026, 9, 30)}]}, [("entscheidungen", 3, "contradiction")]),
    ],
)
def test_what_is_wrong_is_set_aside_with_its_rule(tables: Tables, expected: list[tuple[str, int, str]]) -> None:
    package = read_and_check(tables, KNOWN)
    assert remarks(package) == expected
    assert {code for _, _, code in expected} <= set(check.RULES)
    for rows in package.rows.values():
        for row in rows:
            assert row.usable or (row.raw and all(r.text and r.remedy for r in row.remarks))


def test_a_number_that_belongs_to_somebody_else_here() -> None:
    other = PERSON | {"vorname": "Karin", "nachname": "Distel", "geburtsdatum": date(1960, 1, 1)}
    assert remarks(read_and_check({"personen": [other]}, KNOWN)) == [("personen", 2, "other_person")]
    # A new name after a wedding, or a birth date put right, is a change and no mistake.
    for change in ({"nachname": "Distel"}, {"geburtsdatum": date(1988, 4, 30)}, {"vorname": "Kornblume", "nachname": "Sabine"}):
        assert not remarks(read_and_check({"personen": [PERSON | change]}, KNOWN))


@pytest.mark.parametrize(
    "change",
    [
        {"vorname": "Karin", "geburtsdatum": date(1960, 1, 1)},
        {"vorname": "Karin", "nachname": "Distel"},
        {"nachname": "Distel", "geburtsdatum": date(1960, 1, 1)},
    ],
)
def test_two_people_of_one_name_behind_one_number_are_set_aside(change: dict[str, Any]) -> None:
    tables: Tables = {"personen": [PERSON | change], "bedarfsgemeinschaften": [UNIT], "bezug": [RECEIPT]}
    package = read_and_check(tables, KNOWN)
    # What hangs on the number is as much in doubt as the name.
    assert remarks(package) == [("personen", 2, "other_person"), ("bezug", 2, "other_person")]
    assert all(remark.remedy for row in package.rows["personen"] for remark in row.remarks)


def test_what_points_to_a_row_set_aside_is_set_aside_too() -> None:
    tables: Tables = {"personen": [PERSON | {"geburtsdatum": date(2026, 11, 1)}], "bedarfsgemeinschaften": [UNIT], "bezug": [RECEIPT]}
    assert remarks(read_and_check(tables)) == [("personen", 2, "birth_after"), ("bezug", 2, "unknown_person")]


def test_a_cell_that_cannot_be_read_names_field_and_line() -> None:
    content = HEAD + "K1;Sabine;Kornblume;31.02.1988\nK2;;Ahorn;2.1.1980\nK3;A\n"
    package = read.read(content.encode(), "personen.csv", as_of=AS_OF)
    rows: list[Row] = package.rows["personen"]
    assert [row.line for row in rows] == [2, 3, 4]
    assert [row.remarks[0].code for row in rows] == ["unreadable_cell", "unreadable_cell", "short_row"]
    assert "31.02.1988" in rows[0].remarks[0].text
    assert rows[1].remarks[0].text == "Vorname: fehlt"


# --- packed to hurt: refused before anything is unpacked
def packed(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.fixture
def _nothing_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    def touched(*_: object, **__: object) -> None:
        pytest.fail("something was unpacked")

    monkeypatch.setattr(zipfile.ZipFile, "open", touched)


@pytest.mark.usefixtures("_nothing_is_unpacked")
@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (packed(**{f"{n}.csv": b"x" for n in range(read.MAX_PARTS + 1)}), "too_many_files", "mehr als 500 Dateien"),
        (packed(**{"lieferung.json": b"{}", "personen.csv": b"0" * 9_000, "bild.png": b"0" * 9_000}), "too_big", "Bitte teilen Sie sie"),
    ],
)
def test_what_unpacks_to_too_much_is_refused_unread(monkeypatch: pytest.MonkeyPatch, content: bytes, code: str, words: str) -> None:
    monkeypatch.setattr(read, "MAX_UNPACKED", 16_000)
    with pytest.raises(DeliveryError, match=words) as caught:
        read.read(content, "x.zip", as_of=AS_OF)
    assert caught.value.code == code
    assert read.sender_of(content) == ""


HEAVY_SHEET = packed(**{"lieferung.json": b" " * (read.MAX_MANIFEST + 1)})


@pytest.mark.usefixtures("_nothing_is_unpacked")
def test_a_heavy_cover_sheet_is_not_opened() -> None:
    assert read.sender_of(HEAVY_SHEET) == ""


def test_a_cover_sheet_that_is_no_cover_sheet_is_refused() -> None:
    with pytest.raises(DeliveryError, match="größer als 64 KB"):
        read.read(HEAVY_SHEET, "x.zip", as_of=AS_OF)


def test_an_entry_that_lies_about_its_size_hands_out_no_more() -> None:
    content = packed(**{"personen.csv": b"0" * 5_000_000})
    real = (5_000_000).to_bytes(4, "little")
    assert content.count(real) == 2
    with pytest.raises(DeliveryError) as caught:
        read.read(content.replace(real, (100).to_bytes(4, "little")), "x.zip", as_of=AS_OF)
    assert caught.value.code == "truncated"


@pytest.mark.parametrize(("limit", "words"), [("MAX_ROWS", "mehr als 9 Zeilen"), ("MAX_UNPACKED", "größer als 0 MB")])
def test_a_parquet_file_is_asked_for_its_size_first(monkeypatch: pytest.MonkeyPatch, limit: str, words: str) -> None:
    content = write.to_parquet(schema.tables()["personen"], [PERSON] * 10)
    monkeypatch.setattr(read, limit, 9)
    monkeypatch.setattr(read.pq.ParquetFile, "read", lambda *_: pytest.fail("it was read"))
    with pytest.raises(DeliveryError, match=words) as caught:
        read.read(content, "personen.parquet", as_of=AS_OF)
    assert caught.value.code == "too_big"
