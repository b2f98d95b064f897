"""publiccode.yml against the published vocabulary, which lies in ``publiccode.toml``: what catalogues of public software read."""

import re
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import hilfefrei

HERE = Path(__file__).parent
FILE = HERE.parent / "publiccode.yml"
ASKED = tomllib.loads((HERE / "publiccode.toml").read_text(encoding="utf-8"))


def read(text: str) -> dict[str, Any]:
    """The little YAML that the file is written in: maps, lists in brackets, lists of dashes, one folded text. Fails at anything else."""
    top: dict[str, Any] = {}
    levels: list[tuple[int, Any, str]] = [(-1, top, "")]
    for line in text.splitlines():
        indent, words = len(line) - len(line.lstrip()), line.split(" #")[0].strip()
        if not words or words.startswith("#"):
            continue
        while indent <= levels[-1][0]:
            levels.pop()
        _, holder, key = levels[-1]
        if key and isinstance(holder[key], str):
            holder[key] = f"{holder[key]} {words}".strip()
            continue
        into = holder if not key else holder[key]
        if words.startswith("- "):
            holder[key] = [*into, words[2:]]
            continue
        found = re.fullmatch(r"(\w+):(?: (.*))?", words)
        assert found, line
        name, value = found[1], found[2]
        if value is None or value == ">":
            into[name] = {} if value is None else ""
            levels.append((indent, into, name))
        elif value.startswith("["):
            into[name] = [part.strip() for part in value.strip("[]").split(",")]
        else:
            into[name] = value.strip('"')
    return top


def at(given: dict[str, Any], path: str) -> Any:
    for part in path.split("."):
        given = given.get(part, {})
    return given


def faults(given: dict[str, Any]) -> list[str]:
    """What a catalogue would refuse, in words."""
    found = [f"{key} is missing" for key in ASKED["mandatory"]["keys"] if not at(given, key)]
    for language, words in given.get("description", {}).items():
        for key in ASKED["mandatory"]["description"]:
            least, most = ASKED["lengths"][key]
            if not least <= len(words.get(key, "")) <= most:
                found.append(f"description.{language}.{key} has {len(words.get(key, ''))} signs")
    for path, allowed in ASKED["words"].items():
        value = at(given, path)
        found += [f"{path}: {word} is not in the list" for word in (value if isinstance(value, list) else [value]) if word not in allowed]
    url = urlsplit(given.get("url", ""))
    if url.scheme not in {"https", "http"} or not url.netloc:
        found.append("url is no address")
    if at(given, "maintenance.type") == "community" and not at(given, "maintenance.contacts"):
        found.append("maintenance.contacts is missing")
    return found


GIVEN = read(FILE.read_text(encoding="utf-8"))


def test_a_catalogue_takes_it() -> None:
    assert faults(GIVEN) == []


def test_it_says_what_the_package_says() -> None:
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (GIVEN["softwareVersion"], at(GIVEN, "legal.license")) == (project["version"], project["license"])
    assert GIVEN["name"].lower() == hilfefrei.__name__


def test_each_fault_is_found() -> None:
    text = FILE.read_text(encoding="utf-8")
    for old, new, words in (
        ("\nurl:", "\nurlt:", "url is missing"),
        ("[workflow-management", "[case-management", "categories: case-management is not in the list"),
        ("welfare", "social-services", "intendedAudience.scope: social-services is not in the list"),
        ("developmentStatus: development", "developmentStatus: alpha", "developmentStatus: alpha is not in the list"),
        ("longDescription: >", "otherText: >", "description.de.longDescription has 0 signs"),
        ("    - name: Hilfefrei\n", "", "maintenance.contacts is missing"),
    ):
        assert old in text
        assert words in faults(read(text.replace(old, new)))
