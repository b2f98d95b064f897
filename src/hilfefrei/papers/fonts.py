"""The vendored cuts of Fira Sans and which signs they can show."""

import struct
from functools import lru_cache
from pathlib import Path

import typst

FOLDER = Path(__file__).resolve().parent.parent / "static" / "vendor" / "fira-sans-ttf" / "4.203"


@lru_cache(maxsize=1)
def fonts() -> typst.Fonts:
    """Only the vendored cuts: no font of the system, none of typst's own, so every machine prints the same sheet."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FOLDER)])


@lru_cache(maxsize=1)
def signs() -> frozenset[int]:
    """Code points that every cut has a glyph for."""
    return frozenset.intersection(*(_signs_of(path.read_bytes()) for path in sorted(FOLDER.glob("*.ttf"))))


def _signs_of(font: bytes) -> frozenset[int]:
    """Read the ``cmap`` table of a TrueType font, formats 4 and 12 (OpenType specification 1.9)."""
    (tables,) = struct.unpack_from(">H", font, 4)
    directory = {font[at : at + 4]: struct.unpack_from(">I", font, at + 8)[0] for at in range(12, 12 + 16 * tables, 16)}
    cmap = directory[b"cmap"]
    (count,) = struct.unpack_from(">H", font, cmap + 2)
    found: set[int] = set()
    for number in range(count):
        (offset,) = struct.unpack_from(">I", font, cmap + 4 + 8 * number + 4)
        at = cmap + offset
        (version,) = struct.unpack_from(">H", font, at)
        if version == 4:
            found |= _format_4(font, at)
        elif version == 12:
            (groups,) = struct.unpack_from(">I", font, at + 12)
            for group in range(groups):
                first, last, glyph = struct.unpack_from(">III", font, at + 16 + 12 * group)
                found.update(point for point in range(first, last + 1) if glyph + point - first)
    return frozenset(found)


def _format_4(font: bytes, at: int) -> set[int]:
    (twice,) = struct.unpack_from(">H", font, at + 6)
    segments = twice // 2
    ends = struct.unpack_from(f">{segments}H", font, at + 14)
    starts = struct.unpack_from(f">{segments}H", font, at + 16 + twice)
    deltas = struct.unpack_from(f">{segments}H", font, at + 16 + 2 * twice)
    ranges_at = at + 16 + 3 * twice
    ranges = struct.unpack_from(f">{segments}H", font, ranges_at)
    found: set[int] = set()
    for segment, (first, last, delta, shift) in enumerate(zip(starts, ends, deltas, ranges, strict=True)):
        for point in range(first, min(last, 0xFFFE) + 1):
            glyph = point
            if shift:
                (glyph,) = struct.unpack_from(">H", font, ranges_at + 2 * segment + shift + 2 * (point - first))
                if not glyph:
                    continue
            if (glyph + delta) & 0xFFFF:
                found.add(point)
    return found
