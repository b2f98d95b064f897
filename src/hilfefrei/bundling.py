"""``./hilfefrei bundle``: one archive that installs without a network. The same commit and packages give the same bytes.

In it: the tracked source, every wheel of ``requirements/run.lock`` for this Python and this kind of machine, a list of parts
(CycloneDX 1.6), checksums of everything and a note how to install. An unpacked bundle can be bundled again.
"""

import argparse
import hashlib
import io
import json
import platform
import re
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import tomllib
import uuid
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.parser import Parser
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from packaging.markers import Marker
from packaging.requirements import InvalidRequirement, Requirement

from hilfefrei import __version__

ROOT = Path(__file__).resolve().parents[2]
LOCK = "requirements/run.lock"
VENDOR = "src/hilfefrei/static/vendor/"
WHEELS, SBOM, SUMS, NOTE = "wheels", "sbom.cdx.json", "SHA256SUMS", "INSTALLIEREN.txt"
# What the launcher compares with the machine it stands on.
FITS = f"{WHEELS}/bundle.json"
MADE = frozenset({SBOM, SUMS, NOTE})
SPDX = frozenset(
    {"MIT", "MIT-0", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "ISC", "MPL-2.0", "PSF-2.0", "Unlicense", "0BSD", "LGPL-3.0-only", "Zlib"}
)
CLASSIFIERS = {
    "MIT License": "MIT",
    "Apache Software License": "Apache-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "ISC License (ISCL)": "ISC",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "zlib/libpng License": "Zlib",
}


class BundleError(Exception):
    """The bundle cannot be made; the text says why and what to do."""


class Member(NamedTuple):
    """One file of the archive."""

    content: bytes
    executable: bool = False


@dataclass(frozen=True)
class Origin:
    """What is bundled: commit (hexadecimal) and its moment, seconds since the epoch; and for which Python and machine."""

    commit: str
    made: int
    python: str
    machine: str
    glibc: str = ""

    @property
    def moment(self) -> str:
        """When the commit was made, ISO in UTC."""
        return datetime.fromtimestamp(self.made, UTC).isoformat(timespec="seconds")


# --- licences (REUSE 3.3) ---------------------------------------------------------------------------------------------


class Given(NamedTuple):
    """What the last fitting line of REUSE.toml says of a file."""

    whose: str
    licence: str


def _pattern(glob: str) -> str:
    """REUSE: one star stays in its folder, two do not."""
    return "".join({"**": ".*", "*": "[^/]*"}.get(part, re.escape(part)) for part in re.split(r"(\*\*|\*)", glob))


def annotations(text: str) -> list[tuple[str, Given]]:
    """(pattern, what it says) in the order of the file."""
    found = []
    for row in tomllib.loads(text)["annotations"]:
        whose = row["SPDX-FileCopyrightText"]
        given = Given(whose if isinstance(whose, str) else " / ".join(whose), row["SPDX-License-Identifier"])
        found += [(_pattern(glob), given) for glob in ([row["path"]] if isinstance(row["path"], str) else row["path"])]
    return found


@cache
def _ours() -> list[tuple[str, Given]]:
    return annotations((ROOT / "REUSE.toml").read_text(encoding="utf-8"))


def given_for(path: str) -> Given | None:
    """Whose a file of the project is and under which licence; None where no line fits."""
    return next((given for pattern, given in reversed(_ours()) if re.fullmatch(pattern, path)), None)


# --- source and wheels ------------------------------------------------------------------------------------------------


def _git(*arguments: str) -> bytes:
    done = subprocess.run(["git", *arguments], cwd=ROOT, check=False, capture_output=True)  # noqa: S607 - the git of whoever bundles
    if done.returncode:
        raise BundleError(f"git {arguments[0]} ging nicht: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def source() -> tuple[dict[str, Member], Origin]:
    """The tracked files of the last commit; in an unpacked bundle those of its list. Raises BundleError."""
    machine = f"{platform.system().lower()}-{platform.machine()}"
    here = {"python": f"{sys.version_info.major}.{sys.version_info.minor}", "machine": machine}
    if (ROOT / ".git").exists():
        files = {}
        with tarfile.open(fileobj=io.BytesIO(_git("archive", "--format=tar", "HEAD"))) as archive:
            for item in archive:
                if item.isfile() and (opened := archive.extractfile(item)) is not None:
                    files[item.name] = Member(opened.read(), bool(item.mode & 0o100))
        commit, made = _git("log", "-1", "--format=%H %ct").decode().split()
        return files, Origin(commit, int(made), **here)
    try:
        listed = [line.split("  ./", 1) for line in (ROOT / SUMS).read_text(encoding="utf-8").splitlines()]
        told = json.loads((ROOT / FITS).read_text(encoding="utf-8"))
        files = {}
        for digest, name in listed:
            if name in MADE or name.startswith(f"{WHEELS}/"):
                continue
            content = (ROOT / name).read_bytes()
            if hashlib.sha256(content).hexdigest() != digest:
                raise BundleError(f"{name} ist verändert. Bündeln geht nur mit dem, was im Bündel war.")
            files[name] = Member(content, bool((ROOT / name).stat().st_mode & 0o100))
        return files, Origin(told["commit"], int(told["made"]), **here)
    except (OSError, ValueError, KeyError) as error:
        raise BundleError("Bündeln geht in einem Klon (git) oder in einem ausgepackten Bündel; hier ist keines von beiden.") from error


def locked(text: str) -> dict[str, tuple[str, frozenset[str]]]:
    """Of a hash lock, for this Python: name -> (version, sha256 of every file that may be taken)."""
    found = {}
    for block in re.split(r"\n(?=\S)", text):
        match = re.match(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(\S+?)(?: ?; ?([^\\\n]+))?(?= *\\?\n|$)", block)
        if match and (not match[3] or Marker(match[3].strip()).evaluate()):
            found[_normal(match[1])] = (match[2], frozenset(re.findall(r"--hash=sha256:([0-9a-f]{64})", block)))
    return found


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def fetch(folder: Path, lock: Path, given: Path | None) -> None:
    """Put every wheel of ``lock`` into ``folder``, checked against it; from ``given`` alone where that is named. Raises BundleError."""
    pip = [sys.executable, "-m", "pip"]
    if subprocess.run([*pip, "--version"], check=False, capture_output=True).returncode:
        subprocess.run([sys.executable, "-m", "ensurepip"], check=False, capture_output=True)
    where = ["--no-index", "--find-links", str(given)] if given is not None else []
    command = [*pip, "download", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps", "--require-hashes", "--only-binary", ":all:"]
    done = subprocess.run([*command, *where, "-r", str(lock), "-d", str(folder)], check=False, capture_output=True, text=True)
    if done.returncode:
        last = re.sub(r"\w+://\S+", "…", "\n".join(done.stderr.strip().splitlines()[-3:]))
        raise BundleError(f"Die Pakete ließen sich nicht holen. Ist das Paketverzeichnis zu erreichen?\n{last}")


# --- the list of parts ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wheel:
    """A wheel and what it says of itself."""

    file: str
    sha256: str
    metadata: Message

    @property
    def name(self) -> str:
        """As the index writes it."""
        return _normal(str(self.metadata["Name"]))

    @property
    def version(self) -> str:
        """Its version."""
        return str(self.metadata["Version"])

    @property
    def purl(self) -> str:
        """Package URL."""
        return f"pkg:pypi/{self.name}@{self.version}"


def read_wheel(file: Path) -> Wheel:
    """Name, checksum and metadata of a wheel."""
    with zipfile.ZipFile(file) as opened:
        inside = next(name for name in opened.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name))
        metadata = Parser().parsestr(opened.read(inside).decode("utf-8"))
    return Wheel(file.name, hashlib.sha256(file.read_bytes()).hexdigest(), metadata)


def licences(metadata: Message) -> list[dict[str, Any]]:
    """What a package says of its licence, as CycloneDX writes it: an expression, ids, or the words it uses."""
    if expression := metadata["License-Expression"]:
        return [{"expression": str(expression)}]
    named = [str(c).rsplit(" :: ", 1)[-1] for c in metadata.get_all("Classifier", []) if str(c).startswith("License ::")]
    words = str(metadata["License"] or "").strip()
    if words in SPDX:
        return [{"license": {"id": words}}]
    if named:
        return [{"license": {"id": CLASSIFIERS[name]} if name in CLASSIFIERS else {"name": name}} for name in sorted(set(named))]
    return [{"license": {"name": words.splitlines()[0][:120]}}] if words else []


def _wheel_part(wheel: Wheel) -> dict[str, Any]:
    part: dict[str, Any] = {
        "type": "library", "bom-ref": wheel.purl, "name": wheel.name, "version": wheel.version, "purl": wheel.purl, "scope": "required",
        "hashes": [{"alg": "SHA-256", "content": wheel.sha256}], "properties": [{"name": "hilfefrei:file", "value": f"{WHEELS}/{wheel.file}"}],
    }  # fmt: skip
    if summary := wheel.metadata["Summary"]:
        part["description"] = str(summary)
    if given := licences(wheel.metadata):
        part["licenses"] = given
    return part


def _file_part(path: str, content: bytes) -> dict[str, Any]:
    given = given_for(path)
    if given is None:
        raise BundleError(f"Für {path} steht in REUSE.toml keine Lizenz.")
    expression = {"expression": given.licence} if " " in given.licence else {"license": {"id": given.licence}}
    return {
        "type": "file", "bom-ref": f"file:{path}", "name": path, "copyright": given.whose, "licenses": [expression],
        "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(content).hexdigest()}],
    }  # fmt: skip


def foreign_parts(files: Mapping[str, Member]) -> list[dict[str, Any]]:
    """What lies in the source and is not ours: vendored look, scripts and fonts with their origin, data with other licences."""
    parts: dict[str, dict[str, Any]] = {}
    alone = []
    default = given_for("README.md")
    for path in sorted(files):
        folder = re.match(rf"{VENDOR}([^/]+)/([^/]+)/", path)
        if folder and path.endswith("/ORIGIN.md"):
            text = files[path].content.decode()
            part = parts.setdefault(folder[0], {"type": "library", "name": folder[1], "version": folder[2], "components": []})
            part["bom-ref"] = f"vendor:{folder[1]}@{folder[2]}"
            part["externalReferences"] = [{"type": "distribution-intake", "url": path, "comment": "where it comes from, with the checksum of the package"}]
            if package := re.search(r"\| package \| `([^`]+)` \(npm\)(?: ([\d.]+))? \|", text):
                part["purl"] = f"pkg:npm/{quote(package[1], safe='/')}@{package[2] or folder[2]}"
        elif given_for(path) != default:
            if folder:
                parts.setdefault(folder[0], {"type": "library", "name": folder[1], "version": folder[2], "components": []})
                parts[folder[0]]["components"].append(_file_part(path, files[path].content))
            else:
                alone.append(_file_part(path, files[path].content))
    return [parts[key] for key in sorted(parts)] + alone


def _needs(wheel: Wheel, wheels: Mapping[str, Wheel], extras: Iterable[str]) -> list[str]:
    """Package URLs of what a wheel asks for and the lock has."""
    found = set()
    for text in wheel.metadata.get_all("Requires-Dist", []):
        try:
            wanted = Requirement(str(text))
        except InvalidRequirement:
            continue
        fits = wanted.marker is None or any(wanted.marker.evaluate({"extra": extra}) for extra in ("", *extras))
        if fits and _normal(wanted.name) in wheels:
            found.add(wheels[_normal(wanted.name)].purl)
    return sorted(found)


def sbom(files: Mapping[str, Member], wheels: Mapping[str, Wheel], origin: Origin) -> bytes:
    """All parts as CycloneDX 1.6 (JSON), the same for the same parts."""
    asked = [Requirement(line) for line in files["requirements/run.in"].content.decode().splitlines() if line.strip() and line[0] not in "#-"]
    extras = {_normal(one.name): one.extras for one in asked}
    us = f"pkg:generic/hilfefrei@{__version__}"
    foreign = foreign_parts(files)
    direct = [wheels[_normal(one.name)].purl for one in asked if _normal(one.name) in wheels]
    parts = [*(_wheel_part(wheel) for _, wheel in sorted(wheels.items())), *foreign]
    needs = [{"ref": us, "dependsOn": sorted([*direct, *(part["bom-ref"] for part in foreign)])}]
    needs += [{"ref": wheel.purl, "dependsOn": _needs(wheel, wheels, extras.get(name, ()))} for name, wheel in sorted(wheels.items())]
    told = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": origin.moment,
            "tools": {"components": [{"type": "application", "name": "hilfefrei bundle", "version": __version__}]},
            "component": {
                "type": "application", "bom-ref": us, "name": "hilfefrei", "version": __version__, "purl": us, "licenses": [{"license": {"id": "EUPL-1.2"}}],
                "properties": [
                    {"name": "hilfefrei:commit", "value": origin.commit},
                    {"name": "hilfefrei:python", "value": origin.python},
                    {"name": "hilfefrei:machine", "value": origin.machine},
                ],
            },
        },
        "components": parts,
        "dependencies": needs,
    }  # fmt: skip
    seed = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    return _json({"serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, seed)}", **told})


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


# --- the archive ------------------------------------------------------------------------------------------------------


def _glibc(files: Iterable[str]) -> str:
    """The oldest glibc that all wheels run on, from their names; empty where none asks for one."""
    needs = [min((int(a), int(b)) for a, b in found) for name in files if (found := re.findall(r"manylinux_(\d+)_(\d+)_", name))]
    return ".".join(map(str, max(needs))) if needs else ""


def name_of(origin: Origin) -> str:
    """Name of the archive without its ending."""
    return f"hilfefrei-{__version__}-cp{origin.python.replace('.', '')}-{origin.machine}"


def note(origin: Origin) -> bytes:
    """What lies beside: for whom it is and where to read on."""
    glibc = f", glibc {origin.glibc} oder neuer" if origin.glibc else ""
    return f"""Hilfefrei {__version__}, Stand {origin.moment[:10]} ({origin.commit[:12]})
Für Python {origin.python} auf {origin.machine}{glibc}. Ein Netz wird nicht gebraucht.

1. Prüfen:            sha256sum --quiet -c {SUMS}      (sagt nichts, wenn alles stimmt)
2. Pakete einrichten: ./hilfefrei install
3. Ausprobieren:      ./hilfefrei demo                (erfundene Personen, nur auf diesem Rechner)
   Echte Personen:    docs/operations.md, „Installieren aus dem Bündel“

Ist python3 auf diesem Rechner nicht {origin.python}: HILFEFREI_PYTHON=/pfad/zu/python{origin.python} ./hilfefrei …
Alle Teile mit Version, Lizenz und Herkunft: {SBOM} (CycloneDX 1.6). Lizenz: EUPL-1.2 (LICENSE).
""".encode()


def members(given: Path | None) -> tuple[dict[str, Member], Origin]:
    """Everything that goes into the archive. Raises BundleError."""
    files, origin = source()
    with tempfile.TemporaryDirectory() as scratch:
        folder, lock = Path(scratch) / WHEELS, Path(scratch) / "run.lock"
        folder.mkdir()
        lock.write_bytes(files[LOCK].content)
        fetch(folder, lock, given)
        found = sorted(folder.iterdir())
        wheels = {wheel.name: wheel for wheel in map(read_wheel, found)}
        wanted = locked(files[LOCK].content.decode())
        wrong = [w.file for w in wheels.values() if w.version != wanted.get(w.name, ("",))[0] or w.sha256 not in wanted[w.name][1]]
        if wrong or wheels.keys() != wanted.keys():
            missing = ", ".join(sorted(wanted.keys() - wheels.keys()) + wrong)
            raise BundleError(f"Die Pakete passen nicht zu {LOCK}: {missing}")
        origin = Origin(origin.commit, origin.made, origin.python, origin.machine, _glibc(file.name for file in found))
        files |= {f"{WHEELS}/{file.name}": Member(file.read_bytes()) for file in found}
    told = {"version": __version__, "commit": origin.commit, "made": origin.made, "python": origin.python, "machine": origin.machine, "glibc": origin.glibc}
    files |= {FITS: Member(_json(told)), SBOM: Member(sbom(files, wheels, origin)), NOTE: Member(note(origin))}
    sums = "".join(f"{hashlib.sha256(files[name].content).hexdigest()}  ./{name}\n" for name in sorted(files))
    return files | {SUMS: Member(sums.encode())}, origin


def write(out: Path, files: Mapping[str, Member], origin: Origin) -> str:
    """Write the archive in one step and its checksum beside it; gives the checksum. Not compressed: wheels are already."""
    draft = out.with_name(f".{out.name}.neu")
    with tarfile.open(draft, "w", format=tarfile.GNU_FORMAT) as archive:
        for name in sorted(files):
            item = tarfile.TarInfo(f"hilfefrei-{__version__}/{name}")
            item.size, item.mtime = len(files[name].content), origin.made
            item.mode = 0o755 if files[name].executable else 0o644
            archive.addfile(item, io.BytesIO(files[name].content))
    with draft.open("rb") as made:
        digest = hashlib.file_digest(made, "sha256").hexdigest()
    draft.replace(out)
    out.with_name(f"{out.name}.sha256").write_text(f"{digest}  {out.name}\n", encoding="utf-8")
    return digest


def run(options: argparse.Namespace) -> int:
    """The command."""
    given = Path(options.wheels) if options.wheels else ROOT / WHEELS if (ROOT / FITS).exists() else None
    if given is not None and not given.is_dir():
        raise BundleError(f"{given} ist kein Ordner.")
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        raise BundleError("Dieses Python hat eine andere Schnittstelle (ohne GIL). Bitte mit dem üblichen bündeln.")
    files, origin = members(given)
    out = Path(options.out) if options.out else ROOT / "dist"
    if out.is_dir() or not out.name.endswith(".tar"):
        out /= f"{name_of(origin)}.tar"
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        digest = write(out, files, origin)
    except OSError as error:
        raise BundleError(f"{out} lässt sich nicht schreiben ({error.strerror}).") from error
    count = sum(name.endswith(".whl") for name in files)
    size = out.stat().st_size / 1024 / 1024
    sys.stdout.write(
        f"{out}\n{count} Pakete und {len(files) - count} Dateien, {size:.0f} MB, Stand {origin.commit[:12]}\nsha256 {digest}\n"
        f"Für Python {origin.python} auf {origin.machine}. Was nicht eingecheckt ist, ist nicht darin. Installieren: docs/operations.md\n"
    )
    return 0
