"""What the deletion concept promises of the house's own data, and that something does it."""

import uuid
from datetime import timedelta
from typing import Any

import pytest

from hilfefrei import worker
from hilfefrei.apps.accounts.models import User
from hilfefrei.apps.audit import domain as audit
from hilfefrei.apps.audit.errors import Forbidden
from hilfefrei.apps.audit.models import Event, EventPayload, Operation, Outbox
from hilfefrei.apps.benefits.models import Application
from hilfefrei.apps.org import domain as org
from hilfefrei.apps.org.models import Absence, Position
from hilfefrei.apps.privacy import disclosure, due, tasks
from hilfefrei.apps.privacy.domain import house
from hilfefrei.apps.vacancies.models import Vacancy
from hilfefrei.core import catalogue
from tests import desk
from tests.apps.privacy.lives import everything, moment
from tests.world import TODAY, World, at

# Period of the catalogue -> the regular work that keeps it (None: the retention run does, with the rows of a person).
KEPT_BY: dict[str, str | None] = {
    "technical": "house", "absence": "house", "vacancy": "house", "staff": "house", "access": "access", "session": "sessions", "delivery": "deliveries",
    "file": "vacancies", "sent": None, "payload": None,
}  # fmt: skip
# Said as such in the concept: the database forbids it, and nothing of it is ten years old yet.
NOT_YET = {"chain"}


def test_every_period_has_somebody_who_keeps_it() -> None:
    known = catalogue.load().retentions
    clocks = {key for _, key in due.ROW_ENDS} | due.PERSON_CLOCKS | due.WITH_THE_PERSON
    assert set(known) - {"none"} == clocks | set(KEPT_BY) | NOT_YET
    regular = {name for name, _, _ in (*worker.REGULAR, *worker.LONG)}
    for key, period in known.items():
        job = KEPT_BY.get(key)
        assert period.automatic == (job is not None), key
        assert job is None or job in regular, key
        assert period.deletes != "noch nicht" or key in {"none", *NOT_YET}, key


def test_repeats_and_alarms_go_after_thirty_days_and_what_tells_where_data_went_stays(world: World) -> None:
    own: dict[str, Any] = {"jobcenter_id": world.id}
    for n, age in enumerate((29, 31)):
        Operation.objects.create(actor_id=world.actor().id, op=uuid.uuid4(), verb=f"v{n}", result_id=None, at=at(9, days=-age), **own)
        for kind in ("vacancies.alarm", "application.sheet"):
            Outbox.objects.create(kind=kind, key=f"{kind}{n}", created_at=at(9, days=-age), done_at=at(9, days=-age), **own)
    Outbox.objects.create(kind="vacancies.alarm", key="wartet", created_at=at(9, days=-99), **own)
    before = Operation.objects.count()
    tasks.tidy_house(world.id, at(9))
    tasks.tidy_house(world.id, at(9))
    assert Operation.objects.count() == before - 1
    assert not Operation.objects.filter(verb="v1").exists()
    assert set(Outbox.objects.filter(key__in=["vacancies.alarm0", "vacancies.alarm1", "application.sheet0", "application.sheet1", "wartet"]).values_list("key", flat=True)) == {
        "vacancies.alarm0", "application.sheet0", "application.sheet1", "wartet"
    }  # fmt: skip


def test_only_the_background_service_tidies(world: World) -> None:
    with pytest.raises(Forbidden):
        house.tidy(actor=world.actor("operator"), at=at(9))


def test_absences_go_after_six_months_with_what_was_said_of_them(world: World) -> None:
    given: dict[str, Any] = {"actor": world.actor("operator"), "at": at(8), "user_id": world.users["buyer"].pk}
    absence = org.enter_absence(**given, valid_from=TODAY, valid_to=TODAY)
    told = Event.objects.filter(object_id=absence.pk).values("id")
    tasks.tidy_house(world.id, moment(TODAY + timedelta(days=180)))
    assert Absence.objects.filter(pk=absence.pk).exists()
    assert EventPayload.objects.filter(event_id__in=told).exists()
    tasks.tidy_house(world.id, moment(TODAY + timedelta(days=182)))
    assert not Absence.objects.filter(pk=absence.pk).exists()
    assert not EventPayload.objects.filter(event_id__in=told).exists()
    assert audit.verify(world.id).problems == ()


def test_vacancies_go_a_year_after_their_end_unless_a_file_holds_them(world: World) -> None:
    everything(world)
    handed = Vacancy.objects.get(handed__isnull=False)
    kept = {"state": "filled", "changed_at": at(9), "created_at": at(9), "source": "own", "title": "Helfer/in", "jobcenter_id": world.id}
    gone, open_ = (Vacancy.objects.create(reference=str(n), **(kept | more)).pk for n, more in enumerate(({}, {"state": "open"})))
    Vacancy.objects.filter(pk=handed.pk).update(state="filled", changed_at=at(9))
    tasks.tidy_house(world.id, moment(TODAY + timedelta(days=364)))
    assert Vacancy.objects.filter(pk=gone).exists()
    tasks.tidy_house(world.id, moment(TODAY + timedelta(days=367)))
    assert set(Vacancy.objects.filter(pk__in=[gone, open_, handed.pk]).values_list("pk", flat=True)) == {open_, handed.pk}


def test_a_colleague_who_left_keeps_a_name_only_where_a_file_names_them(world: World) -> None:
    own: dict[str, Any] = {"jobcenter_id": world.id}
    ended = {"team": world.teams["via"], "role": "entrance", "fte": 1, "valid_from": TODAY - timedelta(days=9), "valid_to": TODAY, **own}
    stranger = User.objects.create(username="weg", first_name="Ilse", last_name="Kuckuck", phone="77", email="weg@example.org", password="x", **own)
    named = world.users["entrance"]
    User.objects.filter(pk=named.pk).update(phone="78", email="da@example.org", is_demo=False)
    desk.applicant(world)
    Position.objects.filter(holder=named).update(valid_from=TODAY - timedelta(days=9), valid_to=TODAY)
    Position.objects.create(holder=stranger, **ended)
    tasks.tidy_house(world.id, moment(TODAY + timedelta(days=364)))
    assert User.objects.get(pk=named.pk).phone == "78"
    tasks.tidy_house(world.id, moment(TODAY + timedelta(days=367)))
    assert not User.objects.filter(pk=stranger.pk).exists()
    left = User.objects.get(pk=named.pk)
    assert (left.phone, left.email, left.is_active, left.has_usable_password()) == ("", "", False, False)
    assert left.last_name == named.last_name, "the file says who decided"
    events = Event.objects.count()
    tasks.tidy_house(world.id, moment(TODAY + timedelta(days=368)))
    assert Event.objects.count() == events, "done once"
    # Whoever still works here keeps everything.
    assert User.objects.get(pk=world.users["coach"].pk).is_active


def test_what_was_delivered_is_told_as_long_as_there_is_a_file_and_goes_with_it(world: World) -> None:
    entry = desk.applicant(world)
    application = Application.objects.get(pk=entry.application_id)
    Outbox.objects.filter(key__startswith=str(application.pk)).delete()
    for key, kind in ((str(application.pk), "application.sheet"), (f"{application.pk}-b1", "application.sheet"), (f"{uuid.uuid4()}", "urgent.sheet")):
        Outbox.objects.create(jobcenter_id=world.id, kind=kind, key=key, created_at=at(9), done_at=at(9, 1))
    sent = disclosure.of(world.actor(), entry.person, TODAY).sent
    assert [what for _, what in sent] == ["Antragsblatt für die Leistung"] * 2, "the correction too"
