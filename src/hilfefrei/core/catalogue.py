"""The field catalogue: what kind of data every field holds, who may see it, what for, on which basis and how long.

The entries are data (``core/data/catalogue/*.toml``, one file per app): a model says what holds for its fields and names
each of them; a field that differs says so itself. :func:`check` compares them with the fields that the tables really have.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any, Final

from hilfefrei.core import questions
from hilfefrei.core.periods import add_months

RULES: Final = "rules"


class Pii(StrEnum):
    """What a field says about a human being; the least first. Words for people stand in ``rules.toml``."""

    NONE = "none"
    PSEUDONYMOUS = "pseudonymous"
    STAFF = "staff"
    PERSONAL = "personal"
    SOCIAL = "social"
    SPECIAL = "special"


class Zone(StrEnum):
    """Who may see a field: the zones of ``people.policy``, health as the innermost one, and what is not about clients."""

    NONE = "none"
    ORGANISATION = "organisation"
    CONTACT = "contact"
    BENEFITS = "benefits"
    PLACEMENT = "placement"
    HEALTH = "health"
    RECORD = "record"


# Zones that the benefits office never sees. Apps below intake cannot import it, so nothing of theirs may lie in them.
NOT_FOR_BENEFITS: Final = frozenset({Zone.PLACEMENT, Zone.HEALTH})


class CatalogueError(ValueError):
    """A data file is not what it should be; the message names the place."""


@dataclass(frozen=True, slots=True)
class Word:
    """What a class or a zone means, for people."""

    key: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Basis:
    """A legal basis; ``article9`` = it also carries special categories (Art. 9(2) GDPR)."""

    key: str
    title: str
    source: str
    article9: bool = False


@dataclass(frozen=True, slots=True)
class Retention:
    """How long: ``period`` counted from ``starts``; ``automatic`` = the program deletes by itself, without anybody's release.

    ``months`` and ``year_end`` (counted from the end of the year) are the period for the retention run; 0 = it has no clock of
    its own there. ``released`` = the run deletes it, once two people have looked.
    """

    key: str
    title: str
    period: str
    starts: str
    why: str
    automatic: bool = False
    months: int = 0
    year_end: bool = False
    released: bool = False

    def over_on(self, ended: date) -> date:
        """The first day on which it may no longer be kept, when what starts the clock was on ``ended`` (§§ 187, 188 BGB)."""
        start = date(ended.year, 12, 31) if self.year_end else ended
        return add_months(start, self.months) + timedelta(days=1)

    @property
    def deletes(self) -> str:
        """Who deletes, in a word."""
        return "ja" if self.automatic else "im Löschlauf" if self.released else "noch nicht"


@dataclass(frozen=True, slots=True)
class Entry:
    """What the catalogue says about one field. ``label`` is empty where the table itself has a German one."""

    model: str
    field: str
    pii: Pii
    zone: Zone
    purpose: str
    basis: tuple[str, ...]
    retention: str
    label: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """One table of the catalogue. ``answers`` names the JSON field that holds the answers of the first talk."""

    label: str
    app_title: str
    title: str
    entries: tuple[Entry, ...]
    answers: str = ""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All tables of one version, with the closed lists that they choose from."""

    version: str
    source: str
    checked: bool
    pii: Mapping[Pii, Word]
    zones: Mapping[Zone, Word]
    bases: Mapping[str, Basis]
    retentions: Mapping[str, Retention]
    models: Mapping[str, Model]

    def entry(self, model: str, name: str) -> Entry:
        """What is said about a field, KeyError when nothing is."""
        for entry in self.models[model].entries:
            if entry.field == name:
                return entry
        raise KeyError(f"{model}.{name}")


@dataclass(frozen=True, slots=True)
class Found:
    """A field that a table really has. ``label`` is empty where nobody gave it a German one; ``target`` is what it points to."""

    name: str
    label: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table that really is there, described by whoever knows the database."""

    label: str
    fields: tuple[Found, ...]
    # Whether the benefits office can have nothing to do with it (it lies in an app above benefits).
    above_benefits: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list that people read."""

    app: str
    model: str
    field: str
    app_title: str
    model_title: str
    label: str
    pii: Word
    zone: Word
    purpose: str
    basis: str
    retention: Retention
    note: str


@cache
def load() -> Catalogue:
    """Read ``core/data/catalogue``. Raises CatalogueError."""
    folder = resources.files("hilfefrei.core.data") / "catalogue"
    files = {
        item.name.removesuffix(".toml"): tomllib.loads(item.read_text(encoding="utf-8"))
        for item in folder.iterdir()
        if item.name.endswith(".toml")
    }
    return parse(files.pop(RULES), [files[name] for name in sorted(files)])


def parse(rules: Mapping[str, Any], files: Iterable[Mapping[str, Any]]) -> Catalogue:
    """Check the closed lists and every value that is chosen from them. Raises CatalogueError, naming the place."""
    pii = {Pii(key): _made(Word, f"pii.{key}", {"key": key, **raw}) for key, raw in _closed(rules, "pii", Pii).items()}
    zones = {Zone(key): _made(Word, f"zone.{key}", {"key": key, **raw}) for key, raw in _closed(rules, "zone", Zone).items()}
    bases = {key: _made(Basis, f"basis.{key}", {"key": key, **raw}) for key, raw in rules["basis"].items()}
    retentions = {key: _made(Retention, f"retention.{key}", {"key": key, **raw}) for key, raw in rules["retention"].items()}
    shape = _Shape(bases, retentions, rules["kind"], rules["labels"])
    models: dict[str, Model] = {}
    for raw in files:
        for name, table in raw.items():
            if not isinstance(table, Mapping):
                continue
            label = name if "." in name else f"{raw['app']}.{name}"
            if label in models:
                raise CatalogueError(f"{label}: twice")
            models[label] = shape.model(label, raw["title"], table)
    return Catalogue(rules["version"], rules["source"], bool(rules["checked"]), pii, zones, bases, retentions, models)


def _closed(rules: Mapping[str, Any], name: str, kind: type[StrEnum]) -> dict[str, Any]:
    """Words for every value of a closed list, no more and no less, in its order."""
    given = rules[name]
    if wrong := set(given) ^ {value.value for value in kind}:
        raise CatalogueError(f"rules: {name}: {', '.join(sorted(wrong))} missing or unknown")
    return {value.value: given[value.value] for value in kind}


def _made(kind: type[Any], where: str, raw: Mapping[str, Any]) -> Any:
    try:
        return kind(**raw)
    except TypeError as error:
        raise CatalogueError(f"rules: {where}: {error}") from error


# What a model or a field may say.
SAYS: Final = frozenset({"pii", "zone", "purpose", "basis", "retention", "label", "note"})
MODEL_SAYS: Final = (SAYS - {"label"}) | {"title", "fields", "field", "answers", "labels"}


@dataclass(frozen=True, slots=True)
class _Shape:
    """How raw entries become typed ones: model, then kind (what a name means everywhere), then the field itself."""

    bases: Mapping[str, Basis]
    retentions: Mapping[str, Retention]
    kinds: Mapping[str, Mapping[str, Any]]
    labels: Mapping[str, str]
    by_name: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {name: kind for kind, raw in self.kinds.items() for name in raw["names"]})

    def model(self, label: str, app_title: str, raw: Mapping[str, Any]) -> Model:
        """One table with an entry for each name in ``fields`` and each table under ``field``."""
        if unknown := set(raw) - MODEL_SAYS:
            raise CatalogueError(f"{label}: unknown keys {sorted(unknown)}")
        own: Mapping[str, Mapping[str, Any]] = raw.get("field", {})
        names = [*raw.get("fields", ()), *own]
        if twice := {name for name in names if names.count(name) > 1}:
            raise CatalogueError(f"{label}: {', '.join(sorted(twice))} twice")
        if lost := set(raw.get("labels", ())) - set(names):
            raise CatalogueError(f"{label}: labels for {', '.join(sorted(lost))}, which is no field of it")
        purposes = _purposes() if "answers" in raw else {}
        entries = []
        for name in names:
            said = {key: raw[key] for key in SAYS if key in raw}
            kind = {key: value for key, value in self.kinds.get(self.by_name.get(name, ""), {}).items() if key in SAYS}
            if raw.get("pii") == Pii.NONE and kind.get("pii") == Pii.PSEUDONYMOUS:
                # The key of something that is about nobody is about nobody.
                del kind["pii"]
            said |= kind
            answer = name.partition(".")[2]
            if answer in purposes:
                said["purpose"] = purposes[answer]
            said["label"] = raw.get("labels", {}).get(name, "") or self.labels.get(name, "")
            said |= own.get(name, {})
            entries.append(self._entry(label, name, said))
        return Model(label, app_title, raw["title"], tuple(entries), raw.get("answers", ""))

    def _entry(self, model: str, name: str, said: Mapping[str, Any]) -> Entry:
        where = f"{model}.{name}"
        if unknown := set(said) - SAYS:
            raise CatalogueError(f"{where}: unknown keys {sorted(unknown)}")
        if missing := {f.name for f in fields(Entry)} - {"model", "field", "label", "note"} - set(said):
            raise CatalogueError(f"{where}: {', '.join(sorted(missing))} missing")
        try:
            pii, zone = Pii(said["pii"]), Zone(said["zone"])
        except ValueError as error:
            raise CatalogueError(f"{where}: {error}") from error
        if unknown := set(said["basis"]) - set(self.bases):
            raise CatalogueError(f"{where}: no such basis: {', '.join(sorted(unknown))}")
        if said["retention"] not in self.retentions:
            raise CatalogueError(f"{where}: no such retention: {said['retention']}")
        if not said["purpose"].strip():
            raise CatalogueError(f"{where}: purpose missing")
        basis = tuple(said["basis"]) if pii != Pii.NONE else ()
        return Entry(model, name, pii, zone, said["purpose"], basis, said["retention"], said["label"], said.get("note", ""))


@cache
def _questions() -> dict[str, questions.Question]:
    """Every question that was ever asked, the latest wording."""
    folder = resources.files("hilfefrei.core.data")
    versions = sorted(
        item.name.removeprefix("questions-").removesuffix(".toml")
        for item in folder.iterdir()
        if item.name.startswith("questions-")
    )
    return {q.id: q for version in versions for group in questions.load(version).groups for q in group.questions}


def _purposes() -> dict[str, str]:
    return {key: question.purpose for key, question in _questions().items()}


def check(catalogue: Catalogue, tables: Iterable[Table]) -> list[str]:
    """What does not fit: fields without entry, entries without field, and entries that contradict themselves."""
    there = {table.label: table for table in tables}
    problems = [f"{label}: die Tabelle steht nicht im Feldkatalog" for label in there if label not in catalogue.models]
    for label, model in catalogue.models.items():
        table = there.get(label)
        if table is None:
            problems.append(f"{label}: steht im Feldkatalog, die Tabelle gibt es nicht")
            continue
        real = {found.name: found for found in table.fields} | _answer_fields(model)
        listed = {entry.field for entry in model.entries}
        problems += [f"{label}.{name}: das Feld steht nicht im Feldkatalog" for name in real if name not in listed]
        problems += [f"{label}.{name}: steht im Feldkatalog, das Feld gibt es nicht" for name in sorted(listed - set(real))]
        for entry in model.entries:
            if entry.field in real:
                problems += [
                    f"{label}.{entry.field}: {words}" for words in _contradictions(catalogue, entry, table, real[entry.field])
                ]
    return problems


def _answer_fields(model: Model) -> dict[str, Found]:
    """The answers that lie as keys in a JSON field."""
    if not model.answers:
        return {}
    return {f"{model.answers}.{key}": Found(f"{model.answers}.{key}", question.text) for key, question in _questions().items()}


def _contradictions(catalogue: Catalogue, entry: Entry, table: Table, found: Found) -> Iterable[str]:
    special = entry.pii == Pii.SPECIAL
    if entry.zone == Zone.HEALTH and not special:
        yield "Zone Gesundheit verlangt die Klasse „besondere Kategorie“"
    if (special or entry.zone == Zone.HEALTH) and not any(catalogue.bases[key].article9 for key in entry.basis):
        yield "besondere Kategorie ohne Grundlage nach Art. 9 DSGVO"
    if entry.pii != Pii.NONE and not entry.basis:
        yield "Personenbezug ohne Rechtsgrundlage"
    if entry.pii != Pii.NONE and entry.retention == "none":
        yield "Personenbezug ohne Löschfrist"
    if entry.zone in NOT_FOR_BENEFITS and not table.above_benefits:
        yield f"Zone {catalogue.zones[entry.zone].title} in einer App, die die Leistungsstelle liest"
    if found.target == "accounts.User" and entry.pii != Pii.STAFF:
        yield "verweist auf Beschäftigte, ist aber nicht als Beschäftigtendatum geführt"
    if found.target == "people.Person" and entry.pii in {Pii.NONE, Pii.STAFF}:
        yield "verweist auf eine Person, ist aber nicht so geführt"
    if not (entry.label or found.label):
        yield "ohne deutsche Bezeichnung"
    asked = _questions().get(entry.field.partition(".")[2])
    if asked is not None and entry.model == table.label and "." in entry.field:
        open_to_benefits = entry.zone == Zone.BENEFITS
        if open_to_benefits != (asked.zone == "benefits"):
            yield f"die Frage steht in der Zone {asked.zone}"


# What the list shows: heading, width in a sheet.
COLUMNS: Final = (
    ("App", 14),
    ("Tabelle", 24),
    ("Feld", 24),
    ("Bezeichnung", 30),
    ("Klasse", 20),
    ("Zone", 14),
    ("Zweck", 60),
    ("Rechtsgrundlage", 60),
    ("Frist", 24),
    ("ab", 40),
    ("löscht von selbst", 16),
    ("Bemerkung", 60),
)


def cells(row: Row) -> tuple[str, ...]:
    """A line of the list, in the order of :data:`COLUMNS`."""
    return (
        row.app_title,
        row.model_title,
        f"{row.app}.{row.model}.{row.field}",
        row.label,
        row.pii.title,
        row.zone.title,
        row.purpose,
        row.basis,
        row.retention.period,
        row.retention.starts,
        row.retention.deletes if row.retention.automatic or row.pii.key != Pii.NONE else "",
        row.note,
    )


def rows(catalogue: Catalogue, tables: Iterable[Table]) -> list[Row]:
    """The list for people, by app, table and field; what has no entry is left to :func:`check`."""
    made = []
    for table in sorted(tables, key=lambda t: t.label):
        model = catalogue.models.get(table.label)
        if model is None:
            continue
        app, _, name = table.label.partition(".")
        labels = {found.name: found.label for found in table.fields} | {key: f.label for key, f in _answer_fields(model).items()}
        for entry in sorted(model.entries, key=lambda e: e.field):
            if entry.field not in labels:
                continue
            made.append(
                Row(
                    app=app,
                    model=name,
                    field=entry.field,
                    app_title=model.app_title,
                    model_title=model.title,
                    label=entry.label or labels[entry.field],
                    pii=catalogue.pii[entry.pii],
                    zone=catalogue.zones[entry.zone],
                    purpose=entry.purpose,
                    basis="; ".join(catalogue.bases[key].source for key in entry.basis),
                    retention=catalogue.retentions[entry.retention],
                    note=entry.note,
                )
            )
    return made
