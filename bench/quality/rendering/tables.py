"""Tables in Markdown, and the figures in them."""

from __future__ import annotations

from statistics import median, quantiles
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

NOTHING = "–"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; all columns but the first hold figures and are set to the right."""
    rule = ["---", *("---:" for _ in head[1:])]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def percent(share: float, digits: int = 1) -> str:
    """A share as a percentage."""
    return f"{100 * share:.{digits}f} %"


def share_of(part: float, whole: float) -> str:
    """Some seconds, and what part of all they are."""
    return f"{part:.1f} s ({percent(part / whole, 0)})" if whole else NOTHING


def spread(values: Sequence[float]) -> str:
    """Median and 90th percentile."""
    if len(values) < 2:
        return NOTHING
    return f"{median(values):.0f} / {quantiles(values, n=10, method='inclusive')[-1]:.0f}"


def counted(figures: Mapping[str, float], unit: str = "") -> str:
    """Named figures in one cell."""
    said = (f"{name} {figure:.0f}{unit}" for name, figure in figures.items() if figure)
    return ", ".join(said) or NOTHING
