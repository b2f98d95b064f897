"""GETTSIM's own case files as JSON, read where they lie in its wheel; runs in ``.venv-oracle`` (the files are AGPL-3.0 and never copied).

Arguments: topics (folders). Out: one object, file to ``{"source": …, "note": …, "given": …, "expected": …}`` with flat names of columns.
"""

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import yaml

FIRST = "2022"


def flat(data: dict[str, Any], before: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in data.items():
        if isinstance(value, dict):
            found |= flat(value, f"{before}{name}__")
        else:
            found[before + name] = value
    return found


def cases(topics: list[str]) -> dict[str, Any]:
    """Every case dated 2022 or later."""
    home = Path(importlib.util.find_spec("gettsim").submodule_search_locations[0]) / "tests_germany" / "policy_cases"
    found = {}
    for topic in topics:
        for file in sorted((home / topic).rglob("*.yaml")):
            if file.parent.name < FIRST or not file.parent.name[:4].isdigit():
                continue
            case = yaml.safe_load(file.read_text(encoding="utf-8"))
            info, inputs = case["info"], case["inputs"]
            found[file.relative_to(home).with_suffix("").as_posix()] = {
                "source": (info.get("source") or "").strip(),
                "note": (info.get("note") or "").strip(),
                "given": flat(inputs.get("provided") or {}) | flat(inputs.get("assumed") or {}),
                "expected": flat(case["outputs"]),
            }
    return found


if __name__ == "__main__":
    json.dump(cases(sys.argv[1:]), sys.stdout)
