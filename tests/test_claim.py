"""``./hilfefrei claim``: readable, as JSON, line by line; what cannot be worked with is said by field and reason."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from hilfefrei import cli
from hilfefrei.core.law import documents

GOOD = {"id": "allein", "as_of": "2026-09-01", "persons": [{"id": "p1", "birth": "1991-04-12", "wage": 450}], "housing": {"rent": 540}}
BAD = GOOD | {"id": "schief", "housing": {"rent": -1}}


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def call(content: Any, *options: str) -> tuple[int, str, str]:
        file = tmp_path / "haushalte.json"
        file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        code = cli.main(["claim", str(file), *options])
        return code, *capsys.readouterr()

    return call


def test_the_sheet_says_need_income_claim_and_both_end_points(run: Any) -> None:
    code, out, err = run(GOOD)
    assert (code, err) == (0, "")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert lines[0] == "Haushalt „allein“, 01.09.2026, Grundsicherungsgeld · Auskunft, keine Entscheidung"
    assert "p1 1.103,00 € 263,80 € 839,20 €" in lines
    assert "zusammen 1.103,00 € 263,80 € 839,20 €" in lines
    assert "Grundsicherungsgeld, Zahlung 839,20 €" in lines
    [entry] = documents.answer(GOOD, end_points=True)
    points = entry["end_points"][0]
    for label, name in (("frei von Grundsicherung", "is_free_from"), ("lebt aus eigenem Einkommen", "lives_from_own_income_from")):
        [line] = [line for line in lines if line.startswith(f"{label} ") and line.endswith("€")]
        assert line.removeprefix(f"{label} ") == f"{points[name]:,.2f} €".translate(str.maketrans(",.", ".,"))
    assert "Regelbedarf" not in out


def test_explained_it_has_paragraph_and_way(run: Any) -> None:
    _, out, _ = run(GOOD, "--explain")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert any(line.startswith("Freibetrag für Erwerbstätige · p1 −70,00 € § 11b Abs. 3 SGB II; 20 %") for line in lines)
    assert "= Anspruch 839,20 € § 19 Abs. 3 SGB II" in lines


def test_as_json_it_is_the_document(run: Any) -> None:
    code, out, _ = run(GOOD, "--json")
    assert (code, json.loads(out)) == (0, {"claims": documents.answer(GOOD)})
    _, out, _ = run(GOOD, "--json", "--explain", "--end-points")
    assert json.loads(out) == {"claims": documents.answer(GOOD, steps=True, end_points=True)}


def test_a_bad_household_is_named_and_the_others_come(run: Any) -> None:
    code, out, err = run([GOOD, BAD, GOOD])
    assert code == 2
    assert out.count("839,20 €") == 2 * 3
    assert err == "Haushalt 2 „schief“ lässt sich nicht rechnen:\n  housing.rent: Der Betrag darf nicht unter null liegen.\n"
    code, out, err = run([GOOD, BAD, GOOD], "--json")
    assert (code, err) == (2, "")
    assert [sorted(entry)[:2] for entry in json.loads(out)["claims"]][1] == ["id", "index"]


def test_the_day_can_be_given(run: Any) -> None:
    assert "01.05.2023, Bürgergeld" in run(GOOD, "--as-of", "2023-05-01")[1]
    code, out, err = run(GOOD, "--as-of", "2027-01-01")
    assert (code, out) == (2, "")
    assert "as_of: Für den 01.01.2027 kennen wir das Recht nicht." in err
    for wrong in ("gestern", "2026-02-30", "20260901"):
        assert run(GOOD, "--as-of", wrong) == (2, "", f"„{wrong}“ ist kein Tag. Beispiel: --as-of 2026-09-01\n")


@pytest.mark.parametrize(("content", "said"), [("{", "Das ist kein JSON: Zeile 1, Zeichen 2."), ("[]", "steht kein Haushalt"), ("7", "household: Ein Haushalt ist")])
def test_what_is_no_household_is_said(run: Any, content: str, said: str) -> None:
    code, out, err = run(content)
    assert (code, out) == (2, "")
    assert said in err


def test_no_file_and_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert cli.main(["claim"]) == 2
    assert "Es fehlt die Datei" in capsys.readouterr().err
    assert cli.main(["claim", str(tmp_path / "nichts.json")]) == 2
    assert "lässt sich nicht lesen" in capsys.readouterr().err


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(json.dumps(GOOD).encode())))
    assert cli.main(["claim", "-"]) == 0
    assert "839,20 €" in capsys.readouterr().out


@pytest.mark.parametrize("name", documents.SCHEMAS)
def test_the_schema_is_printed(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["claim", "--schema", name]) == 0
    assert capsys.readouterr().out == documents.shipped_schema(name)
