"""What becomes of deliveries of the paying system beside the pages: the watched folder, large files, what time does."""

import logging
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError

from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.audit.actor import Actor, system
from hilfefrei.apps.audit.errors import Refused
from hilfefrei.apps.audit.tasks import Handler
from hilfefrei.apps.benefits import domain
from hilfefrei.apps.benefits.models import Delivery
from hilfefrei.apps.benefits.transport import is_whole
from hilfefrei.apps.benefits.workflows import DeliveryKind, DeliveryState
from hilfefrei.apps.org import queries as org
from hilfefrei.apps.org.models import Jobcenter
from hilfefrei.core.days import berlin_day
from hilfefrei.core.deliveries.check import stated_months
from hilfefrei.core.deliveries.read import MAX_BYTES, DeliveryError
from hilfefrei.core.deliveries.schema import tables
from hilfefrei.core.money import group_thousands

log = logging.getLogger("hilfefrei.benefits")

FOLDER = "lieferungen"
# A file is read when nobody has written to it for so long; whoever delivers writes under another name and renames.
QUIET_SECONDS = 10.0
# What a nightly delivery may be like to be taken over by itself.
MOST_REJECTED, MOST_GONE = 0.01, 0.1
# So many rows of a table, and of those that run here such a share, do not change in a night; of a month that is over, fewer.
MANY_CHANGED, MANY_OLD, MOST_CHANGED = 50, 10, 0.2

# What it was is in the log and not on the page: it may name people.
NOT_READ = "Beim Lesen dieser Datei ist etwas Unerwartetes geschehen. Es wurde nichts übernommen. Bitte lassen Sie sie neu erzeugen; was geschah, steht im Protokoll des Betriebs."
NOT_TAKEN = "Beim Übernehmen ist etwas Unerwartetes geschehen. Es wurde nichts geändert. Was geschah, steht im Protokoll des Betriebs."


def waiting_file(data: Path, delivery_id: UUID | str) -> Path:
    """Where an uploaded file lies until it is read."""
    return data / FOLDER / "wartend" / f"{delivery_id}.bin"


def alarm(_jobcenter_id: UUID, payload: dict[str, Any], _now: datetime, _data: Path) -> None:
    """Say in the log of the operator that somebody must look at a delivery; the page of deliveries says why."""
    log.error("a delivery of the paying system needs a look: %s", payload["delivery"])


def read_waiting(jobcenter_id: UUID, now: datetime, data: Path) -> int:
    """Read large uploads, and take over what somebody said yes to. Regular work, so that each step can be seen while it runs."""
    done, busy = 0, Busy()
    for delivery in Delivery.objects.filter(state=DeliveryState.WAITING).select_related("uploaded_by").order_by("uploaded_at", "id"):
        with busy:
            _stage_safely(jobcenter_id, delivery, now, waiting_file(data, delivery.pk))
            done += 1
    for delivery in Delivery.objects.filter(state=DeliveryState.STAGED).exclude(step="").order_by("uploaded_at", "id"):
        with busy:
            _apply(jobcenter_id, delivery, now)
            done += 1
    busy.tell()
    return done


class Busy:
    """Lets the next one have its turn when the database was away or busy for this one; what was left is done next time."""

    def __init__(self) -> None:
        """Nothing has failed yet."""
        self.first: BaseException | None = None

    def __enter__(self) -> None:
        """One more is tried."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        """Keep an error of the database for the end; every other goes its way."""
        if not isinstance(error, (OperationalError, InterfaceError)):
            return False
        self.first = self.first or error
        return True

    def tell(self) -> None:
        """Let the background service know that the database failed: it connects anew and tries again."""
        if self.first is not None:
            raise self.first


def _stage_safely(jobcenter_id: UUID, delivery: Delivery, now: datetime, file: Path) -> None:
    """Like :func:`_stage`; what nobody foresaw refuses this one, and those behind it go on."""
    try:
        _stage(jobcenter_id, delivery, now, file)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("a delivery of the paying system could not be worked on")
        actor = system(jobcenter_id)
        refused = domain.stage_waiting(actor=actor, at=now, delivery_id=delivery.pk, content=b"", found=domain.Received(refusal=DeliveryError("unforeseen", NOT_READ)))
        domain.hold_delivery(actor=actor, at=now, delivery_id=refused.pk, reasons=[refused.refusal])
        file.unlink(missing_ok=True)


def _stage(jobcenter_id: UUID, delivery: Delivery, now: datetime, file: Path) -> None:
    given = delivery.counts.get("given", {})
    domain.tell_step(delivery.pk, "wird gelesen")
    content = file.read_bytes() if file.exists() else b""
    as_of = date.fromisoformat(given["as_of"]) if given.get("as_of") else None
    found = domain.read_file(content, delivery.file_name, as_of=as_of)
    if found.package is not None and given.get("is_complete"):
        found.package.complete = True
    rows = found.package.count if found.package is not None else 0
    domain.tell_step(delivery.pk, f"{group_thousands(rows)} Zeilen werden geprüft und verglichen")
    domain.stage_waiting(actor=_who(jobcenter_id, delivery.uploaded_by, now), at=now, delivery_id=delivery.pk, content=content, found=found)
    file.unlink(missing_ok=True)


def _apply(jobcenter_id: UUID, delivery: Delivery, now: datetime) -> None:
    domain.tell_step(delivery.pk, "wird übernommen")
    user = User.objects.filter(pk=delivery.counts.get("said_by")).first() if delivery.counts.get("said_by") else None
    try:
        domain.apply_delivery(actor=_who(jobcenter_id, user, now), at=now, delivery_id=delivery.pk)
    except Refused as error:
        Delivery.objects.filter(pk=delivery.pk).update(step="", refusal=str(error)[:400])
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("a delivery of the paying system could not be taken over")
        Delivery.objects.filter(pk=delivery.pk).update(step="", refusal=NOT_TAKEN)
        domain.hold_delivery(actor=system(jobcenter_id), at=now, delivery_id=delivery.pk, reasons=[NOT_TAKEN])


def _who(jobcenter_id: UUID, user: User | None, now: datetime) -> Actor:
    return org.actor_of(user, berlin_day(now)) if user is not None else system(jobcenter_id)


def incoming(data: Path, house: Jobcenter) -> Path:
    """The watched folder; where a database has several Jobcenters (training), each has its own."""
    return (data / FOLDER / house.traeger_number if Jobcenter.objects.count() > 1 else data / FOLDER) / "eingang"


def take_in(jobcenter_id: UUID, now: datetime, data: Path) -> int:
    """Read what lies in ``lieferungen/eingang``: a plausible nightly delivery is taken over, everything else waits for people.

    Read files go to ``erledigt`` or ``abgelehnt``. Killed in between, the same file is read again and changes nothing.
    """
    watched = incoming(data, Jobcenter.objects.get(pk=jobcenter_id))
    watched.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = watched.parent
    done, busy = 0, Busy()
    for file in sorted(watched.iterdir()):
        if not is_whole(file, QUIET_SECONDS):
            continue
        with busy:
            taken = _take_safely(system(jobcenter_id), now, file)
            target = folder / ("erledigt" if taken else "abgelehnt")
            target.mkdir(exist_ok=True, mode=0o700)
            file.replace(target / f"{now:%Y%m%dT%H%M%S}_{file.name}")
            done += 1
    busy.tell()
    return done


def _take_safely(actor: Actor, now: datetime, file: Path) -> bool:
    """Like :func:`_take`; what nobody foresaw in one file sets this file aside with an alarm, and the others go on."""
    content = b""
    # It may be no text: bytes of another character set, as a network drive lays them down.
    name = file.name.encode("utf-8", "replace").decode()
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
        return _take(actor, now, name, content)
    except (OperationalError, InterfaceError):
        # The database is away or busy: the file stays and is read again.
        raise
    except Exception:
        log.exception("a delivery of the paying system could not be worked on")
        refused = domain.stage_delivery(actor=actor, at=now, file_name=name, content=content, found=domain.Received(refusal=DeliveryError("unforeseen", NOT_READ)))
        domain.hold_delivery(actor=actor, at=now, delivery_id=refused.pk, reasons=[refused.refusal])
        return False


def _take(actor: Actor, now: datetime, name: str, content: bytes) -> bool:
    """Stage and, where nothing is implausible, take over; whether the file could be read."""
    staged = domain.stage_delivery(actor=actor, at=now, file_name=name, content=content)
    if staged.state == DeliveryState.REFUSED:
        domain.hold_delivery(actor=actor, at=now, delivery_id=staged.pk, reasons=[staged.refusal])
        return False
    counts = staged.counts
    if not any(counts[state] for state in ("new", "changed", "gone", "rejected")):
        domain.discard_delivery(actor=actor, at=now, delivery_id=staged.pk)
        return True
    reasons = implausible(staged)
    if not reasons:
        try:
            domain.apply_delivery(actor=actor, at=now, delivery_id=staged.pk)
        except Refused as error:
            reasons = [str(error)]
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("a delivery of the paying system could not be taken over")
            reasons = [NOT_TAKEN]
    if reasons:
        domain.hold_delivery(actor=actor, at=now, delivery_id=staged.pk, reasons=reasons)
    return True


def implausible(staged: Delivery) -> list[str]:
    """Why people should look at a delivery before it is taken over."""
    counts, found = staged.counts, []
    if staged.kind != DeliveryKind.NIGHTLY:
        found.append(f"{staged.get_kind_display()}: nur nächtliche Lieferungen werden von selbst übernommen.")
    return found + too_much(staged) + counts.get("told_columns", [])


def too_much(staged: Delivery) -> list[str]:
    """Where more is refused, ends or changes than can be true, whoever delivers it."""
    counts, found = staged.counts, []
    if counts["rejected"] > MOST_REJECTED * max(1, counts["rows"]):
        found.append(f"{group_thousands(counts['rejected'])} von {group_thousands(counts['rows'])} Zeilen sind zurückgewiesen.")
    for table, told in counts["tables"].items():
        # Measured by what runs: rows that ended years ago would hide that half of the others is missing.
        runs = counts.get("running", {}).get(table)
        if told["gone"] > MOST_GONE * (max(1, told["rows"]) if runs is None else runs) and not (table == "betraege" and "months" in counts):
            gone = "fällt 1 Zeile" if told["gone"] == 1 else f"fallen {group_thousands(told['gone'])} Zeilen"
            found.append(f"In „{tables()[table].title}“ {gone} weg.")
        here = counts.get("here", {}).get(table, told["rows"])
        if told["changed"] > max(MANY_CHANGED, MOST_CHANGED * (here if runs is None else min(here, runs))) and staged.kind != DeliveryKind.BASELINE:
            found.append(f"In „{tables()[table].title}“ ändern sich {group_thousands(told['changed'])} von {group_thousands(here)} Zeilen.")
    return found + _months(staged)


def _months(staged: Delivery) -> list[str]:
    """Months of which a delivery would overwrite or take away many amounts."""
    found, stated = [], stated_months(staged.as_of) if staged.as_of else frozenset()
    for name, told in staged.counts.get("months", {}).items():
        month, here = date.fromisoformat(name), told["here"]
        many = MANY_CHANGED if month in stated else MANY_OLD
        if told["gone"] > MOST_GONE * here:
            found.append(f"Von den Beträgen für {month:%m.%Y} fallen {group_thousands(told['gone'])} von {group_thousands(here)} weg.")
        if told["changed"] > max(many, MOST_CHANGED * here) and staged.kind != DeliveryKind.BASELINE:
            found.append(f"Von den Beträgen für {month:%m.%Y} ändern sich {group_thousands(told['changed'])} von {group_thousands(here)}. Ist es der richtige Monat?")
    return found


HANDLERS: dict[str, Handler] = {"delivery.alarm": alarm}


def age_out(jobcenter_id: UUID, now: datetime) -> None:
    """Discard deliveries nobody took over, drop old rows."""
    domain.age_out_deliveries(actor=system(jobcenter_id), at=now)
