"""Log lines as JSON, without names.

Foreign code puts people's data into messages and exceptions (a database error quotes the row, a 404 the address). So a line
carries the message as its template, without arguments, and of an exception its type and places, never its text. Only own
loggers (``hilfefrei…``) print their arguments: they pass ids and counts.
"""

import json
import logging
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

OWN = "hilfefrei"
# The request this thread answers; empty in the worker and on the command line.
request_id: ContextVar[str] = ContextVar("request_id", default="")


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message, and where known request id, status, route, exception, places."""

    def format(self, record: logging.LogRecord) -> str:
        own = record.name == OWN or record.name.startswith(f"{OWN}.")
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage() if own else _template(record),
        }
        request = getattr(record, "request", None)
        # Django logs a refusal after the last middleware has gone: then the request itself knows.
        if said := getattr(request, "request_id", "") or request_id.get():
            line["request"] = said
        status = getattr(record, "status_code", None)
        if status is not None:
            line["status"] = status
        match = getattr(request, "resolver_match", None)
        if request is not None:
            line["method"] = getattr(request, "method", "")
            # The pattern, not the address: whom a page was about is not the log's business.
            line["route"] = match.route if match else ""
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = f"{record.exc_info[0].__module__}.{record.exc_info[0].__qualname__}"
            line["places"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(record.exc_info[2])
            ]
        return json.dumps(line, ensure_ascii=False)


def _template(record: logging.LogRecord) -> str:
    """The message of foreign code without what it is about; empty where it is the text of an exception (Django: a host, a cookie)."""
    return "" if record.exc_info and not record.args else str(record.msg)
