"""The field catalogue: what a file may say, and what is found when files and tables do not agree."""

import copy
import tomllib
from datetime import date
from importlib import resources
from typing import Any

import pytest

from hilfefrei.core import catalogue, questions
from hilfefrei.core.catalogue import CatalogueError, Found, Pii, Table, Zone

FOLDER = resources.files("hilfefrei.core.data") / "catalogue"
RULES = tomllib.loads((FOLDER / "rules.toml").read_text(encoding="utf-8"))
# A made-up app in which everything fits.
SHOES = """
app = "intake"
title = "Schuhe"

[Shoe]
title = "Schuh"
pii = "social"
zone = "placement"
purpose = "passende Arbeitsschuhe"
basis = ["task"]
retention = "placement"
fields = ["id", "jobcenter", "size", "worn_by"]
labels = { size = "Größe", worn_by = "Person" }

  [Shoe.field.measured_by]
  label = "gemessen von"
  pii = "staff"
  basis = ["staff"]

  [Shoe.field.insoles]
  label = "Einlagen"
  zone = "health"
  pii = "special"
  basis = ["task", "article9"]
"""
TABLE = Table(
    "intake.Shoe",
    (
        Found("id"),
        Found("jobcenter"),
        Found("size"),
        Found("worn_by", "", "people.Person"),
        Found("measured_by", "", "accounts.User"),
        Found("insoles"),
    ),
    above_benefits=True,
)


def made(text: str = SHOES, *changes: tuple[str, str]) -> catalogue.Catalogue:
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return catalogue.parse(RULES, [tomllib.loads(text)])


def found(*changes: tuple[str, str], table: Table = TABLE) -> list[str]:
    return catalogue.check(made(SHOES, *changes), [table])


def test_the_made_up_app_fits() -> None:
    assert found() == []


def test_a_model_speaks_for_its_fields_a_name_for_itself_and_a_field_for_itself() -> None:
    known = made()
    size, key, house, insoles = (known.entry("intake.Shoe", name) for name in ("size", "id", "jobcenter", "insoles"))
    assert (size.pii, size.zone, size.purpose, size.label) == (Pii.SOCIAL, Zone.PLACEMENT, "passende Arbeitsschuhe", "Größe")
    assert (key.pii, key.retention) == (Pii.PSEUDONYMOUS, "placement")
    assert (house.pii, house.basis, house.retention) == (Pii.NONE, (), "none")
    assert (insoles.zone, insoles.basis, insoles.retention) == (Zone.HEALTH, ("task", "article9"), "placement")
    with pytest.raises(KeyError):
        known.entry("intake.Shoe", "colour")


def test_the_key_of_something_that_is_about_nobody_is_about_nobody() -> None:
    text = """
    app = "org"
    title = "Haus"
    [Shelf]
    title = "Regal"
    pii = "none"
    zone = "organisation"
    purpose = "wo Ordner stehen"
    basis = []
    retention = "none"
    fields = ["id"]
    """
    entry = made(text).entry("org.Shelf", "id")
    assert (entry.pii, entry.basis) == (Pii.NONE, ())
    assert catalogue.check(made(text), [Table("org.Shelf", (Found("id", "Schlüssel"),))]) == []


def test_a_field_without_an_entry_is_found() -> None:
    more = Table(TABLE.label, (*TABLE.fields, Found("religion", "Religion")), above_benefits=True)
    assert found(table=more) == ["intake.Shoe.religion: das Feld steht nicht im Feldkatalog"]


def test_an_entry_without_a_field_is_found() -> None:
    less = Table(TABLE.label, TABLE.fields[:-1], above_benefits=True)
    assert found(table=less) == ["intake.Shoe.insoles: steht im Feldkatalog, das Feld gibt es nicht"]


def test_tables_on_one_side_only_are_found() -> None:
    assert catalogue.check(made(), [TABLE, Table("intake.Hat", ())]) == ["intake.Hat: die Tabelle steht nicht im Feldkatalog"]
    assert catalogue.check(made(), []) == ["intake.Shoe: steht im Feldkatalog, die Tabelle gibt es nicht"]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('basis = ["task", "article9"]', 'basis = ["task"]', "insoles: besondere Kategorie ohne Grundlage nach Art. 9 DSGVO"),
        ('zone = "health"\n  pii = "special"', 'zone = "health"\n  pii = "social"', "insoles: Zone Gesundheit verlangt die Klasse „besondere Kategorie“"),
        ('basis = ["staff"]', "basis = []", "measured_by: Personenbezug ohne Rechtsgrundlage"),
        ('pii = "staff"', 'pii = "staff"\n  retention = "none"', "measured_by: Personenbezug ohne Löschfrist"),
        ('pii = "staff"', 'pii = "social"', "measured_by: verweist auf Beschäftigte, ist aber nicht als Beschäftigtendatum geführt"),
        ('size = "Größe", ', "", "size: ohne deutsche Bezeichnung"),
        ('"size", "worn_by"]\nlabels = { size = "Größe", worn_by = "Person" }', '"size"]\nlabels = { size = "Größe" }\n[Shoe.field.worn_by]\nlabel = "x"\npii = "none"', "worn_by: verweist auf eine Person, ist aber nicht so geführt"),
    ],
)  # fmt: skip
def test_entries_that_contradict_themselves_are_found(old: str, new: str, problem: str) -> None:
    assert found((old, new)) == [f"intake.Shoe.{problem}"]


def test_nothing_that_benefits_may_not_see_lies_where_benefits_reads() -> None:
    low = Table(TABLE.label, TABLE.fields, above_benefits=False)
    words = found(table=low)
    assert "intake.Shoe.size: Zone Vermittlung in einer App, die die Leistungsstelle liest" in words
    assert "intake.Shoe.insoles: Zone Gesundheit in einer App, die die Leistungsstelle liest" in words


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('pii = "social"', 'pii = "secret"', "'secret' is not a valid Pii"),
        ('zone = "placement"', 'zone = "everywhere"', "'everywhere' is not a valid Zone"),
        ('pii = "staff"', 'pii = "secret"', "measured_by: 'secret'"),
        ('basis = ["task"]', 'basis = ["because"]', "no such basis: because"),
        ('retention = "placement"', 'retention = "forever"', "no such retention: forever"),
        ('purpose = "passende Arbeitsschuhe"', 'purpose = " "', "size: purpose missing"),
        ('purpose = "passende Arbeitsschuhe"\n', "", "purpose missing"),
        ('retention = "placement"\n', "", "retention missing"),
        ('basis = ["staff"]', 'basis = ["staff"]\n  colour = "red"', "measured_by: unknown keys"),
        ('title = "Schuh"', 'title = "Schuh"\ncolour = "red"', "intake.Shoe: unknown keys"),
        ('"id", "jobcenter"', '"id", "id"', "id twice"),
        ('"worn_by"]', '"worn_by", "insoles"]', "insoles twice"),
        ('size = "Größe"', 'heel = "Absatz"', "labels for heel"),
    ],
)
def test_a_file_that_says_something_else_is_refused(old: str, new: str, message: str) -> None:
    with pytest.raises(CatalogueError, match=message):
        made(SHOES, (old, new))


def test_a_table_stands_once() -> None:
    with pytest.raises(CatalogueError, match="Shoe: twice"):
        catalogue.parse(RULES, [tomllib.loads(SHOES), tomllib.loads(SHOES)])


@pytest.mark.parametrize("name", ["pii", "zone"])
def test_the_closed_lists_have_words_for_all_and_nothing_else(name: str) -> None:
    rules: dict[str, Any] = copy.deepcopy(RULES)
    rules[name]["guess"] = {"title": "x", "text": "x"}
    with pytest.raises(CatalogueError, match="guess"):
        catalogue.parse(rules, [])
    del rules[name]["guess"], rules[name]["none"]
    with pytest.raises(CatalogueError, match="none"):
        catalogue.parse(rules, [])


def test_a_basis_that_says_half_is_refused() -> None:
    rules = copy.deepcopy(RULES)
    del rules["basis"]["task"]["source"]
    with pytest.raises(CatalogueError, match=r"basis\.task"):
        catalogue.parse(rules, [])


ANSWERS = """
app = "intake"
title = "Eingang"
[AnswerSet]
title = "Antworten"
pii = "social"
zone = "placement"
basis = ["task"]
retention = "placement"
answers = "values"
fields = [{names}]
  [AnswerSet.field.values]
  label = "Antworten"
  purpose = "Vermittlung"
"""
IN_BENEFITS = {q.id for group in questions.load().groups for q in group.questions if q.zone == "benefits"}


def answers(*names: str) -> list[str]:
    text = ANSWERS.replace("{names}", ", ".join(f'"values.{name}"' for name in names))
    return catalogue.check(made(text), [Table("intake.AnswerSet", (Found("values"),), above_benefits=True)])


def test_every_question_has_an_entry_of_its_own_in_its_own_zone() -> None:
    asked = [q.id for group in questions.load().groups for q in group.questions]
    assert len(asked) > 20
    assert IN_BENEFITS
    assert answers(*asked) == [
        f"intake.AnswerSet.values.{name}: die Frage steht in der Zone benefits" for name in asked if name in IN_BENEFITS
    ]
    rest = [name for name in asked if name not in IN_BENEFITS | {"wanted"}]
    assert "intake.AnswerSet.values.wanted: das Feld steht nicht im Feldkatalog" in answers(*rest)


def test_an_answer_to_no_question_is_found() -> None:
    text = ANSWERS.replace("{names}", "").replace(
        "  [AnswerSet.field.values]", '  [AnswerSet.field."values.shoe"]\n  purpose = "x"\n  [AnswerSet.field.values]'
    )
    words = catalogue.check(made(text), [Table("intake.AnswerSet", (Found("values"),), above_benefits=True)])
    assert "intake.AnswerSet.values.shoe: steht im Feldkatalog, das Feld gibt es nicht" in words


def test_answers_take_their_purpose_and_their_name_from_the_question() -> None:
    known = catalogue.load()
    by_id = {q.id: q for group in questions.load().groups for q in group.questions}
    for name in ("cannot", "wanted", "rent"):
        assert known.entry("intake.AnswerSet", f"values.{name}").purpose == by_id[name].purpose
    table = Table("intake.AnswerSet", (Found("values"),), above_benefits=True)
    labels = {row.field: row.label for row in catalogue.rows(known, [table])}
    assert labels["values.cannot"] == by_id["cannot"].text


# --- the files of the house -------------------------------------------------------------------------------------------


def test_health_is_for_placement_only_rests_on_article_9_and_goes_first() -> None:
    known = catalogue.load()
    health = [entry for model in known.models.values() for entry in model.entries if entry.zone == Zone.HEALTH]
    assert {entry.field for entry in health} >= {"values.cannot", "values.capacity", "triage_reason", "reasons", "summary"}
    for entry in health:
        assert entry.model.startswith("intake."), entry
        assert any(known.bases[key].article9 for key in entry.basis), entry
        assert entry.retention == "health", entry


def test_every_period_says_from_when_and_why_and_every_house_rule_that_it_is_one() -> None:
    known = catalogue.load()
    for key, period in known.retentions.items():
        assert period.period, key
        assert period.starts, key
        assert len(period.why) > 10, key
        if not period.automatic and key != "none":
            assert "Regel des Hauses" in period.why, key


def test_every_basis_and_every_period_is_used_and_names_its_source() -> None:
    known = catalogue.load()
    entries = [entry for model in known.models.values() for entry in model.entries]
    assert {key for entry in entries for key in entry.basis} == set(known.bases)
    assert {entry.retention for entry in entries} == set(known.retentions)
    for basis in known.bases.values():
        assert "§" in basis.source or "Art." in basis.source, basis


def test_the_list_is_sorted_and_says_what_deletes_itself() -> None:
    known = catalogue.load()
    tables = [
        Table("people.Channel", tuple(Found(n, n) for n in ("value", "kind", "id"))),
        Table("audit.AccessEvent", (Found("at"), Found("page"))),
    ]
    rows = catalogue.rows(known, tables)
    assert [(r.model, r.field) for r in rows] == [
        ("AccessEvent", "at"),
        ("AccessEvent", "page"),
        ("Channel", "id"),
        ("Channel", "kind"),
        ("Channel", "value"),
    ]
    lines = [catalogue.cells(row) for row in rows]
    assert all(len(line) == len(catalogue.COLUMNS) for line in lines)
    assert lines[0][2] == "audit.AccessEvent.at"
    deletes = catalogue.COLUMNS.index(("löscht von selbst", 16))
    assert [line[deletes] for line in lines] == ["ja", "ja", "im Löschlauf", "im Löschlauf", "im Löschlauf"]


@pytest.mark.parametrize(
    ("key", "ended", "over"),
    [
        # Six months after 31 August end with February, and a period of years with the same day (§ 188(2), (3) BGB).
        ("health", date(2026, 8, 31), date(2027, 3, 1)),
        ("placement", date(2026, 2, 28), date(2028, 2, 29)),
        ("placement", date(2028, 2, 29), date(2030, 3, 1)),
        ("reach", date(2026, 12, 31), date(2028, 1, 1)),
        # From the end of the year on.
        ("application", date(2026, 1, 1), date(2037, 1, 1)),
        ("application", date(2026, 12, 31), date(2037, 1, 1)),
        ("consent", date(2026, 6, 1), date(2030, 1, 1)),
    ],
)
def test_a_period_is_over_on_the_day_after_its_last(key: str, ended: date, over: date) -> None:
    assert catalogue.load().retentions[key].over_on(ended) == over
