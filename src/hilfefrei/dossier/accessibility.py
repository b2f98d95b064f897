"""The accessibility statement (§§ 12a, 12b BGG, BITV 2.0): what was tried, what was not. Nobody from outside has looked yet."""

from hilfefrei.dossier import FILL, made, table
from hilfefrei.dossier.data import Data
from hilfefrei.dossier.evidence import shown


def text(data: Data) -> str:
    """The paper as Markdown."""
    return "".join(
        (
            "# Erklärung zur Barrierefreiheit (Entwurf für das Jobcenter)\n\n",
            made("`core/data/accessibility.toml`"),
            f"""
Diese Erklärung gilt für die Anwendung Hilfefrei im Jobcenter {FILL}, für ihre Seiten (elektronisch unterstützte Verwaltungsabläufe, § 12a Abs. 1 BGG)
und für die Blätter, die sie druckt. Grundlage: §§ 12a und 12b BGG mit der BITV 2.0 und EN 301 549 für gemeinsame Einrichtungen; bei zugelassenen kommunalen Trägern
das Recht des Landes: {FILL}.

## Stand

**Teilweise vereinbar**, nach eigener Bewertung (Tests des Programms, kein Gutachten). Was geprüft wurde, ist ohne Befund; vieles wurde nicht geprüft. Was im Haus
dazukommt (eigene Blätter, andere Programme), bewertet das Jobcenter: {FILL}.

## Was geprüft wurde

Bei jeder Fassung, von selbst, mit erfundenen Menschen.

""",
            table(("was", "wie", "gezeigt in"), [(one.title, one.says, ", ".join(map(shown, one.where))) for one in data.tried]),
            "\n## Was nicht geprüft oder nicht barrierefrei ist\n\n",
            table(("was", "Stand"), [(one.title, one.says) for one in data.missing]),
            f"""
## Datum

Erstellt am {FILL}, zuletzt überprüft am {FILL}. Die Bewertung ist eine Selbstbewertung.

## Barriere melden

Sind Ihnen Mängel aufgefallen, oder brauchen Sie ein Blatt in anderer Form? Ansprechperson, E-Mail, Telefon: {FILL}. Wir antworten binnen {FILL}.

## Schlichtung

Hilft das nicht, können Sie sich nach § 16 BGG an die Schlichtungsstelle beim Beauftragten der Bundesregierung für die Belange von Menschen mit Behinderungen
wenden (kostenlos, ohne Anwalt; www.schlichtungsstelle-bgg.de). Bei kommunalen Trägern an die Stelle des Landes: {FILL}.
""",
        )
    )
