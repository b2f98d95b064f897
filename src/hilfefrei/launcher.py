"""Sets up ``.venv`` from the hash lock and hands over to ``hilfefrei.cli``. Standard library only.

Safe to start twice at once (a lock file), to interrupt and to repeat: a stamp in ``.venv`` names the lock it was filled
from, and is written last.
"""

import fcntl
import hashlib
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "src"))

from hilfefrei import commands  # noqa: E402 - found only after the line above

OLDEST = (3, 11)
# Measured: what is installed takes 690 MB (run), 1,060 MB (dev) and 510 MB (oracle); half as much again while unpacking.
SPACE_MB = {"run": 1_000, "dev": 1_600, "oracle": 800}
MB = 1024 * 1024

NETWORK_SIGNS = re.compile(
    r"name resolution|NewConnectionError|ConnectTimeout|ReadTimeout|ProxyError|Failed to fetch|dns error|"
    r"error sending request|No matching distribution|Connection refused|Network is unreachable|timed out|offline",
    re.IGNORECASE,
)
DISK_SIGNS = re.compile(r"No space left|os error 28|Errno 28|Disk quota", re.IGNORECASE)
HASH_SIGNS = re.compile(r"DO NOT MATCH THE HASHES|Hash mismatch", re.IGNORECASE)
ADDRESS = re.compile(r"\w+://\S+")


class CannotSetUpError(Exception):
    """Says in plain German what is missing and what to do."""


class Place:
    """Where things lie. ``root`` is the repository, ``env`` a virtual environment of it."""

    def __init__(self, root: Path = ROOT, env: str = ".venv") -> None:
        self.root = root
        self.env = root / env
        self.python = self.env / "bin" / "python"
        self.stamp = self.env / "hilfefrei.stamp"
        self.log = self.env / "setup.log"
        # In an unpacked bundle the packages lie here.
        self.wheels = root / "wheels"

    def lock_file(self, kind: str) -> Path:
        """The hash lock for ``run``, ``dev`` or ``oracle``."""
        return self.root / "requirements" / f"{kind}.lock"

    def wanted(self, kind: str) -> str:
        """What the stamp says when ``kind`` is installed."""
        digest = hashlib.sha256(self.lock_file(kind).read_bytes()).hexdigest()
        return f"{kind} {digest} {sys.version_info.major}.{sys.version_info.minor}"

    def ready(self, kind: str) -> bool:
        """Whether ``env`` holds what ``kind`` needs (dev holds run) and is importable from here."""
        try:
            stamp = self.stamp.read_text(encoding="utf-8").strip()
        except OSError:
            return False
        fits = {self.wanted(one) for one in ({"run", "dev"} if kind == "run" else {kind})}
        return stamp in fits and self.python.exists()


def main(argv: list[str]) -> int:
    """Run one command; only returns when it could not be handed over."""
    options, _ = commands.parse(argv)
    place = Place()
    if options.command == "doctor":
        return doctor(place, argv)
    if options.command == "oracle":
        return oracle()
    kind = "dev" if options.command in commands.NEEDS_DEV else "run"
    try:
        prepare(place, kind)
    except CannotSetUpError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    hand_over(place, argv)
    return 1


def oracle() -> int:
    """Make the environment of the second opinion; nothing is handed over, and nothing of ours can be imported there."""
    try:
        prepare(Place(env=".venv-oracle"), "oracle")
    except CannotSetUpError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def hand_over(place: Place, argv: list[str]) -> None:
    """Become ``python -m hilfefrei.cli``."""
    os.chdir(place.root)
    sys.stdout.flush()
    os.execv(str(place.python), [str(place.python), "-m", "hilfefrei.cli", *argv])  # noqa: S606 - our own interpreter


def prepare(place: Place, kind: str) -> None:
    """Bring ``.venv`` to the state of the lock. Raises CannotSetUpError."""
    ours = kind != "oracle"
    if place.ready(kind):
        if ours:
            link(place)
        return
    with one_at_a_time(place):
        if place.ready(kind):  # somebody else was faster
            if ours:
                link(place)
            return
        check_space(place, kind)
        if kind == "run":
            check_bundle(place)
        uv = shutil.which("uv")
        step("Python-Umgebung anlegen", lambda: make_environment(place, uv))
        count = sum("==" in line for line in place.lock_file(kind).read_text(encoding="utf-8").splitlines())
        step(f"{count} Pakete installieren (geprüft gegen requirements/{kind}.lock)", lambda: install(place, kind, uv))
        if ours:
            link(place)
        place.stamp.write_text(place.wanted(kind) + "\n", encoding="utf-8")


def step(what: str, work: Callable[[], str]) -> None:
    """Do ``work`` and say how long it took."""
    sys.stdout.write(f"{what} … ")
    sys.stdout.flush()
    start = time.monotonic()
    try:
        how = work()
    except BaseException:
        sys.stdout.write("\n")
        sys.stdout.flush()
        raise
    seconds = f"{time.monotonic() - start:.1f}".replace(".", ",")
    sys.stdout.write(f"{seconds} s{how}\n")
    sys.stdout.flush()


@contextmanager
def one_at_a_time(place: Place) -> Iterator[None]:
    """Hold the lock of the environment; say so when somebody else has it."""
    try:
        file = (place.root / ".venv.lock").open("w")
    except OSError as error:
        message = f"In den Ordner {place.root} kann nicht geschrieben werden ({error.strerror})."
        raise CannotSetUpError(message) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.stdout.write("Ein anderer Start richtet gerade ein, ich warte …\n")
            sys.stdout.flush()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def check_space(place: Place, kind: str) -> None:
    """Refuse before half of it lies there."""
    free = shutil.disk_usage(place.root).free // MB
    if free < SPACE_MB[kind]:
        message = (
            f"Auf dem Datenträger sind noch {free} MB frei, gebraucht werden {SPACE_MB[kind]} MB.\n"
            "Abhilfe: Platz schaffen oder das Projekt an einen anderen Ort legen."
        )
        raise CannotSetUpError(message)


def check_bundle(place: Place) -> None:
    """Refuse packages that were bundled for another Python or another kind of machine, before pip says it in many words."""
    try:
        made = json.loads((place.wheels / "bundle.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    here = f"{platform.system().lower()}-{platform.machine()}"
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if made.get("machine") != here:
        message = f"Das Bündel ist für {made.get('machine')} gemacht, dieser Rechner ist {here}. Bitte eines für diesen Rechner bauen."
        raise CannotSetUpError(message)
    if made.get("python") != version:
        message = (
            f"Das Bündel ist für Python {made.get('python')} gemacht, gefunden wurde {version}.\n"
            f"Abhilfe: HILFEFREI_PYTHON=/pfad/zu/python{made.get('python')} ./hilfefrei …"
        )
        raise CannotSetUpError(message)
    have, need = (re.findall(r"\d+", text)[:2] for text in (platform.libc_ver()[1], str(made.get("glibc", ""))))
    if have and need and tuple(map(int, have)) < tuple(map(int, need)):
        message = (
            f"Das Bündel braucht glibc {'.'.join(need)} oder neuer, dieser Rechner hat {'.'.join(have)}.\n"
            "Abhilfe: das Bündel auf einem Rechner bauen, dessen System so alt ist wie dieses."
        )
        raise CannotSetUpError(message)


def make_environment(place: Place, uv: str | None) -> str:
    """Create ``.venv``, or keep one that works with this Python."""
    if works(place):
        return " (war schon da)"
    if place.env.exists():
        shutil.rmtree(place.env)
    if uv and run([uv, "venv", "--quiet", "--python", sys.executable, str(place.env)]).returncode == 0:
        return ""
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        name = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        message = (
            "Python kann hier keine Umgebungen anlegen, das Paket dafür fehlt.\n"
            f"Abhilfe (Debian, Ubuntu): sudo apt install python3-venv   (oder {name})\n"
            "Danach ./hilfefrei noch einmal starten."
        )
        raise CannotSetUpError(message)
    made = run([sys.executable, "-m", "venv", str(place.env)])
    if made.returncode != 0:
        raise CannotSetUpError(explain(place, made.stdout, "Die Python-Umgebung ließ sich nicht anlegen."))
    return ""


def works(place: Place) -> bool:
    """Whether ``.venv`` holds a Python of the version that runs this file."""
    if not place.python.exists():
        return False
    probe = "import sys; print(*sys.version_info[:2])"
    done = run([str(place.python), "-c", probe])
    return done.returncode == 0 and done.stdout.split() == [str(part) for part in sys.version_info[:2]]


def install(place: Place, kind: str, uv: str | None) -> str:
    """Install the lock with uv, else with pip (which also knows the house's own package directory)."""
    what = ["--require-hashes", "--only-binary", ":all:", "-r", str(place.lock_file(kind))]
    bundled = kind == "run" and place.wheels.is_dir()
    if bundled:
        what += ["--no-index", "--find-links", str(place.wheels)]
    if uv:
        done = run([uv, "pip", "install", "--quiet", "--python", str(place.python), *what])
        if done.returncode == 0:
            return " (uv, aus dem Bündel)" if bundled else " (uv)"
        write_log(place, done.stdout)
        if DISK_SIGNS.search(done.stdout):
            raise CannotSetUpError(explain(place, done.stdout, ""))
        sys.stdout.write("uv kam nicht durch, jetzt mit pip … ")
        sys.stdout.flush()
    pip = [str(place.python), "-m", "pip"]
    if run([*pip, "--version"]).returncode != 0:
        done = run([str(place.python), "-m", "ensurepip"])
        if done.returncode != 0:
            raise CannotSetUpError(explain(place, done.stdout, "Im Ordner .venv fehlt pip. Abhilfe: rm -r .venv"))
    done = run([*pip, "install", "--quiet", "--disable-pip-version-check", "--no-input", *what])
    if done.returncode != 0:
        raise CannotSetUpError(explain(place, done.stdout, "Die Pakete ließen sich nicht installieren."))
    return " (pip, aus dem Bündel)" if bundled else " (pip)"


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command quietly; both outputs end up in ``stdout``."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    # Inside another virtual environment tools would act on that one.
    environment.pop("VIRTUAL_ENV", None)
    return subprocess.run(
        command, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment
    )


def write_log(place: Place, output: str) -> None:
    """Keep what the tool said, beside what it made."""
    if place.env.is_dir():
        with place.log.open("a", encoding="utf-8") as log:
            log.write(output)


def explain(place: Place, output: str, fallback: str) -> str:
    """Turn a tool's output into what happened and what to do. Names no package directory."""
    write_log(place, output)
    detail = f"\nEinzelheiten: {place.log.relative_to(place.root)}" if place.log.exists() else ""
    if DISK_SIGNS.search(output):
        return f"Der Datenträger ist voll. Abhilfe: Platz schaffen, dann ./hilfefrei noch einmal starten.{detail}"
    if HASH_SIGNS.search(output):
        return (
            "Ein Paket stimmt nicht mit seiner Prüfsumme überein und wurde nicht installiert.\n"
            f"Abhilfe: später noch einmal versuchen; bleibt es so, bitte melden.{detail}"
        )
    if NETWORK_SIGNS.search(output) and place.wheels.is_dir():
        return (
            "Im Bündel fehlt ein Paket, oder es passt nicht zu diesem Rechner. Darin liegt nur, was der Betrieb braucht;\n"
            "Tests und Messungen brauchen ein Paketverzeichnis.\n"
            f"Abhilfe: sha256sum --quiet -c SHA256SUMS zeigt, was fehlt; dann das Bündel noch einmal auspacken.{detail}"
        )
    if NETWORK_SIGNS.search(output):
        return (
            "Das Paketverzeichnis war nicht zu erreichen, oder ihm fehlt ein Paket.\n"
            "Abhilfe: Verbindung prüfen. Hat Ihr Haus ein eigenes Verzeichnis, tragen Sie es bei pip ein\n"
            "(pip config set global.index-url …). Ohne Netz: Pakete in einen Ordner legen und\n"
            f"PIP_NO_INDEX=1 PIP_FIND_LINKS=ORDNER ./hilfefrei …{detail}"
        )
    last = ADDRESS.sub("…", "\n".join(output.strip().splitlines()[-4:]))
    return "\n".join(part for part in (fallback, last) if part) + detail


def link(place: Place) -> None:
    """Make ``src`` importable in ``.venv``, also after the folder was moved."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    file = place.env / "lib" / version / "site-packages" / "hilfefrei.pth"
    text = f"{place.root / 'src'}\n"
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        draft = file.with_name(f"hilfefrei.{os.getpid()}.neu")
        draft.write_text(text, encoding="utf-8")
        draft.replace(file)


def doctor(place: Place, argv: list[str]) -> int:
    """What can be checked before anything is installed; then the rest in ``hilfefrei.cli``."""
    free = shutil.disk_usage(place.root).free // MB
    has_venv = importlib.util.find_spec("ensurepip") is not None
    uv = shutil.which("uv") is not None
    checks = [
        (True, f"Python {sysconfig.get_python_version()}", ""),
        (has_venv or uv, "Umgebungen anlegen", "sudo apt install python3-venv"),
        (free >= SPACE_MB["run"], f"{free} MB frei", f"gebraucht werden {SPACE_MB['run']} MB"),
        (place.ready("run"), "Pakete wie in requirements/run.lock", "./hilfefrei demo installiert sie"),
    ]
    for good, what, remedy in checks:
        sys.stdout.write(f"{'gut   ' if good else 'FEHLT '} {what}{'' if good else ' → ' + remedy}\n")
    if not place.ready("run"):
        return 1
    if not all(good for good, _, _ in checks):
        os.environ["HILFEFREI_DOCTOR_FOUND"] = "1"
    link(place)
    hand_over(place, argv)
    return 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.stderr.write("\nAbgebrochen.\n")
        sys.exit(130)
