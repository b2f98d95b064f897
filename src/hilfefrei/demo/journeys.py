"""Six months at the entrance: who comes, what is said, offered, attended, written, decided, and how it ends.

Shares and spans that are drawn here stand as constants with their source or the remark that they are assumed.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from hilfefrei.core import follow_up, geo, papers, triage
from hilfefrei.core.money import format_euro
from hilfefrei.core.periods import add_months, age_on, first_of_month
from hilfefrei.demo.office import CLOSES, LAND, OPENS, TALK_ROOMS, TEAM_OF, after, before, berlin, in_office, moment
from hilfefrei.demo.places import ALL, Place
from hilfefrei.demo.via import Calendar
from hilfefrei.demo.work import KINDS
from hilfefrei.demo.world import DatePlan, Household, Job, Ref, Staff, Step, World

CATALOGUE = "2026-11"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
VIA_DAYS = 28
CHANNELS = (("in_person", 44), ("phone", 27), ("online", 16), ("letter", 6), ("email", 5), ("other_office", 2))
# Of all contacts; assumed, near the month of the design's board: of 121 contacts 6 only asked.
ONLY_ASKED = 0.06
SAME_DAY = 0.96
NO_OFFER = 0.02
# How much of ViA somebody takes part in (assumed; it is voluntary): all four weeks, some of it, a date or two.
ATTENDS = (("full", 28), ("some", 40), ("little", 32))
THROUGH_US = 0.45
# Practice notes 4.8: a quarter to a third of those invited do not come; of them a third are ill, others with reasons.
PRESENT, EXCUSED = 0.76, 0.16
OBSTACLES = (
    ("Kinderbetreuung", 24),
    ("Termin bei Amt oder Ärztin", 22),
    ("Vorstellungsgespräch", 16),
    ("Bus, Weg", 16),
    ("nicht gewusst", 8),
    ("", 14),
)
OVERDUE = 0.1
# What people say to being asked later, at the end of the first talk (assumed), None: nobody asked them.
CONSENT: tuple[tuple[bool | None, int], ...] = ((True, 38), (False, 10), (None, 52))
ASKED_AFTER = frozenset({"other_benefit", "own_wish", "handed_over"})
# What comes of a call: about work, about the time after ViA; nobody at the telephone; days until the call is made; calls forgotten (assumed).
SAID_OF_WORK = (("still", 82), ("changed", 6), ("ended", 8), ("help", 3), ("declined", 1))
SAID_AFTER_VIA = (("manages", 74), ("changed", 8), ("help", 14), ("declined", 4))
HELP_NOTES = ("Kinderbetreuung fällt aus, braucht eine neue Zeit.", "Fragt nach Zuschuss zum Führerschein.", "Brief vom Amt unklar, Rückruf vereinbart.")
NOT_REACHED, FORGOTTEN = 0.14, 0.025
CALL_AFTER_DAYS = ((0, 46), (1, 30), (2, 14), (4, 10))
REPLIED = 0.36
REPLIES = (("interview", 42), ("refused", 44), ("trial", 9), ("hired", 5))
WISHES_WORDS = (
    "",
    "",
    "Vertrag ist ausgelaufen, suche sofort etwas.",
    "Bin zu meiner Schwester gezogen.",
    "Das Krankengeld ist zu Ende.",
    "Die Firma hat zugemacht.",
    "Mein Mann ist ausgezogen.",
    "Ich möchte endlich wieder arbeiten.",
    "Der Kurs ist fertig, wie geht es weiter?",
    "Das Arbeitslosengeld läuft aus.",
)
IMPORTANT = (
    "Arbeit in der Nähe, damit ich mittags zu Hause bin.",
    "Etwas, das länger hält als drei Monate.",
    "Wieder in meinen Beruf.",
    "Erst die Kita klären, dann los.",
    "Tagsüber arbeiten, nicht mehr nachts.",
    "Deutsch lernen und dabei arbeiten.",
    "Irgendetwas mit Menschen.",
    "Den Führerschein machen.",
    "",
)
NEXT_STEPS = (
    "Anruf: Wie war die Vorstellung?",
    "Lebenslauf fertig machen",
    "Anschreiben schreiben",
    "Telefonat mit Betrieb",
    "Foto und Zeugnisse mitbringen",
    "Anruf: Was gefällt von den Stellen?",
    "Bewerbung abschicken",
    "Bus und Kita abklären",
)
OFFICE_PROMISES = (
    "Beim Betrieb anrufen und nach den Zeiten fragen",
    "Lebenslauf mit Foto ausdrucken",
    "Nachfragen, wann die Leistung entscheidet",
    "Kitaplatz mit dem Familienbüro klären",
    "Adresse der Schuldnerberatung schicken",
    "Probearbeiten vereinbaren",
)
OWN_PROMISES = (
    "Zeugnisse heraussuchen",
    "Zwei Stellen ansehen",
    "Mit der Schwester über die Kinder sprechen",
    "Führerschein mitbringen",
    "Beim alten Betrieb nachfragen",
)
HANDOVER_FIRST = (
    "War bei der Information und in der Werkstatt, der Lebenslauf ist fertig.",
    "Hat sich mehrfach beworben, bisher ohne Zusage.",
    "Kommt gern ins Coaching, die Gruppe war nichts.",
    "War zweimal in der Werkstatt, dann kam die Bewilligung.",
)
HANDOVER_SECOND = (
    "Sucht in Wohnortnähe, die Zeiten passen zur Kita.",
    "Das Foto fehlt noch.",
    "Braucht jemanden, der mitgeht.",
    "Probearbeiten ist im Gespräch.",
    "Möchte zuerst den Führerschein klären.",
)
# Who lives there goes to the dates in Herzberg, the others to Osterode.
HERZBERG = frozenset({"Herzberg am Harz", "Bad Lauterberg im Harz", "Bad Sachsa", "Walkenried", "Zorge", "Wieda"})
ABSENT_COACH = "coach-specht"
# What people say when somebody calls and asks whether the money is enough.
CALLED = (
    "Es reicht. Die Stelle gefällt. Keine Fragen.",
    "Kommt zurecht, der erste Lohn ist da.",
    "Alles in Ordnung, meldet sich, wenn es knapp wird.",
    "Niemand zu erreichen, Nachricht hinterlassen.",
    "Es ist eng, weiß aber, dass ein neuer Antrag jederzeit geht.",
)
CALL_MONTHS = (1, 3, 6)
RIGHTS = ("open_and_work", "bridge", "no_consequence", "counsel", "coming_back")


def choose(rng: Random, table: "Iterable[tuple[Any, float]]") -> Any:
    """One value out of (value, weight)."""
    rows = list(table)
    return rng.choices([value for value, _ in rows], [weight for _, weight in rows])[0]


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody comes. ``known`` is the key of a household that is there already (somebody who comes back).

    What becomes of the application comes out of the flows: ``fate`` (:data:`hilfefrei.demo.history.flows.FATES`, "asked" for
    who only asks, empty for people with a story of their own), ``grant``, ``works`` (days to the first day of work) and
    ``application``, its place there.
    """

    key: str
    household: Household
    contact_at: datetime
    recorded_at: datetime
    channel: str
    known: str = ""
    fate: str = ""
    grant: bool = False
    works: int = 0
    application: int = -1


@dataclass(frozen=True, slots=True)
class Expected:
    """Who comes on a day, as the flows say it."""

    day: date
    fate: str
    grant: bool
    works: int
    application: int
    known: Household | None = None


class Desk:
    """What all ways share: staff, rooms, dates, vacancies, and the list of steps."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.now = world.now
        self.entrance = [s.login for s in world.staff if s.role == "entrance"]
        self.coaches = [s.login for s in world.staff if s.role == "coach"]
        self.benefits = [s.login for s in world.staff if s.role == "benefits"]
        self.managers: dict[str, list[Staff]] = {}
        for s in world.staff:
            if s.role == "case_manager":
                self.managers.setdefault(s.team, []).append(s)
        self.calendar = Calendar(world.dates)
        self.leads: dict[tuple[str, date], list[DatePlan]] = {}
        for plan in world.dates:
            self.leads.setdefault((plan.led_by, berlin(plan.starts_at).date()), []).append(plan)
        self.jobs: dict[tuple[int, str], list[Job]] = {}
        for job in world.jobs:
            self.jobs.setdefault((job.kind, job.place.name), []).append(job)
        self.talks: dict[tuple[str, date], list[datetime]] = {}
        # Everybody who has a way here.
        self.arrived: dict[str, Arrival] = {}
        # Who is away on which day (morning.Morning.house writes it down).
        self.away = {(ABSENT_COACH, world.day)}

    def free(self, login: str, day: date, at: datetime, minutes: int) -> bool:
        """Whether somebody has neither a date of ViA nor another talk."""
        end, length = at + minutes * MINUTE, minutes * MINUTE
        for plan in self.leads.get((login, day), ()):
            if plan.starts_at < end and at < plan.ends_at:
                return False
        return all(not -length < at - other < length for other in self.talks.get((login, day), ()))

    def talk_slot(self, rng: Random, earliest: datetime, *, coach: bool = False) -> tuple[str, datetime]:
        """Who can talk to somebody, and when at the earliest; a further talk with a coach takes 20 minutes."""
        at, minutes = in_office(earliest), 20 if coach else 50
        while True:
            day = berlin(at).date()
            staff = [login for login in (self.coaches if coach else self.entrance) if (login, day) not in self.away]
            last = moment(day, CLOSES - 30)
            while at <= last:
                for login in rng.sample(staff, len(staff)):
                    if self.free(login, day, at, minutes):
                        self.talks.setdefault((login, day), []).append(at)
                        return login, at
                at += 15 * MINUTE
            at = moment(after(day, 1), OPENS + 10)


class Way:
    """One person's way, step by step."""

    def __init__(self, desk: Desk, rng: Random, arrival: Arrival, *, until: datetime | None = None) -> None:
        self.desk, self.rng, self.arrival = desk, rng, arrival
        self.key = arrival.key
        self.who = arrival.household.members[0]
        self.day = berlin(arrival.recorded_at).date()
        self.until = until or desk.now
        self.values: dict[str, Any] = {}
        self.seats: list[DatePlan] = []
        self.kinds: list[int] = []
        self.around: list[str] = []
        self.pools: dict[int, list[Job]] = {}
        self.wrote = 0
        self.applied = False
        self.ended_at: datetime | None = None
        # For calls afterwards: since when somebody works, when and how ViA ended, and whether they left it.
        self.work: date | None = None
        self.over: tuple[date, str] | None = None
        self.left_it = False
        desk.arrived[arrival.key] = arrival

    # -- refs --------------------------------------------------------------------------------------------------------
    @property
    def person(self) -> Ref:
        return Ref("person", f"{self.arrival.known or self.key}/0")

    @property
    def entry(self) -> Ref:
        return Ref("entry", self.key)

    @property
    def application(self) -> Ref:
        return Ref("application", self.key)

    def step(self, at: datetime, by: str, verb: str, makes: Ref | None = None, **args: Any) -> bool:
        """Add a step, unless it lies after the end of the world."""
        if at >= self.until:
            return False
        self.desk.world.steps.append(Step(at, by, verb, self.key, args, makes))
        return True

    # -- first contact -----------------------------------------------------------------------------------------------
    def contact(
        self,
        by: str,
        *,
        wishes: tuple[str, ...] = ("money", "work"),
        words: str = "",
        urgent: tuple[str, ...] = (),
        money_until: date | None = None,
        advance: bool = False,
        block_letters: bool = False,
        safe_phone: str = "",
        take: bool = False,
        named: bool = True,
        with_address: bool = True,
    ) -> None:
        """The first contact, and where the person lives."""
        a, at, who = self.arrival, self.arrival.recorded_at, self.who
        self.applied = bool({"money", "housing"}.intersection(wishes))
        new: dict[str, Any] = (
            {"person_id": Ref("person", f"{a.known}/0")}
            if a.known
            else {
                "new_person": {
                    "first_name": who.first,
                    "last_name": who.last,
                    "birth_date": who.birth,
                    "sex": who.sex,
                    "language": who.language,
                    "needs_interpreter": who.interpreter,
                }
                if named
                else {}
            }
        )
        source = {
            "online": "Eingang im Postfach",
            "letter": "Eingangsstempel",
            "email": "Eingang im Postfach",
            "other_office": "Stempel der anderen Stelle",
        }
        self.step(
            at,
            by,
            "intake.first_contact.record_first_contact",
            Ref("contact", self.key),
            contact_at=a.contact_at,
            channel=a.channel,
            wishes=list(wishes),
            words=words,
            urgent=list(urgent),
            money_until=money_until,
            wants_advance=advance,
            block_letters=block_letters,
            safe_phone=safe_phone,
            phone=a.household.phone if not a.known else "",
            time_source=source.get(a.channel, "selbst gesehen"),
            **new,
        )
        if take:
            self.step(at, by, "intake.entry.take", None, entry_id=self.entry)
        if with_address and not a.known:
            self.step(
                at + MINUTE,
                by,
                "people.set_address",
                None,
                person_id=self.person,
                street=a.household.street,
                plz=a.household.home.plz,
                place=a.household.home.name,
                lat=a.household.lat,
                lon=a.household.lon,
                no_letters=block_letters,
                valid_from=self.day,
            )

    def family(self, by: str, at: datetime) -> None:
        """The other people of the household."""
        if self.arrival.known:
            return
        for number, member in enumerate(self.arrival.household.members[1:], start=1):
            self.step(
                at,
                by,
                "intake.household.join",
                Ref("person", f"{self.key}/{number}"),
                person_id=self.person,
                role=member.role,
                first_name=member.first,
                last_name=member.last,
                birth_date=member.birth,
            )

    def confirm(self, by: str, at: datetime, number: str = "") -> None:
        """Benefits says that it has the application."""
        self.step(at, by, "benefits.confirm_application", None, application_id=self.application, file_number=number)

    def receipt(self, by: str, at: datetime) -> None:
        """The receipt in hand."""
        self.step(at, by, "benefits.hand_receipt", None, application_id=self.application)

    # -- the talk ----------------------------------------------------------------------------------------------------
    def start(self, by: str, at: datetime, *, how: str = "", room: str | None = None) -> None:
        """Begin a talk."""
        channel = how or (self.arrival.channel if self.arrival.channel in {"in_person", "phone"} else "phone")
        where = room or (self.rng.choice(TALK_ROOMS) if channel == "in_person" else None)
        self.step(
            at,
            by,
            "intake.conversation.start_talk",
            None,
            entry_id=self.entry,
            how=channel,
            room_id=Ref("room", where) if where else None,
        )

    def answer(self, by: str, at: datetime, groups: Iterable[str], values: dict[str, dict[str, Any]]) -> None:
        """Save groups of answers, a few minutes each, and compute the papers."""
        for number, group in enumerate(groups, start=1):
            self.values |= values[group]
            self.step(
                at + 4 * number * MINUTE,
                by,
                "intake.conversation.save_answers",
                None,
                entry_id=self.entry,
                group=group,
                values=values[group],
                catalogue=CATALOGUE,
            )

    def papers(self, by: str, at: datetime) -> None:
        """Compute the papers; for recent ways also what came since."""
        self.step(at, by, "intake.conversation.compute_papers", None, entry_id=self.entry)
        if not self.applied or self.desk.now - at > 50 * DAY:
            return
        members = [
            papers.Member(f"{self.key}/{n}", n == 0, m.birth, is_child=m.role == "child")  # type: ignore[arg-type]  # a key of the generator stands for the id
            for n, m in enumerate(self.arrival.household.members)
        ]
        if self.arrival.known:
            return
        for wanted in papers.wanted(self.values, members, berlin(at).date(), land=LAND):
            roll = self.rng.random()
            paper = Ref("paper", f"{self.key}|{wanted.rule.id}|{wanted.member or ''}")
            if roll < 0.28:
                self.step(
                    at + MINUTE,
                    by,
                    "benefits.set_paper_state",
                    None,
                    paper_id=paper,
                    state="seen" if wanted.rule.id == "identity" or roll < 0.1 else "here",
                )
            elif roll < 0.85:
                came = in_office(at + self.rng.uniform(1, 16) * DAY)
                self.step(
                    came, self.rng.choice(self.desk.benefits), "benefits.set_paper_state", None, paper_id=paper, state="here"
                )

    def profile(self) -> dict[str, dict[str, Any]]:
        """Plausible answers to all questions, by group."""
        rng, who, household = self.rng, self.who, self.arrival.household
        age = age_on(who.birth, self.day) if who.birth else 35
        children = [m for m in household.members if m.role == "child"]
        ages = [age_on(m.birth, self.day) for m in children if m.birth]
        foreign = who.language != "de"
        learnt = rng.random() < (0.3 if foreign else 0.56)
        pool = [n for n, kind in enumerate(KINDS) if (kind.newcomers or learnt) and not (foreign and kind.german in {"B2", "C1"})]
        weights = [KINDS[n].weight for n in pool]
        wanted = list(dict.fromkeys(rng.choices(pool, weights, k=rng.choice((1, 2, 2, 3)))))
        self.kinds = wanted
        last = rng.choice(wanted) if rng.random() < 0.6 else rng.choices(pool, weights)[0]
        care = sorted({"baby" if a < 3 else "child" if a < 15 else "teen" for a in ages})
        alone = bool(care) and not any(m.role == "partner" for m in household.members)
        minds = "baby" in care or ("child" in care and (alone or rng.random() < 0.4))
        german = "native" if not foreign else choose(rng, (("good", 25), ("some", 45), ("little", 30)))
        cannot = [
            word
            for word, share in (("heavy", 0.18), ("standing", 0.1), ("shift", 0.12), ("night", 0.16), ("weekend", 0.12))
            if rng.random() < share * (1.6 if age > 50 else 1)
        ]
        hours = (20.0, 30.0) if minds else choose(rng, (((30.0, 40.0), 55), ((20.0, 30.0), 25), ((35.0, 40.0), 20)))
        licence = rng.random() < (0.4 if foreign else 0.68)
        car = licence and rng.random() < 0.55
        income = [
            word
            for word, fits in (
                ("child_benefit", children),
                ("advance", alone and rng.random() < 0.5),
                ("wage", rng.random() < 0.18),
            )
            if fits
        ]
        work: dict[str, Any] = {
            "last": [KINDS[last].titles[0].split(",")[0]],
            "last_until": rng.choice(("September", "vor einem Jahr", "Ende des Monats", "vor der Elternzeit", "")),
            "alg": "no",
            "wanted": [KINDS[n].titles[0].split(",")[0] for n in wanted],
            "unwanted": [],
            "training": "foreign"
            if foreign and rng.random() < 0.4
            else "vocational"
            if learnt
            else rng.choice(("school", "school", "none")),
        }
        times: dict[str, Any] = {
            "hours_low": hours[0],
            "hours_high": hours[1],
            "days": ["mo", "di", "mi", "do", "fr"] + (["sa"] if not minds and rng.random() < 0.5 else []),
            "care": care or ["none"],
        }
        if care:
            times |= {"alone": "yes" if alone else "no"}
        if minds and not ("baby" in care and rng.random() < 0.6):
            times |= {"care_from": "07:00", "care_until": rng.choice(("14:30", "15:30", "16:00"))}
        health = {
            "cannot": cannot or ["none"],
            "capacity": "unsure" if rng.random() < 0.05 else "yes",
            "home": choose(rng, (("safe", 90), ("arrears", 6), ("notice", 3), ("none", 1))),
            "rent": rng.randrange(38000, 52000, 500) + 9000 * len(household.members),
        }
        way: dict[str, Any] = {
            "modes": ["car", "bus"] if car else rng.choice((["bus"], ["bus", "bike"], ["foot", "bus"])),
            "max_km": rng.choice((20, 30, 40)) if car else rng.choice((10, 15, 20)),
            "licence": ["B"] if licence else ["none"],
            "german": german,
        }
        if foreign and who.nationality != "polnisch":
            way["title"] = rng.choice(("bis März nächsten Jahres", "unbefristet", "noch zwei Jahre", "Verlängerung läuft"))
        money = {
            "enough": choose(rng, (("yes", 30), ("scarce", 50), ("no", 20))),
            "income": income or ["none"],
            "applied": ["none"],
            "helped": rng.choice(
                ("", "Selbst Anzeigen gelesen", "Freundin hilft mit dem Lebenslauf", "Beim alten Betrieb gefragt")
            ),
        }
        return {"work": work, "time": times, "health": health, "way": way, "money": money}

    def fits(self, job: Job) -> bool:
        """Whether a vacancy lies within the person's limits; what it does not say does not shut it out."""
        v = self.values
        if job.published > self.day or (job.licence and job.licence not in v["licence"]):
            return False
        if job.hours and (job.hours[0] > v["hours_high"] or job.hours[1] < v["hours_low"]):
            return False
        if job.ends_at and v.get("care_until") and job.ends_at.strftime("%H:%M") > v["care_until"][:3] + "00":
            return False
        if (
            ("heavy" in v["cannot"] and job.heavy)
            or ("shift" in v["cannot"] and job.shift)
            or ("weekend" in v["cannot"] and job.weekend)
        ):
            return False
        return self.km(job) <= v["max_km"]

    def km(self, there: Job | Place) -> float:
        """Way in kilometres, straight line with its detour."""
        # Flat enough within a county; the product measures on the sphere.
        high = (there.lat - self.arrival.household.lat) * 111.2
        wide = (there.lon - self.arrival.household.lon) * 68.9
        return geo.way_km((high * high + wide * wide) ** 0.5)

    def hand(self, by: str, at: datetime, count: int) -> list[Job]:
        """Hand vacancies over, with reasons."""
        found: list[Job] = []
        for kind in self.kinds:
            pool = self.near(kind)
            for job in self.rng.sample(pool, min(40, len(pool))):
                if len(found) >= count:
                    break
                if job not in found and self.fits(job):
                    found.append(job)
                    self.step(
                        at + len(found) * MINUTE,
                        by,
                        "intake.conversation.hand_vacancy",
                        Ref("handed", f"{self.key}/{job.reference}"),
                        entry_id=self.entry,
                        vacancy_id=Ref("vacancy", job.reference),
                        reasons=self.reasons(job),
                    )
        return found

    def near(self, kind: int) -> list[Job]:
        """Vacancies of a kind in the places that can be reached."""
        if not self.around:
            self.around = [place.name for place in ALL if self.km(place) <= self.values["max_km"]] or [
                self.arrival.household.home.name
            ]
        if kind not in self.pools:
            self.pools[kind] = [job for name in self.around for job in self.desk.jobs.get((kind, name), [])]
        return self.pools[kind]

    def reasons(self, job: Job) -> dict[str, list[str]]:
        """The reasons as they would have been shown."""
        fits = [
            f"es genau Ihr Wunsch „{KINDS[job.kind].titles[0].split(',')[0]}“ ist",
            f"es etwa {max(1, round(self.km(job)))} km sind",
        ]
        mean = []
        if job.hours:
            low, high = job.hours
            fits.append(f"{low if low == high else f'{low} bis {high}'} Std. in Ihren Rahmen passen")
            mean.append(f"{low if low == high else f'{low} bis {high}'} Std. in der Woche")
        if job.wage:
            unit, low_cents, _ = job.wage
            mean.append(f"{format_euro(low_cents)} brutto {'in der Stunde' if unit == 'hour' else 'im Monat'}")
        against = [
            word
            for word, given in (
                ("Die Stelle ist bei einer Zeitarbeit.", job.agency),
                ("Der Lohn steht nicht dabei.", not job.wage),
                ("Manchmal auch am Wochenende.", job.weekend),
            )
            if given
        ]
        return {
            "fits": fits,
            "would_mean": mean or ["Arbeitszeit nach Absprache"],
            "against": against or ["In der Anzeige steht nichts dagegen. Fragen Sie trotzdem nach Zeiten und Einarbeitung."],
        }

    def book(self, by: str, at: datetime, plan: DatePlan | None) -> None:
        """Take a seat."""
        if plan is not None and at < self.until:
            self.desk.calendar.take(self.key, plan)
            self.seats.append(plan)
            self.step(
                at,
                by,
                "intake.dates.book_seat",
                Ref("booking", f"{self.key}/{plan.key}"),
                date_id=Ref("date", plan.key),
                entry_id=self.entry,
            )

    def decide(self, by: str, at: datetime) -> str:
        """Where the person goes on, as the rules propose; staff decides otherwise now and then. Gives the team's task."""
        age = age_on(self.who.birth, self.day) if self.who.birth else None
        rule = triage.propose(self.values, age=age)
        own: dict[str, str] = {}
        if rule.team != "agency" and self.rng.random() < 0.06:
            other = "general" if rule.team == "placement" else "placement"
            own = {
                "own_team": other,
                "own_reason": self.rng.choice(
                    ("Mehrere Dinge zugleich, braucht eine feste Person.", "Will sofort arbeiten, der Rest kann daneben laufen.")
                ),
            }
        self.step(
            at,
            by,
            "intake.agreement.decide_triage",
            None,
            entry_id=self.entry,
            rule=rule.id,
            team=rule.team,
            reason=rule.reason,
            **own,
        )
        return own.get("own_team", rule.team)

    def promise(self, by: str, at: datetime) -> None:
        """What we promise, and what the person wants to do."""
        due = moment(after(berlin(at).date(), self.rng.randint(1, 3)), self.rng.choice((10, 12, 15)) * 60)
        key = Ref("promise", f"{self.key}/{at.isoformat()}")
        self.step(
            at,
            by,
            "intake.agreement.add_promise",
            key,
            entry_id=self.entry,
            side="office",
            text=self.rng.choice(OFFICE_PROMISES),
            due_at=due,
        )
        if self.rng.random() < 0.9:
            self.step(due - self.rng.randint(0, 90) * MINUTE, by, "intake.agreement.keep_promise", None, promise_id=key)
        if self.rng.random() < 0.5:
            self.step(
                at + MINUTE,
                by,
                "intake.agreement.add_promise",
                Ref("promise", f"{self.key}/{at.isoformat()}/own"),
                entry_id=self.entry,
                side="person",
                text=self.rng.choice(OWN_PROMISES),
                due_at=moment(after(berlin(due).date(), 2), 12 * 60),
            )

    def finish(self, by: str, at: datetime, *, step: str, step_at: datetime, wish: str | None = None, step_by: str = "") -> None:
        """Close the talk with a next step, a date and a name."""
        self.step(
            at,
            by,
            "intake.conversation.finish_talk",
            None,
            entry_id=self.entry,
            next_step=step,
            next_step_at=step_at,
            next_step_by_id=Ref("user", step_by or by),
            wish=wish,
        )
        if wish is not None:
            self.step(at + MINUTE, by, "intake.conversation.hand_out", None, entry_id=self.entry)

    # -- after the talk ----------------------------------------------------------------------------------------------
    def attend(self) -> None:
        """Who came to what was booked, noted by whoever leads it."""
        for plan in self.seats:
            if plan.starts_at >= min(self.until, self.ended_at or self.until):
                continue
            running = plan.ends_at > self.until
            roll = self.rng.random()
            state = "present" if roll < PRESENT else "excused" if roll < PRESENT + EXCUSED else "no_word"
            if running and state == "no_word":
                continue
            by = plan.led_by if plan.led_by.startswith(("eingang", "coach")) else self.desk.entrance[0]
            arrived = plan.starts_at + self.rng.choice((-3, 0, 2, 5, 12)) * MINUTE if state == "present" else None
            at = plan.starts_at + 15 * MINUTE if running else plan.ends_at - 2 * MINUTE
            self.step(
                at,
                by,
                "intake.dates.mark_attendance",
                None,
                booking_id=Ref("booking", f"{self.key}/{plan.key}"),
                attendance=state,
                arrived_at=arrived,
                obstacle=choose(self.rng, OBSTACLES) if state != "present" else "",
            )

    def write(self, first: date, last: date, count: int, handed: list[Job]) -> None:
        """Job applications between two days, with the replies."""
        span = (last - first).days
        for number in range(count):
            sent = first + timedelta(days=self.rng.randint(0, max(span, 1)))
            job = handed[number] if number < len(handed) else self._some_job()
            if job is None:
                continue
            self.wrote += 1
            key = Ref("own", f"{self.key}/{self.wrote}")
            by = self.rng.choice(self.desk.coaches)
            at = moment(sent, self.rng.randint(9, 15) * 60 + self.rng.randint(0, 59))
            if not self.step(
                at,
                by,
                "intake.dates.add_own_application",
                key,
                entry_id=self.entry,
                employer=job.employer,
                title=KINDS[job.kind].titles[0].split(",")[0],
                sent_on=sent,
                vacancy_id=Ref("vacancy", job.reference),
            ):
                continue
            if number < len(handed):
                self.step(
                    at + MINUTE,
                    by,
                    "intake.conversation.note_reaction",
                    None,
                    handed_id=Ref("handed", f"{self.key}/{job.reference}"),
                    reaction="applied",
                )
            if self.rng.random() < REPLIED:
                replied = sent + timedelta(days=self.rng.randint(3, 12))
                self.step(
                    moment(replied, 15 * 60),
                    by,
                    "intake.dates.set_reply",
                    None,
                    own_application_id=key,
                    reply=choose(self.rng, REPLIES),
                    reply_on=replied,
                )

    def _some_job(self) -> Job | None:
        pool = self.near(self.rng.choice(self.kinds))
        return self.rng.choice(pool) if pool else None

    def fact(self, by: str, at: datetime, kind: str, since: date, what: str, **more: Any) -> None:
        """Something changed."""
        told = self.step(
            at,
            by,
            "intake.facts.add_fact",
            Ref("fact", f"{self.key}/{kind}"),
            person_id=self.person,
            entry_id=self.entry,
            kind=kind,
            since=since,
            what=what,
            source=more.pop("source", "sagt die Person selbst"),
            **more,
        )
        if told and kind == "work":
            self.work = since

    def outcome(self, by: str, at: datetime, kind: str, **more: Any) -> bool:
        """The decision on the application."""
        day = berlin(at).date()
        if kind == "granted":
            start = first_of_month(berlin(self.arrival.contact_at).date())
            more |= {"granted_from": start, "granted_to": add_months(start, 12) - DAY}
        if kind == "denied":
            # § 66 (3) SGB I: a written hint with a term, and the term has passed.
            hint = after(berlin(self.arrival.contact_at).date(), 1)
            more |= {"hint_on": hint, "hint_until": min(after(hint, 10), before(day))}
        return self.step(
            at,
            by,
            "benefits.record_outcome",
            Ref("outcome", self.key),
            application_id=self.application,
            kind=kind,
            decided_on=day,
            source="Bescheid" if kind != "moved" else "Mitteilung der neuen Gemeinde",
            **more,
        )

    def handover(self, by: str, at: datetime, team: str, *, answer: str = "accept") -> datetime:
        """Send the person on to a team and somebody in it, who accepts or returns; when that is."""
        name = TEAM_OF.get(team, "Vermittlungsstelle")
        manager = self.rng.choice(self.desk.managers[name]).login
        summary = f"{self.rng.choice(HANDOVER_FIRST)} {self.rng.choice(HANDOVER_SECOND)}"
        key = Ref("handover", f"{self.key}/{at.date().isoformat()}")
        if not self.step(
            at,
            by,
            "intake.agreement.send_handover",
            key,
            entry_id=self.entry,
            team_id=Ref("team", name),
            user_id=Ref("user", manager),
            summary=summary,
            reason="Vorschlag der Regel",
        ):
            return at
        answered = in_office(at + self.rng.uniform(0.2, 1.6) * DAY)
        if answer == "accept":
            self.step(answered, manager, "intake.agreement.accept_handover", None, handover_id=key)
        elif answer == "return":
            self.step(
                answered,
                manager,
                "intake.agreement.return_handover",
                None,
                handover_id=key,
                reason="Die Kinderbetreuung ist noch nicht geklärt. Bitte erst mit dem Familienbüro sprechen.",
            )
        return answered

    def end(self, by: str, at: datetime, kind: str, note: str = "", *, stays: str = "") -> None:
        """ViA ends for this person; ``stays`` is who of the entrance is responsible afterwards."""
        self.ended_at = at
        whom = {"next_team_id": Ref("team", "ViA-Team"), "next_user_id": Ref("user", stays)} if stays else {}
        day = berlin(at).date()
        if self.step(at, by, "intake.entry.end_via", None, entry_id=self.entry, kind=kind, ended_on=day, note=note, **whom):
            self.over = day, kind

    def ask_later(self, by: str, at: datetime) -> None:
        """Whether the person may be asked how it goes, and the calls that follow, as the law and her answer carry them."""
        # Dice of its own: who is called changes nothing else.
        rng, today = Random(f"{self.key}/{self.day.isoformat()}/after"), self.desk.world.day
        consent = choose(rng, CONSENT)
        if self.left_it:
            return
        if consent is not None:
            self.step(at, by, "people.set_consent", None, person_id=self.person, may_remind=None, may_follow_up=consent)
        about: dict[str, Ref]
        if self.work is not None:
            start, about = self.work, {"fact_id": Ref("fact", f"{self.key}/work")}
        elif self.over is not None and self.over[1] in ASKED_AFTER:
            start, about = self.over[0], {"entry_id": self.entry}
        else:
            return
        said = SAID_OF_WORK if self.work else SAID_AFTER_VIA
        asked: tuple[follow_up.Asked, ...] = ()
        when = start
        while (due := follow_up.next_question(start, when, of_work=bool(self.work), consent=consent, asked=asked)) is not None:
            when = after(max(due.due_on, when) - DAY, 1 + choose(rng, CALL_AFTER_DAYS))
            due = follow_up.next_question(start, when, of_work=bool(self.work), consent=consent, asked=asked)
            if when >= today or due is None or due.due_on > when or rng.random() < FORGOTTEN:
                return
            result = "not_reached" if rng.random() < NOT_REACHED and due.missed < 2 else choose(rng, said)
            again = after(when, rng.randint(3, 8)) if result == "not_reached" else None
            ended = start + timedelta(days=rng.randint(6, max(7, (when - start).days - 2))) if result == "ended" else None
            self.step(
                moment(when, rng.randint(9 * 60, 15 * 60)),
                by,
                "intake.follow_up.record_follow_up",
                None,
                person_id=self.person,
                result=result,
                ended_on=ended,
                next_on=again,
                note=rng.choice(HELP_NOTES) if result == "help" else "",
                **about,
            )
            asked += (follow_up.Asked(due.months, result != "not_reached", again),)
            if result in {"ended", "declined"}:
                return


def arrivals(rng: Random, world: World, expected: Iterable[Expected], make: Callable[[str, date], Household]) -> list[Arrival]:
    """At which hour and by which way people come. ``make(key, day)`` invents a household."""
    found = []
    for number, one in enumerate(expected):
        day = one.day
        channel = choose(rng, CHANNELS)
        minute = int(rng.triangular(8 * 60 + 3, 15 * 60, 9 * 60))
        # The last days are kept for the morning of the training day: nobody of the crowd may still wait then.
        if (world.day - day).days <= 3:
            minute = min(minute, 12 * 60)
        contact_at = moment(day, minute)
        recorded_at = contact_at + rng.randint(2, 7) * MINUTE
        # Written in the evening before, but not in the month before: the flows know the month of the application.
        if channel in {"online", "email"} and day.day > 1 and rng.random() < 0.4:
            contact_at = moment(day - DAY, rng.randint(16 * 60, 22 * 60 + 50))
            recorded_at = moment(day, 8 * 60 + rng.randint(5, 55))
        key = f"w{number:04d}"
        household, known = (one.known, one.known.key) if one.known is not None else (make(key, day), "")
        found.append(
            Arrival(key, household, contact_at, recorded_at, channel, known, one.fate, one.grant, one.works, one.application)
        )
    return sorted(found, key=lambda a: (a.recorded_at, a.key))


def travel(desk: Desk, rng: Random, arrival: Arrival) -> None:
    """One ordinary way from the first contact to its end, as far as the time has come."""
    way = Way(desk, rng, arrival)
    now = desk.now
    by = rng.choice(desk.entrance)
    recent = (now - arrival.recorded_at) < 6 * DAY
    asks_only = arrival.fate == "asked"
    wishes = (
        ("information",)
        if asks_only
        else ("money", "work")
        if rng.random() < 0.78
        else ("money", "housing")
        if rng.random() < 0.3
        else ("money",)
    )
    urgent: tuple[str, ...] = ()
    if not asks_only and rng.random() < 0.09:
        urgent = (choose(rng, (("no_money", 62), ("no_roof", 24), ("no_insurance", 8), ("violence", 6))),)
    advance = "no_money" in urgent and rng.random() < 0.7
    money_until = berlin(arrival.recorded_at).date() + timedelta(days=rng.randint(0, 5)) if "no_money" in urgent else None
    way.contact(
        by,
        wishes=wishes,
        words=rng.choice(WISHES_WORDS),
        urgent=urgent,
        money_until=money_until,
        advance=advance,
        take=rng.random() < 0.3,
    )
    office = rng.choice(desk.benefits)
    if not asks_only:
        _office_answers(way, office, by, urgent, advance=advance)
    if not recent and arrival.fate == "unreached":
        _never_reached(way, by, office)
        return
    leader, at = desk.talk_slot(rng, _talk_at(rng, arrival, recent=recent))
    if at + HOUR >= now:
        return
    _talk(way, leader, at, office, asks_only=asks_only)


def _talk_at(rng: Random, arrival: Arrival, *, recent: bool) -> datetime:
    """When there would be time for the talk: mostly on the same day, the median about five hours after the contact.

    Both after the board of the design (86 of 100 offers on the same day, half of them within 5.2 hours).
    """
    came = arrival.recorded_at
    day = berlin(came).date()
    last = moment(day, 15 * 60 + 10)
    if came < last and (recent or rng.random() < SAME_DAY):
        share = rng.random() ** 0.55
        soon = came + (8 if arrival.channel == "in_person" else 25) * MINUTE
        return min(soon + (last - soon) * (share * 0.5 if recent else share), last) if soon < last else soon
    days = choose(rng, ((1, 70), (2, 18), (3, 7), (5, 5)))
    return moment(after(day, days), rng.randint(8 * 60 + 10, 14 * 60))


def _office_answers(way: Way, office: str, by: str, urgent: tuple[str, ...], *, advance: bool) -> None:
    rng, at = way.rng, way.arrival.recorded_at
    if rng.random() < 0.8 or way.arrival.channel == "in_person":
        way.receipt(by, at + 3 * MINUTE)
    wait = rng.uniform(0.2, 3.5) * HOUR if rng.random() < 0.85 else rng.uniform(18, 30) * HOUR
    number = f"{231020000 + int(way.key[1:]):09d}"
    way.confirm(office, in_office(at + wait), number if rng.random() < 0.75 else "")
    for kind in (*urgent, *(("advance",) if advance else ())):
        report = Ref("report", f"{way.key}/{kind}")
        answered = in_office(at + rng.uniform(0.1, 1.1) * HOUR)
        result = {
            "no_money": "600 € als Barcode, ab 13:00 Uhr",
            "advance": "Vorschuss angewiesen",
            "no_roof": "Mit der Vermieterin gesprochen, Frist bis Monatsende",
            "no_insurance": "Bei der Kasse angemeldet",
            "violence": "Schutzstelle ist verständigt",
        }[kind]
        way.step(answered, office, "benefits.confirm_report", None, report_id=report, result=result)
        way.step(
            in_office(answered + rng.uniform(2, 60) * HOUR), office, "benefits.close_report", None, report_id=report, result=""
        )


def _never_reached(way: Way, by: str, office: str) -> None:
    rng, at = way.rng, way.arrival.recorded_at
    for hours in (4, 26, 74):
        way.step(
            in_office(at + hours * HOUR),
            by,
            "intake.entry.not_reached",
            None,
            entry_id=way.entry,
            how="phone",
            note=rng.choice(("", "Mailbox", "Nummer besetzt")),
        )
    ends, decided, how = in_office(at + 21 * DAY), in_office(at + rng.uniform(12, 30) * DAY), rng.choice(("refused", "denied"))
    how = "granted" if way.arrival.grant else how
    # While the application or the benefit runs, somebody stays the one to call; a refusal ends that as well.
    needed = how == "granted" or decided > ends
    way.end(by, ends, "no_contact", "Dreimal angerufen, eine Karte eingeworfen. Der Antrag läuft weiter.", stays=by if needed else "")
    way.outcome(office, decided, how)
    if needed and how != "granted":
        way.step(in_office(decided + DAY), by, "intake.entry.let_go", None, entry_id=way.entry)


def _talk(way: Way, by: str, at: datetime, office: str, *, asks_only: bool) -> None:
    rng, desk = way.rng, way.desk
    values = way.profile()
    fate, granted = way.arrival.fate, "granted" if way.arrival.grant else "refused"
    alg = fate == "alg"
    if alg:
        values["work"]["alg"] = "yes"
    way.start(by, at)
    if not asks_only:
        way.family(by, at + 2 * MINUTE)
    way.answer(by, at, values, values)
    way.papers(by, at + 22 * MINUTE)
    if alg:
        until = way.day + timedelta(days=rng.randint(20, 150))
        way.step(
            at + 30 * MINUTE,
            by,
            "intake.facts.refer_to_agency",
            None,
            entry_id=way.entry,
            claim_until=until,
            note="Hat noch Anspruch auf Arbeitslosengeld, sucht sofort Arbeit. Hier läuft der Antrag auf Aufstockung.",
        )
        way.end(by, in_office(at + 14 * DAY), "agency")
        way.outcome(office, in_office(at + rng.uniform(9, 24) * DAY), granted)
        return
    offered = rng.random() >= NO_OFFER
    attends = choose(rng, ATTENDS)
    handed: list[Job] = []
    if offered:
        handed = way.hand(by, at + 22 * MINUTE, rng.choice((0, 1, 2, 2, 3)))
        _book(way, by, at + 26 * MINUTE, attends)
    team = way.decide(by, at + 28 * MINUTE)
    if rng.random() < 0.7:
        way.promise(by, at + 29 * MINUTE)
    end = at + rng.randint(32, 45) * MINUTE
    # Somebody whom nobody has reached yet may still come.
    fate = granted if fate == "unreached" else fate
    days = {"work": way.arrival.works, "training": rng.randint(8, 40)}.get(fate, VIA_DAYS - 1)
    last = way.day + timedelta(days=min(days, VIA_DAYS - 1))
    _fate(way, by, office, fate, team, last, days, end)
    _follow(way, by, end)
    way.attend()
    way.ask_later(by, at + 31 * MINUTE)
    count = rng.randint(0, 9) if attends != "little" else rng.choice((0, 0, 1, 2, 4))
    way.write(berlin(at).date() + DAY, min(last, desk.now.date()), count, handed[: rng.randint(0, len(handed))])


def _book(way: Way, by: str, at: datetime, attends: str) -> None:
    rng, calendar = way.rng, way.desk.calendar
    herzberg = way.arrival.household.home.name in HERZBERG
    language = "uk" if way.who.language == "uk" else "de"
    soon = at + HOUR
    if rng.random() < 0.75:
        later = soon + rng.uniform(0, 4) * DAY if language == "de" else soon
        way.book(by, at, calendar.next(way.key, "information", later, language=language))
    if attends != "little":
        room = "Herzberg 2" if herzberg else "Osterode 104"
        first = soon
        for _ in range(rng.randint(7, 12) if attends == "full" else rng.randint(2, 5)):
            plan = calendar.next(way.key, "workshop", first, room=room)
            if plan is None or plan.starts_at > at + VIA_DAYS * DAY:
                break
            way.book(by, at + MINUTE, plan)
            first = plan.ends_at
    for _ in range({"full": 2, "some": 1, "little": 1}[attends] if rng.random() < 0.85 else 0):
        plan = calendar.next(way.key, "coaching", soon + rng.uniform(0, 12) * DAY, within=6)
        way.book(by, at + 2 * MINUTE, plan)


def _follow(way: Way, by: str, end: datetime) -> None:
    """Close the first talk, and a short further one about every week; each ends with the next step and its date."""
    rng, now = way.rng, way.desk.now
    until = min(now, way.ended_at or now) - HOUR
    talks: list[tuple[str, datetime]] = []
    who, at = way.desk.talk_slot(rng, end + rng.uniform(5, 11) * DAY, coach=True)
    while at < until:
        talks.append((who, at))
        who, at = way.desk.talk_slot(rng, at + rng.uniform(7, 13) * DAY, coach=True)
    wish = rng.choice(IMPORTANT)
    for number, (who, start) in enumerate([(by, end), *talks]):
        close = end if number == 0 else start + 20 * MINUTE
        if number:
            way.start(who, start, how="phone")
        step_by, step_at = talks[number] if number < len(talks) else (by, _next_date(way, close))
        way.finish(who, close, step=rng.choice(NEXT_STEPS), step_at=step_at, step_by=step_by, wish=wish if number == 0 else None)


def _next_date(way: Way, close: datetime) -> datetime:
    """When the next step is due: ahead for those who are still here, but for one in ten who waits since yesterday."""
    rng, now = way.rng, way.desk.now
    if way.ended_at is not None and way.ended_at < now:
        return in_office(max(way.ended_at, close + DAY))
    today = berlin(now).date()
    day = before(today) if rng.random() < OVERDUE else after(today, rng.randint(0, 8))
    return in_office(max(moment(day, rng.choice((10, 11, 13, 14)) * 60), close + DAY))


def _fate(way: Way, by: str, office: str, fate: str, team: str, last: date, days: int, talked: datetime) -> None:
    rng, day = way.rng, way.day
    decided = in_office(moment(day + timedelta(days=int(rng.triangular(6, 34, 14))), 11 * 60 + rng.randint(0, 180)))
    closing = in_office(moment(last, 15 * 60))
    title = KINDS[way.kinds[0]].titles[0].split(",")[0]
    granted = "granted" if way.arrival.grant else "refused"
    if fate == "work":
        since = day + timedelta(days=days)
        hours = rng.choice((20, 25, 30, 35, 39))
        told = in_office(moment(since - timedelta(days=rng.randint(0, 5)), 11 * 60))
        way.fact(
            by,
            max(told, way.arrival.recorded_at + 2 * DAY),
            "work",
            since,
            title,
            hours=Decimal(hours),
            gross_cents=round(hours * rng.randint(1390, 1750) * 4.348 / 1000) * 1000,
            through_us=rng.random() < THROUGH_US,
        )
        way.outcome(office, decided, granted)
        way.end(by, in_office(moment(max(since, day + DAY) + timedelta(days=4), 15 * 60)), "work", stays=by)
    elif fate == "training":
        since = day + timedelta(days=days)
        way.fact(
            by, in_office(moment(since - 3 * DAY, 11 * 60)), "training", since, f"Ausbildung {title}", source="Vertrag gesehen"
        )
        way.outcome(office, decided, granted)
        way.end(by, in_office(moment(since + timedelta(days=4), 15 * 60)), "training", stays=by)
    elif fate in {"pays", "applied"}:
        what = rng.choice(("Wohngeld", "Wohngeld und Kinderzuschlag", "Rente", "Elterngeld"))
        asked = day + timedelta(days=rng.randint(3, 10))
        way.fact(by, in_office(moment(asked, 11 * 60)), "benefit_applied", asked, what, source="Eingangsbestätigung gesehen")
        if fate == "pays":
            paid = asked + timedelta(days=rng.randint(18, 30))
            way.fact(by, in_office(moment(paid, 11 * 60)), "benefit_pays", paid, what, source="Bescheid gesehen")
            way.outcome(office, in_office(moment(paid + 4 * DAY, 11 * 60)), "refused")
            way.end(by, in_office(moment(paid + 5 * DAY, 15 * 60)), "other_benefit")
        else:
            way.outcome(office, in_office(moment(asked + timedelta(days=45), 11 * 60)), granted)
            _hand_on(way, by, closing, team)
    elif fate in {"withdrawn", "waiver", "asked"}:
        _leave(way, by, office, fate, decided, closing, talked)
    elif fate == "moved":
        way.outcome(office, in_office(moment(day + timedelta(days=rng.randint(9, 26)), 10 * 60)), "moved")
        way.end(by, in_office(moment(last - 2 * DAY, 15 * 60)), "moved")
    elif fate in {"refused", "denied"}:
        told = decided if fate == "refused" else in_office(decided + 16 * DAY)
        way.outcome(office, told, fate)
        way.end(by, max(closing, in_office(told + DAY)), "own_wish", "Möchte ohne uns weitersuchen. Weiß, dass sie oder er jederzeit kommen kann.")
    else:
        late = rng.random() < 0.05
        way.outcome(office, in_office(decided + (rng.uniform(14, 30) * DAY if late else timedelta())), granted)
        if rng.random() < 0.12:
            _hand_on(way, by, closing, team, "own_wish", "Zwei Termine reichen, sagt die Person. Meldet sich wieder.")
        else:
            _hand_on(way, by, closing, team)


def _hand_on(way: Way, by: str, closing: datetime, team: str, kind: str = "handed_over", note: str = "") -> None:
    """Hand over before ViA ends; it ends when somebody has taken the person on."""
    answered = way.handover(by, closing - 2 * HOUR - DAY, team)
    way.end(by, max(closing, in_office(answered + HOUR)), kind, note)


def _leave(way: Way, by: str, office: str, fate: str, decided: datetime, closing: datetime, talked: datetime) -> None:
    """Somebody leaves it: few, each with reason, rights, a second look by somebody else, and calls afterwards."""
    rng, desk = way.rng, way.desk
    at = in_office(way.arrival.recorded_at + rng.uniform(0.4, 6) * DAY)
    words = {
        "asked": "Ich wollte nur wissen, wie es geht. Mein Erspartes reicht noch.",
        "withdrawn": "Ich habe Arbeit und komme bis zum ersten Lohn hin.",
        "waiver": "Meine Eltern helfen mir, ich möchte das Geld nicht mehr.",
    }[fate]
    act = {"asked": "only_asked", "withdrawn": "withdrawn", "waiver": "waiver"}[fate]
    if fate == "asked" and rng.random() < 0.35:
        way.end(by, closing, "own_wish", "Hat nur nachgefragt, weiß den Weg.")
        return
    if fate == "waiver":
        way.outcome(office, decided, "granted")
        at = in_office(decided + 3 * DAY)
    else:
        at = max(at, in_office(talked + HOUR))
    signed = fate != "asked"
    day = berlin(at).date()
    key = Ref("leave", way.key)
    may_call = rng.random() < 0.7
    if not way.step(
        at,
        by,
        "intake.leave.record_leave",
        key,
        entry_id=way.entry,
        act=act,
        words=words,
        rights=list(RIGHTS),
        signed=signed,
        signed_on=day if signed else None,
        call_at=moment(after(day, rng.randint(8, 14)), 10 * 60),
        may_call=may_call,
    ):
        return
    way.left_it = True
    way.step(at + 5 * MINUTE, by, "intake.leave.hand_copy", None, leave_id=key)
    if signed:
        way.step(in_office(at + 3 * HOUR), office, "benefits.confirm_declaration", None, declaration_id=Ref("declaration", way.key))
    second = rng.choice([login for login in (*desk.entrance, "teamleitung") if login != by])
    way.step(in_office(at + rng.uniform(0.5, 1.8) * DAY), second, "intake.leave.second_look", None, leave_id=key, ok=True)
    # The first call, and those the person allowed; each on the day it falls due or one of the next two.
    due = [after(day, 14), *(add_months(day, months) for months in CALL_MONTHS if may_call)]
    for call in due:
        said = rng.choice(CALLED)
        way.step(moment(after(call, rng.randint(1, 2)), rng.randint(9 * 60, 15 * 60)), by, "intake.leave.note_leave_call", None, leave_id=key, note=said)
    way.end(by, max(closing, at + 2 * DAY), "own_wish", "Ohne Leistung, mit Grund. Nachfrage vereinbart.")
