from collections.abc import Callable

import pytest

from tests.support.http import Desk
from tests.support.server import Server
from tests.world import PASSWORD, World


@pytest.fixture(autouse=True)
def _two_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server of a race has two processes: no lock inside one of them can help."""
    monkeypatch.setenv("HILFEFREI_WEB_PROCESSES", "2")


@pytest.fixture
def at_desk(served: World, server: Server) -> Callable[[str], Desk]:
    """``at_desk("entrance")``: that login in a browser of its own."""

    def enter(who: str) -> Desk:
        return Desk(server.url).log_in(served.users[who].username, PASSWORD)

    return enter
