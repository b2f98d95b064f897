"""The law engine: 3,105 households at 500 wages each, one household with its explanation, and GETTSIM beside it.

GETTSIM runs in ``.venv-oracle`` (``./hilfefrei oracle``) in a process of its own, with its function built once for the day (what its own
``main`` does again and again is left out), the fixed columns laid out once, type checks off and the best of several chunk sizes. Both
sides do the same work from the gross wage: contributions, tax, what counts, claim, child supplement, housing benefit, net; they take
turns on the same households, so that a machine that slows down slows both, and the ratio of each pair counts. That both come to the same
amounts where GETTSIM follows the law is the business of ``tests/oracle/law/test_gettsim.py``.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

import numpy as np

from tests.oracle.law.households import households

PEER = ROOT / ".venv-oracle" / "bin" / "python"
# The last month whose law GETTSIM knows.
DAY = date(2026, 6, 15)
HOUSEHOLDS = 3_105
WAGES = 500
STEP = 12
GOAL_MS, GOAL_S, GOAL_MB, GOAL_RATIO, GOAL_SCALE = 2.0, 1.5, 600, 10, 1.15
EXPLAINED = 200
# How many wages of all households go through GETTSIM's function at once: about 3,000 to 31,000 households. They divide all wages.
CHUNKS = (1, 2, 5, 10)


def ours(given: Sequence[Any], wages: Sequence[int]) -> dict[str, int]:
    """All households at all wages (cents) of their first person: claim, child supplement, housing benefit, net, as sums in cents.

    ``given`` is what :func:`ready` made of the households.
    """
    from hilfefrei.core.law import many

    found = many.grid(given, ["e1"] * len(given), np.array(wages, dtype=np.int64))
    return {name: int(getattr(found, name).sum()) for name in ("claim", "child_supplement", "housing_benefit", "net")}


def ready(number: int) -> list[Any]:
    """The households as our side takes them."""
    from decimal import Decimal

    from hilfefrei.core.law import from_json

    return [from_json(json.loads(json.dumps(one), parse_float=Decimal)) for one in households(DAY, number, seed=5)]


def explained(household: Any) -> None:
    """One household worked out with its explanation."""
    from hilfefrei.core.law import explain

    explain.explain(household)


class Theirs:
    """GETTSIM's function with the columns of all households laid out for some wages at once."""

    def __init__(self, number: int) -> None:
        sys.path.insert(0, str(ROOT / "tests" / "oracle" / "law"))
        import peer

        self.peer = peer.Whole(DAY)
        self.given = [{"household": one} for one in households(DAY, number, seed=5)]
        self.best = min(CHUNKS, key=self._tried)
        self.laid = self.peer.laid_out(self.given, self.best)

    def _tried(self, chunk: int) -> float:
        laid = self.peer.laid_out(self.given, chunk)
        wages = [100 * 100 + STEP * 100 * number for number in range(2 * CHUNKS[-1])]
        took = []
        for _ in range(2):
            began = time.perf_counter()
            for begin in range(0, len(wages), chunk):
                self.peer.at(laid, wages[begin : begin + chunk])
            took.append(time.perf_counter() - began)
        return min(took)

    def run(self, wages: Sequence[int]) -> dict[str, int]:
        """The same sums as ours."""
        sums: dict[str, float] = {}
        for begin in range(0, len(wages), self.best):
            part = wages[begin : begin + self.best]
            laid = self.laid if len(part) == self.best else self.peer.laid_out(self.given, len(part))
            for name, value in self.peer.at(laid, part).items():
                sums[name] = sums.get(name, 0) + value
        return {name: round(100 * value) for name, value in sums.items()}


def child(side: str, number: int) -> None:
    """Get ready, then answer one line (the number of wages) with seconds, sums and peak memory."""
    if side == "ours":
        given = ready(number)
        ours(given[:200], [100_000])

        def run(wages: Sequence[int]) -> dict[str, int]:
            return ours(given, wages)
    else:
        run = Theirs(number).run
    print(json.dumps({"peak_mb": peak_mb()}), flush=True)
    for line in sys.stdin:
        wages = [STEP * 100 * at for at in range(int(line))]
        wall, cpu = time.perf_counter(), time.process_time()
        sums = run(wages)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        print(json.dumps({"wall": wall, "cpu": cpu, "sums": sums, "peak_mb": peak_mb()}), flush=True)


def peak_mb() -> float:
    """Peak memory of this process in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Side:
    """One side in its own process."""

    def __init__(self, name: str, number: int) -> None:
        python = sys.executable if name == "ours" else str(PEER)
        told = os.environ | {"OMP_NUM_THREADS": "1", "GETTSIM_BEARTYPE_CLAW": "0"}
        self.process = subprocess.Popen(
            [python, __file__, "--child", name, "--households", str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=told
        )
        self.ready = self._read()

    def _read(self) -> dict[str, Any]:
        line = self.process.stdout.readline()
        if not line:
            message = "One side ended early; its message stands above."
            raise SystemExit(message)
        return json.loads(line)

    def run(self, wages: int) -> dict[str, Any]:
        self.process.stdin.write(f"{wages}\n")
        self.process.stdin.flush()
        return self._read()

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def measure(runs: int, number: int) -> dict[str, Any]:
    """Run everything and return the result in the common form."""
    if not PEER.exists():
        message = "GETTSIM ist nicht da. Abhilfe: ./hilfefrei oracle"
        raise SystemExit(message)
    mine, theirs = Side("ours", number), Side("peer", number)
    found = []
    for at in range(runs):
        first, second = (mine, theirs) if at % 2 else (theirs, mine)
        a, b = first.run(WAGES), second.run(WAGES)
        found.append((a, b) if at % 2 else (b, a))
    theirs.close()
    points = number * WAGES
    # A third and all of three millions, in turns.
    small, large = (round(millions * 1_000_000 / number) for millions in (1, 3))
    scale = [(mine.run(large)["wall"] / large) / (mine.run(small)["wall"] / small) for _ in range(3)]
    mine.close()
    one = [_milliseconds(explained, household) for household in ready(EXPLAINED)[EXPLAINED // 10 :]]
    ratios = sorted(b["wall"] / a["wall"] for a, b in found)
    seconds, others = (statistics.median(pair[side]["wall"] for pair in found) for side in (0, 1))
    peak, their_peak = (round(max(pair[side]["peak_mb"] for pair in found), 1) for side in (0, 1))
    ratio = round(statistics.median(ratios), 1)
    cases = [
        {
            "case": f"{number:,} households x {WAGES} wages: claim, child supplement, housing benefit, net (median)",
            "ours": round(seconds, 3), "unit": "s", "peer": f"GETTSIM 1.3.1, function built once, {their_peak} MB", "peer_value": round(others, 2),
            "ratio": ratio, "spread": f"{ratios[0]:.1f}–{ratios[-1]:.1f}", "peak_mb": peak,
        },
        {
            "case": "one household with its explanation, warm (median)", "ours": round(statistics.median(one), 3), "unit": "ms", "peer": "goal",
            "peer_value": GOAL_MS, "ratio": round(GOAL_MS / statistics.median(one), 1), "spread": f"{min(one):.2f}–{max(one):.2f} ms", "peak_mb": None,
        },
        {
            "case": "time per million at 3 million over that at 1 million (median)", "ours": round(statistics.median(scale), 3), "unit": "x",
            "peer": "goal", "peer_value": GOAL_SCALE, "ratio": round(GOAL_SCALE / statistics.median(scale), 2),
            "spread": f"{min(scale):.2f}–{max(scale):.2f}", "peak_mb": None,
        },
    ]  # fmt: skip
    machine = f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return {
        "name": "law", "machine": machine, "runs": runs, "points": points, "cases": cases, "ratio": ratio, "ours_s": round(seconds, 4),
        "peak_mb": peak, "sums": {"ours": found[-1][0]["sums"], "peer": found[-1][1]["sums"]},
        "goals": {"seconds": GOAL_S, "peak_mb": GOAL_MB, "ratio": GOAL_RATIO, "explained_ms": GOAL_MS, "scale": GOAL_SCALE},
    }  # fmt: skip


def _milliseconds(work: Any, given: Any) -> float:
    work(given)
    began = time.perf_counter()
    work(given)
    return (time.perf_counter() - began) * 1000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--households", type=int, default=HOUSEHOLDS)
    parser.add_argument("--child", choices=["ours", "peer"])
    options = parser.parse_args()
    if options.child:
        child(options.child, options.households)
        return
    result = measure(options.runs, options.households)
    if options.json:
        print(json.dumps(result, ensure_ascii=False))
        return
    for case in result["cases"]:
        print(f"{case['case']}: {case['ours']} {case['unit']}   {case['peer']}: {case['peer_value']} {case['unit']}, Faktor {case['ratio']}")


if __name__ == "__main__":
    main()
