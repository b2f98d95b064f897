"""Words of the application and its neighbours, as data (practice notes §§ 1.4-1.6; §§ 16, 42 SGB I, 37, 41a SGB II)."""

from django.db.models import TextChoices


class Channel(TextChoices):
    """How a wish reached us; all count alike (§ 16 SGB I)."""

    IN_PERSON = "in_person", "persönlich"
    PHONE = "phone", "Telefon"
    LETTER = "letter", "Brief"
    EMAIL = "email", "E-Mail"
    ONLINE = "online", "online"
    OTHER_OFFICE = "other_office", "andere Stelle"


class Outcome(TextChoices):
    """How an application ends, exactly once. Silence, absence or missing papers end nothing."""

    GRANTED = "granted", "bewilligt"
    REFUSED = "refused", "abgelehnt"
    WITHDRAWN = "withdrawn", "zurückgenommen"
    DENIED = "denied", "versagt, Mitwirkung fehlte"
    MOVED = "moved", "weggezogen"


class DeclarationKind(TextChoices):
    """What somebody declared about an application or a grant, as benefits must know it."""

    WITHDRAWN = "withdrawn", "Antrag zurückgenommen"
    WAIVER = "waiver", "Verzicht auf die Leistung"
    REVOKED = "revoked", "Verzicht widerrufen"


DECLARATION_LAW: dict[str, str] = {
    DeclarationKind.WITHDRAWN: "unterschrieben",
    DeclarationKind.WAIVER: "unterschrieben, § 46 Abs. 1 SGB I",
    DeclarationKind.REVOKED: "wirkt für die Zukunft, § 46 Abs. 1 SGB I",
}

DECIDED_BY_BENEFITS = (Outcome.GRANTED, Outcome.REFUSED, Outcome.DENIED)


class UrgentKind(TextChoices):
    """What cannot wait; goes to benefits at once."""

    NO_MONEY = "no_money", "kein Geld"
    NO_ROOF = "no_roof", "Wohnung in Gefahr"
    VIOLENCE = "violence", "Gewalt oder Angst"
    NO_INSURANCE = "no_insurance", "ohne Krankenkasse"
    ADVANCE = "advance", "Vorschuss gewünscht"
    PROVISIONAL = "provisional", "vorläufige Entscheidung"


# What goes first where several wait since the same minute: life and limb, the roof, then money.
URGENT_FIRST: tuple[str, ...] = (
    UrgentKind.VIOLENCE, UrgentKind.NO_ROOF, UrgentKind.NO_MONEY, UrgentKind.NO_INSURANCE, UrgentKind.ADVANCE, UrgentKind.PROVISIONAL,
)  # fmt: skip

URGENT_LAW: dict[str, str] = {
    UrgentKind.NO_MONEY: "§ 42 SGB I, § 41a SGB II",
    UrgentKind.NO_ROOF: "§ 22 Abs. 8 SGB II",
    UrgentKind.VIOLENCE: "sicherer Kontakt geht vor",
    UrgentKind.NO_INSURANCE: "§ 5 Abs. 1 Nr. 2a SGB V",
    UrgentKind.ADVANCE: "§ 42 Abs. 1 SGB I",
    UrgentKind.PROVISIONAL: "§ 41a SGB II",
}


class PaperState(TextChoices):
    MISSING = "missing", "fehlt noch"
    CAN_FOLLOW = "can_follow", "kann folgen"
    SEEN = "seen", "gesehen, nicht kopiert"
    HERE = "here", "da"
    NOT_NEEDED = "not_needed", "nicht mehr nötig"


# Allowed moves; undo goes back the same way.
PAPER_MOVES: dict[str, tuple[str, ...]] = {
    PaperState.MISSING: (PaperState.CAN_FOLLOW, PaperState.SEEN, PaperState.HERE, PaperState.NOT_NEEDED),
    PaperState.CAN_FOLLOW: (PaperState.MISSING, PaperState.SEEN, PaperState.HERE, PaperState.NOT_NEEDED),
    PaperState.SEEN: (PaperState.MISSING, PaperState.CAN_FOLLOW, PaperState.HERE),
    PaperState.HERE: (PaperState.MISSING, PaperState.CAN_FOLLOW, PaperState.SEEN),
    PaperState.NOT_NEEDED: (PaperState.MISSING, PaperState.CAN_FOLLOW),
}


class EndReason(TextChoices):
    """Why receipt ended, as the paying system says it."""

    WORK = "work", "Arbeit"
    PARTNER_WORK = "partner_work", "Arbeit der Partnerin oder des Partners"
    TRAINING = "training", "Ausbildung"
    INCOME = "income", "anderes Einkommen oder andere Leistung"
    MOVED = "moved", "weggezogen"
    HOUSEHOLD = "household", "Änderung im Haushalt"
    NO_RENEWAL = "no_renewal", "kein neuer Antrag"
    PENSION = "pension", "Rente"
    DEATH = "death", "verstorben"
    OTHER = "other", "sonstiges"
    UNKNOWN = "unknown", "unbekannt"


class IntegrationKind(TextChoices):
    """§ 5 of the ordinance on indicators (§ 48a SGB II): the first three count as integration, the others are counted apart."""

    INSURED = "insured", "sozialversicherte Arbeit"
    TRAINING = "training", "Ausbildung"
    OWN = "own", "selbständig"
    MARGINAL = "marginal", "Minijob"
    FUNDED = "funded", "öffentlich geförderte Arbeit"


class IntegrationWay(TextChoices):
    PLACED = "placed", "durch uns vermittelt"
    OWN = "own", "eigene Suche"
    UNKNOWN = "unknown", "unbekannt"


class ParticipationEnd(TextChoices):
    DONE = "done", "regulär beendet"
    BROKEN_OFF = "broken_off", "abgebrochen"
    WORK = "work", "wegen Arbeit"
    NOT_STARTED = "not_started", "nicht angetreten"


class FactSource(TextChoices):
    """Who says what a calculation rests on."""

    PERSON = "person", "sagt die Person"
    PAPER = "paper", "steht in einer Unterlage"
    PAYING = "paying", "steht im zahlenden Verfahren"


class DeliveryKind(TextChoices):
    NIGHTLY = "nightly", "nächtlich"
    MONTHLY = "monthly", "Monat"
    BASELINE = "baseline", "Grundbestand"


class Contested(TextChoices):
    """What may read differently here and in the paying system."""

    FIRST_NAME = "first_name", "Vorname"
    LAST_NAME = "last_name", "Nachname"
    BIRTH_DATE = "birth_date", "Geburtsdatum"
    FILE_NUMBER = "file_number", "Aktenzeichen"
    OUTCOME = "outcome", "Ausgang des Antrags"


class DeliveryState(TextChoices):
    WAITING = "waiting", "wird eingelesen"
    STAGED = "staged", "zu prüfen"
    REFUSED = "refused", "abgelehnt"
    APPLIED = "applied", "übernommen"
    DISCARDED = "discarded", "verworfen"
    UNDONE = "undone", "zurückgenommen"


class RowState(TextChoices):
    NEW = "new", "neu"
    CHANGED = "changed", "geändert"
    GONE = "gone", "nicht mehr da"
    REJECTED = "rejected", "zurückgewiesen"
    DUPLICATE = "duplicate", "doppelt"

# What goes to the paying system, as kinds of the outbox.
SHEETS: tuple[str, ...] = ("application.sheet", "urgent.sheet", "declaration.sheet")
