"""The papers say what the program does, and name only what is there."""

import argparse
import inspect
import re
import shutil
from pathlib import Path

import pytest

from hilfefrei.apps.audit import policy as audit
from hilfefrei.apps.audit.actor import ROLE_LABELS, Role
from hilfefrei.apps.benefits import policy as benefits
from hilfefrei.apps.intake import policy as intake
from hilfefrei.apps.org import policy as org
from hilfefrei.apps.people import policy as people
from hilfefrei.apps.privacy import policy as privacy
from hilfefrei.apps.reporting import policy as reporting
from hilfefrei.apps.vacancies import policy as vacancies
from hilfefrei.core import asvs, catalogue
from hilfefrei.dossier import FILL, data, evidence, processing, roles, run, table
from tests import world

ROOT = Path(__file__).resolve().parents[2]
POLICIES = (audit, benefits, intake, org, people, privacy, reporting, vacancies)
Said = pytest.CaptureFixture[str]


def _run(root: Path, *, check: bool = False, out: str | None = None) -> int:
    return run.run(argparse.Namespace(check=check, out=out), root)


@pytest.fixture(scope="module")
def written() -> dict[str, str]:
    return run.texts(ROOT)


def test_what_lies_in_docs_is_what_the_program_says(capsys: Said) -> None:
    assert _run(ROOT, check=True) == 0, capsys.readouterr().err


def test_every_policy_exists_in_the_list() -> None:
    assert {module.__name__ for module in POLICIES} == {
        f"hilfefrei.apps.{file.parent.name}.policy" for file in (ROOT / "src/hilfefrei/apps").glob("*/policy.py")
    }


def test_every_right_of_every_policy_is_in_the_concept() -> None:
    asked = {
        (module.__name__, name)
        for module in POLICIES
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and name.startswith("may") and list(inspect.signature(function).parameters) == ["actor"]
    }
    coded = {(module.__name__, code) for module in POLICIES for code in getattr(module, "PERMISSIONS", ())}
    assert len(asked) >= 30
    assert {(module.__name__, name) for _, module, name, _ in roles.RIGHTS} == asked | coded


def test_the_policy_is_asked_and_not_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    assert roles.roles_that(people.may_set_numbers) == (Role.BENEFITS,)
    monkeypatch.setattr(people, "may_set_numbers", lambda actor: actor.has(Role.BUYER))
    told = roles.text(catalogue.load(), {})
    assert "| Nummern des zahlenden Verfahrens eintragen | Einkauf |" in told


def test_logins_of_the_tests_have_their_role() -> None:
    assert dict(roles.WHO) == {key: ROLE_LABELS[role] for key, (role, *_) in world.STAFF.items()}


def test_every_zone_has_its_readers() -> None:
    assert set(roles.READERS) == set(catalogue.Zone)


def test_a_new_address_and_another_role_change_the_paper() -> None:
    told = roles.text(catalogue.load(), {"people:new": {"GET": "bca", "personal": True}, "people:old": {"POST": ""}})
    assert "| `new` | BCA | Person |" in told
    assert "| `old` | niemand | ändert |" in told


def test_a_paper_that_differs_or_is_lost_is_named(tmp_path: Path, written: dict[str, str], capsys: Said) -> None:
    for folder in ("docs", "tests", "src", "deploy"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "static", "released", "pictures"))
    shutil.copytree(ROOT / "src/hilfefrei/static", tmp_path / "src/hilfefrei/static", ignore=shutil.ignore_patterns("vendor"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    assert _run(tmp_path, check=True) == 0
    capsys.readouterr()
    place = tmp_path / "docs/papers/deletion.md"
    place.write_text(place.read_text(encoding="utf-8").replace("10 Jahre", "11 Jahre"), encoding="utf-8")
    (tmp_path / "docs/papers/asvs.md").unlink()
    assert _run(tmp_path, check=True) == 1
    said = capsys.readouterr().err
    assert "docs/papers/deletion.md" in said
    assert "docs/papers/asvs.md" in said
    assert "docs/papers/roles.md" not in said
    assert "./hilfefrei papers" in said
    assert _run(tmp_path) == 0
    assert _run(tmp_path, check=True) == 0
    # A test that the papers rely on has gone.
    file = tmp_path / "tests/test_staff.py"
    file.write_text(file.read_text(encoding="utf-8").replace("def test_whatever_lists", "def test_no_longer_lists"), encoding="utf-8")
    evidence._functions.cache_clear()
    assert _run(tmp_path, check=True) == 1
    assert "test_whatever_lists_or_counts_by_a_worker_stands_in_the_agreement: das gibt es in der Datei nicht" in capsys.readouterr().err


def test_elsewhere_and_where_nothing_can_be_written(tmp_path: Path, written: dict[str, str], capsys: Said) -> None:
    assert _run(ROOT, out=str(tmp_path / "neu")) == 0
    assert (tmp_path / "neu/papers/roles.md").read_text(encoding="utf-8") == written["docs/papers/roles.md"]
    assert (tmp_path / "neu/works-agreement.md").exists()
    (tmp_path / "datei").write_text("", encoding="utf-8")
    assert _run(ROOT, out=str(tmp_path / "datei")) == 1
    assert "--out ORDNER" in capsys.readouterr().err


def test_without_the_source_it_says_so(tmp_path: Path, capsys: Said) -> None:
    assert _run(tmp_path) == 1
    assert "im Ordner des Quelltexts" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("where", "wrong"),
    [
        ("tests/dossier/test_papers.py::test_without_the_source_it_says_so", ""),
        ("tests/dossier/test_papers.py::test_that_nobody_wrote", "das gibt es in der Datei nicht"),
        ("tests/dossier/test_lost.py::test_x", "die Datei gibt es nicht"),
        ("src/hilfefrei/dossier/run.py::texts", ""),
        ("docs/security.md#Technik", ""),
        ("docs/security.md#Zauberei", "den Abschnitt gibt es nicht"),
        ("docs/papers/neu.md#Neu", ""),
        ("docs/papers/neu.md#Alt", "den Abschnitt gibt es nicht"),
        ("deploy/nginx.conf", ""),
        ("deploy", "die Datei gibt es nicht"),
    ],
)
def test_what_is_named_must_be_there(where: str, wrong: str) -> None:
    found = evidence.problem(ROOT, where, {"docs/papers/neu.md": "# Neu\n"})
    assert found.endswith(wrong) if wrong else not found


def test_every_place_of_table_and_data_is_there(written: dict[str, str]) -> None:
    assert run.problems(ROOT, written) == []
    assert len(data.load().where) > 40
    assert len(data.load().goals) == 7


def test_a_table_without_activity_and_one_in_two_are_found() -> None:
    known, beside = catalogue.load(), data.load()
    first, *others = beside.activities
    less = data.Data(tuple(others), *([()] * 5))
    assert "people.Person" in processing.lost(known, less)
    assert "people.Person" in processing.lost(known, data.Data((first, *beside.activities), *([()] * 5)))


def test_papers_of_the_house_mark_what_is_missing(written: dict[str, str]) -> None:
    marked = {name for name, text in written.items() if FILL in text}
    assert {"docs/papers/roles.md", "docs/papers/deletion.md", "docs/papers/processing.md", "docs/papers/impact.md", "docs/papers/accessibility.md"} <= marked


def test_every_paper_is_in_the_index_and_every_table_is_whole(written: dict[str, str]) -> None:
    listed = re.findall(r"\]\(([^)]+\.md)\) \|", written["docs/papers/README.md"])
    assert {str((Path("/docs/papers") / name).resolve())[1:] for name in listed} == set(written) - {"docs/papers/README.md"}
    for name, text in written.items():
        width = 0
        for line in text.splitlines():
            cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
            assert not (cells and width) or cells == width, f"{name}: {line}"
            width = cells


def test_a_bar_and_a_line_break_in_a_cell_break_no_table() -> None:
    assert table(("a", "b"), [("x | y", "z\nw")]) == "| a | b |\n| --- | --- |\n| x \\| y | z w |\n"


def test_terms_stand_as_in_the_catalogue(written: dict[str, str]) -> None:
    told = written["docs/papers/deletion.md"]
    for term in catalogue.load().retentions.values():
        assert term.key == "none" or f"| {term.title} | {term.period} |" in told
    special = {entry.model for model in catalogue.load().models.values() for entry in model.entries if entry.pii == catalogue.Pii.SPECIAL}
    for label in special:
        assert catalogue.load().models[label].title in written["docs/papers/processing.md"]


def test_what_is_open_stands_in_the_paper(written: dict[str, str]) -> None:
    told = written["docs/papers/asvs.md"]
    before_all = told.partition("## Alle")[0]
    for row in asvs.load().rows:
        assert (f"| {row.id} | {row.level} |" in before_all) == (row.state == asvs.Is.OPEN)
        assert f"| {row.id} | {row.level} |" in told
