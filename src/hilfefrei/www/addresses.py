"""Addresses of pages. A page names a hundred, and of most only the ids differ: each name is looked up once."""

from functools import lru_cache
from uuid import UUID

from django.conf import settings
from django.urls import get_script_prefix, get_urlconf, reverse


def address(name: str, *ids: UUID) -> str:
    """As :func:`django.urls.reverse` for a name whose arguments are ids.

    Raises:
        NoReverseMatch: the running address table does not know it.
    """
    return _form(get_urlconf() or settings.ROOT_URLCONF, get_script_prefix(), name, len(ids)).format(*ids)


@lru_cache(maxsize=1024)
def _form(_table: str, _prefix: str, name: str, count: int) -> str:
    samples = [UUID(int=number) for number in range(count)]
    found = reverse(name, args=samples)
    for place, sample in enumerate(samples):
        found = found.replace(str(sample), f"{{{place}}}")
    return found
