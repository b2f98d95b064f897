"""Tables of the record. Event rows hold ids, verbs, field names and hashes, never a name."""

import uuid

from django.db import models

from hilfefrei.apps.audit.scoping import ScopedManager
from hilfefrei.apps.audit.workflows import InquiryAbout, InquiryState


class Scoped(models.Model):
    """A row of one Jobcenter before ``org`` exists; everything later points to org.Jobcenter instead."""

    jobcenter_id = models.UUIDField(db_index=True, editable=False)

    objects = ScopedManager()

    class Meta:
        abstract = True


class ChainHead(Scoped):
    """Last link of the chain of one Jobcenter; its row lock orders the appenders."""

    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["jobcenter_id"], name="one_chain_head_per_jobcenter")]


class Event(Scoped):
    """One thing that was done. Append-only (triggers), gapless ``seq``, HMAC chain."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    seq = models.BigIntegerField()
    verb = models.CharField(max_length=80)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.UUIDField()
    object_kind = models.CharField(max_length=60)
    object_id = models.UUIDField()
    subject_id = models.UUIDField(null=True, help_text="person whom it concerns")
    fields = models.JSONField(default=list)
    at = models.DateTimeField(help_text="when it happened")
    recorded_at = models.DateTimeField(help_text="when it was written down")
    payload_hash = models.CharField(max_length=64)
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["seq"]
        constraints = [models.UniqueConstraint(fields=["jobcenter_id", "seq"], name="event_seq_unique")]
        indexes = [
            models.Index(fields=["object_kind", "object_id"], name="event_by_object"),
            models.Index(fields=["subject_id", "seq"], name="event_by_subject"),
        ]


class EventPayload(Scoped):
    """What an event said. Deletable on its own: the chain holds only a salted hash of it."""

    event_id = models.UUIDField(primary_key=True)
    salt = models.CharField(max_length=32)
    data = models.JSONField(default=dict)


class AccessEvent(Scoped):
    """A person file was opened or found. Written before the answer leaves; sealed into the chain by the worker."""

    id = models.BigAutoField(primary_key=True)
    actor_id = models.UUIDField()
    kind = models.CharField(max_length=10, choices=[("open", "geöffnet"), ("search", "gesucht"), ("export", "ausgegeben")])
    page = models.CharField(max_length=80)
    person_ids = models.JSONField(default=list)
    at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["id"]


class AccessSeal(Scoped):
    """A run of access events whose hash stands in the chain (event ``access.sealed``)."""

    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    count = models.IntegerField()
    hash = models.CharField(max_length=64)
    event_id = models.UUIDField()

    class Meta:
        ordering = ["first_id"]
        # Half a million of them in a year, and the worker asks for the last one each minute.
        indexes = [models.Index(fields=["last_id"], name="seal_by_end")]


class Operation(Scoped):
    """One posted form. The second post with the same ``op`` gets the first result."""

    actor_id = models.UUIDField()
    op = models.UUIDField()
    verb = models.CharField(max_length=80)
    result_id = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor_id", "op"], name="operation_once_per_actor")]


class Outbox(Scoped):
    """What must follow a commit. The worker maps ``kind`` to an idempotent task."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=120, help_text="same key, same effect: delivered once")
    payload = models.JSONField(default=dict, help_text="ids only")
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    tries = models.IntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["jobcenter_id", "kind", "key"], name="outbox_once")]
        indexes = [models.Index(fields=["created_at"], name="outbox_open", condition=models.Q(done_at=None))]
        verbose_name_plural = "outbox"


class AccessInquiry(Scoped):
    """A look into the accesses with two keys and a cause (rule 6). Ids only: names are for whoever may read them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    about = models.CharField("Frage", max_length=6, choices=InquiryAbout.choices)
    about_id = models.UUIDField("über wen")
    cause = models.CharField("Anlass", max_length=300)
    first_day = models.DateField("von")
    last_day = models.DateField("bis")
    state = models.CharField("Stand", max_length=7, choices=InquiryState.choices, default=InquiryState.ASKED)
    asked_by = models.UUIDField("gefragt von")
    asked_as = models.CharField("gefragt als", max_length=20)
    asked_at = models.DateTimeField("gefragt am")
    answered_by = models.UUIDField("beantwortet von", null=True)
    answered_at = models.DateTimeField("beantwortet am", null=True)
    answer = models.CharField("Antwort", max_length=300, blank=True)
    open_until = models.DateField("lesbar bis", null=True)
    closed_at = models.DateTimeField("geschlossen am", null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-asked_at", "id"]
