"""Packed files, before anything of them is unpacked: how many parts, how large they say they are.

``zipfile`` hands out no more of a part than its entry says and refuses what does not fit, so the sum of the entries is a bound.
"""

import io
import re
import zipfile
from typing import Final

# The sign of an entry in the directory at the end (APPNOTE 4.3.12). Counted before the directory is read: it may hold millions.
_ENTRY: Final = b"PK\x01\x02"


# A parser that is fed piece by piece begins a token anew with each piece, so the time for a token grows with its square
# (CVE-2023-52425): 30 MB without a single "<" took minutes. No table has a token of this size.
LONGEST_TOKEN: Final = 256 * 1024
_LONG: Final = re.compile(rb"[^<]{%d}|<[^<]{%d}" % (LONGEST_TOKEN, LONGEST_TOKEN))
# What may hold "<" itself: comments, character data, instructions.
_CLOSED_BY: Final = {b"<!--": b"-->", b"<![CDATA[": b"]]>", b"<?": b"?>"}


class TooManyParts(ValueError):
    """More parts than a delivery or a table has."""


class TooLarge(ValueError):
    """Unpacked it would be larger than allowed."""


def opened(content: bytes, *, parts: int, size: int) -> zipfile.ZipFile:
    """The archive ``content``, of at most ``parts`` entries that unpack to at most ``size`` bytes together; nothing is unpacked.

    Raises TooManyParts, TooLarge, and what ``zipfile`` raises for a file that is none.
    """
    if content.count(_ENTRY) > parts:
        raise TooManyParts
    archive = zipfile.ZipFile(io.BytesIO(content))
    if sum(entry.file_size for entry in archive.infolist()) > size:
        raise TooLarge
    return archive


def has_long_token(text: bytes) -> bool:
    """Whether XML has a token that would keep a parser busy out of all proportion."""
    if len(text) <= LONGEST_TOKEN:
        return False
    if _LONG.search(text):
        return True
    for start, end in _CLOSED_BY.items():
        at = text.find(start)
        while at >= 0:
            closed = text.find(end, at + len(start), at + LONGEST_TOKEN)
            if closed < 0:
                return len(text) - at > LONGEST_TOKEN
            at = text.find(start, closed)
    return False
