"""Logins of staff."""

import uuid

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q

from hilfefrei.apps.accounts.workflows import Closed
from hilfefrei.apps.audit.models import Scoped


class UserManager(BaseUserManager["User"]):
    """Creates logins; verbs in accounts.domain call it."""

    def create_user(self, username: str, password: str | None = None, **fields: object) -> "User":
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A login. Roles and teams come from the positions held on a day (org.Position).

    Not scoped: it is read before anybody is logged in, and every lookup afterwards goes by id.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    jobcenter_id = models.UUIDField(db_index=True)
    username = models.CharField("Anmeldename", max_length=60, unique=True)
    first_name = models.CharField("Vorname", max_length=60)
    last_name = models.CharField("Nachname", max_length=60)
    phone = models.CharField("Durchwahl", max_length=40, blank=True)
    email = models.EmailField("E-Mail", blank=True)
    is_active = models.BooleanField(default=True)
    password_given_at = models.DateTimeField("Passwort von der Betriebsrolle gesetzt", null=True)
    must_change = models.BooleanField("muss das Passwort ändern", default=False)
    factor_reset_at = models.DateTimeField("zweiter Faktor von der Betriebsrolle entfernt", null=True)
    # Whoever runs the machine opened it again; the last time only, the record knows them all.
    reset_at = models.DateTimeField("auf dem Server zurückgesetzt", null=True)
    reset_operator_saw_at = models.DateTimeField("Betrieb hat es gesehen", null=True)
    reset_privacy_saw_at = models.DateTimeField("Datenschutz hat es gesehen", null=True)
    closed_because = models.CharField("gesperrt, weil", max_length=10, choices=Closed.choices, blank=True)
    # Who says who it is, and their number there: one that came by the log-in of the house has no password here.
    issuer = models.CharField("Anmeldedienst", max_length=200, blank=True)
    subject = models.CharField("Kennung im Anmeldedienst", max_length=255, blank=True)
    is_emergency = models.BooleanField("Notfallzugang", default=False)
    is_demo = models.BooleanField(default=False, help_text="account of the training world; production refuses to start with one")

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["first_name", "last_name"]

    objects = UserManager()

    class Meta:
        ordering = ["last_name", "first_name", "username"]
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], condition=~Q(subject=""), name="subject_once"),
            models.UniqueConstraint(fields=["jobcenter_id"], condition=Q(is_emergency=True), name="one_emergency_login"),
        ]

    def __str__(self) -> str:
        return self.get_full_name()

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def get_short_name(self) -> str:
        return self.last_name


class LoginSession(models.Model):
    """Where a login is logged in now: what its holder sees of it. Goes with the session.

    Not scoped, like the login it belongs to. The address is kept shortened only.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions", verbose_name="Zugang")
    session_key = models.CharField("Schlüssel der Sitzung", max_length=40, unique=True)
    device = models.CharField("Gerät", max_length=60)
    address = models.CharField("Adresse, gekürzt", max_length=45, blank=True)
    since = models.DateTimeField("seit")
    seen_at = models.DateTimeField("zuletzt")

    class Meta:
        ordering = ["-seen_at", "id"]


class EmergencySeal(Scoped):
    """A sealed password for the emergency login: opened once, for a few hours, and never unseen."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    login = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="Notfallzugang")
    sealed_at = models.DateTimeField("versiegelt am")
    sealed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="versiegelt von")
    used_at = models.DateTimeField("geöffnet am", null=True)
    ends_at = models.DateTimeField("gilt bis", null=True)
    ended_at = models.DateTimeField("beendet am", null=True)
    operator_saw_at = models.DateTimeField("Betrieb hat es gesehen", null=True)
    privacy_saw_at = models.DateTimeField("Datenschutz hat es gesehen", null=True)

    class Meta:
        ordering = ["-sealed_at", "id"]
