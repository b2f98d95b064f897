"""Search before create: records that may already be meant, as hit cards."""

from datetime import date
from uuid import UUID

from django.http import Http404

from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.people import queries
from hilfefrei.core import clock, names
from hilfefrei.www.requests import Request

CLOSE = frozenset({"passt genau", "passt gut"})


def meant(hit: queries.HitCard, *, name: str, birth_date: date | None) -> bool:
    """Whether ``hit`` is so near to what was typed that nobody new is made without a question.

    The name alone will do where one of the two birth dates is not known, if it is a whole name or all of theirs.
    """
    if hit.band in CLOSE:
        return True
    whole = bool(names.split_name(name)[1]) or names.fold(name) == names.fold(hit.name)
    return hit.band == names.Band.NAME_ONLY and whole and (birth_date is None or hit.birth_date is None)


def known(
    request: Request, page: str, *, first_name: str, last_name: str, or_last_name: str, birth_date: date | None, without: UUID
) -> queries.SearchResult:
    """Who may be :func:`meant` by a name as typed; without a family name that of the household (``or_last_name``) is meant.

    ``without`` is the person whose household it is. One search, one access event of ``page``.
    """
    name = f"{last_name or or_last_name}, {first_name}"
    found = queries.search(request.actor, day=clock.today(), name=name, birth_date=birth_date, limit=5)
    close = [hit for hit in found.hits if meant(hit, name=name, birth_date=birth_date) and hit.person_id != without][:4]
    ids = [hit.person_id for hit in close]
    if found.hint:
        ids.append(found.hint.person_id)
    audit.log_access(actor=request.actor, kind="search", page=page, person_ids=ids, at=clock.now())
    return queries.SearchResult(close, found.hint)


def picked(request: Request, person_id: UUID) -> queries.SearchResult:
    """The hit that was chosen, as the only one; 404 where the reader may not know of it."""
    card = queries.card(request.actor, person_id, day=clock.today())
    if card is None:
        raise Http404
    return queries.SearchResult([card])
