"""What every request passes: a limit on what comes in, and no copies of pages on the way out."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

GetResponse = Callable[[HttpRequest], HttpResponse]

# So much of a refused body is read and thrown away, so that the browser shows our answer and not a broken connection.
DRAIN_LIMIT = 512 * 1024 * 1024
CHUNK = 1024 * 1024


def upload_limit(get_response: GetResponse) -> GetResponse:
    """Answer 413 in plain words to a body above ``HILFEFREI_MAX_UPLOAD`` (a form without files: above
    ``DATA_UPLOAD_MAX_MEMORY_SIZE``), before anything of it is kept.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            length = 0
        with_files = request.content_type == "multipart/form-data"
        limit = settings.HILFEFREI_MAX_UPLOAD if with_files else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if length <= limit:
            return get_response(request)
        left = min(length, DRAIN_LIMIT)
        while left > 0 and (part := request.META["wsgi.input"].read(min(CHUNK, left))):
            left -= len(part)
        return render(request, "413.html", {"limit_mb": limit // (1024 * 1024)}, status=413)

    return middleware


def no_store(get_response: GetResponse) -> GetResponse:
    """Pages with people's data are not kept by browser or proxy (counter, shared screens)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store, private"
        return response

    return middleware
