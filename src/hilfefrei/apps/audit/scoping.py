"""The first fence: a query without the scope of a Jobcenter raises instead of leaking (django-scopes)."""

from typing import TypeVar

from django.db import models
from django_scopes import get_scope
from django_scopes.manager import DisabledQuerySet

M = TypeVar("M", bound=models.Model)


class ScopedManager(models.Manager[M]):
    """Rows of the Jobcenter in scope. Works for ``jobcenter_id`` as a plain column and as a foreign key alike."""

    def get_queryset(self) -> models.QuerySet[M]:
        """All rows of the scope; without one a queryset that raises ScopeError."""
        scopes = get_scope()
        if not scopes.get("_enabled", True):
            return super().get_queryset()
        if "jobcenter" not in scopes:
            return DisabledQuerySet(self.model, using=self._db, missing_scopes={"jobcenter"})  # type: ignore[no-any-return]
        return super().get_queryset().filter(jobcenter_id=scopes["jobcenter"])
