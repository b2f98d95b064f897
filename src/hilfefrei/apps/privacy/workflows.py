"""States of a retention run, reasons to hold data back, and consents, as data."""

from dataclasses import dataclass

from django.db.models import TextChoices


class RunState(TextChoices):
    """Dry first, four eyes: data protection asks and looks, the director releases, the worker deletes."""

    ASKED = "asked", "Probelauf rechnet"
    CHECKED = "checked", "wartet auf Freigabe"
    RELEASED = "released", "freigegeben, löscht"
    DONE = "done", "gelöscht"
    DISCARDED = "discarded", "verworfen"


RUN_MOVES: dict[str, tuple[str, ...]] = {
    RunState.ASKED: (RunState.CHECKED, RunState.DISCARDED),
    RunState.CHECKED: (RunState.RELEASED, RunState.DISCARDED),
    RunState.RELEASED: (RunState.DONE,),
    RunState.DONE: (),
    RunState.DISCARDED: (),
}


class ItemState(TextChoices):
    OPEN = "open", "wartet"
    DONE = "done", "gelöscht"
    KEPT = "kept", "behalten"


class HoldKind(TextChoices):
    """Why data stay although their period is over (§ 84 Abs. 3 und 4 SGB X, Art. 18 DSGVO)."""

    COMPLAINT = "complaint", "offene Beschwerde"
    OBJECTION = "objection", "Widerspruch oder Klage"
    CLAIM = "claim", "Rückforderung oder Erstattung offen"
    WISH = "wish", "die Person möchte es (Art. 18 Abs. 1 DSGVO)"
    DISPUTED = "disputed", "Richtigkeit wird geprüft (Art. 18 Abs. 1 lit. a DSGVO)"


@dataclass(frozen=True, slots=True)
class Consent:
    """Something that a person allows: the field of the catalogue that holds it, what for, and what ends with it."""

    key: str
    table: str
    field: str
    label: str
    what_for: str
    ends: str


CONSENTS: tuple[Consent, ...] = (
    Consent("follow_up", "people.Person", "may_follow_up", "Nachfragen", "fragen, ob die Arbeit hält und ob Hilfe nötig ist", "niemand ruft deshalb mehr an"),
    Consent("remind", "people.Person", "may_remind", "SMS-Erinnerung", "an Termine erinnern", "es kommt keine Erinnerung mehr"),
    Consent("leave_calls", "intake.Leave", "may_call", "Anrufe nach „Dann lasse ich es“", "nach 1, 3 und 6 Monaten fragen, wie es geht", "es bleibt beim einen verabredeten Anruf"),
)
