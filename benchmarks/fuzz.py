"""Every form and every import with generated inputs: no 500, no unhandled error, nothing over two seconds.

Inputs come from Hypothesis; each is taken back, so that the next meets the same Jobcenter. ``tests/fuzz`` says what is tried.
The figures are counts, not speed: a shared machine does them no harm. Exit 1 on any finding.
"""

import argparse
import json
import logging
import os
import sys
import time
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
os.environ["HILFEFREI_NOW"] = "2026-11-24T09:42:00"
os.environ["DJANGO_SETTINGS_MODULE"] = "hilfefrei.settings.test"

import django

django.setup()

from django.test.utils import setup_test_environment
from django_scopes import scope, scopes_disabled

from tests.support.databases import VENDORS, Databases, close_run, open_run
from tests.world import make


def main() -> int:
    """Try and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--database", choices=VENDORS, default="sqlite")
    parser.add_argument("--seed", type=int, default=0, help="the first input; another one tries others")
    options = parser.parse_args()
    setup_test_environment()
    logging.disable(logging.ERROR)
    warnings.simplefilter("ignore")
    folder = open_run()
    started = time.monotonic()
    try:
        databases = Databases(folder, "fuzz")
        databases.use(options.database)
        with scopes_disabled():
            world = make()
        from tests.fuzz.room import Room

        with scope(jobcenter=world.id):
            room = Room(world)
            room.run(options.inputs, options.seed)
    finally:
        close_run(folder)
    result = {
        "name": "fuzz",
        "database": options.database,
        "inputs": sum(room.counts.values()),
        "by": room.counts,
        "seconds_by": {kind: round(seconds) for kind, seconds in room.seconds.items()},
        "addresses": len({target.name for target in room.targets}),
        "targets": len(room.targets),
        "statuses": dict(sorted(room.statuses.items())),
        "slowest_s": round(room.slowest, 2),
        "seconds": round(time.monotonic() - started),
        "findings": [vars(finding) for finding in room.findings.values()],
    }
    if options.json:
        print(json.dumps(result, ensure_ascii=False))
    else:
        for finding in room.findings.values():
            print(f"{finding.what} ({finding.times}x) {finding.where}\n  {finding.input}\n{finding.detail}\n")
        print(f"{result['inputs']} inputs, {len(room.findings)} findings, slowest {result['slowest_s']} s")
    return int(bool(room.findings))


if __name__ == "__main__":
    sys.exit(main())
