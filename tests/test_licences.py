"""Every file says whose it is and under which licence (REUSE.toml), and every licence lies there as a text."""

import re
import subprocess
from pathlib import Path

from hilfefrei.bundling import annotations, given_for

ROOT = Path(__file__).resolve().parents[1]
VENDOR = "src/hilfefrei/static/vendor/"
# Licence texts, and what only says where a thing comes from, are no works of their own.
TEXTS = re.compile(r"(^|/)(LICENSE[^/]*|OFL\.txt|ORIGIN\.md|SHA256SUMS)$|^LICENSES/")


ANNOTATIONS = annotations((ROOT / "REUSE.toml").read_text(encoding="utf-8"))


def _tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [path for path in listed.split("\0") if path]


def test_every_file_has_an_owner_and_a_licence() -> None:
    assert len(_tracked()) > 500
    assert [path for path in _tracked() if given_for(path) is None] == []


def test_what_is_vendored_is_not_claimed_as_ours() -> None:
    own = [path for path in _tracked() if path.startswith(VENDOR) and not TEXTS.search(path) and given_for(path) == ANNOTATIONS[0][1]]
    assert own == [], "a vendored file needs a line of its own in REUSE.toml"
    fonts = [path for path in _tracked() if path.endswith((".woff2", ".ttf"))]
    assert {given_for(path).licence for path in fonts} == {"OFL-1.1"}
    assert given_for(f"{VENDOR}htmx/2.0.11/htmx.min.js").licence == "0BSD"


def test_every_line_fits_a_file() -> None:
    assert [pattern for pattern, _ in ANNOTATIONS if not any(re.fullmatch(pattern, path) for path in _tracked())] == []


def test_every_licence_lies_there_and_no_other() -> None:
    named = {name for _, given in ANNOTATIONS for name in given.licence.split(" AND ")}
    assert named == {path.stem for path in (ROOT / "LICENSES").iterdir()}
    assert (ROOT / "LICENSES" / "EUPL-1.2.txt").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_one_star_stays_in_its_folder() -> None:
    found = annotations('[[annotations]]\npath = ["a/*.js", "b/**"]\nSPDX-FileCopyrightText = "x"\nSPDX-License-Identifier = "0BSD"\n')
    fits = [[bool(re.fullmatch(pattern, path)) for pattern, _ in found] for path in ("a/x.js", "a/b/x.js", "b/c/d", "a/xjs")]
    assert fits == [[True, False], [False, False], [False, True], [False, False]]
