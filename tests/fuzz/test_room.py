"""A small part of what ``./hilfefrei bench fuzz`` tries: no input is an error, or slow."""

from collections.abc import Iterator
from typing import Any

import pytest

from hilfefrei.www.entrance.forms import ShiftNoteForm
from tests.fuzz.inputs import Dice
from tests.fuzz.room import TRIES, Room
from tests.world import World

INPUTS = 150


@pytest.fixture
def room(world: World) -> Iterator[Room]:
    made = Room(world)
    yield made
    made.close()


@pytest.mark.timeout(300)
def test_no_input_is_an_error(room: Room) -> None:
    # From here on some of the first addresses hold a form.
    room.run(INPUTS, 4)
    told = [f"{found.what} {found.where}\n{found.input}\n{found.detail}" for found in room.findings.values() if found.what != "slow"]
    assert told == [], "\n\n".join(told)
    assert sum(room.counts.values()) >= INPUTS
    assert set(room.counts) == {"web", "form", "file", "api", "command"}
    assert room.forms


@pytest.mark.one_database
def test_an_error_of_a_form_is_found_though_its_page_got_something_else(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def clean(form: ShiftNoteForm) -> dict[str, Any]:
        if form.data.get("text") == "fein":
            return form.cleaned_data
        raise LookupError

    monkeypatch.setattr(ShiftNoteForm, "clean", clean)
    (target,) = [one for one in room.targets if (one.name, one.who, one.method) == ("entrance:shift_note", "entrance", "POST")]
    target.good.append({"text": ["fein"]})
    with room._listen():
        room.web(Dice((1, ["x"], b"")), target)
    (found,) = room.findings.values()
    assert found.what.startswith("LookupError")
    assert found.where.endswith("ShiftNoteForm")
    assert (found.times, room.counts) == (TRIES, {"web": 1, "form": TRIES})


@pytest.mark.one_database
def test_an_error_is_found(room: Room) -> None:
    for told in ("seite=1", "seite=2"):
        room.attempt("web", "jobs:list", told, lambda: 1 // 0)
    (found,) = room.findings.values()
    assert found.what.startswith("ZeroDivisionError")
    assert (found.times, found.input) == (2, "seite=1")
    assert {"entrance", "operator"} <= {target.who for target in room.targets}
