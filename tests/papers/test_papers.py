"""Every paper: its words by extraction, its tags, and what hostile, strange, long or missing facts do to it."""

import dataclasses
import io
import re
import tomllib
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from hilfefrei.papers import PaperError, data, languages, render
from hilfefrei.papers.fonts import FOLDER, signs
from hilfefrei.papers.press import TEMPLATES, WORDS, payload, showable
from tests.papers.samples import EMPTY, NOW, PAPERS, SAMPLES, at

KINDS = sorted(data.type_of)
HOSTILE = ['#import "/etc/passwd": *', "$x^2$", "\\u{41} \\ #panic()", "*fett* _kursiv_ `roh`", "<script>", "{name}", "= Titel", "\"'"]


def read(pdf: bytes) -> PdfReader:
    """The sheet as a reader sees it."""
    return PdfReader(io.BytesIO(pdf))


def text(pdf: bytes) -> str:
    """All words, blanks and breaks as one blank."""
    return re.sub(r"[\s\u200b\u00a0]+", " ", " ".join(page.extract_text() for page in read(pdf).pages))


def filled(kind: str, **more: Any) -> str:
    """Words of a full sample with some facts changed."""
    return text(render(kind, dataclasses.replace(SAMPLES[kind], **more)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("given_facts", [SAMPLES, EMPTY], ids=["full", "empty"])
def test_every_paper_is_tagged_a4_in_german_with_the_vendored_font(kind: str, given_facts: dict[str, Any]) -> None:
    pdf = render(kind, given_facts[kind])
    reader = read(pdf)
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"].value is True
    assert root["/Lang"] == "de"
    assert root["/StructTreeRoot"]["/K"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert b"<pdfuaid:part>1<" in root["/Metadata"].get_data()
    assert reader.metadata is not None
    assert reader.metadata.title
    assert reader.metadata.author == given_facts[kind].office.name
    for page in reader.pages:
        assert sorted((round(page.mediabox.width), round(page.mediabox.height))) == [595, 842]
        for font in page["/Resources"]["/Font"].values():
            assert "FiraSans" in font.get_object()["/BaseFont"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_title_carries_no_name(kind: str) -> None:
    metadata = read(render(kind, SAMPLES[kind])).metadata
    assert metadata is not None
    assert not re.search("Hainbuche|Wiesenklee|Fingerhut|Eisvogel", f"{metadata.title}")


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_facts_give_the_same_sheet(kind: str) -> None:
    assert render(kind, SAMPLES[kind]) == render(kind, SAMPLES[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_practice_sheets_say_that_they_are_invented_and_real_ones_do_not(kind: str) -> None:
    assert "Übungsbetrieb, alle Angaben erfunden" in text(render(kind, SAMPLES[kind]))
    real = dataclasses.replace(SAMPLES[kind].office, demo=False)
    assert "Übungsbetrieb" not in filled(kind, office=real)


@pytest.mark.parametrize(
    ("kind", "pages"),
    [("receipt", 1), ("handout", 3), ("papers_request", 1), ("leave_copy", 1), ("first_contact_form", 1), ("day_list", 1)],
)
def test_a_paper_of_usual_length_has_as_many_sheets_as_intended(kind: str, pages: int) -> None:
    assert len(read(render(kind, SAMPLES[kind])).pages) == pages


# --- words ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS)
def test_no_paper_threatens(kind: str) -> None:
    words = text(render(kind, SAMPLES[kind])) + text(render(kind, EMPTY[kind]))
    for never in ("kürz", "minder", "sanktion", "mitwirk", "verpflicht", "versag", "entzug", "ungültig", "hilfefrei", "Kunde "):
        assert never.lower() not in words.lower()


def test_the_receipt_states_the_fact_its_effect_and_the_offer_without_consequence() -> None:
    words = filled("receipt")
    assert "Frau Hainbuche, Ihr Antrag ist da" in words
    assert "Dienstag, 17. November 2026, 08:07 Uhr, persönlich am Empfang" in words
    assert "1. November 2026. Der ganze Monat zählt." in words
    assert "beantragt am 17. November 2026, 08:07 Uhr" in words
    assert "E-2026-1118, bitte bei Fragen nennen" in words
    assert "bis Di 08.12." in words
    assert "Das ist ein Angebot. Sie können Nein sagen oder später kommen." in words
    assert "Für Ihren Antrag und Ihr Geld hat das keine Folgen." in words


def test_the_receipt_leaves_out_what_is_not_there() -> None:
    words = text(render("receipt", EMPTY["receipt"]))
    assert "Ihr Antrag ist da" in words
    for part in ("Vorschuss", "Für Wiebke", "Was jetzt passiert", "Wen Sie anrufen", "Beschwerdestelle"):
        assert part not in words


def test_the_handout_keeps_money_and_offers_on_different_sheets() -> None:
    money, offers, second = (re.sub(r"\s+", " ", page.extract_text()) for page in read(render("handout", SAMPLES["handout"])).pages)
    assert "Wirkt ab 01.11.2026." in money
    assert "Kontoauszüge, drei Monate" in money
    assert "Finn, 3 Jahre" in money
    assert "Verkäuferin Backwaren" not in money
    assert "Alles auf dieser Seite ist freiwillig." in offers
    assert "Verkäuferin Backwaren" in offers
    assert "Wenn Sie mögen: 2 Stellen" in offers
    assert "heute, 11:30 Uhr" in offers
    assert "Antrag auf Grundsicherungsgeld" not in offers
    assert "Переклад не перевірено" in second
    assert "вт 08.12." in second
    assert "Діє з 01.11.2026" in second


def test_the_handout_without_application_says_how_to_make_one() -> None:
    words = filled("handout", asked_at=None)
    assert "Frau Hainbuche, Sie haben nur gefragt" in words
    assert "Sie können das jederzeit tun, ein Satz genügt." in words
    assert "Ihr Antrag ist da" not in words


def test_an_unconfirmed_application_is_not_shown_as_confirmed() -> None:
    words = filled("handout", confirmed_at=None)
    assert "Eingang bestätigt" not in words
    assert "Die Leistungsstelle bestätigt noch den Eingang." in words


def test_german_alone_has_two_sheets() -> None:
    assert len(read(render("handout", dataclasses.replace(SAMPLES["handout"], language=""))).pages) == 2


def test_the_second_sheet_is_tagged_with_its_own_language() -> None:
    pdf = read(render("handout", SAMPLES["handout"]))
    found: set[str] = set()
    stack = [pdf.trailer["/Root"]["/StructTreeRoot"]]
    while stack:
        node = stack.pop().get_object()
        if isinstance(node, dict):
            if "/Lang" in node:
                found.add(str(node["/Lang"]))
            kids = node.get("/K", [])
            stack += [kid for kid in (kids if isinstance(kids, list) else [kids]) if hasattr(kid, "get_object")]
    assert "uk" in found


def test_a_checked_translation_no_longer_says_unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    checked = {**languages(), "uk": {**languages()["uk"], "checked_by": "Olha Steinbrech", "checked_on": "2026-11-20"}}
    monkeypatch.setattr("hilfefrei.papers.press.languages", lambda: checked)
    words = filled("handout")
    assert "не перевірено" not in words
    assert "Переклад перевірено" in words


def test_the_request_says_first_that_the_application_counts_and_sorts_by_state() -> None:
    words = filled("papers_request")
    assert words.index("Er ist nicht in Gefahr.") < words.index("Bitte bis Dienstag, 1. Dezember 2026:")
    assert words.index("Mietvertrag") < words.index("Das kann folgen:") < words.index("Hauptantrag")
    assert "Ausweis, für Wiebke Hainbuche (gesehen)" in words
    assert "Frau Hainbuche, es ist alles da" in filled("papers_request", papers=PAPERS[2:3])


@pytest.mark.parametrize(
    ("act", "head"),
    [
        ("stays_open", "Ihr Antrag bleibt offen"),
        ("only_asked", "Sie haben nur gefragt"),
        ("withdrawn", "Sie haben Ihren Antrag zurückgenommen"),
        ("waiver", "Sie verzichten, § 46 SGB I"),
    ],
)
def test_the_copy_keeps_three_acts_apart_and_marks_at_most_one(act: str, head: str) -> None:
    words = filled("leave_copy", act=act)
    assert head in words
    assert words.count("gewählt") == (0 if act == "stays_open" else 1)
    for name in ("Nur gefragt, kein Antrag", "Antrag zurückgenommen", "Verzicht, § 46 SGB I"):
        assert name in words
    assert "Der Antrag bleibt offen." in words
    assert "unterschrieben am" in words if act in {"withdrawn", "waiver"} else "unterschrieben am" not in words


@pytest.mark.parametrize(
    ("act", "back"),
    [
        ("stays_open", "Wieder gemeldet am 19. November 2026."),
        ("only_asked", "Wieder gemeldet am 19. November 2026, mit einem Antrag."),
        ("withdrawn", "Wieder gemeldet am 19. November 2026, mit einem neuen Antrag."),
        ("waiver", "Verzicht widerrufen am 19. November 2026, für die Zukunft."),
    ],
)
def test_the_copy_says_that_somebody_came_back(act: str, back: str) -> None:
    assert back in filled("leave_copy", act=act, revoked_at=at(19, 9, 0))
    assert "Danach" not in filled("leave_copy", act=act)


def test_a_missing_estimate_is_said() -> None:
    assert "Eine Schätzung gab es nicht." in filled("leave_copy", estimate=None)
    assert "etwa 993 € im Monat. Schätzung, kein Bescheid." in filled("leave_copy")
    assert "Es gibt keine schriftliche Erklärung." in filled("leave_copy", signed_on=None)


def test_an_estimate_that_was_a_band_is_one_on_the_copy_with_its_law_and_day() -> None:
    words = filled(
        "leave_copy", estimate=data.Euro(106_000, whole=True), estimate_high=data.Euro(108_000, whole=True), estimate_law="Grundsicherungsgeld",
        estimate_on=date(2026, 11, 24),
    )  # fmt: skip
    assert "1.060 € bis 1.080 € im Monat, je nachdem, was noch offen ist. Schätzung, kein Bescheid." in words
    assert "Gerechnet für den 24. November 2026 nach dem Recht „Grundsicherungsgeld“." in words


def test_lists_name_what_is_empty() -> None:
    words = text(render("day_list", EMPTY["day_list"]))
    for sentence in ("Niemand wartet.", "Heute ist kein Gespräch eingetragen.", "Es ist kein Platz frei."):
        assert sentence in words
    assert "Niemand passt zu dieser Auswahl." in text(render("persons_list", EMPTY["persons_list"]))
    assert "war niemand eingetragen" in text(render("call_list", EMPTY["call_list"]))
    assert "noch nichts eingetragen" in text(render("week_plan", EMPTY["week_plan"]))


def test_a_long_list_repeats_its_head_on_every_sheet() -> None:
    rows = tuple((f"Name {number}", "Herzberg", "ViA-Team", "17.11.2026") for number in range(300))
    pages = read(render("persons_list", dataclasses.replace(SAMPLES["persons_list"], rows=rows))).pages
    assert len(pages) > 5
    assert all("zuständig" in page.extract_text() for page in pages)
    assert "300 Personen" in pages[0].extract_text()


def test_the_blank_form_asks_for_the_real_time_and_needs_no_name() -> None:
    words = filled("first_contact_form")
    assert "Auch ohne Namen aufnehmen: Das Datum zählt." in words
    assert "Das ist ein Antrag." in words
    assert "0171 39200 50" in words


# --- strange facts -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("strange", HOSTILE)
def test_what_looks_like_typst_is_printed_as_typed(strange: str) -> None:
    def tight(words: str) -> str:
        return re.sub(r"\s", "", words.replace("“", '"').replace("„", '"').replace("’", "'"))

    words = filled("handout", goal=strange, salutation=strange, number=strange)
    assert tight(words).count(tight(strange)) >= 3


def test_a_name_without_end_stays_on_the_sheet() -> None:
    long = "Wolfeschlegelsteinhausenbergerdorff" * 8
    pdf = render("receipt", dataclasses.replace(SAMPLES["receipt"], salutation=long, persons=(long,)))
    right = 0.0

    def look(part: str, _cm: Any, matrix: list[float], _font: Any, size: float) -> None:
        nonlocal right
        right = max(right, matrix[4] + len(part.strip()) * size * 0.3)

    reader = read(pdf)
    for page in reader.pages:
        page.extract_text(visitor_text=look)
    assert right < 595
    assert long in re.sub(r"[\s\u200b]", "", "".join(page.extract_text() for page in reader.pages))


def test_a_script_that_the_font_lacks_costs_a_question_mark_not_the_receipt() -> None:
    words = filled("receipt", salutation="Herr \u0645\u0631\u062d\u0628\u0627 \N{GRINNING FACE}")
    assert "Herr ????? ?, Ihr Antrag ist da" in words


def test_showable_composes_and_drops_what_cannot_be_seen() -> None:
    assert showable("Mu\u0308ller\u202e\x00\tA\nB") == "Müller A B"
    assert showable("Щука Їжак ß ẞ – „x“ € −") == "Щука Їжак ß ẞ – „x“ € −"
    assert showable("☐") == "?"


@given(st.text(max_size=60))
@settings(max_examples=200)
def test_everything_showable_has_a_glyph(typed: str) -> None:
    assert {ord(sign) for sign in showable(typed)} <= signs()


@given(typed=st.text(min_size=1, max_size=80))
@settings(max_examples=60)
def test_no_text_stops_a_receipt(typed: str) -> None:
    sample = SAMPLES["receipt"]
    assert render(
        "receipt", dataclasses.replace(sample, salutation=typed, persons=(typed,), wishes=(typed,), number=typed, channel=typed)
    ).startswith(b"%PDF")


def test_days_follow_berlin_time() -> None:
    shown = payload(at(17, 0, 30), date(2026, 11, 17))
    assert (shown["short"], shown["time"], shown["today"]) == ("17.11.", "00:30", True)


def test_a_day_of_another_year_says_its_year() -> None:
    assert payload(date(2026, 12, 31), date(2026, 11, 17))["short"] == "31.12."
    assert payload(date(2027, 1, 1), date(2026, 11, 17))["short"] == "01.01.2027"


# --- refusals and data files ---------------------------------------------------------------------------------------
def test_unknown_kinds_and_wrong_facts_are_refused() -> None:
    with pytest.raises(PaperError, match="no paper 'bill'"):
        render("bill", SAMPLES["receipt"])
    with pytest.raises(PaperError, match="made from Handout"):
        render("handout", SAMPLES["receipt"])
    with pytest.raises(PaperError, match="no words in 'xx'"):
        render("handout", dataclasses.replace(SAMPLES["handout"], language="xx"))


def test_a_warning_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    (tmp_path / "receipt.typ").write_text('#set document(title: "x")\n#set text(font: "No Such Font")\nx')
    monkeypatch.setattr("hilfefrei.papers.press.TEMPLATES", tmp_path)
    with pytest.raises(PaperError, match="unknown font family"):
        render("receipt", SAMPLES["receipt"])


def test_every_paper_has_its_template_and_facts() -> None:
    assert {path.stem for path in TEMPLATES.glob("*.typ")} == {*data.type_of, "lib"}
    assert set(SAMPLES) == set(EMPTY) == set(data.type_of)
    assert len(list(FOLDER.glob("*.ttf"))) == 3


def test_every_language_says_who_checked_it_and_has_what_german_has() -> None:
    german = tomllib.loads((WORDS / "de.toml").read_text())
    for path in WORDS.glob("*.toml"):
        words = tomllib.loads(path.read_text())
        assert words["code"] == path.stem
        assert bool(words["checked_by"]) == bool(words["checked_on"])
        assert len(words["weekdays"]) == 7
        for section in ("common", "handout"):
            for key, sentence in words[section].items():
                if key in german[section]:
                    assert set(re.findall(r"{\w+}", sentence)) == set(re.findall(r"{\w+}", german[section][key])), key
    used = set(re.findall(r"\bs\.(\w+)", (TEMPLATES / "handout.typ").read_text())) - {"at"}
    assert used <= set(tomllib.loads((WORDS / "uk.toml").read_text())["handout"])


def test_moment_of_printing_is_in_the_file_and_not_the_machine_clock() -> None:
    metadata = read(render("receipt", SAMPLES["receipt"])).metadata
    assert metadata is not None
    assert metadata.creation_date is not None
    assert metadata.creation_date.timestamp() == NOW.timestamp()


def test_an_extract_says_what_stands_where_it_comes_from_and_who_gives_the_rest() -> None:
    words = text(render("extract", SAMPLES["extract"]))
    assert "Auszug für Jana Silberdistel" in words
    assert "Geburtstag 12.04.1992 Eisvogel, 17.11." in words
    assert "Dazu steht nichts in der Akte." in words
    assert "Die ganze Auskunft gibt Ihnen der Datenschutz" in words


def test_a_disclosure_says_what_stands_what_for_and_which_rights_there_are() -> None:
    words = text(render("disclosure", SAMPLES["disclosure"]))
    assert "Was wir über Jana Silberdistel gespeichert haben" in words
    assert "1 Geburtsdatum 12.04.1992" in words
    assert "niemanden verwechseln" in words
    assert "24.11.2026: Antragsblatt für die Leistung" in words
    assert "12 Änderungen" in words
    assert "zwölf Monate lang festgehalten" in words
    assert "Es ist nichts gespeichert." in text(render("disclosure", EMPTY["disclosure"]))


def test_the_notice_says_which_data_and_never_the_data() -> None:
    words = text(render("data_notice", SAMPLES["data_notice"]))
    for part in ("Anschrift", "Briefe", "1 Jahr ab Ende der Gültigkeit", "wer für Sie zuständig ist", "Sie können es jederzeit zurücknehmen"):
        assert part in words, part
    assert "Silberdistel" not in words
    assert "Sie haben nichts Freiwilliges erlaubt." in text(render("data_notice", EMPTY["data_notice"]))


def test_the_answer_to_a_wish_says_what_goes_what_stays_and_whom_to_turn_to() -> None:
    words = text(render("erasure_answer", SAMPLES["erasure_answer"]))
    for part in (
        "Wir löschen einen Teil Ihrer Daten", "Vermittlung", "Wir brauchen die Daten noch, um Ihren Antrag zu bearbeiten.", "Ihr Antrag läuft bis März.",
        "Art. 77 DSGVO", "§ 81b SGB X", "bis auch die gelöscht sind",
    ):  # fmt: skip
        assert part in words, part
    everything = text(render("erasure_answer", EMPTY["erasure_answer"]))
    assert "Wir löschen Ihre Daten" in everything
    assert "Bitte heben Sie diesen Brief auf" in everything
    assert "Das bleibt noch" not in everything
    refused = text(render("erasure_answer", dataclasses.replace(SAMPLES["erasure_answer"], goes=())))
    assert "Wir können Ihre Daten noch nicht löschen" in refused
    assert "Das löschen wir" not in refused


def test_who_looked_is_told_by_when_and_what_for_and_names_nobody() -> None:
    words = text(render("access_notice", SAMPLES["access_notice"]))
    for part in ("geöffnet", "Personen", "4711", "Warum keine Namen dabeistehen", "Art. 77 DSGVO"):
        assert part in words, part
    assert "hat niemand Ihre Akte geöffnet" in text(render("access_notice", EMPTY["access_notice"]))


def test_a_calculation_says_what_matters_first_and_that_it_is_advice() -> None:
    words = filled("claim_sheet")
    for part in ("+194 bis +830 €", "ab 2.979 € brutto", "Beratung, keine Entscheidung", "Regelbedarf Stufe 2: Partner", "§ 20 SGB II", "°"):
        assert part in words
    assert words.index("+194") < words.index("In einfachen Worten") < words.index("Regelbedarfe")
    assert "Beratung, keine Entscheidung" in text(render("claim_sheet", EMPTY["claim_sheet"]))
