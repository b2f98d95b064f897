"""Backup, restore, proof and typical changes of tables on a PostgreSQL database with years of data, and what that means for more.

Ours only: nobody else's figure fits. The previous release's schema (``tests/upgrade/released``) is filled in bulk: chained events with their
payloads, access events with seals. Sizes: ``HILFEFREI_BENCH_EVENTS`` (200,000), ``HILFEFREI_BENCH_ACCESSES`` (2,000,000).
The goal is 30 minutes for five years of the largest municipal Jobcenter: 90 million access events, 5 million events.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
os.environ["DJANGO_SETTINGS_MODULE"] = "hilfefrei.settings.test"
os.environ.setdefault("HILFEFREI_NOW", "2026-11-24T09:42:00")

import django

EVENTS = int(os.environ.get("HILFEFREI_BENCH_EVENTS", "200000"))
ACCESSES = int(os.environ.get("HILFEFREI_BENCH_ACCESSES", "2000000"))
LARGEST = {"events": 5_000_000, "accesses": 90_000_000}
GOAL_MINUTES = 30.0
NOW = datetime(2026, 11, 24, 8, 42, tzinfo=UTC)

taken: dict[str, dict[str, float]] = {}


@contextmanager
def measured(name: str) -> Iterator[None]:
    wall, cpu = time.monotonic(), sum(os.times()[:4])
    yield
    taken[name] = {"seconds": round(time.monotonic() - wall, 2), "cpu": round(sum(os.times()[:4]) - cpu, 2)}
    print(f"  {name}: {taken[name]['seconds']} s ({taken[name]['cpu']} s Rechenzeit hier)", file=sys.stderr, flush=True)


def build(link: Any) -> None:
    """Fill the record of the one Jobcenter there is."""
    from django_scopes import scope

    from hilfefrei.apps.audit import domain as audit
    from hilfefrei.apps.audit.actor import system
    from hilfefrei.apps.org.models import Jobcenter

    house = Jobcenter.objects.order_by("-name").first()
    assert house is not None
    with link.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_accessevent (jobcenter_id, actor_id, kind, page, person_ids, at) "
            "SELECT %s, gen_random_uuid(), 'open', 'Akte', jsonb_build_array(gen_random_uuid()), now() - n * interval '5 seconds' "
            "FROM generate_series(%s, 1, -1) n",
            [house.pk, ACCESSES],
        )
    with scope(jobcenter=house.pk):
        done = 0
        while done < EVENTS:
            with audit.bulk(system(house.pk), NOW - timedelta(days=1)) as ledger:
                for _ in range(min(20_000, EVENTS - done)):
                    ledger.event("person.changed", house, address="Am Kornmagazin 1", since="2026-01-01", reason="Umzug")
                    done += 1
        audit.seal_access(actor=system(house.pk), at=NOW, before=datetime.now(UTC) + timedelta(days=1))


def run() -> dict[str, Any]:
    from hilfefrei import secrets
    from hilfefrei.backup import archive, engines, restoring
    from hilfefrei.settings import database as addresses
    from tests.support import databases
    from tests.upgrade.test_contracts import RELEASED, releases

    django.setup()
    from django.db import connection

    secrets.use(secrets.DEFAULTS)
    folder = databases.open_run()
    held = databases.Databases(folder, "bench")
    try:
        with held.empty_postgres() as url, tempfile.TemporaryDirectory() as tmp:
            config = addresses.parse(url)
            with archive.Opened(RELEASED / f"{releases()[-1]}-postgres.sicherung") as opened, restoring.filling(config, opened, lambda _: None):
                pass
            held._connect(url)
            connection.settings_dict["OPTIONS"]["options"] = "-c statement_timeout=0"
            with measured("build"):
                build(connection)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_database_size(current_database())")
                size = cursor.fetchone()[0]
            connection.close()
            source = archive.Source(Path(tmp) / "daten", secrets.DEFAULTS, config)
            secrets.store(source.data / secrets.FILE_NAME, replace(secrets.DEFAULTS))
            with measured("backup"):
                made = archive.make(source, Path(tmp) / "s", keys_folder=None, passphrase="", keep=0, now=NOW, say=lambda _: None)
            with archive.Opened(made.file) as opened, measured("verify the file"):
                opened.check()
            with measured("counts, triggers, chain"):
                problems = restoring.problems_of(made.manifest, exact=False)
            assert not problems, problems
            with measured("the same with the seals of the accesses"):
                problems = restoring.problems_of(made.manifest)
            assert not problems, problems
            with connection.cursor() as cursor:
                with measured("new column with a default on the accesses"):
                    cursor.execute("ALTER TABLE audit_accessevent ADD COLUMN bench boolean NOT NULL DEFAULT false")
                with measured("new index on the accesses"):
                    cursor.execute("CREATE INDEX bench ON audit_accessevent (actor_id, at)")
                with measured("index of the accesses by person"):
                    cursor.execute("CREATE INDEX bench_person ON audit_accessevent USING gin (person_ids jsonb_path_ops)")
                with measured("another type of a column of the accesses"):
                    cursor.execute("ALTER TABLE audit_accessevent ALTER COLUMN page TYPE text, ALTER COLUMN kind TYPE varchar(20) USING kind || ''")
            connection.close()
            with closing(engines.connect(config)) as link, link.transaction():
                engines.clear(link)
            with archive.Opened(made.file) as opened, measured("restore"), restoring.filling(config, opened, lambda _: None):
                pass
            return {
                "events": EVENTS, "accesses": ACCESSES, "database_mb": size // 2**20, "backup_mb": made.file.stat().st_size // 2**20,
                "taken": taken,
            }  # fmt: skip
    finally:
        databases.close_run(folder)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    result = run()
    accesses, events = LARGEST["accesses"] / ACCESSES, LARGEST["events"] / EVENTS
    # The chain grows with the events, everything else with the accesses: whichever is the larger share of the database.
    share = {name: events if name == "counts, triggers, chain" else max(accesses, events) for name in taken}
    whole = {name: round(took["seconds"] * share[name] / 60, 1) for name, took in taken.items() if name != "build"}
    upgrade = sum(whole[name] for name in ("backup", "counts, triggers, chain", "new index on the accesses", "index of the accesses by person"))
    result |= {"minutes_for_the_largest": whole, "upgrade_minutes": round(upgrade, 1), "goal_minutes": GOAL_MINUTES}
    if options.json:
        print(json.dumps(result, ensure_ascii=False, indent=1))
        return
    print(f"{EVENTS} Ereignisse, {ACCESSES} Zugriffe, Datenbank {result['database_mb']} MB, Sicherung {result['backup_mb']} MB")
    for name, minutes in whole.items():
        print(f"{name:<48} {taken[name]['seconds']:>8} s   hochgerechnet {minutes} min")
    print(f"upgrade mit zwei neuen Indexen auf der größten Tabelle: {result['upgrade_minutes']} min (Ziel {GOAL_MINUTES})")


if __name__ == "__main__":
    main()
