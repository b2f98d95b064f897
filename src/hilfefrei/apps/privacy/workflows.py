"""States of a retention run, reasons to hold data back, and consents, as data."""

from dataclasses import dataclass

from django.db.models import TextChoices

# Tables whose rows are sent somewhere (kinds of the outbox); its key begins with theirs.
DELIVERED = frozenset({"benefits.Application", "benefits.UrgentReport", "benefits.Declaration", "intake.Conversation", "intake.Leave"})


class RunState(TextChoices):
    """Dry first, four eyes: data protection asks and looks, the director releases, the worker deletes."""

    ASKED = "asked", "Probelauf rechnet"
    CHECKED = "checked", "wartet auf Freigabe"
    RELEASED = "released", "freigegeben, löscht"
    DONE = "done", "gelöscht"
    DISCARDED = "discarded", "verworfen"


class ItemState(TextChoices):
    OPEN = "open", "wartet"
    DONE = "done", "gelöscht"
    KEPT = "kept", "behalten"


class WishState(TextChoices):
    """A wish to be erased: noted by one, decided by another, told to the person, and only then done."""

    ASKED = "asked", "wartet auf Entscheidung"
    GRANTED = "granted", "bewilligt, Brief fehlt"
    TOLD = "told", "Brief ist raus, wird gelöscht"
    DONE = "done", "gelöscht"
    REFUSED = "refused", "abgelehnt"
    WITHDRAWN = "withdrawn", "zurückgezogen"


WISH_MOVES: dict[str, tuple[str, ...]] = {
    WishState.ASKED: (WishState.GRANTED, WishState.REFUSED, WishState.WITHDRAWN),
    WishState.GRANTED: (WishState.TOLD, WishState.WITHDRAWN),
    WishState.TOLD: (WishState.DONE,),
    WishState.DONE: (),
    WishState.REFUSED: (),
    WishState.WITHDRAWN: (),
}
OPEN_WISHES = (WishState.ASKED, WishState.GRANTED, WishState.TOLD)


class Ground(TextChoices):
    """Why the person wants it (Art. 17 Abs. 1 DSGVO)."""

    NOT_NEEDED = "not_needed", "nicht mehr nötig (Art. 17 Abs. 1 lit. a DSGVO)"
    CONSENT = "consent", "Einwilligung zurückgenommen (lit. b)"
    OBJECTION = "objection", "Widerspruch aus besonderem Grund (lit. c)"
    MISTAKE = "mistake", "irrtümlich oder ohne Grundlage erfasst (lit. d)"


class Stays(TextChoices):
    """Why something stays although the person wants it gone. The letter says it in these words."""

    TASK = "task", "Wir brauchen die Daten noch, um Ihren Antrag zu bearbeiten oder Sie zu beraten (Art. 17 Abs. 3 lit. b DSGVO)."
    PERIOD = "period", "Wir müssen die Daten noch aufbewahren, um die Entscheidung belegen zu können (Art. 17 Abs. 3 lit. b DSGVO, § 84 Abs. 4 SGB X)."
    CLAIM = "claim", "Die Daten werden für einen Widerspruch, eine Klage oder eine Forderung gebraucht (Art. 17 Abs. 3 lit. e DSGVO)."
    INTEREST = "interest", "Das Löschen würde Ihnen oder einem anderen Menschen schaden, zum Beispiel Ihrem Schutz (§ 84 Abs. 3 SGB X)."
    SHARED = "shared", "Die Daten gehören auch zu anderen Menschen in Ihrem Haushalt (Art. 17 Abs. 3 lit. b DSGVO)."
    NO_GROUND = "no_ground", "Wir dürfen diese Daten haben und brauchen sie noch. Keiner der Gründe trifft zu, aus denen wir früher löschen müssten (Art. 17 Abs. 1 DSGVO)."


# The same in few words, to choose from: no longer than a phone shows in a select.
STAYS_SHORT: dict[str, str] = {
    Stays.TASK: "bleibt: Antrag oder Beratung",
    Stays.PERIOD: "bleibt: Pflicht, aufzubewahren",
    Stays.CLAIM: "bleibt: Streit oder Forderung",
    Stays.INTEREST: "bleibt: würde jemandem schaden",
    Stays.SHARED: "bleibt: gehört auch anderen",
    Stays.NO_GROUND: "bleibt: kein Grund (Art. 17)",
}


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
