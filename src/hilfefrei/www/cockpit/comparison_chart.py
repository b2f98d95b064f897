"""The two lines of the comparison as coordinates for an inline SVG: all places by rank, and ourselves through time.

Drawn twice, wide and narrow, so that labels stay readable on a phone. Everything that is drawn stands in the table too.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hilfefrei.apps.reporting.queries.comparison import Comparison, Line, Point
from hilfefrei.core.comparison import Standing


@dataclass(frozen=True)
class Mark:
    """A label or a dot in the picture, in its units."""

    x: float
    y: float
    text: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Drawing:
    """One picture of ``width`` x ``height``: a line, a band, dots, the own dots, lines of help and labels."""

    width: int
    height: int
    left: float
    right: float
    line: str
    band: str
    dots: Sequence[Mark]
    own: Sequence[Mark]
    own_line: str
    middle: float | None
    middle_text: str
    middle_dy: int
    y_marks: Sequence[Mark]
    x_marks: Sequence[Mark]
    bottom: float


TOP, BOTTOM, RIGHT = 22.0, 26.0, 14.0


class _Scale:
    """From values to units of the picture. ``words`` formats a value for the axis."""

    def __init__(self, width: int, height: int, values: Sequence[float], count: int, words: Callable[[float], str]) -> None:
        self.low, self.high = min(values), max(values)
        self.words = words
        longest = max(len(words(self.low)), len(words(self.high)))
        self.left = 12.0 + 7.0 * longest
        self.right, self.bottom, self.count = width - RIGHT, height - BOTTOM, count

    def x(self, number: int) -> float:
        """The place of number ``number`` of ``count``."""
        share = number / (self.count - 1) if self.count > 1 else 0.5
        return round(self.left + share * (self.right - self.left), 1)

    def y(self, value: float) -> float:
        """The height of a value; where all are equal the middle."""
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return round(self.bottom - share * (self.bottom - TOP), 1)

    def y_marks(self) -> list[Mark]:
        """The highest and the lowest value at the left edge."""
        return [Mark(self.left - 6, self.y(value) + 4, self.words(value), "end") for value in sorted({self.low, self.high})]


def _points(pairs: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in pairs)


def by_rank(found: Comparison, words: Callable[[float], str], *, width: int, height: int) -> Drawing | None:
    """All places with a value, by rank from the left; None for fewer than two."""
    ranked: list[tuple[Line, Standing]] = [(line, line.standing) for line in found.lines if line.standing]
    if len(ranked) < 2:
        return None
    scale = _Scale(width, height, [standing.value for _, standing in ranked], len(ranked), words)
    at = [(scale.x(number), scale.y(standing.value)) for number, (_, standing) in enumerate(ranked)]
    own = []
    for number, (line, standing) in enumerate(ranked):
        if line.is_own:
            x, y = at[number]
            # The label hangs at the top on a thread, on the side where the line is not.
            own.append(Mark(x, y, f"wir: Rang {standing.rank}, {words(standing.value)}", "start" if number < len(ranked) / 2 else "end"))
    last = ranked[-1][1].rank
    rising = at[-1][1] < at[0][1]
    return Drawing(
        width, height, scale.left, scale.right, _points(at), "", [Mark(x, y, "") for x, y in at] if len(at) <= 60 else [], own, "",
        scale.y(found.median) if found.median is not None else None, f"Median {words(found.median)}" if found.median is not None else "",
        14 if rising else -5, scale.y_marks(),
        [Mark(scale.x(0), height - 8, "Rang 1", "start"), Mark(scale.right, height - 8, f"Rang {last}", "end")],
        scale.bottom,
    )  # fmt: skip


def through_time(points: Sequence[Point], words: Callable[[float], str], period_words: Callable[[str], str], *, width: int, height: int) -> Drawing | None:
    """Ourselves, the median and the span of the group through time; None for fewer than two periods with values."""
    shown = [point for point in points if point.of]
    if len(shown) < 2:
        return None
    values = [v for p in shown for v in (p.low, p.high, p.own) if v is not None]
    scale = _Scale(width, height, values, len(shown), words)
    upper = [(scale.x(n), scale.y(p.high)) for n, p in enumerate(shown) if p.high is not None]
    lower = [(scale.x(n), scale.y(p.low)) for n, p in enumerate(shown) if p.low is not None]
    middle = [(scale.x(n), scale.y(p.median)) for n, p in enumerate(shown) if p.median is not None]
    own = [(n, p) for n, p in enumerate(shown) if p.own is not None]
    marks = []
    for number, point in own:
        ends = number in {own[0][0], own[-1][0]}
        anchor = "start" if number == own[0][0] else "end"
        marks.append(Mark(scale.x(number), scale.y(point.own or 0.0), words(point.own or 0.0) if ends else "", anchor))
    return Drawing(
        width, height, scale.left, scale.right, _points(middle), _points([*upper, *reversed(lower)]), [], marks,
        _points([(m.x, m.y) for m in marks]), None, "", 0, scale.y_marks(),
        [Mark(scale.x(0), height - 8, period_words(shown[0].period), "start"), Mark(scale.right, height - 8, period_words(shown[-1].period), "end")],
        scale.bottom,
    )  # fmt: skip
