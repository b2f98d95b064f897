"""Ten invented people and the real advertisements of a big city: what each would be shown, to be judged by a reader.

The file beside the repository goes through the importer into a database of its own; the answers go through the question
catalogue; ``core.matching.rank`` proposes. Nothing of the file is kept. Printed per person: title, place, way, hours, gross
wage a month and the reasons; names of employers are left out. Measured: one ranking, beside the same rule row by row in
plain Python, in turns.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
DATA = Path(os.environ.get("HILFEFREI_SHARED") or ROOT.parent / "shared") / "data"
NOW = datetime(2026, 7, 24, 10, 0, tzinfo=UTC)
ROUNDS = 15

WEEK = ["mo", "di", "mi", "do", "fr"]
ALL = [*WEEK, "sa", "so"]
# Who it is; answers as the question catalogue takes them; where the person lives.
PEOPLE: tuple[tuple[str, dict[str, Any], tuple[float, float]], ...] = (
    ("Monteur, 34, Führerschein B, Auto", {"last": ["Monteur"], "wanted": ["Monteur", "Anlagenmechaniker"], "training": "vocational", "hours_low": 35.0, "hours_high": 40.0, "days": WEEK, "cannot": ["none"], "modes": ["car"], "max_km": 25, "licence": ["B"], "german": "native"}, (52.48, 13.43)),
    ("Pflegefachfrau aus der Ukraine, Deutsch B1", {"last": ["Krankenschwester"], "wanted": ["Pflegehelferin", "Pflegefachkraft"], "training": "foreign", "hours_low": 30.0, "hours_high": 39.0, "days": ALL, "cannot": ["none"], "modes": ["bus"], "max_km": 20, "licence": ["none"], "german": "some"}, (52.53, 13.5)),
    ("allein mit Kind, 25 Stunden, 8 bis 13 Uhr", {"last": ["Verkäuferin"], "wanted": ["Verkäuferin", "Kassiererin"], "training": "vocational", "hours_low": 20.0, "hours_high": 25.0, "days": WEEK, "care": ["child"], "alone": "yes", "care_from": "07:30", "care_until": "13:30", "cannot": ["none"], "modes": ["bus", "foot"], "max_km": 12, "licence": ["none"], "german": "native"}, (52.5, 13.33)),
    ("Lagerarbeiter mit Rückenleiden", {"last": ["Lagerarbeiter"], "wanted": ["Lagerhelfer", "Kommissionierer"], "training": "none", "hours_low": 30.0, "hours_high": 40.0, "days": WEEK, "cannot": ["heavy"], "modes": ["bus"], "max_km": 20, "licence": ["B"], "german": "good"}, (52.44, 13.35)),
    ("Schulabgänger, 17, sucht etwas mit Autos", {"last": [], "wanted": ["Kfz-Mechatroniker", "Kfz"], "training": "school", "days": WEEK, "cannot": ["none"], "modes": ["bus", "bike"], "max_km": 15, "licence": ["none"], "german": "native"}, (52.56, 13.35)),
    ("Bürofrau, 57", {"last": ["Bürokauffrau"], "wanted": ["Bürokauffrau", "Sachbearbeiterin"], "training": "vocational", "hours_low": 25.0, "hours_high": 35.0, "days": WEEK, "cannot": ["none"], "modes": ["bus", "car"], "max_km": 20, "licence": ["B"], "german": "native"}, (52.42, 13.27)),
    ("Koch, keine Nacht", {"last": ["Koch"], "wanted": ["Koch"], "training": "vocational", "hours_low": 30.0, "hours_high": 40.0, "days": ALL, "cannot": ["night"], "modes": ["bus"], "max_km": 15, "licence": ["none"], "german": "good"}, (52.49, 13.39)),
    ("Reinigung, Teilzeit, ohne Auto", {"last": ["Reinigungskraft"], "wanted": ["Reinigungskraft"], "training": "none", "hours_low": 10.0, "hours_high": 20.0, "days": WEEK, "cannot": ["none"], "modes": ["bus", "foot"], "max_km": 10, "licence": ["none"], "german": "some"}, (52.55, 13.41)),
    ("Fachinformatiker, 41", {"last": ["Fachinformatiker"], "wanted": ["Fachinformatiker", "IT-Systemadministrator"], "training": "vocational", "hours_low": 35.0, "hours_high": 40.0, "days": WEEK, "cannot": ["none"], "modes": ["bus", "bike"], "max_km": 25, "licence": ["none"], "german": "native"}, (52.52, 13.41)),
    ("ohne Abschluss, nimmt vieles, kein Wochenende", {"last": ["Helfer"], "wanted": ["Produktionshelfer", "Helfer"], "training": "none", "hours_low": 35.0, "hours_high": 40.0, "days": WEEK, "cannot": ["weekend"], "modes": ["bus"], "max_km": 25, "licence": ["none"], "german": "little"}, (52.47, 13.32)),
)  # fmt: skip


def main() -> int:
    """Print the proposals, or figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    as_json = parser.parse_args().json
    if not (DATA / "ba_jobsuche_berlin_2134.csv").is_file():
        sys.stderr.write("Die Lieferung für diese Messung fehlt: Ordner ../shared neben das Projekt legen.\n")
        return 2
    with tempfile.TemporaryDirectory(prefix="hilfefrei-bench-") as folder:
        os.environ |= {"HILFEFREI_DATA": folder, "DJANGO_SETTINGS_MODULE": "hilfefrei.settings.demo", "HILFEFREI_NOW": "2026-07-24T12:00:00"}
        return measure(as_json=as_json)


def measure(*, as_json: bool) -> int:
    """Import, rank, tell."""
    import django

    django.setup()
    from django_scopes import scope, scopes_disabled

    from hilfefrei import structure
    from hilfefrei.apps.audit.actor import system
    from hilfefrei.apps.vacancies import domain, queries
    from hilfefrei.core import questions
    from hilfefrei.core.matching.rank import WALL_WORDS, rank
    from hilfefrei.www.proposals import month_words, vacancy_facts
    from tests.support.naive_rank import naive_rank
    from tests.world import make

    structure.migrate()
    with scopes_disabled():
        world = make()
    with scope(jobcenter=world.id):
        actor = system(world.id)
        domain.import_places(actor=actor, at=NOW, content=(DATA / "plz_koordinaten_de.csv").read_bytes())
        started = time.perf_counter()
        staged = domain.stage_delivery(
            actor=actor, at=NOW, file_name="berlin.csv", content=(DATA / "ba_jobsuche_berlin_2134.csv").read_bytes(), is_full=True
        )
        applied = domain.apply_delivery(actor=actor, at=NOW, delivery_id=staged.pk)
        imported = time.perf_counter() - started
        table = queries.vacancy_table(world.id)
        rows = list(table.rows)
        times: list[tuple[float, float]] = []
        shown = []
        for who, values, (lat, lon) in PEOPLE:
            client = questions.limits(values, lat=lat, lon=lon)
            found = rank(client, table, today=NOW.date(), k=5)
            shown.append((who, found))
            for _ in range(ROUNDS if as_json else 1):
                a = time.perf_counter()
                rank(client, table, today=NOW.date(), k=5)
                b = time.perf_counter()
                naive_rank(client, rows, today=NOW.date(), k=5)
                times.append((b - a, time.perf_counter() - b))
        if not as_json:
            tell(applied.counts, shown, WALL_WORDS, vacancy_facts, month_words)
            return 0
    ratios = sorted(peer / ours for ours, peer in times)
    ours = statistics.median(t[0] for t in times) * 1000
    case = {
        "case": f"five proposals of {len(rows)} real advertisements",
        "ours": round(ours, 2),
        "unit": "ms",
        "peer": "the same rule row by row in plain Python",
        "peer_value": round(statistics.median(t[1] for t in times) * 1000, 2),
        "ratio": round(statistics.median(ratios), 2),
        "spread": [round(ratios[0], 2), round(ratios[-1], 2)],
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }
    result = {
        "name": "proposals",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "runs": ROUNDS,
        "cases": [case],
        "ratio": case["ratio"],
        "ours_s": round(ours / 1000, 4),
        "peak_mb": case["peak_mb"],
        "import_s": round(imported, 2),
        "shown": {who: len(found.proposals) for who, found in shown},
    }
    sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")
    return 0


def tell(counts: dict[str, Any], shown: list[Any], walls: Any, facts: Any, month: Any) -> None:
    """One table per person."""
    print(f"{counts['rows']} Zeilen: {counts['usable']} brauchbar, davon {counts['repaired']} berichtigt, {counts['rejected']} zurück, {counts['duplicate']} doppelt\n")
    for who, found in shown:
        hidden = ", ".join(f"{n} {walls[wall]}" for wall, n in found.hidden.items() if n)
        fewer = f" · {found.reason_fewer}" if found.reason_fewer else ""
        print(f"### {who}: {len(found.proposals)} von {found.fitting} passenden\n\nNicht gezeigt: {hidden or 'nichts'}{fewer}\n")
        print("| Stelle | Ort | Weg, Stunden, Lohn | brutto im Monat | passt, weil | dagegen |\n|---|---|---|---|---|---|")
        for p in found.proposals:
            v = p.vacancy
            print(f"| {v.title} | {v.place} | {facts(v, p.km)} | {month(v.wage_month)} | {', '.join(p.fits)} | {' '.join(p.against)} |")
        print()


if __name__ == "__main__":
    sys.exit(main())
