"""From a clone to the first page, and the building of the training world alone.

Clones what is committed into an empty folder, so it measures what a newcomer gets: environment, database, data, server.
Peak memory is that of the whole process tree (proportional set size: shared pages count once).
"""

import argparse
import http.client
import json
import os
import platform
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[1]
GOALS = {"clone to first page": 60.0, "build of the training world": 20.0}
SAMPLE_SECONDS = 0.1
GIVE_UP_SECONDS = 900.0


class Peak:
    """Watches the memory of a process and all its children."""

    def __init__(self, pid: int) -> None:
        self.mb = 0.0
        self._root = psutil.Process(pid)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._stop.is_set():
            try:
                family = [self._root, *self._root.children(recursive=True)]
            except psutil.NoSuchProcess:
                return
            self.mb = max(self.mb, sum(map(_memory_mb, family)))
            self._stop.wait(SAMPLE_SECONDS)

    def stop(self) -> float:
        """The peak in MB."""
        self._stop.set()
        self._thread.join()
        return self.mb


def _memory_mb(process: psutil.Process) -> float:
    try:
        full = process.memory_full_info()
    except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
        return 0.0
    return float(getattr(full, "pss", full.rss)) / 1024 / 1024


def _start(folder: Path, data: Path, *arguments: str) -> tuple[subprocess.Popen[bytes], Path]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("HILFEFREI_", "DJANGO_", "PYTHONPATH"))}
    log = data.parent / f"{data.name}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [str(folder / "hilfefrei"), *arguments],
            cwd=folder,
            env=clean | {"HILFEFREI_DATA": str(data)},
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return process, log


def _first_page(port: int) -> bool:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as client:
        try:
            client.request("GET", "/anmelden/")
            return client.getresponse().status == http.HTTPStatus.OK
        except OSError:
            return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def clone_to_page(folder: Path) -> tuple[float, float]:
    """Seconds and MB from ``git clone`` to the first page."""
    port = _free_port()
    start = time.monotonic()
    subprocess.run([shutil.which("git") or "git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    process, log = _start(folder, folder.parent / "daten", "demo", "--port", str(port))
    peak = Peak(process.pid)
    try:
        while not _first_page(port):
            if process.poll() is not None or time.monotonic() - start > GIVE_UP_SECONDS:
                raise SystemExit(log.read_text(encoding="utf-8")[-3000:])
            time.sleep(0.05)
        return time.monotonic() - start, peak.stop()
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def build(folder: Path) -> tuple[float, float, float]:
    """Seconds, MB and processor seconds of ``demo --build-only`` in an environment that is there."""
    start, before = time.monotonic(), os.times()
    process, log = _start(folder, folder.parent / "bau", "demo", "--build-only")
    peak = Peak(process.pid)
    if process.wait(GIVE_UP_SECONDS) != 0:
        raise SystemExit(log.read_text(encoding="utf-8")[-3000:])
    seconds, after = time.monotonic() - start, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return seconds, peak.stop(), cpu


def measure(runs: int) -> dict[str, Any]:
    """Both cases ``runs`` times, each in a folder of its own."""
    seen: dict[str, list[tuple[float, float]]] = {case: [] for case in GOALS}
    busy = []
    for _ in range(runs):
        place = Path(tempfile.mkdtemp(prefix="hilfefrei-bench-"))
        try:
            seen["clone to first page"].append(clone_to_page(place / "klon"))
            *built, cpu = build(place / "klon")
            seen["build of the training world"].append((built[0], built[1]))
            busy.append(cpu)
        finally:
            shutil.rmtree(place, ignore_errors=True)
    cases = []
    for case, goal in GOALS.items():
        seconds = [second for second, _ in seen[case]]
        ours = statistics.median(seconds)
        cases.append(
            {
                "case": case,
                "ours": round(ours, 2),
                "unit": "s",
                "peer": "goal",
                "peer_value": goal,
                "ratio": round(goal / ours, 3),
                "spread": round((max(seconds) - min(seconds)) / ours, 3),
                "peak_mb": round(max(mb for _, mb in seen[case])),
            }
        )
    return {
        "name": "demo",
        "machine": f"{os.cpu_count()} cores, {psutil.virtual_memory().total // 2**30} GB, Python {platform.python_version()}",
        "runs": runs,
        "cases": cases,
        "build_cpu_s": round(statistics.median(busy), 2),
        "ratio": min(case["ratio"] for case in cases),
        "ours_s": cases[0]["ours"],
        "peak_mb": max(case["peak_mb"] for case in cases),
    }


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--runs", type=int, default=1)
    options = parser.parse_args()
    result = measure(options.runs)
    if options.json:
        print(json.dumps(result))
    else:
        for case in result["cases"]:
            print(f"{case['case']}: {case['ours']} s (goal {case['peer_value']:.0f} s), {case['peak_mb']} MB")
        print(f"build: {result['build_cpu_s']} s of processor")
    return 0


if __name__ == "__main__":
    sys.exit(main())
