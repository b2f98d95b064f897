"""The entrance: first contact, entry, conversation, dates and seats, offers, agreement, hand-over."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.benefits.models import Application
from hilfefrei.apps.benefits.workflows import Channel
from hilfefrei.apps.intake.workflows import (
    Attendance,
    CallState,
    DateKind,
    EndKind,
    EntryState,
    FactKind,
    FollowUpBasis,
    FollowUpResult,
    HandoverState,
    LeaveAct,
    OfferKind,
    ReplyKind,
    VacancyReaction,
)
from hilfefrei.apps.org.models import Owned, Room, Team
from hilfefrei.apps.people.models import Person
from hilfefrei.apps.vacancies.models import Vacancy


def _list() -> list[Any]:
    return []


class FirstContact(Owned):
    """Somebody came, called or wrote. ``contact_at`` is when that was, ``entered_at`` when it was typed in."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="first_contacts")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, null=True, related_name="first_contacts")
    contact_at = models.DateTimeField("Kontakt")
    entered_at = models.DateTimeField("eingetragen")
    channel = models.CharField("Weg", max_length=12, choices=Channel.choices)
    time_source = models.CharField("woher wir die Zeit wissen", max_length=80, blank=True)
    wishes = models.JSONField(default=_list, help_text="money, housing, work, information, other")
    words = models.TextField("In ihren Worten", blank=True)
    no_application_reason = models.CharField("warum kein Antrag", max_length=200, blank=True)
    taken_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-contact_at", "id"]


class Entry(Owned):
    """One person's way through ViA beside the application. Nothing here delays the decision."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="entries")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, null=True, related_name="entries")
    first_contact = models.ForeignKey(FirstContact, on_delete=models.PROTECT, related_name="entries")
    state = models.CharField(max_length=11, choices=EntryState.choices, default=EntryState.WAITING)
    since = models.DateTimeField("seit", help_text="Zeit des ersten Kontakts; davon zählen die Stunden")
    state_since = models.DateTimeField()
    taken_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", help_text="wer übernimmt")
    taken_at = models.DateTimeField(null=True)
    resume_at = models.DateTimeField("wieder am", null=True)
    resume_reason = models.CharField("Grund", max_length=200, blank=True)
    first_offer_at = models.DateTimeField("erstes Angebot", null=True)
    first_offer_kind = models.CharField(max_length=11, choices=OfferKind.choices, blank=True)
    wish = models.TextField("Was ist Ihnen wichtig?", blank=True)
    next_step = models.CharField("Nächster Schritt", max_length=200, blank=True)
    next_step_at = models.DateTimeField(null=True)
    next_step_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    triage_rule = models.CharField(max_length=40, blank=True)
    triage_team = models.CharField("Vorschlag", max_length=20, blank=True, help_text="Aufgabe des Teams")
    triage_reason = models.CharField(max_length=300, blank=True)
    triage_own = models.CharField("anders entschieden, weil", max_length=300, blank=True)
    via_from = models.DateField("ViA von", null=True)
    via_to = models.DateField("ViA bis", null=True)
    ended_on = models.DateField(null=True)
    end_kind = models.CharField(max_length=13, choices=EndKind.choices, blank=True)
    end_note = models.CharField(max_length=300, blank=True)
    is_return = models.BooleanField("kommt wieder", default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["since", "id"]
        verbose_name_plural = "entries"
        indexes = [models.Index(fields=["state", "since"], name="entry_by_state"), models.Index(fields=["since"], name="entry_by_since")]
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=~Q(state__in=["ended", "referred"]), name="one_open_entry_per_person"
            ),
        ]


class ContactAttempt(Owned):
    """We tried to reach somebody."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="attempts")
    at = models.DateTimeField()
    how = models.CharField(max_length=12, choices=Channel.choices)
    reached = models.BooleanField(default=False)
    note = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-at", "id"]


class Conversation(Owned):
    """A talk that took place. A note without a talk cannot become one: it needs a start with a person present."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="conversations")
    how = models.CharField(max_length=12, choices=Channel.choices, default=Channel.IN_PERSON)
    room = models.ForeignKey(Room, on_delete=models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    led_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", help_text="wer es gerade führt")
    paused_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    handout_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-started_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["entry"], condition=Q(finished_at=None), name="one_open_conversation")
        ]
        indexes = [models.Index(fields=["started_at"], name="conversation_by_start")]


class AnswerSet(Owned):
    """The answers of one question group, as saved once; the next save supersedes and keeps it."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="answers")
    group = models.CharField(max_length=20)
    catalogue = models.CharField(max_length=20, help_text="Fassung der Fragen")
    values = models.JSONField(default=dict)
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    superseded_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["group", "-saved_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "group"], condition=Q(superseded_at=None), name="one_answer_per_group"
            )
        ]


class ViaDate(Owned):
    """A date of ViA: information talk, workshop, open exchange (``seats`` null = open) or a coaching slot (1 seat)."""

    kind = models.CharField("Angebot", max_length=11, choices=DateKind.choices)
    starts_at = models.DateTimeField("Beginn")
    ends_at = models.DateTimeField("Ende")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, null=True, blank=True, related_name="dates", verbose_name="Raum")
    language = models.CharField("Sprache", max_length=3, default="de")
    led_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="leitet"
    )
    seats = models.PositiveIntegerField("Plätze", null=True, blank=True)
    remarks = models.CharField("Hinweis", max_length=160, blank=True)
    series = models.UUIDField(null=True, help_text="gleiche Reihe")
    cancelled_at = models.DateTimeField(null=True)
    cancel_reason = models.CharField("warum abgesagt", max_length=160, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["starts_at", "kind", "id"]
        constraints = [models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="via_date_period")]
        indexes = [
            models.Index(fields=["kind", "starts_at"], name="via_date_by_kind"),
            models.Index(fields=["starts_at"], name="via_date_by_start"),
        ]

    @property
    def free(self) -> int | None:
        """Seats left (needs ``booked`` from queries.dates_between); None where there are no seats to count."""
        return None if self.seats is None else max(0, self.seats - getattr(self, "booked", 0))


class Booking(Owned):
    """A seat taken. Counts at once; undone seats stay to be seen."""

    date = models.ForeignKey(ViaDate, on_delete=models.PROTECT, related_name="bookings")
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="bookings")
    booked_at = models.DateTimeField()
    booked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)
    attendance = models.CharField(max_length=8, choices=Attendance.choices, default=Attendance.EXPECTED)
    arrived_at = models.DateTimeField(null=True)
    obstacle = models.CharField("Was im Weg stand", max_length=120, blank=True)
    caller = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", help_text="wer anruft")
    call_state = models.CharField(max_length=11, choices=CallState.choices, default=CallState.OPEN)
    called_at = models.DateTimeField("nach Absage erreicht", null=True)
    call_result = models.CharField(max_length=160, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["date__starts_at", "booked_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["date", "entry"], condition=Q(undone_at=None), name="one_seat_per_entry")
        ]


class HandedVacancy(Owned):
    """A vacancy handed over as an offer, with the reasons as they were shown."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="vacancies")
    vacancy = models.ForeignKey(Vacancy, on_delete=models.PROTECT, related_name="handed")
    handed_at = models.DateTimeField()
    handed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    reasons = models.JSONField(default=dict, help_text="{fits, would_mean, against}")
    reaction = models.CharField(max_length=14, choices=VacancyReaction.choices, default=VacancyReaction.OPEN)
    undone_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-handed_at", "id"]
        verbose_name_plural = "handed vacancies"
        constraints = [
            models.UniqueConstraint(fields=["entry", "vacancy"], condition=Q(undone_at=None), name="vacancy_handed_once")
        ]


class OwnApplication(Owned):
    """A job application the person wrote, and the reply."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="own_applications")
    vacancy = models.ForeignKey(Vacancy, on_delete=models.PROTECT, null=True, related_name="own_applications")
    employer = models.CharField("Betrieb", max_length=160)
    title = models.CharField("als", max_length=160, blank=True)
    sent_on = models.DateField("am")
    reply = models.CharField("Antwort", max_length=9, choices=ReplyKind.choices, default=ReplyKind.NONE)
    reply_on = models.DateField("Antwort am", null=True, blank=True)
    removed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-sent_on", "id"]


class Promise(Owned):
    """Who does what until when, as agreed. The office's promises come first."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="promises")
    side = models.CharField(max_length=8, choices=[("office", "wir"), ("benefits", "Leistungsstelle"), ("person", "die Person")])
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    text = models.CharField("was", max_length=200)
    due_at = models.DateTimeField("bis wann", null=True)
    made_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["due_at", "id"]


class Fact(Owned):
    """What changed beside application and entry, with date and source."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="facts")
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, null=True, related_name="facts")
    kind = models.CharField(max_length=15, choices=FactKind.choices)
    since = models.DateField("seit")
    until = models.DateField("bis", null=True, blank=True)
    what = models.CharField("was", max_length=200, blank=True)
    hours = models.DecimalField("Wochenstunden", max_digits=4, decimal_places=1, null=True, blank=True)
    gross_cents = models.BigIntegerField("brutto im Monat", null=True, blank=True)
    through_us = models.BooleanField("aus unserem Vorschlag", null=True)
    vacancy = models.ForeignKey(Vacancy, on_delete=models.PROTECT, null=True, related_name="+")
    source = models.CharField("woher wir es wissen", max_length=120)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)
    revoked_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-since", "id"]


class Handover(Owned):
    """A person goes on to a team and a named colleague, who accepts or returns with a reason."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="handovers")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    summary = models.TextField("Das Wichtigste in zwei Sätzen")
    reason = models.CharField(max_length=300, help_text="Regel oder eigene Begründung")
    sent_at = models.DateTimeField()
    sent_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    answer_due_on = models.DateField()
    state = models.CharField(max_length=9, choices=HandoverState.choices, default=HandoverState.SENT)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    return_reason = models.CharField("zurück, weil", max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-sent_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["entry"], condition=Q(state="sent"), name="one_open_handover")
        ]


class Leave(Owned):
    """"Dann lasse ich es": what was said, explained, shown and signed. Never a success, never a saving."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="leaves")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, null=True, related_name="leaves")
    act = models.CharField(max_length=10, choices=LeaveAct.choices)
    words = models.TextField("Warum? In Ihren Worten")
    rights = models.JSONField(default=_list, help_text="erklärte Rechte")
    explained_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    explained_at = models.DateTimeField()
    estimate_cents = models.BigIntegerField(null=True, help_text="gezeigte Schätzung, untere Grenze; leer = Schätzung fehlte")
    estimate_high_cents = models.BigIntegerField(null=True, help_text="gezeigte Schätzung, obere Grenze")
    estimate_law = models.CharField(max_length=40, blank=True, help_text="Fassung des Rechts der Schätzung")
    estimate_on = models.DateField(null=True, help_text="Tag, für den geschätzt wurde")
    benefits_appointment_at = models.DateTimeField("Termin bei der Leistung", null=True)
    signed = models.BooleanField("unterschrieben", default=False)
    signed_on = models.DateField(null=True)
    representative = models.CharField("Zustimmung der gesetzlichen Vertretung", max_length=120, blank=True)
    copy_at = models.DateTimeField("Kopie mitgegeben", null=True)
    at = models.DateTimeField()
    second_due_on = models.DateField("zweite Person bis")
    second_at = models.DateTimeField(null=True)
    second_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    second_ok = models.BooleanField(null=True)
    second_note = models.CharField(max_length=300, blank=True)
    mended_at = models.DateTimeField("nachgetragen", null=True)
    mended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    looks = models.JSONField(default=_list, help_text="frühere Blicke: [{at, by, note, mended_at, mended_by, mended}]")
    call_at = models.DateTimeField("Anruf", null=True)
    may_call = models.BooleanField("weitere Nachfragen erlaubt", default=False)
    calls = models.JSONField(default=_list, help_text="[{at, by, note}] der Anrufe")
    revoked_at = models.DateTimeField(null=True)
    revoked_note = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-at", "id"]


class FollowUp(Owned):
    """Somebody was asked, 1, 3, 6 or 12 months after work began (``fact``) or ViA ended (``entry``). Taken back ones stay to be seen."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="follow_ups")
    fact = models.ForeignKey(Fact, on_delete=models.PROTECT, null=True, related_name="follow_ups")
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, null=True, related_name="follow_ups")
    months = models.PositiveSmallIntegerField("nach Monaten")
    basis = models.CharField("worauf die Frage sich stützt", max_length=10, choices=FollowUpBasis.choices)
    result = models.CharField("Ergebnis", max_length=11, choices=FollowUpResult.choices)
    ended_on = models.DateField("Arbeit zu Ende am", null=True)
    note = models.CharField("in einem Satz", max_length=200, blank=True)
    next_on = models.DateField("wieder am", null=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)
    revoked_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(fact__isnull=False, entry=None) | Q(fact=None, entry__isnull=False), name="follow_up_of_work_or_via"
            )
        ]


class ShiftNote(Owned):
    """Hand-over at the end of the shift: one note per entry that somebody else carries on."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="shift_notes")
    text = models.CharField(max_length=300)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    to = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    seen_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at", "id"]
