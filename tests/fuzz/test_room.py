"""A small part of what ``./hilfefrei bench fuzz`` tries: no input is an error, or slow."""

from collections.abc import Iterator

import pytest

from tests.fuzz.room import Room
from tests.world import World

INPUTS = 150


@pytest.fixture
def room(world: World) -> Iterator[Room]:
    made = Room(world)
    yield made
    made.close()


@pytest.mark.timeout(300)
def test_no_input_is_an_error(room: Room) -> None:
    room.run(INPUTS, 0)
    told = [f"{found.what} {found.where}\n{found.input}\n{found.detail}" for found in room.findings.values() if found.what != "slow"]
    assert told == [], "\n\n".join(told)
    assert sum(room.counts.values()) >= INPUTS
    assert set(room.counts) == {"web", "file", "api", "command"}


@pytest.mark.one_database
def test_an_error_is_found(room: Room) -> None:
    room.attempt("web", "jobs:list", "seite=1", lambda: 1 // 0)
    room.attempt("web", "jobs:list", "seite=2", lambda: 1 // 0)
    (found,) = room.findings.values()
    assert found.what.startswith("ZeroDivisionError")
    assert (found.times, found.input) == (2, "seite=1")
    assert {"entrance", "operator"} <= {target.who for target in room.targets}
