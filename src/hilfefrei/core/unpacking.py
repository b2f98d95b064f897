"""Packed files, before anything of them is unpacked: how many parts, how large they say they are.

``zipfile`` hands out no more of a part than its entry says and refuses what does not fit, so the sum of the entries is a bound.
"""

import io
import zipfile
from typing import Final

# The sign of an entry in the directory at the end (APPNOTE 4.3.12). Counted before the directory is read: it may hold millions.
_ENTRY: Final = b"PK\x01\x02"


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
