"""The morning of the training day: people with names whom everybody meets, and things that are not as they should be."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from hilfefrei.core.periods import add_months
from hilfefrei.demo.households import household
from hilfefrei.demo.journeys import ABSENT_COACH, DAY, HOUR, MINUTE, RIGHTS, Arrival, Desk, Way
from hilfefrei.demo.office import TEAM_OF, after, before, berlin, moment
from hilfefrei.demo.places import called
from hilfefrei.demo.world import Household, Member, Ref, Step, Stocked

NELE, MIRA, MEIKE, UTA, ROSA = "eingang", "eingang-sperling", "eingang-buchfink", "eingang-zaunkoenig", "leistung"


def _born(day: date, years: int, *, month: int = 5, of_month: int = 12) -> date:
    """A birth date that makes somebody ``years`` old on ``day``."""
    birth = date(day.year - years, month, of_month)
    return birth if (birth.month, birth.day) <= (day.month, day.day) else birth.replace(year=birth.year - 1)


def stocked(day: date) -> list[Stocked]:
    """Households that stand in the stock for a reason."""

    def make(
        key: str,
        members: tuple[Member, ...],
        place: str,
        street: str,
        granted: int,
        until: int,
        *,
        team: str = "Vermittlungsstelle",
    ) -> Stocked:
        home = called(place)
        start = add_months(day.replace(day=1), -granted)
        asked = moment(before(start - 12 * DAY), 10 * 60 + 20)
        return Stocked(
            Household(key, members, home, street, home.lat, home.lon, "0171 39200 77"),
            start - 20 * DAY,
            f"23102//9{abs(granted):06d}",
            asked,
            asked + 3 * HOUR,
            moment(after(start - 4 * DAY, 0), 11 * 60),
            start,
            add_months(start, granted + until) - DAY,
            team,
            "",
            ROSA,
        )

    def one(first: str, last: str, sex: str, birth: date, **more: Any) -> Member:
        return Member(first, last, birth, sex, "applicant", nationality="deutsch", **more)

    return [
        # Two of one name; the younger one had benefits until two years ago and could come again any morning.
        make(
            "s-hainbuche-1", (one("Wiebke", "Hainbuche", "w", date(1989, 6, 14)),), "Osterode am Harz", "Lindenallee 7", 37, -25
        ),
        make("s-hainbuche-2", (one("Wiebke", "Hainbuche", "w", date(1961, 11, 2)),), "Herzberg am Harz", "Kirchweg 19", 9, 3),
        make("s-sanddorn", (one("Nora", "Sanddorn", "w", date(1994, 9, 30)),), "Walkenried", "Mühlengasse 4", 13, -1),
        make(
            "s-weissdorn",
            (
                one("Elsbeth", "Weißdorn", "w", date(1985, 3, 9)),
                Member("Paul", "Weißdorn", date(2017, 8, 21), "m", "child", nationality="deutsch"),
            ),
            "Bad Sachsa",
            "Fichtenweg 2",
            9,
            3,
            team="Fallmanagement",
        ),
        make(
            "s-weidenkätzchen",
            (one("Hilde", "Weidenkätzchen", "w", date(1979, 1, 28)),),
            "Bad Grund",
            "Rollberg 11",
            8,
            4,
            team="Fallmanagement",
        ),
    ]


class Morning:
    """Builds the ways of the people with names."""

    def __init__(self, desk: Desk, rng: Random) -> None:
        self.desk, self.rng = desk, rng
        self.day = berlin(desk.now).date()
        self.yesterday = before(self.day)
        self.number = 0

    def at(self, day: date, text: str) -> datetime:
        """A time of a day, "08:15"."""
        hours, minutes = text.split(":")
        return moment(day, int(hours) * 60 + int(minutes))

    def someone(
        self,
        first: str,
        last: str,
        sex: str,
        years: int,
        place: str,
        contact: datetime,
        channel: str,
        *,
        language: str = "de",
        interpreter: bool = False,
        others: tuple[Member, ...] = (),
        known: str = "",
        kind: str = "single",
    ) -> Way:
        """A person with a name and a household of their own."""
        self.number += 1
        invented = household(self.rng, self.day, f"m{self.number:02d}", kind=kind)
        nation = {"uk": "ukrainisch", "ar": "syrisch", "tr": "türkisch"}.get(language, "deutsch")
        who = Member(
            first,
            last,
            _born(self.day, years, month=1 + self.number % 11, of_month=1 + 2 * self.number % 27),
            sex,
            "applicant",
            language,
            interpreter,
            nation,
        )
        home = called(place)
        made = replace(
            invented, members=(who, *others), home=home, lat=home.lat, lon=home.lon, phone=f"0171 39200 {20 + self.number}"
        )
        arrival = Arrival(f"m{self.number:02d}", made, contact, contact + 2 * MINUTE, channel, known)
        return Way(self.desk, self.rng, arrival)

    def talk(self, way: Way, by: str, at: datetime, *, room: str = "Osterode 106", groups: int = 5, finish: bool = True) -> None:
        """A talk with its answers, offers and agreement."""
        values = way.profile()
        way.start(by, at, how="in_person", room=room)
        if way.applied:
            way.family(by, at + 2 * MINUTE)
        names = list(values)[:groups]
        way.answer(by, at, names, values)
        if not finish:
            return
        way.papers(by, at + 22 * MINUTE)
        way.hand(by, at + 22 * MINUTE, 2)
        calendar = self.desk.calendar
        way.book(by, at + 25 * MINUTE, calendar.next(way.key, "information", max(at, self.desk.now) + HOUR))
        way.book(by, at + 26 * MINUTE, calendar.next(way.key, "coaching", max(at, self.desk.now) + 26 * HOUR))
        way.decide(by, at + 27 * MINUTE)
        way.promise(by, at + 28 * MINUTE)
        way.finish(
            by,
            at + 35 * MINUTE,
            step="Anruf: Was gefällt von den Stellen?",
            step_at=self.at(after(self.day, 1), "10:00"),
            wish="Arbeit in der Nähe.",
        )

    def step(self, at: datetime, by: str, verb: str, makes: Ref | None = None, **args: Any) -> None:
        """Something beside the ways."""
        self.desk.world.steps.append(Step(at, by, verb, "", args, makes))

    def build(self) -> None:
        """All of it."""
        self.waiting()
        self.talks()
        self.later()
        self.leaving()
        self.handovers()
        self.dirt()
        self.house()

    # -- who waits ---------------------------------------------------------------------------------------------------
    def waiting(self) -> None:
        """Ten people wait: one without money, two since yesterday, one without a name, one who comes back."""
        day, yesterday = self.day, self.yesterday
        friday = day + timedelta(days=(4 - day.weekday()) % 7)
        kevin = self.someone("Kevin", "Fingerhut", "m", 29, "Herzberg am Harz", self.at(yesterday, "08:15"), "phone")
        kevin.contact(
            NELE,
            words="Vertrag im Lager ist ausgelaufen, suche sofort etwas.",
            urgent=("no_money",),
            money_until=friday,
            advance=True,
        )
        kevin.step(
            self.at(yesterday, "15:40"), NELE, "intake.entry.not_reached", None, entry_id=kevin.entry, how="phone", note="Mailbox"
        )
        kevin.step(self.at(day, "08:02"), NELE, "intake.entry.back_to_list", None, entry_id=kevin.entry)
        marta = self.someone("Marta", "Kirschbaum", "w", 58, "Bad Sachsa", self.at(yesterday, "08:52"), "letter")
        marta.contact(MIRA, words="Die Rente reicht noch nicht, ich würde gern halbtags arbeiten.")
        marta.confirm(ROSA, self.at(yesterday, "14:10"))
        marta.step(self.at(yesterday, "15:05"), MIRA, "intake.entry.take", None, entry_id=marta.entry)
        ahmad = self.someone(
            "Ahmad", "Lindenhof", "m", 34, "Osterode am Harz", self.at(day, "08:11"), "in_person", language="ar", interpreter=True
        )
        ahmad.contact(MEIKE, advance=True)
        ahmad.confirm(ROSA, self.at(day, "08:40"))
        ahmad.step(
            self.at(day, "08:41"),
            ROSA,
            "benefits.confirm_report",
            None,
            report_id=Ref("report", f"{ahmad.key}/advance"),
            result="Wird heute gerechnet",
        )
        ahmad.step(
            self.at(day, "08:20"),
            MEIKE,
            "people.add_attendant",
            None,
            person_id=ahmad.person,
            kind="interpreter",
            name="Samir Lindenhof, Cousin",
            phone="0171 39200 98",
            remarks="nur nachmittags",
        )
        sabine = self.someone("Sabine", "Heidekraut", "w", 47, "Hattorf am Harz", self.at(day, "08:30"), "phone")
        sabine.contact(
            NELE, wishes=("money", "housing"), words="Die Kündigung liegt hier, ich weiß nicht weiter.", urgent=("no_roof",)
        )
        sabine.step(self.at(day, "08:50"), NELE, "intake.entry.take", None, entry_id=sabine.entry)
        dilan = self.someone("Dilan", "Rosskastanie", "w", 25, "Osterode am Harz", self.at(day, "08:44"), "online")
        dilan.contact(UTA)
        dilan.confirm(ROSA, self.at(day, "08:55"))
        ivan = self.someone("Ivan", "Zitterpappel", "m", 41, "Bad Grund", self.at(day, "08:58"), "in_person", language="uk")
        ivan.contact(MEIKE, take=True)
        ivan.confirm(ROSA, self.at(day, "09:15"))
        nora = self.someone("Nora", "Sanddorn", "w", 32, "Walkenried", self.at(day, "09:03"), "phone", known="s-sanddorn")
        nora.contact(UTA, words="Das Lager hat die Befristeten gehen lassen.")
        nora.confirm(ROSA, self.at(day, "09:20"))
        emre = self.someone("Emre", "Wiesenklee", "m", 27, "Osterode am Harz", self.at(day, "09:21"), "in_person", language="tr")
        emre.contact(UTA)
        caller = self.someone("", "", "", 40, "Osterode am Harz", self.at(day, "09:30"), "phone")
        caller.contact(
            MIRA, wishes=("money",), words="möchte keinen Namen nennen, ruft wieder an", named=False, with_address=False
        )
        eibisch = self.someone("Lieselotte", "Eibisch", "w", 62, "Herzberg am Harz", self.at(day, "09:36"), "phone")
        eibisch.contact(MIRA, wishes=("information",))

    # -- talks of today ----------------------------------------------------------------------------------------------
    def talks(self) -> None:
        """One talk runs, one is finished, one of yesterday is half done."""
        day = self.day
        mio = Member("Mio", "Silberdistel", date(day.year - 7, 3, 3), "m", "child")
        jana = self.someone(
            "Jana", "Silberdistel", "w", 34, "Herzberg am Harz", self.at(day, "08:52"), "in_person", others=(mio,)
        )
        jana.contact(NELE, words="Nach der Trennung reicht es nicht mehr. Ich möchte arbeiten, solange Mio in der Schule ist.")
        jana.receipt(NELE, self.at(day, "08:56"))
        jana.confirm(ROSA, self.at(day, "09:04"))
        jana.start(NELE, self.at(day, "09:15"), how="in_person", room="Osterode 106")
        jana.family(NELE, self.at(day, "09:17"))
        said: dict[str, dict[str, Any]] = {
            "work": {
                "last": ["Verkäuferin Lebensmittel"],
                "last_until": "Ende September",
                "alg": "no",
                "wanted": ["Verkauf", "Küchenhilfe", "Verkäuferin Backwaren"],
                "unwanted": [],
                "training": "vocational",
            },
            "time": {
                "hours_low": 25.0,
                "hours_high": 30.0,
                "days": ["mo", "di", "mi", "do", "fr"],
                "care": ["child"],
                "alone": "yes",
                "care_from": "06:45",
                "care_until": "15:30",
            },
        }
        jana.answer(NELE, self.at(day, "09:15"), said, said)
        petra = self.someone("Petra", "Schafgarbe", "w", 51, "Osterode am Harz", self.at(day, "08:05"), "in_person")
        petra.contact(NELE)
        petra.confirm(ROSA, self.at(day, "08:20"))
        self.talk(petra, NELE, self.at(day, "08:28"))
        selma = self.someone(
            "Selma", "Odermennig", "w", 38, "Bad Lauterberg im Harz", self.at(self.yesterday, "14:20"), "in_person", language="tr"
        )
        selma.contact(MIRA)
        selma.confirm(ROSA, self.at(self.yesterday, "15:00"))
        self.talk(selma, MIRA, self.at(self.yesterday, "15:10"), room="Osterode 107", groups=3, finish=False)
        selma.step(
            self.at(self.yesterday, "15:35"),
            MIRA,
            "intake.entry.later",
            None,
            entry_id=selma.entry,
            resume_at=self.at(day, "09:00"),
            reason="muss das Kind abholen, kommt morgen früh",
        )
        selma.step(
            self.at(self.yesterday, "15:50"),
            MIRA,
            "intake.entry.shift_note",
            None,
            entry_id=selma.entry,
            to_id=Ref("user", NELE),
            text="Halb fertig, kommt um neun. Nur noch Weg und Geld fragen.",
        )

    # -- later -------------------------------------------------------------------------------------------------------
    def later(self) -> None:
        """Talks put off to today and tomorrow, and two people whom nobody has reached."""
        day, yesterday = self.day, self.yesterday
        rows = (
            ("Bilal", "Wiesengrund", "m", 31, "Osterode am Harz", "10:05", "phone", "10:30", "Gespräch per Video", "ar", False),
            (
                "Oksana",
                "Schneeball",
                "w",
                36,
                "Herzberg am Harz",
                "10:40",
                "in_person",
                "11:15",
                "mit Sprachmittlung Ukrainisch",
                "uk",
                True,
            ),
            (
                "Uwe",
                "Moorlilie",
                "m",
                59,
                "Bad Lauterberg im Harz",
                "11:20",
                "phone",
                "13:30",
                "Hausbesuch, kann die Treppe nicht",
                "de",
                False,
            ),
        )
        for first, last, sex, years, place, came, channel, resume, reason, language, interpreter in rows:
            way = self.someone(
                first, last, sex, years, place, self.at(yesterday, came), channel, language=language, interpreter=interpreter
            )
            way.contact(NELE)
            way.confirm(ROSA, self.at(yesterday, "14:45"))
            way.step(
                self.at(yesterday, "15:00"),
                NELE,
                "intake.entry.later",
                None,
                entry_id=way.entry,
                resume_at=self.at(day, resume),
                reason=reason,
            )
        for first, last, sex, ago, notes in (
            ("Jonte", "Ysopfeld", "m", 4, ("Mailbox", "Nummer besetzt")),
            ("Dunja", "Bergmispel", "w", 2, ("niemand hebt ab",)),
        ):
            since = before(day, ago)
            way = self.someone(first, last, sex, 33, "Osterode am Harz", self.at(since, "10:30"), "online")
            way.contact(UTA)
            way.confirm(ROSA, self.at(since, "12:00"))
            for number, note in enumerate(notes):
                way.step(
                    self.at(before(day, ago - number), "14:40"),
                    UTA,
                    "intake.entry.not_reached",
                    None,
                    entry_id=way.entry,
                    how="phone",
                    note=note,
                )

    # -- "then I leave it" -------------------------------------------------------------------------------------------
    def leaving(self) -> None:
        """Declarations that wait for a second look or for a call."""
        day = self.day
        rows = (
            (
                "Anouk",
                "Distelfink",
                "w",
                44,
                1,
                MIRA,
                "withdrawn",
                "Ich habe ab Montag Arbeit in der Gärtnerei und komme bis zum ersten Lohn hin.",
                8,
            ),
            ("Rolf", "Ysop", "m", 60, 1, MEIKE, "only_asked", "Ich wollte nur wissen, ob es für die Miete etwas gibt.", 10),
            ("Sina", "Feldraute", "w", 23, 2, NELE, "stays_open", "Ich ziehe vielleicht zu meinem Freund nach Goslar.", 7),
            ("Hanna", "Goldbinse", "w", 39, 16, UTA, "withdrawn", "Der Unterhalt kommt jetzt jeden Monat, das reicht uns.", 0),
            ("Piet", "Nebelfarn", "m", 28, 12, MIRA, "only_asked", "Meine Eltern helfen mir bis zum Meisterkurs.", -1),
        )
        for first, last, sex, years, days, by, act, words, call_in in rows:
            came = before(day, days)
            way = self.someone(first, last, sex, years, "Osterode am Harz", self.at(came, "09:10"), "in_person")
            asks = act == "only_asked"
            way.contact(by, wishes=("information",) if asks else ("money", "work"))
            if not asks:
                way.confirm(ROSA, self.at(came, "10:40"))
            self.talk(way, by, self.at(came, "10:45" if by != MEIKE else "13:10"))
            key = Ref("leave", way.key)
            signed = act == "withdrawn"
            call = (
                self.at(after(day, call_in), "10:00") if call_in > 0 else self.at(day if call_in == 0 else before(day), "10:00")
            )
            at = self.at(came, "14:30")
            way.step(
                at,
                by,
                "intake.leave.record_leave",
                key,
                entry_id=way.entry,
                act=act,
                words=words,
                rights=list(RIGHTS),
                signed=signed,
                signed_on=came if signed else None,
                call_at=call,
                may_call=True,
            )
            way.step(at + 6 * MINUTE, by, "intake.leave.hand_copy", None, leave_id=key)
            if signed and days > 3:
                way.step(
                    self.at(before(day, days - 1), "09:30"), ROSA, "benefits.confirm_declaration", None, declaration_id=Ref("declaration", way.key)
                )
            if days > 3:
                second = UTA if by != UTA else "teamleitung"
                way.step(self.at(before(day, days - 1), "11:00"), second, "intake.leave.second_look", None, leave_id=key, ok=True)

    # -- hand-overs --------------------------------------------------------------------------------------------------
    def handovers(self) -> None:
        """To the case manager of the login page: two wait, one of them too long; one came back."""
        day = self.day
        rows = (
            ("Marlies", "Sandquecke", "w", 46, 1, "open"),
            ("Karl", "Rotmohn", "m", 53, 4, "open"),
            ("Ines", "Steindorn", "w", 30, 3, "return"),
        )
        for first, last, sex, years, days, answer in rows:
            came = before(day, 18)
            way = self.someone(first, last, sex, years, "Herzberg am Harz", self.at(came, "09:30"), "in_person")
            way.contact(MIRA)
            way.confirm(ROSA, self.at(came, "11:10"))
            self.talk(way, MIRA, self.at(came, "13:00"))
            way.outcome(ROSA, self.at(before(day, 5), "11:00"), "granted")
            key = Ref("handover", way.key)
            sent = before(day, days)
            way.step(
                self.at(sent, "13:40"),
                NELE,
                "intake.agreement.send_handover",
                key,
                entry_id=way.entry,
                team_id=Ref("team", TEAM_OF["placement"]),
                user_id=Ref("user", "fallmanagement"),
                reason="Vorschlag der Regel",
                summary="War zweimal in der Werkstatt, der Lebenslauf ist fertig. Sucht im Verkauf, bis 15 Uhr, mit dem Bus.",
            )
            if answer == "return":
                way.step(
                    self.at(after(sent, 1), "11:15"),
                    "fallmanagement",
                    "intake.agreement.return_handover",
                    None,
                    handover_id=key,
                    reason="Die Kinderbetreuung ist noch nicht geklärt. Bitte erst mit dem Familienbüro sprechen.",
                )

    # -- dirt --------------------------------------------------------------------------------------------------------
    def dirt(self) -> None:
        """Doubles, a protected person, a safe contact, a guardian: what every real house has."""
        day = self.day
        person = Ref("person", "s-weissdorn/0")
        ago = before(day, 28)
        self.step(
            self.at(ago, "11:00"),
            ROSA,
            "people.restrict",
            None,
            person_id=person,
            kind="protected",
            ask="Schutzstelle",
            phone="0171 39200 60",
            user_ids=[],
        )
        self.step(
            self.at(ago, "11:05"),
            ROSA,
            "people.set_address",
            None,
            person_id=person,
            kind="shelter",
            street="",
            plz="",
            place="geschützt",
            no_letters=True,
            valid_from=ago,
        )
        self.step(
            self.at(ago, "11:10"),
            ROSA,
            "people.set_contact",
            None,
            person_id=person,
            safe_contact=True,
            contact_hint="nur über die Schutzstelle",
        )
        self.step(
            self.at(before(day, 60), "10:00"),
            ROSA,
            "people.restrict",
            None,
            person_id=Ref("person", "s-weidenkätzchen/0"),
            kind="staff",
            ask="Teamleitung Leistung",
            phone="0171 39200 30",
            user_ids=[],
        )
        rosa = self.someone("Rosa", "Mispel", "w", 41, "Bad Lauterberg im Harz", self.at(before(day, 6), "08:40"), "in_person")
        rosa.contact(
            NELE,
            words="Ich bin am Wochenende ausgezogen. Bitte nicht zu Hause anrufen.",
            urgent=("violence", "no_money"),
            block_letters=True,
            safe_phone="0171 39200 96",
        )
        rosa.confirm(ROSA, self.at(before(day, 6), "09:10"))
        for kind, result in (("violence", "Schutzstelle ist verständigt"), ("no_money", "300 € als Barcode")):
            report = Ref("report", f"{rosa.key}/{kind}")
            rosa.step(self.at(before(day, 6), "09:12"), ROSA, "benefits.confirm_report", None, report_id=report, result=result)
            rosa.step(self.at(before(day, 5), "12:00"), ROSA, "benefits.close_report", None, report_id=report, result="")
        self.talk(rosa, NELE, self.at(before(day, 6), "10:20"))
        rosa.step(
            self.at(before(day, 6), "11:10"),
            NELE,
            "people.set_contact",
            None,
            person_id=rosa.person,
            safe_contact=True,
            contact_hint="9 bis 14 Uhr, keine Mailbox",
        )
        rosa.step(
            self.at(before(day, 6), "11:11"),
            NELE,
            "people.set_consent",
            None,
            person_id=rosa.person,
            may_remind=False,
            may_follow_up=True,
        )
        guarded = self.someone("Doris", "Wintererle", "w", 49, "Bad Grund", self.at(before(day, 9), "09:20"), "other_office")
        guarded.contact(MEIKE)
        guarded.confirm(ROSA, self.at(before(day, 9), "12:20"))
        guarded.step(
            self.at(before(day, 9), "09:40"),
            MEIKE,
            "people.add_attendant",
            None,
            person_id=guarded.person,
            kind="guardian",
            name="Betreuungsverein Sösetal, Frau Waldlinde",
            phone="0171 39200 97",
            remarks="Aufgabenkreis Geld und Behörden",
        )
        self.talk(guarded, MEIKE, self.at(before(day, 9), "13:00"))
        # Typed twice over the years: the same woman with another spelling, and a man who is two.
        self.step(
            self.at(before(day, 70), "09:40"),
            MIRA,
            "people.create_person",
            Ref("person", "x-1/0"),
            first_name="Wibke",
            last_name="Hainbuch",
            birth_date=date(1989, 6, 14),
            sex="w",
        )
        stock = self.desk.world.stock
        pace = min(10, len(stock) // 6)
        doubles = stock[pace : 6 * pace : pace]
        for number, row in enumerate(doubles, start=2):
            who = row.household.members[0]
            key = Ref("person", f"x-{number}/0")
            self.step(
                self.at(before(day, 40 + number), "10:10"),
                MIRA,
                "people.create_person",
                key,
                first_name=who.first,
                last_name=who.last.replace("ie", "i").replace("h", "", 1) or who.last,
                birth_date=who.birth,
                sex=who.sex,
                language=who.language,
            )
            if number % 2:
                self.step(
                    self.at(before(day, 38), "11:00") + number * MINUTE,
                    MIRA,
                    "people.link_duplicates",
                    None,
                    keep_id=Ref("person", f"{row.household.key}/0"),
                    other_id=key,
                    same=number != 3,
                    reason="Ausweis gesehen",
                )

    # -- the house ---------------------------------------------------------------------------------------------------
    def house(self) -> None:
        """A coach and a case manager are away, a room is shut, a date is cancelled and its people are being called."""
        day, yesterday = self.day, self.yesterday
        colleague = next(s.login for s in self.desk.managers["Vermittlungsstelle"] if s.login != "fallmanagement")
        for who, instead, days in ((colleague, "fallmanagement", 3), (ABSENT_COACH, "coach", 0)):
            self.step(
                self.at(yesterday, "15:20"),
                "teamleitung",
                "org.enter_absence",
                None,
                user_id=Ref("user", who),
                substitute_id=Ref("user", instead),
                valid_from=day,
                valid_to=after(day, days),
            )
        self.step(
            self.at(yesterday, "12:00"),
            "betrieb",
            "org.save_room",
            None,
            room_id=Ref("room", "Osterode 107"),
            name="Osterode 107",
            place="Osterode",
            seats=4,
            step_free=True,
            blocked_from=day,
            blocked_to=after(day, 2),
        )
        cancelled = self.at(yesterday, "13:05")
        # Nobody takes a seat in what is cancelled.
        later = {s.args["date_id"].key for s in self.desk.world.steps if s.verb.endswith("book_seat") and s.at >= cancelled}
        plans = [p for p in self.desk.calendar.by_kind["workshop"] if p.starts_at > self.desk.now and p.taken and p.key not in later]
        if plans:
            plan = min(plans, key=lambda p: (p.room != "Herzberg 2", p.starts_at))
            self.step(
                cancelled,
                UTA,
                "intake.dates.cancel_date",
                None,
                date_id=Ref("date", plan.key),
                reason="Der Raum ist wegen einer Reparatur gesperrt.",
            )
            first = min(plan.taken)
            self.step(
                self.at(yesterday, "13:30"),
                UTA,
                "intake.dates.note_call",
                None,
                booking_id=Ref("booking", f"{first}/{plan.key}"),
                result="agreed",
                note="kommt stattdessen nach Osterode",
            )
        for number, (title, occupation, employer, low, high, hours) in enumerate(
            (
                ("Verkäufer/in Backwaren", "Verkäufer/in", "Backstube Igelkrug", 1460, 1460, 25),
                ("Küchenhilfe, mittags", "Küchenhelfer/in", "Gasthof Dachskessel", 1510, 1510, 30),
                ("Alltagsbegleitung", "Betreuungskraft/Alltagsbegleiter/in", "Seniorenhaus Luchslaterne", 1600, 1650, 25),
            )
        ):
            self.step(
                self.at(before(day, 2 + number), "14:00"),
                "arbeitgeberservice",
                "vacancies.save_own",
                None,
                values={
                    "title": title,
                    "occupation": occupation,
                    "employer": employer,
                    "plz": "37412",
                    "place": "Herzberg am Harz",
                    "hours_min": hours,
                    "hours_max": hours,
                    "part_time": True,
                    "contact": "Frau Brombeer, 0171 39200 41",
                    "career_changers": True,
                    "remarks": "Der Betrieb hat heute angerufen und sucht sofort.",
                },
                wage_unit="hour",
                wage_low=low,
                wage_high=high,
            )
