"""States of the way through ViA, as data: what may follow what, who may do it, what staff and people read."""

from dataclasses import dataclass

from django.db.models import TextChoices


class EntryState(TextChoices):
    WAITING = "waiting", "wartet"
    IN_TALK = "in_talk", "im Gespräch"
    LATER = "later", "später"
    NOT_REACHED = "not_reached", "nicht erreicht"
    IN_VIA = "in_via", "in ViA"
    REFERRED = "referred", "an die Agentur verwiesen"
    ENDED = "ended", "beendet"


# Open, and not (or not now) in ViA: somebody of the entrance has to do the next thing.
NOT_IN_VIA = (EntryState.WAITING, EntryState.LATER, EntryState.NOT_REACHED)


class EndKind(TextChoices):
    """How the way through ViA ended. It says nothing about the application."""

    WORK = "work", "in Arbeit"
    TRAINING = "training", "in Ausbildung"
    HANDED_OVER = "handed_over", "übergeben"
    OTHER_BENEFIT = "other_benefit", "andere Leistung zahlt"
    AGENCY = "agency", "Agentur zuständig (Anspruch auf Arbeitslosengeld)"
    OWN_WISH = "own_wish", "auf eigenen Wunsch"
    MOVED = "moved", "weggezogen"
    NO_CONTACT = "no_contact", "kein Kontakt mehr"
    MISTAKE = "mistake", "irrtümlich erfasst"


@dataclass(frozen=True)
class Transition:
    """One allowed move. ``permission`` is a code of :mod:`hilfefrei.apps.intake.policy`."""

    source: EntryState
    target: EntryState
    permission: str
    staff: str
    client: str


ENTRY_TRANSITIONS: tuple[Transition, ...] = (
    Transition(EntryState.WAITING, EntryState.IN_TALK, "talk", "Gespräch beginnen", "Wir sprechen jetzt mit Ihnen."),
    Transition(EntryState.WAITING, EntryState.LATER, "talk", "Später, mit Grund", "Wir sprechen später miteinander."),
    Transition(EntryState.WAITING, EntryState.NOT_REACHED, "talk", "Nicht erreicht", "Wir haben Sie nicht erreicht."),
    Transition(EntryState.NOT_REACHED, EntryState.IN_TALK, "talk", "Gespräch beginnen", "Wir sprechen jetzt mit Ihnen."),
    Transition(EntryState.NOT_REACHED, EntryState.WAITING, "talk", "wieder auf die Liste", "Sie stehen auf unserer Liste."),
    Transition(EntryState.NOT_REACHED, EntryState.LATER, "talk", "Später, mit Grund", "Wir sprechen später miteinander."),
    Transition(EntryState.LATER, EntryState.IN_TALK, "talk", "Gespräch fortsetzen", "Wir sprechen jetzt mit Ihnen."),
    Transition(EntryState.LATER, EntryState.WAITING, "talk", "wieder auf die Liste", "Sie stehen auf unserer Liste."),
    Transition(EntryState.LATER, EntryState.NOT_REACHED, "talk", "Nicht erreicht", "Wir haben Sie nicht erreicht."),
    Transition(EntryState.IN_TALK, EntryState.LATER, "talk", "Später fortsetzen", "Wir sprechen später weiter."),
    Transition(EntryState.IN_TALK, EntryState.IN_VIA, "talk", "Abschließen", "ViA begleitet Sie."),
    Transition(EntryState.IN_TALK, EntryState.WAITING, "talk", "Gespräch abbrechen", "Sie stehen auf unserer Liste."),
    Transition(EntryState.IN_TALK, EntryState.REFERRED, "talk", "An die Agentur verweisen", "Die Agentur für Arbeit hilft bei der Arbeitssuche."),
    Transition(EntryState.WAITING, EntryState.REFERRED, "talk", "An die Agentur verweisen", "Die Agentur für Arbeit hilft bei der Arbeitssuche."),
    Transition(EntryState.REFERRED, EntryState.WAITING, "talk", "wieder auf die Liste", "Sie stehen auf unserer Liste."),
    Transition(EntryState.IN_VIA, EntryState.IN_TALK, "talk", "Weiteres Gespräch", "Wir sprechen jetzt mit Ihnen."),
    Transition(EntryState.IN_VIA, EntryState.ENDED, "end", "ViA beenden", "ViA ist für Sie zu Ende."),
    Transition(EntryState.WAITING, EntryState.ENDED, "end", "ohne Gespräch beenden", "Wir haben kein Gespräch geführt."),
    Transition(EntryState.LATER, EntryState.ENDED, "end", "ohne weiteres Gespräch beenden", "Wir beenden ViA."),
    Transition(EntryState.NOT_REACHED, EntryState.ENDED, "end", "ohne Gespräch beenden", "Wir beenden ViA."),
    Transition(EntryState.IN_TALK, EntryState.ENDED, "end", "ViA beenden", "ViA ist für Sie zu Ende."),
    Transition(EntryState.REFERRED, EntryState.ENDED, "end", "abschließen", "Die Agentur für Arbeit hilft weiter."),
    Transition(EntryState.ENDED, EntryState.IN_VIA, "end", "Ende zurücknehmen", "ViA geht weiter."),
    Transition(EntryState.ENDED, EntryState.WAITING, "end", "Ende zurücknehmen", "Sie stehen wieder auf unserer Liste."),
    Transition(EntryState.ENDED, EntryState.LATER, "end", "Ende zurücknehmen", "Wir sprechen später miteinander."),
    Transition(EntryState.ENDED, EntryState.NOT_REACHED, "end", "Ende zurücknehmen", "Wir haben Sie nicht erreicht."),
    Transition(EntryState.ENDED, EntryState.REFERRED, "end", "Ende zurücknehmen", "Die Agentur für Arbeit hilft weiter."),
)


class DateKind(TextChoices):
    """The offers of ViA that take place at a time."""

    INFORMATION = "information", "Informationsgespräch"
    WORKSHOP = "workshop", "Bewerbungswerkstatt"
    EXCHANGE = "exchange", "Offene Stellenbörse"
    COACHING = "coaching", "Einzelcoaching"


class Attendance(TextChoices):
    """What became of a booked seat. Who missed a cancelled date missed nothing."""

    EXPECTED = "expected", "kommt noch"
    PRESENT = "present", "da"
    EXCUSED = "excused", "entschuldigt"
    NO_WORD = "no_word", "ohne Nachricht"


class CallState(TextChoices):
    """What came of the call after a date was called off or a coach is away."""

    OPEN = "open", "noch anrufen"
    NOT_REACHED = "not_reached", "nicht erreicht"
    VISIT = "visit", "wird besucht"
    AGREED = "agreed", "erreicht, passt"
    DECLINED = "declined", "erreicht, möchte nicht"


# With these nothing is left to do for the person.
CALL_DONE = (CallState.AGREED, CallState.DECLINED)


class OfferKind(TextChoices):
    """What counts as a first offer; a list on the screen is none."""

    INFORMATION = "information", "Platz in der Information"
    WORKSHOP = "workshop", "Platz in der Werkstatt"
    COACHING = "coaching", "Termin im Coaching"
    VACANCY = "vacancy", "Stelle mitgegeben"


class FactKind(TextChoices):
    """What changed beside the application; each has a date and a source and closes nothing."""

    WORK = "work", "Arbeit aufgenommen"
    TRAINING = "training", "Ausbildung"
    COURSE = "course", "Kurs"
    BENEFIT_APPLIED = "benefit_applied", "andere Leistung beantragt"
    BENEFIT_PAYS = "benefit_pays", "andere Leistung zahlt"
    ALG_CLAIM = "alg_claim", "Anspruch auf Arbeitslosengeld"


class LeaveAct(TextChoices):
    """"Dann lasse ich es": three legal acts kept apart, and the one that is no act."""

    STAYS_OPEN = "stays_open", "Der Antrag bleibt offen"
    ONLY_ASKED = "only_asked", "Nur gefragt, kein Antrag"
    WITHDRAWN = "withdrawn", "Antrag zurückgenommen"
    WAIVER = "waiver", "Verzicht, § 46 SGB I"


# After these, coming back is an application; a waiver is revoked instead (§ 46(1) SGB I).
BACK_BY_APPLICATION = frozenset({LeaveAct.WITHDRAWN, LeaveAct.ONLY_ASKED})


class FollowUpResult(TextChoices):
    """What somebody told who was asked after work began or ViA ended. Nobody has to answer."""

    STILL = "still", "noch in dieser Arbeit"
    CHANGED = "changed", "in anderer Arbeit"
    ENDED = "ended", "Arbeit zu Ende"
    MANAGES = "manages", "ohne Arbeit, kommt zurecht"
    HELP = "help", "braucht Hilfe"
    NOT_REACHED = "not_reached", "nicht erreicht"
    DECLINED = "declined", "möchte nicht mehr gefragt werden"


# After these nobody asks again about the same start or end.
FOLLOW_UP_OVER = (FollowUpResult.ENDED, FollowUpResult.DECLINED)


class FollowUpBasis(TextChoices):
    """On what the question rests; without one nobody is called."""

    AFTER_CARE = "after_care", "§ 16g Abs. 2 SGB II, sechs Monate nach Arbeitsbeginn"
    CONSENT = "consent", "Einwilligung der Person"


class HandoverState(TextChoices):
    SENT = "sent", "gesendet"
    ACCEPTED = "accepted", "angenommen"
    RETURNED = "returned", "zurückgegeben"
    WITHDRAWN = "withdrawn", "zurückgezogen"


class ReplyKind(TextChoices):
    NONE = "none", "noch ohne Antwort"
    INTERVIEW = "interview", "Einladung"
    TRIAL = "trial", "Probearbeiten"
    REFUSED = "refused", "Absage"
    HIRED = "hired", "Zusage"


class VacancyReaction(TextChoices):
    OPEN = "open", "mitgegeben"
    INTERESTED = "interested", "möchte sich melden"
    APPLIED = "applied", "hat sich beworben"
    NOT_INTERESTED = "not_interested", "passt nicht"
