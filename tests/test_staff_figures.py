"""Rule 8: nothing counts by who works here but what stands in the list for the works agreement."""

import ast
import importlib
import tomllib
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src" / "hilfefrei"
LIST = tomllib.loads((SOURCE / "core" / "data" / "staff_figures.toml").read_text(encoding="utf-8"))
STAFF = frozenset(
    {"user", "holder", "caller", "taken_by", "recorded_by", "explained_by", "second_by", "started_by", "led_by", "booked_by", "handed_by",
     "sent_by", "answered_by", "by", "actor", "confirmed_by", "next_step_by", "told_by", "closed_by", "uploaded_by", "saved_by", "officer"}
)  # fmt: skip
GROUPS = frozenset({"values", "values_list", "group_by"})
COUNTS = frozenset({"annotate", "aggregate"})


def _is_staff(name: str) -> bool:
    return name.removesuffix("_id").rpartition("__")[2] in STAFF or name.removesuffix("_id").partition("__")[0] in STAFF


def _chain(call: ast.Call) -> Iterator[ast.Call]:
    node: ast.AST = call
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        yield node
        node = node.func.value


def counting(tree: ast.AST) -> set[str]:
    """Functions in which a chain groups by a field of staff and then counts."""
    found = set()
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
            chain = list(_chain(call))
            names = [c.func.attr for c in chain if isinstance(c.func, ast.Attribute)]
            if not COUNTS & set(names):
                continue
            for part in chain:
                if isinstance(part.func, ast.Attribute) and part.func.attr in GROUPS:
                    words = [a.value for a in part.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
                    # Columns that are read after a count are no groups: the group is what stands before it (further in).
                    before = names.index(part.func.attr) > min(names.index(n) for n in names if n in COUNTS)
                    if before and any(_is_staff(word) for word in words):
                        found.add(function.name)
    return found


def test_nothing_counts_by_staff_but_what_stands_in_the_list() -> None:
    found = set()
    for path in sorted(SOURCE.rglob("*.py")):
        if "migrations" in path.parts:
            continue
        module = ".".join(("hilfefrei", *path.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__")
        found |= {f"{module}.{name}" for name in counting(ast.parse(path.read_text(encoding="utf-8")))}
    assert found - {figure["function"] for figure in LIST["figure"]} == set()


def test_the_search_finds_what_it_looks_for() -> None:
    bad = "def f():\n    return Entry.objects.values('taken_by').annotate(n=Count('pk'))\n"
    worse = "def g():\n    return Leave.objects.filter(x=1).values('entry', 'explained_by__last_name').annotate(n=Count('pk')).order_by('n')\n"
    table = "def h():\n    return rows.group_by('officer').aggregate(n=rows.count())\n"
    good = "def k():\n    return Entry.objects.annotate(n=Count('pk')).values_list('taken_by', 'n')\n"
    assert [counting(ast.parse(text)) for text in (bad, worse, table, good)] == [{"f"}, {"g"}, {"h"}, set()]


def test_each_figure_of_the_list_exists_and_says_everything() -> None:
    for figure in LIST["figure"]:
        module, _, name = figure["function"].rpartition(".")
        assert callable(getattr(importlib.import_module(module), name))
        assert all(figure[key].strip() for key in ("title", "purpose", "shows", "readers", "keeps"))
