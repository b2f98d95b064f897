"""Lists as XLSX: the same columns as on the screen, texts as texts, no formulas from typed text."""

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime

import xlsxwriter
from django.http import HttpResponse

from hilfefrei.core.clock import BERLIN

Cell = str | int | float | date | datetime | None
# So many rows are asked for at once, with what hangs on them: an export has all rows, however many.
AT_ONCE = 1000
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def format_count(number: int) -> str:
    """"6.377": thousands as they are written here."""
    return f"{number:,}".replace(",", ".")


def xlsx(name: str, title: str, columns: Sequence[tuple[str, int]], rows: Iterable[Sequence[Cell]]) -> HttpResponse:
    """A download ``name`` (no names of people in it) with one sheet; ``columns`` are (heading, width in characters)."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(title[:31])
    head = book.add_format({"bold": True})
    day, moment = book.add_format({"num_format": "dd.mm.yyyy"}), book.add_format({"num_format": "dd.mm.yyyy hh:mm"})
    for number, (heading, width) in enumerate(columns):
        sheet.write_string(0, number, heading, head)
        sheet.set_column(number, number, width)
    count = 0
    for count, row in enumerate(rows, start=1):
        for number, cell in enumerate(row):
            if isinstance(cell, datetime):
                sheet.write_datetime(count, number, cell.astimezone(BERLIN).replace(tzinfo=None), moment)
            elif isinstance(cell, date):
                sheet.write_datetime(count, number, datetime(cell.year, cell.month, cell.day), day)  # noqa: DTZ001 - a day has no zone
            elif isinstance(cell, int | float):
                sheet.write_number(count, number, cell)
            else:
                sheet.write_string(count, number, cell or "")
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, count, len(columns) - 1)
    book.close()
    answer = HttpResponse(out.getvalue(), content_type=TYPE)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
