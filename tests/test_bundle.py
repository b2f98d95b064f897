"""The bundle: what is in it, that it is the same twice, and that it installs where there is no network, by the document alone."""

import argparse
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import tarfile
from email.message import Message
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from hilfefrei import bundling, launcher
from hilfefrei.bundling import Member, Origin, Wheel
from tests.support.missing import in_ci, missing

ROOT = Path(__file__).resolve().parents[1]
ORIGIN = Origin("0123456789abcdef0123456789abcdef01234567", 1_795_000_000, "3.11", "linux-x86_64", "2.28")
MARK = b"print('da')\n"


# --- what is in it
@pytest.fixture(scope="module")
def files() -> dict[str, Member]:
    """The tracked source of the last commit."""
    return bundling.source()[0]


@pytest.fixture(scope="module")
def wheels(files: dict[str, Member]) -> dict[str, Wheel]:
    """Every package of the lock with the metadata that is installed here."""
    found = {}
    for name, (version, digests) in bundling.locked(files[bundling.LOCK].content.decode()).items():
        told: Any = metadata.distribution(name).metadata
        found[name] = Wheel(f"{name}-{version}.whl", min(digests), told)
    return found


def test_the_lock_is_read_for_this_python() -> None:
    text = (
        "a-b==1.0 \\\n    --hash=sha256:" + "0" * 64 + " \\\n    --hash=sha256:" + "1" * 64 + "\n    # via x\n"
        "N.um==2.4 ; python_full_version < '3' \\\n    --hash=sha256:" + "2" * 64 + "\n"
        "N.um==2.5 ; python_full_version >= '3' \\\n    --hash=sha256:" + "3" * 64 + "\n"
    )
    assert bundling.locked(text) == {"a-b": ("1.0", frozenset({"0" * 64, "1" * 64})), "n-um": ("2.5", frozenset({"3" * 64}))}


def test_every_package_and_every_foreign_file_stands_in_the_list(files: dict[str, Member], wheels: dict[str, Wheel]) -> None:
    told = json.loads(bundling.sbom(files, wheels, ORIGIN))
    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.6")
    parts = {part["bom-ref"]: part for part in told["components"]}
    assert len(parts) == len(told["components"])
    for wheel in wheels.values():
        assert parts[wheel.purl]["licenses"], f"{wheel.name} says nothing of its licence"
        assert parts[wheel.purl]["hashes"][0]["content"] == wheel.sha256
    inside = {part["name"]: part for top in parts.values() for part in (top, *top.get("components", []))}
    vendor = bundling.VENDOR
    for line in files[f"{vendor}SHA256SUMS"].content.decode().splitlines():
        digest, name = line.split("  ./")
        if name.endswith((".js", ".css", ".woff2", ".ttf")):
            assert inside[vendor + name]["hashes"][0]["content"] == digest, name
    fonts = [part for name, part in inside.items() if name.endswith((".woff2", ".ttf"))]
    assert {part["licenses"][0]["license"]["id"] for part in fonts} == {"OFL-1.1"}
    assert inside["src/hilfefrei/demo/places.py"]["licenses"] == [{"expression": "EUPL-1.2 AND CC-BY-4.0"}]
    assert parts["vendor:htmx@2.0.11"]["purl"] == "pkg:npm/htmx.org@2.0.11"
    for top in (part for ref, part in parts.items() if ref.startswith("vendor:")):
        assert top["externalReferences"][0]["url"] in files, "where it comes from lies in the source"
    refs = {told["metadata"]["component"]["bom-ref"], *parts}
    assert {ref for one in told["dependencies"] for ref in (one["ref"], *one["dependsOn"])} <= refs
    needs = {one["ref"]: one["dependsOn"] for one in told["dependencies"]}
    assert wheels["psycopg-binary"].purl in needs[wheels["psycopg"].purl], "what an extra brings is a need"
    assert all(re.fullmatch(r"[0-9a-f]{64}", part["hashes"][0]["content"]) for part in inside.values() if "hashes" in part)
    assert bundling.sbom(files, dict(reversed(wheels.items())), ORIGIN) == bundling.sbom(files, wheels, ORIGIN)


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"License-Expression": "MIT OR Apache-2.0"}, [{"expression": "MIT OR Apache-2.0"}]),
        ({"License": "MIT"}, [{"license": {"id": "MIT"}}]),
        ({"License": "Copyright …\nviele Zeilen", "Classifier": "License :: OSI Approved :: MIT License"}, [{"license": {"id": "MIT"}}]),
        ({"Classifier": "License :: OSI Approved :: BSD License"}, [{"license": {"name": "BSD License"}}]),
        ({"License": "Eigene Lizenz\nText"}, [{"license": {"name": "Eigene Lizenz"}}]),
        ({}, []),
    ],
)
def test_what_a_package_says_of_its_licence(headers: dict[str, str], said: list[dict[str, Any]]) -> None:
    message = Message()
    for name, text in headers.items():
        message[name] = text
    assert bundling.licences(message) == said


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    some = {"b.py": Member(MARK), "hilfefrei": Member(MARK, executable=True)}
    first = bundling.write(tmp_path / "a.tar", some, ORIGIN)
    second = bundling.write(tmp_path / "b.tar", dict(reversed(some.items())), ORIGIN)
    assert first == second == hashlib.sha256((tmp_path / "a.tar").read_bytes()).hexdigest()
    assert (tmp_path / "a.tar.sha256").read_text(encoding="utf-8") == f"{first}  a.tar\n"
    with tarfile.open(tmp_path / "a.tar") as archive:
        assert {(m.name, m.mode, m.mtime, m.uid, m.uname) for m in archive} == {
            ("hilfefrei-0.1.0/b.py", 0o644, ORIGIN.made, 0, ""), ("hilfefrei-0.1.0/hilfefrei", 0o755, ORIGIN.made, 0, ""),
        }  # fmt: skip
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.tar", "a.tar.sha256", "b.tar", "b.tar.sha256"]


@pytest.mark.parametrize(("out", "made"), [("neu", "neu/hilfefrei-"), ("neu/x.tar", "neu/x.tar"), ("", "hilfefrei-")])
def test_a_folder_gets_an_archive_with_its_whole_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str, made: str) -> None:
    monkeypatch.setattr(bundling, "members", lambda _given: ({"a": Member(b"a")}, ORIGIN))
    assert bundling.run(argparse.Namespace(out=str(tmp_path / out), wheels=None)) == 0
    names = sorted(str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*") if file.is_file())
    assert len(names) == 2
    assert names[0].startswith(made)
    assert names[0].endswith(".tar")
    assert names[1] == f"{names[0]}.sha256"


def test_outside_of_clone_and_bundle_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundling, "ROOT", tmp_path)
    with pytest.raises(bundling.BundleError, match="ausgepackten Bündel"):
        bundling.source()


def test_a_changed_file_of_an_unpacked_bundle_is_not_bundled_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundling, "ROOT", tmp_path)
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / "bundle.json").write_text(json.dumps({"commit": "ab", "made": 5}), encoding="utf-8")
    (tmp_path / "a.py").write_bytes(MARK)
    (tmp_path / "SHA256SUMS").write_text(f"{hashlib.sha256(MARK).hexdigest()}  ./a.py\n{'0' * 64}  ./sbom.cdx.json\n", encoding="utf-8")
    files, origin = bundling.source()
    assert (files, origin.commit, origin.made) == ({"a.py": Member(MARK)}, "ab", 5)
    (tmp_path / "a.py").write_bytes(MARK * 2)
    with pytest.raises(bundling.BundleError, match=r"a\.py ist verändert"):
        bundling.source()


# --- what the launcher does with it
@pytest.mark.parametrize(
    ("told", "words"),
    [({"python": "3.9"}, "HILFEFREI_PYTHON=/pfad/zu/python3.9"), ({"machine": "linux-riscv64"}, "für linux-riscv64 gemacht"), ({"glibc": "99.1"}, "braucht glibc 99.1")],
)
def test_a_bundle_for_something_else_is_refused_in_words(tmp_path: Path, told: dict[str, str], words: str) -> None:
    place = launcher.Place(tmp_path)
    launcher.check_bundle(place)
    place.wheels.mkdir()
    fits = {"python": f"{sys.version_info.major}.{sys.version_info.minor}", "machine": bundling.source()[1].machine}
    (place.wheels / "bundle.json").write_text(json.dumps(fits), encoding="utf-8")
    launcher.check_bundle(place)
    (place.wheels / "bundle.json").write_text(json.dumps(fits | told), encoding="utf-8")
    with pytest.raises(launcher.CannotSetUpError, match=re.escape(words)):
        launcher.check_bundle(place)


def test_packages_come_from_the_bundle_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = launcher.Place(tmp_path)
    called: list[list[str]] = []

    def run(command: list[str]) -> subprocess.CompletedProcess[str]:
        called.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(launcher, "run", run)
    assert launcher.install(place, "run", None) == " (pip)"
    assert "--no-index" not in called[-1]
    place.wheels.mkdir()
    assert launcher.install(place, "run", None) == " (pip, aus dem Bündel)"
    assert called[-1][-3:] == ["--no-index", "--find-links", str(place.wheels)]
    assert launcher.install(place, "run", "uv") == " (uv, aus dem Bündel)"
    assert called[-1][-3:] == ["--no-index", "--find-links", str(place.wheels)]
    assert launcher.install(place, "dev", None) == " (pip)", "tests need more than lies in a bundle"
    assert "aus dem Bündel" not in launcher.explain(place, "No space left", "")
    assert "Im Bündel fehlt ein Paket" in launcher.explain(place, "No matching distribution found", "")


# --- the whole way
SERVES = """
import fcntl, json, socket, struct, subprocess, sys, time, urllib.error, urllib.request
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
    fcntl.ioctl(line, 0x8914, struct.pack("16sh14x", b"lo", 0x41))  # SIOCSIFFLAGS: a new namespace has its loopback down
try:
    socket.create_connection(("192.0.2.1", 443), 2)
    sys.exit("there is a network")
except OSError as error:
    print("errno", error.errno)
server = subprocess.Popen(["./hilfefrei", "serve", "--bind", "127.0.0.1:18000", "--processes", "1"])
told = ""
for _ in range(200):
    time.sleep(0.5)
    try:
        told = urllib.request.urlopen("http://127.0.0.1:18000/readyz", timeout=5).read().decode()
        break
    except urllib.error.HTTPError as error:
        told = error.read().decode()
    except OSError:
        pass
print("readyz", told)
server.terminate()
sys.exit(server.wait(60))
"""


def commands(document: str, block: str) -> str:
    """The commands of the block that is marked so."""
    found = re.search(rf"<!-- test: {block} -->\n```sh\n(.*?)```", document, re.DOTALL)
    assert found, block
    return found[1]


def _alone() -> list[str]:
    """A network namespace of its own, empty. Where none may be made the network is only taken from pip."""
    # Root keeps its rights, so that it reaches the database of the room, whose folder is another user's.
    for prefix in (["unshare", "-n"], ["unshare", "-rn"]):
        try:
            if subprocess.run([*prefix, "true"], check=False, capture_output=True).returncode == 0:
                return prefix
        except OSError:
            pass
    if not in_ci():
        missing("Einrichten ohne Netz", "Netz-Namensräume erlauben (unshare -rn)")
    return []


# Fetching and installing 43 packages takes a minute, several on a busy machine.
@pytest.mark.timeout(1500)
def test_it_installs_without_a_network_by_the_document_alone(tmp_path: Path, empty_postgres: str) -> None:
    alone = _alone()
    name = bundling.name_of(bundling.source()[1]) + ".tar"
    opt = tmp_path / "opt"
    opt.mkdir()
    clean = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8", "HILFEFREI_PYTHON": sys._base_executable}
    settings = {key: text for key, text in os.environ.items() if key.startswith(("PIP_", "HTTP", "http", "SSL_", "HOME"))}
    made = subprocess.run(
        [sys.executable, "-m", "hilfefrei.cli", "bundle", "--out", str(opt / name)],
        check=False, capture_output=True, text=True, env=clean | settings | {"PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    if "Paketverzeichnis" in made.stderr:
        missing("Bündel", "das Paketverzeichnis muss zu erreichen sein")
    assert made.returncode == 0, made.stderr
    with tarfile.open(opt / name) as archive:
        opened = archive.extractfile("hilfefrei-0.1.0/docs/operations.md")
        assert opened is not None
        document = opened.read().decode()

    offline = {} if alone else {"PIP_NO_INDEX": "1"}

    def follow(*blocks: str, then: str = "") -> str:
        script = "set -e\n" + "\n".join(commands(document, block) for block in blocks) + then
        password = tmp_path / "passwort"
        password.write_text("Rotmilan ueber Herzberg 7\n", encoding="utf-8")
        for old, new in (
            ("cd /opt/hilfefrei", f"cd {opt}/hilfefrei"), ("cd /opt\n", f"cd {opt}\n"), ("hilfefrei-0.1.0-cp311-linux-x86_64.tar", name),
            ("/var/lib/hilfefrei/osterode", str(tmp_path / "daten")), ("/pfad/zur/datei", str(password)),
        ):  # fmt: skip
            script = script.replace(old, new)
        script = re.sub(r"postgresql://hilfefrei_osterode:\S+", shlex.quote(empty_postgres), script)
        done = subprocess.run([*alone, "sh", "-c", script], check=False, capture_output=True, text=True, env=clean | offline, cwd=opt)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert f"{name}: OK" in follow("unpack")
    assert "(pip, aus dem Bündel)" in follow("unpack", "install").replace("(uv, aus dem Bündel)", "(pip, aus dem Bündel)")
    said = follow("setup")
    assert "Eingerichtet." in said
    assert said.rstrip().endswith("Der Betrieb darf starten.")

    driver = tmp_path / "driver.py"
    driver.write_text(SERVES, encoding="utf-8")
    if alone:
        served = follow(then=f"cd /opt/hilfefrei\nexport HILFEFREI_DATA={tmp_path}/daten\n{clean['HILFEFREI_PYTHON']} {driver}\n")
        assert "errno" in served
        told = json.loads(served.split("readyz ")[1].splitlines()[0])
        # The worker may have looked at the chain before it was asked.
        assert told | {"hints": []} == {"ready": True, "reasons": [], "hints": []}
        assert set(told["hints"]) <= {"chain_late"}
    # What lies in the bundle makes the same bundle again.
    follow(then=f"cd /opt/hilfefrei\n./hilfefrei bundle --out {tmp_path}/wieder.tar\n")
    assert (tmp_path / "wieder.tar").read_bytes() == (opt / name).read_bytes()
