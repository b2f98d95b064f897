"""What somebody can read in an answer, whatever its form."""

import io
from html import unescape
from typing import Any
from zipfile import ZipFile

from pypdf import PdfReader


def whole(answer: Any) -> str:
    """All text of a page, a PDF, or a workbook (with its XML), in one."""
    kind = answer.headers.get("Content-Type", "")
    if kind == "application/pdf":
        return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages).split())
    if "spreadsheet" in kind:
        with ZipFile(io.BytesIO(answer.content)) as book:
            return " ".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))
    return unescape(answer.content.decode(errors="replace"))
