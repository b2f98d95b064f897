"""Where a claim is shown: a test, a function of the program, a section of a document. Nothing may be named that is not there."""

import ast
import re
from functools import cache
from pathlib import Path


@cache
def _functions(file: Path) -> frozenset[str]:
    """Names that a module defines at its top."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return frozenset(node.name for node in ast.parse(file.read_text(encoding="utf-8")).body if isinstance(node, kinds))


def _headings(text: str) -> frozenset[str]:
    return frozenset(found.strip() for found in re.findall(r"^#{1,6} (.+)$", text, re.MULTILINE))


def problem(root: Path, where: str, written: dict[str, str]) -> str:
    """Why ``where`` shows nothing, empty when it does.

    ``where`` is ``tests/x.py::test_y``, ``src/x.py::name``, ``docs/x.md#Heading`` or a file. ``written`` are the papers as they
    are made now (path below the root to text): they may point to each other.
    """
    path, _, rest = where.partition("::" if "::" in where else "#")
    file = root / path
    if path not in written and not file.is_file():
        return f"{where}: die Datei gibt es nicht"
    if "::" in where:
        return "" if rest in _functions(file) else f"{where}: das gibt es in der Datei nicht"
    if rest:
        text = written.get(path) or file.read_text(encoding="utf-8")
        return "" if rest in _headings(text) else f"{where}: den Abschnitt gibt es nicht"
    return ""


def shown(where: str) -> str:
    """``where`` as it stands in a paper: short, and found by search."""
    path, _, rest = where.partition("::" if "::" in where else "#")
    if "::" in where:
        return f"`{path.rpartition('/')[2].removesuffix('.py')}::{rest}`"
    return f"`{path}`" + (f" „{rest}“" if rest else "")
