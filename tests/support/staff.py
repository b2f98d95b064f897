"""Where the source counts or collects by a named worker: read from the syntax tree, so that nothing can be forgotten (rule 8)."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.apps import apps

from hilfefrei.apps.accounts.models import User

GATHER = {"setdefault", "append", "add", "extend", "update"}
AGGREGATES = {"Count", "Sum", "Avg", "Max", "Min", "Window"}


def staff_names() -> frozenset[str]:
    """Names of all columns that say which worker it was."""
    found = set()
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            if field.is_relation and field.related_model is User:
                found |= {field.name, field.attname}
            elif field.name == "actor_id" or (field.name.endswith("_by") and not field.is_relation):
                # The record knows nobody by table, only by number.
                found.add(field.name)
    return frozenset(found)


def groupings(code: str, names: frozenset[str]) -> list[str]:
    """Functions of ``code`` (as "name" or "Class.name") that count or collect by a worker, sorted."""
    found = set()
    for where, node in _functions(ast.parse(code)):
        parts = list(ast.walk(node))
        # The first of a list is no list.
        firsts = {id(part.args[0]) for part in parts if isinstance(part, ast.Call) and _call(part) == "next" and part.args}
        if any(_groups(part, names) for part in parts if id(part) not in firsts):
            found.add(where)
    return sorted(found)


def in_templates(text: str, names: frozenset[str]) -> bool:
    """Whether a template regroups by a worker."""
    keys = re.findall(r"{%\s*regroup\s+\S+\s+by\s+(\S+)", text)
    return any(set(key.split(".")) & names for key in keys)


def found_in(root: Path, names: frozenset[str]) -> list[str]:
    """All of them below ``root``: "apps.intake.queries.name", or the path of a template."""
    skip = {"migrations", "demo", "static"}
    found = []
    for file in sorted(root.rglob("*")):
        path = file.relative_to(root)
        if skip & set(path.parts):
            continue
        if file.suffix == ".py":
            module = ".".join(path.with_suffix("").parts)
            found += [f"{module}.{name}" for name in groupings(file.read_text(encoding="utf-8"), names)]
        elif file.suffix == ".html" and in_templates(file.read_text(encoding="utf-8"), names):
            found.append(path.as_posix())
    return found


def _functions(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                yield f"{node.name}.{getattr(inner, 'name', '')}".rstrip("."), inner
        else:
            yield getattr(node, "name", "<module>"), node


def _names_a_worker(node: ast.AST, names: frozenset[str]) -> bool:
    """Whether an expression reads such a column: ``row.led_by_id``, ``row["taken_by"]``, ``"entry__taken_by"``."""
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and part.attr in names:
            return True
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and set(part.value.split("__")) & names:
            return True
    return False


def _reads_a_worker(node: ast.AST, names: frozenset[str]) -> bool:
    """The same for a comparison, where a word alone (``kind == "user"``) is only a word."""
    parts = [*ast.walk(node)]
    return any(isinstance(part, ast.Attribute) and part.attr in names for part in parts) or any(
        isinstance(part, ast.Subscript) and _names_a_worker(part.slice, names) for part in parts
    )


def _call(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""


def _chain(node: ast.AST) -> Iterator[ast.Call]:
    """The calls of ``a.b().c().d()`` from the last to the first."""
    while isinstance(node, ast.Call):
        yield node
        node = node.func.value if isinstance(node.func, ast.Attribute) else node.func


def _root(node: ast.AST) -> str:
    while isinstance(node, ast.Call | ast.Attribute):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _groups(node: ast.AST, names: frozenset[str]) -> bool:
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Subscript):
        return _names_a_worker(node.target.slice, names)
    if isinstance(node, ast.DictComp):
        return _names_a_worker(node.key, names)
    if isinstance(node, ast.GeneratorExp | ast.ListComp | ast.SetComp):
        return _filtered(node, names)
    if not isinstance(node, ast.Call):
        return False
    what, calls = _call(node), list(_chain(node))
    if what in GATHER and isinstance(node.func, ast.Attribute):
        inside = node.func.value
        if isinstance(inside, ast.Subscript) and _names_a_worker(inside.slice, names):
            return True
        if what == "setdefault":
            return bool(node.args) and _names_a_worker(node.args[0], names)
    if what in {"Counter", "groupby"}:
        return any(_names_a_worker(part, names) for part in [*node.args, *(word.value for word in node.keywords)])
    if what in {"annotate", "aggregate", "count"}:
        counts = what != "annotate" or any(_call(part) in AGGREGATES for word in node.keywords for part in ast.walk(word.value))
        by = [c for c in calls[1:] if _call(c) in {"values", "values_list"}]
        if counts and any(_names_a_worker(arg, names) for c in by for arg in c.args):
            return True
        if counts and what == "annotate" and _root(node) == "User":
            return True
        if what == "annotate":
            return False
        return _one_worker(calls[1:], names)
    if what in AGGREGATES:
        return _one_worker([part for word in node.keywords for part in ast.walk(word.value) if isinstance(part, ast.Call)], names)
    return False


def _one_worker(calls: Iterable[ast.Call], names: frozenset[str]) -> bool:
    """``.filter(taken_by=…).count()``: the figure of one of them. Whether there is one at all (``None``) is no such figure."""
    for call in calls:
        if _call(call) in {"filter", "Q"}:
            for word in call.keywords:
                nothing = isinstance(word.value, ast.Constant) and word.value.value is None
                last = (word.arg or "").split("__")[-1]
                if set((word.arg or "").split("__")) & names and not nothing and last != "isnull":
                    return True
    return False


def _filtered(node: ast.GeneratorExp | ast.ListComp | ast.SetComp, names: frozenset[str]) -> bool:
    """A comprehension that keeps the rows of one worker: ``sum(1 for r in rows if r.led_by_id == who)``."""
    for loop in node.generators:
        for test in loop.ifs:
            for part in ast.walk(test):
                if isinstance(part, ast.Compare) and isinstance(part.ops[0], ast.Eq | ast.In) and _reads_a_worker(part, names):
                    return True
    return False
