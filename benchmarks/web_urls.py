"""All pages, and ``/boden/``: a bare list of 25 rows with the same middleware and frame. No search, no filter, no rights, no record."""

import os
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from hilfefrei.apps.people.models import Person
from hilfefrei.www.urls import urlpatterns as pages

LIST = engines["django"].from_string(
    '{% extends "base.html" %}{% block h1 %}Boden{% endblock %}{% block content %}<table class="kern-table"><tbody>'
    "{% for row in rows %}<tr><td>{{ row.last_name }}</td><td>{{ row.first_name }}</td><td>{{ row.birth_date }}</td></tr>{% endfor %}"
    "</tbody></table>{% endblock %}"
)


def floor(request: HttpRequest) -> HttpResponse:
    """25 rows of the largest table of people, in the frame of every page."""
    return HttpResponse(LIST.render({"rows": Person.objects.order_by("sort_name", "id")[:25]}, request))


def counted(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Say how many queries an answer took; only where it is asked for, as counting costs."""
    if not os.environ.get("HILFEFREI_BENCH_COUNT"):
        return get_response

    def middleware(request: HttpRequest) -> HttpResponse:
        count = 0

        def one(execute: Any, *args: Any) -> Any:
            nonlocal count
            count += 1
            return execute(*args)

        with connection.execute_wrapper(one):
            response = get_response(request)
        response["X-Queries"] = str(count)
        return response

    return middleware


urlpatterns = [*pages, path("boden/", floor)]
