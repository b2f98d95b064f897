"""A baseline of the paying system, 36 months with 6,500 persons at any time, on both databases: check, import, the same again, undo.

Each run of ours is the command in a process of its own, its account of seconds and memory. The peer reads the same package
with pandas, converts days and amounts, looks for the same plain faults and writes its eight tables with ``to_sql``, in a process
of its own: without recognising anybody, without what was before, without a record. It says what the bare tables cost.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
os.environ["HILFEFREI_NOW"] = "2026-11-24T09:42:00"
os.environ["DJANGO_SETTINGS_MODULE"] = "hilfefrei.settings.test"

GOAL_SECONDS = 60.0
MONTHS = 36

PEER = r"""
import io, json, resource, sqlite3, sys, time, zipfile
import pandas as pd

began, cpu = time.monotonic(), time.process_time()
archive = zipfile.ZipFile(sys.argv[1])
tables = {n[:-4]: pd.read_csv(io.BytesIO(archive.read(n)), sep=";", dtype=str, keep_default_na=False) for n in archive.namelist() if n.endswith(".csv")}
for name, frame in tables.items():
    for column in frame.columns:
        if column in {"von", "bis", "am", "vom", "geburtsdatum", "bewilligt_von", "bewilligt_bis"}:
            frame[column] = pd.to_datetime(frame[column].replace("", None))
        elif column in {"llu", "luh"}:
            frame[column] = (frame[column].str.replace(",", ".").astype(float) * 100).round().astype("int64")
    if {"von", "bis"} <= set(frame.columns):
        frame = tables[name] = frame[~(frame["bis"] < frame["von"])]
    if "kundennummer" in frame.columns and name != "personen":
        tables[name] = frame[frame["kundennummer"].isin(tables["personen"]["kundennummer"])]
    tables[name] = tables[name].drop_duplicates()
with sqlite3.connect(sys.argv[2]) as connection:
    for name, frame in tables.items():
        frame.to_sql(name, connection, index=False)
print(json.dumps({"rows": sum(map(len, tables.values())), "seconds": time.monotonic() - began, "cpu": time.process_time() - cpu, "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)}))
"""


def run(environment: dict[str, str], act: str, file: Path) -> tuple[dict[str, Any], float]:
    """One command; its own account, and the processor seconds of the whole process."""
    command = [sys.executable, "-m", "hilfefrei.cli", "delivery", act, str(file), "--json"]
    before = os.times()
    done = subprocess.run(command, env=os.environ | environment, check=False, text=True, capture_output=True)
    after = os.times()
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return json.loads(done.stdout), after.children_user + after.children_system - before.children_user - before.children_system


def peer(file: Path, folder: str) -> dict[str, Any]:
    """The same package by pandas."""
    target = Path(folder) / "peer.sqlite3"
    target.unlink(missing_ok=True)
    done = subprocess.run([sys.executable, "-c", PEER, str(file), str(target)], check=True, text=True, capture_output=True)
    return json.loads(done.stdout)


def measure() -> dict[str, Any]:
    """All cases on both databases."""
    import django

    django.setup()
    from django_scopes import scopes_disabled

    from hilfefrei.core.deliveries import write
    from tests.apps.benefits import many
    from tests.support.databases import VENDORS, Databases, close_run, open_run
    from tests.world import make

    cases = []
    folder = open_run()
    try:
        with tempfile.TemporaryDirectory() as held:
            rows = many.package(months=MONTHS)
            people = sum(1 for row in rows["bezug"] if row["bis"] is None)
            file = Path(held) / "grundbestand.zip"
            file.write_bytes(write.pack(rows, as_of=date(2026, 10, 31), kind="grundbestand", complete=True, sender="Probe"))
            count = sum(map(len, rows.values()))
            del rows
            for vendor in VENDORS:
                databases = Databases(folder, f"bench-{vendor}")
                databases.use(vendor)
                with scopes_disabled():
                    make()
                environment = {"HILFEFREI_DATABASE_URL": databases.url, "HILFEFREI_DATA": held, "PYTHONPATH": str(ROOT / "src")}
                for act in ("check", "import", "import", "undo"):
                    beside = peer(file, held) if act == "import" and not any("import" in c["case"] and vendor in c["case"] for c in cases) else None
                    began = time.monotonic()
                    told, cpu = run(environment, act, file)
                    wall = time.monotonic() - began
                    same = act == "import" and told["state"] == "nothing"
                    cases.append(
                        {
                            "case": f"{'import, the same again' if same else act}, {MONTHS} months, {people:,} persons, {count:,} rows, {vendor}",
                            "rows": count,
                            "ours": round(wall, 2),
                            "ours_cpu": round(cpu, 2),
                            "steps": told["seconds"],
                            "unit": "s",
                            "peer": "pandas, bare tables" if beside else None,
                            "peer_value": round(beside["seconds"], 2) if beside else None,
                            "peer_peak_mb": beside["peak_mb"] if beside else None,
                            "ratio": round(beside["seconds"] / wall, 2) if beside else None,
                            "goal": GOAL_SECONDS if act == "import" else None,
                            "spread": None,
                            "peak_mb": told["peak_mb"],
                            "changed": None if act == "undo" else sum(told["counts"][state] for state in ("new", "changed", "gone")),
                        }
                    )
    finally:
        close_run(folder)
    machine = f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"
    worst = max(case["ours"] for case in cases if case["goal"])
    # The goal is what the slowest import is held against; the bare tables only say what no judging at all costs.
    return {
        "name": "delivery", "machine": machine, "runs": 1, "cases": cases, "ratio": round(GOAL_SECONDS / worst, 3), "ours_s": worst,
        "peak_mb": max(c["peak_mb"] for c in cases),
    }  # fmt: skip


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
        beside = f", {case['peer']}: {case['peer_value']} s" if case["peer"] else ""
        print(f"{case['case']}: {case['ours']} s ({case['ours_cpu']} s of processor), {case['peak_mb']} MB{beside}")


if __name__ == "__main__":
    main()
