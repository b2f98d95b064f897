"""The one command, from nothing to ``python -m hilfefrei.cli``: with a package directory that is a folder."""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

from hilfefrei import launcher
from hilfefrei.launcher import CannotSetUpError, Place

ROOT = Path(__file__).resolve().parents[1]


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def _wheel(folder: Path, content: str = "WORD = 'da'\n") -> str:
    """A package ``winzig`` in ``folder``; its sha256."""
    file = folder / "winzig-1.0-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as wheel:
        wheel.writestr("winzig.py", content)
        wheel.writestr("winzig-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: winzig\nVersion: 1.0\n")
        wheel.writestr("winzig-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("winzig-1.0.dist-info/RECORD", "winzig.py,,\n")
    return hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of the same shape whose command line says what it was called with."""
    root = tmp_path / "ein projekt"
    package = root / "src" / "hilfefrei"
    package.mkdir(parents=True)
    shutil.copy(ROOT / "hilfefrei", root)
    for name in ("__init__.py", "commands.py", "launcher.py"):
        shutil.copy(ROOT / "src" / "hilfefrei" / name, package)
    (package / "cli.py").write_text("import sys, winzig\nprint('cli', winzig.WORD, *sys.argv[1:])\n", encoding="utf-8")
    (tmp_path / "pakete").mkdir()
    (root / "requirements").mkdir()
    sha = _wheel(tmp_path / "pakete")
    for kind in ("run", "dev", "oracle"):
        (root / "requirements" / f"{kind}.lock").write_text(f"winzig==1.0 \\\n    --hash=sha256:{sha}\n", encoding="utf-8")
    return root


def _environment(project: Path, tools: Path) -> dict[str, str]:
    """A PATH with nothing but a shell's tools and a Python of its own: no uv, no pip configuration of the house."""
    tools.mkdir(exist_ok=True)
    for name in ("sh", "dirname"):
        found = shutil.which(name)
        assert found
        (tools / name).unlink(missing_ok=True)
        (tools / name).symlink_to(found)
    (tools / "python3").unlink(missing_ok=True)
    (tools / "python3").symlink_to(sys._base_executable)
    return {
        "PATH": str(tools),
        "HOME": str(project),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(tools.parent / "pakete"),
        "LC_ALL": "C.UTF-8",
    }


def _run(project: Path, *arguments: str, tmp_path: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(project / "hilfefrei"), *arguments],
        check=False,
        text=True,
        capture_output=True,
        cwd=tmp_path,
        env=_environment(project, tmp_path / "tools") | more,
    )


# Making an environment takes four seconds here, half a minute on a busy machine.
@pytest.mark.timeout(400)
def test_from_nothing_to_the_command_and_again(project: Path, tmp_path: Path) -> None:
    first = _run(project, "worker", tmp_path=tmp_path)
    assert first.returncode == 0, first.stderr
    assert first.stdout.splitlines()[-1] == "cli da worker"
    assert "1 Pakete installieren" in first.stdout
    assert "(pip)" in first.stdout
    again = _run(project, "worker", tmp_path=tmp_path)
    assert again.stdout == "cli da worker\n", "nothing is left to do"
    dev = _run(project, "test", "-k", "uhr", "--db", "sqlite", tmp_path=tmp_path)
    assert "requirements/dev.lock" in dev.stdout
    assert dev.stdout.splitlines()[-1] == "cli da test -k uhr --db sqlite"
    assert _run(project, "worker", tmp_path=tmp_path).stdout == "cli da worker\n", "dev holds run"

    moved = tmp_path / "woanders"
    project.rename(moved)
    assert _run(moved, "worker", tmp_path=tmp_path).stdout == "cli da worker\n", "a moved folder still works"
    moved.rename(project)

    # Another package under the same name: refused, and the stamp does not say that all is well.
    _wheel(tmp_path / "pakete", "WORD = 'fremd'\n")
    lock = project / "requirements" / "run.lock"
    lock.write_text(lock.read_text(encoding="utf-8").replace("winzig", "# neu\nwinzig"), encoding="utf-8")
    dev_lock = project / "requirements" / "dev.lock"
    dev_lock.write_text(dev_lock.read_text(encoding="utf-8") + "# neu\n", encoding="utf-8")
    for file in (project / ".venv" / "lib").glob("python*/site-packages/winzig*"):
        shutil.rmtree(file) if file.is_dir() else file.unlink()
    forged = _run(project, "worker", tmp_path=tmp_path)
    assert forged.returncode == 1
    assert "Prüfsumme" in forged.stderr
    assert "cli" not in forged.stdout


@pytest.mark.timeout(400)
def test_a_missing_package_says_what_to_do_and_names_no_directory(project: Path, tmp_path: Path) -> None:
    (tmp_path / "pakete" / "winzig-1.0-py3-none-any.whl").unlink()
    done = _run(project, "demo", tmp_path=tmp_path)
    assert done.returncode == 1
    assert "PIP_FIND_LINKS" in done.stderr
    assert "://" not in done.stderr + done.stdout
    assert (project / ".venv" / "setup.log").exists()
    assert "Einzelheiten: .venv/setup.log" in done.stderr


@pytest.mark.timeout(400)
def test_two_at_once_do_not_destroy_each_other(project: Path, tmp_path: Path) -> None:
    environment = _environment(project, tmp_path / "tools")
    both = [
        subprocess.Popen(
            [str(project / "hilfefrei"), "worker"],
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            cwd=tmp_path,
        )
        for _ in range(2)
    ]
    answers = [process.communicate(timeout=100) for process in both]
    assert [process.returncode for process in both] == [0, 0], answers
    assert all(out.endswith("cli da worker\n") for out, _ in answers)
    assert sum("Pakete installieren" in out for out, _ in answers) == 1
    assert sum("ich warte" in out for out, _ in answers) == 1


@pytest.mark.parametrize(("arguments", "code"), [(["--help"], 0), (["demo", "--help"], 0), ([], 0), (["quatsch"], 2), (["bench"], 2)])
def test_help_and_mistakes_need_no_installation(project: Path, tmp_path: Path, arguments: list[str], code: int) -> None:
    done = _run(project, *arguments, tmp_path=tmp_path)
    assert done.returncode == code, done.stderr
    assert "./hilfefrei" in done.stdout + done.stderr
    assert not (project / ".venv").exists()


def test_doctor_installs_nothing(project: Path, tmp_path: Path) -> None:
    done = _run(project, "doctor", tmp_path=tmp_path)
    assert done.returncode == 1
    assert "FEHLT  Pakete" in done.stdout
    assert not (project / ".venv").exists()


@pytest.mark.parametrize(("version", "words"), [("3.9.2", "Python 3.9.2 ist zu alt"), ("", "Es fehlt Python 3.11")])
def test_a_python_that_is_too_old_or_missing(project: Path, tmp_path: Path, version: str, words: str) -> None:
    environment = _environment(project, tmp_path / "tools")
    python = tmp_path / "tools" / "python3"
    python.unlink()
    if version:
        python.write_text(f'#!/bin/sh\ncase "$2" in *platform*) echo {version};; *) exit 1;; esac\n', encoding="utf-8")
        python.chmod(0o755)
    done = subprocess.run([str(project / "hilfefrei"), "demo"], check=False, text=True, capture_output=True, env=environment)
    assert done.returncode == 1
    assert words in done.stderr
    assert "apt install python3" in done.stderr


def test_without_venv_the_line_that_installs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(CannotSetUpError, match="apt install python3-venv"):
        launcher.make_environment(Place(tmp_path), uv=None)


def test_a_full_disk_is_refused_before_anything_is_written(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _path: Usage(10**12, 10**12, 100 * launcher.MB))
    with pytest.raises(CannotSetUpError, match="100 MB frei, gebraucht werden 1000 MB"):
        launcher.prepare(Place(project), "run")
    assert not (project / ".venv").exists()


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("OSError: [Errno 28] No space left on device", "Datenträger ist voll"),
        ("error: Failed to fetch: `https://pakete.example/simple/`: dns error", "nicht zu erreichen"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "Prüfsumme"),
        ("ERROR: seltsam https://nutzer:geheim@pakete.example/x", "Fall zurück"),
    ],
)
def test_what_a_tool_says_becomes_what_to_do(tmp_path: Path, output: str, words: str) -> None:
    text = launcher.explain(Place(tmp_path), output, "Fall zurück")
    assert words in text
    assert "pakete.example" not in text
    assert "geheim" not in text


@pytest.mark.timeout(400)
def test_the_second_opinion_has_an_environment_of_its_own(project: Path, tmp_path: Path) -> None:
    made = _run(project, "oracle", tmp_path=tmp_path)
    assert made.returncode == 0, made.stderr
    assert "requirements/oracle.lock" in made.stdout
    assert "cli" not in made.stdout, "nothing is handed over"
    packages = next((project / ".venv-oracle" / "lib").glob("python*/site-packages"))
    assert (packages / "winzig.py").exists()
    assert not (packages / "hilfefrei.pth").exists(), "nothing of ours can be imported there"
    assert not (project / ".venv").exists(), "the product's own is left alone"
    assert not _run(project, "oracle", tmp_path=tmp_path).stdout, "nothing is left to do"


def test_the_stamp_knows_lock_and_python(project: Path) -> None:
    place = Place(project)
    (project / ".venv" / "bin").mkdir(parents=True)
    place.python.symlink_to(sys.executable)
    assert not place.ready("run")
    place.stamp.write_text(place.wanted("run"), encoding="utf-8")
    assert place.ready("run")
    assert not place.ready("dev")
    place.stamp.write_text(place.wanted("dev"), encoding="utf-8")
    assert place.ready("run")
    place.lock_file("dev").write_text("andere\n", encoding="utf-8")
    assert not place.ready("run")
    place.stamp.write_text(place.wanted("dev"), encoding="utf-8")
    place.python.unlink()
    assert not place.ready("dev")
