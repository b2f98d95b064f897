"""The first offer: what counts, and how it is found again after an undo."""

from datetime import datetime

from hilfefrei.apps.intake.models import Booking, Entry, HandedVacancy
from hilfefrei.apps.intake.workflows import DateKind, OfferKind

# A date without seats (open exchange) is an invitation to all, not an offer to this person.
COUNTING_DATES = {
    DateKind.INFORMATION: OfferKind.INFORMATION,
    DateKind.WORKSHOP: OfferKind.WORKSHOP,
    DateKind.COACHING: OfferKind.COACHING,
}


def refresh_first_offer(entry: Entry) -> None:
    """Set ``first_offer_*`` to the earliest booking or handed vacancy that still stands (call inside the transaction)."""
    found: list[tuple[datetime, str]] = []
    booking = (
        Booking.objects.filter(entry=entry, undone_at=None, date__kind__in=list(COUNTING_DATES))
        .select_related("date")
        .order_by("booked_at", "id")
        .first()
    )
    if booking is not None:
        found.append((booking.booked_at, COUNTING_DATES[DateKind(booking.date.kind)]))
    handed = HandedVacancy.objects.filter(entry=entry, undone_at=None).order_by("handed_at", "id").first()
    if handed is not None:
        found.append((handed.handed_at, OfferKind.VACANCY))
    entry.first_offer_at, entry.first_offer_kind = min(found) if found else (None, "")
    entry.save(update_fields=["first_offer_at", "first_offer_kind"])


