"""Persons and the units they live in. Names, birth dates and numbers belong to the paying system once it knows them."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper

from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.org.models import Owned, Team
from hilfefrei.apps.people.workflows import (
    LANGUAGES,
    AddressKind,
    AttendantKind,
    ChannelKind,
    ForeignField,
    MemberRole,
    NumberKind,
    ResponsibilityKind,
    RestrictionKind,
    Stay,
)


def _period(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name=name)


class Person(Owned):
    """Somebody who came or belongs to a household. A caller without a name is a person with a ``callsign`` only."""

    callsign = models.PositiveIntegerField("Nummer", help_text="laufende Nummer im Haus; Anrede, solange kein Name da ist")
    first_name = models.CharField("Vorname", max_length=80, blank=True)
    last_name = models.CharField("Nachname", max_length=80, blank=True)
    birth_name = models.CharField("Geburtsname", max_length=80, blank=True)
    birth_date = models.DateField("Geburtsdatum", null=True, blank=True)
    sex = models.CharField(
        "Anrede", max_length=1, blank=True, choices=[("w", "Frau"), ("m", "Herr"), ("d", "ohne Anrede")]
    )
    language = models.CharField("Sprache", max_length=3, default="de", choices=list(LANGUAGES.items()))
    needs_interpreter = models.BooleanField("Sprachmittlung nötig", default=False)
    nationality = models.CharField("Staatsangehörigkeit", max_length=60, blank=True)
    search_name = models.CharField(max_length=260, blank=True, db_index=True, editable=False)
    sound = models.CharField(max_length=120, blank=True, db_index=True, editable=False)
    sort_name = models.CharField(max_length=180, blank=True, db_index=True, editable=False)
    safe_contact = models.BooleanField("sicherer Kontakt", default=False, help_text="geht allen Briefen und Anrufen vor")
    contact_hint = models.CharField("Beim Anrufen beachten", max_length=160, blank=True, help_text="z. B. 9 bis 14 Uhr, keine Mailbox")
    may_remind = models.BooleanField("Erinnerung per SMS erlaubt", null=True)
    may_follow_up = models.BooleanField("Nachfragen erlaubt", null=True)
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["sort_name", "callsign"]
        constraints = [models.UniqueConstraint(fields=["jobcenter", "callsign"], name="person_callsign_once")]
        indexes = [models.Index(fields=["birth_date"], name="person_birth_date")]

    @property
    def full_name(self) -> str:
        """First and last name, or the number as long as there is no name."""
        return f"{self.first_name} {self.last_name}".strip() or f"Nummer {self.callsign}"

    @property
    def list_name(self) -> str:
        """Name as in a list: last name first."""
        if self.last_name and self.first_name:
            return f"{self.last_name}, {self.first_name}"
        return self.full_name

    @property
    def number_name(self) -> str:
        """The number alone, for paper that may lie about."""
        return f"Nummer {self.callsign}"

    @property
    def screen_name(self) -> str:
        """What a screen at the counter shows: first name and initial."""
        if self.first_name and self.last_name:
            return f"{self.first_name} {self.last_name[0]}."
        return self.full_name

    @property
    def salutation(self) -> str:
        """"Frau Silberdistel"; the full name where no salutation is known."""
        word = {"w": "Frau", "m": "Herr"}.get(self.sex, "")
        return f"{word} {self.last_name}" if word and self.last_name else self.full_name


class BenefitUnit(Owned):
    """Bedarfsgemeinschaft (§ 7(3) SGB II); members have periods."""

    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["created_at", "id"]


class Membership(Owned):
    """A person belongs to a benefit unit for a period; wholly to one alone. A child may live in two, on some days each."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    benefit_unit = models.ForeignKey(BenefitUnit, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10, choices=MemberRole.choices)
    stay = models.CharField(max_length=5, choices=Stay.choices, default=Stay.WHOLE)
    valid_from = models.DateField("von")
    valid_to = models.DateField("bis", null=True, blank=True)

    class Meta:
        ordering = ["-valid_from", "id"]
        constraints = [
            _period("membership_period"),
            models.UniqueConstraint(
                fields=["person"], condition=Q(valid_to=None, stay=Stay.WHOLE), name="one_open_whole_membership"
            ),
            models.UniqueConstraint(
                fields=["person", "benefit_unit"], condition=Q(valid_to=None), name="open_membership_once_per_unit"
            ),
        ]


class Number(Owned):
    """A foreign number with its period: customer number of a person, BG number or Aktenzeichen of a unit."""

    kind = models.CharField(max_length=10, choices=NumberKind.choices)
    value = models.CharField(max_length=30, db_index=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="numbers")
    benefit_unit = models.ForeignKey(BenefitUnit, on_delete=models.PROTECT, null=True, related_name="numbers")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        ordering = ["-valid_from", "value"]
        constraints = [
            _period("number_period"),
            models.CheckConstraint(
                condition=Q(person__isnull=False, benefit_unit=None) | Q(person=None, benefit_unit__isnull=False),
                name="number_of_person_or_unit",
            ),
        ]
        # Searched for in either case.
        indexes = [models.Index(Upper("value"), name="number_in_capitals")]


class Address(Owned):
    """Where somebody lives or gets letters. A shelter is shown to nobody who is not named in the restriction."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="addresses")
    kind = models.CharField("Art", max_length=10, choices=AddressKind.choices, default=AddressKind.HOME)
    street = models.CharField("Straße und Hausnummer", max_length=120, blank=True)
    plz = models.CharField("PLZ", max_length=5, blank=True)
    place = models.CharField("Ort", max_length=80, blank=True)
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    no_letters = models.BooleanField("keine Post an diese Anschrift", default=False)
    valid_from = models.DateField("von")
    valid_to = models.DateField("bis", null=True, blank=True)

    class Meta:
        ordering = ["-valid_from", "id"]
        constraints = [_period("address_period")]


class Channel(Owned):
    """How to reach somebody."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="channels")
    kind = models.CharField("Art", max_length=6, choices=ChannelKind.choices)
    value = models.CharField("Nummer oder Adresse", max_length=120)
    is_safe = models.BooleanField("sicher", default=False)
    valid_from = models.DateField("von")
    valid_to = models.DateField("bis", null=True, blank=True)

    class Meta:
        ordering = ["-is_safe", "-valid_from", "id"]
        constraints = [_period("channel_period")]


class Attendant(Owned):
    """Who comes along or speaks for somebody: companion, guardian, interpreter."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="attendants")
    kind = models.CharField("Art", max_length=11, choices=AttendantKind.choices)
    name = models.CharField("Name", max_length=120)
    phone = models.CharField("Telefon", max_length=40, blank=True)
    remarks = models.CharField("Hinweis", max_length=160, blank=True)
    valid_from = models.DateField("von")
    valid_to = models.DateField("bis", null=True, blank=True)

    class Meta:
        ordering = ["kind", "name", "id"]
        constraints = [_period("attendant_period")]


class Responsibility(Owned):
    """Which team, and who in it, is responsible for a person, from when to when and why."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="responsibilities")
    kind = models.CharField(max_length=11, choices=ResponsibilityKind.choices)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    reason = models.CharField(max_length=200)

    class Meta:
        ordering = ["-valid_from", "kind", "id"]
        constraints = [
            _period("responsibility_period"),
            models.UniqueConstraint(fields=["person", "kind"], condition=Q(valid_to=None), name="one_open_responsibility"),
        ]
        # Whom a team is responsible for today is asked by every page; most of what a team ever had is over.
        indexes = [models.Index(fields=["team", "kind", "valid_to"], name="responsibility_of_team")]


class Restriction(Owned):
    """Only the named people see this person. Everyone else reads whom to ask, and only on an exact hit."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="restrictions")
    kind = models.CharField(max_length=10, choices=RestrictionKind.choices)
    ask = models.CharField("Bitte fragen", max_length=120, help_text="Funktion, keine Person")
    phone = models.CharField(max_length=40, blank=True)
    users = models.ManyToManyField(User, related_name="+")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        ordering = ["-valid_from", "id"]
        constraints = [
            _period("restriction_period"),
            models.UniqueConstraint(fields=["person"], condition=Q(valid_to=None), name="one_open_restriction"),
        ]


class PersonLink(Owned):
    """Two records are one person (``same``) or have been checked and are two. Reversible; nothing is merged away."""

    keep = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="linked")
    other = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="linked_to")
    same = models.BooleanField()
    reason = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(keep=F("other")), name="link_of_two"),
            models.UniqueConstraint(fields=["other"], condition=Q(same=True, undone_at=None), name="linked_once"),
        ]


class ForeignError(Owned):
    """Something the paying system has wrong, reported to benefits; it is put right there and comes back from there."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="foreign_errors")
    what = models.CharField("Was stimmt nicht", max_length=10, choices=ForeignField.choices)
    text = models.CharField("Wie ist es richtig", max_length=200)
    reported_at = models.DateTimeField()
    reported_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-reported_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["person", "what"], condition=Q(settled_at=None), name="one_open_error_per_field")
        ]


class CallsignCounter(Owned):
    """Last number given to a person of the Jobcenter; locked while the next one is taken."""

    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["jobcenter"], name="one_callsign_counter")]
