"""Logins of staff."""

import uuid

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models


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
    is_demo = models.BooleanField(default=False, help_text="account of the training world; production refuses to start with one")

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["first_name", "last_name"]

    objects = UserManager()

    class Meta:
        ordering = ["last_name", "first_name", "username"]

    def __str__(self) -> str:
        return self.get_full_name()

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def get_short_name(self) -> str:
        return self.last_name
