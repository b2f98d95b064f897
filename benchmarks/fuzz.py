"""Every form and every import with generated inputs: no 500, no unhandled error, nothing over two seconds.

Inputs come from Hypothesis; each is taken back, so that the next meets the same Jobcenter. ``tests/fuzz`` says what is tried.
The figures are counts, not speed: a shared machine does them no harm. Exit 1 on any finding.
"""

import argparse
import gc
import json
import logging
import math
import os
import subprocess
import sys
import time
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
os.environ["HILFEFREI_NOW"] = "2026-11-24T09:42:00"
os.environ["DJANGO_SETTINGS_MODULE"] = "hilfefrei.settings.test"

import django

django.setup()

from django_scopes import scope, scopes_disabled

from tests.support.databases import VENDORS, Databases, close_run, open_run
from tests.world import make

# Seeds of two processes never meet.
APART = 10_000_000


def tried(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """The figures of one process."""
    logging.disable(logging.ERROR)
    warnings.simplefilter("ignore")
    started, worked = time.monotonic(), time.process_time()
    databases = Databases(folder, f"fuzz{options.seed}")
    databases.use(options.database)
    with scopes_disabled():
        world = make()
    from tests.fuzz.room import Room

    # What is loaded by now stays: looking through it for garbage again and again took a seventh of the time.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    with scope(jobcenter=world.id):
        room = Room(world)
        room.run(options.inputs, options.seed, options.minutes * 60)
        room.close()
    targets = [target for target in room.targets if target.met]
    return {
        "inputs": sum(room.counts.values()),
        "by": room.counts,
        "seconds_by": {kind: round(seconds) for kind, seconds in room.seconds.items()},
        "addresses": sorted({target.name for target in targets}),
        "targets": [f"{target.name} {target.who} {target.method}" for target in targets],
        "untried_addresses": sorted({target.name for target in room.targets} - {target.name for target in targets}),
        "forms": room.forms,
        "untried_forms": room.untried_forms(),
        "statuses": {str(status): count for status, count in sorted(room.statuses.items())},
        "slowest_s": round(room.slowest, 2),
        "seconds": round(time.monotonic() - started),
        "cpu_seconds": round(time.process_time() - worked),
        "findings": [vars(finding) for finding in room.findings.values()],
    }


def together(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """The figures of several processes, or of several runs, as those of one; lists of names as their number, what was never tried by name."""
    result: dict[str, Any] = {}
    for name in ("inputs", "cpu_seconds"):
        result[name] = sum(part[name] for part in parts)
    for name in ("by", "seconds_by", "statuses", "forms"):
        result[name] = dict(sorted(sum((Counter(part[name]) for part in parts), Counter()).items()))
    for name in ("addresses", "targets"):
        result[name] = len({one for part in parts for one in part[name]})
    result["forms"] = len(result["forms"])
    for name in ("untried_addresses", "untried_forms"):
        result[name] = sorted(set.intersection(*(set(part[name]) for part in parts)))
    for name in ("slowest_s", "seconds"):
        result[name] = max(part[name] for part in parts)
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for finding in (finding for part in parts for finding in part["findings"]):
        key = (finding["what"], finding["where"] if finding["what"] == "slow" else "")
        found[key] = finding | {"times": finding["times"] + (found[key]["times"] if key in found else 0)}
    return result | {"findings": list(found.values())}


def main() -> int:
    """Try and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--database", choices=VENDORS, default="sqlite")
    parser.add_argument("--seed", type=int, default=0, help="the first draw; another one tries others")
    parser.add_argument("--minutes", type=float, default=math.inf, help="end then, however many were tried")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--part", action="store_true", help="print the figures of one part with the names of what was tried")
    options = parser.parse_args()
    folder = open_run()
    try:
        if options.part:
            print(json.dumps(tried(options, folder)))
            return 0
        share = -(-options.inputs // options.processes)
        command = [sys.executable, __file__, "--part", "--database", options.database, "--inputs", str(share), "--minutes", str(options.minutes), "--seed"]
        running = [subprocess.Popen([*command, str(options.seed + n * APART)], stdout=subprocess.PIPE, text=True) for n in range(1, options.processes)]
        parts = [tried(argparse.Namespace(**vars(options) | {"inputs": share}), folder)]
        parts += [json.loads(one.communicate()[0]) for one in running]
    finally:
        if not options.part:
            close_run(folder)
    result = {"name": "fuzz", "database": options.database, "seed": options.seed, "processes": options.processes, **together(parts)}
    if options.json:
        print(json.dumps(result, ensure_ascii=False))
    else:
        for finding in result["findings"]:
            print(f"{finding['what']} ({finding['times']}x) {finding['where']}\n  {finding['input']}\n{finding['detail']}\n")
        print(f"{result['inputs']} inputs, {len(result['findings'])} findings, slowest {result['slowest_s']} s")
    return int(bool(result["findings"]))


if __name__ == "__main__":
    sys.exit(main())
