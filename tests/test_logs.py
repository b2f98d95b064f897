"""Log lines carry no names."""

import json
import logging
import sys

import pytest
from django.db import DatabaseError, connection
from django.test import Client, RequestFactory

from hilfefrei.logs import JsonFormatter

NAME = "Silberdistel"


def _line(name: str, message: str, *arguments: object, exception: bool = False, **extra: object) -> tuple[str, dict[str, object]]:
    record = logging.LogRecord(name, logging.ERROR, __file__, 1, message, arguments, sys.exc_info() if exception else None)
    for key, value in extra.items():
        setattr(record, key, value)
    text = JsonFormatter().format(record)
    return text, json.loads(text)


def test_foreign_messages_lose_their_arguments() -> None:
    text, line = _line("django.request", "Not Found: %s", f"/personen/?q={NAME}", status_code=404)
    assert NAME not in text
    assert line["message"] == "Not Found: %s"
    assert line["status"] == 404


def test_a_message_that_is_the_text_of_an_exception_is_left_out() -> None:
    try:
        raise ValueError(NAME)
    except ValueError as error:
        text, line = _line("django.security.DisallowedHost", str(error), exception=True)
    assert NAME not in text
    assert (line["message"], line["exception"]) == ("", "builtins.ValueError")


def test_own_messages_keep_theirs() -> None:
    assert _line("hilfefrei.worker", "%d delivered", 3)[1]["message"] == "3 delivered"


def test_a_logger_that_only_sounds_like_ours_is_foreign() -> None:
    assert NAME not in _line("hilfefreiheit", "%s", NAME)[0]


@pytest.mark.django_db
def test_an_exception_shows_type_and_place_only() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT "{NAME}".x')
    except DatabaseError:
        quoted = NAME in str(sys.exc_info()[1])
        text, line = _line("django.request", "Internal Server Error: %s", "/", exception=True)
    assert quoted, "the database does quote it"
    assert NAME not in text
    assert str(line["exception"]).startswith("django.db.utils.")
    assert any("test_logs.py" in str(place) for place in line["places"])


def test_the_address_is_its_pattern() -> None:
    request = RequestFactory().get("/personen/", {"q": NAME})
    text, line = _line("django.request", "Bad Request: %s", "x", request=request)
    assert NAME not in text
    assert line["route"] == ""
    assert line["method"] == "GET"


@pytest.mark.django_db
def test_a_real_refusal_is_logged_without_what_was_searched(client: Client, capfd: pytest.CaptureFixture[str]) -> None:
    client.get(f"/gibt-es-nicht/?q={NAME}")
    assert NAME not in capfd.readouterr().err
