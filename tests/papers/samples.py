"""One full and one empty set of facts for each paper; all persons and firms are invented."""

from datetime import date, datetime
from typing import Any

from hilfefrei.core.clock import BERLIN
from hilfefrei.papers import data as facts


def at(day: int, hour: int, minute: int = 0, *, month: int = 11) -> datetime:
    """A moment of late 2026, Berlin time."""
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN)


OFFICE = facts.Office(
    name="Jobcenter Landkreis Sösetal",
    address="Am Sösedamm 3, Osterode",
    opening_hours="Mo bis Fr 8 bis 16 Uhr",
    phone="0171 39200 10",
    benefits_phone="0171 39200 30",
    urgent_phone="0171 39200 50",
    counsel_name="Sozialberatung Sösetal",
    counsel_phone="0171 39200 80",
    complaint_phone="0171 39200 90",
    data_protection_phone="0171 39200 70",
    demo=True,
)
EISVOGEL = facts.Contact("Nele Eisvogel", "0171 39200 11", "ViA-Team")
KLEIBER = facts.Contact("Rosa Kleiber", "0171 39200 51", "Leistungsstelle")
NOW = at(17, 9, 42)
PAPERS = (
    facts.PaperLine("Hauptantrag", "damit wir rechnen können", "later", date(2026, 12, 17)),
    facts.PaperLine("Mietvertrag, letzte Abrechnung", "Kosten der Wohnung", "missing", date(2026, 12, 1)),
    facts.PaperLine("Ausweis", "damit klar ist, wer Sie sind", "seen", None, "Wiebke Hainbuche"),
    facts.PaperLine("Kontoauszüge, drei Monate", "Einkommen und Erspartes", "missing", date(2026, 12, 1), "Wiebke Hainbuche"),
    facts.PaperLine("Kita-Vertrag", "Essen in der Kita", "here", None, "Finn, 3 Jahre"),
)

SAMPLES: dict[str, Any] = {
    "claim_sheet": facts.ClaimSheet(
        office=OFFICE,
        printed_at=NOW,
        contact=EISVOGEL,
        title="Was wäre, wenn: Helfer Metallbau",
        meta="Recht vom 17.11.2026, Grundsicherungsgeld",
        results=(facts.ClaimResult("Mehr im Haushalt", "+194 bis +830 €", "194,00 € sofort"), facts.ClaimResult("Vom eigenen Einkommen", "ab 2.979 € brutto")),
        words_head="In einfachen Worten",
        words=("Mit dieser Stelle haben Sie gleich 194 € mehr.", "Bis das Geld kommt, zahlt das Jobcenter weiter."),
        columns=("heute", "dann, bis alles bewilligt ist", "dann mit Wohngeld und Kinderzuschlag"),
        lines=(
            facts.ClaimLine("Was der Haushalt braucht", head=True),
            facts.ClaimLine("Regelbedarfe", ("1.759,00", "1.759,00", "1.759,00")),
            facts.ClaimLine("Bedarf", ("2.459,00", "2.459,00", "2.459,00"), total=True),
        ),
        payers=(facts.ClaimLine("Landkreis, Wohnung", ("171,50", "0,00", "−171,50")), facts.ClaimLine("zusammen", ("171,50", "0,00", "−171,50"), total=True)),
        wages=(facts.ClaimLine("1.500,00", ("1.087,39", "654,00", "594,00", "2.997,61")), facts.ClaimLine("2.979,00", ("0,00", "413,00", "398,00", "3.648,29"), total=True)),
        earner="Marek",
        groups=(
            facts.ClaimGroup(
                "Bedarf: Marek",
                (
                    facts.ClaimStep("Regelbedarf", "§ 20 SGB II", "Stufe 2: Partner", "506,00"),
                    facts.ClaimStep("Bedarf", "§ 19 Abs. 1 SGB II", "", "506,00", total=True),
                ),
            ),
        ),
    ),
    "benefits_sheet": facts.BenefitsSheet(
        office=OFFICE,
        printed_at=NOW,
        title="Antrag auf Grundsicherungsgeld",
        lead="Formlos gestellt, wirkt auf den Ersten des Monats (§ 37 SGB II).",
        key="antrag-26-00001",
        rows=(
            ("Unser Zeichen", "26-00001"), ("gestellt", "Di 17.11.2026, 08:07 Uhr"), ("wirkt ab", "So 01.11.2026"), ("Weg", "persönlich"),
            ("dringend", "kein Geld, Wohnung in Gefahr"), ("Geld reicht bis", "Fr 20.11.2026"), ("Nachname", "Hainbuche"),
            ("Vorname", "Wiebke"), ("geboren", "Mo 13.04.1992"), ("keine Post an diese Anschrift", "ja"),
        ),
        people_title="Wer noch dazugehört",
        people_lead="Geschützte Menschen werden gezählt und nicht genannt.",
        people=((("wer", "Kind"), ("Vorname", "Finn")), (("wer", "weitere Person"), ("geschützt", "ja"))),
    ),
    "talk_note": facts.TalkNote(
        office=OFFICE,
        printed_at=NOW,
        contact=EISVOGEL,
        name="Wiebke Hainbuche",
        number="26-00001",
        held_at=at(17, 8, 40),
        parts=(
            facts.ExtractPart("Angaben", (facts.ExtractRow("Arbeit", "Köchin · sucht Küchenhilfe"), facts.ExtractRow("Zeit", "bis 30 Std."))),
            facts.ExtractPart("Vereinbart", (facts.ExtractRow("Jobcenter", "ruft wegen der Kita an", "Do 19.11."),)),
            facts.ExtractPart("Gebucht"),
        ),
    ),
    "receipt": facts.Receipt(
        office=OFFICE,
        printed_at=NOW,
        asked_at=at(17, 8, 7),
        works_from=date(2026, 11, 1),
        number="E-2026-1118",
        contact=EISVOGEL,
        salutation="Frau Hainbuche",
        channel="persönlich am Empfang",
        persons=("Wiebke Hainbuche", "Jonte", "Merle", "Finn"),
        wishes=("Geld zum Leben", "Hilfe mit der Miete", "Arbeit"),
        advance_asked_at=at(17, 8, 7),
        urgent=True,
        papers_until=date(2026, 12, 1),
        decision_until=date(2026, 12, 8),
        benefits_contact=KLEIBER,
        invitation=facts.Invitation(at(17, 10), "Raum 106", "mit Kinderecke"),
    ),
    "handout": facts.Handout(
        office=OFFICE,
        printed_at=NOW,
        contact=EISVOGEL,
        salutation="Frau Hainbuche",
        asked_at=at(17, 8, 7),
        channel="persönlich",
        confirmed_at=at(17, 9, 4),
        works_from=date(2026, 11, 1),
        number="23102-4817",
        decision_until=date(2026, 12, 8),
        advance_asked_at=at(17, 8, 7),
        papers=PAPERS,
        goal="Bis Weihnachten wieder arbeiten, am liebsten im Verkauf.",
        bookings=(
            facts.Booking(at(17, 11, 30), "Lebenslauf neu, mit Tim Goldammer", "hier, Raum 108"),
            facts.Booking(at(18, 9), "Information, 90 Minuten", "Osterode, Raum 104"),
        ),
        vacancies=(
            facts.Vacancy(
                "Verkäuferin Backwaren",
                "Großbäckerei Sösefrisch, Herzberg",
                ("25 Std., Mo bis Fr 8 bis 13 Uhr", "14,60 € je Stunde", "etwa 3 km"),
                "Passt, weil Sie fünf Jahre im Verkauf waren.",
                "Frau Brombeer, 0171 39200 41",
            ),
            facts.Vacancy("Küchenhilfe", "Gasthof Kupferkessel, Herzberg", ("30 Std.", "15,10 € je Stunde", "etwa 2 km")),
        ),
        tasks=(
            facts.Task("Leistungsstelle", "prüft Ihren Antrag vorrangig", date(2026, 11, 24)),
            facts.Task("Frau Eisvogel", "ruft bei Sösefrisch an", date(2026, 11, 17)),
            facts.Task("Sie, wenn Sie mögen", "melden sich bei den Betrieben", date(2026, 11, 19)),
        ),
        language="uk",
    ),
    "papers_request": facts.PapersRequest(
        office=OFFICE,
        printed_at=NOW,
        contact=EISVOGEL,
        asked_at=at(17, 8, 7),
        salutation="Frau Hainbuche",
        until=date(2026, 12, 1),
        papers=PAPERS,
    ),
    "day_list": facts.DayList(
        office=OFFICE,
        printed_at=NOW,
        waiting=(
            facts.WaitingLine(
                "Kevin Fingerhut",
                at(16, 8, 15),
                "Mo 16.11., 08:15, noch nicht bestätigt",
                ("Geld reicht bis Freitag",),
                "Herzberg",
                "0171 39200 17",
            ),
            facts.WaitingLine("Marta Kirschbaum", at(16, 8, 52), "bestätigt 14:10", (), "Bad Sachsa", "", "Sperling"),
        ),
        talks=(facts.TalkLine(at(17, 10, 30), "Bilal Wiesengrund", "Video", "Buchfink"),),
        seats=(facts.SeatLine(at(18, 9), "Informationsgespräch", "Osterode", 5, 12),),
    ),
    "first_contact_form": facts.FirstContactForm(office=OFFICE, printed_at=NOW),
    "leave_copy": facts.LeaveCopy(
        office=OFFICE,
        printed_at=NOW,
        name="Emre Wiesenklee",
        act="withdrawn",
        at=at(17, 10, 4),
        contact=EISVOGEL,
        explained_by="Nele Eisvogel",
        explained_at=at(17, 10, 2),
        words="Ich fange am 1. Dezember in der Werkstatt an.",
        rights=(
            "Sie dürfen den Antrag offen lassen und trotzdem arbeiten.",
            "Bis zum ersten Lohn kann Geld zustehen, auch als Darlehen.",
            "Ein Nein zum Angebot hat keine Folgen für Ihr Geld.",
        ),
        asked_at=at(17, 9, 21),
        works_from=date(2026, 11, 1),
        number="E-2026-1120",
        estimate=facts.Euro(99_300, whole=True),
        benefits_appointment_at=at(18, 11),
        signed_on=date(2026, 11, 17),
        representative="Helga Wiesenklee",
        second_look_by=date(2026, 11, 19),
        call_at=at(19, 10),
        may_call=True,
    ),
    "week_plan": facts.WeekPlan(
        office=OFFICE,
        printed_at=NOW,
        days=tuple(date(2026, 11, day) for day in range(16, 21)),
        rows=(
            facts.WeekRow(
                "Informationsgespräch",
                (("09:00 Osterode", "12 Plätze"), (), ("09:00 Osterode",), ("14:00 Herzberg",), ("09:00 Osterode",)),
            ),
            facts.WeekRow("Offene Stellenbörse", ((), ("13 bis 16 Foyer",), (), ("13 bis 16 Herzberg",), ())),
        ),
    ),
    "call_list": facts.CallList(
        office=OFFICE,
        printed_at=NOW,
        what="Informationsgespräch",
        at=at(18, 9),
        where="Osterode 104",
        lines=(
            facts.CallLine("Enver Bärlauch", "0171 39200 83", "Türkisch", "Mi 25.11., 09:00", "Sperling"),
            facts.CallLine("Termin 4711", "", "über Schutzstelle", "", "Schutzstelle"),
        ),
    ),
    "persons_list": facts.PersonsList(
        office=OFFICE,
        printed_at=NOW,
        columns=("Name", "Ort", "zuständig", "seit"),
        rows=(("Silberdistel, Jana", "Herzberg", "ViA-Team", "17.11.2026"), ("Moorlilie, Uwe", "Osterode", "Vermittlung", "")),
        filters="Ort: Herzberg",
    ),
    "month_report": facts.MonthReport(
        OFFICE,
        NOW,
        "Oktober 2026",
        "Datenstand 20.11.2026, nicht abgeschlossen, heute berechnet",
        date(2026, 10, 31),
        "2026-11",
        (
            facts.MonthSection(
                "Bestand",
                "",
                (
                    facts.MonthFigure(
                        "Personen im Bezug",
                        "Personen, die am letzten Tag des Monats Leistungen beziehen.",
                        "§ 7 SGB II",
                        (facts.MonthLine("", "6.478", "", "7.001"), facts.MonthLine("davon verstorben", "unter 10 oder gesperrt")),
                    ),
                ),
            ),
            facts.MonthSection("Rückkehr", "Noch nicht Beobachtete stehen für sich."),
        ),
    ),
    "extract": facts.Extract(
        office=OFFICE,
        printed_at=NOW,
        contact=facts.Contact("Nele Eisvogel", "0171 39200 11", "ViA-Team"),
        name="Jana Silberdistel",
        parts=(
            facts.ExtractPart("Person", (facts.ExtractRow("Geburtstag", "12.04.1992", "Eisvogel, 17.11."),)),
            facts.ExtractPart("Anschrift"),
        ),
    ),
    "disclosure": facts.Disclosure(
        office=OFFICE,
        printed_at=NOW,
        contact=facts.Contact("Nele Eisvogel", "0171 39200 11", "ViA-Team"),
        name="Jana Silberdistel",
        parts=(
            facts.DisclosurePart(
                "Person",
                (facts.ExtractRow("Geburtsdatum", "12.04.1992", "1"), facts.ExtractRow("Sprache", "Deutsch", "1")),
                (facts.DisclosureFields("Geburtsdatum", "niemanden verwechseln", "bis die letzte Akte gelöscht wird", "zahlendes Verfahren"),),
            ),
        ),
        sent=("24.11.2026: Antragsblatt für die Leistung",),
        changes=12,
    ),
    "data_notice": facts.DataNotice(
        office=OFFICE,
        printed_at=NOW,
        contact=facts.Contact("Nele Eisvogel", "0171 39200 11", "ViA-Team"),
        number="4711",
        lines=(facts.NoticeLine("Anschrift", "Straße, PLZ, Ort", "Briefe", "1 Jahr ab Ende der Gültigkeit", "wer für Sie zuständig ist"),),
        sent=("24.11.2026: Antragsblatt für die Leistung",),
        consents=("Nachfragen: fragen, ob die Arbeit hält",),
    ),
    "access_notice": facts.AccessNotice(
        office=OFFICE, printed_at=NOW, contact=facts.Contact("Ria Steinkauz", "0171 39200 12"), number="4711",
        first_day=date(2026, 10, 1), last_day=date(2026, 11, 24), lines=(facts.AccessLine(NOW, "geöffnet", "Personen"),),
    ),
    "erasure_answer": facts.ErasureAnswer(
        office=OFFICE,
        printed_at=NOW,
        contact=facts.Contact("Nele Eisvogel", "0171 39200 11", "ViA-Team"),
        name="Jana Silberdistel",
        number="4711",
        asked_at=NOW,
        decided_at=NOW,
        goes=("Vermittlung", "Gesundheit"),
        stays=(("Antrag", "Wir brauchen die Daten noch, um Ihren Antrag zu bearbeiten."),),
        answer="Ihr Antrag läuft bis März.",
    ),
}

_BARE = facts.Office(name="Jobcenter")
_SOMEBODY = facts.Contact("Nele Eisvogel")
EMPTY: dict[str, Any] = {
    "benefits_sheet": facts.BenefitsSheet(_BARE, NOW, "Antrag", "Formlos gestellt.", "antrag-1", (("Unser Zeichen", "1"),)),
    "talk_note": facts.TalkNote(_BARE, NOW, _SOMEBODY, "Nummer 7", "7", NOW),
    "receipt": facts.Receipt(_BARE, NOW, NOW, date(2026, 11, 1), "E-1", _SOMEBODY),
    "handout": facts.Handout(_BARE, NOW, _SOMEBODY, language="uk"),
    "papers_request": facts.PapersRequest(_BARE, NOW, _SOMEBODY, NOW),
    "day_list": facts.DayList(_BARE, NOW),
    "first_contact_form": facts.FirstContactForm(_BARE, NOW),
    "leave_copy": facts.LeaveCopy(_BARE, NOW, "Emre Wiesenklee", "stays_open", NOW, _SOMEBODY, "Nele Eisvogel", NOW),
    "week_plan": facts.WeekPlan(_BARE, NOW, ()),
    "call_list": facts.CallList(_BARE, NOW, "Informationsgespräch", NOW),
    "persons_list": facts.PersonsList(_BARE, NOW, ("Name",)),
    "claim_sheet": facts.ClaimSheet(_BARE, NOW, _SOMEBODY, "Was Ihnen zusteht", "Recht vom 17.11.2026"),
    "month_report": facts.MonthReport(_BARE, NOW, "Oktober 2026", "Datenstand: noch keine Lieferung", date(2026, 10, 31), "2026-11"),
    "extract": facts.Extract(_BARE, NOW, _SOMEBODY, "Nummer 4711"),
    "disclosure": facts.Disclosure(_BARE, NOW, _SOMEBODY, "Nummer 4711"),
    "data_notice": facts.DataNotice(_BARE, NOW, _SOMEBODY, "4711"),
    "access_notice": facts.AccessNotice(_BARE, NOW, _SOMEBODY, "4711", date(2026, 11, 1), date(2026, 11, 2)),
    "erasure_answer": facts.ErasureAnswer(_BARE, NOW, _SOMEBODY, "Nummer 4711", "4711", NOW, NOW, everything=True),
}
