"""Small line charts as inline SVG: no script, no style attribute (CSP). The table with the same numbers stands beside each."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

# The stylesheet maps these to the colours of the house, light and dark: us, into work, attention.
COLOURS = ("#2044aa", "#6e7597", "#008767")
_TEXT, _GRID = "#51577a", "#dfe1ea"


@dataclass(frozen=True, slots=True)
class Series:
    """One line; None where there is no value (or none is shown): the line has a gap there."""

    name: str
    values: Sequence[float | None]


def _ticks(low: float, high: float) -> list[float]:
    """Two to six round marks that hold both ends."""
    span = (high - low) or max(1.0, abs(high))
    step = 10 ** math.floor(math.log10(span / 3))
    step = next(step * factor for factor in (1, 2, 5, 10) if span / (step * factor) <= 4)
    first = math.floor(low / step) * step
    return [first + step * n for n in range(max(1, math.ceil((high - first) / step - 1e-9)) + 1)]


def lines(labels: Sequence[str], series: Sequence[Series], *, unit: str, title: str, narrow: bool = False) -> SafeString:
    """Lines over ``labels``. The axis begins at nothing unless the values lie far above it; empty without two values."""
    known = [v for s in series for v in s.values if v is not None]
    if len(known) < 2:
        return SafeString("")
    low, high = min(known), max(known)
    low = 0.0 if 0 <= low <= high * 0.6 else low
    ticks = _ticks(low, high)
    low, high = ticks[0], ticks[-1]
    width, height = (360, 200) if narrow else (760, 220)
    left, right, top, bottom = 48, 24, 24, 28
    span = max(1, len(labels) - 1)

    def x(n: int) -> str:
        return f"{left + (width - left - right) * n / span:.1f}"

    def y(value: float) -> str:
        return f"{top + (height - top - bottom) * (1 - (value - low) / (high - low)):.1f}"

    grid = format_html_join(
        "",
        '<line x1="{0}" x2="{1}" y1="{2}" y2="{2}" stroke="' + _GRID + '"/>'
        '<text x="{3}" y="{2}" dy="4" text-anchor="end" font-size="12" fill="' + _TEXT + '">{4}</text>',
        ((left, width - right, y(t), left - 6, _number(t, ticks)) for t in ticks),
    )
    every = max(1, math.ceil(len(labels) / (4 if narrow else 8)))
    axis = format_html_join(
        "",
        '<text x="{0}" y="{1}" text-anchor="middle" font-size="12" fill="' + _TEXT + '">{2}</text>',
        ((x(n), height - 8, label) for n, label in enumerate(labels) if (len(labels) - 1 - n) % every == 0),
    )
    drawn = format_html_join("", "{}", ((_line(s, COLOURS[n % len(COLOURS)], x, y, dashed=n == 1),) for n, s in enumerate(series)))
    head = format_html('<text x="0" y="12" font-size="12" fill="{}">{}</text>', _TEXT, unit)
    return format_html(
        '<svg viewBox="0 0 {} {}" role="img" aria-label="{}" focusable="false">{}{}{}{}</svg>', width, height, title, head, grid, axis, drawn
    )


def _number(value: float, ticks: Sequence[float]) -> str:
    step = ticks[1] - ticks[0] if len(ticks) > 1 else 1
    text = f"{value:,.0f}" if step >= 1 else f"{value:,.{min(3, -math.floor(math.log10(step)))}f}"
    return text.replace(",", " ").replace(".", ",").replace(" ", ".").replace("-", "−")


def _line(series: Series, colour: str, x: Callable[[int], str], y: Callable[[float], str], *, dashed: bool) -> SafeString:
    parts: list[list[str]] = []
    run: list[str] = []
    for n, value in enumerate([*series.values, None]):
        if value is not None:
            run.append(f"{x(n)},{y(value)}")
        elif run:
            parts.append(run)
            run = []
    dash = SafeString(' stroke-dasharray="5 4"') if dashed else SafeString("")
    return format_html_join(
        "",
        "{}",
        (
            (
                format_html('<polyline points="{}" fill="none" stroke="{}" stroke-width="2"{}/>', " ".join(run), colour, dash)
                if len(run) > 1
                else format_html('<circle cx="{}" cy="{}" r="2.5" fill="{}"/>', *run[0].split(","), colour),
            )
            for run in parts
        ),
    )


@dataclass(frozen=True, slots=True)
class Mark:
    """A vertical line at a place on the axis, with its words; ``good``: into the colour of what is good."""

    x: float
    words: str
    good: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """A dot on the line, with its words."""

    x: float
    y: float
    words: str


def curve(
    xs: Sequence[float], ys: Sequence[float], *, marks: Sequence[Mark], points: Sequence[Point], shaded: float | None, unit: str, axis: str, title: str, narrow: bool = False
) -> SafeString:
    """One line over numbers, with marked places. ``shaded``: up to there the ground is coloured. The axis may begin above nothing."""
    width, height = (360, 260) if narrow else (560, 320)
    left, right, top, bottom = 52, 14, 50, 44
    low_x, high_x = xs[0], xs[-1]
    values = [*ys, *(point.y for point in points)]
    ticks = _ticks(min(values), max(values))
    low, high = ticks[0], ticks[-1]

    def x(value: float) -> float:
        return round(left + (width - left - right) * (value - low_x) / (high_x - low_x), 1)

    def y(value: float) -> float:
        return round(top + (height - top - bottom) * (1 - (value - low) / (high - low)), 1)

    ground = SafeString("")
    if shaded is not None and shaded > low_x:
        ground = format_html(
            '<rect x="{}" y="{}" width="{}" height="{}" fill="#b2c4e9" opacity="0.28"/>',
            left, top, round(x(min(shaded, high_x)) - left, 1), height - top - bottom,
        )  # fmt: skip
    grid = format_html_join(
        "",
        '<line x1="{0}" x2="{1}" y1="{2}" y2="{2}" stroke="' + _GRID + '"/>'
        '<text x="{3}" y="{2}" dy="4" text-anchor="end" font-size="12" fill="' + _TEXT + '">{4}</text>',
        ((left, width - right, y(tick), left - 6, _number(tick, ticks)) for tick in ticks),
    )
    across = [tick for tick in _ticks(low_x, high_x) if low_x <= tick <= high_x]
    if narrow and len(across) > 4:
        across = across[::2]
    below = format_html_join(
        "",
        '<text x="{0}" y="{1}" text-anchor="middle" font-size="12" fill="' + _TEXT + '">{2}</text>',
        ((x(tick), height - bottom + 17, _number(tick, across)) for tick in across),
    )
    # Straight stretches need no points between their ends.
    kept = [n for n in range(len(xs)) if n in {0, len(xs) - 1} or abs((ys[n] - ys[n - 1]) - (ys[n + 1] - ys[n])) > 0.011]
    line = format_html(
        '<polyline points="{}" fill="none" stroke="{}" stroke-width="2"/>', " ".join(f"{x(xs[n])},{y(ys[n])}" for n in kept), COLOURS[0]
    )
    at = [(x(mark.x), mark) for mark in sorted(marks, key=lambda mark: mark.x) if low_x <= mark.x <= high_x]
    lines_ = format_html_join(
        "",
        '<line x1="{0}" x2="{0}" y1="{1}" y2="{2}" stroke="{3}" stroke-dasharray="4 3"/>'
        '<text x="{4}" y="{5}" text-anchor="{6}" font-size="12" fill="' + _TEXT + '">{7}</text>',
        (
            (
                place, 28 - 14 * (number % 2), height - bottom, COLOURS[2] if mark.good else COLOURS[1],
                place + 4 if place < width * 0.6 else place - 4, 24 - 14 * (number % 2), "start" if place < width * 0.6 else "end", mark.words,
            )
            for number, (place, mark) in enumerate(at)
        ),
    )  # fmt: skip
    dots = format_html_join(
        "",
        '<circle cx="{0}" cy="{1}" r="4.5" fill="' + COLOURS[0] + '" stroke="#ffffff" stroke-width="1.5"/>'
        '<text x="{2}" y="{1}" dy="{3}" text-anchor="{4}" font-size="12" font-weight="600" fill="#131525">{5}</text>',
        (
            (x(dot.x), y(dot.y), x(dot.x) + (8 if dot.x < (low_x + high_x) / 2 else -8), 16 if dot.x < (low_x + high_x) / 2 else -8,
             "start" if dot.x < (low_x + high_x) / 2 else "end", dot.words)
            for dot in points
            if low_x <= dot.x <= high_x
        ),
    )  # fmt: skip
    foot = format_html(
        '<line x1="{0}" x2="{1}" y1="{2}" y2="{2}" stroke="#6e7597"/><text x="{3}" y="{4}" text-anchor="middle" font-size="12" fill="{5}">{6}</text>',
        left, width - right, height - bottom, (left + width - right) / 2, height - 8, _TEXT, axis,
    )  # fmt: skip
    head = format_html('<text x="0" y="{}" font-size="12" fill="{}">{}</text>', top - 14, _TEXT, unit)
    return format_html(
        '<svg viewBox="0 0 {} {}" role="img" aria-label="{}" focusable="false">{}{}{}{}{}{}{}{}</svg>',
        width, height, title, ground, head, grid, below, foot, lines_, line, dots,
    )  # fmt: skip
