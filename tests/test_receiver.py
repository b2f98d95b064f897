"""From the applicant to the paying system and back, with the real worker and the reference receiver in their own processes."""

import http.client
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django_scopes import scope, scopes_disabled

from hilfefrei.apps.audit.models import Outbox
from hilfefrei.apps.benefits.models import Application
from hilfefrei.receiver import ENDINGS, Receiver
from tests import desk
from tests.support.server import Process, Server, free_port
from tests.world import World, make

PATIENCE = 60.0
TOKEN, CALLING = "blatt-kennzeichen", "rueck-kennzeichen"


def wait_until(there: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not there():
        assert time.monotonic() < end, what
        time.sleep(0.05)


@pytest.fixture(autouse=True)
def calling(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server knows the token before it starts."""
    monkeypatch.setenv("HILFEFREI_CONFIRM_TOKEN", CALLING)


@pytest.fixture
def office(server: Server) -> Iterator[World]:
    with scopes_disabled():
        made = make()
    with scope(jobcenter=made.id):
        yield made


class Opposite:
    """The receiver as a process that can be away."""

    def __init__(self, folder: Path, back: str) -> None:
        self.port = free_port()
        self.folder = folder / "empfaenger"
        command = ["-m", "hilfefrei.receiver", "--port", str(self.port), "--folder", str(self.folder), "--confirm-url", back]
        self.process = Process(command, {"HILFEFREI_NEIGHBOUR_TOKEN": TOKEN}, folder / "receiver.log")

    @property
    def sheets(self) -> list[str]:
        return sorted(p.name for p in self.folder.iterdir() if not p.name.startswith(".")) if self.folder.exists() else []

    def ask(self, method: str, path: str, body: bytes | str | None = None, **headers: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def answers(self) -> bool:
        try:
            return self.ask("GET", "/")[0] == 200
        except OSError:
            return False

    def start(self) -> None:
        self.process.start()
        wait_until(self.answers, "the receiver does not answer")


@pytest.mark.timeout(240)
def test_applicant_to_receiver_confirmation_board_and_a_day_without_receiver(
    office: World, server: Server, task_worker: Process, tmp_path: Path
) -> None:
    opposite = Opposite(tmp_path, f"{server.url}/api/v1/bestaetigungen")
    task_worker.environment |= {"HILFEFREI_NEIGHBOUR_URL": f"http://127.0.0.1:{opposite.port}/", "HILFEFREI_NEIGHBOUR_TOKEN": TOKEN}
    # Away: the sheet waits, and everybody can see that it does.
    desk.applicant(office)
    application = Application.objects.get()
    task_worker.start()
    wait_until(lambda: Outbox.objects.filter(tries__gt=0, done_at=None).exists(), "the worker did not try")
    assert Outbox.objects.get(kind="application.sheet").last_error.startswith("neighbour: ")
    # There again: delivered by itself, once, although it is asked for more than once.
    opposite.start()
    Outbox.objects.update(next_try_at=None)
    wait_until(lambda: not Outbox.objects.filter(done_at=None).exists(), "not delivered")
    key = f"antrag-{application.reference}"
    assert opposite.sheets == [key]
    assert sorted(p.suffix for p in (opposite.folder / key).glob("antrag*")) == [".csv", ".pdf", ".xml"]
    Outbox.objects.update(done_at=None, next_try_at=None)
    wait_until(lambda: not Outbox.objects.filter(done_at=None).exists(), "not delivered again")
    assert opposite.sheets == [key]
    # It confirms: on the board of the entrance it is no longer red.
    assert opposite.ask("POST", "/bestaetigen", f"schluessel={key}", Content_Type="application/x-www-form-urlencoded")[0] == 303
    application.refresh_from_db()
    assert application.confirmed_at is not None
    assert application.file_number.startswith("UE")
    opposite.process.stop()


def test_the_receiver_takes_whole_sheets_of_who_knows_it_and_the_first_stays(tmp_path: Path) -> None:
    opposite = Opposite(tmp_path, "")
    opposite.start()
    try:
        def post(content: str, key: str = "antrag-1", token: str = TOKEN, parts: tuple[str, ...] = ENDINGS) -> int:
            body = "".join(f'--x\r\nContent-Disposition: form-data; name="{e}"; filename="a.{e}"\r\n\r\n{content}\r\n' for e in parts) + "--x--\r\n"
            return opposite.ask("POST", "/", body, Content_Type="multipart/form-data; boundary=x", Idempotency_Key=key, Authorization=f"Bearer {token}")[0]

        assert post("eins", token="falsch") == 401
        assert post("eins", key="../boese") == 422
        assert post("eins", parts=("pdf",)) == 422
        assert post("eins") == 201
        assert post("zwei") == 409
        assert opposite.ask("GET", "/antrag-1/antrag-1.csv") == (200, b"eins")
        assert opposite.ask("GET", "/antrag-1/..%2f..%2fetc")[0] == 404
        assert "antrag-1" in opposite.ask("GET", "/")[1].decode()
    finally:
        opposite.process.stop()


def test_a_confirmation_that_is_not_taken_stays_open(tmp_path: Path) -> None:
    receiver = Receiver(tmp_path, "t", f"http://127.0.0.1:{free_port()}/")
    assert receiver.keep("antrag-1", dict.fromkeys(ENDINGS, b"x"))
    assert receiver.confirm("antrag-1") == "!URLError"
    assert receiver.confirm("antrag-2") == "!unbekannt"
    assert receiver.sheets()[0][2] == ""
