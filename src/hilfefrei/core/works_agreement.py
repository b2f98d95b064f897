"""Where pages list or count by a named worker (rule 8), and the model agreement with the staff council made from that list."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class StaffFigure:
    """One place: ``where`` is the function or template that makes it; the rest is what the staff council reads."""

    where: str
    title: str
    shows: str
    readers: str
    purpose: str


@dataclass(frozen=True)
class Agreement:
    """The list with its version."""

    version: str
    figures: tuple[StaffFigure, ...]


@cache
def load() -> Agreement:
    """Read ``works_agreement.toml``. Raises TypeError where an entry lacks a field."""
    raw = tomllib.loads((resources.files("hilfefrei.core.data") / "works_agreement.toml").read_text(encoding="utf-8"))
    return Agreement(raw["version"], tuple(StaffFigure(**entry) for entry in raw["figure"]))


def text(agreement: Agreement) -> str:
    """The model agreement as Markdown, as ``./hilfefrei papers`` writes it."""
    rows = "".join(f"| {f.title} | {f.shows} | {f.readers} | {f.purpose} |\n" for f in agreement.figures)
    return f"""# Dienstvereinbarung zu Hilfefrei (Muster)

Vorschlag für Dienststelle und Personalrat, Fassung {agreement.version}, rechtlich noch nicht geprüft (§ 80 Abs. 1 Nr. 21 BPersVG mit
§ 44h SGB II, bei Optionskommunen das Recht des Landes). Erzeugt mit `./hilfefrei papers`; ein Test hält Programm, Liste und dieses Blatt zusammen.

## 1 Grundsatz
Hilfefrei dient der Arbeit mit Menschen, nicht der Kontrolle von Leistung oder Verhalten der Beschäftigten. Es gibt keine Rangfolge und keine Auswertung
darüber, wie viel oder wie schnell jemand arbeitet. Überfälliges erscheint als Liste von Fällen, nicht von Beschäftigten. „Abwesend“ hat nie einen Grund.

## 2 Wo Namen von Beschäftigten gesammelt erscheinen
Nur hier, immer für heute oder die gewählte Woche, ohne Verlauf und ohne Ausgabe als Tabelle:

| was | was zu sehen ist | für wen | wozu |
|---|---|---|---|
{rows}
An einem einzelnen Vorgang steht, wer ihn bearbeitet hat, damit man fragen kann. Weitere Auswertungen nach Beschäftigten gibt es nicht; eine neue braucht
eine Zeile in dieser Liste und die Zustimmung des Personalrats, bevor sie eingesetzt wird.

## 3 Zugriffe
Wer eine Akte geöffnet hat, wird festgehalten. Lesen kann es nur, wer einen Anlass nennt, mit Zustimmung der anderen Seite (Datenschutz und Personalrat),
zwei Wochen lang und über Kolleginnen und Kollegen höchstens für 31 Tage. Nach zwölf Monaten wird es gelöscht. Maßnahmen gegen Beschäftigte allein
aufgrund einer Auswertung, die hier nicht steht, sind unzulässig.

## 4 Änderungen
Ändert sich die Liste, legt die Dienststelle sie dem Personalrat vor, bevor die neue Fassung in Betrieb geht.
"""
