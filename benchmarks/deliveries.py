"""A delivery of vacancies by the command line, on both databases: check, import, the same again, undo; seconds and memory.

Each run is a process of its own, so start-up counts into nothing but the memory. 20,000 invented rows, and the real
delivery of the job search where the folder beside the project has it.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
os.environ["HILFEFREI_NOW"] = "2026-11-24T09:42:00"
os.environ["DJANGO_SETTINGS_MODULE"] = "hilfefrei.settings.test"

import django

django.setup()

from django_scopes import scopes_disabled

from tests.support.databases import VENDORS, Databases, close_run, open_run
from tests.world import make

REAL = Path(os.environ.get("HILFEFREI_SHARED") or ROOT.parent / "shared") / "data" / "ba_jobsuche_berlin_2134.csv"
ROWS = 20_000
GOAL_SECONDS = 20.0


def invented(rows: int) -> bytes:
    """``rows`` different vacancies in the form of our own table."""
    lines = [
        f"K-{n};Helfer/in {n} (m/w/d);Helfer/in;Rotmilan Logistik {n % 900};37412;Herzberg;51.655;10.341;{20 + n % 20};STUNDENLOHN;1{4 + n % 4}.50;2026-11-{1 + n % 20:02d}"
        for n in range(rows)
    ]
    return "\n".join(["reference;title;occupation;employer;plz;place;lat;lon;hours_low;wage_kind;wage_fixed;published", *lines, ""]).encode()


def run(environment: dict[str, str], act: str, file: Path) -> dict[str, Any]:
    """One command; its own account of seconds and memory."""
    command = [sys.executable, "-m", "hilfefrei.cli", "vacancies", act, str(file), "--json"]
    done = subprocess.run(command, env=os.environ | environment, check=False, text=True, capture_output=True)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return json.loads(done.stdout)


def measure() -> dict[str, Any]:
    """All cases on both databases."""
    cases = []
    folder = open_run()
    try:
        with tempfile.TemporaryDirectory() as held:
            file = Path(held) / "stellen.csv"
            file.write_bytes(invented(ROWS))
            for vendor in VENDORS:
                for content in [file, *([REAL] if REAL.is_file() else [])]:
                    databases = Databases(folder, f"bench-{content.stem}")
                    databases.use(vendor)
                    with scopes_disabled():
                        make()
                    environment = {"HILFEFREI_DATABASE_URL": databases.url, "HILFEFREI_DATA": held, "PYTHONPATH": str(ROOT / "src")}
                    for act in ("check", "import", "import", "undo"):
                        told = run(environment, act, content)
                        name = f"{act}, the same again" if told["state"] == "nothing" else act
                        rows = told.get("counts", {}).get("rows") or cases[-1]["rows"]
                        cases.append(
                            {
                                "case": f"{name}, {rows:,} rows, {vendor}",
                                "rows": rows,
                                "ours": round(sum(told["seconds"].values()), 2),
                                "unit": "s",
                                "peer": "goal" if act == "import" and rows == ROWS else None,
                                "peer_value": GOAL_SECONDS if act == "import" and rows == ROWS else None,
                                "ratio": None,
                                "spread": None,
                                "peak_mb": told["peak_mb"],
                            }
                        )
    finally:
        close_run(folder)
    machine = f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    worst = max(case["ours"] for case in cases)
    return {"name": "deliveries", "machine": machine, "runs": 1, "cases": cases, "ours_s": worst, "peak_mb": max(c["peak_mb"] for c in cases)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    result = measure()
    if options.json:
        print(json.dumps(result, ensure_ascii=False))
        return
    for case in result["cases"]:
        print(f"{case['case']}: {case['ours']} {case['unit']}, {case['peak_mb']} MB")


if __name__ == "__main__":
    main()
