"""The test room (CONTRIBUTING.md says how to use it).

A test that touches the database runs twice, once per database; the others run once. ``--db`` narrows it.
"""

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

# Before anything of the product is imported: no test sees the real clock, and Playwright's event loop in the main thread
# must not keep Django from the database.
os.environ["HILFEFREI_NOW"] = "2026-11-24T09:42:00"
os.environ.pop("HILFEFREI_NOW_RUNS", None)
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

import hypothesis
import pytest
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.test import Client
from django_scopes import scope, scopes_disabled
from playwright.sync_api import Browser, Page

from tests.support import browser as browser_support
from tests.support import databases as database_support
from tests.support import strict
from tests.support.missing import ARROW, MARK, in_ci, missing
from tests.support.server import Process, Server
from tests.world import PASSWORD, World
from tests.world import make as make_world

DATABASE_FIXTURES = {"db", "transactional_db", "database", "server", "task_worker", "page"}
LONG_FIXTURES = {"server", "task_worker"}
# Timing says nothing on a shared machine.
hypothesis.settings.register_profile("room", deadline=None, print_blob=True)
hypothesis.settings.load_profile("room")

_databases: database_support.Databases | None = None
_server: Server | None = None


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--db``."""
    parser.addoption(
        "--db", choices=[*database_support.VENDORS, "both"], default="both", help="run database tests on sqlite, postgres or both"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Open the run's folder and close the network."""
    global _databases  # noqa: PLW0603 - one per process
    run = database_support.open_run()
    worker = getattr(config, "workerinput", {}).get("workerid", "main")
    _databases = database_support.Databases(run, worker)
    database_support.never_flush(_databases)
    strict.install()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Every process removes its data, the one that opened the run closes it."""
    _stop_server()
    shutil.rmtree(settings.DATA, ignore_errors=True)
    if not hasattr(config, "workerinput") and _databases is not None:
        database_support.close_run(_databases.run)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what needs a database on each of them."""
    needs = metafunc.definition.get_closest_marker("django_db") or DATABASE_FIXTURES & set(metafunc.fixturenames)
    if needs:
        chosen = metafunc.config.getoption("--db")
        vendors = list(database_support.VENDORS) if chosen == "both" else [chosen]
        if metafunc.definition.get_closest_marker("one_database"):
            vendors = vendors[:1]
        if "django_db_setup" not in metafunc.fixturenames:
            metafunc.fixturenames.append("django_db_setup")
        metafunc.parametrize("django_db_setup", vendors, indirect=True, scope="session")


def pytest_collection_finish() -> None:
    """What is loaded by now stays: looking through it for garbage again and again took a seventh of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long comes first, each part in its random order: a long test begun last lets the other cores wait for it."""

    def long(item: pytest.Item) -> bool:
        return bool(LONG_FIXTURES & set(getattr(item, "fixturenames", ())) or item.get_closest_marker("timeout"))

    items.sort(key=lambda item: not long(item))


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_test_environment: None, django_db_blocker: Any) -> str:
    """Point Django at the worker's copy of the database (instead of pytest-django's own set-up)."""
    assert _databases is not None
    with django_db_blocker.unblock():
        _databases.use(request.param)
    return str(request.param)


@pytest.fixture
def database(django_db_setup: str, db: None) -> str:
    """``sqlite`` or ``postgres``, with the database open."""
    return django_db_setup


@pytest.fixture
def empty_postgres() -> Iterator[str]:
    """The address of an empty PostgreSQL database, as ``setup`` gets it."""
    assert _databases is not None
    with _databases.empty_postgres() as url:
        yield url


def _environment() -> dict[str, str]:
    assert _databases is not None
    return {
        "DJANGO_SETTINGS_MODULE": "hilfefrei.settings.test",
        "HILFEFREI_DATABASE_URL": _databases.url,
        "HILFEFREI_DATA": str(_databases.run / f"{_databases.worker}-data"),
        "HILFEFREI_NOW": os.environ["HILFEFREI_NOW"],
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).resolve().parents[1] / "src")]),
        "PYTHONWARNINGS": "ignore",
    }


@pytest.fixture
def server(data_folder: Path) -> Server:
    """gunicorn in its own process on this test's own copy; ``server.kill()`` and ``server.restart()`` are real.

    One that was left as it was started goes on to the next test: it keeps nothing of a Jobcenter between two requests.
    """
    global _server  # noqa: PLW0603 - one per process
    environment = _environment()
    if _server is None or not _server.serves(environment):
        _stop_server()
        _server = Server(environment, data_folder.with_name(f"{data_folder.name}.log"))
        _server.start()
    return _server


def _stop_server() -> None:
    if _server is not None and _server.alive:
        _server.stop()


@pytest.fixture
def data_folder(transactional_db: None) -> Iterator[Path]:
    """The folder in which the server of this test keeps its files, empty."""
    folder = Path(_environment()["HILFEFREI_DATA"])
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def task_worker(transactional_db: None, tmp_path: Path) -> Iterator[Process]:
    """The worker in its own process on this test's own copy; the test starts it."""
    (tmp_path / "data").mkdir()
    environment = _environment() | {"HILFEFREI_DATA": str(tmp_path / "data")}
    process = Process(["-m", "hilfefrei.cli", "worker"], environment, tmp_path / "worker.log")
    yield process
    if process.alive:
        process.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium per worker process."""
    with browser_support.chromium() as running:
        yield running


@pytest.fixture
def new_page(server: Server, browser: Browser) -> Iterator[Callable[..., Page]]:
    """``new_page(width=1280, height=1000, dark=False)``: a page in a browser session of its own.

    Script errors, CSP refusals and requests to other machines fail the test.
    """
    contexts = []

    def make(*, width: int = 1280, height: int = 1000, dark: bool = False, **options: Any) -> Page:
        context = browser.new_context(
            base_url=server.url,
            locale="de-DE",
            timezone_id="Europe/Berlin",
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            **options,
        )
        context.set_default_timeout(15_000)
        contexts.append((context, browser_support.Watch(context, server.url)))
        return context.new_page()

    yield make
    problems = [problem for context, watch in contexts for problem in watch.problems]
    for context, _ in contexts:
        context.close()
    assert not problems, "\n".join(problems)


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """A page at 1280 x 1000, not logged in."""
    return new_page()


@pytest.fixture
def axe() -> Callable[[Page], None]:
    """``axe(page)`` fails on any finding of WCAG 2.0 to 2.2 A/AA or best practice."""

    def check(page: Page) -> None:
        findings = browser_support.axe_findings(page)
        assert not findings, f"{page.url}\n" + "\n".join(findings)

    return check


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real deliveries for measuring, beside the repository and never in it."""
    folder = Path(os.environ.get("HILFEFREI_SHARED") or Path(__file__).resolve().parents[2] / "shared") / "data"
    if not folder.is_dir():
        missing("Messung an echten Lieferungen", "Ordner ../shared/data neben das Projekt legen")
    return folder


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """With ``CI=true`` nothing may be left out, whatever the reason."""
    report = yield
    if in_ci() and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"left out although CI=true: {report.longrepr}"
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """End with what did not run and the line that installs it."""
    left_out: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        text = reason.removeprefix("Skipped: ")
        if MARK not in text:
            text = f"{MARK}{report.nodeid}{ARROW}{text}"
        left_out[text] = left_out.get(text, 0) + 1
    if left_out:
        terminalreporter.section("Nicht gelaufen")
        for text, count in sorted(left_out.items()):
            terminalreporter.write_line(f"{text}  ({count} Tests)" if count > 1 else text)


@pytest.fixture
def world(database: str) -> Iterator[World]:
    """A small Jobcenter with one login per role, its scope open."""
    with scopes_disabled():
        made = make_world()
    with scope(jobcenter=made.id):
        yield made


@pytest.fixture
def login(client: Client, world: World) -> Callable[[str], Client]:
    """``login("entrance")``: a test client in which somebody of the world is logged in."""

    def enter(who: str) -> Client:
        client.force_login(world.users[who])
        return client

    return enter


@pytest.fixture
def served(server: Server) -> Iterator[World]:
    """The small Jobcenter committed to the running server's database; everyone's password is ``world.PASSWORD``."""
    with scopes_disabled():
        made = make_world(password_hash=make_password(PASSWORD))
    with scope(jobcenter=made.id):
        yield made
