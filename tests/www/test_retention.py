"""The pages of a retention run: asked for by one, released by another, without a name; and what is held back."""

import re
from collections.abc import Callable

from django.test import Client
from django.urls import reverse

from hilfefrei.apps.people.models import Person
from hilfefrei.apps.privacy import tasks
from hilfefrei.apps.privacy.models import Hold, RetentionRun
from hilfefrei.apps.privacy.workflows import RunState
from tests.apps.privacy.lives import LATER, everything, moment
from tests.support.reading import whole
from tests.world import World

Login = Callable[[str], Client]


def test_from_the_dry_run_to_the_release(world: World, login: Login) -> None:
    person = Person.objects.get(pk=everything(world))
    client = login("data_protection")
    assert client.post(reverse("privacy:runs")).status_code == 302
    run = RetentionRun.objects.get()
    assert "rechnet" in whole(client.get(reverse("privacy:run", args=[run.pk])))
    tasks.check(world.id, moment(LATER), run.pk)
    RetentionRun.objects.filter(pk=run.pk).update(checked_at=run.asked_at)
    shown = whole(client.get(reverse("privacy:run", args=[run.pk])))
    for part in ("Das würde gelöscht", "Antrag: zehn Jahre", "mit der letzten Akte", f"Nummer {person.callsign}", "Freigeben muss eine zweite Person"):
        assert part in shown, part
    assert "Silberdistel" not in shown
    assert client.post(reverse("privacy:run_release", args=[run.pk])).status_code == 403
    client = login("director")
    assert "Löschläufe" in whole(client.get(reverse("shared:overview")))
    shown = whole(client.get(reverse("privacy:run", args=[run.pk])))
    assert "Freigeben und löschen" in shown
    assert re.search(r"Gelöscht würden <strong>\d{2,} Zeilen</strong> von \d+ Haushalt(en)?\.", shown), "how much it is stands beside the button"
    assert client.post(reverse("privacy:run_release", args=[run.pk])).status_code == 302
    run.refresh_from_db()
    assert run.state == RunState.RELEASED


def test_what_is_held_back_is_found_by_number_and_shown_as_one(world: World, login: Login) -> None:
    person = world.person("Jana", "Silberdistel")
    client = login("data_protection")
    sent = {"number": "99999999", "kind": "complaint", "cause": "Zeichen 7", "limit": "on"}
    answer = client.post(reverse("privacy:holds"), sent)
    assert answer.status_code == 422
    assert "Diese Nummer kennen wir nicht." in whole(answer)
    assert client.post(reverse("privacy:holds"), sent | {"number": str(person.callsign)}).status_code == 302
    shown = whole(client.get(reverse("privacy:holds")))
    assert f"Nummer {person.callsign}" in shown
    assert "Verarbeitung eingeschränkt" in shown
    assert "Silberdistel" not in shown
    # Nobody opens the file meanwhile.
    assert login("entrance").get(reverse("people:detail", args=[person.pk])).status_code == 404
    assert login("data_protection").post(reverse("privacy:hold_lift", args=[Hold.objects.get().pk])).status_code == 302
    assert login("entrance").get(reverse("people:detail", args=[person.pk])).status_code == 200
