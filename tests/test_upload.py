"""Too much at once: plain words from the real server, nothing kept."""

import http.client
from contextlib import closing

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page

from tests.support.server import Server

MB = 1024 * 1024


def _post(server: Server, size: int, content_type: str) -> tuple[int, str]:
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)) as client:
        client.putrequest("POST", "/anmelden/")
        client.putheader("Content-Type", content_type)
        client.putheader("Content-Length", str(size))
        client.endheaders()
        part = b"x" * MB
        for _ in range(size // MB):
            client.send(part)
        with client.getresponse() as answer:
            return answer.status, answer.read().decode()


def test_fifty_megabytes_get_a_sentence(server: Server) -> None:
    status, page = _post(server, 50 * MB, "multipart/form-data; boundary=x")
    assert status == 413
    assert "Diese Datei ist zu groß" in page
    assert f"{settings.HILFEFREI_MAX_UPLOAD // MB} MB" in page
    assert "Traceback" not in page
    status, page = _post(server, 3 * MB, "application/x-www-form-urlencoded")
    assert status == 413


def test_the_browser_shows_the_sentence_and_no_broken_connection(page: Page, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("upload") / "gross.csv"
    with file.open("wb") as out:
        out.truncate(50 * MB)
    page.goto("/anmelden/")
    page.evaluate(
        """() => {
            const form = document.createElement("form");
            Object.assign(form, {method: "post", enctype: "multipart/form-data", action: "/anmelden/", id: "gross"});
            const input = document.createElement("input");
            Object.assign(input, {type: "file", name: "datei", id: "datei"});
            form.append(input);
            document.body.append(form);
        }"""
    )
    page.set_input_files("#datei", file)
    with page.expect_navigation():
        page.evaluate("() => document.getElementById('gross').submit()")
    assert page.get_by_role("heading", name="Diese Datei ist zu groß").is_visible()


@pytest.mark.django_db
def test_a_form_with_thousands_of_fields_is_refused(client: Client) -> None:
    answer = client.post("/anmelden/", {f"feld{n}": "x" for n in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)})
    assert answer.status_code == 400
    assert "Traceback" not in answer.content.decode()


@pytest.mark.django_db
def test_a_nonsense_length_is_no_error_of_ours(client: Client) -> None:
    assert client.get("/anmelden/", CONTENT_LENGTH="viel").status_code == 200
