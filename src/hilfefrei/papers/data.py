"""The facts of each paper. Moments are aware, days are Berlin days, money is :class:`Euro`; names come as written.

Empty lists and ``None`` are facts too ("no appointment"), and each paper says them or leaves the part out.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Euro:
    """An amount, shown in whole euros (advice) or with cents (law)."""

    cents: int
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Office:
    """Who writes. Empty numbers are left out. ``demo`` marks every sheet as invented."""

    name: str
    address: str = ""
    opening_hours: str = ""
    phone: str = ""
    benefits_phone: str = ""
    urgent_phone: str = ""
    counsel_name: str = ""
    counsel_phone: str = ""
    complaint_phone: str = ""
    data_protection_phone: str = ""
    demo: bool = False


@dataclass(frozen=True, slots=True)
class Contact:
    """A person of the office with the number under which they are called."""

    name: str
    phone: str = ""
    team: str = ""


@dataclass(frozen=True, slots=True)
class Invitation:
    """The talk that we offer, never a condition."""

    at: datetime
    where: str
    extra: str = ""


PaperState = Literal["missing", "later", "here", "seen"]


@dataclass(frozen=True, slots=True)
class PaperLine:
    """A paper that the decision needs. ``person`` empty: for the whole household. ``why`` is a plain purpose."""

    title: str
    why: str = ""
    state: PaperState = "missing"
    until: date | None = None
    person: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Confirmation of an application (``receipt``). Can be found at home: it has no address, no reason, no safe number."""

    office: Office
    printed_at: datetime
    asked_at: datetime
    works_from: date
    number: str
    contact: Contact
    salutation: str = ""
    channel: str = ""
    persons: tuple[str, ...] = ()
    wishes: tuple[str, ...] = ()
    advance_asked_at: datetime | None = None
    urgent: bool = False
    papers_until: date | None = None
    decision_until: date | None = None
    benefits_contact: Contact | None = None
    invitation: Invitation | None = None


@dataclass(frozen=True, slots=True)
class Booking:
    """A seat or slot that somebody took."""

    at: datetime
    what: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Vacancy:
    """A vacancy handed over as an offer. ``facts`` are short (hours, days, wage, way), ``why`` one sentence."""

    title: str
    employer: str = ""
    facts: tuple[str, ...] = ()
    why: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """Who does what next; the office's tasks come first. ``until``: a day, or the moment that was agreed."""

    who: str
    what: str
    until: date | datetime | None = None


@dataclass(frozen=True, slots=True)
class Handout:
    """What was agreed (``handout``): sheet 1 application and papers, sheet 2 offers, sheet 3 second language.

    Money and offers stay on different sheets, so that sheet 1 can go to benefits. ``asked_at`` None: nobody asked for
    money. ``outcome`` and ``outcome_on``: how it was decided; then sheet 1 promises nothing any more. ``language``: code of a file in ``words``, or empty for German alone.
    """

    office: Office
    printed_at: datetime
    contact: Contact
    salutation: str = ""
    asked_at: datetime | None = None
    channel: str = ""
    confirmed_at: datetime | None = None
    works_from: date | None = None
    number: str = ""
    outcome: str = ""
    outcome_on: date | None = None
    decision_until: date | None = None
    advance_asked_at: datetime | None = None
    papers: tuple[PaperLine, ...] = ()
    goal: str = ""
    bookings: tuple[Booking, ...] = ()
    vacancies: tuple[Vacancy, ...] = ()
    tasks: tuple[Task, ...] = ()
    language: str = ""


@dataclass(frozen=True, slots=True)
class PapersRequest:
    """A request for papers (``papers_request``), without any period that has consequences (§ 66 SGB I is for benefits)."""

    office: Office
    printed_at: datetime
    contact: Contact
    asked_at: datetime
    salutation: str = ""
    until: date | None = None
    papers: tuple[PaperLine, ...] = ()


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """Somebody who waits for the first talk."""

    name: str
    since: datetime
    application: str = ""
    flags: tuple[str, ...] = ()
    place: str = ""
    phone: str = ""
    taken_by: str = ""


@dataclass(frozen=True, slots=True)
class TalkLine:
    """A talk of the day."""

    at: datetime
    name: str
    where: str = ""
    who: str = ""


@dataclass(frozen=True, slots=True)
class SeatLine:
    """A date with free seats."""

    at: datetime
    what: str
    where: str = ""
    free: int = 0
    seats: int = 0


@dataclass(frozen=True, slots=True)
class DayList:
    """The entrance on paper for the day the system is down (``day_list``), for staff only."""

    office: Office
    printed_at: datetime
    waiting: tuple[WaitingLine, ...] = ()
    talks: tuple[TalkLine, ...] = ()
    seats: tuple[SeatLine, ...] = ()


@dataclass(frozen=True, slots=True)
class FirstContactForm:
    """The blank form for a first contact by pen (``first_contact_form``)."""

    office: Office
    printed_at: datetime


LeaveKind = Literal["stays_open", "only_asked", "withdrawn", "waiver"]


@dataclass(frozen=True, slots=True)
class LeaveCopy:
    """The person's copy of "dann lasse ich es" (``leave_copy``): three legal acts kept apart, §§ 36 and 46 SGB I.

    ``estimate`` None: no estimate was shown, and the copy says so. ``estimate_high``: it was a band up to there. ``estimate_law`` and
    ``estimate_on``: by which law and for which day. ``rights`` are the sentences that were explained.
    ``revoked_at``: the person came back, which the copy for the file says as well.
    """

    office: Office
    printed_at: datetime
    name: str
    act: LeaveKind
    at: datetime
    contact: Contact
    explained_by: str
    explained_at: datetime
    words: str = ""
    rights: tuple[str, ...] = ()
    asked_at: datetime | None = None
    works_from: date | None = None
    number: str = ""
    estimate: Euro | None = None
    estimate_high: Euro | None = None
    estimate_law: str = ""
    estimate_on: date | None = None
    benefits_appointment_at: datetime | None = None
    signed_on: date | None = None
    representative: str = ""
    second_look_by: date | None = None
    call_at: datetime | None = None
    may_call: bool = False
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WeekRow:
    """One offer of the week; ``cells`` hold the lines of each day, as many as :class:`WeekPlan` has days."""

    offer: str
    cells: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class WeekPlan:
    """The week of ViA for the wall (``week_plan``): dates, rooms and seats, no names of people."""

    office: Office
    printed_at: datetime
    days: tuple[date, ...]
    rows: tuple[WeekRow, ...] = ()


@dataclass(frozen=True, slots=True)
class CallLine:
    """Somebody to be called because a date is cancelled. A protected person stands here without name and number."""

    name: str
    phone: str = ""
    note: str = ""
    suggestion: str = ""
    caller: str = ""


@dataclass(frozen=True, slots=True)
class CallList:
    """Whom to call because of one cancelled date (``call_list``)."""

    office: Office
    printed_at: datetime
    what: str
    at: datetime
    where: str = ""
    lines: tuple[CallLine, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonsList:
    """A list as it stands on the screen (``persons_list``): the same columns, the filter said in words."""

    office: Office
    printed_at: datetime
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = ()
    filters: str = ""
    shown: str = ""
    """Where the list was cut: how many stand here, as written; then ``of`` how many there are."""
    of: str = ""


@dataclass(frozen=True, slots=True)
class ExtractRow:
    """One thing that stands in the file, and where it comes from."""

    name: str
    value: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class ExtractPart:
    """A heading and what stands under it."""

    title: str
    rows: tuple[ExtractRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Extract:
    """What one desk sees of a person, for that person (``extract``; Art. 15 GDPR, § 83 SGB X)."""

    office: Office
    printed_at: datetime
    contact: Contact
    name: str
    parts: tuple[ExtractPart, ...] = ()


@dataclass(frozen=True, slots=True)
class DisclosureFields:
    """What a table of the disclosure is for: one line per purpose."""

    fields: str
    purpose: str
    kept: str
    source: str


@dataclass(frozen=True, slots=True)
class DisclosurePart:
    """One table: its rows as lines of name and value, then what its fields are for. ``ExtractRow.source`` numbers the rows."""

    title: str
    rows: tuple[ExtractRow, ...]
    fields: tuple[DisclosureFields, ...] = ()


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Everything held on a person, for that person (``disclosure``; Art. 15 GDPR, § 83 SGB X)."""

    office: Office
    printed_at: datetime
    contact: Contact
    name: str
    parts: tuple[DisclosurePart, ...] = ()
    sent: tuple[str, ...] = ()
    changes: int = 0


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One kind of data: which, what for, how long, who sees it."""

    title: str
    what: str
    why: str
    kept: str
    who: str


@dataclass(frozen=True, slots=True)
class DataNotice:
    """Which data are held on a person, without the data themselves (``data_notice``; Art. 13 to 15 GDPR, § 82a SGB X)."""

    office: Office
    printed_at: datetime
    contact: Contact
    number: str
    lines: tuple[NoticeLine, ...] = ()
    sent: tuple[str, ...] = ()
    consents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AccessLine:
    """One time that somebody looked at a file: when, how, and on which page, which says what for. Never who."""

    at: datetime
    how: str
    where: str


@dataclass(frozen=True, slots=True)
class AccessNotice:
    """When a file was looked at and what for, for the person (``access_notice``; Art. 15(1) GDPR, § 83 SGB X). It names nobody."""

    office: Office
    printed_at: datetime
    contact: Contact
    number: str
    first_day: date
    last_day: date
    lines: tuple[AccessLine, ...] = ()


@dataclass(frozen=True, slots=True)
class ErasureAnswer:
    """What became of somebody's wish to be erased (``erasure_answer``; Art. 17, Art. 12(3) and (4) GDPR, § 84 SGB X).

    ``goes``: kinds of data; ``stays``: kinds of data with the reason in a sentence. ``everything``: the record itself goes too.
    """

    office: Office
    printed_at: datetime
    contact: Contact
    name: str
    number: str
    asked_at: datetime
    decided_at: datetime
    goes: tuple[str, ...] = ()
    stays: tuple[tuple[str, str], ...] = ()
    everything: bool = False
    answer: str = ""


@dataclass(frozen=True, slots=True)
class MonthLine:
    """One value in words. ``of``: what it was made of; ``before``: the same month a year ago."""

    label: str
    text: str
    of: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True)
class MonthFigure:
    """One figure: title, the sentence that defines it, its source, and its values."""

    title: str
    sentence: str
    source: str
    lines: tuple[MonthLine, ...]


@dataclass(frozen=True, slots=True)
class MonthSection:
    """Figures that belong together; ``remark`` stands above them."""

    title: str
    remark: str
    figures: tuple[MonthFigure, ...] = ()


@dataclass(frozen=True, slots=True)
class MonthReport:
    """The month for the county council (``month_report``). ``state``: of which data; nothing under ten is in it."""

    office: Office
    printed_at: datetime
    month: str
    state: str
    as_of: date
    version: str
    sections: tuple[MonthSection, ...] = ()


@dataclass(frozen=True, slots=True)
class TalkNote:
    """What was said and agreed in a talk, for the e-file (``talk_note``). Placement zone: never for benefits."""

    office: Office
    printed_at: datetime
    contact: Contact
    name: str
    number: str
    held_at: datetime
    parts: tuple[ExtractPart, ...] = ()


@dataclass(frozen=True, slots=True)
class BenefitsSheet:
    """What goes to the paying system (``benefits_sheet``): ``rows`` as (title, text), ``people`` the same per person."""

    office: Office
    printed_at: datetime
    title: str
    lead: str
    key: str
    rows: tuple[tuple[str, str], ...]
    people_title: str = ""
    people_lead: str = ""
    people: tuple[tuple[tuple[str, str], ...], ...] = ()


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """One of the results of a calculation: what, how much, what it means."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """A row of a table of a calculation; ``head`` only names the rows below it."""

    label: str
    cells: tuple[str, ...] = ()
    total: bool = False
    head: bool = False


@dataclass(frozen=True, slots=True)
class ClaimStep:
    """A line of the explanation: label, paragraph, how it was worked out, amount."""

    label: str
    paragraph: str
    formula: str
    amount: str
    total: bool = False


@dataclass(frozen=True, slots=True)
class ClaimGroup:
    """Lines of the explanation that belong together."""

    title: str
    steps: tuple[ClaimStep, ...]


@dataclass(frozen=True, slots=True)
class ClaimSheet:
    """A calculation for the person (``claim_sheet``): results, plain words, comparison, who pays, wages, every line. Advice."""

    office: Office
    printed_at: datetime
    contact: Contact
    title: str
    meta: str
    results: tuple[ClaimResult, ...] = ()
    words_head: str = ""
    words: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    lines: tuple[ClaimLine, ...] = ()
    payers: tuple[ClaimLine, ...] = ()
    wages: tuple[ClaimLine, ...] = ()
    earner: str = ""
    groups: tuple[ClaimGroup, ...] = ()


Paper: TypeAlias = (
    ClaimSheet | BenefitsSheet | TalkNote | Receipt | Handout | PapersRequest | DayList | FirstContactForm | LeaveCopy | WeekPlan | CallList | PersonsList | Extract | MonthReport
    | Disclosure | DataNotice | ErasureAnswer | AccessNotice
)
type_of: dict[str, type[Paper]] = {
    "claim_sheet": ClaimSheet,
    "benefits_sheet": BenefitsSheet,
    "talk_note": TalkNote,
    "receipt": Receipt,
    "handout": Handout,
    "papers_request": PapersRequest,
    "day_list": DayList,
    "first_contact_form": FirstContactForm,
    "leave_copy": LeaveCopy,
    "week_plan": WeekPlan,
    "call_list": CallList,
    "persons_list": PersonsList,
    "extract": Extract,
    "month_report": MonthReport,
    "disclosure": Disclosure,
    "data_notice": DataNotice,
    "erasure_answer": ErasureAnswer,
    "access_notice": AccessNotice,
}
