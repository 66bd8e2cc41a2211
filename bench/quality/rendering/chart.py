"""A small line chart as SVG, readable on a light and on a dark page."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

Colour = Literal["blue", "orange", "grey"]
Point = tuple[float, float]

WIDTH, HEIGHT = 760, 380
_LEFT, _RIGHT, _TOP, _BOTTOM = 72, 190, 24, 60
_LINE_HEIGHT: Final = 17.0
# Distinguishable with every kind of colour vision: M. Okabe and K. Ito, "Color universal
# design", 2008.
# No CSS variables: not every viewer of SVG knows them.
_STYLE: Final = """
  .page { fill: #ffffff; }
  text { fill: #1f2328; font: 13px Inter, "Segoe UI", Helvetica, Arial, sans-serif; }
  text.quiet { fill: #59636e; }
  path { fill: none; stroke-width: 2.2; stroke-linejoin: round; }
  .grid { stroke: #d1d9e0; stroke-width: 1; }
  .whisker { stroke-width: 1.6; opacity: 0.6; }
  path.blue { stroke: #0072b2; } circle.blue, text.blue { fill: #0072b2; }
  path.orange { stroke: #c04f00; } circle.orange, text.orange { fill: #c04f00; }
  path.grey { stroke: #59636e; } circle.grey, text.grey { fill: #59636e; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; }
    text { fill: #f0f6fc; }
    text.quiet { fill: #9198a1; }
    .grid { stroke: #3d444d; }
    path.blue { stroke: #56b4e9; } circle.blue, text.blue { fill: #56b4e9; }
    path.orange { stroke: #e69f00; } circle.orange, text.orange { fill: #e69f00; }
    path.grey { stroke: #9198a1; } circle.grey, text.grey { fill: #9198a1; }
  }"""


@dataclass(frozen=True)
class Axis:
    """One direction of a chart.

    Attributes:
        title: with the unit.
        ticks: a value and its label, at both ends at least.
    """

    title: str
    ticks: tuple[tuple[float, str], ...]

    @property
    def low(self) -> float:
        """Where it begins."""
        return self.ticks[0][0]

    @property
    def high(self) -> float:
        """Where it ends."""
        return self.ticks[-1][0]


@dataclass(frozen=True)
class Line:
    """Some points in order, with a label.

    Attributes:
        whiskers: from where to where each point might as well lie; none if empty.
        dashed: for what is no measurement, or to tell apart two lines of one colour.
        marked: whether each point has a dot.
    """

    label: str
    colour: Colour
    points: tuple[Point, ...]
    whiskers: tuple[tuple[float, float], ...] = ()
    dashed: bool = False
    marked: bool = True


def chart(description: str, across: Axis, up: Axis, lines: Sequence[Line]) -> str:
    """Draw lines over two axes.

    Args:
        description: what the picture shows, for who cannot see it.
        across: the horizontal axis.
        up: the vertical axis.
        lines: drawn in order.
    """
    frame = _Frame(across, up)
    name, box = "http://www.w3.org/2000/svg", f"0 0 {WIDTH} {HEIGHT}"
    parts = [
        f'<svg xmlns="{name}" viewBox="{box}" role="img" aria-label="{escape(description)}">',
        f"<style>{_STYLE}\n</style>",
        f'<rect class="page" width="{WIDTH}" height="{HEIGHT}"/>',
        *frame.axes(),
        *(part for line in lines for part in frame.line(line)),
        *frame.labels(lines),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


@dataclass(frozen=True)
class _Frame:
    """Where the chart's values lie in the picture."""

    across: Axis
    up: Axis

    def x(self, value: float) -> float:
        share = (value - self.across.low) / (self.across.high - self.across.low)
        return round(_LEFT + share * (WIDTH - _LEFT - _RIGHT), 1)

    def y(self, value: float) -> float:
        share = (value - self.up.low) / (self.up.high - self.up.low)
        return round(HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM), 1)

    def axes(self) -> list[str]:
        left, right = self.x(self.across.low), self.x(self.across.high)
        bottom, middle = self.y(self.up.low), (self.y(self.up.low) + self.y(self.up.high)) / 2
        parts = []
        for value, label in self.up.ticks:
            y = self.y(value)
            parts.append(f'<path class="grid" d="M{left} {y}H{right}"/>')
            parts.append(_text(left - 10, y + 4, label, "end"))
        parts += [_text(self.x(value), bottom + 22, label) for value, label in self.across.ticks]
        parts.append(_text((left + right) / 2, bottom + 46, self.across.title, kind="quiet"))
        turn = f' transform="rotate(-90 18 {middle})"'
        parts.append(_text(18, middle, self.up.title, kind="quiet", more=turn))
        return parts

    def line(self, line: Line) -> list[str]:
        if not line.points:
            return []
        places = [(self.x(x), self.y(y)) for x, y in line.points]
        path = "L".join(f"{x} {y}" for x, y in places)
        parts = [f'<path class="{line.colour}"{_dash(line)} d="M{path}"/>']
        for (x, _), (low, high) in zip(places, line.whiskers, strict=False):
            ends = f"M{x} {self.y(low)}V{self.y(high)}"
            parts.append(f'<path class="whisker {line.colour}" d="{ends}"/>')
        if line.marked:
            parts += [f'<circle class="{line.colour}" cx="{x}" cy="{y}" r="4"/>' for x, y in places]
        return parts

    def labels(self, lines: Sequence[Line]) -> list[str]:
        """Right of the axes, so that no line runs through them.

        Each is beside the last point of its line, moved down where it would hide another. Where a
        line ends before the axis they are a key, each beside a piece of its line.
        """
        drawn = [line for line in lines if line.points]
        if any(line.points[-1][0] < self.across.high for line in drawn):
            return [part for row, line in enumerate(drawn) for part in self._key(row, line)]
        parts, free = [], 0.0
        for line in sorted(drawn, key=lambda line: -line.points[-1][1]):
            x, y = line.points[-1]
            place = max(self.y(y), free)
            free = place + _LINE_HEIGHT
            parts.append(_text(self.x(x) + 12, place + 4, line.label, "start", kind=line.colour))
        return parts

    def _key(self, row: int, line: Line) -> list[str]:
        x, y = self.x(self.across.high) + 12, _TOP + row * 1.3 * _LINE_HEIGHT
        piece = f'<path class="{line.colour}"{_dash(line)} d="M{x} {y:.1f}h24"/>'
        return [piece, _text(x + 32, y + 4, line.label, "start", kind=line.colour)]


def _dash(line: Line) -> str:
    return ' stroke-dasharray="6 5"' if line.dashed else ""


def _text(
    x: float, y: float, text: str, anchor: str = "middle", *, kind: str = "", more: str = ""
) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text class="{kind}" {place}{more}>{escape(text)}</text>'
