"""Arithmetic with stretches of time, each a start and an end in seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Span = tuple[float, float]


def united(spans: Iterable[Span], bridge: float = 0.0) -> list[Span]:
    """The same time in order and without overlaps.

    Args:
        spans: in any order.
        bridge: stretches no further apart than this become one.
    """
    joined: list[Span] = []
    for start, end in sorted(span for span in spans if span[1] > span[0]):
        if joined and start - joined[-1][1] <= bridge:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def common(one: Sequence[Span], other: Sequence[Span]) -> list[Span]:
    """The time that lies in both; each must be in order and without overlaps."""
    both = ((max(a[0], b[0]), min(a[1], b[1])) for a in one for b in other)
    return united(both)


def outside(spans: Sequence[Span], length: float) -> list[Span]:
    """The time from 0 to `length` that lies in none of them."""
    left, reached = [], 0.0
    for start, end in united(spans):
        left.append((reached, min(start, length)))
        reached = max(reached, end)
    return united([*left, (reached, length)])


def seconds(spans: Iterable[Span]) -> float:
    """How long they are together; they must not overlap."""
    return sum(end - start for start, end in spans)
