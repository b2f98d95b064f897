"""Files of vacancies: what is read, what is refused as a whole, and when the alarm is raised."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hilfefrei.core.matching.delivery import (
    BA_JOBSUCHE_CSV,
    BUILT_IN,
    FIELD_WORDS,
    FIELDS,
    MAX_BYTES,
    OWN_CSV,
    ColumnMapping,
    DeliveryError,
    InterfaceChange,
    header_of,
    parse_csv,
    parse_v6,
    tidy,
)

# The shape of the live interface in September 2026, with an invented firm.
HIT = {
    "stellenangebotsart": "ARBEIT",
    "stellenangebotsTitel": "Verkäufer/in Backwaren (m/w/d)",
    "quereinstiegGeeignet": True,
    "arbeitszeitSchichtNachtWochenende": False,
    "arbeitszeitTeilzeitAbend": False,
    "arbeitszeitTeilzeitVormittag": True,
    "arbeitszeitVollzeit": False,
    "eintrittszeitraum": {"von": "2026-12-01"},
    "verguetungsangabe": "STUNDENLOHN",
    "gehaltsspanneVon": 14.6,
    "gehaltsspanneBis": 15,
    "vertragsdauer": "UNBEFRISTET",
    "istGeringfuegigeBeschaeftigung": False,
    "stellenlokationen": [
        {"adresse": {"plz": "1030", "ort": "Wien", "land": "OESTERREICH"}},
        {
            "adresse": {"strasse": "Ahornweg", "hausnummer": "4", "plz": "37412", "ort": "Herzberg", "land": "DEUTSCHLAND"},
            "breite": 51.65,
            "laenge": 10.34,
        },
    ],
    "veroeffentlichungszeitraum": {"von": "2026-11-18"},
    "datumErsteVeroeffentlichung": "2026-11-17",
    "externeURL": "https://stellen.example/1",
    "hauptberuf": "Verkäufer/in",
    "firma": "Großbäckerei Sösefrisch",
    "referenznummer": "10000-1-S",
}


def answer(*hits: object, **more: object) -> bytes:
    return json.dumps({"ergebnisliste": list(hits), "maxErgebnisse": len(hits), "page": 1, "size": 100} | more).encode()


def without(*names: str) -> dict[str, object]:
    return {key: value for key, value in HIT.items() if key not in names}


def test_an_answer_is_read_by_its_new_names() -> None:
    read = parse_v6(answer(HIT))
    row = read.rows[0]
    assert read.stated == 1
    assert (row.line, row.reference, row.title, row.occupation) == (
        1,
        "10000-1-S",
        "Verkäufer/in Backwaren (m/w/d)",
        "Verkäufer/in",
    )
    assert (row.employer, row.plz, row.place, row.street, row.country) == (
        "Großbäckerei Sösefrisch",
        "37412",
        "Herzberg",
        "Ahornweg 4",
        "DEUTSCHLAND",
    )
    assert (row.lat, row.lon, row.full_time, row.part_time, row.shift_night_weekend) == (
        "51.65",
        "10.34",
        "false",
        "true",
        "false",
    )
    assert (row.wage_kind, row.wage_low, row.wage_high, row.decimal) == ("STUNDENLOHN", "14.6", "15", ".")
    assert (row.published, row.starts, row.fixed_term, row.lateral, row.training) == (
        "2026-11-17",
        "2026-12-01",
        "false",
        "true",
        "false",
    )
    assert row.as_dict()["employer"] == "Großbäckerei Sösefrisch"
    assert "closes" not in row.as_dict()


def test_no_match_has_no_list_and_is_fine() -> None:
    read = parse_v6(b'{"maxErgebnisse": 0, "page": 1, "size": 2, "woOutput": {}}')
    assert (read.rows, read.stated) == ((), 0)


def test_pages_may_come_as_one_list() -> None:
    pages = [json.loads(answer(HIT)), json.loads(answer(HIT | {"referenznummer": "2"}))]
    assert [row.line for row in parse_v6(json.dumps(pages).encode()).rows] == [1, 2]


@pytest.mark.parametrize(
    "content",
    [
        b'{"maxErgebnisse": 286, "page": 1, "size": 1}',
        b'{"maxErgebnisse": 286, "ergebnisliste": null}',
        b'{"maxErgebnisse": 286, "ergebnisliste": []}',
        b'{"maxErgebnisse": "viele", "ergebnisliste": []}',
        b'{"maxErgebnisse": 5, "ergebnisliste": {"0": {}}}',
        b'{"stellenangebote": [], "maxErgebnisse": 0}',
        b'{"_http_status": 403}',
        b'{"messages": [{"code": "X"}]}',
        answer({"refnr": "1", "beruf": "Koch/Köchin", "titel": "Koch"}),
        answer(*[HIT] * 9, without("referenznummer")),
        answer(*[HIT] * 9, without("hauptberuf")),
        answer(*[HIT] * 9, "eine Zeile"),
    ],
)
def test_another_shape_is_an_alarm_and_never_no_vacancies(content: bytes) -> None:
    with pytest.raises(InterfaceChange, match="antwortet anders als bisher"):
        parse_v6(content)


def test_a_few_rows_without_number_are_no_alarm() -> None:
    rows = parse_v6(answer(*[HIT] * 20, without("referenznummer"))).rows
    assert len(rows) == 21
    assert rows[20].reference == ""


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (answer(HIT)[:-40], "truncated"),
        (b"[" * 100_000, "truncated"),
        (b'{"maxErgebnisse": NaN}', "truncated"),
        (b"[]", "empty"),
        (b'"Text"', "foreign"),
        (b"[1, 2]", "foreign"),
        (b'{"person": {"name": "x"}}', "foreign"),
        (b"<html></html>", "truncated"),
        (b"PK\x03\x04xlsx", "foreign"),
        (b"%PDF-1.7", "foreign"),
        ("ü".encode("cp1252"), "foreign"),
        (b" " * (MAX_BYTES + 1) + b"{}", "too_big"),
    ],
)
def test_no_answer_at_all_is_refused_in_plain_words(content: bytes, code: str) -> None:
    with pytest.raises(DeliveryError) as refused:
        parse_v6(content)
    assert refused.value.code == code
    assert not isinstance(refused.value, InterfaceChange)
    assert str(refused.value).endswith(".")


def test_hostile_text_becomes_text_any_database_takes() -> None:
    row = parse_v6(
        answer(HIT | {"stellenangebotsTitel": "Koch\x00\ud800 \n\t<b>ä</b>\x1b", "firma": 12, "stellenlokationen": "nirgends"})
    ).rows[0]
    assert (row.title, row.employer, row.place) == ("Koch <b>ä</b>", "12", "")
    assert tidy(None) == ""


HEAD = "referenznummer,titel,hauptberuf,firma,vollzeit,verguetungsangabe,festgehalt,gehaltsspanne_von,gehaltsspanne_bis,plz,ort,strasse,veroeffentlicht_am,eintritt_von,entfernung_km,quereinstieg_geeignet\n"
LINE = '1-S,"Küchenhilfe, früh",Küchenhelfer/in,Gasthof Kupferkessel,True,JAHRESGEHALT,1900.0,,,37412,Herzberg,,2026-11-13,2026-12-01,1,False\n'


def test_the_csv_of_the_job_search_is_built_in() -> None:
    read = parse_csv((HEAD + LINE).encode(), BUILT_IN["ba-jobsuche-csv"])
    row = read.rows[0]
    assert (read.encoding, read.delimiter, len(read.rows)) == ("utf-8", ",", 1)
    assert (row.line, row.title, row.full_time, row.wage_kind, row.wage_fixed, row.decimal) == (
        2,
        "Küchenhilfe, früh",
        "True",
        "JAHRESGEHALT",
        "1900.0",
        ".",
    )
    assert (row.plz, row.published, row.starts, row.lateral) == ("37412", "2026-11-13", "2026-12-01", "False")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_encodings_delimiters_and_line_ends(encoding: str, delimiter: str, ending: str) -> None:
    text = delimiter.join(["Titel", "PLZ", "Größe"]) + ending + delimiter.join(["Bäcker – früh", "37412", "5"]) + ending
    mapping = ColumnMapping("x", {"title": " TITEL ", "plz": "plz"})
    read = parse_csv(text.encode(encoding), mapping)
    assert read.encoding == encoding
    assert read.delimiter == delimiter
    assert (read.rows[0].title, read.rows[0].plz) == ("Bäcker – früh", "37412")


def test_what_is_neither_is_latin_1() -> None:
    read = parse_csv("Titel;Ort\nB\x81cker;Bad Sachsa\n".encode("latin-1"), ColumnMapping("x", {"title": "Titel"}))
    assert (read.encoding, read.rows[0].title) == ("latin-1", "B\x81cker")


@pytest.mark.parametrize(
    ("numbers", "sign"),
    [
        (["14,60", "1.500"], ","),
        (["13.9", "1900.0"], "."),
        (["1.500"], ","),
        (["15"], ","),
        (["1234.5678"], "."),
        (["1.500,00", "13.9"], ","),
    ],
)
def test_the_decimal_sign_is_found_out_for_the_file(numbers: list[str], sign: str) -> None:
    text = "Titel;Lohn\n" + "".join(f"Koch;{number}\n" for number in numbers)
    assert {
        row.decimal for row in parse_csv(text.encode(), ColumnMapping("x", {"title": "Titel", "wage_fixed": "Lohn"})).rows
    } == {sign}


def test_constants_fill_what_the_file_leaves_out_and_give_way_to_what_it_says() -> None:
    mapping = ColumnMapping("x", {"title": "Titel", "wage_kind": "Art"}, {"wage_kind": "STUNDENLOHN", "place": "Osterode"})
    rows = parse_csv(b"Titel;Art\nKoch;\nKoch;MONATSGEHALT\n", mapping).rows
    assert [(r.wage_kind, r.place) for r in rows] == [("STUNDENLOHN", "Osterode"), ("MONATSGEHALT", "Osterode")]


def test_rows_of_another_width_are_kept_with_their_line_and_reason() -> None:
    rows = parse_csv(
        b"Titel;Ort\nKoch;Osterode\nKoch\n\nKoch;Osterode;zuviel\nKoch;Herzberg\n", ColumnMapping("x", {"title": "Titel"})
    ).rows
    assert [(r.line, r.broken) for r in rows] == [
        (2, ""),
        (3, "Die Zeile hat 1 statt 2 Spalten."),
        (5, "Die Zeile hat 3 statt 2 Spalten."),
        (6, ""),
    ]


def test_a_line_break_inside_quotes_belongs_to_the_value() -> None:
    rows = parse_csv(b'Titel;Ort\n"Koch\nfr\xc3\xbch";Osterode\n', ColumnMapping("x", {"title": "Titel"})).rows
    assert rows[0].title == "Koch früh"


TITLE_ONLY = ColumnMapping("x", {"title": "Titel"})


@pytest.mark.parametrize(
    ("content", "code", "sentence"),
    [
        (b"", "empty", "Die Datei ist leer"),
        (b"Titel;Ort\n", "empty", "nur eine Kopfzeile"),
        (b"Titel;Ort\nKoch;Osterode\nKo", "truncated", "bricht in Zeile 3 ab"),
        (b'Titel;Ort\nKoch;"Oster', "truncated", "bricht in Zeile 2 ab"),
        (b'Titel;Ort\nKoch;"Osterode"x\n', "unreadable", "Zeile 2 ist nicht lesbar"),
        (b"Nur eine Spalte\nKoch\n", "foreign", "nur eine Spalte"),
        (b"Name;Ort\nKoch;Osterode\n", "columns", "fehlen Spalten: Titel"),
        (b"Titel;Titel\nKoch;Osterode\n", "columns", "stehen doppelt"),
        (b'{"maxErgebnisse": 1}', "foreign", "JSON"),
        (b"<?xml version='1.0'?>", "foreign", "XML"),
        (b"\xd0\xcf\x11\xe0rest", "foreign", "alte Excel-Datei"),
        (b"Titel;Ort\x00\n", "foreign", "keine Textdatei"),
        (b"\xff\xfeT\x00i\x00", "foreign", "nur eine Spalte"),
        (b"\xff\xfeT\x00i\x00;", "truncated", "mitten in einem Zeichen"),
        (b"x" * (MAX_BYTES + 1), "too_big", "größer als 30 MB"),
        (b"Titel;Ort\nKoch;" + b"x" * 200_000 + b"\n", "unreadable", "Zeile 2 ist nicht lesbar"),
    ],
)
def test_files_that_cannot_be_read(content: bytes, code: str, sentence: str) -> None:
    with pytest.raises(DeliveryError, match=sentence) as refused:
        parse_csv(content, TITLE_ONLY)
    assert refused.value.code == code


@pytest.mark.parametrize("cut", range(0, len(HEAD + LINE), 7))
def test_a_file_cut_off_anywhere_is_refused_or_ends_at_a_whole_row(cut: int) -> None:
    content = (HEAD + LINE + LINE).encode()[: len(HEAD.encode()) + cut % len(LINE) + 1]
    try:
        read = parse_csv(content, BA_JOBSUCHE_CSV)
    except DeliveryError as error:
        assert error.code in {"truncated", "empty"}  # noqa: PT017 - either is right
    else:
        assert content.count(b",") >= 30
        assert read.rows[0].reference == "1-S"


def test_mappings_are_checked_when_they_are_made() -> None:
    with pytest.raises(ValueError, match="kennen wir nicht: lohn"):
        ColumnMapping("x", {"title": "Titel", "lohn": "Lohn"})
    with pytest.raises(ValueError, match="Titel oder dem Beruf"):
        ColumnMapping("x", {"plz": "PLZ"})
    with pytest.raises(ValueError, match="Komma und Punkt"):
        ColumnMapping("x", {"title": "Titel"}, decimal="x")


def test_our_own_columns_are_read_without_a_mapping_and_need_only_a_title() -> None:
    read = parse_csv(b"title;reference;plz\nKoch;1;37412\n", OWN_CSV)
    assert (read.rows[0].title, read.rows[0].reference, read.rows[0].plz) == ("Koch", "1", "37412")
    with pytest.raises(DeliveryError, match="fehlen Spalten"):
        parse_csv(b"name;plz\nKoch;37412\n", OWN_CSV)


def test_every_field_has_a_german_word_for_the_mapping_page() -> None:
    assert set(FIELD_WORDS) == set(FIELDS)


def test_the_head_is_read_for_choosing_columns() -> None:
    assert header_of("\nTitel ; Größe\n1;2\n".encode()) == (("Titel", "Größe"), ";", "utf-8")


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for parse in (parse_v6, lambda c: parse_csv(c, TITLE_ONLY)):
        try:
            parse(content)
        except DeliveryError as error:
            assert str(error)  # noqa: PT017 - either is right


JSONISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*HIT, "adresse", "von", "plz"]), inner, max_size=6)
    ),
    max_leaves=20,
)


@given(st.lists(JSONISH, max_size=4))
def test_any_json_inside_an_answer_is_read_or_refused(hits: list[object]) -> None:
    try:
        read = parse_v6(json.dumps({"maxErgebnisse": len(hits), "ergebnisliste": hits}).encode())
    except InterfaceChange:
        assert hits
    else:
        assert len(read.rows) == len(hits)


def test_marks_of_a_web_page_are_read_as_their_characters() -> None:
    content = b"referenz,titel\n1,Reinigung Kindergarten &amp;amp; Vorschule\n2,Reinigung Kindergarten &amp; Vorschule\n"
    rows = parse_csv(content, ColumnMapping("x", {"reference": "referenz", "title": "titel"})).rows
    assert [row.title for row in rows] == ["Reinigung Kindergarten &amp; Vorschule", "Reinigung Kindergarten & Vorschule"]
