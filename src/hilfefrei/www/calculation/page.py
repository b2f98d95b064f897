"""A calculation in words and rows: the same for the page and for the paper."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from django.utils.safestring import SafeString

from hilfefrei.core.claim_sheet import Change, Payer, Sheet, Side, payers
from hilfefrei.core.days import format_day
from hilfefrei.core.law.explain import INCOMES, Step
from hilfefrei.core.money import MINUS, format_euro
from hilfefrei.www import charts

ADVICE: Final = "Beratung, keine Entscheidung"
GROUPS: Final = {
    "need": "Bedarf", "income": "Einkommen", "child_benefit": "Kindergeld", "claim": "Anspruch", "share": "Anspruch", "reduction": "Zahlung",
    "supplement": "Sofortzuschlag", "schooling": "Bildung und Teilhabe", "others": "Was andere Ämter entscheiden",
}  # fmt: skip


def plain(cents: int) -> str:
    """An amount without the unit, for tables that name it once."""
    return format_euro(cents).removesuffix(" €")


def more(cents: int, *, whole: bool = False) -> str:
    """An amount with its sign: "+194,00 €"."""
    return ("+" if cents > 0 else "") + format_euro(cents, whole=whole)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the comparison; a cell is empty where it does not apply. ``total``: a sum. ``head``: it only names a group."""

    label: str
    cells: tuple[str, ...] = ()
    total: bool = False
    head: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One of the four results: label, value with its unit, what it means."""

    label: str
    value: str
    unit: str
    note: str
    strong: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Lines of the explanation that belong together."""

    title: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything that a page or a paper shows of a sheet."""

    sheet: Sheet
    title: str
    meta: str
    cells: tuple[Cell, ...]
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    words: tuple[str, ...]
    payers: tuple[Payer, ...]
    balance: Payer
    groups: tuple[Group, ...]
    note: str


def others_name(one: Side) -> str:
    """"Wohngeld und Kinderzuschlag", or the one of them that there is."""
    named = [name for name, amount in (("Wohngeld", one.housing_benefit), ("Kinderzuschlag", one.child_supplement)) if amount]
    return " und ".join(named) or "Wohngeld und Kinderzuschlag"


def today_of(sheet: Sheet) -> int:
    """What the household has today: with the claim, without one with what else there is."""
    return sheet.before.with_claim if sheet.before.claim else sheet.before.disposable


def shown(sheet: Sheet, change: Change, names: Mapping[str, str], salutation: str) -> Shown:
    """The sheet for ``names`` (key of a person to what it is called)."""
    everyone = payers(sheet.before, sheet.after, sheet.household.land)
    return Shown(
        sheet=sheet,
        title=_title(sheet, change, names),
        meta=f"{_month(sheet)} · {ADVICE}. Ausgezahlt wird nach dem Bescheid der Leistungsstelle.",
        cells=tuple(_cells(sheet, change)),
        columns=tuple(_columns(sheet)),
        lines=tuple(_lines(sheet)),
        words=tuple(in_plain_words(sheet, change)),
        payers=tuple(everyone),
        balance=Payer("zusammen", sum(one.before for one in everyone), sum(one.after for one in everyone), sure=all(one.sure for one in everyone)),
        groups=(*groups(sheet.steps, names), *_doubts(sheet)),
        note=_note(sheet, salutation),
    )


def _month(sheet: Sheet) -> str:
    last = sheet.last
    words = f"Recht vom {format_day(last.day, year=True, weekday=False)}, {last.benefit}"
    if sheet.after is not None and sheet.after.day != sheet.before.day:
        words += f" (heute gerechnet für den {format_day(sheet.before.day, year=True, weekday=False)})"
    return words


def _title(sheet: Sheet, change: Change, names: Mapping[str, str]) -> str:
    if sheet.after is None:
        return "Was Ihnen zusteht"
    parts = []
    if change.wage is not None:
        parts.append(f"{names.get(change.earner, 'eine Person')} verdient {format_euro(change.wage)} brutto")
    if change.second_wage is not None:
        parts.append(f"{names.get(change.second, 'eine zweite Person')} verdient {format_euro(change.second_wage)} brutto")
    if change.tax_class is not None and change.wage is None:
        parts.append("andere Steuerklasse")
    if change.day is not None:
        parts.append(f"ab {format_day(change.day, year=True, weekday=False)}")
    if change.rent is not None:
        parts.append(f"Umzug, {format_euro(change.rent)} warm")
    return "Was wäre, wenn: " + ", ".join(parts)


def _note(sheet: Sheet, salutation: str) -> str:
    return f"Für {salutation} in einfachen Worten" if salutation else "In einfachen Worten"


def _reached(sheet: Sheet, change: Change) -> str:
    if change.wage is None and change.second_wage is None:
        return "Heute" if sheet.after is None else "Dann"
    return "Mit dieser Stelle"


def _cells(sheet: Sheet, change: Change) -> Iterable[Cell]:
    last, reach, when = sheet.last, sheet.reach, _reached(sheet, change)
    if sheet.after is None:
        beside = f"dazu {format_euro(last.supplement)} Sofortzuschlag" if last.supplement else ""
        yield Cell(f"Anspruch auf {last.benefit}", format_euro(last.claim), "im Monat", beside or "vor Wohngeld und Kinderzuschlag")
    else:
        today = today_of(sheet)
        first, then = last.with_claim - today, last.disposable - today
        if last.ends and last.with_others is not None and last.claim:
            low, high = sorted((first, then))
            note = f"{more(first)} sofort; {more(then)}, wenn {others_name(last)} bewilligt {'sind' if ' und ' in others_name(last) else 'ist'}"
            yield Cell("Mehr im Haushalt", f"{more(low, whole=True).removesuffix(' €')} bis {more(high, whole=True)}", "", note, tone=_tone(low))
        else:
            yield Cell("Mehr im Haushalt", more(then), "im Monat", f"statt {format_euro(today)} sind es {format_euro(last.disposable)}", tone=_tone(then))
    if reach is None:
        yield Cell(f"{last.benefit} endet", "–", "", "Hier zählt kein Lohn.")
        return
    yield Cell(
        f"{last.benefit} endet", *_from(reach.free), "wenn Wohngeld und Kinderzuschlag bewilligt sind, § 12a.", f"{when}: {'ja' if last.ends else 'nein'}", "info"
    )
    missing = "ja" if last.own else f"es fehlen {format_euro(last.claim)}"
    yield Cell("Vom eigenen Einkommen", *_from(reach.own), "Lohn und Kindergeld decken den Bedarf.", f"{when}: {missing}", "success")
    yield Cell("Ohne jede Hilfe", *_from(reach.none), "auch kein Wohngeld und kein Kinderzuschlag mehr")


def _tone(cents: int) -> str:
    return "success" if cents > 0 else "warning" if cents < 0 else ""


def _from(wage: int | None) -> tuple[str, str]:
    if wage is None:
        return "nicht bis 10.000 €", "brutto"
    return ("ohne Lohn", "") if wage == 0 else (f"ab {format_euro(-(-wage // 100) * 100, whole=True)}", "brutto")


def _columns(sheet: Sheet) -> Iterable[str]:
    yield "heute"
    last = sheet.last
    granted = _instead(last)
    if sheet.after is not None:
        yield "dann, bis alles bewilligt ist" if granted else "dann"
    if granted:
        yield f"{'dann' if sheet.after is not None else 'heute'} mit {others_name(last)}"


def _instead(last: Side) -> bool:
    """Whether Wohngeld and Kinderzuschlag would end the claim: only then they go together with anything in a column of their own."""
    return last.with_others is not None and bool(last.claim) and last.ends


def _lines(sheet: Sheet) -> Iterable[Line]:
    sides = [sheet.before] + ([sheet.after] if sheet.after is not None else [])
    last = sheet.last
    extra = _instead(last)
    blank = ("–",) if extra else ()

    def row(label: str, name: str, *, sign: int = 1, total: bool = False, only: bool = False, third: bool = True) -> Iterable[Line]:
        values = [sign * getattr(one, name) for one in sides]
        if any(values) or total:
            end = (plain(sign * getattr(last, name)),) if extra and third else blank
            yield Line(label, (*map(plain, values), *end), total)

    yield Line("Was der Haushalt braucht", head=True)
    yield from row("Regelbedarfe", "standard")
    yield from row("Mehrbedarfe", "additional")
    yield from row("Wohnung und Heizung", "housing")
    yield from row("Bedarf", "need", total=True)
    yield Line("Was angerechnet wird", head=True)
    yield from row("Lohn brutto", "gross")
    yield from row("Sozialabgaben", "contributions", sign=-1)
    yield from row("Lohnsteuer", "tax", sign=-1)
    yield from row("Freibeträge, § 11b", "free", sign=-1, third=False)
    yield from row("Kindergeld", "child_benefit")
    yield from row("Anderes Einkommen", "other")
    yield from row("Angerechnet, höchstens bis zum Bedarf", "counted", total=True, third=False)
    yield from row("Anspruch vor Wohngeld und Kinderzuschlag", "claim", total=True, third=False)
    yield Line("Was am Ende da ist", head=True)
    yield from row("Lohn netto", "net")
    yield from row("Kindergeld", "child_benefit")
    yield from row("Anderes Einkommen", "other")
    nothing = ("0,00",) if extra else ()
    if any(one.paid for one in sides):
        yield Line(last.benefit, (*(plain(one.paid) for one in sides), *nothing))
    if any(one.supplement for one in sides):
        yield Line("Sofortzuschlag neben dem Anspruch, § 72", (*(plain(one.supplement) for one in sides), *(("0,00",) if extra else ())))
    if any(one.schooling for one in sides):
        yield Line("Bildung und Teilhabe", (*(plain(one.schooling) for one in sides), *blank))
    for label, name in (("Wohngeld°", "housing_benefit"), ("Kinderzuschlag°", "child_supplement")):
        if extra:
            if getattr(last, name):
                yield Line(label, (*("–" for _ in sides), plain(getattr(last, name))))
        elif any(not one.claim and getattr(one, name) for one in sides):
            yield Line(label, tuple("–" if one.claim else plain(getattr(one, name)) for one in sides))
    ends = (plain(last.with_others or 0) + "°",) if extra else ()
    yield Line("Verfügbar", (*(plain(one.with_claim if one.claim else one.disposable) for one in sides), *ends), total=True)


def in_plain_words(sheet: Sheet, change: Change) -> Iterable[str]:
    """What it means, to the person: short sentences, no law."""
    last = sheet.last
    if not last.unit.eligible:
        yield f"Nach diesen Angaben kann im Haushalt niemand {last.benefit} erhalten: zum Beispiel, weil alle zu jung sind, eine Altersrente bekommen oder studieren."
        yield "Das heißt nicht, dass es keine Hilfe gibt. Wir sagen Ihnen, welche Stelle zuständig ist."
        return
    if last.unit.asset_excess:
        yield f"Ihr Vermögen liegt {format_euro(last.unit.asset_excess, whole=True)} über dem, was Sie behalten dürfen. Solange es reicht, gibt es kein {last.benefit}."
        return
    if sheet.after is None:
        yield f"Ihr Haushalt braucht nach dem Gesetz {format_euro(last.need, whole=True)} im Monat."
        if last.own:
            yield f"Ihr Einkommen reicht dafür. Sie brauchen kein {last.benefit}."
        else:
            yield f"Davon deckt Ihr Einkommen {format_euro(last.counted, whole=True)}. Es fehlen {format_euro(last.claim, whole=True)}: So viel {last.benefit} steht Ihnen voraussichtlich zu."
            if last.supplement:
                yield f"Für Ihre Kinder kommen {format_euro(last.supplement, whole=True)} Sofortzuschlag dazu."
        if sheet.reach is not None and sheet.reach.free and not last.own:
            yield f"Ab {_from(sheet.reach.free)[0].removeprefix('ab ')} brutto im Monat brauchen Sie kein {last.benefit} mehr, wenn Wohngeld und Kinderzuschlag bewilligt sind."
        if sheet.reach is not None and sheet.reach.own and not last.own:
            yield f"Ab {_from(sheet.reach.own)[0].removeprefix('ab ')} brutto leben Sie vom eigenen Einkommen."
        return
    lead = "Mit dieser Stelle" if change.wage is not None or change.second_wage is not None else "Dann"
    today = today_of(sheet)
    first, then = last.with_claim - today, last.disposable - today
    if last.own:
        yield f"{lead} lebt Ihr Haushalt vom eigenen Einkommen. {_has(then)}"
        if last.with_others:
            yield f"{others_name(last)} können dazukommen; darüber entscheiden andere Ämter." if " und " in others_name(last) else f"{others_name(last)} kann dazukommen; darüber entscheidet ein anderes Amt."
    elif last.ends:
        name = others_name(last)
        yield f"{lead}: {_has(first, 'gleich ')}"
        yield f"Wenn {name} bewilligt {'sind' if ' und ' in name else 'ist'}: {_has(then, 'etwa ')} Dann brauchen Sie kein {last.benefit} mehr."
        yield "Dafür stellen Sie " + ("zwei Anträge: Wohngeld bei Stadt oder Landkreis, Kinderzuschlag bei der Familienkasse." if " und " in name else f"einen Antrag auf {name}.") + " Wir helfen beim Ausfüllen."
        yield "Bis das Geld kommt, zahlt das Jobcenter weiter. Ihr Antrag hier bleibt so lange offen."
    else:
        yield f"{lead}: {_has(first)} Sie bekommen weiter {format_euro(last.claim, whole=True)} {last.benefit}."


def _has(cents: int, about: str = "") -> str:
    if cents == 0:
        return "Sie haben genauso viel wie heute."
    return f"Sie haben {about}{format_euro(abs(cents), whole=True)} {'mehr' if cents > 0 else 'weniger'} im Monat."


def groups(steps: Iterable[Step], names: Mapping[str, str]) -> tuple[Group, ...]:
    """The lines of an explanation under their headings, in the order of a notice."""
    found: dict[str, list[Step]] = {}
    for line in steps:
        step = line
        if step.person and ":" not in step.group:
            step = replace(step, label=f"{step.label}, {names.get(step.person, 'weitere Person')}")
        found.setdefault(step.group, []).append(step)
    return tuple(Group(_heading(key, names), tuple(lines)) for key, lines in found.items())


def _doubts(sheet: Sheet) -> Iterable[Group]:
    """Where the law can be read in two ways and the other one gives another claim: both, as lines of their own."""
    if sheet.otherwise:
        yield Group(
            "Wo das Gesetz Zweifel lässt",
            tuple(
                Step("doubts", one.question, one.paragraph, f"{one.taken} {one.reason} Anders gelesen: {one.other} Der Anspruch wäre dann:", claim)
                for one, claim in sheet.otherwise
            ),
        )


def _heading(key: str, names: Mapping[str, str]) -> str:
    kind, _, person = key.partition(":")
    title = GROUPS.get(kind, kind)
    if person:
        return f"{title}: {names.get(person, 'weitere Person')}"
    return {"need": "Bedarf zusammen", "claim": "Anspruch der Bedarfsgemeinschaft"}.get(kind, title)


def drawings(sheet: Sheet, who: str) -> dict[str, Any]:
    """The picture, wide and narrow, and its sentence."""
    reach = sheet.reach
    if reach is None:
        return {}
    xs, ys = [wage / 100 for wage in reach.wages], [amount / 100 for amount in reach.disposable]
    words = [
        f"{label} {_from(point)[0]}"
        for label, point in (("ohne Grundsicherung", reach.free), ("vom eigenen Einkommen", reach.own), ("ohne jede Hilfe", reach.none))
        if point
    ]
    title = f"Verfügbares Geld im Monat über dem Bruttolohn von {who}: {', '.join(words) or 'kein Ende bis 10.000 Euro'}. Die Zahlen stehen in der Tabelle."
    marks = [charts.Mark(point / 100, label, good=good) for label, point, good in (("ohne Grundsicherung", reach.free, False), ("vom eigenen Einkommen", reach.own, True)) if point]
    wages = {one.id: one.wage for one in (sheet.household.persons)}
    dots = [charts.Point(wages[reach.earner] / 100, today_of(sheet) / 100, "heute")]
    if sheet.after is not None:
        then = next(one.gross for one in sheet.after.unit.persons if one.id == reach.earner) if any(one.id == reach.earner for one in sheet.after.unit.persons) else 0
        dots.append(charts.Point(then / 100, sheet.after.disposable / 100, "dann"))

    def draw(*, narrow: bool) -> SafeString:
        return charts.curve(
            xs, ys, marks=marks, points=dots, shaded=reach.free / 100 if reach.free else None, unit="verfügbar, Euro im Monat", axis=f"Bruttolohn von {who}, Euro im Monat",
            title=title, narrow=narrow,
        )  # fmt: skip

    return {"wide": draw(narrow=False), "narrow": draw(narrow=True), "title": title, "cut": min(ys) > 0, "minus": MINUS}


# What stored facts are called, in the order in which they are read.
FACTS: Final = {
    "wage": "Lohn brutto", "work_costs": "Kosten für die Arbeit", "car_insurance": "Kfz-Versicherung", "maintenance_paid": "gezahlter Unterhalt",
    "assets": "Vermögen", "diet": "Mehrbedarf Ernährung", "special_need": "unabweisbarer Bedarf", "rent": "Kaltmiete", "service_charges": "Nebenkosten",
    "heating": "Heizung",
}  # fmt: skip
FLAGS: Final = {
    "pregnant": "schwanger", "mobility_mark": "Merkzeichen G", "participation_aid": "Teilhabe am Arbeitsleben", "church": "Kirchensteuer",
    "pension_exempt": "Minijob ohne Rentenversicherung", "minor_child_elsewhere": "Kind unter 18 woanders", "excluded": "bekommt keine Leistung",
    "moved_without_consent": "ohne Zusicherung ausgezogen", "permanently_incapable": "auf Dauer erwerbsgemindert", "above_cap": "mehr als das Anderthalbfache unvermeidbar",
}  # fmt: skip
SCHOOLS: Final = {"school": "Schule", "training": "Ausbildung", "studies": "Studium", "voluntary_service": "Freiwilligendienst"}
INCOME_WORDS: Final = {kind.value: words for kind, words in INCOMES.items()}


def _cents(euros: float) -> int:
    return round(euros * 100)


def facts_of(row: Mapping[str, Any]) -> str:
    """What stored facts say of a person, in words."""
    said = [f"geboren {format_day(date.fromisoformat(row['birth']), year=True, weekday=False)}"]
    said += [f"{words} {format_euro(_cents(row[name]))}" for name, words in FACTS.items() if row.get(name)]
    if row.get("wage"):
        said.append(f"Steuerklasse {('I', 'II', 'III', 'IV', 'V', 'VI')[row.get('tax_class', 1) - 1]}")
    said += [f"{INCOME_WORDS.get(one['kind'], 'Einkommen')} {format_euro(_cents(one['amount']))}" for one in row.get("incomes", ())]
    if row.get("education") in SCHOOLS:
        said.append(SCHOOLS[row["education"]])
    if row.get("child_benefit") is not None:
        said.append("mit Kindergeld" if row["child_benefit"] else "ohne Kindergeld")
    if row.get("employable") is False:
        said.append("kann zurzeit nicht arbeiten")
    return ", ".join([*said, *(words for name, words in FLAGS.items() if row.get(name))])


def housing_of(row: Mapping[str, Any]) -> str:
    """What stored facts say of the dwelling, in words."""
    said = [f"{words} {format_euro(_cents(row[name]))}" for name, words in FACTS.items() if row.get(name)]
    for name, words in (("limit", "Miete anerkannt bis"), ("heating_limit", "Heizung anerkannt bis")):
        if row.get(name):
            by_hand = len(row[name]) == 1
            said.append(f"{words} {format_euro(_cents(row[name][0]))}" if by_hand else f"{words} zur Tabelle des Landkreises")
    if row.get("water_heating") == "own":
        said.append("Warmwasser über ein eigenes Gerät")
    for name, words in (("benefits_since", "Leistungen seit"), ("lowering_until", "Kosten anerkannt bis")):
        if row.get(name):
            said.append(f"{words} {format_day(date.fromisoformat(row[name]), year=True, weekday=False)}")
    return ", ".join([*said, *(words for name, words in FLAGS.items() if row.get(name))]) or "keine Kosten"
