"""What is written about figures is what is computed: the docs come from the data file."""

from pathlib import Path

from hilfefrei.core.indicators import definitions

DOCS = Path(__file__).resolve().parents[3] / "docs" / "indicators.md"


def test_the_docs_are_made_from_the_definitions() -> None:
    assert DOCS.read_text(encoding="utf-8") == definitions.as_markdown(), "docs/indicators.md: ./hilfefrei report --definitions > docs/indicators.md"


def test_free_and_own_are_two_figures_everywhere_and_leaving_it_is_never_good() -> None:
    known = definitions.load()
    for n in (1, 3, 6):
        assert {f"free_{n}", f"own_{n}", f"unknown_{n}"} <= set(known.figures)
        assert known.figures[f"free_{n}"].good == "none"
    assert {f.good for f in known.of("leave")} == {"none"}
    assert known.figures["outcomes"].good == "none"


def test_every_figure_of_people_is_suppressed_and_says_what_is_not_in_it() -> None:
    for figure in definitions.load().figures.values():
        assert figure.suppress or figure.unit == "cents", figure.code
        assert all((figure.sentence, figure.source, figure.counted, figure.excludes)), figure.code
        assert figure.sentence.endswith("."), figure.code


def test_no_direction_is_bettered_by_who_dies_or_leaves_it() -> None:
    """Only what says something about work, about what we offered or about what we do not know has a direction."""
    directed = {code: f.good for code, f in definitions.load().figures.items() if f.good != "none"}
    after = {f"{kind}_{n}": good for kind, good in (("own", "up"), ("unknown", "down")) for n in (1, 3, 6)}
    ours = {"talks": "up", "offers": "up", "offers_same_day": "up", "hours_median": "down", "hours_p90": "down"}
    assert directed == after | ours | {"work_started": "up", "training_started": "up"}
