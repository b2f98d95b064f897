"""From facts to a tagged PDF."""

import dataclasses
import json
import tomllib
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import typst

from hilfefrei.core import days, money
from hilfefrei.papers import data as facts
from hilfefrei.papers.fonts import fonts, signs

HERE = Path(__file__).resolve().parent
TEMPLATES = HERE / "templates"
WORDS = HERE / "words"
# For people who cannot see it (PDF/UA-1) and for the archive (PDF/A-2a) in one file.
STANDARDS: Final = ("ua-1", "a-2a")
UNSHOWABLE = "?"
# Spaces and breaks that mean a space on paper; everything else that cannot be seen is dropped.
BLANKS = frozenset("\t\n\r\v\f\N{LINE SEPARATOR}\N{PARAGRAPH SEPARATOR}")


class PaperError(Exception):
    """A paper could not be made; the message carries what typst said, never the facts."""


@lru_cache(maxsize=1)
def languages() -> dict[str, dict[str, Any]]:
    """Text blocks by language code. Each file names who checked it and when; both empty means unchecked."""
    return {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(WORDS.glob("*.toml"))}


def showable(text: str) -> str:
    """Text as the vendored fonts can print it.

    Composed form, one blank for each break, nothing invisible (control and direction marks), and ``?`` for a sign that
    no cut has: a name in a script that Fira Sans lacks must not stop a receipt.
    """
    known = signs()
    result = []
    for sign in unicodedata.normalize("NFC", text):
        if sign in BLANKS:
            result.append(" ")
        elif unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Co", "Cn"}:
            continue
        else:
            result.append(sign if ord(sign) in known else UNSHOWABLE)
    return "".join(result)


def _day(day: date, today: date) -> dict[str, Any]:
    return {
        "weekday": day.weekday(),
        # In another year the day alone may be read as this year's.
        "short": days.format_day(day, weekday=False, year=day.year != today.year),
        "num": days.format_day(day, weekday=False, year=True),
        "plain": days.format_long_day(day),
        "long": days.format_long_day(day, weekday=True),
        "today": day == today,
        "time": "",
    }


def payload(value: object, today: date) -> Any:
    """Facts as plain JSON values; a day becomes all forms in which a sheet may write it."""
    simple: dict[type, Callable[[Any], Any]] = {
        facts.Euro: lambda euro: money.format_euro(euro.cents, whole=euro.whole),
        datetime: lambda moment: _day(days.berlin_day(moment), today) | {"time": days.format_time(moment)},
        date: lambda day: _day(day, today),
        str: showable,
    }
    if (convert := simple.get(type(value))) is not None:
        return convert(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: payload(getattr(value, field.name), today) for field in dataclasses.fields(value)}
    if isinstance(value, list | tuple):
        return [payload(part, today) for part in value]
    return value


def render(kind: str, data: facts.Paper) -> bytes:
    """Return the PDF (PDF/UA-1 and PDF/A-2a, A4) of one paper.

    Args:
        kind: a key of :data:`hilfefrei.papers.data.type_of`.
        data: the dataclass that belongs to it.

    Raises:
        PaperError: an unknown kind, facts of another kind, an unknown language, or anything that typst warns of.
    """
    if kind not in facts.type_of:
        message = f"There is no paper {kind!r}."
        raise PaperError(message)
    if not isinstance(data, facts.type_of[kind]):
        message = f"The paper {kind!r} is made from {facts.type_of[kind].__name__}, not from {type(data).__name__}."
        raise PaperError(message)
    words = languages()
    second = getattr(data, "language", "")
    if second and second not in words:
        message = f"There are no words in {second!r}."
        raise PaperError(message)
    inputs: Mapping[str, object] = {
        "data": payload(data, days.berlin_day(data.printed_at)),
        "words": words["de"],
        "second": words[second] if second and second != "de" else None,
    }
    try:
        pdf, warnings = typst.compile_with_warnings(
            str(TEMPLATES / f"{kind}.typ"),
            root=str(TEMPLATES),
            font_paths=fonts(),
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=list(STANDARDS),
            timestamp=int(data.printed_at.timestamp()),
            sys_inputs={name: json.dumps(value, ensure_ascii=False) for name, value in inputs.items()},
        )
    except typst.TypstError as error:
        message = f"typst refused the paper {kind!r}: {error.message if hasattr(error, 'message') else error}"
        raise PaperError(message) from error
    if warnings:
        message = f"typst warned of the paper {kind!r}: " + "; ".join(warning.message for warning in warnings)
        raise PaperError(message)
    return bytes(pdf)
