"""One person against 20,000 vacancies: the ranking with its reasons, beside the same rule row by row in plain Python.

Both sides live in processes of their own and take turns on the same persons, so that a machine that slows down slows
both; the ratio of each pair counts. They must agree on every proposal, else nothing is reported.
"""

import argparse
import json
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from hilfefrei.core.matching.rank import VacancyTable, rank
from hilfefrei.core.matching.vacancy import ALL_DAYS, WEEKDAYS_MASK, Client, Vacancy
from tests.support.naive_rank import naive_rank

TODAY = date(2026, 11, 24)
VACANCIES = 20_000
GOAL_MS = 20.0
WORK = (
    "Verkäufer/in", "Kassierer/in", "Reinigungskraft", "Lagerhelfer/in", "Fachkraft - Lagerlogistik", "Küchenhilfe", "Koch/Köchin",
    "Altenpflegehelfer/in", "Pflegefachkraft", "Berufskraftfahrer/in", "Auslieferungsfahrer/in", "Schlosser/in", "Tischler/in",
    "Maler/in", "Elektroniker/in", "Bürokaufmann/-frau", "Erzieher/in", "Hausmeister/in", "Produktionshelfer/in", "Friseur/in",
    "Gärtner/in", "Kellner/in", "Zimmermädchen", "Alltagsbegleiter/in", "Sicherheitsmitarbeiter/in", "Kommissionierer/in",
)  # fmt: skip
FIELDS = (
    "Holz", "Metall", "Textil", "Back", "Fleisch", "Getränke", "Möbel", "Glas", "Papier", "Kunststoff", "Garten", "Hotel", "Klinik",
    "Schul", "Kita", "Büro", "Werk", "Hafen", "Bahn", "Auto", "Solar", "Dach", "Boden", "Fenster", "Labor", "Optik", "Schmuck",
)  # fmt: skip
ENDS = ("technik", "bau", "handel", "markt", "fertigung", "pflege", "service", "verkauf", "montage", "reinigung", "logistik")


def vacancies(number: int = VACANCIES, seed: int = 1) -> list[Vacancy]:
    """Invented vacancies around the Harz, with several thousand different words."""
    chance = random.Random(seed)
    rows = []
    for i in range(number):
        work = chance.choice(WORK)
        extra = f" {chance.choice(FIELDS)}{chance.choice(FIELDS).lower()}{chance.choice(ENDS)}" if chance.random() < 0.6 else ""
        hours = chance.choice([None, 10, 15, 20, 25, 30, 35, 39])
        start = chance.choice([None, 300, 360, 420, 480, 540, 840])
        wage = chance.choice([None, 1390, 1420, 1500, 1650, 1800])
        rows.append(
            Vacancy(
                key=f"b{i:06d}",
                title=f"{work}{extra} (m/w/d)",
                occupation=work if chance.random() < 0.9 else "",
                employer=f"Betrieb {chance.randrange(number // 6)}",
                lat=51.6 + chance.gauss(0, 0.25),
                lon=10.3 + chance.gauss(0, 0.35),
                hours_low=hours,
                hours_high=hours,
                full_time=chance.choice([None, True, False]),
                days=chance.choice([None, WEEKDAYS_MASK, ALL_DAYS, 0b0111111]),
                start=start,
                end=None if start is None else start + 60 * chance.choice([4, 5, 6, 8]),
                weekend=chance.choice([None, True, False]),
                special=chance.choice([None, None, True, False]),
                heavy=chance.choice([None, None, True, False]),
                licence=chance.choice([None, None, "B", "C"]),
                wage_hour=(wage, wage) if wage else None,
                private_agency=chance.choice([None, True]),
                published=TODAY - timedelta(days=chance.randrange(90)),
            )
        )
    return rows


def clients(number: int = 40, seed: int = 2) -> list[Client]:
    """Invented persons with one to five wishes and all kinds of limits."""
    chance = random.Random(seed)
    found = []
    for _ in range(number):
        names = chance.sample(WORK, chance.randint(1, 5))
        cut = chance.randint(1, len(names))
        found.append(
            Client(
                wanted=tuple(names[:cut]),
                last=tuple(names[cut:]),
                unwanted=(chance.choice(WORK),) if chance.random() < 0.2 else (),
                lat=51.6 + chance.gauss(0, 0.15),
                lon=10.3 + chance.gauss(0, 0.2),
                max_km=chance.choice([None, 10, 20, 40]),
                modes=frozenset(chance.sample(["foot", "bike", "bus", "car"], 2)),
                hours_low=chance.choice([None, 15, 20]),
                hours_high=chance.choice([None, 25, 30, 40]),
                days=chance.choice([ALL_DAYS, WEEKDAYS_MASK]),
                care_from=chance.choice([None, 390]),
                care_until=chance.choice([None, 930]),
                no_heavy=chance.random() < 0.3,
                no_shift=chance.random() < 0.3,
                licences=chance.choice([None, frozenset(), frozenset({"B"})]),
            )
        )
    return found


def child(side: str) -> None:
    """Prepare one side, then answer one line per person: seconds, CPU seconds, keys proposed, peak memory."""
    rows, people = vacancies(), clients()
    began = time.process_time()
    table = VacancyTable.from_rows(rows) if side == "ours" else None
    built = time.process_time() - began
    if table is None:
        # The words of all rows are read once on this side too; only the ranking is measured.
        naive_rank(people[0], rows, today=TODAY)
    print(json.dumps({"built": built, "peak_mb": peak_mb()}), flush=True)
    for line in sys.stdin:
        person = people[int(line)]
        wall, cpu = time.perf_counter(), time.process_time()
        if table is not None:
            keys = [p.vacancy.key for p in rank(person, table, today=TODAY).proposals]
        else:
            keys = [rows[i].key for i in naive_rank(person, rows, today=TODAY).chosen]
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        print(json.dumps({"wall": wall, "cpu": cpu, "keys": keys, "peak_mb": peak_mb()}), flush=True)


def peak_mb() -> float:
    """Peak memory of this process in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Side:
    """One side in its own process."""

    def __init__(self, name: str) -> None:
        command = [sys.executable, __file__, "--child", name]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"}
        )
        self.ready = self._read()

    def _read(self) -> dict:
        return json.loads(self.process.stdout.readline())

    def run(self, person: int) -> dict:
        self.process.stdin.write(f"{person}\n")
        self.process.stdin.flush()
        return self._read()

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def pairs(ours: Side, peer: Side, runs: int) -> Iterator[tuple[dict, dict]]:
    """Both sides on the same persons, in turns; the first of a pair changes."""
    for number in range(runs):
        first, second = (ours, peer) if number % 2 else (peer, ours)
        a, b = first.run(number % 40), second.run(number % 40)
        yield (a, b) if number % 2 else (b, a)


def measure(runs: int) -> dict:
    """Run everything and return the result in the common form."""
    ours, peer = Side("ours"), Side("peer")
    found = list(pairs(ours, peer, runs))
    for number, (a, b) in enumerate(found):
        if a["keys"] != b["keys"]:
            message = f"The sides disagree on person {number}: {a['keys']} and {b['keys']}"
            raise SystemExit(message)
    # Processor time: with one thread it is the time on a machine that has nothing else to do.
    alone = sorted(ours.run(number)["cpu"] * 1000 for _ in range(3) for number in range(40))
    ours.close()
    peer.close()
    mine = [a["wall"] * 1000 for a, _ in found]
    theirs = [b["wall"] * 1000 for _, b in found]
    ratios = sorted(b["wall"] / a["wall"] for a, b in found)
    peak = round(max(a["peak_mb"] for a, _ in found), 1)
    spread = f"{ratios[len(ratios) // 10]:.0f}–{ratios[-1 - len(ratios) // 10]:.0f}"
    ratio = round(statistics.median(ratios), 1)
    worst = alone[int(len(alone) * 0.95)]
    cases = [
        {
            "case": "one person, 20,000 vacancies, five proposals with reasons (median)",
            "ours": round(statistics.median(mine), 2),
            "unit": "ms",
            "peer": "the same rule row by row in plain Python",
            "peer_value": round(statistics.median(theirs), 1),
            "ratio": ratio,
            "spread": spread,
            "peak_mb": peak,
        },
        {
            "case": "the same, 95th percentile of 120, processor time",
            "ours": round(worst, 2),
            "unit": "ms",
            "peer": "goal",
            "peer_value": GOAL_MS,
            "ratio": round(GOAL_MS / worst, 1),
            "spread": f"{alone[0]:.2f}–{alone[-1]:.2f} ms",
            "peak_mb": peak,
        },
        {
            "case": "building the table of 20,000 vacancies, processor time",
            "ours": round(ours.ready["built"], 2),
            "unit": "s",
            "peer": None,
            "peer_value": None,
            "ratio": None,
            "spread": None,
            "peak_mb": round(ours.ready["peak_mb"], 1),
        },
    ]
    machine = f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return {
        "name": "matching",
        "machine": machine,
        "runs": runs,
        "cases": cases,
        "ratio": ratio,
        "ours_s": round(statistics.median(mine) / 1000, 5),
        "peak_mb": peak,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--child", choices=["ours", "peer"])
    options = parser.parse_args()
    if options.child:
        child(options.child)
        return
    result = measure(options.runs)
    if options.json:
        print(json.dumps(result, ensure_ascii=False))
        return
    for case in result["cases"]:
        beside = f"   {case['peer']}: {case['peer_value']} {case['unit']}, Faktor {case['ratio']}" if case["peer"] else ""
        print(f"{case['case']}: {case['ours']} {case['unit']}{beside}")


if __name__ == "__main__":
    main()
